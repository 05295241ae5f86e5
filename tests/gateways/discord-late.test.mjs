// Interactions whose answer is late, lost or unconfirmed: it is sent once, in the right place, or the asker is informed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { CALLBACK, POST, sleep, startHome, textOf } from '../fake-discord/home.mjs';

const together = { concurrency: 6 };
const EPHEMERAL = 64;
const DIES_MS = 3100; // an unanswered interaction

async function startWithCommands(t) {
  const home = await startHome(t);
  await home.fake.event('commands');
  return home;
}

const requestsFor = (fake, id) => fake.rest.requests.filter(({ path }) => path.includes(`/interactions/${id}/`) || path.includes(fake.interactions.get(id).token));
const posts = (fake) => fake.rest.requests.filter(({ route }) => route === POST);

// Kill the bot after Discord has received (how: "lost") or not received (how: "hang") the answer, and restart it.
async function killedAt(home, how, id, act) {
  const { fake } = home;
  await fake.until(() => fake.faults.happened, 'a callback');
  if (how === 'lost') await fake.answered(id);
  await home.kill();
  fake.faults.clear();
  await act?.();
  await home.start();
}

describe('killed with an answer under way', together, () => {
  for (const [name, command, options, flags] of [['public', 'episode', { episode: '5' }, undefined], ['private', 'help', {}, EPHEMERAL]])
    test(`that has arrived, ${name}: it stays, and the channel gets no message`, async (t) => {
      const home = await startWithCommands(t);
      const { fake } = home;
      fake.faults.order({ how: 'lost', route: CALLBACK });
      const id = fake.slash(command, options);
      await killedAt(home, 'lost', id);
      await fake.until(() => requestsFor(fake, id).at(-1).method === 'PATCH', 'the answer put over the answer');
      await home.ask('!ping', { author: 'last' });
      const answers = fake.answers.of(id);
      assert.deepEqual(answers.map(({ via }) => via), ['callback']);
      assert.equal(answers[0].body.flags, flags);
      assert.equal(posts(fake).length, 1, 'only the ping');
    });

  test('that has not arrived, public: the channel gets the answer', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    fake.faults.order({ how: 'hang', route: CALLBACK });
    const id = fake.slash('episode', { episode: '5' });
    await killedAt(home, 'hang', id, () => sleep(DIES_MS));
    const answer = await fake.answered(id);
    assert.equal(answer.via, 'message');
    assert.equal(answer.body.enforce_nonce, true);
    await home.ask('!ping', { author: 'last' });
    assert.equal(fake.answers.of(id).length, 1);
  });

  test('that has not arrived, private: the asker is told to ask again, without the answer in public', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    fake.faults.order({ how: 'hang', route: CALLBACK });
    const id = fake.slash('help');
    await killedAt(home, 'hang', id, () => sleep(DIES_MS));
    const answer = await fake.answered(id);
    assert.equal(answer.via, 'message');
    assert.match(textOf(answer), /ask again/);
    assert.doesNotMatch(textOf(answer), /episode/);
  });

  test('that is still in time: it is sent normally', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    fake.faults.order({ how: 'hang', route: CALLBACK });
    const id = fake.slash('help');
    await killedAt(home, 'hang', id);
    const answer = await fake.answered(id);
    assert.ok(['callback', 'message'].includes(answer.via));
    assert.ok(answer.body.flags & EPHEMERAL || /ask again/.test(textOf(answer)));
  });
});

describe('an interaction', together, () => {
  test('that another process has acknowledged (40060): the answer replaces the existing one', async (t) => {
    const { fake } = await startWithCommands(t);
    fake.app.interactionsUrl = 'https://example.org/'; // the event is held back
    const id = fake.slash('episode', { episode: '5' });
    const { token, event } = fake.interactions.get(id);
    fake.interactions.callback(id, token, { type: 4, data: { content: 'from another', allowed_mentions: { parse: [] } } });
    fake.gateway.dispatch('INTERACTION_CREATE', { guildId: event.guild_id, intent: 0, shape: () => event });
    await fake.until(() => requestsFor(fake, id).length === 2 && requestsFor(fake, id)[1].status, 'two requests');
    assert.deepEqual(requestsFor(fake, id).map(({ method, status }) => `${method} ${status}`), ['POST 400', 'PATCH 200']);
    assert.equal(posts(fake).length, 0);
    assert.match(textOf({ body: fake.interactions.get(id).original }), /5/);
  });

  test('whose answer was deleted meanwhile is not answered again', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    fake.app.interactionsUrl = 'https://example.org/';
    const id = fake.slash('episode', { episode: '5' });
    const { token, event } = fake.interactions.get(id);
    fake.interactions.callback(id, token, { type: 4, data: { content: 'from another', allowed_mentions: { parse: [] } } });
    fake.interactions.get(id).original = undefined;
    fake.gateway.dispatch('INTERACTION_CREATE', { guildId: event.guild_id, intent: 0, shape: () => event });
    await fake.until(() => requestsFor(fake, id)[1]?.status === 404, 'a refusal');
    await home.ask('!ping');
    assert.equal(posts(fake).length, 1, 'only the ping');
  });

  test('that is too late (10062), private: the asker is told to ask again', async (t) => {
    const { fake } = await startWithCommands(t);
    const answer = await fake.answered(fake.slash('help', {}, { age_ms: 5000 }));
    assert.equal(answer.via, 'message');
    assert.match(textOf(answer), /ask again/);
  });

  test('whose callback fails for its whole lifetime is answered in the channel', async (t) => {
    const { fake } = await startWithCommands(t);
    fake.faults.order({ how: 'status', status: 503, body: '', route: CALLBACK });
    const answer = await fake.answered(fake.slash('episode', { episode: '5' }));
    assert.equal(answer.via, 'message');
  });

  test('asked during a short absence of the bot is answered with one request', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    await home.ask('!ping'); // the session was written down before this question was
    await home.kill();
    const from = fake.events.length, starting = home.start();
    await fake.event('open', { from }); // the start may take longer than an interaction lives; the RESUME is still to come
    const slash = fake.slash('episode', { episode: '5' });
    const said = fake.say('!episode 5');
    await starting;
    await fake.answered(slash);
    await home.once([said]);
    assert.equal(requestsFor(fake, slash).length, 1);
    assert.equal(posts(fake).filter(({ body }) => body.includes(said)).length, 1);
  });

  test('in a guild without the bot\'s user, late, is dropped and logged', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    fake.world.general.canRead = false;
    fake.slash('episode', { episode: '5' }, { age_ms: 5000 });
    await home.bot.waitForLog(/an answer in channel \d+ was dropped: .*50001/);
  });

  test('of an unknown type is ignored', async (t) => {
    const home = await startWithCommands(t);
    const { fake } = home;
    const { event } = fake.interactions.create(5, { custom_id: 'x', components: [] }, { channel: fake.world.general, user: fake.world.user('ada') });
    fake.gateway.dispatch('INTERACTION_CREATE', { guildId: event.guild_id, intent: 0, shape: () => event });
    await home.ask('!ping');
    assert.equal(requestsFor(fake, event.id).length, 0);
  });
});

