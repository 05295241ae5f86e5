/* What people said: which of it is for us, and what is it in plain text. */

#include <string.h>

#include "bot/base/clock.h"
#include "bot/gateway/irc/session_state.h"
#include "bot/irc/text.h"

#define STALE_MS        (30 * 1000) /* said longer ago: playback, not for us to answer now */
#define FUTURE_MS       (60 * 1000) /* clocks differ; more is no time */
#define BEFORE_MS       2000        /* as exactly as the server's clock is known from its 001 */
#define MSGID_MAX_BYTES 255

/* The tags of a message that matter, read in one walk. */
struct irc_heard {
	char id[MSGID_MAX_BYTES + 1];
	char account[IRC_ACCOUNT_MAX_BYTES + 1];
	uint64_t time_ms;
	bool is_bot, is_playback;
	bool is_late; /* not surely said now: no owner command */
};

/* NULL: not open, or forgotten. */
static struct irc_batch *find_batch(struct irc_session *session, const char *ref)
{
	for (size_t i = 0; i < IRC_BATCHES_MAX; i++) {
		if (*ref && strcmp(session->batches[i].ref, ref) == 0)
			return &session->batches[i];
	}
	return NULL;
}

/* What cannot be read is no account. */
static void read_account(const struct irc_tag *tag, struct irc_heard *heard)
{
	if (irc_tag_value(tag, heard->account, sizeof(heard->account)) < 0 ||
			strcmp(heard->account, "*") == 0)
		heard->account[0] = '\0';
}

static void read_batch(struct irc_session *session, const struct irc_tag *tag, struct irc_heard *heard)
{
	char ref[IRC_BATCH_REF_BYTES];
	const struct irc_batch *batch =
			irc_tag_value(tag, ref, sizeof(ref)) == 0 ? find_batch(session, ref) : NULL;

	heard->is_playback = heard->is_playback || (batch && !batch->is_live);
	heard->is_late = heard->is_late || !batch;
}

static void read_tag(struct irc_session *session, const struct irc_tag *tag, struct irc_heard *heard)
{
	char text[64];

	if (irc_tag_is(tag, "msgid"))
		irc_tag_value(tag, heard->id, sizeof(heard->id));
	else if (irc_tag_is(tag, "account"))
		read_account(tag, heard);
	else if (irc_tag_is(tag, "time") && irc_tag_value(tag, text, sizeof(text)) == 0)
		clock_from_iso(text, &heard->time_ms);
	else if (irc_tag_is(tag, "batch"))
		read_batch(session, tag, heard);
	else if (irc_tag_is(tag, "bot") || irc_tag_is(tag, "draft/bot") ||
			irc_tag_is(tag, "inspircd.org/bot"))
		heard->is_bot = true;
}

/* Those that irc_caps_clean_tags() has left: they are the server's word. */
static void read_tags(struct irc_session *session, const struct irc_line *line, struct irc_heard *heard)
{
	const uint64_t now_ms = irc_session_server_ms(session);
	const char *cursor = line->tags;
	struct irc_tag tag;

	heard->id[0] = '\0';
	heard->account[0] = '\0';
	heard->time_ms = now_ms;
	heard->is_bot = false;
	heard->is_playback = false;
	heard->is_late = false;
	while (irc_tag_next(&cursor, &tag))
		read_tag(session, &tag, heard);
	/* A time to come would hide all that is said until then from the catch-up. */
	if (heard->time_ms > now_ms + FUTURE_MS)
		heard->time_ms = now_ms;
	/* Said before the server let us in, and yet sent to us: a bouncer's buffer, or a history. */
	if (heard->time_ms + BEFORE_MS < session->welcomed_wall_ms)
		heard->is_late = true;
}

static bool is_stale(const struct irc_session *session, uint64_t time_ms)
{
	return (int64_t)(irc_session_server_ms(session) - time_ms) > STALE_MS;
}

/* The types whose lines are said as they come; any other plays something of the past, or found by a search.
 */
static bool is_live_type(const char *type)
{
	static const char *const types[] = {
			"netsplit", "netjoin", "labeled-response", "multiline", "draft/multiline"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i]) == 0)
			return true;
	}
	return false;
}

void irc_session_batch(struct irc_session *session, const struct irc_line *line)
{
	const char *ref = irc_line_param(line, 0);
	struct irc_batch *batch = *ref ? find_batch(session, ref + 1) : NULL;
	struct irc_heard heard;
	size_t i;

	if (*ref == '-') {
		if (batch)
			batch->ref[0] = '\0';
		return;
	}
	if (*ref != '+' || ref[1] == '\0' || strlen(ref + 1) >= IRC_BATCH_REF_BYTES ||
			!(session->caps.enabled & IRC_CAP_BATCH))
		return;
	read_tags(session, line, &heard);
	for (i = 0; !batch && i < IRC_BATCHES_MAX; i++) {
		if (session->batches[i].ref[0] == '\0')
			batch = &session->batches[i];
	}
	if (!batch) {
		batch = &session->batches[session->next_batch];
		session->next_batch = (session->next_batch + 1) % IRC_BATCHES_MAX;
	}
	memcpy(batch->ref, ref + 1, strlen(ref)); /* with its NUL: ref has one byte more in front */
	batch->is_live = is_live_type(irc_line_param(line, 1)) && !heard.is_playback && !heard.is_late;
}

static void answer_ctcp(struct irc_session *session, const char *nick, const struct irc_source *source,
		const char *text)
{
	const char *who = source->user_length > 0 ? source->user : source->nick;
	char answer[IRC_CTCP_ANSWER_MAX_BYTES];

	if (irc_ctcp_answer(&session->ctcp, who, text, session->now.ms, session->now.wall_ms, answer) < 0)
		return;
	irc_outbox_push(&session->outbox, nick, IRC_LINE("NOTICE", nick, answer), session->now.ms);
	irc_outbox_flush(&session->outbox, session->now.ms);
}

/* "nick: words", "nick, words", "@nick words": the words. NULL: not said to us. */
static const char *addressed_words(const struct irc_session *session, const char *text)
{
	bool has_at = *text == '@';
	size_t length = strlen(session->nick.current);
	const char *end;

	text += has_at;
	if (strnlen(text, length) < length || !irc_casemap_equal_bytes(session->isupport.casemap, text,
							      length, session->nick.current))
		return NULL;
	end = text + length;
	if (*end == ':' || *end == ',')
		end++;
	else if (!has_at || (*end != ' ' && *end != '\0'))
		return NULL;
	return end + strspn(end, " ");
}

void irc_session_author_id(const struct irc_session *session, const char *account, const char *nick,
		char ret[IRC_AUTHOR_ID_MAX_BYTES + 1])
{
	const char *name = *account ? account : nick;
	size_t length = 0;

	if (!*account)
		ret[length++] = '~';
	for (; *name && length < IRC_AUTHOR_ID_MAX_BYTES; name++)
		ret[length++] = irc_casemap_lower(session->isupport.casemap, *name);
	ret[length] = '\0';
}

/* Where a message was sent, and how it came. */
struct irc_heard_where {
	const char *nick, *channel;
	const char *target; /* "@#channel" where only those with a status are addressed; NULL: everybody is */
	const char *source; /* nick!user@host; NULL: not known */
	bool is_private;
	enum message_origin origin;
};

static void tell(struct irc_session *session, const struct irc_heard_where *where, struct irc_heard *heard)
{
	char author_id[IRC_AUTHOR_ID_MAX_BYTES + 1];
	const char *words = addressed_words(session, session->text);
	struct message message = {
			.id = heard->id,
			.channel = where->channel,
			.author_id = author_id,
			.author_name = where->nick,
			.account = heard->account,
			.text = words ? words : session->text,
			.source = where->source,
			.extra = where->target,
			.time_ms = heard->time_ms,
			.origin = where->origin,
			.is_private = where->is_private,
			.is_addressed = where->is_private || words,
			.has_private = true,
	};

	if (*heard->id == '\0')
		irc_session_make_id(session, heard->id, sizeof(heard->id));
	irc_session_author_id(session, heard->account, where->nick, author_id);
	session->events.on_message(session->user, &message);
}

void irc_session_hear_past(struct irc_session *session, const char *channel, const struct irc_past *past)
{
	struct irc_heard heard = {.time_ms = past->time_ms};

	if (strlen(past->id) >= sizeof(heard.id) || strlen(past->account) >= sizeof(heard.account) ||
			*past->nick == '\0' || strlen(past->nick) > IRC_NICK_MAX_BYTES ||
			irc_text_read(past->text, session->text, sizeof(session->text)) < 0)
		return;
	memcpy(heard.id, past->id, strlen(past->id) + 1);
	memcpy(heard.account, past->account, strlen(past->account) + 1);
	tell(session,
			&(struct irc_heard_where){.nick = past->nick,
					.channel = channel,
					.target = past->target,
					.origin = MESSAGE_BACKLOG},
			&heard);
}

void irc_session_hear(struct irc_session *session, const struct irc_line *line)
{
	char nick[IRC_NICK_MAX_BYTES + 1];
	const char *text = irc_line_param(line, 1), *channel;
	struct irc_source source;
	struct irc_heard heard;
	bool is_private;

	if (session->state != IRC_SESSION_READY || !line->source || line->param_count < 2 ||
			irc_session_is_self(session, line))
		return;
	irc_source_split(line->source, &source);
	if (source.nick_length == 0 || source.nick_length > IRC_NICK_MAX_BYTES)
		return;
	if (source.host_length == 0 && memchr(source.nick, '.', source.nick_length))
		return; /* a server */
	memcpy(nick, source.nick, source.nick_length);
	nick[source.nick_length] = '\0';

	channel = irc_isupport_channel(&session->isupport, line->params[0]);
	is_private = irc_casemap_equal(session->isupport.casemap, channel, session->nick.current);
	if (!is_private && !irc_isupport_is_channel(&session->isupport, channel))
		return;
	read_tags(session, line, &heard);
	if (!is_private && !heard.is_playback)
		irc_session_saw(session, channel, heard.time_ms, heard.id);
	if (heard.is_bot || heard.is_playback || is_stale(session, heard.time_ms))
		return;
	if (*text == '\x01')
		answer_ctcp(session, nick, &source, text);
	else if (irc_text_read(text, session->text, sizeof(session->text)) == 0)
		tell(session,
				&(struct irc_heard_where){.nick = nick,
						.channel = is_private ? nick : channel,
						.target = channel != line->params[0] ? line->params[0] : NULL,
						.source = line->source,
						.is_private = is_private,
						.origin = heard.is_late ? MESSAGE_BACKLOG : MESSAGE_LIVE},
				&heard);
}
