#ifndef EPISODED_NET_RESOLVE_H
#define EPISODED_NET_RESOLVE_H

/*
 * DNS look-ups in a helper thread, because those of libwebsockets block the loop. A
 * slow name server does not delay the program's exit.
 */

#include <stddef.h>

#define RESOLVE_ADDRESSES_MAX 8
#define RESOLVE_ADDRESS_BYTES 64
#define RESOLVE_REASON_BYTES  200

struct loop;
struct resolve; /* one query; opaque: net/resolve.c */

struct resolve_answer {
	int error;                         /* 0, -ENOENT (no such name), -EAGAIN (try later) or -ENOMEM */
	char reason[RESOLVE_REASON_BYTES]; /* for people: "cannot resolve irc.example.org: Name or service not known" */
	char addresses[RESOLVE_ADDRESSES_MAX]
		      [RESOLVE_ADDRESS_BYTES]; /* numeric, in the order in which to try them */
	size_t count;
};

/* Look up a host. A numeric one needs no thread; its answer follows in the next round of the loop. */
int resolve_start(struct loop *loop, const char *host,
		void (*on_answer)(void *user, const struct resolve_answer *answer), void *user,
		struct resolve **ret);
/* Cancel a query: on_answer will not be called. NULL-safe. After on_answer returns, a query is freed by itself. */
void resolve_cancel(struct resolve *resolve);

#endif
