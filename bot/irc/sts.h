#ifndef EPISODED_IRC_STS_H
#define EPISODED_IRC_STS_H

/* Strict Transport Security: after a server has required TLS, connect to it with TLS only. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IRC_STS_TEXT_BYTES 64 /* a policy as text, including the NUL */

/* The parsed value of the capability "sts". */
struct irc_sts_value {
	bool has_port, has_duration;
	unsigned short port;
	uint64_t duration_s;
};

/* A host's policy; duration_s 0 means no policy. Wall-clock times. */
struct irc_sts_policy {
	unsigned short port; /* the TLS port on which it was received */
	uint64_t duration_s, expires_ms;
};

/*
 * irc_sts_parse - parse the value of the capability.
 *
 * Shape:   "port=6697,duration=2592000,preload", any order; unknown keys and
 *          keys with an invalid value are skipped.
 * Units:   seconds.
 * Errors:  -EBADMSG if there is neither a valid port nor a duration; *ret untouched.
 * Source:  IRCv3, "Strict Transport Security".
 */
int irc_sts_parse(const char *value, struct irc_sts_value *ret);

/* Copy the value of "sts" from a list of capabilities ("a b=c sts=port=1 d"). False if it is absent or does
 * not fit. */
bool irc_sts_find(const char *list, char *ret, size_t size);

/* Update the policy with a duration received on a TLS connection to port. */
void irc_sts_learn(struct irc_sts_policy *policy, const struct irc_sts_value *value, unsigned short port,
		uint64_t wall_ms);
/* A connection under the policy ended: its duration starts again. */
void irc_sts_rebase(struct irc_sts_policy *policy, uint64_t wall_ms);
bool irc_sts_holds(const struct irc_sts_policy *policy, uint64_t wall_ms);

/* Convert a policy to and from its text in the store, "port duration expires". irc_sts_read(): -EBADMSG
 * invalid text; *ret untouched. */
void irc_sts_format(const struct irc_sts_policy *policy, char ret[IRC_STS_TEXT_BYTES]);
int irc_sts_read(const char *text, struct irc_sts_policy *ret);

#endif
