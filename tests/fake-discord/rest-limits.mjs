// Rate limits of the REST API, with the documented headers.

import { createHash } from 'node:crypto';

import { FixedWindow, SlidingWindow } from './limits.mjs';

const INVALID_WINDOW_MS = 10 * 60 * 1000;
const ROUTES = {
  'POST /channels/{}/messages': [5, 5000],
  'GET /channels/{}/messages': [5, 5000],
  'PATCH /channels/{}/messages/{}': [5, 5000],
  'DELETE /channels/{}/messages/{}': [5, 1000],
  'PUT /applications/{}/commands': [20, 60000],
  'GET /gateway/bot': [2, 5000],
  'POST /webhooks/{}/{}': [5, 2000],
  'PATCH /webhooks/{}/{}/messages/{}': [5, 2000],
};
const ROUTE_DEFAULT = [100, 1000];

export class RestLimits {
  #buckets = new Map();
  #hidden = new Map();
  #banned_until_ms = 0;

  // scale: multiplies the limit of every bucket, for tests of other things.
  constructor({ scale = 1, globalRate = 50, invalidMax = 10000, wall_ms = Date.now } = {}) {
    this.wall_ms = wall_ms;
    this.scale = scale;
    this.global = new SlidingWindow(globalRate, 1000);
    this.invalid = new SlidingWindow(invalidMax, INVALID_WINDOW_MS);
  }

  // A hidden limit of one route, without headers.
  hide(route, limit, window_ms) {
    this.#hidden.set(route, new FixedWindow(limit, window_ms));
  }

  // Invalid requests are counted; too many are blocked.
  count(status, scope, now_ms) {
    if ((status === 401 || status === 403 || (status === 429 && scope !== 'shared')) && !this.invalid.take(now_ms))
      this.#banned_until_ms = now_ms + INVALID_WINDOW_MS;
  }

  isBanned(now_ms) {
    return now_ms < this.#banned_until_ms;
  }

  // {headers, refusal?: {scope, after_ms}}
  take(route, major, isGlobalExempt, now_ms) {
    if (!isGlobalExempt && !this.global.take(now_ms)) return { headers: {}, refusal: { scope: 'global', after_ms: 1000 } };
    const [limit, window_ms] = ROUTES[route] ?? ROUTE_DEFAULT;
    const hash = createHash('md5').update(route).digest('hex');
    const key = `${hash}:${major}`;
    if (!this.#buckets.has(key)) this.#buckets.set(key, new FixedWindow(limit * this.scale, window_ms));
    const { isAllowed, remaining, resetAfter_ms } = this.#buckets.get(key).take(now_ms);
    const headers = {
      'X-RateLimit-Limit': String(limit * this.scale),
      'X-RateLimit-Remaining': String(remaining),
      'X-RateLimit-Reset': ((this.wall_ms() + resetAfter_ms) / 1000).toFixed(3),
      'X-RateLimit-Reset-After': (resetAfter_ms / 1000).toFixed(3),
      'X-RateLimit-Bucket': hash,
    };
    if (!isAllowed) return { headers, refusal: { scope: 'user', after_ms: resetAfter_ms } };
    const hidden = this.#hidden.get(route)?.take(now_ms);
    if (hidden && !hidden.isAllowed) return { headers, refusal: { scope: 'user', after_ms: hidden.resetAfter_ms } };
    return { headers };
  }
}

// The response to a request over the limit.
export function tooMany({ scope, after_ms }, headers = {}) {
  const after_s = Math.ceil(after_ms) / 1000;
  return {
    status: 429,
    headers: {
      ...(scope === 'global' ? { 'X-RateLimit-Global': 'true' } : headers),
      'X-RateLimit-Scope': scope,
      'Retry-After': String(Math.ceil(after_s)),
    },
    body: { message: 'You are being rate limited.', retry_after: after_s, global: scope === 'global' },
  };
}
