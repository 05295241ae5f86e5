// Tests of the fake Discord: it enforces the documented rules with the documented codes.

import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { call, GatewayClient, IDENTIFY } from './client.mjs';
import { startFakeDiscord } from './discord.mjs';

let fake;
const start = async (options = {}) => {
  fake = await startFakeDiscord({ identifyWindow_ms: 0, ...options });
};
afterEach(() => fake.stop());

describe('the gateway closes', () => {
  beforeEach(() => start());
  const good = () => ({ ...IDENTIFY, token: fake.options.token });
  const refused = [
    ['4001 on an unknown opcode', 4001, () => ({ op: 99, d: null })],
    ['4002 on what is no JSON', 4002, () => '{"op":'],
    ['4002 on a payload without op', 4002, () => ({ d: null })],
    ['4002 on a frame over 4096 bytes', 4002, () => ({ op: 1, d: null, padding: 'x'.repeat(4096) })],
    ['4002 on a heartbeat that is a string', 4002, () => ({ op: 1, d: '5' })],
    ['4002 on an IDENTIFY without properties', 4002, () => ({ op: 2, d: { token: 'x', intents: 0 } })],
    ['4003 on a presence before IDENTIFY', 4003, () => ({ op: 3, d: {} })],
    ['4004 on a wrong token', 4004, () => ({ op: 2, d: { ...IDENTIFY, token: 'wrong' } })],
    ['4010 on an invalid shard', 4010, () => ({ op: 2, d: { ...good(), shard: [2, 2] } })],
    ['4013 on an intent that does not exist', 4013, () => ({ op: 2, d: { ...good(), intents: 1 << 17 } })],
  ];
  for (const [name, code, payload] of refused)
    test(name, async () => {
      const client = await GatewayClient.hello(fake);
      client.send(payload());
      assert.equal(await client.code(), code);
    });

  test('4005 on a second IDENTIFY', async () => {
    const client = await GatewayClient.identified(fake);
    client.send({ op: 2, d: good() });
    assert.equal(await client.code(), 4005);
  });

  test('4008 on the 121st send', async () => {
    const client = await GatewayClient.identified(fake);
    for (let i = 0; i < 119; i++) client.send({ op: 1, d: null });
    for (let i = 0; i < 119; i++) await client.op(11);
    client.send({ op: 1, d: null });
    assert.equal(await client.code(), 4008);
  });

  test('4011 when more shards are required', async () => {
    fake.app.shardsRequired = 2;
    const client = await GatewayClient.hello(fake);
    client.send({ op: 2, d: good() });
    assert.equal(await client.code(), 4011);
  });

  test('4012 on another version', async () => {
    assert.equal(await new GatewayClient(fake, { query: 'v=9&encoding=json' }).code(), 4012);
  });

  test('4014 on a disallowed intent', async () => {
    fake.app.flags = 0;
    const client = await GatewayClient.hello(fake);
    client.send({ op: 2, d: good() });
    assert.equal(await client.code(), 4014);
  });

  test('4004 and resets the token when the IDENTIFYs of the day are used up', async () => {
    fake.app.starts.remaining = 0;
    const client = await GatewayClient.hello(fake);
    client.send({ op: 2, d: good() });
    assert.equal(await client.code(), 4004);
    assert.notEqual(fake.app.token, fake.options.token);
  });
});

describe('sessions', () => {
  test('a client without heartbeats is closed', async () => {
    await start({ heartbeatInterval_ms: 200 });
    const client = await GatewayClient.identified(fake);
    assert.equal(await client.code(), 4009);
  });

  test('op 9 false for an IDENTIFY too early in its bucket', async () => {
    await start({ identifyWindow_ms: 5000, maxConcurrency: 2 });
    await GatewayClient.identified(fake, { shard: [0, 4] });
    await GatewayClient.identified(fake, { shard: [1, 4] });
    const third = await GatewayClient.hello(fake);
    third.send({ op: 2, d: { ...IDENTIFY, token: fake.options.token, shard: [2, 4] } });
    assert.equal((await third.op(9)).d, false);
  });

  test('a resume replays missed events in order, then RESUMED', async () => {
    await start();
    const client = await GatewayClient.identified(fake);
    fake.say('one');
    const first = await client.event('MESSAGE_CREATE');
    await client.close(4000);
    fake.say('two');
    fake.say('three');
    const again = await GatewayClient.resumed(fake, { session_id: client.ready.session_id, seq: first.s });
    const seen = [];
    while (seen.at(-1) !== 'RESUMED') {
      const { t, d } = await again.op(0);
      seen.push(d.content ?? t);
    }
    assert.deepEqual(seen, ['two', 'three', 'RESUMED']);
  });

  test('4007 for a sequence number in the future', async () => {
    await start();
    const client = await GatewayClient.identified(fake);
    await client.close(4000);
    const again = await GatewayClient.resumed(fake, { session_id: client.ready.session_id, seq: 99 });
    assert.equal(await again.code(), 4007);
  });

  test('a close with 1000 ends the session', async () => {
    await start();
    const client = await GatewayClient.identified(fake);
    await client.close(1000);
    const again = await GatewayClient.resumed(fake, { session_id: client.ready.session_id, seq: 1 });
    assert.equal((await again.op(9)).d, false);
  });

  test('a second RESUME of a live session ends the first connection, and gets what was missed', async () => {
    await start();
    const first = await GatewayClient.identified(fake);
    const { session_id } = first.ready;
    const from = fake.events.length;
    fake.say('missed by the second');
    await first.event('MESSAGE_CREATE');
    const second = await GatewayClient.resumed(fake, { session_id, seq: 1 });
    await second.event('MESSAGE_CREATE');
    await second.event('RESUMED');
    await first.code();
    assert.equal(fake.count('replaced', from), 1);
    assert.equal(fake.count('close', from), 1);
    fake.say('for the second alone');
    await second.event('MESSAGE_CREATE');
    assert.equal(fake.gateway.live().length, 1);
  });

  test('sets of shards of different numbers run side by side, and share the buckets', async () => {
    await start({ guilds: 8, maxConcurrency: 2, identifyWindow_ms: 5000 });
    const old = await GatewayClient.identified(fake, { shard: [0, 1] });
    const next = await GatewayClient.identified(fake, { shard: [1, 2] });
    const guild = [...fake.world.guilds.values()].find(({ id }) => (BigInt(id) >> 22n) % 2n === 1n);
    fake.say('heard by both', { channel: guild.channels[0] });
    const [one, other] = await Promise.all([old.event('MESSAGE_CREATE'), next.event('MESSAGE_CREATE')]);
    assert.equal(one.d.id, other.d.id);
    const third = await GatewayClient.hello(fake);
    third.send({ op: 2, d: { ...IDENTIFY, token: fake.options.token, shard: [1, 4] } });
    assert.equal((await third.op(9)).d, false);
    assert.match(fake.complaints.pop(), /bucket 1 identified again/);
    assert.equal(fake.world.app.starts.remaining, 997);
  });

  test('zlib-stream is one stream, and fragments are joined', async () => {
    await start();
    fake.gateway.orders.fragment_bytes = 7;
    const client = await GatewayClient.identified(fake, {}, { query: 'v=10&encoding=json&compress=zlib-stream' });
    for (const text of ['one', 'two']) {
      fake.say(text);
      assert.equal((await client.event('MESSAGE_CREATE')).d.content, text);
    }
  });

  test('zstd-stream begins a frame once', async () => {
    await start();
    const client = new GatewayClient(fake, { query: 'v=10&encoding=json&compress=zstd-stream' });
    const messages = [];
    client.socket.removeAllListeners('message');
    const two = new Promise((resolve) => client.socket.on('message', (data) => messages.push(data) === 2 && resolve()));
    client.socket.on('open', () => client.send({ op: 1, d: null }));
    await two;
    assert.deepEqual(messages.map((each) => each.readUInt32LE(0) === 0xfd2fb528), [true, false]);
  });

  test('content is sent with the intent, in a mention, or in private', async () => {
    await start();
    const client = await GatewayClient.identified(fake, { intents: 512 + 4096 });
    const contents = [];
    fake.say('chatter');
    fake.say(`<@${fake.app.user.id}> hello`);
    fake.say('private', { channel: fake.world.direct });
    for (let i = 0; i < 3; i++) contents.push((await client.event('MESSAGE_CREATE')).d.content);
    assert.deepEqual(contents, ['', `<@${fake.app.user.id}> hello`, 'private']);
  });
});

describe('REST', () => {
  beforeEach(() => start());
  const messages = () => `/channels/${fake.world.general.id}/messages`;
  const post = (body, more) => call(fake, 'POST', messages(), { body: { allowed_mentions: { parse: [] }, ...body }, ...more });

  test('a User-Agent of another shape is blocked', async () => {
    const answer = await call(fake, 'GET', '/gateway/bot', { headers: { 'User-Agent': 'curl/8' } });
    assert.deepEqual([answer.status, answer.json.code], [403, 40333]);
  });

  test('401 for a wrong token', async () => {
    assert.equal((await call(fake, 'GET', '/gateway/bot', { token: 'wrong' })).status, 401);
  });

  const bodies = [
    ['without allowed_mentions', { content: 'x', allowed_mentions: undefined }, 50035],
    ['with content over 2000 UTF-16 units', { content: '\u{1F600}'.repeat(1001) }, 50035],
    ['with an unknown field', { content: 'x', contents: 'y' }, 50035],
    ['with a nonce over 25', { content: 'x', nonce: 'e'.repeat(26) }, 50035],
    ['with an embed title over 256', { embeds: [{ title: 'x'.repeat(257) }] }, 50035],
    ['with embeds over 6000 in all', { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] }, 50035],
    ['with an empty field value', { embeds: [{ fields: [{ name: 'a', value: '' }] }] }, 50035],
    ['with the ephemeral flag', { content: 'x', flags: 64 }, 50035],
    ['with six buttons in a row', { content: 'x', components: [{ type: 1, components: Array.from({ length: 6 }, (_, i) => ({ type: 2, style: 1, label: 'x', custom_id: `${i}` })) }] }, 50035],
    ['with a custom_id twice', { content: 'x', components: [{ type: 1, components: [1, 2].map(() => ({ type: 2, style: 1, label: 'x', custom_id: 'a' })) }] }, 50035],
    ['with content beside components of version 2', { content: 'x', flags: 32768, components: [{ type: 10, content: 'y' }] }, 50035],
    ['with nothing in it', { content: ' ' }, 50006],
  ];
  for (const [name, body, code] of bodies)
    test(`400 for a message ${name}`, async () => {
      const answer = await post(body);
      assert.deepEqual([answer.status, answer.json.code], [400, code], answer.body);
    });

  test('400 for an edit of a message to components of version 2 that keeps its content, or of such a message to content', async () => {
    const edit = async (id, body) => (await call(fake, 'PATCH', `${messages()}/${id}`, { body: { allowed_mentions: { parse: [] }, ...body } })).json;
    const v2 = { flags: 32768, components: [{ type: 10, content: 'y' }] };
    const { id } = (await post({ content: 'x' })).json;
    assert.equal((await edit(id, v2)).code, 50035);
    assert.equal((await edit(id, { ...v2, content: null })).code, undefined);
    assert.equal((await edit(id, { content: 'x' })).code, 50035);
  });

  test('400 for a body that is not UTF-8', async () => {
    const answer = await call(fake, 'POST', messages(), { body: Buffer.from('{"content":"\xff"}', 'latin1') });
    assert.equal(answer.json.code, 50109);
  });

  test('an enforced nonce returns the earlier message', async () => {
    const [first, second] = [await post({ content: 'x', nonce: 'n', enforce_nonce: true }), await post({ content: 'x', nonce: 'n', enforce_nonce: true })];
    const third = await post({ content: 'x', nonce: 'n' });
    assert.equal(second.json.id, first.json.id);
    assert.notEqual(third.json.id, first.json.id);
    assert.equal(fake.answers.repeated, 1);
  });

  test('who says something is kept, also if a limit refuses it', async () => {
    for (let i = 0; i < 6; i++) await post({ content: 'x' });
    assert.equal(fake.spoken.length, 6);
    assert.equal(fake.spoken[5].entry.status, 429);
    assert.equal(fake.spoken[5].guildId, fake.world.home.id);
  });

  test('429 with scope user when a bucket is empty', async () => {
    for (let i = 5; i-- > 0; ) assert.equal((await post({ content: 'x' })).headers['x-ratelimit-remaining'], String(i));
    const answer = await post({ content: 'x' });
    assert.equal(answer.status, 429);
    assert.equal(answer.headers['x-ratelimit-scope'], 'user');
    assert.ok(answer.json.retry_after > 0 && answer.json.retry_after <= 5);
    assert.equal((await call(fake, 'POST', `/channels/${fake.world.home.channels[1].id}/messages`, { body: { content: 'x', allowed_mentions: {} } })).status, 200);
  });

  test('429 with scope global after 50 in a window, interactions aside', async () => {
    assert.deepEqual([fake.rest.limits.global.limit, fake.rest.limits.global.window_ms], [50, 1000]);
    fake.rest.limits.global.window_ms = 60000; // 51 requests can take longer than a second
    const all = await Promise.all(Array.from({ length: 51 }, () => call(fake, 'GET', '/applications/@me')));
    const refused = all.filter(({ status }) => status === 429);
    assert.deepEqual(refused.map(({ headers, json }) => [headers['x-ratelimit-scope'], json.global]), [['global', true]]);
    assert.equal((await call(fake, 'POST', '/interactions/1/x/callback', { body: { type: 1 } })).json.code, 10062);
  });

  test('a hidden limit refuses although some requests remain', async () => {
    fake.rest.limits.hide('POST /channels/{}/messages', 1, 1000);
    await post({ content: 'x' });
    const answer = await post({ content: 'x' });
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers['x-ratelimit-remaining']) > 0);
  });

  test('too many invalid requests are blocked', async () => {
    fake.rest.limits.invalid.limit = 3;
    for (let i = 0; i < 4; i++) await call(fake, 'GET', '/gateway/bot', { token: 'wrong' });
    const answer = await call(fake, 'GET', '/gateway/bot');
    assert.equal(answer.status, 429);
    assert.equal(answer.headers.via, undefined);
    assert.match(answer.body, /^<html>/);
  });

  test('faults can be requested', async () => {
    fake.faults.order({ how: 'status', status: 502, times: 1 });
    fake.faults.order({ how: 'cut', times: 1 });
    fake.faults.order({ how: 'lost', times: 1 });
    fake.faults.order({ how: 'truncate', times: 1 });
    fake.faults.order({ how: 'slow', times: 1 });
    assert.equal((await post({ content: 'a' })).status, 502);
    await assert.rejects(post({ content: 'b' }));
    await assert.rejects(post({ content: 'c' }));
    await assert.rejects(post({ content: 'd' }));
    assert.equal((await post({ content: 'e' })).json.content, 'e');
    assert.deepEqual(fake.world.general.messages.map(({ content }) => content), ['c', 'd', 'e']);
  });

  test('HTTP/2 is offered', async () => {
    const session = connect(`https://127.0.0.1:${fake.port}`, { ca: readFileSync(fake.caFile) });
    const stream = session.request({ ':path': '/api/v10/gateway', 'user-agent': 'DiscordBot (https://example.org, 1)' });
    const status = await new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])));
    session.destroy();
    assert.equal(status, 200);
  });

  const COMMAND = { name: 'episode', description: 'Look it up' };
  const wrong = [
    ['a name in capitals', { ...COMMAND, name: 'Episode' }],
    ['no description', { name: 'episode' }],
    ['a required option last', { ...COMMAND, options: [{ type: 3, name: 'a', description: 'a' }, { type: 3, name: 'b', description: 'b', required: true }] }],
    ['26 choices', { ...COMMAND, options: [{ type: 3, name: 'a', description: 'a', choices: Array.from({ length: 26 }, (_, i) => ({ name: `${i}`, value: `${i}` })) }] }],
    ['a locale that does not exist', { ...COMMAND, name_localizations: { xx: 'folge' } }],
    ['a description of 101', { ...COMMAND, description: 'x'.repeat(101) }],
  ];
  for (const [name, body] of wrong)
    test(`400 for a command with ${name}`, async () => {
      assert.equal((await call(fake, 'PUT', `/applications/${fake.app.id}/commands`, { body: [body] })).status, 400);
    });
});

describe('interactions', () => {
  const callback = (interaction, body) => call(fake, 'POST', `/interactions/${interaction.id}/${interaction.token}/callback`, { body, token: null });
  const answer = (content) => ({ type: 4, data: { content, allowed_mentions: { parse: [] } } });
  let client;
  let next;

  beforeEach(async () => {
    await start();
    client = await GatewayClient.identified(fake);
    await call(fake, 'PUT', `/applications/${fake.app.id}/commands`, {
      body: [{ name: 'episode', description: 'd', options: [{ type: 3, name: 'episode', description: 'd', autocomplete: true }] }],
    });
    next = async () => (await client.event('INTERACTION_CREATE')).d;
  });

  test('are answered once', async () => {
    const id = fake.slash('episode', { episode: '5' });
    const interaction = await next();
    assert.equal((await callback(interaction, answer('one'))).status, 204);
    assert.equal((await callback(interaction, answer('two'))).json.code, 40060);
    assert.deepEqual(fake.answers.tally([id]), { asked: 1, unanswered: 0, once: 1, doubled: 0 });
  });

  test('expire after three seconds, with their webhook', async () => {
    fake.slash('episode', { episode: '5' });
    const interaction = await next();
    fake.interactions.get(interaction.id).created_ms -= 3001;
    assert.equal((await callback(interaction, answer('late'))).json.code, 10062);
    const followUp = await call(fake, 'POST', `/webhooks/${fake.app.id}/${interaction.token}`, { body: answer('late').data, token: null });
    assert.equal(followUp.json.code, 10015);
  });

  test('can be deferred and filled later', async () => {
    const id = fake.slash('episode', { episode: '5' });
    const interaction = await next();
    await callback(interaction, { type: 5 });
    assert.equal(fake.answers.of(id).length, 0);
    const path = `/webhooks/${fake.app.id}/${interaction.token}/messages/@original`;
    await call(fake, 'PATCH', path, { body: answer('filled').data, token: null });
    assert.equal(fake.answers.of(id)[0].via, 'edit');
  });

  test('of autocomplete accept only choices', async () => {
    fake.autocomplete('episode', { episode: 'dro' });
    const interaction = await next();
    assert.equal((await callback(interaction, answer('x'))).status, 400);
    assert.equal((await callback(interaction, { type: 8, data: { choices: [{ name: 'Drone', value: '5' }] } })).status, 204);
    assert.deepEqual(fake.interactions.get(interaction.id).choices, [{ name: 'Drone', value: '5' }]);
  });

  test('of buttons need the button', async () => {
    const made = await call(fake, 'POST', `/channels/${fake.world.general.id}/messages`, {
      body: { content: 'x', allowed_mentions: { parse: [] }, components: [{ type: 1, components: [{ type: 2, style: 1, label: 'next', custom_id: 'c:next' }] }] },
    });
    assert.throws(() => fake.press(made.json, 'c:other'), /no button/);
    const id = fake.press(made.json, 'c:next');
    assert.equal((await callback(await next(), { type: 7, data: answer('new').data })).status, 204);
    assert.equal(fake.answers.of(id)[0].via, 'update');
  });
});
