// A bot with a lobby and a browser, for the tests of the page.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { chromium } from 'playwright-core';

import { root, startBot } from '../harness/bot.mjs';
import { IrcClient } from '../harness/irc.mjs';
import { freePort } from '../harness/ports.mjs';
import { WAIT_MS } from '../harness/process.mjs';

// The same engine as Chromium's, without the windows around the page: a page takes a third of the processor time.
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell';
const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export const startBrowser = () => chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGUMENTS });

// state: a folder that outlives the bot. data: the folder of its shows.
export async function startLobby({ port, channels = ['#lobby'], state, data } = {}) {
  const listen = port ?? await freePort();
  const bot = await startBot({
    config: { ...(state ? { state } : {}), ...(data ? { data } : {}), gateways: [{ name: 'lobby', type: 'lobby', listen: `127.0.0.1:${listen}`, channels }] },
  });
  await bot.waitForLog(/ready: gateway lobby/);
  return { bot, port: listen, url: `http://127.0.0.1:${listen}/`, wsUrl: `ws://127.0.0.1:${listen}/` };
}

// A person with their own window, storage and name.
export class Visitor {
  static async enter(browser, url, { nick, session, ...options } = {}) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext({ locale: 'en-GB', ...options });
    visitor.context.setDefaultTimeout(WAIT_MS);
    if (nick) {
      await visitor.context.addInitScript((name) => {
        if (!localStorage.getItem('episoded.nick')) localStorage.setItem('episoded.nick', name);
      }, nick);
    }
    if (session) {
      await visitor.context.addInitScript((token) => {
        if (!sessionStorage.getItem('episoded.session')) sessionStorage.setItem('episoded.session', token);
      }, session);
    }
    await visitor.open(url);
    return visitor;
  }

  async open(url) {
    this.trouble = [];
    this.requests = [];
    this.page = await this.context.newPage();
    this.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.trouble.push(message.text());
    });
    this.page.on('pageerror', (error) => this.trouble.push(error.message));
    this.page.on('request', (request) => this.requests.push(request.url()));
    await this.page.goto(url);
    await this.ready();
  }

  // Connected, and in the channel.
  async ready() {
    await this.page.locator('body[data-state="ready"]').waitFor();
    await this.page.locator('#members li').first().waitFor({ state: 'attached' });
  }

  get input() {
    return this.page.getByRole('combobox', { name: 'Message' });
  }

  get log() {
    return this.page.getByRole('log');
  }

  get cards() {
    return this.log.getByRole('article');
  }

  async say(text) {
    await this.input.fill(text);
    await this.input.press('Enter');
  }

  // A message that the lobby has delivered.
  message(text) {
    return this.log.locator('.message:not(.pending)', { hasText: text });
  }

  // One that waits for it.
  waiting(text) {
    return this.log.locator('.message.pending', { hasText: text });
  }

  // Check for violations of the content security policy, errors, and requests to other hosts.
  assertCalm(url) {
    assert.deepEqual(this.trouble, []);
    for (const request of this.requests) assert.ok(request.startsWith(url), request);
  }

  leave() {
    return this.context.close();
  }
}

// Wait until the lobby has noticed that people have left #lobby, so that their names are free.
export async function untilGone({ wsUrl }, ...nicks) {
  const reader = await IrcClient.connect(wsUrl, { nick: 'looks-who-is-here' });
  for (const end = Date.now() + WAIT_MS; ;) {
    reader.send('NAMES #lobby');
    const names = [];
    for (let line; line?.verb !== '366';) {
      line = await reader.expect(({ verb }) => verb === '353' || verb === '366');
      if (line.verb === '353') names.push(...line.params.at(-1).split(' ').map((name) => name.replace(/^[@+]+/, '')));
    }
    if (!nicks.some((nick) => names.includes(nick))) break;
    assert.ok(Date.now() < end, `still here: ${names}`);
  }
  await reader.close();
}

export function screenshot(page, name) {
  const folder = join(resolve(root, process.env.BUILD ?? 'build'), 'screenshots');
  mkdirSync(folder, { recursive: true });
  return page.screenshot({ path: join(folder, `${name}.png`) });
}
