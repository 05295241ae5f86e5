// A wall clock that is wrong, for a program of a test: { env: clock.env } preloads tests/tools/wrong_clock.so.c.

import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { root } from './bot.mjs';

const SECOND = 1000, HOUR = 3600 * SECOND, DAY = 24 * HOUR, YEAR = 365 * DAY;

export const WRONG = {
  '20 h ahead': () => 20 * HOUR,
  'ten years ahead': () => 10 * YEAR,
  'a day behind': () => -DAY,
  'in 1970': () => DAY - Date.now(),
};

export class WrongClock {
  constructor(t, ahead_ms = 0) {
    const dir = mkdtempSync(join(tmpdir(), 'wrong-clock-')), file = join(dir, 'ahead');
    this.fd = openSync(file, 'w');
    t.after(() => {
      closeSync(this.fd);
      rmSync(dir, { recursive: true, force: true });
    });
    this.slept_ms = 0;
    this.write(8, 0);
    this.set(ahead_ms);
    this.env = {
      LD_PRELOAD: resolve(root, process.env.BUILD ?? 'build', 'test/tools/wrong_clock.so'),
      WRONG_CLOCK: file,
      ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:verify_asan_link_order=0`,
    };
  }

  set(ahead_ms) {
    this.write(0, ahead_ms);
    this.ahead_ms = ahead_ms;
  }

  write(at, ms) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.round(ms)));
    writeSync(this.fd, bytes, 0, 8, at);
  }

  // The machine sleeps: the monotonic clock stops, CLOCK_BOOTTIME and the wall clock go on.
  sleep(ms) {
    this.slept_ms += ms;
    this.write(8, this.slept_ms);
    this.set(this.ahead_ms + ms);
  }

  // Check that the program has this clock: its log shows the time.
  assertShownBy(bot) {
    const times = [...bot.log().matchAll(/^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z/gm)].map(([, text]) => Date.parse(`${text}Z`));
    const off_ms = times.at(-1) - Date.now() - this.ahead_ms;
    assert.ok(Math.abs(off_ms) < 60 * SECOND, `the program's clock is not wrong as it should be: ${off_ms} ms off`);
  }
}
