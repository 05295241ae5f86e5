/* What we say to people: how much fits a line, which tags may go with it, whose turn it is. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/multiline.h"
#include "bot/gateway/irc/session_state.h"

#define ROOM_MARGIN    10 /* bytes a server may add that we cannot see */
#define ROOM_LEAST     64 /* whatever a server says of itself */
#define USER_UNKNOWN   20 /* bytes, while our own mask is not known */
#define HOST_UNKNOWN   63
#define TAGS_MAX_BYTES 4094

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

/* An answer of several lines as one message, where the server accepts it. -ENOTSUP: it does not. */
static int push_batch(struct irc_session *session, const struct irc_say *say, struct irc_outgoing *outgoing)
{
	struct irc_multiline_frame frame;
	struct irc_multiline limits;
	char ref[IRC_MULTILINE_REF_BYTES];
	int r;

	if (say->line_count < 2 || !say->id || !multiline_limits(session, &limits))
		return -ENOTSUP;
	snprintf(ref, sizeof(ref), "m%x", session->batch_count + 1);
	r = irc_multiline_write(&limits, outgoing, say->goes_on, ref, &frame);
	if (r < 0)
		return r;
	outgoing->lines = frame.lines;
	outgoing->line_count = frame.line_count;
	outgoing->is_batch = true;
	r = irc_delivery_send(&session->delivery, outgoing, session->now.ms);
	session->batch_count += r == 0;
	return r;
}

static int push(struct irc_session *session, const struct irc_say *say, const char *tags)
{
	struct irc_line *lines = calloc(say->line_count, sizeof(*lines));
	struct irc_outgoing outgoing = {
			.id = say->id,
			.target = say->target,
			.asker = say->asker ? say->asker : "",
			.lines = lines,
			.line_count = say->line_count,
	};
	int r;

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < say->line_count; i++)
		lines[i] = *IRC_LINE(say->verb, say->target, say->lines[i]);
	lines[0].tags = *tags ? tags : NULL;
	r = push_batch(session, say, &outgoing);
	if (r == -ENOTSUP)
		r = say->id ? irc_delivery_send(&session->delivery, &outgoing, session->now.ms)
			    : irc_outbox_push_answer(&session->outbox, &outgoing, session->now.ms, NULL);
	free(lines);
	return r;
}

int irc_session_say(struct irc_session *session, const struct irc_say *say, const struct irc_now *now)
{
	struct str tags = STR(TAGS_MAX_BYTES);
	int r;

	session->now = *now;
	if (session->state != IRC_SESSION_READY)
		return -ENOTCONN;
	if (say->line_count == 0)
		return 0;
	append_tags(&tags, session, say);
	if (tags.error)
		str_truncate(&tags, 0);
	r = push(session, say, str_text(&tags));
	if (r == 0)
		irc_session_may_type(session, say->target);
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
