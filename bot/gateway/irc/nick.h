#ifndef EPISODED_IRC_NICK_H
#define EPISODED_IRC_NICK_H

/* The configured nick and the current one; regains the configured nick when it is free. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/outbox.h"

struct irc_nick {
	char wanted[IRC_NICK_MAX_BYTES + 1];  /* the configured one */
	char current[IRC_NICK_MAX_BYTES + 1]; /* as in the server's lines; before 001 the requested one */
	unsigned alternates;                  /* tried before 001 */
	unsigned losses;                      /* times that the nick was taken away after we had it */
	size_t length_max;                    /* NICKLEN, or a guess */
	uint64_t regain_ms;                   /* when to request the wanted nick; UINT64_MAX: never */
	uint64_t regain_delay_ms;
	uint64_t lost_ms;        /* the last loss */
	bool is_free;            /* its holder left: request it without ISON */
	bool is_asked;           /* ISON was sent; waiting for 303 */
	bool is_monitored;       /* the server reports when it becomes free (MONITOR) */
	bool has_asked_services; /* once a connection: not repeated, in case another client regains it too, */
	unsigned services_asked; /* and limited over connections */
	uint64_t services_ms;
};

void irc_nick_set(struct irc_nick *nick, const char *wanted);
/* A new connection: current becomes the wanted nick. */
void irc_nick_reset(struct irc_nick *nick);

/* The server refused current before 001: send NICK with the next alternate. -ENOENT when all alternates are
 * used up. */
int irc_nick_refused(struct irc_nick *nick, bool is_invalid, struct irc_outbox *outbox, uint64_t now_ms);

/* Is name the configured nick or one of its alternates? An earlier connection, or an earlier process, may
 * have used it. */
bool irc_nick_may_be_ours(const struct irc_nick *nick, const char *name, size_t length,
		const struct irc_isupport *isupport);

/* Set the current nick (001, or our own NICK). */
void irc_nick_is(struct irc_nick *nick, const char *name, const struct irc_isupport *isupport,
		uint64_t now_ms);
/* A nick became free (QUIT, NICK): request it if it is the wanted one. */
void irc_nick_freed(struct irc_nick *nick, const char *name, size_t length,
		const struct irc_isupport *isupport, uint64_t now_ms);

/* Request the wanted nick when that is due. Without MONITOR, check first with ISON whether it is free. */
void irc_nick_run(struct irc_nick *nick, struct irc_outbox *outbox, uint64_t now_ms);
/* Have the server monitor the wanted nick (MONITOR) while we do not have it. */
void irc_nick_watch(struct irc_nick *nick, const struct irc_isupport *isupport, struct irc_outbox *outbox,
		uint64_t now_ms);
/* Handle 303: the online nicks of our ISON. */
void irc_nick_is_on(struct irc_nick *nick, const char *names, const struct irc_isupport *isupport,
		struct irc_outbox *outbox, uint64_t now_ms);

/* Ask services to take the nick from its present user; needs a login. */
void irc_nick_ask_services(
		struct irc_nick *nick, const char *services, struct irc_outbox *outbox, uint64_t now_ms);

#endif
