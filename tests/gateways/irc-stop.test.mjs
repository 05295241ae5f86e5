// A clean stop: SIGTERM, or a reload that replaces the gateway, right after an answer, on servers that tell nothing about
// its delivery but a PONG. The next process, or the next gateway, does not answer again, and no question is lost.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { startNgircd } from '../harness/ngircd.mjs';
import { absolute } from '../shows/make.mjs';

const NICK = 'episoded';
const PLAIN = { // as ngIRCd and ircd-hybrid
  'message-tags': null, 'server-time': null, batch: null, 'labeled-response': null, 'echo-message': null, 'account-tag': null,
  'standard-replies': null,
};
const LINES = 4; // of an answer to !episodes in a channel
const GOODBYE_MS = 1600; // a little less than GOODBYE_MS in bot/gateway/irc/irc.c
const ROUNDS = 3;

async function begin({ caps = PLAIN, on = {}, version, gateway, data } = {}) {
  const state = mkdtempSync(join(tmpdir(), 'irc-stop-'));
  const server = await startIrcServer({ caps, on, version, isupport: ['CASEMAPPING=ascii', 'CHANTYPES=#'] });
  const all = { state, server, said: [], config: { state, gateways: [server.gateway({ flood: 'none', ...gateway })] } };
  if (data) all.config.data = data;
  const hear = server.on.PRIVMSG;
  server.on.PRIVMSG = (peer, line) => {
    all.said.push(line);
    return hear ? hear(peer, line) : true;
  };
  await start(all);
  return all;
}

async function start(all) {
  all.bot = await startBot({ config: all.config });
  await joined(all);
}

async function joined(all) {
  all.peer = await all.server.peer();
  await all.peer.expect(/^JOIN #tv/);
  await all.peer.sync();
}

async function finish({ bot, server, state }) {
  await bot.stop();
  await server.stop();
  rmSync(state, { recursive: true, force: true });
}

// Ask, and stop the bot as soon as the server has read the first line of the answer. isHeard: a slow server's PONG came within
// the time that the bot waits for it, which a busy machine may exceed.
async function askAndStop(all, nick, text = '!ping') {
  const said = all.peer.expect((line) => line.verb === 'PRIVMSG' && line.params[1].startsWith(`${nick}: `));
  all.server.say(`${nick}!u@host.test`, '#tv', text);
  await said;
  const begin_ms = Date.now(), { server } = all;
  const stopped = await all.bot.stop();
  return Object.assign(stopped, { isHeard: !(server.lastPong_ms - begin_ms > GOODBYE_MS) });
}

// What the bot said to each of these people in #tv: the first lines of their answers.
function counts(all, nicks) {
  return nicks.map((nick) => all.said.filter(({ params }) => params[1].startsWith(`${nick}: `)).length);
}

// The server's way to deal with PING and QUIT, and whether the stop still confirms what was said.
const servers = {
  'a PONG': { isOnce: true },
  'no PONG, but ERROR after QUIT': { on: { PING: (peer, line) => !line.raw.includes('sent-') }, isOnce: true },
  'PONG and ERROR a second later (fakelag)': { on: late(1000), isOnce: true },
  'no PONG, and "Excess Flood" instead of the QUIT': {
    on: {
      PING: (peer, line) => !line.raw.includes('sent-'),
      QUIT(peer) {
        peer.send('ERROR :Closing Link: 127.0.0.1 (Excess Flood)');
        peer.end();
      },
    },
    isOnce: false,
  },
  'soju 0.7: a PONG, and no ERROR': { on: { QUIT: (peer) => peer.end() }, isOnce: true },
};

// A server that works off the bot's lines with a delay, in order.
function late(ms) {
  const slow = (action) => (peer, line) => {
    setTimeout(() => action(peer, line), ms);
  };
  return {
    PING(peer, line) {
      if (!line.raw.includes('sent-')) return true;
      return slow(() => {
        peer.send(`PONG irc.test :${line.params[0]}`);
        peer.server.lastPong_ms = Date.now();
      })(peer, line);
    },
    QUIT: slow((peer) => {
      peer.send('ERROR :Closing Link: 127.0.0.1 (Client Quit)');
      peer.end();
    }),
  };
}

for (const [name, { on, isOnce }] of Object.entries(servers)) {
  test(`SIGTERM right after an answer; the server sends ${name}: ${isOnce ? 'said once' : 'said again, not lost'}`, async () => {
    const all = await begin({ on });
    const nicks = [];
    for (const nick of ['anna', 'bert', 'carl', 'dora', 'emil', 'finn']) {
      const stopped = await askAndStop(all, nick);
      assert.ok(stopped.isInTime);
      if (stopped.isHeard) nicks.push(nick);
      await start(all);
      if (nicks.length === ROUNDS) break;
    }
    assert.ok(nicks.length, 'the server was never in time');
    await all.peer.sync();
    const said = counts(all, nicks);
    if (isOnce) assert.deepEqual(said, nicks.map(() => 1));
    else assert.ok(said.every((count) => count > 1), said.join());
    await finish(all);
  });
}

test('SIGTERM in the middle of an answer of several lines: its other lines follow, and none of them twice', async () => {
  const data = mkdtempSync(join(tmpdir(), 'irc-stop-data-'));
  absolute(data); // its list of episodes fills an answer
  const all = await begin({ version: 'solanum-1.0', gateway: { flood: 'auto' }, data }); // three lines in two seconds
  const nicks = ['anna', 'bert'];
  for (const nick of nicks) {
    await askAndStop(all, nick, '!episodes');
    await start(all);
  }
  await all.peer.sync();
  assert.deepEqual(counts(all, nicks), [1, 1]);
  assert.equal(all.said.length, 2 * LINES, all.said.map(({ raw }) => raw).join('\n'));
  await finish(all);
  rmSync(data, { recursive: true, force: true });
});

test('a question that arrives after SIGTERM is answered by the next process', async () => {
  const on = {
    PING: (peer, line) => !line.raw.includes('sent-'),
    QUIT(peer) {
      peer.raw(':bert!u@host.test PRIVMSG #tv :!ping');
      peer.send('ERROR :Closing Link: 127.0.0.1 (Client Quit)');
      peer.end();
    },
  };
  const all = await begin({ on });
  await askAndStop(all, 'anna');
  await start(all);
  await all.peer.sync();
  assert.deepEqual(counts(all, ['anna', 'bert']), [1, 1]);
  await finish(all);
});

test('a reload that replaces the gateway right after an answer: said once', async () => {
  const all = await begin();
  const nicks = ['anna', 'bert', 'carl'];
  for (const nick of nicks) {
    all.server.say(`${nick}!u@host.test`, '#tv', '!ping');
    await all.peer.expect((line) => line.verb === 'PRIVMSG' && line.params[1].startsWith(`${nick}: `));
    all.config.gateways[0].realname = `The bot after ${nick}`;
    all.bot.configure({ ...all.bot.config, ...all.config });
    all.bot.reload();
    await joined(all);
  }
  await all.peer.sync();
  assert.deepEqual(counts(all, nicks), [1, 1, 1]);
  await finish(all);
});

// Real servers: the stop comes as soon as another person reads the answer.
for (const [name, starts] of [['ngIRCd 26', startNgircd], ['InspIRCd 3', startInspircd]]) {
  test(`${name}: four clean stops right after an answer, and each is said once`, { timeout: 120000 }, async () => {
    const server = await starts({});
    const state = mkdtempSync(join(tmpdir(), 'irc-stop-'));
    const config = { state, gateways: [server.gateway()] };
    const anna = await server.connect('anna');
    await anna.join('#tv');
    const seen = [];
    let bot;
    for (let round = 0; round < 5; round++) {
      bot = await startBot({ config });
      await anna.expect((line) => line.verb === 'JOIN' && line.nick.startsWith('episode'));
      anna.say('#tv', `!search zq${round}`);
      await anna.expect((line) => line.verb === 'PRIVMSG' && line.params[1].includes(`zq${round}`) && seen.push(line.params[1]));
      if (round < 4) await bot.stop();
    }
    await anna.sync();
    await bot.stop();
    await anna.expect((line) => line.verb === 'QUIT' && line.nick.startsWith(NICK.slice(0, 7)));
    seen.push(...anna.unread().filter(({ verb }) => verb === 'PRIVMSG').map(({ params }) => params[1]));
    assert.deepEqual(seen.map((text) => text.match(/zq\d/)?.[0]), ['zq0', 'zq1', 'zq2', 'zq3', 'zq4']);
    await anna.close();
    await server.stop();
    rmSync(state, { recursive: true, force: true });
  });
}
