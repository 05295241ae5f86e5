/* Values and questions in memory. */

#include "bot/store/mirror.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"

#define SLOTS_MIN 64

/* ---------------------------------------------------------------- tables */

static uint64_t hash_of(const char *first, const char *second)
{
	return str_hash(str_hash(0, first, strlen(first) + 1), second, strlen(second));
}

static struct mirror_node **slot_of(
		const struct mirror_table *table, uint64_t hash, const char *first, const char *second)
{
	size_t mask = table->slot_count - 1, at = hash & mask;

	for (const struct mirror_node *node; (node = table->slots[at]) != NULL; at = (at + 1) & mask) {
		if (node->hash == hash && strcmp(node->first, first) == 0 &&
				strcmp(node->second, second) == 0)
			break;
	}
	return &table->slots[at];
}

static struct mirror_node *table_find(const struct mirror_table *table, const char *first, const char *second)
{
	return table->count ? *slot_of(table, hash_of(first, second), first, second) : NULL;
}

/* Make room for one more. */
static int table_grow(struct mirror_table *table)
{
	struct mirror_table larger = {.slot_count = table->slot_count ? table->slot_count * 2 : SLOTS_MIN,
			.count = table->count};

	if ((table->count + 1) * 2 <= table->slot_count)
		return 0;
	larger.slots = calloc(larger.slot_count, sizeof(struct mirror_node *));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->slot_count; i++) {
		struct mirror_node *node = table->slots[i];

		if (node)
			*slot_of(&larger, node->hash, node->first, node->second) = node;
	}
	free(table->slots);
	*table = larger;
	return 0;
}

/* Set the key, copied to bytes, and add the node. table_grow() was called before. */
static void table_add(struct mirror_table *table, struct mirror_node *node, char *bytes, const char *first,
		const char *second)
{
	size_t length = strlen(first) + 1;

	memcpy(bytes, first, length);
	memcpy(bytes + length, second, strlen(second) + 1);
	node->first = bytes;
	node->second = bytes + length;
	node->hash = hash_of(first, second);
	*slot_of(table, node->hash, first, second) = node;
	table->count++;
}

/* Remove a node, and move those behind that were pushed off their slots (Knuth, volume 3, algorithm 6.4 R). */
static void table_remove(struct mirror_table *table, const struct mirror_node *node)
{
	size_t mask = table->slot_count - 1;
	size_t hole = (size_t)(slot_of(table, node->hash, node->first, node->second) - table->slots);

	table->count--;
	for (size_t at = (hole + 1) & mask; table->slots[at]; at = (at + 1) & mask) {
		size_t home = table->slots[at]->hash & mask;

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			table->slots[hole] = table->slots[at];
			hole = at;
		}
	}
	table->slots[hole] = NULL;
}

/* ---------------------------------------------------------------- values */

/* What MIRROR_VALUES_MAX_BYTES counts. */
static size_t size_of(const struct mirror_value *value, const char *text)
{
	return sizeof(*value) + strlen(value->node.first) + strlen(value->node.second) + 2 +
	       (text ? strlen(text) + 1 : 0);
}

struct mirror_value *mirror_find(const struct mirror *mirror, const char *area, const char *key)
{
	return (struct mirror_value *)table_find(&mirror->values, area, key);
}

static void free_value(struct mirror_value *value)
{
	free(value->value);
	free(value->later);
	free(value);
}

void mirror_drop(struct mirror *mirror, struct mirror_value *value)
{
	mirror->value_bytes -= size_of(value, value->value);
	mirror->deleted_count -= !value->value;
	table_remove(&mirror->values, &value->node);
	free_value(value);
}

static int add_value(struct mirror *mirror, const char *area, const char *key, struct mirror_value **ret)
{
	struct mirror_value *value;
	int r = table_grow(&mirror->values);

	if (r < 0)
		return r;
	value = calloc(1, sizeof(*value) + strlen(area) + strlen(key) + 2);
	if (!value)
		return -ENOMEM;
	table_add(&mirror->values, &value->node, value->bytes, area, key);
	mirror->value_bytes += size_of(value, NULL);
	mirror->deleted_count++;
	*ret = value;
	return 0;
}

static bool is_forgettable(void *user, const struct mirror_value *value)
{
	(void)user;
	return !value->value && !value->batch;
}

void mirror_take(struct mirror *mirror, struct mirror_value *value, char *text)
{
	mirror->value_bytes -= size_of(value, value->value);
	mirror->deleted_count -= !value->value;
	free(value->value);
	value->value = text;
	mirror->value_bytes += size_of(value, text);
	mirror->deleted_count += !text;
}

int mirror_set(struct mirror *mirror, const char *area, const char *key, const char *value,
		struct mirror_value **ret)
{
	struct mirror_value *found = mirror_find(mirror, area, key);
	size_t length = value ? strlen(value) + 1 : 0, more = length;
	char *text = NULL;
	int r = 0;

	if (!found)
		more += sizeof(*found) + strlen(area) + strlen(key) + 2;
	if (value && mirror->value_bytes + more > MIRROR_VALUES_MAX_BYTES && mirror->deleted_count) {
		mirror_drop_if(mirror, is_forgettable, NULL); /* what is left of deleted values */
		found = mirror_find(mirror, area, key);
	}
	if (value && mirror->value_bytes + more > MIRROR_VALUES_MAX_BYTES)
		return -ENOSPC;
	if (value) {
		text = str_copy(value);
		if (!text)
			return -ENOMEM;
	}
	if (!found)
		r = add_value(mirror, area, key, &found);
	if (r < 0) {
		free(text);
		return r;
	}
	mirror_take(mirror, found, text);
	*ret = found;
	return 0;
}

int mirror_set_later(struct mirror_value *value, const char *later, uint64_t version)
{
	char *text = str_copy(later);

	if (later && !text)
		return -ENOMEM;
	free(value->later);
	value->later = text;
	value->later_version = version;
	return 0;
}

void mirror_take_later(struct mirror *mirror, struct mirror_value *value)
{
	value->version = value->later_version;
	value->later_version = 0;
	mirror_take(mirror, value, value->later);
	value->later = NULL;
}

static int compare_keys(const void *a, const void *b)
{
	const struct mirror_value *const *first = a, *const *second = b;

	return strcmp((*first)->node.second, (*second)->node.second);
}

int mirror_each(const struct mirror *mirror, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user)
{
	const struct mirror_value **found;
	size_t count = 0;

	found = calloc(mirror->values.count + 1, sizeof(const struct mirror_value *));
	if (!found)
		return -ENOMEM;
	for (size_t i = 0; i < mirror->values.slot_count; i++) {
		const struct mirror_value *value = (const struct mirror_value *)mirror->values.slots[i];

		if (value && value->value && strcmp(value->node.first, area) == 0)
			found[count++] = value;
	}
	if (count > 1)
		qsort(found, count, sizeof(const struct mirror_value *), compare_keys);
	for (size_t i = 0; i < count; i++)
		on_value(user, found[i]->node.second, found[i]->value);
	free(found);
	return 0;
}

void mirror_drop_if(struct mirror *mirror, bool (*is_dropped)(void *user, const struct mirror_value *value),
		void *user)
{
	/* A removal moves later nodes to the same slot, or from the start of the table to its end: look again. */
	for (size_t i = 0; i < mirror->values.slot_count;) {
		struct mirror_value *value = (struct mirror_value *)mirror->values.slots[i];

		if (value && is_dropped(user, value))
			mirror_drop(mirror, value);
		else
			i++;
	}
}

/* ---------------------------------------------------------------- questions */

struct mirror_entry *mirror_entry_find(const struct mirror *mirror, const char *gateway, const char *id)
{
	return (struct mirror_entry *)table_find(&mirror->journal, gateway, id);
}

static bool is_open(enum mirror_state state)
{
	return state == MIRROR_ASKED || state == MIRROR_OPEN;
}

static struct mirror_list *list_of(struct mirror *mirror, enum mirror_state state)
{
	return is_open(state) ? &mirror->open : &mirror->closed;
}

static void unlink_entry(struct mirror_list *list, const struct mirror_entry *entry)
{
	*(entry->previous ? &entry->previous->next : &list->first) = entry->next;
	*(entry->next ? &entry->next->previous : &list->last) = entry->previous;
	list->count--;
}

/* Put it behind another entry (NULL: first). */
static void link_entry(struct mirror_list *list, struct mirror_entry *entry, struct mirror_entry *previous)
{
	struct mirror_entry **link = previous ? &previous->next : &list->first;

	entry->previous = previous;
	entry->next = *link;
	*link = entry;
	*(entry->next ? &entry->next->previous : &list->last) = entry;
	list->count++;
}

/* The one behind which an entry belongs that was begun at a time: nearly always the last. */
static struct mirror_entry *place_of(const struct mirror_list *list, int64_t begun_ms)
{
	struct mirror_entry *before = list->last;

	while (before && before->begun_ms > begun_ms)
		before = before->previous;
	return before;
}

static void free_entry(struct mirror_entry *entry)
{
	free(entry->texts);
	free(entry->mark);
	free(entry);
}

void mirror_entry_drop(struct mirror *mirror, struct mirror_entry *entry)
{
	unlink_entry(list_of(mirror, entry->state), entry);
	table_remove(&mirror->journal, &entry->node);
	free_entry(entry);
}

/* Copy the texts of an entry into one block. */
static int copy_texts(struct mirror_entry *entry, const struct journal_entry *from)
{
	const char **const texts[] = {&entry->entry.channel, &entry->entry.author_id,
			&entry->entry.author_name, &entry->entry.account, &entry->entry.text,
			&entry->entry.extra};
	const size_t count = sizeof(texts) / sizeof(texts[0]);
	size_t size = 1, used = 1;

	entry->entry = *from;
	entry->entry.gateway = entry->node.first;
	entry->entry.id = entry->node.second;
	for (size_t i = 0; i < count; i++)
		size += *texts[i] ? strlen(*texts[i]) + 1 : 0;
	entry->texts = malloc(size);
	if (!entry->texts)
		return -ENOMEM;
	entry->texts[0] = '\0'; /* of texts that are NULL */
	for (size_t i = 0; i < count; i++) {
		size_t length = *texts[i] ? strlen(*texts[i]) + 1 : 0;

		if (length)
			memcpy(entry->texts + used, *texts[i], length);
		*texts[i] = length ? entry->texts + used : entry->texts;
		used += length;
	}
	return 0;
}

static void forget_oldest(struct mirror *mirror)
{
	if (mirror->closed.count > MIRROR_CLOSED_MAX)
		mirror_entry_drop(mirror, mirror->closed.first);
}

int mirror_entry_add(struct mirror *mirror, const struct journal_entry *from, enum mirror_state state,
		int64_t begun_ms, struct mirror_entry **ret)
{
	struct mirror_entry *entry;
	int r;

	if (is_open(state) && mirror->open.count >= MIRROR_OPEN_MAX)
		return -ENOSPC;
	r = table_grow(&mirror->journal);
	if (r < 0)
		return r;
	entry = calloc(1, sizeof(*entry) + strlen(from->gateway) + strlen(from->id) + 2);
	if (!entry)
		return -ENOMEM;
	table_add(&mirror->journal, &entry->node, entry->bytes, from->gateway, from->id);
	r = copy_texts(entry, from);
	if (r < 0) {
		table_remove(&mirror->journal, &entry->node);
		free_entry(entry);
		return r;
	}
	entry->state = state;
	entry->begun_ms = begun_ms;
	if (is_open(state)) {
		link_entry(&mirror->open, entry, place_of(&mirror->open, begun_ms));
	} else {
		link_entry(&mirror->closed, entry, mirror->closed.last);
		forget_oldest(mirror);
	}
	*ret = entry;
	return 0;
}

void mirror_entry_close(struct mirror *mirror, struct mirror_entry *entry, enum mirror_state state)
{
	unlink_entry(list_of(mirror, entry->state), entry);
	entry->state = state;
	entry->entry = (struct journal_entry){
			.gateway = entry->node.first, .id = entry->node.second, .route = entry->entry.route};
	free(entry->texts);
	entry->texts = NULL;
	free(entry->mark);
	entry->mark = NULL;
	link_entry(&mirror->closed, entry, mirror->closed.last);
	forget_oldest(mirror);
}

int mirror_entry_set_mark(struct mirror_entry *entry, const char *mark)
{
	char *text = str_copy(mark);

	if (mark && !text)
		return -ENOMEM;
	free(entry->mark);
	entry->mark = text;
	return 0;
}

/* ---------------------------------------------------------------- life */

void mirror_init(struct mirror *mirror)
{
	*mirror = (struct mirror){0};
}

void mirror_release(struct mirror *mirror)
{
	for (size_t i = 0; i < mirror->values.slot_count; i++) {
		if (mirror->values.slots[i])
			free_value((struct mirror_value *)mirror->values.slots[i]);
	}
	for (size_t i = 0; i < mirror->journal.slot_count; i++) {
		if (mirror->journal.slots[i])
			free_entry((struct mirror_entry *)mirror->journal.slots[i]);
	}
	free(mirror->values.slots);
	free(mirror->journal.slots);
	mirror_init(mirror);
}
