/* The bodies of the requests of an occasion, and what they find. */

#include "bot/gateway/discord/posting_body.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/json.h"
#include "bot/gateway/discord/view/render.h"

#define BODY_MAX_BYTES   (DISCORD_RENDER_BODY_MAX_BYTES + 256)
#define SMALL_MAX_BYTES  2048
#define TITLE_MAX_BYTES  8192
#define EVENT_NAME_MAX   100 /* characters, also of a thread's name and of a place */
#define EVENT_EXTERNAL   3
#define EVENT_GUILD_ONLY 2

char *discord_posting_with_role(const char *body, uint64_t role)
{
	static const char content[] = "{\"content\":\"", mentions[] = "\"allowed_mentions\":{\"parse\":[]";
	const char *at = strstr(body, mentions); /* quotes within texts are escaped */
	struct str str = STR(BODY_MAX_BYTES);
	char *result = NULL;

	if (!at || strncmp(body, content, sizeof(content) - 1) != 0)
		return str_copy(body);
	body += sizeof(content) - 1;
	str_printf(&str, "%s<@&%" PRIu64 ">%s", content, role, *body == '"' ? "" : "\\n");
	str_append_bytes(&str, body, (size_t)(at - body));
	str_printf(&str, "%s,\"roles\":[\"%" PRIu64 "\"]", mentions, role);
	str_append(&str, at + sizeof(mentions) - 1);
	if (str_take(&str, &result) < 0)
		result = NULL;
	str_release(&str);
	return result;
}

/* At most so many characters; Discord counts them so or more generously. */
static void append_name(struct str *json, const char *text, size_t max)
{
	struct str name = STR(SMALL_MAX_BYTES);
	const char *at = text;

	for (size_t count = 0; *at && count < max; count++)
		do
			at++;
		while ((*at & 0xc0) == 0x80);
	str_append_bytes(&name, text, (size_t)(at - text));
	json_append_string(json, str_text(&name));
	str_release(&name);
}

void discord_posting_append_thread(const struct wishes *wishes, struct str *json)
{
	static const unsigned minutes[] = {60, 1440, 4320, 10080};
	unsigned wanted = wishes->thread_hours * 60, chosen = minutes[3];

	for (size_t i = sizeof(minutes) / sizeof(minutes[0]); i-- > 0;)
		if (wanted && wanted <= minutes[i])
			chosen = minutes[i];
	str_append(json, "{\"name\":");
	append_name(json, wishes->thread, EVENT_NAME_MAX);
	str_printf(json, ",\"auto_archive_duration\":%u}", chosen);
}

void discord_posting_append_event(const struct wishes *wishes, const char *place, struct str *json)
{
	char from[CLOCK_ISO_BYTES], to[CLOCK_ISO_BYTES], here[DISCORD_PLACE_BYTES + 1];

	clock_iso((uint64_t)wishes->event_from_s * 1000, from);
	clock_iso((uint64_t)wishes->event_to_s * 1000, to);
	snprintf(here, sizeof(here), "#%.*s", DISCORD_PLACE_BYTES - 1, place);
	str_append(json, "{\"name\":");
	append_name(json, wishes->event_name, EVENT_NAME_MAX);
	str_printf(json,
			",\"privacy_level\":%d,\"entity_type\":%d,\"channel_id\":null,\"scheduled_start_"
			"time\":\"%s\","
			"\"scheduled_end_time\":\"%s\",\"entity_metadata\":{\"location\":",
			EVENT_GUILD_ONLY, EVENT_EXTERNAL, from, to);
	append_name(json, *wishes->event_where ? wishes->event_where : here, EVENT_NAME_MAX);
	str_append(json, "}}");
}

void discord_posting_append_closed(uint64_t user, uint64_t said_ms, uint64_t key, struct str *json)
{
	str_printf(json,
			"{\"content\":\"<@%" PRIu64 ">, I had a reminder for you at <t:%" PRIu64
			":t>, but your direct messages are closed to me. To get the next one, allow direct "
			"messages from members of this server.\",",
			user, said_ms / 1000);
	str_printf(json,
			"\"nonce\":\"o%016" PRIx64
			"\",\"enforce_nonce\":true,\"allowed_mentions\":{\"parse\":[],\"users\":[\"%" PRIu64
			"\"]}}",
			key, user);
}

/* ---------------------------------------------------------------- what is there already */

/* The title of a message's card, or its text. */
static void append_saying(struct span message, struct str *str)
{
	struct span embeds = span_get(message, "embeds"), embed = {NULL, 0}, title;
	struct span_walk walk;

	str_clear(str);
	if (span_open(embeds, '[', &walk) == 0 && span_item(&walk, &embed) > 0)
		title = span_get(embed, "title");
	else
		title = span_get(message, "content");
	if (span_append(title, str) < 0)
		str_clear(str);
}

uint64_t discord_posting_find(struct span messages, uint64_t self, struct span body)
{
	struct str wanted = STR(TITLE_MAX_BYTES), said = STR(TITLE_MAX_BYTES);
	uint64_t found = 0, id, author;
	struct span_walk walk;
	struct span message;

	append_saying(body, &wanted);
	if (wanted.length && span_open(messages, '[', &walk) == 0) {
		while (!found && span_item(&walk, &message) > 0) {
			if (span_number(span_get(span_get(message, "author"), "id"), &author) < 0 ||
					author != self || span_number(span_get(message, "id"), &id) < 0)
				continue;
			append_saying(message, &said);
			if (str_equal(str_text(&said), str_text(&wanted)))
				found = id;
		}
	}
	str_release(&wanted);
	str_release(&said);
	return found;
}

uint64_t discord_posting_find_event(struct span events, uint64_t self, const char *name, const char *start)
{
	struct span_walk walk;
	struct span event;
	struct str text = STR(SMALL_MAX_BYTES);
	uint64_t id, creator, found = 0;
	/* "2026-01-01T21:00:00": Discord writes the rest in its own way. */
	size_t time_bytes = strcspn(start, ".Z+");

	if (span_open(events, '[', &walk) < 0)
		return 0;
	while (!found && span_item(&walk, &event) > 0) {
		struct span time = span_get(event, "scheduled_start_time");

		str_clear(&text);
		if (span_number(span_get(event, "creator_id"), &creator) < 0 || creator != self ||
				span_number(span_get(event, "id"), &id) < 0 ||
				span_append(span_get(event, "name"), &text) < 0 || !span_is_string(time))
			continue;
		if (strncmp(str_text(&text), name, strlen(name)) == 0 && time.length > time_bytes + 1 &&
				memcmp(time.at + 1, start, time_bytes) == 0)
			found = id;
	}
	str_release(&text);
	return found;
}
