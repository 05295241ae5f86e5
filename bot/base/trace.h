#ifndef EPISODED_BASE_TRACE_H
#define EPISODED_BASE_TRACE_H

/*
 * A window on the wire: each line or frame that a gateway receives or sends,
 * one line of text each, on standard error or in a file.
 *
 *	2026-11-29T17:30:01.123Z home#1 > NICK my-bot
 *	2026-11-29T17:30:01.207Z home#1 < :irc.example.org 001 my-bot :Welcome
 *
 * Time (UTC), gateway ("home/3" is shard 3 of a Discord gateway), number of the
 * connection (0: HTTP requests), direction, text. '=' marks what happened to the
 * connection itself. Bytes that are no printable text are written as \xHH and a
 * backslash as \\, so that trace_parse() gives back the bytes of the wire.
 *
 * The caller removes secrets first: each protocol knows where its own are, and
 * trace_hide() replaces one by value. Besides log.c, the only state of bot/base.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/str.h"

#define TRACE_SECRET          "[secret]" /* what stands in place of a secret */
#define TRACE_EVENT_MAX_BYTES 400        /* of a connection's event; reasons are shorter */

enum trace_direction { TRACE_IN = '<', TRACE_OUT = '>', TRACE_EVENT = '=' };

/* Whether anything is traced. Test this before any other work: it is all that tracing costs while it is off.
 */
extern bool trace_is_on;

/*
 * trace_open - where the trace goes and which gateways it shows, from now on.
 *
 * file:     NULL is standard error, "-" standard output. A file is appended to, and made with mode 0600.
 * gateways: names; with count 0 all. Copied.
 * Errors:   those of open(2), -ENOMEM; the trace is then off.
 */
int trace_open(const char *file, char *const *gateways, size_t count);
void trace_close(void);

/* Whether this gateway is traced now. */
bool trace_wants(const char *gateway);

/* A number for a new connection, from 1. */
unsigned trace_connection(void);

/* Write one line. Does nothing for a gateway that is not traced; what cannot be written is counted, and the
 * log says so once. shard: -1 for none. */
void trace_write(const char *gateway, int shard, unsigned connection, enum trace_direction direction,
		const char *text, size_t length);

/* Append length bytes of text to ret, each occurrence of a secret replaced by TRACE_SECRET. Secrets may be
 * NULL or empty, which match nothing. */
void trace_hide(struct str *ret, const char *text, size_t length, const char *const *secrets, size_t count);

/* Write one line of direction TRACE_EVENT: what happened to the connection. Formatted and cut at
 * TRACE_EVENT_MAX_BYTES; secrets are replaced as trace_hide() does. */
void trace_vevent(const char *gateway, int shard, unsigned connection, const char *const *secrets,
		size_t count, const char *format, va_list arguments) __attribute__((format(printf, 6, 0)));

/* One line of a trace, taken apart. */
struct trace_line {
	uint64_t wall_ms;
	char gateway[64];
	int shard; /* -1: none */
	unsigned connection;
	enum trace_direction direction;
	struct str text; /* the bytes of the wire; the caller releases it */
};

/*
 * trace_parse - a line as trace_write() writes it, without its line end.
 *
 * Errors:  -EBADMSG no line of a trace, -EMSGSIZE, -ENOMEM; *ret untouched.
 */
int trace_parse(const char *line, size_t length, struct trace_line *ret);

#endif
