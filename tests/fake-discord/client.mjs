// A small client for the fake's own tests, which also sends wrong data.

import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { constants, createInflate } from 'node:zlib';
import WebSocket from 'ws';

import { WAIT_MS, within } from '../harness/process.mjs';

export const IDENTIFY = { intents: 37377, properties: { os: 'linux', browser: 'test', device: 'test' } };

export class GatewayClient {
  #received = [];
  #waiters = new Set();

  constructor(fake, { query = 'v=10&encoding=json', host = 'base' } = {}) {
    this.fake = fake;
    this.socket = new WebSocket(`${fake.gateway.url(host)}/?${query}`, { ca: readFileSync(fake.caFile), perMessageDeflate: false });
    if (query.includes('zlib')) this.inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
    this.inflate?.on('data', (data) => this.#add(data));
    this.socket.on('message', (data) => (this.inflate ? this.inflate.write(data) : this.#add(data)));
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.on('close', (code) => resolve(code)));
  }

  #add(data) {
    this.#received.push(JSON.parse(data.toString()));
    for (const check of [...this.#waiters]) check();
  }

  send(payload) {
    this.socket.send(typeof payload === 'string' ? payload : JSON.stringify(payload));
  }

  // The next payload, or the next matching one.
  next(fits = () => true) {
    return within(WAIT_MS, `a payload ${fits}`, new Promise((resolve) => {
      const check = () => {
        const at = this.#received.findIndex(fits);
        if (at < 0) return;
        this.#waiters.delete(check);
        resolve(this.#received.splice(0, at + 1).pop());
      };
      this.#waiters.add(check);
      check();
    }));
  }

  op(op) {
    return this.next((payload) => payload.op === op);
  }

  event(t) {
    return this.next((payload) => payload.t === t);
  }

  close(code) {
    this.socket.close(code);
    return this.closed;
  }

  code() {
    return within(WAIT_MS, 'a close', this.closed);
  }

  static async hello(fake, options) {
    const client = new GatewayClient(fake, options);
    await client.op(10);
    return client;
  }

  static async identified(fake, more = {}, options = {}) {
    const client = await GatewayClient.hello(fake, options);
    client.send({ op: 2, d: { ...IDENTIFY, token: fake.options.token, ...more } });
    client.ready = (await client.event('READY')).d;
    return client;
  }

  static async resumed(fake, { session_id, seq }) {
    const client = await GatewayClient.hello(fake, { host: 'resume' });
    client.send({ op: 6, d: { token: fake.options.token, session_id, seq } });
    return client;
  }
}

// Make one request; return {status, headers, body, json}.
export function call(fake, method, path, { body, headers = {}, token = fake.options.token } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1', port: fake.port, method, path: `/api/v10${path}`, ca: readFileSync(fake.caFile), agent: false,
        headers: {
          'User-Agent': 'DiscordBot (https://example.org, 1.0)', ...(token ? { Authorization: `Bot ${token}` } : {}),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers,
        },
      },
      async (response) => {
        const parts = [];
        try {
          for await (const part of response) parts.push(part);
        } catch (error) {
          return reject(error);
        }
        const text = Buffer.concat(parts).toString();
        return resolve({ status: response.statusCode, headers: response.headers, body: text, get json() { return JSON.parse(text); } });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : Buffer.isBuffer(body) ? body : JSON.stringify(body));
  });
}
