// A scripted IRC server over TCP, TLS and WebSocket, with reasonable default behaviour.
//
//   const server = await startIrcServer({ caps: { sasl: 'PLAIN' }, sasl: { accounts: { bot: 'secret' } } });
//   const peer = await server.peer();             // the next connection
//   await peer.expect(/^JOIN #tv/);               // received lines that are not consumed yet
//   server.say('anna!a@host', '#tv', '!ping');    // to all clients in #tv
//
// { people: { anna: '' } } are nicks on the network, each with its account: the server then answers WHOIS and MONITOR, and refuses
// private messages to others; server.arrive('anna', 'account') and server.leave('anna') change them.
//
// { on: { JOIN(peer, line) { ... } } } replaces the default for a verb; if it returns true, the default is used, too.

import { createServer as createNetServer } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTlsServer } from 'node:tls';

import { WebSocketServer } from 'ws';

import { parseLine } from './irc.mjs';
import { answerSasl } from './irc-server-sasl.mjs';
import { WAIT_MS, within } from './process.mjs';

const NAME = 'irc.test';
const CAPS = {
  'message-tags': '', 'server-time': '', batch: '', 'labeled-response': '', 'echo-message': '', 'account-tag': '',
  chghost: '', 'standard-replies': '',
};
const ISUPPORT = ['CASEMAPPING=ascii', 'CHANTYPES=#', 'NICKLEN=30', 'NETWORK=Test', 'STATUSMSG=@+', 'PREFIX=(ov)@+'];

function escapeTag(value) {
  const names = { ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n' };
  return String(value).replace(/[; \\\r\n]/g, (c) => names[c]);
}

export function tagged(tags, line) {
  const text = Object.entries(tags)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => (value === '' ? key : `${key}=${escapeTag(value)}`))
    .join(';');
  return text ? `@${text} ${line}` : line;
}

// One client's connection.
export class Peer {
  #unread = [];
  #waiters = new Set();

  constructor(server, transport) {
    Object.assign(this, {
      server, transport, nick: '*', caps: new Set(), channels: new Set(), monitored: new Set(), heard: [], account: '', isReady: false,
    });
    this.gone = new Promise((resolve) => {
      this.onClosed = () => {
        this.isClosed = true;
        this.#wake();
        resolve();
      };
    });
  }

  // Wait for the end of the connection, with a deadline: the server does not keep a failed test running.
  get closed() {
    return within(WAIT_MS, 'the end of the connection', this.gone);
  }

  get mask() {
    return `${this.nick}!${this.user ?? 'user'}@peer.test`;
  }

  // Send text or bytes unchanged; several lines with \r\n between are sent in one piece.
  raw(text) {
    if (!this.isClosed) this.transport.write(text);
  }

  // Send a line, with the server as its source unless it has one.
  send(line) {
    this.raw(/^[@:]/.test(line) ? line : `:${NAME} ${line}`);
  }

  numeric(number, text) {
    this.send(`${number} ${this.nick} ${text}`);
  }

  // Close without a message.
  end() {
    this.transport.end();
  }

  hear(raw) {
    const line = parseLine(raw);
    this.heard.push(raw);
    this.#unread.push(line);
    this.server.handle(this, line);
    this.#wake();
  }

  unread() {
    return this.#unread.map((line) => line.raw);
  }

  // The first line not yet consumed that fits; what came before it is consumed with it.
  expect(wanted, ms = WAIT_MS) {
    const fits = typeof wanted === 'function' ? wanted : (line) => wanted.test(line.raw);
    return new Promise((resolve, reject) => {
      const check = () => {
        const index = this.#unread.findIndex(fits);
        if (index < 0 && !this.isClosed) return;
        clearTimeout(timer);
        this.#waiters.delete(check);
        if (index >= 0) resolve(this.#unread.splice(0, index + 1).pop());
        else reject(new Error(`the client left before ${wanted}; heard:\n${this.heard.join('\n')}`));
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(check);
        reject(new Error(`no ${wanted} in ${ms} ms; heard:\n${this.heard.join('\n')}`));
      }, ms);
      this.#waiters.add(check);
      check();
    });
  }

  // Wait until all earlier lines of the client were received: its reply to a PING comes after them.
  async sync() {
    const token = `sync${Math.random().toString(36).slice(2)}`;
    this.send(`PING ${token}`);
    await this.expect((line) => line.verb === 'PONG' && line.params.at(-1) === token);
  }

  #wake() {
    for (const check of [...this.#waiters]) check();
  }
}

// ---------------------------------------------------------------- manners

function capNames(server) {
  return Object.entries(server.caps).map(([name, value]) => (value === '' ? name : `${name}=${value}`));
}

const manners = {
  CAP(server, peer, line) {
    const verb = line.params[0].toUpperCase();
    if (verb === 'LS') {
      peer.isNegotiating = !peer.isReady;
      const names = capNames(server);
      while (names.length > 8) peer.send(`CAP ${peer.nick} LS * :${names.splice(0, 8).join(' ')}`);
      peer.send(`CAP ${peer.nick} LS :${names.join(' ')}`);
    } else if (verb === 'REQ') {
      const names = line.params[1].trim().split(/ +/);
      const isGranted = names.every((name) => server.caps[name.replace(/^-/, '')] !== undefined && !server.nak(name));
      peer.send(`CAP ${peer.nick} ${isGranted ? 'ACK' : 'NAK'} :${names.join(' ')}`);
      if (!isGranted) return;
      for (const name of names) {
        if (name.startsWith('-')) peer.caps.delete(name.slice(1));
        else peer.caps.add(name);
      }
    } else if (verb === 'END') {
      peer.isNegotiating = false;
      server.welcome(peer);
    }
  },
  PASS(server, peer, line) {
    peer.pass = line.params[0];
  },
  NICK(server, peer, line) {
    const before = peer.mask;
    const nick = line.params[0];
    if (server.taken.has(nick.toLowerCase())) {
      peer.send(`433 ${peer.nick} ${nick} :Nickname is already in use`);
      return;
    }
    peer.nick = nick;
    if (peer.isReady) peer.send(`:${before} NICK ${nick}`);
    server.welcome(peer);
  },
  USER(server, peer, line) {
    peer.user = `~${line.params[0]}`;
    server.welcome(peer);
  },
  PING(server, peer, line) {
    peer.send(`PONG ${NAME} :${line.params[0]}`);
  },
  AUTHENTICATE(server, peer, line) {
    answerSasl(server.sasl, peer, line.params[0] ?? '');
  },
  JOIN(server, peer, line) {
    for (const name of line.params[0].split(',')) {
      peer.channels.add(name.toLowerCase());
      peer.send(`:${peer.mask} JOIN ${name}`);
      peer.numeric(366, `${name} :End of /NAMES list.`);
    }
  },
  PART(server, peer, line) {
    for (const name of line.params[0].split(',')) {
      peer.channels.delete(name.toLowerCase());
      peer.send(`:${peer.mask} PART ${name}`);
    }
  },
  // Send to all others in the channel, and with echo-message back to the sender with its label.
  PRIVMSG(server, peer, line) {
    const [target, text] = line.params;
    const tags = { time: new Date().toISOString(), msgid: server.newId() };
    if (server.people && !target.startsWith('#') && !server.people.has(target.toLowerCase())) {
      const label = peer.caps.has('labeled-response') ? line.tags.label : undefined;
      peer.send(server.dressed(peer, { label }, `:${NAME} 401 ${peer.nick} ${target} :No such nick/channel`));
      return;
    }
    const clientTags = Object.fromEntries(Object.entries(line.tags).filter(([key]) => key.startsWith('+')));
    const said = `:${peer.mask} ${line.verb} ${target} :${text}`;
    for (const other of server.peers) {
      const isMeant = other.nick.toLowerCase() === target.toLowerCase() || other.channels.has(target.toLowerCase());
      if (other !== peer && isMeant) other.send(server.dressed(other, { ...tags, ...clientTags }, said));
    }
    if (peer.caps.has('echo-message')) {
      const label = peer.caps.has('labeled-response') ? line.tags.label : undefined;
      peer.send(server.dressed(peer, { ...tags, ...clientTags, label }, said));
    } else if (line.tags.label && peer.caps.has('labeled-response')) {
      peer.send(`@label=${escapeTag(line.tags.label)} :${NAME} ACK`);
    }
  },
  NOTICE(...all) {
    manners.PRIVMSG(...all);
  },
  WHOIS(server, peer, line) {
    const nick = line.params[0], account = server.people?.get(nick.toLowerCase());
    if (!server.people) return;
    if (account === undefined) peer.numeric(401, `${nick} :No such nick/channel`);
    else peer.numeric(311, `${nick} user host * :a person`);
    if (account) peer.numeric(330, `${nick} ${account} :is logged in as`);
    peer.numeric(318, `${nick} :End of /WHOIS list.`);
  },
  MONITOR(server, peer, line) {
    const [how, nick] = line.params;
    if (how === '-') peer.monitored.delete(nick.toLowerCase());
    if (how !== '+') return;
    peer.monitored.add(nick.toLowerCase());
    peer.numeric(server.people?.has(nick.toLowerCase()) ? 730 : 731, `:${nick}`);
  },
  QUIT(server, peer) {
    peer.send('ERROR :Closing Link: goodbye');
    peer.end();
  },
};

// ---------------------------------------------------------------- the server

class IrcServer {
  #waiting = [];
  #takers = [];
  #ids = 0;

  constructor(options) {
    this.caps = { ...CAPS, ...options.caps };
    for (const [name, value] of Object.entries(this.caps)) if (value === null) delete this.caps[name];
    this.isupport = options.isupport ?? ISUPPORT;
    this.version = options.version ?? 'scripted-1';
    this.nak = options.nak ?? (() => false);
    this.sasl = options.sasl ?? {};
    this.on = options.on ?? {};
    this.needsUser = options.needsUser ?? true;
    this.taken = new Set((options.taken ?? []).map((nick) => nick.toLowerCase()));
    this.onPeer = options.onPeer;
    this.people = options.people && new Map(Object.entries(options.people));
    this.peers = new Set();
    this.count = 0; // connections ever
    this.servers = [];
  }

  newId() {
    this.#ids += 1;
    return `id${this.#ids}`;
  }

  // The tags that a peer has enabled.
  dressed(peer, tags, line) {
    const wants = (key) => {
      if (key === 'time') return peer.caps.has('server-time');
      if (key === 'account') return peer.caps.has('account-tag');
      if (key === 'batch') return peer.caps.has('batch');
      if (key === 'label') return peer.caps.has('labeled-response');
      return peer.caps.has('message-tags');
    };
    return tagged(Object.fromEntries(Object.entries(tags).filter(([key]) => wants(key))), line);
  }

  // A person writes a message; mask is nick!user@host.
  say(mask, target, text, tags = {}) {
    const whole = { time: new Date().toISOString(), msgid: this.newId(), ...tags };
    const channel = target.replace(/^[@+]+(?=#)/, ''); // a STATUSMSG: the bot has every status here
    for (const peer of this.peers) {
      if (channel.startsWith('#') ? peer.channels.has(channel.toLowerCase()) : peer.nick.toLowerCase() === target.toLowerCase())
        peer.send(this.dressed(peer, whole, `:${mask} PRIVMSG ${target} :${text}`));
    }
    return whole.msgid;
  }

  arrive(nick, account = '') {
    this.people.set(nick.toLowerCase(), account);
    for (const peer of this.peers) if (peer.monitored.has(nick.toLowerCase())) peer.numeric(730, `:${nick}!user@host`);
  }

  leave(nick) {
    this.people.delete(nick.toLowerCase());
    for (const peer of this.peers) if (peer.monitored.has(nick.toLowerCase())) peer.numeric(731, `:${nick}`);
  }

  // The next connection, in order.
  peer(ms = WAIT_MS) {
    if (this.#waiting.length) return Promise.resolve(this.#waiting.shift());
    return within(ms, 'a connection', new Promise((resolve) => this.#takers.push(resolve)));
  }

  handle(peer, line) {
    const verb = line.verb.toUpperCase();
    const own = this.on[verb];
    if (own && own(peer, line, this) !== true) return;
    manners[verb]?.(this, peer, line);
  }

  welcome(peer) {
    if (peer.isReady || peer.isNegotiating || peer.nick === '*' || (this.needsUser && !peer.user)) return;
    if (this.on.welcome && this.on.welcome(peer, this) !== true) return;
    peer.isReady = true;
    peer.numeric('001', `:Welcome to the test, ${peer.nick}`);
    peer.numeric('004', `${NAME} ${this.version} abc def`);
    peer.numeric('005', `${this.isupport.join(' ')} :are supported by this server`);
    peer.numeric('422', ':There is no MOTD');
  }

  add(transport) {
    const peer = new Peer(this, transport);
    this.peers.add(peer);
    this.count += 1;
    peer.gone.then(() => this.peers.delete(peer));
    this.onPeer?.(peer);
    if (this.#takers.length) this.#takers.shift()(peer);
    else this.#waiting.push(peer);
    return peer;
  }

  // TCP or TLS: lines that end in CRLF.
  addStream(socket) {
    const peer = this.add({
      kind: 'stream',
      write: (text) => socket.write(Buffer.isBuffer(text) ? Buffer.concat([text, Buffer.from('\r\n')]) : `${text}\r\n`),
      end: () => socket.destroySoon(),
    });
    socket.unref();
    if (socket.getPeerCertificate) peer.certificate = socket.getPeerCertificate();
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (data) => {
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      for (const line of lines) peer.hear(line.replace(/\r$/, ''));
    });
    socket.on('error', () => {}); // the following close event reports it
    socket.on('close', () => peer.onClosed());
  }

  addWebSocket(socket) {
    const peer = this.add({ kind: 'websocket', write: (text) => socket.send(text), end: () => socket.terminate() });
    peer.protocol = socket.protocol;
    socket._socket.unref();
    socket.on('message', (data) => peer.hear(data.toString()));
    socket.on('error', () => {});
    socket.on('close', () => peer.onClosed());
  }

  async listen(server) {
    this.servers.push(server);
    server.unref();
    await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return server.address().port;
  }

  webSocketOn(http) {
    const handleProtocols = (offered) => [...offered].find((name) => name.endsWith('.ircv3.net')) ?? false;
    new WebSocketServer({ server: http, handleProtocols }).on('connection', (socket) => this.addWebSocket(socket));
    return http;
  }

  // The bot's configuration for this server, with a back-off short enough for a test.
  gateway(more = {}) {
    return {
      name: 'irc', type: 'irc', url: this.url, nick: 'episoded', channels: ['#tv'],
      reconnect: { base_ms: 50, cap_ms: 400 }, ...more,
    };
  }

  async stop() {
    for (const peer of this.peers) peer.end();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

// tls: { key, cert } as PEM enables ircs and wss; a client certificate is requested, and always accepted.
export async function startIrcServer({ tls, ...options } = {}) {
  const server = new IrcServer(options);
  server.port = await server.listen(createNetServer((socket) => server.addStream(socket)));
  server.url = `irc://127.0.0.1:${server.port}`;
  server.wsPort = await server.listen(server.webSocketOn(createHttpServer()));
  server.ws = `ws://127.0.0.1:${server.wsPort}/`;
  if (tls) {
    const secure = { key: tls.key, cert: tls.cert, requestCert: true, rejectUnauthorized: false };
    const listener = createTlsServer(secure, (socket) => server.addStream(socket));
    listener.on('tlsClientError', () => {}); // a client that does not trust us
    server.tlsPort = await server.listen(listener);
    server.tls = `ircs://localhost:${server.tlsPort}`;
    server.wssPort = await server.listen(server.webSocketOn(createHttpsServer(secure)));
    server.wss = `wss://localhost:${server.wssPort}/`;
  }
  return server;
}
