// "episoded twitch login": the device code flow, with and without a running bot.

import assert from 'node:assert/strict';
import { chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { binary, root } from '../harness/bot.mjs';
import { Process, WAIT_MS, within } from '../harness/process.mjs';
import { assertShown } from '../harness/shown.mjs';
import { answerWith, loseAnswer } from '../harness/twitch-api.mjs';
import { assertNoSecrets, beginLogin, finish, startLoggedIn } from '../harness/twitch-bot.mjs';

const together = { concurrency: 6 };
const CODE = /The code is ([0-9A-F]{8})\. Waiting for up to (\d+) min/;

// The command, in the state folder of a bot that does not run yet.
async function beginAway({ server, gateway, config = {} } = {}) {
  const all = await beginLogin({ server, gateway, login: null, isReady: false });
  await all.bot.stop();
  all.whole = { ...all.whole, ...config };
  all.file = join(all.state, 'episoded.json');
  writeFileSync(all.file, JSON.stringify(all.whole));
  return all;
}

function login(all, { words = [], env = {} } = {}) {
  const file = all.file ?? all.bot.file;
  return new Process(binary(), ['twitch', 'login', '-c', file, ...words], { cwd: root, env: { ...process.env, ...env } });
}

async function ended(command, code) {
  const end = await within(WAIT_MS, 'the end of the login', command.ended);
  assertShown(command.bytes(), 'the output of the login');
  assert.doesNotMatch(command.log(), /Sanitizer|runtime error/);
  assert.equal(end.code, code, command.log());
  return command.log();
}

const finishAway = async (all) => {
  await all.server.stop();
  assert.deepEqual(all.api.violations, []);
};

describe('twitch login', together, () => {
  test('shows the address and the code, waits, and stores the login for the next start', async () => {
    const all = await beginAway();
    const command = login(all);
    const [, code, minutes] = await command.waitForLog(CODE);
    assert.equal(minutes, '30');
    assert.match(command.log(), /Log in to Twitch as episoded/);
    assert.ok(command.log().includes(`https://www.twitch.tv/activate?public=true&device-code=${code}`));
    await all.api.requested((request) => request.message === 'authorization_pending');
    const argumentsOf = readFileSync(`/proc/${command.pid}/cmdline`, 'utf8');
    all.api.authorize(code);
    const log = await ended(command, 0);
    assert.match(log, /Logged in as episoded \(user ID 77\) with the scopes chat:read chat:edit user:read:chat user:write:chat user:bot\./);
    assert.match(log, /The bot takes the login from .* at its next start\./);
    const file = join(all.state, 'twitch-twitch.login');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assertNoSecrets(all, log, argumentsOf);
    await startLoggedIn(all);
    assert.ok(!existsSync(file));
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    await finish(all);
  });

  test('while the bot runs without a login: it goes on without a restart or a reload', async () => {
    const all = await beginLogin({ login: null, isReady: false });
    const command = login(all, { words: ['twitch'] });
    const [, code] = await command.waitForLog(CODE);
    all.api.authorize(code);
    assert.match(await ended(command, 0), /The running bot has taken the login over\./);
    await all.bot.waitForLog(/ready: gateway twitch/);
    assertNoSecrets(all, all.bot.log(), command.log());
    await finish(all);
  });

  test('while the bot is connected: the connection stays, and the new token is used', async () => {
    const all = await beginLogin();
    const command = login(all);
    const [, code] = await command.waitForLog(CODE);
    all.api.authorize(code);
    assert.match(await ended(command, 0), /has taken the login over/);
    await all.bot.waitForLog(/new login as episoded/);
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    assert.equal(all.server.count, 1);
    all.peer.end();
    const next = await all.server.peer();
    await next.expect(/^JOIN #tv$/);
    assert.ok(!next.heard.includes(`PASS oauth:${all.grant.access}`));
    await finish(all);
  });

  test('as another account: nothing is stored, and the token is revoked', async () => {
    const all = await beginAway();
    const command = login(all);
    const [, code] = await command.waitForLog(CODE);
    all.api.authorize(code, { userId: '1', login: 'somebody' });
    assert.match(await ended(command, 77), /This is the account somebody, but "login" of gateway twitch is episoded\. Nothing is stored\./);
    assert.ok(!existsSync(join(all.state, 'twitch-twitch.login')));
    assert.equal(all.api.requests.at(-1).path, '/revoke');
    assert.equal(all.api.requests.at(-1).status, 200);
    await finishAway(all);
  });

  for (const [what, change, words, exit] of [
    ['the code expires', (api, code) => api.expireCode(code), /The code has expired, or was used already \(invalid device code\)\. Start again\./, 75],
    ['the person refuses', (api, code) => api.deny(code), /The access was denied on Twitch's page/, 77],
  ])
    test(`${what}`, async () => {
      const all = await beginAway();
      const command = login(all);
      const [, code] = await command.waitForLog(CODE);
      change(all.api, code);
      assert.match(await ended(command, exit), words);
      await finishAway(all);
    });

  test('nobody confirms: the wait is bounded', async () => {
    const all = await beginAway({ server: { api: { codeLasts: 3 } } });
    assert.match(await ended(login(all), 75), /The code has expired/);
    await finishAway(all);
  });

  test('a wrong client ID', async () => {
    const all = await beginAway({ gateway: { client_id: 'wrong1' } });
    assert.match(await ended(login(all), 78), /Twitch refuses the login: invalid client: set "client_id" to the application's client ID/);
    await finishAway(all);
  });

  test('a confidential application without its secret: told at once, not after four hours', async () => {
    const all = await beginAway({ server: { api: { clients: { secret1: { secret: 'x' } } } }, gateway: { client_id: 'secret1' } });
    const command = login(all);
    const [, code] = await command.waitForLog(CODE);
    all.api.authorize(code);
    assert.match(await ended(command, 78), /works for a few hours only, .* missing client secret: set the application's client type to Public/);
    assert.ok(!existsSync(join(all.state, 'twitch-twitch.login')));
    await finishAway(all);
  });

  test('a scope that was not granted is named', async () => {
    const all = await beginAway();
    const command = login(all);
    const [, code] = await command.waitForLog(CODE);
    all.api.authorize(code, { scopes: ['chat:read'] });
    assert.match(await ended(command, 0), /The scope chat:edit is missing, and the bot may need it/);
    await finishAway(all);
  });

  test('no connection: told with the reason, in bounded time', async () => {
    const all = await beginAway({ gateway: { oauth: 'https://localhost:1/oauth2' } });
    assert.match(await ended(login(all), 75), /Twitch cannot be reached: .*[Cc]onnect/);
    await finishAway(all);
  });

  test('trouble while it waits passes: 503, a lost answer', async () => {
    const all = await beginAway();
    all.api.faults['/token'] = [answerWith(503), loseAnswer];
    const command = login(all);
    const [, code] = await command.waitForLog(CODE);
    await command.waitForLog(/No answer from Twitch: HTTP status 503\. Still waiting\./);
    await all.api.requested((request) => request.message === 'authorization_pending');
    all.api.authorize(code);
    assert.match(await ended(command, 0), /Logged in as episoded/);
    await finishAway(all);
  });

  test('secrets of other gateways and of systemd are not needed', async () => {
    const all = await beginAway();
    writeFileSync(all.file, JSON.stringify({
      ...all.whole,
      gateways: [{ name: 'd', type: 'discord', token: { credential: 'discord' } }, { ...all.config, client_secret: { credential: 'absent' } }],
    }));
    const command = login(all);
    const [, code] = await command.waitForLog(CODE);
    all.api.authorize(code);
    assert.match(await ended(command, 0), /Logged in as episoded/);
    await finishAway(all);
  });

  const isRoot = process.getuid() === 0;
  test('as root, the login is given to the owner of the folder', { skip: isRoot ? false : 'needs root' }, async () => {
    const all = await beginAway();
    chownSync(all.state, 65534, 65534);
    const command = login(all);
    const [, code] = await command.waitForLog(CODE);
    all.api.authorize(code);
    await ended(command, 0);
    const { uid, gid, mode } = statSync(join(all.state, 'twitch-twitch.login'));
    assert.deepEqual([uid, gid, mode & 0o777], [65534, 65534, 0o600]);
    await finishAway(all);
  });

  test('a state folder that cannot be written', async () => {
    const all = await beginAway();
    const blocker = join(all.state, 'blocker');
    writeFileSync(blocker, '');
    writeFileSync(all.file, JSON.stringify({ ...all.whole, state: join(blocker, 'state') }));
    const command = login(all);
    const [, code] = await command.waitForLog(CODE);
    all.api.authorize(code);
    assert.match(await ended(command, 73), /The login cannot be stored in .*blocker\/state: Not a directory/);
    await finishAway(all);
  });

  test('wrong arguments and configurations', async () => {
    const all = await beginAway();
    const write = (gateways) => writeFileSync(all.file, JSON.stringify({ ...all.whole, gateways }));
    const second = { ...all.config, name: 'second' };
    write([all.config, second]);
    assert.match(await ended(login(all), 64), /several Twitch gateways, name one: twitch, second/);
    assert.match(await ended(login(all, { words: ['third'] }), 64), /no Twitch gateway "third"; there is twitch, second/);
    assert.match(await ended(login(all, { words: ['twitch', 'second'] }), 64), /only one gateway can be logged in at a time/);
    write([{ name: 'lobby', type: 'lobby' }]);
    assert.match(await ended(login(all), 64), /no gateway of type "twitch"; add one with "login" and "client_id"/);
    write([{ ...all.config, client_id: undefined, token: { env: 'ABSENT' } }]);
    assert.match(await ended(login(all), 78), /gateway twitch uses a "token" of its own; to log in, replace "token" by "client_id"/);
    write([{ ...all.config, client_id: 'two words' }]);
    assert.match(await ended(login(all), 78), /"client_id" is the client ID that dev\.twitch\.tv\/console shows/);
    const other = new Process(binary(), ['twitch', 'logout'], { cwd: root });
    assert.match(await ended(other, 64), /"twitch" needs "login", not "logout"/);
    await finishAway(all);
  });
});
