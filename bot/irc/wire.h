#ifndef EPISODED_IRC_WIRE_H
#define EPISODED_IRC_WIRE_H

/* Lines of IRC as the trace shows them: whole, but for what logs in. */

#include <stddef.h>

#include "bot/base/str.h"
#include "bot/base/trace.h"

#define IRC_WIRE_SECRETS 3

/* Where the lines of one connection belong in the trace. */
struct irc_wire {
	const char *gateway;
	unsigned connection;
	const char *secrets[IRC_WIRE_SECRETS]; /* what the configuration keeps secret; NULL: none */
};

/*
 * irc_wire_show - append one line, without its line end, to ret.
 *
 * TRACE_SECRET replaces the parameters of PASS, those of AUTHENTICATE but for the name of a mechanism, "+"
 * and "*" (both directions: the server's part of SCRAM helps to guess a password), and each secret, wherever
 * it occurs: some servers repeat in an error what they were sent.
 */
void irc_wire_show(
		struct str *ret, const char *line, size_t length, const char *const *secrets, size_t count);

/* Trace what one read or one message brought or took: several lines, with LF or CRLF between. */
void irc_wire_trace(const struct irc_wire *wire, enum trace_direction direction, const char *bytes,
		size_t length);

#endif
