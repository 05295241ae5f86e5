#ifndef EPISODED_IMPORT_SUMMARY_H
#define EPISODED_IMPORT_SUMMARY_H

#include "bot/base/str.h"
#include "bot/import/draft.h"

/* Append what a draft has, in a few lines: seasons, episodes, specials, dates, texts, pictures. */
void summary_print(const struct show_draft *draft, struct str *str);

/* Append what a person has seen, as the lines to type to the bot. */
void summary_print_seen(const struct show_draft *draft, struct str *str);

#endif
