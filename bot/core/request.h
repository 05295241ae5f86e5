#ifndef EPISODED_REQUEST_H
#define EPISODED_REQUEST_H

/*
 * One command in progress: who asked, where, with which arguments, and the reply that
 * is being filled. Dispatch creates it, runs the command and takes the reply; commands
 * use the functions in bot/core/command.h.
 */

#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/catalogue.h"
#include "bot/core/channel_settings.h"
#include "bot/core/command.h"
#include "bot/core/conversation.h"
#include "bot/core/example.h"
#include "bot/core/line.h"
#include "bot/core/message.h"
#include "bot/core/reply.h"

#define REQUEST_ARGUMENTS_MAX_BYTES 1000 /* after the command's name; longer ones are refused */
#define REQUEST_SETTING_BYTES       256
#define REQUEST_FORMATTED_MAX_BYTES (REPLY_TEXT_MAX_BYTES + REPLY_TITLE_MAX_BYTES) /* one formatted text */

/* A checked argument. The option's type decides which member is set. */
struct argument {
	bool is_given;
	const struct episode *episode;
	const struct character *character;
	const struct command_entry *command;
	long integer;
	int season, from;
	char *text; /* owned */
};

struct dispatch_host;

struct request {
	const struct command_entry *entry;
	const struct message *message;
	const struct catalogue *catalogue;
	const struct show *show, *default_show; /* asked about; of the channel */
	const char *words;                      /* after the command's name */
	const char *prefix;
	const char *standard_prefix;      /* without the channel's settings */
	const struct show *standard_show; /* the same */
	struct conversation *conversation;
	struct random *random;
	struct argument arguments[COMMAND_OPTIONS_MAX];
	struct reply *reply; /* owned; dispatch takes it */
	bool is_spoiling;    /* request_spoil() was called: nothing is veiled */
	bool wants_rest;     /* request_more() was called: send the conversation's next page, not the reply */
	struct str usage;    /* result of request_usage() */
	struct line line;    /* of show; use request_line() */
	int asked;           /* the place of the episode that was asked about; 0: it was about no episode */
	char quote[UTF8_QUOTE_BYTES];
	char example[EXAMPLE_BYTES]; /* result of request_example() */
	const struct channel_settings *settings;
	char setting[REQUEST_SETTING_BYTES]; /* result of request_setting() */
	char zone[ZONE_NAME_BYTES];          /* result of request_own_zone(), read from the store once */
	bool is_zone_read;
	char caveat[160]; /* result of request_caveat() */
	const struct dispatch_host *host;
	const char *gateway;
	bool is_owner;
	bool is_repeated; /* asked again after a restart: no effect, only the answer */
	bool has_result;  /* of its effect, by an earlier process: */
	enum request_result result;
	int64_t due_s;       /* of an occasion */
	bool is_void;        /* of an occasion: nothing is said */
	bool is_pending;     /* the question is asked again when the reload has ended */
	bool is_interrupted; /* the command wanted to have an effect, and no result of an earlier one is stored */
};

/* Start with an empty reply; the other members must be set before. -ENOMEM. */
int request_init(struct request *request);
void request_release(struct request *request);

/*
 * request_parse (arguments.c) - parse and check the words after the command's name.
 *
 * Shape:   words is valid UTF-8 without leading or trailing spaces; its first word may name the show.
 * Errors:  -EINVAL if an argument is wrong: the reply then says why, with the usage and suggestions.
 *          -ENOMEM.
 */
int request_parse(struct request *request, const char *words);

void request_release_arguments(struct request *request);

/* Around a change of what is stored. request_begin_effect() returns false if the question is asked again: *ret is then
 * what the first effect led to. r is 0 or a negative errno. */
bool request_begin_effect(struct request *request, enum request_result *ret);
enum request_result request_end_effect(const struct request *request, int r);

/* The setting "seen" (watching.c). */
enum request_result request_set_line(struct request *request, const char *value);
void request_line_setting(struct request *request, char ret[REQUEST_SETTING_BYTES]);

/* The line of this question in the request's show. Borrowed until the request ends. */
const struct line *request_line(struct request *request);

/* A number from 0 to bound - 1: 0 for a new subject, then the next one each time within a conversation. */
size_t request_cycle(struct request *request, const char *subject, size_t bound);

/* Insert the show behind the name of a command if it is not the one that the channel is about: "episode dark s01e02". */
void request_name_show(const struct request *request, struct str *command);

/* Replace the reply with a problem: text, and the command's usage as the footer. */
void request_fail(struct request *request, const char *text);

#endif
