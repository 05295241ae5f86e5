// The bot speaks first on Discord: with a role, a thread, a scheduled event, once, and it corrects itself.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { POST, startHome, textOf } from '../fake-discord/home.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const together = { concurrency: 4 };
const SECOND = 1000, HOUR = 3600 * SECOND;
const SOON_MS = 6 * SECOND;
const OWNER = '175928847299117063';
const THREAD = 'POST /channels/{}/messages/{}/threads';
const SYNOPSIS = 'The keeper turns out to be the smuggler';

function dataset(airs_ms) {
  const at = new Date(airs_ms);
  return {
    name: 'Harbour Lights', status: 'Running', where: [{ name: 'Channel Nine' }],
    episodes: [{
      season: 1, number: 1, name: 'The Lamp', airdate: at.toISOString().slice(0, 10), airtime: at.toISOString().slice(11, 16),
      airstamp: at.toISOString().replace(/\.\d+Z/, '+00:00'), summary: `${SYNOPSIS}.`, teaser: 'A light goes out.',
    }],
  };
}

class Stage {
  static async begin(t, { airs_ms = Date.now() + 24 * HOUR, role } = {}) {
    const stage = new Stage();
    stage.dir = mkdtempSync(join(tmpdir(), 'discord-occasions-'));
    mkdirSync(join(stage.dir, 'shows'));
    t.after(() => rmSync(stage.dir, { recursive: true, force: true }));
    stage.write(airs_ms);
    stage.home = await startHome(t, {
      gateway: { owners: [{ user_id: OWNER }] }, config: { data: join(stage.dir, 'shows') },
      prepare: (fake) => {
        fake.world.user('owner').id = OWNER;
        if (role) fake.world.addRole(role, false);
      },
    });
    stage.fake = stage.home.fake;
    return stage;
  }

  write(airs_ms) {
    const file = join(this.dir, 'shows', 'harbour-lights.json');
    writeFileSync(`${file}.new`, JSON.stringify(dataset(airs_ms)));
    renameSync(`${file}.new`, file);
  }

  announce(how) {
    return this.home.ask(`!announce here ${how}`, { author: 'owner' });
  }

  // The show, which airs in a day, airs soon: after everything that is to be there by then.
  async airSoon() {
    const from = this.home.bot.mark();
    this.write(Math.ceil((Date.now() + SOON_MS) / SECOND) * SECOND);
    await this.home.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS, from);
  }

  // What the bot has said in the channel without being asked.
  get said() {
    return this.fake.answers.unasked.map(({ body }) => textOf({ body })).filter((text) => /Harbour Lights/.test(text));
  }

  until(count = 1) {
    return this.fake.until(() => this.said.length >= count, 'an announcement', 30000);
  }

  async assertOnce() {
    await this.home.ask('!ping', { author: 'last' });
    assert.equal(this.said.length, 1);
  }
}

describe('an announcement', together, () => {
  test('pings the role alone, opens the thread for a week, and tells no synopsis', async (t) => {
    const stage = await Stage.begin(t, { role: 'Fans' });
    const { fake } = stage;
    fake.world.general.canMention = true;
    await stage.announce('role Fans thread');
    await stage.airSoon();
    await stage.until();
    const { body } = fake.answers.unasked[0];
    const [{ id }] = fake.world.home.roles;
    assert.deepEqual(body.allowed_mentions, { parse: [], roles: [id] });
    assert.equal(body.content, `<@&${id}>`);
    assert.match(stage.said[0], /A light goes out/);
    assert.doesNotMatch(JSON.stringify(body), new RegExp(SYNOPSIS));
    assert.deepEqual((await fake.event('ping')).roles, ['Fans']);
    const thread = await fake.event('thread');
    assert.equal(thread.minutes, 10080);
    assert.match(thread.name, /spoilers inside/);
    await stage.assertOnce();
  });

  test('without the permissions is said all the same, and the owner is told the fix', async (t) => {
    const stage = await Stage.begin(t, { role: 'Fans' });
    const { fake, home } = stage;
    await stage.announce('role Fans thread');
    Object.assign(fake.world.general, { canThread: false, canEmbed: false });
    await stage.airSoon();
    await stage.until();
    await home.bot.waitForLog(/can't ping the role, unless it is mentionable: give me Mention @everyone, @here, and All Roles in #general/);
    await home.bot.waitForLog(/can't open the thread: give me Create Public Threads in #general/);
    assert.equal(fake.count('ping') + fake.count('thread'), 0);
    assert.equal(fake.answers.unasked[0].body.embeds, undefined);
    assert.equal(fake.rest.requests.filter(({ route }) => route === THREAD).length, 0);
    assert.ok(fake.rest.requests.every(({ status }) => status !== 403));
  });

  for (const [name, how, route] of [['before it is sent', 'hang', POST], ['sent and not confirmed', 'lost', POST], ['with the thread not opened', 'hang', THREAD],
    ['with the thread opened and not confirmed', 'lost', THREAD]])
    test(`with a SIGKILL ${name} is said once, with its thread`, async (t) => {
      const stage = await Stage.begin(t);
      const { fake, home } = stage;
      await stage.announce('thread');
      const order = fake.faults.order({ how, route });
      await stage.airSoon();
      await fake.until(() => fake.faults.happened, 'the request', 30000);
      await home.kill();
      order.times = 0;
      await home.start();
      await stage.until();
      await fake.event('thread');
      await stage.assertOnce();
      assert.equal(fake.count('thread'), 1);
    });
});

describe('a scheduled event', together, () => {
  test('is made ahead, moved with the airing, and made once over a SIGKILL', async (t) => {
    const airs_ms = Math.ceil((Date.now() + HOUR) / SECOND) * SECOND;
    const stage = await Stage.begin(t, { airs_ms });
    const { fake, home } = stage;
    const order = fake.faults.order({ how: 'lost', route: 'POST /guilds/{}/scheduled-events', times: 1 });
    await stage.announce('event');
    await fake.until(() => fake.faults.happened, 'the event', 30000);
    await home.kill();
    order.times = 0;
    await home.start();
    await home.ask('!ping', { author: 'next' });
    const [event] = fake.world.home.events;
    assert.equal(Date.parse(event.scheduled_start_time), airs_ms);
    assert.match(event.name, /Harbour Lights/);
    assert.equal(event.entity_metadata.location, 'Channel Nine');
    stage.write(airs_ms + HOUR);
    home.bot.kill('SIGHUP');
    await fake.event('rescheduled', { ms: 30000 });
    assert.equal(fake.world.home.events.length, 1);
    assert.equal(Date.parse(fake.world.home.events[0].scheduled_start_time), airs_ms + HOUR);
  });

  for (const [name, how] of [['', undefined], [', also over a SIGKILL before it is deleted', 'hang'], [', also over a SIGKILL before the confirmation', 'lost']])
    test(`is deleted when the announcement is turned off${name}`, async (t) => {
      const stage = await Stage.begin(t, { airs_ms: Date.now() + HOUR });
      const { fake, home } = stage;
      await stage.announce('event');
      await fake.event('scheduled');
      await home.ask('!ping', { author: 'next' });
      const order = how && fake.faults.order({ how, route: 'DELETE /guilds/{}/scheduled-events/{}' });
      await home.ask('!announce off', { author: 'owner' });
      if (how) {
        await fake.until(() => fake.faults.happened, 'the deletion');
        await home.kill();
        order.times = 0;
        await home.start();
      }
      await fake.event('unscheduled');
      await home.ask('!ping', { author: 'last' });
      assert.deepEqual(fake.world.home.events, []);
      assert.equal(fake.answers.unasked.length, 0);
    });

  test('that may not be deleted when the announcement is turned off: the channel is told, once', async (t) => {
    const stage = await Stage.begin(t, { airs_ms: Date.now() + HOUR });
    const { fake, home } = stage;
    await stage.announce('event');
    await fake.event('scheduled');
    fake.world.home.canMakeEvents = false;
    await home.ask('!announce off', { author: 'owner' });
    await fake.until(() => fake.answers.unasked.length, 'what is said');
    await home.bot.waitForLog(/can't delete the scheduled event: give me Create Events in #general/);
    assert.match(textOf(fake.answers.unasked[0]), /delete it by hand/);
    await home.ask('!ping', { author: 'last' });
    assert.equal(fake.answers.unasked.length, 1);
    assert.ok(fake.rest.requests.every(({ status }) => status !== 403));
  });

  test('without the permission: the owner is told the fix, and nothing is refused', async (t) => {
    const stage = await Stage.begin(t, { airs_ms: Date.now() + HOUR });
    const { fake, home } = stage;
    fake.world.home.canMakeEvents = false;
    await stage.announce('event');
    await home.bot.waitForLog(/can't make the scheduled event: give me Create Events in #general/);
    await home.bot.waitForLog(/open the invite link again with it: \S+permissions=17867064036352&/);
    assert.ok(fake.rest.requests.every(({ status }) => status !== 403));
  });
});
