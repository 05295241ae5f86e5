/* A store over a line that answers later. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/store/mirror.h"
#include "tests/unit/line_by_hand.h"

struct world {
	struct hand_database *database;
	struct line_by_hand a, b; /* two processes */
	char told[512];           /* of callbacks */
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->database = hand_database_new();
	hand_open(&world->a, world->database, "alpha/00000001");
	hand_open(&world->b, world->database, "beta/00000002");
	hand_claim(&world->a, "irc/home", "home", 0, 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	hand_close(&world->a);
	hand_close(&world->b);
	hand_database_free(world->database);
	free(world);
	return 0;
}

static struct journal_entry entry_of(const char *id)
{
	return (struct journal_entry){.gateway = "home",
			.id = id,
			.channel = "#tv",
			.author_id = "77",
			.author_name = "Nam-ra",
			.account = "",
			.text = "!episode 5",
			.is_private = true,
			.time_ms = 1770000000123,
			.extra = "token"};
}

static int begin(struct line_by_hand *line, const char *id)
{
	const struct journal_entry entry = entry_of(id);

	return store_journal_begin(line->store, &entry);
}

static void on_settled(void *user, const struct store_result *result)
{
	char *told = user;
	size_t length = strlen(told);

	length += (size_t)snprintf(told + length, 512 - length, "%d", result->error);
	for (size_t i = 0; i < result->begun; i++)
		length += (size_t)snprintf(told + length, 512 - length, "%s", result->is_ours[i] ? "+" : "-");
	snprintf(told + length, 512 - length, "|");
}

static int settle(struct world *world, struct line_by_hand *line)
{
	return store_settle_later(line->store, true, on_settled, world->told);
}

static void on_entry(void *user, const struct journal_entry *entry)
{
	char *listed = user;
	size_t length = strlen(listed);

	snprintf(listed + length, 512 - length, "%s %s%s|", entry->id, entry->text,
			entry->is_left ? " left" : "");
}

static void assert_pending(struct line_by_hand *line, const char *gateway, const char *expected)
{
	char listed[512] = "";

	assert_int_equal(store_journal_pending(line->store, gateway, on_entry, listed), 0);
	assert_string_equal(listed, expected);
}

static void assert_value(struct line_by_hand *line, const char *area, const char *key, const char *expected)
{
	char *value = NULL;
	int r = store_get(line->store, area, key, &value);

	if (!expected) {
		assert_int_equal(r, -ENOENT);
		return;
	}
	assert_int_equal(r, 0);
	assert_string_equal(value, expected);
	free(value);
}

static void a_question_is_ours_when_the_database_says_so(void **state)
{
	struct world *world = *state;

	assert_false(store_is_local(world->a.store));
	assert_int_equal(settle(world, &world->a), -ENODATA);
	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(begin(&world->a, "1"), -EEXIST);
	assert_int_equal(settle(world, &world->a), 0);
	assert_pending(&world->a, "home", ""); /* another process may have it */
	assert_true(store_journal_knows(world->a.store, "home", "1"));
	assert_string_equal(world->told, "");
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "0+|");
	assert_pending(&world->a, "home", "1 !episode 5|");
	assert_int_equal(store_journal_done(world->a.store, "home", "1"), 0);
	assert_pending(&world->a, "home", "");
	assert_int_equal(store_settle(world->a.store), 0);
	hand_answer_all(&world->a);
	assert_int_equal(begin(&world->a, "1"), -EEXIST);
	assert_true(world->database->rows[0].is_done);
	assert_string_equal(world->database->rows[0].text, "");
}

/* Both hear the message; the database gives it to one of them. */
static void a_question_heard_by_two_is_answered_by_one(void **state)
{
	struct world *world = *state;
	struct store_claim again = {.lease = "irc/home", .gateway = "home", .epoch = 1};

	assert_int_equal(remote_claim(world->b.store, &again, NULL, NULL),
			0); /* it believes that it has the lease */
	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(begin(&world->b, "1"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	assert_int_equal(settle(world, &world->b), 0);
	hand_answer_all(&world->b);
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "0-|0+|");
	assert_pending(&world->a, "home", "1 !episode 5|");
	assert_pending(&world->b, "home", "");
}

static void a_value_of_another_process_comes_with_the_next_result(void **state)
{
	struct world *world = *state;

	assert_int_equal(store_keep(world->b.store, "setting/prefix", "home #tv", "?"), 0);
	assert_value(&world->b, "setting/prefix", "home #tv", "?");
	assert_int_equal(store_settle(world->b.store), 0);
	hand_answer_all(&world->b);
	assert_value(&world->a, "setting/prefix", "home #tv", NULL);
	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	hand_answer_all(&world->a);
	assert_value(&world->a, "setting/prefix", "home #tv", "?");
}

/* ---------------------------------------------------------------- results */

static void a_lost_result_comes_again_and_the_question_is_ours(void **state)
{
	struct world *world = *state;

	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	hand_lose(&world->a); /* committed */
	hand_cut(&world->a);
	assert_string_equal(world->told, "-11|");
	assert_pending(&world->a, "home", "");
	assert_int_equal(store_trouble(world->a.store), -ENOLINK);
	hand_mend(&world->a);
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "-11|0+|");
	assert_pending(&world->a, "home", "1 !episode 5|");
	assert_int_equal(world->database->row_count, 1);
}

/* Late, doubled and out of order: the mistakes of a line. */
static void a_result_counts_once_and_in_order(void **state)
{
	const bool ours[] = {true};
	struct store_result result = {.number = 1, .is_ours = ours, .begun = 1};
	struct world *world = *state;

	remote_settled(world->a.store, &result); /* of nothing */
	assert_int_equal(begin(&world->a, "1"), 0);
	remote_settled(world->a.store, &result); /* before it is sent */
	assert_int_equal(settle(world, &world->a), 0);
	assert_int_equal(begin(&world->a, "2"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	result.number = 2;
	remote_settled(world->a.store, &result); /* before the first */
	assert_string_equal(world->told, "");
	result.error = -EAGAIN;
	remote_settled(world->a.store, &result);
	remote_settled(world->a.store, &result);
	assert_string_equal(world->told, "-11|");
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "-11|0+|0+|");
	result = (struct store_result){.number = 2};
	remote_settled(world->a.store, &result);
	result.error = -EAGAIN;
	remote_settled(world->a.store, &result);
	assert_string_equal(world->told, "-11|0+|0+|");
	assert_pending(&world->a, "home", "1 !episode 5|2 !episode 5|");
}

static void a_batch_that_the_database_refuses_is_not_ours(void **state)
{
	struct world *world = *state;

	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(store_put(world->a.store, "a", "k", "1"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	remote_settled(world->a.store, &(struct store_result){.number = 1, .error = -EINVAL});
	assert_string_equal(world->told, "-22-|");
	assert_pending(&world->a, "home", "");
	world->a.pending_count = 0;
	assert_int_equal(begin(&world->a, "1"), 0); /* it may be asked again */
}

static void those_who_wait_for_nothing_are_told_in_order(void **state)
{
	struct world *world = *state;

	assert_int_equal(settle(world, &world->a), -ENODATA);
	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	assert_int_equal(settle(world, &world->a), 0); /* nothing has changed */
	assert_int_equal(settle(world, &world->a), 0);
	assert_int_equal(begin(&world->a, "2"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	assert_int_equal(world->a.pending_count, 2);
	assert_true(hand_answer(&world->a));
	assert_string_equal(world->told, "0+|0|0|");
	assert_true(hand_answer(&world->a));
	assert_string_equal(world->told, "0+|0|0|0+|");
	assert_int_equal(settle(world, &world->a), -ENODATA);
}

static void a_line_that_takes_no_more_gets_it_later(void **state)
{
	struct world *world = *state;

	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	world->a.refuses = -ENOBUFS;
	assert_int_equal(begin(&world->a, "2"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	world->a.refuses = 0;
	assert_int_equal(begin(&world->a, "3"), 0);
	assert_int_equal(world->a.pending_count, 1);
	assert_true(hand_answer(&world->a));
	assert_int_equal(world->a.pending_count, 1); /* the second, at the first one's result */
	assert_int_equal(settle(world, &world->a), 0);
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "0+|0+|0+|");
}

/* ---------------------------------------------------------------- questions */

static void an_answer_before_its_result_is_kept(void **state)
{
	struct world *world = *state;

	assert_int_equal(begin(&world->a, "1"), 0); /* ignored, say */
	assert_int_equal(store_journal_done(world->a.store, "home", "1"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	hand_answer_all(&world->a);
	assert_pending(&world->a, "home", "");
	assert_true(world->database->rows[0].is_done);
	assert_int_equal(begin(&world->a, "1"), -EEXIST);
	assert_int_equal(store_journal_done(world->a.store, "home", "unknown"), 0);
	assert_int_equal(settle(world, &world->a), -ENODATA);
}

static void open_questions_come_with_the_lease(void **state)
{
	struct world *world = *state;

	assert_int_equal(begin(&world->a, "1"), 0);
	store_effect_begin(world->a.store, "home", "1");
	assert_int_equal(store_kept(world->a.store), 0);
	assert_int_equal(store_keep(world->a.store, "setting/prefix", "home #tv", "?"), 0);
	assert_int_equal(store_kept(world->a.store), 1);
	store_effect_end(world->a.store, NULL);
	assert_int_equal(begin(&world->a, "2"), 0);
	assert_int_equal(store_put(world->a.store, "irc/home", "seen/#tv", "5"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	hand_answer_all(&world->a);
	hand_close(&world->a); /* it dies */

	hand_claim(&world->b, "irc/home", "home", 0, 0);
	assert_pending(&world->b, "home", "1 !episode 5 left|2 !episode 5 left|");
	assert_int_equal(begin(&world->b, "2"), -EEXIST); /* the network repeats it */
	assert_value(&world->b, "irc/home", "seen/#tv", "5");
	char *mark = NULL;

	assert_int_equal(store_effect_get(world->b.store, "home", "1", &mark), 0);
	assert_string_equal(mark, STORE_EFFECT_DONE);
	free(mark);
	mark = NULL;
	assert_int_equal(store_effect_get(world->b.store, "home", "2", &mark), -ENOENT);
	hand_open(&world->a, world->database, "alpha/3"); /* for tear_down() */
}

static void a_lost_lease_takes_its_questions_and_values_along(void **state)
{
	struct world *world = *state;
	char *value = NULL;

	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(begin(&world->a, "2"), 0);
	assert_int_equal(store_put(world->a.store, "irc/home", "seen/#tv", "5"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	hand_answer_all(&world->a);
	assert_int_equal(begin(&world->a, "3"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	remote_unclaim(world->a.store, "irc/home");
	hand_answer_all(&world->a); /* 3 was written with the lease, but it is not ours any more */
	assert_string_equal(world->told, "0++|0-|");
	assert_pending(&world->a, "home", "");
	assert_int_equal(store_get(world->a.store, "irc/home", "seen/#tv", &value), -EAGAIN);
	assert_null(value);
	assert_int_equal(store_put(world->a.store, "irc/home", "seen/#tv", "6"), -EKEYEXPIRED);
	hand_claim(&world->b, "irc/home", "home", 0, 0);
	assert_pending(&world->b, "home", "1 !episode 5 left|2 !episode 5 left|3 !episode 5 left|");
	/* The network confirms an answer that was sent while it had the lease. */
	assert_int_equal(store_journal_done(world->a.store, "home", "1"), 0);
	assert_int_equal(store_settle(world->a.store), 0);
	hand_answer_all(&world->a);
	assert_true(world->database->rows[0].is_done);
	/* It takes the lease again: the one that is done does not come, and what it heard before does. */
	remote_unclaim(world->b.store, "irc/home");
	hand_claim(&world->a, "irc/home", "home", 0, 0);
	assert_pending(&world->a, "home", "2 !episode 5 left|3 !episode 5 left|");
	assert_int_equal(begin(&world->a, "1"), -EEXIST);
	assert_value(&world->a, "irc/home", "seen/#tv", "5");
}

/* The lease was lost, and this process does not know it yet. */
static void a_late_write_of_a_lost_lease_is_refused(void **state)
{
	struct world *world = *state;
	const struct journal_entry entry = entry_of("1");

	hand_claim(&world->b, "irc/home", "home", 0, 0);
	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(store_put(world->a.store, "irc/home", "seen/#tv", "5"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "0-|");
	assert_null(hand_value(world->database, "irc/home", "seen/#tv"));
	assert_int_equal(world->database->row_count, 0);
	assert_int_equal(store_journal_hand_in(world->a.store, &entry), 0);
	assert_int_equal(store_settle(world->a.store), 0);
	hand_answer_all(&world->a);
	assert_int_equal(world->database->row_count, 1);
	assert_pending(&world->a, "home", "");
	/* The owner hears of it, and loads again. */
	struct store_claim again = {.lease = "irc/home", .gateway = "home", .epoch = 2};

	assert_int_equal(remote_claim(world->b.store, &again, NULL, NULL), 0);
	hand_answer_all(&world->b);
	assert_pending(&world->b, "home", "1 !episode 5 left|");
}

static void a_question_without_a_claim_is_not_ours(void **state)
{
	struct world *world = *state;

	assert_int_equal(begin(&world->b, "1"), 0);
	assert_int_equal(settle(world, &world->b), 0);
	hand_answer_all(&world->b);
	assert_string_equal(world->told, "0-|");
	assert_int_equal(world->database->row_count, 0);
}

/* Discord: the guild's id leads to the shard. */
static void a_question_goes_to_the_shard_of_its_guild(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("1");

	entry.gateway = "cord";
	hand_claim(&world->b, "role/discord/cord", "cord", 0, 0); /* has no questions */
	hand_claim(&world->a, "discord/cord/4/1", "cord", 1, 4);
	hand_claim(&world->b, "discord/cord/4/2", "cord", 2, 4);
	hand_claim(&world->a, "discord/cord/8/5", "cord", 5, 8); /* a new set, side by side */
	entry.route = UINT64_C(5) << 22 | 99;                    /* shard 1 of 4, and 5 of 8 */
	assert_int_equal(store_journal_begin(world->a.store, &entry), 0);
	assert_int_equal(store_journal_begin(world->b.store, &entry), 0);
	entry.id = "2";
	entry.route = UINT64_C(6) << 22; /* shard 2 of 4 */
	assert_int_equal(store_journal_begin(world->a.store, &entry), 0);
	assert_int_equal(store_journal_begin(world->b.store, &entry), 0);
	assert_int_equal(settle(world, &world->a), 0);
	assert_int_equal(settle(world, &world->b), 0);
	hand_answer_all(&world->a);
	hand_answer_all(&world->b);
	assert_string_equal(world->told, "0+-|0-+|");
	assert_int_equal(store_put(world->a.store, "discord/cord/4/1", "guilds", "[1]"), 0);
	assert_int_equal(store_put(world->a.store, "discord/cord/4/2", "guilds", "[2]"), -EKEYEXPIRED);
	assert_int_equal(store_put(world->a.store, "role/discord/cord", "commands", "1"), -EKEYEXPIRED);
	assert_int_equal(store_settle(world->a.store), 0);
	hand_answer_all(&world->a);
	remote_unclaim(world->a.store, "discord/cord/4/1");
	assert_pending(&world->a, "cord", "1 !episode 5|"); /* the other set covers it */
	remote_unclaim(world->a.store, "discord/cord/8/5");
	assert_pending(&world->a, "cord", "");
	hand_row(world->database, "cord", "1")->age_ms = 1000;
	hand_claim(&world->b, "discord/cord/4/1", "cord", 1, 4);
	assert_pending(&world->b, "cord", "1 !episode 5 left|2 !episode 5|");
	assert_value(&world->b, "discord/cord/4/1", "guilds", "[1]");
}

/* A new set of shards connects beside the old one, and gets the questions when it takes over. */
static void a_claim_gains_its_gateway(void **state)
{
	struct world *world = *state;
	struct store_claim claim = {.lease = "discord/cord/2/0", .gateway = "", .total = 2};
	struct journal_entry entry = entry_of("1");

	entry.gateway = "cord";
	claim.epoch = hand_take(&world->a, claim.lease);
	assert_int_equal(remote_claim(world->a.store, &claim, NULL, NULL), 0);
	hand_answer_all(&world->a);
	assert_int_equal(store_put(world->a.store, "discord/cord/2/0", "guilds", "[1]"), 0);
	assert_int_equal(store_journal_begin(world->a.store, &entry), 0);
	claim.gateway = "cord";
	assert_int_equal(remote_claim(world->a.store, &claim, NULL, NULL), 0);
	assert_value(&world->a, "discord/cord/2/0", "guilds", "[1]");
	entry.id = "2";
	assert_int_equal(store_journal_begin(world->a.store, &entry), 0);
	assert_int_equal(settle(world, &world->a), 0);
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "0-+|");
	assert_pending(&world->a, "cord", "2 !episode 5|");
}

/* Each host has a lobby of its own, under the same name. */
static void a_lobby_belongs_to_its_host(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("1");
	char *mark = NULL;

	entry.gateway = "den";
	hand_claim(&world->a, "lobby/den", "den", 0, 0);
	hand_claim(&world->b, "lobby/den", "den", 0, 0);
	assert_int_equal(store_journal_begin(world->a.store, &entry), 0);
	assert_int_equal(store_journal_begin(world->b.store, &entry), 0);
	store_effect_begin(world->a.store, "den", "1");
	assert_int_equal(store_keep(world->a.store, "setting/prefix", "den #tv", "?"), 0);
	store_effect_end(world->a.store, NULL);
	assert_int_equal(store_put(world->a.store, "lobby/den", "nick/ben", "a"), 0);
	assert_int_equal(store_put(world->b.store, "lobby/den", "nick/ben", "b"), 0);
	assert_int_equal(settle(world, &world->a), 0);
	assert_int_equal(settle(world, &world->b), 0);
	hand_answer_all(&world->a);
	hand_answer_all(&world->b);
	assert_string_equal(world->told, "0+|0+|");
	hand_close(&world->a);
	hand_open(&world->a, world->database, "alpha/another");
	hand_claim(&world->a, "lobby/den", "den", 0, 0);
	assert_pending(&world->a, "den", "1 !episode 5 left|");
	assert_value(&world->a, "lobby/den", "nick/ben", "a");
	assert_value(&world->b, "lobby/den", "nick/ben", "b");
	assert_value(&world->b, "setting/prefix", "den #tv", "?"); /* settings are everybody's */
	assert_int_equal(store_effect_get(world->a.store, "den", "1", &mark), 0);
	free(mark);
	mark = NULL;
	assert_int_equal(store_effect_get(world->b.store, "den", "1", &mark), -ENOENT);
	assert_int_equal(store_journal_done(world->a.store, "den", "1"), 0);
	assert_int_equal(store_settle(world->a.store), 0);
	hand_answer_all(&world->a);
	assert_true(hand_row(world->database, "den@alpha", "1")->is_done);
	assert_false(hand_row(world->database, "den@beta", "1")->is_done);
}

static void on_claimed(void *user, const struct store_claim *claim, int error)
{
	char *told = user;
	size_t length = strlen(told);

	snprintf(told + length, 512 - length, "%s %d|", claim->lease, error);
}

static void a_claim_made_while_the_database_is_away_is_loaded_later(void **state)
{
	const struct store_claim lobby = {.lease = "lobby/den", .gateway = "den"};
	struct world *world = *state;
	char *value = NULL;

	hand_put(world->database, "lobby/den@alpha", "k", "v", 0);
	hand_cut(&world->a);
	world->a.refuses = -EAGAIN;
	assert_int_equal(remote_claim(world->a.store, &lobby, on_claimed, world->told), 0);
	assert_int_equal(store_get(world->a.store, "lobby/den", "k", &value), -EAGAIN);
	assert_int_equal(store_each(world->a.store, "lobby/den", NULL, NULL), -EAGAIN);
	world->a.refuses = 0;
	hand_mend(&world->a);
	assert_string_equal(world->told, "");
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "lobby/den 0|");
	assert_value(&world->a, "lobby/den", "k", "v");
	assert_value(&world->a, "lobby/den", "other", NULL);
}

static void a_load_of_an_earlier_epoch_is_not_this_one(void **state)
{
	struct world *world = *state;
	struct store_claim claim = {.lease = "irc/away", .gateway = "away"};

	claim.epoch = hand_take(&world->a, "irc/away");
	assert_int_equal(remote_claim(world->a.store, &claim, on_claimed, world->told), 0);
	claim.epoch = hand_take(&world->a, "irc/away");
	assert_int_equal(remote_claim(world->a.store, &claim, on_claimed, world->told), 0);
	assert_true(hand_answer(&world->a));
	assert_string_equal(world->told, "");
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "irc/away 0|");
	remote_loaded(world->a.store, &claim, -ESTALE);
	assert_string_equal(world->told, "irc/away 0|irc/away -116|");
}

/* ---------------------------------------------------------------- values */

static void on_heard(void *user, const char *area, const char *key, const char *value)
{
	char *told = user;
	size_t length = strlen(told);

	snprintf(told + length, 512 - length, "%s %s=%s|", area, key, value ? value : "NULL");
}

static void put(struct line_by_hand *line, const char *value)
{
	assert_int_equal(value ? store_put(line->store, "area", "k", value)
			       : store_delete(line->store, "area", "k"),
			0);
	assert_int_equal(store_settle(line->store), 0);
}

static void only_foreign_changes_are_heard(void **state)
{
	struct world *world = *state;

	store_on_heard(world->a.store, on_heard, world->told);
	put(&world->a, "1");
	hand_answer_all(&world->a);
	hand_beat(&world->a);
	assert_string_equal(world->told, "");
	hand_beat(&world->b);
	put(&world->b, "2");
	hand_answer_all(&world->b);
	hand_beat(&world->a);
	hand_beat(&world->a);
	put(&world->b, "2"); /* the same again */
	hand_answer_all(&world->b);
	hand_beat(&world->a);
	assert_string_equal(world->told, "area k=2|");
	put(&world->b, NULL);
	hand_answer_all(&world->b);
	hand_beat(&world->a);
	assert_string_equal(world->told, "area k=2|area k=NULL|");
	assert_value(&world->a, "area", "k", NULL);
}

/* Both change one value: the one whose change the database has last is right, on both. */
static void the_last_write_counts_on_both(void **state)
{
	struct world *world = *state;

	store_on_heard(world->a.store, on_heard, world->told);
	put(&world->a, "a");
	put(&world->b, "b");
	hand_answer_all(&world->b); /* b first */
	hand_beat(&world->a);       /* heard while our own is under way */
	assert_value(&world->a, "area", "k", "a");
	hand_answer_all(&world->a);
	assert_value(&world->a, "area", "k", "a");
	hand_beat(&world->b);
	assert_value(&world->b, "area", "k", "a");
	assert_string_equal(world->told, "");

	put(&world->a, "a2");
	hand_lose(&world->a); /* ours is written */
	put(&world->b, "b2");
	hand_answer_all(&world->b);
	hand_beat(&world->a); /* on the other connection, before the result of ours */
	assert_value(&world->a, "area", "k", "a2");
	remote_settled(world->a.store, &(struct store_result){.number = 2, .version = 3});
	assert_value(&world->a, "area", "k", "b2");
	assert_string_equal(world->told, "area k=b2|");
	world->a.pending_count = 0;
}

/* An older read, on the other connection, ends after a newer one. */
static void an_older_value_does_not_come_back(void **state)
{
	struct world *world = *state;

	remote_heard(world->a.store, "area", "k", "new", 8);
	remote_caught_up(world->a.store, 0);
	remote_heard(world->a.store, "area", "k", "old", 5);
	remote_caught_up(world->a.store, 0);
	assert_value(&world->a, "area", "k", "new");
	remote_heard(world->a.store, "area", "k", NULL, 9);
	remote_heard(world->a.store, "area", "k", "new", 8);
	assert_value(&world->a, "area", "k", NULL);
	assert_int_equal(remote_version(world->a.store), 8);
	remote_caught_up(world->a.store, 8);
	assert_int_equal(remote_version(world->a.store), 9);
	remote_heard(world->a.store, "area", "k", "x", 20);
	remote_caught_up(world->a.store, 15); /* 10 to 15 were not read */
	assert_int_equal(remote_version(world->a.store), 9);
}

static void a_transaction_is_undone_whole(void **state)
{
	struct world *world = *state;

	put(&world->a, "1");
	hand_answer_all(&world->a);
	assert_int_equal(store_put(world->a.store, "area", "k", "2"), 0);
	assert_int_equal(store_begin(world->a.store), 0);
	assert_int_equal(store_put(world->a.store, "area", "k", "3"), 0);
	assert_int_equal(store_delete(world->a.store, "area", "k"), 0);
	assert_int_equal(store_put(world->a.store, "area", "new", "4"), 0);
	assert_int_equal(begin(&world->a, "1"), 0);
	store_rollback(world->a.store);
	assert_value(&world->a, "area", "k", "2");
	assert_value(&world->a, "area", "new", NULL);
	assert_false(store_journal_knows(world->a.store, "home", "1"));
	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(store_begin(world->a.store), 0);
	assert_int_equal(store_journal_done(world->a.store, "home", "1"), 0);
	assert_int_equal(store_commit(world->a.store), 0);
	assert_int_equal(settle(world, &world->a), 0);
	hand_answer_all(&world->a);
	assert_string_equal(hand_value(world->database, "area", "k")->value, "2");
	assert_null(hand_value(world->database, "area", "new"));
	assert_true(world->database->rows[0].is_done);
	store_rollback(world->a.store); /* nothing to undo */
}

/* ---------------------------------------------------------------- the database is away */

static void on_trouble(void *user)
{
	char *told = user;
	size_t length = strlen(told);

	snprintf(told + length, 512 - length, "!");
}

static void what_changes_while_the_database_is_away_is_written_later(void **state)
{
	struct world *world = *state;
	unsigned written = 0;
	char value[16];

	store_watch(world->a.store, on_trouble, world->told);
	hand_cut(&world->a);
	hand_cut(&world->a);
	assert_string_equal(world->told, "!");
	world->told[0] = '\0';
	assert_int_equal(store_retry(world->a.store, &written), -ENOLINK);
	assert_int_equal(world->a.hastened, 1);
	world->a.sent = 0;
	for (int i = 0; i < 1000; i++) { /* a position, once a turn */
		snprintf(value, sizeof(value), "%d", i);
		assert_int_equal(store_put(world->a.store, "irc/home", "seen/#tv", value), 0);
		assert_int_equal(store_settle(world->a.store), 0);
	}
	assert_int_equal(world->a.sent, 1); /* the others are one change of the next batch */
	assert_value(&world->a, "irc/home", "seen/#tv", "999");
	assert_int_equal(begin(&world->a, "1"), 0);
	assert_int_equal(settle(world, &world->a), 0); /* its turn wants to know */
	assert_int_equal(world->a.sent, 2);
	assert_int_equal(world->a.pending[1].batch->count, 2);
	remote_settled(world->a.store, &(struct store_result){.number = world->a.pending[1].batch->number,
						       .error = -EAGAIN});
	assert_string_equal(world->told, "-11|");
	hand_mend(&world->a);
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "-11|!0+|");
	assert_int_equal(store_retry(world->a.store, &written), 0);
	assert_int_equal(written, 1001);
	assert_string_equal(hand_value(world->database, "irc/home", "seen/#tv")->value, "999");
}

static void a_store_that_has_not_read_yet_does_not_say_there_is_nothing(void **state)
{
	struct world *world = *state;
	const struct store_line line = {&world->a, hand_send, hand_ask_load, hand_hasten};
	struct store *store = NULL;
	char *value = NULL;

	assert_int_equal(store_new_remote(&line, "gamma/1", &store), 0);
	assert_int_equal(store_trouble(store), -ENOLINK);
	assert_false(store_is_read(store));
	assert_int_equal(store_get(store, "area", "k", &value), -EAGAIN);
	assert_int_equal(store_each(store, "area", NULL, NULL), -EAGAIN);
	remote_heard(store, "area", "k", "v", 1);
	assert_int_equal(remote_read(store), 0);
	assert_true(store_is_read(store));
	assert_int_equal(store_get(store, "area", "none", &value), -ENOENT);
	assert_int_equal(remote_version(store), 1);
	assert_null(store_take_aside(store));
	store_close(store);
}

/* ---------------------------------------------------------------- limits */

static void what_is_held_is_limited(void **state)
{
	struct world *world = *state;
	const size_t length = 500 * 1024;
	char *text = malloc(length + 1), key[16];
	unsigned count = 0;
	int r = 0;

	assert_non_null(text);
	memset(text, 'x', length);
	text[length] = '\0';
	assert_int_equal(begin(&world->a, "1"), 0);
	while (r == 0 && count < 100) {
		snprintf(key, sizeof(key), "%u", count++);
		r = store_put(world->a.store, "area", key, text);
	}
	assert_int_equal(r, -ENOSPC);
	assert_int_equal(count - 1, REMOTE_HELD_MAX_BYTES / length);
	assert_value(&world->a, "area", key, NULL);                           /* nothing is changed */
	assert_int_equal(store_put(world->a.store, "area", "0", "short"), 0); /* in its place */
	assert_int_equal(store_put(world->a.store, "area", key, text), 0);
	assert_int_equal(store_put(world->a.store, "area", "more", text), -ENOSPC);
	text[20 * 1024] = '\0';
	while (store_put(world->a.store, "area", "1", "short") == 0 && begin(&world->a, text) == 0)
		text[strlen(text) - 1] = '\0';
	/* An answer is written down all the same: the question would be asked again. */
	assert_int_equal(store_journal_done(world->a.store, "home", "1"), 0);
	assert_int_equal(store_settle(world->a.store), 0);
	hand_answer_all(&world->a);
	assert_int_equal(store_put(world->a.store, "area", "more", text), 0);
	free(text);
}

static void questions_under_way_are_limited(void **state)
{
	struct world *world = *state;
	char id[16];

	hand_cut(&world->a);
	for (unsigned i = 0; i < REMOTE_BEGUN_MAX; i++) {
		snprintf(id, sizeof(id), "%u", i);
		assert_int_equal(begin(&world->a, id), 0);
	}
	assert_int_equal(begin(&world->a, "more"), -ENOSPC);
	assert_false(store_journal_knows(world->a.store, "home", "more"));
	assert_int_equal(begin(&world->a, "7"), -EEXIST);
	assert_int_equal(store_put(world->a.store, "area", "k", "v"), 0);
}

static void open_questions_are_limited(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("1");
	const struct store_claim claim = {.lease = "irc/home", .gateway = "home", .epoch = 1};
	char id[16];

	assert_int_equal(remote_claim(world->a.store, &claim, on_claimed, world->told), 0);
	for (unsigned i = 0; i <= MIRROR_OPEN_MAX; i++) {
		snprintf(id, sizeof(id), "%u", i);
		entry.id = id;
		remote_opened(world->a.store, &entry, NULL);
	}
	hand_answer_all(&world->a);
	assert_string_equal(world->told, "irc/home -28|"); /* the one too many is said */
	assert_int_equal(begin(&world->a, "more"), -ENOSPC);
	for (unsigned i = 0; i < MIRROR_OPEN_MAX; i++) {
		snprintf(id, sizeof(id), "%u", i);
		assert_int_equal(store_journal_done(world->a.store, "home", id), 0);
	}
	assert_pending(&world->a, "home", "");
	assert_int_equal(begin(&world->a, "more"), 0);
	/* The last answered ones are known, older ones are the database's to know. */
	snprintf(id, sizeof(id), "%u", MIRROR_OPEN_MAX - MIRROR_CLOSED_MAX);
	assert_int_equal(begin(&world->a, id), -EEXIST);
	snprintf(id, sizeof(id), "%u", MIRROR_OPEN_MAX - MIRROR_CLOSED_MAX - 1);
	assert_int_equal(begin(&world->a, id), 0);
}

static void what_is_known_is_limited(void **state)
{
	struct world *world = *state;
	const size_t length = 1000 * 1024;
	char *text = malloc(length + 1), key[16];
	unsigned count = 0;

	assert_non_null(text);
	memset(text, 'x', length);
	text[length] = '\0';
	remote_heard(world->a.store, "area", "gone", "x", 1);
	remote_heard(world->a.store, "area", "gone", NULL, 2);
	remote_caught_up(world->a.store, 0);
	do {
		snprintf(key, sizeof(key), "%u", count++);
		remote_heard(world->a.store, "area", key, text, 2 + count);
	} while (count < MIRROR_VALUES_MAX_BYTES / length);
	assert_int_equal(remote_version(world->a.store), 2);
	remote_caught_up(world->a.store, 2);
	assert_int_equal(remote_version(world->a.store), 2 + count);
	remote_heard(world->a.store, "area", "more", text, 3 + count);
	remote_caught_up(world->a.store, 2 + count);
	assert_int_equal(remote_version(world->a.store), 2 + count); /* it is read again */
	assert_int_equal(store_put(world->a.store, "area", "more", text), -ENOSPC);
	remote_heard(world->a.store, "area", "0", NULL, 4 + count);
	remote_heard(world->a.store, "area", "more", text, 3 + count);
	remote_caught_up(world->a.store, 2 + count);
	assert_int_equal(remote_version(world->a.store), 4 + count);
	assert_int_equal(remote_read(world->a.store), 0);
	free(text);
}

#define REMOTE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			REMOTE_TEST(a_question_is_ours_when_the_database_says_so),
			REMOTE_TEST(a_question_heard_by_two_is_answered_by_one),
			REMOTE_TEST(a_value_of_another_process_comes_with_the_next_result),
			REMOTE_TEST(a_lost_result_comes_again_and_the_question_is_ours),
			REMOTE_TEST(a_result_counts_once_and_in_order),
			REMOTE_TEST(a_batch_that_the_database_refuses_is_not_ours),
			REMOTE_TEST(those_who_wait_for_nothing_are_told_in_order),
			REMOTE_TEST(a_line_that_takes_no_more_gets_it_later),
			REMOTE_TEST(an_answer_before_its_result_is_kept),
			REMOTE_TEST(open_questions_come_with_the_lease),
			REMOTE_TEST(a_lost_lease_takes_its_questions_and_values_along),
			REMOTE_TEST(a_late_write_of_a_lost_lease_is_refused),
			REMOTE_TEST(a_question_without_a_claim_is_not_ours),
			REMOTE_TEST(a_question_goes_to_the_shard_of_its_guild),
			REMOTE_TEST(a_claim_gains_its_gateway),
			REMOTE_TEST(a_lobby_belongs_to_its_host),
			REMOTE_TEST(a_claim_made_while_the_database_is_away_is_loaded_later),
			REMOTE_TEST(a_load_of_an_earlier_epoch_is_not_this_one),
			REMOTE_TEST(only_foreign_changes_are_heard),
			REMOTE_TEST(the_last_write_counts_on_both),
			REMOTE_TEST(an_older_value_does_not_come_back),
			REMOTE_TEST(a_transaction_is_undone_whole),
			REMOTE_TEST(what_changes_while_the_database_is_away_is_written_later),
			REMOTE_TEST(a_store_that_has_not_read_yet_does_not_say_there_is_nothing),
			REMOTE_TEST(what_is_held_is_limited),
			REMOTE_TEST(questions_under_way_are_limited),
			REMOTE_TEST(open_questions_are_limited),
			REMOTE_TEST(what_is_known_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
