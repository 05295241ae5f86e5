// The commands of a Markdown document: the lines of its fenced blocks marked "sh", which a reader types in this order, with the
// headings above them.

import { readFileSync } from 'node:fs';

const FENCE = /^(\s*)(`{3,}|~{3,})\s*(\S*)/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;

// A line that ends with a backslash, or leaves a quotation open, goes on in the next one.
function joined(lines) {
  const commands = [];
  let open = '';
  for (const line of lines) {
    open = open ? `${open}\n${line}` : line;
    const quotes = open.replace(/\\./gs, '').replace(/(^|\s)#.*$/gm, '').match(/'/g) ?? [];
    if (open.endsWith('\\') || quotes.length % 2) continue;
    if (open.trim() && !/^\s*#/.test(open)) commands.push(open);
    open = '';
  }
  if (open) throw new Error(`a command without an end: ${open}`);
  return commands;
}

// [{ line, headings, commands }], in the order of the document.
export function blocksOf(text) {
  const blocks = [];
  const headings = [];
  let fence = null;
  text.split('\n').forEach((line, index) => {
    const mark = line.match(FENCE);
    if (fence) {
      if (mark && mark[2].startsWith(fence.mark) && !mark[3]) {
        if (fence.language === 'sh') blocks.push({ line: fence.line, headings: fence.headings, commands: joined(fence.lines) });
        fence = null;
      } else fence.lines.push(line.startsWith(fence.indent) ? line.slice(fence.indent.length) : line.trimStart());
      return;
    }
    if (mark) {
      fence = { indent: mark[1], mark: mark[2], language: mark[3], line: index + 1, headings: headings.filter(Boolean), lines: [] };
      return;
    }
    const heading = line.match(HEADING);
    if (heading) headings.splice(heading[1].length - 1, headings.length, ...Array(Math.max(0, heading[1].length - 1 - headings.length)).fill(''), heading[2]);
  });
  if (fence) throw new Error(`line ${fence.line}: a block without an end`);
  return blocks;
}

// The blocks of a file; with a heading, those below it. There must be some: a walk that finds no commands is no walk.
export function commandsOf(file, heading) {
  const blocks = blocksOf(readFileSync(file, 'utf8')).filter((block) => !heading || block.headings.includes(heading));
  if (!blocks.length) throw new Error(`${file} has no sh block${heading ? ` below "${heading}"` : ''}`);
  return blocks.flatMap(({ line, commands }) => commands.map((command) => ({ command, where: `${file}:${line}` })));
}
