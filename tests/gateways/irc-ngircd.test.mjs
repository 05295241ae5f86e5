// A day on a real ngIRCd over TLS, with its default limits: nine letters per nick, two seconds per message.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { plain } from '../harness/dataset.mjs';
import { leave, life, pings, settle } from '../harness/irc-life.mjs';
import { startNgircd } from '../harness/ngircd.mjs';

const PEOPLE = 50;
const CHANNELS = ['#a', '#b', '#c', '#d', '#e'];
const ALL_MS = 400000; // two seconds a line

let server;

before(async () => {
  server = await startNgircd();
});

after(() => server?.stop());

for (const [name, lives] of Object.entries(life)) {
  test(`ngIRCd: ${name}`, { timeout: 300000 }, () => lives(server));
}

test('ngIRCd without TLS', async () => {
  const home = await settle(server, { url: server.irc, ca_file: undefined });
  await pings(home.anna);
  await leave(home);
});

test('a nick longer than the server allows is shortened, without endless retries', async () => {
  const bot = await startBot({ config: { gateways: [server.gateway({ nick: 'episodedrobot' })] } });
  await bot.waitForLog(/ready: gateway irc/);
  const anna = await server.connect('anna');
  await anna.join('#tv');
  anna.say('#tv', '!ping');
  const line = await anna.expect((one) => one.verb === 'PRIVMSG' && /pong/i.test(one.params[1]));
  assert.match(line.nick, /^episode/);
  assert.ok(line.nick.length <= 9, line.nick);
  await anna.close();
  await bot.stop();
});

test('fifty questions at once, in five channels, within the default limits of ngIRCd', { timeout: 500000 }, async () => {
  const bot = await startBot({ config: { gateways: [server.gateway({ channels: CHANNELS })] } });
  await bot.waitForLog(/ready: gateway irc/);
  // They connect one by one: ngIRCd may drop one of fifty simultaneous connections.
  const people = [];
  for (let i = 0; i < PEOPLE; i++) {
    const person = await server.connect(`person${i}`);
    person.channel = CHANNELS[i % CHANNELS.length];
    person.number = 1 + (i % 12);
    await person.join(person.channel);
    people.push(person);
  }
  people[0].say('#a', '!ping');
  await people[0].expectSaid('episoded', '#a', /pong/i, 30000);
  for (const person of people) person.say(person.channel, `!episode ${person.number}`);
  await Promise.all(people.map(async (person) => {
    const wanted = new RegExp(`episode ${person.number}\\b`, 'i');
    await person.expect(
      (one) => one.nick === 'episoded' && one.verb === 'PRIVMSG' && wanted.test(plain(one.params[1])), ALL_MS,
    );
  }));
  assert.equal(bot.log().match(/ready: gateway irc/g).length, 1, 'it was disconnected');
  assert.deepEqual(bot.complaints(), []);
  await Promise.all(people.map((person) => person.close()));
  await bot.stop();
});
