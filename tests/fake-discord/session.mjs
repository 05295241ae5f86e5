// One gateway session: the sent events with their sequence numbers, for resumes.

import { randomBytes } from 'node:crypto';

export class Session {
  seq = 0;
  connection = null; // its current connection
  #sent = []; // {s, text}, oldest first
  #expires_ms = Infinity;

  constructor({ shard, intents, replayMax }) {
    this.id = randomBytes(16).toString('hex');
    this.shard = shard;
    this.intents = intents;
    this.replayMax = replayMax;
    this.lostBefore = 0; // events up to this one are dropped
  }

  // Send an event to the client, now or when it resumes.
  dispatch(t, d) {
    const s = ++this.seq;
    const text = JSON.stringify({ t, s, op: 0, d });
    this.#sent.push({ s, text });
    if (this.#sent.length > this.replayMax) this.lostBefore = this.#sent.shift().s;
    this.connection?.sendText(text);
  }

  // Reserve sequence numbers for events that are sent elsewhere and not replayed.
  reserve(count) {
    const first = this.seq + 1;
    this.seq += count;
    this.lostBefore = this.seq;
    this.#sent = [];
    return first;
  }

  canReplay(seq) {
    return seq >= this.lostBefore;
  }

  replay(seq, connection) {
    const missed = this.#sent.filter((each) => each.s > seq);
    for (const { text } of missed) connection.sendText(text);
    return missed.length;
  }

  detach(now_ms, resumeWindow_ms) {
    this.connection = null;
    this.#expires_ms = now_ms + resumeWindow_ms;
  }

  attach(connection) {
    this.connection = connection;
    this.#expires_ms = Infinity;
  }

  isExpired(now_ms) {
    return now_ms >= this.#expires_ms;
  }
}
