// Questions to a cluster, on Discord and on IRC, and how often each was answered.
//
// On Discord an answer names its question. On IRC it has the tag +draft/reply with the question's msgid, which the asker learns
// from the echo of what was said.

const PEOPLE = 4; // in an IRC channel
const SHOWN = 30; // questions in the text of a failure
const TAG = (name) => new RegExp(`(?:^|;)${name.replace('+', '\\+')}=([^;]*)`);

// An IRC channel with the people who ask in it.
class Channel {
  answers = new Map(); // msgid -> [{nick, text, time_ms}]
  present = new Set(); // nicks of the bot in the channel
  #people = [];
  #said = new Map(); // nick -> questions whose echo is to come, in order

  constructor(cluster, gateway) {
    Object.assign(this, { cluster, gateway, name: `#${gateway}`, bot: `bot-${gateway}` });
  }

  async open() {
    for (let i = 0; i < PEOPLE; i++) {
      const nick = `${this.gateway}-person${i}`;
      const person = await this.cluster.ircd.connectStream(nick, { caps: ['message-tags', 'echo-message', 'batch', 'labeled-response'] });
      this.#said.set(nick, []);
      person.socket.on('message', (data) => {
        for (const line of data.toString().split('\n')) this.#read(line.trimEnd(), nick, i === 0);
      });
      await person.join(this.name);
      this.#people.push(person);
    }
    // Whoever of the bot is there already.
    const [first] = this.#people;
    first.send(`NAMES ${this.name}`);
    const { params } = await first.expect((line) => line.verb === '353');
    for (const nick of params.at(-1).split(' ').map((each) => each.replace(/^[@+]+/, ''))) if (nick.startsWith(this.bot)) this.present.add(nick);
  }

  #read(line, self, isFirst) {
    const match = /^(?:@(\S+) )?:([^!\s]+)\S* (\S+) :?(\S+)(?: :?(.*))?$/.exec(line);
    if (!match) return;
    const [, tags = '', nick, verb, target, text = ''] = match;
    const tag = (name) => TAG(name).exec(tags)?.[1];
    if (nick === self && verb === 'PRIVMSG') {
      const question = this.#said.get(self).shift();
      if (question) question.id = tag('msgid');
    }
    if (!isFirst || !nick.startsWith(this.bot)) return;
    if (verb === 'JOIN') this.present.add(nick);
    else if (['QUIT', 'PART'].includes(verb)) this.present.delete(nick);
    else if (verb === 'NICK') {
      this.present.delete(nick);
      this.present.add(target);
    } else if (['PRIVMSG', 'NOTICE'].includes(verb)) this.#keep(tag('+draft/reply'), { nick, text, time_ms: Date.now() });
  }

  #keep(id, answer) {
    if (!this.answers.has(id)) this.answers.set(id, []);
    this.answers.get(id).push(answer);
  }

  ask(text, number) {
    const person = this.#people[number % PEOPLE];
    const question = { via: 'irc', gateway: this.gateway, channel: this, number, time_ms: Date.now(), id: undefined };
    this.#said.get(person.nick).push(question);
    person.say(this.name, text);
    return question;
  }

  async close() {
    await Promise.all(this.#people.map((person) => person.close()));
  }
}

export class Questions {
  all = [];
  #channels = [];
  rooms; // of Discord

  constructor(cluster) {
    this.cluster = cluster;
  }

  async open() {
    this.#channels = this.cluster.options.irc.map((gateway) => new Channel(this.cluster, gateway));
    await Promise.all(this.#channels.map((channel) => channel.open()));
    this.rooms = this.cluster.fake ? [...this.cluster.fake.world.guilds.values()].flatMap(({ channels }) => channels) : [];
    return this;
  }

  // By another person each time, in the next channel of the next guild.
  askDiscord(text = '!ping', channel = this.rooms[this.all.length % this.rooms.length]) {
    const number = this.all.length;
    const question = { via: 'discord', number, guildId: channel.guildId, time_ms: Date.now() };
    question.id = this.cluster.fake.say(text, { channel, author: `asker${number}` });
    this.all.push(question);
    return question;
  }

  // Undefined: no bot is in the channel, so no one would hear it.
  askIrc(text = '!ping', channel = this.#channels[this.all.length % this.#channels.length]) {
    if (!channel.present.size) return undefined;
    const question = channel.ask(text, this.all.length);
    this.all.push(question);
    return question;
  }

  answersOf(question) {
    if (question.via === 'discord') return this.cluster.fake.answers.of(question.id);
    return question.channel.answers.get(question.id) ?? [];
  }

  unanswered(questions = this.all) {
    return questions.filter((question) => this.answersOf(question).length === 0);
  }

  doubled(questions = this.all) {
    return questions.filter((question) => this.answersOf(question).length > 1);
  }

  // Wait until each has an answer.
  answered(questions = this.all, ms = 30000) {
    return this.cluster.until(() => this.unanswered(questions).length === 0, `${questions.length} answers`, ms).catch(async (error) => {
      const missing = this.unanswered(questions);
      const lines = await Promise.all(missing.slice(0, SHOWN).map((question) => this.#explain(question)));
      error.message = `${missing.length} of ${questions.length} questions without an answer:\n${lines.join('\n')}\n${error.message}`;
      throw error;
    });
  }

  // When it was asked, of which shard, and what the journal has of it.
  async #explain({ id, time_ms, guildId, via }) {
    const rows = await this.cluster.postgres.rows(`SELECT begun_by, begun_at, done_at FROM episoded_journal WHERE id LIKE '%${id}%'`).catch((error) => [error.message]);
    const shards = this.cluster.fake?.world.app.shards ?? 1;
    const shard = guildId ? Number((BigInt(guildId) >> 22n) % BigInt(shards)) : '';
    return `${via} ${id} asked ${new Date(time_ms).toISOString()} shard ${shard}: ${JSON.stringify(rows)}`;
  }

  async close() {
    await Promise.all(this.#channels.map((channel) => channel.close()));
  }
}
