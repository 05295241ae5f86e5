// Adding a network takes one folder and one line of a table: tests/networks/echo/ and tests/networks/networks.c, linked into
// the real program (build/test/episoded-echo) without any other change.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

import { binary, root, startBot } from '../harness/bot.mjs';
import { WAIT_MS, within } from '../harness/process.mjs';

const program = resolve(root, process.env.BUILD ?? 'build', 'test/episoded-echo');
const TOKEN = 'correct-horse-battery-staple';

// The network: accepts TOKEN, shows each answer and confirms it. lost: an answer is neither shown nor confirmed; isSlow: it is
// confirmed when the bot quits.
class EchoServer {
  constructor() {
    Object.assign(this, {
      lines: [], shown: [], connections: 0, ids: 0, lost: () => false, isSlow: false, token: TOKEN, watchers: new Set(),
    });
  }

  async start() {
    this.server = createServer((socket) => this.accept(socket));
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.port = this.server.address().port;
    return this;
  }

  accept(socket) {
    let rest = '';
    this.connections += 1;
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('error', () => {}); // the bot was killed
    socket.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) this.hear(socket, line);
    });
  }

  hear(socket, line) {
    const [verb, id, ...words] = line.split(' ');
    if (verb === 'AUTH') socket.write(id === this.token ? 'WELCOME\n' : 'REFUSED unknown token\n');
    if (verb === 'SAY' && !this.lost(id)) {
      this.shown.push({ id, channel: words[0], text: words.slice(1).join(' ') });
      if (!this.isSlow) socket.write(`OK ${id}\n`);
    }
    if (verb === 'QUIT' && this.isSlow) socket.write(`OK ${this.shown.at(-1).id}\n`);
    this.lines.push(line);
    for (const check of [...this.watchers]) check();
  }

  // A person's message; returns its ID.
  ask(text, { author = 'anna', channel = '#tv' } = {}) {
    this.ids += 1;
    this.socket.write(`MSG m${this.ids} ${channel} ${author} ${text}\n`);
    return `m${this.ids}`;
  }

  // The first received line that matches, from a position in this.lines on.
  expect(pattern, from = 0) {
    let check;
    const found = new Promise((done) => {
      check = () => {
        const line = this.lines.slice(from).find((each) => pattern.test(each));
        if (line !== undefined) done(line);
      };
      this.watchers.add(check);
      check();
    });
    return within(WAIT_MS, `a line like ${pattern}`, found).finally(() => this.watchers.delete(check));
  }

  // Ask, and return the text of the answer.
  async answer(text, options) {
    const id = this.ask(text, options);
    await this.expect(new RegExp(`^SAY ${id} `));
    return this.shown.findLast((each) => each.id === id).text;
  }

  said() {
    return this.lines.filter((line) => line.startsWith('SAY ')).map((line) => line.split(' ')[1]);
  }

  stop() {
    this.socket?.destroy();
    this.server.close();
  }
}

async function begin(t) {
  const server = await new EchoServer().start();
  const state = mkdtempSync(join(tmpdir(), 'echo-'));
  const gateway = {
    name: 'home', type: 'echo', port: server.port, token: { env: 'ECHO_TOKEN' }, channels: ['#tv'], owners: [{ account: 'olga' }],
  };
  const world = { server, state, gateway };
  t.after(() => {
    world.bot?.kill('SIGKILL');
    server.stop();
    rmSync(state, { recursive: true, force: true });
  });
  return world;
}

async function start(world, args = []) {
  const { server, state, gateway } = world;
  const from = server.lines.length;
  world.bot = await startBot({ program, config: { state, gateways: [gateway] }, args, env: { ECHO_TOKEN: TOKEN } });
  await server.expect(/^JOIN #tv$/, from);
}

async function kill({ bot }) {
  bot.kill('SIGKILL');
  await within(WAIT_MS, 'the end of the bot', bot.ended);
}

async function reload({ bot }, gateway) {
  const from = bot.mark();
  bot.configure({ ...bot.config, gateways: [gateway] });
  bot.reload();
  await bot.waitForLog(/reloaded/, WAIT_MS, from);
}

// All files below a folder of the repository.
function filesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const read = (path) => readFileSync(join(root, path), 'utf8');

test('a network is one folder and one line: nothing else of the program knows it', () => {
  const shipped = read('bot/daemon/networks.c').split('\n').slice(1);
  const tested = read('tests/networks/networks.c').split('\n').slice(1);
  assert.deepEqual(tested.filter((line) => !/\bNETWORK\(echo\)/.test(line)), shipped,
    'tests/networks/networks.c has the lines of bot/daemon/networks.c and one for each network in tests/networks/');
  assert.equal(tested.length, shipped.length + 1);
  const files = [...filesBelow('bot'), ...filesBelow('commands'), ...filesBelow('config')];
  assert.ok(files.length > 100);
  assert.deepEqual(files.filter((file) => /echo_(network|gateway)\b|tests\/networks/.test(read(file))), []);
  const symbols = (file) => execFileSync('nm', [file], { encoding: 'utf8', maxBuffer: 1 << 26 });
  assert.match(symbols(program), / echo_network$/m);
  assert.match(symbols(binary()), / lobby_network$/m);
  assert.doesNotMatch(symbols(binary()), /\becho_network\b/);
});

test('a question is answered once, more continues, and SIGTERM ends it', async (t) => {
  const world = await begin(t);
  const { server } = world;
  await start(world);
  assert.match(await server.answer('!ping'), /pong/i);
  server.ask('just chatter');
  const first = await server.answer('!episodes');
  const second = await server.answer('!more');
  assert.match(first, /Episode 1\..* \(!more\)$/);
  assert.match(second, /^Episode 2\./);
  assert.deepEqual(server.said(), ['m1', 'm3', 'm4']);
  assert.deepEqual(world.bot.complaints(), []);
  assert.equal((await world.bot.stop()).code, 0);
  await server.expect(/^QUIT ./);
  assert.equal(server.connections, 1);
});

test('its keys are checked as those of every network', async (t) => {
  const world = await begin(t);
  const check = (gateway) => {
    const file = join(world.state, 'check.json');
    writeFileSync(file, JSON.stringify({ data: join(root, 'data'), gateways: [gateway] }));
    const run = spawnSync(program, ['check', 'config', file], { encoding: 'utf8', env: { ...process.env, ECHO_TOKEN: TOKEN } });
    return { code: run.status, text: run.stdout + run.stderr };
  };
  assert.equal(check(world.gateway).code, 0, check(world.gateway).text);
  for (const [change, problem] of [
    [{ lnes: 2 }, /unknown key "lnes".*did you mean "lines"\?/],
    [{ lines: 21 }, /"lines"/],
    [{ port: undefined }, /"port"/],
    [{ token: TOKEN }, /secrets do not belong in this file; .*write "token": \{"credential"/],
    [{ token: undefined }, /"token" is missing/],
    [{ type: 'ehco' }, /did you mean "echo"\?/],
  ]) {
    const { code, text } = check({ ...world.gateway, ...change });
    assert.notEqual(code, 0);
    assert.match(text, problem);
    assert.ok(!text.includes(TOKEN), text);
  }
});

test('a reload: a live key without a new connection, another key with one; the token is never shown', async (t) => {
  const world = await begin(t);
  const { server, gateway } = world;
  const other = await new EchoServer().start();
  other.ids = 100; // an ID is answered once, on whatever server
  t.after(() => other.stop());
  await start(world, ['--trace']);
  const parts = (text) => text.split(' / ').length;
  assert.equal(parts(await server.answer('!episodes')), 3);
  await reload(world, { ...gateway, lines: 5 });
  assert.equal(parts(await server.answer('!episodes')), 5);
  await reload(world, { ...gateway, lines: 5, channels: ['#tv', '#films'] });
  await server.expect(/^JOIN #films$/);
  assert.deepEqual([server.connections, other.connections], [1, 0]);

  await reload(world, { ...gateway, lines: 5, port: other.port });
  await server.expect(/^QUIT /);
  await other.expect(/^JOIN #tv$/);
  assert.equal(parts(await other.answer('!episodes')), 5);
  assert.deepEqual([server.connections, other.connections], [1, 1]);
  assert.deepEqual(world.bot.complaints(/ trace on: /), []);
  await world.bot.stop();
  await world.bot.waitForLog(/ home#\d+ > AUTH \[secret\]\n/);
  assert.ok(!world.bot.log().includes(TOKEN));
});

test('the server refuses the token: the gateway has failed, and a reload tries it again', async (t) => {
  const world = await begin(t);
  const { server, state, gateway } = world;
  server.token = 'another';
  world.bot = await startBot({ program, config: { state, gateways: [gateway] }, env: { ECHO_TOKEN: TOKEN } });
  await world.bot.waitForLog(/failed: gateway home: the server refuses the token: unknown token/);
  server.token = TOKEN;
  world.bot.reload();
  await server.expect(/^JOIN #tv$/);
  assert.match(await server.answer('!ping'), /pong/i);
  await world.bot.stop();
});

test('an owner makes it join and leave a channel, and others do not', async (t) => {
  const world = await begin(t);
  const { server } = world;
  await start(world);
  await server.answer('!join #films', { author: 'anna' });
  await server.answer('!ping');
  assert.equal(server.lines.filter((line) => line === 'JOIN #films').length, 0);
  await server.answer('!join #films', { author: 'olga' });
  await server.expect(/^JOIN #films$/);
  assert.match(await server.answer('!ping', { channel: '#films' }), /pong/i);
  await server.answer('!part #films', { author: 'olga' });
  await server.expect(/^PART #films$/);
  assert.equal(server.lines.filter((line) => line === 'JOIN #films').length, 1);
  await world.bot.stop();
});

test('a lost connection: it comes back, and answers what was open once', async (t) => {
  const world = await begin(t);
  const { server } = world;
  await start(world);
  server.lost = () => true;
  const id = server.ask('!ping');
  await server.expect(new RegExp(`^SAY ${id} `));
  server.lost = () => false;
  const from = server.lines.length;
  server.socket.end();
  await server.expect(new RegExp(`^SAY ${id} `), from);
  assert.match(await server.answer('!ping'), /pong/i);
  assert.deepEqual(server.shown.map((each) => each.id), ['m1', 'm2']);
  assert.equal(server.connections, 2);
  await world.bot.stop();
});

test('killed between question and answer: the journal has both questions, and each is answered once', async (t) => {
  const world = await begin(t);
  const { server } = world;
  await start(world);
  server.lost = () => true;
  const sent = server.ask('!ping'); // its answer is sent and lost
  await server.expect(new RegExp(`^SAY ${sent} `));
  const from = world.bot.mark();
  const queued = server.ask('!episode 5', { author: 'berta' }); // its answer waits for the confirmation of the other
  await world.bot.waitForLog(/episode answered in #tv/, WAIT_MS, from);
  await reload(world, world.gateway); // a later turn of the loop: the question is committed
  assert.deepEqual(server.said(), [sent]);
  await kill(world);

  server.lost = () => false;
  const restarted = server.lines.length;
  await start(world);
  await server.expect(new RegExp(`^SAY ${queued} `), restarted);
  assert.match(await server.answer('!ping'), /pong/i);
  assert.deepEqual(server.shown.map((each) => each.id), [sent, queued, 'm3']);
  assert.deepEqual(server.said(), [sent, sent, queued, 'm3']);
  await world.bot.stop();

  await start(world);
  assert.match(await server.answer('!ping'), /pong/i);
  assert.deepEqual(server.shown.map((each) => each.id), [sent, queued, 'm3', 'm4']);
  assert.deepEqual(server.said(), [sent, sent, queued, 'm3', 'm4']);
  assert.equal((await world.bot.stop()).code, 0);
});

test('stopped between an answer and its confirmation: the confirmation is waited for', async (t) => {
  const world = await begin(t);
  const { server } = world;
  await start(world);
  server.isSlow = true;
  assert.match(await server.answer('!ping'), /pong/i);
  assert.equal((await world.bot.stop()).isInTime, true);
  server.isSlow = false;
  await start(world);
  assert.match(await server.answer('!ping'), /pong/i);
  assert.deepEqual(server.said(), ['m1', 'm2']);
  await world.bot.stop();
});
