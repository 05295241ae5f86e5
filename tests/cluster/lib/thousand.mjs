// A thousand questions while everything goes wrong; two files run it at the same time, with other seeds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startCluster } from '../../harness/cluster.mjs';
import { Misfortunes } from '../../harness/misfortunes.mjs';

const QUESTIONS = Number(process.env.CLUSTER_QUESTIONS ?? 1000);
const HAS_DISCORD = !process.env.CLUSTER_IRC_ONLY;
const PER_S = 14;
const IRC_ONE_IN = 5;
const CALM_MS = 60000; // after the last misfortune everything has an answer
const CONFIRM_MS = 2000; // an answer on IRC whose confirmation was lost with its host, or could not be stored, is said again

// Why a question on IRC may have two answers: the first one's host, or the database, was in trouble around it.
function isExplained({ cluster, misfortunes }, answers) {
  const speakers = cluster.ircSpoken.filter(({ line }) => answers.some(({ text }) => line.includes(text)));
  return answers.slice(0, -1).every(({ time_ms }) =>
    speakers.some(({ host, time_ms: spoken_ms }) => Math.abs(spoken_ms - time_ms) < 1000 && misfortunes.covers(host, time_ms, CONFIRM_MS)));
}

export function testThousand(name, base) {
  test(name, { timeout: 400000 }, async (t) => {
    const seed = Number(process.env.SEED ?? base);
    t.diagnostic(`SEED=${seed}`);
    const cluster = await startCluster(t, {
      discord: HAS_DISCORD && { shards: 8, guilds: 32, maxConcurrency: 8, rest: { scale: 1000, globalRate: 50 } }, irc: ['one', 'two', 'three'],
    });
    await cluster.ready();
    const { questions } = cluster;
    await questions.open();
    // After a lost session the bot looks into the channels that it has heard something in.
    if (HAS_DISCORD) await questions.answered(questions.rooms.map((room) => questions.askDiscord('!ping', room)));
    const misfortunes = new Misfortunes(cluster, seed);
    misfortunes.run((QUESTIONS / PER_S) * 1000);
    const begin_ms = Date.now();
    for (let i = 0; i < QUESTIONS; i++) {
      await sleep(Math.max(0, begin_ms + (i * 1000) / PER_S - Date.now()));
      if ((!HAS_DISCORD || i % IRC_ONE_IN === IRC_ONE_IN - 1) && questions.askIrc()) continue;
      if (HAS_DISCORD) questions.askDiscord();
    }
    await misfortunes.end();
    for (const line of misfortunes.tell()) t.diagnostic(line);
    assert.equal(misfortunes.restarts(), 5);

    // On IRC a question counts if it was heard, that is, is in the journal: what a connection loses is not said again by the network.
    await cluster.ready(CALM_MS);
    const onDiscord = questions.all.filter(({ via }) => via === 'discord'), onIrc = questions.all.filter(({ via }) => via === 'irc');
    await questions.answered(onDiscord, CALM_MS);
    await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'the journal has no open question', CALM_MS);
    const rows = await cluster.postgres.rows("SELECT id FROM episoded_journal WHERE gateway IN ('one', 'two', 'three')");
    const heard = new Set(rows.map(({ id }) => id));
    const journalled = onIrc.filter(({ id }) => [...heard].some((each) => each.includes(id)));
    await questions.answered(journalled, CALM_MS); // the journal may know of an answer before the askers have read it
    assert.deepEqual(questions.doubled(onDiscord), []);
    const twice = questions.doubled(onIrc);
    t.diagnostic(`${onDiscord.length} questions on Discord, ${onIrc.length} on IRC (${journalled.length} heard, ${twice.length} confirmations lost), ` +
      `${misfortunes.happened.length} misfortunes, ${cluster.auditor.takes()} leases changed hands, ${cluster.fake ? cluster.fake.answers.repeated : 0} repeats that a nonce removed`);
    const unexplained = twice.filter((question) => !isExplained({ cluster, misfortunes }, questions.answersOf(question)));
    assert.deepEqual(unexplained.map((question) => questions.answersOf(question)), []);
    assert.ok(journalled.length >= onIrc.length / 2, `${journalled.length} of ${onIrc.length} questions on IRC were heard`);
    if (HAS_DISCORD) assert.equal(cluster.fake.rest.requests.filter(({ status }) => status === 429).length, 0, 'Discord refused requests');
  });
}
