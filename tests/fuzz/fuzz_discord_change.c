/* Edits, deletions and reactions: what is read is whole, and what is kept in the store comes back. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/discord/change.h"
#include "bot/gateway/discord/may.h"
#include "bot/gateway/discord/posting_body.h"
#include "bot/gateway/discord/posts.h"
#include "bot/gateway/discord/snowflake.h"
#include "bot/gateway/discord/takeback.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_id(const struct discord_change_id *id)
{
	char text[DISCORD_CHANGE_ID_BYTES];
	struct discord_change_id again;

	discord_change_id_write(id, text);
	again = discord_change_id_read(text);
	assert(again.message == id->message && again.edited_ms == id->edited_ms);
}

/* What is written is read as the same. */
static void check_takebacks(struct span text)
{
	struct discord_takebacks takebacks = {0}, others = {0};
	struct str first = STR(16384), second = STR(16384);

	discord_takebacks_read(&takebacks, text);
	assert(takebacks.count <= DISCORD_TAKEBACKS_MAX);
	discord_takebacks_append(&takebacks, 1, 0, &first);
	discord_takebacks_read(&others, (struct span){str_text(&first), first.length});
	discord_takebacks_append(&others, 1, 0, &second);
	assert(strcmp(str_text(&first), str_text(&second)) == 0 && others.count == takebacks.count);
	discord_takebacks_release(&takebacks);
	discord_takebacks_release(&others);
	str_release(&first);
	str_release(&second);
}

static void check_posts(struct span text)
{
	static struct discord_posts posts;
	const struct span mine = SPAN("{\"embeds\":[{\"title\":\"A\"}]}");
	struct str str = STR(DISCORD_POSTS_TEXT_MAX_BYTES);
	uint64_t may = discord_may_in_guild(text, text, 8);

	memset(&posts, 0, sizeof(posts));
	discord_posts_read(&posts, text);
	discord_posts_append(&posts, 1, 0, &str);
	assert(!str.error);
	str_release(&str);
	discord_may_in_channel(may, text, text, 8, 99);
	discord_may_find_role(text, "Fans");
	discord_posting_find(text, 99, mine);
	discord_posting_find(text, 99, text);
	discord_posting_find_event(text, 99, "A", "2026-01-01T21:00:00.000Z");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t ids[DISCORD_CHANGE_BULK_MAX];
	struct discord_change_basket basket;
	struct discord_change_id id;
	char *bytes = malloc(size ? size : 1);
	struct span text;

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	text = (struct span){bytes, size};
	if (discord_change_edit_read(text, &id) > 0) {
		assert(id.message && id.edited_ms);
		assert(id.edited_ms <= discord_snowflake_ms(id.message) + DISCORD_CHANGE_EDIT_MS);
		check_id(&id);
	}
	if (discord_change_basket_read(text, 99, &basket) > 0)
		assert(basket.user && basket.user != 99 && basket.message && basket.channel);
	assert(discord_change_deleted_read(text, ids) <= DISCORD_CHANGE_BULK_MAX);
	if (discord_change_is_answer_to(text, 99, 5))
		assert(size > 20);
	check_takebacks(text);
	check_posts(text);
	free(bytes);
	return 0;
}
