// Why a connection cannot be made: the log names the reason and the fix, with the same words for IRC, WebSockets and HTTP.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { startBot } from '../harness/bot.mjs';
import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { WrongClock } from '../harness/wrong-clock.mjs';

const dir = mkdtempSync(join(tmpdir(), 'reasons-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const authority = makeAuthority(dir, 'authority'), other = makeAuthority(dir, 'other');
const right = makeCertificate(dir, 'right', authority, 'DNS:localhost,IP:127.0.0.1');
const elsewhere = makeCertificate(dir, 'elsewhere', authority, 'DNS:portal.hotel.example');
const pem = ({ key, cert }) => ({ key: readFileSync(key), cert: readFileSync(cert) });
mkdirSync(join(dir, 'nothing'));

// Start the bot with one gateway; its log must have a line that fits.
async function tells(t, gateway, pattern, { env, ms = 10000 } = {}) {
  const bot = await startBot({ config: { gateways: [gateway] }, env });
  t.after(() => bot.stop());
  return (await bot.waitForLog(pattern, ms))[0];
}

const irc = (url, more = {}) => ({ name: 'net', type: 'irc', url, nick: 'bot', channels: ['#tv'], reconnect: { base_ms: 100, cap_ms: 500 }, ...more });

for (const kind of ['tls', 'wss'])
  describe(`IRC, ${kind}`, { concurrency: 4 }, () => {
    test('an unknown CA', async (t) => {
      const server = await startIrcServer({ tls: pem(right) });
      t.after(() => server.stop());
      await tells(t, irc(server[kind], { ca_file: other.cert }), /certificate from an unknown CA \(authority\); if this is the right server, set "ca_file"/);
    });

    test('another host', async (t) => {
      const server = await startIrcServer({ tls: pem(elsewhere) });
      t.after(() => server.stop());
      await tells(t, irc(server[kind], { ca_file: authority.cert }), /certificate for another host: portal\.hotel\.example, not for (localhost|127\.0\.0\.1): check the address; a captive portal/);
    });

    // A new CA does not cure a date: each has its own fix.
    test('an expired certificate, and one of tomorrow', async (t) => {
      const server = await startIrcServer({ tls: pem(right) });
      t.after(() => server.stop());
      for (const [days, pattern] of [[3, /certificate expired on .*; the clock of this machine says .*: the server needs a new certificate, or this machine the right time/],
        [-3, /certificate not valid before .*; the clock of this machine says .*: set the clock \(timedatectl set-ntp true\)/]]) {
        const line = await tells(t, irc(server[kind], { ca_file: authority.cert }), pattern, { env: new WrongClock(t, days * 24 * 3600_000).env });
        assert.doesNotMatch(line, /ca_file/);
      }
    });

    test('a self-signed certificate', async (t) => {
      const server = await startIrcServer({ tls: pem(other) });
      t.after(() => server.stop());
      await tells(t, irc(server[kind], { ca_file: authority.cert }), kind === 'tls'
        ? /self-signed certificate; if this is the right server, set "ca_file" to its CA or "fingerprint" to the SHA-256/
        : /self-signed certificate; if this is the right server, set "ca_file" to its CA/);
    });

    test('a machine without CAs', async (t) => {
      const server = await startIrcServer({ tls: pem(right) });
      t.after(() => server.stop());
      const env = { SSL_CERT_FILE: '', SSL_CERT_DIR: join(dir, 'nothing') };
      env.SSL_CERT_FILE = join(dir, 'no-bundle.crt');
      await tells(t, irc(server[kind]), /no CA certificates: install the package ca-certificates/, { env });
    });

    test('a machine whose only CAs are a bundle', async (t) => {
      const server = await startIrcServer({ tls: pem(right) });
      t.after(() => server.stop());
      await tells(t, irc(server[kind]), /ready: gateway net/, { env: { SSL_CERT_FILE: authority.cert, SSL_CERT_DIR: join(dir, 'nothing') } });
    });

    test('a server without TLS', async (t) => {
      const plain = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      await new Promise((resolve) => plain.listen(0, '127.0.0.1', resolve));
      t.after(() => plain.close());
      const url = `${kind === 'tls' ? 'ircs' : 'wss'}://127.0.0.1:${plain.address().port}`;
      await tells(t, irc(url, { ca_file: authority.cert }), /TLS handshake failed: the server answered without TLS; check the port/);
    });
  });

// The log said "Name or service not known", of no name.
describe('a name that is unknown is in the log', { concurrency: 3 }, () => {
  const env = { EPISODED_TEST_TOKEN: 'MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789ab', EPISODED_TEST_TWITCH: 'abcdefghijklmnopqrstuvwxyz0123' };
  const discord = (more) => ({ name: 'net', type: 'discord', token: { env: 'EPISODED_TEST_TOKEN' }, ...more });
  const twitch = (more) => ({ name: 'net', type: 'twitch', login: 'bot', token: { env: 'EPISODED_TEST_TWITCH' }, channels: [], ...more });
  const far = 'https://id.example.invalid/oauth2', proxy = { http: 'http://proxy.example.invalid:3128', socks5: 'socks5://proxy.example.invalid:1080' };
  const unknownProxy = /the host of the proxy proxy\.example\.invalid:\d+ is not known: check the proxy's host, and the name server/;
  for (const [title, gateway, pattern] of [
    ['IRC over TLS', irc('ircs://irc.example.invalid'), /not connected: cannot resolve irc\.example\.invalid: /],
    ['IRC over a WebSocket', irc('wss://irc.example.invalid'), /not connected: cannot resolve irc\.example\.invalid: /],
    ['IRC, the proxy', irc('ircs://irc.example.org', { proxy: proxy.http }), unknownProxy],
    ['IRC, the SOCKS5 proxy', irc('wss://irc.example.org', { proxy: proxy.socks5 }), unknownProxy],
    ['Discord', discord({ api: 'https://discord.example.invalid/api/v10' }), /REST API cannot be reached: .*discord\.example\.invalid/],
    ['Discord, the proxy', discord({ proxy: proxy.http }), unknownProxy],
    ['Discord, the SOCKS5 proxy', discord({ proxy: proxy.socks5 }), unknownProxy],
    ['Twitch', twitch({ url: 'wss://chat.example.invalid', oauth: far }), /not connected: cannot resolve chat\.example\.invalid: /],
    ['Twitch, its authorization', twitch({ url: 'wss://chat.example.invalid', oauth: far }), /cannot validate the token: .*id\.example\.invalid/],
    ['Twitch, the proxy', twitch({ transport: 'eventsub', oauth: far, proxy: proxy.http }), unknownProxy],
  ]) test(title, async (t) => { await tells(t, gateway, pattern, { env }); });
});

describe('Discord', { concurrency: 3 }, () => {
  const home = async (t) => {
    const fake = await startFakeDiscord();
    t.after(() => fake.stop());
    return fake;
  };

  test('an unknown CA is named within seconds, not "Protocol error"', async (t) => {
    const fake = await home(t);
    const line = await tells(t, fake.config({ ca_file: other.cert }), /REST API cannot be reached: .*/, { env: fake.env });
    assert.match(line, /certificate from an unknown CA \(authority\); if this is the right server, set "ca_file" to its CA/);
  });

  test('a machine without CAs', async (t) => {
    const fake = await home(t);
    const env = { ...fake.env, SSL_CERT_FILE: join(dir, 'no-bundle.crt'), SSL_CERT_DIR: join(dir, 'nothing') };
    const line = await tells(t, fake.config({ ca_file: undefined }), /REST API cannot be reached: .*/, { env });
    assert.match(line, /install the package ca-certificates/);
  });

  test('a machine whose only CAs are a bundle, for REST and the gateway', async (t) => {
    const fake = await home(t);
    const env = { ...fake.env, SSL_CERT_FILE: fake.caFile, SSL_CERT_DIR: join(dir, 'nothing') };
    await tells(t, fake.config({ ca_file: undefined }), /ready: gateway home/, { env });
  });

  test('a server without TLS', async (t) => {
    const fake = await home(t);
    const plain = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise((resolve) => plain.listen(0, '127.0.0.1', resolve));
    t.after(() => plain.close());
    const api = `https://127.0.0.1:${plain.address().port}/api/v10`;
    await tells(t, fake.config({ api }), /REST API cannot be reached: TLS handshake failed: the server answered without TLS/, { env: fake.env });
  });
});
