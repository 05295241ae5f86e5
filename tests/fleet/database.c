/* The statements on structs. */

#include "tests/fleet/database.h"

#include <stdio.h>
#include <string.h>

#define GATE_AHEAD_MS 3000 /* how early a moment may be reserved */
#define GATE_LEAD_MS  1500 /* and how late: its shard has to connect first */
#define STARTS_DAY_MS (24 * 3600 * 1000)
#define REAP_MS       5000 /* a process that has been dead for so long has no slots */

void database_begin(struct database *database, unsigned shards, int64_t now_ms)
{
	*database = (struct database){.now_ms = now_ms, .lease_count = shards};
	for (unsigned i = 0; i < shards; i++) {
		struct database_lease *lease = &database->leases[i];

		snprintf(lease->name, sizeof(lease->name), "discord/home/%u/%u", shards, i);
		lease->total = shards;
		lease->number = i;
		lease->deadline_ms = now_ms;
	}
	for (unsigned i = 0; i < DATABASE_BUCKETS_MAX; i++)
		database->gate_ms[i] = now_ms;
}

static struct database_process *find_process(struct database *database, unsigned process)
{
	for (size_t i = 0; i < database->process_count; i++) {
		if (database->processes[i].process == process)
			return &database->processes[i];
	}
	return NULL;
}

void database_host_beat(struct database *database, unsigned process, unsigned weight, bool is_leaving,
		int64_t live_ms)
{
	struct database_process *row = find_process(database, process);

	database->counts[COUNT_BEAT]++;
	if (!row) {
		row = &database->processes[database->process_count++];
		row->process = process;
	}
	row->weight = weight;
	row->is_leaving = is_leaving;
	row->deadline_ms = database->now_ms + live_ms;
}

size_t database_hosts(const struct database *database, struct database_process *ret, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < database->process_count && count < max; i++) {
		if (database->processes[i].deadline_ms > database->now_ms)
			ret[count++] = database->processes[i];
	}
	return count;
}

size_t database_renew(struct database *database, unsigned process, int64_t lease_ms, size_t *ret)
{
	size_t count = 0;

	database->counts[COUNT_BEAT]++;
	for (size_t i = 0; i < database->lease_count; i++) {
		if (database->leases[i].owner != process)
			continue;
		database->leases[i].deadline_ms = database->now_ms + lease_ms;
		ret[count++] = i;
	}
	return count;
}

unsigned database_open(const struct database *database, int64_t since_ms)
{
	unsigned open = 0;

	for (size_t i = 0; i < database->lease_count; i++) {
		const struct database_lease *lease = &database->leases[i];

		open += (!lease->owner || lease->deadline_ms < database->now_ms) &&
			lease->deadline_ms <= database->now_ms - since_ms;
	}
	return open;
}

size_t database_take(struct database *database, unsigned process, unsigned limit, int64_t lease_ms,
		uint64_t lapsed_before, size_t *ret)
{
	size_t count = 0;

	database->counts[COUNT_LEASE]++;
	for (size_t i = 0; i < database->lease_count && count < limit; i++) {
		struct database_lease *lease = &database->leases[i];
		bool is_lapsed = lease->deadline_ms < database->now_ms &&
				 lease->deadline_ms < (int64_t)lapsed_before;

		if (lease->owner && !is_lapsed)
			continue;
		lease->owner = process;
		lease->epoch++;
		lease->deadline_ms = database->now_ms + lease_ms;
		lease->is_ready = lease->needs_identify = false;
		ret[count++] = i;
	}
	database->counts[COUNT_LOAD] += 2 * count;
	return count;
}

static struct database_lease *held(struct database *database, unsigned process, size_t index, uint64_t epoch)
{
	struct database_lease *lease = &database->leases[index];

	return lease->owner == process && lease->epoch == epoch ? lease : NULL;
}

bool database_give(
		struct database *database, unsigned process, size_t index, uint64_t epoch, uint64_t position)
{
	struct database_lease *lease = held(database, process, index, epoch);

	database->counts[COUNT_LEASE]++;
	if (!lease)
		return false;
	lease->owner = 0;
	lease->deadline_ms = database->now_ms;
	lease->is_ready = false;
	lease->position = position;
	return true;
}

bool database_position(struct database *database, unsigned process, size_t index, uint64_t epoch,
		uint64_t position, bool is_ready, bool needs_identify)
{
	struct database_lease *lease = held(database, process, index, epoch);

	if (!lease)
		return false;
	lease->position = position;
	lease->is_ready = is_ready;
	lease->needs_identify = needs_identify;
	return true;
}

/* Only the lowest shard of its bucket that needs to IDENTIFY. */
static bool is_first(const struct database *database, unsigned bucket, unsigned shard, unsigned concurrency)
{
	for (size_t i = 0; i < database->lease_count; i++) {
		const struct database_lease *lease = &database->leases[i];

		if (lease->needs_identify && lease->deadline_ms > database->now_ms &&
				lease->number % concurrency == bucket)
			return lease->number == shard;
	}
	return false;
}

int64_t database_reserve(struct database *database, unsigned bucket, unsigned shard, unsigned concurrency,
		int64_t spacing_ms)
{
	int64_t now_ms = database->now_ms, moment_ms;
	bool is_new_day = database->starts_reset_ms <= now_ms;

	database->counts[COUNT_GATE]++;
	if (database->gate_ms[bucket] > now_ms + GATE_AHEAD_MS ||
			!is_first(database, bucket, shard, concurrency))
		return -1;
	if (database->starts_remaining <= 0 && !is_new_day)
		return -1;
	moment_ms = database->gate_ms[bucket] > now_ms + GATE_LEAD_MS ? database->gate_ms[bucket]
								      : now_ms + GATE_LEAD_MS;
	database->gate_ms[bucket] = moment_ms + spacing_ms;
	database->starts_remaining = (is_new_day ? database->starts_total : database->starts_remaining) - 1;
	if (is_new_day)
		database->starts_reset_ms = now_ms + STARTS_DAY_MS;
	return moment_ms - now_ms;
}

static struct database_slots *slots_of(struct database *database, unsigned process)
{
	for (size_t i = 0; i < database->slots_count; i++) {
		if (database->slots[i].process == process)
			return &database->slots[i];
	}
	return NULL;
}

int database_slots_move(struct database *database, unsigned process, int count)
{
	struct database_slots *slots = slots_of(database, process);

	database->counts[COUNT_SLOTS]++;
	if (database->budget_free < count)
		return -1;
	if (!slots) {
		slots = &database->slots[database->slots_count++];
		*slots = (struct database_slots){.process = process};
	}
	database->budget_free -= count;
	slots->count += count;
	return slots->count;
}

int database_slots_back(struct database *database, unsigned process, int count)
{
	struct database_slots *slots = slots_of(database, process);

	database->counts[COUNT_SLOTS]++;
	if (!slots || slots->count < count)
		return -1;
	slots->count -= count;
	database->budget_free += count;
	return slots->count;
}

int database_slots_reap(struct database *database)
{
	int freed = 0;

	for (size_t i = 0; i < database->slots_count;) {
		const struct database_process *process = find_process(database, database->slots[i].process);

		if (!process || process->deadline_ms >= database->now_ms - REAP_MS) {
			i++;
			continue;
		}
		freed += database->slots[i].count;
		database->slots[i] = database->slots[--database->slots_count];
	}
	database->budget_free += freed;
	return freed;
}
