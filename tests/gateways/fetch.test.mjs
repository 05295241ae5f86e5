// episoded import tvmaze:NAME and tmdb:NUMBER, against a fake TVmaze and a fake TMDB.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { startFakeShows } from '../fake-shows/shows.mjs';
import { binary } from '../harness/bot.mjs';
import { makeAuthority } from '../harness/certificates.mjs';
import { Process, within } from '../harness/process.mjs';

const WAIT_MS = 60000;

async function begin(t, options) {
  const fake = await startFakeShows(t, options);
  const dir = mkdtempSync(join(tmpdir(), 'fetch-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const config = join(dir, 'c.json');
  writeFileSync(config, JSON.stringify({ sites: fake.config() }));
  return { fake, dir, config, target: join(dir, 'harbour-lights.json') };
}

const environment = (fake) => ({ ...process.env, TMDB_TOKEN: fake.token, HOME: '/nonexistent', TERM: 'dumb' });

async function run({ fake, dir, config }, ...words) {
  const env = environment(fake);
  const child = new Process(binary(), ['import', '-c', config, ...words, '--into', dir], { env });
  const { code } = await within(WAIT_MS, 'the end of the import', child.ended);
  assert.doesNotMatch(child.log(), new RegExp(fake.token), 'the token is not shown');
  return { code, text: child.log() };
}

const datasetOf = (all) => JSON.parse(readFileSync(all.target, 'utf8'));
const addHarbour = (fake, more = {}) => fake.library.add({ id: 139, name: 'Harbour Lights', seasons: [2, 1], specials: 1, imdb: 'tt0000139', ...more });

test('a name is searched, shown, and written with licence and link; specials are among the episodes', async (t) => {
  const all = await begin(t);
  addHarbour(all.fake);
  all.fake.library.add({ id: 5, name: 'Harbour Lights Two' });
  const { code, text } = await run(all, 'tvmaze:harbour lights', '--yes');
  assert.equal(code, 0, text);
  assert.match(text, /TVmaze has: Harbour Lights \(2025\), Tide TV, Running, 2 seasons, 3 episodes/);
  assert.match(text, /www\.tvmaze\.com\/shows\/139\/harbour-lights/);
  assert.match(text, /Others: tvmaze:5 {2}Harbour Lights Two/);
  const show = datasetOf(all);
  assert.equal(show.name, 'Harbour Lights');
  assert.match(show.license, /CC BY-SA/);
  assert.equal(show.url, 'https://www.tvmaze.com/shows/139/harbour-lights');
  assert.equal(show.episodes.length, 4);
  assert.doesNotMatch(JSON.stringify(show.episodes), /<p>/);
  assert.equal(all.fake.tvmaze.statuses, '200 200 200');
});

test('a number of IMDb follows the redirect, and a compressed answer is read', async (t) => {
  const all = await begin(t);
  addHarbour(all.fake);
  const { code, text } = await run(all, 'tvmaze:tt0000139', '--yes');
  assert.equal(code, 0, text);
  assert.equal(all.fake.tvmaze.statuses, '301 200 200 200');
  assert.match(all.fake.tvmaze.requests[0].headers['accept-encoding'], /gzip/);
  assert.equal(datasetOf(all).episodes.length, 4);
});

test('TMDB: seasons beyond the nineteenth are fetched, and its notice is kept', async (t) => {
  const all = await begin(t);
  all.fake.library.add({ id: 7, name: 'Harbour Lights', seasons: Array(21).fill(1), specials: 1 });
  const { code, text } = await run(all, 'tmdb:7', '--yes');
  assert.equal(code, 0, text);
  assert.equal(all.fake.tmdb.statuses, '200 200');
  const show = datasetOf(all);
  assert.equal(show.episodes.length, 22);
  assert.match(show.license, /not endorsed or certified by TMDB/);
});

test('without a terminal there must be --yes; at one, the person is asked', async (t) => {
  const all = await begin(t);
  addHarbour(all.fake);
  const { code, text } = await run(all, 'tvmaze:139');
  assert.equal(code, 64, text);
  assert.match(text, /add --yes/);
  assert.equal(all.fake.tvmaze.requests.length, 0, 'nothing was fetched');
  for (const [answer, isWritten] of [['n', false], ['y', true]]) {
    const command = `${binary()} import -c ${all.config} tvmaze:139 --into ${all.dir}`;
    const shown = new Process('script', ['-qec', command, '/dev/null'], { env: environment(all.fake), stdio: ['pipe', 'pipe', 'pipe'] });
    await shown.waitForLog(/Import this show\? \[y\/N\]/, WAIT_MS);
    assert.match(shown.log(), /Harbour Lights \(2025\)/);
    shown.child.stdin.write(`${answer}\n`);
    await within(WAIT_MS, 'the end of the import', shown.ended);
    assert.equal(existsSync(all.target), isWritten, shown.log());
  }
});

test('what the site answers instead of data: a clear message, the right exit code, and no file', async (t) => {
  const all = await begin(t, { limit: 1000 });
  addHarbour(all.fake);
  const cases = [
    [['status', { status: 404 }], 66, /has no show tvmaze:139 \(404\)/],
    [['status', { status: 429, headers: { 'Retry-After': '3000' } }], 75, /too many requests/],
    [['bomb'], 76, /too large/],
    [['huge'], 76, /too large/],
    [['redirect', { location: 'https://example.org/' }], 76, /another site/],
    [['lie', { lie: (body) => ({ ...body, id: 140 }) }], 76, /another show/],
    [['lie', { lie: (body) => ({ ...body, _embedded: { episodes: [] } }) }], 65, /no episodes|have no episodes|nothing is written/, /shows\/139\?/],
  ];
  for (const [[how, more = {}], wanted, message, path] of cases) {
    all.fake.tvmaze.faults.push({ how, ...more, path: path ?? /shows\/139/ });
    if (wanted === 65) all.fake.tvmaze.faults.push({ how: 'lie', lie: () => [], path: /specials/ });
    const { code, text } = await run(all, 'tvmaze:139', '--yes');
    assert.equal(code, wanted, `${how}: ${text}`);
    assert.match(text, message, how);
    assert.equal(existsSync(all.target), false, how);
    all.fake.tvmaze.faults.length = 0;
  }
});

test('what passes is tried again: 429, an outage, a page of a guest network, a connection that is cut', async (t) => {
  const all = await begin(t);
  addHarbour(all.fake);
  all.fake.tvmaze.faults.push({ how: 'status', status: 429, headers: { 'Retry-After': '1' } }, { how: 'cut' }, { how: 'truncated' });
  all.fake.tvmaze.faults.push({ how: 'html', path: /specials/ });
  const { code, text } = await run(all, 'tvmaze:139', '--yes');
  assert.equal(code, 0, text);
  assert.equal(datasetOf(all).episodes.length, 4);
});

test('a site that another authority signed is not believed', async (t) => {
  const all = await begin(t);
  addHarbour(all.fake);
  const other = makeAuthority(all.dir, 'other');
  writeFileSync(all.config, JSON.stringify({ sites: { tvmaze: { url: all.fake.tvmaze.url, ca_file: other.cert } } }));
  all.fake.tvmaze.faults.length = 0;
  const { code, text } = await run(all, 'tvmaze:139', '--yes');
  assert.equal(code, 76, text);
  assert.match(text, /certificate/);
  assert.equal(all.fake.tvmaze.requests.length, 0);
});

test('TMDB without a token, with a wrong one, with the short key: where the right one is', async (t) => {
  const all = await begin(t);
  all.fake.library.add({ id: 7, name: 'Ebb' });
  const { url, ca_file } = all.fake.config().tmdb;
  const configure = (tmdb) => writeFileSync(all.config, JSON.stringify({ sites: { tmdb: { url, ca_file, ...tmdb } } }));
  configure({});
  const none = await run(all, 'tmdb:7', '--yes');
  assert.deepEqual([none.code, /secret set tmdb-key/.test(none.text), all.fake.tmdb.requests.length], [78, true, 0], none.text);
  writeFileSync(join(all.dir, 'wrong'), 'eyJ.wrong.token');
  configure({ token: { file: 'wrong' } });
  const wrong = await run(all, 'tmdb:7', '--yes');
  assert.deepEqual([wrong.code, /does not accept the token \(401\)/.test(wrong.text)], [78, true], wrong.text);
  writeFileSync(join(all.dir, 'short'), '0123456789abcdef0123456789abcdef');
  configure({ token: { file: 'short' } });
  const short = await run(all, 'tmdb:7', '--yes');
  assert.deepEqual([short.code, /API Read Access Token/.test(short.text)], [78, true], short.text);
});

test('a show that exists is updated: its own texts stay, dates are the new ones', async (t) => {
  const all = await begin(t);
  const show = addHarbour(all.fake);
  assert.equal((await run(all, 'tvmaze:139', '--yes')).code, 0);
  const mine = datasetOf(all);
  mine.episodes[0].teaser = 'A light goes out.';
  mine.refresh = 'daily';
  writeFileSync(all.target, JSON.stringify(mine));
  all.fake.library.edit(show, () => (show.episodes[1].airdate = '2025-04-01'));
  assert.equal((await run(all, 'tvmaze:139', '--yes')).code, 73, 'it is not overwritten unasked');
  const { code, text } = await run(all, 'tvmaze:139', '--yes', '--update');
  assert.equal(code, 0, text);
  const now = datasetOf(all);
  assert.deepEqual([now.episodes[0].teaser, now.refresh, now.episodes[1].airdate], ['A light goes out.', 'daily', '2025-04-01']);
  assert.deepEqual(readdirSync(all.dir).filter((name) => name.endsWith('.part')), []);
});
