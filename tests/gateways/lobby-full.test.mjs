// Many visitors: the other gateways keep their descriptors, and a refused visitor gets the reason.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary, startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { assertLobbyAnswers, lobbyGateway } from '../harness/lobby.mjs';
import { accepted } from '../harness/ports.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { RawConnection, frame, handshake, statuses } from '../harness/raw-http.mjs';

const ADDRESS_MAX = 120; // of the lobby, from one address
const CLIENTS_MAX = 64; // of its chat
const HOST = (port) => `Host: 127.0.0.1:${port}\r\n`;

// Retry until it succeeds, with a deadline.
async function eventually(what, attempt, ms = WAIT_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const result = await attempt();
    if (result) return result;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

async function get(port) {
  const connection = await RawConnection.open(port);
  connection.send(`GET / HTTP/1.1\r\n${HOST(port)}Connection: close\r\n\r\n`);
  const text = await connection.closed();
  connection.destroy();
  return text;
}

test('when the lobby is full, a new visitor replaces the one idle longest', async () => {
  const bot = await startBot({ config: { gateways: [await lobbyGateway()] } });
  const before = bot.descriptors();
  const idle = [];
  for (let i = 0; i < ADDRESS_MAX; i += 1) idle.push(await RawConnection.open(bot.port));
  await eventually('all are in', () => accepted(bot.port) === ADDRESS_MAX);
  // Once the others have been silent for a second, a new visitor is served.
  await eventually('the page', async () => statuses(await get(bot.port))[0] === 200);
  await idle[0].closed(); // the first visitor is the first to be disconnected
  assert.ok(!idle.at(-1).isClosed);
  assert.ok(bot.descriptors() - before <= ADDRESS_MAX + 1);
  for (const connection of idle) connection.destroy();
  await eventually('all are gone', () => bot.descriptors() <= before);
  await assertLobbyAnswers(bot.port);
  await bot.stop();
});

test('endless WebSockets: each is accepted, told that the lobby is full, or refused', async () => {
  const bot = await startBot({ config: { gateways: [await lobbyGateway()] } });
  const before = bot.descriptors();
  const links = [];
  for (let i = 0; i < 200; i += 1) {
    const link = await RawConnection.open(bot.port);
    link.send(handshake(bot.port));
    links.push(link);
  }
  await Promise.all(links.map((link) => link.until((text, isClosed) => isClosed || statuses(text).length)));
  for (const link of links.slice(CLIENTS_MAX)) {
    await link.closed();
    assert.match(link.text, /ERROR :The lobby is full|no free connection/);
  }
  assert.deepEqual(links.slice(0, CLIENTS_MAX).filter((link) => link.isClosed), []);
  await eventually('only they are left', () => bot.descriptors() - before <= CLIENTS_MAX);
  for (const link of links) link.destroy();
  await eventually('all are gone', () => bot.descriptors() <= before);
  await assertLobbyAnswers(bot.port);
  await bot.stop();
});

test('visitors used up the descriptors of the other gateways', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lobby-full-'));
  const program = join(dir, 'limited');
  writeFileSync(program, `#!/bin/sh\nulimit -n 120\nexec ${binary()} "$@"\n`);
  chmodSync(program, 0o755);
  const server = await startIrcServer();
  const irc = { name: 'irc', type: 'irc', url: server.ws, nick: 'episoded', channels: ['#tv'], reconnect: { base_ms: 100, cap_ms: 200 } };
  const bot = await startBot({ program, config: { gateways: [await lobbyGateway(), irc] } });
  await bot.waitForLog(/ready: gateway irc/);
  const links = [];
  let isOver = false;
  const flood = (async () => {
    while (!isOver) {
      const link = await RawConnection.open(bot.port).catch(() => null);
      if (!link) continue;
      link.send(handshake(bot.port));
      links.push(link);
      if (links.length > 300) links.shift().destroy();
    }
  })();
  for (let round = 0; round < 5; round += 1) {
    const from = bot.mark();
    for (const peer of server.peers) peer.end();
    await bot.waitForLog(/lost: gateway irc/, WAIT_MS, from);
    await bot.waitForLog(/ready: gateway irc/, WAIT_MS, from);
  }
  isOver = true;
  await flood;
  assert.doesNotMatch(bot.log(), /not connected/);
  const refused = links.filter((link) => statuses(link.text)[0] === 503);
  assert.ok(refused.length > 0);
  assert.match(refused[0].text, /^Retry-After: \d+\r\n[^]*The lobby has no free connection/m);
  for (const link of links) link.destroy();
  await eventually('a place', async () => statuses(await get(bot.port))[0] === 200);
  await bot.stop();
  await server.stop();
  rmSync(dir, { recursive: true });
});

test('a WebSocket that asks a lot and reads nothing is closed; the others are not affected', async () => {
  const bot = await startBot({ config: { gateways: [await lobbyGateway()] } });
  const before = bot.descriptors();
  const anna = await IrcClient.connect(`ws://127.0.0.1:${bot.port}/`, { nick: 'anna', caps: ['message-tags'] });
  await anna.join('#lobby');
  for (let i = 0; i < 60; i += 1) anna.send(`@+x=${'x'.repeat(3500)} PRIVMSG #lobby :long ago ${i}`);
  await anna.sync();
  const deaf = [];
  for (let i = 0; i < 12; i += 1) {
    const link = await RawConnection.open(bot.port);
    deaf.push(link);
    link.send(handshake(bot.port));
    await link.until((text) => statuses(text)[0] === 101);
    link.socket.pause();
    link.send(frame(1, `CAP REQ :message-tags\r\nNICK deaf${i}x\r\nUSER d 0 * :d\r\nCAP END\r\nJOIN #lobby`));
    for (let n = 0; n < 60; n += 1) link.send(frame(1, 'CHATHISTORY LATEST #lobby * 200'));
  }
  await eventually('all are cut', () => accepted(bot.port) === 1 && bot.descriptors() <= before + 1);
  for (const link of deaf) link.destroy();
  await anna.close();
  await assertLobbyAnswers(bot.port);
  await bot.stop();
});
