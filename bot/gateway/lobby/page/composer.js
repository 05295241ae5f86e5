// The message field: completion of commands, history of lines, typing notifications.

import { element } from './card.js';

const TYPING_MS = 3000;
const RECALLED_LINES = 50;

export class Composer {
  // elements: {form, input, list, hint}; hooks: {onLine(text), onTyping(state)}
  constructor(elements, hooks) {
    Object.assign(this, elements, hooks);
    this.prefix = '!';
    this.commands = [];
    this.options = [];
    this.selected = -1;
    this.lines = [];
    this.recalled = 0;
    this.typedAt = 0;
    this.form.addEventListener('submit', (event) => this.#submit(event));
    this.input.addEventListener('input', () => this.#changed());
    this.input.addEventListener('keydown', (event) => this.#key(event));
    this.input.addEventListener('blur', () => this.#close());
    this.input.addEventListener('focus', () => this.#complete());
  }

  describe({ prefix, commands }) {
    this.prefix = prefix;
    this.commands = commands.map((command) => ({
      ...command,
      usage: command.usage.startsWith(prefix) ? command.usage : prefix + command.usage,
    }));
    this.#complete();
  }

  isCommand(name) {
    return Boolean(this.#find(name));
  }

  #find(name) {
    return this.commands.find((command) => command.name === name || command.aliases.includes(name));
  }

  fill(text) {
    this.input.value = text;
    this.input.focus();
    this.input.setSelectionRange(text.length, text.length);
    this.#changed();
  }

  // ---- sending and recalling

  #submit(event) {
    event.preventDefault();
    if (this.selected >= 0 && !this.#isExact()) {
      this.#accept(this.options[this.selected]);
      return;
    }
    const text = this.input.value.trim();
    if (!text) return;
    this.lines = [...this.lines.filter((line) => line !== text), text].slice(-RECALLED_LINES);
    this.recalled = this.lines.length;
    this.input.value = '';
    this.#changed();
    this.onLine(text);
  }

  #recall(step) {
    const at = this.recalled + step;
    if (at < 0 || at > this.lines.length) return false;
    if (this.recalled === this.lines.length && this.input.value) return false; // keep what is being typed
    this.recalled = at;
    this.input.value = this.lines[at] ?? '';
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
    this.#close();
    this.#hint();
    return true;
  }

  #changed() {
    if (this.input.value === '') this.recalled = this.lines.length;
    this.#tellTyping();
    this.#complete();
  }

  #tellTyping() {
    const isTyping = this.input.value !== '' && !this.input.value.startsWith('/');
    const now = Date.now();
    if (isTyping && now - this.typedAt >= TYPING_MS) {
      this.typedAt = now;
      this.onTyping('active');
    } else if (!isTyping && this.typedAt) {
      this.typedAt = 0;
      this.onTyping('done');
    }
  }

  // ---- completion: a WAI-ARIA combobox

  #typedName() {
    const { value } = this.input;
    const lead = value.startsWith(this.prefix) ? this.prefix : value.startsWith('/') ? '/' : null;
    if (lead === null || /\s/.test(value)) return null;
    return value.slice(lead.length).toLowerCase();
  }

  #isExact() {
    const name = this.#typedName();
    return name !== null && this.isCommand(name);
  }

  #complete() {
    const name = this.#typedName();
    const rank = (command) => [command.name, ...command.aliases].findIndex((word) => word.startsWith(name));
    this.options = name === null || document.activeElement !== this.input ? []
      : this.commands.filter((command) => rank(command) >= 0).sort((a, b) => Math.min(rank(a), 1) - Math.min(rank(b), 1));
    this.#hint();
    if (!this.options.length) {
      this.#close();
      return;
    }
    this.list.replaceChildren(...this.options.map((command, i) => this.#option(command, i)));
    this.list.hidden = false;
    this.input.setAttribute('aria-expanded', 'true');
    this.#select(0);
  }

  #option(command, i) {
    const node = element('li', { id: `option-${i}`, role: 'option' },
      element('code', {}, command.usage), element('span', {}, command.summary));
    node.addEventListener('pointerdown', (event) => event.preventDefault()); // the focus stays in the input
    node.addEventListener('click', () => this.#accept(command));
    return node;
  }

  #select(i) {
    this.selected = i;
    [...this.list.children].forEach((node, at) => node.setAttribute('aria-selected', String(at === i)));
    const node = this.list.children[i];
    node?.scrollIntoView({ block: 'nearest' });
    if (node) this.input.setAttribute('aria-activedescendant', node.id);
  }

  #close() {
    this.options = [];
    this.selected = -1;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }

  #accept(command) {
    const takesMore = /[<[]/.test(command.usage);
    this.fill(this.prefix + command.name + (takesMore ? ' ' : ''));
    this.#close();
  }

  // Show the usage of the command being typed.
  #hint() {
    const [word, ...rest] = this.input.value.split(' ');
    const command = rest.length && word.startsWith(this.prefix) ? this.#find(word.slice(this.prefix.length).toLowerCase()) : null;
    this.hint.replaceChildren(...(command ? [element('code', {}, command.usage), ` ${command.summary}`] : []));
  }

  #key(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const count = this.options.length;
    const actions = {
      ArrowDown: () => (count ? this.#select((this.selected + 1) % count) : this.#recall(1)),
      ArrowUp: () => (count ? this.#select((this.selected + count - 1) % count) : this.#recall(-1)),
      Tab: () => (count && !event.shiftKey ? this.#accept(this.options[this.selected]) : false),
      Escape: () => (count ? this.#close() : this.input.value ? this.fill('') : false),
    };
    if (actions[event.key] && actions[event.key]() !== false) event.preventDefault();
  }
}
