#ifndef EPISODED_TESTS_YEAR_H
#define EPISODED_TESTS_YEAR_H

/*
 * A year of announcements in virtual time: three weekly shows, 200 channels in twelve zones, over the clock changes of both
 * halves of the world. The bot's own book, planning, journal, store, dispatch and daemon/speaking run in child processes
 * that are killed between any two steps; the network, its people and the auditor are in memory that outlives them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/random.h"

#define YEAR_CHANNELS 200
#define YEAR_SHOWS    3
#define YEAR_EPISODES 54
#define YEAR_SAID_MAX 64 /* bytes of the ID of what was said */

/* Faults planted in this program's own turn, each of which the auditor must find. */
enum year_mutant {
	MUTANT_OFF,
	MUTANT_EARLY,          /* the machine's clock is ahead, and the network's is not looked at */
	MUTANT_CLOSED_FIRST,   /* the journal's entry is completed before it is said */
	MUTANT_POSITION_FIRST, /* the plan moves on in a transaction before the journal's */
	MUTANT_NEW_NAMES, /* each process has other names for what it says, so that the network knows no repetition */
	MUTANT_GIVES_UP, /* what could not be said at once is not said again */
	MUTANT_STALE, /* the settings of the channels are not read, so that what is late is dropped too soon */
	MUTANTS,
};

/* How one channel was told one episode. */
struct year_told {
	unsigned count;
	uint64_t first_ms;
	char id[YEAR_SAID_MAX]; /* of the first */
};

struct year_show {
	int64_t airs_s[YEAR_EPISODES]; /* as the dataset says now */
	unsigned version;
};

/* In memory that all processes of a run share. */
struct year {
	uint64_t now_ms;  /* the true time, since 1970 */
	int64_t ahead_ms; /* of the machine's clock */
	uint64_t up_ms;   /* the network can be reached from then on */
	uint64_t kill_ms; /* the process is killed at the latest then */
	uint64_t next_fault_ms, next_move_ms, begin_ms, end_ms;
	struct random random;
	struct year_show shows[YEAR_SHOWS];
	struct year_told told[YEAR_CHANNELS][YEAR_SHOWS][YEAR_EPISODES];
	unsigned kills, outages, clocks, moves, repeats, said, steps;
	enum year_mutant mutant;
	char folder[64];
};

extern struct year *year;

/* Which show a channel wants, and how: in words, as its owner typed them. */
int year_show_of(int channel);
const char *year_words_of(int channel);
const char *year_zone_of(int channel);

/* When an episode is to be told there, by this program's own reckoning. */
int64_t year_due(int channel, int show, int episode);
/* Are the episodes of one day, which are one post, told with an earlier one? */
int year_leader(int show, int episode);

/* One life of the bot, until it is killed or the year is over. Does not return. */
void year_live(void);
/* Append what is wrong to the log; the number of faults. */
unsigned year_audit(bool is_shown);

/* Write the dataset of a show. */
void year_write_show(int show);

#endif
