// Signals in the first moments of the bot: a reload right behind the start, a stop before it is ready.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary, root } from '../harness/bot.mjs';
import { assertLobbyAnswers, lobbyGateway } from '../harness/lobby.mjs';
import { Process, WAIT_MS, within } from '../harness/process.mjs';

async function begin() {
  const dir = mkdtempSync(join(tmpdir(), 'episoded-'));
  const file = join(dir, 'episoded.json');
  const gateway = await lobbyGateway();
  writeFileSync(file, JSON.stringify({ data: join(root, 'data'), state: join(dir, 'state'), gateways: [gateway] }));
  const bot = new Process(binary(), ['run', '-c', file]);
  bot.port = Number(gateway.listen.split(':')[1]);
  bot.ended.then(() => rmSync(dir, { recursive: true, force: true }));
  return bot;
}

const blocks = (pid, signal) => {
  const mask = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^SigBlk:\s*([0-9a-f]+)/m)[1];
  return (BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n;
};

// The descriptors that a bot has which has made its loop.
const hasLoop = (pid) => readdirSync(`/proc/${pid}/fd`).some((fd) => {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`).includes('eventpoll');
  } catch {
    return false; // closed meanwhile
  }
});

// Wait until the process has blocked the signal. It must do so before anything else.
function whenBlocked(bot, signal) {
  for (const end = Date.now() + WAIT_MS; Date.now() < end;) {
    const isMade = hasLoop(bot.pid);
    if (blocks(bot.pid, signal)) return;
    assert.ok(!isMade, `the loop is made, and ${signal} still ends the process`);
  }
  assert.fail(`${signal} is never blocked`);
}

test('SIGHUP during the start reloads', async () => {
  const bot = await begin();
  whenBlocked(bot, 'SIGHUP');
  for (let i = 0; i < 5; i++) bot.kill('SIGHUP');
  await bot.waitForLog(/reloaded: /);
  await bot.waitForLog(/started/);
  await assertLobbyAnswers(bot.port);
  bot.kill('SIGTERM');
  assert.deepEqual(await within(WAIT_MS, 'the end of the bot', bot.ended), { code: 0, signal: null });
});

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} during the start ends the bot as later`, async () => {
    const bot = await begin();
    whenBlocked(bot, signal);
    bot.kill(signal);
    assert.deepEqual(await within(WAIT_MS, 'the end of the bot', bot.ended), { code: 0, signal: null });
    await bot.waitForLog(/stopping: .*\n(.*\n)*.*stopped/);
  });
}

test('the other subcommands end by a signal', async () => {
  const chat = new Process(binary(), ['chat'], { stdio: ['pipe', 'pipe', 'pipe'] });
  chat.child.stdin.write('!ping\n');
  await chat.waitForLog(/Pong/);
  chat.kill('SIGTERM');
  assert.deepEqual(await within(WAIT_MS, 'the end of the chat', chat.ended), { code: null, signal: 'SIGTERM' });
});
