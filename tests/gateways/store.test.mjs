// The state file is locked, damaged, full, newer or missing: the bot's reports, and the state after a restart.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary, root, startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';
import { Process, WAIT_MS, within } from '../harness/process.mjs';

const START_MS = 20000; // the bot waits 10 s for a lock
const SECOND_MS = 15000; // 6 s for another episoded
const RETRY_MS = 65000; // at most a minute between two attempts

// A folder for the state, and a lobby in which everyone is an owner.
async function begin(t) {
  const state = mkdtempSync(join(tmpdir(), 'store-'));
  const world = { state, file: join(state, 'episoded.db') };
  t.after(async () => {
    await world.anna?.close().catch(() => {});
    world.bot?.kill('SIGKILL');
    rmSync(state, { recursive: true, force: true });
  });
  const lobby = { name: 'lobby', type: 'lobby', listen: `127.0.0.1:${await freePort()}`, owners: 'everybody' };
  return Object.assign(world, { config: { state, gateways: [lobby] } });
}

async function start(world) {
  world.bot = await startBot({ config: world.config });
  await enter(world);
}

async function enter(world) {
  world.anna = await IrcClient.connect(`ws://127.0.0.1:${world.bot.port}/`, { nick: 'anna' });
  await world.anna.join('#lobby');
}

async function stop(world) {
  await world.anna.close();
  await world.bot.stop();
}

// Start the program without waiting until it is ready.
function run(t, world) {
  const dir = mkdtempSync(join(tmpdir(), 'store-run-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'episoded.json');
  writeFileSync(file, JSON.stringify({ data: join(root, 'data'), ...world.config }));
  return new Process(binary(), ['run', '-c', file], { cwd: root });
}

// The same folder, another port.
async function beside({ config }) {
  return { config: { ...config, gateways: [{ ...config.gateways[0], listen: `127.0.0.1:${await freePort()}` }] } };
}

async function hold(t, file) {
  const holder = new Process(join(root, 'build/test/tools/hold_lock'), [file], { stdio: ['pipe', 'pipe', 'pipe'] });
  await holder.waitForLog(/locked/);
  const release = async () => {
    holder.child.stdin.end();
    await holder.ended;
  };
  t.after(release);
  return release;
}


const count = (text, pattern) => text.match(new RegExp(pattern, 'g'))?.length ?? 0;

test('an owner command given while the state file could not be opened is kept', async (t) => {
  const world = await begin(t);
  mkdirSync(world.file);
  await start(world);
  await world.bot.waitForLog(/state in .* not kept: episoded\.db is a folder/);
  world.anna.say('#lobby', '!ignore add victim');
  await world.anna.expectSaid('episoded', 'anna', /victim is ignored for now, but a restart will undo it.*is a folder/);
  world.anna.say('#lobby', '!set prefix ?');
  await world.anna.expectSaid('episoded', '#lobby', /New prefix for this channel: "\?", but a restart will undo it/);
  world.anna.say('episoded', 'status');
  await world.anna.expectSaid('episoded', 'anna', /not kept: episoded\.db is a folder/);

  const from = world.bot.mark();
  rmdirSync(world.file);
  world.bot.reload();
  await world.bot.waitForLog(/is kept again: \d+ changes from memory written/, WAIT_MS, from);
  world.anna.say('#lobby', '?ignore add other');
  await world.anna.expectSaid('episoded', 'anna', /other is now ignored\.$/);
  await stop(world);

  await start(world);
  world.anna.say('#lobby', '?ping');
  await world.anna.expectSaid('episoded', '#lobby', /Pong/);
  world.anna.say('#lobby', '?ignore');
  await world.anna.expectSaid('episoded', 'anna', /other/);
  await world.anna.expectSaid('episoded', 'anna', /victim/);
  await stop(world);
});

test('the state file is retried without a reload or a question', async (t) => {
  const world = await begin(t);
  mkdirSync(world.file);
  await start(world);
  world.anna.say('#lobby', '!ignore add victim');
  await world.anna.expectSaid('episoded', 'anna', /ignored for now/);
  rmdirSync(world.file);
  await world.bot.waitForLog(/is kept again/, RETRY_MS);
  await stop(world);
});

test('the start waits for the lock of a backup', async (t) => {
  const world = await begin(t);
  await start(world);
  world.anna.say('#lobby', '!set prefix ?');
  await world.anna.expectSaid('episoded', '#lobby', /New prefix for this channel/);
  await stop(world);
  const release = await hold(t, world.file);
  const started = startBot({ config: world.config });
  const waiting = run(t, await beside(world));
  await waiting.waitForLog(/waiting for .* for up to \d+ s/);
  waiting.kill('SIGTERM');
  assert.equal((await within(5000, 'the end of a bot that waits', waiting.ended)).code, 0);
  await release();
  world.bot = await started;
  await enter(world);
  world.anna.say('#lobby', '?ping');
  await world.anna.expectSaid('episoded', '#lobby', /Pong/);
  assert.doesNotMatch(world.bot.log(), /not kept/);
  await stop(world);
});

test('a long lock delays the start by 10 s only, and its end is noticed', async (t) => {
  const world = await begin(t);
  await start(world);
  world.anna.say('#lobby', '!set prefix ?');
  await world.anna.expectSaid('episoded', '#lobby', /New prefix for this channel/);
  await stop(world);
  const release = await hold(t, world.file);
  const bot = run(t, world);
  t.after(() => bot.kill('SIGKILL'));
  await bot.waitForLog(/started/, START_MS);
  await bot.waitForLog(/not kept: episoded\.db is locked by another program/);
  world.bot = Object.assign(bot, { port: Number(bot.log().match(/open http:\/\/127\.0\.0\.1:(\d+)/)[1]) });
  await enter(world);
  world.anna.say('#lobby', '!ignore add victim');
  await world.anna.expectSaid('episoded', 'anna', /victim is ignored for now.*locked by another program/);
  await release();
  await bot.waitForLog(/is kept again/, RETRY_MS);
  world.anna.say('#lobby', '?ignore'); // the prefix saved by an earlier process
  await world.anna.expectSaid('episoded', 'anna', /victim/);
  await world.anna.close();
  bot.kill();
  assert.equal((await within(WAIT_MS, 'the end of the bot', bot.ended)).code, 0);
});

test('a second episoded on the folder ends with a code for which systemd restarts it', async (t) => {
  const world = await begin(t);
  await start(world);
  const second = run(t, await beside(world));
  const owner = new RegExp(`another episoded \\(process ${world.bot.pid}, open at http://127\\.0\\.0\\.1:${world.bot.port}\\) uses`);
  assert.match((await second.waitForLog(/waiting for .*/, START_MS))[0], owner, 'it is told at once, before the wait');
  assert.equal((await within(SECOND_MS, 'the end of the second', second.ended)).code, 75);
  assert.match(second.log(), /error: another episoded \(process .*\) uses .*"state" folder of its own/);
  assert.doesNotMatch(second.log(), /started|not kept/);
  world.anna.say('#lobby', '!set prefix ?');
  await world.anna.expectSaid('episoded', '#lobby', /New prefix for this channel/);
  await stop(world);
});

test('the file that names the process of a folder: after a kill it names the next one, and a clean end removes it', async (t) => {
  const world = await begin(t);
  await start(world);
  const named = () => readFileSync(join(world.state, 'episoded.running'), 'utf8');
  assert.equal(named(), `${world.bot.pid} http://127.0.0.1:${world.bot.port}\n`);
  await world.bot.killed();
  await start(world);
  assert.equal(named(), `${world.bot.pid} http://127.0.0.1:${world.bot.port}\n`);
  await stop(world);
  assert.deepEqual(readdirSync(world.state).filter((name) => name === 'episoded.running'), []);
});

test('a full disk is logged once, and its end is noticed without a question', async (t) => {
  const world = await begin(t);
  await start(world);
  const limit = (bytes) => execFileSync('prlimit', ['--pid', world.bot.pid, `--fsize=${bytes}:unlimited`]);
  limit(100);
  for (let i = 0; i < 5; i++) {
    world.anna.say('#lobby', `!ignore add victim${i}`);
    await world.anna.expectSaid('episoded', 'anna', new RegExp(`victim${i} is ignored for now.*disk full`));
  }
  assert.equal(count(world.bot.log(), /not kept: disk full/), 1);
  assert.equal(count(world.bot.log(), /kept again|written again/), 0);
  limit('unlimited');
  await world.bot.waitForLog(/is kept again: \d+ changes/, RETRY_MS);
  world.anna.say('#lobby', '!ignore add victim5');
  await world.anna.expectSaid('episoded', 'anna', /victim5 is now ignored\./);
  assert.equal(count(world.bot.log(), /not kept/), 1);
  assert.equal(count(world.bot.log(), /kept again/), 1);
  await stop(world);
  await start(world);
  world.anna.say('#lobby', '!ignore');
  for (let i = 0; i < 6; i++) await world.anna.expectSaid('episoded', 'anna', new RegExp(`victim${i}`));
  await stop(world);
});

test('a damaged state file is renamed, and the next owner command is kept', async (t) => {
  const world = await begin(t);
  writeFileSync(world.file, 'not a database at all, but some bytes'.repeat(100));
  await start(world);
  await world.bot.waitForLog(/episoded\.db was damaged: renamed to episoded\.db\.damaged-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ/);
  world.anna.say('#lobby', '!ignore add victim');
  await world.anna.expectSaid('episoded', 'anna', /victim is now ignored\./);
  await stop(world);
  const aside = readdirSync(world.state).filter((name) => name.startsWith('episoded.db.damaged-'));
  assert.equal(aside.length, 1);
  assert.match(readFileSync(join(world.state, aside[0]), 'utf8'), /^not a database/);
  await start(world);
  world.anna.say('#lobby', '!ignore');
  await world.anna.expectSaid('episoded', 'anna', /victim/);
  await stop(world);
});

test('the state file of a newer version is not changed', async (t) => {
  const world = await begin(t);
  await start(world);
  await stop(world);
  const bytes = readFileSync(world.file);
  bytes.writeUInt32BE(99, 60); // user_version
  writeFileSync(world.file, bytes);
  await start(world);
  await world.bot.waitForLog(/not kept: episoded\.db was written by a newer episoded.*install that version again/);
  world.anna.say('#lobby', '!ignore add victim');
  await world.anna.expectSaid('episoded', 'anna', /victim is ignored for now/);
  world.bot.reload();
  await world.bot.waitForLog(/reloaded/);
  await stop(world);
  assert.equal(count(world.bot.log(), /state in \S+ not kept: episoded\.db was written by a newer/), 1);
  assert.deepEqual(readFileSync(world.file), bytes);
});
