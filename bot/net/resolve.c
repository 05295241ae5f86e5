/* DNS look-ups on helper threads. */

#include "bot/net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/net/descriptors.h"
#include "bot/net/loop.h"
#include "bot/net/work.h"

#define HOST_MAX_BYTES 255
/* Threads that may wait for a silent name server; each ends when the C library gives up. */
#define THREADS_MAX 16
/* Enough for getaddrinfo() and its modules; the default is 8 MB. */
#define STACK_BYTES (256 * 1024)

/* The job of a thread. */
struct lookup {
	char host[HOST_MAX_BYTES + 1];
	struct resolve_answer answer;
};

struct resolve {
	struct lookup *lookup; /* owned by the work, if there is one */
	struct work *work;
	struct timer *timer; /* used instead of work for numeric hosts */
	void (*on_answer)(void *user, const struct resolve_answer *answer);
	void *user;
};

static atomic_int threads; /* per process, because all queries use the same name server */

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

static void explain(struct lookup *lookup, const char *why)
{
	utf8_print(lookup->answer.reason, RESOLVE_REASON_BYTES, "cannot resolve %.120s: %s", lookup->host,
			why);
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
		explain(lookup, descriptors_missing() ? descriptors_missing() : gai_strerror(error));
		return;
	}
	for (const struct addrinfo *info = found; info; info = info->ai_next)
		add_address(answer, info);
	freeaddrinfo(found);
	answer->error = answer->count ? 0 : -ENOENT;
	if (answer->error)
		explain(lookup, "no address");
}

static void run(void *job)
{
	look_up(job, AI_ADDRCONFIG);
	atomic_fetch_sub(&threads, 1);
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

static void on_done(void *user, void *job)
{
	struct resolve *resolve = user;

	(void)job;
	resolve->work = NULL; /* it frees itself, and the look-up, when this returns */
	resolve->on_answer(resolve->user, &resolve->lookup->answer);
	resolve->lookup = NULL;
	resolve_cancel(resolve);
}

static int start_thread(struct loop *loop, struct resolve *resolve)
{
	static const struct work_class class = {run, free, STACK_BYTES};
	int r;

	if (atomic_fetch_add(&threads, 1) >= THREADS_MAX) {
		atomic_fetch_sub(&threads, 1);
		return -EAGAIN;
	}
	r = work_start(loop, &class, resolve->lookup, on_done, resolve, &resolve->work);
	if (r < 0)
		atomic_fetch_sub(&threads, 1);
	return r;
}

static int ask(struct loop *loop, struct resolve *resolve)
{
	struct lookup *lookup = resolve->lookup;

	look_up(lookup, AI_NUMERICHOST);
	if (!lookup->answer.error) {
		resolve->timer = timer_new(loop, on_numeric, resolve);
		if (!resolve->timer)
			return -ENOMEM;
		timer_set(resolve->timer, 0);
		return 0;
	}
	memset(&lookup->answer, 0, sizeof(lookup->answer));
	return start_thread(loop, resolve);
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
	if (resolve->work)
		work_cancel(resolve->work);
	else
		free(resolve->lookup);
	free(resolve);
}
