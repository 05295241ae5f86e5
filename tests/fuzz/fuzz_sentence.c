/* Any text as a sentence, and as words that may name a show: every part of the result is a part of the text. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/core/naming.h"
#include "bot/core/sentence.h"
#include "bot/core/typo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct catalogue *shows(void)
{
	static struct catalogue *catalogue;
	struct str report = STR(64 * 1024);

	if (!catalogue)
		assert(catalogue_load("tests/shows/named", &report, &catalogue) == 0);
	str_release(&report);
	return catalogue;
}

/* words are words of text, in their order. */
static void check_words(const char *text, const char *words)
{
	assert(utf8_valid(words, strlen(words)));
	assert(strlen(words) < SENTENCE_MAX_BYTES);
	while (*words) {
		size_t length = strcspn(words, " ");
		const char *at = memmem(text, strlen(text), words, length);

		assert(at);
		text = at + length;
		words += length + strspn(words + length, " ");
	}
}

static void check_naming(const char *text)
{
	static const struct command_option OPTIONS[] = {{.type = OPTION_NONE}, {.type = OPTION_EPISODE},
			{.type = OPTION_EPISODE, .required = true}, {.type = OPTION_CHARACTER},
			{.type = OPTION_SUBJECT}, {.type = OPTION_TEXT, .required = true},
			{.type = OPTION_CHOICE, .choices = {"synopsis", "trivia"}}};
	struct naming naming;

	for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(OPTIONS[0]); i++) {
		naming_of_words(shows(), catalogue_at(shows(), 0), &OPTIONS[i], text, &naming);
		assert(naming.show || !*naming.rest);
		check_words(text, naming.rest);
	}
	naming_of_sentence(shows(), text, &naming);
	assert(!naming.show || utf8_valid(naming.rest, strlen(naming.rest)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = STR(16 * 1024);
	char part[SENTENCE_MAX_BYTES];
	struct sentence sentence;

	if (size > 4000)
		return 0;
	utf8_clean(&text, (const char *)data, size);
	assert(!text.error);
	sentence_read(str_text(&text), &sentence);
	assert(memchr(sentence.command, '\0', sizeof(sentence.command)));
	if (strcmp(sentence.words, "all") != 0 && strcmp(sentence.words, "last") != 0)
		check_words(str_text(&text), sentence.words);
	sentence_topic(str_text(&text), part);
	check_words(str_text(&text), part);
	if (sentence_reference(str_text(&text), part))
		assert(*part);
	typo_of(str_text(&text), true);
	check_naming(str_text(&text));
	str_release(&text);
	return 0;
}
