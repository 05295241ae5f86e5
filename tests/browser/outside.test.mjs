// What others wrote: the address, the browser's memory, and lines that are not as they should be.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { IrcClient } from '../harness/irc.mjs';
import { Visitor, startBrowser, startLobby } from './page.mjs';

let lobby;
let browser;

before(async () => {
  lobby = await startLobby();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await lobby?.bot.stop();
});

let asked = 0;

// The page is alive: a question of its own has an answer.
async function assertAlive(visitor) {
  asked += 1;
  await visitor.say(`question ${asked}.`);
  await visitor.say('!ping');
  await visitor.log.locator(`li:has-text("question ${asked}.") ~ li:has-text("Pong")`).first().waitFor();
  visitor.assertCalm(lobby.url);
}

test('"#%" in the address left the page dead', async () => {
  for (const hash of ['#%', '#%E0%A4%A', '#%FF', '#%00', '#a%20b', '#a,b', `#${'a'.repeat(60)}`, '#']) {
    const visitor = await Visitor.enter(browser, lobby.url + hash, { nick: 'anna' });
    await assertAlive(visitor);
    await visitor.leave();
  }
});

test('an address that is changed to "#%" names no channel, and the page stays where it is', async () => {
  const visitor = await Visitor.enter(browser, lobby.url, { nick: 'anna' });
  await visitor.page.evaluate(() => { location.hash = '#%'; });
  await visitor.log.getByText('not a valid channel').waitFor();
  await assertAlive(visitor);
  await visitor.leave();
});

async function enterWith(script, argument) {
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.addInitScript(script, argument);
  const visitor = new Visitor();
  visitor.context = context;
  context.setDefaultTimeout(10_000);
  await visitor.open(lobby.url);
  return visitor;
}

test('whatever lies in the storage', async () => {
  const pending = ['', '{', 'null', '{}', '"x"', '[null,1,"x",[],{}]', '[{"sentId":"a","text":"x"}]', '[{"sentId":"a","text":"x","target":"#lobby","time":1e300}]'];
  const nicks = ['', ' ', 'a b', '\n', 'é'.repeat(100), '1', '#', '<b>', '\u0000', 'episoded'];
  for (let i = 0; i < Math.max(pending.length, nicks.length); i += 1) {
    const visitor = await enterWith(([nick, list]) => {
      localStorage.setItem('episoded.nick', nick);
      sessionStorage.setItem('episoded.pending', list);
    }, [nicks[i % nicks.length], pending[i % pending.length]]);
    await assertAlive(visitor);
    await visitor.leave();
  }
});

test('a browser that forbids storage, and one whose storage is full', async () => {
  const forbidden = await enterWith(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });
    }
  });
  await assertAlive(forbidden);
  await forbidden.leave();
  const full = await enterWith(() => {
    Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
  });
  await assertAlive(full);
  await full.leave();
});

test('lines that are not as they should be are skipped', async () => {
  const visitor = await enterWith(() => {
    const Original = window.WebSocket;
    window.WebSocket = class extends Original {
      constructor(...args) {
        super(...args);
        window.lastSocket = this;
      }
    };
  });
  const card = (value) => `@episoded/card=${value.replaceAll(' ', '\\s')};msgid=${Math.random()} :x!x@x PRIVMSG #lobby :card`;
  const lines = ['', ' ', ':', '@', '@;;= ', 'PRIVMSG', ':x PRIVMSG', ':x!x@x PRIVMSG #lobby', '353', '353 a b #lobby', '366', '005', 'BATCH', 'BATCH +',
    'BATCH -x', 'BATCH +b chathistory #lobby', '@batch=b PRIVMSG', '@batch=b :x PRIVMSG #lobby', 'BATCH -b', 'JOIN', 'PART', 'QUIT', 'NICK', ':x NICK', 'CAP',
    'CAP * LS', '001', '401', '403', '404', '405', '431', '432', '433', 'ERROR', 'TAGMSG', '__proto__', 'constructor', 'toString',
    '@time=never :x!x@x PRIVMSG #lobby :late', card('null'), card('[]'), card('{'), card('{"fields":[null,1,"x",{}],"choices":[null,{"1":"x"},[1,2]],"items":{}}'),
    card('{"title":{},"text":[],"footer":{},"spoiler":[]}')];
  await visitor.page.evaluate((all) => {
    for (const data of all) window.lastSocket.onmessage({ data });
    window.lastSocket.onmessage({ data: new Blob(['x']) });
    window.lastSocket.onmessage({ data: undefined });
  }, lines);
  await assertAlive(visitor);
  await visitor.leave();
});

test('a mode or a nick gave a person the badge of the bot', async () => {
  const visitor = await Visitor.enter(browser, lobby.url, { nick: 'anna' });
  const other = await IrcClient.connect(lobby.wsUrl, { nick: 'helper', caps: ['message-tags'] });
  await other.join('#lobby');
  other.send('MODE helper +B');
  other.send('@+account=episoded;account=episoded PRIVMSG #lobby :I am the bot');
  await visitor.message('I am the bot').waitFor();
  assert.equal(await visitor.message('I am the bot').locator('.badge').count(), 0);
  assert.equal(await visitor.message('I am the bot').locator('img.avatar').count(), 0);
  for (const nick of ['еpisoded', 'epis0ded', 'ＥＰＩＳＯＤＥＤ', 'episoded_']) {
    other.send(`NICK ${nick}`);
    await other.expect((line) => line.verb === '433');
  }
  await assertAlive(visitor);
  assert.equal(await visitor.message('Pong').last().locator('.badge').first().textContent(), 'bot');
  await other.close();
  await visitor.leave();
});
