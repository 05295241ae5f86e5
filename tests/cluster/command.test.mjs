// "episoded cluster": what an operator reads of hosts, leases and the journal.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary } from '../harness/bot.mjs';
import { startCluster } from '../harness/cluster.mjs';

test('the cluster command tells who holds what, and forgets a dead host', { timeout: 120000 }, async (t) => {
  const cluster = await startCluster(t, { hosts: 2, discord: null, irc: ['one', 'two'] });
  await cluster.ready();
  const file = join(cluster.hosts[0].dir, 'cluster.json');
  writeFileSync(file, JSON.stringify({ state: cluster.postgres.url, gateways: [] }));
  const run = (...args) => spawnSync(binary(), ['cluster', '-c', file, ...args], { encoding: 'utf8' });

  const leases = await cluster.until(async () => {
    const all = await cluster.leases();
    return all.length === 3 && all.every(({ is_live: isLive }) => isLive) && all;
  }, 'two gateways and a role');
  const [one, two] = leases; // their epoch grows if one host starts long before the other
  const text = run();
  assert.equal(text.stderr, '');
  assert.equal(text.status, 0);
  assert.match(text.stdout, /^HOST +PROCESS +VERSION +WEIGHT +LEASES +STATE +STARTED +LAST BEAT\na +a\/[0-9a-f]{8} +\d+\.\d+\.\d+ +1 +\d +running +\d+ s ago +\d s ago\nb +b\//);
  assert.match(text.stdout, new RegExp(`\nirc/one +${one.host} +${one.epoch} +\\d+ s +held +\\d s ago\nirc/two +${two.host} +${two.epoch} `));
  assert.match(text.stdout, /\nno open questions\n$/);

  const told = JSON.parse(run('--json').stdout);
  assert.deepEqual(told.hosts.map(({ host, state, weight }) => [host, state, weight]), [['a', 'running', 1], ['b', 'running', 1]]);
  assert.deepEqual(told.leases.map(({ name }) => name), ['irc/one', 'irc/two', 'role/announce']);
  assert.equal(told.hosts[0].leases + told.hosts[1].leases, 3);
  assert.equal(told.journal.open, 0);

  const lives = run('drop', 'b');
  assert.equal(lives.status, 75);
  assert.match(lives.stderr, /^host b lives, or lived a moment ago \(process b\/[0-9a-f]{8}\): stop it there/);
  await cluster.hosts[1].kill();
  await cluster.until(() => JSON.parse(run('--json').stdout).hosts.some(({ host, deadline_ms: deadline }) => host === 'b' && deadline < -5000), 'b is away', 20000);
  assert.match(run().stdout, /\nb +b\/[0-9a-f]{8} .* away /);
  const dropped = run('drop', 'b');
  assert.deepEqual([dropped.status, dropped.stdout], [0, 'dropped 1 process(es) of host b\n']);
  assert.deepEqual([run('drop', 'b').status, run('drop', 'b').stderr], [65, 'no host b: see "episoded cluster"\n']);
  assert.equal(JSON.parse(run('--json').stdout).hosts.length, 1);
});

test('the cluster command names the fix when it cannot tell', { timeout: 60000 }, async (t) => {
  const cluster = await startCluster(t, { hosts: 1, discord: null, irc: [], isStarted: false });
  const file = join(cluster.hosts[0].dir, 'cluster.json');
  const run = (config) => {
    writeFileSync(file, JSON.stringify({ gateways: [], ...config }));
    return spawnSync(binary(), ['cluster', '-c', file], { encoding: 'utf8' });
  };

  const empty = run({ state: cluster.postgres.url });
  assert.equal(empty.status, 65);
  assert.match(empty.stderr, /has no state of episoded yet: start a host first\n$/);
  const folder = run({ state: '/var/lib/episoded' });
  assert.equal(folder.status, 78);
  assert.match(folder.stderr, /"state" is a folder: this host is alone/);
  await cluster.postgres.halt('fast');
  const away = run({ state: cluster.postgres.url });
  assert.equal(away.status, 69);
  assert.match(away.stderr, /no server listens there; start PostgreSQL/);
  await cluster.postgres.start();
});
