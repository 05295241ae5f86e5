/* HTTP requests and errors, against a scripted server. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/net/budget.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "tests/unit/scripted_server.h"

#define DEADLINE_MS 20000
#define SECRET      "aW50ZXJhY3Rpb246secret"

struct world {
	struct loop *loop;
	struct timer *deadline;
	struct http *http;
	struct server server;
	char url[256];
	unsigned done, wanted;
	int error, status;
	char reason[256], body[256], remaining[32];
	size_t body_bytes;
	struct http_transfer *to_cancel;
	struct http **to_free; /* in on_done */
};

/* no_proxy exempts this machine: through the proxy of the environment, every test here would fail. */
static int set_proxy(void **state)
{
	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	setenv("no_proxy", "127.0.0.1,localhost,::1,.invalid", 1);
	return 0;
}

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("nothing happened for %d ms", DEADLINE_MS);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	assert_int_equal(http_new(world->loop, "DiscordBot (https://example.org, 1)", NULL, &world->http), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_set(world->deadline, DEADLINE_MS);
	world->wanted = 1;
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	http_free(world->http);
	if (world->server.port)
		server_stop(&world->server);
	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

static void on_done(void *user, const struct http_response *response)
{
	struct world *world = user;
	const char *remaining = http_header(response->transfer, "x-ratelimit-REMAINING");

	world->done++;
	world->error = response->error, world->status = response->status;
	world->body_bytes = response->body_bytes;
	assert_int_equal(response->body[response->body_bytes], '\0');
	snprintf(world->reason, sizeof(world->reason), "%s", response->reason);
	snprintf(world->body, sizeof(world->body), "%s", response->body);
	snprintf(world->remaining, sizeof(world->remaining), "%s", remaining ? remaining : "none");
	assert_null(http_header(response->transfer, "X-Not-There"));
	assert_null(strstr(world->reason, SECRET));
	if (world->to_cancel) {
		http_cancel(world->to_cancel);
		world->to_cancel = NULL;
	}
	if (world->to_free) {
		http_free(*world->to_free);
		*world->to_free = NULL;
	}
	if (world->done == world->wanted)
		loop_stop(world->loop);
}

/* One request to the scripted server, to its end. */
static void ask(struct world *world, void (*script)(struct server *server, int fd),
		struct http_request request)
{
	if (!world->server.port)
		server_start(&world->server, script);
	if (!request.method)
		request.method = "GET";
	if (!request.url) {
		snprintf(world->url, sizeof(world->url), "http://127.0.0.1:%hu/webhooks/1/" SECRET "?a=b",
				world->server.port);
		request.url = world->url;
	}
	assert_int_equal(http_start(world->http, &request, on_done, world, NULL), 0);
	assert_int_equal(world->done, 0); /* never before the next round of the loop */
	assert_int_equal(loop_run(world->loop), 0);
}

static void stop_server(struct world *world)
{
	http_free(world->http); /* closes the idle connection */
	world->http = NULL;
	server_stop(&world->server);
	world->server.port = 0;
}

/* ---------------------------------------------------------------- what is sent and what comes back */

static void answer_with_headers(struct server *server, int fd)
{
	char body[64];
	const char *at;
	size_t length = 0;

	read_request(server, fd);
	at = strcasestr(server->request, "content-length: ");
	if (at)
		length = strtoul(at + 16, NULL, 10);
	if (length < sizeof(body) && read_all(fd, body, length))
		memcpy(server->said, body, length);
	write_text(fd, "HTTP/1.1 200 OK\r\nX-RateLimit-Remaining: 4\r\nContent-Length: 11\r\nX-Empty:\r\n\r\n"
		       "{\"id\":\"10\"}");
}

static void a_request_is_sent_unchanged(void **state)
{
	struct world *world = *state;
	struct http_request request = {.method = "PATCH",
			.headers = {"Authorization: Bot t", "Content-Type: application/json"},
			.body = "{\"a\":1}",
			.body_bytes = 7};

	ask(world, answer_with_headers, request);
	assert_int_equal(world->error, 0);
	assert_int_equal(world->status, 200);
	assert_string_equal(world->body, "{\"id\":\"10\"}");
	assert_string_equal(world->remaining, "4");
	assert_string_equal(world->reason, "");
	stop_server(world);
	assert_int_equal(strncmp(world->server.request, "PATCH /webhooks/1/" SECRET "?a=b HTTP/1.1\r\n", 30),
			0);
	assert_non_null(strstr(world->server.request, "\r\nAuthorization: Bot t\r\n"));
	assert_non_null(strstr(world->server.request, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(world->server.request, "\r\nContent-Length: 7\r\n"));
	assert_non_null(strstr(
			world->server.request, "\r\nUser-Agent: DiscordBot (https://example.org, 1)\r\n"));
	assert_null(strcasestr(world->server.request, "\r\nExpect:"));
	assert_null(strcasestr(world->server.request, "\r\nCookie:"));
	assert_string_equal(world->server.said, "{\"a\":1}");
}

static void a_post_without_a_body_has_length_0(void **state)
{
	struct world *world = *state;

	ask(world, answer_with_headers, (struct http_request){.method = "POST"});
	assert_int_equal(world->status, 200);
	stop_server(world);
	assert_non_null(strstr(world->server.request, "\r\nContent-Length: 0\r\n"));
	assert_null(strcasestr(world->server.request, "\r\nContent-Type:"));
}

static void a_delete_has_no_body(void **state)
{
	struct world *world = *state;

	ask(world, answer_with_headers, (struct http_request){.method = "DELETE"});
	stop_server(world);
	assert_non_null(strstr(world->server.request, "DELETE /"));
	assert_null(strcasestr(world->server.request, "\r\nContent-Length:"));
}

static void keep_answering(struct server *server, int fd)
{
	char body[2] = "{}";

	for (;;) {
		memset(server->request, 0, sizeof(server->request));
		read_request(server, fd);
		if (!strstr(server->request, "\r\n\r\n") ||
				(server->request[0] == 'P' && !read_all(fd, body, sizeof(body))) ||
				memcmp(body, "{}", 2))
			return;
		server->length++; /* requests */
		write_text(fd, "HTTP/1.1 204 No Content\r\n\r\n");
	}
}

static void a_connection_is_used_again(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 5; i++) {
		world->done = 0;
		ask(world, keep_answering, (struct http_request){.method = "GET"});
		assert_int_equal(world->status, 204);
		assert_string_equal(world->body, "");
	}
	stop_server(world);
	assert_int_equal(world->server.connections, 1);
}

static void connections_are_changed_in_time(void **state)
{
	struct world *world = *state;
	struct http_request request = {.method = "POST", .url = world->url, .body = "{}", .body_bytes = 2};

	server_start(&world->server, keep_answering);
	snprintf(world->url, sizeof(world->url), "http://127.0.0.1:%hu/", world->server.port);
	for (int i = 0; i < 950; i++) {
		request.is_repeatable = i % 2;
		world->done = 0;
		assert_int_equal(http_start(world->http, &request, on_done, world, NULL), 0);
		assert_int_equal(loop_run(world->loop), 0);
		assert_int_equal(world->status, 204);
	}
	stop_server(world);
	assert_int_equal(world->server.connections, 2);
}

static void redirect(struct server *server, int fd)
{
	read_request(server, fd);
	write_text(fd, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nSet-Cookie: "
		       "a=b\r\nContent-Length: 0\r\n\r\n");
}

static void answer_with_bare_cr(struct server *server, int fd)
{
	read_request(server, fd);
	write_text(fd, "HTTP/1.1 204 No Content\r\nX-RateLimit-Remaining: 4\rX-Not-There: 5\r\n\r\n");
}

static void a_bare_cr_in_a_header(void **state)
{
	struct world *world = *state;

	ask(world, answer_with_bare_cr, (struct http_request){.method = "GET"});
	assert_int_equal(world->status, 204);
	assert_string_equal(world->remaining, "4 X-Not-There: 5");
}

static void a_redirect_is_not_followed(void **state)
{
	struct world *world = *state;

	ask(world, redirect, (struct http_request){.method = "GET"});
	assert_int_equal(world->error, 0);
	assert_int_equal(world->status, 302);
}

/* ---------------------------------------------------------------- what can go wrong */

static void hang_up(struct server *server, int fd)
{
	read_request(server, fd);
}

static void a_lost_connection_is_reported(void **state)
{
	struct world *world = *state;

	ask(world, hang_up, (struct http_request){.method = "GET"});
	assert_int_equal(world->error, -ECONNRESET);
	assert_int_equal(world->status, 0);
	assert_string_not_equal(world->reason, "");
}

static void stop_half_way(struct server *server, int fd)
{
	read_request(server, fd);
	write_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
}

static void a_truncated_response_is_an_error(void **state)
{
	struct world *world = *state;

	ask(world, stop_half_way, (struct http_request){.method = "GET"});
	assert_int_equal(world->error, -ECONNRESET);
	assert_int_equal(world->status, 0);
	assert_string_equal(world->body, "");
}

static void talk_nonsense(struct server *server, int fd)
{
	read_request(server, fd);
	write_text(fd, "SSH-2.0-OpenSSH_9.2\r\n");
}

static void a_reply_that_is_not_http_is_reported(void **state)
{
	struct world *world = *state;

	ask(world, talk_nonsense, (struct http_request){.method = "GET"});
	assert_int_equal(world->error, -EBADMSG);
}

static void answer_with_status_7(struct server *server, int fd)
{
	read_request(server, fd);
	write_text(fd, "HTTP/27\r\na: b\r\n\r\n");
}

static void a_status_below_100_is_no_http(void **state)
{
	struct world *world = *state;

	ask(world, answer_with_status_7, (struct http_request){.method = "GET"});
	assert_int_equal(world->error, -EBADMSG);
	assert_int_equal(world->status, 0);
}

static void say_nothing(struct server *server, int fd)
{
	char byte;

	(void)server;
	while (read_all(fd, &byte, 1))
		; /* until the client gives up */
}

static void silence_times_out(void **state)
{
	struct world *world = *state;

	ask(world, say_nothing, (struct http_request){.method = "GET", .timeout_ms = 100});
	assert_int_equal(world->error, -ETIMEDOUT);
	assert_string_equal(world->reason, "timed out");
}

static void send_a_long_body(struct server *server, int fd)
{
	static const char block[65536];

	read_request(server, fd);
	write_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n");
	for (int i = 0; i < 80; i++)
		write_all(fd, block, sizeof(block));
}

static void send_endless_headers(struct server *server, int fd)
{
	read_request(server, fd);
	write_text(fd, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 20000; i++)
		write_text(fd, "X-Filler: more and more and more and more\r\n");
}

static void oversized_values_are_refused(void **state)
{
	struct world *world = *state;

	ask(world, send_a_long_body, (struct http_request){.method = "GET"});
	assert_int_equal(world->error, -EMSGSIZE);
	assert_int_equal(world->body_bytes, 0);
	stop_server(world);
	assert_int_equal(http_new(world->loop, "a", NULL, &world->http), 0);
	world->done = 0;
	ask(world, send_endless_headers, (struct http_request){.method = "GET"});
	assert_int_equal(world->error, -EMSGSIZE);
}

static void answer_that_all_together_have_no_room_for_is_refused(void **state)
{
	struct world *world = *state;
	struct budget_share scratch = {.bytes = 0};

	assert_int_equal(budget_hold(&scratch, BUDGET_MAX_BYTES - 100000), 0);
	ask(world, send_a_long_body, (struct http_request){.method = "GET"});
	assert_int_equal(world->error, -ENOBUFS);
	assert_string_equal(world->reason,
			"the buffers of all connections exceeded the limit, and this answer was the largest");
	assert_int_equal(world->body_bytes, 0);
	assert_int_equal(budget_used(), scratch.bytes);
	assert_int_equal(budget_hold(&scratch, 0), 0);
}

static void send_a_body_of_3_mb(struct server *server, int fd)
{
	static char block[65536];

	memset(block, 'x', sizeof(block));
	read_request(server, fd);
	write_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n");
	for (int i = 0; i < 48; i++)
		write_all(fd, block, sizeof(block));
}

static void a_long_body_within_the_limit_arrives(void **state)
{
	struct world *world = *state;

	ask(world, send_a_body_of_3_mb, (struct http_request){.method = "GET"});
	assert_int_equal(world->error, 0);
	assert_int_equal(world->body_bytes, 3 * 1024 * 1024);
}

static void a_refused_connection_is_reported(void **state)
{
	struct world *world = *state;
	struct http_request request = {.method = "GET", .url = "https://127.0.0.1:1/" SECRET};

	assert_int_equal(http_start(world->http, &request, on_done, world, NULL), 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -ECONNREFUSED);
}

static void an_unknown_host_is_reported(void **state)
{
	struct world *world = *state;
	struct http_request request = {.method = "GET", .url = "https://no-such-host.invalid/" SECRET};

	assert_int_equal(http_start(world->http, &request, on_done, world, NULL), 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -ENOENT);
}

static void requests_that_would_expose_a_secret_are_not_sent(void **state)
{
	static const char *const urls[] = {("http://example.org/" SECRET), "http://127.0.0.1.example.org/",
			"ftp://127.0.0.1/", "file:///etc/passwd", "discord.com/api", "",
			"http://127.0.0.1@example.org/"};
	struct world *world = *state;
	struct http_request request = {.method = "GET"};

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		request.url = urls[i];
		assert_int_equal(http_start(world->http, &request, on_done, world, NULL), -EINVAL);
	}
	request.url = "https://127.0.0.1:1/";
	request.headers[0] = "X-Audit-Log-Reason: a\r\nAuthorization: Bot other";
	assert_int_equal(http_start(world->http, &request, on_done, world, NULL), -EINVAL);
	assert_int_equal(world->done, 0);
}

/* ---------------------------------------------------------------- permits */

/* Start a request; the process then gets no CPU until the request's permit has ended. */
static void ask_too_late(struct world *world, bool is_repeatable)
{
	struct permit permit = {clock_boot_ms() + 20};
	struct http_request request = {.method = "POST",
			.url = world->url,
			.body = "{}",
			.body_bytes = 2,
			.is_repeatable = is_repeatable,
			.permit = &permit};

	world->done = 0;
	snprintf(world->url, sizeof(world->url), "http://127.0.0.1:%hu/late", world->server.port);
	assert_int_equal(http_start(world->http, &request, on_done, world, NULL), 0);
	while (permit_is_valid(&permit))
		;
	permit.until_boot_ms = PERMIT_ALWAYS; /* it was copied: a later renewal does not count */
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->error, -EKEYEXPIRED);
	assert_true(http_is_unsent(world->error));
	assert_string_equal(world->reason, PERMIT_REASON);
	assert_int_equal(world->status, 0);
}

static void a_request_whose_permit_has_ended_is_not_sent(void **state)
{
	struct world *world = *state;

	server_start(&world->server, answer_with_headers);
	ask_too_late(world, false);
	ask_too_late(world, true);
	stop_server(world);
	assert_string_equal(world->server.request, "");
}

static void a_permit_is_looked_at_on_a_reused_connection(void **state)
{
	struct world *world = *state;
	struct permit permit = {clock_boot_ms() + DEADLINE_MS};

	ask(world, keep_answering, (struct http_request){.permit = &permit});
	assert_int_equal(world->status, 204);
	ask_too_late(world, false);
	stop_server(world);
	assert_int_equal(world->server.length, 1);
}

/* ---------------------------------------------------------------- ends in the middle of something */

static void pending_requests_can_be_cancelled(void **state)
{
	struct world *world = *state;
	struct http_request request = {.method = "GET", .url = world->url};
	struct http_transfer *transfer = NULL;

	server_start(&world->server, say_nothing);
	snprintf(world->url, sizeof(world->url), "http://127.0.0.1:%hu/", world->server.port);
	assert_int_equal(http_start(world->http, &request, on_done, world, &transfer), 0);
	http_cancel(transfer);
	assert_int_equal(http_start(world->http, &request, on_done, world, NULL), 0);
	assert_int_equal(http_start(world->http, &request, on_done, world, &transfer), 0);
	request.timeout_ms = 100;
	assert_int_equal(http_start(world->http, &request, on_done, world, NULL), 0);
	world->to_cancel = transfer; /* inside on_done */
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->done, 1);
	assert_int_equal(world->error, -ETIMEDOUT);
	http_free(world->http); /* while one waits, which gets no callback */
	world->http = NULL;
	assert_int_equal(world->done, 1);
}

static void everything_may_be_freed_in_a_callback(void **state)
{
	struct world *world = *state;

	world->to_free = &world->http;
	server_start(&world->server, answer_with_headers);
	snprintf(world->url, sizeof(world->url), "http://127.0.0.1:%hu/", world->server.port);
	for (int i = 0; i < 3; i++)
		assert_int_equal(http_start(world->http,
						 &(struct http_request){.method = "GET", .url = world->url},
						 on_done, world, NULL),
				0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->done, 1);
	assert_int_equal(world->status, 200);
}

static void a_burst_is_answered_whole(void **state)
{
	struct world *world = *state;
	struct http_request request = {.method = "POST",
			.url = world->url,
			.body = "{}",
			.body_bytes = 2,
			.is_repeatable = true};

	world->wanted = 100;
	server_start(&world->server, answer_with_headers); /* one at a time, and a new connection for each */
	snprintf(world->url, sizeof(world->url), "http://127.0.0.1:%hu/", world->server.port);
	for (int i = 0; i < 100; i++)
		assert_int_equal(http_start(world->http, &request, on_done, world, NULL), 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->done, 100);
	assert_int_equal(world->status, 200);
}

int main(void)
{
#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
			HTTP_TEST(a_request_is_sent_unchanged),
			HTTP_TEST(a_post_without_a_body_has_length_0),
			HTTP_TEST(a_delete_has_no_body),
			HTTP_TEST(a_connection_is_used_again),
			HTTP_TEST(connections_are_changed_in_time),
			HTTP_TEST(a_bare_cr_in_a_header),
			HTTP_TEST(a_redirect_is_not_followed),
			HTTP_TEST(a_lost_connection_is_reported),
			HTTP_TEST(a_truncated_response_is_an_error),
			HTTP_TEST(a_reply_that_is_not_http_is_reported),
			HTTP_TEST(a_status_below_100_is_no_http),
			HTTP_TEST(silence_times_out),
			HTTP_TEST(oversized_values_are_refused),
			HTTP_TEST(answer_that_all_together_have_no_room_for_is_refused),
			HTTP_TEST(a_long_body_within_the_limit_arrives),
			HTTP_TEST(a_refused_connection_is_reported),
			HTTP_TEST(an_unknown_host_is_reported),
			HTTP_TEST(requests_that_would_expose_a_secret_are_not_sent),
			HTTP_TEST(a_request_whose_permit_has_ended_is_not_sent),
			HTTP_TEST(a_permit_is_looked_at_on_a_reused_connection),
			HTTP_TEST(pending_requests_can_be_cancelled),
			HTTP_TEST(everything_may_be_freed_in_a_callback),
			HTTP_TEST(a_burst_is_answered_whole),
	};

	return cmocka_run_group_tests(tests, set_proxy, NULL);
}
