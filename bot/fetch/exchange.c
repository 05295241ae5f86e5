/* Visits over HTTPS. */

#include "bot/fetch/exchange.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/net/http.h"
#include "bot/net/loop.h"

#define USER_AGENT       "episoded/" EPISODED_VERSION
#define TIMEOUT_MS       60000u
#define TRY_AGAIN_MS     1000u  /* doubled with each try */
#define WAIT_IN_MAX_MS   60000u /* a longer wait ends the visit */
#define SITE_WAIT_MAX_MS (3600u * 1000)
#define TOKEN_MAX_BYTES  900

struct exchange {
	struct loop *loop;
	struct http *http;
	struct timer *timer;
	struct http_transfer *transfer;
	enum fetch_site_id site;
	char *url;
	struct str authorization; /* a secret */
	struct visit visit;
	bool is_busy;
	unsigned tries, tried;
	uint64_t free_ms; /* no request before this moment */
	void (*on_done)(void *user, enum visit_step step, struct visit *visit);
	void *user;
};

static void finish(struct exchange *exchange, enum visit_step step)
{
	struct visit visit = exchange->visit;

	exchange->visit = (struct visit){0};
	exchange->is_busy = false;
	exchange->on_done(exchange->user, step, &visit); /* may free the exchange */
	visit_release(&visit);
}

static void ask_in(struct exchange *exchange, uint64_t delay_ms)
{
	uint64_t now_ms = loop_now_ms(exchange->loop);

	if (now_ms + delay_ms < exchange->free_ms)
		delay_ms = exchange->free_ms - now_ms;
	timer_set(exchange->timer, delay_ms);
}

static void go_on(struct exchange *exchange, enum visit_step step)
{
	const struct visit *visit = &exchange->visit;
	uint64_t wait_ms = visit->wait_ms ? visit->wait_ms : (uint64_t)TRY_AGAIN_MS << exchange->tried;

	if (step == VISIT_ASK) {
		exchange->tried = 0;
		ask_in(exchange, 0);
	} else if (step == VISIT_FAILED && visit->fault == VISIT_PASSING &&
			++exchange->tried < exchange->tries && wait_ms <= WAIT_IN_MAX_MS) {
		ask_in(exchange, wait_ms);
	} else {
		/* The site wants no request, also for no other show. */
		if (step == VISIT_FAILED && visit->wait_ms)
			exchange->free_ms = loop_now_ms(exchange->loop) +
					    (visit->wait_ms < SITE_WAIT_MAX_MS ? visit->wait_ms
									       : SITE_WAIT_MAX_MS);
		finish(exchange, step);
	}
}

static void on_response(void *user, const struct http_response *response)
{
	struct exchange *exchange = user;
	const struct http_transfer *transfer = response->transfer;
	const struct visit_answer answer = {
			.error = response->error,
			.reason = response->reason,
			.status = response->status,
			.body = response->body,
			.body_bytes = response->body_bytes,
			.etag = http_header(transfer, "ETag"),
			.modified = http_header(transfer, "Last-Modified"),
			.location = http_header(transfer, "Location"),
			.retry_after = http_header(transfer, "Retry-After"),
			.date = http_header(transfer, "Date"),
	};

	exchange->transfer = NULL;
	go_on(exchange, visit_take(&exchange->visit, &answer));
}

static void fail(struct exchange *exchange, int error)
{
	go_on(exchange, visit_take(&exchange->visit,
					&(struct visit_answer){.error = error, .reason = strerror(-error)}));
}

static void on_timer(void *user)
{
	struct exchange *exchange = user;
	const struct fetch_site *site = &fetch_sites[exchange->site];
	struct http_request request = {.method = "GET",
			.is_repeatable = true,
			.timeout_ms = TIMEOUT_MS,
			.body_max_bytes = VISIT_DOCUMENT_MAX_BYTES,
			.may_be_compressed = true};
	struct visit_request text = {0};
	size_t count = 0;
	int r;

	if (site->needs_token && !exchange->authorization.length) {
		finish(exchange, visit_fail(&exchange->visit, VISIT_REFUSED,
						 "%s needs a token: get the \"API Read Access Token\" from "
						 "themoviedb.org/settings/api, and store it with \"episoded "
						 "secret "
						 "set tmdb-key\"",
						 site->title));
		return;
	}
	r = visit_request(&exchange->visit, &text);
	if (r < 0) {
		fail(exchange, r);
		return;
	}
	request.url = str_text(&text.url);
	for (size_t i = 0; i < VISIT_HEADERS_MAX && text.headers[i].length; i++)
		request.headers[count++] = str_text(&text.headers[i]);
	if (exchange->authorization.length)
		request.headers[count] = str_text(&exchange->authorization);
	exchange->free_ms = loop_now_ms(exchange->loop) + site->gap_ms;
	r = http_start(exchange->http, &request, on_response, exchange, &exchange->transfer);
	visit_request_release(&text);
	if (r < 0)
		fail(exchange, r);
}

int exchange_new(struct loop *loop, const struct exchange_site *site, struct exchange **ret)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	int r;

	if (!exchange)
		return -ENOMEM;
	exchange->loop = loop;
	exchange->site = site->site;
	exchange->authorization = STR(TOKEN_MAX_BYTES + 32);
	exchange->url = str_copy(site->url);
	exchange->timer = timer_new(loop, on_timer, exchange);
	if (site->token)
		str_printf(&exchange->authorization, "Authorization: Bearer %s", site->token);
	r = exchange->timer && (!site->url || exchange->url) ? exchange->authorization.error : -ENOMEM;
	if (r == 0)
		r = http_new(loop, USER_AGENT, site->ca_file, &exchange->http);
	if (r == 0)
		r = http_set_proxy(exchange->http, site->proxy);
	if (r < 0)
		exchange_free(exchange);
	else
		*ret = exchange;
	return r;
}

void exchange_free(struct exchange *exchange)
{
	if (!exchange)
		return;
	http_cancel(exchange->transfer);
	http_free(exchange->http);
	timer_free(exchange->timer);
	visit_release(&exchange->visit);
	str_wipe(&exchange->authorization);
	free(exchange->url);
	free(exchange);
}

int exchange_start(struct exchange *exchange, const struct fetch_address *address,
		const struct visit_known *known, unsigned tries,
		void (*on_done)(void *user, enum visit_step step, struct visit *visit), void *user)
{
	int r;

	if (exchange->is_busy)
		return -EBUSY;
	r = visit_begin(&exchange->visit, address, exchange->url, known);
	if (r < 0)
		return r;
	exchange->is_busy = true;
	exchange->tries = tries;
	exchange->tried = 0;
	exchange->on_done = on_done;
	exchange->user = user;
	ask_in(exchange, 0);
	return 0;
}

bool exchange_is_busy(const struct exchange *exchange)
{
	return exchange->is_busy;
}
