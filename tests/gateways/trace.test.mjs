// The trace contains the traffic, and no secret of the configuration.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { startHome } from '../fake-discord/home.mjs';
import { startBot } from '../harness/bot.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { begin as beginTwitch, finish as finishTwitch } from '../harness/twitch-bot.mjs';

const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [a-z0-9-]+(\/\d+)?#\d+ [<>=] .*$/;
const dir = mkdtempSync(join(tmpdir(), 'trace-'));
after(() => rmSync(dir, { recursive: true, force: true }));

// Parse the lines of a trace, and check their form.
function linesOf(text) {
  const lines = text.split('\n').filter((line) => / [a-z0-9-]+(\/\d+)?#\d+ [<>=] /.test(line));
  for (const line of lines) assert.match(line, LINE);
  return lines.map((line) => line.replace(/^\S+ /, ''));
}

// A secret in plain text, or in base64 at any of the three offsets.
function holdsNo(text, secret) {
  assert.ok(!text.includes(secret), `the trace shows ${secret}`);
  for (const before of ['', 'x', 'xx']) {
    const shown = Buffer.from(before + secret).toString('base64').replace(/=+$/, '').slice(before ? 4 : 0, -1);
    assert.ok(shown.length < 4 || !text.includes(shown), `the trace shows ${secret} in base64`);
  }
}

test('InspIRCd over TLS, with a password', async () => {
  const server = await startInspircd({ connect: 'password="wordofpassage"', sts: undefined });
  const gateway = server.gateway({ url: server.ircs, fingerprint: server.fingerprint, password: { env: 'SECRET' } });
  const bot = await startBot({ config: { gateways: [gateway] }, env: { SECRET: 'wordofpassage' }, args: ['--trace'] });
  await bot.waitForLog(/ready: gateway irc/);
  await bot.waitForLog(/irc#\d+ < .* 366 episoded #tv/);
  await bot.stop();
  await server.stop();
  const lines = linesOf(bot.log());
  assert.ok(lines.includes('irc#1 > PASS [secret]'), lines.slice(0, 9).join('\n'));
  assert.ok(lines.some((line) => /^irc#1 = connecting to ircs:\/\/localhost:\d+ \(\S+\)$/.test(line)));
  assert.ok(lines.some((line) => /^irc#1 < .*:\S+ 001 episoded /.test(line)));
  assert.ok(lines.some((line) => /^irc#1 > JOIN #tv$/.test(line)));
  assert.ok(lines.some((line) => /^irc#1 > QUIT /.test(line)));
  holdsNo(bot.log(), 'wordofpassage');
});

for (const mechanism of ['SCRAM-SHA-256', 'PLAIN'])
  test(`SASL ${mechanism}: neither our part nor the server's is in the trace`, async () => {
    const server = await startIrcServer({ caps: { sasl: mechanism }, sasl: { accounts: { bot: 'bluepencil' } } });
    const sasl = { account: 'bot', password: { env: 'SECRET' }, mechanism: mechanism.toLowerCase() };
    const bot = await startBot({ config: { gateways: [server.gateway({ sasl })], trace: ['irc'] }, env: { SECRET: 'bluepencil' } });
    const peer = await server.peer();
    await peer.expect(/^JOIN #tv/);
    server.say('anna!a@host', '#tv', '!ping bluepencil');
    await peer.expect(/PRIVMSG #tv .*Pong/);
    await bot.stop();
    await server.stop();
    const lines = linesOf(bot.log());
    const said = lines.filter((line) => / AUTHENTICATE /.test(line));
    assert.deepEqual(said[0], `irc#1 > AUTHENTICATE ${mechanism}`);
    assert.ok(said.length > 2);
    for (const line of said) assert.match(line, /AUTHENTICATE (SCRAM-SHA-256|PLAIN|\+|\[secret\])$/);
    assert.ok(lines.some((line) => /< .*PRIVMSG #tv :!ping \[secret\]$/.test(line)));
    holdsNo(bot.log(), 'bluepencil');
  });

test('Twitch: the token, with and without oauth:', async () => {
  const all = await beginTwitch({ token: 'oauth:mostsecrettoken', server: { token: 'mostsecrettoken' }, trace: true });
  all.server.say('anna', '#tv', '!episode 5');
  await all.server.said(/[Ee]pisode 5/);
  await finishTwitch(all);
  const lines = linesOf(all.bot.log());
  assert.ok(lines.includes('twitch#1 > PASS [secret]'));
  assert.ok(lines.some((line) => /^twitch#1 > @.*PRIVMSG #tv /.test(line)));
  holdsNo(all.bot.log(), 'mostsecrettoken');
});

test('Discord: the bot\'s token and those of interactions, in frames, paths and answers', async (t) => {
  const home = await startHome(t, { config: { trace: true } });
  const { fake, bot } = home;
  await home.ask('!episode 5');
  await fake.event('commands');
  const id = fake.slash('episode', { episode: '5' });
  await fake.answered(id);
  const { token } = fake.interactions.get(id).event;
  await home.stop();
  const lines = linesOf(bot.log());
  assert.ok(lines.some((line) => /^home\/0#\d+ > .*"op":2.*"token":"\[secret\]"/.test(line)), 'IDENTIFY');
  assert.ok(lines.some((line) => /^home\/0#\d+ < .*"INTERACTION_CREATE"/.test(line)));
  assert.ok(lines.some((line) => /^home#0 > POST \/interactions\/\d+\/\[secret\]\/callback\S* \{/.test(line)));
  assert.ok(lines.some((line) => /^home#0 < 20\d POST \/channels\/\d+\/messages/.test(line)));
  assert.ok(token.length > 8);
  holdsNo(bot.log(), token);
  for (const secret of Object.values(fake.env)) holdsNo(bot.log(), secret);
});

test('the lobby: others cannot read the trace file, SIGUSR1 switches the trace, a reload reopens the file', async () => {
  const file = join(dir, 'lobby.trace');
  const bot = await startBot({ config: { gateways: [{ name: 'lobby', type: 'lobby', listen: `127.0.0.1:${await freePort()}` }], trace_file: file } });
  const anna = await IrcClient.connect(`ws://127.0.0.1:${bot.port}/`, { nick: 'anna' });
  anna.send('PRIVMSG episoded :ping');
  await anna.expect(/Pong/);
  const switched = async (what) => {
    const from = bot.mark();
    bot.kill('SIGUSR1');
    await bot.waitForLog(what, WAIT_MS, from);
  };
  await switched(/trace on: all gateways, to .*lobby\.trace/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(linesOf(readFileSync(file, 'utf8')), []);
  anna.send('PASS hunter2');
  anna.send('PRIVMSG episoded :episode 5');
  await anna.expect(/Episode 5/i);
  holdsNo(readFileSync(file, 'utf8'), 'hunter2');
  assert.match(readFileSync(file, 'utf8'), / lobby#\d+ < PRIVMSG episoded :episode 5\n/);
  renameSync(file, `${file}.1`);
  const from = bot.mark();
  bot.reload();
  await bot.waitForLog(/reloaded/, WAIT_MS, from);
  anna.send('PRIVMSG episoded :episode 6');
  await anna.expect(/Episode 6/i);
  assert.match(readFileSync(file, 'utf8'), /episode 6/);
  await switched(/trace off/);
  anna.send('PRIVMSG episoded :episode 7');
  await anna.expect(/Episode 7/i);
  assert.doesNotMatch(readFileSync(file, 'utf8'), /episode 7/i);
  await bot.stop();
});

test('an unknown gateway is reported before the bot starts', async () => {
  await assert.rejects(
    startBot({ config: { gateways: [{ name: 'lobby', type: 'lobby', listen: `127.0.0.1:${await freePort()}` }] }, args: ['--trace=loby'] }),
    /--trace: no gateway "loby" in the configuration/,
  );
});
