/* Occasions that are due become messages. */

#include "bot/daemon/speaking.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/config/config.h"
#include "bot/core/announcements.h"
#include "bot/core/channel_settings.h"
#include "bot/core/occasions.h"
#include "bot/core/rights.h"
#include "bot/daemon/gateways.h"
#include "bot/gateway/gateway.h"
#include "bot/net/loop.h"
#include "bot/net/wall_timer.h"

#define AT_ONCE_MAX   64   /* occasions of one turn of the loop; the others follow in the next turns */
#define AGAIN_MS      5000 /* after a full send queue, or a lost connection */
#define WAIT_MIN_S    5    /* while the gateway cannot speak; grows with the time that it waits */
#define WAIT_MAX_S    60
#define ELSEWHERE_S   30            /* another process has the lease, or the gateway is not there */
#define FOREIGN_S     20            /* longer than a lease lives without its owner */
#define PERSON_S      1800          /* the person is not there: if the gateway does not tell when they come */
#define MISSED_S      (7 * 86400LL) /* a person's reminder stays so long after its window, for "reminders" */
#define STALE_S       3600 /* an occasion stays so long after its window: the clock may have been wrong */
#define COMMAND_BYTES 32
#define NEVER_S       (10 * 365 * 86400LL)
#define CLOCK_SET_MS  5000 /* the clock was set if it moved so far against the monotonic one */
#define CLOCK_SKEW_MS 2000 /* the estimate of a network's time is as exact */

struct speaking {
	struct loop *loop;
	struct gateways *gateways;
	struct orders *orders;
	struct dispatch_orders settings; /* of channels */
	struct speaking_host host;
	struct occasions *occasions; /* NULL: not read yet, or the bot is stopping */
	struct wall_timer *timer;
	struct timer *again;             /* for what the journal has as open */
	int64_t ahead_ms;                /* of the wall clock, before the clock that counts sleep, too */
	char foreign[OCCASION_ID_BYTES]; /* the last one that another process seemed to have */
	int64_t foreign_s;
	bool is_looking; /* the schedule is being worked on: it is looked at afterwards */
};

static int64_t ahead_ms(void)
{
	return (int64_t)clock_wall_ms() - (int64_t)clock_boot_ms();
}

static int64_t now_s(void)
{
	return (int64_t)(clock_wall_ms() / 1000);
}

/* ---------------------------------------------------------------- the network's clock */

/* 0: not known. */
static uint64_t network_ms_of(struct gateway *gateway)
{
	const struct gateway_class *class = gateway ? gateway_head(gateway)->class : NULL;

	return class && class->network_ms ? class->network_ms(gateway) : 0;
}

/* The present: the network's, which people see, or else this machine's. */
static uint64_t present_ms(struct gateway *gateway)
{
	uint64_t network_ms = network_ms_of(gateway);

	return network_ms ? network_ms : clock_wall_ms();
}

/* The network tells its time, but not before it is connected. */
static bool is_time_to_come(struct gateway *gateway)
{
	const struct gateway_class *class = gateway ? gateway_head(gateway)->class : NULL;
	struct gateway_status status;

	if (!class || !class->network_ms || class->network_ms(gateway))
		return false;
	class->status(gateway, &status);
	return status.state == GATEWAY_CONNECTING;
}

/* ---------------------------------------------------------------- one occasion */

static void put_off(const struct speaking *speaking, const struct occasion *occasion, int64_t wait_s)
{
	occasions_put_off(speaking->occasions, occasion->id, now_s() + wait_s);
}

/* It waits the longer the longer it has waited. */
static int64_t wait_of(const struct occasion *occasion)
{
	int64_t wait_s = (now_s() - occasion->due_s) / 4;

	return wait_s < WAIT_MIN_S ? WAIT_MIN_S : wait_s > WAIT_MAX_S ? WAIT_MAX_S : wait_s;
}

static void log_stale(const struct speaking *speaking, const struct occasion *occasion, const char *why)
{
	const char *gateway = occasion->place.gateway;
	bool is_there = config_gateway(speaking->host.config(speaking->host.user), gateway) != NULL;

	log_gateway(LOG_LEVEL_WARNING, gateway, "%s dropped: it could not be said in %s in time: %s",
			occasion->command,
			occasion->place.is_private || occasion->place.is_for_author ? "private"
										    : occasion->place.channel,
			!is_there ? "the gateway is not in the configuration"
			: why     ? why
				  : "the bot was not running, or not connected");
}

/* What is for a person alone stays a while, so that the person learns from "reminders" that it was missed. */
static void set_stale(struct speaking *speaking, const struct occasion *occasion, const char *id)
{
	int64_t wait_s = STALE_S;

	if (!occasion->is_missed)
		log_stale(speaking, occasion,
				occasion->place.is_for_author ? "the bot or the person was away" : NULL);
	if (occasion->place.is_for_author && occasion->until_s + MISSED_S > now_s() + wait_s)
		wait_s = occasion->until_s + MISSED_S - now_s();
	if (occasion->place.is_for_author && !occasion->is_missed)
		(void)occasions_set_missed(speaking->occasions, id);
	occasions_set_stale(speaking->occasions, id);
	occasions_put_off(speaking->occasions, id, now_s() + wait_s);
}

/*
 * Its window is over. What is kept is deleted an hour later, and not before the network has told its time: a clock that
 * was set forward by mistake must not cost what people have asked for.
 */
static void drop(struct speaking *speaking, struct gateway *gateway, const struct occasion *occasion)
{
	char id[OCCASION_ID_BYTES];
	bool is_planned = occasions_is_planned(speaking->occasions, occasion->id),
	     is_first = !is_planned && !occasions_is_stale(speaking->occasions, occasion->id);

	memcpy(id, occasion->id, strlen(occasion->id) + 1);
	if (is_first) {
		set_stale(speaking, occasion, id);
		return;
	}
	if (!is_planned && is_time_to_come(gateway)) {
		occasions_put_off(speaking->occasions, id, now_s() + STALE_S);
		return;
	}
	if (is_planned)
		log_stale(speaking, occasion, NULL);
	occasions_done(speaking->occasions, id);
	if (is_planned)
		announcements_over(orders_announcements(speaking->orders), id, false);
}

/* By the network's clock it is not due yet: this machine's is ahead. */
static bool is_early(struct gateway *gateway, const struct occasion *occasion, int64_t *ret_left_s)
{
	uint64_t network_ms = network_ms_of(gateway);
	int64_t left_ms = occasion->due_s * 1000 - (int64_t)network_ms;

	/* If the two clocks agree, the machine's, which says that it is due, is the more exact one. */
	if (!network_ms || left_ms <= 0 || clock_wall_ms() <= network_ms + CLOCK_SKEW_MS)
		return false;
	*ret_left_s = left_ms / 1000 < WAIT_MAX_S ? (left_ms + 999) / 1000 : WAIT_MAX_S;
	return true;
}

/* Quiet hours in the channel: it waits for their end, at most for its window. */
static bool is_in_quiet_hours(
		const struct speaking *speaking, struct gateway *gateway, const struct occasion *occasion)
{
	const struct occasion_place *place = &occasion->place;

	return !occasion->is_pressing && !place->is_private &&
	       settings_is_quiet(speaking->settings.settings(
						 speaking->settings.user, place->gateway, place->channel),
			       present_ms(gateway));
}

/* Can it be said there now? If not, it is put off. */
static bool is_sayable(struct speaking *speaking, struct gateway *gateway, const struct occasion *occasion,
		const struct message *message)
{
	const struct gateway_class *class = gateway_head(gateway)->class;
	struct gateway_status status;
	int64_t left_s;
	int r = 0;

	class->status(gateway, &status);
	if (status.state != GATEWAY_READY)
		r = -EAGAIN;
	else if (class->can_speak)
		r = class->can_speak(gateway, message, NULL);
	if (r == 0 && !is_early(gateway, occasion, &left_s))
		return true;
	put_off(speaking, occasion,
			r == 0            ? left_s
			: r == -EREMOTE   ? ELSEWHERE_S
			: r == -EHOSTDOWN ? PERSON_S
					  : wait_of(occasion));
	return false;
}

static void say(struct speaking *speaking, struct gateway *gateway, const struct occasion *occasion)
{
	char text[OCCASIONS_TEXT_BYTES];
	struct message message;
	int r;

	if (!gateway) {
		put_off(speaking, occasion, ELSEWHERE_S);
		return;
	}
	r = occasions_message(occasion, present_ms(gateway), text, &message);
	if (!r && !is_sayable(speaking, gateway, occasion, &message))
		return;
	if (!r && gateway_head(gateway)->class->restore)
		gateway_head(gateway)->class->restore(gateway, &message);
	if (!r)
		r = speaking->host.on_message(speaking->host.user, gateway, &message);
	/* Not again before the journal has answered. */
	put_off(speaking, occasion, r ? WAIT_MIN_S : FOREIGN_S);
}

/* Is it another host's? */
static bool is_ours(const struct speaking *speaking, const struct occasion *occasion)
{
	const struct occasion_place *place = &occasion->place;

	return !*place->host || str_equal(place->host, occasions_host(speaking->occasions, place->gateway));
}

/* One of the two clocks may be ahead, so that it is over only if both say so. */
static bool is_over(struct gateway *gateway, const struct occasion *occasion)
{
	uint64_t network_ms = network_ms_of(gateway);

	return now_s() >= occasion->until_s &&
	       (!network_ms || (int64_t)network_ms >= occasion->until_s * 1000);
}

static void look_at(struct speaking *speaking, const struct occasion *occasion)
{
	struct gateway *gateway = gateways_find(speaking->gateways, occasion->place.gateway);
	int64_t present_s = now_s();

	if (!is_ours(speaking, occasion))
		put_off(speaking, occasion,
				present_s < occasion->until_s ? occasion->until_s - present_s + STALE_S
							      : STALE_S);
	else if (is_over(gateway, occasion))
		drop(speaking, gateway, occasion);
	else if (is_in_quiet_hours(speaking, gateway, occasion))
		put_off(speaking, occasion, WAIT_MAX_S);
	else
		say(speaking, gateway, occasion);
}

/* ---------------------------------------------------------------- the schedule */

/* The clock was set: what was put off until a time of the old clock is looked at again. */
static void look_at_clock(struct speaking *speaking)
{
	int64_t now_ahead_ms = ahead_ms(), moved_ms = now_ahead_ms - speaking->ahead_ms;

	speaking->ahead_ms = now_ahead_ms;
	if (moved_ms < CLOCK_SET_MS && moved_ms > -CLOCK_SET_MS)
		return;
	log_info("the clock was set by %" PRId64 " s: looking again at what is due", moved_ms / 1000);
	occasions_hasten(speaking->occasions, NULL);
	announcements_plan(orders_announcements(speaking->orders));
}

static void set_timer(struct speaking *speaking, bool is_more)
{
	int64_t due_s;
	const struct occasion *first = occasions_first(speaking->occasions, &due_s);

	if (first)
		wall_timer_set(speaking->timer, is_more ? 0 : due_s);
	else if (announcements_at(orders_announcements(speaking->orders), 0))
		wall_timer_set(speaking->timer, now_s() + NEVER_S); /* or when the clock is set */
	else
		wall_timer_cancel(speaking->timer);
}

static void on_time(void *user)
{
	struct speaking *speaking = user;
	const struct occasion *first;
	unsigned count = 0;
	int64_t due_s;

	if (!speaking->occasions)
		return;
	speaking->is_looking = true;
	look_at_clock(speaking);
	while (count < AT_ONCE_MAX && (first = occasions_first(speaking->occasions, &due_s)) != NULL &&
			due_s <= now_s()) {
		look_at(speaking, first);
		count++;
	}
	speaking->is_looking = false;
	set_timer(speaking, count == AT_ONCE_MAX);
}

/* The first occasion may be another one than before. */
static void on_change(void *user)
{
	struct speaking *speaking = user;

	if (speaking->occasions && !speaking->is_looking)
		set_timer(speaking, false);
}

void speaking_set(struct speaking *speaking, bool is_on)
{
	speaking->occasions = is_on ? orders_occasions(speaking->orders) : NULL;
	if (speaking->occasions)
		set_timer(speaking, false);
	else
		wall_timer_cancel(speaking->timer);
}

void speaking_ready(struct speaking *speaking, const char *gateway)
{
	if (speaking->occasions)
		occasions_hasten(speaking->occasions, gateway);
}

void speaking_reached(struct speaking *speaking, const char *gateway, const struct message *person)
{
	if (speaking->occasions)
		occasions_hasten_for(speaking->occasions, gateway, person);
}

/* ---------------------------------------------------------------- what the journal says */

void speaking_begun(struct speaking *speaking, const struct message *message)
{
	bool is_planned;

	if (!speaking->occasions || !occasions_find(speaking->occasions, message->id))
		return;
	is_planned = occasions_is_planned(speaking->occasions, message->id);
	occasions_done(speaking->occasions, message->id);
	if (is_planned)
		announcements_over(orders_announcements(speaking->orders), message->id, true);
}

void speaking_foreign(struct speaking *speaking, const struct message *message)
{
	int64_t present_s = now_s();

	if (str_equal(speaking->foreign, message->id) && present_s >= speaking->foreign_s + FOREIGN_S - 1 &&
			present_s < speaking->foreign_s + STALE_S) {
		/* This process still has the lease, so that the entry is an earlier owner's, who said it. */
		speaking->foreign[0] = '\0';
		speaking_begun(speaking, message);
		return;
	}
	snprintf(speaking->foreign, sizeof(speaking->foreign), "%s", message->id);
	speaking->foreign_s = present_s;
}

static void again_of(void *user, struct gateway *gateway)
{
	struct speaking *speaking = user;

	speaking->host.on_again(speaking->host.user, gateway);
}

static void on_again(void *user)
{
	struct speaking *speaking = user;

	gateways_each_ready(speaking->gateways, again_of, speaking);
}

bool speaking_put_back(struct speaking *speaking, const char *gateway, const struct message *message)
{
	struct occasion occasion = {
			.id = message->id, .until_s = (int64_t)(message->until_ms / 1000), .group = ""};
	char command[COMMAND_BYTES];
	const char *words = message->text;
	size_t length = strcspn(words, " ");
	int r;

	if (!speaking->occasions || !message->is_for_author || length >= sizeof(command))
		return false;
	memcpy(command, words, length);
	command[length] = '\0';
	words += length + strspn(words + length, " ");
	if (!occasions_read_due(&words, &occasion.due_s))
		return false;
	occasion.command = command;
	occasion.words = words;
	occasion.is_pressing = true; /* as everything that is for its author alone */
	occasion.place = occasions_place(speaking->occasions, gateway, message);
	occasion.place.is_for_author = true;
	r = occasions_put_back(speaking->occasions, &occasion);
	if (r < 0)
		log_gateway(LOG_LEVEL_WARNING, gateway, "%s dropped: its person could not be reached: %s",
				command, r == -EALREADY ? "refused too often" : strerror(-r));
	return r == 0;
}

void speaking_failed(struct speaking *speaking)
{
	timer_set(speaking->again, AGAIN_MS);
}

/* ---------------------------------------------------------------- what the core asks */

static const char *host_of(void *user, const char *name)
{
	const struct speaking *speaking = user;
	struct gateway *gateway = gateways_find(speaking->gateways, name);

	return gateway && !gateway_head(gateway)->class->is_leased
			       ? speaking->host.host_name(speaking->host.user)
			       : "";
}

static const char *unreachable(void *user, const char *name, const char *channel, uint64_t route)
{
	const struct speaking *speaking = user;
	struct gateway *gateway = gateways_find(speaking->gateways, name);
	const struct message there = {.id = "",
			.channel = channel,
			.author_id = "",
			.author_name = "",
			.account = "",
			.text = "",
			.route = route,
			.is_occasion = true};
	const char *why = NULL;
	int r;

	if (!gateway || !gateway_head(gateway)->class->can_speak)
		return NULL;
	r = gateway_head(gateway)->class->can_speak(gateway, &there, &why);
	if (r == 0 || r == -EREMOTE)
		return NULL;
	return why ? why : r == -EAGAIN ? "I'm not connected there" : "I'm not in that channel";
}

/* A gateway that does not run here is said to be able to do it all. */
static struct wishes_possible possible(void *user, const char *name)
{
	const struct speaking *speaking = user;
	struct gateway *gateway = gateways_find(speaking->gateways, name);
	const struct gateway_class *class = gateway ? gateway_head(gateway)->class : NULL;

	return (struct wishes_possible){.role = !class || class->has_roles,
			.thread = !class || class->has_threads,
			.event = !class || class->has_events};
}

/* ---------------------------------------------------------------- life */

int speaking_new(struct loop *loop, struct gateways *gateways, struct orders *orders,
		const struct speaking_host *host, struct speaking **ret)
{
	struct speaking *speaking = calloc(1, sizeof(*speaking));
	int r;

	if (!speaking)
		return -ENOMEM;
	*speaking = (struct speaking){.loop = loop,
			.gateways = gateways,
			.orders = orders,
			.settings = orders_for_dispatch(orders),
			.host = *host,
			.ahead_ms = ahead_ms()};
	r = wall_timer_new(loop, on_time, speaking, &speaking->timer);
	if (!r) {
		speaking->again = timer_new(loop, on_again, speaking);
		r = speaking->again ? 0 : -ENOMEM;
	}
	if (r < 0) {
		speaking_free(speaking);
		return r;
	}
	orders_set_speech(orders, &(struct orders_speech){.host = {.user = speaking,
									  .on_change = on_change,
									  .host_of = host_of},
						  .now_s = now_s,
						  .unreachable = unreachable,
						  .possible = possible});
	*ret = speaking;
	return 0;
}

void speaking_free(struct speaking *speaking)
{
	if (!speaking)
		return;
	wall_timer_free(speaking->timer);
	timer_free(speaking->again);
	free(speaking);
}
