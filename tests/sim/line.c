/* A database in memory, behind a line that delays and loses. */

#include "tests/sim/line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/cluster/gate.h"
#include "bot/store/areas.h"
#include "tests/sim/audit.h"
#include "tests/sim/mutant.h"
#include "tests/sim/world.h"

#define UNDER_WAY_MAX 8 /* batches, as of bot/postgres/line.h */
#define LOADS_MAX     32
#define NAME_BYTES    200

struct value_row {
	struct value_row *next;
	char *area, *key, *value; /* value NULL: deleted */
	uint64_t version;         /* 0: not shared */
};

struct entry_row {
	struct entry_row *next;
	struct journal_entry entry;
	char begun_by[NAME_BYTES]; /* "LIFE/BATCH"; "": handed in */
	char *mark;
	bool is_done;
	uint64_t begun_ms;
};

struct lease_row_in_memory {
	char name[NAME_BYTES];
	uint64_t epoch;
	unsigned owner; /* a process's number; 0: another process */
	char *position;
};

#define LEASES 32

/* What is under way to the database and back. */
struct letter {
	struct letter *next;
	enum { LETTER_BATCH, LETTER_LOAD, LETTER_READ, LETTER_POSITION } kind;
	unsigned life;
	uint64_t connection, number, epoch, version;
	char lease[NAME_BYTES], gateway[NAME_BYTES];
	unsigned shard, total;
	struct change *changes;
	bool *is_ours;
	size_t count, begun;
	char *position;
	bool is_dead; /* its connection broke before it arrived */
};

struct database {
	bool is_used, is_away;
	uint64_t connection, due_ms, version, identify_ms;
	struct value_row *values;
	struct entry_row *entries, **entries_end;
	struct lease_row_in_memory leases[LEASES];
	size_t lease_count;
	unsigned shards;
	struct letter *sent, **sent_end; /* not arrived */
};

static struct database *database;

/* Of this process. */
static struct {
	struct store *store;
	const struct store_batch *batches[UNDER_WAY_MAX];
	size_t count;
	struct letter *loads[LOADS_MAX]; /* that wait for the connection */
	size_t load_count;
	bool is_up, is_wanted;
	void (*on_up)(void *user);
	void (*on_down)(void *user);
	void *user;
} line;

void line_reset(bool is_used)
{
	database = world_alloc(sizeof(*database));
	database->is_used = is_used;
	database->entries_end = &database->entries;
	database->sent_end = &database->sent;
}

bool line_is_used(void)
{
	return database->is_used;
}

bool line_is_away(void)
{
	return database->is_away;
}

static char *keep(const char *text)
{
	return text ? world_copy(text, strlen(text)) : NULL;
}

/* ---------------------------------------------------------------- leases */

static struct lease_row_in_memory *lease_named(const char *name)
{
	for (size_t i = 0; i < database->lease_count; i++) {
		if (strcmp(database->leases[i].name, name) == 0)
			return &database->leases[i];
	}
	if (database->lease_count == LEASES)
		abort();
	snprintf(database->leases[database->lease_count].name, NAME_BYTES, "%s", name);
	return &database->leases[database->lease_count++];
}

uint64_t line_take_lease(const char *name)
{
	struct lease_row_in_memory *lease = lease_named(name);

	lease->owner = world_life();
	return ++lease->epoch;
}

static bool holds(const char *name, uint64_t epoch, unsigned life)
{
	const struct lease_row_in_memory *lease = lease_named(name);

	return lease->owner == life && lease->epoch == epoch;
}

bool line_holds_lease(const char *name, uint64_t epoch)
{
	return holds(name, epoch, world_life());
}

void line_steal_leases(void)
{
	for (size_t i = 0; i < database->lease_count; i++) {
		database->leases[i].owner = 0;
		database->leases[i].epoch++;
	}
	world_trace("database: another process has taken the leases");
}

void line_set_shards(unsigned total)
{
	database->shards = total;
}

unsigned line_shards(void)
{
	return database->shards;
}

/* As gate_reserve of bot/postgres/statements.c. */
uint64_t line_reserve_identify(void)
{
	uint64_t now_ms = world_now_ms(), moment_ms = now_ms + GATE_EARLY_MS;

	if (database->is_away || database->identify_ms > now_ms + 3000)
		return UINT64_MAX;
	if (moment_ms < database->identify_ms)
		moment_ms = database->identify_ms;
	database->identify_ms = moment_ms + GATE_SPACING_MS;
	return moment_ms - now_ms;
}

/* ---------------------------------------------------------------- statements */

static struct entry_row *find_entry(const char *gateway, const char *id)
{
	for (struct entry_row *row = database->entries; row; row = row->next) {
		if (strcmp(row->entry.gateway, gateway) == 0 && strcmp(row->entry.id, id) == 0)
			return row;
	}
	return NULL;
}

static void insert_entry(const struct journal_entry *entry, const char *begun_by)
{
	struct entry_row *row = world_alloc(sizeof(*row));

	row->entry = *entry;
	row->entry.gateway = keep(entry->gateway);
	row->entry.id = keep(entry->id);
	row->entry.channel = keep(entry->channel);
	row->entry.author_id = keep(entry->author_id);
	row->entry.author_name = keep(entry->author_name);
	row->entry.account = keep(entry->account);
	row->entry.text = keep(entry->text);
	row->entry.extra = keep(entry->extra);
	row->begun_ms = world_now_ms();
	snprintf(row->begun_by, sizeof(row->begun_by), "%s", begun_by);
	*database->entries_end = row;
	database->entries_end = &row->next;
	audit_written(entry->text);
	world_trace("database: %s of %s is begun by %s", entry->id, entry->gateway, begun_by);
}

static bool begin_entry(const struct letter *letter, const struct change *change)
{
	const struct entry_row *row = find_entry(change->entry.gateway, change->entry.id);
	char begun_by[NAME_BYTES];

	if (!change->lease || (*change->lease && !holds(change->lease, change->epoch, letter->life)))
		return false;
	snprintf(begun_by, sizeof(begun_by), "%u/%llu", letter->life, (unsigned long long)letter->number);
	if (!row)
		insert_entry(&change->entry, begun_by);
	else if (mutant_takes_own_for_foreign())
		return false;
	return !row || (strcmp(row->begun_by, begun_by) == 0 && !row->is_done);
}

static void end_entry(const struct journal_entry *entry)
{
	struct entry_row *row = find_entry(entry->gateway, entry->id);

	if (!row || row->is_done)
		return;
	row->is_done = true;
	audit_closed(row->entry.text);
	world_trace("database: %s of %s is done", entry->id, entry->gateway);
}

/* "gateway id" */
static void mark_entry(const char *effect, const char *mark)
{
	const char *space = effect ? strchr(effect, ' ') : NULL;
	char gateway[NAME_BYTES];
	struct entry_row *row;

	if (!space)
		return;
	snprintf(gateway, sizeof(gateway), "%.*s", (int)(space - effect), effect);
	row = find_entry(gateway, space + 1);
	if (row)
		row->mark = keep(mark);
}

static void put_value(const struct letter *letter, const struct change *change, uint64_t version)
{
	struct value_row *row = database->values;

	if (change->lease && *change->lease && !holds(change->lease, change->epoch, letter->life))
		return;
	while (row && (strcmp(row->area, change->area) != 0 || strcmp(row->key, change->key) != 0))
		row = row->next;
	if (!row) {
		row = world_alloc(sizeof(*row));
		row->area = keep(change->area);
		row->key = keep(change->key);
		row->next = database->values;
		database->values = row;
	}
	if (row->value)
		world_release(row->value, strlen(row->value) + 1);
	row->value = change->kind == CHANGE_DELETE ? NULL : keep(change->value);
	row->version = change->lease ? 0 : version;
	if (change->effect)
		mark_entry(change->effect, STORE_EFFECT_DONE);
}

static void execute_batch(struct letter *letter)
{
	letter->version = ++database->version;
	for (size_t i = 0; i < letter->count; i++) {
		const struct change *change = &letter->changes[i];

		switch (change->kind) {
		case CHANGE_BEGIN: letter->is_ours[letter->begun++] = begin_entry(letter, change); break;
		case CHANGE_DONE: end_entry(&change->entry); break;
		case CHANGE_MARK: mark_entry(change->effect, change->value); break;
		case CHANGE_HAND_IN:
			if (!find_entry(change->entry.gateway, change->entry.id))
				insert_entry(&change->entry, "");
			break;
		case CHANGE_PUT:
		case CHANGE_DELETE:
		case CHANGE_KEEP: put_value(letter, change, letter->version); break;
		}
	}
}

/* ---------------------------------------------------------------- answers */

static void tell_values(bool is_shared)
{
	for (const struct value_row *row = database->values; row; row = row->next) {
		if ((area_kind(row->area) == AREA_SHARED) == is_shared)
			remote_heard(line.store, row->area, row->key, row->value, row->version);
	}
}

static bool is_of_claim(const struct letter *letter, const struct entry_row *row)
{
	return !row->is_done && strcmp(row->entry.gateway, letter->gateway) == 0 &&
	       (!letter->total || (row->entry.route >> 22) % letter->total == letter->shard);
}

static void answer_load(const struct letter *letter)
{
	const struct store_claim claim = {
			letter->lease, letter->gateway, letter->epoch, letter->shard, letter->total};

	tell_values(false);
	for (struct entry_row *row = database->entries; row; row = row->next) {
		struct journal_entry entry = row->entry;

		if (!is_of_claim(letter, row))
			continue;
		snprintf(row->begun_by, sizeof(row->begun_by), "%u/open", letter->life);
		entry.age_ms = world_now_ms() - row->begun_ms;
		remote_opened(line.store, &entry, row->mark);
	}
	remote_loaded(line.store, &claim, 0);
}

static void answer_read(void)
{
	tell_values(true);
	if (!store_is_read(line.store))
		(void)remote_read(line.store);
	else
		remote_caught_up(line.store, 0);
	remote_set_trouble(line.store, 0);
	line.on_up(line.user);
}

static void answer_batch(const struct letter *letter)
{
	const struct store_result result = {.number = letter->number,
			.is_ours = letter->is_ours,
			.begun = letter->begun,
			.version = letter->version};

	for (size_t i = 0; i < line.count; i++) {
		if (line.batches[i]->number != letter->number)
			continue;
		line.count--;
		memmove((void *)&line.batches[i], (void *)&line.batches[i + 1],
				(line.count - i) * sizeof(line.batches[0]));
		break;
	}
	remote_settled(line.store, &result);
}

static void on_answer(void *argument)
{
	const struct letter *letter = argument;

	if (!world_has_bot() || letter->life != world_life() || letter->connection != database->connection ||
			!line.is_up)
		return;
	switch (letter->kind) {
	case LETTER_BATCH: answer_batch(letter); break;
	case LETTER_LOAD: answer_load(letter); break;
	case LETTER_READ: answer_read(); break;
	case LETTER_POSITION: break;
	}
}

/* ---------------------------------------------------------------- the way there and back */

/* Mostly a local network; now and then a lock, or a checkpoint. */
static uint64_t delay_ms(void)
{
	if (world_percent(90))
		return world_between(0, 3);
	return world_percent(80) ? world_between(1, 30) : world_between(100, 1500);
}

/* In order: of one connection. */
static uint64_t due_in_ms(void)
{
	uint64_t due_ms = world_now_ms() + delay_ms();

	if (due_ms < database->due_ms)
		due_ms = database->due_ms;
	database->due_ms = due_ms;
	return due_ms - world_now_ms();
}

static void execute(struct letter *letter)
{
	if (letter->kind == LETTER_BATCH)
		execute_batch(letter);
	else if (letter->kind == LETTER_POSITION && holds(letter->lease, letter->epoch, letter->life))
		lease_named(letter->lease)->position = letter->position;
}

static void on_arrival(void *argument)
{
	struct letter *letter = argument;

	if (letter->is_dead)
		return;
	database->sent = letter->next;
	if (!database->sent)
		database->sent_end = &database->sent;
	execute(letter);
	/* The answers keep their order too: the next one is executed later. */
	world_after(0, on_answer, letter);
}

static void post(struct letter *letter)
{
	letter->life = world_life();
	letter->connection = database->connection;
	*database->sent_end = letter;
	database->sent_end = &letter->next;
	world_after(due_in_ms(), on_arrival, letter);
}

/* The connection breaks: of what is under way, the database has some, and its answers are lost. */
static void break_connection(void)
{
	struct letter *letter = database->sent;
	bool arrives = true;

	for (; letter; letter = letter->next) {
		arrives = arrives && world_percent(50);
		if (arrives)
			execute(letter);
		letter->is_dead = true;
	}
	database->sent = NULL;
	database->sent_end = &database->sent;
	database->connection++;
}

static struct change copy_change(const struct change *change)
{
	struct change copy = *change;

	copy.area = keep(change->area);
	copy.key = keep(change->key);
	copy.value = keep(change->value);
	copy.effect = keep(change->effect);
	copy.lease = keep(change->lease);
	copy.entry.gateway = keep(change->entry.gateway);
	copy.entry.id = keep(change->entry.id);
	copy.entry.channel = keep(change->entry.channel);
	copy.entry.author_id = keep(change->entry.author_id);
	copy.entry.author_name = keep(change->entry.author_name);
	copy.entry.account = keep(change->entry.account);
	copy.entry.text = keep(change->entry.text);
	copy.entry.extra = keep(change->entry.extra);
	return copy;
}

static void post_batch(const struct store_batch *batch)
{
	struct letter *letter = world_alloc(sizeof(*letter));

	letter->kind = LETTER_BATCH;
	letter->number = batch->number;
	letter->count = batch->count;
	letter->changes = world_alloc((batch->count + 1) * sizeof(*letter->changes));
	letter->is_ours = world_alloc(batch->count + 1);
	for (size_t i = 0; i < batch->count; i++)
		letter->changes[i] = copy_change(&batch->changes[i]);
	post(letter);
}

static int send_batch(void *user, const struct store_batch *batch)
{
	(void)user;
	if (line.count == UNDER_WAY_MAX)
		return -ENOBUFS;
	line.batches[line.count++] = batch;
	if (line.is_up)
		post_batch(batch);
	return 0;
}

static int load_claim(void *user, const struct store_claim *claim)
{
	struct letter *letter = world_alloc(sizeof(*letter));

	(void)user;
	letter->kind = LETTER_LOAD;
	letter->epoch = claim->epoch;
	letter->shard = claim->number;
	letter->total = claim->total;
	snprintf(letter->lease, sizeof(letter->lease), "%s", claim->lease);
	snprintf(letter->gateway, sizeof(letter->gateway), "%s", claim->gateway);
	if (line.is_up)
		post(letter);
	else if (line.load_count < LOADS_MAX)
		line.loads[line.load_count++] = letter;
	else
		return -EAGAIN;
	return 0;
}

/* A statement that is not kept: if it is lost, a later position is written. */
void line_put_position(const char *lease, uint64_t epoch, const char *position)
{
	struct letter *letter;

	if (mutant_hurries_positions() && holds(lease, epoch, world_life()))
		lease_named(lease)->position = keep(position);
	if (!line.is_up)
		return;
	letter = world_alloc(sizeof(*letter));
	letter->kind = LETTER_POSITION;
	letter->epoch = epoch;
	letter->position = keep(position);
	snprintf(letter->lease, sizeof(letter->lease), "%s", lease);
	post(letter);
}

const char *line_position(const char *lease)
{
	const char *position = lease_named(lease)->position;

	return position ? position : "";
}

static void connect_again(void *argument)
{
	const unsigned *life = argument;
	struct letter *letter;

	if (*life != world_life() || !world_has_bot() || !line.is_wanted || line.is_up || database->is_away)
		return;
	line.is_up = true;
	database->due_ms = world_now_ms();
	world_trace("database: connected");
	for (size_t i = 0; i < line.count; i++) {
		if (!mutant_forgets_batch())
			post_batch(line.batches[i]);
	}
	letter = world_alloc(sizeof(*letter));
	letter->kind = LETTER_READ;
	post(letter);
	for (size_t i = 0; i < line.load_count; i++)
		post(line.loads[i]);
	line.load_count = 0;
}

static void connect_in(uint64_t wait_ms)
{
	unsigned *life = world_alloc(sizeof(*life));

	*life = world_life();
	world_after(wait_ms, connect_again, life);
}

static void hasten(void *user)
{
	(void)user;
	if (line.is_wanted && !line.is_up && !database->is_away)
		connect_in(1);
}

struct store_line line_for_store(void)
{
	return (struct store_line){.send = send_batch, .load = load_claim, .hasten = hasten};
}

void line_connect(struct store *store, void (*on_up)(void *user), void (*on_down)(void *user), void *user)
{
	line.store = store;
	line.is_wanted = true;
	line.on_up = on_up;
	line.on_down = on_down;
	line.user = user;
	connect_in(world_between(1, 50));
}

void line_disconnect(void)
{
	memset(&line, 0, sizeof(line));
}

static void go_down(void)
{
	uint64_t numbers[UNDER_WAY_MAX];
	size_t count = line.count;

	line.is_up = false;
	remote_set_trouble(line.store, -ENOLINK);
	line.on_down(line.user);
	for (size_t i = 0; i < count; i++)
		numbers[i] = line.batches[i]->number;
	for (size_t i = 0; i < count; i++)
		remote_settled(line.store, &(struct store_result){.number = numbers[i], .error = -EAGAIN});
}

void line_set_away(bool is_away)
{
	if (database->is_away == is_away)
		return;
	world_trace("database: %s", is_away ? "away" : "back");
	database->is_away = is_away;
	if (is_away) {
		break_connection();
		if (world_has_bot() && line.is_up)
			go_down();
	} else if (world_has_bot() && line.is_wanted) {
		connect_in(world_between(1, 5000));
	}
}

void line_end_life(void)
{
	line_disconnect();
}

bool line_has_handed_in(const char *gateway)
{
	for (const struct entry_row *row = database->entries; row; row = row->next) {
		if (!row->is_done && !*row->begun_by && strcmp(row->entry.gateway, gateway) == 0)
			return true;
	}
	return false;
}

void line_look_for_open(void)
{
	for (const struct entry_row *row = database->entries; row; row = row->next) {
		/* In a lobby a question stays open if its author has left; the next start drops it. */
		if (!row->is_done && strncmp(row->entry.gateway, "lobby", 5) != 0)
			world_violation("the database still has %s of %s open: %s", row->entry.id,
					row->entry.gateway, row->entry.text);
	}
}
