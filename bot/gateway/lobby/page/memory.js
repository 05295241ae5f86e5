// What the message field remembers over a reload: the draft and the sent lines of each channel, for this window; and which
// commands each person uses, for all windows. Names never share anything. A browser may forbid storage, and what it has may
// be damaged: then the page remembers until it is closed.

const PLACES_MAX = 12; // channels of one person, each with a draft and lines
const LINES_MAX = 50; // of a place
const LINES_MAX_CHARS = 20_000; // of a place, together
const DRAFT_MAX_CHARS = 10_000;
const PEOPLE_MAX = 8;
const USES_MAX = 80; // of a person
const USE_MAX_CHARS = 80;

const KEYS = { drafts: 'episoded.drafts', lines: 'episoded.lines', uses: 'episoded.uses' };

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

// The newest lines that fit.
function fitting(lines) {
  const kept = lines.filter((line) => typeof line === 'string' && line !== '').slice(-LINES_MAX);
  let chars = kept.reduce((sum, line) => sum + line.length, 0);
  while (chars > LINES_MAX_CHARS) chars -= kept.shift().length;
  return kept;
}

// A table in a storage, of which the entries that were not set for longest are dropped.
class Table {
  constructor(storage, key, max) {
    Object.assign(this, { storage, key, max });
  }

  #read() {
    try {
      const stored = JSON.parse(this.storage().getItem(this.key) ?? '{}');
      return new Map(isObject(stored) ? Object.entries(stored) : []);
    } catch {
      return this.table ?? new Map();
    }
  }

  get(name) {
    this.table = this.#read();
    return this.table.get(name);
  }

  // undefined: delete the entry.
  set(name, value) {
    this.table = this.#read();
    if (value === undefined && !this.table.has(name)) return;
    this.table.delete(name);
    if (value !== undefined) this.table.set(name, value);
    while (this.table.size > this.max) this.table.delete(this.table.keys().next().value);
    try {
      this.storage().setItem(this.key, JSON.stringify(Object.fromEntries(this.table)));
    } catch { /* storage full or forbidden */ }
  }
}

export class Memory {
  // session and local return a storage, or throw if the browser forbids it.
  constructor({ session, local }) {
    this.drafts = new Table(session, KEYS.drafts, PLACES_MAX);
    this.sent = new Table(session, KEYS.lines, PLACES_MAX);
    this.used = new Table(local, KEYS.uses, PEOPLE_MAX);
    this.enter('', '');
  }

  // From now on, this name is in this channel.
  enter(name, channel) {
    this.name = `@${name.toLowerCase()}`;
    this.place = `${this.name} ${channel.toLowerCase()}`;
  }

  get draft() {
    const draft = this.drafts.get(this.place);
    return typeof draft === 'string' ? draft.slice(0, DRAFT_MAX_CHARS) : '';
  }

  set draft(text) {
    this.drafts.set(this.place, text.slice(0, DRAFT_MAX_CHARS) || undefined);
  }

  get lines() {
    const lines = this.sent.get(this.place);
    return Array.isArray(lines) ? fitting(lines) : [];
  }

  // Add a sent line, which is then the newest; it is kept once. Returns the lines.
  addLine(text) {
    const lines = fitting([...this.lines.filter((line) => line !== text), text]);
    this.sent.set(this.place, lines);
    return lines;
  }

  // How often a person has used each command and argument: Map(text -> number).
  get uses() {
    const uses = this.used.get(this.name);
    return new Map(Array.isArray(uses)
      ? uses.filter((use) => Array.isArray(use) && typeof use[0] === 'string' && Number.isFinite(use[1])).slice(-USES_MAX) : []);
  }

  addUse(...texts) {
    const { uses } = this;
    for (const text of texts) {
      if (!text || text.length > USE_MAX_CHARS) continue;
      const count = uses.get(text) ?? 0;
      uses.delete(text); // the one that was not used for longest is the first
      uses.set(text, count + 1);
    }
    this.used.set(this.name, [...uses].slice(-USES_MAX));
  }
}
