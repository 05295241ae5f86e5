// "episoded new-show": the file that it writes, what it prints, and what it refuses. tests/golden/new-show.json has the file.
// RENEW=1 node --test tests/golden/new-show.test.mjs writes it again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary } from '../harness/bot.mjs';

const golden = new URL('new-show.json', import.meta.url).pathname;

function world(t) {
  const dir = mkdtempSync(join(tmpdir(), 'new-show-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const run = (...words) => spawnSync(binary(), words, { cwd: dir, encoding: 'utf8', timeout: 60_000 });
  const read = (name) => readFileSync(join(dir, name), 'utf8');
  return { dir, run, read };
}

test('the file is the one that is kept here, and check data has nothing to say about it', (t) => {
  const { dir, run, read } = world(t);
  const umask = process.umask(0o077); // the service has a user of its own, who must read it all the same
  t.after(() => process.umask(umask));
  const made = run('new-show', 'Harbour Lights', '--into', 'a/b');
  assert.equal(made.status, 0, made.stderr);
  if (process.env.RENEW) writeFileSync(golden, read('a/b/harbour-lights.json'));
  assert.equal(read('a/b/harbour-lights.json'), readFileSync(golden, 'utf8'));
  assert.equal(run('check', 'data', 'a/b').stdout, 'a/b: right\n');
  assert.match(made.stdout, /^Written: a\/b\/harbour-lights\.json\n\nNext:\n  1\. .*\n  2\. \S+ check data a\/b\/harbour-lights\.json\n  3\. Name the file's folder/);
  assert.equal(statSync(join(dir, 'a/b/harbour-lights.json')).mode & 0o777, 0o644);
  assert.equal(statSync(join(dir, 'a')).mode & 0o777, 0o755);
  assert.equal(run('new-show', 'Harbour Lights', '-o', '-').stdout, readFileSync(golden, 'utf8'));
});

test('every comment that is a member can be used as it is', (t) => {
  const { dir, run, read } = world(t);
  run('new-show', 'Harbour Lights', '--into', '.');
  const text = read('harbour-lights.json');
  const used = text.replace(/^( *)\/\/ (?=[",[{\] ])/gm, '$1');
  assert.ok(!/^ *\/\/ *["{\],]/m.test(used), used);
  writeFileSync(join(dir, 'used.json'), used);
  const checked = run('check', 'data', 'used.json');
  assert.equal(checked.stdout, 'used.json: right\n', checked.stderr + used);
});

test('a file that exists stays as it is', (t) => {
  const { dir, run, read } = world(t);
  writeFileSync(join(dir, 'tide.json'), 'mine');
  const made = run('new-show', 'Tide', '--into', '.');
  assert.equal(made.status, 73);
  assert.match(made.stderr, /^episoded new-show: \.\/tide\.json: the file exists, and is left as it is;/);
  assert.equal(read('tide.json'), 'mine');
});

test('the folder is that of the configuration', (t) => {
  const { dir, run, read } = world(t);
  writeFileSync(join(dir, 'bot.json'), '{"gateways": [{"name": "lobby", "type": "lobby"}]}');
  assert.match(run('new-show', 'Tide', '-c', 'bot.json').stdout, /within a second of each save/);
  assert.ok(existsSync(join(dir, 'shows', 'tide.json')));
  writeFileSync(join(dir, 'bot.json'), '{"data": ["shows", "mine"], "gateways": [{"name": "lobby", "type": "lobby"}]}');
  run('new-show', 'Tide', '-c', 'bot.json');
  assert.match(read('mine/tide.json'), /"name": "Tide"/);
  assert.equal(run('check', 'data', '-c', 'bot.json').stdout.match(/right/g).length, 2);
});

test('names of every kind become a file, or are refused with the fix', (t) => {
  const { dir, run, read } = world(t);
  for (const [name, file] of [['L\'Été à Zürich!', 'lete-a-zurich'], ['24: Redemption', '24-redemption'], ['  a  --  b  ', 'a-b'], [`x${'y'.repeat(150)}`, `x${'y'.repeat(62)}`]]) {
    assert.match(run('new-show', name, '--into', '.').stdout, new RegExp(`^Written: \\./${file}\\.json`), name);
    assert.equal(JSON.parse(read(`${file}.json`).replace(/^ *\/\/.*$/gm, '')).name, name);
  }
  assert.match(run('new-show', '지금 우리 학교는').stderr, /has no letter from a to z.*-o FILE\.json/);
  assert.equal(run('new-show', '지금 "우리"', '-o', 'now.json').status, 0);
  assert.equal(JSON.parse(read('now.json').replace(/^ *\/\/.*$/gm, '')).name, '지금 "우리"');
  for (const [words, problem] of [
    [['new-show'], /needs the name of the show/],
    [['new-show', 'Harbour', 'Lights'], /put the name of the show in quotes/],
    [['new-show', ''], /1 to 200 characters/],
    [['new-show', 'a\nb'], /without control characters/],
    [['new-show', 'Tide', '-o', 'tide.txt'], /ends in \.json/],
    [['new-show', 'Tide', '-o', 'tide.json', '--into', '.'], /choose one/],
    [['new-show', 'Tide', '--into'], /--into needs a folder/],
  ]) {
    const made = run(...words);
    assert.equal(made.status, 64, made.stderr);
    assert.match(made.stderr, problem);
  }
  mkdirSync(join(dir, 'folder.json'));
  assert.equal(run('new-show', 'Tide', '-o', 'folder.json').status, 73);
  assert.match(run('new-show', 'Tide', '--into', 'now.json/x').stderr, /the folder cannot be created: Not a directory/);
});
