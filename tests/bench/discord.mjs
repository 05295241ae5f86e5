// What the Discord gateway costs, for each transport compression, beside the bars of the design.
//
//   flood     100,000 mixed events, 0.2 % of them commands, as fast as the bot reads them
//   burst     2,000 commands at once, several times: the median
//   paced     200 events a second, 10 % of them commands: from the event's last byte to the REST request
//   start     from exec to the REST request of the first answer, fresh state
//
// The events are made, numbered and compressed before the clock starts; only the bot's own CPU time is counted. Memory
// is read a moment after the last answer.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { prepareZstd } from '../fake-discord/encoder.mjs';
import { Home, POST, sleep } from '../fake-discord/home.mjs';
import { binary, root } from '../harness/bot.mjs';
import { Events, textOfEvent } from './lib/events.mjs';
import { cpu_us, memory_mb, quantile, ticks_us } from './lib/process.mjs';

const FLOOD = Number(process.env.BENCH_EVENTS ?? 100000);
const ONE_IN = 500; // events are commands
const BURST = 2000;
const BURSTS = 3;
const PACED_PER_S = 200;
const PACED_S = 12;
const STARTS = 9;
const QUIET_MS = 300;
const REST_MS = 1500;
const FAKE = {
  guilds: 10, heartbeatInterval_ms: 600000, isLateBeatTolerated: true, identifyWindow_ms: 0,
  rest: { scale: 1e6, globalRate: 1e7 },
};
const GATEWAY = { global_rate: 5000 }; // the burst is not to wait for it

const BARS = [
  ['CPU per event, flood', 'us', 3.0, 'perEvent'],
  ['  of that without commands', 'us', null, 'perChatter'],
  ['bytes per event on the wire', 'B', null, 'bytes'],
  ['CPU per command, burst', 'us', 150, 'perCommand'],
  ['private dirty at the end', 'MB', 10, 'private'],
  ['resident at the end', 'MB', null, 'resident'],
  ['resident at its peak', 'MB', null, 'peak'],
  ['exec to first answer, median', 'ms', 35, 'start'],
  ['command to request, median', 'ms', 0.8, 'median'],
  ['command to request, p99', 'ms', null, 'p99'],
];

async function startAt(compress) {
  const fake = await startFakeDiscord(FAKE);
  const home = new Home(fake, { gateway: { ...GATEWAY, compress }, program: binary() });
  await home.start();
  await fake.event('commands');
  return home;
}

// CPU of the bot, and time, that something takes until all is answered and quiet.
async function costOf({ bot, fake }, ids, act) {
  const before_us = cpu_us(bot.pid);
  const ticks = ticks_us(bot.pid);
  const begin_ms = fake.now_ms();
  await act();
  await fake.until(() => ids.every((id) => fake.answers.of(id).length), `${ids.length} answers`, 120000);
  const took_ms = fake.now_ms() - begin_ms;
  await sleep(QUIET_MS);
  const tally = fake.answers.tally(ids);
  if (tally.once !== ids.length) throw new Error(`not answered once each: ${JSON.stringify(tally)}`);
  return { us: cpu_us(bot.pid) - before_us, ticks_us: ticks_us(bot.pid) - ticks, took_ms };
}

// Events made and compressed now, to be sent later; the last one is a command, so that its answer tells the end.
async function prepare({ fake }, events) {
  const [connection] = fake.gateway.live();
  const first = connection.session.reserve(events.length);
  const frames = await connection.prepare(events.map((each, i) => textOfEvent(each, first + i)));
  return { connection, frames, ids: events.flatMap(({ id }) => id ?? []), bytes: frames.reduce((sum, each) => sum + each.length, 0) };
}

async function flood(home, commandEvery) {
  const source = new Events(home.fake, 1);
  const events = Array.from({ length: FLOOD }, (_, i) => ((i + 1) % commandEvery === 0 ? source.command() : source.mixed()));
  const { connection, frames, ids, bytes } = await prepare(home, events);
  const cost = await costOf(home, ids, () => connection.flood(frames));
  return { perEvent: cost.us / FLOOD, bytes: bytes / FLOOD, perSecond: FLOOD / (cost.took_ms / 1000), ticks: cost.ticks_us / FLOOD };
}

async function burst(home, source) {
  const { connection, frames, ids } = await prepare(home, Array.from({ length: BURST }, () => source.command()));
  const cost = await costOf(home, ids, () => connection.flood(frames));
  return { perCommand: cost.us / BURST, took_ms: cost.took_ms };
}

async function bursts(home) {
  const source = new Events(home.fake, 2);
  const costs = [];
  for (let i = 0; i < BURSTS; i++) costs.push(await burst(home, source));
  const median = (key) => quantile(costs.map((cost) => cost[key]), 0.5);
  return { perCommand: median('perCommand'), took_ms: median('took_ms') };
}

async function paced({ fake }) {
  const source = new Events(fake, 3);
  const sent_ms = new Map();
  const from = fake.rest.requests.length;
  const begin_ms = fake.now_ms();
  for (let i = 0; i < PACED_PER_S * PACED_S; i++) {
    await sleep(Math.max(0, begin_ms + (i * 1000) / PACED_PER_S - fake.now_ms()));
    const event = i % 10 === 9 ? source.command() : source.mixed();
    fake.gateway.live()[0].session.dispatch(event.t, event.d);
    if (event.id) sent_ms.set(event.id, fake.now_ms());
  }
  await fake.until(() => [...sent_ms.keys()].every((id) => fake.answers.of(id).length), 'the paced answers', 20000);
  const latencies = fake.rest.requests.slice(from).filter(({ route }) => route === POST).flatMap(({ at_ms, body }) => {
    const asked = JSON.parse(body.toString()).message_reference?.message_id;
    return sent_ms.has(asked) ? [at_ms - sent_ms.get(asked)] : [];
  });
  return { median: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), count: latencies.length };
}

// One start on a fresh state; the question is asked in the moment READY is sent.
async function startOnce(fake, compress) {
  if (compress === 'zstd-stream') prepareZstd();
  const dir = mkdtempSync(join(tmpdir(), 'episoded-bench-'));
  const file = join(dir, 'episoded.json');
  writeFileSync(file, JSON.stringify({ data: join(root, 'data'), state: join(dir, 'state'), gateways: [fake.config({ ...GATEWAY, compress })] }));
  const from = fake.events.length;
  const requests = fake.rest.requests.length;
  const begin_ms = fake.now_ms();
  const child = spawn(binary(), ['run', '-c', file], { cwd: root, env: { ...process.env, ...fake.env }, stdio: 'ignore' });
  try {
    await fake.event('ready', { from });
    await fake.answered(fake.say('!episode 5'));
    return fake.rest.requests.slice(requests).find(({ route }) => route === POST).at_ms - begin_ms;
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('close', resolve));
    rmSync(dir, { recursive: true, force: true });
    fake.gateway.expireSessions();
  }
}

async function starts(compress) {
  const fake = await startFakeDiscord(FAKE);
  const times_ms = [];
  try {
    for (let i = 0; i < STARTS; i++) times_ms.push(await startOnce(fake, compress));
  } finally {
    await fake.stop();
  }
  return quantile(times_ms, 0.5);
}

async function measure(compress) {
  const home = await startAt(compress);
  try {
    const latency = await paced(home);
    const chatter = await flood(home, FLOOD);
    const mixed = await flood(home, ONE_IN);
    const many = await bursts(home);
    await sleep(REST_MS);
    const memory = memory_mb(home.bot.pid);
    console.log(`${compress}: ${Math.round(mixed.perSecond)} events/s, ${mixed.ticks.toFixed(1)} us by the kernel's ticks, burst in ${Math.round(many.took_ms)} ms, ${latency.count} paced commands`);
    return {
      perEvent: mixed.perEvent, perChatter: chatter.perEvent, bytes: mixed.bytes, perCommand: many.perCommand, ...memory, ...latency,
      start: await starts(compress),
    };
  } finally {
    await home.end();
  }
}

function cell(value, bar) {
  const text = value < 10 ? value.toFixed(2) : value.toFixed(1);
  return `${text} ${bar === null ? ' ' : value <= bar ? '+' : '-'}`.padStart(14);
}

const modes = process.env.BENCH_COMPRESS?.split(',') ?? ['zstd-stream', 'zlib-stream', 'none'];
const results = {};
for (const mode of modes) results[mode] = await measure(mode);

console.log(`\n${'Discord'.padEnd(32)}${modes.map((mode) => mode.padStart(14)).join('')}${'bar'.padStart(12)}   (+ kept, - missed)`);
for (const [name, unit, bar, key] of BARS)
  console.log(`${`${name}, ${unit}`.padEnd(32)}${modes.map((mode) => cell(results[mode][key], bar)).join('')}${(bar === null ? '' : `<= ${bar}`).padStart(12)}`);
