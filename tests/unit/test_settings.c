/* Settings of channels and the ignore list, without a store. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bot/core/channel_settings.h"

#define MINUTE_MS (60 * 1000u)

static int set_up(void **state)
{
	struct settings *settings;
	int r = settings_new(NULL, &settings);

	*state = settings;
	return r;
}

static int tear_down(void **state)
{
	settings_free(*state);
	return 0;
}

static void test_set_and_take_back(void **state)
{
	struct settings *settings = *state;

	assert_null(settings_find(settings, "irc", "#tv"));
	assert_int_equal(settings_set(settings, "irc", "#TV", "prefix", "?"), 0);
	assert_string_equal(settings_find(settings, "irc", "#tv")->prefix, "?");
	assert_null(settings_find(settings, "other", "#tv"));
	assert_int_equal(settings_set(settings, "irc", "#tv", "prefix", NULL), 0);
	assert_string_equal(settings_find(settings, "irc", "#tv")->prefix, "");
}

static void test_wrong_values(void **state)
{
	static const char *const wrong[][2] = {{"prefix", ""}, {"prefix", "a b"}, {"prefix", "123456789"},
			{"show", ""}, {"nosuch", "x"}, {"quiet", "22:00"}, {"quiet", "24:00-07:00"},
			{"quiet", "22:60-07:00"}, {"quiet", "22:00-22:00"}, {"quiet", "22:00 07:00"},
			{"quiet", "2x:00-07:00"}};
	struct settings *settings = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(settings_set(settings, "irc", "#tv", wrong[i][0], wrong[i][1]), -EINVAL);
	assert_null(settings_find(settings, "irc", "#tv"));
}

static void test_quiet_over_midnight(void **state)
{
	struct settings *settings = *state;
	const struct channel_settings *channel;

	assert_false(settings_is_quiet(NULL, 0));
	assert_int_equal(settings_set(settings, "irc", "#tv", "quiet", "22:00-07:00"), 0);
	channel = settings_find(settings, "irc", "#tv");
	assert_true(settings_is_quiet(channel, 0));
	assert_true(settings_is_quiet(channel, (7 * 60 - 1) * MINUTE_MS));
	assert_false(settings_is_quiet(channel, 7 * 60 * MINUTE_MS));
	assert_false(settings_is_quiet(channel, (22 * 60 - 1) * MINUTE_MS));
	assert_true(settings_is_quiet(channel, 22 * 60 * MINUTE_MS));
	assert_int_equal(settings_set(settings, "irc", "#tv", "quiet", "08:00-09:00"), 0);
	assert_false(settings_is_quiet(channel, 0));
	assert_true(settings_is_quiet(channel, 8 * 60 * MINUTE_MS));
}

/* In Berlin, 22:00 is 21:00 UTC in winter and 20:00 UTC in summer. */
static void test_quiet_hours_are_hours_of_the_channels_zone(void **state)
{
	const uint64_t winter_ms = UINT64_C(1796083200000),
		       summer_ms = UINT64_C(1782864000000); /* midnights */
	struct settings *settings = *state;
	const struct channel_settings *channel;
	char value[SETTINGS_VALUE_BYTES];

	assert_int_equal(settings_set(settings, "irc", "#tv", "quiet", "22:00-07:00"), 0);
	assert_int_equal(settings_set(settings, "irc", "#tv", "zone", "Europe/Berlin"), 0);
	channel = settings_find(settings, "irc", "#tv");
	settings_value(channel, "zone", value);
	assert_string_equal(value, "Europe/Berlin");
	assert_true(settings_is_quiet(channel, winter_ms + 21 * 60 * MINUTE_MS));
	assert_false(settings_is_quiet(channel, winter_ms + (21 * 60 - 1) * MINUTE_MS));
	assert_true(settings_is_quiet(channel, summer_ms + 20 * 60 * MINUTE_MS));
	assert_false(settings_is_quiet(channel, summer_ms + (20 * 60 - 1) * MINUTE_MS));
	assert_false(settings_is_quiet(channel, winter_ms + 6 * 60 * MINUTE_MS));
	assert_int_equal(settings_set(settings, "irc", "#tv", "zone", "Europe/Nowhere"), -EINVAL);
	assert_int_equal(settings_set(settings, "irc", "#tv", "zone", NULL), 0);
	assert_true(settings_is_quiet(channel, winter_ms + 6 * 60 * MINUTE_MS));
}

static void test_ignored(void **state)
{
	struct settings *settings = *state;

	assert_int_equal(settings_ignore(settings, "irc", "Pest", true), 0);
	assert_int_equal(settings_ignore(settings, "irc", "~pest", true), -EEXIST);
	assert_true(settings_ignores(settings, "irc", "pest"));
	assert_string_equal(settings_ignored(settings, "irc", 0), "pest");
	assert_null(settings_ignored(settings, "irc", 1));
	assert_null(settings_ignored(settings, "ir", 0));
	assert_true(settings_ignores(settings, "irc", "~pest"));
	assert_false(settings_ignores(settings, "other", "pest"));
	assert_int_equal(settings_ignore(settings, "irc", "pest", false), 0);
	assert_int_equal(settings_ignore(settings, "irc", "pest", false), -ENOENT);
	assert_int_equal(settings_ignore(settings, "irc", "", true), -EINVAL);
	assert_false(settings_ignores(settings, "irc", "pest"));
}

static void test_limits(void **state)
{
	struct settings *settings = *state;
	char name[32];

	for (int i = 0; i < SETTINGS_CHANNELS_MAX; i++) {
		snprintf(name, sizeof(name), "#%d", i);
		assert_int_equal(settings_set(settings, "irc", name, "prefix", "?"), 0);
		assert_int_equal(settings_ignore(settings, "irc", name, true), 0);
	}
	assert_int_equal(settings_set(settings, "irc", "#more", "prefix", "?"), -E2BIG);
	assert_int_equal(settings_ignore(settings, "irc", "more", true), -E2BIG);
	/* A channel whose settings were reset makes room for another one. */
	assert_int_equal(settings_set(settings, "irc", "#7", "prefix", NULL), 0);
	assert_int_equal(settings_set(settings, "irc", "#more", "prefix", "?"), 0);
	assert_int_equal(settings_set(settings, "irc", "#7", "prefix", "?"), -E2BIG);
	assert_string_equal(settings_find(settings, "irc", "#more")->prefix, "?");
	assert_null(settings_find(settings, "irc", "#7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(test_set_and_take_back, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_wrong_values, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					test_quiet_hours_are_hours_of_the_channels_zone, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_quiet_over_midnight, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_ignored, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
