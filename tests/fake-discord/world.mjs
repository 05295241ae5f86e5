// The state of the fake Discord: the application, guilds, channels, people and their messages.

import { randomBytes } from 'node:crypto';

import { INTENTS } from './gateway-form.mjs';
import { snowflake } from './snowflake.mjs';

const CHANNEL_TEXT = 0;
const CHANNEL_DM = 1;
const CHANNEL_VOICE = 2;
const CHANNEL_THREAD = 11; // public thread; also a forum's post
const MESSAGES_KEPT = 5000; // in a channel

// Permissions.
const P = {
  VIEW: 1n << 10n, SEND: 1n << 11n, EMBED: 1n << 14n, HISTORY: 1n << 16n, MENTION: 1n << 17n, THREADS: 1n << 35n, IN_THREADS: 1n << 38n,
  EVENTS: 1n << 44n,
};

function userObject({ id, username, isBot = false }) {
  return {
    id, username, global_name: username.toUpperCase(), discriminator: '0', avatar: randomBytes(16).toString('hex'),
    public_flags: 0, avatar_decoration_data: null, clan: null, ...(isBot ? { bot: true } : {}),
  };
}

export class World {
  channels = new Map();
  guilds = new Map(); // id -> {id, name, channels}
  ahead_ms = 0; // of the world's clock, before that of this machine
  #users = new Map();
  #reactors = new Map(); // 'message emoji' -> people

  constructor(options) {
    const botId = snowflake(1600000000000);
    this.app = {
      id: botId,
      token: options.token,
      flags: options.flags,
      interactionsUrl: null,
      user: userObject({ id: botId, username: 'episoded', isBot: true }),
      starts: { total: 1000, remaining: 1000, reset_after_ms: 14400000, ...options.starts, max_concurrency: options.maxConcurrency },
      shards: options.shards, // recommended
      shardsRequired: 1,
    };
    for (let i = 0; i < options.guilds; i++) this.#addGuild(i);
    [this.home] = this.guilds.values();
    this.general = this.home?.channels[0];
    this.direct = this.#addChannel({ type: CHANNEL_DM, guildId: null, name: null });
  }

  wall_ms() {
    return Date.now() + this.ahead_ms;
  }

  // IDs far enough apart that the guilds are spread over the shards.
  #addGuild(index) {
    const id = ((381000000000n + BigInt(index)) << 22n).toString();
    const guild = {
      id, name: `Guild ${index}`, channels: [], role: snowflake(1600000000000), // the bot's managed role
      roles: [], // further ones: {id, name, mentionable}
      events: [], canMakeEvents: true,
    };
    this.guilds.set(id, guild);
    for (const name of ['general', 'spoilers'])
      guild.channels.push(this.#addChannel({ type: CHANNEL_TEXT, guildId: id, name }));
    return guild;
  }

  // Add a guild, as if a person had used the invite link.
  addGuild() {
    return this.#addGuild(this.guilds.size);
  }

  #addChannel({ type, guildId, name }) {
    const channel = {
      id: snowflake(1600000000000), type, guildId, name, messages: [],
      canRead: true, canSend: true, canEmbed: true, canReadHistory: true, // the bot's permissions there
      canThread: true, canMention: false,
      isClosed: false, // a direct message: the person does not allow it
      stripsEmbeds: false, // forbidden cards are removed instead of refused
    };
    this.channels.set(channel.id, channel);
    return channel;
  }

  // Add a channel to the first guild: a "thread", or the text chat of a "voice" channel.
  addChannel(kind, name = kind) {
    const type = { thread: CHANNEL_THREAD, voice: CHANNEL_VOICE }[kind];
    return this.#addChannel({ type, guildId: this.home.id, name });
  }

  // The person with a name; always the same object.
  user(username = 'ada') {
    if (!this.#users.has(username)) this.#users.set(username, userObject({ id: snowflake(1650000000000), username }));
    return this.#users.get(username);
  }

  guildsOf([shard, shards]) {
    return [...this.guilds.keys()].filter((id) => Number((BigInt(id) >> 22n) % BigInt(shards)) === shard);
  }

  addRole(name, mentionable = true) {
    const role = { id: snowflake(1600000000000), name, mentionable };
    this.home.roles.push(role);
    return role;
  }

  // The roles of a guild. What the bot may do in all channels is in its own role.
  rolesOf(guild) {
    const may = P.VIEW | P.SEND | P.EMBED | P.HISTORY | P.IN_THREADS | P.THREADS | (guild.canMakeEvents ? P.EVENTS : 0n);
    const role = (each) => ({ color: 0, hoist: false, managed: false, mentionable: false, position: 1, permissions: '0', ...each });
    return [
      role({ id: guild.id, name: '@everyone', permissions: String(P.VIEW | P.HISTORY), position: 0 }),
      role({ id: guild.role, name: 'episoded', permissions: String(may), managed: true, tags: { bot_id: this.app.user.id } }),
      ...guild.roles.map((each) => role(each)),
    ];
  }

  // A channel with what is different there, as overwrites of the bot's role.
  channelObject(channel) {
    const guild = this.guilds.get(channel.guildId);
    const bits = [
      [P.VIEW, channel.canRead], [P.SEND, channel.canSend], [P.EMBED, channel.canEmbed], [P.HISTORY, channel.canReadHistory],
      [P.THREADS, channel.canThread], [P.MENTION, channel.canMention],
    ];
    const sum = (isAllowed) => String(bits.filter(([, may]) => may === isAllowed).reduce((all, [bit]) => all | bit, 0n));
    return {
      id: channel.id, type: channel.type, name: channel.name,
      ...(guild ? { guild_id: guild.id, permission_overwrites: [{ id: guild.role, type: 0, allow: sum(true), deny: sum(false) }] } : {}),
    };
  }

  // A guild for GUILD_CREATE (the important parts, and padding).
  guildObject(id) {
    const guild = this.guilds.get(id);
    return {
      id, name: guild.name, owner_id: this.user('owner').id, joined_at: '2026-01-01T00:00:00.000000+00:00', large: false,
      unavailable: false, member_count: 2, preferred_locale: 'en-US', features: [], emojis: [], stickers: [], threads: [],
      roles: [{ id, name: '@everyone', permissions: '274877991936', position: 0, color: 0, hoist: false, managed: false, mentionable: false },
        { id: guild.role, name: 'episoded', permissions: '274877991936', position: 1, managed: true, tags: { bot_id: this.app.user.id } }],
      members: [{ user: this.app.user, roles: [], joined_at: '2026-01-01T00:00:00.000000+00:00', deaf: false, mute: false, flags: 0 }],
      channels: guild.channels.map(({ id: channel, type, name }) => ({ id: channel, type, name, position: 0, permission_overwrites: [], topic: null, nsfw: false })),
      voice_states: [], presences: [], stage_instances: [], guild_scheduled_events: [], soundboard_sounds: [],
    };
  }

  // Add a message of a person or the bot to its channel.
  addMessage(channel, { author, content = '', type = 0, time_ms = this.wall_ms(), ...more }) {
    const mentioned = [...content.matchAll(/<@!?(\d+)>/g)].some(([, id]) => id === this.app.user.id);
    const message = {
      id: snowflake(time_ms), channel_id: channel.id, type, content, author, timestamp: new Date(time_ms).toISOString(),
      edited_timestamp: null, tts: false, mention_everyone: false, mentions: mentioned ? [this.app.user] : [],
      mention_roles: [...content.matchAll(/<@&(\d+)>/g)].map(([, id]) => id),
      attachments: [], embeds: [], components: [], pinned: false, flags: 0, channel_type: channel.type, ...more,
    };
    channel.messages.push(message);
    if (channel.messages.length > MESSAGES_KEPT) channel.messages.shift();
    return message;
  }

  // The event for a message, for a session with these intents.
  messageEvent(message, intents) {
    const channel = this.channels.get(message.channel_id);
    const event = { ...message };
    if (channel.guildId) {
      event.guild_id = channel.guildId;
      event.member = { nick: null, roles: [], joined_at: '2026-01-01T00:00:00.000000+00:00', deaf: false, mute: false, flags: 0 };
    }
    return this.#mayRead(channel, message, intents) ? event : { ...event, content: '', embeds: [], attachments: [], components: [] };
  }

  #mayRead(channel, message, intents) {
    return Boolean(intents & INTENTS.MESSAGE_CONTENT) || channel.type === CHANNEL_DM ||
      message.author.id === this.app.user.id || message.mentions.some(({ id }) => id === this.app.user.id);
  }

  // A message as REST shows it, with the message that it answers; null: that one is deleted.
  messageObject(message) {
    const { message_reference: reference } = message;
    if (!reference) return message;
    const { messages } = this.channels.get(message.channel_id);
    return { ...message, referenced_message: messages.find(({ id }) => id === reference.message_id) ?? null };
  }

  addReaction(message, name, user) {
    message.reactions ??= [];
    let reaction = message.reactions.find(({ emoji }) => emoji.name === name);
    if (!reaction) message.reactions.push(reaction = { count: 0, me: false, me_burst: false, emoji: { id: null, name }, burst_colors: [] });
    reaction.count++;
    const key = `${message.id} ${name}`;
    this.#reactors.set(key, [...this.reactors(message, name), user]);
  }

  reactors(message, name) {
    return this.#reactors.get(`${message.id} ${name}`) ?? [];
  }

  reactionIntent(channel) {
    return channel.guildId ? INTENTS.GUILD_MESSAGE_REACTIONS : INTENTS.DIRECT_MESSAGE_REACTIONS;
  }

  messageIntent(channel) {
    return channel.guildId ? INTENTS.GUILD_MESSAGES : INTENTS.DIRECT_MESSAGES;
  }

  applicationObject() {
    const { id, flags, interactionsUrl, user, wantsCode, contexts = [0] } = this.app;
    return {
      id, name: 'episoded', icon: null, description: '', bot_public: true, bot_require_code_grant: Boolean(wantsCode), verify_key: '0'.repeat(64),
      flags, flags_new: String(flags), interactions_endpoint_url: interactionsUrl, bot: user,
      integration_types_config: Object.fromEntries(contexts.map((context) => [context, {}])),
    };
  }
}
