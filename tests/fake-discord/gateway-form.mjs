// The form of a client's payloads.

import { anything, boolean, integer, list, nullable, object, oneOf, text } from './form.mjs';

export const INTENTS = {
  GUILDS: 1 << 0, GUILD_MEMBERS: 1 << 1, GUILD_PRESENCES: 1 << 8, GUILD_MESSAGES: 1 << 9, GUILD_MESSAGE_REACTIONS: 1 << 10,
  GUILD_MESSAGE_TYPING: 1 << 11, DIRECT_MESSAGES: 1 << 12, DIRECT_MESSAGE_REACTIONS: 1 << 13, DIRECT_MESSAGE_TYPING: 1 << 14, MESSAGE_CONTENT: 1 << 15,
};
// Bits 17 to 19, 22 and 23 are undefined.
export const INTENTS_KNOWN = 0x1ffff | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);

// A privileged intent, and the application flags of which one must be set.
export const PRIVILEGED = [
  [INTENTS.GUILD_PRESENCES, (1 << 12) | (1 << 13)],
  [INTENTS.GUILD_MEMBERS, (1 << 14) | (1 << 15)],
  [INTENTS.MESSAGE_CONTENT, (1 << 18) | (1 << 19)],
];

const presence = object(
  {
    since: nullable(integer(0)),
    activities: list(
      object({ name: text(128, { min: 1 }), type: integer(0, 5), state: nullable(text(128)), url: anything }, { required: ['name', 'type'] }),
    ),
    status: oneOf('online', 'dnd', 'idle', 'invisible', 'offline'),
    afk: boolean,
  },
  { required: ['since', 'activities', 'status', 'afk'] },
);

export const identify = object(
  {
    token: text(200, { min: 1 }),
    intents: integer(0),
    properties: object({ os: text(100), browser: text(100), device: text(100) }, { required: ['os', 'browser', 'device'] }),
    compress: boolean,
    large_threshold: integer(50, 250),
    shard: anything, // checked separately, because it has its own close code
    presence,
  },
  { required: ['token', 'intents', 'properties'] },
);

export const resume = object(
  { token: text(200, { min: 1 }), session_id: text(200, { min: 1 }), seq: integer(0) },
  { required: ['token', 'session_id', 'seq'] },
);

export const heartbeat = nullable(integer(0));
export const presenceUpdate = presence;

export function isShard(value) {
  return Array.isArray(value) && value.length === 2 && value.every(Number.isInteger) && value[0] >= 0 && value[0] < value[1];
}
