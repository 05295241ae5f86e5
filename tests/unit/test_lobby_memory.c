/* The lobby's histories in a real store: over a restart, with damaged and old messages, and while the disk fails. */

#include "tests/unit/store_world.h"

#include "bot/gateway/lobby/chat.h"
#include "bot/gateway/lobby/history.h"
#include "bot/gateway/lobby/memory.h"
#include "bot/net/loop.h"

#define AREA  "lobby/test"
#define NOW   UINT64_C(1643328000000)
#define SOUND "1 - ann!ann@lobby - -\n"
#define DAY   UINT64_C(86400000)

/* One process of the lobby, with a client. */
static struct process {
	struct loop *loop;
	struct gateway_host host;
	struct lobby_memory memory;
	struct chat *chat;
	struct chat_client *client;
	char seen[65536];
} process;

static struct store *store_of(void *bot)
{
	return ((struct world *)bot)->store;
}

static void on_line(void *user, void *link, const char *line, size_t length)
{
	size_t used = strlen(process.seen);

	(void)user, (void)link;
	assert_true(used + length + 2 < sizeof(process.seen));
	memcpy(process.seen + used, line, length);
	memcpy(process.seen + used + length, "\n", 2);
}

static void on_close(void *user, void *link)
{
	(void)user, (void)link;
}

static void on_said(void *user, const struct message *message)
{
	(void)user, (void)message;
}

static const char *prefix(void *user)
{
	(void)user;
	return "!";
}

static void say(const char *line)
{
	process.seen[0] = '\0';
	lobby_memory_catch_up(&process.memory, process.chat, NOW);
	chat_receive(process.chat, process.client, line, strlen(line), (struct chat_time){1000, NOW});
}

static void begin(struct world *world)
{
	static char lobby[] = "#lobby";
	char *channels[] = {lobby};
	const struct chat_hooks hooks = {
			.on_line = on_line, .on_close = on_close, .on_said = on_said, .prefix = prefix};
	const struct chat_config config = {.bot_nick = "episoded", .seed = 1};

	process = (struct process){.host = {.bot = world, .store = store_of}};
	assert_int_equal(loop_new(&process.loop), 0);
	process.host.loop = process.loop;
	assert_int_equal(lobby_memory_init(&process.memory, &process.host, "test"), 0);
	assert_int_equal(chat_new(&hooks, &config, &process.chat), 0);
	chat_keep(process.chat, &process.memory.keeper);
	assert_int_equal(chat_set_channels(process.chat, channels, 1), 0);
	lobby_memory_catch_up(&process.memory, process.chat, NOW);
	assert_int_equal(chat_enter(process.chat, &process, 1000, &process.client), 0);
	say("CAP REQ :batch draft/chathistory\r\nNICK ann\r\nUSER a 0 * :a\r\nCAP END\r\nJOIN #lobby");
}

static void end(void)
{
	chat_free(process.chat);
	lobby_memory_release(&process.memory);
	loop_free(process.loop);
}

static void restart(struct world *world)
{
	end();
	store_close(world->store);
	assert_int_equal(store_open(world->folder, &world->store), 0);
	begin(world);
}

static const char *history(void)
{
	say("CHATHISTORY LATEST #lobby * 200");
	return process.seen;
}

static void count_value(void *user, const char *key, const char *value)
{
	(void)key, (void)value;
	(*(size_t *)user)++;
}

static size_t stored(struct world *world)
{
	size_t count = 0;

	assert_int_equal(store_each(world->store, AREA, count_value, &count), 0);
	return count;
}

static void put(struct world *world, const char *place, uint64_t wall_ms, const char *msgid,
		const char *value)
{
	char key[160];

	snprintf(key, sizeof(key), "%s %016llx %s", place, (unsigned long long)wall_ms, msgid);
	assert_int_equal(store_put(world->store, AREA, key, value), 0);
}

static void what_was_said_is_there_after_a_restart(void **state)
{
	struct world *world = *state;

	begin(world);
	say("PRIVMSG #lobby :chatter");
	assert_int_equal(stored(world), 0); /* it waits */
	lobby_memory_save(&process.memory);
	assert_int_equal(stored(world), 1);
	say("PRIVMSG #lobby :more of it");
	restart(world);
	assert_non_null(strstr(history(), "PRIVMSG #lobby :chatter\n"));
	assert_true(strstr(process.seen, "chatter") < strstr(process.seen, "more of it"));
	end();
}

static void a_damaged_message_is_no_obstacle(void **state)
{
	struct world *world = *state;

	put(world, "#lobby", NOW - 2, "01", SOUND "the first");
	put(world, "#lobby", NOW - 1, "02", "1 - ann!ann@lobby - -\nQUIT\r\nNICK root");
	put(world, "#lobby", NOW - 1, "03", "");
	put(world, "#lobby", NOW - 1, "xyz", SOUND "no id");
	assert_int_equal(store_put(world->store, AREA, "", SOUND "no key"), 0);
	assert_int_equal(store_put(world->store, AREA, "\xff\xff", "\xff"), 0);
	put(world, "#lobby", NOW, "04", SOUND "the last");
	begin(world);
	assert_non_null(strstr(history(), ":the first\n"));
	assert_non_null(strstr(process.seen, ":the last\n"));
	assert_null(strstr(process.seen, "root"));
	assert_null(strstr(process.seen, "no id"));
	restart(world);
	assert_int_equal(stored(world), 2);
	end();
}

static void old_messages_and_those_of_other_channels_are_deleted(void **state)
{
	struct world *world = *state;

	put(world, "#lobby", NOW - 31 * DAY, "01", SOUND "a month old");
	put(world, "#lobby", NOW - 29 * DAY, "02", SOUND "not yet a month old");
	put(world, "#left", NOW, "03", SOUND "elsewhere");
	begin(world);
	assert_non_null(strstr(history(), ":not yet a month old\n"));
	assert_null(strstr(process.seen, ":a month old\n"));
	end();
	store_settle(world->store);
	assert_int_equal(stored(world), 1);
}

static void more_messages_than_a_history_has_leave_the_newest(void **state)
{
	struct world *world = *state;

	for (unsigned i = 0; i < CHAT_HISTORY_MAX + 20; i++) {
		char msgid[16], text[80];

		snprintf(msgid, sizeof(msgid), "%04x", i);
		snprintf(text, sizeof(text), SOUND "line %u.", i);
		put(world, "#lobby", NOW - 10000 + i, msgid, text);
	}
	begin(world);
	assert_null(strstr(history(), ":line 19.\n"));
	assert_non_null(strstr(process.seen, ":line 20.\n"));
	assert_non_null(strstr(process.seen, ":line 219.\n"));
	end();
	store_settle(world->store);
	assert_int_equal(stored(world), CHAT_HISTORY_MAX);
}

/* The disk is full for a while: the questions need the store's memory, and the history is written later. */
static void a_full_disk_does_not_fill_the_memory_with_chatter(void **state)
{
	struct world *world = *state;
	char aside[128];

	begin(world);
	say("PRIVMSG #lobby :before");
	lobby_memory_save(&process.memory);
	store_settle(world->store);
	snprintf(aside, sizeof(aside), "%s.away", world->path);
	assert_int_equal(rename(world->path, aside), 0);
	assert_int_equal(mkdir(world->path, 0700), 0);
	assert_int_not_equal(store_retry(world->store, NULL), 0);
	for (int i = 0; i < 100; i++)
		say("PRIVMSG #lobby :meanwhile");
	lobby_memory_save(&process.memory);
	assert_int_not_equal(store_trouble(world->store), 0);
	assert_int_equal(rmdir(world->path), 0);
	assert_int_equal(rename(aside, world->path), 0);
	assert_int_equal(store_retry(world->store, NULL), 0);
	assert_int_equal(stored(world), 1);
	say("PRIVMSG #lobby :after");
	restart(world);
	assert_non_null(strstr(history(), ":before\n"));
	assert_non_null(strstr(process.seen, ":meanwhile\n"));
	assert_non_null(strstr(process.seen, ":after\n"));
	assert_int_equal(stored(world), 102);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(
					what_was_said_is_there_after_a_restart, set_up, tear_down),
			cmocka_unit_test_setup_teardown(a_damaged_message_is_no_obstacle, set_up, tear_down),
			cmocka_unit_test_setup_teardown(old_messages_and_those_of_other_channels_are_deleted,
					set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					more_messages_than_a_history_has_leave_the_newest, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					a_full_disk_does_not_fill_the_memory_with_chatter, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
