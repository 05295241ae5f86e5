// Replaying a trace: the bot sends the same lines, and two replays are identical.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { startHome } from '../fake-discord/home.mjs';
import { binary, root, startBot } from '../harness/bot.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { begin as beginTwitch, finish as finishTwitch } from '../harness/twitch-bot.mjs';

const dir = mkdtempSync(join(tmpdir(), 'replay-'));
after(() => rmSync(dir, { recursive: true, force: true }));

// The sent lines of a trace, without times. The end of a connection is ignored: it depends on the end of the program.
const sentIn = (trace) => trace.split('\n').map((line) => line.replace(/^\S+ /, ''))
  .filter((line) => / > /.test(line) && !/ > (QUIT|\{"op":1,)/.test(line));

function replay(trace, config, env = {}) {
  const args = config ? ['-c', config] : [];
  const run = spawnSync(binary(), ['replay', ...args, trace], {
    cwd: root, encoding: 'utf8', timeout: 30000, env: { ...process.env, ...env },
  });
  assert.equal(run.status, 0, run.stderr);
  assert.doesNotMatch(run.stderr, /Sanitizer/);
  return run.stdout;
}

// Replay twice with the original configuration: both equal the original and each other.
function check(trace, config, env) {
  const file = join(dir, `${config.gateways[0].name}.json`);
  writeFileSync(file, JSON.stringify({ data: join(root, 'data'), ...config }));
  const first = replay(trace, file, env);
  assert.equal(replay(trace, file, env), first);
  const sent = sentIn(readFileSync(trace, 'utf8'));
  assert.ok(sent.length > 5, sent.join('\n'));
  assert.deepEqual(sentIn(first), sent);
  return first;
}

test('IRC: a lost connection and two questions', async () => {
  const trace = join(dir, 'irc.trace');
  const server = await startIrcServer();
  const gateway = server.gateway({ password: { env: 'SECRET' } });
  const bot = await startBot({ config: { gateways: [gateway], trace_file: trace, trace: true }, env: { SECRET: 'hush' } });
  let peer = await server.peer();
  await peer.expect(/^JOIN #tv/);
  server.say('anna!a@host', '#tv', '!ping');
  await peer.expect(/PRIVMSG #tv .*Pong/);
  await peer.sync();
  const lost = bot.mark();
  peer.end();
  await bot.waitForLog(/ready: gateway irc/, WAIT_MS, lost);
  peer = await server.peer();
  await peer.expect(/^JOIN #tv/);
  server.say('bert!b@host', '#tv', '!episode 5');
  await peer.expect(/PRIVMSG #tv .*pisode 5/);
  await peer.sync();
  await bot.stop();
  await server.stop();
  const again = check(trace, { gateways: [gateway] }, { SECRET: 'hush' });
  assert.match(again, / > PASS \[secret\]\n/);
  // Without a configuration, one is guessed from the trace.
  const guessed = sentIn(replay(trace));
  assert.ok(guessed.some((line) => /PRIVMSG #tv .*Pong/.test(line)), guessed.join('\n'));
});

test('Twitch', async () => {
  const trace = join(dir, 'twitch.trace');
  const all = await beginTwitch({ token: 'secret', trace: true, traceFile: trace });
  all.server.say('anna', '#tv', '!episode 5');
  await all.server.said(/[Ee]pisode 5/);
  await all.peer.sync();
  await finishTwitch(all);
  const again = replay(trace);
  assert.equal(replay(trace), again);
  // The nonces on Twitch are random.
  const blank = (lines) => lines.map((line) => line.replace(/client-nonce=[0-9a-f]+/, ''));
  assert.deepEqual(blank(sentIn(again)), blank(sentIn(readFileSync(trace, 'utf8'))));
});

test('Discord: a message and a slash command', async (t) => {
  const trace = join(dir, 'discord.trace');
  const home = await startHome(t, { gateway: { compress: 'none' }, config: { trace: true, trace_file: trace } });
  const { fake } = home;
  await fake.event('commands');
  await home.ask('!episode 5');
  await fake.answered(fake.slash('episode', { episode: '6' }));
  await home.stop();
  const again = check(trace, { gateways: home.config.gateways }, fake.env);
  assert.match(again, /home#0 > POST \/interactions\/\d+\/\[secret\]\/callback/);
});

test('a file that is not a trace is refused with a reason', () => {
  const run = spawnSync(binary(), ['replay', join(root, 'LICENSE')], { encoding: 'utf8' });
  assert.equal(run.status, 65);
  assert.match(run.stderr, /it contains no line of a trace; write one with --trace-file/);
});
