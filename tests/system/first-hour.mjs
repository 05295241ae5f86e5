// The first hour of a newcomer: a user with sudo on a bare Debian follows the documents' own commands, in a terminal, and asks
// "!episode 5" on each network. Prints TAP.
//
//   first-hour.mjs ROOT WORD...     ROOT: the container's file system; WORDs: the command that runs a command in it

import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';

import { commandsOf } from './document.mjs';
import { DISCORD, IRC, Networks, TWITCH } from './networks.mjs';
import { Terminal } from './terminal.mjs';

const [root, ...inside] = process.argv.slice(2);
const BUILD_MS = 900000; // a minute on two idle processors

const networks = new Networks(root);
const terminal = new Terminal(inside, 'ada');

const SECRETS = { 'discord.token': DISCORD.token, 'libera.password': IRC.password };

// What a person answers to "episoded init" and "episoded secret set". "" is the Enter key.
const ANSWERS = [
  [/owner.*\]: $/, ''],
  [/"card".*\]: $/, ''],
  [/name for this connection.*\]: $/, ''],
  [/network's server.*: $/, ''],
  [/bot's nick.*: $/, IRC.account],
  [/account with the network's services.*: $/, IRC.account],
  [/login name of the bot's account.*: $/, TWITCH.login],
  [/client ID of your application.*: $/, TWITCH.clientId],
  [/twitch\.tv[^]*channels to join.*: $/, TWITCH.channel],
  [/channels to join.*: $/, IRC.channel],
  [/exists\. Add the gateway.*: $/, 'yes'],
  [/Secret for (\S+) \(not shown\): $/, ([, name]) => SECRETS[name] ?? `there is no secret ${name}`],
];

// Commands that need more of a person than to wait for their end.
const MANNERS = [
  {
    what: /^make run$/,
    async does(command) {
      terminal.type(command);
      await terminal.shows(/http:\/\/127\.0\.0\.1:8067/, BUILD_MS);
      await networks.askLobby();
      terminal.press('Ctrl-C');
      await terminal.finished(command, undefined, { isInterrupted: true });
    },
  },
  {
    what: /^\S*episoded chat$/,
    async does(command) {
      terminal.type(command);
      await terminal.shows(/\n.*> ?$/);
      terminal.type('!episode 5');
      await terminal.shows(/episode 5\b/i);
      terminal.press('Ctrl-D');
      await terminal.finished(command);
    },
  },
  {
    what: /^echo '!episode 5' \|/,
    async does(command) {
      const screen = await terminal.run(command);
      if (!/\n.*episode 5\b/i.test(screen)) throw new Error(`no answer:\n${screen}`);
    },
  },
  { what: /episoded (init|secret set) /, does: (command) => terminal.converse(command, ANSWERS) },
  {
    what: /episoded twitch login/,
    does: (command) => terminal.converse(command, [[/The code is ([0-9A-F]{8})\./, ([, code]) => networks.allowTwitch(code)]]),
  },
  { what: /^sudo make install$/, does: (command) => terminal.run(command, BUILD_MS) },
];

async function follow(file, heading) {
  for (const { command, where } of commandsOf(file, heading)) {
    const manner = MANNERS.find(({ what }) => what.test(command));
    try {
      await (manner ? manner.does(command) : terminal.run(command));
    } catch (error) {
      throw new Error(`${where}: ${command}\n${error.message}`);
    }
  }
}

const STEPS = [
  ['the quick start answers in the lobby and in the terminal', () => follow('README.md', 'Quick start')],
  ['the service of the README answers in the lobby', async () => {
    await follow('README.md', 'Three ways to run it');
    await networks.askLobby();
  }],
  ['the page about Discord leads to an answer', async () => {
    await follow('docs/use/discord.md');
    await networks.askDiscord();
  }],
  ['the page about IRC leads to an answer, after a login', async () => {
    await follow('docs/use/irc.md');
    await networks.askIrc();
  }],
  ['the page about Twitch leads to an answer', async () => {
    await follow('docs/use/twitch.md');
    await networks.askTwitch();
  }],
  ['every network still answers, and none complains', async () => {
    await networks.askLobby();
    await networks.askDiscord();
    await networks.askIrc();
    if (networks.complaints.length) throw new Error(networks.complaints.join('\n'));
  }],
];

// TAP, counted in the file $TALLY as tap.sh does.
function tell(isPassed, name, comment) {
  const count = readFileSync(process.env.TALLY, 'utf8').split('\n').length;
  appendFileSync(process.env.TALLY, isPassed ? 'passed\n' : 'failed\n');
  console.log(`${isPassed ? 'ok' : 'not ok'} ${count} - ${name}\n${comment.trimEnd().replace(/^/gm, '# ')}`);
}

const journal = () => execFileSync(inside[0], [...inside.slice(1), 'journalctl', '--no-pager', '--lines=30', '--unit=episoded']).toString();

await networks.start();
await terminal.open();
execFileSync(inside[0], [...inside.slice(1), 'update-ca-certificates']);
for (const line of ['git clone /srv/episoded.git episoded', 'cd episoded']) await terminal.run(line);
for (const [name, does] of STEPS) {
  const before = Date.now();
  try {
    await does();
    tell(true, name, `${((Date.now() - before) / 1000).toFixed(1)} s`);
  } catch (error) {
    tell(false, name, `${error.message}\n${journal()}`);
    process.exitCode = 1;
    break; // the later steps build on this one
  }
}
terminal.kill('SIGKILL'); // with the container
await networks.stop();
process.exit();
