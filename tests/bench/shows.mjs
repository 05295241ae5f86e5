// 200 shows of 200 episodes (tests/shows/make.mjs): loading, memory, the pause of a reload, and the CPU time of questions.
// CPU time is that of the bot alone, so that other load of the machine does not count. BEFORE: commit 9c2881e (one changed file: d115f47), on the machine
// where the bars were chosen; a ratio says more than a figure. BENCH_SHOWS=shows,episodes measures another number.

import { spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { Home } from '../fake-discord/home.mjs';
import { binary, startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { lobbyGateway } from '../harness/lobby.mjs';
import { within } from '../harness/process.mjs';
import { seeded } from '../harness/random.mjs';
import { large, largeWords } from '../shows/make.mjs';
import { cpu_us, memory_mb, quantile, ticks_us } from './lib/process.mjs';

const [SHOWS, EPISODES] = (process.env.BENCH_SHOWS ?? '200,200').split(',').map(Number);
const QUESTIONS = 600;
const COMPLETIONS = 300;
const CHANGES = 5;
const WORST_MS = 120000;
const PING_EVERY_MS = 5;
const ONE_SHOW_EPISODES = 5000;

const ROWS = [
  ['load', 's', 1.5, 'load', 2.05],
  ['memory, private dirty', 'MB', 120, 'memory', 146.7],
  ['longest wait during a reload', 'ms', 50, 'pause', 2096],
  ['one changed file, CPU', 'ms', 50, 'change', 1130],
  ['search, median', 'ms', null, 'search50', 0.74],
  ['search, p99', 'ms', 2, 'search99', 1.82],
  ['typo, median', 'ms', null, 'typo50', 0.67],
  ['typo, p99', 'ms', 5, 'typo99', 1.16],
  ['completion, median', 'ms', null, 'completion50', 0.39],
  ['completion, p99', 'ms', 5, 'completion99', 1.55],
  ['worst line', 'ms', 20, 'worst', 12.53],
  ['worst line, one show of 5000', 'ms', 20, 'worstOfOne', 153.59],
];

const dir = mkdtempSync(join(tmpdir(), 'bench-shows-'));
const data = join(dir, 'data');
const files = () => readdirSync(data).filter((name) => name.endsWith('.json')).map((name) => join(data, name));
const random = seeded(7);
const words = largeWords();
const below = (bound) => Math.floor(random() * bound);
const pick = (list) => list[below(list.length)];
// Frequent words are asked for more often, as in texts.
const word = () => words[Math.floor(words.length ** random()) - 1];

// A letter that is wrong, missing, or one too many.
function mistyped(text) {
  const at = 1 + below(text.length - 1);
  const letter = pick('abcdefghijklmnopqrstuvwxyz');
  return pick([
    text.slice(0, at) + letter + text.slice(at + 1),
    text.slice(0, at) + text.slice(at + 1),
    text.slice(0, at) + letter + text.slice(at),
  ]);
}

const long = () => { for (;;) { const one = word(); if (one.length >= 7) return one; } };
const letters = (count) => Array.from({ length: count }, () => pick('bcdfghjklmnpqrstvwz') + pick('aeiou')).join('');

// Lines that make the bot compare, search and read as much as it lets one line.
const WORST = [
  `!search ${Array.from({ length: 32 }, () => mistyped(long())).join(' ')}`,
  `!search ${Array.from({ length: 60 }, () => mistyped(long())).join(' ')}`,
  `!search ${Array.from({ length: 100 }, () => letters(4)).join(' ')}`,
  `!search ${words.slice(0, 120).join(' ')}`,
  `!search ${'the of and to in with '.repeat(30)}`,
  `!search ${letters(480)}`,
  `!episode ${Array.from({ length: 18 }, () => mistyped(long())).join(' ')}`,
  `!episode ${words.slice(0, 22).join(' ')}`,
  `!who ${Array.from({ length: 60 }, () => mistyped(long())).join(' ')}`,
  `!who ${letters(480)}`,
  `!trivia ${Array.from({ length: 60 }, () => mistyped(long())).join(' ')}`,
  `which episode has ${Array.from({ length: 80 }, () => mistyped(long())).join(' ')}?`,
  `${Array.from({ length: 300 }, () => letters(3)).join(' ')}`,
  `!search ${'가나다라마바사아자차카타파하'.repeat(20)}`,
  `!episodes ${'9'.repeat(900)}`,
  `!help ${letters(480)}`,
];

// "episoded chat" on these datasets. Each question is followed by "!ping", whose answer tells that the one before is complete.
class Chat {
  constructor(config) {
    this.child = spawn(binary(), ['chat', '-c', config], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.output = '';
    this.child.stdout.on('data', (bytes) => {
      this.output += bytes.toString('latin1');
      if (this.output.includes('Pong')) this.done?.();
    });
  }

  ask(question) {
    this.output = '';
    const answered = new Promise((resolve) => (this.done = resolve));
    this.child.stdin.write(`${question}\n!ping\n`);
    return within(WORST_MS, `an answer to ${question.slice(0, 60)}`, answered);
  }

  // The kernel counts a process's time when it sleeps again.
  async asleep() {
    while (readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').replace(/^.*\) /s, '')[0] !== 'S') await new Promise(setImmediate);
  }

  // In ms, without "!ping".
  async cost_ms(question) {
    const before = cpu_us(this.child.pid);
    await this.ask(question);
    await this.asleep();
    return Math.max(0, (cpu_us(this.child.pid) - before - (this.ping_us ?? 0)) / 1000);
  }

  async calibrate() {
    const costs = [];
    for (let i = 0; i < 50; i++) costs.push(1000 * (await this.cost_ms('!ping')));
    this.ping_us = quantile(costs, 0.5) / 2;
  }

  close() {
    this.child.stdin.end();
    return new Promise((resolve) => this.child.once('close', resolve));
  }
}

async function loaded(folder) {
  const config = join(dir, 'config.json');
  writeFileSync(config, JSON.stringify({ data: folder, state: join(dir, 'state'), gateways: [{ name: 'lobby', type: 'lobby' }] }));
  const begin_ms = performance.now();
  const chat = new Chat(config);
  await chat.ask('!ping');
  return { chat, wall_s: (performance.now() - begin_ms) / 1000, cpu_s: cpu_us(chat.child.pid) / 1e6 };
}

async function questions(chat, make) {
  const costs = [];
  for (let i = 0; i < QUESTIONS; i++) costs.push(await chat.cost_ms(make()));
  return costs;
}

async function worstOf(chat) {
  let worst = 0;
  for (const line of WORST) {
    const costs = [await chat.cost_ms(line), await chat.cost_ms(line)];
    console.log(`  ${Math.min(...costs).toFixed(2).padStart(9)} ms  ${line.slice(0, 70)}`);
    worst = Math.max(worst, Math.min(...costs));
  }
  return worst;
}

// One large show, in which more words are alike.
async function ofOneShow() {
  const folder = join(dir, 'one');
  large(folder, 1, ONE_SHOW_EPISODES);
  console.log(`1 show of ${ONE_SHOW_EPISODES} episodes`);
  const { chat } = await loaded(folder);
  await chat.calibrate();
  const worstOfOne = await worstOf(chat);
  await chat.close();
  return { worstOfOne };
}

async function inChat() {
  const { chat, cpu_s, wall_s } = await loaded(data);
  await chat.calibrate();
  const memory = memory_mb(chat.child.pid).private;
  const search = await questions(chat, () => `!search ${Array.from({ length: 1 + below(3) }, word).join(' ')}`);
  const typo = await questions(chat, () => `!search ${mistyped(long())}`);
  const worst = await worstOf(chat);
  await chat.close();
  console.log(`  load: ${cpu_s.toFixed(2)} s of CPU time, ${wall_s.toFixed(2)} s by the clock`);
  return { load: cpu_s, memory, worst, search50: quantile(search, 0.5), search99: quantile(search, 0.99), typo50: quantile(typo, 0.5), typo99: quantile(typo, 0.99) };
}

// The longest wait for an answer while the datasets are read again; asked every few milliseconds in the lobby.
async function ofReload() {
  const gateway = await lobbyGateway();
  const bot = await startBot({ config: { data, gateways: [gateway] }, program: binary() });
  const client = await IrcClient.connect(`ws://${gateway.listen}/`, { nick: 'anna' });
  await client.join('#lobby');
  const waits = [];
  const asked = [];
  client.socket.on('message', (bytes) => {
    for (const _ of bytes.toString().matchAll(/Pong/g)) waits.push(performance.now() - asked[waits.length]);
  });
  const timer = setInterval(() => {
    if (asked.length - waits.length > 200) return;
    asked.push(performance.now());
    client.socket.send('PRIVMSG episoded :!ping\r\n');
  }, PING_EVERY_MS);
  await sleep(500);
  const quiet = Math.max(...waits);
  const from = bot.mark();
  const first = asked.length;
  for (const file of files()) appendFileSync(file, '\n'); // or they would not be read again
  bot.reload();
  await bot.waitForLog(/reloaded: /, WORST_MS, from);
  await sleep(1000);
  clearInterval(timer);
  while (waits.length < asked.length) await sleep(20);
  const pause = Math.max(...waits.slice(first));
  console.log(`  longest wait: ${quiet.toFixed(1)} ms before the reload, ${pause.toFixed(1)} ms during it`);
  await client.close();
  await bot.stop();
  return { pause };
}

// The CPU time until one changed file of many is in use.
async function ofChange() {
  const bot = await startBot({ config: { data, gateways: [await lobbyGateway()] }, program: binary() });
  const costs = [];
  await sleep(4000); // so old that the marks of the files suffice
  for (let i = 0; i < CHANGES; i++) {
    const file = pick(files()), text = readFileSync(file, 'utf8'), from = bot.mark(), before = ticks_us(bot.pid);
    writeFileSync(file, text.replace(/"name": ?"/, '$&A'));
    await bot.waitForLog(/datasets: /, WORST_MS, from);
    await sleep(300); // the old catalogue is freed on a thread
    costs.push((ticks_us(bot.pid) - before) / 1000); // with the threads that have ended
    await sleep(4000);
  }
  await bot.stop();
  return { change: quantile(costs, 0.5) };
}

async function ofCompletion() {
  const fake = await startFakeDiscord({ heartbeatInterval_ms: 41250 });
  const home = new Home(fake, { program: binary(), config: { data } });
  const costs = [];
  await home.start();
  while (!fake.commands.get('global')?.length) await sleep(50);
  for (let i = 0; i < COMPLETIONS + 20; i++) {
    const full = i % 3 ? word() : mistyped(long());
    const before = cpu_us(home.bot.pid);
    const id = fake.autocomplete('episode', { episode: full.slice(0, 1 + below(full.length)) });
    await fake.event('choices', { where: (each) => each.id === id });
    if (i >= 20) costs.push((cpu_us(home.bot.pid) - before) / 1000);
  }
  await home.end();
  return { completion50: quantile(costs, 0.5), completion99: quantile(costs, 0.99) };
}

large(data, SHOWS, EPISODES);
console.log(`${SHOWS} shows of ${EPISODES} episodes`);
const results = { ...(await inChat()), ...(await ofReload()), ...(await ofChange()), ...(await ofCompletion()), ...(await ofOneShow()) };
rmSync(dir, { recursive: true, force: true });

console.log(`\n${'datasets'.padEnd(32)}${'now'.padStart(12)}${'9c2881e'.padStart(12)}${'ratio'.padStart(10)}${'bar'.padStart(10)}   (+ kept, - missed)`);
for (const [label, unit, bar, key, before] of ROWS) {
  const now = results[key];
  const mark = bar === null ? ' ' : now <= bar ? '+' : '-';
  console.log(`${`${label}, ${unit}`.padEnd(32)}${`${now.toFixed(2)} ${mark}`.padStart(12)}${before.toFixed(2).padStart(12)}` +
    `${(before ? now / before : NaN).toFixed(2).padStart(10)}${(bar === null ? '' : `<= ${bar}`).padStart(10)}`);
}
