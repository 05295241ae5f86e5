#ifndef EPISODED_CONFIG_DRAFT_H
#define EPISODED_CONFIG_DRAFT_H

/* What "episoded init" needs to know of a network to write a gateway's first configuration: a constant in the network's
 * folder (bot/gateway/TYPE/init.c), which its struct network names. */

#include <stddef.h>

#include "bot/base/str.h"

#define DRAFT_QUESTIONS_MAX    4
#define DRAFT_ANSWER_MAX_BYTES 1000
#define DRAFT_NAME_BYTES       33 /* of a gateway, with its NUL */

struct draft_question {
	const char *prompt; /* "The bot's nick" */
	const char *hint;   /* where to find the answer; may be NULL */
	const char *standard; /* the answer if nothing is typed; "": it is left out; NULL: something must be typed */
	/* NULL: valid; else what is wrong, as a phrase that follows "this ". Not called for an empty answer. */
	const char *(*check)(const char *text);
};

struct network_draft {
	const struct draft_question *questions;
	size_t question_count;
	/* Suggest a name for the gateway: lower-case letters, digits and hyphens. May be NULL: the network's type. */
	void (*suggest_name)(const char *const *answers, char ret[DRAFT_NAME_BYTES]);
	/* Append the gateway's members as JSON with comments: lines indented with six spaces, without braces. *secret gets
	 * the name of the secret that is still to be set, or stays empty. */
	void (*write)(const char *name, const char *const *answers, struct str *ret, struct str *secret);
	const char *before; /* what to do before the secret is set: a line each; may be NULL */
	const char *login;  /* the subcommand that logs in, in place of a secret; may be NULL */
	const char *after;  /* what to do once the bot runs: a line each; may be NULL */
};

/* Append "key": "value" with its indentation, and a comma and a line end. */
void draft_append(struct str *text, const char *key, const char *value);
/* Append a list of words that are separated by spaces or commas, as JSON: ["#a", "#b"]. A word that does not begin with one of
 * the marks gets the first of them. */
void draft_append_words(struct str *text, const char *words, const char *marks);
/* The first problem of such a list; check as in struct config_field. */
const char *draft_check_words(const char *words, const char *marks, const char *(*check)(const char *text));

#endif
