// A strict fake Twitch: it enforces order, rate limits and channel modes as Twitch does.
//
//   const server = await startTwitchServer({ tls: { key, cert } });   // wss if tls is given
//   const peer = await server.peer();                                  // the next connection
//   const id = server.say('anna', '#tv', '!episode 5');                // to every connection that is in #tv
//   await server.said(/Episode 5/);                                    // a message that reached the channel
//
// Its authorization server is server.api (twitch-api.mjs). Windows have Twitch's length. server.violations must be empty at the end of a test.

import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';

import { WebSocketServer } from 'ws';

import { Peer, tagged } from './irc-server.mjs';
import { WAIT_MS, within } from './process.mjs';
import { TwitchApi } from './twitch-api.mjs';

const NAME = 'tmi.twitch.tv';
const CAPS = ['twitch.tv/tags', 'twitch.tv/commands', 'twitch.tv/membership'];
const TEXT_MAX = 500;
const SAME_MS = 30000;
const STALL_MS = 300; // on a busy machine two messages may arrive closer together than they were sent

// At most limit events in any span; further ones are violations.
class Window {
  #times = [];

  constructor(limit, spanMs) {
    Object.assign(this, { limit, spanMs });
  }

  take(limit = this.limit) {
    const now = Date.now();
    this.#times = this.#times.filter((time) => now - time < this.spanMs);
    this.#times.push(now);
    return this.#times.length <= limit;
  }
}

export function personOf(login) {
  let id = 1000;
  for (const letter of login) id = (id * 31 + letter.charCodeAt(0)) % 1000000007;
  return String(id);
}

const manners = {
  CAP(server, peer, line) {
    const [verb, list] = line.params;
    const names = (list ?? '').split(' ');
    if (verb !== 'REQ') server.violate(`CAP ${verb}`);
    const isKnown = names.every((name) => CAPS.includes(name));
    peer.send(`CAP * ${isKnown ? 'ACK' : 'NAK'} :${list}`);
    if (isKnown) for (const name of names) peer.caps.add(name);
  },
  PASS(server, peer, line) {
    peer.pass = line.params[0];
  },
  NICK(server, peer, line) {
    const login = line.params[0];
    if (login !== login.toLowerCase()) server.violate(`NICK ${login}`);
    if (!peer.caps.has('twitch.tv/tags') || !peer.caps.has('twitch.tv/commands')) server.violate('NICK before CAP');
    if (!peer.pass?.startsWith('oauth:')) return peer.refuse('Improperly formatted auth');
    if (!server.api.isValid(peer.pass.slice('oauth:'.length))) return peer.refuse('Login authentication failed');
    if (!server.logins.take()) server.violate('too many logins');
    peer.nick = login;
    peer.isReady = true;
    // In one frame, as Twitch does.
    peer.raw([
      `:${NAME} 001 ${login} :Welcome, GLHF!`, `:${NAME} 002 ${login} :Your host is ${NAME}`,
      `:${NAME} 003 ${login} :This server is rather new`, `:${NAME} 004 ${login} :-`,
      `:${NAME} 375 ${login} :-`, `:${NAME} 372 ${login} :You are in a maze of twisty passages, all alike.`,
      `:${NAME} 376 ${login} :>`,
      tagged({ badges: '', 'display-name': login, 'user-id': personOf(login) }, `:${NAME} GLOBALUSERSTATE`), '',
    ].join('\r\n'));
    return undefined;
  },
  PING(server, peer, line) {
    peer.send(`:${NAME} PONG ${NAME} :${line.params[0]}`);
  },
  PONG() {},
  JOIN(server, peer, line) {
    for (const name of line.params[0].split(',')) {
      if (name !== name.toLowerCase()) server.violate(`JOIN ${name}`);
      if (!server.joins.take()) server.violate('too many joins'); // and no answer, as on Twitch
      else server.seat(peer, name);
    }
  },
  PART(server, peer, line) {
    peer.channels.delete(line.params[0]);
    peer.send(`:${peer.mask} PART ${line.params[0]}`);
  },
  PRIVMSG(server, peer, line) {
    server.hear(peer, line);
  },
};

export class TwitchServer {
  #waiting = [];
  #takers = [];
  #sayers = new Set();
  #unread = [];

  constructor({ token = 'secret', rooms = {}, on = {}, nonces = true, windows = {}, api = {} }) {
    Object.assign(this, { on, nonces });
    this.api = new TwitchApi(api);
    this.api.allow(token, { scopes: api.scopes });
    this.rooms = new Map(Object.entries({ '#tv': {}, ...rooms }).map(([name, room]) => [name, this.makeRoom(name, room)]));
    this.peers = new Set();
    this.count = 0;
    this.violations = [];
    this.messages = []; // what reached a channel: { room, text, tags, peer }
    this.logins = new Window(20, 10000);
    this.joins = new Window(windows.joins ?? 20, 10000);
    this.sent = new Window(20, windows.sentMs ?? 30000);
  }

  makeRoom(name, { modes = {}, role = '', exists = true, refuse } = {}) {
    return {
      name, id: personOf(name), exists, role, refuse,
      modes: { 'emote-only': '0', 'followers-only': '-1', r9k: '0', slow: '0', 'subs-only': '0', ...modes },
      last: { text: '', ms: 0 }, pace: 0, said: new Set(),
    };
  }

  violate(what) {
    this.violations.push(what);
  }

  get isModerator() {
    return (room) => room.role === 'moderator' || room.role === 'broadcaster';
  }

  userstate(room, more = {}) {
    return tagged({
      'badge-info': '', badges: room.role ? `${room.role}/1` : '', color: '', 'display-name': 'Episoded',
      mod: this.isModerator(room) ? '1' : '0', subscriber: room.role === 'subscriber' ? '1' : '0', ...more,
    }, `:${NAME} USERSTATE ${room.name}`);
  }

  roomstate(room, modes = room.modes) {
    return tagged({ ...modes, 'room-id': room.id }, `:${NAME} ROOMSTATE ${room.name}`);
  }

  notice(peer, room, id, text = id) {
    peer.send(`@msg-id=${id} :${NAME} NOTICE ${room.name} :${text}`);
  }

  // Join a channel, with Twitch's replies; a channel that does not exist gets no reply.
  seat(peer, name) {
    const room = this.rooms.get(name);
    if (!room?.exists) return;
    if (room.refuse) {
      this.notice(peer, room, room.refuse);
      return;
    }
    peer.channels.add(name);
    peer.raw([
      `:${peer.mask} JOIN ${name}`, `:${peer.nick}.${NAME} 353 ${peer.nick} = ${name} :${peer.nick}`,
      `:${peer.nick}.${NAME} 366 ${peer.nick} ${name} :End of /NAMES list`, this.userstate(room), this.roomstate(room), '',
    ].join('\r\n'));
  }

  // Change a channel's modes; only the changes are sent.
  change(name, modes) {
    const room = this.rooms.get(name);
    Object.assign(room.modes, modes);
    this.tell(name, this.roomstate(room, modes));
  }

  promote(name, role) {
    this.rooms.get(name).role = role;
    this.tell(name, this.userstate(this.rooms.get(name)));
  }

  tell(name, line) {
    for (const peer of this.peers) if (peer.channels.has(name)) peer.send(line);
  }

  // The reason why a message is refused, or undefined.
  refusal(room, text) {
    const now = Date.now();
    const { modes } = room;
    const isMod = this.isModerator(room);
    if (isMod) return undefined;
    if (modes['emote-only'] === '1') return 'msg_emoteonly';
    if (modes['subs-only'] === '1' && !['vip', 'subscriber'].includes(room.role)) return 'msg_subsonly';
    if (modes['followers-only'] !== '-1' && room.role !== 'vip') return 'msg_followersonly';
    if (modes.slow !== '0' && room.role !== 'vip' && now - room.last.ms < Number(modes.slow) * 1000 - STALL_MS) {
      this.violate('slow mode');
      return 'msg_slowmode';
    }
    if (modes.r9k === '1' && text.length > 9 && room.said.has(text)) return 'msg_r9k';
    if (room.last.text === text && now - room.last.ms < SAME_MS) return 'msg_duplicate';
    return undefined;
  }

  hear(peer, line) {
    const [name, text] = line.params;
    const room = this.rooms.get(name);
    if (this.on.PRIVMSG && this.on.PRIVMSG(peer, line, this) !== true) return;
    if (/^[/.]/.test(text)) this.violate(`a command: ${text}`);
    if ([...text].length > TEXT_MAX) this.violate(`a message of ${[...text].length}`);
    if (/[\x00-\x1f\x7f]/.test(text)) this.violate('formatting');
    if (!room || !peer.channels.has(name)) {
      this.violate(`a message to ${name} from outside`);
      return;
    }
    const now = Date.now();
    if (!this.sent.take(this.isModerator(room) ? 100 : 20)) {
      this.violate('too fast for the account');
      return; // without a reply
    }
    if (!this.isModerator(room) && now - room.pace < 1000 - STALL_MS) {
      this.violate('too fast for the channel');
      return;
    }
    room.pace = now;
    const why = this.refusal(room, text);
    if (why) {
      this.notice(peer, room, why);
      return;
    }
    this.deliver(peer, room, line);
  }

  // Deliver a message to the channel, and confirm it.
  async deliver(peer, room, line) {
    const { id } = this.record(room, line.params[1], line.tags, peer);
    const nonce = this.nonces && line.tags['client-nonce'] ? { 'client-nonce': line.tags['client-nonce'], id } : {};
    if (!this.on.confirm || (await this.on.confirm(peer, room, line, this)) === true) peer.send(this.userstate(room, nonce));
  }

  // A message of the bot has reached the channel.
  record(room, text, tags, peer) {
    room.last = { text, ms: Date.now() };
    room.said.add(text);
    this.messages.push({ room: room.name, text, tags, peer, id: randomUUID() });
    this.#unread.push(this.messages.at(-1));
    queueMicrotask(() => {
      for (const wake of [...this.#sayers]) wake();
    });
    return this.messages.at(-1);
  }

  // A moderator removes a message, times a person out, or bans one (no seconds).
  deleteMessage(name, id) {
    this.tell(name, `@target-msg-id=${id} :${NAME} CLEARMSG ${name} :-`);
  }

  clearUser(name, login, seconds) {
    const duration = seconds ? `ban-duration=${seconds};` : '';
    this.tell(name, `@${duration}target-user-id=${personOf(login)} :${NAME} CLEARCHAT ${name} :${login}`);
  }

  // The first matching message in a channel that was not consumed yet.
  said(wanted, ms = WAIT_MS) {
    const fits = typeof wanted === 'function' ? wanted : (message) => wanted.test(message.text);
    return new Promise((resolve, reject) => {
      const check = () => {
        const index = this.#unread.findIndex(fits);
        if (index < 0) return;
        clearTimeout(timer);
        this.#sayers.delete(check);
        resolve(this.#unread.splice(index, 1)[0]);
      };
      const timer = setTimeout(() => {
        this.#sayers.delete(check);
        reject(new Error(`nobody said ${wanted} in ${ms} ms; said:\n${this.messages.map((one) => one.text).join('\n')}`));
      }, ms);
      this.#sayers.add(check);
      check();
    });
  }

  // A person writes a message, sent to every connection in the channel (or to the given ones); returns its ID.
  say(login, name, text, { tags = {}, to = this.peers } = {}) {
    const id = tags.id ?? randomUUID();
    const whole = {
      'badge-info': '', badges: '', color: '#FF0000', 'display-name': login[0].toUpperCase() + login.slice(1), emotes: '',
      'first-msg': '0', flags: '', id, mod: '0', 'returning-chatter': '0', 'room-id': this.rooms.get(name).id, subscriber: '0',
      'tmi-sent-ts': String(Date.now()), turbo: '0', 'user-id': personOf(login), 'user-type': '', ...tags,
    };
    const line = tagged(whole, `:${login}!${login}@${login}.${NAME} PRIVMSG ${name} :${text}`);
    for (const peer of to) if (peer.channels.has(name)) peer.send(line);
    return id;
  }

  userId(login) {
    return personOf(login);
  }

  peer(ms = WAIT_MS) {
    if (this.#waiting.length) return Promise.resolve(this.#waiting.shift());
    return within(ms, 'a connection', new Promise((resolve) => this.#takers.push(resolve)));
  }

  handle(peer, line) {
    const verb = line.verb.toUpperCase();
    if (!peer.isReady && !['CAP', 'PASS', 'NICK', 'PONG'].includes(verb)) this.violate(`${verb} before the login`);
    if (verb !== 'PRIVMSG' && this.on[verb] && this.on[verb](peer, line, this) !== true) return;
    if (!manners[verb]) this.violate(`unknown command ${verb}`);
    manners[verb]?.(this, peer, line);
  }

  add(socket, request) {
    const transport = { write: (text) => socket.send(text), end: () => socket.terminate() };
    const peer = new Peer(this, transport);
    // Replace the server's name of Peer by Twitch's.
    peer.send = (line) => peer.raw(/^[@:]/.test(line) || /^(PING|RECONNECT)/.test(line) ? line : `:${NAME} ${line}`);
    peer.refuse = (text) => {
      peer.raw(`:${NAME} NOTICE * :${text}\r\n`);
      socket.close();
    };
    Object.defineProperty(peer, 'mask', { get: () => `${peer.nick}!${peer.nick}@${peer.nick}.${NAME}` });
    peer.headers = request.headers;
    this.peers.add(peer);
    this.count += 1;
    peer.gone.then(() => this.peers.delete(peer));
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.violate('a binary frame');
      for (const line of data.toString().split(/\r?\n/)) if (line) peer.hear(line);
    });
    socket.on('error', () => {}); // the following close event reports it
    socket.on('close', () => peer.onClosed());
    socket._socket.unref(); // the server does not keep a failed test running
    this.offer(peer);
  }

  // A new connection: for the next peer().
  offer(peer) {
    if (this.#takers.length) this.#takers.shift()(peer);
    else this.#waiting.push(peer);
  }

  // The bot's configuration for this server, with a back-off short enough for a test.
  gateway(more = {}) {
    return {
      name: 'twitch', type: 'twitch', url: this.url, oauth: this.oauth, login: 'episoded', channels: ['#tv'],
      ...('client_id' in more ? {} : { token: { env: 'TWITCH_TOKEN' } }),
      reconnect: { base_ms: 50, cap_ms: 400 }, ...more,
    };
  }

  async stop() {
    for (const peer of this.peers) peer.end();
    await new Promise((resolve) => this.listener.close(resolve));
  }
}

export async function startTwitchServer({ tls, ...options } = {}) {
  const server = new TwitchServer(options);
  const listener = tls ? createHttpsServer(tls) : createHttpServer();
  // Twitch negotiates no subprotocol.
  new WebSocketServer({ server: listener, handleProtocols: () => false })
    .on('connection', (socket, request) => server.add(socket, request));
  await new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  listener.on('request', server.api.handler);
  listener.unref();
  server.listener = listener;
  server.oauth = `https://localhost:${listener.address().port}/oauth2`;
  server.url = tls ? `wss://localhost:${listener.address().port}/` : `ws://127.0.0.1:${listener.address().port}/`;
  return server;
}
