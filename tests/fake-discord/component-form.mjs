// The form of buttons, selects and layout (Discord API v10, "Component Reference").

import { anything, boolean, id, integer, list, object, oneOf, problem, text, url } from './form.mjs';

const TOTAL_MAX = 40; // with IS_COMPONENTS_V2, nested ones included
const ROWS_MAX = 5; // without it
const TEXT_MAX = 4000;

const componentId = integer(0, 2 ** 31 - 1);
const customId = text(100, { min: 1 });
const emoji = object({ id, name: text(64), animated: boolean });
const media = object({ url }, { required: ['url'] });

const OPTION = object(
  { label: text(100, { min: 1 }), value: text(100, { min: 1 }), description: text(100), emoji, default: boolean },
  { required: ['label', 'value'] },
);

const selectFields = {
  type: anything, id: componentId, custom_id: customId, placeholder: text(150), min_values: integer(0, 25),
  max_values: integer(1, 25), disabled: boolean,
};

function button(value, path, problems) {
  const fields = { type: anything, id: componentId, style: oneOf(1, 2, 3, 4, 5, 6), label: text(80), emoji, disabled: boolean };
  const more = { 5: { url: text(512) }, 6: { sku_id: id } }[value.style] ?? { custom_id: customId };
  object({ ...fields, ...more }, { required: ['style', ...Object.keys(more)] })(value, path, problems);
  if (value.style !== 6 && !value.label && !value.emoji)
    problem(problems, path, 'BUTTON_COMPONENT_INVALID', 'A button needs a label or an emoji.');
}

const FORMS = {
  1: (value, path, problems) => {
    object({ type: anything, id: componentId, components: list(component([2, 3, 5, 6, 7, 8]), { min: 1, max: 5 }) }, {
      required: ['components'],
    })(value, path, problems);
    const kinds = Array.isArray(value.components) ? value.components.map((each) => each?.type) : [];
    if (kinds.some((kind) => kind !== 2) && kinds.length > 1)
      problem(problems, path, 'COMPONENT_LAYOUT_WIDTH_EXCEEDED', 'A select stands alone in its row.');
  },
  2: button,
  3: object({ ...selectFields, options: list(OPTION, { min: 1, max: 25 }) }, { required: ['custom_id', 'options'] }),
  5: object(selectFields, { required: ['custom_id'] }),
  6: object(selectFields, { required: ['custom_id'] }),
  7: object(selectFields, { required: ['custom_id'] }),
  8: object(selectFields, { required: ['custom_id'] }),
  9: object(
    { type: anything, id: componentId, components: list(component([10]), { min: 1, max: 3 }), accessory: component([2, 11]) },
    { required: ['components', 'accessory'] },
  ),
  10: object({ type: anything, id: componentId, content: text(TEXT_MAX, { min: 1 }) }, { required: ['content'] }),
  11: object({ type: anything, id: componentId, media, description: text(1024), spoiler: boolean }, { required: ['media'] }),
  12: object(
    { type: anything, id: componentId, items: list(object({ media, description: text(1024), spoiler: boolean }), { min: 1, max: 10 }) },
    { required: ['items'] },
  ),
  13: object({ type: anything, id: componentId, file: media, spoiler: boolean }, { required: ['file'] }),
  14: object({ type: anything, id: componentId, divider: boolean, spacing: oneOf(1, 2) }),
  17: object(
    {
      type: anything, id: componentId, accent_color: integer(0, 0xffffff), spoiler: boolean,
      components: list(component([1, 9, 10, 12, 13, 14]), { min: 1 }),
    },
    { required: ['components'] },
  ),
};

// A component of one of these types, checked by the type's form.
function component(types) {
  return (value, path, problems) => {
    if (!types.includes(value?.type)) problem(problems, [...path, 'type'], 'UNION_TYPE_CHOICES', `Must be one of ${types}.`);
    else FORMS[value.type](value, path, problems);
  };
}

function* flatten(components) {
  for (const each of components ?? []) {
    yield each;
    yield* flatten(each?.components);
    if (each?.accessory) yield each.accessory;
  }
}

function unique(all, field, problems, path) {
  const seen = new Set();
  for (const value of all.map((each) => each?.[field]).filter(Boolean)) {
    if (seen.has(value)) problem(problems, path, 'COMPONENT_CUSTOM_ID_DUPLICATED', `${field} ${value} stands here twice.`);
    seen.add(value);
  }
}

export const componentsForm = (isV2) => (value, path, problems) => {
  const types = isV2 ? [1, 9, 10, 12, 13, 14, 17] : [1];
  list(component(types), { max: isV2 ? TOTAL_MAX : ROWS_MAX })(value, path, problems);
  if (!Array.isArray(value)) return;
  const all = [...flatten(value)];
  unique(all, 'custom_id', problems, path);
  unique(all, 'id', problems, path);
  if (all.length > TOTAL_MAX) problem(problems, path, 'BASE_TYPE_BAD_LENGTH', `At most ${TOTAL_MAX} components.`);
  if (all.reduce((sum, each) => sum + (each?.type === 10 ? each.content?.length ?? 0 : 0), 0) > TEXT_MAX)
    problem(problems, path, 'BASE_TYPE_MAX_LENGTH', `At most ${TEXT_MAX} units of text in all.`);
};

// Every custom_id of a message, so that a test can press only existing buttons.
export function customIds(components) {
  return [...flatten(components)].filter((each) => each.custom_id && !each.disabled).map((each) => each.custom_id);
}
