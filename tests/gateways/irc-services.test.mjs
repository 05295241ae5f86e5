// Real services: Atheme 7.2 on InspIRCd 3. Logins, accounts of owners, a nick taken back, and services that talk to the bot.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';

import { startServices } from '../harness/atheme.mjs';
import { startBot } from '../harness/bot.mjs';
import { pings } from '../harness/irc-life.mjs';

const PASSWORD = 'sesame';
const TIMED = { timeout: 60000 };
const scratch = mkdtempSync(join(tmpdir(), 'services-'));

let services;
let server;
let owner; // of the bot's account; a nick of the account, while the bot has the other

before(async () => {
  services = await startServices();
  ({ server } = services);
  const founder = await services.register('episoded', PASSWORD);
  await founder.close();
  owner = await server.connectStream('keeper');
  await services.ask(owner, 'NickServ', `IDENTIFY episoded ${PASSWORD}`, /now logged in|identified/i);
});

after(async () => {
  await owner?.close();
  await services?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const bots = [];
afterEach(() => Promise.all(bots.splice(0).filter((bot) => !bot.end).map((bot) => bot.stop())));

async function start(sasl, more = {}) {
  const gateway = server.gateway({ url: server.ircs, ca_file: server.caFile, sasl, ...more });
  const bot = await startBot({ config: { gateways: [gateway] }, env: { SECRET: PASSWORD }, args: ['--trace'] });
  bots.push(bot);
  return bot;
}

const byPassword = { account: 'episoded', password: { env: 'SECRET' } };

async function accountOf(nick) {
  owner.send(`WHOIS ${nick}`);
  const line = await owner.expect((one) => one.verb === '330' || one.verb === '318');
  if (line.verb === '330') await owner.expect((one) => one.verb === '318');
  return line.verb === '330' ? line.params[2] : null;
}

function makeKey(name) {
  const path = join(scratch, name);
  execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', path], { stdio: 'pipe' });
  return path;
}

test('Atheme: PLAIN is what it offers for a password', TIMED, async () => {
  const bot = await start(byPassword);
  await bot.waitForLog(/ready: gateway irc/);
  assert.equal(await accountOf('episoded'), 'episoded');
  await bot.waitForLog(/> AUTHENTICATE PLAIN\n/);
  await bot.stop();
});

test('Atheme: a wrong password is reported with the fix, and the bot does not stay without the login', TIMED, async () => {
  const gateway = server.gateway({ url: server.ircs, ca_file: server.caFile, sasl: byPassword });
  const bot = await startBot({ config: { gateways: [gateway] }, env: { SECRET: 'wrong' } });
  await bot.waitForLog(/not connected: not logged in: PLAIN: the server refused the login; see "account" and "password" in "sasl"/);
  await bot.stop();
});

test('Atheme: an unknown key is refused, the log shows the command that makes it known, then it logs in', TIMED, async () => {
  const sasl = { account: 'episoded', key: makeKey('account.key') };
  const bot = await start(sasl);
  const [, service, command] = await bot.waitForLog(
    /ECDSA-NIST256P-CHALLENGE: the server refused the login; the account needs this key: \/msg (\w+) (SET PUBKEY [A-Za-z0-9+/=]+)/, 20000,
  );
  await bot.stop();
  await services.ask(owner, service, command, /public key is now set/i);
  const again = await start(sasl);
  await again.waitForLog(/ready: gateway irc/);
  assert.equal(await accountOf('episoded'), 'episoded');
  assert.match(again.log(), /> AUTHENTICATE ECDSA-NIST256P-CHALLENGE\n/); // the only mechanism for a key
  assert.deepEqual(again.complaints(/ trace on: /), []);
  await again.stop();
});

test('Atheme: an owner is known by the account, on a nick of any name', TIMED, async () => {
  const bot = await start(byPassword, { owners: [{ account: 'anna' }] });
  await bot.waitForLog(/ready: gateway irc/);
  const anna = await services.register('anna');
  anna.send('NICK someone');
  await anna.expect((line) => line.verb === 'NICK');
  const thief = await server.connectStream('thief');
  for (const person of [anna, thief]) await person.join('#tv');
  thief.say('#tv', '!join #thieves');
  await thief.expectSaid('episoded', 'thief', /owner/i);
  anna.say('#tv', '!join #second');
  await bot.waitForLog(/> JOIN #second\n/);
  assert.doesNotMatch(bot.log(), /> JOIN #thieves/);
  await Promise.all([anna.close(), thief.close()]);
  await bot.stop();
});

test('Atheme: another person has the nick: NickServ is asked for it, and the bot takes it back', TIMED, async () => {
  const thief = await server.connectStream('episoded');
  const bot = await start(byPassword);
  await bot.waitForLog(/ready: gateway irc/);
  await bot.waitForLog(/irc#\d+ < .*NICK :?episoded\n/, 30000);
  assert.equal(await accountOf('episoded'), 'episoded');
  await bot.waitForLog(/irc#\d+ < .* MODE episoded :?\+B\n/); // the one with the other nick set nothing
  await thief.close();
  await bot.stop();
});

test('Atheme: what services say is never answered, as NOTICE or as PRIVMSG', TIMED, async () => {
  const founder = await services.register('founder');
  await founder.join('#home');
  await services.ask(founder, 'ChanServ', 'REGISTER #home', /registered/i);
  await services.ask(founder, 'ChanServ', 'SET #home ENTRYMSG !ping', /entry message|set/i);
  await services.ask(owner, 'NickServ', 'SET PRIVMSG ON', /privmsg/i);
  const bot = await start(byPassword, { channels: ['#home'] });
  await bot.waitForLog(/irc#\d+ < .*:ChanServ\S* (PRIVMSG|NOTICE) .*!ping\n/);
  owner.say('MemoServ', 'SEND episoded !ping');
  await bot.waitForLog(/irc#\d+ < .*:MemoServ\S* (PRIVMSG|NOTICE) episoded /);
  await pings(founder, '#home');
  const said = bot.log().split('\n').filter((line) => /irc#\d+ > .*(PRIVMSG|NOTICE) /.test(line));
  assert.deepEqual(said.filter((line) => !/ #home | NickServ :(REGAIN|GHOST) /.test(line)), [], 'a service was answered');
  await founder.close();
  await bot.stop();
});

test('Atheme dies: the bot stays; a new one says why it does not, and logs in when the services are back', TIMED, async () => {
  const bot = await start(byPassword);
  await bot.waitForLog(/ready: gateway irc/);
  const bert = await server.connectStream('bert');
  await bert.join('#tv');
  await services.halt();
  await pings(bert);
  await bot.stop();
  const late = await start(byPassword);
  await late.waitForLog(/not connected: not logged in: the server offers no SASL; its services may be down/);
  await services.start();
  await late.stop();
  const again = await start(byPassword);
  await again.waitForLog(/ready: gateway irc/);
  assert.equal(await accountOf('episoded'), 'episoded');
  await bert.close();
  await again.stop();
});
