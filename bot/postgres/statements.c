/* The SQL of the state. The parameters of each statement are listed above it. */

#include "bot/postgres/statements.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/postgres/array.h"

/* ---------------------------------------------------------------- the tables */

const char statements_read_schema[] =
		"SELECT CASE WHEN EXISTS (SELECT 1 FROM episoded_meta WHERE name = '" STATEMENTS_COPY "')"
		" THEN -1 ELSE n END FROM episoded_meta WHERE name = 'schema'";

/*
 * Values: version 0 is of leased values, which other processes do not read; a deleted value is NULL until it is pruned.
 * Journal: begun_by is "PROCESS/BATCH", so that only the same batch, sent again, gets its own entries back;
 * "PROCESS/open" after a take, "" when handed in. An entry is open while done_at is NULL.
 */
const char statements_schema[] =
		"CREATE TABLE IF NOT EXISTS episoded_meta ("
		" name text PRIMARY KEY, n bigint NOT NULL, text text NOT NULL DEFAULT '');"
		"INSERT INTO episoded_meta (name, n) VALUES ('schema', 1), ('version', 0)"
		" ON CONFLICT (name) DO NOTHING;"
		"CREATE TABLE IF NOT EXISTS episoded_value ("
		" area text NOT NULL, key text NOT NULL, value text,"
		" version bigint NOT NULL DEFAULT 0, changed_at timestamptz NOT NULL DEFAULT now(),"
		" written_by text NOT NULL DEFAULT '',"
		" PRIMARY KEY (area, key));"
		"CREATE INDEX IF NOT EXISTS episoded_value_version ON episoded_value (version) WHERE version "
		"> 0;"
		"CREATE TABLE IF NOT EXISTS episoded_journal ("
		" gateway text NOT NULL, id text NOT NULL, route bigint NOT NULL DEFAULT 0,"
		" channel text NOT NULL, author_id text NOT NULL, author_name text NOT NULL, account text "
		"NOT NULL,"
		" body text, extra text, flags int NOT NULL DEFAULT 0, time_ms bigint NOT NULL,"
		" begun_at timestamptz NOT NULL DEFAULT now(), begun_by text NOT NULL, done_at timestamptz, "
		"mark text,"
		" PRIMARY KEY (gateway, id));"
		"CREATE INDEX IF NOT EXISTS episoded_journal_open ON episoded_journal (gateway, begun_at)"
		" WHERE done_at IS NULL;"
		"CREATE INDEX IF NOT EXISTS episoded_journal_old ON episoded_journal (begun_at);"
		"CREATE TABLE IF NOT EXISTS episoded_host ("
		" process text PRIMARY KEY, host text NOT NULL, program text NOT NULL, weight int NOT NULL,"
		" state text NOT NULL, deadline timestamptz NOT NULL, started_at timestamptz NOT NULL "
		"DEFAULT now(),"
		" gateways text NOT NULL DEFAULT '');"
		"CREATE TABLE IF NOT EXISTS episoded_lease ("
		" name text PRIMARY KEY, kind text NOT NULL, gateway text NOT NULL,"
		" total int NOT NULL DEFAULT 0, number int NOT NULL DEFAULT 0,"
		" owner text, epoch bigint NOT NULL DEFAULT 0, deadline timestamptz NOT NULL DEFAULT now(),"
		" since timestamptz NOT NULL DEFAULT now(), needs_identify boolean NOT NULL DEFAULT false,"
		" is_ready boolean NOT NULL DEFAULT false, position text NOT NULL DEFAULT '');"
		"CREATE INDEX IF NOT EXISTS episoded_lease_owner ON episoded_lease (owner);"
		"CREATE TABLE IF NOT EXISTS episoded_shards ("
		" gateway text NOT NULL, total int NOT NULL, state text NOT NULL,"
		" since timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (gateway, total));"
		"CREATE TABLE IF NOT EXISTS episoded_gate ("
		" gateway text NOT NULL, bucket int NOT NULL, next_at timestamptz NOT NULL DEFAULT now(),"
		" PRIMARY KEY (gateway, bucket));"
		"CREATE TABLE IF NOT EXISTS episoded_starts ("
		" gateway text PRIMARY KEY, total int NOT NULL, remaining int NOT NULL,"
		" reset_at timestamptz NOT NULL, concurrency int NOT NULL);"
		"CREATE TABLE IF NOT EXISTS episoded_budget ("
		" gateway text PRIMARY KEY, rate int NOT NULL, free int NOT NULL,"
		" paused_until timestamptz NOT NULL DEFAULT now());"
		"CREATE TABLE IF NOT EXISTS episoded_slots ("
		" gateway text NOT NULL, process text NOT NULL, slots int NOT NULL, PRIMARY KEY (gateway, "
		"process))";

/* Lease rows are updated every second: half-empty pages keep the new versions beside the old ones. */
const char *const statements_tuning[] = {
		"ALTER TABLE episoded_lease SET (fillfactor = 50)",
		"ALTER TABLE episoded_host SET (fillfactor = 50)",
};
const size_t statements_tuning_count = sizeof(statements_tuning) / sizeof(statements_tuning[0]);

/* ---------------------------------------------------------------- the statements */

static const struct statement_text texts[STATEMENT_COUNT] = {
		/* $1..$11 the questions; $12 the lease and $13 the epoch that guard each ("": this host's own), $14 its
		 * "PROCESS/BATCH"; $15, $16 the leases of the whole batch and their epochs: they are locked in the order of
		 * their names, so that a take and this write come one after the other; $17 the process; $18 the version up to
		 * which it knows the shared values. */
		[STATEMENT_JOURNAL_BEGIN] = {"episoded_journal_begin", "TTNTTTTTTINTNTTNtn",
				"WITH asked AS ( "
				"SELECT * FROM unnest($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) "
				"AS "
				"q(gateway,id,route,channel,author_id,author_name,account,body,extra,flags,"
				"time_ms,lease,epoch,begun_by)), "
				"mine AS ( "
				"SELECT l.name, l.epoch FROM episoded_lease l JOIN unnest($15,$16) AS "
				"h(name,epoch) ON h.name = l.name "
				"WHERE l.owner = $17 AND l.epoch = h.epoch ORDER BY l.name FOR SHARE OF l), "
				"new AS ( "
				"INSERT INTO episoded_journal AS j "
				"(gateway,id,route,channel,author_id,author_name,account,body,extra,flags,"
				"time_ms,begun_by) "
				"SELECT "
				"a.gateway,a.id,a.route,a.channel,a.author_id,a.author_name,a.account,a.body,"
				"a.extra,a.flags, "
				"a.time_ms,a.begun_by FROM asked a "
				"WHERE a.lease = '' OR (a.lease, a.epoch) IN (SELECT name, epoch FROM mine) "
				"ON CONFLICT (gateway, id) DO UPDATE SET begun_by = excluded.begun_by "
				"WHERE j.begun_by = excluded.begun_by AND j.done_at IS NULL "
				"RETURNING gateway, id) "
				"SELECT 1 AS kind, gateway AS a, id AS b, NULL::text AS c, 0::bigint AS n "
				"FROM new "
				"UNION ALL SELECT 2, name, NULL, NULL, epoch FROM mine "
				"UNION ALL SELECT 3, area, key, value, version FROM episoded_value WHERE "
				"version > $18 AND version > 0"},
		/* as $1..$11 above */
		[STATEMENT_JOURNAL_HAND_IN] = {"episoded_journal_hand_in", "TTNTTTTTTIN",
				"INSERT INTO episoded_journal "
				"(gateway,id,route,channel,author_id,author_name,account,body,extra,flags,"
				"time_ms,begun_by) "
				"SELECT *, '' FROM unnest($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11) "
				"ON CONFLICT (gateway, id) DO NOTHING"},
		/* gateways, ids */
		[STATEMENT_JOURNAL_DONE] = {"episoded_journal_done", "TT",
				"UPDATE episoded_journal j SET done_at = now(), body = NULL, extra = NULL "
				"FROM unnest($1,$2) AS q(gateway,id) WHERE j.gateway = q.gateway AND j.id = "
				"q.id AND j.done_at IS NULL"},
		/* gateway, total, number, process, lease ("": this host's own), epoch. The first row says whether the lease is
		 * held. What a shard of another set began stays its own for as long as it lives. */
		[STATEMENT_JOURNAL_OPEN] = {"episoded_journal_open", "tiittn",
				"WITH mine AS ( "
				"SELECT name FROM episoded_lease WHERE name = $5 AND owner = $4 AND epoch = "
				"$6 FOR SHARE), "
				"open AS ( "
				"UPDATE episoded_journal j SET begun_by = $4 || '/open' "
				"WHERE gateway = $1 AND done_at IS NULL AND ($2 = 0 OR (route >> 22) % "
				"greatest($2,1) = $3) "
				"AND ($5 = '' OR EXISTS (SELECT 1 FROM mine)) "
				"AND NOT EXISTS (SELECT 1 FROM episoded_lease o WHERE $2 > 0 AND o.gateway "
				"= $1 "
				"AND o.kind = 'shard' AND o.total <> $2 AND o.number = (j.route >> 22) % "
				"greatest(o.total,1) "
				"AND o.deadline > now() AND left(j.begun_by, length(o.owner) + 1) = o.owner "
				"|| '/') "
				"RETURNING "
				"id,route,channel,author_id,author_name,account,body,extra,flags,time_ms,"
				"mark, "
				"(extract(epoch FROM now() - begun_at) * 1000)::bigint AS age_ms) "
				"SELECT 0 AS kind, name AS id, 0::bigint AS route, '' AS channel, '' AS "
				"author_id, '' AS author_name, "
				"'' AS account, NULL AS body, NULL AS extra, 0 AS flags, 0::bigint AS "
				"time_ms, NULL AS mark, "
				"0::bigint AS age_ms FROM mine "
				"UNION ALL SELECT 1, "
				"id,route,channel,author_id,author_name,account,body,extra,flags,time_ms,"
				"mark,age_ms FROM open "
				"ORDER BY 1, 13 DESC"},
		/* areas, keys, values; gateways, ids and marks of questions whose effect they are; process; the version that
		 * was known when the batch was first sent, or -1 if this is the first time: what another process has written
		 * since then is newer. */
		[STATEMENT_VALUE_SHARED] = {"episoded_value_shared", "TTTTTTtn",
				"WITH tick AS (UPDATE episoded_meta SET n = n + 1 WHERE name = 'version' "
				"RETURNING n), "
				"marked AS ( "
				"UPDATE episoded_journal j SET mark = m.mark FROM unnest($4,$5,$6) AS "
				"m(gateway,id,mark) "
				"WHERE j.gateway = m.gateway AND j.id = m.id RETURNING 1) "
				"INSERT INTO episoded_value AS v "
				"(area,key,value,version,changed_at,written_by) "
				"SELECT q.area, q.key, q.value, tick.n, now(), $7 FROM unnest($1,$2,$3) AS "
				"q(area,key,value), tick "
				"ON CONFLICT (area,key) DO UPDATE SET value = excluded.value, version = "
				"excluded.version, "
				"changed_at = excluded.changed_at, written_by = excluded.written_by "
				"WHERE $8 < 0 OR v.version <= $8 OR v.written_by = excluded.written_by "
				"RETURNING version"},
		/* areas, keys, values, the lease and epoch of each ("": this host's own); all leases, epochs; process */
		[STATEMENT_VALUE_LEASED] = {"episoded_value_leased", "TTTTNTNt",
				"WITH mine AS ( "
				"SELECT l.name, l.epoch FROM episoded_lease l JOIN unnest($6,$7) AS "
				"h(name,epoch) ON h.name = l.name "
				"WHERE l.owner = $8 AND l.epoch = h.epoch ORDER BY l.name FOR SHARE OF l) "
				"INSERT INTO episoded_value (area,key,value) "
				"SELECT q.area, q.key, q.value FROM unnest($1,$2,$3,$4,$5) AS "
				"q(area,key,value,lease,epoch) "
				"WHERE q.lease = '' OR (q.lease, q.epoch) IN (SELECT name, epoch FROM mine) "
				"ON CONFLICT (area,key) DO UPDATE SET value = excluded.value, changed_at = "
				"now() "
				"RETURNING 1"},
		/* area */
		[STATEMENT_VALUES_LOAD] = {"episoded_values_load", "t",
				"SELECT key, value FROM episoded_value WHERE area = $1 AND value IS NOT NULL "
				"ORDER BY key"},
		[STATEMENT_VALUES_SHARED] = {"episoded_values_shared", "",
				"SELECT area, key, value, version FROM episoded_value WHERE version > 0"},
		/* process, host, program, weight, state, seconds, a hash of the gateways */
		[STATEMENT_HOST_BEAT] = {"episoded_host_beat", "tttitft",
				"WITH me AS ( "
				"INSERT INTO episoded_host "
				"(process,host,program,weight,state,deadline,gateways) "
				"VALUES ($1,$2,$3,$4,$5, now() + $6 * interval '1 second', $7) "
				"ON CONFLICT (process) DO UPDATE SET state = excluded.state, weight = "
				"excluded.weight, "
				"deadline = excluded.deadline, gateways = excluded.gateways RETURNING "
				"process,host,weight,state,gateways) "
				"SELECT process, host, weight, state, gateways FROM me "
				"UNION ALL SELECT process, host, weight, state, gateways FROM episoded_host "
				"WHERE deadline > now() AND process <> $1"},
		/* process; its row stays until its slots are back */
		[STATEMENT_HOST_LEAVE] = {"episoded_host_leave", "t",
				"UPDATE episoded_host SET deadline = now(), state = 'left' WHERE process = "
				"$1"},
		/* the known version, gateways */
		[STATEMENT_BEAT_READ] = {"episoded_beat_read", "nT",
				"SELECT 0 AS kind, NULL::text AS a, NULL::text AS b, NULL::text AS c, "
				"(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS n "
				"UNION ALL SELECT 3, area, key, value, version FROM episoded_value WHERE "
				"version > $1 AND version > 0 "
				"UNION ALL SELECT 4, gateway, NULL, NULL, count(*) FROM episoded_journal "
				"WHERE begun_by = '' AND done_at IS NULL AND gateway = ANY($2) GROUP BY "
				"gateway "
				"UNION ALL SELECT 5, gateway, NULL, NULL, (extract(epoch FROM paused_until - "
				"now()) * 1000)::bigint "
				"FROM episoded_budget WHERE paused_until > now() "
				"UNION ALL SELECT 6, name, owner, NULL, (extract(epoch FROM deadline - "
				"now()) * 1000)::bigint "
				"FROM episoded_lease WHERE owner IS NULL OR deadline < now()"},
		/* names, kinds, gateways, totals, numbers */
		[STATEMENT_LEASE_OFFER] = {"episoded_lease_offer", "TTTII",
				"INSERT INTO episoded_lease (name,kind,gateway,total,number) "
				"SELECT * FROM unnest($1,$2,$3,$4,$5) ON CONFLICT (name) DO NOTHING"},
		/* process, seconds */
		[STATEMENT_LEASE_RENEW] = {"episoded_lease_renew", "tf",
				"UPDATE episoded_lease SET deadline = now() + $2 * interval '1 second' "
				"WHERE name IN (SELECT name FROM episoded_lease WHERE owner = $1 ORDER BY "
				"name FOR NO KEY UPDATE) "
				"RETURNING name, epoch"},
		/* process, names, how many, seconds, the database's time (s since 1970) before which a deadline has lapsed, or 0: no
		 * lapsed one */
		[STATEMENT_LEASE_TAKE] = {"episoded_lease_take", "tTiff",
				"WITH open AS ( "
				"SELECT name, coalesce(owner, '') AS was FROM episoded_lease "
				"WHERE name = ANY($2) AND (owner IS NULL OR (deadline < now() AND deadline < "
				"to_timestamp($5))) "
				"ORDER BY total, number, name LIMIT $3 FOR UPDATE SKIP LOCKED) "
				"UPDATE episoded_lease l SET owner = $1, epoch = l.epoch + 1, since = now(), "
				"is_ready = false, "
				"needs_identify = false, deadline = now() + $4 * interval '1 second' "
				"FROM open WHERE l.name = open.name "
				"AND (l.owner IS NULL OR (l.deadline < now() AND l.deadline < "
				"to_timestamp($5))) "
				"RETURNING l.name, l.epoch, l.position, open.was"},
		/* names, epochs, positions (NULL: as stored), process */
		[STATEMENT_LEASE_GIVE] = {"episoded_lease_give", "TNTt",
				"UPDATE episoded_lease l SET owner = NULL, deadline = now(), is_ready = "
				"false, needs_identify = false, "
				"position = coalesce(q.position, l.position) "
				"FROM unnest($1,$2,$3) AS q(name,epoch,position) "
				"WHERE l.name = q.name AND l.epoch = q.epoch AND l.owner = $4 RETURNING "
				"l.name"},
		/* names, epochs, positions (NULL: as stored), ready, needs IDENTIFY, process */
		[STATEMENT_LEASE_POSITION] = {"episoded_lease_position", "TNTBBt",
				"WITH q AS (SELECT * FROM unnest($1,$2,$3,$4,$5) AS "
				"q(name,epoch,position,ready,needs)), "
				"held AS ( "
				"SELECT l.name FROM episoded_lease l JOIN q ON q.name = l.name "
				"WHERE l.owner = $6 AND l.epoch = q.epoch ORDER BY l.name FOR NO KEY UPDATE "
				"OF l) "
				"UPDATE episoded_lease l SET position = coalesce(q.position, l.position), "
				"is_ready = q.ready, "
				"needs_identify = q.needs "
				"FROM q WHERE l.name = q.name AND l.name IN (SELECT name FROM held) "
				"RETURNING l.name"},
		/* gateway, bucket, shard, concurrency, total, spacing in seconds. One row: the wait until its moment; no row:
		 * another shard is first, or no start is left. The gate is asked before a start is spent: the other way
		 * round, starts were spent for moments that were not granted. */
		[STATEMENT_GATE_RESERVE] = {"episoded_gate_reserve", "tiiiif",
				"WITH first AS ( "
				"SELECT min(number) AS number FROM episoded_lease "
				"WHERE gateway = $1 AND total = $5 AND needs_identify AND deadline > now() "
				"AND number % $4 = $2), "
				"got AS ( "
				"UPDATE episoded_gate SET next_at = greatest(next_at, now() + interval '1.5 "
				"seconds') + $6 * interval "
				"'1 second' "
				"WHERE gateway = $1 AND bucket = $2 AND next_at <= now() + interval '3 "
				"seconds' "
				"AND EXISTS (SELECT 1 FROM first WHERE first.number = $3) "
				"AND EXISTS (SELECT 1 FROM episoded_starts s "
				"WHERE s.gateway = $1 AND (s.remaining > 0 OR s.reset_at <= now())) "
				"RETURNING next_at - $6 * interval '1 second' AS moment), "
				"spent AS ( "
				"UPDATE episoded_starts SET remaining = CASE WHEN reset_at <= now() THEN "
				"total ELSE remaining END - 1, "
				"reset_at = CASE WHEN reset_at <= now() THEN now() + interval '24 hours' "
				"ELSE reset_at END "
				"WHERE gateway = $1 AND (remaining > 0 OR reset_at <= now()) AND EXISTS "
				"(SELECT 1 FROM got) "
				"RETURNING 1) "
				"SELECT extract(epoch FROM moment - now())::double precision AS wait_s FROM "
				"got "
				"WHERE EXISTS (SELECT 1 FROM spent)"},
		/* gateway, starts a day, starts left, seconds until they are reset, concurrency. Within one period the smaller
		 * count of those left is right. A state that was copied from a file may end with an IDENTIFY of just now. */
		[STATEMENT_GATE_STARTS] = {"episoded_gate_starts", "tiifi",
				"WITH buckets AS ( "
				"INSERT INTO episoded_gate (gateway, bucket, next_at) SELECT $1, n, "
				"CASE WHEN EXISTS (SELECT 1 FROM episoded_value WHERE area = 'discord/' || "
				"$1 AND key = 'identify') "
				"THEN now() + interval '5.5 seconds' ELSE now() END FROM "
				"generate_series(0, $5 - 1) AS g(n) "
				"ON CONFLICT (gateway, bucket) DO NOTHING RETURNING 1) "
				"INSERT INTO episoded_starts AS s (gateway, total, remaining, reset_at, "
				"concurrency) "
				"VALUES ($1, $2, $3, now() + $4 * interval '1 second', $5) "
				"ON CONFLICT (gateway) DO UPDATE SET total = excluded.total, concurrency = "
				"excluded.concurrency, "
				"remaining = CASE WHEN s.reset_at <= now() THEN excluded.remaining "
				"ELSE least(s.remaining, excluded.remaining) END, "
				"reset_at = CASE WHEN s.reset_at <= now() THEN excluded.reset_at ELSE "
				"s.reset_at END "
				"RETURNING remaining, concurrency"},
		/* gateway, process, how many. One row: how many the process now has; no row: so many are not free. */
		[STATEMENT_SLOTS_MOVE] = {"episoded_slots_move", "tti",
				"WITH moved AS ( "
				"UPDATE episoded_budget SET free = free - $3 WHERE gateway = $1 AND free >= "
				"$3 RETURNING 1) "
				"INSERT INTO episoded_slots (gateway, process, slots) SELECT $1, $2, $3 FROM "
				"moved "
				"ON CONFLICT (gateway, process) DO UPDATE SET slots = episoded_slots.slots + "
				"excluded.slots RETURNING slots"},
		/* gateway, process, how many */
		[STATEMENT_SLOTS_BACK] = {"episoded_slots_back", "tti",
				"WITH back AS ( "
				"UPDATE episoded_slots SET slots = slots - $3 WHERE gateway = $1 AND process "
				"= $2 AND slots >= $3 "
				"RETURNING slots) "
				"UPDATE episoded_budget b SET free = b.free + $3 FROM back WHERE b.gateway = "
				"$1 RETURNING back.slots"},
		/* The slots of processes that have been dead for 5 s: their permits have ended. */
		[STATEMENT_SLOTS_REAP] = {"episoded_slots_reap", "",
				"WITH dead AS ( "
				"DELETE FROM episoded_slots s USING episoded_host h "
				"WHERE h.process = s.process AND h.deadline < now() - interval '5 seconds' "
				"RETURNING s.gateway, s.slots) "
				"UPDATE episoded_budget b SET free = b.free + d.slots "
				"FROM (SELECT gateway, sum(slots)::int AS slots FROM dead GROUP BY gateway) "
				"d "
				"WHERE b.gateway = d.gateway RETURNING b.gateway, d.slots"},
		/* gateway, rate: the budget of a gateway; all its slots are free */
		[STATEMENT_BUDGET_OFFER] = {"episoded_budget_offer", "ti",
				"INSERT INTO episoded_budget AS b (gateway, rate, free) VALUES ($1, $2, $2) "
				"ON CONFLICT (gateway) DO UPDATE SET free = b.free + excluded.rate - b.rate, "
				"rate = excluded.rate "
				"WHERE b.rate <> excluded.rate"},
		/* gateway, seconds */
		[STATEMENT_BUDGET_PAUSE] = {"episoded_budget_pause", "tf",
				"UPDATE episoded_budget SET paused_until = greatest(paused_until, now() + $2 "
				"* interval '1 second') "
				"WHERE gateway = $1"},
		/* gateway. Each set of shards with its state, age in ms, leases, and how many of them are ready, or have no
		 * owner that lives. */
		[STATEMENT_SHARDS_READ] = {"episoded_shards_read", "t",
				"SELECT s.total, s.state, (extract(epoch FROM now() - s.since) * "
				"1000)::bigint AS age_ms, "
				"count(l.name) AS leases, count(CASE WHEN l.is_ready THEN 1 END) AS ready, "
				"count(CASE WHEN l.owner IS NULL OR l.deadline < now() THEN l.name END) AS "
				"free "
				"FROM episoded_shards s LEFT JOIN episoded_lease l "
				"ON l.gateway = s.gateway AND l.total = s.total AND l.kind = 'shard' "
				"WHERE s.gateway = $1 GROUP BY s.total, s.state, s.since ORDER BY s.total"},
		/* gateway, total, state: "active" or "new" */
		[STATEMENT_SHARDS_OFFER] = {"episoded_shards_offer", "tit",
				"INSERT INTO episoded_shards (gateway, total, state) VALUES ($1, $2, $3) "
				"ON CONFLICT (gateway, total) DO NOTHING RETURNING state"},
		/* gateway, total: this set is active, the one before it retires */
		[STATEMENT_SHARDS_SWITCH] = {"episoded_shards_switch", "ti",
				"UPDATE episoded_shards SET state = CASE WHEN total = $2 THEN 'active' ELSE "
				"'retiring' END, since = now() "
				"WHERE gateway = $1 AND ((total = $2 AND state = 'new') OR (total <> $2 AND "
				"state = 'active')) "
				"AND EXISTS (SELECT 1 FROM episoded_shards n WHERE n.gateway = $1 AND "
				"n.total = $2 AND n.state = 'new') "
				"RETURNING total, state"},
		/* days. At most 5000 rows of a table at once, so that it ends within the time of a statement. */
		[STATEMENT_PRUNE] = {"episoded_prune", "i",
				"WITH journal AS ( "
				"DELETE FROM episoded_journal WHERE (gateway, id) IN ( "
				"SELECT gateway, id FROM episoded_journal WHERE begun_at < now() - $1 * "
				"interval '1 day' "
				"ORDER BY begun_at LIMIT 5000) RETURNING 1), "
				"deleted AS ( "
				"DELETE FROM episoded_value WHERE (area, key) IN ( "
				"SELECT area, key FROM episoded_value WHERE value IS NULL AND changed_at < "
				"now() - $1 * interval '1 day' "
				"LIMIT 5000) RETURNING 1), "
				"hosts AS ( "
				"DELETE FROM episoded_host h WHERE h.deadline < now() - interval '1 hour' "
				"AND NOT EXISTS (SELECT 1 FROM episoded_slots s WHERE s.process = h.process) "
				"RETURNING 1), "
				"retired AS ( "
				"DELETE FROM episoded_lease l WHERE l.kind = 'shard' AND l.owner IS NULL "
				"AND EXISTS (SELECT 1 FROM episoded_shards s "
				"WHERE s.gateway = l.gateway AND s.total = l.total AND s.state = 'retiring') "
				"RETURNING 1) "
				"SELECT (SELECT count(*) FROM journal) AS journal, (SELECT count(*) FROM "
				"deleted) AS deleted, "
				"(SELECT count(*) FROM hosts) AS hosts, (SELECT count(*) FROM retired) AS "
				"retired"},
		[STATEMENT_NOTIFY] = {"episoded_notify", "", "NOTIFY episoded"},
};

const struct statement_text *statements_text(enum statement statement)
{
	return &texts[statement];
}

unsigned statements_oid(char type)
{
	switch (type) {
	case 't': return 25;   /* text */
	case 'T': return 1009; /* text[] */
	case 'i': return 23;   /* int4 */
	case 'I': return 1007;
	case 'n': return 20; /* int8 */
	case 'N': return 1016;
	case 'f': return 701; /* float8 */
	case 'b': return 16;  /* bool */
	case 'B': return 1000;
	default: return 0;
	}
}

/* ---------------------------------------------------------------- parameters */

struct parameters {
	struct str bytes;
	unsigned count;
	size_t offsets[PARAMETERS_MAX];
	int lengths[PARAMETERS_MAX]; /* -1: NULL */
	bool is_binary[PARAMETERS_MAX];
	int error;
};

struct parameters *parameters_new(void)
{
	struct parameters *parameters = calloc(1, sizeof(*parameters));

	if (parameters)
		parameters->bytes = STR(PARAMETERS_MAX_BYTES);
	return parameters;
}

void parameters_free(struct parameters *parameters)
{
	if (!parameters)
		return;
	str_release(&parameters->bytes);
	free(parameters);
}

void parameters_clear(struct parameters *parameters)
{
	str_clear(&parameters->bytes);
	parameters->count = 0;
	parameters->error = 0;
}

struct parameters *parameters_copy(const struct parameters *parameters)
{
	struct parameters *copy = parameters_new();
	struct str bytes;

	if (!copy)
		return NULL;
	bytes = copy->bytes;
	*copy = *parameters;
	copy->bytes = bytes;
	str_append_bytes(&copy->bytes, str_text(&parameters->bytes), parameters->bytes.length);
	if (copy->bytes.error) {
		parameters_free(copy);
		return NULL;
	}
	return copy;
}

/* The bytes since start are a parameter; a NUL ends it, because libpq wants that of a text. */
static void add(struct parameters *parameters, size_t start, bool is_binary)
{
	size_t length = parameters->bytes.length - start;

	if (parameters->count == PARAMETERS_MAX) {
		parameters->error = -EMSGSIZE;
		return;
	}
	str_append_char(&parameters->bytes, '\0');
	if (parameters->bytes.error && !parameters->error)
		parameters->error = parameters->bytes.error;
	parameters->offsets[parameters->count] = start;
	parameters->lengths[parameters->count] = (int)length;
	parameters->is_binary[parameters->count] = is_binary;
	parameters->count++;
}

void parameters_text(struct parameters *parameters, const char *text)
{
	size_t start = parameters->bytes.length;

	if (text)
		array_clean(&parameters->bytes, text);
	add(parameters, start, false);
	if (!text && !parameters->error)
		parameters->lengths[parameters->count - 1] = -1;
}

void parameters_number(struct parameters *parameters, int64_t number)
{
	size_t start = parameters->bytes.length;

	str_printf(&parameters->bytes, "%" PRId64, number);
	add(parameters, start, false);
}

void parameters_flag(struct parameters *parameters, bool flag)
{
	size_t start = parameters->bytes.length;

	str_append_char(&parameters->bytes, flag ? 't' : 'f');
	add(parameters, start, false);
}

void parameters_seconds(struct parameters *parameters, double seconds)
{
	size_t start = parameters->bytes.length;

	str_printf(&parameters->bytes, "%.6f", seconds);
	add(parameters, start, false);
}

void parameters_texts(struct parameters *parameters, const char *const *values, size_t count)
{
	size_t start = parameters->bytes.length;

	array_texts(&parameters->bytes, values, count);
	add(parameters, start, true);
}

void parameters_numbers(struct parameters *parameters, const int64_t *numbers, size_t count)
{
	size_t start = parameters->bytes.length;

	array_numbers(&parameters->bytes, numbers, count);
	add(parameters, start, false);
}

void parameters_flags(struct parameters *parameters, const bool *flags, size_t count)
{
	size_t start = parameters->bytes.length;

	array_flags(&parameters->bytes, flags, count);
	add(parameters, start, false);
}

int parameters_error(const struct parameters *parameters)
{
	return parameters->error;
}

void parameters_read(const struct parameters *parameters, struct parameters_view *ret)
{
	ret->count = parameters->count;
	for (unsigned i = 0; i < parameters->count; i++) {
		ret->lengths[i] = parameters->lengths[i] < 0 ? 0 : parameters->lengths[i];
		ret->values[i] = parameters->lengths[i] < 0
						 ? NULL
						 : parameters->bytes.bytes + parameters->offsets[i];
		ret->formats[i] = parameters->is_binary[i];
	}
}

/* ---------------------------------------------------------------- rows */

static const char *cell(const struct rows *rows, size_t row, unsigned column)
{
	return row < rows->count && column < rows->columns ? rows->cell(rows->source, row, column) : NULL;
}

size_t rows_count(const struct rows *rows)
{
	return rows->count;
}

bool rows_is_null(const struct rows *rows, size_t row, unsigned column)
{
	return !cell(rows, row, column);
}

const char *rows_text(const struct rows *rows, size_t row, unsigned column)
{
	const char *text = cell(rows, row, column);

	return text ? text : "";
}

int64_t rows_number(const struct rows *rows, size_t row, unsigned column)
{
	const char *text = rows_text(rows, row, column);
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	return errno || end == text || *end ? 0 : number;
}

double rows_seconds(const struct rows *rows, size_t row, unsigned column)
{
	const char *text = rows_text(rows, row, column);
	char *end;
	double seconds = strtod(text, &end);

	return end == text || *end || !isfinite(seconds) ? 0 : seconds;
}

bool rows_flag(const struct rows *rows, size_t row, unsigned column)
{
	return *rows_text(rows, row, column) == 't';
}

/* The first column is the kind: see JOURNAL_OPEN. */
void rows_entry(const struct rows *rows, size_t row, const char *gateway, struct journal_entry *ret_entry,
		const char **ret_mark)
{
	int64_t flags = rows_number(rows, row, 9), age_ms = rows_number(rows, row, 12);

	*ret_entry = (struct journal_entry){
			.gateway = gateway,
			.id = rows_text(rows, row, 1),
			.route = (uint64_t)rows_number(rows, row, 2),
			.channel = rows_text(rows, row, 3),
			.author_id = rows_text(rows, row, 4),
			.author_name = rows_text(rows, row, 5),
			.account = rows_text(rows, row, 6),
			.text = rows_text(rows, row, 7),
			.extra = rows_text(rows, row, 8),
			.is_private = flags & JOURNAL_IS_PRIVATE,
			.is_addressed = flags & JOURNAL_IS_ADDRESSED,
			.time_ms = (uint64_t)rows_number(rows, row, 10),
			.age_ms = age_ms > 0 ? (uint64_t)age_ms : 0,
			.is_left = true,
	};
	*ret_mark = rows_is_null(rows, row, 11) ? NULL : rows_text(rows, row, 11);
}
