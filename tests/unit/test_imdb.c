/* Rows of other shows are dropped while IMDb's files are read, whatever pieces they are read in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/import/imdb_episodes.h"
#include "bot/import/source.h"

#define HEADER "tconst\tparentTconst\tseasonNumber\tepisodeNumber\n"

static void check_with(struct imdb_episodes *episodes, const char *text, const char *show, size_t piece,
		const char *expected)
{
	const struct import_options options = {.show = show, .imdb = episodes};
	size_t length = 0, done = 0, size = strlen(text);
	char bytes[500];

	for (size_t at = 0; at < size; at += piece) {
		size_t count = size - at < piece ? size - at : piece, added = 0;

		memcpy(bytes + length, text + at, count);
		length = done + import_imdb.shrink(bytes + done, length + count - done, &options, &added);
		done += added;
	}
	bytes[length] = '\0';
	assert_string_equal(bytes, expected);
}

static void check(const char *text, const char *show, size_t piece, const char *expected)
{
	check_with(NULL, text, show, piece, expected);
}

static void rows_of_the_show_stay_on_their_lines(void **state)
{
	static const char TEXT[] = HEADER
			"tt1\ttt9\t1\t1\ntt2\ttt8\t1\t1\ntt3\ttt99\t1\t2\ntt9\ttt7\t1\t2\ntt4\ttt9\t1\t2\n";
	static const char EXPECTED[] = HEADER "tt1\ttt9\t1\t1\n\n\ntt9\ttt7\t1\t2\ntt4\ttt9\t1\t2\n";

	(void)state;
	for (size_t piece = 1; piece <= sizeof(TEXT); piece++)
		check(TEXT, "tt9", piece, EXPECTED);
}

static void the_last_row_may_lack_its_end(void **state)
{
	(void)state;
	check(HEADER "tt1\ttt8\t1\t1\r\ntt2\ttt9\t1", "tt9", 10, HEADER "\ntt2\ttt9\t1");
	check(HEADER "tt1", "tt9", 10, HEADER "tt1");
	check("\n\t\n", "tt9", 1, "\n\n");
}

/* Without an ID, the file has one show, or is refused later. */
static void no_row_is_dropped_without_an_id(void **state)
{
	(void)state;
	check(HEADER "tt1\ttt8\t1\t1\n", NULL, 10, HEADER "tt1\ttt8\t1\t1\n");
	check(HEADER "tt1\ttt8\t1\t1\n", "Tide Watch", 10, HEADER "tt1\ttt8\t1\t1\n");
}

/* A file of titles, behind the file of episodes: without --show, the show is the one of that file. */
static void titles_of_the_episodes_stay_and_those_of_ten_million_others_do_not(void **state)
{
	struct imdb_episodes episodes = {.show = "tt9"};

	(void)state;
	assert_int_equal(imdb_episodes_add(&episodes, 300, 1, 2), 0);
	assert_int_equal(imdb_episodes_add(&episodes, 20, 1, 1), 0);
	for (size_t piece = 1; piece < 40; piece++)
		check_with(&episodes, "tconst\tx\ntt9\ta\ntt20\tb\ntt200\tc\ntt2\td\ntt0300\te\nt\ntt\n",
				NULL, piece, "tconst\tx\ntt9\ta\ntt20\tb\n\n\ntt0300\te\n\n\n");
	imdb_episodes_release(&episodes);
}

static void an_id_is_tt_and_digits(void **state)
{
	static const char *const WRONG[] = {
			"", "tt", "t1", "tt1x", "tt-1", "tt 1", "xx12", "tt1234567890123456789"};

	(void)state;
	assert_int_equal(imdb_id("tt0300", 6), 300);
	assert_int_equal(imdb_id("tt300\ttt4", 9), 300);
	assert_int_equal(imdb_id("tt300", 3), 3);
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
		assert_int_equal(imdb_id(WRONG[i], strlen(WRONG[i])), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(rows_of_the_show_stay_on_their_lines),
			cmocka_unit_test(the_last_row_may_lack_its_end),
			cmocka_unit_test(no_row_is_dropped_without_an_id),
			cmocka_unit_test(titles_of_the_episodes_stay_and_those_of_ten_million_others_do_not),
			cmocka_unit_test(an_id_is_tt_and_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
