// A test that waits until it is interrupted, with servers and a bot: tests/gateways/interrupted-run.test.mjs runs it. It writes their
// process IDs to the file that the environment names.

import { renameSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';

import { startBot } from './bot.mjs';
import { startInspircd } from './inspircd.mjs';
import { lobbyGateway } from './lobby.mjs';
import { startPostgres } from './postgres.mjs';

test('it waits', async () => {
  const [postgres, ircd] = await Promise.all([startPostgres(), startInspircd()]);
  const bot = await startBot({ config: { gateways: [await lobbyGateway(), ircd.gateway()] } });
  const file = process.env.LEFT_RUNNING;
  writeFileSync(`${file}.new`, JSON.stringify([postgres.pid, ircd.pid, bot.pid, process.pid]));
  renameSync(`${file}.new`, file);
  await new Promise((resolve) => { setTimeout(resolve, 2 ** 31 - 1); });
});
