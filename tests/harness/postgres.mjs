// A real PostgreSQL for one test: its own folder, a Unix socket and a loopback port, never as root.
//
//   const postgres = await startPostgres();
//   postgres.url                            // postgresql://episoded@127.0.0.1:40001/episoded?sslmode=disable
//   await postgres.rows('SELECT 1 AS one')  // [{one: 1}]
//   await postgres.restart('immediate');
//   await postgres.stop();

import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { makeAuthority, makeCertificate } from './certificates.mjs';
import { freePort } from './ports.mjs';
import { Process, within } from './process.mjs';

const START_MS = 30000;
const STOP_MS = 30000;
const ROLE = 'episoded', DATABASE = 'episoded';
const SIGNALS = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' };

// What a test needs: few connections, no safety against a loss of power, which a test that needs it sets itself.
const SETTINGS = {
  fsync: 'off', full_page_writes: 'off', shared_buffers: '32MB', max_connections: 60, wal_level: 'minimal', max_wal_senders: 0,
  jit: 'off', log_min_messages: 'warning', log_line_prefix: "'%m [%p] %a '", max_prepared_transactions: 0,
};

function newest(root) {
  const versions = existsSync(root) ? readdirSync(root).filter((name) => existsSync(join(root, name, 'bin/postgres'))) : [];
  return versions.length ? join(root, versions.sort((a, b) => Number(b) - Number(a))[0], 'bin') : '';
}

// Debian's folder; its programs are not in PATH.
const bin = process.env.POSTGRES_BIN ?? newest('/usr/lib/postgresql');

// PostgreSQL refuses to run as root, so root runs it as the package's user.
function serverUser() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
const as = serverUser();

function giveAway(path) {
  if (as.uid === undefined) return;
  chownSync(path, as.uid, as.gid);
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) giveAway(join(path, name));
}

// In /tmp whatever TMPDIR says, because the path of a Unix socket has to be short.
function makeFolder(name) {
  const dir = mkdtempSync(`/tmp/${name}-`);
  chmodSync(dir, 0o755);
  giveAway(dir);
  return dir;
}

let template;

// A cluster with the role and the database, made once in a test file and copied for each server.
async function makeTemplate() {
  const dir = makeFolder('postgres-template');
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  const data = join(dir, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-A', 'trust', '-N', '-U', ROLE, '-E', 'UTF8', '--locale=C', '--no-instructions'],
    { ...as, cwd: dir, stdio: 'pipe' });
  const statement = `CREATE DATABASE ${DATABASE};\n`;
  execFileSync(join(bin, 'postgres'), ['--single', '-D', data, 'postgres'], { ...as, cwd: dir, stdio: 'pipe', input: statement });
  return data;
}

// One psql that stays connected: what a test asks costs a round trip, not a process.
class Psql {
  #output = '';
  #waiting = [];
  #count = 0;

  constructor(dir, port) {
    const args = ['-X', '-A', '-t', '-q', '-h', dir, '-p', String(port), '-U', ROLE, '-d', DATABASE];
    this.child = spawn(join(bin, 'psql'), args, { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, PGAPPNAME: 'the test' } });
    this.child.stdin.on('error', () => {}); // it has ended
    this.child.stdout.setEncoding('utf8');
    this.child.stdout.on('data', (text) => this.#read(text));
    this.child.on('close', () => this.#end());
    this.child.on('error', () => this.#end());
    this.child.unref();
    for (const pipe of [this.child.stdin, this.child.stdout]) pipe.unref();
  }

  get isOver() {
    return this.child.exitCode !== null || this.child.signalCode !== null || this.hasEnded;
  }

  // The output of statements.
  ask(sql) {
    const mark = `end-of-${++this.#count}`;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ mark, resolve, reject, sql });
      this.child.stdin.write(`${sql.trim().replace(/;*$/, '')};\n\\echo ${mark} :ERROR :LAST_ERROR_MESSAGE\n`);
    });
  }

  #read(text) {
    this.#output += text;
    while (this.#waiting.length) {
      const { mark, resolve, reject, sql } = this.#waiting[0];
      const match = this.#output.match(new RegExp(`^${mark} (true|false) ?(.*)\\n`, 'm'));
      if (!match) return;
      this.#waiting.shift();
      const answer = this.#output.slice(0, match.index);
      this.#output = this.#output.slice(match.index + match[0].length);
      if (match[1] === 'true') reject(new Error(`${match[2]}: ${sql}`));
      else resolve(answer);
    }
  }

  #end() {
    this.hasEnded = true;
    for (const { reject, sql } of this.#waiting.splice(0)) reject(new Error(`PostgreSQL ended the connection: ${sql}`));
  }

  end() {
    this.child.stdin.end();
  }
}

class Postgres {
  constructor({ dir, port, authority }) {
    Object.assign(this, { dir, port, caFile: authority?.cert, data: join(dir, 'data') });
    this.url = `postgresql://${ROLE}@127.0.0.1:${port}/${DATABASE}?sslmode=disable`;
    this.socketUrl = `postgresql://${ROLE}@:${port}/${DATABASE}?host=${dir}`;
    this.verifiedUrl = `postgresql://${ROLE}@localhost:${port}/${DATABASE}`;
  }

  // For a relay in front of it.
  urlAt(port) {
    return this.url.replace(`:${this.port}/`, `:${port}/`);
  }

  get pid() {
    return this.process.pid;
  }

  log() {
    return this.process.log();
  }

  async start() {
    const args = ['-D', this.data, '-k', this.dir, '-h', '127.0.0.1', '-p', String(this.port)];
    this.process = new Process(join(bin, 'postgres'), args, { cwd: this.dir, ...as, env: { ...process.env, LC_ALL: 'C' } });
    for (const end = Date.now() + START_MS; !(await this.#isReady()); await sleep(20))
      if (this.process.end || Date.now() > end) throw new Error(`PostgreSQL did not start:\n${this.log()}`);
    return this;
  }

  async #isReady() {
    return this.rows('SELECT 1 AS one').then(() => true, () => false);
  }

  // mode: smart, fast or immediate, as of pg_ctl. Only this server's own process gets a signal.
  async halt(mode = 'fast') {
    this.#psql?.end();
    this.#psql = undefined;
    await this.process.killed(SIGNALS[mode], STOP_MS);
  }

  async restart(mode = 'fast', away_ms = 0) {
    await this.halt(mode);
    if (away_ms) await sleep(away_ms); // how long it is away is what the test is about
    await this.start();
  }

  async stop() {
    await this.halt('immediate');
    rmSync(this.dir, { recursive: true, force: true });
  }

  #psql;

  #connection() {
    if (!this.#psql || this.#psql.isOver) this.#psql = new Psql(this.dir, this.port);
    return this.#psql;
  }

  // The rows of a query, as objects.
  async rows(query) {
    const text = await within(START_MS, query, this.#connection().ask(`SELECT coalesce(json_agg(whole_row), '[]') FROM (${query.trim().replace(/;*$/, '')}) whole_row`));
    return JSON.parse(text);
  }

  // Statements without rows.
  run(statements) {
    return within(START_MS, statements, this.#connection().ask(statements));
  }

  // Change settings of the running server.
  async configure(settings) {
    for (const [name, value] of Object.entries(settings)) await this.run(`ALTER SYSTEM SET ${name} = '${value}'`);
    await this.run('SELECT pg_reload_conf()');
  }
}

function line([name, value]) {
  return `${name} = ${value}\n`;
}

// settings: of postgresql.conf. tls: with a certificate for localhost and 127.0.0.1 (caFile verifies it), required over TCP.
// password: required over TCP.
export async function startPostgres({ settings = {}, tls = false, password } = {}) {
  template ??= makeTemplate();
  const from = await template;
  const dir = makeFolder('postgres');
  const data = join(dir, 'data');
  cpSync(from, data, { recursive: true });
  chmodSync(data, 0o700);
  let authority;
  const all = { ...SETTINGS, ...settings };
  if (tls) {
    const keys = join(dir, 'tls');
    mkdirSync(keys);
    authority = makeAuthority(keys, 'authority');
    const server = makeCertificate(keys, 'server', authority, 'DNS:localhost,IP:127.0.0.1');
    copyFileSync(server.cert, join(data, 'server.crt'));
    copyFileSync(server.key, join(data, 'server.key'));
    chmodSync(join(data, 'server.key'), 0o600);
    all.ssl = 'on';
  }
  const method = password ? 'scram-sha-256' : 'trust';
  writeFileSync(join(data, 'pg_hba.conf'), `local all all trust\n${tls ? 'hostssl' : 'host'} all all 127.0.0.1/32 ${method}\n`);
  appendFileSync(join(data, 'postgresql.conf'), Object.entries(all).map(line).join(''));
  giveAway(data);
  const postgres = await new Postgres({ dir, port: await freePort(), authority }).start();
  if (password) await postgres.run(`ALTER ROLE ${ROLE} PASSWORD '${password}'`);
  return postgres;
}
