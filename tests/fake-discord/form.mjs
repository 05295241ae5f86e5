// Check a JSON body against a description, and report problems in Discord's format.
//
// A check is a function (value, path, problems) that adds {path, code, message} for each problem.

function add(problems, path, code, message) {
  problems.push({ path, code, message });
}

export const anything = () => {};

// Lengths are in UTF-16 units, as in JavaScript strings.
export const text = (max, { min = 0, pattern } = {}) => (value, path, problems) => {
  if (typeof value !== 'string') return add(problems, path, 'STRING_TYPE_CONVERT', 'Must be a string.');
  if (/\p{Surrogate}/u.test(value)) add(problems, path, 'STRING_TYPE_CONVERT', 'Must be well-formed Unicode.');
  if (value.length > max) add(problems, path, 'BASE_TYPE_MAX_LENGTH', `Must be ${max} or fewer in length.`);
  if (value.length < min) add(problems, path, 'BASE_TYPE_MIN_LENGTH', `Must be ${min} or more in length.`);
  if (pattern && !pattern.test(value)) add(problems, path, 'STRING_TYPE_REGEX', `Does not match ${pattern}.`);
};

export const integer = (low = -(2 ** 53 - 1), high = 2 ** 53 - 1) => (value, path, problems) => {
  if (!Number.isInteger(value)) return add(problems, path, 'NUMBER_TYPE_COERCE', 'Must be an integer.');
  if (value < low) add(problems, path, 'NUMBER_TYPE_MIN', `Must be at least ${low}.`);
  if (value > high) add(problems, path, 'NUMBER_TYPE_MAX', `Must be at most ${high}.`);
};

export const boolean = (value, path, problems) => {
  if (typeof value !== 'boolean') add(problems, path, 'BOOLEAN_TYPE_CONVERT', 'Must be true or false.');
};

export const id = (value, path, problems) => {
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value))
    add(problems, path, 'NUMBER_TYPE_COERCE', 'Must be a snowflake in a string.');
};

export const oneOf = (...choices) => (value, path, problems) => {
  if (!choices.includes(value)) add(problems, path, 'BASE_TYPE_CHOICES', `Must be one of ${choices.join(', ')}.`);
};

// An integer with only these bits.
export const bits = (allowed) => (value, path, problems) => {
  if (!Number.isInteger(value) || value < 0) add(problems, path, 'NUMBER_TYPE_COERCE', 'Must be a set of flags.');
  else if (value & ~allowed) add(problems, path, 'MESSAGE_FLAGS_INVALID', `Only the bits ${allowed} may be set.`);
};

export const url = (value, path, problems) => {
  text(2048)(value, path, problems);
  if (typeof value === 'string' && !/^(https?|attachment):\/\/\S+$/.test(value))
    add(problems, path, 'URL_TYPE_INVALID_SCHEME', 'Not a well formed URL.');
};

export const nullable = (check) => (value, path, problems) => {
  if (value !== null) check(value, path, problems);
};

export const list = (item, { min = 0, max = Infinity } = {}) => (value, path, problems) => {
  if (!Array.isArray(value)) return add(problems, path, 'LIST_TYPE_CONVERT', 'Must be a list.');
  if (value.length < min || value.length > max)
    add(problems, path, 'BASE_TYPE_BAD_LENGTH', `Must be between ${min} and ${max} in length.`);
  value.forEach((each, index) => item(each, [...path, index], problems));
};

// Discord ignores unknown fields; the fake refuses them, because they are mistakes.
export const object = (fields, { required = [], also } = {}) => (value, path, problems) => {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return add(problems, path, 'DICT_TYPE_CONVERT', 'Must be an object.');
  for (const name of required)
    if (!(name in value)) add(problems, [...path, name], 'BASE_TYPE_REQUIRED', 'This field is required.');
  for (const [name, each] of Object.entries(value)) {
    if (fields[name]) fields[name](each, [...path, name], problems);
    else add(problems, [...path, name], 'UNKNOWN_FIELD', 'There is no such field.');
  }
  also?.(value, path, problems);
};

export const problem = (problems, path, code, message) => add(problems, path, code, message);

// All problems of a value, [] if it is valid.
export function problemsOf(check, value) {
  const problems = [];
  check(value, [], problems);
  return problems;
}

// {"embeds":{"0":{"title":{"_errors":[...]}}}}
export function errorTree(problems) {
  const tree = {};
  for (const { path, code, message } of problems) {
    let node = tree;
    for (const step of path) node = node[step] ??= {};
    (node._errors ??= []).push({ code, message });
  }
  return tree;
}
