/* Requests to Twitch's API over HTTP. */

#include "bot/gateway/twitch/helix.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"
#include "bot/base/trace.h"
#include "bot/net/http.h"

#define USER_AGENT       "episoded/" EPISODED_VERSION
#define URL_MAX_BYTES    (TWITCH_REQUEST_PATH_MAX + 1024)
#define HEADER_MAX_BYTES 1024
#define TIMEOUT_MS       10000
#define TRACE_MAX_BYTES  (2u * HTTP_BODY_MAX_BYTES)
#define BEARER           "Authorization: Bearer "
#define CLIENT           "Client-Id: "
#define PAUSE_MAX_S      60 /* the bucket is refilled within a minute */

struct helix_call {
	struct helix_call *next, *previous;
	struct twitch_helix *helix;
	struct twitch_request request; /* without method, path and body */
	struct http_transfer *transfer;
	char *line; /* method and path, for the trace; NULL: not traced */
};

struct twitch_helix {
	struct http *http;
	struct twitch_helix_options options;
	void (*on_response)(void *user, const struct twitch_request *request,
			const struct twitch_response *response);
	void *user;
	struct helix_call *calls;
	const struct permit *permit;
	char *bearer, *client; /* headers; NULL: not authorized */
};

/* ---------------------------------------------------------------- the rate limit */

uint64_t twitch_helix_pause_ms(int status, const char *remaining, const char *reset, const char *date)
{
	uint64_t date_ms;
	long left = 1, reset_s, wait_s;

	if (remaining)
		str_to_long(remaining, 0, LONG_MAX, &left);
	if (status != 429 && left > 0)
		return 0;
	if (!reset || !date || str_to_long(reset, 1, LONG_MAX, &reset_s) < 0 ||
			clock_from_http(date, &date_ms) < 0)
		return 0;
	wait_s = reset_s - (long)(date_ms / 1000);
	if (wait_s < 0 || wait_s > PAUSE_MAX_S)
		wait_s = status == 429; /* it was in the past */
	return (uint64_t)wait_s * 1000;
}

/* ---------------------------------------------------------------- the trace */

static void trace(const struct twitch_helix *helix, enum trace_direction direction, const char *before,
		const char *line, const char *body, size_t length)
{
	const char *access = twitch_helix_access(helix);
	struct str text = STR(TRACE_MAX_BYTES), shown = STR(2 * TRACE_MAX_BYTES);

	if (trace_wants(helix->options.gateway)) {
		str_printf(&text, "%s%s%s", before, line, length ? " " : "");
		str_append_bytes(&text, body, length);
		trace_hide(&shown, str_text(&text), text.length, &access, 1);
		trace_write(helix->options.gateway, -1, 0, direction, str_text(&shown), shown.length);
	}
	str_release(&text);
	str_release(&shown);
}

/* ---------------------------------------------------------------- requests */

static void forget(struct helix_call *call)
{
	if (call->previous)
		call->previous->next = call->next;
	else
		call->helix->calls = call->next;
	if (call->next)
		call->next->previous = call->previous;
	free(call->line);
	free(call);
}

static void on_done(void *user, const struct http_response *response)
{
	struct helix_call *call = user;
	struct twitch_helix *helix = call->helix;
	struct twitch_request request = call->request;
	struct twitch_response copy = {.error = response->error,
			.is_unsent = http_is_unsent(response->error),
			.reason = response->reason,
			.status = response->status,
			.body = response->body,
			.length = response->body_bytes};
	char before[300];

	if (!response->error)
		copy.pause_ms = twitch_helix_pause_ms(response->status,
				http_header(response->transfer, "Ratelimit-Remaining"),
				http_header(response->transfer, "Ratelimit-Reset"),
				http_header(response->transfer, "Date"));
	if (trace_is_on && call->line) {
		if (response->error)
			snprintf(before, sizeof(before), "(%s) ", response->reason);
		else
			snprintf(before, sizeof(before), "%d ", response->status);
		trace(helix, TRACE_IN, before, call->line, response->body, response->body_bytes);
	}
	forget(call);
	helix->on_response(helix->user, &request, &copy);
}

/* Method and path, as the trace shows them; NULL: out of memory, or not traced. */
static char *line_of(const struct twitch_request *request)
{
	struct str line = STR(URL_MAX_BYTES);
	char *ret = NULL;

	str_printf(&line, "%s %s", request->method, request->path);
	str_take(&line, &ret);
	return ret;
}

int twitch_helix_send(struct twitch_helix *helix, const struct twitch_request *request)
{
	struct str url = STR(URL_MAX_BYTES);
	struct http_request http = {.method = request->method,
			.headers = {helix->bearer, helix->client,
					request->body ? "Content-Type: application/json" : NULL},
			.body = request->body,
			.body_bytes = request->body ? strlen(request->body) : 0,
			.is_repeatable = request->call != TWITCH_CALL_SEND,
			.timeout_ms = TIMEOUT_MS,
			.permit = request->call == TWITCH_CALL_SEND ? helix->permit : NULL};
	struct helix_call *call = calloc(1, sizeof(*call));
	int r = -ENOMEM;

	if (!call || !helix->bearer)
		goto out;
	call->helix = helix;
	call->request = *request;
	call->request.method = call->request.path = call->request.body = NULL;
	str_printf(&url, "%s%s", helix->options.api, request->path);
	http.url = str_text(&url);
	if (trace_is_on)
		call->line = line_of(request);
	r = url.error ? url.error : http_start(helix->http, &http, on_done, call, &call->transfer);
	if (r < 0)
		goto out;
	if (call->line)
		trace(helix, TRACE_OUT, "", call->line, http.body ? http.body : "", http.body_bytes);
	call->next = helix->calls;
	if (call->next)
		call->next->previous = call;
	helix->calls = call;
	call = NULL;
out:
	if (call)
		free(call->line);
	free(call);
	str_release(&url);
	return r;
}

/* ---------------------------------------------------------------- the owner */

static void free_header(char *header)
{
	if (header)
		explicit_bzero(header, strlen(header));
	free(header);
}

int twitch_helix_authorize(struct twitch_helix *helix, const char *access, const char *client_id)
{
	struct str bearer = STR(HEADER_MAX_BYTES), client = STR(HEADER_MAX_BYTES);
	char *bearer_line = NULL, *client_line = NULL;
	int r;

	str_printf(&bearer, BEARER "%s", access);
	str_printf(&client, CLIENT "%s", client_id);
	r = str_take(&bearer, &bearer_line);
	if (r == 0)
		r = str_take(&client, &client_line);
	if (r == 0) {
		free_header(helix->bearer);
		free(helix->client);
		helix->bearer = bearer_line;
		helix->client = client_line;
		bearer_line = client_line = NULL;
	}
	free_header(bearer_line);
	free(client_line);
	str_release(&client);
	return r;
}

const char *twitch_helix_access(const struct twitch_helix *helix)
{
	return helix->bearer ? helix->bearer + sizeof(BEARER) - 1 : "";
}

int twitch_helix_new(struct loop *loop, const struct twitch_helix_options *options,
		void (*on_response)(void *user, const struct twitch_request *request,
				const struct twitch_response *response),
		void *user, struct twitch_helix **ret)
{
	struct twitch_helix *helix = calloc(1, sizeof(*helix));
	int r;

	if (!helix)
		return -ENOMEM;
	helix->options = *options;
	helix->on_response = on_response;
	helix->user = user;
	r = http_new(loop, USER_AGENT, options->ca_file, &helix->http);
	if (r == 0)
		r = http_set_proxy(helix->http, options->proxy);
	if (r < 0) {
		twitch_helix_free(helix);
		return r;
	}
	*ret = helix;
	return 0;
}

void twitch_helix_configure(struct twitch_helix *helix, const struct twitch_helix_options *options)
{
	helix->options = *options;
}

void twitch_helix_set_permit(struct twitch_helix *helix, const struct permit *permit)
{
	helix->permit = permit;
}

void twitch_helix_cancel(struct twitch_helix *helix)
{
	while (helix->calls) {
		struct helix_call *call = helix->calls;

		helix->calls = call->next;
		http_cancel(call->transfer);
		free(call->line);
		free(call);
	}
}

void twitch_helix_free(struct twitch_helix *helix)
{
	if (!helix)
		return;
	twitch_helix_cancel(helix);
	http_free(helix->http);
	free_header(helix->bearer);
	free(helix->client);
	free(helix);
}
