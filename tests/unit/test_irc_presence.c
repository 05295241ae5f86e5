/* Who is on the network: by WHOIS, MONITOR and what they do; never another person with the nick. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/str.h"
#include "bot/gateway/irc/presence.h"

#define MINUTE (60 * UINT64_C(1000))

struct fixture {
	struct irc_presence presence;
	struct irc_outbox outbox;
	struct irc_isupport isupport;
	uint64_t now_ms;
	char sent[2000], here[200];
};

static const struct message guest = {.author_id = "~anna", .author_name = "anna", .account = ""};
static const struct message member = {
		.author_id = "annalogin", .author_name = "anna", .account = "annalogin"};

static void on_send(void *user, const char *line, size_t length)
{
	struct fixture *fixture = user;
	size_t at = strlen(fixture->sent);

	assert_true(at + length + 2 < sizeof(fixture->sent));
	snprintf(fixture->sent + at, sizeof(fixture->sent) - at, "%.*s\n", (int)length, line);
}

static void on_here(void *user, const char *id)
{
	struct fixture *fixture = user;

	snprintf(fixture->here, sizeof(fixture->here), "%s", id);
}

static int set_up(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.now_ms = 1000000;
	fixture.presence.on_here = on_here;
	fixture.presence.user = &fixture;
	irc_isupport_init(&fixture.isupport);
	irc_outbox_init(&fixture.outbox, on_send, &fixture);
	irc_outbox_set_flood(&fixture.outbox, IRC_FLOOD_NONE);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	irc_outbox_clear(&fixture->outbox);
	return 0;
}

/* The lines that are sent after so long. */
static void assert_sent(struct fixture *fixture, uint64_t after_ms, const char *lines)
{
	fixture->sent[0] = '\0';
	fixture->now_ms += after_ms;
	irc_presence_run(&fixture->presence, &fixture->isupport, &fixture->outbox, fixture->now_ms);
	irc_outbox_flush(&fixture->outbox, fixture->now_ms);
	assert_string_equal(fixture->sent, lines);
}

static void assert_look(struct fixture *fixture, const struct message *message, int result)
{
	assert_int_equal(irc_presence_look(&fixture->presence, message, IRC_CASEMAP_ASCII, fixture->now_ms),
			result);
}

static void server(struct fixture *fixture, const char *text)
{
	char buffer[IRC_LINE_MAX_BYTES + 1];
	size_t length = strlen(text);
	struct irc_line line;

	assert_true(irc_line_take(&text, &length, buffer, &line));
	irc_presence_line(&fixture->presence, &line, IRC_CASEMAP_ASCII, fixture->now_ms);
}

static void saw(struct fixture *fixture, const char *nick, const char *account)
{
	irc_presence_saw(&fixture->presence, nick, strlen(nick), account, IRC_CASEMAP_ASCII, fixture->now_ms);
}

static void whois(struct fixture *fixture, const char *account)
{
	char text[200];

	server(fixture, ":s 311 bot Anna user host * :name\r\n");
	snprintf(text, sizeof(text), ":s 330 bot Anna %s :is logged in as\r\n", account ? account : "");
	if (account)
		server(fixture, text);
	server(fixture, ":s 318 bot Anna :End\r\n");
}

static void a_nick_in_use_is_the_person_for_some_seconds(void **state)
{
	struct fixture *fixture = *state;

	assert_look(fixture, &guest, -EHOSTDOWN);
	assert_sent(fixture, 0, "WHOIS anna\n");
	assert_null(irc_presence_nick(&fixture->presence, "~anna"));
	whois(fixture, NULL);
	assert_string_equal(fixture->here, "~anna");
	assert_look(fixture, &guest, 0);
	assert_string_equal(irc_presence_nick(&fixture->presence, "~anna"), "anna");
	assert_sent(fixture, IRC_PRESENCE_HERE_MS, "");
	assert_look(fixture, &guest, -EHOSTDOWN);
	assert_sent(fixture, 0, "WHOIS anna\n");
}

static void another_person_with_the_nick_is_not_the_person(void **state)
{
	struct fixture *fixture = *state;

	assert_look(fixture, &member, -EHOSTDOWN);
	assert_sent(fixture, 0, "WHOIS anna\n");
	whois(fixture, "eve");
	assert_look(fixture, &member, -EHOSTDOWN);
	saw(fixture, "anna", "eve");
	saw(fixture, "anna", "");
	assert_string_equal(fixture->here, "");
	saw(fixture, "anna", NULL); /* a JOIN */
	assert_sent(fixture, 5000, "WHOIS anna\n");
	whois(fixture, NULL);
	assert_string_equal(fixture->here, "");
	saw(fixture, "elsewhere", "AnnaLogin");
	assert_string_equal(fixture->here, "annalogin");
	assert_string_equal(irc_presence_nick(&fixture->presence, "annalogin"), "elsewhere");
}

static void a_person_does_not_pretend_to_be_the_server(void **state)
{
	struct fixture *fixture = *state;

	assert_look(fixture, &member, -EHOSTDOWN);
	assert_sent(fixture, 0, "WHOIS anna\n");
	server(fixture, ":eve!e@h 311 bot anna user host * :name\r\n");
	server(fixture, ":eve!e@h 330 bot anna annalogin :is logged in as\r\n");
	server(fixture, ":eve!e@h 318 bot anna :End\r\n");
	assert_look(fixture, &member, -EHOSTDOWN);
}

static void without_monitor_a_person_who_is_away_is_asked_about_seldom(void **state)
{
	struct fixture *fixture = *state;

	assert_look(fixture, &guest, -EHOSTDOWN);
	assert_sent(fixture, 0, "WHOIS anna\n");
	server(fixture, ":s 401 bot anna :No such nick\r\n");
	server(fixture, ":s 318 bot anna :End\r\n");
	assert_sent(fixture, 5 * MINUTE - 1, "");
	assert_sent(fixture, 1, "WHOIS anna\n");
	assert_sent(fixture, 30 * 1000, ""); /* no reply */
	assert_sent(fixture, 10 * MINUTE - 1, "");
	assert_sent(fixture, 1, "WHOIS anna\n");
	server(fixture, ":s 318 bot anna :End\r\n");
	assert_sent(fixture, 3 * 60 * MINUTE, ""); /* the bot looks for them no more */
	assert_int_equal(fixture->presence.count, 0);
	assert_true(irc_presence_next_ms(&fixture->presence) == UINT64_MAX);
}

static void with_monitor_the_server_tells(void **state)
{
	struct fixture *fixture = *state;

	fixture->isupport.has_monitor = true;
	assert_look(fixture, &guest, -EHOSTDOWN);
	assert_sent(fixture, 0, "MONITOR + anna\nWHOIS anna\n");
	server(fixture, ":s 731 bot :anna\r\n");
	server(fixture, ":s 318 bot anna :End\r\n");
	assert_sent(fixture, 59 * MINUTE, "");
	server(fixture, ":s 730 bot :bert!b@h,Anna!a@h\r\n");
	assert_sent(fixture, 0, "WHOIS anna\n");
	whois(fixture, NULL);
	assert_look(fixture, &guest, 0);
	server(fixture, ":s 731 bot :anna\r\n"); /* gone again at once */
	assert_look(fixture, &guest, -EHOSTDOWN);
	server(fixture, ":s 730 bot :anna!a@h\r\n");
	assert_sent(fixture, 5000, "WHOIS anna\n");
	whois(fixture, NULL);
	assert_look(fixture, &guest, 0);
	assert_sent(fixture, IRC_PRESENCE_HERE_MS, "MONITOR - anna\n");
}

static void a_full_list_of_monitor_and_a_full_table_are_no_loss(void **state)
{
	struct fixture *fixture = *state;
	char name[IRC_PRESENCE_MAX + 2][16];

	fixture->isupport.has_monitor = true;
	for (int i = 0; i < IRC_PRESENCE_MAX + 2; i++) {
		const struct message message = {.author_id = name[i], .author_name = name[i], .account = ""};

		snprintf(name[i], sizeof(name[i]), "nick%d", i);
		assert_look(fixture, &message, -EHOSTDOWN);
	}
	assert_int_equal(fixture->presence.count, IRC_PRESENCE_MAX);
	irc_presence_reset(&fixture->presence);
	assert_look(fixture, &guest, -EHOSTDOWN);
	assert_sent(fixture, 0, "MONITOR + anna\nWHOIS anna\n");
	server(fixture, ":s 734 bot 30 anna :Monitor list is full.\r\n");
	server(fixture, ":s 318 bot anna :End\r\n");
	assert_sent(fixture, 5 * MINUTE, "WHOIS anna\n");
}

static void after_a_refused_message_the_person_is_away_for_a_while(void **state)
{
	struct fixture *fixture = *state;

	assert_look(fixture, &guest, -EHOSTDOWN);
	assert_sent(fixture, 0, "WHOIS anna\n");
	whois(fixture, NULL);
	irc_presence_gone(&fixture->presence, "anna", 4, true, IRC_CASEMAP_ASCII, fixture->now_ms);
	assert_look(fixture, &guest, -EHOSTDOWN);
	saw(fixture, "anna", NULL);
	assert_sent(fixture, MINUTE - 1, "");
	assert_sent(fixture, 1, "WHOIS anna\n");
}

#define PRESENCE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			PRESENCE_TEST(a_nick_in_use_is_the_person_for_some_seconds),
			PRESENCE_TEST(another_person_with_the_nick_is_not_the_person),
			PRESENCE_TEST(a_person_does_not_pretend_to_be_the_server),
			PRESENCE_TEST(without_monitor_a_person_who_is_away_is_asked_about_seldom),
			PRESENCE_TEST(with_monitor_the_server_tells),
			PRESENCE_TEST(a_full_list_of_monitor_and_a_full_table_are_no_loss),
			PRESENCE_TEST(after_a_refused_message_the_person_is_away_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
