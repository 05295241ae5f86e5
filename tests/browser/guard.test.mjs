// Access to the lobby: Host, Origin, security headers, garbage.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, test } from 'node:test';

import WebSocket from 'ws';

import { IrcClient } from '../harness/irc.mjs';
import { startLobby } from './page.mjs';

let lobby;

before(async () => {
  lobby = await startLobby();
});

after(() => lobby?.bot.stop());

function get(path, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: lobby.port, path, method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

// The status of a WebSocket handshake; 101 if it is accepted.
function knock(headers, protocols = ['text.ircv3.net']) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(lobby.wsUrl, protocols, { headers });
    socket.once('open', () => { socket.close(); resolve(101); });
    socket.once('unexpected-response', (_, response) => { response.resume(); resolve(response.statusCode); });
    socket.once('error', reject);
  });
}

test('only loopback is bound', () => {
  const inode = (file) => readFileSync(file, 'utf8').split('\n').slice(1).map((line) => line.trim().split(/\s+/));
  const port = lobby.port.toString(16).toUpperCase().padStart(4, '0');
  const LISTEN = '0A';
  const bound = [...inode('/proc/net/tcp'), ...inode('/proc/net/tcp6')]
    .filter((row) => row[3] === LISTEN && row[1].endsWith(`:${port}`)).map((row) => row[1]);
  assert.deepEqual(bound, [`0100007F:${port}`]);
});

test('the security headers are complete', async () => {
  for (const path of ['/', '/style.css', '/app.js', '/link.js', '/favicon.svg', '/commands.json']) {
    const { status, headers } = await get(path);
    assert.equal(status, 200, path);
    const policy = headers['content-security-policy'];
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "require-trusted-types-for 'script'"]) {
      assert.ok(policy.includes(part), `${path}: ${part}`);
    }
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  }
});

test('an unchanged page is not sent again', async () => {
  const first = await get('/app.js');
  const second = await get('/app.js', { headers: { 'If-None-Match': first.headers.etag } });
  assert.equal(second.status, 304);
  assert.equal(second.body, '');
});

test('the manifest and its icons are served with their types', async () => {
  const { headers, body } = await get('/manifest.webmanifest');
  assert.match(headers['content-type'], /^application\/manifest\+json/);
  const { icons, name, start_url: start } = JSON.parse(body);
  assert.deepEqual({ name, start }, { name: 'episoded', start: '/' });
  assert.deepEqual(icons.map(({ sizes }) => sizes).sort(), ['192x192', '512x512', '512x512', 'any']);
  assert.equal(icons.filter(({ purpose }) => purpose === 'maskable').length, 1);
  for (const { src, type } of icons) {
    const icon = await get(src);
    assert.equal(icon.status, 200, src);
    assert.equal(icon.headers['content-type'], type, src);
    assert.ok(Number(icon.headers['content-length']) < 8192, `${src} is small`);
  }
});

test('unknown paths and methods are refused', async () => {
  assert.equal((await get('/../etc/passwd')).status, 404);
  assert.equal((await get('/%2e%2e/etc/passwd')).status, 404);
  assert.equal((await get('/', { method: 'DELETE' })).status, 405);
  const head = await get('/', { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.body, '');
});

test('the commands describe themselves', async () => {
  const { headers, body } = await get('/commands.json');
  assert.match(headers['content-type'], /application\/json/);
  const { prefix, commands } = JSON.parse(body);
  assert.equal(prefix, '!');
  assert.ok(commands.some(({ name }) => name === 'episode'));
});

test('a foreign host name is refused, page and WebSocket', async () => {
  for (const host of ['evil.example', `evil.example:${lobby.port}`, `127.0.0.1.evil.example:${lobby.port}`]) {
    assert.equal((await get('/', { headers: { Host: host } })).status, 403, host);
    assert.equal(await knock({ Host: host, Origin: `http://${host}` }), 403, host);
  }
});

test('the page opens through a tunnel, on another port of this machine', async () => {
  for (const host of ['localhost:9000', '127.0.0.1:9000', 'LOCALHOST:9000', '[::1]:9000', 'localhost', 'LocalHost.:9000', '127.8.9.10:9000', '[::1]', '127.0.0.1:80']) {
    assert.equal((await get('/', { headers: { Host: host } })).status, 200, host);
    assert.equal(await knock({ Host: host, Origin: `http://${host}` }), 101, host);
    assert.equal(await knock({ Host: host, Origin: 'http://localhost:9001' }), 403, `${host}, from another port`);
  }
  for (const host of ['localhost:0', 'localhost:99999', 'localhost:90x', 'localhost:', 'localhosts:9000', 'localhost.evil.example:9000',
    'localhost..:9000', 'x.localhost:9000', '128.0.0.1:9000', '127.0.0.256:9000', '127.1:9000', '0127.0.0.1:9000', '0.0.0.0:9000', '[::]:9000', '[::2]:9000', '[::1]9000', '[::1', '2130706433:9000',
    '192.168.1.5:8067', '127.0.0.1.:9000']) {
    assert.notEqual((await get('/', { headers: { Host: host } })).status, 200, host);
    assert.notEqual(await knock({ Host: host, Origin: `http://${host}` }), 101, host);
  }
});

test('another site\'s page may not connect; its own page and programs may', async () => {
  for (const origin of ['http://evil.example', `https://127.0.0.1:${lobby.port}`, 'http://127.0.0.1:1', 'null']) {
    assert.equal(await knock({ Origin: origin }), 403, origin);
  }
  assert.equal(await knock({ Origin: `http://127.0.0.1:${lobby.port}` }), 101);
  assert.equal(await knock({}), 101);
  assert.equal(await knock({}, []), 101, 'without a subprotocol');
  assert.equal(await knock({}, ['binary.ircv3.net']), 101);
});

test('garbage is survived, and the next question answered', async () => {
  const client = await IrcClient.connect(lobby.wsUrl, { nick: 'vandal', caps: ['message-tags'] });
  client.send('JOIN #lobby');
  await client.expect((line) => line.verb === 'JOIN');
  const texts = ['%s%n%x', 'a\r\nQUIT :injected', '\u0000', '@'.repeat(5000), ':', '@;;;= PRIVMSG #lobby', 'é'.repeat(3000), 'PRIVMSG', 'PRIVMSG #lobby',
    'PRIVMSG #lobby :%s%n\u0001\u0002', 'JOIN ####,,,#\u0007', 'NICK :', 'MODE #lobby +o x', 'CHATHISTORY LATEST #lobby * 99999999999999999999'];
  for (let i = 0; i < 1000; i += 1) {
    if (i % 250 === 0) client.socket.send('x'.repeat(1024 * 1024));
    else if (i % 3) client.socket.send(texts[i % texts.length].replace('QUIT', 'PING'));
    else client.socket.send(randomBytes(1 + (i * 37) % 700), { binary: i % 2 === 0 });
  }
  client.send('PRIVMSG #lobby :!episode 5');
  await client.expect((line) => line.verb === 'PRIVMSG' && line.nick === 'episoded' && /episode 5\b/i.test(line.params[1]), 30_000);
  assert.deepEqual(lobby.bot.complaints(), []);
  await client.close();
});

test('the lobby fills up, says so, and empties', async () => {
  const LIMIT = 64;
  const sockets = [];
  const open = () => new Promise((resolve, reject) => {
    const socket = new WebSocket(lobby.wsUrl, ['text.ircv3.net']);
    socket.said = new Promise((heard) => { socket.once('message', (data) => heard(data.toString())); });
    sockets.push(socket);
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
  for (let i = 0; i < LIMIT; i += 1) await open();
  assert.equal(await (await open()).said, 'ERROR :The lobby is full');
  await Promise.all(sockets.map((socket) => new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) return resolve();
    socket.once('close', resolve);
    return socket.close();
  })));
  const client = await IrcClient.connect(lobby.wsUrl, { nick: 'later' });
  client.send('PRIVMSG episoded :episode 5');
  await client.expect((line) => line.verb === 'PRIVMSG' && line.nick === 'episoded');
  await client.close();
});
