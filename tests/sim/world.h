#ifndef EPISODED_SIM_WORLD_H
#define EPISODED_SIM_WORLD_H

/*
 * The world of a simulation: one clock, one seed, one queue of events. All of
 * it lies in memory that the bot's processes share with the simulation, so
 * that it outlives a crash of the bot; nothing here knows the bot.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORLD_START_WALL_MS UINT64_C(1795425089000) /* 2026-11-23T09:11:29Z */

/* Exit codes of a process of the bot, beside those of the bot itself. */
#define WORLD_EXIT_CRASHED 90
#define WORLD_EXIT_BROKEN  91 /* a violation has been noted */

/* Which faults may happen; a run has a subset, chosen by its seed. */
enum fault {
	FAULT_CUT,      /* connections end at any byte */
	FAULT_SILENCE,  /* connections that carry nothing any more */
	FAULT_REFUSAL,  /* connections that cannot be opened */
	FAULT_CRASH,    /* the process is killed */
	FAULT_POWER,    /* the machine loses power: unsynced writes are lost or torn */
	FAULT_DISK,     /* full, or failing */
	FAULT_RELOAD,   /* SIGHUP */
	FAULT_RESTART,  /* SIGTERM, and started again */
	FAULT_CLOCK,    /* steps of the wall clock */
	FAULT_PROTOCOL, /* what servers do: errors, limits, lost replies, refused resumes */
	FAULT_COUNT
};

/* Reserve the memory; once. */
void world_map(void);
/* Forget everything, begin at time 0 with a seed. */
void world_reset(uint64_t seed, bool is_traced);

/* ---------------------------------------------------------------- memory, lasting until world_reset() */
void *world_alloc(size_t size); /* zeroed; ends the run when there is none */
void world_release(void *memory, size_t size);
char *world_copy(const char *bytes, size_t length); /* with a NUL behind */

/* ---------------------------------------------------------------- time */
uint64_t world_now_ms(void);       /* monotonic */
uint64_t world_wall_ms(void);      /* what the machine's clock says */
uint64_t world_true_wall_ms(void); /* what the networks' clocks say */
void world_step_clock(int64_t by_ms);

/* Call act(argument) after so many milliseconds. */
void world_after(uint64_t delay_ms, void (*act)(void *argument), void *argument);
/* When the next event is due, UINT64_MAX: never. */
uint64_t world_next_ms(void);
/* Move the clock to the next event and let it happen. */
void world_step(void);
/* Move the clock: nothing is due before. */
void world_wait_until(uint64_t until_ms);

/* ---------------------------------------------------------------- chance */
uint64_t world_dice(uint64_t bound); /* 0 .. bound - 1 */
uint64_t world_between(uint64_t low, uint64_t high);
bool world_percent(unsigned percent); /* whatever the faults */
/* In a thousand, as long as faults of this kind happen. */
bool world_fault(enum fault fault, unsigned in_a_thousand);
bool world_has_fault(enum fault fault);
void world_choose_faults(unsigned faults);
void world_end_faults(void); /* from here on all is well */
bool world_is_well(void);
/* For getrandom() in the program. */
void world_random_bytes(void *ret, size_t length);

/* ---------------------------------------------------------------- the bot's processes */
unsigned world_life(void); /* the number of the process that runs or ran last */
void world_begin_life(void);
/* Here the process may be killed. what is for the trace. */
void world_crash_point(const char *what);
/* Kill the process now. */
void world_crash(const char *what) __attribute__((noreturn));
/* Is a process of the bot running? */
bool world_has_bot(void);
void world_set_bot(bool is_running);
/* Kill the process at the so-manyth crash point from here; 0: not. */
void world_arm_crash(unsigned points);

/* ---------------------------------------------------------------- what happened */
void world_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t world_trace_hash(void);
bool world_is_traced(void);
/* The program, or the simulation of a network, has broken a rule: the run ends. */
void world_violation(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* NULL: none so far. */
const char *world_violation_text(void);

#endif
