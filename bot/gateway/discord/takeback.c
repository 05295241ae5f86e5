/* Answers that are taken back. */

#include "bot/gateway/discord/takeback.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot/base/log.h"
#include "bot/gateway/discord/change.h"
#include "bot/gateway/discord/snowflake.h"
#include "bot/net/permit.h"

#define PATH_MAX_BYTES 96
#define DEADLINE_MS    (15 * 60 * 1000)

struct discord_takeback {
	struct discord_takeback *next;
	struct discord_takebacks *takebacks;
	struct discord_takeback_wish wish;
	const struct permit *permit; /* while a call is under way */
	bool is_busy;
	bool is_being_sent; /* the answer: discord_takebacks_found() follows */
	bool is_left;       /* to another process */
};

void discord_takebacks_init(struct discord_takebacks *takebacks, struct loop *loop, struct discord_rest *rest)
{
	takebacks->rest = takebacks->recall.rest = rest;
	takebacks->recall.loop = loop;
}

void discord_takebacks_release(struct discord_takebacks *takebacks)
{
	discord_recall_release(&takebacks->recall);
	while (takebacks->first) {
		struct discord_takeback *takeback = takebacks->first;

		takebacks->first = takeback->next;
		free(takeback);
	}
}

static void forget(struct discord_takeback *takeback)
{
	struct discord_takebacks *takebacks = takeback->takebacks;
	struct discord_takeback **link = &takebacks->first;

	while (*link != takeback)
		link = &(*link)->next;
	*link = takeback->next;
	takebacks->count--;
	free(takeback);
}

/* It is done, or there is nothing to do. */
static void end(struct discord_takeback *takeback)
{
	struct discord_takebacks *takebacks = takeback->takebacks;

	forget(takeback);
	takebacks->on_changed(takebacks->user);
}

static void take_step(struct discord_takeback *takeback);

/* A call has failed. Refused: it stays so. Otherwise the next connection tries again, or the next owner of the lease. */
static void on_failed(struct discord_takeback *takeback, int error, const char *reason)
{
	const struct discord_takebacks *takebacks = takeback->takebacks;

	if (takeback->is_left) {
		forget(takeback);
		return;
	}
	if (error != -EACCES && error != -EINVAL && error != -ETIMEDOUT)
		return;
	if (discord_rest_is_dead(takebacks->rest))
		return;
	log_gateway(LOG_LEVEL_WARNING, takebacks->gateway,
			"an answer in channel %" PRIu64 " could not be taken back: %s",
			takeback->wish.channel, reason);
	end(takeback);
}

static void on_deleted(void *user, const struct discord_rest_result *result)
{
	struct discord_takeback *takeback = user;

	takeback->is_busy = false;
	if (result->error && result->error != -ENOENT)
		on_failed(takeback, result->error, result->reason);
	else
		end(takeback);
}

/* Is the message one that the wish is about? */
static bool is_meant(const struct discord_takeback *takeback, struct span message)
{
	uint64_t self = takeback->takebacks->recall.self, user = takeback->wish.user;

	return user == self ? discord_change_is_own(message, self)
			    : discord_change_is_answer_to(message, self, user);
}

static void on_message(void *user, const struct discord_rest_result *result)
{
	struct discord_takeback *takeback = user;

	takeback->is_busy = false;
	if (result->error && result->error != -ENOENT) {
		on_failed(takeback, result->error, result->reason);
	} else if (result->error || !is_meant(takeback, (struct span){result->body, result->body_bytes})) {
		end(takeback);
	} else {
		takeback->wish.user = 0;
		take_step(takeback);
	}
}

static void on_recalled(void *user, int error, const struct discord_recalled *found)
{
	struct discord_takeback *takeback = user;

	takeback->is_busy = false;
	if (error) {
		on_failed(takeback, error, "its channel cannot be searched");
	} else if (!found->post) {
		end(takeback);
	} else {
		takeback->wish.post = found->post;
		take_step(takeback);
	}
}

static int ask(struct discord_takeback *takeback, const char *method, const char *route,
		void (*on_done)(void *user, const struct discord_rest_result *result))
{
	char channel[DISCORD_SNOWFLAKE_BYTES], path[PATH_MAX_BYTES];

	snprintf(channel, sizeof(channel), "%" PRIu64, takeback->wish.channel);
	snprintf(path, sizeof(path), "/channels/%s/messages/%" PRIu64, channel, takeback->wish.post);
	return discord_rest_send(takeback->takebacks->rest,
			&(struct discord_rest_call){
					.method = method,
					.route = route,
					.major = channel,
					.path = path,
					.is_idempotent = true,
					.permit = takeback->permit,
					.deadline_ms = DEADLINE_MS,
			},
			on_done, takeback);
}

static int search(struct discord_takeback *takeback)
{
	char channel[DISCORD_SNOWFLAKE_BYTES], question[DISCORD_SNOWFLAKE_BYTES];

	snprintf(channel, sizeof(channel), "%" PRIu64, takeback->wish.channel);
	snprintf(question, sizeof(question), "%" PRIu64, takeback->wish.question);
	return discord_recall_ask(&takeback->takebacks->recall, channel, question, takeback->permit,
			DEADLINE_MS, on_recalled, takeback);
}

/* The next call: which message, whose, and its deletion. Without one it waits for discord_takebacks_try(). */
static void take_step(struct discord_takeback *takeback)
{
	const struct discord_takebacks *takebacks = takeback->takebacks;
	int r;

	if (takeback->is_busy || takeback->is_being_sent || takeback->is_left || !takebacks->recall.self ||
			!takebacks->permit_of(takebacks->user, takeback->wish.guild, &takeback->permit))
		return;
	if (!takeback->wish.post)
		r = search(takeback);
	else if (takeback->wish.user)
		r = ask(takeback, "GET", "GET /channels/{}/messages/{}", on_message);
	else
		r = ask(takeback, "DELETE", "DELETE /channels/{}/messages/{}", on_deleted);
	takeback->is_busy = r == 0;
}

static bool is_same(const struct discord_takeback_wish *one, const struct discord_takeback_wish *other)
{
	return one->post == other->post && one->question == other->question && one->user == other->user;
}

static int add(struct discord_takebacks *takebacks, const struct discord_takeback_wish *wish,
		bool is_being_sent)
{
	struct discord_takeback *takeback, **link = &takebacks->first;

	for (; *link; link = &(*link)->next)
		if (is_same(&(*link)->wish, wish) && !(*link)->is_left)
			return 0;
	if (takebacks->count >= DISCORD_TAKEBACKS_MAX)
		return -ENOSPC;
	takeback = calloc(1, sizeof(*takeback));
	if (!takeback)
		return -ENOMEM;
	*takeback = (struct discord_takeback){
			.takebacks = takebacks, .wish = *wish, .is_being_sent = is_being_sent};
	*link = takeback;
	takebacks->count++;
	return 1;
}

int discord_takebacks_add(struct discord_takebacks *takebacks, const struct discord_takeback_wish *wish)
{
	int r = add(takebacks, wish, !wish->post);

	if (r <= 0)
		return r;
	takebacks->on_changed(takebacks->user);
	discord_takebacks_try(takebacks);
	return 0;
}

void discord_takebacks_found(struct discord_takebacks *takebacks, uint64_t question, uint64_t post)
{
	struct discord_takeback *takeback = takebacks->first;

	while (takeback && !(takeback->is_being_sent && takeback->wish.question == question))
		takeback = takeback->next;
	if (!takeback)
		return;
	if (!post) {
		end(takeback);
		return;
	}
	takeback->is_being_sent = false;
	takeback->wish.post = post;
	takebacks->on_changed(takebacks->user);
	take_step(takeback);
}

void discord_takebacks_try(struct discord_takebacks *takebacks)
{
	for (struct discord_takeback *takeback = takebacks->first; takeback; takeback = takeback->next)
		take_step(takeback);
}

void discord_takebacks_drop(struct discord_takebacks *takebacks, const struct permit *permit)
{
	struct discord_takeback *takeback = takebacks->first, *next;

	discord_recall_drop(&takebacks->recall, permit);
	for (; takeback; takeback = next) {
		next = takeback->next;
		if (takeback->permit != permit)
			continue;
		takeback->is_left = true;
		takeback->permit = NULL;
		if (!takeback->is_busy)
			forget(takeback);
	}
}

void discord_takebacks_append(
		const struct discord_takebacks *takebacks, unsigned total, unsigned shard, struct str *str)
{
	const char *comma = "";

	str_append_char(str, '[');
	for (const struct discord_takeback *takeback = takebacks->first; takeback;
			takeback = takeback->next) {
		const struct discord_takeback_wish *wish = &takeback->wish;

		if (takeback->is_left || discord_snowflake_shard(wish->guild, total) != shard)
			continue;
		str_printf(str,
				"%s[\"%" PRIu64 "\",\"%" PRIu64 "\",\"%" PRIu64 "\",\"%" PRIu64
				"\",\"%" PRIu64 "\"]",
				comma, wish->guild, wish->channel, wish->post, wish->question, wish->user);
		comma = ",";
	}
	str_append_char(str, ']');
}

void discord_takebacks_read(struct discord_takebacks *takebacks, struct span text)
{
	struct span_walk walk;
	struct span item;
	uint64_t number[5];

	if (span_open(text, '[', &walk) < 0)
		return;
	while (span_item(&walk, &item) > 0)
		if (span_numbers(item, number, 5) == 0 && number[1] && (number[2] || number[3]))
			add(takebacks,
					&(struct discord_takeback_wish){number[0], number[1], number[2],
							number[3], number[4]},
					false);
}
