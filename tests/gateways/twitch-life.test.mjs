// Twitch: the life of a connection, modes and moderators, and whether an answer was said. The real bot and a strict
// scripted Twitch.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { begin, finish, startAgain } from '../harness/twitch-bot.mjs';

const together = { concurrency: 4 };

describe('connections', together, () => {
  test('RECONNECT: the new one is in before the old one goes; what both bring is answered once', async () => {
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
    assert.match(all.bot.log(), /reconnecting on Twitch's request/);
    await finish(all);
  });

  test('RECONNECT, and the old one is dropped before the new one is there', async () => {
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

  test('RECONNECT, and the new one fails at first', async () => {
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

  test('stopped in the middle of the move', async () => {
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

  test('a connection that breaks is made again, and what waits is said', async () => {
    const all = await begin();
    let isFirst = true;
    all.server.on.PRIVMSG = (peer) => {
      if (!isFirst) return true;
      isFirst = false;
      peer.end(); // before it reached anybody
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

describe('modes', together, () => {
  test('emotes only: refused in words, once; open again: answered', async () => {
    const all = await begin({ server: { rooms: { '#tv': { modes: { 'emote-only': '1' } } } } });
    all.server.say('anna', '#tv', '!ping');
    all.server.say('bert', '#tv', '!ping');
    await all.bot.waitForLog(/#tv: not answering: emote-only mode; make the bot a moderator/);
    await all.peer.sync();
    assert.equal(all.bot.log().match(/emote-only mode/g).length, 1);
    assert.deepEqual(all.server.messages, []);
    all.server.change('#tv', { 'emote-only': '0' });
    all.server.say('anna', '#tv', '!episode 1');
    await all.server.said(/[Ee]pisode 1/);
    await finish(all);
  });

  test('subscribers only, and then a VIP', async () => {
    const all = await begin({ server: { rooms: { '#tv': { modes: { 'subs-only': '1' } } } } });
    all.server.say('anna', '#tv', '!ping');
    await all.bot.waitForLog(/#tv: not answering: subscribers-only mode/);
    all.server.promote('#tv', 'vip');
    all.server.say('anna', '#tv', '!episode 1');
    await all.server.said(/[Ee]pisode 1/);
    await finish(all);
  });

  test('followers only: tried, then known', async () => {
    const all = await begin({ server: { rooms: { '#tv': { modes: { 'followers-only': '0' } } } } });
    all.server.say('anna', '#tv', '!ping');
    await all.peer.expect(/PRIVMSG/);
    await all.bot.waitForLog(/#tv: followers-only mode; let the bot's account follow/);
    all.server.say('anna', '#tv', '!episode 1');
    await all.peer.sync();
    assert.equal(all.peer.heard.filter((line) => line.includes('PRIVMSG')).length, 1);
    await finish(all);
  });

  test('slow mode is kept', async () => {
    const all = await begin({ server: { rooms: { '#tv': { modes: { slow: '3' } } } } });
    for (const number of [1, 2, 3]) all.server.say('anna', '#tv', `!episode ${number}`);
    for (const number of [1, 2, 3]) await all.server.said(new RegExp(`[Ee]pisode ${number}\\b`), 15000);
    await finish(all);
  });

  test('unique chat: a repetition is given up in words', async () => {
    const all = await begin({ server: { rooms: { '#tv': { modes: { r9k: '1' } } } } });
    all.server.say('anna', '#tv', '!episode 1');
    const { text } = await all.server.said(/./);
    all.server.rooms.get('#tv').said.add(`${text} \u034f`);
    all.server.say('bert', '#tv', '!episode 1');
    await all.bot.waitForLog(/#tv: unique chat refuses a repeated text/);
    all.server.say('bert', '#tv', '!episode 2');
    await all.server.said(/[Ee]pisode 2/);
    await finish(all);
  });

  test('timed out: silent until it is over', async () => {
    const all = await begin();
    all.server.tell('#tv', `@ban-duration=2;target-user-id=${all.server.userId('episoded')} :tmi.twitch.tv CLEARCHAT #tv :episoded`);
    all.server.say('anna', '#tv', '!episode 1');
    await all.bot.waitForLog(/#tv: the bot is timed out/);
    await all.peer.sync();
    assert.deepEqual(all.server.messages, []);
    await new Promise((resolve) => setTimeout(resolve, 2100)); // Twitch's own clock
    all.server.say('anna', '#tv', '!episode 2');
    await all.server.said(/[Ee]pisode 2/);
    await finish(all);
  });

  test('a deleted question is not answered while the answer waits; nor a banned person\'s', async () => {
    const all = await begin();
    all.server.say('anna', '#tv', '!episode 1');
    const deleted = all.server.say('bert', '#tv', '!episode 2');
    all.server.say('carl', '#tv', '!episode 3');
    all.server.say('dora', '#tv', '!episode 4');
    await all.peer.sync();
    all.server.tell('#tv', `@login=bert;target-msg-id=${deleted} :tmi.twitch.tv CLEARMSG #tv :!episode 2`);
    all.server.tell('#tv', `@target-user-id=${all.server.userId('carl')} :tmi.twitch.tv CLEARCHAT #tv :carl`);
    await all.server.said(/[Ee]pisode 4/);
    assert.equal(all.server.messages.length, 2);
    assert.match(all.server.messages[0].text, /[Ee]pisode 1/);
    await finish(all);
  });
});

describe('proof', together, () => {
  test('an answer that was swallowed is said once more after 10 s', async () => {
    const all = await begin();
    const tries = [];
    all.server.on.PRIVMSG = (peer, line) => tries.push(line.raw) > 1;
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/, 20000);
    await all.peer.sync();
    assert.equal(tries.length, 2);
    assert.equal(tries[0], tries[1]);
    await finish(all);
  });

  test('an answer whose confirmation was lost is not said twice', async () => {
    const all = await begin();
    all.server.on.confirm = () => false;
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/);
    await all.peer.expect(/PRIVMSG/);
    await all.peer.expect(/PRIVMSG/, 20000); // which Twitch refuses as the same
    all.server.on.confirm = undefined;
    all.server.say('anna', '#tv', '!episode 6');
    await all.server.said(/[Ee]pisode 6/);
    assert.equal(all.server.messages.length, 2);
    await all.bot.stop();
    await startAgain(all); // and the journal knows that it was said
    await all.peer.sync();
    assert.equal(all.server.messages.length, 2);
    await finish(all);
  });

  test('never a third time', async () => {
    const all = await begin();
    all.server.on.PRIVMSG = () => false;
    all.server.say('anna', '#tv', '!episode 5');
    await all.bot.waitForLog(/#tv: an answer was not confirmed/, 30000);
    await all.peer.sync();
    assert.equal(all.peer.heard.filter((line) => line.includes('PRIVMSG')).length, 2);
    await finish(all);
  });

  test('SIGTERM waits for the confirmation of what was said', async () => {
    const all = await begin();
    all.server.on.confirm = (peer, room, line, server) => {
      all.bot.kill('SIGTERM');
      all.bot.waitForLog(/stopping/).then(() => {
        peer.send(server.userstate(room, { 'client-nonce': line.tags['client-nonce'] }));
      });
      return false;
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

  test('SIGKILL with an answer on its way: said by the next process', async () => {
    const all = await begin();
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

  test('too fast for Twitch: a rest for all channels', async () => {
    const all = await begin({ server: { rooms: { '#two': {} } }, gateway: { channels: ['#tv', '#two'] } });
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
