// A process that is stopped for longer than its leases wakes with answers in its queues, and must not send them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { POST } from '../fake-discord/home.mjs';
import { startCluster } from '../harness/cluster.mjs';

const STOPPED_MS = 12000;

test('after SIGCONT nothing is sent that was queued before SIGSTOP', { timeout: 180000 }, async (t) => {
  // The bot's own flood control holds what is said on IRC; a global limit holds Discord's answers.
  const cluster = await startCluster(t, {
    discord: { shards: 3, guilds: 9, maxConcurrency: 3, rest: { scale: 100 } }, irc: ['one'], ircGateway: { flood: 'safe' },
  });
  await cluster.shared();
  const { questions, fake } = cluster;
  await questions.open();
  const leases = await cluster.leases();
  const victim = cluster.hostOf(leases.find(({ name }) => name === 'irc/one'));
  const shard = leases.find(({ kind, host }) => kind === 'shard' && host === victim.name)?.number;
  const rooms = [...fake.world.guilds.values()].filter(({ id }) => Number((BigInt(id) >> 22n) % 3n) === shard).flatMap(({ channels }) => channels);
  fake.faults.order({ how: 'limit', scope: 'global', after_ms: 3000, route: POST });
  const asked = [];
  for (let i = 0; i < 20; i++) asked.push(rooms.length && i % 2 ? questions.askDiscord('!ping', rooms[i % rooms.length]) : questions.askIrc());
  await cluster.until(async () => (await cluster.openQuestions()).length >= 10, 'ten open questions');
  victim.freeze();
  const stopped_ms = Date.now();
  fake.faults.clear();
  await sleep(STOPPED_MS);
  const spokenBefore = cluster.ircSpoken.length + fake.spoken.length;
  assert.ok(spokenBefore > 0, 'nobody has spoken');
  const continued_ms = Date.now();
  victim.thaw();
  await cluster.until(async () => (await cluster.leases()).every(({ is_live: isLive }) => isLive), 'owners of all leases', 20000);
  await questions.answered(asked.filter(({ via }) => via === 'discord'), 30000);
  await sleep(3000); // whatever the process had queued would have been sent
  const late = [
    ...cluster.ircSpoken.filter(({ host, time_ms }) => host === victim.name && time_ms >= stopped_ms + 500),
    ...fake.spoken.filter(({ sender, time_ms }) => sender === victim.name && time_ms >= stopped_ms + 500),
  ];
  const violations = await cluster.auditor.violations();
  assert.deepEqual(violations, []);
  // It may take a lease again later, and speak then; not within the first second.
  assert.deepEqual(late.filter(({ time_ms }) => time_ms < continued_ms + 1000), []);
  // On IRC the confirmation of what was said just before the stop is lost with the process, and there is no history to look in.
  assert.deepEqual(questions.doubled(asked.filter(({ via }) => via === 'discord')), []);
});
