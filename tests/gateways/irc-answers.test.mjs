// Answers to a scripted server: multiline messages, allowed tags, typing notifications while they wait, and repetition in a
// plain form if the server refuses them.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { episode, plain } from '../harness/dataset.mjs';
import { startIrcServer, tagged } from '../harness/irc-server.mjs';

async function begin({ gateway = {}, ...options } = {}) {
  const scripted = await startIrcServer(options);
  const on = await startBot({ config: { gateways: [scripted.gateway(gateway)] } });
  const peer = await scripted.peer();
  await peer.expect(/^JOIN #tv/);
  return { server: scripted, bot: on, peer };
}

async function finish({ server: scripted, bot: on }) {
  await on.stop();
  await scripted.stop();
}

const LAST_WORDS = /and what is left\?/; // of !episodes
const JIN = 'jin!jin@people.test';
const MULTILINE = { 'draft/multiline': 'max-bytes=4096,max-lines=24' };

// Accepts batches like a server with draft/multiline: echoes all lines with the label of the batch.
function takesBatches(batches) {
  const open = new Map();
  return {
    BATCH(peer, line, scripted) {
      const ref = line.params[0].slice(1);
      if (line.params[0].startsWith('+')) {
        open.set(ref, { type: line.params[1], target: line.params[2], tags: line.tags, lines: [] });
        return;
      }
      const batch = open.get(ref);
      open.delete(ref);
      batches.push(batch);
      const { label } = batch.tags;
      peer.send(scripted.dressed(peer, { label }, `:${peer.mask} BATCH +echo${ref} draft/multiline ${batch.target}`));
      for (const one of batch.lines) peer.send(tagged({ batch: `echo${ref}` }, `:${peer.mask} ${one.verb} ${one.params[0]} :${one.params[1]}`));
      peer.send(`:${peer.mask} BATCH -echo${ref}`);
    },
    PRIVMSG(peer, line) {
      if (line.tags.batch === undefined) return true;
      open.get(line.tags.batch).lines.push(line);
      return false;
    },
  };
}

function joined(batch) {
  return batch.lines.reduce((text, line, index) => {
    const goesOn = line.tags['draft/multiline-concat'] !== undefined;
    return text + (index === 0 || goesOn ? '' : '\n') + line.params[1];
  }, '');
}

test('an answer of several lines is sent as one multiline message', async () => {
  const batches = [];
  const all = await begin({ caps: MULTILINE, on: takesBatches(batches), gateway: { flood: 'none' } });
  const id = all.server.say(JIN, '#tv', '!episodes');
  const opened = await all.peer.expect(/BATCH \+/);
  assert.equal(opened.params[1], 'draft/multiline');
  assert.equal(opened.tags['+draft/reply'], id);
  await all.peer.expect(/^BATCH -/);
  const [batch] = batches;
  assert.ok(batch.lines.length > 1 && batch.lines.length <= 4, `${batch.lines.length} lines`);
  for (const line of batch.lines) {
    assert.deepEqual(Object.keys(line.tags).filter((key) => !/^(batch|draft\/multiline-concat)$/.test(key)), []);
    assert.ok(Buffer.byteLength(`:${all.peer.mask} PRIVMSG #tv :${line.params[1]}\r\n`) <= 512);
  }
  const text = plain(joined(batch));
  for (let number = 1; number <= 12; number += 1) assert.ok(text.includes(`Episode ${number}. `), text);
  assert.match(text, LAST_WORDS);
  all.server.say(JIN, '#tv', '!ping');
  await all.peer.expect((line) => line.verb === 'PRIVMSG' && line.tags.batch === undefined && /pong/i.test(line.params[1]));
  await finish(all);
});

test('FAIL BATCH MULTILINE_*: the answer is repeated in plain lines, and so are later ones', async () => {
  const seen = [];
  const all = await begin({
    caps: MULTILINE,
    gateway: { flood: 'none' },
    on: {
      BATCH(peer, line) {
        seen.push(line);
        if (line.params[0].startsWith('-'))
          peer.send(tagged({ label: seen[0].tags.label }, ':irc.test FAIL BATCH MULTILINE_MAX_BYTES 100 :Too long'));
      },
      PRIVMSG: (_, line) => line.tags.batch === undefined,
    },
  });
  all.server.say(JIN, '#tv', '!episodes');
  await all.peer.expect(/^BATCH -/);
  const first = await all.peer.expect((line) => line.verb === 'PRIVMSG' && line.tags.batch === undefined);
  assert.match(plain(first.params[1]), /12 episodes/);
  await all.peer.expect(LAST_WORDS);
  all.server.say(JIN, '#tv', '!episodes');
  await all.peer.expect((line) => line.verb === 'PRIVMSG' && /12 episodes/.test(plain(line.params[1])));
  await all.peer.expect(LAST_WORDS);
  all.server.say(JIN, '#tv', '!ping');
  await all.peer.expect(/pong/i);
  assert.equal(all.peer.heard.filter((raw) => /BATCH /.test(raw)).length, 2, 'it went on with batches');
  assert.equal(all.peer.heard.filter((raw) => !/batch=/.test(raw) && /12 episodes/.test(plain(raw))).length, 2);
  await finish(all);
});

test('a channel refuses colours: the answer is repeated in plain text', async () => {
  const all = await begin({
    gateway: { flood: 'none' },
    on: {
      PRIVMSG(peer, line) {
        if (!/[\x02\x03]/.test(line.params[1])) return true;
        peer.send(tagged({ label: line.tags.label }, `:irc.test 404 ${peer.nick} #tv :Color is not permitted in this channel`));
        return false;
      },
    },
  });
  all.server.say(JIN, '#tv', '!episode 5');
  await all.peer.expect(/PRIVMSG #tv :.*\x02/);
  const again = await all.peer.expect((line) => line.verb === 'PRIVMSG' && !line.params[1].includes('\x02'));
  assert.match(again.params[1], /Season 1, episode 5/);
  all.server.say(JIN, '#tv', '!episode 6');
  const next = await all.peer.expect((line) => line.verb === 'PRIVMSG' && /Episode 6/.test(line.params[1]));
  assert.doesNotMatch(next.params[1], /\x02/);
  await finish(all);
});

test('!seen, !episode past the line, !spoil: the channel reads the teaser, and the asker alone the rest', async () => {
  const all = await begin({ gateway: { flood: 'none' } });
  const { teaser, summary } = episode(9);
  const toJin = (pattern) => (line) => line.verb === 'NOTICE' && line.params[0] === 'jin' && pattern(plain(line.params[1]));
  all.server.say(JIN, '#tv', '!seen 1');
  await all.peer.expect(toJin((text) => /episode 1/i.test(text)));
  all.server.say(JIN, '#tv', '!episode 9');
  const veiled = plain((await all.peer.expect(/PRIVMSG #tv /)).params[1]);
  assert.ok(veiled.includes(teaser), veiled);
  const [, command] = /Spoils a later episode: say (!spoil \S+), and I'll tell you alone\./.exec(veiled) ?? [];
  assert.ok(command, veiled);
  all.server.say(JIN, '#tv', command);
  await all.peer.expect(toJin((text) => text.includes(summary.slice(0, 30))));
  await all.peer.sync();
  const heard = all.peer.heard.filter((raw) => /(PRIVMSG|NOTICE) #tv /.test(raw)).map(plain);
  assert.ok(!heard.some((text) => text.includes(summary.slice(0, 30))), heard.join('\n'));
  assert.equal(heard.length, 1, heard.join('\n'));
  await finish(all);
});

test('only tags that the server accepts are sent', async () => {
  const all = await begin({ isupport: ['CHANTYPES=#', 'CLIENTTAGDENY=*,-draft/reply'] });
  const id = all.server.say(JIN, '#tv', '!ping');
  const line = await all.peer.expect(/pong/i);
  assert.deepEqual(Object.keys(line.tags).filter((key) => key.startsWith('+')), ['+draft/reply']);
  assert.equal(line.tags['+draft/reply'], id);
  all.server.say(JIN, '#tv', '!help episode');
  const whispered = await all.peer.expect(/NOTICE jin /);
  assert.deepEqual(Object.keys(whispered.tags).filter((key) => key.startsWith('+')), []);
  await finish(all);
});

test('the channel sees a typing notification while an answer waits', async () => {
  const all = await begin({ version: 'InspIRCd-3' });
  for (let i = 0; i < 18; i += 1) all.server.say(`person${i}!p@people.test`, '#tv', '!ping');
  const typing = await all.peer.expect((line) => line.verb === 'TAGMSG');
  assert.equal(typing.tags['+typing'], 'active');
  assert.equal(typing.params[0], '#tv');
  const pongs = () => all.peer.heard.filter((raw) => /pong/i.test(raw)).length;
  while (pongs() < 18) await all.peer.expect(/pong/i);
  const shown = all.peer.heard.filter((raw) => /TAGMSG/.test(raw)).length;
  assert.ok(shown <= 3, `${shown} signs for 18 answers`);
  await finish(all);
});

test('one person does not use up all CTCP answers', async () => {
  const all = await begin({ gateway: { flood: 'none' } });
  for (let i = 0; i < 20; i += 1) all.server.say('pest!pest@people.test', 'episoded', '\x01VERSION\x01');
  for (let i = 0; i < 20; i += 1) all.server.say(`pest${i}!pest@people.test`, 'episoded', '\x01PING x\x01');
  // SOURCE is answered only by a build that knows its address; CLIENTINFO then lists it.
  for (const word of ['VERSION', 'time', 'CLIENTINFO']) all.server.say(JIN, 'episoded', `\x01${word}\x01`);
  for (const word of ['VERSION', 'TIME', 'CLIENTINFO']) await all.peer.expect(new RegExp(`NOTICE jin :\x01${word} `));
  all.server.say(JIN, '#tv', '!ping');
  await all.peer.expect(/pong/i);
  assert.equal(all.peer.heard.filter((raw) => /NOTICE pest/.test(raw)).length, 3);
  await finish(all);
});

test('the answer to a question that is taken back with REDACT is taken back, too', async () => {
  const all = await begin({ caps: { 'draft/message-redaction': '' } });
  const question = all.server.say(JIN, '#tv', '!ping');
  const answer = await all.peer.expect(/PRIVMSG #tv :?Pong/);
  await all.peer.sync();
  assert.equal(answer.tags['+draft/reply'] ?? answer.tags['+reply'], question);
  all.peer.send(`:${JIN} REDACT #tv ${question} :oops`);
  const redaction = await all.peer.expect(/^REDACT /);
  assert.equal(redaction.params[0], '#tv');
  assert.match(redaction.params[1], /^id\d+$/); // of the answer's echo
  assert.notEqual(redaction.params[1], question);
  await finish(all);
});
