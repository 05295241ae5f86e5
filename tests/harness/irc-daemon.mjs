// A real IRC server or bouncer, run by a test.

import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Daemon } from './daemon.mjs';
import { IrcClient } from './irc.mjs';

// Packages that conflict with the installed ones: .ci/deps unpacks them here.
const UNPACKED = fileURLToPath(new URL('../servers', import.meta.url));

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

export class IrcDaemon extends Daemon {
  // channel: for the tests.
  constructor({ channel = '#tv', ...options }) {
    super(options);
    this.channel = channel;
    this.irc = `irc://127.0.0.1:${this.port}`;
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
}
