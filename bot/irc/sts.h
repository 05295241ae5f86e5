#ifndef EPISODED_IRC_STS_H
#define EPISODED_IRC_STS_H

/* Strict Transport Security: a server that once asked for TLS is never again spoken to without. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IRC_STS_TEXT_BYTES 64 /* a policy as text, with the NUL */

/* What the value of the capability "sts" says. */
struct irc_sts_value {
	bool has_port, has_duration;
	unsigned short port;
	uint64_t duration_s;
};

/* A host's policy; duration_s 0 is none. Wall-clock times. */
struct irc_sts_policy {
	unsigned short port; /* the TLS port it was learned on */
	uint64_t duration_s, expires_ms;
};

/*
 * irc_sts_parse - the value of the capability.
 *
 * Shape:   "port=6697,duration=2592000,preload", any order; unknown keys are
 *          skipped, a key whose value makes no sense counts as missing.
 * Units:   seconds.
 * Errors:  -EBADMSG when neither port nor duration is left; *ret untouched.
 * Source:  IRCv3, "Strict Transport Security".
 */
int irc_sts_parse(const char *value, struct irc_sts_value *ret);

/* The value of "sts" in a list of capabilities ("a b=c sts=port=1 d"), copied; false when it is not there or
 * does not fit. */
bool irc_sts_find(const char *list, char *ret, size_t size);

/* What a duration heard on a TLS connection to port makes of the policy. */
void irc_sts_learn(struct irc_sts_policy *policy, const struct irc_sts_value *value, unsigned short port,
		uint64_t wall_ms);
/* A connection under the policy ends: the time counts from now. */
void irc_sts_rebase(struct irc_sts_policy *policy, uint64_t wall_ms);
bool irc_sts_holds(const struct irc_sts_policy *policy, uint64_t wall_ms);

/* For the store: "port duration expires". -EBADMSG; *ret untouched. */
void irc_sts_format(const struct irc_sts_policy *policy, char ret[IRC_STS_TEXT_BYTES]);
int irc_sts_read(const char *text, struct irc_sts_policy *ret);

#endif
