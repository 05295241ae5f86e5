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
	struct discord_rest_line *ring[DISCORD_REST_LANES]; /* the one to look at next; NULL: none */
	unsigned count;                                     /* of items */
	size_t bytes;
};

/* What an item counts for. */
size_t discord_rest_item_bytes(const struct discord_rest_item *item);

/* The line that an item belongs to, NULL when there is none. */
struct discord_rest_line *discord_rest_lines_find(
		struct discord_rest_lines *lines, const struct discord_rest_item *item);

/* In the order of coming: what was sent already and comes back stands in front again. -ENOMEM. */
int discord_rest_lines_join(struct discord_rest_lines *lines, struct discord_rest_item *item);

/* *link points to the item, which is returned. The line may be gone afterwards. */
struct discord_rest_item *discord_rest_lines_leave(struct discord_rest_lines *lines,
		struct discord_rest_line *line, struct discord_rest_item **link);

#endif
