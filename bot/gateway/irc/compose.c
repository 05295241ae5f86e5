/* The lines of an answer. */

#include "bot/gateway/irc/compose.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/incoming.h"
#include "bot/gateway/irc/multiline.h"

#define ROOM_MARGIN    10 /* bytes kept free, because a server may lengthen our mask unseen */
#define ROOM_LEAST     64 /* bytes of text, even if LINELEN leaves less */
#define USER_UNKNOWN   20 /* assumed length of our user name, while our own mask is not known */
#define HOST_UNKNOWN   63
#define TAGS_MAX_BYTES 4094

void irc_composer_init(struct irc_composer *composer, const struct irc_caps *caps,
		const struct irc_isupport *isupport, const struct irc_nick *nick)
{
	*composer = (struct irc_composer){.caps = caps, .isupport = isupport, .nick = nick};
}

void irc_composer_close(struct irc_composer *composer)
{
	composer->own_mask = (struct irc_own_mask){0};
	composer->is_multiline_refused = false;
}

bool irc_composer_may_tag(const struct irc_composer *composer, enum irc_client_tag tag)
{
	return (composer->caps->enabled & IRC_CAP_MESSAGE_TAGS) && !(composer->isupport->denied_tags & tag);
}

size_t irc_composer_room(const struct irc_composer *composer, const char *verb, const char *target)
{
	size_t user = *composer->own_mask.user ? strlen(composer->own_mask.user) : USER_UNKNOWN;
	size_t host = *composer->own_mask.host ? strlen(composer->own_mask.host) : HOST_UNKNOWN;
	/* ":nick!user@host VERB target :text\r\n" */
	size_t taken = strlen(":!@   :\r\n") + strlen(composer->nick->current) + user + host + strlen(verb) +
		       strlen(target) + ROOM_MARGIN;

	return taken + ROOM_LEAST < composer->isupport->line_length ? composer->isupport->line_length - taken
								    : ROOM_LEAST;
}

/* The tags of an answer: +reply with the id of the question, and +channel-context with the channel. */
static void append_tags(struct str *tags, const struct irc_composer *composer, const struct irc_say *say)
{
	const char *context = say->context ? say->context : "";
	bool has_reply = *say->reply_to && !irc_incoming_is_made_up(say->reply_to);

	if (has_reply && irc_composer_may_tag(composer, IRC_TAG_REPLY))
		irc_tag_append(tags, "+reply", say->reply_to);
	if (has_reply && irc_composer_may_tag(composer, IRC_TAG_DRAFT_REPLY))
		irc_tag_append(tags, "+draft/reply", say->reply_to);
	if (*context && irc_composer_may_tag(composer, IRC_TAG_CONTEXT))
		irc_tag_append(tags, "+channel-context", context);
	if (*context && irc_composer_may_tag(composer, IRC_TAG_DRAFT_CONTEXT))
		irc_tag_append(tags, "+draft/channel-context", context);
}

/* The server's limits for draft/multiline. False: not offered, or the server has refused a multiline
 * message. */
static bool multiline_limits(const struct irc_composer *composer, struct irc_multiline *ret)
{
	const unsigned needed = IRC_CAP_MULTILINE | IRC_CAP_BATCH | IRC_CAP_MESSAGE_TAGS;

	return (composer->caps->enabled & needed) == needed && !composer->is_multiline_refused &&
	       irc_multiline_read(composer->caps->multiline, ret) == 0;
}

bool irc_composer_has_multiline(const struct irc_composer *composer)
{
	struct irc_multiline limits;

	return multiline_limits(composer, &limits);
}

/* Queue an answer of several lines as one multiline message. -ENOTSUP: the server does not accept it. */
static int push_batch(struct irc_composer *composer, const struct irc_say *say,
		const struct irc_outgoing *outgoing, struct irc_delivery *delivery, uint64_t now_ms)
{
	struct irc_outgoing batch = *outgoing;
	struct irc_multiline_frame frame;
	struct irc_multiline limits;
	char ref[IRC_MULTILINE_REF_BYTES];
	int r;

	if (say->line_count < 2 || !say->id || !multiline_limits(composer, &limits))
		return -ENOTSUP;
	snprintf(ref, sizeof(ref), "m%x", composer->batch_count + 1);
	r = irc_multiline_write(&limits, outgoing, say->goes_on, ref, &frame);
	if (r < 0)
		return r;
	batch.lines = frame.lines;
	batch.line_count = frame.line_count;
	batch.is_batch = true;
	r = irc_delivery_send(delivery, &batch, now_ms);
	composer->batch_count += r == 0;
	return r;
}

int irc_composer_say(struct irc_composer *composer, const struct irc_say *say, struct irc_delivery *delivery,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	struct str tags = STR(TAGS_MAX_BYTES);
	struct irc_line *lines = calloc(say->line_count, sizeof(*lines));
	struct irc_outgoing outgoing = {
			.id = say->id,
			.target = say->target,
			.asker = say->asker ? say->asker : "",
			.lines = lines,
			.line_count = say->line_count,
	};
	int r = -ENOMEM;

	if (!lines)
		goto out;
	append_tags(&tags, composer, say);
	if (tags.error)
		str_clear(&tags);
	for (size_t i = 0; i < say->line_count; i++)
		lines[i] = *IRC_LINE(say->verb, say->target, say->lines[i]);
	lines[0].tags = tags.length > 0 ? str_text(&tags) : NULL;
	r = push_batch(composer, say, &outgoing, delivery, now_ms);
	if (r == -ENOTSUP)
		r = say->id ? irc_delivery_send(delivery, &outgoing, now_ms)
			    : irc_outbox_push_answer(outbox, &outgoing, now_ms, NULL);
out:
	free(lines);
	str_release(&tags);
	return r;
}
