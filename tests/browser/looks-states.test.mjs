// The page in its states, light and dark, on a phone, a tablet and a desk: axe-core finds nothing to complain of. A picture of
// each goes to build/screenshots/states.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';

import { Visitor, screenshot, startBrowser, startLobby } from './page.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SCHEMES = ['light', 'dark'];
const SIZES = [{ width: 390, height: 844 }, { width: 844, height: 390 }, { width: 1280, height: 800 }];
const TEXT_CONTRAST = 4.5;
const EDGE_CONTRAST = 3;

let browser;
let lobby;

before(async () => {
  [browser, lobby] = await Promise.all([startBrowser(), startLobby()]);
});

after(async () => {
  await browser?.close();
  await lobby?.bot.stop();
});

// The message field has several lines and a list of suggestions: screen readers need the role for the list. "ARIA in HTML"
// does not yet allow it for a textarea (github.com/w3c/html-aria/issues/543).
const isAllowed = ({ id, nodes }) => id === 'aria-allowed-role' && nodes.length === 1 && nodes[0].target.join() === '#input';

async function violations(page) {
  if (!await page.evaluate(() => Boolean(window.axe))) await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations.filter((violation) => !isAllowed(violation)).map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`).join('\n')}`);
}

// Look at a state in all schemes and sizes.
async function look(page, name) {
  const problems = [];
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const label = `${name}-${colorScheme}-${size.width}`;
      problems.push(...(await violations(page)).map((problem) => `${label}: ${problem}`));
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (sideways > 0) problems.push(`${label}: overflows by ${sideways} px`);
      await screenshot(page, `states/${label}`);
    }
  }
  assert.deepEqual(problems, [], problems.join('\n\n'));
}

const enter = (nick, options = {}) => Visitor.enter(browser, options.url ?? lobby.url, { nick, viewport: SIZES[2], ...options });

async function room(use) {
  const fresh = await startLobby();
  const maya = await enter('maya', { url: fresh.url });
  try {
    await use(maya, fresh);
  } finally {
    await maya.leave();
    if (!fresh.bot.end) await fresh.bot.stop();
  }
}

test('an empty room', () => room((maya) => look(maya.page, 'empty')));

test('an answer', () => room(async (maya, { url }) => {
  const noor = await enter('noor', { url });
  await noor.say('I stopped after four last night. Is five worth staying up for?');
  await maya.message('worth staying up').waitFor();
  await maya.say('!episode 5');
  await maya.cards.first().waitFor();
  await noor.say('Right. Kettle on.');
  await noor.say('See https://example.org/a-page?with=a&long=address');
  await maya.message('example.org').waitFor();
  await look(maya.page, 'answer');
  await noor.leave();
}));

test('a veiled answer, and its veil opened and closed', () => room(async (maya) => {
  await maya.say('!seen 1');
  await maya.message('seen undo').waitFor();
  await maya.say('!episode 10');
  const veil = maya.cards.last().locator('.veil');
  await veil.waitFor();
  await look(maya.page, 'veiled');
  await veil.click();
  await maya.cards.last().locator('.card-text').waitFor();
  assert.equal(await veil.getAttribute('aria-expanded'), 'true');
  await look(maya.page, 'unveiled');
  await veil.click();
  await maya.cards.last().locator('.card-text').waitFor({ state: 'hidden' });
  assert.equal(await veil.getAttribute('aria-expanded'), 'false');
  assert.match(await veil.innerText(), /Show it/);
}));

test('a list of episodes', () => room(async (maya) => {
  await maya.say('!episodes');
  await maya.cards.first().waitFor();
  await look(maya.page, 'episodes');
}));

test('an error', () => room(async (maya) => {
  await maya.say('!episode 13');
  await maya.cards.first().waitFor();
  await maya.say('/frobnicate');
  await maya.log.getByText('Unknown command').waitFor();
  await look(maya.page, 'error');
}));

test('the completion is open', () => room(async (maya) => {
  await maya.say('!help');
  await maya.cards.first().waitFor();
  await maya.input.fill('!e');
  await maya.page.getByRole('listbox', { name: 'Commands' }).getByRole('option').first().waitFor();
  await look(maya.page, 'completion');
}));

test('the connection is lost', () => room(async (maya, { bot }) => {
  await maya.say('!episode 5');
  await maya.cards.first().waitFor();
  await bot.stop();
  await maya.page.locator('body[data-state="waiting"]').waitFor();
  await maya.say('typed meanwhile');
  await maya.page.locator('.pending').waitFor();
  await look(maya.page, 'offline');
}));

test('new messages while the reader is elsewhere, and private ones', () => room(async (maya, { url }) => {
  const noor = await enter('noor', { url });
  for (let i = 0; i < 30; i += 1) await noor.say(`line ${i}: a message of some length, so that a phone has two lines of it`);
  await maya.message('line 29').waitFor();
  await maya.say('/msg episoded episode 9');
  await maya.cards.first().waitFor();
  await maya.page.locator('#scroller').evaluate((node) => { node.scrollTop = 0; });
  await maya.page.getByRole('button', { name: 'To the newest' }).waitFor();
  await noor.say('!episode 3');
  await maya.page.getByRole('button', { name: /\d new messages? below/ }).waitFor();
  await maya.page.locator('.fresh').scrollIntoViewIfNeeded();
  await look(maya.page, 'new');
  await noor.leave();
}));

test('the dialog of the name', () => room(async (maya) => {
  await maya.page.getByRole('button', { name: /Change your name/ }).click();
  await maya.page.getByRole('dialog').getByRole('textbox').fill('episoded');
  await maya.page.keyboard.press('Enter');
  await maya.page.getByRole('alert').getByText(/taken/).waitFor();
  await look(maya.page, 'name');
}));

test('many people', () => room(async (maya, { url }) => {
  const others = [];
  for (const nick of ['noor', '민지', 'أحمد', 'a-very-long-name-of-30-letters']) others.push(await enter(nick, { url }));
  for (const [i, other] of others.entries()) await other.say(i === 2 ? 'مرحبا بالجميع!' : `hello from ${i}`);
  await maya.message('hello from 3').waitFor();
  await look(maya.page, 'people');
  await Promise.all(others.map((other) => other.leave()));
}));

test('the drawer with channels and people', () => room(async (maya, { url }) => {
  const others = [await enter('noor', { url }), await enter('민지', { url })];
  await maya.say('!episode 5');
  await maya.cards.first().waitFor();
  await maya.page.setViewportSize(SIZES[0]);
  const menu = maya.page.getByRole('button', { name: 'Channels and people' });
  await menu.click();
  await maya.page.getByText('Here now').waitFor();
  await look(maya.page, 'drawer');
  await Promise.all(others.map((other) => other.leave()));
}));

test('an error page', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${lobby.url}nothing-here`);
  await look(page, 'error-page');
  await context.close();
});

// The colours that style.css gives to each nick, on every background that a message may have.
test('the nick of one person had too little contrast on the background of another', async () => {
  const maya = await enter('maya');
  await maya.say('one message');
  await maya.message('one message').waitFor();
  for (const colorScheme of SCHEMES) {
    await maya.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }); // no colour on its way to another
    await maya.page.evaluate(() => document.activeElement.blur()); // a focused field has another border
    const ratios = await maya.page.evaluate(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
      const luminance = (color) => {
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ratio = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);
      const root = getComputedStyle(document.documentElement);
      const backgrounds = ['ground', 'paper', 'raised', 'hover', 'accent-wash', 'warn-wash'];
      const result = { texts: {}, edges: {} };
      const nick = document.querySelector('.message .nick');
      for (const hue of ['bot', 0, 1, 2, 3, 4, 5, 6, 7]) {
        nick.dataset.hue = hue;
        for (const name of backgrounds) result.texts[`nick ${hue} on ${name}`] = ratio(getComputedStyle(nick).color, root.getPropertyValue(`--${name}`));
        const avatar = document.querySelector('.message .avatar');
        avatar.dataset.hue = hue;
        result.texts[`avatar ${hue}`] = ratio(getComputedStyle(avatar).color, getComputedStyle(avatar).backgroundColor);
      }
      for (const text of ['ink', 'soft', 'accent', 'warn']) {
        for (const name of backgrounds) result.texts[`${text} on ${name}`] = ratio(root.getPropertyValue(`--${text}`), root.getPropertyValue(`--${name}`));
      }
      const edge = getComputedStyle(document.querySelector('.composer')).borderTopColor;
      for (const name of backgrounds) result.edges[`the composer's border on ${name}`] = ratio(edge, root.getPropertyValue(`--${name}`));
      return result;
    });
    assert.ok(Object.keys(ratios.texts).length > 70 && Object.keys(ratios.edges).length === 6);
    assert.deepEqual(Object.entries(ratios.texts).filter(([, ratio]) => !(ratio >= TEXT_CONTRAST)), [], colorScheme);
    assert.deepEqual(Object.entries(ratios.edges).filter(([, ratio]) => !(ratio >= EDGE_CONTRAST)), [], colorScheme);
  }
  await maya.leave();
});

test('in forced colours everything keeps its form', async () => {
  const maya = await enter('maya', { forcedColors: 'active' });
  await maya.say('!episode 5');
  await maya.cards.first().waitFor();
  const { page } = maya;
  const shows = (selector) => page.locator(selector).first().evaluate((node) => {
    const style = getComputedStyle(node);
    return style.borderStyle !== 'none' && style.borderWidth !== '0px' && style.borderColor !== 'rgba(0, 0, 0, 0)';
  });
  for (const selector of ['.avatar', '.composer', '.send', '.choice', '.dot']) assert.ok(await shows(selector), selector);
  await screenshot(page, 'states/forced-colours');
  await maya.leave();
});
