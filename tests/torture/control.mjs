// What a test and the shim in the program say to each other: which allocation fails, and what came of it.

import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const BYTES = 32 + 4000;

export class Control {
  constructor(path) {
    this.path = path;
    this.fd = openSync(path, 'w+');
    writeSync(this.fd, Buffer.alloc(BYTES), 0, BYTES, 0);
  }

  #write(offset, ...numbers) {
    const bytes = Buffer.alloc(8 * numbers.length);
    numbers.forEach((number, index) => bytes.writeBigInt64LE(BigInt(number), 8 * index));
    writeSync(this.fd, bytes, 0, bytes.length, offset);
  }

  // From now on allocations are counted, and number at fails (and those after it, span in all); 0: none does.
  arm(at, span = 1) {
    this.#write(0, 0, span, 0, 0);
    writeSync(this.fd, Buffer.alloc(1), 0, 1, 32);
    this.#write(16, 0);
    this.#write(0, at);
  }

  disarm() {
    this.#write(0, 0);
  }

  read() {
    const bytes = Buffer.alloc(BYTES);
    readSync(this.fd, bytes, 0, BYTES, 0);
    const text = bytes.subarray(32);
    return {
      count: Number(bytes.readBigInt64LE(16)),
      failures: Number(bytes.readBigInt64LE(24)),
      callers: text.subarray(0, text.indexOf(0)).toString(),
    };
  }

  close() {
    closeSync(this.fd);
  }
}
