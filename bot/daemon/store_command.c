/* Moving a state: rows are copied in batches, each with its place, and both sides are compared at the end. */

#include "bot/daemon/store_command.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/say.h"
#include "bot/base/str.h"
#include "bot/config/config.h"
#include "bot/config/database_url.h"
#include "bot/postgres/copy.h"
#include "bot/store/whole.h"

#define PROGRESS_MS 5000

/* One side, as it is named at the command line. */
struct end {
	const char *name; /* as given */
	char *folder;     /* absolute; NULL: a database */
	struct database_config database;
	struct copied_side side;
	bool is_open;
};

struct task {
	print_function print;
	struct end from, to;
	uint64_t rows, progress_ms;
};

/* The exit code for an error. */
static int code_of(int error)
{
	switch (error) {
	case -EAGAIN: return EX_TEMPFAIL;
	case -EBUSY: return EX_TEMPFAIL;
	case -ENOMEM: return EX_OSERR;
	case -ENOENT:
	case -EEXIST:
	case -EXDEV: return EX_DATAERR;
	case -EACCES:
	case -ENOTSUP: return EX_CONFIG;
	default: return EX_IOERR;
	}
}

static int complain(const struct task *task, const struct end *end, int error)
{
	const char *reason = end->side.explain(end->side.self);

	say(task->print, true, "%s: %s%s", end->name, *reason ? reason : strerror(-error),
			error == -EAGAIN ? "; run the same command again: it goes on where it stopped" : "");
	return code_of(error);
}

/* ---------------------------------------------------------------- the ends */

/* A folder that exists, or its parent does: absolute, so that the same folder has one name. */
static char *absolute(const char *path)
{
	char *real = realpath(path, NULL), folder[PATH_MAX];

	if (real || *path == '/')
		return real ? real : str_copy(path);
	if (!getcwd(folder, sizeof(folder)))
		return NULL;
	{
		struct str whole = STR(PATH_MAX);
		char *text = NULL;

		str_printf(&whole, "%s/%s", folder, path);
		return str_take(&whole, &text) == 0 ? text : NULL;
	}
}

static int name_end(struct task *task, struct end *end, const char *config_path)
{
	char problem[DATABASE_URL_PROBLEM_BYTES];
	struct str report = STR(64 * 1024);
	int r;

	if (!database_url_is(end->name)) {
		end->folder = absolute(end->name);
		return end->folder ? EX_OK : EX_OSERR;
	}
	r = database_url_parse(end->name, &end->database, problem);
	if (r == -EBADMSG)
		say(task->print, true, "the URL of the database: %s", problem);
	else if (r == 0)
		r = config_load_database_keys(config_path, &report, &end->database);
	for (const char *line = str_text(&report); *line; line += strcspn(line, "\n"), line += *line == '\n')
		say(task->print, r < 0, "%.*s", (int)strcspn(line, "\n"), line);
	str_release(&report);
	return r == 0 ? EX_OK : r == -ENOMEM ? EX_OSERR : EX_CONFIG;
}

static int open_end(struct task *task, struct end *end, bool is_target)
{
	char reason[SESSION_REASON_BYTES], host[COPY_HOST_BYTES] = "";
	const struct database_config *database = &end->database;
	int r;

	if (database->host)
		snprintf(host, sizeof(host), "%s", database->host);
	else
		(void)gethostname(host, sizeof(host) - 1);
	r = end->folder ? whole_open(end->folder, is_target, &end->side, reason)
			: copy_open(database, host, is_target, &end->side, reason);
	end->is_open = r == 0;
	if (r == 0)
		return EX_OK;
	say(task->print, true, "%s", reason);
	return code_of(r);
}

/* ---------------------------------------------------------------- copying and comparing */

static void tell_progress(struct task *task, size_t count)
{
	task->rows += count;
	if (clock_monotonic_ms() - task->progress_ms < PROGRESS_MS)
		return;
	task->progress_ms = clock_monotonic_ms();
	say(task->print, false, "copied %" PRIu64 " rows", task->rows);
}

static int copy_rows(struct task *task, struct copied_batch *batch, struct copied_place *place)
{
	struct copied_side *from = &task->from.side, *to = &task->to.side;
	int code = EX_OK, r;

	while (code == EX_OK && place->kind < COPIED_KINDS) {
		struct copied_place after = {0};

		r = from->read(from->self, place, batch);
		if (r < 0)
			code = complain(task, &task->from, r);
		if (r == 0)
			r = copied_place_set(&after, place->kind, place->first, place->second);
		if (r == 0)
			r = copied_place_move(&after, batch);
		if (r == 0) {
			r = to->write(to->self, batch, place, &after);
			if (r < 0)
				code = complain(task, &task->to, r);
		} else if (code == EX_OK) {
			code = EX_OSERR;
		}
		if (code == EX_OK) {
			tell_progress(task, batch->count);
			copied_place_release(place);
			*place = after;
		} else {
			copied_place_release(&after);
		}
		copied_batch_clear(batch);
	}
	return code;
}

static int sum_up(struct task *task, struct end *end, struct copied_batch *batch, struct copied_sums *ret)
{
	struct copied_place place = {0};
	int r = copied_place_set(&place, 0, "", ""), code = r < 0 ? EX_OSERR : EX_OK;

	*ret = (struct copied_sums){0};
	while (code == EX_OK && place.kind < COPIED_KINDS) {
		r = end->side.read(end->side.self, &place, batch);
		if (r < 0)
			code = complain(task, end, r);
		for (size_t i = 0; code == EX_OK && i < batch->count; i++)
			code = copied_sums_add(ret, &batch->rows[i]) < 0 ? EX_OSERR : EX_OK;
		if (code == EX_OK && copied_place_move(&place, batch) < 0)
			code = EX_OSERR;
		copied_batch_clear(batch);
	}
	copied_place_release(&place);
	return code;
}

static const char *const names[COPIED_KINDS] = {"open questions", "answered questions", "values"};

static void tell_equal(const struct task *task, int kind, const struct copied_sum *sum)
{
	say(task->print, false, "%s: %" PRIu64 " on both sides, with the same SHA-256 sum", names[kind],
			sum->count);
}

/* EX_OK: equal. 1: a line for each kind that differs. */
static int compare(struct task *task, struct copied_batch *batch)
{
	struct copied_sums from, to;
	int code = sum_up(task, &task->from, batch, &from);

	if (code == EX_OK)
		code = sum_up(task, &task->to, batch, &to);
	if (code != EX_OK)
		return code;
	for (int i = 0; i < COPIED_KINDS; i++) {
		const struct copied_sum *a = &from.of[i], *b = &to.of[i];
		bool is_equal = copied_sum_equal(a, b);

		code = is_equal ? code : 1;
		if (is_equal)
			tell_equal(task, i, a);
		else
			say(task->print, true,
					"%s differ: %" PRIu64 " in %s (sum %016" PRIx64 "%016" PRIx64
					"), %" PRIu64 " in %s (sum %016" PRIx64 "%016" PRIx64 ")",
					names[i], a->count, task->from.name, a->high, a->low, b->count,
					task->to.name, b->high, b->low);
	}
	return code;
}

/* The source, as a later call names it again. */
static const char *identity(const struct end *end)
{
	return end->folder ? end->folder : end->database.url;
}

/* Has a target that has a state the same rows? Without a word if not. */
static bool is_copy(struct task *task, struct copied_batch *batch)
{
	struct copied_sums from, to;
	bool is_equal = sum_up(task, &task->from, batch, &from) == EX_OK &&
			sum_up(task, &task->to, batch, &to) == EX_OK;

	for (int i = 0; i < COPIED_KINDS; i++)
		is_equal = is_equal && copied_sum_equal(&from.of[i], &to.of[i]);
	for (int i = 0; is_equal && i < COPIED_KINDS; i++)
		tell_equal(task, i, &from.of[i]);
	return is_equal;
}

static int run_copy(struct task *task, struct copied_batch *batch)
{
	struct copied_side *from = &task->from.side, *to = &task->to.side;
	struct copied_place place = {0};
	int code, r = to->begin(to->self, identity(&task->from), &place);

	/* Perhaps the copy was complete, and the call was killed after that. */
	if (r == -EEXIST && is_copy(task, batch)) {
		say(task->print, false, "%s is a copy of %s already", task->to.name, task->from.name);
		return EX_OK;
	}
	if (r < 0) {
		copied_place_release(&place);
		return complain(task, &task->to, r);
	}
	if (place.kind > 0 || *place.first)
		say(task->print, false, "going on with the copy that was begun");
	code = copy_rows(task, batch, &place);
	copied_place_release(&place);
	if (code == EX_OK)
		code = compare(task, batch);
	if (code == 1)
		say(task->print, true,
				"%s was changed since the copy was begun; empty %s, and run the same command "
				"again",
				task->from.name, task->to.name);
	if (code != EX_OK)
		return code;
	/* A process that was started meanwhile has changed what was copied. */
	r = from->look(from->self);
	if (r < 0)
		return complain(task, &task->from, r);
	r = to->finish(to->self);
	if (r < 0)
		return complain(task, &task->to, r);
	say(task->print, false, "%s is a copy of %s; set \"state\" to it, and start the bot", task->to.name,
			task->from.name);
	return EX_OK;
}

/* ---------------------------------------------------------------- the command */

static void release_end(struct end *end)
{
	if (end->is_open)
		end->side.close(end->side.self);
	free(end->folder);
	database_config_release(&end->database);
}

int store_command(const char *config_path, int count, char *const *words, print_function print)
{
	struct task task = {.print = print, .progress_ms = clock_monotonic_ms()};
	struct copied_batch *batch = NULL;
	int code;

	if (count != 3 || strcmp(words[0], "copy") != 0) {
		say(task.print, true,
				"\"store\" needs \"copy\", and what to copy from and to: episoded store copy "
				"/var/lib/episoded postgresql://episoded@db.example.org/episoded");
		return EX_USAGE;
	}
	task.from.name = words[1];
	task.to.name = words[2];
	if (database_url_is(words[1]) == database_url_is(words[2])) {
		say(task.print, true,
				database_url_is(words[1]) ? "both are databases; copy one with pg_dump, and "
							    "load it with psql"
							  : "both are folders; stop the bot, and copy "
							    "episoded.db with cp -p");
		return EX_USAGE;
	}
	code = name_end(&task, &task.from, config_path);
	if (code == EX_OK)
		code = name_end(&task, &task.to, config_path);
	if (code == EX_OK)
		code = open_end(&task, &task.from, false);
	if (code == EX_OK)
		code = open_end(&task, &task.to, true);
	batch = code == EX_OK ? calloc(1, sizeof(*batch)) : NULL;
	if (code == EX_OK)
		code = batch ? run_copy(&task, batch) : EX_OSERR;
	free(batch);
	release_end(&task.from);
	release_end(&task.to);
	return code;
}
