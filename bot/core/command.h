#ifndef EPISODED_COMMAND_H
#define EPISODED_COMMAND_H

/*
 * The interface of a command, and the only header of bot/ that commands/ includes.
 * A command is one file, commands/<name>.c; the file's name is the command's name.
 * The file describes the command and fills a reply:
 *
 *	COMMAND(airdate) = {
 *		.aliases = {"when"},
 *		.summary = "The day an episode was first shown",
 *		.options = {{.name = "episode", .type = OPTION_EPISODE, .required = true}},
 *		.run = airdate,
 *	};
 *
 * The core parses and checks the options before it calls run(), and sends, logs and
 * frees afterwards. A command frees nothing, logs nothing, never blocks and has no
 * globals. Text given to a function is borrowed for the call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/zone_name.h"
#include "bot/catalogue/airing.h"
#include "bot/catalogue/show.h"
#include "bot/core/when.h"

#define COMMAND_ALIASES_MAX  6
#define COMMAND_OPTIONS_MAX  4
#define COMMAND_CHOICES_MAX  8
#define COMMAND_EXAMPLES_MAX 4

struct request;

enum option_type {
	OPTION_NONE,      /* end of the list */
	OPTION_EPISODE,   /* 5, s01e05, latest, words: a struct episode */
	OPTION_SEASON,    /* 2, season 2, specials: request_season() */
	OPTION_CHARACTER, /* a name, typos allowed: a struct character */
	OPTION_COMMAND,   /* another command's name or alias */
	OPTION_CHOICE,    /* one of .choices */
	OPTION_INTEGER,   /* low .. high */
	OPTION_TEXT,      /* the rest of what was typed */
	OPTION_SUBJECT,   /* an episode, or other words: a struct episode or text */
	OPTION_ZONE,      /* the rest of what was typed, which names a time zone: reply_zone_problem() */
};

struct command_option {
	const char *name; /* one lower-case word */
	enum option_type type;
	bool required;
	const char *help; /* one phrase without a full stop: "5, s01e05, latest or words" */
	/* OPTION_EPISODE, OPTION_ZONE: words that are also accepted, as text */
	const char *choices[COMMAND_CHOICES_MAX];
	long low, high;
};

enum command_visibility {
	COMMAND_PUBLIC,  /* answered in the channel where it was asked */
	COMMAND_PRIVATE, /* answered privately, if the network has private replies */
};

enum command_permission {
	PERMISSION_ANYONE,
	PERMISSION_OWNER_MORE, /* anyone; an owner gets a longer answer */
	PERMISSION_BOT,   /* the bot itself, when an occasion is due; no person's command, and in no list */
	PERMISSION_OWNER, /* the configured accounts, certificates and user IDs; hidden from others in help */
};

struct command {
	const char *aliases[COMMAND_ALIASES_MAX];
	const char *summary;                        /* one line without a full stop */
	const char *details;                        /* shown by "help <command>"; may be NULL */
	const char *examples[COMMAND_EXAMPLES_MAX]; /* without prefix: "airdate {episode}" (example.h) */
	/* Required options first; a type that takes several words last. */
	struct command_option options[COMMAND_OPTIONS_MAX];
	enum command_visibility visibility;
	enum command_permission permission;
	bool has_effect;       /* it changes what is stored: once, also when the question is asked again */
	bool is_about_show;    /* a show may be named, also without an argument: "!episodes dark" */
	bool is_about_no_show; /* the argument is no episode, character or words of a show */
	unsigned cooldown_ms;  /* between two answers of this command to one person; 0: no limit */
	/* Return 0, or a negative errno, which is logged while the person gets an apology. */
	int (*run)(struct request *request);
};

#define COMMAND(name) const struct command command_##name

/* The value of an option; NULL or 0 if the person left it out. */
const struct episode *request_episode(const struct request *request, const char *option);
const struct character *request_character(const struct request *request, const char *option);
const struct command_entry *request_command(const struct request *request, const char *option);
/* The season, 0 for the specials, and the number of the episode to begin at. False: left out. */
bool request_season(const struct request *request, const char *option, int *ret_season, int *ret_from);
const char *request_text(const struct request *request,
		const char *option); /* OPTION_TEXT, OPTION_CHOICE, OPTION_SUBJECT, OPTION_ZONE */
/* The option's text as typed, cut to a length that can be quoted in an answer. Borrowed until the next call. */
const char *request_quote(struct request *request, const char *option);
long request_integer(const struct request *request, const char *option);

/* The show named by the first argument ("!episodes aouad"), or else the default. Never NULL. */
const struct show *request_show(const struct request *request);

/* The loaded show with this index; NULL after the last. */
const struct show *request_show_at(const struct request *request, size_t index);
/* True if a name of the show contains the words. */
bool request_is_called(const struct show *show, const char *words);

/* A random number from 0 to bound - 1. Within a conversation it differs from the last one if bound > 1. */
size_t request_random(struct request *request, size_t bound);

/* The last episode answered in this conversation (same person and place, within 15 minutes), or NULL. */
const struct episode *request_last_episode(const struct request *request);
/* Of a command of the bot (PERMISSION_BOT): when it was due, since 1970 UTC. request_now_s() is when it is said. */
int64_t request_due_s(const struct request *request);
/* Say in the footer that it comes late, if it is later than some minutes. */
int reply_late(struct request *request);
/* "announce here", "announce list" and "announce off", and what is said when an episode airs. words: what follows. */
int reply_announce_here(struct request *request, const char *words);
int reply_announce_list(struct request *request);
int reply_announce_off(struct request *request, const char *words);
int reply_announcing(struct request *request, const char *words);
/* Say nothing: what it was about is over. */
int reply_nothing(struct request *request);
/* Make this episode the one that request_last_episode() returns to the next request. */
void request_about(struct request *request, const struct episode *episode);

/* When the question was asked: seconds since 1970 UTC on the network's clock. "Now" for every answer. */
int64_t request_now_s(const struct request *request);
/* The time zone of the person who asked, else of the channel; "" if neither is set: that of the show, or UTC. */
const char *request_zone(struct request *request);
/* When an episode airs, as a phrase (when.h). */
const char *request_when(struct request *request, const struct episode *episode, char buffer[WHEN_BYTES]);
/* The same in a list: "28 January 2022", "tomorrow". */
const char *request_when_short(
		struct request *request, const struct episode *episode, char buffer[WHEN_BYTES]);
/* When the show's day is, such as the premiere. */
const char *request_when_day(
		struct request *request, const struct show *show, struct date day, char buffer[WHEN_BYTES]);
/* "First shown", or "Airs" if it is still to come: the name of a field. */
const char *request_airs(struct request *request, const struct episode *episode);
const char *request_day_airs(struct request *request, const struct show *show, struct date day);
/* Of several that air together: "first shown on 28 January 2022 (4 years ago)", "air tonight at 21:00 (New York)". */
const char *request_all_air(struct request *request, const struct episode *episode, char buffer[WHEN_BYTES]);
/* The zone that the person who asked has set, "" if not set. */
const char *request_own_zone(struct request *request);

/* Write "Season 1, episode 5: Title" to buffer, without the title if it reveals too much, and return buffer. */
const char *request_label(
		struct request *request, const struct episode *episode, char buffer[EPISODE_LABEL_BYTES]);

/* The same within a sentence: "season 1, episode 5". */
const char *request_mention(
		struct request *request, const struct episode *episode, char buffer[EPISODE_LABEL_BYTES]);
/* The same without the season, for a list of one season: "Episode 5: Title". Of a special its title, or "Special". */
const char *request_short_label(
		struct request *request, const struct episode *episode, char buffer[EPISODE_LABEL_BYTES]);

/* The table of commands, sorted by name. */
struct command_entry {
	const char *name;
	const struct command *command;
};
size_t request_commands(const struct request *request, const struct command_entry **ret_entries);
/* A command's example by index, filled in from the show; NULL after the last. Those that the show cannot fill are left
 * out. Borrowed until the next call. */
const char *request_example(struct request *request, const struct command *command, size_t *index);
/* "!airdate <episode>", with the prefix in use. Borrowed until the request ends. */
const char *request_usage(struct request *request, const struct command_entry *entry);
/* True if the person who asked may use that command; help lists only these. */
bool request_may(const struct request *request, const struct command_entry *entry);
/* The prefix in use, such as "!". */
const char *request_prefix(const struct request *request);

/* An episode that a search found, and where the words are: "synopsis", or "close to \"drnoe\": synopsis". */
#define REQUEST_REASON_BYTES 160
struct request_found {
	const struct episode *episode;
	char reason[REQUEST_REASON_BYTES];
};
/* Search the episodes that may be told. Write at most limit results in story order, and the number of all of them.
 * -ENOMEM. */
int request_search(struct request *request, const char *words, struct request_found *ret, size_t limit,
		size_t *ret_count);

/* What the status command shows. */
struct request_status {
	const char *version;
	uint64_t uptime_ms, asked;
	const char *gateways; /* "lobby ready (1 channel), libera reconnecting in 12 s" */
	const char *dataset;  /* "1 show, 12 episodes" */
	const char *broken;   /* datasets with errors: "dark.json (as it was before)"; else "" */
	const char *trouble;  /* why changes are not saved: "disk full"; NULL if they are */
};
void request_status(struct request *request, struct request_status *ret);

/* Reply with the next page of the last long answer in this conversation. -ENOENT if there is no next page. */
int request_more(struct request *request);

/* The results of an owner command. */
enum request_result {
	REQUEST_DONE,
	REQUEST_ALREADY,   /* nothing to change */
	REQUEST_WRONG,     /* an invalid name or value */
	REQUEST_ELSEWHERE, /* not supported on this network or in this channel */
	REQUEST_FAILED,    /* the store cannot be written */
	REQUEST_FULL,      /* the limit of such entries is reached */
};
enum request_result request_join(struct request *request, const char *channel);
enum request_result request_part(struct request *request, const char *channel);
/* How far the person has seen the show: an order, 0, or a negative number if they have not said so. */
int request_progress(const struct request *request);
/* The highest order of an episode that has been shown. */
int request_aired(struct request *request);
/* Store how far the person has seen the show; a negative number deletes it. */
enum request_result request_declare(struct request *request, int seen);
/* Go back to what the person declared before; REQUEST_ALREADY if there is nothing. */
enum request_result request_undo(struct request *request);
/* Answer the words as a command, or as a reference to an episode, in private and without veils. */
int request_spoil(struct request *request, const char *words);
/* An episode with a synopsis that the person may be told about, each once before one comes again; NULL: there is no such
 * episode. */
const struct episode *request_draw(struct request *request);

/* What a reload led to. */
struct request_reload {
	bool is_done;         /* false: what was loaded before stays in use */
	bool is_restarted;    /* no reload: the whole program has been started again since */
	const char *dataset;  /* "1 show, 12 episodes": what is in use now */
	const char *changes;  /* lines such as "New show: Dark"; "" if nothing has changed */
	const char *problems; /* lines such as "episoded.json:3:5: ..."; or "" */
};
/* Read the configuration and the datasets again. With REQUEST_DONE and *ret NULL, the command returns at once, without an
 * answer: it is run again when the reload has ended, or when the network does not wait any longer (*ret_is_waiting). */
enum request_result request_reload(
		struct request *request, const struct request_reload **ret, bool *ret_is_waiting);
enum request_result request_ignore(struct request *request, const char *who, bool is_ignored);
/* Set the time zone of the person who asked; NULL deletes it. */
enum request_result request_set_zone(struct request *request, const char *zone);
/* Entry number index of this network's ignore list; NULL after the last. */
const char *request_ignored(const struct request *request, size_t index);
/* Change a setting of the channel where the command was given; value NULL resets it to the default. */
enum request_result request_set(struct request *request, const char *name, const char *value);
/* Why a value of "set seen" is wrong: what the show has instead, or how a weekly step is typed. */
int reply_seen_problem(struct request *request, const char *value);
/* A value of "set seen" that this show has, "12". Borrowed until the next example. */
const char *request_seen_example(struct request *request);
/* A setting of that channel, "" for the default. Borrowed until the next call. */
const char *request_setting(struct request *request, const char *name);
/* What "default" means for a channel. */
const char *request_default_prefix(const struct request *request);
const struct show *request_default_show(const struct request *request);
/* The show with an ID, a name or an alias; NULL if there is no such show. */
const struct show *request_show_called(const struct request *request, const char *name);
/* After REQUEST_DONE: "" if the change is saved, else ", but a restart will undo it: ..." with the reason; after an owner
 * command in a terminal ", until you quit". */
const char *request_caveat(struct request *request);
/* Reminders (reminding.c). */
#define REQUEST_REMINDER_BYTES 301
struct request_reminder {
	int number;                        /* by which it is forgotten */
	char text[REQUEST_REMINDER_BYTES]; /* what it is about; may be "" */
	const char *who;                   /* who asked */
	char when[WHEN_BYTES];             /* "on Friday 4 December at 20:00 (Berlin), in 4 days" */
	char before[WHEN_BYTES]; /* "1 hour before season 2, episode 3 airs"; "": it is of a clock */
	const char *note;        /* what may surprise: an hour that clocks skip; "" */
	bool is_for_channel, is_own;
	bool is_undated; /* the episode has no date yet */
	bool is_missed;  /* it was not said in time, because the bot or the person was away */
};
/* Read the words, which name a time and a text, and remind the person, or the channel. REQUEST_WRONG: the reply says why.
 * *ret is filled for REQUEST_DONE and REQUEST_ALREADY; who and note are borrowed until the next call. */
enum request_result request_remind(struct request *request, const char *words, struct request_reminder *ret);
/* The reminders of the person, and in a channel those for the channel, in the order of time. False after the last. */
bool request_reminder(struct request *request, size_t index, struct request_reminder *ret);
/* Forget one by its number; an owner may forget those of others for this channel. REQUEST_ALREADY: there is no such reminder. */
enum request_result request_forget(struct request *request, long number);
/* Say a reminder that is due. */
int reply_reminder(struct request *request);

/* Watching together (watch_along.c): begin, pause, and so on, or say where everybody is. */
int reply_watch(struct request *request, const char *words);
/* Say what is due in it. */
int reply_watch_step(struct request *request);
bool request_is_private(const struct request *request);
/* True where settings can be changed: in a channel, and in a terminal, which is private. */
bool request_has_settings(const struct request *request);
/* True if the answer can reach the person who asked and no other. */
bool request_has_private(const struct request *request);
/* Send the answer privately, if the network has private replies. */
void request_make_private(struct request *request);
/* The channel where the command was given; in private, the person. */
const char *request_channel(const struct request *request);
bool request_is_owner(const struct request *request);

/* Fill the reply. Texts are copied. Each function returns 0, so that run() can end with it. */
int reply_title(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A title about a show: "Show – Episode 5", where there are several shows; otherwise "Episode 5". */
int reply_show_title(struct request *request, const struct show *show, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
int reply_text(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));
int reply_field(struct request *request, const char *name, const char *format, ...)
		__attribute__((format(printf, 3, 4)));
int reply_item(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Where items can be clicked, a click on the last one asks the command, given without prefix. label: the beginning of the
 * item, which names what it asks about. */
int reply_item_command(struct request *request, const char *label, const char *command, ...)
		__attribute__((format(printf, 3, 4)));
/* Where lists have headings, one above the last item. */
int reply_item_heading(struct request *request, const char *format, ...)
		__attribute__((format(printf, 2, 3)));
int reply_footer(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Show a text that tells what happens: in clear, or veiled if it reveals more than this question may be told. The
 * core decides (line.h). */
int reply_tell(struct request *request, const struct fact *fact);
int reply_tell_item(struct request *request, const struct fact *fact);
/* The category in clear, and the note. */
int reply_tell_warning(struct request *request, const struct warning *warning);
/* The synopsis; if it is veiled, the teaser in front of it. */
int reply_tell_episode(struct request *request, const struct episode *episode);
/* A picture of the dataset, and a page about what was asked, an https link; "" is ignored. */
int reply_image(struct request *request, const char *url);
int reply_url(struct request *request, const char *url);
/* A picture that is asked for, also on networks that show no pictures: its link, veiled as what it shows. Of an episode, or of
 * the character whom the words name, or of the show. */
int reply_picture(struct request *request, const struct episode *episode, const char *words);
/* The picture of a character whom this question may name, unless the answer is veiled. To be called after the text. */
int reply_character_image(struct request *request, const struct character *character);
/* Suggest a follow-up command, given without prefix: a button on networks that have buttons. */
int reply_choice(struct request *request, const char *label, const char *command, ...)
		__attribute__((format(printf, 3, 4)));
/* Answers that several commands share (card.c). */
int reply_episode(struct request *request, const struct episode *episode); /* label, date and synopsis */
/* The episode step (+1 or -1) away from this one; NULL means the last one asked about. */
int reply_neighbour(struct request *request, const struct episode *episode, int step);
/* One random fact about the episode; if episode is NULL, one about the show that spoils nothing. */
int reply_trivia(struct request *request, const struct episode *episode);
/* True if a list may name the character to who asks. */
bool request_may_name(struct request *request, const struct character *character);
/* Name the episodes whose synopsis names a character, as far as this question may be told, and offer the first. */
int reply_named_in(struct request *request, const struct character *character);
/* How far the person has watched each show. */
int reply_progress(struct request *request);
/* Find the time zone named by a text option; if no zone has that name, reply with the nearest, and return true. */
bool reply_zone_problem(struct request *request, const char *option, char ret_zone[ZONE_NAME_BYTES]);
/* Say when the show was first shown, and which episode airs next. */
int reply_premiere(struct request *request);
/* Say which episode of the show airs next, and when; or since when all are out. */
int reply_upcoming(struct request *request);
/* Say in a sentence when the episode airs: "Airs tonight at 21:00 (New York)." */
int reply_airs(struct request *request, const struct episode *episode);
/* The reply tells when the episode airs: networks that can add the hour in the reader's own time zone. */
int reply_moment(struct request *request, const struct episode *episode);
/* True if a fact about a subject may be told. */
bool request_has_trivia(struct request *request, const char *subject);
/* A fact about a subject, the most fitting one first, then the others by turns. */
int reply_trivia_about(struct request *request, const char *subject);
/* A field with the actors and their roles, without roles that reveal too much. */
int reply_cast(struct request *request, const struct show *show);
/* Set the footer to "Source: Title (publisher)". */
int reply_sources(struct request *request, const struct source *const *sources, size_t count);
/* Replace the whole reply with one line that says why the command cannot be answered. */
int reply_problem(struct request *request, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
