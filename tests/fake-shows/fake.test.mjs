// The fakes themselves: a fake that is more lenient than the site would hide a fault of the program.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { test } from 'node:test';

import { startFakeShows } from './shows.mjs';

async function fetchFrom(fake, site, path, headers = {}) {
  const ca = readFileSync(fake.authority.cert);
  return new Promise((resolve, reject) => {
    const request = get(`${site.url}${path}`, { ca, headers: { 'User-Agent': 'episoded/1', ...headers } }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts).toString() }));
    });
    request.on('error', reject);
  });
}

test('TVmaze has no specials in its embedded episodes, and answers a condition with 304', async (t) => {
  const fake = await startFakeShows(t);
  const show = fake.library.add({ id: 139, name: 'Harbour Lights', seasons: [2], specials: 1, imdb: 'tt0000139' });
  const path = '/shows/139?embed%5B%5D=episodes&embed%5B%5D=cast';
  const first = await fetchFrom(fake, fake.tvmaze, path), body = JSON.parse(first.body);
  assert.equal(body._embedded.episodes.length, 2);
  assert.equal(body._embedded.cast[0].person.name, 'Rosa Meer');
  const all = JSON.parse((await fetchFrom(fake, fake.tvmaze, '/shows/139/episodes?specials=1')).body);
  assert.deepEqual(all.map(({ number }) => number), [1, 2, null]);
  assert.equal((await fetchFrom(fake, fake.tvmaze, path, { 'If-None-Match': first.headers.etag })).status, 304);
  fake.library.edit(show, () => (show.episodes[0].name = 'Another'));
  assert.equal((await fetchFrom(fake, fake.tvmaze, path, { 'If-None-Match': first.headers.etag })).status, 200);
  const moved = await fetchFrom(fake, fake.tvmaze, '/lookup/shows?imdb=tt0000139');
  assert.deepEqual([moved.status, moved.headers.location], [301, `${fake.tvmaze.url}/shows/139`]);
  assert.equal((await fetchFrom(fake, fake.tvmaze, '/shows/140')).status, 404);
  assert.equal((await fetchFrom(fake, fake.tvmaze, path, { 'Accept-Encoding': 'gzip' })).headers['content-encoding'], 'gzip');
});

test('TMDB wants its token, and appends the seasons that there are', async (t) => {
  const fake = await startFakeShows(t);
  fake.library.add({ id: 7, name: 'Ebb', seasons: [3, 2], specials: 1 });
  const path = '/3/tv/7?append_to_response=season%2F0%2Cseason%2F2%2Cseason%2F3';
  assert.equal((await fetchFrom(fake, fake.tmdb, path)).status, 401);
  const body = JSON.parse((await fetchFrom(fake, fake.tmdb, path, { Authorization: `Bearer ${fake.token}` })).body);
  assert.deepEqual([body['season/0'].episodes.length, body['season/2'].episodes.length, body['season/3']], [1, 2, undefined]);
});

test('the rate limit answers 429, and faults come in their order', async (t) => {
  const fake = await startFakeShows(t, { limit: 2, retryAfter: 7 });
  fake.library.add({ id: 1, name: 'Ebb' });
  fake.tvmaze.faults.push({ how: 'status', status: 503 }, { path: /specials/, how: 'html' });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await fetchFrom(fake, fake.tvmaze, '/shows/1')).status);
  assert.deepEqual(statuses, [503, 200, 429]);
  assert.equal((await fetchFrom(fake, fake.tvmaze, '/shows/1')).headers['retry-after'], '7');
  assert.match((await fetchFrom(fake, fake.tvmaze, '/shows/1/episodes?specials=1')).body, /^<!DOCTYPE/);
});

test('what no good client sends is a complaint', async () => {
  const fake = await startFakeShows(null);
  await fetchFrom(fake, fake.tvmaze, '/shows/1?api_key=x', { 'User-Agent': 'x', Cookie: 'a=b' });
  assert.equal(fake.tvmaze.complaints.length, 3);
  await Promise.all([fake.tvmaze.stop(), fake.tmdb.stop()]);
});
