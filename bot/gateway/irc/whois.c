/* WHOIS for owner commands. */

#include "bot/gateway/irc/whois.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REPLY_MS 10000

static void forget(struct irc_whois_query *query)
{
	free(query->message);
	*query = (struct irc_whois_query){.deadline_ms = UINT64_MAX};
}

void irc_whois_release(struct irc_whois *whois)
{
	for (size_t i = 0; i < IRC_WHOIS_MAX; i++)
		forget(&whois->queries[i]);
}

uint64_t irc_whois_next_ms(const struct irc_whois *whois)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < IRC_WHOIS_MAX; i++) {
		const struct irc_whois_query *query = &whois->queries[i];

		if (query->message && query->deadline_ms < next_ms)
			next_ms = query->deadline_ms;
	}
	return next_ms;
}

void irc_whois_tick(struct irc_whois *whois, uint64_t now_ms)
{
	for (size_t i = 0; i < IRC_WHOIS_MAX; i++) {
		struct irc_whois_query *query = &whois->queries[i];

		if (!query->message || now_ms < query->deadline_ms)
			continue;
		whois->on_silence(whois->user, query->nick);
		forget(query);
	}
}

static struct irc_whois_query *find(
		struct irc_whois *whois, const char *nick, size_t length, enum irc_casemap casemap)
{
	for (size_t i = 0; i < IRC_WHOIS_MAX; i++) {
		struct irc_whois_query *query = &whois->queries[i];

		if (query->message && irc_casemap_equal_bytes(casemap, nick, length, query->nick))
			return query;
	}
	return NULL;
}

void irc_whois_gone(struct irc_whois *whois, const char *nick, size_t length, enum irc_casemap casemap)
{
	struct irc_whois_query *query = find(whois, nick, length, casemap);

	if (query)
		forget(query);
}

int irc_whois_ask(struct irc_whois *whois, const struct message *message, enum irc_casemap casemap,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	const char *nick = message->author_name;
	struct irc_whois_query *query = whois->queries;
	struct irc_source source;

	if (!message->source)
		return -ENOTSUP;
	irc_source_split(message->source, &source);
	if (source.user_length == 0 || source.user_length > IRC_USER_MAX_BYTES || source.host_length == 0 ||
			source.host_length > IRC_HOST_MAX_BYTES)
		return -ENOTSUP;
	if (find(whois, nick, strlen(nick), casemap))
		return 0;
	while (query < whois->queries + IRC_WHOIS_MAX && query->message)
		query++;
	if (query == whois->queries + IRC_WHOIS_MAX)
		return -ENOBUFS;
	memcpy(query->nick, nick, strnlen(nick, IRC_NICK_MAX_BYTES) + 1);
	memcpy(query->user, source.user, source.user_length);
	memcpy(query->host, source.host, source.host_length);
	memcpy(query->account, message->account, strnlen(message->account, IRC_ACCOUNT_MAX_BYTES));
	query->deadline_ms = now_ms + REPLY_MS;
	query->message = message_copy(message);
	if (!query->message || irc_outbox_push(outbox, "", IRC_LINE("WHOIS", query->nick), now_ms) < 0) {
		forget(query);
		return -ENOMEM;
	}
	return 0;
}

/* ---------------------------------------------------------------- the reply */

/* 311 nick NICK USER HOST * :real name */
static void on_user(struct irc_whois_query *query, const struct irc_line *line)
{
	query->is_same = strcmp(irc_line_param(line, 2), query->user) == 0 &&
			 strcmp(irc_line_param(line, 3), query->host) == 0;
}

/* 276 nick NICK :has client certificate fingerprint F00D... The digits come last; some servers put colons
 * between them. */
static void on_fingerprint(struct irc_whois_query *query, const struct irc_line *line)
{
	const char *text = irc_line_param(line, line->param_count - 1), *digits = strrchr(text, ' ');
	size_t length = 0;

	for (digits = digits ? digits + 1 : text; *digits; digits++) {
		char digit = irc_casemap_lower(IRC_CASEMAP_ASCII, *digits);

		if (digit == ':')
			continue;
		if (!strchr("0123456789abcdef", digit) || length == IRC_FINGERPRINT_MAX_BYTES)
			return;
		query->fingerprint[length++] = digit;
	}
	query->fingerprint[length] = '\0';
}

/* 330 nick NICK ACCOUNT :is logged in as */
static void on_account(struct irc_whois_query *query, const struct irc_line *line)
{
	const char *account = irc_line_param(line, 2);

	if (line->param_count >= 4 && strlen(account) <= IRC_ACCOUNT_MAX_BYTES)
		memcpy(query->account, account, strlen(account) + 1);
}

/* 318: the end. The message is delivered again, with the sender's account and certificate. */
static void on_end(struct irc_whois *whois, struct irc_whois_query *place)
{
	struct irc_whois_query query = *place;
	struct message message = *query.message;

	*place = (struct irc_whois_query){.deadline_ms = UINT64_MAX}; /* unused again */
	message.account = query.account;
	message.fingerprint = query.fingerprint;
	message.origin = MESSAGE_AFTER_WHOIS;
	if (query.is_same)
		whois->on_reply(whois->user, &message);
	forget(&query);
}

void irc_whois_line(struct irc_whois *whois, const struct irc_line *line, enum irc_casemap casemap,
		bool has_account_tag)
{
	const char *nick = irc_line_param(line, 1);
	struct irc_whois_query *query = find(whois, nick, strlen(nick), casemap);

	/* Accept replies of the server only, and compare the nick byte for byte: with a wrong or unknown
	 * CASEMAPPING, nicks that it makes equal may belong to two people. */
	if (!query || strcmp(nick, query->nick) != 0 || (line->source && strchr(line->source, '!')))
		return;
	switch (irc_line_numeric(line)) {
	case 276: on_fingerprint(query, line); break;
	case 311: on_user(query, line); break;
	case 313: /* "is a Network Service"; also of operators, who are persons */
		if (strstr(irc_line_param(line, line->param_count - 1), "Network Service"))
			forget(query);
		break;
	case 318: on_end(whois, query); break;
	case 330:
		if (!has_account_tag)
			on_account(query, line);
		break;
	case 335: /* "is a Bot" */
	case 401: forget(query); break;
	default: break;
	}
}
