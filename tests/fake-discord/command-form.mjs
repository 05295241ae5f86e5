// The form of application commands (Discord API v10, "Application Commands").

import { anything, boolean, integer, list, nullable, object, oneOf, problem, text } from './form.mjs';

const NAME = /^[-_'\p{L}\p{N}\p{Script=Devanagari}\p{Script=Thai}]{1,32}$/u;
const LOCALES = new Set(
  ('id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko').split(' '),
);
const TEXT_MAX = 8000; // total length of names, descriptions and values of one command, with its longest locale
const BULK_MAX = 130;
const SCOPE_MAX = { 1: 100, 2: 15, 3: 15 }; // of each type in one scope

const lowerName = (value, path, problems) => {
  text(32, { min: 1, pattern: NAME })(value, path, problems);
  if (typeof value === 'string' && value !== value.toLowerCase())
    problem(problems, path, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid.');
};

const localized = (check) => nullable((value, path, problems) => {
  object(Object.fromEntries(Object.keys(value ?? {}).map((key) => [key, LOCALES.has(key) ? check : unknownLocale])))(value, path, problems);
});
const unknownLocale = (value, path, problems) => problem(problems, path, 'BASE_TYPE_CHOICES', 'No locale of Discord.');

const choice = (type) => object(
  {
    name: text(100, { min: 1 }),
    name_localizations: localized(text(100, { min: 1 })),
    value: type === 3 ? text(100) : type === 4 ? integer() : anything,
  },
  { required: ['name', 'value'] },
);

function option(value, path, problems) {
  const type = value?.type;
  const fields = {
    type: integer(1, 11), name: lowerName, name_localizations: localized(lowerName),
    description: text(100, { min: 1 }), description_localizations: localized(text(100, { min: 1 })),
  };
  if (type <= 2) fields.options = options;
  else fields.required = boolean;
  if ([3, 4, 10].includes(type)) Object.assign(fields, { autocomplete: boolean, choices: list(choice(type), { max: 25 }) });
  if (type === 3) Object.assign(fields, { min_length: integer(0, 6000), max_length: integer(1, 6000) });
  if (type === 4) Object.assign(fields, { min_value: integer(), max_value: integer() });
  if (type === 7) fields.channel_types = list(integer(0, 16));
  object(fields, { required: ['type', 'name', 'description'] })(value, path, problems);
  if (value?.autocomplete && value.choices?.length)
    problem(problems, path, 'APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES', 'Choices exclude autocomplete.');
}

const options = (value, path, problems) => {
  list(option, { max: 25 })(value, path, problems);
  if (!Array.isArray(value)) return;
  const names = value.map((each) => each?.name);
  if (new Set(names).size !== names.length)
    problem(problems, path, 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS', 'Option name already exists.');
  const optional = value.findIndex((each) => each?.type > 2 && !each.required);
  if (optional >= 0 && value.slice(optional).some((each) => each?.required))
    problem(problems, path, 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID', 'Required options must be placed before non-required options.');
};

function longest(value, localizations) {
  return Math.max(value?.length ?? 0, ...Object.values(localizations ?? {}).map((each) => each.length));
}

function textLength(value) {
  return longest(value.name, value.name_localizations) + longest(value.description, value.description_localizations) +
    (value.options ?? []).reduce((sum, each) => sum + textLength(each), 0) +
    (value.choices ?? []).reduce((sum, each) => sum + longest(each.name, each.name_localizations) + String(each.value ?? '').length, 0);
}

const CONTEXT = {
  default_member_permissions: nullable(text(20, { pattern: /^\d+$/ })),
  nsfw: boolean,
  integration_types: list(oneOf(0, 1), { min: 1, max: 2 }),
  contexts: nullable(list(oneOf(0, 1, 2), { min: 1, max: 3 })),
  type: oneOf(1, 2, 3),
};

const menuName = text(32, { min: 1 });

export const command = (value, path, problems) => {
  const isSlash = (value?.type ?? 1) === 1;
  const name = isSlash ? lowerName : menuName;
  const fields = { ...CONTEXT, name, name_localizations: localized(name) };
  if (isSlash) {
    fields.description = text(100, { min: 1 });
    fields.description_localizations = localized(text(100, { min: 1 }));
    fields.options = options;
  }
  object(fields, { required: isSlash ? ['name', 'description'] : ['name', 'type'] })(value, path, problems);
  if (value && textLength(value) > TEXT_MAX)
    problem(problems, path, 'APPLICATION_COMMAND_TOO_LARGE', `Command exceeds maximum size (${TEXT_MAX}).`);
  if (value?.contexts?.includes(2) && !value.integration_types?.includes(1))
    problem(problems, [...path, 'contexts'], 'BASE_TYPE_CHOICES', 'Other DMs need the user install.');
};

export const commandList = (value, path, problems) => {
  list(command, { max: BULK_MAX })(value, path, problems);
  if (!Array.isArray(value)) return;
  for (const [type, max] of Object.entries(SCOPE_MAX)) {
    const names = value.filter((each) => (each?.type ?? 1) === Number(type)).map((each) => each.name);
    if (names.length > max) problem(problems, path, 'BASE_TYPE_BAD_LENGTH', `At most ${max} of type ${type}.`);
    if (new Set(names).size !== names.length) problem(problems, path, 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique.');
  }
};
