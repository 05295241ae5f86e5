// The global limit of the REST API is one for all processes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startCluster } from '../harness/cluster.mjs';

const RATE = 50;
const BURST = 600;
const EXEMPT = /interactions|webhooks/;

// The most requests in any second.
function busiest(times_ms) {
  let most = 0;
  for (let first = 0, last = 0; last < times_ms.length; last++) {
    while (times_ms[last] - times_ms[first] >= 1000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

test('600 questions at once over three processes stay within 50 requests a second', { timeout: 180000 }, async (t) => {
  const cluster = await startCluster(t, { discord: { shards: 6, guilds: 60, maxConcurrency: 6, rest: { scale: 1000, globalRate: RATE } } });
  await cluster.shared();
  const { questions, fake } = cluster;
  await questions.open();
  const from = fake.rest.requests.length;
  const begin_ms = Date.now();
  for (let i = 0; i < BURST; i++) questions.askDiscord();
  await questions.answered(questions.all, 60000);
  const took_ms = Date.now() - begin_ms;
  const requests = fake.rest.requests.filter(({ route }) => route && !EXEMPT.test(route));
  const limited = fake.rest.requests.filter(({ status }) => status === 429);
  const most = busiest(requests.map(({ at_ms }) => at_ms));
  t.diagnostic(`${fake.rest.requests.length - from} requests in ${took_ms} ms, at most ${most} in a second`);
  assert.deepEqual(limited.map(({ route }) => route), [], 'Discord refused requests');
  assert.ok(most <= RATE, `${most} requests in a second`);
  assert.ok(most >= RATE / 2, `at most ${most} requests in a second: the budget is not used`);
  assert.deepEqual(questions.doubled(), []);
  const senders = new Set(fake.spoken.map(({ sender }) => sender));
  assert.equal(senders.size, 3);
});

test('a burst on one process uses the slots that the others do not need, also after one has died with some', { timeout: 180000 }, async (t) => {
  const cluster = await startCluster(t, { discord: { shards: 3, guilds: 30, maxConcurrency: 3, rest: { scale: 1000, globalRate: RATE } } });
  await cluster.shared();
  const { questions, fake } = cluster;
  await questions.open();
  for (let i = 0; i < 90; i++) questions.askDiscord();
  await questions.answered();
  await cluster.hosts[0].kill();
  await cluster.until(async () => (await cluster.leases()).every(({ is_live: isLive, host }) => isLive && host !== 'a'), 'new owners', 20000);
  const shard = (await cluster.leases("l.kind = 'shard'")).find(({ host }) => host === 'b').number;
  const rooms = [...fake.world.guilds.values()].filter(({ id }) => Number((BigInt(id) >> 22n) % 3n) === shard).flatMap(({ channels }) => channels);
  await sleep(12000); // the dead process's slots are free again
  const begin_ms = Date.now(), from = fake.rest.requests.length;
  const asked = Array.from({ length: 300 }, (_, i) => questions.askDiscord('!ping', rooms[i % rooms.length]));
  await questions.answered(asked, 60000);
  const took_ms = Date.now() - begin_ms;
  // One of three processes, with its own third alone, would come to 17.
  const most = busiest(fake.rest.requests.slice(from).filter(({ sender }) => sender === 'b').map(({ at_ms }) => at_ms));
  t.diagnostic(`300 answers in ${took_ms} ms, at most ${most} in a second`);
  assert.ok(most >= RATE / 2 && most <= RATE, `${most} requests in a second`);
  assert.equal(fake.rest.requests.filter(({ status }) => status === 429).length, 0);
});
