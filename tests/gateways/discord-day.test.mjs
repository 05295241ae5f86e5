// A day in a few minutes: people ask without a pause while gateway connections are cut, the REST API fails and the process
// is killed. Every command is answered exactly once.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sleep, startHome, textOf } from '../fake-discord/home.mjs';

const COMMANDS = 2000;
const CUTS = 50;
const OUTAGES = 20;
const OUTAGE_MS = 5000;
const KILLS = 10;
const DAY_MS = 185000;
const EVENING_MS = 90000; // time for open questions after the last fault

// Every way to lose a connection after which Discord keeps the session.
const CUT = [
  (gateway) => gateway.cut(),
  (gateway) => gateway.closeAll(4000),
  (gateway) => gateway.reconnect(),
  (gateway) => gateway.truncate(),
  (gateway) => gateway.invalidate(true),
];

const OUTAGE = [
  { how: 'status', status: 502 },
  { how: 'cut' },
  { how: 'lost' },
  { how: 'status', status: 503, body: '' },
  { how: 'truncate' },
];

// Do something this many times, spread over the day.
async function spread(times, begin_ms, fake, act) {
  for (let i = 0; i < times; i++) {
    const due_ms = begin_ms + ((i + 0.5) * DAY_MS) / times;
    await sleep(Math.max(0, due_ms - fake.now_ms()));
    await act(i);
  }
}

// The next question, in many channels and in every form, with the episode that the answer must contain.
function ask(fake, i) {
  const channels = [...fake.world.guilds.values()].flatMap((guild) => guild.channels);
  const episode = 1 + (i % 12);
  const where = { channel: channels[i % channels.length], author: `person${i}` };
  const forms = [
    () => fake.say(`!episode ${episode}`, where),
    () => fake.say(`<@${fake.app.user.id}> episode ${episode}`, where),
    () => fake.say(`episode ${episode}`, { ...where, channel: fake.world.direct }),
    () => fake.slash('episode', { episode: String(episode) }, where),
  ];
  return { id: forms[i % forms.length](), form: i % forms.length, episode };
}

function report(t, fake, asked, done, begin_ms) {
  const ids = asked.map(({ id }) => id);
  const tally = fake.answers.tally(ids);
  const lines = {
    ...tally,
    'messages / interactions': `${asked.filter(({ form }) => form < 3).length} / ${asked.filter(({ form }) => form === 3).length}`,
    'gateway cut': done.cuts, [`REST outages of ${OUTAGE_MS / 1000} s`]: done.outages, 'requests hit by them': fake.faults.happened,
    'SIGKILL': done.kills, 'sessions identified': fake.count('identify'), resumed: fake.count('resumed'),
    'events replayed': fake.events.filter(({ type }) => type === 'resumed').reduce((sum, { replayed }) => sum + replayed, 0),
    'sends that a nonce turned into nothing': fake.answers.repeated,
    'answers to nobody': fake.answers.unasked.length,
    'took': `${((fake.now_ms() - begin_ms) / 1000).toFixed(0)} s`,
  };
  for (const [name, value] of Object.entries(lines)) t.diagnostic(`${name}: ${value}`);
  return tally;
}

test('a whole day', { timeout: DAY_MS + EVENING_MS + 180000 }, async (t) => {
  const home = await startHome(t, {
    gateway: { global_rate: 1000 },
    fake: { guilds: 10, heartbeatInterval_ms: 5000, rest: { scale: 10000, globalRate: 100000 } },
  });
  const { fake } = home;
  await fake.event('commands');
  const begin_ms = fake.now_ms();
  const asked = [];
  const done = { cuts: 0, outages: 0, kills: 0 };
  await Promise.all([
    spread(COMMANDS, begin_ms, fake, (i) => asked.push(ask(fake, i))),
    spread(CUTS, begin_ms, fake, async (i) => {
      await fake.until(() => fake.gateway.live().length, 'a connection to cut', 30000);
      CUT[i % CUT.length](fake.gateway);
      done.cuts++;
    }),
    spread(OUTAGES, begin_ms, fake, (i) => {
      fake.faults.order({ ...OUTAGE[i % OUTAGE.length], for_ms: OUTAGE_MS });
      if (i % 2) fake.rest.cut();
      done.outages++;
    }),
    spread(KILLS, begin_ms, fake, async () => {
      await home.kill();
      await home.start({ isReady: false });
      done.kills++;
    }),
  ]);
  const ids = asked.map(({ id }) => id);
  await fake.until(() => !ids.some((id) => !fake.answers.of(id).length), 'every answer', EVENING_MS).catch(() => {});
  await sleep(3000); // time for a wrong second answer
  const tally = report(t, fake, asked, done, begin_ms);
  assert.deepEqual(tally, { asked: COMMANDS, unanswered: 0, once: COMMANDS, doubled: 0 });
  assert.deepEqual(done, { cuts: CUTS, outages: OUTAGES, kills: KILLS });
  assert.equal(fake.answers.unasked.length, 0);
  for (const { id, episode } of asked) assert.match(textOf(fake.answers.of(id)[0]), new RegExp(`\\b(S01E0?|1x0?|[Ee]pisode )${episode}\\b`));
});
