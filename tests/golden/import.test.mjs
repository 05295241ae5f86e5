// Files as people have them, and what "episoded import" makes of each. tests/import/FORMAT/CASE/ has
//   in/       the files, given in the order of their names; a case whose files are damaged has a name that begins with "damaged-"
//   args      optional: the arguments, one a line, in place of the files: "in/a.json", "--show", "Tin Moon"
//   out.json  the dataset; missing if the import must fail
//   out.txt   the exit code, and what is printed beside the dataset
//
// When the output rightly changes: RENEW=1 node --test tests/golden/import.test.mjs, then read the diff as an owner of a show would.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary } from '../harness/bot.mjs';

const root = new URL('../import/', import.meta.url).pathname;
const only = process.env.FORMAT;
const folders = (path) => readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();

function run(folder, args) {
  const { status, stdout, stderr, error } = spawnSync(binary(), ['import', ...args], { cwd: folder, encoding: 'utf8', input: '', timeout: 60_000, maxBuffer: 64 << 20 });
  assert.ifError(error);
  assert.notEqual(status, null, stderr);
  return { status, stdout, stderr };
}

function assertGolden(path, text) {
  if (process.env.RENEW) {
    if (text) writeFileSync(path, text);
    else rmSync(path, { force: true });
  }
  assert.equal(text, existsSync(path) ? readFileSync(path, 'utf8') : '', `${path}: RENEW=1 writes it again`);
}

for (const format of folders(root).filter((name) => !only || name === only)) {
  const cases = folders(join(root, format));

  test(`${format}: at least three files of real shape, and a damaged one`, () => {
    assert(cases.filter((name) => !name.startsWith('damaged-')).length >= 3, 'three cases');
    assert(cases.some((name) => name.startsWith('damaged-')), 'a damaged case');
  });

  for (const name of cases) {
    test(`${format}: ${name}`, (t) => {
      const folder = join(root, format, name);
      const args = existsSync(join(folder, 'args')) ? readFileSync(join(folder, 'args'), 'utf8').trimEnd().split('\n')
        : readdirSync(join(folder, 'in')).sort().map((file) => `in/${file}`);
      const { status, stdout, stderr } = run(folder, args);
      assertGolden(join(folder, 'out.json'), stdout);
      assertGolden(join(folder, 'out.txt'), `exit ${status}\n${stderr}`);
      if (status !== 0) {
        assert.equal(stdout, '', 'nothing is written');
        return;
      }
      if (!stdout.startsWith('{')) return; // lines to type, and no dataset
      // The dataset is in its final form: the loader takes it, and an import of it changes nothing.
      const again = mkdtempSync(join(tmpdir(), 'import-'));
      t.after(() => rmSync(again, { recursive: true, force: true }));
      cpSync(join(folder, 'out.json'), join(again, 'show.json'));
      const second = run(again, ['show.json']);
      assert.equal(second.status, 0, second.stderr);
      assert.equal(second.stdout, stdout, 'an import of the result is the result');
    });
  }
}
