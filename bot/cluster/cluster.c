/* This process among the others: beats, and the leases that it takes, loads, gives and loses. */

#include "bot/cluster/cluster.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/cluster/budgets.h"
#include "bot/cluster/differing.h"
#include "bot/cluster/gates.h"
#include "bot/cluster/leased.h"
#include "bot/cluster/sets.h"
#include "bot/cluster/share.h"
#include "bot/config/config.h"
#include "bot/net/loop.h"
#include "bot/postgres/line.h"
#include "bot/store/remote.h"

#define HINT_MS        50   /* a hint hastens the next beat to this time after the last one */
#define AGAIN_MS       200  /* after a transaction that failed while the lane is up */
#define WARNING_MS     1000 /* so long before the permits end, the log says so */
#define OPENED_FIRST   1    /* beats between two looks at questions that were handed in, doubled */
#define OPENED_LONGEST 32
#define PRUNE_MS       (10 * 60 * 1000)
#define REREAD_MS      (24 * 60 * 60 * 1000) /* without the database for so long: read all shared values again */

struct cluster {
	struct loop *loop;
	struct cluster_events events;
	void *user;
	char host[LEASED_NAME_MAX_BYTES], process[LEASED_NAME_MAX_BYTES];
	unsigned weight;
	struct postgres_line *line;
	struct store *store;
	struct leases *leases;
	struct budgets *budgets;
	struct gates *gates;
	struct sets *sets;
	struct leased_list leased;
	struct timer *beat, *flush, *silence, *leave, *prune;
	uint64_t beat_sent_ms, take_sent_ms, read_version;
	unsigned takes; /* under way */
	bool is_beating, is_offering, is_giving, is_positioning;
	bool is_ready;                   /* on_ready was called */
	bool is_reading;                 /* all shared values */
	bool is_silent;                  /* the permits are over */
	uint64_t work_down_ms;           /* when the work lane went down; 0: it is up */
	unsigned opened_wait, opened_in; /* beats */
	char gateways[20];               /* a hash of what is configured; "": not known yet */
	struct differing_hosts differing;
	void (*on_left)(void *user);
	void *left_user;
	bool is_leaving, is_left;
	char *reason;
	struct str text;
};

/* ---------------------------------------------------------------- giving */

static void flush_soon(struct cluster *cluster)
{
	timer_set(cluster->flush, 0);
}

static void end_leaving(struct cluster *cluster)
{
	if (cluster->is_left)
		return;
	cluster->is_left = true;
	timer_cancel(cluster->leave);
	timer_cancel(cluster->beat);
	cluster->on_left(cluster->left_user);
}

static void on_host_left(void *user, int error, const struct rows *rows)
{
	(void)error;
	(void)rows;
	end_leaving(user);
}

/* Everything is given: the others need not wait for our beat to end. */
static void look_whether_left(struct cluster *cluster)
{
	struct parameters *parameters;

	if (!cluster->is_leaving || cluster->is_left)
		return;
	for (size_t i = 0; i < cluster->leased.count; i++) {
		if (cluster->leased.list[i]->state != LEASED_FREE)
			return;
	}
	parameters = parameters_new();
	if (parameters)
		parameters_text(parameters, cluster->process);
	if (!parameters || !line_is_up(cluster->line, LINE_BEAT) ||
			line_ask(cluster->line, LINE_BEAT, STATEMENT_HOST_LEAVE, parameters, on_host_left,
					cluster) < 0)
		end_leaving(cluster);
	else
		line_sync(cluster->line, LINE_BEAT);
	parameters_free(parameters);
}

/* It is over for this process. The permit ends now, the database hears of it soon. */
static void give(struct cluster *cluster, struct leased *leased, const char *position)
{
	leased_set_position(leased, position);
	leases_gave(cluster->leases, leased->name);
	remote_unclaim(cluster->store, leased->name);
	leased->state = LEASED_GIVEN;
	leased->is_moved = leased->is_sent = false;
	flush_soon(cluster);
}

static void begin_giving(struct cluster *cluster, struct leased *leased)
{
	if (leased->state == LEASED_LOADING) {
		give(cluster, leased, NULL);
	} else if (leased->state == LEASED_HELD) {
		leased->state = LEASED_GIVING;
		cluster->events.on_give(cluster->user, &leased->wanted);
	}
}

void cluster_gave(struct cluster *cluster, const struct lease_wanted *lease, const char *position)
{
	struct leased *leased = leased_find_wanted(&cluster->leased, lease);

	if (leased && (leased->state == LEASED_HELD || leased->state == LEASED_GIVING))
		give(cluster, leased, position);
}

static void on_given(void *user, int error, const struct rows *rows)
{
	struct cluster *cluster = user;
	unsigned given = 0;

	(void)rows;
	cluster->is_giving = false;
	for (size_t i = 0; i < cluster->leased.count; i++) {
		struct leased *leased = cluster->leased.list[i];

		if (leased->state != LEASED_GIVEN || !leased->is_sent)
			continue;
		leased->is_sent = false;
		if (error)
			continue;
		leased->state = LEASED_FREE;
		given++;
		if (!cluster->is_leaving)
			log_info("gave %s, epoch %" PRIu64, leased->name, leased->epoch);
	}
	if (given && cluster->is_leaving)
		log_info("gave %u lease(s) to the other hosts", given);
	if (error && line_is_up(cluster->line, LINE_WORK))
		timer_set(cluster->flush, AGAIN_MS);
	else if (!error)
		flush_soon(cluster);
	leased_drop_unwanted(&cluster->leased);
	look_whether_left(cluster);
}

/* The arrays of a statement over several leases. */
struct lease_arrays {
	const char **names, **positions;
	int64_t *epochs;
	bool *ready, *needs;
	size_t count;
};

static void release_arrays(struct lease_arrays *arrays)
{
	free(arrays->names);
	free(arrays->positions);
	free(arrays->epochs);
	free(arrays->ready);
	free(arrays->needs);
}

static int make_arrays(struct lease_arrays *arrays, size_t count)
{
	*arrays = (struct lease_arrays){
			.names = calloc(count + 1, sizeof(char *)),
			.positions = calloc(count + 1, sizeof(char *)),
			.epochs = calloc(count + 1, sizeof(int64_t)),
			.ready = calloc(count + 1, sizeof(bool)),
			.needs = calloc(count + 1, sizeof(bool)),
	};
	if (arrays->names && arrays->positions && arrays->epochs && arrays->ready && arrays->needs)
		return 0;
	release_arrays(arrays);
	return -ENOMEM;
}

static void add_to_arrays(
		const struct cluster *cluster, struct lease_arrays *arrays, const struct leased *leased)
{
	arrays->needs[arrays->count] = gates_need(
			cluster->gates, leased->gateway, leased->wanted.total, leased->wanted.number);
	arrays->names[arrays->count] = leased->name;
	arrays->epochs[arrays->count] = (int64_t)leased->epoch;
	arrays->positions[arrays->count] = leased->position;
	arrays->ready[arrays->count++] = leased->is_ready;
}

static bool is_to_give(const struct leased *leased)
{
	return leased->state == LEASED_GIVEN && !leased->is_sent;
}

static void mark_sent(struct cluster *cluster, bool (*is_one)(const struct leased *leased))
{
	for (size_t i = 0; i < cluster->leased.count; i++) {
		if (is_one(cluster->leased.list[i]))
			cluster->leased.list[i]->is_sent = true;
	}
}

/* Behind the last batches of the store, on the same lane. */
static int send_given(struct cluster *cluster, const struct lease_arrays *arrays)
{
	struct parameters *parameters = parameters_new();
	int r = -ENOMEM;

	if (parameters) {
		parameters_texts(parameters, arrays->names, arrays->count);
		parameters_numbers(parameters, arrays->epochs, arrays->count);
		parameters_texts(parameters, arrays->positions, arrays->count);
		parameters_text(parameters, cluster->process);
		r = line_ask(cluster->line, LINE_WORK, STATEMENT_LEASE_GIVE, parameters, on_given, cluster);
	}
	parameters_free(parameters);
	if (r < 0)
		return r;
	line_sync(cluster->line, LINE_WORK);
	line_notify(cluster->line);
	cluster->is_giving = true;
	mark_sent(cluster, is_to_give);
	return 0;
}

/* ---------------------------------------------------------------- positions of shards */

static bool is_to_tell(const struct leased *leased)
{
	return leased->is_moved && (leased->state == LEASED_HELD || leased->state == LEASED_GIVING);
}

static void on_positioned(void *user, int error, const struct rows *rows)
{
	struct cluster *cluster = user;

	(void)rows;
	cluster->is_positioning = false;
	for (size_t i = 0; i < cluster->leased.count; i++) {
		struct leased *leased = cluster->leased.list[i];

		if (!leased->is_sent || leased->state == LEASED_GIVEN)
			continue;
		leased->is_sent = false;
		leased->is_moved = leased->is_moved || error;
	}
	if (error && line_is_up(cluster->line, LINE_WORK))
		timer_set(cluster->flush, AGAIN_MS);
	else if (!error)
		flush_soon(cluster);
}

static int send_positions(struct cluster *cluster, const struct lease_arrays *arrays)
{
	struct parameters *parameters = parameters_new();
	int r = -ENOMEM;

	if (parameters) {
		parameters_texts(parameters, arrays->names, arrays->count);
		parameters_numbers(parameters, arrays->epochs, arrays->count);
		parameters_texts(parameters, arrays->positions, arrays->count);
		parameters_flags(parameters, arrays->ready, arrays->count);
		parameters_flags(parameters, arrays->needs, arrays->count);
		parameters_text(parameters, cluster->process);
		r = line_ask(cluster->line, LINE_WORK, STATEMENT_LEASE_POSITION, parameters, on_positioned,
				cluster);
	}
	parameters_free(parameters);
	if (r < 0)
		return r;
	line_sync(cluster->line, LINE_WORK);
	cluster->is_positioning = true;
	mark_sent(cluster, is_to_tell);
	for (size_t i = 0; i < cluster->leased.count; i++)
		cluster->leased.list[i]->is_moved = false;
	return 0;
}

void cluster_position(struct cluster *cluster, const char *gateway, unsigned total, unsigned number,
		const char *position, bool is_ready)
{
	const struct lease_wanted lease = {LEASE_SHARD, gateway, "discord", total, number};
	struct leased *leased = leased_find_wanted(&cluster->leased, &lease);
	char *copy;

	if (!leased || (leased->state != LEASED_HELD && leased->state != LEASED_GIVING))
		return;
	copy = str_copy(position);
	if (!copy && position)
		return;
	free(leased->position);
	leased->position = copy;
	leased->is_ready = is_ready;
	leased->is_moved = true;
	flush_soon(cluster);
}

/* Send what the leases of one kind have to tell. 0: nothing, or sent. */
static int send_all(struct cluster *cluster, bool (*is_one)(const struct leased *leased),
		int (*send)(struct cluster *cluster, const struct lease_arrays *arrays))
{
	struct lease_arrays arrays;
	int r = make_arrays(&arrays, cluster->leased.count);

	if (r)
		return r;
	for (size_t i = 0; i < cluster->leased.count; i++) {
		if (is_one(cluster->leased.list[i]))
			add_to_arrays(cluster, &arrays, cluster->leased.list[i]);
	}
	if (arrays.count)
		r = send(cluster, &arrays);
	release_arrays(&arrays);
	return r;
}

static void on_flush(void *user)
{
	struct cluster *cluster = user;
	int r = 0;

	if (!line_is_up(cluster->line, LINE_WORK))
		return; /* on_up() comes here again */
	if (!cluster->is_positioning)
		r = send_all(cluster, is_to_tell, send_positions);
	if (!r && !cluster->is_giving)
		r = send_all(cluster, is_to_give, send_given);
	if (r < 0)
		timer_set(cluster->flush, AGAIN_MS);
}

/* ---------------------------------------------------------------- taking */

static void log_held(const struct leased *leased)
{
	if (*leased->was)
		log_info("holds %s, epoch %" PRIu64 ", from host %.*s (lapsed)", leased->name, leased->epoch,
				differing_host_length(leased->was), leased->was);
	else
		log_info("holds %s, epoch %" PRIu64 " (it was free)", leased->name, leased->epoch);
}

/* Its values and open questions are in the store. */
static void hold(struct cluster *cluster, struct leased *leased)
{
	const struct permit *permit = leases_permit(cluster->leases, leased->name);
	const struct lease_row row = {leased->name, leased->epoch, leased->position ? leased->position : ""};

	leased->state = LEASED_HELD;
	log_held(leased);
	cluster->events.on_taken(cluster->user, &leased->wanted, &row, permit);
	/* A gateway that starts asks for its open questions itself; one that gets a part is running already. */
	if (leased->wanted.kind == LEASE_SHARD && leased_has_questions(leased))
		cluster->events.on_opened(cluster->user, leased->gateway);
	if (cluster->is_leaving || !leased->is_wanted)
		begin_giving(cluster, leased);
}

static void on_claimed(void *user, const struct store_claim *claim, int error)
{
	struct cluster *cluster = user;
	struct leased *leased = leased_find(&cluster->leased, claim->lease);

	if (!leased || leased->epoch != claim->epoch)
		return;
	if (leased->state == LEASED_HELD && !error && *claim->gateway)
		cluster->events.on_opened(cluster->user, claim->gateway);
	if (leased->state != LEASED_LOADING)
		return;
	if (!error) {
		hold(cluster, leased);
		return;
	}
	log_write(LOG_LEVEL_WARNING, &(struct log_about){.error = error},
			"the state of %s cannot be read: it is given back", leased->name);
	give(cluster, leased, NULL);
}

/* Read the values and open questions of a lease. */
static int claim(struct cluster *cluster, const struct leased *leased)
{
	const struct store_claim claim = {
			.lease = leased->name,
			.gateway = leased_has_questions(leased) ? leased->gateway : "",
			.epoch = leased->epoch,
			.number = leased->wanted.number,
			.total = leased->wanted.total,
	};

	return remote_claim(cluster->store, &claim, on_claimed, cluster);
}

static void on_taken(void *user, const struct lease_row *row, const struct permit *permit)
{
	struct cluster *cluster = user;
	struct leased *leased = leased_find(&cluster->leased, row->name);

	(void)permit;
	if (!leased)
		return; /* the next beat lists a stray */
	leased->state = LEASED_LOADING;
	leased->epoch = row->epoch;
	leased->is_moved = leased->is_sent = leased->is_ready = false;
	leased_set_position(leased, row->position);
	if (cluster->is_leaving || !leased->is_wanted)
		give(cluster, leased, NULL);
	else if (leased->wanted.kind == LEASE_ROLE && !*leased->gateway)
		hold(cluster, leased); /* there is nothing to read */
	else if (claim(cluster, leased) < 0)
		give(cluster, leased, NULL);
}

static void on_lost(void *user, const char *name, const char *why)
{
	struct cluster *cluster = user;
	struct leased *leased = leased_find(&cluster->leased, name);
	bool was_held;

	if (!leased || leased->state == LEASED_FREE || leased->state == LEASED_GIVEN)
		return;
	log_warning("lost %s, epoch %" PRIu64 ": %s", leased->name, leased->epoch, why);
	was_held = leased->state != LEASED_LOADING;
	leased->state = LEASED_FREE;
	leased->is_moved = leased->is_sent = false;
	if (was_held)
		cluster->events.on_lost(cluster->user, &leased->wanted, why);
	remote_unclaim(cluster->store, name);
	look_whether_left(cluster);
}

/* The answer to a take was lost with its connection, or the configuration no longer has the lease. */
static void on_stray(void *user, const struct lease_row *row)
{
	struct cluster *cluster = user;
	struct leased *leased = leased_find(&cluster->leased, row->name);

	if (!leased)
		leased = leased_add_stray(&cluster->leased, row->name);
	if (!leased || leased->state != LEASED_FREE)
		return; /* GIVEN: the statement is under way */
	leased->epoch = row->epoch;
	leased_set_position(leased, NULL);
	leased->state = LEASED_GIVEN;
	leased->is_sent = false;
	flush_soon(cluster);
}

static void schedule_beat(struct cluster *cluster);

static void on_take_rows(void *user, int error, const struct rows *rows)
{
	struct cluster *cluster = user;
	size_t count = error ? 0 : rows_count(rows);

	for (size_t i = 0; i < count; i++) {
		struct leased *leased = leased_find(&cluster->leased, rows_text(rows, i, 0));

		if (leased)
			snprintf(leased->was, sizeof(leased->was), "%s", rows_text(rows, i, 3));
	}
	for (size_t i = 0; i < count; i++) {
		const struct lease_row row = {rows_text(rows, i, 0), (uint64_t)rows_number(rows, i, 1),
				rows_text(rows, i, 2)};

		leases_taken(cluster->leases, &row, 1, cluster->take_sent_ms);
	}
	if (--cluster->takes == 0)
		schedule_beat(cluster);
}

static void ask_to_take(struct cluster *cluster, const char *pool, unsigned want, uint64_t boot_ms)
{
	struct parameters *parameters = parameters_new();
	const char **names = calloc(cluster->leased.count + 1, sizeof(char *));
	size_t count = 0;
	int r = -ENOMEM;

	for (size_t i = 0; names && i < cluster->leased.count; i++) {
		const struct leased *leased = cluster->leased.list[i];

		if (leased->is_open && leased->is_wanted && leased->state == LEASED_FREE &&
				str_equal(leased->pool, pool))
			names[count++] = leased->name;
	}
	if (parameters && names) {
		parameters_text(parameters, cluster->process);
		parameters_texts(parameters, names, count);
		parameters_number(parameters, want);
		parameters_seconds(parameters, LEASE_MS / 1000.0);
		parameters_seconds(parameters, (double)leases_lapsed_before(cluster->leases, boot_ms) / 1000);
		r = line_ask(cluster->line, LINE_BEAT, STATEMENT_LEASE_TAKE, parameters, on_take_rows,
				cluster);
	}
	if (r == 0) {
		cluster->takes++;
		cluster->take_sent_ms = boot_ms;
		line_sync(cluster->line, LINE_BEAT);
	}
	parameters_free(parameters);
	free(names);
}

/* By pools: take what is missing, give what is too much. */
static void take_and_give(struct cluster *cluster)
{
	struct leased_pool pools[2 * CONFIG_GATEWAYS_MAX];
	size_t count = leased_count_pools(&cluster->leased, pools, sizeof(pools) / sizeof(pools[0]));
	uint64_t boot_ms = clock_boot_ms();

	for (size_t i = 0; i < count; i++) {
		unsigned want = leases_want(cluster->leases, pools[i].name, pools[i].all, pools[i].open,
				pools[i].stale, boot_ms);
		const char *name = leases_to_give(cluster->leases, pools[i].name, pools[i].all, boot_ms);
		struct leased *leased = name ? leased_find(&cluster->leased, name) : NULL;

		if (want)
			ask_to_take(cluster, pools[i].name, want, boot_ms);
		if (leased)
			begin_giving(cluster, leased);
	}
}

/* ---------------------------------------------------------------- the beat */

static void schedule_beat(struct cluster *cluster)
{
	uint64_t now_ms = clock_boot_ms(), due_ms = cluster->beat_sent_ms + LEASE_BEAT_MS;

	if (cluster->is_beating || cluster->takes || cluster->is_left)
		return;
	timer_set(cluster->beat, due_ms > now_ms ? due_ms - now_ms : 0);
}

/* A process that has just started is about to take its share. */
static bool is_different(const struct cluster *cluster, const char *process, const char *gateways)
{
	return *gateways && *cluster->gateways && !str_equal(gateways, cluster->gateways) &&
	       !str_equal(process, cluster->process);
}

static void on_hosts(void *user, int error, const struct rows *rows)
{
	struct cluster *cluster = user;
	size_t count = error ? 0 : rows_count(rows), used = 0;
	struct lease_host *hosts = error ? NULL : calloc(count + 1, sizeof(*hosts));

	if (!hosts)
		return;
	if (leases_own_permit(cluster->leases)->until_boot_ms &&
			!permit_is_valid(leases_own_permit(cluster->leases)))
		budgets_lapsed(cluster->budgets);
	for (size_t i = 0; i < count; i++) {
		const char *process = rows_text(rows, i, 0);

		if (is_different(cluster, process, rows_text(rows, i, 4))) {
			/* It cannot serve the same leases: it is not counted for the shares. */
			differing_warn(&cluster->differing, process, clock_boot_ms());
			continue;
		}
		differing_agree(&cluster->differing, process, clock_boot_ms());
		hosts[used++] = (struct lease_host){
				.process = process,
				.host = rows_text(rows, i, 1),
				.weight = (unsigned)rows_number(rows, i, 2),
				.is_leaving = !str_equal(rows_text(rows, i, 3), "running"),
		};
	}
	leases_hosts(cluster->leases, hosts, used);
	free(hosts);
}

static void on_renewed(void *user, int error, const struct rows *rows)
{
	struct cluster *cluster = user;
	size_t count = error ? 0 : rows_count(rows);
	struct lease_row *list = error ? NULL : calloc(count + 1, sizeof(*list));

	if (!list)
		return; /* the permits end by themselves */
	for (size_t i = 0; i < count; i++)
		list[i] = (struct lease_row){rows_text(rows, i, 0), (uint64_t)rows_number(rows, i, 1), ""};
	leases_renewed(cluster->leases, list, count);
	free(list);
	if (cluster->is_silent)
		log_info("the database answers: %u lease(s) are held again", leases_held(cluster->leases));
	cluster->is_silent = false;
	timer_set(cluster->silence, LEASE_MS - LEASE_GUARD_MS - WARNING_MS);
}

/* The permits end soon, and no beat was answered. */
static void on_silence(void *user)
{
	struct cluster *cluster = user;

	if (!leases_held(cluster->leases) || cluster->is_left)
		return;
	cluster->is_silent = true;
	log_warning("the database does not answer: %u lease(s) end in 1 s, then their gateways are silent "
		    "until "
		    "it does",
			leases_held(cluster->leases));
}

/* Other processes have handed in, or left, questions of this gateway: read them. */
static void load_again(struct cluster *cluster, const char *gateway)
{
	for (size_t i = 0; i < cluster->leased.count; i++) {
		struct leased *leased = cluster->leased.list[i];

		if (leased->state == LEASED_HELD && leased_has_questions(leased) &&
				str_equal(leased->gateway, gateway))
			claim(cluster, leased);
	}
}

/* Questions that were handed in: read them, less often if they stay. */
static void look_at_orphans(struct cluster *cluster, const struct rows *rows)
{
	bool is_due = cluster->opened_in == 0, has_some = false;

	for (size_t i = 0; i < rows_count(rows); i++) {
		if (rows_number(rows, i, 0) != ROW_ORPHANS)
			continue;
		has_some = true;
		if (is_due)
			load_again(cluster, rows_text(rows, i, 1));
	}
	if (!has_some) {
		cluster->opened_wait = cluster->opened_in = 0;
	} else if (is_due) {
		cluster->opened_wait = !cluster->opened_wait ? OPENED_FIRST : 2 * cluster->opened_wait;
		if (cluster->opened_wait > OPENED_LONGEST)
			cluster->opened_wait = OPENED_LONGEST;
		cluster->opened_in = cluster->opened_wait;
	} else {
		cluster->opened_in--;
	}
}

static void read_row(struct cluster *cluster, const struct rows *rows, size_t i)
{
	const char *a = rows_text(rows, i, 1),
		   *value = rows_is_null(rows, i, 3) ? NULL : rows_text(rows, i, 3);
	int64_t n = rows_number(rows, i, 4);
	struct leased *leased;

	switch (rows_number(rows, i, 0)) {
	case ROW_CLOCK: leases_clock(cluster->leases, (uint64_t)n, clock_boot_ms()); break;
	case ROW_VALUE: remote_heard(cluster->store, a, rows_text(rows, i, 2), value, (uint64_t)n); break;
	case ROW_PAUSE: budgets_paused(cluster->budgets, a, n > 0 ? (uint64_t)n : 0); break;
	case ROW_FREE:
		leased = leased_find(&cluster->leased, a);
		if (!leased)
			break;
		leased->is_open = true;
		leased->is_stale = n <= -(int64_t)SHARE_OPEN_MS;
		break;
	default: break;
	}
}

static void offer(struct cluster *cluster);
static void read_shared(struct cluster *cluster);

static void on_beat_read(void *user, int error, const struct rows *rows)
{
	struct cluster *cluster = user;

	cluster->is_beating = false;
	if (error) {
		cluster->beat_sent_ms = clock_boot_ms() - LEASE_BEAT_MS + AGAIN_MS;
		if (line_is_up(cluster->line, LINE_BEAT))
			schedule_beat(cluster);
		return;
	}
	for (size_t i = 0; i < cluster->leased.count; i++)
		cluster->leased.list[i]->is_open = false;
	for (size_t i = 0; i < rows_count(rows); i++)
		read_row(cluster, rows, i);
	if (cluster->read_version != INT64_MAX)
		remote_caught_up(cluster->store, cluster->read_version);
	offer(cluster);
	if (!cluster->is_ready && line_is_up(cluster->line, LINE_WORK))
		read_shared(cluster); /* an earlier try has failed */
	budgets_beat(cluster->budgets, cluster_live(cluster));
	gates_beat(cluster->gates);
	look_at_orphans(cluster, rows);
	if (cluster->is_ready && !cluster->is_leaving)
		take_and_give(cluster);
	schedule_beat(cluster);
}

static int ask_host_beat(struct cluster *cluster)
{
	struct parameters *parameters = parameters_new();
	int r = -ENOMEM;

	if (parameters) {
		parameters_text(parameters, cluster->process);
		parameters_text(parameters, cluster->host);
		parameters_text(parameters, EPISODED_VERSION);
		parameters_number(parameters, cluster->weight);
		parameters_text(parameters, cluster->is_leaving ? "leaving" : "running");
		parameters_seconds(parameters, LEASE_MS / 1000.0);
		parameters_text(parameters, cluster->gateways);
		r = line_ask(cluster->line, LINE_BEAT, STATEMENT_HOST_BEAT, parameters, on_hosts, cluster);
	}
	parameters_free(parameters);
	return r;
}

static int ask_renew(struct cluster *cluster)
{
	struct parameters *parameters = parameters_new();
	int r = -ENOMEM;

	if (parameters) {
		parameters_text(parameters, cluster->process);
		parameters_seconds(parameters, LEASE_MS / 1000.0);
		r = line_ask(cluster->line, LINE_BEAT, STATEMENT_LEASE_RENEW, parameters, on_renewed,
				cluster);
	}
	parameters_free(parameters);
	return r;
}

static int ask_read(struct cluster *cluster)
{
	struct parameters *parameters = parameters_new();
	const char **names = calloc(cluster->leased.count + 1, sizeof(char *));
	size_t count = 0;
	int r = -ENOMEM;

	for (size_t i = 0; names && i < cluster->leased.count; i++) {
		const struct leased *leased = cluster->leased.list[i];

		if (leased->state == LEASED_HELD && leased_has_questions(leased) &&
				(!count || !str_equal(names[count - 1], leased->gateway)))
			names[count++] = leased->gateway;
	}
	cluster->read_version = cluster->is_ready ? remote_version(cluster->store) : INT64_MAX;
	if (parameters && names) {
		parameters_number(parameters, (int64_t)cluster->read_version);
		parameters_texts(parameters, names, count);
		r = line_ask(cluster->line, LINE_BEAT, STATEMENT_BEAT_READ, parameters, on_beat_read,
				cluster);
	}
	parameters_free(parameters);
	free(names);
	return r;
}

static void on_beat(void *user)
{
	struct cluster *cluster = user;
	int r;

	if (cluster->is_beating || cluster->takes || cluster->is_left ||
			!line_is_up(cluster->line, LINE_BEAT))
		return;
	cluster->beat_sent_ms = clock_boot_ms();
	leases_sent(cluster->leases, cluster->beat_sent_ms);
	r = ask_host_beat(cluster);
	if (!r)
		r = ask_renew(cluster);
	if (!r)
		r = ask_read(cluster);
	line_sync(cluster->line, LINE_BEAT);
	cluster->is_beating = r == 0;
	if (r < 0) /* out of memory */
		timer_set(cluster->beat, AGAIN_MS);
}

/* ---------------------------------------------------------------- the connections */

static void on_offered(void *user, int error, const struct rows *rows)
{
	struct cluster *cluster = user;

	(void)rows;
	cluster->is_offering = false;
	for (size_t i = 0; i < cluster->leased.count; i++)
		cluster->leased.list[i]->is_offered = cluster->leased.list[i]->is_offered && !error;
}

/* The database may not know the lease. */
static bool is_to_offer(const struct leased *leased)
{
	return leased->is_wanted && !leased->is_offered;
}

static bool has_offers(const struct cluster *cluster)
{
	for (size_t i = 0; i < cluster->leased.count; i++) {
		if (is_to_offer(cluster->leased.list[i]))
			return true;
	}
	return false;
}

static void send_offers(struct cluster *cluster)
{
	static const char *const kinds[] = {"gateway", "shard", "role"};
	struct parameters *parameters = parameters_new();
	const char **texts = calloc(3 * cluster->leased.count + 1, sizeof(char *));
	int64_t *numbers = calloc(2 * cluster->leased.count + 1, sizeof(int64_t));
	size_t count = 0, all = cluster->leased.count;
	int r = -ENOMEM;

	for (size_t i = 0; texts && numbers && i < all; i++) {
		const struct leased *leased = cluster->leased.list[i];

		if (!is_to_offer(leased))
			continue;
		texts[count] = leased->name;
		texts[all + count] = kinds[leased->wanted.kind];
		texts[2 * all + count] = leased->gateway;
		numbers[count] = leased->wanted.total;
		numbers[all + count++] = leased->wanted.number;
	}
	if (parameters && texts && numbers) {
		parameters_texts(parameters, texts, count);
		parameters_texts(parameters, texts + all, count);
		parameters_texts(parameters, texts + 2 * all, count);
		parameters_numbers(parameters, numbers, count);
		parameters_numbers(parameters, numbers + all, count);
		r = line_ask(cluster->line, LINE_BEAT, STATEMENT_LEASE_OFFER, parameters, on_offered,
				cluster);
	}
	if (r == 0) {
		line_sync(cluster->line, LINE_BEAT);
		cluster->is_offering = true;
		for (size_t i = 0; i < all; i++)
			cluster->leased.list[i]->is_offered = cluster->leased.list[i]->is_wanted;
	}
	parameters_free(parameters);
	free(texts);
	free(numbers);
}

static void offer(struct cluster *cluster)
{
	if (!cluster->is_offering && line_is_up(cluster->line, LINE_BEAT) && has_offers(cluster))
		send_offers(cluster);
}

static void on_shared(void *user, int error, const struct rows *rows)
{
	struct cluster *cluster = user;

	cluster->is_reading = false;
	if (error)
		return; /* on_up() asks again */
	for (size_t i = 0; i < rows_count(rows); i++)
		remote_heard(cluster->store, rows_text(rows, i, 0), rows_text(rows, i, 1),
				rows_is_null(rows, i, 2) ? NULL : rows_text(rows, i, 2),
				(uint64_t)rows_number(rows, i, 3));
	if (remote_read(cluster->store) < 0 || cluster->is_ready)
		return;
	cluster->is_ready = true;
	cluster->events.on_ready(cluster->user);
}

static void read_shared(struct cluster *cluster)
{
	struct parameters *parameters = cluster->is_reading ? NULL : parameters_new();

	if (parameters && line_ask(cluster->line, LINE_WORK, STATEMENT_VALUES_SHARED, parameters, on_shared,
					  cluster) == 0) {
		cluster->is_reading = true;
		line_sync(cluster->line, LINE_WORK);
	}
	parameters_free(parameters);
}

static void forget_reason(struct cluster *cluster)
{
	free(cluster->reason);
	cluster->reason = NULL;
}

static void on_up(void *user, enum line_lane lane)
{
	struct cluster *cluster = user;
	uint64_t now_ms = clock_boot_ms();

	if (lane == LINE_BEAT) {
		offer(cluster);
		sets_up(cluster->sets);
		timer_set(cluster->beat, 0);
	} else {
		if (!cluster->is_ready ||
				(cluster->work_down_ms && now_ms - cluster->work_down_ms > REREAD_MS))
			read_shared(cluster);
		cluster->work_down_ms = 0;
		flush_soon(cluster);
	}
	if (line_is_up(cluster->line, LINE_BEAT) && line_is_up(cluster->line, LINE_WORK))
		forget_reason(cluster);
}

static void on_down(void *user, enum line_lane lane, const char *reason)
{
	struct cluster *cluster = user;
	char *copy = str_copy(reason);

	if (copy) {
		forget_reason(cluster);
		cluster->reason = copy;
	}
	if (lane == LINE_BEAT) {
		leases_disturbed(cluster->leases);
		budgets_down(cluster->budgets);
	} else if (!cluster->work_down_ms) {
		cluster->work_down_ms = clock_boot_ms();
	}
}

static void on_hint(void *user)
{
	struct cluster *cluster = user;
	uint64_t now_ms = clock_boot_ms(), due_ms = cluster->beat_sent_ms + HINT_MS;

	if (!cluster->is_beating && !cluster->takes)
		timer_set(cluster->beat, due_ms > now_ms ? due_ms - now_ms : HINT_MS);
}

static void on_refused(void *user, int error, const char *reason)
{
	struct cluster *cluster = user;

	cluster->events.on_refused(cluster->user, error, reason);
}

/* ---------------------------------------------------------------- sets of shards */

/* The shards of a set are leases like any other; a set that retires is given away, and not taken again. */
static void on_set(void *user, const char *gateway, unsigned total, enum set_state state)
{
	struct cluster *cluster = user;

	for (unsigned number = 0; number < total; number++) {
		const struct lease_wanted lease = {LEASE_SHARD, gateway, "discord", total, number};
		struct leased *leased = leased_add(&cluster->leased, &lease);
		bool was_new;

		if (!leased)
			continue; /* out of memory: other processes take it */
		was_new = leased->set == SET_NEW;
		leased->set = state;
		leased->is_wanted = state != SET_RETIRING;
		if (state == SET_RETIRING)
			begin_giving(cluster, leased);
		else if (state == SET_ACTIVE && was_new &&
				(leased->state == LEASED_HELD || leased->state == LEASED_LOADING))
			claim(cluster, leased); /* the questions are its own now */
	}
	offer(cluster);
}

static void on_retired(void *user, const char *gateway)
{
	load_again(user, gateway);
}

static bool has_role(void *user, const char *gateway)
{
	struct cluster *cluster = user;
	const struct lease_wanted lease = {LEASE_ROLE, gateway, "discord", 0, 0};
	const struct leased *leased = leased_find_wanted(&cluster->leased, &lease);

	return leased && leased->state == LEASED_HELD;
}

/* A fifth more than the shards need: for those that fail at first. */
static bool may_start(void *user, const char *gateway, unsigned count)
{
	struct cluster *cluster = user;

	return UINT64_C(5) * gates_remaining(cluster->gates, gateway) >= UINT64_C(6) * count;
}

void cluster_total(struct cluster *cluster, const char *gateway, unsigned total)
{
	sets_total(cluster->sets, gateway, total);
}

/* ---------------------------------------------------------------- gates and budgets */

static void on_needs(void *user, int error, const struct rows *rows)
{
	(void)user;
	(void)error; /* the reservation is refused, and asked for again */
	(void)rows;
}

static int ask_needs(void *user, const char *gateway, unsigned total, unsigned shard, bool needs)
{
	struct cluster *cluster = user;
	const struct lease_wanted lease = {LEASE_SHARD, gateway, "discord", total, shard};
	const struct leased *leased = leased_find_wanted(&cluster->leased, &lease);
	struct parameters *parameters = leased ? parameters_new() : NULL;
	int r = -ENOENT;

	if (parameters) {
		const char *name = leased->name, *position = NULL;
		int64_t epoch = (int64_t)leased->epoch;

		parameters_texts(parameters, &name, 1);
		parameters_numbers(parameters, &epoch, 1);
		parameters_texts(parameters, &position, 1);
		parameters_flags(parameters, &leased->is_ready, 1);
		parameters_flags(parameters, &needs, 1);
		parameters_text(parameters, cluster->process);
		r = line_ask(cluster->line, LINE_BEAT, STATEMENT_LEASE_POSITION, parameters, on_needs, NULL);
	}
	parameters_free(parameters);
	return r;
}

struct gate *cluster_gate(struct cluster *cluster, const char *gateway)
{
	return gates_of(cluster->gates, gateway);
}

void cluster_gate_turn(struct cluster *cluster, const char *gateway)
{
	gates_turn(cluster->gates, gateway);
}

void cluster_starts(struct cluster *cluster, const char *gateway, unsigned total, unsigned remaining,
		uint64_t reset_after_ms, unsigned concurrency)
{
	gates_starts(cluster->gates, gateway, total, remaining, reset_after_ms, concurrency);
}

void cluster_slots_listen(struct cluster *cluster, const char *gateway, unsigned rate,
		const struct cluster_slots_events *events, void *user)
{
	budgets_listen(cluster->budgets, gateway, rate, events, user);
}

void cluster_slots_move(struct cluster *cluster, const char *gateway, int change)
{
	budgets_move(cluster->budgets, gateway, change);
}

void cluster_slots_pause(struct cluster *cluster, const char *gateway, uint64_t pause_ms)
{
	budgets_pause(cluster->budgets, gateway, pause_ms);
}

/* ---------------------------------------------------------------- the role that announces prunes */

static void on_pruned(void *user, int error, const struct rows *rows)
{
	(void)user;
	if (!error && rows_count(rows))
		log_debug("pruned: %" PRId64 " question(s), %" PRId64 " value(s), %" PRId64 " host(s)",
				rows_number(rows, 0, 0), rows_number(rows, 0, 1), rows_number(rows, 0, 2));
}

static void on_prune(void *user)
{
	struct cluster *cluster = user;
	const struct leased *role = leased_find(&cluster->leased, "role/announce");
	struct parameters *parameters = role && role->state == LEASED_HELD ? parameters_new() : NULL;

	timer_set(cluster->prune, PRUNE_MS);
	if (!parameters)
		return;
	parameters_number(parameters, STORE_JOURNAL_DAYS);
	if (line_ask(cluster->line, LINE_WORK, STATEMENT_PRUNE, parameters, on_pruned, cluster) == 0)
		line_sync(cluster->line, LINE_WORK);
	parameters_free(parameters);
}

/* ---------------------------------------------------------------- for the bot */

/* The gateway's shards, as far as they are known. */
static void want_shards(struct cluster *cluster, const char *gateway)
{
	for (size_t i = 0; i < cluster->leased.count; i++) {
		struct leased *leased = cluster->leased.list[i];

		if (leased->wanted.kind == LEASE_SHARD && str_equal(leased->gateway, gateway))
			leased->is_wanted = leased->set != SET_RETIRING;
	}
	sets_add(cluster->sets, gateway);
}

int cluster_want(struct cluster *cluster, const struct lease_wanted *leases, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < cluster->leased.count; i++)
		cluster->leased.list[i]->is_wanted = false;
	for (size_t i = 0; i < count; i++) {
		struct leased *leased = leased_add(&cluster->leased, &leases[i]);

		if (leased)
			leased->is_wanted = true;
		else
			r = -ENOMEM;
		if (leased && leased->wanted.kind == LEASE_ROLE && *leased->gateway)
			want_shards(cluster, leased->gateway);
	}
	for (size_t i = 0; i < cluster->leased.count; i++) {
		if (!cluster->leased.list[i]->is_wanted)
			begin_giving(cluster, cluster->leased.list[i]);
	}
	leased_drop_unwanted(&cluster->leased);
	snprintf(cluster->gateways, sizeof(cluster->gateways), "%016" PRIx64, leased_hash(&cluster->leased));
	offer(cluster);
	return r;
}

static void on_leave_over(void *user)
{
	struct cluster *cluster = user;

	if (leases_held(cluster->leases))
		log_warning("%u lease(s) are not given: other hosts take them when they lapse, in 5 s",
				leases_held(cluster->leases));
	end_leaving(cluster);
}

void cluster_leave(struct cluster *cluster, void (*left)(void *user), void *user)
{
	cluster->is_leaving = true;
	cluster->on_left = left;
	cluster->left_user = user;
	leases_leave(cluster->leases);
	timer_set(cluster->leave, CLUSTER_LEAVE_MS);
	for (size_t i = 0; i < cluster->leased.count; i++)
		begin_giving(cluster, cluster->leased.list[i]);
	timer_set(cluster->beat, 0); /* tells the others that this process takes nothing more */
	look_whether_left(cluster);
}

const struct permit *cluster_permit(const struct cluster *cluster, const struct lease_wanted *lease)
{
	const struct leased *leased = leased_find_wanted(&cluster->leased, lease);

	return leased ? leases_permit(cluster->leases, leased->name) : NULL;
}

const struct permit *cluster_own_permit(const struct cluster *cluster)
{
	return leases_own_permit(cluster->leases);
}

unsigned cluster_live(const struct cluster *cluster)
{
	return leases_live(cluster->leases);
}

struct store *cluster_store(struct cluster *cluster)
{
	return cluster->store;
}

const char *cluster_host(const struct cluster *cluster)
{
	return cluster->host;
}

const char *cluster_reason(const struct cluster *cluster)
{
	return cluster->reason;
}

const char *cluster_describe(struct cluster *cluster)
{
	unsigned wanted = 0, live = cluster_live(cluster);

	for (size_t i = 0; i < cluster->leased.count; i++)
		wanted += cluster->leased.list[i]->is_wanted;
	str_clear(&cluster->text);
	str_printf(&cluster->text, "%u host%s, %u of %u leases here%s", live, live == 1 ? "" : "s",
			leases_held(cluster->leases), wanted,
			cluster->is_silent ? ", silent until the database answers" : "");
	return str_text(&cluster->text);
}

/* The name of this machine, and of this process: unique among all that run, and new with each start. */
static int name_process(struct cluster *cluster, const struct database_config *config)
{
	uint32_t random;

	random_bytes(&random, sizeof(random));
	if (config->host)
		snprintf(cluster->host, sizeof(cluster->host), "%s", config->host);
	else if (gethostname(cluster->host, sizeof(cluster->host) - 16) < 0)
		snprintf(cluster->host, sizeof(cluster->host), "localhost");
	return snprintf(cluster->process, sizeof(cluster->process), "%s/%08" PRIx32, cluster->host, random) <
					       (int)sizeof(cluster->process)
			       ? 0
			       : -EINVAL;
}

static int make_timers(struct cluster *cluster)
{
	cluster->beat = timer_new(cluster->loop, on_beat, cluster);
	cluster->flush = timer_new(cluster->loop, on_flush, cluster);
	cluster->silence = timer_new(cluster->loop, on_silence, cluster);
	cluster->leave = timer_new(cluster->loop, on_leave_over, cluster);
	cluster->prune = timer_new(cluster->loop, on_prune, cluster);
	return cluster->beat && cluster->flush && cluster->silence && cluster->leave && cluster->prune
			       ? 0
			       : -ENOMEM;
}

int cluster_new(struct loop *loop, const struct database_config *config, const struct cluster_events *events,
		void *user, struct cluster **ret)
{
	static const struct line_events line_events = {on_up, on_down, on_hint, on_refused};
	static const struct leases_events leases_events = {on_taken, on_lost, on_stray};
	static const struct gates_events gates_events = {ask_needs};
	static const struct sets_events sets_events = {on_set, on_retired, has_role, may_start};
	struct cluster *cluster = calloc(1, sizeof(*cluster));
	struct store_line store_line;
	int r;

	if (!cluster)
		return -ENOMEM;
	cluster->loop = loop;
	cluster->events = *events;
	cluster->user = user;
	cluster->weight = config->weight;
	cluster->text = STR(LEASED_NAME_MAX_BYTES);
	r = name_process(cluster, config);
	if (!r)
		r = make_timers(cluster);
	if (!r)
		r = leases_new(&leases_events, cluster, cluster->process, cluster->weight, &cluster->leases);
	if (!r)
		r = line_new(loop, config, cluster->process, &line_events, cluster, &cluster->line);
	if (!r)
		r = budgets_new(cluster->line, cluster->process, &cluster->budgets);
	if (!r)
		r = gates_new(cluster->line, &gates_events, cluster, &cluster->gates);
	if (!r)
		r = sets_new(loop, cluster->line, &sets_events, cluster, &cluster->sets);
	if (!r) {
		store_line = line_store(cluster->line);
		r = store_new_remote(&store_line, cluster->process, &cluster->store);
	}
	if (r) {
		cluster_free(cluster);
		return r;
	}
	line_serve(cluster->line, cluster->store);
	timer_set(cluster->prune, PRUNE_MS);
	*ret = cluster;
	return 0;
}

void cluster_free(struct cluster *cluster)
{
	if (!cluster)
		return;
	line_free(cluster->line);
	store_close(cluster->store);
	budgets_free(cluster->budgets);
	gates_free(cluster->gates);
	sets_free(cluster->sets);
	leases_free(cluster->leases);
	timer_free(cluster->beat);
	timer_free(cluster->flush);
	timer_free(cluster->silence);
	timer_free(cluster->leave);
	timer_free(cluster->prune);
	leased_release(&cluster->leased);
	differing_release(&cluster->differing);
	free(cluster->reason);
	str_release(&cluster->text);
	free(cluster);
}
