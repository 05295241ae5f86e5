/* When tokens are validated and refreshed. */

#include "bot/gateway/twitch/grant.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log_gate.h"
#include "bot/base/utf8.h"
#include "bot/net/backoff.h"

#define RETRY_CAP_MS  (5u * 60 * 1000)
#define AGAIN_CAP_MS  (24u * 60 * 60 * 1000)
#define NOTE_EVERY_MS (60u * 60 * 1000)
#define NOTE_BYTES    500
#define OFFER_MS      (30u * 1000) /* before a valid token that the chat refused is offered again; doubles */
#define REFRESHED_MS                                                                                         \
	(5u * 60 * 1000) /* a refusal this soon after a refresh is no reason for another refresh */
#define STORE_RETRY_MS  (60u * 1000)
#define FOREVER         UINT64_MAX
#define REFUSALS_TO_END 2 /* of a token that cannot be refreshed: two calls must agree */

struct twitch_grant {
	struct twitch_grant_config config;
	struct twitch_grant_events events;
	void *user;
	struct twitch_stored stored;
	bool is_usable, is_validated;
	bool is_asking;
	enum twitch_oauth_call call; /* in progress while is_asking */
	uint64_t expires_ms, validate_ms, refresh_ms, offer_ms, warn_ms;
	uint64_t refreshed_ms; /* 0: never in this process */
	unsigned validate_failures, refresh_failures, offers, ends;
	unsigned refusals;         /* of the access token, by different calls, since it was last confirmed */
	bool is_refused_elsewhere; /* by the chat or the API */
	bool is_refresh_refused, is_over, is_warned;
	bool was_doubtful;                     /* a refresh without a known result came before */
	char refusal[TWITCH_REASON_MAX_BYTES]; /* of the refresh token */
	struct log_gate validate_gate, refresh_gate, store_gate;
};

/* ---------------------------------------------------------------- helpers */

static bool is_static(const struct twitch_grant *grant)
{
	return grant->config.is_static;
}

static uint64_t later(uint64_t now_ms, uint64_t delay_ms)
{
	return delay_ms > FOREVER - now_ms ? FOREVER : now_ms + delay_ms;
}

static uint64_t minutes(uint64_t until_ms, uint64_t now_ms)
{
	return until_ms > now_ms ? (until_ms - now_ms + 59999) / 60000 : 0;
}

__attribute__((format(printf, 3, 4))) static void note(
		struct twitch_grant *grant, enum log_level level, const char *format, ...)
{
	char text[NOTE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(text, sizeof(text), format, arguments);
	va_end(arguments);
	grant->events.on_note(grant->user, level, text);
}

/* No end of a longer token is left behind. */
static void replace(char *field, size_t size, const char *text)
{
	explicit_bzero(field, size);
	utf8_print(field, size, "%s", text);
}

/* The fix for tokens that do not work any more. */
static const char *fix(const struct twitch_grant *grant, char ret[NOTE_BYTES])
{
	struct str scopes = STR(NOTE_BYTES / 2);

	for (size_t i = 0; grant->config.scopes[i]; i++)
		str_printf(&scopes, "%s%s",
				i == 0                        ? ""
				: grant->config.scopes[i + 1] ? ", "
							      : " and ",
				grant->config.scopes[i]);
	if (is_static(grant))
		utf8_print(ret, NOTE_BYTES, "make a token for \"login\" with the scopes %s, then reload",
				str_text(&scopes));
	else
		utf8_print(ret, NOTE_BYTES, "log in again: episoded twitch login %s", grant->config.gateway);
	str_release(&scopes);
	return ret;
}

static void invalid(struct twitch_grant *grant, bool is_final, const char *reason)
{
	grant->is_usable = false;
	grant->events.on_invalid(grant->user, reason, is_final);
}

/* A final refusal. It is still looked at again, rarely: Twitch may have been wrong. */
__attribute__((format(printf, 4, 5))) static void end(
		struct twitch_grant *grant, bool is_final, uint64_t now_ms, const char *format, ...)
{
	char reason[NOTE_BYTES], text[NOTE_BYTES], mend[NOTE_BYTES];
	bool was_over = grant->is_over;
	uint64_t again_ms;
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	grant->is_over = true;
	grant->is_usable = false;
	again_ms = later(now_ms, backoff_doubled(TWITCH_GRANT_AGAIN_MS, AGAIN_CAP_MS, ++grant->ends));
	grant->validate_ms = is_static(grant) ? again_ms : FOREVER;
	grant->refresh_ms = is_static(grant) ? FOREVER : again_ms;
	grant->offer_ms = grant->warn_ms = FOREVER;
	utf8_print(text, sizeof(text), "%s: %s", reason, fix(grant, mend));
	if (was_over)
		return;
	if (!is_final)
		note(grant, LOG_LEVEL_ERROR, "%s", text);
	invalid(grant, is_final, text);
}

static void offer(struct twitch_grant *grant)
{
	grant->is_over = false;
	grant->is_usable = true;
	grant->ends = 0;
	grant->offer_ms = FOREVER;
	grant->events.on_usable(grant->user);
}

static void ask(struct twitch_grant *grant, enum twitch_oauth_call call)
{
	grant->is_asking = true;
	grant->call = call;
	if (call == TWITCH_OAUTH_VALIDATE)
		grant->validate_ms = FOREVER;
	else
		grant->refresh_ms = FOREVER;
	grant->events.on_ask(grant->user, call);
}

/* ---------------------------------------------------------------- the life of a token */

/* Has a scope been refused? Then the tokens are of no use, whatever their age. */
static bool lacks_scope(struct twitch_grant *grant, uint64_t now_ms)
{
	const char *missing = twitch_oauth_missing(grant->stored.tokens.scopes, grant->config.scopes);

	if (!missing)
		return false;
	end(grant, true, now_ms, "the token lacks the scope %s", missing);
	grant->validate_ms = grant->refresh_ms = FOREVER;
	return true;
}

static bool is_in_doubt(const struct twitch_grant *grant)
{
	return grant->stored.is_refreshing && !grant->config.has_secret;
}

/* Plan from the time that the token has left. */
static void plan(struct twitch_grant *grant, uint64_t left_ms, uint64_t now_ms)
{
	uint64_t margin_ms = left_ms > 2 * TWITCH_GRANT_MARGIN_MS ? TWITCH_GRANT_MARGIN_MS : left_ms / 2;

	grant->expires_ms = later(now_ms, left_ms);
	grant->validate_ms = later(now_ms, TWITCH_GRANT_VALIDATE_MS);
	grant->warn_ms = grant->refresh_ms = FOREVER;
	if (is_static(grant)) {
		/* At its expiry it is validated: Twitch's word counts, not a clock. */
		if (grant->expires_ms < grant->validate_ms)
			grant->validate_ms = later(grant->expires_ms, 1000);
		if (left_ms != FOREVER)
			grant->warn_ms = grant->is_warned ? FOREVER
					 : left_ms > TWITCH_GRANT_WARN_MS
							 ? grant->expires_ms - TWITCH_GRANT_WARN_MS
							 : now_ms;
		return;
	}
	grant->refresh_ms = grant->expires_ms;
	if (left_ms != FOREVER && !is_in_doubt(grant) && !grant->is_refresh_refused)
		grant->refresh_ms = grant->expires_ms - margin_ms;
}

static void start_refresh(struct twitch_grant *grant, uint64_t now_ms)
{
	bool was_refreshing = grant->stored.is_refreshing;
	int r;

	grant->stored.is_refreshing = true;
	r = grant->events.on_keep(grant->user, &grant->stored);
	if (r < 0 && grant->is_usable && now_ms < grant->expires_ms) {
		/* A crash would lose the new tokens, and the present ones still work. */
		if (log_gate_every(&grant->store_gate, now_ms, NOTE_EVERY_MS))
			note(grant, LOG_LEVEL_WARNING,
					"the token is not refreshed while the state is not kept; it is valid "
					"for %" PRIu64 " more min",
					minutes(grant->expires_ms, now_ms));
		grant->stored.is_refreshing = was_refreshing;
		grant->refresh_ms = later(now_ms, STORE_RETRY_MS);
		if (grant->refresh_ms > grant->expires_ms)
			grant->refresh_ms = grant->expires_ms;
		return;
	}
	ask(grant, TWITCH_OAUTH_REFRESH);
}

/* The access token is known not to work: refresh it now, or end. */
static void renew(struct twitch_grant *grant, const char *reason, uint64_t now_ms)
{
	if (is_static(grant)) {
		if (grant->refusals >= REFUSALS_TO_END &&
				(grant->is_refused_elsewhere || now_ms < grant->expires_ms))
			end(grant, true, now_ms, "%s", reason);
		else if (grant->refusals >= REFUSALS_TO_END)
			/* It has expired: no connection is cut, and no other is opened. */
			end(grant, false, now_ms, "\"token\" has expired");
		else
			grant->validate_ms = later(now_ms, TWITCH_GRANT_SECOND_MS);
		return;
	}
	if (grant->is_usable)
		invalid(grant, false, "the access token has expired or was revoked; refreshing it");
	grant->expires_ms = now_ms;
	if (grant->is_refresh_refused)
		end(grant, true, now_ms, "Twitch refuses the tokens (%s)", grant->refusal);
	else
		grant->refresh_ms = now_ms;
}

static void on_validated(
		struct twitch_grant *grant, const struct twitch_oauth_response *response, uint64_t now_ms)
{
	struct twitch_tokens *tokens = &grant->stored.tokens;
	const struct twitch_tokens *found = &response->tokens;
	bool is_news = !grant->is_validated || strcmp(tokens->user_id, found->user_id) != 0 ||
		       strcmp(tokens->login, found->login) != 0;

	if (grant->validate_failures)
		note(grant, LOG_LEVEL_INFO, "the token is validated again");
	grant->validate_failures = grant->refusals = 0;
	grant->validate_gate = (struct log_gate){0};
	grant->is_validated = true;
	replace(tokens->client_id, sizeof(tokens->client_id), found->client_id);
	replace(tokens->user_id, sizeof(tokens->user_id), found->user_id);
	replace(tokens->login, sizeof(tokens->login), found->login);
	replace(tokens->scopes, sizeof(tokens->scopes), found->scopes);
	if (!is_static(grant) && strcmp(tokens->client_id, grant->config.client_id) != 0) {
		end(grant, true, now_ms, "the stored login is of another application than \"client_id\"");
		grant->validate_ms = grant->refresh_ms = FOREVER;
		return;
	}
	if (lacks_scope(grant, now_ms))
		return;
	plan(grant, response->never_expires ? FOREVER : response->expires_ms, now_ms);
	if (grant->is_refresh_refused && !grant->is_over)
		note(grant, LOG_LEVEL_WARNING,
				"Twitch refuses the refresh token (%s): the bot stays until the access token "
				"expires in %" PRIu64 " min; log in again before: episoded twitch login %s",
				grant->refusal, minutes(grant->expires_ms, now_ms), grant->config.gateway);
	if (!grant->is_refused_elsewhere) {
		if (!grant->is_usable || is_news)
			offer(grant);
		return;
	}
	/* Valid, but refused by the chat or the API. */
	grant->is_refused_elsewhere = false;
	if (!is_static(grant) && !is_in_doubt(grant) && !grant->is_refresh_refused &&
			(!grant->refreshed_ms || now_ms - grant->refreshed_ms > REFRESHED_MS))
		grant->refresh_ms = now_ms;
	else
		grant->offer_ms = later(now_ms, backoff_doubled(OFFER_MS, RETRY_CAP_MS, ++grant->offers));
}

static void on_validate_trouble(struct twitch_grant *grant, const char *reason, uint64_t now_ms)
{
	uint64_t delay_ms = backoff_doubled(TWITCH_GRANT_RETRY_MS, RETRY_CAP_MS, ++grant->validate_failures);

	grant->validate_ms = later(now_ms, delay_ms);
	if (log_gate_every(&grant->validate_gate, now_ms, NOTE_EVERY_MS))
		note(grant, LOG_LEVEL_WARNING, "cannot validate the token: %s; next try in %" PRIu64 " s",
				reason, delay_ms / 1000);
	if (grant->is_usable || grant->is_over || now_ms >= grant->expires_ms)
		return;
	/* A token that was not refused is tried: the chat may be there when the authorization server is not. */
	if (grant->refusals == 0)
		offer(grant);
	else if (grant->offer_ms == FOREVER)
		grant->offer_ms = later(now_ms, backoff_doubled(OFFER_MS, RETRY_CAP_MS, ++grant->offers));
}

static void on_validate_answer(
		struct twitch_grant *grant, const struct twitch_oauth_response *response, uint64_t now_ms)
{
	switch (response->verdict) {
	case TWITCH_OAUTH_OK: on_validated(grant, response, now_ms); break;
	case TWITCH_OAUTH_REFUSED:
		grant->refusals++;
		renew(grant,
				grant->is_refused_elsewhere ? "login refused by Twitch"
							    : "Twitch does not accept the token any more",
				now_ms);
		break;
	default: on_validate_trouble(grant, response->reason, now_ms); break;
	}
}

/* ---------------------------------------------------------------- refreshing */

static void on_refreshed(
		struct twitch_grant *grant, const struct twitch_oauth_response *response, uint64_t now_ms)
{
	struct twitch_tokens *tokens = &grant->stored.tokens;

	replace(tokens->access, sizeof(tokens->access), response->tokens.access);
	if (*response->tokens.refresh)
		replace(tokens->refresh, sizeof(tokens->refresh), response->tokens.refresh);
	if (response->has_scopes)
		replace(tokens->scopes, sizeof(tokens->scopes), response->tokens.scopes);
	grant->stored.is_refreshing = false;
	/* Stored before it is used: this process may die at any time. */
	if (grant->events.on_keep(grant->user, &grant->stored) < 0)
		note(grant, LOG_LEVEL_ERROR,
				"the refreshed token is only in memory, because the state is not kept: if "
				"the bot is restarted before "
				"that is repaired, log in again: episoded twitch login %s",
				grant->config.gateway);
	grant->refresh_failures = grant->refusals = 0;
	grant->refresh_gate = (struct log_gate){0};
	grant->is_refresh_refused = grant->is_refused_elsewhere = grant->was_doubtful = false;
	grant->refreshed_ms = now_ms;
	grant->is_validated = true;
	if (lacks_scope(grant, now_ms))
		return;
	plan(grant, response->expires_ms ? response->expires_ms : TWITCH_GRANT_VALIDATE_MS, now_ms);
	if (!*tokens->user_id)
		grant->validate_ms = now_ms;
	note(grant, LOG_LEVEL_DEBUG, "token refreshed, valid for %" PRIu64 " min",
			minutes(grant->expires_ms, now_ms));
	offer(grant);
}

/* Twitch refuses the refresh token. Another call must agree before that is the end. */
static void on_refresh_refused(struct twitch_grant *grant, const char *reason, uint64_t now_ms)
{
	grant->is_refresh_refused = true;
	utf8_print(grant->refusal, sizeof(grant->refusal), "%s%s", reason,
			grant->was_doubtful ? "; an earlier refresh was interrupted" : "");
	if (grant->refusals > 0)
		end(grant, true, now_ms, "Twitch refuses the tokens (%s)", grant->refusal);
	else
		grant->validate_ms = now_ms;
}

static void on_client_wrong(struct twitch_grant *grant, const char *reason, uint64_t now_ms)
{
	grant->stored.is_refreshing = false;
	(void)grant->events.on_keep(grant->user, &grant->stored);
	if (now_ms >= grant->expires_ms || grant->refusals > 0) {
		end(grant, true, now_ms, "the token cannot be refreshed: %s", reason);
		return;
	}
	if (log_gate_every(&grant->refresh_gate, now_ms, NOTE_EVERY_MS))
		note(grant, LOG_LEVEL_ERROR,
				"the token cannot be refreshed, and expires in %" PRIu64 " min: %s",
				minutes(grant->expires_ms, now_ms), reason);
	grant->refresh_ms = grant->expires_ms;
}

static void on_refresh_trouble(
		struct twitch_grant *grant, const struct twitch_oauth_response *response, uint64_t now_ms)
{
	uint64_t delay_ms = backoff_doubled(TWITCH_GRANT_RETRY_MS, RETRY_CAP_MS, ++grant->refresh_failures);
	uint64_t next_ms = later(now_ms, delay_ms);

	if (response->verdict == TWITCH_OAUTH_DOUBT) {
		grant->was_doubtful = true;
	} else {
		grant->stored.is_refreshing = false;
		(void)grant->events.on_keep(grant->user, &grant->stored);
	}
	grant->refresh_ms = next_ms;
	if (is_in_doubt(grant) && grant->expires_ms > next_ms && grant->refusals == 0) {
		/* Do not repeat it while the access token works; find out whether it does. */
		grant->refresh_ms = grant->expires_ms;
		grant->validate_ms = next_ms;
	}
	if (log_gate_every(&grant->refresh_gate, now_ms, NOTE_EVERY_MS))
		note(grant, LOG_LEVEL_WARNING, "cannot refresh the token: %s; next try in %" PRIu64 " s",
				response->reason, (grant->refresh_ms - now_ms) / 1000);
	if (now_ms >= grant->expires_ms && grant->is_usable)
		invalid(grant, false,
				"the access token has expired, and Twitch cannot be reached to refresh it");
}

static void on_refresh_answer(
		struct twitch_grant *grant, const struct twitch_oauth_response *response, uint64_t now_ms)
{
	switch (response->verdict) {
	case TWITCH_OAUTH_OK: on_refreshed(grant, response, now_ms); break;
	case TWITCH_OAUTH_REFUSED: on_refresh_refused(grant, response->reason, now_ms); break;
	case TWITCH_OAUTH_CLIENT: on_client_wrong(grant, response->reason, now_ms); break;
	default: on_refresh_trouble(grant, response, now_ms); break;
	}
}

/* ---------------------------------------------------------------- for the edge */

/* No tokens, and nothing is due. */
static void reset(struct twitch_grant *grant)
{
	*grant = (struct twitch_grant){.config = grant->config,
			.events = grant->events,
			.user = grant->user,
			.expires_ms = FOREVER,
			.validate_ms = FOREVER,
			.refresh_ms = FOREVER,
			.offer_ms = FOREVER,
			.warn_ms = FOREVER};
}

int twitch_grant_new(const struct twitch_grant_config *config, const struct twitch_grant_events *events,
		void *user, struct twitch_grant **ret)
{
	struct twitch_grant *grant = calloc(1, sizeof(*grant));

	if (!grant)
		return -ENOMEM;
	grant->config = *config;
	grant->events = *events;
	grant->user = user;
	reset(grant);
	*ret = grant;
	return 0;
}

void twitch_grant_free(struct twitch_grant *grant)
{
	if (!grant)
		return;
	explicit_bzero(grant, sizeof(*grant));
	free(grant);
}

void twitch_grant_configure(struct twitch_grant *grant, const char *gateway, const char *client_id)
{
	grant->config.gateway = gateway;
	grant->config.client_id = client_id;
}

void twitch_grant_begin(struct twitch_grant *grant, const struct twitch_stored *stored, const char *reason,
		bool is_final, uint64_t now_ms)
{
	reset(grant);
	if (!stored) {
		grant->is_over = is_final;
		invalid(grant, is_final, reason);
		return;
	}
	grant->stored = *stored;
	grant->validate_ms = now_ms;
	if (is_static(grant))
		offer(grant);
	else if (is_in_doubt(grant))
		note(grant, LOG_LEVEL_WARNING,
				"a refresh of the token was interrupted: the next one waits until the access "
				"token expires; if it "
				"is refused, log in again: episoded twitch login %s",
				grant->config.gateway);
	grant->was_doubtful = is_in_doubt(grant);
	if (!is_static(grant) && !*stored->tokens.refresh) {
		grant->is_refresh_refused = true;
		utf8_print(grant->refusal, sizeof(grant->refusal), "no refresh token");
	}
}

void twitch_grant_answer(struct twitch_grant *grant, enum twitch_oauth_call call,
		const struct twitch_oauth_response *response, uint64_t now_ms)
{
	if (!grant->is_asking || call != grant->call)
		return;
	grant->is_asking = false;
	if (call == TWITCH_OAUTH_VALIDATE)
		on_validate_answer(grant, response, now_ms);
	else
		on_refresh_answer(grant, response, now_ms);
}

void twitch_grant_refused(struct twitch_grant *grant, const char *access, uint64_t now_ms)
{
	if (!grant->is_usable || !str_equal(access, grant->stored.tokens.access))
		return;
	grant->is_usable = false;
	grant->is_refused_elsewhere = true;
	grant->refusals++;
	if (!grant->is_asking)
		grant->validate_ms = now_ms;
}

/* A token that cannot be refreshed is about to expire. */
static void warn(struct twitch_grant *grant, uint64_t now_ms)
{
	char mend[NOTE_BYTES];

	grant->warn_ms = FOREVER;
	grant->is_warned = true;
	note(grant, LOG_LEVEL_WARNING,
			"\"token\" expires in %" PRIu64
			" min: %s; or use \"client_id\" and: episoded twitch login %s",
			minutes(grant->expires_ms, now_ms), fix(grant, mend), grant->config.gateway);
}

void twitch_grant_tick(struct twitch_grant *grant, uint64_t now_ms)
{
	if (now_ms >= grant->warn_ms)
		warn(grant, now_ms);
	if (grant->is_asking)
		return;
	if (now_ms >= grant->refresh_ms)
		start_refresh(grant, now_ms);
	else if (now_ms >= grant->validate_ms)
		ask(grant, TWITCH_OAUTH_VALIDATE);
	else if (now_ms >= grant->offer_ms)
		offer(grant);
}

uint64_t twitch_grant_next_ms(const struct twitch_grant *grant)
{
	uint64_t next_ms = grant->warn_ms;

	if (grant->is_asking)
		return next_ms;
	next_ms = grant->refresh_ms < next_ms ? grant->refresh_ms : next_ms;
	next_ms = grant->validate_ms < next_ms ? grant->validate_ms : next_ms;
	return grant->offer_ms < next_ms ? grant->offer_ms : next_ms;
}

const struct twitch_stored *twitch_grant_stored(const struct twitch_grant *grant)
{
	return &grant->stored;
}

bool twitch_grant_is_usable(const struct twitch_grant *grant)
{
	return grant->is_usable;
}
