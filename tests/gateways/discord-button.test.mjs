// Buttons: who may press them, how long they work, and their effect after a reload.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { customIds } from '../fake-discord/component-form.mjs';
import { POST, startHome, textOf } from '../fake-discord/home.mjs';
import { show } from '../harness/dataset.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const together = { concurrency: 6 };
const EPHEMERAL = 64;
const LAYOUT = 32768; // IS_COMPONENTS_V2
const UPDATE = 'update';
const RELOADED = /Z reloaded: /;
const SENTENCES = 120;
const LONG = Array.from({ length: SENTENCES }, (_, i) => `Sentence${i} of what happens.`).join(' ');

// A folder with a copy of the shipped dataset, changed by change(show).
function makeData(t, change) {
  const dir = mkdtempSync(join(tmpdir(), 'episoded-data-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const write = (how) => {
    const own = structuredClone(show);
    how(own);
    writeFileSync(join(dir, 'own.json'), JSON.stringify(own));
  };
  write(change);
  return { dir, write };
}

// A spoiler that needs two pages as plain text; a list that needs several cards.
function withMuchToSay(own) {
  own.episodes[4].trivia = [{ text: LONG, reveal: 11, sources: ['article'] }];
  for (const each of own.episodes) each.teaser = `${each.number}: ${LONG.slice(0, 900)}`;
}

// Keep only the first six episodes, and remove references to the others.
function withSix(own) {
  own.episodes.splice(6);
  own.trivia = [];
  own.characters = [];
  for (const each of own.episodes) for (const fact of each.trivia ?? []) fact.reveal = Math.min(fact.reveal, 6);
}

async function startWith(t, change, more = {}) {
  const data = makeData(t, change);
  const home = await startHome(t, { ...more, config: { data: data.dir } });
  await home.fake.event('commands');
  return { home, fake: home.fake, data };
}

const button = (message, pattern) => customIds(message.components).find((id) => pattern.test(id));
const labels = ({ components }) => components.flatMap((row) => row.components.map(({ label }) => label));

// The answer to a button, and the message that its buttons belong to: the same one, changed, or a new one.
async function press(fake, message, pattern, where) {
  const id = button(message, pattern);
  assert.ok(id, `a button ${pattern} among ${customIds(message.components)}`);
  const pressed = fake.press(message, id, where);
  const answer = await fake.answered(pressed);
  return { answer, message: answer.via === UPDATE ? { ...message, ...answer.body } : fake.interactions.get(pressed).original };
}

// The visible text outside of the containers that are spoilers.
const clearText = (body) => textOf({ body: { ...body, components: body.components.filter(({ spoiler }) => !spoiler) } });

describe('the pages of an answer that spoils', together, () => {
  test('are all hidden, and can be turned back', async (t) => {
    const { home, fake } = await startWith(t, withMuchToSay, { gateway: { style: 'text' } });
    let { message } = await home.ask('!trivia 5');
    const seen = new Set();
    for (let page = 0; ; page++) {
      const text = textOf({ body: message });
      assert.ok(text.length <= 2000);
      assert.equal(text.match(/\|\|/g).length % 2, 0, 'veils are closed');
      assert.doesNotMatch(text.replace(/\|\|[^|]*\|\|/g, ''), /Sentence/, 'nothing stands outside of the veil');
      for (const [, number] of text.matchAll(/Sentence(\d+)/g)) seen.add(number);
      if (!button(message, new RegExp(`^m:${page + 1}:`))) break;
      ({ message } = await press(fake, message, new RegExp(`^m:${page + 1}:`)));
    }
    assert.equal(seen.size, SENTENCES, 'all of it is on some page');
    assert.ok(labels(message).includes('◀ Previous page') && !labels(message).includes('Next page ▶'));
    const back = await press(fake, message, /^m:/);
    assert.equal(back.answer.via, UPDATE);
    assert.ok(labels(back.message).includes('Next page ▶'));
  });

  test('are spoilers on cards too, page by page', async (t) => {
    const { home, fake } = await startWith(t, (own) => {
      own.episodes[4].trivia = [{ text: LONG.replaceAll('what', '*_what'), reveal: 11, sources: ['article'] }];
    });
    let { message } = await home.ask('!trivia 5');
    let all = '';
    for (let page = 0; ; page++) {
      assert.equal(message.flags & LAYOUT, LAYOUT);
      if (!page) assert.match(clearText(message), /Spoils /);
      assert.doesNotMatch(clearText(message), /Sentence/);
      all += textOf({ body: message });
      if (!button(message, new RegExp(`^m:${page + 1}:`))) break;
      const pressed = await press(fake, message, new RegExp(`^m:${page + 1}:`));
      assert.equal(pressed.answer.via, page ? UPDATE : 'callback', 'the first page stays, for everyone');
      ({ message } = pressed);
      assert.equal(message.flags & EPHEMERAL, EPHEMERAL);
      message = { ...message, flags: LAYOUT | EPHEMERAL };
    }
    assert.equal(all.match(/Sentence/g).length, SENTENCES);
    assert.match(all, /Page 2 of 2/);
  });

  test('go to plain text where Discord refuses components', async (t) => {
    const { home, fake } = await startWith(t, (own) => {
      own.episodes[4].trivia = [{ text: 'Sentence.', reveal: 11, sources: ['article'] }];
    });
    await home.ask('!ping');
    fake.faults.order({ how: 'status', status: 400, body: '{"message":"Invalid Form Body","code":50035}', times: 1, route: POST });
    const { message } = await home.ask('!trivia 5');
    assert.equal((message.flags ?? 0) & LAYOUT, 0);
    assert.match(message.content, /\|\|Sentence\.\|\|/);
    const { message: next } = await home.ask('!episode 5');
    assert.equal(next.embeds.length, 1, 'cards are still sent');
  });

  test('are not hidden in a channel for spoilers', async (t) => {
    const { home, fake } = await startWith(t, withMuchToSay, { gateway: { style: 'text' } });
    const channel = fake.world.home.channels[1];
    home.config.gateways[0].spoiler_channels = [channel.id];
    home.bot.configure({ ...home.bot.config, ...home.config });
    const from = home.bot.mark();
    home.bot.reload();
    await home.bot.waitForLog(RELOADED, WAIT_MS, from);
    const { message } = await home.ask('!trivia 5', { channel });
    const next = await press(fake, message, /^m:1:/, { channel });
    assert.doesNotMatch(textOf({ body: next.message }), /\|\|/);
  });
});

describe('a button', together, () => {
  test('has no pages for an answer that would differ when asked again', async (t) => {
    const { home, fake } = await startWith(t, (own) => own.episodes.forEach((each) => (each.summary = LONG)), { gateway: { style: 'text' } });
    assert.ok(button((await home.ask('!episode 4')).message, /^m:1:/));
    for (const question of ['!next', '!random']) {
      const { message } = await home.ask(question);
      assert.equal(button(message, /^m:/), undefined);
      assert.match(textOf({ body: message }), /Page 1 of 2 · !more/);
      assert.match(textOf(await home.ask('!more')), /Page 2 of 2/);
    }
    assert.equal(fake.answers.unasked.length, 0);
  });

  test('of one person changed the message that everyone reads', async (t) => {
    const { home, fake } = await startWith(t, withMuchToSay);
    const pages = await home.ask('!episodes', { author: 'ada' });
    const card = await home.ask('!episode 5', { author: 'ada' });
    for (const [message, pattern] of [[pages.message, /^m:1:/], [card.message, /^c:.*6/]]) {
      const { answer } = await press(fake, message, pattern, { author: 'bea' });
      assert.equal(answer.via, 'callback');
      assert.equal(answer.body.flags, EPHEMERAL);
      assert.deepEqual(answer.body.allowed_mentions.parse, []);
    }
  });

  test('changes the message in private, where only one person reads it', async (t) => {
    const { home, fake } = await startWith(t, withMuchToSay);
    const channel = fake.world.direct;
    const { message } = await home.ask('!episode 5', { channel });
    const { answer } = await press(fake, message, /^c:.*6/, { channel });
    assert.equal(answer.via, UPDATE);
  });

  test('pressed by many people at once answers each of them', async (t) => {
    const { home, fake } = await startWith(t, withMuchToSay);
    const { message } = await home.ask('!episodes');
    const ids = Array.from({ length: 10 }, (_, i) => fake.press(message, button(message, /^m:/), { author: `person${i}` }));
    await home.once(ids);
  });

  test('whose episode is gone after a reload tells the person who pressed it, and keeps the message', async (t) => {
    const { home, fake, data } = await startWith(t, () => {});
    const { message } = await home.ask('!episode 11');
    data.write(withSix);
    const from = home.bot.mark();
    home.bot.reload();
    await home.bot.waitForLog(RELOADED, WAIT_MS, from);
    const { answer } = await press(fake, message, /^c:.*12/);
    assert.equal(answer.via, 'callback');
    assert.equal(answer.body.flags & EPHEMERAL, EPHEMERAL);
    assert.match(textOf(answer), /episode/i);
  });

  test('for a page that no longer exists shows the last page', async (t) => {
    const { home, fake, data } = await startWith(t, withMuchToSay);
    const { message } = await home.ask('!episodes');
    data.write(() => {});
    const from = home.bot.mark();
    home.bot.reload();
    await home.bot.waitForLog(RELOADED, WAIT_MS, from);
    const { answer } = await press(fake, message, /^m:1:/);
    assert.match(textOf(answer), new RegExp(`12.*${show.episodes[11].teaser.slice(0, 20)}`));
  });

  for (const customId of ['ep:next:5', 'c:nosuchcommand 5', 'm:1:nosuchcommand', 'c:', 'x'.repeat(100)])
    test(`of an earlier version (${customId.slice(0, 20)}) gets a plain answer`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      const message = fake.world.addMessage(fake.world.general, {
        content: 'long ago', author: fake.app.user,
        components: [{ type: 1, components: [{ type: 2, style: 2, label: 'Next', custom_id: customId }] }],
      });
      const id = fake.press(message, customId);
      const answer = await fake.answered(id);
      assert.equal(answer.via, 'callback');
      assert.equal(answer.body.flags & EPHEMERAL, EPHEMERAL);
      assert.match(textOf(answer), /no answer|help|Nothing found/);
      fake.gateway.dispatch('INTERACTION_CREATE', { guildId: fake.world.home.id, intent: 0, shape: () => fake.interactions.get(id).event });
      await home.ask('!ping');
      assert.equal(fake.answers.of(id).length, 1);
      assert.equal(fake.answers.unasked.length, 0);
    });

  test('that would need more than 100 characters is omitted, and the answer says how to continue', async (t) => {
    const { home, fake } = await startWith(t, withMuchToSay, { gateway: { style: 'text' } });
    const channel = fake.world.direct;
    const { message } = await home.ask(`trivia ${'0'.repeat(110)}5`, { channel });
    assert.match(textOf({ body: message }), /Page 1 of 2 · !more/);
    assert.deepEqual(customIds(message.components).filter((id) => id.startsWith('m:')), []);
    assert.match(textOf(await home.ask('more', { channel })), /Page 2 of 2/);
  });

  test('under a private answer changes that answer, which stays private', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await fake.event('commands');
    const asked = fake.slash('help');
    const first = await fake.answered(asked);
    const message = { ...fake.interactions.get(asked).original, flags: EPHEMERAL, components: first.body.components };
    const { answer } = await press(fake, message, /./);
    assert.equal(answer.via, UPDATE);
  });
});
