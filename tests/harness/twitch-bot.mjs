// The bot on a strict scripted Twitch, over wss, ready in its channels.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startBot } from './bot.mjs';
import { makeAuthority, makeCertificate } from './certificates.mjs';
import { startEventSubServer } from './twitch-eventsub.mjs';
import { startTwitchServer } from './twitch-server.mjs';

const dir = mkdtempSync(join(tmpdir(), 'twitch-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
export const authority = makeAuthority(dir, 'authority');
const made = makeCertificate(dir, 'server', authority, 'DNS:localhost,IP:127.0.0.1');
const tls = { key: readFileSync(made.key), cert: readFileSync(made.cert) };

export const startTwitch = (options) => startTwitchServer({ tls, ...options });

// Restart the bot on the same server, with its store.
export async function startAgain(all) {
  all.bot = await startBot({ config: all.whole, env: { TWITCH_TOKEN: all.token, ...all.env } });
  if (all.isReady === null) return;
  all.peer = await all.server.peer();
  if (!all.isReady) return;
  await all.bot.waitForLog(/ready: gateway twitch/);
  for (const name of all.config.channels) await all.peer.expect(new RegExp(`^JOIN ${name}$`));
  await all.peer.sync();
}

// transport: "irc" or "eventsub"; server: options of the server; gateway: keys of the gateway. isReady: wait until it is in its channels
// (null: do not even wait for a connection).
// data: a dataset instead of the shipped one; others: more gateways; trace, traceFile: "trace" and "trace_file"; env: more of it.
export async function begin({
  transport = 'irc', server: options = {}, gateway = {}, token = 'oauth:secret', isReady = true, data, others = [], trace = false, traceFile,
  env,
} = {}) {
  const server = await (transport === 'irc' ? startTwitchServer : startEventSubServer)({ tls, ...options });
  const config = server.gateway({ ca_file: authority.cert, ...gateway });
  const state = mkdtempSync(join(dir, 'state-'));
  const all = { server, config, token, isReady, env, whole: { state, trace, trace_file: traceFile, gateways: [config, ...others] } };
  if (data) {
    all.whole.data = join(state, 'data');
    mkdirSync(all.whole.data);
    writeFileSync(join(all.whole.data, 'show.json'), JSON.stringify(data));
  }
  await startAgain(all);
  return all;
}

export const SCOPES = ['chat:read', 'chat:edit', 'user:read:chat', 'user:write:chat', 'user:bot'];

// What "episoded twitch login" leaves in the state folder.
export function leaveLogin(state, grant, id = `login-${grant.access.slice(0, 8)}`, name = 'twitch') {
  const { access, refresh, client, userId: user, login, scopes } = grant;
  const file = join(state, `twitch-${name}.login`);
  mkdirSync(state, { recursive: true });
  writeFileSync(`${file}.part`, JSON.stringify({ access, refresh, client, user, login, scopes: scopes.join(' '), id, refreshing: false }), { mode: 0o600 });
  renameSync(`${file}.part`, file);
  return file;
}

// The bot with an application's "client_id". login: the options of api.issue() for a login left for it; null: no login.
export async function beginLogin({ server: options = {}, gateway = {}, login = {}, isReady = true, more = {} } = {}) {
  const server = await startTwitchServer({ tls, ...options });
  const config = server.gateway({ ca_file: authority.cert, client_id: 'public1', ...gateway });
  const state = mkdtempSync(join(dir, 'state-'));
  const all = { server, api: server.api, config, state, whole: { state, gateways: [config], ...more } };
  if (login) {
    const { scopes = SCOPES, userId = '77', ...rest } = login;
    all.grant = server.api.issue(config.client_id, userId, 'episoded', scopes, rest);
    leaveLogin(state, all.grant);
  }
  await startLoggedIn(all, isReady);
  return all;
}

export async function startLoggedIn(all, isReady = true) {
  all.bot = await startBot({ config: all.whole });
  if (!isReady) return;
  await all.bot.waitForLog(/ready: gateway twitch/);
  all.peer = await livingPeer(all);
}

// The next connection that is logged in and in #tv, past those that were refused or have ended.
export async function livingPeer(all) {
  for (;;) {
    const peer = await all.server.peer();
    const isIn = peer.expect(/^JOIN #tv$/).then(() => peer.sync()).then(() => true, () => false);
    if (await Promise.race([peer.gone.then(() => false), isIn])) return peer;
  }
}

// No secret of Twitch's may be in a text.
export function assertNoSecrets(all, ...texts) {
  for (const secret of all.api.secrets) for (const text of texts) assert.ok(!text.includes(secret), 'a token is shown');
}

// Check that the bot broke no rule of Twitch.
export async function finish({ server, bot }) {
  await bot.stop();
  await server.stop();
  assert.deepEqual(server.violations, []);
  assert.deepEqual(server.api.violations, []);
}
