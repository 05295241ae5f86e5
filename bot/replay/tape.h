#ifndef EPISODED_REPLAY_TAPE_H
#define EPISODED_REPLAY_TAPE_H

/*
 * A trace in memory: its connections in the order in which they were opened, with the
 * received lines and their times; the answers to HTTP requests; and the lines that the
 * bot sent. Times are milliseconds since the first line.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bot/base/trace.h"

#define TAPE_NAME_BYTES 64
#define TAPE_HOST_BYTES 256

struct tape_line {
	uint64_t at_ms;
	enum trace_direction direction; /* TRACE_IN: received; TRACE_EVENT: opened, closed, ... */
	char *text;
	size_t length;
};

struct tape_connection {
	char gateway[TAPE_NAME_BYTES], scheme[8], host[TAPE_HOST_BYTES];
	unsigned port, number;
	struct tape_line *lines;
	size_t line_count;
	bool is_taken; /* already used by the replayed bot */
};

struct tape_answer {
	char gateway[TAPE_NAME_BYTES];
	uint64_t at_ms;
	int status; /* 0: the request failed; body is the reason */
	char *what; /* "GET /users/@me" */
	char *body;
	bool is_taken;
};

struct tape_sent {
	char gateway[TAPE_NAME_BYTES];
	char *text;
};

struct tape {
	uint64_t start_wall_ms, end_ms;
	struct tape_connection *connections;
	size_t connection_count;
	struct tape_answer *answers;
	size_t answer_count;
	struct tape_sent *sent;
	size_t sent_count;
};

/*
 * tape_read - read a file written by "--trace-file", or a log that contains lines of a trace.
 *
 * Errors:  -EBADMSG it contains no line of a trace, -ENOMEM, -EIO; *ret untouched.
 */
int tape_read(FILE *file, struct tape *ret);
void tape_release(struct tape *tape);

#endif
