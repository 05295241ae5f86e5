// An interrupted tests/run ends the servers and bots of its tests.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { root } from '../harness/bot.mjs';
import { Process, within } from '../harness/process.mjs';

const START_MS = 60000, END_MS = 30000;

// Running processes, with their parent; one that has ended and was not waited for is none.
function processes() {
  const all = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      if (state !== 'Z') all.set(Number(pid), Number(parent));
    } catch { /* it has ended meanwhile */ }
  }
  return all;
}

function descendants(ancestor) {
  const all = processes(), found = new Set([ancestor]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [pid, parent] of all) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

async function waitFor(what, ms, condition) {
  for (const end = Date.now() + ms; !condition(); await sleep(50)) if (Date.now() > end) throw new Error(`${what}: not in ${ms} ms`);
}

// Of a run in a process group of its own, as a shell starts it.
const interrupts = {
  'Ctrl-C': { send: (run) => process.kill(-run.pid, 'SIGINT'), code: 130 },
  SIGTERM: { send: (run) => process.kill(run.pid, 'SIGTERM'), code: 143 },
};

for (const [name, { send, code }] of Object.entries(interrupts)) {
  test(`after ${name} no server and no bot of the run is left`, { timeout: 120000 }, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'interrupted-')), file = join(dir, 'left');
    const env = { ...process.env, LEFT_RUNNING: file, BUILD: process.env.BUILD ?? 'build' };
    for (const key of Object.keys(env)) if (key.startsWith('NODE_TEST')) delete env[key]; // else the inner Node.js reports to this one
    const run = new Process(join(root, 'tests/run'), ['tests/harness/left-running.mjs'], { cwd: root, env, detached: true });
    t.after(() => run.end ?? spawnSync(join(root, 'tests/end-tree'), [String(run.pid)])); // after a failure
    await waitFor('the servers are up', START_MS, () => existsSync(file) || run.end);
    assert.ok(existsSync(file), run.log());
    const started = descendants(run.pid);
    for (const pid of JSON.parse(readFileSync(file, 'utf8'))) assert.ok(started.includes(pid), `process ${pid} is no part of the run`);
    send(run);
    const end = await within(END_MS, 'the end of the run', run.ended);
    assert.equal(end.code, code, run.log());
    const left = processes();
    assert.deepEqual(started.filter((pid) => left.has(pid)), [], run.log());
    rmSync(dir, { recursive: true, force: true });
  });
}

test('a process that ignores SIGTERM is killed', { timeout: 60000 }, async () => {
  const deaf = new Process('sh', ['-c', 'trap "" TERM; echo deaf; while :; do sleep 1; done']);
  await deaf.waitForLog(/deaf/);
  const end = new Process(join(root, 'tests/end-tree'), [String(deaf.pid)], { env: { ...process.env, END_S: '1' } });
  assert.deepEqual(await within(END_MS, 'the end of end-tree', end.ended), { code: 0, signal: null });
  assert.equal((await within(END_MS, 'the end of the process', deaf.ended)).signal, 'SIGKILL');
});
