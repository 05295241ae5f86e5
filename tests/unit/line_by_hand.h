#ifndef EPISODED_TESTS_LINE_BY_HAND_H
#define EPISODED_TESTS_LINE_BY_HAND_H

/*
 * A line that answers when it is told to, and the database behind it: what the statements of bot/postgres/ mean, on
 * arrays in memory that is shared with child processes. Several lines may use one database.
 */

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bot/store/remote.h"

#define HAND_TEXT   512
#define HAND_VALUES 256
#define HAND_ROWS   256
#define HAND_LEASES 32

struct hand_value {
	char area[HAND_TEXT], key[HAND_TEXT], value[HAND_TEXT];
	bool is_deleted;
	uint64_t version;
};

struct hand_row {
	char gateway[HAND_TEXT], id[HAND_TEXT], begun_by[HAND_TEXT], mark[HAND_TEXT];
	char channel[HAND_TEXT], author_id[HAND_TEXT], author_name[HAND_TEXT], account[HAND_TEXT],
			text[HAND_TEXT], extra[HAND_TEXT];
	bool is_private, is_addressed, is_done;
	uint64_t route, time_ms, age_ms;
};

struct hand_lease {
	char name[HAND_TEXT], owner[HAND_TEXT];
	uint64_t epoch;
};

struct hand_database {
	struct hand_value values[HAND_VALUES];
	struct hand_row rows[HAND_ROWS];
	struct hand_lease leases[HAND_LEASES];
	size_t value_count, row_count, lease_count;
	uint64_t version;
};

/* A batch, or a load, that was handed to the line and has no result. */
struct hand_pending {
	const struct store_batch *batch;
	struct store_claim claim; /* of a load; its texts follow */
	char lease[HAND_TEXT], gateway[HAND_TEXT];
};

struct line_by_hand {
	struct hand_database *database;
	struct store *store;
	char process[HAND_TEXT];
	struct hand_pending *pending;
	size_t pending_count, pending_capacity;
	bool is_away;
	unsigned hastened, sent;
	int refuses; /* what send() returns, if not 0 */
};

static inline void hand_text(char ret[HAND_TEXT], const char *text)
{
	snprintf(ret, HAND_TEXT, "%s", text ? text : "");
}

static inline struct hand_database *hand_database_new(void)
{
	void *memory = mmap(NULL, sizeof(struct hand_database), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert(memory != MAP_FAILED);
	return memory;
}

static inline void hand_database_free(struct hand_database *database)
{
	if (database)
		munmap(database, sizeof(*database));
}

/* ---------------------------------------------------------------- the database */

static inline struct hand_value *hand_value(struct hand_database *database, const char *area, const char *key)
{
	for (size_t i = 0; i < database->value_count; i++) {
		struct hand_value *value = &database->values[i];

		if (strcmp(value->area, area) == 0 && strcmp(value->key, key) == 0)
			return value;
	}
	return NULL;
}

/* value NULL: delete it. */
static inline void hand_put(struct hand_database *database, const char *area, const char *key,
		const char *value, uint64_t version)
{
	struct hand_value *found = hand_value(database, area, key);

	if (!found) {
		assert(database->value_count < HAND_VALUES);
		found = &database->values[database->value_count++];
		hand_text(found->area, area);
		hand_text(found->key, key);
	}
	hand_text(found->value, value);
	found->is_deleted = !value;
	found->version = version;
}

static inline struct hand_row *hand_row(struct hand_database *database, const char *gateway, const char *id)
{
	for (size_t i = 0; i < database->row_count; i++) {
		struct hand_row *row = &database->rows[i];

		if (strcmp(row->gateway, gateway) == 0 && strcmp(row->id, id) == 0)
			return row;
	}
	return NULL;
}

static inline struct hand_lease *hand_lease(struct hand_database *database, const char *name)
{
	for (size_t i = 0; i < database->lease_count; i++) {
		if (strcmp(database->leases[i].name, name) == 0)
			return &database->leases[i];
	}
	return NULL;
}

static inline bool hand_is_mine(const struct line_by_hand *line, const char *name, uint64_t epoch)
{
	const struct hand_lease *lease = hand_lease(line->database, name);

	return lease && lease->epoch == epoch && strcmp(lease->owner, line->process) == 0;
}

/* Take a lease from its owner. Returns the epoch. */
static inline uint64_t hand_take(struct line_by_hand *line, const char *name)
{
	struct hand_lease *lease = hand_lease(line->database, name);

	if (!lease) {
		assert(line->database->lease_count < HAND_LEASES);
		lease = &line->database->leases[line->database->lease_count++];
		hand_text(lease->name, name);
	}
	hand_text(lease->owner, line->process);
	return ++lease->epoch;
}

static inline struct hand_row *hand_add_row(
		struct hand_database *database, const struct journal_entry *entry, const char *begun_by)
{
	struct hand_row *row = &database->rows[database->row_count];

	assert(database->row_count < HAND_ROWS);
	database->row_count++;
	hand_text(row->gateway, entry->gateway);
	hand_text(row->id, entry->id);
	hand_text(row->channel, entry->channel);
	hand_text(row->author_id, entry->author_id);
	hand_text(row->author_name, entry->author_name);
	hand_text(row->account, entry->account);
	hand_text(row->text, entry->text);
	hand_text(row->extra, entry->extra);
	hand_text(row->begun_by, begun_by);
	row->is_private = entry->is_private;
	row->is_addressed = entry->is_addressed;
	row->route = entry->route;
	row->time_ms = entry->time_ms;
	return row;
}

static inline bool hand_begin(
		struct line_by_hand *line, const struct store_batch *batch, const struct change *change)
{
	const struct journal_entry *entry = &change->entry;
	const struct hand_row *row = hand_row(line->database, entry->gateway, entry->id);
	char begun_by[HAND_TEXT];

	snprintf(begun_by, sizeof(begun_by), "%.400s/%llu", line->process, (unsigned long long)batch->number);
	if (!change->lease || (*change->lease && !hand_is_mine(line, change->lease, change->epoch)))
		return false;
	if (row)
		return !row->is_done && strcmp(row->begun_by, begun_by) == 0;
	hand_add_row(line->database, entry, begun_by);
	return true;
}

static inline void hand_mark(struct hand_database *database, const char *effect, const char *mark)
{
	char gateway[HAND_TEXT];
	const char *space = strchr(effect, ' ');
	struct hand_row *row;

	assert(space);
	hand_text(gateway, effect);
	gateway[space - effect] = '\0';
	row = hand_row(database, gateway, space + 1);
	if (row)
		hand_text(row->mark, mark);
}

static inline void hand_done(struct hand_database *database, const struct journal_entry *entry)
{
	struct hand_row *row = hand_row(database, entry->gateway, entry->id);

	if (!row)
		return;
	row->is_done = true;
	row->text[0] = row->extra[0] = '\0';
}

static inline bool hand_is_shared(const struct change *change)
{
	return change->kind <= CHANGE_KEEP && !change->lease;
}

/* What the statements of a batch do: the questions first, then values, then what is done. */
static inline void hand_apply(struct line_by_hand *line, const struct store_batch *batch, bool *is_ours,
		struct store_result *ret)
{
	bool is_ticked = false;

	for (size_t i = 0; i < batch->count; i++) {
		if (batch->changes[i].kind == CHANGE_BEGIN)
			is_ours[ret->begun++] = hand_begin(line, batch, &batch->changes[i]);
		is_ticked = is_ticked || hand_is_shared(&batch->changes[i]);
	}
	if (is_ticked)
		ret->version = ++line->database->version;
	for (size_t i = 0; i < batch->count; i++) {
		const struct change *change = &batch->changes[i];

		if (change->kind <= CHANGE_KEEP &&
				(!change->lease || !*change->lease ||
						hand_is_mine(line, change->lease, change->epoch)))
			hand_put(line->database, change->area, change->key, change->value,
					change->lease ? 0 : ret->version);
		if (change->kind == CHANGE_MARK || (change->kind == CHANGE_KEEP && change->effect))
			hand_mark(line->database, change->effect,
					change->kind == CHANGE_MARK ? change->value : STORE_EFFECT_DONE);
		if (change->kind == CHANGE_HAND_IN &&
				!hand_row(line->database, change->entry.gateway, change->entry.id))
			hand_add_row(line->database, &change->entry, "");
		if (change->kind == CHANGE_DONE)
			hand_done(line->database, &change->entry);
	}
	ret->number = batch->number;
	ret->is_ours = is_ours;
}

/* ---------------------------------------------------------------- the line */

/* What a read of the new values gives. */
static inline void hand_tell_new(struct line_by_hand *line, uint64_t asked)
{
	for (size_t i = 0; i < line->database->value_count; i++) {
		const struct hand_value *value = &line->database->values[i];

		if (value->version > asked)
			remote_heard(line->store, value->area, value->key,
					value->is_deleted ? NULL : value->value, value->version);
	}
}

/* The beat. */
static inline void hand_beat(struct line_by_hand *line)
{
	uint64_t asked = remote_version(line->store);

	hand_tell_new(line, asked);
	remote_caught_up(line->store, asked);
}

/* The first read. */
static inline void hand_read(struct line_by_hand *line)
{
	hand_tell_new(line, 0);
	assert(remote_read(line->store) == 0);
}

static inline void hand_load(struct line_by_hand *line, const struct hand_pending *pending)
{
	struct store_claim claim = pending->claim;
	bool is_mine;

	claim.lease = pending->lease;
	claim.gateway = pending->gateway;
	is_mine = claim.epoch == 0 || hand_is_mine(line, claim.lease, claim.epoch);
	for (size_t i = 0; is_mine && i < line->database->value_count; i++) {
		const struct hand_value *value = &line->database->values[i];

		if (!value->is_deleted && strcmp(value->area, claim.lease) == 0)
			remote_heard(line->store, value->area, value->key, value->value, 0);
	}
	for (size_t i = 0; is_mine && i < line->database->row_count; i++) {
		struct hand_row *row = &line->database->rows[i];
		const struct journal_entry entry = {.gateway = row->gateway,
				.id = row->id,
				.channel = row->channel,
				.author_id = row->author_id,
				.author_name = row->author_name,
				.account = row->account,
				.text = row->text,
				.extra = row->extra,
				.is_private = row->is_private,
				.is_addressed = row->is_addressed,
				.route = row->route,
				.time_ms = row->time_ms,
				.age_ms = row->age_ms};

		if (row->is_done || strcmp(row->gateway, claim.gateway) != 0 ||
				(claim.total && (row->route >> 22) % claim.total != claim.number))
			continue;
		snprintf(row->begun_by, sizeof(row->begun_by), "%.400s/open", line->process);
		remote_opened(line->store, &entry, *row->mark ? row->mark : NULL);
	}
	remote_loaded(line->store, &claim, 0);
}

/* The next batch or load has its result. False: nothing waits. */
static inline bool hand_answer(struct line_by_hand *line)
{
	struct hand_pending pending;
	struct store_result result = {0};
	bool *is_ours;
	uint64_t asked;

	if (line->is_away || line->pending_count == 0)
		return false;
	pending = line->pending[0];
	memmove(line->pending, line->pending + 1, --line->pending_count * sizeof(pending));
	if (!pending.batch) {
		hand_load(line, &pending);
		return true;
	}
	is_ours = calloc(pending.batch->count + 1, sizeof(*is_ours));
	assert(is_ours);
	asked = remote_version(line->store);
	hand_apply(line, pending.batch, is_ours, &result);
	hand_tell_new(line, asked);
	remote_caught_up(line->store, asked);
	remote_settled(line->store, &result);
	free(is_ours);
	return true;
}

static inline void hand_answer_all(struct line_by_hand *line)
{
	while (hand_answer(line))
		;
}

/* The next batch reaches the database, and its result is lost. It is answered again later. */
static inline void hand_lose(struct line_by_hand *line)
{
	const struct store_batch *batch = line->pending[0].batch;
	struct store_result result = {0};
	bool *is_ours;

	assert(line->pending_count && batch);
	is_ours = calloc(batch->count + 1, sizeof(*is_ours));
	assert(is_ours);
	hand_apply(line, batch, is_ours, &result);
	free(is_ours);
}

/* The database is away. */
static inline void hand_cut(struct line_by_hand *line)
{
	line->is_away = true;
	remote_set_trouble(line->store, -ENOLINK);
	for (size_t i = 0; i < line->pending_count; i++) {
		if (line->pending[i].batch)
			remote_settled(line->store,
					&(struct store_result){.number = line->pending[i].batch->number,
							.error = -EAGAIN});
	}
}

static inline void hand_mend(struct line_by_hand *line)
{
	line->is_away = false;
	remote_set_trouble(line->store, 0);
}

static inline struct hand_pending *hand_add_pending(struct line_by_hand *line)
{
	if (line->pending_count == line->pending_capacity) {
		line->pending_capacity += line->pending_capacity + 8;
		line->pending = realloc(line->pending, line->pending_capacity * sizeof(*line->pending));
		assert(line->pending);
	}
	return &line->pending[line->pending_count++];
}

static inline int hand_send(void *user, const struct store_batch *batch)
{
	struct line_by_hand *line = user;

	if (line->refuses)
		return line->refuses;
	*hand_add_pending(line) = (struct hand_pending){.batch = batch};
	line->sent++;
	return 0;
}

static inline int hand_ask_load(void *user, const struct store_claim *claim)
{
	struct line_by_hand *line = user;
	struct hand_pending *pending;

	if (line->refuses)
		return line->refuses;
	pending = hand_add_pending(line);
	*pending = (struct hand_pending){.claim = *claim};
	hand_text(pending->lease, claim->lease);
	hand_text(pending->gateway, claim->gateway);
	return 0;
}

static inline void hand_hasten(void *user)
{
	struct line_by_hand *line = user;

	line->hastened++;
}

/* A new process on the database: its store is connected, and has read the shared values. */
static inline void hand_open(struct line_by_hand *line, struct hand_database *database, const char *process)
{
	struct store_line to_store = {line, hand_send, hand_ask_load, hand_hasten};

	*line = (struct line_by_hand){.database = database};
	hand_text(line->process, process);
	assert(store_new_remote(&to_store, process, &line->store) == 0);
	remote_set_trouble(line->store, 0);
	hand_read(line);
}

/* As if the process were killed: what has no result is lost, unless hand_lose() was called. */
static inline void hand_close(struct line_by_hand *line)
{
	store_close(line->store);
	free(line->pending);
	*line = (struct line_by_hand){0};
}

/* Take the lease, and load what belongs to it. */
static inline void hand_claim(struct line_by_hand *line, const char *lease, const char *gateway,
		unsigned number, unsigned total)
{
	struct store_claim claim = {.lease = lease, .gateway = gateway, .number = number, .total = total};

	if (strncmp(lease, "lobby/", 6) != 0)
		claim.epoch = hand_take(line, lease);
	assert(remote_claim(line->store, &claim, NULL, NULL) == 0);
	hand_answer_all(line);
}

#endif
