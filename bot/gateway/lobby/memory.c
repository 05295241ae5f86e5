/* What a lobby keeps in the store across a restart. */

#include "bot/gateway/lobby/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/gateway/lobby/history_record.h"
#include "bot/net/loop.h"
#include "bot/store/store.h"

#define AREA_MAX_BYTES 160
#define RECORDS_MAX    32768                        /* read at a start; more of them cannot be in memory */
#define READ_MAX_BYTES (2 * CHAT_HISTORY_ALL_BYTES) /* the same, of their values */

static struct store *store_of(const struct lobby_memory *memory)
{
	const struct gateway_host *host = memory->host;

	return host->store ? host->store(host->bot) : NULL;
}

static void area_of(const struct lobby_memory *memory, struct str *area)
{
	str_printf(area, "lobby/%s", memory->gateway);
}

/* ---- writing */

static void queue_clear(struct memory_queue *queue)
{
	while (queue->first) {
		struct memory_change *next = queue->first->next;

		free(queue->first);
		queue->first = next;
	}
	queue->end = &queue->first;
}

/* Apply the changes of a queue, and empty it. */
static void write_queue(struct lobby_memory *memory, struct store *store, struct memory_queue *queue)
{
	struct str area = STR(AREA_MAX_BYTES);

	area_of(memory, &area);
	for (const struct memory_change *change = queue->first; change && !area.error;
			change = change->next) {
		if (change->value)
			store_put(store, str_text(&area), change->key, change->value);
		else
			store_delete(store, str_text(&area), change->key);
		memory->waiting--;
	}
	queue_clear(queue);
	str_release(&area);
}

/* What waits for a store in trouble is written again as a whole; what was dropped is deleted when it is read next. */
static void give_up(struct lobby_memory *memory)
{
	memory->is_behind |= memory->added.first != NULL;
	queue_clear(&memory->added);
	queue_clear(&memory->dropped);
	memory->waiting = 0;
}

static void save(struct lobby_memory *memory, bool with_dropped)
{
	struct store *store = store_of(memory);

	if (!memory->added.first && !(with_dropped && memory->dropped.first))
		return;
	if (!store || store_trouble(store)) {
		give_up(memory);
		return;
	}
	store_gather(store);
	write_queue(memory, store, &memory->added);
	if (with_dropped)
		write_queue(memory, store, &memory->dropped);
}

void lobby_memory_save(struct lobby_memory *memory)
{
	save(memory, false);
}

static void on_delay(void *user)
{
	struct lobby_memory *memory = user;

	save(memory, true);
}

/* The history in memory has the message: only a restart forgets it. */
static void report_loss(const struct lobby_memory *memory)
{
	log_gateway(LOG_LEVEL_ERROR, memory->gateway,
			"out of memory: a restart forgets one message of the history");
}

/* value NULL: delete the key. */
static void change(struct lobby_memory *memory, const char *key, const char *value)
{
	struct memory_queue *queue = value ? &memory->added : &memory->dropped;
	size_t key_size = strlen(key) + 1, value_size = value ? strlen(value) + 1 : 0;
	struct memory_change *change = malloc(sizeof(*change) + key_size + value_size);

	if (!change) {
		report_loss(memory);
		return;
	}
	change->next = NULL;
	change->value = value ? change->key + key_size : NULL;
	memcpy(change->key, key, key_size);
	if (value)
		memcpy(change->value, value, value_size);
	*queue->end = change;
	queue->end = &change->next;
	if (memory->waiting++ == 0)
		timer_set(memory->timer, MEMORY_DELAY_MS);
	if (memory->waiting >= MEMORY_WAITING_MAX)
		save(memory, true);
}

static void on_added(void *user, const char *place, const struct history_entry *entry)
{
	struct lobby_memory *memory = user;
	struct str key = STR(HISTORY_KEY_MAX_BYTES), value = STR(HISTORY_VALUE_MAX_BYTES);

	if (store_of(memory)) {
		history_record_key(place, entry, &key);
		history_record_value(entry, &value);
		if (!key.error && !value.error)
			change(memory, str_text(&key), str_text(&value));
		else if (key.error == -ENOMEM || value.error == -ENOMEM)
			report_loss(memory);
	}
	str_release(&key);
	str_release(&value);
}

static void on_dropped(void *user, const char *place, const struct history_entry *entry)
{
	struct lobby_memory *memory = user;
	struct str key = STR(HISTORY_KEY_MAX_BYTES);

	if (store_of(memory)) {
		history_record_key(place, entry, &key);
		if (!key.error)
			change(memory, str_text(&key), NULL);
	}
	str_release(&key);
}

int lobby_memory_init(struct lobby_memory *memory, const struct gateway_host *host, const char *gateway)
{
	*memory = (struct lobby_memory){
			.host = host, .gateway = gateway, .keeper = {memory, on_added, on_dropped}};
	memory->added.end = &memory->added.first;
	memory->dropped.end = &memory->dropped.first;
	memory->timer = timer_new(host->loop, on_delay, memory);
	return memory->timer ? 0 : -ENOMEM;
}

void lobby_memory_release(struct lobby_memory *memory)
{
	save(memory, true);
	queue_clear(&memory->added);
	queue_clear(&memory->dropped);
	timer_free(memory->timer);
}

/* ---- reading */

struct memory_record {
	size_t order; /* in the store */
	bool is_damaged;
	char place[HISTORY_PLACE_BYTES];
	struct history_entry entry;
	char *key;
};

struct memory_reading {
	struct memory_record *records;
	size_t count, size, bytes;
	bool is_full; /* or out of memory: the other records are left as they are */
};

static void make_room(struct memory_reading *reading)
{
	size_t size = reading->size ? 2 * reading->size : 256;
	void *records = reallocarray(reading->records, size, sizeof(*reading->records));

	reading->is_full = !records;
	if (records) {
		reading->records = records;
		reading->size = size;
	}
}

static void on_value(void *user, const char *key, const char *value)
{
	struct memory_reading *reading = user;
	struct memory_record *record;

	reading->bytes += strlen(value);
	reading->is_full |= reading->count == RECORDS_MAX || reading->bytes > READ_MAX_BYTES;
	if (!reading->is_full && reading->count == reading->size)
		make_room(reading);
	if (reading->is_full)
		return;
	record = &reading->records[reading->count];
	*record = (struct memory_record){.order = reading->count, .key = str_copy(key)};
	if (!record->key)
		return;
	record->is_damaged = history_record_parse(key, value, record->place, &record->entry) < 0;
	reading->count++;
}

static int newest_first(const void *left, const void *right)
{
	const struct memory_record *a = left, *b = right;

	if (a->entry.wall_ms != b->entry.wall_ms)
		return a->entry.wall_ms < b->entry.wall_ms ? 1 : -1;
	return (a->order < b->order) - (a->order > b->order);
}

static void restore(struct lobby_memory *memory, struct chat *chat, struct memory_reading *reading,
		uint64_t wall_ms)
{
	size_t restored = 0, damaged = 0;

	if (reading->count)
		qsort(reading->records, reading->count, sizeof(*reading->records), newest_first);
	for (size_t i = 0; i < reading->count; i++) {
		struct memory_record *record = &reading->records[i];
		bool is_old = record->entry.wall_ms + CHAT_HISTORY_MAX_MS < wall_ms;

		damaged += record->is_damaged;
		if (!record->is_damaged && !is_old && chat_restore(chat, record->place, &record->entry)) {
			restored++;
			continue;
		}
		history_entry_release(&record->entry);
		change(memory, record->key, NULL);
	}
	if (damaged)
		log_gateway(LOG_LEVEL_WARNING, memory->gateway,
				"%zu damaged message(s) of the history in the store are deleted", damaged);
	if (restored)
		log_gateway(LOG_LEVEL_DEBUG, memory->gateway, "%zu message(s) of the history restored",
				restored);
}

static void read_all(struct lobby_memory *memory, struct chat *chat, struct store *store, uint64_t wall_ms)
{
	struct memory_reading reading = {0};
	struct str area = STR(AREA_MAX_BYTES);

	area_of(memory, &area);
	memory->is_read = !area.error && store_each(store, str_text(&area), on_value, &reading) == 0;
	restore(memory, chat, &reading, wall_ms);
	for (size_t i = 0; i < reading.count; i++)
		free(reading.records[i].key);
	free(reading.records);
	str_release(&area);
}

void lobby_memory_catch_up(struct lobby_memory *memory, struct chat *chat, uint64_t wall_ms)
{
	struct store *store;

	if (memory->is_read && !memory->is_behind)
		return;
	store = store_of(memory);
	if (!store)
		return;
	if (!memory->is_read && store_is_read(store))
		read_all(memory, chat, store, wall_ms);
	if (memory->is_behind && !store_trouble(store)) {
		memory->is_behind = false;
		chat_keep_all(chat);
	}
}
