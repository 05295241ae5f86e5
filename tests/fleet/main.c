/*
 * fleet [--csv FOLDER] [--seeds N] [--first N] - run the scenarios of a large fleet, then N seeds of random misfortune.
 *
 * Prints a line of TAP for each, with what was measured. With --csv, fleet.csv has a line for each second of the large
 * fleet, and scale.csv one for each size.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "tests/fleet/fleet.h"

#define GUILDS      1000000
#define SHARDS      1000
#define HOSTS       20
#define CONCURRENCY 16
#define STARTS      3000 /* of a day, for so many guilds */
#define LOST        5    /* hosts at once */
#define FULL_MAX_MS (20 * 60 * 1000)
#define SECOND_MS   1000

static unsigned failed;

static void expect(bool is_good, const char *name, const char *what)
{
	printf("%s - %s: %s\n", is_good ? "ok" : "not ok", name, what);
	failed += !is_good;
}

/* ---------------------------------------------------------------- what happens in each second */

struct record {
	FILE *file; /* may be NULL */
	const char *phase;
	unsigned guilds[DATABASE_LEASES_MAX]; /* of each shard */
	uint64_t next_ms, busiest;            /* statements in the busiest second */
	uint64_t counts[COUNT_MAX];
	unsigned identifies, resumes;
};

/* Guilds by their ids, as Discord spreads them over shards. */
static void spread_guilds(struct record *record, unsigned shards, unsigned guilds)
{
	struct random random;

	random_seed(&random, 4711);
	memset(record->guilds, 0, sizeof(record->guilds));
	for (unsigned i = 0; i < guilds; i++)
		record->guilds[(random_next(&random) >> 22) % shards]++;
}

static unsigned guilds_served(const struct fleet *fleet, const struct record *record)
{
	unsigned guilds = 0;

	for (int i = 0; i < fleet->host_count; i++) {
		const struct host *host = &fleet->hosts[i];

		for (size_t j = 0; j < host->held_count; j++) {
			if (host_speaks(host, host->held[j]))
				guilds += record->guilds[host->held[j]];
		}
	}
	return guilds;
}

static void note_second(const struct fleet *fleet, struct record *record)
{
	uint64_t sum = 0;

	if (record->file)
		fprintf(record->file, "%s,%llu,%u,%u,%u", record->phase,
				(unsigned long long)(fleet->now_ms / SECOND_MS), fleet_alive(fleet),
				fleet_ready(fleet), guilds_served(fleet, record));
	for (int i = 0; i < COUNT_MAX; i++) {
		uint64_t count = fleet->database.counts[i] - record->counts[i];

		sum += count;
		record->counts[i] = fleet->database.counts[i];
		if (record->file)
			fprintf(record->file, ",%llu", (unsigned long long)count);
	}
	if (record->file)
		fprintf(record->file, ",%u,%u\n", fleet->discord.identifies - record->identifies,
				fleet->discord.resumes - record->resumes);
	record->identifies = fleet->discord.identifies;
	record->resumes = fleet->discord.resumes;
	if (sum > record->busiest)
		record->busiest = sum;
}

static void step(struct fleet *fleet, struct record *record)
{
	fleet_turn(fleet);
	if (fleet->now_ms < record->next_ms)
		return;
	record->next_ms = fleet->now_ms + SECOND_MS;
	note_second(fleet, record);
}

static void run_for(struct fleet *fleet, struct record *record, uint64_t duration_ms)
{
	uint64_t end_ms = fleet->now_ms + duration_ms;

	while (fleet->now_ms < end_ms)
		step(fleet, record);
}

/* How long until every shard answers. */
static uint64_t run_until_full(struct fleet *fleet, struct record *record)
{
	uint64_t from_ms = fleet->now_ms;

	while (fleet_ready(fleet) < fleet->shards && fleet->now_ms < from_ms + FULL_MAX_MS)
		step(fleet, record);
	return fleet->now_ms - from_ms;
}

/* Statements in a second, when nothing happens. */
static double idle_rate(struct fleet *fleet, struct record *record)
{
	uint64_t before = 0, after = 0;

	for (int i = 0; i < COUNT_MAX; i++)
		before += fleet->database.counts[i];
	run_for(fleet, record, 20 * SECOND_MS);
	for (int i = 0; i < COUNT_MAX; i++)
		after += fleet->database.counts[i];
	return (double)(after - before) / 20;
}

static void start_all(struct fleet *fleet)
{
	for (int i = 0; i < fleet->host_count; i++)
		fleet_start(fleet, i, fleet->now_ms + random_below(&fleet->random, 2 * SECOND_MS));
}

/* What must hold in every scenario. */
static void expect_rules(const struct fleet *fleet, const char *name)
{
	char what[160];

	snprintf(what, sizeof(what),
			"%u takes, %u times two valid permits; %u IDENTIFYs, %u early, %u over the day's",
			fleet->takes, fleet->doubles, fleet->discord.identifies, fleet->discord.early,
			fleet->discord.exhausted);
	expect(fleet->takes && !fleet->doubles && !fleet->discord.early && !fleet->discord.exhausted, name,
			what);
}

static void expect_time(const char *name, const char *what, uint64_t took_ms, uint64_t limit_ms)
{
	char text[160];

	snprintf(text, sizeof(text), "%s after %.1f s (at most %.0f)", what, (double)took_ms / 1000,
			(double)limit_ms / 1000);
	expect(took_ms <= limit_ms, name, text);
}

/* ---------------------------------------------------------------- the large fleet */

static void begin(struct fleet *fleet, struct record *record, FILE *file, unsigned shards, int hosts)
{
	fleet_begin(fleet, 1, shards, hosts, CONCURRENCY, STARTS);
	fleet->is_calm = true;
	*record = (struct record){.file = file, .phase = "start"};
	spread_guilds(record, shards, GUILDS);
}

static void phase_start(struct fleet *fleet, struct record *record)
{
	unsigned rounds = (SHARDS + CONCURRENCY - 1) / CONCURRENCY;

	start_all(fleet);
	expect_time("the whole fleet starts", "1,000 shards answer", run_until_full(fleet, record),
			(uint64_t)rounds * GATE_SPACING_MS + 15 * SECOND_MS);
	expect(fleet->discord.identifies == SHARDS, "the whole fleet starts", "one IDENTIFY for each shard");
	run_for(fleet, record, 20 * SECOND_MS);
}

static void phase_loss(struct fleet *fleet, struct record *record)
{
	unsigned identifies = fleet->discord.identifies;
	size_t held = 0;
	char what[64];

	record->phase = "loss";
	for (int i = 0; i < LOST; i++)
		fleet_kill(fleet, i);
	expect_time("5 of 20 hosts are lost", "all shards answer again", run_until_full(fleet, record),
			10 * SECOND_MS);
	expect(fleet->discord.identifies == identifies, "5 of 20 hosts are lost", "without an IDENTIFY");
	run_for(fleet, record, 30 * SECOND_MS);
	record->phase = "return";
	for (int i = 0; i < LOST; i++)
		fleet_start(fleet, i, fleet->now_ms + 1);
	run_for(fleet, record, 60 * SECOND_MS);
	for (int i = 0; i < LOST; i++)
		held += fleet->hosts[i].held_count;
	snprintf(what, sizeof(what), "they have %zu shards after a minute", held);
	expect(held >= SHARDS * LOST / HOSTS * 3 / 4, "5 hosts return", what);
}

static void phase_fail_over(struct fleet *fleet, struct record *record)
{
	unsigned takes = fleet->takes;
	char what[64];

	record->phase = "fail-over";
	fleet_fail_over(fleet, 30 * SECOND_MS, 3 * SECOND_MS);
	run_for(fleet, record, 30 * SECOND_MS);
	expect_time("the database is away for 30 s, and its clock is another", "all shards answer again",
			run_until_full(fleet, record), 10 * SECOND_MS);
	snprintf(what, sizeof(what), "%u leases have another owner", fleet->takes - takes);
	expect(fleet->takes - takes <= SHARDS / 100,
			"the database is away for 30 s, and its clock is another", what);
	run_for(fleet, record, 30 * SECOND_MS);
}

static void phase_stopped(struct fleet *fleet, struct record *record)
{
	unsigned least = SHARDS;
	char what[64];

	record->phase = "stopped";
	fleet_pause(fleet, HOSTS - 1, 60 * SECOND_MS);
	run_for(fleet, record, SECOND_MS);
	expect_time("a host is stopped for a minute", "all shards answer without it",
			run_until_full(fleet, record), 12 * SECOND_MS);
	run_for(fleet, record, 48 * SECOND_MS);
	/* It wakes with 50 permits that are over, and 50 sessions that others have resumed. */
	for (int seconds = 0; seconds < 15; seconds++) {
		run_for(fleet, record, SECOND_MS);
		if (fleet_ready(fleet) < least)
			least = fleet_ready(fleet);
	}
	snprintf(what, sizeof(what), "while it comes back believing, at least %u shards answer", least);
	expect(least >= SHARDS - 5, "a host is stopped for a minute", what);
	run_for(fleet, record, 30 * SECOND_MS);
}

static void phase_upgrade(struct fleet *fleet, struct record *record)
{
	unsigned identifies = fleet->discord.identifies, least = SHARDS;
	char what[64];

	record->phase = "upgrade";
	for (int i = 0; i < HOSTS; i++) {
		fleet_leave(fleet, i);
		for (int seconds = 0; seconds < 5; seconds++) {
			run_for(fleet, record, SECOND_MS);
			if (fleet_ready(fleet) < least)
				least = fleet_ready(fleet);
		}
		fleet_start(fleet, i, fleet->now_ms + 1);
		run_for(fleet, record, 5 * SECOND_MS);
	}
	snprintf(what, sizeof(what), "at least %u shards answer all the time", least);
	expect(least >= SHARDS - 2 * SHARDS / HOSTS, "a rolling upgrade of 20 hosts", what);
	expect_time("a rolling upgrade of 20 hosts", "all shards answer", run_until_full(fleet, record),
			10 * SECOND_MS);
	expect(fleet->discord.identifies == identifies, "a rolling upgrade of 20 hosts",
			"without an IDENTIFY");
}

static void run_large(FILE *file)
{
	static struct fleet fleet;
	static struct record record;

	if (file)
		fprintf(file, "phase,second,hosts,shards,guilds,beat,lease,load,position,gate,slots,"
			      "identifies,resumes\n");
	begin(&fleet, &record, file, SHARDS, HOSTS);
	phase_start(&fleet, &record);
	phase_loss(&fleet, &record);
	phase_fail_over(&fleet, &record);
	phase_stopped(&fleet, &record);
	phase_upgrade(&fleet, &record);
	expect_rules(&fleet, "1,000,000 guilds, 1,000 shards, 20 hosts");
	fleet_end(&fleet);
}

/* ---------------------------------------------------------------- its size */

static void run_size(FILE *file, unsigned shards)
{
	static struct fleet fleet;
	static struct record record;
	uint64_t start_ms, loss_ms;
	double idle;
	char name[48];

	begin(&fleet, &record, NULL, shards, HOSTS);
	start_all(&fleet);
	start_ms = run_until_full(&fleet, &record);
	idle = idle_rate(&fleet, &record);
	record.busiest = 0;
	for (int i = 0; i < LOST; i++)
		fleet_kill(&fleet, i);
	loss_ms = run_until_full(&fleet, &record);
	run_for(&fleet, &record, 2 * SECOND_MS);
	if (file)
		fprintf(file, "%u,%d,%.1f,%.1f,%.1f,%llu\n", shards, HOSTS, (double)start_ms / 1000,
				(double)loss_ms / 1000, idle, (unsigned long long)record.busiest);
	snprintf(name, sizeof(name), "%u shards on %d hosts", shards, HOSTS);
	expect_time(name, "all shards answer again after a loss", loss_ms, 10 * SECOND_MS);
	expect_rules(&fleet, name);
	fleet_end(&fleet);
}

static void run_sizes(FILE *file)
{
	static const unsigned sizes[] = {50, 100, 200, 400, 600, 800, 1000, 1500, 2000};

	if (file)
		fprintf(file, "shards,hosts,start_s,loss_s,idle_statements,loss_statements\n");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		run_size(file, sizes[i]);
}

/* ---------------------------------------------------------------- random misfortune */

/* is_stepping: also the database's clock. Then two IDENTIFYs may come too early, which Discord refuses and the bot tries
 * again; two speakers may not. */
static void harm(struct fleet *fleet, bool is_stepping)
{
	int host = (int)random_below(&fleet->random, (uint64_t)fleet->host_count);
	uint64_t length_ms = random_below(&fleet->random, 20 * SECOND_MS);

	switch (random_below(&fleet->random, 8)) {
	case 0:
	case 1:
		fleet_kill(fleet, host);
		fleet_start(fleet, host, fleet->now_ms + length_ms / 2 + 1);
		break;
	case 2:
	case 3: fleet_pause(fleet, host, length_ms); break;
	case 4:
	case 5: fleet_cut(fleet, host); break;
	case 6: /* NTP sets the database's clock */
		fleet->step_ms += is_stepping ? (int64_t)random_below(&fleet->random, 20001) - 10000 : 0;
		break;
	default:
		fleet_fail_over(fleet, length_ms,
				is_stepping ? (int64_t)random_below(&fleet->random, 6001) - 3000 : 0);
		break;
	}
}

static void run_seed(uint64_t seed)
{
	static struct fleet fleet;
	static struct record record;
	char name[32];
	uint64_t took_ms;

	fleet_begin(&fleet, seed, 48, 6, 8, 100000);
	record = (struct record){.phase = "seed"};
	start_all(&fleet);
	for (int i = 0; i < 300; i++) {
		run_for(&fleet, &record, random_below(&fleet.random, 4 * SECOND_MS));
		harm(&fleet, seed % 2 == 0);
	}
	fleet.is_calm = true;
	for (int i = 0; i < fleet.host_count; i++) {
		if (!fleet.hosts[i].process && !fleet.hosts[i].starts_ms)
			fleet_start(&fleet, i, fleet.now_ms + 1);
	}
	run_for(&fleet, &record, 45 * SECOND_MS);
	took_ms = run_until_full(&fleet, &record);
	snprintf(name, sizeof(name), "seed %llu", (unsigned long long)seed);
	if (seed % 2 == 0)
		fleet.discord.early = 0;
	expect_rules(&fleet, name);
	expect_time(name, "in calm all shards answer", took_ms, 60 * SECOND_MS);
	fleet_end(&fleet);
}

/* ---------------------------------------------------------------- arguments */

static FILE *open_csv(const char *folder, const char *name)
{
	char path[512];
	FILE *file;

	if (!folder)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	if (!file) {
		fprintf(stderr, "fleet: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return file;
}

int main(int argc, char **argv)
{
	const char *folder = NULL;
	unsigned long seeds = 20, first = 1;
	FILE *large, *scale;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (str_equal(argv[i], "--csv"))
			folder = argv[i + 1];
		else if (str_equal(argv[i], "--seeds"))
			seeds = strtoul(argv[i + 1], NULL, 10);
		else if (str_equal(argv[i], "--first"))
			first = strtoul(argv[i + 1], NULL, 10);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	large = open_csv(folder, "fleet.csv");
	scale = open_csv(folder, "scale.csv");
	run_large(large);
	run_sizes(scale);
	for (unsigned long i = 0; i < seeds; i++)
		run_seed(first + i);
	if (large)
		fclose(large);
	if (scale)
		fclose(scale);
	return failed ? 1 : 0;
}
