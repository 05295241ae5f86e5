#ifndef EPISODED_IMPORT_OWN_H
#define EPISODED_IMPORT_OWN_H

/* What a dataset of ours has and other formats do not: for exports that people have edited. */

#include "bot/import/member.h"

/* Read the lists of a show (characters, trivia ...) and of an episode, and the members that are kept as they are. */
void own_additions_of_show(struct member_reading *reading, struct json_node *root);
void own_additions_of_episode(
		struct member_reading *reading, struct json_node *node, struct episode_draft *episode);

#endif
