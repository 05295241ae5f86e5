// Strict Transport Security: a server that asks for TLS gets it, now and after a restart, for the requested duration.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startBot } from '../harness/bot.mjs';
import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';

let dir, ca_file, tls;

before(() => {
  dir = mkdtempSync(join(tmpdir(), 'irc-sts-'));
  const authority = makeAuthority(dir, 'authority');
  const { key, cert } = makeCertificate(dir, 'server', authority, 'DNS:localhost');
  ca_file = authority.cert;
  tls = { key: readFileSync(key), cert: readFileSync(cert) };
});

after(() => rmSync(dir, { recursive: true, force: true }));

function isTls(peer) {
  return peer.certificate !== undefined;
}

// says: the value of "sts" without TLS and with TLS; undefined: not offered.
async function begin(says) {
  const server = await startIrcServer({
    tls,
    on: {
      CAP(peer, line, self) {
        const value = isTls(peer) ? self.says.secure : self.says.plain;
        delete self.caps.sts;
        if (value) self.caps.sts = value.replace('TLS', self.tlsPort);
        return true;
      },
    },
  });
  server.says = says;
  const state = mkdtempSync(join(tmpdir(), 'irc-sts-state-'));
  const home = { server, state };
  home.start = async (more = {}) => {
    const url = `irc://localhost:${server.port}`;
    home.bot = await startBot({ config: { state, gateways: [server.gateway({ url, ca_file, ...more })] } });
  };
  home.end = async () => {
    await home.bot.stop();
    await server.stop();
    rmSync(state, { recursive: true, force: true });
  };
  await home.start();
  return home;
}

// The registered connections, as "tls" or "plain". isCut: the server ends the connection then.
async function joined(server, { isCut = false } = {}) {
  for (;;) {
    const peer = await server.peer();
    if (await peer.expect(/^JOIN /).then(() => true, () => false)) {
      if (isCut) peer.end();
      return isTls(peer) ? 'tls' : 'plain';
    }
    assert.doesNotMatch(peer.heard.join('\n'), /CAP REQ|CAP END|JOIN/, 'it went on in the clear');
  }
}

test('a server that asks for TLS gets a TLS connection, also after a restart', async () => {
  const home = await begin({ plain: 'port=TLS,duration=3600', secure: 'duration=3600,port=1' });
  const { server } = home;
  const plain = await server.peer();
  await plain.closed;
  assert.ok(!isTls(plain));
  assert.doesNotMatch(plain.heard.join('\n'), /CAP REQ|CAP END/);
  assert.equal(await joined(server), 'tls');
  await home.bot.waitForLog(/the server requires TLS \(sts\)/);
  assert.doesNotMatch([...server.peers][0].heard.join('\n'), /REQ.*\bsts\b/);
  await home.bot.stop();

  const before = server.count;
  await home.start();
  assert.equal(await joined(server), 'tls');
  assert.equal(server.count, before + 1, 'it spoke in the clear once more');
  await home.end();
});

test('with an STS policy nothing is sent without TLS, whatever fails', async () => {
  const home = await begin({ plain: 'port=TLS', secure: 'duration=3600' });
  const { server } = home;
  assert.equal(await joined(server), 'tls');
  await home.bot.stop();
  const before = server.count;
  await home.start({ ca_file: undefined }); // so the certificate is refused
  await home.bot.waitForLog(/not connected: .*certificate[^]*not connected: .*certificate[^]*not connected: .*certificate/);
  assert.equal(server.count, before);
  await home.end();
});

// The machine's clock, by which it has expired, may be wrong.
test('an STS policy expires after its duration, counted from the last connection; TLS is tried once more', async () => {
  const home = await begin({ plain: 'port=TLS', secure: 'duration=1' });
  const { server } = home;
  assert.equal(await joined(server), 'tls');
  await home.bot.stop();
  await sleep(1500); // its second
  server.says = {};
  await home.start();
  assert.equal(await joined(server, { isCut: true }), 'tls');
  assert.equal(await joined(server), 'plain');
  await home.end();
});

test('a duration of 0 over TLS ends the policy', async () => {
  const home = await begin({ plain: 'port=TLS', secure: 'duration=3600' });
  const { server } = home;
  assert.equal(await joined(server), 'tls');
  await home.bot.stop();
  server.says = { secure: 'duration=0' };
  await home.start();
  assert.equal(await joined(server), 'tls');
  await home.bot.stop();
  await home.start();
  assert.equal(await joined(server), 'plain');
  await home.end();
});

test('a duration without a port, sent without TLS, is ignored and not stored', async () => {
  const home = await begin({ plain: 'duration=3600' });
  assert.equal(await joined(home.server), 'plain');
  await home.bot.stop();
  await home.start();
  assert.equal(await joined(home.server), 'plain');
  await home.end();
});

test('a port without a policy over TLS: the bot uses TLS, and stores no policy', async () => {
  const home = await begin({ plain: 'port=TLS' });
  assert.equal(await joined(home.server), 'tls');
  await home.bot.stop();
  home.server.says = {};
  await home.start();
  assert.equal(await joined(home.server), 'plain');
  await home.end();
});

test('STS is offered later, by CAP NEW', async () => {
  const home = await begin({ secure: 'duration=3600' });
  const { server } = home;
  const plain = await server.peer();
  await plain.expect(/^JOIN /);
  plain.send(`CAP ${plain.nick} NEW :sts=port=${server.tlsPort}`);
  assert.equal(await joined(server), 'tls');
  await home.end();
});

test('invalid STS values, and "sts": false', async () => {
  for (const plain of ['port=0', 'port=99999', 'port=', 'preload', 'port=6697x']) {
    const home = await begin({ plain });
    assert.equal(await joined(home.server), 'plain', plain);
    await home.end();
  }
  const home = await begin({ plain: 'port=TLS' });
  assert.equal(await joined(home.server), 'tls');
  await home.bot.stop();
  await home.start({ sts: false, ca_file: undefined });
  assert.equal(await joined(home.server), 'plain');
  await home.end();
});

test('a real InspIRCd that asks for TLS', async () => {
  const server = await startInspircd({ sts: '60d' });
  const state = mkdtempSync(join(tmpdir(), 'irc-sts-state-'));
  const gateway = server.gateway({ url: `irc://localhost:${server.ports.irc}`, ca_file: server.caFile });
  const anna = await server.connect('anna');
  await anna.join('#tv');
  for (const isTold of [true, false]) {
    const bot = await startBot({ config: { state, gateways: [gateway] } });
    await anna.expect((line) => line.verb === 'JOIN' && line.nick === 'episoded');
    anna.send('WHOIS episoded');
    await anna.expect((line) => line.verb === '671'); // is using a secure connection
    assert.equal(/requires TLS/.test(bot.log()), isTold, 'the second time it knows');
    await bot.stop();
  }
  await anna.close();
  await server.stop();
  rmSync(state, { recursive: true, force: true });
});
