// The harness of these tests: a server that does not restart, or a relay that lets bytes through, would prove nothing.

import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';

import { startHome } from '../fake-discord/home.mjs';
import { Gate } from '../harness/gate.mjs';
import { startPostgres } from '../harness/postgres.mjs';

test('a PostgreSQL keeps its rows over each kind of restart', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  await postgres.run('CREATE TABLE kept (number int)');
  for (const [number, mode] of ['fast', 'immediate', 'smart'].entries()) {
    await postgres.run(`INSERT INTO kept VALUES (${number})`);
    const { pid } = postgres;
    await postgres.restart(mode);
    assert.notEqual(postgres.pid, pid);
    assert.deepEqual(await postgres.rows('SELECT max(number) AS number FROM kept'), [{ number }]);
  }
  await assert.rejects(postgres.rows('SELECT 1 FROM missing'), /relation "missing" does not exist/);
});

// What a socket receives until its end.
function talk(port, text) {
  const socket = connect(port, '127.0.0.1');
  const said = { text: '', socket };
  socket.on('error', () => {});
  socket.on('data', (bytes) => (said.text += bytes));
  said.closed = new Promise((resolve) => socket.on('close', resolve));
  socket.write(text);
  return said;
}

const heard = async (said, text) => {
  while (said.text !== text) await new Promise((resolve) => said.socket.once('data', () => setImmediate(resolve)));
};

test('a relay can be frozen, cut and closed', async (t) => {
  const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  await new Promise((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const gate = await Gate.open(echo.address().port, 'a');
  t.after(async () => {
    await gate.end();
    echo.close();
  });
  const first = talk(gate.port, 'one');
  await heard(first, 'one');
  gate.freeze();
  first.socket.write('two');
  const late = talk(gate.port, 'three');
  await new Promise((resolve) => setTimeout(resolve, 300)); // nothing may come
  assert.deepEqual([first.text, late.text, first.socket.destroyed], ['one', '', false]);
  gate.reopen();
  await Promise.all([first.closed, late.closed]);
  const second = talk(gate.port, 'four');
  await heard(second, 'four');
  gate.close();
  await second.closed;
  await talk(gate.port, 'five').closed;
  gate.reopen();
  const third = talk(gate.port, 'six');
  await heard(third, 'six');
  third.socket.destroy();
});

test('the fake Discord tells which relay a client came through', async (t) => {
  const gate = await Gate.openProxy('a');
  t.after(() => gate.end());
  const home = await startHome(t, { gateway: { proxy: gate.url } });
  await home.ask('!ping');
  const { fake } = home;
  assert.deepEqual([...new Set(fake.events.filter(({ type }) => type === 'identify').map(({ sender }) => sender))], ['a']);
  assert.deepEqual([...new Set(fake.rest.requests.map(({ sender }) => sender))], ['a']);
});
