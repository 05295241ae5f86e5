#ifndef EPISODED_DISCORD_REST_LINE_H
#define EPISODED_DISCORD_REST_LINE_H

/* Lines of waiting calls, one for each route and major parameter, in a ring for each lane. Pure. */

#include "bot/gateway/discord/rest/queue.h"

#define DISCORD_REST_LANES 2

struct discord_rest_line {
	struct discord_rest_line *next, *previous; /* the ring */
	struct discord_ratelimit_key key;
	enum discord_rest_lane lane;
	struct discord_rest_item *first, **last_link;
	unsigned count; /* never 0 */
};

struct discord_rest_lines {
	struct discord_rest_line *ring[DISCORD_REST_LANES]; /* the next in turn; NULL: no lines */
	unsigned count;                                     /* of items */
	size_t bytes;
};

/* The memory that an item is counted with. */
size_t discord_rest_item_bytes(const struct discord_rest_item *item);

/* The line of an item; NULL: it is in no line. */
struct discord_rest_line *discord_rest_lines_find(
		struct discord_rest_lines *lines, const struct discord_rest_item *item);

/* Insert by order: an item that comes back for a retry is in front again. -ENOMEM. */
int discord_rest_lines_join(struct discord_rest_lines *lines, struct discord_rest_item *item);

/* Take out and return the item that *link points to. May free the line. */
struct discord_rest_item *discord_rest_lines_leave(struct discord_rest_lines *lines,
		struct discord_rest_line *line, struct discord_rest_item **link);

#endif
