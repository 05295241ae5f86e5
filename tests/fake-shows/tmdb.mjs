// What TMDB answers, from the library: the shapes of its API (developer.themoviedb.org).

const APPENDED_MAX = 20;

function episodeOf(show, episode) {
  const { id, name, season, number, airdate, runtime, summary } = episode;
  return {
    id, name, overview: summary ?? '', air_date: airdate || null, episode_number: number, episode_type: 'standard', production_code: '', runtime,
    season_number: season, show_id: show.id, still_path: null, vote_average: 0, vote_count: 0, crew: [], guest_stars: [],
  };
}

// Season 0 has the specials.
function episodesOf(show, number) {
  if (number > 0) return show.episodes.filter((episode) => episode.type === 'regular' && episode.season === number);
  return show.episodes.filter(({ type }) => type !== 'regular').map((episode, i) => ({ ...episode, season: 0, number: i + 1 }));
}

function seasonOf(show, number) {
  const episodes = episodesOf(show, number);
  if (!episodes.length) return undefined;
  return {
    _id: `5${number}`, air_date: episodes[0].airdate, episodes: episodes.map((episode) => episodeOf(show, episode)), name: `Season ${number}`,
    overview: '', id: show.id * 100 + number, poster_path: null, season_number: number, vote_average: 0,
  };
}

function seriesOf(show, appended) {
  const last = Math.max(...show.episodes.map(({ season }) => season));
  const numbers = [...Array(last + 1).keys()].filter((number) => seasonOf(show, number));
  const body = {
    id: show.id, name: show.name, original_name: show.name, overview: show.summary, first_air_date: show.premiered, last_air_date: null,
    genres: show.genres.map((name, i) => ({ id: i, name })), languages: ['en'], original_language: 'en', homepage: '', in_production: true,
    networks: [{ id: 1, name: show.network, logo_path: null, origin_country: 'GB' }], number_of_episodes: show.episodes.length,
    number_of_seasons: last, origin_country: ['GB'], poster_path: null, status: show.status === 'Running' ? 'Returning Series' : show.status,
    seasons: numbers.map((number) => ({ air_date: null, episode_count: episodesOf(show, number).length, id: number, name: `Season ${number}`, overview: '',
      poster_path: null, season_number: number, vote_average: 0 })),
    type: 'Scripted', vote_average: 0, vote_count: 0,
  };
  for (const part of appended) {
    const [, number] = /^season\/(\d+)$/.exec(part) ?? [];
    const season = number && seasonOf(show, Number(number));
    if (season) body[part] = season;
  }
  return body;
}

const refusal = (status, code, message) => ({ status, body: { success: false, status_code: code, status_message: message } });

export function answerAsTmdb(library, url, { authorization }, token) {
  const [, id, number] = /^\/3\/tv\/(\d+)(?:\/season\/(\d+))?$/.exec(url.pathname) ?? [];
  const show = id && library.shows.get(Number(id));
  const appended = (url.searchParams.get('append_to_response') ?? '').split(',').filter(Boolean);
  if (authorization !== `Bearer ${token}`) return refusal(401, 7, 'Invalid API key: You must be granted a valid key.');
  if (!id) return undefined;
  if (!show) return refusal(404, 34, 'The resource you requested could not be found.');
  if (appended.length > APPENDED_MAX) return refusal(400, 27, 'Too many append to response objects: The maximum number of remote calls is 20.');
  if (number === undefined) return { status: 200, body: seriesOf(show, appended) };
  const season = seasonOf(show, Number(number));
  return season ? { status: 200, body: season } : refusal(404, 34, 'The resource you requested could not be found.');
}
