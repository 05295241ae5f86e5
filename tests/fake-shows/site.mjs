// One site over TLS: conditional requests, compression, a rate limit, and faults by order.
//
//   site.faults.push({ how: 'status', status: 503 });         // the next request is answered so
//   site.faults.push({ path: /specials/, how: 'html' });      // the next one with this address
//
// site.requests lists what came; site.complaints what no good client sends, and must be empty at the end of a test.

import { createHash } from 'node:crypto';
import { createServer } from 'node:https';
import { deflateSync, gzipSync } from 'node:zlib';

const HTML = '<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Welcome to the guest network</h1></body></html>';
const HUGE_BYTES = 20 * 1024 * 1024;
const DRIP_MS = 50;

function encode(request, bytes) {
  const wanted = request.headers['accept-encoding'] ?? '';
  if (/\bgzip\b/.test(wanted)) return { encoding: 'gzip', bytes: gzipSync(bytes) };
  if (/\bdeflate\b/.test(wanted)) return { encoding: 'deflate', bytes: deflateSync(bytes) };
  return { bytes };
}

export class Site {
  requests = []; // { at_ms, path, headers, status, fault }, oldest first
  faults = [];
  complaints = [];

  // answer: (url, headers) => { status, body, location }, or undefined. limit: requests in window_ms, then 429.
  constructor(name, answer, { limit = 20, window_ms = 10000, hasEtags = true, retryAfter } = {}) {
    Object.assign(this, { name, answer, limit, window_ms, hasEtags, retryAfter });
  }

  async listen(tls, port) {
    this.server = createServer(tls, (request, response) => this.#serve(request, response));
    this.server.on('tlsClientError', () => {});
    this.sockets = new Set();
    this.server.on('secureConnection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
    });
    await new Promise((resolve) => this.server.listen(port ?? 0, '127.0.0.1', resolve));
    this.url = `https://localhost:${this.server.address().port}`;
  }

  async stop() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  // When so many requests have been answered.
  async answered(count) {
    while (this.requests.filter(({ status }) => status).length < count) await new Promise((resolve) => (this.wake = resolve));
  }

  // The statuses of all requests so far, as "200 304".
  get statuses() {
    return this.requests.map(({ status }) => status).join(' ');
  }

  #check(request) {
    const complain = (text) => this.complaints.push(`${request.url}: ${text}`);
    if (request.method !== 'GET') complain(`method ${request.method}`);
    if (!/^episoded\/[\w.-]+$/.test(request.headers['user-agent'] ?? '')) complain(`User-Agent ${request.headers['user-agent']}`);
    if (request.headers.cookie) complain('a cookie');
    if (request.headers['if-none-match'] && request.headers['if-modified-since']) complain('two conditions');
    if (/key|token/i.test(request.url)) complain('a secret in the address');
  }

  #isOverLimit(at_ms) {
    return this.requests.filter((earlier) => earlier.status !== 429 && at_ms - earlier.at_ms < this.window_ms).length >= this.limit;
  }

  #takeFault(url) {
    const at = this.faults.findIndex(({ path }) => !path || path.test(url));
    return at < 0 ? undefined : this.faults.splice(at, 1)[0];
  }

  #serve(request, response) {
    const entry = { at_ms: Date.now(), path: request.url, headers: request.headers, status: 0 };
    const isOver = this.#isOverLimit(entry.at_ms);
    this.#check(request);
    this.requests.push(entry);
    response.on('error', () => {});
    const fault = this.#takeFault(request.url);
    entry.fault = fault?.how;
    if (fault) {
      if (this.#misbehave(fault, entry, request, response)) return;
    } else if (isOver) {
      this.#send(entry, response, 429, this.retryAfter ? { 'Retry-After': String(this.retryAfter) } : {}, '');
      return;
    }
    this.#answer(entry, request, response, fault);
  }

  #send(entry, response, status, headers, bytes) {
    entry.status = status;
    response.writeHead(status, headers);
    response.end(bytes, () => this.wake?.());
  }

  #answer(entry, request, response, fault) {
    const answer = this.answer(new URL(request.url, this.url), request.headers) ?? { status: 404, body: 'no such address' };
    if (answer.location) {
      this.#send(entry, response, answer.status, { Location: answer.location }, '');
      return;
    }
    const body = fault?.how === 'lie' ? fault.lie(structuredClone(answer.body)) : answer.body;
    const plain = Buffer.from(JSON.stringify(body));
    const etag = `W/"${createHash('sha1').update(plain).digest('hex')}"`;
    const headers = { 'Content-Type': 'application/json; charset=UTF-8' };
    if (this.hasEtags && answer.status === 200) headers.ETag = etag;
    if (answer.status === 200 && headers.ETag && request.headers['if-none-match'] === etag) {
      this.#send(entry, response, 304, { ETag: etag }, '');
      return;
    }
    const { encoding, bytes } = encode(request, plain);
    if (encoding) headers['Content-Encoding'] = encoding;
    this.#send(entry, response, answer.status, { ...headers, 'Content-Length': bytes.length }, bytes);
  }

  // True: answered.
  #misbehave(fault, entry, request, response) {
    const ways = {
      status: () => this.#send(entry, response, fault.status, fault.headers ?? {}, fault.body ?? ''),
      html: () => this.#send(entry, response, 200, { 'Content-Type': 'text/html' }, HTML),
      redirect: () => this.#send(entry, response, 302, { Location: fault.location }, ''),
      gone: () => request.socket.destroy(),
      hang: () => {}, // until the client gives up
      // JSON that ends in the middle, in an answer that is complete.
      truncated: () => this.#send(entry, response, 200, { 'Content-Type': 'application/json' }, this.#half(request)),
      // The connection ends in the middle of the answer.
      cut: () => {
        const half = this.#half(request);
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': half.length * 2 });
        response.write(half, () => request.socket.destroy());
      },
      badgzip: () => this.#send(entry, response, 200, { 'Content-Encoding': 'gzip' }, 'this is no gzip'),
      bomb: () => this.#send(entry, response, 200, { 'Content-Encoding': 'gzip' }, gzipSync(Buffer.alloc(HUGE_BYTES * 4, ' '))),
      huge: () => this.#send(entry, response, 200, { 'Content-Type': 'application/json' }, Buffer.alloc(HUGE_BYTES, ' ')),
      slow: () => this.#drip(entry, request, response),
    };
    if (!ways[fault.how]) return false;
    ways[fault.how]();
    return true;
  }

  #half(request) {
    const { body } = this.answer(new URL(request.url, this.url), request.headers);
    const bytes = Buffer.from(JSON.stringify(body));
    return bytes.subarray(0, bytes.length / 2);
  }

  #drip(entry, request, response) {
    const { body } = this.answer(new URL(request.url, this.url), request.headers);
    const bytes = Buffer.from(JSON.stringify(body)), step = Math.ceil(bytes.length / 10);
    let at = 0;
    entry.status = 200;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    const timer = setInterval(() => {
      response.write(bytes.subarray(at, at + step));
      at += step;
      if (at < bytes.length) return;
      clearInterval(timer);
      response.end();
    }, DRIP_MS);
    response.on('close', () => clearInterval(timer));
  }
}
