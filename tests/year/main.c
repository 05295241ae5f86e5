/*
 * year [--seeds N] [--first N] [--mutants | --mutant N] - run years of announcements; a line of TAP for each.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bot/base/zone.h"
#include "tests/year/year.h"

#define DAY_S       86400
#define DAY_MS      (UINT64_C(1000) * DAY_S)
#define BEGIN_S     INT64_C(1769904000) /* 2026-02-01T00:00:00Z */
#define LIVES_MAX   20000
#define SEEDS_EACH  8  /* seeds in which a mutant must be found */
#define MUTANT_DAYS 60 /* of each */

struct year *year;

static const char *const mutants[MUTANTS] = {
		[MUTANT_OFF] = "as it is",
		[MUTANT_EARLY] = "the network's clock is not looked at",
		[MUTANT_CLOSED_FIRST] = "completed before it is said",
		[MUTANT_POSITION_FIRST] = "the plan moves on before the journal",
		[MUTANT_NEW_NAMES] = "other names in each process",
		[MUTANT_GIVES_UP] = "what could not be said is not said again",
		[MUTANT_STALE] = "settings are not read",
		[MUTANT_STILL_DUE] = "what was said is still in the book",
		[MUTANT_NO_WINDOW] = "what is late is said however late it is",
		[MUTANT_UNMARKED] = "what is late is not marked",
		[MUTANT_AGAIN] = "a question has its effect again",
		[MUTANT_FORGETS_NOT] = "what is forgotten is in the store",
		[MUTANT_NO_ZONE] = "zones of people are not looked at",
		[MUTANT_NO_EDITS] = "steps are posts of their own",
		[MUTANT_ALL_OWN] = "each person has an owner's rights",
};

/* Each show airs weekly at an hour of its own zone; the second one has two episodes on one evening. */
static void make_shows(void)
{
	static const struct {
		const char *zone;
		int hour, minute, weekday;
	} shows[YEAR_SHOWS] = {{"America/New_York", 21, 0, 0}, {"Europe/Berlin", 20, 15, 2},
			{"Asia/Tokyo", 1, 5, 4}};

	for (int s = 0; s < YEAR_SHOWS; s++) {
		for (int e = 0; e < YEAR_EPISODES; e++) {
			bool is_second = s == 1 && e % 6 == 5;
			struct zone_time time = {.year = 2026,
					.month = 2,
					.day = 2 + shows[s].weekday + 7 * (is_second ? e - 1 : e),
					.hour = shows[s].hour,
					.minute = shows[s].minute + (is_second ? 45 : 0)};

			year->shows[s].airs_s[e] = zone_moment(shows[s].zone, &time);
		}
	}
}

static void begin(uint64_t seed, enum year_mutant mutant)
{
	memset(year, 0, sizeof(*year));
	random_seed(&year->random, seed);
	year->mutant = mutant;
	year->now_ms = year->begin_ms = (uint64_t)BEGIN_S * 1000;
	year->end_ms = year->now_ms + (mutant ? MUTANT_DAYS : 366) * DAY_MS;
	year->next_fault_ms = year->now_ms + DAY_MS / 4;
	year->next_move_ms = year->now_ms + 9 * DAY_MS;
	year->next_person_ms = year->next_party_ms = year->now_ms + DAY_MS;
	for (int c = 0; c < YEAR_CHANNELS; c++)
		year->seen[c] = 1;
	snprintf(year->folder, sizeof(year->folder), "/tmp/episoded-year-XXXXXX");
	if (!mkdtemp(year->folder))
		exit(2);
	make_shows();
	for (int s = 0; s < YEAR_SHOWS; s++)
		year_write_show(s);
}

static void clear_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", year->folder);
	if (system(command) != 0)
		exit(2);
}

/* False: a process ended in another way than it should. */
static bool run(void)
{
	for (int life = 0; life < LIVES_MAX && year->now_ms < year->end_ms; life++) {
		uint64_t died_ms;
		int status;
		pid_t pid;

		fflush(NULL);
		pid = fork();
		if (pid == 0)
			year_live();
		if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) ||
				(WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 9))
			return false;
		year->kills += WEXITSTATUS(status) == 9;
		/* Down for minutes, now and then for two hours. */
		died_ms = year->now_ms;
		year->now_ms += random_below(&year->random, 10) ? random_below(&year->random, 180000)
								: random_below(&year->random, 2 * 3600000);
		year_add_trouble(died_ms, year->now_ms);
	}
	return year->now_ms >= year->end_ms;
}

static unsigned run_year(uint64_t seed, enum year_mutant mutant, bool is_shown)
{
	unsigned faults;

	begin(seed, mutant);
	faults = run() ? year_audit(is_shown) : 1;
	clear_folder();
	return faults;
}

/* The seed in which it is found; 0: it is not. */
static unsigned find(enum year_mutant mutant)
{
	for (unsigned seed = 1; seed <= SEEDS_EACH; seed++) {
		if (run_year(seed, mutant, false))
			return seed;
	}
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long seeds = 2, first = 1, failed = 0;
	unsigned long mutant = 1, last = 0; /* the planted faults that are tried */

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--mutants") == 0)
			last = MUTANTS - 1;
		else if (i + 1 < argc && strcmp(argv[i], "--mutant") == 0)
			mutant = last = strtoul(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--seeds") == 0)
			seeds = strtoul(argv[++i], NULL, 10);
		else if (i + 1 < argc && strcmp(argv[i], "--first") == 0)
			first = strtoul(argv[++i], NULL, 10);
		else
			return 2;
	}
	year = mmap(NULL, sizeof(*year), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (year == MAP_FAILED)
		return 2;
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		bool is_good = run_year(seed, MUTANT_OFF, true) == 0;

		printf("%s - seed %llu: %u announced, %u reminded (%u late, %u dropped, %u forgotten), "
		       "%d parties (%u started), %d questions, %u kills, %u outages, %u wrong clocks, %u "
		       "moved "
		       "airings, %u repetitions that the network knew\n",
				is_good ? "ok" : "not ok", (unsigned long long)seed, year->said,
				year->reminded, year->late, year->dropped, year->forgotten, year->party_count,
				year->started, year->question_count, year->kills, year->outages, year->clocks,
				year->moves, year->repeats);
		failed += !is_good;
	}
	for (; mutant <= last && mutant < MUTANTS; mutant++) {
		unsigned seed = find((enum year_mutant)mutant);

		printf("%s - found: %s (seed %u)\n", seed ? "ok" : "not ok", mutants[mutant], seed);
		failed += !seed;
	}
	return failed ? 1 : 0;
}
