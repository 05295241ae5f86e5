/* The tokens of a gateway over time: what is asked when, and what each answer leads to. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "bot/base/random.h"
#include "bot/gateway/twitch/grant.h"

#define SECOND_MS 1000u
#define MINUTE_MS (60u * 1000)
#define HOUR_MS   (60u * MINUTE_MS)
#define NOW_MS    (7 * (uint64_t)HOUR_MS) /* the machine runs for some hours already */

static const char *const scopes[] = {"chat:read", "chat:edit", NULL};

/* A grant, its clock, and all that came out of it since the last look. */
struct script {
	struct twitch_grant *grant;
	uint64_t now_ms;
	struct str events, notes;
	struct twitch_stored kept;
	int keep_error;
	unsigned asked, refreshes;
};

static void on_ask(void *user, enum twitch_oauth_call call)
{
	struct script *script = user;

	script->asked++;
	if (call == TWITCH_OAUTH_REFRESH) {
		script->refreshes++;
		if (!script->keep_error)
			assert_true(script->kept.is_refreshing); /* stored before it is sent */
	}
	str_append(&script->events, call == TWITCH_OAUTH_REFRESH ? "refresh? " : "validate? ");
}

static int on_keep(void *user, const struct twitch_stored *stored)
{
	struct script *script = user;

	if (!script->keep_error)
		script->kept = *stored;
	str_printf(&script->events, "keep(%s%s%s) ", stored->tokens.access,
			stored->is_refreshing ? " refreshing" : "", script->keep_error ? " failed" : "");
	return script->keep_error;
}

static void on_usable(void *user)
{
	struct script *script = user;
	const struct twitch_stored *stored = twitch_grant_stored(script->grant);

	assert_true(twitch_grant_is_usable(script->grant));
	str_printf(&script->events, "usable(%s) ", stored->tokens.access);
}

static void on_invalid(void *user, const char *reason, bool is_final)
{
	struct script *script = user;

	assert_false(twitch_grant_is_usable(script->grant));
	str_printf(&script->events, "%s(%s) ", is_final ? "final" : "invalid", reason);
}

static void on_note(void *user, enum log_level level, const char *text)
{
	struct script *script = user;

	str_printf(&script->notes, "%d %s\n", (int)level, text);
}

static void begin_with(struct script *script, bool is_static, bool has_secret, bool is_refreshing)
{
	static const struct twitch_grant_events events = {on_ask, on_keep, on_usable, on_invalid, on_note};
	const struct twitch_grant_config config = {
			"tw", is_static, is_static ? NULL : "abc", has_secret, scopes};
	struct twitch_stored stored = {
			{"a0", "r0", "abc", "77", "bot", "chat:read chat:edit"}, "id0", is_refreshing};

	*script = (struct script){
			.now_ms = NOW_MS, .events = STR(1000000), .notes = STR(1000000), .kept = stored};
	if (is_static)
		stored = (struct twitch_stored){.tokens.access = "a0"};
	assert_int_equal(twitch_grant_new(&config, &events, script, &script->grant), 0);
	twitch_grant_begin(script->grant, &stored, NULL, false, script->now_ms);
}

static void end(struct script *script)
{
	twitch_grant_free(script->grant);
	str_release(&script->events);
	str_release(&script->notes);
}

static void expect(struct script *script, const char *events)
{
	assert_string_equal(str_text(&script->events), events);
	str_clear(&script->events);
}

static void expect_note(struct script *script, const char *words)
{
	if (!strstr(str_text(&script->notes), words))
		fail_msg("no \"%s\" in: %s", words, str_text(&script->notes));
	str_clear(&script->notes);
}

static void tick(struct script *script)
{
	twitch_grant_tick(script->grant, script->now_ms);
}

/* Nothing is due before, and something is due then. */
static void pass(struct script *script, uint64_t delay_ms)
{
	assert_int_equal(twitch_grant_next_ms(script->grant), script->now_ms + delay_ms);
	script->now_ms += delay_ms;
	tick(script);
}

static void validated(struct script *script, uint64_t expires_ms)
{
	const struct twitch_oauth_response response = {.verdict = TWITCH_OAUTH_OK,
			.tokens = {"", "", "abc", "77", "bot", "chat:read chat:edit"},
			.expires_ms = expires_ms};

	twitch_grant_answer(script->grant, TWITCH_OAUTH_VALIDATE, &response, script->now_ms);
}

static void refreshed(struct script *script, const char *access, const char *refresh)
{
	struct twitch_oauth_response response = {.verdict = TWITCH_OAUTH_OK, .expires_ms = 4 * HOUR_MS};

	snprintf(response.tokens.access, sizeof(response.tokens.access), "%s", access);
	snprintf(response.tokens.refresh, sizeof(response.tokens.refresh), "%s", refresh);
	twitch_grant_answer(script->grant, TWITCH_OAUTH_REFRESH, &response, script->now_ms);
}

static void answer(struct script *script, enum twitch_oauth_call call, enum twitch_oauth_verdict verdict)
{
	const struct twitch_oauth_response response = {.verdict = verdict, .reason = "why"};

	twitch_grant_answer(script->grant, call, &response, script->now_ms);
}

/* ---------------------------------------------------------------- a login */

static void validates_then_refreshes_before_the_expiry(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, false, false);
	tick(&script);
	expect(&script, "validate? ");
	validated(&script, 4 * HOUR_MS);
	expect(&script, "usable(a0) ");
	for (int hour = 0; hour < 3; hour++) {
		pass(&script, HOUR_MS);
		expect(&script, "validate? ");
		validated(&script, (3 - (uint64_t)hour) * HOUR_MS);
		expect(&script, "");
	}
	pass(&script, 50 * MINUTE_MS);
	expect(&script, "keep(a0 refreshing) refresh? ");
	refreshed(&script, "a1", "r1");
	expect(&script, "keep(a1) usable(a1) ");
	assert_string_equal(script.kept.tokens.refresh, "r1");
	assert_false(script.kept.is_refreshing);
	pass(&script, HOUR_MS);
	expect(&script, "validate? ");
	end(&script);
}

static void a_refused_access_token_is_refreshed_at_once(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, false, false);
	tick(&script);
	answer(&script, TWITCH_OAUTH_VALIDATE, TWITCH_OAUTH_REFUSED);
	tick(&script);
	expect(&script, "validate? keep(a0 refreshing) refresh? ");
	refreshed(&script, "a1", "r1");
	expect(&script, "keep(a1) usable(a1) ");
	end(&script);
}

static void refused_by_the_chat_although_it_is_valid(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, false, false);
	tick(&script);
	validated(&script, 4 * HOUR_MS);
	expect(&script, "validate? usable(a0) ");
	twitch_grant_refused(script.grant, "another", script.now_ms);
	assert_true(twitch_grant_is_usable(script.grant));
	twitch_grant_refused(script.grant, "a0", script.now_ms);
	expect(&script, "");
	tick(&script);
	validated(&script, 4 * HOUR_MS);
	tick(&script);
	expect(&script, "validate? keep(a0 refreshing) refresh? ");
	refreshed(&script, "a1", "r1");
	expect(&script, "keep(a1) usable(a1) ");

	/* Again, right after: no loop of refreshes, but a pause that grows. */
	for (unsigned i = 0; i < 3; i++) {
		twitch_grant_refused(script.grant, "a1", script.now_ms);
		tick(&script);
		validated(&script, 4 * HOUR_MS);
		tick(&script);
		expect(&script, "validate? ");
		pass(&script, (30u << i) * SECOND_MS);
		expect(&script, "usable(a1) ");
	}
	assert_int_equal(script.refreshes, 1);
	end(&script);
}

static void the_authorization_server_is_down(void **state)
{
	static const unsigned delays[] = {5, 10, 20, 40, 80, 160, 300, 300};
	struct script script;

	(void)state;
	begin_with(&script, false, false, false);
	tick(&script);
	answer(&script, TWITCH_OAUTH_VALIDATE, TWITCH_OAUTH_TROUBLE);
	expect(&script, "validate? usable(a0) "); /* the chat may be there */
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		pass(&script, delays[i] * SECOND_MS);
		expect(&script, "validate? ");
		answer(&script, TWITCH_OAUTH_VALIDATE, TWITCH_OAUTH_DOUBT);
		expect(&script, "");
	}
	assert_string_equal(str_text(&script.notes), "1 cannot validate the token: why; next try in 5 s\n");
	pass(&script, 300 * SECOND_MS);
	validated(&script, HOUR_MS);
	expect_note(&script, "validated again");
	end(&script);
}

static void a_scope_is_missing(void **state)
{
	const struct twitch_oauth_response response = {.verdict = TWITCH_OAUTH_OK,
			.tokens = {"", "", "abc", "77", "bot", "chat:read"},
			.expires_ms = HOUR_MS};
	struct script script;

	(void)state;
	begin_with(&script, false, false, false);
	tick(&script);
	twitch_grant_answer(script.grant, TWITCH_OAUTH_VALIDATE, &response, script.now_ms);
	expect(&script, "validate? final(the token lacks the scope chat:edit: log in again: episoded twitch "
			"login tw) ");
	assert_int_equal(twitch_grant_next_ms(script.grant), UINT64_MAX);
	end(&script);
}

/* ---------------------------------------------------------------- the end of a login */

static void two_calls_must_agree_before_the_end(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, false, false);
	tick(&script);
	validated(&script, 20 * MINUTE_MS);
	pass(&script, 10 * MINUTE_MS);
	str_clear(&script.events);
	answer(&script, TWITCH_OAUTH_REFRESH, TWITCH_OAUTH_REFUSED);
	expect(&script, "");
	pass(&script, 0);
	expect(&script, "validate? ");
	validated(&script, 10 * MINUTE_MS); /* the access token works: stay */
	expect(&script, "");
	expect_note(&script, "1 Twitch refuses the refresh token (why): the bot stays until the access token "
			     "expires in 10 min; "
			     "log in again before: episoded twitch login tw\n");
	pass(&script, 10 * MINUTE_MS);
	expect(&script, "keep(a0 refreshing) refresh? ");
	answer(&script, TWITCH_OAUTH_REFRESH, TWITCH_OAUTH_REFUSED);
	pass(&script, 0);
	answer(&script, TWITCH_OAUTH_VALIDATE, TWITCH_OAUTH_REFUSED);
	expect(&script, "validate? invalid(the access token has expired or was revoked; refreshing it) "
			"final(Twitch refuses the tokens (why): log in again: episoded twitch login tw) ");

	/* Then rarely, and without another word. */
	for (unsigned i = 0; i < 8; i++) {
		pass(&script, (i < 5 ? 1u << i : 24u) * HOUR_MS);
		expect(&script, "keep(a0 refreshing) refresh? ");
		answer(&script, TWITCH_OAUTH_REFRESH, TWITCH_OAUTH_REFUSED);
		expect(&script, "");
	}
	pass(&script, 24 * HOUR_MS);
	refreshed(&script, "a1", "r1");
	expect(&script, "keep(a0 refreshing) refresh? keep(a1) usable(a1) ");
	end(&script);
}

/* ---------------------------------------------------------------- crashes and lost responses */

static void an_interrupted_refresh_is_not_repeated_while_the_access_token_works(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, false, true);
	expect_note(&script, "a refresh of the token was interrupted");
	tick(&script);
	validated(&script, 30 * MINUTE_MS);
	expect(&script, "validate? usable(a0) ");
	pass(&script, 30 * MINUTE_MS); /* not 10 min before */
	expect(&script, "keep(a0 refreshing) refresh? ");
	refreshed(&script, "a1", "r1");
	expect(&script, "keep(a1) usable(a1) ");
	assert_false(script.kept.is_refreshing);
	end(&script);
}

static void an_interrupted_refresh_with_nothing_to_lose(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, false, true);
	tick(&script);
	answer(&script, TWITCH_OAUTH_VALIDATE, TWITCH_OAUTH_REFUSED);
	pass(&script, 0);
	expect(&script, "validate? keep(a0 refreshing) refresh? ");
	answer(&script, TWITCH_OAUTH_REFRESH, TWITCH_OAUTH_REFUSED);
	expect(&script, "final(Twitch refuses the tokens (why; an earlier refresh was interrupted): log in "
			"again: episoded twitch "
			"login tw) ");
	end(&script);
}

static void a_lost_response_is_looked_into_with_another_call(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, false, false);
	tick(&script);
	validated(&script, 30 * MINUTE_MS);
	pass(&script, 20 * MINUTE_MS);
	str_clear(&script.events);
	answer(&script, TWITCH_OAUTH_REFRESH, TWITCH_OAUTH_DOUBT);
	pass(&script, 5 * SECOND_MS);
	validated(&script, 10 * MINUTE_MS - 5 * SECOND_MS);
	expect(&script, "validate? ");
	pass(&script, 10 * MINUTE_MS - 5 * SECOND_MS);
	expect(&script, "keep(a0 refreshing) refresh? ");

	/* Past the expiry there is nothing to lose: retried like any other trouble. */
	answer(&script, TWITCH_OAUTH_REFRESH, TWITCH_OAUTH_DOUBT);
	expect(&script, "invalid(the access token has expired, and Twitch cannot be reached to refresh it) ");
	pass(&script, 10 * SECOND_MS);
	refreshed(&script, "a1", "r1");
	expect(&script, "keep(a0 refreshing) refresh? keep(a1) usable(a1) ");
	end(&script);
}

static void a_refresh_that_was_not_carried_out_is_repeated(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, false, false);
	tick(&script);
	validated(&script, 30 * MINUTE_MS);
	pass(&script, 20 * MINUTE_MS);
	str_clear(&script.events);
	answer(&script, TWITCH_OAUTH_REFRESH, TWITCH_OAUTH_TROUBLE);
	expect(&script, "keep(a0) "); /* no doubt after a crash */
	pass(&script, 5 * SECOND_MS);
	expect(&script, "keep(a0 refreshing) refresh? ");
	end(&script);
}

static void a_confidential_client_has_no_doubt(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, true, true);
	tick(&script);
	validated(&script, 30 * MINUTE_MS);
	pass(&script, 20 * MINUTE_MS);
	answer(&script, TWITCH_OAUTH_REFRESH, TWITCH_OAUTH_DOUBT);
	pass(&script, 5 * SECOND_MS);
	refreshed(&script, "a1", "");
	assert_string_equal(script.kept.tokens.refresh, "r0");
	end(&script);
}

static void the_state_is_not_kept(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, false, false, false);
	tick(&script);
	validated(&script, 30 * MINUTE_MS);
	str_clear(&script.events);
	script.keep_error = -28;
	pass(&script, 20 * MINUTE_MS);
	expect(&script, "keep(a0 refreshing failed) "); /* a crash would lose the new tokens */
	expect_note(&script, "not refreshed while the state is not kept; it is valid for 10 more min");
	for (unsigned i = 1; i < 10; i++) {
		pass(&script, MINUTE_MS);
		expect(&script, "keep(a0 refreshing failed) ");
	}
	pass(&script, MINUTE_MS); /* expired: better in memory than not at all */
	expect(&script, "keep(a0 refreshing failed) refresh? ");
	refreshed(&script, "a1", "r1");
	expect(&script, "keep(a1 failed) usable(a1) ");
	expect_note(&script, "the refreshed token is only in memory");
	end(&script);
}

/* ---------------------------------------------------------------- a token of the configuration */

static void a_static_token_ends_after_two_refusals(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, true, false, false);
	expect(&script, "usable(a0) ");
	tick(&script);
	answer(&script, TWITCH_OAUTH_VALIDATE, TWITCH_OAUTH_REFUSED);
	pass(&script, 2 * SECOND_MS);
	expect(&script, "validate? validate? ");
	answer(&script, TWITCH_OAUTH_VALIDATE, TWITCH_OAUTH_REFUSED);
	expect(&script, "final(Twitch does not accept the token any more: make a token for \"login\" with "
			"the scopes chat:read and "
			"chat:edit, then reload) ");
	pass(&script, HOUR_MS);
	validated(&script, 4 * HOUR_MS);
	expect(&script, "validate? usable(a0) ");
	end(&script);
}

static void a_static_token_warns_an_hour_before_it_expires(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, true, false, false);
	tick(&script);
	validated(&script, 90 * MINUTE_MS);
	pass(&script, 30 * MINUTE_MS);
	expect_note(&script, "1 \"token\" expires in 60 min: make a token");
	pass(&script, 30 * MINUTE_MS);
	validated(&script, 30 * MINUTE_MS);
	assert_string_equal(str_text(&script.notes), "");
	str_clear(&script.events);
	pass(&script, 30 * MINUTE_MS + SECOND_MS);
	answer(&script, TWITCH_OAUTH_VALIDATE, TWITCH_OAUTH_REFUSED);
	pass(&script, 2 * SECOND_MS);
	answer(&script, TWITCH_OAUTH_VALIDATE, TWITCH_OAUTH_REFUSED);
	expect(&script, "validate? validate? invalid(\"token\" has expired: make a token for \"login\" with "
			"the scopes chat:read and "
			"chat:edit, then reload) ");
	assert_int_equal(script.refreshes, 0);
	end(&script);
}

/* ---------------------------------------------------------------- anything for a year */

/* Whatever Twitch answers and whenever this process dies: at most so many requests, no refresh token used twice while
 * there is something to lose, and no state without a next step. */
static void no_sequence_of_answers_makes_a_loop(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct random random;
		struct script script;
		uint64_t hours = 0;

		random_seed(&random, seed);
		begin_with(&script, seed % 5 == 0, seed % 3 == 0, false);
		while (hours < 24 * 30) {
			uint64_t next_ms = twitch_grant_next_ms(script.grant);
			enum twitch_oauth_verdict verdict =
					(enum twitch_oauth_verdict)random_below(&random, 8);

			assert_true(next_ms != UINT64_MAX);
			if (next_ms > script.now_ms) {
				hours += (next_ms - script.now_ms) / HOUR_MS +
					 (random_below(&random, 12) == 0);
				script.now_ms = next_ms;
			}
			str_clear(&script.events);
			str_clear(&script.notes);
			script.keep_error = random_below(&random, 10) == 0 ? -28 : 0;
			tick(&script);
			if (strstr(str_text(&script.events), "refresh? ")) {
				if (verdict == TWITCH_OAUTH_OK)
					refreshed(&script, "a2", "r2");
				else
					answer(&script, TWITCH_OAUTH_REFRESH, verdict);
			} else if (strstr(str_text(&script.events), "validate? ")) {
				if (verdict == TWITCH_OAUTH_OK)
					validated(&script, random_below(&random, 5) * HOUR_MS + MINUTE_MS);
				else
					answer(&script, TWITCH_OAUTH_VALIDATE, verdict);
			}
			if (random_below(&random, 20) == 0)
				twitch_grant_refused(script.grant,
						twitch_grant_stored(script.grant)->tokens.access,
						script.now_ms);
		}
		/* On the average one a minute, even if every second answer is trouble. */
		if (script.asked > 24 * 30 * 60)
			fail_msg("seed %u: %u requests", (unsigned)seed, script.asked);
		end(&script);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(validates_then_refreshes_before_the_expiry),
			cmocka_unit_test(a_refused_access_token_is_refreshed_at_once),
			cmocka_unit_test(refused_by_the_chat_although_it_is_valid),
			cmocka_unit_test(the_authorization_server_is_down),
			cmocka_unit_test(a_scope_is_missing),
			cmocka_unit_test(two_calls_must_agree_before_the_end),
			cmocka_unit_test(an_interrupted_refresh_is_not_repeated_while_the_access_token_works),
			cmocka_unit_test(an_interrupted_refresh_with_nothing_to_lose),
			cmocka_unit_test(a_lost_response_is_looked_into_with_another_call),
			cmocka_unit_test(a_refresh_that_was_not_carried_out_is_repeated),
			cmocka_unit_test(a_confidential_client_has_no_doubt),
			cmocka_unit_test(the_state_is_not_kept),
			cmocka_unit_test(a_static_token_ends_after_two_refusals),
			cmocka_unit_test(a_static_token_warns_an_hour_before_it_expires),
			cmocka_unit_test(no_sequence_of_answers_makes_a_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
