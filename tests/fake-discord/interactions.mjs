// Interactions: answered once, within three seconds, in a valid form; then open for follow-ups for a while.

import { randomBytes } from 'node:crypto';

import { ApiError } from './api-error.mjs';
import { customIds } from './component-form.mjs';
import { anything, errorTree, integer, list, object, problemsOf, text } from './form.mjs';
import { checkEdit, EPHEMERAL, interactionMessage, isEmptyMessage } from './message-form.mjs';
import { snowflake } from './snowflake.mjs';
import { attachmentsOf } from './upload.mjs';

const ANSWER_MS = 3000;
const TOKEN_MS = 15 * 60 * 1000;

export const KIND = { COMMAND: 2, COMPONENT: 3, AUTOCOMPLETE: 4 };
const REPLY = { MESSAGE: 4, DEFERRED: 5, DEFERRED_UPDATE: 6, UPDATE: 7, CHOICES: 8 };
const FITTING = { [KIND.COMMAND]: [4, 5, 9, 12], [KIND.COMPONENT]: [4, 5, 6, 7, 9, 12], [KIND.AUTOCOMPLETE]: [8] };

const choices = object(
  {
    choices: list(
      object({ name: text(100, { min: 1 }), name_localizations: anything, value: text(100) }, { required: ['name', 'value'] }),
      { max: 25 },
    ),
  },
  { required: ['choices'] },
);
const deferred = object({ flags: integer(EPHEMERAL, EPHEMERAL) });
const callbackForm = object({ type: integer(1, 12), data: anything }, { required: ['type'] });
const DATA = { [REPLY.MESSAGE]: interactionMessage, [REPLY.UPDATE]: interactionMessage, [REPLY.CHOICES]: choices, [REPLY.DEFERRED]: deferred };

function checkEditOf(message, edit) {
  const problems = checkEdit(message, edit);
  if (problems.length) throw new ApiError(400, 50035, 'Invalid Form Body', errorTree(problems));
}

export function check(form, body, what = []) {
  const problems = problemsOf(form, body).map((each) => ({ ...each, path: [...what, ...each.path] }));
  if (problems.length) throw new ApiError(400, 50035, 'Invalid Form Body', errorTree(problems));
}

// The bot's permissions in a channel: those of its invite link, except removed ones.
function permissionsOf({ canEmbed }) {
  return String(274877991936n & ~(canEmbed ? 0n : 1n << 14n));
}

export class Interactions {
  #byId = new Map();
  #byToken = new Map();

  // fake: record(), now_ms(), world, answers, publish(message)
  constructor(fake) {
    this.fake = fake;
  }

  // Make an interaction; the caller sends the event. age_ms: the age of the question.
  create(kind, data, { channel, user, message, locale = 'en-US', age_ms = 0 }) {
    const { app } = this.fake.world;
    const interaction = {
      id: snowflake(this.fake.world.wall_ms() - age_ms), token: randomBytes(96).toString('base64url'), kind, data, channel, user, message, replies: 0,
      created_ms: this.fake.now_ms() - age_ms, choices: null, isDeferred: false,
    };
    this.#byId.set(interaction.id, interaction);
    this.#byToken.set(interaction.token, interaction);
    interaction.event = {
      id: interaction.id, application_id: app.id, type: kind, token: interaction.token, version: 1, channel_id: channel.id,
      channel: { id: channel.id, type: channel.type }, data, locale, app_permissions: permissionsOf(channel), entitlements: [],
      attachment_size_limit: 10485760, entitlement_sku_ids: [], ...this.#place(channel, user), ...(message ? { message } : {}),
    };
    return interaction;
  }

  #place(channel, user) {
    if (!channel.guildId) return { user, context: 1, authorizing_integration_owners: { 0: '0' } };
    return {
      guild_id: channel.guildId, guild: { id: channel.guildId, locale: 'en-US', features: [] }, guild_locale: 'en-US', context: 0,
      member: { user, roles: [], permissions: '274877991936', nick: null, joined_at: '2026-01-01T00:00:00.000000+00:00' },
      authorizing_integration_owners: { 0: channel.guildId },
    };
  }

  get(id) {
    return this.#byId.get(id);
  }

  withToken(token) {
    return this.#byToken.get(token);
  }

  /* -------------------------------------------------------------- REST */

  callback(id, token, body) {
    const interaction = this.#byId.get(id);
    if (!interaction || interaction.token !== token) throw new ApiError(404, 10062, 'Unknown interaction');
    if (interaction.replies > 0) throw new ApiError(400, 40060, 'Interaction has already been acknowledged.');
    if (this.fake.now_ms() - interaction.created_ms > ANSWER_MS) throw new ApiError(404, 10062, 'Unknown interaction');
    check(callbackForm, body);
    if (!FITTING[interaction.kind].includes(body.type))
      throw new ApiError(400, 50035, 'Invalid Form Body', errorTree([{ path: ['type'], code: 'BASE_TYPE_CHOICES', message: 'Does not fit.' }]));
    if (DATA[body.type]) check(DATA[body.type], body.data ?? {}, ['data']);
    if (body.type === REPLY.UPDATE) checkEditOf(interaction.message, body.data);
    return this.#accept(interaction, body);
  }

  #accept(interaction, body) {
    const { type, data } = body;
    const isMessage = type === REPLY.MESSAGE || type === REPLY.UPDATE;
    if (isMessage) attachmentsOf(body, data);
    if (isMessage && isEmptyMessage(data)) throw new ApiError(400, 50006, 'Cannot send an empty message');
    interaction.replies++;
    interaction.isDeferred = type === REPLY.DEFERRED || type === REPLY.DEFERRED_UPDATE;
    if (type === REPLY.CHOICES) interaction.choices = data.choices;
    if (type === REPLY.CHOICES) this.fake.record('choices', { id: interaction.id, choices: data.choices });
    if (isMessage) {
      interaction.original = this.#message(interaction, data);
      this.fake.answers.add(interaction.id, { via: type === REPLY.UPDATE ? 'update' : 'callback', body: data });
    }
    return interaction;
  }

  // Publish a message; an ephemeral one is not published.
  #message(interaction, data) {
    const { world } = this.fake;
    const message = world.addMessage(interaction.channel, {
      ...data, content: data.content ?? '', author: world.app.user, application_id: world.app.id,
      interaction_metadata: { id: interaction.id, type: interaction.kind, user: interaction.user },
    });
    if (!(data.flags & EPHEMERAL)) this.fake.publish(message);
    return message;
  }

  // A webhook is valid for a quarter of an hour after the first reply.
  #alive(token) {
    const interaction = this.#byToken.get(token);
    if (!interaction || !interaction.replies) throw new ApiError(404, 10015, 'Unknown Webhook');
    if (this.fake.now_ms() - interaction.created_ms > TOKEN_MS) throw new ApiError(401, 50027, 'Invalid Webhook Token');
    return interaction;
  }

  followUp(token, body) {
    const interaction = this.#alive(token);
    check(interactionMessage, body);
    if (isEmptyMessage(body)) throw new ApiError(400, 50006, 'Cannot send an empty message');
    this.fake.answers.add(interaction.id, { via: 'follow-up', body });
    return this.#message(interaction, body);
  }

  editOriginal(token, body) {
    const interaction = this.#alive(token);
    check(interactionMessage, body);
    if (interaction.isDeferred) {
      interaction.isDeferred = false;
      interaction.original = this.#message(interaction, body);
      this.fake.answers.add(interaction.id, { via: 'edit', body });
    }
    if (!interaction.original) throw new ApiError(404, 10008, 'Unknown Message');
    checkEditOf(interaction.original, body);
    return Object.assign(interaction.original, body);
  }

  original(token) {
    const { original } = this.#alive(token);
    if (!original) throw new ApiError(404, 10008, 'Unknown Message');
    return original;
  }

  // The buttons of a message.
  static buttons(message) {
    return customIds(message.components);
  }
}
