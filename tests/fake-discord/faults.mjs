// Faults of the REST API, requested by tests.
//
// A fault: {how, times, until_ms, route, ...}. how:
//   status    answer with .status, .body (text) and .type, without an effect; .isForeign: not by Discord's proxy
//   limit     429 with .scope (user, shared, global) and .after_ms
//   cloudflare  429 of Cloudflare, which is not JSON and has no Via header, with .after_ms
//   cut       the connection ends before the request takes effect
//   lost      the request takes effect, and the connection ends before the response
//   truncate  the request takes effect, and half of the response arrives
//   late      the request takes effect, and the response arrives .after_ms later
//   slow      the request takes effect, and the response arrives in single bytes
//   hang      no response is ever sent

export class Faults {
  #orders = [];
  happened = 0;

  constructor(now_ms) {
    this.now_ms = now_ms;
  }

  // route: a template such as "POST /channels/{}/messages", a RegExp for it, or undefined for all routes.
  order({ how, times = Infinity, for_ms = Infinity, route, ...more }) {
    const order = { how, times, until_ms: this.now_ms() + for_ms, route, ...more };
    this.#orders.push(order);
    return order;
  }

  clear() {
    this.#orders = [];
  }

  // The fault for this request, if any.
  next(route) {
    const now_ms = this.now_ms();
    this.#orders = this.#orders.filter((each) => each.times > 0 && now_ms < each.until_ms);
    const order = this.#orders.find(({ route: wanted }) => !wanted || (wanted.test ? wanted.test(route) : wanted === route));
    if (!order) return undefined;
    order.times--;
    this.happened++;
    return order;
  }
}
