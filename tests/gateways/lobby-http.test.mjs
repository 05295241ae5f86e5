// The lobby supports HTTP/1.1 GET and HEAD, and WebSocket. Everything else is refused, and the bot continues.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { assertLobbyAnswers, lobbyGateway } from '../harness/lobby.mjs';
import { RawConnection, frame, handshake, statuses } from '../harness/raw-http.mjs';

let bot;
let port;
let host;

before(async () => {
  bot = await startBot({ config: { gateways: [await lobbyGateway()] } });
  port = bot.port;
  host = `Host: 127.0.0.1:${port}\r\n`;
});

after(() => bot.stop());

async function assertAnswers() {
  await assertLobbyAnswers(port);
  assert.equal(bot.end, undefined);
  assert.deepEqual(bot.complaints(), []);
}

// Send the parts one after another; return all bytes until the lobby closes.
async function exchange(...parts) {
  const connection = await RawConnection.open(port);
  for (const part of parts) {
    connection.send(part);
    await new Promise(setImmediate);
  }
  const text = await connection.closed();
  connection.destroy();
  return text;
}

const SECURITY = ['Content-Security-Policy: default-src \'none\';', 'X-Content-Type-Options: nosniff', 'Referrer-Policy: no-referrer',
  'Cross-Origin-Opener-Policy: same-origin', 'Cross-Origin-Resource-Policy: same-origin'];

function assertRefused(text, status, name) {
  assert.deepEqual(statuses(text), [status], `${name}: ${text.slice(0, 200)}`);
  for (const header of SECURITY) assert.ok(text.includes(header), `${name}: ${header}`);
  assert.match(text, /^Connection: close\r$/m, name);
}

const h2Frame = (type, flags, stream, payload) => {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(payload)]);
};
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';

test('an upgrade to h2c ended the bot by an assertion of libwebsockets', async () => {
  const variants = {
    'as curl asks': H2C,
    'upper case': H2C.toUpperCase().replace('AAMAAABKAAQAAP__', 'AAMAAABkAAQAAP__'),
    'lower case': H2C.toLowerCase().replace('aamaaabkaaqaap__', 'AAMAAABkAAQAAP__'),
    'h2c among others': H2C.replace('h2c', 'websocket, h2c'),
    'two fields': `Upgrade: websocket\r\n${H2C}`,
    'two fields, the other way round': `${H2C}Upgrade: websocket\r\n`,
    'without settings': 'Connection: Upgrade\r\nUpgrade: h2c\r\n',
    'h2': 'Connection: Upgrade\r\nUpgrade: h2\r\n',
    'settings and no upgrade': 'Connection: HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    'another protocol': 'Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n',
    'spaces and tabs': H2C.replace('h2c', ' \t h2c \t '),
  };
  for (const [name, fields] of Object.entries(variants)) {
    assertRefused(await exchange(`GET / HTTP/1.1\r\n${host}${fields}\r\n`, PREFACE, h2Frame(4, 0, 0, ''), h2Frame(0, 1, 1, 'xxxxxx')), 501, name);
  }
  await assertAnswers();
});

test('h2c in single bytes, and as the second request of a connection', async () => {
  assertRefused(await exchange(...`GET / HTTP/1.1\r\n${host}${H2C}\r\n${PREFACE}`.split('')), 501, 'single bytes');
  for (const second of [`GET / HTTP/1.1\r\n${host}${H2C}\r\n${PREFACE}`, `CONNECT x:1 HTTP/1.1\r\n${host}\r\n`, PREFACE]) {
    const connection = await RawConnection.open(port);
    connection.send(`HEAD / HTTP/1.1\r\n${host}\r\n`);
    await connection.until((text) => /\r\n\r\n$/.test(text));
    connection.send(second);
    assert.deepEqual(statuses(await connection.closed()).map((status) => Math.min(status, 400)), [200, 400], second);
    connection.destroy();
    const together = await exchange(`HEAD / HTTP/1.1\r\n${host}\r\n${second}`);
    assert.deepEqual(statuses(together).map((status) => Math.min(status, 400)), [200, 400], second);
  }
  await assertAnswers();
});

test('CONNECT made a raw connection of it, other methods and forms were followed', async () => {
  const cases = [
    ['CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n', 405],
    ['CONNECT 127.0.0.1:{port} HTTP/1.1\r\n{host}\r\n', 405],
    ['POST / HTTP/1.1\r\n{host}Content-Length: 3\r\n\r\nabc', 405],
    ['PUT / HTTP/1.1\r\n{host}\r\n', 405],
    ['OPTIONS * HTTP/1.1\r\n{host}\r\n', 405],
    ['TRACE / HTTP/1.1\r\n{host}\r\n', 405],
    ['BREW / HTTP/1.1\r\n{host}\r\n', 501],
    ['get / HTTP/1.1\r\n{host}\r\n', 501],
    [PREFACE, 505],
    ['GET / HTTP/1.0\r\n{host}\r\n', 505],
    ['GET / HTTP/2.0\r\n{host}\r\n', 505],
    ['GET / HTTP/1.10\r\n{host}\r\n', 400],
    ['GET /\r\n', 400],
    ['GET http://127.0.0.1:{port}/ HTTP/1.1\r\n{host}\r\n', 400],
    ['GET * HTTP/1.1\r\n{host}\r\n', 400],
    ['GET  / HTTP/1.1\r\n{host}\r\n', 400],
    ['GET / x HTTP/1.1\r\n{host}\r\n', 400],
    ['GET /#x HTTP/1.1\r\n{host}\r\n', 400],
    ['GET /\xff HTTP/1.1\r\n{host}\r\n', 400],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['\x00\x00\x00\x00', 400],
    ['\r\n\r\n', 400],
  ];
  for (const [request, status] of cases) {
    assertRefused(await exchange(request.replaceAll('{host}', host).replaceAll('{port}', port)), status, JSON.stringify(request));
  }
  await assertAnswers();
});

test('an ambiguous request (request smuggling) is refused', async () => {
  const cases = [
    ['', 400], // no Host
    ['Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n', 400],
    ['{host}Content-Length: 5\r\n', 400],
    ['{host}Content-Length: 0\r\nContent-Length: 0\r\n', 400],
    ['{host}Transfer-Encoding: chunked\r\n', 400],
    ['{host}Transfer-Encoding: identity\r\n', 400],
    ['{host}Expect: 100-continue\r\n', 417],
    ['{host}X: a\r\n b\r\n', 400], // folded
    ['{host}Upgrade:\r\n h2c\r\n', 501],
    ['{host}X : a\r\n', 400],
    ['{host}: a\r\n', 400],
    ['{host}no colon\r\n', 400],
    ['{host}X: a\0b\r\n', 400],
    ['{host}X: a\rb\r\n', 400],
    ['{host}X: a\n', 400],
    [`{host}X: ${'a'.repeat(16 * 1024)}\r\n`, 431],
    [`{host}${'X: a\r\n'.repeat(101)}`, 431],
  ];
  for (const [fields, status] of cases) {
    const request = `GET / HTTP/1.1\r\n${fields.replaceAll('{host}', host).replaceAll('{port}', port)}\r\n`;
    assertRefused(await exchange(request), status, JSON.stringify(fields.slice(0, 60)));
  }
  assertRefused(await exchange(`GET /${'a'.repeat(3000)}`), 414, 'a long path');
  await assertAnswers();
});

test('an incomplete WebSocket handshake is refused', async () => {
  const whole = handshake(port);
  const cases = [
    [whole.replace('Version: 13', 'Version: 12'), 426],
    [whole.replace(/Sec-WebSocket-Version.*\r\n/, ''), 426],
    [whole.replace('Version: 13\r\n', 'Version: 13\r\nSec-WebSocket-Version: 13\r\n'), 400],
    [whole.replace(/Sec-WebSocket-Key.*\r\n/, ''), 400],
    [whole.replace('dGhlIHNhbXBsZSBub25jZQ==', 'a'.repeat(200)), 400],
    [whole.replace('dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ=a'), 400],
    [whole.replace('Connection: Upgrade', 'Connection: keep-alive'), 400],
    [whole.replace('GET', 'HEAD'), 400],
    [handshake(port, 'Sec-WebSocket-Protocol: mqtt\r\n'), 400],
    [whole + frame(1, 'NICK early').toString('latin1'), 400],
  ];
  for (const [request, status] of cases) assertRefused(await exchange(request), status, request);
  await assertAnswers();
});

test('an error page does not repeat the request', async () => {
  for (const request of [`GET /<script>alert(1)</script> HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, '<script> / HTTP/1.1\r\n\r\n',
    `GET / HTTP/1.1\r\n${host}Upgrade: <script>\r\n\r\n`, 'GET / HTTP/1.1\r\nHost: <script>\r\n\r\n']) {
    const text = await exchange(request);
    assert.equal(statuses(text).length, 1);
    assert.doesNotMatch(text, /script>|alert/);
    assert.match(text, /^Content-Type: text\/html; charset=utf-8\r$/m);
    for (const header of SECURITY) assert.ok(text.includes(header), header);
  }
  const known = /^ETag: (.*)\r$/m.exec(await exchange(`GET /app.js HTTP/1.1\r\n${host}Connection: close\r\n\r\n`))[1];
  const same = await exchange(`GET /app.js HTTP/1.1\r\n${host}If-None-Match: ${known}\r\nConnection: close\r\n\r\n`);
  assert.deepEqual(statuses(same), [304]);
  for (const header of SECURITY) assert.ok(same.includes(header), header);
});

test('a browser gets the page compressed, another client as it is', async () => {
  const base = `http://127.0.0.1:${port}`;
  for (const path of ['/', '/app.js', '/style.css', '/manifest.webmanifest', '/favicon.svg', '/icon-192.png']) {
    const packed = await fetch(base + path, { headers: { 'accept-encoding': 'gzip' } });
    const plain = await fetch(base + path, { headers: { 'accept-encoding': 'identity' } });
    assert.equal(packed.headers.get('content-encoding'), path.endsWith('.png') ? null : 'gzip', path);
    assert.equal(plain.headers.get('content-encoding'), null, path);
    const [unpacked, bytes] = await Promise.all([packed, plain].map(async (answer) => Buffer.from(await answer.arrayBuffer())));
    assert.ok(unpacked.equals(bytes), path); // fetch() has decompressed it
    assert.equal(Number(plain.headers.get('content-length')), bytes.length, path);
    if (path.endsWith('.png')) continue;
    assert.ok(Number(packed.headers.get('content-length')) < bytes.length, path);
    assert.equal(packed.headers.get('vary'), 'Accept-Encoding', path);
    assert.notEqual(packed.headers.get('etag'), plain.headers.get('etag'), path);
  }
  await assertAnswers();
});

test('pipelined requests are answered in order', async () => {
  const paths = ['/', '/app.js', '/nothing', '/link.js', '/commands.json'];
  const last = `GET /style.css?v=1 HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
  const text = await exchange(`\r\n${paths.map((path) => `GET ${path} HTTP/1.1\r\n${host}\r\n`).join('')}${last}`);
  assert.deepEqual(statuses(text), [200, 200, 404, 200, 200, 200]);
  await assertAnswers();
});

test('two lobbies of one bot each have their own visitors', async () => {
  const gateways = [await lobbyGateway({ name: 'one', channels: ['#one'] }), await lobbyGateway({ name: 'two', channels: ['#two'] })];
  const both = await startBot({ config: { gateways } });
  for (const { name, listen, channels } of gateways) {
    await both.waitForLog(new RegExp(`ready: gateway ${name}`));
    await assertLobbyAnswers(listen.split(':')[1], channels[0]);
  }
  await both.stop();
});
