// A word that no text of the dataset has is no reference: "!episode WORD" must not open a card, however close the word is to
// one that a text has. 20,000 words of English, and typos, beginnings and parts of the dataset's own words.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { answersOf } from '../harness/chat.mjs';
import { show } from '../harness/dataset.mjs';
import { seeded } from '../harness/random.mjs';

const DICTIONARY = '/usr/share/dict/american-english'; // Debian's wamerican
const WORDS = 20000;
const WORDS_MS = 240000;
const RUN_LETTERS = 30; // so many letters of a synopsis in an answer are a card

// Words that refer to an episode by themselves.
const REFERENCES = new Set(('first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth one two three four five six seven ' +
  'eight nine ten eleven twelve last latest newest recent current next previous final finale ending end penultimate pilot premiere opener ' +
  'opening beginning start debut today yesterday tonight tomorrow').split(' '));
const ROMAN = /^[ivxlcdm]+$/;
// Endings that a stemmer may remove; two words with one stem are the same word.
const ENDINGS = /(?:ations?|ingly|edly|ments?|ness(?:es)?|ions?|ings?|ers?|ors?|ies|ied|es|ed|ly|er|est|al|ive|ful|able|s|y|e)$/;

function folded(text) {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

function wordsOf(text) {
  return folded(text).replace(/['’]/g, '').split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

function stems(word) {
  const all = [word];
  for (let rest = word; ENDINGS.test(rest) && rest.length > 4;) {
    rest = rest.replace(ENDINGS, '');
    all.push(rest, rest.replace(/(.)\1$/, '$1'));
  }
  return all;
}

// Every text of the dataset: synopses, facts, names, words to search for.
function textsOf(value) {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return value && typeof value === 'object' ? Object.values(value).flatMap(textsOf) : [];
}

const own = [...new Set(textsOf(show).flatMap(wordsOf))];
const known = new Set(own.flatMap(stems));
const synopses = show.episodes.map(({ summary }) => (typeof summary === 'string' ? summary : summary.en));
const runs = synopses.flatMap((text) => Array.from({ length: text.length - RUN_LETTERS + 1 }, (_, i) => text.slice(i, i + RUN_LETTERS)));

function isUnknown(word) {
  return !REFERENCES.has(word) && !ROMAN.test(word) && !stems(word).some((stem) => known.has(stem));
}

// The words for which the answer has a part of a synopsis.
function opened(words) {
  const answers = answersOf(words.map((word) => `!episode ${word}`), ['--spoilers'], { timeout: WORDS_MS });
  return words.filter((_, i) => runs.some((run) => answers[i].includes(run)));
}

function assertUnopened(words) {
  const cards = opened(words);
  assert.deepEqual(cards, [], `${cards.length} of ${words.length} words open a card`);
}

test('a word of a synopsis opens a card', () => {
  assert.deepEqual(opened(['drone', 'thunderstorm']), ['drone', 'thunderstorm']);
});

test(`${WORDS} words of English in no text open no card`, { skip: !existsSync(DICTIONARY) && `no ${DICTIONARY}: install wamerican` }, () => {
  const random = seeded(11);
  const all = readFileSync(DICTIONARY, 'utf8').split('\n').filter((word) => /^[a-z]{3,}$/.test(word) && isUnknown(word));
  const words = new Set();
  while (words.size < WORDS) words.add(all[Math.floor(random() * all.length)]);
  assertUnopened([...words]);
});

test('typos, beginnings and parts of the words of the texts open no card', () => {
  const random = seeded(12);
  const words = new Set();
  for (const word of own.filter((one) => /^[a-z]{5,}$/.test(one))) {
    const at = 1 + Math.floor(random() * (word.length - 2));
    const letter = 'abcdefghijklmnopqrstuvwxyz'[Math.floor(random() * 26)];
    words.add(word.slice(0, at) + word.slice(at + 1)); // a letter is missing
    words.add(word.slice(0, at) + letter + word.slice(at)); // one too many
    words.add(word.slice(0, at) + letter + word.slice(at + 1)); // a wrong one
    words.add(word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2)); // two swapped
    words.add(word.slice(0, Math.max(3, word.length - 3))); // the beginning
    words.add(word.slice(2)); // the end
  }
  assertUnopened([...words].filter(isUnknown));
});
