/* What the statements of a transaction say. */

#include "bot/postgres/transaction.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/postgres/statements.h"

#define GATEWAY_MAX_BYTES 128
#define GROWTH            512 /* items */

struct transaction_item {
	const struct change *change;
	const struct transaction_batch *batch;
	bool *ours;
	size_t order;
};

/* ---------------------------------------------------------------- the batches */

void transaction_clear(struct transaction *transaction)
{
	transaction->batch_count = transaction->change_count = 0;
	parameters_clear(transaction->parameters);
}

static int reserve_items(struct transaction *transaction, size_t count)
{
	struct transaction_item *items;
	const char **texts;
	int64_t *numbers;

	if (count <= transaction->item_capacity)
		return 0;
	count += GROWTH;
	items = realloc(transaction->items, count * sizeof(*items));
	if (items)
		transaction->items = items;
	texts = realloc(transaction->texts, count * sizeof(*texts));
	if (texts)
		transaction->texts = texts;
	numbers = realloc(transaction->numbers, count * sizeof(*numbers));
	if (numbers)
		transaction->numbers = numbers;
	if (!items || !texts || !numbers)
		return -ENOMEM;
	transaction->item_capacity = count;
	return 0;
}

int transaction_add(struct transaction *transaction, const struct transaction_batch *batch)
{
	if (transaction->batch_count == transaction->batch_capacity) {
		size_t capacity = transaction->batch_capacity ? 2 * transaction->batch_capacity : 16;
		const struct transaction_batch **batches =
				realloc(transaction->batches, capacity * sizeof(*batches));

		if (!batches)
			return -ENOMEM;
		transaction->batches = batches;
		transaction->batch_capacity = capacity;
	}
	if (reserve_items(transaction, transaction->change_count + batch->batch.count) < 0)
		return -ENOMEM;
	transaction->batches[transaction->batch_count++] = batch;
	transaction->change_count += batch->batch.count;
	return 0;
}

void transaction_release(struct transaction *transaction)
{
	free(transaction->batches);
	free(transaction->items);
	free(transaction->texts);
	free(transaction->numbers);
}

/* ---------------------------------------------------------------- which changes belong to one statement */

static int compare_entries(const void *left, const void *right)
{
	const struct transaction_item *a = left, *b = right;
	int order = strcmp(a->change->entry.gateway, b->change->entry.gateway);

	if (order == 0)
		order = strcmp(a->change->entry.id, b->change->entry.id);
	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int compare_values(const void *left, const void *right)
{
	const struct transaction_item *a = left, *b = right;
	int order = strcmp(a->change->area, b->change->area);

	if (order == 0)
		order = strcmp(a->change->key, b->change->key);
	return order ? order : (a->order > b->order) - (a->order < b->order);
}

static int compare_leases(const void *left, const void *right)
{
	const struct transaction_item *a = left, *b = right;
	int order = strcmp(a->change->lease, b->change->lease);

	return order ? order : (a->change->epoch > b->change->epoch) - (a->change->epoch < b->change->epoch);
}

static bool is_value(const struct change *change)
{
	return change->kind == CHANGE_PUT || change->kind == CHANGE_DELETE || change->kind == CHANGE_KEEP;
}

enum part { PART_BEGINS, PART_HAND_INS, PART_SHARED, PART_LEASED, PART_DONES, PART_MARKS, PART_LEASES };

static bool is_part(const struct change *change, enum part part)
{
	switch (part) {
	case PART_BEGINS: return change->kind == CHANGE_BEGIN && change->lease;
	case PART_HAND_INS: return change->kind == CHANGE_HAND_IN;
	case PART_SHARED: return is_value(change) && !change->lease;
	case PART_LEASED: return is_value(change) && change->lease;
	case PART_DONES: return change->kind == CHANGE_DONE;
	case PART_MARKS:
		return change->effect && (change->kind == CHANGE_KEEP || change->kind == CHANGE_MARK);
	case PART_LEASES:
		return change->lease && *change->lease && (change->kind == CHANGE_BEGIN || is_value(change));
	}
	return false;
}

/* In transaction->items. */
static size_t collect(struct transaction *transaction, enum part part)
{
	size_t count = 0;

	for (size_t i = 0; i < transaction->batch_count; i++) {
		const struct transaction_batch *batch = transaction->batches[i];
		size_t begun = 0;

		for (size_t k = 0; k < batch->batch.count; k++) {
			const struct change *change = &batch->batch.changes[k];
			bool is_begin = change->kind == CHANGE_BEGIN;

			if (is_part(change, part) && (!batch->is_single || k == batch->change)) {
				transaction->items[count] = (struct transaction_item){
						change, batch, is_begin ? &batch->ours[begun] : NULL, count};
				count++;
			}
			begun += is_begin;
		}
	}
	return count;
}

/* A statement may change a row only once: of changes with the same key, the first entry and the last value count. They are
 * sorted, so that transactions of several processes take the locks of rows in one order. */
static size_t sort_unique(struct transaction_item *items, size_t count,
		int (*compare)(const void *, const void *), bool is_last)
{
	size_t kept = 0;

	qsort(items, count, sizeof(*items), compare);
	for (size_t i = 0; i < count; i++) {
		struct transaction_item item = items[i];
		bool is_same;

		item.order = 0;
		if (kept > 0) {
			struct transaction_item before = items[kept - 1];

			before.order = 0;
			is_same = compare(&before, &item) == 0;
		} else {
			is_same = false;
		}
		if (!is_same)
			items[kept++] = items[i];
		else if (is_last)
			items[kept - 1] = items[i];
	}
	return kept;
}

/* ---------------------------------------------------------------- arrays */

typedef const char *(*text_of)(const struct transaction_item *item);
typedef int64_t (*number_of)(const struct transaction_item *item);

static const char *gateway_of(const struct transaction_item *item)
{
	return item->change->entry.gateway;
}
static const char *id_of(const struct transaction_item *item)
{
	return item->change->entry.id;
}
static const char *channel_of(const struct transaction_item *item)
{
	return item->change->entry.channel;
}
static const char *author_id_of(const struct transaction_item *item)
{
	return item->change->entry.author_id;
}
static const char *author_name_of(const struct transaction_item *item)
{
	return item->change->entry.author_name;
}
static const char *account_of(const struct transaction_item *item)
{
	return item->change->entry.account;
}
static const char *body_of(const struct transaction_item *item)
{
	return item->change->entry.text;
}
static const char *extra_of(const struct transaction_item *item)
{
	return item->change->entry.extra;
}
static const char *lease_of(const struct transaction_item *item)
{
	return item->change->lease;
}
static const char *begun_by_of(const struct transaction_item *item)
{
	return item->batch->begun_by;
}
static const char *area_of(const struct transaction_item *item)
{
	return item->change->area;
}
static const char *key_of(const struct transaction_item *item)
{
	return item->change->key;
}
static int64_t route_of(const struct transaction_item *item)
{
	return (int64_t)item->change->entry.route;
}
static int64_t time_of(const struct transaction_item *item)
{
	return (int64_t)item->change->entry.time_ms;
}
static int64_t epoch_of(const struct transaction_item *item)
{
	return (int64_t)item->change->epoch;
}

static const char *value_of(const struct transaction_item *item)
{
	return item->change->kind == CHANGE_DELETE ? NULL : item->change->value;
}

static int64_t flags_of(const struct transaction_item *item)
{
	return (item->change->entry.is_private ? JOURNAL_IS_PRIVATE : 0) |
	       (item->change->entry.is_addressed ? JOURNAL_IS_ADDRESSED : 0);
}

static const char *mark_of(const struct transaction_item *item)
{
	return item->change->kind == CHANGE_KEEP ? STORE_EFFECT_DONE : item->change->value;
}

static void add_texts(struct transaction *transaction, size_t count, text_of text, bool may_be_null)
{
	for (size_t i = 0; i < count; i++) {
		transaction->texts[i] = text(&transaction->items[i]);
		if (!transaction->texts[i] && !may_be_null)
			transaction->texts[i] = "";
	}
	parameters_texts(transaction->parameters, transaction->texts, count);
}

static void add_numbers(struct transaction *transaction, size_t count, number_of number)
{
	for (size_t i = 0; i < count; i++)
		transaction->numbers[i] = number(&transaction->items[i]);
	parameters_numbers(transaction->parameters, transaction->numbers, count);
}

static void add_questions(struct transaction *transaction, size_t count)
{
	add_texts(transaction, count, gateway_of, false);
	add_texts(transaction, count, id_of, false);
	add_numbers(transaction, count, route_of);
	add_texts(transaction, count, channel_of, false);
	add_texts(transaction, count, author_id_of, false);
	add_texts(transaction, count, author_name_of, false);
	add_texts(transaction, count, account_of, false);
	add_texts(transaction, count, body_of, false);
	add_texts(transaction, count, extra_of, false);
	add_numbers(transaction, count, flags_of);
	add_numbers(transaction, count, time_of);
}

static void add_leases(struct transaction *transaction)
{
	size_t count = collect(transaction, PART_LEASES);

	count = sort_unique(transaction->items, count, compare_leases, false);
	add_texts(transaction, count, lease_of, false);
	add_numbers(transaction, count, epoch_of);
}

/* The gateways, ids and marks of the questions whose effects are in this transaction. */
static void add_marks(struct transaction *transaction)
{
	size_t count = collect(transaction, PART_MARKS), used = 0;
	char(*gateways)[GATEWAY_MAX_BYTES] = count ? calloc(count, sizeof(*gateways)) : NULL;

	if (count && !gateways) /* the effect is there without its mark: its author is asked to check it */
		count = 0;
	for (size_t i = 0; i < count; i++) {
		const char *effect = transaction->items[i].change->effect, *space = strchr(effect, ' ');

		if (!space || (size_t)(space - effect) >= GATEWAY_MAX_BYTES)
			continue;
		memcpy(gateways[used], effect, (size_t)(space - effect));
		transaction->items[used] = transaction->items[i];
		used++;
	}
	for (size_t i = 0; i < used; i++)
		transaction->texts[i] = gateways[i];
	parameters_texts(transaction->parameters, transaction->texts, used);
	for (size_t i = 0; i < used; i++)
		transaction->texts[i] = strchr(transaction->items[i].change->effect, ' ') + 1;
	parameters_texts(transaction->parameters, transaction->texts, used);
	add_texts(transaction, used, mark_of, false);
	free(gateways);
}

/* ---------------------------------------------------------------- statements */

int transaction_begins(struct transaction *transaction, int64_t known, struct transaction_questions *ret)
{
	size_t count = collect(transaction, PART_BEGINS);
	struct transaction_question *list;

	if (count == 0)
		return 0;
	list = calloc(count, sizeof(*list));
	if (!list)
		return -ENOMEM;
	count = sort_unique(transaction->items, count, compare_entries, false);
	for (size_t i = 0; i < count; i++)
		list[i] = (struct transaction_question){gateway_of(&transaction->items[i]),
				id_of(&transaction->items[i]), transaction->items[i].ours};
	add_questions(transaction, count);
	add_texts(transaction, count, lease_of, false);
	add_numbers(transaction, count, epoch_of);
	add_texts(transaction, count, begun_by_of, false);
	add_leases(transaction);
	parameters_text(transaction->parameters, transaction->process);
	parameters_number(transaction->parameters, known);
	*ret = (struct transaction_questions){.list = list, .count = count};
	return (int)count;
}

bool transaction_shared(struct transaction *transaction, int64_t known, size_t *ret_values)
{
	size_t count = collect(transaction, PART_SHARED);

	if (count == 0 && collect(transaction, PART_MARKS) == 0)
		return false;
	count = sort_unique(transaction->items, collect(transaction, PART_SHARED), compare_values, true);
	add_texts(transaction, count, area_of, false);
	add_texts(transaction, count, key_of, false);
	add_texts(transaction, count, value_of, true);
	add_marks(transaction);
	parameters_text(transaction->parameters, transaction->process);
	parameters_number(transaction->parameters, known);
	*ret_values = count;
	return true;
}

size_t transaction_leased(struct transaction *transaction)
{
	size_t count = sort_unique(
			transaction->items, collect(transaction, PART_LEASED), compare_values, true);

	if (count == 0)
		return 0;
	add_texts(transaction, count, area_of, false);
	add_texts(transaction, count, key_of, false);
	add_texts(transaction, count, value_of, true);
	add_texts(transaction, count, lease_of, false);
	add_numbers(transaction, count, epoch_of);
	add_leases(transaction);
	parameters_text(transaction->parameters, transaction->process);
	return count;
}

size_t transaction_hand_ins(struct transaction *transaction)
{
	size_t count = sort_unique(
			transaction->items, collect(transaction, PART_HAND_INS), compare_entries, false);

	if (count > 0)
		add_questions(transaction, count);
	return count;
}

size_t transaction_dones(struct transaction *transaction)
{
	size_t count = sort_unique(
			transaction->items, collect(transaction, PART_DONES), compare_entries, false);

	if (count == 0)
		return 0;
	add_texts(transaction, count, gateway_of, false);
	add_texts(transaction, count, id_of, false);
	return count;
}

/* ---------------------------------------------------------------- results */

void transaction_mark_ours(struct transaction_questions *questions, const char *gateway, const char *id)
{
	for (size_t i = 0; i < questions->count; i++) {
		size_t at = (questions->next + i) % questions->count;
		const struct transaction_question *question = &questions->list[at];

		if (strcmp(question->id, id) == 0 && strcmp(question->gateway, gateway) == 0) {
			*question->ours = true;
			questions->next = at + 1;
			return;
		}
	}
}

void transaction_describe(const struct change *change, char *ret, size_t size)
{
	if (is_value(change))
		snprintf(ret, size, "the value %s %s", change->area, change->key);
	else if (change->kind == CHANGE_MARK)
		snprintf(ret, size, "the effect of %s", change->effect);
	else
		snprintf(ret, size, "the question %s %s", change->entry.gateway, change->entry.id);
}
