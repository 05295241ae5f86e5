#ifndef EPISODED_TOPIC_H
#define EPISODED_TOPIC_H

/* What a channel is about, for a page that shows it: the show, its seasons, how far the reader has seen them. Pure. */

#include "bot/base/str.h"
#include "bot/core/line.h"

#define TOPIC_RUNS_MAX 100 /* runs of episodes; the episodes after them are left out */

struct topic {
	const char *prefix; /* of commands in the channel */
	struct line line;   /* of the reader; line.show is the channel's show */
};

/*
 * Append the topic as one JSON object:
 * {"show":s,"id":s,"prefix":s,"seen":n?,"aired":n,"runs":[[season,first number,last number],...],"image":s?}
 *
 * A run is a part of a season whose numbers follow each other; the orders of the episodes count through all runs, from 1.
 * seen and aired are such orders. There are no titles and no pictures of episodes in it, so it spoils nothing.
 */
void topic_append_json(const struct topic *topic, struct str *str);

#endif
