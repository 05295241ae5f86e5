// A community around a running show: import, announce, remind, watch along, as the pages in docs/use say it, on the lobby and on
// Discord.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { startHome, textOf } from '../fake-discord/home.mjs';
import { binary, root, startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';
import { WrongClock } from '../harness/wrong-clock.mjs';

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, WEEK = 7 * 24 * HOUR;
const SYNOPSIS = 'The keeper turns out to be the smuggler';
const OWNER = '175928847299117063';

// A show as TVmaze gives it: an episode a week ago, then one at airs_ms, and one a week later.
function tvmaze(airs_ms) {
  const episodes = [-1, 0, 1].map((week, i) => {
    const stamp = new Date(airs_ms + week * WEEK).toISOString();
    return {
      id: 50 + i, url: `https://www.tvmaze.com/episodes/${50 + i}/harbour-lights`, name: `The Lamp ${'ABC'[i]}`, season: 1, number: i + 1, type: 'regular',
      airdate: stamp.slice(0, 10), airtime: stamp.slice(11, 16), airstamp: stamp.replace(/\.\d+Z/, '+00:00'), runtime: 45, rating: { average: null },
      image: null, summary: `<p>${SYNOPSIS} ${i}.</p>`,
    };
  });
  return {
    id: 139, url: 'https://www.tvmaze.com/shows/139/harbour-lights', name: 'Harbour Lights', type: 'Scripted', language: 'English', genres: ['Drama'],
    status: 'Running', runtime: 45, averageRuntime: 45, premiered: episodes[0].airdate, ended: null, officialSite: null, schedule: { time: '21:00', days: ['Sunday'] },
    rating: { average: null }, weight: 1, network: { id: 1, name: 'Channel Nine', country: { name: 'United Kingdom', code: 'GB', timezone: 'Europe/London' } },
    webChannel: null, externals: { imdb: null }, image: null, summary: '<p>A lighthouse, and its log.</p>', updated: 1, _embedded: { episodes },
  };
}

// A folder of shows, empty at first, and what a person does to fill it.
class Place {
  constructor(t) {
    this.dir = mkdtempSync(join(tmpdir(), 'community-'));
    this.shows = join(this.dir, 'shows');
    mkdirSync(this.shows);
    t.after(() => rmSync(this.dir, { recursive: true, force: true }));
  }

  import(airs_ms) {
    const file = join(this.dir, 'downloaded.json');
    writeFileSync(file, JSON.stringify(tvmaze(airs_ms)));
    const { status, stdout, stderr } = spawnSync(binary(), ['import', file, '--into', this.shows], { encoding: 'utf8', timeout: 60000 });
    assert.equal(status, 0, stderr);
    assert.match(stdout + stderr, /Harbour Lights\n\s+episodes\s+1 season, 3 episodes/);
  }

  get data() {
    return [join(root, 'data'), this.shows];
  }
}

// The commands in the first column of a page's table.
function commandsOf(page) {
  const rows = readFileSync(join(root, 'docs/use', page), 'utf8').split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) => [...row.split(' | ')[0].matchAll(/`(![^`]+)`/g)].map(([, command]) => command));
}

async function startLobby(t, place) {
  const clock = new WrongClock(t);
  const bot = await startBot({
    config: {
      data: place.data, state: join(place.dir, 'state'),
      gateways: [{ name: 'lobby', type: 'lobby', owners: 'everybody', channels: ['#lobby'], listen: `127.0.0.1:${await freePort()}` }],
    },
    env: clock.env,
  });
  t.after(() => bot.end || bot.stop());
  const anna = await IrcClient.connect(`ws://127.0.0.1:${bot.port}/`, { nick: 'anna' });
  await anna.join('#lobby');
  return { bot, anna, clock };
}

describe('a community around a running show', { concurrency: 3 }, () => {
  test('on the lobby: import while the bot runs, announce, remind, watch together', async (t) => {
    const place = new Place(t);
    const { bot, anna, clock } = await startLobby(t, place);
    const ask = async (text, to, pattern) => {
      anna.say('#lobby', text);
      return (await anna.expectSaid('episoded', to, pattern)).params[1];
    };
    const airs_ms = Math.ceil((Date.now() + 3 * HOUR) / MINUTE) * MINUTE;
    const setTo = (before_ms) => clock.set(airs_ms - before_ms - Date.now());
    place.import(airs_ms);
    await bot.waitForLog(/New show: Harbour Lights \(3 episodes\)/);
    await ask('!set show harbour lights', '#lobby', /Harbour Lights/);
    await ask('!zone Berlin', 'anna', /Berlin/);
    await ask('!announce here', '#lobby', /I'll announce new episodes of Harbour Lights here/);
    await ask('!remind next 1h before get snacks', 'anna', /hour before/);
    await ask('!remind channel s01e02 10m before kettle on', 'anna', /10 minutes before/);
    await ask('!watch s01e01 in 5 minutes', '#lobby', /S1E1|season 1, episode 1|episode 1/i);
    clock.set(5 * MINUTE + SECOND);
    await anna.expectSaid('episoded', '#lobby', /starting now|Press play/i);
    await ask('!watch stop', '#lobby', /./);
    setTo(HOUR);
    await anna.expectSaid('episoded', 'anna', /get snacks/);
    setTo(10 * MINUTE);
    await anna.expectSaid('episoded', '#lobby', /kettle on/);
    setTo(0);
    await anna.expectSaid('episoded', '#lobby', /Harbour Lights – Episode 2: The Lamp B/);
    await ask('!next', '#lobby', /Episode 3/);
    assert.doesNotMatch(anna.unread().map(({ raw }) => raw).join('\n'), new RegExp(SYNOPSIS), 'the synopsis of what has just aired');
  });

  test('on Discord: the same words', async (t) => {
    const place = new Place(t);
    const home = await startHome(t, {
      gateway: { owners: [{ user_id: OWNER }] }, config: { data: place.data },
      prepare: (fake) => { fake.world.user('owner').id = OWNER; },
    });
    const { fake } = home;
    const ask = async (text, pattern) => assert.match(textOf(await home.ask(text, { author: 'owner' })), pattern, text);
    const said = (pattern) => fake.until(() => fake.answers.unasked.some(({ body }) => pattern.test(textOf({ body }))), String(pattern), 40000);
    const airs_ms = Math.ceil((Date.now() + 25 * SECOND) / SECOND) * SECOND;
    place.import(airs_ms);
    await home.bot.waitForLog(/New show: Harbour Lights \(3 episodes\)/);
    await ask('!set show harbour lights', /Harbour Lights/);
    await ask('!announce here', /I'll announce new episodes of Harbour Lights here/);
    await ask('!remind channel in 1 second kettle on', /kettle|second/);
    await said(/kettle on/);
    await ask('!watch s01e01', /./);
    await said(/The Lamp B/);
    assert.equal(fake.answers.unasked.filter(({ body }) => /The Lamp B/.test(textOf({ body }))).length, 1);
    assert.doesNotMatch(JSON.stringify(fake.answers.unasked), new RegExp(SYNOPSIS));
  });

  test('every command in the tables of the pages is understood', async (t) => {
    const place = new Place(t);
    place.import(Date.now() + 3 * HOUR);
    const show = JSON.parse(readFileSync(join(place.shows, 'harbour-lights.json'), 'utf8'));
    show.episodes.push({ season: 2, number: 3, name: 'The Finale', airdate: new Date(Date.now() + 9 * WEEK).toISOString().slice(0, 10) });
    writeFileSync(join(place.shows, 'harbour-lights.json'), JSON.stringify(show));
    const { anna } = await startLobby(t, place);
    const pages = ['announcing.md', 'reminders.md', 'watch-along.md'].flatMap(commandsOf);
    assert.ok(pages.length >= 20, pages.join(' '));
    for (const command of ['!zone Berlin', '!set show harbour lights', ...pages]) {
      anna.say('#lobby', command);
      const line = await anna.expect(({ verb, nick, params }) => verb === 'PRIVMSG' && nick === 'episoded' && /\w/.test(params[1]));
      assert.doesNotMatch(line.params[1], /I don't know|did you mean|don't understand|Usage|went wrong|no command|which (time|hour|day)/i, command);
      await anna.sync();
    }
  });
});
