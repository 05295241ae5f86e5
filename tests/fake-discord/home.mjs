// The real bot on the fake Discord, for one test; both end with the test.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startBot } from '../harness/bot.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { startFakeDiscord } from './discord.mjs';

const READY = /ready: gateway home/;

export class Home {
  complaintsExpected = []; // patterns

  constructor(fake, { gateway, program, lobby, config, env }) {
    this.fake = fake;
    this.env = env;
    this.program = program;
    this.state = mkdtempSync(join(tmpdir(), 'episoded-state-'));
    const gateways = [fake.config(gateway)];
    if (lobby) gateways.push({ name: 'lobby', type: 'lobby', listen: `127.0.0.1:${lobby}` });
    this.config = { state: this.state, gateways, ...config };
  }

  // Start the bot, or restart it with its state.
  async start({ isReady = true } = {}) {
    this.bot = await startBot({ config: this.config, env: { ...this.fake.env, ...this.env }, program: this.program });
    if (isReady) await this.ready();
    return this.bot;
  }

  ready(from = 0) {
    return this.bot.waitForLog(READY, WAIT_MS, from);
  }

  stop() {
    return this.bot.stop();
  }

  // Kill the bot with SIGKILL.
  async kill() {
    await this.bot.killed();
    rmSync(this.bot.dir, { recursive: true, force: true });
  }

  // Ask, and return the only answer.
  async ask(text, where) {
    const id = this.fake.say(text, where);
    return this.fake.answered(id);
  }

  // Check that each question was answered once, also after a later question was answered.
  async once(ids, ms = WAIT_MS) {
    for (const id of ids) await this.fake.answered(id, ms);
    await this.ask('!ping', { author: 'last' });
    assert.deepEqual(this.fake.answers.tally(ids), { asked: ids.length, unanswered: 0, once: ids.length, doubled: 0 });
  }

  async end() {
    try {
      if (this.bot && !this.bot.end) await this.stop();
    } finally {
      await this.fake.stop();
      rmSync(this.state, { recursive: true, force: true });
    }
    const complaints = this.fake.complaints.filter((text) => !this.complaintsExpected.some((pattern) => pattern.test(text)));
    assert.deepEqual(complaints, []);
  }
}

// t: the test's context. fake: options of the fake; gateway: more keys of the gateway's configuration, config: of the whole;
// prepare(fake): before the start.
export async function startHome(t, { fake: options = {}, gateway = {}, prepare, isReady = true, ...more } = {}) {
  const fake = await startFakeDiscord({ heartbeatInterval_ms: 10000, ...options });
  const home = new Home(fake, { gateway, ...more });
  t.after(() => home.end());
  prepare?.(fake);
  await home.start({ isReady });
  return home;
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Check that no such event happens for a while. This is the only case in which a test waits for time itself.
export async function nothing(fake, type, ms = 2500) {
  const before = fake.count(type);
  await sleep(ms);
  assert.equal(fake.count(type), before, `${type} happened`);
}

// The visible text of an answer, in all its parts.
export function textOf({ body }) {
  const embeds = (body.embeds ?? []).flatMap((each) => [
    each.title, each.description, each.author?.name, ...(each.fields ?? []).flatMap((field) => [field.name, field.value]), each.footer?.text,
  ]);
  const components = (function texts(list) {
    return (list ?? []).flatMap((each) => [each.content, ...texts(each.components)]);
  })(body.components);
  return [body.content, ...embeds, ...components].filter(Boolean).join('\n');
}

export const POST = 'POST /channels/{}/messages';
export const CALLBACK = 'POST /interactions/{}/{}/callback';
