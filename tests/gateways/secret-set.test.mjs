// episoded secret set, list, remove: from a pipe and from a terminal, for a user who runs the bot without the service.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary } from '../harness/bot.mjs';
import { Process, WAIT_MS, within } from '../harness/process.mjs';

const TOKEN = 'MTIzNDU2.GabcdE.x-y_z0123';
const NOBODY = 65534; // root's secrets are the service's, so root runs it as another user

// A home, in which the program is a user's.
function begin(t) {
  const home = mkdtempSync(join(tmpdir(), 'secret-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const options = { env: { ...process.env, HOME: home, XDG_CONFIG_HOME: '', TERM: 'dumb', GCOV_PREFIX: join(home, 'gcov') } };
  if (process.geteuid() === 0) {
    chmodSync(home, 0o755);
    chownSync(home, NOBODY, NOBODY);
    Object.assign(options, { uid: NOBODY, gid: NOBODY });
  }
  return { home, options, folder: join(home, '.config/episoded/secrets') };
}

function secret({ options }, words, input = '') {
  const result = spawnSync(binary(), ['secret', ...words], { ...options, input, encoding: 'utf8', timeout: WAIT_MS });
  return { code: result.status, out: result.stdout, error: result.stderr };
}

test('a secret from a pipe is stored for this user only, and is found by {"credential": ...}', (t) => {
  const all = begin(t);
  const { code, out, error } = secret(all, ['set', 'discord.token'], `${TOKEN}\r\n`);
  assert.deepEqual([code, error], [0, '']);
  assert.match(out, /Refer to it as \{"credential": "discord\.token"\}/);
  assert.doesNotMatch(out, /GabcdE/);
  assert.equal(readFileSync(join(all.folder, 'discord.token'), 'utf8'), TOKEN);
  assert.equal(statSync(join(all.folder, 'discord.token')).mode & 0o777, 0o600);
  assert.equal(statSync(all.folder).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(all.folder), ['discord.token'], 'no file is left of the writing');
  assert.equal(secret(all, ['list']).out, 'discord.token\n');

  const config = join(all.home, 'c.json');
  writeFileSync(config, '{"gateways": [{"name": "d", "type": "discord", "token": {"credential": "discord.token"}}]}');
  const check = () => spawnSync(binary(), ['check', 'config', config], { ...all.options, encoding: 'utf8' });
  assert.equal(check().status, 0, check().stderr);
  assert.equal(secret(all, ['remove', 'discord.token']).code, 0);
  assert.match(check().stderr, /not in .*\/\.config\/episoded\/secrets; run "episoded secret set discord\.token"/);
  assert.equal(secret(all, ['remove', 'discord.token']).code, 66);
});

test('a key in PEM is stored as it is', (t) => {
  const all = begin(t);
  const pem = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
  assert.equal(secret(all, ['set', 'libera.key'], pem).code, 0);
  assert.equal(readFileSync(join(all.folder, 'libera.key'), 'utf8'), pem);
});

test('what copying adds is named, and the secret that was stored stays', (t) => {
  const all = begin(t);
  secret(all, ['set', 'x'], 'the first one');
  for (const [text, reason] of [
    ['', /is empty/], ['\n\n', /is empty/], ['\ufeffhunter2', /byte order mark/], ['hunter2 ', /ends with a space/],
    ['hunter2\u00a0', /ends with a no-break space/], ['"hunter2"', /has quotes/], ['Bot hunter2', /begins with "Bot "/],
    ['IRC_PASSWORD=hunter2', /begins with a name/], ['hunter2\nhunter3', /several lines/], [`${'h'.repeat(70000)}`, /too long/],
  ]) {
    const { code, error } = secret(all, ['set', 'x'], text);
    assert.equal(code, 65, text);
    assert.match(error, reason);
    assert.doesNotMatch(error, /hunter2/);
  }
  assert.equal(readFileSync(join(all.folder, 'x'), 'utf8'), 'the first one');
});

test('a secret as an argument is refused and not repeated; so is a path', (t) => {
  const all = begin(t);
  const { code, out, error } = secret(all, ['set', 'discord.token', TOKEN]);
  assert.equal(code, 64);
  assert.match(error, /a secret is never an argument/);
  assert.doesNotMatch(out + error, /GabcdE/);
  for (const name of ['../x', '/etc/x', '.x', '', 'a b', 'x:y', 'x'.repeat(65)]) assert.equal(secret(all, ['set', name], 'y').code, 64, name);
  for (const words of [[], ['set'], ['remove'], ['show', 'x'], ['list', 'x']]) assert.equal(secret(all, words).code, 64);
});

// A terminal of its own, which script(1) makes.
function terminal(all, name) {
  const options = { ...all.options, stdio: 'pipe' };
  return new Process('script', ['-qec', `${binary()} secret set ${name}`, '/dev/null'], options);
}

test('at a terminal the secret is not shown', async (t) => {
  const all = begin(t);
  const shown = terminal(all, 'discord.token');
  await shown.waitForLog(/Secret for discord\.token \(not shown\): /, WAIT_MS);
  shown.child.stdin.write(`${TOKEN}\n`);
  await shown.waitForLog(/Refer to it as/, WAIT_MS);
  assert.equal((await within(WAIT_MS, 'the end', shown.ended)).code, 0);
  assert.doesNotMatch(shown.log(), /GabcdE/);
  assert.equal(readFileSync(join(all.folder, 'discord.token'), 'utf8'), TOKEN);
});

test('several pasted lines at a terminal are refused, and no line of them is left for the shell', async (t) => {
  const all = begin(t);
  const shown = terminal(all, 'x');
  await shown.waitForLog(/not shown/, WAIT_MS);
  shown.child.stdin.write('hunter2\nhunter3\nhunter4\n');
  await shown.waitForLog(/several lines were pasted/, WAIT_MS);
  assert.equal((await within(WAIT_MS, 'the end', shown.ended)).code, 65);
  assert.doesNotMatch(shown.log(), /hunter/);
  assert.ok(!existsSync(all.folder));
});
