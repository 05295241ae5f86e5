// An unconfirmed answer whose nonce Discord has forgotten: the bot searches the channel before it repeats the answer.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { POST, sleep, startHome } from '../fake-discord/home.mjs';

const together = { concurrency: 4 };
const LOOK = 'GET /channels/{}/messages';
const LONG_AGO_MS = 4 * 60 * 1000;
const NONCE_MS = 2 * 60 * 1000; // how long the bot trusts a nonce

const requests = (fake, route) => fake.rest.requests.filter((each) => each.route === route);

describe('a process that was away for minutes', together, () => {
  // Make the question old, as if the bot had been away.
  async function leftOpen(t, fault) {
    const home = await startHome(t);
    const { fake } = home;
    fake.faults.order({ ...fault, route: POST });
    const id = fake.say('!episode 5', { time_ms: Date.now() - LONG_AGO_MS });
    return { home, fake, id };
  }

  test('finds an earlier process\'s answer, and does not repeat it', async (t) => {
    const { home, fake, id } = await leftOpen(t, { how: 'lost' });
    await fake.answered(id);
    await home.kill();
    fake.faults.clear();
    fake.nonces.forget();
    const posts = requests(fake, POST).length;
    await home.start();
    await fake.until(() => requests(fake, LOOK).some(({ at_ms, status, path }) => at_ms && status === 200 && path.includes(id)), 'a look');
    await home.once([id]);
    assert.equal(requests(fake, POST).length, posts + 1, 'only the ping');
    await home.kill();
    await home.start(); // and it is in the journal
    await home.once([id]);
  });

  test('sends an answer that was never sent', async (t) => {
    const { home, fake, id } = await leftOpen(t, { how: 'hang' });
    await fake.until(() => fake.faults.happened, 'a POST');
    await home.kill();
    fake.faults.clear();
    await home.start();
    await home.once([id]);
  });

  test('looks through a busy channel', async (t) => {
    const { home, fake, id } = await leftOpen(t, { how: 'lost' });
    await fake.answered(id);
    await home.kill();
    fake.faults.clear();
    fake.nonces.forget();
    // A hundred and fifty messages between the question and its answer.
    const { messages } = fake.world.general;
    const answer = messages.pop();
    for (let i = 0; i < 150; i++) fake.world.addMessage(fake.world.general, { content: 'chatter', author: fake.world.user('bea') });
    messages.push({ ...answer, id: String(BigInt(messages.at(-1).id) + 1n) });
    await home.start();
    await home.once([id]);
  });
});

describe('a REST side that fails for longer than a nonce lasts', { concurrency: 2 }, () => {
  for (const [name, how] of [['an answer that got through', 'lost'], ['one that did not', 'cut']])
    test(`${name} is sent once`, { timeout: 4 * NONCE_MS }, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      fake.faults.order({ how, times: 1, route: POST });
      fake.faults.order({ how: 'status', status: 502, for_ms: NONCE_MS + 3000, route: POST });
      const id = fake.say('!episode 5');
      await fake.until(() => fake.faults.happened >= 2, 'failures');
      await sleep(NONCE_MS - 5000);
      fake.nonces.forget();
      await fake.until(() => requests(fake, LOOK).some(({ status }) => status === 200), 'a look', 60000);
      await home.once([id], 60000);
    });
});
