// A strict fake of Twitch's EventSub WebSocket server and API (Helix), with the channels and limits of twitch-server.mjs.
//
//   const server = await startEventSubServer({ tls: { key, cert } });
//   const peer = await server.peer();   // the next WebSocket
//   peer.send('RECONNECT');             // session_reconnect
//   server.close(peer, 4000);           // with one of Twitch's close codes
//   server.revoke('#tv', 'user_removed');
//   server.api.allow('token', { client, userId, scopes });
//   server.faults['POST /chat/messages'] = [(request) => request.answer(503, {})];
//
// What the bot does is shown to peer.expect() as the lines of IRC that do the same: JOIN, PART, PRIVMSG. Windows
// have Twitch's length. server.violations must be empty at the end of a test.

import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';
import { createServer } from 'node:https';

import { WebSocketServer } from 'ws';

import { Peer, tagged } from './irc-server.mjs';
import { parseLine } from './irc.mjs';
import { WAIT_MS, within } from './process.mjs';
import { personOf, TwitchServer } from './twitch-server.mjs';

const CLIENT = 'public1';
const UNUSED_MS = 10000; // to the first subscription
const GRACE_MS = 30000; // from session_reconnect to the end of the old WebSocket
const KEEPALIVE_S = 10;
const SUBSCRIPTIONS_MAX = 300;
const POINTS = 800; // of the API, a minute
const MESSAGE_TYPES = {
  'channel.chat.message': 'user:read:chat', 'channel.chat_settings.update': 'user:read:chat',
  'channel.chat.message_delete': 'user:read:chat', 'channel.chat.clear': 'user:read:chat',
  'channel.chat.clear_user_messages': 'user:read:chat',
};
const CODES = {
  msg_emoteonly: 'emote_only_mode', msg_subsonly: 'subscribers_only_mode', msg_followersonly: 'followers_only_mode',
  msg_slowmode: 'slow_mode', msg_r9k: 'unique_chat_mode',
};

const badgesOf = (text) => (text ? text.split(',') : []).map((badge) => ({ set_id: badge.split('/')[0], id: badge.split('/')[1], info: '' }));

class EventSubServer extends TwitchServer {
  constructor(options) {
    super(options);
    const { token = 'secret', scopes = ['user:read:chat', 'user:write:chat'], keepaliveS } = options;
    Object.assign(this, { keepaliveS, faults: {}, requests: [], points: POINTS });
    this.api.allow(token, { client: CLIENT, userId: personOf('episoded'), scopes });
    this.sessions = new Map(); // id -> { peer, subscriptions, ... }
    this.asked = new Set(); // ids of people's messages, to which one can reply
  }

  // ---------------------------------------------------------------- WebSockets

  addSocket(socket, request) {
    const url = new URL(request.url, 'https://localhost');
    const peer = new Peer(this, { write: (text) => socket.send(text), end: () => socket.terminate() });
    const moved = url.searchParams.get('challenge');
    const keepaliveS = this.keepaliveS ?? Math.min(600, Math.max(10, Number(url.searchParams.get('keepalive_timeout_seconds') ?? KEEPALIVE_S)));
    Object.assign(peer, { socket, headers: request.headers, url: request.url, timers: [], id: randomUUID() });
    peer.send = (line) => (line === 'RECONNECT' ? this.reconnect(peer) : assert(false, line));
    peer.sync = () => this.sync(peer);
    peer.end = () => socket.terminate();
    peer.frame = (type, payload = {}, more = {}) => this.frame(peer, type, payload, more);
    this.peers.add(peer);
    this.count += 1;
    socket.on('message', () => {
      this.violate('inbound traffic on EventSub');
      this.close(peer, 4001);
    });
    socket.on('error', () => {}); // the following close event reports it
    socket.on('close', () => {
      peer.timers.forEach(clearInterval);
      this.peers.delete(peer);
      if (this.sessions.get(peer.session?.id)?.peer === peer) this.sessions.delete(peer.session.id);
      peer.onClosed();
    });
    if (url.pathname !== '/ws') return this.close(peer, 4007);
    const old = moved && [...this.sessions.values()].find((session) => session.challenge === moved);
    if (moved && !old) return this.close(peer, 4007);
    this.offer(peer);
    const go = () => this.welcome(peer, keepaliveS, old);
    if (!this.on.welcome || this.on.welcome(peer, go, this) === true) go();
    return undefined;
  }

  welcome(peer, keepaliveS, old) {
    peer.session = { id: randomUUID(), peer, subscriptions: old?.subscriptions ?? new Map(), keepaliveS };
    if (old) {
      this.sessions.delete(old.id);
    }
    this.sessions.set(peer.session.id, peer.session);
    peer.frame('session_welcome', { session: this.sessionOf(peer, 'connected') });
    peer.timers.push(setTimeout(() => {
      if (!peer.session.subscriptions.size) this.close(peer, 4003);
    }, UNUSED_MS));
    peer.timers.push(setInterval(() => {
      if (Date.now() - peer.lastMs >= keepaliveS * 1000 - 50 && !peer.isMute) peer.frame('session_keepalive');
    }, (keepaliveS * 1000) / 4));
    for (const timer of peer.timers) timer.unref();
  }

  sessionOf(peer, status, reconnectUrl = null) {
    return {
      id: peer.session.id, status, keepalive_timeout_seconds: reconnectUrl ? null : peer.session.keepaliveS,
      reconnect_url: reconnectUrl, connected_at: new Date().toISOString(),
    };
  }

  frame(peer, type, payload, more) {
    const stamp = new Date().toISOString().replace('Z', '634234Z');
    peer.lastMs = Date.now();
    const metadata = { message_id: randomUUID(), message_type: type, message_timestamp: stamp, ...more };
    const text = JSON.stringify({ metadata, payload });
    peer.raw(text);
    return text;
  }

  reconnect(peer, url) {
    peer.session.challenge = randomUUID();
    const target = url ?? `${this.url}?challenge=${peer.session.challenge}&id=${peer.session.id}`;
    peer.frame('session_reconnect', { session: this.sessionOf(peer, 'reconnecting', target) });
    peer.timers.push(setTimeout(() => this.close(peer, 4004), this.graceMs ?? GRACE_MS));
    peer.timers.at(-1).unref();
  }

  close(peer, code) {
    peer.socket.close(code, 'as documented');
  }

  // Wait until the bot has read all earlier frames: it answers a ping after them, and what it asked then has arrived, too.
  async sync(peer) {
    for (let i = 0; i < 2; i += 1) {
      const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
      peer.socket.ping();
      await within(WAIT_MS, 'a pong', pong);
    }
    await within(WAIT_MS, 'the end of the requests', this.#idle());
  }

  async #idle() {
    while (this.open > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  open = 0; // requests that are not answered yet

  // ---------------------------------------------------------------- events

  notify(type, name, event, { again = false } = {}) {
    const room = this.rooms.get(name);
    for (const { peer, subscriptions } of this.sessions.values()) {
      const key = `${type} ${room.id}`;
      if (!subscriptions.has(key)) continue;
      const text = peer.frame('notification', {
        subscription: subscriptions.get(key),
        event: { broadcaster_user_id: room.id, broadcaster_user_login: name.slice(1), broadcaster_user_name: name.slice(1), ...event },
      }, { subscription_type: type, subscription_version: '1' });
      if (again) peer.raw(text);
    }
  }

  chatEvent(login, id, text, tags) {
    const parent = tags['reply-parent-msg-id'];
    return {
      chatter_user_id: tags['user-id'] ?? personOf(login), chatter_user_login: login,
      chatter_user_name: login[0].toUpperCase() + login.slice(1), message_id: id,
      message: { text, fragments: [{ type: 'text', text, cheermote: null, emote: null, mention: null }] }, color: '#FF0000',
      badges: badgesOf(tags.badges), message_type: 'text', cheer: null, channel_points_custom_reward_id: null,
      channel_points_animation_id: null,
      reply: parent ? {
        parent_message_id: parent, parent_message_body: '-', parent_user_id: tags['reply-parent-user-id'] ?? '1',
        parent_user_name: 'x', parent_user_login: 'x', thread_message_id: parent, thread_user_id: '1', thread_user_name: 'x',
        thread_user_login: 'x',
      } : null,
      source_broadcaster_user_id: tags['source-room-id'] ?? null, source_broadcaster_user_login: null,
      source_broadcaster_user_name: null, source_message_id: tags['source-id'] ?? null, source_badges: null, is_source_only: null,
    };
  }

  say(login, name, text, { tags = {}, again = false } = {}) {
    const id = tags.id ?? randomUUID();
    this.asked.add(id);
    this.notify('channel.chat.message', name, this.chatEvent(login, id, text, tags), { again });
    return id;
  }

  change(name, modes) {
    const room = this.rooms.get(name);
    Object.assign(room.modes, modes);
    this.notify('channel.chat_settings.update', name, {
      emote_mode: room.modes['emote-only'] === '1', follower_mode: room.modes['followers-only'] !== '-1',
      follower_mode_duration_minutes: null, slow_mode: room.modes.slow !== '0',
      slow_mode_wait_time_seconds: Number(room.modes.slow) || null, subscriber_mode: room.modes['subs-only'] === '1',
      unique_chat_mode: room.modes.r9k === '1',
    });
  }

  promote(name, role) {
    this.rooms.get(name).role = role; // shown by the badges of the bot's next message only
  }

  deleteMessage(name, id) {
    this.asked.delete(id);
    this.notify('channel.chat.message_delete', name, { target_user_id: '1', target_user_login: 'x', target_user_name: 'x', message_id: id });
  }

  clearUser(name, login, seconds) {
    if (login === 'episoded') this.rooms.get(name).outUntil = seconds ? Date.now() + seconds * 1000 : Infinity;
    this.notify('channel.chat.clear_user_messages', name, { target_user_id: personOf(login), target_user_login: login, target_user_name: login });
  }

  // End subscriptions of a channel, as Twitch does.
  revoke(name, status, types = Object.keys(MESSAGE_TYPES)) {
    const room = this.rooms.get(name);
    for (const { peer, subscriptions } of this.sessions.values()) {
      for (const type of types) {
        const subscription = subscriptions.get(`${type} ${room.id}`);
        if (!subscription) continue;
        subscriptions.delete(`${type} ${room.id}`);
        peer.frame('revocation', { subscription: { ...subscription, status } }, { subscription_type: type, subscription_version: '1' });
      }
    }
  }

  // ---------------------------------------------------------------- the API

  async receive(request, response) {
    const chunks = [];
    this.open += 1;
    response.on('close', () => (this.open -= 1));
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, 'https://localhost');
    const path = `${request.method} ${url.pathname.replace('/helix', '')}`;
    const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    this.points -= 1;
    const seen = { path, body, query: url.searchParams, headers: request.headers, response };
    seen.answer = (status, answer) => {
      seen.status = status;
      if (response.destroyed || response.writableEnded) return;
      response.writeHead(status, {
        'content-type': 'application/json', 'ratelimit-limit': POINTS, 'ratelimit-remaining': Math.max(0, this.points),
        'ratelimit-reset': Math.ceil(Date.now() / 1000) + (this.resetS ?? 1), ...seen.extra,
      }).end(answer === undefined ? '' : JSON.stringify(answer));
    };
    seen.refuse = (status, error, message) => seen.answer(status, { error, status, message });
    this.requests.push(seen);
    const fault = this.faults[path]?.shift();
    if (!fault || fault(seen) === true) await this.serve(seen);
  }

  async serve(seen) {
    const { path, headers } = seen;
    const access = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
    const grant = access && this.api.grant(access);
    if (!grant) return seen.refuse(401, 'Unauthorized', 'Invalid OAuth token');
    if (headers['client-id'] !== grant.client) return seen.refuse(401, 'Unauthorized', 'Client ID and OAuth token do not match');
    if (this.points <= 0) return seen.refuse(429, 'Too Many Requests', 'slow down');
    if (path === 'GET /users') return this.users(seen, grant);
    if (path === 'GET /chat/settings') return this.settings(seen);
    if (path === 'POST /eventsub/subscriptions') return this.subscribe(seen, grant);
    if (path === 'DELETE /eventsub/subscriptions') return this.unsubscribe(seen);
    if (path === 'POST /chat/messages') return this.message(seen, grant);
    this.violate(`unknown request ${path}`);
    return seen.refuse(404, 'Not Found', '');
  }

  users(seen, grant) {
    const logins = seen.query.getAll('login');
    if (logins.length > 100) return seen.refuse(400, 'Bad Request', 'too many logins');
    const known = logins.length
      ? logins.filter((login) => this.rooms.get(`#${login}`)?.exists).map((login) => ({ id: personOf(`#${login}`), login }))
      : [{ id: grant.userId, login: grant.login }];
    return seen.answer(200, { data: known.map((user) => ({ ...user, display_name: user.login })) });
  }

  roomById(id) {
    return [...this.rooms.values()].find((room) => room.id === id);
  }

  settings(seen) {
    const room = this.roomById(seen.query.get('broadcaster_id'));
    if (!room) return seen.refuse(400, 'Bad Request', 'unknown broadcaster');
    return seen.answer(200, {
      data: [{
        broadcaster_id: room.id, emote_mode: room.modes['emote-only'] === '1', follower_mode: room.modes['followers-only'] !== '-1',
        follower_mode_duration: null, slow_mode: room.modes.slow !== '0', slow_mode_wait_time: Number(room.modes.slow) || null,
        subscriber_mode: room.modes['subs-only'] === '1', unique_chat_mode: room.modes.r9k === '1',
      }],
    });
  }

  subscribe(seen, grant) {
    const { type, version, condition, transport } = seen.body;
    const session = this.sessions.get(transport?.session_id);
    const room = this.roomById(condition?.broadcaster_user_id);
    if (transport?.method !== 'websocket' || version !== '1' || !MESSAGE_TYPES[type]) this.violate(`subscription to ${type}`);
    if (!session) return seen.refuse(400, 'Bad Request', 'websocket transport session does not exist or has already disconnected');
    if (!room) return seen.refuse(400, 'Bad Request', 'unknown broadcaster');
    if (condition.user_id !== grant.userId || !grant.scopes.includes(MESSAGE_TYPES[type]))
      return seen.refuse(403, 'Forbidden', 'subscription missing proper authorization');
    if (room.refuse) return seen.refuse(403, 'Forbidden', 'subscription missing proper authorization');
    const key = `${type} ${room.id}`;
    if (session.subscriptions.has(key)) return seen.refuse(409, 'Conflict', 'subscription already exists');
    if (session.subscriptions.size >= SUBSCRIPTIONS_MAX) return seen.refuse(429, 'Too Many Requests', 'number of subscriptions limit exceeded');
    const subscription = {
      id: randomUUID(), status: 'enabled', type, version, condition, created_at: new Date().toISOString(),
      transport: { method: 'websocket', session_id: session.id }, cost: 0,
    };
    session.subscriptions.set(key, subscription);
    seen.answer(202, { data: [subscription], total: session.subscriptions.size, max_total_cost: 10, total_cost: 0 });
    if (type === 'channel.chat.message') session.peer.hear(`JOIN ${room.name}`);
    return undefined;
  }

  unsubscribe(seen) {
    const id = seen.query.get('id');
    for (const { peer, subscriptions } of this.sessions.values()) {
      for (const [key, subscription] of subscriptions) {
        if (subscription.id !== id) continue;
        subscriptions.delete(key);
        if (key.startsWith('channel.chat.message ')) peer.hear(`PART ${this.roomById(key.split(' ')[1]).name}`);
        return seen.answer(204);
      }
    }
    return seen.refuse(404, 'Not Found', 'subscription not found');
  }

  get current() {
    return [...this.sessions.values()].at(-1)?.peer;
  }

  // The code of the drop reason for a msg-id of IRC.
  notice(peer, room, id, text = id) {
    const seen = this.attempt;
    seen.answer(200, { data: [{ message_id: '', is_sent: false, drop_reason: { code: CODES[id] ?? id, message: text } }] });
  }

  async message(seen, grant) {
    const { broadcaster_id: id, sender_id: sender, message: text, reply_parent_message_id: parent } = seen.body;
    const room = this.roomById(id);
    const peer = this.current;
    if (!grant.scopes.includes('user:write:chat')) return seen.refuse(401, 'Unauthorized', 'Missing scope: user:write:chat');
    if (!room || sender !== grant.userId) return seen.refuse(403, 'Forbidden', 'The sender is not permitted to send chat messages');
    if ([...text].length > 500) {
      this.violate(`a message of ${[...text].length}`);
      return seen.refuse(422, 'Unprocessable Entity', 'The message is too large');
    }
    if (parent && !this.asked.has(parent)) return seen.refuse(400, 'Bad Request', 'Message cannot be replied to.');
    const line = parseLine(tagged(parent ? { 'reply-parent-msg-id': parent } : {}, `PRIVMSG ${room.name} :${text}`));
    this.attempt = seen;
    peer?.hear(line.raw);
    if (this.on.PRIVMSG && this.on.PRIVMSG(peer, line, this) !== true) {
      if (!seen.status) seen.response.destroy();
      return undefined;
    }
    if (/^[/.]/.test(text)) this.violate(`a command: ${text}`);
    if (!this.sent.take(this.isModerator(room) ? 100 : 20)) this.violate('too fast for the account');
    if (!this.isModerator(room) && Date.now() - room.pace < 700) this.violate('too fast for the channel');
    room.pace = Date.now();
    const why = room.outUntil > Date.now() ? 'user_timed_out' : this.refusal(room, text);
    if (why) return this.notice(peer, room, why);
    const record = this.record(room, text, { ...line.tags }, peer);
    this.asked.add(record.id);
    const isConfirmed = !this.on.confirm || (await this.on.confirm(peer, room, line, this)) === true;
    if (isConfirmed) this.echo(room, text, record.id, parent);
    if (!isConfirmed) seen.response.destroy();
    else if (this.answers !== false) seen.answer(200, { data: [{ message_id: record.id, is_sent: true }] });
    else seen.response.destroy();
    return undefined;
  }

  // The bot's own message, as everybody in the channel receives it.
  echo(room, text, id, parent) {
    this.notify('channel.chat.message', room.name, this.chatEvent('episoded', id, text, {
      badges: room.role ? `${room.role}/1` : '', ...(parent ? { 'reply-parent-msg-id': parent } : {}),
    }));
  }

  handle() {} // the lines are only shown

  gateway(more = {}) {
    return super.gateway({ transport: 'eventsub', api: this.helix, client_id: CLIENT, token: { env: 'TWITCH_TOKEN' }, ...more });
  }

  async stop() {
    for (const peer of this.peers) peer.end();
    this.listener.closeAllConnections();
    await new Promise((resolve) => this.listener.close(resolve));
  }
}

export async function startEventSubServer({ tls, ...options } = {}) {
  const server = new EventSubServer(options);
  const listener = createServer(tls);
  new WebSocketServer({ server: listener, handleProtocols: () => false })
    .on('connection', (socket, request) => server.addSocket(socket, request));
  await new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });
  listener.on('request', (request, response) => (request.url.startsWith('/oauth2') ? server.api.handler(request, response)
    : server.receive(request, response)));
  listener.unref();
  const { port } = listener.address();
  Object.assign(server, {
    listener, oauth: `https://localhost:${port}/oauth2`, helix: `https://localhost:${port}/helix`, url: `wss://localhost:${port}/ws`,
  });
  return server;
}
