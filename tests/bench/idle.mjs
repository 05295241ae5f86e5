// A minute of silence: how often the bot wakes, and what it keeps in memory; on a real InspIRCd by WebSocket, in the
// clear and by TLS, and by TCP, and on the fake Discord, all in the same minute. Fails over the limits.

import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { Home } from '../fake-discord/home.mjs';
import { binary, startBot } from '../harness/bot.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { memory_mb } from './lib/process.mjs';

const MINUTE_MS = Number(process.env.IDLE_MS ?? 60000);
const PRIVATE_MAX_MB = 4;
const WAKE_UPS_MAX = 2;
// Discord asks for a heartbeat every 41 s: to send it, to hear its ACK, and what TLS and the timer round it need.
const WAKE_UPS_DISCORD_MAX = 6;
const HEARTBEAT_MS = 41250;

function field(file, name) {
  return Number(readFileSync(file, 'utf8').match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))[1]);
}

// Of all threads together.
function wakeUps(pid) {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => field(`/proc/${pid}/task/${thread}/status`, 'voluntary_ctxt_switches'))
    .reduce((sum, count) => sum + count, 0);
}

// The server's own PING comes every two minutes as InspIRCd ships it; here it would come into the minute or not.
const server = await startInspircd({ pingfreq: 600 });
const anna = await server.connect('anna');

async function onIrc(name, gateway) {
  const channel = `#${name}`;
  const bot = await startBot({ config: { gateways: [server.gateway({ nick: name, channels: [channel], ...gateway })] } });
  await bot.waitForLog(/ready: gateway irc/);
  await anna.join(channel);
  anna.say(channel, '!episode 5');
  await anna.expectSaid(name, channel, /./);
  return { name: `IRC by ${name}`, bot, wakeUpsMax: WAKE_UPS_MAX };
}

async function onDiscord() {
  const fake = await startFakeDiscord({ guilds: 10, heartbeatInterval_ms: HEARTBEAT_MS, isLateBeatTolerated: true, identifyWindow_ms: 0 });
  const home = new Home(fake, { program: binary() });
  await home.start();
  await fake.answered(fake.say('!episode 5'));
  return { name: 'Discord', bot: home.bot, wakeUpsMax: WAKE_UPS_DISCORD_MAX, end: () => home.end() };
}

const all = [
  await onIrc('ws', {}),
  await onIrc('wss', { url: server.wss, ca_file: server.caFile }),
  await onIrc('tcp', { url: server.irc }),
  await onIrc('tls', { url: server.ircs, ca_file: server.caFile }),
  await onDiscord(),
];
await anna.close();
await sleep(8000); // the answers' own timers, the resolver's threads, what a start has left in memory

for (const each of all) each.before = wakeUps(each.bot.pid);
await sleep(MINUTE_MS);
for (const each of all) each.woken = wakeUps(each.bot.pid) - each.before;

for (const { name, bot, woken, wakeUpsMax } of all) {
  const memory = memory_mb(bot.pid);
  const threads = field(`/proc/${bot.pid}/status`, 'Threads');
  console.log(`idle minute, ${name}: ${woken} wake-ups (at most ${wakeUpsMax}), ` +
    `${memory.private.toFixed(1)} MB private dirty (at most ${PRIVATE_MAX_MB}), ` +
    `${memory.resident.toFixed(1)} MB resident, ${memory.peak.toFixed(1)} MB at its peak, ` +
    `${threads} thread${threads === 1 ? '' : 's'}`);
  if (woken > wakeUpsMax || memory.private > PRIVATE_MAX_MB) process.exitCode = 1;
}
for (const { bot, end } of all) await (end ? end() : bot.stop());
await server.stop();
