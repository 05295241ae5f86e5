// Items of a list that a click asks about, under headings. Text only ever becomes text nodes.

import { element } from './card.js';

const asText = (value) => (typeof value === 'string' ? value : '');

const isRow = (item) => typeof item === 'object' && item !== null && !Array.isArray(item);

export const hasRows = (items) => Array.isArray(items) && items.some(isRow);

// An item as one text, as lists without rows show it.
export function itemText(item) {
  if (!isRow(item)) return asText(item);
  return [asText(item.label), asText(item.text)].filter(Boolean).join('. ');
}

function rowNode(item, { prefix, onChoose }) {
  const label = asText(item?.label);
  const command = asText(item?.command);
  const text = isRow(item) ? asText(item.text) : asText(item);
  if (!label || !command) return element('li', {}, text);
  const button = element('button', { type: 'button', className: 'row-button', onclick: () => onChoose(prefix + command) },
    element('span', { className: 'row-label', dir: 'auto' }, label),
    text ? element('span', { className: 'row-text', dir: 'auto' }, text) : null);
  return element('li', { className: 'row-item' }, button);
}

// [h4?, ul, h4, ul, ...]
export function rowsNodes(items, context) {
  const nodes = [];
  let list;
  for (const item of items) {
    const heading = asText(item?.heading);
    if (heading) nodes.push(element('h4', {}, heading));
    if (heading || !list) {
      list = element('ul', { className: 'rows' });
      nodes.push(list);
    }
    list.append(rowNode(item, context));
  }
  return nodes;
}
