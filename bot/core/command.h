#ifndef EPISODED_COMMAND_H
#define EPISODED_COMMAND_H

/*
 * The contract of a command, and the only header of bot/ that commands/
 * includes. A command is one file, commands/<name>.c; the file's name is the
 * command's name. It describes itself and fills a reply:
 *
 *	COMMAND(airdate) = {
 *		.aliases = {"when"},
 *		.summary = "The day an episode was first shown",
 *		.options = {{.name = "episode", .type = OPTION_EPISODE, .required = true}},
 *		.run = airdate,
 *	};
 *
 * The core has parsed and checked the options before run() is called; it
 * delivers, logs and frees after. A command frees nothing, logs nothing, never
 * blocks and has no globals. Text given to a function is borrowed for the call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/catalogue/show.h"

#define COMMAND_ALIASES_MAX  6
#define COMMAND_OPTIONS_MAX  4
#define COMMAND_CHOICES_MAX  8
#define COMMAND_EXAMPLES_MAX 4

struct request;

enum option_type {
	OPTION_NONE,      /* the end of the list */
	OPTION_EPISODE,   /* 5, s01e05, latest, words: a struct episode */
	OPTION_CHARACTER, /* a name, near enough: a struct character */
	OPTION_COMMAND,   /* another command's name or alias */
	OPTION_CHOICE,    /* one of .choices */
	OPTION_INTEGER,   /* low .. high */
	OPTION_TEXT,      /* the rest of what was typed */
};

struct command_option {
	const char *name; /* one lower-case word */
	enum option_type type;
	bool required;
	const char *help; /* one phrase: "5, s01e05, latest or words" */
	const char *choices[COMMAND_CHOICES_MAX];
	long low, high;
};

enum command_visibility {
	COMMAND_PUBLIC,  /* answered where it was asked */
	COMMAND_PRIVATE, /* for the asker's eyes, where the network can */
};

enum command_permission {
	PERMISSION_ANYONE,
	PERMISSION_OWNER_MORE, /* anyone; an owner is told more */
	PERMISSION_OWNER, /* by account or user id, as the configuration says; others do not see it in help */
};

struct command {
	const char *aliases[COMMAND_ALIASES_MAX];
	const char *summary;                        /* one line without a full stop */
	const char *details;                        /* NULL, or more for "help <command>" */
	const char *examples[COMMAND_EXAMPLES_MAX]; /* without prefix: "airdate 5" */
	/* Required options first; a type that takes several words last. */
	struct command_option options[COMMAND_OPTIONS_MAX];
	enum command_visibility visibility;
	enum command_permission permission;
	unsigned cooldown_ms; /* until the same command of the same person is answered again; 0: none */
	/* 0, or a negative errno: the person reads an apology, the log the reason. */
	int (*run)(struct request *request);
};

#define COMMAND(name) const struct command command_##name

/* What a person asked with. NULL, 0 or false when that option was left out. */
const struct episode *request_episode(const struct request *request, const char *option);
const struct character *request_character(const struct request *request, const char *option);
const struct command_entry *request_command(const struct request *request, const char *option);
/* OPTION_TEXT and OPTION_CHOICE */
const char *request_text(const struct request *request, const char *option);
/* What was typed for it, short enough to be quoted back. Borrowed until the next call. */
const char *request_quote(struct request *request, const char *option);
long request_integer(const struct request *request, const char *option);

/* The show it is about: the one named first ("!episodes aouad"), or the default. Never NULL. */
const struct show *request_show(const struct request *request);

/* 0 .. bound - 1; not twice the same in a row in one conversation where it can be helped. */
size_t request_random(struct request *request, size_t bound);

/* The episode last answered in this conversation (same person, same place, lately), or NULL. */
const struct episode *request_last_episode(const struct request *request);
/* Say that the answer is about this episode; request_last_episode() gives it to the next request. */
void request_about(struct request *request, const struct episode *episode);

/* The commands, by name. */
struct command_entry {
	const char *name;
	const struct command *command;
};
size_t request_commands(const struct request *request, const struct command_entry **ret_entries);
/* "!airdate <episode>", with the prefix in use. Borrowed until the request ends. */
const char *request_usage(struct request *request, const struct command_entry *entry);
/* May who asks use it? Help shows no other. */
bool request_may(const struct request *request, const struct command_entry *entry);
/* "!" */
const char *request_prefix(const struct request *request);

/* Search by words, best first; the number of hits. */
size_t request_search(
		const struct request *request, const char *words, const struct episode **ret, size_t limit);

/* What the bot says of itself. */
struct request_status {
	const char *version;
	uint64_t uptime_ms, asked;
	const char *gateways; /* "lobby ready (1 channel), libera reconnecting in 12 s" */
	const char *dataset;  /* "1 show, 12 episodes" */
	const char *trouble;  /* why nothing is kept over a restart: "disk full"; NULL: all is kept */
};
void request_status(struct request *request, struct request_status *ret);

/* "more": the next page of the last long answer in this conversation. -ENOENT: there is none. */
int request_more(struct request *request);

/* What an owner tells the bot to do. */
enum request_result {
	REQUEST_DONE,
	REQUEST_ALREADY,   /* it is so */
	REQUEST_WRONG,     /* a name or a value that cannot be */
	REQUEST_ELSEWHERE, /* not on this network, not in this place */
	REQUEST_FAILED,    /* it cannot be remembered */
};
enum request_result request_join(struct request *request, const char *channel);
enum request_result request_part(struct request *request, const char *channel);
enum request_result request_reload(struct request *request);
enum request_result request_ignore(struct request *request, const char *who, bool is_ignored);
/* The index-th who is ignored here; NULL: there are no more. */
const char *request_ignored(const struct request *request, size_t index);
/* A setting of the channel it was said in; value NULL: as everywhere. */
enum request_result request_set(struct request *request, const char *name, const char *value);
/* What is set where it was said, "" for as everywhere; borrowed until the next call. */
const char *request_setting(struct request *request, const char *name);
/* After REQUEST_DONE: "", or the end of a sentence (", but ...") that a restart will undo it, and why. */
const char *request_caveat(struct request *request);
bool request_is_private(const struct request *request);
/* Can it be answered so that the asker alone reads it? */
bool request_has_private(const struct request *request);
/* The answer is for the asker's eyes, where the network can. */
void request_make_private(struct request *request);
/* Where it was said. */
const char *request_channel(const struct request *request);
bool request_is_owner(const struct request *request);

/* The reply. The texts are copied. All return 0, so that a run() can end with one. */
int reply_title(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));
int reply_text(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));
int reply_field(struct request *request, const char *name, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
int reply_item(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));
int reply_footer(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Veil the answer: it gives away what happens up to this order of episode. 0 veils nothing. */
int reply_spoiler(struct request *request, int order);
/* What to ask next: a button where the network has them. The command without prefix. */
int reply_choice(struct request *request, const char *label, const char *command, ...)
		__attribute__((format(printf, 3, 4)));
/* Answers that several commands give (card.c). The card of an episode: label, date, synopsis. */
int reply_episode(struct request *request, const struct episode *episode);
/* The card of the episode step (+1, -1) away from this one, or, for NULL, from the last one asked about. */
int reply_neighbour(struct request *request, const struct episode *episode, int step);
/* One fact, drawn at random: of the episode, or of what is safe for everyone when episode is NULL. */
int reply_trivia(struct request *request, const struct episode *episode);
/* "Source: Title (publisher)", as the footer. */
int reply_sources(struct request *request, const struct source *const *sources, size_t count);
/* A wrong question: one line, and the usage is added by the core. */
int reply_problem(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
