/* The requests that an answer can be sent by. */

#include "bot/gateway/discord/outbox_call.h"

#include <inttypes.h>
#include <string.h>

#include "bot/gateway/discord/discord_private.h"
#include "bot/gateway/discord/recall.h"

int discord_outbox_call_message(const struct discord_outbox_call *call, const char *channel, bool is_findable,
		unsigned deadline_ms)
{
	struct str path = STR(DISCORD_REST_PATH_MAX_BYTES);
	int r;

	str_printf(&path, "/channels/%s/messages", channel);
	r = discord_rest_send(call->rest,
			&(struct discord_rest_call){
					.method = "POST",
					.route = "POST /channels/{}/messages",
					.major = channel,
					.path = str_text(&path),
					.body = call->body,
					.body_bytes = strlen(call->body),
					.is_idempotent = true, /* the nonce sees to that */
					.repeat_ms = is_findable ? DISCORD_RECALL_NONCE_MS : 0,
					.deadline_ms = deadline_ms,
			},
			call->on_done, call->user);
	str_release(&path);
	return r;
}

int discord_outbox_call_edit(const struct discord_outbox_call *call, const char *channel, uint64_t message,
		unsigned deadline_ms)
{
	struct str path = STR(DISCORD_REST_PATH_MAX_BYTES);
	int r;

	str_printf(&path, "/channels/%s/messages/%" PRIu64, channel, message);
	r = discord_rest_send(call->rest,
			&(struct discord_rest_call){
					.method = "PATCH",
					.route = "PATCH /channels/{}/messages/{}",
					.major = channel,
					.path = str_text(&path),
					.body = call->body,
					.body_bytes = strlen(call->body),
					.is_idempotent = true,
					.deadline_ms = deadline_ms,
			},
			call->on_done, call->user);
	str_release(&path);
	return r;
}

int discord_outbox_call_callback(const struct discord_outbox_call *call, const char *interaction,
		const char *token, unsigned deadline_ms)
{
	struct str path = STR(DISCORD_REST_PATH_MAX_BYTES * 2);
	int r;

	discord_append_callback_path(&path, interaction, token);
	r = discord_rest_send(call->rest,
			&(struct discord_rest_call){
					.method = "POST",
					.route = "POST /interactions/{}/{}/callback",
					.major = interaction,
					.path = str_text(&path),
					.body = call->body,
					.body_bytes = strlen(call->body),
					.lane = DISCORD_REST_LANE_INTERACTION,
					.is_callback = true,
					.deadline_ms = deadline_ms,
			},
			call->on_done, call->user);
	str_release(&path);
	return r;
}

int discord_outbox_call_original(const struct discord_outbox_call *call, uint64_t application,
		const char *token, unsigned deadline_ms)
{
	struct str path = STR(DISCORD_REST_PATH_MAX_BYTES * 2);
	int r;

	discord_append_original_path(&path, application, token);
	r = discord_rest_send(call->rest,
			&(struct discord_rest_call){
					.method = "PATCH",
					.route = "PATCH /webhooks/{}/{}/messages/@original",
					.major = token,
					.path = str_text(&path),
					.body = call->body,
					.body_bytes = strlen(call->body),
					.lane = DISCORD_REST_LANE_INTERACTION,
					.is_idempotent = true,
					.deadline_ms = deadline_ms,
			},
			call->on_done, call->user);
	str_release(&path);
	return r;
}
