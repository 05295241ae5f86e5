// What a person sees whom the lobby's server refuses: a page that looks like the lobby's and says what to do.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { unread } from '../harness/ports.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { RawConnection, statuses } from '../harness/raw-http.mjs';
import { screenshot, startBrowser, startLobby } from './page.mjs';

const ADDRESS_MAX = 120; // of the lobby, from one address

let browser;
let lobby;

before(async () => {
  [browser, lobby] = await Promise.all([startBrowser(), startLobby()]);
});

after(async () => {
  await browser?.close();
  await lobby?.bot.stop();
});

// The answer to raw bytes, up to the end of the connection.
async function refusal(bytes, port = lobby.port) {
  const connection = await RawConnection.open(port);
  if (bytes) connection.send(bytes);
  const text = await connection.closed();
  connection.destroy();
  const [head, body] = text.split('\r\n\r\n');
  return { status: statuses(text)[0], head, body, title: /<h1>(.*)<\/h1>/.exec(body)?.[1] };
}

const host = () => `Host: 127.0.0.1:${lobby.port}\r\nConnection: close\r\n`;

test('every refusal is a page with its own heading, advice and a way on', async () => {
  const cases = [
    [`GET /nothing HTTP/1.1\r\n${host()}\r\n`, 404, "There's no page here"],
    ['GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', 403, "The lobby isn't open at this address"],
    [`DELETE / HTTP/1.1\r\n${host()}\r\n`, 405, "The lobby couldn't read this request"],
    [`GET /${'x'.repeat(4000)} HTTP/1.1\r\n${host()}\r\n`, 414, 'This address is too long'],
    [`GET / HTTP/1.1\r\n${host()}Cookie: ${'x'.repeat(20000)}\r\n\r\n`, 431, 'The browser sent too much'],
    ['GET / HTTP/1.1\r\n\r\n', 400, "The lobby couldn't read this request"],
    [`GET / HTTP/1.0\r\n${host()}\r\n`, 505, "The lobby couldn't read this request"],
    [`BREW / HTTP/1.1\r\n${host()}\r\n`, 501, "The lobby couldn't read this request"],
  ];
  for (const [bytes, status, title] of cases) {
    const answer = await refusal(bytes);
    assert.equal(answer.status, status, title);
    assert.equal(answer.title, title, String(status));
    assert.match(answer.head, /^Content-Type: text\/html; charset=utf-8\r?$/m);
    assert.match(answer.head, new RegExp(`^Content-Length: ${Buffer.from(answer.body, 'latin1').length}\r?$`, 'm'));
    assert.match(answer.body, /<a href="[^"]*">/, title);
    assert.doesNotMatch(answer.body, /<script|evil\.example/);
  }
});

test('an error page loads its own style and nothing else', async () => {
  const { head, body } = await refusal(`GET /nothing HTTP/1.1\r\n${host()}\r\n`);
  const style = /<style>([^]*)<\/style>/.exec(body)[1];
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = /^Content-Security-Policy: (.*)\r?$/m.exec(head)[1];
  assert.ok(policy.includes(`style-src 'sha256-${hash}'`), `PAGE_ERROR_POLICY needs sha256-${hash}`);
  assert.doesNotMatch(policy, /script-src|unsafe|\*/);
});

for (const colorScheme of ['light', 'dark']) {
  test(`${colorScheme}: a mistyped address leads back to the lobby`, async () => {
    const context = await browser.newContext({ colorScheme, viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    const trouble = [];
    page.on('console', (message) => trouble.push(message.text()));
    await page.goto(`http://127.0.0.1:${lobby.port}/lobby`);
    await page.getByRole('heading', { name: "There's no page here" }).waitFor();
    assert.deepEqual(trouble.filter((text) => !/404/.test(text)), []);
    const box = await page.getByRole('main').boundingBox();
    assert.ok(box.width <= 390 && box.x > 0, 'it has its style');
    await screenshot(page, `error-${colorScheme}`);
    await page.getByRole('link', { name: 'Open the lobby' }).click();
    await page.locator('body[data-state="ready"]').waitFor();
    await context.close();
  });
}

test('a refused host is shown the address that works', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  // A name that resolves to this machine: what DNS rebinding, or a name of one's own, does.
  const relay = createServer();
  const { refused } = await new Promise((resolve) => {
    relay.on('request', async (asked, response) => {
      const answer = await refusal(`GET / HTTP/1.1\r\nHost: tv.example\r\n\r\n`);
      response.writeHead(answer.status, { 'Content-Type': 'text/html' }).end(answer.body);
      resolve({ refused: answer });
    });
    relay.listen(0, '127.0.0.1', () => page.goto(`http://127.0.0.1:${relay.address().port}/`));
  });
  assert.equal(refused.status, 403);
  await page.getByRole('link', { name: `http://127.0.0.1:${lobby.port}/` }).click();
  await page.locator('body[data-state="ready"]').waitFor();
  await context.close();
  relay.close();
});

test('a full lobby is a page that tries again by itself', async () => {
  const fresh = await startLobby();
  const crowd = [];
  // Their requests are not finished, so that they are busy and keep their places.
  const get = `GET /style.css HTTP/1.1\r\nHost: 127.0.0.1:${fresh.port}\r\n`;
  for (let i = 0; i < ADDRESS_MAX; i += 1) {
    const connection = await RawConnection.open(fresh.port);
    connection.send(get);
    crowd.push(connection);
  }
  // Until the lobby has read it, a connection is idle, and gives its place to the next one.
  const isBusy = () => unread(fresh.port).filter((bytes) => bytes === 0).length === ADDRESS_MAX;
  for (const end = Date.now() + WAIT_MS; !isBusy(); await sleep(10)) assert.ok(Date.now() < end, `unread: ${unread(fresh.port)}`);
  const { status, head, body, title } = await refusal('', fresh.port);
  assert.equal(status, 503);
  assert.equal(title, 'The lobby is full');
  assert.match(head, /^Retry-After: 5\r?$/m);
  assert.match(body, /<meta http-equiv="refresh" content="5">/);
  crowd.forEach((connection) => connection.destroy());
  await fresh.bot.stop();
});
