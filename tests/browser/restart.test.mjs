// The bot restarts: the page reconnects, and no message is lost or duplicated.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { IrcClient } from '../harness/irc.mjs';
import { Visitor, startBrowser, startLobby } from './page.mjs';

let browser;

before(async () => {
  browser = await startBrowser();
});

after(() => browser?.close());

const restart = (lobby) => startLobby({ port: lobby.port });

test('a message typed meanwhile is delivered once', async () => {
  let lobby = await startLobby();
  const ann = await Visitor.enter(browser, lobby.url, { nick: 'ann' });
  await ann.say('before');
  await ann.message('before').waitFor();

  const { isInTime } = await lobby.bot.stop();
  assert.ok(isInTime, 'the goodbye took too long');
  await ann.page.getByRole('status').getByText(/Trying again|be back/).first().waitFor();
  await ann.say('typed meanwhile');
  await ann.say('!episode 5');
  assert.equal(await ann.waiting('typed meanwhile').locator('.waiting').innerText(), 'waiting for the connection');

  lobby = await restart(lobby);
  await ann.ready();
  await ann.cards.getByRole('heading', { name: /episode 5\b/i }).waitFor();
  assert.equal(await ann.log.locator('.pending').count(), 0);

  const bob = await Visitor.enter(browser, lobby.url, { nick: 'bob' });
  await bob.message('typed meanwhile').waitFor();
  await bob.cards.getByRole('heading', { name: /episode 5\b/i }).first().waitFor(); // it is later in the history
  for (const visitor of [ann, bob]) {
    assert.equal(await visitor.message('typed meanwhile').count(), 1);
    assert.equal(await visitor.cards.getByRole('heading', { name: /episode 5\b/i }).count(), 1);
  }
  assert.equal(await ann.message('before').count(), 1, 'the page still shows what the bot forgot');
  await ann.leave();
  await bob.leave();
  await lobby.bot.stop();
});

test('a message that arrived before the connection broke is not sent again', async () => {
  const lobby = await startLobby();
  const ann = await Visitor.enter(browser, lobby.url, { nick: 'ann' });
  // Drop the echo, as if the connection had broken before it.
  await ann.page.evaluate(() => {
    const original = WebSocket.prototype.send;
    WebSocket.prototype.send = function send(data) {
      original.call(this, data);
      if (!String(data).includes('only once') || window.isBroken) return;
      window.isBroken = true;
      this.onmessage = null;
      setTimeout(() => this.close(), 50);
    };
  });
  await ann.say('said only once');
  await ann.page.waitForFunction(() => window.isBroken);
  await ann.page.locator('.pending').waitFor({ state: 'detached' });
  await ann.say('and then this');
  await ann.message('and then this').waitFor();
  assert.equal(await ann.message('said only once').count(), 1);

  const reader = await IrcClient.connect(lobby.wsUrl, { nick: 'reader', caps: ['batch', 'message-tags'] });
  reader.send('JOIN #lobby');
  const last = await reader.expect((line) => line.verb === 'PRIVMSG' && /only once|and then this/.test(line.params[1]));
  assert.match(last.params[1], /only once/);
  const next = await reader.expect((line) => line.verb === 'PRIVMSG');
  assert.match(next.params[1], /and then this/, 'the server has it once, too');
  await reader.close();
  await ann.leave();
  await lobby.bot.stop();
});

test('after each of five restarts the page reconnects', async () => {
  let lobby = await startLobby();
  const ann = await Visitor.enter(browser, lobby.url, { nick: 'ann' });
  for (let i = 0; i < 5; i += 1) {
    await lobby.bot.stop();
    await ann.page.locator('body[data-state="waiting"], body[data-state="connecting"]').first().waitFor();
    lobby = await restart(lobby);
    await ann.page.evaluate(() => window.dispatchEvent(new Event('focus'))); // a person looks at the page
    await ann.ready();
    await ann.say(`round ${i}`);
    await ann.message(`round ${i}`).waitFor();
  }
  assert.equal(await ann.log.locator('.message').count(), 5);
  await ann.leave();
  await lobby.bot.stop();
});

test('a waiting message survives a reload', async () => {
  let lobby = await startLobby();
  const ann = await Visitor.enter(browser, lobby.url, { nick: 'ann' });
  await ann.page.route('**/*', (route) => route.continue());
  await lobby.bot.stop();
  await ann.page.locator('body[data-state="waiting"]').waitFor();
  await ann.say('kept over a reload');
  lobby = await restart(lobby);
  await ann.page.reload();
  await ann.message('kept over a reload').first().waitFor();
  await ann.page.locator('.pending').waitFor({ state: 'detached' });
  assert.equal(await ann.message('kept over a reload').count(), 1);
  await ann.leave();
  await lobby.bot.stop();
});
