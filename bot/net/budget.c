/* One limit on the bytes that all connections of the process buffer together. */

#include "bot/net/budget.h"

#include <assert.h>
#include <errno.h>

#include "bot/base/str.h"

/* The shares with a size above 0. The process has one loop, so it has one budget. */
static struct budget_share *shares;
static size_t used_bytes;

static void unlink_share(struct budget_share *share)
{
	if (shares == share)
		shares = share->next;
	else
		share->previous->next = share->next;
	if (share->next)
		share->next->previous = share->previous;
	share->next = share->previous = NULL;
}

static void link_share(struct budget_share *share)
{
	share->next = shares;
	share->previous = NULL;
	if (shares)
		shares->previous = share;
	shares = share;
}

static struct budget_share *biggest_but(const struct budget_share *one)
{
	struct budget_share *biggest = NULL;

	for (struct budget_share *share = shares; share; share = share->next)
		if (share != one && share->on_over && !share->is_pinned &&
				(!biggest || share->bytes > biggest->bytes))
			biggest = share;
	return biggest;
}

/* Drop shares larger than this one's new size until its bytes fit. */
static int make_room(const struct budget_share *share, size_t bytes)
{
	while (bytes > BUDGET_MAX_BYTES || used_bytes - share->bytes > BUDGET_MAX_BYTES - bytes) {
		struct budget_share *biggest = biggest_but(share);

		if (!biggest || biggest->bytes <= bytes)
			return -ENOBUFS;
		biggest->on_over(biggest->user);
		assert(biggest->bytes == 0); /* on_over() must release the share, or this loop never ends */
	}
	return 0;
}

int budget_hold(struct budget_share *share, size_t bytes)
{
	if (bytes > share->bytes) {
		int r = make_room(share, bytes);

		if (r < 0)
			return r;
		if (!share->bytes)
			link_share(share);
	} else if (share->bytes && !bytes) {
		unlink_share(share);
	}
	used_bytes += bytes - share->bytes;
	share->bytes = bytes;
	return 0;
}

void budget_append(struct budget_share *share, struct str *str, const void *bytes, size_t length)
{
	size_t before = str->capacity, after = str_capacity_for(str, length);

	if (after != before) {
		int r = budget_hold(share, share->bytes - before + after);

		if (r < 0) {
			str->error = r;
			return;
		}
	}
	str_append_bytes(str, bytes, length);
	if (str->capacity != after) /* out of memory: the buffer did not grow */
		budget_hold(share, share->bytes - after + str->capacity);
}

void budget_release(struct budget_share *share, struct str *str)
{
	budget_hold(share, share->bytes - str->capacity);
	str_release(str);
}

size_t budget_used(void)
{
	return used_bytes;
}
