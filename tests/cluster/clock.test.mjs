// A host whose wall clock is set by days keeps what it holds in the database, and goes on answering.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startCluster } from '../harness/cluster.mjs';
import { WrongClock } from '../harness/wrong-clock.mjs';

const DAY_MS = 24 * 3600 * 1000;

test('a clock set forward and back by days costs no lease and no answer', { timeout: 120000 }, async (t) => {
  const clock = new WrongClock(t);
  const cluster = await startCluster(t, { hosts: 1, discord: null, irc: ['one'], env: clock.env });
  await cluster.ready();
  const { questions } = cluster;
  const [host] = cluster.hosts;
  await questions.open();
  await questions.answered([questions.askIrc()]);
  const [before] = await cluster.leases("name = 'irc/one'");
  const beats = async () => (await cluster.postgres.rows('SELECT deadline FROM episoded_host'))[0].deadline;
  for (const ahead_ms of [5 * DAY_MS, -5 * DAY_MS]) {
    clock.set(ahead_ms);
    await questions.answered([questions.askIrc(), questions.askIrc()]);
    clock.assertShownBy(host.bot);
    for (let i = 0; i < 2; i++) { // renewals, which are made by the clock that was set or by another
      const last = await beats();
      await cluster.until(async () => (await beats()) !== last, 'the next beat');
    }
    await questions.answered([questions.askIrc()]);
  }
  const [after] = await cluster.leases("name = 'irc/one'");
  assert.equal(after.epoch, before.epoch, 'the lease was lost');
  assert.equal(host.output().match(/ready: gateway one/g).length, 1, 'it was disconnected');
  assert.deepEqual(questions.doubled(), []);
  await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'no open question');
});
