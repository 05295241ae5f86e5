#ifndef EPISODED_REMINDERS_H
#define EPISODED_REMINDERS_H

/*
 * What people asked to be reminded of, as occasions (occasions.h) of the command "reminding". The words of the occasion
 * hold the rest: a number by which its owner forgets it, and the episode whose airing it follows.
 */

#include "bot/catalogue/catalogue.h"
#include "bot/core/channel_settings.h"
#include "bot/core/command.h"
#include "bot/core/occasions.h"

#define REMINDERS_COMMAND     "reminding"
#define REMINDERS_PERSON_MAX  20
#define REMINDERS_CHANNEL_MAX 20 /* of all people, said in one channel */
#define REMINDER_TEXT_BYTES   REQUEST_REMINDER_BYTES
#define REMINDER_CODE_BYTES   24
/* How late it is said, if the bot or the person was away. */
#define REMINDER_PERSON_S  (24 * 3600)
#define REMINDER_CHANNEL_S (6 * 3600)

struct reminder {
	int number;
	int64_t asked_s;
	bool is_for_channel;
	bool is_undated;                /* the episode has no date yet */
	char show[SETTINGS_SHOW_BYTES]; /* ID; "": it is of a clock */
	char code[REMINDER_CODE_BYTES]; /* "s02e03" */
	int64_t offset_s;               /* from the airing */
	char text[REMINDER_TEXT_BYTES]; /* may be "" */
};

void reminder_append(const struct reminder *reminder, struct str *str);
/* Read the words of an occasion. -EBADMSG. */
int reminder_read(const char *words, struct reminder *ret);

/* The episode that it is about; NULL: it is of a clock, or the show or the episode is not in the catalogue any more. */
const struct episode *reminder_episode(const struct reminder *reminder, const struct catalogue *catalogue);
/* The episode of a show with a code as of episode_code(), or NULL. */
const struct episode *reminders_find_episode(
		const struct catalogue *catalogue, const char *show, const char *code);

/* Move the reminders of airings that have moved, as the catalogue has them now. */
void reminders_follow(struct occasions *occasions, const struct catalogue *catalogue);

#endif
