// The whole program's answers over each dataset of tests/shows/, line by line, at a fixed time and with fixed random numbers.
//
// A transcript begins with its settings, then has questions and their answers; "===" starts a new process:
//
//   data: tests/shows/named     a folder of datasets, or "make SET" (tests/shows/make.mjs)
//   show: dark                  default_show of the configuration; may be left out
//   options: --spoilers         of "episoded chat"; may be left out
//
//   # a comment
//   > a typed line
//   < an expected line of the answer
//   <~ a regular expression for one line
//
// When answers rightly change: RENEW=1 node --test tests/golden/golden.test.mjs, then read the diff line by line. Lines with
// a regular expression that still matches stay.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { root } from '../harness/bot.mjs';
import { answersOf } from '../harness/chat.mjs';
import { WrongClock } from '../harness/wrong-clock.mjs';
import * as make from '../shows/make.mjs';

const folder = new URL('.', import.meta.url).pathname;
const LINES_AROUND = 3;

function read(path) {
  const settings = {};
  const sessions = [[]];
  readFileSync(path, 'utf8').split('\n').forEach((text, index) => {
    const setting = /^(data|show|options): (.*)$/.exec(text);
    const line = /^(>|<~|<)(?: (.*))?$/.exec(text);
    if (setting && sessions.length === 1 && !sessions[0].length) settings[setting[1]] = setting[2];
    else if (text === '===') sessions.push([]);
    else if (line?.[1] === '>') sessions.at(-1).push({ question: line[2] ?? '', answer: [], index });
    else if (line) sessions.at(-1).at(-1).answer.push([line[1], line[2] ?? '']);
    else assert.match(text, /^(#.*)?$/, `${path}:${index + 1}: not a line of a transcript`);
  });
  return { settings, sessions };
}

// Ask all questions of a session in one process.
function ask(t, settings, questions) {
  const dir = mkdtempSync(join(tmpdir(), 'golden-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  let data = resolve(root, settings.data);
  if (settings.data.startsWith('make ')) {
    data = join(dir, 'data');
    make[settings.data.slice(5)](data);
  }
  const config = { data, state: join(dir, 'state'), gateways: [{ name: 'lobby', type: 'lobby' }] };
  if (settings.show) config.default_show = settings.show;
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  const clock = new WrongClock(t, make.NOW.getTime() - Date.now());
  const random = resolve(root, process.env.BUILD ?? 'build', 'test/tools/fixed_random.so');
  const env = { ...process.env, ...clock.env, LD_PRELOAD: `${clock.env.LD_PRELOAD} ${random}` };
  const options = settings.options ? settings.options.split(' ') : [];
  const answers = answersOf(questions, ['-c', join(dir, 'config.json'), ...options], { timeout: 120000, env });
  return answers.map((answer) => answer.split('\n'));
}

// The lines of a transcript with these answers; a regular expression stays if it matches.
function renewed(exchange, lines) {
  return lines.map((line, i) => {
    const [kind, expected] = exchange.answer[i] ?? [];
    const matches = kind === '<~' && new RegExp(`^${expected}$`, 'u').test(line);
    return matches ? `<~ ${expected}` : `< ${line}`;
  });
}

// What differs, with lines of the transcript around it.
function diff(before, after) {
  let start = 0;
  let end = 0;
  while (start < before.length && before[start] === after[start]) start++;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const lines = (list, mark, from, to) => list.slice(Math.max(from, 0), Math.max(to, 0)).map((line) => `${mark} ${line}`);
  return [
    `line ${start + 1}:`,
    ...lines(before, ' ', start - LINES_AROUND, start),
    ...lines(before, '-', start, before.length - end),
    ...lines(after, '+', start, after.length - end),
    ...lines(before, ' ', before.length - end, before.length - end + LINES_AROUND),
  ].join('\n');
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  test(file, (t) => {
    const path = join(folder, file);
    const { settings, sessions } = read(path);
    const before = readFileSync(path, 'utf8').split('\n');
    const answers = new Map(); // line of the question -> lines of the answer
    for (const exchanges of sessions) {
      const said = ask(t, settings, exchanges.map(({ question }) => question));
      exchanges.forEach((exchange, i) => answers.set(exchange.index, renewed(exchange, said[i])));
    }
    const after = before.flatMap((line, index) =>
      /^<~?( |$)/.test(line) ? [] : answers.has(index) ? [line, ...answers.get(index)] : [line]);
    if (process.env.RENEW) writeFileSync(path, after.join('\n'));
    else assert.ok(before.join('\n') === after.join('\n'), `${file}: other answers\n${diff(before, after)}`);
  });
}
