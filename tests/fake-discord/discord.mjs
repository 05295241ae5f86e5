// A strict fake Discord for tests, on the loopback interface: gateway and REST over TLS, and people who write messages.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

import { makeAuthority, makeCertificate } from '../harness/certificates.mjs';
import { Answers } from './answers.mjs';
import { Faults } from './faults.mjs';
import { INTENTS } from './gateway-form.mjs';
import { Gateway } from './gateway.mjs';
import { Interactions, KIND } from './interactions.mjs';
import { Rest } from './rest.mjs';
import { World } from './world.mjs';

const DEFAULTS = {
  token: 'MTExMTExMTExMTExMTExMTEx.fake.a-token-for-tests',
  flags: (1 << 18) | (1 << 13) | (1 << 15), // message content, presences and members are allowed
  shards: 1,
  guilds: 1,
  maxConcurrency: 1,
  starts: {}, // what GET /gateway/bot says of the day's IDENTIFYs: total, remaining, reset_after_ms
  identifyWindow_ms: 5000,
  heartbeatInterval_ms: 41250,
  isLateBeatTolerated: false, // for floods, which do not check heartbeats
  resumeWindow_ms: 120000,
  replayMax: 20000,
  sendsMax: 120,
  sendsWindow_ms: 60000,
  names: 'IP:127.0.0.1,DNS:localhost', // of its certificate
  rest: {}, // scale, globalRate, invalidMax
};
const NONCE_MS = 3 * 60 * 1000; // "the past few minutes"

class Nonces {
  #kept = new Map();

  constructor(now_ms) {
    this.now_ms = now_ms;
  }

  keep(nonce, message) {
    this.#kept.set(String(nonce), { message, at_ms: this.now_ms() });
  }

  // Advance the clock by some minutes.
  forget() {
    this.#kept.clear();
  }

  find(nonce) {
    const kept = nonce !== undefined && this.#kept.get(String(nonce));
    return kept && this.now_ms() - kept.at_ms < NONCE_MS ? kept.message : undefined;
  }
}

export class FakeDiscord {
  events = []; // {type, at_ms, ...}: all events of the gateway, and others
  spoken = []; // {at_ms, time_ms, sender, guildId, route}: every request that says something, whatever its answer
  complaints = []; // things that Discord tolerates but a good client does not do
  commands = new Map(); // "global" or guild id -> what was PUT
  commandsRefused = {}; // see routes.mjs
  #waiters = new Set();

  constructor(options) {
    this.options = { ...DEFAULTS, ...options };
    this.world = new World(this.options);
    this.app = this.world.app;
    this.faults = new Faults(() => this.now_ms());
    this.nonces = new Nonces(() => this.now_ms());
    this.answers = new Answers(() => this.#wake());
    this.interactions = new Interactions(this);
    this.gateway = new Gateway(this, this.options);
    this.rest = new Rest(this, this.options.rest);
  }

  async start() {
    this.dir = mkdtempSync(join(tmpdir(), 'fake-discord-'));
    const authority = makeAuthority(this.dir, 'authority');
    const { key, cert } = makeCertificate(this.dir, 'server', authority, this.options.names);
    const tls = { key: readFileSync(key), cert: readFileSync(cert) };
    this.caFile = authority.cert;
    await this.gateway.listen(tls);
    this.port = await this.rest.listen(tls, this.options.port);
    this.api = `https://127.0.0.1:${this.port}/api/v10`;
  }

  async stop() {
    await Promise.all([this.gateway.close(), this.rest.close()]);
    rmSync(this.dir, { recursive: true, force: true });
  }

  // The bot's configuration for this gateway.
  config(more = {}) {
    return { name: 'home', type: 'discord', api: this.api, ca_file: this.caFile, token: { env: 'FAKE_TOKEN' }, ...more };
  }

  get env() {
    return { FAKE_TOKEN: this.options.token };
  }

  now_ms() {
    return performance.now();
  }

  /* -------------------------------------------------------------- what happened */

  record(type, details) {
    this.events.push({ type, at_ms: this.now_ms(), ...details });
    this.#wake();
  }

  complain(text) {
    this.complaints.push(text);
    this.record('complaint', { text });
  }

  count(type, from = 0) {
    return this.events.slice(from).filter((each) => each.type === type).length;
  }

  // Wait until look() returns a truthy value, and return that value.
  until(look, what, ms = 30000) {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (!found) return;
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(check);
        const last = this.events.slice(-12).map(({ type, at_ms, code, text }) => `${Math.round(at_ms)} ${type} ${code ?? ''}${text ?? ''}`);
        reject(new Error(`not in ${ms} ms: ${what}\n${last.join('\n')}`));
      }, ms);
      this.#waiters.add(check);
      check();
    });
  }

  // Wait for an event of this type after a position in events (for future events: fake.events.length).
  event(type, { from = 0, where = () => true, ms } = {}) {
    let at = from;
    const look = () => {
      for (; at < this.events.length; at++)
        if (this.events[at].type === type && where(this.events[at])) return this.events[at];
      return undefined;
    };
    return this.until(look, type, ms);
  }

  answered(id, ms) {
    return this.until(() => this.answers.of(id)[0], `an answer to ${id}`, ms);
  }

  #wake() {
    for (const check of [...this.#waiters]) check();
  }

  /* -------------------------------------------------------------- for the gateway and the routes */

  guildsOf(shard) {
    return this.world.guildsOf(shard);
  }

  guild(id) {
    return this.world.guildObject(id);
  }

  // Send a message as an event to everyone who may see it.
  publish(message, t = 'MESSAGE_CREATE') {
    const channel = this.world.channels.get(message.channel_id);
    this.gateway.dispatch(t, {
      guildId: channel.guildId,
      intent: this.world.messageIntent(channel),
      shape: (session) => this.world.messageEvent(message, session.intents),
    });
  }

  // Messages are deleted: with one event each, or one for all.
  takeAway(channel, ids, isBulk = false) {
    const where = { channel_id: channel.id, ...(channel.guildId ? { guild_id: channel.guildId } : {}) };
    const tell = (t, data) => this.gateway.dispatch(t, {
      guildId: channel.guildId, intent: this.world.messageIntent(channel), shape: () => ({ ...data, ...where }),
    });
    channel.messages = channel.messages.filter(({ id }) => !ids.includes(id));
    if (isBulk) tell('MESSAGE_DELETE_BULK', { ids });
    else for (const id of ids) tell('MESSAGE_DELETE', { id });
    for (const id of ids) this.record('delete', { id });
  }

  /* -------------------------------------------------------------- what a person does */

  // A person writes a message; returns its ID. To send the same event again: publish(message(id)).
  say(content, { channel = this.world.general, author = 'ada', ...more } = {}) {
    const message = this.world.addMessage(channel, { content, author: this.world.user(author), ...more });
    this.publish(message);
    return message.id;
  }

  // A person edits a message, so long after it was written; without a content, only the preview of its link is added.
  edit(id, content, { after_ms } = {}) {
    const message = this.message(id);
    const written_ms = Date.parse(message.timestamp);
    if (content === undefined) {
      message.embeds = [{ type: 'link', url: 'https://example.org' }];
    } else {
      message.content = content;
      message.edited_timestamp = new Date(after_ms === undefined ? Math.max(this.world.wall_ms(), written_ms + 1) : written_ms + after_ms)
        .toISOString().replace('Z', '000+00:00');
    }
    this.publish(message, 'MESSAGE_UPDATE');
  }

  // A person or a moderator deletes messages.
  remove(...ids) {
    const channel = this.world.channels.get(this.message(ids[0]).channel_id);
    this.takeAway(channel, ids, ids.length > 1);
  }

  // A person puts an emoji on a message.
  // isAuthorKnown: the event has the member message_author_id, which is new.
  react(message, name, author = 'ada', { isAuthorKnown = true } = {}) {
    const channel = this.world.channels.get(message.channel_id);
    const user = this.world.user(author);
    this.world.addReaction(message, name, user);
    this.gateway.dispatch('MESSAGE_REACTION_ADD', {
      guildId: channel.guildId,
      intent: this.world.reactionIntent(channel),
      shape: () => ({
        user_id: user.id, type: 0, message_id: message.id, ...(isAuthorKnown ? { message_author_id: message.author.id } : {}),
        ...(channel.guildId ? { member: { user, roles: [], nick: null, joined_at: '2026-01-01T00:00:00.000000+00:00' } } : {}),
        emoji: { id: null, name }, channel_id: channel.id, burst: false, ...(channel.guildId ? { guild_id: channel.guildId } : {}),
      }),
    });
  }

  // The bot is added to a guild, or removed from one.
  join() {
    const { id } = this.world.addGuild();
    this.gateway.dispatch('GUILD_CREATE', { guildId: id, intent: INTENTS.GUILDS, shape: () => this.guild(id) });
    return this.world.guilds.get(id);
  }

  leave(id) {
    this.gateway.dispatch('GUILD_DELETE', { guildId: id, intent: INTENTS.GUILDS, shape: () => ({ id }) });
    this.world.guilds.delete(id);
  }

  message(id) {
    for (const { messages } of this.world.channels.values()) {
      const found = messages.find((each) => each.id === id);
      if (found) return found;
    }
    throw new Error(`there is no message ${id}`);
  }

  #interact(kind, data, { channel = this.world.general, author = 'ada', ...more } = {}) {
    const interaction = this.interactions.create(kind, data, { channel, user: this.world.user(author), ...more });
    if (!this.app.interactionsUrl)
      this.gateway.dispatch('INTERACTION_CREATE', { guildId: channel.guildId, intent: 0, shape: () => interaction.event });
    return interaction.id;
  }

  #command(name, type) {
    const found = (this.commands.get('global') ?? []).find((each) => each.name === name && each.type === type);
    if (!found) throw new Error(`there is no command ${name} of type ${type}`);
    return { id: found.id, name, type };
  }

  // options: {episode: "5"}; with the types that the bot registered.
  slash(name, options = {}, where = {}) {
    return this.#interact(KIND.COMMAND, { ...this.#command(name, 1), options: this.#options(name, options) }, where);
  }

  // The last option is the one being typed.
  autocomplete(name, options, where = {}) {
    const typed = this.#options(name, options);
    typed[typed.length - 1].focused = true;
    return this.#interact(KIND.AUTOCOMPLETE, { ...this.#command(name, 1), options: typed }, where);
  }

  #options(name, values) {
    const { options = [] } = this.commands.get('global').find((each) => each.name === name && each.type === 1);
    return Object.entries(values).map(([key, value]) => {
      const option = options.find((each) => each.name === key);
      if (!option) throw new Error(`/${name} has no option ${key}`);
      return { name: key, type: option.type, value };
    });
  }

  // Use the message command with that name on a message.
  menu(name, messageId, where = {}) {
    const target = this.message(messageId);
    const data = { ...this.#command(name, 3), target_id: messageId, resolved: { messages: { [messageId]: target } } };
    return this.#interact(KIND.COMMAND, data, where);
  }

  // Press a button of a message.
  press(message, customId, where = {}) {
    if (!Interactions.buttons(message).includes(customId)) throw new Error(`the message has no button ${customId}`);
    return this.#interact(KIND.COMPONENT, { component_type: 2, id: 1, custom_id: customId }, { ...where, message });
  }
}

export async function startFakeDiscord(options = {}) {
  const fake = new FakeDiscord(options);
  await fake.start();
  return fake;
}
