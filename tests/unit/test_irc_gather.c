/* Splitting bytes, received in any pieces, into lines. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/irc/gather.h"

static void feed(struct irc_gather *gather, const char *bytes, size_t length, struct str *heard)
{
	while (length > 0) {
		const char *lines;
		size_t lines_length, taken = irc_gather_feed(gather, bytes, length, &lines, &lines_length);

		assert_in_range(taken, 1, length);
		if (lines_length > 0) {
			assert_int_equal(lines[lines_length - 1], '\n');
			str_append_bytes(heard, lines, lines_length);
		}
		bytes += taken;
		length -= taken;
	}
}

static void the_pieces_make_no_difference(void **state)
{
	static const char text[] = "one\r\n\r\ntwo\nthree\r\n:x PRIVMSG #c :four\r\nfi";
	size_t whole = strlen(text) - 2;

	(void)state;
	for (size_t piece = 1; piece <= strlen(text); piece++) {
		struct irc_gather gather = {0};
		struct str heard = STR(1000);

		for (size_t at = 0; at < strlen(text); at += piece)
			feed(&gather, text + at, piece < strlen(text) - at ? piece : strlen(text) - at,
					&heard);
		assert_int_equal(heard.length, whole);
		assert_memory_equal(str_text(&heard), text, whole);
		str_release(&heard);
	}
}

static void a_line_too_long_is_dropped_alone(void **state)
{
	char *endless = malloc(3 * IRC_LINE_MAX_BYTES);
	struct irc_gather gather = {0};
	struct str heard = STR(20000);

	(void)state;
	memset(endless, 'x', 3 * IRC_LINE_MAX_BYTES);
	feed(&gather, "a\nb", 3, &heard);
	feed(&gather, endless, 3 * IRC_LINE_MAX_BYTES, &heard);
	feed(&gather, endless, 100, &heard);
	feed(&gather, "x\r\nc\n", 5, &heard);
	assert_string_equal(str_text(&heard), "a\nc\n");
	feed(&gather, endless, IRC_LINE_MAX_BYTES, &heard); /* the longest that fits */
	feed(&gather, "\r\n", 2, &heard);
	assert_int_equal(heard.length, 4 + IRC_LINE_MAX_BYTES + 2);
	str_release(&heard);
	free(endless);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_pieces_make_no_difference),
			cmocka_unit_test(a_line_too_long_is_dropped_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
