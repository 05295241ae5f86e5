// Twitch's token: refresh, refusals and crashes. The real bot, a strict scripted Twitch and its authorization server.

import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { WAIT_MS, within } from '../harness/process.mjs';
import { answerWith, loseAnswer } from '../harness/twitch-api.mjs';
import { assertNoSecrets, begin, beginLogin, finish, leaveLogin, livingPeer, startLoggedIn } from '../harness/twitch-bot.mjs';

const together = { concurrency: 6 };
const isRefresh = (request) => request.form.grant_type === 'refresh_token';
const refreshes = (all) => all.api.requests.filter(isRefresh);
const isGood = (request) => isRefresh(request) && request.status === 200;
const REFUSED = JSON.stringify({ status: 400, message: 'Invalid refresh token' });

const answers = async (all) => {
  const id = all.server.say('anna', '#tv', '!ping');
  assert.equal((await all.server.said(/pong/i)).tags['reply-parent-msg-id'], id);
};

describe('a login', together, () => {
  test('is taken from its file: validated, stored, the file removed; the log has no token', async () => {
    const all = await beginLogin({ more: { trace: true, log_level: 'debug' } });
    assert.equal(all.api.requests[0].path, '/validate');
    assert.equal(all.api.requests[0].authorization, `OAuth ${all.grant.access}`);
    assert.ok(all.peer.heard.includes(`PASS oauth:${all.grant.access}`));
    assert.ok(!existsSync(join(all.state, 'twitch-twitch.login')));
    assert.equal(statSync(join(all.state, 'episoded.db')).mode & 0o777, 0o600);
    await answers(all);
    await all.bot.waitForLog(/validation of the token: valid for 1\d+ s, scopes chat:read/);
    assertNoSecrets(all, all.bot.log());
    await all.bot.stop();
    await startLoggedIn(all);
    await answers(all);
    assert.equal(refreshes(all).length, 0);
    await finish(all);
  });

  test('missing: the log says how to log in; a login revives the gateway without a reload', async () => {
    const all = await beginLogin({ login: null, isReady: false });
    await all.bot.waitForLog(/failed: gateway twitch: not logged in: run: episoded twitch login twitch/);
    assert.equal(all.server.count, 0);
    leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit']));
    await all.bot.waitForLog(/new login as episoded/);
    await all.bot.waitForLog(/ready: gateway twitch/);
    all.peer = await livingPeer(all);
    await answers(all);
    await finish(all);
  });

  test('with a scope missing: the scope and the fix are named, and nothing is tried until the next login', async () => {
    const all = await beginLogin({ login: { scopes: ['chat:read'] }, isReady: false });
    await all.bot.waitForLog(/failed: gateway twitch: the token lacks the scope chat:edit: log in again: episoded twitch login twitch/);
    assert.equal(all.server.count, 0);
    leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:edit', 'chat:read']));
    await all.bot.waitForLog(/ready: gateway twitch/);
    await finish(all);
  });

  test('of another application than client_id', async () => {
    const all = await beginLogin({
      server: { api: { clients: { public1: {}, public2: {} } } }, gateway: { client_id: 'public2' }, login: null, isReady: false,
    });
    leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit']));
    await all.bot.waitForLog(/failed: gateway twitch: the stored login is of another application than "client_id": log in again/);
    await finish(all);
  });

  test('that is no login: refused with the reason, and the bot goes on', async () => {
    const all = await beginLogin();
    leaveLogin(all.state, { access: 'two words', refresh: '', client: '', userId: '', login: '', scopes: [] }, 'x');
    await all.bot.waitForLog(/the login in .* cannot be read/);
    await answers(all);
    await finish(all);
  });
});

describe('refresh', together, () => {
  test('before the token expires, without cutting the connection; the next connection uses the new token', async () => {
    const all = await beginLogin({ login: { expiresIn: 6 } });
    await all.api.requested(isGood);
    const validated = all.api.count('/validate');
    await answers(all);
    assert.equal(all.server.count, 1);
    assert.equal(validated, 1);
    all.peer.send('RECONNECT');
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    assert.ok(!next.heard.includes(`PASS oauth:${all.grant.access}`));
    assert.equal(refreshes(all).length, 1);
    assert.equal(refreshes(all)[0].form.client_secret, undefined);
    assert.deepEqual(all.bot.complaints(), []);
    assertNoSecrets(all, all.bot.log());
    await finish(all);
  });

  test('many times: each refresh token is used once, also over a restart', async () => {
    const all = await beginLogin({ server: { api: { expiresIn: 3 } }, login: { expiresIn: 3 } });
    await all.api.requested(() => refreshes(all).length >= 2);
    await all.bot.stop();
    await startLoggedIn(all);
    const count = refreshes(all).length;
    await all.api.requested(() => refreshes(all).length > count);
    await answers(all);
    await finish(all); // api.violations is empty
  });

  test('token expired while connected: the refused login of the next connection gets a new token', async () => {
    const all = await beginLogin();
    all.api.expire(all.grant.access);
    const from = all.bot.mark();
    all.peer.end();
    await all.bot.waitForLog(/login refused by Twitch: validating the token/);
    await all.bot.waitForLog(/ready: gateway twitch/, WAIT_MS, from);
    all.peer = await livingPeer(all);
    await answers(all);
    assert.equal(refreshes(all).length, 1);
    await finish(all);
  });

  test('token expired while the bot was away: refreshed at the start, before the first login', async () => {
    const all = await beginLogin();
    await all.bot.stop();
    all.api.expire(all.grant.access);
    all.server.logins.limit = 2; // the one of before, and one
    await startLoggedIn(all);
    await answers(all);
    await finish(all);
  });

  test('refused at a RECONNECT: the old connection stays until the new one is in', async () => {
    const all = await beginLogin();
    all.api.expire(all.grant.access);
    const from = all.bot.mark();
    all.peer.send('RECONNECT');
    await all.bot.waitForLog(/login refused by Twitch/);
    await all.server.peer();
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    await all.peer.closed;
    await answers(all);
    assert.doesNotMatch(all.bot.log().slice(from), /lost: gateway/);
    await finish(all);
  });

  test('a confidential application: with its secret, and the refresh token is used again', async () => {
    process.env.TWITCH_SECRET = 's3cretofapp';
    const all = await beginLogin({
      server: { api: { clients: { secret1: { secret: 's3cretofapp' } } } },
      gateway: { client_id: 'secret1', client_secret: { env: 'TWITCH_SECRET' } }, login: { expiresIn: 4 },
    });
    const { form } = await all.api.requested(isGood);
    assert.equal(form.client_secret, 's3cretofapp');
    await answers(all);
    assert.doesNotMatch(all.bot.log(), /s3cretofapp/);
    await finish(all);
  });

  test('a confidential application without its secret: the fix is named, and the bot stays as long as the token lasts', async () => {
    const all = await beginLogin({
      server: { api: { clients: { secret1: { secret: 's3cretofapp' } } } }, gateway: { client_id: 'secret1' }, login: { expiresIn: 6 },
    });
    await all.bot.waitForLog(/the token cannot be refreshed, and expires in 1 min: missing client secret: set the application's client type to Public/);
    await answers(all);
    await all.bot.waitForLog(/failed: gateway twitch: the token cannot be refreshed: missing client secret/);
    await finish(all);
  });

  test('a server clock that is a day ahead changes nothing: expires_in counts from its receipt', async () => {
    const all = await beginLogin({ server: { api: { now: () => Date.now() + 86400000 } }, login: { expiresIn: 6 } });
    await all.api.requested(isGood);
    await answers(all);
    await finish(all);
  });
});

describe('passing trouble', together, () => {
  for (const [what, fault] of [
    ['503', answerWith(503, 'upstream')], ['429', answerWith(429, '{"status":429,"message":"too many requests"}')],
    ['a captive portal', answerWith(401, '<html>log in</html>')],
    ['a response that is not JSON', answerWith(200, '<html>hello</html>')],
  ])
    test(`${what} at the first validation: the chat is entered all the same`, async () => {
      const all = await beginLogin({ login: null, isReady: false });
      all.api.faults['/validate'] = [fault];
      leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit']));
      await all.bot.waitForLog(/cannot validate the token: .*; next try in 5 s/);
      await all.bot.waitForLog(/ready: gateway twitch/);
      await all.bot.waitForLog(/the token is validated again/);
      assert.equal(refreshes(all).length, 0);
      await finish(all);
    });

  test('429 at a refresh: tried again, and the connection stays', async () => {
    const all = await beginLogin({ login: null, isReady: false });
    all.api.faults['/token'] = [answerWith(429)];
    leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit'], { expiresIn: 4 }));
    await all.bot.waitForLog(/cannot refresh the token: HTTP status 429; next try in 5 s/);
    await all.api.requested(isGood);
    assert.equal(all.server.count, 1);
    await finish(all);
  });

  test('no authorization server at the start and a refused login: retried, never final', async () => {
    const all = await beginLogin({ login: null, isReady: false });
    const grant = all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit']);
    all.api.faults['/validate'] = [answerWith(502), answerWith(502)];
    let count = 0;
    all.server.on.NICK = (peer) => ++count > 1 || peer.refuse('Login authentication failed');
    leaveLogin(all.state, grant);
    await all.bot.waitForLog(/login refused by Twitch: validating/);
    await all.bot.waitForLog(/ready: gateway twitch/);
    assert.doesNotMatch(all.bot.log().split('new login')[1], /failed: gateway/);
    await finish(all);
  });

  test('one refused refresh by mistake: the access token still works, so the bot stays and says what to do', async () => {
    const all = await beginLogin({ login: null, isReady: false });
    all.api.faults['/token'] = [answerWith(400, REFUSED)];
    leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit'], { expiresIn: 6 }));
    await all.bot.waitForLog(/Twitch refuses the refresh token \(Invalid refresh token\): the bot stays until the access token expires in 1 min; log in again before/);
    assert.doesNotMatch(all.bot.log().split('new login')[1], /failed: gateway/);
    await finish(all);
  });
});

describe('final refusals', together, () => {
  test('access revoked by the person: validated and refused by two calls, then no loop; a login revives', async () => {
    const all = await beginLogin();
    all.api.revokeAll('77', 'public1');
    all.peer.end();
    await all.bot.waitForLog(/failed: gateway twitch: Twitch refuses the tokens \(Invalid refresh token\): log in again: episoded twitch login twitch/);
    const seen = all.api.requests.length;
    assert.deepEqual(all.api.requests.slice(-2).map((request) => request.path), ['/validate', '/token']);
    leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit']));
    const from = all.bot.mark();
    await all.bot.waitForLog(/ready: gateway twitch/, WAIT_MS, from);
    assert.equal(all.api.requests.length, seen + 1);
    await finish(all);
  });

  test('access revoked: a reload tries again', async () => {
    const all = await beginLogin();
    all.api.revokeAll('77', 'public1');
    all.peer.end();
    await all.bot.waitForLog(/failed: gateway twitch/);
    const seen = refreshes(all).length;
    all.bot.reload();
    await all.api.requested(() => refreshes(all).length > seen);
    await finish(all);
  });
});

describe('kill -9', together, () => {
  test('before Twitch carried out the refresh: the same refresh token works at the expiry', async () => {
    const all = await beginLogin({ login: null, isReady: false });
    all.api.faults['/token'] = [async () => { await all.bot.killed(); return true; }];
    leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit'], { expiresIn: 8 }));
    await all.bot.ended;
    await startLoggedIn(all);
    await all.bot.waitForLog(/a refresh of the token was interrupted/);
    await all.api.requested(isGood);
    assert.equal(refreshes(all).length, 2);
    await answers(all);
    await finish(all);
  });

  for (const revokesOld of [false, true])
    test(`after Twitch issued a new pair${revokesOld ? ' and revoked the old one' : ''}, before it came: what works is used, then the log says what to do`, async () => {
      const all = await beginLogin({ server: { api: { revokesOld } }, login: null, isReady: false });
      all.api.faults['/token'] = [async ({ go }) => { go(); await all.bot.killed(); return true; }];
      leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit'], { expiresIn: 24 }));
      await within(WAIT_MS, 'the kill', all.bot.ended);
      await startLoggedIn(all, !revokesOld);
      if (!revokesOld) await answers(all);
      await all.bot.waitForLog(/failed: gateway twitch: Twitch refuses the tokens \(Invalid refresh token; an earlier refresh was interrupted\): log in again: episoded twitch login twitch/);
      assert.equal(refreshes(all).length, 2);
      leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit']));
      await all.bot.waitForLog(/ready: gateway twitch/, WAIT_MS, all.bot.mark());
      assert.deepEqual(all.api.violations.splice(0), ['a refresh token was used twice']);
      await finish(all);
    });

  test('after the new pair was stored: the next process uses it', async () => {
    const all = await beginLogin({ login: { expiresIn: 4 }, more: { log_level: 'debug' } });
    await all.bot.waitForLog(/token refreshed, valid for 240 min/);
    await all.bot.killed();
    await startLoggedIn(all);
    assert.equal(refreshes(all).length, 1);
    await answers(all);
    await finish(all);
  });

  test('between the login file and its removal: the login is taken once', async () => {
    const all = await beginLogin({ login: { expiresIn: 4 }, more: { log_level: 'debug' } });
    await all.bot.waitForLog(/token refreshed/);
    await all.bot.killed();
    leaveLogin(all.state, all.grant); // as if it had not been removed; its refresh token is spent
    await startLoggedIn(all);
    assert.ok(!existsSync(join(all.state, 'twitch-twitch.login')));
    await answers(all);
    await finish(all);
  });

  test('a lost response while the bot lives: not repeated while the access token works', async () => {
    const all = await beginLogin({ login: null, isReady: false });
    all.api.faults['/token'] = [loseAnswer];
    leaveLogin(all.state, all.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit'], { expiresIn: 20 }));
    await all.bot.waitForLog(/cannot refresh the token: .*; next try in (9|10) s/);
    await all.api.requested((request) => request.path === '/validate' && request.status === 200, WAIT_MS, 2);
    assert.equal(refreshes(all).length, 1);
    await finish(all);
  });
});

describe('a token of the configuration', together, () => {
  test('that expires soon: a warning with the fix, and no refresh', async () => {
    const all = await begin({ server: { api: { expiresIn: 3000 } } });
    await all.bot.waitForLog(/"token" expires in 50 min: make a token for "login" with the scopes chat:read and chat:edit, then reload; or use "client_id"/);
    assert.equal(refreshes({ api: all.server.api }).length, 0);
    await finish(all);
  });

  test('that lacks a scope: named', async () => {
    process.env.TWITCH_TOKEN = 'secret';
    const all = await beginLogin({
      server: { api: { scopes: ['chat:edit'] } }, gateway: { client_id: undefined, token: { env: 'TWITCH_TOKEN' } }, login: null, isReady: false,
    });
    await all.bot.waitForLog(/failed: gateway twitch: the token lacks the scope chat:read: make a token for "login" with the scopes chat:read and chat:edit, then reload/);
    await finish(all);
  });

  test('one refusal of the chat while the token is valid is not final', async () => {
    let count = 0;
    const all = await begin({ isReady: false, server: { on: { NICK: (peer) => ++count > 1 || peer.refuse('Login authentication failed') } } });
    await all.bot.waitForLog(/login refused by Twitch: validating the token/);
    await all.bot.waitForLog(/ready: gateway twitch/, 40000);
    assert.doesNotMatch(all.bot.log(), /failed: gateway/);
    await finish(all);
  });

  test('that expired while connected: the connection stays, and the log says what to do', async () => {
    const all = await begin({ server: { api: { expiresIn: 4 } } });
    await all.bot.waitForLog(/"token" has expired: make a token/);
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    await finish(all);
  });
});
