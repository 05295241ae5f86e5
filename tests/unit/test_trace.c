/* The trace: its lines in both directions, and what never stands in them. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/base/trace.h"
#include "bot/gateway/discord/wire.h"
#include "bot/irc/wire.h"

#define BYTES(text) (text), sizeof(text) - 1

static char path[32];

static int set_up(void **state)
{
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_trace_XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return -1;
	close(fd);
	return unlink(path);
}

static int tear_down(void **state)
{
	(void)state;
	trace_close();
	unlink(path);
	return 0;
}

/* The whole file; the caller frees. */
static char *read_all(void)
{
	char *text = calloc(1, 100000);
	FILE *file = fopen(path, "r");

	assert_non_null(text);
	assert_non_null(file);
	assert_true(fread(text, 1, 99999, file) > 0);
	fclose(file);
	return text;
}

static void trace_event(const char *const *secrets, size_t count, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

static void trace_event(const char *const *secrets, size_t count, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	trace_vevent("home", -1, 7, secrets, count, format, arguments);
	va_end(arguments);
}

static void test_an_event_is_one_line_without_secrets(void **state)
{
	const char *secrets[] = {NULL, "hunter2"};
	char *text;

	(void)state;
	trace_event(secrets, 2, "not written: the trace is off");
	assert_int_equal(trace_open(path, NULL, 0), 0);
	trace_event(secrets, 2, "closed: %s\n%u", "no hunter2 here", 3u);
	trace_event(NULL, 0, "%0*d", TRACE_EVENT_MAX_BYTES + 100, 0);
	trace_close();
	text = read_all();
	assert_non_null(strstr(text, " home#7 = closed: no " TRACE_SECRET " here\\x0a3\n"));
	assert_null(strstr(text, "not written"));
	assert_int_equal(strspn(strstr(text, " = 0") + 3, "0"), TRACE_EVENT_MAX_BYTES - 1);
	free(text);
}

static void test_a_line_comes_back_as_the_bytes_of_the_wire(void **state)
{
	static const char wire[] = ":a!b@c PRIVMSG #tv :\x01 \xff\xc3\xa4\\x00 \xc2\x9b \n\r\t\\ "
				   "\xf0\x9f\x98\x80 \xe2\x80\xae";
	struct trace_line line;
	struct stat status;
	char *text;

	(void)state;
	assert_int_equal(trace_open(path, NULL, 0), 0);
	trace_write("home", 3, 12, TRACE_IN, wire, sizeof(wire)); /* the NUL at the end too */
	trace_close();
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	text = read_all();
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	for (const char *at = text; *at != '\n'; at++)
		assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
	assert_non_null(strstr(
			text, " home/3#12 < :a!b@c PRIVMSG #tv :\\x01 \\xff\xc3\xa4\\\\x00 \\xc2\\x9b "));
	assert_int_equal(trace_parse(text, strlen(text) - 1, &line), 0);
	assert_string_equal(line.gateway, "home");
	assert_int_equal(line.shard, 3);
	assert_int_equal(line.connection, 12);
	assert_int_equal(line.direction, TRACE_IN);
	assert_true(line.wall_ms > 1700000000000);
	assert_int_equal(line.text.length, sizeof(wire));
	assert_memory_equal(line.text.bytes, wire, sizeof(wire));
	str_release(&line.text);
	free(text);
}

static void test_only_the_named_gateways_are_traced(void **state)
{
	char home[] = "home", lobby[] = "lobby", *names[] = {home, lobby}, *text;

	(void)state;
	assert_false(trace_is_on);
	assert_false(trace_wants("home"));
	assert_int_equal(trace_open(path, names, 2), 0);
	assert_true(trace_is_on);
	assert_true(trace_wants("home") && trace_wants("lobby") && !trace_wants("hom") &&
			!trace_wants("homes"));
	trace_write("other", -1, 1, TRACE_OUT, BYTES("one"));
	trace_write("home", -1, 1, TRACE_OUT, BYTES("two"));
	trace_close();
	assert_false(trace_is_on);
	text = read_all();
	assert_null(strstr(text, "one"));
	assert_non_null(strstr(text, " home#1 > two\n"));
	free(text);
}

static void test_what_cannot_be_opened_leaves_the_trace_off(void **state)
{
	(void)state;
	assert_int_equal(trace_open("/nonexistent/trace", NULL, 0), -ENOENT);
	assert_false(trace_is_on);
	assert_int_equal(trace_open("/tmp", NULL, 0), -EISDIR);
	assert_int_equal(symlink("/tmp/elsewhere", path), 0);
	assert_int_equal(trace_open(path, NULL, 0), -ELOOP); /* nobody makes the bot write elsewhere */
	assert_false(trace_is_on);
}

static void test_what_is_no_line_of_a_trace_is_refused(void **state)
{
	static const char *const broken[] = {"", "hello", "2026-11-29T17:30:01.123Z",
			"2026-11-29T17:30:01.123Z home < a", "2026-11-29T17:30:01.123Z home#x < a",
			"2026-11-29T17:30:01.123Z #1 < a", "2026-11-29T17:30:01.123Z home#1 ? a",
			"2026-11-29T17:30:01.123Z home#1 <a", "2026-11-29T17:30:01.123Z home/#1 < a",
			"2026-11-29T17:30:01.123Z home#1 < \\x0", "2026-11-29T17:30:01.123Z home#1 < \\",
			"2026-11-29T17:30:01.123Z home#1 < \\y00", "2026-13-29T17:30:01.123Z home#1 < a",
			"2026-11-29T17:30:01.123Z home#99999999999999999999 < a"};
	struct trace_line line;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(trace_parse(broken[i], strlen(broken[i]), &line), -EBADMSG);
}

/* ---------------------------------------------------------------- secrets */

static void assert_irc(const char *line, const char *expected)
{
	const char *const secrets[] = {"hunter2", NULL, ""};
	struct str shown = STR(1000);

	irc_wire_show(&shown, line, strlen(line), secrets, 3);
	assert_string_equal(str_text(&shown), expected);
	str_release(&shown);
}

static void test_irc_shows_no_login(void **state)
{
	(void)state;
	assert_irc("PASS other", "PASS [secret]");
	assert_irc("pass  oauth:abc def", "pass  [secret]");
	assert_irc("AUTHENTICATE PLAIN", "AUTHENTICATE PLAIN");
	assert_irc("AUTHENTICATE +", "AUTHENTICATE +");
	assert_irc("AUTHENTICATE *", "AUTHENTICATE *");
	assert_irc("AUTHENTICATE Ym90AGJvdABodW50ZXIy", "AUTHENTICATE [secret]");
	assert_irc(":irc.example.org AUTHENTICATE cj1hYmM=", ":irc.example.org AUTHENTICATE [secret]");
	assert_irc("@time=x;a=hunter2 :s AUTHENTICATE cj1hYmM=",
			"@time=x;a=[secret] :s AUTHENTICATE [secret]");
	assert_irc(":s 464 bot :Bad password hunter2, or hunter23",
			":s 464 bot :Bad password [secret], or [secret]3");
	assert_irc("PRIVMSG #tv :PASS me the salt", "PRIVMSG #tv :PASS me the salt");
	assert_irc("PASS", "PASS");
	assert_irc("", "");
}

static void assert_discord(const char *payload, const char *expected)
{
	struct str shown = STR(1000);

	discord_wire_show(&shown, payload, strlen(payload), "abc.def");
	assert_string_equal(str_text(&shown), expected);
	str_release(&shown);
}

static void test_discord_shows_no_token(void **state)
{
	(void)state;
	assert_discord("{\"op\":2,\"d\":{\"token\":\"abc.def\",\"intents\":1}}",
			"{\"op\":2,\"d\":{\"token\":\"[secret]\",\"intents\":1}}");
	assert_discord("{\"d\":{\"token\" :\n\"aW50\\\"x\", \"type\":2}}",
			"{\"d\":{\"token\" :\n\"[secret]\", \"type\":2}}");
	assert_discord("{\"content\":\"the \\\"token\\\": \\\"x\\\" abc.def\",\"a\":[{\"token\":\"y\"}]}",
			"{\"content\":\"the \\\"token\\\": \\\"x\\\" "
			"[secret]\",\"a\":[{\"token\":\"[secret]\"}]}");
	assert_discord("{\"token\":null,\"tokens\":\"t\",\"x\":\"token\"}",
			"{\"token\":null,\"tokens\":\"t\",\"x\":\"token\"}");
	assert_discord("{\"token\":\"cut o", "{\"token\":\"[secret]\"");
	assert_discord("{\"token\"", "{\"token\"");
	assert_discord("\"\\", "\"\\");
}

static void assert_path(const char *request, const char *expected)
{
	struct str shown = STR(1000);

	discord_wire_show_path(&shown, request, "abc.def");
	assert_string_equal(str_text(&shown), expected);
	str_release(&shown);
}

static void test_discord_shows_no_token_in_a_path(void **state)
{
	(void)state;
	assert_path("/channels/10/messages?limit=5", "/channels/10/messages?limit=5");
	assert_path("/interactions/1/aW50/callback?with_response=true",
			"/interactions/1/[secret]/callback?with_response=true");
	assert_path("/webhooks/2/aW50/messages/@original", "/webhooks/2/[secret]/messages/@original");
	assert_path("/webhooks/2/aW50", "/webhooks/2/[secret]");
	assert_path("/webhooks/2", "/webhooks/2");
	assert_path("/x/abc.def/y", "/x/[secret]/y");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(
					test_an_event_is_one_line_without_secrets, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					test_a_line_comes_back_as_the_bytes_of_the_wire, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					test_only_the_named_gateways_are_traced, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					test_what_cannot_be_opened_leaves_the_trace_off, set_up, tear_down),
			cmocka_unit_test(test_what_is_no_line_of_a_trace_is_refused),
			cmocka_unit_test(test_irc_shows_no_login),
			cmocka_unit_test(test_discord_shows_no_token),
			cmocka_unit_test(test_discord_shows_no_token_in_a_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
