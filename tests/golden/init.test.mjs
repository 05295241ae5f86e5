// "episoded init": what it asks, writes and prints, for each network. tests/golden/init/NAME.txt has the answers, the output and
// the file. RENEW=1 node --test tests/golden/init.test.mjs writes them again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary, root } from '../harness/bot.mjs';

const folder = new URL('init/', import.meta.url).pathname;
const SECRET = 'MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789ab';

function world(t) {
  const dir = mkdtempSync(join(tmpdir(), 'init-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'secrets'));
  const env = { ...process.env, HOME: dir, XDG_STATE_HOME: join(dir, 'state'), XDG_CONFIG_HOME: join(dir, 'config'), CREDENTIALS_DIRECTORY: join(dir, 'secrets') };
  const run = (words, input = '') => spawnSync(binary(), words, { cwd: dir, env, input, encoding: 'utf8', timeout: 60_000 });
  const read = (name) => readFileSync(join(dir, name), 'utf8');
  return { dir, run, read };
}

// The file is right but for the secrets, whose names init has printed; with them it is right.
function assertRight({ dir, run, read }, output) {
  const names = [...output.matchAll(/secret set (\S+)/g)].map(([, name]) => name);
  const before = run(['check', 'config', 'bot.json']);
  assert.equal(before.status, names.length ? 78 : 0, before.stdout + before.stderr);
  for (const line of before.stderr.trim().split('\n').filter(Boolean)) {
    assert.match(line, /^bot\.json:\d+:\d+: the credential "\S+" cannot be read/);
  }
  for (const name of names) {
    writeFileSync(join(dir, 'secrets', name), name.endsWith('.token') ? SECRET : 'secret');
  }
  const after = run(['check', 'config', 'bot.json']);
  assert.equal(after.status, 0, after.stdout + after.stderr + read('bot.json'));
}

for (const [name, words, answers] of [
  ['discord', ['discord'], ['123456789012345678', 'text', 'home']],
  ['discord-enter', ['discord'], ['', '', '']],
  ['irc', ['irc'], ['irc.libera.chat', 'my-bot', 'tv, #film &local', 'my-bot']],
  ['irc-three', ['irc'], ['wss://chat.example.org/irc', 'my-bot', '#tv']],
  ['twitch', ['twitch'], ['my_bot', 'somebody #else', 'abc123def456']],
]) {
  test(`init ${name}`, (t) => {
    const here = world(t);
    const { status, stdout, stderr } = here.run(['init', ...words, 'bot.json'], `${answers.join('\n')}\n`);
    assert.equal(status, 0, stderr);
    const text = `${answers.map((answer) => `> ${answer}\n`).join('')}\n${stdout.replaceAll(binary(), 'episoded')}\n${here.read('bot.json')}`;
    const path = `${folder}${name}.txt`;
    if (process.env.RENEW) writeFileSync(path, text);
    assert.equal(text, readFileSync(path, 'utf8'), `${path}: RENEW=1 writes it again`);
    assert.equal(statSync(join(here.dir, 'bot.json')).mode & 0o777, 0o644);
    assertRight(here, stdout);
  });
}

test('one file for three networks, each added after a yes', (t) => {
  const here = world(t);
  let output = here.run(['init', 'discord', 'bot.json'], '\n\n\n').stdout;
  for (const [words, answers] of [[['irc'], '\nmy-bot\n#tv\nmy-bot\n\n'], [['twitch'], 'my_bot\n#tv\nabc123\nyes\n'], [['irc'], 'irc.libera.chat\nother\n#tv\n\ny\n']]) {
    const before = here.read('bot.json');
    const { status, stdout, stderr } = here.run(['init', ...words, 'bot.json'], answers);
    assert.equal(status, 0, stderr);
    assert.equal(here.read('bot.json.old'), before);
    for (const line of before.split('\n')) assert.ok(here.read('bot.json').includes(line), `lost: ${line}`);
    output += stdout;
  }
  assert.deepEqual([...here.read('bot.json').matchAll(/"name": "([^"]+)"/g)].map(([, name]) => name), ['libera-2', 'twitch', 'libera', 'lobby', 'discord']);
  assertRight(here, output);
});

test('a file that exists is never changed without a yes', (t) => {
  const here = world(t);
  const mine = '{ "gateways": [{ "name": "lobby", "type": "lobby" }] }\n';
  for (const [answers, code] of [['\n\n\n', 73], ['\n\n\nno\n', 73], ['', 73]]) {
    writeFileSync(join(here.dir, 'bot.json'), mine);
    const { status, stderr } = here.run(['init', 'discord', 'bot.json'], answers);
    assert.equal(status, code, stderr);
    assert.match(stderr, /bot\.json is unchanged/);
    assert.equal(here.read('bot.json'), mine);
    assert.ok(!existsSync(join(here.dir, 'bot.json.old')));
  }
  for (const [text, problem] of [['{ "gateways": [', /is never closed[^]*has errors: correct them first/], ['{ "prefix": "!" }', /has no list "gateways"/]]) {
    writeFileSync(join(here.dir, 'bot.json'), text);
    const { status, stderr } = here.run(['init', 'discord', 'bot.json'], '\n\n\nyes\n');
    assert.equal(status, 78);
    assert.match(stderr, problem);
    assert.equal(here.read('bot.json'), text);
  }
});

test('the shipped example gets a gateway, wherever its list begins', (t) => {
  const here = world(t);
  const tight = '/* "gateways": [ */ {"prefix":"?","gateways"/*:[*/:// [\n[{"name":"lobby","type":"lobby"}]}';
  for (const text of [readFileSync(join(root, 'config/episoded.json'), 'utf8'), tight, '', '// nothing\n']) {
    writeFileSync(join(here.dir, 'bot.json'), text);
    const { status, stdout, stderr } = here.run(['init', 'twitch', 'bot.json'], 'my_bot\n#tv\nabc123\n\n');
    assert.equal(status, 0, stderr);
    assertRight(here, stdout);
    assert.match(here.read('bot.json'), /"name": "twitch"/);
  }
});

test('a wrong answer in a pipe ends it, and says which', (t) => {
  const here = world(t);
  for (const [words, answers, pattern] of [
    [['irc'], '\nmy bot\n#tv\n', /"The bot's nick": this may contain letters/],
    [['irc'], 'gopher://x\n', /"The network's server": this must begin with ircs:\/\//],
    [['irc'], '\n', /"The bot's nick": this needs an answer/],
    [['irc'], '\nbot\n#tv\n*\n', /account/],
    [['discord'], 'me#1234\n', /this is not a user ID/],
    [['discord'], '\nembed\n', /this must be card or text/],
    [['twitch'], 'https://twitch.tv/x\n', /1 to 25 letters/],
    [['twitch'], 'x\nhttps://twitch.tv/x\n', /must be the login name of the channel/],
    [['twitch'], 'x\n#x\n\n', /needs an answer/],
  ]) {
    const { status, stderr } = here.run(['init', ...words, 'bot.json'], answers);
    assert.equal(status, 65, stderr);
    assert.match(stderr, pattern);
    assert.ok(!existsSync(join(here.dir, 'bot.json')));
  }
});

test('a network that init does not know, a folder that is not there', (t) => {
  const here = world(t);
  for (const [words, code, pattern] of [[[], 64, /needs a network: irc, discord, twitch/], [['slack'], 64, /does not know "slack"; it knows irc/],
    [['lobby'], 64, /needs no configuration/], [['irc', 'nowhere/x.json'], 73, /nowhere: No such file or directory/], [['irc', '.'], 73, /this is not a file/]]) {
    const { status, stderr } = here.run(['init', ...words]);
    assert.equal(status, code, stderr);
    assert.match(stderr, pattern);
  }
});
