#ifndef EPISODED_IRC_NICK_H
#define EPISODED_IRC_NICK_H

/* The nick we want, the one we have, and the way from one to the other. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/outbox.h"

struct irc_nick {
	char wanted[IRC_NICK_MAX_BYTES + 1];  /* the configured one */
	char current[IRC_NICK_MAX_BYTES + 1]; /* as the server calls us; before 001 the one asked for */
	unsigned alternates;                  /* tried before 001 */
	unsigned losses;                      /* how often it was taken from us after we had it */
	size_t length_max;                    /* NICKLEN, or a guess */
	uint64_t regain_ms;                   /* when to ask for the wanted one; UINT64_MAX: not at all */
	uint64_t regain_delay_ms;
	uint64_t lost_ms;        /* the last loss */
	bool is_free;            /* somebody gave it up: it can be taken without looking */
	bool is_asked;           /* ISON is out; 303 will tell */
	bool is_monitored;       /* the server tells when it is given up */
	bool has_asked_services; /* once a connection: a second time is the beginning of a war, */
	unsigned services_asked; /* and so is doing it on one connection after the other */
	uint64_t services_ms;
};

void irc_nick_set(struct irc_nick *nick, const char *wanted);
/* A new connection: current is the wanted one again. */
void irc_nick_reset(struct irc_nick *nick);

/* Before 001 the server refused current: the next one is sent. -ENOENT when all alternates are used up. */
int irc_nick_refused(struct irc_nick *nick, bool is_invalid, struct irc_outbox *outbox, uint64_t now_ms);

/* Is this the configured nick, or one that is tried when that is in use? An earlier connection, or an earlier
 * process, may have used it. */
bool irc_nick_may_be_ours(const struct irc_nick *nick, const char *name, size_t length,
		const struct irc_isupport *isupport);

/* The server calls us so now (001, our own NICK). */
void irc_nick_is(struct irc_nick *nick, const char *name, const struct irc_isupport *isupport,
		uint64_t now_ms);
/* Somebody gave a nick up (QUIT, NICK): is it ours to have? */
void irc_nick_freed(struct irc_nick *nick, const char *name, size_t length,
		const struct irc_isupport *isupport, uint64_t now_ms);

/* Ask for the wanted nick when it is time; where the server watches nobody (MONITOR), whether it is free. */
void irc_nick_run(struct irc_nick *nick, struct irc_outbox *outbox, uint64_t now_ms);
/* Have the server watch it while it is not ours. */
void irc_nick_watch(struct irc_nick *nick, const struct irc_isupport *isupport, struct irc_outbox *outbox,
		uint64_t now_ms);
/* 303: these are there, of those we asked for. */
void irc_nick_is_on(struct irc_nick *nick, const char *names, const struct irc_isupport *isupport,
		struct irc_outbox *outbox, uint64_t now_ms);

/* Have services take the nick from whoever holds it; needs a login. */
void irc_nick_ask_services(
		struct irc_nick *nick, const char *services, struct irc_outbox *outbox, uint64_t now_ms);

#endif
