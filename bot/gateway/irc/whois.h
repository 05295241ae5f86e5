#ifndef EPISODED_IRC_WHOIS_H
#define EPISODED_IRC_WHOIS_H

/*
 * WHOIS for owner commands from a sender who is not known as an owner; pure.
 *
 * The reply is not cached: another person may have the nick a moment later. So
 * each command waits for a reply of its own, which counts only if it is about
 * the very user and host that sent the command.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/mask.h"
#include "bot/gateway/irc/outbox.h"
#include "bot/irc/line.h"

#define IRC_WHOIS_MAX             4   /* commands waiting at the same time */
#define IRC_FINGERPRINT_MAX_BYTES 128 /* SHA-512 in hexadecimal digits */

struct irc_whois_query {
	struct message *message; /* NULL: unused */
	char nick[IRC_NICK_MAX_BYTES + 1], user[IRC_USER_MAX_BYTES + 1], host[IRC_HOST_MAX_BYTES + 1];
	uint64_t deadline_ms;
	bool is_same; /* the reply is about that user and host */
	char account[IRC_ACCOUNT_MAX_BYTES + 1], fingerprint[IRC_FINGERPRINT_MAX_BYTES + 1];
};

struct irc_whois {
	struct irc_whois_query queries[IRC_WHOIS_MAX];
	/* The reply is complete: message now has its sender's account and certificate. Borrowed for the call;
	 * author_id is not set. */
	void (*on_reply)(void *user, const struct message *message);
	/* The server did not reply about this nick. */
	void (*on_silence)(void *user, const char *nick);
	void *user;
};

/* Forget all queries; the callbacks stay. */
void irc_whois_release(struct irc_whois *whois);

/* Ask who sent message. Also returns 0 when a command of the same nick waits already; then the second command
 * is not carried out. -ENOTSUP: its source is incomplete, -ENOBUFS, -ENOMEM. */
int irc_whois_ask(struct irc_whois *whois, const struct message *message, enum irc_casemap casemap,
		struct irc_outbox *outbox, uint64_t now_ms);
/* Drop the query about a nick that may have passed to another person (NICK, QUIT, PART). */
void irc_whois_gone(struct irc_whois *whois, const char *nick, size_t length, enum irc_casemap casemap);

/*
 * irc_whois_line - 276, 311, 318, 330 or 401.
 *
 * Shape:   numeric nick NICK ...; has_account_tag: messages carry account tags, which override 330.
 * Errors:  no errors; a reply about another nick is skipped.
 * Source:  RFC 1459, "WHOIS"; modern.ircdocs.horse for 276 and 330.
 */
void irc_whois_line(struct irc_whois *whois, const struct irc_line *line, enum irc_casemap casemap,
		bool has_account_tag);

void irc_whois_tick(struct irc_whois *whois, uint64_t now_ms);
uint64_t irc_whois_next_ms(const struct irc_whois *whois); /* UINT64_MAX: never */

#endif
