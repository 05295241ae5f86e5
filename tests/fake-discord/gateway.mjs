// The gateway: two addresses (for IDENTIFY and for RESUME), its sessions, and requested faults.

import { createServer } from 'node:https';
import { WebSocketServer } from 'ws';

import { Connection, OP } from './connection.mjs';
import { INTENTS, INTENTS_KNOWN, isShard, PRIVILEGED } from './gateway-form.mjs';
import { Lag } from './lag.mjs';
import { shardOf } from './snowflake.mjs';

const TEARDOWN_GRACE_MS = 15000; // time for a client to leave after op 7

export class Gateway {
  sessions = new Map();
  connections = new Set();
  // Requested faults. A number is how many times.
  orders = {
    isSilent: false, // the server stops sending, and the connection stays open
    withholdHello: false,
    withholdAcks: false,
    refuseUpgrades: 0, // answered with HTTP 503
    dropUpgrades: 0, // cut before the response
    refuseResumes: 0, // op 9 false, the session is lost
    refuseIdentifies: 0, // op 9 false
    closeIdentifies: 0, // with the code closeCode
    closeCode: 4000,
    fragment_bytes: 0, // size of the fragments of every message
    split_bytes: 0, // every payload is sent in WebSocket messages of this size
    joined: false, // payloads of one moment are sent in one WebSocket message
    sends: null, // what a new connection sends: (asked) => a name in encoder.mjs, or undefined for what was asked for
    shapeReady: null, // changes the data of READY
    holdReady: false, // READY is withheld, until releaseReady()
    unknownCompression: null, // closed with 4002 when asked for it
  };
  #identifies = new Map(); // bucket -> time of the last IDENTIFY that was allowed but for its time
  #heard = new Map(); // the same of each
  #servers = {};
  #held = []; // sessions whose READY is withheld

  // world: the parts of the fake that the gateway uses: app, record(), complain(), now_ms(), guildsOf(shard).
  constructor(world, options) {
    this.world = world;
    this.app = world.app;
    this.options = options;
    this.lag = new Lag(() => this.now_ms());
  }

  record(type, details) {
    this.world.record(type, details);
  }

  complain(text) {
    this.world.complain(text);
  }

  now_ms() {
    return this.world.now_ms();
  }

  #take(order) {
    if (this.orders[order] <= 0) return false;
    this.orders[order]--;
    return true;
  }

  /* -------------------------------------------------------------- addresses */

  async listen(tls) {
    for (const host of ['base', 'resume']) {
      const server = createServer(tls);
      server.on('upgrade', (request, socket, head) => this.#onUpgrade(host, request, socket, head));
      server.on('tlsClientError', () => {});
      await new Promise((resolve) => server.listen(this.options[`${host}Port`] ?? 0, '127.0.0.1', resolve));
      this.#servers[host] = server;
    }
    this.webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 << 20 });
  }

  // Another certificate, for new connections.
  setSecureContext(tls) {
    for (const server of Object.values(this.#servers)) server.setSecureContext(tls);
  }

  url(host) {
    return `wss://127.0.0.1:${this.#servers[host].address().port}`;
  }

  #onUpgrade(host, request, socket, head) {
    socket.on('error', () => {});
    this.record('upgrade', { host });
    if (this.#take('dropUpgrades')) return socket.destroy();
    if (this.#take('refuseUpgrades')) return socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    return this.webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.setNoDelay(true);
      this.connections.add(new Connection(this, { webSocket, socket, url: request.url, host }));
    });
  }

  async close() {
    this.lag.stop();
    for (const { webSocket } of this.connections) webSocket.terminate();
    for (const server of Object.values(this.#servers)) {
      server.closeAllConnections?.();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  onClose(connection, code) {
    const { session } = connection;
    this.connections.delete(connection);
    this.record('close', { connection, code });
    if (session?.connection !== connection) return;
    if (!connection.isOurClose && (code === 1000 || code === 1001)) this.dropSession(session);
    else session.detach(this.now_ms(), this.options.resumeWindow_ms);
  }

  /* -------------------------------------------------------------- sessions */

  // Why a client may not identify: {code, reason}, {reason} for op 9, or undefined.
  refuseIdentify(d) {
    const { app } = this;
    if (this.#take('closeIdentifies')) return { code: this.orders.closeCode, reason: 'on order' };
    if (d.token !== app.token) return { code: 4004, reason: 'authentication failed' };
    if (d.shard !== undefined && !isShard(d.shard)) return { code: 4010, reason: `shard ${JSON.stringify(d.shard)}` };
    if ((d.shard?.[1] ?? 1) < app.shardsRequired) return { code: 4011, reason: 'sharding required' };
    if (d.intents & ~INTENTS_KNOWN) return { code: 4013, reason: `intents ${d.intents}` };
    for (const [intent, flags] of PRIVILEGED)
      if (d.intents & intent && !(app.flags & flags)) return { code: 4014, reason: `intent ${intent}` };
    if (app.starts.remaining <= 0) {
      this.complain('the IDENTIFYs of the day are used up: the token was reset');
      app.token = `${app.token}-reset`;
      return { code: 4004, reason: 'the token was reset' };
    }
    app.starts.remaining--;
    if (this.#take('refuseIdentifies')) return { reason: 'on order' };
    return this.#refuseConcurrency(d.shard?.[0] ?? 0);
  }

  // How long after the last IDENTIFY of its bucket this one comes. What this process was late to hear of the last one is added:
  // on a busy machine two that were sent five seconds apart seem nearer.
  sinceIdentify([shard] = [0]) {
    const bucket = shard % this.app.starts.max_concurrency, now_ms = this.now_ms();
    const last_ms = this.#heard.get(bucket) ?? -Infinity;
    this.#heard.set(bucket, now_ms);
    return now_ms - last_ms + this.lag.since(last_ms);
  }

  #refuseConcurrency(shard) {
    const bucket = shard % this.app.starts.max_concurrency;
    const now_ms = this.now_ms();
    const last_ms = this.#identifies.get(bucket) ?? -Infinity;
    this.#identifies.set(bucket, now_ms);
    if (now_ms - last_ms >= this.options.identifyWindow_ms - this.lag.since(last_ms)) return undefined;
    this.complain(`bucket ${bucket} identified again after ${Math.round(now_ms - last_ms)} ms`);
    return { reason: 'max_concurrency' };
  }

  welcome(session) {
    if (this.orders.holdReady) this.#held.push(session);
    else this.#greet(session);
  }

  releaseReady() {
    this.orders.holdReady = false;
    for (const session of this.#held.splice(0)) this.#greet(session);
  }

  #greet(session) {
    const guilds = this.world.guildsOf(session.shard);
    this.sessions.set(session.id, session);
    const shape = this.orders.shapeReady ?? ((ready) => ready);
    session.dispatch('READY', shape({
      v: 10, user_settings: {}, user: this.app.user, session_type: 'normal', session_id: session.id,
      resume_gateway_url: this.url('resume'), relationships: [], private_channels: [], presences: [],
      guilds: guilds.map((id) => ({ unavailable: true, id })), guild_join_requests: [], geo_ordered_rtc_regions: ['rotterdam'],
      shard: session.shard, application: { id: this.app.id, flags: this.app.flags }, _trace: ['["fake"]'],
    }));
    this.record('ready', { connection: session.connection, session, sender: session.connection.sender });
    if (session.intents & INTENTS.GUILDS) for (const id of guilds) session.dispatch('GUILD_CREATE', this.world.guild(id));
  }

  findSession(id, seq) {
    const session = this.sessions.get(id);
    if (!session) return undefined;
    if (!session.isExpired(this.now_ms()) && session.canReplay(seq) && !this.#take('refuseResumes')) return session;
    this.dropSession(session);
    return undefined;
  }

  dropSession(session) {
    if (session) this.sessions.delete(session.id);
  }

  // Send an event to every session whose shard has the guild (without a guild: shard 0) and that has the intent (0: not needed).
  // shape(session) makes the session's form of the event.
  dispatch(t, { guildId, intent, shape }) {
    for (const session of this.sessions.values()) {
      const [shard, shards] = session.shard;
      if (shardOf(guildId, shards) !== shard) continue;
      if (intent && !(session.intents & intent)) continue;
      if (session.isExpired(this.now_ms())) this.dropSession(session);
      else session.dispatch(t, shape(session));
    }
  }

  /* -------------------------------------------------------------- on order */

  live() {
    return [...this.connections].filter((each) => each.session);
  }

  cut() {
    for (const each of this.connections) each.cut();
  }

  truncate() {
    for (const each of this.connections) each.truncate();
  }

  closeAll(code, reason = 'on order') {
    for (const each of this.connections) each.close(code, reason);
  }

  expireSessions() {
    for (const session of [...this.sessions.values()]) this.dropSession(session);
  }

  reconnect() {
    for (const each of this.live()) this.#expectGone(each, { t: null, s: null, op: OP.RECONNECT, d: null });
  }

  invalidate(isResumable) {
    for (const each of this.live()) {
      if (!isResumable) this.dropSession(each.session);
      this.#expectGone(each, { t: null, s: null, op: OP.INVALID_SESSION, d: isResumable });
    }
  }

  askHeartbeat() {
    for (const each of this.live()) each.send({ t: null, s: null, op: OP.HEARTBEAT, d: null });
  }

  #expectGone(connection, payload) {
    connection.send(payload);
    setTimeout(() => {
      if (!connection.isClosed) this.complain(`still there after op ${payload.op}`);
    }, TEARDOWN_GRACE_MS).unref();
  }
}
