/*
 * The simulation: the whole bot against simulated networks, on a simulated machine, in
 * virtual time, from one seed. See docs/architecture.md, "The simulation".
 *
 *   sim [--trace] [--hashes] [--database] [--first SEED] [--seeds COUNT] [--step N] [--data FOLDER] [--mutants | --mutant NUMBER]
 *
 * --mutants: plant each fault, and check that one of the seeds finds it.
 * --database: the state is in a database, not on the disk.
 * --hashes: print the hash of each seed's trace, to compare two versions of the program.
 */

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sim/audit.h"
#include "tests/sim/discord.h"
#include "tests/sim/disk.h"
#include "tests/sim/http_service.h"
#include "tests/sim/irc.h"
#include "tests/sim/line.h"
#include "tests/sim/lobby.h"
#include "tests/sim/mutant.h"
#include "tests/sim/process.h"
#include "tests/sim/twitch.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

#define MINUTE_MS     (60 * 1000)
#define QUIET_MS      (6 * MINUTE_MS) /* after the last question: everything must be complete by then */
#define WELL_MS       (2 * MINUTE_MS) /* how long people ask after the last fault */
#define CONFIG_BYTES  65536
#define FAULTS_LIKELY 55 /* percent: the chance of each kind of fault in a run */

static const struct {
	void (*reset)(void);
	void (*append_config)(struct str *json);
	void (*ask)(void);
} networks[] = {
		{irc_reset, irc_append_config, irc_ask},
		{discord_reset, discord_append_config, discord_ask},
		{twitch_reset, twitch_append_config, twitch_ask},
		{lobby_reset, lobby_append_config, lobby_ask},
};
#define NETWORKS (sizeof(networks) / sizeof(networks[0]))

static unsigned networks_in_use; /* of this run, as bits */

/* Use the same folder name in each run, because traces are compared byte for byte. */
#define STATE_FD     199
#define STATE_FOLDER "/proc/self/fd/199"
#define DATABASE_URL "postgresql://episoded@127.0.0.1/episoded?sslmode=disable"

static char folder[200], config_path[240];
static const char *data = "data";
static bool is_traced, wants_hashes, has_database;

/* ---------------------------------------------------------------- faults and questions */

static void write_config(void)
{
	struct str json = STR(CONFIG_BYTES);
	FILE *file = fopen(config_path, "w");

	str_printf(&json, "{\"prefix\":\"!\",\"state\":\"%s\",\"log_level\":\"%s\",\"gateways\":[",
			has_database ? DATABASE_URL : STATE_FOLDER, is_traced ? "debug" : "warning");
	for (size_t i = 0, count = 0; i < NETWORKS; i++) {
		if (!(networks_in_use >> i & 1))
			continue;
		str_append(&json, count++ ? "," : "");
		networks[i].append_config(&json);
	}
	str_append(&json, "]}\n");
	if (!file || fputs(str_text(&json), file) < 0 || fclose(file) != 0) {
		perror(config_path);
		exit(1);
	}
	str_release(&json);
}

static void on_people(void *argument)
{
	const uint64_t *end_ms = argument;

	size_t i;

	do
		i = world_dice(NETWORKS);
	while (!(networks_in_use >> i & 1));
	networks[i].ask();
	/* Ask several questions at once, then pause: on average no more than the slowest server's flood limit
	 * allows to answer. */
	if (world_now_ms() < *end_ms)
		world_after(world_percent(60) ? world_between(1, 1500) : world_between(5000, 35000),
				on_people, argument);
}

static void reload(void)
{
	if ((networks_in_use & 1) && world_percent(40)) {
		irc_change_config();
		write_config();
	}
	process_signal(SIGHUP);
}

/* The fault of the disk is one of the database: away for a moment, or for longer than a lease. */
static void trouble_database(void)
{
	if (!line_is_away() && world_fault(FAULT_DISK, 200)) {
		line_set_away(true);
		return;
	}
	if (!line_is_away() || world_percent(50))
		return;
	if (world_percent(20))
		line_steal_leases();
	line_set_away(false);
}

static void on_misfortune(void *argument)
{
	if (world_is_well())
		return;
	if (world_fault(FAULT_CRASH, 150) && world_has_bot())
		world_arm_crash(1 + (unsigned)world_dice(world_percent(50) ? 10 : 200));
	if (world_fault(FAULT_RESTART, 40) && world_has_bot())
		process_signal(SIGTERM);
	if (world_fault(FAULT_RELOAD, 60) && world_has_bot())
		reload();
	if (world_fault(FAULT_CLOCK, 80))
		world_set_clock();
	if (has_database)
		trouble_database();
	else if (world_fault(FAULT_DISK, 200))
		disk_set(world_percent(50) ? DISK_FULL : DISK_FAILING);
	else if (disk_state() != DISK_WELL && world_percent(50))
		disk_set(DISK_WELL);
	world_after(world_between(500, 15000), on_misfortune, argument);
}

static void on_well(void *argument)
{
	(void)argument;
	if (world_fault(FAULT_CLOCK, 500))
		world_set_clock_right();
	world_end_faults();
	disk_set(DISK_WELL);
	line_set_away(false);
}

static void on_over(void *argument)
{
	(void)argument;
	process_stop_for_good();
}

/* ---------------------------------------------------------------- one run */

static unsigned choose_faults(void)
{
	unsigned faults = 0;

	for (unsigned i = 0; i < FAULT_COUNT; i++) {
		if (world_percent(FAULTS_LIKELY))
			faults |= 1u << i;
	}
	return faults;
}

/* Run one seed. True if no rule was broken. */
static bool run(uint64_t seed)
{
	/* In the lobby a question stays open if its author has left; the next start drops it. */
	static const char *const names[] = {"irc", "discord", "twitch", NULL};
	uint64_t faulty_ms, *end_ms;

	world_reset(seed, is_traced);
	wire_reset();
	http_service_reset();
	audit_reset();
	disk_reset();
	line_reset(has_database);
	if (has_database)
		audit_uses_database();
	process_reset();
	world_choose_faults(choose_faults());
	if (world_fault(FAULT_CLOCK, 700))
		world_set_clock();
	networks_in_use = 1 + (unsigned)world_dice((1u << NETWORKS) - 1);
	for (size_t i = 0; i < NETWORKS; i++) {
		if (networks_in_use >> i & 1)
			networks[i].reset();
	}
	write_config();
	faulty_ms = world_between(MINUTE_MS, 6 * MINUTE_MS);
	end_ms = world_alloc(sizeof(*end_ms));
	*end_ms = faulty_ms + WELL_MS;
	world_after(3000, on_people, end_ms);
	world_after(5000, on_misfortune, NULL);
	world_after(faulty_ms, on_well, NULL);
	world_after(*end_ms + QUIET_MS, on_over, NULL);
	process_run(config_path, data);
	if (!world_violation_text())
		audit_check();
	if (!world_violation_text() && (networks_in_use & 1))
		irc_check();
	if (!world_violation_text() && has_database)
		line_look_for_open();
	else if (!world_violation_text())
		process_look_into_store(STATE_FOLDER, names);
	return !world_violation_text();
}

static void report(uint64_t seed)
{
	printf("not ok - seed %" PRIu64 ": %s\n", seed, world_violation_text());
	printf("#   again, with all that happened: make sim SEED=%" PRIu64 " TRACE=1%s\n", seed,
			has_database ? " DATABASE=1" : "");
	if (!is_traced && *process_log())
		printf("# what the last process wrote:\n%s\n", process_log());
}

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "%s/episoded-sim.XXXXXX",
			getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(folder)) {
		perror(folder);
		exit(1);
	}
	snprintf(config_path, sizeof(config_path), "%s/config.json", folder);
	if (dup2(open(folder, O_RDONLY | O_DIRECTORY), STATE_FD) < 0) {
		perror(folder);
		exit(1);
	}
}

static void remove_folder(void)
{
	char path[300];

	unlink(config_path);
	snprintf(path, sizeof(path), "%s/episoded.db", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/episoded.running", folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/twitch-twitch.login",
			folder); /* a login that no process has taken */
	unlink(path);
	rmdir(folder);
}

/* Totals over all seeds. */
static uint64_t asked, answered, repeated, lives;

static uint64_t run_all(uint64_t first, uint64_t count, uint64_t step)
{
	uint64_t failed = 0;

	for (uint64_t i = 0; i < count; i++) {
		if (!run(first + i * step)) {
			report(first + i * step);
			failed++;
		}
		if (wants_hashes)
			printf("%" PRIu64 " %016" PRIx64 "\n", first + i * step, world_trace_hash());
		asked += audit_asked();
		answered += audit_answered();
		repeated += audit_repeated();
		lives += world_life();
	}
	printf("%sok - %" PRIu64 " seeds%s from %" PRIu64 ", every %" PRIu64 "\n", failed ? "not " : "",
			count, has_database ? " with a database" : "", first, step);
	printf("# %" PRIu64 " processes, %" PRIu64 " questions, %" PRIu64 " answered, %" PRIu64
	       " more than once; %" PRIu64 " seeds failed; the last trace is %016" PRIx64 "\n",
			lives, asked, answered, repeated, failed, world_trace_hash());
	return failed;
}

/* Check every step-th mutant. Return how many were not found. */
static uint64_t run_mutants(uint64_t first, uint64_t count, uint64_t step)
{
	uint64_t missed = 0;

	for (uint64_t number = first; number < mutant_count(); number += step) {
		uint64_t seed = 1;

		mutant_choose((unsigned)number);
		has_database = mutant_is_of_database((unsigned)number);
		while (seed <= count && run(seed))
			seed++;
		if (seed > count) {
			printf("not ok - %s: not found by %" PRIu64 " seeds\n", mutant_name((unsigned)number),
					count);
			missed++;
		} else {
			printf("ok - %s: found by seed %" PRIu64 ": %s\n", mutant_name((unsigned)number),
					seed, world_violation_text());
		}
	}
	return missed;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
			{"trace", no_argument, NULL, 't'},
			{"hashes", no_argument, NULL, 'h'},
			{"database", no_argument, NULL, 'b'},
			{"seeds", required_argument, NULL, 'n'},
			{"first", required_argument, NULL, 'f'},
			{"step", required_argument, NULL, 's'},
			{"data", required_argument, NULL, 'd'},
			{"mutants", no_argument, NULL, 'M'},
			{"mutant", required_argument, NULL, 'm'},
			{0},
	};
	uint64_t first = 1, count = 1, step = 1, failed;
	bool wants_mutants = false;
	int option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 't': is_traced = true; break;
		case 'h': wants_hashes = true; break;
		case 'b': has_database = true; break;
		case 'n': count = strtoull(optarg, NULL, 10); break;
		case 'f': first = strtoull(optarg, NULL, 10); break;
		case 's': step = strtoull(optarg, NULL, 10); break;
		case 'd': data = optarg; break;
		case 'M': wants_mutants = true; break;
		case 'm': mutant_choose((unsigned)(strtoull(optarg, NULL, 10) % mutant_count())); break;
		default: return 64;
		}
	}
	unsetenv("STATE_DIRECTORY");
	unsetenv("NOTIFY_SOCKET");
	setenv("SIM_TOKEN", "sim-token", 1);
	make_folder();
	world_map();
	failed = wants_mutants ? run_mutants(first, count, step) : run_all(first, count, step);
	remove_folder();
	return failed ? 1 : 0;
}
