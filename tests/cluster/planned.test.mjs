// A process is stopped by systemctl or for an upgrade: it hands over what it has, and no question is lost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startCluster } from '../harness/cluster.mjs';

const HAND_OVER_MS = 2000; // on a machine that has nothing else to do; a busy one gets twice as long
const EVERY_MS = 50; // a question
const CONFIRMED_MS = 1000; // longer than the close of a connection gets

test('a stopped process hands over within two seconds, and an upgrade of all loses nothing', { timeout: 180000 }, async (t) => {
  const cluster = await startCluster(t, { discord: { shards: 9, guilds: 18, maxConcurrency: 9, rest: { scale: 100 } }, irc: ['one'] });
  await cluster.shared();
  const { questions, fake } = cluster;
  await questions.open();
  const from = fake.events.length;
  let isOver = false;
  const asking = (async () => {
    for (; !isOver; await sleep(EVERY_MS)) questions.askDiscord();
  })();
  t.after(() => (isOver = true));

  for (const host of cluster.hosts) {
    const owned = (await cluster.leases()).filter((lease) => lease.host === host.name).map(({ name }) => name);
    const begin_ms = Date.now();
    const stopping = host.stop();
    await cluster.until(async () => {
      const leases = (await cluster.leases()).filter(({ name }) => owned.includes(name));
      return leases.every((lease) => lease.is_live && lease.host !== host.name && (lease.kind !== 'shard' || lease.is_ready));
    }, `another owner of ${owned.join(', ')}`, 10000);
    const took_ms = Date.now() - begin_ms;
    t.diagnostic(`${owned.length} leases of ${host.name} have another owner after ${took_ms} ms`);
    assert.ok(took_ms <= 2 * HAND_OVER_MS, `${took_ms} ms`);
    await stopping;
    await host.start();
    await cluster.until(async () => (await cluster.postgres.rows(`SELECT 1 AS one FROM episoded_host WHERE host = '${host.name}' AND deadline > now()`)).length > 0,
      'the new process is listed', 20000);
  }
  isOver = true;
  await asking;
  await questions.answered();
  assert.equal(fake.count('identify', from), 0, 'every session was resumed');
  assert.deepEqual(questions.doubled(), []);
  const waits = questions.all.map((question) => questions.answersOf(question)[0].time_ms - question.time_ms);
  t.diagnostic(`${waits.length} questions; the longest wait for an answer was ${Math.max(...waits)} ms`);
  assert.ok(Math.max(...waits) <= 3 * HAND_OVER_MS, `an answer took ${Math.max(...waits)} ms`);
});

test('an answer that Discord takes a second to confirm is not sent again by the host that follows', { timeout: 120000 }, async (t) => {
  const cluster = await startCluster(t, { hosts: 2, discord: { shards: 1, guilds: 1, rest: { scale: 100 } } });
  await cluster.ready();
  const { questions, fake } = cluster;
  await questions.open();
  await questions.answered(questions.rooms.map((room) => questions.askDiscord('!ping', room)));
  const [lease] = await cluster.leases("l.kind = 'shard'");
  const owner = cluster.hostOf(lease);
  const spoken = fake.spoken.length;

  fake.faults.order({ how: 'late', after_ms: CONFIRMED_MS, times: 1, route: 'POST /channels/{}/messages' });
  questions.askDiscord();
  await cluster.until(() => fake.spoken.length > spoken, 'the answer on its way', 10000);
  await owner.stop();
  await cluster.until(async () => (await cluster.leases("l.kind = 'shard'")).some((each) => each.is_live && each.is_ready && each.host !== owner.name),
    'the shard on the other host', 15000);
  questions.askDiscord();
  await questions.answered();
  await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'the journal has no open question', 10000);
  assert.equal(fake.answers.repeated, 0, 'a nonce had to remove a repeat');
  assert.deepEqual(questions.doubled(), []);
});
