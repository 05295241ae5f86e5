#ifndef EPISODED_REPLY_H
#define EPISODED_REPLY_H

/*
 * A gateway-neutral answer. Commands fill it through command.h; each gateway's render
 * converts it to its network's form. All text is plain UTF-8 without markup or line
 * breaks; the render adds markup, cards or buttons.
 */

#include "bot/base/str.h"
#include "bot/core/wishes.h"

#define REPLY_TITLE_MAX_BYTES 1024   /* holds the longest name of a dataset, and more */
#define REPLY_TEXT_MAX_BYTES  32000  /* holds the longest text of a dataset; renders divide it into pages */
#define REPLY_MAX_BYTES       200000 /* of all texts, fields and items */
#define REPLY_FIELDS_MAX      12
#define REPLY_ITEMS_MAX       1000
#define REPLY_CHOICES_MAX     5

enum reply_kind {
	REPLY_ANSWER,
	REPLY_PROBLEM, /* a wrong argument: the reason, the usage, the closest valid value */
};

struct reply_field {
	char *name, *value; /* "First shown", "28 January 2022"; always in clear */
};

/* An entry of a list. */
struct reply_item {
	char *text;
	bool is_veiled; /* it reveals what the reader may not know yet */
	/* For the page, where an item is a row that can be clicked; all may be 0. */
	char *heading;      /* above this item and those after it: "Season 2" */
	char *command;      /* what a click asks, without prefix: "episode s01e05" */
	size_t label_bytes; /* how much of the text names what is asked about: "Episode 5: Title" */
};

/* A suggested follow-up command: a button, or text to type. */
struct reply_choice {
	char *label;   /* "Episode 6" */
	char *command; /* without prefix: "episode 6" */
};

struct reply {
	enum reply_kind kind;
	bool is_private;  /* send it privately, if the network has private replies */
	bool is_fleeting; /* the same question would get another answer: random, or relative to the last one */
	char *title;      /* may be NULL; always in clear */
	size_t title_show_bytes; /* of the title, in front: the show's name, where the channel has only this show */
	int order; /* of the episode that is told, if it is of the channel's show; 0: the answer is not about an episode */
	char *teaser;  /* may be NULL; in clear, in front of the text */
	char *spoiler; /* why parts are veiled: "Spoils a later episode"; NULL: every part is in clear */
	char *spoil;   /* the command, without prefix, that tells the veiled parts to one person: "spoil 9" */
	char *text;    /* may be NULL */
	bool is_text_veiled;
	struct reply_field fields[REPLY_FIELDS_MAX];
	size_t field_count;
	struct reply_item *items; /* on the heap; NULL while there are 0 */
	size_t item_count, item_capacity;
	size_t bytes;     /* used of REPLY_MAX_BYTES */
	char *footer;     /* may be NULL; a source or a hint */
	int64_t moment_s; /* when what is told airs, since 1970 UTC, for networks that can show it in the reader's
			     time zone; 0: no hour */
	char *image, *url; /* a picture (catalogue/picture.h), and a page about what was asked, an https link; may be NULL */
	struct reply_choice choices[REPLY_CHOICES_MAX];
	size_t choice_count;
	struct wishes wishes; /* of an occasion */
	int error;            /* 0, or -ENOMEM: the setters then do nothing */
};

void reply_init(struct reply *reply);
void reply_release(struct reply *reply);
/* On the heap. NULL: out of memory. */
struct reply *reply_new(void);
void reply_free(struct reply *reply); /* NULL-safe */
/* Empty the reply, as after reply_init(). */
void reply_clear(struct reply *reply);

/* Each setter copies the text, cleans it (utf8_clean), and cuts it with "…" at a grapheme boundary to its limit.
 * Entries beyond a list's limit, or beyond REPLY_MAX_BYTES, are dropped. */
void reply_set_title(struct reply *reply, const char *text);
void reply_set_text(struct reply *reply, const char *text);
void reply_set_teaser(struct reply *reply, const char *text);
void reply_set_spoiler(struct reply *reply, const char *why);
void reply_set_spoil(struct reply *reply, const char *command);
void reply_set_image(struct reply *reply, const char *url);
void reply_set_url(struct reply *reply, const char *url);
void reply_set_footer(struct reply *reply, const char *text);
void reply_add_field(struct reply *reply, const char *name, const char *value);
void reply_add_item(struct reply *reply, const char *text);
void reply_add_veiled_item(struct reply *reply, const char *text);
/* Make the last item a row: its first bytes, equal to label, name what the command is about. */
void reply_set_item_command(struct reply *reply, const char *label, const char *command);
/* Begin a part of the list with the last item. */
void reply_set_item_heading(struct reply *reply, const char *heading);
void reply_add_choice(struct reply *reply, const char *label, const char *command);

/*
 * A reply as plain lines without markup, for terminals and plain clients: title, teaser, text,
 * fields, items, what is veiled and how to read it, footer, and the choices of a problem (an answer's
 * choices are not worth a line). The caller frees the lines with reply_lines_free().
 */
struct reply_line {
	char *text;
	bool is_veiled; /* a spoiler: not shown unless the reader asks for it */
	bool is_title;  /* shown in bold, if the network can */
	bool is_hint;   /* from reply_append_hint(): why lines are veiled, and how to read them */
};
/* prefix is written before the command of a choice ("!"). Return 0 or -ENOMEM. */
int reply_lines(const struct reply *reply, const char *prefix, struct reply_line **ret, size_t *ret_count);
void reply_lines_free(struct reply_line *lines, size_t count);

/* "Spoils a later episode: say !spoil 9, and I'll tell you alone.", for networks that leave the veiled parts out.
 * Appends nothing if nothing is veiled. */
void reply_append_hint(const struct reply *reply, const char *prefix, struct str *str);

/*
 * Append the reply as one JSON object, for the lobby's page:
 * {"kind":"answer"|"problem","title":s?,"teaser":s?,"spoiler":s?,"text":s?,"fields":[[name,value],...]?,
 *  "items":[s | {"heading":s?,"label":s?,"text":s,"command":s?},...]?,"order":n?,"veiled":{"text":true?,"items":[index,...]?}?,"moment":seconds?,"footer":s?,"image":s?,"picture":s?,"url":s?,
 *  "choices":[[label,command],...]?}
 * "image" is the link of the picture, if it has one; "picture" its address on the lobby's page.
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
