// What IRC costs on a real InspIRCd without flood limits, by TCP and by WebSocket, beside the bars of the design.
//
//   flood     100,000 lines of chatter, 0.2 % of them commands, as fast as the server passes them on
//   paced     200 lines a second, 10 % of them commands: from sending one to reading its answer, both through the server;
//             beside it one of the two round trips that are the server's and the talker's own
//
// Only the bot's own CPU time is counted. BENCH_LINES sets how many lines; BENCH_IRC=tcp,ws,tls which transports.

import { EventEmitter, once } from 'node:events';
import { performance } from 'node:perf_hooks';

import { startBot } from '../harness/bot.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { within } from '../harness/process.mjs';
import { generator } from './lib/events.mjs';
import { cpu_us, memory_mb, quantile, ticks_us } from './lib/process.mjs';

const FLOOD = Number(process.env.BENCH_LINES ?? 100000);
const ONE_IN = 500; // lines is a command
const PACED_PER_S = 200;
const PACED_S = 12;
const CHUNK_LINES = 200;
const CHUNKS_AHEAD = 2; // InspIRCd puts a connection that fills its buffer off until its next tick, a second later
const WORDS = ('the episode was great and nobody expected that ending but honestly who would have thought she comes back lol ' +
  'did you see how he looked at them in the library what about tomorrow maybe we watch it again').split(' ');

const BARS = [
  ['CPU per line, flood', 'us', 2.5, 'perLine'],
  ['  of that without commands', 'us', null, 'perChatter'],
  ['lines per second', '', null, 'perSecond'],
  ['commands unanswered', '', 0, 'unanswered'],
  ['command to answer, median', 'ms', 0.5, 'median'],
  ['command to answer, p99', 'ms', null, 'p99'],
  ['PING to PONG without the bot', 'ms', null, 'server'],
  ['private dirty at the end', 'MB', null, 'private'],
];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Somebody who talks without listening to anything but answers: those bear the tag +draft/reply, once each.
class Talker extends EventEmitter {
  answered = 0;
  chunks = 0; // sent and not yet known to be read

  static async join(server, nick) {
    const talker = new Talker();
    talker.client = await server.connect(nick, { caps: ['message-tags'] });
    await talker.client.join('#tv');
    talker.socket = talker.client.socket;
    talker.socket.removeAllListeners('message');
    talker.client.closed.then(() => talker.emit('error', new Error('the server threw the talker out')));
    talker.socket.on('message', (data) => {
      for (const line of data.toString().split('\n')) {
        if (line.includes('+draft/reply=')) {
          talker.answered += 1;
          talker.emit('answer', performance.now());
        } else if (/^(@\S+ )?:\S+ PONG \S+ :?paced/.test(line)) {
          talker.emit('paced', performance.now());
        } else if (/^(@\S+ )?:\S+ PONG/.test(line)) {
          talker.chunks -= 1;
          talker.emit('pong');
        } else if (/^(@\S+ )?(:\S+ )?PING/.test(line)) {
          talker.socket.send(line.replace(/^.*?PING/, 'PONG').trim());
        }
      }
    });
    return talker;
  }

  // As fast as the server reads it.
  async sendAll(lines) {
    for (let i = 0; i < lines.length; i += CHUNK_LINES) {
      this.socket.send(`${lines.slice(i, i + CHUNK_LINES).join('\r\n')}\r\nPING chunk`);
      this.chunks += 1;
      while (this.chunks > CHUNKS_AHEAD) await once(this, 'pong');
    }
  }

  until(count, ms) {
    return within(ms, `${count} answers (there are ${this.answered})`, new Promise((resolve) => {
      const look = () => this.answered >= count && resolve();
      this.on('answer', look);
      look();
    }));
  }
}

function chatter(random) {
  return Array.from({ length: 4 + random(16) }, () => WORDS[random(WORDS.length)]).join(' ');
}

function lines(count, commandEvery, seed) {
  const random = generator(seed);
  return Array.from({ length: count }, (_, i) =>
    `PRIVMSG #tv :${(i + 1) % commandEvery === 0 ? `!episode ${1 + random(12)}` : chatter(random)}`);
}

// All of it is read when the bot has answered the last line, which is a command.
async function flood({ bot, talker }, count, commandEvery) {
  const all = lines(count, commandEvery, 1);
  const commands = Math.floor(count / commandEvery);
  const before = talker.answered;
  const from_us = cpu_us(bot.pid);
  const from_ticks_us = ticks_us(bot.pid);
  const begin_ms = performance.now();
  await talker.sendAll(all);
  await talker.until(before + commands, 120000).catch(() => {});
  const took_ms = performance.now() - begin_ms;
  return {
    perLine: (cpu_us(bot.pid) - from_us) / count,
    ticks: (ticks_us(bot.pid) - from_ticks_us) / count,
    perSecond: count / (took_ms / 1000),
    unanswered: commands - (talker.answered - before),
  };
}

async function paced({ talker }) {
  const all = lines(PACED_PER_S * PACED_S, 10, 2);
  const sent_ms = [];
  const latencies = [];
  const pinged_ms = [];
  const pongs = [];
  const before = talker.answered;
  talker.on('answer', (at_ms) => latencies.push(at_ms - sent_ms[latencies.length]));
  talker.on('paced', (at_ms) => pongs.push(at_ms - pinged_ms[pongs.length]));
  const begin_ms = performance.now();
  for (let i = 0; i < all.length; i++) {
    await sleep(Math.max(0, begin_ms + (i * 1000) / PACED_PER_S - performance.now()));
    if (all[i].includes(':!')) sent_ms.push(performance.now());
    if (i % 10 === 4) pinged_ms.push(performance.now());
    talker.socket.send(i % 10 === 4 ? 'PING paced' : all[i]);
  }
  await talker.until(before + sent_ms.length, 20000).catch(() => {});
  talker.removeAllListeners('answer');
  talker.removeAllListeners('paced');
  return { server: quantile(pongs, 0.5), median: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), unanswered: sent_ms.length - latencies.length };
}

const TRANSPORTS = {
  tcp: (server) => ({ url: server.irc }),
  ws: (server) => ({ url: server.ws }),
  tls: (server) => ({ url: server.ircs, ca_file: server.caFile }),
};

async function measure(name) {
  const server = await startInspircd();
  const bot = await startBot({ config: { gateways: [server.gateway({ flood: 'none', ...TRANSPORTS[name](server) })] } });
  try {
    await bot.waitForLog(/ready: gateway irc/);
    const talker = await Talker.join({ connect: (nick, more) => server.connectStream(nick, more) }, 'talker');
    const home = { bot, talker };
    await flood(home, 1000, 100); // the server has counted it in, the memory is warm
    const latency = await paced(home);
    const chat = await flood(home, FLOOD, FLOOD);
    const mixed = await flood(home, FLOOD, ONE_IN);
    const unanswered = latency.unanswered + mixed.unanswered;
    const memory = memory_mb(bot.pid);
    console.log(`${name}: ${Math.round(mixed.perSecond)} lines/s, ${mixed.ticks.toFixed(2)} us a line by the kernel's ticks`);
    talker.on('error', () => {}); // it leaves now
    await talker.client.close();
    return { ...latency, ...mixed, unanswered, perChatter: chat.perLine, private: memory.private };
  } finally {
    await bot.stop();
    await server.stop();
  }
}

function cell(value, bar) {
  const text = value >= 1000 ? Math.round(value) : value.toFixed(2);
  return `${text} ${bar === null ? ' ' : value <= bar ? '+' : '-'}`.padStart(14);
}

const names = process.env.BENCH_IRC?.split(',') ?? Object.keys(TRANSPORTS);
const results = {};
for (const name of names) results[name] = await measure(name);

console.log(`\n${'IRC'.padEnd(32)}${names.map((name) => name.padStart(14)).join('')}${'bar'.padStart(12)}   (+ kept, - missed)`);
for (const [label, unit, bar, key] of BARS)
  console.log(`${`${label}${unit && `, ${unit}`}`.padEnd(32)}${names.map((name) => cell(results[name][key], bar)).join('')}${(bar === null ? '' : `<= ${bar}`).padStart(12)}`);
