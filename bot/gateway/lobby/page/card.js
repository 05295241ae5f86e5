// The bot's answers as cards. Text only ever becomes text nodes, never HTML.

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
function itemNode(text, { prefix, onPick }) {
  const match = /^(\S+(?: [<[][^>\]]*[>\]])*) – (.*)$/su.exec(text);
  if (!match || !match[1].startsWith(prefix)) return element('li', {}, ...textNodes(text));
  const [, usage, rest] = match;
  const command = usage.split(' ')[0];
  const button = element('button', { type: 'button', className: 'usage', onclick: () => onPick(usage === command ? command : `${command} `) }, usage);
  return element('li', { className: 'command' }, button, element('span', {}, rest));
}

function bodyOf(card, context) {
  const parts = [];
  const text = asText(card.text);
  const fields = asList(card.fields).filter(Array.isArray);
  const items = asList(card.items).map(asText);
  if (text) parts.push(element('p', { className: 'card-text' }, ...textNodes(text)));
  if (fields.length) {
    parts.push(element('dl', {}, ...fields.map(([name, value]) =>
      element('div', {}, element('dt', {}, asText(name)), element('dd', {}, ...textNodes(asText(value)))))));
  }
  if (items.length) parts.push(element('ul', {}, ...items.map((item) => itemNode(item, context))));
  return parts;
}

// A spoiler, hidden from everyone, screen readers included, until the button is pressed.
function veiled(why, body, message) {
  const content = element('div', { className: 'unveiled', hidden: !message.isRevealed, tabIndex: -1 }, ...body);
  if (message.isRevealed) return [content];
  const button = element('button', { type: 'button', className: 'veil', aria: { expanded: 'false' } },
    element('strong', {}, why), element('span', {}, 'Show it'));
  button.onclick = () => {
    message.isRevealed = true;
    content.hidden = false;
    button.remove();
    content.focus({ preventScroll: true });
  };
  return [button, content];
}

// context: {prefix, onChoose(text), onPick(text)}
export function cardNode(message, context) {
  const { card } = message;
  const node = element('article', { className: 'card', dataset: { kind: card.kind === 'problem' ? 'problem' : 'answer' } });
  const title = asText(card.title);
  const body = bodyOf(card, context);
  if (title) node.append(element('h3', {}, title));
  node.append(...(card.spoiler ? veiled(asText(card.spoiler), body, message) : body));
  const choices = asList(card.choices).filter((choice) => Array.isArray(choice) && asText(choice[1]));
  if (choices.length) {
    node.append(element('div', { className: 'choices', role: 'group', ariaLabel: 'What to ask next' }, ...choices.map(([label, command]) =>
      element('button', { type: 'button', className: 'choice', onclick: () => context.onChoose(context.prefix + command) }, asText(label)))));
  }
  if (card.footer) node.append(element('footer', {}, ...textNodes(asText(card.footer))));
  return node;
}
