// Every command through the whole program (episoded chat), from tests/commands/<name>.txt:
//
//   > a typed line
//   < an expected line of the answer
//   <~ a regular expression for one line
//   <* any number of further lines of this answer
//   # a comment
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { binary } from '../harness/bot.mjs';
import { chat } from '../harness/chat.mjs';

const folder = new URL('.', import.meta.url).pathname;

/** [{question, answer: [[kind, text], ...], line}] */
function read(path) {
  const exchanges = [];
  readFileSync(path, 'utf8').split('\n').forEach((text, index) => {
    const match = /^(>|<~|<\*|<)(?: (.*))?$/.exec(text);
    if (match?.[1] === '>') exchanges.push({ question: match[2] ?? '', answer: [], line: index + 1 });
    else if (match) exchanges.at(-1).answer.push([match[1], match[2] ?? '']);
    else assert.match(text, /^(#.*)?$/, `${path}:${index + 1}: neither question, answer nor remark`);
  });
  return exchanges;
}

function compare(path, exchanges, lines) {
  for (const { question, answer, line } of exchanges) {
    const where = `${basename(path)}:${line}: ${question}`;
    for (const [kind, expected] of answer) {
      if (kind === '<') assert.equal(lines.shift(), expected, where);
      else if (kind === '<~') assert.match(lines.shift() ?? '', new RegExp(`^${expected}$`, 'u'), where);
      else while (lines.length && lines[0] !== '') lines.shift();
    }
    if (answer.length) assert.equal(lines.shift() ?? '', '', `${where}: the answer goes on`);
  }
  assert.deepEqual(lines.filter((text) => text !== ''), [], 'more was answered than asked');
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.txt'))) {
  test(file, () => {
    const path = join(folder, file);
    const exchanges = read(path);
    assert.ok(exchanges.length >= 1, 'a good case, a bad argument and an edge');
    compare(path, exchanges, chat(exchanges.map((exchange) => exchange.question)).split('\n'));
  });
}

test('every command has its test', () => {
  const names = spawnSync(binary(), ['commands', '--names'], { encoding: 'utf8' }).stdout.trim().split('\n');
  const tested = readdirSync(folder).filter((name) => name.endsWith('.txt')).map((name) => basename(name, '.txt'));
  assert.deepEqual(names.filter((name) => !tested.includes(name)), []);
});
