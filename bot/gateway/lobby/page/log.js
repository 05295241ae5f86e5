// The log: messages in order of time, grouped by author and day, with a line above those that are new.

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

// The hour and minute without "PM": the column beside a grouped message is narrow.
const shortTime = (time) => clock.formatToParts(time).filter(({ type }) => type !== 'dayPeriod').map(({ value }) => value).join('').trim();

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

const countOf = (count) => (count === 1 ? '1 new message below' : `${count} new messages below`);

export class Log {
  // elements: {list, scroller, jump, jumpText, welcome}; context: for cards, me() for our nick, room(), and marks: what was
  // read in it (ReadMarks)
  constructor(elements, context) {
    Object.assign(this, elements);
    this.context = context;
    this.messages = [];
    this.pending = [];
    this.known = new Set(); // msgids and our own ids
    this.unseen = 0;
    this.firstNew = null; // the message below the line "New since you left"
    this.isNewRead = false; // the messages below the line were on the screen
    this.isStuck = true; // the newest message is on the screen, and new ones scroll
    this.jump.onclick = () => {
      this.toBottom();
      this.scroller.focus({ preventScroll: true });
    };
    this.scroller.addEventListener('scroll', () => {
      this.isStuck = this.#isNearBottom();
      if (this.isStuck) this.#seen();
      else this.#offerJump();
    }, { passive: true });
    new ResizeObserver(() => this.isStuck && this.#scroll()).observe(this.scroller);
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#leave() : this.isStuck && this.#seen()));
    document.addEventListener('keydown', (event) => this.#onKey(event));
  }

  #isNearBottom() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM_PX;
  }

  // The newest messages can be read.
  #isWatched() {
    return this.isStuck && !document.hidden;
  }

  #scroll() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #offerJump() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const isFar = scrollHeight - scrollTop - clientHeight > clientHeight;
    this.jumpText.textContent = this.unseen ? countOf(this.unseen) : 'To the newest';
    this.jump.hidden = !this.unseen && !isFar;
  }

  #seen() {
    if (document.hidden) return;
    this.unseen = 0;
    this.jump.hidden = true;
    this.isNewRead = true;
    const last = this.messages.findLast(({ isNote }) => !isNote);
    if (last) this.context.marks.set(this.context.room(), last.time);
  }

  // The page is hidden: what comes from now on is new, what was on the screen is not.
  #leave() {
    if (this.isNewRead) this.#forgetNew();
  }

  #forgetNew() {
    this.firstNew = null;
    this.list.querySelector('.fresh')?.remove();
  }

  #onKey(event) {
    const { target: field, key } = event;
    if (event.defaultPrevented || event.altKey || event.metaKey || event.shiftKey || field.closest?.('dialog')) return;
    const isField = field.matches?.('input, textarea');
    const isAtEnd = isField && field.selectionStart === field.value.length;
    const isFree = !isField || (field.getAttribute('aria-expanded') !== 'true' && !field.value.includes('\n'));
    if (key === 'End' && (event.ctrlKey || !isField || isAtEnd)) this.toBottom();
    else if ((key === 'PageUp' || key === 'PageDown') && isFree && field !== this.scroller && !event.ctrlKey) this.#page(key === 'PageUp' ? -1 : 1);
    else return;
    if (isField) event.preventDefault();
  }

  #page(direction) {
    this.scroller.scrollBy({ top: direction * this.scroller.clientHeight * 0.85 });
  }

  // Scroll to the beginning of an answer taller than the window, with the question above it.
  #showBeginning(message) {
    const node = this.list.lastElementChild;
    if (!message.card || node.offsetHeight < this.scroller.clientHeight - 80) return;
    const question = node.previousElementSibling ?? node;
    this.scroller.scrollTop = (question.offsetHeight < 120 ? question : node).offsetTop - 12;
  }

  // Change the list; what the reader looks at keeps its place on the screen.
  #holdingPlace(change) {
    const top = this.scroller.getBoundingClientRect().top;
    const isBelow = (node) => node.getBoundingClientRect().bottom > top;
    const anchor = this.isStuck ? null : [...this.list.querySelectorAll('.message')].find(isBelow);
    const before = anchor?.getBoundingClientRect().top;
    change();
    const after = anchor && this.list.querySelector(`[data-id="${CSS.escape(anchor.dataset.id)}"]`)?.getBoundingClientRect().top;
    if (after !== undefined && after !== null) this.scroller.scrollTop += after - before;
  }

  toBottom() {
    this.#scroll();
    this.isStuck = true;
    this.#seen();
  }

  clear() {
    this.messages = [];
    this.known.clear();
    this.firstNew = null;
    this.unseen = 0;
    this.jump.hidden = true;
    this.isStuck = true;
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

  #isOwn({ nick }) {
    return sameName(nick, this.context.me());
  }

  // Put the line above a message that cannot be seen now, unless an unread line is above it already.
  #markNew(message) {
    if (message.isNote || this.#isOwn(message) || this.#isWatched()) return;
    if (this.firstNew && !this.isNewRead) return;
    this.#forgetNew();
    this.firstNew = message;
    this.isNewRead = false;
  }

  add(message) {
    if (!this.#learn(message)) return false;
    const isOwn = this.#isOwn(message);
    if (isOwn) this.#forgetNew();
    this.#markNew(message);
    if (this.messages.length > KEPT_MESSAGES + 50) {
      this.messages.splice(0, this.messages.length - KEPT_MESSAGES);
      this.#holdingPlace(() => this.#rebuild());
    } else {
      this.#removePending();
      this.#append(message, this.messages.at(-2));
      this.#placePending();
    }
    if (this.isStuck || isOwn) {
      this.toBottom();
      this.#showBeginning(message);
    } else if (!message.isNote) {
      this.unseen += 1;
      this.#offerJump();
    }
    return true;
  }

  // Merge older messages, sorted by time.
  merge(messages) {
    const mark = this.context.marks.get(this.context.room());
    const news = messages.filter((message) => this.#learn(message));
    const unread = mark ? news.filter((message) => message.time > mark && !this.#isOwn(message)) : [];
    if (news.length) this.messages.sort((a, b) => a.time - b.time);
    this.messages.splice(0, Math.max(0, this.messages.length - KEPT_MESSAGES));
    if (unread.length && (!this.firstNew || this.isNewRead)) {
      this.firstNew = unread.reduce((first, message) => (message.time < first.time ? message : first));
      this.isNewRead = false;
    }
    this.list.parentElement.setAttribute('aria-busy', 'true');
    this.#holdingPlace(() => this.#rebuild());
    this.list.parentElement.removeAttribute('aria-busy');
    if (this.isStuck) {
      this.#scroll();
      this.#seen();
    } else if (unread.length) {
      this.unseen += unread.length;
      this.#offerJump();
    }
  }

  // Show a note of the page itself. One that is no answer to what was just typed does not scroll.
  note(text, { isAside = false } = {}) {
    this.add({ id: `note-${this.messages.length}-${Date.now()}`, time: Date.now(), nick: '', text, isNote: true });
    if (!isAside) this.toBottom();
  }

  setPending(pending) {
    this.pending = pending.filter(({ sentId }) => !this.known.has(sentId));
    this.#removePending();
    this.#placePending();
    if (pending.length && this.isStuck) this.#scroll();
  }

  #removePending() {
    this.list.querySelectorAll('.pending, [data-pending]').forEach((node) => node.remove());
  }

  #placePending() {
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
      if (before) this.#relabelDays();
      const divider = this.#divider('day', dayLabel(message.time), message.time);
      if (state) divider.dataset.pending = '';
      this.list.append(divider);
      before = undefined;
    }
    if (message === this.firstNew) {
      this.list.append(this.#divider('fresh', 'New since you left'));
      before = undefined;
    }
    this.list.append(this.#node(message, before, state));
    this.welcome.hidden = true;
  }

  #divider(className, label, time) {
    const heading = element('h2', {}, label);
    if (time) heading.dataset.time = time;
    return element('li', { className }, element('hr'), heading);
  }

  // After midnight, "Today" is yesterday.
  #relabelDays() {
    this.list.querySelectorAll('.day h2').forEach((heading) => { heading.textContent = dayLabel(Number(heading.dataset.time)); });
  }

  #node(message, before, state) {
    if (message.isNote) return element('li', { className: 'note', dir: 'auto' }, message.text);
    const isGrouped = before && !before.isNote && sameName(before.nick, message.nick) && before.isPrivate === message.isPrivate
      && message.time - before.time < GROUP_MS;
    const node = element('li', {
      className: ['message', isGrouped ? 'grouped' : '', message.isPrivate ? 'private' : '',
        this.context.isMention?.(message) ? 'mention' : '', state].filter(Boolean).join(' '),
      dataset: { id: message.id ?? '' },
    });
    const content = element('div', { className: 'content' });
    node.append(element('div', { className: 'gutter' }, isGrouped ? this.#time(message, shortTime) : avatarNode(message.nick, message.isBot)), content);
    content.append(this.#head(message, isGrouped), ...this.#quote(message, before), this.#body(message));
    if (state) content.append(element('span', { className: 'waiting' }, 'waiting for the connection'));
    return node;
  }

  #time(message, format = (time) => clock.format(time)) {
    const time = new Date(message.time);
    return element('time', { dateTime: time.toISOString(), title: fullTime.format(time) }, format(time));
  }

  // For screen readers, a grouped message has its author too.
  #head(message, isGrouped) {
    const head = element('div', { className: isGrouped ? 'head unseen' : 'head' },
      element('bdi', { className: 'nick', dataset: { hue: message.isBot ? 'bot' : hueOf(message.nick) } }, message.nick));
    if (message.isBot) head.append(' ', element('span', { className: 'badge' }, 'bot'));
    if (message.isPrivate) head.append(' ', element('span', { className: 'badge quiet' }, this.#privacy(message)));
    if (!isGrouped) head.append(' ', this.#time(message));
    return head;
  }

  #privacy(message) {
    return message.isBot || sameName(message.target, this.context.me()) ? 'only you see this' : `only to ${message.target}`;
  }

  // Quote the question, unless it is directly above.
  #quote(message, before) {
    const asked = message.replyTo && this.messages.find(({ id }) => id === message.replyTo);
    if (!asked || asked === before) return [];
    return [element('p', { className: 'quote', dir: 'auto' }, element('bdi', {}, asked.nick), `: ${asked.text}`)];
  }

  #body(message) {
    if (message.card && typeof message.card === 'object') return cardNode(message, this.context);
    const text = message.isAction ? [element('bdi', {}, message.nick), ' ', ...textNodes(message.text)] : textNodes(message.text);
    return element('p', { className: message.isAction ? 'text action' : 'text', dir: 'auto' }, ...text);
  }
}
