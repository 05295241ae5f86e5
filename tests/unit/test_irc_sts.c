/* STS: the capability's value, the policy, and its use with several servers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/irc/servers.h"
#include "bot/store/store.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NOW_MS          1700000000000

static void values(void **state)
{
	static const struct {
		const char *text;
		bool has_port, has_duration;
		unsigned short port;
		uint64_t duration_s;
	} good[] = {
			{"port=6697", true, false, 6697, 0},
			{"duration=10", false, true, 0, 10},
			{"duration=0", false, true, 0, 0},
			{"duration=2592000,port=6697,preload", true, true, 6697, 2592000},
			{"x,y=z,port=1,,=,port", true, false, 1, 0},
			{"port=70000,duration=1", false, true, 0, 1},
			{"port=6697,duration=soon", true, false, 6697, 0},
			{"duration=99999999999999999999999999", false, true, 0, 3153600000},
	};
	static const char *const bad[] = {"", ",", "port", "port=", "port=0", "port=-1", "port=65536",
			"PORT=1", "port=1x", "port= 1", "duration", "duration=", "duration=-1", "preload"};
	struct irc_sts_value value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_int_equal(irc_sts_parse(good[i].text, &value), 0);
		assert_int_equal(value.has_port, good[i].has_port);
		assert_int_equal(value.has_duration, good[i].has_duration);
		assert_int_equal(value.port, good[i].port);
		assert_int_equal(value.duration_s, good[i].duration_s);
	}
	value.port = 7;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(irc_sts_parse(bad[i], &value), -EBADMSG);
	assert_int_equal(value.port, 7);
}

static void found_in_a_list(void **state)
{
	char value[16];

	(void)state;
	assert_true(irc_sts_find("batch sts=port=1 sasl", value, sizeof(value)));
	assert_string_equal(value, "port=1");
	assert_true(irc_sts_find("sts=duration=1", value, sizeof(value)));
	assert_string_equal(value, "duration=1");
	assert_false(irc_sts_find("sts", value, sizeof(value)));
	assert_false(irc_sts_find("sts= x", value, sizeof(value)));
	assert_false(irc_sts_find("xsts=port=1 -sts=port=1", value, sizeof(value)));
	assert_false(irc_sts_find("sts=duration=123456789", value, sizeof(value)));
}

static void a_policy_lasts_from_the_last_disconnect(void **state)
{
	struct irc_sts_value value = {.has_duration = true, .duration_s = 60};
	struct irc_sts_policy policy = {0};

	(void)state;
	assert_false(irc_sts_holds(&policy, NOW_MS));
	irc_sts_learn(&policy, &(struct irc_sts_value){.has_port = true, .port = 1}, 6697, NOW_MS);
	assert_false(irc_sts_holds(&policy, NOW_MS));
	irc_sts_learn(&policy, &value, 6697, NOW_MS);
	assert_true(irc_sts_holds(&policy, NOW_MS + 59999));
	assert_false(irc_sts_holds(&policy, NOW_MS + 60000));
	irc_sts_rebase(&policy, NOW_MS + 50000);
	assert_true(irc_sts_holds(&policy, NOW_MS + 109999));
	assert_false(irc_sts_holds(&policy, NOW_MS + 110000));
	value.duration_s = 0;
	irc_sts_learn(&policy, &value, 6697, NOW_MS);
	assert_false(irc_sts_holds(&policy, NOW_MS));
}

static void stored_as_text(void **state)
{
	static const char *const bad[] = {"", "6697", "6697 1", "6697 1 2 3", "6697 1 2 ", "0 1 2",
			"65536 1 x", "x 1 2", "6697  1 2", "-1 1 2", "1 1111111111111111111 1"};
	struct irc_sts_policy policy = {65535, 3153600000, UINT64_C(9000000000000)}, again;
	char text[IRC_STS_TEXT_BYTES];

	(void)state;
	irc_sts_format(&policy, text);
	assert_string_equal(text, "65535 3153600000 9000000000000");
	assert_int_equal(irc_sts_read(text, &again), 0);
	assert_int_equal(again.port, policy.port);
	assert_int_equal(again.duration_s, policy.duration_s);
	assert_int_equal(again.expires_ms, policy.expires_ms);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(irc_sts_read(bad[i], &again), -EBADMSG);
}

/* ---------------------------------------------------------------- servers */

static char a[] = "a.example", b[] = "b.example", slash[] = "/";

static struct url plain = {.is_stream = true, .host = a, .port = 6667, .path = slash};
static const struct irc_server_list one_plain_server = {&plain, 1};

static void sts_switches_to_tls(void **state)
{
	struct irc_servers servers;
	const struct url *url;

	(void)state;
	irc_servers_init(&servers, &one_plain_server);
	url = irc_servers_url(&servers, true, NULL, NOW_MS);
	assert_false(url->is_tls);
	assert_false(irc_servers_hear_sts(&servers, "duration=60", url, NULL, NOW_MS));
	assert_false(irc_servers_url(&servers, true, NULL, NOW_MS)->is_tls);
	assert_true(irc_servers_hear_sts(&servers, "port=7000", url, NULL, NOW_MS));
	url = irc_servers_url(&servers, true, NULL, NOW_MS);
	assert_true(url->is_tls);
	assert_int_equal(url->port, 7000);
	assert_string_equal(url->host, a);
	/* The port that counts is the one we are on. */
	assert_false(irc_servers_hear_sts(&servers, "duration=60,port=9", url, NULL, NOW_MS));
	irc_servers_rotate(&servers);
	url = irc_servers_url(&servers, true, NULL, NOW_MS + 59000);
	assert_true(url->is_tls);
	assert_int_equal(url->port, 7000);
	assert_false(irc_servers_url(&servers, false, NULL, NOW_MS)->is_tls);       /* ignored */
	assert_true(irc_servers_url(&servers, true, NULL, NOW_MS + 61000)->is_tls); /* tried once more */
	assert_false(irc_servers_url(&servers, true, NULL, NOW_MS + 61000)->is_tls);
}

/* A clock that is set ahead while the bot is connected, or between two processes. */
static void a_clock_set_ahead_is_no_reason_to_give_up_tls(void **state)
{
	const uint64_t ahead_ms = NOW_MS + 10 * 365 * 24 * 3600 * UINT64_C(1000);
	struct url tls = {.is_stream = true, .is_tls = true, .host = a, .port = 7000, .path = slash};
	struct irc_servers servers;

	(void)state;
	irc_servers_init(&servers, &one_plain_server);
	irc_servers_hear_sts(&servers, "duration=60", &tls, NULL, NOW_MS);
	irc_servers_rebase(&servers, NULL, ahead_ms);
	assert_true(irc_servers_url(&servers, true, NULL, ahead_ms + 59000)->is_tls);
	assert_true(irc_servers_url(&servers, true, NULL, ahead_ms + 61000)->is_tls); /* once more */
	assert_false(irc_servers_url(&servers, true, NULL, ahead_ms + 61000)->is_tls);
	irc_servers_hear_sts(&servers, "duration=60", &tls, NULL, NOW_MS);
	assert_true(irc_servers_url(&servers, true, NULL, ahead_ms)->is_tls);
}

static void a_policy_is_kept_whatever_fails(void **state)
{
	struct irc_servers servers;
	struct url tls = {.is_stream = true, .is_tls = true, .host = a, .port = 7000, .path = slash};

	(void)state;
	irc_servers_init(&servers, &one_plain_server);
	irc_servers_hear_sts(&servers, "duration=60", &tls, NULL, NOW_MS);
	for (int i = 0; i < 5; i++) {
		assert_true(irc_servers_url(&servers, true, NULL, NOW_MS)->is_tls);
		assert_false(irc_servers_next(&servers));
	}
}

static void a_policy_survives_in_the_store(void **state)
{
	struct irc_servers servers;
	struct url tls = {.is_stream = true, .is_tls = true, .host = a, .port = 7000, .path = slash};
	char folder[] = "/tmp/episoded-sts-XXXXXX", command[64], *text = NULL;
	struct store *store = NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(store_open(folder, &store), 0);
	irc_servers_init(&servers, &one_plain_server);
	irc_servers_hear_sts(&servers, "duration=60", &tls, store, NOW_MS);
	irc_servers_init(&servers, &one_plain_server); /* a restart */
	assert_true(irc_servers_url(&servers, true, store, NOW_MS + 30000)->is_tls);
	irc_servers_rebase(&servers, store, NOW_MS + 30000);
	irc_servers_init(&servers, &one_plain_server);
	assert_true(irc_servers_url(&servers, true, store, NOW_MS + 89000)->is_tls);
	irc_servers_hear_sts(&servers, "duration=0", &tls, store, NOW_MS);
	assert_int_equal(store_get(store, "irc/sts", a, &text), -ENOENT);
	store_put(store, "irc/sts", a, "nonsense");
	irc_servers_init(&servers, &one_plain_server);
	assert_false(irc_servers_url(&servers, true, store, NOW_MS)->is_tls);
	store_close(store);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void sts_does_not_apply_to_a_websocket(void **state)
{
	struct url websocket = {.host = a, .port = 80, .path = slash};
	const struct irc_server_list config = {&websocket, 1};
	struct irc_servers servers;

	(void)state;
	irc_servers_init(&servers, &config);
	assert_false(irc_servers_hear_sts(&servers, "port=6697,duration=60", &websocket, NULL, NOW_MS));
	assert_false(irc_servers_url(&servers, true, NULL, NOW_MS)->is_tls);
}

/* The current server's. */
static const char *host_of(const struct irc_servers *servers)
{
	struct url url = {0};

	irc_servers_name(servers, &url);
	return url.host;
}

static void all_addresses_of_all_servers_in_turn(void **state)
{
	struct url urls[] = {
			plain, {.is_stream = true, .is_tls = true, .host = b, .port = 6697, .path = slash}};
	const struct irc_server_list config = {urls, 2};
	struct irc_servers servers;
	struct resolve_answer many = {.addresses = {"::1", "::2", "::3", "1.1.1.1"}, .count = 4};
	struct resolve_answer one = {.addresses = {"2.2.2.2"}, .count = 1};
	static const char *const order[] = {"::1", "1.1.1.1", "::2", "::3"};

	(void)state;
	irc_servers_init(&servers, &config);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(host_of(&servers), a);
		assert_string_equal(irc_servers_address(&servers, &many), order[i]);
		assert_true(irc_servers_next(&servers));
	}
	assert_string_equal(host_of(&servers), b);
	assert_string_equal(irc_servers_address(&servers, &one), "2.2.2.2");
	assert_false(irc_servers_next(&servers)); /* the round is over */
	assert_string_equal(host_of(&servers), a);
	assert_true(irc_servers_next(&servers)); /* its name is not known: no address was offered */
	assert_false(irc_servers_next(&servers));

	/* Let in and thrown out: the other server, then the next address. */
	assert_string_equal(irc_servers_address(&servers, &many), "::1");
	irc_servers_rotate(&servers);
	assert_string_equal(host_of(&servers), b);
	irc_servers_rotate(&servers);
	assert_string_equal(host_of(&servers), a);
	assert_string_equal(irc_servers_address(&servers, &many), "1.1.1.1");
}

static struct irc_server_list two_servers(void)
{
	struct irc_server_list list = {.urls = calloc(2, sizeof(*list.urls)), .count = 2};

	assert_non_null(list.urls);
	list.urls[0] = plain;
	list.urls[1] = plain;
	list.urls[1].host = strdup("b.example");
	return list;
}

static void free_servers(struct irc_server_list *list)
{
	free(list->urls[1].host);
	free(list->urls);
}

/* A reload replaces the list of servers by an equal one in other memory: a later reconnect must read the new
 * list. */
static void a_reload_between_two_connections(void **state)
{
	struct irc_server_list old = two_servers(), new = two_servers();
	struct irc_servers servers;

	(void)state;
	irc_servers_init(&servers, &old);
	irc_servers_rotate(&servers);
	assert_string_equal(host_of(&servers), "b.example");

	irc_servers_configure(&servers, &new);
	free_servers(&old);
	assert_string_equal(host_of(&servers), "b.example");
	assert_string_equal(irc_servers_url(&servers, true, NULL, NOW_MS)->host, "b.example");
	free_servers(&new);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(values),
			cmocka_unit_test(found_in_a_list),
			cmocka_unit_test(a_policy_lasts_from_the_last_disconnect),
			cmocka_unit_test(stored_as_text),
			cmocka_unit_test(sts_switches_to_tls),
			cmocka_unit_test(a_clock_set_ahead_is_no_reason_to_give_up_tls),
			cmocka_unit_test(a_policy_is_kept_whatever_fails),
			cmocka_unit_test(a_policy_survives_in_the_store),
			cmocka_unit_test(sts_does_not_apply_to_a_websocket),
			cmocka_unit_test(all_addresses_of_all_servers_in_turn),
			cmocka_unit_test(a_reload_between_two_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
