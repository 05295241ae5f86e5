/* Questions that wait for the journal's word. */

#include "bot/daemon/turns.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/gateway/gateway.h"
#include "bot/store/remote.h"

struct turn {
	struct turn *next;
	struct turns *turns;
	struct inbox_entry *questions; /* those that are not taken out */
	size_t asked;                  /* journal entries in its batch */
	uint64_t since_ms;
	bool is_due;  /* the result is there */
	bool is_away; /* the database was away meanwhile */
};

struct turns {
	struct store *store;
	struct turn *first, **end;
	size_t count, late;
};

int turns_new(struct store *store, struct turns **ret)
{
	struct turns *turns = calloc(1, sizeof(*turns));

	if (!turns)
		return -ENOMEM;
	turns->store = store;
	turns->end = &turns->first;
	*ret = turns;
	return 0;
}

static void drop_first(struct turns *turns)
{
	struct turn *turn = turns->first;

	turns->first = turn->next;
	if (!turns->first)
		turns->end = &turns->first;
	inbox_entries_free(turn->questions);
	free(turn);
}

void turns_free(struct turns *turns)
{
	if (!turns)
		return;
	while (turns->first)
		drop_first(turns);
	free(turns);
}

/* The batch has its result, or the first of two: the database is away. */
static void on_settled(void *user, const struct store_result *result)
{
	struct turn *turn = user;

	if (result->error == -EAGAIN) {
		/* Those before it have no result either. */
		for (struct turn *other = turn->turns->first; other != turn; other = other->next)
			other->is_away = true;
		turn->is_away = true;
		return;
	}
	for (struct inbox_entry *entry = turn->questions; entry; entry = entry->next) {
		if (entry->state != INBOX_ASKED)
			continue;
		if (result->error)
			entry->state = INBOX_REFUSED;
		else if (entry->number < result->begun && result->is_ours[entry->number])
			entry->state = INBOX_OURS;
		else
			entry->state = INBOX_FOREIGN;
	}
	turn->is_due = true;
}

int turns_add(struct turns *turns, struct inbox_entry *questions, uint64_t now_ms)
{
	struct turn *turn;
	int r = 0;

	if (!questions)
		return 0;
	turn = calloc(1, sizeof(*turn));
	if (!turn)
		return -ENOMEM;
	*turn = (struct turn){.turns = turns,
			.questions = questions,
			.since_ms = now_ms,
			.is_away = store_trouble(turns->store) != 0};
	for (struct inbox_entry *entry = questions; entry; entry = entry->next) {
		turns->count++;
		if (entry->state == INBOX_ASKED)
			entry->number = turn->asked++;
	}
	*turns->end = turn;
	turns->end = &turn->next;
	if (turn->asked)
		r = store_settle_later(turns->store, true, on_settled, turn);
	if (r < 0) /* the batch is not on its way */
		on_settled(turn, &(struct store_result){.error = r == -EAGAIN ? -EIO : r});
	turn->is_due = turn->is_due || !turn->asked;
	return 0;
}

/* Other processes do not reach the gateway's network, so that they cannot have answered. */
static bool is_alone(const struct inbox_entry *entry)
{
	return !gateway_head(entry->gateway)->class->is_leased;
}

static bool is_away(const struct turn *turn, uint64_t now_ms)
{
	return turn->is_away || now_ms >= turn->since_ms + TURNS_AWAY_MS;
}

static struct inbox_entry *take_out(struct turns *turns, struct inbox_entry **link)
{
	struct inbox_entry *entry = *link;

	*link = entry->next;
	entry->next = NULL;
	turns->count--;
	return entry;
}

/* The first question of a turn that is answered while the database is away. */
static struct inbox_entry *take_alone(struct turns *turns, struct turn *turn)
{
	for (struct inbox_entry **link = &turn->questions; *link; link = &(*link)->next) {
		if (is_alone(*link))
			return take_out(turns, link);
	}
	return NULL;
}

struct inbox_entry *turns_take(struct turns *turns, uint64_t now_ms)
{
	while (turns->first && turns->first->is_due) {
		if (turns->first->questions) {
			turns->late += is_away(turns->first, now_ms);
			return take_out(turns, &turns->first->questions);
		}
		drop_first(turns);
	}
	for (struct turn *turn = turns->first; turn && is_away(turn, now_ms); turn = turn->next) {
		struct inbox_entry *entry = take_alone(turns, turn);

		if (entry)
			return entry;
	}
	return NULL;
}

uint64_t turns_next_ms(const struct turns *turns)
{
	for (const struct turn *turn = turns->first; turn; turn = turn->next) {
		if (turn->is_away)
			continue;
		for (const struct inbox_entry *entry = turn->questions; entry; entry = entry->next) {
			if (is_alone(entry))
				return turn->since_ms + TURNS_AWAY_MS;
		}
	}
	return UINT64_MAX;
}

void turns_forget(struct turns *turns, const struct gateway *gateway,
		void (*on_forgotten)(void *user, const struct inbox_entry *entry), void *user)
{
	for (struct turn *turn = turns->first; turn; turn = turn->next) {
		struct inbox_entry **link = &turn->questions;

		while (*link) {
			struct inbox_entry *entry = *link;

			if (entry->gateway != gateway) {
				link = &entry->next;
				continue;
			}
			take_out(turns, link);
			on_forgotten(user, entry);
			inbox_entries_free(entry);
		}
	}
}

void turns_withdraw(struct turns *turns, const struct gateway *gateway, const char *id)
{
	for (struct turn *turn = turns->first; turn; turn = turn->next)
		inbox_withdraw(turn->questions, gateway, id);
}

size_t turns_count(const struct turns *turns)
{
	return turns->count;
}

size_t turns_late(struct turns *turns)
{
	size_t late = turns->late;

	turns->late = 0;
	return late;
}
