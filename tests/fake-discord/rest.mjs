// The REST API over HTTP/2 and HTTP/1.1: authorisation, rate limits and responses.

import { createSecureServer } from 'node:http2';

import { Gate } from '../harness/gate.mjs';
import { ApiError } from './api-error.mjs';
import { RestLimits, tooMany } from './rest-limits.mjs';
import { ROUTES } from './routes.mjs';
import { parseUpload } from './upload.mjs';

const PREFIX = '/api/v10';
const BODY_MAX_BYTES = 25 * 1024 * 1024;
const USER_AGENT = /^DiscordBot \(https?:\/\/[^\s,]+, [^\s)]+\)/;
const SPEECH = /^(POST|PATCH) \/(channels\/\{\}\/messages|interactions|webhooks)/;
const SLOW_BYTE_MS = 4;
const HTML = '<html><head><title>cloudflare</title></head><body><h1>Bad gateway</h1></body></html>';

export class Rest {
  requests = []; // {at_ms, method, path, route, status, version, bytes, sender}, newest last

  constructor(fake, options) {
    this.fake = fake;
    this.limits = new RestLimits({ wall_ms: () => fake.world.wall_ms(), ...options });
    this.sessions = new Set();
  }

  async listen(tls, port = 0) {
    this.server = createSecureServer({ ...tls, allowHTTP1: true }, (request, response) => this.#serve(request, response));
    this.server.on('session', (session) => {
      this.sessions.add(session);
      session.on('close', () => this.sessions.delete(session));
      session.on('error', () => {});
    });
    this.sockets = new Set();
    this.server.on('secureConnection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
    });
    this.server.on('sessionError', () => {});
    this.server.on('tlsClientError', () => {});
    await new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return this.server.address().port;
  }

  // Close all connections at once.
  cut() {
    for (const session of this.sessions) session.destroy();
    for (const socket of this.sockets) socket.destroy();
  }

  async close() {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /* -------------------------------------------------------------- one request */

  async #serve(request, response) {
    const entry = { at_ms: this.fake.now_ms(), method: request.method, path: request.url, version: request.httpVersion, status: 0, response };
    entry.sender = Gate.of(request.socket.remotePort)?.name; // the host, where each has its own relay
    request.on('error', () => {});
    response.on('error', () => {});
    this.requests.push(entry);
    const raw = await this.#read(request);
    if (!raw) return;
    entry.body = raw;
    const { route, params, query } = this.#find(request);
    entry.route = route?.template;
    entry.headers = request.headers;
    this.#noteSpeech(entry, params);
    const fault = this.fake.faults.next(entry.route ?? '');
    if (fault) entry.fault = fault.how;
    const early = fault && this.#before(fault, request);
    if (early === 'gone') return;
    const answer = early ?? this.#answer({ request, route, params, query, raw });
    entry.status = answer.status;
    this.limits.count(answer.status, answer.headers?.['X-RateLimit-Scope'], this.fake.now_ms());
    if (fault?.how === 'late') await new Promise((resolve) => setTimeout(resolve, fault.after_ms));
    await this.#send(request, response, answer, fault?.how);
    this.fake.record('request', { request: entry });
  }

  // Who says something where. What has no effect, because a limit or a nonce is in its way, was said all the same.
  #noteSpeech(entry, params) {
    if (!SPEECH.test(entry.route ?? '')) return;
    const interaction = entry.route.startsWith('POST /channels/') ? null : this.fake.interactions.get(params[0]) ?? this.fake.interactions.withToken(params[1]);
    const channel = interaction ? interaction.channel : this.fake.world.channels.get(params[0]);
    this.fake.spoken.push({ at_ms: entry.at_ms, time_ms: Date.now(), sender: entry.sender, guildId: channel?.guildId ?? null, route: entry.route, entry });
  }

  async #read(request) {
    const parts = [];
    let bytes = 0;
    try {
      for await (const part of request) {
        bytes += part.length;
        if (bytes <= BODY_MAX_BYTES) parts.push(part);
      }
    } catch {
      return undefined; // the client has closed
    }
    return Buffer.concat(parts);
  }

  #find(request) {
    const url = new URL(request.url, 'https://rest.invalid');
    const path = url.pathname.startsWith(`${PREFIX}/`) ? url.pathname.slice(PREFIX.length) : '';
    for (const each of ROUTES) {
      const match = each.method === request.method && path.match(each.pattern);
      if (match) {
        const template = each.name.replace('@original', '{}');
        return { route: { ...each, template }, params: match.slice(1).map(decodeURIComponent), query: url.searchParams };
      }
    }
    return { params: [], query: url.searchParams };
  }

  // A fault before the request takes effect: a response, "gone", or undefined.
  #before(fault, request) {
    switch (fault.how) {
      case 'status':
        return { status: fault.status, raw: fault.body ?? HTML, type: fault.type ?? 'text/html', isForeign: fault.isForeign };
      case 'limit':
        return tooMany(fault);
      case 'cloudflare':
        return { status: 429, raw: HTML, type: 'text/html', isForeign: true, headers: { 'Retry-After': String(Math.ceil(fault.after_ms / 1000)) } };
      case 'cut':
        this.#drop(request);
        return 'gone';
      case 'hang':
        return 'gone';
      default:
        return undefined;
    }
  }

  #drop(request) {
    if (request.stream?.session) request.stream.session.destroy();
    else request.socket.destroy();
  }

  #answer({ request, route, params, query, raw }) {
    const now_ms = this.fake.now_ms();
    if (this.limits.isBanned(now_ms)) return { status: 429, raw: HTML, type: 'text/html', isForeign: true, headers: { 'Retry-After': '600' } };
    try {
      if (!USER_AGENT.test(request.headers['user-agent'] ?? '')) throw new ApiError(403, 40333, 'internal network error');
      if (!route) throw new ApiError(404, 0, '404: Not Found');
      this.#authorize(request, route);
      const { headers, refusal } = this.limits.take(route.template, this.#major(route, params), Boolean(route.isOpen), now_ms);
      if (refusal) return tooMany(refusal, headers);
      const body = this.#parse(request, raw);
      return this.#handle(route, { params, query, body, headers });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.#refuse(error);
    }
  }

  #handle(route, { params, query, body, headers }) {
    try {
      return { headers, ...route.handler(this.fake, { params, query, body }) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { ...this.#refuse(error, route), headers };
    }
  }

  // A malformed body is a mistake of the bot, however it reacts. That a message was deleted meanwhile is none.
  #refuse(error, route) {
    const isMalformed = error.body.code === 50035 || error.body.code === 50109;
    const isGone = JSON.stringify(error.body).includes('REPLIES_UNKNOWN_MESSAGE');
    if (isMalformed && !isGone)
      this.fake.complain(`${route?.name ?? 'a request'}: ${JSON.stringify(error.body)}`);
    return { status: error.status, body: error.body };
  }

  #authorize(request, route) {
    if (route.isPublic || route.isOpen) return;
    if (request.headers.authorization !== `Bot ${this.fake.world.app.token}`) throw new ApiError(401, 0, '401: Unauthorized');
  }

  #major(route, params) {
    return route.isOpen ? params.slice(0, 2).join('/') : params[0] ?? '';
  }

  #parse(request, raw) {
    if (request.method === 'GET' || request.method === 'DELETE') return undefined;
    const type = request.headers['content-type'] ?? '';
    if (type.startsWith('multipart/form-data;')) return parseUpload(raw, type);
    if (!/^application\/json(;|$)/.test(type))
      throw new ApiError(400, 50035, 'Invalid Form Body', { _errors: [{ code: 'CONTENT_TYPE_INVALID', message: 'Expected application/json.' }] });
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw));
    } catch {
      throw new ApiError(400, 50109, 'The request body contains invalid JSON.');
    }
  }

  /* -------------------------------------------------------------- the answer */

  async #send(request, response, answer, how) {
    if (how === 'lost') return this.#drop(request);
    const body = Buffer.from(answer.raw ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)));
    const headers = { ...answer.headers, ...(answer.isForeign ? {} : { Via: '1.1 google' }) };
    const ahead_ms = this.dateAhead_ms || this.fake.world.ahead_ms;
    if (ahead_ms) headers.Date = new Date(Date.now() + ahead_ms).toUTCString();
    if (body.length) Object.assign(headers, { 'Content-Type': answer.type ?? 'application/json', 'Content-Length': String(body.length) });
    response.writeHead(answer.status, headers);
    if (how === 'truncate') {
      response.write(body.subarray(0, body.length / 2));
      setTimeout(() => this.#drop(request), 20);
      return undefined;
    }
    if (how !== 'slow') return response.end(body.length ? body : undefined);
    for (let at = 0; at < body.length && !response.destroyed; at++) {
      response.write(body.subarray(at, at + 1));
      await new Promise((resolve) => setTimeout(resolve, SLOW_BYTE_MS));
    }
    return response.end();
  }
}
