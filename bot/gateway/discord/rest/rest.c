/* REST over HTTP: the edge that joins the queue to libcurl and the loop. */

#include "bot/gateway/discord/rest/rest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/gateway/discord/rest/portion.h"
#include "bot/gateway/discord/rest/queue.h"
#include "bot/gateway/discord/wire.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"

#define BOUNDARY_BYTES          48
#define UPLOAD_MAX_BYTES        (DISCORD_UPLOAD_MAX_BYTES + DISCORD_REST_BODY_MAX_BYTES + DISCORD_UPLOAD_EXTRA_BYTES)
#define URL_MAX_BYTES           2048
#define AUTHORIZATION_MAX_BYTES 512
#define AUTHORIZATION           "Authorization: Bot "

struct discord_rest {
	struct loop *loop;
	struct http *http;
	struct timer *timer;
	struct discord_rest_queue *queue;
	struct sent *sent;
	char *api, *authorization;
	bool is_pump_due;                         /* the timer is set to the next round */
	const struct discord_rest_budget *budget; /* NULL: the global limit is this process's alone */
	void *budget_user;
	struct discord_rest_portion portion;
	const struct discord_rest_events *events;
	void *user;
};

/* A call in flight. */
struct sent {
	struct sent *next, *previous;
	struct discord_rest *rest;
	struct discord_rest_item *item;
	struct http_transfer *transfer;
};

static void pump(struct discord_rest *rest);

static void forget(struct sent *sent)
{
	if (sent->rest->sent == sent)
		sent->rest->sent = sent->next;
	else
		sent->previous->next = sent->next;
	if (sent->next)
		sent->next->previous = sent->previous;
	free(sent);
}

static void read_headers(const struct http_transfer *transfer, struct discord_ratelimit_headers *ret)
{
	struct discord_ratelimit_texts texts = {
			.limit = http_header(transfer, "X-RateLimit-Limit"),
			.remaining = http_header(transfer, "X-RateLimit-Remaining"),
			.reset = http_header(transfer, "X-RateLimit-Reset"),
			.reset_after = http_header(transfer, "X-RateLimit-Reset-After"),
			.bucket = http_header(transfer, "X-RateLimit-Bucket"),
			.global = http_header(transfer, "X-RateLimit-Global"),
			.scope = http_header(transfer, "X-RateLimit-Scope"),
			.retry_after = http_header(transfer, "Retry-After"),
			.via = http_header(transfer, "Via"),
	};

	discord_ratelimit_read(&texts, ret);
}

/* The end of a rate limit's window tells the API's own time; Date may be that of a proxy. */
static void read_date(const struct discord_rest *rest, const struct http_transfer *transfer,
		const struct discord_ratelimit_headers *limit)
{
	const char *date = http_header(transfer, "Date");
	uint64_t date_ms;

	if (!rest->events || !rest->events->on_date)
		return;
	if (limit->has_window && limit->reset_ms > limit->reset_after_ms)
		rest->events->on_date(rest->user, limit->reset_ms - limit->reset_after_ms);
	else if (date && clock_from_http(date, &date_ms) == 0)
		rest->events->on_date(rest->user, date_ms);
}

/* "POST /channels/10/messages {...}"; the response has its status before it. */
static void trace(const struct discord_rest *rest, const struct discord_rest_call *call,
		enum trace_direction direction, const char *status, const char *body, size_t body_bytes)
{
	const char *token = rest->authorization + sizeof(AUTHORIZATION) - 1;
	struct str text = STR(2u * HTTP_BODY_MAX_BYTES);

	if (!rest->events || !rest->events->on_wire)
		return;
	str_printf(&text, "%s%s ", status, call->method);
	discord_wire_show_path(&text, call->path, token);
	if (body_bytes > 0) {
		str_append_char(&text, ' ');
		discord_wire_show(&text, body, body_bytes, token);
	}
	rest->events->on_wire(rest->user, direction, str_text(&text), text.length);
	str_release(&text);
}

static void trace_answer(const struct discord_rest *rest, const struct discord_rest_call *call,
		const struct http_response *response)
{
	char status[300];

	if (response->error)
		snprintf(status, sizeof(status), "(%s) ", response->reason);
	else
		snprintf(status, sizeof(status), "%d ", response->status);
	trace(rest, call, TRACE_IN, status, response->body, response->body_bytes);
}

/* A global 429 concerns all processes. */
static void tell_pause(struct discord_rest *rest)
{
	uint64_t pause_ms = discord_rest_portion_pause_ms(&rest->portion, loop_now_ms(rest->loop));

	if (pause_ms)
		rest->budget->pause(rest->budget_user, pause_ms);
}

static void on_http(void *user, const struct http_response *response)
{
	struct sent *sent = user;
	struct discord_rest *rest = sent->rest;
	struct discord_rest_item *item = sent->item;
	struct discord_rest_answer answer = {.error = response->error,
			.reason = response->reason,
			.status = response->status,
			.body = response->body,
			.body_bytes = response->body_bytes};

	if (!response->error) {
		read_headers(response->transfer, &answer.headers);
		read_date(rest, response->transfer, &answer.headers);
	}
	if (trace_is_on)
		trace_answer(rest, &item->call, response);
	forget(sent);
	if (response->error == -EKEYEXPIRED) {
		discord_rest_queue_unsent(rest->queue, item, loop_now_ms(rest->loop));
	} else {
		discord_rest_queue_answer(rest->queue, item, &answer, loop_now_ms(rest->loop));
		if (rest->budget && response->status == 429)
			tell_pause(rest);
	}
	pump(rest);
}

/* The boundary is a random number, which no outsider can put into a file beforehand. */
static void append_upload(const struct discord_rest_call *call, struct str *type, struct str *body)
{
	char boundary[BOUNDARY_BYTES];
	uint64_t number[2];

	random_bytes(number, sizeof(number));
	snprintf(boundary, sizeof(boundary), "episoded%016" PRIx64 "%016" PRIx64, number[0], number[1]);
	discord_upload_append_header(boundary, type);
	discord_upload_append_body(&call->file, call->body, boundary, body);
}

static int start(struct discord_rest *rest, struct discord_rest_item *item)
{
	char url[URL_MAX_BYTES];
	struct str text = STR(sizeof(url) - 1);
	struct http_request request = {.method = item->call.method,
			.body = item->call.body,
			.body_bytes = item->call.body_bytes,
			.is_repeatable = item->call.is_idempotent || item->call.is_callback,
			.timeout_ms = discord_rest_queue_timeout_ms(item, loop_now_ms(rest->loop)),
			.permit = item->call.permit};
	struct sent *sent = calloc(1, sizeof(*sent));
	struct str type = STR(BOUNDARY_BYTES * 4), upload = STR(UPLOAD_MAX_BYTES);
	size_t headers = 0;
	int r;

	if (!sent)
		return -ENOMEM;
	str_append(&text, rest->api);
	str_append(&text, item->call.path);
	request.url = str_text(&text);
	if (item->call.lane == DISCORD_REST_LANE_BOT)
		request.headers[headers++] = rest->authorization;
	if (item->call.body && item->call.file.bytes) {
		append_upload(&item->call, &type, &upload);
		request.headers[headers] = str_text(&type);
		request.body = str_text(&upload);
		request.body_bytes = upload.length;
		text.error = text.error ? text.error : type.error ? type.error : upload.error;
	} else if (item->call.body) {
		request.headers[headers] = "Content-Type: application/json";
	}
	sent->rest = rest;
	sent->item = item;
	r = text.error ? text.error : http_start(rest->http, &request, on_http, sent, &sent->transfer);
	if (r == 0) {
		if (trace_is_on)
			trace(rest, &item->call, TRACE_OUT, "", item->call.body, item->call.body_bytes);
		sent->next = rest->sent;
		if (sent->next)
			sent->next->previous = sent;
		rest->sent = sent;
		sent = NULL;
	}
	free(sent);
	str_release(&text);
	str_release(&type);
	str_release(&upload);
	return r;
}

/* True: there are more slots of the shared limit to use at once. */
static bool look_at_portion(struct discord_rest *rest, uint64_t now_ms, uint64_t *wait_ms)
{
	int change;
	bool is_more = discord_rest_portion_look(&rest->portion, now_ms, &change, wait_ms);

	if (change)
		rest->budget->move(rest->budget_user, change);
	return is_more;
}

/* Send the calls that may be sent now, and set the timer for the others. */
static void pump(struct discord_rest *rest)
{
	uint64_t now_ms = loop_now_ms(rest->loop), wait_ms;
	struct discord_rest_item *item;

	rest->is_pump_due = false;
	if (discord_rest_queue_has_permits(rest->queue))
		discord_rest_queue_see(rest->queue, clock_boot_ms());
	do {
		wait_ms = UINT64_MAX;
		while ((item = discord_rest_queue_next(rest->queue, now_ms, &wait_ms))) {
			if (start(rest, item) < 0) {
				discord_rest_queue_put_back(rest->queue, item, now_ms);
				timer_set(rest->timer, 0);
				return;
			}
		}
	} while (rest->budget && look_at_portion(rest, now_ms, &wait_ms));
	if (wait_ms == UINT64_MAX)
		timer_cancel(rest->timer);
	else
		timer_set(rest->timer, wait_ms);
}

static void on_time(void *user)
{
	struct discord_rest *rest = user;

	discord_rest_queue_expire(rest->queue, loop_now_ms(rest->loop));
	pump(rest);
}

int discord_rest_new(struct loop *loop, struct http *http, const char *api, const char *token,
		unsigned global_rate, struct discord_rest **ret)
{
	struct str authorization = STR(AUTHORIZATION_MAX_BYTES);
	struct discord_rest *rest = calloc(1, sizeof(*rest));
	uint64_t seed;
	int r = -ENOMEM;

	if (!rest)
		return -ENOMEM;
	rest->loop = loop;
	rest->http = http;
	rest->api = str_copy(api);
	str_printf(&authorization, AUTHORIZATION "%s", token);
	r = str_take(&authorization, &rest->authorization);
	if (r == 0) {
		random_bytes(&seed, sizeof(seed));
		r = discord_rest_queue_new(global_rate, seed, &rest->queue);
	}
	if (r < 0)
		goto out;
	rest->timer = timer_new(loop, on_time, rest);
	if (!rest->timer || !rest->api) {
		r = -ENOMEM;
		goto out;
	}
	*ret = rest;
	rest = NULL;
out:
	discord_rest_free(rest);
	return r;
}

void discord_rest_free(struct discord_rest *rest)
{
	if (!rest)
		return;
	while (rest->sent) {
		struct sent *sent = rest->sent;

		rest->sent = sent->next;
		http_cancel(sent->transfer);
		free(sent);
	}
	timer_free(rest->timer);
	discord_rest_queue_free(rest->queue);
	if (rest->authorization)
		explicit_bzero(rest->authorization, strlen(rest->authorization));
	free(rest->authorization);
	free(rest->api);
	free(rest);
}

void discord_rest_listen(struct discord_rest *rest, const struct discord_rest_events *events, void *user)
{
	rest->events = events;
	rest->user = user;
	discord_rest_queue_listen(rest->queue, events, user);
}

static void pump_soon(struct discord_rest *rest)
{
	if (rest->is_pump_due)
		return;
	rest->is_pump_due = true;
	timer_set(rest->timer, 0);
}

int discord_rest_send(struct discord_rest *rest, const struct discord_rest_call *call,
		void (*on_done)(void *user, const struct discord_rest_result *result), void *user)
{
	int r = discord_rest_queue_add(rest->queue, call, on_done, user, loop_now_ms(rest->loop));

	if (r == 0)
		pump_soon(rest);
	return r;
}

void discord_rest_drop(struct discord_rest *rest, const struct permit *permit)
{
	discord_rest_queue_drop(rest->queue, permit);
}

void discord_rest_withdraw(struct discord_rest *rest, const void *user)
{
	discord_rest_queue_withdraw(rest->queue, user);
}

void discord_rest_set_permit(struct discord_rest *rest, const struct permit *permit)
{
	discord_rest_queue_set_permit(rest->queue, permit);
}

int discord_rest_set_budget(struct discord_rest *rest, const struct discord_rest_budget *budget, void *user,
		unsigned rate)
{
	int r = discord_rest_portion_init(&rest->portion, rest->queue, rate, loop_now_ms(rest->loop));

	if (r < 0)
		return r;
	rest->budget = budget;
	rest->budget_user = user;
	pump_soon(rest);
	return 0;
}

void discord_rest_moved(struct discord_rest *rest, int error, unsigned held)
{
	discord_rest_portion_moved(&rest->portion, error, held, loop_now_ms(rest->loop));
	pump_soon(rest);
}

void discord_rest_lapsed(struct discord_rest *rest)
{
	discord_rest_portion_lapsed(&rest->portion, loop_now_ms(rest->loop));
	pump_soon(rest);
}

void discord_rest_hear_beat(struct discord_rest *rest, unsigned hosts, uint64_t pause_ms)
{
	discord_rest_portion_beat(&rest->portion, hosts, pause_ms, loop_now_ms(rest->loop));
}

bool discord_rest_is_dead(const struct discord_rest *rest)
{
	return discord_rest_queue_is_dead(rest->queue);
}

bool discord_rest_is_idle(const struct discord_rest *rest)
{
	struct discord_rest_counts counts;

	discord_rest_queue_count(rest->queue, &counts);
	return !counts.waiting && !counts.under_way;
}

void discord_rest_count(const struct discord_rest *rest, struct discord_rest_counts *ret)
{
	discord_rest_queue_count(rest->queue, ret);
}
