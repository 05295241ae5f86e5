// How late this process does what is due: on a busy machine it hears of things late, which is no fault of the bot.

const PERIOD_MS = 20;
const KEPT_MS = 10000;
const TURN_MS = 1000; // a delay is noted at the beginning of a turn of the loop; what is heard in it was late, too

export class Lag {
  #late = []; // {at_ms, late_ms}, oldest first

  constructor(now_ms) {
    let due_ms = now_ms() + PERIOD_MS;
    this.timer = setInterval(() => {
      const at_ms = now_ms();
      if (at_ms > due_ms + PERIOD_MS) this.#late.push({ at_ms, late_ms: at_ms - due_ms });
      due_ms = at_ms + PERIOD_MS;
      while (this.#late.length && this.#late[0].at_ms < at_ms - KEPT_MS) this.#late.shift();
    }, PERIOD_MS);
    this.timer.unref();
  }

  // The longest delay since then.
  since(at_ms) {
    return Math.max(0, ...this.#late.filter((each) => each.at_ms >= at_ms - TURN_MS).map(({ late_ms: late }) => late));
  }

  stop() {
    clearInterval(this.timer);
  }
}
