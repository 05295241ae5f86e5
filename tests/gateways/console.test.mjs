// episoded chat: what spoils, in a terminal and through a pipe.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';

import { episode } from '../harness/dataset.mjs';

const program = process.env.EPISODED ?? 'build/test/episoded';
const WAIT_MS = 20000;
const telling = episode(9).summary.slice(0, 30);
const teaser = episode(9).teaser.slice(0, 20);

// "episoded chat" in a terminal of its own, which script(1) makes.
class Terminal {
  shown = '';
  #waiting = [];

  constructor(t, options = '') {
    this.child = spawn('script', ['-qec', `${program} chat ${options}`, '/dev/null'], { env: { ...process.env, TERM: 'dumb', COLUMNS: '200' } });
    t.after(() => this.child.kill('SIGKILL'));
    this.ended = once(this.child, 'close');
    this.child.stdout.on('data', (bytes) => {
      this.shown += bytes.toString();
      for (const check of this.#waiting) check();
    });
  }

  type(text) {
    this.child.stdin.write(text);
  }

  // Wait until text after mark matches. The lines are wrapped, so any white space is one space.
  shows(pattern, mark = 0) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${pattern} not in ${JSON.stringify(this.after(mark))}`)), WAIT_MS);
      const check = () => {
        if (!pattern.test(this.after(mark))) return;
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push(check);
      check();
    });
  }

  after(mark) {
    return this.shown.slice(mark).replace(/\s+/g, ' ');
  }
}

const literally = (text) => new RegExp(text.replace(/[^\w\s]/g, '\\$&'));
const pipe = (input, ...options) => spawnSync(program, ['chat', ...options], { input, timeout: WAIT_MS }).stdout.toString();

describe('what spoils', () => {
  test('is not printed to a pipe, which reads how to get it', () => {
    const lines = pipe('!seen 1\n!episode 9\n').split('\n');
    assert.ok(lines.some((line) => line.startsWith(teaser)));
    assert.ok(!lines.some((line) => line.includes(telling)));
    assert.ok(lines.some((line) => /^Spoils a later episode: ask !spoil (9|s01e09), or start "episoded chat" with --spoilers\.$/.test(line)));
    assert.match(pipe('!seen 1\n!spoil 9\n'), literally(telling));
  });

  test('is printed to a pipe that asks for it', () => {
    const text = pipe('!seen 1\n!episode 9\n', '--spoilers');
    assert.match(text, literally(telling));
    assert.doesNotMatch(text, /Spoils|--spoilers/);
  });

  test('is shown in a terminal after a key', async (t) => {
    const terminal = new Terminal(t);
    await terminal.shows(/Ctrl-D quits/);
    terminal.type('!seen 1\r');
    await terminal.shows(/seen undo/);
    terminal.type('!episode 9\r');
    await terminal.shows(/Spoils a later episode: press Enter to read it\. >/);
    assert.ok(!terminal.shown.includes(telling.slice(0, 15)));
    const mark = terminal.shown.length;
    terminal.type('\r');
    await terminal.shows(literally(telling), mark);
    terminal.type('!ping\r'); // forgets it
    await terminal.shows(/Pong/i, mark);
    const end = terminal.shown.length;
    terminal.type('\r');
    terminal.type('!status\r');
    await terminal.shows(/1 show/, end);
    assert.ok(!terminal.after(end).includes(telling));
    terminal.type('\x04');
    assert.deepEqual(await terminal.ended, [0, null]);
  });

  test('is shown at once in a terminal started for it', async (t) => {
    const terminal = new Terminal(t, '--spoilers');
    await terminal.shows(/Ctrl-D quits/);
    terminal.type('!seen 1\r');
    terminal.type('!episode 9\r');
    await terminal.shows(literally(telling));
    assert.doesNotMatch(terminal.shown, /press Enter/);
    terminal.type('\x04');
    await terminal.ended;
  });
});
