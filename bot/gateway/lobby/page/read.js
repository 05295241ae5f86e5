// How far each room was read: the time of the latest message that its reader has seen, over a reload.

const KEY = 'episoded.read';
const ROOMS_MAX = 32;

export class ReadMarks {
  // storage: a function, because it throws if the browser forbids it
  constructor(storage) {
    this.storage = storage;
    this.marks = this.#load();
  }

  #load() {
    try {
      const marks = Object.entries(JSON.parse(this.storage().getItem(KEY) ?? '{}'));
      return new Map(marks.filter(([, time]) => Number.isFinite(time)).slice(-ROOMS_MAX));
    } catch {
      return new Map();
    }
  }

  // 0: the room was never read.
  get(room) {
    return this.marks.get(room.toLowerCase()) ?? 0;
  }

  set(room, time) {
    const key = room.toLowerCase();
    if (!(time > this.get(room))) return;
    this.marks.delete(key); // the room read last is the last to be dropped
    this.marks.set(key, time);
    if (this.marks.size > ROOMS_MAX) this.marks.delete(this.marks.keys().next().value);
    try {
      this.storage().setItem(KEY, JSON.stringify(Object.fromEntries(this.marks)));
    } catch { /* not stored: after a reload, the line of new messages is missing */ }
  }
}
