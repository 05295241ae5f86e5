// Reminders and watching together: said at their time and not before, once, over kills and restarts, and only to whom they
// are for.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { IrcClient } from '../harness/irc.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { begin, dayIn, HOUR, MINUTE, start, writeShow } from '../harness/reminders.mjs';

const ANNA = { nick: 'anna', pass: 'page:a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1 person:a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2' };

async function enter(all, options = ANNA) {
  const client = await IrcClient.connect(`ws://127.0.0.1:${all.bot.port}/`, options);
  await client.join('#lobby');
  return client;
}

// Nothing has been said between what was read last and the answer to a !ping.
async function assertSilent(client, pattern) {
  client.say('#lobby', '!ping');
  const { raw } = await client.expect((line) => line.verb === 'PRIVMSG' && (pattern.test(line.raw) || /Pong/.test(line.raw)));
  assert.match(raw, /Pong/);
}

test('a reminder is said at its time and not before, once, over kills before and after', async (t) => {
  const all = await begin(t);
  let anna = await enter(all);
  anna.say('#lobby', '!remind channel in 2 hours watch party');
  await anna.expect(/I'll remind this channel .*: watch party/);
  await all.bot.killed();

  all.clock.set(2 * HOUR - 2 * MINUTE);
  await start(all);
  anna = await enter(all);
  await assertSilent(anna, /Reminder/);
  all.clock.set(2 * HOUR + MINUTE);
  await anna.expectSaid('episoded', '#lobby', /Reminder from anna: watch party/);
  await all.bot.killed();

  all.clock.set(3 * HOUR);
  await start(all);
  anna = await enter(all);
  await assertSilent(anna, /Reminder/);
  await anna.close();
  await all.bot.stop();
});

test('a reminder that was missed is said late and marked, and one that is too late not at all', async (t) => {
  const all = await begin(t);
  let anna = await enter(all);
  anna.say('#lobby', '!remind channel in 1 hour tea');
  await anna.expect(/I'll remind this channel/);
  anna.say('#lobby', '!remind channel in 6 hours dinner');
  await anna.expect(/I'll remind this channel/);
  await all.bot.killed();
  all.clock.set(8 * HOUR);
  await start(all);
  // It may be said before she is back: the history has it then.
  anna = await enter(all, { ...ANNA, caps: ['batch', 'server-time', 'message-tags', 'draft/chathistory'] });
  anna.send('CHATHISTORY LATEST #lobby * 50');
  await anna.expect(/PRIVMSG #lobby :.*Reminder from anna: dinner/);
  await anna.expect(/PRIVMSG #lobby :.*Late by 2 hours/);
  await assertSilent(anna, /: tea/);
  assert.equal(all.bot.complaints(/reminding dropped/).length, 0);
  await anna.close();
  await all.bot.stop();
});

test('a private reminder waits for the person, in whatever window of the browser, and no other person reads it', async (t) => {
  const all = await begin(t);
  let anna = await enter(all);
  anna.say('#lobby', '!remind me in 1 hour the secret');
  await anna.expect(/I'll remind you .*: the secret/);
  anna.say('#lobby', '!reminders');
  await anna.expect(/1: .*the secret/);
  anna.say('#lobby', '!remind channel in 1 hour lights out'); // due after the secret
  await anna.expect(/I'll remind this channel/);
  await all.bot.killed();
  await start(all);
  const bert = await enter(all, { nick: 'anna' }); // another person with the nick
  bert.say('#lobby', '!reminders');
  const listed = await bert.expect(/the secret|lights out/);
  assert.match(listed.raw, /from anna, for this channel: .*lights out/);
  await bert.expect(/To forget one/);
  all.clock.set(HOUR + MINUTE);
  const { raw } = await bert.expect(/the secret|lights out/);
  assert.match(raw, /PRIVMSG #lobby :.*lights out/);
  anna = await enter(all, { ...ANNA, nick: 'anna2', caps: ['message-tags', 'batch', 'draft/chathistory', 'server-time'] });
  anna.send('CHATHISTORY LATEST episoded * 50'); // as the page does
  await anna.expect(/PRIVMSG anna2? :.*Reminder: the secret/); // it was said at its time, and waited in the history
  await assertSilent(bert, /the secret/);
  await anna.close();
  await bert.close();
  await all.bot.stop();
});

test('a reminder of a client without a page, which is gone, is tried no more and is not said to another one with its nick', async (t) => {
  const all = await begin(t);
  let anna = await enter(all, { nick: 'anna' });
  anna.say('#lobby', '!remind me in 1 hour the secret');
  await anna.expect(/I'll remind you/);
  anna.say('#lobby', '!remind channel in 1 hour lights out'); // due after the secret
  await anna.expect(/I'll remind this channel/);
  await anna.close();
  anna = await enter(all, { nick: 'anna' });
  all.clock.set(HOUR + MINUTE);
  const { raw } = await anna.expect(/the secret|lights out/);
  assert.match(raw, /PRIVMSG #lobby :.*lights out/);
  await assertSilent(anna, /the secret/);
  assert.equal(all.bot.complaints(/reminding/).length, 0);
  all.clock.set(26 * HOUR);
  await all.bot.waitForLog(/reminding dropped/);
  await anna.close();
  await all.bot.stop();
});

test('!forget forgets the right one, and the numbers of the others stay', async (t) => {
  const all = await begin(t);
  const anna = await enter(all);
  for (const what of ['one', 'two', 'three']) {
    anna.say('#lobby', `!remind in 1 hour ${what}`);
    await anna.expect(/I'll remind you/);
  }
  anna.say('#lobby', '!forget 2');
  await anna.expect(/Forgotten/);
  anna.say('#lobby', '!forget 2');
  await anna.expect(/You have no reminder 2/);
  anna.say('#lobby', '!reminders');
  await anna.expect(/3: .*three/);
  all.clock.set(HOUR + MINUTE);
  await anna.expect(/Reminder: one/);
  await anna.expect(/Reminder: three/);
  await assertSilent(anna, /two/);
  await anna.close();
  await all.bot.stop();
});

test('a reminder of an airing follows the airing when it moves', async (t) => {
  const all = await begin(t);
  const anna = await enter(all);
  anna.say('#lobby', '!remind next 1h before');
  await anna.expect(/I'll remind you 1 hour before episode 2 airs/);
  writeShow(all.data, dayIn(3));
  const from = all.bot.mark();
  all.bot.reload();
  await all.bot.waitForLog(/reload/i, WAIT_MS, from);
  const day = 24 * HOUR, today = Date.now() % day;
  all.clock.set(2 * day + 20 * HOUR - today + 5 * MINUTE); // an hour before the first date
  await assertSilent(anna, /Reminder/);
  all.clock.set(3 * day + 20 * HOUR - today + MINUTE);
  await anna.expect(/Reminder: Harbour Lights, episode 2: The.*|Reminder: Harbour Lights, episode 2.* airs in (59 minutes|1 hour), tonight at 21:00/);
  await anna.close();
  await all.bot.stop();
});

test('watching together: a countdown, the start, a pause that moves the end, and the progress of the channel', async (t) => {
  const all = await begin(t);
  let anna = await enter(all);
  anna.say('#lobby', '!set seen nothing');
  await anna.expect(/This channel has seen Harbour Lights up to/);
  anna.say('#lobby', '!watch s01e01 in 30 minutes');
  await anna.expectSaid('episoded', '#lobby', /Watch-along of Harbour Lights, episode 1: it starts/);
  await all.bot.killed();
  await start(all);
  anna = await enter(all);
  all.clock.set(21 * MINUTE);
  await anna.expectSaid('episoded', '#lobby', /starts in [89] minutes|starts in 10 minutes/);
  all.clock.set(31 * MINUTE);
  await anna.expectSaid('episoded', '#lobby', /Starting now: Harbour Lights, episode 1/);
  all.clock.set(41 * MINUTE);
  anna.say('#lobby', '!watch pause');
  await anna.expectSaid('episoded', '#lobby', /Paused for all, 11 minutes in/);
  await all.bot.killed();
  all.clock.set(81 * MINUTE); // the end, without the pause
  await start(all);
  anna = await enter(all);
  anna.say('#lobby', '!watch');
  await anna.expectSaid('episoded', '#lobby', /11 minutes in, paused/);
  anna.say('#lobby', '!watch resume');
  await anna.expectSaid('episoded', '#lobby', /Going on for all, 11 minutes in/);
  all.clock.set(118 * MINUTE);
  await assertSilent(anna, /the end of/);
  all.clock.set(122 * MINUTE);
  await anna.expectSaid('episoded', '#lobby', /That was the end of Harbour Lights, episode 1/);
  anna.say('#lobby', '!watch stop');
  await anna.expectSaid('episoded', '#lobby', /This channel has now seen it/);
  anna.say('#lobby', '!watch');
  await anna.expectSaid('episoded', 'anna', /There's no watch-along here/);
  await anna.close();
  await all.bot.stop();
});

test('a watch-along that begins at once does not begin a second time after a reload, a kill and a restart', async (t) => {
  const all = await begin(t);
  let anna = await enter(all);
  anna.say('#lobby', '!watch s01e01');
  await anna.expectSaid('episoded', '#lobby', /Starting now: Harbour Lights, episode 1/);
  all.clock.set(2 * MINUTE);
  const from = all.bot.mark();
  all.bot.reload();
  await all.bot.waitForLog(/reload/i, WAIT_MS, from);
  await assertSilent(anna, /Starting now/);
  await all.bot.killed();
  await start(all);
  anna = await enter(all);
  await assertSilent(anna, /Starting now/);
  all.clock.set(51 * MINUTE);
  await anna.expectSaid('episoded', '#lobby', /That was the end of Harbour Lights, episode 1/);
  await anna.close();
  await all.bot.stop();
});
