#ifndef EPISODED_TESTS_YEAR_H
#define EPISODED_TESTS_YEAR_H

/*
 * A year in virtual time: three weekly shows that are announced in 200 channels in twelve zones, over the clock changes of
 * both halves of the world; people who have themselves reminded, and who watch together. The bot's own book, planning,
 * commands, journal, store, dispatch and daemon/speaking run in child processes that are killed between any two steps; the
 * network, its people and the auditor are in memory that outlives them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/random.h"

#define YEAR_CHANNELS  200
#define YEAR_SHOWS     3
#define YEAR_EPISODES  54
#define YEAR_PEOPLE    60
#define YEAR_QUESTIONS 12000
#define YEAR_REMINDERS 6000
#define YEAR_PARTIES   600
#define YEAR_TROUBLES  6000
#define YEAR_SAID_MAX  64  /* bytes of the ID of what was said */
#define YEAR_TYPED_MAX 96  /* of what a person types */
#define YEAR_POST_MAX  96  /* of the key of a post */
#define YEAR_RUNTIME   50  /* minutes of each episode */
#define YEAR_WAIT_S    240 /* in so long a time without trouble, what is due is said */
#define YEAR_LATE_S    300 /* what comes later than this is marked */

/* Faults planted in this program's own turn, each of which the auditor must find. */
enum year_mutant {
	MUTANT_OFF,
	MUTANT_EARLY,          /* the machine's clock is ahead, and the network's is not looked at */
	MUTANT_CLOSED_FIRST,   /* the journal's entry is completed before it is said */
	MUTANT_POSITION_FIRST, /* the plan moves on in a transaction before the journal's */
	MUTANT_NEW_NAMES, /* each process has other names for what it says, so that the network knows no repetition */
	MUTANT_GIVES_UP, /* what could not be said at once is not said again */
	MUTANT_STALE, /* the settings of the channels are not read, so that what is late is dropped too soon */
	MUTANT_STILL_DUE,   /* what was said stays in the book, and the journal is not believed */
	MUTANT_NO_WINDOW,   /* what is late is said however late it is */
	MUTANT_UNMARKED,    /* what is late is not marked */
	MUTANT_AGAIN,       /* a question that is asked again has its effect again */
	MUTANT_FORGETS_NOT, /* what a person forgets is forgotten in memory only */
	MUTANT_NO_ZONE,     /* the zones of people are not looked at */
	MUTANT_NO_EDITS,    /* each step of watching together is a post of its own */
	MUTANT_ALL_OWN,     /* each person has an owner's rights */
	MUTANTS,
};

/* How people were told something. */
struct year_told {
	unsigned count;
	uint64_t first_ms;
	char id[YEAR_SAID_MAX]; /* of the first */
	bool is_marked;         /* as late */
};

struct year_show {
	int64_t airs_s[YEAR_EPISODES]; /* as the dataset says now */
	unsigned version;
};

enum year_asked { ASKED_REMIND, ASKED_FORGET, ASKED_LIST, ASKED_WATCH };

/* What a person typed. */
struct year_question {
	enum year_asked kind;
	int person, channel;
	int subject; /* the reminder, or the party */
	uint64_t asked_ms;
	char text[YEAR_TYPED_MAX];
	struct year_told answer;
};

/* Something a person is to be reminded of, by the text "rN". */
struct year_reminder {
	int person, channel;
	bool is_for_channel;
	bool is_of_airing;
	int64_t due_s; /* otherwise: */
	int show, episode;
	int64_t offset_s;
	int64_t asked_s;
	bool is_promised, is_refused;
	int number;            /* as the bot told it */
	bool is_forgetting;    /* it is asked to forget it */
	uint64_t forgotten_ms; /* 0: it is not */
	const char *wrong;     /* what people saw that is wrong; NULL: nothing */
	struct year_told told;
};

/* What the people of a party do next. */
enum year_act { ACT_BEGIN, ACT_STRANGER, ACT_CALL_OFF, ACT_PAUSE, ACT_RESUME, ACT_STOP, ACT_NONE };

/* People who watch together. */
struct year_party {
	int channel, starter, stranger, episode;
	bool has_stranger, is_called_off, has_pause, is_short; /* what they will do */
	enum year_act act;
	uint64_t act_ms;
	int waiting; /* for the answer to this question; -1: for no answer */
	int64_t start_s, paused_s, lost_s;
	int64_t stopped_s;     /* 0: it was not stopped */
	bool is_on, is_unsure; /* unsure: a question got no answer, so that what the bot knows is not known */
	unsigned posts;
	char post[YEAR_POST_MAX]; /* the key of the last one */
	struct year_told soon, start, end;
	const char *wrong;
};

/* The bot could not speak, or not be expected to. */
struct year_trouble {
	uint64_t from_ms, to_ms;
};

/* What the bot posts, as the network receives it. */
struct year_post {
	char id[YEAR_SAID_MAX]; /* of the occasion, or "q12" of a question; its last byte is the process's */
	char channel[16], person[16];
	bool is_private, is_edit, is_edit_only;
	char key[YEAR_POST_MAX];
	char title[256], text[512], footer[256], items[4096];
};

/* In memory that all processes of a run share. */
struct year {
	uint64_t now_ms;  /* the true time, since 1970 */
	int64_t ahead_ms; /* of the machine's clock */
	uint64_t up_ms;   /* the network can be reached from then on */
	uint64_t next_fault_ms, next_move_ms, next_person_ms, next_party_ms, begin_ms, end_ms;
	uint64_t clock_ms; /* since when the clock is wrong */
	struct random random;
	struct year_show shows[YEAR_SHOWS];
	struct year_told told[YEAR_CHANNELS][YEAR_SHOWS][YEAR_EPISODES];
	struct year_question questions[YEAR_QUESTIONS];
	struct year_reminder reminders[YEAR_REMINDERS];
	struct year_party parties[YEAR_PARTIES];
	struct year_trouble troubles[YEAR_TROUBLES];
	int question_count, reminder_count, party_count, trouble_count;
	int open[YEAR_PEOPLE];    /* the question of each that waits for an answer, from 1; 0: no question */
	int party[YEAR_CHANNELS]; /* the last one of each channel, from 1; 0: there was no party */
	int seen[YEAR_CHANNELS];  /* how far the channel has watched, as its people made it */
	int line[YEAR_CHANNELS];  /* as the bot says at the end */
	bool has_lines;
	unsigned kills, outages, clocks, moves, repeats, said, steps;
	unsigned reminded, late, dropped, forgotten, started;
	enum year_mutant mutant;
	char folder[64];
};

extern struct year *year;

/* ---------------------------------------------------------------- what is to be (audit.c) */

/* Which show a channel wants, and how: in words, as its owner typed them. */
int year_show_of(int channel);
const char *year_words_of(int channel);
const char *year_zone_of(int channel);
/* The first time from from_s on at which clocks show it, by counting: no arithmetic of the program is repeated here. */
int64_t year_clock(const char *zone, int64_t from_s, int hour, int minute);
/* When an episode is to be told there, by this program's own reckoning. */
int64_t year_due(int channel, int show, int episode);
/* Are the episodes of one day, which are one post, told with an earlier one? */
int year_leader(int show, int episode);
/* Print what is wrong, if is_shown; the number of faults. */
unsigned year_audit(bool is_shown);
/* One fault. */
unsigned year_wrong(bool is_shown, int channel, const char *about, const char *what);
/* Was something that was due said once, in its window, and marked if it was late? is_due: it has to be said. */
unsigned year_audit_told(const struct year_told *told, int64_t due_s, int64_t until_s, bool is_due,
		const char **ret_what);

/* ---------------------------------------------------------------- the network (network.c) */

/* The network has no trouble. */
bool year_is_up(void);
/* The bot could not be expected to speak. */
void year_add_trouble(uint64_t from_ms, uint64_t to_ms);
/* Was there so long a time without trouble? */
bool year_was_well(int64_t from_s, int64_t to_s, int64_t span_s);
/* People see what the bot posts. */
void year_show(const struct year_post *post);
/* They are told; false: they saw it before. */
bool year_tell(struct year_told *told, const struct year_post *post);

/* ---------------------------------------------------------------- people (people.c), and parties (party.c) */

bool people_is_owner(int person);
const char *people_zone_of(int person);
int people_channel_of(int person);
/* A person types something, and waits for an answer. The number of the question; -1: the person waits already. */
int people_ask(enum year_asked kind, int person, int channel, int subject, const char *text);
/* One of them types something. The number of the question; -1: they say nothing. */
int people_type(void);
void people_see_answer(const struct year_question *question, const struct year_post *post);
void people_see_reminder(const struct year_post *post);
unsigned people_audit(bool is_shown);

uint64_t party_next_ms(void);
/* The people of a party do what is next. As people_type(). */
int party_act(void);
void party_see_answer(const struct year_question *question, const struct year_post *post);
void party_see_step(const struct year_post *post);
unsigned party_audit(bool is_shown);

/* ---------------------------------------------------------------- the bot (life.c) */

/* One life of the bot, until it is killed or the year is over. Does not return. */
void year_live(void);
/* Write the dataset of a show. */
void year_write_show(int show);

#endif
