/* The search for an answer that may have been delivered before. */

#include "bot/gateway/discord/recall.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot/gateway/discord/snowflake.h"
#include "bot/gateway/discord/view/layout.h"
#include "bot/net/loop.h"

#define PAGE_MESSAGES  100 /* Discord's limit */
#define PATH_MAX_BYTES 96

struct discord_search {
	struct discord_search *next, **link;
	struct discord_recall *recall;
	char channel[DISCORD_SNOWFLAKE_BYTES];
	uint64_t asked, after, deadline_ms;
	const struct permit *permit;
	bool is_dropped;
	unsigned pages;
	void (*on_known)(void *user, int error, const struct discord_recalled *found);
	void *user;
};

struct discord_recalled discord_recall_find(
		struct span messages, uint64_t self, uint64_t asked, uint64_t *ret_newest, size_t *ret_count)
{
	uint64_t newest = 0, id, author, answered;
	struct discord_recalled found = {0};
	size_t count = 0;
	struct span_walk walk;
	struct span message;

	*ret_newest = 0;
	*ret_count = 0;
	if (span_open(messages, '[', &walk) < 0)
		return found;
	for (; span_item(&walk, &message) > 0; count++) {
		if (span_number(span_get(message, "id"), &id) < 0)
			continue;
		if (id > newest)
			newest = id;
		if (span_number(span_get(span_get(message, "author"), "id"), &author) == 0 &&
				author == self &&
				span_number(span_get(span_get(message, "message_reference"), "message_id"),
						&answered) == 0 &&
				answered == asked)
			found = (struct discord_recalled){id, discord_layout_is(message)};
	}
	*ret_newest = newest;
	*ret_count = count;
	return found;
}

static void search_free(struct discord_search *search)
{
	if (search->link) {
		*search->link = search->next;
		if (search->next)
			search->next->link = search->link;
	}
	free(search);
}

void discord_recall_release(struct discord_recall *recall)
{
	struct discord_search *search = recall->searches;

	recall->searches = NULL;
	while (search) {
		struct discord_search *next = search->next;

		free(search);
		search = next;
	}
}

static int ask(struct discord_search *search);

static void on_page(void *user, const struct discord_rest_result *result)
{
	struct discord_search *search = user;
	struct span body = {result->body, result->body_bytes};
	void (*on_known)(void *, int, const struct discord_recalled *) = search->on_known;
	void *known_user = search->user;
	int error = result->error;
	struct discord_recalled found = {0};
	uint64_t newest = 0;
	size_t count = 0;

	if (!error)
		found = discord_recall_find(body, search->recall->self, search->asked, &newest, &count);
	if (!error && !found.post && count >= PAGE_MESSAGES && ++search->pages < DISCORD_RECALL_PAGES_MAX) {
		search->after = newest;
		error = ask(search);
		if (!error)
			return;
	}
	search_free(search);
	on_known(known_user, error, &found);
}

static int ask(struct discord_search *search)
{
	uint64_t now_ms = loop_now_ms(search->recall->loop);
	char path[PATH_MAX_BYTES];

	if (search->is_dropped)
		return -EKEYEXPIRED;
	snprintf(path, sizeof(path), "/channels/%s/messages?after=%" PRIu64 "&limit=%d", search->channel,
			search->after, PAGE_MESSAGES);
	return discord_rest_send(search->recall->rest,
			&(struct discord_rest_call){
					.method = "GET",
					.route = "GET /channels/{}/messages",
					.major = search->channel,
					.path = path,
					.is_idempotent = true,
					.permit = search->permit,
					.deadline_ms = search->deadline_ms > now_ms
								       ? (unsigned)(search->deadline_ms -
											 now_ms)
								       : 1,
			},
			on_page, search);
}

int discord_recall_ask(struct discord_recall *recall, const char *channel, const char *asked,
		const struct permit *permit, unsigned deadline_ms,
		void (*on_known)(void *user, int error, const struct discord_recalled *found), void *user)
{
	struct discord_search *search = calloc(1, sizeof(*search));
	int r;

	if (!search)
		return -ENOMEM;
	search->recall = recall;
	search->asked = search->after = strtoull(asked, NULL, 10);
	search->deadline_ms = loop_now_ms(recall->loop) + deadline_ms;
	search->permit = permit;
	search->on_known = on_known;
	search->user = user;
	snprintf(search->channel, sizeof(search->channel), "%s", channel);
	r = ask(search);
	if (r < 0) {
		search_free(search);
		return r;
	}
	search->next = recall->searches;
	search->link = &recall->searches;
	if (search->next)
		search->next->link = &search->next;
	recall->searches = search;
	return 0;
}

void discord_recall_drop(struct discord_recall *recall, const struct permit *permit)
{
	for (struct discord_search *search = recall->searches; search; search = search->next) {
		if (search->permit != permit)
			continue;
		search->is_dropped = true;
		search->permit = NULL;
	}
}
