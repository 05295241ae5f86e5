// Answers on a real InspIRCd: plain in channels without colours, private where required, and fair.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { episode, plain } from '../harness/dataset.mjs';
import { startInspircd } from '../harness/inspircd.mjs';

let server;
let bot;
let anna;

before(async () => {
  server = await startInspircd();
  anna = await server.connect('anna', { caps: ['message-tags', 'echo-message'] });
  await anna.join('#tv');
  await anna.join('#quiet');
  anna.send('MODE #quiet +c');
  await anna.expect((line) => line.verb === 'MODE' && line.params[1] === '+c');
  bot = await startBot({ config: { gateways: [server.gateway({ channels: ['#tv', '#quiet'] })] } });
  await anna.expect((line) => line.verb === 'JOIN' && line.nick === 'episoded' && line.params[0] === '#tv');
  await bot.waitForLog(/ready: gateway irc/);
});

after(async () => {
  await anna?.close();
  await bot?.stop();
  await server?.stop();
});

beforeEach(() => anna.sync());

const said = (client, target, pattern, ms = 20000) => client.expectSaid('episoded', target, pattern, ms);

// Once the bot has answered this, it has received the earlier mode changes.
async function heardBy(client, channel) {
  client.say(channel, '!ping');
  await said(client, channel, /pong/i);
}

test('a +c channel gets no bold text, from the first answer on', async () => {
  await heardBy(anna, '#quiet');
  anna.say('#quiet', '!episode 5');
  const line = await said(anna, '#quiet', /episode 5/i);
  assert.doesNotMatch(line.params[1], /[\x02\x03\x0f]/);
  assert.ok(line.params[1].includes(episode(5).summary.slice(0, 40)), line.raw);
});

test('a spoiler is left out, and its reason is told', async () => {
  await heardBy(anna, '#quiet');
  anna.say('#quiet', '!who nam on-jo');
  const answer = await said(anna, '#quiet', /Nam On-jo/);
  assert.match(answer.params[1], / · Spoils /);
  assert.doesNotMatch(answer.params[1], /\x03|classroom/);
  await heardBy(anna, '#quiet');
});

test('mode changes count: -c brings bold text back, +S removes it', async () => {
  for (const [mode, isBold] of [['-c', true], ['+S', false], ['-S', true], ['+c', false]]) {
    anna.send(`MODE #quiet ${mode}`);
    await anna.expect((line) => line.verb === 'MODE' && line.params[1] === mode);
    anna.say('#quiet', '!episode 5');
    const line = await said(anna, '#quiet', /episode 5/i);
    assert.equal(line.params[1].includes('\x02'), isBold, `${mode}: ${line.raw}`);
    assert.ok(plain(line.params[1]).includes('episode 5'), line.raw);
  }
});

test('a private answer names the channel it was asked for in', async () => {
  anna.say('#tv', '!help episode');
  const line = await said(anna, 'anna', /!episode/);
  assert.equal(line.verb, 'NOTICE');
  assert.equal(line.tags['+draft/channel-context'], '#tv', line.raw);
  assert.equal(line.tags['+channel-context'], '#tv', line.raw);
  assert.equal(line.tags['+reply'], undefined);
});

test('a question to @#channel is answered to @#channel, and one to +#channel to +#channel', async () => {
  const bert = await server.connect('bert', { caps: ['message-tags'] });
  await bert.join('#tv');
  anna.send('MODE #tv +o episoded');
  await anna.expect((line) => line.verb === 'MODE' && line.params[1] === '+o');
  const answer = bot.mark();
  for (const target of ['@#tv', '+#tv']) {
    anna.send(`PRIVMSG ${target} :!ping`);
    const line = await said(anna, target, /pong/i);
    assert.ok(line.tags['+draft/reply'] ?? line.tags['+reply'], line.raw);
  }
  await bert.sync();
  const answered = bert.unread().filter((line) => line.nick === 'episoded' && line.verb === 'PRIVMSG');
  assert.deepEqual(answered.map((line) => line.raw), []);
  anna.send('MODE #tv +v bert');
  await bert.expect((line) => line.verb === 'MODE' && line.params[1] === '+v');
  anna.send('PRIVMSG +#tv :!ping');
  await said(bert, '+#tv', /pong/i);
  bert.send('PRIVMSG #tv :!ping');
  await said(bert, '#tv', /pong/i);
  assert.doesNotMatch(bot.log().slice(answer), /warning|giving up/i);
  await bert.close();
});

test('a person who asks two hundred times in a channel does not delay others', async () => {
  const pest = await server.connect('pest', { caps: ['message-tags'] });
  await pest.join('#tv');
  for (let i = 0; i < 200; i += 1) pest.say('#tv', '!ping');
  await pest.expect((line) => line.verb === 'NOTICE' && line.nick === 'episoded' && /too fast/.test(line.params[1]), 30000);
  await anna.sync();
  const asked = Date.now();
  anna.say('#tv', '!episode 9');
  let between = 0;
  while (!/episode 9/.test(plain((await said(anna, '#tv', /./, 30000)).params[1]))) between += 1;
  const waited = Date.now() - asked;
  assert.ok(between <= 4, `${between} lines of others came first`);
  console.log(`# answered behind 200 questions of another after ${between} lines, ${waited} ms`);
  await pest.sync();
  const told = pest.unread().filter((line) => line.verb === 'NOTICE' && /too fast/.test(line.params[1]));
  assert.deepEqual(told, [], 'it was told twice');
  await pest.close();
  assert.equal(bot.log().match(/ready: gateway irc/g).length, 1, 'it was disconnected');
  assert.deepEqual(bot.complaints(/dropping answers/), []);
  assert.equal(bot.log().match(/dropping answers/g).length, 1, 'the log was flooded');
});
