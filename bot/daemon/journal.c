/* The commands that were heard, and whether they were answered. */

#include "bot/daemon/journal.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/net/loop.h"
#include "bot/store/store.h"

#define REPLAY_MAX 1000 /* at one start; older ones stay for the next */
/* At most, for others to be written with. No less: up to a millisecond before a timer libwebsockets stops
 * sleeping and asks the clock again and again. */
#define WAIT_MS 500

struct journal {
	struct store *store;
	struct timer *timer;   /* NULL: nothing waits */
	bool may_wait;         /* the gateway settles */
	bool is_waiting;       /* something is to be settled; the timer is set */
	bool is_begun_waiting; /* and not only what is done */
	bool is_failing;       /* the log has said so since the store was in order */
};

/* A copy of an entry, as the store lends its texts for a call only. */
struct kept {
	char *id, *channel, *author_id, *author_name, *account, *text, *extra;
	bool is_private, is_addressed;
	uint64_t time_ms;
};

struct kept_list {
	struct kept *entry;
	bool is_left_only;
	unsigned count;
	int error;
};

/* The store's own trouble is logged by keeping.c: this is what the store could not even hold in memory. */
static void note(struct journal *journal, int error)
{
	if (error < 0 && !journal->is_failing)
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = error},
				"a question is not in the journal; answers go on, but a restart may lose or "
				"repeat "
				"one");
	if (error < 0)
		journal->is_failing = true;
	else if (store_trouble(journal->store) == 0)
		journal->is_failing = false;
}

static void settle_all(struct journal *journal)
{
	if (!journal->is_waiting)
		return;
	journal->is_waiting = journal->is_begun_waiting = false;
	timer_cancel(journal->timer);
	note(journal, store_settle(journal->store));
}

static void on_timer(void *user)
{
	settle_all(user);
}

/* What came of an entry. One that waits is not written yet. */
static void note_entry(struct journal *journal, int error)
{
	if (error < 0 || !journal->is_waiting)
		note(journal, error);
}

/* Before an entry is written. */
static void gather(struct journal *journal)
{
	if (!journal->timer)
		return;
	if (!journal->may_wait) {
		settle_all(journal);
	} else if (!journal->is_waiting && store_gather(journal->store) == 0) {
		journal->is_waiting = true;
		timer_set(journal->timer, WAIT_MS);
	}
}

int journal_new(struct store *store, struct loop *loop, struct journal **ret)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return -ENOMEM;
	journal->store = store;
	if (store && loop) {
		journal->timer = timer_new(loop, on_timer, journal);
		if (!journal->timer) {
			free(journal);
			return -ENOMEM;
		}
	}
	*ret = journal;
	return 0;
}

void journal_free(struct journal *journal)
{
	if (!journal)
		return;
	settle_all(journal);
	timer_free(journal->timer);
	free(journal);
}

void journal_may_wait(struct journal *journal, bool may_wait)
{
	journal->may_wait = may_wait;
}

void journal_settle(struct journal *journal)
{
	if (journal->is_begun_waiting)
		settle_all(journal);
}

bool journal_begin(struct journal *journal, const char *gateway, const struct message *message)
{
	struct journal_entry entry = {
			.gateway = gateway,
			.id = message->id,
			.channel = message->channel,
			.author_id = message->author_id,
			.author_name = message->author_name,
			.account = message->account,
			.text = message->text,
			.is_private = message->is_private,
			.is_addressed = message->is_addressed,
			.time_ms = message->time_ms,
			.extra = message->extra ? message->extra : "",
	};
	int r;

	if (!journal->store)
		return true;
	gather(journal);
	r = store_journal_begin(journal->store, &entry);
	if (r == -EEXIST)
		return false;
	journal->is_begun_waiting = journal->is_waiting;
	note_entry(journal, r);
	return true;
}

void journal_done(struct journal *journal, const char *gateway, const char *message_id)
{
	if (!journal->store || !*message_id)
		return;
	gather(journal);
	note_entry(journal, store_journal_done(journal->store, gateway, message_id));
}

static void release(struct kept *kept)
{
	free(kept->id);
	free(kept->channel);
	free(kept->author_id);
	free(kept->author_name);
	free(kept->account);
	free(kept->text);
	free(kept->extra);
}

static void keep(void *user, const struct journal_entry *entry)
{
	struct kept_list *list = user;
	struct kept *kept = &list->entry[list->count];

	if (list->error || list->count == REPLAY_MAX || (list->is_left_only && !entry->is_left))
		return;
	*kept = (struct kept){
			.id = str_copy(entry->id),
			.channel = str_copy(entry->channel),
			.author_id = str_copy(entry->author_id),
			.author_name = str_copy(entry->author_name),
			.account = str_copy(entry->account),
			.text = str_copy(entry->text),
			.extra = str_copy(entry->extra),
			.is_private = entry->is_private,
			.is_addressed = entry->is_addressed,
			.time_ms = entry->time_ms,
	};
	list->count++;
	if (!kept->id || !kept->channel || !kept->author_id || !kept->author_name || !kept->account ||
			!kept->text || !kept->extra)
		list->error = -ENOMEM;
}

unsigned journal_replay(struct journal *journal, const char *gateway, bool is_left_only, uint64_t now_wall_ms,
		void (*on_message)(void *user, const struct message *message), void *user)
{
	struct kept_list list = {.is_left_only = is_left_only};
	unsigned given = 0;

	if (!journal->store)
		return 0;
	list.entry = calloc(REPLAY_MAX, sizeof(*list.entry));
	list.error = list.entry ? store_journal_pending(journal->store, gateway, keep, &list) : -ENOMEM;
	note(journal, list.error);
	for (unsigned i = 0; i < list.count; i++) {
		const struct kept *kept = &list.entry[i];
		const struct message message = {
				.id = kept->id,
				.channel = kept->channel,
				.author_id = kept->author_id,
				.author_name = kept->author_name,
				.account = kept->account,
				.text = kept->text,
				.is_private = kept->is_private,
				.is_addressed = kept->is_addressed,
				.time_ms = kept->time_ms,
				.extra = kept->extra,
		};

		if (!list.error && now_wall_ms < kept->time_ms + JOURNAL_LATE_MS) {
			on_message(user, &message);
			given++;
		} else if (!list.error) {
			journal_done(journal, gateway, kept->id);
		}
		release(&list.entry[i]);
	}
	free(list.entry);
	return given;
}
