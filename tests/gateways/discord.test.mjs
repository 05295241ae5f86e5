// The bot on Discord's gateway: every kind of end of a connection, and the required reaction.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { nothing, startHome, textOf } from '../fake-discord/home.mjs';
import { freePort } from '../harness/ports.mjs';

const RESUME = [4000, 4001, 4002, 4008, 1001, 1012];
const RENEW = [4003, 4005, 4007, 4009];
const FATAL = { 4004: /token/i, 4010: /shard/i, 4011: /shard/i, 4012: /version/i, 4013: /intents/i, 4014: /intent/i };

const together = { concurrency: 6 };

describe('a close code', together, () => {
  for (const code of RESUME)
    test(`${code}: the session is resumed`, async (t) => {
      const { fake, ...home } = await startHome(t);
      const from = fake.events.length;
      fake.gateway.closeAll(code);
      const id = fake.say('!episode 5');
      const resume = await fake.event('resumed', { from });
      await fake.answered(id);
      assert.equal(resume.replayed, 1);
      assert.equal(fake.count('identify'), 1);
      assert.ok(home.state);
    });

  for (const code of RENEW)
    test(`${code}: a new session, and missed questions are found`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      await home.ask('!ping');
      const from = fake.events.length;
      fake.gateway.expireSessions();
      fake.gateway.closeAll(code);
      const id = fake.say('!episode 5');
      const identify = await fake.event('identify', { from });
      assert.equal(identify.host, 'base');
      assert.equal(fake.count('resume', from), 0);
      await home.once([id]);
    });

  for (const [code, reason] of Object.entries(FATAL))
    test(`${code}: that gateway stops and logs why, the others continue`, async (t) => {
      const home = await startHome(t, {
        lobby: await freePort(), isReady: false,
        prepare: (fake) => Object.assign(fake.gateway.orders, { closeIdentifies: 1, closeCode: Number(code) }),
      });
      const [line] = await home.bot.waitForLog(/(lost|failed): gateway home: .*/);
      assert.match(line, reason);
      await nothing(home.fake, 'upgrade', 2000);
      await home.bot.waitForLog(/ready: gateway lobby/);
    });
});

describe('the connection', together, () => {
  test('cut without a close: resumed', async (t) => {
    const { fake } = await startHome(t);
    const from = fake.events.length;
    fake.gateway.cut();
    const id = fake.say('!episode 5');
    await fake.event('resumed', { from });
    await fake.answered(id);
    assert.equal(fake.events.slice(from).find(({ type }) => type === 'resume').host, 'resume');
  });

  test('cut in the middle of a frame: resumed', async (t) => {
    const { fake } = await startHome(t);
    const from = fake.events.length;
    fake.gateway.truncate();
    await fake.event('resumed', { from });
  });

  test('op 7: closed so that it can be resumed', async (t) => {
    const { fake } = await startHome(t);
    const from = fake.events.length;
    fake.gateway.reconnect();
    const close = await fake.event('close', { from });
    assert.ok(![1000, 1001].includes(close.code), `closed with ${close.code}`);
    await fake.event('resumed', { from });
  });

  test('op 9 true: resumed', async (t) => {
    const { fake } = await startHome(t);
    const from = fake.events.length;
    fake.gateway.invalidate(true);
    await fake.event('resumed', { from });
    assert.equal(fake.count('identify'), 1);
  });

  test('op 9 false: a new session at the base address, after a wait', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await home.ask('!ping');
    const from = fake.events.length;
    const begin_ms = fake.now_ms();
    fake.gateway.invalidate(false);
    const id = fake.say('!episode 5');
    const identify = await fake.event('identify', { from });
    assert.ok(identify.at_ms - begin_ms >= 1000, 'Discord wants a wait of 1 to 5 s');
    assert.equal(identify.host, 'base');
    await home.once([id]);
  });

  test('op 9 in answer to IDENTIFY: tried again, later', async (t) => {
    const { fake } = await startHome(t, { prepare: (fake) => (fake.gateway.orders.refuseIdentifies = 1) });
    const [, second] = fake.events.filter(({ type }) => type === 'identify');
    assert.ok(second.gap_ms >= 5000, `${second.gap_ms} ms`);
  });

  test('a resume that is refused: a new session, and missed questions are found', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await home.ask('!ping');
    const from = fake.events.length;
    fake.gateway.orders.refuseResumes = 1;
    fake.gateway.cut();
    const id = fake.say('!episode 5');
    await fake.event('resume', { from });
    await fake.event('identify', { from });
    await home.once([id]);
  });

  test('a resume address that does not answer: after three tries the base address', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const from = fake.events.length;
    fake.gateway.orders.dropUpgrades = 3;
    fake.gateway.cut();
    await fake.event('identify', { from, ms: 40000 });
    assert.deepEqual(fake.events.slice(from).filter(({ type }) => type === 'upgrade').map(({ host }) => host), ['resume', 'resume', 'resume', 'base']);
  });

  test('HTTP 503 in place of a WebSocket: tried again', async (t) => {
    const { fake } = await startHome(t);
    const from = fake.events.length;
    fake.gateway.orders.refuseUpgrades = 1;
    fake.gateway.cut();
    await fake.event('resumed', { from });
  });

  test('a heartbeat that is not answered: dropped and resumed', async (t) => {
    const { fake } = await startHome(t, { fake: { heartbeatInterval_ms: 600, isLateBeatTolerated: true } });
    const from = fake.events.length;
    fake.gateway.orders.withholdAcks = true;
    const close = await fake.event('close', { from });
    assert.ok(![1000, 1001].includes(close.code), `closed with ${close.code}`);
    fake.gateway.orders.withholdAcks = false;
    await fake.event('resumed', { from });
  });

  test('heartbeats that are not answered while events arrive: dropped and resumed', async (t) => {
    const { fake } = await startHome(t, { fake: { heartbeatInterval_ms: 600, isLateBeatTolerated: true } });
    const from = fake.events.length;
    fake.gateway.orders.withholdAcks = true;
    const talk = setInterval(() => fake.say('chatter', { author: 'bea' }), 100);
    t.after(() => clearInterval(talk));
    const close = await fake.event('close', { from });
    clearInterval(talk);
    assert.ok(![1000, 1001].includes(close.code), `closed with ${close.code}`);
    fake.gateway.orders.withholdAcks = false;
    await fake.event('resumed', { from });
  });

  test('silence: dropped and resumed', async (t) => {
    const { fake } = await startHome(t, { fake: { heartbeatInterval_ms: 600, isLateBeatTolerated: true } });
    const from = fake.events.length;
    fake.gateway.orders.isSilent = true;
    await fake.event('close', { from });
    fake.gateway.orders.isSilent = false;
    await fake.event('resumed', { from });
  });

  test('a heartbeat asked for is sent at once', async (t) => {
    const home = await startHome(t, { fake: { heartbeatInterval_ms: 40000 } });
    const { fake } = home;
    const from = fake.events.length;
    fake.gateway.askHeartbeat();
    // Two questions, one after the other, take longer than the heartbeat, which nothing else brings so soon.
    await home.ask('!ping');
    await home.ask('!ping', { author: 'bea' });
    assert.equal(fake.count('heartbeat', from), 1);
  });

  test('heartbeats have HELLO\'s interval and the last sequence number', async (t) => {
    const home = await startHome(t, { fake: { heartbeatInterval_ms: 500, isLateBeatTolerated: true } });
    const { fake } = home;
    const answer = await home.ask('!ping');
    assert.ok(answer);
    const from = fake.events.length;
    await fake.until(() => fake.count('heartbeat', from) >= 6, 'six heartbeats');
    // Not more often either: counted from before HELLO, because a busy fake reads several at once, but none before it is sent.
    const most = (fake.now_ms() - fake.events[0].at_ms) / 500 + 1;
    assert.ok(fake.count('heartbeat') <= most, `${fake.count('heartbeat')} heartbeats, not ${most}`);
    const [session] = fake.gateway.sessions.values();
    assert.equal(fake.events.filter(({ type }) => type === 'heartbeat').at(-1).seq, session.seq);
  });

  test('a payload that is not JSON: dropped and resumed', async (t) => {
    const { fake } = await startHome(t);
    const from = fake.events.length;
    fake.gateway.live()[0].sendText('{"t":null,"s":null,"op":');
    await fake.event('resumed', { from });
  });
});

describe('compression', together, () => {
  for (const compress of ['none', 'zlib-stream', 'zstd-stream'])
    test(`${compress}: small, large and fragmented`, async (t) => {
      const home = await startHome(t, { gateway: { compress } });
      const { fake } = home;
      assert.equal(fake.events.find(({ type }) => type === 'open').compression, compress);
      await home.ask('!ping');
      fake.gateway.dispatch('GUILD_AUDIT_LOG_ENTRY_CREATE', { guildId: fake.world.home.id, intent: 0, shape: () => ({ text: 'long '.repeat(500000) }) });
      await home.ask('!ping', { author: 'bea' });
      fake.gateway.orders.fragment_bytes = 11;
      assert.match(textOf(await home.ask('!episode 5', { author: 'cleo' })), /\S/);
      fake.gateway.orders.fragment_bytes = 0;
      const from = fake.events.length;
      fake.gateway.cut();
      await fake.event('resumed', { from });
      await home.ask('!ping', { author: 'dora' });
      assert.equal(fake.count('identify'), 1);
    });

  test('zstd-stream is the default', async (t) => {
    const { fake } = await startHome(t);
    assert.equal(fake.events.find(({ type }) => type === 'open').compression, 'zstd-stream');
  });
});
