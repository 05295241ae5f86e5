// "episoded init" with every answer left out that may be: what it writes is a configuration.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary } from '../harness/bot.mjs';

const run = (words, { input = '', env = {} } = {}) => spawnSync(binary(), words, { input, encoding: 'utf8', env: { ...process.env, ...env } });

for (const [network, input] of [
  ['discord', '\n\n\n'], // in 2026-11 without an owner: a comma with nothing behind it
  ['irc', '\nmy-bot\n#my-show\n\n'],
  ['twitch', 'my_bot\n#somebody\nk3yq9v2m8x7w1t5r6p4n0s8b2c1d3f\n\n'],
])
  test(`init ${network}`, (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'init-'));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const file = join(dir, 'episoded.json');
    const written = run(['init', network, file], { input });
    assert.equal(written.status, 0, written.stdout + written.stderr);
    // The machine's secrets are left alone.
    const text = readFileSync(file, 'utf8').replace(/\{ "credential": "[^"]*" \}/, '{ "env": "SECRET" }');
    writeFileSync(file, text.replace(/\{/, `{ "state": ${JSON.stringify(join(dir, 'state'))},`));
    const checked = run(['check', 'config', file], { env: { SECRET: 'MTExMTExMTExMTExMTExMTEx.fakeds.a-token-of-the-length-that-discord-uses' } });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  });
