/* What a lobby keeps over a restart: the histories and their form in the store, and whose private messages are whose. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/lobby/chat_guest.h"
#include "bot/gateway/lobby/history.h"
#include "bot/gateway/lobby/history_record.h"
#include "tests/unit/lobby_world.h"

#define KEPT_MAX 512
#define TOKEN    "0123456789abcdefghij"
#define CAPS     "message-tags batch draft/chathistory echo-message server-time"

/* The store of these tests: keys and values. */
static struct kept {
	char *key, *value;
} kept[KEPT_MAX];
static size_t kept_count;

static size_t find_kept(const char *key)
{
	size_t i = 0;

	while (i < kept_count && strcmp(kept[i].key, key) != 0)
		i++;
	return i;
}

static void on_added(void *user, const char *place, const struct history_entry *entry)
{
	struct str key = STR(HISTORY_KEY_MAX_BYTES), value = STR(HISTORY_VALUE_MAX_BYTES);

	(void)user;
	history_record_key(place, entry, &key);
	history_record_value(entry, &value);
	assert_true(kept_count < KEPT_MAX && !key.error && !value.error);
	assert_int_equal(find_kept(str_text(&key)), kept_count);
	assert_int_equal(str_take(&key, &kept[kept_count].key), 0);
	assert_int_equal(str_take(&value, &kept[kept_count].value), 0);
	kept_count++;
}

static void on_dropped(void *user, const char *place, const struct history_entry *entry)
{
	struct str key = STR(HISTORY_KEY_MAX_BYTES);
	size_t i;

	(void)user;
	history_record_key(place, entry, &key);
	i = find_kept(str_text(&key));
	assert_true(i < kept_count);
	free(kept[i].key);
	free(kept[i].value);
	kept[i] = kept[--kept_count];
	str_release(&key);
}

static const struct history_keeper keeper = {NULL, on_added, on_dropped};

static int begin_kept(void **state)
{
	static char lobby[] = "#lobby";
	char *channels[] = {lobby};
	int r = begin(state);
	struct world *world = *state;

	assert_int_equal(chat_set_channels(world->chat, NULL, 0), 0);
	chat_keep(world->chat, &keeper);
	assert_int_equal(chat_set_channels(world->chat, channels, 1), 0);
	return r;
}

static int end_kept(void **state)
{
	int r = end(state);

	while (kept_count) {
		free(kept[--kept_count].key);
		free(kept[kept_count].value);
	}
	return r;
}

/* The next process, with another seed. */
static void restart(struct world *world)
{
	static char lobby[] = "#lobby";
	char *channels[] = {lobby};
	const struct chat_hooks hooks = {.user = world,
			.on_line = on_line,
			.on_close = on_close,
			.on_said = on_said,
			.prefix = prefix};
	const struct chat_config config = {.bot_nick = "episoded", .seed = 2};

	chat_free(world->chat);
	assert_int_equal(chat_new(&hooks, &config, &world->chat), 0);
	chat_keep(world->chat, &keeper);
	assert_int_equal(chat_set_channels(world->chat, channels, 1), 0);
	for (size_t i = kept_count; i-- > 0;) { /* the test keeps them in the order of time */
		char place[HISTORY_PLACE_BYTES];
		struct history_entry entry;

		assert_int_equal(history_record_parse(kept[i].key, kept[i].value, place, &entry), 0);
		if (!chat_restore(world->chat, place, &entry))
			history_entry_release(&entry);
	}
	for (size_t i = 0; i < PEOPLE; i++)
		str_clear(&world->seen[i]);
}

/* Register as a page does. token: of the person. */
static void join_page(struct world *world, unsigned who, const char *nick, const char *token)
{
	char line[400];

	enter(world, who);
	snprintf(line, sizeof(line),
			"PASS page:window-%s-0123456789 person:%s\r\nCAP REQ :" CAPS
			"\r\nNICK %s\r\nUSER %s 0 * :x\r\nCAP END\r\nJOIN #lobby",
			nick, token, nick, nick);
	say(world, who, line);
	for (unsigned i = 0; i < PEOPLE; i++)
		str_clear(&world->seen[i]);
}

static struct reply answer_of(const char *text, bool is_private)
{
	struct reply reply;

	reply_init(&reply);
	reply_set_text(&reply, text);
	reply.is_private = is_private;
	return reply;
}

static void a_restart_forgot_the_channel(void **state)
{
	struct world *world = *state;
	struct reply reply = answer_of("the answer", false);

	join(world, 0, "ann", CAPS);
	world->answer = &reply;
	say(world, 0, "@+a/tag=x\\:y PRIVMSG #lobby :!question with  two spaces");
	world->answer = NULL;
	say(world, 0, "NOTICE #lobby :a notice");
	assert_int_equal(kept_count, 3);
	restart(world);
	join(world, 1, "bob", CAPS);
	say(world, 1, "CHATHISTORY LATEST #lobby * 10");
	assert_seen(world, 1, ";+a/tag=x\\:y :ann!ann@lobby PRIVMSG #lobby :!question with  two spaces\n");
	assert_seen(world, 1, ":episoded!episoded@lobby PRIVMSG #lobby :the answer\n");
	assert_seen(world, 1, "NOTICE #lobby :a notice\n");
	assert_true(strstr(str_text(&world->seen[1]), "two spaces") <
			strstr(str_text(&world->seen[1]), "a notice"));
	reply_release(&reply);
}

static void the_store_has_no_more_than_the_history(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", CAPS);
	for (int i = 0; i < CHAT_HISTORY_MAX + 30; i++) {
		world->time.now_ms += 100;
		say(world, 0, "PRIVMSG #lobby :one of many");
	}
	assert_int_equal(kept_count, CHAT_HISTORY_MAX);
	world->time.wall_ms += CHAT_HISTORY_MAX_MS + 1;
	say(world, 0, "PRIVMSG #lobby :a month later");
	assert_int_equal(kept_count, 1);
}

static void a_channel_that_the_bot_leaves_is_not_kept(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", CAPS);
	say(world, 0, "PRIVMSG #lobby :kept");
	say(world, 0, "JOIN #own");
	say(world, 0, "PRIVMSG #own :not kept: the bot is not there");
	assert_int_equal(kept_count, 1);
	assert_int_equal(chat_set_channels(world->chat, NULL, 0), 0);
	assert_int_equal(kept_count, 0);
}

static void private_messages_come_back_to_their_person_only(void **state)
{
	struct world *world = *state;
	struct reply reply = answer_of("for ann alone", false);

	join_page(world, 0, "ann", TOKEN);
	world->answer = &reply;
	say(world, 0, "PRIVMSG episoded :a private question");
	world->answer = NULL;
	assert_int_equal(kept_count, 2);
	assert_null(strstr(kept[0].key, TOKEN));
	restart(world);
	join_page(world, 0, "ann", "another-token-0123456789");
	join(world, 1, "ann-two", CAPS);
	join_page(world, 2, "anna", TOKEN);
	for (unsigned who = 0; who < 3; who++)
		say(world, who, "CHATHISTORY LATEST episoded * 10");
	assert_seen(world, 1, "FAIL CHATHISTORY INVALID_TARGET");
	assert_unseen(world, 0, "private question");
	assert_unseen(world, 0, "for ann alone");
	assert_unseen(world, 1, "for ann alone");
	assert_seen(world, 2, ":ann!ann@lobby PRIVMSG episoded :a private question\n");
	assert_seen(world, 2, ":episoded!episoded@lobby PRIVMSG anna :for ann alone\n");
	say(world, 1,
			"CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z "
			"timestamp=2023-01-01T00:00:00.000Z 10");
	assert_unseen(world, 1, "TARGETS episoded");
	say(world, 2,
			"CHATHISTORY TARGETS timestamp=1970-01-01T00:00:00.000Z "
			"timestamp=2023-01-01T00:00:00.000Z 10");
	assert_seen(world, 2, "TARGETS episoded");
	reply_release(&reply);
}

static void a_private_answer_went_to_another_with_the_nick(void **state)
{
	struct world *world = *state;
	struct reply reply = answer_of("what ann may know", true);
	struct message *asked;
	size_t position = 0;

	/* ann asks and leaves in the turn in which another takes her nick. */
	join(world, 0, "ann", CAPS);
	world->answer = &reply;
	chat_receive(world->chat, world->client[0], "PRIVMSG #lobby :!line", 21, world->time);
	chat_leave(world->chat, world->client[0], "gone");
	asked = world->question;
	world->question = NULL;
	world->answer = NULL;
	join(world, 1, "ann", CAPS);
	assert_non_null(asked);
	assert_int_equal(chat_say(world->chat, asked, &reply, &position, 2000), -ENOENT);
	assert_unseen(world, 1, "what ann may know");
	free(asked);
	reply_release(&reply);
}

static void a_private_answer_waits_for_a_person_who_is_away(void **state)
{
	struct world *world = *state;
	struct reply reply = answer_of("what ann asked", true);
	struct message *asked;
	size_t position = 0;

	join_page(world, 0, "ann", TOKEN);
	world->answer = &reply;
	chat_receive(world->chat, world->client[0], "PRIVMSG #lobby :!line", 21, world->time);
	chat_leave(world->chat, world->client[0], "gone");
	asked = world->question;
	world->question = NULL;
	world->answer = NULL;
	assert_int_equal(chat_say(world->chat, asked, &reply, &position, world->time.wall_ms), 0);
	join_page(world, 1, "ann", TOKEN);
	say(world, 1, "CHATHISTORY LATEST episoded * 10");
	assert_seen(world, 1, ";+channel-context=#lobby");
	assert_seen(world, 1, "PRIVMSG ann :what ann asked\n");
	free(asked);
	reply_release(&reply);
}

static void people_are_limited_and_the_longest_silent_is_dropped(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < CHAT_GUESTS_MAX + 1; i++) {
		char token[32], nick[16];

		snprintf(token, sizeof(token), "%s%d", TOKEN, i);
		snprintf(nick, sizeof(nick), "ann%d", i);
		world->time.wall_ms += 1000;
		join_page(world, 0, nick, token);
		for (int line = 0; line < (i ? 1 : CHAT_PRIVATE_MAX + 5); line++)
			say(world, 0, "PRIVMSG episoded :hello");
		if (i == 0)
			assert_int_equal(kept_count, CHAT_PRIVATE_MAX);
		chat_leave(world->chat, world->client[0], "gone");
	}
	assert_int_equal(kept_count, CHAT_GUESTS_MAX);
}

static void a_short_token_is_no_secret(void **state)
{
	char key[CHAT_GUEST_KEY_BYTES] = "=";

	(void)state;
	assert_false(chat_guest_key("too-short", key));
	assert_string_equal(key, "=");
	assert_true(chat_guest_key(TOKEN, key));
	assert_true(chat_guest_key_ok(key));
}

/* ---- the form in the store */

#define KEY "#lobby 0000017e9e2c5a00 00000001000001"

static void every_part_of_a_message_is_kept(void **state)
{
	char source[] = "episoded!episoded@lobby", tags[] = ";+reply=0000",
	     text[] = "one line\n\x02two\x0f lines", card[] = "{\"title\":\"a\\sb\"}";
	const struct history_entry entry = {.msgid = "00000001000001",
			.wall_ms = UINT64_C(0x17e9e2c5a00),
			.is_bot = true,
			.is_ours = true,
			.source = source,
			.tags = tags,
			.text = text,
			.card = card};
	struct str key = STR(HISTORY_KEY_MAX_BYTES), value = STR(HISTORY_VALUE_MAX_BYTES);
	char place[HISTORY_PLACE_BYTES];
	struct history_entry back;

	(void)state;
	history_record_key("#lobby", &entry, &key);
	history_record_value(&entry, &value);
	assert_string_equal(str_text(&key), KEY);
	assert_int_equal(history_record_parse(str_text(&key), str_text(&value), place, &back), 0);
	assert_string_equal(place, "#lobby");
	assert_string_equal(back.msgid, entry.msgid);
	assert_int_equal(back.wall_ms, entry.wall_ms);
	assert_true(back.is_bot && back.is_ours && !back.is_notice);
	assert_string_equal(back.source, source);
	assert_string_equal(back.tags, tags);
	assert_string_equal(back.text, text);
	assert_string_equal(back.card, card);
	history_entry_release(&back);
	str_release(&key);
	str_release(&value);
}

static void damaged_messages_are_refused(void **state)
{
	static const char *const keys[] = {"", "#lobby", "#lobby 0000017e9e2c5a00",
			"lobby 0000017e9e2c5a00 00000001000001", "#lobby 0000017e9e2c5a0 00000001000001",
			"#lobby ffffffffffffffff 00000001000001", "#lobby 0000017e9e2c5a00 0000000100000g",
			"#lobby 0000017e9e2c5a00 00000001000001 x", "@0123 0000017e9e2c5a00 00000001000001",
			"#lobby 0000017e9e2c5a00  00000001000001",
			"#lobby 0000017e9e2c5a00 0000000100000100000001000001000000"};
	static const char *const values[] = {"", "1", "2 - a!b@lobby - -\ntext", "1 - a!b@lobby - -\n",
			"1 - a!b@lobby - - text", "1 x a!b@lobby - -\ntext", "1 - a:b - -\ntext",
			"1 - a!b@lobby x=y -\ntext", "1 - a!b@lobby - {;}\ntext",
			"1 - a!b@lobby - -\none\ntwo", "1 o a!b@lobby - -\none\rtwo",
			"1 - a!b@lobby - -\n\xff", "1 - a\x01!b@lobby - -\ntext",
			"1 - a!b@lobby ;\x7f=1 -\ntext", "1 - a!b@lobby  -\ntext",
			"1 o a!b@lobby - -\n\ntext"};
	static const char sound[] = "1 - a!b@lobby - -\ntext";
	char place[HISTORY_PLACE_BYTES];
	struct history_entry entry;

	(void)state;
	assert_int_equal(history_record_parse(KEY, sound, place, &entry), 0);
	history_entry_release(&entry);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (history_record_parse(keys[i], sound, place, &entry) != -EBADMSG)
			fail_msg("the key \"%s\" was accepted", keys[i]);
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (history_record_parse(KEY, values[i], place, &entry) != -EBADMSG)
			fail_msg("the value \"%s\" was accepted", values[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(a_restart_forgot_the_channel, begin_kept, end_kept),
			cmocka_unit_test_setup_teardown(
					the_store_has_no_more_than_the_history, begin_kept, end_kept),
			cmocka_unit_test_setup_teardown(
					a_channel_that_the_bot_leaves_is_not_kept, begin_kept, end_kept),
			cmocka_unit_test_setup_teardown(private_messages_come_back_to_their_person_only,
					begin_kept, end_kept),
			cmocka_unit_test_setup_teardown(
					a_private_answer_went_to_another_with_the_nick, begin_kept, end_kept),
			cmocka_unit_test_setup_teardown(a_private_answer_waits_for_a_person_who_is_away,
					begin_kept, end_kept),
			cmocka_unit_test_setup_teardown(people_are_limited_and_the_longest_silent_is_dropped,
					begin_kept, end_kept),
			cmocka_unit_test(a_short_token_is_no_secret),
			cmocka_unit_test(every_part_of_a_message_is_kept),
			cmocka_unit_test(damaged_messages_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
