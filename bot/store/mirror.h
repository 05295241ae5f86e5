#ifndef EPISODED_MIRROR_H
#define EPISODED_MIRROR_H

/*
 * What a process holds in memory of a state in a database: values, and the journal's questions. Pure: no clock, no
 * database. Strings are copied in; what is returned is borrowed until the next change.
 */

#include "bot/store/store.h"

#define MIRROR_VALUES_MAX_BYTES (64u * 1024 * 1024) /* values with their keys */
#define MIRROR_OPEN_MAX         16384               /* open questions */
#define MIRROR_CLOSED_MAX       4096 /* the last questions that are open no more; older ones are forgotten */

/* The first member of what a table holds. */
struct mirror_node {
	uint64_t hash;
	const char *first, *second; /* the key */
};

/* A hash table with linear probing; at most half of it is used. */
struct mirror_table {
	struct mirror_node **slots;
	size_t slot_count, count;
};

/* value NULL: deleted, or not known. */
struct mirror_value {
	struct mirror_node node; /* area and key */
	char *value;
	uint64_t version; /* of the database; 0: not from there, or not shared */
	uint64_t batch;   /* the last unsettled change is in this batch; 0: all are settled */
	size_t change;    /* its place there */
	/* Another process's value that came while our own change was under way. */
	char *later;
	uint64_t later_version; /* 0: there is no such value */
	char bytes[];           /* area and key */
};

enum mirror_state {
	MIRROR_ASKED,  /* begun; the database has not said yet whether it is ours */
	MIRROR_OPEN,   /* ours to answer */
	MIRROR_CLOSED, /* answered */
	MIRROR_LOST,   /* another process has it, or may have it: its lease was lost */
};

struct mirror_entry {
	struct mirror_node node;              /* gateway and id */
	struct mirror_entry *previous, *next; /* of the list of its state */
	enum mirror_state state;
	bool is_left;     /* an earlier owner began it */
	bool is_found;    /* it is open in the database, and not yet ours by the result of its batch */
	int64_t begun_ms; /* by the process's clock; negative if an earlier owner began it long before */
	uint64_t batch;   /* in which it was begun; 0: it was loaded */
	size_t change;    /* its place there */
	struct journal_entry entry; /* its texts are gone once it is closed */
	char *texts;
	char *mark;
	char bytes[]; /* gateway and id */
};

struct mirror_list {
	struct mirror_entry *first, *last;
	size_t count;
};

struct mirror {
	struct mirror_table values, journal;
	size_t value_bytes, deleted_count;
	struct mirror_list open;   /* asked and open, oldest first */
	struct mirror_list closed; /* closed and lost, in the order in which they became so */
};

void mirror_init(struct mirror *mirror);
void mirror_release(struct mirror *mirror);

/* NULL: it is not known. Its value may be NULL. */
struct mirror_value *mirror_find(const struct mirror *mirror, const char *area, const char *key);
/* Set a value (NULL: it is deleted). -ENOMEM, or -ENOSPC: MIRROR_VALUES_MAX_BYTES; nothing is then changed. */
int mirror_set(struct mirror *mirror, const char *area, const char *key, const char *value,
		struct mirror_value **ret);
/* The same with a text that is handed over; it cannot fail. */
void mirror_take(struct mirror *mirror, struct mirror_value *value, char *text);
void mirror_drop(struct mirror *mirror, struct mirror_value *value);
/* Keep another process's value until our own change is settled. -ENOMEM. */
int mirror_set_later(struct mirror_value *value, const char *later, uint64_t version);
/* The value that was kept for later is the value now. */
void mirror_take_later(struct mirror *mirror, struct mirror_value *value);
/* Sorted by key. on_value must not change the mirror. -ENOMEM. */
int mirror_each(const struct mirror *mirror, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user);
/* Drop the values of an area for which is_dropped says so. */
void mirror_drop_if(struct mirror *mirror, bool (*is_dropped)(void *user, const struct mirror_value *value),
		void *user);

struct mirror_entry *mirror_entry_find(const struct mirror *mirror, const char *gateway, const char *id);
/* Add a question that is not known. -ENOMEM, or -ENOSPC: MIRROR_OPEN_MAX. */
int mirror_entry_add(struct mirror *mirror, const struct journal_entry *entry, enum mirror_state state,
		int64_t begun_ms, struct mirror_entry **ret);
/* It is open no more: its texts are freed, and it is forgotten after MIRROR_CLOSED_MAX others. */
void mirror_entry_close(struct mirror *mirror, struct mirror_entry *entry, enum mirror_state state);
void mirror_entry_drop(struct mirror *mirror, struct mirror_entry *entry);
/* mark NULL: no mark. -ENOMEM. */
int mirror_entry_set_mark(struct mirror_entry *entry, const char *mark);

#endif
