// The file shared by a test and the shim in the program: the allocation that fails, and the result.

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

  // Start counting allocations; number at fails, with the next span - 1. at 0: no allocation fails.
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
