/* The running gateways, and how a new configuration changes them. */

#include "bot/daemon/gateways.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/utf8.h"
#include "bot/net/loop.h"

#define AND_MORE_BYTES sizeof(", , and 18446744073709551615 more")
#define RECOVERED_MS   (10 * 60 * 1000) /* ready for this long: the next failure is a first one */

/* A configured gateway. */
struct slot {
	struct slot *next;
	struct gateway *gateway;
	struct gateway_wanted wanted; /* its present configuration */
	struct gateway_wanted
			replacement; /* created once this one has stopped; .config NULL: no replacement */
	bool is_wanted;              /* named by the configuration being applied */
	bool is_stopping, is_stopped;
	bool was_ready;           /* at least once */
	enum gateway_state state; /* as last logged */
	uint64_t ready_ms;        /* when it became READY; monotonic */
	unsigned failures;        /* in a row, over its predecessors under this name */
	uint64_t retry_ms;        /* FAILED: when it is created again; monotonic */
};

struct gateways {
	struct gateways_events events;
	struct gateway_host host;
	struct slot *slots;
	struct timer *retry_timer; /* the first retry_ms */
	bool is_stopping;
	bool is_sweep_due; /* a gateway has stopped */
};

static const char *const state_names[] = {
		[GATEWAY_STOPPED] = "stopped",
		[GATEWAY_CONNECTING] = "connecting",
		[GATEWAY_READY] = "ready",
		[GATEWAY_FAILED] = "failed",
};

static void free_slot(struct slot *slot)
{
	if (slot->gateway)
		gateway_head(slot->gateway)->class->free(slot->gateway);
	gateway_wanted_release(&slot->wanted);
	gateway_wanted_release(&slot->replacement);
	free(slot);
}

static struct slot *slot_of(const struct gateways *gateways, const struct gateway *gateway)
{
	struct slot *slot = gateways->slots;

	while (slot && slot->gateway != gateway)
		slot = slot->next;
	return slot;
}

static struct slot *slot_named(const struct gateways *gateways, const char *name)
{
	struct slot *slot = gateways->slots;

	while (slot && !str_equal(slot->wanted.config->name, name))
		slot = slot->next;
	return slot;
}

/* Take a slot off the list and free it with its gateway. */
static void remove_slot(struct gateways *gateways, struct slot *slot)
{
	struct slot **link = &gateways->slots;

	while (*link != slot)
		link = &(*link)->next;
	*link = slot->next;
	free_slot(slot);
}

static void log_start_error(const char *name, int error)
{
	struct log_about about = {.gateway = name, .error = error};

	if (error != -EADDRINUSE) /* logged by the gateway, with the port */
		log_write(LOG_LEVEL_ERROR, &about, "gateway %s cannot start", name);
}

/* Create and start a gateway. failures: as in struct slot. 0, or a negative errno, already logged. */
static int add(struct gateways *gateways, const struct gateway_wanted *wanted, unsigned failures)
{
	const struct gateway_class *class = wanted->config->network->class;
	struct slot *slot = calloc(1, sizeof(*slot));
	int r;

	if (!slot) {
		log_start_error(wanted->config->name, -ENOMEM);
		gateways->events.on_short(gateways->events.user);
		return -ENOMEM;
	}
	slot->is_wanted = true;
	slot->failures = failures;
	slot->next = gateways->slots;
	gateways->slots =
			slot; /* in the list before it starts, because start() may call on_state() at once */
	r = gateway_wanted_copy(wanted, &slot->wanted);
	if (!r)
		r = class->create(&slot->wanted, &gateways->host, &slot->gateway);
	if (!r)
		r = class->start(slot->gateway);
	if (r) {
		log_start_error(wanted->config->name, r);
		remove_slot(gateways, slot);
	}
	if (r == -ENOMEM)
		gateways->events.on_short(gateways->events.user);
	if (!r && gateways->events.on_started)
		gateways->events.on_started(gateways->events.user, slot->gateway);
	return r;
}

static void stop(struct slot *slot, const char *reason)
{
	if (slot->is_stopping)
		return;
	slot->is_stopping = true;
	gateway_head(slot->gateway)->class->stop(slot->gateway, reason);
}

static struct slot *first_stopped(const struct gateways *gateways)
{
	struct slot *slot = gateways->slots;

	while (slot && !slot->is_stopped)
		slot = slot->next;
	return slot;
}

void gateways_sweep(struct gateways *gateways)
{
	struct slot *slot;

	if (!gateways->is_sweep_due)
		return;
	gateways->is_sweep_due = false;
	while ((slot = first_stopped(gateways)) != NULL) {
		struct gateway_wanted replacement = slot->replacement;
		unsigned failures = slot->failures;

		slot->replacement = (struct gateway_wanted){0};
		remove_slot(gateways, slot);
		if (replacement.config && !gateways->is_stopping)
			add(gateways, &replacement, failures);
		gateway_wanted_release(&replacement);
	}
	gateways->events.on_change(gateways->events.user);
	if (gateways->is_stopping && !gateways->slots)
		gateways->events.on_all_stopped(gateways->events.user);
}

void gateways_stopped(struct gateways *gateways, struct gateway *gateway)
{
	struct slot *slot = slot_of(gateways, gateway);

	if (!slot)
		return;
	slot->is_stopped = true;
	gateways->is_sweep_due = true;
}

/* ---------------------------------------------------------------- gateways that failed */

uint64_t gateways_retry_delay(unsigned failures)
{
	uint64_t delay_ms = GATEWAYS_RETRY_FIRST_MS;

	while (--failures && delay_ms < GATEWAYS_RETRY_LONGEST_MS)
		delay_ms *= 2;
	return delay_ms < GATEWAYS_RETRY_LONGEST_MS ? delay_ms : GATEWAYS_RETRY_LONGEST_MS;
}

static void arm_retry(struct gateways *gateways)
{
	uint64_t now_ms = loop_now_ms(gateways->host.loop), first_ms = UINT64_MAX;

	for (const struct slot *slot = gateways->slots; slot; slot = slot->next) {
		if (slot->state == GATEWAY_FAILED && !slot->is_stopping && slot->retry_ms < first_ms)
			first_ms = slot->retry_ms;
	}
	if (first_ms == UINT64_MAX)
		timer_cancel(gateways->retry_timer);
	else
		timer_set(gateways->retry_timer, first_ms > now_ms ? first_ms - now_ms : 0);
}

/* A network's refusal may be an incident of its own, or the operator mends its cause elsewhere: a token, a
 * permission. */
static void on_failed(struct gateways *gateways, struct slot *slot, const char *detail)
{
	const char *name = slot->wanted.config->name;
	uint64_t now_ms = loop_now_ms(gateways->host.loop), delay_ms;

	if (slot->ready_ms && now_ms - slot->ready_ms >= RECOVERED_MS)
		slot->failures = 0;
	delay_ms = gateways_retry_delay(++slot->failures);
	slot->retry_ms = now_ms + delay_ms;
	log_gateway(LOG_LEVEL_ERROR, name, "failed: gateway %s: %s; next try in %.0f s, or at a reload", name,
			detail, (double)delay_ms / 1000);
}

static void on_retry(void *user)
{
	struct gateways *gateways = user;
	uint64_t now_ms = loop_now_ms(gateways->host.loop);

	for (struct slot *slot = gateways->slots; slot; slot = slot->next) {
		if (slot->state != GATEWAY_FAILED || slot->is_stopping || slot->retry_ms > now_ms)
			continue;
		if (gateway_wanted_copy(&slot->wanted, &slot->replacement)) { /* out of memory */
			slot->retry_ms = now_ms + GATEWAYS_RETRY_FIRST_MS;
			continue;
		}
		log_gateway(LOG_LEVEL_INFO, slot->wanted.config->name, "trying again");
		stop(slot, "The bot connects again.");
	}
	arm_retry(gateways);
}

/* ---------------------------------------------------------------- */

static void log_state(struct gateways *gateways, struct slot *slot, const struct gateway_status *now)
{
	const char *name = slot->wanted.config->name;

	if (now->state == slot->state)
		return;
	if (now->state == GATEWAY_READY)
		log_gateway(LOG_LEVEL_INFO, name, "ready: gateway %s", name);
	else if (now->state == GATEWAY_FAILED)
		on_failed(gateways, slot, now->detail);
	else if (slot->state == GATEWAY_READY && !slot->is_stopping)
		log_gateway(LOG_LEVEL_WARNING, name, "lost: gateway %s: %s", name, now->detail);
	else
		log_gateway(LOG_LEVEL_DEBUG, name, "%s: gateway %s: %s", state_names[now->state], name,
				now->detail);
	if (now->state == GATEWAY_READY)
		slot->ready_ms = loop_now_ms(gateways->host.loop);
	slot->state = now->state;
	if (now->state == GATEWAY_FAILED)
		arm_retry(gateways);
}

void gateways_state(struct gateways *gateways, struct gateway *gateway)
{
	struct slot *slot = slot_of(gateways, gateway);
	struct gateway_status now;

	if (!slot)
		return;
	gateway_head(gateway)->class->status(gateway, &now);
	log_state(gateways, slot, &now);
	if (now.state == GATEWAY_READY && !slot->was_ready) {
		slot->was_ready = true;
		gateways->events.on_ready(gateways->events.user, gateway);
	}
	gateways->events.on_change(gateways->events.user);
}

int gateways_new(const struct gateway_host *host, const struct gateways_events *events, struct gateways **ret)
{
	struct gateways *gateways = calloc(1, sizeof(*gateways));

	if (!gateways)
		return -ENOMEM;
	gateways->host = *host;
	gateways->events = *events;
	gateways->retry_timer = timer_new(host->loop, on_retry, gateways);
	if (!gateways->retry_timer) {
		gateways_free(gateways);
		return -ENOMEM;
	}
	*ret = gateways;
	return 0;
}

void gateways_free(struct gateways *gateways)
{
	if (!gateways)
		return;
	while (gateways->slots)
		remove_slot(gateways, gateways->slots);
	timer_free(gateways->retry_timer);
	free(gateways);
}

/* Set the replacement of a stopping gateway; a later configuration overrides an earlier one. wanted {0}: no
 * replacement. */
static void replace(struct slot *slot, struct gateway_wanted wanted)
{
	gateway_wanted_release(&slot->replacement);
	slot->replacement = wanted;
}

/* Compare the channels too: they can change without a new connection. */
static enum config_change compare(const struct gateway_wanted *now, const struct gateway_wanted *wanted)
{
	enum config_change change = gateway_config_compare(now->config, wanted->config);

	if (change == CONFIG_SAME && !config_channels_equal(&now->channels, &wanted->channels))
		return CONFIG_LIVE;
	return change;
}

/* Can a new gateway with the same configuration get more? It failed, or a permission or a scope that it lacked may be
 * there now. */
static bool is_worth_a_try(const struct slot *slot)
{
	struct gateway_status now;

	gateway_head(slot->gateway)->class->status(slot->gateway, &now);
	return now.state == GATEWAY_FAILED || now.is_lacking;
}

/* Apply a configuration to the running gateway of the same name. */
static void change(struct gateways *gateways, struct slot *slot, const struct gateway_wanted *wanted)
{
	const struct gateway_class *class = gateway_head(slot->gateway)->class;
	enum config_change needed = compare(&slot->wanted, wanted);
	bool is_again = !slot->is_stopping && is_worth_a_try(slot);
	struct gateway_wanted copy;

	slot->is_wanted = true;
	if (!slot->is_stopping && needed == CONFIG_SAME && !is_again) {
		log_gateway(LOG_LEVEL_DEBUG, slot->wanted.config->name, "configuration unchanged");
		return;
	}
	if (gateway_wanted_copy(wanted, &copy)) {
		log_gateway(LOG_LEVEL_ERROR, wanted->config->name,
				"out of memory: the gateway keeps its old configuration");
		gateways->events.on_short(gateways->events.user);
		return;
	}
	if (!slot->is_stopping && needed != CONFIG_RESTART && !is_again &&
			class->reconfigure(slot->gateway, wanted) == 0) {
		log_gateway(LOG_LEVEL_DEBUG, wanted->config->name,
				"configuration changed on the living connection");
		gateway_wanted_release(&slot->wanted);
		slot->wanted = copy;
		return;
	}
	log_gateway(LOG_LEVEL_DEBUG, wanted->config->name, "stopping, to start with the new configuration");
	replace(slot, copy);
	stop(slot, "The bot's configuration changed. It will be back.");
}

size_t gateways_configure(struct gateways *gateways, const struct gateway_wanted *wanted, size_t count)
{
	size_t running = 0;

	for (struct slot *slot = gateways->slots; slot; slot = slot->next)
		slot->is_wanted = false;
	for (size_t i = 0; i < count; i++) {
		struct slot *slot = slot_named(gateways, wanted[i].config->name);

		if (slot)
			change(gateways, slot, &wanted[i]);
		else
			add(gateways, &wanted[i], 0);
	}
	for (struct slot *slot = gateways->slots; slot; slot = slot->next) {
		if (slot->is_wanted) {
			running++;
		} else {
			replace(slot, (struct gateway_wanted){0});
			stop(slot, "The bot was told to leave.");
		}
	}
	return running;
}

void gateways_each_ready(const struct gateways *gateways,
		void (*on_gateway)(void *user, struct gateway *gateway), void *user)
{
	for (const struct slot *slot = gateways->slots; slot; slot = slot->next) {
		if (slot->was_ready && slot->gateway)
			on_gateway(user, slot->gateway);
	}
}

void gateways_flush(const struct gateways *gateways)
{
	for (const struct slot *slot = gateways->slots; slot; slot = slot->next) {
		const struct gateway_class *class = slot->gateway ? gateway_head(slot->gateway)->class : NULL;

		if (class && class->flush)
			class->flush(slot->gateway);
	}
}

bool gateways_is_stopping(const struct gateways *gateways, const struct gateway *gateway)
{
	const struct slot *slot = slot_of(gateways, gateway);

	return !slot || slot->is_stopping;
}

struct gateway *gateways_find(const struct gateways *gateways, const char *name)
{
	const struct slot *slot = slot_named(gateways, name);

	return slot && !slot->is_stopping ? slot->gateway : NULL;
}

bool gateways_have(const struct gateways *gateways, const char *name)
{
	return slot_named(gateways, name) != NULL;
}

void gateways_stop_one(struct gateways *gateways, const char *name, const char *reason)
{
	struct slot *slot = slot_named(gateways, name);

	if (!slot)
		return;
	replace(slot, (struct gateway_wanted){0});
	stop(slot, reason);
}

void gateways_abandon(struct gateways *gateways, const char *name)
{
	struct slot *slot = slot_named(gateways, name);
	const struct gateway_class *class;

	if (!slot || slot->is_stopped)
		return;
	class = gateway_head(slot->gateway)->class;
	replace(slot, (struct gateway_wanted){0});
	if (!class->abandon) {
		stop(slot, "Another host has taken over.");
		return;
	}
	slot->is_stopping = true;
	class->abandon(slot->gateway);
	gateways->host.on_stopped(gateways->host.bot, slot->gateway);
}

void gateways_stop(struct gateways *gateways, const char *reason)
{
	gateways->is_stopping = true;
	for (struct slot *slot = gateways->slots; slot; slot = slot->next)
		stop(slot, reason);
	gateways->is_sweep_due = true; /* also without gateways, so that on_all_stopped() is called */
}

/* "irc ready (3 channels)", always on one line, even if a server sent a line break. */
static void describe_slot(const struct slot *slot, struct str *str)
{
	struct gateway_status now;

	gateway_head(slot->gateway)->class->status(slot->gateway, &now);
	utf8_line(str, "%s %s%s%s%s", slot->wanted.config->name, state_names[now.state],
			*now.detail ? " (" : "", now.detail, *now.detail ? ")" : "");
}

void gateways_describe(const struct gateways *gateways, struct str *str)
{
	struct str one = STR(UTF8_LINE_MAX_BYTES);
	size_t left_out = 0;

	for (const struct slot *slot = gateways->slots; slot; slot = slot->next) {
		str_clear(&one);
		describe_slot(slot, &one);
		/* After the first gateway that does not fit, all others are only counted, also shorter ones,
		 * so that the list has no gaps. */
		if (left_out || one.error || str->length + one.length + AND_MORE_BYTES > str->limit_bytes)
			left_out++;
		else
			str_printf(str, "%s%s", str->length ? ", " : "", str_text(&one));
	}
	if (left_out)
		str_printf(str, "%sand %zu more", str->length ? ", " : "", left_out);
	str_release(&one);
}
