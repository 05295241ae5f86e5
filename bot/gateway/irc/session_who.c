/* Who somebody is: asked of the server (WHOIS) where an order comes from a person who is not known as an
 * owner.
 *
 * What the server once said of a nick is not kept: the next moment somebody else may have it. So an order
 * waits for its own answer, and that counts only if it is about the very user and host that gave the order.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/session_state.h"

#define ANSWER_MS 10000

void irc_session_forget_stranger(struct irc_stranger *stranger)
{
	free(stranger->message);
	*stranger = (struct irc_stranger){.deadline_ms = UINT64_MAX};
}

void irc_session_forget_strangers(struct irc_session *session)
{
	for (size_t i = 0; i < IRC_STRANGERS_MAX; i++)
		irc_session_forget_stranger(&session->strangers[i]);
}

uint64_t irc_session_who_next_ms(const struct irc_session *session)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < IRC_STRANGERS_MAX; i++) {
		const struct irc_stranger *stranger = &session->strangers[i];

		if (stranger->message && stranger->deadline_ms < next_ms)
			next_ms = stranger->deadline_ms;
	}
	return next_ms;
}

void irc_session_who_run(struct irc_session *session)
{
	for (size_t i = 0; i < IRC_STRANGERS_MAX; i++) {
		struct irc_stranger *stranger = &session->strangers[i];

		if (!stranger->message || session->now.ms < stranger->deadline_ms)
			continue;
		irc_session_note(session, "the server does not say who %s is: an order is left",
				stranger->nick);
		irc_session_forget_stranger(stranger);
	}
}

static struct irc_stranger *find(struct irc_session *session, const char *nick, size_t length)
{
	for (size_t i = 0; i < IRC_STRANGERS_MAX; i++) {
		struct irc_stranger *stranger = &session->strangers[i];

		if (stranger->message && irc_casemap_equal_bytes(session->isupport.casemap, nick, length,
							 stranger->nick))
			return stranger;
	}
	return NULL;
}

void irc_session_who_is_gone(struct irc_session *session, const char *nick, size_t length)
{
	struct irc_stranger *stranger = find(session, nick, length);

	if (stranger)
		irc_session_forget_stranger(stranger);
}

static bool is_worth_asking(const struct irc_session *session)
{
	const struct irc_session_config *config = &session->config;

	return config->asks_fingerprint ||
	       (config->asks_account && !(session->caps.enabled & IRC_CAP_ACCOUNT_TAG));
}

int irc_session_identify(
		struct irc_session *session, const struct message *message, const struct irc_now *now)
{
	const char *nick = message->author_name;
	struct irc_stranger *stranger = session->strangers;
	struct irc_source source;

	session->now = *now;
	if (session->state != IRC_SESSION_READY || !message->source || !is_worth_asking(session))
		return -ENOTSUP;
	irc_source_split(message->source, &source);
	if (source.user_length == 0 || source.user_length > IRC_USER_MAX_BYTES || source.host_length == 0 ||
			source.host_length > IRC_HOST_MAX_BYTES)
		return -ENOTSUP;
	if (find(session, nick, strlen(nick)))
		return 0; /* one owner command at a time; the other is not carried out */
	while (stranger < session->strangers + IRC_STRANGERS_MAX && stranger->message)
		stranger++;
	if (stranger == session->strangers + IRC_STRANGERS_MAX)
		return -ENOBUFS;
	memcpy(stranger->nick, nick, strnlen(nick, IRC_NICK_MAX_BYTES) + 1);
	memcpy(stranger->user, source.user, source.user_length);
	memcpy(stranger->host, source.host, source.host_length);
	memcpy(stranger->account, message->account, strnlen(message->account, IRC_ACCOUNT_MAX_BYTES));
	stranger->deadline_ms = session->now.ms + ANSWER_MS;
	stranger->message = message_copy(message);
	if (!stranger->message || irc_outbox_push(&session->outbox, "", IRC_LINE("WHOIS", stranger->nick),
						  session->now.ms) < 0) {
		irc_session_forget_stranger(stranger);
		return -ENOMEM;
	}
	session->is_flush_due = true;
	return 0;
}

/* ---------------------------------------------------------------- what the server says */

/* 311 nick NICK USER HOST * :real name */
static void on_user(struct irc_stranger *stranger, const struct irc_line *line)
{
	stranger->is_same = strcmp(irc_line_param(line, 2), stranger->user) == 0 &&
			    strcmp(irc_line_param(line, 3), stranger->host) == 0;
}

/* 276 nick NICK :has client certificate fingerprint F00D..., the digits last; some put colons between. */
static void on_fingerprint(struct irc_stranger *stranger, const struct irc_line *line)
{
	const char *text = irc_line_param(line, line->param_count - 1), *digits = strrchr(text, ' ');
	size_t length = 0;

	for (digits = digits ? digits + 1 : text; *digits; digits++) {
		char digit = irc_casemap_lower(IRC_CASEMAP_ASCII, *digits);

		if (digit == ':')
			continue;
		if (!strchr("0123456789abcdef", digit) || length == IRC_FINGERPRINT_MAX_BYTES)
			return;
		stranger->fingerprint[length++] = digit;
	}
	stranger->fingerprint[length] = '\0';
}

/* 330 nick NICK ACCOUNT :is logged in as. Where lines carry accounts, those count. */
static void on_account(
		const struct irc_session *session, struct irc_stranger *stranger, const struct irc_line *line)
{
	const char *account = irc_line_param(line, 2);

	if (line->param_count < 4 || strlen(account) > IRC_ACCOUNT_MAX_BYTES ||
			(session->caps.enabled & IRC_CAP_ACCOUNT_TAG))
		return;
	memcpy(stranger->account, account, strlen(account) + 1);
}

/* 318: that was all. The message is delivered again, with what is known now. */
static void on_end(struct irc_session *session, struct irc_stranger *place)
{
	struct irc_stranger stranger = *place;
	struct message message = *stranger.message;
	char author_id[IRC_AUTHOR_ID_MAX_BYTES + 1];

	*place = (struct irc_stranger){.deadline_ms = UINT64_MAX}; /* free for the next */
	irc_session_author_id(session, stranger.account, stranger.nick, author_id);
	message.author_id = author_id;
	message.account = stranger.account;
	message.fingerprint = stranger.fingerprint;
	message.origin = MESSAGE_AFTER_WHOIS;
	if (stranger.is_same)
		session->events.on_message(session->user, &message);
	irc_session_forget_stranger(&stranger);
}

void irc_session_who_line(struct irc_session *session, const struct irc_line *line, unsigned numeric)
{
	const char *nick = irc_line_param(line, 1);
	struct irc_stranger *stranger = find(session, nick, strlen(nick));

	/* The server's word only, and of the nick letter by letter: what CASEMAPPING makes the same may
	 * belong to two people where the server has another one than it says, or has not said it. */
	if (!stranger || strcmp(nick, stranger->nick) != 0 || (line->source && strchr(line->source, '!')))
		return;
	switch (numeric) {
	case 276: on_fingerprint(stranger, line); break;
	case 311: on_user(stranger, line); break;
	case 318: on_end(session, stranger); break;
	case 330: on_account(session, stranger, line); break;
	case 401: irc_session_forget_stranger(stranger); break;
	default: break;
	}
}
