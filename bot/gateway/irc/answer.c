/* Sends the reply to a question. */

#include "bot/gateway/irc/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/irc/render.h"

#define ANSWER_LINES_MAX  4
#define ADDRESS_MAX_BYTES 112         /* "nick: (asked 4 minutes ago) " */
#define LATE_MS           (10 * 1000) /* an answer within this time needs no "(asked ... ago)" */

/*
 * What the bot says to a person of itself. It is no reply, so it need not be a NOTICE, which some servers drop silently when
 * the nick is not in use (Solanum 2026-07); a PRIVMSG is refused with 401 by all.
 */
static struct irc_say say_to_person(const struct message *message)
{
	return (struct irc_say){
			.verb = "PRIVMSG",
			.target = message->author_name,
			/* In the history, it shows the next process that this was said. */
			.reply_to = message->id,
			.id = message->id,
			.asker = message->author_id,
	};
}

/* A notice to the asker alone, about a question in a channel. */
static struct irc_say whisper(const struct message *message)
{
	return (struct irc_say){
			.verb = "NOTICE",
			.target = message->author_name,
			.reply_to = "", /* the question is in another conversation */
			.id = message->id,
			.asker = message->author_id,
			.context = message->is_private ? NULL : message->channel,
	};
}

/* The target of a question to people with a status only ("@#channel"); NULL: the question went to the whole
 * channel. */
static const char *asked_among(const struct message *message)
{
	return !message->is_private && message->extra && *message->extra ? message->extra : NULL;
}

static struct irc_say say_in_place(const struct message *message)
{
	const char *among = asked_among(message);

	return (struct irc_say){
			.verb = message->is_private ? "NOTICE" : "PRIVMSG",
			.target = among ? among : message->channel,
			/* Of an occasion, too: in the history, it shows the next process that this was said. */
			.reply_to = message->id,
			.id = message->id,
			.asker = *message->author_id ? message->author_id : message->channel,
	};
}

/* Tell the asker that answers are dropped. The notice has no asker, so that it does not wait behind their
 * queued answers. */
static void tell_asker(struct irc_session *session, const struct message *message, const struct irc_now *now)
{
	char text[] = "You're asking too fast; I'll skip new questions until I've caught up.";
	char *lines[] = {text};
	struct irc_say say = whisper(message);

	say.id = NULL;
	say.asker = NULL;
	say.lines = lines;
	say.line_count = 1;
	irc_session_say(session, &say, now);
}

/* The prefix of a late answer, "(asked 4 minutes ago) ", because the conversation has moved on. */
static void add_lateness(uint64_t late_ms, char address[ADDRESS_MAX_BYTES])
{
	size_t length = strlen(address);
	unsigned seconds = (unsigned)(late_ms / 1000), minutes = seconds / 60;

	if (late_ms < LATE_MS)
		return;
	if (minutes == 0)
		snprintf(address + length, ADDRESS_MAX_BYTES - length, "(asked %u seconds ago) ", seconds);
	else
		snprintf(address + length, ADDRESS_MAX_BYTES - length, "(asked %u minute%s ago) ", minutes,
				minutes == 1 ? "" : "s");
}

/* Is the answer for the asker alone? Yes for a private reply and the rest of a long answer. An answer never reaches
 * more people than the question did. */
static bool is_for_asker(const struct irc_session *session, const struct delivery *delivery)
{
	const struct message *message = delivery->message;

	if (message->is_private)
		return false;
	/* The server no longer lists this status prefix, so the target could reach other people. */
	if (asked_among(message) &&
			!irc_session_is_status_of(session, asked_among(message), message->channel))
		return true;
	return delivery->position > 0 || delivery->reply->is_private;
}

int irc_answer(struct irc_session *session, struct delivery *delivery, const char *prefix,
		const struct irc_now *now)
{
	const struct message *message = delivery->message;
	bool is_whisper = is_for_asker(session, delivery);
	bool has_reply = !irc_session_is_made_up(message->id) && irc_session_has_reply(session);
	struct irc_say say = message->is_for_author ? say_to_person(message)
			     : is_whisper           ? whisper(message)
						    : say_in_place(message);
	struct irc_render_options options = {
			.room_bytes = irc_session_room(session, say.verb, say.target),
			.lines_max = ANSWER_LINES_MAX,
			.position = delivery->position,
			.prefix = prefix,
			.is_joined = irc_session_has_multiline(session),
			.is_plain = !irc_session_has_colour(session, say.target),
	};
	char address[ADDRESS_MAX_BYTES] = "";
	struct irc_lines lines;
	size_t next;
	int r;

	/* If the server removes +reply, people cannot see which question is answered, so name the asker in
	 * the text. */
	if (!is_whisper && !message->is_private && !has_reply && *message->author_name)
		snprintf(address, sizeof(address), "%s: ", message->author_name);
	add_lateness(irc_session_late_ms(session, message), address);
	options.address = address;
	r = irc_render(delivery->reply, &options, &lines, &next);
	if (r < 0)
		return r;
	say.lines = lines.line;
	say.line_count = lines.count;
	say.goes_on = lines.goes_on;
	r = irc_session_say(session, &say, now);
	if (r == -EDQUOT)
		tell_asker(session, message, now);
	if (r == 0)
		delivery->position = next;
	irc_lines_release(&lines);
	return r == -EDQUOT ? -ENOBUFS : r;
}
