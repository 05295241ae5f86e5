// A real ircd-hybrid 8.2 on the loopback interface, with its default limits for floods.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeFolder } from './daemon.mjs';
import { IrcDaemon, relocate, unpacked } from './irc-daemon.mjs';
import { freePort } from './ports.mjs';

const PACKAGE = 'ircd-hybrid';

// Its limits per address are raised, because here all clients have the same.
function configuration({ port, dir }) {
  return `
serverinfo { name = "hybrid.test"; description = "A server for one test"; network_name = "Test"; hub = no;
  default_max_clients = 512; max_nick_length = 15; max_topic_length = 300; };
admin { name = "Test"; description = "Test"; email = "test@example.invalid"; };
class { name = "users"; ping_time = 90 seconds; number_per_ip_local = 100; number_per_ip_global = 100; max_number = 100;
  sendq = 100 kbytes; recvq = 2560 bytes; };
listen { host = "127.0.0.1"; port = ${port}; };
auth { user = "*@*"; class = "users"; };
channel { disable_fake_channels = yes; max_channels = 25; default_join_flood_count = 18; default_join_flood_time = 6 seconds; };
serverhide { hidden_name = "*.test"; };
general { disable_auth = yes; default_floodcount = 10; default_floodtime = 1 second; throttle_count = 100; throttle_time = 1 second;
  anti_nick_flood = yes; max_nick_changes = 5; max_nick_time = 20 seconds; };
modules { path = "${join(dir, 'modules')}"; path = "${join(dir, 'modules', 'autoload')}"; };
log { use_logging = yes; };
`;
}

export async function startHybrid() {
  const dir = makeFolder('hybrid');
  const port = await freePort();
  const program = unpacked(PACKAGE, 'usr/sbin/ircd-hybrid', dir, 'ircd');
  unpacked(PACKAGE, 'usr/lib/ircd-hybrid/modules', dir, 'modules');
  relocate(program, '/usr/lib/ircd-hybrid/modules/', join(dir, 'modules'), '/');
  const file = join(dir, 'ircd.conf');
  writeFileSync(file, configuration({ port, dir }));
  const own = ['configfile', 'logfile', 'pidfile', 'klinefile', 'dlinefile', 'xlinefile', 'resvfile'].flatMap((key) => [
    `-${key}`, key === 'configfile' ? file : join(dir, key),
  ]);
  return new IrcDaemon({ name: 'ircd-hybrid', command: program, args: ['-foreground', ...own], dir, port }).start();
}
