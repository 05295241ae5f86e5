/*
 * bot/net/loop.h in virtual time: timers and the lines of the trace are processed one by
 * one in the order of their times, without waiting. There are no descriptors and no
 * signals.
 */

#include "bot/net/loop.h"
#include "bot/net/folder_watch.h"
#include "bot/net/work.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <time.h>

#include "bot/replay/world.h"

#define AFTERWARDS_MS (60 * 1000) /* how long the replay continues after the last line, for delayed answers */
#define UPTIME_MS     (60 * 1000) /* uptime at the first line; not 0, because 0 often means "never" */

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
	uint64_t number; /* of the last timer set: timers due in the same millisecond fire in the order in
			    which they were set */
	bool is_stopping;
	void (*on_turn)(void *user);
	void *turn_user;
};

static uint64_t now_ms;

uint64_t replay_now_ms(void)
{
	return now_ms;
}

int loop_new(struct loop **ret)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (!loop)
		return -ENOMEM;
	*ret = loop;
	return 0;
}

void loop_free(struct loop *loop)
{
	free(loop);
}

static struct timer *first_timer(const struct loop *loop)
{
	struct timer *first = NULL;

	for (struct timer *timer = loop->timers; timer; timer = timer->next)
		if (timer->is_set && (!first || timer->due_ms < first->due_ms ||
						     (timer->due_ms == first->due_ms &&
								     timer->number < first->number)))
			first = timer;
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

int loop_run(struct loop *loop)
{
	end_turn(loop);
	while (!loop->is_stopping && !replay_network_is_over()) {
		struct timer *timer = first_timer(loop);
		uint64_t line_ms = replay_network_next_ms(), timer_ms = timer ? timer->due_ms : UINT64_MAX;
		uint64_t due_ms = line_ms < timer_ms ? line_ms : timer_ms;

		if (due_ms > replay_tape.end_ms + AFTERWARDS_MS)
			break;
		if (due_ms > now_ms)
			now_ms = due_ms;
		if (timer && timer_ms <= line_ms) {
			timer->is_set = false;
			timer->on_timer(timer->user);
		} else {
			replay_network_step();
		}
		end_turn(loop);
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
	return UPTIME_MS + now_ms;
}

int loop_catch(struct loop *loop, int signal, void (*on_signal)(void *user, int signal), void *user)
{
	(void)loop;
	(void)signal;
	(void)on_signal;
	(void)user;
	return 0; /* Ctrl-C ends a replay by its default action */
}

struct lws_context *loop_lws(struct loop *loop)
{
	(void)loop;
	return NULL;
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
	timer->due_ms = now_ms + delay_ms;
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

/* Work is done at once, and its end comes in the next round. */
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
	timer_set(work->timer, 0);
	*ret = work;
	return 0;
}

/* ---------------------------------------------------------------- the system's clocks and random numbers */

/* Linked with --wrap: both clocks start at the trace's first line, and random numbers are the same in each replay, so
 * that two replays of a trace print the same output. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret);
ssize_t __wrap_getrandom(void *ret, size_t length, unsigned flags);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret)
{
	uint64_t ms = now_ms + (clock == CLOCK_REALTIME ? replay_tape.start_wall_ms : UPTIME_MS);

	ret->tv_sec = (time_t)(ms / 1000);
	ret->tv_nsec = (long)(ms % 1000) * 1000000;
	return 0;
}

ssize_t __wrap_getrandom(void *ret, size_t length, unsigned flags)
{
	static uint64_t state = 1;
	unsigned char *bytes = ret;

	(void)flags;
	for (size_t i = 0; i < length; i++) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		bytes[i] = (unsigned char)(state >> 33);
	}
	return (ssize_t)length;
}
