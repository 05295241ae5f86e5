/* The time zones that people have set, in the store. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/core/person_zone.h"
#include "bot/store/store.h"

#define DAY_MS UINT64_C(86400000)

struct fixture {
	char folder[40];
	struct store *store;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/episoded-zone-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	assert_int_equal(store_open(fixture->folder, &fixture->store), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"episoded.db", "episoded.db-wal", "episoded.db-shm"};
	struct fixture *fixture = *state;
	char path[80];

	store_close(fixture->store);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture->folder, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static struct message by(const char *author_id, const char *account)
{
	return (struct message){.author_id = author_id, .account = account, .time_ms = 20000 * DAY_MS};
}

static void assert_zone(
		struct store *store, const char *gateway, const struct message *author, const char *wanted)
{
	char zone[ZONE_NAME_BYTES];
	int r = person_zone_get(store, gateway, author, zone);

	assert_int_equal(r, *wanted ? 0 : -ENOENT);
	assert_string_equal(zone, wanted);
}

static void a_zone_belongs_to_one_person_of_one_gateway(void **state)
{
	const struct fixture *fixture = *state;
	struct message anna = by("~anna", "Anna"), renamed = by("~anna_", "anna"), bert = by("anna", "");

	assert_int_equal(person_zone_set(fixture->store, "irc", &anna, "Europe/Berlin"), 0);
	assert_int_equal(person_zone_set(fixture->store, "irc", &anna, "Europe/Berlin"), -EEXIST);
	assert_zone(fixture->store, "irc", &anna, "Europe/Berlin");
	assert_zone(fixture->store, "irc", &renamed, "Europe/Berlin");
	assert_zone(fixture->store, "irc", &bert, "");
	assert_zone(fixture->store, "other", &anna, "");
	assert_int_equal(person_zone_set(fixture->store, "irc", &renamed, "Asia/Seoul"), 0);
	assert_zone(fixture->store, "irc", &anna, "Asia/Seoul");
	assert_int_equal(person_zone_set(fixture->store, "irc", &bert, NULL), -ENOENT);
	assert_int_equal(person_zone_set(fixture->store, "irc", &anna, NULL), 0);
	assert_zone(fixture->store, "irc", &anna, "");
}

/* A zone that the time zone database no longer has is as if not set. */
static void an_unreadable_zone_is_not_set(void **state)
{
	const struct fixture *fixture = *state;
	struct message anna = by("~anna", "");

	assert_int_equal(store_put(fixture->store, "zone/person", "irc ~anna", "Europe/Nowhere 20000"), 0);
	assert_zone(fixture->store, "irc", &anna, "");
	assert_int_equal(store_put(fixture->store, "zone/person", "irc ~anna", ""), 0);
	assert_zone(fixture->store, "irc", &anna, "");
	assert_int_equal(person_zone_set(fixture->store, "irc", &anna, "Europe/Berlin"), 0);
	assert_zone(fixture->store, "irc", &anna, "Europe/Berlin");
}

static void the_oldest_goes_at_the_limit_if_it_is_old_enough(void **state)
{
	const struct fixture *fixture = *state;
	struct message old = by("old", ""), more = by("more", "");
	char name[32];

	assert_int_equal(person_zone_set(fixture->store, "irc", &old, "Europe/Berlin"), 0);
	assert_int_equal(store_begin(fixture->store), 0);
	for (int i = 1; i < PERSON_ZONES_MAX; i++) {
		snprintf(name, sizeof(name), "irc %d", i);
		assert_int_equal(store_put(fixture->store, "zone/person", name, "Europe/Berlin 20400"), 0);
	}
	assert_int_equal(store_commit(fixture->store), 0);
	more.time_ms = (20000 + PERSON_ZONES_KEPT_DAYS) * DAY_MS;
	assert_int_equal(person_zone_set(fixture->store, "irc", &more, "Asia/Seoul"), -E2BIG);
	assert_zone(fixture->store, "irc", &more, "");
	more.time_ms += DAY_MS;
	assert_int_equal(person_zone_set(fixture->store, "irc", &more, "Asia/Seoul"), 0);
	assert_zone(fixture->store, "irc", &more, "Asia/Seoul");
	assert_zone(fixture->store, "irc", &old, "");
	/* A kept zone may be changed at the limit. */
	assert_int_equal(person_zone_set(fixture->store, "irc", &more, "Asia/Tokyo"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(a_zone_belongs_to_one_person_of_one_gateway),
			TEST(an_unreadable_zone_is_not_set),
			TEST(the_oldest_goes_at_the_limit_if_it_is_old_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
