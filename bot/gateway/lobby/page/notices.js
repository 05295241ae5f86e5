// Mentions of our name: highlighted, and shown by the system while the page is in the background. Off until the switch is
// pressed, and only then is the browser asked for permission.

const KEY = 'episoded.mentions';

const letters = /[\p{L}\p{N}_]/u;

// Does the text contain the name as a word?
export function mentions(text, name) {
  if (!name) return false;
  const [low, word] = [text.toLowerCase(), name.toLowerCase()];
  for (let at = low.indexOf(word); at >= 0; at = low.indexOf(word, at + 1)) {
    const before = [...low.slice(0, at)].at(-1) ?? '';
    const after = [...low.slice(at + word.length)][0] ?? '';
    if (!letters.test(before) && !letters.test(after) && after !== '-' && before !== '-') return true;
  }
  return false;
}

export class Notices {
  // elements: {button, status}; hooks: {me(), onChange()}
  constructor(elements, hooks) {
    Object.assign(this, elements, hooks);
    try {
      this.isOn = localStorage.getItem(KEY) === 'on';
    } catch {
      this.isOn = false;
    }
    this.button.addEventListener('click', () => this.#toggle());
    this.#show();
  }

  isMention(message) {
    return this.isOn && !message.isBot && !message.isNote && message.nick.toLowerCase() !== this.me().toLowerCase() && mentions(message.text, this.me());
  }

  async #toggle() {
    this.isOn = !this.isOn;
    try {
      if (this.isOn) localStorage.setItem(KEY, 'on');
      else localStorage.removeItem(KEY);
    } catch { /* not kept over a reload */ }
    this.#show();
    this.onChange();
    if (this.isOn && globalThis.Notification?.permission === 'default') {
      await Notification.requestPermission();
      this.#show();
    }
  }

  #show() {
    this.button.setAttribute('aria-checked', String(this.isOn));
    const can = globalThis.isSecureContext && globalThis.Notification?.permission;
    const limits = !can ? 'Mentions are highlighted. This browser shows no notifications for this address.'
      : can === 'denied' ? 'Mentions are highlighted. The browser blocks notifications for this address; allow them in its settings.' : '';
    this.status.textContent = this.isOn ? limits : '';
  }

  // A new message: show it if it is for us and the page is in the background.
  hear(message) {
    const isForUs = this.isMention(message) || (this.isOn && message.isPrivate && !message.isBot && message.nick.toLowerCase() !== this.me().toLowerCase());
    if (!isForUs || !document.hidden || globalThis.Notification?.permission !== 'granted') return;
    try {
      const notice = new Notification(message.nick, { body: message.text.slice(0, 200), icon: '/icon-192.png', tag: message.id ?? undefined });
      notice.onclick = () => {
        window.focus();
        notice.close();
      };
    } catch { /* a browser that shows notifications of service workers only */ }
  }
}
