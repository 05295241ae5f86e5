/* What was said without being asked: found again, and kept. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/posting_body.h"
#include "bot/gateway/discord/posts.h"

#define SELF 99

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

static uint64_t find(const char *messages, const char *body)
{
	return discord_posting_find(whole(messages), SELF, whole(body));
}

static void a_post_is_found_by_its_title(void **state)
{
	static const char body[] = "{\"content\":\"\",\"embeds\":[{\"title\":\"Harbour Lights \\u2013 "
				   "1\"}],\"nonce\":\"o1\"}";
	static const char ours[] = "[{\"id\":\"5\",\"author\":{\"id\":\"98\"},\"embeds\":[{\"title\":"
				   "\"Harbour Lights – 1\"}]},"
				   "{\"id\":\"6\",\"author\":{\"id\":\"99\"},\"content\":\"<@&3>\","
				   "\"embeds\":[{\"title\":"
				   "\"Harbour Lights – 1\"}]}]";

	(void)state;
	assert_int_equal(find(ours, body), 6);
	assert_int_equal(find(ours, "{\"content\":\"\",\"embeds\":[{\"title\":\"Another\"}]}"), 0);
	assert_int_equal(find("[{\"id\":\"7\",\"author\":{\"id\":\"99\"},\"content\":\"plain\",\"embeds\":[]}"
			      "]",
					 "{\"content\":\"plain\"}"),
			7);
	assert_int_equal(find("{}", body), 0);
	assert_int_equal(find("[5,{}]", body), 0);
	assert_int_equal(find(ours, "{}"), 0);
}

static void an_event_is_found_by_name_and_time(void **state)
{
	static const char events[] =
			"[{\"id\":\"1\",\"creator_id\":\"98\",\"name\":\"A\",\"scheduled_start_time\":"
			"\"2026-01-01T21:00:00+00:00\"},{\"id\":\"2\",\"creator_id\":\"99\",\"name\":\"A\","
			"\"scheduled_start_time\":\"2026-01-01T21:00:00+00:00\"}]";

	(void)state;
	assert_int_equal(discord_posting_find_event(whole(events), SELF, "A", "2026-01-01T21:00:00.000Z"), 2);
	assert_int_equal(discord_posting_find_event(whole(events), SELF, "B", "2026-01-01T21:00:00.000Z"), 0);
	assert_int_equal(discord_posting_find_event(whole(events), SELF, "A", "2026-01-01T22:00:00.000Z"), 0);
	assert_int_equal(discord_posting_find_event(whole("[{}"), SELF, "A", "2026-01-01T22:00:00.000Z"), 0);
}

static void posts_are_kept_by_shard_and_the_oldest_is_forgotten(void **state)
{
	static struct discord_posts posts, again;
	struct str text = STR(DISCORD_POSTS_TEXT_MAX_BYTES), other = STR(DISCORD_POSTS_TEXT_MAX_BYTES);

	(void)state;
	for (uint64_t i = 1; i <= DISCORD_POSTS_MAX + 1; i++)
		discord_posts_set(&posts, &(struct discord_post){i, (i % 2) << 22, 7, 1000 + i});
	assert_null(discord_posts_find(&posts, 1));
	assert_int_equal(discord_posts_find(&posts, 2)->id, 1002);
	discord_posts_set(&posts, &(struct discord_post){.key = 2});
	assert_null(discord_posts_find(&posts, 2));
	discord_posts_append(&posts, 2, 1, &text);
	assert_int_equal(text.error, 0);
	discord_posts_read(&again, (struct span){str_text(&text), text.length});
	assert_null(discord_posts_find(&again, 4));
	assert_int_equal(discord_posts_find(&again, 5)->id, 1005);
	discord_posts_append(&again, 2, 1, &other);
	assert_string_equal(str_text(&text), str_text(&other));
	assert_true(discord_posts_key("a", 1) != discord_posts_key("a", 2));
	str_release(&text);
	str_release(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_post_is_found_by_its_title),
			cmocka_unit_test(an_event_is_found_by_name_and_time),
			cmocka_unit_test(posts_are_kept_by_shard_and_the_oldest_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
