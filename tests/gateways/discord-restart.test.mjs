// Restarts, planned or not: missed questions are answered, and no question is answered twice.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { nothing, POST, startHome } from '../fake-discord/home.mjs';

const together = { concurrency: 4 };

function sayThree(fake) {
  return ['!episode 1', '!episode 2', '!episode 3'].map((text, i) => fake.say(text, { author: `person${i}` }));
}

describe('after', together, () => {
  for (const [name, end] of [['SIGTERM', 'stop'], ['SIGKILL', 'kill']])
    test(`${name} the session is resumed and missed questions are answered`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      const before = fake.say('!ping', { author: 'before' });
      await fake.answered(before);
      await home[end]();
      const ids = sayThree(fake);
      await home.start();
      await home.once([before, ...ids]);
      assert.equal(fake.count('identify'), 1);
      assert.equal(fake.count('resumed'), 1);
    });

  test('SIGTERM the session can be resumed', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await home.stop();
    const close = await fake.event('close');
    assert.ok(![1000, 1001].includes(close.code), `closed with ${close.code}`);
    assert.equal(fake.gateway.sessions.size, 1);
  });

  // Without the ID of the session that Discord has just made, what is said until the restart would be lost.
  test('SIGTERM between IDENTIFY and READY the session is resumed', async (t) => {
    const home = await startHome(t, { isReady: false, prepare: (fake) => { fake.gateway.orders.holdReady = true; } });
    const { fake } = home;
    await fake.event('identify');
    const end = home.stop();
    await home.bot.waitForLog(/stopping:/);
    fake.gateway.releaseReady();
    await end;
    const ids = sayThree(fake);
    await home.start();
    await home.once(ids);
    assert.equal(fake.count('identify'), 1);
  });

  test('SIGTERM between IDENTIFY and a READY that does not come the bot ends', async (t) => {
    const home = await startHome(t, { isReady: false, prepare: (fake) => { fake.gateway.orders.holdReady = true; } });
    await home.fake.event('identify');
    await home.stop();
    await home.fake.event('close');
  });

  test('SIGKILL with a command received and not answered', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const order = fake.faults.order({ how: 'hang', route: POST });
    const ids = sayThree(fake);
    await fake.until(() => fake.faults.happened, 'a POST');
    await home.kill();
    order.times = 0;
    await home.start();
    await home.once(ids);
  });

  test('SIGKILL with an answer sent and not confirmed', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const order = fake.faults.order({ how: 'lost', route: POST });
    const id = fake.say('!episode 5');
    await fake.answered(id);
    await home.kill();
    order.times = 0;
    await home.start();
    await fake.until(() => fake.answers.repeated > 0, 'the same answer with the same nonce');
    await home.once([id]);
  });

  test('a session that Discord has forgotten', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await home.ask('!ping');
    await home.stop();
    const ids = sayThree(fake);
    fake.gateway.expireSessions();
    await home.start();
    await home.once(ids);
  });

  for (const [name, end] of [['SIGTERM', 'stop'], ['SIGKILL', 'kill']])
    test(`${name} in a back-fill, the next process goes on with it`, async (t) => {
      const home = await startHome(t);
      const { fake } = home;
      await home.ask('!ping');
      await home.stop();
      const ids = sayThree(fake);
      fake.gateway.expireSessions();
      const order = fake.faults.order({ how: 'hang', route: 'GET /channels/{}/messages' });
      await home.start();
      await fake.until(() => fake.faults.happened, 'a back-fill');
      // A newer question is answered, and the channel's newest known message is now after the three.
      await home.ask('!ping', { author: 'newer' });
      await home[end]();
      order.times = 0;
      await home.start();
      await home.once(ids);
      assert.equal(fake.count('resumed'), 1);
      // What is read to its end is not read again.
      await home.stop();
      const looks = fake.rest.requests.length;
      await home.start();
      await home.ask('!ping', { author: 'again' });
      assert.ok(!fake.rest.requests.slice(looks).some(({ path, method }) => method === 'GET' && path.includes('/messages')));
    });

  test('a lost session, missed questions in more channels than are read at once', async (t) => {
    const home = await startHome(t, { fake: { guilds: 60, rest: { scale: 100 } } });
    const { fake } = home;
    const channels = [...fake.world.guilds.values()].flatMap((guild) => guild.channels);
    assert.ok(channels.length > 100);
    const ask = (text) => channels.map((channel, i) => fake.say(text, { channel, author: `person${i}` }));
    await home.once(ask('!ping'));
    await home.stop();
    const ids = ask('!ping');
    fake.gateway.expireSessions();
    await home.start();
    await home.once(ids);
  });

  test('a lost session, a deleted channel is asked about once', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const [general, other] = fake.world.home.channels;
    await home.ask('!ping', { channel: general });
    await home.ask('!ping', { channel: other, author: 'bea' });
    other.canRead = false;
    for (let i = 0; i < 2; i++) {
      const from = fake.events.length;
      fake.gateway.invalidate(false);
      const id = fake.say('!episode 5', { author: `person${i}` });
      await fake.event('identify', { from });
      await fake.answered(id, 30000);
    }
    const looks = fake.rest.requests.filter(({ method, path }) => method === 'GET' && path.includes(other.id));
    assert.deepEqual(looks.map(({ status }) => status), [403]);
  });

  test('a token that was reset, open questions are answered with the new one', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const { token } = fake.app;
    fake.app.token = 'another';
    const ids = sayThree(fake);
    await home.bot.waitForLog(/failed: gateway home: .*token/);
    await home.stop();
    assert.equal(fake.answers.tally(ids).unanswered, 3);
    fake.app.token = token;
    await home.start();
    await home.once(ids);
  });

  test('a restart with no new session left for today, the existing one is resumed', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await home.ask('!ping');
    await home.stop();
    Object.assign(fake.app.starts, { remaining: 0, reset_after_ms: 3600000 });
    const ids = sayThree(fake);
    await home.start();
    await home.once(ids);
    assert.equal(fake.count('identify'), 1);
  });

  test('a crash loop: IDENTIFYs are counted and spaced', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    for (let i = 0; i < 3; i++) {
      await home.kill();
      fake.gateway.expireSessions();
      await home.start();
    }
    const gaps_ms = fake.events.filter(({ type }) => type === 'identify').map((each) => each.gap_ms);
    assert.equal(gaps_ms.length, 4);
    assert.ok(gaps_ms.every((each) => each >= 5000), `${gaps_ms}`);
  });

  test('a crash loop the day\'s IDENTIFYs are not used up, whatever count Discord reports', async (t) => {
    const home = await startHome(t, { prepare: (fake) => Object.assign(fake.app.starts, { total: 6, remaining: 6 }) });
    const { fake } = home;
    const crash = async () => {
      await home.kill();
      fake.gateway.expireSessions();
      fake.app.starts.remaining = 6;
    };
    await crash();
    await home.start();
    await crash();
    await home.start({ isReady: false });
    await home.bot.waitForLog(/no session may be started for \d+ min: Discord allows 6 in 24 hours/);
    await nothing(fake, 'identify');
    assert.equal(fake.count('identify'), 2);
  });

  // The resume address from READY is stored, and the token is sent to it.
  test('a session is not resumed at an address outside the gateway\'s domain', async (t) => {
    const home = await startHome(t, {
      prepare: (fake) => {
        const url = fake.gateway.url.bind(fake.gateway);
        fake.gateway.url = (what) => (what === 'resume' ? 'wss://gateway.somewhere.example/' : url(what));
      },
    });
    const { fake } = home;
    home.complaintsExpected.push(/RESUME on the address for identifying/); // the only accepted address
    await home.ask('!ping');
    fake.gateway.cut();
    await fake.event('resumed');
    await home.bot.waitForLog(/not resumed at wss:\/\/gateway\.somewhere\.example\/, which is not in the domain of wss:/);
    await home.ask('!ping');
    assert.equal(fake.count('identify'), 1);
  });
});
