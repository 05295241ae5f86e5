/* Shows that are kept current. */

#include "bot/daemon/refresh.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/catalogue/catalogue.h"
#include "bot/config/config.h"
#include "bot/daemon/refresh_file.h"
#include "bot/fetch/due.h"
#include "bot/fetch/exchange.h"
#include "bot/net/loop.h"
#include "bot/net/wall_timer.h"
#include "bot/net/work.h"
#include "bot/store/store.h"

#define AREA_REFRESH       "refresh"
#define THREAD_STACK_BYTES (1024 * 1024)
#define MARK_BYTES         128
#define HOST_BYTES         64
#define KEPT_MAX_BYTES     2048

_Static_assert((int)CONFIG_TVMAZE == (int)FETCH_TVMAZE && (int)CONFIG_TMDB == (int)FETCH_TMDB &&
				(int)CONFIG_SITES == (int)FETCH_SITES,
		"the sites of the configuration are those of bot/fetch/");

/* A show that is kept current. */
struct refreshed_show {
	struct refreshed_show *next;
	char *id, *path;
	struct fetch_address address;
	struct due due;
	struct visit_known known, learned;
	char mark[MARK_BYTES]; /* of the file and the copy for which "known" holds */
	bool is_wanted, is_failing;
};

struct refresh {
	struct loop *loop;
	struct refresh_host host;
	struct wall_timer *timer;
	struct random random;
	struct refreshed_show *entries;
	struct exchange *exchanges[FETCH_SITES]; /* NULL: not needed so far */
	uint64_t settings[FETCH_SITES];          /* sums of how the sites are reached */
	char *asking[FETCH_SITES]; /* the show of the visit in progress; NULL: there is no visit */
	struct work *work;         /* a copy that is being made; one at a time */
	char *working;             /* its show */
	char *copies;
	char host_name[HOST_BYTES]; /* before keys of the store, if several hosts share it */
};

/* ---------------------------------------------------------------- what the store keeps */

static void append_mark(struct str *str, const char *path)
{
	struct stat about;

	if (stat(path, &about) < 0)
		str_append(str, "-");
	else
		str_printf(str, "%lld.%lld.%ld", (long long)about.st_size, (long long)about.st_mtim.tv_sec,
				about.st_mtim.tv_nsec);
}

/* What the show's file and its copy look like. */
static void mark_of(const struct refresh *refresh, const struct refreshed_show *entry, char ret[MARK_BYTES])
{
	struct str mark = STR(MARK_BYTES - 1), copy = STR(FETCH_TEXT_BYTES + 4096);

	append_mark(&mark, entry->path);
	str_append_char(&mark, ' ');
	str_printf(&copy, "%s/%s.json", refresh->copies, entry->id);
	append_mark(&mark, str_text(&copy));
	snprintf(ret, MARK_BYTES, "%s", str_text(&mark));
	str_release(&mark);
	str_release(&copy);
}

static void append_key(const struct refresh *refresh, const struct refreshed_show *entry, struct str *key)
{
	str_printf(key, "%s%s%s", refresh->host_name, *refresh->host_name ? "/" : "", entry->id);
}

/* due is what is kept: of an entry whose visit is in progress it is as after a failure. */
static void keep(const struct refresh *refresh, const struct refreshed_show *entry, const struct due *due)
{
	struct str key = STR(512), value = STR(KEPT_MAX_BYTES);
	char text[DUE_KEPT_BYTES];
	int r;

	append_key(refresh, entry, &key);
	str_printf(&value, "%s\t%s\t%s\t%s\t%s", due_keep(due, text), entry->known.etag,
			entry->known.modified, entry->known.updated, entry->mark);
	r = key.error || value.error ? -ENOMEM
				     : store_put(refresh->host.store(refresh->host.user), AREA_REFRESH,
						       str_text(&key), str_text(&value));
	if (r < 0)
		log_write(LOG_LEVEL_WARNING, &(struct log_about){.error = r},
				"when %s was fetched is not kept", entry->id);
	str_release(&key);
	str_release(&value);
}

/* The next part of a kept value, which is cut off there. */
static const char *next_part(char **rest)
{
	char *at = *rest, *end = at + strcspn(at, "\t");

	*rest = *end ? end + 1 : end;
	*end = '\0';
	return at;
}

static void restore(struct refresh *refresh, struct refreshed_show *entry)
{
	struct str key = STR(512);
	char *value = NULL, *rest;
	char nothing[] = "";

	append_key(refresh, entry, &key);
	store_get(refresh->host.store(refresh->host.user), AREA_REFRESH, str_text(&key), &value);
	rest = value ? value : nothing;
	due_start(&entry->due, next_part(&rest), clock_boot_ms(), clock_wall_ms(), &refresh->random);
	snprintf(entry->known.etag, sizeof(entry->known.etag), "%s", next_part(&rest));
	snprintf(entry->known.modified, sizeof(entry->known.modified), "%s", next_part(&rest));
	snprintf(entry->known.updated, sizeof(entry->known.updated), "%s", next_part(&rest));
	snprintf(entry->mark, sizeof(entry->mark), "%s", next_part(&rest));
	free(value);
	str_release(&key);
}

/* ---------------------------------------------------------------- shows */

static void free_entry(struct refreshed_show *entry)
{
	free(entry->id);
	free(entry->path);
	free(entry);
}

static struct refreshed_show *find(const struct refresh *refresh, const char *id)
{
	for (struct refreshed_show *entry = refresh->entries; entry; entry = entry->next)
		if (str_equal(entry->id, id))
			return entry;
	return NULL;
}

static bool is_same_show(const struct fetch_address *a, const struct fetch_address *b)
{
	return a->site == b->site && a->id == b->id;
}

static void want(struct refresh *refresh, const struct show *show, const char *path)
{
	struct refreshed_show *entry = find(refresh, show->id);
	struct fetch_address address;
	const char *problem = NULL;

	if (*show->from)
		problem = fetch_address_read(show->from, &address);
	if ((*show->from && (problem || address.by != FETCH_BY_ID)) ||
			(!*show->from && !fetch_address_of_page(show->url, &address))) {
		log_warning("%s: \"refresh\" needs \"from\", as in \"from\": \"tvmaze:139\"; the show is not "
			    "refreshed",
				path);
		return;
	}
	if (entry && is_same_show(&entry->address, &address) && str_equal(entry->path, path)) {
		entry->is_wanted = true;
		return;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry) {
		entry->id = str_copy(show->id);
		entry->path = str_copy(path);
	}
	if (!entry || !entry->id || !entry->path) {
		log_error("out of memory: %s is not refreshed", show->id);
		if (entry)
			free_entry(entry);
		return;
	}
	entry->address = address;
	entry->is_wanted = true;
	restore(refresh, entry);
	entry->next = refresh->entries;
	refresh->entries = entry;
}

static void drop_unwanted(struct refresh *refresh)
{
	struct refreshed_show **link = &refresh->entries;

	while (*link) {
		struct refreshed_show *entry = *link;

		if (entry->is_wanted) {
			link = &entry->next;
			continue;
		}
		*link = entry->next;
		free_entry(entry);
	}
}

/* ---------------------------------------------------------------- visits */

static void set_timer(struct refresh *refresh)
{
	const uint64_t now_ms = clock_boot_ms();
	uint64_t next_ms = UINT64_MAX;

	/* A site that is being visited is looked at when the visit ends; so are all while a copy is made. */
	for (const struct refreshed_show *entry = refresh->entries; entry && !refresh->work;
			entry = entry->next)
		if (!refresh->asking[entry->address.site] && entry->due.next_ms < next_ms)
			next_ms = entry->due.next_ms;
	/* The wall clock goes on while the machine sleeps. The timer also fires when it is set: whether a show is due, the
	 * boot clock decides. */
	if (next_ms == UINT64_MAX)
		wall_timer_cancel(refresh->timer);
	else
		wall_timer_set(refresh->timer,
				next_ms > now_ms
						? (int64_t)((clock_wall_ms() + next_ms - now_ms + 999) / 1000)
						: 0);
}

static void end_visit(struct refresh *refresh, struct refreshed_show *entry, bool is_failed, uint64_t wait_ms)
{
	due_asked(&entry->due, is_failed, wait_ms, clock_boot_ms(), clock_wall_ms(), &refresh->random);
	keep(refresh, entry, &entry->due);
}

static void log_lines(const char *id, const struct str *report)
{
	for (const char *line = str_text(report); *line;) {
		size_t length = strcspn(line, "\n");

		log_info("%s: %.*s", id, (int)length, line);
		line += length + (line[length] == '\n');
	}
}

static void on_worked(void *user, void *done)
{
	struct refresh *refresh = user;
	const struct refresh_job *job = done;
	struct refreshed_show *entry = find(refresh, refresh->working);

	refresh->work = NULL;
	log_lines(refresh->working, &job->report);
	if (job->error == -EBADMSG)
		log_warning("%s: what %s sent is not used; the show stays as it is", refresh->working,
				fetch_sites[job->address.site].title);
	else if (job->error)
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = job->error},
				"%s: the refreshed copy cannot be written to %s; the show stays as it is",
				refresh->working, refresh->copies);
	if (entry && !job->error) {
		/* Only now: a copy that was not written must not be taken for current. */
		entry->known = entry->learned;
		mark_of(refresh, entry, entry->mark);
		keep(refresh, entry, &entry->due);
	}
	if (!job->error && job->has_changed)
		refresh->host.on_changed(refresh->host.user);
	else if (!job->error)
		log_debug("%s: nothing has changed that the bot knows of", refresh->working);
	free(refresh->working);
	refresh->working = NULL;
	set_timer(refresh);
}

static void make_copy(struct refresh *refresh, struct refreshed_show *entry, struct visit *visit)
{
	static const struct work_class class = {refresh_job_run, refresh_job_free, THREAD_STACK_BYTES};
	struct refresh_job *job = refresh_job_new(entry->path, refresh->copies, visit);
	int r = -ENOMEM;

	refresh->working = str_copy(entry->id);
	if (job && refresh->working)
		r = work_start(refresh->loop, &class, job, on_worked, refresh, &refresh->work);
	if (r == 0)
		return;
	log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = r}, "%s is not refreshed", entry->id);
	refresh_job_free(job);
	free(refresh->working);
	refresh->working = NULL;
}

static void tell_failure(struct refreshed_show *entry, const struct visit *visit)
{
	/* An outage is told once. */
	log_write(entry->is_failing ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, NULL,
			"%s is not refreshed: %s; the show stays as it is", entry->id, visit->problem);
	entry->is_failing = true;
}

static void on_visited(
		struct refresh *refresh, enum fetch_site_id site, enum visit_step step, struct visit *visit)
{
	struct refreshed_show *entry = find(refresh, refresh->asking[site]);

	free(refresh->asking[site]);
	refresh->asking[site] = NULL;
	if (entry && step == VISIT_FAILED) {
		tell_failure(entry, visit);
		end_visit(refresh, entry, visit->fault == VISIT_PASSING, visit->wait_ms);
	} else if (entry) {
		if (entry->is_failing)
			log_info("%s is refreshed again", entry->id);
		entry->is_failing = false;
		entry->learned = visit->learned;
		end_visit(refresh, entry, false, 0);
		if (step == VISIT_DONE)
			make_copy(refresh, entry, visit);
		else
			log_debug("%s has not changed", entry->id);
	}
	set_timer(refresh);
}

static void on_tvmaze(void *user, enum visit_step step, struct visit *visit)
{
	on_visited(user, FETCH_TVMAZE, step, visit);
}

static void on_tmdb(void *user, enum visit_step step, struct visit *visit)
{
	on_visited(user, FETCH_TMDB, step, visit);
}

static void begin(struct refresh *refresh, struct refreshed_show *entry)
{
	const enum fetch_site_id site = entry->address.site;
	struct exchange *exchange = refresh->exchanges[site];
	struct visit_known known = {0};
	struct due kept = entry->due;
	char mark[MARK_BYTES];
	int r = -ENOMEM;

	/* What the site said counts only for the file and the copy that were there. */
	mark_of(refresh, entry, mark);
	if (strcmp(mark, entry->mark) == 0)
		known = entry->known;
	due_asked(&kept, true, 0, clock_boot_ms(), clock_wall_ms(), &refresh->random);
	keep(refresh, entry, &kept);
	refresh->asking[site] = str_copy(entry->id);
	if (refresh->asking[site] && exchange)
		r = exchange_start(exchange, &entry->address, &known, 1,
				site == FETCH_TMDB ? on_tmdb : on_tvmaze, refresh);
	if (r == 0)
		return;
	log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = r}, "%s is not refreshed", entry->id);
	free(refresh->asking[site]);
	refresh->asking[site] = NULL;
	end_visit(refresh, entry, true, 0);
}

static void on_timer(void *user)
{
	struct refresh *refresh = user;
	const uint64_t now_ms = clock_boot_ms();

	for (struct refreshed_show *entry = refresh->entries; entry; entry = entry->next)
		if (!refresh->asking[entry->address.site] && entry->due.next_ms <= now_ms)
			begin(refresh, entry);
	set_timer(refresh);
}

/* ---------------------------------------------------------------- configuration */

static uint64_t sum_of(const struct exchange_site *site)
{
	const char *const parts[] = {site->url, site->ca_file, site->proxy, site->token};
	uint64_t sum = 1;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		sum = str_hash(sum, parts[i] ? parts[i] : "\1", parts[i] ? strlen(parts[i]) + 1 : 1);
	return sum;
}

/* A visit that is cut off here is made again when its show is due after a failure. */
static void configure_site(struct refresh *refresh, const struct config *config, enum fetch_site_id id)
{
	const struct config_site *written = &config->sites[id];
	const struct exchange_site site = {.site = id,
			.url = written->url,
			.ca_file = written->ca_file,
			.proxy = config->proxy,
			.token = written->token};
	struct refreshed_show *entry = refresh->asking[id] ? find(refresh, refresh->asking[id]) : NULL;
	uint64_t sum = sum_of(&site);

	if (refresh->exchanges[id] && refresh->settings[id] == sum)
		return;
	exchange_free(refresh->exchanges[id]);
	refresh->exchanges[id] = NULL;
	free(refresh->asking[id]);
	refresh->asking[id] = NULL;
	if (entry)
		end_visit(refresh, entry, true, 0);
	if (exchange_new(refresh->loop, &site, &refresh->exchanges[id]) < 0)
		log_error("out of memory: no show of %s is refreshed", fetch_sites[id].title);
	refresh->settings[id] = sum;
}

static void name_host(struct refresh *refresh, const struct config *config)
{
	refresh->host_name[0] = '\0';
	if (config->database && config->database->host)
		snprintf(refresh->host_name, sizeof(refresh->host_name), "%s", config->database->host);
	else if (config->database)
		gethostname(refresh->host_name, sizeof(refresh->host_name) - 1);
}

void refresh_configure(
		struct refresh *refresh, const struct config *config, const struct catalogue *catalogue)
{
	struct str copies = STR(4096);

	for (struct refreshed_show *entry = refresh->entries; entry; entry = entry->next)
		entry->is_wanted = false;
	str_printf(&copies, "%s/" REFRESH_COPIES, config->state);
	free(refresh->copies);
	refresh->copies = NULL;
	name_host(refresh, config);
	if (str_take(&copies, &refresh->copies) == 0)
		for (size_t i = 0; i < catalogue_count(catalogue); i++)
			if (catalogue_at(catalogue, i)->is_refreshed_daily)
				want(refresh, catalogue_at(catalogue, i), catalogue_path(catalogue, i));
	drop_unwanted(refresh);
	for (int site = 0; site < FETCH_SITES; site++) {
		bool is_needed = false;

		for (const struct refreshed_show *entry = refresh->entries; entry; entry = entry->next)
			is_needed = is_needed || (int)entry->address.site == site;
		if (is_needed)
			configure_site(refresh, config, (enum fetch_site_id)site);
	}
	set_timer(refresh);
}

int refresh_new(struct loop *loop, const struct refresh_host *host, struct refresh **ret)
{
	struct refresh *refresh = calloc(1, sizeof(*refresh));
	int r;

	if (!refresh)
		return -ENOMEM;
	refresh->loop = loop;
	refresh->host = *host;
	random_seed_from_system(&refresh->random);
	r = wall_timer_new(loop, on_timer, refresh, &refresh->timer);
	if (r < 0)
		free(refresh);
	else
		*ret = refresh;
	return r;
}

void refresh_free(struct refresh *refresh)
{
	if (!refresh)
		return;
	work_cancel(refresh->work);
	for (int site = 0; site < FETCH_SITES; site++) {
		exchange_free(refresh->exchanges[site]);
		free(refresh->asking[site]);
	}
	for (struct refreshed_show *entry = refresh->entries; entry; entry = entry->next)
		entry->is_wanted = false;
	drop_unwanted(refresh);
	wall_timer_free(refresh->timer);
	free(refresh->working);
	free(refresh->copies);
	free(refresh);
}
