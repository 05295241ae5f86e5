// An IRC gateway runs on one host at a time, and moves: at a planned stop, and at a death.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startCluster } from '../harness/cluster.mjs';

const LEASE = 'irc/one';
const HAND_OVER_MS = 1500, LAPSED_MS = 8000; // on a machine that has nothing else to do; a busy one gets twice as long

async function ownerOf(cluster) {
  const [lease] = await cluster.leases(`l.name = '${LEASE}'`);
  return lease?.is_live ? cluster.hostOf(lease) : null;
}

const otherOwner = (cluster, host, ms) => cluster.until(async () => {
  const owner = await ownerOf(cluster);
  return owner && owner !== host && owner;
}, `another owner of ${LEASE} than ${host.name}`, ms);

// Ask until the bot that has joined answers.
const answered = (cluster, count) => cluster.until(() => cluster.questions.all.filter((question) => cluster.questions.answersOf(question).length).length >= count,
  `${count} answers`, 20000);

test('an irc gateway moves when its host stops, and when it dies', { timeout: 120000 }, async (t) => {
  const cluster = await startCluster(t, { hosts: 2, discord: null, irc: ['one'] });
  await cluster.ready();
  await cluster.questions.open();
  await cluster.until(() => cluster.questions.askIrc(), 'the bot in the channel', 20000);
  await answered(cluster, 1);

  const first = await ownerOf(cluster);
  const stopped_ms = Date.now();
  const stopping = first.stop();
  const second = await otherOwner(cluster, first, 10000);
  t.diagnostic(`the lease has another owner ${Date.now() - stopped_ms} ms after SIGTERM`);
  assert.ok(Date.now() - stopped_ms < 2 * HAND_OVER_MS);
  await stopping;
  assert.match(first.output(), /gave \d+ lease\(s\) to the other hosts/);
  await cluster.until(() => /holds irc\/one, epoch 2 \(it was free\)/.test(second.output()), 'the take in the log', 10000);
  await cluster.ready();
  await cluster.until(() => cluster.questions.askIrc(), 'the bot in the channel', 20000);
  await answered(cluster, 2);

  await first.start();
  await cluster.until(async () => (await cluster.postgres.rows('SELECT 1 AS one FROM episoded_host WHERE deadline > now()')).length === 2, 'two hosts', 20000);
  const killed_ms = Date.now();
  await second.kill();
  await otherOwner(cluster, second, 2 * LAPSED_MS);
  t.diagnostic(`the lease has another owner ${Date.now() - killed_ms} ms after SIGKILL`);
  const held = new RegExp(`holds irc/one, epoch 3, from host ${second.name} \\(lapsed\\)`);
  await cluster.until(() => held.test(first.output()), `${held} in the log`, 10000); // after its questions are loaded
  await cluster.ready();
  await cluster.until(() => cluster.questions.askIrc(), 'the bot in the channel', 20000);
  await answered(cluster, 3);
  assert.deepEqual(cluster.questions.doubled(), []);
});

test('a host that is cut off from the database says so, falls silent, and takes nothing back', { timeout: 120000 }, async (t) => {
  const cluster = await startCluster(t, { hosts: 2, discord: null, irc: ['one'] });
  await cluster.ready();
  await cluster.questions.open();
  const first = await ownerOf(cluster);

  first.database.freeze();
  await cluster.until(() => first.output().includes('the database does not answer: '), 'the warning of the first host', 10000);
  assert.match(first.output(), /the database does not answer: \d lease\(s\) end in 1 s, then their gateways are silent until it does/);
  await cluster.until(() => cluster.questions.askIrc(), 'the bot in the channel', 20000); // the first host hears it, and holds it
  const second = await otherOwner(cluster, first, 15000);
  await cluster.until(() => second.output().includes('ready: gateway one'), 'the gateway on the second host', 20000);
  const heard = cluster.questions.askIrc();
  await cluster.questions.answered([heard]);
  assert.equal(cluster.questions.unanswered().length, 1);
  first.database.reopen();
  await cluster.until(() => /lost irc\/one, epoch \d: another process has taken it/.test(first.output()), 'the first host hears of it', 20000);
  assert.equal(await ownerOf(cluster), second);
  await cluster.questions.answered(); // it is handed in, and the second host answers it
  assert.deepEqual(cluster.questions.doubled(), []);
});

test('a host of weight 0 takes no lease', { timeout: 60000 }, async (t) => {
  const cluster = await startCluster(t, { hosts: 2, discord: null, irc: ['one', 'two'], database: ({ name }) => ({ weight: name === 'a' ? 1 : 0 }) });
  await cluster.ready();
  const owners = new Set((await cluster.leases()).map(({ host }) => host));
  assert.deepEqual([...owners], ['a']);
  assert.doesNotMatch(cluster.hosts[1].output(), /holds/);
  const { bot } = cluster.hosts[1];
  bot.configure({ ...bot.config, database: { ...bot.config.database, weight: 5 } });
  bot.reload();
  await bot.waitForLog(/Weight: 5 after the next restart/);
});
