/* Who is a person: servers, services, bouncers and bots are never answered. */

#include "bot/gateway/irc/person.h"

#include <stdio.h>

#include "tests/unit/irc_script.h"

static void tells_persons_from_machines(void **state)
{
	static const struct {
		const char *source;
		bool on_libera, on_efnet; /* with and without services */
	} cases[] = {
			{"anna!a@host.example", true, true},
			{"anna", true, true}, /* a server that shortens the source */
			{"anna/discord!relay@host.example", true, true}, /* RELAYMSG */
			{"\xc3\xa9va!~eva@host.example", true, true},
			{"irc.example.org", false, false},
			{"hub", false, false}, /* our server, whose name has no dot */
			/* ZNC 1.9: its modules, with any StatusPrefix */
			{"*status!status@znc.in", false, false},
			{"*status!znc@znc.in", false, false},
			{"*playback!playback@znc.in", false, false},
			{"***!znc@znc.in", false, false},
			{"%status!status@znc.in", false, false},
			{"zncstatus!status@znc.in", false, false},
			{"znc!anna@home.example", true, true},
			/* other bouncers */
			{"BouncerServ!BouncerServ@BouncerServ", false, false}, /* soju 0.7 */
			{"-psyBNC!psyBNC@lam3rz.de", false, false},
			{"-bIp!bIp@bip", false, false},
			/* services */
			{"NickServ!NickServ@services.libera.chat", false, false},
			{"NickServ!services@services.oftc.net", false, false},
			{"ChanServ!ChanServ@services.", false, false},
			{"NickServ!NickServ@services.int", false, false}, /* Atheme */
			{"Global!services@services.host", false, false},  /* Anope */
			{"TvBot!bot@services.host", false, false},        /* BotServ of Anope */
			{"NickServ!NickServ@localhost", false, false},    /* Ergo */
			{"MemoServ!service@rizon.net", false, true},
			{"X!cservice@undernet.org", false, true},
			{"HelpServ!service@example.org", false, false}, /* the domain of our server */
			/* persons who are called like a service */
			{"Global!~anna@dsl.example", true, true},
			{"ChanServ!~anna@dsl.example", true, true},
			{"ChanServ!anna@dsl.example", true, true},
			{"ChanServ!chanserv@dsl.example", false, true},
			{"Q!~q@dsl.example", true, true},
			{"observ!~o@dsl.example", true, true},
	};
	struct irc_people libera = {.server = "irc.example.org", .has_services = true};
	struct irc_people efnet = {.server = "irc.example.org"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool is_hub = strcmp(cases[i].source, "hub") == 0;

		snprintf(libera.server, sizeof(libera.server), "%s", is_hub ? "hub" : "irc.example.org");
		memcpy(efnet.server, libera.server, sizeof(efnet.server));
		if (irc_is_person(&libera, cases[i].source) != cases[i].on_libera ||
				irc_is_person(&efnet, cases[i].source) != cases[i].on_efnet)
			fail_msg("%s", cases[i].source);
	}
	assert_false(irc_is_person(&libera, ""));
	assert_false(irc_is_person(&libera, "!@"));
	libera.services = "AuthBot";
	assert_false(irc_is_person(&libera, "AuthBot!service@net.example"));
	assert_true(irc_is_person(&efnet, "AuthBot!service@net.example"));
}

static void knows_configured_bridges(void **state)
{
	static char one[] = "bridge!*@bridge.example", two[] = "relay?!*";
	char *const masks[] = {one, two};
	const struct irc_people people = {.bridges = masks, .bridge_count = 2}, no_bridges = {0};
	const char *name = NULL;
	size_t length = 0;

	(void)state;
	assert_true(irc_is_bridge(&people, "Bridge!~b@bridge.example"));
	assert_true(irc_is_bridge(&people, "relay1!x@y"));
	assert_false(irc_is_bridge(&people, "bridge!b@elsewhere.example"));
	assert_false(irc_is_bridge(&people, "relay!x@y"));
	assert_false(irc_is_bridge(&no_bridges, "bridge!~b@bridge.example"));
	assert_string_equal(irc_bridge_split("<anna> !ping", &name, &length), "!ping");
	assert_int_equal(length, 4);
	assert_memory_equal(name, "anna", 4);
	assert_string_equal(irc_bridge_split("[discord] <a b>  hi", &name, &length), "hi");
	assert_int_equal(length, 3);
	assert_null(irc_bridge_split("<> hi", &name, &length));
	assert_null(irc_bridge_split("!ping", &name, &length));
	assert_null(irc_bridge_split("[discord] !ping", &name, &length));
	assert_null(irc_bridge_split("<anna>", &name, &length));
	assert_null(irc_bridge_split("[", &name, &length));
}

/* On every surface: channel, private message, CTCP, NOTICE. */
static void answers_no_machine_on_any_surface(void **state)
{
	static const char *const machines[] = {"irc.example", "*status!znc@znc.in",
			"NickServ!NickServ@services.example", "BouncerServ!BouncerServ@BouncerServ",
			"bot!~user@host.example"};
	struct script script;
	char line[200];

	(void)state;
	begin_ready(&script);
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		static const char *const texts[] = {"PRIVMSG #tv :!ping", "PRIVMSG bot :!ping",
				"PRIVMSG bot :bot: ping", "PRIVMSG bot :\001VERSION\001", "NOTICE #tv :!ping",
				"NOTICE bot :!ping"};

		for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
			snprintf(line, sizeof(line), ":%s %s\r\n", machines[i], texts[j]);
			server(&script, line);
		}
	}
	server(&script, ":anna!a@host.example NOTICE bot :!ping\r\n");
	assert_string_equal(str_text(&script.heard), "");
	assert_string_equal(str_text(&script.sent), "");
	server(&script, ":anna!a@host.example PRIVMSG #tv :!ping\r\n");
	expect(&script.heard, "#tv anna(~anna) !ping\n");
	end(&script);
}

/* A bridge is answered although it is marked as a bot; those behind it have no rights of its account. */
static void answers_a_configured_bridge(void **state)
{
	static char mask[] = "bridge!*@bridge.example";
	char *const masks[] = {mask};
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, "@bot;account=owner :bridge!~b@bridge.example PRIVMSG #tv :<anna> !ping\n");
	expect(&script.heard, "");
	script.config.bridges = masks;
	script.config.bridge_count = 1;
	assert_int_equal(irc_session_configure(script.session, &script.config, &script.now), 0);
	server(&script, "@bot;account=owner :bridge!~b@bridge.example PRIVMSG #tv :<anna> !ping\n");
	expect(&script.heard, "#tv bridge(~bridge) !ping\n");
	server(&script, "@bot :bridge!~b@bridge.example PRIVMSG #tv :!ping\n"
			":bridge!~b@bridge.example PRIVMSG bot :\001VERSION\001\n"
			":bridge!~b@bridge.example NOTICE #tv :!ping\n");
	expect(&script.heard, "#tv bridge(~bridge) !ping\n");
	expect(&script.sent, "");
	server(&script, "PRIVMSG #tv :!ping\n"); /* without a source */
	expect(&script.heard, "");
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(tells_persons_from_machines),
			cmocka_unit_test(knows_configured_bridges),
			cmocka_unit_test(answers_a_configured_bridge),
			cmocka_unit_test(answers_no_machine_on_any_surface),
	};

	return cmocka_run_group_tests_name("irc_person", tests, NULL, NULL);
}
