#ifndef EPISODED_DISCORD_CONFIG_H
#define EPISODED_DISCORD_CONFIG_H

/* The configuration of a gateway of type discord. */

#include "bot/config/config.h"
#include "bot/gateway/discord/stream/compress.h"

/* Of an application, over all its processes. */
#define DISCORD_APPLICATION_SHARDS_MAX 4096

/* The shards that this process runs. */
struct discord_shard_range {
	unsigned first, last; /* UINT_MAX: up to the last */
};

/* IDs of channels, or of webhooks and bots. */
struct discord_id_list {
	uint64_t *ids;
	size_t count;
};

struct discord_config {
	struct gateway_config head;
	char *token;     /* a secret, without "Bot " */
	char *api;       /* "https://discord.com/api/v10", no slash at its end */
	char *ca_file;   /* NULL: the system's */
	unsigned shards; /* of the application; 0: as many as Discord recommends */
	struct discord_shard_range range;
	enum discord_compress compress;
	unsigned global_rate;                    /* requests a second; large bots are granted more than 50 */
	bool is_plain;                           /* "style": "text": no cards */
	struct discord_id_list spoiler_channels; /* in which everybody has seen all that was shown */
	struct discord_id_list bridges;          /* webhooks and bots whose messages are a person's */
};

extern const struct network discord_network;       /* config.c */
extern const struct gateway_class discord_gateway; /* discord.c */
extern const struct network_draft discord_draft;   /* init.c */

static inline const struct discord_config *discord_config(const struct gateway_config *config)
{
	return (const struct discord_config *)(const void *)config;
}

#endif
