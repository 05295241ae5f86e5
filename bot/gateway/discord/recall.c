/* Looking for an answer that may have been said before. */

#include "bot/gateway/discord/recall.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot/gateway/discord/discord_private.h"
#include "bot/net/loop.h"

#define PAGE_MESSAGES  100 /* what Discord gives at once */
#define PATH_MAX_BYTES 96

struct discord_recall {
	struct discord_recall *next, **link; /* all of a gateway */
	struct discord *discord;
	char channel[DISCORD_SNOWFLAKE_BYTES];
	uint64_t asked, after, deadline_ms;
	unsigned pages;
	void (*on_known)(void *user, int error, bool is_said);
	void *user;
};

bool discord_recall_find(
		struct span messages, uint64_t self, uint64_t asked, uint64_t *ret_newest, size_t *ret_count)
{
	uint64_t newest = 0, id, author, answered;
	bool is_found = false;
	size_t count = 0;
	struct span_walk walk;
	struct span message;

	*ret_newest = 0;
	*ret_count = 0;
	if (span_open(messages, '[', &walk) < 0)
		return false;
	for (; span_item(&walk, &message) > 0; count++) {
		if (span_number(span_get(message, "id"), &id) == 0 && id > newest)
			newest = id;
		if (span_number(span_get(span_get(message, "author"), "id"), &author) == 0 &&
				author == self &&
				span_number(span_get(span_get(message, "message_reference"), "message_id"),
						&answered) == 0 &&
				answered == asked)
			is_found = true;
	}
	*ret_newest = newest;
	*ret_count = count;
	return is_found;
}

static void recall_free(struct discord_recall *recall)
{
	if (recall->link) {
		*recall->link = recall->next;
		if (recall->next)
			recall->next->link = recall->link;
	}
	free(recall);
}

void discord_recall_release(struct discord *discord)
{
	struct discord_recall *recall = discord->recalls;

	discord->recalls = NULL;
	while (recall) {
		struct discord_recall *next = recall->next;

		free(recall);
		recall = next;
	}
}

static int ask(struct discord_recall *recall);

static void on_page(void *user, const struct discord_rest_result *result)
{
	struct discord_recall *recall = user;
	struct span body = {result->body, result->body_bytes};
	void (*on_known)(void *, int, bool) = recall->on_known;
	void *known_user = recall->user;
	int error = result->error;
	bool is_said = false;
	uint64_t newest = 0;
	size_t count = 0;

	if (!error)
		is_said = discord_recall_find(body, recall->discord->self.id, recall->asked, &newest, &count);
	if (!error && !is_said && count >= PAGE_MESSAGES && ++recall->pages < DISCORD_RECALL_PAGES_MAX) {
		recall->after = newest;
		error = ask(recall);
		if (!error)
			return;
	}
	recall_free(recall);
	on_known(known_user, error, is_said);
}

static int ask(struct discord_recall *recall)
{
	uint64_t now_ms = loop_now_ms(recall->discord->head.host->loop);
	char path[PATH_MAX_BYTES];

	snprintf(path, sizeof(path), "/channels/%s/messages?after=%" PRIu64 "&limit=%d", recall->channel,
			recall->after, PAGE_MESSAGES);
	return discord_rest_send(recall->discord->rest,
			&(struct discord_rest_call){
					.method = "GET",
					.route = "GET /channels/{}/messages",
					.major = recall->channel,
					.path = path,
					.is_idempotent = true,
					.deadline_ms = recall->deadline_ms > now_ms
								       ? (unsigned)(recall->deadline_ms -
											 now_ms)
								       : 1,
			},
			on_page, recall);
}

int discord_recall_ask(struct discord *discord, const char *channel, const char *asked, unsigned deadline_ms,
		void (*on_known)(void *user, int error, bool is_said), void *user)
{
	struct discord_recall *recall = calloc(1, sizeof(*recall));
	int r;

	if (!recall)
		return -ENOMEM;
	recall->discord = discord;
	recall->asked = recall->after = strtoull(asked, NULL, 10);
	recall->deadline_ms = loop_now_ms(discord->head.host->loop) + deadline_ms;
	recall->on_known = on_known;
	recall->user = user;
	snprintf(recall->channel, sizeof(recall->channel), "%s", channel);
	r = ask(recall);
	if (r < 0) {
		recall_free(recall);
		return r;
	}
	recall->next = discord->recalls;
	recall->link = &discord->recalls;
	if (recall->next)
		recall->next->link = &recall->next;
	discord->recalls = recall;
	return 0;
}
