// The page as a person uses it: asking, reading, completion, reloading, other visitors.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Visitor, startBrowser, startLobby } from './page.mjs';

let browser;
let lobby;

before(async () => {
  [browser, lobby] = await Promise.all([startBrowser(), startLobby()]);
});

after(async () => {
  await browser?.close();
  await lobby?.bot.stop();
});

const enter = (nick, options = {}) => Visitor.enter(browser, options.url ?? lobby.url, { nick, ...options });

test('!episode 5 is typed and its synopsis read', async () => {
  const ann = await enter('ann');
  await ann.say('!episode 5');
  const card = ann.cards.last();
  await card.getByRole('heading', { name: /episode 5\b/i }).waitFor();
  assert.match(await card.innerText(), /2022/);
  assert.ok((await card.locator('.card-text').first().textContent()).length > 40);
  ann.assertCalm(lobby.url);
  await ann.leave();
});

test('an answer arrives within 100 ms', async () => {
  const ann = await enter('ann');
  const count = await ann.cards.count();
  const took = await ann.page.evaluate(async (before) => {
    const input = document.getElementById('input');
    const log = document.getElementById('log');
    const done = new Promise((resolve) => {
      new MutationObserver(() => log.querySelectorAll('article').length > before && resolve(performance.now()))
        .observe(log, { childList: true });
    });
    input.value = '!episode 7';
    const begin = performance.now();
    document.getElementById('composer').requestSubmit();
    return (await done) - begin;
  }, count);
  assert.ok(took < 300, `${took} ms`);
  await ann.leave();
});

test('localhost works as well as 127.0.0.1', async () => {
  const url = `http://localhost:${lobby.port}/`;
  const ann = await enter('ann', { url });
  await ann.say('!ping');
  await ann.cards.last().waitFor();
  ann.assertCalm(url);
  await ann.leave();
});

test('a wrong question shows the reason', async () => {
  const ann = await enter('ann');
  await ann.say('!episode 13');
  const card = ann.cards.last();
  await card.getByText('No episode 13. Season 1 has episodes 1 to 12.').waitFor();
  assert.equal(await card.getAttribute('data-kind'), 'problem');
  await ann.leave();
});

test('commands complete themselves with arrows, Tab, Enter and Escape', async () => {
  const ann = await enter('ann');
  const options = ann.page.getByRole('listbox', { name: 'Commands' }).getByRole('option');
  await ann.input.pressSequentially('!');
  await options.first().waitFor();
  assert.ok(await options.count() > 10);
  assert.equal(await ann.input.getAttribute('aria-expanded'), 'true');

  await ann.input.pressSequentially('epi');
  await ann.input.press('ArrowDown');
  const active = await ann.input.getAttribute('aria-activedescendant');
  assert.match(await ann.page.locator(`#${active}`).innerText(), /^!episodes/);
  await ann.input.press('ArrowUp');
  await ann.input.press('Tab');
  assert.equal(await ann.input.inputValue(), '!episode ');
  assert.equal(await ann.input.getAttribute('aria-expanded'), 'false');
  assert.match(await ann.page.locator('#hint').innerText(), /<episode>/);

  await ann.input.fill('!ran');
  await ann.input.press('Escape');
  assert.equal(await options.count(), 0);
  await ann.input.fill('!synop'); // an alias
  await ann.input.press('Enter');
  assert.equal(await ann.input.inputValue(), '!episode ');
  await ann.leave();
});

test('a command typed in full is sent by one Enter', async () => {
  const ann = await enter('ann');
  const count = await ann.cards.count();
  await ann.say('!ping');
  await ann.cards.nth(count).waitFor();
  await ann.leave();
});

test('the keyboard alone is enough', async () => {
  const ann = await enter('ann');
  const { page } = ann;
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.type('!episode 12'); // typing anywhere goes to the message field
  await page.keyboard.press('Enter');
  const card = ann.cards.last();
  await card.getByRole('heading', { name: /episode 12\b/i }).waitFor();

  await page.keyboard.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), '!episode 12');
  await page.keyboard.press('ArrowDown');
  assert.equal(await ann.input.inputValue(), '');

  const choice = card.locator('.choice').first();
  await choice.focus();
  await page.keyboard.press('Enter');
  await ann.cards.last().getByRole('heading', { name: /episode 11\b/i }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'input');
  await ann.leave();
});

test('spoilers are hidden until revealed, also by keyboard', async () => {
  const ann = await enter('ann');
  await ann.say('!who on-jo');
  const card = ann.cards.last();
  const veil = card.getByRole('button', { name: /Spoils episode 2.*Show it/ });
  await veil.waitFor();
  assert.equal(await card.locator('.card-text').isVisible(), false);
  assert.doesNotMatch(await card.innerText(), /First seen/);
  await veil.focus();
  await ann.page.keyboard.press('Enter');
  await card.locator('.card-text').waitFor();
  assert.match(await card.innerText(), /First seen/);
  assert.equal(await veil.count(), 0);
  await ann.leave();
});

test('!help is a click away from an empty page, and its commands fill the field', async () => {
  const fresh = await startLobby();
  const ann = await Visitor.enter(browser, fresh.url);
  await ann.page.getByRole('heading', { name: 'Ask about an episode.' }).waitFor();
  await ann.page.getByRole('region', { name: 'Welcome' }).getByRole('button', { name: '!help' }).click();
  const help = ann.cards.last();
  await help.getByRole('button', { name: /^!episode </ }).click();
  assert.equal(await ann.input.inputValue(), '!episode ');
  ann.assertCalm(fresh.url);
  await ann.leave();
  await fresh.bot.stop();
});

test('a reload keeps name and history, each message once', async () => {
  const ann = await enter('ann');
  await ann.say('before the reload');
  await ann.message('before the reload').waitFor();
  await ann.page.reload();
  await ann.message('before the reload').waitFor();
  await ann.say('after the reload');
  await ann.message('after the reload').waitFor();
  assert.equal(await ann.message('before the reload').count(), 1);
  assert.equal(await ann.page.locator('#me-name').innerText(), 'ann');
  await ann.leave();
});

test('two windows see each other join, type, write and leave', async () => {
  const maya = await enter('maya');
  const noor = await enter('noor');
  const here = maya.page.getByRole('complementary', { name: 'Who is here' });
  await here.getByText('noor').waitFor();

  await noor.input.pressSequentially('hel');
  await maya.page.getByText('noor is typing…').waitFor();
  await noor.input.fill('');
  await maya.page.getByText('noor is typing…').waitFor({ state: 'detached' });

  await noor.say('hello maya');
  await maya.message('hello maya').waitFor();
  await maya.say('!episode 3');
  await noor.cards.last().getByRole('heading', { name: /episode 3\b/i }).waitFor();
  assert.equal(await noor.message('hello maya').count(), 1);

  await noor.leave();
  await here.getByText('noor').waitFor({ state: 'detached' });
  await maya.leave();
});

test('the same person twice gets two names', async () => {
  const one = await enter('maya');
  const two = await enter('maya');
  assert.equal(await two.page.locator('#me-name').innerText(), 'maya-2');
  await two.leave();
  await one.leave();
});

test('a name can be changed, and a taken name is reported', async () => {
  const ann = await enter('ann');
  const { page } = ann;
  const dialog = page.getByRole('dialog', { name: 'What shall people call you?' });
  await page.getByRole('button', { name: /Change your name/ }).click();
  await dialog.getByRole('textbox').fill('episoded');
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').getByText(/taken/).waitFor();
  await dialog.getByRole('textbox').fill('민지');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await page.locator('#me-name').innerText(), '민지');
  await ann.say('/nick ann-two');
  await page.getByText('You are ann-two now.').waitFor();
  await ann.leave();
});

test('a private question is answered in private', async () => {
  const ann = await enter('ann');
  const bob = await enter('bob');
  await ann.say('/msg episoded episode 9');
  await ann.cards.last().getByRole('heading', { name: /episode 9\b/i }).waitFor();
  await ann.say('seen by all');
  await bob.message('seen by all').waitFor();
  assert.equal(await bob.cards.getByRole('heading', { name: /episode 9\b/i }).count(), 0);
  await ann.leave();
  await bob.leave();
});

test('markup in a message stays text', async () => {
  const ann = await enter('ann');
  const text = '<img src=x onerror=alert(1)><b>bold</b> {{7*7}} https://example.org/a?b=1.';
  await ann.say(text);
  const said = ann.message('{{7*7}}').last();
  assert.equal(await said.locator('.text').innerText(), text);
  assert.equal(await said.locator('.text img, .text b').count(), 0);
  assert.equal(await said.locator('.text a').getAttribute('href'), 'https://example.org/a?b=1');
  ann.assertCalm(lobby.url);
  await ann.leave();
});

test('a very long message arrives completely, in parts', async () => {
  const ann = await enter('ann');
  const words = Array.from({ length: 200 }, (_, i) => `w${i}-é`);
  await ann.say(words.join(' '));
  await ann.message('w199-é').waitFor();
  const texts = await ann.log.locator('.text').allInnerTexts();
  assert.ok(texts.join(' ').includes(words.join(' ')));
  await ann.leave();
});

test('scrolled up, new messages wait behind a button', async () => {
  const ann = await enter('ann', { viewport: { width: 800, height: 500 } });
  const bob = await enter('bob');
  for (let i = 0; i < 30; i += 1) await bob.say(`line ${i} of many`);
  await ann.message('line 29 of many').waitFor();
  await ann.page.locator('#scroller').evaluate((node) => { node.scrollTop = 0; });
  await ann.page.waitForFunction(() => document.getElementById('scroller').scrollTop === 0);
  await bob.say('the newest');
  await ann.page.getByRole('button', { name: /1 new message/ }).click();
  await ann.page.waitForFunction(() => {
    const { scrollHeight, scrollTop, clientHeight } = document.getElementById('scroller');
    return scrollHeight - scrollTop - clientHeight < 5;
  });
  await ann.leave();
  await bob.leave();
});
