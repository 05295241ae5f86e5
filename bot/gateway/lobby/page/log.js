// The log: messages in order of time, grouped by author and day.

import { cardNode, element, textNodes } from './card.js';
import { sameName } from './irc.js';

const KEPT_MESSAGES = 500;
const GROUP_MS = 5 * 60_000;
const NEAR_BOTTOM_PX = 90;
const HUES = 8;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const fullTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });

const dayOf = (time) => new Date(time).toDateString();

function dayLabel(time) {
  if (dayOf(time) === dayOf(Date.now())) return 'Today';
  if (dayOf(time) === dayOf(Date.now() - 86_400_000)) return 'Yesterday';
  return day.format(time);
}

export function hueOf(nick) {
  let hash = 0x811c9dc5; // FNV-1a
  for (const letter of nick.toLowerCase()) hash = Math.imul(hash ^ letter.codePointAt(0), 0x01000193) >>> 0;
  return ((hash ^ (hash >>> 15)) >>> 0) % HUES;
}

export function avatarNode(nick, isBot) {
  if (isBot) return element('img', { className: 'avatar', src: '/favicon.svg', alt: '', width: 36, height: 36 });
  const initial = [...nick.replace(/^[^\p{L}\p{N}]+/u, '')][0] ?? '?';
  return element('span', { className: 'avatar', dataset: { hue: hueOf(nick) }, ariaHidden: 'true' }, initial.toUpperCase());
}

export class Log {
  // elements: {list, scroller, jump, jumpText, welcome}; context: for cards, and me() for our nick
  constructor(elements, context) {
    Object.assign(this, elements);
    this.context = context;
    this.messages = [];
    this.pending = [];
    this.known = new Set(); // msgids and our own ids
    this.unseen = 0;
    this.jump.onclick = () => this.toBottom();
    this.scroller.addEventListener('scroll', () => this.#isNearBottom() && this.#seen(), { passive: true });
    new ResizeObserver(() => this.isStuck && this.#scroll()).observe(this.scroller);
    this.isStuck = true;
    this.scroller.addEventListener('scroll', () => { this.isStuck = this.#isNearBottom(); }, { passive: true });
  }

  #isNearBottom() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
  }

  #scroll() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #seen() {
    this.unseen = 0;
    this.jump.hidden = true;
  }

  // Scroll to the beginning of an answer taller than the window, with the question above it.
  #showBeginning(message) {
    const node = this.list.lastElementChild;
    if (!message.card || node.offsetHeight < this.scroller.clientHeight - 80) return;
    const question = node.previousElementSibling ?? node;
    this.scroller.scrollTop = (question.offsetHeight < 120 ? question : node).offsetTop - 12;
  }

  toBottom() {
    this.#scroll();
    this.isStuck = true;
    this.#seen();
  }

  clear() {
    this.messages = [];
    this.known.clear();
    this.#rebuild();
  }

  // Add a message; false: it is known already.
  #learn(message) {
    const ids = [message.id, message.sentId].filter(Boolean);
    if (ids.some((id) => this.known.has(id))) return false;
    ids.forEach((id) => this.known.add(id));
    this.messages.push(message);
    return true;
  }

  add(message) {
    if (!this.#learn(message)) return false;
    const wasStuck = this.isStuck;
    if (this.messages.length > KEPT_MESSAGES + 50) {
      this.messages.splice(0, this.messages.length - KEPT_MESSAGES);
      this.#rebuild();
    } else {
      this.#append(message, this.messages.at(-2));
      this.#placePending();
    }
    if (wasStuck || sameName(message.nick, this.context.me())) {
      this.toBottom();
      this.#showBeginning(message);
    } else {
      this.unseen += 1;
      this.jumpText.textContent = this.unseen === 1 ? '1 new message' : `${this.unseen} new messages`;
      this.jump.hidden = false;
    }
    return true;
  }

  // Merge older messages, sorted by time.
  merge(messages) {
    const isNews = messages.filter((message) => this.#learn(message)).length > 0;
    if (isNews) this.messages.sort((a, b) => a.time - b.time);
    this.messages.splice(0, Math.max(0, this.messages.length - KEPT_MESSAGES));
    this.list.setAttribute('aria-busy', 'true');
    this.#rebuild();
    this.list.removeAttribute('aria-busy');
    if (this.isStuck) this.#scroll();
  }

  // Show a note of the page itself.
  note(text) {
    this.add({ id: `note-${this.messages.length}-${Date.now()}`, time: Date.now(), nick: '', text, isNote: true });
    this.toBottom();
  }

  setPending(pending) {
    this.pending = pending.filter(({ sentId }) => !this.known.has(sentId));
    this.#placePending();
    if (pending.length && this.isStuck) this.#scroll();
  }

  #placePending() {
    this.list.querySelectorAll('.pending').forEach((node) => node.remove());
    let before = this.messages.at(-1);
    for (const message of this.pending) {
      const shown = { ...message, nick: this.context.me() };
      this.#append(shown, before, 'pending');
      before = shown;
    }
    this.welcome.hidden = this.list.childElementCount > 0;
  }

  #rebuild() {
    this.list.replaceChildren();
    this.messages.forEach((message, i) => this.#append(message, this.messages[i - 1]));
    this.#placePending();
  }

  #append(message, before, state = '') {
    if (!before || dayOf(before.time) !== dayOf(message.time)) {
      this.list.append(element('li', { className: 'day', role: 'separator' }, element('span', {}, dayLabel(message.time))));
      before = undefined;
    }
    this.list.append(this.#node(message, before, state));
    this.welcome.hidden = true;
  }

  #node(message, before, state) {
    if (message.isNote) return element('li', { className: 'note' }, message.text);
    const isGrouped = before && !before.isNote && sameName(before.nick, message.nick) && before.isPrivate === message.isPrivate
      && message.time - before.time < GROUP_MS;
    const node = element('li', {
      className: ['message', isGrouped ? 'grouped' : '', message.isPrivate ? 'private' : '', state].filter(Boolean).join(' '),
      dataset: { id: message.id ?? '' },
    });
    const content = element('div', { className: 'content' });
    node.append(element('div', { className: 'gutter' }, isGrouped ? this.#time(message) : avatarNode(message.nick, message.isBot)), content);
    content.append(this.#head(message, isGrouped), ...this.#quote(message, before), this.#body(message));
    if (state) content.append(element('span', { className: 'waiting' }, 'waiting for the connection'));
    return node;
  }

  #time(message) {
    const time = new Date(message.time);
    return element('time', { dateTime: time.toISOString(), title: fullTime.format(time) }, clock.format(time));
  }

  // For screen readers, a grouped message has its author too.
  #head(message, isGrouped) {
    const head = element('div', { className: isGrouped ? 'head unseen' : 'head' },
      element('span', { className: 'nick', dataset: { hue: message.isBot ? 'bot' : hueOf(message.nick) } }, message.nick));
    if (message.isBot) head.append(element('span', { className: 'badge' }, 'bot'));
    if (message.isPrivate) head.append(element('span', { className: 'badge quiet' }, this.#privacy(message)));
    if (!isGrouped) head.append(this.#time(message));
    return head;
  }

  #privacy(message) {
    return sameName(message.nick, this.context.me()) ? `only to ${message.target}` : 'only you see this';
  }

  // Quote the question, unless it is directly above.
  #quote(message, before) {
    const asked = message.replyTo && this.messages.find(({ id }) => id === message.replyTo);
    if (!asked || asked === before) return [];
    return [element('p', { className: 'quote' }, `${asked.nick}: ${asked.text}`)];
  }

  #body(message) {
    if (message.card && typeof message.card === 'object') return cardNode(message, this.context);
    const text = message.isAction ? [`${message.nick} `, ...textNodes(message.text)] : textNodes(message.text);
    return element('p', { className: message.isAction ? 'text action' : 'text' }, ...text);
  }
}
