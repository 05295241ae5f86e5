#ifndef EPISODED_TESTS_LATER_WORLD_H
#define EPISODED_TESTS_LATER_WORLD_H

/* For tests of what waits for a database: a store that keeps what it is asked until the test gives the result, two
 * gateways, and questions. Includes the functions that it takes the place of, so include it in one file of a program. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/daemon/inbox.h"
#include "bot/gateway/gateway.h"
#include "bot/store/remote.h"

#define ASKED_MAX 16

static struct {
	void (*on_settled)(void *user, const struct store_result *result);
	void *user;
} asked[ASKED_MAX];
static size_t asked_count, told_count;
static int settle_error, trouble_now;

int store_settle_later(struct store *store, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user)
{
	(void)store;
	if (settle_error)
		return settle_error;
	assert_true(is_awaited);
	assert_true(asked_count < ASKED_MAX);
	asked[asked_count].on_settled = on_settled;
	asked[asked_count++].user = user;
	return 0;
}

int store_trouble(const struct store *store)
{
	(void)store;
	return trouble_now;
}

/* The result of the next batch; ours: one letter for each entry, 'y' or 'n'. */
static void tell(const char *ours)
{
	bool is_ours[ASKED_MAX];
	const struct store_result result = {.is_ours = is_ours, .begun = strlen(ours)};

	for (size_t i = 0; i < result.begun; i++)
		is_ours[i] = ours[i] == 'y';
	assert_true(told_count < asked_count);
	told_count++;
	asked[told_count - 1].on_settled(asked[told_count - 1].user, &result);
}

static void tell_away(size_t batch)
{
	asked[batch].on_settled(asked[batch].user, &(struct store_result){.error = -EAGAIN});
}

static const struct gateway_class shared_class = {.is_leased = true};
static const struct gateway_class own_class = {.is_leased = false};
static struct gateway_head irc = {.class = &shared_class, .name = "irc"};
static struct gateway_head lobby = {.class = &own_class, .name = "lobby"};

static struct gateway *gateway_of(struct gateway_head *head)
{
	return (struct gateway *)(void *)head;
}

static struct inbox_entry *question(struct gateway_head *gateway, const char *channel, const char *id,
		enum inbox_state state, struct inbox_entry *next)
{
	const struct message message = {.id = id,
			.channel = channel,
			.author_id = "a",
			.author_name = "A",
			.account = "",
			.text = "!episode 5"};
	struct inbox_entry *entry = calloc(1, sizeof(*entry));

	assert_non_null(entry);
	entry->gateway = gateway_of(gateway);
	entry->message = message_copy(&message);
	assert_non_null(entry->message);
	entry->state = state;
	entry->next = next;
	return entry;
}

static void reset_world(void)
{
	asked_count = told_count = 0;
	settle_error = trouble_now = 0;
}

#endif
