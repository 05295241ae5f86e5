// Owners on Discord, identified by user ID, and settings of a channel.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { Home, textOf } from '../fake-discord/home.mjs';

const EPHEMERAL = 64;

// anna is the owner; others only have the same name.
async function begin(t) {
  const fake = await startFakeDiscord({ heartbeatInterval_ms: 10000 });
  const home = new Home(fake, { gateway: { owners: [{ user_id: fake.world.user('anna').id }] } });
  t.after(() => home.end());
  await home.start();
  return home;
}

function order(home, text) {
  return home.ask(text, { author: 'anna' });
}

test('owners are user IDs, and settings of a channel survive a restart', async (t) => {
  const home = await begin(t);
  const { fake } = home;
  assert.match(textOf(await home.ask('!set prefix ?', { author: 'bert' })), /Only an owner of this bot may do that\. Its operator can add ..user.+id.: .\d+.. to .owners. of the gateway/);
  assert.match(textOf(await order(home, '!set prefix ??')), /New prefix for this channel: \?\?/);
  await home.stop();
  await home.start();
  const old = fake.say('!ping', { author: 'bert' });
  assert.match(textOf(await home.ask('??ping', { author: 'cleo' })), /Pong/);
  assert.equal(fake.answers.of(old).length, 0);
  const elsewhere = fake.world.addChannel('thread', 'elsewhere');
  const stray = fake.say('??ping', { author: 'bert', channel: elsewhere }); // a prefix of another channel
  assert.match(textOf(await home.ask('!ping', { author: 'dora', channel: elsewhere })), /Pong/);
  assert.equal(fake.answers.of(stray).length, 0);
  assert.match(textOf(await order(home, '??set')), /Prefix[^]*\?\?/);
  await order(home, '??set prefix off');
  await home.ask('!ping', { author: 'ella' });
});

// Sent while the bot was away: replayed by the resumed session, or read from the channel.
for (const isForgotten of [false, true]) {
  test(`an owner command is not carried out late (${isForgotten ? 'back-fill' : 'resumed'})`, async (t) => {
    const home = await begin(t);
    const { fake } = home;
    await order(home, '!ping');
    await home.stop();
    const id = fake.say('!ignore add pest', { author: 'anna' });
    if (isForgotten) fake.gateway.expireSessions();
    await home.start();
    assert.match(textOf(await fake.answered(id)), /I wasn't here when you said that/);
    await home.bot.waitForLog(/ignore refused in \d+ to \d+: owner commands are carried out only when received live/);
    assert.match(textOf(await order(home, '!ignore')), /The ignore list is empty/);
    assert.match(textOf(await order(home, '!ignore add pest')), /is now ignored/);
  });
}

test('quiet hours: slash commands get a private answer, messages get no answer', async (t) => {
  const home = await begin(t);
  const { fake } = home;
  const hour = (shift) => new Date(Date.now() + shift * 3600000).toISOString().slice(11, 16);
  await order(home, `!set quiet ${hour(-2)}-${hour(2)}`);
  await fake.event('commands');
  const asked = fake.say('!ping', { author: 'bert' });
  const answer = await fake.answered(fake.slash('ping', {}, { author: 'cleo' }));
  assert.equal(answer.body.data?.flags ?? answer.body.flags, EPHEMERAL);
  assert.match(textOf(answer), /Quiet hours there, until/);
  assert.match(textOf(await order(home, '!ping')), /Pong/);
  assert.equal(fake.answers.of(asked).length, 0);
});
