/*
 * Preloaded into a program: a wall clock that is wrong. The monotonic clock stays. The file that WRONG_CLOCK names holds
 * two int64_t: by how many milliseconds the clock is ahead, and for how long the machine has slept, which CLOCK_BOOTTIME
 * counts; another process may change them at any time. Absolute timers
 * fire every LOOK_NS until the wrong clock has come to their time, so that the program sees when it was set.
 */

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS 50000000

static const _Atomic int64_t *ahead;

__attribute__((constructor)) static void map(void)
{
	const char *path = getenv("WRONG_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *memory;

	if (fd < 0)
		return;
	memory = mmap(NULL, 2 * sizeof(*ahead), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (memory != MAP_FAILED)
		ahead = memory;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	bool is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
	int64_t ms = !ahead ? 0 : atomic_load(is_wall ? &ahead[0] : &ahead[1]);
	long r = syscall(SYS_clock_gettime, clock, ret);

	if (r != 0 || (!is_wall && clock != CLOCK_BOOTTIME))
		return (int)r;
	ms += (int64_t)ret->tv_sec * 1000 + ret->tv_nsec / 1000000;
	ret->tv_sec = (time_t)(ms / 1000);
	ret->tv_nsec = (long)(ms % 1000 * 1000000 + ret->tv_nsec % 1000000);
	return 0;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	ret->tv_sec = now.tv_sec;
	ret->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *ret)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	if (ret)
		*ret = now.tv_sec;
	return now.tv_sec;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
	struct itimerspec near = {.it_value = {.tv_nsec = LOOK_NS}};
	bool is_set = new->it_value.tv_sec || new->it_value.tv_nsec;

	if (ahead && is_set && (flags & TFD_TIMER_ABSTIME))
		return (int)syscall(SYS_timerfd_settime, fd, 0, &near, old);
	return (int)syscall(SYS_timerfd_settime, fd, flags, new, old);
}
