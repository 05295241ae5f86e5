/* The questions, and whether they were answered. */

#include "bot/daemon/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/log_gate.h"
#include "bot/store/store.h"

#define OPEN_MAX 1000 /* open questions of one journal_each_open(); the others follow in the next call */

/*
 * An occasion's text is "\x01UNTIL_MS TEXT" in the store, with the time when its window ends; "\x01UNTIL_MSp TEXT" if it is
 * for its author alone. No person's text begins with this byte, because message_copy() has tidied it.
 */
#define OCCASION_BYTE      '\x01'
#define FOR_AUTHOR         'p'
#define OCCASION_MAX_BYTES (MESSAGE_TEXT_MAX_BYTES + 32)

struct journal {
	struct store *store;
	struct log_gate gate; /* 1: an entry could not even be held in memory; 0: the store works */
};

struct open_question {
	struct message *message;
	bool is_late; /* too old to be answered */
};

struct open_list {
	struct open_question *questions;
	size_t count;
	const struct journal_now *now;
	bool is_left_only;
	int error;
};

/* Log an entry that the store could not even hold in memory. keeping.c logs other trouble of the store. */
static void note(struct journal *journal, int error)
{
	if (error < 0 && log_gate_change(&journal->gate, 1))
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = error},
				"a question could not be recorded: the bot keeps answering, but a restart "
				"may "
				"lose or repeat one answer");
	if (error >= 0 && store_trouble(journal->store) == 0)
		log_gate_change(&journal->gate, 0);
}

int journal_new(struct store *store, struct journal **ret)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return -ENOMEM;
	journal->store = store;
	*ret = journal;
	return 0;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	journal_commit(journal);
	free(journal);
}

void journal_gather(struct journal *journal)
{
	if (journal->store)
		note(journal, store_gather(journal->store));
}

void journal_commit(struct journal *journal)
{
	if (journal->store)
		note(journal, store_settle(journal->store));
}

/* text: for the text of an occasion. */
static struct journal_entry entry_of(
		const char *gateway, const struct message *message, char text[OCCASION_MAX_BYTES])
{
	if (message->is_occasion)
		snprintf(text, OCCASION_MAX_BYTES, "%c%" PRIu64 "%s %s", OCCASION_BYTE, message->until_ms,
				message->is_for_author ? (const char[]){FOR_AUTHOR, '\0'} : "",
				message->text);
	return (struct journal_entry){
			.gateway = gateway,
			.id = message->id,
			.channel = message->channel,
			.author_id = message->author_id,
			.author_name = message->author_name,
			.account = message->account,
			.text = message->is_occasion ? text : message->text,
			.is_private = message->is_private,
			.is_addressed = message->is_addressed,
			.route = message->route,
			.time_ms = message->time_ms,
			.extra = message->extra ? message->extra : "",
	};
}

enum journal_found journal_begin(struct journal *journal, const char *gateway, const struct message *message)
{
	char text[OCCASION_MAX_BYTES];
	const struct journal_entry entry = entry_of(gateway, message, text);
	int r;

	if (!journal->store)
		return JOURNAL_NEW;
	journal_gather(journal);
	r = store_journal_begin(journal->store, &entry);
	if (r == -EEXIST)
		return JOURNAL_KNOWN;
	if (r < 0)
		note(journal, r);
	if (store_is_local(journal->store))
		return JOURNAL_NEW;
	return r < 0 ? JOURNAL_FULL : JOURNAL_ASKED;
}

void journal_hand_in(struct journal *journal, const char *gateway, const struct message *message)
{
	char text[OCCASION_MAX_BYTES];
	const struct journal_entry entry = entry_of(gateway, message, text);
	int r = journal->store ? store_journal_hand_in(journal->store, &entry) : 0;

	if (r < 0)
		note(journal, r);
}

void journal_complete(struct journal *journal, const char *gateway, const char *message_id)
{
	int r;

	if (!journal->store || !*message_id)
		return;
	journal_gather(journal);
	r = store_journal_done(journal->store, gateway, message_id);
	if (r < 0)
		note(journal, r);
}

/* Restore an occasion, which is said now. */
static void read_occasion(const struct journal_now *now, struct message *message)
{
	char *end;

	message->until_ms = strtoull(message->text + 1, &end, 10);
	message->is_for_author = *end == FOR_AUTHOR;
	end += message->is_for_author;
	message->text = end + (*end == ' ');
	message->is_occasion = true;
	message->time_ms = now->wall_ms;
	message->held_ms = 0;
}

/* An occasion has its own window, and only it counts: the process that began it may have ended at once. */
static bool is_over(const struct message *occasion, const struct journal_now *now)
{
	return now->wall_ms >= occasion->until_ms &&
	       (!now->network_ms || now->network_ms >= occasion->until_ms);
}

static bool is_late(const struct journal_entry *entry, const struct journal_now *now)
{
	uint64_t latest_ms = entry->time_ms + JOURNAL_LATE_MS;

	if (entry->age_ms >= JOURNAL_LATE_MS)
		return true;
	return entry->is_left && now->network_ms >= latest_ms && now->wall_ms >= latest_ms;
}

/* The texts of the store's entry are borrowed for the call, so copy them. */
static void on_entry(void *user, const struct journal_entry *entry)
{
	struct open_list *list = user;
	struct open_question *question = &list->questions[list->count];
	struct message message = {
			.id = entry->id,
			.channel = entry->channel,
			.author_id = entry->author_id,
			.author_name = entry->author_name,
			.account = entry->account,
			.text = entry->text,
			.extra = entry->extra,
			.route = entry->route,
			.time_ms = entry->time_ms,
			.held_ms = entry->age_ms,
			.origin = MESSAGE_JOURNAL,
			.is_private = entry->is_private,
			.is_addressed = entry->is_addressed,
	};

	if (list->error || list->count == OPEN_MAX || (list->is_left_only && !entry->is_left))
		return;
	if (*message.text == OCCASION_BYTE)
		read_occasion(list->now, &message);
	*question = (struct open_question){message_copy(&message),
			message.is_occasion ? is_over(&message, list->now) : is_late(entry, list->now)};
	if (question->message)
		list->count++;
	else
		list->error = -ENOMEM;
}

void journal_each_open(struct journal *journal, const char *gateway, bool is_left_only,
		const struct journal_now *now, void (*on_message)(void *user, const struct message *message),
		void *user)
{
	struct open_list list = {.now = now, .is_left_only = is_left_only};

	if (!journal->store)
		return;
	list.questions = calloc(OPEN_MAX, sizeof(*list.questions));
	list.error = list.questions ? store_journal_pending(journal->store, gateway, on_entry, &list)
				    : -ENOMEM;
	note(journal, list.error);
	for (size_t i = 0; i < list.count; i++) {
		struct message *message = list.questions[i].message;

		if (!list.error && !list.questions[i].is_late)
			on_message(user, message);
		else if (!list.error)
			journal_complete(journal, gateway, message->id);
		free(message);
	}
	free(list.questions);
}
