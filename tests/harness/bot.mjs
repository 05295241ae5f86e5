// The real bot's binary, with the test's configuration.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Process, WAIT_MS, within } from './process.mjs';
import { assertNotifications, assertShown } from './shown.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const SANITIZER = /ERROR: (Address|Leak|Undefined|Thread)Sanitizer|runtime error:|AddressSanitizer:/;
const STOP_MS = 5000; // what the bot promises
const CUT_OFF = 'is cut off'; // what it logs when a gateway needs longer than it has before that promise
const TEARDOWN_MS = 15000; // what a sanitizer may add to look for leaks

// Has the program this text? A test that looks for it in vain would else never fail again once the text is another.
const hasText = (program, text) => readFileSync(program).includes(text);

export function binary() {
  return resolve(root, process.env.EPISODED ?? 'build/test/episoded');
}

// The other end of NOTIFY_SOCKET. Node.js has no Unix datagram sockets, so a helper program listens.
class Listener extends Process {
  constructor(path) {
    super(resolve(root, process.env.BUILD ?? 'build', 'test/tools/notify_listen'), [path], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdin?.on('error', () => {}); // it has ended
    this.child.stdin?.unref?.();
  }

  datagrams() {
    const lines = this.log().split('\n').slice(1, -1);
    return lines.map((line) => Buffer.from(line, 'hex'));
  }

  // Wait for its end, after all datagrams; it ends when the bot ends.
  async whole() {
    const { code } = await within(TEARDOWN_MS, 'the end of notify_listen', this.ended);
    assert.equal(code, 0, this.log());
  }
}

const unchecked = new Set(); // running bots

// Check the output of killed bots, and of bots left running at the end of a test, as well.
process.on('exit', () => {
  for (const bot of unchecked) {
    try {
      bot.checkOutput();
    } catch (error) {
      console.error(error.message);
      process.exitCode = 1;
    }
  }
});

export class Bot extends Process {
  constructor(dir, file, config, listener, { args, env, program }) {
    const NOTIFY_SOCKET = join(dir, 'notify');
    super(program, ['run', '-c', file, ...args], { cwd: root, env: { ...process.env, NOTIFY_SOCKET, ...env } });
    this.program = program;
    this.dir = dir;
    this.file = file;
    this.config = config;
    this.listener = listener;
    this.ended.then(() => listener.child.stdin.end());
    unchecked.add(this);
  }

  // The status notifications, in order.
  statuses() {
    const texts = this.listener.datagrams().map((datagram) => datagram.toString('utf8'));
    return texts.filter((text) => text.startsWith('STATUS=')).map((text) => text.slice('STATUS='.length));
  }

  // Wait until a status matches; the error shows the last one.
  async waitForStatus(pattern, ms = WAIT_MS) {
    for (const end = Date.now() + ms; !this.statuses().some((status) => pattern.test(status)); ) {
      if (Date.now() > end || this.listener.end) throw new Error(`no status like ${pattern} in ${ms} ms; the last: ${this.statuses().at(-1)}`);
      await this.listener.waitForLog(/\n/, ms, this.listener.mark()).catch(() => {});
    }
  }

  // How many files and sockets it has open.
  descriptors() {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  // Check every bot of every test: its output and its notifications contain no unescaped bytes.
  checkOutput() {
    unchecked.delete(this);
    assertShown(this.bytes(), 'standard output and error');
    assertNotifications(this.listener.datagrams());
  }

  // Overwrite the configuration; reload() makes the bot read it.
  configure(config) {
    writeFileSync(this.file, JSON.stringify(config, null, 2));
  }

  reload() {
    this.kill('SIGHUP');
  }

  // Ends it, and sees that it ended well. isInTime: each gateway said goodbye within the time that the bot gives it; the
  // bot's own clock says so, because a busy machine makes every other one late.
  async stop(signal = 'SIGTERM') {
    const from = this.mark();
    this.kill(signal);
    if (!this.end) await this.waitForLog(/stopped/, STOP_MS, from).catch(() => {});
    const { code, signal: killedBy } = await within(TEARDOWN_MS, 'the end of the bot', this.ended);
    await this.listener.whole();
    rmSync(this.dir, { recursive: true, force: true });
    assert.doesNotMatch(this.log(), SANITIZER);
    this.checkOutput();
    assert.equal(code, 0, `exit code ${code}, signal ${killedBy}:\n${this.log()}`);
    const { program } = this, log = this.log().slice(from);
    return {
      code, signal: killedBy, get isInTime() {
        assert.ok(hasText(program, CUT_OFF), `the bot logs no "${CUT_OFF}" any more`);
        return !log.includes(CUT_OFF);
      },
    };
  }

  // Warnings and errors; a test lists the expected ones.
  complaints(...expected) {
    return this.log()
      .split('\n')
      .filter((line) => /\b(warning|error)\b/i.test(line))
      .filter((line) => !expected.some((pattern) => pattern.test(line)));
  }
}

export async function startBot({ config = {}, args = [], env = {}, program = binary(), startMs = WAIT_MS } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'episoded-'));
  const file = join(dir, 'episoded.json');
  const whole = { data: join(root, 'data'), state: join(dir, 'state'), ...config };
  writeFileSync(file, JSON.stringify(whole, null, 2));
  const listener = new Listener(join(dir, 'notify'));
  await listener.waitForLog(/listening/);
  const bot = new Bot(dir, file, whole, listener, { args, env, program });
  await bot.waitForLog(/started/, startMs);
  const lobby = bot.log().match(/open http:\/\/127\.0\.0\.1:(\d+)/);
  if (lobby) bot.port = Number(lobby[1]);
  return bot;
}
