// A small IRC client over WebSocket, TCP or TLS, for people in tests.

import WebSocket from 'ws';

import { isStream, openStream } from './irc-stream.mjs';
import { WAIT_MS, within } from './process.mjs';

const ESCAPES = { ':': ';', s: ' ', '\\': '\\', r: '\r', n: '\n' };

function parseTags(text) {
  const tags = {};
  for (const part of text.split(';')) {
    const [key, ...value] = part.split('=');
    tags[key] = value.join('=').replace(/\\(.?)/g, (_, c) => ESCAPES[c] ?? c);
  }
  return tags;
}

export function parseLine(raw) {
  const line = { tags: {}, source: '', verb: '', params: [], raw };
  let rest = raw;
  if (rest.startsWith('@')) {
    const end = rest.indexOf(' ');
    line.tags = parseTags(rest.slice(1, end));
    rest = rest.slice(end + 1).trimStart();
  }
  if (rest.startsWith(':')) {
    const end = rest.indexOf(' ');
    line.source = rest.slice(1, end);
    rest = rest.slice(end + 1).trimStart();
  }
  const colon = rest.indexOf(' :');
  const words = (colon < 0 ? rest : rest.slice(0, colon)).split(' ').filter(Boolean);
  line.verb = words.shift() ?? '';
  line.params = colon < 0 ? words : [...words, rest.slice(colon + 2)];
  line.nick = line.source.split('!')[0];
  return line;
}

export class IrcClient {
  #lines = [];
  #waiters = new Set();

  // caps: requested one by one; pass: sent first; protocols: offered in the handshake; origin: the Origin header.
  static async connect(url, options = {}) {
    const { nick = 'tester', pass, caps = [], protocols = ['text.ircv3.net'], origin, ca, cert, key, servername } = options;
    const client = new IrcClient();
    client.nick = nick;
    client.socket = isStream(url)
      ? openStream(url, { ca, cert, key, servername })
      : new WebSocket(url, protocols, { origin, ca, cert, key, servername, perMessageDeflate: false });
    client.closed = new Promise((resolve) => {
      client.socket.once('close', (code, reason) => {
        client.end = { code, reason: reason.toString() };
        client.#wake();
        resolve(client.end);
      });
    });
    await within(WAIT_MS, `opening ${url}`, new Promise((resolve, reject) => {
      client.socket.once('open', resolve);
      client.socket.once('error', reject);
    }));
    client.socket.on('error', () => {}); // the following close event reports it
    client.socket.on('message', (data) => client.#receive(data.toString()));
    await client.#register(caps, pass);
    return client;
  }

  async #register(caps, pass) {
    if (pass) this.send(`PASS ${pass}`);
    if (caps.length) this.send('CAP LS 302');
    this.send(`NICK ${this.nick}`);
    this.send(`USER ${this.nick} 0 * :${this.nick}`);
    if (caps.length) {
      await this.expect((line) => line.verb === 'CAP' && line.params[1] === 'LS' && line.params[2] !== '*');
      for (const cap of caps) {
        this.send(`CAP REQ :${cap}`);
        await this.expect((line) => line.verb === 'CAP' && /^(ACK|NAK)$/.test(line.params[1]));
      }
      this.send('CAP END');
    }
    await this.expect((line) => line.verb === '001');
    await this.expect((line) => line.verb === '376' || line.verb === '422');
  }

  #receive(data) {
    for (const raw of data.split(/\r?\n/).filter(Boolean)) {
      const line = parseLine(raw);
      if (line.verb === 'PING') this.send(`PONG :${line.params[0]}`);
      else this.#lines.push(line);
    }
    this.#wake();
  }

  #wake() {
    for (const check of [...this.#waiters]) check();
  }

  get protocol() {
    return this.socket.protocol;
  }

  send(line) {
    this.socket.send(line);
  }

  say(target, text) {
    this.send(`PRIVMSG ${target} :${text}`);
  }

  async join(channel) {
    this.send(`JOIN ${channel}`);
    await this.expect((line) => line.verb === '366' && line.params[1].toLowerCase() === channel.toLowerCase());
  }

  // The first line not yet consumed that fits; what came before it is consumed with it.
  expect(wanted, ms = WAIT_MS) {
    const fits = typeof wanted === 'function' ? wanted : (line) => wanted.test(line.raw);
    return new Promise((resolve, reject) => {
      const check = () => {
        const index = this.#lines.findIndex(fits);
        if (index < 0 && !this.end) return;
        clearTimeout(timer);
        this.#waiters.delete(check);
        if (index >= 0) resolve(this.#lines.splice(0, index + 1).pop());
        else reject(new Error(`${this.nick} was disconnected before ${wanted}: ${JSON.stringify(this.end)}`));
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(check);
        const seen = this.#lines.map((line) => line.raw).join('\n');
        reject(new Error(`${this.nick} did not see ${wanted} in ${ms} ms; unread:\n${seen}`));
      }, ms);
      this.#waiters.add(check);
      check();
    });
  }

  // Wait for a message in a channel or to us.
  expectSaid(nick, target, pattern, ms = WAIT_MS) {
    return this.expect(
      (line) =>
        (line.verb === 'PRIVMSG' || line.verb === 'NOTICE') &&
        line.nick === nick &&
        line.params[0].toLowerCase() === target.toLowerCase() &&
        pattern.test(line.params[1]),
      ms,
    );
  }

  // Lines not consumed yet, for tests of things that must not happen.
  unread() {
    return [...this.#lines];
  }

  // Wait for the server's reply to a PING: it has then processed all earlier lines.
  async sync() {
    const token = `sync${Math.random().toString(36).slice(2)}`;
    this.send(`PING ${token}`);
    await this.expect((line) => line.verb === 'PONG' && line.params.at(-1) === token);
  }

  async close() {
    if (this.end) return;
    this.socket.close(1000);
    const timer = setTimeout(() => this.socket.terminate(), 2000);
    await this.closed;
    clearTimeout(timer);
  }
}
