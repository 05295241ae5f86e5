/*
 * Two processes over one database, in any order of questions, values, results, lost results, cuts, leases taken and
 * processes killed: no question is given to two, no open question is missed by its owner, and in the end both know the
 * values that the database has. In the other half of the inputs the line is hostile: results come late, doubled,
 * out of order and with any content; each caller is still told once, in order.
 */

#include "tests/fuzz/fuzzed.h"
#include "tests/unit/line_by_hand.h"

#define IDS       12
#define KEYS      4
#define WAITS_MAX 512
#define LEASE     "irc/home"
#define STEPS_MAX 400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct process;

/* A call of store_settle_later(). */
struct wait {
	struct process *process;
	unsigned order;
	bool is_away;
	unsigned ids[IDS];
	size_t count;
};

struct process {
	struct line_by_hand line;
	struct model *model;
	unsigned begun[IDS]; /* since the last call */
	size_t begun_count;
	struct wait *waits[WAITS_MAX];
	unsigned asked, told; /* calls, and those that had their last result */
	uint64_t epoch;       /* of the lease that it believes to have; 0: no lease */
};

struct model {
	struct hand_database *database;
	struct process processes[2];
	unsigned lives;
	unsigned given[IDS]; /* how often a question was ours */
	bool is_hostile;
};

static const char *const ids[IDS] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"};
static const char *const keys[KEYS] = {"libera #a", "libera #b", "libera #c", "libera #d"};

static void on_settled(void *user, const struct store_result *result)
{
	struct wait *wait = user;
	struct process *process = wait->process;

	if (result->error == -EAGAIN) {
		assert(!wait->is_away && wait->order >= process->told);
		wait->is_away = true;
		return;
	}
	assert(wait->order == process->told); /* once, and in order */
	process->told++;
	assert(result->begun == wait->count);
	for (size_t i = 0; i < wait->count; i++)
		process->model->given[wait->ids[i]] += result->is_ours[i];
}

static void settle(struct process *process)
{
	struct wait *wait;
	int r;

	if (process->asked == WAITS_MAX)
		return;
	wait = calloc(1, sizeof(*wait));
	assert(wait);
	wait->process = process;
	wait->order = process->asked;
	memcpy(wait->ids, process->begun, sizeof(wait->ids));
	wait->count = process->begun_count;
	r = store_settle_later(process->line.store, true, on_settled, wait);
	assert(r == 0 || (r == -ENODATA && !wait->count));
	if (r < 0) {
		free(wait);
		return;
	}
	process->begun_count = 0;
	process->waits[process->asked++] = wait;
}

static void begin(struct process *process, unsigned id)
{
	const struct journal_entry entry = {.gateway = "home",
			.id = ids[id],
			.channel = "#c",
			.author_id = "me",
			.author_name = "Me",
			.account = "",
			.text = "!next",
			.extra = ""};
	int r;

	if (process->begun_count == IDS)
		return;
	r = store_journal_begin(process->line.store, &entry);
	assert(r == 0 || r == -EEXIST);
	if (r == 0)
		process->begun[process->begun_count++] = id;
}

struct listing {
	char ids[IDS][8];
	size_t count;
};

static void on_entry(void *user, const struct journal_entry *entry)
{
	struct listing *listing = user;

	assert(strcmp(entry->gateway, "home") == 0 && entry->text);
	if (listing->count < IDS)
		snprintf(listing->ids[listing->count], sizeof(listing->ids[0]), "%s", entry->id);
	listing->count++;
}

static struct listing pending(struct process *process)
{
	struct listing listing = {.count = 0};

	assert(store_journal_pending(process->line.store, "home", on_entry, &listing) == 0);
	assert(listing.count <= IDS || process->model->is_hostile);
	return listing;
}

/* Answer the oldest open question. */
static void answer(struct process *process, unsigned which)
{
	struct listing listing = pending(process);

	if (listing.count && listing.count <= IDS)
		assert(store_journal_done(process->line.store, "home", listing.ids[which % listing.count]) ==
				0);
}

static void change(struct process *process, unsigned key, unsigned value)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", value);
	if (value % 5 == 0)
		assert(store_delete(process->line.store, "setting/prefix", keys[key]) == 0);
	else
		assert(store_keep(process->line.store, "setting/prefix", keys[key], text) == 0);
}

static void change_with_effect(struct process *process, unsigned id, unsigned value)
{
	store_effect_begin(process->line.store, "home", ids[id]);
	if (value % 2)
		change(process, value % KEYS, value);
	store_effect_end(process->line.store, value % 2 ? NULL : "already");
}

static void change_at_once(struct process *process, unsigned value)
{
	assert(store_begin(process->line.store) == 0);
	change(process, value % KEYS, value);
	change(process, (value >> 2) % KEYS, value + 1);
	change(process, value % KEYS, value + 2);
	if (value & 64)
		store_rollback(process->line.store);
	else
		assert(store_commit(process->line.store) == 0);
}

static void take(struct process *process)
{
	struct store_claim claim = {.lease = LEASE, .gateway = "home"};

	claim.epoch = hand_take(&process->line, LEASE);
	process->epoch = claim.epoch;
	assert(remote_claim(process->line.store, &claim, NULL, NULL) == 0);
}

static void start(struct model *model, struct process *process)
{
	char name[32];

	snprintf(name, sizeof(name), "host%d/%08x", (int)(process - model->processes), ++model->lives);
	*process = (struct process){.model = model};
	hand_open(&process->line, model->database, name);
}

static void end(struct process *process)
{
	for (unsigned i = 0; i < process->asked; i++)
		free(process->waits[i]);
	hand_close(&process->line);
}

/* The batch that has its result next. */
static struct hand_pending *first_batch(const struct line_by_hand *line)
{
	for (size_t i = 0; i < line->pending_count; i++) {
		if (line->pending[i].batch)
			return &line->pending[i];
	}
	return NULL;
}

static void take_back(struct line_by_hand *line, struct hand_pending *pending)
{
	size_t behind = line->pending_count-- - (size_t)(pending - line->pending) - 1;

	memmove(pending, pending + 1, behind * sizeof(*pending));
}

/* What no line should do. */
static void attack(struct process *process, struct fuzzed_input *input)
{
	struct store *store = process->line.store;
	const struct store_claim claim = {.lease = LEASE, .gateway = "home", .epoch = fuzzed_byte(input) % 4};
	const bool ours[3] = {fuzzed_byte(input) & 1, fuzzed_byte(input) & 1, true};
	const struct journal_entry entry = {.gateway = fuzzed_byte(input) & 1 ? "home" : "home@host0",
			.id = ids[fuzzed_byte(input) % IDS],
			.channel = "",
			.text = "!next",
			.age_ms = fuzzed_byte(input) * UINT64_C(0x101010101010101)};
	static const char *const areas[] = {
			"setting/prefix", LEASE, "lobby/den", "lobby/den@host0", "", "@host0"};
	static const int errors[] = {0, -EAGAIN, -EINVAL, -ENOMEM};
	struct store_result result = {.number = fuzzed_byte(input) % 8,
			.error = errors[fuzzed_byte(input) % 4],
			.is_ours = ours,
			.begun = fuzzed_byte(input) % 4,
			.version = fuzzed_byte(input)};
	unsigned value = fuzzed_byte(input);
	struct hand_pending *first = first_batch(&process->line);

	if (first && value & 1)
		result.number = first->batch->number;
	switch (fuzzed_byte(input) % 6) {
	case 0:
		/* A batch that has its result is the store's again: it must not be answered by hand later. */
		if (first && first->batch->number == result.number && result.error != -EAGAIN)
			take_back(&process->line, first);
		remote_settled(store, &result);
		break;
	case 1:
		remote_heard(store, areas[value % 6], keys[value % KEYS], value & 8 ? "x" : NULL, value);
		break;
	case 2: remote_opened(store, &entry, value & 1 ? "done" : NULL); break;
	case 3: remote_loaded(store, &claim, errors[value % 4]); break;
	case 4: remote_caught_up(store, value); break;
	default: (void)remote_read(store); break;
	}
}

static void step(struct model *model, struct fuzzed_input *input)
{
	unsigned what = fuzzed_byte(input), which = fuzzed_byte(input);
	struct process *process = &model->processes[what & 1];
	struct line_by_hand *line = &process->line;

	switch ((what >> 1) % (model->is_hostile ? 18 : 17)) {
	case 0:
	case 1: begin(process, which % IDS); break;
	case 2:
	case 3: settle(process); break;
	case 4: answer(process, which); break;
	case 5: change(process, which % KEYS, which >> 2); break;
	case 6: change_with_effect(process, which % IDS, which >> 3); break;
	case 7: change_at_once(process, which); break;
	case 8:
	case 9: hand_answer(line); break;
	case 10:
		if (line->pending_count && line->pending[0].batch)
			hand_lose(line);
		break;
	case 11:
		if (!line->is_away)
			hand_cut(line);
		else
			hand_mend(line);
		break;
	case 12: hand_beat(line); break;
	case 13:
		if (!line->is_away)
			take(process);
		break;
	case 14:
		remote_unclaim(line->store, LEASE);
		process->epoch = 0;
		break;
	case 15:
		end(process);
		start(model, process);
		break;
	case 16: (void)store_put(line->store, LEASE, keys[which % KEYS], which & 8 ? "x" : "y"); break;
	default: attack(process, input); break;
	}
}

static void check_values(struct process *process)
{
	for (unsigned i = 0; i < KEYS; i++) {
		const struct hand_value *kept =
				hand_value(process->model->database, "setting/prefix", keys[i]);
		char *value = NULL;
		int r = store_get(process->line.store, "setting/prefix", keys[i], &value);

		assert(r == (kept && !kept->is_deleted ? 0 : -ENOENT));
		assert(r || strcmp(value, kept->value) == 0);
		free(value);
	}
}

/* The owner of the lease has every open question that the database has. It may have one more, of which the last owner said
 * late that it is answered. */
static void check_questions(struct process *process)
{
	const struct hand_database *database = process->model->database;
	struct listing listing = pending(process);
	const struct hand_lease *lease = hand_lease(process->model->database, LEASE);

	if (!lease || lease->epoch != process->epoch || strcmp(lease->owner, process->line.process) != 0)
		return;
	for (size_t i = 0; i < database->row_count; i++) {
		bool is_listed = false;

		for (size_t k = 0; k < listing.count; k++)
			is_listed = is_listed || strcmp(listing.ids[k], database->rows[i].id) == 0;
		assert(is_listed || database->rows[i].is_done);
	}
}

static void check(struct model *model)
{
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2; i++) {
			struct process *process = &model->processes[i];

			hand_mend(&process->line);
			settle(process);
			hand_answer_all(&process->line);
			hand_beat(&process->line);
			assert(process->told == process->asked);
		}
	}
	for (int i = 0; i < 2; i++) {
		check_values(&model->processes[i]);
		check_questions(&model->processes[i]);
	}
	for (unsigned i = 0; i < IDS; i++)
		assert(model->given[i] <= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	struct model model = {.database = hand_database_new()};

	model.is_hostile = fuzzed_byte(&input) & 1;
	start(&model, &model.processes[0]);
	start(&model, &model.processes[1]);
	take(&model.processes[0]);
	for (unsigned i = 0; i < STEPS_MAX && input.length; i++)
		step(&model, &input);
	if (!model.is_hostile)
		check(&model);
	end(&model.processes[0]);
	end(&model.processes[1]);
	hand_database_free(model.database);
	return 0;
}
