// Disturbances from a scripted server: removed capabilities, refusals and errors, tested with the real bot.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const ANNA = 'anna!~a@host.test';

async function begin({ server: options = {}, gateway = {}, config = {}, env = {} } = {}) {
  const server = await startIrcServer(options);
  const bot = await startBot({ config: { gateways: [server.gateway({ flood: 'none', ...gateway })], ...config }, env });
  return { server, bot, peer: await server.peer() };
}

async function finish({ server, bot }) {
  await bot.stop();
  await server.stop();
}

async function answers({ server, peer }, target = '#tv') {
  server.say(ANNA, target, '!ping');
  return peer.expect(/Pong/);
}

test('an invite-only channel: refused, logged, joined when invited', async () => {
  let isInvited = false;
  const all = await begin({
    server: {
      on: {
        JOIN(peer) {
          if (isInvited) return true;
          peer.numeric(473, '#tv :Cannot join channel (+i)');
          return false;
        },
      },
    },
  });
  await all.peer.expect(/^JOIN #tv/);
  await all.bot.waitForLog(/cannot join #tv: 473 .*; trying again in (29|30) s/);
  all.peer.send(`:${ANNA} INVITE episoded #elsewhere`); // forwarding does not move the bot
  all.peer.send(`:${ANNA} INVITE someone #tv`);
  await all.peer.sync();
  isInvited = true;
  all.peer.send(`:${ANNA} INVITE episoded #tv`);
  await all.peer.expect(/^JOIN #tv/);
  await answers(all);
  assert.equal(all.peer.heard.filter((line) => line.startsWith('JOIN')).length, 2);
  await finish(all);
});

test('a ban and a kick in one channel do not affect another', async () => {
  const all = await begin({
    gateway: { channels: ['#tv', '#two'] },
    server: {
      isupport: ['CHANTYPES=#', 'TARGMAX=JOIN:1'],
      on: {
        JOIN(peer, line) {
          if (line.params[0] === '#tv') return true;
          peer.numeric(474, '#two :Cannot join channel (+b)');
          return false;
        },
      },
    },
  });
  await all.bot.waitForLog(/cannot join #two: 474 .*; trying again in (479|480) s/);
  await answers(all);
  all.peer.send(`:${ANNA} KICK #tv episoded :out`);
  await all.bot.waitForLog(/kicked from #tv \(out\)/);
  await all.peer.expect(/^JOIN #tv/);
  await answers(all);
  for (let i = 0; i < 2; i++) all.peer.send(`:${ANNA} KICK #tv episoded :out`);
  await all.bot.waitForLog(/kicked from #tv \(out\) too often: not joining again/);
  await finish(all);
});

test('after each disconnection by the server the bot waits longer before it returns', async () => {
  let isWelcome = false; // a session that is not registered is logged with its exact delay
  const all = await begin({ server: { on: { welcome: () => isWelcome } }, gateway: { reconnect: { base_ms: 10, cap_ms: 400 } } });
  const reasons = [
    'Trying to reconnect too fast', 'Your host is trying to (re)connect too fast -- throttled', 'K-Lined: go away',
    'You are banned from this server',
  ];
  const delays = [];
  let { peer } = all;
  for (const reason of reasons) {
    const from = all.bot.mark();
    peer.send(`ERROR :Closing Link: episoded[127.0.0.1] (${reason})`);
    const [, delay] = await all.bot.waitForLog(/not connected: .*; next try in ([\d.]+) s/, WAIT_MS, from);
    delays.push(Number(delay));
    isWelcome = delays.length === reasons.length;
    peer = await all.server.peer();
  }
  for (const [i, low, high] of [[1, 0.4, 0.8], [2, 0.8, 1.6], [3, 1.6, 3.2]])
    assert.ok(delays[i] >= low - 0.1 && delays[i] <= high + 0.1, `${delays}`);
  await peer.expect(/^JOIN #tv/);
  await finish(all);
});

test('capabilities are taken away one by one, and answers still come', async () => {
  const all = await begin();
  await all.peer.expect(/^JOIN #tv/);
  assert.match((await answers(all)).raw, /^@.*\+reply=/);
  for (const cap of ['labeled-response', 'echo-message', 'batch', 'server-time', 'message-tags', 'account-tag']) {
    all.peer.caps.delete(cap);
    delete all.server.caps[cap];
    all.peer.send(`CAP episoded DEL :${cap}`);
    await answers(all);
  }
  assert.match((await answers(all)).raw, /^PRIVMSG #tv :?anna: Pong/); // because there are no tags for a reference
  all.server.caps['message-tags'] = '';
  all.peer.send('CAP episoded NEW :message-tags');
  await all.peer.expect(/^CAP REQ :?message-tags/);
  await all.peer.sync();
  assert.match((await answers(all)).raw, /^@.*\+reply=/);
  await finish(all);
});

test('the line length and the case mapping may change during a session', async () => {
  const all = await begin({ server: { isupport: ['CHANTYPES=#', 'CASEMAPPING=ascii', 'LINELEN=2048'] } });
  await all.peer.expect(/^JOIN #tv/);
  all.server.say(ANNA, '#tv', '!episodes');
  const long = await all.peer.expect(/PRIVMSG #tv/);
  assert.ok(long.raw.replace(/^@\S+ /, '').length > 512);
  all.peer.send('005 episoded LINELEN=512 CASEMAPPING=rfc1459 :are supported by this server');
  all.server.say('bert!~b@host.test', '#tv', '!episodes');
  const mask = all.peer.mask.length + 2;
  for (let i = 0; i < 2; i++) { // the answer has two lines of at most 512 bytes
    const line = await all.peer.expect(/PRIVMSG #tv/);
    const text = line.raw.replace(/^@\S+ /, '');
    assert.ok(Buffer.byteLength(text) + mask + 2 <= 512, text);
  }
  await finish(all);
});

test('the nick is in use: without MONITOR the bot checks with ISON, and takes the nick when it is free', async () => {
  const all = await begin({ server: { taken: ['episoded'] } });
  await all.peer.expect(/^NICK episoded_/);
  await all.peer.expect(/^JOIN #tv/);
  all.peer.send(':episoded!~e@host.test QUIT :*.net *.split'); // seen to go
  all.server.taken.clear();
  await all.peer.expect(/^NICK :?episoded$/);
  await all.peer.sync();
  assert.equal(all.peer.nick, 'episoded');
  await answers(all);
  await finish(all);
});

test('MONITOR reports that the nick is free; REGAIN and GHOST are sent once', async () => {
  const all = await begin({
    env: { SECRET: 'pencil' },
    gateway: { sasl: { account: 'bot', password: { env: 'SECRET' } } },
    server: {
      taken: ['episoded'],
      isupport: ['CHANTYPES=#', 'MONITOR=100'],
      caps: { sasl: 'SCRAM-SHA-256' },
      sasl: { accounts: { bot: 'pencil' } },
    },
  });
  const asked = [/^PRIVMSG NickServ :REGAIN episoded/, /^PRIVMSG NickServ :GHOST episoded/, /^MONITOR \+ :?episoded/];
  await all.peer.expect(() => asked.every((line) => all.peer.heard.some((raw) => line.test(raw))));
  await all.peer.expect(/^NICK :?episoded$/); // the ghost may be gone; it is not
  all.server.taken.clear();
  all.peer.numeric(731, ':Episoded!~e@host.test');
  await all.peer.expect(/^NICK :?episoded$/);
  await all.peer.expect(/^MONITOR - :?episoded/);
  assert.equal(all.peer.heard.filter((line) => /NickServ/.test(line)).length, 2);
  await finish(all);
});

test('after a nick collision and a forced part the bot takes both back', async () => {
  const all = await begin({ server: { isupport: ['CHANTYPES=#', 'MONITOR=100'] } });
  await all.peer.expect(/^JOIN #tv/);
  await answers(all);
  all.peer.send(`:${all.peer.mask} NICK 042AAAAAB`);
  all.peer.nick = '042AAAAAB';
  await all.peer.expect(/^MONITOR \+ :?episoded/);
  all.peer.send(`:${all.peer.mask} PART #tv :services`);
  all.peer.numeric(731, ':episoded');
  await all.peer.expect(/^NICK :?episoded$/);
  await all.peer.expect(/^JOIN #tv/);
  await answers(all);
  await finish(all);
});

test('FAIL, WARN and NOTE are read, and do not fill the log', async () => {
  const all = await begin();
  await all.peer.expect(/^JOIN #tv/);
  all.peer.raw('WARN * SOON :This server is about to restart');
  await all.bot.waitForLog(/WARN \* SOON: This server is about to restart/);
  for (let i = 0; i < 500; i++) all.peer.raw(`NOTE * CHATTER :${i}`);
  await answers(all);
  assert.ok(all.bot.log().split('\n').length < 60);
  await finish(all);
});

// How soon the sixth of many answers comes: what the server's own version says decides. Side by side, because a busy machine
// makes both late.
test('the pace is what the software of the server is known to bear', async () => {
  const paced = async (version) => {
    const all = await begin({ server: { version }, gateway: { flood: 'auto' } });
    await all.peer.expect(/^JOIN #tv/);
    return all;
  };
  const [quick, slow] = [await paced('solanum-1.0'), await paced('u2.10.12.19')];
  const begun = Date.now();
  const sixth = async (all) => {
    for (let i = 0; i < 6; i++) all.server.say(`p${i}!~p${i}@host.test`, '#tv', '!ping');
    for (let i = 0; i < 6; i++) await all.peer.expect(/Pong/, 30000);
    return all;
  };
  const slowDone = sixth(slow);
  assert.equal(await Promise.race([slowDone, sixth(quick)]), quick);
  await slowDone;
  const took_ms = Date.now() - begun;
  assert.ok(took_ms >= 8000 && took_ms <= 40000, `${took_ms} ms`);
  await finish(quick);
  await finish(slow);
});
