#ifndef EPISODED_DISCORD_REST_QUEUE_H
#define EPISODED_DISCORD_REST_QUEUE_H

/*
 * What waits to be sent to REST, in which order it may go, and what becomes of
 * each answer. Pure: the edge (rest.c) asks for the next call, sends it, and
 * hands the answer back.
 */

#include "bot/base/random.h"
#include "bot/gateway/discord/rest/ratelimit.h"
#include "bot/gateway/discord/rest/rest.h"

#define DISCORD_REST_UNDER_WAY_MAX 32u /* of each lane */

struct discord_rest_item {
	struct discord_rest_item *next;
	uint64_t order;                /* in which it came */
	struct discord_rest_call call; /* its texts stand behind the struct */
	struct discord_ratelimit_key key;
	struct discord_ratelimit_ticket ticket; /* while it is under way */
	void (*on_done)(void *user, const struct discord_rest_result *result);
	void *user;
	uint64_t deadline_ms;
	uint64_t held_ms;   /* not before */
	uint64_t first_ms;  /* when it was sent first */
	unsigned attempts;  /* sent so often */
	unsigned failures;  /* attempts that were lost or got a 5xx */
	bool is_maybe_done; /* one of them may have been carried out */
	int last_error;     /* of the latest attempt, as in struct discord_rest_answer: why it waits again */
	int last_status;
};

/* What came of sending an item once. */
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
void discord_rest_queue_free(
		struct discord_rest_queue *queue); /* NULL-safe; without callbacks; items under way go too */

void discord_rest_queue_listen(
		struct discord_rest_queue *queue, const struct discord_rest_events *events, void *user);

/* As discord_rest_send(). */
int discord_rest_queue_add(struct discord_rest_queue *queue, const struct discord_rest_call *call,
		void (*on_done)(void *user, const struct discord_rest_result *result), void *user,
		uint64_t now_ms);

/* The next call to send now, which is under way from then on; NULL: none, ask again when an answer or a call
 * has come, or after *ret_wait_ms (UINT64_MAX: no need to). */
struct discord_rest_item *discord_rest_queue_next(
		struct discord_rest_queue *queue, uint64_t now_ms, uint64_t *ret_wait_ms);

/* What is left of an item's time, for its transfer; at least a second. */
unsigned discord_rest_queue_timeout_ms(const struct discord_rest_item *item, uint64_t now_ms);

/* An item under way has come to an end: it is done (and gone), or waits again. */
void discord_rest_queue_answer(struct discord_rest_queue *queue, struct discord_rest_item *item,
		const struct discord_rest_answer *answer, uint64_t now_ms);

/* It could not even be sent: it waits again. */
void discord_rest_queue_put_back(
		struct discord_rest_queue *queue, struct discord_rest_item *item, uint64_t now_ms);

/* End those whose deadline has passed. */
void discord_rest_queue_expire(struct discord_rest_queue *queue, uint64_t now_ms);

bool discord_rest_queue_is_dead(const struct discord_rest_queue *queue);
void discord_rest_queue_count(const struct discord_rest_queue *queue, struct discord_rest_counts *ret);

#endif
