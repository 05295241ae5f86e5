// The texts of the shipped dataset, to compare answers with.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { root } from './bot.mjs';

export const show = JSON.parse(readFileSync(join(root, 'data', 'all-of-us-are-dead.json'), 'utf8'));

export function episode(number) {
  return show.episodes.find((one) => one.number === number);
}

// The words of a text, ignoring line breaks and formatting codes.
export function plain(text) {
  return text.replace(/[\x02\x0f\x11\x16\x1d\x1e\x1f]|\x03\d{0,2}(,\d{1,2})?/g, '').replace(/\s+/g, ' ').trim();
}
