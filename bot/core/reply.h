#ifndef EPISODED_REPLY_H
#define EPISODED_REPLY_H

/*
 * A gateway-neutral answer. Commands fill it through command.h; a gateway's
 * render turns it into what its network shows. All text is plain UTF-8
 * without markup or line breaks; a render adds what its network can show.
 */

#include "bot/base/str.h"

#define REPLY_TITLE_MAX_BYTES 256
#define REPLY_TEXT_MAX_BYTES  4000
#define REPLY_FIELDS_MAX      12
#define REPLY_ITEMS_MAX       64
#define REPLY_CHOICES_MAX     5

enum reply_kind {
	REPLY_ANSWER,
	REPLY_PROBLEM, /* a wrong argument: what was wrong, the usage, the nearest valid thing */
};

struct reply_field {
	char *name, *value; /* "First shown", "28 January 2022" */
};

/* Something the person may want to ask next: a button, or text to type. */
struct reply_choice {
	char *label;   /* "Episode 6" */
	char *command; /* without prefix: "episode 6" */
};

struct reply {
	enum reply_kind kind;
	bool is_private;  /* for the asker's eyes, where the network can */
	bool is_fleeting; /* the same words would bring another: drawn by chance, or next to the last one */
	char *title;      /* or NULL */
	char *spoiler;    /* or NULL; else why text, fields and items are veiled: "Spoils episode 12" */
	char *text;       /* or NULL */
	struct reply_field fields[REPLY_FIELDS_MAX];
	size_t field_count;
	char *items[REPLY_ITEMS_MAX]; /* a list, one thought each */
	size_t item_count;
	char *footer; /* or NULL; a source, a hint */
	struct reply_choice choices[REPLY_CHOICES_MAX];
	size_t choice_count;
	int error; /* the first -ENOMEM; setters do nothing after it */
};

void reply_init(struct reply *reply);
void reply_release(struct reply *reply);
/* Everything back to empty, as after reply_init(). */
void reply_clear(struct reply *reply);

/* Each copies, cleans (utf8_clean) and cuts to its limit at a grapheme with "…". Too many of a list: the rest
 * is left out. */
void reply_set_title(struct reply *reply, const char *text);
void reply_set_text(struct reply *reply, const char *text);
void reply_set_spoiler(struct reply *reply, const char *why);
void reply_set_footer(struct reply *reply, const char *text);
void reply_add_field(struct reply *reply, const char *name, const char *value);
void reply_add_item(struct reply *reply, const char *text);
void reply_add_choice(struct reply *reply, const char *label, const char *command);

/*
 * The reply as plain lines, without markup, for a terminal, for IRC and for
 * anything that knows no cards: title, text, fields, items, footer, and the
 * choices of a problem (an answer's are a convenience that costs a line).
 * A veiled line is marked. The caller frees with reply_lines_free().
 */
struct reply_line {
	char *text;
	bool is_veiled; /* a spoiler: hide it where the network can */
	bool is_title;  /* worth emphasis where the network can */
};
/* prefix stands before a choice's command ("!"). Lines on success, -ENOMEM. */
int reply_lines(const struct reply *reply, const char *prefix, struct reply_line **ret, size_t *ret_count);
void reply_lines_free(struct reply_line *lines, size_t count);

/*
 * Append the reply as one JSON object for the lobby's page:
 * {"kind":"answer"|"problem","title":s?,"spoiler":s?,"text":s?,"fields":[[name,value],...]?,
 *  "items":[s,...]?,"footer":s?,"choices":[[label,command],...]?}
 */
void reply_append_json(const struct reply *reply, struct str *str);

/*
 * An answer on its way. A gateway begins at position (0 the first time, in units that only the gateway knows),
 * sends what fits one answer, and sets position to where "more" goes on, or to 0 when all is sent.
 */
struct message;

struct delivery {
	const struct message *message; /* what is answered */
	const struct reply *reply;
	size_t position;
	const char *prefix; /* of commands, where it was asked; NULL: the configuration's */
};

#endif
