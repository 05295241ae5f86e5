#ifndef EPISODED_WATCH_ALONG_H
#define EPISODED_WATCH_ALONG_H

/*
 * Watching together in a channel, as occasions of the command "together": one record of it (party.h), which is silent,
 * and its steps: a countdown, the start and the end. The record is changed in one piece; the steps follow from it, and
 * are computed again when the book is opened, so that a crash between the two costs nothing.
 */

#include "bot/core/occasions.h"

#define WATCH_ALONG_COMMAND "together"

/* Add the steps that a crash has left out, and remove those of records that are gone. */
void watch_along_mend(struct occasions *occasions, int64_t now_s);

#endif
