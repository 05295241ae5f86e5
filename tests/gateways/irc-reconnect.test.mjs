// Restarts of the server, and of the bot.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { startInspircd } from '../harness/inspircd.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const CHANNELS = ['#tv', '#second', '#third'];

test('InspIRCd is killed and restarted ten times: the bot rejoins its channels each time', async () => {
  const server = await startInspircd();
  const bot = await startBot({ config: { gateways: [server.gateway({ channels: CHANNELS })] } });
  await bot.waitForLog(/ready: gateway irc/);
  for (let round = 0; round < 10; round++) {
    const from = bot.mark();
    await server.kill();
    await bot.waitForLog(/lost: gateway irc: /, WAIT_MS, from);
    await server.start();
    await bot.waitForLog(/ready: gateway irc/, WAIT_MS, from);
    const anna = await server.connect('anna');
    for (const channel of CHANNELS) {
      await anna.join(channel);
      anna.say(channel, '!ping');
      await anna.expectSaid('episoded', channel, /pong/i);
    }
    await anna.close();
  }
  assert.deepEqual(bot.complaints(/lost: gateway|not connected: /), []);
  await bot.stop();
  await server.stop();
});

test('the bot waits for a server that is not up yet', async () => {
  const server = await startInspircd();
  await server.kill();
  const bot = await startBot({ config: { gateways: [server.gateway()] } });
  await bot.waitForLog(/not connected: connection refused/);
  await server.start();
  await bot.waitForLog(/ready: gateway irc/);
  await bot.stop();
  await server.stop();
});

test('the nick is in use: the bot takes another one, and regains its nick later', async () => {
  const server = await startInspircd();
  const thief = await server.connect('episoded');
  await thief.join('#tv');
  const bot = await startBot({ config: { gateways: [server.gateway()] } });
  await bot.waitForLog(/ready: gateway irc/);
  const joined = await thief.expect((line) => line.verb === 'JOIN' && line.nick !== 'episoded');
  assert.match(joined.nick, /^episoded.+/);
  const anna = await server.connect('anna');
  await anna.join('#tv');
  anna.say('#tv', '!ping');
  await anna.expectSaid(joined.nick, '#tv', /pong/i);
  await thief.close();
  const renamed = await anna.expect((line) => line.verb === 'NICK' && line.nick === joined.nick, 90000);
  assert.equal(renamed.params[0], 'episoded');
  await anna.close();
  await bot.stop();
  await server.stop();
});

test('SIGTERM: the bot says goodbye in public and ends within five seconds', async () => {
  const server = await startInspircd();
  const bot = await startBot({ config: { gateways: [server.gateway()] } });
  await bot.waitForLog(/ready: gateway irc/);
  const anna = await server.connect('anna');
  await anna.join('#tv');
  anna.say('#tv', '!ping');
  await anna.expectSaid('episoded', '#tv', /pong/i);
  const { code, isInTime } = await bot.stop();
  assert.equal(code, 0);
  assert.ok(isInTime);
  const quit = await anna.expect((line) => line.verb === 'QUIT' && line.nick === 'episoded');
  assert.match(quit.params[0], /stopping/);
  await anna.close();
  await server.stop();
});

test('SIGTERM while the server is away or silent', async () => {
  const server = await startInspircd();
  const bot = await startBot({ config: { gateways: [server.gateway()] } });
  await bot.waitForLog(/ready: gateway irc/);
  server.process.kill('SIGSTOP');
  const { isInTime } = await bot.stop();
  server.process.kill('SIGCONT');
  assert.ok(isInTime);
  await server.kill();
  const lonely = await startBot({ config: { gateways: [server.gateway()] } });
  await lonely.waitForLog(/not connected/);
  const end = await lonely.stop();
  assert.ok(end.isInTime);
  await server.stop();
});

test('SIGHUP: channels change, the connection stays; a broken file changes nothing', async () => {
  const server = await startInspircd();
  const config = (channels) => ({ gateways: [server.gateway({ channels })] });
  const bot = await startBot({ config: config(['#tv']) });
  await bot.waitForLog(/ready: gateway irc/);
  const anna = await server.connect('anna');
  await anna.join('#tv');
  await anna.join('#second');
  let from = bot.mark();
  bot.configure({ ...bot.config, ...config(['#tv', '#second']) });
  bot.reload();
  await anna.expect((line) => line.verb === 'JOIN' && line.nick === 'episoded' && line.params[0] === '#second');
  await bot.waitForLog(/reloaded/, WAIT_MS, from);

  from = bot.mark();
  bot.configure({ gateways: 'none', nonsense: true });
  bot.reload();
  await bot.waitForLog(/not reloaded/, WAIT_MS, from);
  anna.say('#second', '!ping');
  await anna.expectSaid('episoded', '#second', /pong/i);

  from = bot.mark();
  bot.configure({ ...bot.config, ...config(['#second']) });
  bot.reload();
  await anna.expect((line) => line.verb === 'PART' && line.nick === 'episoded' && line.params[0] === '#tv');
  await bot.waitForLog(/reloaded/, WAIT_MS, from);
  assert.equal(bot.log().match(/ready: gateway irc/g).length, 1, 'it was disconnected');
  assert.doesNotMatch(bot.log(), /lost: gateway/);
  await anna.close();
  await bot.stop();
  await server.stop();
});
