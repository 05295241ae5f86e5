#ifndef EPISODED_DESCRIBE_H
#define EPISODED_DESCRIBE_H

/* The commands' descriptions in the forms that other surfaces read: completion, README, man page. */

#include "bot/base/str.h"

enum describe_form {
	DESCRIBE_TEXT,     /* "!episode <episode>   The synopsis ..." for a terminal */
	DESCRIBE_NAMES,    /* one name a line, for completion */
	DESCRIBE_JSON,     /* as the lobby's page reads it */
	DESCRIBE_MARKDOWN, /* the README's table */
	DESCRIBE_SCDOC,    /* the man page's section */
};

void describe_commands(struct str *str, const char *prefix, enum describe_form form);

#endif
