// "episoded chat" through a pipe: questions in, answers out.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { binary } from './bot.mjs';
import { assertShown } from './shown.mjs';

const ANSWERS_MS = 60000;
const ANSWERS_MAX_BYTES = 1e9;

// What the program prints for these lines. args: further arguments; options: of spawnSync().
export function chat(lines, args = [], options = {}) {
  const result = spawnSync(binary(), ['chat', ...args],
    { input: lines.map((line) => `${line}\n`).join(''), timeout: ANSWERS_MS, maxBuffer: ANSWERS_MAX_BYTES, ...options });
  assert.equal(result.stderr.toString(), '');
  assert.equal(result.status, 0);
  assertShown(result.stdout, 'an answer');
  return result.stdout.toString();
}

// The answer to each line; an empty line is between two.
export function answersOf(lines, args, options) {
  const answers = chat(lines, args, options).replace(/\n$/, '').split('\n\n');
  assert.equal(answers.length, lines.length, 'an answer to each line');
  return answers;
}
