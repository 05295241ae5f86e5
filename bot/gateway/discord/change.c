/* Edits, deletions and reactions: does one concern the bot? */

#include "bot/gateway/discord/change.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/gateway/discord/snowflake.h"

#define TIME_MAX_BYTES  48
#define EMOJI_MAX_BYTES 16
#define BASKET          "\xf0\x9f\x97\x91"
#define BASKET_AS_EMOJI BASKET "\xef\xb8\x8f" /* with the selector of its coloured form */
#define UTC             "+00:00"

void discord_change_id_write(const struct discord_change_id *id, char ret[DISCORD_CHANGE_ID_BYTES])
{
	if (id->edited_ms)
		snprintf(ret, DISCORD_CHANGE_ID_BYTES, "%" PRIu64 ".%" PRIu64, id->message, id->edited_ms);
	else
		snprintf(ret, DISCORD_CHANGE_ID_BYTES, "%" PRIu64, id->message);
}

struct discord_change_id discord_change_id_read(const char *text)
{
	struct discord_change_id id = {0};
	char *end;

	id.message = strtoull(text, &end, 10);
	if (*end == '.')
		id.edited_ms = strtoull(end + 1, NULL, 10);
	return id;
}

/* Discord writes UTC as an offset: "2026-01-01T00:00:00.000000+00:00". */
static int read_time(struct span value, uint64_t *ret_ms)
{
	char text[TIME_MAX_BYTES];
	size_t length;

	if (!span_copy(value, text, sizeof(text)))
		return -EBADMSG;
	length = strlen(text);
	if (length > sizeof(UTC) && strcmp(text + length - (sizeof(UTC) - 1), UTC) == 0)
		memcpy(text + length - (sizeof(UTC) - 1), "Z", 2);
	return clock_from_iso(text, ret_ms);
}

int discord_change_edit_read(struct span data, struct discord_change_id *ret)
{
	struct discord_change_id read = {0};
	struct span_walk walk;
	struct span key, value;
	int r = span_open(data, '{', &walk);

	if (r < 0)
		return r;
	while ((!read.message || !read.edited_ms) && (r = span_member(&walk, &key, &value)) > 0) {
		if (span_is(key, "id") && span_number(value, &read.message) < 0)
			return -EBADMSG;
		if (!span_is(key, "edited_timestamp"))
			continue;
		if (span_is(value, "null"))
			return 0;
		if (read_time(value, &read.edited_ms) < 0)
			return -EBADMSG;
	}
	if (r < 0 || !read.message)
		return -EBADMSG;
	if (!read.edited_ms || read.edited_ms > discord_snowflake_ms(read.message) + DISCORD_CHANGE_EDIT_MS)
		return 0;
	*ret = read;
	return 1;
}

int discord_change_deleted_read(struct span data, uint64_t ret[DISCORD_CHANGE_BULK_MAX])
{
	struct span ids = span_get(data, "ids"), item;
	struct span_walk walk;
	int count = 0, r;

	if (!ids.at)
		return span_number(span_get(data, "id"), &ret[0]) < 0 ? -EBADMSG : 1;
	r = span_open(ids, '[', &walk);
	while (r >= 0 && count < DISCORD_CHANGE_BULK_MAX && (r = span_item(&walk, &item)) > 0) {
		if (span_number(item, &ret[count]) < 0)
			return -EBADMSG;
		count++;
	}
	return r < 0 ? r : count;
}

/* An emoji of a server has an id, and any name. */
static bool is_basket(struct span emoji)
{
	struct span id = span_get(emoji, "id");
	char name[EMOJI_MAX_BYTES];

	if ((id.at && !span_is(id, "null")) || !span_copy(span_get(emoji, "name"), name, sizeof(name)))
		return false;
	return strcmp(name, BASKET) == 0 || strcmp(name, BASKET_AS_EMOJI) == 0;
}

/* One member of the event. 1 go on, 0 not for the bot, -EBADMSG. */
static int read_reaction(
		struct span key, struct span value, uint64_t self, struct discord_change_basket *basket)
{
	static const struct {
		const char *name;
		size_t offset;
	} ids[] = {
			{"user_id", offsetof(struct discord_change_basket, user)},
			{"channel_id", offsetof(struct discord_change_basket, channel)},
			{"message_id", offsetof(struct discord_change_basket, message)},
			{"guild_id", offsetof(struct discord_change_basket, guild)},
	};
	uint64_t author;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (span_is(key, ids[i].name) && !span_is(value, "null"))
			return span_number(value, (uint64_t *)(void *)((char *)basket + ids[i].offset)) < 0
					       ? -EBADMSG
					       : 1;
	if (span_is(key, "message_author_id") && span_number(value, &author) == 0) {
		basket->is_author_known = author == self;
		return author == self;
	}
	if (span_is(key, "emoji"))
		return is_basket(value);
	return 1;
}

int discord_change_basket_read(struct span data, uint64_t self, struct discord_change_basket *ret)
{
	struct discord_change_basket read = {0};
	struct span_walk walk;
	struct span key, value;
	bool has_emoji = false;
	int r = span_open(data, '{', &walk);

	if (r < 0)
		return r;
	while ((r = span_member(&walk, &key, &value)) > 0) {
		int wanted = read_reaction(key, value, self, &read);

		has_emoji |= span_is(key, "emoji");
		if (wanted <= 0)
			return wanted;
	}
	if (r < 0 || !has_emoji || !read.user || !read.channel || !read.message)
		return -EBADMSG;
	if (read.user == self)
		return 0;
	*ret = read;
	return 1;
}

static bool is_id(struct span object, const char *member, uint64_t id)
{
	uint64_t found;

	return span_number(span_get(span_get(object, member), "id"), &found) == 0 && found == id;
}

bool discord_change_is_own(struct span message, uint64_t self)
{
	return is_id(message, "author", self);
}

const char *discord_change_basket_on(struct span message)
{
	struct span_walk walk;
	struct span reaction;

	if (span_open(span_get(message, "reactions"), '[', &walk) < 0)
		return NULL;
	while (span_item(&walk, &reaction) > 0) {
		struct span emoji = span_get(reaction, "emoji");
		char name[EMOJI_MAX_BYTES];

		if (is_basket(emoji) && span_copy(span_get(emoji, "name"), name, sizeof(name)))
			return strcmp(name, BASKET) == 0 ? BASKET : BASKET_AS_EMOJI;
	}
	return NULL;
}

bool discord_change_is_answer_to(struct span message, uint64_t self, uint64_t user)
{
	return is_id(message, "author", self) &&
	       (is_id(span_get(message, "referenced_message"), "author", user) ||
			       is_id(span_get(message, "interaction_metadata"), "user", user));
}
