// Appearance and accessibility: roles and names, contrast, widths, light and dark. Screenshots go to build/screenshots.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { Visitor, screenshot, startBrowser, startLobby } from './page.mjs';

const AA = 4.5;

let browser;
let lobby;

before(async () => {
  [browser, lobby] = await Promise.all([startBrowser(), startLobby()]);
  const maya = await Visitor.enter(browser, lobby.url, { nick: 'maya' });
  await maya.say('Started it last night. No more sleep for me.');
  await maya.say('!episode 5');
  await maya.cards.first().waitFor();
  await maya.say('!episode 12');
  await maya.say('!episode 13');
  await maya.cards.nth(2).waitFor();
  await maya.leave();
});

after(async () => {
  await browser?.close();
  await lobby?.bot.stop();
});

const enter = (options) => Visitor.enter(browser, lobby.url, { nick: 'noor', ...options });

// The lowest contrast of any visible text with its background.
function lowestContrast() {
  const parse = (color) => {
    const numbers = color.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const { rgb, alpha } = parse(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return rgb;
    }
    return [255, 255, 255];
  };
  let lowest = { ratio: 99 };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    if (!walker.currentNode.data.trim() || !box.width || style.visibility !== 'visible' || style.opacity === '0') continue;
    if (!node.checkVisibility() || node.closest('.unseen, .skip')) continue;
    const [a, b] = [luminance(parse(style.color).rgb), luminance(backgroundOf(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < lowest.ratio) lowest = { ratio, text: walker.currentNode.data, className: node.className, color: style.color };
  }
  return lowest;
}

for (const colorScheme of ['light', 'dark']) {
  test(`${colorScheme}: text has enough contrast`, async () => {
    const noor = await enter({ colorScheme, viewport: { width: 1180, height: 860 }, deviceScaleFactor: 2 });
    await noor.cards.first().waitFor();
    await noor.input.fill('!e');
    await noor.page.getByRole('option').first().waitFor();
    const lowest = await noor.page.evaluate(lowestContrast);
    assert.ok(lowest.ratio >= AA, JSON.stringify(lowest));
    await screenshot(noor.page, `lobby-${colorScheme}-completion`);
    await noor.input.fill('');
    await screenshot(noor.page, `lobby-${colorScheme}`);
    noor.assertCalm(lobby.url);
    await noor.leave();
  });
}

for (const [name, viewport] of Object.entries({ phone: { width: 360, height: 740 }, tablet: { width: 820, height: 1100 }, wide: { width: 1920, height: 1080 } })) {
  test(`${name}: no element overflows sideways`, async () => {
    const noor = await enter({ viewport, deviceScaleFactor: name === 'phone' ? 2 : 1, hasTouch: name === 'phone' });
    await noor.say('!help');
    await noor.cards.nth(2).waitFor(); // the answer to "!episode 13" is private
    const widths = await noor.page.evaluate(() => ({
      page: document.documentElement.scrollWidth,
      scroller: document.getElementById('scroller').scrollWidth - document.getElementById('scroller').clientWidth,
    }));
    assert.deepEqual(widths, { page: viewport.width, scroller: 0 });
    await screenshot(noor.page, `lobby-${name}`);
    await noor.leave();
  });
}

// docs/lobby-light.png and docs/lobby-dark.png are these two.
test('the pictures of the README can be taken', async () => {
  const fresh = await startLobby();
  const size = { viewport: { width: 1000, height: 712 }, deviceScaleFactor: 2 };
  const maya = await Visitor.enter(browser, fresh.url, { nick: 'maya' });
  const noor = await Visitor.enter(browser, fresh.url, { nick: 'noor', ...size });
  await maya.say('I stopped after four last night. Is five worth staying up for?');
  await noor.message('worth staying up').waitFor();
  await noor.say('!episode 5');
  await maya.cards.first().waitFor();
  await maya.say('Right. Kettle on.');
  await noor.message('Kettle on').waitFor();
  await maya.input.pressSequentially('and');
  await noor.page.getByText('maya is typing…').waitFor();
  for (const colorScheme of ['light', 'dark']) {
    await noor.page.emulateMedia({ colorScheme });
    await screenshot(noor.page, `readme-${colorScheme}`);
  }
  await maya.leave();
  await noor.leave();
  await fresh.bot.stop();
});

test('everything that can be used has a role and a name', async () => {
  const noor = await enter();
  const { page } = noor;
  await noor.cards.first().waitFor();
  for (const role of [page.getByRole('main'), page.getByRole('banner'), page.getByRole('log', { name: 'Messages' }),
    page.getByRole('combobox', { name: 'Message' }), page.getByRole('button', { name: 'Send' }),
    page.getByRole('complementary', { name: 'Who is here' }), page.getByRole('heading', { level: 1, name: '#lobby' }),
    page.getByRole('button', { name: 'Change your name, now noor' }), page.getByRole('separator').first()]) {
    assert.equal(await role.count(), 1);
  }
  const nameless = await page.evaluate(() => [...document.querySelectorAll('button, a, input, img')]
    .filter((node) => !(node.textContent.trim() || node.ariaLabel || node.labels?.length || node.alt === '' || node.title))
    .map((node) => node.outerHTML));
  assert.deepEqual(nameless, []);
  const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  assert.equal(await page.getByRole('log').getAttribute('aria-live'), 'polite');
  await noor.leave();
});

test('Tab goes through everything, and the focus shows', async () => {
  const noor = await enter();
  const { page } = noor;
  await noor.cards.first().waitFor();
  await page.locator('.skip').focus(); // the first element
  const seen = new Set();
  for (let i = 0; i < 40; i += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const node = document.activeElement;
      const style = getComputedStyle(node);
      const around = getComputedStyle(node.parentElement);
      return {
        name: node.id || node.className || node.tagName,
        isShown: style.outlineStyle !== 'none' || around.boxShadow !== 'none',
      };
    });
    if (at.name === 'BODY') break;
    assert.ok(at.isShown, at.name);
    seen.add(at.name);
  }
  for (const name of ['me', 'scroller', 'input', 'send', 'choice']) assert.ok(seen.has(name), `${name} in ${[...seen]}`);
  await noor.leave();
});

test('reduced motion is respected', async () => {
  const noor = await enter({ reducedMotion: 'reduce' });
  const moving = await noor.page.evaluate(() => [...document.querySelectorAll('*')]
    .filter((node) => getComputedStyle(node).transitionDuration.split(', ').some((time) => time !== '0s')).length);
  assert.equal(moving, 0);
  await noor.leave();
});
