// The real bot on a real InspIRCd: joining, answering, and messages that get no answer.

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
  bot = await startBot({ config: { gateways: [server.gateway({ channels: ['#tv', '#second'] })] } });
  await bot.waitForLog(/ready: gateway irc/);
  anna = await server.connect('anna', { caps: ['message-tags', 'server-time'] });
  await anna.join('#tv');
});

after(async () => {
  await anna?.close();
  await bot?.stop();
  await server?.stop();
});

beforeEach(() => anna.sync());

// Ask, and return the whole answer, which may have several lines.
async function ask(client, channel, question, pattern) {
  client.say(channel, question);
  const first = await client.expectSaid('episoded', channel, /./);
  let text = plain(first.params[1]);
  while (!pattern.test(text)) {
    text += ` ${plain((await client.expectSaid('episoded', channel, /./)).params[1])}`;
  }
  return { first, text };
}

// Once the bot has answered this, it has processed all earlier messages; they must have no answer.
async function expectSilenceSince(client, channel) {
  client.say(channel, '!ping');
  const line = await client.expectSaid('episoded', channel, /./);
  assert.match(line.params[1], /pong/i, 'something was answered that should not have been');
}

test('the bot is in its channels and marked as a bot', async () => {
  anna.send('WHOIS episoded');
  const channels = await anna.expect((line) => line.verb === '319');
  assert.match(channels.params[2], /#tv/);
  assert.match(channels.params[2], /#second/);
  await anna.expect((line) => line.verb === '335');
});

test('!episode 5 is answered with its synopsis, date and a reference to the question', async () => {
  const { first, text } = await ask(anna, '#tv', '!episode 5', /2022/);
  assert.equal(first.verb, 'PRIVMSG');
  assert.match(text, /episode 5/i);
  assert.ok(text.includes(episode(5).summary), text);
  assert.match(text, /28 January 2022/);
  assert.ok(first.tags['+draft/reply'] ?? first.tags['+reply'], first.raw);
});

test('every episode\'s answer matches the dataset', async () => {
  for (const { number, summary } of [episode(1), episode(8), episode(12)]) {
    const { text } = await ask(anna, '#tv', `!episode ${number}`, /2022/);
    assert.ok(text.includes(summary), text);
  }
});

test('it answers if addressed by name, and in private', async () => {
  anna.say('#tv', 'episoded: episode 3');
  const inChannel = await anna.expectSaid('episoded', '#tv', /./);
  assert.match(plain(inChannel.params[1]), /episode 3/i);
  anna.say('episoded', '!episode 2');
  const inPrivate = await anna.expectSaid('episoded', 'anna', /./);
  assert.match(plain(inPrivate.params[1]), /episode 2/i);
});

test('a person without message-tags is addressed by name', async () => {
  const bert = await server.connect('bert');
  await bert.join('#tv');
  bert.say('#tv', '!ping');
  await bert.expectSaid('episoded', '#tv', /pong/i);
  await bert.close();
});

test('a wrong episode number is answered with the valid ones', async () => {
  const { text } = await ask(anna, '#tv', '!episode 13', /12/);
  assert.match(text, /No episode 13/);
});

test('unknown commands and chatter are ignored', async () => {
  anna.say('#tv', '!nosuchcommand 5');
  anna.say('#tv', 'what about episode 5?');
  anna.say('#tv', '!');
  anna.say('#tv', '!!! wow');
  await expectSilenceSince(anna, '#tv');
});

test('a NOTICE is never answered', async () => {
  anna.send('NOTICE #tv :!episode 5');
  anna.send('NOTICE episoded :!episode 5');
  anna.send('NOTICE episoded :\x01VERSION\x01');
  await expectSilenceSince(anna, '#tv');
});

test('another bot is never answered', async () => {
  const robot = await server.connect('robot');
  await robot.join('#tv');
  robot.send('MODE robot +B');
  await robot.expect((line) => line.verb === 'MODE' && /B/.test(line.params[1]));
  robot.say('#tv', '!episode 5');
  await anna.expectSaid('robot', '#tv', /episode 5/);
  await expectSilenceSince(anna, '#tv');
  await robot.close();
});

test('the echo of its own lines is not answered', async () => {
  // This answer starts like a command, and echo-message returns it to the bot.
  anna.say('#tv', '!help episode');
  await anna.expectSaid('episoded', 'anna', /^[\x02]?!episode/);
  await expectSilenceSince(anna, '#tv');
});

test('no message makes the bot send IRC commands', async () => {
  const attempts = [
    '!episode 5\rJOIN #elsewhere', '!search x\u0000y', '!episode \x01ACTION\x01', '!who \r\nQUIT :bye',
    '!search PRIVMSG #second :hello', '!help \x02\x03\x1f', '!episode \u2028QUIT', '!who %s%n%x',
  ];
  const watcher = await server.connect('watcher');
  await watcher.join('#second');
  for (const attempt of attempts) anna.say('#tv', attempt);
  anna.say('#tv', '!ping');
  await anna.expectSaid('episoded', '#tv', /pong/i, 60000);
  await watcher.sync();
  assert.deepEqual(watcher.unread().filter((line) => line.nick === 'episoded'), []);
  anna.send('WHOIS episoded');
  const channels = await anna.expect((line) => line.verb === '319');
  assert.doesNotMatch(channels.params[2], /#elsewhere/);
  await watcher.close();
});

test('CTCP is answered in private and at a limited rate', async () => {
  anna.send('PRIVMSG episoded :\x01VERSION\x01');
  const line = await anna.expect((one) => one.verb === 'NOTICE' && one.nick === 'episoded');
  assert.match(line.params[1], /^\x01VERSION episoded/);
});

test('after a kick it waits and rejoins', async () => {
  const oper = await server.connect('oper');
  oper.send('OPER oper oper');
  await oper.expect((line) => line.verb === '381');
  await oper.join('#second');
  oper.send('SAMODE #second +o oper');
  await oper.expect((line) => line.verb === 'MODE' && /\+o/.test(line.params[1]));
  const kicked = Date.now();
  oper.send('KICK #second episoded :out');
  await oper.expect((line) => line.verb === 'KICK');
  await oper.expect((line) => line.verb === 'JOIN' && line.nick === 'episoded', 30000);
  assert.ok(Date.now() - kicked >= 5000, 'it came back too fast');
  oper.say('#second', '!ping');
  await oper.expectSaid('episoded', '#second', /pong/i);
  await oper.close();
});

test('its log has no warnings except the kick', () => {
  assert.deepEqual(bot.complaints(/kick/i), []);
});
