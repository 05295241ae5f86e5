// make SET FOLDER [SHOWS [EPISODES]] - write generated datasets to a folder; the same files each time.
//
//   large      200 shows of 200 episodes (or SHOWS, EPISODES), with characters, facts and synopses: for speed and memory
//   long       one show of 500 episodes: gaps in the numbers, specials, dates to come, pictures
//   absolute   one season that counts from 1 to 300, without titles, as anime are listed
//   daily      a show of every weekday, whose seasons are years
//
// All words are invented. NOW is the day at which the transcripts are written.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { seeded } from '../harness/random.mjs';

export const NOW = new Date('2026-11-30T15:07:30Z');
const DAY_MS = 24 * 3600 * 1000;
const VOCABULARY = 20000;
const ONSETS = ['b', 'br', 'c', 'ch', 'd', 'dr', 'f', 'fl', 'g', 'gr', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'pl', 'r', 's', 'sh', 'st', 't', 'tr', 'v', 'w'];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ea', 'ou', 'ai'];
const ENDS = ['', '', '', 'l', 'n', 'r', 's', 't', 'm', 'nd', 'ck'];
const RUDE = /^(?:shit|tit|cock|dick|cum|fag)$/; // chance makes real words, too
const SMALL = ('the a of and to in with from they she he it is was for on at by an as who when while before after into over that their her his ' +
  'not but all one two more again never still').split(' ');

class Writer {
  constructor(seed) {
    this.random = seeded(seed);
  }

  below(bound) {
    return Math.floor(this.random() * bound);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  word() {
    const syllables = 1 + this.below(3);
    const word = Array.from({ length: syllables }, () => this.pick(ONSETS) + this.pick(VOWELS)).join('') + this.pick(ENDS);
    return RUDE.test(word) ? `${word}o` : word;
  }

  // Distinct words, the first of which are the most frequent.
  vocabulary(count) {
    const words = new Set();
    while (words.size < count) words.add(this.word());
    return [...words];
  }

  name() {
    return capital(this.word());
  }

  // Half of a text are small words; the others follow Zipf's law, as words do.
  sentence(words) {
    const text = Array.from({ length: 6 + this.below(10) }, () =>
      this.below(2) ? this.pick(SMALL) : words[Math.floor(words.length ** this.random()) - 1]);
    return `${capital(text.join(' '))}.`;
  }

  sentences(count, words) {
    return Array.from({ length: count }, () => this.sentence(words)).join(' ');
  }
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function dateOf(time) {
  return new Date(time).toISOString().slice(0, 10);
}

function put(folder, id, show) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${id}.json`), `${JSON.stringify(show)}\n`);
}

function people(writer, count, last) {
  return Array.from({ length: count }, (_, i) => {
    const [first, family] = [`${writer.name()}${i}`, writer.name()];
    const seen = 1 + Math.floor((i * last) / count);
    return { name: `${first} ${family}`, aliases: [first], about: `${first} keeps the books of the harbour.`, first_seen: seen };
  });
}

function largeShow(writer, words, index, episodeCount) {
  const name = `${capital(words[100 + index * 3])} ${capital(words[101 + index * 3])} ${index + 1}`;
  const characters = people(writer, 12, episodeCount);
  const episodes = Array.from({ length: episodeCount }, (_, i) => ({
    season: 1 + Math.floor(i / 20),
    number: 1 + (i % 20),
    name: `${capital(writer.pick(words))} ${writer.pick(words)}`,
    airdate: dateOf(Date.UTC(2015, 0, 1) + (i * 7 + index) * DAY_MS),
    runtime: 45,
    summary: `${writer.pick(characters.filter((one) => one.first_seen <= i + 1)).name} arrives. ${writer.sentences(4, words)}`,
    teaser: `Part ${i + 1} of the story.`,
    trivia: i % 4 ? [] : [{ text: writer.sentence(words), reveal: i + 1 }],
  }));
  return {
    name,
    language: 'English',
    genres: ['Drama'],
    premiered: episodes[0].airdate,
    network: { name: 'Channel One' },
    summary: 'A town by the sea.',
    characters,
    trivia: Array.from({ length: 10 }, () => ({ text: writer.sentence(words), reveal: 0 })),
    episodes,
  };
}

// The words of its texts, the most frequent first.
export function largeWords() {
  return new Writer(1).vocabulary(VOCABULARY);
}

export function large(folder, shows = 200, episodes = 200) {
  const writer = new Writer(1);
  const words = writer.vocabulary(VOCABULARY);
  for (let i = 0; i < shows; i++) put(folder, `large-${String(i + 1).padStart(3, '0')}`, largeShow(writer, words, i, episodes));
}

// Ten seasons of 50. The numbers of season 3 lack 7, 8 and 31, season 9 begins at 11, and there are eight specials, one of them
// without a number. The last 12 episodes are to come; the last two have no date.
export function long(folder) {
  const writer = new Writer(2);
  const words = writer.vocabulary(2000);
  const characters = people(writer, 20, 480);
  const episodes = [];
  const first = NOW.getTime() - 487.5 * 7 * DAY_MS;
  for (let season = 1; season <= 10; season++) {
    for (let number = 1, count = 0; count < 50; number++) {
      if (season === 3 && [7, 8, 31].includes(number)) continue;
      if (season === 9 && number < 11) continue;
      count++;
      const order = episodes.length + 1;
      episodes.push({
        season,
        number,
        name: order % 3 ? `${capital(writer.pick(words))} ${writer.pick(words)} ${order}` : `Episode ${number}`,
        airdate: order > 498 ? '' : dateOf(first + order * 7 * DAY_MS),
        runtime: 25 + (order % 3) * 10,
        summary: order > 498 ? null : `${writer.pick(characters.filter((one) => one.first_seen <= order)).name} decides. ${writer.sentences(2, words)}`,
        teaser: `Night ${order} in the lighthouse.`,
        image: { medium: `https://pictures.example/m/${order}.jpg`, original: `https://pictures.example/o/${order}.jpg` },
        url: `https://guide.example/episodes/${order}`,
      });
    }
  }
  for (let i = 1; i <= 8; i++) {
    episodes.push({
      season: 0,
      number: i === 8 ? null : i,
      name: `Special of year ${i}`,
      airdate: dateOf(first + i * 350 * DAY_MS),
      summary: `The keepers remember year ${i}. ${writer.sentences(1, words)}`,
      teaser: 'A look back.',
    });
  }
  put(folder, 'lantern-point', {
    name: 'Lantern Point',
    aliases: ['lp'],
    language: 'English',
    genres: ['Drama', 'Mystery'],
    premiered: episodes[0].airdate,
    network: { name: 'Harbour TV' },
    summary: 'Three keepers and a lighthouse that is never dark.',
    image: { medium: 'https://pictures.example/m/show.jpg', original: 'https://pictures.example/o/show.jpg' },
    url: 'https://guide.example/shows/lantern-point',
    characters,
    trivia: [{ text: 'The lighthouse was built for the show.', reveal: 0 }],
    episodes,
  });
}

export function absolute(folder) {
  const writer = new Writer(3);
  const words = writer.vocabulary(1500);
  const episodes = Array.from({ length: 300 }, (_, i) => ({
    season: 1,
    number: i + 1,
    name: `Episode ${i + 1}`,
    airdate: dateOf(Date.UTC(2019, 3, 6) + i * 7 * DAY_MS),
    runtime: 24,
    summary: writer.sentences(2, words),
    teaser: `The ferry leaves pier ${1 + (i % 9)}.`,
  }));
  put(folder, 'ferry-of-paper', {
    name: 'Ferry of Paper',
    aliases: ['Kamibune'],
    language: 'Japanese',
    genres: ['Anime'],
    premiered: '2019-04-06',
    network: { name: 'Sora TV' },
    summary: 'A ferry folded from paper crosses a river that nobody has mapped.',
    episodes,
  });
}

export function daily(folder) {
  const writer = new Writer(4);
  const words = writer.vocabulary(1500);
  const episodes = [];
  const numbers = new Map();
  for (let time = Date.UTC(2024, 0, 1); time < NOW.getTime() + 7 * DAY_MS; time += DAY_MS) {
    const day = new Date(time);
    if (day.getUTCDay() === 0 || day.getUTCDay() === 6) continue;
    const season = day.getUTCFullYear();
    numbers.set(season, (numbers.get(season) ?? 0) + 1);
    const guest = `${writer.name()} ${writer.name()}`;
    episodes.push({
      season,
      number: numbers.get(season),
      name: guest,
      airdate: dateOf(time),
      airtime: '22:30',
      runtime: 40,
      summary: `${guest} talks about ${words[writer.below(300)]} and ${words[writer.below(300)]}.`,
      teaser: 'Late, and live.',
    });
  }
  put(folder, 'late-desk', {
    name: 'The Late Desk',
    language: 'English',
    genres: ['Talk show'],
    premiered: '2024-01-01',
    status: 'Running',
    schedule: { time: '22:30', days: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'] },
    network: { name: 'City 5', country: { name: 'United Kingdom', code: 'GB', timezone: 'Europe/London' } },
    summary: 'A desk, a guest, and the news of the day.',
    episodes,
  });
}

const SETS = { large, long, absolute, daily };

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [set, folder, ...counts] = process.argv.slice(2);
  if (!SETS[set] || !folder) {
    console.error(`usage: node tests/shows/make.mjs ${Object.keys(SETS).join('|')} FOLDER [SHOWS [EPISODES]]`);
    process.exit(64);
  }
  SETS[set](folder, ...counts.map(Number));
}
