#ifndef EPISODED_LOBBY_HISTORY_H
#define EPISODED_LOBBY_HISTORY_H

/* What was said in a channel lately, bounded in messages and in bytes; the oldest goes first. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_MSGID_BYTES 32

/* One message. Text of several lines (the bot's) has them apart by LF. */
struct history_entry {
	char msgid[HISTORY_MSGID_BYTES];
	uint64_t wall_ms;
	bool is_notice;
	bool is_bot;  /* of any bot: user mode B */
	bool is_ours; /* of the bot of this lobby */
	char *source; /* nick!user@host at that time */
	char *tags;   /* those of clients, each with a leading ';' */
	char *text;
	char *card; /* escaped as a tag's value, or NULL */
};

struct history {
	struct history_entry *entries; /* a ring; NULL until the first */
	size_t first, count;
	size_t weight_bytes;
};

void history_release(struct history *history);

/* Takes over the strings of entry (all or none); NULL, and the strings freed, when out of memory or when one
 * of them is NULL that must not be. */
const struct history_entry *history_add(struct history *history, struct history_entry *entry);

/* There must be one. */
void history_forget_oldest(struct history *history);

/* 0 is the oldest. */
const struct history_entry *history_at(const struct history *history, size_t index);

/* The first entry at or after this id or time; count when there is none. */
size_t history_find(const struct history *history, const char *msgid);
size_t history_since(const struct history *history, uint64_t wall_ms);

/* A reference of CHATHISTORY, "msgid=x", "timestamp=t" or "*", as two indexes: before it, and after it. False: not a
 * reference. */
bool history_find_reference(
		const struct history *history, const char *reference, size_t *ret_before, size_t *ret_after);

void history_entry_release(struct history_entry *entry);

#endif
