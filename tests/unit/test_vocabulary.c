/* The words of references: sorted for the search, and spelled as the normaliser spells them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/vocabulary.h"

static void every_word_is_found(void **state)
{
	const struct vocabulary_word *word, *before = NULL;

	(void)state;
	for (size_t i = 0; (word = vocabulary_at(i)); i++) {
		if (before && strcmp(before->text, word->text) >= 0)
			fail_msg("\"%s\" must be after \"%s\"", before->text, word->text);
		assert_ptr_equal(vocabulary_find(word->text, strlen(word->text)), word);
		assert_int_not_equal(word->meanings, 0);
		before = word;
	}
	assert_non_null(before);
	assert_null(vocabulary_find("episod3", 7));
	assert_null(vocabulary_find("", 0));
}

static void every_word_is_normalized(void **state)
{
	const struct vocabulary_word *word;

	(void)state;
	for (size_t i = 0; (word = vocabulary_at(i)); i++) {
		struct str normalized = STR(1000);

		utf8_normalize(&normalized, word->text);
		assert_string_equal(str_text(&normalized), word->text);
		str_release(&normalized);
	}
}

/* "setima" was the eighth, and "sétima" the seventh. */
static void accents_do_not_change_a_value(void **state)
{
	const unsigned valued = MEANS_NUMBER | MEANS_NTH_LAST | MEANS_MONTH | MEANS_WEEKDAY | MEANS_DAY;
	const struct vocabulary_word *word, *plain;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; (word = vocabulary_at(i)); i++) {
		struct str folded = STR(1000);

		utf8_fold(&folded, word->text);
		plain = vocabulary_find(str_text(&folded), folded.length);
		if (plain && plain != word && word->meanings & plain->meanings & valued) {
			count++;
			if (plain->value != word->value)
				fail_msg("\"%s\" is %d, and \"%s\" is %d", word->text, word->value,
						plain->text, plain->value);
		}
		str_release(&folded);
	}
	assert_in_range(count, 10, 1000);
}

static void the_longest_word_is_taken(void **state)
{
	(void)state;
	assert_string_equal(vocabulary_begins("最終話", strlen("最終話"))->text, "最終話");
	assert_string_equal(vocabulary_begins("話目です", strlen("話目です"))->text, "話目");
	assert_null(vocabulary_begins("音楽室", strlen("音楽室")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(every_word_is_found),
			cmocka_unit_test(every_word_is_normalized),
			cmocka_unit_test(accents_do_not_change_a_value),
			cmocka_unit_test(the_longest_word_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
