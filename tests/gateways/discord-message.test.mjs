// What people say on Discord, and what the bot does with it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { startHome, textOf } from '../fake-discord/home.mjs';

describe('a message', { concurrency: 4 }, () => {
  test('is answered as a reply that pings nobody', async (t) => {
    const home = await startHome(t);
    const { body, message } = await home.ask('!episode 5');
    assert.match(textOf({ body }), /5/);
    assert.deepEqual(body.allowed_mentions.parse, []);
    assert.equal(body.enforce_nonce, true);
    assert.ok(message.nonce.startsWith('e'));
  });

  test('in private needs no prefix', async (t) => {
    const home = await startHome(t);
    const answer = await home.ask('episode 5', { channel: home.fake.world.direct });
    assert.equal(answer.channelId, home.fake.world.direct.id);
  });

  test('that mentions the bot needs none either', async (t) => {
    const home = await startHome(t);
    await home.ask(`<@${home.fake.app.user.id}> episode 5`);
  });

  test('of a bot, a webhook, the bot itself or a notice is nobody\'s question', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const ids = [
      fake.say('!episode 1', { webhook_id: '1234567890123456' }),
      fake.say('!episode 1', { type: 6 }),
      fake.say('just talking about !episode 1'),
      fake.say('!nosuchcommand'),
    ];
    for (const author of [{ ...fake.world.user('robot'), bot: true }, fake.app.user]) {
      const message = fake.world.addMessage(fake.world.general, { content: '!episode 1', author });
      fake.publish(message);
      ids.push(message.id);
    }
    await home.ask('!ping');
    assert.deepEqual(fake.answers.tally(ids), { asked: 6, unanswered: 6, once: 0, doubled: 0 });
  });

  test('that comes twice, or late, is answered once', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const ids = [fake.say('!episode 1'), fake.say('!episode 2', { author: 'bea' })];
    for (const id of [...ids].reverse()) fake.publish(fake.message(id));
    await home.once(ids);
    for (const id of ids) fake.publish(fake.message(id));
    await home.once(ids);
  });

  test('of a person with markup in it comes back harmless', async (t) => {
    const home = await startHome(t);
    const answer = await home.ask('!search @everyone **bold** <@123456789012345678> `code`');
    assert.doesNotMatch(textOf(answer), /(^|[^\\])\*\*bold\*\*/);
    assert.deepEqual(answer.body.allowed_mentions.parse, []);
  });

  test('without the intent: a mention and a private message are heard, and the log names the setting', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.app.flags = 0) });
    const { fake } = home;
    const { intents } = fake.events.find(({ type }) => type === 'identify');
    assert.equal(intents & (1 << 15), 0);
    assert.match(home.bot.log(), /message.content/i);
    await home.ask(`<@${fake.app.user.id}> episode 5`);
    await home.ask('episode 5', { channel: fake.world.direct, author: 'bea' });
  });
});
