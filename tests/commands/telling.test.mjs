// A command cannot print a text that tells what happens: only the core, which knows the line, can read it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

/** What the compiler says about a command whose run() has this statement; '' if it compiles. */
function compile(statement) {
  const source = `#include "bot/core/command.h"
static int run(struct request *request)
{
	const struct episode *episode = request_episode(request, "episode");
	const struct character *character = request_character(request, "name");
	const struct show *show = request_show(request);
	const struct fact *fact = &character->about;
	const struct warning *warning = &episode->warnings[0];
	(void)show, (void)fact, (void)warning;
	${statement}
	return 0;
}
COMMAND(tells) = {.summary = "s", .run = run};
`;
  const result = spawnSync(process.env.CC ?? 'cc',
    ['-std=c11', '-I.', '-Wall', '-Werror=format', '-fsyntax-only', '-x', 'c', '-'], { input: source, timeout: 60000 });
  assert.equal(result.error, undefined);
  return result.status === 0 ? '' : result.stderr.toString();
}

test('a command that hands its texts to the core compiles', () => {
  for (const statement of ['reply_tell(request, fact);', 'reply_tell_episode(request, episode);', 'reply_text(request, "%s", episode->teaser);'])
    assert.equal(compile(statement), '', statement);
});

for (const text of ['episode->summary', 'episode->name', 'fact->text', 'character->facts[0].text', 'warning->note.text',
  'episode->quotes[0].said.text', 'episode->keywords[0]'])
  test(`a command that prints ${text} does not compile`, () => {
    assert.match(compile(`reply_text(request, "%s", ${text});`), /-Werror=format|-Wformat/, text);
    assert.match(compile(`reply_text(request, "%c", *${text});`), /undefined type|incomplete/, text);
  });

test('a command that labels an episode without the line does not compile', () => {
  assert.match(compile('char label[EPISODE_LABEL_BYTES]; reply_title(request, "%s", episode_label(episode, label));'),
    /episode_label/);
});
