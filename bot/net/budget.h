#ifndef EPISODED_NET_BUDGET_H
#define EPISODED_NET_BUDGET_H

/*
 * One limit on what all connections of the process buffer together. Every
 * buffer has a limit of its own; many connections at that limit would still
 * fill the memory. Where the sum would pass the limit, the connection that
 * buffers most is closed, so that a small one never pays for a big one.
 *
 * For the loop's thread only. Nothing is counted but a buffer's growth, which
 * doubles: a line into a buffer that has room costs one comparison.
 */

#include <stdbool.h>
#include <stddef.h>

/* One Discord shard at its own limits fits: a packed message in a buffer of 32 MiB, unpacked into 64 MiB. */
#define BUDGET_MAX_BYTES (96u * 1024 * 1024)

struct str;

/* What one connection buffers, all its buffers together. Begins as {.on_over = ..., .user = ...}. */
struct budget_share {
	size_t bytes;
	bool is_pinned; /* its bytes are borrowed at the moment: it is not given up */
	/* The share is the biggest and must go: free the buffers, call budget_hold(share, 0), and close the
	 * connection in a later round. May be NULL: such a share is never given up. */
	void (*on_over)(void *user);
	void *user;
	struct budget_share *next, *previous;
};

/*
 * Set what a share holds; less always succeeds. -ENOBUFS: there is no room
 * although the bigger shares were given up; the share stays as it was.
 */
int budget_hold(struct budget_share *share, size_t bytes);

/* str_append_bytes() and str_release() for a buffer that counts in share. str->error may become -ENOBUFS. */
void budget_append(struct budget_share *share, struct str *str, const void *bytes, size_t length);
void budget_release(struct budget_share *share, struct str *str);

/* What all shares hold together. */
size_t budget_used(void);

#endif
