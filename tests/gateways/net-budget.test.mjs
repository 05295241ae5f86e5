// Servers that send endless messages: the memory of all connections together is limited, and other connections survive.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';

import { startHome } from '../fake-discord/home.mjs';
import { binary, root } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';

const SHARDS = 20;
const MESSAGE_BYTES = 15 << 20; // below a connection's own limit: each alone is allowed
const PIECE_BYTES = 64 * 1024;
const BUDGET_KIB = 96 * 1024; // BUDGET_MAX_BYTES
// Memory is measured on the plain build, not on the one with sanitizers.
const RELEASE = resolve(root, process.env.BUILD ?? 'build', 'episoded');

function peakKiB(pid) {
  return Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]);
}

// A frame of PIECE_BYTES without FIN: the message continues.
function piece(opcode) {
  const frame = Buffer.alloc(10 + PIECE_BYTES, 'x');
  frame[0] = opcode;
  frame[1] = 127;
  frame.writeBigUInt64BE(BigInt(PIECE_BYTES), 2);
  return frame;
}

// Send half a message. Resolves when it was read or the bot has closed.
async function sendHalfAMessage({ socket }) {
  const closed = new Promise((done) => { socket.once('close', done); });
  for (let sent = 0; sent < MESSAGE_BYTES && !socket.destroyed; sent += PIECE_BYTES) {
    if (socket.write(piece(sent === 0 ? 0x02 : 0x00))) continue;
    await Promise.race([closed, new Promise((done) => { socket.once('drain', done); })]);
  }
}

async function flood(t, program) {
  const lobby = await freePort();
  const home = await startHome(t, {
    isReady: false, program, lobby, gateway: { shards: 'auto' },
    fake: { shards: SHARDS, maxConcurrency: SHARDS, rest: { scale: 1000, globalRate: 10000 } },
    prepare: (fake) => { fake.gateway.orders.withholdHello = true; },
  });
  const { fake, bot } = home;
  await fake.until(() => fake.count('open') >= SHARDS, `${SHARDS} shards`, 60000);
  const before = peakKiB(bot.pid);
  const anna = await IrcClient.connect(`ws://127.0.0.1:${lobby}/`, { nick: 'anna' });
  await anna.join('#lobby');
  await Promise.all([...fake.gateway.connections].map(sendHalfAMessage));
  anna.say('#lobby', '!episode 5');
  await anna.expectSaid('episoded', '#lobby', /episode 5/);
  await anna.close();
  const closed = bot.log().match(/the buffers of all connections exceeded 96 MiB, and this connection's were the largest/g) ?? [];
  const grown = peakKiB(bot.pid) - before;
  t.diagnostic(`${SHARDS} x ${MESSAGE_BYTES >> 20} MiB sent, peak grew by ${Math.round(grown / 1024)} MiB, ${closed.length} connections closed for it`);
  assert.ok(closed.length > 0, 'no connection was closed for what it buffered');
  assert.ok(closed.length < SHARDS, 'all were closed');
  return grown;
}

test('the memory for data of 20 servers is limited, and the lobby still answers', async (t) => {
  const grown = await flood(t, RELEASE);
  // A growing buffer exists twice for a moment.
  assert.ok(grown < BUDGET_KIB * 1.5, `${grown} KiB`);
});

test('the same with sanitizers: no buffer is read after it was dropped', async (t) => {
  await flood(t, binary());
});
