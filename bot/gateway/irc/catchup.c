/* Catch-up from the server's history. */

#include "bot/gateway/irc/catchup.h"

#include <string.h>

#include "bot/gateway/irc/caps.h"

#define FUZZ_MS        (60 * 1000)      /* begin earlier: an answer may be older than the last message */
#define COMMAND_AGE_MS (10 * 60 * 1000) /* an older question is not answered */
#define LATEST_MS      UINT64_C(4102444800000) /* 2100: ends a search while the server's time is not known */

void irc_catchup_init(struct irc_catchup *catchup, struct irc_delivery *delivery,
		const struct irc_isupport *isupport, const struct irc_catchup_events *events, void *user)
{
	*catchup = (struct irc_catchup){
			.delivery = delivery, .isupport = isupport, .events = events, .user = user};
	irc_history_init(&catchup->history);
	irc_seen_init(&catchup->seen);
}

void irc_catchup_release(struct irc_catchup *catchup)
{
	irc_history_release(&catchup->history);
	irc_seen_release(&catchup->seen);
}

/* What the history can tell, now. */
static void tell_delivery(struct irc_catchup *catchup)
{
	catchup->delivery->has_history = catchup->history.is_usable;
	catchup->delivery->has_private_history =
			catchup->history.is_usable && !catchup->history.is_without_targets;
}

void irc_catchup_offer(struct irc_catchup *catchup, unsigned enabled)
{
	const unsigned needed = IRC_CAP_BATCH | IRC_CAP_SERVER_TIME | IRC_CAP_MESSAGE_TAGS;
	const struct irc_isupport *isupport = catchup->isupport;
	bool is_offered = (enabled & IRC_CAP_CHATHISTORY) || isupport->has_history;

	if (is_offered && (enabled & needed) == needed)
		irc_history_offer(&catchup->history,
				*isupport->reference_types ? isupport->reference_types : NULL,
				isupport->history_limit, (enabled & IRC_CAP_LABELED_RESPONSE) != 0);
	else
		catchup->history.is_usable = false;
	tell_delivery(catchup);
}

/* ---------------------------------------------------------------- positions */

/* Does it depend on the position in a channel which messages are new? */
static bool has_positions(const struct irc_catchup *catchup)
{
	return catchup->history.is_usable || catchup->is_bouncer;
}

static void save(struct irc_catchup *catchup, struct irc_seen_channel *channel)
{
	char text[IRC_SEEN_TEXT_BYTES];

	channel->is_changed = false;
	irc_seen_write(channel, text);
	catchup->events->on_save(catchup->user, channel->name, text);
}

static void save_all(struct irc_catchup *catchup)
{
	struct irc_seen *seen = &catchup->seen;

	seen->save_ms = UINT64_MAX;
	for (size_t i = 0; i < seen->count; i++) {
		if (seen->list[i].is_changed)
			save(catchup, &seen->list[i]);
	}
}

void irc_catchup_close(struct irc_catchup *catchup)
{
	irc_history_lose(&catchup->history);
	catchup->is_reading_private = false;
	save_all(catchup);
}

/* The position in a channel, loaded from the store if an earlier process saved it. NULL: out of memory, or
 * too many channels. */
static struct irc_seen_channel *seen_of(struct irc_catchup *catchup, const char *name)
{
	struct irc_seen_channel *channel = irc_seen_find(&catchup->seen, name, catchup->isupport->casemap);
	char text[IRC_SEEN_TEXT_BYTES];

	if (channel)
		return channel;
	channel = irc_seen_add(&catchup->seen, name);
	if (channel && catchup->events->on_load(catchup->user, name, text, sizeof(text)))
		irc_seen_read(text, channel);
	return channel;
}

void irc_catchup_saw(struct irc_catchup *catchup, const char *name, uint64_t time_ms, const char *id,
		uint64_t now_ms)
{
	struct irc_seen_channel *channel;

	if (!has_positions(catchup))
		return;
	channel = irc_seen_find(&catchup->seen, name, catchup->isupport->casemap);
	if (!channel)
		return;
	/* The first visit: later live messages must not hide what was missed before them. Nor later, until the history is
	 * read: it is asked for again if the connection or the process ends before. */
	if (!channel->time_ms && !channel->floor_ms)
		channel->floor_ms = time_ms;
	else if (channel->is_unread && channel->time_ms && !catchup->is_without_ids)
		return;
	irc_seen_update(&catchup->seen, channel, time_ms, id, now_ms);
}

void irc_catchup_passed(struct irc_catchup *catchup, const char *name)
{
	struct irc_seen_channel *channel = NULL;

	bool is_private = strcmp(name, IRC_SEEN_PRIVATE) == 0;

	if ((catchup->is_without_ids || is_private) && has_positions(catchup))
		channel = irc_seen_find(&catchup->seen, name, catchup->isupport->casemap);
	if (channel && channel->is_changed)
		save(catchup, channel);
}

/* ---------------------------------------------------------------- asking */

/* Not before 1970: a server may have any time. */
static uint64_t earlier_by(uint64_t wall_ms, uint64_t by_ms)
{
	return wall_ms > by_ms ? wall_ms - by_ms : 1;
}

/* Where to begin reading: late enough to skip questions that are too old to answer, early enough to find our own last
 * answers. name: of a channel; NULL: in private. 0: not known, so read the latest lines. */
static uint64_t since_ms(const struct irc_catchup *catchup, const char *name, uint64_t seen_ms,
		const struct irc_now *now)
{
	uint64_t since = seen_ms > FUZZ_MS ? seen_ms - FUZZ_MS : 0;
	uint64_t answer_ms = irc_delivery_oldest_ms(catchup->delivery, name);
	uint64_t oldest_ms = earlier_by(now->wall_ms, IRC_DELIVERY_AGE_MAX_MS + FUZZ_MS);

	if (!now->wall_ms)
		return since;
	if (answer_ms <= now->ms && earlier_by(now->wall_ms, now->ms - answer_ms + FUZZ_MS) < since)
		since = earlier_by(now->wall_ms, now->ms - answer_ms + FUZZ_MS);
	return since > oldest_ms ? since : oldest_ms;
}

/* The server's clock was set back: the position is in the future, and would hide every question until then. */
static void pull_back(struct irc_seen_channel *channel, uint64_t wall_ms)
{
	if (!wall_ms || channel->time_ms <= wall_ms + FUZZ_MS)
		return;
	channel->time_ms = channel->floor_ms = earlier_by(wall_ms, COMMAND_AGE_MS);
	channel->id[0] = '\0';
}

/* Messages up to this time need no answer any more. Saved in the same transaction as the questions: a process that dies
 * earlier reads the history again. */
static void move_floor(struct irc_catchup *catchup, struct irc_seen_channel *channel, uint64_t floor_ms,
		uint64_t now_ms)
{
	if (floor_ms <= channel->floor_ms)
		return;
	channel->floor_ms = floor_ms;
	irc_seen_update(&catchup->seen, channel, floor_ms, "", now_ms);
	save(catchup, channel);
}

/* On the first visit, earlier messages were not meant for the bot. */
static bool is_first_visit(
		struct irc_catchup *catchup, struct irc_seen_channel *channel, const struct irc_now *now)
{
	if (channel->time_ms || !now->wall_ms) /* if the server's time is not known, the history tells it */
		return false;
	move_floor(catchup, channel, now->wall_ms, now->ms);
	return true;
}

void irc_catchup_ready(struct irc_catchup *catchup, const struct irc_now *now)
{
	struct irc_seen_channel *people = has_positions(catchup) ? seen_of(catchup, IRC_SEEN_PRIVATE) : NULL;

	if (people)
		pull_back(people, now->wall_ms);
	if (people && !is_first_visit(catchup, people, now) &&
			irc_history_ask_targets(&catchup->history,
					since_ms(catchup, NULL, people->time_ms, now),
					now->wall_ms ? now->wall_ms + FUZZ_MS : LATEST_MS) == 0) {
		catchup->is_reading_private = people->is_unread = true;
		catchup->newest_private_ms = 0;
		return;
	}
	catchup->events->on_can_answer(catchup->user, &(struct irc_place){0});
}

void irc_catchup_joined(
		struct irc_catchup *catchup, const char *joined, const char *name, const struct irc_now *now)
{
	struct irc_seen_channel *channel = has_positions(catchup) ? seen_of(catchup, name) : NULL;
	struct irc_seen_channel *people = catchup->is_bouncer && !catchup->history.is_usable
							  ? seen_of(catchup, IRC_SEEN_PRIVATE)
							  : NULL;

	if (people) /* the join is the first line that tells ZNC's time */
		is_first_visit(catchup, people, now);
	if (channel)
		pull_back(channel, now->wall_ms);
	if (!channel || is_first_visit(catchup, channel, now) || !catchup->history.is_usable ||
			irc_history_ask(&catchup->history, joined,
					since_ms(catchup, joined, channel->time_ms, now), channel->id,
					false) < 0)
		catchup->events->on_can_answer(catchup->user, &(struct irc_place){.channel = joined});
	else
		channel->is_unread = true;
}

void irc_catchup_rename(struct irc_catchup *catchup, const char *from, const char *to)
{
	struct irc_seen_channel *channel = irc_seen_find(&catchup->seen, from, catchup->isupport->casemap);

	if (channel && irc_seen_rename(channel, to) == 0)
		save(catchup, channel);
}

/* Request the history of a channel, to search for an unconfirmed line before it is sent again. */
static void check_delivery(struct irc_catchup *catchup, const struct irc_now *now)
{
	const char *target = catchup->delivery->check_target;
	enum irc_casemap casemap = catchup->isupport->casemap;

	if (*target == '\0' || irc_history_is_asking(&catchup->history, target, casemap))
		return;
	if (!catchup->history.is_usable ||
			irc_history_ask(&catchup->history, target,
					since_ms(catchup, target, now->wall_ms, now), "", true) < 0)
		irc_delivery_checked(catchup->delivery, target);
}

/* ---------------------------------------------------------------- results */

static void answered(struct irc_catchup *catchup, const char *id)
{
	if (*id && !irc_delivery_has(catchup->delivery, id))
		catchup->events->on_answered(catchup->user, id);
}

/* Own lines in the history confirm their delivery and mark their questions as answered. So does a reply that
 * another bot (tag "bot") sent. */
static void count_answers(struct irc_catchup *catchup, const struct irc_history_result *result,
		const struct irc_now *now)
{
	for (size_t i = 0; i < result->line_count; i++) {
		const struct irc_past *past = &result->lines[i];
		uint64_t age_ms = now->wall_ms > past->time_ms ? now->wall_ms - past->time_ms : 0;
		struct irc_delivery_found found = {
				.channel = past->target ? past->target : result->channel,
				.text = past->text,
				.id = past->id,
				.reply_to = past->reply_to,
				.at_ms = age_ms < now->ms ? now->ms - age_ms : 0,
		};

		if (past->is_own)
			irc_delivery_find(catchup->delivery, &found);
		if (past->is_own && *past->reply_to && catchup->delivery->on_posted)
			catchup->delivery->on_posted(
					catchup->delivery->owner, past->reply_to, found.channel, past->id);
		if (past->is_own || (past->is_bot && *past->reply_to))
			answered(catchup, past->reply_to);
	}
	irc_delivery_checked(catchup->delivery, result->channel);
}

/* Without a reply tag, the prefix "nick: " of an answer shows whose question it answers. */
static bool is_addressed_to(const struct irc_past *past, const char *nick)
{
	size_t length = strlen(nick);

	return past->is_own && *past->reply_to == '\0' && strncmp(past->text, nick, length) == 0 &&
	       past->text[length] == ':';
}

/* Does the history contain an answer to this message of nick? Each own line answers one question only. A history
 * without ids has times without milliseconds. */
static bool was_answered(const struct irc_catchup *catchup, const struct irc_history_result *result,
		const char *id, const char *nick, uint64_t time_ms)
{
	if (catchup->is_without_ids)
		time_ms -= time_ms % 1000;
	for (size_t i = 0; i < result->line_count; i++) {
		struct irc_past *past = &result->lines[i];

		if (*id && strcmp(past->reply_to, id) == 0 && (past->is_own || past->is_bot))
			return true;
		if (past->is_counted || past->time_ms < time_ms || !is_addressed_to(past, nick))
			continue;
		past->is_counted = true;
		return true;
	}
	return false;
}

bool irc_catchup_is_due(
		struct irc_catchup *catchup, const struct irc_place *place, const struct message *message)
{
	bool is_private = message->is_private || message->is_for_author;
	const char *name, *target = message->is_for_author ? message->author_name : message->channel;

	if (irc_delivery_has(catchup->delivery, message->id) || is_private != (place->channel == NULL))
		return false;
	name = place->channel ? place->channel : place->person;
	if (!name)
		return true;
	if (!irc_casemap_equal(catchup->isupport->casemap, target, name))
		return false;
	if (!place->past || !was_answered(catchup, place->past, message->id, message->author_name,
					    message->time_ms))
		return true;
	answered(catchup, message->id);
	return false;
}

static bool has_ids(const struct irc_history_result *result)
{
	for (size_t i = 0; i < result->line_count; i++) {
		if (*result->lines[i].id)
			return true;
	}
	return false;
}

/* May this line be a question that is newer than known_ms and young enough to be answered at now_ms? Both on the server's
 * clock. */
static bool is_new(const struct irc_past *past, uint64_t known_ms, uint64_t now_ms)
{
	return !past->is_own && !past->is_bot && !past->is_notice && *past->text != '\x01' &&
	       past->time_ms > known_ms && now_ms <= past->time_ms + COMMAND_AGE_MS;
}

/* Report the questions that were sent while the bot was offline, oldest first. Where the history has no ids, the
 * journal cannot tell which of them are known, so those up to the last live message are. */
static void ask_missed(struct irc_catchup *catchup, const struct irc_history_result *result,
		const struct irc_seen_channel *seen, uint64_t wall_ms)
{
	for (size_t i = 0; i < result->line_count; i++) {
		const struct irc_past *past = &result->lines[i];
		uint64_t known_ms = catchup->is_without_ids ? seen->time_ms : seen->floor_ms;

		if (is_new(past, known_ms, wall_ms) && (*past->id == '\0') == catchup->is_without_ids &&
				!irc_delivery_has(catchup->delivery, past->id) &&
				!was_answered(catchup, result, past->id, past->nick, past->time_ms))
			catchup->events->on_missed(catchup->user, result->channel, past);
	}
}

/* Messages up to this time need no answer. On the first visit to a server whose time was not known at the join, these are
 * all before the first live one. */
static uint64_t floor_of(const struct irc_seen_channel *channel, const struct irc_history_result *result)
{
	if (channel->floor_ms)
		return channel->floor_ms;
	if (channel->time_ms)
		return channel->time_ms;
	return result->newest_ms ? result->newest_ms : 1;
}

bool irc_catchup_is_missed(const struct irc_catchup *catchup, const char *name, const struct irc_past *past,
		uint64_t played_ms)
{
	const struct irc_seen_channel *channel =
			irc_seen_find(&catchup->seen, name, catchup->isupport->casemap);

	return channel && channel->time_ms && catchup->is_bouncer &&
	       is_new(past, channel->time_ms, played_ms);
}

/* Read the private messages of each person; the latest come first. */
static void use_targets(struct irc_catchup *catchup, const struct irc_history_result *result,
		const struct irc_now *now)
{
	struct irc_seen_channel *people =
			irc_seen_find(&catchup->seen, IRC_SEEN_PRIVATE, catchup->isupport->casemap);
	unsigned count = 0;

	if (people && !people->time_ms) {
		move_floor(catchup, people, floor_of(people, result), now->ms);
		return;
	}
	for (size_t i = result->line_count; people && i > 0 && count < IRC_HISTORY_PEOPLE_MAX; i--) {
		const char *nick = result->lines[i - 1].nick;

		if (*nick && !irc_isupport_is_channel(catchup->isupport, nick))
			count += irc_history_ask(&catchup->history, nick,
						 since_ms(catchup, nick, people->time_ms, now), "",
						 false) == 0;
	}
}

/* The private messages of all people were read, or cannot be read: answer the other open questions. */
static void end_private(struct irc_catchup *catchup, const struct irc_now *now)
{
	struct irc_seen_channel *people =
			irc_seen_find(&catchup->seen, IRC_SEEN_PRIVATE, catchup->isupport->casemap);

	catchup->is_reading_private = false;
	if (people) {
		people->is_unread = false;
		move_floor(catchup, people, catchup->newest_private_ms, now->ms);
	}
	catchup->events->on_can_answer(catchup->user, &(struct irc_place){0});
}

static void use(struct irc_catchup *catchup, struct irc_history_result *result, const struct irc_now *at)
{
	/* The server's time is at least that of its newest line. */
	const struct irc_now *now = at->wall_ms ? at : &(struct irc_now){at->ms, result->newest_ms};
	bool is_private = !irc_isupport_is_channel(catchup->isupport, result->channel);
	struct irc_seen_channel *channel = irc_seen_find(&catchup->seen,
			is_private ? IRC_SEEN_PRIVATE : result->channel, catchup->isupport->casemap);
	struct irc_place place = {.channel = is_private ? NULL : result->channel,
			.person = is_private ? result->channel : NULL,
			.past = result};

	if (result->line_count > 0)
		catchup->is_without_ids = !has_ids(result);
	count_answers(catchup, result, now);
	if (result->is_check)
		return;
	catchup->events->on_can_answer(catchup->user, &place);
	if (!channel)
		return;
	if (!is_private)
		channel->is_unread = false;
	move_floor(catchup, channel, floor_of(channel, result), now->ms);
	ask_missed(catchup, result, channel, now->wall_ms);
	if (!is_private)
		move_floor(catchup, channel, result->newest_ms, now->ms);
	else if (result->newest_ms > catchup->newest_private_ms)
		catchup->newest_private_ms = result->newest_ms;
}

bool irc_catchup_line(struct irc_catchup *catchup, const struct irc_line *line, bool is_own)
{
	return irc_history_hear(&catchup->history, line, is_own, catchup->isupport->casemap);
}

bool irc_catchup_tick(struct irc_catchup *catchup, struct irc_outbox *outbox, const struct irc_now *now)
{
	struct irc_history_result result;
	bool has_result = false;

	if (!catchup->history.requests && *catchup->delivery->check_target == '\0' &&
			now->ms < catchup->seen.save_ms)
		return false;
	check_delivery(catchup, now);
	irc_history_run(&catchup->history, outbox, now->ms);
	while (irc_history_take(&catchup->history, &result)) {
		has_result = true;
		if (result.is_targets)
			use_targets(catchup, &result, now);
		else
			use(catchup, &result, now);
		if (catchup->is_reading_private &&
				!irc_history_is_private(&catchup->history, catchup->isupport))
			end_private(catchup, now);
		irc_history_result_release(&result);
		tell_delivery(catchup);
		irc_history_run(&catchup->history, outbox, now->ms);
	}
	if (now->ms >= catchup->seen.save_ms)
		save_all(catchup);
	return has_result;
}

uint64_t irc_catchup_next_ms(const struct irc_catchup *catchup)
{
	uint64_t history_ms = irc_history_next_ms(&catchup->history), save_ms = catchup->seen.save_ms;

	return history_ms < save_ms ? history_ms : save_ms;
}
