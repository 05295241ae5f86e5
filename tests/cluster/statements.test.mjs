// What the database costs an answered question: at most two statements in the answer's way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startCluster } from '../harness/cluster.mjs';
import { WAIT_MS } from '../harness/process.mjs';

const QUESTIONS = 30;

// "1764500000.123 4711 episoded a/1f... work LOG:  execute episoded_journal_begin: WITH ..."
function statementsOf(log) {
  return [...log.matchAll(/^(\d+\.\d+) (\d+) (episoded \S* work) LOG: {2}execute (\S+): ([^\n]*)/gm)]
    .map(([, time_s, pid, program, name, text]) => ({ time_ms: Number(time_s) * 1000, pid: Number(pid), program, name, text }));
}

const isOfJournal = ({ text }) => /episoded_journal/.test(text);

// Statements of the connection that carries the journal up to the last one that the answer waits for: the entry of the
// question, or its effect. What is behind it while the answer travels is written behind. A position that became due meanwhile is no
// statement of this question, even if it travels in one transaction with it.
function inTheWay(statements, from_ms, to_ms) {
  const work = new Set(statements.filter(isOfJournal).map(({ pid }) => pid));
  const window = statements.filter(({ time_ms, pid, name }) =>
    work.has(pid) && time_ms >= from_ms && time_ms <= to_ms && !/value_leased|lease_position/.test(name));
  return window.slice(0, window.findLastIndex(({ name }) => /journal_begin|value_shared/.test(name)) + 1);
}

test('at most two statements between a question and its answer', { timeout: 120000 }, async (t) => {
  const settings = { log_statement: 'all', log_line_prefix: "'%n %p %a '", log_min_duration_statement: -1 };
  const cluster = await startCluster(t, { hosts: 1, discord: { rest: { scale: 1000 } }, postgres: { settings } });
  await cluster.ready();
  const { questions, fake, postgres } = cluster;
  await questions.open();
  const room = fake.world.general;
  const counts = { '!ping': [], '!seen 3': [] };
  for (let i = 0; i < QUESTIONS; i++)
    for (const text of Object.keys(counts)) {
      const log = postgres.process.mark();
      const question = questions.askDiscord(text, room);
      await questions.answered([question]);
      const to_ms = fake.spoken.at(-1).time_ms;
      // What is written behind is committed in an earlier millisecond than the next question, so that it is not counted with that;
      // and the server's log has come.
      await cluster.until(async () => (await cluster.openQuestions()).length === 0, 'no open question');
      await postgres.process.waitForLog(/ execute episoded_journal_done: [^\n]*\n/, WAIT_MS, log);
      await sleep(2);
      const statements = inTheWay(statementsOf(postgres.log()), question.time_ms, to_ms);
      counts[text].push(statements);
    }
  for (const [text, all] of Object.entries(counts)) {
    const most = Math.max(...all.map(({ length }) => length));
    const mean = all.reduce((sum, { length }) => sum + length, 0) / all.length;
    t.diagnostic(`${text}: ${mean.toFixed(2)} statements in the answer's way, at most ${most}`);
    assert.ok(all.every(({ length }) => length >= 1), `${text}: no statement was found; the log:\n${postgres.log().slice(-2000)}`);
    assert.ok(most <= 2, `${text}: ${JSON.stringify(all.find(({ length }) => length === most), null, 1)}`);
  }
});
