// Twitch under a lease: its refresh token can be used once, so one process at a time refreshes it, and the next one goes on
// with what the last one has stored.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { startCluster } from '../harness/cluster.mjs';
import { assertNoSecrets, authority, leaveLogin, SCOPES, startTwitch } from '../harness/twitch-bot.mjs';

const ownerOf = async (cluster) => {
  const [lease] = await cluster.leases("name = 'twitch/twitch'");
  return lease?.is_live ? cluster.hostOf(lease) : undefined;
};

test('a login reaches the owner from the other host, and the token outlives the owner', { timeout: 180000 }, async (t) => {
  const server = await startTwitch({});
  t.after(() => server.stop());
  const { api } = server;
  const cluster = await startCluster(t, {
    hosts: 2, discord: null, gateways: [server.gateway({ ca_file: authority.cert, client_id: 'public1' })],
  });
  const first = await cluster.until(() => ownerOf(cluster), 'an owner of twitch/twitch', 30000);
  const second = cluster.hosts.find((host) => host !== first);
  // It has to be refreshed at once, and again by the next owner.
  const grant = api.issue('public1', '77', 'episoded', SCOPES, { expiresIn: 8 });
  leaveLogin(join(second.dir, 'state'), grant);
  await cluster.until(() => /ready: gateway twitch/.test(first.output()), 'a ready gateway', 40000);
  const refreshes = () => api.requests.filter(({ form, status }) => form.grant_type === 'refresh_token' && status === 200).length;
  await cluster.until(() => refreshes() > 0, 'a refresh', 30000);
  server.say('anna', '#tv', '!ping');
  await server.said(/pong/i);
  await cluster.until(async () => {
    const [row] = await cluster.postgres.rows("SELECT value FROM episoded_value WHERE area = 'twitch/twitch' AND key = 'token'");
    return row && !row.value.includes('"refreshing":true') && !row.value.includes(grant.refresh);
  }, 'the new pair in the database', 10000);
  await first.kill();
  await cluster.until(async () => (await ownerOf(cluster)) === second, 'the other owner', 30000);
  await cluster.until(() => /ready: gateway twitch/.test(second.output()), 'a ready gateway', 30000);
  server.say('anna', '#tv', '!ping');
  await server.said(/pong/i);
  assert.deepEqual(api.violations, []);
  assertNoSecrets({ api }, first.output(), second.output());
});
