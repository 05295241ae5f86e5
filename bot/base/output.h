#ifndef EPISODED_BASE_OUTPUT_H
#define EPISODED_BASE_OUTPUT_H

/*
 * Writes that may block, made by a thread: a terminal that is stopped with Ctrl-S, a pipe that its reader does not
 * read, a journal that hangs. The caller never waits. What does not fit into the queue is dropped and counted.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct output; /* opaque: base/output.c */

/* Write the parts of one item; blocks. Called by the thread. 0, or a negative errno: the item is lost and counted. */
typedef int (*output_write)(const struct iovec *parts, int count);

/* The largest number of parts in one item. */
#define OUTPUT_PARTS_MAX 5

/* Write functions: all parts, each with one write(2) if the descriptor takes it at once. */
int output_to_stdout(const struct iovec *parts, int count);
int output_to_stderr(const struct iovec *parts, int count);

/*
 * output_new - start the thread. All signals are blocked in it.
 *
 * max_bytes: of the queue; an empty one takes a larger item. Errors: -ENOMEM, -EAGAIN (no thread can be made).
 */
int output_new(size_t max_bytes, struct output **ret);

/*
 * output_put - queue a copy of an item.
 *
 * Errors: -ENOBUFS the queue is full: this item and the following ones are dropped and counted, until half of the
 *         queue is free. -ENOMEM.
 */
int output_put(struct output *output, output_write write, const struct iovec *parts, int count);

/* The number of items lost since the last call: dropped, or refused by their write function. While the queue is
 * full, the answer is 0. */
uint64_t output_lost(struct output *output);

/* Write the rest of the queue, for at most wait_ms, and end the thread. If the thread still waits for a reader then,
 * it frees the queue when its write returns: -ETIMEDOUT. NULL-safe. */
int output_free(struct output *output, unsigned wait_ms);

#endif
