#ifndef EPISODED_QUIET_H
#define EPISODED_QUIET_H

/*
 * Idle trim: return free heap to the system (malloc_trim) 5 s after a start and
 * once a burst of answers is over. A single answer leaves nothing worth a wake-up.
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
