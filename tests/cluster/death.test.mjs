// A process is killed: the others take its shards and resume its sessions.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startCluster } from '../harness/cluster.mjs';

const SHARDS = 9;
const AGAIN_MS = 10000; // on a machine that has nothing else to do; a busy one gets twice as long

const roomsOf = (fake, shard) => [...fake.world.guilds.values()]
  .filter(({ id }) => Number((BigInt(id) >> 22n) % BigInt(SHARDS)) === shard).flatMap(({ channels }) => channels);

test('the shards of a killed process answer again within ten seconds, without an IDENTIFY', { timeout: 180000 }, async (t) => {
  const cluster = await startCluster(t, { discord: { shards: SHARDS, guilds: 27, maxConcurrency: 9, rest: { scale: 100 } }, irc: ['one'] });
  await cluster.shared();
  const { questions, fake } = cluster;
  await questions.open();
  for (let i = 0; i < 27; i++) questions.askDiscord();
  await questions.answered();

  const leases = await cluster.leases("l.kind = 'shard'");
  const ownedBy = (host) => leases.filter((lease) => lease.host === host.name).map(({ number }) => number);
  const victim = cluster.hosts.reduce((most, host) => (ownedBy(host).length > ownedBy(most).length ? host : most));
  const owned = ownedBy(victim);
  assert.ok(owned.length >= 2, `${victim.name} owns ${owned.length} shards`);
  const from = fake.events.length;
  // Some are heard by the process that dies, some by none until a RESUME.
  const asked = [];
  const askAll = () => owned.forEach((shard) => asked.push(questions.askDiscord('!ping', roomsOf(fake, shard)[0])));
  askAll();
  const begin_ms = Date.now();
  await victim.kill();
  askAll();
  await questions.answered(asked, 2 * AGAIN_MS);
  t.diagnostic(`all answered ${Date.now() - begin_ms} ms after the death`);
  assert.equal(fake.count('identify', from), 0, 'no session was lost');
  const resumed = fake.events.slice(from).filter(({ type }) => type === 'resumed');
  assert.deepEqual([...new Set(resumed.map(({ session }) => session.shard[0]))].sort(), owned);
  assert.ok(resumed.every(({ sender }) => sender !== victim.name));
  await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'the journal has no open question', 10000);
  assert.deepEqual(questions.doubled(), []);

  // It comes back as a new process, and gets its share by planned hand-overs.
  await victim.start();
  await cluster.until(async () => (await cluster.leases("l.kind = 'shard' AND l.is_ready")).some(({ host }) => host === victim.name),
    'the process that came back owns a shard', 40000);
  assert.equal(fake.count('identify', from), 0);
});
