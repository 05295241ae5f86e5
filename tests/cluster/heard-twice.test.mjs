// A resharding: the old and the new set of shards hear everything side by side, over several processes, and each question is
// answered by one of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startCluster } from '../harness/cluster.mjs';

const OLD = 2, NEW = 4;
const EVERY_MS = 150; // a question
const CONFIRMED_MS = 800; // from an answer to Discord's response

test('two sets of shards hear each question, and one answers it', { timeout: 240000 }, async (t) => {
  const cluster = await startCluster(t, { discord: { shards: OLD, guilds: 12, maxConcurrency: 4, rest: { scale: 100 } } });
  await cluster.ready();
  const { questions, fake, postgres } = cluster;
  await questions.open();
  await questions.answered(questions.rooms.map((room) => questions.askDiscord('!ping', room)));

  // What the leading process writes when Discord recommends more.
  fake.world.app.shards = NEW;
  await postgres.run(`INSERT INTO episoded_shards (gateway, total, state) VALUES ('home', ${NEW}, 'new')`);
  let isOver = false;
  const asking = (async () => {
    for (; !isOver; await sleep(EVERY_MS)) questions.askDiscord();
  })();
  t.after(() => (isOver = true));
  const isWhole = (total) => new Set(fake.gateway.live().filter(({ session }) => session.shard[1] === total).map(({ session }) => session.shard[0])).size === total;
  await cluster.until(() => isWhole(OLD) && isWhole(NEW), 'both sets are connected', 90000);
  // So at the switch answers of the old set are under way.
  fake.faults.order({ how: 'late', after_ms: CONFIRMED_MS, route: 'POST /channels/{}/messages' });
  const both = questions.all.length;
  await sleep(3000); // questions that both hear
  assert.ok(questions.all.length > both + 5);
  const states = () => postgres.rows("SELECT total, state FROM episoded_shards WHERE gateway = 'home' ORDER BY total");
  await cluster.until(async () => (await states()).some(({ total, state }) => total === NEW && state === 'active'), 'the new set is active', 90000);
  await cluster.until(() => isWhole(NEW) && !fake.gateway.live().some(({ session }) => session.shard[1] === OLD), 'the old set has gone', 60000);
  fake.faults.clear();
  const after = questions.all.length;
  await cluster.until(() => questions.all.length > after + 10, 'ten questions to the new set alone', 20000);
  isOver = true;
  await asking;
  await questions.answered();
  t.diagnostic(`${questions.all.length} questions, ${after - both} while both sets were there`);
  assert.deepEqual(questions.doubled(), []);
  const repeats = fake.answers.repeats.map((nonce) =>
    fake.spoken.filter(({ entry }) => entry.body?.includes(`"${nonce}"`)).map(({ sender, time_ms }) => `${sender} at ${time_ms}`).join(', '));
  assert.deepEqual(repeats, [], 'a nonce had to remove a repeat');
  await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'the journal has no open question', 10000);
});
