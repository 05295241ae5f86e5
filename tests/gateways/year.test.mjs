// A year of announcements, reminders and parties in virtual time (tests/year/): each in its window, once, and not one early.

import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { root } from '../harness/bot.mjs';
import { Process, within } from '../harness/process.mjs';

const SEEDS = Number(process.env.YEAR_SEEDS ?? 1);

test('a year of three shows for 200 channels and 60 people, with kills and wrong clocks; planted faults are found', { timeout: 600000 }, async (t) => {
  const program = resolve(root, process.env.BUILD ?? 'build', 'plain/year');
  const year = new Process(program, ['--seeds', String(SEEDS), '--mutants'], { cwd: join(root) });
  const { code } = await within(580000, 'the year', year.ended);
  const lines = year.log().split('\n').filter(Boolean);
  for (const line of lines) t.diagnostic(line);
  assert.deepEqual(lines.filter((line) => !line.startsWith('ok ')), []);
  assert.ok(lines.length > SEEDS + 13, 'the year ran nothing');
  assert.equal(code, 0);
});
