#ifndef EPISODED_BASE_LOG_H
#define EPISODED_BASE_LOG_H

/*
 * One line an event: readable text on a terminal, a journal entry with fields
 * under systemd, one JSON object with "log": "json". log_write() escapes the
 * whole line (utf8_escape), so callers need not; a line that is too long is cut
 * with "…". Never pass a secret or a private message. Besides trace.c, the only
 * state of bot/base.
 *
 * The running bot must not wait for the reader of its log (a terminal that is
 * stopped, a container's log driver, a journal that hangs): log_begin_async()
 * lets a thread write the lines. Lines that are not read in time are dropped, and
 * the next line says how many.
 */

#include <stddef.h>

struct output;

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_AUTO, LOG_FORMAT_TEXT, LOG_FORMAT_JSON, LOG_FORMAT_JOURNAL };

/* Fields of the line; each is optional (NULL, 0). */
struct log_about {
	const char *gateway;
	const char *command;
	int error; /* a negative errno: its text is added to the line */
};

/* From now on, a thread writes. -ENOMEM, -EAGAIN: the caller still waits for each line. */
int log_begin_async(void);
/* Write what is queued, waiting at most half a second for the reader; then lines are written as before
 * log_begin_async(), or dropped if the reader still does not read. */
void log_end_async(void);
/* For other text on standard output and error, so that lines do not mix. NULL: write it directly. */
struct output *log_output(void);

/* AUTO: the journal when standard error is connected to it, text otherwise. */
void log_setup(enum log_format format, enum log_level level);

void log_write(enum log_level level, const struct log_about *about, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

#define log_error(...)   log_write(LOG_LEVEL_ERROR, NULL, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, NULL, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, NULL, __VA_ARGS__)
#define log_debug(...)   log_write(LOG_LEVEL_DEBUG, NULL, __VA_ARGS__)

/* log_gateway(LOG_LEVEL_INFO, name, "connected to %s", url) */
#define log_gateway(level, name, ...) log_write((level), &(struct log_about){.gateway = (name)}, __VA_ARGS__)

#endif
