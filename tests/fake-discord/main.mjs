// The fake Discord as a program, to try a bot by hand:
//
//   node tests/fake-discord/main.mjs [--port N] [--token TEXT] [--shards N] [--guilds N]
//
// It prints the gateway's configuration, then reads lines: commands, or messages for #general.

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { startFakeDiscord } from './discord.mjs';

const { values } = parseArgs({
  options: { port: { type: 'string' }, token: { type: 'string' }, shards: { type: 'string' }, guilds: { type: 'string' } },
});
const numbers = ['port', 'shards', 'guilds'].filter((name) => values[name]).map((name) => [name, Number(values[name])]);
const fake = await startFakeDiscord({ ...Object.fromEntries(numbers), ...(values.token ? { token: values.token } : {}) });

const ORDERS = {
  '/cut': () => fake.gateway.cut(),
  '/reconnect': () => fake.gateway.reconnect(),
  '/invalid': () => fake.gateway.invalidate(false),
  '/close': (code) => fake.gateway.closeAll(Number(code)),
  '/outage': (seconds) => fake.faults.order({ how: 'status', status: 502, for_ms: Number(seconds) * 1000 }),
  '/join': () => console.log(`guild ${fake.join().id}`),
  '/leave': (id) => fake.leave(id),
  '/forbid': (what) => (fake.world.general[{ speak: 'canSend', embed: 'canEmbed', history: 'canReadHistory' }[what]] = false),
  '/allow': () => Object.assign(fake.world.general, { canSend: true, canEmbed: true, canReadHistory: true }),
  '/slash': (name, option, ...value) => fake.slash(name, option ? { [option]: value.join(' ') } : {}),
};

console.log(JSON.stringify(fake.config(), null, 2));
console.log(`FAKE_TOKEN=${fake.options.token}\norders: ${Object.keys(ORDERS).join(' ')}`);

const record = fake.record.bind(fake);
fake.record = (type, details) => {
  record(type, details);
  if (['identify', 'resume', 'resumed', 'close', 'reject', 'complaint'].includes(type))
    console.log(`[${type}] ${details.code ?? ''} ${details.reason ?? details.text ?? ''}`);
};
const add = fake.answers.add.bind(fake.answers);
fake.answers.add = (asked, answer) => {
  add(asked, answer);
  console.log(`[${answer.via} to ${asked}] ${JSON.stringify(answer.body, null, 2)}`);
};

for await (const line of createInterface({ input: process.stdin })) {
  const [word, ...rest] = line.trim().split(/\s+/);
  try {
    if (ORDERS[word]) ORDERS[word](...rest);
    else if (line.trim()) fake.say(line);
  } catch (error) {
    console.log(error.message);
  }
}
await fake.stop();
