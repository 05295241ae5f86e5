/* Labelled responses: what a command brings forth goes back with its label, as one line or as a batch. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/lobby/chat_parts.h"

void chat_label_begin(struct chat_client *client, const char *tags)
{
	char label[CHAT_LABEL_MAX_BYTES + 1];
	struct str escaped = STR(CHAT_LABEL_MAX_BYTES);

	client->held_count = 0;
	str_truncate(&client->held, 0);
	if (!(client->caps & CHAT_CAP_LABEL) || !chat_tag_get(tags, "label", label, sizeof(label)))
		return;
	chat_tag_escape(&escaped, label);
	if (!escaped.error)
		memcpy(client->label, str_text(&escaped), escaped.length + 1);
	str_release(&escaped);
}

/* A held line with one more tag in front. */
static void send_tagged(struct chat *chat, struct chat_client *client, const char *key, const char *value,
		const char *line)
{
	if (*line == '@')
		chat_send(chat, client, "", "@%s=%s;%s", key, value, line + 1);
	else
		chat_send(chat, client, "", "@%s=%s %s", key, value, line);
}

static bool is_in_batch(const char *line)
{
	return *line == '@' && strncmp(line + 1, "batch=", 6) == 0;
}

static void send_batch(struct chat *chat, struct chat_client *client, const char *label, char *lines)
{
	char batch[HISTORY_MSGID_BYTES], *line, *rest = lines;

	chat_next_id(chat, batch);
	chat_send(chat, client, "", "@label=%s :" CHAT_SERVER " BATCH +%s labeled-response", label, batch);
	while ((line = strsep(&rest, "\n")) && *line) {
		if (is_in_batch(line)) /* it belongs to a batch within this one */
			chat_send(chat, client, "", "%s", line);
		else
			send_tagged(chat, client, "batch", batch, line);
	}
	chat_send(chat, client, "", ":" CHAT_SERVER " BATCH -%s", batch);
}

void chat_label_end(struct chat *chat, struct chat_client *client)
{
	char label[CHAT_LABEL_MAX_BYTES + 1];
	char *lines = NULL;

	if (!client->label[0])
		return;
	memcpy(label, client->label, sizeof(label));
	client->label[0] = '\0';
	if (!client->held_count) {
		chat_send(chat, client, "", "@label=%s :" CHAT_SERVER " ACK", label);
		return;
	}
	chat->is_lossy |= client->held.error == -ENOMEM;
	if (str_take(&client->held, &lines) < 0) {
		client->held = STR(CHAT_HELD_MAX_BYTES);
		return;
	}
	client->held = STR(CHAT_HELD_MAX_BYTES);
	if (client->held_count == 1) {
		lines[strcspn(lines, "\n")] = '\0';
		send_tagged(chat, client, "label", label, lines);
	} else {
		send_batch(chat, client, label, lines);
	}
	free(lines);
}
