/* Hours of faults on Twitch in virtual time: lost messages, lost confirmations, broken connections, moves to other
 * servers. Every question is completed once, and no answer is seen twice. */

#include "tests/unit/twitch_script.h"

#include "bot/base/random.h"

#define HOURS_MS  (2 * 60 * 60 * 1000ull)
#define STEP_MS   200
#define ASKED_MAX 8000
#define LATE_MS   (30 * 1000) /* Twitch refuses the same words for so long */

struct asked {
	unsigned settled, read; /* how often */
};

/* The simulated Twitch. */
struct storm {
	struct script script;
	struct random random;
	struct asked asked[ASKED_MAX];
	size_t asked_count, answered;
	bool is_up[TWITCH_LINKS], is_in[TWITCH_LINKS];
	char last_text[200];
	uint64_t last_ms; /* when it was said */
	unsigned moves, breaks, lost, unconfirmed, refused;
};

static bool chance(struct storm *storm, unsigned in_a_thousand)
{
	return random_below(&storm->random, 1000) < in_a_thousand;
}

static void connection(struct storm *storm, size_t link, bool is_up)
{
	struct script *script = &storm->script;

	storm->is_up[link] = is_up;
	storm->is_in[link] = false;
	if (!is_up) {
		twitch_session_close(script->session, link, &script->now);
		return;
	}
	twitch_session_open(script->session, link, &script->now);
	server_on(script, link, WELCOME);
}

/* "answer 12": a message that arrived at Twitch over a connection. */
static void arrive(struct storm *storm, size_t link, const char *text, const char *nonce)
{
	struct script *script = &storm->script;
	char line[200];
	long number;

	if (strcmp(text, storm->last_text) == 0 && script->now.ms - storm->last_ms < LATE_MS) {
		storm->refused++;
		server_on(script, link, "@msg-id=msg_duplicate :tmi.twitch.tv NOTICE #tv :identical");
		return;
	}
	snprintf(storm->last_text, sizeof(storm->last_text), "%s", text);
	storm->last_ms = script->now.ms;
	assert_int_equal(str_to_long(text + strlen("answer "), 0, ASKED_MAX, &number), 0);
	storm->asked[number].read++;
	if (chance(storm, 60)) {
		storm->unconfirmed++;
		return;
	}
	snprintf(line, sizeof(line), "@client-nonce=%s;mod=0 :tmi.twitch.tv USERSTATE #tv", nonce);
	server_on(script, link, line);
}

/* One line of the bot's. */
static void hear(struct storm *storm, size_t link, char *line)
{
	char *message = strstr(line, "PRIVMSG #tv :");

	if (!storm->is_up[link])
		return;
	if (strcmp(line, "JOIN #tv") == 0) {
		seat(&storm->script, link, "#tv", "");
		storm->is_in[link] = true;
	} else if (strcmp(line, "PING episoded") == 0) {
		server_on(&storm->script, link, ":tmi.twitch.tv PONG tmi.twitch.tv :episoded");
	} else if (message) {
		assert_true(storm->is_in[link]);
		if (chance(storm, 60))
			storm->lost++;
		else
			arrive(storm, link, message + strlen("PRIVMSG #tv :"), storm->script.nonce);
	}
}

/* Process all that the bot has sent, and its reactions to the replies. */
static void hear_all(struct storm *storm)
{
	while (storm->script.sent.length > 0) {
		char *text = str_copy(str_text(&storm->script.sent)), *rest = NULL;

		str_clear(&storm->script.sent);
		for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			hear(storm, (size_t)(line[0] - '0'), line + strlen("0> "));
		free(text);
	}
}

static void settle_all(struct storm *storm)
{
	char *text = str_copy(str_text(&storm->script.settled)), *rest = NULL;

	str_clear(&storm->script.settled);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *end = strchr(line, ' ');
		long number;

		storm->answered += end == NULL;
		if (end)
			*end = '\0';
		assert_int_equal(str_to_long(line, 0, ASKED_MAX, &number), 0);
		storm->asked[number].settled++;
	}
	free(text);
}

static void ask(struct storm *storm)
{
	char id[20], text[40];

	if (storm->asked_count == ASKED_MAX)
		return;
	snprintf(id, sizeof(id), "%zu", storm->asked_count);
	snprintf(text, sizeof(text), "answer %zu", storm->asked_count);
	if (say(&storm->script, "#tv", id, text) == 0)
		storm->asked_count++;
}

static void weather(struct storm *storm)
{
	struct script *script = &storm->script;
	size_t current = twitch_chat_current(twitch_session_chat(script->session)), other = 1 - current;

	if (chance(storm, 1) && storm->is_up[current]) {
		storm->breaks++;
		connection(storm, current, false);
	}
	if (chance(storm, 1) && storm->is_up[current] && !storm->is_up[other]) {
		unsigned before = script->renewed;

		storm->moves++;
		server_on(script, current, ":tmi.twitch.tv RECONNECT");
		assert_int_equal(script->renewed, before + 1);
		connection(storm, other, true);
	}
	if (!storm->is_up[0] && !storm->is_up[1] && chance(storm, 500))
		connection(storm, 0, true);
	/* What the session has let go of is gone. */
	for (size_t link = 0; link < TWITCH_LINKS; link++) {
		char gone[20];

		snprintf(gone, sizeof(gone), "let go %zu\n", link);
		if (strstr(str_text(&script->notes), gone))
			storm->is_up[link] = storm->is_in[link] = false;
	}
	str_clear(&script->notes);
}

static void completes_every_question_once(void **state)
{
	static struct storm storm;
	uint64_t end_ms;

	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		size_t twice = 0;

		memset(&storm, 0, sizeof(storm));
		random_seed(&storm.random, seed);
		begin_with(&storm.script, 1, false);
		storm.is_up[0] = true;
		server(&storm.script, WELCOME);
		hear_all(&storm);
		end_ms = storm.script.now.ms + HOURS_MS;
		while (storm.script.now.ms < end_ms + 10 * 60 * 1000) {
			pass(&storm.script, STEP_MS);
			hear_all(&storm); /* before a connection breaks over it */
			if (storm.script.now.ms < end_ms) {
				weather(&storm);
				if (chance(&storm, 60))
					ask(&storm);
			} else if (!storm.is_up[0] && !storm.is_up[1]) {
				connection(&storm, 0, true);
			}
			hear_all(&storm);
			settle_all(&storm);
		}
		for (size_t i = 0; i < storm.asked_count; i++) {
			assert_int_equal(storm.asked[i].settled, 1);
			assert_true(storm.asked[i].read <= 2);
			twice += storm.asked[i].read == 2;
		}
		/* There were faults, and nevertheless: */
		assert_true(storm.breaks > 5 && storm.moves > 5 && storm.lost > 50);
		assert_true(storm.unconfirmed > 50 && storm.refused > 40);
		assert_true(storm.asked_count > 1500);
		assert_true(storm.answered * 100 > storm.asked_count * 97);
		assert_true(twice * 1000 <= storm.asked_count * 2);
		end(&storm.script);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(completes_every_question_once)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
