#ifndef EPISODED_PARTY_H
#define EPISODED_PARTY_H

/*
 * People who watch an episode together: when they begin, who has paused, and where everybody is. All times are seconds
 * since 1970 UTC; a position is seconds of the episode. Pure; watch_along.c keeps it.
 */

#include "bot/catalogue/catalogue.h"
#include "bot/core/channel_settings.h"
#include "bot/core/reminders.h"

#define PARTY_PEOPLE_MAX    8 /* who have paused for themselves */
#define PARTY_NAME_BYTES    41
#define PARTY_RUNTIME_S     (45 * 60) /* of an episode whose runtime is not known */
#define PARTY_RUNTIME_MAX_S (24 * 3600)

struct party_person {
	uint64_t key; /* of key_of_person() */
	char name[PARTY_NAME_BYTES];
	bool is_paused;
	int64_t at_s;     /* paused: the position */
	int64_t behind_s; /* otherwise: behind the others */
};

struct party {
	char show[SETTINGS_SHOW_BYTES], code[REMINDER_CODE_BYTES];
	int64_t start_s, runtime_s;
	int64_t paused_s; /* since when; 0: it runs */
	int64_t lost_s;   /* in earlier pauses */
	struct party_person starter;
	struct party_person people[PARTY_PEOPLE_MAX];
	size_t count;
};

void party_append(const struct party *party, struct str *str);
/* -EBADMSG. */
int party_read(const char *words, struct party *ret);

/* The position at a time: negative before the start, at most the runtime. */
int64_t party_position(const struct party *party, int64_t now_s);
/* When it ends, if it is not paused from now on. */
int64_t party_end(const struct party *party, int64_t now_s);
bool party_is_over(const struct party *party, int64_t now_s);

/* For all. False: it is so already, or it has not begun, or is over. */
bool party_pause(struct party *party, int64_t now_s);
bool party_resume(struct party *party, int64_t now_s);
/* For one person. 0, -EALREADY, -ENOENT it has not begun, -EDQUOT too many people. */
int party_pause_person(struct party *party, const struct party_person *person, int64_t now_s);
int party_resume_person(struct party *party, const struct party_person *person, int64_t now_s);
/* Where one person is. */
int64_t party_person_position(const struct party *party, const struct party_person *person, int64_t now_s);
/* NULL: with the others. */
const struct party_person *party_find(const struct party *party, uint64_t key);

#endif
