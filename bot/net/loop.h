#ifndef EPISODED_NET_LOOP_H
#define EPISODED_NET_LOOP_H

/*
 * The event loop, based on libwebsockets' poll loop. Signals arrive through a signalfd,
 * other descriptors through one epoll descriptor, and timers are lws_sul. All callbacks
 * run on the loop's thread. An idle loop does not wake up.
 */

#include <stdbool.h>
#include <stdint.h>

#define LOOP_READ_BYTES 16384 /* read by libwebsockets from a socket at once */

#define LOOP_SLOTS_MAX 500 /* simultaneous connections of libwebsockets */

struct loop;  /* opaque: net/loop.c */
struct timer; /* opaque: net/loop.c */
struct watch; /* opaque: net/loop.c */

struct lws_context;

/* Create the loop. -ENOMEM, -EMFILE ... Call loop_catch() for the signals of on_signal before threads start. */
int loop_new(struct loop **ret);
/* Call after loop_run() has returned and every timer, watch and websocket is freed. NULL-safe. */
void loop_free(struct loop *loop);

/* Run until loop_stop(). Return 0, or a negative errno if polling fails. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Call on_turn at the end of each turn: the callbacks of all ready descriptors and timers have been called, and no data
 * that they queued has been written yet. */
void loop_each_turn(struct loop *loop, void (*on_turn)(void *user), void *user);

/* The current monotonic time in milliseconds. */
uint64_t loop_now_ms(const struct loop *loop);

/* Block a signal for the process and pass it to on_signal on the loop. */
int loop_catch(struct loop *loop, int signal, void (*on_signal)(void *user, int signal), void *user);

/* A one-shot timer, which can be set again. delay 0: in the next round of the loop. NULL if out of memory. */
struct timer *timer_new(struct loop *loop, void (*on_timer)(void *user), void *user);
void timer_set(struct timer *timer, uint64_t delay_ms);
void timer_cancel(struct timer *timer);
void timer_free(struct timer *timer); /* NULL-safe; may be called from its own callback */

/* Watch a descriptor, which the caller must close. events: EPOLLIN | EPOLLOUT. */
int watch_new(struct loop *loop, int fd, uint32_t events, void (*on_ready)(void *user, uint32_t events),
		void *user, struct watch **ret);
int watch_change(struct watch *watch, uint32_t events);
void watch_free(struct watch *watch); /* NULL-safe; call before the descriptor is closed */

/*
 * Slots of libwebsockets' table, counted here because libwebsockets does not tell how many are free: each connection
 * takes a slot before it starts and returns it at its end. False: fewer than reserve slots would remain for others.
 */
bool loop_slot_take(struct loop *loop, unsigned reserve);
void loop_slot_give(struct loop *loop);

/* For net/websocket.c and lobby/ only. */
struct lws_context *loop_lws(struct loop *loop);

#endif
