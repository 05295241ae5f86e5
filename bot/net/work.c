/* Jobs on detached threads. The loop's side and the thread share one reference-counted struct. */

#include "bot/net/work.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bot/base/thread.h"
#include "bot/net/loop.h"

/* Shared with the thread and freed with the last reference: the work may be cancelled long before the thread ends. */
struct shared_job {
	const struct work_class *class;
	void *job;
	atomic_int holders;
	atomic_bool is_done; /* the thread does not use the job any more, if it is not the last holder */
	int event_fd;        /* an eventfd, readable after run() */
};

struct work {
	struct shared_job *shared;
	struct watch *watch;
	void (*on_done)(void *user, void *job);
	void *user;
};

static void let_go(struct shared_job *shared)
{
	if (atomic_fetch_sub(&shared->holders, 1) > 1)
		return;
	close(shared->event_fd);
	shared->class->release(shared->job);
	free(shared);
}

static void *run(void *user)
{
	struct shared_job *shared = user;
	const uint64_t one = 1;

	shared->class->run(shared->job);
	atomic_store(&shared->is_done, true);
	/* This write cannot fail: an eventfd's counter holds far more than 1. */
	if (write(shared->event_fd, &one, sizeof(one)) < 0)
		abort();
	let_go(shared);
	return NULL;
}

static void on_ready(void *user, uint32_t events)
{
	struct work *work = user;

	(void)events;
	if (!atomic_load(&work->shared->is_done))
		return;
	work->on_done(work->user, work->shared->job);
	work_cancel(work);
}

int work_start(struct loop *loop, const struct work_class *class, void *job,
		void (*on_done)(void *user, void *job), void *user, struct work **ret)
{
	struct work *work = calloc(1, sizeof(*work));
	struct shared_job *shared = calloc(1, sizeof(*shared));
	int r = -ENOMEM;

	if (!work || !shared)
		goto out;
	*work = (struct work){.shared = shared, .on_done = on_done, .user = user};
	shared->class = class;
	shared->job = job;
	atomic_init(&shared->holders, 2);
	shared->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (shared->event_fd < 0) {
		r = -errno;
		goto out;
	}
	r = watch_new(loop, shared->event_fd, EPOLLIN, on_ready, work, &work->watch);
	if (!r)
		r = thread_start(run, shared, class->stack_bytes, NULL);
	if (r < 0) {
		watch_free(work->watch);
		close(shared->event_fd);
		goto out;
	}
	*ret = work;
	work = NULL;
	shared = NULL;
out:
	free(work);
	free(shared);
	return r;
}

void work_cancel(struct work *work)
{
	if (!work)
		return;
	watch_free(work->watch);
	let_go(work->shared);
	free(work);
}
