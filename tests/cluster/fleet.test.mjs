// The fleet on paper (tests/fleet/): a million guilds on twenty hosts, its sizes, and seeds of random misfortune.

import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { root } from '../harness/bot.mjs';
import { Process, within } from '../harness/process.mjs';

const SEEDS = Number(process.env.FLEET_SEEDS ?? 6);

test('a fleet of 20 hosts with 1,000,000 guilds, in virtual time', { timeout: 600000 }, async (t) => {
  const program = resolve(root, process.env.BUILD ?? 'build', 'plain/fleet');
  const fleet = new Process(program, ['--seeds', String(SEEDS)], { cwd: join(root) });
  const { code } = await within(580000, 'the fleet', fleet.ended);
  const lines = fleet.log().split('\n').filter(Boolean);
  for (const line of lines) t.diagnostic(line);
  assert.deepEqual(lines.filter((line) => !line.startsWith('ok ')), []);
  assert.ok(lines.length > 2 * SEEDS, 'the fleet ran nothing');
  assert.equal(code, 0);
});
