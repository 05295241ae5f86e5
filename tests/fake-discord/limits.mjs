// Rate limits. Pure: the time is an argument (monotonic milliseconds).

// A limit per window that starts with its first request, like Discord's REST buckets.
export class FixedWindow {
  #begin_ms = -Infinity;
  #used = 0;

  constructor(limit, window_ms) {
    this.limit = limit;
    this.window_ms = window_ms;
  }

  // {isAllowed, remaining, resetAfter_ms}; refused requests are not counted.
  take(now_ms) {
    if (now_ms - this.#begin_ms >= this.window_ms) {
      this.#begin_ms = now_ms;
      this.#used = 0;
    }
    const isAllowed = this.#used < this.limit;
    if (isAllowed) this.#used++;
    return {
      isAllowed,
      remaining: this.limit - this.#used,
      resetAfter_ms: Math.max(0, this.#begin_ms + this.window_ms - now_ms),
    };
  }
}

// A limit for any period of that length.
export class SlidingWindow {
  #times_ms = [];

  constructor(limit, window_ms) {
    this.limit = limit;
    this.window_ms = window_ms;
  }

  // False if the limit is exceeded.
  take(now_ms) {
    while (this.#times_ms.length && now_ms - this.#times_ms[0] >= this.window_ms) this.#times_ms.shift();
    this.#times_ms.push(now_ms);
    return this.#times_ms.length <= this.limit;
  }

  get used() {
    return this.#times_ms.length;
  }
}
