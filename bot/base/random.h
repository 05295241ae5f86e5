#ifndef EPISODED_BASE_RANDOM_H
#define EPISODED_BASE_RANDOM_H

/* Random numbers from a state that the caller passes: a fixed seed in tests, the system's in the program. */

#include <stddef.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

void random_seed(struct random *random, uint64_t seed);
void random_seed_from_system(struct random *random);
uint64_t random_next(struct random *random);
/* 0 .. bound - 1, without bias; bound 0 gives 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* Unpredictable bytes from the system, for nonces and ids that outsiders must not guess. */
void random_bytes(void *ret, size_t length);

#endif
