// A bot on all networks with failing allocations: a lobby, and strict servers for IRC, Discord and Twitch.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startFakeDiscord } from '../fake-discord/discord.mjs';
import { binary, root } from '../harness/bot.mjs';
import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { freePort } from '../harness/ports.mjs';
import { Process, within } from '../harness/process.mjs';
import { leaveLogin } from '../harness/twitch-bot.mjs';
import { startTwitchServer } from '../harness/twitch-server.mjs';
import { Control } from './control.mjs';

export const GATEWAYS = ['lobby', 'irc', 'discord', 'twitch'];
const SHIM = join(root, process.env.BUILD ?? 'build', 'test/torture/shim.so');
const SUPPRESSIONS = join(root, 'tests/torture/leaks.supp');
export const SANITIZER_CODE = 99;
const ANNA = 'anna!~a@host.test';

// The environment of a program whose allocations are counted.
export function tortured(control) {
  return {
    ...process.env,
    LD_PRELOAD: SHIM,
    TORTURE_CONTROL: control.path,
    ASAN_OPTIONS: `verify_asan_link_order=0:detect_leaks=1:exitcode=${SANITIZER_CODE}:allocator_may_return_null=1`,
    LSAN_OPTIONS: `suppressions=${SUPPRESSIONS}:print_suppressions=0:exitcode=${SANITIZER_CODE}`,
    UBSAN_OPTIONS: `print_stacktrace=1:halt_on_error=1:exitcode=${SANITIZER_CODE}`,
  };
}

class Bot extends Process {
  constructor(file, env) {
    super(binary(), ['run', '-c', file], { cwd: root, env });
  }
}

export class World {
  asked = 0;
  #listeners = Object.fromEntries(GATEWAYS.map((name) => [name, new Set()]));

  async open() {
    this.dir = mkdtempSync(join(tmpdir(), 'torture-'));
    const authority = makeAuthority(this.dir, 'authority');
    const made = makeCertificate(this.dir, 'server', authority, 'DNS:localhost,IP:127.0.0.1');
    const tls = { key: readFileSync(made.key), cert: readFileSync(made.cert) };
    const on = { PRIVMSG: (peer, line) => this.#said('irc', line.params[1]) };
    this.irc = await startIrcServer({ tls, on });
    this.twitch = await startTwitchServer({ tls, rooms: { '#tv': { role: 'moderator' } }, windows: { joins: 1e6, sentMs: 1 } });
    this.twitch.logins.limit = 1e6;
    this.twitch.on = { confirm: (peer, room, line) => this.#said('twitch', line.params[1]) };
    this.discord = await startFakeDiscord({
      heartbeatInterval_ms: 10000, identifyWindow_ms: 1, sendsMax: 1e6, rest: { scale: 1e4, globalRate: 1e6 },
    });
    this.discord.app.starts.remaining = 1e9;
    const reconnect = { base_ms: 20, cap_ms: 200 };
    this.port = await freePort();
    this.otherPort = await freePort();
    this.config = {
      data: join(root, 'data'),
      gateways: [
        { name: 'lobby', type: 'lobby', listen: `127.0.0.1:${this.port}` },
        this.irc.gateway({ url: this.irc.tls, ca_file: authority.cert, flood: 'none', reconnect }),
        { ...this.discord.config(), name: 'discord' },
        this.twitch.gateway({ client_id: 'public1', ca_file: authority.cert, verified: true, reconnect }),
      ],
    };
    this.control = new Control(join(this.dir, 'control'));
    return this;
  }

  // A bot with an empty state; at: the allocation of its start that fails.
  start(at = 0, span = 1) {
    this.state = mkdtempSync(join(this.dir, 'state-'));
    this.file = join(this.state, 'episoded.json');
    writeFileSync(this.file, JSON.stringify({ ...this.config, state: join(this.state, 'kept') }));
    // A reload of a test changes the gateway's name.
    for (const name of ['twitch', 'stream']) {
      const grant = this.twitch.api.issue('public1', '77', 'episoded', ['chat:read', 'chat:edit']);
      leaveLogin(join(this.state, 'kept'), grant, `${name}1`, name);
    }
    this.control.arm(at, span);
    const env = { ...tortured(this.control), ...this.extra, ...this.discord.env };
    this.bot = new Bot(this.file, env);
    return this.bot;
  }

  async ready(ms = 30000, from = 0) {
    for (const name of GATEWAYS.slice(1)) await this.bot.waitForLog(new RegExp(`ready: gateway ${name}`), ms, from);
    await this.bot.waitForLog(/open http/, ms, from);
  }

  async visitor() {
    if (this.anna && !this.anna.end) return this.anna;
    this.anna = await IrcClient.connect(`ws://127.0.0.1:${this.port}/`, { nick: `anna${this.asked}` });
    this.anna.socket.on('message', (data) => {
      for (const line of data.toString().split(/\r?\n/)) if (line.includes(' PRIVMSG ')) this.#said('lobby', line);
    });
    await this.anna.join('#lobby');
    return this.anna;
  }

  // Ask a new question and wait for the answer; with mayFail, the answer may be missing.
  async ask(gateway, ms, mayFail = false) {
    this.asked += 1;
    const number = (this.asked % 12) + 1;
    const text = `!episode ${number}`;
    const answer = new RegExp(`[Ee]pisode ${number}\\b${mayFail ? '|out of memory|went wrong here' : ''}`);
    if (gateway === 'discord') {
      await this.discord.answered(this.discord.say(text), ms);
      return;
    }
    const anna = gateway === 'lobby' && (await within(ms, 'a place in the lobby', this.visitor()));
    const heard = this.#heard(gateway, answer, ms);
    if (gateway === 'lobby') anna.say('#lobby', text);
    else if (gateway === 'irc') this.irc.say(ANNA, '#tv', text);
    else this.twitch.say('anna', '#tv', text);
    await heard;
  }

  #said(gateway, text) {
    for (const look of this.#listeners[gateway]) look(text);
    return true;
  }

  // From the bot's connection at that time.
  #heard(gateway, answer, ms) {
    let look;
    const heard = new Promise((resolve) => {
      look = (text) => answer.test(text) && resolve();
      this.#listeners[gateway].add(look);
    });
    return within(ms, `hearing ${answer}`, heard).finally(() => this.#listeners[gateway].delete(look));
  }

  // The server disconnects: the bot must reconnect.
  hangUp(gateway) {
    if (gateway === 'discord') for (const { webSocket } of this.discord.gateway.connections) webSocket.terminate();
    else for (const peer of this[gateway].peers) peer.end();
  }

  // Its exit code and output.
  async stop(ms = 20000) {
    this.bot.kill('SIGTERM');
    return this.end(ms);
  }

  async end(ms = 20000) {
    const end = await within(ms, 'the end of the bot', this.bot.ended).catch((error) => ({ error }));
    if (end.error) {
      this.bot.kill('SIGKILL');
      await this.bot.ended;
    }
    this.anna = undefined;
    rmSync(this.state, { recursive: true, force: true });
    return end;
  }

  async close() {
    if (this.bot && !this.bot.end) this.bot.kill('SIGKILL');
    await this.irc.stop();
    await this.twitch.stop();
    await this.discord.stop();
    this.control.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
