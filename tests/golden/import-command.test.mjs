// Where "episoded import" writes, what it leaves alone, and how long it takes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { binary, root } from '../harness/bot.mjs';

const show = join(root, 'tests/import/tvmaze/whole-show/in/harbour-lights.json');
const mine = join(root, 'tests/import/own/as-it-is/in/mine.json');

function world(t) {
  const dir = mkdtempSync(join(tmpdir(), 'import-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'shows'));
  const path = join(dir, 'shows/harbour-lights.json');
  const run = (args, input = '') => {
    const result = spawnSync(binary(), ['import', ...args], { cwd: dir, encoding: 'utf8', input, timeout: 60_000, maxBuffer: 64 << 20 });
    assert.notEqual(result.status, null, result.stderr);
    return result;
  };
  return { dir, path, run, read: () => readFileSync(path, 'utf8') };
}

test('a dataset is named after the show, and everybody may read it', (t) => {
  const { path, run, read, dir } = world(t);
  const { status, stdout, stderr } = run([show, '--into', 'shows']);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^written: shows\/harbour-lights\.json$/m);
  assert.equal(stdout, '');
  assert.equal(JSON.parse(read()).name, 'Harbour Lights');
  assert.equal(statSync(path).mode & 0o777, 0o644 & ~process.umask());
  assert.deepEqual(readdirSync(join(dir, 'shows')), ['harbour-lights.json'], 'no part is left');
  const check = spawnSync(binary(), ['check', 'data', path], { encoding: 'utf8' });
  assert.equal(check.status, 0, check.stderr);
});

test('a packed file is the same show; one that is cut off, damaged, or far larger unpacked is refused', (t) => {
  const { dir, path, run, read } = world(t), packed = gzipSync(readFileSync(show));
  assert.equal(run([show, '--into', 'shows']).status, 0);
  const plain = read();
  const pack = (bytes) => (writeFileSync(join(dir, 'packed'), bytes), run(['packed', '-o', path, '--replace']));
  assert.equal(pack(packed).status, 0);
  assert.equal(read(), plain);
  const damaged = Buffer.from(packed);
  damaged[damaged.length - 6] ^= 1;
  for (const [bytes, message] of [[packed.subarray(0, -20), /packed: the gzip file is cut off/], [damaged, /packed: the gzip file is damaged/], [gzipSync(`{${' '.repeat(9 << 20)}`), /packed: too large/]]) {
    const { status, stderr } = pack(bytes);
    assert.equal(status, 65, stderr);
    assert.match(stderr, message);
    assert.equal(read(), plain);
  }
});

test('a dataset that exists is left alone without --update or --replace', (t) => {
  const { path, run, read } = world(t);
  writeFileSync(path, readFileSync(mine));
  const before = read();
  const { status, stderr } = run([show, '--into', 'shows']);
  assert.equal(status, 73);
  assert.match(stderr, /shows\/harbour-lights\.json exists: --update .* --replace/);
  assert.equal(read(), before);
  assert.equal(run([show, '-o', path]).status, 73);
  assert.equal(read(), before);
  assert.equal(run([show, '--into', 'shows', '--dry-run']).status, 0);
  assert.equal(read(), before);
  assert.equal(run([show, '--into', 'shows', '--update', '--replace']).status, 64);
  assert.equal(read(), before);
});

test('--update keeps the texts of the owner, and an update of the update changes nothing', (t) => {
  const { path, run, read } = world(t);
  writeFileSync(path, readFileSync(mine));
  assert.equal(run([show, '--into', 'shows', '--update']).status, 0);
  const first = JSON.parse(read());
  assert.equal(first.episodes[0].summary, 'My own words about the first one.');
  assert.equal(first.episodes[0].teaser, 'Somebody left the light on.');
  assert.equal(first.episodes.length, 7);
  assert.equal(first.episodes[2].airdate, '2024-03-31', 'a day in place of a month');
  assert.equal(first.characters[0].facts[0].reveal, 3, 'the second episode of the dataset is the third now');
  const text = read();
  const { status, stderr } = run([show, '--into', 'shows', '--update']);
  assert.equal(status, 0, stderr);
  assert.equal(read(), text);
  assert.doesNotMatch(stderr, /changed:/);
});

test('a dataset with comments is imported, and --update does not take the comments away', (t) => {
  const { dir, path, run, read } = world(t);
  const commented = readFileSync(mine, 'utf8').replace('{', '// Mine.\n{ // begins').replace('"episodes"', '/* all */ "episodes"');
  writeFileSync(path, commented);
  const refused = run([show, '--into', 'shows', '--update']);
  assert.equal(refused.status, 73, refused.stderr);
  assert.match(refused.stderr, /shows\/harbour-lights\.json:1:1: --update would lose this comment: .*-o FILE\.json/);
  assert.equal(read(), commented);
  const merged = run([path, show, '-o', 'new.json']);
  assert.equal(merged.status, 0, merged.stderr);
  assert.equal(JSON.parse(readFileSync(join(dir, 'new.json'), 'utf8')).episodes[0].summary, 'My own words about the first one.');
  assert.equal(run([show, '--into', 'shows', '--replace']).status, 0);
});

test('--replace writes it again', (t) => {
  const { path, run, read } = world(t);
  writeFileSync(path, '{ broken');
  assert.equal(run([show, '--into', 'shows', '--update']).status, 65, 'a broken dataset cannot be updated');
  assert.equal(read(), '{ broken');
  assert.equal(run([show, '--into', 'shows', '--replace']).status, 0);
  assert.equal(JSON.parse(read()).episodes.length, 7);
});

test('a source that cannot be imported leaves the dataset as it was', (t) => {
  const { path, run, read, dir } = world(t);
  writeFileSync(path, readFileSync(mine));
  const before = read();
  writeFileSync(join(dir, 'cut.json'), readFileSync(show, 'utf8').slice(0, 3000));
  const { status, stderr } = run([show, 'cut.json', '--into', 'shows', '--update']);
  assert.equal(status, 65);
  assert.match(stderr, /cut\.json:\d+:\d+: /);
  assert.match(stderr, /nothing is written/);
  assert.equal(read(), before);
});

test('a folder that is missing, or cannot be written, is named', { skip: process.getuid() === 0 && 'root may write everywhere' }, (t) => {
  const { dir, run } = world(t);
  chmodSync(join(dir, 'shows'), 0o555);
  const { status, stderr } = run([show, '--into', 'shows']);
  assert.equal(status, 73);
  assert.match(stderr, /shows\/harbour-lights\.json cannot be written: Permission denied/);
});

test('what is wrong with the command line is said', (t) => {
  const { run } = world(t);
  for (const [args, code, message] of [
    [[], 64, /"import" needs files/], [[show, '--into', 'nowhere'], 73, /nowhere: there is no such folder: make it with mkdir -p/],
    [[show, '-o', 'shows'], 73, /shows is a folder: use --into shows/], [[show, '-o', 'nowhere/x.json'], 73, /nowhere\/x\.json cannot be written: No such file/],
    [['missing.json'], 66, /missing\.json: cannot be read: No such file/], [[show, '--into', 'shows', '-o', 'x'], 64, /give one of them/],
    [[show, '--reveal', 'soon'], 64, /--reveal must be/], [['-', '-'], 64, /can be read once/], [['shows'], 66, /shows: no file of a format/],
    [['--into'], 64, /--into needs a folder/],
  ]) {
    const { status, stdout, stderr } = run(args);
    assert.match(stderr, message, args.join(' '));
    assert.equal(status, code, args.join(' '));
    assert.equal(stdout, '');
  }
});

test('standard input to standard output', (t) => {
  const { run } = world(t);
  const { status, stdout, stderr } = run(['-', '-o', '-'], readFileSync(show, 'utf8'));
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).episodes.length, 7);
  assert.equal(run(['-'], readFileSync(show, 'utf8')).stdout, stdout);
  assert.match(run(['-'], '').stderr, /standard input: the file is empty/);
});

test('a link to a dataset stays a link', (t) => {
  const { dir, path, run } = world(t);
  mkdirSync(join(dir, 'real'));
  writeFileSync(join(dir, 'real/lights.json'), readFileSync(mine));
  symlinkSync('../real/lights.json', path);
  assert.equal(run([show, '--into', 'shows', '--update']).status, 0);
  assert(lstatSync(path).isSymbolicLink());
  assert.equal(JSON.parse(readFileSync(join(dir, 'real/lights.json'), 'utf8')).episodes.length, 7);
});

test('a full disk leaves the dataset as it was', (t) => {
  const { dir, path, run, read } = world(t);
  assert.equal(run([show, '--into', 'shows']).status, 0);
  const before = read();
  // A limit of the size of files is as a full disk: the write fails in the middle.
  const { status, stderr } = spawnSync('bash', ['-c', 'trap "" XFSZ; ulimit -f 1; exec "$0" import "$1" --into shows --replace', binary(), show], { cwd: dir, encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 73, stderr);
  assert.match(stderr, /cannot be written: File too large/);
  assert.equal(readFileSync(path, 'utf8'), before);
  assert.deepEqual(readdirSync(join(dir, 'shows')), ['harbour-lights.json']);
});

test('5,000 episodes in half a second of the processor', (t) => {
  const { dir, read, run } = world(t);
  const large = spawnSync('node', [join(root, 'tests/tools/large-show.mjs'), '5000'], { encoding: 'utf8', maxBuffer: 64 << 20 });
  writeFileSync(join(dir, 'large.json'), large.stdout);
  const { stdout, stderr } = spawnSync('bash', ['-c', 'TIMEFORMAT=%U; time "$0" import large.json -o shows/harbour-lights.json 2>note', binary()], { cwd: dir, encoding: 'utf8', timeout: 60_000 });
  assert.equal(stdout, '');
  assert.equal(JSON.parse(read()).episodes.length, 5000);
  const seconds = Number(stderr.trim());
  const limit = readFileSync(binary()).includes('__asan_init') ? 20 : 0.5;
  assert(seconds > 0 && seconds < limit, `${seconds} s`);
  assert.equal(run(['large.json', '-o', 'shows/harbour-lights.json', '--update']).status, 0);
});
