// Hostile texts from servers, and in the strings and names of files: the bot must not output them unescaped.
//
// The output of each bot is checked at its end (harness/bot.mjs); these tests make it print text from servers.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { startHome } from '../fake-discord/home.mjs';
import { binary, root, startBot } from '../harness/bot.mjs';
import { HOSTILE, inOneLine, wordOf } from '../harness/hostile.mjs';
import { startIrcServer } from '../harness/irc-server.mjs';
import { freePort } from '../harness/ports.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { assertShown, forbiddenIn } from '../harness/shown.mjs';
import { begin, finish } from '../harness/twitch-bot.mjs';

const CLOSE_REASON_MAX_BYTES = 123;
const reconnect = { base_ms: 1000, cap_ms: 2000 };
const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// One gateway per text, because a gateway logs a limited number of errors per minute.
function gateways(url, more = {}) {
  return HOSTILE.map((_, i) => ({ name: `h${i}`, type: 'irc', url: `${url}${i}`, nick: `bot${i}`, channels: [], reconnect, ...more }));
}

async function startRaw(t, onRequest) {
  const server = createServer((socket) => {
    let request = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
      if (request.includes('\r\n\r\n')) return;
      request += data.toString('latin1');
      if (request.includes('\r\n\r\n')) onRequest(socket, HOSTILE[Number(request.match(/^GET \/(\d+)/)[1])], request);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return `ws://127.0.0.1:${server.address().port}/`;
}

function accept(socket, request) {
  const key = request.match(/sec-websocket-key: (\S+)/i)[1];
  const accepted = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(`HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n` +
    'Sec-WebSocket-Protocol: text.ircv3.net\r\n\r\n');
}

test('the check itself finds unescaped bytes', () => {
  const hidden = HOSTILE.filter(({ name }) => !['formats', 'cut in a character'].includes(name));
  for (const { name, bytes } of hidden) {
    const found = forbiddenIn(Buffer.from(bytes.map((byte) => (byte === 0x0a ? 0x0d : byte))));
    assert.notDeepEqual(found, [], name);
  }
  assert.deepEqual(forbiddenIn(Buffer.from('2026 [irc] 온조 \u00a0 🧟 \\x1b \ufffd\n')), []);
});

describe('IRC over WebSocket', () => {
  test('close reasons stay on one line of the status and of the log', async (t) => {
    const url = await startRaw(t, (socket, hostile, request) => {
      const reason = hostile.bytes.subarray(0, CLOSE_REASON_MAX_BYTES);
      accept(socket, request);
      socket.write(Buffer.concat([Buffer.from([0x88, 2 + reason.length, 0x03, 0xe8]), reason]));
    });
    const bot = await startBot({ config: { gateways: gateways(url) } });
    for (let i = 0; i < HOSTILE.length; i++) await bot.waitForLog(new RegExp(`\\[h${i}\\] not connected: closed by the server: 1000`));
    await bot.waitForStatus(/h0 connecting \(reconnecting in \d+ s: closed by the server: 1000 bye WATCHDOG=trigger MAINPID=1 RELOADING=1 +lines\)/);
    await bot.stop();
  });

  for (const [what, answer] of [
    ['a refusal', (text) => [Buffer.from('HTTP/1.1 403 '), text, Buffer.from('\r\nX-Why: '), text, Buffer.from('\r\nContent-Length: 0\r\n\r\n')]],
    ['no HTTP at all', (text) => [text, Buffer.from('\r\n\r\n')]],
    ['another subprotocol', (text) => [Buffer.from('HTTP/1.1 101 '), text, Buffer.from('\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: '), text, Buffer.from('\r\n\r\n')]],
    ['a redirection', (text) => [Buffer.from('HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1/'), text, Buffer.from('\r\n\r\n')]],
  ]) {
    test(`${what} of the upgrade`, async (t) => {
      const url = await startRaw(t, (socket, hostile) => socket.end(Buffer.concat(answer(hostile.bytes))));
      const bot = await startBot({ config: { gateways: gateways(url) } });
      for (let i = 0; i < HOSTILE.length; i++) await bot.waitForLog(new RegExp(`\\[h${i}\\] not connected: `));
      await bot.stop();
    });
  }
});

describe('IRC over TCP', () => {
  // Every kind of line for a bot in a channel, and then the end.
  const lines = (nick, text) => [
    ['372 ', nick, ' :', text], ['332 ', nick, ' #tv :', text], ['NOTICE ', nick, ' :', text],
    [':', text, '!u@h PRIVMSG #tv :!episode 5'], [':a!u@h PRIVMSG #tv :!', text], [':a!u@h NICK ', text],
    [':a!u@h TOPIC #tv :', text], ['005 ', nick, ' NETWORK=', text, ' :are'], ['CAP ', nick, ' NEW :', text],
    ['FAIL * ', text, ' :', text], ['WARN JOIN NO :', text], [':op!o@h KICK #tv ', nick, ' :', text], ['474 ', nick, ' #tv :', text],
    [':op!o@h KILL ', nick, ' :', text], ['465 ', nick, ' :', text],
  ];

  test('kicks, errors, numerics, nicks and topics', async (t) => {
    const server = await startIrcServer({
      on: {
        JOIN(peer) {
          const hostile = HOSTILE[Number(peer.nick.slice(3))];
          peer.send(`:${peer.mask} JOIN #tv`);
          for (const parts of lines(peer.nick, inOneLine(hostile))) peer.raw(Buffer.concat(parts.map((part) => Buffer.from(part))));
          // Unchanged, so that its line breaks start new lines.
          peer.raw(Buffer.concat([Buffer.from('NOTICE * :'), hostile.bytes]));
          peer.raw(Buffer.concat([Buffer.from('ERROR :'), inOneLine(hostile)]));
          peer.end();
        },
      },
    });
    t.after(() => server.stop());
    const bot = await startBot({ config: { gateways: gateways('', { url: server.url, channels: ['#tv'] }) } });
    for (let i = 0; i < HOSTILE.length; i++) {
      const word = wordOf(HOSTILE[i]);
      await bot.waitForLog(new RegExp(`\\[h${i}\\] kicked from #tv \\(.*${word}`));
      await bot.waitForLog(new RegExp(`\\[h${i}\\] lost: gateway h${i}: `));
    }
    await bot.stop();
  });

  test('nicks and logins that are refused', async (t) => {
    const server = await startIrcServer({
      caps: { sasl: 'PLAIN' },
      on: {
        NICK(peer, line) {
          const hostile = HOSTILE[Number((line.params[0].match(/\d+/) ?? ['0'])[0])];
          peer.hostile ??= hostile;
          if (!peer.isTold) peer.raw(Buffer.concat([Buffer.from(`433 * ${line.params[0]} :`), inOneLine(hostile)]));
          const isTold = peer.isTold;
          peer.isTold = true;
          return isTold;
        },
        AUTHENTICATE(peer) {
          peer.raw(Buffer.concat([Buffer.from(`904 ${peer.nick} :`), inOneLine(peer.hostile)]));
        },
      },
    });
    t.after(() => server.stop());
    const sasl = { mechanism: 'plain', account: 'bot', password: { env: 'HOSTILE_PASSWORD' } };
    const bot = await startBot({ config: { gateways: gateways('', { url: server.url, sasl }) }, env: { HOSTILE_PASSWORD: 'secret' } });
    for (let i = 0; i < HOSTILE.length; i++) await bot.waitForLog(new RegExp(`\\[h${i}\\] nick bot${i}: .*${wordOf(HOSTILE[i])}`));
    await bot.stop();
  });
});

// Texts that fit into a JSON file or a text frame of Discord; the bot accepts no NUL in either.
const TEXTS = HOSTILE.filter(({ isText, bytes }) => isText && !bytes.includes(0));

describe('Discord', () => {
  test('close reasons and the names of servers', async (t) => {
    const home = await startHome(t);
    const { fake } = home;
    for (const name of ['commands to systemd', 'C1 controls', 'bidirectional controls']) {
      const text = TEXTS.find((each) => each.name === name).bytes.toString();
      const guild = fake.join();
      const from = home.bot.mark();
      guild.name = text;
      fake.gateway.closeAll(4000, text);
      await home.bot.waitForLog(/lost: gateway home: /, WAIT_MS, from);
      await home.ready(from);
    }
    await home.ask('!ping');
  });

  for (const hostile of TEXTS) {
    test(`a refusal with ${hostile.name}`, async (t) => {
      const body = JSON.stringify({ message: hostile.bytes.toString(), code: 50035 });
      const home = await startHome(t, {
        prepare: (fake) => fake.faults.order({ how: 'status', status: 400, body, type: 'application/json', route: 'PUT /applications/{}/commands' }),
      });
      await home.bot.waitForLog(new RegExp(`Discord refused the slash commands: 400: .*${wordOf(hostile)} \\(50035\\)`));
    });
  }
});

test('Twitch: notices', async () => {
  const all = await begin();
  for (const hostile of TEXTS) {
    const text = inOneLine(hostile).toString();
    all.peer.send(`:tmi.twitch.tv NOTICE #tv :${text}`);
    all.peer.send(`@msg-id=msg_rejected :tmi.twitch.tv NOTICE #tv :${text}`);
    all.peer.send(`@display-name=${text.replace(/[ ;]/g, '')};id=x${wordOf(hostile)} :a!a@a.tmi.twitch.tv PRIVMSG #tv :!${text}`);
  }
  all.peer.send(`:tmi.twitch.tv NOTICE * :${inOneLine(HOSTILE[4])}`);
  await all.peer.sync();
  await finish(all);
});

describe('files and the command line', () => {
  const episoded = (args, options = {}) => spawnSync(binary(), args, { cwd: root, timeout: 60000, ...options });
  const check = (result, what) => {
    assert.equal(result.error, undefined, what);
    assertShown(result.stdout, `${what}: standard output`);
    assertShown(result.stderr, `${what}: standard error`);
    return result;
  };
  const pathOf = (name) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name.filter((byte) => byte !== 0 && byte !== 0x2f)), Buffer.from('.json')]);

  test('check config: hostile keys, values and names of files', () => {
    for (const { name, bytes, isText } of HOSTILE) {
      const path = pathOf(bytes);
      const text = isText ? JSON.stringify(bytes.toString()).slice(1, -1) : bytes.toString('latin1');
      const config = `{"${text}": 1, "prefix": "${text}", "log": "${text}", "default_show": "${text}", "data": "${text}",
        "gateways": [{"name": "${text}", "type": "${text}"}, {"name": "a", "type": "irc", "url": "irc://${text}/", "nick": "${text}",
        "channels": ["#${text}", "${text}"], "ca_file": "${text}", "password": {"file": "${text}"}, "${text}": ["${text}"]}]} ${text}`;
      writeFileSync(path, Buffer.from(config, isText ? 'utf8' : 'latin1'));
      // The shell can pass bytes that Node.js cannot.
      const quoted = [...path].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
      for (const words of ['check config', 'run -c', 'chat -c', 'check data', 'check']) {
        const result = spawnSync('sh', ['-c', `exec "$0" ${words} "$(printf '${quoted}.'; printf x)"`, binary()], { cwd: root, timeout: 60000 });
        check(result, `${words}: ${name}`);
        assert.notEqual(result.status, 0, name);
        assert.notEqual(result.stderr.length, 0, name);
      }
      const valid = check(episoded(['check', 'config', join(folder, 'absent.json'), bytes.toString('latin1').replaceAll('\0', '')]), name);
      assert.equal(valid.status, 64);
    }
  });

  test('check config: the same files by name, each problem one line', () => {
    for (const { name, bytes } of TEXTS) {
      const path = join(folder, `${bytes.toString().replaceAll('/', '')}.json`);
      writeFileSync(path, '{"gateways": [], "nonsense": 1}');
      const result = check(episoded(['check', 'config', path]), name);
      assert.equal(result.status, 78);
      for (const line of result.stderr.toString().trimEnd().split('\n')) assert.ok(line.startsWith(folder), JSON.stringify(line));
    }
  });

  test('check data: hostile texts and names, in a folder and alone', () => {
    const data = join(folder, 'data');
    mkdirSync(data);
    for (const { bytes, isText } of HOSTILE) {
      const text = isText ? JSON.stringify(bytes.toString()) : `"${bytes.toString('latin1')}"`;
      const show = `{"name": ${text}, "${'x'}${text.slice(1)}: ${text}, "episodes": [{"number": ${text}, "name": ${text}, "summary": ${text}}], "characters": [{"name": ${text}}]}`;
      const path = Buffer.concat([Buffer.from(`${data}/`), Buffer.from(bytes.filter((byte) => byte !== 0 && byte !== 0x2f)), Buffer.from('.json')]);
      writeFileSync(path, Buffer.from(show, isText ? 'utf8' : 'latin1'));
    }
    const result = check(episoded(['check', 'data', data]), 'check data');
    assert.equal(result.status, 65);
    for (const line of result.stderr.toString().trimEnd().split('\n')) assert.ok(line.startsWith(data), JSON.stringify(line));
    check(episoded(['check', 'data', ...HOSTILE.filter(({ bytes }) => !bytes.includes(0)).map(({ bytes }) => bytes.toString())]), 'check data');
  });

  test('unknown words and options', () => {
    for (const { name, bytes } of HOSTILE) {
      const word = bytes.toString().replaceAll('\0', '');
      for (const args of [[word], [`--${word}`], [`-${word}`], [`--help=${word}`], ['run', word], ['check', word], ['commands', word], ['-c']]) {
        const result = check(episoded(args), `${name}: ${args}`);
        assert.notEqual(result.stderr.length + result.stdout.length, 0);
        assert.equal(result.signal, null);
      }
    }
  });

  test('chat through a pipe, with hostile texts in the dataset', () => {
    const data = join(folder, 'show');
    const hostile = TEXTS.map(({ bytes }) => bytes.toString());
    const show = {
      name: `Show ${hostile[4]}`,
      episodes: hostile.map((text, i) => ({ season: 1, number: i + 1, name: `Name ${text}`, summary: `Summary ${text}` })),
    };
    mkdirSync(data);
    writeFileSync(join(data, 'show.json'), JSON.stringify(show));
    const config = join(folder, 'chat.json');
    writeFileSync(config, JSON.stringify({ data, gateways: [{ name: 'lobby', type: 'lobby' }] }));
    const checked = check(episoded(['check', 'data', data]), 'check data');
    assert.equal(checked.status, 0);
    // Line breaks are white space in a text; other control characters are warned about.
    const meant = TEXTS.filter(({ bytes }) => !/[\u2028-\u202e\u0080-\u009f\x1b]/.test(bytes.toString())).length;
    assert.equal(checked.stdout.toString().match(/: warning: this text contains a control character/g).length, 1 + 2 * (TEXTS.length - meant));
    const asked = HOSTILE.flatMap(({ bytes }) => [Buffer.from('!'), bytes, Buffer.from('\n!episode '), bytes, Buffer.from('\n'), bytes, Buffer.from('\n')]);
    const numbers = hostile.map((_, i) => Buffer.from(`!episode ${i + 1}\n!search ${wordOf(TEXTS[i])}\n`));
    const result = check(episoded(['chat', '-c', config], { input: Buffer.concat([...asked, ...numbers]) }), 'chat');
    assert.equal(result.status, 0, result.stderr.toString());
    for (const hidden of TEXTS) assert.match(result.stdout.toString(), new RegExp(`Summary .*${wordOf(hidden)}`));
  });
});

test('a status that is too long lists some gateways and a count; later it lists all again', async () => {
  const port = await freePort();
  const many = Array.from({ length: 63 }, (_, i) => ({
    name: `g${i}-${'x'.repeat(25)}`, type: 'irc', url: `irc://127.0.0.1:${port}`, nick: 'bot', channels: [], reconnect: { base_ms: 3600000, cap_ms: 3600000 },
  }));
  const bot = await startBot({ config: { gateways: many } });
  await bot.waitForStatus(/^g\d+-x+ .*\), and \d+ more; 1 show, .* episodes; 0 answered$/);
  bot.configure({ ...bot.config, gateways: many.slice(0, 2) });
  bot.reload();
  await bot.waitForStatus(/^g\d-x+ connecting \([^)]*\), g\d-x+ connecting \([^)]*\); 1 show/);
  await bot.stop();
});
