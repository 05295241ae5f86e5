// The machine's clock is wrong, or is set while the bot runs or between two processes; or a server's clock is wrong. Each
// question is answered once.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { POST, startHome } from '../fake-discord/home.mjs';
import { startBot } from '../harness/bot.mjs';
import { makeValidFrom } from '../harness/certificates.mjs';
import { keepHistory } from '../harness/irc-server-history.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { WAIT_MS, within } from '../harness/process.mjs';
import { WRONG, WrongClock } from '../harness/wrong-clock.mjs';

const together = { concurrency: 3 };
const HOUR = 3600 * 1000;

// TLS needs a right clock; these tests are about what comes after it.
makeValidFrom(new WrongClock({ after: (end) => process.on('exit', end) }, -Date.now()).env);
const { begin, finish, startAgain } = await import('../harness/twitch-bot.mjs'); // makes its certificates at once

/* ---------------------------------------------------------------- Discord */

async function discord(t, ahead_ms, more = {}) {
  const clock = new WrongClock(t, ahead_ms);
  const home = await startHome(t, { env: clock.env, ...more });
  clock.assertShownBy(home.bot);
  return { clock, home, fake: home.fake };
}

async function slash(fake, author) {
  const id = fake.slash('ping', {}, { author });
  const { via } = await fake.answered(id);
  assert.equal(via, 'callback');
  return id;
}

// Kill the bot with a question that it has begun to answer.
async function killWithOneOpen({ home, fake }) {
  const order = fake.faults.order({ how: 'hang', route: POST });
  const id = fake.say('!episode 5', { author: 'open' });
  await fake.until(() => fake.faults.happened, 'a POST');
  await home.kill();
  order.times = 0;
  return id;
}

describe('Discord, the clock of the machine is', together, () => {
  for (const [name, ahead] of Object.entries(WRONG))
    test(`${name}: messages, slash commands, what was missed and what was left open`, async (t) => {
      const all = await discord(t, ahead());
      const { home, fake } = all;
      await fake.event('commands');
      const ids = [fake.say('!ping', { author: 'anna' }), await slash(fake, 'bert')];
      await fake.answered(ids[0]);
      ids.push(await killWithOneOpen(all), fake.say('!episode 6', { author: 'missed' }));
      fake.gateway.expireSessions();
      await home.start();
      await home.once(ids);
      assert.deepEqual(home.bot.complaints(/session invalid/), []);
    });

  for (const [name, ahead] of Object.entries(WRONG))
    test(`${name} after it was right, and then right again`, async (t) => {
      const all = await discord(t, 0);
      const { clock, home, fake } = all;
      await fake.event('commands');
      const ids = [];
      for (const ahead_ms of [ahead(), 0, ahead()]) {
        clock.set(ahead_ms);
        ids.push(fake.say('!ping', { author: `a${ids.length}` }), await slash(fake, `b${ids.length}`));
        await fake.answered(ids.at(-2));
        ids.push(await killWithOneOpen(all), fake.say('!episode 6', { author: `c${ids.length}` }));
        clock.set(ahead_ms ? 0 : ahead());
        fake.gateway.expireSessions();
        await home.start();
        await home.once(ids);
      }
    });

  test('set back by a day before a new session: IDENTIFY does not wait for it', async (t) => {
    const { clock, home, fake } = await discord(t, 0);
    await home.ask('!ping', { author: 'anna' });
    clock.set(WRONG['a day behind']());
    const from = fake.events.length;
    fake.gateway.invalidate(false);
    await fake.event('identify', { from });
    const id = fake.say('!ping', { author: 'bert' });
    await home.once([id]);
  });
});

describe('Discord, a Date is wrong by', together, () => {
  for (const hours of [-1, 1])
    test(`${hours} h: live questions, and one left open by a process`, async (t) => {
      const all = await discord(t, 0, { prepare: (fake) => { fake.rest.dateAhead_ms = hours * HOUR; } });
      const { home, fake } = all;
      await fake.event('commands');
      const ids = [fake.say('!ping', { author: 'anna' }), await slash(fake, 'bert')];
      await fake.answered(ids[0]);
      ids.push(await killWithOneOpen(all));
      await home.start();
      await home.once(ids);
    });
});

/* ---------------------------------------------------------------- IRC */

async function joined(server) {
  const peer = await server.peer();
  await peer.expect(/^JOIN/);
  await peer.sync();
  return peer;
}

async function withHistory(t, ahead_ms) {
  const clock = new WrongClock(t, ahead_ms);
  const history = keepHistory();
  const server = await history.start();
  const all = { clock, history, server, config: { gateways: [server.gateway({ flood: 'none' })] } };
  all.start = async () => {
    all.bot = await startBot({ config: all.bot?.config ?? all.config, env: clock.env });
    all.peer = await joined(server);
  };
  all.once = async (ids) => {
    const end = Date.now() + WAIT_MS;
    while (ids.some((id) => !history.answers(id).length)) {
      assert.ok(Date.now() < end, `not answered: ${ids.filter((id) => !history.answers(id).length)}`);
      await all.peer.sync();
    }
    await all.peer.sync();
    assert.deepEqual(ids.map((id) => history.answers(id).length), ids.map(() => 1));
  };
  t.after(async () => {
    await all.bot.stop();
    await server.stop();
  });
  await all.start();
  clock.assertShownBy(all.bot);
  return all;
}

describe('IRC with a history, the clock of the machine is', together, () => {
  for (const [name, ahead] of Object.entries(WRONG))
    test(`${name}: live, missed, and over a kill`, async (t) => {
      const all = await withHistory(t, ahead());
      const ids = [all.history.ask('anna', '#tv', '!ping')];
      await all.once(ids);
      all.peer.end();
      ids.push(all.history.ask('bert', '#tv', '!ping'));
      all.peer = await joined(all.server);
      await all.once(ids);
      await all.bot.killed();
      ids.push(all.history.ask('cleo', '#tv', '!ping'));
      await all.start();
      await all.once(ids);
    });

  for (const [name, ahead] of Object.entries(WRONG))
    test(`set to ${name} and back, connected, away and between two processes`, async (t) => {
      const all = await withHistory(t, 0);
      const ids = [];
      for (const ahead_ms of [ahead(), 0, ahead()]) {
        all.clock.set(ahead_ms);
        ids.push(all.history.ask('anna', '#tv', '!ping'));
        await all.once(ids);
        all.peer.end();
        ids.push(all.history.ask('bert', '#tv', '!ping'));
        all.clock.set(ahead_ms ? 0 : ahead());
        all.peer = await joined(all.server);
        await all.once(ids);
        await all.bot.killed();
        ids.push(all.history.ask('cleo', '#tv', '!ping'));
        all.clock.set(ahead_ms);
        await all.start();
        await all.once(ids);
      }
    });

  test('ten years ahead at a start: what was answered in private is not answered again', async (t) => {
    const all = await withHistory(t, 0);
    const ask = () => all.history.ask('anna', '#tv', '!help'); // the channel's history does not show the answer
    ask();
    await all.peer.expect((line) => line.verb === 'NOTICE' && line.params[0] === 'anna');
    await all.peer.sync(); // the PONG that confirms the answer has been sent
    await all.once([all.history.ask('cleo', '#tv', '!ping')]); // an answer leaves after a commit, so the confirmation is in the file
    await all.bot.killed();
    all.clock.set(WRONG['ten years ahead']());
    await all.start();
    await all.once([all.history.ask('bert', '#tv', '!ping')]);
    assert.equal(all.peer.heard.filter((line) => /^(@\S+ )?NOTICE anna/.test(line)).length, 0);
  });
});

describe('IRC, the clock of the server is', together, () => {
  for (const hours of [-1, 1])
    test(`wrong by ${hours} h: live, missed, and over a kill`, async (t) => {
      const all = await withHistory(t, 0);
      all.history.offsetMs = hours * HOUR;
      all.peer.end();
      all.peer = await joined(all.server);
      const ids = [all.history.ask('anna', '#tv', '!ping')];
      await all.once(ids);
      await all.bot.killed();
      ids.push(all.history.ask('bert', '#tv', '!ping'));
      await all.start();
      await all.once(ids);
    });

  test('set back by an hour while the bot is away: what is asked after that is answered', async (t) => {
    const all = await withHistory(t, 0);
    const ids = [all.history.ask('anna', '#tv', '!ping')];
    await all.once(ids);
    await all.bot.killed();
    all.history.offsetMs = -HOUR;
    ids.push(all.history.ask('bert', '#tv', '!ping'));
    await all.start();
    await all.once(ids);
  });

  test('set while the bot is connected, in both directions', async (t) => {
    const all = await withHistory(t, 0);
    const ids = [];
    for (const hours of [-1, 1, 0, 100]) {
      all.history.offsetMs = hours * HOUR;
      ids.push(all.history.ask('anna', '#tv', '!ping'), all.history.ask('bert', '#tv', '!ping'));
      await all.once(ids);
    }
  });
});

// The server has neither the time on its own lines nor ids, or no time at all.
describe('IRC without much, the clock of the machine is', together, () => {
  for (const caps of [{}, { 'server-time': null, 'message-tags': null }, { batch: null, 'message-tags': null }])
    for (const [name, ahead] of Object.entries(WRONG))
      test(`${name}, without ${Object.keys(caps).join(', ') || 'time on numerics'}: live, and left open by a process`, async (t) => {
        const clock = new WrongClock(t, 0);
        const server = await startIrcServer({ caps });
        const said = async (peer) => (await peer.expect((line) => line.verb === 'PRIVMSG' && /pong/i.test(line.params[1]))).params[1];
        let bot = await startBot({ config: { gateways: [server.gateway({ flood: 'none' })] }, env: clock.env });
        t.after(async () => {
          await bot.stop();
          await server.stop();
        });
        for (const ahead_ms of [ahead(), 0]) {
          clock.set(ahead_ms);
          let peer = await joined(server);
          server.say('anna!u@h', '#tv', '!ping');
          await said(peer);
          await peer.sync();
          server.on.PRIVMSG = () => { bot.kill('SIGKILL'); }; // before the answer is confirmed
          server.say('bert!u@h', '#tv', '!ping');
          await said(peer);
          await within(WAIT_MS, 'the end of the bot', bot.ended);
          server.on.PRIVMSG = undefined;
          clock.set(ahead_ms ? 0 : ahead());
          bot = await startBot({ config: bot.config, env: clock.env });
          peer = await server.peer();
          await said(peer);
          await peer.sync();
          assert.equal(peer.heard.filter((line) => /PRIVMSG #tv .*pong/i.test(line)).length, 1);
          peer.end();
        }
      });
});

/* ---------------------------------------------------------------- Twitch */

describe('Twitch, the clock of the machine is', together, () => {
  for (const [name, ahead] of Object.entries(WRONG))
    test(`${name} at a start, and a process left a question open`, async (t) => {
      const clock = new WrongClock(t, 0);
      const all = await begin({ env: clock.env });
      all.server.on.PRIVMSG = () => false;
      all.server.say('anna', '#tv', '!episode 5');
      await all.peer.expect(/PRIVMSG/);
      await all.bot.killed();
      all.server.on.PRIVMSG = undefined;
      clock.set(ahead());
      await startAgain(all);
      clock.assertShownBy(all.bot);
      await all.server.said(/[Ee]pisode 5/);
      all.server.say('bert', '#tv', '!episode 6');
      await all.server.said(/[Ee]pisode 6/);
      clock.set(0);
      all.server.say('cleo', '#tv', '!episode 7');
      await all.server.said(/[Ee]pisode 7/);
      assert.equal(all.server.messages.length, 3);
      await finish(all);
    });
});
