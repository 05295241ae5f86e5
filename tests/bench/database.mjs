// The cost of a question with the state in a PostgreSQL, against SQLite, in the same run: on Discord, without compression.
//
//   burst     1,000 commands at once, several times: the median
//   paced     commands one after another, 50 a second: each is a turn of its own
//   effects   the same with !seen, which changes a value and needs a second statement before its answer
//
// Only the bot's own CPU time is counted, of all its threads; PostgreSQL's is its own. The two states take turns, so that what else the
// machine does falls on both. The bar of the design: at most 1.5 times SQLite's.

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { Home, sleep } from '../fake-discord/home.mjs';
import { binary } from '../harness/bot.mjs';
import { startPostgres } from '../harness/postgres.mjs';
import { cpu_us, memory_mb, quantile } from './lib/process.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const BURST = 1000;
const PACED = 300;
const PACED_PER_S = 50;
const QUIET_MS = 500;
const BAR = 1.5;
const FAKE = {
  guilds: 10, heartbeatInterval_ms: 600000, isLateBeatTolerated: true, identifyWindow_ms: 0, rest: { scale: 1e6, globalRate: 1e7 },
};
const GATEWAY = { global_rate: 5000, compress: 'none' };

let number = 0;

class Bench {
  constructor(name, home) {
    Object.assign(this, { name, home, rooms: [...home.fake.world.guilds.values()].flatMap(({ channels }) => channels) });
  }

  static async start(name, config, env) {
    const fake = await startFakeDiscord(FAKE);
    const home = new Home(fake, { gateway: GATEWAY, program: binary(), config, env });
    await home.start({ isReady: false });
    await fake.event('ready', { ms: 60000 });
    await fake.event('commands', { ms: 60000 });
    return new Bench(name, home);
  }

  #ask(text) {
    const { fake } = this.home;
    return fake.say(text, { channel: this.rooms[number % this.rooms.length], author: `asker${number++}` });
  }

  // CPU a question, without what the bot needs when nothing happens.
  async #cost(count, act) {
    const { bot, fake } = this.home;
    await sleep(QUIET_MS);
    const begin_ms = fake.now_ms(), from_us = cpu_us(bot.pid);
    const ids = await act();
    await fake.until(() => ids.every((id) => fake.answers.of(id).length), `${count} answers`, 120000);
    await sleep(QUIET_MS);
    const took_s = (fake.now_ms() - begin_ms) / 1000;
    return (cpu_us(bot.pid) - from_us - this.idle_us * took_s) / count;
  }

  async idle() {
    const from_us = cpu_us(this.home.bot.pid);
    await sleep(5000);
    this.idle_us = (cpu_us(this.home.bot.pid) - from_us) / 5;
  }

  burst() {
    return this.#cost(BURST, async () => Array.from({ length: BURST }, () => this.#ask('!episode 5')));
  }

  paced(text) {
    const { fake } = this.home;
    return this.#cost(PACED, async () => {
      const ids = [], begin_ms = fake.now_ms();
      for (let i = 0; i < PACED; i++) {
        await sleep(Math.max(0, begin_ms + (i * 1000) / PACED_PER_S - fake.now_ms()));
        ids.push(this.#ask(typeof text === 'function' ? text(i) : text));
      }
      return ids;
    });
  }
}

const KINDS = {
  'burst of 1,000': (bench) => bench.burst(),
  'paced, 50 a second': (bench) => bench.paced('!episode 5'),
  'paced, with an effect': (bench) => bench.paced((i) => `!seen ${1 + (i % 12)}`),
};

const postgres = await startPostgres({ settings: { fsync: 'on' } });
const benches = [await Bench.start('SQLite', {}, {}), await Bench.start('PostgreSQL', { state: postgres.url }, {})];
try {
  for (const bench of benches) {
    await bench.idle();
    await bench.burst(); // caches are warm
  }
  console.log(`\n${'CPU a question, us'.padEnd(32)}${'SQLite'.padStart(12)}${'PostgreSQL'.padStart(12)}${'times'.padStart(8)}${`bar`.padStart(10)}   (+ kept, - missed)`);
  for (const [kind, measure] of Object.entries(KINDS)) {
    const costs = benches.map(() => []);
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, bench] of benches.entries()) costs[i].push(await measure(bench));
    const [local, remote] = costs.map((each) => quantile(each, 0.5));
    console.log(`${kind.padEnd(32)}${local.toFixed(1).padStart(12)}${remote.toFixed(1).padStart(12)}${(remote / local).toFixed(2).padStart(8)}${`<= ${BAR} ${remote / local <= BAR ? '+' : '-'}`.padStart(10)}`);
  }
  const [local, remote] = benches.map(({ idle_us }) => idle_us);
  console.log(`${'when nothing happens, us a s'.padEnd(32)}${local.toFixed(1).padStart(12)}${remote.toFixed(1).padStart(12)}`);
  const memory = benches.map(({ home }) => memory_mb(home.bot.pid).private);
  console.log(`${'private dirty, MB'.padEnd(32)}${memory[0].toFixed(2).padStart(12)}${memory[1].toFixed(2).padStart(12)}`);
} finally {
  for (const { home } of benches) await home.end();
  await postgres.stop();
}
