// Calendars of shows: another library reads them as this one writes them, at the hours that people see.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

import ICAL from 'ical.js';

import { binary, root, startBot } from '../harness/bot.mjs';
import { lobbyGateway } from '../harness/lobby.mjs';
import { WAIT_MS } from '../harness/process.mjs';
import { RawConnection } from '../harness/raw-http.mjs';

const run = promisify(execFile);
const DAY_MS = 86_400_000;
const iso = (date) => date.toISOString().slice(0, 10);

// A weekly show over a whole year, and so over each clock change of its zone.
const weekly = (zone, more = {}) => ({
  name: `Weekly of ${zone}`,
  timezone: zone,
  episodes: Array.from({ length: 52 }, (_, i) => ({
    season: 1, number: i + 1, name: `Part ${i + 1} of it`, runtime: 50, summary: 'SECRET: it ends badly.', teaser: '누가 등불을 껐을까? Who put the lamp out, and why?',
    airdate: iso(new Date(Date.UTC(2027, 0, 6) + 7 * i * DAY_MS)), airtime: '20:15',
  })),
  ...more,
});

function folderOf(t, shows) {
  const folder = mkdtempSync(join(tmpdir(), 'episoded-calendar-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const write = (changed) => Object.entries(changed).forEach(([id, show]) => writeFileSync(join(folder, `${id}.json`), JSON.stringify(show)));
  write(shows);
  return { folder, write };
}

async function begin(t, shows, more = {}) {
  const { folder, write } = folderOf(t, shows);
  const config = { data: folder, gateways: [await lobbyGateway()], ...more };
  const bot = await startBot({ config });
  const get = (path, init) => fetch(`http://127.0.0.1:${bot.port}${path}`, init);
  return { bot, config, write, get };
}

// The events by the code of their episode, as the other library reads them.
function eventsOf(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  assert.equal(calendar.getFirstPropertyValue('version'), '2.0');
  assert.ok(calendar.getFirstPropertyValue('prodid'));
  const events = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
  for (const { component } of events) {
    for (const name of ['uid', 'dtstamp', 'dtstart', 'sequence', 'summary']) assert.equal(component.getAllProperties(name).length, 1, name);
  }
  const byCode = new Map(events.map((event) => [event.uid.match(/\/(s\d+e\d+)@episoded$/)[1], event]));
  assert.equal(byCode.size, events.length, 'one UID is that of two events');
  return byCode;
}

const clock = (zone, date) => {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).formatToParts(date);
  const { day, month, year, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day} ${hour}:${minute}`;
};

test('an hour moved when the clocks of the show changed', async (t) => {
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Seoul', 'America/Santiago'];
  const shows = Object.fromEntries(zones.map((zone, i) => [`show-${i}`, weekly(zone)]));
  const { bot, get } = await begin(t, shows);
  for (const [i, zone] of zones.entries()) {
    const response = await get(`/calendar/show-${i}.ics`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/calendar; charset=utf-8');
    const events = eventsOf(await response.text());
    assert.equal(events.size, 52);
    for (const { number, airdate, teaser } of shows[`show-${i}`].episodes) {
      const event = events.get(`s01e${String(number).padStart(2, '0')}`);
      assert.equal(clock(zone, event.startDate.toJSDate()), `${airdate} 20:15`, zone);
      assert.equal(event.endDate.toJSDate() - event.startDate.toJSDate(), 50 * 60_000);
      assert.equal(event.summary, `Weekly of ${zone}, s01e${String(number).padStart(2, '0')}: Part ${number} of it`);
      assert.ok(event.description.startsWith(`${teaser}\n\nAt 20:15 (`), event.description);
    }
  }
  await bot.stop();
});

test('a day was an hour, and the synopsis was told', async (t) => {
  const show = weekly('Asia/Seoul');
  for (const episode of show.episodes) delete episode.airtime;
  const { bot, get } = await begin(t, { days: show });
  const text = await (await get('/calendar/days.ics?alarm=30')).text();
  assert.doesNotMatch(text.replace(/\r\n /g, ''), /SECRET|badly/);
  for (const [code, event] of eventsOf(text)) {
    assert.ok(event.startDate.isDate, code);
    assert.equal(event.startDate.toString(), show.episodes[Number(code.slice(4)) - 1].airdate);
    assert.equal(event.component.getFirstSubcomponent('valarm').getFirstPropertyValue('trigger').toString(), 'PT9H');
  }
  await bot.stop();
});

test('each line has at most 75 octets, and no character is cut', async (t) => {
  const { bot, get } = await begin(t, { 등대: weekly('Asia/Seoul', { name: '등대지기의 아주 길고 조용한 밤과 바다의 이야기, 그리고 꺼진 등불' }) });
  const bytes = Buffer.from(await (await get(`/calendar/${encodeURIComponent('등대')}.ics`)).arrayBuffer());
  const lines = bytes.toString('latin1').split('\r\n');
  assert.ok(lines.some((line) => line.startsWith(' ')), 'no line is folded');
  for (const line of lines) {
    assert.ok(line.length <= 75, line);
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(line, 'latin1'));
  }
  await bot.stop();
});

test('a program that has the calendar got it again', async (t) => {
  const { bot, get } = await begin(t, { weekly: weekly('Europe/Berlin') });
  const first = await get('/calendar/weekly.ics');
  const etag = first.headers.get('etag');
  const text = await first.text();
  const known = await get('/calendar/weekly.ics', { headers: { 'If-None-Match': etag } });
  assert.equal(known.status, 304);
  assert.equal(await known.text(), '');
  const head = await get('/calendar/weekly.ics', { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(Number(head.headers.get('content-length')), Buffer.byteLength(text));
  const alarmed = await get('/calendar/weekly.ics?alarm=45', { headers: { 'If-None-Match': etag } });
  assert.equal(alarmed.status, 200);
  const alarm = eventsOf(await alarmed.text()).get('s01e01').component.getFirstSubcomponent('valarm');
  assert.equal(alarm.getFirstPropertyValue('trigger').toSeconds(), -45 * 60);
  await bot.stop();
});

test('a moved episode was a second one, and a restart forgot it', async (t) => {
  const show = weekly('Europe/Berlin');
  const state = mkdtempSync(join(tmpdir(), 'episoded-calendar-state-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const { bot, config, write, get } = await begin(t, { weekly: show }, { state });
  const before = eventsOf(await (await get('/calendar/weekly.ics')).text());
  show.episodes[50].airtime = '22:00';
  const cancelled = show.episodes.splice(51, 1);
  assert.equal(cancelled[0].number, 52);
  write({ weekly: show });
  const from = bot.mark();
  bot.reload();
  await bot.waitForLog(/reloaded: /, WAIT_MS, from);
  const text = await (await get('/calendar/weekly.ics')).text();
  const after = eventsOf(text);
  assert.equal(before.get('s01e51').component.getFirstPropertyValue('sequence'), 0);
  assert.equal(after.get('s01e51').component.getFirstPropertyValue('sequence'), 1);
  assert.equal(after.get('s01e50').component.getFirstPropertyValue('sequence'), 0);
  assert.equal(clock('Europe/Berlin', after.get('s01e51').startDate.toJSDate()), `${show.episodes[50].airdate} 22:00`);
  assert.equal(after.get('s01e52').component.getFirstPropertyValue('status'), 'CANCELLED');
  await bot.stop();

  const second = await startBot({ config });
  assert.equal(await (await fetch(`http://127.0.0.1:${second.port}/calendar/weekly.ics`)).text(), text);
  await second.stop();
});

test('all shows are in one calendar, and a list names each of them', async (t) => {
  const soon = weekly('Europe/Berlin').episodes.slice(0, 3).map((episode, i) => ({ ...episode, airdate: iso(new Date(Date.now() + (i + 1) * DAY_MS)) }));
  const shows = { ebb: weekly('Europe/Berlin', { name: 'Ebb & 1 < 2', episodes: soon }), tide: weekly('Asia/Seoul', { episodes: soon }), old: { name: 'Old', episodes: [{ season: 1, number: 1, name: 'A', airdate: '2001-01-01' }] } };
  const { bot, config, get } = await begin(t, shows);
  const answer = await get('/calendar.ics'), text = await answer.text();
  assert.equal(answer.headers.get('content-type'), 'text/calendar; charset=utf-8');
  const uids = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').map((event) => event.getFirstPropertyValue('uid'));
  assert.deepEqual(uids.sort(), ['ebb', 'tide'].flatMap((id) => [1, 2, 3].map((number) => `${id}/s01e0${number}@episoded`)));
  assert.ok(!text.includes('SECRET'));
  const list = await get('/calendar/'), page = await list.text();
  assert.equal(list.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.match(page, /<a href="\/calendar\/ebb\.ics">Ebb &amp; 1 &lt; 2<\/a>/);
  for (const [, href] of page.matchAll(/<a href="([^"]+)"/g)) assert.equal((await get(href)).status, 200, href);
  assert.equal([...page.matchAll(/<a /g)].length, 4);
  assert.match(await (await get('/')).text(), /href="\/calendar\/"/);
  await bot.stop();
  // The command writes the same events, and does not write what has not changed.
  const file = join(config.data, 'all.ics'), written = join(config.data, 'episoded.conf');
  writeFileSync(written, JSON.stringify({ data: config.data, gateways: [] }));
  await run(binary(), ['calendar', '-c', written, '-o', file], { cwd: root });
  const inode = statSync(file).ino;
  await run(binary(), ['calendar', '-c', written, '-o', file], { cwd: root });
  assert.equal(statSync(file).ino, inode);
  assert.equal(new ICAL.Component(ICAL.parse(readFileSync(file, 'utf8'))).getAllSubcomponents('vevent').length, 6);
});

test('addresses that are no calendar', async (t) => {
  const { bot, get } = await begin(t, { weekly: weekly('Europe/Berlin') });
  const port = bot.port;
  const raw = async (path, host = `127.0.0.1:${port}`) => {
    const connection = await RawConnection.open(port);
    connection.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const text = await connection.closed();
    connection.destroy();
    return Number(text.slice(9, 12));
  };
  for (const path of ['/calendar', '/calendars/', '/calendar.icsx', '/calendar/.ics', '/calendar/other.ics', '/calendar/weekly', '/calendar/weekly.icsx', '/calendar/WEEKLY.ics',
    '/calendar/../weekly.ics', '/calendar/..%2fweekly.ics', '/calendar/weekly%00.ics', '/calendar/weekl%7', '/calendar/%.ics', '/calendar/%zz.ics',
    '/calendar/%2e%2e%2f%2e%2e%2fetc%2fpasswd.ics', `/calendar/${'a'.repeat(300)}.ics`, `/calendar/${'%41'.repeat(300)}.ics`, '/calendar/weekly.ics/']) {
    assert.equal(await raw(path), 404, path);
  }
  for (const query of ['alarm', 'alarm=', 'alarm=-1', 'alarm=10081', 'alarm=1e3', 'alarm=5&alarm=6', 'x=1', `alarm=${'0'.repeat(80)}`]) {
    assert.equal(await raw(`/calendar/weekly.ics?${query}`), 400, query);
  }
  assert.equal(await raw('/calendar/weekl%79.ics'), 200);
  assert.equal(await raw('/calendar/weekly.ics', 'evil.example'), 403);
  assert.equal((await get('/calendar/weekly.ics', { method: 'POST' })).status, 405);
  assert.deepEqual(bot.complaints(), []);
  await bot.stop();
});

test('"episoded calendar" wrote a file that had not changed, or that is not its own', async (t) => {
  const show = weekly('Europe/Berlin');
  const { folder, write } = folderOf(t, { weekly: show });
  const config = join(folder, 'episoded.conf'), file = join(folder, 'weekly.ics');
  writeFileSync(config, JSON.stringify({ data: folder, gateways: [] }));
  const calendar = (...words) => run(binary(), ['calendar', '-c', config, ...words], { cwd: root });
  const { stdout } = await calendar('weekly of europe/berlin');
  assert.equal(eventsOf(stdout).size, 52);
  await calendar('weekly', '--alarm', '20', '-o', file);
  const before = { text: readFileSync(file, 'utf8'), inode: statSync(file).ino };
  assert.equal(eventsOf(before.text).get('s01e01').component.getFirstSubcomponent('valarm').getFirstPropertyValue('trigger').toString(), '-PT20M');
  assert.equal(statSync(file).mode & 0o777, 0o666 & ~process.umask());
  await calendar('weekly', '--alarm', '20', '-o', file);
  assert.equal(statSync(file).ino, before.inode);
  show.episodes[0].airtime = '21:00';
  write({ weekly: show });
  await calendar('weekly', '--alarm', '20', '-o', file);
  const after = eventsOf(readFileSync(file, 'utf8'));
  assert.equal(after.get('s01e01').component.getFirstPropertyValue('sequence'), 1);
  assert.equal(after.get('s01e02').component.getFirstPropertyValue('sequence'), 0);

  const data = join(folder, 'weekly.json');
  await assert.rejects(calendar('weekly', '-o', data), (error) => error.code === 73 && /is no calendar of episoded/.test(error.stderr));
  assert.deepEqual(JSON.parse(readFileSync(data, 'utf8')), show);
  await assert.rejects(calendar('other'), (error) => error.code === 65 && /no show "other"; there is weekly/.test(error.stderr));
  await assert.rejects(calendar('weekly', 'weekly'), (error) => error.code === 64);
  await assert.rejects(calendar('weekly', '--alarm', '1 h'), (error) => error.code === 64 && /a number of minutes/.test(error.stderr));
});
