// Questions in messages of several lines (draft/multiline), as Ergo 2.15 sends them: live, and from the history after the bot
// was away. A line that continues the one before (draft/multiline-concat) is joined to it.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { answering, begin as beginWith, finish, restart } from '../harness/irc-history-bot.mjs';
import { ERGO } from '../harness/irc-server-history.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const CAPS = { 'draft/multiline': 'max-bytes=4096,max-lines=100' };
const SPLIT = ['!sear', '+ch zq', '+drone', 'thanks'];

const begin = () => beginWith({ habits: ERGO, caps: CAPS, gateway: { owners: [{ account: 'anna' }] } });

// Wait until the bot has said so many lines, and for those that it should not say.
async function settled(all, count) {
  const deadline = Date.now() + WAIT_MS;
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
  await all.bot.killed();
  const split = all.history.askLines('bert', '#tv', SPLIT);
  const two = all.history.askLines('carl', '#tv', ['!ping', '!airdate 5']);
  const inPrivate = all.history.askLines('dora', 'episoded', ['search zq', '+private', 'thanks']);
  await restart(all);
  await settled(all, 4);
  await all.bot.killed();
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
  const heard = answering(all.history);
  const id = all.history.askLines('bert', '#tv', ['!ping', '!airdate 5']);
  await heard;
  await all.bot.killed();
  all.history.fate = () => 'echo';
  await restart(all);
  await settled(all, 2);
  await all.bot.killed();
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
