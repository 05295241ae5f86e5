/* Lines of waiting calls: created with their first call, freed with their last. */

#include "bot/gateway/discord/rest/line.h"

#include <errno.h>
#include <stdlib.h>

size_t discord_rest_item_bytes(const struct discord_rest_item *item)
{
	return sizeof(*item) + item->call.body_bytes + item->call.file.length;
}

struct discord_rest_line *discord_rest_lines_find(
		struct discord_rest_lines *lines, const struct discord_rest_item *item)
{
	struct discord_rest_line *first = lines->ring[item->call.lane], *line = first;

	while (line) {
		if (line->key.route == item->key.route && line->key.major == item->key.major)
			return line;
		line = line->next == first ? NULL : line->next;
	}
	return NULL;
}

static struct discord_rest_line *make_line(
		struct discord_rest_lines *lines, const struct discord_rest_item *item)
{
	struct discord_rest_line **ring = &lines->ring[item->call.lane], *line = calloc(1, sizeof(*line));

	if (!line)
		return NULL;
	line->key = item->key;
	line->lane = item->call.lane;
	line->last_link = &line->first;
	line->next = line->previous = line;
	if (*ring) { /* inserted as the last in turn */
		line->next = *ring;
		line->previous = (*ring)->previous;
		line->next->previous = line->previous->next = line;
	} else {
		*ring = line;
	}
	return line;
}

static void drop_line(struct discord_rest_lines *lines, struct discord_rest_line *line)
{
	struct discord_rest_line **ring = &lines->ring[line->lane];

	if (*ring == line)
		*ring = line->next == line ? NULL : line->next;
	line->next->previous = line->previous;
	line->previous->next = line->next;
	free(line);
}

int discord_rest_lines_join(struct discord_rest_lines *lines, struct discord_rest_item *item)
{
	struct discord_rest_line *line = discord_rest_lines_find(lines, item);
	struct discord_rest_item **link;

	if (!line)
		line = make_line(lines, item);
	if (!line)
		return -ENOMEM;
	link = item->attempts ? &line->first : line->last_link;
	while (*link && (*link)->order < item->order)
		link = &(*link)->next;
	item->next = *link;
	*link = item;
	if (!item->next)
		line->last_link = &item->next;
	line->count++;
	lines->count++;
	lines->bytes += discord_rest_item_bytes(item);
	return 0;
}

struct discord_rest_item *discord_rest_lines_leave(struct discord_rest_lines *lines,
		struct discord_rest_line *line, struct discord_rest_item **link)
{
	struct discord_rest_item *item = *link;

	*link = item->next;
	if (!item->next)
		line->last_link = link;
	item->next = NULL;
	line->count--;
	lines->count--;
	lines->bytes -= discord_rest_item_bytes(item);
	if (!line->count)
		drop_line(lines, line);
	return item;
}
