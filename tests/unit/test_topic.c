/* What a page is told about a channel. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bot/core/topic.h"

/* The topic of a show with these seasons and numbers, in order. */
static void assert_topic(int (*numbers)[2], size_t count, int seen, const char *image, const char *expected)
{
	static struct episode episodes[300];
	struct show show = {.id = "a-show",
			.name = "A \"show\"",
			.image = image,
			.episodes = episodes,
			.last_order = (int)count,
			.episode_count = count};
	struct topic topic = {"!", {.show = &show, .seen = seen, .aired = 2}};
	struct str text = STR(16 * 1024);

	for (size_t i = 0; i < count; i++)
		episodes[i] = (struct episode){.show = &show,
				.order = (int)i + 1,
				.season = numbers[i][0],
				.number = numbers[i][1]};
	topic_append_json(&topic, &text);
	assert_int_equal(text.error, 0);
	if (expected)
		assert_string_equal(str_text(&text), expected);
	else
		assert_true(text.length < 7000);
	str_release(&text);
}

static void test_seasons_are_runs(void **state)
{
	int numbers[][2] = {{1, 1}, {1, 2}, {1, 4}, {2, 5}, {2, 6}};

	(void)state;
	assert_topic(numbers, 5, 3, "https://a.example/x.png",
			"{\"show\":\"A "
			"\\\"show\\\"\",\"id\":\"a-show\",\"prefix\":\"!\",\"seen\":3,\"aired\":2,"
			"\"runs\":[[1,1,2],[1,4,4],[2,5,6]],\"image\":\"https://a.example/x.png\"}");
	assert_topic(numbers, 1, LINE_UNDECLARED, "",
			"{\"show\":\"A "
			"\\\"show\\\"\",\"id\":\"a-show\",\"prefix\":\"!\",\"aired\":2,\"runs\":[[1,1,1]]}");
	assert_topic(numbers, 0, LINE_UNDECLARED, "",
			"{\"show\":\"A "
			"\\\"show\\\"\",\"id\":\"a-show\",\"prefix\":\"!\",\"aired\":2,\"runs\":[]}");
}

static void test_many_runs_end_somewhere(void **state)
{
	int numbers[300][2];

	(void)state;
	for (int i = 0; i < 300; i++) {
		numbers[i][0] = 100000 + i;
		numbers[i][1] = 100000;
	}
	assert_topic(numbers, 300, 0, "", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_seasons_are_runs),
			cmocka_unit_test(test_many_runs_end_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
