/* When episodes air, as the person who asked is told. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/core/dispatch.h"
#include "bot/core/request.h"

const char *request_own_zone(struct request *request)
{
	const struct dispatch_orders *orders = &request->host->orders;

	if (request->is_zone_read)
		return request->zone;
	request->is_zone_read = true;
	if (!orders->zone || !orders->zone(orders->user, request->gateway, request->message, request->zone))
		request->zone[0] = '\0';
	return request->zone;
}

const char *request_zone(struct request *request)
{
	const char *own = request_own_zone(request);

	return !*own && request->settings ? request->settings->zone : own;
}

/* The reader's zone matters for a time near today, and for an hour to come: others need no look into the store. */
static const char *zone_for(struct request *request, const struct when *when)
{
	return when_depends_on_zone(when, request_now_s(request)) ? request_zone(request) : "";
}

const char *request_when(struct request *request, const struct episode *episode, char buffer[WHEN_BYTES])
{
	struct when when = when_of_episode(episode, request_now_s(request));

	return when_phrase(&when, request_now_s(request), zone_for(request, &when), buffer);
}

const char *request_when_short(
		struct request *request, const struct episode *episode, char buffer[WHEN_BYTES])
{
	struct when when = when_of_episode(episode, request_now_s(request));

	return when_short(&when, request_now_s(request), zone_for(request, &when), buffer);
}

const char *request_when_day(
		struct request *request, const struct show *show, struct date day, char buffer[WHEN_BYTES])
{
	struct when when = when_of_day(show, day, request_now_s(request));

	return when_phrase(&when, request_now_s(request), zone_for(request, &when), buffer);
}

static bool is_to_come(struct request *request, const struct when *when)
{
	return when_is_to_come(when, request_now_s(request), zone_for(request, when));
}

const char *request_airs(struct request *request, const struct episode *episode)
{
	struct when when = when_of_episode(episode, request_now_s(request));

	return is_to_come(request, &when) ? "Airs" : "First shown";
}

const char *request_day_airs(struct request *request, const struct show *show, struct date day)
{
	struct when when = when_of_day(show, day, request_now_s(request));

	return is_to_come(request, &when) ? "Starts" : "First shown";
}

/* Append "First shown on 28 January 2022 (4 years ago)", "Airs tonight at 21:00 (New York)" or "The date is not
 * announced yet". */
static void append_airs(struct request *request, const char *verb, const struct when *when, struct str *text)
{
	char phrase[WHEN_BYTES];

	when_after_verb(when, request_now_s(request), zone_for(request, when), phrase);
	if (!when->moment_s && !when->date.year)
		str_printf(text, "The date is %s", phrase);
	else
		str_printf(text, "%s %s", is_to_come(request, when) ? verb : "First shown", phrase);
}

int reply_moment(struct request *request, const struct episode *episode)
{
	request->reply->moment_s = episode->airstamp;
	return 0;
}

int reply_airs(struct request *request, const struct episode *episode)
{
	struct when when = when_of_episode(episode, request_now_s(request));
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	append_airs(request, "Airs", &when, &text);
	reply_text(request, "%s.", str_text(&text));
	str_release(&text);
	return reply_moment(request, episode);
}

bool reply_zone_problem(struct request *request, const char *option, char ret_zone[ZONE_NAME_BYTES])
{
	const char *typed = request_quote(request, option);
	int r = zone_find(request_text(request, option), ret_zone);

	if (r == 0)
		return false;
	if (r == -ENODATA)
		reply_problem(request,
				"I know no time zones here: the system's zone files are missing (the package "
				"tzdata).");
	else if (*ret_zone)
		reply_problem(request, "I don't know the time zone \"%s\". Did you mean %s?", typed,
				ret_zone);
	else
		reply_problem(request,
				"I don't know the time zone \"%s\". Try a large city near you, as \"%s%s "
				"Berlin\".",
				typed, request->prefix, request->entry->name);
	return true;
}

const char *request_all_air(struct request *request, const struct episode *episode, char buffer[WHEN_BYTES])
{
	struct when when = when_of_episode(episode, request_now_s(request));
	char phrase[WHEN_BYTES];
	struct str text = STR(WHEN_BYTES - 1);

	when_after_verb(&when, request_now_s(request), zone_for(request, &when), phrase);
	if (when.moment_s || when.date.year)
		str_append(&text, is_to_come(request, &when) ? "air " : "first shown ");
	str_append(&text, phrase);
	snprintf(buffer, WHEN_BYTES, "%s", str_text(&text));
	str_release(&text);
	return buffer;
}

/* ---------------------------------------------------------------- the show as a whole */

/* "Episode 8", "Season 2, episode 8": a title may tell too much, and is not needed. */
static void append_name(const struct episode *episode, struct str *text)
{
	if (episode->show->season_count > 1)
		str_printf(text, "Season %d, episode %d", episode->season, episode->number);
	else
		str_printf(text, "Episode %d", episode->number);
}

/* "Episode 8 airs tonight at 21:00 (New York)." */
static void append_upcoming(struct request *request, const struct episode *episode, struct str *text)
{
	struct when when = when_of_episode(episode, request_now_s(request));
	char phrase[WHEN_BYTES];

	append_name(episode, text);
	when_after_verb(&when, request_now_s(request), zone_for(request, &when), phrase);
	if (!when.moment_s && !when.date.year)
		str_printf(text, " is next. Its date is %s.", phrase);
	else
		str_printf(text, " airs %s.", phrase);
	reply_moment(request, episode);
}

/* "All 12 are out since 28 January 2022 (4 years ago)." */
static void append_all_out(struct request *request, const struct show *show, struct str *text)
{
	const struct episode *last = show_latest(show, request_now_s(request));
	char phrase[WHEN_BYTES];

	if (show->last_order == 1)
		str_append(text, "The only episode is out");
	else if (show->last_order == 2)
		str_append(text, "Both are out");
	else
		str_printf(text, "All %d are out", show->last_order);
	if (last && (last->airstamp || last->airdate.year))
		str_printf(text, " since %s", request_when_short(request, last, phrase));
	str_append(text, ".");
	if (str_equal(show->status, "Running") || str_equal(show->status, "To Be Determined"))
		str_append(text, " No date is announced for another one yet.");
}

static void append_next(struct request *request, const struct show *show, struct str *text)
{
	const struct episode *episode = show_upcoming(show, request_now_s(request));

	if (episode)
		append_upcoming(request, episode, text);
	else
		append_all_out(request, show, text);
}

/* Every episode came out on the day of the first one. */
static bool is_one_release(const struct show *show)
{
	bool is_one = show->last_order > 1 && show_episode(show, 1)->airdate.day;

	for (int order = 2; order <= show->last_order && is_one; order++)
		is_one = date_equal(show_episode(show, order)->airdate, show_episode(show, 1)->airdate);
	return is_one;
}

int reply_premiere(struct request *request)
{
	const struct show *show = request_show(request);
	const struct episode *first = show_episode(show, 1);
	struct when when = when_of_day(show, show->premiered, request_now_s(request));
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	reply_title(request, "%s", show->name);
	if (first && (first->airdate.year || !when.date.year))
		when = when_of_episode(first, request_now_s(request));
	append_airs(request, "Starts", &when, &text);
	if (is_one_release(show) && show->last_order == 2)
		str_append(&text, ", both episodes at once");
	else if (is_one_release(show))
		str_printf(&text, ", all %d episodes at once", show->last_order);
	str_append(&text, ".");
	if (first && show_upcoming(show, request_now_s(request)) == first) {
		reply_moment(request, first);
	} else if (!is_one_release(show)) {
		str_append(&text, " ");
		append_next(request, show, &text);
	}
	reply_text(request, "%s", str_text(&text));
	str_release(&text);
	return 0;
}

int reply_upcoming(struct request *request)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	reply_title(request, "%s", request_show(request)->name);
	append_next(request, request_show(request), &text);
	reply_text(request, "%s", str_text(&text));
	str_release(&text);
	return 0;
}
