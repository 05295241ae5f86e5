// A fake TVmaze and a fake TMDB over TLS.
//
//   const fake = await startFakeShows(t);
//   fake.library.add({ id: 139, name: 'Harbour Lights' });
//   fake.config();                     // "sites" of a configuration, with the authority that signed their certificates

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { Library } from './library.mjs';
import { Site } from './site.mjs';
import { answerAsTmdb } from './tmdb.mjs';
import { answerAsTvmaze } from './tvmaze.mjs';

export const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.made-up-read-access.AbCdEfGhIjKlMnOp';

export async function startFakeShows(t, options = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'fake-shows-'));
  const authority = makeAuthority(dir, 'shows-ca'), pair = makeCertificate(dir, 'shows', authority, 'DNS:localhost');
  const tls = { key: readFileSync(pair.key), cert: readFileSync(pair.cert) };
  const library = new Library();
  const tvmaze = new Site('tvmaze', (url) => answerAsTvmaze(library, url), options);
  const tmdb = new Site('tmdb', (url, headers) => answerAsTmdb(library, url, headers, TOKEN), options);
  const sites = [tvmaze, tmdb];
  await Promise.all(sites.map((site) => site.listen(tls)));
  t?.after(async () => {
    await Promise.all(sites.map((site) => site.stop()));
    rmSync(dir, { recursive: true, force: true });
    for (const site of sites) assert.deepEqual(site.complaints, [], `what ${site.name} complains of`);
  });
  return {
    dir, authority, library, tvmaze, tmdb, token: TOKEN,
    config: () => ({
      tvmaze: { url: tvmaze.url, ca_file: authority.cert },
      tmdb: { url: tmdb.url, ca_file: authority.cert, token: { env: 'TMDB_TOKEN' } },
    }),
  };
}
