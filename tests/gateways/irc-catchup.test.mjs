// Questions that were asked while the bot was away: answered once, late, from the server's history.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { episode, plain } from '../harness/dataset.mjs';
import { answering, begin, finish, joined, restart } from '../harness/irc-history-bot.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const MINUTE = 60 * 1000;

// Wait until each message has an answer, and the bot has no more to send.
async function settled(all, ids) {
  const deadline = Date.now() + WAIT_MS;
  while (ids.some((id) => all.history.answers(id).length === 0)) {
    assert.ok(Date.now() < deadline, `not answered: ${ids.filter((id) => !all.history.answers(id).length)}`);
    await all.peer.sync();
  }
  await all.peer.sync();
}

function counts(all, ids) {
  return ids.map((id) => all.history.answers(id).length);
}

test('a question from four minutes ago gets an answer marked as late; an older one gets no answer', async () => {
  const all = await begin();
  const first = all.history.ask('anna', '#tv', '!ping');
  await settled(all, [first]);
  await all.bot.killed();
  all.history.offsetMs = MINUTE;
  const old = all.history.ask('anna', '#tv', '!ping');
  all.history.offsetMs = 10 * MINUTE;
  const four = all.history.ask('anna', '#tv', '!ping');
  all.history.ask('berta', '#tv', 'chatter');
  all.history.offsetMs = 14 * MINUTE;
  await restart(all);
  await settled(all, [four]);
  assert.match(all.history.answers(four)[0].text, /^\(asked 4 minutes ago\) .*Pong/i);
  assert.deepEqual(counts(all, [first, old, four]), [1, 0, 1]);
  await finish(all);
});

test('at most three missed questions per channel are answered', async () => {
  const all = await begin();
  await all.bot.killed();
  const ids = ['a', 'b', 'c', 'd', 'e'].map((nick) => all.history.ask(nick, '#tv', '!ping'));
  await restart(all);
  await settled(all, ids.slice(0, 3));
  all.peer.end();
  all.peer = await joined(all.server);
  await all.bot.killed();
  await restart(all);
  const last = all.history.ask('f', '#tv', '!ping');
  await settled(all, [last]);
  assert.deepEqual(counts(all, [...ids, last]), [1, 1, 1, 0, 0, 1]);
  await finish(all);
});

test('questions that were answered in private before a crash do not use up the three', async () => {
  const all = await begin();
  for (const nick of ['a', 'b', 'c']) {
    all.history.ask(nick, '#tv', '!help'); // the history of the channel shows no answer: it goes to the asker alone
    await all.peer.expect((line) => line.verb === 'NOTICE' && line.params[0] === nick);
  }
  await all.peer.sync(); // the PONG that confirms the answers has been sent
  await settled(all, [all.history.ask('e', '#tv', '!ping')]); // an answer leaves after a commit, so the confirmation is in the file
  await all.bot.killed();
  const missed = all.history.ask('d', '#tv', '!ping');
  await restart(all);
  await settled(all, [missed]);
  assert.deepEqual(counts(all, [missed]), [1]);
  assert.equal(all.peer.heard.filter((line) => / NOTICE [abc] /.test(line)).length, 0);
  await finish(all);
});

test('a question that this bot or another has answered is not answered again', async () => {
  const all = await begin();
  await all.bot.killed();
  const ids = [1, 2, 3].map((n) => all.history.ask(`anna${n}`, '#tv', '!ping'));
  all.history.keep({ mask: 'episoded!u@h', target: '#tv', text: 'Pong.', tags: { '+reply': ids[0] } });
  all.history.keep({ mask: 'other!u@h', target: '#tv', text: 'Pong.', tags: { '+draft/reply': ids[1], bot: '' } });
  all.history.ask('robot', '#tv', '!ping', { tags: { bot: '' } });
  await restart(all);
  await settled(all, [ids[2]]);
  assert.deepEqual(all.history.lines.filter((line) => line.isBots).length, 1);
  await finish(all);
});

test('history is read page by page if the server returns few lines at a time', async () => {
  const all = await begin({ isupport: ['CASEMAPPING=ascii', 'CHANTYPES=#', 'CHATHISTORY=5'], limit: 5 });
  await all.bot.killed();
  const ids = [];
  for (let i = 0; i < 20; i++) {
    if (i === 3 || i === 18) ids.push(all.history.ask('anna', '#tv', '!ping'));
    else all.history.ask('berta', '#tv', `chatter ${i}`);
  }
  all.history.requests = [];
  await restart(all);
  await settled(all, ids);
  assert.deepEqual(counts(all, ids), [1, 1]);
  assert.equal(all.history.requests.length, 5); // the fifth page is empty
  assert.match(all.history.requests[0], / AFTER #tv timestamp=\S+ 5$/);
  assert.match(all.history.requests[1], / AFTER #tv msgid=\S+ 5$/);
  await finish(all);
});

test('a server that supports message IDs only, and one that refuses CHATHISTORY', async () => {
  const all = await begin({ isupport: ['CASEMAPPING=ascii', 'CHANTYPES=#', 'MSGREFTYPES=msgid'] });
  const first = all.history.ask('anna', '#tv', '!ping');
  await settled(all, [first]);
  await all.bot.killed('SIGTERM');
  const ids = [all.history.ask('anna', '#tv', '!ping')];
  all.history.requests = [];
  await restart(all);
  await settled(all, ids);
  assert.match(all.history.requests[0], / AFTER #tv msgid=\S+ 100$/);

  all.history.refusal = () => 'FAIL CHATHISTORY MESSAGE_ERROR AFTER #tv :Not now';
  all.peer.end();
  ids.push(all.history.ask('berta', '#tv', '!ping'));
  all.peer = await joined(all.server);
  await all.bot.killed('SIGTERM');
  all.history.refusal = () => null;
  await restart(all);
  await settled(all, ids);
  assert.deepEqual(counts(all, [first, ...ids]), [1, 1, 1]);
  await finish(all);
});

for (const isVouched of [true, false]) {
  test(`an owner command from the history is not carried out${isVouched ? '' : ': account-tag refused'}`, async () => {
    const nak = isVouched ? undefined : (name) => name === 'account-tag';
    const all = await begin({ gateway: { owners: [{ account: 'anna' }] }, server: { nak } });
    const first = all.history.ask('anna', '#tv', '!ping');
    await settled(all, [first]);
    await all.bot.killed();
    all.history.offsetMs = MINUTE;
    all.history.ask('anna', '#tv', '!ignore add pest', { tags: { account: 'anna' } });
    await restart(all);
    await all.peer.expect(/NOTICE anna :.*I wasn't here when you said that/);
    await all.bot.waitForLog(/ignore refused in #tv to ~?anna: owner commands are carried out only when received live/);
    const pest = all.history.ask('pest', '#tv', '!ping');
    await settled(all, [pest]);
    if (isVouched) {
      all.history.ask('anna', '#tv', '!ignore add pest', { tags: { account: 'anna' } });
      await all.peer.expect(/pest is now ignored/);
    }
    await finish(all);
  });
}

// The command was carried out and its answer was lost with the process: the next process repeats the answer only.
test('an owner command from the journal is not carried out again, and its answer is repeated', async () => {
  const all = await begin({ gateway: { owners: [{ account: 'anna' }] } });
  all.history.fate = () => 'lost';
  all.history.ask('anna', '#tv', '!ignore remove pest', { tags: { account: 'anna' } });
  await all.peer.expect(/pest isn't ignored/);
  await all.bot.killed();
  all.history.fate = () => 'echo';
  await restart(all);
  await all.peer.expect(/NOTICE anna :.*pest isn't ignored/);
  await finish(all);
});

// The journal does not keep that the network has private answers: without that, "spoil" is refused.
test('!spoil from the journal is answered to the asker alone, and told in full', async () => {
  const all = await begin();
  const telling = episode(9).summary.slice(0, 30);
  const answer = (line) => line.verb === 'NOTICE' && line.params[0] === 'anna' && plain(line.params[1]).includes(telling);
  all.history.fate = () => 'lost';
  all.history.ask('anna', '#tv', '!spoil 9');
  await all.peer.expect(answer);
  await all.bot.killed();
  all.history.fate = () => 'echo';
  await restart(all);
  await all.peer.expect(answer);
  await all.peer.sync();
  assert.ok(!all.peer.heard.some((raw) => /(PRIVMSG|NOTICE) #tv /.test(raw)), all.peer.heard.join('\n'));
  await finish(all);
});

// Asked while the bot was away, or answered by a process that died: from history and from the journal.
test('a late answer to a STATUSMSG goes to the channel operators only', async () => {
  const all = await begin();
  const first = all.history.ask('anna', '@#tv', '!ping');
  await settled(all, [first]);
  all.history.fate = () => 'lost';
  const second = all.history.ask('berta', '@#tv', '!ping');
  await all.peer.expect(new RegExp(`[+]reply=${second};.* PRIVMSG @#tv `));
  await all.bot.killed();
  all.history.fate = () => 'echo';
  const third = all.history.ask('carla', '+#tv', '!ping');
  await restart(all);
  await settled(all, [first, second, third]);
  assert.deepEqual([first, second, third].flatMap((id) => all.history.answers(id).map(({ target }) => target)),
    ['@#tv', '@#tv', '+#tv']);
  assert.ok(all.history.lines.filter(({ isBots }) => isBots).every(({ target }) => target !== '#tv'));
  await finish(all);
});

test('playback that the bot did not request is not answered', async () => {
  const all = await begin({ caps: { 'draft/chathistory': null }, isupport: ['CASEMAPPING=ascii', 'CHANTYPES=#'] });
  all.peer.end();
  const id = all.history.ask('anna', '#tv', '!ping');
  all.peer = await joined(all.server);
  all.history.giveBatch(all.peer, undefined, '#tv', all.history.lines);
  const next = all.history.ask('anna', '#tv', '!ping');
  await settled(all, [next]);
  assert.deepEqual(counts(all, [id, next]), [0, 1]);
  assert.equal(all.history.requests.length, 0);
  await finish(all);
});

// When the connection or the process ends: before the server has read the answer, or before the bot has its echo.
for (const point of ['cutBefore', 'cutAfter']) {
  test(`${point}: with history each question is answered once, over ten cuts`, async () => {
    const all = await begin();
    const ids = [];
    for (let round = 0; round < 10; round++) {
      all.history.fate = () => point;
      ids.push(all.history.ask('anna', '#tv', '!ping'));
      await all.peer.closed;
      all.history.fate = () => 'echo';
      all.peer = await joined(all.server);
      await settled(all, ids);
    }
    console.log(`# ${point}: ${ids.length} commands, 10 cuts: ${counts(all, ids).join(' ')}`);
    assert.ok(counts(all, ids).every((count) => count === 1));
    await finish(all);
  });
}

for (const point of ['lost', 'silent', 'echo']) {
  test(`SIGKILL when the answer is ${point}: each question is answered once, five times`, async () => {
    const all = await begin();
    const ids = [];
    for (let round = 0; round < 5; round++) {
      all.history.fate = () => point;
      const heard = answering(all.history);
      ids.push(all.history.ask('anna', '#tv', '!ping'));
      await heard;
      await all.bot.killed();
      all.history.fate = () => 'echo';
      await restart(all);
      await settled(all, ids);
    }
    console.log(`# ${point}: ${ids.length} commands, 5 SIGKILLs: ${counts(all, ids).join(' ')}`);
    assert.ok(counts(all, ids).every((count) => count === 1));
    await finish(all);
  });
}

test('an echo is lost but the connection lives: the history confirms the answer, and it is not repeated', async () => {
  const all = await begin();
  all.history.fate = () => 'silent';
  all.history.requests = [];
  const id = all.history.ask('anna', '#tv', '!ping');
  const chatter = setInterval(() => all.history.ask('berta', '#tv', 'chatter'), 1000);
  await all.peer.expect(/^@label=h\S+ CHATHISTORY AFTER #tv/);
  await all.peer.sync();
  clearInterval(chatter);
  assert.deepEqual(counts(all, [id]), [1]);
  all.history.fate = () => 'echo';
  all.peer.end();
  all.peer = await joined(all.server);
  await all.peer.sync();
  assert.deepEqual(counts(all, [id]), [1]);
  await finish(all);
});

// ---------------------------------------------------------------- a day

const COMMANDS = 300;
const CUTS = 20;
const KILLS = 5;
const CHANNELS = ['#tv', '#second', '#third', '#fourth', '#fifth'];

// A small random generator, so that a failed day can be repeated.
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test(`a day: ${COMMANDS} commands, ${CUTS} cuts, ${KILLS} SIGKILLs, each command answered once`, async () => {
  const seed = Number(process.env.SEED ?? 20261123);
  const draw = random(seed);
  const all = await begin({ channels: CHANNELS });
  const troubles = [...Array(CUTS).fill('cut'), ...Array(KILLS).fill('kill')];
  const ids = [];
  const tally = { proved: 0, cutBefore: 0, cutAfter: 0, away: 0 };
  const ask = () => {
    const channel = CHANNELS[draw(CHANNELS.length)];
    if (draw(3) === 0) all.history.ask('berta', channel, 'chatter');
    ids.push(all.history.ask(`anna${draw(50)}`, channel, '!ping'));
  };
  const proofs = ['echo', 'unlabelled', 'ack', 'batch', 'twice'];
  const good = () => proofs[draw(proofs.length)];

  for (let round = 0; round < CUTS + KILLS; round++) {
    all.history.fate = good;
    for (let i = 0; i < 8; i++) ask();
    await settled(all, ids);
    tally.proved += 8;
    const [trouble] = troubles.splice(draw(troubles.length), 1);
    const point = ['cutBefore', 'cutAfter'][draw(2)];
    all.history.fate = () => point;
    for (let i = 0; i < 2; i++) ask();
    tally[point] += 2;
    await all.peer.closed;
    if (trouble === 'kill') await all.bot.killed();
    all.history.fate = good;
    for (let i = 0; i < 2; i++) ask();
    tally.away += 2;
    if (trouble === 'kill') all.bot = await startBot({ config: all.bot.config });
    all.peer = await joined(all.server, CHANNELS);
    await settled(all, ids);
  }
  await all.peer.sync();
  const said = counts(all, ids);
  const histogram = Object.fromEntries([...new Set(said)].map((n) => [n, said.filter((each) => each === n).length]));
  console.log(`# seed ${seed}: ${ids.length} commands (${JSON.stringify(tally)}), ${CUTS} cuts, ${KILLS} SIGKILLs; ` +
    `times answered: ${JSON.stringify(histogram)}`);
  assert.equal(ids.length, COMMANDS);
  assert.deepEqual(histogram, { 1: COMMANDS });
  await finish(all);
});

for (const over of ['stream', 'websocket']) {
  test(`UnrealIRCd 6.1.8 (${over}): CR CR LF at the end of the first line of a labelled reply does not hide the history`, async () => {
    const all = await begin();
    if (over === 'websocket') {
      await all.bot.killed('SIGTERM');
      all.bot = await startBot({ config: { gateways: [all.server.gateway({ url: all.server.ws, flood: 'none' })] } });
      all.peer = await joined(all.server);
    }
    all.history.hasExtraCr = true;
    const first = all.history.ask('anna', '#tv', '!ping');
    await settled(all, [first]);
    await all.bot.killed();
    const missed = ['!ping', '!episode 5', '!ping'].map((text, i) => all.history.ask(`nick${i}`, '#tv', text));
    await restart(all);
    await settled(all, missed);
    assert.deepEqual(counts(all, [first, ...missed]), [1, 1, 1, 1]);
    await finish(all);
  });
}

test('an answer of the process before is taken back with its question, as the history shows which one it is', async () => {
  const all = await begin({ caps: { 'draft/message-redaction': '' } });
  const question = all.history.ask('anna', '#tv', '!ping');
  await settled(all, [question]);
  await all.bot.killed();
  await restart(all);
  const later = all.history.ask('anna', '#tv', '!ping'); // the history of the channel was read before this one is answered
  await settled(all, [later]);
  all.peer.send(`:anna!a@host REDACT #tv ${question} :oops`);
  const redaction = await all.peer.expect(/^REDACT /);
  assert.deepEqual(redaction.params.slice(0, 2), ['#tv', all.history.answers(question)[0].id]);
  await finish(all);
});
