#ifndef EPISODED_ASKED_H
#define EPISODED_ASKED_H

/* What is known about a question when the episode that it refers to is looked for. */

#include "bot/catalogue/reference.h"
#include "bot/core/line.h"

/* "Today" is the day in the show's time zone at the time of the question. */
struct reference_asked asked_of(const struct line *line);

#endif
