/* What the bot may do in a channel. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/may.h"

#define GUILD 100
#define SELF  99

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

/* 3072: View Channel and Send Messages; 16384: Embed Links. */
static const char roles[] =
		"[{\"id\":\"100\",\"name\":\"@everyone\",\"permissions\":\"1024\"},"
		"{\"id\":\"101\",\"name\":\"bot\",\"permissions\":\"2048\"},"
		"{\"id\":\"102\",\"name\":\"Fans\",\"mentionable\":true,\"permissions\":\"16384\"},"
		"{\"id\":\"103\",\"name\":\"fans\",\"permissions\":\"8\"}]";

static uint64_t in_channel(uint64_t may, const char *overwrites)
{
	const struct span member = whole("{\"roles\":[\"101\"]}");

	return discord_may_in_channel(may, whole(overwrites), member, GUILD, SELF);
}

static void permissions_are_those_of_everybody_and_of_the_roles(void **state)
{
	(void)state;
	assert_int_equal(discord_may_in_guild(whole(roles), whole("{\"roles\":[]}"), GUILD), 1024);
	assert_int_equal(discord_may_in_guild(whole(roles), whole("{\"roles\":[\"101\",\"102\"]}"), GUILD),
			1024 | 2048 | 16384);
	assert_true(discord_may_in_guild(whole(roles), whole("{\"roles\":[\"103\"]}"), GUILD) == UINT64_MAX);
	assert_int_equal(discord_may_in_guild(whole("{}"), whole("{}"), GUILD), 0);
}

static void overwrites_apply_from_everybody_to_the_member(void **state)
{
	(void)state;
	assert_int_equal(in_channel(3072, "{}"), 3072);
	assert_int_equal(in_channel(3072, "{\"permission_overwrites\":[{\"id\":\"100\",\"type\":0,\"allow\":"
					  "\"0\","
					  "\"deny\":\"2048\"}]}"),
			1024);
	/* A role gives back what everybody is denied; another role does not count; the member's own is last. */
	assert_int_equal(in_channel(3072, "{\"permission_overwrites\":[{\"id\":\"101\",\"type\":0,\"allow\":"
					  "\"2048\","
					  "\"deny\":\"0\"},{\"id\":\"100\",\"type\":0,\"allow\":\"0\","
					  "\"deny\":\"3072\"},"
					  "{\"id\":\"102\",\"type\":0,\"allow\":\"16384\",\"deny\":\"0\"},"
					  "{\"id\":\"99\",\"type\":1,\"allow\":\"1024\",\"deny\":\"0\"},{"
					  "\"id\":5}]}"),
			3072);
	/* An administrator may everything. */
	assert_true(in_channel(UINT64_MAX,
				    "{\"permission_overwrites\":[{\"id\":\"100\",\"type\":0,\"allow\":\"0\","
				    "\"deny\":\"2048\"}]}") == UINT64_MAX);
}

static void a_role_is_found_by_id_or_name(void **state)
{
	struct discord_may_role role = discord_may_find_role(whole(roles), "FANS");

	(void)state;
	assert_true(role.id == 102 && role.is_mentionable);
	role = discord_may_find_role(whole(roles), "103");
	assert_true(role.id == 103 && !role.is_mentionable);
	assert_int_equal(discord_may_find_role(whole(roles), "nobody").id, 0);
	assert_int_equal(discord_may_find_role(whole("[5,{}"), "Fans").id, 0);
}

static void a_permission_has_the_name_that_people_see(void **state)
{
	(void)state;
	assert_string_equal(discord_may_name(DISCORD_MAY_PUBLIC_THREADS), "Create Public Threads");
	assert_string_equal(discord_may_name(1), "a permission");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(permissions_are_those_of_everybody_and_of_the_roles),
			cmocka_unit_test(overwrites_apply_from_everybody_to_the_member),
			cmocka_unit_test(a_role_is_found_by_id_or_name),
			cmocka_unit_test(a_permission_has_the_name_that_people_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
