// The bot's permissions in a channel, and its behaviour without them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { POST, startHome, textOf } from '../fake-discord/home.mjs';

const together = { concurrency: 6 };
const postsTo = (fake, channel) => fake.rest.requests.filter(({ route, path }) => route === POST && path.includes(channel.id));
const isCard = ({ body }) => body.embeds?.length > 0;

describe('where the bot may not embed links', together, () => {
  test('its answers are plain text, and cards are not tried again and again', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.world.general.canEmbed = false;
    const first = await home.ask('!episode 5');
    assert.ok(!isCard(first));
    assert.match(textOf(first), /5/);
    assert.deepEqual(first.body.allowed_mentions.parse, []);
    await home.bot.waitForLog(/may not embed links in channel \d+/);
    assert.ok(!isCard(await home.ask('!episode 6', { author: 'bea' })));
    assert.deepEqual(postsTo(fake, fake.world.general).map(({ status }) => status), [403, 200, 200]);
  });

  test('after it lost that permission: the refused answer is sent as text, and the next one too', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    assert.ok(isCard(await home.ask('!episode 5')));
    fake.world.general.canEmbed = false;
    const told = await home.ask('!episode 6', { author: 'bea' });
    assert.match(textOf(told), /Embed Links/);
    const next = await home.ask('!episode 6', { author: 'cleo' });
    assert.ok(!isCard(next));
    assert.match(textOf(next), /6/);
  });

  for (const [question, what] of [['!episode 5', 'with buttons'], ['!ping', 'with nothing else']])
    test(`and Discord takes the card off a message ${what}: the answer is repeated in plain text`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      Object.assign(fake.world.general, { canEmbed: false, stripsEmbeds: true });
      const id = fake.say(question);
      await home.bot.waitForLog(/may not embed links in channel \d+/);
      const shown = fake.answers.of(id).map(({ message }) => message);
      assert.equal(shown.length, 1);
      assert.match(shown[0].content, /\S/);
      const next = await home.ask('!episode 6', { author: 'bea' });
      assert.ok(!isCard(next));
      assert.match(textOf(next), /6/);
    });

  test('an interaction is answered in plain text at once', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await fake.event('commands');
    fake.world.general.canEmbed = false;
    const answer = await fake.answered(fake.slash('episode', { episode: '5' }));
    assert.equal(answer.via, 'callback');
    assert.ok(!isCard(answer));
  });
});

test('where the bot may not read the history, its answers are not replies', async (t) => {
  const home = await startHome(t);
  const { fake } = home;
  fake.world.general.canReadHistory = false;
  const answer = await home.ask('!episode 5');
  assert.equal(answer.body.message_reference, undefined);
  await home.bot.waitForLog(/may not read the message history in channel \d+: its answers there are not sent as replies/);
  const next = await home.ask('!episode 6', { author: 'bea' });
  assert.equal(next.body.message_reference, undefined);
  assert.ok(isCard(next));
  assert.deepEqual(postsTo(fake, fake.world.general).map(({ status }) => status), [400, 200, 200]);
});

describe('where the bot may not speak', together, () => {
  test('it sends nothing, logs that once, and does not retry with every question', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const { general, home: guild } = fake.world;
    general.canSend = false;
    fake.say('!ping');
    const [line] = await home.bot.waitForLog(/may not speak in channel.*/);
    assert.match(line, /Send Messages.*tries again in 1 min/);
    const before = postsTo(fake, general).length;
    const ids = Array.from({ length: 5 }, (_, i) => fake.say('!episode 5', { author: `person${i}` }));
    await home.ask('!ping', { channel: guild.channels[1], author: 'last' });
    assert.equal(postsTo(fake, general).length, before);
    assert.equal(home.bot.log().match(/may not speak/g).length, 1);
    assert.equal(fake.answers.tally(ids).unanswered, 5);
  });

  test('slash commands are still answered', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await fake.event('commands');
    fake.world.general.canSend = false;
    fake.say('!ping');
    await home.bot.waitForLog(/may not speak in channel.*/);
    assert.equal((await fake.answered(fake.slash('episode', { episode: '5' }))).via, 'callback');
  });

  test('its answers are cards again once it may speak', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.world.general.canSend = false;
    fake.say('!ping');
    await home.bot.waitForLog(/may not speak in channel.*/);
    assert.doesNotMatch(home.bot.log(), /may not embed/);
    await home.stop(); // permissions are not stored: the next process tries again
    fake.world.general.canSend = true;
    await home.start();
    assert.ok(isCard(await home.ask('!episode 5')));
  });

  test('a question from there is not answered by the next process', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.world.general.canSend = false;
    const ids = [fake.say('!ping')];
    await home.bot.waitForLog(/may not speak in channel.*/);
    ids.push(fake.say('!episode 5', { author: 'bea' }));
    await home.ask('!ping', { channel: fake.world.home.channels[1], author: 'last' });
    await home.kill();
    fake.world.general.canSend = true;
    await home.start();
    await home.ask('!ping', { author: 'later' });
    assert.equal(fake.answers.tally(ids).unanswered, 2);
  });
});
