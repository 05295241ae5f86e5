// Idle visitors are disconnected: each state of a connection has a deadline.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { assertLobbyAnswers, lobbyGateway } from '../harness/lobby.mjs';
import { accepted } from '../harness/ports.mjs';
import { RawConnection, frame, handshake, statuses } from '../harness/raw-http.mjs';

const HEAD_MS = 10_000;
const REGISTER_MS = 15_000;
const ANSWER_MS = 15_000;
const SLACK_MS = 5000;

// The milliseconds from before it was opened, which a busy machine makes longer, never shorter, and what was received. That
// it was closed at all within the deadline and some slack is seen by closed().
async function lifeOf(connection, ms, begin) {
  const text = await connection.closed(ms + SLACK_MS);
  return { text, ms: Date.now() - begin };
}

function assertNotBefore(ms, expected, name) {
  assert.ok(ms > expected - 2000, `${name}: ${ms} ms`);
}

test('a visitor that sent nothing, little, or never read stayed connected forever', async () => {
  const bot = await startBot({ config: { gateways: [await lobbyGateway()] } });
  const before = bot.descriptors();
  const host = `Host: 127.0.0.1:${bot.port}\r\n`;
  const open = () => RawConnection.open(bot.port);

  const begin = Date.now();
  const silent = await open();
  const slow = await open(); // a byte now and then
  slow.send('GET / HTTP/1.1\r\nX: ');
  const drip = setInterval(() => slow.send('a'), 500);
  const second = await open(); // begins a second request
  second.send(`HEAD / HTTP/1.1\r\n${host}\r\n`);
  await second.until((text) => text.endsWith('\r\n\r\n'));
  second.send('GET');
  const mute = await open(); // a WebSocket that never registers
  mute.send(handshake(bot.port));
  await mute.until((text) => statuses(text)[0] === 101);
  const chatty = await open(); // one that does everything but register
  chatty.send(handshake(bot.port));
  await chatty.until((text) => statuses(text)[0] === 101);
  chatty.send(frame(1, 'CAP LS 302\r\nNICK ann'));
  const pings = setInterval(() => chatty.send(Buffer.concat([frame(9, 'x'), frame(1, 'PING x')])), 500);
  const deaf = await open(); // does not read the response
  deaf.socket.pause();
  deaf.send(`GET /style.css HTTP/1.1\r\n${host}\r\n`.repeat(2000));

  const [ofSilent, ofSlow, ofSecond, ofMute, ofChatty] = await Promise.all([lifeOf(silent, HEAD_MS, begin), lifeOf(slow, HEAD_MS, begin),
    lifeOf(second, HEAD_MS, begin), lifeOf(mute, REGISTER_MS, begin), lifeOf(chatty, REGISTER_MS, begin)]);
  clearInterval(drip);
  clearInterval(pings);
  assertNotBefore(ofSilent.ms, HEAD_MS, 'silent');
  assert.equal(ofSilent.text, '');
  assertNotBefore(ofSlow.ms, HEAD_MS, 'slow');
  assert.deepEqual(statuses(ofSlow.text), [408]);
  assertNotBefore(ofSecond.ms, HEAD_MS, 'second request');
  assert.deepEqual(statuses(ofSecond.text), [200, 408]);
  assertNotBefore(ofMute.ms, REGISTER_MS, 'mute');
  assert.match(ofMute.text, /ERROR :Registration timed out/);
  assertNotBefore(ofChatty.ms, REGISTER_MS, 'chatty');

  // The visitor that does not read is disconnected as well: its descriptor is free.
  const end = Date.now() + ANSWER_MS + SLACK_MS;
  while ((bot.descriptors() > before || accepted(bot.port)) && Date.now() < end) await new Promise((resolve) => { setTimeout(resolve, 100); });
  assert.ok(bot.descriptors() <= before);
  assert.equal(accepted(bot.port), 0);
  deaf.destroy();
  await assertLobbyAnswers(bot.port);
  await bot.stop();
});
