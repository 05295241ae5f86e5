/* Parts of a configuration that is written from answers. */

#include "bot/config/draft.h"

#include <string.h>

#include "bot/base/json.h"

#define SEPARATORS " ,\t"

void draft_append(struct str *text, const char *key, const char *value)
{
	str_printf(text, "      \"%s\": ", key);
	json_append_string(text, value);
	str_append(text, ",\n");
}

/* Move to the next word; its length, 0 at the end. */
static size_t next_word(const char **words)
{
	*words += strspn(*words, SEPARATORS);
	return strcspn(*words, SEPARATORS);
}

static void complete_word(struct str *word, const char *bytes, size_t length, const char *marks)
{
	str_clear(word);
	if (!strchr(marks, *bytes))
		str_append_char(word, *marks);
	str_append_bytes(word, bytes, length);
}

void draft_append_words(struct str *text, const char *words, const char *marks)
{
	struct str word = STR(DRAFT_ANSWER_MAX_BYTES * 2);
	size_t length;

	str_append_char(text, '[');
	for (bool is_first = true; (length = next_word(&words)) > 0; words += length, is_first = false) {
		complete_word(&word, words, length, marks);
		str_append(text, is_first ? "" : ", ");
		json_append_string(text, str_text(&word));
	}
	str_append_char(text, ']');
	str_release(&word);
}

const char *draft_check_words(const char *words, const char *marks, const char *(*check)(const char *text))
{
	struct str word = STR(DRAFT_ANSWER_MAX_BYTES * 2);
	const char *problem = NULL;
	size_t length;

	for (; !problem && (length = next_word(&words)) > 0; words += length) {
		complete_word(&word, words, length, marks);
		problem = check(str_text(&word));
	}
	str_release(&word);
	return problem;
}
