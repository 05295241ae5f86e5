/* Answers that wait until their effect is stored. */

#include "bot/daemon/effects.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/base/str.h"
#include "bot/daemon/turns.h"
#include "bot/gateway/gateway.h"
#include "bot/store/remote.h"

/* The effects of one turn. */
struct effect_batch {
	struct effect_batch *next;
	uint64_t since_ms;
	bool is_stored;
	bool is_away; /* the database was away meanwhile */
};

struct waiting {
	struct waiting *next;
	struct effect effect;
	struct effect_batch *batch; /* NULL: not settled yet */
	bool is_held, is_ready;     /* held: for its gateway, not for a batch */
};

struct effects {
	struct store *store;
	struct waiting *first, **end;
	struct effect_batch *batches;
	size_t count;
};

int effects_new(struct store *store, struct effects **ret)
{
	struct effects *effects = calloc(1, sizeof(*effects));

	if (!effects)
		return -ENOMEM;
	effects->store = store;
	effects->end = &effects->first;
	*ret = effects;
	return 0;
}

/* Take one off the list; *link points to it. */
static struct effect take_out(struct effects *effects, struct waiting **link)
{
	struct waiting *waiting = *link;
	struct effect effect = waiting->effect;

	*link = waiting->next;
	if (!*link)
		effects->end = link;
	free(waiting);
	effects->count--;
	for (const struct inbox_entry *entry = effect.behind; entry; entry = entry->next)
		effects->count--;
	return effect;
}

static void drop_effect(struct effect *effect, void (*drop)(void *user, struct answer *answer), void *user)
{
	drop(user, &effect->answer);
	inbox_entries_free(effect->entry);
	inbox_entries_free(effect->behind);
}

void effects_free(struct effects *effects, void (*drop)(void *user, struct answer *answer), void *user)
{
	if (!effects)
		return;
	while (effects->first) {
		struct effect effect = take_out(effects, &effects->first);

		drop_effect(&effect, drop, user);
	}
	while (effects->batches) {
		struct effect_batch *batch = effects->batches;

		effects->batches = batch->next;
		free(batch);
	}
	free(effects);
}

static bool is_same_channel(const struct inbox_entry *a, const struct inbox_entry *b)
{
	return a->gateway == b->gateway && str_equal(a->message->channel, b->message->channel);
}

bool effects_wait_behind(struct effects *effects, struct inbox_entry *entry)
{
	for (struct waiting *waiting = effects->first; waiting; waiting = waiting->next) {
		struct inbox_entry **link = &waiting->effect.behind;

		if (!is_same_channel(waiting->effect.entry, entry))
			continue;
		while (*link)
			link = &(*link)->next;
		entry->next = NULL;
		*link = entry;
		effects->count++;
		return true;
	}
	return false;
}

static int add(struct effects *effects, struct inbox_entry *entry, const struct answer *answer, bool is_held)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (!waiting)
		return -ENOMEM;
	waiting->is_held = is_held;
	entry->next = NULL;
	waiting->effect = (struct effect){.entry = entry, .answer = *answer};
	*effects->end = waiting;
	effects->end = &waiting->next;
	effects->count++;
	return 0;
}

int effects_add(struct effects *effects, struct inbox_entry *entry, const struct answer *answer)
{
	return add(effects, entry, answer, false);
}

int effects_hold(struct effects *effects, struct inbox_entry *entry, const struct answer *answer)
{
	return add(effects, entry, answer, true);
}

void effects_ready(struct effects *effects, const struct gateway *gateway)
{
	for (struct waiting *waiting = effects->first; waiting; waiting = waiting->next)
		waiting->is_ready = waiting->is_ready || waiting->effect.entry->gateway == gateway;
}

/* A batch that is in the database, and that no answer waits for any more, goes. */
static void sweep(struct effects *effects)
{
	struct effect_batch **link = &effects->batches;

	while (*link) {
		struct effect_batch *batch = *link;
		const struct waiting *waiting = effects->first;

		while (waiting && waiting->batch != batch)
			waiting = waiting->next;
		if (waiting || !batch->is_stored) {
			link = &batch->next;
			continue;
		}
		*link = batch->next;
		free(batch);
	}
}

/* A result that is no success: the change is held in memory, and the log says so. */
static void on_settled(void *user, const struct store_result *result)
{
	struct effect_batch *batch = user;

	if (result->error == -EAGAIN)
		batch->is_away = true;
	else
		batch->is_stored = true;
}

void effects_settle(struct effects *effects, uint64_t now_ms)
{
	struct effect_batch *batch;
	struct waiting *waiting = effects->first;

	while (waiting && (waiting->batch || waiting->is_held))
		waiting = waiting->next;
	if (!waiting)
		return;
	batch = calloc(1, sizeof(*batch));
	if (!batch) /* tried again in the next turn, or without memory for long: settled by others */
		return;
	batch->since_ms = now_ms;
	batch->next = effects->batches;
	effects->batches = batch;
	for (; waiting; waiting = waiting->next) {
		if (!waiting->batch && !waiting->is_held)
			waiting->batch = batch;
	}
	if (store_settle_later(effects->store, true, on_settled, batch) < 0)
		batch->is_stored = true; /* there is nothing to wait for */
}

static bool is_away(const struct effect_batch *batch, uint64_t now_ms)
{
	return batch->is_away || now_ms >= batch->since_ms + TURNS_AWAY_MS;
}

/* While the database is away, the change is held in memory. Where no other process can answer, that is enough. */
static bool is_ready(const struct waiting *waiting, uint64_t now_ms)
{
	const struct effect_batch *batch = waiting->batch;

	if (waiting->is_held)
		return waiting->is_ready;
	return batch &&
	       (batch->is_stored || (!gateway_head(waiting->effect.entry->gateway)->class->is_leased &&
						    is_away(batch, now_ms)));
}

bool effects_take(struct effects *effects, uint64_t now_ms, struct effect *ret)
{
	for (struct waiting **link = &effects->first; *link; link = &(*link)->next) {
		if (!is_ready(*link, now_ms))
			continue;
		*ret = take_out(effects, link);
		return true;
	}
	sweep(effects);
	return false;
}

uint64_t effects_next_ms(const struct effects *effects)
{
	uint64_t next_ms = UINT64_MAX;

	for (const struct waiting *waiting = effects->first; waiting; waiting = waiting->next) {
		const struct effect_batch *batch = waiting->batch;

		if (batch && !gateway_head(waiting->effect.entry->gateway)->class->is_leased &&
				batch->since_ms + TURNS_AWAY_MS < next_ms)
			next_ms = batch->since_ms + TURNS_AWAY_MS;
	}
	return next_ms;
}

void effects_withdraw(struct effects *effects, const struct gateway *gateway, const char *id)
{
	for (struct waiting *waiting = effects->first; waiting; waiting = waiting->next) {
		inbox_withdraw(waiting->effect.entry, gateway, id);
		inbox_withdraw(waiting->effect.behind, gateway, id);
	}
}

bool effects_has(const struct effects *effects, const struct gateway *gateway, const char *id)
{
	for (const struct waiting *waiting = effects->first; waiting; waiting = waiting->next) {
		if (waiting->effect.entry->gateway == gateway &&
				str_equal(waiting->effect.entry->message->id, id))
			return true;
		for (const struct inbox_entry *entry = waiting->effect.behind; entry; entry = entry->next) {
			if (entry->gateway == gateway && str_equal(entry->message->id, id))
				return true;
		}
	}
	return false;
}

void effects_forget(struct effects *effects, const struct gateway *gateway,
		void (*drop)(void *user, struct answer *answer), void *user)
{
	struct waiting **link = &effects->first;

	while (*link) {
		struct effect effect;

		if ((*link)->effect.entry->gateway != gateway) {
			link = &(*link)->next;
			continue;
		}
		effect = take_out(effects, link);
		drop_effect(&effect, drop, user);
	}
}

size_t effects_count(const struct effects *effects)
{
	return effects->count;
}
