#ifndef EPISODED_REQUEST_H
#define EPISODED_REQUEST_H

/*
 * One command in flight: who asked, where, with which arguments, and the reply
 * being filled. The functions that commands call are in bot/core/command.h; here is
 * what dispatch makes and reads. A request ends exactly once.
 */

#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/catalogue.h"
#include "bot/core/channel_settings.h"
#include "bot/core/command.h"
#include "bot/core/conversation.h"
#include "bot/core/message.h"
#include "bot/core/reply.h"

#define REQUEST_ARGUMENTS_MAX_BYTES 1000 /* after the command's name; a longer question gets a problem */
#define REQUEST_FORMATTED_MAX_BYTES 8192 /* one formatted text of a command */

/* A checked argument. Which member counts, the option's type says. */
struct argument {
	bool is_given;
	const struct episode *episode;
	const struct character *character;
	const struct command_entry *command;
	long integer;
	char *text; /* owned */
};

struct dispatch_host;

struct request {
	const struct command_entry *entry;
	const struct message *message;
	const struct catalogue *catalogue;
	const struct show *show;
	const char *prefix;
	struct conversation *conversation;
	struct random *random;
	struct argument arguments[COMMAND_OPTIONS_MAX];
	struct reply *reply; /* owned; dispatch takes it */
	bool wants_rest;     /* request_more(): say the conversation's rest instead of the reply */
	struct str usage;    /* memory behind request_usage() */
	char quote[UTF8_QUOTE_BYTES];
	const struct channel_settings *settings;
	char setting[SETTINGS_VALUE_BYTES]; /* memory behind request_setting() */
	char caveat[160];                   /* memory behind request_caveat() */
	const struct dispatch_host *host;
	const char *gateway;
	bool is_owner;
};

/* After the members above are set: an empty reply. -ENOMEM. */
int request_init(struct request *request);
void request_release(struct request *request);

/*
 * request_parse (arguments.c) - what was typed after the command's name, into arguments.
 *
 * Shape:   words is valid UTF-8 without leading or trailing spaces; may name the show first.
 * Errors:  -EINVAL when an argument is wrong: the reply is then the problem, with usage and candidates.
 *          -ENOMEM.
 */
int request_parse(struct request *request, const char *words);

/* Make the reply a problem of this request: text, the usage as footer. */
void request_fail(struct request *request, const char *text);

#endif
