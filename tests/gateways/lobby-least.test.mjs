// The smallest configuration, run from a source tree: one gateway only.

import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';

test('a configuration without a dataset uses the installed one', async () => {
  const lobby = { name: 'lobby', type: 'lobby', listen: `127.0.0.1:${await freePort()}` };
  const bot = await startBot({ config: { data: undefined, gateways: [lobby] } });
  const anna = await IrcClient.connect(`ws://127.0.0.1:${bot.port}/`, { nick: 'anna' });
  await anna.join('#lobby');
  anna.say('#lobby', '!episode 5');
  await anna.expectSaid('episoded', '#lobby', /episode 5/);
  await anna.close();
  await bot.stop();
});
