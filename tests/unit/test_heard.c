/* What another process changes: settings, the ignore list, declarations, lines, zones, channels, and a reload. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/catalogue/catalogue.h"
#include "bot/core/line.h"
#include "bot/core/progress.h"
#include "bot/core/rights.h"
#include "bot/gateway/irc/config.h"
#include "tests/unit/line_by_hand.h"

struct process {
	struct line_by_hand line;
	struct orders *orders;
	struct dispatch_orders calls;
	unsigned orders_of[3]; /* how often each came */
};

struct world {
	struct hand_database *database;
	struct catalogue *catalogue;
	struct config config;
	struct gateway_config gateway;
	const struct gateway_config *gateways[1];
	struct process here, there;
};

static void on_order(void *user, enum order order)
{
	((struct process *)user)->orders_of[order]++;
}

static void start(struct world *world, struct process *process, const char *name)
{
	hand_open(&process->line, world->database, name);
	assert_int_equal(orders_new(on_order, process, &process->orders), 0);
	assert_int_equal(orders_open(process->orders, process->line.store), 0);
	orders_configure(process->orders, &world->config, world->catalogue);
	process->calls = orders_for_dispatch(process->orders);
}

static void stop(struct process *process)
{
	orders_free(process->orders);
	hand_close(&process->line);
	memset(process, 0, sizeof(*process));
}

static int set_up(void **state)
{
	static char name[] = "libera";
	struct world *world = calloc(1, sizeof(*world));
	struct str report = STR(64 * 1024);

	assert_non_null(world);
	world->gateway = (struct gateway_config){.network = &irc_network, .references = 1, .name = name};
	world->gateways[0] = &world->gateway;
	world->config = (struct config){.gateways = world->gateways, .gateway_count = 1};
	world->database = hand_database_new();
	assert_int_equal(catalogue_load("data", &report, &world->catalogue), 0);
	str_release(&report);
	start(world, &world->here, "alpha/1");
	start(world, &world->there, "beta/2");
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	stop(&world->here);
	stop(&world->there);
	catalogue_free(world->catalogue);
	hand_database_free(world->database);
	free(world);
	return 0;
}

/* The other process has written its changes, and this one has read what is new. */
static void pass(struct world *world)
{
	assert_int_equal(store_settle(world->there.line.store), 0);
	hand_answer_all(&world->there.line);
	hand_beat(&world->here.line);
}

static const struct channel_settings *settings_here(struct world *world)
{
	return world->here.calls.settings(world->here.orders, "libera", "#tv");
}

static void test_a_setting_made_on_another_host_counts_here(void **state)
{
	struct world *world = *state;
	struct process *there = &world->there;

	assert_int_equal(there->calls.on_set(there->orders, "libera", "#TV", "prefix", "?"), 0);
	assert_int_equal(there->calls.on_set(there->orders, "libera", "#TV", "quiet", "22:00-07:00"), 0);
	assert_int_equal(there->calls.on_set(there->orders, "libera", "#TV", "warnings", "on"), 0);
	assert_null(settings_here(world));
	pass(world);
	assert_string_equal(settings_here(world)->prefix, "?");
	assert_string_equal(orders_prefixes(world->here.orders)[0], "?");
	assert_true(settings_here(world)->has_quiet_hours && settings_here(world)->has_warnings);
	assert_int_equal(world->here.orders_of[ORDER_TOPICS], 3);
	assert_int_equal(there->orders_of[ORDER_TOPICS], 0); /* its own */
	assert_int_equal(there->calls.on_set(there->orders, "libera", "#TV", "prefix", NULL), 0);
	pass(world);
	assert_string_equal(settings_here(world)->prefix, "");
	assert_null(orders_prefixes(world->here.orders)[0]);
	assert_true(settings_here(world)->has_quiet_hours);
}

/* A newer version of the bot may write what this one cannot read. */
static void test_an_unreadable_setting_is_the_default(void **state)
{
	struct world *world = *state;
	struct process *there = &world->there;

	assert_int_equal(there->calls.on_set(there->orders, "libera", "#tv", "quiet", "22:00-07:00"), 0);
	pass(world);
	assert_int_equal(store_put(there->line.store, "setting/quiet", "libera #tv", "at night"), 0);
	assert_int_equal(store_put(there->line.store, "setting/mood", "libera #tv", "fine"), 0);
	assert_int_equal(store_put(there->line.store, "seen/person", "libera ben house", "many"), 0);
	pass(world);
	assert_false(settings_here(world)->has_quiet_hours);
}

static void test_who_is_ignored_there_is_ignored_here(void **state)
{
	const struct message pest = {.author_id = "pest"};
	struct world *world = *state;
	struct process *there = &world->there;

	assert_int_equal(there->calls.on_ignore(there->orders, "libera", "pest", true), 0);
	assert_false(world->here.calls.is_ignored(world->here.orders, "libera", &pest));
	pass(world);
	assert_true(world->here.calls.is_ignored(world->here.orders, "libera", &pest));
	assert_int_equal(world->here.calls.on_ignore(world->here.orders, "libera", "pest", true), -EEXIST);
	assert_int_equal(there->calls.on_ignore(there->orders, "libera", "pest", false), 0);
	pass(world);
	assert_false(world->here.calls.is_ignored(world->here.orders, "libera", &pest));
}

static struct message ben(void)
{
	return (struct message){.id = "1",
			.channel = "#tv",
			.author_id = "ben",
			.author_name = "ben",
			.account = "ben",
			.text = "",
			.time_ms = 1790000000000};
}

static void test_a_declaration_made_on_another_host_spoils_no_one_here(void **state)
{
	const struct message asker = ben();
	struct world *world = *state;
	struct process *here = &world->here, *there = &world->there;
	struct progress *progress = here->calls.progress(here->orders);
	struct progress *other = there->calls.progress(there->orders);

	assert_int_equal(progress_declare(other, "libera", &asker, "house", 7), 0);
	pass(world);
	assert_int_equal(progress_of(progress, "libera", &asker, "house"), 7);
	assert_int_equal(progress_declare(other, "libera", &asker, "house", 3), 0); /* lower */
	pass(world);
	assert_int_equal(progress_of(progress, "libera", &asker, "house"), 3);
	assert_int_equal(progress_undo(progress, "libera", &asker, "house"), 0); /* of what was said there */
	assert_int_equal(progress_of(progress, "libera", &asker, "house"), 7);
	assert_int_equal(progress_declare(other, "libera", &asker, "house", LINE_UNDECLARED), 0);
	assert_int_equal(store_settle(here->line.store), 0);
	hand_answer_all(&here->line);
	pass(world); /* after ours */
	assert_int_equal(progress_of(progress, "libera", &asker, "house"), LINE_UNDECLARED);
	assert_int_equal(here->orders_of[ORDER_TOPICS], 0);
}

static void test_a_channels_line_counts_on_all_hosts(void **state)
{
	const struct channel_line line = {.seen = 2};
	struct world *world = *state;
	struct process *here = &world->here, *there = &world->there;
	struct progress *other = there->calls.progress(there->orders);
	const struct progress *progress = here->calls.progress(here->orders);

	assert_int_equal(progress_set_channel(other, "libera", "#tv", "house", &line), 0);
	pass(world);
	assert_non_null(progress_channel(progress, "libera", "#tv", "house"));
	assert_int_equal(here->orders_of[ORDER_TOPICS], 1);
	assert_int_equal(progress_set_channel(other, "libera", "#tv", "house", NULL), 0);
	pass(world);
	assert_null(progress_channel(progress, "libera", "#tv", "house"));
}

/* At the limit the oldest declaration goes; the new one may be heard before it has gone. */
static void test_a_declaration_over_the_limit_is_heard(void **state)
{
	struct world *world = *state;
	struct process *here = &world->here;
	struct progress *progress = here->calls.progress(here->orders);
	struct message person = ben();
	char name[16], key[64];

	person.account = person.author_id = name;
	for (int i = 0; i <= PROGRESS_PEOPLE_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		snprintf(key, sizeof(key), "libera @p%d house", i);
		remote_heard(here->line.store, "seen/person", key, "3 -1 20000", (uint64_t)i + 1);
	}
	assert_int_equal(progress_of(progress, "libera", &person, "house"), 3);
	snprintf(name, sizeof(name), "one more");
	assert_int_equal(progress_declare(progress, "libera", &person, "house", 3), 0); /* old ones go */
}

static void test_a_zone_is_known_on_all_hosts(void **state)
{
	const struct message asker = ben();
	struct world *world = *state;
	struct process *here = &world->here, *there = &world->there;
	char zone[ZONE_NAME_BYTES];

	assert_int_equal(there->calls.on_zone(there->orders, "libera", &asker, "Europe/Berlin"), 0);
	assert_false(here->calls.zone(here->orders, "libera", &asker, zone));
	pass(world);
	assert_true(here->calls.zone(here->orders, "libera", &asker, zone));
	assert_string_equal(zone, "Europe/Berlin");
}

static void test_join_and_reload_reach_all_hosts(void **state)
{
	struct world *world = *state;
	struct process *here = &world->here, *there = &world->there;
	struct gateway_wanted *wanted = NULL;

	assert_int_equal(there->calls.on_channel(there->orders, "libera", "#more", true), 0);
	pass(world);
	assert_int_equal(here->orders_of[ORDER_CHANNELS], 1);
	assert_int_equal(orders_apply(here->orders, &wanted), 0);
	assert_int_equal(wanted[0].channels.count, 1);
	assert_string_equal(wanted[0].channels.names[0], "#more");
	orders_release(wanted, 1);
	assert_int_equal(there->calls.on_reload(there->orders), 0);
	pass(world);
	assert_int_equal(here->orders_of[ORDER_RELOAD], 1);
	assert_int_equal(there->orders_of[ORDER_RELOAD], 1); /* its own */
	assert_int_equal(there->calls.on_reload(there->orders), 0);
	pass(world);
	assert_int_equal(here->orders_of[ORDER_RELOAD], 2);
	hand_beat(&there->line);
	assert_int_equal(there->orders_of[ORDER_RELOAD], 2);
}

/* A process that starts has read its files already. */
static void test_a_start_is_no_reload(void **state)
{
	struct world *world = *state;
	struct process *there = &world->there;

	assert_int_equal(there->calls.on_reload(there->orders), 0);
	assert_int_equal(there->calls.on_set(there->orders, "libera", "#tv", "prefix", "?"), 0);
	assert_int_equal(store_settle(there->line.store), 0);
	hand_answer_all(&there->line);
	stop(&world->here);
	start(world, &world->here, "alpha/3");
	assert_int_equal(world->here.orders_of[ORDER_RELOAD], 0);
	assert_string_equal(settings_here(world)->prefix, "?");
}

#define HEARD_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			HEARD_TEST(test_a_setting_made_on_another_host_counts_here),
			HEARD_TEST(test_an_unreadable_setting_is_the_default),
			HEARD_TEST(test_who_is_ignored_there_is_ignored_here),
			HEARD_TEST(test_a_declaration_made_on_another_host_spoils_no_one_here),
			HEARD_TEST(test_a_channels_line_counts_on_all_hosts),
			HEARD_TEST(test_a_declaration_over_the_limit_is_heard),
			HEARD_TEST(test_a_zone_is_known_on_all_hosts),
			HEARD_TEST(test_join_and_reload_reach_all_hosts),
			HEARD_TEST(test_a_start_is_no_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
