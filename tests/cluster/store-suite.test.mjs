// The suites of the store, of its journal and of gathered changes, which run over a file and over a line that answers by hand
// among the unit tests, over the real line to a real PostgreSQL.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { startPostgres } from '../harness/postgres.mjs';

const folder = join(process.env.BUILD ?? 'build', process.env.VARIANT ?? 'test', 'unit');
const suites = { test_store: 6, test_journal: 6, test_journal_gather: 5 };

for (const [suite, least] of Object.entries(suites)) {
  test(`${suite} on PostgreSQL`, { timeout: 300_000 }, async (t) => {
    const program = join(folder, suite);
    assert.ok(existsSync(program), `${program} is missing: make it first`);
    const postgres = await startPostgres();
    t.after(() => postgres.stop());
    const env = { ...process.env, EPISODED_TEST_DATABASE: postgres.socketUrl, CMOCKA_MESSAGE_OUTPUT: 'TAP' };
    const { status, stdout, stderr } = spawnSync(program, { env, encoding: 'utf8', timeout: 240_000 });
    assert.equal(status, 0, stdout + stderr);
    const remote = stdout.match(/^ok .*\(remote\)$/gm) ?? [];
    t.diagnostic(`${remote.length} tests`);
    assert.ok(remote.length >= least, `only ${remote.length} tests ran over the line:\n${stdout}`);
  });
}
