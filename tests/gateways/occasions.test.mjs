// The bot speaks first: an episode airs, and its channel is told, once, at its hour, whatever happens to the process and to
// the clock.

import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';
import { WrongClock } from '../harness/wrong-clock.mjs';

const together = { concurrency: 4 };
const SECOND = 1000, HOUR = 3600 * SECOND, DAY = 24 * HOUR;
const SYNOPSIS = 'The keeper turns out to be the smuggler';
const ANNOUNCED = /Harbour Lights – /;

// A show with one episode a week from the first moment on; the first two on one day if it is so.
function dataset(first_ms, { isPair = false, count = 3 } = {}) {
  const episodes = Array.from({ length: count }, (_, i) => {
    const at = new Date(first_ms + (i - (isPair && i > 0 ? 1 : 0)) * 7 * DAY);
    return {
      season: 1 + Math.floor(i / 2), number: 1 + i % 2, name: `The Lamp ${'ABC'[i]}`, airdate: at.toISOString().slice(0, 10), airtime: at.toISOString().slice(11, 16),
      airstamp: at.toISOString().replace(/\.\d+Z/, '+00:00'), summary: `${SYNOPSIS} ${i}.`, teaser: `A light goes out ${i}.`,
    };
  });
  return { name: 'Harbour Lights', status: 'Running', where: [{ name: 'Channel Nine' }], episodes };
}

class Stage {
  static async begin(t, options = {}) {
    const stage = new Stage();
    stage.dir = mkdtempSync(join(tmpdir(), 'occasions-'));
    stage.clock = new WrongClock(t);
    stage.airs_ms = Math.ceil((Date.now() + HOUR) / SECOND) * SECOND;
    mkdirSync(join(stage.dir, 'shows'));
    stage.write(dataset(stage.airs_ms, options));
    stage.config = {
      data: join(stage.dir, 'shows'), state: join(stage.dir, 'state'),
      gateways: [{ name: 'lobby', type: 'lobby', owners: 'everybody', channels: ['#lobby', '#two'], listen: `127.0.0.1:${await freePort()}`, ...options.lobby }],
    };
    t.after(async () => {
      if (stage.bot && !stage.bot.end) await stage.bot.stop();
      rmSync(stage.dir, { recursive: true, force: true });
    });
    await stage.start();
    return stage;
  }

  write(show) {
    writeFileSync(join(this.dir, 'shows', 'harbour-lights.json'), JSON.stringify(show));
  }

  async start() {
    this.bot = await startBot({ config: this.config, env: this.clock.env });
    this.anna = await IrcClient.connect(`ws://127.0.0.1:${this.bot.port}/`, { nick: 'anna' });
    await this.anna.join('#lobby');
  }

  async kill() {
    await this.bot.killed();
  }

  async restart() {
    await this.kill();
    await this.start();
  }

  // The clock shows the moment of the first episode, and so much more.
  setTo(more_ms) {
    this.clock.set(this.airs_ms - Date.now() + more_ms);
  }

  async ask(text, pattern) {
    this.anna.say('#lobby', text);
    return (await this.anna.expectSaid('episoded', '#lobby', pattern)).params[1];
  }

  async announced(pattern = ANNOUNCED) {
    return (await this.anna.expectSaid('episoded', '#lobby', pattern)).params[1];
  }

  // A question that is answered shows that nothing was announced before.
  async assertSilent() {
    this.anna.say('#lobby', '!ping');
    const line = await this.anna.expectSaid('episoded', '#lobby', /Pong|Harbour Lights – /);
    assert.match(line.params[1], /Pong/);
  }
}

describe('what the bot says first', together, () => {
  test('at the hour of the episode, once, though the process is killed before and after', async (t) => {
    const stage = await Stage.begin(t);
    await stage.ask('!announce here', /I'll announce new episodes of Harbour Lights here, at airtime\..*Next: season 1, episode 1/);
    await stage.restart();
    stage.setTo(-2 * SECOND);
    await stage.assertSilent();
    stage.setTo(0);
    const text = await stage.announced();
    assert.match(text, /Season 1, episode 1: The Lamp A/);
    await stage.anna.expectSaid('episoded', '#lobby', /A light goes out 0/);
    await stage.kill();
    await stage.start();
    await stage.assertSilent();
    stage.setTo(7 * DAY);
    await stage.announced(/Season 1, episode 2: The Lamp B/);
    await stage.restart();
    await stage.assertSilent();
    const said = stage.anna.unread().map((line) => line.raw).join('\n');
    assert.doesNotMatch(said, new RegExp(SYNOPSIS));
  });

  test('while the bot was down: late, and marked', async (t) => {
    const stage = await Stage.begin(t);
    await stage.ask('!announce here', /I'll announce/);
    await stage.kill();
    stage.setTo(3 * HOUR);
    stage.bot = await startBot({ config: stage.config, env: stage.clock.env });
    stage.anna = await IrcClient.connect(`ws://127.0.0.1:${stage.bot.port}/`, { nick: 'anna', caps: ['batch', 'server-time', 'message-tags', 'draft/chathistory'] });
    await stage.anna.join('#lobby');
    stage.anna.send('CHATHISTORY LATEST #lobby * 50');
    await stage.anna.expect(/Late by 3 hours/);
    await stage.restart();
    await stage.assertSilent();
  });

  test('down for longer than the window: dropped, and the log says so', async (t) => {
    const stage = await Stage.begin(t);
    await stage.ask('!announce here', /I'll announce/);
    await stage.ask('!set late 2h', /New limit for late announcements/);
    stage.setTo(-2 * SECOND);
    await stage.kill();
    stage.setTo(3 * HOUR);
    await stage.start();
    await stage.assertSilent();
    assert.match(await stage.ask('!announce list', /Harbour Lights in #lobby/), /Next: season 1, episode 2/);
  });

  test('the clock is set forward by a year and back: nothing is lost, and nothing is said twice', async (t) => {
    const stage = await Stage.begin(t);
    await stage.ask('!announce here', /I'll announce/);
    stage.clock.set(365 * DAY);
    await stage.bot.waitForLog(/the clock was set/);
    await stage.assertSilent();
    stage.setTo(0);
    await stage.announced(/Season 1, episode 1/);
    stage.clock.set(-DAY);
    await stage.bot.waitForLog(/the clock was set by -(89|90)\d{3} s/);
    stage.setTo(2 * SECOND);
    await stage.bot.waitForLog(/the clock was set by (89|90)\d{3} s/);
    await stage.assertSilent();
  });

  test('two episodes of one day are one post; an episode that moves is announced on its new day', async (t) => {
    const stage = await Stage.begin(t, { isPair: true });
    await stage.ask('!announce here', /I'll announce/);
    stage.setTo(0);
    await stage.announced(/Season 1, episodes 1 and 2/);
    await stage.anna.expectSaid('episoded', '#lobby', /The Lamp B/);
    const show = dataset(stage.airs_ms, { isPair: true });
    const moved = new Date(stage.airs_ms + 9 * DAY);
    Object.assign(show.episodes[2], { airdate: moved.toISOString().slice(0, 10), airtime: moved.toISOString().slice(11, 16), airstamp: moved.toISOString().replace(/\.\d+Z/, '+00:00') });
    stage.write(show);
    stage.anna.say('#lobby', '!reload');
    await stage.anna.expectSaid('episoded', 'anna', /1 episode changed/);
    stage.setTo(7 * DAY);
    await stage.assertSilent();
    stage.setTo(9 * DAY);
    await stage.announced(/Season 2, episode 1: The Lamp C/);
  });

  test('quiet hours of the channel: at their end', async (t) => {
    const stage = await Stage.begin(t);
    await stage.ask('!announce here', /I'll announce/);
    const hour = (ms) => new Date(ms).toISOString().slice(11, 16);
    await stage.ask(`!set quiet ${hour(stage.airs_ms - HOUR / 4)}-${hour(stage.airs_ms + HOUR)}`, /New quiet hours/);
    stage.setTo(0);
    await stage.assertSilent();
    stage.setTo(2 * HOUR);
    await stage.announced();
  });

  test('off, and a channel that the configuration does not have any more', async (t) => {
    const stage = await Stage.begin(t);
    await stage.ask('!announce here daily 18:00', /daily at 18:00 \(UTC\)\. /);
    await stage.anna.expectSaid('episoded', '#lobby', /To change the time zone of this channel: !set zone Berlin/);
    await stage.ask('!set zone Berlin', /Europe\/Berlin/);
    await stage.ask('!announce list', /daily at 18:00 \(Berlin, the channel's time zone\)\./);
    await stage.ask('!announce here role @Fans thread', /at airtime\. This network can't do that, so it's left out: the ping of Fans, the thread\. /);
    await stage.ask('!announce list', /at airtime\. This network can't do that, so it's left out: the ping of Fans, the thread\. /);
    await stage.ask('!announce here', /I'll announce .* at airtime/);
    await stage.ask('!announce here', /I already announce/);
    stage.anna.send('JOIN #two');
    await stage.anna.expect((line) => line.verb === '366');
    stage.anna.say('#two', '!announce here');
    await stage.anna.expectSaid('episoded', '#two', /I'll announce/);
    stage.anna.send('PART #two');
    stage.config.gateways[0].channels = ['#lobby'];
    await stage.restart();
    await stage.anna.say('#lobby', '!announce list');
    await stage.anna.expectSaid('episoded', '#lobby', /#two.*I can't say it at the moment: there is no such channel/);
    await stage.ask('!announce off', /I won't announce new episodes here any more/);
    stage.setTo(0);
    await stage.assertSilent();
  });
});
