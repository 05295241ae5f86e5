// What goes wrong on the REST side, on order.
//
// An order: {how, times, until_ms, route, ...}. how:
//   status    answer with .status, .body (text) and .type instead of doing it
//   limit     429 with .scope (user, shared, global) and .after_ms
//   cloudflare  429 of the kind that is no JSON and lacks Via, with .after_ms
//   cut       the connection ends before anything was done
//   lost      it is done, and the connection ends before the answer
//   truncate  it is done, and half of the answer arrives
//   slow      it is done, and the answer comes in single bytes
//   hang      nothing is ever answered

export class Faults {
  #orders = [];
  happened = 0;

  constructor(now_ms) {
    this.now_ms = now_ms;
  }

  // route: a template such as "POST /channels/{}/messages", a RegExp over it, or nothing for all.
  order({ how, times = Infinity, for_ms = Infinity, route, ...more }) {
    const order = { how, times, until_ms: this.now_ms() + for_ms, route, ...more };
    this.#orders.push(order);
    return order;
  }

  clear() {
    this.#orders = [];
  }

  // The fault that hits this request, if any.
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
