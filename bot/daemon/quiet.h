#ifndef EPISODED_QUIET_H
#define EPISODED_QUIET_H

/*
 * Knows when a start or a burst of answers is over, and gives back then what
 * memory it took (footprint_shrink). Between those it does nothing and wakes
 * nobody: an answer now and then leaves nothing behind.
 */

struct loop;
struct quiet; /* opaque: daemon/quiet.c */

/* -ENOMEM. */
int quiet_new(struct loop *loop, struct quiet **ret);
void quiet_free(struct quiet *quiet); /* NULL-safe */

/* Something has begun that touches much once: the process, a gateway. */
void quiet_after_start(struct quiet *quiet);
/* A question was answered, or an answer confirmed. */
void quiet_after_answer(struct quiet *quiet);

#endif
