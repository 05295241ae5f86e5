// The ways in which IRC servers refuse a message: each answer is seen once, or given up with a line in the log. Each test
// names the server whose habit it has, and the version in which it was seen.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { startIrcServer, tagged } from '../harness/irc-server.mjs';
import { WAIT_MS, within } from '../harness/process.mjs';

// What people see of the bot: the lines that the server passed on.
class Seen {
  lines = [];
  #waiters = new Set();

  add(line) {
    this.lines.push(line);
    for (const check of [...this.#waiters]) check();
  }

  count(wanted) {
    return this.lines.filter((line) => wanted.test(line.raw)).length;
  }

  until(isDone, ms, what) {
    return within(ms, what, new Promise((resolve) => {
      const check = () => {
        if (!isDone(this)) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
      check();
    }));
  }
}

async function begin({ refuse, caps, channels = ['#tv'], on = {}, version } = {}) {
  const seen = new Seen();
  const hear = (peer, line) => {
    if (refuse?.(peer, line)) return false;
    seen.add(line);
    return true;
  };
  const server = await startIrcServer({ caps, version, on: { PRIVMSG: hear, NOTICE: hear, ...on } });
  const bot = await startBot({ config: { gateways: [server.gateway({ flood: 'none', channels })] } });
  const peer = await server.peer();
  await peer.expect(/^JOIN /);
  await peer.sync();
  return { seen, server, bot, peer };
}

async function finish({ bot, server }) {
  await bot.stop();
  await server.stop();
}

const PLAIN = { 'labeled-response': null, 'echo-message': null, batch: null, 'message-tags': null, 'standard-replies': null };
const ECHO = { 'labeled-response': null };

// The count of a channel, as in Solanum and hybrid: from the limit on all lines are refused, until the count is 0 again.
function channelThrottle(limit) {
  const channels = new Map();
  return (peer, line) => {
    const name = line.params[0];
    if (!name.startsWith('#')) return false;
    if (!channels.has(name)) channels.set(name, { count: 0, since: Date.now(), isNoticed: false });
    const channel = channels.get(name);
    const seconds = Math.floor((Date.now() - channel.since) / 1000);
    if (seconds > 1) {
      channel.since = Date.now();
      channel.count = Math.max(0, channel.count - seconds);
      if (channel.count === 0) channel.isNoticed = false;
    }
    if (channel.count < limit && !channel.isNoticed) {
      channel.count += 1;
      return false;
    }
    if (!channel.isNoticed) channel.count += 2;
    channel.isNoticed = true;
    const label = peer.caps.has('labeled-response') ? line.tags.label : undefined;
    peer.send(tagged({ label }, `:irc.test NOTICE ${peer.nick} :*** Message to ${name} throttled due to flooding`));
    return true;
  };
}

const THROTTLES = [['Solanum 1.0 (2026-07)', {}], ['Solanum 1.0 (2026-07) without labels', ECHO], ['ircd-hybrid 8.2.47', PLAIN]];
for (const [name, caps] of THROTTLES) {
  test(`${name}: a channel that is throttled gets all 8 answers, each once; another channel does not wait`, async () => {
    const all = await begin({ refuse: channelThrottle(5), caps, channels: ['#tv', '#films'] });
    const asked = [1, 2, 3, 4, 5, 6, 7, 8];
    for (const n of asked) all.server.say(`nick${n}!u@host.test`, '#tv', `!search nothing${n}x`);
    await all.seen.until((seen) => seen.count(/#tv/) >= 5, WAIT_MS, 'the answers within the limit');
    all.server.say('anna!a@host.test', '#films', '!search nothing9x');
    await all.seen.until((seen) => seen.count(/nothing9x/) === 1, WAIT_MS, 'the answer in another channel');
    assert.ok(asked.some((n) => !all.seen.count(new RegExp(`nothing${n}x`))), 'the other channel has waited');
    await all.seen.until((seen) => asked.every((n) => seen.count(new RegExp(`nothing${n}x`)) > 0), 60000, 'all answers');
    await all.peer.sync();
    assert.deepEqual(asked.map((n) => all.seen.count(new RegExp(`nothing${n}x`))), asked.map(() => 1));
    assert.equal(all.bot.log().match(/#tv is throttled .*sending again in 12 s.*give the bot voice/g)?.length, 1);
    assert.doesNotMatch(all.bot.log(), /giving up/);
    await finish(all);
  });
}

test('UnrealIRCd 6.1.8: a channel with a limit of lines (+f) gets the answer after the time that the server names', async () => {
  let refused = 0;
  const all = await begin({
    refuse(peer, line) {
      if (refused++) return false;
      peer.send(tagged({ label: line.tags.label }, `:irc.test 404 ${peer.nick} #tv :Flooding (Limit is 5 lines per 2 seconds) (#tv)`));
      return true;
    },
  });
  const from = Date.now();
  all.server.say('anna!a@host.test', '#tv', '!ping');
  await all.seen.until((seen) => seen.count(/Pong/) === 1, WAIT_MS, 'the answer');
  assert.ok(Date.now() - from >= 2900);
  await finish(all);
});

test('ircu2 2.10: a person is answered once the server allows a new target', async () => {
  let refused = 0;
  const all = await begin({
    refuse(peer, line) {
      if (refused++) return false;
      peer.send(`:irc.test 439 ${peer.nick} ${line.params[0]} :Target change too fast. Please wait 1 seconds.`);
      return true;
    },
    caps: PLAIN,
  });
  all.server.say('anna!a@host.test', 'episoded', 'ping');
  await all.seen.until((seen) => seen.count(/anna .*Pong/) === 1, WAIT_MS, 'the answer');
  await all.peer.sync();
  assert.equal(all.seen.count(/Pong/), 1);
  await finish(all);
});

test('Ergo 2.15: a moderated channel is refused for good, and the log names the fix', async () => {
  const all = await begin({
    refuse(peer, line) {
      peer.send(tagged({ label: line.tags.label }, `:irc.test 404 ${peer.nick} #tv :Cannot send to channel (+m)`));
      return true;
    },
  });
  all.server.say('anna!a@host.test', '#tv', '!ping');
  await all.bot.waitForLog(/giving up an answer to #tv: 404 Cannot send to channel \(\+m\); give the bot voice \(\+v\)/);
  await all.peer.sync();
  assert.equal(all.seen.lines.length, 0);
  await finish(all);
});

for (const [name, caps] of [['with labels', {}], ['without labels', PLAIN]]) {
  test(`kicked while answers wait (${name}): they are sent when the bot is back, and nothing from outside`, { timeout: 60000 }, async () => {
    const outside = [];
    const all = await begin({
      caps,
      refuse(peer, line) {
        if (peer.channels.has('#tv')) return false;
        outside.push(line.raw);
        const label = peer.caps.has('labeled-response') ? line.tags.label : undefined;
        peer.send(tagged({ label }, `:irc.test 404 ${peer.nick} #tv :Cannot send to channel`));
        return true;
      },
    });
    const asked = [1, 2, 3, 4, 5];
    // In one piece: the questions are read together with the kick that follows them.
    const mask = (n) => `:nick${n}!u@host.test PRIVMSG #tv :!search nothing${n}x`;
    all.peer.channels.delete('#tv');
    all.peer.raw([...asked.map(mask), `:op!o@host.test KICK #tv ${all.peer.nick} :out`].join('\r\n'));
    await all.peer.expect(/^JOIN #tv/);
    await all.seen.until((seen) => asked.every((n) => seen.count(new RegExp(`nothing${n}x`)) > 0), WAIT_MS, 'all answers');
    await all.peer.sync();
    assert.deepEqual(asked.map((n) => all.seen.count(new RegExp(`nothing${n}x`))), asked.map(() => 1));
    assert.deepEqual(outside, []);
    await finish(all);
  });
}

test('kicked and banned while answers wait: they are given up with a line in the log', { timeout: 60000 }, async () => {
  const all = await begin({
    on: {
      JOIN(peer) {
        if (peer.joins === undefined) {
          peer.joins = 1;
          return true;
        }
        peer.numeric('474', '#tv :Cannot join channel (+b)');
        return false;
      },
    },
  });
  all.peer.raw([':anna!a@host.test PRIVMSG #tv :!ping', `:op!o@host.test KICK #tv ${all.peer.nick} :out`].join('\r\n'));
  await all.bot.waitForLog(/giving up an answer to #tv: the bot is banned from the channel/);
  assert.equal(all.seen.lines.length, 0);
  await finish(all);
});

test('Ergo 2.15: after RENAME the bot answers in the new channel, also after a restart; the old one is not made again', { timeout: 60000 }, async () => {
  const all = await begin({ caps: { 'draft/channel-rename': '' } });
  assert.ok(all.peer.caps.has('draft/channel-rename'));
  all.server.say('anna!a@host.test', '#tv', '!ping');
  await all.seen.until((seen) => seen.count(/PRIVMSG #tv .*Pong/) === 1, WAIT_MS, 'the answer before');
  all.peer.channels.delete('#tv');
  all.peer.channels.add('#series');
  all.peer.send(':op!o@host.test RENAME #tv #series :better');
  await all.bot.waitForLog(/#tv is now #series: change it in the configuration/);
  all.server.say('anna!a@host.test', '#series', '!ping');
  await all.seen.until((seen) => seen.count(/PRIVMSG #series .*Pong/) === 1, WAIT_MS, 'the answer after');
  all.peer.end();
  const again = await all.server.peer();
  await again.expect(/^JOIN #series/);
  await all.bot.killed();
  all.bot = await startBot({ config: all.bot.config });
  let last;
  do last = await all.server.peer(); while (last === again);
  await last.expect(/^JOIN #series/);
  await last.sync();
  all.server.say('anna!a@host.test', '#series', '!ping');
  await all.seen.until((seen) => seen.count(/PRIVMSG #series .*Pong/) === 2, WAIT_MS, 'the answer after a restart');
  assert.equal([...again.heard, ...last.heard].filter((line) => /JOIN #tv/.test(line)).length, 0);
  await finish(all);
});

test('ZNC 1.9, soju and services: modules, BouncerServ, NickServ and bots get no answer; a person does', async () => {
  const all = await begin();
  const machines = ['*status!status@znc.in', '*playback!playback@znc.in', 'BouncerServ!BouncerServ@BouncerServ',
    'NickServ!NickServ@services.test', 'ChanServ!ChanServ@services.libera.chat', 'irc.test'];
  for (const mask of machines) {
    for (const text of ['!ping', 'ping', 'nonsense', '\u0001VERSION\u0001']) {
      all.peer.send(`:${mask} PRIVMSG episoded :${text}`);
      all.peer.send(`:${mask} PRIVMSG #tv :${text}`);
      all.peer.send(`:${mask} NOTICE episoded :${text}`);
    }
  }
  all.peer.send('@bot :robot!r@host.test PRIVMSG #tv :!ping');
  all.server.say('anna!a@host.test', '#tv', '!ping');
  await all.seen.until((seen) => seen.count(/Pong/) > 0, WAIT_MS, 'the answer to a person');
  await all.peer.sync();
  assert.equal(all.seen.lines.length, 1);
  await finish(all);
});

test('Solanum and Ergo: a server that needs an account says so once, and the log names the fix', async () => {
  const server = await startIrcServer({ on: { welcome: (peer) => { peer.send('FAIL * ACCOUNT_REQUIRED :You must log in with SASL'); peer.end(); } } });
  const bot = await startBot({ config: { gateways: [server.gateway({ reconnect: { base_ms: 10, cap_ms: 60000 } })] } });
  await bot.waitForLog(/FAIL You must log in with SASL; register an account on the network and set "sasl"; next try in [3-6][0-9]/);
  assert.equal(server.count, 1);
  await bot.stop();
  await server.stop();
});
