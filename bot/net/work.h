#ifndef EPISODED_NET_WORK_H
#define EPISODED_NET_WORK_H

/*
 * Work that would block the loop, on a thread of its own; its end comes back to the loop. Work that is no longer wanted
 * does not delay anything: its thread releases the job when it is done with it.
 */

#include <stddef.h>

struct loop;
struct work; /* opaque: net/work.c */

/* What a job is. Its memory belongs to the work from work_start() on, and only one thread uses it at a time. */
struct work_class {
	void (*run)(void *job); /* on the thread */
	void (*release)(void *job); /* after on_done, or after run if the work has been cancelled: on either thread */
	size_t stack_bytes;
};

/*
 * work_start - run a job.
 *
 * on_done is called on the loop after run() has returned; then the work is freed by itself.
 * Errors: -ENOMEM, -EMFILE, -EAGAIN (no thread can be made); the job still belongs to the caller.
 */
int work_start(struct loop *loop, const struct work_class *class, void *job,
		void (*on_done)(void *user, void *job), void *user, struct work **ret);

/* on_done will not be called. NULL-safe; not after on_done. */
void work_cancel(struct work *work);

#endif
