// Several processes of the real bot with one configuration on one PostgreSQL, each behind its own relays: to the database,
// to Discord (a proxy for its gateway and REST API) and to IRC. So each can be killed, stopped, continued and cut off alone.
//
//   const cluster = await startCluster(t, { hosts: 3, discord: { shards: 4 }, irc: ['one', 'two'] });
//   await cluster.ready();                       // every lease has an owner, every shard is ready
//   await cluster.hosts[0].kill();               // SIGKILL
//   cluster.hosts[1].freeze(); ... .thaw();      // SIGSTOP, SIGCONT
//   cluster.hosts[2].database.close(); ... .reopen();   // also .cut(), .freeze(): see gate.mjs
//   cluster.hosts[2].discord.close(); cluster.hosts[2].irc.close();
//   await cluster.hosts[0].stop();               // SIGTERM, and its end
//   await cluster.hosts[0].start();              // again
//   await cluster.leases();                      // [{name, owner, host, epoch, is_live, ...}]

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { LeaseAuditor } from './auditor.mjs';
import { startBot } from './bot.mjs';
import { Gate } from './gate.mjs';
import { startInspircd } from './inspircd.mjs';
import { startPostgres } from './postgres.mjs';
import { Questions } from './questions.mjs';

const READY_MS = 60000;
const POLL_MS = 25;
const LOG_SHOWN = Number(process.env.LOG_SHOWN ?? 6000); // bytes of each log after a failure

class Host {
  log = ''; // of its earlier processes
  bot = null;

  constructor(cluster, name) {
    this.cluster = cluster;
    this.name = name;
    this.dir = mkdtempSync(join(tmpdir(), `cluster-${name}-`));
  }

  async openGates({ postgres, ircd }) {
    this.database = await Gate.open(postgres.port, this.name);
    this.discord = await Gate.openProxy(this.name);
    if (!ircd) return;
    this.irc = await Gate.open(ircd.port, this.name);
    this.irc.onLine = (line) => this.#hear(line);
  }

  // What this host says on IRC: "bot-NAME" speaks in "#NAME".
  #hear(line) {
    const [, target] = /^(?:@\S+ )?(?:PRIVMSG|NOTICE|TAGMSG) #(\S+)/.exec(line) ?? [];
    if (target) this.cluster.ircSpoken.push({ host: this.name, gateway: target, time_ms: Date.now(), line });
  }

  #config() {
    const { fake, ircd, postgres, options } = this.cluster;
    const gateways = [...(options.gateways ?? [])];
    if (fake) gateways.push(fake.config({ proxy: this.discord.url, ...options.gateway }));
    for (const name of ircd ? options.irc : [])
      gateways.push(ircd.gateway({ name, url: this.irc.url, nick: `bot-${name}`, channels: [`#${name}`], flood: 'none', ...options.ircGateway }));
    return {
      ...options.config, gateways, state: postgres.urlAt(this.database.port),
      database: { host: this.name, ...options.database?.(this) },
    };
  }

  // Its process is there; what it owns comes later.
  async start() {
    const { fake, options } = this.cluster;
    const env = { STATE_DIRECTORY: join(this.dir, 'state'), ...fake?.env, ...options.env };
    this.bot = await startBot({ config: this.#config(), env, program: options.program, args: options.args, startMs: options.startMs });
    return this.bot;
  }

  get pid() {
    return this.bot.pid;
  }

  get isRunning() {
    return Boolean(this.bot) && !this.bot.end;
  }

  // Its output since the first start.
  output() {
    return this.log + (this.bot?.log() ?? '');
  }

  #keepLog() {
    this.log += `${this.bot.log()}---- the end of ${this.bot.pid}\n`;
    this.bot = null;
  }

  async kill() {
    await this.bot.killed();
    rmSync(this.bot.dir, { recursive: true, force: true });
    this.#keepLog();
  }

  async stop() {
    const end = await this.bot.stop();
    this.#keepLog();
    return end;
  }

  freeze() {
    this.bot.kill('SIGSTOP');
  }

  thaw() {
    this.bot.kill('SIGCONT');
  }

  cutOff() {
    for (const gate of [this.database, this.discord, this.irc]) gate?.close();
  }

  reopen() {
    for (const gate of [this.database, this.discord, this.irc]) gate?.reopen();
  }

  async end() {
    this.reopen();
    if (this.isRunning) {
      this.thaw();
      await this.stop();
    }
  }

  async tidy() {
    await Promise.all([this.database, this.discord, this.irc].map((gate) => gate?.end()));
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export class Cluster {
  ircSpoken = []; // {host, gateway, time_ms, line}
  complaintsExpected = []; // patterns

  constructor(options) {
    this.options = options;
  }

  async start() {
    const { hosts, discord, irc, postgres } = this.options;
    [this.postgres, this.fake, this.ircd] = await Promise.all([
      startPostgres(postgres), discord && startFakeDiscord({ heartbeatInterval_ms: 10000, ...discord }), irc.length ? startInspircd() : null,
    ]);
    this.hosts = Array.from({ length: hosts }, (_, i) => new Host(this, String.fromCharCode(97 + i)));
    await Promise.all(this.hosts.map((host) => host.openGates(this)));
    await this.options.prepare?.(this);
    this.questions = new Questions(this);
    if (this.options.isStarted) await Promise.all(this.hosts.map((host) => host.start()));
    this.auditor = LeaseAuditor.watch(this);
  }

  /* -------------------------------------------------------------- what the database says */

  // host: of the owner, or null. is_live: the deadline has not passed.
  leases(where = 'true') {
    return this.postgres.rows(`SELECT l.name, l.kind, l.gateway, l.total, l.number, l.owner, h.host, l.epoch, l.is_ready, l.position,
      l.owner IS NOT NULL AND l.deadline > now() AS is_live FROM episoded_lease l LEFT JOIN episoded_host h ON h.process = l.owner
      WHERE ${where} ORDER BY l.total, l.number, l.name`);
  }

  // Questions without an answer, as the journal has them.
  async openQuestions() {
    return this.postgres.rows('SELECT gateway, id, route, body, begun_by, begun_at FROM episoded_journal WHERE done_at IS NULL ORDER BY begun_at');
  }

  // Wait until look() is truthy; it may be asynchronous. Errors of the database, which may be away, count as "not yet".
  async until(look, what, ms = READY_MS) {
    let last;
    for (const end = Date.now() + ms; ; await sleep(POLL_MS)) {
      try {
        const found = await look();
        if (found) return found;
        last = undefined;
      } catch (error) {
        last = error;
      }
      if (Date.now() > end) throw new Error(`not in ${ms} ms: ${what}${last ? ` (${last.message})` : ''}\n${await this.describe()}`);
    }
  }

  // Every process is listed, every lease has a living owner, and every shard has a session.
  ready(ms = READY_MS) {
    const { irc, discord } = this.options;
    const shards = discord ? this.fake.world.app.shards : 0;
    return this.until(async () => {
      const leases = await this.leases();
      const isHeld = ({ kind, is_live: isLive, is_ready: isReady }) => isLive && (kind !== 'shard' || isReady);
      return leases.filter(({ kind }) => kind === 'shard').length >= shards && leases.filter(({ kind }) => kind === 'gateway').length >= irc.length &&
        leases.every(isHeld) && this.#isJoined() && this.#isLive(shards) && await this.#isListed();
    }, 'every process is listed, and every lease has a living owner', ms);
  }

  // The first process to start takes all, and then gives the others their share: wait until each has exactly its share of the
  // shards (so none moves after that), and all answer.
  async shared(ms = READY_MS) {
    await this.ready(ms);
    const { length: hosts } = this.hosts;
    await this.until(async () => {
      const shards = await this.leases("l.kind = 'shard'"), upTo = (i) => Math.floor((shards.length * i) / hosts);
      return this.hosts.every(({ name }, i) => shards.filter(({ host }) => host === name).length === upTo(i + 1) - upTo(i));
    }, 'each process has its share of the shards', ms);
    await this.ready(ms);
  }

  // A process has started before the database has heard of it.
  async #isListed() {
    const listed = new Set((await this.postgres.rows('SELECT host FROM episoded_host WHERE deadline > now()')).map(({ host }) => host));
    return this.hosts.every((host) => !host.isRunning || listed.has(host.name));
  }

  #isLive(shards) {
    if (!this.fake) return true;
    return new Set(this.fake.gateway.live().map(({ session }) => session.shard.join())).size >= shards;
  }

  #isJoined() {
    return this.options.irc.every((name) => this.hosts.some((host) => new RegExp(`ready: gateway ${name}\\b`).test(host.output())));
  }

  async describe() {
    const leases = await this.leases().catch((error) => [error.message]);
    const open = await this.openQuestions().catch((error) => [error.message]);
    return [
      ...leases.map((lease) => JSON.stringify(lease)), ...open.map((each) => `open: ${JSON.stringify(each)}`),
      ...this.hosts.map((host) => `---- host ${host.name}${host.isRunning ? '' : ' (not running)'}\n${host.output().slice(-LOG_SHOWN)}`),
      `---- PostgreSQL\n${this.postgres.log().slice(-3000)}`,
    ].join('\n');
  }

  hostOf(lease) {
    return this.hosts.find(({ name }) => name === lease.host);
  }

  /* -------------------------------------------------------------- the end */

  async end() {
    try {
      await Promise.all(this.hosts.map((host) => host.end()));
    } finally {
      await this.auditor?.end();
      await this.questions?.close();
      for (const host of this.hosts) if (host.isRunning) await host.kill();
      await Promise.all(this.hosts.map((host) => host.tidy()));
      await Promise.all([this.fake?.stop(), this.ircd?.stop()]);
      await this.postgres.stop();
    }
  }
}

// hosts: how many, named a, b, c, ... discord: options of the fake Discord, or null. gateway: more keys of its configuration.
// irc: names of gateways to one InspIRCd, each with the nick bot-NAME and the channel #NAME; ircGateway: more keys of each. postgres: see postgres.mjs.
// database(host): more keys of "database". isStarted: false leaves the starts to the test.
export async function startCluster(t, options = {}) {
  const cluster = new Cluster({ hosts: 3, discord: {}, irc: [], postgres: {}, isStarted: true, ...options });
  t.after(async () => {
    if (cluster.hosts) await cluster.end();
    const { fake, auditor, complaintsExpected } = cluster;
    if (fake) assert.deepEqual(fake.complaints.filter((text) => !complaintsExpected.some((each) => each.test(text))), []);
    if (auditor) assert.deepEqual(await auditor.violations(), []);
  });
  await cluster.start();
  return cluster;
}
