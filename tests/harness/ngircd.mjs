// A real ngIRCd 26 on the loopback interface, over TCP and TLS, with its default limits.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { fingerprintOf, makeAuthority, makeCertificate } from './certificates.mjs';
import { IrcClient } from './irc.mjs';
import { freePort, isOpen } from './ports.mjs';
import { Process, within } from './process.mjs';

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
ServerUID = ${process.getuid()}
ServerGID = ${process.getgid()}
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

class Ngircd {
  constructor(fields) {
    Object.assign(this, fields);
    this.port = this.ports.irc;
    this.channel = '#tv';
    this.irc = `irc://127.0.0.1:${this.ports.irc}`;
    this.ircs = `ircs://localhost:${this.ports.ircs}`;
    this.fingerprint = fingerprintOf(this.tls.cert);
  }

  get pid() {
    return this.process.pid;
  }

  async start() {
    this.process = new Process(BINARY, ['--nodaemon', '--config', this.file], { cwd: this.dir });
    const until = Date.now() + 15000;
    while (!(await isOpen(this.ports.irc))) {
      if (this.process.end || Date.now() > until) throw new Error(`ngIRCd did not start:\n${this.process.log()}`);
      await sleep(20);
    }
  }

  // The bot's configuration for this server, with a back-off short enough for a test.
  gateway(more = {}) {
    return {
      name: 'irc', type: 'irc', url: this.ircs, ca_file: this.caFile, nick: 'episoded', channels: ['#tv'],
      reconnect: { base_ms: 50, cap_ms: 400 }, ...more,
    };
  }

  // A person.
  connect(nick, options = {}) {
    return IrcClient.connect(this.irc, { nick, ...options });
  }

  connectTls(nick, options = {}) {
    return IrcClient.connect(this.ircs, { nick, servername: 'localhost', ca: readFileSync(this.caFile), ...options });
  }

  // Kill it with SIGKILL.
  async kill() {
    this.process.kill('SIGKILL');
    await within(10000, 'the end of ngIRCd', this.process.ended);
  }

  async restart() {
    await this.kill();
    await this.start();
  }

  async stop() {
    this.process.kill('SIGTERM');
    await within(10000, 'the end of ngIRCd', this.process.ended);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

// nickLength: 9 is the limit of RFC 1459 and ngIRCd's default.
export async function startNgircd({ names = 'DNS:localhost,IP:127.0.0.1,IP:::1', nickLength = 9 } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'ngircd-'));
  chmodSync(dir, 0o755);
  const authority = makeAuthority(dir, 'authority');
  const tls = makeCertificate(dir, 'server', authority, names);
  const ports = { irc: await freePort(), ircs: await freePort() };
  const file = join(dir, 'ngircd.conf');
  writeFileSync(file, configuration({ dir, ports, tls, nickLength }));
  const server = new Ngircd({ dir, file, ports, tls, authority, caFile: authority.cert });
  await server.start();
  return server;
}
