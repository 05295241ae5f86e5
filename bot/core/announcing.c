/* "!announce", and what is said when an episode airs. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/zone_name.h"
#include "bot/core/announcements.h"
#include "bot/core/dispatch.h"
#include "bot/core/occasions.h"
#include "bot/core/request.h"

#define EPISODES_MAX 64 /* of one post that are named */
#define THREAD_HOURS (7 * 24)
#define EVENT_S      3600
#define MINUTE_S     60
#define FRESH_S      (15 * MINUTE_S)
#define DROPPED      "dropped " /* and the ID of an announcement that was turned off: its event is deleted */
#define EVENT_KEY    "%s:event" /* of an announcement's ID */
#define LISTED_MAX   6          /* episodes of a post that are named with their teasers */

static struct announcements *announcements_in(const struct request *request)
{
	const struct dispatch_orders *orders = &request->host->orders;

	return orders->announcements ? orders->announcements(orders->user) : NULL;
}

static enum request_result result_of_lack(struct request *request)
{
	return request_is_private(request) || !announcements_in(request) ? REQUEST_ELSEWHERE : REQUEST_DONE;
}

/* ---------------------------------------------------------------- "!announce here" */

static struct occasion_place place_of(const struct request *request)
{
	const struct dispatch_orders *orders = &request->host->orders;
	const struct occasions *occasions = orders->occasions ? orders->occasions(orders->user) : NULL;

	if (occasions)
		return occasions_place(occasions, request->gateway, request->message);
	return (struct occasion_place){.gateway = request->gateway,
			.channel = request->message->channel,
			.host = "",
			.route = request->message->route};
}

static bool fill_place(const struct request *request, struct announcement *ret)
{
	const struct occasion_place place = place_of(request);

	ret->route = place.route;
	return snprintf(ret->gateway, sizeof(ret->gateway), "%s", place.gateway) <
			       (int)sizeof(ret->gateway) &&
	       snprintf(ret->channel, sizeof(ret->channel), "%s", place.channel) <
			       (int)sizeof(ret->channel) &&
	       snprintf(ret->host, sizeof(ret->host), "%s", place.host) < (int)sizeof(ret->host);
}

/* Read the words behind "here". False: the reply says what is wrong. */
static bool read_wanted(struct request *request, const char *words, struct announcement *ret,
		const struct show **ret_show)
{
	struct announcement_wish wish;
	size_t length = 0;
	const char *wrong;
	char *name;

	if (announcement_wish_read(words, &wish, &length, &wrong) < 0) {
		char quoted[UTF8_QUOTE_BYTES];

		reply_problem(request,
				"I don't understand \"%s\". Try \"%sannounce here\", and behind it \"at "
				"+2h\", "
				"\"daily 18:00\", \"role Fans\", \"thread\" or \"event\".",
				utf8_quote(wrong, quoted), request_prefix(request));
		return false;
	}
	name = str_copy_bytes(words + strspn(words, " "), length);
	*ret_show = length && name ? request_show_called(request, name) : request->show;
	if (!*ret_show) {
		char quoted[UTF8_QUOTE_BYTES];

		reply_problem(request, "I know no show \"%s\". \"%sshows\" lists those that I know.",
				utf8_quote(name, quoted), request_prefix(request));
		free(name);
		return false;
	}
	free(name);
	*ret = (struct announcement){.at = wish.at,
			.after_s = wish.after_s,
			.minute = wish.minute,
			.has_thread = wish.has_thread,
			.has_event = wish.has_event,
			.since_s = request_now_s(request)};
	memcpy(ret->role, wish.role, sizeof(ret->role));
	if (strlen((*ret_show)->id) >= sizeof(ret->show) || !fill_place(request, ret)) {
		reply_problem(request, "The name of this channel or show is too long for me to keep.");
		return false;
	}
	memcpy(ret->show, (*ret_show)->id, strlen((*ret_show)->id) + 1);
	announcement_make_id(ret);
	return true;
}

/* "Friday 4 December at 21:00 (Berlin)": a moment, in the zone of the reader. */
static const char *phrase_of(
		struct request *request, const struct show *show, int64_t moment_s, char buffer[WHEN_BYTES])
{
	const struct when when = {.moment_s = moment_s,
			.zone = show->zone,
			.has_happened = moment_s <= request_now_s(request)};

	return when_after_verb(&when, request_now_s(request), request_zone(request), buffer);
}

/* "Next: season 2, episode 3, tonight at 21:00 (Berlin)." */
static void append_next(struct request *request, const struct announcement *announcement,
		const struct show *show, struct str *text)
{
	const struct planned *next =
			announcements_next(announcements_in(request), announcement->id, PLANNED_AIRING);
	const struct episode *episode = next ? announcement_episode(show, next->first) : NULL;
	char label[EPISODE_LABEL_BYTES], when[WHEN_BYTES];

	if (episode)
		str_printf(text, "Next: %s, %s.", request_mention(request, episode, label),
				phrase_of(request, show, next->due_s, when));
	else
		str_append(text, "No date of a further episode is known yet.");
}

/* "daily at 18:00 (Berlin, the channel's time zone)": the zone that planning.c takes. */
static void append_at(const struct request *request, const struct announcement *announcement,
		const struct show *show, struct str *text)
{
	const struct dispatch_orders *orders = &request->host->orders;
	const struct channel_settings *settings =
			orders->settings ? orders->settings(orders->user, announcement->gateway,
							   announcement->channel)
					 : NULL;
	const char *own = settings ? settings->zone : "", *zone = *own ? own : show ? show->zone : "";
	char city[ZONE_NAME_BYTES];

	announcement_append_at(announcement, text);
	if (announcement->at == ANNOUNCE_DAILY && *zone)
		str_printf(text, " (%s, the %s's time zone)", zone_city(zone, city),
				*own ? "channel" : "show");
	else if (announcement->at == ANNOUNCE_DAILY)
		str_append(text, " (UTC)");
}

/* "pinging Fans, with a thread", of what the network can do, or of what it cannot: each behind a comma, the first one
 * behind first. */
static void append_extras(const struct request *request, const struct announcement *announcement,
		bool is_possible, const char *first, struct str *text)
{
	const struct dispatch_orders *orders = &request->host->orders;
	const struct wishes_possible can = orders->possible ? orders->possible(orders->user, request->gateway)
							    : (struct wishes_possible){true, true, true};

	if (*announcement->role && can.role == is_possible) {
		str_printf(text, "%s%s %s", first, is_possible ? "pinging" : "the ping of",
				announcement->role);
		first = ", ";
	}
	if (announcement->has_thread && can.thread == is_possible) {
		str_printf(text, "%s%s thread", first, is_possible ? "with a" : "the");
		first = ", ";
	}
	if (announcement->has_event && can.event == is_possible)
		str_printf(text, "%s%s event", first, is_possible ? "with an" : "the");
}

/* What was asked for and this network cannot do: " This network can't do that, so it's left out: the thread." */
static void append_left_out(
		const struct request *request, const struct announcement *announcement, struct str *text)
{
	size_t length = text->length;

	append_extras(request, announcement, false, " This network can't do that, so it's left out: ", text);
	if (text->length > length)
		str_append_char(text, '.');
}

int reply_announce_here(struct request *request, const char *words)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);
	struct announcement *wanted;
	const struct show *show = NULL;
	enum request_result result = result_of_lack(request);

	if (result != REQUEST_DONE)
		return reply_problem(
				request, "Announcements belong to a channel; please use this command there.");
	wanted = calloc(1, sizeof(*wanted));
	if (!wanted)
		return -ENOMEM;
	if (!read_wanted(request, words, wanted, &show)) {
		free(wanted);
		return 0;
	}
	if (request_begin_effect(request, &result))
		result = request_end_effect(request, announcements_set(announcements_in(request), wanted));
	if (result == REQUEST_DONE || result == REQUEST_ALREADY) {
		str_printf(&text, "%s announce new episodes of %s here, ",
				result == REQUEST_DONE ? "I'll" : "I already", show->name);
		append_at(request, wanted, show, &text);
		append_extras(request, wanted, true, ", ", &text);
		str_printf(&text, "%s.", result == REQUEST_DONE ? request_caveat(request) : "");
		append_left_out(request, wanted, &text);
		str_append_char(&text, ' ');
		append_next(request, wanted, show, &text);
		reply_text(request, "%s", str_text(&text));
		if (wanted->at == ANNOUNCE_DAILY)
			reply_footer(request, "To change the time zone of this channel: %sset zone Berlin",
					request_prefix(request));
	} else if (result == REQUEST_FULL) {
		reply_problem(request, "I can't keep that: too many channels have announcements.");
	} else {
		reply_problem(request, "I can't save that: the store can't be written.");
	}
	str_release(&text);
	free(wanted);
	return 0;
}

/* ---------------------------------------------------------------- "!announce list" and "off" */

/* Announcements of this gateway and host; those of this channel only, if it is said. */
static const struct announcement *next_of(const struct request *request, size_t *index, bool is_here_only)
{
	const struct occasion_place here = place_of(request);
	const struct announcement *announcement;

	while ((announcement = announcements_at(announcements_in(request), (*index)++)) != NULL) {
		if (str_equal(announcement->gateway, here.gateway) &&
				str_equal(announcement->host, here.host) &&
				(!is_here_only || str_equal_nocase(announcement->channel, here.channel)))
			return announcement;
	}
	return NULL;
}

/* Why it cannot be said at the moment; "": it can. */
static const char *trouble_of(const struct request *request, const struct announcement *announcement)
{
	const struct dispatch_orders *orders = &request->host->orders;
	const char *why = announcements_why(announcements_in(request), announcement->id);

	if (!*why && orders->unreachable)
		why = orders->unreachable(orders->user, announcement->gateway, announcement->channel,
				announcement->route);
	return why ? why : "";
}

static void list_one(struct request *request, const struct announcement *announcement)
{
	const struct show *show = request_show_called(request, announcement->show);
	struct str text = STR(REPLY_TEXT_MAX_BYTES);
	const char *trouble = trouble_of(request, announcement);
	char mention[64];

	/* Discord's numbers of channels are shown as links there. */
	snprintf(mention, sizeof(mention), announcement->route ? "<#%s>" : "%s", announcement->channel);
	str_printf(&text, "%s in %s, ", show ? show->name : announcement->show,
			announcement->route ? mention : announcement->channel);
	append_at(request, announcement, show, &text);
	append_extras(request, announcement, true, ", ", &text);
	str_append_char(&text, '.');
	append_left_out(request, announcement, &text);
	str_append_char(&text, ' ');
	if (show)
		append_next(request, announcement, show, &text);
	else
		str_append(&text, "I don't have this show any more.");
	if (*trouble)
		str_printf(&text, " I can't say it at the moment: %s.", trouble);
	reply_item(request, "%s", str_text(&text));
	str_release(&text);
}

int reply_announce_list(struct request *request)
{
	const struct announcement *announcement;
	size_t index = 0, count = 0;

	if (!announcements_in(request))
		return reply_problem(
				request, "Announcements belong to a channel; there are no channels here.");
	while ((announcement = next_of(request, &index, false)) != NULL) {
		list_one(request, announcement);
		count++;
	}
	if (!count)
		return reply_text(request,
				"Nothing is announced. \"%sannounce here\" in a channel starts it.",
				request_prefix(request));
	reply_title(request, "Announcements");
	return 0;
}

/*
 * The scheduled event that was made for an announcement is deleted, by an occasion that needs no announcement any more. An
 * event that has begun stays.
 */
static int drop_event(struct request *request, const struct announcement *announcement)
{
	const struct dispatch_orders *orders = &request->host->orders;
	struct occasions *book = orders->occasions ? orders->occasions(orders->user) : NULL;
	int64_t now_s = request_now_s(request);
	char words[ANNOUNCEMENT_ID_BYTES + sizeof(DROPPED)];
	int r;

	if (!book || !announcement->event.first.number || announcement->event.airs_s <= now_s)
		return 0;
	snprintf(words, sizeof(words), DROPPED "%s", announcement->id);
	r = occasions_add(book,
			&(struct occasion){.id = "",
					.due_s = now_s,
					.until_s = announcement->event.airs_s,
					.place = {.gateway = announcement->gateway,
							.channel = announcement->channel,
							.author_id = "",
							.author_name = "",
							.account = "",
							.extra = "",
							.host = announcement->host,
							.route = announcement->route},
					.command = "announcing",
					.words = words,
					.group = "",
					.is_pressing = true},
			NULL);
	return r == -EEXIST ? 0 : r;
}

/* Forget those of a show (NULL: of all) in this channel. Returns their number, or the store's error. */
static int off(struct request *request, const struct show *show)
{
	const struct announcement *announcement;
	size_t index = 0;
	int count = 0;

	while ((announcement = next_of(request, &index, true)) != NULL) {
		int r;

		if (show && !str_equal(announcement->show, show->id))
			continue;
		r = drop_event(request, announcement);
		if (r == 0)
			r = announcements_off(announcements_in(request), announcement->id);
		if (r < 0)
			return r;
		index = 0; /* the list is another one now */
		count++;
	}
	return count;
}

int reply_announce_off(struct request *request, const char *words)
{
	const struct show *show = *words ? request_show_called(request, words) : NULL;
	enum request_result result = result_of_lack(request);
	int count;

	if (result != REQUEST_DONE)
		return reply_problem(
				request, "Announcements belong to a channel; please use this command there.");
	if (*words && !show) {
		char quoted[UTF8_QUOTE_BYTES];

		return reply_problem(request,
				"I know no show \"%s\". \"%sannounce off\" ends all announcements here.",
				utf8_quote(words, quoted), request_prefix(request));
	}
	if (request_begin_effect(request, &result)) {
		count = off(request, show);
		result = request_end_effect(request, count > 0 ? 0 : count < 0 ? count : -ENOENT);
	}
	if (result == REQUEST_DONE)
		return reply_text(request, "I won't announce %s here any more%s.",
				show ? show->name : "new episodes", request_caveat(request));
	if (result == REQUEST_ALREADY)
		return reply_problem(request, "I announce %s%s here.", show ? "no episodes of " : "nothing",
				show ? show->name : "");
	return reply_problem(request, "I can't save that: the store can't be written.");
}

/* ---------------------------------------------------------------- the announcement itself */

/* What the words of the occasion say. */
struct announced {
	const struct announcement *announcement;
	const struct show *show;
	enum planned_kind kind;
	struct announcement_key first;
	int last;
	int64_t airs_s;
};

static bool read_announced(struct request *request, const char *words, struct announced *ret)
{
	char id[ANNOUNCEMENT_ID_BYTES] = "", kind[16] = "";

	/* NOLINTNEXTLINE(cert-err34-c): so few digits are no number out of range */
	if (!words || sscanf(words, "%16s %15s %9d %9d %9d %18" SCNd64, id, kind, &ret->first.season,
				      &ret->first.number, &ret->last, &ret->airs_s) != 6)
		return false;
	ret->kind = planning_kind(kind);
	ret->announcement =
			announcements_in(request) ? announcements_find(announcements_in(request), id) : NULL;
	ret->show = ret->announcement ? request_show_called(request, ret->announcement->show) : NULL;
	return ret->kind != PLANNED_KINDS && ret->show;
}

static void wish_post(struct request *request, const struct announced *announced)
{
	struct wishes *wishes = &request->reply->wishes;

	snprintf(wishes->post, sizeof(wishes->post), "%s:%d.%d", announced->announcement->id,
			announced->first.season, announced->first.number);
}

/* Where it can be watched: "Netflix", "Netflix, Channel 3". */
static void add_outlets(struct request *request, const struct show *show)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	for (size_t i = 0; i < show->where_count; i++)
		str_printf(&text, "%s%s", i ? ", " : "", show->where[i].name);
	if (text.length)
		reply_field(request, "Where to watch", "%s", str_text(&text));
	else if (*show->network)
		reply_field(request, "Where to watch", "%s", show->network);
	for (size_t i = 0; i < show->where_count; i++) {
		if (*show->where[i].url) {
			reply_url(request, show->where[i].url);
			break;
		}
	}
	str_release(&text);
}

/* "Out now." "Aired tonight at 21:00 (Berlin)." "Airs at ..." */
static void append_when(struct request *request, const struct episode *episode, struct str *text)
{
	int64_t now_s = request_now_s(request);
	char when[WHEN_BYTES];

	if (episode->airstamp && episode_has_aired(episode, now_s) && now_s - episode->airstamp < FRESH_S)
		str_append(text, "Out now");
	else if (episode_has_aired(episode, now_s))
		str_printf(text, "Aired %s", request_when(request, episode, when));
	else
		str_printf(text, "Airs %s", request_when(request, episode, when));
}

/* One episode: its label, its teaser, when. */
static void tell_one(struct request *request, const struct episode *episode)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);
	char label[EPISODE_LABEL_BYTES];

	request_about(request, episode);
	reply_title(request, "%s – %s", episode->show->name, request_label(request, episode, label));
	if (*episode->teaser)
		reply_set_teaser(request->reply, episode->teaser);
	append_when(request, episode, &text);
	reply_text(request, "%s.", str_text(&text));
	reply_moment(request, episode);
	str_release(&text);
}

/* Several: "Season 2, episodes 3 to 5", and a line for each with its title and hour. */
static void tell_several(struct request *request, const struct episode *const *episodes, size_t count)
{
	const struct episode *first = episodes[0], *last = episodes[count - 1];
	char label[EPISODE_LABEL_BYTES];
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	if (first->season == last->season && first->order && last->order)
		reply_title(request, "%s – Season %d, episodes %d%s%d", first->show->name, first->season,
				first->number, count == 2 ? " and " : " to ", last->number);
	else
		reply_title(request, "%s – %zu new episodes", first->show->name, count);
	append_when(request, first, &text);
	reply_text(request, "%s.", str_text(&text));
	reply_moment(request, first);
	for (size_t i = 0; i < count && i < LISTED_MAX; i++) {
		request_about(request, episodes[i]);
		str_clear(&text);
		str_append(&text, request_label(request, episodes[i], label));
		if (episodes[i]->aired_from_s != first->aired_from_s) {
			str_append(&text, ": ");
			append_when(request, episodes[i], &text);
		}
		reply_item(request, "%s", str_text(&text));
	}
	if (count > LISTED_MAX)
		reply_item(request, "and %zu more", count - LISTED_MAX);
	str_release(&text);
}

static int say_airing(struct request *request, const struct announced *announced)
{
	const struct announcement *announcement = announced->announcement;
	struct wishes *wishes = &request->reply->wishes;
	const struct episode *episodes[EPISODES_MAX];
	size_t count = planning_told(announcement, announced->show, request->due_s, episodes, EPISODES_MAX);
	char label[EPISODE_LABEL_BYTES];

	if (!count)
		return reply_nothing(request); /* the dataset has lost them since */
	if (count == 1)
		tell_one(request, episodes[0]);
	else
		tell_several(request, episodes, count);
	add_outlets(request, announced->show);
	wish_post(request, announced);
	memcpy(wishes->role, announcement->role, sizeof(announcement->role));
	if (announcement->has_thread) {
		snprintf(wishes->thread, sizeof(wishes->thread), "%s %s – spoilers inside",
				announced->show->name, episode_code(episodes[0], label));
		wishes->thread_hours = THREAD_HOURS;
	}
	return reply_late(request);
}

static int say_changed(struct request *request, const struct announced *announced)
{
	const struct episode *episode = announcement_episode(announced->show, announced->first);
	struct wishes *wishes = &request->reply->wishes;
	char label[EPISODE_LABEL_BYTES], when[WHEN_BYTES];

	wish_post(request, announced);
	wishes->kind = announced->kind == PLANNED_MOVED ? WISH_EDIT_OR_SAY : WISH_EDIT_ONLY;
	reply_title(request, "%s – correction", announced->show->name);
	if (!episode)
		return reply_text(request,
				"The episode that was announced did not air, and has no new date yet.");
	request_about(request, episode);
	request_label(request, episode, label);
	if (announced->kind == PLANNED_CANCELLED)
		return reply_text(request, "%s did not air as planned, and has no new date yet.", label);
	return reply_text(request, "%s did not air as planned. It airs %s.", label,
			request_when(request, episode, when));
}

static int say_event(struct request *request, const struct announced *announced)
{
	const struct episode *episode = announcement_episode(announced->show, announced->first);
	struct wishes *wishes = &request->reply->wishes;
	char label[EPISODE_LABEL_BYTES];

	wishes->is_silent = true;
	snprintf(wishes->event, sizeof(wishes->event), EVENT_KEY, announced->announcement->id);
	if (!episode || !announced->airs_s)
		return 0; /* event_from_s 0: it is deleted */
	request_about(request, episode);
	snprintf(wishes->event_name, sizeof(wishes->event_name), "%s – %s", announced->show->name,
			request_label(request, episode, label));
	if (announced->show->where_count)
		snprintf(wishes->event_where, sizeof(wishes->event_where), "%s",
				announced->show->where[0].name);
	wishes->event_from_s = announced->airs_s;
	wishes->event_to_s =
			announced->airs_s +
			(episode->runtime_minutes ? (int64_t)episode->runtime_minutes * MINUTE_S : EVENT_S);
	return 0;
}

/* Said only where the event cannot be deleted. */
static int say_event_dropped(struct request *request, const char *id)
{
	struct wishes *wishes = &request->reply->wishes;

	/* Announced again meanwhile: the event is that one's now. */
	if (announcements_in(request) && announcements_find(announcements_in(request), id))
		return reply_nothing(request);
	wishes->is_silent = wishes->is_said_if_refused = true;
	snprintf(wishes->event, sizeof(wishes->event), EVENT_KEY, id);
	return reply_text(request, "I announce no more here, but Discord doesn't let me delete the scheduled "
				   "event that I "
				   "made. Please delete it by hand.");
}

int reply_announcing(struct request *request, const char *words)
{
	struct announced announced = {0};

	if (words && str_starts(words, DROPPED))
		return say_event_dropped(request, words + strlen(DROPPED));
	/* It was turned off meanwhile, or the show is gone. */
	if (!read_announced(request, words, &announced))
		return reply_nothing(request);
	request->show = announced.show;
	if (announced.kind == PLANNED_AIRING)
		return say_airing(request, &announced);
	return announced.kind == PLANNED_EVENT ? say_event(request, &announced)
					       : say_changed(request, &announced);
}
