// One client connection of the gateway. It enforces Discord's rules, and closes with the documented code.

import { Gate } from '../harness/gate.mjs';
import { makeEncoder, makeOddEncoder } from './encoder.mjs';
import { problemsOf } from './form.mjs';
import { fragments, frame } from './frame.mjs';
import * as form from './gateway-form.mjs';
import { SlidingWindow } from './limits.mjs';
import { Session } from './session.mjs';

const FRAME_MAX_BYTES = 4096;
const JOIN_MS = 100;

export const OP = {
  DISPATCH: 0, HEARTBEAT: 1, IDENTIFY: 2, PRESENCE: 3, VOICE: 4, RESUME: 6, RECONNECT: 7, MEMBERS: 8, INVALID_SESSION: 9,
  HELLO: 10, ACK: 11,
};

export class Connection {
  session = null;
  isClosed = false;
  isOurClose = false; // the client's code only echoes ours
  #held = null; // messages that wait until a flood has been sent
  #joined = []; // messages that are sent as one
  #lastBeat_ms;
  #beatTimer;

  // host: "base" or "resume", the address used.
  constructor(gateway, { webSocket, socket, url, host }) {
    Object.assign(this, { gateway, webSocket, socket, host });
    this.sender = Gate.of(socket.remotePort)?.name; // the host, where each has its own relay
    this.query = new URL(url, 'wss://gateway.invalid').searchParams;
    this.sends = new SlidingWindow(gateway.options.sendsMax, gateway.options.sendsWindow_ms);
    this.compression = this.query.get('compress') ?? 'none';
    const odd = gateway.orders.sends?.(this.compression);
    this.encoder = odd ? makeOddEncoder(odd) : makeEncoder(this.compression);
    webSocket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    webSocket.on('error', () => {}); // the following close event reports it
    webSocket.on('close', (code) => this.#onClose(code));
    gateway.record('open', { connection: this, host, compression: this.compression, sender: this.sender });
    this.#greet();
  }

  #greet() {
    if (!this.encoder || this.gateway.orders.unknownCompression === this.compression) return this.#reject(4002, `no compression ${this.compression}`);
    if (this.query.get('v') !== '10') return this.#reject(4012, `version ${this.query.get('v')}`);
    if (this.query.get('encoding') !== 'json') return this.#reject(4002, `encoding ${this.query.get('encoding')}`);
    if (this.gateway.orders.withholdHello) return undefined;
    const interval_ms = this.gateway.options.heartbeatInterval_ms;
    this.send({ t: null, s: null, op: OP.HELLO, d: { heartbeat_interval: interval_ms, _trace: ['["fake"]'] } });
    this.#lastBeat_ms = this.gateway.now_ms();
    this.#beatTimer = setInterval(() => {
      if (this.gateway.now_ms() - this.#lastBeat_ms < interval_ms * 1.5) return;
      if (this.gateway.options.isLateBeatTolerated) return;
      this.gateway.dropSession(this.session);
      this.#reject(4009, 'no heartbeat');
    }, Math.min(interval_ms / 4, 1000));
    return undefined;
  }

  /* -------------------------------------------------------------- out */

  send(payload) {
    this.sendText(JSON.stringify(payload));
  }

  sendText(text) {
    if (this.isClosed || this.gateway.orders.isSilent) return;
    this.encoder.encode(text, (message) => this.#transmit(message));
  }

  #transmit(message) {
    const { fragment_bytes: bytes, split_bytes: split, joined } = this.gateway.orders;
    if (this.isClosed) return;
    if (this.#held) this.#held.push(message);
    else if (joined) this.#join(message);
    else if (split)
      for (let at = 0; at < message.length; at += split)
        this.socket.write(frame(message.subarray(at, at + split), { isBinary: this.encoder.isBinary }));
    else if (bytes) for (const each of fragments(message, this.encoder.isBinary, bytes)) this.socket.write(each);
    else this.socket.write(frame(message, { isBinary: this.encoder.isBinary }));
  }

  // What is sent within a moment is one WebSocket message.
  #join(message) {
    this.#joined.push(message);
    if (this.#joined.length > 1) return;
    setTimeout(() => {
      const whole = Buffer.concat(this.#joined);
      this.#joined = [];
      if (!this.isClosed) this.socket.write(frame(whole, { isBinary: this.encoder.isBinary }));
    }, JOIN_MS);
  }

  // Compress texts ahead of time, for flood(). Other messages wait until the flood has been sent.
  async prepare(texts) {
    const compress = (text) => new Promise((resolve) => {
      this.encoder.encode(text, (chunk) => {
        this.#held ??= []; // only after pending compression
        resolve(frame(chunk, { isBinary: this.encoder.isBinary }));
      });
    });
    return Promise.all(texts.map(compress));
  }

  // Write prepared frames in pieces of about this many bytes, as fast as the client reads.
  async flood(frames, piece_bytes = 65536) {
    for (let at = 0; at < frames.length; ) {
      const piece = [];
      for (let bytes = 0; at < frames.length && bytes < piece_bytes; at++) {
        piece.push(frames[at]);
        bytes += frames[at].length;
      }
      if (!this.socket.write(Buffer.concat(piece))) await new Promise((resolve) => this.socket.once('drain', resolve));
    }
    this.release();
  }

  // Send the messages held back by prepare().
  release() {
    const held = this.#held ?? [];
    this.#held = null;
    for (const message of held) this.#transmit(message);
  }

  // Send half of a frame.
  truncate() {
    const whole = frame(Buffer.alloc(300, 0x20), { isBinary: this.encoder.isBinary });
    this.socket.write(whole.subarray(0, whole.length / 2), () => this.cut());
  }

  close(code, reason = '') {
    this.isOurClose = true;
    this.webSocket.close(code, reason);
  }

  // Cut the connection without a close.
  cut() {
    this.socket.destroy();
  }

  // The client broke a rule.
  #reject(code, reason) {
    this.gateway.record('reject', { connection: this, code, reason });
    this.close(code, reason.slice(0, 100));
  }

  #onClose(code) {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.#beatTimer);
    this.encoder?.close();
    this.gateway.onClose(this, code);
  }

  /* -------------------------------------------------------------- in */

  #receive(data, isBinary) {
    if (this.webSocket.readyState !== 1) return undefined; // it was already closed
    this.gateway.record('frame', { connection: this, bytes: data.length });
    if (!this.sends.take(this.gateway.now_ms())) return this.#reject(4008, 'rate limited');
    if (data.length > FRAME_MAX_BYTES) return this.#reject(4002, `a frame of ${data.length} bytes`);
    if (isBinary) return this.#reject(4002, 'a binary message');
    let payload;
    try {
      payload = JSON.parse(data.toString());
    } catch {
      return this.#reject(4002, 'no JSON');
    }
    if (payload === null || typeof payload !== 'object' || !Number.isInteger(payload.op))
      return this.#reject(4002, 'no payload');
    if (!('d' in payload)) return this.#reject(4002, 'no d');
    return this.#dispatch(payload);
  }

  #dispatch({ op, d }) {
    const handlers = {
      [OP.HEARTBEAT]: () => this.#onHeartbeat(d),
      [OP.IDENTIFY]: () => this.#onIdentify(d),
      [OP.RESUME]: () => this.#onResume(d),
      [OP.PRESENCE]: () => this.#fits(form.presenceUpdate, d, 'presence'),
      [OP.VOICE]: () => true,
      [OP.MEMBERS]: () => true,
    };
    if (!Object.hasOwn(handlers, op)) return this.#reject(4001, `opcode ${op}`);
    if (!this.session && ![OP.HEARTBEAT, OP.IDENTIFY, OP.RESUME].includes(op)) return this.#reject(4003, 'not authenticated');
    return handlers[op]();
  }

  #fits(check, d, what) {
    const problems = problemsOf(check, d);
    if (problems.length) this.#reject(4002, `${what}: ${problems[0].path.join('.')}: ${problems[0].message}`);
    return !problems.length;
  }

  #onHeartbeat(d) {
    if (!this.#fits(form.heartbeat, d, 'heartbeat')) return;
    if (this.session && d !== null && d > this.session.seq) this.gateway.complain(`a heartbeat with sequence ${d}`);
    this.#lastBeat_ms = this.gateway.now_ms();
    this.gateway.record('heartbeat', { connection: this, seq: d });
    if (!this.gateway.orders.withholdAcks) this.send({ t: null, s: null, op: OP.ACK, d: null });
  }

  #onIdentify(d) {
    const { gateway } = this;
    if (this.session) return this.#reject(4005, 'already authenticated');
    if (!this.#fits(form.identify, d, 'identify')) return undefined;
    const gap_ms = gateway.sinceIdentify(d.shard);
    gateway.record('identify', { connection: this, shard: d.shard, intents: d.intents, host: this.host, sender: this.sender, gap_ms });
    if (this.host === 'resume') gateway.complain('IDENTIFY on the address for resuming');
    const refusal = gateway.refuseIdentify(d);
    if (refusal?.code) return this.#reject(refusal.code, refusal.reason);
    if (refusal) {
      gateway.record('refused', { connection: this, reason: refusal.reason });
      return this.send({ t: null, s: null, op: OP.INVALID_SESSION, d: false });
    }
    this.session = new Session({
      shard: d.shard ?? [0, 1], intents: d.intents, replayMax: gateway.options.replayMax,
    });
    this.session.attach(this);
    return gateway.welcome(this.session);
  }

  #onResume(d) {
    const { gateway } = this;
    if (this.session) return this.#reject(4005, 'already authenticated');
    if (!this.#fits(form.resume, d, 'resume')) return undefined;
    gateway.record('resume', { connection: this, seq: d.seq, host: this.host, sender: this.sender });
    if (this.host === 'base') gateway.complain('RESUME on the address for identifying');
    if (d.token !== gateway.app.token) return this.#reject(4004, 'authentication failed');
    const session = gateway.findSession(d.session_id, d.seq);
    if (!session) return this.send({ t: null, s: null, op: OP.INVALID_SESSION, d: false });
    if (d.seq > session.seq) {
      gateway.dropSession(session);
      return this.#reject(4007, `sequence ${d.seq} is yet to come`);
    }
    if (session.connection) gateway.record('replaced', { connection: session.connection, by: this, session });
    session.connection?.cut();
    this.session = session;
    session.attach(this);
    const replayed = session.replay(d.seq, this);
    session.dispatch('RESUMED', { _trace: ['["fake"]'] });
    return gateway.record('resumed', { connection: this, replayed, session, sender: this.sender });
  }
}
