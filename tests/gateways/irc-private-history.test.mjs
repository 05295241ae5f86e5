// Private questions that were asked while the bot was away, on networks that keep them: found with CHATHISTORY TARGETS, and
// answered once. The habits of the servers are in tests/harness/irc-server-history.mjs.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { answering, begin, finish, joined, restart } from '../harness/irc-history-bot.mjs';
import { ERGO, SOJU_DB, SOJU_FILES, keepHistory } from '../harness/irc-server-history.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const MINUTE = 60 * 1000;
const NICK = 'episoded';
const WITHOUT_MSGREFTYPES = ['CASEMAPPING=ascii', 'CHANTYPES=#', 'NICKLEN=30', 'CHATHISTORY=1000'];

// What the bot said to these people in private.
function said(all, nicks) {
  return nicks.map((nick) => all.history.lines.filter((line) => line.isBots && line.target === nick).length);
}

async function settled(all, nicks) {
  const deadline = Date.now() + WAIT_MS;
  while (said(all, nicks).some((count) => count === 0)) {
    assert.ok(Date.now() < deadline, `not answered: ${nicks} ${said(all, nicks)}`);
    await all.peer.sync();
  }
  await all.peer.sync();
}

// A confirmation is in the bot's file once a later answer has left: ask for one, which is not counted.
let laterAnswers = 0;
async function confirmed(all) {
  const later = `later${laterAnswers++}`;
  all.history.ask(later, NICK, '!ping');
  await settled(all, [later]);
}

for (const habits of [ERGO, SOJU_DB, SOJU_FILES]) {
  const isupport = habits === ERGO ? undefined : WITHOUT_MSGREFTYPES;

  test(`${habits.name}: private questions of a bot that is away are answered late, once, over five kills`, async () => {
    const all = await begin({ habits, isupport });
    all.history.offsetMs = MINUTE; // the first question is not in the second of the first visit
    const nicks = [];
    for (let round = 0; round < 5; round++) {
      const live = `live${round}`, away = `away${round}`;
      all.history.ask(live, NICK, '!ping');
      await settled(all, [live]);
      await confirmed(all);
      await all.bot.killed();
      all.history.offsetMs += MINUTE; // the clock of the history has seconds
      all.history.ask(away, NICK, '!ping');
      all.history.ask(away, '#tv', '!ping');
      await restart(all);
      await settled(all, [away]);
      assert.deepEqual(said(all, ['#tv']), [round + 1]);
      nicks.push(live, away);
      const late = all.history.lines.find((line) => line.isBots && line.target === away);
      assert.match(late.text, /^(\(asked .* ago\) )?Pong/);
    }
    await confirmed(all);
    await restart(all);
    await all.peer.sync();
    assert.deepEqual(said(all, nicks), nicks.map(() => 1));
    await finish(all);
  });

  test(`${habits.name}: the limits of channels apply to private questions`, async () => {
    const all = await begin({ habits, isupport });
    await all.bot.killed();
    all.history.offsetMs += MINUTE;
    const start = all.history.offsetMs;
    all.history.ask('old', NICK, '!ping');
    all.history.offsetMs = start + 11 * MINUTE;
    for (let i = 0; i < 5; i++) all.history.ask('many', NICK, `!search q${i}`);
    all.history.ask('robot', NICK, '!ping', { tags: { bot: '' } });
    all.history.keep({ mask: 'notice!u@h', target: NICK, verb: 'NOTICE', text: '!ping' });
    all.history.ask('chatty', NICK, 'hello there');
    all.history.ask('last', NICK, '!ping');
    await restart(all);
    await settled(all, ['last', 'many']);
    const [old, many, notice, chatty] = said(all, ['old', 'many', 'notice', 'chatty']);
    assert.deepEqual([old, notice], [0, 0]);
    assert.equal(chatty, 1); // a person who addresses the bot is answered
    assert.ok(many > 0);
    const answered = new Set(all.history.lines.filter((line) => line.isBots && line.target === 'many')
      .flatMap(({ text }) => text.match(/q\d/g) ?? []));
    assert.equal(answered.size, 3);
    await finish(all);
  });
}

test(`${ERGO.name}: a connection is lost, and the private questions of that time are answered once`, async () => {
  const all = await begin({ habits: ERGO });
  all.history.ask('anna', NICK, '!ping');
  await settled(all, ['anna']);
  all.peer.end();
  await all.peer.closed;
  all.history.ask('bert', NICK, '!ping');
  all.history.ask('anna', '#tv', '!ping');
  all.peer = await joined(all.server);
  await settled(all, ['bert']);
  assert.deepEqual(said(all, ['anna', 'bert', '#tv']), [1, 1, 1]);
  assert.equal(all.history.targetRequests.length, 1); // not on the first visit
  await finish(all);
});

// The history shows whether an answer arrived. In soju's files it has no ids, and in private no name of the asker either.
const deaths = [[ERGO, NICK, 'SIGKILL'], [ERGO, NICK, 'SIGTERM'], [ERGO, '#tv', 'SIGTERM'], [SOJU_FILES, '#tv', 'SIGKILL'],
  [SOJU_FILES, '#tv', 'SIGTERM'], [SOJU_DB, NICK, 'SIGKILL'], [SOJU_DB, NICK, 'SIGTERM']];
for (const [habits, place, signal] of deaths) {
  for (const fate of ['lost', 'silent', 'echo']) {
    test(`${habits.name}: ${signal} when an answer in ${place} is ${fate}: answered once`, async () => {
      const all = await begin({ habits, isupport: habits === ERGO ? undefined : WITHOUT_MSGREFTYPES });
      for (let round = 0; round < 2; round++) {
        const nick = place === NICK ? `anna${round}` : '#tv';
        const sum = () => all.history.lines.filter((line) => line.isBots && line.target === nick).length;
        const before = sum();
        all.history.fate = () => fate;
        const heard = answering(all.history);
        all.history.ask(`anna${round}`, place, '!ping');
        await heard;
        await all.bot.killed(signal);
        all.history.fate = () => 'echo';
        await restart(all);
        await all.peer.sync();
        const deadline = Date.now() + WAIT_MS;
        while (sum() === before && Date.now() < deadline) await all.peer.sync();
        await all.peer.sync();
        await all.peer.sync();
        assert.equal(sum(), before + 1);
      }
      await finish(all);
    });
  }
}

test('on the first visit, private messages from before are not answered', async () => {
  const history = keepHistory({ habits: ERGO });
  const server = await history.start({});
  history.ask('early', NICK, '!ping');
  const bot = await startBot({ config: { gateways: [server.gateway({ flood: 'none' })] } });
  const all = { history, server, bot, peer: await joined(server) };
  history.ask('anna', NICK, '!ping');
  await settled(all, ['anna']);
  assert.deepEqual(said(all, ['early', 'anna']), [0, 1]);
  await finish(all);
});

for (const [name, targets] of [['refuses', null], ['does not answer', () => {}]]) {
  test(`a server that ${name} TARGETS: open private questions are answered all the same, and channels are caught up`, async () => {
    const all = await begin({ habits: { targets } });
    all.history.fate = () => 'lost';
    const heard = answering(all.history);
    all.history.ask('anna', NICK, '!ping');
    await heard;
    await all.bot.killed();
    all.history.fate = () => 'echo';
    all.history.ask('bert', '#tv', '!ping');
    await restart(all);
    await settled(all, ['anna', '#tv']);
    assert.deepEqual(said(all, ['anna', '#tv']), [1, 1]);
    await finish(all);
  });
}
