// Login with SASL: the real bot and a scripted server, which may also misbehave.

import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';

const ENV = { SECRET: 'pencil' };
const SASL = { account: 'bot', password: { env: 'SECRET' } };
let dir;
let authority;
let tls;

before(() => {
  dir = mkdtempSync(join(tmpdir(), 'irc-login-'));
  authority = makeAuthority(dir, 'authority');
  const made = makeCertificate(dir, 'server', authority, 'DNS:localhost,IP:127.0.0.1');
  tls = { key: readFileSync(made.key), cert: readFileSync(made.cert) };
});

after(() => rmSync(dir, { recursive: true, force: true }));

// Start a server and the bot; return the first connection.
async function begin({ server: options = {}, gateway = {}, over = 'url', env = ENV, config: more = {} }) {
  const { caps, sasl, ...rest } = options;
  const server = await startIrcServer({
    tls,
    ...rest,
    caps: { sasl: 'PLAIN,EXTERNAL,SCRAM-SHA-256', ...caps },
    sasl: { accounts: { bot: 'pencil' }, ...sasl },
  });
  const isTls = over === 'tls' || over === 'wss';
  const trust = isTls ? { ca_file: authority.cert } : {};
  const config = server.gateway({ url: server[over], ...trust, sasl: SASL, ...gateway });
  const bot = await startBot({ config: { gateways: [config], ...more }, env });
  return { server, bot, peer: await server.peer() };
}

async function finish({ server, bot }) {
  await bot.stop();
  await server.stop();
}

function mechanisms(peer) {
  return peer.heard.filter((line) => /^AUTHENTICATE [A-Z]+-?[A-Z0-9-]*$/.test(line) && line.length < 30);
}

for (const over of ['url', 'tls', 'ws', 'wss']) {
  test(`SCRAM-SHA-256 is used first (${over}), and joins follow`, async () => {
    const all = await begin({ over });
    await all.peer.expect(/^JOIN #tv/);
    assert.equal(all.peer.account, 'bot');
    assert.deepEqual(mechanisms(all.peer), ['AUTHENTICATE SCRAM-SHA-256']);
    assert.doesNotMatch(all.peer.heard.join('\n'), /pencil|cGVuY2ls/);
    assert.deepEqual(all.bot.complaints(), []);
    await finish(all);
  });
}

test('a server without SCRAM gets PLAIN over TLS', async () => {
  const all = await begin({ over: 'tls', server: { caps: { sasl: 'PLAIN' } } });
  await all.peer.expect(/^JOIN #tv/);
  assert.deepEqual(mechanisms(all.peer), ['AUTHENTICATE PLAIN']);
  assert.equal(all.peer.account, 'bot');
  await finish(all);
});

test('EXTERNAL with a client certificate', async () => {
  const made = makeCertificate(dir, 'client', authority, 'DNS:client');
  chmodSync(made.key, 0o600);
  const print = createHash('sha256').update(new X509Certificate(readFileSync(made.cert)).raw).digest('hex');
  const all = await begin({
    over: 'tls',
    gateway: { certificate: made.cert, key: made.key },
    server: { sasl: { fingerprints: { [print]: 'bot' } } },
  });
  await all.peer.expect(/^JOIN #tv/);
  assert.deepEqual(mechanisms(all.peer), ['AUTHENTICATE EXTERNAL']);
  assert.equal(all.peer.account, 'bot');
  await finish(all);
});

for (const lie of ['signature', 'early', 'nonce', 'iterations', 'huge']) {
  test(`a server that misbehaves (${lie}) is disconnected, and never gets the password`, async () => {
    const all = await begin({
      over: 'tls', gateway: { sasl: { ...SASL, required: false } }, server: { sasl: { lie } },
    });
    await all.peer.expect(/^AUTHENTICATE \*$/);
    await all.peer.closed;
    await all.bot.waitForLog(/not logged in: SCRAM-SHA-256: .*is this the right server/);
    assert.deepEqual(mechanisms(all.peer), ['AUTHENTICATE SCRAM-SHA-256']);
    assert.doesNotMatch(all.peer.heard.join('\n'), /^(JOIN|CAP END)/m);
    await finish(all);
  });
}

// The server that asks for the password may be compromised.
test('endless 904: PLAIN is not tried, and the bot disconnects with advice in the log', async () => {
  const all = await begin({
    over: 'tls', gateway: { reconnect: { base_ms: 3000, cap_ms: 6000 } },
    server: { sasl: { refuse: true } },
  });
  await all.peer.closed;
  assert.deepEqual(mechanisms(all.peer), ['AUTHENTICATE SCRAM-SHA-256']);
  await all.bot.waitForLog(
    /not logged in: SCRAM-SHA-256: the server refused the login; see "account" and "password".*PLAIN is not tried/);
  assert.equal(all.server.count, 1); // no second connection yet
  assert.doesNotMatch(all.bot.log(), /pencil/);
  await finish(all);
});

test('SCRAM-SHA-512 is used if the server offers it', async () => {
  const all = await begin({ over: 'tls', server: { caps: { sasl: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512' } } });
  await all.peer.expect(/^JOIN #tv/);
  assert.equal(all.peer.account, 'bot');
  assert.deepEqual(mechanisms(all.peer), ['AUTHENTICATE SCRAM-SHA-512']);
  await finish(all);
});

// Also in the next process, from the store.
test('a server that no longer offers SCRAM does not get the password', async () => {
  const state = join(dir, 'state-scram');
  const gateway = { name: 'net', sasl: { ...SASL, required: false }, reconnect: { base_ms: 10, cap_ms: 20 } };
  const refusal = /not logged in: the server offers PLAIN and no SCRAM, as it did before/;
  const all = await begin({ over: 'tls', gateway, config: { state } });
  await all.peer.expect(/^JOIN #tv/);
  all.server.caps.sasl = 'PLAIN';
  all.peer.end();
  const second = await all.server.peer();
  await second.expect(/^JOIN #tv/);
  await all.bot.waitForLog(refusal);
  await all.bot.stop();
  all.bot = await startBot({ config: { ...all.bot.config }, env: ENV });
  const third = await all.server.peer();
  await third.expect(/^JOIN #tv/);
  await all.bot.waitForLog(refusal);
  assert.deepEqual([...mechanisms(second), ...mechanisms(third)], []);
  await finish(all);
});

test('an optional login fails: a line in the log, and the bot stays', async () => {
  const all = await begin({
    gateway: { sasl: { ...SASL, required: false } }, server: { sasl: { refuse: true } },
  });
  await all.peer.expect(/^JOIN #tv/);
  await all.bot.waitForLog(/not logged in: /);
  await finish(all);
});

test('a login is required, and the server offers no SASL', async () => {
  const all = await begin({ server: { caps: { sasl: null } } });
  await all.peer.closed;
  await all.bot.waitForLog(/not logged in: the server offers no SASL/);
  assert.doesNotMatch(all.peer.heard.join('\n'), /^JOIN/m);
  await finish(all);
});

test('silent services: the login times out after 15 s, and the bot stays if the login is optional', async () => {
  const all = await begin({ gateway: { sasl: { ...SASL, required: false } }, server: { sasl: { silent: true } } });
  const start = Date.now();
  await all.peer.expect(/^AUTHENTICATE \*$/);
  assert.ok(Date.now() - start > 13000);
  await all.peer.expect(/^JOIN #tv/);
  await all.bot.waitForLog(/no answer within 15 s/);
  await finish(all);
});

// PLAIN is account, account and password with two NULs: base64 of 298 to 300 bytes has exactly 400 characters.
for (const [length, pieces] of [[297, [396]], [299, [400, '+']], [300, [400, '+']], [301, [400, 4]]]) {
  test(`PLAIN of ${length} bytes, cut at 400`, async () => {
    const account = 'a'.repeat(20);
    const secret = 'x'.repeat(length - 2 - 2 * account.length);
    const all = await begin({
      over: 'tls', env: { SECRET: secret },
      gateway: { sasl: { mechanism: 'plain', account, password: { env: 'SECRET' } } },
      server: { sasl: { accounts: { [account]: secret } } },
    });
    await all.peer.expect(/^JOIN #tv/);
    const sent = all.peer.heard.filter((line) => line.startsWith('AUTHENTICATE ')).slice(1).map((line) => line.slice(13));
    assert.deepEqual(sent.map((text) => (text === '+' ? '+' : text.length)), pieces);
    await finish(all);
  });
}

test('CAP NEW sasl: the bot logs in once the services are back', async () => {
  const all = await begin({
    gateway: { sasl: { ...SASL, required: false } }, server: { caps: { sasl: null } },
  });
  await all.peer.expect(/^JOIN #tv/);
  all.server.caps.sasl = 'SCRAM-SHA-256';
  all.peer.send('CAP episoded NEW :sasl=SCRAM-SHA-256');
  await all.peer.expect(/^CAP REQ :?sasl/);
  await all.peer.expect(/^AUTHENTICATE \+$/); // the server's proof is accepted
  await all.peer.sync();
  assert.equal(all.peer.account, 'bot');
  await finish(all);
});

test('a storm of NAKs ends in a registration', async () => {
  const all = await begin({ server: { nak: () => true }, gateway: { sasl: { ...SASL, required: false } } });
  await all.peer.expect(/^JOIN #tv/);
  await finish(all);
});

test('a channel for accounts only is joined after the login', async () => {
  let refused = false;
  const all = await begin({
    gateway: { sasl: { ...SASL, required: false } },
    server: {
      caps: { sasl: null },
      on: {
        JOIN(peer) {
          if (refused) return true;
          refused = true;
          peer.numeric(477, '#tv :You need to be identified to a registered account');
          return false;
        },
      },
    },
  });
  await all.peer.expect(/^JOIN #tv/);
  await all.bot.waitForLog(/cannot join #tv: 477/);
  all.peer.numeric(900, `${all.peer.mask} bot :You are now logged in as bot`);
  await all.peer.expect(/^JOIN #tv/);
  await finish(all);
});

// Neither the secrets nor their base64 form, at any of its three offsets.
function traces(secret) {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').slice(4, -4));
  return [secret, ...shifted];
}

for (const over of ['url', 'tls', 'ws', 'wss']) {
  for (const mechanism of ['plain', 'scram-sha-256']) {
    test(`no secret in the log, whatever its level (${over}, ${mechanism})`, async () => {
      const env = { SECRET: 'correct-horse-battery-staple', PASS: 'the-server-has-one-too' };
      const all = await begin({
        over, env, config: { log_level: 'debug' },
        gateway: {
          password: { env: 'PASS' }, sasl: { mechanism, account: 'bot', password: { env: 'SECRET' }, required: false },
        },
        server: { sasl: { accounts: { bot: env.SECRET } } },
      });
      await all.peer.expect(/^JOIN #tv/);
      assert.equal(all.peer.pass, env.PASS);
      assert.equal(all.peer.account, 'bot');
      all.peer.raw(`FAIL AUTHENTICATE SASL_FAIL :no`);
      all.peer.send('421 episoded PASS :Unknown command');
      all.server.sasl.refuse = true; // and again, with a failure
      all.peer.send('CAP episoded DEL :sasl');
      all.peer.end();
      const again = await all.server.peer();
      await again.expect(/^JOIN #tv/);
      await all.bot.waitForLog(/not logged in: /);
      const log = all.bot.log();
      const payloads = [...all.peer.heard, ...again.heard].filter((line) => /^AUTHENTICATE .{20}/.test(line));
      assert.ok(payloads.length > 1);
      for (const trace of [...traces(env.SECRET), ...traces(env.PASS), ...payloads.map((line) => line.slice(13))])
        assert.ok(!log.includes(trace), `the log shows ${trace}`);
      await finish(all);
      for (const trace of [...traces(env.SECRET), ...traces(env.PASS)]) assert.ok(!all.bot.log().includes(trace));
    });
  }
}
