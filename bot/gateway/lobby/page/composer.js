// The message field: lines and their limits, drafts and sent lines, completion, typing notifications.

import { element } from './card.js';
import { commandsFor, findCommand, isSure, readTyped } from './completion.js';

const TYPING_MS = 3000;
const MESSAGES_MAX = 20; // of one Enter
const NEAR_LIMIT_BYTES = 60; // left of a message when the field begins to say so
const NICKS_MAX = 8; // suggested
const NICK_MIN = 2; // letters before Tab completes a nick

const bytesOf = (text) => new TextEncoder().encode(text).length;
const fold = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

export class Composer {
  // elements: {form, input, list, hint, counter}
  // hooks: {onLine(text) -> false to keep it, onTyping(state), split(text) -> messages, limit: bytes of a message,
  //   complete(command, option, partial) -> Promise([[label, value]]), lookUp(word) -> Promise({kind, name}), nicks() -> [nick]}
  constructor(elements, hooks, memory) {
    Object.assign(this, elements, hooks, { memory });
    this.prefix = '!';
    this.defaultPrefix = '!';
    this.commands = [];
    this.slashCommands = [];
    this.options = [];
    this.selected = -1;
    this.recalled = 0; // the position in lines; lines.length: the draft
    this.lines = [];
    this.draft = '';
    this.typedAt = 0;
    this.form.addEventListener('submit', (event) => this.#submit(event));
    this.input.addEventListener('input', () => {
      this.dismissed = undefined;
      this.#changed();
    });
    this.input.addEventListener('keydown', (event) => this.#key(event));
    this.input.addEventListener('keyup', () => { this.confirmsComposition = false; });
    this.input.addEventListener('beforeinput', (event) => this.#beforeInput(event));
    this.input.addEventListener('pointerdown', () => { this.isRecalling = false; });
    this.input.addEventListener('blur', () => this.#close());
    this.input.addEventListener('focus', () => this.#complete());
    // A tap on the button leaves the focus, and a phone's keyboard, where they are.
    this.form.querySelector('[type=submit]').addEventListener('pointerdown', (event) => event.preventDefault());
    this.growsByItself = CSS.supports('field-sizing', 'content');
    this.rowHeight = this.input.clientHeight;
  }

  // prefix: of this channel; the configured one works too. Usages may begin with the prefix.
  describe({ prefix, defaultPrefix = prefix, commands }) {
    Object.assign(this, { prefix, defaultPrefix });
    const bare = (usage) => (usage.startsWith(prefix) ? usage.slice(prefix.length) : usage);
    this.commands = commands.map((command) => ({ ...command, usage: bare(command.usage) }));
    this.#complete();
  }

  isCommand(name) {
    return Boolean(findCommand(this.commands, name));
  }

  // This name is in this channel now: show the draft of the channel. What was typed is kept if only the name has changed.
  enter(name, channel) {
    const isElsewhere = this.channel !== undefined && this.channel !== channel;
    if (channel === undefined || (this.name === name && this.channel === channel)) return;
    const typed = isElsewhere ? '' : this.#draftNow();
    if (typed && this.channel !== undefined) this.memory.draft = ''; // it moves with its author
    Object.assign(this, { name, channel });
    this.memory.enter(name, channel);
    this.lines = this.memory.lines;
    this.recalled = this.lines.length;
    this.isRecalling = false;
    if (typed) this.memory.draft = typed;
    else this.#put(this.memory.draft);
    this.#close();
  }

  // Replace the text, as a person would type it.
  fill(text) {
    this.input.focus();
    this.#put(text);
    this.#complete();
  }

  #put(text) {
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
    this.#changed();
  }

  // ---- sending

  // The text without empty lines around it.
  #text() {
    const text = this.input.value.trimEnd();
    return text.includes('\n') ? text.replace(/^(\s*\n)+/, '') : text.trimStart();
  }

  #submit(event) {
    event.preventDefault();
    if (this.selected >= 0 && !this.options[this.selected].isTyped) {
      this.#accept(this.options[this.selected]);
      return;
    }
    const text = this.#text();
    if (!text || this.split(text).length > MESSAGES_MAX) return; // the counter says why
    if (this.onLine(text) === false) return;
    this.#remember(text);
    this.recalled = this.lines.length;
    this.isRecalling = false;
    this.#put('');
  }

  #remember(text) {
    this.lines = this.memory.addLine(text);
    for (const line of text.split('\n')) {
      const typed = readTyped(`${line} `, this.#known());
      if (typed?.command) this.memory.addUse(typed.command.name, typed.partial?.trim() ? this.#useOf(typed.command, typed.partial.trim()) : '');
    }
  }

  #useOf(command, value) {
    return `${command.name} ${value.toLowerCase()}`;
  }

  // ---- recalling

  #draftNow() {
    return this.recalled < this.lines.length ? this.draft : this.input.value;
  }

  #isAtEdge(step) {
    const { value, selectionStart, selectionEnd, scrollHeight } = this.input;
    if (selectionStart !== selectionEnd) return false;
    if (this.isRecalling || (!value.includes('\n') && scrollHeight <= this.rowHeight * 1.5)) return true;
    return step < 0 ? selectionStart === 0 : selectionStart === value.length;
  }

  #recall(step) {
    const at = this.recalled + step;
    if (at < 0 || at > this.lines.length || !this.#isAtEdge(step)) return false;
    if (this.recalled === this.lines.length) this.draft = this.input.value;
    this.recalled = at;
    this.isRecalling = true;
    this.input.value = this.lines[at] ?? this.draft;
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
    this.#close();
    this.#show();
    return true;
  }

  // ---- after each change

  #changed() {
    this.recalled = this.lines.length; // a recalled line that is edited becomes the draft
    this.isRecalling = false;
    if (this.channel !== undefined) this.memory.draft = this.input.value;
    this.#tellTyping();
    this.#complete();
    this.#show();
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

  #show() {
    const { input } = this;
    const isCommand = [this.prefix, this.defaultPrefix, '/'].some((prefix) => input.value.startsWith(prefix));
    const set = (name, value) => input.getAttribute(name) !== value && input.setAttribute(name, value);
    set('autocapitalize', isCommand || !input.value ? 'off' : 'sentences');
    set('autocorrect', isCommand ? 'off' : 'on');
    set('spellcheck', String(!isCommand));
    if (!this.growsByItself) {
      input.style.height = 'auto';
      input.style.height = `${input.scrollHeight}px`;
    }
    if (!input.value) this.rowHeight = input.clientHeight;
    this.#count();
  }

  // Say how many messages the text becomes, before it is sent.
  #count() {
    const text = this.input.value.length * 3 > this.limit - NEAR_LIMIT_BYTES || this.input.value.includes('\n') ? this.#text() : '';
    const parts = text ? this.split(text) : [];
    const left = parts.length === 1 ? this.limit - bytesOf(parts[0]) : this.limit;
    let notice = '';
    if (parts.length > MESSAGES_MAX) notice = `That would be ${parts.length} messages; ${MESSAGES_MAX} at once is the limit. Please send it in parts.`;
    else if (parts.length > 1) notice = `Will be sent as ${parts.length} messages`;
    else if (left <= NEAR_LIMIT_BYTES) notice = `${Math.floor(left / bytesOf([...parts[0]].at(-1)))} left in this message`;
    this.counter.classList.toggle('problem', parts.length > MESSAGES_MAX);
    if (this.counter.textContent !== notice) this.counter.textContent = notice;
  }

  // ---- completion: a WAI-ARIA combobox

  #known() {
    const prefixes = [...new Set([this.prefix, this.defaultPrefix])].sort((a, b) => b.length - a.length);
    return { prefixes, commands: this.commands, slashCommands: this.slashCommands };
  }

  // What is typed in front of the caret, if the line ends there.
  #typed() {
    const { value, selectionStart, selectionEnd } = this.input;
    if (selectionStart !== selectionEnd || (value[selectionStart] ?? '\n') !== '\n') return undefined;
    return readTyped(value.slice(0, selectionStart), this.#known());
  }

  #complete() {
    const typed = this.#typed();
    this.#hint(typed);
    if (document.activeElement !== this.input || !typed) this.#close();
    else if (typed.kind === 'command') this.#offer(typed, this.#commandOptions(typed), { isSure: true });
    else if (typed.kind === 'nick') this.#offer(typed, this.#nickOptions(typed.word, (nick) => `@${nick} `));
    else if (typed.kind === 'argument') this.#completeArgument(typed);
    else this.#close();
  }

  #usageOf(prefix, { usage, name }) {
    return prefix + (usage ?? name);
  }

  #commandOptions({ prefix, word, known }) {
    return commandsFor(word, known, this.memory.uses).map(({ command, fit }) => ({
      value: prefix + command.name + (/[<[]/.test(command.usage) ? ' ' : ''),
      shown: this.#usageOf(prefix, command),
      label: command.summary,
      isSure: isSure(fit),
      isTyped: findCommand([command], word) !== undefined,
      isCommand: true,
    }));
  }

  #nickOptions(word, valueOf) {
    const start = fold(word);
    return this.nicks().filter((nick) => fold(nick).startsWith(start)).slice(0, NICKS_MAX)
      .map((nick) => ({ value: valueOf(nick), shown: nick, label: '' }));
  }

  #argumentOptions({ command, option, partial }, suggestions) {
    const { uses } = this.memory;
    const use = (value) => uses.get(this.#useOf(command, value)) ?? 0;
    // What was searched for is sorted by how well it fits; names and choices, and what is offered before the first letter, by use.
    const isByUse = !partial || !['episode', 'text'].includes(option.type);
    const sorted = isByUse ? [...suggestions].sort((a, b) => use(b[1]) - use(a[1])) : suggestions;
    return sorted.map(([label, value]) => ({
      value,
      shown: value,
      label: option.type === 'command' ? findCommand(this.commands, value)?.summary ?? '' : label === value ? '' : label,
      isTyped: value.toLowerCase() === partial.toLowerCase(),
    }));
  }

  // One request at a time: the next one asks for what is typed by then.
  async #completeArgument(typed) {
    this.#filter(typed);
    this.wanted = typed;
    if (this.isAsking) return;
    this.isAsking = true;
    while (this.wanted) {
      const { command, option, index, partial } = this.wanted;
      this.wanted = undefined;
      const suggestions = await this.complete(command.name, option.name, partial) ?? [];
      if (index === 0 && partial && option.type !== 'show' && command.options.some(({ type }) => type === 'show'))
        suggestions.push(...await this.complete(command.name, 'show', partial) ?? []);
      const now = this.#typed();
      if (!this.wanted && now?.kind === 'argument' && now.command === command && now.option === option && now.partial === partial
        && document.activeElement === this.input && !this.isRecalling)
        this.#offer(now, this.#argumentOptions(now, suggestions));
    }
    this.isAsking = false;
  }

  // Until the answer comes, keep what still fits: first what begins with it, last what has it in its label only.
  #filter(typed) {
    if (this.list.hidden || this.offered?.option !== typed.option || !typed.partial) {
      this.#close();
      return;
    }
    const partial = fold(typed.partial);
    const place = ({ shown }) => { const at = fold(shown).indexOf(partial); return at < 0 ? 2 : Number(at > 0); };
    const fitting = this.options.filter(({ shown, label }) => fold(`${shown} ${label}`).includes(partial));
    this.#offer(typed, fitting.sort((a, b) => place(a) - place(b)));
  }

  #offer(typed, options, { isSure: mayBeSure = false } = {}) {
    if (!options.length || (options.length === 1 && options[0].isTyped && !mayBeSure) || this.dismissed === this.input.value) {
      this.#close();
      return;
    }
    this.offered = typed;
    this.options = options;
    this.list.className = `options ${options[0].isCommand ? 'of-commands' : options.some(({ label }) => label) ? 'of-values' : 'of-names'}`;
    this.list.replaceChildren(...options.map((option, i) => this.#optionNode(option, i)));
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute('aria-expanded', 'true');
    this.#select(mayBeSure && options[0].isSure ? 0 : -1);
  }

  #optionNode(option, i) {
    const node = element('li', { id: `option-${i}`, role: 'option' },
      element('code', {}, option.shown), option.label ? element('span', {}, option.label) : null);
    node.addEventListener('pointerdown', (event) => event.preventDefault()); // the focus stays in the field
    node.addEventListener('click', () => this.#accept(option));
    return node;
  }

  #select(i) {
    this.selected = i;
    [...this.list.children].forEach((node, at) => node.setAttribute('aria-selected', String(at === i)));
    const node = this.list.children[i];
    node?.scrollIntoView({ block: 'nearest' });
    if (node) this.input.setAttribute('aria-activedescendant', node.id);
    else this.input.removeAttribute('aria-activedescendant');
  }

  #close() {
    this.options = [];
    this.selected = -1;
    if (this.list.hidden) return;
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }

  // Close the list until the text changes.
  #dismiss() {
    this.#close();
    this.dismissed = this.input.value;
  }

  #accept(option) {
    const { selectionStart: end } = this.input;
    this.input.setRangeText(option.value, this.offered.at, end, 'end');
    this.dismissed = this.input.value;
    this.#changed();
    this.input.focus();
  }

  // Complete the nick in front of the caret, as chat programs do. False: Tab goes on to the next element.
  #completeNick() {
    const { value, selectionStart } = this.input;
    const word = /[^\s@]+$/u.exec(value.slice(0, selectionStart))?.[0] ?? '';
    const at = selectionStart - word.length;
    const options = [...word].length >= NICK_MIN ? this.#nickOptions(word, (nick) => (at === 0 ? `${nick}: ` : `${nick} `)) : [];
    if (!options.length) return false;
    this.offered = { kind: 'nick', at };
    if (options.length === 1) this.#accept(options[0]);
    else this.#offer(this.offered, options);
    return true;
  }

  // ---- the hint: the usage of a command, or which one was meant

  #hint(typed) {
    const { command, prefix, kind, word, known } = typed ?? {};
    const isWord = /^[\p{L}\p{N}]/u.test(word ?? '');
    if (command && kind !== 'command') this.#showHint(element('code', {}, this.#usageOf(prefix, command)), ` ${command.summary}`);
    else if (isWord && !command && (kind === 'unknown' || (kind === 'command' && !commandsFor(word, known, new Map()).some(({ fit }) => isSure(fit))))) this.#lookUp(typed);
    else this.#showHint();
  }

  #showHint(...nodes) {
    this.hint.replaceChildren(...nodes);
  }

  // Ask whether the word is a command: the bot also understands "ep5", and knows typos from the commands of other bots.
  async #lookUp(typed) {
    const { word, prefix } = typed;
    const found = prefix === '/' || word.length > 40 ? { kind: 'other', name: '' } : await this.lookUp(word);
    const now = this.#typed();
    if (!found || now?.word !== word || now.command) return;
    const meant = findCommand(this.commands, found.name);
    if (found.kind === 'command') {
      this.#showHint(...(meant ? [element('code', {}, this.#usageOf(prefix, meant)), ` ${meant.summary}`] : []));
    } else if (found.kind === 'typo') {
      const fix = element('button', { type: 'button', className: 'fix' }, prefix + found.name);
      fix.addEventListener('pointerdown', (event) => event.preventDefault());
      fix.addEventListener('click', () => {
        this.input.setRangeText(prefix + found.name, now.at, now.at + prefix.length + word.length, 'preserve');
        this.input.focus();
        this.#changed();
      });
      this.#showHint(element('span', { className: 'quoted' }, prefix + word), ' is not a command. Did you mean ', fix, '?');
    } else if (now.kind === 'unknown' || !this.options.length) {
      this.#showHint(element('span', { className: 'quoted' }, prefix + word), ' is not a command.');
    }
  }

  // ---- keys

  #key(event) {
    const isComposing = event.isComposing || event.keyCode === 229; // 229: Safari's keydown after the end of a composition
    if (event.key === 'Enter' && isComposing) this.confirmsComposition = true;
    if (isComposing || event.altKey) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      if (!event.repeat) this.form.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || (event.shiftKey && event.key !== 'Tab')) return;
    const count = this.options.length;
    const actions = {
      ArrowDown: () => (count ? this.#select((this.selected + 1) % count) : this.#recall(1) || this.#reopen()),
      ArrowUp: () => (count ? this.#select(this.selected < 0 ? count - 1 : (this.selected + count - 1) % count) : this.#recall(-1)),
      Tab: () => !event.shiftKey && (count ? this.#accept(this.options[Math.max(this.selected, 0)]) : this.#completeNick()),
      Escape: () => (count ? this.#dismiss() : false), // the draft stays
    };
    if (Object.hasOwn(actions, event.key)) {
      if (actions[event.key]() !== false) event.preventDefault();
    } else if (['ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown'].includes(event.key)) {
      this.isRecalling = false;
    }
  }

  // Down opens a list that is closed.
  #reopen() {
    if (this.dismissed === undefined) return false;
    this.dismissed = undefined;
    this.#complete();
    return true;
  }

  // The Enter that ends a composition adds no line.
  #beforeInput(event) {
    if (this.confirmsComposition && ['insertLineBreak', 'insertParagraph'].includes(event.inputType)) event.preventDefault();
  }
}
