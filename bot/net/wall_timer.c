/* A timerfd of CLOCK_REALTIME. Without one, a timer of the loop that looks at the clock once a minute. */

#include "bot/net/wall_timer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/net/loop.h"

#define LOOK_MS UINT64_C(60000) /* without a timerfd, which tells when the clock is set */

struct wall_timer {
	int fd; /* -1: there is no timerfd */
	struct watch *watch;
	struct timer *timer; /* without a timerfd */
	int64_t time_s;
	void (*on_time)(void *user);
	void *user;
};

static void on_ready(void *user, uint32_t events)
{
	struct wall_timer *timer = user;
	uint64_t count;
	ssize_t length = read(timer->fd, &count, sizeof(count));

	(void)events;
	/* ECANCELED: the clock was set, and the timer is set no more. */
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	timer->on_time(timer->user);
}

static void look_again(struct wall_timer *timer)
{
	int64_t left_ms = timer->time_s * 1000 - (int64_t)clock_wall_ms();

	timer_set(timer->timer, left_ms <= 0 ? 0 : (uint64_t)left_ms < LOOK_MS ? (uint64_t)left_ms : LOOK_MS);
}

static void on_look(void *user)
{
	struct wall_timer *timer = user;

	if (timer->time_s * 1000 <= (int64_t)clock_wall_ms())
		timer->on_time(timer->user);
	else
		look_again(timer);
}

static int open_descriptor(struct loop *loop, struct wall_timer *timer)
{
	int r;

	timer->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (timer->fd < 0)
		return -errno;
	r = watch_new(loop, timer->fd, EPOLLIN, on_ready, timer, &timer->watch);
	if (r < 0) {
		close(timer->fd);
		timer->fd = -1;
	}
	return r;
}

int wall_timer_new(struct loop *loop, void (*on_time)(void *user), void *user, struct wall_timer **ret)
{
	struct wall_timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return -ENOMEM;
	*timer = (struct wall_timer){.fd = -1, .on_time = on_time, .user = user};
	if (open_descriptor(loop, timer) < 0) {
		timer->timer = timer_new(loop, on_look, timer);
		if (!timer->timer) {
			free(timer);
			return -ENOMEM;
		}
	}
	*ret = timer;
	return 0;
}

void wall_timer_free(struct wall_timer *timer)
{
	if (!timer)
		return;
	watch_free(timer->watch);
	timer_free(timer->timer);
	if (timer->fd >= 0)
		close(timer->fd);
	free(timer);
}

void wall_timer_set(struct wall_timer *timer, int64_t time_s)
{
	/* 0 and 0 would cancel it. */
	const struct itimerspec spec = {
			.it_value = {.tv_sec = time_s > 0 ? (time_t)time_s : 0, .tv_nsec = 1}};

	timer->time_s = time_s;
	if (timer->fd >= 0)
		(void)timerfd_settime(timer->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL);
	else
		look_again(timer);
}

void wall_timer_cancel(struct wall_timer *timer)
{
	const struct itimerspec never = {0};

	if (timer->fd >= 0)
		(void)timerfd_settime(timer->fd, 0, &never, NULL);
	else
		timer_cancel(timer->timer);
}
