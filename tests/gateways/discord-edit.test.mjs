// Questions that are edited or deleted, and answers that are taken back.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { POST, startHome, textOf } from '../fake-discord/home.mjs';

const together = { concurrency: 4 };
const OWNER = '175928847299117063';
const EDIT = 'PATCH /channels/{}/messages/{}';
const BASKET = '\u{1f5d1}\ufe0f';

const edited = (fake, from = 0, where) => fake.event('edit', { from, where });
const posts = (fake) => fake.rest.requests.filter(({ route, status }) => route === POST && status === 200).length;
const isGone = (fake, { id, channel_id: channel }) => !fake.world.channels.get(channel).messages.some((each) => each.id === id);
const gone = (fake, message) => fake.until(() => isGone(fake, message), 'the answer is deleted');

describe('an edited question', together, () => {
  test('within a minute has its answer edited, and gets no second one', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const answer = await home.ask('!episode 5');
    fake.edit(fake.message(answer.message.message_reference.message_id).id, '!episode 6');
    const { message, body } = await edited(fake);
    assert.equal(message.id, answer.message.id);
    assert.match(textOf({ body }), /6/);
    assert.deepEqual(body.allowed_mentions, { parse: [] });
    await home.ask('!ping', { author: 'last' });
    assert.equal(posts(fake), 2);
  });

  test('two edits in a row: the answer is that to the last one', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const id = fake.say('!episode 5');
    await fake.answered(id);
    const order = fake.faults.order({ how: 'status', status: 502, times: 1, route: EDIT });
    fake.edit(id, '!episode 6', { after_ms: 1000 });
    fake.edit(id, '!episode 7', { after_ms: 2000 });
    await edited(fake, 0, ({ body }) => /\b7\b/.test(textOf({ body })));
    assert.equal(order.times, 0);
    assert.match(textOf({ body: fake.answers.of(id)[0].message }), /\b7\b/);
    assert.equal(fake.answers.of(id).length, 1);
  });

  test('before its answer is out, is answered with one message', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.faults.order({ how: 'limit', scope: 'user', after_ms: 1000, times: 1, route: POST });
    const id = fake.say('!episode 5');
    await fake.until(() => fake.faults.happened, 'a POST');
    fake.edit(id, '!episode 6');
    const { message } = await edited(fake);
    assert.equal(message.id, fake.answers.of(id)[0].message.id);
    await home.once([id]);
  });

  test('that was none before is answered as a new one', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const id = fake.say('episode 5');
    fake.edit(id, '!episode 5');
    await home.once([id]);
  });

  test('with a misspelt prefix: what the bot had declined is answered', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const id = fake.say('!zzzqqq');
    await home.ask('!ping', { author: 'bea' });
    fake.edit(id, '!episode 5');
    await home.once([id]);
    assert.equal(fake.rest.requests.filter(({ method, path }) => method === 'GET' && path.includes('/messages')).length, 0);
  });

  test('that is none any more has its answer taken back; asked again, it is answered again', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const answer = await home.ask('!episode 5');
    const id = answer.message.message_reference.message_id;
    fake.edit(id, 'never mind', { after_ms: 1000 });
    await gone(fake, answer.message);
    fake.edit(id, '!episode 6', { after_ms: 2000 });
    const [, second] = await fake.until(() => fake.answers.of(id).length === 2 && fake.answers.of(id), 'a second answer');
    assert.match(textOf(second), /6/);
  });

  test('that is no command any more has its answer taken back', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const answer = await home.ask('!episode 5');
    fake.edit(answer.message.message_reference.message_id, '!zzzqqq');
    await gone(fake, answer.message);
  });

  test('later than a minute, or only shown with a preview of its link, changes nothing', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const answer = await home.ask('!episode 5');
    const id = answer.message.message_reference.message_id;
    fake.edit(id);
    fake.edit(id, '!episode 6', { after_ms: 61000 });
    await home.ask('!ping', { author: 'last' });
    assert.equal(fake.count('edit'), 0);
  });

  test('a veiled answer made of components becomes a card, and is not refused', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const answer = await home.ask('!episode 12');
    fake.edit(answer.message.message_reference.message_id, '!ping', { after_ms: 1000 });
    await edited(fake);
    fake.edit(answer.message.message_reference.message_id, '!episode 12', { after_ms: 2000 });
    await edited(fake, fake.events.length);
  });

  for (const [name, how] of [['not sent', 'hang'], ['sent and not confirmed', 'lost']])
    test(`after a SIGKILL with the correction ${name}, the next process corrects the answer`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      const answer = await home.ask('!episode 5');
      const id = answer.message.message_reference.message_id;
      const order = fake.faults.order({ how, route: EDIT });
      fake.edit(id, '!episode 6');
      await fake.until(() => fake.faults.happened, 'a PATCH');
      await home.kill();
      order.times = 0;
      const from = fake.events.length;
      await home.start();
      const { message } = await edited(fake, from);
      assert.equal(message.id, answer.message.id);
      assert.match(textOf({ body: message }), /6/);
      await home.once([id]);
    });

  for (const [name, isKnown] of [['in the session', true], ['without a session', false]])
    test(`edited while no process ran, ${name}: the answer of the killed process is corrected`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      const answer = await home.ask('!episode 5');
      const id = answer.message.message_reference.message_id;
      await home.stop();
      if (!isKnown) fake.gateway.expireSessions();
      const asked = fake.say('!episode 4', { author: 'bea' });
      fake.edit(asked, '!episode 7');
      fake.edit(id, '!episode 6');
      await home.start();
      if (isKnown) {
        const { message } = await edited(fake, 0, (event) => event.message.id === answer.message.id);
        assert.match(textOf({ body: message }), /6/);
      }
      await home.once([id, asked]);
      await fake.until(() => /7/.test(textOf({ body: fake.answers.of(asked)[0].message })), 'the corrected answer');
    });
});

describe('what was missed without a session', together, () => {
  // Ask, and do something to the questions and answers while the bot is away and its session is lost.
  async function missed(t, texts, change, more) {
    const home = await startHome(t, more);
    const { fake } = home;
    const asked = [];
    for (const [i, text] of texts.entries()) {
      const { message } = await home.ask(text, { author: `person${i}` });
      asked.push({ answer: message, question: message.message_reference.message_id });
    }
    await home.stop();
    fake.gateway.expireSessions();
    change(fake, asked);
    await home.start();
    return { home, fake, asked };
  }

  test('questions that were edited into none or no command lose their answers, one that is another gets its answer edited', async (t) => {
    const { home, fake, asked } = await missed(t, ['!episode 4', '!episode 5', '!episode 6', '!episode 7'], (all, [first, second, third]) => {
      all.edit(first.question, 'never mind', { after_ms: 1000 });
      all.edit(second.question, '!zzzqqq', { after_ms: 1000 });
      all.edit(third.question, '!episode 8', { after_ms: 1000 });
    });
    await gone(fake, asked[0].answer);
    await gone(fake, asked[1].answer);
    await fake.until(() => /8/.test(textOf({ body: asked[2].answer })), 'the corrected answer');
    await home.once([asked[2].question, asked[3].question]);
    assert.ok(!isGone(fake, asked[2].answer) && !isGone(fake, asked[3].answer));
  });

  test('wastebaskets of the asker and of an owner delete the answer, one of another person does not', async (t) => {
    const { home, fake, asked } = await missed(t, ['!episode 4', '!episode 5', '!episode 6'], (all, [first, second, third]) => {
      all.react(first.answer, BASKET, 'person0');
      all.react(second.answer, BASKET.slice(0, 2), 'owner');
      all.react(third.answer, BASKET, 'person0');
    }, { gateway: { owners: [{ user_id: OWNER }] }, prepare: (all) => { all.world.user('owner').id = OWNER; } });
    await gone(fake, asked[0].answer);
    await gone(fake, asked[1].answer);
    await home.ask('!ping', { author: 'last' });
    assert.ok(!isGone(fake, asked[2].answer));
  });

  test('a wastebasket, and a kill before it is known who put it there', async (t) => {
    let order;
    const { home, fake, asked } = await missed(t, ['!episode 4'], (all, [{ answer }]) => {
      all.react(answer, BASKET, 'person0');
      order = all.faults.order({ how: 'hang', route: /reactions/ });
    });
    await fake.until(() => fake.faults.happened, 'a look at the emojis');
    await home.kill();
    order.times = 0;
    await home.start();
    await gone(fake, asked[0].answer);
  });
});

describe('a deleted question', together, () => {
  test('that is not answered yet gets no answer, also from the next process', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.faults.order({ how: 'limit', scope: 'user', after_ms: 2000, times: 3, route: POST });
    const ids = ['!episode 5', '!episode 6', '!episode 7'].map((text, i) => fake.say(text, { author: `person${i}` }));
    await fake.until(() => fake.faults.happened, 'a POST');
    fake.remove(ids[0]);
    fake.remove(ids[1], ids[2]);
    await home.ask('!ping', { author: 'next', channel: fake.world.home.channels[1] });
    await home.kill();
    await home.start();
    await home.ask('!ping', { author: 'last' });
    assert.equal(fake.answers.tally(ids).unanswered, 3);
  });

  test('in the moment it is asked gets no answer', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    fake.gateway.orders.joined = true;
    const id = fake.say('!episode 5');
    fake.remove(id);
    await home.ask('!ping', { author: 'last' });
    assert.equal(fake.answers.tally([id]).unanswered, 1);
  });

  test('deleted while no process ran, open in the journal: it is not answered', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const order = fake.faults.order({ how: 'hang', route: POST });
    const id = fake.say('!episode 5');
    await fake.until(() => fake.faults.happened, 'a POST');
    await home.kill();
    order.times = 0;
    fake.remove(id);
    await home.start();
    await home.ask('!ping', { author: 'last' });
    assert.equal(fake.answers.tally([id]).unanswered, 1);
  });

  test('deleted while no process ran and the session was lost, open in the journal: it is not answered', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const order = fake.faults.order({ how: 'hang', route: POST });
    const ids = ['!episode 5', '!warnings 5'].map((text, i) => fake.say(text, { author: `person${i}` }));
    await fake.until(() => fake.faults.happened, 'a POST');
    await home.kill();
    order.times = 0;
    fake.remove(...ids);
    fake.gateway.expireSessions();
    await home.start();
    await home.ask('!ping', { author: 'last' });
    assert.equal(fake.answers.tally(ids).unanswered, 2);
    assert.ok(!/dropped/.test(home.bot.log()));
  });

  test('keeps the answer that is out', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const answer = await home.ask('!episode 5');
    fake.remove(answer.message.message_reference.message_id);
    await home.ask('!ping', { author: 'last' });
    assert.ok(!isGone(fake, answer.message));
  });
});

describe('a wastebasket on an answer', together, () => {
  test('of its asker deletes it, with and without the selector of the emoji, also in private', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const answers = [await home.ask('!episode 5'), await home.ask('!episode 6', { channel: fake.world.direct })];
    fake.react(answers[0].message, BASKET);
    fake.react(answers[1].message, BASKET.slice(0, 2));
    for (const { message } of answers) await gone(fake, message);
    assert.equal(fake.rest.requests.filter(({ method, path }) => method === 'GET' && path.includes('/messages/')).length, 0);
  });

  test('of another person, another emoji, or on another message deletes nothing', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const answer = await home.ask('!episode 5');
    fake.react(answer.message, BASKET, 'bea');
    fake.react(answer.message, '❌');
    fake.react(fake.message(answer.message.message_reference.message_id), BASKET);
    await home.ask('!ping', { author: 'last' });
    assert.ok(!isGone(fake, answer.message));
    assert.equal(fake.rest.requests.filter(({ method, path }) => method !== 'POST' && path.includes('/messages/')).length, 0);
  });

  test('of an owner deletes any of them', async (t) => {
    let owner;
    const home = await startHome(t, { gateway: { owners: [{ user_id: '175928847299117063' }] }, prepare: (fake) => {
      owner = fake.world.user('owner');
      owner.id = '175928847299117063';
    } });
    const { fake } = home;
    const answer = await home.ask('!episode 5');
    fake.react(answer.message, BASKET, 'owner');
    await gone(fake, answer.message);
  });

  test('of an owner, in an event that does not say whose message it is: only those of the bot are deleted', async (t) => {
    const home = await startHome(t, { gateway: { owners: [{ user_id: OWNER }] }, prepare: (fake) => { fake.world.user('owner').id = OWNER; } });
    const { fake } = home;
    const [known, earlier] = [await home.ask('!episode 5'), await home.ask('!episode 6')];
    const wish = (message) => fake.react(message, BASKET, 'owner', { isAuthorKnown: false });
    wish(known.message);
    await gone(fake, known.message);
    await home.stop();
    await home.start();
    const chatter = fake.message(fake.say('chatter'));
    wish(chatter);
    wish(earlier.message);
    await gone(fake, earlier.message);
    await home.ask('!ping', { author: 'last' });
    assert.ok(!isGone(fake, chatter));
    assert.ok(fake.rest.requests.every(({ status }) => status !== 403));
  });

  test('on the answer of an earlier process, or to a slash command: Discord says whose it is', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await fake.event('commands');
    const slash = fake.slash('episode', { episode: '5' });
    await fake.answered(slash);
    const ofSlash = fake.world.general.messages.at(-1);
    const answer = await home.ask('!episode 5');
    await home.stop();
    await home.start();
    fake.react(answer.message, BASKET, 'bea');
    fake.react(ofSlash, BASKET, 'bea');
    fake.react(answer.message, BASKET);
    fake.react(ofSlash, BASKET);
    await gone(fake, answer.message);
    await gone(fake, ofSlash);
  });

  test('with a SIGKILL before the deletion: the next process deletes it', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const answer = await home.ask('!episode 5');
    const order = fake.faults.order({ how: 'hang', route: 'DELETE /channels/{}/messages/{}' });
    fake.react(answer.message, BASKET);
    await fake.until(() => fake.faults.happened, 'a DELETE');
    await home.kill();
    order.times = 0;
    fake.gateway.expireSessions(); // the reaction is not repeated
    await home.start();
    await gone(fake, answer.message);
  });
});
