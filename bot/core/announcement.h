#ifndef EPISODED_ANNOUNCEMENT_H
#define EPISODED_ANNOUNCEMENT_H

/*
 * An announcement: a channel wants to be told when episodes of a show air. It remembers which episodes it has told, so that
 * each is told once, whatever happens to the clock and to the dataset. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/str.h"
#include "bot/catalogue/show.h"
#include "bot/occasion/occasion.h"

#define ANNOUNCEMENT_ID_BYTES   17 /* 16 hexadecimal digits */
#define ANNOUNCEMENT_NAME_BYTES 256
#define ANNOUNCEMENT_SHOW_BYTES 65
#define ANNOUNCEMENT_ROLE_BYTES 101 /* Discord: 100 characters; longer names are refused */
#define ANNOUNCEMENT_TOLD_MAX                                                                                \
	64 /* posts that are remembered; what aired before the oldest is not told any more */
#define ANNOUNCEMENT_RANGE_MAX   400 /* episodes of one post */
#define ANNOUNCEMENT_MAX_BYTES   8000
#define ANNOUNCEMENT_AFTER_MAX_S (48 * 3600)

enum announcement_at {
	ANNOUNCE_AT_AIRTIME,
	ANNOUNCE_AFTER, /* so many seconds later */
	ANNOUNCE_DAILY, /* at this minute of the day after that, in the channel's zone */
};

/* Names an episode also when the dataset has changed: season and number; specials: season 0. Without a number: season -1
 * and the order. */
struct announcement_key {
	int season, number;
};

/* Episodes that were told in one post: those of a season from one number to another. */
struct announcement_told {
	struct announcement_key first;
	int last;       /* number */
	int64_t airs_s; /* when the first one airs, as it was known then */
	int64_t due_s;  /* of the occasion: entries of one post have the same */
};

struct announcement {
	char id[ANNOUNCEMENT_ID_BYTES];
	char gateway[ANNOUNCEMENT_NAME_BYTES], channel[ANNOUNCEMENT_NAME_BYTES],
			host[ANNOUNCEMENT_NAME_BYTES];
	uint64_t route;
	char show[ANNOUNCEMENT_SHOW_BYTES]; /* its ID */
	enum announcement_at at;
	int64_t after_s;
	int minute;
	char role[ANNOUNCEMENT_ROLE_BYTES]; /* "": no role */
	bool has_thread, has_event;
	int64_t since_s; /* what was due before is not told */
	int64_t floor_s; /* what aired until then is not told */
	struct announcement_told told[ANNOUNCEMENT_TOLD_MAX];
	size_t told_count;
	struct announcement_told event; /* the event that was made last; first.number 0: no event was made */
};

/* How it is told, as people type it behind the show: "at +2h role Fans thread". */
struct announcement_wish {
	enum announcement_at at;
	int64_t after_s;
	int minute;
	char role[ANNOUNCEMENT_ROLE_BYTES];
	bool has_thread, has_event;
};

/*
 * announcement_wish_read - read what is typed after "!announce here".
 *
 * Shape:   [show] [at airtime|+2h|daily 18:00] [role NAME] [thread] [event], in any order behind the show; "at" may be
 *          left out. A role may have several words, an "@" in front, or be a mention.
 * Owns:    ret_show is the beginning of words that names the show; ret_show_length 0: no show is named.
 * Errors:  -EINVAL: *ret_wrong points to the word that is not understood.
 */
int announcement_wish_read(const char *words, struct announcement_wish *ret, size_t *ret_show_length,
		const char **ret_wrong);

/* "airtime", "2 hours after airtime", "daily at 18:00", for a list. */
void announcement_append_at(const struct announcement *announcement, struct str *str);

/* Make the ID, which names the channel and the show. */
void announcement_make_id(struct announcement *announcement);

/* The form of the store; errors in str->error, and -EBADMSG: *ret untouched. bytes is changed. */
void announcement_append(const struct announcement *announcement, struct str *str);
int announcement_read(char *bytes, struct announcement *ret);

struct announcement_key announcement_key_of(const struct episode *episode);
/* The episode with this key, or NULL. */
const struct episode *announcement_episode(const struct show *show, struct announcement_key key);
/* The post in which an episode was told, or NULL. */
const struct announcement_told *announcement_told_of(
		const struct announcement *announcement, struct announcement_key key);
/* Remember that an episode was told. If there is no room, the oldest is forgotten, and what aired until then with it. */
void announcement_tell(struct announcement *announcement, struct announcement_key key, int64_t airs_s,
		int64_t due_s);
/* Forget that an episode was told: it may be told again. */
void announcement_forget(struct announcement *announcement, struct announcement_key key);

/* Read "18:00", "18", "6pm" as minutes after midnight. Returns the number of bytes; 0: it is no time of the day. */
size_t announcement_read_hour(const char *text, int *ret_minute);
/* Read "2h", "90m", "2d" as seconds. Returns the number of bytes; 0: it is no such time. */
size_t announcement_read_span(const char *text, int64_t *ret_s);

#endif
