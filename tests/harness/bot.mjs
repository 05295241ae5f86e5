// The real bot, from its own binary, with a configuration of the test's own.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Process, within } from './process.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const SANITIZER = /ERROR: (Address|Leak|Undefined|Thread)Sanitizer|runtime error:|AddressSanitizer:/;
const STOP_MS = 5000; // what the bot promises
const TEARDOWN_MS = 15000; // what a sanitizer may add to look for leaks

export function binary() {
  return resolve(root, process.env.EPISODED ?? 'build/test/episoded');
}

export class Bot extends Process {
  constructor(dir, file, config, { args, env, program }) {
    super(program, ['run', '-c', file, ...args], { cwd: root, env: { ...process.env, ...env } });
    this.dir = dir;
    this.file = file;
    this.config = config;
  }

  // Write another configuration over the one in use; reload() makes the bot read it.
  configure(config) {
    writeFileSync(this.file, JSON.stringify(config, null, 2));
  }

  reload() {
    this.kill('SIGHUP');
  }

  // Ends it, and sees that it ended well.
  async stop(signal = 'SIGTERM') {
    const begin = Date.now();
    const from = this.mark();
    this.kill(signal);
    if (!this.end) await this.waitForLog(/stopped/, STOP_MS, from).catch(() => {});
    const took = Date.now() - begin;
    const { code, signal: killedBy } = await within(TEARDOWN_MS, 'the end of the bot', this.ended);
    rmSync(this.dir, { recursive: true, force: true });
    assert.doesNotMatch(this.log(), SANITIZER);
    assert.equal(code, 0, `exit code ${code}, signal ${killedBy}:\n${this.log()}`);
    return { code, signal: killedBy, ms: took };
  }

  // Lines that tell of trouble; a test says which it expects.
  complaints(...expected) {
    return this.log()
      .split('\n')
      .filter((line) => /\b(warning|error)\b/i.test(line))
      .filter((line) => !expected.some((pattern) => pattern.test(line)));
  }
}

export async function startBot({ config = {}, args = [], env = {}, program = binary() } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'episoded-'));
  const file = join(dir, 'episoded.json');
  const whole = { data: join(root, 'data'), state: join(dir, 'state'), ...config };
  writeFileSync(file, JSON.stringify(whole, null, 2));
  const bot = new Bot(dir, file, whole, { args, env, program });
  await bot.waitForLog(/started/);
  const lobby = bot.log().match(/open http:\/\/127\.0\.0\.1:(\d+)/);
  if (lobby) bot.port = Number(lobby[1]);
  return bot;
}
