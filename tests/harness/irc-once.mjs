// Every question is answered, and answered once: the same scenarios for each real server.
//
// No server here has a history in which a bot that returns finds its own answers. So an answer may be repeated once for each
// connection or process that ended before its confirmation (docs/decisions/4 and 7); after a clean stop none is.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startBot } from './bot.mjs';
import { plain } from './dataset.mjs';
import { Gate } from './gate.mjs';
import { within } from './process.mjs';
import { seeded } from './random.mjs';

const ANSWER_MS = 30000; // a strict flood control allows one line in two or three seconds
const TEST_MS = 120000;
const seed = Number(process.env.SEED ?? Date.now() % 1000000);

// A person in the channel who counts the answers: what was asked is the number of an episode.
class Reader {
  answers = [];
  #watchers = new Set();

  // May be called again after the end of the person's connection.
  async join(server) {
    this.person = await server.connect('anna');
    this.person.socket.on('message', (data) => this.#read(data.toString()));
    await this.person.join(server.channel);
    await server.befriend?.(this.person.nick);
  }

  #read(data) {
    for (const raw of data.split('\n')) {
      const match = /^(?:@\S+ )?:episoded\S* (?:PRIVMSG|NOTICE) (\S+) :(.*)$/.exec(raw.trimEnd());
      const number = match && /episode (\d+)\b/i.exec(plain(match[2]))?.[1];
      if (!number) continue;
      this.answers.push({ target: match[1], number: Number(number), text: match[2] });
      for (const check of [...this.#watchers]) check();
    }
  }

  count(number) {
    return this.answers.filter((one) => one.number === number).length;
  }

  // Wait until a question has an answer.
  answered(number, ms = ANSWER_MS) {
    return within(ms, `the answer about episode ${number}`, new Promise((resolve) => {
      const check = () => {
        if (this.count(number) === 0) return;
        this.#watchers.delete(check);
        resolve();
      };
      this.#watchers.add(check);
      check();
    }));
  }
}

class Visit {
  #next = 0;
  #losses = 0; // connections and processes of the bot that ended without a goodbye
  #lossesBefore = new Map(); // of a question

  constructor(server) {
    this.server = server;
    this.scratch = mkdtempSync(join(tmpdir(), 'once-'));
    this.reader = new Reader();
  }

  async begin() {
    this.gate = await Gate.open(this.server.port);
    await this.reader.join(this.server);
    await this.startBot();
  }

  // The same bot again, if there was one.
  async startBot() {
    const gateway = this.server.gateway({ url: this.gate.url, ca_file: undefined });
    const config = { gateways: [gateway], state: join(this.scratch, 'state') };
    this.bot = await startBot({ config, env: this.server.secrets ?? {}, args: ['--trace'] });
    await this.bot.waitForLog(/ready: gateway irc/);
    await this.rejoined(1);
  }

  // Its connection of this number is open, and it is in the channel.
  rejoined(connection) {
    return this.bot.waitForLog(new RegExp(`irc#${connection} < .* 366 `));
  }

  // Ask about an episode in the channel; the number, which is another one each time.
  ask(target = this.server.channel) {
    const number = ++this.#next;
    this.#lossesBefore.set(number, this.#losses);
    assert.ok(number <= 12, 'the series has twelve episodes');
    this.reader.person.say(target, `!airdate ${number}`);
    return number;
  }

  arrived(number) {
    return this.bot.waitForLog(new RegExp(`irc#\\d+ < .*:!airdate ${number}\\n`));
  }

  // The bot's line that answers it.
  sent(number) {
    return this.bot.waitForLog(new RegExp(`irc#\\d+ > .*episode ${number}\\b.*\\n`, 'i'), ANSWER_MS);
  }

  // Wait until it is in the journal: that precedes everything that the bot says afterwards.
  async kept(number) {
    const { index } = await this.arrived(number);
    await this.bot.waitForLog(/ > (@\S+ )?(PRIVMSG|NOTICE) /, ANSWER_MS, index);
  }

  // Is it, as far as the bot's output tells?
  isKept(number) {
    const log = this.bot.log();
    const arrival = log.search(new RegExp(`irc#\\d+ < .*:!airdate ${number}\\n`));
    return arrival >= 0 && / > (@\S+ )?(PRIVMSG|NOTICE) /.test(log.slice(arrival));
  }

  cut() {
    this.#losses++;
    this.gate.cut();
  }

  // Once a later question has an answer, no earlier one is open.
  async expectOnce(numbers) {
    for (const number of numbers) await this.reader.answered(number);
    await this.reader.answered(this.ask());
    for (const number of numbers) {
      const count = this.reader.count(number);
      const repeats = this.#losses - this.#lossesBefore.get(number);
      assert.ok(count >= 1 && count <= 1 + repeats,
        `episode ${number} was answered ${count} times:\n${JSON.stringify(this.reader.answers, null, 1)}`);
    }
  }

  async killBot() {
    this.#losses++;
    await this.bot.killed();
  }

  complaints(...expected) {
    return this.bot.complaints(/ trace on: /, ...expected);
  }

  // Also after a failure.
  async end() {
    try {
      if (this.bot && !this.bot.end) await this.bot.stop();
    } finally {
      await this.reader.person?.close();
      await this.gate?.end();
      rmSync(this.scratch, { recursive: true, force: true });
    }
  }
}

// Each is a test's name and body.
const onceEverywhere = {
  'in the channel and in private': async (visit) => {
    const asked = [visit.ask(), visit.ask('episoded')];
    await visit.expectOnce(asked);
    assert.deepEqual(visit.reader.answers.filter((one) => one.target === 'anna').map((one) => one.number), [asked[1]]);
    assert.deepEqual(visit.complaints(), []);
  },

  'kicked while answers wait': async (visit) => {
    const { person } = visit.reader;
    const asked = [visit.ask(), visit.ask(), visit.ask()];
    await visit.arrived(asked.at(-1));
    person.send(`KICK ${visit.server.channel} episoded :out`);
    await person.expect((line) => line.verb === 'KICK');
    await visit.expectOnce(asked);
    assert.deepEqual(visit.complaints(/kicked from /), []);
  },

  'the connection is cut, and the server killed': async (visit) => {
    const asked = [visit.ask(), visit.ask()];
    await visit.kept(asked[1]);
    visit.cut();
    await visit.rejoined(2);
    asked.push(visit.ask(), visit.ask());
    await visit.kept(asked[3]);
    // A bouncer confirms what its server has not read yet, and loses it with the server.
    if (visit.server.isBouncer) for (const number of asked) await visit.reader.answered(number);
    visit.cut();
    visit.gate.close();
    await visit.server.restart();
    await visit.reader.join(visit.server); // before the bot, to see all that it says
    visit.gate.reopen();
    await visit.expectOnce(asked);
  },

  'the bot is killed at random moments': async (visit) => {
    const random = seeded(seed);
    const moments = [(number) => visit.arrived(number), (number) => visit.sent(number), (number) => visit.reader.answered(number)];
    const asked = [];
    for (let kill = 0; kill < moments.length; kill++) {
      const number = visit.ask();
      await moments[kill](number);
      await sleep(random() * (kill === 0 ? 1500 : 30));
      await visit.killBot();
      const isKept = visit.isKept(number);
      await visit.startBot();
      if (isKept || visit.server.isBouncer) asked.push(number);
    }
    assert.ok(asked.length >= 2, 'no question was in the journal');
    await visit.expectOnce(asked);
  },

  'a clean stop while answers wait': async (visit) => {
    const random = seeded(seed);
    const asked = [visit.ask(), visit.ask(), visit.ask()];
    await visit.kept(asked[2]);
    await sleep(random() * 100);
    await visit.bot.stop();
    await visit.startBot();
    await visit.expectOnce(asked);
  },
};

const onceBehindBouncer = {
  'asked while the bot was away': async (visit) => {
    await visit.bot.stop();
    const asked = [visit.ask(), visit.ask('episoded'), visit.ask()];
    await visit.reader.person.sync();
    await visit.startBot();
    await visit.expectOnce(asked);
  },
};

// Run them all; start() returns the server.
export function testOnce(name, start, { isBouncer = false } = {}) {
  let server;
  before(async () => {
    server = await start();
  });
  after(() => server?.stop());
  const scenarios = { ...onceEverywhere, ...(isBouncer ? onceBehindBouncer : {}) };
  for (const [title, scenario] of Object.entries(scenarios)) {
    test(`${name}: ${title}`, { timeout: TEST_MS }, async (context) => {
      context.diagnostic(`SEED=${seed}`);
      const from = server.process.mark();
      const visit = new Visit(Object.assign(server, { isBouncer }));
      context.after(() => visit.end());
      try {
        await visit.begin();
        await scenario(visit);
      } catch (error) {
        error.message += `\n---- the bot:\n${visit.bot?.log()}---- ${name}:\n${server.process.log().slice(from)}`;
        throw error;
      }
    });
  }
}
