#ifndef EPISODED_BASE_THREAD_H
#define EPISODED_BASE_THREAD_H

/* Helper threads beside the loop: with a small stack, and with all signals blocked, because signals are for the
 * loop. */

#include <pthread.h>
#include <stddef.h>

/* Start a thread. ret: to be joined or detached by the caller; NULL: it is detached. A negative errno: -EAGAIN if no
 * thread can be made. */
int thread_start(void *(*run)(void *user), void *user, size_t stack_bytes, pthread_t *ret);

#endif
