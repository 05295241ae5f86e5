// Discord recommends more shards: the new set runs beside the old one, and then in its place.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startCluster } from '../harness/cluster.mjs';

const BEFORE = 2;
const AFTER = 4;
const EVERY_MS = 200; // a question

test('a resharding answers each question once, and the old shards go when the new ones are ready', { timeout: 240000 }, async (t) => {
  const cluster = await startCluster(t, {
    hosts: 2, gateway: { shards: 'auto' }, discord: { shards: BEFORE, guilds: 16, maxConcurrency: 4, rest: { scale: 100 } },
  });
  await cluster.ready();
  const { questions, fake } = cluster;
  await questions.open();
  let isOver = false;
  const asking = (async () => {
    for (; !isOver; await sleep(EVERY_MS)) questions.askDiscord();
  })();
  t.after(() => (isOver = true));
  const shards = async () => cluster.leases("l.kind = 'shard'");
  assert.deepEqual((await shards()).map(({ total }) => total), [BEFORE, BEFORE]);

  // The next process that has the role asks Discord.
  fake.app.shards = AFTER;
  const leader = (await cluster.leases("l.name = 'role/discord/home'"))[0].host;
  await cluster.hosts.find(({ name }) => name === leader).stop();
  await cluster.until(async () => (await shards()).filter(({ total, is_ready: isReady }) => total === AFTER && isReady).length === AFTER,
    'all new shards are ready', 60000);
  assert.equal((await shards()).filter(({ total }) => total === BEFORE).length, BEFORE, 'the old set still runs');
  await cluster.hosts.find(({ name }) => name === leader).start();
  await cluster.until(async () => (await shards()).every(({ total, owner }) => total === AFTER || !owner), 'the old shards have no owner', 90000);
  for (let i = 0; i < 20; i++) questions.askDiscord();
  isOver = true;
  await asking;
  await questions.answered();
  assert.deepEqual(questions.doubled(), []);
  await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'the journal has no open question', 10000);
  t.diagnostic(`${questions.all.length} questions`);
});
