// Events of a server that leaves something out, or sends something else: ignored, and the connection goes on.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { startHome } from '../fake-discord/home.mjs';

const ODD = [null, [], 5, 'text', true, {}, { id: {} }, -1, 1.5, '99999999999999999999999'];
const MEMBERS = {
  MESSAGE_CREATE: ['id', 'channel_id', 'guild_id', 'type', 'content', 'author', 'member', 'webhook_id', 'flags', 'mentions'],
  INTERACTION_CREATE: ['id', 'application_id', 'type', 'token', 'channel_id', 'guild_id', 'context', 'member', 'user', 'app_permissions', 'data', 'message'],
  GUILD_CREATE: ['id', 'name', 'roles', 'unavailable'],
  GUILD_DELETE: ['id', 'unavailable'],
};

// Each member absent, and of each odd type.
function* variants(whole, members) {
  yield* ODD;
  for (const member of members) {
    const { [member]: _absent, ...rest } = whole;
    yield rest;
    for (const odd of ODD) yield { ...whole, [member]: odd };
  }
}

function wholeOf(fake, t) {
  const user = fake.world.user('odd');
  const { general } = fake.world;
  const message = { id: '1500000000000000000', channel_id: general.id, guild_id: general.guildId, type: 99, content: '!ping', author: user, member: { nick: null } };
  switch (t) {
    case 'MESSAGE_CREATE': return message;
    case 'INTERACTION_CREATE':
      return {
        id: '1500000000000000001', application_id: fake.app.id, type: 99, token: 'token', channel_id: general.id, guild_id: general.guildId,
        member: { user }, data: { name: 'ping', type: 1, options: [] }, app_permissions: '0',
      };
    default: return { ...fake.guild(fake.world.home.id), unavailable: true };
  }
}

function send(fake, t, d) {
  fake.gateway.dispatch(t, { guildId: fake.world.home.id, intent: 0, shape: () => d });
}

describe('an event that is odd', { concurrency: 6 }, () => {
  for (const t of Object.keys(MEMBERS))
    test(`${t}: no reconnect, and the next question is answered`, async (t_) => {
      const home = await startHome(t_, { config: { log_level: 'debug' } });
      const { fake } = home;
      for (const d of variants(wholeOf(fake, t), MEMBERS[t])) send(fake, t, d);
      await home.ask('!ping');
      assert.equal(fake.count('open'), 1);
      await home.bot.waitForLog(new RegExp(`shard 0: ignored a malformed ${t}`));
    });

  test('one MESSAGE_CREATE without its author: one line, and no reconnect', async (t) => {
    const home = await startHome(t, { config: { log_level: 'debug' } });
    const { fake } = home;
    const { author: _author, ...rest } = { ...wholeOf(fake, 'MESSAGE_CREATE'), type: 0 };
    send(fake, 'MESSAGE_CREATE', rest);
    await home.ask('!ping');
    assert.equal(fake.count('open'), 1);
    await home.bot.waitForLog(/ignored a malformed/);
    assert.equal(home.bot.log().match(/ignored a malformed/g).length, 1);
    assert.doesNotMatch(home.bot.log(), /warning/);
  });

  test('envelopes with an odd s, t or op that is not known', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    const [connection] = fake.gateway.live();
    for (const odd of ODD) {
      connection.sendText(JSON.stringify({ t: odd, s: null, op: 0, d: {} }));
      connection.sendText(JSON.stringify({ t: 'MESSAGE_CREATE', s: typeof odd === 'number' ? null : odd, op: 0, d: {} }));
      connection.sendText(JSON.stringify({ t: null, s: null, op: 11, d: odd }));
      connection.sendText(JSON.stringify({ t: null, s: null, op: 99, d: odd }));
    }
    connection.sendText('{"op":0}');
    await home.ask('!ping');
    assert.equal(fake.count('open'), 1);
  });

  test('READY without a session and without an address: the bot answers', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.gateway.orders.shapeReady = ({ user }) => ({ user })) });
    const { fake } = home;
    await home.ask('!ping');
    const from = fake.events.length;
    fake.gateway.cut();
    const id = fake.say('!episode 5'); // found by the back-fill
    await fake.event('identify', { from });
    await home.once([id]);
  });

  test('READY without an address: the session is resumed where it began', async (t) => {
    const home = await startHome(t, {
      prepare: (fake) => (fake.gateway.orders.shapeReady = ({ resume_gateway_url: _url, ...rest }) => rest),
    });
    const { fake } = home;
    home.complaintsExpected.push(/RESUME on the address for identifying/);
    const from = fake.events.length;
    fake.gateway.cut();
    await fake.event('resumed', { from });
    await home.ask('!ping');
  });
});

test('after the intent was turned on: a restart begins a session with it, and does not resume the old one', async (t) => {
  const home = await startHome(t, { prepare: (fake) => (fake.app.flags = 0) });
  const { fake } = home;
  await home.ask('!ping', { channel: fake.world.direct });
  await home.stop();
  fake.app.flags = 1 << 18;
  await home.start();
  await home.ask('!ping');
  assert.equal(fake.count('resume'), 0);
});

test('after the intent was turned on: a reload of the same file is enough, and without it the session is resumed', async (t) => {
  const home = await startHome(t, { prepare: (fake) => (fake.app.flags = 0) });
  const { fake } = home;
  let from = home.bot.log().length;
  home.bot.reload();
  await home.ready(from);
  assert.equal(fake.count('identify'), 1);
  fake.app.flags = 1 << 18;
  from = home.bot.log().length;
  home.bot.reload();
  await home.ready(from);
  await home.ask('!ping');
  assert.equal(fake.count('identify'), 2);
  from = fake.events.length;
  home.bot.reload();
  await home.ask('!episode 5', { author: 'bea' });
  assert.equal(fake.count('open', from), 0);
});
