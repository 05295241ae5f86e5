// The scripted IRC server with history: it keeps messages, returns them on CHATHISTORY, and decides the fate of each line
// from the bot.
//
//   const history = keepHistory();
//   const server = await history.start({ caps: {...} });
//   const id = history.ask('anna', '#tv', '!ping');    // sent to present clients, and kept
//   history.fate = (line) => 'silent';                 // of the bot's lines; see FATES
//   history.answers(id)                                // the visible lines that answer it
//   history.hasExtraCr = true                          // UnrealIRCd 6.1.8: CR CR LF after the first line of a labelled reply
//
// habits, of a server that also keeps private messages: ERGO, SOJU_DB, SOJU_FILES, or
//   targets: (history, peer, line) => ...               // its reply to CHATHISTORY TARGETS; null: it has no TARGETS
//   ids: false                                          // kept without ids and client tags, and to the second

import { startIrcServer, tagged } from './irc-server.mjs';

// The fates of a line: delivered or not, and the server's reply to the bot.
const FATES = {
  echo: { isDelivered: true, isEchoed: true, isLabelled: true },
  unlabelled: { isDelivered: true, isEchoed: true },
  ack: { isDelivered: true, isAcknowledged: true },
  batch: { isDelivered: true, isEchoed: true, isBatched: true },
  twice: { isDelivered: true, isEchoed: true, isLabelled: true, isDoubled: true },
  silent: { isDelivered: true },
  lost: {},
  refused: { refusal: (peer, target) => `404 ${peer.nick} ${target} :Cannot send to channel (+m)` },
  failed: { refusal: (peer, target) => `FAIL PRIVMSG NOT_NOW ${target} :Not now` },
  cutBefore: { isCut: true },
  cutAfter: { isDelivered: true, isCut: true },
};

const ISUPPORT = ['CASEMAPPING=ascii', 'CHANTYPES=#', 'NICKLEN=30', 'NETWORK=Test', 'CHATHISTORY=100',
  'MSGREFTYPES=timestamp,msgid', 'STATUSMSG=@+'];

// CHATHISTORY TARGETS timestamp=from timestamp=to limit: a batch with the names, the oldest first.
function giveTargets(history, peer, line) {
  const [from, to] = line.params.slice(1, 3).map((reference) => Date.parse(reference.replace('timestamp=', '')));
  const latest = new Map();
  for (const each of history.lines) latest.set(history.placeOf(each), each.time);
  const names = [...latest].filter(([, time]) => time > from && time < to).sort((a, b) => a[1] - b[1]);
  history.ids += 1;
  const ref = `t${history.ids}`;
  const label = peer.caps.has('labeled-response') ? line.tags.label : undefined;
  peer.send(tagged({ label }, `:irc.test BATCH +${ref} draft/chathistory-targets`));
  for (const [name, time] of names.slice(0, Number(line.params[3])))
    peer.send(`@batch=${ref} :irc.test CHATHISTORY TARGETS ${name} ${history.timeOf({ time })}`);
  peer.send(`:irc.test BATCH -${ref}`);
}

// Ergo 2.15, with an always-on client: messages with ids and client tags. Names are sent in lower case.
export const ERGO = { name: 'Ergo 2.15, always-on', targets: giveTargets };
// soju 0.7: its file store keeps the text of a message to the second; msgid references are refused.
export const SOJU_FILES = { name: 'soju 0.7, message store in files', targets: giveTargets, ids: false, msgids: false, version: 'soju' };
export const SOJU_DB = { name: 'soju 0.7, message store in the database', targets: giveTargets, msgids: false, version: 'soju' };

class History {
  constructor({ limit = 100, isupport = ISUPPORT, habits = { targets: null } } = {}) {
    Object.assign(this, {
      limit, isupport, habits, lines: [], requests: [], targetRequests: [], offsetMs: 0, ids: 0, hasExtraCr: false, fate: () => 'echo',
      onSaid: () => {}, refusal: () => null,
    });
  }

  // The channel or person whose history a line is in.
  placeOf(line) {
    const channel = line.target.replace(/^[@+]+(?=#)/, '');
    return (channel.startsWith('#') || line.isBots ? channel : line.mask.split('!')[0]).toLowerCase();
  }

  timeOf({ time }) {
    return new Date(this.habits.ids === false ? time - (time % 1000) : time).toISOString();
  }

  get now() {
    return Date.now() + this.offsetMs;
  }

  async start({ caps = {}, isupport = this.isupport, on = {}, ...rest } = {}) {
    this.server = await startIrcServer({
      isupport,
      caps: { 'draft/chathistory': '', ...caps },
      on: {
        welcome: (peer) => this.welcome(peer),
        PRIVMSG: (peer, line) => this.hear(peer, line),
        NOTICE: (peer, line) => this.hear(peer, line),
        CHATHISTORY: (peer, line) => this.give(peer, line),
        ...on,
      },
      ...rest,
    });
    return this.server;
  }

  // With the server's clock, which a test may move.
  welcome(peer) {
    peer.isReady = true;
    const time = new Date(this.now).toISOString();
    peer.raw(this.server.dressed(peer, { time }, `:irc.test 001 ${peer.nick} :Welcome`));
    peer.numeric('004', `irc.test ${this.habits.version ?? 'scripted-1'} abc def`);
    peer.numeric('005', `${this.server.isupport.join(' ')} :are supported by this server`);
    peer.numeric('422', ':There is no MOTD');
  }

  keep(line) {
    this.ids += 1;
    const kept = { time: this.now, id: `m${this.ids}`, verb: 'PRIVMSG', tags: {}, ...line };
    this.lines.push(kept);
    return kept;
  }

  // A person asks: sent to present clients, and kept in the history.
  ask(nick, target, text, { time = this.now, tags = {} } = {}) {
    const kept = this.keep({ mask: `${nick}!u@host.test`, target, text, time, tags });
    this.server.say(kept.mask, target, text, { time: new Date(time).toISOString(), msgid: kept.id, ...tags });
    return kept.id;
  }

  // A person asks in a message of several lines (draft/multiline): texts, of which a "+" at the start continues the one before.
  askLines(nick, target, texts, { tags = {} } = {}) {
    const kept = this.keep({ mask: `${nick}!u@host.test`, target, text: texts[0], texts, time: this.now, tags });
    for (const peer of this.server.peers) {
      const isMeant = target.startsWith('#') ? peer.channels.has(target.toLowerCase()) : peer.nick === target;
      if (isMeant) this.giveLines(peer, kept, {});
    }
    return kept.id;
  }

  giveLines(peer, kept, outer) {
    this.ids += 1;
    const ref = `l${this.ids}`;
    const tags = { ...outer, time: this.timeOf(kept), msgid: kept.id, ...kept.tags };
    peer.send(tagged(tags, `:${kept.mask} BATCH +${ref} draft/multiline ${kept.target}`));
    for (const text of kept.texts) {
      const concat = text.startsWith('+') ? { 'draft/multiline-concat': '' } : {};
      peer.send(tagged({ batch: ref, ...concat }, `:${kept.mask} PRIVMSG ${kept.target} :${text.replace(/^\+/, '')}`));
    }
    peer.send(`:irc.test BATCH -${ref}`);
  }

  // The visible lines of the bot that answer a message.
  answers(id) {
    return this.lines.filter((line) => line.isBots && line.tags['+reply'] === id);
  }

  hear(peer, line) {
    const [target, text] = line.params;
    const name = this.fate(line, this);
    const fate = FATES[name];
    const label = peer.caps.has('labeled-response') ? line.tags.label : undefined;
    if (fate.refusal) {
      peer.send(tagged({ label }, fate.refusal(peer, target).replace(/^(?=\d)/, ':irc.test ')));
      return;
    }
    const clientTags = Object.fromEntries(Object.entries(line.tags).filter(([key]) => key.startsWith('+')));
    if (fate.isDelivered) {
      const kept = this.keep({ mask: peer.mask, target, text, verb: line.verb, tags: clientTags, isBots: true });
      this.echo(peer, kept, fate, label);
    }
    this.onSaid(line, name);
    if (fate.isCut) peer.end();
  }

  echo(peer, kept, fate, label) {
    const tags = { time: new Date(kept.time).toISOString(), msgid: kept.id, ...kept.tags };
    const said = `:${kept.mask} ${kept.verb} ${kept.target} :${kept.text}`;
    if (fate.isAcknowledged && label) peer.send(`@label=${label} :irc.test ACK`);
    if (fate.isEchoed && !peer.caps.has('echo-message')) return;
    if (fate.isBatched) {
      peer.send(`@label=${label} :irc.test BATCH +l${kept.id} labeled-response`);
      peer.send(this.server.dressed(peer, { ...tags, batch: `l${kept.id}` }, said));
      peer.send(`:irc.test BATCH -l${kept.id}`);
    } else if (fate.isEchoed) {
      const whole = fate.isLabelled ? { ...tags, label } : tags;
      for (let i = fate.isDoubled ? 2 : 1; i > 0; i--) peer.send(this.server.dressed(peer, whole, said));
    }
  }

  // CHATHISTORY AFTER target timestamp=|msgid= limit; LATEST target * limit
  give(peer, line) {
    const [verb, target, reference, limit] = line.params;
    const isTargets = verb === 'TARGETS';
    (isTargets ? this.targetRequests : this.requests).push(line.raw);
    const refusal = isTargets && !this.habits.targets
      ? 'FAIL CHATHISTORY UNKNOWN_COMMAND TARGETS :Unknown command' : this.refusal(line);
    if (refusal) {
      peer.send(tagged({ label: line.tags.label }, refusal));
      return;
    }
    if (isTargets) {
      this.habits.targets(this, peer, line);
      return;
    }
    const [kind, value] = reference.split('=');
    if (kind === 'msgid' && this.habits.msgids === false) {
      peer.send(tagged({ label: line.tags.label }, `FAIL CHATHISTORY INVALID_PARAMS ${verb} ${reference} :Invalid first bound`));
      return;
    }
    const all = this.lines.filter((each) => this.placeOf(each) === target.toLowerCase());
    const from = kind === 'msgid' ? all.findIndex((each) => each.id === value) + 1
      : verb === 'AFTER' ? all.findIndex((each) => each.time > Date.parse(value)) : 0;
    const page = from < 0 ? [] : all.slice(from, from + Math.min(Number(limit), this.limit));
    this.giveBatch(peer, line.tags.label, target, page);
  }

  giveBatch(peer, label, target, lines) {
    this.ids += 1;
    const ref = `h${this.ids}`;
    peer.send(tagged({ label }, `:irc.test BATCH +${ref} chathistory ${target}${this.hasExtraCr ? '\r'.repeat(peer.transport.kind === 'websocket' ? 2 : 1) : ''}`));
    for (const each of lines) {
      if (each.texts) {
        this.giveLines(peer, each, { batch: ref });
        continue;
      }
      const kept = this.habits.ids === false ? {} : { msgid: each.id, ...each.tags };
      const tags = { batch: ref, time: this.timeOf(each), ...kept };
      peer.send(tagged(tags, `:${each.mask} ${each.verb} ${each.target} :${each.text}`));
    }
    peer.send(`:irc.test BATCH -${ref}`);
  }
}

export function keepHistory(options) {
  return new History(options);
}
