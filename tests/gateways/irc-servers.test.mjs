// Several servers of one network: dead ones are skipped, and after an end the next one is used.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { leave, pings, settle } from '../harness/irc-life.mjs';
import { freePort } from '../harness/ports.mjs';
import { WAIT_MS } from '../harness/process.mjs';

// Instead of "url".
function urls(...list) {
  return { url: undefined, urls: list };
}

test('the first server is down: the second is tried at once, with any scheme', async () => {
  const server = await startInspircd();
  const dead = `ircs://127.0.0.1:${await freePort()}`;
  for (const alive of [server.ircs, server.irc, server.ws, server.wss]) {
    const home = await settle(server, { ...urls(dead, alive), ca_file: server.caFile, reconnect: { base_ms: 60000, cap_ms: 60000 } });
    await pings(home.anna);
    await leave(home);
  }
  await server.stop();
});

test('the current server dies: the next one is used, and so on', async () => {
  const servers = await Promise.all([startInspircd(), startInspircd()]);
  const [first, second] = servers;
  const bot = await startBot({ config: { gateways: [first.gateway(urls(first.irc, second.irc))] } });
  await bot.waitForLog(/ready: gateway irc/);
  for (const [dies, follows] of [[first, second], [second, first], [first, second]]) {
    const from = bot.mark();
    await dies.kill();
    await bot.waitForLog(/lost: gateway irc/, WAIT_MS, from);
    await bot.waitForLog(/ready: gateway irc/, WAIT_MS, from);
    const anna = await follows.connect('anna');
    await anna.join('#tv');
    await pings(anna);
    await anna.close();
    await dies.start();
  }
  assert.deepEqual(bot.complaints(/lost: gateway|not connected/), []);
  await bot.stop();
  await Promise.all(servers.map((server) => server.stop()));
});

test('all servers are down: the bot waits for any of them', async () => {
  const server = await startInspircd();
  await server.kill();
  const dead = `irc://127.0.0.1:${await freePort()}`;
  const bot = await startBot({ config: { gateways: [server.gateway(urls(dead, server.irc))] } });
  await bot.waitForLog(/not connected: connection refused/);
  await server.start();
  await bot.waitForLog(/ready: gateway irc/);
  await bot.stop();
  await server.stop();
});
