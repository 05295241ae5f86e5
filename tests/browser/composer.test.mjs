// The message field: suggestions, lines, drafts, sent lines, composition.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';
import { Visitor, startBrowser, startLobby } from './page.mjs';

let browser;
let lobby;

before(async () => {
  [browser, lobby] = await Promise.all([startBrowser(), startLobby({ channels: ['#lobby', '#tv'] })]);
});

after(async () => {
  await browser?.close();
  await lobby?.bot.stop();
});

const enter = (nick, options = {}) => Visitor.enter(browser, options.url ?? lobby.url, { nick, ...options });
const optionsOf = (visitor) => visitor.page.getByRole('listbox').getByRole('option');
const hintOf = (visitor) => visitor.page.locator('#hint');
const counterOf = (visitor) => visitor.page.locator('#counter');

async function type(visitor, text) {
  await visitor.input.fill('');
  await visitor.input.pressSequentially(text);
}

// What a person said, in order.
const saidBy = (visitor, nick) => visitor.page.evaluate((name) => {
  let author = '';
  return [...document.querySelectorAll('#log .message:not(.pending)')].flatMap((node) => {
    author = node.querySelector('.nick')?.textContent ?? author;
    return author === name ? [node.querySelector('.text')?.textContent ?? ''] : [];
  });
}, nick);

// ---- suggestions

test('arguments are suggested: episodes, characters, choices, commands, zones', async () => {
  const ann = await enter('ann');
  const first = optionsOf(ann).first();
  for (const [typed, value, accepted] of [
    ['!episode dron', /s01e05/, '!episode s01e05'],
    ['!who on-j', /Nam On-jo/, '!who Nam On-jo'],
    ['!random tri', /trivia/, '!random trivia'],
    ['!help epi', /episode/, '!help episode'],
    ['!zone berl', /Europe\/Berlin/, '!zone Europe/Berlin'],
    ['!zone new yo', /America\/New_York/, '!zone America/New_York'],
    ['!seen unde', /undo/, '!seen undo'],
  ]) {
    await type(ann, typed);
    await first.filter({ hasText: value }).waitFor();
    await ann.input.press('Tab');
    assert.equal(await ann.input.inputValue(), accepted);
    assert.equal(await ann.input.getAttribute('aria-expanded'), 'false');
  }
  ann.assertCalm(lobby.url);
  await ann.leave();
});

test('before the first letter of an argument, all are offered', async () => {
  const ann = await enter('ann');
  for (const [typed, texts] of [['!help ', ['airdate', 'episode', 'zone']], ['!random ', ['synopsis', 'trivia']], ['!episodes ', ['Season 1']]]) {
    await type(ann, typed);
    for (const text of texts) await optionsOf(ann).filter({ hasText: text }).first().waitFor();
  }
  assert.equal(await ann.page.getByRole('option', { name: /^(set|reload|ignore)\b/ }).count(), 0, 'owner commands');
  await ann.leave();
});

test('names are found with typos and by a part', async () => {
  const ann = await enter('ann');
  for (const [typed, text] of [['!pisod', '!episode'], ['!epsi', '!episode'], ['!trivai', '!trivia'], ['!airdaet', '!airdate'], ['!who cheong sna', 'Lee Cheong-san'],
    ['!help pisod', 'episode'], ['!random syn0psis', 'synopsis'], ['!zone erlin', 'Europe/Berlin']]) {
    await type(ann, typed);
    await optionsOf(ann).filter({ hasText: text }).first().waitFor();
    assert.equal(await optionsOf(ann).and(ann.page.locator('[aria-selected=true]')).count(), 0, `a guess is not chosen by Enter: ${typed}`);
  }
  await ann.leave();
});

test('a suggestion tells nothing past the line', async () => {
  const ann = await enter('ann-spoils');
  await ann.say('!seen 1');
  await ann.message('seen undo').waitFor();
  await type(ann, '!episode ');
  await optionsOf(ann).first().waitFor();
  assert.equal(await optionsOf(ann).count(), 1);
  await type(ann, '!episode drone');
  await type(ann, '!episode 1');
  await optionsOf(ann).filter({ hasText: 's01e01' }).waitFor();
  assert.equal(await optionsOf(ann).filter({ hasText: 'drone' }).count(), 0);
  const socket = await IrcClient.connect(lobby.wsUrl, { nick: 'ann-elsewhere', caps: ['message-tags'] });
  await socket.join('#lobby');
  socket.send('PRIVMSG #lobby :!seen 1');
  await socket.expect((line) => line.verb === 'PRIVMSG' && /seen undo/.test(line.params[1]));
  socket.send('COMPLETE 1 #lobby episode episode :drone');
  const { tags } = await socket.expect(/COMPLETE/);
  assert.equal(tags['episoded/suggestions'], '[]');
  await socket.close();
  await ann.leave();
});

test('Enter sends what was typed while suggestions are shown', async () => {
  const ann = await enter('ann');
  await type(ann, '!episode drone');
  await optionsOf(ann).first().waitFor();
  await ann.input.press('Enter');
  await ann.cards.last().getByRole('heading', { name: /episode 5\b/i }).waitFor();
  assert.equal(await ann.input.inputValue(), '');
  await type(ann, '!episode drone');
  await optionsOf(ann).first().waitFor();
  await ann.input.press('ArrowDown');
  assert.match(await ann.page.locator(`#${await ann.input.getAttribute('aria-activedescendant')}`).innerText(), /s01e05/);
  await ann.input.press('Enter');
  assert.equal(await ann.input.inputValue(), '!episode s01e05');
  await ann.input.press('Enter');
  assert.equal(await ann.input.inputValue(), '');
  await ann.leave();
});

test('"not a command, did you mean" is said before Enter, and does not block it', async () => {
  const ann = await enter('ann');
  await type(ann, '!epsiode 5');
  await hintOf(ann).getByText('!epsiode is not a command. Did you mean !episode?').waitFor();
  await hintOf(ann).getByRole('button', { name: '!episode' }).click();
  assert.equal(await ann.input.inputValue(), '!episode 5');
  assert.equal(await ann.page.evaluate(() => document.activeElement.id), 'input');

  await type(ann, '!epsiode 5');
  await hintOf(ann).getByRole('button').waitFor();
  await ann.input.press('Enter');
  await ann.message('!epsiode 5').waitFor();

  await type(ann, '!weather seoul');
  await hintOf(ann).getByText('!weather is not a command.').waitFor();
  assert.equal(await hintOf(ann).getByRole('button').count(), 0);
  for (const typed of ['!ep5', '!5', '!s01e05', '!episode 5', 'hello', '!!!']) {
    await type(ann, typed);
    await ann.page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
    assert.doesNotMatch(await hintOf(ann).innerText(), /not a command/, typed);
  }
  await ann.leave();
});

test('the hint on typos is the answer that the bot gives', async () => {
  const ann = await IrcClient.connect(lobby.wsUrl, { nick: 'ann-irc', caps: ['message-tags'] });
  await ann.join('#lobby');
  for (const word of ['epsiode', 'hlep', 'triva', 'session', 'when', 'ep5', 'ping', 'xyzzy', '5']) {
    ann.send(`COMPLETE 7 ${word}`);
    const { params } = await ann.expect(/COMPLETE/);
    ann.say('episoded', `!${word}`);
    const answer = await ann.expect(/PRIVMSG/);
    const isTypo = /^Did you mean !(\S+)\?/.exec(answer.params[1]);
    assert.equal(params[1] === 'typo', Boolean(isTypo), `${word}: ${answer.params[1]}`);
    if (isTypo) assert.equal(params[2], isTypo[1]);
    await ann.sync();
  }
  await ann.close();
});

test('what a person uses comes first, also after a reload, and not for another name', async () => {
  const ann = await enter('ann');
  const first = optionsOf(ann).first();
  for (let i = 0; i < 2; i += 1) await ann.say('!trivia');
  await ann.say('!who Nam On-jo');
  await ann.page.reload();
  await ann.ready();
  await type(ann, '!');
  await first.filter({ hasText: '!trivia' }).waitFor();
  await type(ann, '!who ');
  await first.filter({ hasText: 'Nam On-jo' }).waitFor();
  await ann.say('/nick ann-other');
  await ann.page.getByText('You are ann-other now.').waitFor();
  await type(ann, '!');
  await first.filter({ hasText: '!airdate' }).waitFor();
  await ann.leave();
});

test('the field is an ARIA combobox', async () => {
  const ann = await enter('ann');
  const attribute = (name) => ann.input.getAttribute(name);
  assert.equal(await attribute('aria-expanded'), 'false');
  assert.equal(await attribute('aria-autocomplete'), 'list');
  await type(ann, '!episode ');
  await optionsOf(ann).first().waitFor();
  assert.equal(await attribute('aria-expanded'), 'true');
  assert.equal(await attribute('aria-activedescendant'), null);
  const list = ann.page.locator(`#${await attribute('aria-controls')}`);
  assert.equal(await list.getAttribute('role'), 'listbox');
  for (const [key, at] of [['ArrowDown', 0], ['ArrowDown', 1], ['ArrowUp', 0], ['ArrowUp', -1]]) {
    await ann.input.press(key);
    const node = optionsOf(ann).nth(at);
    assert.equal(await attribute('aria-activedescendant'), await node.getAttribute('id'));
    assert.equal(await node.getAttribute('aria-selected'), 'true');
  }
  await ann.input.press('Escape');
  assert.equal(await attribute('aria-expanded'), 'false');
  assert.equal(await attribute('aria-activedescendant'), null);
  await ann.leave();
});

test('a suggestion can be clicked and tapped, and the field keeps the focus', async () => {
  const ann = await enter('ann', { hasTouch: true, viewport: { width: 390, height: 844 } });
  await type(ann, '!who ');
  await optionsOf(ann).filter({ hasText: 'Nam On-jo' }).tap();
  assert.equal(await ann.input.inputValue(), '!who Nam On-jo');
  await type(ann, '!tri');
  await optionsOf(ann).first().click();
  assert.equal(await ann.input.inputValue(), '!trivia ');
  assert.equal(await ann.page.evaluate(() => document.activeElement.id), 'input');
  await ann.leave();
});

test('nicks are completed after "@" and by Tab', async () => {
  const ann = await enter('ann');
  const bob = await enter('roberta');
  await ann.page.getByRole('complementary').getByText('roberta').waitFor();
  await type(ann, 'hello @rob');
  await ann.input.press('Tab');
  assert.equal(await ann.input.inputValue(), 'hello @roberta ');
  await type(ann, 'rob');
  await ann.input.press('Tab');
  assert.equal(await ann.input.inputValue(), 'roberta: ');
  await ann.input.press('Tab'); // nothing to complete: the next element
  assert.notEqual(await ann.page.evaluate(() => document.activeElement.id), 'input');
  await bob.leave();
  await ann.leave();
});

test('the prefix of the configuration is completed', async () => {
  const port = await freePort();
  const bot = await startBot({ config: { prefix: '?', gateways: [{ name: 'lobby', type: 'lobby', listen: `127.0.0.1:${port}`, channels: ['#lobby'] }] } });
  await bot.waitForLog(/ready: gateway lobby/);
  const ann = await enter('ann', { url: `http://127.0.0.1:${port}/` });
  await type(ann, '?epi');
  await optionsOf(ann).filter({ hasText: '?episode <episode>' }).waitFor();
  await ann.input.press('Tab');
  assert.equal(await ann.input.inputValue(), '?episode ');
  await type(ann, '!epi');
  assert.equal(await optionsOf(ann).count(), 0);
  await ann.leave();
  await bot.stop();
});

// ---- Escape, drafts and sent lines

test('Escape closes the list and deletes no draft', async () => {
  const ann = await enter('ann');
  await type(ann, '!epis');
  await optionsOf(ann).first().waitFor();
  for (let i = 0; i < 3; i += 1) await ann.input.press('Escape');
  assert.equal(await optionsOf(ann).count(), 0);
  assert.equal(await ann.input.inputValue(), '!epis');
  await ann.input.press('ArrowDown'); // opens it again
  await optionsOf(ann).first().waitFor();
  await type(ann, 'a draft');
  await ann.input.press('Escape');
  assert.equal(await ann.input.inputValue(), 'a draft');
  await ann.leave();
});

test('a draft and the sent lines are kept over a reload', async () => {
  const ann = await enter('ann');
  for (const text of ['one of ann', 'two of ann']) await ann.say(text);
  await ann.message('two of ann').waitFor();
  await type(ann, 'a half-written');
  await ann.input.press('Shift+Enter');
  await ann.input.pressSequentially('draft');
  await ann.page.reload();
  await ann.ready();
  await ann.page.waitForFunction(() => document.getElementById('input').value === 'a half-written\ndraft');
  await ann.input.press('Control+Home');
  await ann.input.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), 'two of ann');
  await ann.input.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), 'one of ann');
  await ann.input.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), 'one of ann');
  await ann.input.press('ArrowDown');
  await ann.input.press('ArrowDown');
  assert.equal(await ann.input.inputValue(), 'a half-written\ndraft');
  await ann.input.fill('');
  await ann.page.reload();
  await ann.ready();
  assert.equal(await ann.input.inputValue(), '');
  await ann.leave();
});

test('each channel has its own draft and its own sent lines', async () => {
  const ann = await enter('ann');
  const visit = async (channel) => {
    await ann.page.evaluate((name) => { location.hash = name; }, channel);
    await ann.page.getByRole('heading', { level: 1, name: channel }).waitFor();
  };
  await ann.say('said in the lobby');
  await type(ann, 'draft of the lobby');
  await visit('#tv');
  assert.equal(await ann.input.inputValue(), '');
  await ann.input.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), '');
  await type(ann, 'draft of tv');
  await visit('#lobby');
  assert.equal(await ann.input.inputValue(), 'draft of the lobby');
  await ann.input.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), 'said in the lobby');
  await visit('#tv');
  assert.equal(await ann.input.inputValue(), 'draft of tv');
  await visit('#lobby');
  assert.equal(await ann.input.inputValue(), 'draft of the lobby');
  await ann.leave();
});

test('sent lines are not shared between two names', async () => {
  const ann = await enter('ann-lines');
  await ann.say('secret of ann');
  await ann.message('secret of ann').waitFor();
  await type(ann, '/nick bob-lines');
  await ann.input.press('Enter');
  await ann.page.getByText('You are bob-lines now.').waitFor();
  await ann.input.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), '');
  await type(ann, 'draft of bob');
  await ann.page.reload();
  await ann.ready();
  await ann.page.waitForFunction(() => document.getElementById('input').value === 'draft of bob');
  await ann.say('/nick ann-lines');
  await ann.page.getByText('You are ann-lines now.').waitFor();
  await ann.input.press('ArrowUp');
  await ann.input.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), 'secret of ann');
  await ann.leave();
});

test('a rename keeps what is being typed', async () => {
  const ann = await enter('ann');
  await type(ann, 'in the middle');
  await ann.page.evaluate(() => document.getElementById('input').setSelectionRange(3, 3));
  await ann.page.getByRole('button', { name: /Change your name/ }).click();
  await ann.page.getByRole('dialog').getByRole('textbox').fill('ann-new');
  await ann.page.keyboard.press('Enter');
  await ann.page.getByText('You are ann-new now.').waitFor();
  assert.equal(await ann.input.inputValue(), 'in the middle');
  assert.equal(await ann.input.evaluate((node) => node.selectionStart), 3);
  await ann.leave();
});

test('what is stored is bounded, and damaged contents are survived', async () => {
  const ann = await enter('ann');
  for (const value of ['', '{', 'null', '[]', '"x"', '{"@ann #lobby":5}', '{"@ann #lobby":[1,null,{}]}', '{"@ann":[["a"],["b","c"],7]}', '{"@ann":{"x":1}}']) {
    await ann.page.evaluate((stored) => {
      for (const key of ['episoded.drafts', 'episoded.lines']) sessionStorage.setItem(key, stored);
      localStorage.setItem('episoded.uses', stored);
    }, value);
    await ann.page.reload();
    await ann.ready();
    await type(ann, '!pin');
    await optionsOf(ann).filter({ hasText: '!ping' }).waitFor();
    await ann.input.press('Enter');
    await ann.input.press('Enter');
    await ann.input.press('ArrowUp');
    assert.equal(await ann.input.inputValue(), '!ping', value);
    await ann.input.fill('');
  }
  const { bytes, count } = await ann.page.evaluate(async () => {
    const { Memory } = await import('/memory.js');
    const memory = new Memory({ session: () => sessionStorage, local: () => localStorage });
    for (let i = 0; i < 100; i += 1) {
      memory.enter(`name-${i}`, `#channel-${i}`);
      memory.draft = 'x'.repeat(20_000);
      for (let k = 0; k < 100; k += 1) memory.addLine(`${k} ${'y'.repeat(400)}`);
      for (let k = 0; k < 100; k += 1) memory.addUse(`command ${k}`);
    }
    const stored = [...Object.values(sessionStorage), ...Object.values(localStorage)];
    return { bytes: stored.reduce((sum, text) => sum + text.length, 0), count: memory.lines.length };
  });
  assert.ok(bytes < 1_000_000, `${bytes} bytes`);
  assert.ok(count >= 40 && count <= 50, `${count} lines`);
  ann.assertCalm(lobby.url);
  await ann.leave();
});

test('a browser that forbids storage has drafts and sent lines until the page is closed', async () => {
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });
    }
  });
  const ann = new Visitor();
  ann.context = context;
  await ann.open(lobby.url);
  await ann.say('sent without storage');
  await ann.message('sent without storage').waitFor();
  await type(ann, 'the draft');
  await ann.input.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), 'sent without storage');
  await ann.input.press('ArrowDown');
  assert.equal(await ann.input.inputValue(), 'the draft');
  ann.assertCalm(lobby.url);
  await ann.leave();
});

test('a text that begins with an unknown "/" stays in the field', async () => {
  const ann = await enter('ann');
  await ann.say('/usr/bin/env is a path');
  await ann.page.getByText('Unknown command /usr/bin/env').waitFor();
  assert.equal(await ann.input.inputValue(), '/usr/bin/env is a path');
  await ann.say('//usr/bin/env is a path');
  await ann.message('/usr/bin/env is a path').last().waitFor();
  assert.equal(await ann.input.inputValue(), '');
  await ann.leave();
});

// ---- lines

test('Shift+Enter adds a line, and the field grows up to a part of the window', async () => {
  const ann = await enter('ann', { viewport: { width: 800, height: 600 } });
  const height = () => ann.input.evaluate((node) => node.offsetHeight);
  const one = await height();
  await ann.input.pressSequentially('one');
  await ann.input.press('Shift+Enter');
  await ann.input.pressSequentially('two');
  assert.equal(await ann.input.inputValue(), 'one\ntwo');
  assert.ok(await height() > one + 15);
  await ann.input.fill('line\n'.repeat(60));
  assert.ok(await height() <= 600 * 0.4);
  assert.ok(await ann.page.locator('#scroller').evaluate((node) => node.clientHeight) > 150);
  await ann.input.fill('');
  assert.equal(await height(), one);
  await ann.leave();
});

test('pasted lines are messages, and each question in them is answered once, in order', async () => {
  const ann = await enter('ann-paste');
  const count = await ann.cards.count();
  await ann.page.evaluate(() => {
    document.getElementById('input').focus();
    document.execCommand('insertText', false, '!episode 3\r\n\r\nand then\r\n  !ping\r\n!episode 4\r\n\r\n');
  });
  await ann.input.press('Enter');
  await ann.cards.nth(count + 2).getByRole('heading', { name: /episode 4\b/i }).waitFor();
  await ann.say('the end');
  await ann.message('the end').waitFor();
  assert.deepEqual(await saidBy(ann, 'ann-paste'), ['!episode 3', 'and then', '  !ping', '!episode 4', 'the end']);
  const headings = await ann.cards.getByRole('heading').allInnerTexts();
  assert.deepEqual(headings.slice(-2).map((text) => /episode (\d+)/i.exec(text)[1]), ['3', '4']);
  await ann.input.press('ArrowUp');
  await ann.input.press('ArrowUp');
  assert.equal(await ann.input.inputValue(), '!episode 3\n\nand then\n  !ping\n!episode 4', 'recalled as it was sent');
  await ann.leave();
});

test('a "/" in a later line is text', async () => {
  const ann = await enter('ann-slash');
  await ann.input.fill('see\n/nick nobody\n/etc/hosts');
  await ann.input.press('Enter');
  await ann.message('/etc/hosts').waitFor();
  assert.deepEqual(await saidBy(ann, 'ann-slash'), ['see', '/nick nobody', '/etc/hosts']);
  await ann.leave();
});

test('a long text says how many messages it becomes before it is sent', async () => {
  const ann = await enter('ann-long');
  const counter = counterOf(ann);
  await ann.input.fill('short');
  assert.equal(await counter.innerText(), '');
  await ann.input.fill('w'.repeat(350));
  await counter.getByText('30 left in this message').waitFor();
  await ann.input.fill('좀'.repeat(120));
  await counter.getByText('6 left in this message').waitFor();
  const text = Array.from({ length: 200 }, (_, i) => `word-${i}`).join(' ');
  await ann.input.fill(text);
  const announced = Number(/\d+/.exec(await counter.getByText(/Will be sent as \d+ messages/).innerText())[0]);
  assert.ok(announced > 1);
  await ann.input.press('Enter');
  await ann.message('word-199').waitFor();
  assert.equal((await saidBy(ann, 'ann-long')).length, announced);
  assert.equal(await counter.innerText(), '');

  const many = Array.from({ length: 21 }, (_, i) => `line ${i}`).join('\n');
  await ann.input.fill(many);
  await counter.getByText('That would be 21 messages; 20 at once is the limit.').waitFor();
  await ann.input.press('Enter');
  assert.equal(await ann.input.inputValue(), many, 'nothing is sent, and nothing is lost');
  assert.equal((await saidBy(ann, 'ann-long')).length, announced);
  await ann.leave();
});

test('a long /me arrives completely', async () => {
  const ann = await enter('ann-me');
  const words = Array.from({ length: 90 }, (_, i) => `act-${i}`).join(' ');
  await ann.input.fill(`/me ${words}`);
  await counterOf(ann).getByText('Will be sent as 2 messages').waitFor();
  await ann.input.press('Enter');
  await ann.message('act-89').waitFor();
  assert.ok((await ann.log.locator('.text.action').allInnerTexts()).join(' ').replaceAll('ann-me ', '').includes(words));
  await ann.leave();
});

// ---- composition and phones

test('Enter in a Korean composition does not send', async () => {
  const ann = await enter('ann-korean');
  const client = await ann.context.newCDPSession(ann.page);
  await ann.input.focus();
  for (const text of ['ㅎ', '하', '한']) await client.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  await ann.input.press('Enter');
  assert.equal(await ann.log.getByText('한').count(), 0);
  assert.equal((await ann.input.inputValue()).replace('\n', ''), '한');
  await client.send('Input.insertText', { text: '글' });
  const keydown = (properties) => ann.input.evaluate((node, all) => node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...all })), properties);
  await keydown({ isComposing: true });
  await keydown({ keyCode: 229 }); // Safari: the keydown comes after the end of the composition
  await ann.say('after it');
  await ann.message('after it').waitFor();
  assert.deepEqual(await saidBy(ann, 'ann-korean'), ['after it']);
  await ann.input.fill('');
  await ann.leave();
});

test('a phone capitalises sentences, and neither capitalises nor corrects commands', async () => {
  const ann = await enter('ann');
  const attributes = () => ann.input.evaluate((node) => ['enterkeyhint', 'autocapitalize', 'autocorrect', 'spellcheck'].map((name) => node.getAttribute(name)));
  await ann.input.fill('hello');
  assert.deepEqual(await attributes(), ['send', 'sentences', 'on', 'true']);
  for (const text of ['!epi', '/me']) {
    await ann.input.fill(text);
    assert.deepEqual(await attributes(), ['send', 'off', 'off', 'false']);
  }
  await ann.leave();
});

test('a touch on the button sends, and the keyboard stays', async () => {
  const ann = await enter('ann-touch', { hasTouch: true, viewport: { width: 390, height: 844 } });
  await ann.input.fill('sent by touch');
  await ann.page.getByRole('button', { name: 'Send' }).tap();
  await ann.message('sent by touch').waitFor();
  assert.equal(await ann.page.evaluate(() => document.activeElement.id), 'input');
  await ann.leave();
});
