// Several processes know what there is to say: the one that has the shard says it, once, whoever dies or stops meanwhile.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { POST, textOf } from '../fake-discord/home.mjs';
import { startCluster } from '../harness/cluster.mjs';

const SECOND = 1000;
const OWNER = '175928847299117063';
const AGAIN_MS = 40000; // a lease that lapsed, a busy machine

function write(dir, name, airs_ms) {
  const at = new Date(airs_ms);
  writeFileSync(join(dir, `${name.toLowerCase()}.json`), JSON.stringify({
    name, status: 'Running', episodes: [{
      season: 1, number: 1, name: 'The Lamp', airdate: at.toISOString().slice(0, 10), airtime: at.toISOString().slice(11, 16),
      airstamp: at.toISOString().replace(/\.\d+Z/, '+00:00'), summary: 'It ends.', teaser: 'A light goes out.',
    }],
  }));
}

test('an announcement is said once by two processes: both alive, one stopped, one killed in the middle', { timeout: 240000 }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'cluster-occasions-'));
  mkdirSync(join(dir, 'shows'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const begin_ms = Math.ceil(Date.now() / SECOND) * SECOND;
  const names = ['Alive', 'Stopped', 'Killed'], airs_ms = names.map((_, i) => begin_ms + (35 + 35 * i) * SECOND);
  names.forEach((name, i) => write(join(dir, 'shows'), name, airs_ms[i]));
  const cluster = await startCluster(t, {
    hosts: 2, irc: [], discord: { shards: 2, guilds: 2 }, config: { data: join(dir, 'shows') }, gateway: { owners: [{ user_id: OWNER }] },
    prepare: ({ fake }) => { fake.world.user('owner').id = OWNER; },
  });
  await cluster.shared();
  const { fake } = cluster;
  for (const name of names) await fake.answered(fake.say(`!announce here ${name}`, { author: 'owner' }));
  const said = (name) => fake.answers.unasked.map(({ body }) => textOf({ body })).filter((text) => text.includes(`${name} –`)).length;
  const owner = async () => {
    const shard = Number((BigInt(fake.world.home.id) >> 22n) % 2n);
    const [lease] = await cluster.leases(`l.kind = 'shard' AND l.number = ${shard}`);
    return cluster.hostOf(lease);
  };
  const until = (name) => cluster.until(() => said(name) >= 1, `${name} is announced`, AGAIN_MS);

  await cluster.until(() => Date.now() >= airs_ms[0], 'the first hour', 60000);
  await until('Alive');

  const stopped = await owner();
  await cluster.until(() => Date.now() >= airs_ms[1] - 2 * SECOND, 'the second hour', 60000);
  stopped.freeze();
  await until('Stopped');
  stopped.thaw();
  await cluster.shared(60000);

  const killed = await owner();
  const order = fake.faults.order({ how: 'lost', route: POST });
  await cluster.until(() => Date.now() >= airs_ms[2], 'the third hour', 60000);
  await cluster.until(() => fake.faults.happened, 'a POST without a response', AGAIN_MS);
  await killed.kill();
  order.times = 0;
  await until('Killed');
  await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'the journal has no open question', AGAIN_MS);
  await killed.start();
  await cluster.shared(60000);
  await sleep(2 * SECOND); /* nothing more to wait for: what is not said again cannot be awaited */
  for (const name of names) assert.equal(said(name), 1, `${name}: ${said(name)} times`);
  assert.ok(Date.now() > airs_ms[2]);
});
