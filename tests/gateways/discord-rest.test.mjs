// The REST API: rate limits of every kind, and failures of every kind.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { nothing, POST, startHome } from '../fake-discord/home.mjs';

const together = { concurrency: 6 };
const posts = (fake) => fake.rest.requests.filter(({ route }) => route === POST);

describe('an answer survives', together, () => {
  const faults = [
    ['502 with HTML, twice', { how: 'status', status: 502, times: 2 }],
    ['503 with an empty body', { how: 'status', status: 503, body: '', times: 1 }],
    ['504 with broken JSON', { how: 'status', status: 504, body: '{"message":', type: 'application/json', times: 1 }],
    ['500 with JSON', { how: 'status', status: 500, body: '{"message":"Internal Server Error","code":0}', type: 'application/json', times: 1 }],
    ['a connection that is cut', { how: 'cut', times: 1 }],
    ['a connection that is cut after it was done', { how: 'lost', times: 1 }],
    ['half an answer', { how: 'truncate', times: 1 }],
    ['an answer in single bytes', { how: 'slow', times: 1 }],
    ['an answer that never comes', { how: 'hang', times: 1 }],
  ];
  for (const [name, fault] of faults)
    test(name, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      fake.faults.order({ ...fault, route: POST });
      const id = fake.say('!episode 5');
      await fake.answered(id, 40000);
      await fake.until(() => fake.answers.repeated || posts(fake).at(-1).status === 200, 'a POST that succeeds', 40000);
      await home.once([id]);
      assert.equal(fake.faults.happened, fault.times);
    });

  for (const scope of ['user', 'shared', 'global'])
    test(`429 with scope ${scope}: it waits for the time that Discord says`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      fake.faults.order({ how: 'limit', scope, after_ms: 1500, times: 1, route: POST });
      const id = fake.say('!episode 5');
      await fake.answered(id);
      const [first, second] = posts(fake);
      assert.equal(first.status, 429);
      assert.ok(second.at_ms - first.at_ms >= 1450, `only ${second.at_ms - first.at_ms} ms`);
      await home.once([id]);
    });

  test('a 429 of Cloudflare, which is not JSON', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.faults.order({ how: 'cloudflare', after_ms: 2000, times: 1, route: POST });
    const id = fake.say('!episode 5');
    await fake.answered(id);
    const [first, second] = posts(fake);
    assert.ok(second.at_ms - first.at_ms >= 1950);
    await home.once([id]);
  });
});

describe('limits', together, () => {
  test('of a bucket are respected without a single 429', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const ids = Array.from({ length: 13 }, (_, i) => fake.say('!episode 5', { author: `person${i}` }));
    await home.once(ids, 30000);
    assert.deepEqual(posts(fake).map(({ status }) => status).filter((status) => status !== 200), []);
  });

  test('of one channel do not delay another', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const [, other] = fake.world.home.channels;
    const held = Array.from({ length: 8 }, (_, i) => fake.say('!episode 5', { author: `person${i}` }));
    await home.ask('!episode 5', { channel: other, author: 'zoe' });
    assert.ok(fake.answers.tally(held).unanswered > 0, 'the other channel was answered last');
  });

  test('that are hidden delay only the requests that they affect', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.rest.limits.hide(POST, 2, 2000);
    const ids = Array.from({ length: 4 }, (_, i) => fake.say('!episode 5', { author: `person${i}` }));
    await home.once(ids, 30000);
  });

  test('that are global are respected: 50 per second', async (t) => {
    const home = await startHome(t, { fake: { guilds: 60, rest: { scale: 100 } } });
    const { fake } = home;
    const channels = [...fake.world.guilds.values()].flatMap((guild) => guild.channels);
    const ids = channels.map((channel, i) => fake.say('!episode 5', { channel, author: `person${i}` }));
    await home.once(ids, 30000);
    assert.deepEqual(posts(fake).map(({ status }) => status).filter((status) => status !== 200), []);
  });
});

describe('no further try', together, () => {
  test('where the bot may not speak', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.world.general.canSend = false;
    const id = fake.say('!episode 5');
    await fake.until(() => posts(fake).at(-1)?.status === 403, 'a refusal');
    await home.ask('!ping', { channel: fake.world.home.channels[1] });
    // A refused card is repeated as plain text; if that is refused too, the bot gives up.
    assert.ok(posts(fake).filter(({ path }) => path.includes(fake.world.general.id)).length <= 2);
    assert.equal(fake.answers.of(id).length, 0);
  });

  test('with a token that is wrong from the start: no connection is opened, and the log gives advice', async (t) => {
    const home = await startHome(t, { isReady: false, prepare: (fake) => (fake.app.token = 'another') });
    const [line] = await home.bot.waitForLog(/(lost|failed): gateway home: .*/);
    assert.match(line, /token/i);
    assert.equal(home.fake.count('upgrade'), 0);
    await nothing(home.fake, 'request');
  });

  test('with a token that was reset', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.app.token = 'another';
    fake.say('!episode 5');
    const [line] = await home.bot.waitForLog(/(lost|failed): gateway home: .*/);
    assert.match(line, /token/i);
    await nothing(fake, 'request');
  });
});

describe('the gateway is not disturbed', together, () => {
  test('by a REST API that never answers', async (t) => {
    const home = await startHome(t, { fake: { heartbeatInterval_ms: 1500 } });
    const { fake } = home;
    fake.faults.order({ how: 'hang' });
    const from = fake.events.length;
    for (let i = 0; i < 20; i++) fake.say('!episode 5', { author: `person${i}`, channel: fake.world.home.channels[i % 2] });
    await fake.until(() => fake.count('heartbeat', from) >= 3, 'three heartbeats');
    assert.equal(fake.count('close', from), 0);
    assert.ok(posts(fake).length > 0 && posts(fake).every(({ status }) => !status), 'nothing was answered meanwhile');
    fake.faults.clear();
  });
});

describe('before the first IDENTIFY', together, () => {
  test('an interactions URL is reported', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.app.interactionsUrl = 'https://example.org/') });
    await home.bot.waitForLog(/interactions.*url/i);
  });

  test('the invite link and the remaining sessions are logged', async (t) => {
    const home = await startHome(t);
    await home.bot.waitForLog(new RegExp(`oauth2/authorize\\?client_id=${home.fake.app.id}`));
    await home.bot.waitForLog(/\b1000\b.*(session|identif)|(session|identif).*\b1000\b/i);
  });

  test('with no session left it waits until new ones are available', async (t) => {
    const home = await startHome(t, {
      isReady: false,
      prepare: (fake) => Object.assign(fake.app.starts, { remaining: 0, reset_after_ms: 3000 }),
    });
    const { fake } = home;
    const begin_ms = fake.now_ms();
    setTimeout(() => Object.assign(fake.app.starts, { remaining: 1000, reset_after_ms: 86400000 }), 2500);
    const identify = await fake.event('identify', { ms: 20000 });
    assert.ok(identify.at_ms - begin_ms > 1500, 'it must not identify while none is left');
    await home.ready();
  });

  test('a REST API that is down at the start is retried', async (t) => {
    const home = await startHome(t, { prepare: (fake) => fake.faults.order({ how: 'status', status: 502, times: 3 }) });
    await home.ask('!ping');
  });

  test('the User-Agent is as documented, over HTTP/2', async (t) => {
    const home = await startHome(t);
    await home.ask('!ping');
    const { headers, version } = posts(home.fake).at(-1);
    assert.match(headers['user-agent'], /^DiscordBot \(https:\/\/\S+, \d+\.\d+\.\d+\)/);
    assert.equal(version, '2.0');
  });
});
