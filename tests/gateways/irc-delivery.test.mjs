// Every answer is said, and said once: the real bot, and a server that loses labels, echoes, lines and connections.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { begin as beginWith, finish, joined, restart } from '../harness/irc-history-bot.mjs';
import { WAIT_MS, within } from '../harness/process.mjs';

const NO_HISTORY = { 'draft/chathistory': null };

// A server without a history, the bot on it and in its channel.
const begin = ({ caps, gateway } = {}) =>
  beginWith({ isupport: ['CASEMAPPING=ascii', 'CHANTYPES=#', 'NICKLEN=30'], caps: { ...NO_HISTORY, ...caps }, gateway });

// The first line of the bot that answers this message, delivered or not.
function answerTo(peer, id, ms) {
  return peer.expect((line) => line.tags['+reply'] === id, ms);
}

// Resolves once the bot has said so many answers, whatever became of them.
function said(history, count) {
  let heard = 0;
  return within(WAIT_MS, `${count} answers`, new Promise((resolve) => {
    history.onSaid = () => {
      heard += 1;
      if (heard === count) resolve();
    };
  }));
}

// What the bot has heard is in its journal once an answer to a later question has left. That answer is not counted.
async function written(all) {
  const heard = said(all.history, 1);
  all.history.ask('later', '#tv', '!ping');
  await heard;
}

// The same bot again, from the state that the killed one left.
async function killAndRestart(all) {
  await written(all);
  await restart(all);
}

test('whatever confirms it: said once, and not again after a cut or a restart', async () => {
  const all = await begin();
  const { history, server } = all;
  const ids = [];
  for (const fate of ['echo', 'unlabelled', 'ack', 'batch', 'twice']) {
    history.fate = () => fate;
    ids.push(history.ask('anna', '#tv', '!ping'));
    const line = await answerTo(all.peer, ids.at(-1));
    assert.match(line.tags.label, /^e[0-9a-f]+$/);
    await all.peer.sync();
  }
  history.fate = () => 'echo';
  all.peer.end();
  all.peer = await joined(server);
  await killAndRestart(all);
  ids.push(history.ask('anna', '#tv', '!ping'));
  await answerTo(all.peer, ids.at(-1));
  assert.deepEqual(ids.map((id) => history.answers(id).length), [1, 1, 1, 1, 1, 1]);
  await finish(all);
});

for (const [grade, caps] of [['label', {}], ['echo', { 'labeled-response': null }]]) {
  test(`a line that nobody saw is said once more after ten seconds (${grade})`, async () => {
    const all = await begin({ caps });
    let lines = 0;
    all.history.fate = () => (lines++ === 0 ? 'lost' : 'echo');
    const id = all.history.ask('anna', '#tv', '!ping');
    await answerTo(all.peer, id);
    const start = Date.now();
    const chatter = setInterval(() => all.history.ask('berta', '#tv', 'chatter'), 1000);
    await answerTo(all.peer, id);
    assert.ok(Date.now() - start > 9500);
    clearInterval(chatter);
    await all.peer.sync();
    await killAndRestart(all);
    assert.equal(all.history.answers(id).length, 1);
    await finish(all);
  });
}

test('a server that echoes nothing: said once more, never twice, and the next one only once', async () => {
  const all = await begin();
  all.history.fate = () => 'silent';
  const chatter = setInterval(() => all.history.ask('berta', '#tv', 'chatter'), 1000);
  const id = all.history.ask('anna', '#tv', '!ping');
  await all.bot.waitForLog(/giving up an answer to #tv: neither try was echoed/);
  assert.equal(all.history.answers(id).length, 2);
  const next = all.history.ask('anna', '#tv', '!ping');
  await all.peer.expect(/^PING :?sent-/);
  await all.peer.sync();
  clearInterval(chatter);
  all.peer.end();
  all.peer = await joined(all.server);
  assert.equal(all.history.answers(id).length, 2);
  assert.equal(all.history.answers(next).length, 1);
  await finish(all);
});

test('a refusal is final: told in the log, counted, and not tried again', async () => {
  const all = await begin();
  const ids = [];
  for (const fate of ['refused', 'failed']) {
    all.history.fate = () => fate;
    const from = all.bot.mark();
    ids.push(all.history.ask('anna', '#tv', '!ping'));
    await all.bot.waitForLog(
      fate === 'refused' ? /giving up .*: 404 Cannot send to channel/ : /giving up .*: NOT_NOW Not now/, 10000, from);
  }
  all.history.fate = () => 'echo';
  await killAndRestart(all);
  ids.push(all.history.ask('anna', '#tv', '!ping'));
  await answerTo(all.peer, ids.at(-1));
  assert.deepEqual(ids.map((id) => all.history.answers(id).length), [0, 0, 1]);
  await finish(all);
});

test('neither labels nor echoes: the PONG behind an answer confirms it', async () => {
  let isSilent = false;
  const all = await begin({
    caps: { 'labeled-response': null, 'echo-message': null },
  });
  all.server.on.PING = () => !isSilent;
  const first = all.history.ask('anna', '#tv', '!ping');
  await all.peer.expect(/^PING :?sent-/);
  await all.peer.sync();
  isSilent = true;
  const second = all.history.ask('anna', '#tv', '!ping');
  all.history.fate = () => 'lost';
  await all.peer.expect(/^PING :?sent-/);
  isSilent = false;
  all.history.fate = () => 'echo';
  all.peer.end();
  const peer = await all.server.peer();
  await answerTo(peer, second);
  await peer.expect(/^PING :?sent-/);
  await peer.sync();
  assert.equal(all.history.answers(first).length, 1);
  await finish(all);
});

test('a message without an id is answered over a cut too', async () => {
  const all = await begin({ caps: { 'labeled-response': null, 'message-tags': null } });
  const answers = () => all.history.lines.filter((line) => line.isBots && line.text.startsWith('anna')).length;
  let lines = 0;
  all.history.fate = () => (lines++ === 0 ? 'cutBefore' : 'echo');
  all.history.ask('anna', '#tv', '!ping');
  await all.peer.closed;
  const peer = await all.server.peer();
  const line = await peer.expect(/^PRIVMSG #tv :?anna: /);
  assert.deepEqual(line.tags, {});
  await peer.sync();
  all.peer = peer;
  await killAndRestart(all);
  assert.equal(answers(), 1);
  await finish(all);
});

// The bot hears a command and says the answer into a connection that ends before the server has read it.
test('cut between command and answer, ten times: each answered once after the reconnect', async () => {
  const all = await begin();
  const ids = [];
  for (let round = 0; round < 10; round++) {
    all.history.fate = () => 'cutBefore';
    ids.push(all.history.ask('anna', '#tv', '!ping'), all.history.ask('berta', '#tv', '!ping'));
    await all.peer.closed;
    all.history.fate = () => 'echo';
    const again = said(all.history, 2);
    all.peer = await joined(all.server);
    await again;
    await all.peer.sync();
  }
  const counts = ids.map((id) => all.history.answers(id).length);
  console.log(`# ${ids.length} commands, 10 cuts before the answer: ${counts.join(' ')}`);
  assert.ok(counts.every((count) => count === 1));
  await finish(all);
});

test('SIGKILL between command and answer, five times: each answered once by the next process', async () => {
  const all = await begin();
  const ids = [];
  for (let round = 0; round < 5; round++) {
    all.history.fate = () => 'lost';
    const heard = said(all.history, 1);
    ids.push(all.history.ask('anna', '#tv', '!ping'));
    await heard;
    all.history.fate = () => 'echo';
    all.bot.kill('SIGKILL');
    const again = said(all.history, 1);
    await restart(all);
    await again;
    await all.peer.sync();
  }
  await killAndRestart(all);
  const counts = ids.map((id) => all.history.answers(id).length);
  console.log(`# ${ids.length} commands, 6 SIGKILLs: ${counts.join(' ')}`);
  assert.ok(counts.every((count) => count === 1));
  await finish(all);
});
