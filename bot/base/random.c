/* splitmix64: small, well distributed, repeatable. Unpredictable bytes come from getrandom(2). */

#include "bot/base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_seed(struct random *random, uint64_t seed)
{
	random->state = seed;
}

void random_seed_from_system(struct random *random)
{
	random_bytes(&random->state, sizeof(random->state));
}

uint64_t random_next(struct random *random)
{
	uint64_t mixed = random->state += 0x9e3779b97f4a7c15u;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
	return mixed ^ (mixed >> 31);
}

uint64_t random_below(struct random *random, uint64_t bound)
{
	uint64_t value, unfair;

	if (!bound)
		return 0;
	unfair = -bound % bound; /* 2^64 mod bound: these values would make some results likelier */
	do
		value = random_next(random);
	while (value < unfair);
	return value % bound;
}

void random_bytes(void *ret, size_t length)
{
	unsigned char *bytes = ret;

	while (length) {
		ssize_t got = getrandom(bytes, length, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			abort(); /* in Linux since 3.17; predictable ids would be worse */
		bytes += got;
		length -= (size_t)got;
	}
}
