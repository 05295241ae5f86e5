// What is being typed, and which commands it may be: without the page, so that it can be tested alone.

const ONE_WORD = new Set(['command', 'choice', 'integer']); // types of an argument that has no spaces; others take the rest
const PART_MIN = 2; // letters that are looked for inside names
const SUMMARY_MIN = 4; // letters that are looked for in summaries

// How well a word fits a command, best first.
export const FIT = { EXACT: 0, NAME: 1, ALIAS: 2, PART: 3, TYPO: 4, SUMMARY: 5 };

// The fits that Enter accepts: the word is the beginning of a name.
export const isSure = (fit) => fit <= FIT.ALIAS;

// Edits between two words, where two swapped neighbours are one edit; limit + 1 if there are more than limit.
export function distance(a, b, limit) {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let [before, above] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, above] = [above, row];
  }
  return Math.min(above[b.length], limit + 1);
}

// Is the word a misspelt beginning of the name? The first letter is right, or swapped with the second one.
function isTypo(word, name) {
  const forgiven = word.length >= 7 ? 2 : word.length >= 3 ? 1 : 0;
  if (!forgiven || (word[0] !== name[0] && !(word[0] === name[1] && word[1] === name[0]))) return false;
  for (let length = word.length - 1; length <= word.length + 1; length += 1)
    if (length >= 3 && distance(word, name.slice(0, length), forgiven) <= forgiven) return true;
  return false;
}

function fitOf(word, { name, aliases, summary }) {
  const names = [name, ...aliases];
  if (names.includes(word)) return FIT.EXACT;
  if (name.startsWith(word)) return FIT.NAME;
  if (aliases.some((alias) => alias.startsWith(word))) return FIT.ALIAS;
  if (word.length >= PART_MIN && names.some((one) => one.includes(word))) return FIT.PART;
  if (names.some((one) => isTypo(word, one))) return FIT.TYPO;
  if (word.length >= SUMMARY_MIN && summary.toLowerCase().split(/\W+/).some((one) => one.startsWith(word))) return FIT.SUMMARY;
  return undefined;
}

// The commands that a word may be, best first; equally good ones by use: [{command, fit}]. Guesses are left out if there is
// something better.
export function commandsFor(word, commands, uses) {
  const typed = word.toLowerCase();
  const found = commands.map((command) => ({ command, fit: fitOf(typed, command) })).filter(({ fit }) => fit !== undefined);
  const best = Math.min(...found.map(({ fit }) => fit));
  const use = ({ command }) => uses.get(command.name) ?? 0;
  return found.filter(({ fit }) => fit <= FIT.PART || best > FIT.PART)
    .sort((a, b) => a.fit - b.fit || use(b) - use(a) || commands.indexOf(a.command) - commands.indexOf(b.command));
}

export const findCommand = (commands, word) => {
  const typed = word.toLowerCase();
  return commands.find(({ name, aliases }) => name === typed || aliases.includes(typed));
};

// The argument at the end of the words after a command: {option, index, at}; at is its position. undefined: there are no more.
export function argumentAt(options, words) {
  let at = 0;
  for (const [index, option] of options.entries()) {
    at += /^ */.exec(words.slice(at))[0].length;
    const end = words.indexOf(' ', at);
    if (!ONE_WORD.has(option.type) || end < 0) return { option, index, at };
    at = end;
  }
  return undefined;
}

// What the text in front of the caret is: a command's name, an argument, a nick, or text (undefined). {kind, at, ...}; at is
// the position of what a suggestion replaces.
export function readTyped(text, { prefixes, commands, slashCommands }) {
  const start = text.lastIndexOf('\n') + 1;
  const line = text.slice(start);
  const prefix = prefixes.find((one) => line.startsWith(one)) ?? (start === 0 && line.startsWith('/') && !line.startsWith('//') ? '/' : undefined);
  const nick = /(?:^|\s)@(\S*)$/u.exec(line);
  if (nick && prefix === undefined) return { kind: 'nick', at: text.length - nick[1].length - 1, word: nick[1] };
  if (prefix === undefined) return undefined;
  const known = prefix === '/' ? [...slashCommands, ...commands] : commands;
  const word = /^\S*/.exec(line.slice(prefix.length))[0];
  const at = start + prefix.length + word.length;
  const command = findCommand(known, word);
  if (at === text.length) return { kind: 'command', at: start, prefix, word, command, known };
  if (!command) return { kind: 'unknown', at: start, prefix, word };
  const argument = argumentAt(command.options ?? [], text.slice(at));
  if (!argument) return { kind: 'full', prefix, word, command };
  return { kind: 'argument', prefix, word, command, ...argument, at: at + argument.at, partial: text.slice(at + argument.at) };
}
