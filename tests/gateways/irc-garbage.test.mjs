// A thousand lines of garbage, from people and from the server: the bot stays, answers, and its log is clean.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WebSocketServer } from 'ws';

import { startBot } from '../harness/bot.mjs';
import { episode, plain } from '../harness/dataset.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { freePort } from '../harness/ports.mjs';
import { WAIT_MS, within } from '../harness/process.mjs';
import { seeded } from '../harness/random.mjs';

const SEED = Number(process.env.SEED ?? 20220128);
const LINES = 1000;
const LONGEST = 1024 * 1024;

const FORMATS = ['%s%s%s%n', '%x'.repeat(50), '%1000000d', '${jndi:ldap://x}', '`id`', "'; DROP TABLE shows; --"];
const INJECTIONS = ['\r\nQUIT :x', '\nJOIN #elsewhere', '\0PRIVMSG #tv :x', '\x01ACTION dances\x01', '\x1b[2J\x07'];
const SCRIPTS = ['\u202e\u200d\ufeff', '👩‍👩‍👧‍👦'.repeat(40), 'z̡̢̛'.repeat(100), '\ud83d', '지금 우리 학교는'];

function pick(random, list) {
  return list[Math.floor(random() * list.length)];
}

function bytes(random, length) {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

// One line of text for a channel. Half of them start with a prefix, so that the command parser gets them too.
function rubbish(random) {
  const head = random() < 0.5 ? pick(random, ['!episode ', '!', '!search ', '!who ', '!help ', 'episoded: ', '!random ']) : '';
  const length = Math.floor(random() ** 3 * 400);
  const body = pick(random, [
    () => bytes(random, length),
    () => Buffer.from(pick(random, FORMATS)),
    () => Buffer.from(pick(random, INJECTIONS)),
    () => Buffer.from(pick(random, SCRIPTS)),
    () => Buffer.from('9'.repeat(length)),
    () => Buffer.from(`s${Math.floor(random() * 1e12)}e-${Math.floor(random() * 1e12)}`),
    () => Buffer.concat([Buffer.from('S01E'), bytes(random, 4)]),
  ])();
  return Buffer.concat([Buffer.from(head), body]);
}

test('garbage typed by a person at InspIRCd', async (t) => {
  const random = seeded(SEED);
  t.diagnostic(`seed ${SEED}`);
  const server = await startInspircd();
  const bot = await startBot({ config: { gateways: [server.gateway({ channels: ['#tv', '#rubbish'] })] } });
  await bot.waitForLog(/ready: gateway irc/);
  const anna = await server.connect('anna');
  await anna.join('#tv');
  // Invalid UTF-8 can only be sent in binary frames.
  const vandal = await server.connect('vandal', { protocols: ['binary.inspircd.org'] });
  await vandal.join('#rubbish');
  for (let i = 0; i < LINES; i++) {
    vandal.socket.send(Buffer.concat([Buffer.from('PRIVMSG #rubbish :'), rubbish(random)]), { binary: true });
    if (i % 100 === 99) await vandal.sync().catch(() => {});
    if (vandal.end) break;
  }
  assert.equal(vandal.end, undefined, 'the vandal should have lasted for all lines');
  // Whatever answers wait for the flooder, another channel gets its turn.
  anna.say('#tv', '!episode 5');
  const answer = await anna.expectSaid('episoded', '#tv', /./);
  assert.ok(plain(answer.params[1]).includes(episode(5).summary), answer.raw);
  assert.deepEqual(bot.complaints(/send queue full/), []);
  assert.ok(bot.complaints().length <= 3, 'it complains too often');
  assert.doesNotMatch(bot.log(), /[\x00-\x08\x0b-\x1f\x7f]/, 'control bytes in the log');
  assert.equal(bot.log().match(/ready: gateway irc/g).length, 1, 'it was disconnected');
  await vandal.close();
  await anna.close();
  await bot.stop();
  await server.stop();
});

// A broken server: lines that InspIRCd would never send.
test('garbage sent by the server itself, with lines of a megabyte', async (t) => {
  const random = seeded(SEED + 1);
  t.diagnostic(`seed ${SEED + 1}`);
  const port = await freePort();
  const server = new WebSocketServer({ host: '127.0.0.1', port, handleProtocols: () => 'binary.ircv3.net' });
  const said = [];
  let onSaid = () => {};
  const ready = new Promise((resolve) => {
    server.on('connection', (socket) => {
      socket.on('message', (data) => {
        const line = data.toString();
        said.push(line);
        onSaid(line);
        if (line.startsWith('CAP LS')) socket.send(Buffer.from('CAP * LS :message-tags'));
        if (line.startsWith('CAP REQ')) socket.send(Buffer.from('CAP * ACK :message-tags'));
        if (line.startsWith('CAP END')) {
          socket.send(Buffer.from(':x 001 episoded :hello\r\n:x 005 episoded CHANTYPES=# :are\r\n:x 422 episoded :none'));
        }
        if (line.startsWith('JOIN')) {
          socket.send(Buffer.from(':episoded!e@h JOIN #tv'));
          resolve(socket);
        }
      });
      socket.on('error', () => {});
    });
  });
  const gateway = {
    name: 'irc', type: 'irc', url: `ws://127.0.0.1:${port}/`, nick: 'episoded', channels: ['#tv'],
    reconnect: { base_ms: 20, cap_ms: 100 },
  };
  const bot = await startBot({ config: { gateways: [gateway] } });
  let socket = await within(WAIT_MS, 'the first JOIN', ready);
  const verbs = ['PRIVMSG', 'NOTICE', 'JOIN', 'PART', 'KICK', 'MODE', 'NICK', '005', '001', '433', '353', 'CAP',
    'BATCH', 'PING', 'FAIL', 'CHGHOST', '396', 'TAGMSG', 'ACK', '474', 'TOPIC', 'x', ''];
  for (let i = 0; i < LINES; i++) {
    const tags = random() < 0.3 ? Buffer.concat([Buffer.from('@'), rubbish(random), Buffer.from(' ')]) : Buffer.alloc(0);
    const source = random() < 0.7 ? ':vandal!v@h ' : '';
    const head = `${source}${pick(random, verbs)} ${pick(random, ['#tv', 'episoded', '*', '', ':'])} `;
    socket.send(Buffer.concat([tags, Buffer.from(head), Buffer.from(random() < 0.5 ? ':' : ''), rubbish(random)]));
  }
  // Longer than the bot accepts in one message: it closes with 1009 and reconnects.
  const again = new Promise((resolve) => server.once('connection', resolve));
  socket.send(Buffer.concat([Buffer.from(':vandal!v@h PRIVMSG #tv :!episode '), bytes(random, LONGEST)]));
  await within(WAIT_MS, 'the way back', again);
  await bot.waitForLog(/lost: gateway irc: .*longer than/);
  socket = [...server.clients].at(-1);
  await new Promise((resolve) => {
    onSaid = (line) => line.startsWith('JOIN') && resolve();
    if (said.at(-1).startsWith('JOIN')) resolve();
  });
  const answered = new Promise((resolve) => {
    onSaid = (line) => line.includes('PRIVMSG #tv') && plain(line).includes(episode(5).summary) && resolve();
  });
  socket.send(Buffer.from(':anna!a@h PRIVMSG #tv :!episode 5'));
  await within(60000, 'the answer', answered);
  for (const line of said) assert.doesNotMatch(line, /[\r\n\0]/, 'a line within a line went out');
  assert.doesNotMatch(bot.log(), /[\x00-\x08\x0b-\x1f\x7f]/, 'control bytes in the log');
  await bot.stop();
  server.close();
  for (const client of server.clients) client.terminate();
});
