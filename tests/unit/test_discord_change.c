/* Edits, deletions and reactions, and the questions that they concern. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/change.h"
#include "bot/gateway/discord/recent.h"

#define SELF 99
/* Discord's own example, of 2016-04-30T11:18:25.796Z. */
#define MESSAGE    "175928847299117063"
#define MESSAGE_MS 1462015105796ull

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

static int edit(const char *text, struct discord_change_id *ret)
{
	return discord_change_edit_read(whole(text), ret);
}

static void an_edit_within_a_minute_is_one(void **state)
{
	struct discord_change_id id = {0};

	(void)state;
	assert_int_equal(edit("{\"edited_timestamp\":\"2016-04-30T11:18:26.796123+00:00\",\"id\":\"" MESSAGE
			      "\"}",
					 &id),
			1);
	assert_true(id.message == 175928847299117063ull && id.edited_ms == MESSAGE_MS + 1000);
	assert_int_equal(edit("{\"id\":\"" MESSAGE "\",\"edited_timestamp\":\"2016-04-30T11:19:25.796Z\"}",
					 &id),
			1);
	assert_int_equal(edit("{\"id\":\"" MESSAGE "\",\"edited_timestamp\":\"2016-04-30T11:19:25.797Z\"}",
					 &id),
			0);
}

static void a_preview_of_a_link_is_no_edit(void **state)
{
	struct discord_change_id id = {.message = 7};

	(void)state;
	/* Read no further than needed: the rest may be anything. */
	assert_int_equal(edit("{\"edited_timestamp\":null,", &id), 0);
	assert_int_equal(edit("{\"id\":\"" MESSAGE "\",\"embeds\":[]}", &id), 0);
	assert_int_equal(id.message, 7);
}

static void a_malformed_edit_is_refused(void **state)
{
	static const char *const broken[] = {"", "[]", "{", "{\"id\":{}}", "{\"edited_timestamp\":5}",
			"{\"edited_timestamp\":\"2016-04-30T11:18:26.796+01:00\"}", "{\"id\":\"1\"",
			"{\"edited_timestamp\":\"+00:00\"}",
			"{\"edited_timestamp\":\"yesterday\",\"id\":\"1\"}"};
	struct discord_change_id id;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(edit(broken[i], &id), -EBADMSG);
}

static void the_id_of_an_edit_names_message_and_time(void **state)
{
	char text[DISCORD_CHANGE_ID_BYTES];
	struct discord_change_id id;

	(void)state;
	discord_change_id_write(&(struct discord_change_id){UINT64_MAX, UINT64_MAX}, text);
	assert_string_equal(text, "18446744073709551615.18446744073709551615");
	id = discord_change_id_read(text);
	assert_true(id.message == UINT64_MAX && id.edited_ms == UINT64_MAX);
	discord_change_id_write(&(struct discord_change_id){5, 0}, text);
	assert_string_equal(text, "5");
	id = discord_change_id_read(text);
	assert_true(id.message == 5 && id.edited_ms == 0);
	assert_int_equal(discord_change_id_read("occasion 5").message, 0);
}

static void deletions_are_one_or_many(void **state)
{
	uint64_t ids[DISCORD_CHANGE_BULK_MAX];

	(void)state;
	assert_int_equal(discord_change_deleted_read(whole("{\"id\":\"7\",\"channel_id\":\"2\"}"), ids), 1);
	assert_int_equal(ids[0], 7);
	assert_int_equal(discord_change_deleted_read(whole("{\"ids\":[\"7\",\"8\"]}"), ids), 2);
	assert_int_equal(ids[1], 8);
	assert_int_equal(discord_change_deleted_read(whole("{\"ids\":[]}"), ids), 0);
	assert_int_equal(discord_change_deleted_read(whole("{\"ids\":[\"7\",{}]}"), ids), -EBADMSG);
	assert_int_equal(discord_change_deleted_read(whole("{\"channel_id\":\"2\"}"), ids), -EBADMSG);
}

static int basket(const char *text, struct discord_change_basket *ret)
{
	return discord_change_basket_read(whole(text), SELF, ret);
}

#define REACTION(author, emoji)                                                                              \
	"{\"user_id\":\"5\",\"type\":0,\"message_id\":\"6\",\"message_author_id\":\"" author                 \
	"\",\"emoji\":{\"name\":" emoji                                                                      \
	",\"id\":null},\"channel_id\":\"7\",\"burst\":false,\"guild_id\":\"8\"}"

static void a_wastebasket_on_a_message_of_ours_is_one(void **state)
{
	struct discord_change_basket read;

	(void)state;
	assert_int_equal(basket(REACTION("99", "\"\xf0\x9f\x97\x91\xef\xb8\x8f\""), &read), 1);
	assert_true(read.user == 5 && read.message == 6 && read.channel == 7 && read.guild == 8);
	assert_true(read.is_author_known);
	assert_int_equal(basket(REACTION("99", "\"\xf0\x9f\x97\x91\""), &read), 1);
	assert_int_equal(basket(REACTION("99", "\"\\ud83d\\uddd1\\ufe0f\""), &read), 1);
	/* An older form, without the author. */
	assert_int_equal(basket("{\"user_id\":\"5\",\"message_id\":\"6\",\"channel_id\":\"7\",\"emoji\":{"
				"\"id\":null,"
				"\"name\":\"\xf0\x9f\x97\x91\"}}",
					 &read),
			1);
	assert_true(!read.is_author_known && !read.guild);
}

static void any_other_reaction_is_none(void **state)
{
	struct discord_change_basket read;

	(void)state;
	assert_int_equal(basket(REACTION("98", "\"\xf0\x9f\x97\x91\""), &read), 0);
	assert_int_equal(basket(REACTION("99", "\"\xe2\x9d\x8c\""), &read), 0);
	assert_int_equal(basket(REACTION("99", "null"), &read), 0);
	assert_int_equal(basket("{\"user_id\":\"5\",\"message_id\":\"6\",\"channel_id\":\"7\",\"emoji\":{"
				"\"id\":\"4\","
				"\"name\":\"\xf0\x9f\x97\x91\"}}",
					 &read),
			0);
	/* The bot's own. */
	assert_int_equal(basket("{\"user_id\":\"99\",\"message_id\":\"6\",\"channel_id\":\"7\",\"emoji\":{"
				"\"id\":null,"
				"\"name\":\"\xf0\x9f\x97\x91\"}}",
					 &read),
			0);
	assert_int_equal(basket("{\"user_id\":\"x\"}", &read), -EBADMSG);
	assert_int_equal(basket("{\"user_id\":\"5\"}", &read), -EBADMSG);
	assert_int_equal(basket("5", &read), -EBADMSG);
}

static void an_answer_names_the_person_it_is_for(void **state)
{
	static const char reply[] =
			"{\"author\":{\"id\":\"99\"},\"referenced_message\":{\"author\":{\"id\":\"5\"}}}";
	static const char slash[] =
			"{\"author\":{\"id\":\"99\"},\"interaction_metadata\":{\"user\":{\"id\":\"5\"}}}";
	static const char theirs[] =
			"{\"author\":{\"id\":\"98\"},\"interaction_metadata\":{\"user\":{\"id\":\"5\"}}}";

	(void)state;
	assert_true(discord_change_is_answer_to(whole(reply), SELF, 5));
	assert_true(discord_change_is_answer_to(whole(slash), SELF, 5));
	assert_false(discord_change_is_answer_to(whole(reply), SELF, 6));
	assert_false(discord_change_is_answer_to(whole(theirs), SELF, 5));
	assert_false(discord_change_is_answer_to(
			whole("{\"author\":{\"id\":\"99\"},\"referenced_message\":null}"), SELF, 5));
}

static void the_oldest_question_is_forgotten_first(void **state)
{
	static struct discord_recent recent;

	(void)state;
	for (uint64_t i = 1; i <= DISCORD_RECENT_MAX; i++)
		discord_recent_note(&recent, i)->post = 1000 + i;
	assert_int_equal(discord_recent_note(&recent, 1)->post, 1001);
	discord_recent_note(&recent, 5000);
	assert_null(discord_recent_find(&recent, 1));
	assert_null(discord_recent_find_post(&recent, 1001));
	assert_int_equal(discord_recent_find_post(&recent, 1002)->question, 2);
	assert_int_equal(discord_recent_find(&recent, 5000)->post, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_edit_within_a_minute_is_one),
			cmocka_unit_test(a_preview_of_a_link_is_no_edit),
			cmocka_unit_test(a_malformed_edit_is_refused),
			cmocka_unit_test(the_id_of_an_edit_names_message_and_time),
			cmocka_unit_test(deletions_are_one_or_many),
			cmocka_unit_test(a_wastebasket_on_a_message_of_ours_is_one),
			cmocka_unit_test(any_other_reaction_is_none),
			cmocka_unit_test(an_answer_names_the_person_it_is_for),
			cmocka_unit_test(the_oldest_question_is_forgotten_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
