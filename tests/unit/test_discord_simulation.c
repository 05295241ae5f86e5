/*
 * Four shards against a server with every kind of fault, for thousands of hours of virtual time: no limit is ever
 * exceeded, and once the faults end every shard becomes READY.
 */

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/random.h"
#include "bot/gateway/discord/stream/closing.h"
#include "bot/gateway/discord/stream/identify.h"
#include "bot/gateway/discord/stream/session.h"

#define SHARDS            4
#define CONCURRENCY       2
#define HOUR_MS           (60 * 60 * 1000ull)
#define FAULTY_MS         (150 * HOUR_MS)
#define WELL_MS           (2 * HOUR_MS)
#define HEARTBEAT_MS      41250
#define DAY_MS            (24 * HOUR_MS)
#define IDENTIFIES_MAX    20000
#define SERVER_FORGETS_MS (3 * 60 * 1000)

enum link { LINK_NONE, LINK_ASKED, LINK_OPEN, LINK_CLOSING };

struct world;

/* One shard, and the server's side of it. */
struct peer {
	struct world *world;
	unsigned number;
	struct discord_session *session;

	enum link link;
	uint64_t due_ms; /* time of the server's next action; UINT64_MAX: never */
	bool is_greeted, is_silent, is_resuming, is_in;
	unsigned long_ago; /* sends of this connection */
	uint64_t sends[DISCORD_SESSION_SENDS_MAX];
	uint64_t opened_ms, last_heartbeat_ms;

	unsigned session_number; /* the session that the server remembers, or 0 */
	uint64_t sequence, forget_ms;
	unsigned readies, resumes, failures;
};

struct world {
	uint64_t now_ms;
	struct random random;
	bool is_well;
	struct discord_identify_gate gate;
	struct peer peer[SHARDS];
	uint64_t identified_ms[IDENTIFIES_MAX];
	unsigned identified_shard[IDENTIFIES_MAX];
	size_t identifies;
	unsigned next_session;
};

static bool chance(struct world *world, unsigned percent)
{
	return !world->is_well && random_below(&world->random, 100) < percent;
}

static uint64_t soon(struct world *world, uint64_t most_ms)
{
	return world->now_ms + 1 + random_below(&world->random, most_ms);
}

static void say(struct peer *peer, const char *text)
{
	discord_session_receive(peer->session, text, strlen(text), peer->world->now_ms);
}

/* The server ends the connection. */
static void cut(struct peer *peer, unsigned code)
{
	peer->link = LINK_NONE;
	peer->due_ms = UINT64_MAX;
	peer->is_in = false;
	peer->forget_ms = peer->world->now_ms + SERVER_FORGETS_MS;
	if (discord_closing_verdict(code) == DISCORD_CLOSING_RENEW)
		peer->session_number = 0;
	discord_session_closed(peer->session, code, "cut", peer->world->now_ms);
}

/* ---------------------------------------------------------------- what the session does */

static void on_connect(void *user, const char *url)
{
	struct peer *peer = user;
	struct world *world = peer->world;

	assert_int_equal(peer->link, LINK_NONE);
	peer->is_resuming = url != NULL;
	if (url)
		assert_string_equal(url, "wss://resume.example");
	peer->link = LINK_ASKED;
	peer->is_greeted = peer->is_silent = peer->is_in = false;
	/* Sometimes an attempt never completes. */
	peer->due_ms = chance(world, 10) ? UINT64_MAX : soon(world, 300);
}

static void note_identify(struct peer *peer)
{
	struct world *world = peer->world;
	uint64_t now_ms = world->now_ms;
	size_t i = world->identifies, day = 0;

	assert_true(world->identifies < IDENTIFIES_MAX);
	for (; i > 0 && now_ms - world->identified_ms[i - 1] < DAY_MS; i--) {
		bool is_same = world->identified_shard[i - 1] % CONCURRENCY == peer->number % CONCURRENCY;

		day++;
		if (is_same)
			assert_true(now_ms - world->identified_ms[i - 1] >= 5000);
	}
	assert_true(day < DISCORD_IDENTIFY_TOTAL);
	world->identified_ms[world->identifies] = now_ms;
	world->identified_shard[world->identifies++] = peer->number;
}

static void answer_resume(struct peer *peer, const char *text)
{
	struct world *world = peer->world;
	char expected[64];

	assert_true(peer->is_resuming);
	snprintf(expected, sizeof(expected), "\"session_id\":\"s%u\"", peer->session_number);
	if (peer->session_number && world->now_ms < peer->forget_ms && !chance(world, 20)) {
		assert_non_null(strstr(text, expected));
		peer->is_in = true;
	} else {
		peer->session_number = 0;
	}
	peer->due_ms = soon(world, 2000);
}

/* Now and then the shards have no permit for 10 s: they neither connect nor register, but keep their connections. */
static bool is_mute(const struct world *world)
{
	return world->now_ms / 10000 % 7 == 3;
}

static void on_send(void *user, const char *bytes, size_t length, bool is_register)
{
	struct peer *peer = user;
	struct world *world = peer->world;
	uint64_t *slot = &peer->sends[peer->long_ago++ % DISCORD_SESSION_SENDS_MAX];
	char text[DISCORD_PAYLOAD_MAX_BYTES + 1];

	assert_int_equal(peer->link, LINK_OPEN);
	assert_true(length <= DISCORD_PAYLOAD_MAX_BYTES);
	assert_true(peer->long_ago <= DISCORD_SESSION_SENDS_MAX ||
			world->now_ms - *slot >= DISCORD_SESSION_SENDS_MS);
	*slot = world->now_ms;
	memcpy(text, bytes, length);
	text[length] = '\0';
	assert_int_equal(is_register, !strstr(text, "\"op\":1,"));
	assert_false(is_register && is_mute(world));
	if (strstr(text, "\"op\":1,")) {
		if (peer->last_heartbeat_ms)
			assert_true(world->now_ms - peer->last_heartbeat_ms <= HEARTBEAT_MS);
		peer->last_heartbeat_ms = world->now_ms;
		if (!peer->is_silent)
			say(peer, "{\"op\":11}");
		return;
	}
	assert_true(peer->is_greeted);
	if (strstr(text, "\"op\":6,")) {
		answer_resume(peer, text);
		return;
	}
	assert_non_null(strstr(text, "\"op\":2,"));
	assert_false(peer->is_resuming);
	note_identify(peer);
	peer->session_number = 0;
	peer->due_ms = soon(world, 2000);
}

static void on_drop(void *user, unsigned short code)
{
	struct peer *peer = user;

	peer->is_in = false;
	peer->forget_ms = peer->world->now_ms + SERVER_FORGETS_MS;
	if (!code) {
		peer->link = LINK_NONE;
		peer->due_ms = UINT64_MAX;
		return;
	}
	assert_int_equal(code, DISCORD_CLOSE_OURS);
	assert_int_not_equal(peer->link, LINK_NONE);
	peer->link = LINK_CLOSING;
	/* Some servers never answer a close. */
	peer->due_ms = chance(peer->world, 10) ? UINT64_MAX : soon(peer->world, 500);
}

static int on_event(void *user, const struct discord_frame *frame)
{
	(void)user;
	return frame->event == DISCORD_EVENT_MESSAGE_CREATE && frame->data.length < 4 ? -ENOMEM : 0;
}

static uint64_t ask_connect(void *user, bool is_resume, uint64_t now_ms)
{
	struct peer *peer = user;

	if (is_mute(peer->world))
		return 250;
	return is_resume ? 0 : discord_identify_gate_ask(&peer->world->gate, peer->number, now_ms);
}

static uint64_t ask_register(void *user, bool is_resume, uint64_t now_ms)
{
	const struct peer *peer = user;

	(void)is_resume;
	(void)now_ms;
	return is_mute(peer->world) ? 250 : 0;
}

static void on_identify(void *user, bool is_sent, uint64_t now_ms)
{
	struct peer *peer = user;

	if (is_sent)
		discord_identify_gate_spend(&peer->world->gate, peer->number, now_ms);
	else
		discord_identify_gate_release(&peer->world->gate, peer->number);
}

static void on_ready(void *user, bool is_resumed)
{
	struct peer *peer = user;

	peer->readies += !is_resumed;
	peer->resumes += is_resumed;
}

static void on_lost(void *user, const char *reason, uint64_t delay_ms)
{
	struct peer *peer = user;

	assert_true(*reason != '\0');
	assert_true(delay_ms <= DISCORD_SESSION_BACKOFF_CAP_MS);
	peer->failures++;
}

static void on_failed(void *user, const char *reason)
{
	(void)user;
	fail_msg("it gave up: %s", reason);
}

static const struct discord_session_events events = {on_connect, on_send, on_drop, on_event, ask_connect,
		ask_register, on_identify, on_ready, on_lost, on_failed};

/* ---------------------------------------------------------------- what the server does */

static void greet(struct peer *peer)
{
	peer->is_greeted = true;
	peer->due_ms = UINT64_MAX;
	say(peer, "{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":41250}}");
}

static void dispatch(struct peer *peer, const char *name, const char *data)
{
	char text[400];

	snprintf(text, sizeof(text), "{\"t\":\"%s\",\"s\":%" PRIu64 ",\"op\":0,\"d\":%s}", name,
			++peer->sequence, data);
	say(peer, text);
}

static void let_in(struct peer *peer)
{
	struct world *world = peer->world;
	char data[200];

	peer->due_ms = soon(world, world->is_well ? 20000 : 60000);
	if (peer->is_resuming) {
		peer->is_in = false;
		dispatch(peer, "MESSAGE_CREATE", "{\"id\":\"1\"}");
		if (peer->link != LINK_OPEN)
			return;
		peer->is_in = true;
		dispatch(peer, "RESUMED", "{}");
		return;
	}
	peer->is_in = true;
	peer->session_number = ++world->next_session;
	peer->sequence = 0;
	snprintf(data, sizeof(data),
			"{\"session_id\":\"s%u\",\"resume_gateway_url\":\"wss://"
			"resume.example\",\"user\":{\"id\":\"5\"}}",
			peer->session_number);
	dispatch(peer, "READY", data);
}

/* Accept or refuse IDENTIFY or RESUME. */
static void decide(struct peer *peer)
{
	struct world *world = peer->world;
	bool is_refused = peer->is_resuming && !peer->is_in;

	peer->due_ms = UINT64_MAX;
	if (is_refused) {
		say(peer, "{\"op\":9,\"d\":false}");
	} else if (chance(world, 10)) {
		peer->is_silent = true; /* and never answers */
	} else if (chance(world, 10)) {
		say(peer, "{\"op\":9,\"d\":false}");
	} else if (chance(world, 10)) {
		cut(peer, 4000 + (unsigned)random_below(&world->random, 4));
	} else {
		let_in(peer);
	}
}

static void misbehave(struct peer *peer)
{
	static const unsigned codes[] = {
			0, 1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009, 4999};
	static const char *const words[] = {"{\"op\":7,\"d\":null}", "{\"op\":9,\"d\":true}",
			"{\"op\":9,\"d\":false}",
			"{\"op\":", "{\"op\":0,\"s\":1,\"t\":\"MESSAGE_CREATE\",\"d\":{}}",
			"{\"op\":0,\"t\":\"READY\",\"d\":{}}",
			"{\"op\":10,\"d\":{\"heartbeat_interval\":\"x\"}}", "[]", ""};
	struct world *world = peer->world;

	switch (random_below(&world->random, 4)) {
	case 0: cut(peer, codes[random_below(&world->random, sizeof(codes) / sizeof(codes[0]))]); break;
	case 1:
		peer->is_silent = true;
		peer->due_ms = UINT64_MAX;
		break;
	case 2:
		for (int i = 0; i < 400 && peer->link == LINK_OPEN; i++)
			say(peer, "{\"op\":1,\"d\":null}");
		break;
	default: say(peer, words[random_below(&world->random, sizeof(words) / sizeof(words[0]))]); break;
	}
}

static void serve(struct peer *peer)
{
	struct world *world = peer->world;

	peer->due_ms = UINT64_MAX;
	switch (peer->link) {
	case LINK_NONE: break;
	case LINK_CLOSING:
		peer->link = LINK_NONE;
		discord_session_closed(peer->session, 0, "closed", world->now_ms);
		break;
	case LINK_ASKED:
		if (chance(world, 30)) {
			cut(peer, 0);
			break;
		}
		peer->link = LINK_OPEN;
		peer->long_ago = 0;
		peer->opened_ms = world->now_ms;
		peer->last_heartbeat_ms = 0;
		discord_session_open(peer->session, world->now_ms);
		peer->due_ms = chance(world, 5) ? UINT64_MAX : soon(world, 1000);
		break;
	case LINK_OPEN:
		if (!peer->is_greeted) {
			greet(peer);
		} else if (discord_session_state(peer->session) != DISCORD_SESSION_READY) {
			decide(peer);
		} else {
			peer->due_ms = soon(world, 60000);
			if (chance(world, 15))
				misbehave(peer);
			else
				dispatch(peer, "TYPING_START", "{}");
		}
		break;
	}
}

/* ---------------------------------------------------------------- time */

static void pass(struct world *world, uint64_t until_ms)
{
	while (world->now_ms < until_ms) {
		uint64_t next_ms = until_ms;

		for (int i = 0; i < SHARDS; i++) {
			struct peer *peer = &world->peer[i];
			uint64_t wanted_ms = discord_session_next_ms(peer->session);

			next_ms = wanted_ms < next_ms ? wanted_ms : next_ms;
			next_ms = peer->due_ms < next_ms ? peer->due_ms : next_ms;
		}
		world->now_ms = next_ms > world->now_ms ? next_ms : world->now_ms;
		for (int i = 0; i < SHARDS; i++) {
			if (world->peer[i].due_ms <= world->now_ms)
				serve(&world->peer[i]);
			/* A delay of 0 is due at once, but endless repetition would stop the clock. */
			for (int k = 0; discord_session_next_ms(world->peer[i].session) <= world->now_ms;
					k++) {
				assert_true(k < 4);
				discord_session_tick(world->peer[i].session, world->now_ms);
			}
		}
	}
}

static void begin(struct world *world, uint64_t seed)
{
	memset(world, 0, sizeof(*world));
	world->now_ms = 1000;
	random_seed(&world->random, seed);
	discord_identify_gate_init(&world->gate);
	discord_identify_gate_limit(&world->gate, DISCORD_IDENTIFY_TOTAL, DISCORD_IDENTIFY_TOTAL, 0,
			CONCURRENCY, world->now_ms);
	for (unsigned i = 0; i < SHARDS; i++) {
		struct discord_session_config config = {
				.identity = {.token = "t", .intents = 1, .shard = i, .shard_count = SHARDS},
				.seed = seed * SHARDS + i,
		};

		world->peer[i] = (struct peer){.world = world, .number = i, .due_ms = UINT64_MAX};
		assert_int_equal(discord_session_new(
						 &config, &events, &world->peer[i], &world->peer[i].session),
				0);
		discord_session_start(world->peer[i].session, world->now_ms);
	}
}

static void thousands_of_faulty_hours(void **state)
{
	struct world *world = malloc(sizeof(*world));
	unsigned long readies = 0, resumes = 0, failures = 0;
	size_t identifies = 0;

	(void)state;
	assert_non_null(world);
	for (uint64_t seed = 1; seed <= 10; seed++) {
		begin(world, seed);
		pass(world, FAULTY_MS);
		world->is_well = true;
		pass(world, FAULTY_MS + WELL_MS);
		for (int i = 0; i < SHARDS; i++) {
			struct peer *peer = &world->peer[i];

			assert_int_equal(discord_session_state(peer->session), DISCORD_SESSION_READY);
			readies += peer->readies;
			resumes += peer->resumes;
			failures += peer->failures;
			discord_session_free(peer->session);
		}
		identifies += world->identifies;
	}
	print_message("%d hours of %d shards: %lu connections lost, %zu IDENTIFY, %lu READY, %lu RESUMED\n",
			(int)(10 * FAULTY_MS / HOUR_MS), SHARDS, failures, identifies, readies, resumes);
	assert_true(readies > 100 && resumes > 1000 && failures > 1000);
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(thousands_of_faulty_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
