/* A shard's guild count, and the channels to check after an absence. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/random.h"
#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/stream/guilds.h"

#define GUILDS 3000

static void guilds_are_counted_once(void **state)
{
	struct discord_guilds guilds = {0};

	(void)state;
	discord_guilds_remove(&guilds, 5); /* nothing is there yet */
	assert_int_equal(discord_guilds_put(&guilds, 5, true), 0);
	assert_int_equal(discord_guilds_put(&guilds, 5, true), 0);
	assert_int_equal(guilds.count, 1);
	assert_int_equal(guilds.away, 1);
	assert_int_equal(discord_guilds_put(&guilds, 5, false), 0);
	assert_int_equal(guilds.away, 0);
	assert_int_equal(discord_guilds_put(&guilds, 0, false), -EINVAL);
	discord_guilds_remove(&guilds, 6);
	discord_guilds_remove(&guilds, 5);
	assert_int_equal(guilds.count, 0);
	discord_guilds_release(&guilds);
}

/* Compare with a simple list: the counts agree for random events. */
static void many_come_and_go(void **state)
{
	static bool is_there[GUILDS], is_away[GUILDS];
	struct discord_guilds guilds = {0};
	struct random random;

	(void)state;
	random_seed(&random, 5);
	for (int i = 0; i < 100000; i++) {
		size_t guild = random_below(&random, GUILDS);
		uint64_t id = (uint64_t)guild << 22 | 1;
		size_t count = 0, away = 0;

		is_there[guild] = random_below(&random, 3) > 0;
		is_away[guild] = is_there[guild] && random_below(&random, 4) == 0;
		if (is_there[guild])
			assert_int_equal(discord_guilds_put(&guilds, id, is_away[guild]), 0);
		else
			discord_guilds_remove(&guilds, id);
		if (i % 1000)
			continue;
		for (size_t k = 0; k < GUILDS; k++) {
			count += is_there[k];
			away += is_away[k];
		}
		assert_int_equal(guilds.count, count);
		assert_int_equal(guilds.away, away);
	}
	discord_guilds_release(&guilds);
}

static struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

static void the_bots_own_role_is_found(void **state)
{
	(void)state;
	assert_int_equal(discord_guilds_find_role(
					 span_of("{\"roles\":[{\"id\":\"1\"},{\"id\":\"2\",\"tags\":{\"bot_"
						 "id\":\"8\"}},"
						 "{\"id\":\"3\",\"tags\":{\"bot_id\":\"9\"}}]}"),
					 9),
			3);
	assert_int_equal(discord_guilds_find_role(span_of("{\"roles\":[{\"id\":\"2\",\"tags\":null}]}"), 9),
			0);
	assert_int_equal(discord_guilds_find_role(span_of("{\"roles\":[{\"tags\":{\"bot_id\":\"9\"}},"), 9),
			0);
	assert_int_equal(discord_guilds_find_role(span_of("{\"name\":\"x\"}"), 9), 0);
	assert_int_equal(discord_guilds_find_role(span_of("nothing"), 9), 0);
}

static void guilds_are_written_and_read(void **state)
{
	struct discord_guilds guilds = {0}, other = {0};
	struct str text = STR(65536);

	(void)state;
	assert_int_equal(discord_guilds_role(&guilds, 5), 0);
	discord_guilds_set_role(&guilds, 5, 50); /* absent: no effect */
	for (uint64_t id = 1; id <= 100; id++) {
		assert_int_equal(discord_guilds_put(&guilds, id << 22, false), 0);
		discord_guilds_set_role(&guilds, id << 22, id);
	}
	discord_guilds_remove(&guilds, 7u << 22);
	assert_true(guilds.is_changed);
	discord_guilds_append(&guilds, &text);
	discord_guilds_read(&other, span_of(str_text(&text)));
	assert_int_equal(other.count, 99);
	for (uint64_t id = 1; id <= 100; id++) {
		assert_int_equal(discord_guilds_role(&guilds, id << 22), id == 7 ? 0 : id);
		assert_int_equal(discord_guilds_role(&other, id << 22), id == 7 ? 0 : id);
		assert_true(discord_guilds_hold(&other, id << 22) == (id != 7));
	}
	other.is_changed = false;
	discord_guilds_set_role(&other, 1u << 22, 1);
	discord_guilds_put(&other, 1u << 22, true); /* an outage is not stored */
	assert_false(other.is_changed);
	discord_guilds_read(&other, span_of("[[],[\"x\"],5,[\"0\",\"1\"],[\"4194305\",\"6\"],"));
	assert_int_equal(other.count, 100);
	assert_int_equal(discord_guilds_role(&other, 4194305), 6);
	discord_guilds_release(&guilds);
	discord_guilds_release(&other);
	str_release(&text);
}

/* ---------------------------------------------------------------- channels */

static void channels_remember_the_newest(void **state)
{
	struct discord_channels channels = {0};

	(void)state;
	assert_null(discord_channels_find(&channels, 7));
	assert_null(discord_channels_find(&channels, 0));
	discord_channels_note(&channels, 7, 70, 500);
	discord_channels_note(&channels, 7, 70, 400); /* repeated: older than what is known */
	assert_int_equal(discord_channels_find(&channels, 7)->last, 500);
	assert_int_equal(discord_channels_find(&channels, 7)->guild, 70);
}

static void the_oldest_channel_is_replaced(void **state)
{
	struct discord_channels channels = {0};

	(void)state;
	for (uint64_t i = 1; i <= DISCORD_CHANNELS_MAX; i++)
		discord_channels_note(&channels, i, 1, 1000 + i);
	discord_channels_note(&channels, 1, 1, 9000);
	discord_channels_note(&channels, 5000, 1, 9001);
	assert_non_null(discord_channels_find(&channels, 1));
	assert_non_null(discord_channels_find(&channels, 5000));
	assert_null(discord_channels_find(&channels, 2));
	/* A place that is free again is used first. */
	discord_channels_forget(&channels, 10);
	discord_channels_note(&channels, 6000, 1, 9002);
	assert_non_null(discord_channels_find(&channels, 3));
}

static void channels_survive_as_text(void **state)
{
	struct discord_channels channels = {0}, again = {0};
	struct str text = STR(10000);

	(void)state;
	discord_channels_note(&channels, UINT64_MAX, 0, 5);
	discord_channels_note(&channels, 8, 80, UINT64_MAX)->unread = 6;
	discord_channels_append(&channels, &text);
	assert_string_equal(str_text(&text), "[[\"18446744073709551615\",\"0\",\"5\"],[\"8\",\"80\","
					     "\"18446744073709551615\",\"6\"]]");
	discord_channels_read(&again, (struct span){text.bytes, text.length});
	assert_memory_equal(&channels, &again, sizeof(channels));
	str_release(&text);
}

static void begin_reading(struct discord_channels *channels, struct discord_channel *channel, uint64_t after)
{
	discord_channel_set_unread(channel, after);
	channel->is_due = false;
	discord_channels_begin_reading(channels, channel->id);
}

static void a_channel_is_unread_until_every_request_was_answered(void **state)
{
	struct discord_channels channels = {0};
	struct discord_channel *channel = discord_channels_note(&channels, 7, 70, 500);

	(void)state;
	begin_reading(&channels, channel, 400);
	discord_channels_begin_reading(&channels, 7);
	discord_channels_begin_reading(&channels, 8); /* not known */
	assert_int_equal(channel->unread, 400);
	assert_false(discord_channels_end_reading(&channels, 7, true));
	assert_int_equal(channel->unread, 400);
	assert_true(discord_channels_end_reading(&channels, 7, true));
	assert_int_equal(channel->unread, 0);
	assert_false(discord_channels_end_reading(&channels, 7, true));

	/* One request was not answered: the next back-fill begins at the same message. */
	begin_reading(&channels, channel, 400);
	begin_reading(&channels, channel, 450);
	assert_false(discord_channels_end_reading(&channels, 7, false));
	assert_false(discord_channels_end_reading(&channels, 7, true));
	assert_int_equal(channel->unread, 400);
	begin_reading(&channels, channel, 400);
	assert_true(discord_channels_end_reading(&channels, 7, true));

	/* The session was lost again meanwhile. */
	begin_reading(&channels, channel, 400);
	discord_channel_set_unread(channel, 450);
	assert_false(discord_channels_end_reading(&channels, 7, true));
	assert_int_equal(channel->unread, 400);
	begin_reading(&channels, channel, 400);
	assert_true(discord_channels_end_reading(&channels, 7, true));

	/* Forgotten and noted again while a request was under way. */
	begin_reading(&channels, channel, 400);
	discord_channels_forget(&channels, 7);
	discord_channels_note(&channels, 7, 70, 500);
	assert_false(discord_channels_end_reading(&channels, 7, true));
}

static void malformed_channels_are_skipped(void **state)
{
	struct discord_channels channels = {0}, empty = {0};

	(void)state;
	discord_channels_read(
			&channels, SPAN("[[\"0\",\"1\",\"2\"],[\"1\",\"2\"],5,[],[\"x\",\"1\",\"1\"],{}]"));
	discord_channels_read(&channels, SPAN("{}"));
	discord_channels_read(&channels, SPAN("[["));
	assert_memory_equal(&channels, &empty, sizeof(channels));
}

static void a_channel_is_silent_ever_longer(void **state)
{
	struct discord_channels channels = {0};
	struct discord_channel *channel = discord_channels_note(&channels, 7, 70, 500);

	(void)state;
	assert_false(discord_channel_is_mute(channel, 1000));
	assert_false(discord_channel_unmute(channel));
	assert_int_equal(discord_channel_mute(channel, 1000), DISCORD_CHANNELS_MUTE_MS);
	assert_int_equal(discord_channel_mute(channel, 1001), 0); /* one that was under way */
	assert_true(discord_channel_is_mute(channel, 1000 + DISCORD_CHANNELS_MUTE_MS - 1));
	assert_false(discord_channel_is_mute(channel, 1000 + DISCORD_CHANNELS_MUTE_MS));
	assert_int_equal(discord_channel_mute(channel, 1000000), 2 * DISCORD_CHANNELS_MUTE_MS);
	for (uint64_t i = 1; i < 20; i++)
		assert_true(discord_channel_mute(channel, 1000000 + i * DISCORD_CHANNELS_MUTE_LONGEST_MS) <=
				DISCORD_CHANNELS_MUTE_LONGEST_MS);
	assert_true(discord_channel_unmute(channel));
	assert_false(discord_channel_is_mute(channel, 1000));
	assert_int_equal(discord_channel_mute(channel, 1000), DISCORD_CHANNELS_MUTE_MS);
	discord_channels_forget(&channels, 8); /* unknown */
	discord_channels_forget(&channels, 7);
	assert_null(discord_channels_find(&channels, 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(guilds_are_counted_once),
			cmocka_unit_test(many_come_and_go),
			cmocka_unit_test(the_bots_own_role_is_found),
			cmocka_unit_test(guilds_are_written_and_read),
			cmocka_unit_test(channels_remember_the_newest),
			cmocka_unit_test(a_channel_is_silent_ever_longer),
			cmocka_unit_test(the_oldest_channel_is_replaced),
			cmocka_unit_test(channels_survive_as_text),
			cmocka_unit_test(a_channel_is_unread_until_every_request_was_answered),
			cmocka_unit_test(malformed_channels_are_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
