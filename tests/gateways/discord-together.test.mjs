// Watching together and reminders on Discord: said at their time, in the right place, once, over kills at each step.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { customIds } from '../fake-discord/component-form.mjs';
import { POST, startHome, textOf } from '../fake-discord/home.mjs';
import { WrongClock } from '../harness/wrong-clock.mjs';

const together = { concurrency: 3 };
const SECOND = 1000, MINUTE = 60 * SECOND;
const RUNTIME = 50 * MINUTE;
const OWNER = '175928847299117063';
const EDIT = 'PATCH /channels/{}/messages/{}';

const KILLS = [['before the time'], ['before Discord has it', 'hang'], ['before the confirmation', 'lost']];

const dataset = {
  name: 'Harbour Lights', timezone: 'Etc/UTC',
  episodes: ['The Lamp', 'The Storm', 'Low Tide', 'The Cave', 'The Signal'].map((name, i) => ({
    season: 1, number: i + 1, name, airdate: `2024-02-0${i + 1}`, airtime: '21:00', runtime: RUNTIME / MINUTE,
  })),
};

// A bot whose clock, and Discord's with it, goes only forward to where the test sets it.
class Stage {
  static async begin(t) {
    const stage = new Stage();
    stage.dir = mkdtempSync(join(tmpdir(), 'discord-together-'));
    mkdirSync(join(stage.dir, 'shows'));
    t.after(() => rmSync(stage.dir, { recursive: true, force: true }));
    writeFileSync(join(stage.dir, 'shows', 'harbour-lights.json'), JSON.stringify(dataset));
    stage.clock = new WrongClock(t);
    stage.home = await startHome(t, {
      env: { ...stage.clock.env }, gateway: { owners: [{ user_id: OWNER }] }, config: { data: join(stage.dir, 'shows') },
      prepare: (fake) => { fake.world.user('owner').id = OWNER; },
    });
    stage.fake = stage.home.fake;
    return stage;
  }

  get now_ms() {
    return this.fake.world.wall_ms();
  }

  ask(text, author = 'owner') {
    return this.home.ask(text, { author });
  }

  // Discord's clock goes first: by it, an occasion of a clock that is ahead is not due.
  async hear(to_ms) {
    this.fake.world.ahead_ms = to_ms - Date.now();
    await this.ask('!ping', 'clock');
  }

  // What is due becomes due.
  follow() {
    this.clock.set(this.fake.world.ahead_ms);
  }

  async advance(to_ms) {
    await this.hear(to_ms);
    this.follow();
  }

  // What the bot has said without being asked.
  said(pattern) {
    return this.fake.answers.unasked.filter(({ message, body }) => pattern.test(textOf({ body })) || pattern.test(textOf({ body: message })));
  }

  until(pattern) {
    return this.fake.until(() => this.said(pattern)[0], `${pattern}`, 30000);
  }

  edited(pattern) {
    return this.fake.event('edit', { where: ({ body }) => pattern.test(textOf({ body })), ms: 30000 });
  }

  async press(message, label, author = 'owner') {
    const button = message.components.flatMap(({ components }) => components).find((each) => each.label === label);
    assert.ok(button, `a button "${label}" among ${customIds(message.components)}`);
    const id = this.fake.press(message, button.custom_id, { author });
    await this.fake.answered(id);
    return this.fake.interactions.get(id).original;
  }

  // Begin a watch-along at a full minute in about half an hour.
  async watch() {
    this.start_ms = Math.ceil((this.now_ms + 30 * MINUTE) / MINUTE) * MINUTE;
    const at = new Date(this.start_ms).toISOString().slice(11, 16);
    const { body } = await this.ask(`!watch s01e05 at ${at} UTC`);
    assert.match(textOf({ body }), new RegExp(`Watch-along of Harbour Lights, episode 5: it starts .*${at}`));
  }

  // Kill the bot when it has met the fault at this time, or before the time if how is undefined; then start it again.
  async killAt(to_ms, how, route) {
    if (how) {
      await this.hear(to_ms);
      const order = this.fake.faults.order({ how, route });
      this.follow();
      await this.fake.until(() => this.fake.faults.happened, 'the request', 30000);
      await this.home.kill();
      order.times = 0;
    } else {
      await this.home.kill();
      this.fake.world.ahead_ms = to_ms - Date.now();
      this.follow();
    }
    await this.home.start();
  }

  async assertOnce(pattern) {
    await this.ask('!ping', 'last');
    assert.equal(this.said(pattern).length, 1);
  }
}

describe('watching together', together, () => {
  test('from the first post over the countdown, the start, a pause by button and its end to the progress of the channel', async (t) => {
    const stage = await Stage.begin(t);
    const { fake } = stage;
    await stage.ask('!set seen nothing');
    await stage.watch();
    await stage.advance(stage.start_ms - 9.5 * MINUTE);
    const { message } = await stage.until(/starts in (9|10) minutes/);
    for (const [left, pattern] of [[4.9, /starts in 5 minutes/], [1.9, /starts in 2 minutes/], [0.9, /starts in 1 minute,/], [-0.1, /Starting now: .*episode 5\. Press play/]]) {
      await stage.advance(stage.start_ms - left * MINUTE);
      assert.equal((await stage.edited(pattern)).message.id, message.id);
    }
    await stage.advance(stage.start_ms + 10 * MINUTE);
    const paused = await stage.press(message, 'Pause');
    assert.match(textOf({ body: paused }), /Paused for all, 10 minutes in/);
    await stage.advance(stage.start_ms + 30 * MINUTE);
    const running = await stage.press(paused, 'Resume');
    assert.match(textOf({ body: running }), /Going on for all, 10 minutes in/);
    await stage.advance(stage.start_ms + RUNTIME + 19 * MINUTE);
    await stage.ask('!ping');
    assert.equal(stage.said(/That was the end/).length, 0, 'the pause moves the end');
    await stage.advance(stage.start_ms + RUNTIME + 21 * MINUTE);
    const end = await stage.until(/That was the end of Harbour Lights, episode 5/);
    const done = await stage.press(end.message, "Everybody's done");
    assert.match(textOf({ body: done }), /This channel has now seen it/);
    assert.match(textOf(await stage.ask('!progress')), /This channel\nHarbour Lights: S01E05/i);
    assert.equal(fake.answers.unasked.length, 2, 'the countdown and the end are one post each');
  });

  for (const [name, how] of KILLS) {
    test(`a SIGKILL ${name} of the first post: it is said once`, async (t) => {
      const stage = await Stage.begin(t);
      await stage.watch();
      await stage.killAt(stage.start_ms - 9.5 * MINUTE, how, POST);
      await stage.until(/starts in (9|10) minutes/);
      await stage.assertOnce(/starts in/);
    });

    test(`a SIGKILL ${name} of the start: the countdown shows it, and there is one post`, async (t) => {
      const stage = await Stage.begin(t);
      await stage.watch();
      await stage.advance(stage.start_ms - 9.5 * MINUTE);
      const { message } = await stage.until(/starts in (9|10) minutes/);
      await stage.ask('!ping'); // Discord's response has arrived
      await stage.killAt(stage.start_ms + 5 * SECOND, how, EDIT);
      await stage.fake.until(() => /Starting now/.test(textOf({ body: message })), 'the start');
      await stage.assertOnce(/Starting now|starts in/);
    });
  }
});

describe('a reminder', together, () => {
  for (const [name, how] of KILLS) {
    test(`to the channel, with a SIGKILL ${name}: it is said once`, async (t) => {
      const stage = await Stage.begin(t);
      await stage.ask('!remind channel in 1 hour feed the cat', 'ada');
      await stage.killAt(stage.now_ms + 61 * MINUTE, how, POST);
      await stage.until(/Reminder from .*: feed the cat/);
      await stage.assertOnce(/feed the cat/);
    });

    test(`in private, with a SIGKILL ${name}: it is said once, to the person alone`, async (t) => {
      const stage = await Stage.begin(t);
      await stage.ask('!remind me in 1 hour the secret', 'ada');
      await stage.killAt(stage.now_ms + 61 * MINUTE, how, POST);
      const { channelId } = await stage.until(/Reminder: the secret/);
      assert.equal(channelId, stage.fake.world.direct.id);
      await stage.assertOnce(/the secret/);
    });
  }

  test('in private opens the channel of the person once, also over a restart', async (t) => {
    const stage = await Stage.begin(t);
    const { fake } = stage;
    for (const hours of [1, 2, 3]) await stage.ask(`!remind me in ${hours} hours number ${hours}`, 'ada');
    const begin_ms = stage.now_ms;
    await stage.advance(begin_ms + 61 * MINUTE);
    await stage.until(/number 1/);
    await stage.advance(begin_ms + 121 * MINUTE);
    await stage.until(/number 2/);
    await stage.home.stop();
    await stage.home.start();
    await stage.advance(begin_ms + 181 * MINUTE);
    await stage.until(/number 3/);
    assert.deepEqual(fake.events.filter(({ type }) => type === 'direct').map(({ to }) => to), [fake.world.user('ada').id]);
  });

  for (const [name, how] of KILLS.slice(1))
    test(`to a person whose direct messages are closed is told where it was asked, without its text; a SIGKILL ${name} of that`, async (t) => {
      const stage = await Stage.begin(t);
      const { fake } = stage;
      await stage.ask('!remind me in 1 hour the secret', 'ada');
      fake.world.direct.isClosed = true;
      await stage.killAt(stage.now_ms + 61 * MINUTE, how, POST);
      const { body, channelId } = await stage.until(/direct messages/);
      const { id } = fake.world.user('ada');
      assert.equal(channelId, fake.world.general.id);
      assert.match(body.content, new RegExp(`<@${id}>`));
      assert.deepEqual(body.allowed_mentions, { parse: [], users: [id] });
      await stage.assertOnce(/direct messages/);
      assert.equal(stage.said(/the secret/).length, 0);
    });
});
