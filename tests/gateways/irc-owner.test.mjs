// Owners and owner commands: identified by account, never by nick; changes survive a restart.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { fingerprintOf, makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';

const OWNER = 'anna!~a@host.test';
const OTHER = 'bert!~b@host.test';

async function begin(more = {}, options = {}) {
  const state = mkdtempSync(join(tmpdir(), 'irc-owner-'));
  const server = await startIrcServer(options);
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

test('only accounts are owners', async () => {
  const all = await begin();
  all.server.say('anna!~a@host.test', '#tv', '!join #new'); // the nick, without the account
  await all.peer.expect(/Only an owner of this bot may do that/);
  await all.bot.waitForLog(/join refused in #tv to ~anna/);
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

test('join and part survive a restart', async () => {
  const all = await begin();
  order(all, '!join #new');
  await all.peer.expect(/On my way to #new/);
  await all.bot.waitForLog(/join answered in #tv to anna/); // the log records who gave an owner command
  await all.peer.expect(/^JOIN #new/);
  order(all, '!join #new');
  await all.peer.expect(/I'm already in #new/);
  order(all, '!join new');
  await all.peer.expect(/isn't a channel name/);
  order(all, '!part', '#tv');
  await all.peer.expect(/^PART #tv/);
  await all.bot.stop();
  await start(all);
  await all.peer.sync();
  const joins = all.peer.heard.filter((line) => line.startsWith('JOIN ')).join();
  assert.match(joins, /#new/);
  assert.doesNotMatch(joins, /#tv/);
  await all.bot.waitForLog(/not joining #tv: an owner used !part/); // although it is in the configuration
  await finish(all);
});

// The server confirms no answer, so each order is asked again by the next process.
test('!join #a, !part #a, SIGKILL: both answers are repeated, neither order, and the bot is not back in #a', async () => {
  const caps = { 'labeled-response': null, 'echo-message': null };
  const all = await begin({}, { caps, on: { PING: (peer, line) => !line.raw.includes('sent-') } });
  order(all, '!join #a');
  await all.peer.expect(/^JOIN #a/);
  order(all, '!ignore add pest');
  await all.peer.expect(/pest is now ignored/);
  order(all, '!set prefix ?');
  await all.peer.expect(/New prefix for this channel: \?/);
  order(all, '?part #a');
  await all.peer.expect(/^PART #a/);
  order(all, '?part #a');
  await all.peer.expect(/I'm not in #a/);
  for (let round = 0; round < 2; round++) {
    await all.bot.killed();
    await start(all);
    for (const answer of [/On my way to #a/, /pest is now ignored/, /New prefix for this channel/, /Leaving #a/, /I'm not in #a/])
      await all.peer.expect(answer);
    await all.peer.sync();
    assert.doesNotMatch(all.peer.heard.join('\n'), /(JOIN|PART) .*#a|can't tell|already/);
  }
  await finish(all);
});

test('a reload is answered with what came of it, once and in private', async () => {
  const all = await begin();
  order(all, '!reload');
  assert.match((await all.peer.expect(/Reloaded: 1 show, 12 episodes\. Nothing has changed/)).raw, /NOTICE anna :/);
  await all.bot.waitForLog(/reloaded: /);
  all.bot.configure({ ...all.bot.config, prefix: '?' });
  order(all, '!reload');
  await all.peer.expect(/NOTICE anna :.*Prefix: \?, was !/);
  all.bot.configure({ ...all.bot.config, prefix: 'a b' });
  order(all, '?reload');
  await all.peer.expect(/NOTICE anna :.*json:\d+:\d+: "prefix"/);
  order(all, '?ping');
  await all.peer.expect(/Pong/);
  assert.equal(all.peer.heard.filter((line) => /eloaded: /.test(line)).length, 3);
  await finish(all);
});

test('a reload that connects the gateway again is answered once, before', async () => {
  const all = await begin();
  const [gateway] = all.bot.config.gateways;
  all.bot.configure({ ...all.bot.config, gateways: [{ ...gateway, nick: 'other' }] });
  order(all, '!reload');
  await all.peer.expect(/NOTICE anna :.*Gateway irc: changed, it connects again/);
  await all.peer.expect(/^QUIT/);
  const peer = await all.server.peer();
  await peer.expect(/^JOIN /);
  await peer.sync();
  assert.doesNotMatch(peer.heard.join('\n'), /eloaded/);
  await finish(all);
});

test('an ignored person gets no answers, also after a restart, until the person is removed from the list', async () => {
  const all = await begin();
  order(all, '!ignore');
  await all.peer.expect(/The ignore list is empty/);
  order(all, '!ignore add');
  await all.peer.expect(/NOTICE anna :.*Who\?/); // errors of private commands are private, too
  order(all, '!ignore add BERT');
  await all.peer.expect(/BERT is now ignored/);
  order(all, '!ignore');
  await all.peer.expect(/Ignored here.*bert/);
  await all.bot.stop();
  await start(all);
  all.server.say(OTHER, '#tv', '!ping');
  order(all, '!ignore remove bert');
  await all.peer.expect(/bert is no longer ignored/);
  assert.doesNotMatch(all.peer.heard.join('\n'), /Pong/);
  all.server.say(OTHER, '#tv', '!ping');
  await all.peer.expect(/Pong/);
  await finish(all);
});

test('a channel\'s own prefix survives a restart', async () => {
  const all = await begin();
  order(all, '!set prefix ?');
  await all.peer.expect(/New prefix for this channel: \?/);
  order(all, '?set');
  await all.peer.expect(/Settings for this channel.*Prefix: \?.*Show: default.*Quiet hours \(UTC\): off/);
  order(all, '?help');
  await all.peer.expect(/\?episode\b/); // with this channel's prefix
  await all.bot.stop();
  await start(all);
  all.server.say(OTHER, '#tv', '!ping');
  all.server.say(OTHER, '#tv', '?ping');
  await all.peer.expect(/Pong/);
  await all.peer.sync();
  assert.equal(all.peer.heard.filter((line) => /Pong/.test(line)).length, 1);
  order(all, '?set prefix');
  await all.peer.expect(/Prefix for this channel: \?/);
  order(all, '?set prefix off');
  await all.peer.expect(/Back to the default/);
  all.server.say(OTHER, '#tv', '!ping');
  await all.peer.expect(/Pong/);
  order(all, '!set show no-such-show');
  await all.peer.expect(/can't be the show/);
  await finish(all);
});

test('quiet hours: owners are answered in the channel, others in private with the reason', async () => {
  const all = await begin();
  const hour = (shift) => new Date(Date.now() + shift * 3600000).toISOString().slice(11, 16);
  order(all, `!set quiet ${hour(-2)}-${hour(2)}`);
  await all.peer.expect(/New quiet hours \(UTC\) for this channel/);
  all.server.say(OTHER, '#tv', '!ping');
  const answer = await all.peer.expect(/Pong/);
  assert.match(answer.raw, /NOTICE bert :.*Quiet hours there, until \d\d:\d\d UTC/);
  order(all, '!ping');
  assert.match((await all.peer.expect(/Pong/)).raw, /PRIVMSG #tv :?Pong/);
  all.server.say(OTHER, 'episoded', '!ping'); // in private there are none
  assert.doesNotMatch((await all.peer.expect(/Pong/)).raw, /Quiet/);
  await finish(all);
});

test('only owners see the gateways in !status, and a refusal is sent once', async () => {
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

// The WHOIS reply about a person, as numerics and texts; the end is always sent.
function whois(known) {
  return {
    WHOIS(peer, line) {
      const nick = line.params.at(-1);
      for (const [number, text] of Object.entries(known[nick] ?? {})) peer.numeric(number, `${nick} ${text}`);
      peer.numeric(318, `${nick} :End of /WHOIS list.`);
    },
  };
}

const PRINT = 'ab'.repeat(32);

test('a client certificate identifies an owner as long as the same person uses it', async () => {
  const known = { anna: { 311: '~a host.test * :x', 276: `:has client certificate fingerprint ${PRINT}` } };
  const all = await begin({ owners: [{ fingerprint: PRINT.toUpperCase() }] }, { on: whois(known) });
  all.server.say(OWNER, '#tv', '!ping');
  await all.peer.expect(/Pong/);
  assert.doesNotMatch(all.peer.heard.join('\n'), /WHOIS/); // only requested when needed
  all.server.say(OWNER, '#tv', '!join #new');
  await all.peer.expect(/^WHOIS anna/);
  await all.peer.expect(/On my way to #new/);
  all.server.say(OWNER, 'episoded', '!status');
  await all.peer.expect(/Gateways: irc ready/);
  all.server.say('anna!~a@elsewhere.test', '#tv', '!join #evil'); // the same nick, from another host
  await all.peer.expect(/^WHOIS anna/);
  known.bert = { 311: '~b host.test * :has client certificate fingerprint', 276: ':has client certificate fingerprint 00' };
  all.server.say(OTHER, '#tv', '!join #evil');
  await all.peer.expect(/NOTICE bert :?Only an owner/);
  await all.peer.sync();
  assert.doesNotMatch(all.peer.heard.join('\n'), /#evil/);
  await finish(all);
});

test('without account-tag the bot sends WHOIS; a forged tag is not trusted', async () => {
  const known = { anna: { 311: '~a host.test * :x', 330: 'Anna :is logged in as' }, bert: { 311: '~b host.test * :x' } };
  const all = await begin({}, { caps: { 'account-tag': null }, on: whois(known) });
  order(all, '!join #new');
  await all.peer.expect(/On my way to #new/);
  for (const peer of all.server.peers) // sent without the capability
    peer.raw(`@account=anna :${OTHER} PRIVMSG #tv :!join #evil`);
  await all.peer.expect(/NOTICE bert :?Only an owner/);
  await all.peer.sync();
  assert.doesNotMatch(all.peer.heard.join('\n'), /#evil/);
  await finish(all);
});

test('a netsplit gives no one else an owner\'s rights', async () => {
  const all = await begin({ owners: [{ fingerprint: PRINT }] }, { on: { WHOIS() {} } }); // it takes its time
  all.server.say(OTHER, '#tv', '!join #evil');
  await all.peer.expect(/^WHOIS bert/);
  all.peer.raw(`:${OTHER} QUIT :*.net *.split`); // and a person with a certificate gets the nick
  all.peer.numeric(311, 'bert ~b host.test * :x');
  all.peer.numeric(276, `bert :has client certificate fingerprint ${PRINT}`);
  all.peer.numeric(318, 'bert :End of /WHOIS list.');
  await all.peer.sync();
  all.server.say(OTHER, '#tv', '!ping');
  await all.peer.expect(/Pong/);
  assert.doesNotMatch(all.peer.heard.join('\n'), /#evil/);
  await finish(all);
});

test('InspIRCd confirms a certificate: its holder is the owner, not the next person with that nick', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'irc-owner-'));
  const made = makeCertificate(dir, 'anna', makeAuthority(dir, 'somebody'), 'DNS:anna');
  const identity = { cert: readFileSync(made.cert), key: readFileSync(made.key) };
  const server = await startInspircd({ flood: 'unlimited' });
  const gateway = server.gateway({ flood: 'none', owners: [{ fingerprint: fingerprintOf(made.cert) }] });
  const bot = await startBot({ config: { state: dir, gateways: [gateway] } });
  await bot.waitForLog(/ready: gateway irc/);
  const anna = await server.connectTls('anna', identity);
  await anna.join('#tv');
  anna.send('PRIVMSG #tv :!join #new');
  await anna.expect(/PRIVMSG #tv :.*On my way to #new/);
  await anna.join('#new');
  await anna.close();
  const thief = await server.connectTls('anna');
  await thief.join('#tv');
  thief.send('PRIVMSG #tv :!part #new');
  await thief.expect(/NOTICE anna :.*Only an owner of this bot may do that/);
  await thief.close();
  await bot.stop();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});
