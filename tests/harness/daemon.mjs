// A real server of Debian's packages, run by a test: its own folder, free loopback ports, never as root.

import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isOpen } from './ports.mjs';
import { Process, WAIT_MS } from './process.mjs';

const START_MS = WAIT_MS;
const NOBODY = 65534;

const isRoot = process.getuid() === 0;

// Most of these servers refuse to run as root, so root runs them as nobody.
const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

// A folder that the server can write to. It is in /tmp, whatever TMPDIR says, because a path may have to be short.
export function makeFolder(name) {
  const dir = mkdtempSync(`/tmp/${name}-`);
  chmodSync(dir, 0o755);
  return dir;
}

function giveAway(path) {
  chownSync(path, NOBODY, NOBODY);
  if (statSync(path).isDirectory()) readdirSync(path).forEach((name) => giveAway(join(path, name)));
}

export class Daemon {
  // port: open when the server is ready; null: written is the line in its output that says so. endMs: what it may need to end.
  constructor({ name, command, args, dir, port = null, written = null, endMs }) {
    Object.assign(this, { name, command, args, dir, port, written, endMs });
  }

  get pid() {
    return this.process.pid;
  }

  async #isReady() {
    return this.written ? this.written.test(this.process.log()) : await isOpen(this.port);
  }

  async start() {
    if (isRoot) giveAway(this.dir);
    this.process = new Process(this.command, this.args, { cwd: this.dir, ...as });
    const until = Date.now() + START_MS;
    while (!(await this.#isReady())) {
      if (this.process.end || Date.now() > until) throw new Error(`${this.name} did not start:\n${this.process.log()}`);
      await sleep(20);
    }
    return this;
  }

  kill() {
    return this.process.killed('SIGKILL', this.endMs);
  }

  // A clean end; start() continues with what it has written.
  halt() {
    return this.process.killed('SIGTERM', this.endMs);
  }

  async restart() {
    await this.kill();
    await this.start();
  }

  async stop() {
    await this.halt();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
