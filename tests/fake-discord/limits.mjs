// Counting what a client may do in a time. Pure: the time is an argument (monotonic milliseconds).

// So many in a window that begins with its first request: how Discord's REST buckets work.
export class FixedWindow {
  #begin_ms = -Infinity;
  #used = 0;

  constructor(limit, window_ms) {
    this.limit = limit;
    this.window_ms = window_ms;
  }

  // {isAllowed, remaining, resetAfter_ms}; a refused one is not counted.
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

// So many in any stretch of time of that length.
export class SlidingWindow {
  #times_ms = [];

  constructor(limit, window_ms) {
    this.limit = limit;
    this.window_ms = window_ms;
  }

  // False when this one is too many.
  take(now_ms) {
    while (this.#times_ms.length && now_ms - this.#times_ms[0] >= this.window_ms) this.#times_ms.shift();
    this.#times_ms.push(now_ms);
    return this.#times_ms.length <= this.limit;
  }

  get used() {
    return this.#times_ms.length;
  }
}
