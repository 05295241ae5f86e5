// Watches a cluster: who owns each lease, and who speaks. It fails a process that speaks for a lease which another one has, or whose
// deadline has passed.
//
// A trigger in the database writes down each change of an owner and each deadline, so none is missed. GRACE_MS is what a message may
// need from the process to here.

import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const GRACE_MS = 500;
const NEAR_MS = 2000; // what a complaint shows of a lease, before and after
const AGAIN = 1000; // rows that are read again: of two transactions, the one with the higher number may end first

const TRIGGER = `
CREATE SCHEMA audit;
CREATE TABLE audit.lease (id bigserial PRIMARY KEY, name text, owner text, epoch bigint, deadline timestamptz, at timestamptz);
INSERT INTO audit.lease (name, owner, epoch, deadline, at) SELECT name, owner, epoch, deadline, '-infinity' FROM episoded_lease;
CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  INSERT INTO audit.lease (name, owner, epoch, deadline, at) VALUES (NEW.name, NEW.owner, NEW.epoch, NEW.deadline, clock_timestamp());
  RETURN NULL;
END $$;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF owner, epoch, deadline ON episoded_lease FOR EACH ROW EXECUTE FUNCTION audit.note();
`;

export class LeaseAuditor {
  #changes = new Map(); // id -> {name, owner, host, epoch, deadline_ms, from_ms}
  #histories = new Map(); // lease -> its changes, oldest first, each with until_ms
  #isInstalled = false;
  #isOver = false;

  constructor(cluster) {
    this.cluster = cluster;
  }

  static watch(cluster) {
    const auditor = new LeaseAuditor(cluster);
    auditor.watching = auditor.#watch();
    return auditor;
  }

  async #watch() {
    while (!this.#isOver) {
      await this.#look().catch(() => {}); // the database is away, or has no tables yet
      await sleep(POLL_MS);
    }
  }

  async #look() {
    const { postgres } = this.cluster;
    if (!this.#isInstalled) {
      const [{ is_there: isThere, is_audited: isAudited }] = await postgres.rows(
        `SELECT to_regclass('episoded_lease') IS NOT NULL AS is_there, to_regclass('audit.lease') IS NOT NULL AS is_audited`);
      if (isThere && !isAudited) await postgres.run(`BEGIN; LOCK TABLE episoded_lease IN SHARE ROW EXCLUSIVE MODE; ${TRIGGER} COMMIT;`.replace(/\n/g, ' '));
      this.#isInstalled = isAudited;
    }
    if (this.#isInstalled) await this.#read();
  }

  async #read() {
    const rows = await this.cluster.postgres.rows(`SELECT id, name, owner, split_part(owner, '/', 1) AS host, epoch,
      extract(epoch FROM deadline) * 1000 AS deadline_ms,
      CASE WHEN at = '-infinity' THEN 0 ELSE extract(epoch FROM at) * 1000 END AS from_ms
      FROM audit.lease WHERE id > (SELECT max(id) FROM audit.lease) - ${AGAIN} OR id > ${this.#changes.size}`);
    for (const row of rows) this.#changes.set(row.id, row);
    const changes = [...this.#changes.values()].sort((one, other) => one.from_ms - other.from_ms || one.id - other.id);
    this.#histories.clear();
    for (const change of changes) {
      if (!this.#histories.has(change.name)) this.#histories.set(change.name, []);
      const history = this.#histories.get(change.name);
      if (history.length) history.at(-1).until_ms = change.from_ms;
      history.push(Object.assign(change, { until_ms: Infinity }));
    }
  }

  // How often a lease changed hands from one living process to another.
  takes() {
    const epochs = [...this.#histories.values()].map((history) => new Set(history.filter(({ owner }) => owner).map(({ epoch }) => epoch)));
    return epochs.reduce((sum, { size }) => sum + size - 1, 0);
  }

  // Did the host hold the lease at that time, give or take what a message needs?
  #held(name, host, time_ms) {
    return (this.#histories.get(name) ?? []).some((each) =>
      each.host === host && each.from_ms - GRACE_MS <= time_ms && time_ms <= Math.min(each.until_ms, each.deadline_ms) + GRACE_MS);
  }

  #shardLeases(guildId) {
    const names = [...this.#histories.keys()].filter((name) => /^discord\/home\/\d+\/\d+$/.test(name));
    return names.filter((name) => {
      const [, , total, number] = name.split('/').map(Number);
      return Number((BigInt(guildId ?? 0) >> 22n) % BigInt(total)) === number;
    });
  }

  #explain(what, names, time_ms) {
    const near = ({ from_ms: from, until_ms: until }) => from <= time_ms + NEAR_MS && until >= time_ms - NEAR_MS;
    const owners = names.map((name) => `${name}: ${JSON.stringify((this.#histories.get(name) ?? []).filter(near))}`);
    return `${what} at ${time_ms}\n  ${owners.join('\n  ')}`;
  }

  // What was said without a lease; empty if all is well.
  async violations() {
    const found = [];
    if (!this.#isOver) await this.#read();
    for (const { sender, guildId, time_ms, route } of this.cluster.fake?.spoken ?? []) {
      const names = this.#shardLeases(guildId);
      if (!names.some((name) => this.#held(name, sender, time_ms)))
        found.push(this.#explain(`${sender} spoke (${route}, guild ${guildId})`, names, time_ms));
    }
    for (const { host, gateway, time_ms, line } of this.cluster.ircSpoken ?? []) {
      const name = `irc/${gateway}`;
      if (!this.#held(name, host, time_ms)) found.push(this.#explain(`${host} spoke on IRC (${line})`, [name], time_ms));
    }
    return found;
  }

  async end() {
    this.#isOver = true;
    await this.watching;
    await this.#read().catch(() => {}); // the test has left the database away
  }
}
