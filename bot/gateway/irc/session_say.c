/* What we say to people: how much fits a line, which tags may go with it, whose turn it is. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/session_state.h"

#define ROOM_MARGIN    10 /* bytes a server may add that we cannot see */
#define ROOM_LEAST     64 /* whatever a server says of itself */
#define USER_UNKNOWN   20 /* bytes, while our own mask is not known */
#define HOST_UNKNOWN   63
#define TAGS_MAX_BYTES 4094

static bool may_tag(const struct irc_session *session, enum irc_client_tag tag)
{
	return (session->caps.enabled & IRC_CAP_MESSAGE_TAGS) && !(session->isupport.denied_tags & tag);
}

bool irc_session_has_reply(const struct irc_session *session)
{
	return may_tag(session, IRC_TAG_REPLY) || may_tag(session, IRC_TAG_DRAFT_REPLY);
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

	if (*say->reply_to && may_tag(session, IRC_TAG_REPLY))
		irc_tag_append(tags, "+reply", say->reply_to);
	if (*say->reply_to && may_tag(session, IRC_TAG_DRAFT_REPLY))
		irc_tag_append(tags, "+draft/reply", say->reply_to);
	if (*context && may_tag(session, IRC_TAG_CONTEXT))
		irc_tag_append(tags, "+channel-context", context);
	if (*context && may_tag(session, IRC_TAG_DRAFT_CONTEXT))
		irc_tag_append(tags, "+draft/channel-context", context);
}

int irc_session_say(struct irc_session *session, const struct irc_say *say, const struct irc_now *now)
{
	struct irc_outbox_answer answer = {
		.target = say->target, .asker = say->asker ? say->asker : "", .line_count = say->line_count};
	struct str tags = STR(TAGS_MAX_BYTES);
	struct irc_line *lines = NULL;
	size_t i;
	int r = 0;

	session->now = *now;
	if (session->state != IRC_SESSION_READY)
		return -ENOTCONN;
	if (say->line_count == 0)
		return 0;
	lines = calloc(say->line_count, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	append_tags(&tags, session, say);
	for (i = 0; i < say->line_count; i++)
		lines[i] = *IRC_LINE(say->verb, say->target, say->lines[i]);
	if (tags.length > 0 && tags.error == 0)
		lines[0].tags = str_text(&tags);
	answer.lines = lines;
	r = irc_outbox_push_answer(&session->outbox, &answer, now->ms);
	if (r == 0)
		irc_session_keep_formatted(session, say);
	free(lines);
	str_release(&tags);
	irc_outbox_flush(&session->outbox, now->ms);
	return r;
}
