// The page: connects link, log and composer.

import { Composer } from './composer.js';
import { Link } from './link.js';
import { Log, avatarNode } from './log.js';
import { element } from './card.js';
import { sameName, splitText } from './irc.js';

const TEXT_MAX_BYTES = 380; // of one message: leaves bytes for what the server adds to the line
const CHANNEL_MAX_BYTES = 50; // the lobby's
const TYPING_SHOWN_MS = 6000;
const NICK_KEY = 'episoded.nick';

const $ = (id) => document.getElementById(id);
const remember = {
  get: () => { try { return localStorage.getItem(NICK_KEY); } catch { return null; } },
  set: (nick) => { try { localStorage.setItem(NICK_KEY, nick); } catch { /* not stored */ } },
};

const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';

// A channel name that the lobby accepts.
const isChannel = (name) => /^#[^\0-\x20,\x7f]+$/.test(name) && new TextEncoder().encode(name).length <= CHANNEL_MAX_BYTES;

// The address may come from any link: if it cannot be decoded, it names no channel.
function channelInUrl() {
  try {
    const name = decodeURIComponent(location.hash);
    return isChannel(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

const guest = `guest-${String(crypto.getRandomValues(new Uint16Array(1))[0] % 9000 + 1000)}`;

const link = new Link({
  url: `${scheme}//${location.host}/`,
  nick: remember.get()?.trim() || guest,
  channel: channelInUrl(),
  storage: () => sessionStorage, // throws if the browser forbids it
});

const context = {
  prefix: '!',
  me: () => link.nick,
  onChoose: (text) => { say(text); $('input').focus(); },
  onPick: (text) => composer.fill(text),
};
const log = new Log({ list: $('log'), scroller: $('scroller'), jump: $('jump'), jumpText: $('jump-text'), welcome: $('welcome') }, context);
const composer = new Composer(
  { form: $('composer'), input: $('input'), list: $('options'), hint: $('hint') },
  { onLine, onTyping: (state) => link.typing(state) },
);

// ---- input

function say(text, target) {
  for (const part of splitText(text, TEXT_MAX_BYTES)) link.say(part, target);
  log.toBottom();
}

const slashCommands = {
  nick: (rest) => (rest ? rename(rest.split(' ')[0]) : openNameDialog()),
  me: (rest) => rest && link.say(`\x01ACTION ${rest}\x01`),
  msg: (rest) => {
    const [, target, text] = /^(\S+)\s+(.+)$/s.exec(rest) ?? [];
    if (target) say(text, target);
    else log.note('Usage: /msg NAME TEXT');
  },
  join: (rest) => { location.hash = rest.startsWith('#') ? rest : `#${rest}`; },
  clear: () => log.clear(),
};

function onLine(text) {
  const [, name, rest] = /^\/(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (!name || text.startsWith('//')) say(text.replace(/^\/\//, '/'));
  else if (composer.isCommand(name.toLowerCase())) say(`${context.prefix}${name} ${rest}`.trim());
  else if (Object.hasOwn(slashCommands, name)) slashCommands[name](rest);
  else log.note(`Unknown command /${name}. Try ${context.prefix}help for the bot's commands, or /nick, /me, /msg, /join and /clear.`);
}

document.querySelectorAll('[data-say]').forEach((chip) => {
  chip.addEventListener('click', () => context.onChoose(context.prefix + chip.dataset.say));
});

// Typing anywhere goes to the composer.
document.addEventListener('keydown', (event) => {
  const isTyping = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== ' ';
  if (isTyping && document.activeElement === document.body && !$('name-dialog').open) $('input').focus();
});

// ---- our name

function rename(nick) {
  remember.set(nick);
  link.rename(nick);
}

function openNameDialog() {
  $('name-input').value = link.nick;
  $('name-problem').textContent = '';
  $('name-dialog').showModal();
  $('name-input').select();
}

$('me').addEventListener('click', openNameDialog);
$('name-cancel').addEventListener('click', () => $('name-dialog').close());
$('name-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const nick = $('name-input').value.trim();
  if (!nick || nick === link.nick) $('name-dialog').close();
  else rename(nick);
});

link.addEventListener('nick', ({ detail: { nick, old } }) => {
  $('me-name').textContent = nick;
  $('me-avatar').replaceChildren(avatarNode(nick, false));
  if (old && $('name-dialog').open) $('name-dialog').close();
  if (old) log.note(`You are ${nick} now.`);
});
link.addEventListener('renamed', ({ detail: { old, nick } }) => log.note(`${old} is ${nick} now.`));
link.addEventListener('problem', ({ detail: { text, isName } }) => {
  if (isName) remember.set(link.nick);
  if (isName && $('name-dialog').open) $('name-problem').textContent = text;
  else log.note(text);
});

// ---- messages

let unread = 0;

function showTitle() {
  const place = `${link.channel ?? '#lobby'} · episoded`;
  document.title = unread ? `(${unread}) ${place}` : place;
}

link.addEventListener('message', ({ detail }) => {
  if (log.add(detail) && document.hidden) {
    unread += 1;
    showTitle();
  }
});
link.addEventListener('history', ({ detail }) => {
  showChannel();
  log.merge(detail);
});
link.addEventListener('pending', ({ detail }) => log.setPending(detail));
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  unread = 0;
  showTitle();
});

// ---- members, and who is typing

const typing = new Map();

function showTyping() {
  const names = [...typing.keys()];
  const verb = names.length === 1 ? 'is' : 'are';
  $('typing').textContent = !names.length ? '' : names.length > 3 ? 'several people are typing…' : `${names.join(', ').replace(/, ([^,]*)$/, ' and $1')} ${verb} typing…`;
}

link.addEventListener('typing', ({ detail: { nick, isTyping } }) => {
  clearTimeout(typing.get(nick));
  typing.delete(nick);
  if (isTyping) {
    typing.set(nick, setTimeout(() => {
      typing.delete(nick);
      showTyping();
    }, TYPING_SHOWN_MS));
  }
  showTyping();
});

link.addEventListener('members', ({ detail }) => {
  const members = [...detail.values()].sort((a, b) => b.isBot - a.isBot || a.nick.localeCompare(b.nick));
  $('members').replaceChildren(...members.map(({ nick, isBot }) => element('li', {},
    avatarNode(nick, isBot), element('span', { className: 'nick' }, nick),
    isBot ? element('span', { className: 'badge' }, 'bot') : null,
    sameName(nick, link.nick) ? element('span', { className: 'badge quiet' }, 'you') : null)));
  $('count').textContent = members.length ? `${members.length} here` : '';
});

// ---- channels

function showChannel() {
  $('channel').textContent = link.channel ?? '#lobby';
  document.querySelectorAll('#channels a').forEach((anchor) => {
    if (sameName(anchor.textContent, link.channel)) anchor.setAttribute('aria-current', 'page');
    else anchor.removeAttribute('aria-current');
  });
  showTitle();
}

link.addEventListener('channels', ({ detail }) => {
  $('channels-part').hidden = detail.length < 2;
  $('channels').replaceChildren(...detail.map((name) => element('li', {}, element('a', { href: name }, name))));
  showChannel();
});

window.addEventListener('hashchange', () => {
  const channel = channelInUrl();
  if (!channel && location.hash.length > 1) log.note('The address of this page is not a valid channel.');
  if (!channel || sameName(channel, link.channel)) return;
  log.clear();
  link.visit(channel);
  showChannel();
});

// ---- the connection

let countdown;

function showState({ state, retryAt, reason }) {
  clearInterval(countdown);
  document.body.dataset.state = state;
  $('banner').hidden = state !== 'waiting';
  if (state !== 'waiting') return;
  $('banner-text').textContent = reason ? `${reason} ` : 'Connection lost. Your messages will be sent when it is back.';
  const show = () => {
    const seconds = Math.ceil((retryAt - Date.now()) / 1000);
    $('banner-when').textContent = seconds > 1 ? `Trying again in ${seconds} s.` : 'Trying again…';
  };
  show();
  countdown = setInterval(show, 1000);
}

link.addEventListener('state', ({ detail }) => {
  showState(detail);
  if (detail.state === 'ready') describe();
});
$('retry').addEventListener('click', () => {
  link.wake();
  $('input').focus();
});

async function describe() {
  try {
    const description = await (await fetch('/commands.json')).json();
    context.prefix = description.prefix;
    composer.describe(description);
    document.querySelectorAll('[data-say]').forEach((chip) => { chip.textContent = description.prefix + chip.dataset.say; });
  } catch { /* no completion until the next connection */ }
}

log.setPending(link.pending);
link.connect();
if (matchMedia('(pointer: fine)').matches) $('input').focus();
