// Fifty people ask at once, within a real server's flood limit: all are answered, and the bot is not disconnected.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { plain } from '../harness/dataset.mjs';
import { startInspircd } from '../harness/inspircd.mjs';

const PEOPLE = 50;
const CHANNELS = ['#a', '#b', '#c', '#d', '#e'];
// InspIRCd accepts one command per second; an answer has one or two lines.
const ALL_MS = 240000;

test('fifty questions at once, in five channels, within the default limits of InspIRCd', { timeout: 300000 }, async () => {
  const server = await startInspircd({ flood: 'default' });
  const bot = await startBot({ config: { gateways: [server.gateway({ channels: CHANNELS })] } });
  await bot.waitForLog(/ready: gateway irc/);
  const people = await Promise.all(Array.from({ length: PEOPLE }, async (_, i) => {
    const person = await server.connect(`person${i}`, { caps: ['message-tags'] });
    person.channel = CHANNELS[i % CHANNELS.length];
    person.number = 1 + (i % 12);
    await person.join(person.channel);
    return person;
  }));
  people[0].send('PRIVMSG #a :!ping');
  await people[0].expectSaid('episoded', '#a', /pong/i, 30000);
  for (const person of people) person.say(person.channel, `!episode ${person.number}`);
  await Promise.all(people.map(async (person) => {
    const wanted = new RegExp(`episode ${person.number}\\b`, 'i');
    const line = await person.expect(
      (one) => one.nick === 'episoded' && one.verb === 'PRIVMSG' && wanted.test(plain(one.params[1])), ALL_MS,
    );
    assert.ok(line);
  }));
  assert.equal(bot.log().match(/ready: gateway irc/g).length, 1, 'it was disconnected');
  assert.deepEqual(bot.complaints(), []);
  await Promise.all(people.map((person) => person.close()));
  await bot.stop();
  await server.stop();
});
