// A netsplit of two linked servers: the bot continues on its side, and serves both sides afterwards.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { startNetwork } from '../harness/inspircd.mjs';
import { pings } from '../harness/irc-life.mjs';

let network, near, far, bot;

before(async () => {
  network = await startNetwork();
  [near, far] = network.servers;
  const url = `ircs://127.0.0.1:${near.ports.ircs}`; // from the same address as the others
  bot = await startBot({ config: { gateways: [near.gateway({ url, ca_file: near.caFile })] } });
  await bot.waitForLog(/ready: gateway irc/);
});

after(async () => {
  await bot?.stop();
  await network?.stop();
});

function sees(person, verb, nick) {
  return person.expect((line) => line.verb === verb && line.nick === nick);
}

test('a netsplit: the bot answers on its own side, and on both sides afterwards', async () => {
  const anna = await near.connect('anna');
  const bert = await far.connect('bert');
  await anna.join('#tv');
  await bert.join('#tv');
  await sees(anna, 'JOIN', 'bert');
  await pings(anna);
  await bert.expectSaid('episoded', '#tv', /pong/i);
  await pings(bert);

  await network.split();
  assert.match((await sees(anna, 'QUIT', 'bert')).params[0], /a\.test b\.test|split/);
  await sees(bert, 'QUIT', 'episoded');
  bert.say('#tv', '!ping');
  await pings(anna);
  await bert.sync();
  assert.deepEqual(bert.unread().filter((line) => line.nick === 'episoded'), []);

  await network.link();
  await sees(bert, 'JOIN', 'episoded');
  await sees(anna, 'JOIN', 'bert');
  await pings(bert);
  await pings(anna);
  assert.equal(bot.log().match(/ready: gateway irc/g).length, 1, 'it was disconnected');
  assert.deepEqual(bot.complaints(), []);
  await Promise.all([anna.close(), bert.close()]);
});

test('the nick was taken on the other side of a netsplit: the bot continues under another nick, and regains its own', async () => {
  const anna = await near.connect('carla');
  await anna.join('#tv');
  await network.split();
  // The same user and address: InspIRCd takes the older connection for a ghost, and renames it.
  const thief = await far.connect('episoded');
  await thief.join('#tv');
  const from = bot.mark();
  await network.link();
  const left = (await sees(anna, 'NICK', 'episoded')).params[0];
  assert.match(left, /^001/);
  await pings(anna, '#tv', left);
  await thief.close();
  const regained = await sees(anna, 'NICK', left);
  assert.equal(regained.params[0], 'episoded');
  await pings(anna);
  assert.doesNotMatch(bot.log().slice(from), /lost: gateway/);
  await anna.close();
});

test('a network with repeated netsplits', async () => {
  const anna = await near.connect('anna');
  const bert = await far.connect('bert');
  await anna.join('#tv');
  await bert.join('#tv');
  for (let round = 0; round < 5; round++) {
    await network.split();
    await sees(bert, 'QUIT', 'episoded');
    await network.link();
    await sees(bert, 'JOIN', 'episoded');
    await pings(bert);
  }
  assert.equal(bot.log().match(/ready: gateway irc/g).length, 1, 'it was disconnected');
  await Promise.all([anna.close(), bert.close()]);
});
