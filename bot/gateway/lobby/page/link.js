// The connection to the lobby: registers, joins, reconnects, and sends each message once.

import { parseLine, formatLine, sameName } from './irc.js';

const CAPS = ['message-tags', 'server-time', 'echo-message', 'batch', 'account-tag', 'episoded/card', 'episoded/topic'];
const BACKOFF_BASE_MS = 400;
const BACKOFF_CAP_MS = 15_000;
const STABLE_MS = 10_000; // after this time a connection resets the back-off
const PROBE_MS = 4_000; // for the PONG after waking up; then the connection is dead
const SENT_ID = '+episoded/id';
const PENDING_MAX = 200;
const SESSION_KEY = 'episoded.session';
const ASKED_MAX_BYTES = 400; // of a question while typing
const PERSON_KEY = 'episoded.person';
const PRIVATE_MAX = 50; // messages that the lobby keeps of one person
const TIME_MAX_MS = 8.64e15; // the latest that Date can represent

const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(9)), (b) => b.toString(36)).join('');

// Is this a message as say() stores it? The storage may hold anything.
function isPending(message) {
  return typeof message?.sentId === 'string' && typeof message.text === 'string' && typeof message.target === 'string'
    && Math.abs(message.time) <= TIME_MAX_MS;
}

/*
 * Events (CustomEvent, detail):
 *   state     {state: 'connecting' | 'ready' | 'waiting', retryAt?, reason?}
 *   nick      {nick, old?}         our own
 *   problem   {text, isName?}      the server refused something
 *   message   message              a new message
 *   history   [message]            older messages, after each join
 *   members   Map(key -> {nick, isBot})
 *   topic     {channel, name, data}  data: see core/topic.h; null: not sent
 *   rooms     [{name, people, hasBot}]
 *   elsewhere {channel, back}      a channel cannot be joined: we are back in another one
 *   renamed   {old, nick}          another person's nick
 *   typing    {nick, isTyping}
 *   pending   [message]            not yet confirmed by the server
 */
export class Link extends EventTarget {
  // storage of this window, and lasting: of the browser; functions, because they throw if the browser forbids it
  constructor({ url, nick, channel, storage, lasting }) {
    super();
    Object.assign(this, { url, wantedNick: nick, nick, channel, storage, lasting });
    this.state = 'waiting';
    this.failures = 0;
    this.members = new Map();
    this.bot = 'episoded';
    this.rooms = [];
    this.batches = new Map();
    this.asked = new Map(); // token -> resolve, of what the server was asked while a person types
    this.tokens = 0;
    this.privatePast = []; // our private messages with the bot, before those of the channel are known
    this.confirmed = new Set(); // ids of our messages that the server has received
    this.pending = this.#loadPending();
    this.session = this.#loadSession() ?? this.#newSession();
    this.person = this.#loadPerson();
    for (const [target, event] of [[window, 'online'], [window, 'focus'], [document, 'visibilitychange']]) {
      target.addEventListener(event, () => document.visibilityState === 'visible' && this.wake());
    }
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  // ---- connecting

  connect() {
    clearTimeout(this.retryTimer);
    this.#setState('connecting');
    this.tries = 1;
    this.isSynced = false;
    this.batches.clear();
    const socket = new WebSocket(this.url, ['text.ircv3.net']);
    this.socket = socket;
    socket.onopen = () => {
      this.openedAt = Date.now();
      this.#send('PASS', `page:${this.session}`, `person:${this.person}`);
      this.#send('CAP', 'LS', '302');
      this.#send('NICK', this.wantedNick);
      this.#send('USER', 'page', '0', '*', 'on the page');
    };
    socket.onmessage = ({ data }) => socket === this.socket && this.#receive(data);
    socket.onclose = () => socket === this.socket && this.#lost();
  }

  #lost() {
    clearTimeout(this.probeTimer);
    this.isSynced = false;
    this.asked.forEach((resolve) => resolve(undefined));
    this.asked.clear();
    this.members.clear();
    this.#tell('members', this.members);
    if (this.openedAt && Date.now() - this.openedAt > STABLE_MS) this.failures = 0;
    this.openedAt = 0;
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.failures++);
    const delay = 100 + Math.random() * ceiling;
    this.retryTimer = setTimeout(() => this.connect(), delay);
    this.#setState('waiting', { retryAt: Date.now() + delay, reason: this.reason });
    this.reason = undefined;
  }

  // The page is in use again: reconnect at once, or check the connection with a PING.
  wake() {
    if (this.state === 'waiting') {
      this.connect();
    } else if (this.state === 'ready' && !this.probeTimer) {
      const socket = this.socket;
      this.#send('PING', 'awake');
      this.probeTimer = setTimeout(() => {
        this.probeTimer = undefined;
        if (socket !== this.socket) return;
        socket.onclose = null;
        socket.close();
        this.#lost();
      }, PROBE_MS);
    }
  }

  #setState(state, more = {}) {
    this.state = state;
    this.#tell('state', { state, ...more });
  }

  // ---- sending

  #sendTagged(tags, verb, ...params) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(formatLine(tags, verb, ...params));
  }

  #send(verb, ...params) {
    this.#sendTagged({}, verb, ...params);
  }

  // Queue a message; it is pending until the server echoes it.
  say(text, target = this.channel) {
    const message = {
      id: null, sentId: randomId(), time: Date.now(), nick: this.nick, text, target,
      isPrivate: !target.startsWith('#'),
    };
    this.pending.push(message);
    this.#savePending();
    if (this.isSynced) this.#sendMessage(message);
  }

  #sendMessage(message) {
    this.#sendTagged({ [SENT_ID]: message.sentId }, 'PRIVMSG', message.target, message.text);
  }

  // ---- asking while a person types; undefined: no answer

  #ask(...params) {
    if (!this.isSynced || new TextEncoder().encode(params.join(' ')).length > ASKED_MAX_BYTES) return Promise.resolve(undefined);
    this.tokens += 1;
    const token = String(this.tokens);
    this.#send('COMPLETE', token, ...params);
    return new Promise((resolve) => { this.asked.set(token, resolve); });
  }

  // Suggestions [[label, value]] for a partly typed argument.
  async complete(command, option, partial) {
    const { suggestions } = await this.#ask(this.channel, command, option, partial) ?? {};
    const isPair = (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string');
    return Array.isArray(suggestions) ? suggestions.filter(isPair) : undefined;
  }

  // Is the word behind a prefix a command? {kind: 'command' | 'typo' | 'other', name}
  lookUp(word) {
    return this.#ask(word);
  }

  // ---- sending

  typing(state) {
    if (this.isSynced) this.#sendTagged({ '+typing': state }, 'TAGMSG', this.channel);
  }

  rename(nick) {
    this.wantedNick = nick;
    if (this.state === 'ready') this.#send('NICK', nick);
    else this.#tell('nick', { nick });
  }

  listRooms() {
    if (this.state === 'ready') this.#send('LIST');
  }

  visit(channel) {
    this.from = this.isSynced ? this.channel : this.home;
    if (this.isSynced) this.#send('PART', this.channel);
    this.channel = channel;
    this.isSynced = false;
    this.members.clear();
    if (this.state === 'ready') this.#join();
  }

  // The token of this window. The server gives our name to a newer connection with the same token, even before the older
  // one has closed.
  #loadSession() {
    try {
      return this.storage().getItem(SESSION_KEY);
    } catch {
      return null;
    }
  }

  #newSession() {
    const session = randomId() + randomId();
    try {
      this.storage().setItem(SESSION_KEY, session);
    } catch { /* storage full or forbidden: a reload gets a new token */ }
    return session;
  }

  // The token of this browser: the server gives our private messages only to a connection with it, whatever its name.
  #loadPerson() {
    const fresh = randomId() + randomId();
    try {
      const person = this.lasting().getItem(PERSON_KEY);
      if (/^\w{16,64}$/.test(person)) return person;
      this.lasting().setItem(PERSON_KEY, fresh);
    } catch { /* forbidden: private messages are shown until the page is closed */ }
    return fresh;
  }

  #loadPending() {
    try {
      const pending = JSON.parse(this.storage().getItem('episoded.pending') ?? '[]');
      return pending.filter(isPending).slice(-PENDING_MAX).map(({ sentId, time, nick, text, target }) => (
        { id: null, sentId, time, nick: String(nick), text, target, isPrivate: !target.startsWith('#') }));
    } catch {
      return [];
    }
  }

  #savePending() {
    try {
      this.storage().setItem('episoded.pending', JSON.stringify(this.pending));
    } catch { /* storage full or forbidden: kept until the page is closed */ }
    this.#tell('pending', this.pending);
  }

  #confirm(sentId) {
    if (!sentId) return;
    this.confirmed.add(sentId);
    const left = this.pending.filter((message) => message.sentId !== sentId);
    if (left.length === this.pending.length) return;
    this.pending = left;
    this.#savePending();
  }

  // ---- receiving

  #receive(data) {
    if (typeof data !== 'string') return;
    for (const text of data.split(/[\r\n]+/)) {
      if (text) this.#receiveLine(parseLine(text));
    }
  }

  #receiveLine(line) {
    const batch = this.batches.get(line.tags.get('batch'));
    if (batch) batch.lines.push(line);
    else this.#handle(line);
  }

  // Skip a malformed line.
  #handle(line) {
    if (!Object.hasOwn(this.#handlers, line.verb)) return;
    try {
      this.#handlers[line.verb](line);
    } catch (error) {
      console.debug('skipped', line.verb, error);
    }
  }

  #message({ tags, nick, verb, params: [target = '', text = ''] }) {
    const action = /^\x01ACTION (.*?)\x01?$/s.exec(text);
    let card = null;
    try {
      card = tags.has('episoded/card') ? JSON.parse(tags.get('episoded/card')) : null;
    } catch { /* invalid card: show its text */ }
    return {
      id: tags.get('msgid'),
      sentId: tags.get(SENT_ID),
      replyTo: tags.get('+reply'),
      place: tags.get('+channel-context'), // of a private answer: the channel of its question
      time: Date.parse(tags.get('time')) || Date.now(),
      nick,
      isBot: sameName(tags.get('account'), this.bot), // only the bot has an account here; modes and nicks can be set by anybody
      isAction: Boolean(action),
      isNotice: verb === 'NOTICE',
      isPrivate: !target.startsWith('#'),
      target,
      text: (action ? action[1] : text).replace(/\x03(\d\d?(,\d\d?)?)?|[\x00-\x1f\x7f]/g, ''),
      card,
    };
  }

  #said = (line) => {
    const message = this.#message(line);
    const isOwn = sameName(message.nick, this.nick);
    if (isOwn) this.#confirm(message.sentId);
    if (!message.isPrivate && !sameName(message.target, this.channel)) return;
    this.#tell('typing', { nick: message.nick, isTyping: false });
    this.#tell('message', message);
  };

  #handlers = {
    PING: ({ params }) => this.#send('PONG', params.at(-1)),
    PONG: () => {
      clearTimeout(this.probeTimer);
      this.probeTimer = undefined;
    },
    ERROR: ({ params }) => { this.reason = params[0]; },
    // A duplicate of this window has the same token, and has taken our name: become another visitor.
    FAIL: ({ params: [, code] }) => {
      if (code === 'SESSION_REPLACED') this.session = this.#newSession();
    },
    CAP: ({ params: [, subcommand, list = ''] }) => {
      if (subcommand === 'LS') {
        const offered = new Set(list.split(' ').map((cap) => cap.split('=')[0]));
        this.#send('CAP', 'REQ', CAPS.filter((cap) => offered.has(cap)).join(' '));
      } else if (subcommand === 'ACK' || subcommand === 'NAK') {
        this.#send('CAP', 'END');
      }
    },
    '001': ({ params: [nick] }) => {
      if (!nick) return;
      this.nick = nick;
      this.#setState('ready');
      this.#tell('nick', { nick });
    },
    '005': ({ params }) => {
      const token = (name) => params.find((param) => param.startsWith(`${name}=`))?.slice(name.length + 1);
      this.bot = token('episoded/BOT') ?? this.bot;
      const channels = token('episoded/CHANNELS')?.split(',').filter(Boolean) ?? [];
      if (!channels.length) return;
      [this.home] = channels;
      this.channel ??= channels[0];
      this.#tell('channels', channels);
    },
    422: () => this.#join(),
    376: () => this.#join(),
    432: ({ params }) => this.#refused(params, `“${params[1]}” is not a valid name.`),
    433: ({ params }) => this.#refused(params, `“${params[1]}” is taken, or looks too much like a name that is.`),
    431: ({ params }) => this.#refused([params[0], ''], 'Please enter a name.'),
    405: ({ params }) => this.#unjoined(params[1], `Can't join ${params[1]}: there are too many channels.`),
    403: ({ params }) => this.#unjoined(params[1], `There is no channel ${params[1]}.`),
    322: ({ params: [, name, people, topic = ''] }) => {
      if (name) this.rooms.push({ name, people: Number(people) || 0, hasBot: topic !== '' });
    },
    323: () => {
      this.#tell('rooms', this.rooms);
      this.rooms = [];
    },
    332: ({ tags, params: [, channel, name = ''] }) => this.#topic(channel, name, tags.get('episoded/topic')),
    401: ({ params }) => this.#unsaid(params[1], `${params[1]} isn't here.`),
    404: ({ params }) => this.#unsaid(params[1], params.at(-1)),
    417: () => this.#tell('problem', { text: 'That message was too long.' }),
    353: ({ params }) => {
      if (!sameName(params[2], this.channel)) return;
      for (const nick of params[3].split(' ').filter(Boolean)) this.#addMember(nick);
    },
    366: ({ params }) => {
      if (!sameName(params[1], this.channel)) return;
      this.#tell('members', this.members);
    },
    JOIN: ({ nick, params: [channel] }) => {
      if (!sameName(channel, this.channel)) return;
      this.#addMember(nick);
      if (!sameName(nick, this.nick)) this.#tell('members', this.members); // the names follow our own JOIN
    },
    PART: ({ nick, params: [channel] }) => sameName(channel, this.channel) && this.#removeMember(nick),
    QUIT: ({ nick }) => this.#removeMember(nick),
    NICK: ({ nick: old, params: [nick] }) => nick && this.#renamed(old, nick),
    BATCH: ({ params: [reference, type, target] }) => {
      const name = reference.slice(1);
      if (reference.startsWith('+')) {
        this.batches.set(name, { type, target, lines: [] });
        return;
      }
      const batch = this.batches.get(name);
      this.batches.delete(name);
      const isHistory = batch?.type === 'chathistory';
      if (isHistory && sameName(batch.target, this.channel)) this.#sync(batch.lines);
      else if (isHistory && sameName(batch.target, this.bot)) this.privatePast = this.#past(batch.lines);
      else batch?.lines.forEach((line) => this.#handle(line));
    },
    COMPLETE: ({ tags, params: [token, kind, name] }) => {
      const resolve = this.asked.get(token);
      this.asked.delete(token);
      let suggestions;
      try {
        suggestions = JSON.parse(tags.get('episoded/suggestions') ?? 'null');
      } catch { /* malformed: no suggestions */ }
      resolve?.({ suggestions, kind, name });
    },
    PRIVMSG: this.#said,
    NOTICE: this.#said,
    TAGMSG: ({ tags, nick }) => {
      const typing = tags.get('+typing');
      if (typing && !sameName(nick, this.nick)) this.#tell('typing', { nick, isTyping: typing === 'active' });
    },
  };

  // Messages of a history; they confirm those of ours that arrived before the connection broke.
  #past(lines) {
    const messages = lines.filter(({ verb }) => verb === 'PRIVMSG' || verb === 'NOTICE').map((line) => this.#message(line));
    messages.forEach((message) => this.#confirm(message.sentId));
    return messages;
  }

  // The private messages come first, so that the channel's history completes what is known.
  #join() {
    this.privatePast = [];
    this.#send('LIST'); // the channels that exist without us
    this.#send('CHATHISTORY', 'LATEST', this.bot, '*', String(PRIVATE_MAX));
    this.#send('JOIN', this.channel);
  }

  // Send the messages again that no history confirms.
  #sync(lines) {
    const here = this.privatePast.filter(({ place }) => !place || sameName(place, this.channel));
    const messages = [...here, ...this.#past(lines)];
    this.isSynced = true;
    this.#tell('history', messages.sort((a, b) => a.time - b.time));
    this.pending.forEach((message) => this.#sendMessage(message));
  }

  #refused([current, nick], text) {
    if (this.state === 'ready') {
      this.wantedNick = this.nick;
      this.#tell('problem', { text, isName: true });
    } else if (current === '*') {
      const base = this.wantedNick.replace(/-\d+$/, '').slice(0, 24) || 'guest';
      this.tries += 1;
      this.#send('NICK', this.tries < 9 ? `${base}-${this.tries}` : `guest-${randomId().slice(0, 6)}`);
    }
  }

  // Drop a pending message to a recipient who is not here.
  #unsaid(target, text) {
    const lost = this.pending.find((message) => sameName(message.target, target));
    if (lost) this.#confirm(lost.sentId);
    this.#tell('problem', { text });
  }

  #topic(channel, name, json) {
    let data = null;
    try {
      data = JSON.parse(json ?? 'null');
    } catch { /* the page does without */ }
    if (sameName(channel, this.channel)) this.#tell('topic', { channel, name, data });
  }

  // A channel cannot be joined: go back.
  #unjoined(channel, text) {
    this.#tell('problem', { text });
    const back = this.from ?? this.home;
    if (!sameName(channel, this.channel) || this.isSynced || !back || sameName(back, channel)) return;
    this.visit(back);
    this.#tell('elsewhere', { channel, back });
  }

  #addMember(nick) {
    if (!nick) return;
    this.members.set(nick.toLowerCase(), { nick, isBot: sameName(nick, this.bot) });
  }

  #removeMember(nick) {
    if (!this.members.delete(nick.toLowerCase())) return;
    this.#tell('typing', { nick, isTyping: false });
    this.#tell('members', this.members);
  }

  #renamed(old, nick) {
    const isOwn = sameName(old, this.nick);
    if (isOwn) this.nick = nick; // first, because the list of members marks our own name
    if (this.members.delete(old.toLowerCase())) this.#addMember(nick);
    this.#tell('members', this.members);
    this.#tell(isOwn ? 'nick' : 'renamed', { nick, old });
  }
}
