// Tests of the fake Discord: edits, deletions, reactions, threads, events and files.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { call, GatewayClient } from './client.mjs';
import { startFakeDiscord } from './discord.mjs';

const BASKET = '\u{1f5d1}';
const HOUR = 3600 * 1000;

describe('what happens to messages', () => {
  let fake, client;
  before(async () => {
    fake = await startFakeDiscord({ identifyWindow_ms: 0, rest: { scale: 20 } });
    client = await GatewayClient.identified(fake, { intents: 46593 });
  });
  after(() => fake.stop());
  const path = (more = '') => `/channels/${fake.world.general.id}/messages${more}`;
  const say = async (more = {}) => (await call(fake, 'POST', path(), { body: { content: 'x', allowed_mentions: { parse: [] }, ...more } })).json;

  test('edits have a time, and previews have none', async () => {
    const id = fake.say('!one');
    fake.edit(id);
    assert.equal((await client.event('MESSAGE_UPDATE')).d.edited_timestamp, null);
    fake.edit(id, '!two', { after_ms: 1000 });
    const { d } = await client.event('MESSAGE_UPDATE');
    assert.match(d.edited_timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
    assert.equal(Date.parse(d.edited_timestamp) - Date.parse(d.timestamp), 1000);
  });

  test('deletions are told one by one or together, and only messages of the bot may be deleted by it', async () => {
    const ids = [1, 2, 3].map((n) => fake.say(`${n}`));
    assert.equal((await call(fake, 'DELETE', path(`/${ids[0]}`))).json.code, 50013);
    fake.remove(ids[0]);
    assert.equal((await client.event('MESSAGE_DELETE')).d.id, ids[0]);
    fake.remove(ids[1], ids[2]);
    assert.deepEqual((await client.event('MESSAGE_DELETE_BULK')).d.ids, [ids[1], ids[2]]);
    const { id } = await say();
    assert.equal((await call(fake, 'DELETE', path(`/${id}`))).status, 204);
    assert.equal((await call(fake, 'DELETE', path(`/${id}`))).json.code, 10008);
  });

  test('a nonce of a message that was deleted is not used again', async () => {
    const { id } = await say({ nonce: 'n1', enforce_nonce: true });
    await call(fake, 'DELETE', path(`/${id}`));
    assert.equal((await say({ nonce: 'n1', enforce_nonce: true })).code, 10008);
  });

  test('a reaction names the author of its message', async () => {
    const { id } = await say();
    fake.react(fake.message(id), BASKET);
    const { d } = await client.event('MESSAGE_REACTION_ADD');
    assert.equal(d.message_author_id, fake.app.user.id);
    assert.deepEqual(d.emoji, { id: null, name: BASKET });
  });

  test('without the intent there are no reactions', async () => {
    const other = await GatewayClient.identified(fake, { intents: 37377 });
    const { id } = await say();
    fake.react(fake.message(id), BASKET);
    fake.say('after it');
    await other.event('MESSAGE_CREATE');
    assert.equal((await other.next(({ t }) => t === 'MESSAGE_REACTION_ADD' || t === 'MESSAGE_CREATE')).t, 'MESSAGE_CREATE');
  });

  test('a message has one thread, where that is allowed', async () => {
    const { id } = await say();
    const open = () => call(fake, 'POST', path(`/${id}/threads`), { body: { name: 'spoilers', auto_archive_duration: 10080 } });
    assert.equal((await open()).status, 201);
    assert.equal((await open()).json.code, 160004);
    assert.equal((await call(fake, 'POST', path(`/${id}/threads`), { body: { name: 'x', auto_archive_duration: 5 } })).status, 400);
    fake.world.general.canThread = false;
    assert.equal((await open()).json.code, 50013);
  });

  test('an event needs an end, a place, a time to come and the permission', async () => {
    const { home } = fake.world;
    const at = (ms) => new Date(Date.now() + ms).toISOString();
    const good = { name: 'A', privacy_level: 2, entity_type: 3, channel_id: null, scheduled_start_time: at(HOUR), scheduled_end_time: at(2 * HOUR), entity_metadata: { location: 'TV' } };
    const make = (body) => call(fake, 'POST', `/guilds/${home.id}/scheduled-events`, { body });
    const { scheduled_end_time: _end, ...endless } = good;
    for (const bad of [endless, { ...good, entity_metadata: { location: '' } }, { ...good, scheduled_start_time: at(-HOUR) }, { ...good, name: 'x'.repeat(101) }])
      assert.equal((await make(bad)).json.code, 50035);
    const made = await make(good);
    assert.equal(made.status, 200);
    assert.equal((await call(fake, 'DELETE', `/guilds/${home.id}/scheduled-events/${made.json.id}`)).status, 204);
    home.canMakeEvents = false;
    assert.equal((await make(good)).json.code, 50013);
  });

  test('a file is described, and a picture is one of the files', async () => {
    const upload = (json) => {
      const body = Buffer.from(`--b\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\n${JSON.stringify(json)}\r\n--b\r\nContent-Disposition: form-data; ` +
        'name="files[0]"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--b--\r\n');
      return call(fake, 'POST', path(), { body, headers: { 'Content-Type': 'multipart/form-data; boundary=b' } });
    };
    const shown = (name) => ({ allowed_mentions: { parse: [] }, embeds: [{ image: { url: `attachment://${name}` } }] });
    const made = (await upload({ ...shown('a.png'), attachments: [{ id: 0, filename: 'a.png' }] })).json;
    assert.deepEqual(made.attachments.map(({ filename, size }) => [filename, size]), [['a.png', 3]]);
    assert.equal((await upload(shown('a.png'))).json.code, 50035);
    assert.equal((await upload({ ...shown('b.png'), attachments: [{ id: 0, filename: 'a.png' }] })).json.code, 50035);
  });
});
