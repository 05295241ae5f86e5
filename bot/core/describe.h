#ifndef EPISODED_DESCRIBE_H
#define EPISODED_DESCRIBE_H

/* The commands' descriptions in the forms that completion, README and manual need. */

#include "bot/base/str.h"

enum describe_form {
	DESCRIBE_TEXT,     /* "!episode <episode>   The synopsis ..." for a terminal */
	DESCRIBE_NAMES,    /* one name a line, for completion */
	DESCRIBE_JSON,     /* for the lobby's page */
	DESCRIBE_MARKDOWN, /* the README's table */
	DESCRIBE_SCDOC,    /* the man page's section */
};

void describe_commands(struct str *str, const char *prefix, enum describe_form form);

#endif
