/* Gates of Discord gateways, in the database. */

#include "bot/cluster/gates.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"
#include "bot/config/config.h"
#include "bot/postgres/line.h"

#define ASKED_MAX 32 /* reservations of a gateway that are under way */

struct gateway_gate;

/* A reservation that is under way. */
struct reservation {
	struct gateway_gate *owner;
	bool is_used;
	struct gate_request request;
	uint64_t sent_ms;
};

/* The gate of one gateway. */
struct gateway_gate {
	char *gateway;
	struct gate *gate;
	struct gates *gates;
	struct reservation reservations[ASKED_MAX];
	/* What GET /gateway/bot said, for the database; has_starts until it is told. */
	bool has_starts;
	unsigned total, starts, concurrency;
	uint64_t reset_at_ms; /* of clock_boot_ms() */
	uint32_t remaining;
};

struct gates {
	struct postgres_line *line;
	struct gates_events events;
	void *user;
	struct gateway_gate *list[CONFIG_GATEWAYS_MAX]; /* never moved: statements point to them */
	size_t count;
};

int gates_new(struct postgres_line *line, const struct gates_events *events, void *user, struct gates **ret)
{
	struct gates *gates = calloc(1, sizeof(*gates));

	if (!gates)
		return -ENOMEM;
	gates->line = line;
	gates->events = *events;
	gates->user = user;
	*ret = gates;
	return 0;
}

static void free_one(struct gateway_gate *one)
{
	gate_free(one->gate);
	free(one->gateway);
	free(one);
}

void gates_free(struct gates *gates)
{
	if (!gates)
		return;
	for (size_t i = 0; i < gates->count; i++)
		free_one(gates->list[i]);
	free(gates);
}

static struct gateway_gate *find(const struct gates *gates, const char *gateway)
{
	for (size_t i = 0; i < gates->count; i++) {
		if (str_equal(gates->list[i]->gateway, gateway))
			return gates->list[i];
	}
	return NULL;
}

static struct gateway_gate *find_or_add(struct gates *gates, const char *gateway)
{
	struct gateway_gate *one = find(gates, gateway);

	if (one || gates->count == CONFIG_GATEWAYS_MAX)
		return one;
	one = calloc(1, sizeof(*one));
	if (!one)
		return NULL;
	one->gates = gates;
	one->remaining = UINT32_MAX;
	one->gateway = str_copy(gateway);
	if (!one->gateway || gate_new(&one->gate) < 0) {
		free(one->gateway);
		free(one);
		return NULL;
	}
	gates->list[gates->count++] = one;
	return one;
}

struct gate *gates_of(struct gates *gates, const char *gateway)
{
	struct gateway_gate *one = find_or_add(gates, gateway);

	return one ? one->gate : NULL;
}

/* ---------------------------------------------------------------- reservations */

static void on_reserved(void *user, int error, const struct rows *rows)
{
	struct reservation *reservation = user;
	struct gateway_gate *one = reservation->owner;
	struct gates *gates = one->gates;
	const struct gate_request request = reservation->request;
	bool is_granted = !error && rows_count(rows);

	reservation->is_used = false;
	gate_granted(one->gate, request.total, request.shard, reservation->sent_ms, clock_boot_ms(),
			is_granted ? rows_seconds(rows, 0, 0) : -1);
	if (is_granted && one->remaining && one->remaining != UINT32_MAX)
		one->remaining--;
	/* The next shard of the bucket can reserve now. */
	if (is_granted && gates->events.ask_needs(gates->user, one->gateway, request.total, request.shard,
					  false) == 0)
		line_sync(gates->line, LINE_BEAT);
}

static int ask_reserve(struct gateway_gate *one, struct reservation *reservation)
{
	const struct gate_request *request = &reservation->request;
	struct parameters *parameters = parameters_new();
	int r = -ENOMEM;

	if (parameters) {
		parameters_text(parameters, one->gateway);
		parameters_number(parameters, request->bucket);
		parameters_number(parameters, request->shard);
		parameters_number(parameters, request->concurrency);
		parameters_number(parameters, request->total);
		parameters_seconds(parameters, GATE_SPACING_MS / 1000.0);
		r = line_ask(one->gates->line, LINE_BEAT, STATEMENT_GATE_RESERVE, parameters, on_reserved,
				reservation);
	}
	parameters_free(parameters);
	return r;
}

static struct reservation *unused(struct gateway_gate *one)
{
	for (size_t i = 0; i < ASKED_MAX; i++) {
		if (!one->reservations[i].is_used)
			return &one->reservations[i];
	}
	return NULL;
}

void gates_turn(struct gates *gates, const char *gateway)
{
	struct gateway_gate *one = find(gates, gateway);
	struct reservation *reservation;
	uint64_t now_ms = clock_boot_ms();
	struct gate_request request;

	if (!one || !line_is_up(gates->line, LINE_BEAT))
		return;
	while ((reservation = unused(one)) != NULL && gate_wants(one->gate, now_ms, &request)) {
		*reservation = (struct reservation){one, true, request, now_ms};
		gates->events.ask_needs(gates->user, gateway, request.total, request.shard, true);
		if (ask_reserve(one, reservation) < 0) {
			reservation->is_used = false;
			gate_granted(one->gate, request.total, request.shard, now_ms, now_ms, -1);
		}
		line_sync(gates->line, LINE_BEAT);
	}
}

/* ---------------------------------------------------------------- starts of a day */

static void on_starts(void *user, int error, const struct rows *rows)
{
	struct gateway_gate *one = user;

	if (error)
		one->has_starts = true; /* the next beat tells them again */
	else if (rows_count(rows))
		one->remaining = (uint32_t)rows_number(rows, 0, 0);
}

static void tell_starts(struct gateway_gate *one)
{
	struct postgres_line *line = one->gates->line;
	struct parameters *parameters =
			one->has_starts && line_is_up(line, LINE_BEAT) ? parameters_new() : NULL;
	uint64_t now_ms = clock_boot_ms();

	if (!parameters)
		return;
	parameters_text(parameters, one->gateway);
	parameters_number(parameters, one->total);
	parameters_number(parameters, one->starts);
	parameters_seconds(parameters,
			one->reset_at_ms > now_ms ? (double)(one->reset_at_ms - now_ms) / 1000 : 0);
	parameters_number(parameters, one->concurrency);
	if (line_ask(line, LINE_BEAT, STATEMENT_GATE_STARTS, parameters, on_starts, one) == 0) {
		one->has_starts = false;
		line_sync(line, LINE_BEAT);
	}
	parameters_free(parameters);
}

void gates_starts(struct gates *gates, const char *gateway, unsigned total, unsigned remaining,
		uint64_t reset_after_ms, unsigned concurrency)
{
	struct gateway_gate *one = find_or_add(gates, gateway);

	if (!one)
		return;
	one->total = total;
	one->starts = remaining;
	one->reset_at_ms = clock_boot_ms() + reset_after_ms;
	one->concurrency = concurrency;
	one->has_starts = true;
	tell_starts(one);
}

uint32_t gates_remaining(const struct gates *gates, const char *gateway)
{
	const struct gateway_gate *one = find(gates, gateway);

	return one ? one->remaining : UINT32_MAX;
}

bool gates_need(const struct gates *gates, const char *gateway, unsigned total, unsigned shard)
{
	const struct gateway_gate *one = find(gates, gateway);

	return one && gate_needs(one->gate, total, shard);
}

void gates_beat(struct gates *gates)
{
	for (size_t i = 0; i < gates->count; i++) {
		tell_starts(gates->list[i]);
		gates_turn(gates, gates->list[i]->gateway);
	}
}
