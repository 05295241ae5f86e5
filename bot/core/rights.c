/* Owners and owner commands. */

#include "bot/core/rights.h"
#include "bot/core/owner_advice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/catalogue/catalogue.h"
#include "bot/core/announcements.h"
#include "bot/core/person_zone.h"
#include "bot/core/progress.h"
#include "bot/core/quiet_hours.h"
#include "bot/core/reminders.h"
#include "bot/store/store.h"

#define AREA_BYTES    64
#define AREA_CHANNELS "channels/" /* and the gateway's name */
#define AREA_CLUSTER  "cluster"
#define KEY_RELOAD    "reload" /* counts the owners' !reload commands */
#define IS_IN         "in"
#define IS_OUT        "out"

struct orders {
	void (*on_order)(void *user, enum order order);
	void *user;
	struct store *store;
	struct settings *settings; /* NULL until orders_open() */
	struct progress *progress; /* the same, and these: */
	struct occasions *occasions;
	struct announcements *announcements;
	struct orders_speech speech;
	const struct config *config;
	const struct catalogue *catalogue;
	const struct request_reload *reloaded;
	char zone[ZONE_NAME_BYTES]; /* of the person in a terminal */
};

/* ---------------------------------------------------------------- owners */

bool orders_is_owner(const struct gateway_config *gateway, const struct message *message)
{
	for (size_t i = 0; i < gateway->owners.count; i++) {
		const struct config_owner *owner = &gateway->owners.list[i];

		if (owner->kind == OWNER_ACCOUNT && *message->account &&
				str_equal_nocase(owner->text, message->account))
			return true;
		if (owner->kind == OWNER_FINGERPRINT && message->fingerprint &&
				str_equal(owner->text, message->fingerprint))
			return true;
		if (owner->kind == OWNER_EVERYBODY)
			return true;
		if (owner->kind == OWNER_USER_ID && str_equal(owner->text, message->author_id))
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- channels */

/* On other networks the bot is in the channels to which it was invited. */
static bool has_orders(const struct gateway_config *gateway)
{
	return gateway->network->is_channel != NULL;
}

static void make_area(const struct gateway_config *gateway, struct str *area)
{
	*area = STR(AREA_BYTES);
	str_printf(area, AREA_CHANNELS "%s", gateway->name);
}

static bool has_channel(const struct config_channels *channels, const char *name, size_t *ret)
{
	for (size_t i = 0; i < channels->count; i++) {
		if (str_equal_nocase(channels->names[i], name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

struct applying {
	struct gateway_wanted *wanted;
	bool is_told; /* log which configured channels are left out */
	int error;
};

static void on_kept_channel(void *user, const char *channel, const char *value)
{
	struct applying *applying = user;
	struct config_channels *channels = &applying->wanted->channels;
	char **list;
	size_t at;

	if (has_channel(channels, channel, &at)) {
		if (str_equal(value, IS_IN))
			return;
		if (applying->is_told)
			log_gateway(LOG_LEVEL_INFO, applying->wanted->config->name,
					"not joining %s: an owner used !part; !join undoes it",
					channels->names[at]);
		free(channels->names[at]);
		channels->names[at] = channels->names[--channels->count];
		return;
	}
	if (!str_equal(value, IS_IN) || channels->count >= CONFIG_CHANNELS_MAX)
		return;
	list = realloc(channels->names, (channels->count + 1) * sizeof(*list));
	if (!list) {
		applying->error = -ENOMEM;
		return;
	}
	channels->names = list;
	list[channels->count] = str_copy(channel);
	if (list[channels->count])
		channels->count++;
	else
		applying->error = -ENOMEM;
}

static int apply(const struct orders *orders, const struct gateway_config *config, bool is_told,
		struct gateway_wanted *ret)
{
	struct applying applying = {.wanted = ret, .is_told = is_told};
	struct str area;
	int r = config_channels_copy(&config->channels, &ret->channels);

	if (r < 0)
		return r;
	ret->config = gateway_config_ref(config);
	if (!orders->store || !has_orders(config))
		return 0;
	make_area(config, &area);
	/* If the store cannot be read, the configured channels are used. */
	store_each(orders->store, str_text(&area), on_kept_channel, &applying);
	str_release(&area);
	if (applying.error)
		gateway_wanted_release(ret);
	return applying.error;
}

/* Save whether the bot should be in a channel. */
static int keep_channel(const struct orders *orders, const struct gateway_config *gateway,
		const char *channel, bool is_in)
{
	struct gateway_wanted now;
	struct str area;
	char *key;
	size_t at;
	bool was_in;
	int r;

	if (!has_orders(gateway))
		return -ENOTSUP;
	if (!gateway->network->is_channel(channel))
		return -EINVAL;
	if (!orders->store)
		return -EROFS;
	r = apply(orders, gateway, false, &now);
	if (r < 0)
		return r;
	was_in = has_channel(&now.channels, channel, &at);
	gateway_wanted_release(&now);
	if (was_in == is_in)
		return -EEXIST;
	key = str_copy(channel);
	if (!key)
		return -ENOMEM;
	for (char *byte = key; *byte; byte++)
		*byte = *byte >= 'A' && *byte <= 'Z' ? (char)(*byte - 'A' + 'a') : *byte;
	make_area(gateway, &area);
	r = area.error ? area.error : store_keep(orders->store, str_text(&area), key, is_in ? IS_IN : IS_OUT);
	str_release(&area);
	free(key);
	return r;
}

void orders_release(struct gateway_wanted *gateways, size_t count)
{
	while (count > 0)
		gateway_wanted_release(&gateways[--count]);
	free(gateways);
}

int orders_apply(const struct orders *orders, struct gateway_wanted **ret)
{
	size_t count = orders->config->gateway_count, done;
	struct gateway_wanted *gateways = calloc(count + 1, sizeof(*gateways));

	if (!gateways)
		return -ENOMEM;
	for (done = 0; done < count; done++) {
		if (apply(orders, orders->config->gateways[done], true, &gateways[done]) < 0) {
			orders_release(gateways, done);
			return -ENOMEM;
		}
	}
	*ret = gateways;
	return 0;
}

/* ---------------------------------------------------------------- callbacks of dispatch */

static const struct gateway_config *gateway_named(const struct orders *orders, const char *name)
{
	return orders->config ? config_gateway(orders->config, name) : NULL;
}

static bool is_owner(void *user, const char *gateway, const struct message *message)
{
	const struct gateway_config *config = gateway_named(user, gateway);

	return config && orders_is_owner(config, message);
}

static void how_to_own(void *user, const char *gateway, const struct message *message, struct str *ret)
{
	const struct gateway_config *config = gateway_named(user, gateway);

	if (!config)
		return;
	str_append_char(ret, ' ');
	owner_advice(config, message, ret);
}

static bool is_ignored(void *user, const char *gateway, const struct message *message)
{
	const struct orders *orders = user;

	return settings_ignores(orders->settings, gateway, message->author_id);
}

static const struct channel_settings *settings_of(void *user, const char *gateway, const char *channel)
{
	const struct orders *orders = user;

	return settings_find(orders->settings, gateway, channel);
}

static struct progress *progress_of_all(void *user)
{
	const struct orders *orders = user;

	return orders->progress;
}

static struct occasions *occasions_of(void *user)
{
	const struct orders *orders = user;

	return orders->occasions;
}

static struct announcements *announcements_of(void *user)
{
	const struct orders *orders = user;

	return orders->speech.now_s ? orders->announcements : NULL;
}

static const char *unreachable(void *user, const char *gateway, const char *channel, uint64_t route)
{
	const struct orders_speech *speech = &((const struct orders *)user)->speech;

	return speech->unreachable ? speech->unreachable(speech->host.user, gateway, channel, route) : NULL;
}

static struct wishes_possible possible(void *user, const char *gateway)
{
	const struct orders_speech *speech = &((const struct orders *)user)->speech;

	return speech->possible ? speech->possible(speech->host.user, gateway)
				: (struct wishes_possible){true, true, true};
}

static bool zone_of(void *user, const char *gateway, const struct message *author, char ret[ZONE_NAME_BYTES])
{
	const struct orders *orders = user;

	return orders->store && person_zone_get(orders->store, gateway, author, ret) == 0;
}

static int on_zone(void *user, const char *gateway, const struct message *author, const char *zone)
{
	const struct orders *orders = user;

	return orders->store ? person_zone_set(orders->store, gateway, author, zone) : -ENOTSUP;
}

static int on_channel(void *user, const char *gateway, const char *channel, bool is_in)
{
	struct orders *orders = user;
	const struct gateway_config *config = gateway_named(orders, gateway);
	int r = config ? keep_channel(orders, config, channel, is_in) : -ENOTSUP;

	if (r == 0)
		orders->on_order(orders->user, ORDER_CHANNELS);
	return r;
}

/* Other processes with the same state read their files again when they hear of it. */
static void share_reload(const struct orders *orders)
{
	char *before = NULL, count[32];

	if (!orders->store || store_is_local(orders->store))
		return;
	(void)store_get(orders->store, AREA_CLUSTER, KEY_RELOAD, &before);
	snprintf(count, sizeof(count), "%llu", (before ? strtoull(before, NULL, 10) : 0) + 1);
	free(before);
	(void)store_put(orders->store, AREA_CLUSTER, KEY_RELOAD, count);
}

static int on_reload(void *user)
{
	struct orders *orders = user;

	orders->reloaded = NULL;
	share_reload(orders);
	orders->on_order(orders->user, ORDER_RELOAD);
	return 0;
}

static const struct request_reload *reloaded(void *user)
{
	const struct orders *orders = user;

	return orders->reloaded;
}

static int on_ignore(void *user, const char *gateway, const char *who, bool is_to_be)
{
	const struct orders *orders = user;

	return settings_ignore(orders->settings, gateway, who, is_to_be);
}

static const char *ignored(void *user, const char *gateway, size_t index)
{
	const struct orders *orders = user;

	return settings_ignored(orders->settings, gateway, index);
}

/* "on" or "off" of a yes or a no. */
static const char *switch_of(const char *value)
{
	static const char *const words[][2] = {{"yes", "on"}, {"true", "on"}, {"enable", "on"},
			{"enabled", "on"}, {"no", "off"}, {"false", "off"}, {"disable", "off"},
			{"disabled", "off"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_equal_nocase(value, words[i][0]))
			return words[i][1];
	}
	return value;
}

/* "18:00" of "6pm". */
static int hour_of(const char *value, char ret[QUIET_HOURS_BYTES])
{
	int minute;
	size_t length = announcement_read_hour(value, &minute);

	if (!length || value[length])
		return -EINVAL;
	snprintf(ret, QUIET_HOURS_BYTES, "%02d:%02d", minute / 60, minute % 60);
	return 0;
}

static int on_set(void *user, const char *gateway, const char *channel, const char *name, const char *value)
{
	const struct orders *orders = user;
	char zone[ZONE_NAME_BYTES], hours[QUIET_HOURS_BYTES];
	int r;

	if (value && str_equal(name, "warnings"))
		value = switch_of(value);
	if (value && str_equal(name, "quiet")) {
		if (quiet_hours_find(value, hours) < 0)
			return -EINVAL;
		value = hours;
	}
	if (value && str_equal(name, "hour")) {
		if (hour_of(value, hours) < 0)
			return -EINVAL;
		value = hours;
	}
	if (value && str_equal(name, "show")) {
		const struct show *show = catalogue_find(orders->catalogue, value);

		if (!show)
			return -EINVAL;
		value = show->id;
	}
	if (value && str_equal(name, "zone")) {
		if (zone_find(value, zone) < 0)
			return -EINVAL;
		value = zone;
	}
	r = settings_set(orders->settings, gateway, channel, name, value);
	if (r == 0 && orders->announcements)
		announcements_plan(orders->announcements);
	return r;
}

/* ---------------------------------------------------------------- effects */

/* The marks of results in the store. A command that failed may be tried again. */
static const char *const marks[] = {
		[REQUEST_DONE] = STORE_EFFECT_DONE,
		[REQUEST_ALREADY] = "already",
		[REQUEST_WRONG] = "wrong",
		[REQUEST_ELSEWHERE] = "elsewhere",
};
#define MARKS (sizeof(marks) / sizeof(marks[0]))

static void on_effect_begin(void *user, const char *gateway, const char *id)
{
	const struct orders *orders = user;

	if (orders->store)
		store_effect_begin(orders->store, gateway, id);
}

static void on_effect_end(void *user, enum request_result result)
{
	const struct orders *orders = user;

	if (orders->store)
		store_effect_end(orders->store, (size_t)result < MARKS ? marks[result] : NULL);
}

static bool effect(void *user, const char *gateway, const char *id, enum request_result *ret)
{
	const struct orders *orders = user;
	char *mark = NULL;
	bool is_known = false;

	if (!orders->store || store_effect_get(orders->store, gateway, id, &mark) < 0)
		return false;
	for (size_t i = 0; i < MARKS && !is_known; i++) {
		is_known = str_equal(mark, marks[i]);
		if (is_known)
			*ret = (enum request_result)i;
	}
	free(mark);
	return is_known;
}

struct dispatch_orders orders_for_dispatch(struct orders *orders)
{
	return (struct dispatch_orders){
			.user = orders,
			.is_owner = is_owner,
			.how_to_own = how_to_own,
			.is_ignored = is_ignored,
			.settings = settings_of,
			.progress = progress_of_all,
			.occasions = occasions_of,
			.announcements = announcements_of,
			.unreachable = unreachable,
			.possible = possible,
			.zone = zone_of,
			.on_zone = on_zone,
			.on_channel = on_channel,
			.on_reload = on_reload,
			.reloaded = reloaded,
			.ignored = ignored,
			.on_ignore = on_ignore,
			.on_set = on_set,
			.on_effect_begin = on_effect_begin,
			.on_effect_end = on_effect_end,
			.effect = effect,
	};
}

static bool is_owner_of_terminal(void *user, const char *gateway, const struct message *message)
{
	(void)user;
	(void)gateway;
	(void)message;
	return true;
}

static bool zone_of_terminal(
		void *user, const char *gateway, const struct message *author, char ret[ZONE_NAME_BYTES])
{
	const struct orders *orders = user;

	(void)gateway;
	(void)author;
	memcpy(ret, orders->zone, ZONE_NAME_BYTES);
	return *ret != '\0';
}

static int on_zone_of_terminal(
		void *user, const char *gateway, const struct message *author, const char *zone)
{
	struct orders *orders = user;

	(void)gateway;
	(void)author;
	if (str_equal(zone ? zone : "", orders->zone))
		return zone ? -EEXIST : -ENOENT;
	snprintf(orders->zone, sizeof(orders->zone), "%s", zone ? zone : "");
	return 0;
}

struct dispatch_orders orders_for_terminal(struct orders *orders)
{
	struct dispatch_orders ret = orders_for_dispatch(orders);

	ret.is_owner = is_owner_of_terminal;
	ret.zone = zone_of_terminal;
	ret.on_zone = on_zone_of_terminal;
	ret.occasions = NULL; /* a terminal speaks when it is spoken to */
	return ret;
}

const char *const *orders_prefixes(const struct orders *orders)
{
	return settings_prefixes(orders->settings);
}

/* ---------------------------------------------------------------- creating and freeing */

int orders_new(void (*on_order)(void *user, enum order order), void *user, struct orders **ret)
{
	struct orders *orders = calloc(1, sizeof(*orders));

	if (!orders)
		return -ENOMEM;
	orders->on_order = on_order;
	orders->user = user;
	*ret = orders;
	return 0;
}

void orders_free(struct orders *orders)
{
	if (!orders)
		return;
	if (orders->store)
		store_on_heard(orders->store, NULL, NULL);
	settings_free(orders->settings);
	progress_free(orders->progress);
	announcements_free(orders->announcements);
	occasions_free(orders->occasions);
	free(orders);
}

/* Another process has changed a value. */
static void on_heard(void *user, const char *area, const char *key, const char *value)
{
	const struct orders *orders = user;

	if (settings_heard(orders->settings, area, key, value)) {
		announcements_plan(orders->announcements);
		orders->on_order(orders->user, ORDER_TOPICS);
	} else if (progress_heard(orders->progress, area, key, value))
		orders->on_order(orders->user, ORDER_TOPICS);
	else if (occasions_heard(orders->occasions, area, key, value) ||
			announcements_heard(orders->announcements, area, key, value))
		return; /* the book has told its host */
	else if (str_starts(area, AREA_CHANNELS))
		orders->on_order(orders->user, ORDER_CHANNELS);
	else if (str_equal(area, AREA_CLUSTER) && str_equal(key, KEY_RELOAD))
		orders->on_order(orders->user, ORDER_RELOAD);
}

/* Plan what there is to say. */
static void configure_speech(const struct orders *orders)
{
	if (orders->speech.now_s && orders->occasions && orders->catalogue)
		reminders_follow(orders->occasions, orders->catalogue);
	if (orders->speech.now_s && orders->announcements && orders->catalogue)
		announcements_configure(orders->announcements, orders->catalogue, orders->settings,
				orders->speech.now_s);
}

int orders_open(struct orders *orders, struct store *store)
{
	struct orders opened = {0};
	int r = settings_new(store, &opened.settings);

	if (r == 0)
		r = progress_new(store, &opened.progress);
	if (r == 0)
		r = occasions_new(store, &opened.occasions);
	if (r == 0)
		r = announcements_new(store, opened.occasions, &opened.announcements);
	if (r < 0) {
		settings_free(opened.settings);
		progress_free(opened.progress);
		occasions_free(opened.occasions);
		return r;
	}
	settings_free(orders->settings);
	progress_free(orders->progress);
	announcements_free(orders->announcements);
	occasions_free(orders->occasions);
	orders->settings = opened.settings;
	orders->progress = opened.progress;
	orders->occasions = opened.occasions;
	orders->announcements = opened.announcements;
	orders->store = store;
	occasions_attach(orders->occasions, &orders->speech.host);
	configure_speech(orders);
	if (store)
		store_on_heard(store, on_heard, orders);
	return 0;
}

void orders_set_reloaded(struct orders *orders, const struct request_reload *result)
{
	orders->reloaded = result;
}

void orders_configure(struct orders *orders, const struct config *config, const struct catalogue *catalogue)
{
	orders->config = config;
	orders->catalogue = catalogue;
	configure_speech(orders);
}

void orders_set_speech(struct orders *orders, const struct orders_speech *speech)
{
	orders->speech = *speech;
}

struct occasions *orders_occasions(const struct orders *orders)
{
	return orders->occasions;
}

struct announcements *orders_announcements(const struct orders *orders)
{
	return orders->announcements;
}
