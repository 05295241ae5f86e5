#ifndef EPISODED_TESTS_IRC_DELIVERY_WORLD_H
#define EPISODED_TESTS_IRC_DELIVERY_WORLD_H

/* Delivery confirmation, its outbox, and all that came out of them; made for each test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/gateway/irc/delivery.h"

/* A ledger, its outbox without a throttle, and all that came out since the last look. */
struct world {
	struct irc_delivery delivery;
	struct irc_outbox outbox;
	struct irc_isupport isupport;
	struct str sent, completed;
	uint64_t now_ms, heard_ms;
};

static inline void on_send(void *user, const char *line, size_t length)
{
	struct world *world = user;

	str_append_bytes(&world->sent, line, length);
	str_append_char(&world->sent, '\n');
}

static inline void on_left(void *owner, struct irc_sent *sent)
{
	struct world *world = owner;

	if (!irc_delivery_ping_left(&world->delivery, sent))
		irc_delivery_left(&world->delivery, sent);
}

static inline void begin(struct world *world, enum irc_confirmation method)
{
	*world = (struct world){.sent = STR(10000), .completed = STR(10000), .now_ms = 1000};
	world->isupport.casemap = IRC_CASEMAP_ASCII;
	irc_outbox_init(&world->outbox, on_send, world);
	irc_delivery_init(&world->delivery, &world->outbox, &world->isupport);
	irc_delivery_set_method(&world->delivery, method);
	irc_outbox_set_flood(&world->outbox, IRC_FLOOD_NONE);
	world->outbox.on_left = on_left;
	world->outbox.owner = world;
}

static inline void end(struct world *world)
{
	irc_delivery_release(&world->delivery);
	irc_outbox_clear(&world->outbox);
	str_release(&world->sent);
	str_release(&world->completed);
}

/* Do what is due, and note what is complete. */
static inline void run(struct world *world)
{
	static const char *const names[] = {"confirmed", "refused", "expired", "unconfirmed"};
	struct irc_completed completed;

	irc_outbox_flush(&world->outbox, world->now_ms);
	irc_delivery_tick(&world->delivery, world->heard_ms, world->now_ms);
	irc_outbox_flush(&world->outbox, world->now_ms);
	while (irc_delivery_take(&world->delivery, &completed))
		str_printf(&world->completed, "%s %s%s%s;", names[completed.outcome], completed.id,
				*completed.reason ? ": " : "", completed.reason);
}

static inline void pass(struct world *world, uint64_t ms)
{
	world->now_ms += ms;
	run(world);
}

/* An answer of as many lines as there are words. */
static inline int say(struct world *world, const char *id, const char *target, const char *words)
{
	struct irc_line lines[8];
	struct irc_outgoing outgoing = {.id = id, .target = target, .asker = "", .lines = lines};
	char text[200], *word, *rest = text;
	int r;

	snprintf(text, sizeof(text), "%s", words);
	while ((word = strsep(&rest, " ")) != NULL)
		lines[outgoing.line_count++] = *IRC_LINE("PRIVMSG", target, word);
	lines[0].tags = "+reply=1";
	r = irc_delivery_send(&world->delivery, &outgoing, world->now_ms);
	run(world);
	return r;
}

/* A line from the server; ours come from "bot". */
static inline bool hear(struct world *world, const char *text)
{
	char bytes[500];
	struct irc_line line;
	bool is_known;

	snprintf(bytes, sizeof(bytes), "%s", text);
	assert_int_equal(irc_line_parse(bytes, strlen(bytes), &line), 0);
	world->heard_ms = world->now_ms;
	is_known = irc_delivery_line(&world->delivery, &line, line.source && str_starts(line.source, "bot!"),
			world->now_ms);
	run(world);
	return is_known;
}

/* One of our lines is in the history, said at_ms. */
static inline void find(struct world *world, const char *text, const char *reply_to, uint64_t at_ms)
{
	struct irc_delivery_found found = {"#tv", text, "", reply_to, at_ms};

	irc_delivery_find(&world->delivery, &found);
}

static inline void expect(struct str *str, const char *wanted)
{
	assert_string_equal(str_text(str), wanted);
	str_clear(str);
}

#endif
