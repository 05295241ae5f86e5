/*
 * Watching together in a channel: the functions that commands call. A party is occasions of the command "together": one
 * record of it (party.h), which is silent, and its steps: a countdown, the start and the end. A command changes the
 * record and the steps in one transaction, that of its effect.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/catalogue/telling.h"
#include "bot/core/asked.h"
#include "bot/core/dispatch.h"
#include "bot/core/key.h"
#include "bot/core/moment.h"
#include "bot/core/naming.h"
#include "bot/core/party.h"
#include "bot/core/progress.h"
#include "bot/core/request.h"

#define COMMAND_NAME "together"
#define RECORD       "record" /* the first word of the record; those of steps are below */
#define MINUTE_S     60
#define HOUR_S       3600
#define RECORD_S     (6 * HOUR_S)  /* the record is kept so long after the end */
#define PAUSED_MAX_S (12 * HOUR_S) /* and so long after a pause began */
#define STEPS_MAX    8
#define GROUP_BYTES  32
#define NAME_BYTES   (2 * EPISODE_LABEL_BYTES)

/* Before the start, or after it; until when it makes sense. */
static const struct party_step {
	const char *name;
	int64_t from_start_s; /* of the steps but the end */
	int64_t window_s;
	enum wish_post kind;
} STEPS[] = {
		{"soon", -10 * MINUTE_S, 9 * MINUTE_S, WISH_NEW},
		{"five", -5 * MINUTE_S, 2 * MINUTE_S, WISH_EDIT_ONLY},
		{"two", -2 * MINUTE_S, MINUTE_S, WISH_EDIT_ONLY},
		{"one", -1 * MINUTE_S, 50, WISH_EDIT_ONLY},
		{"start", 0, 15 * MINUTE_S, WISH_EDIT_OR_SAY},
		{"end", 0, RECORD_S, WISH_NEW},
};
#define STEP_COUNT (sizeof(STEPS) / sizeof(STEPS[0]))

static struct occasions *book_of(const struct request *request)
{
	const struct dispatch_orders *orders = &request->host->orders;

	return orders->occasions ? orders->occasions(orders->user) : NULL;
}

/* ---------------------------------------------------------------- the record and its steps */

static void group_of(const char *gateway, const char *channel, char ret[GROUP_BYTES])
{
	uint64_t hash = str_hash(0, gateway, strlen(gateway) + 1);

	snprintf(ret, GROUP_BYTES, "watch:%016" PRIx64, str_hash(hash, channel, strlen(channel)));
}

static bool is_record(const struct occasion *occasion)
{
	return str_equal(occasion->command, COMMAND_NAME) && str_starts(occasion->words, RECORD " ");
}

/* The record of a channel, and its party. */
struct party_search {
	const char *channel;
	const struct occasion *record; /* NULL: there is no party */
	struct party party;
};

static bool on_record(void *user, const struct occasion *occasion)
{
	struct party_search *search = user;

	if (!is_record(occasion) || !str_equal(occasion->place.channel, search->channel) ||
			party_read(occasion->words + strlen(RECORD " "), &search->party) < 0)
		return true;
	search->record = occasion;
	return false;
}

static bool find_party(const struct occasions *book, const char *gateway, const char *channel,
		struct party_search *ret)
{
	char group[GROUP_BYTES];

	*ret = (struct party_search){.channel = channel};
	group_of(gateway, channel, group);
	occasions_each(book, gateway, group, on_record, ret);
	return ret->record != NULL;
}

/* When a step is due; false: it is not, because the party is paused. */
static bool due_of(const struct party_step *step, const struct party *party, int64_t now_s, int64_t *ret)
{
	bool is_end = strcmp(step->name, "end") == 0;

	if (is_end && party->paused_s)
		return false;
	*ret = is_end ? party_end(party, now_s) : party->start_s + step->from_start_s;
	return true;
}

static void make_id(const char *group, const char *name, int64_t due_s, char ret[OCCASION_ID_BYTES])
{
	snprintf(ret, OCCASION_ID_BYTES, "%s:%s:%" PRId64, group, name, due_s);
}

/* The IDs of the steps that a party has. */
struct party_steps {
	char wanted[STEPS_MAX][OCCASION_ID_BYTES];
	char removed[STEPS_MAX][OCCASION_ID_BYTES];
	size_t wanted_count, removed_count;
};

static bool on_step(void *user, const struct occasion *occasion)
{
	struct party_steps *steps = user;

	if (is_record(occasion))
		return true;
	for (size_t i = 0; i < steps->wanted_count; i++) {
		if (strcmp(steps->wanted[i], occasion->id) == 0)
			return true;
	}
	snprintf(steps->removed[steps->removed_count++], OCCASION_ID_BYTES, "%s", occasion->id);
	return steps->removed_count < STEPS_MAX;
}

/* Remove the steps of a group that are not wanted. */
static int remove_steps(
		struct occasions *book, const char *gateway, const char *group, struct party_steps *steps)
{
	int r = 0;

	occasions_each(book, gateway, group, on_step, steps);
	for (size_t i = 0; i < steps->removed_count && r == 0; i++)
		r = occasions_remove(book, steps->removed[i]);
	return r;
}

/* Make the steps those of the party. Those that are due already are not added. */
static int settle_steps(struct occasions *book, const struct occasion *record, const struct party *party,
		int64_t now_s)
{
	struct party_steps steps = {0};
	struct occasion occasion = *record;
	char group[GROUP_BYTES], gateway[OCCASION_NAME_MAX_BYTES + 1], id[OCCASION_ID_BYTES];
	int64_t due_s;
	int r = 0;

	snprintf(group, sizeof(group), "%s", record->group);
	snprintf(gateway, sizeof(gateway), "%s", record->place.gateway);
	/* The record stays where it is while steps are added. */
	for (size_t i = 0; i < STEP_COUNT && (r == 0 || r == -EEXIST); i++) {
		if (!due_of(&STEPS[i], party, now_s, &due_s))
			continue;
		make_id(group, STEPS[i].name, due_s, id);
		memcpy(steps.wanted[steps.wanted_count++], id, sizeof(id));
		if (due_s <= now_s)
			continue;
		occasion.id = id;
		occasion.words = STEPS[i].name;
		occasion.due_s = due_s;
		occasion.until_s = due_s + STEPS[i].window_s;
		r = occasions_add(book, &occasion, NULL);
	}
	if (r < 0 && r != -EEXIST)
		return r;
	return remove_steps(book, gateway, group, &steps);
}

/* Write the record, new or in the place of the one before. */
static int keep_record(struct occasions *book, struct occasion *record, const struct party *party,
		int64_t now_s, bool is_new)
{
	struct str words = STR(OCCASION_WORDS_MAX_BYTES);
	int64_t end_s = party_end(party, now_s);
	int r;

	str_append(&words, RECORD " ");
	party_append(party, &words);
	record->words = str_text(&words);
	record->due_s = party->paused_s ? party->paused_s + PAUSED_MAX_S : end_s + RECORD_S;
	record->until_s = record->due_s + HOUR_S;
	r = words.error ? words.error
	    : is_new    ? occasions_add(book, record, NULL)
			: occasions_replace(book, record);
	record->words = ""; /* not needed by the steps */
	str_release(&words);
	return r;
}

/* The record of the request's channel as it is kept; its texts are copied, because a change moves them. */
struct own_record {
	struct occasion occasion;
	char id[OCCASION_ID_BYTES], group[GROUP_BYTES];
	char extra[OCCASION_NAME_MAX_BYTES + 1];
};

static void own_record(struct request *request, int64_t start_s, struct own_record *ret)
{
	struct occasion_place place = occasions_place(book_of(request), request->gateway, request->message);

	/* It is for the channel, and not for who began it. */
	place.author_id = place.author_name = place.account = "";
	place.extra = "";
	group_of(request->gateway, request->message->channel, ret->group);
	make_id(ret->group, RECORD, start_s, ret->id);
	ret->occasion = (struct occasion){.id = ret->id,
			.place = place,
			.command = COMMAND_NAME,
			.words = "",
			.group = ret->group,
			.is_pressing = true};
}

/* ---------------------------------------------------------------- in words */

static const char *name_of(const struct request *request, const struct party *party, char ret[NAME_BYTES])
{
	const struct episode *episode = reminders_find_episode(request->catalogue, party->show, party->code);
	char label[EPISODE_LABEL_BYTES];

	if (!episode) {
		snprintf(ret, NAME_BYTES, "%s", party->code);
		return ret;
	}
	episode_label_untitled(episode, label);
	if (*label >= 'A' && *label <= 'Z')
		*label = (char)(*label - 'A' + 'a');
	snprintf(ret, NAME_BYTES, "%s, %s", episode->show->name, label);
	return ret;
}

static int64_t minutes_of(int64_t span_s)
{
	return (span_s + MINUTE_S / 2) / MINUTE_S;
}

static const char *plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

/* "tonight at 21:00 (Berlin)" */
static const char *start_phrase(struct request *request, const struct party *party, char ret[WHEN_BYTES])
{
	struct when when = {.moment_s = party->start_s, .zone = ""};

	return when_after_verb(&when, request_now_s(request), request_zone(request), ret);
}

/* One item for each person who is not with the others. */
static void list_people(struct request *request, const struct party *party)
{
	int64_t now_s = request_now_s(request);

	for (size_t i = 0; i < party->count; i++) {
		const struct party_person *person = &party->people[i];
		int64_t minutes = minutes_of(party_person_position(party, person, now_s));

		if (person->is_paused)
			reply_item(request, "%s: paused %" PRId64 " minute%s in", person->name, minutes,
					plural(minutes));
		else if (person->behind_s >= MINUTE_S / 2)
			reply_item(request, "%s: %" PRId64 " minute%s behind, %" PRId64 " minutes in",
					person->name, minutes_of(person->behind_s),
					plural(minutes_of(person->behind_s)), minutes);
	}
}

static int say_none(struct request *request)
{
	return reply_problem(request,
			"There's no watch-along here. To begin one: \"%swatch s01e05 at 21:00\".",
			request_prefix(request));
}

static int say_status(struct request *request, const struct party *party)
{
	char name[NAME_BYTES], phrase[WHEN_BYTES];
	int64_t now_s = request_now_s(request), position_s = party_position(party, now_s);

	name_of(request, party, name);
	if (position_s < 0) {
		request->reply->moment_s = party->start_s;
		return reply_text(request, "Watch-along of %s: it starts %s.", name,
				start_phrase(request, party, phrase));
	}
	if (party_is_over(party, now_s))
		reply_text(request, "Watch-along of %s: the episode has ended.", name);
	else
		reply_text(request, "Watch-along of %s: %" PRId64 " minute%s in%s.", name,
				minutes_of(position_s), plural(minutes_of(position_s)),
				party->paused_s ? ", paused" : "");
	list_people(request, party);
	reply_choice(request, party->paused_s ? "Resume" : "Pause",
			party->paused_s ? "watch resume" : "watch pause");
	reply_choice(request, "Stop", "watch stop");
	return 0;
}

static int say_failed(struct request *request, enum request_result result)
{
	switch (result) {
	case REQUEST_ELSEWHERE:
		return reply_problem(
				request, "A watch-along belongs to a channel; there are no channels here.");
	case REQUEST_FULL:
		return reply_problem(request, "There's too much to keep already; please try again later.");
	default: return reply_problem(request, "I can't do that: the store can't be written.");
	}
}

/* ---------------------------------------------------------------- begin */

static bool self(const struct request *request, struct party_person *ret)
{
	char key[KEY_MAX_BYTES];

	if (!key_of_person(request->gateway, request->message, NULL, key))
		return false;
	*ret = (struct party_person){.key = str_hash(0, key, strlen(key))};
	if (request->message->is_known_by_extra && request->message->extra)
		ret->key = str_hash(0, request->message->extra, strlen(request->message->extra));
	utf8_print(ret->name, sizeof(ret->name), "%s", request->message->author_name);
	return true;
}

/* The episode that words name, of the show that they name. NULL: the reply says why. */
static const struct episode *find_episode(struct request *request, const char *words)
{
	const struct command_option option = {.name = "episode", .type = OPTION_EPISODE};
	struct reference_asked asked;
	struct reference found;
	struct naming naming;
	char quoted[UTF8_QUOTE_BYTES];

	if (!*words) {
		reply_problem(request, "Which episode? For example: \"%swatch s01e05 at 21:00\".",
				request_prefix(request));
		return NULL;
	}
	naming_of_words(request->catalogue, request->show, &option, words, &naming);
	if (naming.show) {
		request->show = naming.show;
		words = naming.rest;
	}
	asked = asked_of(request_line(request));
	reference_resolve(request->show, words, &asked, &found);
	if (found.kind == REFERENCE_FOUND)
		return found.candidates[0];
	if (*found.reason)
		reply_problem(request, "%s", found.reason);
	else
		reply_problem(request, "I don't know an episode \"%s\".", utf8_quote(words, quoted));
	return NULL;
}

/* Which episode, and from when on. NULL: the reply says why not. */
static const struct episode *read_begin(struct request *request, const char *words, int64_t *ret_start_s)
{
	struct moment_asker asker = {.now_s = request_now_s(request), .command = "watch s01e05"};
	struct moment_reading reading;
	const struct episode *episode;
	struct moment moment;
	bool is_day_only;
	int r;

	moment_read(words, &reading);
	if (reading.form == MOMENT_AIRING && reading.delay_s == 0)
		episode = find_episode(request, reading.reference);
	else
		episode = find_episode(request, reading.form == MOMENT_UNKNOWN ? words : reading.text);
	if (!episode)
		return NULL;
	if (reading.form == MOMENT_UNKNOWN ||
			(reading.form == MOMENT_AIRING && episode_has_aired(episode, asker.now_s))) {
		*ret_start_s = asker.now_s;
		return episode;
	}
	if (reading.form == MOMENT_AIRING) {
		if (moment_of_airing(episode, ret_start_s, &is_day_only) && !is_day_only)
			return episode;
		reply_problem(request, "At what time? Its hour isn't known: \"%swatch %s at 21:00\".",
				request_prefix(request), reading.reference);
		return NULL;
	}
	asker.show = episode->show;
	asker.zone = request_zone(request);
	asker.prefix = request_prefix(request);
	r = moment_of(&reading, &asker, &moment);
	if (r < 0) {
		reply_problem(request, "%s", moment.reason);
		return NULL;
	}
	*ret_start_s = moment.at_s;
	return episode;
}

static int add_party(struct request *request, const struct party *party)
{
	struct occasions *book = book_of(request);
	int64_t now_s = request_now_s(request);
	struct own_record record;
	int r;

	own_record(request, party->start_s, &record);
	r = keep_record(book, &record.occasion, party, now_s, true);
	return r == 0 ? settle_steps(book, &record.occasion, party, now_s) : r == -EEXIST ? 0 : r;
}

static int say_begun(struct request *request, const struct party *party)
{
	char name[NAME_BYTES], phrase[WHEN_BYTES];
	const char *prefix = request_prefix(request);

	name_of(request, party, name);
	if (party->start_s <= request_now_s(request)) {
		reply_text(request, "Starting now: %s. Press play%s!", name, request_caveat(request));
		return reply_footer(request, "To pause: %swatch pause", prefix);
	}
	request->reply->moment_s = party->start_s;
	reply_text(request, "Watch-along of %s: it starts %s%s.", name, start_phrase(request, party, phrase),
			request_caveat(request));
	return reply_footer(request, "I'll say when it starts. To call it off: %swatch stop", prefix);
}

static int begin(struct request *request, const char *words)
{
	struct party party = {0};
	struct party_search before;
	enum request_result result;
	const struct episode *episode = read_begin(request, words, &party.start_s);
	char code[EPISODE_LABEL_BYTES], name[NAME_BYTES];
	bool has_party;

	if (!episode)
		return 0;
	if (!self(request, &party.starter))
		return say_failed(request, REQUEST_ELSEWHERE);
	has_party = find_party(book_of(request), request->gateway, request->message->channel, &before);
	if (has_party && !request->is_repeated && !party_is_over(&before.party, request_now_s(request)))
		return reply_problem(request,
				"There's a watch-along of %s here already. \"%swatch stop\" ends it.",
				name_of(request, &before.party, name), request_prefix(request));
	snprintf(party.show, sizeof(party.show), "%s", episode->show->id);
	snprintf(party.code, sizeof(party.code), "%s", episode_code(episode, code));
	party.runtime_s = episode->runtime_minutes > 0 && episode->runtime_minutes * (int64_t)MINUTE_S <
									  PARTY_RUNTIME_MAX_S
					  ? episode->runtime_minutes * (int64_t)MINUTE_S
					  : PARTY_RUNTIME_S;
	if (request_begin_effect(request, &result)) {
		char id[OCCASION_ID_BYTES] = "";

		if (has_party)
			snprintf(id, sizeof(id), "%s", before.record->id);
		if (has_party)
			(void)occasions_remove(book_of(request), id);
		result = request_end_effect(request, add_party(request, &party));
	}
	return result == REQUEST_DONE || result == REQUEST_ALREADY ? say_begun(request, &party)
								   : say_failed(request, result);
}

/* ---------------------------------------------------------------- pause, resume, stop */

static bool leads(const struct request *request, const struct party *party, const struct party_person *person)
{
	return request->is_owner || party->starter.key == person->key;
}

static int keep_party(struct request *request, const struct party_search *search, const struct party *party)
{
	int64_t now_s = request_now_s(request);
	struct own_record record;
	int r;

	own_record(request, party->start_s, &record);
	(void)search;
	r = keep_record(book_of(request), &record.occasion, party, now_s, false);
	return r == 0 ? settle_steps(book_of(request), &record.occasion, party, now_s) : r;
}

/* Change the party for all, or for one person. 0, -EALREADY, -ENOENT, -EDQUOT. */
static int change(struct party *party, const struct party_person *person, bool is_for_all, bool is_pause,
		int64_t now_s)
{
	if (!is_for_all)
		return is_pause ? party_pause_person(party, person, now_s)
				: party_resume_person(party, person, now_s);
	if (is_pause && now_s < party->start_s)
		return -ENOENT;
	return (is_pause ? party_pause(party, now_s) : party_resume(party, now_s)) ? 0 : -EALREADY;
}

static int say_unchanged(struct request *request, int r, bool is_pause)
{
	if (r == -ENOENT)
		return reply_problem(request, "It hasn't started yet.");
	if (r == -EDQUOT)
		return reply_problem(
				request, "Too many people have paused for themselves; I can't count more.");
	return reply_problem(request, is_pause ? "It's paused already, or over." : "It isn't paused.");
}

static int say_changed(struct request *request, const struct party *party, const struct party_person *person,
		bool is_for_all, bool is_pause)
{
	int64_t now_s = request_now_s(request);
	const struct party_person *found = party_find(party, person->key);
	int64_t minutes = minutes_of(is_for_all || !found ? party_position(party, now_s)
							  : party_person_position(party, found, now_s));

	if (is_for_all)
		reply_text(request, "%s for all, %" PRId64 " minute%s in%s.",
				is_pause ? "Paused" : "Going on", minutes, plural(minutes),
				request_caveat(request));
	else if (is_pause)
		reply_text(request, "Noted, %s: you've paused %" PRId64 " minute%s in%s. The others go on.",
				person->name, minutes, plural(minutes), request_caveat(request));
	else
		reply_text(request,
				"Welcome back, %s: you're %" PRId64 " minute%s in, %" PRId64
				" behind the others%s.",
				person->name, minutes, plural(minutes),
				found ? minutes_of(found->behind_s) : 0, request_caveat(request));
	if (is_pause)
		reply_choice(request, "Resume", "watch resume");
	return is_pause ? reply_footer(request, "To go on: %swatch resume", request_prefix(request)) : 0;
}

static int pause_or_resume(struct request *request, struct party_search *search, bool is_pause)
{
	struct party party = search->party;
	struct party_person person;
	const struct party_person *found;
	enum request_result result;
	bool is_for_all;
	int r;

	if (!self(request, &person))
		return say_failed(request, REQUEST_ELSEWHERE);
	/* Who leads resumes for all, unless only that person has paused. */
	found = party_find(&party, person.key);
	is_for_all = leads(request, &party, &person) &&
		     (is_pause || party.paused_s || !found || !found->is_paused);
	if (request->is_repeated && request->has_result && request->result == REQUEST_DONE)
		return say_changed(request, &party, &person, is_for_all, is_pause);
	r = change(&party, &person, is_for_all, is_pause, request_now_s(request));
	if (r < 0)
		return say_unchanged(request, r, is_pause);
	if (request_begin_effect(request, &result))
		result = request_end_effect(request, keep_party(request, search, &party));
	return result == REQUEST_DONE ? say_changed(request, &party, &person, is_for_all, is_pause)
				      : say_failed(request, result);
}

/* The channel has a line that is lower: an owner may raise it. */
static const struct channel_line *lower_line(const struct request *request, const struct episode *episode)
{
	const struct progress *progress = progress_in(request->host);
	const struct channel_line *line =
			progress ? progress_channel(progress, request->gateway, request->message->channel,
						   episode->show->id)
				 : NULL;

	if (!line || episode->order <= channel_line_at(line, request_now_s(request),
						       episode->show->last_order))
		return NULL;
	return line;
}

static int raise_line(struct request *request, const struct episode *episode)
{
	const struct channel_line *line = lower_line(request, episode);
	struct channel_line raised;

	if (!line)
		return 0;
	raised = *line;
	raised.seen = episode->order;
	raised.since_s = request_now_s(request);
	request->line.show = NULL; /* the line is computed again */
	return progress_set_channel(progress_in(request->host), request->gateway, request->message->channel,
			episode->show->id, &raised);
}

static int stop_party(struct request *request, const struct party_search *search, const struct episode *seen)
{
	struct occasions *book = book_of(request);
	struct party_steps steps = {0};
	char id[OCCASION_ID_BYTES], group[GROUP_BYTES];
	int r;

	snprintf(id, sizeof(id), "%s", search->record->id);
	group_of(request->gateway, request->message->channel, group);
	r = seen && request->is_owner ? raise_line(request, seen) : 0;
	r = r == 0 ? occasions_remove(book, id) : r;
	return r == 0 ? remove_steps(book, request->gateway, group, &steps) : r;
}

static int say_stopped(struct request *request, const struct party *party, const struct episode *seen,
		bool is_raised)
{
	char name[NAME_BYTES], code[EPISODE_LABEL_BYTES];

	name_of(request, party, name);
	if (!seen)
		return reply_text(request, "The watch-along of %s is off%s.", name, request_caveat(request));
	if (is_raised)
		return reply_text(request, "That was %s. This channel has now seen it%s.", name,
				request_caveat(request));
	episode_code(seen, code);
	reply_text(request, "That was %s%s.", name, request_caveat(request));
	reply_choice(request, "I've seen it", "seen %s", code);
	if (request->is_owner || !lower_line(request, seen))
		return reply_footer(request, "To tell me that you've seen it: %sseen %s",
				request_prefix(request), code);
	return reply_footer(request, "An owner can raise this channel's progress: %sset seen %s",
			request_prefix(request), code);
}

static int stop(struct request *request, struct party_search *search)
{
	struct party party = search->party;
	struct party_person person;
	enum request_result result;
	const struct episode *episode = reminders_find_episode(request->catalogue, party.show, party.code);
	int64_t position_s = party_position(&party, request_now_s(request));
	bool is_raised;

	if (!self(request, &person) || !leads(request, &party, &person))
		return reply_problem(
				request, "Only %s or an owner can end this watch-along.", party.starter.name);
	/* Near its end, it was watched. */
	if (position_s < party.runtime_s * 3 / 4 || (episode && !episode->order))
		episode = NULL;
	is_raised = episode && request->is_owner && lower_line(request, episode);
	if (request_begin_effect(request, &result))
		result = request_end_effect(request, stop_party(request, search, episode));
	return result == REQUEST_DONE ? say_stopped(request, &party, episode, is_raised)
				      : say_failed(request, result);
}

static bool is_word(const char *words, const char *const *list)
{
	for (; *list; list++) {
		if (str_equal_nocase(words, *list))
			return true;
	}
	return false;
}

int reply_watch(struct request *request, const char *words)
{
	static const char *const PAUSE[] = {"pause", "hold", "wait", NULL},
				 *const RESUME[] = {"resume", "continue", "go on", "go", "play", NULL},
				 *const STOP[] = {"stop", "end", "off", "cancel", "done", NULL};
	const struct occasions *book = book_of(request);
	struct party_search search;
	bool was_done;

	if (!book)
		return reply_problem(
				request, "A watch-along belongs to a channel; there are no channels here.");
	if (request->message->is_private)
		return reply_problem(request,
				"Watching together belongs to a channel; please use this command there.");
	if (words && !is_word(words, PAUSE) && !is_word(words, RESUME) && !is_word(words, STOP))
		return begin(request, words);
	/* Asked again after a restart: it has ended it, and a party that is there is another one. */
	was_done = words && request->is_repeated && request->has_result && request->result == REQUEST_DONE;
	if (was_done && is_word(words, STOP))
		return reply_text(request, "The watch-along is over.");
	if (!find_party(book, request->gateway, request->message->channel, &search))
		return was_done ? reply_text(request, "The watch-along is over.") : say_none(request);
	if (!words)
		return say_status(request, &search.party);
	if (is_word(words, STOP))
		return stop(request, &search);
	return pause_or_resume(request, &search, is_word(words, PAUSE));
}

/* ---------------------------------------------------------------- what is due */

static int say_soon(struct request *request, const struct party *party, const char *name)
{
	int64_t left_s = party->start_s - request_now_s(request), minutes = minutes_of(left_s);
	char phrase[WHEN_BYTES];

	if (left_s <= 0)
		return reply_nothing(request);
	request->reply->moment_s = party->start_s;
	minutes = minutes > 0 ? minutes : 1;
	reply_text(request, "Watch-along: %s starts in %" PRId64 " minute%s, %s.", name, minutes,
			plural(minutes), start_phrase(request, party, phrase));
	return 0;
}

static int say_start(struct request *request, const char *name)
{
	reply_text(request, "Starting now: %s. Press play!", name);
	reply_choice(request, "Pause", "watch pause");
	reply_choice(request, "Where is everybody?", "watch");
	reply_footer(request, "To pause: %swatch pause", request_prefix(request));
	return reply_late(request);
}

static int say_end(struct request *request, const struct party *party, const char *name)
{
	if (!party_is_over(party, request_now_s(request)))
		return reply_nothing(request);
	reply_text(request, "That was the end of %s.", name);
	list_people(request, party);
	reply_choice(request, "Everybody's done", "watch stop");
	return reply_footer(request, "When everybody is done, %s or an owner: %swatch stop",
			party->starter.name, request_prefix(request));
}

int reply_watch_step(struct request *request)
{
	const char *words = request_text(request, "words");
	const struct occasions *book = book_of(request);
	struct wishes *wishes = &request->reply->wishes;
	struct party_search search;
	char name[NAME_BYTES];
	int64_t due_s;

	if (!book || !find_party(book, request->gateway, request->message->channel, &search))
		return reply_nothing(request);
	name_of(request, &search.party, name);
	snprintf(wishes->post, sizeof(wishes->post), "%s:%" PRId64, search.record->group,
			search.party.start_s);
	for (size_t i = 0; i < STEP_COUNT; i++) {
		if (strcmp(STEPS[i].name, words) != 0)
			continue;
		/* It was open in the journal over a crash, and another party has begun in this channel since. */
		if (!due_of(&STEPS[i], &search.party, request_now_s(request), &due_s) ||
				due_s != request->due_s)
			return reply_nothing(request);
		wishes->kind = STEPS[i].kind;
		if (STEPS[i].from_start_s < 0)
			return say_soon(request, &search.party, name);
		if (strcmp(words, "start") == 0)
			return say_start(request, name);
		wishes->post[0] = '\0';
		return say_end(request, &search.party, name);
	}
	return reply_nothing(request); /* the record: its time is over */
}
