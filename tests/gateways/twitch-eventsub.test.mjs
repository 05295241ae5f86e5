// Twitch over EventSub and the API: connections, subscriptions, results. The real bot and a strict scripted Twitch.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { WAIT_MS } from '../harness/process.mjs';
import { startProxy } from '../harness/proxy.mjs';
import { begin as beginWith, finish, startAgain } from '../harness/twitch-bot.mjs';

const together = { concurrency: 4 };
const SUBSCRIPTIONS = 5; // of a channel
const posts = (all, path = 'POST /chat/messages') => all.server.requests.filter((request) => request.path === path);

// Ready, and subscribed to all events of its channels.
async function begin(options = {}) {
  const all = await beginWith({ transport: 'eventsub', ...options });
  if (all.isReady)
    while (posts(all, 'POST /eventsub/subscriptions').length < SUBSCRIPTIONS * all.config.channels.length) await all.peer.sync();
  await (all.isReady && all.peer.sync());
  return all;
}

describe('requests', together, () => {
  test('with token and client ID; look-ups, then a subscription for each event; the answer is a reply', async () => {
    const all = await begin();
    assert.deepEqual(all.server.requests.slice(0, 3).map(({ path, query }) => `${path} ${query}`), [
      'GET /users ', 'GET /users login=tv', 'POST /eventsub/subscriptions ',
    ]);
    for (const { headers } of all.server.requests) {
      assert.equal(headers.authorization, 'Bearer secret');
      assert.equal(headers['client-id'], 'public1');
    }
    assert.equal(all.peer.url, '/ws?keepalive_timeout_seconds=30');
    const id = all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/);
    const { body } = posts(all)[0];
    assert.deepEqual(Object.keys(body), ['broadcaster_id', 'sender_id', 'message', 'reply_parent_message_id']);
    assert.equal(body.reply_parent_message_id, id);
    assert.deepEqual(all.bot.complaints(), []);
    await finish(all);
  });

  test('the trace shows frames and requests, and no token', async () => {
    const all = await begin({ trace: true });
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    await all.bot.waitForLog(/twitch#0 < 200 POST \/chat\/messages/);
    await all.bot.waitForLog(/twitch#1 < \{"metadata":.*session_welcome/);
    await all.bot.waitForLog(/twitch#0 > POST \/chat\/messages \{"broadcaster_id"/);
    assert.doesNotMatch(all.bot.log(), /Bearer|secret"/);
    await finish(all);
  });

  test('through a proxy: the WebSocket, the API and the validation of the token', async () => {
    const proxy = await startProxy({});
    const all = await begin({ gateway: { proxy: proxy.url } });
    const paths = () => new Set(all.server.requests.map(({ headers }) => headers.host));
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    assert.deepEqual([...new Set(proxy.asked)], [...paths()]);
    assert.ok(proxy.asked.length >= 3); // at least a connection of each
    await finish(all);
    await proxy.stop();
  });

  test('a channel that does not exist is named and looked up again; the others are served', async () => {
    const all = await begin({ server: { rooms: { '#gone': { exists: false } } }, gateway: { channels: ['#tv', '#gone'] }, isReady: false });
    await all.bot.waitForLog(/cannot join #gone: the channel does not exist/);
    all.server.rooms.get('#gone').exists = true;
    await all.peer.expect(/^JOIN #tv$/);
    await all.peer.expect(/^JOIN #gone$/); // 15 s later
    await finish(all);
  });

  test('a channel that refuses: logged with the scopes and the ban as reasons, and not final', async () => {
    const all = await begin({ server: { rooms: { '#out': { refuse: 'msg_banned' } } }, gateway: { channels: ['#tv', '#out'] }, isReady: false });
    await all.bot.waitForLog(/cannot join #out: HTTP 403, "subscription missing proper authorization"; the token needs the scopes user:read:chat/);
    all.server.rooms.get('#out').refuse = undefined;
    await all.peer.expect(/^JOIN #out$/);
    await finish(all);
  });

  test('a missing scope is named at the start', async () => {
    const all = await begin({ server: { scopes: ['user:read:chat'] }, isReady: null });
    await all.bot.waitForLog(/user:write:chat/);
    await finish(all);
  });

  test('trouble of the API at the start passes: 503, a lost connection and 429 are not final', async () => {
    const all = await begin();
    await all.bot.stop();
    all.server.faults['GET /users'] = [(seen) => seen.answer(503, {}), (seen) => seen.response.destroy()];
    all.server.faults['POST /eventsub/subscriptions'] = [
      (seen) => seen.answer(503, {}), (seen) => seen.refuse(429, 'Too Many Requests', '-'), (seen) => seen.response.destroy(),
    ];
    await startAgain(all);
    await all.bot.waitForLog(/not connected: HTTP 503; next try in/);
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    assert.equal(all.server.count, 2);
    await finish(all);
  });

  test('when the points of the API are used up, the bot waits until Ratelimit-Reset', async () => {
    const all = await begin();
    all.server.points = 0;
    all.server.resetS = 3;
    all.server.say('anna', '#tv', '!ping');
    while (posts(all).length < 1) await all.peer.sync(); // the first message may wait for a second
    all.server.points = 100;
    await all.server.said(/pong/i);
    assert.ok(posts(all).length === 2);
    await finish(all);
  });
});

describe('connections of EventSub', together, () => {
  test('session_reconnect: no gap, no second subscription; what arrives on both is answered once', async () => {
    const all = await begin();
    let welcome;
    all.server.on.welcome = (peer, go) => {
      welcome = go; // not yet
      return false;
    };
    const subscriptions = posts(all, 'POST /eventsub/subscriptions').length;
    all.peer.send('RECONNECT');
    const next = await all.server.peer();
    assert.match(next.url, /^\/ws\?challenge=.*&id=/);
    all.server.say('anna', '#tv', '!episode 5'); // to the old one
    await all.server.said(/[Ee]pisode 5/);
    assert.equal(all.server.peers.size, 2);
    welcome();
    await all.peer.closed;
    all.server.say('bert', '#tv', '!episode 6', { again: true });
    await all.server.said(/[Ee]pisode 6/);
    await next.sync();
    assert.equal(all.server.messages.length, 2);
    assert.equal(posts(all, 'POST /eventsub/subscriptions').length, subscriptions);
    assert.doesNotMatch(all.bot.log(), /lost: gateway/);
    await all.bot.waitForLog(/reconnecting on Twitch's request/);
    await finish(all);
  });

  test('session_reconnect: the new connection fails; the bot begins a new session at once', async () => {
    const all = await begin();
    let isFirst = true;
    all.server.on.welcome = (peer) => {
      if (!isFirst) return true;
      isFirst = false;
      peer.end();
      return false;
    };
    all.peer.send('RECONNECT');
    await (await all.server.peer()).closed;
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    await all.bot.waitForLog(/cannot move to the server that Twitch names/);
    await finish(all);
  });

  test('session_reconnect to another domain is refused', async () => {
    const all = await begin();
    all.server.reconnect(all.peer, all.server.url.replace('localhost', '127.0.0.1'));
    await all.bot.waitForLog(/cannot move .*: the reconnect URL is not in the domain of "url"/);
    const next = await all.server.peer();
    assert.doesNotMatch(next.url, /challenge/);
    await next.expect(/^JOIN #tv$/);
    await finish(all);
  });

  test('the grace time expires before the new connection is welcomed (4004): a new session', async () => {
    const all = await begin({ server: {} });
    all.server.graceMs = 300;
    all.server.on.welcome = (peer) => !peer.url.includes('challenge');
    all.peer.send('RECONNECT');
    const stuck = await all.server.peer();
    await all.peer.closed;
    stuck.end();
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    await finish(all);
  });

  for (const [code, words] of [
    [4000, /internal server error of Twitch \(4000\)/], [4001, /inbound traffic.* \(4001\)/], [4002, /ping \(4002\)/],
    [4003, /connection unused.* \(4003\)/], [4004, /reconnect grace time expired \(4004\)/], [4005, /network timeout at Twitch \(4005\)/],
    [4006, /network error at Twitch \(4006\)/], [4007, /Twitch refuses its reconnect URL \(4007\)/],
  ])
    test(`closed with ${code}: the log says what it means, and the bot subscribes again`, async () => {
      const all = await begin();
      all.server.close(all.peer, code);
      await all.bot.waitForLog(words);
      const next = await all.server.peer();
      await next.expect(/^JOIN #tv$/);
      all.server.say('anna', '#tv', '!ping');
      await all.server.said(/pong/i);
      await finish(all);
    });

  test('no keepalive in time: the connection counts as lost', async () => {
    const all = await begin({ server: { keepaliveS: 2 } });
    all.peer.isMute = true;
    await all.bot.waitForLog(/keepalive timeout: nothing received for 7 s/);
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    await finish(all);
  });

  test('keepalives keep an idle connection', async () => {
    const all = await begin({ server: { keepaliveS: 1 } });
    await new Promise((resolve) => setTimeout(resolve, 8000)); // longer than the timeout of 6 s
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    assert.equal(all.server.count, 1);
    await finish(all);
  });

  test('malformed frames are skipped', async () => {
    const all = await begin();
    for (const text of ['', '[]', '{', '{"metadata":{}}', '{"metadata":{"message_type":"notification"},"payload":7}', 'null', '\u0000'])
      all.peer.raw(text);
    all.peer.frame('notification', { event: { broadcaster_user_id: 5 } }, { subscription_type: 'channel.chat.message' });
    all.peer.frame('session_welcome', { session: { id: 'another' } });
    all.peer.frame('session_reconnect', { session: { reconnect_url: null } });
    all.peer.frame('session_of_tomorrow');
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    assert.equal(all.server.count, 1);
    await finish(all);
  });
});

describe('revocations', together, () => {
  for (const [status, words] of [
    ['user_removed', /removed from #tv: the account of the channel, or the bot's, no longer exists/],
    ['chat_user_banned', /removed from #tv: the bot is banned; ask the channel's moderators/],
    ['version_removed', /removed from #tv: Twitch no longer supports this subscription: update episoded/],
  ])
    test(`${status}: named with its fix; other channels are served`, async () => {
      const all = await begin({ server: { rooms: { '#two': {} } }, gateway: { channels: ['#tv', '#two'] } });
      all.server.revoke('#tv', status);
      await all.bot.waitForLog(words);
      all.server.say('anna', '#two', '!ping');
      assert.equal((await all.server.said(/pong/i)).room, '#two');
      await finish(all);
    });

  test('authorization_revoked, and the token is refused: the gateway fails and names the fix; a reload tries again', async () => {
    const all = await begin();
    all.server.api.expire('secret');
    all.server.revoke('#tv', 'authorization_revoked');
    await all.bot.waitForLog(/the authorization of the bot was revoked, or its password was changed/);
    await all.bot.waitForLog(/failed: gateway twitch: .*token/);
    const scopes = ['user:read:chat', 'user:write:chat'];
    all.server.api.allow('secret', { client: 'public1', userId: all.server.userId('episoded'), scopes });
    const from = all.bot.mark();
    all.bot.reload();
    await all.bot.waitForLog(/ready: gateway twitch/, WAIT_MS, from);
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    await finish(all);
  });

  test('authorization_revoked, but the token is valid at the second look: the bot subscribes again', async () => {
    const all = await begin();
    all.server.revoke('#tv', 'authorization_revoked');
    await all.peer.expect(/^JOIN #tv$/);
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    assert.doesNotMatch(all.bot.log(), /failed: gateway/);
    await finish(all);
  });

  test('one 401 on one request is not final: the token is valid at the second look, and the answer is sent', async () => {
    const all = await begin();
    all.server.faults['POST /chat/messages'] = [(seen) => seen.refuse(401, 'Unauthorized', 'Invalid OAuth token')];
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/);
    await all.peer.sync();
    assert.equal(all.server.messages.length, 1);
    assert.doesNotMatch(all.bot.log(), /failed: gateway/);
    await finish(all);
  });
});

describe('results', together, () => {
  test('the response is lost: the bot\'s own message confirms the answer, which is not sent again', async () => {
    const all = await begin({ server: { rooms: { '#tv': { role: 'moderator' } } } }); // whom Twitch refuses no repeated text
    all.server.answers = false;
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/);
    await new Promise((resolve) => setTimeout(resolve, 6000)); // the bot would send it again after 5 s
    assert.equal(posts(all).length, 1);
    all.server.answers = true;
    await all.bot.stop();
    await startAgain(all);
    await all.peer.sync();
    assert.equal(all.server.messages.length, 1);
    await finish(all);
  });

  test('response and own message are lost: sent again, and Twitch\'s refusal as a duplicate confirms it', async () => {
    const all = await begin();
    all.server.on.confirm = () => false;
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/);
    all.server.on.confirm = undefined;
    await all.peer.expect(/PRIVMSG/);
    await all.peer.expect(/PRIVMSG/);
    await all.peer.sync();
    assert.equal(all.server.messages.length, 1);
    await finish(all);
  });

  test('SIGKILL between the request and its response: the next process does not say it twice', async () => {
    const all = await begin();
    all.server.on.confirm = () => {
      all.bot.kill('SIGKILL');
      return false;
    };
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/);
    await all.bot.ended;
    all.server.on.confirm = undefined;
    await startAgain(all);
    await all.peer.expect(/PRIVMSG/); // refused as a duplicate
    await all.peer.sync();
    assert.equal(all.server.messages.length, 1);
    await all.bot.stop();
    await startAgain(all); // and it is completed
    await all.peer.sync();
    assert.equal(all.peer.heard.filter((line) => line.includes('PRIVMSG')).length, 0);
    await finish(all);
  });

  test('503 for a while: the answer is sent when the API is back, once', async () => {
    const all = await begin();
    all.server.faults['POST /chat/messages'] = [(seen) => seen.answer(503, {}), (seen) => seen.answer(502, '')];
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/, 30000);
    await all.peer.sync();
    assert.equal(all.server.messages.length, 1);
    await finish(all);
  });

  test('the API is not there for a while: nothing is lost', async () => {
    const all = await begin();
    all.server.faults['POST /chat/messages'] = [(seen) => seen.response.destroy()];
    all.server.say('anna', '#tv', '!episode 5');
    await all.server.said(/[Ee]pisode 5/, 30000);
    assert.equal(all.server.messages.length, 1);
    await finish(all);
  });

  test('a drop reason that is unknown is logged with its words and its code', async () => {
    const all = await begin();
    all.server.on.PRIVMSG = (peer, line, server) => server.notice(peer, server.rooms.get('#tv'), 'mystery_of_2027', 'Not today.') ?? false;
    all.server.say('anna', '#tv', '!ping');
    await all.bot.waitForLog(/#tv: an answer was dropped by Twitch: Not today\. \(mystery_of_2027\)/);
    all.server.on.PRIVMSG = undefined;
    all.server.say('anna', '#tv', '!episode 1');
    await all.server.said(/[Ee]pisode 1/);
    assert.equal(all.server.messages.length, 1);
    await finish(all);
  });

  test('the question was deleted before the answer: Twitch refuses the reply, and it is dropped', async () => {
    const all = await begin();
    all.server.say('anna', '#tv', '!episode 1');
    all.server.asked.clear();
    await all.bot.waitForLog(/#tv: HTTP 400, "Message cannot be replied to\."/);
    all.server.say('anna', '#tv', '!episode 2');
    await all.server.said(/[Ee]pisode 2/);
    await finish(all);
  });

  test('not permitted in the channel (403): silent for a while, with the reason', async () => {
    const all = await begin();
    all.server.faults['POST /chat/messages'] = [(seen) => seen.refuse(403, 'Forbidden', 'The sender is not permitted')];
    all.server.say('anna', '#tv', '!ping');
    await all.bot.waitForLog(/#tv: Twitch does not let the bot write here; is it banned, and does the token have the scopes/);
    await finish(all);
  });
});
