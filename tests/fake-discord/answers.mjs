// Every reply of the bot, by the id of the message or interaction that asked for it.

export class Answers {
  #byAsked = new Map();
  repeated = 0; // sends that a nonce has turned into nothing
  unasked = []; // what the bot said without saying what it answers

  constructor(onChange) {
    this.onChange = onChange;
  }

  // asked: the id that was answered, or undefined.
  add(asked, answer) {
    if (!asked) this.unasked.push(answer);
    else if (this.#byAsked.has(asked)) this.#byAsked.get(asked).push(answer);
    else this.#byAsked.set(asked, [answer]);
    this.onChange();
  }

  repeat() {
    this.repeated++;
    this.onChange();
  }

  of(asked) {
    return this.#byAsked.get(asked) ?? [];
  }

  // How many of these were answered not at all, once, and more often than once.
  tally(ids) {
    const tally = { asked: ids.length, unanswered: 0, once: 0, doubled: 0 };
    for (const id of ids) tally[['unanswered', 'once'][this.of(id).length] ?? 'doubled']++;
    return tally;
  }
}

// A reply refers to what it answers, or its nonce names it: "e<id>.<part>".
export function askedBy(body) {
  return body.message_reference?.message_id ?? String(body.nonce ?? '').match(/^[a-z](\d{15,20})\.\d+$/)?.[1];
}
