// wss:// to a real InspIRCd: only the right certificate lets the bot in, and the log says why another does not.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { startInspircd } from '../harness/inspircd.mjs';

let server;

before(async () => {
  server = await startInspircd();
});

after(() => server?.stop());

function gateway(more) {
  return { gateways: [server.gateway({ url: server.wss, ...more })] };
}

test('with the right authority it is in, and answers', async () => {
  const bot = await startBot({ config: gateway({ ca_file: server.caFile }) });
  await bot.waitForLog(/ready: gateway irc/);
  const anna = await server.connectTls('anna');
  await anna.join('#tv');
  anna.say('#tv', '!ping');
  await anna.expectSaid('episoded', '#tv', /pong/i);
  anna.send('WHOIS episoded');
  await anna.expect((line) => line.verb === '671'); // is using a secure connection
  assert.deepEqual(bot.complaints(), []);
  await anna.close();
  await bot.stop();
});

for (const [what, more, reason] of [
  ['another authority', () => ({ ca_file: server.otherCaFile }), /certificate of an unknown authority/],
  ['the system\'s authorities', () => ({}), /certificate of an unknown authority/],
]) {
  test(`${what}: refused, in words`, async () => {
    const bot = await startBot({ config: gateway(more()) });
    const line = await bot.waitForLog(/.*not connected: .*/);
    assert.match(line[0], reason);
    assert.match(line[0], /\[irc\]/);
    await bot.stop();
    assert.doesNotMatch(bot.log(), /ready: gateway/);
  });
}

test('a certificate for another name: refused, in words', async () => {
  const other = await startInspircd({ names: 'DNS:elsewhere.example.org' });
  const bot = await startBot({ config: { gateways: [other.gateway({ url: other.wss, ca_file: other.caFile })] } });
  await bot.waitForLog(/not connected: certificate for another host/);
  await bot.stop();
  await other.stop();
});

test('TLS to a port that does not speak it', async () => {
  const bot = await startBot({
    config: gateway({ url: `wss://localhost:${server.wsPort}/`, ca_file: server.caFile }),
  });
  await bot.waitForLog(/not connected: (TLS handshake|connection)/, 20000);
  await bot.stop();
});

test('no TLS to a port that wants it', async () => {
  const bot = await startBot({ config: gateway({ url: `ws://localhost:${server.wssPort}/` }) });
  await bot.waitForLog(/not connected: /, 20000);
  await bot.stop();
});
