/* The commands that were heard, and whether they were answered. */

#include "bot/journal.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/net/loop.h"
#include "bot/store/store.h"

#define REPLAY_MAX 1000 /* at one start; older ones stay for the next */
/* At most, for others to be written with. No less: up to a millisecond before a timer libwebsockets stops
 * sleeping and asks the clock again and again. */
#define WAIT_MS  500
#define RETRY_MS (30 * 1000)
#define OWED_MAX 1000 /* answered, and not written as such because the disk would not: more are forgotten */

struct journal {
	struct store *store;
	struct timer *timer;   /* NULL: nothing waits */
	bool may_wait;         /* the gateway settles */
	bool is_waiting;       /* something is to be settled; the timer is set */
	bool is_begun_waiting; /* and not only what is done */
	bool is_failing;       /* the log has said so */
	struct owed *owed;     /* the latest first */
	struct owed *gathered; /* done in the group that waits, and owed when it cannot be written */
	unsigned owed_count;   /* of both */
};

/* An entry that was answered while the store could not be written. Without it, the next replay of this very
 * process would answer it again. */
struct owed {
	struct owed *next;
	char *gateway, *id;
};

/* A copy of an entry, as the store lends its texts for a call only. */
struct kept {
	char *id, *channel, *author_id, *author_name, *account, *text, *extra;
	bool is_private, is_addressed;
	uint64_t time_ms;
};

struct kept_list {
	struct kept *entry;
	unsigned count;
	int error;
};

/* Said once when it begins to fail and once when it works again: a full disk must not fill the log too. */
static void note(struct journal *journal, int error)
{
	bool is_failing = error < 0;

	if (is_failing == journal->is_failing)
		return;
	journal->is_failing = is_failing;
	if (is_failing)
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = error},
			"the journal cannot be written; answers go on, but a restart may lose or repeat one");
	else
		log_info("the journal can be written again");
}

static void free_owed(struct owed *owed)
{
	free(owed->gateway);
	free(owed->id);
	free(owed);
}

static void owe(struct journal *journal, struct owed **list, const char *gateway, const char *id)
{
	struct owed *owed = journal->owed_count < OWED_MAX ? calloc(1, sizeof(*owed)) : NULL;

	if (!owed)
		return;
	*owed = (struct owed){*list, str_copy(gateway), str_copy(id)};
	if (!owed->gateway || !owed->id) {
		free_owed(owed);
		return;
	}
	*list = owed;
	journal->owed_count++;
}

static void forget_owed(struct journal *journal, struct owed **list)
{
	while (*list) {
		struct owed *owed = *list;

		*list = owed->next;
		journal->owed_count--;
		free_owed(owed);
	}
}

/* The group was not written: what was done in it is owed. */
static void owe_gathered(struct journal *journal)
{
	struct owed **end = &journal->gathered;

	while (*end)
		end = &(*end)->next;
	*end = journal->owed;
	journal->owed = journal->gathered;
	journal->gathered = NULL;
}

/* Write what is owed, as far as the store lets us. */
static void pay(struct journal *journal)
{
	while (journal->owed) {
		struct owed *owed = journal->owed;

		if (store_journal_done(journal->store, owed->gateway, owed->id) < 0)
			return;
		journal->owed = owed->next;
		journal->owed_count--;
		free_owed(owed);
	}
}

/* What the disk would not take is tried again in a while. */
static void retry_later(struct journal *journal)
{
	if (journal->owed && journal->timer && !journal->is_waiting)
		timer_set(journal->timer, RETRY_MS);
}

static void settle_all(struct journal *journal)
{
	int r;

	if (!journal->is_waiting)
		return;
	journal->is_waiting = journal->is_begun_waiting = false;
	timer_cancel(journal->timer);
	r = store_settle(journal->store);
	if (r < 0)
		owe_gathered(journal);
	else
		forget_owed(journal, &journal->gathered);
	note(journal, r);
	if (r == 0)
		pay(journal);
	retry_later(journal);
}

static void on_timer(void *user)
{
	struct journal *journal = user;

	settle_all(journal);
	pay(journal);
	retry_later(journal);
}

static bool is_owed(const struct journal *journal, const char *gateway, const char *id)
{
	const struct owed *owed = journal->owed;

	while (owed && (!str_equal(owed->gateway, gateway) || !str_equal(owed->id, id)))
		owed = owed->next;
	return owed;
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
	if (journal->store)
		pay(journal);
	forget_owed(journal, &journal->owed);
	forget_owed(journal, &journal->gathered);
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
	int r;

	if (!journal->store || !*message_id)
		return;
	gather(journal);
	r = store_journal_done(journal->store, gateway, message_id);
	if (r < 0)
		owe(journal, &journal->owed, gateway, message_id);
	else if (journal->is_waiting)
		owe(journal, &journal->gathered, gateway, message_id);
	else
		pay(journal);
	retry_later(journal);
	note_entry(journal, r);
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

	if (list->error || list->count == REPLAY_MAX)
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

unsigned journal_replay(struct journal *journal, const char *gateway, uint64_t now_wall_ms,
	void (*on_message)(void *user, const struct message *message), void *user)
{
	struct kept_list list = {0};
	unsigned given = 0;

	if (!journal->store)
		return 0;
	pay(journal);
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

		if (is_owed(journal, gateway, kept->id)) {
			release(&list.entry[i]);
			continue;
		}
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
