#ifndef EPISODED_IRC_PRESENCE_H
#define EPISODED_IRC_PRESENCE_H

/*
 * Are the people on the network for whom the bot has something private? Pure.
 *
 * WHOIS tells whether a nick is in use, and whose account it is. A person who was logged in when they asked is there only
 * under the same account, so that no other person gets what is private by taking the nick; of a person without an account the nick
 * is all that is known, here as everywhere. The result is used within seconds, because the nick may pass to another person.
 *
 * A person who is away is watched with MONITOR where the server has it, and seen when they join a channel of ours or speak;
 * besides, WHOIS is repeated, but seldom.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/core/message.h"
#include "bot/gateway/irc/incoming.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/outbox.h"
#include "bot/irc/line.h"

#define IRC_PRESENCE_MAX     64 /* people watched at the same time; further ones are tried again later */
#define IRC_PRESENCE_HERE_MS 10000

enum irc_presence_state {
	IRC_PRESENCE_ASKED, /* WHOIS was sent, or is due */
	IRC_PRESENCE_HERE,
	IRC_PRESENCE_AWAY,
};

struct irc_presence_person {
	char id[IRC_AUTHOR_ID_MAX_BYTES + 1]; /* "": unused */
	char account[IRC_ACCOUNT_MAX_BYTES + 1];
	char nick[IRC_NICK_MAX_BYTES + 1]; /* the present one, as far as it is known */
	enum irc_presence_state state;
	bool is_on, is_same; /* of the reply in progress: the nick is in use; with the account */
	char monitored[IRC_NICK_MAX_BYTES + 1]; /* with MONITOR; "": no nick */
	uint64_t asked_ms;                      /* the last WHOIS; 0: never */
	uint64_t next_ms;                       /* ASKED, HERE: the end of the state; AWAY: the next WHOIS */
	uint64_t wanted_ms;                     /* when the bot last looked for the person */
	uint64_t delay_ms;                      /* between two WHOIS */
};

struct irc_presence {
	struct irc_presence_person people[IRC_PRESENCE_MAX];
	size_t count;
	bool is_monitor_full; /* the server watches no more nicks */
	/* The person is there now. id is an author's. */
	void (*on_here)(void *user, const char *id);
	void *user;
};

/* A new connection: forget everybody; the callback stays. */
void irc_presence_reset(struct irc_presence *presence);

/* Is the author of message there? 0: yes, under irc_presence_nick(). -EHOSTDOWN: no, or not known yet: on_here() follows. */
int irc_presence_look(struct irc_presence *presence, const struct message *message, enum irc_casemap casemap,
		uint64_t now_ms);
/* The present nick of a person who is there; NULL otherwise. */
const char *irc_presence_nick(const struct irc_presence *presence, const char *id);

/*
 * irc_presence_line - a reply to WHOIS or MONITOR: 311, 318, 330, 401, 730, 731, 734.
 *
 * Errors:  no errors; replies about other nicks are skipped.
 * Source:  RFC 1459, "WHOIS"; modern.ircdocs.horse for 330; IRCv3 monitor.
 */
void irc_presence_line(struct irc_presence *presence, const struct irc_line *line, enum irc_casemap casemap,
		uint64_t now_ms);
/* Somebody with this nick has joined a channel of ours, has taken the nick, or has spoken. account: as the server tells it; "": not
 * logged in; NULL: the server does not tell. */
void irc_presence_saw(struct irc_presence *presence, const char *nick, size_t length, const char *account,
		enum irc_casemap casemap, uint64_t now_ms);
/* The nick has left the network; is_refused: says the server, which refused a message to it. */
void irc_presence_gone(struct irc_presence *presence, const char *nick, size_t length, bool is_refused,
		enum irc_casemap casemap, uint64_t now_ms);

/* Send what is due: WHOIS and MONITOR. */
void irc_presence_run(struct irc_presence *presence, const struct irc_isupport *isupport,
		struct irc_outbox *outbox, uint64_t now_ms);
uint64_t irc_presence_next_ms(const struct irc_presence *presence); /* UINT64_MAX: never */

#endif
