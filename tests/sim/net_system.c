/* What the program asks of the system, in virtual time: linked with --wrap, so that the program's own files
 * stay as they are. */

#include <sys/types.h>
#include <time.h>

#include "tests/sim/world.h"

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
ssize_t __wrap_getrandom(void *ret, size_t length, unsigned flags);
int __wrap_malloc_trim(size_t pad);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	uint64_t ms = clock == CLOCK_REALTIME ? world_wall_ms() : world_now_ms();

	ret->tv_sec = (time_t)(ms / 1000);
	ret->tv_nsec = (long)(ms % 1000) * 1000000;
	return 0;
}

ssize_t __wrap_getrandom(void *ret, size_t length, unsigned flags)
{
	(void)flags;
	world_random_bytes(ret, length);
	return (ssize_t)length;
}

/* Trimming would copy pages that a fork shares. */
int __wrap_malloc_trim(size_t pad)
{
	(void)pad;
	return 0;
}
