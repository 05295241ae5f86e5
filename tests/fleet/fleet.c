/* Hosts in virtual time. */

#include "tests/fleet/fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/cluster/share.h"

#define EPOCH_MS   INT64_C(1800000000000) /* the database's clock at the begin */
#define SPREAD_MS  10000                  /* by which the hosts' clocks differ */
#define RATE_PPM   200                    /* by which they run fast or slow */
#define TAKES_MAX  64                     /* leases in one answer of a take */
#define POOL_BYTES 32
#define RESERVE_MS 20 /* how often the gate is asked for what it wants */

enum call_kind { CALL_BEAT, CALL_TAKE, CALL_POSITION, CALL_GIVE, CALL_RESERVE };

struct call_lease {
	size_t index;
	uint64_t epoch, session;
	bool is_ready, needs_identify;
};

struct call {
	struct call *next;
	enum call_kind kind;
	unsigned process;
	bool is_executed;
	uint64_t executes_ms, answers_ms, sent_boot_ms;
	unsigned count; /* TAKE: how many */
	uint64_t lapsed_before;
	struct gate_request request;
	/* The parameters of POSITION and GIVE; the answer of BEAT and TAKE. */
	struct call_lease *leases;
	size_t lease_count;
	struct database_process hosts[FLEET_HOSTS_MAX];
	size_t host_count;
	unsigned open, stale;
	int64_t clock_ms, wait_ms;
};

static uint64_t chance(struct fleet *fleet, uint64_t bound)
{
	return random_below(&fleet->random, bound);
}

static uint64_t between(struct fleet *fleet, uint64_t least, uint64_t most)
{
	return least + chance(fleet, most - least + 1);
}

static uint64_t boot_ms(const struct host *host)
{
	return (uint64_t)((double)host->fleet->now_ms * host->rate) + (uint64_t)host->offset_ms;
}

static bool is_paused(const struct host *host)
{
	return host->fleet->now_ms < host->paused_until_ms;
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		abort();
	return memory;
}

static void pool_name(const struct fleet *fleet, char ret[POOL_BYTES])
{
	snprintf(ret, POOL_BYTES, "discord/" FLEET_GATEWAY "/%u", fleet->shards);
}

/* ---------------------------------------------------------------- the audit */

static bool permits(const struct host *host, size_t shard)
{
	const struct permit *permit = host->process ? host->shards[shard].permit : NULL;

	return permit && boot_ms(host) < permit->until_boot_ms;
}

/* A permit of this host begins or is longer: no other host may have a valid one. */
static void audit(struct host *host, size_t shard)
{
	struct fleet *fleet = host->fleet;

	if (!permits(host, shard))
		return;
	for (int i = 0; i < fleet->host_count; i++)
		fleet->doubles += i != host->number && permits(&fleet->hosts[i], shard);
}

bool host_speaks(const struct host *host, size_t shard)
{
	return permits(host, shard) && !is_paused(host) && host->shards[shard].state == SHARD_READY &&
	       discord_is_connected(&host->fleet->discord, host->shards[shard].session, host->number);
}

/* ---------------------------------------------------------------- statements */

static uint64_t latency(struct fleet *fleet)
{
	if (fleet->is_calm || chance(fleet, 200))
		return between(fleet, 1, 10);
	return between(fleet, 1, 3000);
}

static struct call *send(struct host *host, enum call_kind kind, size_t lease_count)
{
	struct call *call = allocate(1, sizeof(*call));
	int lane = kind == CALL_POSITION || kind == CALL_GIVE; /* or with the beat */

	call->kind = kind;
	call->process = host->process;
	call->sent_boot_ms = boot_ms(host);
	call->executes_ms = host->fleet->now_ms + latency(host->fleet);
	/* A connection keeps their order. */
	if (call->executes_ms < host->executes_ms[lane])
		call->executes_ms = host->executes_ms[lane];
	host->executes_ms[lane] = call->executes_ms;
	call->answers_ms = call->executes_ms + latency(host->fleet);
	if (call->answers_ms < host->answers_ms[lane])
		call->answers_ms = host->answers_ms[lane];
	host->answers_ms[lane] = call->answers_ms;
	call->leases = allocate(lease_count, sizeof(call->leases[0]));
	*host->calls_end = call;
	host->calls_end = &call->next;
	return call;
}

static void free_call(struct call *call)
{
	free(call->leases);
	free(call);
}

/* Take a call out of the list. */
static void unlink_call(struct host *host, struct call **place)
{
	struct call *call = *place;

	*place = call->next;
	if (host->calls_end == &call->next)
		host->calls_end = place;
}

static void drop_calls(struct host *host)
{
	while (host->calls) {
		struct call *call = host->calls;

		if (call->kind == CALL_RESERVE && host->process)
			gate_granted(host->gate, call->request.total, call->request.shard, call->sent_boot_ms,
					boot_ms(host), -1);
		unlink_call(host, &host->calls);
		free_call(call);
	}
	host->is_asking = false;
}

static void keep_rows(struct fleet *fleet, struct call *call, const size_t *rows, size_t count)
{
	free(call->leases);
	call->leases = allocate(count, sizeof(call->leases[0]));
	call->lease_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct database_lease *lease = &fleet->database.leases[rows[i]];

		call->leases[i] = (struct call_lease){rows[i], lease->epoch, lease->position, false, false};
	}
}

static void execute_beat(struct fleet *fleet, const struct host *host, struct call *call)
{
	static size_t rows[DATABASE_LEASES_MAX];
	struct database *database = &fleet->database;

	database_host_beat(database, call->process, 1, host->is_leaving, FLEET_LIVE_MS);
	keep_rows(fleet, call, rows, database_renew(database, call->process, LEASE_MS, rows));
	database->counts[COUNT_BEAT]++; /* what is new */
	call->open = database_open(database, 0);
	call->stale = database_open(database, SHARE_OPEN_MS);
	call->host_count = database_hosts(database, call->hosts, FLEET_HOSTS_MAX);
	call->clock_ms = database->now_ms;
}

static void execute(struct fleet *fleet, const struct host *host, struct call *call)
{
	struct database *database = &fleet->database;
	size_t rows[TAKES_MAX];

	call->is_executed = true;
	switch (call->kind) {
	case CALL_BEAT: execute_beat(fleet, host, call); break;
	case CALL_TAKE:
		keep_rows(fleet, call, rows,
				database_take(database, call->process,
						call->count < TAKES_MAX ? call->count : TAKES_MAX, LEASE_MS,
						call->lapsed_before, rows));
		fleet->takes += (unsigned)call->lease_count;
		break;
	case CALL_POSITION:
		database->counts[COUNT_POSITION]++;
		for (size_t i = 0; i < call->lease_count; i++)
			database_position(database, call->process, call->leases[i].index,
					call->leases[i].epoch, call->leases[i].session,
					call->leases[i].is_ready, call->leases[i].needs_identify);
		break;
	case CALL_GIVE:
		database_give(database, call->process, call->leases[0].index, call->leases[0].epoch,
				call->leases[0].session);
		break;
	case CALL_RESERVE:
		call->wait_ms = database_reserve(database, call->request.bucket, call->request.shard,
				call->request.concurrency, GATE_SPACING_MS);
		break;
	}
}

/* ---------------------------------------------------------------- leases */

static void forget_shard(struct host *host, size_t index)
{
	host->shards[index].state = SHARD_NOT_HELD;
	gate_done(host->gate, host->fleet->shards, (unsigned)index);
	for (size_t i = 0; i < host->held_count; i++) {
		if (host->held[i] != index)
			continue;
		host->held[i] = host->held[--host->held_count];
		return;
	}
}

static size_t index_of(const char *name)
{
	return (size_t)strtoul(strrchr(name, '/') + 1, NULL, 10);
}

static void connect_shard(struct host *host, struct host_shard *shard, bool is_resuming)
{
	shard->state = SHARD_CONNECTING;
	shard->is_resuming = is_resuming;
	shard->until_ms = host->fleet->now_ms + between(host->fleet, 100, 400);
}

static void on_taken(void *user, const struct lease_row *row, const struct permit *permit)
{
	struct host *host = user;
	size_t index = index_of(row->name);
	struct host_shard *shard = &host->shards[index];

	if (shard->state == SHARD_NOT_HELD)
		host->held[host->held_count++] = index;
	shard->permit = permit;
	shard->epoch = row->epoch;
	shard->session = strtoull(row->position, NULL, 10);
	shard->state = SHARD_WAITING;
	if (shard->session)
		connect_shard(host, shard, true);
	audit(host, index);
}

/* Its connection stays as it is until another host resumes the session. */
static void on_lost(void *user, const char *name, const char *why)
{
	struct host *host = user;

	(void)why;
	host->fleet->speakers_lost++;
	forget_shard(host, index_of(name));
}

static void give(struct host *host, size_t index, uint64_t epoch, uint64_t session)
{
	struct call *call = send(host, CALL_GIVE, 1);

	call->lease_count = 1;
	call->leases[0] = (struct call_lease){index, epoch, session, false, false};
}

static void on_stray(void *user, const struct lease_row *row)
{
	give(user, index_of(row->name), row->epoch, strtoull(row->position, NULL, 10));
}

/* A planned hand-over: the connection is closed so that the session can be resumed. */
static void hand_over(struct host *host, const char *name)
{
	size_t index = index_of(name);
	const struct host_shard *shard = &host->shards[index];
	uint64_t epoch = leases_epoch(host->leases, name);

	discord_disconnect(&host->fleet->discord, shard->session, host->number, host->fleet->now_ms);
	leases_gave(host->leases, name);
	forget_shard(host, index);
	give(host, index, epoch, shard->session);
}

static size_t rows_of(const struct fleet *fleet, const struct call *call, struct lease_row *ret,
		char (*positions)[24])
{
	for (size_t i = 0; i < call->lease_count; i++) {
		snprintf(positions[i], sizeof(positions[i]), "%llu",
				(unsigned long long)call->leases[i].session);
		ret[i] = (struct lease_row){fleet->database.leases[call->leases[i].index].name,
				call->leases[i].epoch, positions[i]};
	}
	return call->lease_count;
}

static void share(struct host *host, unsigned open, unsigned stale)
{
	struct fleet *fleet = host->fleet;
	char pool[POOL_BYTES];
	const char *name;
	unsigned want;
	struct call *call;

	pool_name(fleet, pool);
	while ((name = leases_to_give(host->leases, pool, fleet->shards, boot_ms(host))) != NULL)
		hand_over(host, name);
	want = leases_want(host->leases, pool, fleet->shards, open, stale, boot_ms(host));
	if (!want)
		return;
	call = send(host, CALL_TAKE, 0);
	call->count = want;
	call->lapsed_before = leases_lapsed_before(host->leases, boot_ms(host));
	host->is_asking = true;
}

static void hear_beat(struct host *host, const struct call *call, const struct lease_row *rows, size_t count)
{
	struct lease_host hosts[FLEET_HOSTS_MAX];
	char names[FLEET_HOSTS_MAX][16];

	for (size_t i = 0; i < call->host_count; i++) {
		snprintf(names[i], sizeof(names[i]), "h/%u", call->hosts[i].process);
		hosts[i] = (struct lease_host){
				names[i], "h", call->hosts[i].weight, call->hosts[i].is_leaving};
	}
	leases_clock(host->leases, (uint64_t)call->clock_ms, boot_ms(host));
	leases_renewed(host->leases, rows, count);
	leases_hosts(host->leases, hosts, call->host_count);
	for (size_t i = 0; i < host->held_count; i++)
		audit(host, host->held[i]);
	share(host, call->open, call->stale);
}

static void hear(struct host *host, const struct call *call)
{
	static struct lease_row rows[DATABASE_LEASES_MAX];
	static char positions[DATABASE_LEASES_MAX][24];
	size_t count;

	switch (call->kind) {
	case CALL_BEAT:
		host->is_asking = false;
		count = rows_of(host->fleet, call, rows, positions);
		hear_beat(host, call, rows, count);
		break;
	case CALL_TAKE:
		host->is_asking = false;
		count = rows_of(host->fleet, call, rows, positions);
		leases_taken(host->leases, rows, count, call->sent_boot_ms);
		host->flushes_ms =
				host->fleet->now_ms; /* which of them need an IDENTIFY is written at once */
		break;
	case CALL_RESERVE:
		gate_granted(host->gate, call->request.total, call->request.shard, call->sent_boot_ms,
				boot_ms(host), call->wait_ms < 0 ? -1 : (double)call->wait_ms / 1000);
		break;
	case CALL_POSITION:
	case CALL_GIVE: break;
	}
}

/* ---------------------------------------------------------------- shards */

static void turn_shard(struct host *host, size_t index)
{
	struct fleet *fleet = host->fleet;
	struct host_shard *shard = &host->shards[index];
	uint64_t now_ms = fleet->now_ms;

	switch (shard->state) {
	case SHARD_NOT_HELD: break;
	case SHARD_READY:
		/* Its session was resumed by another host: a session that is mute does not come back. */
		if (!discord_is_connected(&fleet->discord, shard->session, host->number) &&
				permits(host, index))
			connect_shard(host, shard, true);
		break;
	case SHARD_WAITING:
		if (gate_ask(host->gate, fleet->shards, (unsigned)index, boot_ms(host)) == 0)
			connect_shard(host, shard, false);
		break;
	case SHARD_CONNECTING:
		if (now_ms < shard->until_ms)
			break;
		shard->state = SHARD_GREETED;
		if (!shard->is_resuming)
			break;
		shard->state = SHARD_WAITING;
		if (permits(host, index) &&
				discord_resume(&fleet->discord, shard->session, host->number, now_ms)) {
			shard->state = SHARD_RESUMING;
			shard->until_ms = now_ms + between(fleet, 50, 400);
		} else if (permits(host, index)) {
			shard->session = 0;
		}
		break;
	case SHARD_GREETED:
		if (gate_wait(host->gate, fleet->shards, (unsigned)index, boot_ms(host)) == 0 &&
				permits(host, index)) {
			shard->session = discord_identify(
					&fleet->discord, (unsigned)index, host->number, now_ms);
			gate_done(host->gate, host->fleet->shards, (unsigned)index);
			shard->state = shard->session ? SHARD_IDENTIFYING : SHARD_WAITING;
			shard->until_ms = now_ms + between(fleet, 300, 1500);
		} else if (gate_ask(host->gate, fleet->shards, (unsigned)index, boot_ms(host)) != 0) {
			shard->state = SHARD_WAITING; /* it has missed its moment */
		}
		break;
	case SHARD_IDENTIFYING:
	case SHARD_RESUMING:
		if (now_ms < shard->until_ms)
			break;
		shard->state = SHARD_READY;
		host->flushes_ms = now_ms;
		break;
	}
}

/* The sessions of all shards, as every event moves them. */
static void flush(struct host *host)
{
	struct call *call;

	host->flushes_ms = host->fleet->now_ms + FLEET_FLUSH_MS;
	if (!host->held_count)
		return;
	call = send(host, CALL_POSITION, host->held_count);
	for (size_t i = 0; i < host->held_count; i++) {
		const struct host_shard *shard = &host->shards[host->held[i]];
		bool needs = gate_needs(host->gate, host->fleet->shards, (unsigned)host->held[i]);

		call->leases[call->lease_count++] = (struct call_lease){host->held[i], shard->epoch,
				shard->session, shard->state == SHARD_READY, needs};
	}
}

static void reserve(struct host *host)
{
	struct gate_request request;
	struct call *call;

	if (host->fleet->now_ms % RESERVE_MS)
		return;
	while (gate_wants(host->gate, boot_ms(host), &request)) {
		call = send(host, CALL_RESERVE, 0);
		call->request = request;
	}
}

/* ---------------------------------------------------------------- a host */

static void start(struct host *host)
{
	static const struct leases_events events = {on_taken, on_lost, on_stray};
	struct fleet *fleet = host->fleet;
	char name[16];

	host->process = ++fleet->processes;
	host->starts_ms = 0;
	host->is_leaving = false;
	host->offset_ms = (int64_t)(1000000 + chance(fleet, 2 * SPREAD_MS));
	host->rate = 1 + ((double)chance(fleet, 2 * RATE_PPM + 1) - RATE_PPM) / 1e6;
	host->connects_ms = fleet->now_ms + between(fleet, 5, 200);
	snprintf(name, sizeof(name), "h/%u", host->process);
	if (leases_new(&events, host, name, 1, &host->leases) || gate_new(&host->gate))
		abort();
	gate_set_concurrency(host->gate, fleet->discord.concurrency);
	host->shards = allocate(fleet->shards, sizeof(host->shards[0]));
	host->held = allocate(fleet->shards, sizeof(host->held[0]));
	host->held_count = 0;
}

static void disconnect_all(struct host *host)
{
	for (size_t i = 0; i < host->held_count; i++)
		discord_disconnect(&host->fleet->discord, host->shards[host->held[i]].session, host->number,
				host->fleet->now_ms);
}

static void stop(struct host *host)
{
	if (!host->process)
		return;
	disconnect_all(host);
	leases_free(host->leases);
	gate_free(host->gate);
	free(host->shards);
	free(host->held);
	host->process = 0;
	host->held_count = 0;
	host->is_connected = false;
	host->paused_until_ms = 0;
	host->is_asking = false;
}

static void lose_connection(struct host *host)
{
	struct fleet *fleet = host->fleet;

	host->cut_ms = 0;
	host->is_connected = false;
	host->connects_ms = fleet->now_ms + between(fleet, 100, fleet->is_calm ? 400 : 5000);
	drop_calls(host);
	leases_disturbed(host->leases);
}

/* The database's side of a host's statements. */
static void serve(struct host *host)
{
	struct fleet *fleet = host->fleet;

	if (fleet->now_ms < fleet->away_until_ms)
		return;
	for (struct call *call = host->calls; call; call = call->next) {
		if (!call->is_executed && fleet->now_ms >= call->executes_ms)
			execute(fleet, host, call);
	}
}

static void read_answers(struct host *host)
{
	struct call **place = &host->calls;

	while (*place) {
		struct call *call = *place;

		if (!call->is_executed || host->fleet->now_ms < call->answers_ms) {
			place = &call->next;
			continue;
		}
		unlink_call(host, place);
		if (call->process == host->process)
			hear(host, call);
		free_call(call);
	}
}

static void connect_database(struct host *host)
{
	struct fleet *fleet = host->fleet;

	if (fleet->now_ms < host->connects_ms)
		return;
	if (fleet->now_ms < fleet->away_until_ms) {
		host->connects_ms = fleet->now_ms + between(fleet, 200, 5000); /* the back-off */
		return;
	}
	host->is_connected = true;
	host->beats_ms = fleet->now_ms;
}

/* What a host does only with a connection to the database. */
static void turn_connected(struct host *host)
{
	uint64_t now_ms = host->fleet->now_ms;

	read_answers(host);
	if (!host->is_asking && now_ms >= host->beats_ms) {
		host->beats_ms = now_ms + LEASE_BEAT_MS;
		leases_sent(host->leases, boot_ms(host));
		send(host, CALL_BEAT, 0);
		host->is_asking = true;
	}
	if (now_ms >= host->flushes_ms)
		flush(host);
	reserve(host);
}

static void turn_paused(struct host *host)
{
	if (host->fleet->now_ms - host->paused_from_ms >= DISCORD_SILENCE_MS)
		disconnect_all(host);
}

static void turn(struct host *host)
{
	uint64_t now_ms = host->fleet->now_ms;

	serve(host);
	if (!host->process) {
		if (host->starts_ms && now_ms >= host->starts_ms) {
			drop_calls(host);
			start(host);
		}
		return;
	}
	if (is_paused(host)) {
		turn_paused(host);
		return;
	}
	if (host->is_connected && host->cut_ms && now_ms >= host->cut_ms)
		lose_connection(host);
	if (host->is_connected)
		turn_connected(host);
	else
		connect_database(host);
	for (size_t i = 0; i < host->held_count; i++)
		turn_shard(host, host->held[i]);
	if (host->is_leaving && !host->held_count && !host->calls)
		stop(host);
}

/* ---------------------------------------------------------------- the fleet */

void fleet_begin(struct fleet *fleet, uint64_t seed, unsigned shards, int hosts, unsigned concurrency,
		unsigned starts)
{
	*fleet = (struct fleet){.shards = shards, .host_count = hosts, .now_ms = 1000};
	random_seed(&fleet->random, seed);
	database_begin(&fleet->database, shards, EPOCH_MS);
	fleet->database.starts_total = fleet->database.starts_remaining = (int)starts;
	fleet->database.starts_reset_ms = EPOCH_MS + 12 * 3600 * 1000;
	discord_begin(&fleet->discord, concurrency, starts);
	for (int i = 0; i < hosts; i++) {
		fleet->hosts[i] = (struct host){.fleet = fleet, .number = i};
		fleet->hosts[i].calls_end = &fleet->hosts[i].calls;
	}
}

void fleet_end(struct fleet *fleet)
{
	for (int i = 0; i < fleet->host_count; i++) {
		stop(&fleet->hosts[i]);
		drop_calls(&fleet->hosts[i]);
	}
	discord_end(&fleet->discord);
}

void fleet_turn(struct fleet *fleet)
{
	fleet->now_ms += FLEET_STEP_MS;
	fleet->database.now_ms = EPOCH_MS + (int64_t)fleet->now_ms + fleet->step_ms;
	for (int i = 0; i < fleet->host_count; i++)
		turn(&fleet->hosts[i]);
}

void fleet_start(struct fleet *fleet, int host, uint64_t at_ms)
{
	fleet->hosts[host].starts_ms = at_ms;
}

void fleet_kill(struct fleet *fleet, int host)
{
	stop(&fleet->hosts[host]);
}

void fleet_pause(struct fleet *fleet, int host, uint64_t duration_ms)
{
	if (!is_paused(&fleet->hosts[host]))
		fleet->hosts[host].paused_from_ms = fleet->now_ms;
	fleet->hosts[host].paused_until_ms = fleet->now_ms + duration_ms;
}

void fleet_leave(struct fleet *fleet, int host)
{
	if (!fleet->hosts[host].process)
		return;
	fleet->hosts[host].is_leaving = true;
	fleet->hosts[host].beats_ms = fleet->now_ms;
	leases_leave(fleet->hosts[host].leases);
}

void fleet_cut(struct fleet *fleet, int host)
{
	fleet->hosts[host].cut_ms = fleet->now_ms;
}

/* The new server's clock differs by step_ms. */
void fleet_fail_over(struct fleet *fleet, uint64_t away_ms, int64_t step_ms)
{
	fleet->away_until_ms = fleet->now_ms + away_ms;
	fleet->step_ms += step_ms;
	for (int i = 0; i < fleet->host_count; i++)
		fleet_cut(fleet, i);
}

unsigned fleet_ready(const struct fleet *fleet)
{
	unsigned ready = 0;

	for (int i = 0; i < fleet->host_count; i++) {
		const struct host *host = &fleet->hosts[i];

		for (size_t j = 0; j < host->held_count; j++)
			ready += host_speaks(host, host->held[j]);
	}
	return ready;
}

unsigned fleet_alive(const struct fleet *fleet)
{
	unsigned alive = 0;

	for (int i = 0; i < fleet->host_count; i++)
		alive += fleet->hosts[i].process && !is_paused(&fleet->hosts[i]);
	return alive;
}
