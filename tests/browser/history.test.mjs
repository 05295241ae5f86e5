// What the page shows again: after a reload, a restart of the bot, and a while elsewhere; and to whom.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { episode } from '../harness/dataset.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { Visitor, startBrowser, startLobby, untilGone } from './page.mjs';

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

// A lobby whose state outlives it: use(lobby, restart).
async function withState(use) {
  const state = mkdtempSync(join(tmpdir(), 'episoded-state-'));
  let current = await startLobby({ state });
  const restart = async () => {
    await current.bot.stop();
    current = await startLobby({ state, port: current.port });
    return current;
  };
  try {
    await use(current, restart);
  } finally {
    await current.bot.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

const scrollTo = (visitor, top) => visitor.page.locator('#scroller').evaluate((node, to) => { node.scrollTop = to; }, top);
const isAtBottom = () => {
  const { scrollHeight, scrollTop, clientHeight } = document.getElementById('scroller');
  return scrollHeight - scrollTop - clientHeight < 5;
};

test('a restart of the bot emptied the room', () => withState(async (first, restart) => {
  const ann = await enter('ann', { url: first.url });
  await ann.say('said before the restart');
  await ann.say('!episode 5');
  await ann.cards.first().waitFor();
  await ann.say('/me nods');
  await ann.message('nods').waitFor();
  await ann.leave();
  const second = await restart();
  const bob = await enter('bob', { url: second.url });
  await bob.message('said before the restart').waitFor();
  assert.equal(await bob.message('said before the restart').locator('.nick').innerText(), 'ann');
  await bob.cards.getByRole('heading', { name: /episode 5\b/i }).waitFor();
  assert.equal(await bob.cards.count(), 1);
  assert.equal(await bob.message('nods').locator('.text.action').innerText(), 'ann nods');
  const order = await bob.log.locator('.message').evaluateAll((nodes) => nodes.map((node) => node.innerText.match(/said before|episode 5|nods/i)?.[0]));
  assert.deepEqual(order.map((text) => text?.toLowerCase()), ['said before', 'episode 5', 'episode 5', 'nods']);
  await bob.say('said after it');
  await bob.message('said after it').waitFor();
  const reader = await IrcClient.connect(second.wsUrl, { nick: 'reader', caps: ['batch', 'message-tags', 'draft/chathistory'] });
  await reader.join('#lobby');
  reader.send('CHATHISTORY LATEST #lobby * 1');
  await reader.expect((line) => line.verb === 'PRIVMSG' && line.params[1] === 'said after it');
  await reader.close();
  bob.assertCalm(second.url);
  await bob.leave();
}));

test('a question and its answer survive a bot that is killed', async () => {
  const state = mkdtempSync(join(tmpdir(), 'episoded-state-'));
  const first = await startLobby({ state });
  const ann = await enter('ann', { url: first.url });
  await ann.say('!episode 5');
  await ann.cards.first().waitFor();
  first.bot.kill('SIGKILL');
  await ann.page.locator('body[data-state="waiting"], body[data-state="connecting"]').first().waitFor();
  const second = await startLobby({ state, port: first.port });
  await ann.page.reload();
  await ann.cards.getByRole('heading', { name: /episode 5\b/i }).waitFor();
  await ann.say('still here');
  await ann.message('still here').waitFor();
  assert.equal(await ann.cards.count(), 1);
  assert.equal(await ann.message('!episode 5').count(), 1);
  await ann.leave();
  await second.bot.stop();
  rmSync(state, { recursive: true, force: true });
});

test('a veil comes back closed, whatever its reader has seen since', () => withState(async (first, restart) => {
  const ann = await enter('ann', { url: first.url });
  await ann.say('!seen 1');
  await ann.message('seen undo').waitFor();
  await ann.say('!episode 10');
  await ann.cards.last().locator('.veil').click();
  await ann.cards.last().locator('.card-text').waitFor();
  await ann.say('!seen 12');
  await ann.cards.nth(2).waitFor();
  const second = await restart();
  await ann.page.reload();
  await ann.ready();
  const { summary, teaser } = episode(10);
  const card = ann.cards.filter({ hasText: teaser });
  await card.locator('.veil').waitFor();
  assert.ok(!(await card.ariaSnapshot()).includes(summary.slice(0, 20)));
  // IRC clients get what they got then.
  const reader = await IrcClient.connect(second.wsUrl, { nick: 'reader', caps: ['batch', 'message-tags', 'draft/chathistory'] });
  await reader.join('#lobby');
  reader.send('CHATHISTORY LATEST #lobby * 50');
  const texts = [];
  const isEnd = (line) => texts.push(line.params.at(-1)) && line.verb === 'BATCH' && line.params[0].startsWith('-');
  await reader.expect(isEnd);
  assert.ok(texts.some((text) => text.includes(teaser)));
  assert.ok(!texts.some((text) => text.includes(summary.slice(0, 20))));
  await reader.close();
  await ann.leave();
}));

test('private answers were gone after a reload', () => withState(async (first, restart) => {
  const ann = await enter('ann', { url: first.url });
  await ann.say('/msg episoded episode 9');
  const answers = () => ann.cards.getByRole('heading', { name: /episode 9\b/i });
  const answer = answers();
  await answer.waitFor();
  await ann.say('said to all');
  await ann.message('said to all').waitFor();
  await ann.page.reload();
  await answer.waitFor();
  assert.equal(await answer.count(), 1);
  assert.equal(await ann.log.getByText('only you see this').count(), 1);
  assert.equal(await ann.log.getByText('only to episoded').count(), 1);

  // The same after a restart, with another name.
  const second = await restart();
  await ann.page.reload();
  await answer.waitFor();
  await ann.say('/nick ann-two');
  await ann.page.getByText('You are ann-two now.').waitFor();
  await ann.page.reload();
  await answer.waitFor();
  assert.equal(await ann.log.getByText('only to episoded').count(), 1);
  await ann.page.close();
  await untilGone(second, 'ann-two');

  // Others who take the name get nothing of it: a page, and an IRC client.
  const thief = await enter('ann', { url: second.url });
  await thief.message('said to all').waitFor();
  assert.equal(await thief.page.locator('#me-name').innerText(), 'ann');
  assert.equal(await thief.cards.count(), 0);
  await thief.leave();
  const irc = await IrcClient.connect(second.wsUrl, { nick: 'ann-two', caps: ['batch', 'message-tags', 'draft/chathistory'] });
  irc.send('CHATHISTORY LATEST episoded * 50');
  assert.equal((await irc.expect(() => true)).params[1], 'INVALID_TARGET');
  await irc.close();

  // The person comes back.
  await ann.open(second.url);
  await answers().waitFor();
  await ann.leave();
}));

test('a guest had another name after each reload', async () => {
  const guest = await enter(undefined);
  const name = await guest.page.locator('#me-name').innerText();
  assert.match(name, /^guest-\d+$/);
  await guest.page.reload();
  await guest.ready();
  assert.equal(await guest.page.locator('#me-name').innerText(), name);
  await guest.page.close();
  await untilGone(lobby, name);
  await guest.open(lobby.url); // another window, later
  assert.equal(await guest.page.locator('#me-name').innerText(), name);
  const other = await enter(undefined);
  assert.notEqual(await other.page.locator('#me-name').innerText(), name);
  await other.leave();
  await guest.leave();
});

test('there is a line above what is new since the reader left', async () => {
  const ann = await enter('ann');
  const bob = await enter('bob');
  await bob.say('read by ann');
  await ann.message('read by ann').waitFor();
  assert.equal(await ann.log.locator('.fresh').count(), 0);
  await ann.page.close();
  await bob.say('the first unread');
  await bob.say('the second unread');
  await bob.message('the second unread').waitFor();
  await ann.open(lobby.url);
  const line = ann.log.locator('li.fresh', { hasText: 'New since you left' });
  await line.waitFor();
  assert.match(await line.locator('+ li').innerText(), /the first unread/);
  assert.equal(await line.count(), 1);
  await ann.say('I am back');
  await ann.message('I am back').waitFor();
  assert.equal(await line.count(), 0);
  await ann.page.reload();
  await ann.message('I am back').waitFor();
  assert.equal(await line.count(), 0, 'all was read');
  await ann.leave();
  await bob.leave();
});

test('a reader who is scrolled up keeps the place, and gets down with the keyboard', () => withState(async (first, restart) => {
  const ann = await enter('ann', { url: first.url, viewport: { width: 800, height: 500 } });
  const bob = await enter('bob', { url: first.url });
  for (let i = 0; i < 40; i += 1) await bob.say(`line ${i} of many`);
  await ann.message('line 39 of many').waitFor();
  await scrollTo(ann, 200);
  const button = ann.page.getByRole('button', { name: 'To the newest' });
  await button.waitFor();
  const place = () => ann.message('line 9 of many').evaluate((node) => Math.round(node.getBoundingClientRect().top));
  const at = await place();
  await bob.say('one more');
  await ann.page.getByRole('button', { name: '1 new message below' }).waitFor();
  assert.equal(await place(), at);
  assert.match(await ann.log.locator('.fresh + li').innerText(), /one more/);

  // The list is made again when the connection is back.
  const second = await restart();
  await ann.page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await ann.ready();
  await bob.open(second.url);
  await bob.say('after the restart');
  await ann.message('after the restart').waitFor();
  assert.equal(await place(), at);

  await ann.input.focus();
  await ann.page.keyboard.press('End');
  await ann.page.waitForFunction(isAtBottom);
  assert.equal(await ann.page.getByRole('button', { name: /new messages? below|To the newest/ }).count(), 0);
  await ann.input.fill('a draft');
  await scrollTo(ann, 0);
  await ann.page.keyboard.press('Home'); // of the draft
  await ann.page.keyboard.press('End');
  assert.equal(await ann.page.locator('#scroller').evaluate((node) => node.scrollTop), 0, 'End belongs to the draft first');
  await ann.page.keyboard.press('End');
  await ann.page.waitForFunction(isAtBottom);
  await scrollTo(ann, 0);
  await button.click();
  await ann.page.waitForFunction(isAtBottom);
  await ann.leave();
  await bob.leave();
}));

test('a note about another visitor does not scroll', async () => {
  const ann = await enter('ann', { viewport: { width: 800, height: 500 } });
  const bob = await enter('bob');
  for (let i = 0; i < 30; i += 1) await bob.say(`filler ${i}`);
  await ann.message('filler 29').waitFor();
  await scrollTo(ann, 0);
  await ann.page.getByRole('button', { name: 'To the newest' }).waitFor();
  await bob.say('/nick bobby');
  await ann.log.getByText('bob is bobby now.').waitFor();
  assert.equal(await ann.page.locator('#scroller').evaluate((node) => node.scrollTop), 0);
  await ann.leave();
  await bob.leave();
});

test('a waiting message had a second "Today" above it', async () => {
  const fresh = await startLobby();
  const ann = await enter('ann', { url: fresh.url });
  for (const text of ['one', 'two', 'three']) await ann.say(`message ${text}`);
  await ann.message('message three').waitFor();
  assert.equal(await ann.log.getByRole('heading', { name: 'Today' }).count(), 1);
  await ann.leave();
  await fresh.bot.stop();
});
