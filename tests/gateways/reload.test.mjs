// A reload reads the datasets on a thread: the bot answers meanwhile, and whatever ends the reload early is survived.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { lobbyGateway } from '../harness/lobby.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const WORDS = 'harbour lantern winter orchard captain letter island thunder market station garden silver'.split(' ');

// A show with enough text that the instrumented program takes a while to read it.
const show = (name, episodes) => JSON.stringify({
  name,
  summary: 'x',
  episodes: Array.from({ length: episodes }, (_, i) => ({
    season: 1,
    number: i + 1,
    summary: Array.from({ length: 120 }, (_, k) => `${WORDS[(i * 7 + k) % WORDS.length]}${(i * k) % 97}`).join(' '),
  })),
});

// A bot in a lobby with one small show, and someone in it.
async function begin(t) {
  const folder = mkdtempSync(join(tmpdir(), 'episoded-data-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'small.json'), show('Small', 2));
  const bot = await startBot({ config: { data: folder, gateways: [await lobbyGateway({ owners: 'everybody' })] } });
  const anna = await IrcClient.connect(`ws://127.0.0.1:${bot.port}/`, { nick: 'anna' });
  await anna.join('#lobby');
  return { bot, anna, folder };
}

async function ask(anna, text, pattern) {
  anna.say('#lobby', text);
  await anna.expectSaid('episoded', '#lobby', pattern);
}

function fill(folder, count = 12) {
  for (let i = 0; i < count; i++) writeFileSync(join(folder, `large-${i}.json`), show(`Large ${i}`, 100));
}

test('who asks during a reload does not wait for it', async (t) => {
  const { bot, anna, folder } = await begin(t);
  fill(folder);
  const from = bot.mark();
  bot.reload();
  let answered = 0;
  while (!/reloaded: /.test(bot.log().slice(from))) {
    await ask(anna, '!ping', /Pong/);
    answered++;
  }
  assert.ok(answered > 1, `${answered} answers before the end of the reload`);
  await bot.waitForLog(/reloaded: 13 shows, 1202 episodes/);
  await ask(anna, '!episode large7 5', /episode 5/);
  assert.deepEqual(bot.complaints(), []);
  await anna.close();
  await bot.stop();
});

test('a reload during a reload reads the files again', async (t) => {
  const { bot, anna, folder } = await begin(t);
  fill(folder);
  const from = bot.mark();
  bot.reload();
  await ask(anna, '!ping', /Pong/); // the first one is under way
  writeFileSync(join(folder, 'late.json'), show('Late', 1));
  for (let i = 0; i < 5; i++) bot.reload();
  await bot.waitForLog(/reloaded: .*\n(.*\n)*.*reloaded: 14 shows/, 30000, from);
  await ask(anna, '!episode late 1', /Late|episode 1/);
  assert.equal(bot.log().slice(from).match(/reloaded: /g).length, 2);
  await anna.close();
  await bot.stop();
});

test('one broken dataset is named and left out, at a reload and at the start', async (t) => {
  const { bot, anna, folder } = await begin(t);
  let from = bot.mark();
  writeFileSync(join(folder, 'broken.json'), '{"name": "Broken",\n}');
  writeFileSync(join(folder, 'other.json'), show('Other', 3));
  bot.reload();
  await bot.waitForLog(/reloaded: 2 shows, 5 episodes/, WAIT_MS, from);
  await bot.waitForLog(/broken\.json:1:18: .*\n.*broken\.json: left out/, WAIT_MS, from);
  await ask(anna, '!episode other 3', /episode 3/);
  const again = await startBot({ config: { data: folder, gateways: [await lobbyGateway()] } });
  await again.waitForLog(/broken\.json: left out/);
  await again.stop();

  from = bot.mark();
  writeFileSync(join(folder, 'other.json'), '{}');
  bot.reload();
  await bot.waitForLog(/reloaded: 2 shows, 5 episodes/, WAIT_MS, from);
  await bot.waitForLog(/other\.json: the show stays as it was before/, WAIT_MS, from);
  await ask(anna, '!episode other 3', /episode 3/);
  anna.say('#lobby', '!status');
  await anna.expectSaid('episoded', 'anna', /Datasets with errors: broken\.json \(left out\), other\.json \(as it was before\)/);

  from = bot.mark();
  writeFileSync(join(folder, 'small.json'), '[');
  bot.reload();
  await bot.waitForLog(/not reloaded: /, WAIT_MS, from);
  await ask(anna, '!episode other 3', /episode 3/);
  await anna.close();
  await bot.stop();
});

test('a reload without a folder of datasets changes nothing', async (t) => {
  const { bot, anna, folder } = await begin(t);
  const from = bot.mark();
  bot.configure({ ...bot.config, data: join(folder, 'nowhere') });
  bot.reload();
  await bot.waitForLog(/not reloaded: /, WAIT_MS, from);
  await ask(anna, '!episode 2', /episode 2/);
  await anna.close();
  await bot.stop();
});

test('a stop does not wait for a reload', async (t) => {
  const { bot, anna, folder } = await begin(t);
  fill(folder);
  const from = bot.mark();
  bot.reload();
  await ask(anna, '!ping', /Pong/);
  await anna.close();
  assert.ok((await bot.stop()).isInTime);
  assert.doesNotMatch(bot.log().slice(from), /reloaded: /);
});
