// A bot with a lobby, and the check that ends every test of it: the bot still answers.

import { IrcClient } from './irc.mjs';
import { freePort } from './ports.mjs';

export const lobbyGateway = async (more = {}) => ({ name: 'lobby', type: 'lobby', listen: `127.0.0.1:${await freePort()}`, ...more });

export async function assertLobbyAnswers(port, channel = '#lobby') {
  const anna = await IrcClient.connect(`ws://127.0.0.1:${port}/`, { nick: 'anna' });
  await anna.join(channel);
  anna.say(channel, '!ping');
  await anna.expectSaid('episoded', channel, /Pong/);
  await anna.close();
}
