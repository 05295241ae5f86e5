// Private reminders on IRC: to the person and to no other one, once, over reconnects and kills, and also to a person who is away
// when it is time.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startHybrid } from '../harness/hybrid.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { begin, HOUR, MINUTE, start } from '../harness/reminders.mjs';

const MONITOR = ['CASEMAPPING=ascii', 'CHANTYPES=#', 'NICKLEN=30', 'NETWORK=Test', 'PREFIX=(ov)@+', 'MONITOR=100'];

// anna asks for a reminder in an hour. No server-time: the bot would believe the server's clock, too.
async function ask(t, { people = { anna: '' }, account, ...options } = {}) {
  const server = await startIrcServer({ caps: { 'server-time': null }, people, ...options });
  t.after(() => server.stop());
  const all = await begin(t, [server.gateway({ flood: 'none' })]);
  all.server = server;
  await connected(all);
  server.say('anna!a@host', '#tv', '!remind me in 1 hour the secret', { account });
  await all.peer.expect(/NOTICE anna .*I'll remind you/);
  return all;
}

async function connected(all) {
  all.peer = await all.server.peer(30000);
  await all.peer.expect(/^JOIN/);
  await all.peer.sync();
}

// The bot has done what it had to, and has said no reminder.
async function assertSilent({ server, peer }) {
  server.say('bert!b@host', '#tv', '!ping');
  await peer.expect(/PRIVMSG #tv .*Pong/);
  await peer.sync();
  assert.equal(saidTo(peer).length, 0, peer.heard.join('\n'));
}

const saidTo = (peer) => peer.heard.filter((line) => /PRIVMSG .*Reminder: the secret/.test(line));

test('a reminder goes to the person in private, and is not said again after a reconnect and a kill', async (t) => {
  const all = await ask(t);
  all.peer.end();
  await connected(all);
  await assertSilent(all);
  all.clock.set(HOUR + MINUTE);
  await all.peer.expect(/PRIVMSG anna :Reminder: the secret/);
  await all.peer.sync();
  all.peer.end();
  await connected(all);
  await assertSilent(all);
  await all.bot.killed();
  await start(all);
  await connected(all);
  await assertSilent(all);
  await all.bot.stop();
});

for (const [how, options, come] of [
  ['MONITOR tells', { isupport: MONITOR }, () => {}],
  ['a JOIN shows', {}, (server) => [...server.peers][0].send(':anna!a@host JOIN #tv')],
  ['a message shows', { caps: { 'server-time': null, 'account-tag': null, 'labeled-response': null, 'echo-message': null } },
    (server) => server.say('anna!a@host', '#tv', 'hello all')],
]) {
  test(`a reminder for a person who is away waits over a kill, and is said once when ${how} that they are back`, async (t) => {
    const all = await ask(t, options);
    all.server.leave('anna');
    all.clock.set(HOUR + MINUTE);
    await all.peer.expect(/^WHOIS anna/);
    await assertSilent(all);
    await all.bot.killed();
    await start(all);
    await connected(all);
    if (!all.peer.heard.some((line) => /^WHOIS anna/.test(line))) await all.peer.expect(/^WHOIS anna/);
    await assertSilent(all);
    all.clock.set(3 * HOUR);
    all.server.arrive('anna');
    come(all.server);
    await all.peer.expect(/PRIVMSG anna :.*Reminder: the secret/);
    await all.peer.sync();
    all.server.leave('anna');
    all.server.arrive('anna');
    all.peer.end();
    await connected(all);
    await assertSilent(all);
    await all.bot.stop();
    assert.equal(saidTo(all.peer).length, 0);
  });
}

test('another person who has taken the nick does not get the reminder, and its person gets it under another nick', async (t) => {
  const all = await ask(t, { people: { anna: 'annalogin' }, account: 'annalogin' });
  all.server.arrive('anna'); // not logged in
  all.clock.set(HOUR + MINUTE);
  await all.peer.expect(/^WHOIS anna/);
  await assertSilent(all);
  all.server.say('anna!eve@host', '#tv', 'hello');
  await assertSilent(all);
  all.server.arrive('anna2', 'annalogin');
  all.server.say('anna2!a@host', '#tv', 'hello', { account: 'annalogin' });
  await all.peer.expect(/PRIVMSG anna2 :.*Reminder: the secret/);
  await all.bot.stop();
});

test('a reminder that the server refuses because the person has just left is said when they are back', async (t) => {
  let isLying = true; // WHOIS tells of the moment before
  const whois = (peer, line) => {
    if (!isLying) return true;
    peer.numeric(311, `${line.params[0]} user host * :a person`);
    peer.numeric(318, `${line.params[0]} :End of /WHOIS list.`);
  };
  const all = await ask(t, { on: { WHOIS: whois } });
  all.server.leave('anna');
  all.clock.set(HOUR + MINUTE);
  await all.peer.expect(/PRIVMSG anna :.*Reminder: the secret/); // refused
  isLying = false;
  await all.peer.sync();
  all.server.say('bert!b@host', '#tv', '!ping');
  await all.peer.expect(/PRIVMSG #tv .*Pong/);
  assert.equal(saidTo(all.peer).length, 1);
  await all.bot.killed();
  await start(all);
  await connected(all);
  await assertSilent(all);
  all.server.arrive('anna');
  all.peer.send(':anna!a@host JOIN #tv');
  await all.peer.expect(/PRIVMSG anna :.*Reminder: the secret/);
  await all.bot.stop();
});

test('a reminder whose person stayed away is dropped with a line in the log, and !reminders tells of it', async (t) => {
  const all = await ask(t);
  all.server.leave('anna');
  all.clock.set(HOUR + MINUTE);
  await all.peer.expect(/^WHOIS anna/);
  await assertSilent(all);
  all.clock.set(26 * HOUR);
  await all.bot.waitForLog(/reminding dropped: .*the bot or the person was away/);
  await assertSilent(all); // an answer leaves after a commit, so the drop is in the file
  all.server.arrive('anna');
  await all.bot.killed();
  await start(all);
  await connected(all);
  all.server.say('anna!a@host', '#tv', '!reminders');
  await all.peer.expect(/NOTICE anna :.*missed, I couldn't reach you in time: .*the secret/);
  await assertSilent(all);
  await all.bot.stop();
});

// A server that tells no time, which the bot would believe.
test('ircd-hybrid: a reminder for a person who has left is said once, when they are back', async (t) => {
  const server = await startHybrid();
  t.after(() => server.stop());
  const all = await begin(t, [server.gateway()]);
  await all.bot.waitForLog(/ready: gateway irc/);
  let anna = await server.connect('anna');
  await anna.join('#tv');
  anna.say('#tv', '!remind me in 1 hour the secret');
  await anna.expect(/I'll remind you/);
  await anna.close();
  const bert = await server.connect('bert');
  await bert.join('#tv');
  all.clock.set(HOUR + MINUTE);
  bert.say('#tv', '!ping');
  await bert.expectSaid('episoded', '#tv', /Pong/);
  await all.bot.killed();
  await start(all);
  await all.bot.waitForLog(/ready: gateway irc/);
  anna = await server.connect('anna');
  await anna.join('#tv');
  await anna.expectSaid('episoded', 'anna', /Reminder: the secret/, 30000);
  anna.say('#tv', '!reminders');
  await anna.expectSaid('episoded', 'anna', /You have no reminders/);
  assert.equal(all.bot.complaints(/reminding/).length, 0);
  await Promise.all([anna.close(), bert.close()]);
  await all.bot.stop();
});
