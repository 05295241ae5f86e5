#ifndef EPISODED_NET_RESOLVE_H
#define EPISODED_NET_RESOLVE_H

/*
 * Names to addresses in a helper thread, because libwebsockets' own look-up
 * blocks the loop. The thread ends when it has been idle; a slow name server
 * never delays the program's end.
 */

#include <stddef.h>

#define RESOLVE_ADDRESSES_MAX 8
#define RESOLVE_ADDRESS_BYTES 64

struct loop;
struct resolve; /* one question; opaque: net/resolve.c */

struct resolve_answer {
	int error;          /* 0, or -ENOENT no such name, -EAGAIN try later, -ENOMEM */
	const char *reason; /* for people: "Name or service not known" */
	char addresses[RESOLVE_ADDRESSES_MAX][RESOLVE_ADDRESS_BYTES]; /* numeric, in the order to try */
	size_t count;
};

/* A numeric host is answered too, in the next round of the loop, without a thread. */
int resolve_start(struct loop *loop, const char *host,
		void (*on_answer)(void *user, const struct resolve_answer *answer), void *user,
		struct resolve **ret);
/* NULL-safe; no answer comes any more. An answered question is freed by itself after on_answer returns. */
void resolve_cancel(struct resolve *resolve);

#endif
