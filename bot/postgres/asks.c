/* The statements that were asked of one connection. */

#include "bot/postgres/asks.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/net/loop.h"
#include "bot/postgres/failure.h"
#include "bot/postgres/lane.h"

#define AGAIN_MS 200 /* after memory ran out */

/* A statement, or the end of a transaction. */
struct ask {
	struct ask *next;
	bool is_sync, is_sent;
	enum statement statement;
	struct parameters *parameters;
	uint64_t after; /* sent when this batch has its result */
	void (*on_rows)(void *user, int error, const struct rows *rows);
	void *user;
};

static void free_ask(struct ask *ask)
{
	parameters_free(ask->parameters);
	free(ask);
}

static struct ask *pop_ask(struct asks *asks)
{
	struct ask *ask = asks->first;

	asks->first = ask->next;
	if (!asks->first)
		asks->last = &asks->first;
	asks->count--;
	return ask;
}

static void on_ask_outcome(void *user, const struct outcome *outcome)
{
	struct asks *asks = user;
	struct ask *ask = pop_ask(asks);

	if (ask->on_rows)
		ask->on_rows(ask->user, failure_errno(outcome->failure), outcome->rows);
	free_ask(ask);
}

static void send_ask(struct asks *asks, struct ask *ask)
{
	ask->is_sent = true;
	if (ask->is_sync)
		lane_sync(asks->lane, on_ask_outcome, asks);
	else
		lane_send(asks->lane, ask->statement, ask->parameters, on_ask_outcome, asks);
	parameters_free(ask->parameters);
	ask->parameters = NULL;
}

/* Whole transactions only. */
void asks_pump(struct asks *asks, uint64_t settled)
{
	struct ask *ask = asks->first;

	asks->settled = settled;
	while (ask && ask->is_sent)
		ask = ask->next;
	while (asks->syncs > 0 && lane_is_up(asks->lane)) {
		const struct ask *sync = ask;
		size_t count = 1;

		while (sync && !sync->is_sync) {
			sync = sync->next;
			count++;
		}
		if (!sync || sync->after > settled)
			return;
		if (lane_reserve(asks->lane, count) < 0) {
			timer_set(asks->timer, AGAIN_MS);
			return;
		}
		asks->syncs--;
		while (count-- > 0) {
			struct ask *next = ask->next;

			send_ask(asks, ask);
			ask = next;
		}
	}
}

void asks_refuse(struct asks *asks)
{
	struct ask *first = asks->first;

	asks->first = NULL;
	asks->last = &asks->first;
	asks->count = 0;
	asks->syncs = 0;
	while (first) {
		struct ask *ask = first;

		first = ask->next;
		if (ask->on_rows)
			ask->on_rows(ask->user, -EAGAIN, NULL);
		free_ask(ask);
	}
}

static void on_asked(void *user)
{
	struct asks *asks = user;

	if (lane_is_up(asks->lane))
		asks_pump(asks, asks->settled);
	else if (lane_is_ending(asks->lane))
		timer_set(asks->timer, 0);
	else
		asks_refuse(asks);
}

static int add(struct asks *asks, const struct ask *ask)
{
	struct ask *copy;

	if (asks->count >= ASKS_MAX)
		return -ENOBUFS;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *ask;
	*asks->last = copy;
	asks->last = &copy->next;
	asks->count++;
	if (!lane_is_up(asks->lane))
		timer_set(asks->timer, 0);
	return 0;
}

int asks_add(struct asks *asks, enum statement statement, const struct parameters *parameters, uint64_t after,
		void (*on_rows)(void *user, int error, const struct rows *rows), void *user)
{
	struct ask ask = {.statement = statement, .after = after, .on_rows = on_rows, .user = user};
	int r = parameters ? parameters_error(parameters) : 0;

	if (r < 0)
		return r;
	ask.parameters = parameters ? parameters_copy(parameters) : parameters_new();
	if (!ask.parameters)
		return -ENOMEM;
	r = add(asks, &ask);
	if (r < 0)
		parameters_free(ask.parameters);
	return r;
}

int asks_sync(struct asks *asks, uint64_t after)
{
	const struct ask ask = {.is_sync = true, .after = after};
	int r = add(asks, &ask);

	if (r < 0)
		lane_drop(asks->lane, "out of memory");
	else
		asks->syncs++;
	return r;
}

bool asks_wait(const struct asks *asks)
{
	return asks->syncs > 0;
}

int asks_init(struct asks *asks, struct loop *loop)
{
	*asks = (struct asks){.last = &asks->first, .timer = timer_new(loop, on_asked, asks)};
	return asks->timer ? 0 : -ENOMEM;
}

void asks_release(struct asks *asks)
{
	timer_free(asks->timer);
	while (asks->first)
		free_ask(pop_ask(asks));
}
