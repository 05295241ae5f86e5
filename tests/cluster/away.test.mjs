// The database goes away and comes back: a lobby goes on, IRC hears and answers later, and the log says it once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startCluster } from '../harness/cluster.mjs';
import { assertLobbyAnswers, lobbyGateway } from '../harness/lobby.mjs';

const LONGER_THAN_A_PERMIT_MS = 6000;

const count = (text, pattern) => text.match(new RegExp(pattern, 'g'))?.length ?? 0;

async function startOne(t) {
  const lobby = await lobbyGateway();
  const cluster = await startCluster(t, { hosts: 1, discord: null, irc: ['one'], gateways: [lobby], startMs: 20000 });
  await cluster.ready();
  await cluster.questions.open();
  return { cluster, host: cluster.hosts[0], questions: cluster.questions, port: Number(lobby.listen.split(':')[1]) };
}

async function assertAnsweredOnce(cluster, questions) {
  await questions.answered();
  await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'the journal has no open question', 10000);
  assert.deepEqual(questions.doubled(), []);
}

for (const [how, cut, mend] of [
  ['refuses connections', (host) => host.database.close(), (host) => host.database.reopen()],
  ['says nothing', (host) => host.database.freeze(), (host) => host.database.reopen()],
]) {
  test(`a database that ${how} for longer than a lease`, { timeout: 120000 }, async (t) => {
    const { cluster, host, questions, port } = await startOne(t);
    for (let i = 0; i < 5; i++) assert.ok(questions.askIrc());
    await questions.answered();
    await assertLobbyAnswers(port);
    await cut(host);
    const held = Array.from({ length: 5 }, () => questions.askIrc());
    await assertLobbyAnswers(port);
    await sleep(LONGER_THAN_A_PERMIT_MS);
    await assertLobbyAnswers(port);
    assert.equal(questions.unanswered(held).length, 5, 'another process could have answered them');
    await mend(host);
    await assertAnsweredOnce(cluster, questions);
    assert.equal(count(host.output(), 'not kept: the database does not answer'), 1, host.output());
    await host.bot.waitForLog(/is kept again: \d+ changes? from memory written, 5 questions answered late/); // after the rows of the journal
    assert.equal(count(host.output(), 'is kept again'), 1, host.output());
  });
}

test('a database that is away at the start: the lobby runs, the rest follows', { timeout: 120000 }, async (t) => {
  const { cluster, host, questions, port } = await startOne(t);
  await host.stop();
  await host.database.close();
  await host.start();
  await assertLobbyAnswers(port);
  // Of this start: a busy machine may have made the first one wait, too.
  assert.equal(count(host.bot.log(), 'waiting for postgresql:'), 1, host.output());
  await host.database.reopen();
  await cluster.ready();
  assert.ok(await cluster.until(() => questions.askIrc(), 'the bot is in the channel'));
  await assertAnsweredOnce(cluster, questions);
  await assertLobbyAnswers(port);
});
