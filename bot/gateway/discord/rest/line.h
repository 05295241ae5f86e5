#ifndef EPISODED_DISCORD_REST_LINE_H
#define EPISODED_DISCORD_REST_LINE_H

/* Lines of waiting calls, one for each route and major parameter, in a ring for each lane. Pure. */

#include "bot/gateway/discord/rest/queue.h"

#define REST_LANES 2

struct rest_line {
	struct rest_line *next, *previous; /* the ring */
	struct ratelimit_key key;
	enum rest_lane lane;
	struct rest_item *first, **last_link;
	unsigned count; /* never 0 */
};

struct rest_lines {
	struct rest_line *ring[REST_LANES]; /* the one to look at next; NULL: none */
	unsigned count;                     /* of items */
	size_t bytes;
};

/* What an item counts for. */
size_t rest_item_bytes(const struct rest_item *item);

/* The line that an item belongs to, NULL when there is none. */
struct rest_line *rest_lines_find(struct rest_lines *lines, const struct rest_item *item);

/* In the order of coming: what was sent already and comes back stands in front again. -ENOMEM. */
int rest_lines_join(struct rest_lines *lines, struct rest_item *item);

/* *link points to the item, which is returned. The line may be gone afterwards. */
struct rest_item *rest_lines_leave(struct rest_lines *lines, struct rest_line *line, struct rest_item **link);

#endif
