#ifndef EPISODED_TESTS_IRC_PROOF_WORLD_H
#define EPISODED_TESTS_IRC_PROOF_WORLD_H

/* A proof of delivery, its outbox, and all that came out of them; made for each test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/gateway/irc/proof.h"

/* A proof, its outbox without a throttle, and all that came out since the last look. */
struct world {
	struct irc_proof proof;
	struct irc_outbox outbox;
	struct str sent, settled;
	uint64_t now_ms, heard_ms;
};

static inline void on_send(void *user, const char *line, size_t length)
{
	struct world *world = user;

	str_append_bytes(&world->sent, line, length);
	str_append_char(&world->sent, '\n');
}

static inline void on_left(void *owner, uint64_t mark, bool is_sent)
{
	struct world *world = owner;

	irc_proof_left(&world->proof, mark, is_sent, world->now_ms);
}

static inline void begin(struct world *world, enum irc_proof_grade grade)
{
	*world = (struct world){.sent = STR(10000), .settled = STR(10000), .now_ms = 1000};
	irc_proof_init(&world->proof);
	irc_proof_set_grade(&world->proof, grade);
	irc_outbox_init(&world->outbox, on_send, world);
	irc_outbox_set_flood(&world->outbox, IRC_FLOOD_NONE);
	world->outbox.on_left = on_left;
	world->outbox.owner = world;
}

static inline void end(struct world *world)
{
	irc_proof_release(&world->proof);
	irc_outbox_clear(&world->outbox);
	str_release(&world->sent);
	str_release(&world->settled);
}

/* Do what is due, and note what is settled. */
static inline void run(struct world *world)
{
	static const char *const names[] = {"proved", "refused", "expired", "unproved"};
	struct irc_settled settled;

	irc_outbox_flush(&world->outbox, world->now_ms);
	irc_proof_run(&world->proof, &world->outbox, world->heard_ms, world->now_ms);
	irc_outbox_flush(&world->outbox, world->now_ms);
	while (irc_proof_take(&world->proof, &world->outbox, &settled))
		str_printf(&world->settled, "%s %s%s%s;", names[settled.verdict], settled.id,
			*settled.reason ? ": " : "", settled.reason);
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
	struct irc_outbox_answer answer = {.target = target, .asker = "", .lines = lines};
	char text[200], *word, *rest = text;
	int r;

	snprintf(text, sizeof(text), "%s", words);
	while ((word = strsep(&rest, " ")) != NULL)
		lines[answer.line_count++] = *IRC_LINE("PRIVMSG", target, word);
	lines[0].tags = "+reply=1";
	r = irc_proof_say(&world->proof, id, &answer, &world->outbox, world->now_ms);
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
	is_known = irc_proof_hear(
		&world->proof, &line, line.source && str_starts(line.source, "bot!"), IRC_CASEMAP_ASCII);
	run(world);
	return is_known;
}

/* One of our lines is in the history, said at_ms. */
static inline void find(struct world *world, const char *text, const char *reply_to, uint64_t at_ms)
{
	struct irc_proof_found found = {"#tv", text, "", reply_to, at_ms};

	irc_proof_find(&world->proof, &found, IRC_CASEMAP_ASCII);
}

static inline void expect(struct str *str, const char *wanted)
{
	assert_string_equal(str_text(str), wanted);
	str_truncate(str, 0);
}

#endif
