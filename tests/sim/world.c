/* One clock, one seed and one queue of events, in memory that outlives the bot's processes. */

#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bot/base/random.h"
#include "bot/base/str.h"

#define WORLD_BYTES    (UINT64_C(256) * 1024 * 1024)
#define EVENTS_MAX     16384
#define CLASSES        28 /* size classes of the memory: powers of two */
#define TEXT_MAX_BYTES 2000
#define IDLE_STEPS_MAX 200000 /* events within one millisecond: more is an endless loop */

struct event {
	uint64_t due_ms, number;
	void (*act)(void *argument);
	void *argument;
};

struct piece {
	struct piece *next;
};

struct world {
	size_t used; /* bytes of memory in use, including this struct */
	struct piece *free_pieces[CLASSES];

	uint64_t now_ms;
	int64_t wall_ahead_ms, wall_drift_ppm;
	struct random dice, system;
	unsigned faults;
	bool is_well;

	struct event events[EVENTS_MAX]; /* a heap */
	size_t event_count;
	uint64_t event_number, idle_steps;

	unsigned life, crash_points;
	bool has_bot;

	bool is_traced;
	uint64_t trace_hash;
	char violation[TEXT_MAX_BYTES];
};

static struct world *world;

void world_map(void)
{
	world = mmap(NULL, WORLD_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);
	if (world == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
}

void world_reset(uint64_t seed, bool is_traced)
{
	size_t used = world->used;

	memset(world, 0, used > sizeof(*world) ? used : sizeof(*world));
	world->used = (sizeof(*world) + 15) & ~(size_t)15;
	random_seed(&world->dice, seed);
	random_seed(&world->system, ~seed);
	world->is_traced = is_traced;
}

/* ---------------------------------------------------------------- memory */

static unsigned class_of(size_t size)
{
	unsigned class = 5;

	while (((size_t)1 << class) < size)
		class ++;
	return class;
}

void *world_alloc(size_t size)
{
	unsigned class = class_of(size);
	struct piece *piece = class < CLASSES ? world->free_pieces[class] : NULL;

	if (piece) {
		world->free_pieces[class] = piece->next;
		memset(piece, 0, (size_t)1 << class);
		return piece;
	}
	if (class >= CLASSES || world->used + ((size_t)1 << class) > WORLD_BYTES) {
		fprintf(stderr, "the simulation is out of memory\n");
		abort();
	}
	piece = (void *)((char *)world + world->used);
	world->used += (size_t)1 << class;
	return piece;
}

void world_release(void *memory, size_t size)
{
	struct piece *piece = memory;
	unsigned class = class_of(size);

	if (!memory)
		return;
	piece->next = world->free_pieces[class];
	world->free_pieces[class] = piece;
}

char *world_copy(const char *bytes, size_t length)
{
	char *copy = world_alloc(length + 1);

	memcpy(copy, bytes, length);
	return copy;
}

/* ---------------------------------------------------------------- time */

uint64_t world_now_ms(void)
{
	return world->now_ms;
}

uint64_t world_true_wall_ms(void)
{
	return WORLD_START_WALL_MS + world->now_ms;
}

uint64_t world_wall_ms(void)
{
	int64_t drift_ms = (int64_t)world->now_ms * world->wall_drift_ppm / 1000000;

	return (uint64_t)((int64_t)world_true_wall_ms() + world->wall_ahead_ms + drift_ms);
}

void world_set_clock(void)
{
	static const int64_t hour_ms = 60 * 60 * 1000, day_ms = 24 * hour_ms, year_ms = 365 * day_ms;
	const int64_t ahead_ms[] = {0, (int64_t)world_between(0, 120000) - 60000, hour_ms, -hour_ms,
			20 * hour_ms, -day_ms, 30 * day_ms, 10 * year_ms, -10 * year_ms,
			-(int64_t)world_true_wall_ms() + 10000 /* 1970 */};

	world->wall_ahead_ms = ahead_ms[world_dice(sizeof(ahead_ms) / sizeof(ahead_ms[0]))];
	world->wall_drift_ppm = world_percent(50) ? 0 : (int64_t)world_between(0, 100000) - 50000;
	/* Not before 1970: drift goes on from the start of the run. */
	if (world->wall_drift_ppm < 0 && world->wall_ahead_ms < -20 * year_ms)
		world->wall_drift_ppm = 0;
	world_trace("world: the clock is %lld s ahead, and drifts by %lld ppm",
			(long long)world->wall_ahead_ms / 1000, (long long)world->wall_drift_ppm);
}

void world_set_clock_right(void)
{
	world->wall_ahead_ms = world->wall_drift_ppm = 0;
	world_trace("world: the clock is right");
}

static bool is_before(const struct event *a, const struct event *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->number < b->number;
}

static void swap(struct event *a, struct event *b)
{
	struct event kept = *a;

	*a = *b;
	*b = kept;
}

void world_after(uint64_t delay_ms, void (*act)(void *argument), void *argument)
{
	struct event *heap = world->events;
	size_t i = world->event_count++;

	if (world->event_count == EVENTS_MAX) {
		fprintf(stderr, "the simulation has too many events\n");
		abort();
	}
	heap[i] = (struct event){world->now_ms + delay_ms, world->event_number++, act, argument};
	for (; i > 0 && is_before(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&heap[i], &heap[(i - 1) / 2]);
}

uint64_t world_next_ms(void)
{
	return world->event_count ? world->events[0].due_ms : UINT64_MAX;
}

static struct event take_first(void)
{
	struct event *heap = world->events, first = heap[0];
	size_t i = 0, child;

	heap[0] = heap[--world->event_count];
	while ((child = 2 * i + 1) < world->event_count) {
		if (child + 1 < world->event_count && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &heap[i]))
			break;
		swap(&heap[i], &heap[child]);
		i = child;
	}
	return first;
}

void world_wait_until(uint64_t until_ms)
{
	if (until_ms > world->now_ms) {
		world->now_ms = until_ms;
		world->idle_steps = 0;
	} else if (++world->idle_steps == IDLE_STEPS_MAX) {
		world_violation("time does not pass: %d things happened in one millisecond", IDLE_STEPS_MAX);
	}
}

void world_step(void)
{
	struct event event = take_first();

	world_wait_until(event.due_ms);
	event.act(event.argument);
}

/* ---------------------------------------------------------------- random numbers */

uint64_t world_dice(uint64_t bound)
{
	return random_below(&world->dice, bound);
}

uint64_t world_between(uint64_t low, uint64_t high)
{
	return low + world_dice(high - low + 1);
}

bool world_percent(unsigned percent)
{
	return world_dice(100) < percent;
}

bool world_has_fault(enum fault fault)
{
	return !world->is_well && world->faults >> fault & 1;
}

bool world_fault(enum fault fault, unsigned in_a_thousand)
{
	return world_has_fault(fault) && world_dice(1000) < in_a_thousand;
}

void world_choose_faults(unsigned faults)
{
	world->faults = faults;
}

void world_end_faults(void)
{
	world->is_well = true;
	world->crash_points = 0;
	world_trace("world: from here on all is well");
}

bool world_is_well(void)
{
	return world->is_well;
}

void world_random_bytes(void *ret, size_t length)
{
	unsigned char *bytes = ret;

	while (length--)
		*bytes++ = (unsigned char)random_next(&world->system);
}

/* ---------------------------------------------------------------- the bot's processes */

unsigned world_life(void)
{
	return world->life;
}

void world_begin_life(void)
{
	world->life++;
	world->has_bot = true;
	world->crash_points = 0;
	world->idle_steps = 0;
	world_trace("world: process %u starts", world->life);
}

bool world_has_bot(void)
{
	return world->has_bot;
}

void world_set_bot(bool is_running)
{
	world->has_bot = is_running;
}

void world_arm_crash(unsigned points)
{
	world->crash_points = points;
}

void world_crash(const char *what)
{
	world_trace("world: process %u is killed, %s", world->life, what);
	_exit(WORLD_EXIT_CRASHED);
}

void world_crash_point(const char *what)
{
	if (world->has_bot && world->crash_points && --world->crash_points == 0)
		world_crash(what);
}

/* ---------------------------------------------------------------- trace and violations */

void world_trace(const char *format, ...)
{
	char text[TEXT_MAX_BYTES];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length > (int)sizeof(text) - 1)
		length = (int)sizeof(text) - 1;
	world->trace_hash = str_hash(world->trace_hash ^ world->now_ms, text, (size_t)length);
	if (world->is_traced)
		dprintf(STDOUT_FILENO, "%9.3f %s\n", (double)world->now_ms / 1000, text);
}

uint64_t world_trace_hash(void)
{
	return world->trace_hash;
}

bool world_is_traced(void)
{
	return world->is_traced;
}

void world_violation(const char *format, ...)
{
	va_list arguments;

	if (!world->violation[0]) {
		va_start(arguments, format);
		vsnprintf(world->violation, sizeof(world->violation), format, arguments);
		va_end(arguments);
		world_trace("VIOLATION %s", world->violation);
	}
	if (world->has_bot)
		_exit(WORLD_EXIT_BROKEN);
}

const char *world_violation_text(void)
{
	return world->violation[0] ? world->violation : NULL;
}
