/* Owners and owner commands, through dispatch, with the real commands and the shipped dataset. */

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
#include "bot/core/rights.h"
#include "bot/gateway/irc/config.h"
#include "bot/store/store.h"

#define NOON_MS (12u * 60 * 60 * 1000)

struct world {
	struct catalogue *catalogue;
	struct orders *orders;
	struct dispatch *dispatch;
	struct config config;
	struct gateway_config gateway;
	const struct gateway_config *gateways[1];
	struct config_owner owners[3];
	unsigned answers, strangers;
	enum order order;
	bool is_stranger_asked; /* WHOIS was requested */
	bool is_private;        /* the last answer */
	char text[1000], footer[500], prefix[20];
	bool is_pending; /* the last answer */
};

static void hear(struct world *world, const struct answer *answer)
{
	const struct reply *reply = answer->reply;

	world->answers++;
	world->is_private = reply->is_private;
	snprintf(world->text, sizeof(world->text), "%s", reply->text ? reply->text : "");
	snprintf(world->footer, sizeof(world->footer), "%s", reply->footer ? reply->footer : "");
	snprintf(world->prefix, sizeof(world->prefix), "%s", answer->prefix);
}

static void on_order(void *user, enum order order)
{
	((struct world *)user)->order = order;
}

static int set_up(void **state)
{
	static char name[] = "test", account[] = "Anna", print[] = "aabb", id[] = "42";
	struct world *world = calloc(1, sizeof(*world));
	struct dispatch_host host = {.user = world};
	struct str report = STR(64 * 1024);

	assert_non_null(world);
	world->owners[0] = (struct config_owner){OWNER_ACCOUNT, account};
	world->owners[1] = (struct config_owner){OWNER_FINGERPRINT, print};
	world->owners[2] = (struct config_owner){OWNER_USER_ID, id};
	world->gateway = (struct gateway_config){
			.network = &irc_network, .references = 1, .name = name, .owners = {world->owners, 3}};
	world->gateways[0] = &world->gateway;
	world->config = (struct config){.gateways = world->gateways, .gateway_count = 1};
	assert_int_equal(catalogue_load("data", &report, &world->catalogue), 0);
	str_release(&report);
	assert_int_equal(orders_new(on_order, world, &world->orders), 0);
	assert_int_equal(orders_open(world->orders, NULL), 0);
	orders_configure(world->orders, &world->config, world->catalogue);
	host.orders = orders_for_dispatch(world->orders);
	assert_int_equal(dispatch_new(&host, 1, &world->dispatch), 0);
	dispatch_configure(world->dispatch, "!", world->catalogue, NULL);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	dispatch_free(world->dispatch);
	orders_free(world->orders);
	catalogue_free(world->catalogue);
	free(world);
	return 0;
}

static void say(struct world *world, const struct message *message, uint64_t now_ms)
{
	struct question question;
	struct answer answer;

	world->text[0] = '\0';
	world->footer[0] = '\0';
	question = dispatch_recognise(world->dispatch, "test", message, now_ms);
	if (question.kind == QUESTION_IDENTIFY) {
		assert_null(message->fingerprint);
		world->strangers++;
		if (world->is_stranger_asked)
			return;
	}
	if (question.kind == QUESTION_NONE)
		return;
	dispatch_answer(world->dispatch, "test", message, &question, now_ms, &answer);
	world->is_pending = answer.is_pending;
	if (answer.reply)
		hear(world, &answer);
	answer.position = 0;
	dispatch_keep(world->dispatch, &answer, 0, now_ms);
}

/* The reload has ended: its question is asked once more. */
static void end_reload(struct world *world, struct message *message)
{
	static const struct request_reload result = {
			.is_done = true, .dataset = "1 show, 12 episodes", .changes = "", .problems = ""};

	orders_set_reloaded(world->orders, &result);
	message->origin = MESSAGE_AFTER_RELOAD;
	say(world, message, 1000);
}

/* A person in a channel, at noon. */
static struct message from(const char *author_id, const char *account, const char *text)
{
	return (struct message){.id = "",
			.channel = "#tv",
			.author_id = author_id,
			.author_name = "anna",
			.account = account,
			.text = text,
			.has_private = true,
			.time_ms = NOON_MS};
}

static void an_owner_is_an_account_a_certificate_or_a_number(void **state)
{
	struct world *world = *state;
	struct message message = from("~anna", "", "!reload");

	assert_false(orders_is_owner(&world->gateway, &message)); /* only the nick matches */
	message.author_id = "~42";
	assert_false(orders_is_owner(&world->gateway, &message));
	message.author_id = "42";
	assert_true(orders_is_owner(&world->gateway, &message));
	message = from("~x", "aNNA", "!reload");
	assert_true(orders_is_owner(&world->gateway, &message));
	message = from("~x", "ann", "!reload");
	assert_false(orders_is_owner(&world->gateway, &message));
	message = from("~x", "", "!reload");
	message.fingerprint = "";
	assert_false(orders_is_owner(&world->gateway, &message));
	message.fingerprint = "aabbcc";
	assert_false(orders_is_owner(&world->gateway, &message));
	message.fingerprint = "aabb";
	assert_true(orders_is_owner(&world->gateway, &message));
}

/* An account whose name looks like a user ID or a fingerprint matches neither. */
static void kinds_are_not_mixed(void **state)
{
	struct world *world = *state;
	struct message message = from("~x", "42", "!reload");

	assert_false(orders_is_owner(&world->gateway, &message));
	message.account = "aabb";
	assert_false(orders_is_owner(&world->gateway, &message));
	message = from("aabb", "", "!reload");
	assert_false(orders_is_owner(&world->gateway, &message));
}

static void an_unknown_sender_causes_one_whois_and_one_refusal(void **state)
{
	struct world *world = *state;
	struct message message = from("~x", "", "!reload");

	message.id = "m1";
	world->is_stranger_asked = true;
	say(world, &message, 1000);
	assert_int_equal(world->answers, 0);
	message.fingerprint = ""; /* the network has no more information */
	message.origin = MESSAGE_AFTER_WHOIS;
	say(world, &message, 1100);
	assert_string_equal(world->text,
			"Only an owner of this bot may do that. Log in to an account of this network; its "
			"operator can then add the account to \"owners\" of the gateway \"test\" in the "
			"configuration.");
	assert_true(world->is_private);
	message = from("~x", "", "!reload");
	say(world, &message, 6000); /* neither WHOIS nor a refusal again so soon */
	assert_int_equal(world->answers, 1);
	assert_int_equal(world->strangers, 1);
	message = from("~x", "", "!part"); /* another command gets its answer */
	say(world, &message, 6050);
	assert_int_equal(world->strangers, 2);
	message.fingerprint = "aabb";
	say(world, &message, 40100);
	assert_int_equal(world->answers, 2);
}

static void public_commands_need_no_whois(void **state)
{
	struct world *world = *state;
	struct message message = from("~x", "", "!ping");

	say(world, &message, 1000);
	assert_int_equal(world->answers, 1);
	assert_int_equal(world->strangers, 0);
	message.text = "!status"; /* owners get more details */
	say(world, &message, 1000);
	assert_int_equal(world->strangers, 1);
	assert_int_equal(world->answers, 2);
}

static void the_ignored_hear_nothing_not_even_no(void **state)
{
	struct world *world = *state;
	struct message message = from("anna", "anna", "!ignore add pest");

	say(world, &message, 1000);
	assert_int_equal(world->answers, 1);
	message = from("~pest", "", "!nosuch");
	message.is_private = message.is_addressed = true;
	say(world, &message, 1000);
	message.text = "!reload";
	say(world, &message, 1000);
	assert_int_equal(world->answers, 1);
}

static void quiet_hours_are_kept_in_private(void **state)
{
	struct world *world = *state;
	struct message message = from("anna", "anna", "!set quiet 11:30-13:05");

	say(world, &message, 1000);
	message = from("~x", "", "!ping");
	say(world, &message, 1000);
	assert_true(world->is_private);
	assert_string_equal(world->footer, "Quiet hours there, until 13:05 UTC.");
	message.has_private = false; /* a network without private replies */
	say(world, &message, 1000);
	assert_int_equal(world->answers, 2);
	message.time_ms = NOON_MS + 65u * 60 * 1000;
	say(world, &message, 1000);
	assert_int_equal(world->answers, 3);
	assert_false(world->is_private);
	assert_string_equal(world->footer, "");
	/* In Berlin it is 14:05. */
	message = from("anna", "anna", "!set zone berlin");
	say(world, &message, 1000);
	assert_string_equal(world->footer, "The quiet hours, 11:30-13:05, are hours of this time zone.");
	message = from("anna", "anna", "!set quiet 14:00-14:10");
	say(world, &message, 1000);
	assert_string_equal(world->text, "New quiet hours (Berlin) for this channel: 14:00-14:10");
	message = from("~x", "", "!ping");
	message.time_ms = NOON_MS + 65u * 60 * 1000;
	say(world, &message, 1000);
	assert_true(world->is_private);
	assert_string_equal(world->footer, "Quiet hours there, until 14:10 Berlin.");
}

static void a_channels_own_prefix_is_used_everywhere(void **state)
{
	struct world *world = *state;
	struct message message = from("anna", "anna", "!set prefix ??");

	assert_null(orders_prefixes(world->orders)[0]);
	say(world, &message, 1000);
	assert_string_equal(orders_prefixes(world->orders)[0], "??");
	assert_null(orders_prefixes(world->orders)[1]);
	message = from("~x", "", "??ping");
	say(world, &message, 1000);
	assert_int_equal(world->answers, 2);
	assert_string_equal(world->prefix, "??");
	message.text = "!ping";
	say(world, &message, 1000);
	assert_int_equal(world->answers, 2);
	message = from("anna", "anna", "??set prefix");
	say(world, &message, 1000);
	assert_non_null(orders_prefixes(world->orders)[0]); /* it is only shown */
	assert_string_equal(world->text, "Prefix for this channel: ??");
	message = from("anna", "anna", "??set prefix off");
	say(world, &message, 1000);
	assert_null(orders_prefixes(world->orders)[0]);
}

static void owner_commands_are_passed_on(void **state)
{
	struct world *world = *state;
	struct message message = from("anna", "anna", "!reload");

	world->order = ORDER_CHANNELS;
	say(world, &message, 1000);
	assert_int_equal(world->order, ORDER_RELOAD);
	assert_true(world->is_pending);
	assert_int_equal(world->answers, 0);
	end_reload(world, &message);
	assert_string_equal(world->text, "Reloaded: 1 show, 12 episodes. Nothing has changed.");
	assert_true(world->is_private);
	message = from("anna", "anna", "!reload");
	say(world, &message, 1000);
	assert_true(world->is_pending);
	message.origin = MESSAGE_AFTER_RELOAD; /* the network does not wait so long */
	say(world, &message, 1000);
	assert_true(str_starts(world->text, "I'm still reading the datasets."));
	message.origin = MESSAGE_LIVE;
	message.text = "!join #new"; /* there is no store */
	say(world, &message, 1000);
	assert_string_equal(world->text, "I can't save that: the store can't be written.");
}

/* ---------------------------------------------------------------- asked again by the next process */

static void on_unexpected(void *user, const char *key, const char *value)
{
	(void)user;
	fail_msg("a mark is left: %s = %s", key, value);
}

/* Would the bot join this channel? */
static bool is_in(const struct world *world, const char *channel)
{
	struct gateway_wanted *wanted;
	bool is_there = false;

	assert_int_equal(orders_apply(world->orders, &wanted), 0);
	for (size_t i = 0; i < wanted->channels.count; i++)
		is_there = is_there || strcmp(wanted->channels.names[i], channel) == 0;
	orders_release(wanted, 1);
	return is_there;
}

/* Another process with the same folder: what was not committed is gone. */
static void begin_life(struct world *world, const char *folder, struct store **store)
{
	assert_int_equal(store_open(folder, store), 0);
	assert_int_equal(orders_open(world->orders, *store), 0);
}

static void end_life(struct world *world, struct store **store)
{
	assert_int_equal(orders_open(world->orders, NULL), 0);
	store_close(*store);
	*store = NULL;
}

static struct message numbered(const char *id, const char *text, enum message_origin origin)
{
	struct message message = from("boss", "anna", text);

	message.id = id;
	message.origin = origin;
	return message;
}

/* A question in the journal, as bot.c writes it. */
static void begin_entry(struct store *store, const struct message *message)
{
	const struct journal_entry entry = {.gateway = "test",
			.id = message->id,
			.channel = message->channel,
			.author_id = message->author_id,
			.author_name = message->author_name,
			.account = message->account,
			.text = message->text,
			.extra = ""};

	assert_int_equal(store_journal_begin(store, &entry), 0);
}

static void repeats_the_answer_of_an_order_and_not_its_effect(void **state)
{
	static const struct {
		const char *text, *answer;
	} orders[] = {
			{"!join #a", "On my way to #a."},
			{"!part #a", "Leaving #a."},
			{"!part #a", "I'm not in #a."},
			{"!ignore add pest", "pest is now ignored."},
			{"!ignore remove pest", "pest is no longer ignored."},
			{"!ignore remove pest", "pest isn't ignored."},
			{"!set show no-such", "\"no-such\" can't be the show."},
			{"!set quiet 22:00-07:00", "New quiet hours (UTC) for this channel: 22:00-07:00"},
			{"!set zone berlin", "New time zone for this channel: Europe/Berlin, where it's "
					     "13:00 now."},
			{"!set zone berln",
					"I don't know the time zone \"berln\". Did you mean Europe/Berlin?"},
			{"!zone kathmandu", "Your time zone is now Asia/Kathmandu: it's 17:30 there."},
			{"!zone Asia/Kathmandu", "Your time zone is Asia/Kathmandu already"},
			{"!zone off", "Forgotten."},
			{"!zone off", "You haven't set a time zone."},
			{"!set zone off", "Back to the default time zone for this channel."},
			{"!set quiet off", "Back to the default quiet hours (UTC) for this channel."},
			{"!reload", "Reloaded: 1 show, 12 episodes."},
	};
	struct world *world = *state;
	char folder[] = "/tmp/episoded-orders-XXXXXX", command[100], id[8];
	struct store *store;

	assert_non_null(mkdtemp(folder));
	for (int life = 0; life < 3; life++) {
		begin_life(world, folder, &store);
		orders_set_reloaded(world->orders, NULL); /* a new process */
		for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
			struct message message;

			snprintf(id, sizeof(id), "m%zu", i);
			message = numbered(id, orders[i].text, life ? MESSAGE_JOURNAL : MESSAGE_LIVE);
			if (life == 0)
				begin_entry(store, &message);
			world->order = ORDER_CHANNELS;
			say(world, &message, 1000);
			if (world->is_pending)
				end_reload(world, &message);
			if (life && str_equal(orders[i].text, "!reload"))
				assert_true(str_starts(world->text, "I was restarted in the meantime"));
			else if (!str_starts(world->text, orders[i].answer))
				fail_msg("life %d: %s: %s", life, orders[i].text, world->text);
			assert_true(life == 0 || world->order == ORDER_CHANNELS); /* no second reload */
		}
		assert_false(is_in(world, "#a"));
		end_life(world, &store);
	}
	/* The marks go with their questions. */
	begin_life(world, folder, &store);
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		snprintf(id, sizeof(id), "m%zu", i);
		assert_int_equal(store_journal_done(store, "test", id), 0);
	}
	end_life(world, &store);
	begin_life(world, folder, &store);
	assert_int_equal(store_each(store, "effect", on_unexpected, NULL), 0);
	end_life(world, &store);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* The process died between the journal's commit and the effect. */
static void says_that_an_order_was_interrupted(void **state)
{
	struct world *world = *state;
	char folder[] = "/tmp/episoded-orders-XXXXXX", command[100];
	struct message message = numbered("m1", "!join #a", MESSAGE_JOURNAL);
	struct store *store;

	assert_non_null(mkdtemp(folder));
	begin_life(world, folder, &store);
	begin_entry(store, &message);
	say(world, &message, 1000);
	assert_string_equal(world->text, "I was interrupted before I could do that. Please send it again.");
	assert_true(world->is_private);
	assert_false(is_in(world, "#a"));
	message = numbered("m2", "!ignore", MESSAGE_JOURNAL); /* has no effect */
	say(world, &message, 1000);
	assert_string_equal(world->text, "The ignore list is empty.");
	message.account = "bert"; /* no owner */
	message.id = "m3";
	say(world, &message, 1000);
	assert_true(str_starts(world->text, "I can't tell whether I did that"));
	end_life(world, &store);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(an_owner_is_an_account_a_certificate_or_a_number),
			TEST(kinds_are_not_mixed),
			TEST(an_unknown_sender_causes_one_whois_and_one_refusal),
			TEST(public_commands_need_no_whois),
			TEST(the_ignored_hear_nothing_not_even_no),
			TEST(quiet_hours_are_kept_in_private),
			TEST(a_channels_own_prefix_is_used_everywhere),
			TEST(owner_commands_are_passed_on),
			TEST(repeats_the_answer_of_an_order_and_not_its_effect),
			TEST(says_that_an_order_was_interrupted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
