/* The bot's answers: a reply as a card for the page, and as plain lines for every other client. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat_parts.h"

#define PLAIN_LINE_MAX_BYTES 400 /* leaves room for the mask, the channel and the formatting */
#define PLAIN_TEXT_MAX_BYTES (32 * 1024)
#define VEIL_BEGIN           "\00301,01" /* black on black, as IRC clients hide spoilers */
#define FORMAT_END           "\x0f"

static size_t line_bytes(const char *text)
{
	size_t length = strlen(text), fit = utf8_fit(text, length, PLAIN_LINE_MAX_BYTES);
	const char *space = fit < length ? memrchr(text, ' ', fit) : NULL;

	if (space && space - text > PLAIN_LINE_MAX_BYTES / 2)
		return (size_t)(space - text);
	/* A grapheme longer than a line is cut between code points. */
	return fit || !length ? fit : utf8_whole(text, PLAIN_LINE_MAX_BYTES);
}

static void append_line(struct str *str, const struct reply_line *line)
{
	const char *text = line->text, *begin = line->is_veiled ? VEIL_BEGIN : line->is_title ? "\x02" : "";

	while (*text) {
		size_t length = line_bytes(text);

		if (str->length)
			str_append_char(str, '\n');
		str_append(str, begin);
		str_append_bytes(str, text, length);
		if (*begin)
			str_append(str, FORMAT_END);
		text += length;
		text += *text == ' ';
	}
}

static int plain_text(const struct reply *reply, const char *prefix, char **ret)
{
	struct reply_line *lines = NULL;
	struct str str = STR(PLAIN_TEXT_MAX_BYTES);
	size_t count = 0;
	int r = reply_lines(reply, prefix, &lines, &count);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		append_line(&str, &lines[i]);
	reply_lines_free(lines, count);
	return str_take(&str, ret);
}

/* -EMSGSIZE when it is too large for a tag. */
static int card_of(const struct reply *reply, char **ret)
{
	struct str json = STR(CHAT_CARD_MAX_BYTES), card = STR(CHAT_CARD_MAX_BYTES);
	int r;

	reply_append_json(reply, &json);
	chat_tag_escape(&card, str_text(&json));
	r = json.error ? json.error : card.error;
	str_release(&json);
	if (r < 0) {
		str_release(&card);
		return r;
	}
	return str_take(&card, ret);
}

/* The part of a reply that goes out at once; it borrows everything from the whole. */
struct part {
	struct reply reply;
	char label[5], command[5];
	size_t next; /* position after it; 0 when that was all */
};

static void part_from(struct part *part, const struct reply *whole, size_t position, size_t item_count)
{
	struct reply *reply = &part->reply;

	*part = (struct part){.reply = *whole, .label = "More", .command = "more"};
	if (position)
		reply->text = NULL; /* said with the first part */
	reply->item_count = item_count;
	for (size_t i = 0; i < item_count; i++)
		reply->items[i] = whole->items[position + i];
	part->next = position + item_count < whole->item_count ? position + item_count : 0;
	if (part->next && reply->choice_count < REPLY_CHOICES_MAX)
		reply->choices[reply->choice_count++] =
				(struct reply_choice){.label = part->label, .command = part->command};
}

/* As many items as one card can hold; a reply too large for a card even so goes out as lines only. */
static int part_fit(struct part *part, const struct reply *whole, size_t position, char **ret_card)
{
	size_t count = position < whole->item_count ? whole->item_count - position : 0;
	char *card = NULL;
	int r;

	part_from(part, whole, position, count);
	while ((r = card_of(&part->reply, &card)) == -EMSGSIZE && count > 1) {
		count -= count > 8 ? count / 8 : 1;
		part_from(part, whole, position, count);
	}
	if (r == -ENOMEM)
		return r;
	*ret_card = card;
	return 0;
}

static char *answer_tags(const struct message *asked, const char *context)
{
	struct str tags = STR(256);
	char *text = NULL;

	if (asked->id[0])
		str_printf(&tags, ";+reply=%s", asked->id);
	if (context)
		str_printf(&tags, ";+channel-context=%s", context);
	if (!tags.length)
		str_append(&tags, "");
	return str_take(&tags, &text) < 0 ? NULL : text;
}

static int fill_answer(struct chat *chat, const struct message *asked, const struct part *part,
		const char *context, uint64_t wall_ms, struct history_entry *entry)
{
	struct str source = STR(CHAT_MASK_BYTES * 2);
	int r = plain_text(&part->reply, chat->hooks.prefix(chat->hooks.user), &entry->text);

	if (r < 0)
		return r;
	chat_next_id(chat, entry->msgid);
	entry->wall_ms = wall_ms;
	entry->is_bot = true;
	entry->is_ours = true;
	entry->tags = answer_tags(asked, context);
	str_printf(&source, "%s!%s@" CHAT_SERVER, chat->bot_nick, chat->bot_nick);
	return str_take(&source, &entry->source) < 0 || !entry->tags ? -ENOMEM : 0;
}

static int say_in_channel(
		struct chat *chat, const struct chat_channel *channel, const struct history_entry *entry)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		if (channel->members >> i & 1)
			chat_send_entry(chat, chat->clients[i], channel->name, entry, "");
	}
	return 0;
}

int chat_say(struct chat *chat, const struct message *asked, const struct reply *reply, size_t *position,
		uint64_t wall_ms)
{
	bool is_private = asked->is_private || reply->is_private;
	struct chat_channel *channel = asked->is_private ? NULL : chat_find_channel(chat, asked->channel);
	struct chat_client *person = is_private ? chat_find_client(chat, asked->author_id) : NULL;
	struct history_entry entry = {0};
	const struct history_entry *kept;
	struct part part;
	int r;

	if (is_private ? !person : !channel)
		return -ENOENT;
	r = part_fit(&part, reply, *position, &entry.card);
	if (r < 0)
		return r;
	r = fill_answer(chat, asked, &part, is_private && channel ? channel->name : NULL, wall_ms, &entry);
	if (r < 0)
		goto out;
	if (person) {
		chat_send_entry(chat, person, person->nick, &entry, "");
	} else {
		kept = history_add(&channel->history, &entry);
		entry = (struct history_entry){0}; /* the history has it now */
		r = kept ? say_in_channel(chat, channel, kept) : -ENOMEM;
		chat_trim_histories(chat);
	}
	if (r == 0)
		*position = part.next;
out:
	history_entry_release(&entry);
	return r;
}
