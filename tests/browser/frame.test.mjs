// The frame of the page: the show, the season, channels, prefix, phone, mentions.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { freePort } from '../harness/ports.mjs';
import { startBot } from '../harness/bot.mjs';
import { Visitor, screenshot, startBrowser, startLobby } from './page.mjs';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const FINGER_PX = 44;

let browser;
let lobby;

before(async () => {
  [browser, lobby] = await Promise.all([startBrowser(), startLobby()]);
});

after(async () => {
  await browser?.close();
  await lobby?.bot.stop();
});

const enter = (nick, { url = lobby.url, ...options } = {}) => Visitor.enter(browser, url, { nick, ...options });
const numbers = (visitor) => visitor.page.getByRole('toolbar', { name: 'Episodes of the season' }).getByRole('button');
const bar = (visitor) => visitor.page.locator('#outside');

test('the first screen names the show, and its season has a number for each episode', async () => {
  const fresh = await startLobby();
  const ann = await enter('ann', { url: fresh.url });
  await numbers(ann).nth(11).waitFor();
  assert.equal(await numbers(ann).count(), 12);
  assert.equal(await ann.page.locator('header #show').innerText(), 'All of Us Are Dead');
  assert.equal(await ann.page.locator('#welcome-show').innerText(), 'All of Us Are Dead');
  ann.assertCalm(fresh.url);
  await ann.leave();
  await fresh.bot.stop();
});

test('the calendar of the show is one click away', async () => {
  const ann = await enter('ann');
  const link = ann.page.getByRole('link', { name: 'Calendar of the show' });
  await link.waitFor();
  const url = new URL(await link.getAttribute('href'), lobby.url);
  assert.equal(url.origin, new URL(lobby.url).origin);
  const calendar = await fetch(url);
  assert.equal(calendar.headers.get('content-type'), 'text/calendar; charset=utf-8');
  assert.match(await calendar.text(), /^BEGIN:VCALENDAR\r\n/);
  ann.assertCalm(lobby.url);
  await ann.leave();
});

test('the season shows what I have seen and which episode is told, and one click asks', async () => {
  const ann = await enter('ann');
  await numbers(ann).nth(4).click();
  await ann.cards.last().getByRole('heading', { name: /episode 5\b/i }).waitFor();
  const current = ann.page.locator('#numbers [aria-current="true"]');
  await current.waitFor();
  assert.equal(await current.innerText(), '5');
  await ann.say('!seen 3');
  await ann.page.getByRole('button', { name: 'Season 1, episode 3, seen' }).waitFor();
  assert.equal(await ann.page.locator('.number[data-state="seen"]').count(), 3);
  // What another person has seen is theirs.
  const bob = await enter('bob');
  await numbers(bob).nth(11).waitFor();
  assert.equal(await bob.page.locator('.number[data-state="seen"]').count(), 0);
  await ann.say('!seen undo');
  await ann.page.getByRole('button', { name: 'Season 1, episode 3', exact: true }).waitFor();
  // One stop of Tab; the arrows go on.
  await current.focus();
  await ann.page.keyboard.press('ArrowRight');
  assert.equal(await ann.page.evaluate(() => document.activeElement.textContent), '6');
  await ann.page.keyboard.press('Home');
  assert.equal(await ann.page.evaluate(() => document.activeElement.textContent), '1');
  assert.equal(await ann.page.locator('#numbers [tabindex="0"]').count(), 1);
  await bob.leave();
  await ann.leave();
});

test('!episodes is a list of rows under headings, and a click asks', async () => {
  const ann = await enter('ann');
  await ann.say('!episodes');
  const card = ann.cards.last();
  await card.getByRole('heading', { level: 4, name: 'Season 1' }).waitFor();
  const rows = card.getByRole('listitem');
  assert.equal(await rows.count(), 12);
  await rows.nth(6).getByRole('button', { name: /^Episode 7/ }).click();
  await ann.cards.last().getByRole('heading', { name: /episode 7\b/i }).waitFor();
  ann.assertCalm(lobby.url);
  await ann.leave();
});

test('a wrong question is answered to its author alone', async () => {
  const [ann, bob] = [await enter('ann'), await enter('bob')];
  await ann.say('!episode 99');
  await ann.cards.last().getByText(/No episode 99/).waitFor();
  await bob.say('that was nothing');
  await bob.message('that was nothing').waitFor();
  assert.equal(await bob.log.getByText(/No episode 99/).count(), 0);
  await ann.leave();
  await bob.leave();
});

test('a channel without the bot had no way back', async () => {
  const ann = await enter('ann');
  await ann.say('/join #new');
  await bar(ann).getByText('There was no channel #new, so you opened it.').waitFor();
  assert.match(await bar(ann).innerText(), /episoded isn't here, but it answers in #lobby\./);
  assert.equal(await ann.page.getByRole('heading', { level: 1 }).innerText(), '#new');
  assert.equal(await ann.input.getAttribute('placeholder'), 'Message #new');
  assert.equal(await ann.page.locator('#season').isVisible(), false);
  assert.equal(await ann.page.locator('.invitations').isVisible(), false);
  // Another person sees it in the list.
  const bob = await enter('bob');
  const room = bob.page.getByRole('link', { name: /^#new/ });
  await room.waitFor();
  assert.match(await room.innerText(), /no bot/);
  await room.click();
  await bar(bob).getByText("episoded isn't in #new, but it answers in #lobby.").waitFor();
  await bar(ann).getByRole('link', { name: 'Back to #lobby' }).click();
  await numbers(ann).first().waitFor();
  assert.equal(await bar(ann).isVisible(), false);
  await ann.say('!ping');
  await ann.cards.last().waitFor();
  // The browser's own way back, to an address without a channel.
  await bob.page.goBack();
  await numbers(bob).first().waitFor();
  assert.equal(await bob.page.getByRole('heading', { level: 1 }).innerText(), '#lobby');
  ann.assertCalm(lobby.url);
  await ann.leave();
  await bob.leave();
});

test('a channel that cannot be joined leads back', async () => {
  const ann = await enter('ann');
  await ann.page.evaluate(() => { location.hash = `#${'x'.repeat(49)}`; });
  await bar(ann).waitFor();
  const made = [];
  for (let i = 0; i < 31; i += 1) made.push(`#full-${i}`);
  const crowd = await Promise.all([0, 1].map(async (half) => {
    const { IrcClient } = await import('../harness/irc.mjs');
    const client = await IrcClient.connect(lobby.wsUrl, { nick: `crowd-${half}` });
    for (const name of made.slice(half * 16, half * 16 + 16)) client.send(`JOIN ${name}`);
    await client.sync();
    return client;
  }));
  await ann.say('/part');
  await numbers(ann).first().waitFor();
  await crowd[0].send('JOIN #full-32');
  await crowd[0].sync();
  await ann.say('/join #one-too-many');
  await ann.log.getByText("Can't join #one-too-many: there are too many channels.").waitFor();
  await numbers(ann).first().waitFor();
  assert.equal(await ann.page.getByRole('heading', { level: 1 }).innerText(), '#lobby');
  assert.match(ann.page.url(), /#lobby$/);
  for (const client of crowd) await client.close();
  await ann.leave();
});

test('the "you" badge was lost after a rename', async () => {
  const ann = await enter('ann');
  await ann.say('/nick anna');
  const own = ann.page.locator('#members li', { hasText: 'anna' });
  await own.getByText('you').waitFor();
  await ann.leave();
});

test('"Today" was there twice in an empty room', async () => {
  const fresh = await startLobby();
  const ann = await enter('ann', { url: fresh.url });
  await ann.say('hello');
  await ann.message('hello').waitFor();
  await ann.page.locator('.message:not(.pending)').waitFor();
  assert.equal(await ann.page.getByRole('separator').count(), 1);
  await ann.leave();
  await fresh.bot.stop();
});

test('the hour ran into the text on hover', async () => {
  const ann = await enter('ann', { locale: 'en-US' });
  await ann.say('one');
  await ann.say('two');
  const gutter = ann.message('two').locator('.gutter time');
  await gutter.waitFor({ state: 'attached' });
  await ann.message('two').hover();
  const { right } = await gutter.evaluate((node) => node.getBoundingClientRect().toJSON());
  const { left } = await ann.message('two').locator('.text').evaluate((node) => node.getBoundingClientRect().toJSON());
  assert.ok(right + 4 <= left, `${right} and ${left}`);
  assert.doesNotMatch(await gutter.innerText(), /[AP]M/);
  await ann.leave();
});

test('the prefix of the configuration is everywhere on the page, and follows it', async () => {
  const listen = await freePort();
  const url = `http://127.0.0.1:${listen}/`;
  const config = { prefix: '?', gateways: [{ name: 'lobby', type: 'lobby', listen: `127.0.0.1:${listen}`, channels: ['#lobby'] }] };
  const bot = await startBot({ config });
  await bot.waitForLog(/ready: gateway lobby/);
  const ann = await enter('ann', { url });
  await numbers(ann).first().waitFor();
  await ann.page.getByRole('region', { name: 'Welcome' }).getByRole('button', { name: '?help' }).waitFor();
  assert.match(await ann.input.getAttribute('placeholder'), /^Try \?episode latest/);
  const said = await ann.page.locator('body').innerText();
  assert.doesNotMatch(said, /![a-z]/);
  assert.doesNotMatch(said, /type ! to/);
  await ann.input.fill('?epi');
  await ann.page.getByRole('option').first().waitFor();
  assert.match(await ann.page.getByRole('option').first().innerText(), /^\?episode/);
  await ann.input.fill('');
  await numbers(ann).nth(1).click();
  await ann.cards.last().getByRole('heading', { name: /episode 2\b/i }).waitFor();
  // A new prefix, while the page is open.
  bot.configure({ ...config, prefix: '$' });
  bot.reload();
  await ann.page.locator('.keys [data-prefix]').getByText('$', { exact: true }).waitFor();
  assert.match(await ann.input.getAttribute('placeholder'), /^Try \$episode latest/);
  await ann.input.fill('$epi');
  await ann.page.getByRole('option').first().waitFor();
  await ann.input.fill('');
  await numbers(ann).nth(2).click();
  await ann.cards.last().getByRole('heading', { name: /episode 3\b/i }).waitFor();
  ann.assertCalm(url);
  await ann.leave();
  await bot.stop();
});

test('on a phone, channels and people are in a drawer, and nothing is too small for a finger', async () => {
  const ann = await enter('ann', PHONE);
  const { page } = ann;
  const side = page.getByRole('complementary', { name: 'Who is here' });
  assert.equal(await side.isVisible(), false);
  await page.getByRole('button', { name: 'Channels and people' }).click();
  await side.getByRole('link', { name: /^#lobby/ }).waitFor();
  await side.getByText('episoded').waitFor();
  const small = () => page.evaluate((least) => [...document.querySelectorAll('button, a, select')]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest('.skip, .text, .card-text'))
    .map((node) => ({ node, box: node.getBoundingClientRect() }))
    .filter(({ node, box }) => box.width && (box.height < least - 0.5 || box.width < least - 0.5) && !node.disabled)
    .map(({ node, box }) => `${node.outerHTML.slice(0, 80)}: ${box.width} x ${box.height}`), FINGER_PX);
  assert.deepEqual(await small(), []);
  await screenshot(page, 'frame-phone-drawer');
  await page.getByRole('button', { name: 'Close' }).click();
  await side.waitFor({ state: 'hidden' });
  await ann.say('!episode 5');
  await ann.cards.last().locator('.choice').first().waitFor();
  assert.deepEqual(await small(), []);
  // A choice does not open the keyboard.
  await page.evaluate(() => document.activeElement.blur());
  const count = await ann.cards.count();
  await ann.cards.last().locator('.choice').first().tap();
  await ann.cards.nth(count).waitFor();
  assert.notEqual(await page.evaluate(() => document.activeElement.id), 'input');
  // A card has the whole width.
  const card = await ann.cards.last().boundingBox();
  assert.ok(card.width > 390 * 0.9, String(card.width));
  await screenshot(page, 'frame-phone');
  ann.assertCalm(lobby.url);
  await ann.leave();
});

for (const [name, options] of Object.entries({
  landscape: { ...PHONE, viewport: { width: 844, height: 390 } },
  'zoom of 400 %': { viewport: { width: 320, height: 256 } },
})) {
  test(`${name}: at least half of the window is the conversation`, async () => {
    const ann = await enter('ann', options);
    await ann.say('!episode 5');
    await ann.cards.last().waitFor();
    const { height } = await ann.page.locator('#scroller').boundingBox();
    assert.ok(height >= options.viewport.height / 2, `${height} of ${options.viewport.height}`);
    assert.equal(await ann.page.evaluate(() => document.documentElement.scrollWidth), options.viewport.width);
    await screenshot(ann.page, `frame-${name.replace(/\W+/g, '-')}`);
    await ann.leave();
  });
}

test('mentions are off until the switch is pressed, and permission is asked for only then', async () => {
  const ann = await enter('mira');
  const { page } = ann;
  await page.evaluate(() => {
    window.asked = 0;
    window.shown = [];
    window.Notification = class {
      static permission = 'default';

      static async requestPermission() { window.asked += 1; this.permission = 'granted'; return 'granted'; }

      constructor(title, { body }) { window.shown.push(`${title}: ${body}`); }
    };
    Object.defineProperty(document, 'hidden', { get: () => true });
  });
  const bob = await enter('bob');
  await bob.say('mira, are you there?');
  await ann.message('are you there?').waitFor();
  assert.deepEqual(await page.evaluate(() => [window.asked, window.shown]), [0, []]);
  assert.equal(await page.locator('.mention').count(), 0);
  const control = page.getByRole('switch', { name: /Mentions of your name/ });
  assert.equal(await control.getAttribute('aria-checked'), 'false');
  await control.click();
  await page.waitForFunction(() => window.asked === 1);
  await page.locator('.mention').waitFor(); // the one before, too
  await bob.say('A miracle says it all. But Mira!');
  await ann.message('But Mira!').waitFor();
  await bob.say('miracle reports');
  await ann.message('miracle reports').waitFor();
  assert.deepEqual(await page.evaluate(() => window.shown), ['bob: A miracle says it all. But Mira!']);
  await page.reload();
  await ann.ready();
  assert.equal(await control.getAttribute('aria-checked'), 'true');
  await control.click();
  assert.equal(await control.getAttribute('aria-checked'), 'false');
  assert.equal(await page.locator('.mention').count(), 0);
  await ann.leave();
  await bob.leave();
});
