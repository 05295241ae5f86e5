#ifndef EPISODED_LOBBY_HISTORY_H
#define EPISODED_LOBBY_HISTORY_H

/* The recent messages of one channel or person, limited in number, bytes and age; the oldest is dropped first. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_MSGID_BYTES 32

/* One message. The bot's answers can have several lines, separated by LF. */
struct history_entry {
	char msgid[HISTORY_MSGID_BYTES];
	uint64_t wall_ms;
	bool is_notice;
	bool is_bot;  /* sender has user mode B */
	bool is_ours; /* sent by the lobby's own bot */
	char *source; /* nick!user@host when it was sent */
	char *tags;   /* client-only tags, each with a leading ';' */
	char *text;
	char *card; /* escaped as a tag's value, or NULL */
};

struct history;

/* Called for each entry that is added to a history, and for each that is dropped from it: the store has the same. */
struct history_keeper {
	void *user;
	void (*on_added)(void *user, const char *place, const struct history_entry *entry);
	void (*on_dropped)(void *user, const char *place, const struct history_entry *entry);
};

struct history {
	struct history_entry *entries; /* a ring; NULL until the first */
	size_t max;                    /* entries; 0: CHAT_HISTORY_MAX */
	size_t first, count;
	size_t weight_bytes;
	const struct history_keeper *keeper; /* borrowed; NULL: not kept over a restart */
	const char *place;                   /* for the keeper: the channel, or the person's key; borrowed */
};

/* The keeper is not called: what is kept stays. */
void history_release(struct history *history);

/* Add an entry and take over its strings. NULL: out of memory, or a required string is NULL; the strings
 * are freed. */
const struct history_entry *history_add(struct history *history, struct history_entry *entry);

/* Put an entry before all others, and take over its strings; the keeper is not called. False: there is no room left,
 * and the caller keeps the strings. */
bool history_add_older(struct history *history, struct history_entry *entry);

/* The history must not be empty. */
void history_forget_oldest(struct history *history);

/* 0 is the oldest. */
const struct history_entry *history_at(const struct history *history, size_t index);

/* The index of the entry with this id, of the first at or after this time; count: not found. */
size_t history_find(const struct history *history, const char *msgid);
size_t history_since(const struct history *history, uint64_t wall_ms);

/* Find a reference of CHATHISTORY ("msgid=x", "timestamp=t" or "*"): the indexes before it, and after it. False:
 * invalid. */
bool history_find_reference(
		const struct history *history, const char *reference, size_t *ret_before, size_t *ret_after);

void history_entry_release(struct history_entry *entry);

#endif
