// Pictures that are files beside the dataset: Discord gets them with the answer.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { POST, startHome } from '../fake-discord/home.mjs';
import { png } from '../harness/picture.mjs';

async function begin(t) {
  const dir = mkdtempSync(join(tmpdir(), 'discord-pictures-'));
  const picture = png(8, 8, [0, 0x80, 0xff]);
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'pictures'));
  writeFileSync(join(dir, 'pictures', 'lamp.png'), picture);
  writeFileSync(join(dir, 'harbour-lights.json'), JSON.stringify({
    name: 'Harbour Lights', status: 'Ended',
    episodes: [1, 2].map((number) => ({
      season: 1, number, name: `The Lamp ${number}`, airdate: `2020-01-0${number}`, summary: 'A light goes out.', ...(number === 1 ? { image: 'pictures/lamp.png' } : {}),
    })),
  }));
  return { home: await startHome(t, { config: { data: dir } }), picture };
}

const shown = ({ body }) => body.embeds?.[0]?.thumbnail?.url;

test('a picture is uploaded with the answer, to a message and to a slash command', async (t) => {
  const { home, picture } = await begin(t);
  const { fake } = home;
  const answer = await home.ask('!episode 1');
  assert.equal(shown(answer), 'attachment://picture.png');
  assert.deepEqual(answer.message.attachments.map(({ filename, content_type: type, size }) => [filename, type, size]), [['picture.png', 'image/png', picture.length]]);
  await fake.event('commands');
  const slash = await fake.answered(fake.slash('episode', { episode: '1' }));
  assert.equal(shown(slash), 'attachment://picture.png');
});

test('an edit of the question takes the picture away', async (t) => {
  const { home } = await begin(t);
  const { fake } = home;
  const { message } = await home.ask('!episode 1');
  fake.edit(message.message_reference.message_id, '!episode 2', { after_ms: 1000 });
  await fake.event('edit');
  assert.deepEqual(message.attachments, []);
  fake.edit(message.message_reference.message_id, '!episode 1', { after_ms: 2000 });
  await fake.event('edit', { from: fake.events.length });
  assert.equal(message.attachments.length, 1);
});

test('a lost answer with a picture is sent again, and seen once', async (t) => {
  const { home } = await begin(t);
  const { fake } = home;
  fake.faults.order({ how: 'lost', route: POST, times: 1 });
  const id = fake.say('!episode 1');
  await home.once([id]);
  assert.equal(fake.answers.of(id)[0].message.attachments.length, 1);
});
