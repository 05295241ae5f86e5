/* The token of a gateway: grant.c with HTTP, the store, the login file and the loop. */

#include "bot/gateway/twitch/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/log_gate.h"
#include "bot/base/trace.h"
#include "bot/gateway/gateway.h"
#include "bot/gateway/twitch/config.h"
#include "bot/gateway/twitch/grant.h"
#include "bot/gateway/twitch/login_file.h"
#include "bot/gateway/twitch/oauth_http.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "bot/store/remote.h"
#include "bot/store/store.h"

#define AREA_MAX_BYTES   48
#define KEY              "token"
#define STORED_MAX_BYTES 8192
#define LOAD_RETRY_MS    5000
#define REFRESH_LEAST_MS                                                                                     \
	2000 /* of the lease that must be left when a refresh begins, for its result to be stored */

const char *const twitch_scopes_irc[] = {"chat:read", "chat:edit", NULL};
const char *const twitch_scopes_eventsub[] = {"user:read:chat", "user:write:chat", NULL};

struct twitch_token {
	const struct gateway_host *host;
	const struct twitch_config *config;
	struct twitch_token_events events;
	void *user;
	struct twitch_grant *grant;
	struct timer *timer;
	struct twitch_login_watch *watch; /* NULL: not watched */
	struct http *http;                /* of the request in progress; NULL: no request */
	enum twitch_oauth_call call;
	int start_error;                /* the request could not be started */
	bool is_start_due, is_load_due; /* is_load_due: the store could not be read */
	struct log_gate file_gate;      /* its state: the error of the login file */
	const struct permit *permit;    /* NULL: always */
	bool is_over;                   /* the lease is lost */
	uint64_t awaited; /* number of the store's answer that a refresh waits for; 0: it does not wait */
	struct twitch_token *next; /* of those that wait */
};

static uint64_t now_ms(const struct twitch_token *token)
{
	return loop_now_ms(token->host->loop);
}

static const char *name_of(const struct twitch_token *token)
{
	return token->config->head.name;
}

static bool is_static(const struct twitch_token *token)
{
	return token->config->token != NULL;
}

static struct store *store_of(const struct twitch_token *token)
{
	return token->host->store ? token->host->store(token->host->bot) : NULL;
}

/* Do other processes use the store? Then one of them may hand a login over. */
static bool has_others(const struct twitch_token *token)
{
	const struct store *store = store_of(token);

	return store && !store_is_local(store);
}

/* Without inotify, a login is looked for while the bot waits for it. */
static bool is_polling(const struct twitch_token *token)
{
	if (is_static(token))
		return false;
	return has_others(token) || (!token->watch && !twitch_grant_is_usable(token->grant));
}

static void arm(struct twitch_token *token)
{
	uint64_t now = now_ms(token), next = twitch_grant_next_ms(token->grant);

	if (token->is_over)
		return;
	if ((token->is_load_due || is_polling(token)) && next > now + LOAD_RETRY_MS)
		next = now + LOAD_RETRY_MS;
	if (token->start_error || token->is_start_due)
		next = now;
	if (next == UINT64_MAX)
		timer_cancel(token->timer);
	else
		timer_set(token->timer, next > now ? next - now : 0);
}

/* ---------------------------------------------------------------- the store */

static void area_of(const struct twitch_token *token, char ret[AREA_MAX_BYTES])
{
	snprintf(ret, AREA_MAX_BYTES, "twitch/%s", name_of(token));
}

static int keep(const struct twitch_token *token, const struct twitch_stored *stored)
{
	struct str text = STR(STORED_MAX_BYTES);
	struct store *store = store_of(token);
	char area[AREA_MAX_BYTES];
	int r = store ? twitch_stored_write(stored, &text) : -ENOENT;

	area_of(token, area);
	/* In a database that is away, the mark "refreshing" would be written later, whatever has come of it. */
	if (r == 0 && stored->is_refreshing && !store_is_local(store))
		r = store_trouble(store);
	if (r == 0)
		r = store_keep(store, area, KEY, str_text(&text));
	str_wipe(&text);
	/* The trouble may be over: do not wait for the next retry of bot/daemon/keeping.c. A file that was never read is left
	 * to it, because more is read then. */
	if (r == 0 && store_trouble(store) && store_is_read(store))
		r = store_retry(store, NULL);
	return r ? r : store_trouble(store);
}

/* -ENOENT: there is no login; -EAGAIN: the store cannot be read now. */
static int load(const struct twitch_token *token, struct twitch_stored *ret)
{
	struct store *store = store_of(token);
	char area[AREA_MAX_BYTES], *text = NULL;
	int r = store ? 0 : -ENOENT;

	area_of(token, area);
	if (r == 0)
		r = store_get(store, area, KEY, &text);
	if (r == 0) {
		r = twitch_stored_read(text, strlen(text), ret);
		explicit_bzero(text, strlen(text));
		free(text);
		return r ? -ENOENT : 0;
	}
	return r == -ENOENT && (!store || store_is_read(store)) ? -ENOENT : -EAGAIN;
}

/*
 * Take a new login out of its file. A file that was taken before, but could not be removed, has a known id.
 * 1: a new login; 0: there is no new login; -EBADMSG: the file is not a login; another error: try again.
 */
static int take_file(struct twitch_token *token, const struct twitch_stored *known, struct twitch_stored *ret)
{
	const char *folder = token->config->state;
	struct twitch_stored found;
	bool is_new, is_kept;
	int r = twitch_login_file_read(folder, name_of(token), &found);

	if (log_gate_change(&token->file_gate, r == -ENOENT ? 0 : r) && r < 0 && r != -ENOENT)
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.gateway = name_of(token), .error = r},
				"the login in %s cannot be read: log in again as the user that runs the bot, "
				"or as root: "
				"episoded twitch login %s",
				folder, name_of(token));
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	is_new = !known || strcmp(known->id, found.id) != 0;
	is_kept = !is_new || keep(token, &found) == 0;
	/* A database has it a moment later: the file goes at the next look. */
	if (is_kept && !(has_others(token) && (is_new || store_trouble(store_of(token)))))
		r = twitch_login_file_remove(folder, name_of(token));
	if (r < 0)
		log_write(LOG_LEVEL_WARNING, &(struct log_about){.gateway = name_of(token), .error = r},
				"the file of the login cannot be removed from %s", folder);
	if (is_new) {
		*ret = found;
		log_gateway(LOG_LEVEL_INFO, name_of(token), "new login as %s", found.tokens.login);
	}
	explicit_bzero(&found, sizeof(found));
	return is_new;
}

/* Take a new login that another process has handed over, as take_file(). */
static int take_over(struct twitch_token *token, const struct twitch_stored *known, struct twitch_stored *ret)
{
	struct store *store = store_of(token);
	char *text = NULL;
	bool is_new;

	if (!has_others(token) || store_get(store, TWITCH_HANDOVER_AREA, name_of(token), &text) < 0)
		return 0;
	is_new = twitch_stored_read(text, strlen(text), ret) == 0 &&
		 (!known || strcmp(known->id, ret->id) != 0);
	explicit_bzero(text, strlen(text));
	free(text);
	if (is_new && keep(token, ret) < 0)
		return -EAGAIN;
	/* In the same batch as the login, or later. */
	if (store_delete(store, TWITCH_HANDOVER_AREA, name_of(token)) < 0)
		log_gateway(LOG_LEVEL_DEBUG, name_of(token), "the login that was handed over stays");
	if (is_new)
		log_gateway(LOG_LEVEL_INFO, name_of(token), "new login as %s", ret->tokens.login);
	return is_new;
}

static void begin_static(struct twitch_token *token)
{
	struct twitch_stored stored = {0};

	snprintf(stored.tokens.access, sizeof(stored.tokens.access), "%s", token->config->token);
	twitch_grant_begin(token->grant, &stored, NULL, false, now_ms(token));
	explicit_bzero(&stored, sizeof(stored));
}

static void begin(struct twitch_token *token)
{
	struct twitch_stored stored = {0}, found;
	char reason[TWITCH_REASON_MAX_BYTES];
	int r = load(token, &stored), taken = 0;

	/* Without the store it is unknown whether the login in a file was taken before. */
	if (r != -EAGAIN)
		taken = take_file(token, r == 0 ? &stored : NULL, &found);
	if (r != -EAGAIN && taken == 0)
		taken = take_over(token, r == 0 ? &stored : NULL, &found);
	token->is_load_due = r == -EAGAIN || (taken < 0 && taken != -EBADMSG);
	if (taken > 0) {
		twitch_grant_begin(token->grant, &found, NULL, false, now_ms(token));
		explicit_bzero(&found, sizeof(found));
	} else if (r == 0) {
		twitch_grant_begin(token->grant, &stored, NULL, false, now_ms(token));
	} else if (token->is_load_due) {
		twitch_grant_begin(token->grant, NULL, "the login in the state folder cannot be read", false,
				now_ms(token));
	} else {
		snprintf(reason, sizeof(reason), "not logged in: run: episoded twitch login %s",
				name_of(token));
		twitch_grant_begin(token->grant, NULL, reason, true, now_ms(token));
	}
	explicit_bzero(&stored, sizeof(stored));
}

/* Something was renamed in the state folder, or could not be read before. */
static void on_file(void *user)
{
	struct twitch_token *token = user;
	const struct twitch_stored *known = twitch_grant_stored(token->grant);
	struct twitch_stored found;
	int taken;

	if (token->is_over)
		return;
	if (token->is_load_due && !*known->tokens.access) {
		begin(token);
	} else {
		taken = take_file(token, known, &found);
		if (taken == 0)
			taken = take_over(token, known, &found);
		token->is_load_due = taken < 0 && taken != -EBADMSG;
		if (taken > 0) {
			twitch_grant_begin(token->grant, &found, NULL, false, now_ms(token));
			explicit_bzero(&found, sizeof(found));
		}
	}
	arm(token);
}

/* ---------------------------------------------------------------- requests */

__attribute__((format(printf, 2, 3))) static void trace(
		const struct twitch_token *token, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	trace_vevent(name_of(token), -1, 0, NULL, 0, format, arguments);
	va_end(arguments);
}

static const char *name_of_call(enum twitch_oauth_call call)
{
	return call == TWITCH_OAUTH_REFRESH ? "refresh of the token" : "validation of the token";
}

/* Without the bodies: they have tokens. */
static void trace_response(const struct twitch_token *token, const struct http_response *http,
		const struct twitch_oauth_response *response)
{
	if (!trace_is_on)
		return;
	if (response->verdict == TWITCH_OAUTH_OK)
		trace(token, "%s: valid for %llu s, scopes %s", name_of_call(token->call),
				(unsigned long long)(response->expires_ms / 1000), response->tokens.scopes);
	else
		trace(token, "%s: HTTP status %d: %s", name_of_call(token->call), http->status,
				response->reason);
}

static bool is_in(const char *text, const char *secret)
{
	return secret && *secret && strstr(text, secret);
}

/* A server's message may repeat what it was sent. */
static void hide(const struct twitch_token *token, struct twitch_oauth_response *response)
{
	const struct twitch_tokens *tokens = &twitch_grant_stored(token->grant)->tokens;

	if (is_in(response->reason, tokens->access) || is_in(response->reason, tokens->refresh) ||
			is_in(response->reason, token->config->client_secret))
		snprintf(response->reason, sizeof(response->reason), TRACE_SECRET);
}

static void answer(struct twitch_token *token, const struct http_response *http)
{
	struct twitch_oauth_response response;

	twitch_oauth_read(token->call, http, &response);
	hide(token, &response);
	trace_response(token, http, &response);
	twitch_grant_answer(token->grant, token->call, &response, now_ms(token));
	explicit_bzero(&response, sizeof(response));
	arm(token);
}

static void on_http(void *user, const struct http_response *response)
{
	struct twitch_token *token = user;
	struct http *done = token->http;

	/* The next request is an hour away: no connection, and no memory of libcurl, is kept for it. */
	token->http = NULL;
	answer(token, response);
	http_free(done);
}

static int send_request(struct twitch_token *token, enum twitch_oauth_call call)
{
	const struct twitch_tokens *tokens = &twitch_grant_stored(token->grant)->tokens;
	struct permit early = {PERMIT_ALWAYS};
	const struct twitch_oauth_parts parts = {
			.base = token->config->oauth,
			.client_id = token->config->client_id,
			.client_secret = token->config->client_secret,
			.token = call == TWITCH_OAUTH_REFRESH ? tokens->refresh : tokens->access,
			.permit = &early,
	};
	int r;

	if (token->permit && token->permit->until_boot_ms != PERMIT_ALWAYS)
		early.until_boot_ms = token->permit->until_boot_ms -
				      (call == TWITCH_OAUTH_REFRESH ? REFRESH_LEAST_MS : 0);
	r = twitch_oauth_http_new(token->host->loop, token->config, &token->http);

	if (r == 0)
		r = twitch_oauth_http_start(token->http, call, &parts, on_http, token);
	return r;
}

static void begin_request(struct twitch_token *token)
{
	if (trace_is_on)
		trace(token, "%s: asking", name_of_call(token->call));
	token->start_error = send_request(token, token->call);
	if (token->start_error < 0) {
		http_free(token->http);
		token->http = NULL;
	}
}

/* The tokens that wait for the store, by number: its answer may come when a token is gone. */
static struct twitch_token *waiting;
static uint64_t last_awaited;

static void stop_waiting(struct twitch_token *token)
{
	struct twitch_token **at = &waiting;

	while (*at && *at != token)
		at = &(*at)->next;
	if (*at)
		*at = token->next;
	token->awaited = 0;
}

/* user: the number. */
static void on_settled(void *user, const struct store_result *result)
{
	struct twitch_token *token = waiting;

	while (token && (void *)(uintptr_t)token->awaited != user)
		token = token->next;
	if (!token || result->error == -EAGAIN)
		return; /* the database is away: it answers later */
	stop_waiting(token);
	token->start_error = result->error ? -EKEYEXPIRED : 0;
	if (!result->error)
		begin_request(token);
	arm(token);
}

/* In a database, the mark "refreshing" is not stored when on_keep() returns. Another process must find it, if this one
 * ends after the refresh. False: it need not be waited for, or (start_error) cannot be. */
static bool waits_for_mark(struct twitch_token *token)
{
	struct store *store = store_of(token);

	if (token->call != TWITCH_OAUTH_REFRESH || !store || store_is_local(store))
		return false;
	token->awaited = ++last_awaited;
	token->next = waiting;
	waiting = token;
	if (store_settle_later(store, true, on_settled, (void *)(uintptr_t)token->awaited) < 0) {
		stop_waiting(token);
		token->start_error = -EKEYEXPIRED; /* the database is away, and has no mark */
	}
	return true;
}

static void on_ask(void *user, enum twitch_oauth_call call)
{
	struct twitch_token *token = user;

	http_free(token->http);
	token->http = NULL;
	stop_waiting(token);
	token->call = call;
	if (!waits_for_mark(token))
		begin_request(token);
}

/* ---------------------------------------------------------------- events of the grant */

static int on_keep(void *user, const struct twitch_stored *stored)
{
	const struct twitch_token *token = user;

	return is_static(token) ? 0 : keep(token, stored);
}

static void on_usable(void *user)
{
	const struct twitch_token *token = user;
	const struct twitch_tokens *tokens = &twitch_grant_stored(token->grant)->tokens;

	token->events.on_token(token->user,
			&(struct twitch_identity){tokens->access, tokens->client_id, tokens->user_id});
}

static void on_invalid(void *user, const char *reason, bool is_final)
{
	const struct twitch_token *token = user;

	token->events.on_invalid(token->user, reason, is_final);
}

static void on_note(void *user, enum log_level level, const char *text)
{
	log_gateway(level, name_of(user), "%s", text);
}

static void start(struct twitch_token *token)
{
	int r;

	token->is_start_due = false;
	if (is_static(token)) {
		begin_static(token);
		return;
	}
	/* Watch first: a login may arrive meanwhile. */
	r = twitch_login_watch_new(token->host->loop, token->config->state, on_file, token, &token->watch);
	if (r < 0)
		log_write(LOG_LEVEL_DEBUG, &(struct log_about){.gateway = name_of(token), .error = r},
				"%s is not watched for a login", token->config->state);
	begin(token);
}

static void on_timer(void *user)
{
	struct twitch_token *token = user;
	struct http_response http = {.reason = "", .body = ""};

	if (token->start_error) {
		http.error = token->start_error;
		http.reason = http.error == -EKEYEXPIRED ? PERMIT_REASON : strerror(-http.error);
		token->start_error = 0;
		answer(token, &http);
		return;
	}
	if (token->is_start_due)
		start(token);
	else if (token->is_load_due || is_polling(token))
		on_file(token);
	twitch_grant_tick(token->grant, now_ms(token));
	arm(token);
}

/* ---------------------------------------------------------------- for the gateway */

int twitch_token_new(const struct gateway_host *host, const struct twitch_config *config,
		const char *const *scopes, const struct twitch_token_events *events, void *user,
		struct twitch_token **ret)
{
	static const struct twitch_grant_events grant_events = {
			on_ask, on_keep, on_usable, on_invalid, on_note};
	const struct twitch_grant_config grant = {
			.gateway = config->head.name,
			.is_static = config->token != NULL,
			.client_id = config->client_id,
			.has_secret = config->client_secret != NULL,
			.scopes = scopes,
	};
	struct twitch_token *token = calloc(1, sizeof(*token));
	int r = -ENOMEM;

	if (!token)
		return r;
	token->host = host;
	token->config = config;
	token->events = *events;
	token->user = user;
	token->timer = timer_new(host->loop, on_timer, token);
	if (token->timer)
		r = twitch_grant_new(&grant, &grant_events, token, &token->grant);
	if (r < 0)
		twitch_token_free(token);
	else
		*ret = token;
	return r;
}

void twitch_token_free(struct twitch_token *token)
{
	if (!token)
		return;
	stop_waiting(token);
	http_free(token->http);
	timer_free(token->timer);
	twitch_login_watch_free(token->watch);
	twitch_grant_free(token->grant);
	free(token);
}

void twitch_token_set_permit(struct twitch_token *token, const struct permit *permit)
{
	token->permit = permit;
}

void twitch_token_abandon(struct twitch_token *token)
{
	token->is_over = true;
	stop_waiting(token);
	http_free(token->http);
	token->http = NULL;
	timer_cancel(token->timer);
	twitch_login_watch_free(token->watch);
	token->watch = NULL;
}

void twitch_token_start(struct twitch_token *token)
{
	token->is_start_due = true;
	arm(token);
}

void twitch_token_refused(struct twitch_token *token, const char *access)
{
	twitch_grant_refused(token->grant, access, now_ms(token));
	arm(token);
}

void twitch_token_configure(struct twitch_token *token, const struct twitch_config *config)
{
	token->config = config;
	twitch_grant_configure(token->grant, config->head.name, config->client_id);
}
