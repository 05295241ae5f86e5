#ifndef EPISODED_SIM_WORLD_H
#define EPISODED_SIM_WORLD_H

/*
 * The core of a simulation: one clock, one seed, one queue of events. All of it is in memory
 * that the bot's processes share with the simulation, so that it outlives a crash of the
 * bot. This file knows nothing about the bot.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_START_WALL_MS UINT64_C(1795425089000) /* 2026-11-23T09:11:29Z */

/* Exit codes of a bot process, in addition to those of the bot itself. */
#define WORLD_EXIT_CRASHED 90
#define WORLD_EXIT_BROKEN  91 /* a violation was recorded */

/* The kinds of faults; the seed chooses a subset for each run. */
enum fault {
	FAULT_CUT,      /* connections break at any byte */
	FAULT_SILENCE,  /* connections on which nothing arrives any more */
	FAULT_REFUSAL,  /* connections that cannot be opened */
	FAULT_CRASH,    /* the process is killed */
	FAULT_POWER,    /* the machine loses power: unsynced writes are lost or torn */
	FAULT_DISK,     /* full, or failing */
	FAULT_RELOAD,   /* SIGHUP */
	FAULT_RESTART,  /* SIGTERM and a restart */
	FAULT_CLOCK,    /* the machine's wall clock is wrong, drifts, and is set forward and back */
	FAULT_PROTOCOL, /* faults of servers: errors, limits, lost replies, refused resumes */
	FAULT_COUNT
};

/* Reserve the memory; call once. */
void world_map(void);
/* Reset everything and start at time 0 with a seed. */
void world_reset(uint64_t seed, bool is_traced);

/* ---------------------------------------------------------------- memory, lasting until world_reset() */
void *world_alloc(size_t size); /* zeroed; ends the run if memory is used up */
void world_release(void *memory, size_t size);
char *world_copy(const char *bytes, size_t length); /* followed by a NUL */

/* ---------------------------------------------------------------- time */
uint64_t world_now_ms(void);       /* monotonic */
uint64_t world_wall_ms(void);      /* the machine's wall clock */
uint64_t world_true_wall_ms(void); /* the networks' wall clocks */
/* Set the wall clock: to any time near or far, or right. */
void world_set_clock(void);
void world_set_clock_right(void);

/* Call act(argument) after this delay. */
void world_after(uint64_t delay_ms, void (*act)(void *argument), void *argument);
/* When the next event is due, UINT64_MAX: never. */
uint64_t world_next_ms(void);
/* Move the clock to the next event and process it. */
void world_step(void);
/* Move the clock; no event may be due before. */
void world_wait_until(uint64_t until_ms);

/* ---------------------------------------------------------------- random numbers */
uint64_t world_dice(uint64_t bound); /* 0 .. bound - 1 */
uint64_t world_between(uint64_t low, uint64_t high);
bool world_percent(unsigned percent); /* independent of the faults */
/* True with this chance in a thousand, if faults of this kind are on. */
bool world_fault(enum fault fault, unsigned in_a_thousand);
bool world_has_fault(enum fault fault);
void world_choose_faults(unsigned faults);
void world_end_faults(void); /* no more faults from now on */
bool world_is_well(void);
/* For getrandom() in the program. */
void world_random_bytes(void *ret, size_t length);

/* ---------------------------------------------------------------- the bot's processes */
unsigned world_life(void); /* the number of the current or last process */
void world_begin_life(void);
/* A point at which the process may be killed. what is for the trace. */
void world_crash_point(const char *what);
/* Kill the process now. */
void world_crash(const char *what) __attribute__((noreturn));
/* True while a process of the bot is running. */
bool world_has_bot(void);
void world_set_bot(bool is_running);
/* Kill the process at this number of crash points from now; 0: do not. */
void world_arm_crash(unsigned points);

/* ---------------------------------------------------------------- trace and violations */
void world_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t world_trace_hash(void);
bool world_is_traced(void);
/* Record a violation: the program, or a simulated network, broke a rule. The run ends. */
void world_violation(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The recorded violation, or NULL. */
const char *world_violation_text(void);

#endif
