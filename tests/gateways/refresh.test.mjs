// A show with "refresh": "daily" while the bot runs, and over several days, against a fake TVmaze and a fake TMDB. A day is a
// restart with a clock that is set to the moment for which the bot has written down its next request.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { startFakeShows } from '../fake-shows/shows.mjs';
import { startBot } from '../harness/bot.mjs';
import { makeAuthority, makeValidFrom } from '../harness/certificates.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { lobbyGateway } from '../harness/lobby.mjs';
import { within } from '../harness/process.mjs';
import { WrongClock } from '../harness/wrong-clock.mjs';

const WAIT_MS = 60000;
const SOON_MS = 1500; // before the moment of the next request

// The bot's clock goes on for days.
makeValidFrom(new WrongClock({ after: (end) => process.on('exit', end) }, -Date.now()).env);

// The owner's own file: what an import wrote some time ago, when the site knew less.
const datasetOf = (show, url, more = {}) => ({
  name: show.name, id: show.id, url, license: 'CC BY-SA 4.0', refresh: 'daily', timezone: 'Europe/London',
  episodes: show.episodes.slice(0, 2).map(({ id, season, number, name, airdate, airtime, summary }) => ({ id, season, number, name, airdate, airtime, summary })),
  ...more,
});

async function begin(t, { site = 'tvmaze', dataset = {} } = {}) {
  const fake = await startFakeShows(t);
  const dir = mkdtempSync(join(tmpdir(), 'refresh-')), data = join(dir, 'data');
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(data);
  const show = fake.library.add({ id: 139, name: 'Harbour Lights', seasons: [3] });
  const url = site === 'tvmaze' ? 'https://www.tvmaze.com/shows/139/harbour-lights' : 'https://www.themoviedb.org/tv/139';
  const all = { fake, dir, data, show, state: join(dir, 'state'), file: join(data, 'harbour-lights.json'), clock: new WrongClock(t) };
  all.copy = join(all.state, 'shows/harbour-lights.json');
  writeFileSync(all.file, JSON.stringify(datasetOf(show, url, dataset), null, 2));
  all.config = { data, state: all.state, sites: fake.config(), gateways: [await lobbyGateway()] };
  return all;
}

async function start(all) {
  all.bot = await startBot({ config: all.config, env: { ...all.clock.env, TMDB_TOKEN: all.fake.token }, startMs: WAIT_MS });
  return all.bot;
}

// What the store has: when the next request is due.
function nextOf({ state }) {
  const files = readdirSync(state).filter((name) => name.startsWith('episoded.db') && !name.endsWith('-shm'));
  const text = files.map((name) => readFileSync(join(state, name), 'latin1')).join('');
  const moments = [...text.matchAll(/(\d{13}) (\d{13}) \d\t/g)].map(([, , next]) => Number(next));
  assert.ok(moments.length, 'the store has a moment');
  return Math.max(...moments);
}

// The bot is away until the next request is due.
async function sleepUntilDue(all) {
  await all.bot.stop();
  all.clock.set(nextOf(all) - SOON_MS - Date.now());
  await start(all);
}

async function ask(all, question, answer) {
  const anna = await IrcClient.connect(`ws://127.0.0.1:${all.bot.port}/`, { nick: 'anna' });
  await anna.join('#lobby');
  anna.say('#lobby', question);
  await anna.expectSaid('episoded', '#lobby', answer);
  await anna.close();
}

const copyOf = (all) => JSON.parse(readFileSync(all.copy, 'utf8'));

describe('refresh', { concurrency: 3 }, () => {
  test('days of a show: a new episode, no change, an answer that is worse, an outage; the file is never written', async (t) => {
    const all = await begin(t), { fake, show } = all, before = readFileSync(all.file, 'utf8');
    await start(all);
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS);
    assert.equal(fake.tvmaze.statuses, '200 200');
    assert.equal(copyOf(all).episodes.length, 3);
    await ask(all, '!episode s01e03', /part 3/);

    // Nothing has changed: one request, which is answered with 304.
    await sleepUntilDue(all);
    await within(WAIT_MS, 'the third request', fake.tvmaze.answered(3));
    assert.equal(fake.tvmaze.statuses, '200 200 304');

    // A new name.
    fake.library.edit(show, () => (show.episodes[2].name = 'The storm'));
    await sleepUntilDue(all);
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS);
    await ask(all, '!episode s01e03', /The storm/);

    // Fewer episodes, and texts that are empty.
    const lie = (body) => ({ ...body, updated: body.updated + 1, _embedded: { episodes: body._embedded.episodes.slice(0, 1).map((episode) => ({ ...episode, summary: null, airtime: '', airstamp: null })) } });
    fake.tvmaze.faults.push({ how: 'lie', lie, path: /embed/ }, { how: 'lie', lie: () => [], path: /specials/ });
    const good = copyOf(all);
    await sleepUntilDue(all);
    await all.bot.waitForLog(/is no longer in the source; it is kept/, WAIT_MS);
    assert.deepEqual(copyOf(all).episodes, good.episodes);
    assert.deepEqual(copyOf(all).refreshed.gone, [[1, 2], [1, 3]]);
    await ask(all, '!episode s01e03', /The storm/);

    // A page of a guest network.
    fake.tvmaze.faults.push({ how: 'html' });
    await sleepUntilDue(all);
    await all.bot.waitForLog(/is not refreshed: TVmaze answers with a web page/, WAIT_MS);
    await ask(all, '!episode s01e03', /The storm/);

    assert.equal(readFileSync(all.file, 'utf8'), before);
    await ask(all, '!source', /CC BY-SA 4\.0/);
    await all.bot.stop();
  });

  test('the owner\'s edits lie over what the site sends, and are read when they change', async (t) => {
    const all = await begin(t), edits = join(all.data, 'harbour-lights.edits.json');
    writeFileSync(edits, '{"episodes": [{"season": 1, "number": 3, "name": "My own name"}], // mine\n"rating": null}');
    await start(all);
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS);
    await ask(all, '!episode s01e03', /My own name/);
    let from = all.bot.mark();
    writeFileSync(edits, '{"episodes": [{"season": 1, "number": 3, "removed": true}]}');
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS, from);
    await ask(all, '!episode s01e02', /part 2/);
    from = all.bot.mark();
    writeFileSync(edits, '{"episodes": [{"season": 1, "number": "three"}]');
    await all.bot.waitForLog(/harbour-lights\.edits\.json:1:\d+:/, WAIT_MS, from);
    await all.bot.waitForLog(/edits are left out/, WAIT_MS, from);
    await ask(all, '!episode s01e03', /part 3/);
    await all.bot.stop();
  });

  test('a file that its owner changes counts more than the copy, until the next request', async (t) => {
    const all = await begin(t);
    await start(all);
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS);
    const from = all.bot.mark(), dataset = JSON.parse(readFileSync(all.file, 'utf8'));
    dataset.episodes[0].name = 'As I call it';
    writeFileSync(all.file, JSON.stringify(dataset));
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS, from);
    await ask(all, '!episode s01e01', /As I call it/);
    const count = all.fake.tvmaze.requests.length;
    await sleepUntilDue(all);
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS);
    const { headers } = all.fake.tvmaze.requests[count];
    assert.equal(headers['if-none-match'], undefined, 'the site sends all of it');
    await ask(all, '!episode s01e03', /part 3/);
    await all.bot.stop();
  });

  test('restarts, a long downtime and a clock that is set ask the site no more often', async (t) => {
    const all = await begin(t), { fake } = all;
    await start(all);
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS);
    const count = fake.tvmaze.requests.length;
    for (const ahead_ms of [0, -400 * 86400000, 3600000]) {
      await all.bot.stop();
      all.clock.set(ahead_ms);
      await start(all);
      await ask(all, '!ping', /Pong/);
      all.clock.set(90 * 86400000); // while it runs
      await ask(all, '!ping', /Pong/);
    }
    assert.equal(fake.tvmaze.requests.length, count);
    await all.bot.stop();
  });

  test('a machine that slept past the moment of a request asks when it wakes up, once; a clock that is only set does not', async (t) => {
    const all = await begin(t), { fake } = all;
    await start(all);
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS);
    assert.equal(fake.tvmaze.requests.length, 2);
    all.clock.set(26 * 3600000);
    await ask(all, '!ping', /Pong/);
    all.clock.set(-26 * 3600000);
    await ask(all, '!ping', /Pong/);
    assert.equal(fake.tvmaze.requests.length, 2);
    all.clock.sleep(60 * 3600000);
    await within(WAIT_MS, 'the request after the sleep', fake.tvmaze.answered(3));
    all.clock.sleep(3600000);
    await ask(all, '!ping', /Pong/);
    assert.equal(fake.tvmaze.statuses, '200 200 304');
    await all.bot.stop();
  });

  test('TMDB: the token is in no log and no file', async (t) => {
    const all = await begin(t, { site: 'tmdb' });
    await start(all);
    await all.bot.waitForLog(/datasets: Harbour Lights/, WAIT_MS);
    assert.equal(all.fake.tmdb.statuses, '200');
    assert.equal(all.fake.tvmaze.requests.length, 0);
    await ask(all, '!episode s01e03', /part 3/);
    await all.bot.stop();
    assert.ok(!all.bot.log().includes(all.fake.token));
    for (const folder of [all.state, join(all.state, 'shows')])
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isFile()) assert.ok(!readFileSync(join(folder, entry.name), 'latin1').includes(all.fake.token), entry.name);
  });

  test('a site whose certificate another authority signed is not asked; a show without a site is named', async (t) => {
    const all = await begin(t);
    all.config.sites.tvmaze.ca_file = makeAuthority(all.dir, 'other').cert;
    writeFileSync(join(all.data, 'ebb.json'), JSON.stringify({ ...datasetOf(all.show, 'https://example.org/ebb'), name: 'Ebb' }));
    await start(all);
    await all.bot.waitForLog(/ebb\.json: "refresh" needs "from"/, WAIT_MS);
    await all.bot.waitForLog(/harbour-lights is not refreshed: .*certificate/, WAIT_MS);
    assert.equal(all.fake.tvmaze.requests.length, 0);
    assert.equal(existsSync(all.copy), false);
    await ask(all, '!episode s01e02 of harbour-lights', /part 2/);
    await all.bot.stop();
  });

  test('without "refresh" no site is contacted', async (t) => {
    const all = await begin(t, { dataset: { refresh: 'never' } });
    await start(all);
    await ask(all, '!episode s01e02', /part 2/);
    await all.bot.stop();
    assert.equal(all.fake.tvmaze.requests.length, 0);
  });
});
