/* The messages of one turn of the loop. */

#include "bot/daemon/inbox.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/base/str.h"

void inbox_init(struct inbox *inbox)
{
	inbox->first = NULL;
	inbox->end = &inbox->first;
	inbox->count = 0;
}

void inbox_release(struct inbox *inbox)
{
	inbox_entries_free(inbox_take(inbox));
}

int inbox_push(struct inbox *inbox, struct gateway *gateway, const struct message *message)
{
	struct inbox_entry *entry;

	if (inbox->count == INBOX_MAX)
		return -ENOBUFS;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->gateway = gateway;
	entry->message = message_copy(message);
	if (!entry->message) {
		free(entry);
		return -ENOMEM;
	}
	*inbox->end = entry;
	inbox->end = &entry->next;
	inbox->count++;
	return 0;
}

void inbox_withdraw(struct inbox_entry *first, const struct gateway *gateway, const char *id)
{
	for (struct inbox_entry *entry = first; entry; entry = entry->next)
		entry->is_withdrawn |= entry->gateway == gateway && str_equal(entry->message->id, id);
}

struct inbox_entry *inbox_take(struct inbox *inbox)
{
	struct inbox_entry *first = inbox->first;

	inbox_init(inbox);
	return first;
}

void inbox_entries_free(struct inbox_entry *first)
{
	while (first) {
		struct inbox_entry *next = first->next;

		free(first->message);
		free(first);
		first = next;
	}
}
