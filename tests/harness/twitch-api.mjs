// A scripted authorization server of Twitch (id.twitch.tv), strict as Twitch is.
//
//   const api = new TwitchApi({ clients: { public1: {}, secret1: { secret: 's3cret' } } });
//   listener.on('request', api.handler);                     // https; paths below /oauth2
//   const pair = api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit']);
//   api.authorize(userCode, { userId: '77', login: 'episoded' }); // a person types the code at twitch.tv/activate
//
// Refresh tokens of public clients can be used once; a second use revokes every token of that user and client (seen 2024-02).
// Access tokens expire on the server's clock, or at once by api.expire(). api.faults[path] changes the next responses.
// api.violations must be empty at the end of a test; api.requests lists what came, in order.

import { randomBytes } from 'node:crypto';

import { WAIT_MS } from './process.mjs';

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const SCOPES = /^[a-z]+(:[a-z_]+)+$/;

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const word = (length) => randomBytes(length).toString('hex').slice(0, length);

export class TwitchApi {
  #codes = new Map(); // device code -> { client, scopes, userCode, expires, person, isDenied, polled }
  #access = new Map(); // access token -> grant
  #refresh = new Map(); // refresh token -> grant
  #spent = new Map(); // spent refresh token -> key of user and client
  #wakers = new Set();

  constructor({
    clients = { public1: {} }, expiresIn = 14400, interval = 1, codeLasts = 1800, revokesOld = false, now = () => Date.now(),
  } = {}) {
    Object.assign(this, { clients, expiresIn, interval, codeLasts, revokesOld, now });
    this.violations = [];
    this.secrets = []; // every token and device code that was issued
    this.requests = []; // { path, form, status, message }
    this.faults = {}; // path -> list of (request, response, go) => true if it has answered
    this.handler = (request, response) => this.#receive(request, response);
  }

  // A new pair, as after a login.
  issue(client, userId, login, scopes, { expiresIn = this.expiresIn } = {}) {
    const grant = {
      client, userId, login, scopes, access: word(30), refresh: word(50), expires: this.now() + expiresIn * 1000, expiresIn,
    };
    this.secrets.push(grant.access, grant.refresh);
    this.#access.set(grant.access, grant);
    this.#refresh.set(grant.refresh, grant);
    return grant;
  }

  // A token that the configuration has.
  allow(access, { client = 'public1', userId = '77', login = 'episoded', scopes = ['chat:read', 'chat:edit'], expiresIn = this.expiresIn } = {}) {
    this.#access.set(access, { client, userId, login, scopes, access, expires: this.now() + expiresIn * 1000, expiresIn });
  }

  // What a living token allows; undefined: it is unknown or has expired.
  grant(access) {
    const grant = this.#access.get(access);
    return grant && grant.expires > this.now() ? grant : undefined;
  }

  isValid(access) {
    return this.grant(access) !== undefined;
  }

  expire(access) {
    this.#access.get(access).expires = 0;
  }

  // As when the person disconnects the application.
  revokeAll(userId, client) {
    for (const list of [this.#access, this.#refresh])
      for (const [token, grant] of list) if (grant.userId === userId && grant.client === client) list.delete(token);
  }

  authorize(userCode, { userId = '77', login = 'episoded', scopes } = {}) {
    this.#code(userCode).person = { userId, login, scopes };
  }

  deny(userCode) {
    this.#code(userCode).isDenied = true;
  }

  expireCode(userCode) {
    this.#code(userCode).expires = 0;
  }

  #code(userCode) {
    return [...this.#codes.values()].find((code) => code.userCode === userCode);
  }

  count(path) {
    return this.requests.filter((request) => request.path === path).length;
  }

  // The next request (or one that came before) that fits.
  requested(fits, ms = WAIT_MS, from = 0) {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = this.requests.slice(from).find(fits);
        if (!found) return;
        clearTimeout(timer);
        this.#wakers.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#wakers.delete(check);
        reject(new Error(`no such request in ${ms} ms; came:\n${this.requests.map((one) => `${one.path} ${one.status}`).join('\n')}`));
      }, ms);
      this.#wakers.add(check);
      check();
    });
  }

  #client(form) {
    if (!form.client_id) throw new Refusal(400, 'missing client id');
    const client = this.clients[form.client_id];
    if (!client) throw new Refusal(400, 'invalid client');
    return client;
  }

  #device(form) {
    this.#client(form);
    const scopes = (form.scopes ?? '').split(' ').filter(Boolean);
    if (!scopes.every((scope) => SCOPES.test(scope))) throw new Refusal(400, 'invalid scope requested');
    const code = {
      client: form.client_id, scopes, userCode: word(8).toUpperCase(), expires: this.now() + this.codeLasts * 1000, polled: 0,
    };
    const name = word(40);
    this.secrets.push(name);
    this.#codes.set(name, code);
    return {
      device_code: name, expires_in: this.codeLasts, interval: this.interval, user_code: code.userCode,
      verification_uri: `https://www.twitch.tv/activate?public=true&device-code=${code.userCode}`,
    };
  }

  #token(form) {
    if (form.grant_type === DEVICE) return this.#poll(form);
    if (form.grant_type === 'refresh_token') return this.#renew(form);
    throw new Refusal(400, 'invalid grant type');
  }

  #pair({ client, userId, login, scopes }) {
    const grant = this.issue(client, userId, login, scopes);
    return {
      access_token: grant.access, expires_in: grant.expiresIn, refresh_token: grant.refresh, scope: grant.scopes, token_type: 'bearer',
    };
  }

  #poll(form) {
    this.#client(form);
    const code = this.#codes.get(form.device_code);
    if (!code || code.client !== form.client_id || code.expires <= this.now()) throw new Refusal(400, 'invalid device code');
    if (this.now() - code.polled < this.interval * 1000 - 300) this.violations.push('polled faster than "interval"');
    code.polled = this.now();
    if (code.isDenied) throw new Refusal(400, 'access_denied');
    if (!code.person) throw new Refusal(400, 'authorization_pending');
    this.#codes.delete(form.device_code);
    const { userId, login, scopes = code.scopes } = code.person;
    return this.#pair({ client: form.client_id, userId, login, scopes });
  }

  #renew(form) {
    const client = this.#client(form);
    if (!form.refresh_token) throw new Refusal(400, 'missing refresh token');
    if (client.secret && !form.client_secret) throw new Refusal(400, 'missing client secret');
    if (client.secret && form.client_secret !== client.secret) throw new Refusal(403, 'invalid client secret');
    const spent = this.#spent.get(form.refresh_token);
    if (spent) {
      this.violations.push('a refresh token was used twice');
      this.revokeAll(spent.userId, spent.client);
      throw new Refusal(400, 'Invalid refresh token');
    }
    const grant = this.#refresh.get(form.refresh_token);
    if (!grant || grant.client !== form.client_id) throw new Refusal(400, 'Invalid refresh token');
    if (client.secret) return { ...this.#pair(grant), refresh_token: grant.refresh };
    this.#refresh.delete(form.refresh_token);
    this.#spent.set(form.refresh_token, grant);
    if (this.revokesOld) this.#access.delete(grant.access);
    return this.#pair(grant);
  }

  #validate(request) {
    const [, access] = /^OAuth ([!-~]+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (!access) throw new Refusal(401, 'missing authorization token');
    if (!this.isValid(access)) throw new Refusal(401, 'invalid access token');
    const grant = this.#access.get(access);
    return {
      client_id: grant.client, login: grant.login, scopes: grant.scopes.length ? grant.scopes : null, user_id: grant.userId,
      expires_in: Math.max(1, Math.floor((grant.expires - this.now()) / 1000)),
    };
  }

  #revoke(form) {
    this.#client(form);
    if (!this.#access.delete(form.token)) throw new Refusal(400, 'Invalid token');
    return '';
  }

  #respond(path, request, form) {
    const isGet = path === '/validate';
    if (request.method !== (isGet ? 'GET' : 'POST')) throw new Refusal(404, '404 page not found');
    if (!isGet && request.headers['content-type'] !== 'application/x-www-form-urlencoded') throw new Refusal(400, 'missing client id');
    if (isGet) return this.#validate(request);
    if (path === '/device') return this.#device(form);
    if (path === '/token') return this.#token(form);
    if (path === '/revoke') return this.#revoke(form);
    throw new Refusal(404, '404 page not found');
  }

  async #receive(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const path = request.url.replace(/^\/oauth2/, '');
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    const seen = { path, form, authorization: request.headers.authorization, status: 0 };
    const go = () => {
      let status = 200;
      let body;
      try {
        body = this.#respond(path, request, form);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        status = error.status;
        seen.message = error.message;
        body = { status, message: error.message };
      }
      seen.status = status;
      return { status, body };
    };
    this.requests.push(seen);
    const fault = this.faults[path]?.shift();
    if (!fault || (await fault({ request, form, response, go, seen })) !== true) {
      const { status, body } = go();
      if (!response.destroyed) response.writeHead(status, { 'content-type': 'application/json' }).end(body === '' ? '' : JSON.stringify(body));
    }
    for (const wake of [...this.#wakers]) wake();
  }
}

// Faults for api.faults: a status in place of an answer, before Twitch did anything.
export const answerWith = (status, body = '') => ({ response, seen }) => {
  seen.status = status;
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  return true;
};
// Twitch does what was asked, and the connection ends before its answer.
export const loseAnswer = ({ go, response }) => {
  go();
  response.socket.destroy();
  return true;
};
