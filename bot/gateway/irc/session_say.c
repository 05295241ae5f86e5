/* What we say to people: how much fits a line, which tags may go with it, whose turn it is. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/multiline.h"
#include "bot/gateway/irc/session_state.h"

#define ROOM_MARGIN     10 /* bytes a server may add that we cannot see */
#define ROOM_LEAST      64 /* whatever a server says of itself */
#define USER_UNKNOWN    20 /* bytes, while our own mask is not known */
#define HOST_UNKNOWN    63
#define TAGS_MAX_BYTES  4094
#define BATCH_REF_BYTES 16

bool irc_session_may_tag(const struct irc_session *session, enum irc_client_tag tag)
{
	return (session->caps.enabled & IRC_CAP_MESSAGE_TAGS) && !(session->isupport.denied_tags & tag);
}

bool irc_session_has_reply(const struct irc_session *session)
{
	return irc_session_may_tag(session, IRC_TAG_REPLY) ||
	       irc_session_may_tag(session, IRC_TAG_DRAFT_REPLY);
}

size_t irc_session_room(const struct irc_session *session, const char *verb, const char *target)
{
	size_t user = *session->own_user ? strlen(session->own_user) : USER_UNKNOWN;
	size_t host = *session->own_host ? strlen(session->own_host) : HOST_UNKNOWN;
	/* ":nick!user@host VERB target :text\r\n" */
	size_t taken = strlen(":!@   :\r\n") + strlen(session->nick.current) + user + host + strlen(verb) +
		       strlen(target) + ROOM_MARGIN;

	return taken + ROOM_LEAST < session->isupport.line_length ? session->isupport.line_length - taken
								  : ROOM_LEAST;
}

/* What the answer belongs to: the question, and the channel where that was asked. */
static void append_tags(struct str *tags, const struct irc_session *session, const struct irc_say *say)
{
	const char *context = say->context ? say->context : "";
	bool has_reply = *say->reply_to && !irc_session_is_made_up(say->reply_to);

	if (has_reply && irc_session_may_tag(session, IRC_TAG_REPLY))
		irc_tag_append(tags, "+reply", say->reply_to);
	if (has_reply && irc_session_may_tag(session, IRC_TAG_DRAFT_REPLY))
		irc_tag_append(tags, "+draft/reply", say->reply_to);
	if (*context && irc_session_may_tag(session, IRC_TAG_CONTEXT))
		irc_tag_append(tags, "+channel-context", context);
	if (*context && irc_session_may_tag(session, IRC_TAG_DRAFT_CONTEXT))
		irc_tag_append(tags, "+draft/channel-context", context);
}

/* What one message may hold now. False: the server knows none of several lines, or has refused one. */
static bool multiline_limits(const struct irc_session *session, struct irc_multiline *ret)
{
	const unsigned needed = IRC_CAP_MULTILINE | IRC_CAP_BATCH | IRC_CAP_MESSAGE_TAGS;

	return (session->caps.enabled & needed) == needed && !session->is_multiline_refused &&
	       irc_multiline_read(session->caps.multiline, ret) == 0;
}

bool irc_session_has_multiline(const struct irc_session *session)
{
	struct irc_multiline limits;

	return multiline_limits(session, &limits);
}

bool irc_session_is_status_of(const struct irc_session *session, const char *target, const char *channel)
{
	const char *name = irc_isupport_channel(&session->isupport, target);

	return name != target && irc_casemap_equal(session->isupport.casemap, name, channel);
}

/* All lines as one text, where they may go as one message; NULL where not. The caller frees. */
static char *joined(const struct irc_session *session, const struct irc_say *say)
{
	struct irc_multiline limits;
	char *text = NULL;

	if (say->line_count < 2 || !multiline_limits(session, &limits))
		return NULL;
	return irc_multiline_join(&limits, say->lines, say->goes_on, say->line_count, &text) == 0 ? text
												  : NULL;
}

static void forget_first(struct irc_session *session)
{
	struct irc_joined *first = &session->joined[0];

	free(first->target);
	free(first->text);
	free(first->tags);
	session->joined_count--;
	memmove(first, first + 1, session->joined_count * sizeof(*first));
}

void irc_session_forget_joined(struct irc_session *session)
{
	while (session->joined_count > 0)
		forget_first(session);
}

/* The last ones are kept until their echo, lest the server refuses them. */
static void keep_joined(
		struct irc_session *session, const struct irc_say *say, const char *text, const char *tags)
{
	struct irc_joined *kept;

	if (session->joined_count == IRC_JOINED_MAX)
		forget_first(session);
	kept = &session->joined[session->joined_count++];
	*kept = (struct irc_joined){
			.verb = strcmp(say->verb, "NOTICE") == 0 ? "NOTICE" : "PRIVMSG",
			.target = str_copy(say->target),
			.text = str_copy(text),
			.tags = str_copy(tags),
	};
}

void irc_session_hear_joined(struct irc_session *session, const struct irc_line *line)
{
	if (session->joined_count > 0 && str_equal_nocase(line->verb, "BATCH") &&
			strcmp(irc_line_param(line, 1), "draft/multiline") == 0 &&
			irc_session_is_self(session, line))
		forget_first(session);
}

static int push_joined(
		struct irc_session *session, const struct irc_say *say, const char *text, const char *tags)
{
	char ref[BATCH_REF_BYTES];
	struct irc_multiline_say message = {
			.verb = say->verb,
			.target = say->target,
			.asker = say->asker ? say->asker : "",
			.text = text,
			.tags = tags,
			.ref = ref,
			.proof = &session->proof,
			.id = say->id,
	};
	int r;

	snprintf(ref, sizeof(ref), "m%x", ++session->batch_count);
	r = irc_multiline_push(&session->outbox, &message, session->now.ms);
	if (r == 0)
		keep_joined(session, say, text, tags);
	return r;
}

void irc_session_multiline_refused(struct irc_session *session)
{
	const struct irc_joined *kept = &session->joined[0];

	session->is_multiline_refused = true;
	if (session->joined_count == 0)
		return;
	if (kept->target && kept->text && kept->tags)
		irc_multiline_push(&session->outbox,
				&(struct irc_multiline_say){
						.verb = kept->verb,
						.target = kept->target,
						.asker = "",
						.text = kept->text,
						.tags = kept->tags,
				},
				session->now.ms);
	forget_first(session);
	irc_outbox_flush(&session->outbox, session->now.ms);
}

static int push_lines(struct irc_session *session, const struct irc_say *say, const char *tags)
{
	struct irc_line *lines = calloc(say->line_count, sizeof(*lines));
	struct irc_outbox_answer answer = {
			.target = say->target,
			.asker = say->asker ? say->asker : "",
			.lines = lines,
			.line_count = say->line_count,
	};
	size_t i;
	int r;

	if (!lines)
		return -ENOMEM;
	for (i = 0; i < say->line_count; i++)
		lines[i] = *IRC_LINE(say->verb, say->target, say->lines[i]);
	lines[0].tags = *tags ? tags : NULL;
	r = say->id ? irc_proof_say(&session->proof, say->id, &answer, &session->outbox, session->now.ms)
		    : irc_outbox_push_answer(&session->outbox, &answer, session->now.ms);
	free(lines);
	return r;
}

int irc_session_say(struct irc_session *session, const struct irc_say *say, const struct irc_now *now)
{
	struct str tags = STR(TAGS_MAX_BYTES);
	char *text;
	int r;

	session->now = *now;
	if (session->state != IRC_SESSION_READY)
		return -ENOTCONN;
	if (say->line_count == 0)
		return 0;
	append_tags(&tags, session, say);
	if (tags.error)
		str_truncate(&tags, 0);
	text = joined(session, say);
	r = text ? push_joined(session, say, text, str_text(&tags))
		 : push_lines(session, say, str_text(&tags));
	free(text);
	if (r == 0) {
		irc_session_keep_formatted(session, say);
		irc_session_may_type(session, say->target);
	}
	str_release(&tags);
	session->is_flush_due = true;
	return r;
}

bool irc_session_is_flush_due(const struct irc_session *session)
{
	return session->is_flush_due;
}

void irc_session_flush(struct irc_session *session, const struct irc_now *now)
{
	if (!session->is_flush_due)
		return;
	session->is_flush_due = false;
	session->now = *now;
	irc_outbox_flush(&session->outbox, now->ms);
	irc_session_type(session);
}
