// IDENTIFY of many shards on several processes: never more in five seconds than Discord allows, in the order of their buckets.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startCluster } from '../harness/cluster.mjs';

const SHARDS = 64;
const CONCURRENCY = 16;

test('64 shards on three processes identify within the limit, also if one process dies meanwhile', { timeout: 300000 }, async (t) => {
  const cluster = await startCluster(t, { discord: { shards: SHARDS, guilds: SHARDS, maxConcurrency: CONCURRENCY, rest: { scale: 100 } } });
  const { fake } = cluster;
  const [victim] = cluster.hosts;
  const hasIdentified = () => fake.events.some(({ type, sender }) => type === 'identify' && sender === victim.name);
  await fake.until(() => fake.count('ready') >= SHARDS / 4 && hasIdentified(), 'a quarter of the shards', 60000);
  await victim.kill();
  await victim.start();
  await cluster.ready(150000);
  const identifies = fake.events.filter(({ type }) => type === 'identify');
  t.diagnostic(`${identifies.length} IDENTIFYs in ${Math.round((identifies.at(-1).at_ms - identifies[0].at_ms) / 1000)} s`);
  assert.equal(fake.count('refused'), 0, 'Discord refused an IDENTIFY');
  // The killed process may have identified without storing its session, once for each bucket.
  assert.ok(identifies.length >= SHARDS && identifies.length <= SHARDS + CONCURRENCY, `${identifies.length} IDENTIFYs for ${SHARDS} shards`);
  const senders = new Set(identifies.map(({ sender }) => sender));
  assert.deepEqual([...senders].sort(), ['a', 'b', 'c']);
  const gaps = identifies.map(({ gap_ms }) => gap_ms).filter(Number.isFinite);
  assert.equal(gaps.length, identifies.length - CONCURRENCY);
  assert.ok(Math.min(...gaps) >= 5000, `${Math.round(Math.min(...gaps))} ms between two IDENTIFYs of a bucket`);
});

test('the IDENTIFYs left of the day are counted over all processes', { timeout: 120000 }, async (t) => {
  const starts = { total: 1000, remaining: 6, reset_after_ms: 3600000 };
  const cluster = await startCluster(t, { discord: { shards: 12, guilds: 12, maxConcurrency: 12, identifyWindow_ms: 0, starts } });
  const { fake } = cluster;
  await fake.until(() => fake.count('ready') >= 6, 'six shards', 60000);
  const from = fake.events.length;
  await sleep(8000); // none may come
  assert.equal(fake.count('identify', from), 0);
  assert.equal(fake.count('identify'), 6);
  assert.equal(fake.world.app.token, fake.options.token, 'Discord reset the token');
});
