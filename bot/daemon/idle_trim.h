#ifndef EPISODED_IDLE_TRIM_H
#define EPISODED_IDLE_TRIM_H

/*
 * Idle trim: return free heap to the system (malloc_trim), 5 s after a start and
 * when a burst of answers is over. A single answer leaves too little to be worth
 * a wake-up.
 */

struct loop;
struct idle_trim; /* opaque: daemon/idle_trim.c */

/* -ENOMEM. */
int idle_trim_new(struct loop *loop, struct idle_trim **ret);
void idle_trim_free(struct idle_trim *trim); /* NULL-safe */

/* The process or a gateway has started, which needs memory that is free afterwards. */
void idle_trim_after_start(struct idle_trim *trim);
/* A question was answered, or an answer confirmed. */
void idle_trim_after_answer(struct idle_trim *trim);

#endif
