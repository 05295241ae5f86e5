/* Slash commands offered to Discord: told when they changed, and only then. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "bot/base/log.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/gateway/discord/view/slash.h"
#include "bot/net/loop.h"

#define RETRY_MS 60000

static void on_offered(void *user, const struct discord_rest_result *result)
{
	struct discord *discord = user;
	/* What it refuses once it refuses again; what it could not even read is another matter. */
	bool is_worth_it = !discord_rest_is_dead(discord->rest) && (!result->status || result->status >= 500);

	if (!result->error) {
		discord_store_commands(discord, discord->commands_hash);
		return;
	}
	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "Discord does not take the slash commands%s: %s",
			is_worth_it ? ", tried again in a minute" : "", result->reason);
	if (is_worth_it && !discord->is_stopping)
		timer_set(discord->setup_timer, RETRY_MS);
}

static int put_commands(struct discord *discord, const struct str *body)
{
	char path[64];

	snprintf(path, sizeof(path), "/applications/%" PRIu64 "/commands", discord->audit.application);
	return discord_rest_send(discord->rest,
			&(struct discord_rest_call){
					.method = "PUT",
					.route = "PUT /applications/{}/commands",
					.path = path,
					.body = str_text(body),
					.body_bytes = body->length,
					.is_idempotent = true,
			},
			on_offered, discord);
}

void discord_offer_commands(struct discord *discord)
{
	const struct gateway_host *host = discord->head.host;
	struct str body = STR(DISCORD_SLASH_BODY_MAX_BYTES);
	struct discord_slash *slash = NULL;
	uint64_t hash;
	int r;

	/* Of several processes the one with the first shard does it. */
	r = discord_slash_read(host->describe_commands(host->bot), &slash);

	if (r == 0)
		r = discord_slash_append_body(slash, &body);
	if (r < 0)
		goto out;
	discord_slash_free(discord->slash);
	discord->slash = slash;
	slash = NULL;
	hash = str_hash(discord->audit.application, body.bytes, body.length);
	if (!discord->config.shard_first && hash != discord_remember_commands(discord)) {
		discord->commands_hash = hash;
		r = put_commands(discord, &body);
	}
out:
	if (r < 0)
		log_write(LOG_LEVEL_ERROR, &(struct log_about){discord->head.name, NULL, r},
				"the slash commands cannot be described");
	discord_slash_free(slash);
	str_release(&body);
}
