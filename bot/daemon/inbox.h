#ifndef EPISODED_INBOX_H
#define EPISODED_INBOX_H

/*
 * The messages of one turn of the loop that may be questions, from all gateways, in order of arrival. A
 * gateway adds to it inside its read callback; the bot empties it when all callbacks of the turn have
 * returned.
 */

#include <stddef.h>

#include "bot/core/dispatch.h"
#include "bot/core/message.h"

#define INBOX_MAX 16384 /* messages of one turn */

struct gateway;

/* What is known of the journal's entry of a question. */
enum inbox_state {
	INBOX_PLAIN,   /* the entry is this process's, or there is no entry */
	INBOX_ASKED,   /* the database has not answered yet */
	INBOX_OURS,    /* written: this process answers */
	INBOX_FOREIGN, /* another process answers, or this one has lost its lease */
	INBOX_REFUSED, /* the database does not take it */
};

struct inbox_entry {
	struct inbox_entry *next;
	struct gateway *gateway;
	struct message *message;  /* a copy */
	struct question question; /* the question in it, once recognised */
	enum inbox_state state;
	bool is_withdrawn; /* its author has taken it back: it gets no answer */
	size_t number;     /* of the entry among those of its turn that were asked */
};

struct inbox {
	struct inbox_entry *first, **end;
	size_t count;
};

void inbox_init(struct inbox *inbox);
void inbox_release(struct inbox *inbox);

/* Add a copy of the message. -ENOMEM; -ENOBUFS when the inbox holds INBOX_MAX entries. */
int inbox_push(struct inbox *inbox, struct gateway *gateway, const struct message *message);

/* Mark the messages with this ID, of a list of entries, as taken back. first may be NULL. */
void inbox_withdraw(struct inbox_entry *first, const struct gateway *gateway, const char *id);

/* Take all entries out; NULL: the inbox is empty. The caller frees with inbox_entries_free(). */
struct inbox_entry *inbox_take(struct inbox *inbox);
void inbox_entries_free(struct inbox_entry *first);

#endif
