/* A reply as a card for the page, and as plain lines for every other client. */

#include "bot/gateway/lobby/chat_answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat.h"
#include "bot/gateway/lobby/chat_line.h"

#define PLAIN_LINE_MAX_BYTES 400                   /* leaves bytes for mask, channel and formatting */
#define PLAIN_TEXT_MAX_BYTES (2 * REPLY_MAX_BYTES) /* with a format around each line */
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
	const char *text = line->text, *begin = line->is_title ? "\x02" : "";

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
	for (size_t i = 0; i < count; i++) {
		if (!lines[i].is_veiled)
			append_line(&str, &lines[i]);
	}
	reply_lines_free(lines, count);
	return str_take(&str, ret);
}

/* The reply as JSON, escaped as a tag's value. -EMSGSIZE: too large for a tag. */
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

/* The part of a reply that is sent at once; it borrows its strings from the reply. */
struct part {
	struct reply reply;
	char label[5], command[5];
	size_t next; /* position after this part; 0: the last one */
};

static bool has_veiled(const struct reply *reply)
{
	bool has = reply->text && reply->is_text_veiled;

	for (size_t i = 0; i < reply->item_count; i++)
		has |= reply->items[i].is_veiled;
	return has;
}

static void part_from(struct part *part, const struct reply *whole, size_t position, size_t item_count)
{
	struct reply *reply = &part->reply;

	*part = (struct part){.reply = *whole, .label = "More", .command = "more"};
	if (position)
		reply->text = reply->teaser = reply->image = NULL; /* sent with the first part */
	reply->item_count = item_count;
	if (item_count)
		reply->items = whole->items + position;
	if (!has_veiled(reply))
		reply->spoiler = NULL; /* what is veiled is in another part */
	part->next = position + item_count < whole->item_count ? position + item_count : 0;
	if (part->next && reply->choice_count < REPLY_CHOICES_MAX)
		reply->choices[reply->choice_count++] =
				(struct reply_choice){.label = part->label, .command = part->command};
}

/* Take as many items as fit in a card. If not even one fits, *ret_card is NULL and the reply is sent as
 * lines only. */
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

int chat_answer_render(
		const struct reply *reply, size_t position, const char *prefix, struct chat_answer *ret)
{
	struct chat_answer answer = {0};
	struct part part;
	int r = part_fit(&part, reply, position, &answer.card);

	if (r == 0)
		r = plain_text(&part.reply, prefix, &answer.text);
	if (r < 0) {
		free(answer.card);
		return r;
	}
	answer.next = part.next;
	*ret = answer;
	return 0;
}
