/* bot/net/http.h in a replay: a request gets the recorded answer to the next request with its method and path. */

#include "bot/net/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/discord/wire.h"
#include "bot/net/loop.h"
#include "bot/replay/world.h"

struct http {
	struct loop *loop;
	struct http_transfer *transfers;
};

struct http_transfer {
	struct http_transfer *next;
	struct http *http;
	struct timer *timer;
	const struct tape_answer *answer; /* NULL: the trace has no answer */
	void (*on_done)(void *user, const struct http_response *response);
	void *user;
};

int http_new(struct loop *loop, const char *user_agent, const char *ca_file, struct http **ret)
{
	struct http *http = calloc(1, sizeof(*http));

	(void)user_agent;
	(void)ca_file;
	if (!http)
		return -ENOMEM;
	http->loop = loop;
	*ret = http;
	return 0;
}

int http_set_proxy(struct http *http, const char *proxy)
{
	(void)http;
	(void)proxy;
	return 0;
}

void http_free(struct http *http)
{
	if (!http)
		return;
	while (http->transfers)
		http_cancel(http->transfers);
	free(http);
}

void http_cancel(struct http_transfer *transfer)
{
	struct http_transfer **link;

	if (!transfer)
		return;
	for (link = &transfer->http->transfers; *link && *link != transfer; link = &(*link)->next)
		;
	*link = transfer->next;
	timer_free(transfer->timer);
	free(transfer);
}

static void on_answer(void *user)
{
	struct http_transfer *transfer = user, over = *transfer;
	struct http_response response = {.body = "", .reason = ""};

	if (over.answer && over.answer->status) {
		response.status = over.answer->status;
		response.body = over.answer->body;
		response.body_bytes = strlen(response.body);
	} else {
		response.error = -ECONNREFUSED;
		response.reason = over.answer ? over.answer->body : "the trace has no answer to this request";
	}
	http_cancel(transfer);
	over.on_done(over.user, &response);
}

/* The trace has paths relative to the API's base URL, without tokens. */
static struct tape_answer *take(const char *method, const char *url)
{
	const char *path = strstr(url, "/api/");
	struct tape_answer *found = NULL;
	struct str what = STR(8192);

	str_printf(&what, "%s ", method);
	path = path ? strchr(path + 5, '/') : NULL;
	discord_wire_show_path(&what, path ? path : url, NULL);
	for (size_t i = 0; i < replay_tape.answer_count; i++) {
		struct tape_answer *answer = &replay_tape.answers[i];

		if (answer->is_taken || !str_equal(answer->what, str_text(&what)))
			continue;
		answer->is_taken = true;
		found = answer;
		break;
	}
	str_release(&what);
	return found;
}

int http_start(struct http *http, const struct http_request *request,
		void (*on_done)(void *user, const struct http_response *response), void *user,
		struct http_transfer **ret)
{
	struct http_transfer *transfer = calloc(1, sizeof(*transfer));
	uint64_t now_ms = replay_now_ms(), at_ms = now_ms;

	if (!transfer)
		return -ENOMEM;
	transfer->timer = timer_new(http->loop, on_answer, transfer);
	if (!transfer->timer) {
		free(transfer);
		return -ENOMEM;
	}
	transfer->http = http;
	transfer->on_done = on_done;
	transfer->user = user;
	transfer->answer = take(request->method, request->url);
	if (transfer->answer && transfer->answer->at_ms > now_ms)
		at_ms = transfer->answer->at_ms;
	transfer->next = http->transfers;
	http->transfers = transfer;
	timer_set(transfer->timer, at_ms - now_ms);
	if (ret)
		*ret = transfer;
	return 0;
}

/* The trace has no headers, so rate limit headers are missing. */
const char *http_header(const struct http_transfer *transfer, const char *name)
{
	(void)transfer;
	(void)name;
	return NULL;
}
