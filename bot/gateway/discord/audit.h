#ifndef EPISODED_DISCORD_AUDIT_H
#define EPISODED_DISCORD_AUDIT_H

/*
 * What Discord reports about the bot before it connects, and the resulting advice to the operator. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/str.h"

#define DISCORD_AUDIT_URL_MAX_BYTES  512
#define DISCORD_AUDIT_NAME_MAX_BYTES 400

#define DISCORD_INTENT_GUILDS         (1u << 0)
#define DISCORD_INTENT_GUILD_MESSAGES (1u << 9)
#define DISCORD_INTENT_GUILD_REACTIONS                                                                       \
	(1u << 10) /* to take an answer back; like the next ones, not privileged */
#define DISCORD_INTENT_DIRECT_MESSAGES  (1u << 12)
#define DISCORD_INTENT_DIRECT_REACTIONS (1u << 13)
#define DISCORD_INTENT_MESSAGE_CONTENT  (1u << 15)

struct discord_audit {
	uint64_t application;
	struct str name;
	uint64_t intents; /* for IDENTIFY */
	bool has_content; /* the content of messages in servers is received */
	bool wants_code;  /* the invite link alone does not add the bot to a server */
	bool has_guild_install;
	bool has_user_install;
	bool has_endpoint; /* interactions are sent to a web server, not to the gateway */
	struct str url;    /* of the gateway: "wss://gateway.discord.gg" */
	unsigned shards;   /* recommended */
	unsigned sessions_total, sessions_left, max_concurrency;
	uint64_t sessions_reset_ms; /* from now, until sessions_left is sessions_total again */
};

void discord_audit_init(struct discord_audit *audit);
void discord_audit_release(struct discord_audit *audit);

/*
 * audit_application, audit_gateway - the responses to GET /applications/@me and GET /gateway/bot.
 *
 * Shape:   {"id": id, "name": s?, "flags": int?, "interactions_endpoint_url": s?,
 *          "bot_require_code_grant": b?, "integration_types_config": {"0": o?, "1": o?}?};
 *          {"url": s, "shards": int?, "session_start_limit": {"total", "remaining", "reset_after" (ms),
 *          "max_concurrency"}?}; an absent or null member has its usual value.
 * Owns:    *audit keeps its copies; release with discord_audit_release().
 * Errors:  -EBADMSG malformed, or id or url is missing; -EMSGSIZE, -ENOMEM.
 * Source:  Discord API v10, "Application object", "Get Gateway Bot".
 */
int discord_audit_application(struct discord_audit *audit, const char *body, size_t length);
int discord_audit_gateway(struct discord_audit *audit, const char *body, size_t length);

/* Advice to the operator, one or two sentences each, for warnings in the log. */
void discord_audit_each_warning(const struct discord_audit *audit, const char *prefix, uint64_t wall_ms,
		void (*on_warning)(void *user, const char *text), void *user);

/* Append the link that adds the bot to a server. */
void discord_audit_append_invite(const struct discord_audit *audit, struct str *str);
/* The same with permissions that only some wishes need: for threads, events and mentions of roles. */
void discord_audit_append_invite_with(
		const struct discord_audit *audit, uint64_t permissions, struct str *str);
/* Append the link that adds it to an account, which needs has_user_install. */
void discord_audit_append_user_link(const struct discord_audit *audit, struct str *str);

#endif
