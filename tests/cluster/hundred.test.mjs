// Three processes share one database, Discord's shards and two IRC connections, and answer a hundred questions.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startCluster } from '../harness/cluster.mjs';

test('three processes answer a hundred questions, each once', { timeout: 180000 }, async (t) => {
  const cluster = await startCluster(t, { discord: { shards: 6, guilds: 18, maxConcurrency: 6, rest: { scale: 100 } }, irc: ['one', 'two'] });
  await cluster.shared();
  const { questions, fake } = cluster;
  await questions.open();
  for (let i = 0; i < 100; i++) {
    if (i % 5 === 4) assert.ok(questions.askIrc(), 'no bot is in the IRC channel');
    else questions.askDiscord();
  }
  await questions.answered();
  await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'the journal has no open question', 10000);
  assert.deepEqual(questions.doubled(), []);
  assert.equal(questions.all.length, 100);
  assert.equal(new Set(fake.spoken.map(({ sender }) => sender)).size, 3, 'each process has answered');
  assert.equal(fake.count('identify'), 6, 'a session for each shard, resumed by its next owner');
});
