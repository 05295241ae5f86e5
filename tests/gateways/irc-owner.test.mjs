// Owners and their orders: by account, never by nick; what they say survives a restart.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';

const OWNER = 'anna!~a@host.test';
const OTHER = 'bert!~b@host.test';

async function begin(more = {}) {
  const state = mkdtempSync(join(tmpdir(), 'irc-owner-'));
  const server = await startIrcServer();
  const config = {
    state,
    gateways: [server.gateway({ flood: 'none', owners: [{ account: 'Anna' }], ...more })],
  };
  const all = { state, server, config };
  await start(all);
  return all;
}

async function start(all) {
  all.bot = await startBot({ config: all.config });
  all.peer = await all.server.peer();
  await all.peer.expect(/^JOIN /);
  await all.bot.waitForLog(/ready: gateway irc/);
}

async function finish({ server, bot, state }) {
  await bot.stop();
  await server.stop();
  rmSync(state, { recursive: true, force: true });
}

function order({ server }, text, channel = '#tv') {
  server.say(OWNER, channel, text, { account: 'anna' });
}

test('only an account is an owner', async () => {
  const all = await begin();
  all.server.say('anna!~a@host.test', '#tv', '!join #new'); // the nick, without the account
  await all.peer.expect(/Only an owner of this bot may do that/);
  all.server.say(OTHER, '#tv', '!join #new', { account: 'bert' });
  await all.peer.expect(/Only an owner of this bot may do that/);
  await all.peer.sync();
  assert.doesNotMatch(all.peer.heard.join('\n'), /JOIN .*#new/);
  all.server.say(OTHER, '#tv', '!help', { account: 'bert' });
  await all.peer.expect(/!episode/);
  await all.peer.sync();
  assert.doesNotMatch(all.peer.heard.join('\n'), /!reload|!ignore/);
  await finish(all);
});

test('join and part, over a restart', async () => {
  const all = await begin();
  order(all, '!join #new');
  await all.peer.expect(/On my way to #new/);
  await all.peer.expect(/^JOIN #new/);
  order(all, '!join #new');
  await all.peer.expect(/am to be in #new already/);
  order(all, '!join new');
  await all.peer.expect(/is no channel's name/);
  order(all, '!part', '#tv');
  await all.peer.expect(/^PART #tv/);
  await all.bot.stop();
  await start(all);
  await all.peer.sync();
  const joins = all.peer.heard.filter((line) => line.startsWith('JOIN ')).join();
  assert.match(joins, /#new/);
  assert.doesNotMatch(joins, /#tv/);
  await finish(all);
});

test('reload', async () => {
  const all = await begin();
  order(all, '!reload');
  await all.peer.expect(/Reading everything anew/);
  await all.bot.waitForLog(/reloaded: /);
  order(all, '!ping');
  await all.peer.expect(/Pong/);
  await finish(all);
});

test('somebody who is ignored is not heard, over a restart, until they are again', async () => {
  const all = await begin();
  order(all, '!ignore add BERT');
  await all.peer.expect(/BERT is not heard any more/);
  await all.bot.stop();
  await start(all);
  all.server.say(OTHER, '#tv', '!ping');
  order(all, '!ignore remove bert');
  await all.peer.expect(/bert is heard again/);
  assert.doesNotMatch(all.peer.heard.join('\n'), /Pong/);
  all.server.say(OTHER, '#tv', '!ping');
  await all.peer.expect(/Pong/);
  await finish(all);
});

test('a prefix of the channel\'s own, over a restart', async () => {
  const all = await begin();
  order(all, '!set prefix ?');
  await all.peer.expect(/From now on, prefix here: \?/);
  order(all, '?set');
  await all.peer.expect(/Settings here.*Prefix: \?.*Show: as everywhere.*Quiet hours \(UTC\): none/);
  order(all, '?help');
  await all.peer.expect(/\?episode\b/); // the prefix that is typed here
  await all.bot.stop();
  await start(all);
  all.server.say(OTHER, '#tv', '!ping');
  all.server.say(OTHER, '#tv', '?ping');
  await all.peer.expect(/Pong/);
  await all.peer.sync();
  assert.equal(all.peer.heard.filter((line) => /Pong/.test(line)).length, 1);
  order(all, '?set prefix');
  await all.peer.expect(/as everywhere/);
  all.server.say(OTHER, '#tv', '!ping');
  await all.peer.expect(/Pong/);
  order(all, '!set show no-such-show');
  await all.peer.expect(/cannot be the show/);
  await finish(all);
});

test('quiet hours: owners are answered in the channel, others in private and told why', async () => {
  const all = await begin();
  const hour = (shift) => new Date(Date.now() + shift * 3600000).toISOString().slice(11, 16);
  order(all, `!set quiet ${hour(-2)}-${hour(2)}`);
  await all.peer.expect(/From now on, quiet hours \(UTC\) here/);
  all.server.say(OTHER, '#tv', '!ping');
  const answer = await all.peer.expect(/Pong/);
  assert.match(answer.raw, /NOTICE bert :.*Quiet hours there, until \d\d:\d\d UTC/);
  order(all, '!ping');
  assert.match((await all.peer.expect(/Pong/)).raw, /PRIVMSG #tv :?Pong/);
  all.server.say(OTHER, 'episoded', '!ping'); // in private there are none
  assert.doesNotMatch((await all.peer.expect(/Pong/)).raw, /Quiet/);
  await finish(all);
});

test('the gateways are told to owners alone, and one refusal is enough', async () => {
  const all = await begin();
  all.server.say(OTHER, '#tv', '!status');
  assert.doesNotMatch((await all.peer.expect(/PRIVMSG #tv :.*episoded/)).raw, /Gateways|irc ready/);
  order(all, '!status');
  await all.peer.expect(/NOTICE anna :.*Gateways: irc ready/);
  for (let i = 0; i < 4; i++) all.server.say(OTHER, '#tv', '!reload');
  all.server.say(OTHER, '#tv', '!ping');
  await all.peer.expect(/Pong/);
  const refusals = all.peer.heard.filter((line) => /Only an owner/.test(line));
  assert.equal(refusals.length, 1);
  assert.match(refusals[0], /NOTICE bert :/);
  await finish(all);
});
