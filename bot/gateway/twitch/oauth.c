/* Requests to Twitch's authorization server, and what its responses mean. */

#include "bot/gateway/twitch/oauth.h"

#include <errno.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/span.h"
#include "bot/base/utf8.h"
#include "bot/net/http.h"

#define FORM_MAX_BYTES 4096
#define GRANT_DEVICE   "urn:ietf:params:oauth:grant-type:device_code"
#define SECONDS_MAX    (10u * 365 * 24 * 3600) /* of expires_in and interval: ten years */
#define MESSAGE_BYTES  120

/* ---------------------------------------------------------------- requests */

static void append_field(struct str *form, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	str_printf(form, "%s%s=", form->length ? "&" : "", name);
	str_append_encoded(form, value);
}

static void append_scopes(struct str *form, const char *const *scopes)
{
	for (size_t i = 0; scopes && scopes[i]; i++) {
		str_append(form, i ? "%20" : "&scopes=");
		str_append_encoded(form, scopes[i]);
	}
}

static const char *path_of(enum twitch_oauth_call call)
{
	switch (call) {
	case TWITCH_OAUTH_VALIDATE: return "/validate";
	case TWITCH_OAUTH_DEVICE: return "/device";
	case TWITCH_OAUTH_REVOKE: return "/revoke";
	case TWITCH_OAUTH_REFRESH:
	case TWITCH_OAUTH_POLL: break;
	}
	return "/token";
}

int twitch_oauth_write(enum twitch_oauth_call call, const struct twitch_oauth_parts *parts,
		struct twitch_oauth_request *ret)
{
	struct twitch_oauth_request request = {
			"POST", STR(FORM_MAX_BYTES), STR(FORM_MAX_BYTES), STR(FORM_MAX_BYTES)};
	int r;

	str_printf(&request.url, "%s%s", parts->base, path_of(call));
	if (call != TWITCH_OAUTH_VALIDATE)
		append_field(&request.body, "client_id", parts->client_id);
	switch (call) {
	case TWITCH_OAUTH_VALIDATE:
		request.method = "GET";
		str_printf(&request.authorization, "Authorization: OAuth %s", parts->token);
		break;
	case TWITCH_OAUTH_REFRESH:
		append_field(&request.body, "client_secret", parts->client_secret);
		append_field(&request.body, "grant_type", "refresh_token");
		append_field(&request.body, "refresh_token", parts->token);
		break;
	case TWITCH_OAUTH_DEVICE: append_scopes(&request.body, parts->scopes); break;
	case TWITCH_OAUTH_POLL:
		append_scopes(&request.body, parts->scopes);
		append_field(&request.body, "device_code", parts->token);
		append_field(&request.body, "grant_type", GRANT_DEVICE);
		break;
	case TWITCH_OAUTH_REVOKE: append_field(&request.body, "token", parts->token); break;
	}
	r = request.url.error    ? request.url.error
	    : request.body.error ? request.body.error
				 : request.authorization.error;
	if (r < 0) {
		twitch_oauth_release(&request);
		return r;
	}
	*ret = request;
	return 0;
}

void twitch_oauth_release(struct twitch_oauth_request *request)
{
	str_wipe(&request->url);
	str_wipe(&request->authorization);
	str_wipe(&request->body);
}

/* ---------------------------------------------------------------- responses */

/* One word of ASCII, as a header or an IRC line can have it. */
static bool copy_word(struct span value, char *buffer, size_t size)
{
	const char *byte;

	if (!span_copy(value, buffer, size))
		return false;
	for (byte = buffer; *byte > ' ' && *byte < 0x7F; byte++)
		;
	if (!*byte)
		return true;
	explicit_bzero(buffer, size);
	return false;
}

static uint64_t milliseconds(struct span value)
{
	uint64_t seconds = 0;

	if (span_number(value, &seconds) < 0)
		return 0;
	return (seconds < SECONDS_MAX ? seconds : SECONDS_MAX) * 1000;
}

/* ["a","b"], or "a b", or null: no scopes. False: too many. */
static bool copy_scopes(struct span value, char ret[TWITCH_SCOPES_MAX_BYTES + 1])
{
	struct str scopes = STR(TWITCH_SCOPES_MAX_BYTES);
	struct span_walk walk;
	struct span item;
	bool is_good;

	ret[0] = '\0';
	if (span_is_string(value)) {
		(void)span_copy(value, ret, TWITCH_SCOPES_MAX_BYTES + 1);
		return true;
	}
	if (span_open(value, '[', &walk) == 0)
		while (span_item(&walk, &item) > 0 && !scopes.error) {
			if (scopes.length)
				str_append_char(&scopes, ' ');
			if (span_append(item, &scopes) < 0)
				break;
		}
	is_good = !scopes.error;
	if (is_good)
		memcpy(ret, str_text(&scopes), scopes.length + 1);
	str_release(&scopes);
	return is_good;
}

static bool read_validated(struct span body, struct twitch_oauth_response *ret)
{
	struct span expires = span_get(body, "expires_in");

	ret->has_scopes = copy_scopes(span_get(body, "scopes"), ret->tokens.scopes);
	ret->expires_ms = milliseconds(expires);
	ret->never_expires = ret->expires_ms == 0;
	return copy_word(span_get(body, "client_id"), ret->tokens.client_id, sizeof(ret->tokens.client_id)) &&
	       copy_word(span_get(body, "user_id"), ret->tokens.user_id, sizeof(ret->tokens.user_id)) &&
	       copy_word(span_get(body, "login"), ret->tokens.login, sizeof(ret->tokens.login));
}

static bool read_token(struct span body, struct twitch_oauth_response *ret)
{
	struct span scopes = span_get(body, "scope");

	ret->has_scopes = scopes.at && !span_is(scopes, "null") && copy_scopes(scopes, ret->tokens.scopes);
	ret->expires_ms = milliseconds(span_get(body, "expires_in"));
	(void)copy_word(span_get(body, "refresh_token"), ret->tokens.refresh, sizeof(ret->tokens.refresh));
	return copy_word(span_get(body, "access_token"), ret->tokens.access, sizeof(ret->tokens.access));
}

static bool read_device(struct span body, struct twitch_oauth_response *ret)
{
	ret->expires_ms = milliseconds(span_get(body, "expires_in"));
	ret->interval_ms = milliseconds(span_get(body, "interval"));
	return copy_word(span_get(body, "device_code"), ret->device_code, sizeof(ret->device_code)) &&
	       copy_word(span_get(body, "user_code"), ret->user_code, sizeof(ret->user_code)) &&
	       copy_word(span_get(body, "verification_uri"), ret->uri, sizeof(ret->uri));
}

static bool read_body(enum twitch_oauth_call call, struct span body, struct twitch_oauth_response *ret)
{
	switch (call) {
	case TWITCH_OAUTH_VALIDATE: return read_validated(body, ret);
	case TWITCH_OAUTH_REFRESH:
	case TWITCH_OAUTH_POLL: return read_token(body, ret);
	case TWITCH_OAUTH_DEVICE: return read_device(body, ret);
	case TWITCH_OAUTH_REVOKE: break;
	}
	return true;
}

/* Twitch's messages differ in case between its documentation and its server. */
static bool has(const char *message, const char *words)
{
	return strcasestr(message, words) != NULL;
}

static void set(struct twitch_oauth_response *ret, enum twitch_oauth_verdict verdict, const char *reason)
{
	ret->verdict = verdict;
	utf8_print(ret->reason, sizeof(ret->reason), "%s", reason);
}

static void set_client(struct twitch_oauth_response *ret, const char *message)
{
	ret->verdict = TWITCH_OAUTH_CLIENT;
	if (has(message, "missing client secret"))
		utf8_print(ret->reason, sizeof(ret->reason),
				"%s: set the application's client type to Public at dev.twitch.tv/console "
				"and log in again, "
				"or set \"client_secret\"",
				message);
	else if (has(message, "secret"))
		utf8_print(ret->reason, sizeof(ret->reason),
				"%s: set \"client_secret\" to the application's secret of "
				"dev.twitch.tv/console",
				message);
	else
		utf8_print(ret->reason, sizeof(ret->reason),
				"%s: set \"client_id\" to the application's client ID of "
				"dev.twitch.tv/console",
				message);
}

/* A response of 400 to 499 in Twitch's form. */
static void read_refusal(enum twitch_oauth_call call, int status, const char *message,
		struct twitch_oauth_response *ret)
{
	bool is_token = call == TWITCH_OAUTH_REFRESH || call == TWITCH_OAUTH_VALIDATE;

	if (call == TWITCH_OAUTH_POLL && has(message, "authorization_pending"))
		set(ret, TWITCH_OAUTH_PENDING, message);
	else if (call == TWITCH_OAUTH_POLL && has(message, "slow_down"))
		set(ret, TWITCH_OAUTH_SLOWER, message);
	else if (call == TWITCH_OAUTH_POLL && has(message, "denied"))
		set(ret, TWITCH_OAUTH_DENIED, message);
	else if (call == TWITCH_OAUTH_POLL && (has(message, "device code") || has(message, "expired")))
		set(ret, TWITCH_OAUTH_REFUSED, message);
	else if (has(message, "client") || has(message, "scope"))
		set_client(ret, message);
	else if (is_token && (status == 401 || has(message, "invalid refresh token") ||
					     has(message, "invalid grant") || has(message, "invalid_grant")))
		set(ret, TWITCH_OAUTH_REFUSED, message);
	else
		set(ret, TWITCH_OAUTH_TROUBLE, message);
}

static void set_status(struct twitch_oauth_response *ret, enum twitch_oauth_verdict verdict, int status)
{
	ret->verdict = verdict;
	utf8_print(ret->reason, sizeof(ret->reason), "HTTP status %d", status);
}

static void read_error(
		enum twitch_oauth_call call, int status, struct span body, struct twitch_oauth_response *ret)
{
	char message[MESSAGE_BYTES] = "";
	uint64_t repeated = 0;
	bool is_twitch = span_copy(span_get(body, "message"), message, sizeof(message)) &&
			 (span_is_string(span_get(body, "error")) ||
					 (span_number(span_get(body, "status"), &repeated) == 0 &&
							 repeated == (uint64_t)status));

	if (status < 400)
		set_status(ret, TWITCH_OAUTH_TROUBLE, status);
	else if (status >= 500)
		set_status(ret, TWITCH_OAUTH_DOUBT, status);
	else if (!is_twitch || status == 429 || status == 408)
		set_status(ret, TWITCH_OAUTH_TROUBLE, status);
	else
		read_refusal(call, status, message, ret);
}

/* Did the request end before it was sent? */
static bool was_not_sent(int error)
{
	return http_is_unsent(error) || error == -ENOMEM || error == -EINVAL || error == -EMFILE;
}

void twitch_oauth_read(enum twitch_oauth_call call, const struct http_response *http,
		struct twitch_oauth_response *ret)
{
	size_t length = http->body_bytes;
	const char *at = span_skip_space(http->body, http->body + length);
	struct span body = {at, length - (size_t)(at - http->body)};

	*ret = (struct twitch_oauth_response){.verdict = TWITCH_OAUTH_OK};
	if (http->error) {
		set(ret, was_not_sent(http->error) ? TWITCH_OAUTH_TROUBLE : TWITCH_OAUTH_DOUBT, http->reason);
		return;
	}
	if (length > TWITCH_OAUTH_BODY_MAX_BYTES) {
		set(ret, TWITCH_OAUTH_DOUBT, "the response is too long");
		return;
	}
	if (http->status != 200) {
		read_error(call, http->status, body, ret);
		return;
	}
	if (read_body(call, body, ret))
		return;
	explicit_bzero(ret, sizeof(*ret));
	set(ret, TWITCH_OAUTH_DOUBT, "the response is not one of Twitch's");
}

const char *twitch_oauth_missing(const char *granted, const char *const *scopes)
{
	for (; *scopes; scopes++) {
		size_t length = strlen(*scopes);
		const char *at = granted;

		while (*at) {
			size_t word = strcspn(at, " ");

			if (word == length && memcmp(at, *scopes, length) == 0)
				break;
			at += word;
			at += *at == ' ';
		}
		if (!*at)
			return *scopes;
	}
	return NULL;
}

/* ---------------------------------------------------------------- stored tokens */

int twitch_stored_read(const char *text, size_t length, struct twitch_stored *ret)
{
	const char *at = span_skip_space(text, text + length);
	struct span object = {at, length - (size_t)(at - text)};
	struct twitch_tokens *tokens = &ret->tokens;
	struct span_walk walk;

	explicit_bzero(ret, sizeof(*ret));
	if (span_open(object, '{', &walk) < 0 ||
			!copy_word(span_get(object, "access"), tokens->access, sizeof(tokens->access))) {
		explicit_bzero(ret, sizeof(*ret));
		return -EBADMSG;
	}
	(void)copy_word(span_get(object, "refresh"), tokens->refresh, sizeof(tokens->refresh));
	(void)copy_word(span_get(object, "client"), tokens->client_id, sizeof(tokens->client_id));
	(void)copy_word(span_get(object, "user"), tokens->user_id, sizeof(tokens->user_id));
	(void)copy_word(span_get(object, "login"), tokens->login, sizeof(tokens->login));
	(void)span_copy(span_get(object, "scopes"), tokens->scopes, sizeof(tokens->scopes));
	(void)copy_word(span_get(object, "id"), ret->id, sizeof(ret->id));
	ret->is_refreshing = span_is(span_get(object, "refreshing"), "true");
	return 0;
}

int twitch_stored_write(const struct twitch_stored *stored, struct str *str)
{
	const struct twitch_tokens *tokens = &stored->tokens;
	const struct {
		const char *key, *value;
	} members[] = {{"access", tokens->access}, {"refresh", tokens->refresh},
			{"client", tokens->client_id}, {"user", tokens->user_id}, {"login", tokens->login},
			{"scopes", tokens->scopes}, {"id", stored->id}};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		str_printf(str, "%s\"%s\":", i ? "," : "{", members[i].key);
		json_append_string(str, members[i].value);
	}
	str_printf(str, ",\"refreshing\":%s}", stored->is_refreshing ? "true" : "false");
	return str->error;
}
