// The routes of the REST API that a chat bot uses.

import { askedBy } from './answers.mjs';
import { ApiError } from './api-error.mjs';
import { command, commandList } from './command-form.mjs';
import { anything, errorTree, id as idForm, nullable, object, oneOf, text } from './form.mjs';
import { check } from './interactions.mjs';
import { checkEdit, createMessage, editMessage, isEmptyMessage } from './message-form.mjs';
import { snowflake } from './snowflake.mjs';
import { attachmentsOf } from './upload.mjs';

const NONE = { status: 204 };

function channelOf(fake, id) {
  const channel = fake.world.channels.get(id);
  if (!channel) throw new ApiError(404, 10003, 'Unknown Channel');
  if (!channel.canRead) throw new ApiError(403, 50001, 'Missing Access');
  return channel;
}

function messageOf(channel, id) {
  const message = channel.messages.find((each) => each.id === id);
  if (!message) throw new ApiError(404, 10008, 'Unknown Message');
  return message;
}

function guildOf(fake, id) {
  const guild = fake.world.guilds.get(id);
  if (!guild) throw new ApiError(404, 10004, 'Unknown Guild');
  return guild;
}

/* ---------------------------------------------------------------- messages */

// Who is pinged by a message; recorded, because no other part of it shows it. Mentions that nobody may use ping no one.
function pingsOnly(fake, channel, { content = '', allowed_mentions: allowed }) {
  const guild = fake.world.guilds.get(channel.guildId);
  const named = [...(content ?? '').matchAll(/<@&(\d+)>/g)].map(([, id]) => id);
  const roles = (guild?.roles ?? []).filter(({ id, mentionable }) => named.includes(id) && allowed.roles?.includes(id) && (mentionable || channel.canMention));
  if (roles.length) fake.record('ping', { roles: roles.map(({ name }) => name) });
  for (const id of allowed.roles ?? []) if (!named.includes(id)) fake.complain(`the role ${id} is allowed and not mentioned`);
}

function postMessage(fake, { params: [channelId], body }) {
  const channel = channelOf(fake, channelId);
  check(createMessage, body);
  const reference = body.message_reference;
  if (channel.isClosed) throw new ApiError(403, 50007, 'Cannot send messages to this user');
  if (body.embeds?.length && !channel.canEmbed && channel.stripsEmbeds) delete body.embeds;
  if (isEmptyMessage(body)) throw new ApiError(400, 50006, 'Cannot send an empty message');
  if (!channel.canSend || (body.embeds?.length && !channel.canEmbed)) throw new ApiError(403, 50013, 'Missing Permissions');
  if (reference && !channel.canReadHistory) throw new ApiError(400, 160002, 'Cannot reply without permission to read message history');
  const referred = reference && channel.messages.find((each) => each.id === reference.message_id);
  if (reference && !referred && reference.fail_if_not_exists !== false)
    throw new ApiError(400, 50035, 'Invalid Form Body', { message_reference: { _errors: [{ code: 'REPLIES_UNKNOWN_MESSAGE', message: 'Unknown message' }] } });
  const earlier = body.enforce_nonce && fake.nonces.find(body.nonce);
  // Seen when the earlier message was deleted meanwhile (discord-api-docs#6647).
  if (earlier && !channel.messages.includes(earlier)) throw new ApiError(404, 10008, 'Unknown Message');
  if (earlier) {
    fake.answers.repeat(body.nonce);
    return { status: 200, body: earlier };
  }
  pingsOnly(fake, channel, body);
  const { enforce_nonce: _enforce, allowed_mentions: _mentions, message_reference: _reference, ...shown } = body;
  const message = fake.world.addMessage(channel, {
    ...shown, attachments: attachmentsOf(body), content: body.content ?? '', author: fake.world.app.user, ...(referred ? { type: 19, message_reference: reference } : {}),
  });
  if (body.nonce !== undefined) fake.nonces.keep(body.nonce, message);
  fake.answers.add(askedBy(body), { via: 'message', body, message, channelId });
  fake.publish(message);
  return { status: 200, body: message };
}

function getMessages(fake, { params: [channelId], query }) {
  const channel = channelOf(fake, channelId);
  const limit = Number(query.get('limit') ?? 50);
  const anchors = ['before', 'after', 'around'].filter((name) => query.has(name));
  if (anchors.length > 1 || !Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new ApiError(400, 50035, 'Invalid Form Body', { limit: { _errors: [{ code: 'NUMBER_TYPE_MAX', message: '1 to 100' }] } });
  let found = channel.canReadHistory ? channel.messages : [];
  if (query.has('after')) found = found.filter(({ id }) => BigInt(id) > BigInt(query.get('after'))).slice(0, limit);
  else if (query.has('before')) found = found.filter(({ id }) => BigInt(id) < BigInt(query.get('before'))).slice(-limit);
  else found = found.slice(-limit);
  return { status: 200, body: found.map((each) => fake.world.messageObject(each)).reverse() };
}

function getMessage(fake, { params: [channelId, id] }) {
  const channel = channelOf(fake, channelId);
  if (!channel.canReadHistory) throw new ApiError(403, 50013, 'Missing Permissions');
  return { status: 200, body: fake.world.messageObject(messageOf(channel, id)) };
}

function getReactions(fake, { params: [channelId, id, emoji] }) {
  const channel = channelOf(fake, channelId);
  if (!channel.canReadHistory) throw new ApiError(403, 50013, 'Missing Permissions');
  return { status: 200, body: fake.world.reactors(messageOf(channel, id), decodeURIComponent(emoji)) };
}

function patchMessage(fake, { params: [channelId, id], body }) {
  const message = messageOf(channelOf(fake, channelId), id);
  check(editMessage, body);
  const problems = checkEdit(message, body);
  if (problems.length) throw new ApiError(400, 50035, 'Invalid Form Body', errorTree(problems));
  if (message.author.id !== fake.world.app.user.id) throw new ApiError(403, 50005, 'Cannot edit a message authored by another user');
  const { allowed_mentions: _mentions, attachments, ...shown } = body;
  if (attachments) shown.attachments = attachmentsOf(body);
  Object.assign(message, shown, { edited_timestamp: new Date(fake.world.wall_ms()).toISOString().replace('Z', '000+00:00') });
  fake.publish(message, 'MESSAGE_UPDATE');
  fake.record('edit', { id, message, body });
  return { status: 200, body: message };
}

function deleteMessage(fake, { params: [channelId, id] }) {
  const channel = channelOf(fake, channelId);
  const message = messageOf(channel, id);
  if (message.author.id !== fake.world.app.user.id) throw new ApiError(403, 50013, 'Missing Permissions'); // it has no Manage Messages
  fake.takeAway(channel, [id]);
  return NONE;
}

const archive = oneOf(60, 1440, 4320, 10080);

function startThread(fake, { params: [channelId, id], body }) {
  const channel = channelOf(fake, channelId);
  const message = messageOf(channel, id);
  check(object({ name: text(100, { min: 1 }), auto_archive_duration: archive, rate_limit_per_user: anything }, { required: ['name'] }), body);
  if (!channel.canThread) throw new ApiError(403, 50013, 'Missing Permissions');
  if (message.thread) throw new ApiError(400, 160004, 'A thread has already been created for this message');
  message.thread = { id, type: 11, name: body.name, thread_metadata: { auto_archive_duration: body.auto_archive_duration } };
  fake.record('thread', { id, name: body.name, minutes: body.auto_archive_duration });
  return { status: 201, body: message.thread };
}

/* ---------------------------------------------------------------- scheduled events */

const place = object({ location: text(100, { min: 1 }) }, { required: ['location'] });
const instant = text(64, { pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/ });
const eventFields = {
  name: text(100, { min: 1 }), description: nullable(text(1000)), privacy_level: oneOf(2), entity_type: oneOf(3), channel_id: nullable(idForm),
  scheduled_start_time: instant, scheduled_end_time: instant, entity_metadata: place,
};
const eventNeeds = ['name', 'privacy_level', 'entity_type', 'scheduled_start_time', 'scheduled_end_time', 'entity_metadata'];

function checkTimes(fake, { scheduled_start_time: from, scheduled_end_time: to }) {
  const refuse = (name, message) => {
    throw new ApiError(400, 50035, 'Invalid Form Body', { [name]: { _errors: [{ code: 'GUILD_SCHEDULED_EVENT_SCHEDULE_PAST', message }] } });
  };
  if (Date.parse(from) <= fake.world.wall_ms()) refuse('scheduled_start_time', 'Cannot schedule event in the past.');
  if (Date.parse(to) <= Date.parse(from)) refuse('scheduled_end_time', 'Cannot end before it starts.');
}

function postEvent(fake, { params: [guildId], body }) {
  const guild = guildOf(fake, guildId);
  if (!guild.canMakeEvents) throw new ApiError(403, 50013, 'Missing Permissions');
  check(object(eventFields, { required: eventNeeds }), body);
  checkTimes(fake, body);
  const event = { ...body, id: snowflake(fake.world.wall_ms()), guild_id: guildId, creator_id: fake.world.app.user.id, status: 1 };
  event.scheduled_start_time = event.scheduled_start_time.replace(/(\.\d+)?Z$/, '+00:00');
  guild.events.push(event);
  fake.record('scheduled', { event });
  return { status: 200, body: event };
}

function eventOf(fake, [guildId, id]) {
  const event = guildOf(fake, guildId).events.find((each) => each.id === id);
  if (!event) throw new ApiError(404, 10070, 'Unknown Guild Scheduled Event');
  return event;
}

function patchEvent(fake, { params, body }) {
  const event = eventOf(fake, params);
  if (Date.parse(event.scheduled_start_time) <= fake.world.wall_ms()) throw new ApiError(400, 180000, 'Cannot update a finished event');
  check(object(eventFields), body);
  checkTimes(fake, { ...event, ...body });
  Object.assign(event, body);
  fake.record('rescheduled', { event });
  return { status: 200, body: event };
}

function deleteEvent(fake, { params }) {
  const guild = guildOf(fake, params[0]);
  const event = eventOf(fake, params);
  if (!guild.canMakeEvents) throw new ApiError(403, 50013, 'Missing Permissions');
  guild.events = guild.events.filter((each) => each !== event);
  fake.record('unscheduled', { event });
  return NONE;
}

function getMember(fake, { params: [guildId, id] }) {
  const guild = guildOf(fake, guildId);
  if (id !== fake.world.app.user.id) throw new ApiError(404, 10007, 'Unknown Member');
  return { status: 200, body: { user: fake.world.app.user, roles: [guild.role], nick: null, joined_at: '2026-01-01T00:00:00.000000+00:00' } };
}

function openDirect(fake, { body }) {
  check(object({ recipient_id: idForm }, { required: ['recipient_id'] }), body);
  fake.record('direct', { to: body.recipient_id });
  return { status: 200, body: { id: fake.world.direct.id, type: 1 } };
}

/* ---------------------------------------------------------------- commands */

function ownApplication(fake, id) {
  if (id !== fake.world.app.id) throw new ApiError(403, 50001, 'Missing Access');
}

// A server that does not know some members, or refuses some commands: fake.commandsRefused = {members: [], names: []}.
function refuseCommands({ commandsRefused: { members = [], names = [] } }, value, path = []) {
  const problems = [];
  (function walk(each, at) {
    if (each === null || typeof each !== 'object') return;
    for (const [key, below] of Object.entries(each)) {
      if (members.includes(key)) problems.push({ path: [...at, key], code: 'UNKNOWN_FIELD', message: 'Unknown field.' });
      else walk(below, [...at, key]);
    }
    if (names.includes(each.name)) problems.push({ path: [...at, 'name'], code: 'APPLICATION_COMMAND_INVALID_NAME', message: 'Command name is invalid.' });
  })(value, path);
  if (problems.length) throw new ApiError(400, 50035, 'Invalid Form Body', errorTree(problems));
}

function putCommands(fake, { params, body }) {
  const guildId = params[1] ?? 'global';
  ownApplication(fake, params[0]);
  refuseCommands(fake, body);
  check(commandList, body);
  const commands = body.map((each) => ({ ...each, type: each.type ?? 1, id: snowflake(), version: snowflake(), application_id: params[0] }));
  fake.commands.set(guildId, commands);
  fake.record('commands', { guildId, commands });
  return { status: 200, body: commands };
}

function getCommands(fake, { params }) {
  ownApplication(fake, params[0]);
  return { status: 200, body: fake.commands.get(params[1] ?? 'global') ?? [] };
}

function postCommand(fake, { params, body }) {
  ownApplication(fake, params[0]);
  refuseCommands(fake, body);
  check(command, body);
  const made = { ...body, id: snowflake(), version: snowflake(), application_id: params[0] };
  const others = (fake.commands.get('global') ?? []).filter(({ name }) => name !== body.name);
  fake.commands.set('global', [...others, made]);
  fake.record('command', { name: body.name });
  return { status: 201, body: made };
}

/* ---------------------------------------------------------------- the gateway's address */

function gatewayBot(fake) {
  const { shards, starts } = fake.world.app;
  return {
    status: 200,
    body: {
      url: fake.gateway.url('base'), shards,
      session_start_limit: { total: starts.total, remaining: starts.remaining, reset_after: starts.reset_after_ms, max_concurrency: starts.max_concurrency },
    },
  };
}

/* ---------------------------------------------------------------- interactions */

function callback(fake, { params: [id, token], query, body }) {
  const interaction = fake.interactions.callback(id, token, body);
  if (query.get('with_response') !== 'true') return NONE;
  return {
    status: 200,
    body: {
      interaction: { id, type: interaction.kind, response_message_id: interaction.original?.id },
      resource: { type: body.type, message: interaction.original },
    },
  };
}

const open = { isOpen: true }; // the token in the path authorises the request

// method, path with {} for parameters, handler, authorisation. The first parameter is the major one.
export const ROUTES = [
  ['GET', '/gateway', (fake) => ({ status: 200, body: { url: fake.gateway.url('base') } }), { isPublic: true }],
  ['GET', '/gateway/bot', gatewayBot],
  ['GET', '/applications/@me', (fake) => ({ status: 200, body: fake.world.applicationObject() })],
  ['GET', '/users/@me', (fake) => ({ status: 200, body: fake.world.app.user })],
  ['POST', '/users/@me/channels', openDirect],
  ['GET', '/applications/{}/commands', getCommands],
  ['PUT', '/applications/{}/commands', putCommands],
  ['POST', '/applications/{}/commands', postCommand],
  ['GET', '/applications/{}/guilds/{}/commands', getCommands],
  ['PUT', '/applications/{}/guilds/{}/commands', putCommands],
  ['GET', '/channels/{}', (fake, { params }) => ({ status: 200, body: fake.world.channelObject(channelOf(fake, params[0])) })],
  ['GET', '/guilds/{}/roles', (fake, { params }) => ({ status: 200, body: fake.world.rolesOf(guildOf(fake, params[0])) })],
  ['GET', '/guilds/{}/members/{}', getMember],
  ['GET', '/guilds/{}/scheduled-events', (fake, { params }) => ({ status: 200, body: guildOf(fake, params[0]).events })],
  ['POST', '/guilds/{}/scheduled-events', postEvent],
  ['PATCH', '/guilds/{}/scheduled-events/{}', patchEvent],
  ['DELETE', '/guilds/{}/scheduled-events/{}', deleteEvent],
  ['POST', '/channels/{}/messages/{}/threads', startThread],
  ['GET', '/channels/{}/messages', getMessages],
  ['POST', '/channels/{}/messages', postMessage],
  ['GET', '/channels/{}/messages/{}', getMessage],
  ['PATCH', '/channels/{}/messages/{}', patchMessage],
  ['DELETE', '/channels/{}/messages/{}', deleteMessage],
  ['GET', '/channels/{}/messages/{}/reactions/{}', getReactions],
  ['POST', '/channels/{}/typing', (fake, { params }) => channelOf(fake, params[0]) && NONE],
  ['PUT', '/channels/{}/messages/{}/reactions/{}/@me', (fake, { params }) => messageOf(channelOf(fake, params[0]), params[1]) && NONE],
  ['POST', '/interactions/{}/{}/callback', callback, open],
  ['POST', '/webhooks/{}/{}', (fake, { params, body }) => ({ status: 200, body: fake.interactions.followUp(params[1], body) }), open],
  ['GET', '/webhooks/{}/{}/messages/@original', (fake, { params }) => ({ status: 200, body: fake.interactions.original(params[1]) }), open],
  ['PATCH', '/webhooks/{}/{}/messages/@original', (fake, { params, body }) => ({ status: 200, body: fake.interactions.editOriginal(params[1], body) }), open],
].map(([method, path, handler, guard = {}]) => ({
  method, handler, ...guard,
  name: `${method} ${path}`,
  pattern: new RegExp(`^${path.replaceAll('{}', '([^/]+)')}$`),
}));
