/* The bot speaks first, on a machine and a network whose clocks differ. */

#include "bot/daemon/speaking.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/config/config.h"
#include "bot/core/occasions.h"
#include "bot/core/rights.h"
#include "bot/daemon/gateways.h"
#include "bot/gateway/gateway.h"
#include "bot/net/loop.h"
#include "bot/net/wall_timer.h"

#define HOUR_S  3600
#define DAY_MS  (24 * HOUR_S * INT64_C(1000))
#define GATEWAY "home"
#define ID      "occasion:1"

/* ---------------------------------------------------------------- a network and timers */

struct speaking_network {
	struct gateway_head head; /* first: the gateway */
	enum gateway_state state;
	int64_t behind_ms; /* of the machine's clock */
	bool is_unknown;   /* it does not tell its time */
	unsigned said;
	uint64_t said_ms; /* the time of the last message */
};

static struct speaking_network network;
static void (*on_time)(void *user);
static void *on_time_user;

static uint64_t network_ms(const struct gateway *gateway)
{
	(void)gateway;
	return network.is_unknown ? 0 : clock_wall_ms() - (uint64_t)network.behind_ms;
}

static void network_status(const struct gateway *gateway, struct gateway_status *ret)
{
	(void)gateway;
	*ret = (struct gateway_status){.state = network.state};
}

static const struct gateway_class network_class = {.status = network_status, .network_ms = network_ms};

struct gateway *gateways_find(const struct gateways *gateways, const char *name)
{
	(void)gateways;
	(void)name;
	return (struct gateway *)(void *)&network;
}

void gateways_each_ready(const struct gateways *gateways,
		void (*on_gateway)(void *user, struct gateway *gateway), void *user)
{
	(void)gateways;
	on_gateway(user, (struct gateway *)(void *)&network);
}

int wall_timer_new(struct loop *loop, void (*on_timer)(void *user), void *user, struct wall_timer **ret)
{
	(void)loop;
	on_time = on_timer;
	on_time_user = user;
	*ret = NULL;
	return 0;
}

void wall_timer_free(struct wall_timer *timer)
{
	(void)timer;
}

void wall_timer_set(struct wall_timer *timer, int64_t time_s)
{
	(void)timer;
	(void)time_s;
}

void wall_timer_cancel(struct wall_timer *timer)
{
	(void)timer;
}

struct timer *timer_new(struct loop *loop, void (*on_timer)(void *user), void *user)
{
	(void)loop;
	(void)on_timer;
	(void)user;
	return malloc(1);
}

void timer_free(struct timer *timer)
{
	free(timer);
}

void timer_set(struct timer *timer, uint64_t delay_ms)
{
	(void)timer;
	(void)delay_ms;
}

/* ---------------------------------------------------------------- the fixture */

struct speech {
	struct orders *orders;
	struct speaking *speaking;
};

static int on_message(void *user, struct gateway *gateway, const struct message *message)
{
	(void)user;
	(void)gateway;
	network.said++;
	network.said_ms = message->time_ms;
	return 0;
}

static void on_again(void *user, struct gateway *gateway)
{
	(void)user;
	(void)gateway;
}

static const struct config *config_of(void *user)
{
	static const struct config config;

	(void)user;
	return &config;
}

static const char *host_name(void *user)
{
	(void)user;
	return "";
}

static void on_order(void *user, enum order order)
{
	(void)user;
	(void)order;
}

static int set_up(void **state)
{
	const struct speaking_host host = {.on_message = on_message,
			.on_again = on_again,
			.config = config_of,
			.host_name = host_name};
	struct speech *speech = calloc(1, sizeof(*speech));

	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_ERROR);
	network = (struct speaking_network){
			.head = {.class = &network_class, .name = GATEWAY}, .state = GATEWAY_READY};
	assert_non_null(speech);
	assert_int_equal(orders_new(on_order, NULL, &speech->orders), 0);
	assert_int_equal(speaking_new(NULL, NULL, speech->orders, &host, &speech->speaking), 0);
	assert_int_equal(orders_open(speech->orders, NULL), 0);
	speaking_set(speech->speaking, true);
	*state = speech;
	return 0;
}

static int tear_down(void **state)
{
	struct speech *speech = *state;

	speaking_free(speech->speaking);
	orders_free(speech->orders);
	free(speech);
	return 0;
}

/* Add what is due so long after the present of the machine, for an hour; and wake up. */
static void be_due(const struct speech *speech, int64_t after_ms)
{
	int64_t due_s = ((int64_t)clock_wall_ms() + after_ms) / 1000;

	assert_int_equal(occasions_add(orders_occasions(speech->orders),
					 &(struct occasion){.id = ID,
							 .due_s = due_s,
							 .until_s = due_s + HOUR_S,
							 .place = {.gateway = GATEWAY,
									 .channel = "#tv",
									 .author_id = "",
									 .author_name = "",
									 .account = "",
									 .extra = "",
									 .host = ""},
							 .command = "reminding",
							 .words = "",
							 .group = ""},
					 NULL),
			0);
	on_time(on_time_user);
}

static bool is_kept(const struct speech *speech)
{
	return occasions_find(orders_occasions(speech->orders), ID) != NULL;
}

/* ---------------------------------------------------------------- tests */

static void test_a_clock_that_is_days_ahead_drops_nothing(void **state)
{
	struct speech *speech = *state;

	network.behind_ms = 3 * DAY_MS;
	be_due(speech, -network.behind_ms - 10000);
	assert_int_equal(network.said, 1);
	/* Or it would be marked as late by three days. */
	assert_true(network.said_ms < clock_wall_ms() - 2 * DAY_MS);
}

static void test_a_clock_that_is_ahead_says_nothing_early(void **state)
{
	struct speech *speech = *state;

	network.behind_ms = 3 * DAY_MS;
	be_due(speech, -network.behind_ms + 1500);
	assert_int_equal(network.said, 0);
	assert_true(is_kept(speech));
}

static void test_clocks_that_agree_say_it_at_once(void **state)
{
	struct speech *speech = *state;

	network.behind_ms = 1000;
	be_due(speech, 0);
	assert_int_equal(network.said, 1);
}

static void test_what_is_over_by_both_clocks_is_not_said(void **state)
{
	struct speech *speech = *state;

	network.behind_ms = 1000;
	be_due(speech, -2 * HOUR_S * 1000);
	assert_int_equal(network.said, 0);
	assert_true(occasions_is_stale(orders_occasions(speech->orders), ID));
}

/* The second look, an hour later. */
static void test_nothing_is_deleted_before_the_network_has_told_its_time(void **state)
{
	struct speech *speech = *state;
	struct occasions *book = orders_occasions(speech->orders);

	network.is_unknown = true;
	network.state = GATEWAY_CONNECTING;
	be_due(speech, -2 * HOUR_S * 1000);
	occasions_put_off(book, ID, 0);
	on_time(on_time_user);
	assert_true(is_kept(speech));
	network.state = GATEWAY_READY; /* a network that does not tell it */
	occasions_put_off(book, ID, 0);
	on_time(on_time_user);
	assert_false(is_kept(speech));
	assert_int_equal(network.said, 0);
}

#define SPEAKING_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			SPEAKING_TEST(test_a_clock_that_is_days_ahead_drops_nothing),
			SPEAKING_TEST(test_a_clock_that_is_ahead_says_nothing_early),
			SPEAKING_TEST(test_clocks_that_agree_say_it_at_once),
			SPEAKING_TEST(test_what_is_over_by_both_clocks_is_not_said),
			SPEAKING_TEST(test_nothing_is_deleted_before_the_network_has_told_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
