/* What the bot has said or made without being asked. */

#include "bot/gateway/discord/posts.h"

#include <string.h>

#include "bot/gateway/discord/snowflake.h"

uint64_t discord_posts_key(const char *text, uint64_t channel)
{
	uint64_t key = str_hash(channel, text, strlen(text));

	return key ? key : 1;
}

static struct discord_post *find(struct discord_posts *posts, uint64_t key)
{
	for (size_t i = 0; i < DISCORD_POSTS_MAX; i++)
		if (posts->post[i].key == key)
			return &posts->post[i];
	return NULL;
}

const struct discord_post *discord_posts_find(const struct discord_posts *posts, uint64_t key)
{
	for (size_t i = 0; i < DISCORD_POSTS_MAX; i++)
		if (posts->post[i].key == key)
			return &posts->post[i];
	return NULL;
}

void discord_posts_set(struct discord_posts *posts, const struct discord_post *post)
{
	struct discord_post *kept = find(posts, post->key);

	if (!kept && !post->id)
		return;
	if (!kept) {
		kept = &posts->post[posts->next];
		posts->next = (posts->next + 1) % DISCORD_POSTS_MAX;
	}
	*kept = post->id ? *post : (struct discord_post){0};
}

void discord_posts_append(const struct discord_posts *posts, unsigned total, unsigned shard, struct str *str)
{
	str_append_char(str, '[');
	for (size_t i = 0; i < DISCORD_POSTS_MAX; i++) {
		const struct discord_post *post = &posts->post[(posts->next + i) % DISCORD_POSTS_MAX];

		if (!post->key || discord_snowflake_shard(post->guild, total) != shard)
			continue;
		span_append_numbers(
				(const uint64_t[]){post->key, post->guild, post->channel, post->id}, 4, str);
	}
	str_append_char(str, ']');
}

void discord_posts_read(struct discord_posts *posts, struct span text)
{
	struct span_walk walk;
	uint64_t number[4];

	if (span_open(text, '[', &walk) < 0)
		return;
	while (span_next_numbers(&walk, number, 4))
		if (number[0])
			discord_posts_set(posts,
					&(struct discord_post){number[0], number[1], number[2], number[3]});
}
