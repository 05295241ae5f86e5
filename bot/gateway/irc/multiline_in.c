/* Messages of several lines from other people. */

#include "bot/gateway/irc/multiline_in.h"

#include <errno.h>
#include <string.h>

#define CONCAT_TAG "draft/multiline-concat"

static bool copy(char *ret, size_t size, const char *text)
{
	size_t length = strlen(text);

	if (length >= size)
		return false;
	memcpy(ret, text, length + 1);
	return true;
}

static struct irc_multiline_in *find(struct irc_multilines *multilines, const char *ref)
{
	for (size_t i = 0; *ref && multilines->open_count && i < IRC_MULTILINES_MAX; i++) {
		if (strcmp(multilines->list[i].ref, ref) == 0)
			return &multilines->list[i];
	}
	return NULL;
}

void irc_multilines_init(struct irc_multilines *multilines)
{
	/* Only what says that an entry is unused, so that an idle connection does not touch the memory of the texts. */
	for (size_t i = 0; i < IRC_MULTILINES_MAX; i++)
		multilines->list[i].ref[0] = '\0';
	multilines->next = 0;
	multilines->open_count = 0;
}

void irc_multilines_close(struct irc_multilines *multilines, struct irc_multiline_in *multiline)
{
	multilines->open_count -= multiline->ref[0] != '\0';
	multiline->ref[0] = '\0';
}

void irc_multilines_open(struct irc_multilines *multilines, const struct irc_line *line,
		const struct irc_incoming *incoming)
{
	const char *ref = irc_line_param(line, 0), *type = irc_line_param(line, 1);
	struct irc_multiline_in *multiline = find(multilines, *ref ? ref + 1 : "");

	if (*ref != '+' || ref[1] == '\0' || !line->source ||
			(strcmp(type, "draft/multiline") != 0 && strcmp(type, "multiline") != 0))
		return;
	for (size_t i = 0; !multiline && i < IRC_MULTILINES_MAX; i++) {
		if (multilines->list[i].ref[0] == '\0')
			multiline = &multilines->list[i];
	}
	if (!multiline) {
		multiline = &multilines->list[multilines->next];
		multilines->next = (multilines->next + 1) % IRC_MULTILINES_MAX;
	}
	irc_multilines_close(multilines, multiline);
	if (!copy(multiline->source, sizeof(multiline->source), line->source) ||
			!copy(multiline->target, sizeof(multiline->target), irc_line_param(line, 2)) ||
			!copy(multiline->ref, sizeof(multiline->ref), ref + 1)) {
		multiline->ref[0] = '\0';
		return;
	}
	multilines->open_count++;
	multiline->incoming = *incoming;
	memcpy(multiline->id, incoming->id, sizeof(multiline->id));
	multiline->number = 0;
	multiline->is_taken = true;
	multiline->length = 0;
}

struct irc_multiline_in *irc_multilines_find(struct irc_multilines *multilines, const struct irc_line *line)
{
	char ref[IRC_BATCH_REF_BYTES];

	if (!multilines->open_count || irc_line_tag(line, "batch", ref, sizeof(ref)) < 0)
		return NULL;
	return find(multilines, ref);
}

struct irc_multiline_in *irc_multilines_ended(struct irc_multilines *multilines, const char *ref)
{
	return *ref == '-' ? find(multilines, ref + 1) : NULL;
}

bool irc_multiline_continues(const struct irc_line *line)
{
	char value[1 + 1];

	return irc_line_tag(line, CONCAT_TAG, value, sizeof(value)) != -ENOENT;
}

/* What the batch does not tell may be on its first line. */
static void read_first(struct irc_multiline_in *multiline, const struct irc_line *line)
{
	struct irc_incoming *incoming = &multiline->incoming;

	if (*incoming->account == '\0' &&
			(irc_line_tag(line, "account", incoming->account, sizeof(incoming->account)) < 0 ||
					strcmp(incoming->account, "*") == 0))
		incoming->account[0] = '\0';
	if (*multiline->id == '\0' && irc_line_tag(line, "msgid", multiline->id, sizeof(multiline->id)) == 0)
		memcpy(incoming->id, multiline->id, sizeof(incoming->id));
}

void irc_multiline_add(struct irc_multiline_in *multiline, const struct irc_line *line)
{
	const char *text = irc_line_param(line, 1);
	size_t length = strlen(text), space;

	if (multiline->number == 0)
		read_first(multiline, line);
	if (!irc_multiline_continues(line) || multiline->number == 0) {
		multiline->number++;
		multiline->length = 0;
		multiline->is_taken = false;
		multiline->incoming.is_further = multiline->number > 1;
		if (multiline->number > 1)
			irc_incoming_line_id(multiline->id, multiline->number, multiline->incoming.id);
	}
	space = sizeof(multiline->text) - 1 - multiline->length;
	if (length > space)
		length = space;
	memcpy(multiline->text + multiline->length, text, length);
	multiline->length += length;
	multiline->text[multiline->length] = '\0';
}

bool irc_multiline_take(struct irc_multiline_in *multiline, struct irc_line *ret)
{
	if (multiline->is_taken || multiline->number > IRC_MULTILINE_IN_LINES)
		return false;
	multiline->is_taken = true;
	*ret = *IRC_LINE("PRIVMSG", multiline->target, multiline->text);
	ret->source = multiline->source;
	return true;
}
