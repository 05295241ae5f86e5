/* The position in each channel. */

#include "bot/gateway/irc/seen.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"

void irc_seen_init(struct irc_seen *seen)
{
	*seen = (struct irc_seen){.save_ms = UINT64_MAX};
}

void irc_seen_release(struct irc_seen *seen)
{
	for (size_t i = 0; i < seen->count; i++)
		free(seen->list[i].name);
	free(seen->list);
	irc_seen_init(seen);
}

struct irc_seen_channel *irc_seen_find(
		const struct irc_seen *seen, const char *channel, enum irc_casemap casemap)
{
	for (size_t i = 0; i < seen->count; i++) {
		if (irc_casemap_equal(casemap, seen->list[i].name, channel))
			return &seen->list[i];
	}
	return NULL;
}

struct irc_seen_channel *irc_seen_add(struct irc_seen *seen, const char *channel)
{
	struct irc_seen_channel *place;

	if (!seen->list)
		seen->list = calloc(IRC_SEEN_MAX, sizeof(*seen->list));
	if (!seen->list || seen->count == IRC_SEEN_MAX)
		return NULL;
	place = &seen->list[seen->count];
	*place = (struct irc_seen_channel){.name = str_copy(channel)};
	if (!place->name)
		return NULL;
	seen->count++;
	return place;
}

int irc_seen_rename(struct irc_seen_channel *channel, const char *name)
{
	char *copy = str_copy(name);

	if (!copy)
		return -ENOMEM;
	free(channel->name);
	channel->name = copy;
	channel->is_changed = true;
	return 0;
}

void irc_seen_update(struct irc_seen *seen, struct irc_seen_channel *channel, uint64_t time_ms,
		const char *id, uint64_t now_ms)
{
	size_t length = strlen(id);

	if (time_ms < channel->time_ms)
		return;
	channel->time_ms = time_ms;
	if (length < sizeof(channel->id))
		memcpy(channel->id, id, length + 1);
	channel->is_changed = true;
	if (seen->save_ms == UINT64_MAX)
		seen->save_ms = now_ms + IRC_SEEN_SAVE_MS;
}

/* Read the number at *text and skip the space after it. */
static int read_number(const char **text, uint64_t *ret)
{
	char digits[24] = "";
	size_t length = strcspn(*text, " ");
	long number;

	if ((*text)[length] != ' ' || length >= sizeof(digits))
		return -EBADMSG;
	memcpy(digits, *text, length);
	if (str_to_long(digits, 0, LONG_MAX, &number) < 0)
		return -EBADMSG;
	*ret = (uint64_t)number;
	*text += length + 1;
	return 0;
}

int irc_seen_read(const char *text, struct irc_seen_channel *ret)
{
	uint64_t time_ms, floor_ms;

	if (read_number(&text, &time_ms) < 0 || read_number(&text, &floor_ms) < 0 ||
			strlen(text) >= sizeof(ret->id))
		return -EBADMSG;
	ret->time_ms = time_ms;
	ret->floor_ms = floor_ms;
	memcpy(ret->id, text, strlen(text) + 1);
	return 0;
}

void irc_seen_write(const struct irc_seen_channel *channel, char ret[IRC_SEEN_TEXT_BYTES])
{
	snprintf(ret, IRC_SEEN_TEXT_BYTES, "%llu %llu %s", (unsigned long long)channel->time_ms,
			(unsigned long long)channel->floor_ms, channel->id);
}
