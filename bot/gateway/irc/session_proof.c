/* The proof of what was said, joined into a session. */

#include <string.h>

#include "bot/gateway/irc/session_state.h"

#define MADE_UP "local:" /* in front of ids that are the session's own */

void irc_session_proof_grade(struct irc_session *session)
{
	const unsigned labels = IRC_CAP_LABELED_RESPONSE | IRC_CAP_BATCH;
	unsigned enabled = session->caps.enabled;

	irc_proof_set_grade(&session->proof, (enabled & labels) == labels       ? IRC_PROOF_LABEL
					     : (enabled & IRC_CAP_ECHO_MESSAGE) ? IRC_PROOF_ECHO
										: IRC_PROOF_PING);
}

static void on_left(void *owner, uint64_t mark, bool is_sent)
{
	struct irc_session *session = owner;

	if (mark & IRC_HISTORY_MARK)
		irc_history_sent(&session->history, mark, session->now.ms);
	else
		irc_proof_left(&session->proof, mark, is_sent, session->now.ms);
}

void irc_session_proof_init(struct irc_session *session)
{
	irc_proof_init(&session->proof);
	session->outbox.on_left = on_left;
	session->outbox.owner = session;
}

bool irc_session_proof_line(struct irc_session *session, const struct irc_line *line)
{
	bool is_own;

	if (!session->proof.answers)
		return false;
	is_own = irc_session_is_self(session, line);
	if (!is_own && strcmp(line->verb, "PRIVMSG") == 0)
		return false; /* nearly all there is to hear */
	/* Both are said again in another form. */
	if (str_equal_nocase(line->verb, "FAIL") && str_starts(irc_line_param(line, 1), "MULTILINE_")) {
		irc_proof_excuse(&session->proof, line, session->isupport.casemap);
		return false;
	}
	if ((irc_line_numeric(line) == 404 || irc_line_numeric(line) == 408) &&
			irc_session_cannot_send(session, line)) {
		irc_proof_excuse(&session->proof, line, session->isupport.casemap);
		return true;
	}
	return irc_proof_hear(&session->proof, line, is_own, session->isupport.casemap);
}

void irc_session_proof_run(struct irc_session *session)
{
	struct irc_settled settled;

	if (session->state == IRC_SESSION_READY)
		irc_proof_run(&session->proof, &session->outbox, session->heard_ms, session->now.ms);
	while (irc_proof_take(&session->proof, &session->outbox, &settled)) {
		if (session->events.on_completed)
			session->events.on_completed(session->user, &settled);
	}
}

void irc_session_can_answer(struct irc_session *session, const struct irc_place *place)
{
	irc_proof_again(&session->proof, place->channel, session->isupport.casemap, &session->outbox,
			session->now.ms);
	if (session->events.on_can_answer)
		session->events.on_can_answer(session->user, place);
	irc_outbox_flush(&session->outbox, session->now.ms);
}

bool irc_session_holds(const struct irc_session *session, const char *message_id)
{
	return irc_proof_has(&session->proof, message_id);
}

uint64_t irc_session_late_ms(const struct irc_session *session, const struct message *message)
{
	int64_t age_ms = (int64_t)(irc_session_server_ms(session) - message->time_ms);
	bool is_late = message->origin == MESSAGE_BACKLOG || message->origin == MESSAGE_JOURNAL;

	return is_late && age_ms > 0 ? (uint64_t)age_ms : 0;
}

/* ---------------------------------------------------------------- ids of our own */

void irc_session_make_id(struct irc_session *session, char *ret, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	/* Milliseconds since 1970 and a number: no two processes of one state make the same. */
	uint64_t value = session->now.wall_ms << 16 | (++session->made_ids & 0xffff);
	size_t length = strlen(MADE_UP), i;

	if (size < length + 17)
		return;
	memcpy(ret, MADE_UP, length);
	for (i = 0; i < 16; i++)
		ret[length + i] = digits[value >> (60 - 4 * i) & 15];
	ret[length + 16] = '\0';
}

bool irc_session_is_made_up(const char *message_id)
{
	return str_starts(message_id, MADE_UP);
}
