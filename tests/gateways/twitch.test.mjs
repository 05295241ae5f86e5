// Twitch: the real bot and a strict scripted Twitch.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { startTwitchServer } from '../harness/twitch-server.mjs';

let dir;
let authority;
let tls;

before(() => {
  dir = mkdtempSync(join(tmpdir(), 'twitch-'));
  authority = makeAuthority(dir, 'authority');
  const made = makeCertificate(dir, 'server', authority, 'DNS:localhost,IP:127.0.0.1');
  tls = { key: readFileSync(made.key), cert: readFileSync(made.cert) };
});

after(() => rmSync(dir, { recursive: true, force: true }));

// A server, the bot on it and in its channel, and the first connection.
async function begin({ server: options = {}, gateway = {}, token = 'oauth:secret', env = {}, isReady = true } = {}) {
  const server = await startTwitchServer({ tls, ...options });
  const config = server.gateway({ ca_file: authority.cert, ...gateway });
  const bot = await startBot({ config: { gateways: [config] }, env: { TWITCH_TOKEN: token, ...env } });
  const peer = await server.peer();
  if (isReady) {
    await bot.waitForLog(/ready: gateway twitch/);
    for (const name of config.channels) await peer.expect(new RegExp(`^JOIN ${name}$`));
    await peer.sync();
  }
  return { server, bot, peer, config };
}

// Whatever a test did, the bot broke none of Twitch's rules.
async function finish({ server, bot }, { stop = true } = {}) {
  if (stop) await bot.stop();
  await server.stop();
  assert.deepEqual(server.violations, []);
}

test('logs in over wss in Twitch\'s order, joins, and answers as a reply', async () => {
  const all = await begin();
  assert.deepEqual(all.peer.heard.slice(0, 4), [
    'CAP REQ :twitch.tv/tags twitch.tv/commands', 'PASS oauth:secret', 'NICK episoded', 'JOIN #tv',
  ]);
  const id = all.server.say('anna', '#tv', '!episode 5');
  const answer = await all.server.said(/Episode 5|episode 5/);
  assert.equal(answer.tags['reply-parent-msg-id'], id);
  assert.match(answer.tags['client-nonce'], /^[0-9a-f]{32}$/);
  assert.deepEqual(all.bot.complaints(), []);
  await finish(all);
});
