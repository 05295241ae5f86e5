// The scripted IRC server with history: it keeps messages, returns them on CHATHISTORY, and decides the fate of each line
// from the bot.
//
//   const history = keepHistory();
//   const server = await history.start({ caps: {...} });
//   const id = history.ask('anna', '#tv', '!ping');    // sent to present clients, and kept
//   history.fate = (line) => 'silent';                 // of the bot's lines; see FATES
//   history.answers(id)                                // the visible lines that answer it
//   history.hasExtraCr = true                          // UnrealIRCd 6.1.8: CR CR LF after the first line of a labelled reply

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

class History {
  constructor({ limit = 100, isupport = ISUPPORT } = {}) {
    Object.assign(this, {
      limit, isupport, lines: [], requests: [], offsetMs: 0, ids: 0, hasExtraCr: false, fate: () => 'echo', onSaid: () => {},
      refusal: () => null,
    });
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
    peer.numeric('004', 'irc.test scripted-1 abc def');
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
    this.requests.push(line.raw);
    const refusal = this.refusal(line);
    if (refusal) {
      peer.send(tagged({ label: line.tags.label }, refusal));
      return;
    }
    const all = this.lines.filter((each) => each.target.replace(/^[@+]+(?=#)/, '') === target);
    const [kind, value] = reference.split('=');
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
      const tags = { batch: ref, time: new Date(each.time).toISOString(), msgid: each.id, ...each.tags };
      peer.send(tagged(tags, `:${each.mask} ${each.verb} ${each.target} :${each.text}`));
    }
    peer.send(`:irc.test BATCH -${ref}`);
  }
}

export function keepHistory(options) {
  return new History(options);
}
