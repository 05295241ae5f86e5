// "episoded store copy": a state moves from a PostgreSQL to a folder and on to another PostgreSQL, and each call is killed in
// the middle until one comes through. Then both databases have the same rows.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { startHome } from '../fake-discord/home.mjs';
import { binary, startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { lobbyGateway } from '../harness/lobby.mjs';
import { freePort } from '../harness/ports.mjs';
import { startPostgres } from '../harness/postgres.mjs';

const ROWS = 6000;
const CALLS_MAX = 25; // the last one may take 32 s
const CALL_MS = 60_000;

function world(t) {
  const dir = mkdtempSync(join(tmpdir(), 'store-copy-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const config = join(dir, 'episoded.json');
  writeFileSync(config, '{"state": "postgresql://unused@localhost/unused", "database": {"host": "rack-1"}}');
  const env = { ...process.env, HOME: dir, XDG_CONFIG_HOME: join(dir, 'config') };
  delete env.CREDENTIALS_DIRECTORY;
  return { dir, config, options: { cwd: dir, env, encoding: 'utf8', timeout: CALL_MS } };
}

function copy({ config, options }, from, to) {
  const { status, stdout, stderr } = spawnSync(binary(), ['store', 'copy', '-c', config, from, to], options);
  return { status, output: stdout + stderr };
}

// Kill the command with SIGKILL, each time a little later, until it comes through.
async function copyThroughKills({ config, options }, from, to) {
  let kills = 0, goneOn = 0, output = '';
  for (let call = 0; call < CALLS_MAX; call++) {
    const child = spawn(binary(), ['store', 'copy', '-c', config, from, to], options);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
    const timer = setTimeout(() => child.kill('SIGKILL'), 60 * 1.3 ** call);
    const { code, signal } = await new Promise((done) => child.on('close', (code, signal) => done({ code, signal })));
    clearTimeout(timer);
    if (/going on with the copy/.test(text)) goneOn++;
    output = text;
    if (signal === 'SIGKILL') kills++;
    else if (code === 0) return { kills, goneOn, output };
    // The server notices a dead client a little later: until then its last transaction may hold the place.
    else assert.equal(code, 75, text);
  }
  assert.fail(`not complete after ${CALLS_MAX} calls:\n${output}`);
}

const TABLES = `
  INSERT INTO episoded_value (area, key, value, version)
    SELECT 'seen/person', 'libera u' || lpad(i::text, 6, '0'), 's01e05 "\\{' || i || '} ü', 1 + i FROM generate_series(1, ${ROWS}) i;
  INSERT INTO episoded_value (area, key, value, version) VALUES
    ('show', 'home #c', 'all-of-us-are-dead', 5), ('show', 'home #gone', NULL, 6), ('irc/sts', 'h', 'p', 7),
    ('irc/libera', 'sasl', 'offered', 0), ('lobby/lobby@rack-1', 'nick/x', 'y', 0), ('lobby/lobby@rack-2', 'nick/x', 'other', 0),
    ('role/discord/home', 'commands', '123', 0),
    ('discord/home/2/0', 'rooms', '[["500","0","900"],["502","8388608","902"]]', 0),
    ('discord/home/2/1', 'rooms', '[["501","4194304","901"]]', 0),
    ('discord/home/2/0', 'guilds', '["8388608"]', 0), ('discord/home/2/1', 'guilds', '["4194304"]', 0);
  INSERT INTO episoded_shards (gateway, total, state) VALUES ('home', 2, 'active');
  INSERT INTO episoded_lease (name, kind, gateway, total, number, position) SELECT 'discord/home/2/' || i, 'shard', 'home', 2, i,
    '{"shards":2,"intents":1,"sequence":' || i || ',"session":"s","address":"wss://x","self":77}' FROM generate_series(0, 1) i;
  INSERT INTO episoded_lease (name, kind, gateway) VALUES ('irc/libera', 'gateway', 'libera');
  INSERT INTO episoded_journal (gateway, id, channel, author_id, author_name, account, time_ms, begun_at, begun_by, done_at)
    SELECT 'libera', 'd' || i, '', '', '', '', 0, now() - i * interval '1 second', 'x', now() FROM generate_series(1, ${ROWS}) i;
  INSERT INTO episoded_journal (gateway, id, channel, author_id, author_name, account, body, extra, flags, time_ms, begun_at, begun_by, mark)
    SELECT CASE i % 3 WHEN 0 THEN 'home' WHEN 1 THEN 'lobby@rack-1' ELSE 'lobby@rack-2' END, 'o' || i, '#c', 'id', 'Näme', 'acc', '!episode {5},"\\', 'token', i % 4,
    1600000000000 + i, now() - (100 - i) * interval '1 minute', 'x', CASE i WHEN 3 THEN 'done' END FROM generate_series(1, 9) i;
`;

// What both databases must have: all but what belongs to other hosts, and when it was begun.
const VALUES = `SELECT area, key, value FROM episoded_value WHERE value IS NOT NULL AND area NOT LIKE '%@rack-2' ORDER BY area, key`;
const LEASES = `SELECT name, kind, gateway, total, number, position, owner FROM episoded_lease WHERE position <> '' ORDER BY name`;
const DONE = `SELECT gateway, id FROM episoded_journal WHERE done_at IS NOT NULL ORDER BY gateway, id`;
const OPEN = `SELECT gateway, id, channel, author_id, author_name, account, body, extra, flags, time_ms, mark FROM episoded_journal
  WHERE done_at IS NULL AND gateway NOT LIKE '%@rack-2' ORDER BY begun_at`;

// A folder with the state of a bot that ran for a moment.
async function makeState({ dir, options }) {
  const folder = join(dir, 'used'), config = join(dir, 'lobby.json'), port = await freePort();
  writeFileSync(config, JSON.stringify({ state: folder, gateways: [{ name: 'lobby', type: 'lobby', listen: String(port) }] }));
  const child = spawn(binary(), ['run', '-c', config], { ...options, timeout: undefined });
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
    if (/ started\n/.test(log)) child.kill('SIGTERM');
  });
  const code = await new Promise((done) => child.on('close', done));
  assert.equal(code, 0, log);
  return folder;
}

// A copy into a database makes the tables.
async function makeTables(place, postgres, folder) {
  const made = copy(place, folder, postgres.url);
  assert.equal(made.status, 0, made.output);
  await postgres.run('DELETE FROM episoded_value; DELETE FROM episoded_journal');
}

test('a state moves to a folder and to another database, with each call killed in the middle', async (t) => {
  const place = world(t);
  const from = await startPostgres(), to = await startPostgres();
  t.after(() => Promise.all([from.stop(), to.stop()]));
  const folder = join(place.dir, 'state');
  await makeTables(place, from, await makeState(place));
  await from.run(TABLES);

  const out = await copyThroughKills(place, from.url, folder);
  assert.ok(out.kills >= 2 && out.goneOn >= 1, JSON.stringify(out));
  assert.match(out.output, /^open questions: 6 on both sides, with the same SHA-256 sum$/m);
  assert.match(out.output, new RegExp(`^answered questions: ${ROWS} on both sides, with the same SHA-256 sum$`, 'm'));
  assert.deepEqual(readdirSync(folder), ['episoded.db']);
  assert.equal(statSync(join(folder, 'episoded.db')).mode & 0o777, 0o600);

  const back = await copyThroughKills(place, folder, to.url);
  assert.ok(back.kills >= 2 && back.goneOn >= 1, JSON.stringify(back));
  for (const query of [VALUES, LEASES, DONE, OPEN]) assert.deepEqual(await to.rows(query), await from.rows(query), query);
  assert.deepEqual(await to.rows(`SELECT name FROM episoded_meta WHERE name LIKE 'copy%'`), []);
  assert.deepEqual(await to.rows(`SELECT count(*)::int AS shared FROM episoded_value WHERE version > 0`), [{ shared: ROWS + 2 }]);

  // Once more: it is complete.
  const again = copy(place, folder, to.url);
  assert.equal(again.status, 0, again.output);
  assert.match(again.output, /is a copy of .* already$/m);
});

// Ask a bot with a state, in its lobby.
async function ask(state, place, dialogue) {
  const database = state.startsWith('postgresql:') ? { database: { host: 'rack-1' } } : {};
  const gateway = await lobbyGateway({ owners: 'everybody' });
  const bot = await startBot({ config: { state, ...database, gateways: [gateway] }, env: place.options.env });
  try {
    await bot.waitForLog(/ready: gateway lobby/);
    const anna = await IrcClient.connect(`ws://${gateway.listen}/`, { nick: 'anna' });
    await anna.join('#lobby');
    for (const [question, to, answer] of dialogue) {
      anna.say('#lobby', question);
      await anna.expectSaid('episoded', to, answer);
    }
    await anna.close();
    await bot.stop();
  } finally {
    bot.kill('SIGKILL'); // if the test failed; otherwise it has ended
  }
}

test('what people told a bot is known after the move to a database, and after the move back', async (t) => {
  const place = world(t);
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const first = join(place.dir, 'first'), last = join(place.dir, 'last');
  await ask(first, place, [['!set quiet 01:00-01:01', '#lobby', /01:00/], ['!seen 4', 'anna', /up to episode 4/]]);
  const there = copy(place, first, postgres.url);
  assert.equal(there.status, 0, there.output);
  await ask(postgres.url, place, [['!set quiet', '#lobby', /01:00/], ['!seen', 'anna', /episode 4\b/], ['!set quiet 02:00-02:01', '#lobby', /02:00/]]);
  const back = copy(place, postgres.url, last);
  assert.equal(back.status, 0, back.output);
  await ask(last, place, [['!set quiet', '#lobby', /02:00/], ['!seen', 'anna', /episode 4\b/]]);
});

// The sessions move, too: Discord repeats what was asked while no bot ran, and counts no IDENTIFY.
test('after the move to a database, each shard resumes its session and answers what was asked meanwhile', async (t) => {
  const place = world(t);
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const home = await startHome(t, { fake: { guilds: 6, shards: 2 }, gateway: { shards: 2 } });
  await home.fake.until(() => home.fake.count('ready') >= 2, 'two shards', 30_000);
  const identifies = () => home.fake.events.filter(({ type }) => type === 'identify').length;
  await home.ask('!episode 3');
  await home.stop();
  const before = identifies();
  assert.equal(before, 2);
  // One question on each shard: its answer comes after the RESUME.
  const ids = [0, 1].map((shard) => {
    const [guild] = home.fake.world.guildsOf([shard, 2]);
    return home.fake.say('!episode 4', { channel: home.fake.world.guilds.get(guild).channels[0] });
  });
  const moved = copy(place, home.state, postgres.url);
  assert.equal(moved.status, 0, moved.output);
  home.config = { ...home.config, state: postgres.url, database: { host: 'rack-1' } };
  await home.start({ isReady: false });
  await home.once(ids, 40_000);
  assert.equal(identifies(), before, 'no IDENTIFY');
  assert.equal(home.fake.events.filter(({ type }) => type === 'resume').length, 2);
});

test('after the move to a database, the IDENTIFY just before it is not forgotten', async (t) => {
  const place = world(t);
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const home = await startHome(t, { isReady: false, prepare: (fake) => { fake.gateway.orders.holdReady = true; } });
  await home.fake.event('identify');
  await home.stop();
  home.fake.gateway.orders.holdReady = false;
  const moved = copy(place, home.state, postgres.url);
  assert.equal(moved.status, 0, moved.output);
  home.config = { ...home.config, state: postgres.url, database: { host: 'rack-1' } };
  await home.start();
  await home.fake.event('ready');
  await home.ask('!ping');
  // The fake complains of two within 5 s.
  assert.equal(home.fake.count('identify'), 2);
  assert.equal(home.fake.count('refused'), 0);
});

test('a copy is refused where it would lose something', async (t) => {
  const place = world(t);
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const used = await makeState(place), other = join(place.dir, 'other');
  const refuse = (from, to, status, pattern) => {
    const { status: code, output } = copy(place, from, to);
    assert.match(output, pattern);
    assert.equal(code, status, output);
  };
  refuse(postgres.url, other, 65, /the database has no state of episoded/);
  refuse(place.dir, postgres.url, 65, /has no state \(episoded\.db\)/);
  refuse(used, other, 64, /both are folders; stop the bot, and copy episoded\.db/);
  refuse(postgres.url, postgres.url, 64, /both are databases; copy one with pg_dump/);
  refuse(used, postgres.url.replace('episoded@', 'episoded:sesame@'), 78, /secret set state-password/);
  refuse(used, postgres.url.replace('/episoded?', '/missing?'), 78, /the database "missing" does not exist; create it: createdb/);
  await makeTables(place, postgres, used);

  // A process uses the database.
  await postgres.run(`INSERT INTO episoded_host (process, host, program, weight, state, deadline)
    VALUES ('rack-9/1', 'rack-9', '0', 1, 'running', now() + interval '1 hour')`);
  refuse(used, postgres.url, 75, /a process of the host rack-9 uses the database; stop it first/);
  refuse(postgres.url, other, 75, /a process of the host rack-9 uses the database; stop it first/);
  await postgres.run('DELETE FROM episoded_host');

  // The target has a state that is another one.
  await postgres.run(`INSERT INTO episoded_value (area, key, value, version) VALUES ('show', 'home #c', 'x', 1)`);
  refuse(used, postgres.url, 65, /the database has a state already; name an empty one/);
  refuse(postgres.url, used, 65, /has a state already; move .*episoded\.db\* away/);

  // A part of a state: of another source, and as a source.
  await postgres.run(`DELETE FROM episoded_value; INSERT INTO episoded_meta (name, n, text) VALUES ('copy', 1, '/elsewhere'),
    ('copy/kind', 0, ''), ('copy/after', 0, '')`);
  refuse(used, postgres.url, 65, /the begin of a copy from \/elsewhere; go on with that one/);
  refuse(postgres.url, other, 65, /only a part of a state; finish the copy into it first/);
  assert.ok(!existsSync(join(other, 'episoded.db')));
});

// As if a bot had run with the source between two calls: the rows that were copied before are not read again.
test('a source that changed after its rows were copied is noticed by the sums', async (t) => {
  const place = world(t);
  const from = await startPostgres(), to = await startPostgres();
  t.after(() => Promise.all([from.stop(), to.stop()]));
  const used = await makeState(place), folder = join(place.dir, 'state');
  for (const postgres of [from, to]) await makeTables(place, postgres, used);
  await from.run(TABLES);
  assert.equal(copy(place, from.url, folder).status, 0);
  await to.run(`INSERT INTO episoded_meta (name, n, text) VALUES ('copy', 1, '${folder}'), ('copy/kind', 1, ''), ('copy/after', 0, '')`);
  const { status, output } = copy(place, folder, to.url);
  assert.equal(status, 1, output);
  assert.match(output, /^going on with the copy that was begun$/m);
  assert.match(output, /^open questions differ: 6 in .*, 0 in .*$/m);
  assert.match(output, /was changed since the copy was begun; empty .*, and run the same command again$/m);
  // No process may use it.
  assert.equal((await to.rows(`SELECT name FROM episoded_meta WHERE name = 'copy'`)).length, 1);
});
