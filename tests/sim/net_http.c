/* bot/net/http.h with simulated requests, which may be lost before or after they take effect, delayed or reordered. */

#include "bot/net/http.h"
#include "bot/net/permit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/str.h"
#include "tests/sim/audit.h"
#include "tests/sim/disk.h"
#include "tests/sim/http_service.h"
#include "tests/sim/mutant.h"
#include "tests/sim/world.h"

#define TIMEOUT_MS          15000
#define LATENCY_MS          120
#define SLOW_MS             4000
#define LOST_IN_THOUSAND    15 /* requests in progress, and as many responses */
#define URL_MAX_BYTES       2048
#define FAILURE_BYTES       100
#define AUTHORIZATION       "Authorization: "
#define AUTHORIZATION_BYTES 200

/* A request; it outlives the process that made it. */
struct call {
	unsigned life;
	struct http_transfer *transfer; /* in that process; NULL: the response is not wanted any more */
	char method[8], *path, *body;
	size_t path_bytes, body_bytes;
	char authorization[AUTHORIZATION_BYTES];
	void (*service)(const struct http_asked *asked, struct http_replied *ret);
	struct http_replied *reply;
	int error;
};

struct http {
	struct http_transfer *transfers;
};

struct http_transfer {
	struct http_transfer *next;
	struct http *http;
	struct call *call;
	void (*on_done)(void *user, const struct http_response *response);
	void *user;
	const char *headers; /* of the response that is being delivered */
};

static struct {
	const char *host;
	void (*on_request)(const struct http_asked *asked, struct http_replied *ret);
} services[HTTP_SERVICES_MAX];

/* The network is down until this time. */
struct outage {
	uint64_t until_ms;
};

static struct outage *outage;

void http_service_set(const char *host,
		void (*on_request)(const struct http_asked *asked, struct http_replied *ret))
{
	for (size_t i = 0; i < HTTP_SERVICES_MAX; i++) {
		if (services[i].host && !str_equal(services[i].host, host))
			continue;
		services[i].host = host;
		services[i].on_request = on_request;
		return;
	}
	abort();
}

void http_service_reset(void)
{
	outage = world_alloc(sizeof(*outage));
}

int http_new(struct loop *loop, const char *user_agent, const char *ca_file, struct http **ret)
{
	(void)loop;
	(void)user_agent;
	(void)ca_file;
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

int http_set_proxy(struct http *http, const char *proxy)
{
	(void)http;
	(void)proxy;
	return 0;
}

static void forget(struct http_transfer *transfer)
{
	struct http_transfer **link = &transfer->http->transfers;

	while (*link != transfer)
		link = &(*link)->next;
	*link = transfer->next;
	free(transfer);
}

void http_cancel(struct http_transfer *transfer)
{
	if (!transfer)
		return;
	transfer->call->transfer = NULL;
	forget(transfer);
}

void http_free(struct http *http)
{
	if (!http)
		return;
	while (http->transfers)
		http_cancel(http->transfers);
	free(http);
}

static void free_call(struct call *call)
{
	world_release(call->path, call->path_bytes + 1);
	world_release(call->body, call->body_bytes + 1);
	if (call->reply)
		world_release(call->reply, sizeof(*call->reply));
	world_release(call, sizeof(*call));
}

static void on_answered(void *argument)
{
	struct call *call = argument;
	struct http_transfer *transfer = call->transfer;
	struct http_response response = {.error = call->error, .reason = "", .body = ""};
	void (*on_done)(void *user, const struct http_response *response);
	void *user;
	struct http_transfer shown;

	if (!world_has_bot() || call->life != world_life() || !transfer) {
		free_call(call);
		return;
	}
	if (call->error) {
		response.reason = call->error == -ETIMEDOUT ? "no answer in time" : "connection reset";
	} else {
		response.status = call->reply->status;
		response.body = call->reply->body;
		response.body_bytes = strlen(call->reply->body);
	}
	world_trace("http <- %d %s %s", call->error ? call->error : response.status, call->method,
			call->path);
	on_done = transfer->on_done;
	user = transfer->user;
	shown = *transfer;
	shown.headers = call->error ? "" : call->reply->headers;
	response.transfer = &shown;
	forget(transfer);
	on_done(user, &response);
	if (!call->error && call->reply->confirmed >= 0)
		audit_confirmed(call->reply->confirmed);
	if (!call->error && call->reply->delivered)
		*call->reply->delivered = disk_state() == DISK_WELL;
	free_call(call);
	world_crash_point("after it has an answer");
}

static void finish(struct call *call, int error, uint64_t delay_ms)
{
	call->error = error;
	world_after(delay_ms, on_answered, call);
}

static void on_arrived(void *argument)
{
	struct call *call = argument;
	struct http_asked asked = {
			call->method, call->path, call->body, call->body_bytes, call->authorization};

	/* Requests that a process had not sent when it died. */
	if ((!world_has_bot() || call->life != world_life()) && world_fault(FAULT_CUT, 400)) {
		free_call(call);
		return;
	}
	world_trace("http -> %s %s %s", call->method, call->path, call->body);
	call->reply = world_alloc(sizeof(*call->reply));
	call->reply->confirmed = -1;
	call->service(&asked, call->reply);
	if (!call->reply->status)
		finish(call, -ETIMEDOUT, TIMEOUT_MS);
	else if (world_fault(FAULT_CUT, LOST_IN_THOUSAND))
		finish(call, -ECONNRESET, 1 + world_dice(LATENCY_MS));
	else
		finish(call, 0, 1 + world_dice(world_fault(FAULT_CUT, 30) ? SLOW_MS : LATENCY_MS));
}

int http_start(struct http *http, const struct http_request *request,
		void (*on_done)(void *user, const struct http_response *response), void *user,
		struct http_transfer **ret)
{
	struct http_transfer *transfer;
	struct call *call;
	const char *path;
	size_t number = 0;

	if (!str_starts(request->url, "https://"))
		return -EINVAL;
	path = request->url + strlen("https://");
	while (number < HTTP_SERVICES_MAX &&
			!(services[number].host && str_starts(path, services[number].host)))
		number++;
	if (number == HTTP_SERVICES_MAX)
		return -EINVAL;
	path += strlen(services[number].host);
	transfer = calloc(1, sizeof(*transfer));
	if (!transfer)
		return -ENOMEM;
	world_crash_point("before it asks");
	call = world_alloc(sizeof(*call));
	*call = (struct call){
			.life = world_life(),
			.transfer = transfer,
			.service = services[number].on_request,
			.path = world_copy(path, strlen(path)),
			.path_bytes = strlen(path),
			.body = world_copy(request->body ? request->body : "", request->body_bytes),
			.body_bytes = request->body_bytes,
	};
	strncpy(call->method, request->method, sizeof(call->method) - 1);
	for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i]; i++)
		if (str_starts(request->headers[i], AUTHORIZATION))
			snprintf(call->authorization, sizeof(call->authorization), "%s",
					request->headers[i] + strlen(AUTHORIZATION));
	*transfer = (struct http_transfer){.next = http->transfers,
			.http = http,
			.call = call,
			.on_done = on_done,
			.user = user};
	http->transfers = transfer;
	if (ret)
		*ret = transfer;
	if (!permit_is_valid(request->permit)) {
		finish(call, -EKEYEXPIRED, 0);
		return 0;
	}
	if (audit_sent(call->body, call->body_bytes) && world_fault(FAULT_CRASH, 30))
		world_arm_crash(1 + (unsigned)world_dice(10));
	mutant_on_send(call->body, call->body_bytes);
	mutant_change_request(call->body);
	if (world_fault(FAULT_REFUSAL, 5))
		outage->until_ms = world_now_ms() + world_dice(20000);
	if (outage->until_ms > world_now_ms() && !world_is_well())
		finish(call, -EHOSTUNREACH, world_dice(LATENCY_MS));
	else if (world_fault(FAULT_CUT, LOST_IN_THOUSAND))
		finish(call, world_percent(80) ? -ECONNRESET : -ETIMEDOUT, 1 + world_dice(LATENCY_MS));
	else
		world_after(1 + world_dice(world_fault(FAULT_CUT, 30) ? SLOW_MS : LATENCY_MS), on_arrived,
				call);
	world_crash_point("after it has asked");
	return 0;
}

const char *http_header(const struct http_transfer *transfer, const char *name)
{
	static char value[HTTP_SERVICE_HEADERS_BYTES * 2];
	static size_t used;
	const char *line = transfer->headers;
	size_t length = strlen(name);

	while (line && *line) {
		size_t line_length = strcspn(line, "\n");

		if (line_length > length + 2 && strncasecmp(line, name, length) == 0 && line[length] == ':') {
			char *copy;

			/* Several headers may be in use at once, each during on_done(). */
			if (used + line_length + 1 > sizeof(value))
				used = 0;
			copy = value + used;
			used += line_length + 1;
			memcpy(copy, line + length + 2, line_length - length - 2);
			copy[line_length - length - 2] = '\0';
			return copy;
		}
		line += line_length + (line[line_length] == '\n');
	}
	return NULL;
}
