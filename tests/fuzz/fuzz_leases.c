/*
 * Two processes and a database, in any order of statements, answers, pauses, cuts, and steps of the database's clock: at no
 * time may both processes speak for one lease, and no process speaks for longer than its last renewal allows. The
 * database's clock is set at most once in STEP_SPACING_MS: a step that is undone before a reading shows it is beyond what
 * can be seen.
 */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "bot/cluster/lease.h"
#include "tests/fuzz/fuzzed.h"

#define PROCESSES       2
#define LEASES          3
#define STEP_SPACING_MS 4000
#define POOL            "discord/home/3"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct row {
	char name[32];
	int owner; /* -1: free */
	uint64_t epoch;
	int64_t deadline;
};

struct statement {
	bool is_sent, is_done, is_take;
	uint64_t sent_ms, lapsed_before;
	unsigned count;
	struct lease_row rows[LEASES];
	size_t row_count;
	int64_t clock;
};

struct process {
	struct leases *leases;
	int number;
	uint64_t offset;
	uint64_t renewed[LEASES]; /* when the last statement was sent that may have extended the lease */
	struct statement statement;
	struct model *model;
};

struct model {
	uint64_t now, stepped_ms;
	int64_t step;
	struct row rows[LEASES];
	struct process processes[PROCESSES];
};

static int64_t database_clock(const struct model *model)
{
	return INT64_C(1800000000000) + (int64_t)model->now + model->step;
}

static uint64_t boot(const struct process *process)
{
	return process->model->now + process->offset;
}

static struct row *row_of(struct model *model, const char *name)
{
	for (int i = 0; i < LEASES; i++) {
		if (strcmp(model->rows[i].name, name) == 0)
			return &model->rows[i];
	}
	assert(false);
	return NULL;
}

static void on_taken(void *user, const struct lease_row *row, const struct permit *permit)
{
	struct process *process = user;

	assert(leases_permit(process->leases, row->name) == permit);
	assert(leases_epoch(process->leases, row->name) == row->epoch);
}

static void on_lost(void *user, const char *name, const char *why)
{
	struct process *process = user;

	assert(*why && !leases_permit(process->leases, name));
}

/* Given back at once. */
static void on_stray(void *user, const struct lease_row *lease)
{
	struct process *process = user;
	struct row *row = row_of(process->model, lease->name);

	if (row->owner == process->number && row->epoch == lease->epoch)
		row->owner = -1;
}

/* ---------------------------------------------------------------- what the input can do */

static void send(struct process *process, bool is_take, unsigned count)
{
	struct statement *statement = &process->statement;

	if (statement->is_sent)
		return;
	*statement = (struct statement){.is_sent = true,
			.is_take = is_take,
			.count = count,
			.sent_ms = boot(process),
			.lapsed_before = leases_lapsed_before(process->leases, boot(process))};
	if (!is_take)
		leases_sent(process->leases, statement->sent_ms);
}

static bool may_take(const struct process *process, const struct row *row)
{
	return row->owner < 0 || (row->deadline < database_clock(process->model) &&
						 row->deadline < (int64_t)process->statement.lapsed_before);
}

static void execute(struct process *process)
{
	struct statement *statement = &process->statement;

	if (!statement->is_sent || statement->is_done)
		return;
	statement->is_done = true;
	statement->clock = database_clock(process->model);
	for (int i = 0; i < LEASES; i++) {
		struct row *row = &process->model->rows[i];

		if (statement->is_take && statement->row_count < statement->count && may_take(process, row)) {
			row->owner = process->number;
			row->epoch++;
		} else if (statement->is_take || row->owner != process->number) {
			continue;
		}
		row->deadline = statement->clock + LEASE_MS;
		statement->rows[statement->row_count++] = (struct lease_row){row->name, row->epoch, ""};
		process->renewed[i] = statement->sent_ms;
	}
}

static void hear(struct process *process)
{
	const struct statement statement = process->statement;

	if (!statement.is_done)
		return;
	process->statement = (struct statement){0};
	if (statement.is_take) {
		leases_taken(process->leases, statement.rows, statement.row_count, statement.sent_ms);
	} else {
		leases_clock(process->leases, (uint64_t)statement.clock, boot(process));
		leases_renewed(process->leases, statement.rows, statement.row_count);
	}
}

static void cut(struct process *process)
{
	process->statement = (struct statement){0};
	leases_disturbed(process->leases);
}

static void step(struct model *model, int8_t by)
{
	if (model->now < model->stepped_ms + STEP_SPACING_MS)
		return;
	model->stepped_ms = model->now;
	model->step += by * INT64_C(100);
}

static void give(struct process *process, int lease)
{
	struct row *row = &process->model->rows[lease];
	uint64_t epoch = leases_epoch(process->leases, row->name);

	leases_gave(process->leases, row->name);
	if (row->owner == process->number && row->epoch == epoch)
		row->owner = -1;
}

static void share(struct process *process, uint8_t byte)
{
	const struct lease_host hosts[] = {
			{"p/0", "p", 1 + (byte & 3u), false}, {"p/1", "p", byte >> 2 & 3u, (byte & 16) != 0}};
	const char *name;

	leases_hosts(process->leases, hosts, PROCESSES);
	assert(leases_want(process->leases, POOL, LEASES, byte >> 5, byte >> 6, boot(process)) <= LEASES);
	name = leases_to_give(process->leases, POOL, LEASES, boot(process));
	assert(!name || leases_permit(process->leases, name));
	if (name)
		give(process, (int)(row_of(process->model, name) - process->model->rows));
}

static void act(struct model *model, struct fuzzed_input *input)
{
	uint8_t byte = fuzzed_byte(input);
	struct process *process = &model->processes[byte >> 7];

	switch (byte & 7) {
	case 0: model->now += 10u * fuzzed_byte(input); break;
	case 1: send(process, false, 0); break;
	case 2: send(process, true, 1 + (byte >> 3 & 3)); break;
	case 3: execute(process); break;
	case 4: hear(process); break;
	case 5: cut(process); break;
	case 6: step(model, (int8_t)fuzzed_byte(input)); break;
	default:
		if (byte & 8)
			share(process, fuzzed_byte(input));
		else
			give(process, (byte >> 4 & 3) % LEASES);
		break;
	}
}

/* ---------------------------------------------------------------- what must be true */

static void check(const struct model *model)
{
	for (int i = 0; i < LEASES; i++) {
		int speakers = 0;

		for (int p = 0; p < PROCESSES; p++) {
			const struct process *process = &model->processes[p];
			const struct permit *permit = leases_permit(process->leases, model->rows[i].name);

			if (!permit)
				continue;
			assert(permit->until_boot_ms <= process->renewed[i] + LEASE_MS - LEASE_GUARD_MS);
			speakers += boot(process) < permit->until_boot_ms;
		}
		assert(speakers < 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct leases_events events = {on_taken, on_lost, on_stray};
	struct fuzzed_input input = {data, size};
	struct model model = {.now = 1000, .rows = {{.owner = -1}}};

	for (int i = 0; i < LEASES; i++) {
		snprintf(model.rows[i].name, sizeof(model.rows[i].name), POOL "/%d", i);
		model.rows[i].owner = -1;
	}
	for (int p = 0; p < PROCESSES; p++) {
		model.processes[p] = (struct process){
				.number = p, .offset = 1000000u * (unsigned)p, .model = &model};
		assert(leases_new(&events, &model.processes[p], p ? "p/1" : "p/0", 1,
				       &model.processes[p].leases) == 0);
	}
	while (input.length) {
		act(&model, &input);
		check(&model);
	}
	for (int p = 0; p < PROCESSES; p++)
		leases_free(model.processes[p].leases);
	return 0;
}
