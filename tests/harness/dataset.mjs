// What the shipped dataset says, for tests that compare the bot's words with it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './bot.mjs';

export const show = JSON.parse(readFileSync(join(root, 'data', 'all-of-us-are-dead.json'), 'utf8'));

export function episode(number) {
  return show.episodes.find((one) => one.number === number);
}

// Wrapped, split over lines, spiced with formatting bytes: the words stay the words.
export function plain(text) {
  return text.replace(/[\x02\x0f\x11\x16\x1d\x1e\x1f]|\x03\d{0,2}(,\d{1,2})?/g, '').replace(/\s+/g, ' ').trim();
}
