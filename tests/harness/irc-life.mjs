// Tests of a typical day on a server, run for each kind of server.

import assert from 'node:assert/strict';

import { startBot } from './bot.mjs';
import { WAIT_MS } from './process.mjs';

const NICK = 'episoded';

export async function pings(person, channel = '#tv', nick = NICK) {
  person.say(channel, '!ping');
  await person.expectSaid(nick, channel, /pong/i);
}

// Start a bot and a person on the server, in #tv; more: keys of the bot's gateway.
export async function settle(server, more) {
  const anna = await server.connect('anna');
  await anna.join('#tv'); // first in the channel, so its operator
  const bot = await startBot({ config: { gateways: [server.gateway(more)] } });
  await bot.waitForLog(/ready: gateway irc/);
  await anna.expect((line) => line.verb === 'JOIN' && line.nick === NICK);
  return { server, anna, bot };
}

export async function leave({ anna, bot }) {
  await anna.close();
  await bot.stop();
}

// Each is a test's name and body.
export const life = {
  'registration, join, answer': async (server, more) => {
    const home = await settle(server, more);
    await pings(home.anna);
    home.anna.say(NICK, '!ping');
    await home.anna.expectSaid(NICK, 'anna', /pong/i);
    assert.deepEqual(home.bot.complaints(), []);
    await leave(home);
  },

  'kicked, it waits a while and comes back': async (server, more) => {
    const home = await settle(server, more);
    const kicked_ms = Date.now();
    home.anna.send(`KICK #tv ${NICK} :out`);
    await home.anna.expect((line) => line.verb === 'KICK');
    await home.anna.expect((line) => line.verb === 'JOIN' && line.nick === NICK, 40000);
    assert.ok(Date.now() - kicked_ms >= 5000, 'it came back too fast');
    await pings(home.anna);
    assert.deepEqual(home.bot.complaints(/kicked from #tv/), []);
    await leave(home);
  },

  'the nick is taken: another one, and the wanted one when it is free': async (server, more) => {
    const thief = await server.connect(NICK);
    const anna = await server.connect('anna');
    await anna.join('#tv');
    const bot = await startBot({ config: { gateways: [server.gateway(more)] } });
    await bot.waitForLog(/ready: gateway irc/);
    const joined = await anna.expect((line) => line.verb === 'JOIN' && line.nick !== 'anna');
    assert.match(joined.nick, /^episode/);
    await pings(anna, '#tv', joined.nick);
    await thief.close();
    const renamed = await anna.expect((line) => line.verb === 'NICK' && line.nick === joined.nick, 150000);
    assert.equal(renamed.params[0], NICK);
    await pings(anna);
    await leave({ anna, bot });
  },

  'the server is killed and comes back': async (server, more) => {
    const home = await settle(server, more);
    for (let round = 0; round < 3; round++) {
      const from = home.bot.mark();
      await server.kill();
      await home.bot.waitForLog(/lost: gateway irc: /, WAIT_MS, from);
      await server.start();
      await home.bot.waitForLog(/ready: gateway irc/, WAIT_MS, from);
      const bert = await server.connect('bert');
      await bert.join('#tv');
      await pings(bert);
      await bert.close();
    }
    assert.deepEqual(home.bot.complaints(/lost: gateway|not connected: /), []);
    await leave(home);
  },
};
