// What happens to the processes of a cluster and to its database while people ask: everything from one seed.

import { setTimeout as sleep } from 'node:timers/promises';

import { seeded } from './random.mjs';

const PAUSE_MS = [500, 3000]; // between two misfortunes
const RESTARTS = ['fast', 'immediate', 'fast', 'fast', 'immediate']; // of PostgreSQL
const KINDS = ['kill', 'kill', 'stop', 'database', 'database', 'discord', 'irc'];

export class Misfortunes {
  happened = []; // {what, host, from_ms, to_ms}
  #isOver = false;
  #busy = new Set(); // hosts in trouble
  #pending = new Set();

  constructor(cluster, seed) {
    this.cluster = cluster;
    this.random = seeded(seed);
  }

  #between([from, to]) {
    return from + this.random() * (to - from);
  }

  #pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  async #during(what, host, act) {
    const entry = { what, host: host?.name, from_ms: Date.now(), to_ms: Infinity };
    this.happened.push(entry);
    if (host) this.#busy.add(host);
    await act();
    entry.to_ms = Date.now();
    if (host) this.#busy.delete(host);
  }

  #acts = {
    kill: async (host, ms) => {
      await host.kill();
      await sleep(ms);
      await host.start();
    },
    stop: async (host, ms) => {
      host.freeze();
      await sleep(ms);
      host.thaw();
    },
    cut: async (gate, ms, how) => {
      gate[how]();
      if (how === 'cut') return;
      await sleep(ms);
      gate.reopen();
    },
  };

  #lengths = { kill: [0, 2000], stop: [7000, 15000], database: [1000, 20000], discord: [500, 8000], irc: [200, 4000] };

  // One host stays well, so that there is one to take over; the two others may be in trouble at once.
  #strike() {
    const well = this.cluster.hosts.filter((host) => !this.#busy.has(host));
    if (well.length < 2) return;
    const host = this.#pick(well), kind = this.#pick(KINDS), how = this.#pick(['cut', 'close', 'freeze']);
    const ms = this.#between(this.#lengths[kind]);
    const act = kind === 'kill' || kind === 'stop' ? () => this.#acts[kind](host, ms) : () => this.#acts.cut(host[kind], ms, how);
    const what = kind === 'kill' || kind === 'stop' ? kind : `${kind} ${how}`;
    this.#start(this.#during(`${what} ${Math.round(ms)} ms`, host, act));
  }

  #start(promise) {
    const tracked = promise.catch((error) => (this.error ??= error)).finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  // Until end(); PostgreSQL is restarted at even distances.
  run(total_ms) {
    this.running = (async () => {
      const begin_ms = Date.now();
      for (let restarts = 0; !this.#isOver; ) {
        await sleep(this.#between(PAUSE_MS));
        if (this.#isOver) break;
        const due = RESTARTS.length * ((Date.now() - begin_ms) / total_ms);
        if (restarts + 0.5 < due && restarts < RESTARTS.length) {
          const mode = RESTARTS[restarts++];
          await this.#during(`PostgreSQL ${mode}`, null, () => this.cluster.postgres.restart(mode, this.#between([0, 3000])));
        } else this.#strike();
      }
      for (let left = RESTARTS.length - this.restarts(); left > 0; left--)
        await this.#during('PostgreSQL fast', null, () => this.cluster.postgres.restart('fast'));
    })();
  }

  restarts() {
    return this.happened.filter(({ what }) => what.startsWith('PostgreSQL')).length;
  }

  // No more of them, and those that began are over.
  async end() {
    this.#isOver = true;
    await this.running;
    while (this.#pending.size) await Promise.all(this.#pending);
    if (this.error) throw this.error;
  }

  // Was anything wrong with a host, or with the database, at that time? slack_ms: before and after it.
  covers(host, time_ms, slack_ms) {
    return this.happened.some((each) => (each.host === host || !each.host) && each.from_ms - slack_ms <= time_ms && time_ms <= each.to_ms + slack_ms);
  }

  tell() {
    const begin_ms = this.happened[0]?.from_ms;
    return this.happened.map(({ what, host, from_ms, to_ms }) => `${((from_ms - begin_ms) / 1000).toFixed(1)}..${((to_ms - begin_ms) / 1000).toFixed(1)} s: ${host ?? ''} ${what}`);
  }
}
