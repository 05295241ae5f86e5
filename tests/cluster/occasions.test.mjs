// Several processes know what there is to say: the one that has the shard says it, once, whoever dies or stops meanwhile.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { POST, textOf } from '../fake-discord/home.mjs';
import { startCluster } from '../harness/cluster.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const SECOND = 1000, DAY = 24 * 3600 * SECOND;
const SOON_MS = 10 * SECOND;
const OWNER = '175928847299117063';
const AGAIN_MS = 40000; // a lease that lapsed, a busy machine

function write(dir, name, airs_ms) {
  const at = new Date(airs_ms), file = join(dir, `${name.toLowerCase()}.json`);
  writeFileSync(`${file}.new`, JSON.stringify({
    name, status: 'Running', episodes: [{
      season: 1, number: 1, name: 'The Lamp', airdate: at.toISOString().slice(0, 10), airtime: at.toISOString().slice(11, 16),
      airstamp: at.toISOString().replace(/\.\d+Z/, '+00:00'), summary: 'It ends.', teaser: 'A light goes out.',
    }],
  }));
  renameSync(`${file}.new`, file);
}

test('an announcement is said once by two processes: both alive, one stopped, one killed in the middle', { timeout: 240000 }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'cluster-occasions-'));
  mkdirSync(join(dir, 'shows'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const shows = join(dir, 'shows'), names = ['Alive', 'Stopped', 'Killed'];
  for (const name of names) write(shows, name, Date.now() + DAY);
  const cluster = await startCluster(t, {
    hosts: 2, irc: [], discord: { shards: 2, guilds: 2 }, config: { data: shows }, gateway: { owners: [{ user_id: OWNER }] },
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

  // The show airs soon: however long it took to get here, that moment is still to come for each process.
  const airsSoon = async (name) => {
    const marks = cluster.hosts.map(({ bot }) => bot.mark()), airs_ms = Math.ceil((Date.now() + SOON_MS) / SECOND) * SECOND;
    write(shows, name, airs_ms);
    await Promise.all(cluster.hosts.map(({ bot }, i) => bot.waitForLog(new RegExp(`datasets: .*${name}`), WAIT_MS, marks[i])));
    assert.ok(Date.now() < airs_ms, `the machine is too slow: ${name} was read after it had aired`);
  };

  await airsSoon('Alive');
  await until('Alive');

  await airsSoon('Stopped');
  const stopped = await owner();
  stopped.freeze();
  assert.equal(said('Stopped'), 0);
  await until('Stopped');
  stopped.thaw();
  await cluster.shared(60000);

  await airsSoon('Killed');
  const killed = await owner();
  const order = fake.faults.order({ how: 'lost', route: POST });
  await cluster.until(() => fake.faults.happened, 'a POST without a response', AGAIN_MS);
  await killed.kill();
  order.times = 0;
  await until('Killed');
  await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'the journal has no open question', AGAIN_MS);
  await killed.start();
  await cluster.shared(60000);
  await sleep(2 * SECOND); /* nothing more to wait for: what is not said again cannot be awaited */
  for (const name of names) assert.equal(said(name), 1, `${name}: ${said(name)} times`);
});
