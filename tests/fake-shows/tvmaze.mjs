// What TVmaze answers, from the library: the shapes of its API (www.tvmaze.com/api).

const link = (path) => `https://www.tvmaze.com/${path}`;

const slug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-');

function episodeOf(episode) {
  const { id, name, season, number, type, airdate, airtime, airstamp, runtime, summary } = episode;
  return {
    id, url: link(`episodes/${id}/${slug(name)}`), name, season, number, type, airdate, airtime, airstamp, runtime, rating: { average: null },
    image: null, summary: summary === null ? null : `<p>${summary}</p>`, _links: { self: { href: `https://api.tvmaze.com/episodes/${id}` } },
  };
}

function showOf(show, embeds = []) {
  const embedded = {};
  if (embeds.includes('episodes')) embedded.episodes = show.episodes.filter((episode) => episode.type === 'regular').map(episodeOf);
  if (embeds.includes('cast'))
    embedded.cast = show.cast.map(({ actor, role }, i) => ({ person: { id: i + 1, name: actor }, character: { id: i + 1, name: role }, self: false, voice: false }));
  return {
    id: show.id, url: link(`shows/${show.id}/${slug(show.name)}`), name: show.name, type: 'Scripted', language: show.language, genres: show.genres,
    status: show.status, runtime: 45, averageRuntime: 45, premiered: show.premiered, ended: null, officialSite: null,
    schedule: { time: '21:00', days: ['Thursday'] }, rating: { average: null }, weight: 50,
    network: { id: 1, name: show.network, country: { name: 'United Kingdom', code: 'GB', timezone: 'Europe/London' }, officialSite: null },
    webChannel: null, dvdCountry: null, externals: { tvrage: null, thetvdb: null, imdb: show.imdb }, image: null, summary: `<p><b>${show.summary}</b></p>`,
    updated: show.updated, _links: { self: { href: `https://api.tvmaze.com/shows/${show.id}` } },
    ...(embeds.length ? { _embedded: embedded } : {}),
  };
}

const embedsOf = (query) => [...query.getAll('embed[]'), ...query.getAll('embed')];

// { status, body } or { status, location }; undefined: there is no such address.
export function answerAsTvmaze(library, url) {
  const { pathname: path, searchParams: query } = url;
  const [, id, list] = /^\/shows\/(\d+)(\/episodes)?$/.exec(path) ?? [];
  const show = id && library.shows.get(Number(id));
  if (path === '/search/shows') return { status: 200, body: library.search(query.get('q')).map((found) => ({ score: 1, show: showOf(found) })) };
  if (path === '/singlesearch/shows') {
    const [found] = library.search(query.get('q'));
    return found ? { status: 200, body: showOf(found, embedsOf(query)) } : { status: 404, body: null };
  }
  if (path === '/lookup/shows') {
    const found = [...library.shows.values()].find(({ imdb }) => imdb && imdb === query.get('imdb'));
    return found ? { status: 301, location: `${url.origin}/shows/${found.id}` } : { status: 404, body: null };
  }
  if (!id) return undefined;
  if (!show) return { status: 404, body: { name: 'Not Found', message: '', code: 0, status: 404 } };
  if (show.movedTo) return { status: 301, location: `/shows/${show.movedTo}${list ?? ''}${url.search}` };
  if (!list) return { status: 200, body: showOf(show, embedsOf(query)) };
  const all = query.get('specials') === '1' ? show.episodes : show.episodes.filter(({ type }) => type === 'regular');
  return { status: 200, body: all.map(episodeOf) };
}
