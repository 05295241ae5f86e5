#ifndef EPISODED_FAKE_NET_H
#define EPISODED_FAKE_NET_H

/*
 * bot/net, the clocks and the store in memory, for fuzz targets that run a whole gateway. A
 * script makes connections open, send and close, and moves the clocks. Included by one file
 * of a target; the linker uses these functions instead of the library's.
 */

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

/* The clocks, and random numbers that are the same in each run. */
#define clock_monotonic_ms real_clock_monotonic_ms
#define clock_wall_ms      real_clock_wall_ms
#define clock_boot_ms      real_clock_boot_ms
#include "bot/base/clock.c"
#undef clock_monotonic_ms
#undef clock_wall_ms
#undef clock_boot_ms
uint64_t clock_monotonic_ms(void);
uint64_t clock_wall_ms(void);
uint64_t clock_boot_ms(void);

static inline ssize_t fake_getrandom(void *bytes, size_t length, unsigned flags)
{
	(void)flags;
	for (size_t i = 0; i < length; i++)
		((unsigned char *)bytes)[i] = (unsigned char)(i * 37 + 5);
	return (ssize_t)length;
}
#define getrandom fake_getrandom
#include "bot/base/random.c"
#undef getrandom

#include "bot/net/folder_watch.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "bot/net/resolve.h"
#include "bot/net/stream.h"
#include "bot/net/websocket.h"
#include "bot/net/work.h"
#include "bot/store/remote.h"
#include "bot/store/store.h"
#include "tests/fuzz/fake_cluster.h"
#include "tests/fuzz/fuzzed.h"

#define FAKE_ROUNDS_MAX  2000 /* timers at one moment; more is an endless loop */
#define FAKE_VALUES_MAX  64
#define FAKE_HEADERS_MAX 16
#define FAKE_START_MS    1000ull
#define FAKE_WALL_MS     1795425089000ull

struct loop {
	void (*on_turn)(void *user);
	void *turn_user;
	uint64_t now_ms;
	struct timer *timers;
};

struct timer {
	struct timer *next;
	struct loop *loop;
	bool is_set;
	uint64_t due_ms;
	void (*on_timer)(void *user);
	void *user;
};

/* A connection: stream or WebSocket. */
struct fake_link {
	struct fake_link *next;
	struct timer *end; /* the bot has closed it */
	bool is_open, is_closing, is_stream;
	const struct permit *permit;
	void *user;
	struct websocket_events websocket;
	struct stream_events stream;
	unsigned short *close_code;
};

struct resolve {
	struct timer *timer;
	struct resolve_answer answer;
	void (*on_answer)(void *user, const struct resolve_answer *answer);
	void *user;
};

struct http {
	struct loop *loop;
};

struct http_transfer {
	struct http_transfer *next;
	struct http *http;
	char *method, *url, *body;
	void (*on_done)(void *user, const struct http_response *response);
	void *user;
	const char *names[FAKE_HEADERS_MAX], *values[FAKE_HEADERS_MAX];
	size_t header_count;
};

struct fake_value {
	char *area, *key, *value;
};

static struct fake_net {
	struct loop loop;
	struct fake_link *links;         /* the oldest first */
	struct http_transfer *transfers; /* the oldest first */
	bool is_name_unknown, is_refusing;
	unsigned addresses; /* of a name, less one */
	struct fake_value values[FAKE_VALUES_MAX];
	size_t value_count;
	/* Called with bytes that the bot sends; may be NULL. */
	void (*on_sent)(const char *bytes, size_t length);
	void (*on_request)(const struct http_transfer *transfer);
	/* True if a message is in the journal; may be NULL: begun entries are. */
	bool (*knows)(const char *id);
	/* Called while the loop runs. */
	void (*script)(void);
	bool is_loop_stopped;
	void *signal_user;
} fake;

static void (*fake_signals[32])(void *user, int signal);

static inline void fake_begin(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.loop.now_ms = FAKE_START_MS;
}

/* Check that everything was freed. */
static inline void fake_end(void)
{
	assert(!fake.links && !fake.transfers && !fake.loop.timers);
	for (size_t i = 0; i < fake.value_count; i++) {
		free(fake.values[i].area);
		free(fake.values[i].key);
		free(fake.values[i].value);
	}
}

/* ---------------------------------------------------------------- time */

uint64_t clock_monotonic_ms(void)
{
	return fake.loop.now_ms;
}

uint64_t clock_boot_ms(void)
{
	return fake.loop.now_ms;
}

uint64_t clock_wall_ms(void)
{
	return FAKE_WALL_MS + fake.loop.now_ms;
}

int loop_new(struct loop **ret)
{
	*ret = &fake.loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	(void)loop;
}

int loop_run(struct loop *loop)
{
	(void)loop;
	fake.script();
	return 0;
}

void loop_stop(struct loop *loop)
{
	(void)loop;
	fake.is_loop_stopped = true;
}

int loop_catch(struct loop *loop, int signal, void (*on_signal)(void *user, int signal), void *user)
{
	(void)loop;
	assert(signal > 0 && signal < (int)(sizeof(fake_signals) / sizeof(fake_signals[0])));
	fake_signals[signal] = on_signal;
	fake.signal_user = user;
	return 0;
}

uint64_t loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

struct timer *timer_new(struct loop *loop, void (*on_timer)(void *user), void *user)
{
	struct timer *timer = calloc(1, sizeof(*timer));

	assert(timer && loop == &fake.loop);
	*timer = (struct timer){.next = loop->timers, .loop = loop, .on_timer = on_timer, .user = user};
	loop->timers = timer;
	return timer;
}

void timer_set(struct timer *timer, uint64_t delay_ms)
{
	timer->is_set = true;
	timer->due_ms = timer->loop->now_ms + delay_ms;
}

void timer_cancel(struct timer *timer)
{
	timer->is_set = false;
}

void timer_free(struct timer *timer)
{
	struct timer **link;

	if (!timer)
		return;
	link = &timer->loop->timers;
	while (*link != timer)
		link = &(*link)->next;
	*link = timer->next;
	free(timer);
}

/* Descriptors are not simulated. */
int watch_new(struct loop *loop, int fd, uint32_t events, void (*on_ready)(void *user, uint32_t events),
		void *user, struct watch **ret)
{
	(void)loop;
	(void)fd;
	(void)events;
	(void)on_ready;
	(void)user;
	(void)ret;
	return -ENOSYS;
}

void watch_free(struct watch *watch)
{
	(void)watch;
}

/* ---------------------------------------------------------------- folders: nothing changes in them */

int folder_watch_new(struct loop *loop, const char *const *folders, size_t count,
		const struct folder_watch_events *events, struct folder_watch **ret)
{
	(void)loop;
	(void)folders;
	(void)count;
	(void)events;
	*ret = NULL;
	return 0;
}

void folder_watch_follow(struct folder_watch *watch)
{
	(void)watch;
}

void folder_watch_free(struct folder_watch *watch)
{
	(void)watch;
}

/* Work is done at once, and its end comes in the next round. */
struct work {
	const struct work_class *class;
	void *job;
	struct timer *timer;
	void (*on_done)(void *user, void *job);
	void *user;
};

void work_cancel(struct work *work)
{
	if (!work)
		return;
	timer_free(work->timer);
	work->class->release(work->job);
	free(work);
}

static void on_work_done(void *user)
{
	struct work *work = user;

	work->on_done(work->user, work->job);
	work_cancel(work);
}

int work_start(struct loop *loop, const struct work_class *class, void *job,
		void (*on_done)(void *user, void *job), void *user, struct work **ret)
{
	struct work *work = calloc(1, sizeof(*work));

	if (!work)
		return -ENOMEM;
	*work = (struct work){class, job, timer_new(loop, on_work_done, work), on_done, user};
	if (!work->timer) {
		free(work);
		return -ENOMEM;
	}
	class->run(job);
	timer_set(work->timer, 0);
	*ret = work;
	return 0;
}

static inline struct timer *fake_first_timer(void)
{
	struct timer *first = NULL;

	for (struct timer *timer = fake.loop.timers; timer; timer = timer->next)
		if (timer->is_set && (!first || timer->due_ms < first->due_ms))
			first = timer;
	return first;
}

void loop_each_turn(struct loop *loop, void (*on_turn)(void *user), void *user)
{
	loop->on_turn = on_turn;
	loop->turn_user = user;
}

static inline void fake_end_turn(void)
{
	if (fake.loop.on_turn)
		fake.loop.on_turn(fake.loop.turn_user);
}

/* Run all timers up to a time, in order. */
static inline void fake_run_until(uint64_t until_ms)
{
	unsigned rounds = 0;
	struct timer *timer;

	while ((timer = fake_first_timer()) != NULL && timer->due_ms <= until_ms) {
		if (timer->due_ms > fake.loop.now_ms) {
			fake.loop.now_ms = timer->due_ms;
			rounds = 0;
		}
		assert(++rounds < FAKE_ROUNDS_MAX);
		timer->is_set = false;
		timer->on_timer(timer->user);
		fake_end_turn();
	}
	if (until_ms > fake.loop.now_ms)
		fake.loop.now_ms = until_ms;
	fake_end_turn();
}

static inline void fake_run(void)
{
	fake_run_until(fake.loop.now_ms);
}

/* Advance to the next timer, at most by this time. */
static inline void fake_run_next(uint64_t at_most_ms)
{
	const struct timer *timer = fake_first_timer();
	uint64_t until_ms = fake.loop.now_ms + at_most_ms;

	if (timer && timer->due_ms < until_ms)
		until_ms = timer->due_ms;
	fake_run_until(until_ms);
}

/* ---------------------------------------------------------------- names */

static inline void fake_on_resolved(void *user)
{
	struct resolve *resolve = user;

	resolve->on_answer(resolve->user, &resolve->answer);
	resolve_cancel(resolve);
}

int resolve_start(struct loop *loop, const char *host,
		void (*on_answer)(void *user, const struct resolve_answer *answer), void *user,
		struct resolve **ret)
{
	struct resolve *resolve;

	if (!*host || strlen(host) > 255)
		return -EINVAL;
	resolve = calloc(1, sizeof(*resolve));
	assert(resolve);
	resolve->on_answer = on_answer;
	resolve->user = user;
	resolve->answer = (struct resolve_answer){.reason = "", .count = fake.addresses + 1};
	for (size_t i = 0; i < resolve->answer.count; i++)
		snprintf(resolve->answer.addresses[i], RESOLVE_ADDRESS_BYTES, i % 2 ? "::%zx" : "127.0.0.%zu",
				i + 1);
	if (fake.is_name_unknown)
		resolve->answer = (struct resolve_answer){.error = -ENOENT, .reason = "no such name"};
	resolve->timer = timer_new(loop, fake_on_resolved, resolve);
	timer_set(resolve->timer, 0);
	*ret = resolve;
	return 0;
}

void resolve_cancel(struct resolve *resolve)
{
	if (!resolve)
		return;
	timer_free(resolve->timer);
	free(resolve);
}

/* ---------------------------------------------------------------- connections */

static inline void fake_link_free(struct fake_link *link)
{
	struct fake_link **at = &fake.links;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	timer_free(link->end);
	free(link);
}

/* End a connection from the server's or the network's side. */
static inline void fake_close(struct fake_link *link, int error, unsigned short code, const char *reason)
{
	struct fake_link ended = *link;

	if (link->close_code && code)
		*link->close_code = code;
	fake_link_free(link);
	if (ended.is_stream)
		ended.stream.on_close(ended.user, error, reason);
	else
		ended.websocket.on_close(ended.user, error, reason);
}

static inline void fake_on_end(void *user)
{
	fake_close(user, 0, 0, "closed");
}

static inline struct fake_link *fake_link_new(struct loop *loop, void *user)
{
	struct fake_link *link = calloc(1, sizeof(*link)), **end = &fake.links;

	assert(link);
	link->user = user;
	link->end = timer_new(loop, fake_on_end, link);
	while (*end)
		end = &(*end)->next;
	*end = link;
	return link;
}

/* The oldest connection that is connecting, or an open one. */
static inline struct fake_link *fake_link_in(bool is_open)
{
	struct fake_link *link = fake.links;

	while (link && (link->is_open != is_open || link->is_closing))
		link = link->next;
	return link;
}

static inline void fake_open(struct fake_link *link, const char *protocol)
{
	link->is_open = true;
	if (link->is_stream)
		link->stream.on_open(link->user);
	else
		link->websocket.on_open(link->user, protocol);
}

static inline void fake_hear(struct fake_link *link, const char *bytes, size_t length, bool is_text)
{
	if (link->is_stream)
		link->stream.on_bytes(link->user, bytes, length);
	else
		link->websocket.on_message(link->user, bytes, length, is_text);
}

static inline int fake_send(const struct fake_link *link, const char *bytes, size_t length, bool needs_permit)
{
	if (!link->is_open || link->is_closing)
		return -ENOTCONN;
	if (needs_permit && !permit_is_valid(link->permit))
		return -EKEYEXPIRED;
	if (fake.on_sent)
		fake.on_sent(bytes, length);
	return 0;
}

static inline void fake_begin_close(struct fake_link *link)
{
	if (link->is_closing)
		return;
	link->is_closing = true;
	timer_set(link->end, link->is_open ? 50 : 0);
}

static inline struct fake_link *fake_of_websocket(struct websocket *websocket)
{
	return (struct fake_link *)(void *)websocket;
}

static inline struct fake_link *fake_of_stream(struct stream *stream)
{
	return (struct fake_link *)(void *)stream;
}

int websocket_connect(struct loop *loop, const struct websocket_options *options,
		const struct websocket_events *events, void *user, struct websocket **ret)
{
	struct fake_link *link;

	fuzzed_check_line(options->path);
	assert(*options->path == '/' && *options->host && options->port);
	assert(options->proxy || *options->address);
	if (fake.is_refusing)
		return -EMFILE;
	link = fake_link_new(loop, user);
	link->websocket = *events;
	link->close_code = options->close_code;
	*ret = (struct websocket *)(void *)link;
	return 0;
}

int websocket_send(struct websocket *websocket, const char *bytes, size_t length, bool as_text)
{
	assert(!as_text || utf8_valid(bytes, length));
	return fake_send(fake_of_websocket(websocket), bytes, length, true);
}

int websocket_send_keepalive(struct websocket *websocket, const char *bytes, size_t length, bool as_text)
{
	assert(!as_text || utf8_valid(bytes, length));
	return fake_send(fake_of_websocket(websocket), bytes, length, false);
}

void websocket_set_permit(struct websocket *websocket, const struct permit *permit)
{
	fake_of_websocket(websocket)->permit = permit;
}

void websocket_close(struct websocket *websocket, unsigned short code, const char *reason)
{
	(void)reason;
	assert(code >= 1000 && code < 5000);
	fake_begin_close(fake_of_websocket(websocket));
}

void websocket_abandon(struct websocket *websocket)
{
	if (websocket)
		fake_link_free(fake_of_websocket(websocket));
}

int stream_connect(struct loop *loop, const struct stream_options *options,
		const struct stream_events *events, void *user, struct stream **ret)
{
	struct fake_link *link;

	assert(*options->host && options->port && (options->proxy || *options->address));
	if (fake.is_refusing)
		return -EMFILE;
	link = fake_link_new(loop, user);
	link->is_stream = true;
	link->stream = *events;
	*ret = (struct stream *)(void *)link;
	return 0;
}

int stream_send(struct stream *stream, const char *bytes, size_t length)
{
	return fake_send(fake_of_stream(stream), bytes, length, true);
}

int stream_send_keepalive(struct stream *stream, const char *bytes, size_t length)
{
	return fake_send(fake_of_stream(stream), bytes, length, false);
}

void stream_set_permit(struct stream *stream, const struct permit *permit)
{
	fake_of_stream(stream)->permit = permit;
}

void stream_close(struct stream *stream)
{
	fake_begin_close(fake_of_stream(stream));
}

void stream_abandon(struct stream *stream)
{
	if (stream)
		fake_link_free(fake_of_stream(stream));
}

/* ---------------------------------------------------------------- HTTP */

int http_new(struct loop *loop, const char *user_agent, const char *ca_file, struct http **ret)
{
	struct http *http = calloc(1, sizeof(*http));

	(void)user_agent;
	(void)ca_file;
	assert(http);
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
	struct http_transfer **link = &fake.transfers;

	if (!http)
		return;
	while (*link) {
		if ((*link)->http == http)
			http_cancel(*link);
		else
			link = &(*link)->next;
	}
	free(http);
}

int http_start(struct http *http, const struct http_request *request,
		void (*on_done)(void *user, const struct http_response *response), void *user,
		struct http_transfer **ret)
{
	struct http_transfer *transfer, **end = &fake.transfers;

	/* Our URLs and headers must not contain line breaks. */
	for (const char *at = request->url; *at; at++)
		assert((unsigned char)*at > 0x20 && (unsigned char)*at < 0x7F);
	for (size_t i = 0; i < HTTP_HEADERS_MAX && request->headers[i]; i++)
		fuzzed_check_line(request->headers[i]);
	if (fake.is_refusing)
		return -ENOMEM;
	transfer = calloc(1, sizeof(*transfer));
	assert(transfer);
	transfer->http = http;
	transfer->method = strdup(request->method);
	transfer->url = strdup(request->url);
	transfer->body = request->body ? strndup(request->body, request->body_bytes) : NULL;
	transfer->on_done = on_done;
	transfer->user = user;
	while (*end)
		end = &(*end)->next;
	*end = transfer;
	if (fake.on_request)
		fake.on_request(transfer);
	if (ret)
		*ret = transfer;
	return 0;
}

static inline void fake_leave_transfer(struct http_transfer *transfer)
{
	struct http_transfer **link = &fake.transfers;

	while (*link != transfer)
		link = &(*link)->next;
	*link = transfer->next;
}

static inline void fake_free_transfer(struct http_transfer *transfer)
{
	free(transfer->method);
	free(transfer->url);
	free(transfer->body);
	free(transfer);
}

void http_cancel(struct http_transfer *transfer)
{
	if (!transfer)
		return;
	fake_leave_transfer(transfer);
	fake_free_transfer(transfer);
}

const char *http_header(const struct http_transfer *transfer, const char *name)
{
	for (size_t i = 0; i < transfer->header_count; i++)
		if (strcasecmp(transfer->names[i], name) == 0)
			return transfer->values[i];
	return NULL;
}

static inline void fake_add_header(struct http_transfer *transfer, const char *name, const char *value)
{
	if (transfer->header_count == FAKE_HEADERS_MAX)
		return;
	transfer->names[transfer->header_count] = name;
	transfer->values[transfer->header_count++] = value;
}

/* Answer the oldest request, or (error) fail it. */
static inline void fake_answer(int error, int status, const char *body, size_t length)
{
	struct http_transfer *transfer = fake.transfers;
	struct http_response response = {.error = error,
			.reason = error ? "connection lost" : "",
			.status = error ? 0 : status,
			.body = error ? "" : body,
			.body_bytes = error ? 0 : length,
			.transfer = transfer};

	fake_leave_transfer(transfer);
	transfer->on_done(transfer->user, &response);
	fake_free_transfer(transfer);
}

/* ---------------------------------------------------------------- the store */

static inline struct fake_value *fake_value_of(const char *area, const char *key)
{
	for (size_t i = 0; i < fake.value_count; i++)
		if (str_equal(fake.values[i].area, area) && str_equal(fake.values[i].key, key))
			return &fake.values[i];
	return NULL;
}

static inline struct store *fake_store(void)
{
	return (struct store *)(void *)&fake;
}

int store_get(struct store *store, const char *area, const char *key, char **ret)
{
	const struct fake_value *value = fake_value_of(area, key);

	(void)store;
	if (!value)
		return -ENOENT;
	*ret = strdup(value->value);
	return 0;
}

int store_put(struct store *store, const char *area, const char *key, const char *value)
{
	struct fake_value *place = fake_value_of(area, key);

	(void)store;
	if (!place) {
		if (fake.value_count == FAKE_VALUES_MAX)
			return -ENOSPC;
		place = &fake.values[fake.value_count++];
		*place = (struct fake_value){strdup(area), strdup(key), NULL};
	}
	free(place->value);
	place->value = strdup(value);
	return 0;
}

int store_delete(struct store *store, const char *area, const char *key)
{
	struct fake_value *place = fake_value_of(area, key);

	(void)store;
	if (place) {
		free(place->area);
		free(place->key);
		free(place->value);
		*place = fake.values[--fake.value_count];
	}
	return 0;
}

int store_begin(struct store *store)
{
	(void)store;
	return 0;
}

int store_commit(struct store *store)
{
	(void)store;
	return 0;
}

void store_rollback(struct store *store)
{
	(void)store;
}

int store_examine(const char *folder)
{
	(void)folder;
	return 0;
}

int store_open(const char *folder, struct store **ret)
{
	assert(*folder);
	*ret = fake_store();
	return 0;
}

void store_close(struct store *store)
{
	(void)store;
}

int store_new(const char *folder, struct store **ret)
{
	return store_open(folder, ret);
}

/* This store never fails. */
void store_watch(struct store *store, void (*on_trouble)(void *user), void *user)
{
	(void)store;
	(void)on_trouble;
	(void)user;
}

int store_trouble(const struct store *store)
{
	(void)store;
	return 0;
}

bool store_is_read(const struct store *store)
{
	(void)store;
	return true;
}

int store_retry(struct store *store, unsigned *ret_written)
{
	(void)store;
	if (ret_written)
		*ret_written = 0;
	return 0;
}

const char *store_take_aside(struct store *store)
{
	(void)store;
	return NULL;
}

int store_keep(struct store *store, const char *area, const char *key, const char *value)
{
	return value ? store_put(store, area, key, value) : store_delete(store, area, key);
}

/* No process of a script ends inside a turn, so the mark is written at the end. */
static char fake_effect[300];

void store_effect_begin(struct store *store, const char *gateway, const char *id)
{
	(void)store;
	fake_effect[0] = '\0';
	if (*id)
		snprintf(fake_effect, sizeof(fake_effect), "%s %s", gateway, id);
}

void store_effect_end(struct store *store, const char *mark)
{
	if (mark && *fake_effect)
		(void)store_put(store, "effect", fake_effect, mark);
}

int store_effect_get(struct store *store, const char *gateway, const char *id, char **ret)
{
	snprintf(fake_effect, sizeof(fake_effect), "%s %s", gateway, id);
	return store_get(store, "effect", fake_effect, ret);
}

int store_each(struct store *store, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user)
{
	(void)store;
	for (size_t i = 0; i < fake.value_count; i++)
		if (str_equal(fake.values[i].area, area))
			on_value(user, fake.values[i].key, fake.values[i].value);
	return 0;
}

int store_gather(struct store *store)
{
	(void)store;
	return 0;
}

bool store_is_local(const struct store *store)
{
	(void)store;
	return true;
}

int store_settle_later(struct store *store, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user)
{
	(void)store;
	(void)is_awaited;
	if (on_settled)
		on_settled(user, &(struct store_result){0});
	return 0;
}

uint64_t store_kept(const struct store *store)
{
	(void)store;
	return 0;
}

void store_on_heard(struct store *store,
		void (*on_heard)(void *user, const char *area, const char *key, const char *value),
		void *user)
{
	(void)store;
	(void)on_heard;
	(void)user;
}

int store_journal_hand_in(struct store *store, const struct journal_entry *entry)
{
	(void)store;
	(void)entry;
	return 0;
}

int remote_claim(struct store *store, const struct store_claim *claim,
		void (*on_claimed)(void *user, const struct store_claim *claim, int error), void *user)
{
	(void)store;
	(void)claim;
	(void)on_claimed;
	(void)user;
	abort(); /* only with a cluster */
}

int store_settle(struct store *store)
{
	(void)store;
	return 0;
}

/* The journal is a separate area. */
bool store_journal_knows(struct store *store, const char *gateway, const char *id)
{
	(void)store;
	return fake.knows ? fake.knows(id) : fake_value_of(gateway, id) != NULL;
}

int store_journal_begin(struct store *store, const struct journal_entry *entry)
{
	if (fake_value_of(entry->gateway, entry->id))
		return -EEXIST;
	return store_put(store, entry->gateway, entry->id, "begun");
}

int store_journal_done(struct store *store, const char *gateway, const char *id)
{
	struct fake_value *value = fake_value_of(gateway, id);

	/* An entry is done twice only if it was never begun. */
	assert(!value || !str_equal(value->value, "done"));
	return value ? store_put(store, gateway, id, "done") : 0;
}

int store_journal_pending(struct store *store, const char *gateway,
		void (*on_entry)(void *user, const struct journal_entry *entry), void *user)
{
	(void)store;
	for (size_t i = 0; i < fake.value_count; i++) {
		struct journal_entry entry = {.gateway = gateway,
				.id = fake.values[i].key,
				.channel = "#tv",
				.author_id = "~Jin",
				.author_name = "jin",
				.account = "Jin",
				.text = "!ping",
				.time_ms = clock_wall_ms() - 1000,
				.extra = ""};

		if (str_equal(fake.values[i].area, gateway) && str_equal(fake.values[i].value, "begun"))
			on_entry(user, &entry);
	}
	return 0;
}

#endif
