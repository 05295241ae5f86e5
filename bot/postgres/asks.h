#ifndef EPISODED_ASKS_H
#define EPISODED_ASKS_H

/*
 * The statements that were asked of one connection and have no rows yet, in order. They are sent as whole transactions, and
 * not before the store's batches that were there when they were asked have their results. While the connection is away they
 * are refused.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/postgres/statements.h"

#define ASKS_MAX 4096 /* without rows */

struct ask; /* opaque: postgres/asks.c */
struct lane;
struct loop;
struct timer;

struct asks {
	struct lane *lane; /* borrowed; set after asks_init() and before the loop runs */
	struct ask *first, **last;
	size_t count;
	unsigned syncs;      /* that are not sent */
	uint64_t settled;    /* the last batch that had its result at asks_pump(); 0 without batches */
	struct timer *timer; /* for statements that were asked while the lane is down */
};

/* asks must not move until asks_release(). -ENOMEM. */
int asks_init(struct asks *asks, struct loop *loop);
/* After lane_free(); also of zeros. */
void asks_release(struct asks *asks);

/* As line_ask(). after: the number of the newest batch. */
int asks_add(struct asks *asks, enum statement statement, const struct parameters *parameters, uint64_t after,
		void (*on_rows)(void *user, int error, const struct rows *rows), void *user);
/* The end of a transaction, which can be sent by asks_pump(). -ENOMEM, -ENOBUFS: the lane is dropped. */
int asks_sync(struct asks *asks, uint64_t after);
/* Send what can be sent. settled: the number of the last batch with a result. */
void asks_pump(struct asks *asks, uint64_t settled);
/* A transaction waits to be sent. */
bool asks_wait(const struct asks *asks);
/* The lane is down: on_rows() of all, with -EAGAIN. What they ask for is refused later. */
void asks_refuse(struct asks *asks);

#endif
