#ifndef EPISODED_TESTS_STORE_SUITE_H
#define EPISODED_TESTS_STORE_SUITE_H

/* What a store does, wherever its state is. */

#include "tests/unit/store_world.h"

/* ---------------------------------------------------------------- values */

static void values_come_back(void **state)
{
	struct world *world = *state;
	struct listing listing = {"", 0};
	char *value = NULL;

	assert_int_equal(store_get(world->store, "discord/home", "shard/0", &value), -ENOENT);
	assert_null(value);
	assert_int_equal(store_put(world->store, "discord/home", "shard/1", "b"), 0);
	assert_int_equal(store_put(world->store, "discord/home", "shard/0", "a"), 0);
	assert_int_equal(store_put(world->store, "discord/home", "shard/0", "\xf0\x9f\xa7\x9f"), 0);
	assert_int_equal(store_put(world->store, "other", "shard/0", "c"), 0);
	assert_int_equal(store_delete(world->store, "nowhere", "none"), 0);
	open_again(world);
	assert_value(world->store, "discord/home", "shard/0", "\xf0\x9f\xa7\x9f");
	assert_int_equal(store_each(world->store, "discord/home", on_value, &listing), 0);
	assert_string_equal(listing.text, "shard/0=\xf0\x9f\xa7\x9f|shard/1=b|");
	assert_int_equal(store_delete(world->store, "discord/home", "shard/0"), 0);
	assert_int_equal(store_get(world->store, "discord/home", "shard/0", &value), -ENOENT);
}

static void a_text_too_long_is_refused(void **state)
{
	struct world *world = *state;
	char *text = malloc(2 * 1024 * 1024 + 1);

	assert_non_null(text);
	memset(text, 'x', 2 * 1024 * 1024);
	text[2 * 1024 * 1024] = '\0';
	assert_int_equal(store_put(world->store, "a", "k", "before"), 0);
	assert_int_equal(store_put(world->store, "a", "k", text), -EMSGSIZE);
	assert_value(world->store, "a", "k", "before");
	free(text);
}

static void several_changes_are_one(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("1", "!episode 5");

	assert_int_equal(store_begin(world->store), 0);
	assert_int_equal(store_put(world->store, "a", "k", "1"), 0);
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	store_rollback(world->store);
	assert_false(store_journal_knows(world->store, "home", "1"));

	assert_int_equal(store_begin(world->store), 0);
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	assert_int_equal(store_journal_begin(world->store, &entry), -EEXIST); /* no reason to undo the rest */
	assert_int_equal(store_put(world->store, "a", "k", "2"), 0);
	assert_int_equal(store_commit(world->store), 0);
	open_again(world);
	assert_value(world->store, "a", "k", "2");
	assert_true(store_journal_knows(world->store, "home", "1"));
}

/* ---------------------------------------------------------------- the journal */

static void the_journal_keeps_order(void **state)
{
	struct world *world = *state;
	struct journal_entry first = entry_of("30", "!episode secret-words"), second = entry_of("4", "!next"),
			     other = entry_of("30", "!help");

	other.gateway = "libera";
	assert_int_equal(store_journal_begin(world->store, &first), 0);
	assert_int_equal(store_journal_begin(world->store, &second), 0);
	assert_int_equal(store_journal_begin(world->store, &other), 0);
	assert_int_equal(store_journal_begin(world->store, &first), -EEXIST);
	open_again(world);
	assert_pending(world->store, "home", "home 30 !episode secret-words|home 4 !next|");
	assert_pending(world->store, "libera", "libera 30 !help|");

	assert_int_equal(store_journal_done(world->store, "home", "30"), 0);
	assert_int_equal(store_journal_done(world->store, "home", "30"), 0);
	assert_int_equal(store_journal_done(world->store, "home", "no such one"), 0);
	assert_int_equal(store_journal_begin(world->store, &first), -EEXIST); /* done, and still known */
	assert_true(store_journal_knows(world->store, "home", "30"));
	assert_false(store_journal_knows(world->store, "home", "no such one"));
	assert_pending(world->store, "home", "home 4 !next|");
	open_again(world);
	assert_pending(world->store, "home", "home 4 !next|");
}

static void on_whole_entry(void *user, const struct journal_entry *entry)
{
	*(unsigned *)user += 1;
	assert_string_equal(entry->channel, "10");
	assert_string_equal(entry->author_id, "77");
	assert_string_equal(entry->author_name, "Nam-ra");
	assert_string_equal(entry->account, "");
	assert_string_equal(entry->text, "!next");
	assert_string_equal(entry->extra, "token");
	assert_true(entry->is_private);
	assert_false(entry->is_addressed);
	assert_int_equal(entry->time_ms, 1770000000123);
}

static void an_entry_survives_completely(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("1", "!next");
	unsigned count = 0;

	entry.account = NULL;
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	settle(world);
	assert_int_equal(store_journal_pending(world->store, "home", on_whole_entry, &count), 0);
	assert_int_equal(count, 1);
	open_again(world);
	assert_int_equal(store_journal_pending(world->store, "home", on_whole_entry, &count), 0);
	assert_int_equal(count, 2);
}

/* ---------------------------------------------------------------- effects */

static void an_effect_has_a_mark_while_its_question_is_open(void **state)
{
	struct world *world = *state;
	struct journal_entry entry = entry_of("1", "!set prefix ?");
	char *mark = NULL;

	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	assert_int_equal(store_effect_get(world->store, "home", "1", &mark), -ENOENT);
	store_effect_begin(world->store, "home", "1");
	assert_int_equal(store_keep(world->store, "setting/prefix", "home 10", "?"), 0);
	store_effect_end(world->store, NULL);
	assert_int_equal(store_effect_get(world->store, "home", "1", &mark), 0);
	assert_string_equal(mark, STORE_EFFECT_DONE);
	free(mark);
	entry.id = "2";
	assert_int_equal(store_journal_begin(world->store, &entry), 0);
	store_effect_begin(world->store, "home", "2");
	store_effect_end(world->store, "already");
	open_again(world);
	assert_value(world->store, "setting/prefix", "home 10", "?");
	assert_int_equal(store_effect_get(world->store, "home", "1", &mark), 0);
	assert_string_equal(mark, STORE_EFFECT_DONE);
	free(mark);
	assert_int_equal(store_effect_get(world->store, "home", "2", &mark), 0);
	assert_string_equal(mark, "already");
	free(mark);
	mark = NULL;
	assert_int_equal(store_journal_done(world->store, "home", "1"), 0);
	open_again(world);
	assert_int_equal(store_effect_get(world->store, "home", "1", &mark), -ENOENT);
	assert_null(mark);
}

#define STORE_SUITE(TEST)                                                                                    \
	TEST(values_come_back), TEST(a_text_too_long_is_refused), TEST(several_changes_are_one),             \
			TEST(the_journal_keeps_order), TEST(an_entry_survives_completely),                   \
			TEST(an_effect_has_a_mark_while_its_question_is_open)

#endif
