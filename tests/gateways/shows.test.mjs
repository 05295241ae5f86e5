// The operator's shows: a file that is saved is answered from without a reload, and no mistake in it takes a show away.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary, root, startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { lobbyGateway } from '../harness/lobby.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const show = (name, titles) => JSON.stringify({ name, episodes: titles.map((title, i) => ({ season: 1, number: i + 1, name: title })) }, null, 1);

// A bot that reads the shipped shows, then those of "shows" beside its configuration, and someone who asks it.
async function begin(t, config = {}, more = {}) {
  const bot = await startBot({ config: { data: undefined, gateways: [await lobbyGateway({ owners: 'everybody' })], ...config }, ...more });
  const anna = await IrcClient.connect(`ws://127.0.0.1:${bot.port}/`, { nick: 'anna' });
  await anna.join('#lobby');
  const folder = join(bot.dir, 'shows');
  // Save a file as an editor does, and wait until the bot has read it.
  const save = async (name, text, pattern) => {
    const from = bot.mark();
    writeFileSync(join(folder, `.${name}.new`), text);
    renameSync(join(folder, `.${name}.new`), join(folder, name));
    await bot.waitForLog(pattern, WAIT_MS, from);
  };
  const ask = async (text, pattern) => {
    anna.say('#lobby', text);
    await anna.expectSaid('episoded', '#lobby', pattern);
  };
  const end = async () => {
    await anna.close();
    await bot.stop();
  };
  return { bot, folder, save, ask, end };
}

test('the file of new-show is read while the bot runs, and so is each save of it', async (t) => {
  const { bot, folder, save, ask, end } = await begin(t);
  const from = bot.mark();
  const made = spawnSync(binary(), ['new-show', 'Harbour Lights', '-c', bot.file], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /^Written: .*\/shows\/harbour-lights\.json\n[^]*read[^]*within a second/);
  await bot.waitForLog(/datasets: New show: Harbour Lights \(1 episode\)/, WAIT_MS, from);
  await ask('!episode 1 of harbour-lights', /Harbour Lights/);

  const text = readFileSync(join(folder, 'harbour-lights.json'), 'utf8');
  await save('harbour-lights.json', text.replace('// , "name": "Ebb"', ', "name": "Ebb"'), /datasets: Harbour Lights: 1 episode changed/);
  await ask('!episode 1 of harbour-lights', /Ebb/);
  assert.deepEqual(bot.complaints(), []);
  await end();
});

test('the ten lines of the manual are a show, and what it asks is answered', async (t) => {
  const { bot, folder, save, ask, end } = await begin(t);
  const page = readFileSync(join(root, 'docs', 'use', 'a-new-show.md'), 'utf8');
  const [, text] = page.match(/```jsonc\n([^]*?)```/);
  assert.equal(text.trim().split('\n').length, 10);
  const [, questions] = page.match(/Ask in a channel:\n\n```\n([^]*?)```/);
  const [episode, when, character] = questions.trim().split('\n');
  const [, logged] = page.match(/the log says `(.*?)`/);
  mkdirSync(folder);
  await save('harbour-lights.json', text, /New show/);
  assert.ok(bot.log().includes(logged), logged);
  const checked = spawnSync(binary(), ['check', 'data', folder], { encoding: 'utf8' });
  assert.equal(checked.stdout, `${folder}: right\n`);
  await ask(episode, /Flood/);
  await ask(when, /9 March 2025/);
  await ask(character, /Keeps the lighthouse/);
  assert.deepEqual(bot.complaints(), []);
  await end();
});

test('a broken file is named, its show stays, and others are read', async (t) => {
  const { bot, folder, save, ask, end } = await begin(t);
  mkdirSync(folder);
  await save('tide.json', show('Tide', ['Ebb', 'Flood']), /New show: Tide/);
  await save('tide.json', show('Tide', ['Ebb', 'Flood']).slice(0, -20), /tide\.json:\d+:\d+: [^]*tide\.json: the show stays as it was before/);
  await ask('!episode 2 of tide', /Flood/);
  await save('tide.json', '', /tide\.json: the show stays as it was before/);
  await save('dark.json', show('Dark', ['Night']), /New show: Dark/);
  await ask('!episode 1 of dark', /Night/);
  await ask('!episode 2 of tide', /Flood/);
  await save('broken.json', '{"name": "Broken",\n}', /broken\.json:1:18: [^]*broken\.json: left out/);
  const from = bot.mark();
  rmSync(join(folder, 'broken.json'));
  await bot.waitForLog(/datasets read again: no change/, WAIT_MS, from);
  await save('tide.json', show('Tide', ['Ebb', 'Neap']), /datasets: Tide: 1 episode changed/);
  await ask('!episode 2 of tide', /Neap/);
  await end();
});

test('a show of the operator is used in place of the shipped one, until its file is gone', async (t) => {
  const { bot, folder, save, ask, end } = await begin(t);
  mkdirSync(folder);
  const id = 'all-of-us-are-dead';
  const own = JSON.parse(readFileSync(join(root, 'data', `${id}.json`), 'utf8'));
  own.episodes[1].name = 'The Name Of The Operator';
  await save(`${id}.json`, JSON.stringify(own), /note: used in place of .*\/data\/all-of-us-are-dead\.json\n[^]*1 episode changed/);
  await ask(`!episode 2 of ${id}`, /The Name Of The Operator/);
  const from = bot.mark();
  rmSync(join(folder, `${id}.json`));
  await bot.waitForLog(/datasets: .*: 1 episode changed/, WAIT_MS, from);
  assert.deepEqual(bot.complaints(), []);
  await end();
});

test('the default show stays when its file breaks or is gone', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'episoded-data-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  writeFileSync(join(data, 'other.json'), show('Other', ['One']));
  writeFileSync(join(data, 'tide.json'), show('Tide', ['Ebb']));
  const { bot, ask, end } = await begin(t, { data: [data, 'shows'], default_show: 'tide' });
  await bot.waitForLog(/episoded\.json:\d+:\d+: warning: the folder of datasets .*\/shows does not exist/);
  let from = bot.mark();
  writeFileSync(join(data, 'tide.json'), '{');
  await bot.waitForLog(/tide\.json: the show stays as it was before/, WAIT_MS, from);
  await ask('!episode 1', /Ebb/);
  from = bot.mark();
  rmSync(join(data, 'tide.json'));
  await bot.waitForLog(/tide\.json: warning: the default show has no file any more/, WAIT_MS, from);
  await ask('!episode 1', /Ebb/);
  from = bot.mark();
  writeFileSync(join(data, 'tide.json'), show('Tide', ['Spring']));
  await bot.waitForLog(/datasets: Tide: 1 episode changed/, WAIT_MS, from);
  await ask('!episode 1', /Spring/);
  await end();
});

test('a folder that goes away and comes back loses nothing', async (t) => {
  const data = mkdtempSync(join(tmpdir(), 'episoded-data-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  for (const version of ['one', 'two']) mkdirSync(join(data, version));
  writeFileSync(join(data, 'one', 'tide.json'), show('Tide', ['Ebb']));
  writeFileSync(join(data, 'two', 'tide.json'), show('Tide', ['Flood']));
  symlinkSync('one', join(data, 'current'));
  const { bot, ask, end } = await begin(t, { data: join(data, 'current') });
  await ask('!episode 1', /Ebb/);
  let from = bot.mark();
  symlinkSync('two', join(data, 'next'));
  renameSync(join(data, 'next'), join(data, 'current'));
  await bot.waitForLog(/datasets: Tide: 1 episode changed/, WAIT_MS, from);
  await ask('!episode 1', /Flood/);
  from = bot.mark();
  rmSync(join(data, 'two'), { recursive: true });
  await bot.waitForLog(/the shows stay as they were/, WAIT_MS, from);
  await ask('!episode 1', /Flood/);
  from = bot.mark();
  cpSync(join(data, 'one'), join(data, 'two'), { recursive: true });
  await bot.waitForLog(/datasets: Tide: 1 episode changed/, WAIT_MS, from);
  await ask('!episode 1', /Ebb/);
  await end();
});

test('files that change during reloads end as they are on the disk', async (t) => {
  const { bot, folder, save, ask, end } = await begin(t);
  mkdirSync(folder);
  await save('tide.json', show('Tide', ['Ebb']), /New show: Tide/);
  for (let i = 0; i < 12; i++) {
    if (i % 3 === 0) bot.reload();
    writeFileSync(join(folder, 'tide.json'), show('Tide', [`Version ${i}`]));
    await ask('!ping', /Pong/);
  }
  await save('last.json', show('Last', ['End']), /New show: Last|reloaded: 3 shows/);
  await ask('!episode 1 of tide', /Version 11/);
  await end();
});

test('without inotify the bot says so, and a reload reads the files', async (t) => {
  const wrapper = join(mkdtempSync(join(tmpdir(), 'episoded-limit-')), 'episoded');
  t.after(() => rmSync(join(wrapper, '..'), { recursive: true, force: true }));
  const limited = 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$0" "$@"';
  if (spawnSync('unshare', ['-Ur', 'sh', '-c', limited, 'true']).status !== 0) return t.skip('user namespaces are not permitted');
  writeFileSync(wrapper, `#!/bin/sh\nexec unshare -Ur sh -c '${limited}' '${binary()}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  const { bot, folder, ask, end } = await begin(t, {}, { program: wrapper });
  await bot.waitForLog(/cannot be watched: Too many open files; raise fs\.inotify\.max_user_instances .*!reload/);
  mkdirSync(folder);
  copyFileSync(join(root, 'data', 'all-of-us-are-dead.json'), join(folder, 'copy.json'));
  writeFileSync(join(folder, 'tide.json'), show('Tide', ['Ebb']));
  const from = bot.mark();
  bot.reload();
  await bot.waitForLog(/reloaded: 3 shows/, WAIT_MS, from);
  await ask('!episode 1 of tide', /Ebb/);
  await end();
});
