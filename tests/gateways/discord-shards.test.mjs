// 64 shards in one process: their IDENTIFYs, their events, and their memory.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';

import { sleep, startHome } from '../fake-discord/home.mjs';
import { shardOf } from '../fake-discord/snowflake.mjs';
import { binary, root, startBot } from '../harness/bot.mjs';

const SHARDS = 64;
const CONCURRENCY = 16;
const GUILDS = 640;
const TALK_BYTES = 4 << 20;
const PIECE_BYTES = 16384;
// Memory is measured on the plain build, not on the one with sanitizers.
const RELEASE = resolve(root, process.env.BUILD ?? 'build', 'episoded');

// Private memory, and resident memory with mapped files.
function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name) => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]);
  return { ownKiB: of('RssAnon'), residentKiB: of('VmRSS') };
}

// Wait until the idle bot has released memory: before that, figures are not comparable.
async function settled(pid) {
  let last = memoryOf(pid);
  for (let same = 0, i = 0; same < 13 && i < 60; i++) {
    await sleep(500);
    const now = memoryOf(pid);
    same = now.ownKiB === last.ownKiB ? same + 1 : 0;
    last = now;
  }
  return last;
}

async function startShards(t, { compress, program, shards = SHARDS }) {
  const home = await startHome(t, {
    isReady: false, program, gateway: { shards: 'auto', compress, global_rate: 1000 },
    fake: { shards, guilds: GUILDS, maxConcurrency: CONCURRENCY, rest: { scale: 1000, globalRate: 10000 } },
  });
  await home.fake.until(() => home.fake.count('ready') >= shards, `${shards} shards`, 90000);
  return home;
}

// Within one bucket IDENTIFYs must be 5 s apart; otherwise the fake complains, and the end of the test fails.
function checkSchedule(fake) {
  const identifies = fake.events.filter(({ type }) => type === 'identify');
  assert.deepEqual(identifies.map(({ shard }) => shard[0]).sort((a, b) => a - b), [...Array(SHARDS).keys()]);
  for (const { shard, gap_ms } of identifies) assert.ok(gap_ms >= 5000, `shard ${shard[0]} came too early: ${gap_ms} ms`);
  return (identifies.at(-1).at_ms - identifies[0].at_ms) / 1000;
}

// Enough data on every shard to fill the decompressor's window.
async function talk(home) {
  const { fake } = home;
  const guilds = [...fake.world.guilds.values()];
  for (let bytes = 0; bytes < TALK_BYTES * SHARDS; bytes += PIECE_BYTES) {
    const guild = guilds[(bytes / PIECE_BYTES) % SHARDS];
    const text = randomBytes(PIECE_BYTES / 2).toString('hex');
    fake.gateway.dispatch('THREAD_UPDATE', { guildId: guild.id, intent: 0, shape: () => ({ text }) });
    if (bytes % (1 << 20) === 0) await sleep(1);
  }
  const ids = guilds.slice(0, SHARDS).map((guild, i) => fake.say('!ping', { channel: guild.channels[0], author: `person${i}` }));
  await home.once(ids, 180000); // the fake has a quarter of a gigabyte to compress
}

describe('64 shards', { concurrency: 3 }, () => {
  test('identify one after another, and answer in their own guilds', async (t) => {
    const home = await startShards(t, { compress: 'none', program: binary() });
    const { fake } = home;
    t.diagnostic(`identified in ${checkSchedule(fake).toFixed(1)} s`);
    const channels = [...fake.world.guilds.values()].map((guild) => guild.channels[0]);
    const shards = new Set(channels.map(({ guildId }) => shardOf(guildId, SHARDS)));
    assert.equal(shards.size, SHARDS);
    const ids = channels.map((channel, i) => fake.say('!episode 5', { channel, author: `person${i}` }));
    ids.push(fake.say('episode 5', { channel: fake.world.direct, author: 'in private' }));
    await home.once(ids, 60000);
  });

  test('are resumed one after another after a cut', async (t) => {
    const home = await startShards(t, { compress: 'zlib-stream', program: binary() });
    const { fake } = home;
    const sayAll = (text) => [...fake.world.guilds.values()].slice(0, SHARDS)
      .map((guild, i) => fake.say(text, { channel: guild.channels[0], author: `person${i}` }));
    await home.once(sayAll('!ping'), 60000); // every shard has heard its READY
    fake.gateway.cut();
    await home.once(sayAll('!episode 5'), 60000);
    assert.equal(fake.count('resumed'), SHARDS);
    assert.equal(fake.count('identify'), SHARDS);
  });

  for (const compress of ['zstd-stream', 'zlib-stream'])
    test(`cost little memory each with ${compress}`, async (t) => {
      const single = await startShards(t, { compress, program: RELEASE, shards: 1 });
      const one = await settled(single.bot.pid);
      await single.stop();
      const home = await startShards(t, { compress, program: RELEASE });
      const idle = await settled(home.bot.pid);
      await talk(home);
      const busy = memoryOf(home.bot.pid);
      const each = ({ ownKiB }) => Math.round((ownKiB - one.ownKiB) / (SHARDS - 1));
      const mib = ({ residentKiB }) => `${(residentKiB / 1024).toFixed(1)} MiB`;
      t.diagnostic(`${compress}: ${mib(one)} resident with 1 shard, ${mib(idle)} with ${SHARDS} (${each(idle)} KiB a shard), ` +
        `${mib(busy)} after ${TALK_BYTES >> 20} MiB of events each (${each(busy)} KiB a shard)`);
      assert.ok(each(busy) < 4096, `${each(busy)} KiB a shard`);
    });
});

test('two processes share the shards: each serves its own, and one registers the commands', async (t) => {
  const SHARED = 4;
  const home = await startHome(t, {
    gateway: { shards: SHARED, shard_range: [0, 1] }, fake: { shards: SHARED, guilds: 8, maxConcurrency: SHARED },
  });
  const { fake } = home;
  const second = await startBot({ config: { gateways: [fake.config({ shards: SHARED, shard_range: [2, 3] })] }, env: fake.env });
  t.after(() => second.stop());
  await second.waitForLog(/ready: gateway home/);
  await fake.until(() => fake.count('ready') === SHARED, 'all shards');
  const identified = fake.events.filter(({ type }) => type === 'identify').map(({ shard }) => shard.join());
  assert.deepEqual(identified.sort(), ['0,4', '1,4', '2,4', '3,4']);
  const ids = [...fake.world.guilds.values()].map((guild, i) => fake.say('!episode 5', { channel: guild.channels[0], author: `person${i}` }));
  ids.push(fake.say('episode 5', { channel: fake.world.direct, author: 'in private' }));
  await home.once(ids, 60000);
  assert.equal(fake.count('commands'), 1);
  const answered = (log) => log.match(/episode answered/g)?.length ?? 0;
  assert.deepEqual([answered(home.bot.log()), answered(second.log())], [5, 4]);
});
