// The page: connects link, log and composer.

import { Composer } from './composer.js';
import { Link } from './link.js';
import { Log, avatarNode } from './log.js';
import { Memory } from './memory.js';
import { ReadMarks } from './read.js';
import { Notices } from './notices.js';
import { Rooms, addressOf } from './rooms.js';
import { Season } from './season.js';
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

// A guest keeps the name over a reload.
function ourName() {
  const known = remember.get()?.trim();
  if (known) return known;
  const guest = `guest-${String(crypto.getRandomValues(new Uint16Array(1))[0] % 9000 + 1000)}`;
  remember.set(guest);
  return guest;
}

const link = new Link({
  url: `${scheme}//${location.host}/`,
  nick: ourName(),
  channel: channelInUrl(),
  storage: () => sessionStorage, // throws if the browser forbids it
  lasting: () => localStorage,
});

const context = {
  prefix: '!',
  me: () => link.nick,
  room: () => link.channel ?? '#lobby',
  marks: new ReadMarks(() => localStorage),
  // On a touch screen, the focus in the field would open the keyboard over the answer.
  onChoose: (text) => { say(text); if (matchMedia('(pointer: fine)').matches) $('input').focus(); },
  onPick: (text) => composer.fill(text),
  isMention: (message) => notices.isMention(message),
};
const notices = new Notices({ button: $('mentions'), status: $('mentions-status') }, { me: () => link.nick, onChange: () => log.merge([]) });
const rooms = new Rooms({ list: $('channels'), bar: $('outside'), barText: $('outside-text'), back: $('outside-back') });
const season = new Season({ strip: $('season'), only: $('only-season'), seasons: $('seasons'), list: $('numbers'), calendar: $('calendar') }, (command) => context.onChoose(context.prefix + command));
const log = new Log({ list: $('log'), scroller: $('scroller'), jump: $('jump'), jumpText: $('jump-text'), welcome: $('welcome') }, context);
const composer = new Composer(
  { form: $('composer'), input: $('input'), list: $('options'), hint: $('hint'), counter: $('counter') },
  {
    onLine,
    onTyping: (state) => link.typing(state),
    split: (text) => messagesOf(text),
    limit: TEXT_MAX_BYTES,
    complete: (command, option, partial) => link.complete(command, option, partial),
    lookUp: (word) => link.lookUp(word),
    nicks: () => [...link.members.values()].map(({ nick }) => nick).filter((nick) => !sameName(nick, link.nick)),
  },
  new Memory({ session: () => sessionStorage, local: () => localStorage }),
);

// ---- input

function say(text, target) {
  for (const part of splitText(text, TEXT_MAX_BYTES)) link.say(part, target);
  log.toBottom();
}

const ACTION_BYTES = '\x01ACTION \x01'.length;

// The commands of the page itself, as the composer completes them.
const slashCommands = [
  { name: 'me', usage: 'me <what you do>', summary: 'Say what you do', run: (rest) => rest && actionsOf(rest).forEach((action) => link.say(action)) },
  { name: 'msg', usage: 'msg <name> <text>', summary: 'Write to one person, or to episoded', run: message },
  { name: 'nick', usage: 'nick [name]', summary: 'Change your name', run: (rest) => (rest ? rename(rest.split(' ')[0]) : openNameDialog()) },
  { name: 'join', usage: 'join <channel>', summary: 'Go to another channel', run: join },
  { name: 'part', usage: 'part', summary: 'Go back to the first channel', run: () => { location.hash = addressOf(link.home ?? '#lobby'); } },
  { name: 'list', usage: 'list', summary: 'List the channels', run: () => log.note(rooms.rooms.map(({ name, people, hasBot }) => `${name}, ${people} here${hasBot ? '' : `, without ${link.bot}`}`).join('; ')) },
  { name: 'clear', usage: 'clear', summary: 'Clear the conversation on this page', run: () => log.clear() },
].map((command) => ({ aliases: [], options: [], ...command }));
composer.slashCommands = slashCommands;

const actionsOf = (text) => splitText(text, TEXT_MAX_BYTES - ACTION_BYTES).map((part) => `\x01ACTION ${part}\x01`);

function message(rest) {
  const [, target, text] = /^(\S+)\s+(.+)$/s.exec(rest) ?? [];
  if (target) say(text, target);
  else log.note('Usage: /msg NAME TEXT');
  return Boolean(target);
}

function join(rest) {
  const name = rest.split(/[\s,]/)[0];
  if (name) location.hash = addressOf(name.startsWith('#') ? name : `#${name}`);
  else log.note('Usage: /join #CHANNEL');
  return Boolean(name);
}

// The page's command that a text begins with, and its words. "//" is a "/" to be sent.
function readSlash(text) {
  const [, name, rest] = /^\/([^\s/]\S*)[^\S\n]*(.*)$/s.exec(text) ?? [];
  return { name: name?.toLowerCase(), rest, command: slashCommands.find((command) => command.name === name?.toLowerCase()) };
}

// The messages that a text becomes.
function messagesOf(text) {
  const { name, rest } = readSlash(text);
  if (name === 'me') return actionsOf(rest);
  if (name === 'msg') return splitText(rest.replace(/^\S+\s*/, ''), TEXT_MAX_BYTES);
  return splitText(text, TEXT_MAX_BYTES);
}

// False: nothing came of it, and the text stays in the field.
function onLine(text) {
  const { name, rest, command } = readSlash(text);
  if (!name) {
    say(text.replace(/^\/\//, '/'));
  } else if (command) {
    return command.run(rest) !== false;
  } else if (composer.isCommand(name)) {
    say(`${context.prefix}${name} ${rest}`.trim());
  } else {
    log.note(`Unknown command /${name}. Try ${context.prefix}help for the bot's commands, or ${slashCommands.map((one) => `/${one.name}`).join(', ')}. To send a text that begins with /, type //.`);
    return false;
  }
  return true;
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
  composer.enter(nick, link.channel);
});
link.addEventListener('renamed', ({ detail: { old, nick } }) => log.note(`${old} is ${nick} now.`, { isAside: true }));
link.addEventListener('problem', ({ detail: { text, isName } }) => {
  if (isName) remember.set(link.nick);
  if (isName && $('name-dialog').open) $('name-problem').textContent = text;
  else log.note(text);
});

// ---- messages

let unread = 0;

function showTitle() {
  const place = [link.channel ?? '#lobby', topic?.name, 'episoded'].filter(Boolean).join(' · ');
  document.title = unread ? `(${unread}) ${place}` : place;
}

link.addEventListener('message', ({ detail }) => {
  if (!log.add(detail)) return;
  if (detail.card?.order) season.tell(detail.card.order);
  notices.hear(detail);
  if (document.hidden) {
    unread += 1;
    showTitle();
  }
});
link.addEventListener('history', ({ detail }) => {
  showChannel();
  log.merge(detail);
  season.tell(detail.findLast(({ card }) => card?.order)?.card.order);
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
  if (members.length) rooms.count(link.channel, members.length);
  if (link.state === 'ready' && members.length) {
    hasBot = members.some(({ isBot }) => isBot);
    showPlace();
  }
});

// ---- channels

let topic; // of the channel: {channel, name, data}
let hasBot; // undefined: not known yet
let isNew = false; // the channel did not exist before we joined it
let description; // of the commands

function showChannel() {
  $('channel').textContent = link.channel ?? '#lobby';
  composer.enter(link.nick, link.channel);
  rooms.describe(rooms.rooms, link.channel);
  showTitle();
}

// What depends on the show, and on whether the bot is here.
function showPlace() {
  const isHere = hasBot !== false;
  const name = isHere ? topic?.name ?? '' : '';
  $('show').textContent = name;
  $('welcome-show').textContent = name;
  $('welcome-title').textContent = isHere ? 'Ask about an episode.' : `Nothing here yet.`;
  $('welcome-text').hidden = !isHere;
  document.body.dataset.bot = isHere ? 'here' : 'away';
  $('input').placeholder = isHere ? `Try ${context.prefix}episode latest, or say hello` : `Message ${link.channel}`;
  season.describe(isHere ? topic?.data ?? null : null);
  rooms.tell({ channel: link.channel, hasBot, bot: link.bot, home: link.home ?? link.channel, isNew });
  showTitle();
}

// The prefix in use here: in the placeholder, the hints, the buttons and the completion.
function usePrefix(prefix) {
  context.prefix = prefix;
  document.querySelectorAll('[data-prefix]').forEach((node) => { node.textContent = prefix; });
  document.querySelectorAll('[data-say]').forEach((chip) => { chip.textContent = prefix + chip.dataset.say; });
  if (!description) return;
  const bare = (usage) => (usage.startsWith(description.prefix) ? usage.slice(description.prefix.length) : usage);
  composer.describe({ prefix, defaultPrefix: description.prefix, commands: description.commands.map((command) => ({ ...command, usage: prefix + bare(command.usage) })) });
}

link.addEventListener('topic', ({ detail }) => {
  topic = detail;
  usePrefix(detail.data?.prefix ?? description?.prefix ?? context.prefix);
  showPlace();
});

link.addEventListener('channels', showChannel);

link.addEventListener('rooms', ({ detail }) => {
  if (hasBot === undefined) isNew = !detail.some(({ name }) => sameName(name, link.channel));
  rooms.describe(detail, link.channel);
});
$('side').addEventListener('toggle', ({ newState }) => newState === 'open' && link.listRooms());

function visit(channel) {
  hasBot = undefined;
  topic = undefined;
  usePrefix(description?.prefix ?? context.prefix);
  log.clear();
  link.visit(channel);
  showChannel();
  showPlace();
  if ($('side').matches(':popover-open')) $('side').hidePopover();
}

link.addEventListener('elsewhere', ({ detail: { back } }) => {
  history.replaceState(null, '', addressOf(back));
  isNew = false;
  showChannel();
  showPlace();
});

window.addEventListener('hashchange', () => {
  const channel = location.hash.length > 1 ? channelInUrl() : link.home;
  if (!channel && location.hash.length > 1) log.note('The address of this page is not a valid channel.');
  if (channel && !sameName(channel, link.channel)) visit(channel);
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
    description = await (await fetch('/commands.json')).json();
    usePrefix(topic?.data?.prefix ?? description.prefix);
    showPlace();
  } catch { /* no completion until the next connection */ }
}

log.setPending(link.pending);
link.connect();
if (matchMedia('(pointer: fine)').matches) $('input').focus();
