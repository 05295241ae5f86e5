// torture.mjs [--phase NAME]... [--at NUMBER [--span NUMBER]] [--most NUMBER | --sample] [--jobs NUMBER]
//
// Each allocation of a start, of a question on each network, of a login, of a reload, of a stop and of the small commands
// fails once. The program must not crash, leak or hang, must report the failure, and must continue or end with a code that
// makes systemd restart it. Allocations with the same callers count as one. --most limits the number per phase, --sample to
// as many as fit into "make test", spread evenly. --at repeats one and shows all output.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

import { binary, root } from '../harness/bot.mjs';
import { within } from '../harness/process.mjs';
import { Control } from './control.mjs';
import { known } from './known.mjs';
import { GATEWAYS, SANITIZER_CODE, tortured, World } from './world.mjs';

const { values: options } = parseArgs({
  options: {
    phase: { type: 'string', multiple: true }, at: { type: 'string' }, span: { type: 'string', default: '1' },
    most: { type: 'string' }, sample: { type: 'boolean' }, jobs: { type: 'string', default: '2' },
  },
});
const span = Number(options.span);
const SOON_MS = 1500; // an answer on a machine that is busy
const PROVED_MS = 15000; // an unconfirmed line is repeated after 10 s
const LATE_MS = 30000; // a login after a loss, and its back-off
const RECORD_BYTES = 8 * 1024 * 1024;
const RESTARTED = [71, 75]; // sysexits(3): temporary failures of the system
const SANITIZER = /ERROR: (Address|Leak)Sanitizer|runtime error:|ERROR: crash by signal/;
const TROUBLE = /\b(warning|error)\b/i;

const findings = [];
const libraries = new Map(); // reason -> how often
let failed = 0;
// The number per phase in "make test".
const SAMPLES = [[/^(chat|check|commands)/, 8], [/^question/, 24], [/^login/, 10], [/^reload/, 24], [/^stop/, 8], [/^start/, 20]];

// ---------------------------------------------------------------- findings

// The callers, with names and lines of the program's functions.
function named(callers) {
  const lines = callers.trim().split('\n').filter((line) => line && !line.startsWith('shim.so'));
  const program = `${basename(binary())} `;
  const own = lines.filter((line) => line.startsWith(program));
  if (!own.length) return lines.join('\n');
  const args = ['-e', binary(), '-f', '-p', '-s', ...own.map((line) => line.split(' ')[1])];
  const names = execFileSync('addr2line', args, { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => (line.startsWith(program) ? `episoded ${names.shift()}` : line)).join('\n');
}

function reportOf(log) {
  const begin = log.search(SANITIZER);
  return begin < 0 ? `${log.slice(0, 200)}\n...\n${log.slice(-1500)}` : log.slice(begin, begin + 6000);
}

function find(kind, phase, at, { callers: raw = '', log = '' } = {}) {
  const callers = named(raw);
  const report = reportOf(log);
  const reason = known.find((one) => one.kind.test(kind) && one.frames.test(`${report}\n${callers}`))?.reason;
  if (reason) {
    libraries.set(reason, (libraries.get(reason) ?? 0) + 1);
    return;
  }
  findings.push({ kind, phase, at });
  console.log(`\n${kind}: ${phase}, allocation ${at}; again with: node tests/torture/torture.mjs --phase ${phase} --at ${at}` +
    `${span > 1 ? ` --span ${span}` : ''}`);
  console.log(`failed in:\n${callers.split('\n').slice(0, 16).join('\n')}\nwritten:\n${report}`);
}

// The result of a program: a crash, a leak, a hang, or an exit code.
function findEnd(end, phase, at, told, codes) {
  const all = { ...told };
  if (end.error) find('hang', phase, at, all);
  else if (end.code === SANITIZER_CODE) find(/LeakSanitizer/.test(told.log) ? 'leak' : 'crash', phase, at, all);
  else if (end.signal) find('crash', phase, at, { ...all, log: `signal ${end.signal}\n${told.log}` });
  else if (!codes.includes(end.code)) find('wrong end', phase, at, { ...all, log: `code ${end.code}\n${told.log}` });
}

// ---------------------------------------------------------------- choosing allocations

// One number per set of callers, from a record of all allocations; at most options.most, spread evenly.
function distinct(path, count) {
  const bytes = readFileSync(path);
  const seen = new Set();
  const numbers = [];
  for (let number = 1; number <= count; number++) {
    const hash = bytes.readBigUInt64LE(8 * number);
    if (seen.has(hash)) continue;
    seen.add(hash);
    numbers.push(number);
  }
  return numbers;
}

function spread(phase, numbers) {
  const [, sample] = SAMPLES.find(([names]) => names.test(phase));
  const most = options.sample ? sample : Number(options.most ?? Infinity);
  if (options.at) return [Number(options.at)];
  if (numbers.length <= most) return numbers;
  return Array.from({ length: most }, (_, index) => numbers[Math.floor((index * numbers.length) / most)]);
}

class Recorder {
  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'torture-record-'));
    this.path = join(this.dir, 'record');
    writeFileSync(this.path, '');
    truncateSync(this.path, RECORD_BYTES);
    this.env = { TORTURE_RECORD: this.path };
  }

  take(count) {
    return distinct(this.path, count);
  }

  close() {
    rmSync(this.dir, { recursive: true });
  }
}

// ---------------------------------------------------------------- worlds, several at once

const worlds = [];

async function inWorlds(numbers, run) {
  const left = [...numbers];
  const jobs = Math.min(Number(options.jobs), left.length);
  while (worlds.length < jobs) worlds.push(await new World().open());
  await Promise.all(worlds.slice(0, jobs).map(async (world) => {
    while (left.length) await run(world, left);
  }));
}

// The numbers for the phases of a running bot, recorded by one bot.
let recording;
async function recordRunning(act) {
  if (options.at) return [];
  if (!recording) {
    recording = { world: await new World().open(), recorder: new Recorder() };
    recording.world.extra = recording.recorder.env;
    recording.world.start();
    await recording.world.ready();
  }
  const { world, recorder } = recording;
  await act(world); // allocations of the first time only
  world.control.arm(0);
  await act(world);
  await pause(100);
  return recorder.take(world.control.read().count);
}

async function endRecording() {
  if (!recording) return;
  findEnd(await recording.world.stop(), 'recording', 0, told(recording.world), [0]);
  await recording.world.close();
  recording.recorder.close();
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const told = (world, from = 0) => ({ callers: world.control.read().callers, log: world.bot.log().slice(from) });

// Use one bot for as many numbers as it survives.
async function endure(phase, numbers, each) {
  await inWorlds(numbers, async (world, left) => {
    world.start();
    await world.ready();
    let at;
    while (left.length && !world.bot.end) {
      at = left.shift();
      failed += 1;
      const isWell = await each(world, at);
      world.control.disarm();
      if (!isWell) break;
    }
    const last = told(world);
    findEnd(await world.stop(), phase, at, { ...last, log: world.bot.log() }, [0]);
  });
}

// ---------------------------------------------------------------- phases

// This gateway recovers: the same process answers questions again.
async function recovers(world, gateway, phase, at, seen, from) {
  const end = Date.now() + LATE_MS;
  // Each question gets more time than the last: a busy machine may need it for every one.
  for (let patience_ms = SOON_MS; Date.now() < end && !world.bot.end; patience_ms *= 2) {
    const isAnswered = await world.ask(gateway, patience_ms).then(() => true, () => false);
    if (isAnswered) return true;
  }
  if (!world.bot.end) find('hang', phase, at, { ...seen, log: `no answer on ${gateway} any more\n${world.bot.log().slice(from)}` });
  return false;
}

async function question(gateway) {
  const phase = `question-${gateway}`;
  const numbers = spread(phase, await recordRunning((world) => world.ask(gateway, LATE_MS)));
  await endure(phase, numbers, async (world, at) => {
    await world.ask(gateway, SOON_MS).catch(() => {}); // a free slot in the lobby, and its history
    const from = world.bot.mark();
    world.control.arm(at, span);
    const answered = world.ask(gateway, PROVED_MS, true).then(() => true, () => false);
    const isAnswered = await Promise.race([answered, pause(SOON_MS)]);
    const seen = told(world, from);
    world.control.disarm();
    if (world.bot.end) return false;
    if (isAnswered) return true;
    if (!(await recovers(world, gateway, phase, at, seen, from))) return false;
    // Repeated if unconfirmed, or reported as failed.
    if (!TROUBLE.test(world.bot.log().slice(from)) && !(await answered))
      find('lost in silence', phase, at, { ...seen, log: world.bot.log().slice(from) });
    return true;
  });
  return numbers.length;
}

// The server disconnects, and an allocation of the reconnect fails.
async function login(gateway) {
  const phase = `login-${gateway}`;
  const again = async (world) => {
    const from = world.bot.mark();
    world.hangUp(gateway);
    await world.bot.waitForLog(new RegExp(`lost: gateway ${gateway}`), LATE_MS, from);
    await world.bot.waitForLog(new RegExp(`ready: gateway ${gateway}`), LATE_MS, from);
  };
  const numbers = spread(phase, await recordRunning(again));
  await endure(phase, numbers, async (world, at) => {
    const from = world.bot.mark();
    world.control.arm(at, span);
    const isBack = await again(world).then(() => true, () => false);
    const seen = told(world, from);
    if (world.bot.end) return false;
    if (!isBack) find('hang', phase, at, { ...seen, log: `${gateway} does not come back\n${seen.log}` });
    return isBack && recovers(world, gateway, phase, at, seen, from);
  });
  return numbers.length;
}

// Reload the configuration; with isChanged, gateways are added, removed and changed.
async function reload(isChanged) {
  const phase = isChanged ? 'reload-change' : 'reload';
  const done = /reloaded: |not reloaded: |keep their old configuration/;
  let round = 0;
  const again = async (world) => {
    const from = world.bot.mark();
    round += 1;
    if (isChanged) {
      const config = structuredClone({ ...world.config, state: join(world.state, 'kept') });
      if (round % 2) config.gateways.push({ name: 'hall', type: 'lobby', listen: `127.0.0.1:${world.otherPort}` });
      config.gateways[1].channels = round % 2 ? ['#tv', '#two'] : ['#tv'];
      config.gateways[3].name = round % 2 ? 'stream' : 'twitch';
      config.default_show = round % 2 ? 'all-of-us-are-dead' : undefined;
      writeFileSync(world.file, JSON.stringify(config));
    }
    world.bot.kill('SIGHUP');
    await world.bot.waitForLog(done, LATE_MS, from);
  };
  const numbers = spread(phase, await recordRunning(again));
  await endure(phase, numbers, async (world, at) => {
    const from = world.bot.mark();
    world.control.arm(at, span);
    const isDone = await again(world).then(() => true, () => false);
    if (isDone && isChanged) await pause(100);
    const seen = told(world, from);
    world.control.disarm();
    if (world.bot.end) return false;
    if (!isDone) find('hang', phase, at, { ...seen, log: `not reloaded, without a word\n${seen.log}` });
    if (isChanged) await again(world).catch(() => {}); // everything that could not start starts now, or later by itself
    for (const gateway of isChanged || at % 16 === 0 ? GATEWAYS : [])
      if (!(await recovers(world, gateway, phase, at, seen, from))) return false;
    return isDone;
  });
  return numbers.length;
}

async function stop() {
  const phase = 'stop';
  let numbers = [];
  if (!options.at) {
    const world = worlds[0] ?? (worlds.push(await new World().open()), worlds[0]);
    const recorder = new Recorder();
    world.extra = recorder.env;
    world.start();
    world.extra = {};
    await world.ready();
    for (const gateway of GATEWAYS) await world.ask(gateway, LATE_MS);
    world.control.arm(0);
    world.bot.kill('SIGTERM');
    await world.bot.waitForLog(/: stopped|Z stopped/, LATE_MS);
    const { count } = world.control.read(); // before the work of a sanitizer and a profiler
    await world.end();
    numbers = recorder.take(count);
    recorder.close();
  }
  numbers = spread(phase, numbers);
  await inWorlds(numbers, async (world, left) => {
    const at = left.shift();
    failed += 1;
    world.start();
    await world.ready();
    world.control.arm(at, span);
    const end = await world.stop();
    findEnd(end, phase, at, { ...told(world), log: world.bot.log() }, [0]);
  });
  return numbers.length;
}

async function start() {
  const phase = 'start';
  let numbers = [];
  if (!options.at) {
    const world = worlds[0] ?? (worlds.push(await new World().open()), worlds[0]);
    const recorder = new Recorder();
    world.extra = recorder.env;
    world.start();
    world.extra = {};
    await world.ready();
    const { count } = world.control.read();
    await world.stop();
    numbers = recorder.take(count);
    recorder.close();
  }
  numbers = spread(phase, numbers);
  await inWorlds(numbers, async (world, left) => {
    const at = left.shift();
    failed += 1;
    world.start(at, span);
    const isReady = await Promise.race([
      world.ready(LATE_MS).then(() => true, () => false),
      world.bot.ended.then(() => false),
    ]);
    const seen = { ...told(world), log: world.bot.log() };
    world.control.disarm();
    if (world.bot.end) {
      const end = await world.end();
      findEnd(end, phase, at, { ...seen, log: world.bot.log() }, RESTARTED);
      if (!end.signal && !world.bot.log().trim()) find('ended in silence', phase, at, seen);
      return;
    }
    if (!isReady) find('hang', phase, at, { ...seen, log: `not ready, and not ended\n${seen.log}` });
    findEnd(await world.stop(), phase, at, { ...seen, log: world.bot.log() }, [0]);
  });
  return numbers.length;
}

// A subcommand that ends by itself: chat, check, commands.
async function command(name, args, input) {
  const phase = name;
  const dir = mkdtempSync(join(tmpdir(), 'torture-'));
  const file = join(dir, 'episoded.json');
  writeFileSync(file, JSON.stringify({ state: dir, gateways: [{ name: 'lobby', type: 'lobby' }] }));
  const once = async (control, at, extra = {}) => {
    control.arm(at, span);
    const child = spawn(binary(), args.map((word) => (word === 'FILE' ? file : word)), {
      cwd: root, env: { ...tortured(control), ...extra }, stdio: ['pipe', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { log += text; });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    const end = await within(20000, 'the end', ended).catch((error) => ({ error }));
    if (end.error) child.kill('SIGKILL');
    return { end, log };
  };
  let numbers = [];
  if (!options.at) {
    const recorder = new Recorder();
    const control = new Control(join(dir, 'first'));
    await once(control, 0, recorder.env);
    numbers = recorder.take(control.read().count);
    recorder.close();
    control.close();
  }
  numbers = spread(phase, numbers);
  const left = [...numbers];
  await Promise.all(Array.from({ length: Number(options.jobs) }, async (_, index) => {
    const control = new Control(join(dir, `control-${index}`));
    while (left.length) {
      const at = left.shift();
      failed += 1;
      const { end, log } = await once(control, at);
      const { callers } = control.read();
      findEnd(end, phase, at, { callers, log }, [0, ...RESTARTED]);
      if (options.at) console.log(log, end);
    }
    control.close();
  }));
  rmSync(dir, { recursive: true });
  return numbers.length;
}

const phases = {
  chat: () => command('chat', ['chat', '-c', 'FILE'], '!episode 5\n!search zombie\n!more\n'),
  'check-config': () => command('check-config', ['check', 'config', 'FILE']),
  'check-data': () => command('check-data', ['check', 'data']),
  commands: () => command('commands', ['commands', '--json']),
  ...Object.fromEntries(GATEWAYS.map((gateway) => [`question-${gateway}`, () => question(gateway)])),
  ...Object.fromEntries(GATEWAYS.slice(1).map((gateway) => [`login-${gateway}`, () => login(gateway)])),
  reload: () => reload(false),
  'reload-change': () => reload(true),
  stop,
  start,
};

for (const name of options.phase ?? Object.keys(phases)) {
  const begin = Date.now();
  const before = failed;
  const found = findings.length;
  await phases[name]();
  console.log(`${findings.length > found ? 'not ok' : 'ok'} ${name.padEnd(18)} ${String(failed - before).padStart(6)} allocations failed  ` +
    `${((Date.now() - begin) / 1000).toFixed(1)} s`);
}
await endRecording();
if (options.at) for (const world of worlds) console.log(world.bot.log());
for (const world of worlds) await world.close();
const count = (...kinds) => findings.filter(({ kind }) => kinds.includes(kind)).length;
for (const [reason, times] of libraries) console.log(`a library's own, ${times} times: ${reason}`);
console.log(`${failed} allocations failed one at a time: ${count('crash')} crashes, ${count('leak')} leaks, ${count('hang')} hangs, ` +
  `${count('lost in silence', 'ended in silence', 'wrong end')} without a word or with a wrong code`);
process.exit(findings.length ? 1 : 0);
