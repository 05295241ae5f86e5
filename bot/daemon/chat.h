#ifndef EPISODED_CHAT_H
#define EPISODED_CHAT_H

/*
 * episoded chat: the core with a terminal or a pipe in place of networks. It opens no connection, reads no secret and
 * uses no state folder, so that it runs beside the bot. What the person sets is forgotten at the end; the person is the
 * owner. Only the typed lines are kept, in $XDG_STATE_HOME/episoded/chat_history.
 */

#include <stdbool.h>

struct chat_options {
	const char *config_path;  /* NULL: the default */
	const char *data;         /* as in struct files_source */
	const char *const *shows; /* as in struct files_source */
	bool shows_spoilers;
};

/* Returns an exit code of sysexits(3). */
int chat_run(const struct chat_options *options);

#endif
