// Events of a busy server: chatter, typing, presence, and some commands.

import { snowflake } from '../../fake-discord/snowflake.mjs';

const WORDS = ('the episode was great and nobody expected that ending but honestly who would have thought she comes back lol ' +
  'did you see how he looked at them in the library i cannot believe it :joy: what about tomorrow maybe we watch it again').split(' ');
const EMOJI = ['\u{1F602}', '\u{1F9DF}', 'https://example.org/watch?v=0123456789', '"quoted"', 'caf\u00e9'];
const PEOPLE = 400;

// Repeatable, so that every run measures the same bytes.
export function generator(seed = 1) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
  };
}

export class Events {
  constructor(fake, seed) {
    this.fake = fake;
    this.random = generator(seed);
    this.channels = [...fake.world.guilds.values()].flatMap((guild) => guild.channels);
  }

  #channel() {
    return this.channels[this.random(this.channels.length)];
  }

  #text() {
    const words = Array.from({ length: 3 + this.random(25) }, () => (this.random(3) ? WORDS[this.random(WORDS.length)] : this.#word()));
    if (this.random(4) === 0) words.push(EMOJI[this.random(EMOJI.length)]);
    return words.join(' ');
  }

  // A word that is new to the compressor.
  #word() {
    return Array.from({ length: 2 + this.random(9) }, () => String.fromCharCode(97 + this.random(26))).join('');
  }

  chatter() {
    const { world } = this.fake;
    const channel = this.#channel();
    const author = world.user(`person${this.random(PEOPLE)}`);
    const message = { ...this.#message(channel, author), content: this.#text() };
    return { t: 'MESSAGE_CREATE', d: world.messageEvent(message, 1 << 15) };
  }

  // Chatter, which the fake does not store: 100,000 messages would fill its memory.
  #message(channel, author) {
    return {
      type: 0, tts: false, timestamp: '2026-01-01T12:00:00.000000+00:00', pinned: false, nonce: snowflake(), mentions: [], mention_roles: [],
      mention_everyone: false, id: snowflake(), flags: 0, embeds: [], edited_timestamp: null, content: '', components: [],
      channel_type: 0, channel_id: channel.id, author, attachments: [],
    };
  }

  typing() {
    const channel = this.#channel();
    const user = this.fake.world.user(`person${this.random(PEOPLE)}`);
    return {
      t: 'TYPING_START',
      d: { user_id: user.id, timestamp: 1767268800, member: { user, roles: [], nick: null, mute: false, deaf: false, joined_at: '2026-01-01T00:00:00.000000+00:00' }, channel_id: channel.id, guild_id: channel.guildId },
    };
  }

  presence() {
    const user = this.fake.world.user(`person${this.random(PEOPLE)}`);
    const status = ['online', 'idle', 'dnd', 'offline'][this.random(4)];
    const activities = this.random(2) ? [{ type: 0, name: 'A game', id: 'ec0b28a579ecb4bd', created_at: 1767268800000 + this.random(1e6), timestamps: { start: 1767268800000 } }] : [];
    return { t: 'PRESENCE_UPDATE', d: { user: { id: user.id }, status, guild_id: this.#channel().guildId, client_status: { desktop: status }, broadcast: null, activities } };
  }

  // A command that the fake stores, because its ID is searched in the answers.
  command() {
    const { world } = this.fake;
    const author = world.user(`asker${this.asked = (this.asked ?? 0) + 1}`);
    const message = world.addMessage(this.#channel(), { content: `!episode ${1 + this.random(12)}`, author });
    return { t: 'MESSAGE_CREATE', d: world.messageEvent(message, 1 << 15), id: message.id };
  }

  // One event of the mix: six of ten are chatter.
  mixed() {
    const dice = this.random(20);
    return dice < 12 ? this.chatter() : dice < 17 ? this.typing() : this.presence();
  }
}

export function textOfEvent({ t, d }, s) {
  return JSON.stringify({ t, s, op: 0, d });
}
