// The shows that the fake TVmaze and TMDB know: invented ones, which a test edits as the people of such a site do.
//
//   const library = new Library();
//   const show = library.add({ id: 139, name: 'Harbour Lights', seasons: [8, 3] });
//   library.edit(show, () => { show.episodes[0].name = 'Another name'; });

const DAY_MS = 24 * 3600 * 1000;
const FIRST = Date.parse('2025-03-06T21:00:00Z');

const PLACES = ['pier', 'lighthouse', 'ferry', 'boathouse', 'breakwater', 'fish market', 'slipway', 'harbour office'];
const PEOPLE = ['Ada', 'Bruno', 'Carla', 'Dario', 'Elin'];

function inventedEpisode(id, season, number, index) {
  const place = PLACES[index % PLACES.length], person = PEOPLE[index % PEOPLE.length];
  const at = new Date(FIRST + (index * 7 + (season - 1) * 200) * DAY_MS).toISOString();
  return {
    id, season, number, type: 'regular', name: `The ${place}, part ${index + 1}`, airdate: at.slice(0, 10), airtime: at.slice(11, 16),
    airstamp: at.replace('.000Z', '+00:00'), runtime: 45, summary: `${person} waits at the ${place} for a boat that is late.`,
  };
}

export class Library {
  shows = new Map();

  // seasons: how many episodes each has; specials: how many.
  add({ id, name, seasons = [8], specials = 0, network = 'Tide TV', imdb = null, ...others }) {
    const show = {
      id, name, network, imdb, status: 'Running', premiered: '2025-03-06', genres: ['Drama'], language: 'English', updated: 1700000000,
      summary: `${name} is a town by the sea.`, cast: [{ actor: 'Rosa Meer', role: 'Ada' }], episodes: [], ...others,
    };
    let index = 0;
    seasons.forEach((count, i) => {
      for (let number = 1; number <= count; number++, index++)
        show.episodes.push(inventedEpisode(id * 1000 + index + 1, i + 1, number, index));
    });
    for (let i = 0; i < specials; i++)
      show.episodes.push({ ...inventedEpisode(id * 1000 + 900 + i, 1, null, i), type: 'significant_special', name: `Behind the scenes ${i + 1}` });
    this.shows.set(id, show);
    return show;
  }

  edit(show, change) {
    change(show);
    show.updated += 60;
  }

  search(words) {
    const wanted = words.toLowerCase();
    const found = [...this.shows.values()].filter((show) => show.name.toLowerCase().includes(wanted));
    return found.sort((a, b) => a.name.length - b.name.length);
  }
}
