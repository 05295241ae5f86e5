#ifndef EPISODED_NAMING_H
#define EPISODED_NAMING_H

/*
 * The show that a person names beside an argument: "dark 5", "episode 5 of dark", "who is jonas in dark". A show's name
 * may be a word or a number, so a name is only taken for one when the rest is an argument, or when the words are no argument
 * without it: "!episode 24" is an episode before it is the show "24".
 */

#include "bot/catalogue/catalogue.h"
#include "bot/core/command.h"

#define NAMING_MAX_BYTES 1001 /* of words, with the NUL; longer ones name no show */

struct naming {
	const struct show *show;     /* NULL: no show is named */
	char rest[NAMING_MAX_BYTES]; /* the words without the name */
};

/* Find the show in the words of a command whose first option has this type. show is the one meant without a name. */
void naming_of_words(const struct catalogue *catalogue, const struct show *show,
		const struct command_option *option, const char *words, struct naming *ret);

/* Find the show of "show:dark 5", as slash commands with a show write it. NULL: no show is named so; *ret_rest is words or
 * the words after the name. */
const struct show *naming_explicit(
		const struct catalogue *catalogue, const char *words, const char **ret_rest);

/* Find the show in a sentence, and put "it" for its name: "what is dark about" -> "what is it about". */
void naming_of_sentence(const struct catalogue *catalogue, const char *text, struct naming *ret);

#endif
