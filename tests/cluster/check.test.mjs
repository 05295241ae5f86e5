// "check config" connects to the database of a configuration, and names what is wrong and its fix; "run" ends with the same
// words, or goes on where "check config" only warns.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { binary } from '../harness/bot.mjs';
import { freePort } from '../harness/ports.mjs';
import { startPostgres } from '../harness/postgres.mjs';

const CALL_MS = 60_000;

async function makePlace(t) {
  const dir = mkdtempSync(join(tmpdir(), 'check-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const credentials = join(dir, 'credentials');
  mkdirSync(credentials);
  const env = { ...process.env, HOME: dir, XDG_CONFIG_HOME: join(dir, 'config'), STATE_DIRECTORY: join(dir, 'state'), CREDENTIALS_DIRECTORY: credentials };
  return { dir, credentials, env, port: await freePort(), file: join(dir, 'episoded.json') };
}

function configure(place, state, database) {
  writeFileSync(place.file, JSON.stringify({ state, database, gateways: [{ name: 'lobby', type: 'lobby', listen: String(place.port) }] }));
}

function check(place, state, database) {
  configure(place, state, database);
  const { status, stdout, stderr } = spawnSync(binary(), ['check', 'config', place.file], { env: place.env, encoding: 'utf8', timeout: CALL_MS });
  return { status, report: stdout + stderr };
}

// The bot's log up to its end, or to a text.
function run(place, until, env = {}) {
  return new Promise((done) => {
    const child = spawn(binary(), ['run', '-c', place.file], { env: { ...place.env, ...env } });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log += chunk;
      if (until?.test(log)) child.kill('SIGTERM');
    });
    child.on('close', (code, signal) => done({ code: code ?? signal, log }));
  });
}

function assertRefused(place, pattern, state, database) {
  const { status, report } = check(place, state, database);
  assert.match(report, pattern);
  assert.match(report, new RegExp(`^${place.file}:1:`), 'names the file');
  assert.equal(status, 78, report);
  assert.doesNotMatch(report, /sesame|: right/);
  return report;
}

const asRole = (url, role) => url.replace('episoded@', `${role}@`);
const asDatabase = (url, name) => url.replace('/episoded?', `/${name}?`);

test('a database that can be used: the server is named, and nothing is changed', async (t) => {
  const place = await makePlace(t), postgres = await startPostgres();
  t.after(() => postgres.stop());
  for (const url of [postgres.url, postgres.socketUrl]) {
    const { status, report } = check(place, url);
    assert.equal(status, 0, report);
    assert.match(report, /: right \(1 gateway; .*; state in PostgreSQL \d+\.\d+ on (127\.0\.0\.1|\/tmp\/.*)\)\n$/);
  }
  assert.deepEqual(await postgres.rows(`SELECT relname FROM pg_class WHERE relname LIKE 'episoded%'`), []);
});

test('TLS: the certificate, the CA and the password', async (t) => {
  const place = await makePlace(t), postgres = await startPostgres({ tls: true, password: 'open-sesame' });
  t.after(() => postgres.stop());
  const trusted = { ca_file: postgres.caFile };
  const password = (text) => writeFileSync(join(place.credentials, 'stored_state-password'), `${text}\n`, { mode: 0o600 });
  assertRefused(place, /the server's certificate is not signed by a CA that is trusted here, or has expired; name its CA as "database"/, postgres.verifiedUrl);
  assertRefused(place, /the server asks for the password of "episoded"; store it with "episoded secret set state-password"/, postgres.verifiedUrl, trusted);
  password('wrong-sesame');
  assertRefused(place, /the server refuses the user "episoded" or its password; store the right one/, postgres.verifiedUrl, trusted);
  const { code, log } = await run(place);
  assert.equal(code, 78, log);
  assert.match(log, /the server refuses the user "episoded" or its password; store the right one with "episoded secret set state-password"/);
  assert.doesNotMatch(log, /sesame/);
  password('open-sesame');
  const { status, report } = check(place, postgres.verifiedUrl, trusted);
  assert.equal(status, 0, report);
  assert.match(report, /state in PostgreSQL \d+\.\d+ on localhost/);
  // The server takes TLS only.
  assertRefused(place, /no pg_hba\.conf entry for host "127\.0\.0\.1".*; add a line "host episoded episoded ADDRESS\/32 scram-sha-256"/, postgres.url);
});

// exit() freed what OpenSSL needs while a second connection's thread was in its handshake.
test('a refused password ends the bot while another connection is in its TLS handshake', async (t) => {
  const place = await makePlace(t), postgres = await startPostgres({ tls: true, password: 'open-sesame' });
  t.after(() => postgres.stop());
  writeFileSync(join(place.credentials, 'stored_state-password'), 'wrong-sesame\n', { mode: 0o600 });
  configure(place, postgres.verifiedUrl, { ca_file: postgres.caFile, host: 'rack-1' });
  const env = {
    LD_PRELOAD: resolve(process.env.BUILD ?? 'build', 'test/tools/slow_threads.so'),
    ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
  };
  for (let i = 0; i < 2; i++) {
    const { code, log } = await run(place, undefined, env);
    assert.equal(code, 78, log);
  }
});

test('a role, a database, an encoding and rights that are missing', async (t) => {
  const place = await makePlace(t), postgres = await startPostgres();
  t.after(() => postgres.stop());
  await postgres.run(`CREATE ROLE guest LOGIN; CREATE ROLE locked NOLOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
  await postgres.run(`CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`);
  assertRefused(place, /the role "stranger" does not exist; create it: CREATE ROLE stranger LOGIN/, asRole(postgres.url, 'stranger'));
  assertRefused(place, /the role "locked" may not log in; allow it: ALTER ROLE locked LOGIN/, asRole(postgres.url, 'locked'));
  assertRefused(place, /the database "missing" does not exist; create it: createdb -E UTF8/, asDatabase(postgres.url, 'missing'));
  assertRefused(place, /the encoding of the database "latin" is LATIN1, not UTF8; create another one/, asDatabase(postgres.url, 'latin'));
  assertRefused(place, /the user "guest" may not make the tables; allow it: GRANT CREATE, USAGE ON SCHEMA public TO guest/, asRole(postgres.url, 'guest'));
  assertRefused(place, /the server has no TLS; as it is on this machine, add \?sslmode=disable/, postgres.url.replace('?sslmode=disable', ''));

  // Tables of another role, of a newer version, and of a copy that is not complete.
  const made = spawnSync(binary(), ['check', 'config', place.file], { env: place.env, encoding: 'utf8' });
  assert.equal(made.status, 78);
  await postgres.run(`CREATE TABLE episoded_meta (name text PRIMARY KEY, n bigint NOT NULL, text text NOT NULL DEFAULT '');
    CREATE TABLE episoded_host (process text, host text, deadline timestamptz); INSERT INTO episoded_meta (name, n) VALUES ('schema', 1)`);
  assertRefused(place, /the user "guest" may not use the tables of another role; allow it: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES/, asRole(postgres.url, 'guest'));
  assert.equal(check(place, postgres.url).status, 0);
  await postgres.run(`INSERT INTO episoded_meta (name, n) VALUES ('copy', 1)`);
  assertRefused(place, /the database has a part of a state: finish the copy into it/, postgres.url);
  const { code, log } = await run(place);
  assert.equal(code, 78, log);
  assert.match(log, /the database has a part of a state: finish the copy into it/);
  await postgres.run(`DELETE FROM episoded_meta WHERE name = 'copy'; UPDATE episoded_meta SET n = 1000000`);
  assertRefused(place, /a newer episoded has changed the tables; upgrade this host, too/, postgres.url);
});

test('a clock that differs is a warning', async (t) => {
  const place = await makePlace(t), postgres = await startPostgres();
  t.after(() => postgres.stop());
  await postgres.run(`CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.clock_timestamp() + interval '42.5 seconds' $$;
    ALTER DATABASE episoded SET search_path = public, pg_catalog`);
  const { status, report } = check(place, postgres.url);
  assert.equal(status, 0, report);
  assert.match(report, /: warning: the clock of the database is 4[123] s ahead of this machine's; set both by NTP/);
});

test('a server that does not answer is a warning after 3 s, and the lobby runs', async (t) => {
  const place = await makePlace(t);
  const silent = createServer(() => {}), port = await freePort();
  await new Promise((done) => silent.listen(port, '127.0.0.1', done));
  t.after(() => silent.close());
  const nothing = await freePort(), warning = /: warning: 127\.0\.0\.1:\d+: (.*); until the database answers, the bot runs only the lobby$/m;
  const began = Date.now();
  const { status, report } = check(place, `postgresql://episoded@127.0.0.1:${port}/episoded?sslmode=disable`);
  assert.equal(status, 0, report);
  assert.match(report.match(warning)?.[1] ?? report, /^no answer in time; does a firewall block it, or is the address wrong\?$/);
  assert.ok(Date.now() - began >= 2900, 'it waits for 3 s');
  const refused = check(place, `postgresql://episoded@127.0.0.1:${nothing}/episoded?sslmode=disable`);
  assert.match(refused.report.match(warning)?.[1] ?? refused.report, /^no server listens there; start PostgreSQL, and compare its listen_addresses and port$/);
  assert.equal(refused.status, 0);
  const both = /^(?=.*ready: gateway lobby)(?=.*no server listens there; start PostgreSQL)/s; // in either order
  const { log } = await run(place, both);
  assert.match(log, both);
});
