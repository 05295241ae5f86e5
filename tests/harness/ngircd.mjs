// A real ngIRCd 26 on the loopback interface, over TCP and TLS, with its default limits.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fingerprintOf, makeAuthority, makeCertificate } from './certificates.mjs';
import { makeFolder } from './daemon.mjs';
import { IrcDaemon } from './irc-daemon.mjs';
import { IrcClient } from './irc.mjs';
import { freePort } from './ports.mjs';

// Debian's path; /usr/sbin may not be in PATH.
const BINARY = process.env.NGIRCD ?? '/usr/sbin/ngircd';

// Its limits per address are raised, because here all clients have the same. Flood penalties are unchanged.
function configuration({ dir, ports, tls, nickLength }) {
  return `[Global]
Name = irc.test
Info = A server for one test
Network = Test
Listen = 127.0.0.1,::1
Ports = ${ports.irc}
MotdPhrase = "A server for one test"
PidFile = ${join(dir, 'ngircd.pid')}
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxNickLength = ${nickLength}
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CertFile = ${tls.cert}
KeyFile = ${tls.key}
Ports = ${ports.ircs}
[Operator]
Name = oper
Password = oper
`;
}

class Ngircd extends IrcDaemon {
  constructor({ ports, tls, caFile, ...options }) {
    super({ name: 'ngIRCd', command: BINARY, port: ports.irc, ...options });
    Object.assign(this, { ports, tls, caFile });
    this.ircs = `ircs://localhost:${ports.ircs}`;
    this.fingerprint = fingerprintOf(tls.cert);
  }

  gateway(more = {}) {
    return super.gateway({ url: this.ircs, ca_file: this.caFile, ...more });
  }

  connectTls(nick, options = {}) {
    return IrcClient.connect(this.ircs, { nick, servername: 'localhost', ca: readFileSync(this.caFile), ...options });
  }
}

// nickLength: 9 is the limit of RFC 1459 and ngIRCd's default.
export async function startNgircd({ names = 'DNS:localhost,IP:127.0.0.1,IP:::1', nickLength = 9 } = {}) {
  const dir = makeFolder('ngircd');
  const authority = makeAuthority(dir, 'authority');
  const tls = makeCertificate(dir, 'server', authority, names);
  const ports = { irc: await freePort(), ircs: await freePort() };
  const file = join(dir, 'ngircd.conf');
  writeFileSync(file, configuration({ dir, ports, tls, nickLength }));
  return new Ngircd({ args: ['--nodaemon', '--config', file], dir, ports, tls, caFile: authority.cert }).start();
}
