#ifndef EPISODED_TERMINAL_H
#define EPISODED_TERMINAL_H

/*
 * A terminal: line editing with completion and history (libedit), and text wrapped at words. One in a process, because
 * signals belong to it while it is open: Ctrl-C drops a line, Ctrl-Z stops the program, SIGTERM and SIGHUP end it with
 * the terminal as it was before.
 *
 * The character set is UTF-8, also where the locale says otherwise. A terminal without cursor movement (TERM=dumb)
 * gets a prompt and plain lines.
 */

#include <stdbool.h>

struct completion;
struct typed_history;

struct terminal_host {
	void *user;
	/* Complete a line; the terminal releases *ret. */
	void (*complete)(void *user, const char *line, struct completion *ret);
	struct typed_history *history; /* lines of earlier sessions */
};

enum terminal_event {
	TERMINAL_LINE,    /* a line was typed */
	TERMINAL_DROPPED, /* Ctrl-C: what was typed is dropped */
	TERMINAL_END,     /* Ctrl-D, or the terminal is gone */
};

/* host is copied. -ENOMEM, or the error of the terminal. */
int terminal_open(const struct terminal_host *host);
/* Leave the terminal as it was before. */
void terminal_close(void);

/* Read a line, and add it to the history unless it is empty. The caller frees *ret_line, which is NULL unless a line was
 * typed. */
enum terminal_event terminal_read(char **ret_line);

/* Print valid UTF-8 without control characters, wrapped between words at the terminal's width. */
void terminal_print(const char *text, bool is_bold);
/* False where $NO_COLOR is set, or the terminal has no bold. */
bool terminal_has_bold(void);
void terminal_clear(void);

#endif
