// Plots of the fleet on paper: node tests/fleet/plot.mjs CSV-FOLDER OUT-FOLDER
//
// Reads fleet.csv and scale.csv, which the program "fleet" has written, and writes fleet-*.svg and the two tables.

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const WIDTH = 860, HEIGHT = 380;
const EDGE = { left: 100, right: 74, top: 46, bottom: 54 };
const COLOURS = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700', '#8250df'];

function read(file) {
  const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((text, i) => [names[i], Number.isNaN(Number(text)) ? text : Number(text)])));
}

// Round steps: about five of them.
function steps(most) {
  const rough = most / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, i) => i * step);
}

const format = (value) => (value >= 1000 ? value.toLocaleString('en-US') : String(Number(value.toFixed(2))));
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

class Plot {
  #parts = [];

  constructor({ title, x, left, right, xMax, leftMax, rightMax }) {
    Object.assign(this, { xMax, leftMax, rightMax });
    this.#text(WIDTH / 2, 22, title, 'middle', 'font-weight="600" font-size="15"');
    this.#axes(x, left, right);
  }

  #text(x, y, text, anchor = 'middle', more = '') {
    this.#parts.push(`<text x="${x}" y="${y}" text-anchor="${anchor}" ${more}>${escape(text)}</text>`);
  }

  #x(value) {
    return EDGE.left + (value / this.xMax) * (WIDTH - EDGE.left - EDGE.right);
  }

  #y(value, max) {
    return HEIGHT - EDGE.bottom - (value / max) * (HEIGHT - EDGE.top - EDGE.bottom);
  }

  #axes(x, left, right) {
    const bottom = HEIGHT - EDGE.bottom, end = WIDTH - EDGE.right;
    for (const value of steps(this.leftMax)) {
      const y = this.#y(value, this.leftMax);
      this.#parts.push(`<line x1="${EDGE.left}" x2="${end}" y1="${y}" y2="${y}" stroke="#8884" />`);
      this.#text(EDGE.left - 8, y + 4, format(value), 'end');
    }
    if (right) for (const value of steps(this.rightMax)) this.#text(end + 8, this.#y(value, this.rightMax) + 4, format(value), 'start');
    for (const value of steps(this.xMax)) this.#text(this.#x(value), bottom + 18, format(value));
    this.#text((EDGE.left + end) / 2, HEIGHT - 14, x);
    this.#parts.push(`<text transform="translate(18 ${(EDGE.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escape(left)}</text>`);
    if (right) this.#parts.push(`<text transform="translate(${WIDTH - 14} ${(EDGE.top + bottom) / 2}) rotate(90)" text-anchor="middle">${escape(right)}</text>`);
  }

  line(points, { colour, name, place, isRight = false, hasDots = false }) {
    const max = isRight ? this.rightMax : this.leftMax;
    const at = points.map(([x, y]) => [this.#x(x).toFixed(1), this.#y(Math.min(y, max), max).toFixed(1)]);
    this.#parts.push(`<polyline fill="none" stroke="${colour}" stroke-width="1.6" points="${at.map((each) => each.join(',')).join(' ')}" />`);
    if (hasDots) for (const [x, y] of at) this.#parts.push(`<circle cx="${x}" cy="${y}" r="3" fill="${colour}" />`);
    this.#text(EDGE.left + 12 + 210 * place, EDGE.top - 6, `\u2014 ${name}`, 'start', `fill="${colour}"`);
  }

  // A moment, and what happens then.
  mark(x, text, row) {
    const at = this.#x(x).toFixed(1);
    this.#parts.push(`<line x1="${at}" x2="${at}" y1="${EDGE.top}" y2="${HEIGHT - EDGE.bottom}" stroke="#8888" stroke-dasharray="3 3" />`);
    this.#text(Number(at) + 4, HEIGHT - EDGE.bottom - 100 - 16 * row, text, 'start', 'font-size="11" paint-order="stroke" stroke="#ffffff" stroke-width="4"');
  }

  toString() {
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#57606a">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff" />
${this.#parts.join('\n')}
</svg>
`;
  }
}

const STATEMENTS = ['beat', 'lease', 'load', 'position', 'gate', 'slots'];
const PHASES = {
  start: '20 hosts start', loss: '5 hosts are lost', return: 'they return', 'fail-over': 'database away for 30 s', stopped: 'a host stops for 60 s',
  upgrade: 'rolling upgrade',
};

const [from, to] = process.argv.slice(2);
const fleet = read(join(from, 'fleet.csv')), scale = read(join(from, 'scale.csv'));
const begin = fleet[0].second;
const sums = fleet.map((row) => [row.second - begin, STATEMENTS.reduce((sum, name) => sum + row[name], 0)]);
const most = (values) => steps(Math.max(...values) * 1.08).at(-1) || 1;

const life = new Plot({
  title: '1,000,000 guilds, 1,000 shards, 20 hosts: who is answered', x: 'seconds', left: 'guilds that are answered', right: 'statements a second',
  xMax: sums.at(-1)[0], leftMax: 1100000, rightMax: Math.max(...sums.map(([, sum]) => sum)) * 1.1,
});
life.line(sums, { colour: '#d1242f66', name: 'statements a second', place: 1, isRight: true });
life.line(fleet.map((row) => [row.second - begin, row.guilds]), { colour: COLOURS[0], name: 'guilds that are answered', place: 0 });
Object.entries(PHASES).forEach(([phase, text], i) => {
  const first = fleet.find((row) => row.phase === phase);
  if (first) life.mark(first.second - begin, text, i % 6);
});
writeFileSync(join(to, 'fleet-life.svg'), life.toString());

const xMax = most(scale.map(({ shards }) => shards)) * 1.0;
const service = new Plot({
  title: 'Time to full service against shards (20 hosts, max_concurrency 16)', x: 'shards', left: 'seconds, start of all hosts', right: 'seconds, loss of 5 hosts',
  xMax, leftMax: Math.max(...scale.map((row) => row.start_s)) * 1.1, rightMax: 12,
});
service.line(scale.map((row) => [row.shards, row.start_s]), { colour: COLOURS[0], name: 'start of all hosts', place: 0, hasDots: true });
service.line(scale.map((row) => [row.shards, row.loss_s]), { colour: COLOURS[1], name: 'loss of 5 of 20 hosts', place: 1, isRight: true, hasDots: true });
writeFileSync(join(to, 'fleet-service.svg'), service.toString());

const cost = new Plot({
  title: 'Database statements a second against shards (20 hosts)', x: 'shards', left: 'statements a second', xMax,
  leftMax: Math.max(...scale.map((row) => row.loss_statements)) * 1.1,
});
cost.line(scale.map((row) => [row.shards, row.idle_statements]), { colour: COLOURS[2], name: 'when nothing happens', place: 0, hasDots: true });
cost.line(scale.map((row) => [row.shards, row.loss_statements]), { colour: COLOURS[1], name: 'busiest second after a loss', place: 1, hasDots: true });
writeFileSync(join(to, 'fleet-statements.svg'), cost.toString());
for (const name of ['fleet', 'scale']) copyFileSync(join(from, `${name}.csv`), join(to, `fleet-${name === 'fleet' ? 'life' : 'scale'}.csv`));
