#ifndef EPISODED_DISCORD_POSTS_H
#define EPISODED_DISCORD_POSTS_H

/* What the bot has said or made without being asked, by key: messages and scheduled events that later ones may change. A
 * full table replaces its oldest entry. Pure. */

#include <stddef.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/base/str.h"

#define DISCORD_POSTS_MAX            512
#define DISCORD_POSTS_TEXT_MAX_BYTES (64 * 1024)

struct discord_post {
	uint64_t key; /* discord_posts_key(); 0: a free place */
	uint64_t guild, channel;
	uint64_t id; /* of the message or event */
};

struct discord_posts {
	struct discord_post post[DISCORD_POSTS_MAX];
	size_t next;
};

/* The key of a text in a channel. Never 0. */
uint64_t discord_posts_key(const char *text, uint64_t channel);
/* NULL: not known. */
const struct discord_post *discord_posts_find(const struct discord_posts *posts, uint64_t key);
/* Add or replace; an id of 0 removes. */
void discord_posts_set(struct discord_posts *posts, const struct discord_post *post);

/* Write and read JSON: [["key","guild","channel","id"], ...], those of one shard of total. Malformed entries are skipped. */
void discord_posts_append(const struct discord_posts *posts, unsigned total, unsigned shard, struct str *str);
void discord_posts_read(struct discord_posts *posts, struct span text);

#endif
