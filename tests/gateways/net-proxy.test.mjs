// Connections through a proxy: a real one (tinyproxy), and a scripted one for the odd answers.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { startBot } from '../harness/bot.mjs';
import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { freePort } from '../harness/ports.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { startProxy } from '../harness/proxy.mjs';
import { startTinyproxy } from '../harness/tinyproxy.mjs';

const dir = mkdtempSync(join(tmpdir(), 'proxy-'));
after(() => rmSync(dir, { recursive: true, force: true }));

const authority = makeAuthority(dir, 'authority');
// No name server knows this name: only the proxy finds the server.
const NAME = 'chat.example.test';
const pem = ({ key, cert }) => ({ key: readFileSync(key), cert: readFileSync(cert) });
const tls = pem(makeCertificate(dir, 'server', authority, `DNS:localhost,IP:127.0.0.1,DNS:${NAME}`));
const secret = join(dir, 'password');
writeFileSync(secret, 'p@ss:w/rd\n', { mode: 0o600 });

async function serverOf(t) {
  const server = await startIrcServer({ tls });
  t.after(() => server.stop());
  return server;
}

async function proxyOf(t, options) {
  const proxy = await startProxy(options);
  t.after(() => proxy.stop());
  return proxy;
}

async function tinyproxyOf(t, ...options) {
  const proxy = await startTinyproxy(...options);
  t.after(() => proxy.stop());
  return proxy;
}

const named = (url) => url.replace(/localhost|127\.0\.0\.1/, NAME);
const portOf = (url) => new URL(url.replace(/^ircs?/, 'http')).port;

function irc(url, more = {}) {
  return { name: 'net', type: 'irc', url, nick: 'bot', channels: ['#tv'], ca_file: authority.cert, reconnect: { base_ms: 100, cap_ms: 500 }, ...more };
}

async function botOf(t, config, env = {}) {
  const bot = await startBot({ config, env });
  t.after(() => bot.stop());
  return bot;
}

// The bot joins, answers a question, and its log and trace have no password.
async function answers(bot, server) {
  await bot.waitForLog(/ready: gateway net/);
  const peer = [...server.peers].at(-1);
  await peer.expect(/^JOIN #tv/);
  server.say('anna!a@host', '#tv', '!ping');
  await peer.expect(/PRIVMSG #tv/);
  assert.doesNotMatch(bot.log(), /p@ss:w\/rd|p%40ss/);
}

for (const kind of ['url', 'tls', 'ws', 'wss'])
  describe(`IRC over ${kind === 'url' ? 'tcp' : kind}`, { concurrency: 3 }, () => {
    test('through tinyproxy', async (t) => {
      const server = await serverOf(t), proxy = await tinyproxyOf(t);
      const bot = await botOf(t, { gateways: [irc(server[kind], { proxy: proxy.url })] });
      await answers(bot, server);
      assert.ok(proxy.requests().every((line) => line === `CONNECT ${new URL(server[kind].replace(/^ircs?/, 'http')).hostname}:${portOf(server[kind])}`), proxy.requests().join('\n'));
      assert.ok(proxy.requests().length >= 1);
    });

    test('a name that only the proxy knows, from the environment', async (t) => {
      const server = await serverOf(t), proxy = await proxyOf(t);
      const bot = await botOf(t, { gateways: [irc(named(server[kind]))] }, { http_proxy: proxy.url, https_proxy: proxy.url });
      await answers(bot, server);
      assert.deepEqual(new Set(proxy.asked), new Set([`${NAME}:${portOf(server[kind])}`]));
    });

    test('through SOCKS5, with user and password', async (t) => {
      const server = await serverOf(t), proxy = await proxyOf(t, { socks: true, user: 'me:p@ss:w/rd' });
      const login = { url: proxy.url, user: 'me', password: { file: secret } };
      const bot = await botOf(t, { gateways: [irc(named(server[kind]), { proxy: login })] });
      await answers(bot, server);
      assert.equal(proxy.asked[0], `${NAME}:${portOf(server[kind])}`);
    });
  });

// TLS to the proxy, and TLS through it to the server. The system's CAs confirm the proxy's certificate.
describe('an https:// proxy', { concurrency: 3 }, () => {
  const of = pem(makeCertificate(dir, 'proxy', authority, 'IP:127.0.0.1'));
  const env = { SSL_CERT_FILE: authority.cert, SSL_CERT_DIR: join(dir, 'nowhere') };

  for (const kind of ['url', 'tls', 'ws', 'wss'])
    test(`IRC over ${kind === 'url' ? 'tcp' : kind}`, async (t) => {
      const server = await serverOf(t), proxy = await proxyOf(t, { tls: of });
      const bot = await botOf(t, { gateways: [irc(named(server[kind]), { proxy: proxy.url })] }, env);
      await answers(bot, server);
      // Many long lines, which do not fit into one record of TLS.
      const peer = [...server.peers].at(-1);
      for (let i = 0; i < 2000; i++) server.say('anna!a@host', '#tv', `chatter ${i} ${'x'.repeat(300)}`);
      server.say('anna!a@host', '#tv', '!episode 5');
      await peer.expect(/PRIVMSG #tv :.*5/);
    });

  test('Discord, REST and gateway', async (t) => {
    const fake = await startFakeDiscord();
    t.after(() => fake.stop());
    const proxy = await proxyOf(t, { tls: of });
    const bot = await botOf(t, { gateways: [fake.config({ proxy: proxy.url })] }, { ...env, ...fake.env });
    await bot.waitForLog(/ready: gateway home/);
    await fake.answered(fake.say('!episode 5'));
    assert.equal(new Set(proxy.asked).size, 2, proxy.asked.join('\n'));
    fake.gateway.cut(); // the connection ends, and the next one goes the same way
    await fake.until(() => fake.count('resumed') > 0, 'a resumed session', 20000);
    await fake.answered(fake.say('!episode 6'));
  });

  for (const kind of ['tls', 'wss'])
    test(`${kind}: the certificate of the proxy is refused`, async (t) => {
      const server = await serverOf(t), proxy = await proxyOf(t, { tls: of });
      const bot = await botOf(t, { gateways: [irc(named(server[kind]), { proxy: proxy.url })] }, { ...env, SSL_CERT_FILE: makeAuthority(dir, `other-${kind}`).cert });
      await bot.waitForLog(/not connected: the proxy's certificate: certificate from an unknown CA \(authority\)/);
      assert.deepEqual(proxy.asked, []);
    });

  test('a proxy without TLS', async (t) => {
    const server = await serverOf(t), proxy = await proxyOf(t, { plain: 'HTTP/1.1 400 Bad Request\r\n\r\n' });
    const bot = await botOf(t, { gateways: [irc(named(server.wss), { proxy: proxy.url.replace('http:', 'https:') })] }, env);
    await bot.waitForLog(/not connected: the proxy 127\.0\.0\.1:\d+: no TLS .*: is it an http:\/\/ proxy\?/);
  });
});

describe('which proxy', { concurrency: 4 }, () => {
  test('user and password from a secret, checked by tinyproxy', async (t) => {
    writeFileSync(join(dir, 'simple'), 'secret42\n', { mode: 0o600 });
    const server = await serverOf(t), proxy = await tinyproxyOf(t, 'BasicAuth me secret42');
    const login = { url: proxy.url, user: 'me', password: { file: join(dir, 'simple') } };
    const bot = await botOf(t, { proxy: login, gateways: [irc(server.wss)] }); // of the file, for every gateway
    await answers(bot, server);
    assert.doesNotMatch(bot.log(), /secret42/);
  });

  test('user and password in https_proxy', async (t) => {
    const server = await serverOf(t), proxy = await tinyproxyOf(t, 'BasicAuth me secret42');
    const url = proxy.url.replace('//', '//me:secret42@');
    const bot = await botOf(t, { gateways: [irc(server.tls)], trace: true }, { https_proxy: url });
    await answers(bot, server);
    assert.doesNotMatch(bot.log(), /secret42/);
  });

  test('all_proxy; no_proxy exempts a server', async (t) => {
    const server = await serverOf(t), proxy = await proxyOf(t);
    const bot = await botOf(t, { gateways: [irc(server.tls), irc(named(server.tls), { name: 'other', nick: 'bot2' })] },
      { all_proxy: proxy.url, no_proxy: 'localhost,127.0.0.0/8' });
    await bot.waitForLog(/ready: gateway net/);
    await bot.waitForLog(/ready: gateway other/);
    assert.deepEqual(new Set(proxy.asked), new Set([`${NAME}:${portOf(server.tls)}`]));
  });

  test('"proxy": false goes without the one of the environment', async (t) => {
    const server = await serverOf(t), proxy = await proxyOf(t);
    const bot = await botOf(t, { gateways: [irc(server.wss, { proxy: false })] }, { https_proxy: proxy.url });
    await answers(bot, server);
    assert.deepEqual(proxy.asked, []);
  });

  test('a reload moves a gateway to another proxy', async (t) => {
    const server = await serverOf(t), first = await proxyOf(t), second = await proxyOf(t);
    const bot = await botOf(t, { gateways: [irc(server.wss, { proxy: first.url })] });
    await answers(bot, server);
    bot.configure({ ...bot.config, gateways: [irc(server.wss, { proxy: second.url })] });
    const mark = bot.mark();
    bot.reload();
    await bot.waitForLog(/ready: gateway net/, WAIT_MS, mark);
    assert.equal(second.asked.length, 1);
  });

  test('STS: the change to TLS goes through the proxy, too', async (t) => {
    const secure = await serverOf(t);
    const server = await startIrcServer({ caps: { sts: `port=${portOf(secure.tls)}` } });
    t.after(() => server.stop());
    const proxy = await proxyOf(t);
    const bot = await botOf(t, { gateways: [irc(named(server.url), { proxy: proxy.url })] });
    await bot.waitForLog(/ready: gateway net/);
    assert.deepEqual(proxy.asked, [`${NAME}:${portOf(server.url)}`, `${NAME}:${portOf(secure.tls)}`]);
  });
});

describe('Discord', { concurrency: 2 }, () => {
  for (const [name, configured] of [['the environment', false], ['the configuration', true]])
    test(`REST and gateway through the proxy of ${name}`, async (t) => {
      const fake = await startFakeDiscord();
      t.after(() => fake.stop());
      const proxy = await tinyproxyOf(t);
      const env = configured ? fake.env : { ...fake.env, https_proxy: proxy.url };
      const bot = await botOf(t, { gateways: [fake.config(configured ? { proxy: proxy.url } : {})] }, env);
      await bot.waitForLog(/ready: gateway home/);
      await fake.answered(fake.say('!episode 5'));
      const ports = new Set(proxy.requests().map((line) => line.match(/^CONNECT 127\.0\.0\.1:(\d+)$/)[1]));
      assert.equal(ports.size, 2, proxy.requests().join('\n')); // REST has one port, the gateway another
      assert.ok(ports.has(String(fake.port)));
    });

  test('an ACL is named as the reason, and its end is noticed', async (t) => {
    const fake = await startFakeDiscord();
    t.after(() => fake.stop());
    let allows = false;
    const proxy = await proxyOf(t, {
      answer(socket, head, self) {
        if (allows) self.join(socket, 'HTTP/1.1 200 OK\r\n\r\n');
        else socket.end('HTTP/1.1 403 Filtered\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>');
      },
    });
    const bot = await botOf(t, { gateways: [fake.config({ proxy: proxy.url })] }, fake.env);
    await bot.waitForLog(/REST API cannot be reached: the proxy 127\.0\.0\.1:\d+ does not allow a connection to 127\.0\.0\.1:\d+ \(403\): allow host and port in its rules, or list the host in no_proxy/);
    allows = true;
    await bot.waitForLog(/ready: gateway home/, 30000);
  });
});

describe('Twitch', () => {
  test('through a proxy', async (t) => {
    const server = await serverOf(t), proxy = await proxyOf(t);
    const twitch = { name: 'net', type: 'twitch', login: 'bot', token: { env: 'TWITCH_TOKEN' }, url: named(server.wss), ca_file: authority.cert, channels: ['#tv'], proxy: proxy.url };
    const bot = await botOf(t, { gateways: [twitch] }, { TWITCH_TOKEN: 'sesame' });
    const peer = await server.peer();
    await peer.expect(/^NICK bot/);
    // The chat, and the validation of the token.
    assert.deepEqual([...new Set(proxy.asked)].sort(), [`${NAME}:${portOf(server.wss)}`, 'id.twitch.tv:443']);
    assert.doesNotMatch(bot.log(), /sesame/);
  });
});

// What a proxy may answer, and what the log then says. Streams and WebSockets have the same reasons.
const ODD = [
  ['407 without a login', (socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n'),
    /the proxy 127\.0\.0\.1:\d+ requires a user and a password \(407\): put them into "proxy"/],
  ['403', (socket) => socket.end('HTTP/1.0 403 Access violation\r\n\r\n<html>no</html>'), /the proxy \S+ does not allow a connection to chat\.example\.test:\d+ \(403\)/],
  ['502', (socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'), /the proxy \S+ cannot reach chat\.example\.test:\d+ \(502\)/],
  ['405: a web server', (socket) => socket.end('HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\n\r\n'), /127\.0\.0\.1:\d+ is no proxy, or one without CONNECT \(405\)/],
  ['418', (socket) => socket.end('HTTP/1.1 418 Teapot\r\n\r\n'), /the proxy \S+ answers 418 to CONNECT/],
  ['garbage', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), /closed the connection, or answered CONNECT with something that is not HTTP/],
  ['nothing', (socket) => socket.end(), /closed the connection, or answered CONNECT with something that is not HTTP/],
];

for (const kind of ['tls', 'wss'])
  describe(`odd answers, ${kind}`, { concurrency: 4 }, () => {
    for (const [name, answer, reason] of ODD)
      test(name, async (t) => {
        const server = await serverOf(t), proxy = await proxyOf(t, { answer });
        const bot = await botOf(t, { gateways: [irc(named(server[kind]), { proxy: proxy.url })] });
        const [line] = await bot.waitForLog(/not connected: .*/);
        assert.match(line, reason);
      });

    test('407 with a login', async (t) => {
      const server = await serverOf(t), proxy = await tinyproxyOf(t, 'BasicAuth me other');
      const login = { url: proxy.url, user: 'me', password: { file: secret } };
      const bot = await botOf(t, { gateways: [irc(server[kind], { proxy: login })] });
      await bot.waitForLog(/refuses the user or the password \(401\)/);
      assert.doesNotMatch(bot.log(), /p@ss|p%40ss/);
    });

    test("tinyproxy's ConnectPort refuses the port", async (t) => {
      const server = await serverOf(t), proxy = await tinyproxyOf(t, 'ConnectPort 443');
      const bot = await botOf(t, { gateways: [irc(server[kind], { proxy: proxy.url })] });
      await bot.waitForLog(/the proxy \S+ does not allow a connection to \S+ \(403\): allow host and port/);
    });

    test('tinyproxy cannot reach the server', async (t) => {
      const proxy = await tinyproxyOf(t);
      const url = `${kind === 'tls' ? 'ircs' : 'wss'}://127.0.0.1:${await freePort()}`;
      const bot = await botOf(t, { gateways: [irc(url, { proxy: proxy.url })] });
      await bot.waitForLog(/the proxy \S+ (cannot reach|answers)/);
    });

    test('a proxy that does not run', async (t) => {
      const server = await serverOf(t), port = await freePort();
      const bot = await botOf(t, { gateways: [irc(server[kind], { proxy: `http://127.0.0.1:${port}` })] });
      await bot.waitForLog(new RegExp(`the proxy 127\\.0\\.0\\.1:${port} cannot be reached \\(connection refused\\): check`));
    });

    test('a proxy whose name is not known', async (t) => {
      const server = await serverOf(t);
      const bot = await botOf(t, { gateways: [irc(named(server[kind]), { proxy: 'http://proxy.invalid:3128' })] });
      await bot.waitForLog(/the host of the proxy proxy\.invalid:3128 is not known/);
    });

    test('a proxy that never answers', async (t) => {
      const server = await serverOf(t), proxy = await proxyOf(t, { answer() {} });
      const bot = await botOf(t, { gateways: [irc(server[kind], { proxy: proxy.url })] });
      await bot.waitForLog(/no answer from the proxy 127\.0\.0\.1:\d+/);
    });

    test('an answer in single bytes, with headers and an informational answer before it', async (t) => {
      const server = await serverOf(t);
      const proxy = await proxyOf(t, {
        async answer(socket, head, self) {
          socket.setNoDelay(true);
          for (const byte of 'HTTP/1.1 200 Connection established\r\nVia: 1.1 odd\r\nX-Odd: ' + 'x'.repeat(2000) + '\r\n\r')
            if (!socket.destroyed) await new Promise((resolve) => socket.write(byte, resolve));
          self.join(socket, '\n');
        },
      });
      const bot = await botOf(t, { gateways: [irc(named(server[kind]), { proxy: proxy.url })] });
      await answers(bot, server);
    });

    test('a body after 200 is not the server', async (t) => {
      const server = await serverOf(t);
      const proxy = await proxyOf(t, { answer: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n<html>login<') });
      const bot = await botOf(t, { gateways: [irc(named(server[kind]), { proxy: proxy.url })] });
      await bot.waitForLog(/not connected: TLS handshake failed: the server answered without TLS/);
    });

    test('an IPv6 address as the server', async (t) => {
      const server = await serverOf(t), port = portOf(server[kind]);
      const proxy = await proxyOf(t);
      const url = `${kind === 'tls' ? 'ircs' : 'wss'}://[2001:db8::7]:${port}/`;
      const bot = await botOf(t, { gateways: [irc(url, { proxy: proxy.url })] });
      await bot.waitForLog(/certificate for another host: .*not for 2001:db8::7/); // it answers, with its own certificate
      assert.equal(proxy.asked[0], `[2001:db8::7]:${port}`);
    });
  });

test('a variable of the environment that is not the URL of a proxy', async (t) => {
  const server = await serverOf(t);
  const bot = await botOf(t, { gateways: [irc(server.wss)] }, { https_proxy: 'ftp://me:secret42@proxy' });
  await bot.waitForLog(/the URL of the proxy .*https_proxy.*: must begin with http:\/\//);
  assert.doesNotMatch(bot.log(), /secret42/);
});

test('SOCKS5: a wrong password, and a server that the proxy may not reach', async (t) => {
  const server = await serverOf(t);
  const locked = await proxyOf(t, { socks: true, user: 'me:other' });
  const walled = await proxyOf(t, { socks: true, answer: (socket) => socket.end(Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0])) });
  const bot = await botOf(t, {
    gateways: [
      irc(server.tls, { proxy: { url: locked.url, user: 'me', password: { file: secret } } }),
      irc(server.wss, { name: 'two', proxy: walled.url }),
    ],
  });
  await bot.waitForLog(/\[net\] not connected: the SOCKS proxy \S+ refuses the user or the password/);
  await bot.waitForLog(/\[two\] not connected: the SOCKS proxy \S+ does not allow a connection to/);
});
