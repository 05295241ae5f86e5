// A real ZNC 1.8, a bouncer that keeps the bot's nick on a server and sends it what was said while it was away.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeFolder } from './daemon.mjs';
import { IrcDaemon } from './irc-daemon.mjs';
import { IrcClient } from './irc.mjs';
import { freePort } from './ports.mjs';

const PASSWORD = 'sesame';

// It sends its whole buffer at each connection, also what the bot has answered; by default only what came since the last one.
function configuration({ port, server, nick, channel }) {
  return `Version = 1.8.2
ConnectDelay = 1
ServerThrottle = 1
<Listener bot>
	Port = ${port}
	Host = 127.0.0.1
	IPv4 = true
	IPv6 = false
	SSL = false
</Listener>
<User bot>
	Pass = plain#${PASSWORD}
	Admin = false
	Nick = ${nick}
	AltNick = ${nick}_
	Ident = ${nick}
	RealName = ${nick}
	AutoClearChanBuffer = false
	AutoClearQueryBuffer = false
	ChanBufferSize = 500
	QueryBufferSize = 500
	<Network test>
		FloodRate = 0.00
		Server = 127.0.0.1 ${server.port}
		<Chan ${channel}>
		</Chan>
	</Network>
</User>
`;
}

// The bouncer and its server: people connect to the server.
class Znc extends IrcDaemon {
  gateway(more = {}) {
    return super.gateway({ password: { env: 'ZNC_PASSWORD' }, ...more });
  }

  // Of the bot.
  get secrets() {
    return { ZNC_PASSWORD: `bot/test:${PASSWORD}` };
  }

  connect(nick, options = {}) {
    return IrcClient.connect(this.server.irc, { nick, ...options });
  }

  // Start with its nick on the server, in the channel that a founder made.
  async start() {
    this.founder = await this.connect('founder');
    await this.founder.join(this.channel);
    const joined = this.founder.expect((line) => line.verb === 'JOIN' && line.nick === this.nick);
    await super.start();
    await joined;
    return this;
  }

  // A restart is the server's. ZNC waits a while before it returns to it.
  async restart() {
    await this.server.restart();
    this.founder = await this.connect('founder');
    this.founder.send(`JOIN ${this.channel}`);
    const isNick = (name) => name.replace(/^[@+]/, '') === this.nick;
    await this.founder.expect((line) => (line.verb === 'JOIN' && line.nick === this.nick) ||
      (line.verb === '353' && line.params.at(-1).split(' ').some(isNick)), 60000);
  }

  // Make a person an operator of the channel.
  async befriend(nick) {
    this.founder.send(`MODE ${this.channel} +o ${nick}`);
    await this.founder.sync();
  }

  async stop() {
    await super.stop();
    await this.founder.close();
    await this.server.stop();
  }
}

export async function startZnc(server, { nick = 'episoded', channel = '#tv' } = {}) {
  const dir = makeFolder('znc');
  const port = await freePort();
  mkdirSync(join(dir, 'configs'));
  writeFileSync(join(dir, 'configs', 'znc.conf'), configuration({ port, server, nick, channel }));
  const znc = new Znc({ name: 'ZNC', command: '/usr/bin/znc', args: ['--foreground', '--datadir', dir], dir, port, channel });
  return Object.assign(znc, { server, nick }).start();
}
