// A minute of silence on a real InspIRCd: how often the bot wakes, and what it keeps in memory. Fails over the limits.

import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { startBot } from '../harness/bot.mjs';
import { startInspircd } from '../harness/inspircd.mjs';

const MINUTE_MS = Number(process.env.IDLE_MS ?? 60000);
const WAKE_UPS_MAX = 4;
const RESIDENT_MAX_KB = 14 * 1024;

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
const bot = await startBot({ config: { gateways: [server.gateway()] } });
await bot.waitForLog(/ready: gateway irc/);
const anna = await server.connect('anna');
await anna.join('#tv');
anna.say('#tv', '!episode 5');
await anna.expectSaid('episoded', '#tv', /./);
await anna.close();
await sleep(5000); // the answer's own timers, the resolver's thread

const before = wakeUps(bot.pid);
await sleep(MINUTE_MS);
const woken = wakeUps(bot.pid) - before;
const resident = field(`/proc/${bot.pid}/status`, 'VmRSS');
const peak = field(`/proc/${bot.pid}/status`, 'VmHWM');
const threads = field(`/proc/${bot.pid}/status`, 'Threads');
await bot.stop();
await server.stop();

console.log(`idle minute on IRC: ${woken} wake-ups (at most ${WAKE_UPS_MAX}), ` +
  `${(resident / 1024).toFixed(1)} MB resident (at most ${RESIDENT_MAX_KB / 1024}), ` +
  `${(peak / 1024).toFixed(1)} MB at its peak, ${threads} thread${threads === 1 ? '' : 's'}`);
if (woken > WAKE_UPS_MAX || resident > RESIDENT_MAX_KB) process.exitCode = 1;
