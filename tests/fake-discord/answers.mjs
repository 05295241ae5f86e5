// Every reply of the bot, by the ID of its message or interaction.

export class Answers {
  #byAsked = new Map();
  repeats = []; // the nonces of requests that had no effect because of them
  unasked = []; // messages that do not say what they answer

  constructor(onChange) {
    this.onChange = onChange;
  }

  // asked: the answered ID, or undefined.
  add(asked, answer) {
    answer.time_ms = Date.now();
    if (!asked) this.unasked.push(answer);
    else if (this.#byAsked.has(asked)) this.#byAsked.get(asked).push(answer);
    else this.#byAsked.set(asked, [answer]);
    this.onChange();
  }

  get repeated() {
    return this.repeats.length;
  }

  repeat(nonce) {
    this.repeats.push(nonce);
    this.onChange();
  }

  of(asked) {
    return this.#byAsked.get(asked) ?? [];
  }

  // Count how many of these were not answered, answered once, and answered more than once.
  tally(ids) {
    const tally = { asked: ids.length, unanswered: 0, once: 0, doubled: 0 };
    for (const id of ids) tally[['unanswered', 'once'][this.of(id).length] ?? 'doubled']++;
    return tally;
  }
}

// A reply references the message, or its nonce contains the ID: "e<id>.<part>".
export function askedBy(body) {
  return body.message_reference?.message_id ?? String(body.nonce ?? '').match(/^[a-z](\d{15,20})\.\d+$/)?.[1];
}
