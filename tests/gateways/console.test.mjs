// episoded chat: what spoils, in a terminal and through a pipe; keys, pasted text, history and signals.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { binary } from '../harness/bot.mjs';
import { chat } from '../harness/chat.mjs';
import { episode } from '../harness/dataset.mjs';
import { Process, WAIT_MS, within } from '../harness/process.mjs';

const telling = episode(9).summary.slice(0, 30);
const teaser = episode(9).teaser.slice(0, 20);

const home = mkdtempSync(join(tmpdir(), 'episoded-chat-'));
after(() => rmSync(home, { recursive: true, force: true }));

// "episoded chat" in a terminal of its own, which script(1) makes, under a shell that waits for it, as make and sudo do.
class Terminal extends Process {
  constructor(options = '', env = {}) {
    super('script', ['-qec', `${binary()} chat ${options}; exit $?`, '/dev/null'],
      { stdio: 'pipe', env: { ...process.env, SHELL: '/bin/sh', HOME: home, XDG_STATE_HOME: '', TERM: 'dumb', COLUMNS: '200', ...env } });
  }

  // One that can edit a line, as it is ready.
  static async editing(env = {}) {
    const terminal = new Terminal('', { TERM: 'xterm', LC_ALL: 'C.UTF-8', ...env });
    await terminal.shows(/Ctrl-D quits/);
    await terminal.shows(/> $/);
    return terminal;
  }

  async ends() {
    assert.deepEqual(await within(WAIT_MS, 'the end', this.ended), { code: 0, signal: null });
  }

  type(text) {
    this.child.stdin.write(text);
  }

  // Wait until the output from a position on matches. Lines are wrapped, so a space is any white space.
  shows(pattern, from) {
    return this.waitForLog(new RegExp(pattern.source.replaceAll(' ', '\\s+'), pattern.flags), WAIT_MS, from);
  }

  after(mark) {
    return this.log().slice(mark).replace(/\s+/g, ' ');
  }
}

const literally = (text) => new RegExp(text.replace(/[^\w\s]/g, '\\$&'));

describe('what spoils', () => {
  test('is not printed to a pipe, which reads how to get it', () => {
    const lines = chat(['!seen 1', '!episode 9']).split('\n');
    assert.ok(lines.some((line) => line.startsWith(teaser)));
    assert.ok(!lines.some((line) => line.includes(telling)));
    assert.ok(lines.some((line) => /^Spoils a later episode: ask !spoil (9|s01e09), or start "episoded chat" with --spoilers\.$/.test(line)));
    assert.match(chat(['!seen 1', '!spoil 9']), literally(telling));
  });

  test('is printed to a pipe that asks for it', () => {
    const text = chat(['!seen 1', '!episode 9'], ['--spoilers']);
    assert.match(text, literally(telling));
    assert.doesNotMatch(text, /Spoils|--spoilers/);
  });

  test('is shown in a terminal after a key', async () => {
    const terminal = new Terminal();
    await terminal.shows(/Ctrl-D quits/);
    terminal.type('!seen 1\r');
    await terminal.shows(/seen undo/);
    terminal.type('!episode 9\r');
    await terminal.shows(/Spoils a later episode: press Enter to read it\. >/);
    assert.ok(!terminal.log().includes(telling.slice(0, 15)));
    const mark = terminal.mark();
    terminal.type('\r');
    await terminal.shows(literally(telling), mark);
    terminal.type('!ping\r'); // forgets it
    await terminal.shows(/Pong/i, mark);
    const end = terminal.mark();
    terminal.type('\r');
    terminal.type('!status\r');
    await terminal.shows(/1 show/, end);
    assert.ok(!terminal.after(end).includes(telling));
    terminal.type('\x04');
    assert.deepEqual(await within(WAIT_MS, 'the end', terminal.ended), { code: 0, signal: null });
  });

  test('is shown at once in a terminal started for it', async () => {
    const terminal = new Terminal('--spoilers');
    await terminal.shows(/Ctrl-D quits/);
    terminal.type('!seen 1\r');
    terminal.type('!episode 9\r');
    await terminal.shows(literally(telling));
    assert.doesNotMatch(terminal.log(), /press Enter/);
    terminal.type('\x04');
    await within(WAIT_MS, 'the end', terminal.ended);
  });
});

const ESCAPE = '\x1b';

describe('keys', () => {
  for (const locale of ['C.UTF-8', 'ko_KR.UTF-8', 'ko_KR.EUC-KR', 'C']) {
    test(`Korean is typed and edited: ${locale}`, async () => {
      const terminal = await Terminal.editing({ LC_ALL: locale });
      terminal.type('!help 안녕하세');
      await terminal.shows(/하세/);
      terminal.type('\x7f요\r'); // Backspace
      await terminal.shows(/There's no command "안녕하요"/);
      terminal.type('!help e\u0301\u1112\u1161\u11ab\x7f\r'); // a syllable of three jamo is one character
      await terminal.shows(/There's no command "e\u0301"|There's no command "é"/);
      terminal.type('\x04');
      await terminal.ends();
    });
  }

  test('pasted lines are lines, without their control characters', async () => {
    const terminal = await Terminal.editing();
    const mark = terminal.mark();
    terminal.type(`${ESCAPE}[200~!ping\r\n!help ${ESCAPE}[31mno\tsuch\n!he${ESCAPE}[201~`);
    await terminal.shows(/Pong/, mark);
    await terminal.shows(/There's no command "no"/, mark);
    terminal.type('lp nosuch\r');
    await terminal.shows(/There's no command "nosuch"/, mark);
    assert.doesNotMatch(terminal.after(mark), /20[01]~|\[31m/);
    terminal.type('exit\r');
    await terminal.ends();
  });

  test('Ctrl-C drops the line, a second one ends', async () => {
    const terminal = await Terminal.editing();
    terminal.type('!ping\x03');
    await terminal.shows(/Ctrl-C again or Ctrl-D quits/);
    terminal.type('!status\r');
    await terminal.shows(/1 show/);
    assert.doesNotMatch(terminal.log(), /Pong/);
    const mark = terminal.mark();
    terminal.type('\x03');
    await terminal.shows(/Ctrl-C again/, mark);
    terminal.type('\x03');
    await terminal.ends();
  });

  test('Tab completes commands and arguments', async () => {
    const terminal = await Terminal.editing();
    terminal.type('!airda\t5\r');
    await terminal.shows(/First shown on 28 January 2022/);
    terminal.type('!help tri\t\r');
    await terminal.shows(/!trivia /);
    terminal.type('!set wa\ton\r');
    await terminal.shows(/New content warnings for this terminal/);
    terminal.type('!episode s01e0\t\t');
    await terminal.shows(/s01e01 .*Episode 1/);
    terminal.type('\x03\x04');
    await terminal.ends();
  });

  test('typed lines are kept for the next session, for their owner only', async () => {
    const folder = mkdtempSync(join(home, 'state-'));
    const first = await Terminal.editing({ XDG_STATE_HOME: folder });
    first.type('!ping\r');
    await first.shows(/Pong/);
    first.type('\x04');
    await first.ends();
    const path = join(folder, 'episoded', 'chat_history');
    assert.equal(readFileSync(path, 'utf8'), '!ping\n');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const second = await Terminal.editing({ XDG_STATE_HOME: folder });
    second.type(`${ESCAPE}[A\r`);
    await second.shows(/Pong/);
    second.type('quit\r');
    await second.ends();
    chat(['!status'], [], { env: { ...process.env, XDG_STATE_HOME: folder } }); // a pipe keeps nothing
    assert.doesNotMatch(readFileSync(path, 'utf8'), /status/);
  });

  test('SIGTERM leaves the terminal as it was', async () => {
    const terminal = new Terminal('', { TERM: 'xterm' });
    terminal.child.kill(0);
    await terminal.shows(/> $/);
    const [pid] = spawnSync('pgrep', ['-P', String(terminal.child.pid)], { encoding: 'utf8' }).stdout.trim().split('\n');
    const inner = spawnSync('pgrep', ['-P', pid], { encoding: 'utf8' }).stdout.trim() || pid;
    const mark = terminal.mark();
    process.kill(Number(inner), 'SIGTERM');
    await within(WAIT_MS, 'the end', terminal.ended);
    assert.match(terminal.log().slice(mark), /\x1b\[\?2004l/);
  });
});

describe('escapes', () => {
  test('there are none with TERM=dumb', async () => {
    const terminal = new Terminal();
    await terminal.shows(/Ctrl-D quits/);
    terminal.type('!episode 5\r');
    await terminal.shows(/martial law/);
    terminal.type('!help 안녕\r');
    await terminal.shows(/There's no command "안녕"/);
    terminal.type('\x04');
    await terminal.ends();
    assert.doesNotMatch(terminal.log(), /\x1b/);
  });

  test('titles are bold, but not with NO_COLOR', async () => {
    for (const [env, isBold] of [[{}, true], [{ NO_COLOR: '1' }, false]]) {
      const terminal = await Terminal.editing(env);
      terminal.type('!episode 5\r');
      await terminal.shows(/martial law/);
      assert.equal(terminal.log().includes(`${ESCAPE}[1m`), isBold);
      terminal.type('\x04');
      await terminal.ends();
    }
  });
});

test('a configuration without gateways, or whose secrets are missing, is enough', () => {
  const path = join(home, 'episoded.json');
  for (const config of [{}, { gateways: [] }, { prefix: '?', gateways: [{ name: 'd', type: 'discord', token: { file: '/nowhere' } }] },
    { gateways: [{ name: 't', type: 'twitch', token: { credential: 'x' }, nick: 'x', channels: [] }], log: 'nowhere' }]) {
    writeFileSync(path, JSON.stringify(config));
    assert.match(chat(['ping'], ['-c', path]), /Pong/);
  }
});

test('odd input of a pipe is answered, and a reader that goes away is no error', () => {
  const input = Buffer.concat([Buffer.from('!ping\r\n\xff\xfe\n!pi\0ng\n', 'latin1'), Buffer.from(`!help ${'x'.repeat(100000)}\n`), Buffer.from('quit\n!ping\n')]);
  const result = spawnSync(binary(), ['chat'], { input });
  assert.equal(result.status, 0);
  assert.equal(result.stderr.toString(), '');
  assert.equal(result.stdout.toString().match(/Pong/g).length, 1); // not after "quit"
  const piped = spawnSync('sh', ['-c', `yes '!help' | head -n 2000 | ${binary()} chat | head -n 1`], { encoding: 'utf8' });
  assert.equal(piped.stderr, '');
  assert.match(piped.stdout, /Commands/);
});
