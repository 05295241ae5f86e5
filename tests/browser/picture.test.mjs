// Pictures on the page: from the bot's own origin, and only where the answer is told.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { png } from '../harness/picture.mjs';
import { Visitor, startBrowser, startLobby } from './page.mjs';

let browser;
let lobby;
let dir;

before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'episoded-picture-'));
  writeFileSync(join(dir, 'lamp.png'), png(32, 18, [0xff, 0xc0, 0]));
  writeFileSync(join(dir, 'fog.png'), png(32, 18, [0x80, 0x80, 0x80]));
  writeFileSync(join(dir, 'lights.json'), JSON.stringify({
    name: 'Harbour Lights', image: 'lamp.png',
    episodes: [1, 2, 3].map((number) => ({ season: 1, number, airdate: '2020-01-01', summary: `The lamp goes out for night ${number}.`, image: 'fog.png' })),
  }));
  [browser, lobby] = await Promise.all([startBrowser(), startLobby({ data: dir })]);
});

after(async () => {
  await browser?.close();
  await lobby?.bot.stop();
  rmSync(dir, { recursive: true, force: true });
});

const loaded = (picture) => picture.evaluate((node) => new Promise((resolve) => {
  const tell = () => resolve([node.naturalWidth, node.naturalHeight]);
  if (node.complete && node.naturalWidth) tell();
  else node.onload = tell;
}));

test('the picture of the answer is seen, and the page asks the bot alone for it', async () => {
  const ann = await Visitor.enter(browser, lobby.url, { nick: 'ann' });
  await ann.say('!show');
  const picture = ann.cards.last().getByRole('img', { name: /^Picture/ });
  await picture.waitFor();
  assert.deepEqual(await loaded(picture), [32, 18]);
  for (const url of ann.requests) assert.equal(new URL(url).host, new URL(lobby.url).host, url);
  ann.assertCalm(lobby.url);
  await ann.leave();
});

test('the picture of an episode that is veiled was loaded', async () => {
  const ann = await Visitor.enter(browser, lobby.url, { nick: 'ann' });
  await ann.say('!seen 1');
  await ann.say('!episode 3');
  await ann.cards.last().getByRole('heading', { name: /episode 3/i }).waitFor();
  assert.equal(await ann.cards.last().locator('img.picture').count(), 0);
  await ann.say('!episode 1');
  await ann.cards.last().getByRole('heading', { name: /episode 1/i }).waitFor();
  assert.deepEqual(await loaded(ann.cards.last().locator('img.picture')), [32, 18]);
  await ann.leave();
});
