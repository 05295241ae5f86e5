// Real services: Atheme 7.2, linked to a real InspIRCd.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Daemon, makeFolder } from './daemon.mjs';
import { startInspircd } from './inspircd.mjs';
import { freePort } from './ports.mjs';

const NAME = 'services.test';
const MODULES = [
  'protocol/inspircd', 'backend/opensex', 'crypto/posix',
  'nickserv/main', 'nickserv/register', 'nickserv/identify', 'nickserv/ghost', 'nickserv/info', 'nickserv/group',
  'nickserv/enforce', 'nickserv/set_pubkey', 'nickserv/set_privmsg', 'nickserv/help', 'nickserv/cert',
  'chanserv/main', 'chanserv/register', 'chanserv/set_entrymsg', 'chanserv/set_guard', 'chanserv/set_verbose',
  'chanserv/kick', 'chanserv/op', 'chanserv/help', 'chanserv/info',
  'memoserv/main', 'memoserv/send', 'global/main', 'operserv/main',
  'saslserv/main', 'saslserv/plain', 'saslserv/external', 'saslserv/ecdsa-nist256p-challenge',
];

function service(name) {
  return `${name.toLowerCase()} { nick = "${name}"; user = "${name}"; host = "${NAME}"; real = "${name}"; };`;
}

function configuration({ port }) {
  return `
${MODULES.map((name) => `loadmodule "modules/${name}";`).join('\n')}
serverinfo { name = "${NAME}"; desc = "Services for one test"; numeric = "00A"; recontime = 1; netname = "Test"; adminname = "Test";
  adminemail = "test@example.invalid"; registeremail = "test@example.invalid"; maxlogins = 100; maxusers = 100; mdlimit = 100;
  auth = none; casemapping = rfc1459; loglevel = { error; info; }; };
uplink "irc.test" { host = "127.0.0.1"; password = "link"; port = ${port}; };
${['NickServ', 'ChanServ', 'MemoServ', 'OperServ', 'SaslServ'].map(service).join('\n')}
global { nick = "Global"; user = "Global"; host = "${NAME}"; real = "Global"; };
general { commit_interval = 1; use_privmsg; };
`;
}

class Services extends Daemon {
  // A person who registers an account of the nick's name, and returns logged in.
  async register(nick, password = 'sesame') {
    const person = await this.server.connectStream(nick);
    await this.ask(person, 'NickServ', `REGISTER ${password} ${nick}@example.invalid`, /registered|now logged in/i);
    return person;
  }

  // Send a command to a service, and wait for its answer.
  async ask(person, service, text, answer) {
    person.say(service, text);
    return person.expect((line) => /^(NOTICE|PRIVMSG)$/.test(line.verb) && line.nick === service && answer.test(line.params[1]));
  }

  async stop() {
    await super.stop();
    await this.server.stop();
  }
}

// The services and their server, with its options.
export async function startServices(options = {}) {
  const services = { name: NAME, port: await freePort() };
  const server = await startInspircd({ ...options, services });
  const dir = makeFolder('atheme');
  const file = join(dir, 'atheme.conf');
  writeFileSync(file, configuration({ port: server.ports.link }));
  const args = ['-n', '-c', file, '-D', dir, '-l', join(dir, 'log'), '-p', join(dir, 'pid')];
  const daemon = new Services({ name: 'Atheme', command: '/usr/bin/atheme-services', args, dir, written: /finished synching/ });
  return Object.assign(daemon, { server }).start();
}
