/* The book of occasions: kept, in order, moved, put off, and heard from other processes. */

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

#include "bot/core/occasions.h"
#include "bot/store/store.h"

struct fixture {
	char folder[40];
	struct store *store;
	struct occasions *occasions;
	unsigned changes;
};

static void on_change(void *user)
{
	struct fixture *fixture = user;

	fixture->changes++;
}

static void open_book(struct fixture *fixture)
{
	assert_int_equal(occasions_new(fixture->store, &fixture->occasions), 0);
	occasions_attach(fixture->occasions,
			&(struct occasions_host){.user = fixture, .on_change = on_change});
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/episoded-book-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	assert_int_equal(store_open(fixture->folder, &fixture->store), 0);
	open_book(fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"episoded.db", "episoded.db-wal", "episoded.db-shm"};
	struct fixture *fixture = *state;
	char path[80];

	occasions_free(fixture->occasions);
	store_close(fixture->store);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture->folder, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

static void restart(struct fixture *fixture)
{
	occasions_free(fixture->occasions);
	store_close(fixture->store);
	assert_int_equal(store_open(fixture->folder, &fixture->store), 0);
	open_book(fixture);
}

static struct occasion due(const char *id, int64_t due_s)
{
	return (struct occasion){.id = id,
			.due_s = due_s,
			.until_s = due_s + 100,
			.place = {"lobby", "#lobby", "anna", "Anna", "", "key", "", 7, true, false},
			.command = "reminding",
			.words = "friday film",
			.group = ""};
}

static void add(struct fixture *fixture, const char *id, int64_t due_s)
{
	const struct occasion occasion = due(id, due_s);

	assert_int_equal(occasions_add(fixture->occasions, &occasion, NULL), 0);
}

static void assert_first(struct fixture *fixture, const char *id, int64_t due_s)
{
	int64_t at_s = 0;
	const struct occasion *first = occasions_first(fixture->occasions, &at_s);

	if (!id) {
		assert_null(first);
		return;
	}
	assert_non_null(first);
	assert_string_equal(first->id, id);
	assert_int_equal(at_s, due_s);
}

static void what_is_added_is_there_after_a_restart_in_the_order_of_time(void **state)
{
	struct fixture *fixture = *state;
	const struct occasion *first;
	int64_t at_s;

	add(fixture, "b", 20);
	add(fixture, "a", 10);
	add(fixture, "c", 30);
	restart(fixture);
	assert_int_equal(occasions_count(fixture->occasions), 3);
	first = occasions_first(fixture->occasions, &at_s);
	assert_string_equal(first->id, "a");
	assert_string_equal(first->place.extra, "key");
	assert_string_equal(first->words, "friday film");
	assert_int_equal(first->place.route, 7);
	assert_true(first->place.is_private);
	occasions_done(fixture->occasions, "a");
	restart(fixture);
	assert_first(fixture, "b", 20);
}

static void the_same_occasion_has_the_same_id_and_is_added_once(void **state)
{
	struct fixture *fixture = *state;
	struct occasion occasion = due("", 10);
	char id[OCCASION_ID_BYTES], other[OCCASION_ID_BYTES];

	assert_int_equal(occasions_add(fixture->occasions, &occasion, id), 0);
	assert_int_equal(occasions_add(fixture->occasions, &occasion, NULL), -EEXIST);
	occasion.words = "saturday film";
	assert_int_equal(occasions_add(fixture->occasions, &occasion, other), 0);
	assert_string_not_equal(id, other);
	occasion.words = "a line\nbreak";
	assert_int_equal(occasions_add(fixture->occasions, &occasion, NULL), -EMSGSIZE);
	occasion = due("backwards", 10);
	occasion.until_s = 10;
	assert_int_equal(occasions_add(fixture->occasions, &occasion, NULL), -EINVAL);
	assert_int_equal(occasions_count(fixture->occasions), 2);
}

static void a_moved_one_and_one_that_was_put_off(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "a", 10);
	add(fixture, "b", 20);
	assert_int_equal(occasions_move(fixture->occasions, "a", 30, 40), 0);
	assert_first(fixture, "b", 20);
	occasions_put_off(fixture->occasions, "b", 50);
	assert_first(fixture, "a", 30);
	occasions_put_off(fixture->occasions, "a", 60);
	assert_first(fixture, "b", 50);
	occasions_set_stale(fixture->occasions, "b");
	occasions_hasten(fixture->occasions, "elsewhere");
	assert_first(fixture, "b", 50);
	occasions_hasten(fixture->occasions, "lobby");
	assert_first(fixture, "b", 20);
	assert_false(occasions_is_stale(fixture->occasions, "b"));
	assert_int_equal(occasions_move(fixture->occasions, "nosuch", 1, 2), -ENOENT);
	restart(fixture);
	assert_first(fixture, "b", 20);
	assert_int_equal(occasions_remove(fixture->occasions, "b"), 0);
	assert_first(fixture, "a", 30);
	assert_int_equal(occasions_find(fixture->occasions, "a")->until_s, 40);
}

static void what_is_planned_is_not_kept(void **state)
{
	struct fixture *fixture = *state;
	struct occasion planned = due("announce:1", 10);

	assert_int_equal(occasions_plan(fixture->occasions, &planned), 0);
	planned.due_s = 5;
	assert_int_equal(occasions_plan(fixture->occasions, &planned), 0);
	add(fixture, "b", 20);
	assert_int_equal(occasions_count(fixture->occasions), 2);
	assert_first(fixture, "announce:1", 5);
	restart(fixture);
	assert_int_equal(occasions_count(fixture->occasions), 1);
	assert_int_equal(occasions_plan(fixture->occasions, &planned), 0);
	occasions_unplan(fixture->occasions);
	assert_first(fixture, "b", 20);
}

static void another_process_adds_one_and_says_one(void **state)
{
	struct fixture *fixture = *state;
	struct occasion occasion = due("theirs", 5);
	struct str form = STR(OCCASION_MAX_BYTES);
	unsigned before;

	add(fixture, "ours", 10);
	occasion_append(&occasion, &form);
	before = fixture->changes;
	assert_true(occasions_heard(fixture->occasions, "occasion", "theirs", str_text(&form)));
	assert_true(fixture->changes > before);
	assert_first(fixture, "theirs", 5);
	assert_true(occasions_heard(fixture->occasions, "occasion", "theirs", NULL));
	assert_true(occasions_heard(fixture->occasions, "occasion", "ours", NULL));
	assert_first(fixture, NULL, 0);
	assert_true(occasions_heard(fixture->occasions, "occasion", "broken", "what\nis this"));
	assert_false(occasions_heard(fixture->occasions, "ignored", "x", "1"));
	str_release(&form);
}

static void an_entry_that_cannot_be_read_stays_in_the_store(void **state)
{
	struct fixture *fixture = *state;
	char *value = NULL;

	assert_int_equal(store_put(fixture->store, "occasion", "later", "of a later version"), 0);
	add(fixture, "a", 10);
	restart(fixture);
	assert_int_equal(occasions_count(fixture->occasions), 1);
	assert_int_equal(store_get(fixture->store, "occasion", "later", &value), 0);
	free(value);
}

static void the_message_of_an_occasion_says_when_it_was_due(void **state)
{
	const struct occasion occasion = due("a", 10);
	char text[OCCASIONS_TEXT_BYTES];
	struct message message;
	const char *words;
	int64_t due_s = 0;

	(void)state;
	assert_int_equal(occasions_message(&occasion, 12000, text, &message), 0);
	assert_string_equal(message.text, "reminding @10 friday film");
	assert_true(message.is_occasion && message.is_private && message.until_ms == 110000);
	words = strchr(message.text, ' ') + 1;
	assert_true(occasions_read_due(&words, &due_s));
	assert_int_equal(due_s, 10);
	assert_string_equal(words, "friday film");
	words = "@ten";
	assert_false(occasions_read_due(&words, &due_s));
}

static void one_that_did_not_reach_its_person_comes_again_but_not_for_ever(void **state)
{
	struct fixture *fixture = *state;
	struct occasion occasion = due("occasion:1", 100);
	const struct message other = {.author_id = "bert"}, author = {.author_id = "anna"};
	char id[OCCASION_ID_BYTES] = "occasion:1";

	occasion.place.is_for_author = true;
	assert_int_equal(occasions_add(fixture->occasions, &occasion, NULL), 0);
	for (int i = 1; i <= OCCASIONS_RETURNS_MAX; i++) {
		occasions_done(fixture->occasions, id); /* the journal has it */
		occasion.id = id;
		assert_int_equal(occasions_put_back(fixture->occasions, &occasion), 0);
		snprintf(id, sizeof(id), "occasion:1.%d", i);
		assert_first(fixture, id, 100);
	}
	occasion.id = id;
	assert_int_equal(occasions_put_back(fixture->occasions, &occasion), -EALREADY);
	occasions_put_off(fixture->occasions, id, 5000);
	occasions_hasten_for(fixture->occasions, "lobby", &other);
	assert_first(fixture, id, 5000);
	occasions_hasten_for(fixture->occasions, "lobby", &author);
	assert_first(fixture, id, 100);
	assert_int_equal(occasions_set_missed(fixture->occasions, id), 0);
	restart(fixture);
	assert_true(occasions_find(fixture->occasions, id)->is_missed);
	assert_true(occasions_find(fixture->occasions, id)->place.is_for_author);
}

#define BOOK_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			BOOK_TEST(what_is_added_is_there_after_a_restart_in_the_order_of_time),
			BOOK_TEST(the_same_occasion_has_the_same_id_and_is_added_once),
			BOOK_TEST(a_moved_one_and_one_that_was_put_off),
			BOOK_TEST(what_is_planned_is_not_kept),
			BOOK_TEST(another_process_adds_one_and_says_one),
			BOOK_TEST(an_entry_that_cannot_be_read_stays_in_the_store),
			BOOK_TEST(the_message_of_an_occasion_says_when_it_was_due),
			BOOK_TEST(one_that_did_not_reach_its_person_comes_again_but_not_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
