/* The login of the bot's account, at the command line. */

#include "bot/gateway/twitch/login.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/random.h"
#include "bot/base/say.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/gateway/twitch/config.h"
#include "bot/gateway/twitch/login_file.h"
#include "bot/gateway/twitch/oauth_http.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"

#define WAIT_MAX_MS     (30u * 60 * 1000) /* for the person, whatever Twitch says */
#define INTERVAL_MS     5000u             /* between two questions, if Twitch does not say */
#define INTERVAL_MIN_MS 1000u
#define SLOWER_MS       5000u
#define RETRY_MS        2000u
#define TRIES           5      /* of a request without an answer, besides those that wait for the person */
#define TAKEN_MS        10000u /* for the running bot to take the login */
#define TAKEN_LOOK_MS   100u

/* Every scope that a transport needs, so that "transport" can be changed without another login. */
static const char *const scopes[] = {
		"chat:read", "chat:edit", "user:read:chat", "user:write:chat", "user:bot", NULL};

struct login {
	const struct twitch_config *config;
	print_function print;
	struct loop *loop;
	struct http *http;
	struct timer *timer;
	enum twitch_oauth_call call; /* in progress, or next */
	struct twitch_stored stored;
	char device_code[TWITCH_CODE_MAX_BYTES + 1];
	uint64_t interval_ms, deadline_ms, taken_ms;
	unsigned tries;
	bool is_troubled, is_waiting_for_bot;
	int code;
};

static void finish(struct login *login, int code)
{
	login->code = code;
	timer_cancel(login->timer);
	loop_stop(login->loop);
}

static void ask_in(struct login *login, enum twitch_oauth_call call, uint64_t delay_ms)
{
	login->call = call;
	timer_set(login->timer, delay_ms);
}

/* ---------------------------------------------------------------- handing over */

/* Does a bot use the folder? It holds a lock on it (bot/store). */
static bool is_bot_running(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool is_locked;

	if (fd < 0)
		return false;
	is_locked = flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return is_locked;
}

static void look_if_taken(struct login *login)
{
	const char *folder = login->config->state, *name = login->config->head.name;
	struct twitch_stored left;
	int r = twitch_login_file_read(folder, name, &left);

	explicit_bzero(&left, sizeof(left));
	if (r == -ENOENT) {
		say(login->print, false, "The running bot has taken the login over.");
		finish(login, EX_OK);
	} else if (loop_now_ms(login->loop) >= login->taken_ms) {
		say(login->print, false,
				"The bot that uses %s has not taken the login over yet. It does when it is "
				"reloaded "
				"(systemctl reload episoded), if its configuration has \"client_id\" and no "
				"\"token\" for "
				"gateway %s.",
				folder, name);
		finish(login, EX_OK);
	} else {
		timer_set(login->timer, TAKEN_LOOK_MS);
	}
}

static void hand_over(struct login *login)
{
	const char *folder = login->config->state, *name = login->config->head.name;
	const struct twitch_tokens *tokens = &login->stored.tokens;
	const char *missing = twitch_oauth_missing(tokens->scopes, scopes);
	bool is_running = is_bot_running(folder);
	unsigned char id[16];
	int r;

	random_bytes(id, sizeof(id));
	for (size_t i = 0; i < sizeof(id); i++)
		snprintf(login->stored.id + 2 * i, 3, "%02x", id[i]);
	r = twitch_login_file_write(folder, name, &login->stored);
	if (r < 0) {
		say(login->print, true,
				"The login cannot be stored in %s: %s. Run this as the user that runs the "
				"bot or as root, with "
				"the same configuration; under systemd with STATE_DIRECTORY set to the "
				"service's folder.",
				folder, strerror(-r));
		finish(login, EX_CANTCREAT);
		return;
	}
	say(login->print, false, "Logged in as %s (user ID %s) with the scopes %s.", tokens->login,
			tokens->user_id, *tokens->scopes ? tokens->scopes : "(empty)");
	if (missing)
		say(login->print, true,
				"The scope %s is missing, and the bot may need it. Log in again and allow "
				"everything.",
				missing);
	if (!is_running) {
		say(login->print, false, "The bot takes the login from %s at its next start.", folder);
		finish(login, EX_OK);
		return;
	}
	login->is_waiting_for_bot = true;
	login->taken_ms = loop_now_ms(login->loop) + TAKEN_MS;
	timer_set(login->timer, TAKEN_LOOK_MS);
}

/* ---------------------------------------------------------------- responses */

/* No answer: try again while there is time. */
static void try_again(struct login *login, const struct twitch_oauth_response *response)
{
	if (++login->tries >= TRIES || loop_now_ms(login->loop) >= login->deadline_ms) {
		say(login->print, true,
				"Twitch cannot be reached: %s. Check the network and \"ca_file\", then start "
				"again.",
				response->reason);
		finish(login, EX_TEMPFAIL);
		return;
	}
	ask_in(login, login->call, RETRY_MS);
}

static void on_device(struct login *login, const struct twitch_oauth_response *response)
{
	uint64_t lasts_ms = response->expires_ms && response->expires_ms < WAIT_MAX_MS ? response->expires_ms
										       : WAIT_MAX_MS;

	switch (response->verdict) {
	case TWITCH_OAUTH_OK: break;
	case TWITCH_OAUTH_TROUBLE:
	case TWITCH_OAUTH_DOUBT: try_again(login, response); return;
	default:
		say(login->print, true, "Twitch refuses the login: %s.", response->reason);
		finish(login, EX_CONFIG);
		return;
	}
	snprintf(login->device_code, sizeof(login->device_code), "%s", response->device_code);
	login->deadline_ms = loop_now_ms(login->loop) + lasts_ms;
	login->interval_ms = response->interval_ms ? response->interval_ms : INTERVAL_MS;
	if (login->interval_ms < INTERVAL_MIN_MS)
		login->interval_ms = INTERVAL_MIN_MS;
	say(login->print, false, "Log in to Twitch as %s, open this address, and allow the access:",
			login->config->login);
	say(login->print, false, "    %s", response->uri);
	say(login->print, false, "The code is %s. Waiting for up to %" PRIu64 " min...", response->user_code,
			(lasts_ms + 59999) / 60000);
	login->tries = 0;
	ask_in(login, TWITCH_OAUTH_POLL, login->interval_ms);
}

static void poll_again(struct login *login)
{
	uint64_t now_ms = loop_now_ms(login->loop);

	if (now_ms + login->interval_ms < login->deadline_ms) {
		ask_in(login, TWITCH_OAUTH_POLL, login->interval_ms);
		return;
	}
	say(login->print, true, "The code has expired before it was confirmed. Start again.");
	finish(login, EX_TEMPFAIL);
}

static void on_poll(struct login *login, const struct twitch_oauth_response *response)
{
	switch (response->verdict) {
	case TWITCH_OAUTH_OK:
		login->stored.tokens = response->tokens;
		login->tries = 0;
		ask_in(login, TWITCH_OAUTH_VALIDATE, 0);
		break;
	case TWITCH_OAUTH_SLOWER: login->interval_ms += SLOWER_MS; __attribute__((fallthrough));
	case TWITCH_OAUTH_PENDING: poll_again(login); break;
	case TWITCH_OAUTH_TROUBLE:
	case TWITCH_OAUTH_DOUBT:
		if (!login->is_troubled)
			say(login->print, true, "No answer from Twitch: %s. Still waiting.",
					response->reason);
		login->is_troubled = true;
		poll_again(login);
		break;
	case TWITCH_OAUTH_REFUSED:
		say(login->print, true, "The code has expired, or was used already (%s). Start again.",
				response->reason);
		finish(login, EX_TEMPFAIL);
		break;
	case TWITCH_OAUTH_DENIED:
		say(login->print, true, "The access was denied on Twitch's page. Start again, and allow it.");
		finish(login, EX_NOPERM);
		break;
	case TWITCH_OAUTH_CLIENT:
		say(login->print, true, "Twitch refuses the login: %s.", response->reason);
		finish(login, EX_CONFIG);
		break;
	}
}

static void on_validate(struct login *login, const struct twitch_oauth_response *response)
{
	struct twitch_tokens *tokens = &login->stored.tokens;

	if (response->verdict == TWITCH_OAUTH_REFUSED) {
		say(login->print, true, "Twitch has issued a token and refuses it (%s). Start again.",
				response->reason);
		finish(login, EX_TEMPFAIL);
		return;
	}
	if (response->verdict != TWITCH_OAUTH_OK) {
		try_again(login, response);
		return;
	}
	utf8_print(tokens->client_id, sizeof(tokens->client_id), "%s", response->tokens.client_id);
	utf8_print(tokens->user_id, sizeof(tokens->user_id), "%s", response->tokens.user_id);
	utf8_print(tokens->login, sizeof(tokens->login), "%s", response->tokens.login);
	utf8_print(tokens->scopes, sizeof(tokens->scopes), "%s", response->tokens.scopes);
	login->tries = 0;
	if (!str_equal_nocase(tokens->login, login->config->login)) {
		say(login->print, true,
				"This is the account %s, but \"login\" of gateway %s is %s. Nothing is "
				"stored. Log in to Twitch "
				"as %s (a private window helps) and start again.",
				tokens->login, login->config->head.name, login->config->login,
				login->config->login);
		login->code = EX_NOPERM;
		ask_in(login, TWITCH_OAUTH_REVOKE, 0);
	} else if (!*tokens->refresh || login->config->client_secret) {
		/* The secret of a confidential application is the service's; it is not read here. */
		hand_over(login);
	} else {
		ask_in(login, TWITCH_OAUTH_REFRESH, 0);
	}
}

/* The first refresh shows at once, not hours later, whether the application may refresh without a secret. */
static void on_refresh(struct login *login, const struct twitch_oauth_response *response)
{
	struct twitch_tokens *tokens = &login->stored.tokens;

	switch (response->verdict) {
	case TWITCH_OAUTH_OK:
		utf8_print(tokens->access, sizeof(tokens->access), "%s", response->tokens.access);
		if (*response->tokens.refresh)
			utf8_print(tokens->refresh, sizeof(tokens->refresh), "%s", response->tokens.refresh);
		break;
	case TWITCH_OAUTH_CLIENT:
		say(login->print, true,
				"The login works for a few hours only, because Twitch does not refresh it: "
				"%s.",
				response->reason);
		login->code = EX_CONFIG;
		ask_in(login, TWITCH_OAUTH_REVOKE, 0);
		return;
	case TWITCH_OAUTH_REFUSED:
		say(login->print, true, "Twitch refuses to refresh the new login (%s). Start again.",
				response->reason);
		finish(login, EX_TEMPFAIL);
		return;
	case TWITCH_OAUTH_DOUBT: login->stored.is_refreshing = true; break;
	default: break; /* not carried out: the bot does it later */
	}
	hand_over(login);
}

static void on_response(struct login *login, const struct twitch_oauth_response *response)
{
	switch (login->call) {
	case TWITCH_OAUTH_DEVICE: on_device(login, response); break;
	case TWITCH_OAUTH_POLL: on_poll(login, response); break;
	case TWITCH_OAUTH_VALIDATE: on_validate(login, response); break;
	case TWITCH_OAUTH_REFRESH: on_refresh(login, response); break;
	case TWITCH_OAUTH_REVOKE:
		finish(login, login->code);
		break; /* a token that is not stored expires by itself */
	}
}

static void on_http(void *user, const struct http_response *http)
{
	struct login *login = user;
	const struct twitch_tokens *tokens = &login->stored.tokens;
	struct twitch_oauth_response response;

	twitch_oauth_read(login->call, http, &response);
	if ((*tokens->access && strstr(response.reason, tokens->access)) ||
			(*tokens->refresh && strstr(response.reason, tokens->refresh)))
		snprintf(response.reason, sizeof(response.reason), "HTTP status %d", http->status);
	on_response(login, &response);
	explicit_bzero(&response, sizeof(response));
}

/* ---------------------------------------------------------------- requests */

static const char *token_of(const struct login *login)
{
	switch (login->call) {
	case TWITCH_OAUTH_POLL: return login->device_code;
	case TWITCH_OAUTH_REFRESH: return login->stored.tokens.refresh;
	default: return login->stored.tokens.access;
	}
}

static int send_request(struct login *login)
{
	const struct twitch_oauth_parts parts = {
			.base = login->config->oauth,
			.client_id = login->config->client_id,
			.token = token_of(login),
			.scopes = scopes,
	};

	return twitch_oauth_http_start(login->http, login->call, &parts, on_http, login);
}

static void on_timer(void *user)
{
	struct login *login = user;
	int r;

	if (login->is_waiting_for_bot) {
		look_if_taken(login);
		return;
	}
	r = send_request(login);
	if (r < 0)
		on_http(login, &(struct http_response){.error = r, .reason = strerror(-r), .body = ""});
}

int twitch_login_run(const struct twitch_config *config, void (*print)(bool is_error, const char *text))
{
	struct login login = {.config = config, .print = print, .code = EX_OSERR, .deadline_ms = UINT64_MAX};
	int r = loop_new(&login.loop);

	if (r == 0)
		r = twitch_oauth_http_new(login.loop, config, &login.http);
	if (r == 0) {
		login.timer = timer_new(login.loop, on_timer, &login);
		r = login.timer ? 0 : -ENOMEM;
	}
	if (r == 0) {
		ask_in(&login, TWITCH_OAUTH_DEVICE, 0);
		r = loop_run(login.loop);
	}
	if (r < 0) {
		say(login.print, true, "The login cannot start: %s.", strerror(-r));
		login.code = EX_OSERR;
	}
	http_free(login.http);
	timer_free(login.timer);
	loop_free(login.loop);
	explicit_bzero(&login.stored, sizeof(login.stored));
	explicit_bzero(login.device_code, sizeof(login.device_code));
	return login.code;
}
