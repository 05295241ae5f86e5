/* Servers that turn the bot away: the log names the fix, and the bot does not come back soon. */

#include "bot/gateway/irc/rejection.h"

#include <stdio.h>

#include "tests/unit/irc_script.h"

/* What the servers say before 001, the words of the fix, and whether the bot stays away. */
static void names_the_fix_and_stays_away(void **state)
{
	static const struct {
		const char *server, *lines, *fix;
		bool stays_away;
	} cases[] = {
			{"ircd-hybrid 8.2", "ERROR :Closing Link: 127.0.0.1 (Invalid username [~user])",
					"\"username\"", true},
			{"ngIRCd 27", "ERROR :Invalid user name", "\"username\"", true},
			{"InspIRCd 4", ":s 468 bot USER :Your username is not valid", "\"username\"", true},
			{"Solanum 2026-07", "ERROR :Closing Link: 127.0.0.1 (Bad Password)", "\"password\"",
					true},
			{"ngIRCd 27", "ERROR :Access denied: Bad password?", "\"password\"", true},
			{"UnrealIRCd 6.1.8", ":s 464 bot :Password Incorrect", "\"password\"", true},
			{"ZNC 1.9", ":irc.znc.in 464 bot :Password required", "user/network:password", true},
			{"Ergo 2.15",
					":s FAIL * ACCOUNT_REQUIRED :You must log in with SASL to join this "
					"server",
					"\"sasl\"", true},
			{"UnrealIRCd 6.1.8",
					":s FAIL * ACCOUNT_REQUIRED_TO_CONNECT :An account is required to "
					"connect",
					"\"sasl\"", true},
			{"Solanum 2026-07", "ERROR :Closing Link: 127.0.0.1 (SASL access only)", "\"sasl\"",
					true},
			{"Solanum 2026-07, with the reason in a notice",
					":s NOTICE bot :*** Notice -- You need to identify via SASL to use "
					"this server.\n"
					"ERROR :Closing Link: 127.0.0.1 (Access)",
					"\"sasl\"", true},
			{"Solanum 2026-07", ":s 465 bot :You are banned from this server- K-Lined",
					"lift the ban", true},
			{"Solanum 2026-07", "ERROR :Closing Link: (Banned (listed in a DNSBL))", "blocklist",
					true},
			{"UnrealIRCd 6.1.8", "ERROR :Closing Link: [1.2.3.4] (G-Lined: spam)", "lift the ban",
					true},
			{"ircu2 2.10", "ERROR :Your host is trying to (re)connect too fast -- throttled",
					"waits longer", true},
			{"Solanum 2026-07", "ERROR :Reconnecting too fast, throttled.", "waits longer", true},
			{"ngIRCd 27", "ERROR :Connection refused, too many connections from your IP address",
					"other clients", true},
			{"Solanum 2026-07", "ERROR :Closing Link: (Too many host connections (local))",
					"other clients", true},
			{"ircd-hybrid 8.2",
					"ERROR :Closing Link: (Connection rejected - connection class is "
					"full)",
					"\"urls\"", true},
			{"ircd-hybrid 8.2", "ERROR :Closing Link: (Connection rejected - not authorized)",
					"lift the ban", true},
			{"a passing end", "ERROR :Closing Link: (Server shutting down)", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script;

		begin_with(&script, "bot", NULL, 1);
		server(&script, cases[i].lines);
		if (script.lost != 1 || script.stay_away != cases[i].stays_away ||
				(cases[i].fix && !strstr(str_text(&script.notes), cases[i].fix)))
			fail_msg("%s: %s: %u, %d, %s", cases[i].server, cases[i].lines, script.lost,
					(int)script.stay_away, str_text(&script.notes));
		end(&script);
	}
}

/* The same lines after 001 answer other commands, or come from a person. */
static void is_not_turned_away_by_other_lines(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, ":s 468 bot #tv :Only servers can change that mode\n"
			":s FAIL * ACCOUNT_REQUIRED :no\n:s NOTICE bot :*** You are banned from #films");
	assert_int_equal(script.lost, 0);
	server(&script, "ERROR :Closing Link: (Excess Flood)");
	assert_false(script.stay_away);
	assert_non_null(strstr(str_text(&script.notes), "set \"flood\" to \"safe\""));
	end(&script);
}

/* A long text of the server does not push the fix out of the line. */
static void names_the_fix_after_a_long_text(void **state)
{
	struct script script;
	char line[500];

	(void)state;
	begin_with(&script, "bot", NULL, 1);
	snprintf(line, sizeof(line), "ERROR :K-lined: %0400d", 0);
	server(&script, line);
	assert_non_null(strstr(str_text(&script.notes), "lift the ban"));
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(names_the_fix_and_stays_away),
			cmocka_unit_test(is_not_turned_away_by_other_lines),
			cmocka_unit_test(names_the_fix_after_a_long_text),
	};

	return cmocka_run_group_tests_name("irc_rejection", tests, NULL, NULL);
}
