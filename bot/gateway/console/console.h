#ifndef EPISODED_CONSOLE_H
#define EPISODED_CONSOLE_H

/*
 * episoded chat: the bot in a terminal or a pipe, one question a line, the prefix is optional. A terminal has a prompt,
 * line editing, completion and a history. What spoils is not printed: a terminal shows it after an empty line, a pipe
 * names the option that prints it.
 */

#include <stdbool.h>

struct dispatch;

#define CONSOLE_NAME "console" /* as a gateway and as a channel of the core */

struct console_host {
	struct dispatch *dispatch;
	bool shows_spoilers;             /* print also what spoils, at once */
	void (*on_answered)(void *user); /* after each answer; may be NULL */
	void *user;
	const char *history_path; /* of the lines typed in a terminal; NULL: not kept */
};

/* Answer until the end of input, or "quit". 0, or the negative errno of a failed read or write. */
int console_run(const struct console_host *host);

#endif
