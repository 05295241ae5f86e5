// Mistakes that people make in a configuration, and what "check config" says about each. tests/golden/mistakes/ has a file
// NAME.json for each, and NAME.txt: the exit code, and the message with DIR for the folder of the file. "run" must refuse what
// "check" refuses, with the same exit code and the same lines, and accept what "check" accepts.
//
// When messages rightly change: RENEW=1 node --test tests/golden/mistakes.test.mjs, then read the diff as a newcomer would.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { binary, root } from '../harness/bot.mjs';

const folder = new URL('mistakes/', import.meta.url).pathname;
const names = readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5)).sort();

// A folder with the file, and an environment in which only the file decides.
function world(t, name) {
  const dir = mkdtempSync(join(tmpdir(), 'mistake-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  if (existsSync(`${folder}${name}.json`)) {
    copyFileSync(`${folder}${name}.json`, join(dir, `${name}.json`));
    chmodSync(join(dir, `${name}.json`), 0o600);
  }
  const env = { ...process.env, HOME: dir, XDG_STATE_HOME: join(dir, 'state'), STATE_DIRECTORY: '', XDG_CONFIG_HOME: join(dir, 'config'),
    EPISODED_TEST_TOKEN: 'MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789ab' };
  delete env.CREDENTIALS_DIRECTORY;
  return { dir, options: { cwd: dir, env, encoding: 'utf8', timeout: 60_000 } };
}

// What depends on the machine.
const plain = (text, dir) => text.replaceAll(resolve(root, 'data'), 'DATA').replaceAll(dir, 'DIR').replace(/^\S+: warning: .*port 8067 is taken.*\n/gm, '')
  .replace(/^(.*: right \(.*\)), with the warnings above$/gm, '$1').replace(/\d+ shows?, \d+ episodes/, 'SHOWS');

function check(t, name, args = [`${name}.json`]) {
  const { dir, options } = world(t, name);
  const { status, stdout, stderr } = spawnSync(binary(), ['check', 'config', ...args], options);
  assert.equal(status === 0 ? stderr : stdout, '', 'one stream has the report');
  return { status, report: plain(stdout + stderr, dir), dir, options };
}

function assertGolden(name, text) {
  const path = `${folder}${name}.txt`;
  if (process.env.RENEW) writeFileSync(path, text);
  assert.equal(text, readFileSync(path, 'utf8'), `${path}: RENEW=1 writes it again`);
}

// Run the bot until it ends, or has started.
function run({ dir, options }, name) {
  return new Promise((done) => {
    const child = spawn(binary(), ['run', '-c', `${name}.json`], options);
    let log = '';
    child.stderr.on('data', (chunk) => {
      log += chunk;
      if (/ started\n/.test(log)) child.kill('SIGTERM');
    });
    child.on('close', (code) => done({ code, log: plain(log, dir) }));
  });
}

assert.ok(names.length >= 30);
for (const name of names) {
  test(`a mistake: ${name}`, async (t) => {
    const found = check(t, name);
    assertGolden(name, `${found.status}\n${found.report}`);
    if (found.status !== 0) {
      const lines = found.report.trimEnd().split('\n');
      assert.ok(lines.every((line) => line.startsWith(`${name}.json:`)), 'each line names the file');
      const { code, log } = await run(found, name);
      assert.equal(code, found.status, log);
      for (const line of lines) assert.ok(log.includes(line.replace(/: warning: /, ': ')) || log.includes(line), `run does not say: ${line}\n${log}`);
    }
  });
}

test('a file that is not there, or is no file: the message says what is there', (t) => {
  const { dir, options } = world(t, 'none');
  writeFileSync(join(dir, 'episoded.json'), '{}');
  mkdirSync(join(dir, 'empty'));
  const report = [['episodd.json'], ['.'], ['empty/episoded.json'], ['nowhere/episoded.json'], ['episoded.json/x'], ['other.json'], ['empty']]
    .map((args) => spawnSync(binary(), ['check', 'config', ...args], options)).map(({ status, stderr }) => `${status} ${stderr}`).join('');
  assertGolden('no-file', plain(report, dir));
});

test('a file without permission', { skip: process.getuid() === 0 && 'root may read every file' }, (t) => {
  const { dir, options } = world(t, 'comma-missing');
  chmodSync(join(dir, 'comma-missing.json'), 0);
  const { status, stderr } = spawnSync(binary(), ['check', 'config', 'comma-missing.json'], options);
  assert.equal(status, 78);
  assert.match(stderr, /^comma-missing\.json: cannot be read: permission denied; let the user that runs episoded read it/);
});

// The advice to write {} into an empty file led to the next error.
for (const [title, text] of [['{}', '{}'], ['{} before a comment', '{}\n// mine\n']]) {
  test(`${title} is the lobby, for "check" and for "run"`, async (t) => {
    const { dir, options } = world(t, 'none');
    writeFileSync(join(dir, 'c.json'), text);
    const checked = spawnSync(binary(), ['check', 'config', 'c.json'], options);
    assert.equal(checked.status, 0);
    assert.match(checked.stdout, /^c\.json:1:1: warning: no "gateways": only the lobby runs/);
    assert.match(checked.stdout, /^c\.json: right \(1 gateway; /m);
    const { log } = await run({ dir, options }, 'c');
    assert.match(log, /no "gateways": only the lobby runs/);
    assert.match(log, /open http:\/\/127\.0\.0\.1:8067|port 8067 is taken/);
  });
}
