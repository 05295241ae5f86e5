#ifndef EPISODED_IRC_WIRE_H
#define EPISODED_IRC_WIRE_H

/* IRC lines in the trace: complete, except that credentials are replaced. */

#include <stddef.h>

#include "bot/base/str.h"
#include "bot/base/trace.h"

#define IRC_WIRE_SECRETS 3

/* How the lines of one connection are marked in the trace. */
struct irc_wire {
	const char *gateway;
	unsigned connection;
	const char *secrets[IRC_WIRE_SECRETS]; /* secrets of the configuration; each may be NULL */
};

/*
 * irc_wire_show - append one line, without its line end, to ret.
 *
 * TRACE_SECRET replaces the parameters of PASS; those of AUTHENTICATE except mechanism names, "+" and "*" (in both
 * directions, because the server's part of SCRAM helps to guess a password); and each secret wherever it occurs,
 * because some servers repeat received text in an error.
 */
void irc_wire_show(
		struct str *ret, const char *line, size_t length, const char *const *secrets, size_t count);

/* Trace the lines of one read or one message, separated by LF, without the CRs before it. */
void irc_wire_trace(const struct irc_wire *wire, enum trace_direction direction, const char *bytes,
		size_t length);

#endif
