#ifndef EPISODED_BASE_TRACE_H
#define EPISODED_BASE_TRACE_H

/*
 * The trace: each line or frame that a gateway receives or sends, as one line of
 * text, on standard error or in a file.
 *
 *	2026-11-29T17:30:01.123Z home#1 > NICK my-bot
 *	2026-11-29T17:30:01.207Z home#1 < :irc.example.org 001 my-bot :Welcome
 *
 * Time (UTC), gateway ("home/3" is shard 3 of a Discord gateway), number of the
 * connection (0: HTTP requests), direction, text. '=' marks an event of the
 * connection itself. Bytes that are not printable UTF-8 are written as \xHH and a
 * backslash as \\, so that trace_parse() can restore the bytes of the wire.
 *
 * The caller removes secrets first: each protocol knows where its own are, and
 * trace_hide() replaces a secret by value. Besides log.c, the only state of
 * bot/base.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/str.h"

#define TRACE_SECRET          "[secret]" /* written in place of a secret */
#define TRACE_EVENT_MAX_BYTES 400        /* of an event of a connection; reasons are shorter */

enum trace_direction { TRACE_IN = '<', TRACE_OUT = '>', TRACE_EVENT = '=' };

/* Whether any gateway is traced. Test this before any other work for the trace: while it is off, tracing
 * costs nothing else. */
extern bool trace_is_on;

/*
 * trace_open - trace these gateways into file from now on.
 *
 * file:     NULL is standard error, "-" standard output. A file is appended to, or created with mode 0600.
 * gateways: names, copied; count 0 means all gateways.
 * Errors:   those of open(2), -ENOMEM; the trace is then off.
 */
int trace_open(const char *file, char *const *gateways, size_t count);
void trace_close(void);

/* Whether this gateway is traced now. */
bool trace_wants(const char *gateway);

/* A number for a new connection, from 1. */
unsigned trace_connection(void);

/* Write one line. Does nothing for a gateway that is not traced. Lines that cannot be written are counted;
 * the first one and the count are logged. shard: -1 when the gateway has no shards. */
void trace_write(const char *gateway, int shard, unsigned connection, enum trace_direction direction,
		const char *text, size_t length);

/* Append length bytes of text to ret, each occurrence of a secret replaced by TRACE_SECRET. Secrets may be
 * NULL or empty, which match nothing. */
void trace_hide(struct str *ret, const char *text, size_t length, const char *const *secrets, size_t count);

/* Write one line of direction TRACE_EVENT, cut at TRACE_EVENT_MAX_BYTES. Secrets are replaced as by
 * trace_hide(). */
void trace_vevent(const char *gateway, int shard, unsigned connection, const char *const *secrets,
		size_t count, const char *format, va_list arguments) __attribute__((format(printf, 6, 0)));

/* One parsed line of a trace. */
struct trace_line {
	uint64_t wall_ms;
	char gateway[64];
	int shard; /* -1: the line has no shard */
	unsigned connection;
	enum trace_direction direction;
	struct str text; /* the bytes of the wire; the caller releases it */
};

/*
 * trace_parse - read a line that trace_write() has written, without its line end.
 *
 * Errors:  -EBADMSG not a line of a trace, -EMSGSIZE, -ENOMEM; *ret untouched.
 */
int trace_parse(const char *line, size_t length, struct trace_line *ret);

#endif
