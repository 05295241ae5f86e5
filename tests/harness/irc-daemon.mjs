// A real server of Debian's packages, run by a test: its own folder, free loopback ports, never as root.

import {
  chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { IrcClient } from './irc.mjs';
import { isOpen } from './ports.mjs';
import { Process, within } from './process.mjs';

const START_MS = 15000;
const NOBODY = 65534;
// Packages that conflict with the installed ones: .ci/deps unpacks them here.
const UNPACKED = fileURLToPath(new URL('../servers', import.meta.url));

const isRoot = process.getuid() === 0;

// These servers refuse to run as root, so root runs them as nobody.
const as = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

// A folder that the server can write to. It is in /tmp, whatever TMPDIR says, because a path may have to be short.
export function makeFolder(name) {
  const dir = mkdtempSync(`/tmp/${name}-`);
  chmodSync(dir, 0o755);
  return dir;
}

// A path of an unpacked package, copied to the server's folder: nobody may not be able to read the checkout.
export function unpacked(name, path, dir, copy) {
  const from = join(UNPACKED, name, path);
  if (!existsSync(from)) throw new Error(`${from} is missing; run .ci/deps test`);
  const to = join(dir, copy);
  cpSync(from, to, { recursive: true });
  return to;
}

// Replace a path that was compiled into the copy of a program. pad: what makes the new one as long as the old one.
export function relocate(program, path, to, pad) {
  if (to.length > path.length) throw new Error(`${to} is longer than ${path}`);
  const bytes = readFileSync(program);
  let count = 0;
  for (let at = bytes.indexOf(path); at >= 0; at = bytes.indexOf(path, at + path.length), count++)
    bytes.write(to.padEnd(path.length, pad), at, 'latin1');
  if (count === 0) throw new Error(`${program} does not contain ${path}`);
  writeFileSync(program, bytes);
}

function giveAway(path) {
  chownSync(path, NOBODY, NOBODY);
  if (statSync(path).isDirectory()) readdirSync(path).forEach((name) => giveAway(join(path, name)));
}

export class IrcDaemon {
  // port: open when the server is ready; null: written is the line in its output that says so. channel: for the tests.
  constructor({ name, command, args, dir, port = null, written = null, channel = '#tv' }) {
    Object.assign(this, { name, command, args, dir, port, written, channel });
    this.irc = `irc://127.0.0.1:${port}`;
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

  // The bot's configuration for this server, with a back-off short enough for a test.
  gateway(more = {}) {
    return {
      name: 'irc', type: 'irc', url: this.irc, nick: 'episoded', channels: [this.channel],
      reconnect: { base_ms: 50, cap_ms: 400 }, ...more,
    };
  }

  // A person.
  connect(nick, options = {}) {
    return IrcClient.connect(this.irc, { nick, ...options });
  }

  async #end(signal) {
    this.process.kill(signal);
    await within(10000, `the end of ${this.name}`, this.process.ended);
  }

  kill() {
    return this.#end('SIGKILL');
  }

  // A clean end; start() continues with what it has written.
  halt() {
    return this.#end('SIGTERM');
  }

  async restart() {
    await this.kill();
    await this.start();
  }

  async stop() {
    await this.#end('SIGTERM');
    rmSync(this.dir, { recursive: true, force: true });
  }
}
