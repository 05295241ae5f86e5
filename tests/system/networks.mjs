// The networks as a newcomer's machine finds them: at their own names and ports, with certificates that the machine trusts, and
// with people in them who ask. Runs in the container's network; connections to a name reach a server of the tests.

import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { textOf } from '../fake-discord/home.mjs';
import { startServices } from '../harness/atheme.mjs';
import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { within } from '../harness/process.mjs';
import { startTwitchServer } from '../harness/twitch-server.mjs';

const QUESTION = '!episode 5';
const ANSWER = /episode 5\b/i;
const ASK_MS = 20000;

// The networks' names, and what a newcomer types for them.
export const DISCORD = { token: 'MTExMTExMTExMTExMTExMTEx.fakeds.a-token-of-the-length-that-discord-uses' };
export const IRC = { host: 'irc.libera.chat', account: 'my-bot', password: 'correct-horse-battery', channel: '#my-show' };
export const TWITCH = { login: 'my_bot', clientId: 'k3yq9v2m8x7w1t5r6p4n0s8b2c1d3f', channel: '#somebody' };

export class Networks {
  #forwards = [];
  #names = [];
  #last = 0;

  // root: the container's file system, as seen from here.
  constructor(root) {
    this.root = root;
    this.dir = mkdtempSync(join(tmpdir(), 'networks-'));
  }

  // A name of the container's, whose port leads to a port of this machine's loopback.
  async #forward(name, port, to) {
    const address = `127.0.1.${++this.#last}`;
    const server = createServer((socket) => {
      const peer = connect(to, '127.0.0.1');
      for (const [one, other] of [[socket, peer], [peer, socket]]) {
        one.pipe(other);
        one.on('error', () => other.destroy());
      }
    });
    await new Promise((resolve, reject) => server.once('error', reject).listen(port, address, resolve));
    server.unref();
    this.#forwards.push(server);
    this.#names.push(`${address} ${name}`);
  }

  // For update-ca-certificates.
  #trust(file, name) {
    const folder = join(this.root, 'usr/local/share/ca-certificates');
    mkdirSync(folder, { recursive: true });
    copyFileSync(file, join(folder, `${name}.crt`));
  }

  async start() {
    const names = (...list) => [...list, 'localhost'].map((name) => `DNS:${name}`).join() + ',IP:127.0.0.1';
    this.discord = await startFakeDiscord({ token: DISCORD.token, guilds: 0, names: names('discord.com') });
    this.#trust(this.discord.caFile, 'discord');
    await this.#forward('discord.com', 443, this.discord.port);

    this.services = await startServices({ names: names(IRC.host) });
    await (await this.services.register(IRC.account, IRC.password)).close();
    this.#trust(this.services.server.caFile, 'irc');
    await this.#forward(IRC.host, 6697, this.services.server.ports.ircs);

    const authority = makeAuthority(this.dir, 'authority');
    const hosts = ['irc-ws.chat.twitch.tv', 'id.twitch.tv', 'api.twitch.tv'];
    const made = makeCertificate(this.dir, 'server', authority, names(...hosts));
    this.twitch = await startTwitchServer({
      tls: { key: readFileSync(made.key), cert: readFileSync(made.cert) },
      rooms: { [TWITCH.channel]: {} }, api: { clients: { [TWITCH.clientId]: {} } },
    });
    this.#trust(authority.cert, 'twitch');
    for (const host of hosts) await this.#forward(host, 443, this.twitch.listener.address().port);
    appendFileSync(join(this.root, 'etc/hosts'), `${this.#names.join('\n')}\n`);
  }

  // A person asks in a network; an error if the answer is not the synopsis.
  async askLobby(port = 8067) {
    const person = await IrcClient.connect(`ws://127.0.0.1:${port}/`, { nick: 'anna' });
    await person.join('#lobby');
    person.say('#lobby', QUESTION);
    await person.expectSaid('episoded', '#lobby', ANSWER, ASK_MS);
    await person.close();
  }

  // The owner of a server opens the invite link, and adds the bot.
  async askDiscord() {
    await this.discord.event('identify', { ms: ASK_MS });
    const [channel] = this.discord.join().channels;
    const answer = await this.discord.answered(this.discord.say(QUESTION, { channel }), ASK_MS);
    if (!ANSWER.test(textOf(answer))) throw new Error(`Discord: ${JSON.stringify(answer)}`);
  }

  async askIrc() {
    const person = await this.services.server.connectStream('anna');
    await person.join(IRC.channel);
    person.send(`NAMES ${IRC.channel}`);
    const names = (await person.expect((line) => line.verb === '353')).params.at(-1).split(/[ @+]+/);
    if (!names.includes(IRC.account)) await person.expect((line) => line.verb === 'JOIN' && line.nick === IRC.account, ASK_MS);
    person.send(`WHOIS ${IRC.account}`);
    await person.expect((line) => line.verb === '330' && line.params[2] === IRC.account); // logged in
    person.say(IRC.channel, QUESTION);
    await person.expectSaid(IRC.account, IRC.channel, ANSWER, ASK_MS);
    await person.close();
  }

  // A person types the code at twitch.tv/activate.
  allowTwitch(code) {
    this.twitch.api.authorize(code, { userId: '77', login: TWITCH.login });
  }

  async askTwitch() {
    const peer = await this.twitch.peer(ASK_MS);
    await peer.expect(new RegExp(`^JOIN ${TWITCH.channel}$`), ASK_MS);
    await peer.sync();
    this.twitch.say('anna', TWITCH.channel, QUESTION);
    await this.twitch.said(ANSWER, ASK_MS);
  }

  // What the bot did that a network does not want.
  get complaints() {
    return [...this.discord.complaints, ...this.twitch.violations, ...this.twitch.api.violations];
  }

  async stop() {
    for (const server of this.#forwards) server.close();
    await within(10000, 'the end of the networks', Promise.all([this.discord.stop(), this.services.stop(), this.twitch.stop()]));
    rmSync(this.dir, { recursive: true, force: true });
  }
}
