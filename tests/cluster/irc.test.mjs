// An IRC connection under a lease: without a permit it hears and says nothing, and a lost one is given up without a word.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startCluster } from '../harness/cluster.mjs';

const PERMIT_MS = 4500; // from the last renewal
const BURST = 4; // answers that the flood control "safe" says at once

test('while the database is away a question is heard, and answered once it is back', { timeout: 120000 }, async (t) => {
  const cluster = await startCluster(t, { hosts: 1, discord: null, irc: ['one'] });
  await cluster.ready();
  const { questions } = cluster;
  const [host] = cluster.hosts;
  await questions.open();
  await questions.answered([questions.askIrc()]);
  const spoken = cluster.ircSpoken.length;
  host.database.close();
  await sleep(PERMIT_MS + 1500);
  const held = [questions.askIrc(), questions.askIrc(), questions.askIrc()];
  await sleep(2000);
  assert.equal(cluster.ircSpoken.length, spoken, 'it speaks without a permit');
  assert.deepEqual([...held[0].channel.present], ['bot-one'], 'it keeps its connection');
  host.database.reopen();
  await questions.answered(held, 30000);
  assert.deepEqual(questions.doubled(), []);
  assert.equal(host.output().match(/ready: gateway one/g).length, 1, 'on the same connection');
  await questions.answered([questions.askIrc()]);
});

test('a stopped owner says nothing when it wakes, and leaves the nick to the next one', { timeout: 180000 }, async (t) => {
  // The bot's own flood control keeps answers in its queue.
  const cluster = await startCluster(t, { hosts: 2, discord: null, irc: ['one'], ircGateway: { flood: 'safe' } });
  await cluster.ready();
  const { questions } = cluster;
  await questions.open();
  const first = questions.askIrc();
  await questions.answered([first]);
  const [lease] = await cluster.leases("name = 'irc/one'");
  const victim = cluster.hostOf(lease);
  const queued = Array.from({ length: 12 }, () => questions.askIrc());
  // An answer whose confirmation is not in the journal is said again by the next owner: stop between two of them, that is, as soon
  // as the journal has one of those that the flood control says one by one.
  let last = queued.length;
  await cluster.until(async () => {
    const open = (await cluster.openQuestions()).length, isNew = open === last - 1;
    last = open;
    return isNew && open < queued.length - BURST && open === questions.unanswered(queued).length;
  }, 'some answers, all in the journal', 30000);
  victim.freeze();
  assert.ok(questions.unanswered(queued).length > 2, 'no answer is queued');
  const lost = Array.from({ length: 5 }, () => questions.askIrc()); // it reads them when it wakes
  await cluster.until(async () => (await cluster.leases("name = 'irc/one'"))[0].host !== victim.name, 'another owner', 30000);
  await cluster.until(() => [...first.channel.present].some((nick) => nick !== 'bot-one'), 'its nick beside the old connection', 30000);
  const asked = Array.from({ length: 5 }, () => questions.askIrc());
  await questions.answered([...queued, ...asked], 60000);
  const woken_ms = Date.now();
  victim.thaw();
  await cluster.until(() => first.channel.present.size === 1 && first.channel.present.has('bot-one'), 'the nick for the new owner', 90000);
  assert.deepEqual(cluster.ircSpoken.filter(({ host, time_ms }) => host === victim.name && time_ms > woken_ms), []);
  await questions.answered([...lost, questions.askIrc()], 30000); // the old owner has handed in what it had heard
  assert.deepEqual(questions.doubled(), []);
});
