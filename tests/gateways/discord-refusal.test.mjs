// Refusals of Discord that pass: none ends a gateway or costs an answer before another request has proved it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CALLBACK, nothing, POST, startHome } from '../fake-discord/home.mjs';

const together = { concurrency: 6 };
const UNAUTHORIZED = { how: 'status', status: 401, body: '{"message":"401: Unauthorized","code":0}', type: 'application/json' };
const posts = (fake) => fake.rest.requests.filter(({ route }) => route === POST);
const looks = (fake) => fake.rest.requests.filter(({ path }) => path.endsWith('/users/@me'));

describe('a 401 with a valid token', together, () => {
  test('for one message: the token is checked, and the answer sent', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.faults.order({ ...UNAUTHORIZED, times: 1, route: POST });
    const ids = [fake.say('!episode 5'), fake.say('!episode 6', { author: 'bea' }), fake.say('!ping', { author: 'cleo', channel: fake.world.direct })];
    await home.once(ids);
    assert.equal(looks(fake).length, 1);
    await home.bot.waitForLog(/401 \(Unauthorized\) to POST \/channels\/\d+\/messages: checking the token/);
    await home.bot.waitForLog(/the token is valid/);
    assert.doesNotMatch(home.bot.log(), /failed|lost|4004/);
    assert.equal(fake.count('identify'), 1);
  });

  test('again and again: the answer is sent when it stops', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.faults.order({ ...UNAUTHORIZED, times: 4, route: POST });
    await home.once([fake.say('!episode 5')]);
    assert.equal(looks(fake).length, 1);
    assert.doesNotMatch(home.bot.log(), /failed/);
  });

  test('while the check of the token fails with 502: answers wait for it', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.faults.order({ ...UNAUTHORIZED, times: 1, route: POST });
    fake.faults.order({ how: 'status', status: 502, times: 2, route: 'GET /users/@me' });
    await home.once([fake.say('!episode 5')]);
    assert.equal(looks(fake).length, 3);
  });

  test('for an interaction with its own token: the bot token is not in question', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await fake.event('commands');
    fake.faults.order({ ...UNAUTHORIZED, body: '{"message":"Invalid Webhook Token","code":50027}', times: 1, route: CALLBACK });
    await fake.answered(fake.slash('episode', { episode: '5' }));
    assert.equal(looks(fake).length, 0);
  });

  test('for the slash commands: they are registered all the same', async (t) => {
    const { fake } = await startHome(t, {
      prepare: (fake) => fake.faults.order({ ...UNAUTHORIZED, times: 1, route: 'PUT /applications/{}/commands' }),
    });
    await fake.event('commands');
  });
});

describe('a token that is invalid', together, () => {
  test('and valid again: the bot comes back by itself, with the answers it owes', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const { token } = fake.app;
    await home.ask('!ping');
    fake.app.token = 'another';
    const id = fake.say('!episode 5');
    const [line] = await home.bot.waitForLog(/failed: gateway home: .*/);
    assert.match(line, /token.*next try in 10 s/);
    assert.doesNotMatch(line, /4004/);
    fake.app.token = token;
    const from = home.bot.log().length;
    await home.ready(from);
    await home.once([id]);
  });

  test('is tried again at a reload of the same file', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const { token } = fake.app;
    fake.app.token = 'another';
    const id = fake.say('!episode 5');
    await home.bot.waitForLog(/failed: gateway home: .*/);
    fake.app.token = token;
    const from = home.bot.log().length;
    home.bot.reload();
    await home.ready(from);
    await home.once([id]);
  });
});

describe('a close code that stops the bot', together, () => {
  for (const code of [4004, 4010, 4011, 4012, 4013, 4014])
    test(`${code}, sent wrongly: a new connection after ten seconds, and no question is lost`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      await home.ask('!ping');
      fake.gateway.closeAll(code);
      const id = fake.say('!episode 5');
      const [line] = await home.bot.waitForLog(/failed: gateway home: .*/);
      assert.match(line, new RegExp(`${code}.*next try in 10 s`));
      await nothing(fake, 'upgrade', 2000);
      await home.ready(home.bot.log().length);
      await home.once([id]);
    });

  test('4014 after the intent was taken away: without it, by itself, and the log says so', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const { flags } = fake.app;
    fake.app.flags = 0;
    fake.gateway.expireSessions();
    fake.gateway.closeAll(4000);
    await home.bot.waitForLog(/failed: gateway home: .*4014/);
    await home.bot.waitForLog(/Message Content Intent is off/);
    await home.ready(home.bot.log().indexOf('Message Content Intent is off'));
    await home.ask('!ping', { channel: fake.world.direct });
    assert.ok(!(fake.events.findLast(({ type }) => type === 'identify').intents & (1 << 15)));
    fake.app.flags = flags;
  });
});

describe('a channel that refuses one answer', together, () => {
  const refusal = (status, code, message) => ({ how: 'status', status, body: JSON.stringify({ message, code }), type: 'application/json', times: 1, route: POST });

  for (const [status, code, message] of [[403, 50001, 'Missing Access'], [404, 10003, 'Unknown Channel'], [403, 50013, 'Missing Permissions'], [403, 50007, 'Cannot send messages to this user']])
    test(`${code} ${message}, once: the answer is sent, and the next question is answered`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      fake.faults.order(refusal(status, code, message));
      await home.once([fake.say('!episode 5')]);
      assert.doesNotMatch(home.bot.log(), /may not speak/);
    });

  test('twice: it is proved, and the channel is mute', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.faults.order({ ...refusal(403, 50001, 'Missing Access'), times: 2 });
    fake.say('!episode 5');
    await home.bot.waitForLog(/may not speak in channel/);
  });
});

describe('an edge in front of Discord answers a page', together, () => {
  for (const [status, body] of [[400, '<html>400 Bad Request</html>'], [403, 'error code: 1020'], [404, '<html>404</html>'], [405, '<html>405</html>'], [403, '']])
    test(`${status} ${body}: the answer is sent later, and the channel is not given up`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      fake.faults.order({ how: 'status', status, body, times: 2, route: POST });
      await home.once([fake.say('!episode 5')]);
      assert.doesNotMatch(home.bot.log(), /may not speak|dropped/);
      assert.deepEqual(posts(fake).slice(0, 2).map((each) => each.status), [status, status]);
    });

  test('429 without JSON and without Retry-After (error 1015): everything pauses for a minute', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.faults.order({ how: 'status', status: 429, body: 'error code: 1015', type: 'text/plain', isForeign: true, times: 1, route: POST });
    fake.say('!episode 5');
    await home.bot.waitForLog(/no requests for (59|60)\.\d s: /);
    await nothing(fake, 'request');
  });

  test('during a back-fill: the channel is not forgotten', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await home.ask('!ping');
    fake.faults.order({ how: 'status', status: 404, times: 2, route: 'GET /channels/{}/messages' });
    fake.gateway.expireSessions();
    fake.gateway.closeAll(4009);
    await home.once([fake.say('!episode 5')]);
  });
});
