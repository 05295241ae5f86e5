// A child process of a test: its output is collected, its end awaited, and it never outlives the test.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';

// How long a test waits for what must come, unless it is about that time. A busy machine delays everything, so this is only
// how late a failed test says that it failed.
export const WAIT_MS = 30000;

const running = new Set();

// End the servers of a failed test, and of an interrupted one: Node.js emits no 'exit' if a signal ends it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(128 + constants.signals[signal]));

export class Process {
  #output = '';
  #chunks = [];
  #watchers = new Set();

  constructor(command, args, options = {}) {
    this.name = command;
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    running.add(this.child);
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => this.#end(resolve, { code: null, signal: null, error }));
      this.child.once('close', (code, signal) => this.#end(resolve, { code, signal }));
    });
    // A child process does not keep a failed test running; it is ended with the test (see above).
    this.child.unref();
    for (const stream of [this.child.stdout, this.child.stderr]) {
      const decoder = new StringDecoder('utf8');
      stream.unref();
      stream.on('data', (bytes) => {
        this.#chunks.push({ stream, bytes });
        this.#output += decoder.write(bytes);
        this.#wake();
      });
    }
  }

  get pid() {
    return this.child.pid;
  }

  // Its output so far, of both streams.
  log() {
    return this.#output;
  }

  // The same as bytes: of standard output, then of standard error.
  bytes() {
    const of = (stream) => this.#chunks.filter((chunk) => chunk.stream === stream).map((chunk) => chunk.bytes);
    return Buffer.concat([...of(this.child.stdout), ...of(this.child.stderr)]);
  }

  // The first match in the output from a position on; positions come from mark().
  waitForLog(pattern, ms = WAIT_MS, from = 0) {
    const look = () => this.#output.slice(from).match(pattern);
    return new Promise((resolve, reject) => {
      const check = () => {
        const match = look();
        if (!match && !this.end) return;
        clearTimeout(timer);
        this.#watchers.delete(check);
        if (match) resolve(match);
        else reject(new Error(`${this.name} ended before it wrote ${pattern}:\n${this.#output}`));
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(check);
        reject(new Error(`${this.name} did not write ${pattern} in ${ms} ms:\n${this.#output}`));
      }, ms);
      this.#watchers.add(check);
      check();
    });
  }

  mark() {
    return this.#output.length;
  }

  kill(signal = 'SIGTERM') {
    if (!this.end) this.child.kill(signal);
  }

  // Kill it, and wait for its end.
  killed(signal = 'SIGKILL', ms = WAIT_MS) {
    this.kill(signal);
    return within(ms, `the end of ${this.name}`, this.ended);
  }

  #wake() {
    for (const check of [...this.#watchers]) check();
  }

  #end(resolve, end) {
    this.end = end;
    running.delete(this.child);
    this.#wake();
    resolve(end);
  }
}

// The promise's value, or an error that names the step that timed out.
export function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
