#ifndef EPISODED_STORE_COPIED_H
#define EPISODED_STORE_COPIED_H

/*
 * What "store copy" carries from one kind of state to the other: rows in the form of the SQLite file, and sums over them.
 * Rows are read in the order of their kind and their two keys, so that a copy goes on after the last row of a batch.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COPIED_BATCH_ROWS      500
#define COPIED_BATCH_MAX_BYTES (8u * 1024 * 1024) /* a batch that is longer ends there */

/* In this order: a mark of an effect needs its open question. */
enum copied_kind {
	COPIED_OPEN,  /* questions that are not answered: gateway, id */
	COPIED_DONE,  /* answered ones: gateway, id */
	COPIED_VALUE, /* area, key */
	COPIED_KINDS
};

struct copied_row {
	enum copied_kind kind;
	const char *first, *second; /* the keys */
	const char *value;          /* of COPIED_VALUE */
	/* Of a value of Discord in the file: the number of shards (0: not known), and the bot's user ID ("": not known). */
	unsigned total;
	const char *self;
	/* of COPIED_OPEN */
	const char *channel, *author_id, *author_name, *account, *text, *extra;
	bool is_private, is_addressed;
	uint64_t time_ms;
	/* Of both kinds of questions: how long before the latest one it was begun. Not part of the sums. */
	uint64_t age_us;
};

struct copied_place {
	enum copied_kind kind;
	char *first, *second; /* after this row; "" at the begin of a kind */
};

struct copied_batch {
	struct copied_row rows[COPIED_BATCH_ROWS];
	void *memory[COPIED_BATCH_ROWS]; /* the texts of each row */
	size_t count, bytes;
	bool is_last; /* no row of this kind follows */
};

/* Copy a row. False: the batch is full with it, or -ENOMEM: *ret_error. */
bool copied_batch_add(struct copied_batch *batch, const struct copied_row *row, int *ret_error);
void copied_batch_clear(struct copied_batch *batch);

/* The place after a batch of place->kind: the last row, or the begin of the next kind. -ENOMEM. */
int copied_place_move(struct copied_place *place, const struct copied_batch *batch);
int copied_place_set(
		struct copied_place *place, enum copied_kind kind, const char *first, const char *second);
void copied_place_release(struct copied_place *place);

/*
 * Count, and sum modulo 2^128 of the SHA-256 of each row (its fields with their lengths, the first 16 bytes), by kind: the
 * order of the rows does not matter. Discord's list of channels is divided by shard in a database, so each of its items
 * counts as a row.
 */
struct copied_sums {
	struct copied_sum {
		uint64_t count, high, low;
	} of[COPIED_KINDS];
};
int copied_sums_add(struct copied_sums *sums, const struct copied_row *row); /* -ENOMEM */
bool copied_sum_equal(const struct copied_sum *a, const struct copied_sum *b);

/* One side of a copy. Functions return 0 or a negative errno, and explain() says why in words. */
struct copied_side {
	void *self;
	/* Rows of place->kind after the place, into an empty batch. */
	int (*read)(void *self, const struct copied_place *place, struct copied_batch *batch);
	/* Write a batch and the place after it, in one transaction. */
	int (*write)(void *self, const struct copied_batch *batch, const struct copied_place *before,
			const struct copied_place *after);
	/* Of a target: begin a copy from source, or go on with one. -EEXIST: it has a state already, -EBUSY: a process
	 * uses it, -EXDEV: a copy from another source was begun. */
	int (*begin)(void *self, const char *source, struct copied_place *ret_place);
	/* Of a target that has every row and was compared: it may be used. */
	int (*finish)(void *self);
	/* Whether a process uses it now: 0 or -EBUSY. */
	int (*look)(void *self);
	const char *(*explain)(void *self); /* borrowed */
	void (*close)(void *self);
};

#endif
