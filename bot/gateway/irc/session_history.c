/* What was asked while we were away: the history joined into a session. */

#include <string.h>

#include "bot/gateway/irc/session_state.h"

#define FUZZ_MS        (60 * 1000) /* looked back further: an answer may be older than what was seen last */
#define COMMAND_AGE_MS (10 * 60 * 1000) /* asked longer ago, it is left */

void irc_session_history_offer(struct irc_session *session)
{
	const unsigned needed = IRC_CAP_BATCH | IRC_CAP_SERVER_TIME | IRC_CAP_MESSAGE_TAGS;
	const struct irc_isupport *isupport = &session->isupport;
	unsigned enabled = session->caps.enabled;
	bool is_offered = (enabled & IRC_CAP_CHATHISTORY) || isupport->has_history;

	if (is_offered && (enabled & needed) == needed)
		irc_history_offer(&session->history,
				*isupport->reference_types ? isupport->reference_types : NULL,
				isupport->history_limit, (enabled & IRC_CAP_LABELED_RESPONSE) != 0);
	else
		session->history.is_usable = false;
	session->delivery.has_history = session->history.is_usable;
}

/* ---------------------------------------------------------------- what was seen last */

static void save(struct irc_session *session, struct irc_seen_channel *channel)
{
	char text[IRC_SEEN_TEXT_BYTES];

	channel->is_changed = false;
	irc_seen_write(channel, text);
	if (session->events.on_save_seen)
		session->events.on_save_seen(session->user, channel->name, text);
}

void irc_session_save_seen(struct irc_session *session)
{
	struct irc_seen *seen = &session->seen;

	seen->save_ms = UINT64_MAX;
	for (size_t i = 0; i < seen->count; i++) {
		if (seen->list[i].is_changed)
			save(session, &seen->list[i]);
	}
}

/* What is known of a channel, perhaps from an earlier process; NULL: nothing, and it cannot be kept. */
static struct irc_seen_channel *seen_of(struct irc_session *session, const char *name)
{
	struct irc_seen_channel *channel = irc_seen_find(&session->seen, name, session->isupport.casemap);
	char text[IRC_SEEN_TEXT_BYTES];

	if (channel)
		return channel;
	channel = irc_seen_add(&session->seen, name);
	if (channel && session->events.on_load_seen &&
			session->events.on_load_seen(session->user, name, text, sizeof(text)))
		irc_seen_read(text, channel);
	return channel;
}

void irc_session_saw(struct irc_session *session, const char *name, uint64_t time_ms, const char *id)
{
	struct irc_seen_channel *channel;

	if (!session->history.is_usable)
		return;
	channel = irc_seen_find(&session->seen, name, session->isupport.casemap);
	if (channel)
		irc_seen_update(&session->seen, channel, time_ms, id, session->now.ms);
}

/* ---------------------------------------------------------------- asking */

/* Where to begin: not before what may still be answered, and early enough to find our own last answers. */
static uint64_t since_ms(const struct irc_session *session, const char *name, uint64_t seen_ms)
{
	uint64_t now_ms = irc_session_server_ms(session), since = seen_ms > FUZZ_MS ? seen_ms - FUZZ_MS : 0;
	uint64_t said_ms = irc_delivery_oldest_ms(&session->delivery, name);
	uint64_t oldest_ms = now_ms - IRC_DELIVERY_AGE_MAX_MS - FUZZ_MS;

	if (said_ms <= session->now.ms && now_ms - (session->now.ms - said_ms) - FUZZ_MS < since)
		since = now_ms - (session->now.ms - said_ms) - FUZZ_MS;
	return since > oldest_ms ? since : oldest_ms;
}

void irc_session_catch_up(struct irc_session *session, const char *name)
{
	const struct irc_channel *wanted = irc_channels_find(&session->channels, name, &session->isupport);
	/* Known by the name in the configuration, however the server writes it today. */
	struct irc_seen_channel *channel =
			session->history.is_usable ? seen_of(session, wanted ? wanted->name : name) : NULL;
	bool is_new = channel && !channel->time_ms;

	/* What was said before we first came is nobody's question to us. */
	if (is_new) {
		channel->floor_ms = irc_session_server_ms(session);
		irc_seen_update(&session->seen, channel, channel->floor_ms, "", session->now.ms);
		save(session, channel);
	}
	if (!channel || is_new ||
			irc_history_ask(&session->history, name, since_ms(session, name, channel->time_ms),
					channel->id, false) < 0)
		irc_session_can_answer(session, &(struct irc_place){.channel = name});
}

/* A line without confirmation is searched in the history before it is sent again. */
static void check_delivery(struct irc_session *session)
{
	char *target = session->delivery.check_target;
	enum irc_casemap casemap = session->isupport.casemap;

	if (*target == '\0' || irc_history_is_asking(&session->history, target, casemap))
		return;
	if (!session->history.is_usable ||
			irc_history_ask(&session->history, target,
					since_ms(session, target, irc_session_server_ms(session)), "",
					true) < 0)
		irc_delivery_checked(&session->delivery, target);
}

/* ---------------------------------------------------------------- what came of it */

static void complete(struct irc_session *session, const char *id)
{
	struct irc_completed completed = {.outcome = IRC_OUTCOME_CONFIRMED};

	if (*id == '\0' || strlen(id) >= sizeof(completed.id) || irc_delivery_has(&session->delivery, id) ||
			!session->events.on_completed)
		return;
	memcpy(completed.id, id, strlen(id) + 1);
	session->events.on_completed(session->user, &completed);
}

/* Our own lines confirm their delivery, and what they answer is answered; so is what another bot has. */
static void count_answers(struct irc_session *session, const struct irc_history_result *result)
{
	for (size_t i = 0; i < result->line_count; i++) {
		const struct irc_past *past = &result->lines[i];
		uint64_t age_ms = irc_session_server_ms(session) - past->time_ms;
		struct irc_delivery_found found = {
				.channel = past->target ? past->target : result->channel,
				.text = past->text,
				.id = past->id,
				.reply_to = past->reply_to,
				.at_ms = age_ms < session->now.ms ? session->now.ms - age_ms : 0,
		};

		if (past->is_own)
			irc_delivery_find(&session->delivery, &found);
		if (past->is_own || (past->is_bot && *past->reply_to))
			complete(session, past->reply_to);
	}
	irc_delivery_checked(&session->delivery, result->channel);
}

/* "nick: ...": where no tag may say what is answered, the text does. */
static bool is_addressed_to(const struct irc_past *past, const char *nick)
{
	size_t length = strlen(nick);

	return past->is_own && *past->reply_to == '\0' && strncmp(past->text, nick, length) == 0 &&
	       past->text[length] == ':';
}

/* Is there an answer to what nick said then? Each of ours answers one question. */
static bool was_answered(
		const struct irc_history_result *result, const char *id, const char *nick, uint64_t time_ms)
{
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

bool irc_session_is_due(
		struct irc_session *session, const struct irc_place *place, const struct message *message)
{
	if (irc_delivery_has(&session->delivery, message->id) || message->is_private != (place->channel == NULL))
		return false;
	if (!place->channel)
		return true;
	if (!irc_casemap_equal(session->isupport.casemap, message->channel, place->channel))
		return false;
	if (!place->past || !was_answered(place->past, message->id, message->author_name, message->time_ms))
		return true;
	complete(session, message->id);
	return false;
}

/* The questions that were sent while the bot was away, oldest first. */
static void ask_missed(
		struct irc_session *session, const struct irc_history_result *result, uint64_t floor_ms)
{
	uint64_t now_ms = irc_session_server_ms(session);

	for (size_t i = 0; i < result->line_count; i++) {
		const struct irc_past *past = &result->lines[i];

		if (past->is_own || past->is_bot || *past->id == '\0' || *past->text == '\x01' ||
				past->time_ms <= floor_ms || now_ms > past->time_ms + COMMAND_AGE_MS)
			continue;
		if (!irc_delivery_has(&session->delivery, past->id) &&
				!was_answered(result, past->id, past->nick, past->time_ms))
			irc_session_hear_past(session, result->channel, past);
	}
}

static void use(struct irc_session *session, struct irc_history_result *result)
{
	struct irc_seen_channel *channel =
			irc_seen_find(&session->seen, result->channel, session->isupport.casemap);
	uint64_t floor_ms = channel ? channel->floor_ms : UINT64_MAX;

	count_answers(session, result);
	if (result->is_check)
		return;
	irc_session_can_answer(session, &(struct irc_place){.channel = result->channel, .past = result});
	if (session->state == IRC_SESSION_READY)
		ask_missed(session, result, floor_ms);
	/* Stored together with the questions: a process that dies before that looks again. */
	if (session->state != IRC_SESSION_READY || !channel || result->newest_ms <= floor_ms)
		return;
	channel->floor_ms = result->newest_ms;
	irc_seen_update(&session->seen, channel, result->newest_ms, "", session->now.ms);
	save(session, channel);
}

bool irc_session_history_line(struct irc_session *session, const struct irc_line *line)
{
	struct irc_source source;
	bool is_own = irc_session_is_self(session, line);

	if (!is_own && line->source) {
		irc_source_split(line->source, &source);
		is_own = irc_nick_may_be_ours(
				&session->nick, source.nick, source.nick_length, &session->isupport);
	}
	return irc_history_hear(&session->history, line, is_own, session->isupport.casemap);
}

void irc_session_history_run(struct irc_session *session)
{
	struct irc_history_result result;

	if (session->state != IRC_SESSION_READY)
		return;
	check_delivery(session);
	irc_history_run(&session->history, &session->outbox, session->now.ms);
	while (session->state == IRC_SESSION_READY && irc_history_take(&session->history, &result)) {
		use(session, &result);
		irc_history_result_release(&result);
		irc_session_run_delivery(session);
		if (session->state != IRC_SESSION_READY)
			return;
		session->delivery.has_history = session->history.is_usable;
		irc_history_run(&session->history, &session->outbox, session->now.ms);
	}
	if (session->now.ms >= session->seen.save_ms)
		irc_session_save_seen(session);
}
