/*
 * Tokens and Twitch's authorization server: stored tokens, responses, and time. Lines of the input:
 *
 *	{...}     tokens, as stored or in a login file: begin with them
 *	sBODY     the request in progress is answered with 200; 4BODY, 5BODY: with 400, 500; 1BODY: with 401
 *	dBODY, pBODY  a response to the start of a login, and to its poll
 *	e, E      the request fails, before it was sent or later
 *	+, ++     advance to what is due, by an hour
 *	r         the chat refuses the token; k: the state is not kept from now on, K: it is again
 */

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/twitch/grant.h"
#include "bot/net/http.h"

#define LINES_MAX 200
#define HOUR_MS   (3600u * 1000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzzed {
	struct twitch_grant *grant;
	uint64_t now_ms;
	bool is_asked, is_usable, is_unkept;
	enum twitch_oauth_call call;
	struct twitch_stored kept;
};

/* As a header and an IRC line can have it. */
static void check_word(const char *text)
{
	for (; *text; text++)
		assert(*text > ' ' && *text < 0x7F);
}

static void check_tokens(const struct twitch_tokens *tokens)
{
	check_word(tokens->access);
	check_word(tokens->refresh);
	check_word(tokens->client_id);
	check_word(tokens->user_id);
	check_word(tokens->login);
	assert(utf8_is_clean(tokens->scopes, strlen(tokens->scopes)));
}

static void check_stored(const struct twitch_stored *stored)
{
	struct str text = STR(1024 * 1024);
	struct twitch_stored again;

	check_tokens(&stored->tokens);
	assert(twitch_stored_write(stored, &text) == 0);
	assert(twitch_stored_read(str_text(&text), text.length, &again) == 0);
	assert(memcmp(&again, stored, sizeof(again)) == 0);
	assert(str_equal(again.tokens.scopes, stored->tokens.scopes) &&
			again.is_refreshing == stored->is_refreshing);
	str_release(&text);
}

static void on_ask(void *user, enum twitch_oauth_call call)
{
	struct fuzzed *fuzzed = user;
	const struct twitch_tokens *tokens = &twitch_grant_stored(fuzzed->grant)->tokens;
	const struct twitch_oauth_parts parts = {.base = "https://id.example/oauth2",
			.client_id = tokens->client_id,
			.token = call == TWITCH_OAUTH_REFRESH ? tokens->refresh : tokens->access};
	struct twitch_oauth_request request;

	assert(call == TWITCH_OAUTH_VALIDATE || call == TWITCH_OAUTH_REFRESH);
	assert(call != TWITCH_OAUTH_REFRESH || fuzzed->is_unkept || fuzzed->kept.is_refreshing);
	assert(twitch_oauth_write(call, &parts, &request) == 0);
	check_word(str_text(&request.url));
	check_word(str_text(&request.body));
	assert(!strpbrk(str_text(&request.authorization), "\r\n"));
	twitch_oauth_release(&request);
	fuzzed->is_asked = true;
	fuzzed->call = call;
}

static int on_keep(void *user, const struct twitch_stored *stored)
{
	struct fuzzed *fuzzed = user;

	check_stored(stored);
	if (fuzzed->is_unkept)
		return -ENOSPC;
	fuzzed->kept = *stored;
	return 0;
}

static void on_usable(void *user)
{
	struct fuzzed *fuzzed = user;

	fuzzed->is_usable = true;
	assert(*twitch_grant_stored(fuzzed->grant)->tokens.access);
}

static void on_invalid(void *user, const char *reason, bool is_final)
{
	(void)is_final;
	((struct fuzzed *)user)->is_usable = false;
	assert(*reason && utf8_is_clean(reason, strlen(reason)));
}

static void on_note(void *user, enum log_level level, const char *text)
{
	(void)user;
	assert(level <= LOG_LEVEL_DEBUG && utf8_is_clean(text, strlen(text)));
}

static void answer(struct fuzzed *fuzzed, enum twitch_oauth_call call, int error, int status,
		const char *body, size_t length)
{
	const struct http_response http = {.error = error,
			.reason = error ? "trouble" : "",
			.status = status,
			.body = body,
			.body_bytes = length};
	struct twitch_oauth_response response;

	twitch_oauth_read(call, &http, &response);
	check_tokens(&response.tokens);
	check_word(response.user_code);
	check_word(response.device_code);
	check_word(response.uri);
	assert(utf8_is_clean(response.reason, strlen(response.reason)));
	assert(response.verdict == TWITCH_OAUTH_OK || *response.reason);
	if (call != TWITCH_OAUTH_VALIDATE && call != TWITCH_OAUTH_REFRESH)
		return;
	fuzzed->is_asked = false;
	twitch_grant_answer(fuzzed->grant, call, &response, fuzzed->now_ms);
}

static void advance(struct fuzzed *fuzzed, uint64_t until_ms)
{
	uint64_t next_ms;

	for (int i = 0; i < 8; i++) {
		next_ms = twitch_grant_next_ms(fuzzed->grant);
		if (next_ms == UINT64_MAX || next_ms > until_ms)
			break;
		fuzzed->now_ms = next_ms > fuzzed->now_ms ? next_ms : fuzzed->now_ms;
		twitch_grant_tick(fuzzed->grant, fuzzed->now_ms);
	}
	if (until_ms != UINT64_MAX && until_ms > fuzzed->now_ms)
		fuzzed->now_ms = until_ms;
}

static void begin(struct fuzzed *fuzzed, const char *text, size_t length)
{
	struct twitch_stored stored;

	if (twitch_stored_read(text, length, &stored) < 0)
		return;
	check_stored(&stored);
	fuzzed->is_asked = false;
	twitch_grant_begin(fuzzed->grant, &stored, NULL, false, fuzzed->now_ms);
}

static void run_line(struct fuzzed *fuzzed, const char *line, size_t length)
{
	const char *body = line + 1;
	size_t rest = length - 1;

	switch (*line) {
	case '{': begin(fuzzed, line, length); break;
	case '+':
		advance(fuzzed, rest && *body == '+' ? fuzzed->now_ms + HOUR_MS
						     : twitch_grant_next_ms(fuzzed->grant));
		break;
	case 'd': answer(fuzzed, TWITCH_OAUTH_DEVICE, 0, 200, body, rest); break;
	case 'p': answer(fuzzed, TWITCH_OAUTH_POLL, 0, rest & 1 ? 200 : 400, body, rest); break;
	case 'r':
		twitch_grant_refused(fuzzed->grant, twitch_grant_stored(fuzzed->grant)->tokens.access,
				fuzzed->now_ms);
		break;
	case 'k': fuzzed->is_unkept = true; break;
	case 'K': fuzzed->is_unkept = false; break;
	default: break;
	}
	if (!fuzzed->is_asked)
		return;
	switch (*line) {
	case 's': answer(fuzzed, fuzzed->call, 0, 200, body, rest); break;
	case '4': answer(fuzzed, fuzzed->call, 0, 400, body, rest); break;
	case '1': answer(fuzzed, fuzzed->call, 0, 401, body, rest); break;
	case '5': answer(fuzzed, fuzzed->call, 0, 500, body, rest); break;
	case 'e': answer(fuzzed, fuzzed->call, -ECONNREFUSED, 0, "", 0); break;
	case 'E': answer(fuzzed, fuzzed->call, -ECONNRESET, 0, "", 0); break;
	default: break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct twitch_grant_events events = {on_ask, on_keep, on_usable, on_invalid, on_note};
	static const char *const scopes[] = {"chat:read", "chat:edit", NULL};
	const struct twitch_grant_config config = {"tw", size % 4 == 0, "abc", size % 3 == 0, scopes};
	struct fuzzed fuzzed = {.now_ms = HOUR_MS};
	const char *at = (const char *)data, *end = at + size;

	if (twitch_grant_new(&config, &events, &fuzzed, &fuzzed.grant) < 0)
		return 0;
	for (int i = 0; i < LINES_MAX && at < end; i++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((newline ? newline : end) - at);

		if (length)
			run_line(&fuzzed, at, length);
		assert(twitch_grant_is_usable(fuzzed.grant) <= fuzzed.is_usable);
		at += length + (newline != NULL);
	}
	twitch_grant_free(fuzzed.grant);
	return 0;
}
