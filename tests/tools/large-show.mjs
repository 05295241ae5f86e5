// A TVmaze export of as many episodes as asked for, on standard output: node tests/tools/large-show.mjs 5000 > large.json
// Ten seasons; each episode has a synopsis of its own words, as the check of spoilers compares them.
const count = Number(process.argv[2] ?? 5000);
const perSeason = Math.ceil(count / 10);
const parts = ['harbour', 'lantern', 'copper', 'tide', 'anchor', 'signal', 'cellar', 'winter', 'bridge', 'ledger', 'storm', 'ferry', 'letter', 'island', 'engine', 'garden'];
const word = (seed) => parts[seed % 16] + parts[(seed >> 4) % 16];
const episodes = Array.from({ length: count }, (_, i) => {
  const season = Math.floor(i / perSeason) + 1;
  const number = i % perSeason + 1;
  const day = new Date(Date.UTC(2000, 0, 1 + i)).toISOString().slice(0, 10);
  return { id: 1000 + i, url: `https://www.tvmaze.com/episodes/${1000 + i}/large`, name: `The ${word(i)} of ${word(i * 7 + 3)}`, season, number, type: 'regular', airdate: day, airtime: '21:00', airstamp: `${day}T21:00:00+00:00`, runtime: 45,
    rating: { average: 7.5 }, image: { medium: `https://static.tvmaze.com/m/${i}.jpg`, original: `https://static.tvmaze.com/o/${i}.jpg` },
    summary: `<p>A ${word(i * 3)} is found beneath the ${word(i * 5 + 1)}. Mara asks the ${word(i * 11)} &amp; waits for an answer that the ${word(i * 13 + 5)} cannot give before the evening.</p>`,
    _links: { self: { href: `https://api.tvmaze.com/episodes/${1000 + i}` }, show: { href: 'https://api.tvmaze.com/shows/1', name: 'Large' } } };
});
process.stdout.write(`${JSON.stringify({ id: 1, url: 'https://www.tvmaze.com/shows/1/large', name: 'Large', language: 'English', genres: ['Drama'], status: 'Running', premiered: '2000-01-01',
  network: { id: 1, name: 'Coast One', country: { name: 'Ireland', code: 'IE', timezone: 'Europe/Dublin' } }, summary: '<p>A long story.</p>', _embedded: { episodes } })}\n`);
