// The port of the lobby without a configuration: --listen, and what is said when the port is taken.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary, root } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';

// A bot without a configuration, with a state folder of its own.
function start(t, words, more = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'listen-'));
  const env = { ...process.env, HOME: dir, XDG_STATE_HOME: dir, STATE_DIRECTORY: '', ...more };
  const child = spawn(binary(), words, { env });
  const bot = { child, log: '' };
  bot.ended = new Promise((done) => { child.on('close', done); });
  bot.started = new Promise((done, fail) => {
    child.stderr.on('data', (chunk) => {
      bot.log += chunk;
      if (/ started\n/.test(bot.log)) done();
    });
    bot.ended.then(() => fail(new Error(bot.log)));
  });
  bot.started.catch(() => {});
  t.after(async () => {
    child.kill('SIGTERM');
    await bot.ended;
    rmSync(dir, { recursive: true, force: true });
  });
  return bot;
}

const occupy = (t) => new Promise((done) => {
  const server = createServer();
  t.after(() => server.close());
  server.listen(0, '127.0.0.1', () => done(server.address().port));
});

const refusal = /port (\d+) is taken by (.*): stop it, or use the next free port: (.*)/;

test('a port that is taken: its owner, the command for a free one, which works, and no half-started bot', async (t) => {
  const port = await occupy(t);
  const first = start(t, ['run', '--listen', String(port)]);
  assert.equal(await first.ended, 69);
  const [, taken, owner, command] = refusal.exec(first.log) ?? assert.fail(first.log);
  assert.equal(taken, String(port));
  assert.equal(owner, `node (process ${process.pid})`);
  assert.doesNotMatch(first.log, / started\n|ready: gateway/);
  const words = command.split(' ');
  assert.deepEqual(words.slice(0, 3), [binary(), 'run', '--listen']);
  const second = start(t, words.slice(1));
  await second.started;
  assert.match(second.log, new RegExp(`open http://127\\.0\\.0\\.1:${words[3]}\n`));
  const third = start(t, ['--listen', `127.0.0.1:${words[3]}`]);
  assert.equal(await third.ended, 69);
  assert.match(third.log, new RegExp(`taken by another episoded \\(process ${second.child.pid}\\)`));
});

test('"make run" says how make takes another port', async (t) => {
  const port = await occupy(t);
  const bot = start(t, ['run', '--listen', String(port)], { EPISODED_LISTEN_COMMAND: 'make run LISTEN=' });
  assert.equal(await bot.ended, 69);
  assert.match(bot.log, /use the next free port: make run LISTEN=\d+\n/);
  const { stdout } = spawnSync('make', ['-n', '-o', 'build/episoded', 'run', 'DEPS=no', 'LISTEN=8123', 'ARGS=--trace'], { cwd: root, encoding: 'utf8' });
  assert.match(stdout, /EPISODED_LISTEN_COMMAND='make run LISTEN=' \S+ run --listen '8123' --trace\n/);
});

test('what is no address of this machine is refused, and --listen beside -c', async (t) => {
  for (const [words, pattern] of [[['--listen', '0.0.0.0:80'], /--listen: only a loopback address/], [['--listen', '99999'], /--listen: the port must be a number from 1 to 65535/],
    [['--listen', 'x:1'], /--listen: only a loopback/], [['--listen', '127.0.0.1'], /--listen: the port is missing/], [['--listen'], /--listen needs a port/],
    [['--listen', '8123', '-c', 'x.json'], /--listen is for the lobby without a configuration; set "listen" of the lobby in x\.json/]]) {
    const bot = start(t, ['run', ...words]);
    assert.equal(await bot.ended, 64);
    assert.match(bot.log, pattern);
  }
});

test('--owners everybody opens owner commands in the lobby without a configuration, and a refusal names it', async (t) => {
  const asked = async (words) => {
    const bot = start(t, ['run', '--listen', String(await freePort()), ...words]);
    await bot.started;
    const anna = await IrcClient.connect(bot.log.match(/open http(:\/\/\S+)/)[1].replace(/^/, 'ws') + '/', { nick: 'anna' });
    t.after(() => anna.close());
    await anna.join('#lobby');
    anna.say('#lobby', '!announce here');
    return anna;
  };
  const anna = await asked([]);
  await anna.expect(/Only an owner of this bot may do that\. To use owner commands here, start the bot as "episoded run --owners everybody"/);
  anna.say('#lobby', '!set prefix ?'); // right after: answered, too
  await anna.expect(/Only an owner of this bot may do that/);
  const owner = await asked(['--owners', 'everybody']);
  await owner.expect(/I'll announce/);
  const wrong = start(t, ['run', '--owners', 'anna']);
  assert.equal(await wrong.ended, 64);
  assert.match(wrong.log, /--owners must be "everybody" or "nobody"/);
});
