// What libpq costs a bot that keeps its state in a folder: the pages of the libraries that only libpq brings, counted in the
// running process. (Its start is measured in docs/decisions/14-many-hosts.md.)

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary } from '../harness/bot.mjs';
import { freePort } from '../harness/ports.mjs';

const RESIDENT_MAX_KB = 300;
const PRIVATE_MAX_KB = 100; // relocations; it was 20 when this was written

// The libraries that a file needs, and those that they need.
function libraries(path) {
  const lines = execFileSync('ldd', [path], { encoding: 'utf8' }).split('\n');
  return new Map(lines.map((line) => line.match(/^\s*(\S+) => (\/\S+)/)).filter(Boolean).map(([, name, file]) => [name, realpathSync(file)]));
}

// The libraries that would not be there without libpq.
function broughtByLibpq(program) {
  const needed = [...execFileSync('readelf', ['-d', program], { encoding: 'utf8' }).matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
  const all = libraries(program);
  assert.ok(needed.includes('libpq.so.5'), needed.join(' '));
  const others = new Set();
  for (const name of needed.filter((name) => name !== 'libpq.so.5' && all.has(name))) {
    others.add(all.get(name));
    for (const file of libraries(all.get(name)).values()) others.add(file);
  }
  return [...all.values()].filter((file) => !others.has(file));
}

// The sum of a field over the mappings of some files, in kB.
function sum(smaps, files, field) {
  let total = 0, counts = false;
  for (const line of smaps.split('\n')) {
    const mapping = line.match(/^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)$/);
    if (mapping) counts = files.includes(mapping[1]);
    else if (counts && line.startsWith(`${field}:`)) total += Number(line.match(/(\d+) kB/)[1]);
  }
  return total;
}

test('libpq costs a bot without a database less than 0.3 MB', { skip: process.getuid() !== 0 && 'only root may count the pages of the bot' }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'one-host-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const child = spawn(binary(), ['run', '--listen', String(await freePort())], { env: { ...process.env, STATE_DIRECTORY: dir } });
  const ended = new Promise((done) => child.on('close', done));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let log = '';
  await new Promise((done) => {
    child.stderr.on('data', (chunk) => {
      log += chunk;
      if (/ started\n/.test(log)) done();
    });
    ended.then(done);
  });
  assert.match(log, / started\n/);

  const brought = broughtByLibpq(binary());
  assert.ok(brought.some((file) => /\/libpq\.so\.5/.test(file)), brought.join(' '));
  const smaps = readFileSync(`/proc/${child.pid}/smaps`, 'utf8');
  const resident = sum(smaps, brought, 'Rss'), dirty = sum(smaps, brought, 'Private_Dirty');
  t.diagnostic(`${brought.join(' ')}: ${resident} kB resident, ${dirty} kB private`);
  assert.ok(resident > 0 && resident < RESIDENT_MAX_KB, `${resident} kB resident`);
  assert.ok(dirty < PRIVATE_MAX_KB, `${dirty} kB private`);
});
