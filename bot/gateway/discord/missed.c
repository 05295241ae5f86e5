/* What happened to the answers of the last minutes while no session was there. */

#include "bot/gateway/discord/missed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bot/gateway/discord/change.h"
#include "bot/gateway/discord/snowflake.h"
#include "bot/gateway/discord/view/layout.h"
#include "bot/net/permit.h"

#define PATH_MAX_BYTES 192
#define DEADLINE_MS    (10 * 60 * 1000)
#define PEOPLE_MAX     100 /* Discord's limit of a page */

/* An answer with a wastebasket: who put it there? */
struct discord_missed_look {
	struct discord_missed_look *next;
	struct discord_missed *missed;
	const struct permit *permit;
	bool is_dropped;
	uint64_t asker; /* 0: not known */
	struct discord_takeback_wish wish;
};

static void look_free(struct discord_missed_look *look)
{
	struct discord_missed_look **link = &look->missed->looks;

	while (*link && *link != look)
		link = &(*link)->next;
	if (*link) {
		*link = look->next;
		look->missed->count--;
	}
	free(look);
}

static void look_end(struct discord_missed_look *look, bool is_answered)
{
	struct discord_missed *missed = look->missed;

	if (discord_channels_end_reading(missed->channels, look->wish.channel, is_answered))
		missed->on_changed(missed->user);
	look_free(look);
}

void discord_missed_release(struct discord_missed *missed)
{
	while (missed->looks) {
		struct discord_missed_look *look = missed->looks;

		missed->looks = look->next;
		free(look);
	}
	missed->count = 0;
}

void discord_missed_drop(struct discord_missed *missed, const struct permit *permit)
{
	for (struct discord_missed_look *look = missed->looks; look; look = look->next) {
		if (look->permit != permit)
			continue;
		look->is_dropped = true;
		look->permit = NULL;
	}
}

/* [{"id": id}, ...]: is one of them the asker or an owner? */
static bool may_delete(const struct discord_missed_look *look, struct span people)
{
	const struct discord_missed *missed = look->missed;
	struct span_walk walk;
	struct span person;
	uint64_t id;

	if (span_open(people, '[', &walk) < 0)
		return false;
	while (span_item(&walk, &person) > 0)
		if (span_number(span_get(person, "id"), &id) == 0 &&
				(id == look->asker || missed->is_owner(missed->user, id)))
			return true;
	return false;
}

/* Deleted meanwhile, or not readable: nothing to do. */
static void on_people(void *user, const struct discord_rest_result *result)
{
	struct discord_missed_look *look = user;
	struct discord_changes *changes = look->missed->changes;

	if (!result->error && !look->is_dropped &&
			may_delete(look, (struct span){result->body, result->body_bytes}))
		discord_changes_take_back_post(changes, &look->wish);
	look_end(look, !look->is_dropped &&
					(!result->error || result->status == 403 || result->status == 404));
}

static int ask(struct discord_missed_look *look, const char *basket)
{
	char channel[DISCORD_SNOWFLAKE_BYTES], emoji[32] = "", path[PATH_MAX_BYTES];

	for (size_t i = 0; i < 8 && basket[i]; i++)
		snprintf(emoji + 3 * i, 4, "%%%02X", (unsigned char)basket[i]);
	snprintf(channel, sizeof(channel), "%" PRIu64, look->wish.channel);
	snprintf(path, sizeof(path), "/channels/%s/messages/%" PRIu64 "/reactions/%s?limit=%d", channel,
			look->wish.post, emoji, PEOPLE_MAX);
	return discord_rest_send(look->missed->rest,
			&(struct discord_rest_call){
					.method = "GET",
					.route = "GET /channels/{}/messages/{}/reactions/{}",
					.major = channel,
					.path = path,
					.is_idempotent = true,
					.permit = look->permit,
					.deadline_ms = DEADLINE_MS,
			},
			on_people, look);
}

static void look_at_basket(struct discord_missed *missed, const struct discord_takeback_wish *wish,
		uint64_t asker, const char *basket, const struct permit *permit)
{
	struct discord_missed_look *look;

	if (missed->count >= DISCORD_MISSED_MAX)
		return;
	look = calloc(1, sizeof(*look));
	if (!look)
		return;
	*look = (struct discord_missed_look){.next = missed->looks,
			.missed = missed,
			.permit = permit,
			.asker = asker,
			.wish = *wish};
	missed->looks = look;
	missed->count++;
	discord_channels_begin_reading(missed->channels, wish->channel);
	if (ask(look, basket) < 0)
		look_end(look, false);
}

bool discord_missed_read(struct discord_missed *missed, struct span message, uint64_t guild,
		const struct permit *permit)
{
	struct discord_takeback_wish wish = {.guild = guild};
	struct span question = span_get(message, "referenced_message");
	const char *basket = discord_change_basket_on(message);
	struct discord_change_id id = {0};
	uint64_t asker = 0;

	if (!discord_change_is_own(message, missed->changes->takebacks.recall.self))
		return false;
	if (span_number(span_get(message, "id"), &wish.post) < 0 ||
			span_number(span_get(message, "channel_id"), &wish.channel) < 0)
		return true;
	if (span_number(span_get(question, "id"), &id.message) == 0) {
		span_number(span_get(span_get(question, "author"), "id"), &asker);
		discord_changes_found(missed->changes, id.message, wish.post, discord_layout_is(message));
		if (discord_change_edit_read(question, &id) > 0 &&
				missed->is_question(missed->user, question, guild) == 0) {
			discord_changes_take_back_post(missed->changes, &wish);
			return true;
		}
	} else {
		span_number(span_get(span_get(span_get(message, "interaction_metadata"), "user"), "id"),
				&asker);
	}
	if (basket)
		look_at_basket(missed, &wish, asker, basket, permit);
	return true;
}
