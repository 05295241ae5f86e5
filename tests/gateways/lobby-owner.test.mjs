// Owners in the lobby ("nobody" or "everybody"), and settings of its channel.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';

async function begin(more) {
  const state = mkdtempSync(join(tmpdir(), 'lobby-owner-'));
  const lobby = { name: 'lobby', type: 'lobby', listen: `127.0.0.1:${await freePort()}`, ...more };
  return start({ config: { state, gateways: [lobby] } });
}

async function start(all) {
  all.bot = await startBot({ config: all.config });
  all.anna = await IrcClient.connect(`ws://127.0.0.1:${all.bot.port}/`, { nick: 'anna' });
  await all.anna.join('#lobby');
  return all;
}

async function stop({ anna, bot }) {
  await anna.close();
  await bot.stop();
}

async function finish(all) {
  await stop(all);
  rmSync(all.config.state, { recursive: true, force: true });
}

test('a lobby has no owners unless the configuration says "everybody"', async () => {
  const all = await begin({});
  all.anna.say('#lobby', '!set prefix ?');
  await all.anna.expectSaid('episoded', 'anna', /Only an owner of this bot may do that. Its operator can set "owners": "everybody"/);
  await finish(all);
});

test('a channel\'s own prefix survives a restart; the page\'s buttons still work', async () => {
  const all = await begin({ owners: 'everybody' });
  all.anna.say('#lobby', '!set prefix ?');
  await all.anna.expectSaid('episoded', '#lobby', /New prefix for this channel: \?/);
  await stop(all);
  await start(all);
  all.anna.say('#lobby', '?ping');
  await all.anna.expectSaid('episoded', '#lobby', /Pong/);
  all.anna.say('#lobby', '!ping'); // like a button
  await all.anna.expectSaid('episoded', '#lobby', /Pong/);
  all.anna.say('#lobby', '!join #else');
  await all.anna.expectSaid('episoded', 'anna', /only join channels on IRC and Twitch/);
  await finish(all);
});

test('a configuration with wrong "owners" is refused', async () => {
  await assert.rejects(begin({ owners: [{ account: 'anna' }] }), /owners/);
});
