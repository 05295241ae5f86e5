// Twitch: login, channels, messages and answers. The real bot and a strict scripted Twitch.

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';

import { makeAuthority } from '../harness/certificates.mjs';
import { show } from '../harness/dataset.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { authority, begin, finish } from '../harness/twitch-bot.mjs';

const together = { concurrency: 4 };
const transports = ['irc', 'eventsub'];
const INVISIBLE = '\u{E0000}';

describe('login', together, () => {
  test('in the order that Twitch requires, over wss; the answer is a reply', async () => {
    const all = await begin();
    assert.deepEqual(all.peer.heard.slice(0, 4), [
      'CAP REQ :twitch.tv/tags twitch.tv/commands', 'PASS oauth:secret', 'NICK episoded', 'JOIN #tv',
    ]);
    assert.equal(all.peer.headers['sec-websocket-protocol'], undefined);
    const id = all.server.say('anna', '#tv', '!episode 5');
    const answer = await all.server.said(/[Ee]pisode 5/);
    assert.equal(answer.tags['reply-parent-msg-id'], id);
    assert.match(answer.tags['client-nonce'], /^[0-9a-f]{32}$/);
    assert.deepEqual(all.bot.complaints(), []);
    await finish(all);
  });

  test('a token without oauth: works too', async () => {
    await finish(await begin({ token: 'secret' }));
  });

  for (const [what, refuse, words] of [
    ['a wrong token', 'Login authentication failed', /failed: gateway twitch: login refused by Twitch: make a token/],
    ['a token that is none', 'Improperly formatted auth', /failed: gateway twitch: login refused by Twitch: make a token/],
    ['no login', 'Login unsuccessful', /failed: gateway twitch: login refused by Twitch/],
  ])
    test(`${what}: not tried again until a reload provides another`, async () => {
      const on = { NICK: (peer) => (peer.pass === 'oauth:secret' ? true : peer.refuse(refuse)) };
      const file = join(mkdtempSync(join(tmpdir(), 'twitch-token-')), 'token');
      writeFileSync(file, 'verysecretbutwrong\n', { mode: 0o600 });
      const all = await begin({ server: { on }, gateway: { token: { file } }, isReady: false });
      await all.bot.waitForLog(words);
      await all.peer.closed;
      assert.equal(all.server.count, 1);
      assert.doesNotMatch(all.bot.log(), /verysecret/);
      writeFileSync(file, 'oauth:secret\n');
      all.bot.reload();
      await all.bot.waitForLog(/ready: gateway twitch/);
      all.peer = await all.server.peer();
      await all.peer.expect(/^JOIN #tv$/);
      rmSync(dirname(file), { recursive: true });
      await finish(all);
    });

  test('a reload of the same file retries once', async () => {
    let isWell = false;
    const on = { NICK: (peer) => isWell || peer.refuse('Login authentication failed') };
    const all = await begin({ server: { on }, isReady: false });
    all.server.api.expire('secret');
    await all.bot.waitForLog(/failed: gateway twitch/);
    isWell = true;
    all.server.api.allow('secret');
    all.bot.reload();
    await all.bot.waitForLog(/ready: gateway twitch/);
    assert.equal(all.server.count, 2);
    await finish(all);
  });

  test('a changed CA file is read again after a refused certificate, without a restart', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'twitch-authority-'));
    const file = join(dir, 'authorities.pem');
    copyFileSync(makeAuthority(dir, 'older').cert, file);
    const all = await begin();
    const from = all.bot.mark();
    all.bot.configure({ ...all.bot.config, gateways: [{ ...all.config, ca_file: file }] });
    all.bot.reload();
    await all.bot.waitForLog(/not connected: .*unknown CA/, WAIT_MS, from);
    copyFileSync(authority.cert, file);
    await all.bot.waitForLog(/ready: gateway twitch/, WAIT_MS, from);
    rmSync(dir, { recursive: true });
    await finish(all);
  });

  test('a server with an untrusted certificate does not get the token', async () => {
    const all = await begin().catch((error) => error);
    const server = all.server;
    all.bot.configure({ ...all.bot.config, gateways: [{ ...all.config, ca_file: undefined }] });
    all.bot.reload();
    await all.bot.waitForLog(/not connected: .*certificate/);
    assert.equal(server.count, 1);
    await finish(all);
  });
});

describe('channels', together, () => {
  test('25 channels are joined no faster than 20 in 10 s', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `#c${i}`);
    const rooms = Object.fromEntries(names.map((name) => [name, {}]));
    const all = await begin({ server: { rooms }, gateway: { channels: names }, isReady: false });
    await all.peer.expect(/^JOIN #c18$/);
    await all.peer.expect(/^JOIN #c24$/);
    await all.peer.sync();
    all.server.say('anna', '#c24', '!ping');
    assert.equal((await all.server.said(/pong/i)).room, '#c24');
    await finish(all);
  });

  test('a channel that does not exist gives no reply: logged, and tried again', async () => {
    const all = await begin({ server: { rooms: { '#gone': { exists: false } } }, gateway: { channels: ['#tv', '#gone'] } });
    await all.bot.waitForLog(/cannot join #gone: no answer; does the channel exist\?/);
    all.server.say('anna', '#tv', '!ping');
    await all.server.said(/pong/i);
    all.server.rooms.get('#gone').exists = true;
    await all.peer.expect(/^JOIN #gone$/); // 15 s later
    await finish(all);
  });

  for (const [id, words] of [['msg_banned', /cannot join #out: the bot is banned/],
    ['msg_channel_suspended', /cannot join #out: the channel does not exist, or is suspended/]])
    test(`one that refuses (${id})`, async () => {
      const all = await begin({ server: { rooms: { '#out': { refuse: id } } }, gateway: { channels: ['#tv', '#out'] } });
      await all.bot.waitForLog(words);
      await all.peer.sync();
      assert.equal(all.peer.heard.filter((line) => line === 'JOIN #out').length, 1);
      await finish(all);
    });
});

for (const transport of transports) describe(`channels change, ${transport}`, together, () => {
  test('owners are user IDs: join and part; the broadcaster is not an owner', async () => {
    const all = await begin({ transport, server: { rooms: { '#two': {} } }, gateway: { owners: [{ user_id: '4711' }] } });
    all.server.say('tv', '#tv', '!join #two', { tags: { badges: 'broadcaster/1' } });
    await all.server.said(/Only an owner/);
    await all.peer.sync();
    assert.ok(!all.peer.heard.includes('JOIN #two'));
    all.server.say('anna', '#tv', '!join #two', { tags: { 'user-id': '4711' } });
    await all.peer.expect(/^JOIN #two$/);
    await all.peer.sync();
    all.server.say('bert', '#two', '!ping');
    assert.equal((await all.server.said(/pong/i)).room, '#two');
    all.server.say('anna', '#tv', '!part #two', { tags: { 'user-id': '4711' } });
    await all.peer.expect(/^PART #two$/);
    await finish(all);
  });

  test('a reload changes the channels without a reconnect', async () => {
    const all = await begin({ transport, server: { rooms: { '#two': {} } } });
    all.bot.configure({ ...all.bot.config, gateways: [{ ...all.config, channels: ['#Two'] }] });
    all.bot.reload();
    await all.peer.expect(/^PART #tv$/);
    await all.peer.expect(/^JOIN #two$/);
    assert.equal(all.server.count, 1);
    await finish(all);
  });
});

for (const transport of transports) describe(`people, ${transport}`, together, () => {
  test('several lines in a frame, /me, invisible characters and a reply\'s @name are read', async () => {
    const all = await begin({ transport, server: { rooms: { '#tv': { role: 'moderator' } } } });
    const lines = [
      ['a', 'just chatting'], ['b', '\x01ACTION !episode 1\x01'], ['c', `!episode  2 ${INVISIBLE}`],
      ['d', '!\u200bepisode\u034f 3'], ['e', '@episoded episode 4'],
    ];
    if (transport === 'irc') // in one frame
      all.peer.raw(lines.map(([id, text]) => `@display-name=Anna;id=${id};user-id=12;room-id=1 :anna!anna@a PRIVMSG #tv :${text}\r\n`).join(''));
    else for (const [id, text] of lines) all.server.say('anna', '#tv', text, { tags: { id, 'user-id': '12' } });
    all.server.say('bert', '#tv', '@Anna !episode 5', { tags: { 'reply-parent-msg-id': 'a', 'reply-parent-user-id': '12' } });
    for (const number of [1, 2, 3, 4, 5]) await all.server.said(new RegExp(`[Ee]pisode ${number}\\b`));
    assert.equal(all.server.messages.length, 5);
    await finish(all);
  });

  test('whispers, the bot\'s own messages and other channels of a shared chat are ignored', async () => {
    const all = await begin({ transport });
    if (transport === 'irc') all.peer.raw('@user-id=12;message-id=1 :anna!anna@anna WHISPER episoded :!ping');
    all.server.say('episoded', '#tv', '!ping');
    all.server.say('anna', '#tv', '!ping', { tags: { 'source-room-id': '999', 'source-id': 'x' } });
    all.server.say('anna', '#tv', '!episode 3');
    await all.server.said(/[Ee]pisode 3/);
    assert.equal(all.server.messages.length, 1);
    await finish(all);
  });

  test('chat bots and AutoMod, which Twitch marks by badges, get no talk', async () => {
    const all = await begin({ transport });
    all.server.say('otherbot', '#tv', '!ping', { tags: { badges: 'subscriber/12,bot-badge/1' } });
    all.server.say('automod', '#tv', '!ping', { tags: { badges: 'twitchbot/1' } });
    all.server.say('anna', '#tv', '!episode 3', { tags: { badges: 'moderator/1,subscriber/3012' } });
    await all.server.said(/[Ee]pisode 3/);
    assert.equal(all.server.messages.length, 1);
    await finish(all);
  });

  test('a long answer: two messages of 500 code points at most, and the rest with !more', async () => {
    const words = Array.from({ length: 400 }, (_, i) => `온조${i}`).join(' ');
    const data = structuredClone(show);
    data.episodes[0].summary = words;
    const all = await begin({ transport, data });
    let said = '';
    let id = all.server.say('anna', '#tv', '!episode 1');
    for (let answers = 0; !said.endsWith('온조399') && answers < 10; answers += 1) {
      for (const isLast of [false, true]) {
        const { text, tags } = await all.server.said(/./);
        assert.equal(tags['reply-parent-msg-id'], id);
        assert.ok([...text].length <= 500 && (isLast || [...text].length > 300), text);
        const isMore = text.endsWith(' (!more)');
        assert.ok(isLast || !isMore);
        said += ` ${text.replace(/ \(!more\)$/, '')}`.replace(/ · (Number|First shown).*/, '');
        if (isLast && isMore) id = all.server.say('anna', '#tv', '!more');
        if (said.endsWith('온조399')) break;
      }
    }
    assert.ok(said.endsWith(words));
    await finish(all);
  });

  test('spoilers are not sent, because they cannot be hidden', async () => {
    const all = await begin({ transport });
    all.server.say('anna', '#tv', '!trivia 12');
    const { text } = await all.server.said(/./);
    assert.match(text, /Spoils .*, so I left it out here\.|Source/);
    assert.doesNotMatch(text, /[\x00-\x1f]/);
    await finish(all);
  });

  test('the status shows owners on other gateways where the bot may not speak', async () => {
    const port = await freePort();
    const lobby = { name: 'lobby', type: 'lobby', listen: `127.0.0.1:${port}`, owners: 'everybody' };
    const all = await begin({ transport, server: { rooms: { '#tv': { modes: { 'emote-only': '1' } } } }, others: [lobby] });
    if (transport === 'eventsub') { // the bot's role is unknown, so the first answer is tried
      all.server.say('anna', '#tv', '!ping');
      await all.bot.waitForLog(/#tv: emote-only mode/);
    }
    const anna = await IrcClient.connect(`ws://127.0.0.1:${port}/`, { nick: 'anna' });
    await anna.join('#lobby');
    anna.say('#lobby', '!status');
    await anna.expectSaid('episoded', 'anna', /twitch ready \(1 channel; silent in #tv: emote-only mode/);
    await anna.close();
    await finish(all);
  });

  test('an owner on Twitch gets only public answers', async () => {
    const all = await begin({ transport, gateway: { owners: [{ user_id: '4711' }] } });
    all.server.say('anna', '#tv', '!status', { tags: { 'user-id': '4711' } });
    assert.doesNotMatch((await all.server.said(/episoded/)).text, /Gateways/);
    await finish(all);
  });

  test('a repeated answer is varied, because Twitch would refuse it', async () => {
    const all = await begin({ transport });
    all.server.say('anna', '#tv', '!ping');
    const first = await all.server.said(/./);
    all.server.say('bert', '#tv', '!ping');
    const second = await all.server.said(/./);
    assert.equal(second.text, `${first.text} \u034f`);
    await finish(all);
  });

  test('twelve people ask at once: all are answered, one message per second', async () => {
    const all = await begin({ transport });
    for (let i = 1; i <= 12; i += 1) all.server.say(`person${i}`, '#tv', `!episode ${i}`);
    for (let i = 1; i <= 12; i += 1) await all.server.said(new RegExp(`[Ee]pisode ${i}\\b`), 30000);
    await finish(all);
  });

  test('as a moderator the bot answers at once', async () => {
    const all = await begin({ transport, server: { rooms: { '#tv': { role: 'moderator' } } } });
    const others = await begin({ transport }); // where it is no moderator
    for (const one of [others, all]) { // EventSub tells the bot's role by its first answer
      one.server.say('dora', '#tv', '!ping');
      await one.server.said(/pong/i);
    }
    for (const { server } of [others, all])
      for (let i = 1; i <= 12; i += 1) server.say(`person${i}`, '#tv', `!episode ${i}`);
    for (let i = 1; i <= 12; i += 1) await all.server.said(new RegExp(`[Ee]pisode ${i}\\b`));
    assert.ok(others.server.messages.length < 13, 'a message a second was no slower');
    await finish(all);
    await finish(others);
  });
});
