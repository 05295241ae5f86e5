/*
 * What the store has of watch-alongs and reminders: their words, and a book of occasions with them. The first byte chooses. Words that are
 * read are written and read again, with the same result; positions stay inside of the episode; following a second time
 * changes nothing.
 */

#include <stdio.h>

#include "bot/catalogue/catalogue.h"
#include "bot/core/party.h"
#include "bot/core/reminders.h"
#include "tests/fuzz/fuzzed.h"

#define NOW_S      INT64_C(1796050800) /* 30 November 2026 */
#define DAY_S      86400
#define WORDS_MAX  4096u
#define BOOK_MAX   64 /* occasions of one input */
#define BOOK_BYTES (256u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t times[] = {0, NOW_S - DAY_S, NOW_S, NOW_S + 1000, NOW_S + DAY_S, OCCASION_LAST_S};

/* ---------------------------------------------------------------- a watch-along */

static void check_people(const struct party *party, int64_t now_s)
{
	assert(party->count <= PARTY_PEOPLE_MAX);
	for (size_t i = 0; i < party->count; i++) {
		const struct party_person *person = &party->people[i];
		int64_t at_s = party_person_position(party, person, now_s);

		fuzzed_check_line(person->name);
		assert(at_s >= 0 && at_s <= PARTY_RUNTIME_MAX_S);
	}
}

/* What people do with it, at a time. */
static void use_party(struct party party, int64_t now_s)
{
	const struct party_person anna = {.key = 1, .name = "anna"};

	check_people(&party, now_s);
	assert(party_position(&party, now_s) <= party.runtime_s);
	if (party_pause(&party, now_s))
		assert(party.paused_s == now_s && !party_is_over(&party, now_s));
	(void)party_end(&party, now_s);
	if (party_pause_person(&party, &anna, now_s) == 0)
		assert(party_find(&party, anna.key)->is_paused);
	if (party_resume(&party, now_s + 60))
		assert(!party.paused_s && party.lost_s >= 0);
	if (party_resume_person(&party, &anna, now_s + 120) == 0)
		assert(!party_find(&party, anna.key)->is_paused);
	check_people(&party, now_s + 120);
}

static void read_party(const char *words)
{
	struct party party, again;
	struct str form = STR(WORDS_MAX), second = STR(WORDS_MAX);

	if (party_read(words, &party) < 0)
		return;
	party_append(&party, &form);
	assert(!form.error && party_read(str_text(&form), &again) == 0);
	party_append(&again, &second);
	assert(again.count == party.count && str_equal(str_text(&form), str_text(&second)));
	str_release(&form);
	str_release(&second);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		use_party(party, times[i]);
}

/* ---------------------------------------------------------------- a reminder */

static void read_reminder(const char *words)
{
	struct reminder reminder, again;
	struct str form = STR(WORDS_MAX), second = STR(WORDS_MAX);

	if (reminder_read(words, &reminder) < 0)
		return;
	assert(reminder.number >= 1);
	fuzzed_check_line(reminder.text);
	reminder_append(&reminder, &form);
	assert(!form.error && reminder_read(str_text(&form), &again) == 0);
	reminder_append(&again, &second);
	assert(str_equal(str_text(&form), str_text(&second)));
	str_release(&form);
	str_release(&second);
}

/* ---------------------------------------------------------------- a book of both */

static const struct catalogue *catalogue(void)
{
	static struct catalogue *loaded;
	struct str report = STR(64u * 1024);

	if (!loaded)
		assert(catalogue_load("tests/shows/named", &report, &loaded) == 0);
	str_release(&report);
	return loaded;
}

static bool print(void *user, const struct occasion *occasion)
{
	occasion_append(occasion, user);
	return true;
}

/* The whole book as a text, which the caller frees. */
static char *text_of(const struct occasions *book)
{
	struct str text = STR(BOOK_BYTES);
	char *copy;

	occasions_each(book, NULL, NULL, print, &text);
	copy = str_copy(str_text(&text));
	assert(copy);
	str_release(&text);
	return copy;
}

/* Occasions, each behind an empty line. */
static void read_book(char *bytes)
{
	struct occasions *book = NULL;
	char *end, *followed, *again;
	int64_t due_s;

	assert(occasions_new(NULL, &book) == 0);
	for (size_t i = 0; *bytes && i < BOOK_MAX; i++, bytes = end) {
		struct occasion occasion;

		end = strstr(bytes, "\n\n");
		if (end) {
			end[1] = '\0';
			end += 2;
		} else {
			end = bytes + strlen(bytes);
		}
		if (occasion_read(bytes, &occasion) == 0)
			(void)occasions_add(book, &occasion, NULL);
	}
	reminders_follow(book, catalogue());
	followed = text_of(book);
	reminders_follow(book, catalogue());
	again = text_of(book);
	assert(str_equal(followed, again));
	free(followed);
	free(again);
	(void)occasions_first(book, &due_s);
	occasions_free(book);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes;

	if (size < 1 || size > FUZZED_TEXT_MAX_BYTES)
		return 0;
	bytes = malloc(size);
	assert(bytes);
	memcpy(bytes, data + 1, size - 1);
	bytes[size - 1] = '\0';
	switch (data[0] % 3) {
	case 0: read_party(bytes); break;
	case 1: read_reminder(bytes); break;
	default: read_book(bytes);
	}
	free(bytes);
	return 0;
}
