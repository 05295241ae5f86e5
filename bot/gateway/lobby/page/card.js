// The bot's answers as cards. Text only ever becomes text nodes, never HTML.

import { hasRows, itemText, rowsNodes } from './rows.js';

export function element(name, properties = {}, ...children) {
  const { dataset, aria, ...rest } = properties;
  const node = Object.assign(document.createElement(name), rest);
  Object.assign(node.dataset, dataset);
  for (const [key, value] of Object.entries(aria ?? {})) node.setAttribute(`aria-${key}`, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g;

// Text nodes, with links where the text has URLs.
export function textNodes(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    nodes.push(text.slice(from, match.index));
    nodes.push(element('a', { href: match[0], target: '_blank', rel: 'noopener noreferrer' }, match[0]));
    from = match.index + match[0].length;
  }
  nodes.push(text.slice(from));
  return nodes;
}

const asText = (value) => (typeof value === 'string' ? value : '');
const asList = (value) => (Array.isArray(value) ? value : []);

// "!episode <episode> – summary" in a list: a button that puts the command into the composer.
function itemNodes(text, { prefix, onPick }) {
  const match = /^(\S+(?: [<[][^>\]]*[>\]])*) – (.*)$/su.exec(text);
  if (!match || !match[1].startsWith(prefix)) return textNodes(text);
  const [, usage, rest] = match;
  const command = usage.split(' ')[0];
  const button = element('button', { type: 'button', className: 'usage', onclick: () => onPick(usage === command ? command : `${command} `) }, usage);
  return [button, element('span', {}, rest)];
}

let serial = 0; // of ids

// A spoiler, hidden from everyone, screen readers included, until the button is pressed, and again after that. part: its key
// in message.revealed, so that it stays open when the card is made again.
function veiled(why, part, nodes, message) {
  message.revealed ??= new Set();
  serial += 1;
  const content = element('div', { className: 'unveiled', id: `veiled-${serial}`, tabIndex: -1 }, ...nodes);
  const action = element('span');
  const button = element('button', { type: 'button', className: 'veil', aria: { controls: content.id } },
    element('strong', { dir: 'auto' }, why), ' ', action);
  const show = () => {
    const isShown = message.revealed.has(part);
    content.hidden = !isShown;
    button.setAttribute('aria-expanded', isShown);
    action.textContent = isShown ? 'Hide it' : 'Show it';
  };
  button.onclick = () => {
    if (!message.revealed.delete(part)) message.revealed.add(part);
    show();
    if (!content.hidden) content.focus({ preventScroll: true });
  };
  show();
  return [button, content];
}

function linkNode(text, label) {
  let url;
  try {
    url = new URL(text);
  } catch {
    return null;
  }
  if (url.protocol !== 'https:') return null;
  return element('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer' }, label(url));
}

// A page about what was asked, and a picture: links, because the page loads nothing from another server.
function linkNodes(page, picture) {
  const links = [linkNode(page, ({ hostname }) => `More on ${hostname}`), linkNode(picture, () => 'Picture')].filter(Boolean);
  return links.length ? [element('p', { className: 'links' }, ...links)] : [];
}

const PICTURE = /^\/picture\/[0-9a-f]{16}$/;
const PICTURE_TRIES_MS = [500, 1000, 2000, 4000, 8000];

// A picture that the bot serves. It answers 503 while it fetches the picture itself.
function pictureNodes(path, title) {
  if (!PICTURE.test(path)) return [];
  const waits = [...PICTURE_TRIES_MS];
  const node = element('img', { className: 'picture', alt: title ? `Picture: ${title}` : 'Picture', loading: 'lazy', decoding: 'async', src: path });
  node.onerror = () => {
    if (!waits.length) node.remove();
    else setTimeout(() => { node.src = `${path}?try=${waits.length}`; }, waits.shift());
  };
  return [node];
}

// What the card veils: nothing without a reason; all of it if the parts are not named.
function veilOf(card) {
  const why = asText(card.spoiler);
  if (!why) return { text: false, items: new Set() };
  if (!card.veiled) return { why, text: true, items: new Set(asList(card.items).keys()) };
  return { why, text: card.veiled.text === true, items: new Set(asList(card.veiled.items)) };
}

function listNode(items, veil, message, context) {
  return element('ul', {}, ...items.map((item, index) => {
    const nodes = itemNodes(item, context);
    if (veil.items.has(index)) return element('li', { className: 'has-veil', dir: 'auto' }, ...veiled(veil.why, index, nodes, message));
    return element('li', { className: nodes[0].className === 'usage' ? 'command' : '', dir: 'auto' }, ...nodes);
  }));
}

// Seconds since 1970 as a field, in the reader's own time zone.
function momentFields(moment) {
  const date = new Date(Number.isSafeInteger(moment) ? moment * 1000 : NaN);
  if (Number.isNaN(date.getTime())) return [];
  return [['In your time', date.toLocaleString('en-GB', { dateStyle: 'full', timeStyle: 'short' })]];
}

function bodyOf(message, context) {
  const { card } = message;
  const parts = [];
  const [teaser, text, page, picture] = [card.teaser, card.text, card.url, card.image].map(asText);
  const fields = [...asList(card.fields).filter(Array.isArray), ...momentFields(card.moment)];
  const items = asList(card.items).map(itemText);
  const veil = veilOf(card);
  const telling = text ? [element('p', { className: 'card-text', dir: 'auto' }, ...textNodes(text))] : [];
  const shown = pictureNodes(asText(card.picture), asText(card.title));
  if (!veil.text) parts.push(...shown);
  if (teaser) parts.push(element('p', { className: 'teaser', dir: 'auto' }, ...textNodes(teaser)));
  if (!veil.text) parts.push(...telling);
  if (fields.length) {
    parts.push(element('dl', {}, ...fields.map(([name, value]) =>
      element('div', {}, element('dt', { dir: 'auto' }, asText(name)), element('dd', { dir: 'auto' }, ...textNodes(asText(value)))))));
  }
  if (veil.text && telling.length) parts.push(...veiled(veil.why, 'text', [...shown, ...telling, ...linkNodes('', picture)], message));
  if (hasRows(card.items) && !veil.items.size) parts.push(...rowsNodes(card.items, context));
  else if (items.length) parts.push(listNode(items, veil, message, context));
  parts.push(...linkNodes(page, veil.text ? '' : picture));
  return parts;
}

// context: {prefix, onChoose(text), onPick(text)}
export function cardNode(message, context) {
  const { card } = message;
  const isProblem = card.kind === 'problem';
  const title = asText(card.title);
  const node = element('article', { className: 'card', ariaLabel: title || (isProblem ? 'Problem' : 'Answer'), dataset: { kind: isProblem ? 'problem' : 'answer' } });
  if (title) node.append(element('h3', { dir: 'auto' }, title));
  node.append(...bodyOf(message, context));
  const choices = asList(card.choices).filter((choice) => Array.isArray(choice) && asText(choice[1]));
  if (choices.length) {
    node.append(element('div', { className: 'choices', role: 'group', ariaLabel: 'What to ask next' }, ...choices.map(([label, command]) =>
      element('button', { type: 'button', className: 'choice', onclick: () => context.onChoose(context.prefix + command) }, asText(label)))));
  }
  if (card.footer) node.append(element('footer', { dir: 'auto' }, ...textNodes(asText(card.footer))));
  return node;
}
