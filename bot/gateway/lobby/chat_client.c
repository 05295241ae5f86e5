/* One client of the lobby: its capabilities, its lines, its labels. */

#include "bot/gateway/lobby/chat_client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat_line.h"

#define LINE_BURST_MS 1000 /* a client may send 500 lines at once */

int chat_client_new(
		struct chat_wire *wire, void *link, unsigned slot, uint64_t now_ms, struct chat_client **ret)
{
	struct chat_client *client = calloc(1, sizeof(*client));

	if (!client)
		return -ENOMEM;
	client->wire = wire;
	client->link = link;
	client->slot = slot;
	client->entered_ms = now_ms;
	client->heard_ms = now_ms;
	client->held = STR(CHAT_HELD_MAX_BYTES);
	snprintf(client->person, sizeof(client->person), "=%08" PRIx64 "%" PRIx64, wire->seed & 0xffffffff,
			++wire->connections);
	throttle_init(&client->throttle, LINE_BURST_MS);
	throttle_spend(&client->throttle, 0, now_ms);
	*ret = client;
	return 0;
}

void chat_client_free(struct chat_client *client)
{
	if (!client)
		return;
	str_release(&client->held);
	free(client);
}

/* ---- nick and capabilities */

/* Outside ASCII, accept what folds to letters or digits: no spaces, no lone marks, no emoji. */
static bool is_letter(const char *text, size_t length)
{
	struct str folded = STR(64), letter = STR(64);
	bool result;

	str_append_bytes(&letter, text, length);
	utf8_fold(&folded, str_text(&letter));
	result = !letter.error && !folded.error && folded.length && !strchr(str_text(&folded), ' ');
	str_release(&letter);
	str_release(&folded);
	return result;
}

bool chat_client_nick_ok(const char *nick)
{
	size_t length = strlen(nick);

	if (!length || length > CHAT_NICK_MAX_BYTES || strchr("0123456789-", *nick))
		return false;
	while (length) {
		size_t step = utf8_grapheme(nick, length);
		char c = *nick;
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				(c && strchr("-_[]{}|^`\\", c));

		if (!step || (step == 1 ? !is_plain : !is_letter(nick, step)))
			return false;
		nick += step;
		length -= step;
	}
	return true;
}

bool chat_client_is_guest(const struct chat_client *client)
{
	return chat_guest_key_ok(client->person);
}

void chat_client_mask(const struct chat_client *client, char ret[CHAT_MASK_BYTES])
{
	snprintf(ret, CHAT_MASK_BYTES, "%s!%s@" CHAT_SERVER, client->nick, client->user);
}

static const struct cap_name {
	const char *name;
	enum chat_cap cap;
} cap_names[] = {
		{"message-tags", CHAT_CAP_TAGS},
		{"server-time", CHAT_CAP_TIME},
		{"echo-message", CHAT_CAP_ECHO},
		{"batch", CHAT_CAP_BATCH},
		{"labeled-response", CHAT_CAP_LABEL},
		{"draft/chathistory", CHAT_CAP_HISTORY},
		{"cap-notify", CHAT_CAP_NOTIFY},
		{"account-tag", CHAT_CAP_ACCOUNT},
		{"episoded/card", CHAT_CAP_CARD},
		{"episoded/topic", CHAT_CAP_TOPIC},
};
#define CAP_COUNT (sizeof(cap_names) / sizeof(cap_names[0]))

void chat_client_append_caps(struct str *str, unsigned caps)
{
	for (size_t i = 0; i < CAP_COUNT; i++) {
		if (caps & cap_names[i].cap)
			str_printf(str, "%s%s", str->length ? " " : "", cap_names[i].name);
	}
}

bool chat_client_request_caps(struct chat_client *client, const char *wanted)
{
	unsigned result = client->caps;

	while (*wanted) {
		size_t length = strcspn(wanted, " "), i = 0;
		bool is_off = *wanted == '-';
		const char *name = wanted + is_off;

		if (length) {
			size_t name_length = length - is_off;

			while (i < CAP_COUNT &&
					(strlen(cap_names[i].name) != name_length ||
							strncmp(cap_names[i].name, name, name_length) != 0))
				i++;
			if (i == CAP_COUNT)
				return false;
			result = is_off ? result & ~(unsigned)cap_names[i].cap : result | cap_names[i].cap;
		}
		wanted += length;
		wanted += *wanted == ' ';
	}
	client->caps = result;
	return true;
}

/* ---- lines */

void chat_wire_next_id(struct chat_wire *wire, char ret[HISTORY_MSGID_BYTES])
{
	snprintf(ret, HISTORY_MSGID_BYTES, "%08" PRIx64 "%06" PRIx64, wire->seed & 0xffffffff,
			++wire->serial);
}

/* Send a finished line, or hold it back while a labelled response is built. */
static void put_line(struct chat_client *client, const struct str *line)
{
	client->wire->is_lossy |= line->error == -ENOMEM;
	if (line->error || client->is_closing)
		return;
	if (!client->label[0]) {
		client->wire->hooks.on_line(
				client->wire->hooks.user, client->link, line->bytes, line->length);
		return;
	}
	str_append_bytes(&client->held, line->bytes, line->length);
	str_append_char(&client->held, '\n');
	client->held_count++;
}

void chat_client_send_v(struct chat_client *client, const char *tags, const char *before, const char *format,
		va_list arguments)
{
	struct str line = STR(CHAT_OUT_MAX_BYTES);

	if (*tags)
		str_printf(&line, "@%s ", tags + 1);
	str_append(&line, before);
	str_vprintf(&line, format, arguments);
	put_line(client, &line);
	str_release(&line);
}

void chat_client_send(struct chat_client *client, const char *tags, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	chat_client_send_v(client, tags, "", format, arguments);
	va_end(arguments);
}

void chat_client_numeric(struct chat_client *client, int numeric, const char *format, ...)
{
	char before[CHAT_NICK_MAX_BYTES + 24];
	va_list arguments;

	snprintf(before, sizeof(before), ":" CHAT_SERVER " %03d %s ", numeric,
			client->nick[0] ? client->nick : "*");
	va_start(arguments, format);
	chat_client_send_v(client, "", before, format, arguments);
	va_end(arguments);
}

/* Append the tags of a message that the client's capabilities ask for. */
static void append_tags(struct str *tags, const struct chat_client *client, const struct history_entry *entry,
		const char *batch, unsigned part)
{
	char time[CLOCK_ISO_BYTES];

	if (*batch)
		str_printf(tags, ";batch=%s", batch);
	if (client->caps & CHAT_CAP_TIME) {
		clock_iso(entry->wall_ms, time);
		str_printf(tags, ";time=%s", time);
	}
	if (entry->is_ours && (client->caps & CHAT_CAP_ACCOUNT))
		str_printf(tags, ";account=%s", client->wire->bot_nick);
	if (!(client->caps & CHAT_CAP_TAGS))
		return;
	if (part)
		str_printf(tags, ";msgid=%s.%u", entry->msgid, part);
	else
		str_printf(tags, ";msgid=%s", entry->msgid);
	if (entry->is_bot)
		str_append(tags, ";bot");
	str_append(tags, entry->tags);
}

void chat_client_send_entry(struct chat_client *client, const char *target, const struct history_entry *entry,
		const char *batch)
{
	bool is_card = entry->card && (client->caps & CHAT_CAP_CARD) && (client->caps & CHAT_CAP_TAGS);
	const char *verb = entry->is_notice ? "NOTICE" : "PRIVMSG", *line = entry->text;
	struct str tags = STR(CHAT_OUT_MAX_BYTES);
	unsigned part = 0;

	do {
		int length = (int)strcspn(line, "\n");

		str_clear(&tags);
		append_tags(&tags, client, entry, batch, part++);
		if (is_card)
			str_printf(&tags, ";episoded/card=%s", entry->card);
		client->wire->is_lossy |= tags.error == -ENOMEM;
		chat_client_send(client, str_text(&tags), ":%s %s %s :%.*s", entry->source, verb, target,
				length, line);
		line += length;
		line += *line == '\n';
	} while (*line && !is_card);
	str_release(&tags);
}

/* ---- labelled responses */

void chat_client_label_begin(struct chat_client *client, const char *tags)
{
	char label[CHAT_LABEL_MAX_BYTES + 1];
	struct str escaped = STR(CHAT_LABEL_MAX_BYTES);

	client->held_count = 0;
	str_clear(&client->held);
	if (!(client->caps & CHAT_CAP_LABEL) || !chat_tag_get(tags, "label", label, sizeof(label)))
		return;
	chat_tag_escape(&escaped, label);
	if (!escaped.error)
		memcpy(client->label, str_text(&escaped), escaped.length + 1);
	str_release(&escaped);
}

/* Send a held line with one more tag in front. */
static void send_tagged(struct chat_client *client, const char *key, const char *value, const char *line)
{
	if (*line == '@')
		chat_client_send(client, "", "@%s=%s;%s", key, value, line + 1);
	else
		chat_client_send(client, "", "@%s=%s %s", key, value, line);
}

static bool is_in_batch(const char *line)
{
	return *line == '@' && strncmp(line + 1, "batch=", 6) == 0;
}

static void send_batch(struct chat_client *client, const char *label, char *lines)
{
	char batch[HISTORY_MSGID_BYTES], *line, *rest = lines;

	chat_wire_next_id(client->wire, batch);
	chat_client_send(client, "", "@label=%s :" CHAT_SERVER " BATCH +%s labeled-response", label, batch);
	while ((line = strsep(&rest, "\n")) && *line) {
		if (is_in_batch(line)) /* already part of an inner batch */
			chat_client_send(client, "", "%s", line);
		else
			send_tagged(client, "batch", batch, line);
	}
	chat_client_send(client, "", ":" CHAT_SERVER " BATCH -%s", batch);
}

void chat_client_label_end(struct chat_client *client)
{
	char label[CHAT_LABEL_MAX_BYTES + 1];
	char *lines = NULL;

	if (!client->label[0])
		return;
	memcpy(label, client->label, sizeof(label));
	client->label[0] = '\0';
	if (!client->held_count) {
		chat_client_send(client, "", "@label=%s :" CHAT_SERVER " ACK", label);
		return;
	}
	client->wire->is_lossy |= client->held.error == -ENOMEM;
	if (str_take(&client->held, &lines) < 0) {
		client->held = STR(CHAT_HELD_MAX_BYTES);
		return;
	}
	client->held = STR(CHAT_HELD_MAX_BYTES);
	if (client->held_count == 1) {
		lines[strcspn(lines, "\n")] = '\0';
		send_tagged(client, "label", label, lines);
	} else {
		send_batch(client, label, lines);
	}
	free(lines);
}
