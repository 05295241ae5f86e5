// Compression is what the server sends, whatever the bot asked for.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { startHome, textOf } from '../fake-discord/home.mjs';

const together = { concurrency: 6 };
const LONG = { guildId: undefined, intent: 0, shape: () => ({ text: 'long '.repeat(200000) }) };

// Small, large, several at once, and after a resume.
async function hears(home) {
  const { fake } = home;
  await home.ask('!ping');
  fake.gateway.dispatch('GUILD_AUDIT_LOG_ENTRY_CREATE', LONG);
  await home.once(['bea', 'cleo', 'dora'].map((author) => fake.say('!episode 5', { author })));
  const from = fake.events.length;
  fake.gateway.cut();
  await fake.event('resumed', { from });
  assert.match(textOf(await home.ask('!episode 6', { author: 'emil' })), /6/);
}

const opens = (fake) => fake.events.filter(({ type }) => type === 'open').map(({ compression }) => compression);

describe('a server that sends', together, () => {
  for (const asked of ['zstd-stream', 'zlib-stream', 'none'])
    for (const sent of ['none', 'binary', 'zlib-stream', 'zstd-stream', 'zlib'].filter((each) => each !== asked))
      test(`${sent} when ${asked} was asked for is heard`, async (t) => {
        const home = await startHome(t, { gateway: { compress: asked }, prepare: (fake) => (fake.gateway.orders.sends = () => sent) });
        await hears(home);
        assert.equal(home.fake.count('identify'), 1);
        assert.deepEqual(opens(home.fake), [asked, asked]);
        assert.doesNotMatch(home.bot.log(), /cannot be unpacked/);
        if (!['binary', 'zlib'].includes(sent)) await home.bot.waitForLog(/was asked for, the server sends/);
      });

  test('each connection packed in another way is heard', async (t) => {
    const kinds = ['zlib-stream', 'none', 'zstd-stream', 'zlib', 'binary'];
    const home = await startHome(t, { prepare: (fake) => (fake.gateway.orders.sends = () => kinds.shift()) });
    const { fake } = home;
    while (kinds.length) {
      const from = fake.events.length;
      fake.gateway.cut();
      await fake.event('resumed', { from });
      await home.ask('!ping', { author: `person${kinds.length}` });
    }
    assert.equal(fake.count('identify'), 1);
  });

  for (const compress of ['zlib-stream', 'zstd-stream'])
    test(`a payload of ${compress} in several messages is heard`, async (t) => {
      const home = await startHome(t, { gateway: { compress }, prepare: (fake) => (fake.gateway.orders.split_bytes = 47) });
      const { fake } = home;
      await home.once([fake.say('!episode 5'), fake.say('!episode 6', { author: 'bea' })]);
      assert.equal(fake.count('open'), 1);
    });

  for (const sent of ['zlib-stream', 'zstd-stream', 'zlib'])
    test(`several payloads of ${sent} in one message is heard`, async (t) => {
      const home = await startHome(t, { prepare: (fake) => Object.assign(fake.gateway.orders, { joined: true, sends: () => sent }) });
      const { fake } = home;
      await home.once(['ada', 'bea', 'cleo', 'dora'].map((author) => fake.say('!episode 5', { author })));
      assert.equal(fake.count('open'), 1);
    });
});

describe('what cannot be unpacked twice', together, () => {
  for (const sent of ['garbage', 'zstd-wide'])
    test(`(${sent}) is asked for without compression, and the log says so`, async (t) => {
      const home = await startHome(t, {
        prepare: (fake) => (fake.gateway.orders.sends = (asked) => (asked === 'none' ? undefined : sent)),
      });
      await home.ask('!episode 5');
      assert.deepEqual(opens(home.fake), ['zstd-stream', 'zstd-stream', 'none']);
      await home.bot.waitForLog(/shard 0: what the server sends after zstd-stream was asked for cannot be unpacked \(.*\), 2 times now: connecting without compression for the next 60 min/);
    });

  test('during a session: it is resumed, and no question is lost', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await home.ask('!ping');
    fake.gateway.orders.sends = (asked) => (asked === 'none' ? undefined : 'garbage');
    fake.gateway.cut();
    await home.once([fake.say('!episode 5')]);
    assert.equal(fake.count('identify'), 1);
    assert.equal(opens(fake).at(-1), 'none');
  });

  test('once only: compression is asked for again', async (t) => {
    const sent = ['garbage'];
    const home = await startHome(t, { prepare: (fake) => (fake.gateway.orders.sends = () => sent.shift()) });
    await home.ask('!ping');
    assert.deepEqual(opens(home.fake), ['zstd-stream', 'zstd-stream']);
  });

  test('a server that closes with 4002 when asked for it: the same', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.gateway.orders.unknownCompression = 'zstd-stream') });
    await home.ask('!ping');
    assert.deepEqual(opens(home.fake), ['zstd-stream', 'zstd-stream', 'none']);
  });
});
