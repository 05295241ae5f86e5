/*
 * As on a machine with too much work: helper threads go on late after each poll(), and the end of the process takes a while.
 * Loaded with LD_PRELOAD.
 */

#include <dlfcn.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LATE_US 40000
#define END_US  400000

int poll(struct pollfd *descriptors, nfds_t count, int timeout_ms)
{
	int (*next)(struct pollfd *, nfds_t, int);
	int ready;

	*(void **)(void *)&next = dlsym(RTLD_NEXT, "poll");
	ready = next(descriptors, count, timeout_ms);
	if (syscall(SYS_gettid) != getpid())
		usleep(LATE_US);
	return ready;
}

/* After the handlers of atexit(). */
__attribute__((destructor)) static void end_late(void)
{
	usleep(END_US);
}
