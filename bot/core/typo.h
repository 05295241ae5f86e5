#ifndef EPISODED_TYPO_H
#define EPISODED_TYPO_H

/* The command that a misspelt word means. Pure, and cheap: other bots' commands have the same prefix. */

#include <stdbool.h>

/*
 * typo_of - the name or alias of the command that word is a typo of, or NULL if it is no typo.
 *
 * The first letter must be right or swapped with the second one. Up to 4 letters only swapped neighbours are a typo, up
 * to 7 letters one edit, then two; of two commands that are equally near, neither is suggested. Words that other bots use as commands are
 * no typos. Owner commands are only suggested to owners.
 */
const char *typo_of(const char *word, bool is_owner);

#endif
