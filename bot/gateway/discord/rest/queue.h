#ifndef EPISODED_DISCORD_REST_QUEUE_H
#define EPISODED_DISCORD_REST_QUEUE_H

/*
 * The queue of REST calls: which call is sent next, and what follows from each response. Pure: the edge
 * (rest.c) asks for the next call, sends it, and returns the response.
 */

#include "bot/base/random.h"
#include "bot/gateway/discord/rest/ratelimit.h"
#include "bot/gateway/discord/rest/rest.h"

#define DISCORD_REST_UNDER_WAY_MAX 32u /* in each lane */

struct discord_rest_item {
	struct discord_rest_item *next;
	uint64_t order;                /* of arrival */
	struct discord_rest_call call; /* its texts follow the struct */
	struct discord_ratelimit_key key;
	struct discord_ratelimit_ticket ticket; /* while in flight */
	void (*on_done)(void *user, const struct discord_rest_result *result);
	void *user;
	uint64_t deadline_ms;
	uint64_t held_ms;   /* not before */
	uint64_t first_ms;  /* time of the first attempt */
	unsigned attempts;  /* number of attempts */
	unsigned failures;  /* attempts with a lost connection or a 5xx */
	bool is_maybe_done; /* an attempt may have been carried out */
	bool is_dropped;    /* its lease is lost: not sent again */
	bool is_withdrawn;  /* as discord_rest_withdraw(): not sent again */
	bool is_look;       /* the queue's own check of the token, without on_done */
	int last_error; /* of the last attempt, as in struct discord_rest_answer: the reason for a retry */
	int last_status;
};

/* The outcome of one attempt. */
struct discord_rest_answer {
	int error; /* as in http.h */
	const char *reason;
	int status;
	const char *body;
	size_t body_bytes;
	struct discord_ratelimit_headers headers;
};

struct discord_rest_queue; /* opaque: gateway/discord/rest/queue.c */

/* seed: for the jitter of back-offs. -EINVAL, -ENOMEM. */
int discord_rest_queue_new(unsigned global_rate, uint64_t seed, struct discord_rest_queue **ret);
/* NULL-safe, without callbacks. Also frees items in flight. */
void discord_rest_queue_free(struct discord_rest_queue *queue);

void discord_rest_queue_listen(
		struct discord_rest_queue *queue, const struct discord_rest_events *events, void *user);

/* As discord_rest_send(). */
int discord_rest_queue_add(struct discord_rest_queue *queue, const struct discord_rest_call *call,
		void (*on_done)(void *user, const struct discord_rest_result *result), void *user,
		uint64_t now_ms);

/* The next call to send now; it is in flight from then on. NULL: no call is ready; ask again after a
 * response, a new call, or *ret_wait_ms (UINT64_MAX: no need). */
struct discord_rest_item *discord_rest_queue_next(
		struct discord_rest_queue *queue, uint64_t now_ms, uint64_t *ret_wait_ms);

/* The rest of an item's time, as timeout of its transfer; at least a second. */
unsigned discord_rest_queue_timeout_ms(const struct discord_rest_item *item, uint64_t now_ms);

/* An attempt has ended: the item is completed and freed, or queued again. */
void discord_rest_queue_answer(struct discord_rest_queue *queue, struct discord_rest_item *item,
		const struct discord_rest_answer *answer, uint64_t now_ms);

/* The attempt could not be started: queue the item again. */
void discord_rest_queue_put_back(
		struct discord_rest_queue *queue, struct discord_rest_item *item, uint64_t now_ms);

/* The permit ended before a byte was sent: queue the item again, as if it had not been tried. */
void discord_rest_queue_unsent(
		struct discord_rest_queue *queue, struct discord_rest_item *item, uint64_t now_ms);
/* As discord_rest_drop(). */
void discord_rest_queue_drop(struct discord_rest_queue *queue, const struct permit *permit);
/* As discord_rest_withdraw(). */
void discord_rest_queue_withdraw(struct discord_rest_queue *queue, const void *user);
/* As discord_rest_set_permit(). */
void discord_rest_queue_set_permit(struct discord_rest_queue *queue, const struct permit *permit);
/* The time that permits are compared with: call it before discord_rest_queue_next() while it asks for it. */
bool discord_rest_queue_has_permits(const struct discord_rest_queue *queue);
void discord_rest_queue_see(struct discord_rest_queue *queue, uint64_t boot_ms);

/* The shared global limit: see discord_ratelimit_set_slots(). */
int discord_rest_queue_set_slots(
		struct discord_rest_queue *queue, unsigned slots, uint64_t now_ms, unsigned *ret);
/* How many calls wait for a slot, at most max. */
unsigned discord_rest_queue_starved(struct discord_rest_queue *queue, unsigned max, uint64_t now_ms);
unsigned discord_rest_queue_slots_in_use(const struct discord_rest_queue *queue, uint64_t now_ms);
void discord_rest_queue_pause(struct discord_rest_queue *queue, uint64_t pause_ms, uint64_t now_ms);
uint64_t discord_rest_queue_global_pause_ms(const struct discord_rest_queue *queue, uint64_t now_ms);

/* End calls whose deadline has passed. */
void discord_rest_queue_expire(struct discord_rest_queue *queue, uint64_t now_ms);

bool discord_rest_queue_is_dead(const struct discord_rest_queue *queue);
void discord_rest_queue_count(const struct discord_rest_queue *queue, struct discord_rest_counts *ret);

#endif
