// Transport compression of one gateway connection: converts payload texts to WebSocket messages, in order.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { constants, createDeflate, deflateSync } from 'node:zlib';

const root = fileURLToPath(new URL('../..', import.meta.url));

// First in, first out; Array.shift() would move a hundred thousand waiting payloads each time.
class Queue {
  #items = [];
  #head = 0;

  get length() {
    return this.#items.length - this.#head;
  }

  get first() {
    return this.#items[this.#head];
  }

  push(item) {
    this.#items.push(item);
  }

  shift() {
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    }
    return item;
  }
}

class PlainEncoder {
  isBinary = false;

  encode(text, done) {
    done(Buffer.from(text));
  }

  close() {}
}

// JSON in binary messages.
class BinaryEncoder extends PlainEncoder {
  isBinary = true;
}

// Each message is a zlib stream of its own, as after "compress": true in IDENTIFY.
class MessageEncoder extends PlainEncoder {
  isBinary = true;

  encode(text, done) {
    done(deflateSync(text));
  }
}

// Neither JSON nor a compression.
class GarbageEncoder extends PlainEncoder {
  isBinary = true;

  encode(text, done) {
    done(Buffer.from(text).map((byte) => byte ^ 0x55));
  }
}

// One deflate stream for the whole connection, flushed after each payload (it then ends with 00 00 FF FF).
class ZlibEncoder {
  isBinary = true;
  #stream = createDeflate({ chunkSize: 65536 });
  #parts = [];
  #waiting = new Queue();

  constructor() {
    this.#stream.on('data', (part) => this.#parts.push(part));
  }

  encode(text, done) {
    this.#waiting.push({ text, done });
    if (this.#waiting.length === 1) this.#next();
  }

  #next() {
    this.#stream.write(this.#waiting.first.text);
    this.#stream.flush(constants.Z_SYNC_FLUSH, () => this.#finish());
  }

  // The data may arrive a moment after the callback.
  #finish() {
    const whole = Buffer.concat(this.#parts);
    if (whole.length < 4 || whole.readUInt32BE(whole.length - 4) !== 0xffff) {
      setImmediate(() => this.#finish());
      return;
    }
    this.#parts = [];
    this.#waiting.shift()?.done(whole); // undefined: it was closed meanwhile
    if (this.#waiting.length) this.#next();
  }

  close() {
    this.#waiting = new Queue();
  }
}

function startZstd(...options) {
  const tool = resolve(root, process.env.BUILD ?? 'build', 'test/tools/zstd_stream');
  if (!existsSync(tool)) throw new Error(`${tool} is missing; make builds it`);
  return spawn(tool, options, { stdio: ['pipe', 'pipe', 'inherit'] });
}

let spare; // a spare process for the next connection, so that benchmarks do not measure its start

export function prepareZstd() {
  spare ??= startZstd();
}

// One zstd frame for the whole connection. Node.js 18 and 20 have no zstd, so a small helper program compresses.
class ZstdEncoder {
  isBinary = true;
  #waiting = new Queue();
  #input = Buffer.alloc(0);

  constructor(child) {
    this.child = child ?? spare ?? startZstd();
    if (this.child === spare) spare = undefined;
    this.child.stdin.on('error', () => {}); // it was ended with the connection
    this.child.stdout.on('data', (data) => this.#receive(data));
  }

  encode(text, done) {
    const payload = Buffer.from(text);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(payload.length);
    this.#waiting.push(done);
    this.child.stdin.write(Buffer.concat([head, payload]));
  }

  #receive(data) {
    this.#input = this.#input.length ? Buffer.concat([this.#input, data]) : data;
    let at = 0;
    while (this.#input.length - at >= 4) {
      const end = at + 4 + this.#input.readUInt32LE(at);
      if (end > this.#input.length) break;
      this.#waiting.shift()?.(Buffer.from(this.#input.subarray(at + 4, end)));
      at = end;
    }
    this.#input = this.#input.subarray(at);
  }

  close() {
    this.#waiting = new Queue();
    this.child.stdin.end();
  }
}

// A window of 16 MiB.
class WideZstdEncoder extends ZstdEncoder {
  constructor() {
    super(startZstd('24'));
  }
}

const ENCODERS = { none: PlainEncoder, 'zlib-stream': ZlibEncoder, 'zstd-stream': ZstdEncoder };
// Not to be asked for: what a server may send all the same.
const ODD_ENCODERS = { binary: BinaryEncoder, zlib: MessageEncoder, garbage: GarbageEncoder, 'zstd-wide': WideZstdEncoder };

// undefined for unknown compressions.
export function makeEncoder(name) {
  return ENCODERS[name] && new ENCODERS[name]();
}

export function makeOddEncoder(name) {
  return new ({ ...ENCODERS, ...ODD_ENCODERS }[name])();
}
