// Slash commands, completion, buttons and the message command.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { customIds } from '../fake-discord/component-form.mjs';
import { CALLBACK, sleep, startHome, textOf } from '../fake-discord/home.mjs';

const together = { concurrency: 4 };
const EPHEMERAL = 64;

async function startWithCommands(t, options) {
  const home = await startHome(t, options);
  await home.fake.event('commands');
  return home;
}

const oncePer = (fake, id) => assert.deepEqual(fake.answers.tally([id]), { asked: 1, unanswered: 0, once: 1, doubled: 0 });

// The first message with buttons in a channel, and one of its buttons.
async function withButton(home) {
  const { message } = await home.ask('!episode 5');
  const [customId] = customIds(message.components);
  assert.ok(customId, 'an episode has buttons');
  return { message, customId };
}

describe('slash commands', together, () => {
  test('are registered once, and not again after a restart', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    const names = fake.commands.get('global').map(({ name }) => name);
    assert.ok(names.includes('episode') && names.includes('search'), names.join(' '));
    await home.stop();
    await home.start();
    await home.ask('!ping');
    assert.equal(fake.count('commands'), 1);
  });

  test('are answered at once', async (t) => {
    const { fake } = await startWithCommands(t);
    const id = fake.slash('episode', { episode: '5' });
    const answer = await fake.answered(id);
    assert.equal(answer.via, 'callback');
    assert.match(textOf(answer), /5/);
    assert.deepEqual(answer.body.allowed_mentions.parse, []);
  });

  test('are answered in private and with wrong arguments too', async (t) => {
    const { fake } = await startWithCommands(t);
    await fake.answered(fake.slash('episode', { episode: 's01e05' }, { channel: fake.world.direct }));
    const answer = await fake.answered(fake.slash('episode', { episode: 'S09E99' }));
    assert.match(textOf(answer), /episode/i);
    assert.equal(answer.body.flags & EPHEMERAL, EPHEMERAL, 'a mistake is shown to who made it');
  });

  test('for help are answered privately', async (t) => {
    const { fake } = await startWithCommands(t);
    const answer = await fake.answered(fake.slash('help'));
    assert.equal(answer.body.flags & EPHEMERAL, EPHEMERAL);
  });

  test('whose answer is lost are not answered twice', async (t) => {
    const { fake } = await startWithCommands(t);
    fake.faults.order({ how: 'lost', times: 1, route: CALLBACK });
    const id = fake.slash('episode', { episode: '5' });
    await fake.answered(id);
    await fake.until(() => fake.rest.requests.filter(({ route }) => route === CALLBACK).length >= 2, 'a second try');
    await fake.answered(fake.slash('ping', {}, { author: 'bea' }));
    oncePer(fake, id);
  });

  for (const [name, fault] of [['502', { how: 'status', status: 502 }], ['a cut', { how: 'cut' }]])
    test(`survive ${name}`, async (t) => {
      const { fake } = await startWithCommands(t);
      fake.faults.order({ ...fault, times: 1, route: CALLBACK });
      const id = fake.slash('episode', { episode: '5' });
      await fake.answered(id);
      await fake.answered(fake.slash('ping', {}, { author: 'bea' }));
      oncePer(fake, id);
    });

  test('that arrive too late are answered in the channel', async (t) => {
    const { fake } = await startWithCommands(t);
    const id = fake.slash('episode', { episode: '5' }, { age_ms: 5000 });
    const answer = await fake.answered(id);
    assert.equal(answer.via, 'message');
    await fake.answered(fake.slash('ping', {}, { author: 'bea' }));
    oncePer(fake, id);
  });

  test('that arrive twice are answered once', async (t) => {
    const { fake } = await startWithCommands(t);
    const id = fake.slash('episode', { episode: '5' });
    const { event } = fake.interactions.get(id);
    fake.gateway.dispatch('INTERACTION_CREATE', { guildId: event.guild_id, intent: 0, shape: () => event });
    await fake.answered(id);
    await fake.answered(fake.slash('ping', {}, { author: 'bea' }));
    oncePer(fake, id);
    const requests = fake.rest.requests.filter(({ path }) => path.includes(`/interactions/${id}/`));
    assert.deepEqual(requests.map(({ status }) => status), [204]);
  });

  test('asked while the bot was away are answered when it is back', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    await home.stop();
    const id = fake.slash('episode', { episode: '5' });
    await sleep(3100); // the interaction expires
    await home.start();
    assert.equal((await fake.answered(id)).via, 'message');
    await home.ask('!ping');
    oncePer(fake, id);
  });
});

describe('completion', together, () => {
  test('offers at most 25, ranked, and quickly', async (t) => {
    const { fake } = await startWithCommands(t);
    const choicesFor = async (text) => {
      const id = fake.autocomplete('episode', { episode: text });
      return (await fake.event('choices', { where: (each) => each.id === id })).choices;
    };
    const all = await choicesFor('');
    assert.ok(all.length > 0 && all.length <= 25, `${all.length} choices`);
    const five = await choicesFor('5');
    assert.match(`${five[0].name} ${five[0].value}`, /5/);
    assert.deepEqual(await choicesFor('zzzzzzzzzz'), []);
  });

  // One request a keystroke, and no wait: the median of the way there and back, for a busy machine delays single ones.
  test('comes while the person is still typing', async (t) => {
    const { fake } = await startWithCommands(t);
    const took_ms = [], from = fake.rest.requests.length;
    for (let i = 0; i < 60; i++) {
      const begin_ms = fake.now_ms();
      const id = fake.autocomplete('episode', { episode: 'the drone and the school'.slice(0, 1 + (i % 20)) });
      await fake.event('choices', { where: (each) => each.id === id });
      took_ms.push(fake.now_ms() - begin_ms);
    }
    took_ms.sort((a, b) => a - b);
    const [median, most] = [took_ms[30], took_ms.at(-1)];
    t.diagnostic(`from the keystroke to the choices: median ${median.toFixed(1)} ms, at most ${most.toFixed(1)} ms`);
    assert.equal(fake.rest.requests.length - from, took_ms.length);
    assert.ok(median < 1000, `${median} ms`);
  });

  test('accepts quotes and markup', async (t) => {
    const { fake } = await startWithCommands(t);
    const id = fake.autocomplete('episode', { episode: '"\\ <@1> \u{1F600}' });
    await fake.event('choices', { where: (each) => each.id === id });
  });
});

describe('buttons', together, () => {
  test('answer the person who pressed them', async (t) => {
    const home = await startWithCommands(t);
    const { message, customId } = await withButton(home);
    const answer = await home.fake.answered(home.fake.press(message, customId));
    assert.equal(answer.via, 'callback');
    assert.equal(answer.body.flags & EPHEMERAL, EPHEMERAL);
    assert.match(textOf(answer), /\S/);
  });

  test('work after a restart', async (t) => {
    const home = await startWithCommands(t);
    const { message, customId } = await withButton(home);
    await home.kill();
    await home.start();
    await home.fake.answered(home.fake.press(message, customId));
  });

  test('turn the pages of a long answer', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    let { message } = await home.ask('!help', { channel: fake.world.direct });
    for (let page = 0; page < 3; page++) {
      const more = customIds(message.components).find((id) => id.startsWith('m:'));
      if (!more) break;
      const id = fake.press(message, more, { channel: fake.world.direct, author: 'ada' });
      assert.match(textOf(await fake.answered(id)), /\S/);
      message = { ...message, components: fake.answers.of(id)[0].body.components };
    }
    oncePer(fake, message.message_reference?.message_id ?? fake.world.direct.messages[0].id);
  });
});

describe('the message command', together, () => {
  test('finds the episode that a message describes', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    const id = fake.say('the one with the drone', { author: 'bea' });
    const answer = await fake.answered(fake.menu('Which episode is this?', id));
    assert.match(textOf(answer), /\S/);
    assert.equal(answer.body.flags & EPHEMERAL, EPHEMERAL, 'the answer is for the person who opened the menu');
  });
});
