// Questions in messages of several lines (draft/multiline), as Ergo 2.15 sends them: live, and from the history after the bot
// was away. A line that continues the one before (draft/multiline-concat) is joined to it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { ERGO, keepHistory } from '../harness/irc-server-history.mjs';
import { within } from '../harness/process.mjs';

const CAPS = { 'draft/multiline': 'max-bytes=4096,max-lines=100' };
const SPLIT = ['!sear', '+ch zq', '+drone', 'thanks'];

async function begin() {
  const history = keepHistory({ habits: ERGO });
  const server = await history.start({ caps: CAPS });
  const bot = await startBot({
    config: { gateways: [server.gateway({ flood: 'none', owners: [{ account: 'anna' }] })] },
  });
  return { history, server, bot, peer: await joined(server) };
}

async function joined(server) {
  for (;;) {
    const peer = await server.peer();
    try {
      await peer.expect(/^JOIN #tv/);
      await peer.sync();
      return peer;
    } catch (error) {
      if (!peer.isClosed) throw error;
    }
  }
}

async function kill({ bot }) {
  bot.kill('SIGKILL');
  await within(10000, 'the end of the bot', bot.ended);
}

async function restart(all) {
  all.bot = await startBot({ config: all.bot.config });
  all.peer = await joined(all.server);
  await all.peer.sync();
}

async function finish({ bot, server }) {
  await bot.stop();
  await server.stop();
}

// Wait until the bot has said so many lines, and for those that it should not say.
async function settled(all, count) {
  const deadline = Date.now() + 15000;
  while (all.history.lines.filter((line) => line.isBots).length < count) {
    assert.ok(Date.now() < deadline, all.peer.heard.join('\n'));
    await all.peer.sync();
  }
  await all.peer.sync();
}

function texts(all, id) {
  return all.history.answers(id).map(({ text }) => text);
}

test('live: the lines of a message are joined where they continue, and the answer replies to the message', async () => {
  const all = await begin();
  const split = all.history.askLines('bert', '#tv', SPLIT);
  const two = all.history.askLines('bert', '#tv', ['!ping', '!airdate 5']);
  const chatter = all.history.askLines('bert', '#tv', ['well', '+ !ping']);
  const own = all.history.askLines('bert', 'episoded', ['ping', 'thanks']); // in private, without the prefix
  await settled(all, 4);
  assert.match(texts(all, split).join(), /zqdrone/);
  assert.equal(texts(all, split).length, 1);
  assert.match(texts(all, two).join(), /Pong/);
  assert.deepEqual(texts(all, chatter), []);
  assert.match(texts(all, own).join(), /Pong/);
  assert.equal(all.history.lines.filter((line) => line.isBots).length, 4); // and none to "thanks"
  await finish(all);
});

test('asked while the bot was away, in a channel and in private: answered once', async () => {
  const all = await begin();
  await kill(all);
  const split = all.history.askLines('bert', '#tv', SPLIT);
  const two = all.history.askLines('carl', '#tv', ['!ping', '!airdate 5']);
  const inPrivate = all.history.askLines('dora', 'episoded', ['search zq', '+private', 'thanks']);
  await restart(all);
  await settled(all, 4);
  await kill(all);
  await restart(all);
  await all.peer.sync();
  assert.match(texts(all, split).join(), /zqdrone/);
  assert.match(texts(all, inPrivate).join(), /zqprivate/);
  const said = all.history.lines.filter((line) => line.isBots);
  assert.equal(said.filter(({ text }) => /Pong/.test(text)).length, 1);
  assert.equal(said.filter(({ text }) => /28 January 2022/.test(text)).length, 1);
  assert.deepEqual([split, two, inPrivate].map((id) => texts(all, id).length), [1, 1, 1]);
  assert.equal(said.length, 4);
  await finish(all);
});

test('seen live, and again in the history after SIGKILL: answered once', async () => {
  const all = await begin();
  all.history.fate = () => 'lost';
  const heard = within(10000, 'an answer', new Promise((resolve) => { all.history.onSaid = resolve; }));
  const id = all.history.askLines('bert', '#tv', ['!ping', '!airdate 5']);
  await heard;
  await kill(all);
  all.history.fate = () => 'echo';
  await restart(all);
  await settled(all, 2);
  await kill(all);
  await restart(all);
  await all.peer.sync();
  const said = all.history.lines.filter((line) => line.isBots);
  assert.equal(texts(all, id).length, 1);
  assert.equal(said.length, 2);
  await finish(all);
});

test('an owner command in a message of several lines has the account of the message', async () => {
  const all = await begin();
  all.history.askLines('anna', '#tv', ['!ignore add ', '+pest'], { tags: { account: 'anna' } });
  await all.peer.expect(/pest is now ignored/);
  await finish(all);
});
