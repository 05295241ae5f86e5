// Pictures of a dataset on the lobby's port: of files beside it, and of links, which the bot fetches itself, once.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { lobbyGateway } from '../harness/lobby.mjs';
import { png } from '../harness/picture.mjs';

const RED = png(8, 8, [0xff, 0, 0]), BLUE = png(8, 8, [0, 0, 0xff]);

// A server of pictures: answers by path, and the paths that it was asked for.
async function startPictures(dir, answers) {
  const authority = makeAuthority(dir, 'authority');
  const { key, cert } = makeCertificate(dir, 'server', authority, 'DNS:localhost,IP:127.0.0.1');
  const asked = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    asked.push(request.url);
    answers[request.url]?.(response, request);
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const url = `https://localhost:${server.address().port}`;
  return { url, asked, ca: authority.cert, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

const send = (body, type = 'image/png') => (response) => { response.writeHead(200, { 'Content-Type': type }); response.end(body); };

const show = (images) => ({ name: 'Harbour Lights', episodes: images.map((image, i) => ({ season: 1, number: i + 1, airdate: '2020-01-01', summary: 'It happens.', image })) });

function temporary(t) {
  const dir = mkdtempSync(join(tmpdir(), 'episoded-picture-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function begin(dir, images, pictures) {
  mkdirSync(join(dir, 'data'), { recursive: true });
  writeFileSync(join(dir, 'data', 'lights.json'), JSON.stringify(show(images)));
  const bot = await startBot({ config: { data: join(dir, 'data'), state: join(dir, 'state'), gateways: [await lobbyGateway()], ...(pictures ? { pictures } : {}) } });
  return { bot, get: (path) => fetch(`http://127.0.0.1:${bot.port}${path}`) };
}

// The address of an image: FNV-1a of its link or path.
function addressOf(image) {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(image)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return `/picture/${hash.toString(16).padStart(16, '0')}`;
}

// Ask until the picture is there or there will be none.
async function whenFetched(get, path, ms = 10_000) {
  for (const end = Date.now() + ms; ;) {
    const response = await get(path);
    if (response.status !== 503) return response;
    assert.ok(Date.now() < end, 'the picture is still being fetched');
    assert.equal(response.headers.get('retry-after'), '5');
    await response.arrayBuffer();
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

async function expectPicture(response, bytes, type = 'image/png') {
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), type);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.match(response.headers.get('content-security-policy'), /img-src 'self'/);
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes);
}

test('a file beside the dataset', async (t) => {
  const dir = temporary(t);
  mkdirSync(join(dir, 'data', 'pictures'), { recursive: true });
  writeFileSync(join(dir, 'data', 'pictures', 'one.png'), RED);
  writeFileSync(join(dir, 'data', 'secret.png'), BLUE); // which the dataset does not name
  const { bot, get } = await begin(dir, ['pictures/one.png', '../state/episoded.db', '/etc/hostname', 'pictures/none.png']);
  const path = join(dir, 'data', 'pictures/one.png');
  const response = await get(addressOf(path));
  const etag = response.headers.get('etag');
  await expectPicture(response, RED);
  assert.equal((await fetch(`http://127.0.0.1:${bot.port}${addressOf(path)}`, { headers: { 'If-None-Match': etag } })).status, 304);
  for (const other of [join(dir, 'data', 'secret.png'), join(dir, 'state/episoded.db'), '/etc/hostname', join(dir, 'data', '../state/episoded.db')]) {
    assert.equal((await get(addressOf(other))).status, 404, other);
  }
  for (const odd of ['/picture/', '/picture/0', `/picture/${'f'.repeat(16)}`, `${addressOf(path)}/`, '/picture/..%2f..%2fepisoded.db']) {
    assert.equal((await get(odd)).status, 404, odd);
  }
  assert.equal(bot.complaints(/"image" is left out/).length, 0);
  // Files that are written into the folder make the bot read it again, and say it again.
  assert.equal(new Set(bot.log().match(/\d+:\d+: warning: "image" is left out/g)).size, 3);
  await bot.stop();
});

test('a link is fetched once, over a restart too', async (t) => {
  const dir = temporary(t);
  const pictures = await startPictures(dir, { '/one.png': send(RED), '/there.png': (response) => { response.writeHead(302, { Location: '/two.png' }); response.end(); }, '/two.png': send(BLUE, 'text/html') });
  const links = [`${pictures.url}/one.png`, `${pictures.url}/there.png`];
  const how = { ca_file: pictures.ca, private_addresses: true };
  const { bot, get } = await begin(dir, links, how);
  assert.deepEqual(pictures.asked, [], 'nothing is fetched before a page asks');
  const [first, second] = await Promise.all(links.map((link) => whenFetched(get, addressOf(link))));
  await expectPicture(first, RED);
  await expectPicture(second, BLUE); // by its content, whatever the server calls it
  await expectPicture(await get(addressOf(links[0])), RED);
  assert.deepEqual(pictures.asked.sort(), ['/one.png', '/there.png', '/two.png']);
  assert.equal(readdirSync(join(dir, 'state', 'pictures')).length, 2);
  await bot.stop();
  const again = await begin(dir, links, how);
  await expectPicture(await again.get(addressOf(links[0])), RED);
  assert.equal(pictures.asked.length, 3);
  assert.deepEqual(again.bot.complaints(), []);
  await again.bot.stop();
  await pictures.close();
});

test('what is no picture, too large, or a redirect without an end is not shown', async (t) => {
  const dir = temporary(t);
  const redirect = (to) => (response) => { response.writeHead(301, { Location: to }); response.end(); };
  const pictures = await startPictures(dir, {
    '/page': send('<!doctype html><script>alert(1)</script>'),
    '/vector': send('<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'),
    '/large': send(Buffer.concat([RED, Buffer.alloc(3 * 1024 * 1024)])),
    '/huge': (response) => { response.writeHead(200); const part = Buffer.alloc(1 << 20, 1); const more = () => { while (response.writable && response.write(part)); }; response.on('drain', more); response.on('error', () => {}); more(); },
    '/gone': (response) => { response.writeHead(404); response.end(RED); },
    '/loop': redirect('/loop'), '/plain': redirect('http://localhost/one.png'), '/file': redirect('file:///etc/passwd'), '/nowhere': (response) => { response.writeHead(302); response.end(); },
    '/cut': (response) => { response.writeHead(200, { 'Content-Length': RED.length }); response.write(RED.subarray(0, 20)); response.socket.destroySoon(); },
  });
  const paths = ['/page', '/vector', '/large', '/huge', '/gone', '/loop', '/plain', '/file', '/nowhere', '/cut'];
  const { bot, get } = await begin(dir, paths.map((path) => pictures.url + path), { ca_file: pictures.ca, private_addresses: true });
  for (const path of paths) {
    const response = await whenFetched(get, addressOf(pictures.url + path));
    assert.equal(response.status, 404, path);
    await bot.waitForLog(new RegExp(`no picture from ${pictures.url}${path}: `));
  }
  assert.equal(pictures.asked.filter((path) => path === '/loop').length, 4);
  const before = pictures.asked.length;
  assert.equal((await get(addressOf(`${pictures.url}/page`))).status, 404);
  assert.equal(pictures.asked.length, before, 'what failed is not tried again at once');
  await bot.stop();
  await pictures.close();
});

test('a link reached an address of the local network', async (t) => {
  const dir = temporary(t);
  const pictures = await startPictures(dir, { '/one.png': send(RED) });
  const { port } = new URL(pictures.url);
  const links = [`${pictures.url}/one.png`, `https://127.0.0.1:${port}/one.png`, `https://[::1]:${port}/one.png`, `https://0x7f.1:${port}/one.png`, 'https://169.254.169.254/one.png', `https://a@localhost.:${port}/one.png`];
  const { bot, get } = await begin(dir, links, { ca_file: pictures.ca });
  for (const link of links) assert.equal((await whenFetched(get, addressOf(link))).status, 404, link);
  assert.deepEqual(pictures.asked, []);
  await bot.stop();
  const off = await begin(dir, links, { ca_file: pictures.ca, private_addresses: true, fetch: false });
  assert.equal((await off.get(addressOf(links[0]))).status, 404);
  assert.deepEqual(pictures.asked, []);
  await off.bot.stop();
  await pictures.close();
});
