// The log for the person who sets the bot up.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { startHome } from '../fake-discord/home.mjs';

const together = { concurrency: 6 };
const UNAUTHORIZED = JSON.stringify({ message: '401: Unauthorized', code: 0 });
const INVITE = /https:\/\/discord\.com\/oauth2\/authorize\?client_id=(\d+)&scope=bot%20applications\.commands&permissions=(\d+)/;

// The permissions that the bot asks for, by bit (Discord API v10, "Permissions").
const WANTED = { view: 10, send: 11, embed: 14, history: 16, threads: 38 };

describe('the log', together, () => {
  test('has an invite link with exactly the permissions that the bot needs', async (t) => {
    const home = await startHome(t);
    const [, id, permissions] = await home.bot.waitForLog(INVITE);
    assert.equal(id, home.fake.app.id);
    assert.equal(BigInt(permissions), Object.values(WANTED).reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n));
    assert.doesNotMatch(home.bot.log(), /not in any server yet/);
  });

  test('has a second link, for an account, where the application allows that', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.app.contexts = [0, 1]) });
    const [, link] = await home.bot.waitForLog(/install for one account[^:]*: (\S+)/);
    const url = new URL(link);
    assert.equal(url.searchParams.get('scope'), 'applications.commands');
    assert.equal(url.searchParams.get('integration_type'), '1');
    const servers = await startHome(t);
    await servers.bot.waitForLog(INVITE);
    assert.doesNotMatch(servers.bot.log(), /for one account/);
  });

  test('says when a server cannot add the bot', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.app.contexts = [1]) });
    await home.bot.waitForLog(/"Guild Install" is off.*applications\/\d+\/installation/);
  });

  test('says how to add a bot that is in no server, and when it was added', async (t) => {
    const home = await startHome(t, { fake: { guilds: 0 } });
    const { fake } = home;
    const [line] = await home.bot.waitForLog(/not in any server yet.*/);
    assert.match(line, INVITE);
    const guild = fake.join();
    await home.bot.waitForLog(new RegExp(`added to server ${guild.id} Guild 0; 1 in all`));
    fake.leave(guild.id);
    await home.bot.waitForLog(new RegExp(`removed from server ${guild.id}.*; 0 in all`));
  });

  test('counts the servers after a restart too, and does not report them as new', async (t) => {
    const home = await startHome(t, { fake: { guilds: 3 } });
    const { fake } = home;
    await home.ask('!ping');
    await home.stop();
    const joined = fake.join(); // while the bot is away
    await home.start();
    await home.bot.waitForLog(new RegExp(`added to server ${joined.id} .*; 4 in all`));
    assert.equal(fake.count('identify'), 1);
    assert.equal(home.bot.log().match(/added to/g).length, 1);
  });

  test('names the time when new sessions are available', async (t) => {
    const home = await startHome(t, {
      isReady: false, prepare: (fake) => Object.assign(fake.app.starts, { remaining: 0, reset_after_ms: 3600000 }),
    });
    const [, time] = await home.bot.waitForLog(/no new session for another 60 min.*until (\d\d:\d\d) UTC/);
    const due = new Date(Date.now() + 3600000);
    const minutes = (text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
    const apart = Math.abs(minutes(time) - minutes(due.toISOString().slice(11, 16)));
    assert.ok(Math.min(apart, 1440 - apart) <= 1, `${time} instead of ${due.toISOString()}`);
    assert.equal(home.fake.count('identify'), 0);
  });

  test('says why Discord does not answer, and that the bot retries', async (t) => {
    const home = await startHome(t, { isReady: false, prepare: (fake) => fake.faults.order({ how: 'status', status: 503, body: '', times: 2 }) });
    await home.bot.waitForLog(/not set up: Discord answered 503; next try in/);
    await home.ready();
  });

  test('a wrong token that is corrected needs only a reload', async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'episoded-token-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const file = join(dir, 'discord.token');
    writeFileSync(file, 'MTExMTExMTExMTExMTExMTEx.wrong.token\n', { mode: 0o600 });
    const home = await startHome(t, { gateway: { token: { file } }, isReady: false });
    const { fake } = home;
    await home.bot.waitForLog(/failed: gateway home: .*token.*reload/);
    writeFileSync(file, `${fake.options.token}\n`);
    home.bot.reload();
    await home.ready();
    await home.ask('!ping');
    home.bot.reload(); // and no connection is reopened without need
    await home.ask('!episode 5', { author: 'bea' });
    assert.equal(fake.count('identify'), 1);
  });

  test('a token that was refused is tried again at a reload of the same file', async (t) => {
    const home = await startHome(t, {
      isReady: false, prepare: (fake) => fake.faults.order({ how: 'status', status: 401, body: UNAUTHORIZED, type: 'application/json' }),
    });
    await home.bot.waitForLog(/failed: gateway home: .*token.*reload/);
    home.fake.faults.clear();
    home.bot.reload();
    await home.ready();
    await home.ask('!ping');
  });

  test('a token that is refused once at the start, and not when it is checked: the bot starts', async (t) => {
    const home = await startHome(t, {
      prepare: (fake) => fake.faults.order({ how: 'status', status: 401, body: UNAUTHORIZED, type: 'application/json', times: 1 }),
    });
    await home.ask('!ping');
    assert.doesNotMatch(home.bot.log(), /failed/);
  });

  test('says what an invite link needs besides', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.app.wantsCode = true) });
    await home.bot.waitForLog(/Requires OAuth2 Code Grant/);
  });

  test('says when Discord refuses the slash commands, and the bot continues', async (t) => {
    const body = JSON.stringify({ message: 'Invalid Form Body', code: 50035 });
    const home = await startHome(t, {
      prepare: (fake) => fake.faults.order({ how: 'status', status: 400, body, type: 'application/json', route: 'PUT /applications/{}/commands' }),
    });
    await home.bot.waitForLog(/Discord refused the slash commands: 400: Invalid Form Body \(50035\)/);
    await home.ask('!ping');
    home.fake.faults.clear();
    await home.stop();
    await home.start();
    await home.fake.event('commands'); // they were refused, so they are registered again
  });

  test('contains no token, whatever happens', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    await home.ask('!ping');
    fake.gateway.closeAll(4003);
    await fake.event('identify', { from: fake.events.length });
    await home.stop();
    assert.ok(!home.bot.log().includes(fake.options.token));
  });
});

describe('slash commands that are refused', together, () => {
  const EXPECTED = /INVALID_NAME|UNKNOWN_FIELD|Invalid Form Body/;
  const names = (fake) => (fake.commands.get('global') ?? []).map(({ name }) => name);

  test('by a server that does not know max_length: the log names the field, and they are registered without it', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.commandsRefused = { members: ['max_length'] }) });
    const { fake } = home;
    home.complaintsExpected.push(EXPECTED);
    const { commands } = await fake.event('commands');
    await home.bot.waitForLog(/refused the slash commands \([a-z]+\): 400: Invalid Form Body \(50035\): \d+\.options\.\d+\.max_length: Unknown field/);
    assert.ok(commands.length > 10);
    assert.doesNotMatch(JSON.stringify(commands), /max_length/);
    assert.equal((await fake.answered(fake.slash('episode', { episode: '5' }))).via, 'callback');
    await home.stop();
    await home.start(); // and not at each start
    await home.ask('!ping');
    assert.equal(fake.count('commands'), 1);
  });

  test('by a server that does not know where commands are offered: without that', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.commandsRefused = { members: ['contexts', 'integration_types'] }) });
    home.complaintsExpected.push(EXPECTED);
    await home.fake.event('commands');
    await home.bot.waitForLog(/integration_types: Unknown field/);
  });

  test('for one command: the others are registered, and the log names it', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.commandsRefused = { names: ['trivia'] }) });
    const { fake } = home;
    home.complaintsExpected.push(EXPECTED);
    await home.bot.waitForLog(/(\d+) of (\d+) slash commands are registered/);
    await home.bot.waitForLog(/refused the slash commands \(trivia\): .*name: Command name is invalid/);
    assert.ok(names(fake).includes('episode') && names(fake).includes('ping') && !names(fake).includes('trivia'));
    assert.equal((await fake.answered(fake.slash('ping'))).via, 'callback');
  });

  test('one by one too, without the members that one of them may not have', async (t) => {
    const home = await startHome(t, { prepare: (fake) => (fake.commandsRefused = { members: ['max_length'], names: ['trivia'] }) });
    const { fake } = home;
    home.complaintsExpected.push(EXPECTED);
    await home.bot.waitForLog(/slash commands are registered/);
    assert.ok(names(fake).includes('episode') && names(fake).includes('Which episode is this?') && !names(fake).includes('trivia'));
  });

  test('where nothing is registered at once (405): one by one', async (t) => {
    const home = await startHome(t, {
      prepare: (fake) => fake.faults.order({
        how: 'status', status: 405, body: '{"message":"405: Method Not Allowed","code":0}', type: 'application/json', route: 'PUT /applications/{}/commands',
      }),
    });
    await home.bot.waitForLog(/(\d+) of \1 slash commands are registered/);
    assert.ok(names(home.fake).includes('episode'));
  });
});
