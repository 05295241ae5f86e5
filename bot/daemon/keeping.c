/* The bot's store, and retries while the store cannot be used. */

#include "bot/daemon/keeping.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/log_gate.h"
#include "bot/base/str.h"
#include "bot/daemon/running.h"
#include "bot/net/loop.h"
#include "bot/store/store.h"

#define START_RETRY_MS 250
#define RETRY_MS       1000
#define RETRY_MAX_MS   60000
#define WAITING_MS     1000  /* a start that waits for the database is logged after this time */
#define STABLE_MS      60000 /* after this time without trouble, the retry delay is reset */

struct keeping {
	struct loop *loop;
	struct keeping_host host;
	struct store *store;
	struct timer *timer;
	char *folder;   /* or the database's URL */
	bool is_remote; /* the store is in a database, and borrowed */
	bool is_starting, has_said_waiting;
	bool is_named;                       /* the file of the folder names this process */
	char address[RUNNING_ADDRESS_BYTES]; /* of the lobby; "": unknown yet, or there is no lobby */
	uint64_t start_ms;
	uint64_t delay_ms, written_since_ms;
	uint64_t tried_ms, due_ms; /* the last try and the next; due_ms is valid during trouble only */
	struct log_gate gate;      /* its state: the error of the store */
};

/* ---------------------------------------------------------------- log messages */

/* "state in FOLDER not kept: WORDS; ...; ADVICE" */
static const struct reason {
	int error;
	const char *words, *advice;
} reasons[] = {
		{-ENOSPC, "disk full", "free some space, or raise the quota"},
		{-EROFS, "read-only file system",
				"remount it for writing, or set \"state\" to another folder"},
		{-EACCES, "permission denied",
				"give the folder and episoded.db to the user that runs episoded (chown), or "
				"set \"state\" to "
				"another folder"},
		{-EIO, "input/output error", "check the disk (dmesg, smartctl)"},
		{-ENOTDIR, "not a folder", "set \"state\" to a folder"},
		{-EISDIR, "episoded.db is a folder", "move it away, or set \"state\" to another folder"},
		{-ENXIO, "episoded.db is not a regular file",
				"move it away, or set \"state\" to another folder"},
		{-ENOENT, "episoded.db is a symbolic link to a file that does not exist",
				"remove the link, or make the folder it points into"},
		{-ELOOP, "too many symbolic links", "remove them, or set \"state\" to another folder"},
		{-EBUSY, "another episoded uses the folder", "stop it, or set \"state\" to another folder"},
		{-EAGAIN, "episoded.db is locked by another program",
				"end that program (an sqlite3 shell or a backup; fuser shows which)"},
		{-ENOTSUP, "episoded.db was written by a newer episoded",
				"install that version again, or set \"state\" to another folder; the file is "
				"left as it is"},
		{-ESTALE, "episoded.db was removed or replaced", "it is opened or created again"},
		{-EBADMSG, "episoded.db is damaged", "move it away"},
		{-EMLINK, "episoded.db is damaged, and so are too many before it",
				"check the disk, and remove the files episoded.db.damaged-*"},
		{-ENOLINK, "the database does not answer", "start it, or mend the network to it"},
		{-EMFILE, "too many open files", "raise the limit (LimitNOFILE=)"},
		{-ENOMEM, "out of memory", "raise the limit (MemoryMax=)"},
};

static struct reason reason_of(int error)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].error == error)
			return reasons[i];
	}
	return (struct reason){error, strerror(-error), "set \"state\" to a folder that can be written"};
}

static const char forgotten[] = "unreadable parts are lost: channels that owners had the bot join or leave, "
				"settings, ignored people, unanswered questions and "
				"positions for catching up";
static const char at_restart[] = "loses changes from now on and may answer a question again";

static const char later[] =
		"lookups go on where no other process can answer; questions and changes are held in memory";

static int trouble_of(const struct keeping *keeping)
{
	const int trouble = store_trouble(keeping->store);

	return !trouble && keeping->is_remote && !store_is_read(keeping->store) ? -ENOLINK : trouble;
}

/* Why the database does not answer, with the fix. */
static const char *reason_in_full(const struct keeping *keeping, const struct reason *reason)
{
	const char *full = keeping->host.reason ? keeping->host.reason(keeping->host.user) : NULL;

	return full ? full : reason->advice;
}

static void say_of_database(struct keeping *keeping, int trouble, unsigned written)
{
	const struct reason reason = reason_of(trouble);
	const size_t late = keeping->host.late ? keeping->host.late(keeping->host.user) : 0;

	if (trouble)
		log_warning("state in %s not kept: %s (%s); %s", keeping->folder, reason.words,
				reason_in_full(keeping, &reason), later);
	else
		log_info("state in %s is kept again: %u change%s from memory written, %zu question%s "
			 "answered "
			 "late",
				keeping->folder, written, written == 1 ? "" : "s", late,
				late == 1 ? "" : "s");
}

/* The folder is ours: for a second process, which is started by mistake. */
static void name_process(struct keeping *keeping)
{
	if (keeping->is_remote || store_trouble(keeping->store))
		return;
	running_write(keeping->folder, keeping->address);
	keeping->is_named = true;
}

static void say_in_use(const struct keeping *keeping)
{
	char owner[RUNNING_TEXT_BYTES];

	running_describe(keeping->folder, owner);
	log_error("%s uses %s: stop it, or give this one a \"state\" folder of its own", owner,
			keeping->folder);
}

/* Log one line when trouble begins or changes, and one when it ends: a full disk must not also fill the log.
 */
static void say(struct keeping *keeping, unsigned written)
{
	const int trouble = trouble_of(keeping);
	const struct reason reason = reason_of(trouble);
	const char *aside = store_take_aside(keeping->store);

	if (aside)
		log_error("%s/episoded.db was damaged: renamed to %s, new file created; %s", keeping->folder,
				aside, forgotten);
	if (!log_gate_change(&keeping->gate, trouble))
		return;
	if (keeping->is_remote)
		say_of_database(keeping, trouble, written);
	else if (trouble == -EBUSY && keeping->is_starting)
		say_in_use(keeping);
	else if (trouble)
		log_write(trouble == -EAGAIN ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, NULL,
				"state in %s not kept: %s; the bot keeps answering, but a restart %s; %s",
				keeping->folder, reason.words, at_restart, reason.advice);
	else
		log_info("state in %s is kept again: %u change%s from memory written", keeping->folder,
				written, written == 1 ? "" : "s");
	keeping->host.on_change(keeping->host.user);
}

/* ---------------------------------------------------------------- trying again */

static void start(struct keeping *keeping, int error)
{
	keeping->is_starting = false;
	keeping->host.on_start(keeping->host.user, error);
}

/* How long the start waits for an error to pass; 0: does not wait. */
static uint64_t wait_ms(int trouble)
{
	if (trouble == -EBUSY)
		return KEEPING_GOODBYE_MS;
	return trouble == -EAGAIN || trouble == -ENOLINK ? KEEPING_START_MS : 0;
}

static void try_in(struct keeping *keeping, uint64_t delay_ms)
{
	keeping->due_ms = loop_now_ms(keeping->loop) + delay_ms;
	timer_set(keeping->timer, delay_ms);
}

/* The database is usually there at once. */
static void say_waiting(struct keeping *keeping, uint64_t now_ms)
{
	const struct reason reason = reason_of(-ENOLINK);

	if (!keeping->is_remote || keeping->has_said_waiting || now_ms < keeping->start_ms + WAITING_MS)
		return;
	keeping->has_said_waiting = true;
	log_warning("waiting for %s for up to %u s: %s (%s)", keeping->folder, KEEPING_START_MS / 1000,
			reason.words, reason_in_full(keeping, &reason));
}

/* After a try: set the time of the next one, log, and report a change. */
static void go_on(struct keeping *keeping, unsigned written)
{
	const int trouble = trouble_of(keeping);
	const uint64_t now_ms = loop_now_ms(keeping->loop);
	const bool is_starting = keeping->is_starting;

	keeping->tried_ms = now_ms;
	if (trouble == 0) {
		keeping->written_since_ms = now_ms;
		timer_cancel(keeping->timer);
		if (!keeping->is_named)
			name_process(keeping);
	} else if (is_starting && now_ms < keeping->start_ms + wait_ms(trouble)) {
		try_in(keeping, START_RETRY_MS);
		say_waiting(keeping, now_ms);
		return;
	} else {
		keeping->delay_ms = keeping->delay_ms ? keeping->delay_ms * 2 : RETRY_MS;
		if (keeping->delay_ms > RETRY_MAX_MS)
			keeping->delay_ms = RETRY_MAX_MS;
		try_in(keeping, keeping->delay_ms);
	}
	say(keeping, written);
	if (is_starting)
		start(keeping, trouble == -EBUSY ? -EBUSY : 0);
}

static void try_again(struct keeping *keeping)
{
	const bool was_read = store_is_read(keeping->store);
	const bool was_starting = keeping->is_starting;
	unsigned written = 0;

	(void)store_retry(keeping->store, &written); /* go_on() reads the error */
	go_on(keeping, written);
	if (keeping->is_remote)
		return; /* keeping_ready() tells when it is read */
	if (!was_read && store_is_read(keeping->store) && !was_starting)
		keeping->host.on_read(keeping->host.user);
}

static void on_timer(void *user)
{
	try_again(user);
}

/* Called inside a store function, so only set a timer. */
static void on_trouble(void *user)
{
	struct keeping *keeping = user;
	unsigned written = 0;

	if (loop_now_ms(keeping->loop) - keeping->written_since_ms > STABLE_MS)
		keeping->delay_ms = 0;
	if (keeping->is_remote && !store_trouble(keeping->store))
		(void)store_retry(keeping->store, &written); /* the database is back by itself */
	go_on(keeping, written);
}

void keeping_ready(struct keeping *keeping)
{
	const bool was_starting = keeping->is_starting;

	go_on(keeping, 0);
	if (!was_starting)
		keeping->host.on_read(keeping->host.user);
}

void keeping_retry(struct keeping *keeping)
{
	if (!keeping->is_starting)
		try_again(keeping);
}

void keeping_hasten(struct keeping *keeping)
{
	const uint64_t now_ms = loop_now_ms(keeping->loop), soon_ms = keeping->tried_ms + RETRY_MS;

	if (keeping->is_starting || !trouble_of(keeping) || keeping->due_ms <= soon_ms)
		return;
	try_in(keeping, soon_ms > now_ms ? soon_ms - now_ms : 0);
}

int keeping_open(struct keeping *keeping, const char *folder)
{
	keeping->folder = str_copy(folder);
	return keeping->folder ? store_new(folder, &keeping->store) : -ENOMEM;
}

int keeping_adopt(struct keeping *keeping, struct store *store, const char *url)
{
	keeping->folder = str_copy(url);
	keeping->store = store;
	keeping->is_remote = true;
	return keeping->folder ? 0 : -ENOMEM;
}

void keeping_start(struct keeping *keeping)
{
	const int trouble = store_trouble(keeping->store);

	store_watch(keeping->store, on_trouble, keeping);
	keeping->is_starting = true;
	keeping->start_ms = loop_now_ms(keeping->loop);
	if (wait_ms(trouble) && !keeping->is_remote) {
		char owner[RUNNING_TEXT_BYTES];

		running_describe(keeping->folder, owner);
		log_info("waiting for %s for up to %u s: %s%s", keeping->folder,
				(unsigned)(wait_ms(trouble) / 1000),
				trouble == -EBUSY ? owner : reason_of(trouble).words,
				trouble == -EBUSY ? " uses the folder" : "");
		keeping->host.on_change(keeping->host.user);
	}
	go_on(keeping, 0);
}

void keeping_open_at(struct keeping *keeping, const char *address)
{
	if (!*address || str_equal(address, keeping->address))
		return;
	snprintf(keeping->address, sizeof(keeping->address), "%s", address);
	name_process(keeping);
}

/* ---------------------------------------------------------------- life */

struct store *keeping_store(const struct keeping *keeping)
{
	return keeping ? keeping->store : NULL;
}

const char *keeping_trouble(const struct keeping *keeping)
{
	const int trouble = keeping && keeping->store ? trouble_of(keeping) : 0;

	return trouble ? reason_of(trouble).words : NULL;
}

bool keeping_examine(const char *folder, struct str *ret)
{
	const int trouble = store_examine(folder);
	const struct reason reason = reason_of(trouble);

	if (trouble && trouble != -EBUSY)
		str_printf(ret,
				"state in %s cannot be kept: %s; the bot answers all the same, but a restart "
				"%s; %s",
				folder, reason.words, at_restart, reason.advice);
	return trouble == -EBUSY;
}

int keeping_new(struct loop *loop, const struct keeping_host *host, struct keeping **ret)
{
	struct keeping *keeping = calloc(1, sizeof(*keeping));

	if (!keeping)
		return -ENOMEM;
	keeping->loop = loop;
	keeping->host = *host;
	keeping->timer = timer_new(loop, on_timer, keeping);
	if (!keeping->timer) {
		free(keeping);
		return -ENOMEM;
	}
	*ret = keeping;
	return 0;
}

/* The last try to write, and what it led to. */
static void say_goodbye(struct keeping *keeping)
{
	unsigned written;

	if (store_retry(keeping->store, &written) < 0)
		log_error("state in %s was not kept: %s", keeping->folder,
				reason_of(store_trouble(keeping->store)).words);
	else if (!keeping->is_remote)
		log_info("state in %s is kept: %u change%s from memory written", keeping->folder, written,
				written == 1 ? "" : "s");
}

void keeping_free(struct keeping *keeping)
{
	if (!keeping)
		return;
	if (keeping->is_named)
		running_remove(keeping->folder);
	if (keeping->store && store_trouble(keeping->store) && keeping->gate.state &&
			store_trouble(keeping->store) != -EBUSY) /* which was said, and nothing was asked */
		say_goodbye(keeping);
	if (keeping->store)
		store_watch(keeping->store, NULL, NULL);
	if (!keeping->is_remote)
		store_close(keeping->store);
	timer_free(keeping->timer);
	free(keeping->folder);
	free(keeping);
}
