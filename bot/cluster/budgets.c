/* Slots of REST budgets, in the database. */

#include "bot/cluster/budgets.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/base/str.h"
#include "bot/config/config.h"
#include "bot/postgres/line.h"

#define REAP_BEATS 2 /* between two looks for slots of dead processes */

/* The budget of one gateway. */
struct rest_budget {
	char *gateway;
	struct cluster_slots_events events;
	void *user;
	unsigned rate;
	bool is_listened, is_offered;
	bool has_move, is_asked; /* a move that has no answer; its statement is under way */
	bool is_void;            /* its answer is not told */
	int change;
	uint64_t pause_ms;  /* to be told to the others; 0: nothing */
	uint64_t paused_ms; /* in the present beat */
	struct budgets *budgets;
};

struct budgets {
	struct postgres_line *line;
	const char *process;
	struct rest_budget list[CONFIG_GATEWAYS_MAX];
	size_t count;
	unsigned beats;
	bool is_live; /* a beat was answered on this connection */
};

int budgets_new(struct postgres_line *line, const char *process, struct budgets **ret)
{
	struct budgets *budgets = calloc(1, sizeof(*budgets));

	if (!budgets)
		return -ENOMEM;
	budgets->line = line;
	budgets->process = process;
	*ret = budgets;
	return 0;
}

void budgets_free(struct budgets *budgets)
{
	if (!budgets)
		return;
	for (size_t i = 0; i < budgets->count; i++)
		free(budgets->list[i].gateway);
	free(budgets);
}

static struct rest_budget *find(struct budgets *budgets, const char *gateway)
{
	for (size_t i = 0; i < budgets->count; i++) {
		if (str_equal(budgets->list[i].gateway, gateway))
			return &budgets->list[i];
	}
	return NULL;
}

static struct rest_budget *find_or_add(struct budgets *budgets, const char *gateway)
{
	struct rest_budget *budget = find(budgets, gateway);
	char *name = budget || budgets->count == CONFIG_GATEWAYS_MAX ? NULL : str_copy(gateway);

	if (!name)
		return budget;
	budget = &budgets->list[budgets->count++];
	*budget = (struct rest_budget){.gateway = name, .budgets = budgets};
	return budget;
}

static void end_move(struct rest_budget *budget, int error, unsigned held)
{
	bool is_void = budget->is_void;

	budget->is_asked = budget->is_void = false;
	if (is_void)
		return; /* another move may wait for its turn */
	budget->has_move = false;
	if (budget->is_listened)
		budget->events.on_moved(budget->user, error, held);
}

static void on_moved(void *user, int error, const struct rows *rows)
{
	struct rest_budget *budget = user;

	if (!error && !rows_count(rows))
		error = -EAGAIN; /* the budget is not there yet */
	end_move(budget, error ? -EAGAIN : 0, error ? 0 : (unsigned)rows_number(rows, 0, 0));
}

static void on_offered(void *user, int error, const struct rows *rows)
{
	struct rest_budget *budget = user;

	(void)rows;
	budget->is_offered = budget->is_offered && !error;
}

static void on_paused(void *user, int error, const struct rows *rows)
{
	(void)user;
	(void)error; /* the pause is over before another try would help */
	(void)rows;
}

static int ask_offer(struct rest_budget *budget)
{
	struct parameters *parameters = parameters_new();
	int r = -ENOMEM;

	if (parameters) {
		parameters_text(parameters, budget->gateway);
		parameters_number(parameters, budget->rate);
		r = line_ask(budget->budgets->line, LINE_BEAT, STATEMENT_BUDGET_OFFER, parameters, on_offered,
				budget);
	}
	parameters_free(parameters);
	return r;
}

static int ask_move(struct rest_budget *budget)
{
	struct parameters *parameters = parameters_new();
	int r = -ENOMEM;

	if (parameters) {
		parameters_text(parameters, budget->gateway);
		parameters_text(parameters, budget->budgets->process);
		parameters_number(parameters, budget->change);
		r = line_ask(budget->budgets->line, LINE_BEAT, STATEMENT_SLOTS_MOVE, parameters, on_moved,
				budget);
	}
	parameters_free(parameters);
	return r;
}

static int ask_pause(struct rest_budget *budget)
{
	struct parameters *parameters = parameters_new();
	int r = -ENOMEM;

	if (parameters) {
		parameters_text(parameters, budget->gateway);
		parameters_seconds(parameters, (double)budget->pause_ms / 1000);
		r = line_ask(budget->budgets->line, LINE_BEAT, STATEMENT_BUDGET_PAUSE, parameters, on_paused,
				NULL);
	}
	parameters_free(parameters);
	return r;
}

/* Ask what is to be asked, as one transaction. */
static void turn(struct rest_budget *budget)
{
	struct budgets *budgets = budget->budgets;

	if (!budgets->is_live || !budget->is_listened)
		return;
	if (!budget->is_offered && ask_offer(budget) == 0)
		budget->is_offered = true;
	if (budget->pause_ms && ask_pause(budget) == 0)
		budget->pause_ms = 0;
	if (budget->has_move && !budget->is_asked && ask_move(budget) == 0)
		budget->is_asked = true;
	line_sync(budgets->line, LINE_BEAT);
}

void budgets_listen(struct budgets *budgets, const char *gateway, unsigned rate,
		const struct cluster_slots_events *events, void *user)
{
	struct rest_budget *budget = events ? find_or_add(budgets, gateway) : find(budgets, gateway);

	if (!budget)
		return;
	budget->is_listened = events != NULL;
	budget->is_void = budget->is_asked; /* a move of an earlier listener */
	budget->has_move = false;
	if (!events)
		return;
	budget->events = *events;
	budget->user = user;
	budget->is_offered = budget->is_offered && budget->rate == rate;
	budget->rate = rate;
	turn(budget);
}

void budgets_move(struct budgets *budgets, const char *gateway, int change)
{
	struct rest_budget *budget = find(budgets, gateway);

	if (!budget || !budget->is_listened)
		return;
	/* The answer of a void move is still awaited: this one takes its turn with the next beat. */
	budget->change = change;
	budget->has_move = true;
	turn(budget);
}

void budgets_pause(struct budgets *budgets, const char *gateway, uint64_t pause_ms)
{
	struct rest_budget *budget = find(budgets, gateway);

	if (!budget)
		return;
	budget->pause_ms = pause_ms;
	turn(budget);
}

void budgets_down(struct budgets *budgets)
{
	budgets->is_live = false;
}

void budgets_lapsed(struct budgets *budgets)
{
	for (size_t i = 0; i < budgets->count; i++) {
		struct rest_budget *budget = &budgets->list[i];

		budget->is_void = budget->is_asked;
		budget->has_move = false;
		if (budget->is_listened)
			budget->events.on_lapsed(budget->user);
	}
}

void budgets_paused(struct budgets *budgets, const char *gateway, uint64_t paused_ms)
{
	struct rest_budget *budget = find(budgets, gateway);

	if (budget)
		budget->paused_ms = paused_ms;
}

static void on_reaped(void *user, int error, const struct rows *rows)
{
	(void)user;
	(void)error; /* the next look finds them */
	(void)rows;
}

static void reap(struct budgets *budgets)
{
	struct parameters *parameters;

	if (!budgets->count || budgets->beats++ % REAP_BEATS)
		return;
	parameters = parameters_new();
	if (parameters && line_ask(budgets->line, LINE_BEAT, STATEMENT_SLOTS_REAP, parameters, on_reaped,
					  NULL) == 0)
		line_sync(budgets->line, LINE_BEAT);
	parameters_free(parameters);
}

void budgets_beat(struct budgets *budgets, unsigned hosts)
{
	budgets->is_live = true;
	reap(budgets);
	for (size_t i = 0; i < budgets->count; i++) {
		struct rest_budget *budget = &budgets->list[i];
		uint64_t paused_ms = budget->paused_ms;

		budget->paused_ms = 0;
		if (budget->is_listened)
			budget->events.on_beat(budget->user, hosts, paused_ms);
		turn(budget);
	}
}
