// A real irc2 2.11 (the server of IRCnet) on the loopback interface, with its default limits for floods.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeFolder } from './daemon.mjs';
import { IrcDaemon, relocate, unpacked } from './irc-daemon.mjs';
import { freePort } from './ports.mjs';

// Its limits per address are raised, because here all clients have the same.
function configuration({ port }) {
  return `M%irc2.test%%A server for one test%%000A%
A%A server for one test%test@example.invalid%Test%%Test%
Y%1%90%%1000%512000%1000.1000%1000.1000%
I%*@127.0.0.0/8%%%%1%%
P%127.0.0.1%%%${port}%%
`;
}

export async function startIrc2() {
  const dir = makeFolder('i');
  const port = await freePort();
  const program = unpacked('ircd-irc2', 'usr/sbin/ircd', dir, 'ircd');
  const file = join(dir, 'conf');
  relocate(program, '/etc/ircd/ircd.conf', file, '\0');
  writeFileSync(file, configuration({ port }));
  const macros = join(dir, 'm4'); // m4 expands both files
  relocate(program, '/etc/ircd/ircd.m4', macros, '\0');
  writeFileSync(macros, '');
  // -s: without its helper for identd; -p off: not only as a part of a network; -t: in the foreground.
  const args = ['-s', '-p', 'off', '-T', join(dir, 'ircd.tune'), '-t'];
  // A server without a network thinks it is split off, and gives no operator to a new # channel.
  const channel = '&tv';
  return new IrcDaemon({ name: 'irc2', command: program, args, dir, port, channel }).start();
}
