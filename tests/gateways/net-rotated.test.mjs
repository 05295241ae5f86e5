// Files that change while the bot runs: CAs, client certificates, secrets.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { startBot } from '../harness/bot.mjs';
import { fingerprintOf, makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { startTwitchServer } from '../harness/twitch-server.mjs';

const dir = mkdtempSync(join(tmpdir(), 'rotated-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const old = makeAuthority(dir, 'old'), young = makeAuthority(dir, 'young');
const NAMES = 'DNS:localhost,IP:127.0.0.1';
const pem = ({ key, cert }) => ({ key: readFileSync(key), cert: readFileSync(cert) });
const ofOld = pem(makeCertificate(dir, 'of-old', old, NAMES)), ofYoung = pem(makeCertificate(dir, 'of-young', young, NAMES));
let files = 0;

// A file of its own for a test, with the contents of another.
function copyOf(file) {
  const path = join(dir, `copy-${files++}.pem`);
  copyFileSync(file, path);
  return path;
}

// As an installation does it: a complete file takes the place of the other.
function replace(path, file) {
  copyFileSync(file, `${path}.new`);
  renameSync(`${path}.new`, path);
}

// A server whose certificate can be changed; what was connected is cut.
async function serverOf(t, start = startIrcServer) {
  const server = await start({ tls: ofOld, token: 'sesame' });
  t.after(() => server.stop());
  return {
    server,
    turnTo(tls) {
      for (const listener of server.servers ?? [server.listener]) listener.setSecureContext?.(tls);
      for (const peer of server.peers) peer.end();
    },
  };
}

async function botOf(t, gateway, env = {}) {
  const bot = await startBot({ config: { gateways: [gateway] }, env });
  t.after(() => bot.stop());
  return bot;
}

const irc = (url, more) => ({ name: 'net', type: 'irc', url, nick: 'bot', channels: ['#tv'], reconnect: { base_ms: 50, cap_ms: 300 }, ...more });
const twitch = (url, more) => ({ name: 'net', type: 'twitch', login: 'bot', token: { env: 'TWITCH_TOKEN' }, url, channels: ['#tv'], reconnect: { base_ms: 50, cap_ms: 300 }, ...more });

for (const [name, kind, make, start] of [['IRC over TLS', 'tls', irc], ['IRC over wss', 'wss', irc], ['Twitch', 'url', twitch, startTwitchServer]])
  describe(name, { concurrency: 3 }, () => {
    const connected = /ready: gateway net/;

    test('a CA file that is replaced, without a reload', async (t) => {
      const { server, turnTo } = await serverOf(t, start), ca_file = copyOf(old.cert);
      const bot = await botOf(t, make(server[kind], { ca_file }), { TWITCH_TOKEN: 'sesame' });
      await bot.waitForLog(connected);
      replace(ca_file, young.cert);
      let mark = bot.mark();
      turnTo(ofYoung);
      await bot.waitForLog(connected, WAIT_MS, mark);
      mark = bot.mark();
      turnTo(ofOld); // the CA that was removed is not trusted any more
      await bot.waitForLog(/not connected: certificate from an unknown CA \(old\)/, WAIT_MS, mark);
      replace(ca_file, old.cert);
      await bot.waitForLog(connected, WAIT_MS, mark);
    });

    test("an update of the system's bundle", async (t) => {
      const { server, turnTo } = await serverOf(t, start), bundle = copyOf(old.cert);
      const bot = await botOf(t, make(server[kind]), { TWITCH_TOKEN: 'sesame', SSL_CERT_FILE: bundle, SSL_CERT_DIR: join(dir, 'nowhere') });
      await bot.waitForLog(connected);
      replace(bundle, young.cert);
      let mark = bot.mark();
      turnTo(ofYoung);
      await bot.waitForLog(connected, WAIT_MS, mark);
      mark = bot.mark();
      turnTo(ofOld);
      await bot.waitForLog(/not connected: certificate from an unknown CA \(old\)/, WAIT_MS, mark);
    });

    test('a half-written and a deleted CA file: the old CAs stay in use', async (t) => {
      const { server, turnTo } = await serverOf(t, start), ca_file = copyOf(old.cert);
      const bot = await botOf(t, make(server[kind], { ca_file }), { TWITCH_TOKEN: 'sesame' });
      await bot.waitForLog(connected);
      writeFileSync(ca_file, readFileSync(young.cert).subarray(0, 300));
      let mark = bot.mark();
      turnTo(ofOld);
      await bot.waitForLog(connected, WAIT_MS, mark);
      await bot.waitForLog(new RegExp(`the CA file ${ca_file} has no complete certificate in PEM format: the CAs that were read before stay in use`), WAIT_MS, mark);
      rmSync(ca_file);
      mark = bot.mark();
      turnTo(ofOld);
      await bot.waitForLog(connected, WAIT_MS, mark);
      await bot.waitForLog(new RegExp(`the CA file ${ca_file} cannot be read: No such file or directory: the CAs`), WAIT_MS, mark);
      copyFileSync(young.cert, ca_file);
      mark = bot.mark();
      turnTo(ofYoung);
      await bot.waitForLog(connected, WAIT_MS, mark);
    });
  });

test('a renewed client certificate is shown at the next connection', async (t) => {
  const { server, turnTo } = await serverOf(t);
  const mine = makeCertificate(dir, 'mine', old, NAMES), renewed = makeCertificate(dir, 'renewed', old, NAMES);
  const certificate = copyOf(mine.cert), key = copyOf(mine.key);
  const shown = [];
  server.servers.find((listener) => listener.setSecureContext && listener.listening && listener.address().port === server.tlsPort)
    .on('secureConnection', (socket) => shown.push(socket.getPeerCertificate().fingerprint256));
  const bot = await botOf(t, irc(server.tls, { ca_file: old.cert, certificate, key }));
  await bot.waitForLog(/ready: gateway net/);
  replace(certificate, renewed.cert); // the key follows a moment later
  let mark = bot.mark();
  turnTo(ofOld);
  await bot.waitForLog(/ready: gateway net/, WAIT_MS, mark);
  await bot.waitForLog(/our own key .* does not belong to the certificate .*: the certificate that was read before stays in use/, WAIT_MS, mark);
  replace(key, renewed.key);
  mark = bot.mark();
  turnTo(ofOld);
  await bot.waitForLog(/ready: gateway net/, WAIT_MS, mark);
  assert.deepEqual(shown, [fingerprintOf(mine.cert), fingerprintOf(mine.cert), fingerprintOf(renewed.cert)]);
});

test('a password that is changed is used after a reload', async (t) => {
  const { server } = await serverOf(t);
  const file = join(dir, 'password');
  writeFileSync(file, 'first\n', { mode: 0o600 });
  const bot = await botOf(t, irc(server.tls, { ca_file: old.cert, password: { file } }));
  await (await server.peer()).expect(/^PASS :?first$/);
  writeFileSync(file, 'second\n');
  bot.reload();
  await (await server.peer()).expect(/^PASS :?second$/);
  writeFileSync(file, ''); // half-written: the reload changes nothing
  const mark = bot.mark();
  bot.reload();
  await bot.waitForLog(/the secret is empty/, WAIT_MS, mark);
  assert.equal(server.peers.size, 1);
});

describe('Discord', { concurrency: 2 }, () => {
  const home = async (t) => {
    const fake = await startFakeDiscord({ resumeWindow_ms: 120000 });
    t.after(() => fake.stop());
    return fake;
  };
  // Another CA signs the certificates of REST and gateway from now on; what was connected is cut.
  const turnTo = (fake, tls, what) => {
    (what === 'rest' ? fake.rest.server : fake.gateway).setSecureContext(tls);
    fake[what].cut();
  };

  test('REST and gateway follow a CA file that is replaced', async (t) => {
    const fake = await home(t), ca_file = copyOf(fake.caFile);
    const bot = await botOf(t, fake.config({ ca_file }), fake.env);
    await bot.waitForLog(/ready: gateway home/);
    await fake.answered(fake.say('!episode 5'));
    replace(ca_file, young.cert);
    turnTo(fake, ofYoung, 'rest');
    turnTo(fake, ofYoung, 'gateway');
    const mark = bot.mark();
    await fake.until(() => fake.count('resumed') > 0 || fake.count('identify') > 1, 'a new session', 30000);
    await fake.answered(fake.say('!episode 6'));
    assert.doesNotMatch(bot.log().slice(mark), /unknown CA/);
  });

  test('REST uses no connection that was made with a CA that is gone', async (t) => {
    const fake = await home(t), ca_file = copyOf(fake.caFile);
    const bot = await botOf(t, fake.config({ ca_file }), fake.env);
    await bot.waitForLog(/ready: gateway home/);
    await fake.answered(fake.say('!episode 5'));
    replace(ca_file, young.cert); // the connection of REST is still open
    const id = fake.say('!episode 6');
    const [line] = await bot.waitForLog(/REST API cannot be reached: .*/);
    assert.match(line, /certificate from an unknown CA \(authority\)/);
    replace(ca_file, fake.caFile);
    await fake.answered(id, 30000);
  });
});
