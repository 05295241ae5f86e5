// For tests of what the bot says of itself: a bot with a small show, whose clock the test sets.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startBot } from './bot.mjs';
import { lobbyGateway } from './lobby.mjs';
import { WrongClock } from './wrong-clock.mjs';

export const MINUTE = 60 * 1000, HOUR = 60 * MINUTE;

// A show whose second episode airs in two days at 21:00 UTC.
export function writeShow(folder, airdate) {
  mkdirSync(folder, { recursive: true });
  const dated = (number, day, name) => ({ season: 1, number, name, airdate: day, airtime: '21:00', runtime: 50 });
  writeFileSync(join(folder, 'harbour-lights.json'), JSON.stringify({
    name: 'Harbour Lights', timezone: 'Etc/UTC', episodes: [dated(1, '2024-02-28', 'The Storm'), dated(2, airdate, 'Low Tide')],
  }));
}

export const dayIn = (days) => new Date(Date.now() + days * 24 * HOUR).toISOString().slice(0, 10);

export async function begin(t, gateways) {
  const folder = mkdtempSync(join(tmpdir(), 'reminders-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const all = { folder, clock: new WrongClock(t), data: join(folder, 'shows') };
  writeShow(all.data, dayIn(2));
  all.config = { data: all.data, state: join(folder, 'state'), gateways: gateways ?? [await lobbyGateway({ owners: 'everybody' })] };
  await start(all);
  return all;
}

export async function start(all) {
  all.bot = await startBot({ config: all.config, env: all.clock.env, startMs: 60000 });
}
