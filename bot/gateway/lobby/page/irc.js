// Parse and format IRC lines.

const ESCAPED = { ':': ';', s: ' ', r: '\r', n: '\n' };
const UNESCAPED = { ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n' };

export function unescapeTag(value) {
  return value.replace(/\\(.?)/g, (_, letter) => ESCAPED[letter] ?? letter);
}

export function escapeTag(value) {
  return value.replace(/[; \\\r\n]/g, (letter) => UNESCAPED[letter]);
}

function parseTags(text) {
  const tags = new Map();
  for (const tag of text.split(';')) {
    const at = tag.indexOf('=');
    if (at < 0) tags.set(tag, '');
    else tags.set(tag.slice(0, at), unescapeTag(tag.slice(at + 1)));
  }
  return tags;
}

// {tags: Map, source, nick, verb, params}
export function parseLine(line) {
  let rest = line.replace(/[\r\n]+$/, '');
  let tags = new Map();
  let source = '';
  const word = () => {
    const end = rest.indexOf(' ');
    const cut = end < 0 ? rest : rest.slice(0, end);
    rest = end < 0 ? '' : rest.slice(end).replace(/^ +/, '');
    return cut;
  };
  if (rest.startsWith('@')) tags = parseTags(word().slice(1));
  if (rest.startsWith(':')) source = word().slice(1);
  const verb = word().toUpperCase();
  const params = [];
  while (rest) {
    if (rest.startsWith(':')) {
      params.push(rest.slice(1));
      break;
    }
    params.push(word());
  }
  return { tags, source, nick: source.split('!', 1)[0], verb, params };
}

// Format a line with tags ({key: value}) and parameters; CR, LF and NUL in parameters become spaces.
export function formatLine(tags, verb, ...params) {
  const clean = params.map((param) => String(param).replace(/[\r\n\0]+/g, ' '));
  const last = clean.pop();
  const head = Object.entries(tags).map(([key, value]) => (value === '' ? key : `${key}=${escapeTag(value)}`));
  return [
    head.length ? `@${head.join(';')}` : null,
    verb,
    ...clean,
    last === undefined ? null : /^$|^:| /.test(last) ? `:${last}` : last,
  ].filter((part) => part !== null).join(' ');
}

// Split text into messages: its lines, without empty ones, each in parts of at most limit bytes, at spaces if possible.
export const splitText = (text, limit) => text.split('\n').flatMap((line) => splitLine(line, limit));

function splitLine(text, limit) {
  const bytes = (part) => new TextEncoder().encode(part).length;
  const parts = [];
  let part = '';
  for (const word of text.split(/(?<= )/)) {
    if (bytes(part + word) <= limit) {
      part += word;
      continue;
    }
    if (part) parts.push(part.trimEnd());
    part = '';
    for (const letter of word) {
      if (bytes(part + letter) > limit) {
        parts.push(part);
        part = '';
      }
      part += letter;
    }
  }
  if (part.trim()) parts.push(part.trimEnd());
  return parts;
}

export const sameName = (a, b) => a?.toLowerCase() === b?.toLowerCase();
