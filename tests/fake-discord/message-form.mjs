// The form of a message: documented fields, lengths and counts (Discord API v10, "Create Message").

import {
  anything, bits, boolean, id, integer, list, nullable, object, oneOf, problem, text, url,
} from './form.mjs';
import { componentsForm } from './component-form.mjs';

export const SUPPRESS_EMBEDS = 4;
export const EPHEMERAL = 64;
export const SUPPRESS_NOTIFICATIONS = 4096;
export const IS_COMPONENTS_V2 = 32768;

const EMBED_TOTAL_MAX = 6000;

const embed = object({
  title: text(256),
  type: oneOf('rich'),
  description: text(4096),
  url,
  timestamp: text(64, { pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/ }),
  color: integer(0, 0xffffff),
  footer: object({ text: text(2048, { min: 1 }), icon_url: url }, { required: ['text'] }),
  image: object({ url }, { required: ['url'] }),
  thumbnail: object({ url }, { required: ['url'] }),
  author: object({ name: text(256, { min: 1 }), url, icon_url: url }, { required: ['name'] }),
  fields: list(
    object(
      { name: text(256, { min: 1 }), value: text(1024, { min: 1 }), inline: boolean },
      { required: ['name', 'value'] },
    ),
    { max: 25 },
  ),
});

export function embedLength(each) {
  const fields = each.fields ?? [];
  return [each.title, each.description, each.footer?.text, each.author?.name, ...fields.flatMap((f) => [f.name, f.value])]
    .reduce((sum, part) => sum + (part?.length ?? 0), 0);
}

const embeds = (value, path, problems) => {
  list(embed, { max: 10 })(value, path, problems);
  if (Array.isArray(value) && value.reduce((sum, each) => sum + embedLength(each ?? {}), 0) > EMBED_TOTAL_MAX)
    problem(problems, path, 'MAX_EMBED_SIZE_EXCEEDED', `Embed size exceeds maximum size of ${EMBED_TOTAL_MAX}`);
};

const MENTIONS = ['roles', 'users', 'everyone'];
const allowedMentions = object(
  { parse: list(oneOf(...MENTIONS), { max: 3 }), roles: list(id, { max: 100 }), users: list(id, { max: 100 }), replied_user: boolean },
  {
    also: (value, path, problems) => {
      for (const kind of ['roles', 'users'])
        if (value.parse?.includes(kind) && value[kind])
          problem(problems, [...path, kind], 'MUTUALLY_EXCLUSIVE', `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`);
    },
  },
);

const reference = object(
  { type: oneOf(0, 1), message_id: id, channel_id: id, guild_id: id, fail_if_not_exists: boolean },
  { required: ['message_id'] },
);

const nonce = (value, path, problems) =>
  (typeof value === 'string' ? text(25) : integer())(value, path, problems);

const shared = {
  content: nullable(text(2000)),
  embeds: nullable(embeds),
  allowed_mentions: allowedMentions,
  tts: boolean,
  attachments: list(anything, { max: 10 }),
  poll: anything,
};

// Version 2 of components excludes content and embeds.
function onlyComponents(value, path, problems) {
  if (!(value.flags & IS_COMPONENTS_V2)) return;
  for (const name of ['content', 'embeds', 'poll', 'sticker_ids'])
    if (value[name]?.length) problem(problems, [...path, name], 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2', 'Not with IS_COMPONENTS_V2.');
}

function messageForm(fields, flags) {
  return (value, path, problems) =>
    object(
      { ...shared, ...fields, flags: bits(flags), components: componentsForm(Boolean(value?.flags & IS_COMPONENTS_V2)) },
      // Without allowed_mentions all mentioned people are pinged, so a bot that repeats people's text must always send it.
      { required: ['allowed_mentions'], also: onlyComponents },
    )(value, path, problems);
}

export const createMessage = messageForm(
  { nonce, enforce_nonce: boolean, message_reference: reference, sticker_ids: list(id, { max: 3 }) },
  SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | IS_COMPONENTS_V2,
);
export const editMessage = messageForm({}, SUPPRESS_EMBEDS | IS_COMPONENTS_V2);
export const interactionMessage = messageForm({}, SUPPRESS_EMBEDS | EPHEMERAL | SUPPRESS_NOTIFICATIONS | IS_COMPONENTS_V2);

// An edit cannot take IS_COMPONENTS_V2 from a message, and what a message had before must be removed to set it.
export function checkEdit(before, edit) {
  const isV2 = Boolean((before.flags ?? 0) & IS_COMPONENTS_V2) || Boolean((edit.flags ?? 0) & IS_COMPONENTS_V2);
  if (!isV2) return [];
  const left = ['content', 'embeds'].filter((name) => (edit[name] === undefined ? before[name] : edit[name])?.length);
  return left.map((name) => ({ path: [name], code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2', message: 'Not with IS_COMPONENTS_V2.' }));
}

export function isEmptyMessage(value) {
  return !value.content?.trim() && !value.embeds?.length && !value.components?.length && !value.sticker_ids?.length &&
    !value.poll && !value.attachments?.length;
}
