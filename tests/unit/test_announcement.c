/* What is typed behind "announce here", and the form of the store. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/announcement.h"

/* Read words; show "" if they name no show. */
static struct announcement_wish read_words(const char *words, const char *show)
{
	struct announcement_wish wish;
	const char *wrong = NULL;
	size_t length;

	if (announcement_wish_read(words, &wish, &length, &wrong) < 0)
		fail_msg("\"%s\": \"%s\" is not understood", words, wrong);
	assert_int_equal(length, strlen(show));
	assert_memory_equal(words + strspn(words, " "), show, length);
	return wish;
}

static void the_show_and_its_options_in_any_order(void **state)
{
	struct announcement_wish wish = read_words("", "");

	(void)state;
	assert_int_equal(wish.at, ANNOUNCE_AT_AIRTIME);
	wish = read_words("harbour lights at +2h role @Night Owls thread", "harbour lights");
	assert_int_equal(wish.at, ANNOUNCE_AFTER);
	assert_int_equal(wish.after_s, 7200);
	assert_string_equal(wish.role, "Night Owls");
	assert_true(wish.has_thread);
	assert_false(wish.has_event);
	wish = read_words("  thread event daily 18:30", "");
	assert_int_equal(wish.at, ANNOUNCE_DAILY);
	assert_int_equal(wish.minute, 18 * 60 + 30);
	assert_true(wish.has_event);
	wish = read_words("dark daily at 6pm ping <@&1234567>", "dark");
	assert_int_equal(wish.minute, 18 * 60);
	assert_string_equal(wish.role, "1234567");
	wish = read_words("+90m", "");
	assert_int_equal(wish.after_s, 90 * 60);
	assert_int_equal(read_words("at 20", "").minute, 20 * 60);
	assert_int_equal(read_words("at airtime", "").at, ANNOUNCE_AT_AIRTIME);
}

static void what_is_not_understood_is_named(void **state)
{
	static const struct {
		const char *words, *wrong;
	} cases[] = {{"at", "at"}, {"daily", "daily"}, {"daily 25:00", "daily 25:00"},
			{"at +3 parsecs", "at +3 parsecs"}, {"+999d", "+999d"}, {"role", "role"},
			{"thread nonsense", "nonsense"}, {"at 12:7", "at 12:7"},
			{"daily 13pm", "daily 13pm"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct announcement_wish wish;
		const char *wrong = "";
		size_t length;

		assert_int_equal(announcement_wish_read(cases[i].words, &wish, &length, &wrong), -EINVAL);
		assert_string_equal(wrong, cases[i].wrong);
	}
}

static struct announcement some(void)
{
	struct announcement announcement = {.gateway = "home",
			.channel = "12345",
			.host = "b",
			.route = UINT64_C(18000000000000000000),
			.show = "harbour-lights",
			.at = ANNOUNCE_AFTER,
			.after_s = 7200,
			.role = "Night Owls",
			.has_thread = true,
			.since_s = 1796644800,
			.floor_s = 1796385600};

	announcement_make_id(&announcement);
	for (int i = 1; i <= 5; i++)
		announcement_tell(&announcement, (struct announcement_key){2, i + (i > 3)}, 1796644800,
				1796644800 + (i > 3));
	announcement_tell(&announcement, (struct announcement_key){0, 1}, 1796644800, 1796644800);
	return announcement;
}

static void what_is_kept_is_read_again(void **state)
{
	struct announcement announcement = some(), read;
	struct str form = STR(ANNOUNCEMENT_MAX_BYTES);
	char *bytes;

	(void)state;
	assert_int_equal(announcement.told_count, 3);
	announcement_append(&announcement, &form);
	bytes = strdup(str_text(&form));
	assert_int_equal(announcement_read(bytes, &read), 0);
	assert_int_equal(read.told_count, 3);
	assert_memory_equal(&read.told, &announcement.told, sizeof(read.told));
	assert_string_equal(read.role, "Night Owls");
	assert_int_equal(read.after_s, 7200);
	assert_true(read.route == announcement.route && read.has_thread && !read.has_event);
	free(bytes);
	str_release(&form);
}

/* A record that was cut anywhere is refused or whole lines of it are read; it never crashes. */
static void a_damaged_record_is_refused(void **state)
{
	struct announcement announcement = some(), read;
	struct str form = STR(ANNOUNCEMENT_MAX_BYTES);

	(void)state;
	announcement_append(&announcement, &form);
	for (size_t length = 0; length < form.length; length++) {
		char *bytes = strndup(str_text(&form), length);

		if (length && bytes[length - 1] != '\n')
			assert_int_equal(announcement_read(bytes, &read), -EBADMSG);
		else
			(void)announcement_read(bytes, &read);
		free(bytes);
	}
	str_release(&form);
}

static void one_episode_of_a_range_can_be_forgotten(void **state)
{
	struct announcement announcement = {0};

	(void)state;
	for (int i = 1; i <= 5; i++)
		announcement_tell(&announcement, (struct announcement_key){1, i}, 10, 20);
	assert_int_equal(announcement.told_count, 1);
	announcement_forget(&announcement, (struct announcement_key){1, 3});
	assert_int_equal(announcement.told_count, 2);
	for (int i = 1; i <= 5; i++)
		assert_true((announcement_told_of(&announcement, (struct announcement_key){1, i}) != NULL) ==
				(i != 3));
	announcement_forget(&announcement, (struct announcement_key){1, 1});
	announcement_forget(&announcement, (struct announcement_key){1, 2});
	announcement_forget(&announcement, (struct announcement_key){1, 9});
	assert_int_equal(announcement.told_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_show_and_its_options_in_any_order),
			cmocka_unit_test(what_is_not_understood_is_named),
			cmocka_unit_test(what_is_kept_is_read_again),
			cmocka_unit_test(a_damaged_record_is_refused),
			cmocka_unit_test(one_episode_of_a_range_can_be_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
