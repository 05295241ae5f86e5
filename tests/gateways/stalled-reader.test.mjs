// The readers of what the bot writes stop reading: a terminal on which Ctrl-S was pressed, a container's log driver, a
// service manager that hangs. The bot goes on, ends when it is told to, and says what was lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { assertLobbyAnswers, lobbyGateway } from '../harness/lobby.mjs';
import { WAIT_MS, within } from '../harness/process.mjs';

const QUEUE_BYTES = 1024 * 1024; // of the bot, for lines that are not read yet

// A bot that writes a trace line for each line of its channel.
async function traced() {
  const server = await startIrcServer();
  const bot = await startBot({ config: { gateways: [server.gateway()] }, args: ['--trace'] });
  const peer = await server.peer();
  await peer.expect(/^JOIN #tv/);
  bot.child.stderr.pause();
  return { server, bot, peer };
}

// The bot has read the chatter when it answers the question behind it.
async function chatter({ server, peer }, bytes) {
  for (let sent = 0; sent < bytes; sent += 400) server.say('bert!b@h', '#tv', 'x'.repeat(380));
  server.say('anna!a@h', '#tv', '!ping');
  await peer.expect(/PRIVMSG #tv .*Pong/);
}

test('a log that is not read does not stop the bot', async () => {
  const all = await traced();
  await chatter(all, QUEUE_BYTES / 2);
  all.bot.child.stderr.resume();
  await all.bot.stop();
  assert.doesNotMatch(all.bot.log(), /are lost/, 'the queue takes this much');
  await all.server.stop();
});

test('a log that is not read for long is cut, and a line says so', async () => {
  const all = await traced();
  await chatter(all, 3 * QUEUE_BYTES);
  all.bot.child.stderr.resume();
  await all.bot.waitForLog(/x{380}\n/);
  // The first line that the queue takes again says it; until then, the lines of the reloads are lost, too.
  const reloads = setInterval(() => all.bot.reload(), 200);
  await all.bot.waitForLog(/warning: [1-9]\d* lines of the log or the trace are lost: they were not read in time/)
    .finally(() => clearInterval(reloads));
  await all.bot.stop();
  await all.server.stop();
});

test('SIGTERM ends a bot whose log is not read', async () => {
  const all = await traced();
  await chatter(all, 2 * QUEUE_BYTES);
  all.bot.kill('SIGTERM');
  await within(WAIT_MS, 'the end of the bot', new Promise((resolve) => { all.bot.child.once('exit', resolve); }));
  all.bot.child.stderr.resume();
  assert.deepEqual(await within(WAIT_MS, 'the rest of the log', all.bot.ended), { code: 0, signal: null });
  await all.server.stop();
});

test('a service manager that hangs does not stop the bot', async () => {
  const bot = await startBot({ config: { gateways: [await lobbyGateway()] } });
  bot.listener.kill('SIGSTOP');
  for (let i = 0; i < 30; i++) { // each is three datagrams; the socket takes ten
    const from = bot.mark();
    bot.reload();
    await bot.waitForLog(/reloaded/, WAIT_MS, from);
  }
  await assertLobbyAnswers(bot.port);
  bot.listener.kill('SIGCONT');
  await bot.stop();
  assert.equal(bot.listener.datagrams().filter((datagram) => `${datagram}`.startsWith('RELOADING=1')).length, 30);
});
