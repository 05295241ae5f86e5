/* Spoilers: each way in which a text past the line could appear in clear, through dispatch with all commands. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/dispatch.h"
#include "bot/core/progress.h"
#include "bot/core/rights.h"
#include "bot/gateway/irc/config.h"
#include "bot/store/store.h"

#define LATE_2026_MS 1796000000000u /* 10 of 13 episodes have aired */
#define DAY_MS       (24 * 60 * 60 * 1000u)

/* Texts of tests/shows/everything. */
#define SYNOPSIS_1  "behind the bakery"
#define SYNOPSIS_6  "A storm shatters the tree"
#define SYNOPSIS_11 "Tomas guards the tree"
#define TITLE_4     "Bruno's Confession"

struct world {
	struct catalogue *catalogue;
	struct orders *orders;
	struct dispatch *dispatch;
	struct config config;
	struct gateway_config gateway;
	const struct gateway_config *gateways[1];
	struct config_owner owner;
	char folder[40];
	struct store *store;
	uint64_t time_ms, now_ms;
	enum message_origin origin;
	const char *id;
	bool has_private;
	/* The last answer. */
	struct str clear, veiled; /* what everybody sees; what is behind a veil */
	char spoil[256], spoiler[256], choices[1000];
	bool is_private;
	enum reply_kind kind;
};

static void on_order(void *user, enum order order)
{
	(void)user;
	(void)order;
}

static void open_store(struct world *world)
{
	assert_int_equal(store_open(world->folder, &world->store), 0);
	assert_int_equal(orders_open(world->orders, world->store), 0);
}

static void close_store(struct world *world)
{
	assert_int_equal(orders_open(world->orders, NULL), 0);
	store_close(world->store);
	world->store = NULL;
}

static int set_up(void **state)
{
	static char name[] = "test", account[] = "Anna";
	struct world *world = calloc(1, sizeof(*world));
	struct dispatch_host host = {.user = world};
	struct str report = STR(64 * 1024);

	assert_non_null(world);
	world->owner = (struct config_owner){OWNER_ACCOUNT, account};
	world->gateway = (struct gateway_config){
			.network = &irc_network, .references = 1, .name = name, .owners = {&world->owner, 1}};
	world->gateways[0] = &world->gateway;
	world->config = (struct config){.gateways = world->gateways, .gateway_count = 1};
	assert_int_equal(catalogue_load("tests/shows/everything", &report, &world->catalogue), 0);
	str_release(&report);
	assert_int_equal(orders_new(on_order, world, &world->orders), 0);
	snprintf(world->folder, sizeof(world->folder), "/tmp/episoded-spoilers-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	open_store(world);
	orders_configure(world->orders, &world->config, world->catalogue);
	host.orders = orders_for_dispatch(world->orders);
	assert_int_equal(dispatch_new(&host, 1, &world->dispatch), 0);
	dispatch_configure(world->dispatch, "!", world->catalogue, NULL);
	world->clear = STR(100000);
	world->veiled = STR(100000);
	world->time_ms = LATE_2026_MS;
	world->now_ms = 1000;
	world->id = "";
	world->has_private = true;
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	char command[100];

	close_store(world);
	snprintf(command, sizeof(command), "rm -r %s", world->folder);
	assert_int_equal(system(command), 0);
	dispatch_free(world->dispatch);
	orders_free(world->orders);
	catalogue_free(world->catalogue);
	str_release(&world->clear);
	str_release(&world->veiled);
	free(world);
	return 0;
}

static void hear_part(struct world *world, const char *text, bool is_veiled)
{
	if (text)
		str_printf(is_veiled ? &world->veiled : &world->clear, "%s\n", text);
}

static void hear(struct world *world, const struct reply *reply)
{
	bool has_veiled = reply->is_text_veiled;
	size_t length = 0;

	hear_part(world, reply->title, false);
	hear_part(world, reply->teaser, false);
	hear_part(world, reply->text, reply->is_text_veiled);
	for (size_t i = 0; i < reply->field_count; i++)
		hear_part(world, reply->fields[i].value, false);
	for (size_t i = 0; i < reply->item_count; i++) {
		hear_part(world, reply->items[i].text, reply->items[i].is_veiled);
		has_veiled |= reply->items[i].is_veiled;
	}
	hear_part(world, reply->footer, false);
	for (size_t i = 0; i < reply->choice_count; i++) {
		hear_part(world, reply->choices[i].label, false);
		length += (size_t)snprintf(world->choices + length, sizeof(world->choices) - length,
				"%s=%s\n", reply->choices[i].label, reply->choices[i].command);
	}
	snprintf(world->spoil, sizeof(world->spoil), "%s", reply->spoil ? reply->spoil : "");
	snprintf(world->spoiler, sizeof(world->spoiler), "%s", reply->spoiler ? reply->spoiler : "");
	world->is_private = reply->is_private;
	world->kind = reply->kind;
	assert_int_equal(has_veiled, reply->spoiler != NULL);
}

/* The person's account is "anna" for an owner. */
static struct message message_of(
		const struct world *world, const char *who, const char *channel, const char *text)
{
	return (struct message){.id = world->id,
			.channel = channel,
			.author_id = who,
			.author_name = who,
			.account = strcmp(who, "anna") == 0 ? "anna" : "",
			.text = text,
			.time_ms = world->time_ms,
			.origin = world->origin,
			.is_private = *channel != '#',
			.is_addressed = *channel != '#',
			.has_private = world->has_private};
}

static void say_in(struct world *world, const char *who, const char *channel, const char *text)
{
	struct message message = message_of(world, who, channel, text);
	struct question question;
	struct answer answer;

	str_clear(&world->clear);
	str_clear(&world->veiled);
	world->choices[0] = '\0';
	world->now_ms += 1000;
	question = dispatch_recognise(world->dispatch, "test", &message, world->now_ms);
	dispatch_answer(world->dispatch, "test", &message, &question, world->now_ms, &answer);
	assert_non_null(answer.reply);
	assert_int_equal(answer.error, 0);
	hear(world, answer.reply);
	answer.position = 0;
	dispatch_keep(world->dispatch, &answer, 0, world->now_ms);
}

static void say(struct world *world, const char *who, const char *text)
{
	say_in(world, who, "#c", text);
}

static bool has(const struct str *str, const char *text)
{
	return strstr(str_text(str), text) != NULL;
}

#define assert_clear(text)                                                                                   \
	do {                                                                                                 \
		if (!has(&world->clear, text))                                                               \
			fail_msg("not in clear: %s\n%s", text, str_text(&world->clear));                     \
	} while (0)
#define assert_not_clear(text)                                                                               \
	do {                                                                                                 \
		if (has(&world->clear, text))                                                                \
			fail_msg("in clear: %s\n%s", text, str_text(&world->clear));                         \
	} while (0)

/* ---------------------------------------------------------------- the line */

static void test_a_synopsis_past_the_line_in_clear(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!episode 6");
	assert_clear(SYNOPSIS_6); /* undeclared: told as asked */
	say(world, "ben", "!seen 5");
	assert_true(world->is_private);
	say(world, "ben", "!episode 6");
	assert_not_clear(SYNOPSIS_6);
	assert_true(has(&world->veiled, SYNOPSIS_6));
	assert_clear("The wind is rising."); /* the teaser */
	assert_clear("Shards");
	assert_string_equal(world->spoiler, "Spoils a later episode");
	say(world, "ben", "!episode 5");
	assert_string_equal(world->spoiler, "");
	say(world, "cleo", "!episode 6"); /* another person has said nothing */
	assert_clear(SYNOPSIS_6);
}

static void test_the_higher_of_the_channels_and_the_askers_line(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!seen 6");
	say(world, "anna", "!set seen 2");
	say(world, "ben", "!episode 6");
	assert_not_clear(SYNOPSIS_6);
	say_in(world, "ben", "#other", "!episode 6");
	assert_clear(SYNOPSIS_6);
	say_in(world, "ben", "ben", "!episode 6"); /* in private, the channel does not count */
	assert_clear(SYNOPSIS_6);
	say(world, "ben", "!seen 1");
	say(world, "anna", "!set seen 6");
	say(world, "ben", "!episode 6");
	assert_not_clear(SYNOPSIS_6);
	say(world, "cleo", "!episode 6");
	assert_clear(SYNOPSIS_6);
	say(world, "anna", "!set seen 2");
	say(world, "anna", "!set seen off");
	say(world, "cleo", "!episode 6");
	assert_clear(SYNOPSIS_6);
}

static void test_an_unaired_synopsis_for_who_has_seen_all(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!seen all");
	say(world, "ben", "!episode 11");
	assert_not_clear(SYNOPSIS_11);
	say(world, "cleo", "!episode 11");
	assert_not_clear(SYNOPSIS_11);
	say(world, "ben", "!seen 11");
	assert_int_equal(world->kind, REPLY_PROBLEM);
	world->time_ms += 3 * DAY_MS;
	say(world, "cleo", "!episode 11");
	assert_clear(SYNOPSIS_11);
	say(world, "ben", "!episode 11"); /* all that had aired when it was said */
	assert_not_clear(SYNOPSIS_11);
}

static void test_a_veil_names_a_number_or_a_title(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!seen 3");
	say(world, "ben", "!episode 4");
	assert_not_clear(TITLE_4);
	assert_null(strstr(world->spoiler, "4"));
	say(world, "ben", "!episodes");
	assert_not_clear(TITLE_4);
	say(world, "ben", "!episode 3");
	assert_not_clear(TITLE_4); /* on the button */
	say(world, "ben", "!source 4");
	assert_not_clear(TITLE_4);
	say(world, "ben", "!airdate 4");
	assert_not_clear(TITLE_4);
	say(world, "ben", "!trivia 4");
	assert_not_clear(TITLE_4);
	say(world, "ben", "!warnings 4");
	assert_not_clear(TITLE_4);
	say(world, "cleo", "!episodes"); /* a list asks about no episode */
	assert_not_clear(TITLE_4);
	say(world, "cleo", "!episode 4");
	assert_clear(TITLE_4);
}

/* ---------------------------------------------------------------- random, search, who, completion */

static void test_random_goes_past_the_line_or_repeats_itself(void **state)
{
	struct world *world = *state;
	char drawn[4][64];

	say(world, "ben", "!seen 4");
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 4; i++) {
			say(world, "ben", "!random");
			assert_string_equal(world->spoiler, "");
			snprintf(drawn[i], sizeof(drawn[i]), "%.60s", str_text(&world->clear));
			for (int k = 0; k < i; k++)
				assert_string_not_equal(drawn[i], drawn[k]);
		}
	}
	say(world, "ben", "!seen nothing");
	say(world, "ben", "!random");
	assert_int_equal(world->kind, REPLY_PROBLEM);
	for (int i = 0; i < 100; i++) { /* undeclared: all that have aired, and a synopsis */
		say(world, "cleo", "!random");
		assert_string_equal(world->spoiler, "");
		assert_not_clear("There's no synopsis");
	}
}

static void test_a_bag_begins_with_the_last_one_of_the_bag_before(void **state)
{
	struct world *world = *state;
	char before[64] = "";

	say(world, "ben", "!seen 2");
	for (int i = 0; i < 200; i++) {
		say(world, "ben", "!random");
		assert_false(strncmp(before, str_text(&world->clear), strlen(before)) == 0 && *before);
		snprintf(before, sizeof(before), "%.60s", str_text(&world->clear));
	}
}

static void test_search_past_the_line(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!search storm shatters");
	assert_clear("Shards");
	say(world, "ben", "!seen 5");
	say(world, "ben", "!search storm shatters");
	assert_not_clear("Shards");
	say(world, "ben", "!search inspector measures");
	assert_not_clear("The Inspector");
	say(world, "cleo", "!search falls asleep");
	assert_not_clear("Night Shift"); /* has not aired */
}

static void test_who_tells_a_later_fact_or_episode(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!seen 3");
	say(world, "ben", "!who ada");
	assert_clear("plants a tree of glass");
	assert_clear("chains herself"); /* reveal 3 */
	assert_not_clear("last seed");  /* reveal 6 */
	assert_true(has(&world->veiled, "last seed"));
	assert_null(strstr(world->choices, "s01e06"));
	assert_string_equal(world->spoil, "spoil who ada");
	say(world, "cleo", "!who ada");
	assert_not_clear("chains herself"); /* undeclared: asked about no episode */
}

static void test_completion_past_the_line(void **state)
{
	struct world *world = *state;
	struct message asker = message_of(world, "ben", "#c", "");
	struct str json = STR(64 * 1024);

	say(world, "ben", "!seen 4");
	dispatch_complete(world->dispatch, "test", &asker, "episode", "episode", "", &json);
	assert_true(has(&json, "Seedlings"));
	assert_true(has(&json, TITLE_4));
	assert_false(has(&json, "Harvest"));
	str_clear(&json);
	dispatch_complete(world->dispatch, "test", &asker, "episode", "episode", "storm shatters", &json);
	assert_false(has(&json, "Shards"));
	str_clear(&json);
	dispatch_complete(world->dispatch, "test", &asker, "search", "words", "storm", &json);
	assert_false(has(&json, "Shards"));
	str_clear(&json);
	dispatch_complete(world->dispatch, "test", &asker, "who", "name", "", &json);
	assert_true(has(&json, "Ada Quill"));
	assert_false(has(&json, "Vale"));
	str_clear(&json);
	dispatch_complete(world->dispatch, "test", &asker, "seen", "episode", "", &json);
	assert_true(has(&json, "undo"));
	assert_true(has(&json, "episode 6")); /* what may be declared next */
	assert_false(has(&json, "Shards"));
	str_clear(&json);
	asker.author_id = "cleo";
	dispatch_complete(world->dispatch, "test", &asker, "episode", "episode", "", &json);
	assert_true(has(&json, "Shards"));
	assert_false(has(&json, TITLE_4));
	assert_false(has(&json, "Night Shift"));
	str_release(&json);
}

/* ---------------------------------------------------------------- spoil */

static void test_spoil_tells_everybody(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!seen 1");
	say(world, "ben", "!episode 6");
	assert_true(str_starts(world->spoil, "spoil "));
	say(world, "ben", "!spoil 6");
	assert_clear(SYNOPSIS_6);
	assert_true(world->is_private);
	say(world, "ben", "!spoil who ada");
	assert_clear("carries the last seed");
	assert_true(world->is_private);
	say(world, "ben", "!spoil !episode 11");
	assert_clear(SYNOPSIS_11);
	assert_true(world->is_private);
	say(world, "ben", "!spoil 99");
	assert_int_equal(world->kind, REPLY_PROBLEM);
	assert_true(world->is_private);
	say(world, "ben", "!episode 6"); /* it was told once */
	assert_not_clear(SYNOPSIS_6);
}

static void test_spoil_without_private_replies(void **state)
{
	struct world *world = *state;

	world->has_private = false;
	say(world, "ben", "!spoil 6");
	assert_not_clear(SYNOPSIS_6);
	assert_int_equal(world->kind, REPLY_PROBLEM);
	say_in(world, "ben", "ben", "!spoil 6");
	assert_clear(SYNOPSIS_6);
}

static void test_spoil_has_an_effect_or_an_owners_rights(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!spoil seen 7");
	say(world, "ben", "!progress");
	assert_clear("You haven't told me");
	say(world, "anna", "!spoil set prefix ?");
	say(world, "anna", "!set");
	assert_not_clear("?");
	say(world, "ben", "!spoil spoil 6");
	assert_int_equal(world->kind, REPLY_PROBLEM);
}

/* ---------------------------------------------------------------- progress */

static void test_progress_of_one_person_is_another_ones(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!seen 2");
	say(world, "BEN", "!progress");
	assert_clear("episode 2");
	say(world, "be", "!progress");
	assert_clear("You haven't told me");
	say(world, "anna", "!seen 4"); /* an account */
	say(world, "@anna", "!progress");
	assert_not_clear("You've");
	say_in(world, "anna", "#other", "!progress");
	assert_clear("episode 4");
}

static void test_seen_again_is_undone_twice(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!seen 2");
	say(world, "ben", "!seen 4");
	say(world, "ben", "!seen 4");
	say(world, "ben", "!seen undo");
	say(world, "ben", "!progress");
	assert_clear("episode 2");
	say(world, "ben", "!seen undo");
	assert_int_equal(world->kind, REPLY_PROBLEM);
	say(world, "ben", "!seen 2");
	say(world, "ben", "!seen forget");
	say(world, "ben", "!progress");
	assert_clear("You haven't told me");
}

static void test_progress_is_lost_at_a_restart(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!seen 2");
	say(world, "ben", "!seen 4");
	say(world, "anna", "!set seen 5 +1 friday 21:00 Europe/Berlin");
	close_store(world);
	open_store(world);
	say(world, "ben", "!progress");
	assert_clear("episode 4");
	say(world, "ben", "!seen undo");
	close_store(world);
	open_store(world);
	say(world, "ben", "!progress");
	assert_clear("episode 2");
	say(world, "cleo", "!episode 6");
	assert_not_clear(SYNOPSIS_6);
	world->time_ms += 7 * (uint64_t)DAY_MS;
	say(world, "cleo", "!episode 6");
	assert_clear(SYNOPSIS_6);
	say(world, "anna", "!set seen off");
	close_store(world);
	open_store(world);
	say(world, "anna", "!set");
	assert_clear("not set");
}

static void begin_entry(struct world *world, const char *id, const char *text)
{
	const struct journal_entry entry = {.gateway = "test",
			.id = id,
			.channel = "#c",
			.author_id = "ben",
			.author_name = "ben",
			.account = "",
			.text = text,
			.extra = ""};

	assert_int_equal(store_journal_begin(world->store, &entry), 0);
}

static void test_undo_asked_again_after_a_crash_undoes_twice(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!seen 1");
	say(world, "ben", "!seen 3");
	world->id = "m1";
	begin_entry(world, "m1", "!seen undo");
	say(world, "ben", "!seen undo");
	assert_clear("episode 1");
	for (int life = 0; life < 2; life++) {
		close_store(world);
		open_store(world);
		world->origin = MESSAGE_JOURNAL;
		say(world, "ben", "!seen undo");
		assert_clear("episode 1");
		assert_int_equal(world->kind, REPLY_ANSWER);
	}
}

static void test_seen_without_effect_is_lost_after_a_crash(void **state)
{
	struct world *world = *state;

	world->id = "m2";
	begin_entry(world, "m2", "!seen 3"); /* and then the process died */
	world->origin = MESSAGE_JOURNAL;
	say(world, "ben", "!seen 3");
	assert_clear("episode 3");
	world->id = "";
	world->origin = MESSAGE_LIVE;
	say(world, "ben", "!progress");
	assert_clear("episode 3");
}

static void test_strangers_fill_the_table_and_push_people_out(void **state)
{
	struct progress *progress;
	struct message person = message_of(*state, "", "#c", "");
	char name[16];

	assert_int_equal(progress_new(NULL, &progress), 0);
	person.author_id = name;
	for (int i = 0; i < PROGRESS_PEOPLE_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		person.time_ms = LATE_2026_MS + (i ? DAY_MS : 0);
		assert_int_equal(progress_declare(progress, "test", &person, "show", 3), 0);
	}
	snprintf(name, sizeof(name), "new");
	person.time_ms = LATE_2026_MS + PROGRESS_KEPT_DAYS * (uint64_t)DAY_MS;
	assert_int_equal(progress_declare(progress, "test", &person, "show", 3), -E2BIG);
	assert_int_equal(progress_of(progress, "test", &person, "show"), -1);
	person.time_ms += DAY_MS; /* the oldest one has now been kept for longer than that */
	assert_int_equal(progress_declare(progress, "test", &person, "show", 4), 0);
	assert_int_equal(progress_of(progress, "test", &person, "show"), 4);
	for (int i = 0; i < PROGRESS_PEOPLE_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		assert_int_equal(progress_of(progress, "test", &person, "show"), i ? 3 : -1);
	}
	for (int i = 1; i < PROGRESS_PEOPLE_MAX; i += 3) { /* the table stays whole when people go */
		snprintf(name, sizeof(name), "p%d", i);
		assert_int_equal(progress_declare(progress, "test", &person, "show", -1), 0);
	}
	for (int i = 1; i < PROGRESS_PEOPLE_MAX; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		assert_int_equal(progress_of(progress, "test", &person, "show"), i % 3 == 1 ? -1 : 3);
	}
	progress_free(progress);
}

/* ---------------------------------------------------------------- channels, warnings, hints */

static void test_anyone_sets_the_line_of_a_channel(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!set seen 12");
	assert_clear("Only an owner");
	say(world, "anna", "!set seen yesterday");
	assert_int_equal(world->kind, REPLY_PROBLEM);
	say(world, "anna", "!set seen 2 +1 someday");
	assert_int_equal(world->kind, REPLY_PROBLEM);
	say(world, "anna", "!set");
	assert_clear("not set");
	say(world, "anna", "!set seen 2");
	say(world, "anna", "!set");
	assert_not_clear("not set");
}

static void test_the_hint_about_lines_comes_twice(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!episode 1");
	assert_not_clear("Owners:");
	say(world, "anna", "!ping");
	assert_not_clear("Owners:");
	say(world, "anna", "!episode 1");
	assert_clear("Owners:");
	say(world, "anna", "!episode 1");
	assert_not_clear("Owners:");
	close_store(world);
	open_store(world);
	say(world, "anna", "!episode 1");
	assert_not_clear("Owners:");
	say_in(world, "anna", "#other", "!set seen 1");
	say_in(world, "anna", "#other", "!episode 1");
	assert_not_clear("Owners:"); /* it has a line */
}

static void test_a_warning_tells_what_happens(void **state)
{
	struct world *world = *state;

	say(world, "ben", "!warnings 4");
	assert_true(world->is_private);
	assert_clear("Grief");
	assert_clear("the death of his brother"); /* asked about episode 4 */
	say(world, "ben", "!seen 3");
	say(world, "ben", "!warnings 4");
	assert_clear("Grief");
	assert_not_clear("brother");
	assert_true(has(&world->veiled, "brother"));
	say(world, "ben", "!warnings");
	assert_clear("grief");
	assert_not_clear("brother");
	say(world, "anna", "!set warnings on");
	say(world, "cleo", "!episode 1");
	assert_clear("Content warnings: blood, flashing lights.");
	assert_clear(SYNOPSIS_1);
	say(world, "anna", "!set warnings off");
	say(world, "cleo", "!episode 1");
	assert_not_clear("Content warnings");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(test_a_synopsis_past_the_line_in_clear),
			TEST(test_the_higher_of_the_channels_and_the_askers_line),
			TEST(test_an_unaired_synopsis_for_who_has_seen_all),
			TEST(test_a_veil_names_a_number_or_a_title),
			TEST(test_random_goes_past_the_line_or_repeats_itself),
			TEST(test_a_bag_begins_with_the_last_one_of_the_bag_before),
			TEST(test_search_past_the_line),
			TEST(test_who_tells_a_later_fact_or_episode),
			TEST(test_completion_past_the_line),
			TEST(test_spoil_tells_everybody),
			TEST(test_spoil_without_private_replies),
			TEST(test_spoil_has_an_effect_or_an_owners_rights),
			TEST(test_progress_of_one_person_is_another_ones),
			TEST(test_seen_again_is_undone_twice),
			TEST(test_progress_is_lost_at_a_restart),
			TEST(test_undo_asked_again_after_a_crash_undoes_twice),
			TEST(test_seen_without_effect_is_lost_after_a_crash),
			TEST(test_strangers_fill_the_table_and_push_people_out),
			TEST(test_anyone_sets_the_line_of_a_channel),
			TEST(test_the_hint_about_lines_comes_twice),
			TEST(test_a_warning_tells_what_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
