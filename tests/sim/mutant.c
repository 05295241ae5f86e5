/* Faults planted in the program, which the auditor must find. */

#include "tests/sim/mutant.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/remote_clock.h"
#include "bot/base/str.h"
#include "bot/daemon/journal.h"
#include "bot/net/backoff.h"
#include "bot/net/throttle.h"
#include "bot/store/database.h"
#include "bot/store/remote.h"

#define REMEMBERED 64

enum mutant {
	MUTANT_NONE,
	MUTANT_NOT_WRITTEN,  /* a question is not written to the journal */
	MUTANT_NOT_SETTLED,  /* the journal's transaction is rolled back instead of committed */
	MUTANT_DONE_AT_ONCE, /* a question counts as answered when it is received */
	MUTANT_DONE_SENT,    /* an answer counts as confirmed when it is sent */
	MUTANT_DONE_NEVER,   /* the end of a journal entry is not written */
	MUTANT_NONCE,        /* a repeated answer has another nonce */
	MUTANT_NO_THROTTLE,  /* the server's flood control is ignored */
	MUTANT_NO_BACKOFF,   /* the bot reconnects without a delay */
	MUTANT_LINE_LOST,    /* a line of an answer on IRC counts as sent but is dropped */
	MUTANT_LEAK,         /* every question leaks a little memory */
	MUTANT_OWN_CLOCK,    /* a network's time is judged by this machine's clock */
	MUTANT_OWN_JOURNAL,  /* so is a question that an earlier process left open */
	MUTANT_REFRESHING,   /* that a refresh of Twitch's token begins is not written */
	MUTANT_PAIR,         /* the new pair of a refresh is not written */
	MUTANT_NOT_AWAITED,  /* a question is answered before the database has it */
	MUTANT_NO_RESEND,    /* a batch whose answer was lost is not sent again */
	MUTANT_OWN_FOREIGN,  /* a question that is sent again counts as another process's */
	MUTANT_POSITION,     /* a position overtakes the questions before it */
	MUTANTS
};

static const char *const names[MUTANTS] = {
		[MUTANT_NONE] = "none",
		[MUTANT_NOT_WRITTEN] = "a question is not written",
		[MUTANT_NOT_SETTLED] = "the journal's commit is left out",
		[MUTANT_DONE_AT_ONCE] = "heard is taken for answered",
		[MUTANT_DONE_SENT] = "sent is taken for arrived",
		[MUTANT_DONE_NEVER] = "answered is not written",
		[MUTANT_NONCE] = "a nonce is not kept",
		[MUTANT_NO_THROTTLE] = "the flood count is forgotten",
		[MUTANT_NO_BACKOFF] = "no back-off",
		[MUTANT_LINE_LOST] = "a line is not sent",
		[MUTANT_LEAK] = "a leak",
		[MUTANT_OWN_CLOCK] = "a network's time is judged by our clock",
		[MUTANT_OWN_JOURNAL] = "an open question's age is judged by our clock",
		[MUTANT_REFRESHING] = "a refresh that begins is not written",
		[MUTANT_PAIR] = "a refreshed token is not written",
		[MUTANT_NOT_AWAITED] = "the database is not awaited",
		[MUTANT_NO_RESEND] = "a batch is not sent again",
		[MUTANT_POSITION] = "a position overtakes the questions before it",
		[MUTANT_OWN_FOREIGN] = "a question that is sent again is taken for another's",
};

static enum mutant chosen;

/* Questions received by this process, for MUTANT_DONE_SENT. */
static struct {
	struct store *store;
	char *gateway, *id, *word;
} remembered[REMEMBERED];
static unsigned remembered_next;
static unsigned requests; /* for MUTANT_NONCE and MUTANT_LINE_LOST */

int __real_store_journal_begin(struct store *store, const struct journal_entry *entry);
int __wrap_store_journal_begin(struct store *store, const struct journal_entry *entry);
int __real_store_journal_done(struct store *store, const char *gateway, const char *id);
int __wrap_store_journal_done(struct store *store, const char *gateway, const char *id);
int __real_store_keep(struct store *store, const char *area, const char *key, const char *value);
int __wrap_store_keep(struct store *store, const char *area, const char *key, const char *value);
int __real_database_settle(struct database *database);
int __wrap_database_settle(struct database *database);
void __real_throttle_spend(struct throttle *throttle, uint64_t cost_ms, uint64_t now_ms);
void __wrap_throttle_spend(struct throttle *throttle, uint64_t cost_ms, uint64_t now_ms);
uint64_t __real_remote_clock_now(const struct remote_clock *clock, uint64_t now_ms);
uint64_t __wrap_remote_clock_now(const struct remote_clock *clock, uint64_t now_ms);
uint64_t __real_remote_clock_age(const struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms);
uint64_t __wrap_remote_clock_age(const struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms);
void __real_journal_each_open(struct journal *journal, const char *gateway, bool is_left_only,
		const struct journal_now *now, void (*on_message)(void *user, const struct message *message),
		void *user);
void __wrap_journal_each_open(struct journal *journal, const char *gateway, bool is_left_only,
		const struct journal_now *now, void (*on_message)(void *user, const struct message *message),
		void *user);
uint64_t __real_backoff_next(struct backoff *backoff, uint64_t registered_ms, struct random *random);
uint64_t __wrap_backoff_next(struct backoff *backoff, uint64_t registered_ms, struct random *random);

int __real_store_settle_later(struct store *store, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user);
int __wrap_store_settle_later(struct store *store, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user);

unsigned mutant_count(void)
{
	return MUTANTS;
}

const char *mutant_name(unsigned number)
{
	return names[number];
}

void mutant_choose(unsigned number)
{
	chosen = (enum mutant)number;
}

static void remember(struct store *store, const struct journal_entry *entry)
{
	unsigned place = remembered_next++ % REMEMBERED;
	const char *space = strrchr(entry->text, ' ');

	free(remembered[place].gateway);
	free(remembered[place].id);
	free(remembered[place].word);
	remembered[place].store = store;
	remembered[place].gateway = str_copy(entry->gateway);
	remembered[place].id = str_copy(entry->id);
	remembered[place].word = str_copy(space ? space + 1 : entry->text);
}

void mutant_on_send(const char *bytes, size_t length)
{
	if (chosen != MUTANT_DONE_SENT)
		return;
	for (unsigned i = 0; i < REMEMBERED; i++) {
		const char *word = remembered[i].word;

		if (word && memmem(bytes, length, word, strlen(word)))
			__real_store_journal_done(
					remembered[i].store, remembered[i].gateway, remembered[i].id);
	}
}

bool mutant_swallows(const char *bytes, size_t length)
{
	return chosen == MUTANT_LINE_LOST && memmem(bytes, length, "NOTICE ", 7) && ++requests % 8 == 0;
}

void mutant_change_request(char *body)
{
	char *nonce = chosen == MUTANT_NONCE ? strstr(body, "\"nonce\":\"e") : NULL;
	char *dot = nonce ? strchr(nonce, '.') : NULL;

	/* "e123.0" becomes "e123.1", "e123.2" ... */
	if (dot)
		dot[1] = (char)('0' + ++requests % 10);
}

int __wrap_store_journal_begin(struct store *store, const struct journal_entry *entry)
{
	int r;

	if (chosen == MUTANT_NOT_WRITTEN)
		return 0;
	if (chosen == MUTANT_LEAK) {
		void *volatile lost = malloc(16);

		lost = NULL;
		(void)lost;
	}
	r = __real_store_journal_begin(store, entry);
	if (chosen == MUTANT_DONE_AT_ONCE)
		__real_store_journal_done(store, entry->gateway, entry->id);
	if (chosen == MUTANT_DONE_SENT)
		remember(store, entry);
	return r;
}

int __wrap_store_journal_done(struct store *store, const char *gateway, const char *id)
{
	return chosen == MUTANT_DONE_NEVER ? 0 : __real_store_journal_done(store, gateway, id);
}

int __wrap_store_keep(struct store *store, const char *area, const char *key, const char *value)
{
	static const char begun[] = "\"refreshing\":true", done[] = "\"refreshing\":false";
	char *copy, *at;
	int r;

	if (chosen == MUTANT_PAIR && value && strstr(value, done) && !strstr(value, "\"access\":\"acc0\""))
		return 0;
	if (chosen != MUTANT_REFRESHING || !value || !strstr(value, begun))
		return __real_store_keep(store, area, key, value);
	copy = str_copy(value);
	at = copy ? strstr(copy, begun) : NULL;
	if (!at)
		abort();
	memcpy(at + sizeof(begun) - 1 - strlen("true"), "null", strlen("null"));
	r = __real_store_keep(store, area, key, copy);
	free(copy);
	return r;
}

int __wrap_database_settle(struct database *database)
{
	if (chosen == MUTANT_NOT_SETTLED && database->is_gathering) {
		database->is_gathering = false;
		sqlite3_exec(database->db, "ROLLBACK", NULL, NULL, NULL);
		return 0;
	}
	return __real_database_settle(database);
}

void __wrap_throttle_spend(struct throttle *throttle, uint64_t cost_ms, uint64_t now_ms)
{
	__real_throttle_spend(throttle, chosen == MUTANT_NO_THROTTLE ? 0 : cost_ms, now_ms);
}

uint64_t __wrap_backoff_next(struct backoff *backoff, uint64_t registered_ms, struct random *random)
{
	uint64_t delay_ms = __real_backoff_next(backoff, registered_ms, random);

	return chosen == MUTANT_NO_BACKOFF ? 0 : delay_ms;
}

uint64_t __wrap_remote_clock_now(const struct remote_clock *clock, uint64_t now_ms)
{
	return chosen == MUTANT_OWN_CLOCK ? clock_wall_ms() : __real_remote_clock_now(clock, now_ms);
}

uint64_t __wrap_remote_clock_age(const struct remote_clock *clock, uint64_t sent_ms, uint64_t now_ms)
{
	uint64_t wall_ms = clock_wall_ms();

	if (chosen != MUTANT_OWN_CLOCK)
		return __real_remote_clock_age(clock, sent_ms, now_ms);
	return sent_ms < wall_ms ? wall_ms - sent_ms : 0;
}

void __wrap_journal_each_open(struct journal *journal, const char *gateway, bool is_left_only,
		const struct journal_now *now, void (*on_message)(void *user, const struct message *message),
		void *user)
{
	const struct journal_now own = {now->wall_ms, now->wall_ms};

	__real_journal_each_open(journal, gateway, is_left_only, chosen == MUTANT_OWN_JOURNAL ? &own : now,
			on_message, user);
}

bool mutant_forgets_batch(void)
{
	return chosen == MUTANT_NO_RESEND;
}

bool mutant_takes_own_for_foreign(void)
{
	return chosen == MUTANT_OWN_FOREIGN;
}

bool mutant_hurries_positions(void)
{
	return chosen == MUTANT_POSITION;
}

bool mutant_is_of_database(unsigned number)
{
	return number >= MUTANT_NOT_AWAITED;
}

int __wrap_store_settle_later(struct store *store, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user)
{
	static bool is_ours[REMOTE_BEGUN_MAX];
	int r;

	if (chosen != MUTANT_NOT_AWAITED || !on_settled || !is_awaited)
		return __real_store_settle_later(store, is_awaited, on_settled, user);
	r = __real_store_settle_later(store, is_awaited, NULL, NULL);
	for (size_t i = 0; i < REMOTE_BEGUN_MAX; i++)
		is_ours[i] = true;
	if (r == 0)
		on_settled(user, &(struct store_result){.is_ours = is_ours, .begun = REMOTE_BEGUN_MAX});
	return r;
}
