// Send raw bytes over TCP, and collect the reply until the other side closes.

import { createConnection } from 'node:net';

import { WAIT_MS } from './process.mjs';

export class RawConnection {
  #received = Buffer.alloc(0);
  #wake = () => {};

  static open(port, host = '127.0.0.1') {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ port, host, noDelay: true, allowHalfOpen: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  constructor(socket) {
    this.socket = socket;
    this.isClosed = false;
    socket.on('data', (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    for (const event of ['end', 'error', 'close']) {
      socket.on(event, () => {
        this.isClosed = true;
        this.#wake();
      });
    }
  }

  get text() {
    return this.#received.toString('latin1');
  }

  get length() {
    return this.#received.length;
  }

  send(bytes) {
    if (!this.socket.destroyed) this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  // Wait until isThere(text, isClosed) is true.
  until(isThere, ms = WAIT_MS) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#wake = () => {};
        reject(new Error(`not within ${ms} ms; received: ${JSON.stringify(this.text.slice(0, 300))}, closed: ${this.isClosed}`));
      }, ms);
      this.#wake = () => {
        if (!isThere(this.text, this.isClosed)) return;
        clearTimeout(timer);
        this.#wake = () => {};
        resolve(this.text);
      };
      this.#wake();
    });
  }

  closed(ms) {
    return this.until((_, isClosed) => isClosed, ms);
  }

  destroy() {
    this.socket.destroy();
  }
}

// The status lines in the reply.
export const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)].map(([, status]) => Number(status));

export const handshake = (port, more = '') => `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
  + `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${more}\r\n`;

// A client's frame, which is masked.
export function frame(opcode, payload, { isFinal = true } = {}) {
  const data = Buffer.from(payload);
  const mask = Buffer.from([0x61, 0x62, 0x63, 0x64]);
  const head = data.length < 126 ? Buffer.from([0, 0x80 | data.length]) : Buffer.from([0, 0xfe, data.length >> 8, data.length & 0xff]);
  head[0] = (isFinal ? 0x80 : 0) | opcode;
  return Buffer.concat([head, mask, data.map((byte, i) => byte ^ mask[i % 4])]);
}
