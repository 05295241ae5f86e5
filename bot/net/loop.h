#ifndef EPISODED_NET_LOOP_H
#define EPISODED_NET_LOOP_H

/*
 * The one loop: libwebsockets' own poll loop. Signals come through a signalfd,
 * other descriptors through one epoll descriptor, timers are lws_sul. All
 * callbacks run on the loop's thread. An idle loop does not wake.
 */

#include <stdbool.h>
#include <stdint.h>

#define LOOP_READ_BYTES 16384 /* that libwebsockets takes from a socket at once */

#define LOOP_SLOTS_MAX 500 /* connections of libwebsockets at a time */

struct loop;  /* opaque: net/loop.c */
struct timer; /* opaque: net/loop.c */
struct watch; /* opaque: net/loop.c */

struct lws_context;

/* -ENOMEM, -EMFILE ... Signals that on_signal wants must be blocked by loop_catch() before threads start. */
int loop_new(struct loop **ret);
/* After loop_run() has returned; every timer, watch and websocket must be freed before. NULL-safe. */
void loop_free(struct loop *loop);

/* Until loop_stop(). 0, or a negative errno when polling fails. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Call on_turn at the end of each turn: all descriptors and timers that were ready have been served, and nothing
 * that their callbacks queued has been written yet. */
void loop_each_turn(struct loop *loop, void (*on_turn)(void *user), void *user);

/* Monotonic, milliseconds, read once per call. */
uint64_t loop_now_ms(const struct loop *loop);

/* Block a signal for the process and hand it to on_signal on the loop. */
int loop_catch(struct loop *loop, int signal, void (*on_signal)(void *user, int signal), void *user);

/* One shot; set again as often as you like. delay 0: in the next round of the loop. NULL when out of memory.
 */
struct timer *timer_new(struct loop *loop, void (*on_timer)(void *user), void *user);
void timer_set(struct timer *timer, uint64_t delay_ms);
void timer_cancel(struct timer *timer);
void timer_free(struct timer *timer); /* NULL-safe; may be called from its own callback */

/* A descriptor of the caller's (never closed here) on the loop's epoll. events: EPOLLIN | EPOLLOUT. */
int watch_new(struct loop *loop, int fd, uint32_t events, void (*on_ready)(void *user, uint32_t events),
		void *user, struct watch **ret);
int watch_change(struct watch *watch, uint32_t events);
void watch_free(struct watch *watch); /* NULL-safe; before the descriptor is closed */

/*
 * A slot in libwebsockets' table, which it cannot be asked about: each of its connections takes one before it
 * begins and gives it back at its end. false: fewer than reserve would be left for others.
 */
bool loop_slot_take(struct loop *loop, unsigned reserve);
void loop_slot_give(struct loop *loop);

/* For net/websocket.c and lobby/ only. */
struct lws_context *loop_lws(struct loop *loop);

#endif
