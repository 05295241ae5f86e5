// Messages of people on Discord, and the bot's reactions.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { startHome, textOf } from '../fake-discord/home.mjs';

describe('a message', { concurrency: 4 }, () => {
  test('is answered with a reply that pings no one', async (t) => {
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

  test('that mentions the bot needs no prefix', async (t) => {
    const home = await startHome(t);
    await home.ask(`<@${home.fake.app.user.id}> episode 5`);
    await home.ask(`episode 6 <@!${home.fake.app.user.id}>`, { author: 'bea' });
  });

  test('that mentions the bot\'s own role is answered, also after a restart', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const other = fake.say('<@&1234567890123456> episode 5', { author: 'bea' });
    await home.ask(`<@&${fake.world.home.role}> episode 5`);
    await home.stop();
    await home.start();
    assert.equal(fake.count('identify'), 1, 'the session is resumed, which does not tell of guilds');
    await home.ask(`episode 6 <@&${fake.world.home.role}>`, { author: 'cleo' });
    assert.equal(fake.answers.of(other).length, 0);
  });

  test('in a thread, a forum\'s post or beside a voice channel is answered there', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    for (const kind of ['thread', 'voice']) {
      const channel = fake.world.addChannel(kind);
      const { channelId } = await home.ask('!episode 5', { channel, author: kind });
      assert.equal(channelId, channel.id);
    }
    const { thread } = { thread: fake.world.addChannel('thread', 'a post') };
    const opening = fake.say('!episode 5', { channel: thread, type: 21 }); // a copy of the thread's first message
    await home.ask('!ping', { channel: thread });
    assert.equal(fake.answers.of(opening).length, 0);
  });

  test('that gets a preview of its link, or is edited after a minute, is not answered again', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const ids = [fake.say('!episode 5'), fake.say('so, episode 5', { author: 'bea' })];
    await fake.answered(ids[0]);
    for (const id of ids) {
      fake.edit(id);
      fake.edit(id, '!episode 6', { after_ms: 61000 });
    }
    await home.ask('!ping', { author: 'last' });
    assert.deepEqual(ids.map((id) => fake.answers.of(id).length), [1, 0]);
    assert.equal(fake.count('edit'), 0);
  });

  test('is not a question inside code, a quotation or a sentence', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const ids = ['`!episode 5`', '```\n!episode 5\n```', '> !episode 5', 'try !episode 5', '||!episode 5||', '! episode 5', '!!!'].map((text, i) =>
      fake.say(text, { author: `person${i}` }));
    await home.ask('!ping');
    assert.equal(fake.answers.tally(ids).unanswered, ids.length);
  });

  test('of a bridge that is configured as one is answered, of any other webhook or bot it is not', async (t) => {
    const [hook, robot, other] = ['1234567890123456', '2234567890123456', '3234567890123456'];
    const home = await startHome(t, { gateway: { bridges: [hook, robot] } });
    const { fake } = home;
    const by = (id, more) => {
      const author = { ...fake.world.user(`user${id}`), id, bot: true };
      const message = fake.world.addMessage(fake.world.general, { content: '!episode 5', author, ...more });
      fake.publish(message);
      return message.id;
    };
    const heard = [by(hook, { webhook_id: hook }), by(robot)];
    const ignored = [by(other, { webhook_id: other }), by(other), by(robot, { webhook_id: other }), by(hook, { webhook_id: hook, type: 6 })];
    await home.once(heard);
    assert.equal(fake.answers.tally(ignored).unanswered, ignored.length);
    // Wrong commands of machines get no error text either.
    const wrong = fake.world.addMessage(fake.world.general, {
      content: `<@${fake.app.user.id}> nosuchcommand`, author: { ...fake.world.user('robot'), bot: true },
    });
    fake.publish(wrong);
    await home.ask('!ping', { author: 'last2' });
    assert.equal(fake.answers.of(wrong.id).length, 0);
  });

  test('of a bot, a webhook, the bot itself or the system is ignored', async (t) => {
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

  test('that arrives twice, or late, is answered once', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const ids = [fake.say('!episode 1'), fake.say('!episode 2', { author: 'bea' })];
    for (const id of [...ids].reverse()) fake.publish(fake.message(id));
    await home.once(ids);
    for (const id of ids) fake.publish(fake.message(id));
    await home.once(ids);
  });

  test('with markup in a person\'s text is quoted harmlessly', async (t) => {
    const home = await startHome(t);
    const answer = await home.ask('!search @everyone **bold** <@123456789012345678> `code`');
    assert.doesNotMatch(textOf(answer), /(^|[^\\])\*\*bold\*\*/);
    assert.deepEqual(answer.body.allowed_mentions.parse, []);
  });

  test('without the intent: mentions and private messages are answered, and the log names the setting', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.app.flags = 0) });
    const { fake } = home;
    const { intents } = fake.events.find(({ type }) => type === 'identify');
    assert.equal(intents & (1 << 15), 0);
    await home.bot.waitForLog(/message.content/i);
    await home.ask(`<@${fake.app.user.id}> episode 5`);
    await home.ask('episode 5', { channel: fake.world.direct, author: 'bea' });
  });
});
