/* Sets of shards, in the database. */

#include "bot/cluster/sets.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/config/config.h"
#include "bot/net/loop.h"
#include "bot/postgres/line.h"

#define FIRST_MS  1000  /* between two looks, until there is a set */
#define MOVING_MS 2000  /* while there are two */
#define GIVING_MS 500   /* while the old one gives its shards away */
#define CALM_MS   10000 /* otherwise */
#define SETS_MAX  8     /* of a gateway */

struct shard_set {
	unsigned total;
	enum set_state state;
	bool is_gone; /* it has retired, and has no shard any more */
};

/* The sets of one gateway. */
struct gateway_sets {
	char *gateway;
	struct sets *sets;
	unsigned wanted;     /* as cluster_total() said; 0: not known */
	unsigned complained; /* a wanted number that is logged */
	struct shard_set list[SETS_MAX];
	size_t count;
	uint64_t ready_since_ms; /* all shards of the new set; 0: not all */
	bool is_asked;           /* a statement is under way */
	bool is_moving;          /* a new set is there */
	bool is_giving;          /* a set that retires has shards still */
};

struct sets {
	struct loop *loop;
	struct postgres_line *line;
	struct sets_events events;
	void *user;
	struct timer *timer;
	struct gateway_sets *list[CONFIG_GATEWAYS_MAX]; /* never moved: statements point to them */
	size_t count;
};

static struct gateway_sets *find(const struct sets *sets, const char *gateway)
{
	for (size_t i = 0; i < sets->count; i++) {
		if (str_equal(sets->list[i]->gateway, gateway))
			return sets->list[i];
	}
	return NULL;
}

static void read_later(struct sets *sets)
{
	uint64_t delay_ms = CALM_MS;

	for (size_t i = 0; i < sets->count; i++) {
		const struct gateway_sets *one = sets->list[i];
		uint64_t own_ms = one->is_giving ? GIVING_MS : one->is_moving ? MOVING_MS : CALM_MS;

		if (!one->count)
			own_ms = FIRST_MS;

		delay_ms = own_ms < delay_ms ? own_ms : delay_ms;
	}
	timer_set(sets->timer, delay_ms);
}

static void read_now(struct gateway_sets *gateway);

static void on_changed(void *user, int error, const struct rows *rows)
{
	struct gateway_sets *gateway = user;

	(void)rows;
	gateway->is_asked = false;
	if (!error)
		read_now(gateway);
}

static void ask_offer(struct gateway_sets *gateway, const char *state)
{
	struct parameters *parameters = parameters_new();

	if (!parameters)
		return;
	parameters_text(parameters, gateway->gateway);
	parameters_number(parameters, gateway->wanted);
	parameters_text(parameters, state);
	if (line_ask(gateway->sets->line, LINE_BEAT, STATEMENT_SHARDS_OFFER, parameters, on_changed,
			    gateway) == 0) {
		gateway->is_asked = true;
		line_sync(gateway->sets->line, LINE_BEAT);
	}
	parameters_free(parameters);
}

static void ask_switch(struct gateway_sets *gateway, unsigned total)
{
	struct parameters *parameters = parameters_new();

	if (!parameters)
		return;
	log_gateway(LOG_LEVEL_INFO, gateway->gateway,
			"all %u shards of the new set are ready: it is active now", total);
	parameters_text(parameters, gateway->gateway);
	parameters_number(parameters, total);
	if (line_ask(gateway->sets->line, LINE_BEAT, STATEMENT_SHARDS_SWITCH, parameters, on_changed,
			    gateway) == 0) {
		gateway->is_asked = true;
		line_sync(gateway->sets->line, LINE_BEAT);
	}
	parameters_free(parameters);
}

static enum set_state state_of(const char *text)
{
	return str_equal(text, "active") ? SET_ACTIVE : str_equal(text, "new") ? SET_NEW : SET_RETIRING;
}

/* Keep a row, and tell what is new of it. */
static void keep(struct gateway_sets *gateway, unsigned total, enum set_state state)
{
	struct sets *sets = gateway->sets;
	size_t i = 0;

	while (i < gateway->count && gateway->list[i].total != total)
		i++;
	if (i == SETS_MAX || (i < gateway->count && gateway->list[i].state == state))
		return;
	gateway->list[i] = (struct shard_set){.total = total, .state = state};
	if (i == gateway->count)
		gateway->count++;
	sets->events.on_set(sets->user, gateway->gateway, total, state);
}

/* Returns whether a set that retires has shards still. The end of its last one is told once. */
static bool look_at_old(struct gateway_sets *gateway, unsigned total, bool has_shards)
{
	struct sets *sets = gateway->sets;

	for (size_t i = 0; i < gateway->count && !has_shards; i++) {
		struct shard_set *set = &gateway->list[i];

		if (set->total != total || set->is_gone)
			continue;
		set->is_gone = true;
		sets->events.on_retired(sets->user, gateway->gateway);
	}
	return has_shards;
}

/* The new set takes over when every shard of it has been ready for a while. */
static void look_at_new(struct gateway_sets *gateway, unsigned total, unsigned leases, unsigned ready)
{
	uint64_t now_ms = loop_now_ms(gateway->sets->loop);

	if (leases < total || ready < total) {
		gateway->ready_since_ms = 0;
		return;
	}
	if (!gateway->ready_since_ms)
		gateway->ready_since_ms = now_ms;
	if (now_ms - gateway->ready_since_ms >= SETS_READY_MS)
		ask_switch(gateway, total);
}

/* A larger number is wanted than there is. */
static void look_at_wanted(struct gateway_sets *gateway, unsigned active)
{
	struct sets *sets = gateway->sets;

	if (!gateway->wanted || gateway->wanted == active || gateway->complained == gateway->wanted)
		return;
	if (gateway->wanted < active) {
		gateway->complained = gateway->wanted;
		log_gateway(LOG_LEVEL_WARNING, gateway->gateway,
				"%u shards are wanted, but the hosts share %u: a smaller number needs all "
				"hosts "
				"stopped and the rows of episoded_shards and episoded_lease deleted",
				gateway->wanted, active);
		return;
	}
	if (!sets->events.has_role(sets->user, gateway->gateway))
		return;
	if (!sets->events.may_start(sets->user, gateway->gateway, gateway->wanted)) {
		gateway->complained = gateway->wanted;
		log_gateway(LOG_LEVEL_WARNING, gateway->gateway,
				"Discord recommends %u shards instead of %u, but too few starts are left "
				"today: "
				"the resharding waits for the next recommendation",
				gateway->wanted, active);
		return;
	}
	log_gateway(LOG_LEVEL_INFO, gateway->gateway,
			"resharding from %u to %u shards: the new set starts beside the old one", active,
			gateway->wanted);
	ask_offer(gateway, "new");
}

static void on_sets(void *user, int error, const struct rows *rows)
{
	struct gateway_sets *gateway = user;
	unsigned active = 0, starting = 0;
	size_t count = error ? 0 : rows_count(rows);
	bool is_giving = false;

	gateway->is_asked = false;
	for (size_t i = 0; i < count; i++) {
		unsigned total = (unsigned)rows_number(rows, i, 0);
		enum set_state state = state_of(rows_text(rows, i, 1));

		keep(gateway, total, state);
		if (state == SET_ACTIVE)
			active = total;
		if (state == SET_RETIRING)
			is_giving |= look_at_old(
					gateway, total, rows_number(rows, i, 5) < rows_number(rows, i, 3));
		if (state != SET_NEW)
			continue;
		starting = total;
		if (gateway->sets->events.has_role(gateway->sets->user, gateway->gateway))
			look_at_new(gateway, total, (unsigned)rows_number(rows, i, 3),
					(unsigned)rows_number(rows, i, 4));
	}
	if (!error) {
		gateway->is_moving = starting != 0;
		gateway->is_giving = is_giving;
	}
	if (!error && !count && gateway->wanted)
		ask_offer(gateway, "active");
	else if (!error && active && !starting)
		look_at_wanted(gateway, active);
	read_later(gateway->sets);
}

static void read_now(struct gateway_sets *gateway)
{
	struct postgres_line *line = gateway->sets->line;
	struct parameters *parameters =
			gateway->is_asked || !line_is_up(line, LINE_BEAT) ? NULL : parameters_new();

	if (!parameters)
		return;
	parameters_text(parameters, gateway->gateway);
	if (line_ask(line, LINE_BEAT, STATEMENT_SHARDS_READ, parameters, on_sets, gateway) == 0) {
		gateway->is_asked = true;
		line_sync(line, LINE_BEAT);
	}
	parameters_free(parameters);
}

void sets_up(struct sets *sets)
{
	for (size_t i = 0; i < sets->count; i++)
		read_now(sets->list[i]);
	read_later(sets);
}

static void on_timer(void *user)
{
	sets_up(user);
}

int sets_new(struct loop *loop, struct postgres_line *line, const struct sets_events *events, void *user,
		struct sets **ret)
{
	struct sets *sets = calloc(1, sizeof(*sets));

	if (!sets)
		return -ENOMEM;
	sets->loop = loop;
	sets->line = line;
	sets->events = *events;
	sets->user = user;
	sets->timer = timer_new(loop, on_timer, sets);
	if (!sets->timer) {
		free(sets);
		return -ENOMEM;
	}
	*ret = sets;
	return 0;
}

void sets_free(struct sets *sets)
{
	if (!sets)
		return;
	timer_free(sets->timer);
	for (size_t i = 0; i < sets->count; i++) {
		free(sets->list[i]->gateway);
		free(sets->list[i]);
	}
	free(sets);
}

void sets_add(struct sets *sets, const char *name)
{
	struct gateway_sets *gateway = find(sets, name);

	if (gateway || sets->count == CONFIG_GATEWAYS_MAX)
		return;
	gateway = calloc(1, sizeof(*gateway));
	if (gateway)
		gateway->gateway = str_copy(name);
	if (!gateway || !gateway->gateway) {
		free(gateway);
		return;
	}
	gateway->sets = sets;
	sets->list[sets->count++] = gateway;
	read_now(gateway);
	read_later(sets);
}

void sets_total(struct sets *sets, const char *name, unsigned total)
{
	struct gateway_sets *gateway = find(sets, name);

	if (!gateway)
		return;
	gateway->wanted = total;
	gateway->complained = 0;
	read_now(gateway);
}
