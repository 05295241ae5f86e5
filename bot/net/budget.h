#ifndef EPISODED_NET_BUDGET_H
#define EPISODED_NET_BUDGET_H

/*
 * One limit on the bytes that all connections of the process buffer together. Each
 * buffer also has its own limit, but many connections at that limit would still fill
 * the memory. If the sum would exceed the limit, the connection that buffers most is
 * closed, so that a small one never suffers for a large one.
 *
 * For the loop's thread only. Only the growth of a buffer is counted, and buffers
 * double in size: appending a line that fits costs one comparison.
 */

#include <stdbool.h>
#include <stddef.h>

/* Enough for one Discord shard at its limits: a compressed message of 32 MiB, decompressed to 64 MiB. */
#define BUDGET_MAX_BYTES (96u * 1024 * 1024)

struct str;

/* The buffered bytes of one connection. Initialise it with {.on_over = ..., .user = ...}. */
struct budget_share {
	size_t bytes;
	bool is_pinned; /* its bytes are borrowed at the moment: do not drop it */
	/* This share is the largest and is dropped: free the buffers, call budget_hold(share, 0), and close the
	 * connection in a later round of the loop. May be NULL: the share is then never dropped. */
	void (*on_over)(void *user);
	void *user;
	struct budget_share *next, *previous;
};

/*
 * Set the size of a share; a smaller size always succeeds. -ENOBUFS: the size does not
 * fit even after larger shares were dropped; the share is unchanged.
 */
int budget_hold(struct budget_share *share, size_t bytes);

/* str_append_bytes() and str_release() for a buffer counted in share. str->error may become -ENOBUFS. */
void budget_append(struct budget_share *share, struct str *str, const void *bytes, size_t length);
void budget_release(struct budget_share *share, struct str *str);

/* The sum of all shares. */
size_t budget_used(void);

#endif
