// Twitch: connections, modes and moderators, and confirmations. The real bot and a strict scripted Twitch.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { begin, finish, startAgain } from '../harness/twitch-bot.mjs';

const together = { concurrency: 4 };
const transports = ['irc', 'eventsub'];

describe('connections', together, () => {
  test('RECONNECT: the new connection joins before the old one closes; duplicate messages are answered once', async () => {
    const all = await begin({ server: { rooms: { '#two': {} } }, gateway: { channels: ['#tv', '#two'] } });
    all.server.on.JOIN = (peer, line) => peer === all.peer || line.params[0] !== '#two'; // not yet
    all.peer.send('RECONNECT');
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    await next.expect(/^JOIN #two$/);
    await next.sync();
    assert.equal(all.server.peers.size, 2);
    const id = all.server.say('anna', '#tv', '!episode 5'); // to both
    const answer = await all.server.said(/[Ee]pisode 5/);
    assert.equal(answer.peer, all.peer);
    assert.equal(answer.tags['reply-parent-msg-id'], id);
    all.server.seat(next, '#two');
    await all.peer.closed;
    all.server.say('anna', '#two', '!episode 6');
    assert.equal((await all.server.said(/[Ee]pisode 6/)).peer, next);
    await next.sync();
    assert.equal(all.server.messages.length, 2);
    assert.doesNotMatch(all.bot.log(), /lost: gateway/);
    await all.bot.waitForLog(/reconnecting on Twitch's request/);
    await finish(all);
  });

  test('RECONNECT: the old connection is dropped before the new one has joined', async () => {
    const all = await begin();
    all.server.on.NICK = (peer) => peer.isLetIn === true; // it waits
    all.peer.send('RECONNECT');
    const next = await all.server.peer();
    await next.expect(/^NICK /);
    all.peer.end();
    await all.bot.waitForLog(/lost: gateway twitch/);
    next.isLetIn = true;
    all.server.handle(next, { verb: 'NICK', params: ['episoded'] });
    await next.expect(/^JOIN #tv$/);
    await next.sync();
    all.server.say('anna', '#tv', '!ping');
    assert.equal((await all.server.said(/pong/i)).peer, next);
    assert.equal(all.server.count, 2);
    await finish(all);
  });

  test('RECONNECT: the new connection fails at first', async () => {
    const all = await begin();
    all.server.on.CAP = (peer) => all.server.count > 2 || peer.end();
    all.peer.send('RECONNECT');
    const failed = await all.server.peer();
    await failed.closed;
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    await all.peer.closed;
    all.server.say('anna', '#tv', '!ping');
    assert.equal((await all.server.said(/pong/i)).peer, next);
    assert.equal(all.server.count, 3);
    assert.doesNotMatch(all.bot.log(), /lost: gateway/);
    await finish(all);
  });

  test('the bot is stopped during the move', async () => {
    const all = await begin();
    all.server.on.JOIN = () => false;
    all.peer.send('RECONNECT');
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    const { isInTime } = await all.bot.stop();
    assert.ok(isInTime);
    await all.server.stop();
    assert.deepEqual(all.server.violations, []);
  });

  test('after a broken connection the bot reconnects and sends waiting answers', async () => {
    const all = await begin();
    let isFirst = true;
    all.server.on.PRIVMSG = (peer) => {
      if (!isFirst) return true;
      isFirst = false;
      peer.end(); // before it was delivered
      return false;
    };
    all.server.say('anna', '#tv', '!episode 5');
    await all.bot.waitForLog(/lost: gateway twitch/);
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    await all.server.said(/[Ee]pisode 5/);
    await finish(all);
  });
});

for (const transport of transports) describe(`modes, ${transport}`, together, () => {
  test('emote-only mode: the reason is logged once; afterwards questions are answered', async () => {
    const all = await begin({ transport, server: { rooms: { '#tv': { modes: { 'emote-only': '1' } } } } });
    all.server.say('anna', '#tv', '!ping');
    all.server.say('bert', '#tv', '!ping');
    await all.bot.waitForLog(/#tv: (not answering: )?emote-only mode; make the bot a moderator/);
    await all.peer.sync();
    assert.equal(all.bot.log().match(/emote-only mode/g).length, 1);
    assert.deepEqual(all.server.messages, []);
    all.server.change('#tv', { 'emote-only': '0' });
    all.server.say('anna', '#tv', '!episode 1');
    await all.server.said(/[Ee]pisode 1/);
    await finish(all);
  });

  test('subscribers-only mode, and then the bot becomes a VIP', async () => {
    const all = await begin({ transport, server: { rooms: { '#tv': { modes: { 'subs-only': '1' } } } } });
    all.server.say('anna', '#tv', '!ping');
    await all.bot.waitForLog(/#tv: (not answering: )?subscribers-only mode/);
    all.server.promote('#tv', 'vip');
    if (transport === 'eventsub') all.server.change('#tv', {}); // which tells no roles: the next change allows a try
    all.server.say('anna', '#tv', '!episode 1');
    await all.server.said(/[Ee]pisode 1/);
    await finish(all);
  });

  test('followers-only mode: the first answer is tried, then the mode is known', async () => {
    const all = await begin({ transport, server: { rooms: { '#tv': { modes: { 'followers-only': '0' } } } } });
    all.server.say('anna', '#tv', '!ping');
    await all.peer.expect(/PRIVMSG/);
    await all.bot.waitForLog(/#tv: followers-only mode; let the bot's account follow/);
    all.server.say('anna', '#tv', '!episode 1');
    await all.peer.sync();
    assert.equal(all.peer.heard.filter((line) => line.includes('PRIVMSG')).length, 1);
    await finish(all);
  });

  test('slow mode is respected', async () => {
    const all = await begin({ transport, server: { rooms: { '#tv': { modes: { slow: '3' } } } } });
    for (const number of [1, 2, 3]) all.server.say('anna', '#tv', `!episode ${number}`);
    for (const number of [1, 2, 3]) await all.server.said(new RegExp(`[Ee]pisode ${number}\\b`));
    await finish(all);
  });

  test('unique chat: a refused repetition is logged and dropped', async () => {
    const all = await begin({ transport, server: { rooms: { '#tv': { modes: { r9k: '1' } } } } });
    all.server.say('anna', '#tv', '!episode 1');
    const { text } = await all.server.said(/./);
    all.server.rooms.get('#tv').said.add(`${text} \u034f`);
    all.server.say('bert', '#tv', '!episode 1');
    await all.bot.waitForLog(/#tv: unique chat refuses a repeated text/);
    all.server.say('bert', '#tv', '!episode 2');
    await all.server.said(/[Ee]pisode 2/);
    await finish(all);
  });

  test('timed out: the bot is silent until the time-out ends', async () => {
    const all = await begin({ transport });
    all.server.clearUser('#tv', 'episoded', 2);
    all.server.say('anna', '#tv', '!episode 1');
    await all.bot.waitForLog(/#tv: the bot is timed out/);
    await all.peer.sync();
    assert.deepEqual(all.server.messages, []);
    // Twitch's own clock; with EventSub it does not tell how long the time-out is, and the bot tries again after 10 s.
    await new Promise((resolve) => setTimeout(resolve, transport === 'irc' ? 2100 : 10100));
    all.server.say('anna', '#tv', '!episode 2');
    await all.server.said(/[Ee]pisode 2/);
    await finish(all);
  });

  test('a waiting answer is dropped if the question is deleted or its author banned', async () => {
    const all = await begin({ transport });
    all.server.say('anna', '#tv', '!episode 1');
    const deleted = all.server.say('bert', '#tv', '!episode 2');
    all.server.say('carl', '#tv', '!episode 3');
    all.server.say('dora', '#tv', '!episode 4');
    await all.peer.sync();
    all.server.deleteMessage('#tv', deleted);
    all.server.clearUser('#tv', 'carl');
    await all.server.said(/[Ee]pisode 4/);
    assert.equal(all.server.messages.length, 2);
    assert.match(all.server.messages[0].text, /[Ee]pisode 1/);
    await finish(all);
  });
});

for (const transport of transports) describe(`proof, ${transport}`, together, () => {
  test('an unconfirmed answer is sent once more after 10 s', async () => {
    const all = await begin({ transport });
    const tries = [];
    all.server.on.PRIVMSG = (peer, line) => tries.push(line.raw) > 1;
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/);
    await all.peer.sync();
    assert.equal(tries.length, 2);
    assert.equal(tries[0], tries[1]);
    await finish(all);
  });

  test('an answer whose confirmation was lost is not sent twice', async () => {
    const all = await begin({ transport });
    all.server.on.confirm = () => false;
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/);
    await all.peer.expect(/PRIVMSG/);
    await all.peer.expect(/PRIVMSG/); // which Twitch refuses as identical
    all.server.on.confirm = undefined;
    all.server.say('anna', '#tv', '!episode 6');
    await all.server.said(/[Ee]pisode 6/);
    assert.equal(all.server.messages.length, 2);
    await all.bot.stop();
    await startAgain(all); // and the journal records that it was sent
    await all.peer.sync();
    assert.equal(all.server.messages.length, 2);
    await finish(all);
  });

  if (transport === 'irc') test('an answer is never sent a third time', async () => {
    const all = await begin({ transport });
    all.server.on.PRIVMSG = () => false;
    all.server.say('anna', '#tv', '!episode 5');
    await all.bot.waitForLog(/#tv: an answer was not confirmed/, 30000);
    await all.peer.sync();
    assert.equal(all.peer.heard.filter((line) => line.includes('PRIVMSG')).length, 2);
    await finish(all);
  });

  test('SIGTERM waits for the confirmation of sent answers', async () => {
    const all = await begin({ transport });
    all.server.on.confirm = async () => {
      all.bot.kill('SIGTERM');
      await all.bot.waitForLog(/stopping/);
      return true;
    };
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/);
    await all.bot.ended;
    all.server.on.confirm = undefined;
    await startAgain(all);
    await all.peer.sync();
    assert.equal(all.server.messages.length, 1);
    assert.doesNotMatch(all.bot.log(), /had been left/);
    await finish(all);
  });

  test('SIGKILL before an answer is sent: the next process sends it', async () => {
    const all = await begin({ transport });
    all.server.on.PRIVMSG = () => false;
    all.server.say('anna', '#tv', '!episode 5');
    await all.peer.expect(/PRIVMSG/);
    all.bot.kill('SIGKILL');
    await all.bot.ended;
    all.server.on.PRIVMSG = undefined;
    await startAgain(all);
    await all.server.said(/[Ee]pisode 5/);
    await finish(all);
  });

  test('Twitch reports the rate limit: the bot pauses in all channels', async () => {
    const all = await begin({ transport, server: { rooms: { '#two': {} } }, gateway: { channels: ['#tv', '#two'] } });
    all.server.on.PRIVMSG = (peer, line, server) => {
      server.notice(peer, server.rooms.get('#tv'), 'msg_ratelimit', 'Your message was not sent because you are sending messages too quickly.');
      return false;
    };
    all.server.say('anna', '#tv', '!episode 5');
    await all.bot.waitForLog(/rate limit of Twitch reached: pausing for 30 s/);
    all.server.on.PRIVMSG = undefined;
    const start = Date.now();
    all.server.say('anna', '#two', '!episode 6');
    await all.server.said(/[Ee]pisode 6/, 45000);
    assert.ok(Date.now() - start > 25000);
    await all.server.said(/[Ee]pisode 5/);
    await finish(all);
  });
});
