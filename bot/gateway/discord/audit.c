/* What Discord reports about the bot before it connects. */

#include "bot/gateway/discord/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <time.h>

#include "bot/base/span.h"

#define FLAGS_CONTENT  (3u << 18) /* granted, or granted because the bot is in few servers */
#define SESSIONS       1000u
#define TEXT_MAX_BYTES 1024

/* The permissions that the bot needs (API v10, "Permissions"), and no others. */
#define VIEW_CHANNEL         (1ull << 10)
#define SEND_MESSAGES        (1ull << 11)
#define EMBED_LINKS          (1ull << 14)
#define READ_MESSAGE_HISTORY (1ull << 16) /* to send replies, and to back-fill */
#define SEND_IN_THREADS      (1ull << 38)
#define PERMISSIONS          (VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | READ_MESSAGE_HISTORY | SEND_IN_THREADS)

/* The installation contexts of an application (API v10, "Application Integration Types"). */
#define GUILD_INSTALL "0"
#define USER_INSTALL  "1"

void discord_audit_init(struct discord_audit *audit)
{
	*audit = (struct discord_audit){
			.name = STR(DISCORD_AUDIT_NAME_MAX_BYTES),
			.url = STR(DISCORD_AUDIT_URL_MAX_BYTES),
			.shards = 1,
			.sessions_total = SESSIONS,
			.sessions_left = SESSIONS,
			.max_concurrency = 1,
	};
}

void discord_audit_release(struct discord_audit *audit)
{
	str_release(&audit->name);
	str_release(&audit->url);
}

static struct span whole(const char *body, size_t length)
{
	const char *end = body + length, *at = span_skip_space(body, end);

	return (struct span){at, (size_t)(end - at)};
}

int discord_audit_application(struct discord_audit *audit, const char *body, size_t length)
{
	struct span object = whole(body, length), contexts;
	uint64_t flags = 0, id;

	if (span_number(span_get(object, "id"), &id) < 0 || !id)
		return -EBADMSG;
	span_number(span_get(object, "flags"), &flags);
	audit->application = id;
	audit->has_content = (flags & FLAGS_CONTENT) != 0;
	audit->has_endpoint = span_is_string(span_get(object, "interactions_endpoint_url"));
	audit->wants_code = span_is(span_get(object, "bot_require_code_grant"), "true");
	contexts = span_get(object, "integration_types_config");
	audit->has_user_install = span_get(contexts, USER_INSTALL).at != NULL;
	audit->has_guild_install = !audit->has_user_install || span_get(contexts, GUILD_INSTALL).at;
	audit->intents = DISCORD_INTENT_GUILDS | DISCORD_INTENT_GUILD_MESSAGES |
			 DISCORD_INTENT_GUILD_REACTIONS | DISCORD_INTENT_DIRECT_MESSAGES |
			 DISCORD_INTENT_DIRECT_REACTIONS;
	if (audit->has_content)
		audit->intents |= DISCORD_INTENT_MESSAGE_CONTENT;
	str_clear(&audit->name);
	/* Only for the log: a malformed name is no reason to stop. */
	if (span_append(span_get(object, "name"), &audit->name) < 0)
		str_clear(&audit->name);
	return 0;
}

static unsigned number_of(struct span value, unsigned otherwise)
{
	uint64_t number;

	return span_number(value, &number) == 0 && number <= UINT32_MAX ? (unsigned)number : otherwise;
}

int discord_audit_gateway(struct discord_audit *audit, const char *body, size_t length)
{
	struct span object = whole(body, length), limit = span_get(object, "session_start_limit");
	struct str url = STR(DISCORD_AUDIT_URL_MAX_BYTES);
	int r = span_append(span_get(object, "url"), &url);

	if (r == 0 && !url.length)
		r = -EBADMSG;
	if (r < 0) {
		str_release(&url);
		return r;
	}
	str_release(&audit->url);
	audit->url = url;
	audit->shards = number_of(span_get(object, "shards"), 1);
	audit->sessions_total = number_of(span_get(limit, "total"), SESSIONS);
	audit->sessions_left = number_of(span_get(limit, "remaining"), audit->sessions_total);
	audit->sessions_reset_ms = number_of(span_get(limit, "reset_after"), 0);
	audit->max_concurrency = number_of(span_get(limit, "max_concurrency"), 1);
	if (!audit->shards)
		audit->shards = 1;
	if (!audit->max_concurrency)
		audit->max_concurrency = 1;
	return 0;
}

static void append_page(const struct discord_audit *audit, const char *page, struct str *str)
{
	str_printf(str, "https://discord.com/developers/applications/%" PRIu64 "/%s", audit->application,
			page);
}

static void append_content_warning(const struct discord_audit *audit, const char *prefix, struct str *text)
{
	str_printf(text,
			"the Message Content Intent is off, so commands like %sepisode latest are not seen "
			"in servers; mentions of the bot, direct messages and slash commands work. To "
			"turn it on: ",
			prefix);
	append_page(audit, "bot", text);
	str_append(text, " - Privileged Gateway Intents - Message Content Intent; then reload. An app "
			 "that reaches 10,000 users has to apply for it there, every year");
}

static void append_endpoint_warning(const struct discord_audit *audit, struct str *text)
{
	str_append(text, "an Interactions Endpoint URL is set, so Discord sends slash commands and "
			 "buttons there and not to this bot. To clear it: ");
	append_page(audit, "information", text);
	str_append(text, " - Interactions Endpoint URL; empty it and save");
}

static void append_code_warning(const struct discord_audit *audit, struct str *text)
{
	str_append(text, "\"Requires OAuth2 Code Grant\" is on, so the invite link adds the bot to no "
			 "server. To turn it off: ");
	append_page(audit, "bot", text);
}

static void append_guild_warning(const struct discord_audit *audit, struct str *text)
{
	str_append(text, "the installation context \"Guild Install\" is off, so the bot cannot be added to a "
			 "server. To turn it on: ");
	append_page(audit, "installation", text);
	str_append(text, " - Installation Contexts");
}

static void append_sessions_warning(const struct discord_audit *audit, uint64_t wall_ms, struct str *text)
{
	time_t back = (time_t)((wall_ms + audit->sessions_reset_ms + 59999) / 60000 * 60);
	struct tm time;

	str_printf(text,
			"Discord allows no new session for another %" PRIu64
			" min: all %u of a day are used up. The bot waits",
			(audit->sessions_reset_ms + 59999) / 60000, audit->sessions_total);
	if (gmtime_r(&back, &time))
		str_printf(text, " until %02d:%02d UTC", time.tm_hour, time.tm_min);
	str_append(text, "; a session it still has is resumed at once");
}

void discord_audit_each_warning(const struct discord_audit *audit, const char *prefix, uint64_t wall_ms,
		void (*on_warning)(void *user, const char *text), void *user)
{
	struct str text = STR(TEXT_MAX_BYTES);

	if (!audit->has_content) {
		append_content_warning(audit, prefix, &text);
		on_warning(user, str_text(&text));
		str_clear(&text);
	}
	if (audit->has_endpoint) {
		append_endpoint_warning(audit, &text);
		on_warning(user, str_text(&text));
		str_clear(&text);
	}
	if (audit->wants_code) {
		append_code_warning(audit, &text);
		on_warning(user, str_text(&text));
		str_clear(&text);
	}
	if (!audit->has_guild_install) {
		append_guild_warning(audit, &text);
		on_warning(user, str_text(&text));
		str_clear(&text);
	}
	if (!audit->sessions_left) {
		append_sessions_warning(audit, wall_ms, &text);
		on_warning(user, str_text(&text));
	}
	str_release(&text);
}

static void append_link(const struct discord_audit *audit, const char *scopes, const char *context,
		uint64_t more, struct str *str)
{
	str_printf(str, "https://discord.com/oauth2/authorize?client_id=%" PRIu64 "&scope=%s",
			audit->application, scopes);
	if (str_equal(context, GUILD_INSTALL))
		str_printf(str, "&permissions=%" PRIu64, (uint64_t)(PERMISSIONS | more));
	str_printf(str, "&integration_type=%s", context);
}

void discord_audit_append_invite(const struct discord_audit *audit, struct str *str)
{
	append_link(audit, "bot%20applications.commands", GUILD_INSTALL, 0, str);
}

void discord_audit_append_invite_with(
		const struct discord_audit *audit, uint64_t permissions, struct str *str)
{
	append_link(audit, "bot%20applications.commands", GUILD_INSTALL, permissions, str);
}

void discord_audit_append_user_link(const struct discord_audit *audit, struct str *str)
{
	append_link(audit, "applications.commands", USER_INSTALL, 0, str);
}
