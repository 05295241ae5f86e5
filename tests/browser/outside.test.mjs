// Data from outside: the URL, the browser's storage, and malformed lines.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { IrcClient } from '../harness/irc.mjs';
import { WAIT_MS } from '../harness/process.mjs';
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

// Check that the page still works: a question gets an answer.
async function assertAlive(visitor) {
  asked += 1;
  await visitor.say(`question ${asked}.`);
  await visitor.say('!ping');
  await visitor.log.locator(`li:has-text("question ${asked}.") ~ li:has-text("Pong")`).first().waitFor();
  visitor.assertCalm(lobby.url);
}

test('"#%" in the URL stopped the page from working', async () => {
  for (const hash of ['#%', '#%E0%A4%A', '#%FF', '#%00', '#a%20b', '#a,b', `#${'a'.repeat(60)}`, '#']) {
    const visitor = await Visitor.enter(browser, lobby.url + hash, { nick: 'anna' });
    await assertAlive(visitor);
    await visitor.leave();
  }
});

test('a URL that changes to "#%" names no channel, and the page keeps its channel', async () => {
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
  context.setDefaultTimeout(WAIT_MS);
  await visitor.open(lobby.url);
  return visitor;
}

test('any contents of the storage are survived', async () => {
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

// Enter with the page's socket at hand, on which lines can be received.
const enterWithSocket = () => enterWith(() => {
  const Original = window.WebSocket;
  window.WebSocket = class extends Original {
    constructor(...args) {
      super(...args);
      window.lastSocket = this;
    }
  };
});

const card = (value) => `@episoded/card=${value.replaceAll(' ', '\\s')};msgid=${Math.random()} :x!x@x PRIVMSG #lobby :card`;

test('malformed lines are skipped', async () => {
  const visitor = await enterWithSocket();
  const lines = ['', ' ', ':', '@', '@;;= ', 'PRIVMSG', ':x PRIVMSG', ':x!x@x PRIVMSG #lobby', '353', '353 a b #lobby', '366', '005', 'BATCH', 'BATCH +',
    'BATCH -x', 'BATCH +b chathistory #lobby', '@batch=b PRIVMSG', '@batch=b :x PRIVMSG #lobby', 'BATCH -b', 'JOIN', 'PART', 'QUIT', 'NICK', ':x NICK', 'CAP',
    'CAP * LS', '001', '401', '403', '404', '405', '431', '432', '433', 'ERROR', 'TAGMSG', '__proto__', 'constructor', 'toString',
    '@time=never :x!x@x PRIVMSG #lobby :late', card('null'), card('[]'), card('{'), card('{"fields":[null,1,"x",{}],"choices":[null,{"1":"x"},[1,2]],"items":{}}'),
    card('{"title":{},"text":[],"footer":{},"spoiler":[]}'), card('{"spoiler":"x","text":"y","veiled":[],"url":{},"image":1}'),
    card('{"spoiler":"x","items":["y",{}],"veiled":{"items":{},"text":"no"},"url":"::"}')];
  await visitor.page.evaluate((all) => {
    for (const data of all) window.lastSocket.onmessage({ data });
    window.lastSocket.onmessage({ data: new Blob(['x']) });
    window.lastSocket.onmessage({ data: undefined });
  }, lines);
  await assertAlive(visitor);
  await visitor.leave();
});

test('a card veils its items one by one, and links only to https', async () => {
  const visitor = await enterWithSocket();
  const { page } = visitor;
  const receive = async (value) => {
    const data = card(JSON.stringify(value));
    await page.evaluate((line) => window.lastSocket.onmessage({ data: line }), data);
    return visitor.cards.last();
  };
  const list = await receive({
    title: 'List', spoiler: 'Why', items: ['clear-one', 'veiled-two', 'veiled-three'], veiled: { items: [1, 2] },
    url: 'https://tv.example/9', image: 'https://images.example/9.jpg',
  });
  assert.match(await list.innerText(), /clear-one/);
  assert.doesNotMatch(await list.ariaSnapshot(), /veiled-/);
  await list.getByRole('button', { name: /Why/ }).first().press('Enter');
  assert.match(await list.innerText(), /veiled-two/);
  assert.doesNotMatch(await list.innerText(), /veiled-three/);
  assert.equal(await list.getByRole('link', { name: 'More on tv.example' }).getAttribute('href'), 'https://tv.example/9');
  assert.equal(await list.getByRole('link', { name: 'Picture' }).count(), 1);

  // A picture may tell as much as the text.
  const text = await receive({ spoiler: 'Why', text: 'veiled-text', veiled: { text: true }, image: 'https://images.example/9.jpg' });
  assert.equal(await text.getByRole('link', { name: 'Picture' }).count(), 0);
  await text.getByRole('button', { name: /Why/ }).click();
  assert.equal(await text.getByRole('link', { name: 'Picture' }).count(), 1);

  const whole = await receive({ spoiler: 'Why', text: 'veiled-text', items: ['veiled-item'] });
  assert.doesNotMatch(await whole.innerText(), /veiled-/, 'without the names of parts, all are veiled');

  for (const url of ['javascript:alert(1)', 'http://tv.example/', 'data:text/html,x', 'tv.example'])
    assert.equal(await (await receive({ text: 'x', url, image: url })).getByRole('link').count(), 0, url);
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
