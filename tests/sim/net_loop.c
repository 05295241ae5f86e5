/*
 * bot/net/loop.h in virtual time: no descriptors, no waiting. The simulation's events and
 * the bot's timers are processed one by one sorted by time; those due in the
 * same millisecond in random order.
 */

#include "bot/net/folder_watch.h"
#include "bot/net/loop.h"
#include "bot/net/work.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/sim/audit.h"
#include "tests/sim/process.h"
#include "tests/sim/world.h"

#define SIGNALS_MAX 8

struct timer {
	struct timer *next;
	struct loop *loop;
	uint64_t due_ms, number;
	bool is_set;
	void (*on_timer)(void *user);
	void *user;
};

struct loop {
	struct timer *timers;
	uint64_t number; /* of the last timer set: timers of the same time fire in the order in which they were set */
	bool is_stopping;
	void (*on_turn)(void *user);
	void *turn_user;
	size_t caught_count;
	struct {
		int signal;
		void (*on_signal)(void *user, int signal);
		void *user;
	} caught[SIGNALS_MAX];
};

static struct loop *running; /* one per process */

int loop_new(struct loop **ret)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	running = loop;
	*ret = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->timers)
		world_violation("a timer outlives the loop");
	running = NULL;
	free(loop);
}

static struct timer *first_timer(const struct loop *loop)
{
	struct timer *first = NULL;

	for (struct timer *timer = loop->timers; timer; timer = timer->next) {
		if (!timer->is_set)
			continue;
		if (!first || timer->due_ms < first->due_ms ||
				(timer->due_ms == first->due_ms && timer->number < first->number))
			first = timer;
	}
	return first;
}

void loop_each_turn(struct loop *loop, void (*on_turn)(void *user), void *user)
{
	loop->on_turn = on_turn;
	loop->turn_user = user;
}

static void end_turn(const struct loop *loop)
{
	if (loop->on_turn)
		loop->on_turn(loop->turn_user);
}

/* The world's next event, or the next timer. False: neither is due at until_ms. */
static bool serve(const struct loop *loop, uint64_t until_ms)
{
	struct timer *timer = first_timer(loop);
	uint64_t event_ms = world_next_ms();
	bool is_timer = timer &&
			(timer->due_ms < event_ms || (timer->due_ms == event_ms && world_dice(2) == 0));

	if ((is_timer ? timer->due_ms : event_ms) > until_ms)
		return false;
	if (is_timer) {
		world_wait_until(timer->due_ms);
		timer->is_set = false;
		timer->on_timer(timer->user);
	} else {
		world_step();
	}
	return true;
}

/* A turn serves what is due in the same millisecond, by chance not all of it. */
int loop_run(struct loop *loop)
{
	end_turn(loop);
	while (!loop->is_stopping) {
		serve(loop, UINT64_MAX);
		world_crash_point("between two callbacks");
		while (!loop->is_stopping && world_dice(4) > 0 && serve(loop, world_now_ms()))
			world_crash_point("between two callbacks");
		end_turn(loop);
		world_crash_point("between two turns");
	}
	loop->is_stopping = false;
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->is_stopping = true;
}

uint64_t loop_now_ms(const struct loop *loop)
{
	(void)loop;
	return world_now_ms();
}

struct lws_context *loop_lws(struct loop *loop)
{
	(void)loop;
	return NULL;
}

int loop_catch(struct loop *loop, int signal, void (*on_signal)(void *user, int signal), void *user)
{
	if (loop->caught_count == SIGNALS_MAX)
		return -ENOSPC;
	loop->caught[loop->caught_count].signal = signal;
	loop->caught[loop->caught_count].on_signal = on_signal;
	loop->caught[loop->caught_count++].user = user;
	return 0;
}

void process_signal(int signal)
{
	if (signal == SIGTERM)
		audit_process_stops();
	for (size_t i = 0; running && i < running->caught_count; i++) {
		if (running->caught[i].signal == signal)
			running->caught[i].on_signal(running->caught[i].user, signal);
	}
}

bool loop_slot_take(struct loop *loop, unsigned reserve)
{
	(void)loop;
	(void)reserve;
	return true;
}

void loop_slot_give(struct loop *loop)
{
	(void)loop;
}

struct timer *timer_new(struct loop *loop, void (*on_timer)(void *user), void *user)
{
	struct timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return NULL;
	*timer = (struct timer){.next = loop->timers, .loop = loop, .on_timer = on_timer, .user = user};
	loop->timers = timer;
	return timer;
}

void timer_set(struct timer *timer, uint64_t delay_ms)
{
	timer->is_set = true;
	timer->due_ms = world_now_ms() + delay_ms;
	timer->number = ++timer->loop->number;
}

void timer_cancel(struct timer *timer)
{
	timer->is_set = false;
}

void timer_free(struct timer *timer)
{
	struct timer **link;

	if (!timer)
		return;
	for (link = &timer->loop->timers; *link != timer; link = &(*link)->next)
		;
	*link = timer->next;
	free(timer);
}

/* ---------------------------------------------------------------- descriptors: not supported */

int watch_new(struct loop *loop, int fd, uint32_t events, void (*on_ready)(void *user, uint32_t events),
		void *user, struct watch **ret)
{
	(void)loop;
	(void)fd;
	(void)events;
	(void)on_ready;
	(void)user;
	(void)ret;
	return -ENOSYS;
}

int watch_change(struct watch *watch, uint32_t events)
{
	(void)watch;
	(void)events;
	return -ENOSYS;
}

void watch_free(struct watch *watch)
{
	(void)watch;
}

/* ---------------------------------------------------------------- folders: nothing changes in them */

int folder_watch_new(struct loop *loop, const char *const *folders, size_t count,
		const struct folder_watch_events *events, struct folder_watch **ret)
{
	(void)loop;
	(void)folders;
	(void)count;
	(void)events;
	*ret = NULL;
	return 0;
}

void folder_watch_follow(struct folder_watch *watch)
{
	(void)watch;
}

void folder_watch_free(struct folder_watch *watch)
{
	(void)watch;
}

/* ---------------------------------------------------------------- work: done at once, while the loop goes on */

struct work {
	const struct work_class *class;
	void *job;
	struct timer *timer;
	void (*on_done)(void *user, void *job);
	void *user;
};

void work_cancel(struct work *work)
{
	if (!work)
		return;
	timer_free(work->timer);
	work->class->release(work->job);
	free(work);
}

static void on_work_done(void *user)
{
	struct work *work = user;

	work->on_done(work->user, work->job);
	work_cancel(work);
}

int work_start(struct loop *loop, const struct work_class *class, void *job,
		void (*on_done)(void *user, void *job), void *user, struct work **ret)
{
	struct work *work = calloc(1, sizeof(*work));

	if (!work)
		return -ENOMEM;
	*work = (struct work){class, job, timer_new(loop, on_work_done, work), on_done, user};
	if (!work->timer) {
		free(work);
		return -ENOMEM;
	}
	class->run(job);
	timer_set(work->timer, world_dice(2000));
	*ret = work;
	return 0;
}
