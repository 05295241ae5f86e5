// The page as a person uses it: asking, reading, completion, reloading, other visitors.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { episode } from '../harness/dataset.mjs';
import { IrcClient } from '../harness/irc.mjs';
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

// Who has left keeps the name until the lobby notices it, so tests of names have names of their own.
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

// Counted, not timed, because a busy machine is slow: one frame goes out, the next one but one is shown as the answer, and
// the page sets no timer meanwhile.
test('an answer comes within a blink', async () => {
  const fresh = await startLobby(); // those who leave another one are seen late
  const ann = await enter('ann', { url: fresh.url });
  const count = await ann.cards.count();
  const { sent, frames, timers } = await ann.page.evaluate(async (before) => {
    const log = document.getElementById('log');
    const seen = { sent: [], frames: 0, timers: 0 };
    window.addEventListener('focus', (event) => event.stopImmediatePropagation(), true); // on which the page sends a PING
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function count(data) {
      seen.sent.push(data);
      this.addEventListener('message', () => { seen.frames += 1; });
      send.call(this, data);
    };
    for (const name of ['setTimeout', 'setInterval', 'requestAnimationFrame', 'requestIdleCallback', 'fetch']) {
      const original = window[name];
      window[name] = (...rest) => {
        seen.timers += 1;
        return original.apply(window, rest);
      };
    }
    const done = new Promise((resolve) => {
      new MutationObserver(() => log.querySelectorAll('article').length > before && resolve({ ...seen }))
        .observe(log, { childList: true });
    });
    document.getElementById('input').value = '!episode 7';
    document.getElementById('composer').requestSubmit();
    return done;
  }, count);
  assert.equal(sent.length, 1, sent.join('\n'));
  assert.match(sent[0], /PRIVMSG #lobby :?!episode 7$/);
  assert.equal(frames, 1, 'before the answer comes the message itself, and no more');
  assert.equal(timers, 0);
  await ann.leave();
  await fresh.bot.stop();
});

// The server's half of the blink: no timer of the bot lies between a question and its answer.
test('an answer takes no longer than two PINGs', async () => {
  const ann = await IrcClient.connect(lobby.wsUrl, { nick: 'ann-irc' });
  await ann.join('#lobby');
  for (const episode of [1, 2, 3, 4, 5]) {
    ann.say('#lobby', `!episode ${episode}`);
    let trips = 0;
    for (let line; line?.verb !== 'PRIVMSG'; line = await ann.expect(/PONG|PRIVMSG/)) {
      if (line?.verb === 'PONG') trips += 1;
      if (line?.verb !== 'PRIVMSG') ann.send('PING x');
    }
    assert.ok(trips <= 2, `${trips} PINGs were answered first`);
    await ann.sync(); // the rest of the answer's lines
  }
  await ann.close();
});

test('localhost does as well as 127.0.0.1', async () => {
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
  await ann.say('!seen 1');
  await ann.message('seen undo').waitFor();
  await ann.say('!episode 10');
  const card = ann.cards.last();
  const veil = card.getByRole('button', { name: /Spoils a later episode.*Show it/ });
  const { summary, teaser } = episode(10);
  await veil.waitFor();
  assert.equal(await card.locator('.card-text').isVisible(), false);
  assert.ok((await card.innerText()).includes(teaser), 'the teaser is in clear');
  assert.match(await card.innerText(), /28 January 2022/);
  // What a screen reader reads.
  assert.ok(!(await card.ariaSnapshot()).includes(summary.slice(0, 20)));
  await veil.focus();
  await ann.page.keyboard.press('Enter');
  await card.locator('.card-text').waitFor();
  assert.ok((await card.ariaSnapshot()).includes(summary.slice(0, 20)));
  assert.equal(await veil.count(), 0);
  assert.equal(await ann.page.evaluate(() => document.activeElement.className), 'unveiled');
  ann.assertCalm(lobby.url);
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
  const ann = await enter('ann-reloads');
  await ann.say('before the reload');
  await ann.message('before the reload').waitFor();
  await ann.page.reload();
  await ann.message('before the reload').waitFor();
  await ann.say('after the reload');
  await ann.message('after the reload').waitFor();
  assert.equal(await ann.message('before the reload').count(), 1);
  assert.equal(await ann.page.locator('#me-name').innerText(), 'ann-reloads');
  await ann.leave();
});

// A duplicate of a window has its token, as a reload of it has. The server has not seen the first one go.
test('a page that comes back before its old connection has closed keeps its name', async () => {
  const ann = await enter('twin');
  const token = await ann.page.evaluate(() => sessionStorage.getItem('episoded.session'));
  const again = await enter('twin', { session: token });
  assert.equal(await again.page.locator('#me-name').innerText(), 'twin');
  // The first page still lives: from now on it is another visitor.
  await ann.page.locator('#me-name', { hasText: 'twin-2' }).waitFor();
  assert.notEqual(await ann.page.evaluate(() => sessionStorage.getItem('episoded.session')), token);
  await ann.say('both are here');
  await again.message('both are here').waitFor();
  assert.equal(await again.page.locator('#me-name').innerText(), 'twin');
  await ann.leave();
  await again.leave();
});

test('two windows see each other come, type, speak and go', async () => {
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
  const one = await enter('same');
  const two = await enter('same');
  assert.equal(await two.page.locator('#me-name').innerText(), 'same-2');
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
