/* Reminders: the functions that commands call. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/zone_name.h"
#include "bot/catalogue/telling.h"
#include "bot/core/asked.h"
#include "bot/core/dispatch.h"
#include "bot/core/key.h"
#include "bot/core/moment.h"
#include "bot/core/occasions.h"
#include "bot/core/reminders.h"
#include "bot/core/request.h"

#define NUMBERS_MAX (REMINDERS_PERSON_MAX + REMINDERS_CHANNEL_MAX + 1)
#define SPAN_BYTES  48
#define SOON_S      90 /* "airs now" */

static struct occasions *book_of(const struct request *request)
{
	const struct dispatch_orders *orders = &request->host->orders;

	return orders->occasions ? orders->occasions(orders->user) : NULL;
}

/* "1 hour", "90 minutes", "2 days" */
static const char *span_text(int64_t span_s, char ret[SPAN_BYTES])
{
	int64_t minutes = (llabs(span_s) + 30) / 60, count = minutes;
	const char *unit = "minute";

	if (minutes >= 2 * 1440 || minutes == 1440) {
		count = (minutes + 720) / 1440;
		unit = "day";
	} else if (minutes % 60 == 0 && minutes > 0) {
		count = minutes / 60;
		unit = "hour";
	}
	snprintf(ret, SPAN_BYTES, "%" PRId64 " %s%s", count, unit, count == 1 ? "" : "s");
	return ret;
}

/* ---------------------------------------------------------------- the book */

/* A reminder, and the occasion that it is. */
struct reminder_found {
	const struct occasion *occasion; /* NULL: not found */
	struct reminder reminder;
	bool is_own;
};

/* Look for one by place in the list, by number, or by its content. */
struct reminder_search {
	const struct request *request;
	char person[KEY_MAX_BYTES];
	size_t skip;                   /* so many before it */
	int number;                    /* 0: any */
	const struct occasion *same;   /* NULL: any; the text and the time of this one */
	bool is_numbered[NUMBERS_MAX]; /* the numbers of the person's */
	size_t own_count, channel_count;
	struct reminder_found found;
};

static bool is_own(const struct reminder_search *search, const struct occasion *occasion)
{
	const struct message author = {.author_id = occasion->place.author_id,
			.account = occasion->place.account,
			.author_name = occasion->place.author_name};
	const struct message *asker = search->request->message;
	char key[KEY_MAX_BYTES];

	if (asker->is_known_by_extra)
		return str_equal(occasion->place.extra, asker->extra ? asker->extra : "");
	return key_of_person(occasion->place.gateway, &author, NULL, key) && strcmp(key, search->person) == 0;
}

/* The text behind the number and the time at which it was asked. */
static const char *content_of(const char *words)
{
	for (int i = 0; i < 2 && *words; i++) {
		words += strcspn(words, " ");
		words += *words == ' ';
	}
	return words;
}

static bool is_same(const struct occasion *a, const struct occasion *b)
{
	return a->due_s == b->due_s && strcmp(content_of(a->words), content_of(b->words)) == 0;
}

static bool on_occasion(void *user, const struct occasion *occasion)
{
	struct reminder_search *search = user;
	const struct message *message = search->request->message;
	struct reminder_found found = {.occasion = occasion};
	bool is_here = str_equal(occasion->place.channel, message->channel) && !message->is_private;

	if (!str_equal(occasion->command, REMINDERS_COMMAND) ||
			reminder_read(occasion->words, &found.reminder) < 0)
		return true;
	found.is_own = is_own(search, occasion);
	search->own_count += found.is_own && !occasion->is_missed;
	search->channel_count += is_here && found.reminder.is_for_channel;
	if (found.is_own && found.reminder.number < NUMBERS_MAX)
		search->is_numbered[found.reminder.number] = true;
	if (search->found.occasion || (!found.is_own && !(is_here && found.reminder.is_for_channel)) ||
			(search->number && found.reminder.number != search->number) ||
			(search->same && !(found.is_own && is_same(search->same, occasion))))
		return true;
	if (search->skip-- == 0)
		search->found = found;
	return true;
}

/* False: the person has no key, or there are no reminders here. */
static bool search_book(const struct request *request, struct reminder_search *search)
{
	const struct occasions *book = book_of(request);

	search->request = request;
	if (!book || !key_of_person(request->gateway, request->message, NULL, search->person))
		return false;
	occasions_each(book, request->gateway, NULL, on_occasion, search);
	return true;
}

/* ---------------------------------------------------------------- in words */

/* "season 2, episode 3 airs", "1 hour before season 2, episode 3 airs" */
static void write_before(struct request *request, const struct episode *episode, int64_t offset_s,
		char ret[WHEN_BYTES])
{
	char label[EPISODE_LABEL_BYTES], span[SPAN_BYTES] = "";
	const char *side = offset_s < 0 ? " before " : offset_s > 0 ? " after " : "when ";

	episode_label_untitled(episode, label);
	if (*label >= 'A' && *label <= 'Z')
		*label = (char)(*label - 'A' + 'a');
	if (offset_s)
		span_text(offset_s, span);
	utf8_print(ret, WHEN_BYTES, "%s%s%s%s%s airs", span, side,
			episode->show == request->default_show ? "" : episode->show->name,
			episode->show == request->default_show ? "" : ", ", label);
}

static void write_when(struct request *request, int64_t at_s, const char *zone, char ret[WHEN_BYTES])
{
	struct when when = {.moment_s = at_s, .zone = zone};

	when_after_verb(&when, request_now_s(request), zone, ret);
}

static void describe(
		struct request *request, const struct reminder_found *found, struct request_reminder *ret)
{
	const struct episode *episode = reminder_episode(&found->reminder, request->catalogue);

	*ret = (struct request_reminder){
			.number = found->reminder.number,
			.who = found->occasion->place.author_name,
			.note = "",
			.is_for_channel = found->reminder.is_for_channel,
			.is_own = found->is_own,
			.is_missed = found->occasion->is_missed,
			.is_undated = episode && !episode->airdate.day && !episode->airstamp,
	};
	memcpy(ret->text, found->reminder.text, sizeof(ret->text));
	if (episode)
		write_before(request, episode, found->reminder.offset_s, ret->before);
	write_when(request, found->occasion->due_s, request_zone(request), ret->when);
}

/* ---------------------------------------------------------------- remind */

/* "harbour lights next": the text is only the name of a show, which the episode is then of. */
static const struct show *show_of(struct request *request, struct moment_reading *reading)
{
	const struct show *show = reading->form == MOMENT_AIRING && *reading->text
						  ? request_show_called(request, reading->text)
						  : NULL;

	if (!show)
		return request->show;
	reading->text[0] = '\0';
	return show;
}

static int read_moment(struct request *request, const char *words, struct moment_reading *reading,
		struct moment *moment)
{
	struct moment_asker asker = {.now_s = request_now_s(request), .command = request->entry->name};
	struct reference_asked asked;

	moment_read(words, reading);
	asker.show = request->show = show_of(request, reading);
	asked = asked_of(request_line(request));
	asker.asked = &asked;
	asker.zone = request_zone(request);
	asker.prefix = request_prefix(request);
	return moment_of(reading, &asker, moment);
}

static const char *note_of(const struct moment *moment)
{
	if (moment->is_skipped)
		return "Clocks skip the hour that you wrote; it's as long after the change as it would have "
		       "been.";
	if (moment->is_twice)
		return "Clocks show that hour twice; I take the first.";
	if (moment->is_morning)
		return "That's in the morning: for the evening, write it with pm.";
	if (moment->is_day_only)
		return "The hour of its airing isn't known: I count from when it's out everywhere.";
	return "";
}

static struct reminder reminder_of(
		struct request *request, const struct moment_reading *reading, const struct moment *moment)
{
	struct reminder reminder = {.asked_s = request_now_s(request),
			.is_for_channel = reading->is_for_channel,
			.is_undated = moment->is_undated,
			.offset_s = moment->offset_s};
	char code[EPISODE_LABEL_BYTES];

	utf8_print(reminder.text, sizeof(reminder.text), "%s", reading->text);
	if (moment->episode) {
		snprintf(reminder.show, sizeof(reminder.show), "%s", moment->episode->show->id);
		snprintf(reminder.code, sizeof(reminder.code), "%s", episode_code(moment->episode, code));
	}
	return reminder;
}

/* Look for the same, count, and choose a number. 0, -EEXIST (*number is then its), -EDQUOT, -ENOTSUP. */
static int choose_number(struct request *request, const struct reminder *reminder, int64_t at_s, int *ret)
{
	struct reminder_search search = {0};
	struct str words = STR(OCCASION_WORDS_MAX_BYTES);
	struct occasion same = {.due_s = at_s};
	bool is_possible;

	reminder_append(reminder, &words);
	same.words = str_text(&words);
	search.same = &same;
	is_possible = search_book(request, &search);
	str_release(&words);
	if (!is_possible)
		return -ENOTSUP;
	if (search.found.occasion) {
		*ret = search.found.reminder.number;
		return -EEXIST;
	}
	if (search.own_count >= REMINDERS_PERSON_MAX ||
			(reminder->is_for_channel && search.channel_count >= REMINDERS_CHANNEL_MAX))
		return -E2BIG;
	for (int number = 1; number < NUMBERS_MAX; number++) {
		if (search.is_numbered[number])
			continue;
		*ret = number;
		return 0;
	}
	return -E2BIG;
}

static int add(struct request *request, const struct reminder *reminder, int64_t at_s)
{
	struct occasions *book = book_of(request);
	struct str words = STR(OCCASION_WORDS_MAX_BYTES);
	struct occasion occasion = {.id = "",
			.due_s = at_s,
			.until_s = at_s + (reminder->is_for_channel ? REMINDER_CHANNEL_S : REMINDER_PERSON_S),
			.place = occasions_place(book, request->gateway, request->message),
			.command = REMINDERS_COMMAND,
			.group = "",
			/* People asked for this moment. */
			.is_pressing = true};
	int r;

	occasion.place.is_for_author = !reminder->is_for_channel;
	reminder_append(reminder, &words);
	occasion.words = str_text(&words);
	r = words.error ? words.error : occasions_add(book, &occasion, NULL);
	str_release(&words);
	return r == -EEXIST ? 0 : r;
}

enum request_result request_remind(struct request *request, const char *words, struct request_reminder *ret)
{
	struct moment_reading reading;
	struct moment moment;
	struct reminder reminder;
	enum request_result result = REQUEST_ALREADY;
	int r = read_moment(request, words, &reading, &moment);

	if (r < 0) {
		reply_problem(request, "%s", moment.reason);
		return REQUEST_WRONG;
	}
	if (request_is_private(request))
		reading.is_for_channel = false;
	reminder = reminder_of(request, &reading, &moment);
	r = choose_number(request, &reminder, moment.at_s, &reminder.number);
	if (r == -ENOTSUP)
		return REQUEST_ELSEWHERE;
	if (r != -EEXIST || request->is_repeated) {
		if (request_begin_effect(request, &result))
			result = request_end_effect(
					request, r < 0 ? r : add(request, &reminder, moment.at_s));
	}
	*ret = (struct request_reminder){.number = reminder.number,
			.who = request->message->author_name,
			.note = note_of(&moment),
			.is_for_channel = reminder.is_for_channel,
			.is_own = true,
			.is_undated = moment.is_undated};
	memcpy(ret->text, reminder.text, sizeof(ret->text));
	if (moment.episode)
		write_before(request, moment.episode, moment.offset_s, ret->before);
	write_when(request, moment.at_s, *moment.zone ? moment.zone : request_zone(request), ret->when);
	return result;
}

/* ---------------------------------------------------------------- reminders, forget */

bool request_reminder(struct request *request, size_t index, struct request_reminder *ret)
{
	struct reminder_search search = {.skip = index};

	if (!search_book(request, &search) || !search.found.occasion)
		return false;
	describe(request, &search.found, ret);
	return true;
}

/* The person's own, or for an owner one of another person for this channel. */
static const struct occasion *find_numbered(const struct request *request, int number)
{
	struct reminder_search search;

	for (size_t skip = 0;; skip++) {
		search = (struct reminder_search){.number = number, .skip = skip};
		if (!search_book(request, &search) || !search.found.occasion)
			break;
		if (search.found.is_own)
			return search.found.occasion;
	}
	search = (struct reminder_search){.number = number};
	if (!request->is_owner || !search_book(request, &search))
		return NULL;
	return search.found.occasion;
}

enum request_result request_forget(struct request *request, long number)
{
	struct occasions *book = book_of(request);
	const struct occasion *occasion;
	enum request_result result;
	char id[OCCASION_ID_BYTES];
	int r = -ENOENT;

	if (!book)
		return REQUEST_ELSEWHERE;
	if (!request_begin_effect(request, &result))
		return result;
	occasion = number > 0 && number < NUMBERS_MAX ? find_numbered(request, (int)number) : NULL;
	if (occasion) {
		snprintf(id, sizeof(id), "%s", occasion->id);
		r = occasions_remove(book, id);
	}
	return request_end_effect(request, r);
}

/* ---------------------------------------------------------------- saying it */

/* "Harbour Lights, season 2, episode 3 airs in 1 hour, tonight at 21:00 (Berlin)." */
static void append_airing(struct request *request, const struct episode *episode, struct str *text)
{
	char label[EPISODE_LABEL_BYTES], span[SPAN_BYTES], phrase[WHEN_BYTES];
	int64_t airs_s, left_s;
	bool is_day_only;

	str_printf(text, "%s, %s", episode->show->name, request_mention(request, episode, label));
	if (!moment_of_airing(episode, &airs_s, &is_day_only)) {
		str_append(text, ": its date still isn't announced, so I stop waiting for it.");
		return;
	}
	left_s = airs_s - request_now_s(request);
	reply_moment(request, episode);
	if (is_day_only) {
		str_printf(text, ": %s %s.", request_airs(request, episode),
				request_when(request, episode, phrase));
	} else if (left_s > SOON_S) {
		str_printf(text, " airs in %s, %s.", span_text(left_s, span),
				request_when(request, episode, phrase));
	} else if (left_s > -SOON_S) {
		str_append(text, " airs now.");
	} else {
		str_printf(text, " has aired %s ago.", span_text(left_s, span));
	}
}

int reply_reminder(struct request *request)
{
	struct reminder reminder;
	const struct episode *episode;
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	if (reminder_read(request_text(request, "words"), &reminder) < 0)
		return reply_nothing(request);
	episode = reminder_episode(&reminder, request->catalogue);
	if (reminder.is_for_channel)
		str_printf(&text, "Reminder from %s", request->message->author_name);
	else
		str_append(&text, "Reminder");
	if (*reminder.text)
		str_printf(&text, ": %s", reminder.text);
	else if (!episode)
		str_append(&text, ", as you asked");
	if (episode) {
		str_append(&text, *reminder.text ? " (" : ": ");
		append_airing(request, episode, &text);
		str_append(&text, *reminder.text ? ")" : "");
	} else if (!*reminder.text || !strchr(".!?", reminder.text[strlen(reminder.text) - 1])) {
		str_append_char(&text, '.');
	}
	reply_text(request, "%s", str_text(&text));
	str_release(&text);
	if (!reminder.is_for_channel)
		request_make_private(request);
	return reply_late(request);
}
