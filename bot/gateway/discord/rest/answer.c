/* The outcome of a REST response: done, wait, or try again. */

#include "bot/gateway/discord/rest/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bot/base/json.h"
#include "bot/base/span.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/net/http.h"

#define FIELD_PATH_MAX_BYTES      200u
#define FIELDS_MAX_BYTES          2000u
#define ERROR_BODY_MAX_BYTES      (64u * 1024) /* a longer body is an HTML page */
#define PAGE_MAX_BYTES            4096         /* in which the title is looked for */
#define TITLE_MAX_BYTES           60
#define CALLBACK_ATTEMPTS_MAX     2
#define STATUS_TIMEOUT            408
#define CODE_DISABLED             40004 /* "Temporarily disabled" */
#define CODE_FEATURE_DISABLED     40006 /* "This feature has been temporarily disabled server-side" */
#define CODE_BLOCKED              40333 /* "internal network error": Cloudflare */
#define CODE_OVERLOADED           130000
#define CODE_ALREADY_ACKNOWLEDGED 40060
#define CODE_MAX                  99999999

static void skip_space(const char **body, size_t *length)
{
	const char *at = *length ? span_skip_space(*body, *body + *length) : *body;

	*length -= (size_t)(at - *body);
	*body = at;
}

/* What is wrong at this node, and below it. */
static void read_fields(struct json_node *node, const char *path, struct str *fields)
{
	for (struct json_node *child = json_first(node); child && !fields->error; child = json_next(child)) {
		const char *key = json_key(child),
			   *message = json_string(json_get(json_first(child), "message"));
		struct str below = STR(FIELD_PATH_MAX_BYTES);

		if (str_equal(key, "_errors") && message) {
			str_printf(fields, "%s%s%s%s", fields->length ? "; " : "", path, *path ? ": " : "",
					message);
		} else if (json_type(child) == JSON_OBJECT) {
			str_printf(&below, "%s%s%s", path, *path ? "." : "", key ? key : "");
			if (!below.error)
				read_fields(child, str_text(&below), fields);
		}
		str_release(&below);
	}
}

void discord_rest_error_read(const char *body, size_t length, struct discord_rest_error *ret)
{
	struct discord_rest_error error = {0};
	struct str fields = STR(FIELDS_MAX_BYTES);
	struct json *json = NULL;
	struct json_node *root, *node;
	double value;

	*ret = error;
	skip_space(&body, &length);
	if (!length || length > ERROR_BODY_MAX_BYTES || *body != '{' ||
			json_parse(body, length, 0, &json) < 0)
		return;
	root = json_root(json);
	if (root && json_type(root) == JSON_OBJECT) {
		error.is_json = error.refusal.is_json = true;
		value = json_number(json_get(root, "code"));
		error.code = value >= 1 && value <= CODE_MAX ? (long)value : 0;
		if (json_string(json_get(root, "message")))
			utf8_print(error.message, sizeof(error.message), "%s",
					json_string(json_get(root, "message")));
		read_fields(json_get(root, "errors"), "", &fields);
		utf8_print(error.fields, sizeof(error.fields), "%s", str_text(&fields));
		error.refusal.is_global = json_is_true(json_get(root, "global"));
		node = json_get(root, "retry_after");
		value = json_number(node) * 1000;
		if (node && json_type(node) == JSON_NUMBER && value >= 0) {
			error.refusal.has_retry_after = true;
			error.refusal.retry_after_ms = value < DISCORD_RATELIMIT_DURATION_MAX_MS
								       ? (uint64_t)value + 1
								       : DISCORD_RATELIMIT_DURATION_MAX_MS;
		}
		*ret = error;
	}
	str_release(&fields);
	json_free(json);
}

/* The request cannot have reached Discord. */
static bool is_unsent(int error)
{
	return http_is_unsent(error) || error == -ENOMEM;
}

/* A web page: Discord answers in JSON, so a proxy, a filter or a captive portal answered in its place, or Cloudflare. */
static bool is_web_page(const struct discord_rest_answer *answer)
{
	const char *body = answer->body;
	size_t left = body ? answer->body_bytes : 0;

	skip_space(&body, &left);
	return left && *body == '<';
}

/* A page or a redirection in place of Discord's answer: what Discord did with the request is unknown. */
static bool is_of_another(const struct discord_rest_answer *answer)
{
	return answer->status / 100 == 3 || (answer->status / 100 == 2 && is_web_page(answer));
}

bool discord_rest_is_maybe_done(const struct discord_rest_answer *answer)
{
	return answer->error ? !is_unsent(answer->error) : answer->status >= 500 || is_of_another(answer);
}

/*
 * A failure that says nothing of the request: an outage, or a refusal by what is in front of Discord's API
 * (Cloudflare, a proxy), which answers with a page instead of JSON.
 */
static bool is_passing(const struct discord_rest_answer *answer, const struct discord_rest_error *error)
{
	static const long codes[] = {CODE_DISABLED, CODE_FEATURE_DISABLED, CODE_BLOCKED, CODE_OVERLOADED};

	if (answer->error || answer->status >= 500 || answer->status == STATUS_TIMEOUT ||
			is_of_another(answer))
		return true;
	if (answer->status < 400)
		return false;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (error->code == codes[i])
			return true;
	return !error->is_json;
}

enum discord_rest_verdict discord_rest_judge(const struct discord_rest_item *item,
		const struct discord_rest_answer *answer, const struct discord_rest_error *error)
{
	if (!answer->error && answer->status == 429)
		return DISCORD_REST_HOLD;
	if (!answer->error && answer->status == 401 && item->call.lane == DISCORD_REST_LANE_BOT)
		return DISCORD_REST_DOUBT;
	if (!is_passing(answer, error))
		return DISCORD_REST_DONE;
	if (answer->error == -EMSGSIZE || answer->error == -EINVAL)
		return DISCORD_REST_DONE;
	if (item->call.is_idempotent || is_unsent(answer->error))
		return DISCORD_REST_AGAIN;
	return item->call.is_callback && item->attempts < CALLBACK_ATTEMPTS_MAX ? DISCORD_REST_AGAIN
										: DISCORD_REST_DONE;
}

static int errno_of(int status)
{
	switch (status) {
	case 401:
	case 403: return -EACCES;
	case 404: return -ENOENT;
	default: return status >= 500 || status < 400 ? -EIO : -EINVAL;
	}
}

/* The title of a web page, cut. */
static void read_title(const struct discord_rest_answer *answer, char *ret, size_t size)
{
	struct str body = STR(ERROR_BODY_MAX_BYTES);
	const char *start = NULL;
	size_t length;

	ret[0] = '\0';
	str_append_bytes(&body, answer->body,
			answer->body_bytes < PAGE_MAX_BYTES ? answer->body_bytes : PAGE_MAX_BYTES);
	for (const char *at = str_text(&body); *at && !start; at++)
		if (strncasecmp(at, "<title>", 7) == 0)
			start = at + 7;
	length = start ? strcspn(start, "<") : 0;
	if (length)
		utf8_print(ret, size, " (\"%.*s\")",
				(int)(length < TITLE_MAX_BYTES ? length : TITLE_MAX_BYTES), start);
	str_release(&body);
}

/* An answer that is not Discord's JSON. */
static void explain_status(const struct discord_rest_answer *answer, char *reason)
{
	char title[TITLE_MAX_BYTES + 8];

	if (is_web_page(answer)) {
		read_title(answer, title, sizeof(title));
		utf8_print(reason, DISCORD_REST_REASON_MAX_BYTES,
				"%d with a web page%s in place of Discord's answer: from Cloudflare, a "
				"proxy, a filter "
				"or a captive portal",
				answer->status, title);
	} else if (answer->status / 100 == 3) {
		utf8_print(reason, DISCORD_REST_REASON_MAX_BYTES,
				"%d: redirected, which Discord does not do: check \"api\"; a captive portal "
				"may have "
				"answered",
				answer->status);
	} else {
		utf8_print(reason, DISCORD_REST_REASON_MAX_BYTES, "Discord answered %d", answer->status);
	}
}

void discord_rest_result_of(const struct discord_rest_item *item, const struct discord_rest_answer *answer,
		const struct discord_rest_error *error, char reason[DISCORD_REST_REASON_MAX_BYTES],
		struct discord_rest_result *ret)
{
	struct discord_rest_result result = {.error = answer->error,
			.reason = reason,
			.status = answer->status,
			.code = error->code,
			.body = answer->body ? answer->body : "",
			.body_bytes = answer->body ? answer->body_bytes : 0,
			.sent = item->call.body,
			.fields = error->fields};

	reason[0] = '\0';
	if (answer->error)
		utf8_print(reason, DISCORD_REST_REASON_MAX_BYTES, "%s", answer->reason);
	else if (answer->status >= 200 && answer->status < 300 && !is_of_another(answer))
		result.code = 0;
	else if (item->call.is_callback && item->failures && error->code == CODE_ALREADY_ACKNOWLEDGED)
		result.code = 0; /* the first try had been carried out */
	else
		result.error = errno_of(answer->status);
	if (!answer->error && result.error && error->code)
		utf8_print(reason, DISCORD_REST_REASON_MAX_BYTES, "%d: %s (%ld)%s%s", answer->status,
				error->message, error->code, *error->fields ? ": " : "", error->fields);
	else if (!answer->error && result.error && error->message[0])
		utf8_print(reason, DISCORD_REST_REASON_MAX_BYTES, "%d: %s", answer->status, error->message);
	else if (!answer->error && result.error)
		explain_status(answer, reason);
	result.is_maybe_done = result.error && (item->is_maybe_done || discord_rest_is_maybe_done(answer));
	*ret = result;
}
