/* DNS look-ups in detached threads. A query and its thread share one reference-counted struct. */

#include "bot/net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bot/net/descriptors.h"
#include "bot/net/loop.h"

#define HOST_MAX_BYTES 255
/* Threads that may wait for a silent name server; each ends when the C library gives up. */
#define THREADS_MAX 16
/* Enough for getaddrinfo() and its modules; the default is 8 MB. */
#define STACK_BYTES (256 * 1024)

/* Shared with the thread and freed with the last reference: the query may be freed long before the thread ends. */
struct lookup {
	atomic_int holders;
	atomic_bool is_answered; /* the answer is complete and is not written again */
	int event_fd;            /* an eventfd, readable after the answer */
	char host[HOST_MAX_BYTES + 1];
	struct resolve_answer answer;
};

struct resolve {
	struct lookup *lookup;
	struct watch *watch;
	struct timer *timer; /* used instead of a watch for numeric hosts */
	void (*on_answer)(void *user, const struct resolve_answer *answer);
	void *user;
};

static atomic_int threads; /* per process, because all queries use the same name server */

static void lookup_release(struct lookup *lookup)
{
	if (!lookup || atomic_fetch_sub(&lookup->holders, 1) > 1)
		return;
	if (lookup->event_fd >= 0)
		close(lookup->event_fd);
	free(lookup);
}

static void add_address(struct resolve_answer *answer, const struct addrinfo *info)
{
	char *address;

	if (answer->count >= RESOLVE_ADDRESSES_MAX)
		return;
	address = answer->addresses[answer->count];
	if (getnameinfo(info->ai_addr, info->ai_addrlen, address, RESOLVE_ADDRESS_BYTES, NULL, 0,
			    NI_NUMERICHOST))
		return;
	for (size_t i = 0; i < answer->count; i++)
		if (!strcmp(answer->addresses[i], address))
			return;
	answer->count++;
}

static int to_errno(int error)
{
	switch (error) {
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY: return -ENOENT;
	case EAI_MEMORY: return -ENOMEM;
	default: return -EAGAIN;
	}
}

/* flags: AI_NUMERICHOST sends no query. */
static void look_up(struct lookup *lookup, int flags)
{
	const struct addrinfo hints = {.ai_flags = flags, .ai_socktype = SOCK_STREAM};
	struct resolve_answer *answer = &lookup->answer;
	struct addrinfo *found = NULL;
	int error = getaddrinfo(lookup->host, NULL, &hints, &found);

	if (error) {
		answer->error = to_errno(error);
		answer->reason = descriptors_missing();
		if (!answer->reason)
			answer->reason = gai_strerror(error);
		return;
	}
	for (const struct addrinfo *info = found; info; info = info->ai_next)
		add_address(answer, info);
	freeaddrinfo(found);
	answer->error = answer->count ? 0 : -ENOENT;
	answer->reason = answer->count ? "" : "no address";
}

static void *run(void *user)
{
	struct lookup *lookup = user;
	const uint64_t one = 1;

	look_up(lookup, AI_ADDRCONFIG);
	atomic_store(&lookup->is_answered, true);
	/* This write cannot fail: an eventfd's counter holds far more than 1. */
	if (write(lookup->event_fd, &one, sizeof(one)) < 0)
		abort();
	lookup_release(lookup);
	atomic_fetch_sub(&threads, 1);
	return NULL;
}

static void finish(struct resolve *resolve)
{
	resolve->on_answer(resolve->user, &resolve->lookup->answer);
	resolve_cancel(resolve);
}

static void on_numeric(void *user)
{
	finish(user);
}

static void on_ready(void *user, uint32_t events)
{
	struct resolve *resolve = user;

	(void)events;
	if (atomic_load(&resolve->lookup->is_answered))
		finish(resolve);
}

/* Start a detached thread with a small stack and all signals blocked: signals are for the loop. */
static int start_thread(struct lookup *lookup)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	if (atomic_fetch_add(&threads, 1) >= THREADS_MAX) {
		atomic_fetch_sub(&threads, 1);
		return -EAGAIN;
	}
	atomic_fetch_add(&lookup->holders, 1);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	error = pthread_create(&thread, &attributes, run, lookup);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		atomic_fetch_sub(&threads, 1);
		lookup_release(lookup);
	}
	return -error;
}

static int ask(struct loop *loop, struct resolve *resolve)
{
	struct lookup *lookup = resolve->lookup;
	int r;

	look_up(lookup, AI_NUMERICHOST);
	if (!lookup->answer.error) {
		resolve->timer = timer_new(loop, on_numeric, resolve);
		if (!resolve->timer)
			return -ENOMEM;
		timer_set(resolve->timer, 0);
		return 0;
	}
	memset(&lookup->answer, 0, sizeof(lookup->answer));
	lookup->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (lookup->event_fd < 0)
		return -errno;
	r = watch_new(loop, lookup->event_fd, EPOLLIN, on_ready, resolve, &resolve->watch);
	if (r < 0)
		return r;
	return start_thread(lookup);
}

int resolve_start(struct loop *loop, const char *host,
		void (*on_answer)(void *user, const struct resolve_answer *answer), void *user,
		struct resolve **ret)
{
	struct resolve *resolve = NULL;
	size_t length = strlen(host);
	int r;

	if (!length || length > HOST_MAX_BYTES)
		return -EINVAL;
	resolve = calloc(1, sizeof(*resolve));
	if (!resolve)
		return -ENOMEM;
	resolve->on_answer = on_answer;
	resolve->user = user;
	resolve->lookup = calloc(1, sizeof(*resolve->lookup));
	if (!resolve->lookup) {
		r = -ENOMEM;
		goto out;
	}
	atomic_init(&resolve->lookup->holders, 1);
	resolve->lookup->event_fd = -1;
	memcpy(resolve->lookup->host, host, length + 1);
	r = ask(loop, resolve);
	if (r < 0)
		goto out;
	*ret = resolve;
	resolve = NULL;
out:
	resolve_cancel(resolve);
	return r;
}

void resolve_cancel(struct resolve *resolve)
{
	if (!resolve)
		return;
	timer_free(resolve->timer);
	watch_free(resolve->watch);
	lookup_release(resolve->lookup);
	free(resolve);
}
