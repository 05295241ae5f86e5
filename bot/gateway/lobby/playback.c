/* History said again: as a batch on JOIN, and for CHATHISTORY. */

#include <string.h>

#include "bot/base/clock.h"
#include "bot/gateway/lobby/chat_parts.h"

void chat_play(struct chat *chat, struct chat_client *client, const struct chat_channel *channel,
		size_t first, size_t end)
{
	char batch[HISTORY_MSGID_BYTES] = "";

	if (client->caps & CHAT_CAP_BATCH) {
		chat_next_id(chat, batch);
		chat_send(chat, client, "", ":" CHAT_SERVER " BATCH +%s chathistory %s", batch,
				channel->name);
	}
	for (size_t i = first; i < end; i++)
		chat_send_entry(chat, client, channel->name, history_at(&channel->history, i), batch);
	if (batch[0])
		chat_send(chat, client, "", ":" CHAT_SERVER " BATCH -%s", batch);
}

/* "msgid=x", "timestamp=t" or "*" as two places: before what it names, and after it. */
static bool find_reference(
		const struct history *history, const char *reference, size_t *ret_before, size_t *ret_after)
{
	uint64_t wall_ms;

	if (str_equal(reference, "*")) {
		*ret_before = history->count;
		*ret_after = 0;
		return true;
	}
	if (str_starts(reference, "msgid=")) {
		size_t at = history_find(history, reference + strlen("msgid="));

		*ret_before = at;
		*ret_after = at < history->count ? at + 1 : 0; /* forgotten: all that is left came after it */
		return true;
	}
	if (!str_starts(reference, "timestamp=") ||
			clock_from_iso(reference + strlen("timestamp="), &wall_ms) < 0)
		return false;
	*ret_before = history_since(history, wall_ms);
	*ret_after = history_since(history, wall_ms + 1);
	return true;
}

static void fail(struct chat *chat, struct chat_client *client, const char *code, const char *context,
		const char *why)
{
	chat_send(chat, client, "", ":" CHAT_SERVER " FAIL CHATHISTORY %s %s :%s", code, context, why);
}

void chat_history_command(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *subcommand = line->params[0];
	const struct chat_channel *channel;
	size_t before = 0, after = 0, count;
	long limit;

	if (line->param_count < 4 || str_to_long(line->params[3], 0, 100000, &limit) < 0) {
		fail(chat, client, "INVALID_PARAMS", subcommand, "Say: subcommand target reference limit");
		return;
	}
	channel = chat_find_channel(chat, line->params[1]);
	if (!channel || !chat_is_member(channel, client)) {
		fail(chat, client, "INVALID_TARGET", subcommand, "No history is kept there for you");
		return;
	}
	if (!find_reference(&channel->history, line->params[2], &before, &after)) {
		fail(chat, client, "INVALID_MSGREFTYPE", subcommand, "Say msgid=, timestamp= or *");
		return;
	}
	count = channel->history.count;
	if (limit > CHAT_HISTORY_MAX)
		limit = CHAT_HISTORY_MAX;
	if (str_equal_nocase(subcommand, "LATEST")) {
		chat_play(chat, client, channel,
				count - after > (size_t)limit ? count - (size_t)limit : after, count);
	} else if (str_equal_nocase(subcommand, "BEFORE")) {
		chat_play(chat, client, channel, before > (size_t)limit ? before - (size_t)limit : 0, before);
	} else if (str_equal_nocase(subcommand, "AFTER")) {
		chat_play(chat, client, channel, after,
				count - after > (size_t)limit ? after + (size_t)limit : count);
	} else {
		fail(chat, client, "INVALID_PARAMS", subcommand, "LATEST, BEFORE and AFTER are known");
	}
}
