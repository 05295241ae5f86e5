/* The records of sent lines, and their simpler forms. */

#include "bot/gateway/irc/sent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/isupport.h"
#include "bot/irc/text.h"

/* Append each piece with its NUL: id, target, then the lines. */
static int write_pieces(const struct irc_outgoing *outgoing, struct str *bytes)
{
	int r = 0;

	str_append(bytes, outgoing->id ? outgoing->id : "");
	str_append_char(bytes, '\0');
	str_append(bytes, outgoing->target);
	str_append_char(bytes, '\0');
	for (size_t i = 0; i < outgoing->line_count && r == 0; i++) {
		r = irc_line_format(&outgoing->lines[i], bytes);
		str_append_char(bytes, '\0');
	}
	return r < 0 ? r : bytes->error;
}

/* Return the piece at *cursor and move *cursor to the next one. */
static const char *next_piece(const char **cursor)
{
	const char *piece = *cursor;

	*cursor += strlen(piece) + 1;
	return piece;
}

int irc_answer_new(const struct irc_outgoing *outgoing, bool is_followed, uint64_t now_ms,
		struct irc_answer **ret)
{
	size_t count = outgoing->is_batch ? 1 : outgoing->line_count;
	struct str bytes = STR(IRC_SENT_LINE_MAX_BYTES * (outgoing->line_count + 1));
	struct irc_answer *answer = calloc(1, sizeof(*answer) + count * sizeof(answer->sent[0]));
	const char *cursor;
	int r = -ENOMEM;

	if (!answer)
		goto out;
	r = write_pieces(outgoing, &bytes);
	if (r == 0)
		r = str_take(&bytes, &answer->bytes);
	if (r != 0)
		goto out;
	cursor = answer->bytes;
	answer->id = next_piece(&cursor);
	answer->target = next_piece(&cursor);
	answer->mark = outgoing->mark;
	answer->is_followed = is_followed;
	answer->created_ms = now_ms;
	answer->open_count = answer->sent_count = count;
	for (size_t i = 0; i < count; i++) {
		struct irc_sent *sent = &answer->sent[i];

		sent->answer = answer;
		sent->is_batch = outgoing->is_batch;
		sent->line_count = outgoing->is_batch ? outgoing->line_count : 1;
		sent->lines = cursor;
		for (size_t line = 0; line < sent->line_count; line++)
			next_piece(&cursor);
	}
	*ret = answer;
	answer = NULL;
out:
	irc_answer_free(answer);
	str_release(&bytes);
	return r;
}

void irc_answer_free(struct irc_answer *answer)
{
	if (!answer)
		return;
	for (size_t i = 0; i < answer->sent_count; i++)
		free(answer->sent[i].plainer);
	free(answer->renamed);
	free(answer->bytes);
	free(answer);
}

/* Skip the tags of a line. */
static const char *skip_tags(const char *line)
{
	const char *space = *line == '@' ? strchr(line, ' ') : NULL;

	return space ? space + 1 : line;
}

static const char *skip_word(const char *line)
{
	line += strcspn(line, " ");
	return line + (*line == ' ');
}

const char *irc_sent_text(const struct irc_sent *sent)
{
	const char *line = sent->lines;

	if (sent->is_batch)
		next_piece(&line);
	line = skip_word(skip_word(skip_tags(line))); /* PRIVMSG target text */
	return line + (*line == ':');
}

/* ---------------------------------------------------------------- renamed channels */

/* Write the lines of a record with another target: the second word of PRIVMSG and NOTICE, the fourth of BATCH. */
static int write_renamed(const struct irc_sent *sent, const char *target, struct str *ret)
{
	const char *cursor = sent->lines;

	for (size_t i = 0; i < sent->line_count; i++) {
		const char *line = next_piece(&cursor), *at = skip_tags(line);
		bool is_batch = str_starts(at, "BATCH ");

		at = skip_word(at);
		if (is_batch)
			at = skip_word(skip_word(at));
		str_append_bytes(ret, line, (size_t)(at - line));
		if (*at) /* BATCH -ref has no target */
			str_append(ret, target);
		str_append(ret, at + strcspn(at, " "));
		str_append_char(ret, '\0');
	}
	return ret->error;
}

int irc_answer_rename(struct irc_answer *answer, const char *channel)
{
	size_t prefix = (size_t)(irc_target_channel(answer->target) - answer->target);
	struct str target = STR(IRC_SENT_LINE_MAX_BYTES);
	char *renamed = NULL;
	int r;

	str_append_bytes(&target, answer->target, prefix);
	str_append(&target, channel);
	r = str_take(&target, &renamed);
	for (size_t i = 0; i < answer->sent_count && r == 0; i++) {
		struct irc_sent *sent = &answer->sent[i];
		struct str lines = STR((IRC_SENT_LINE_MAX_BYTES + 1) * sent->line_count);
		char *plainer = NULL;

		r = write_renamed(sent, renamed, &lines);
		if (r == 0)
			r = str_take(&lines, &plainer);
		str_release(&lines);
		if (r < 0)
			break;
		free(sent->plainer);
		sent->lines = sent->plainer = plainer;
	}
	str_release(&target);
	if (r < 0) {
		free(renamed);
		return r;
	}
	free(answer->renamed);
	answer->target = answer->renamed = renamed;
	return 0;
}

/* ---------------------------------------------------------------- simpler forms */

/* Remove the BATCH lines; their tags go to the first line. */
static int write_lines(const struct irc_sent *sent, struct str *ret)
{
	const char *cursor = sent->lines, *frame = next_piece(&cursor);

	if (!sent->is_batch || sent->line_count < 3)
		return -ENOTSUP;
	str_append_bytes(ret, frame, (size_t)(skip_tags(frame) - frame));
	for (size_t i = 2; i < sent->line_count; i++) {
		str_append(ret, skip_tags(next_piece(&cursor)));
		str_append_char(ret, '\0');
	}
	return ret->error;
}

static int write_plain(const struct irc_sent *sent, struct str *ret)
{
	char text[IRC_SENT_LINE_MAX_BYTES + 1];
	const char *cursor = sent->lines;
	bool has_formats = false;

	for (size_t i = 0; i < sent->line_count; i++) {
		const char *line = next_piece(&cursor);

		has_formats = has_formats || irc_text_has_formats(line);
		if (irc_text_read(line, text, sizeof(text)) < 0)
			return -ENOTSUP;
		str_append(ret, text);
		str_append_char(ret, '\0');
	}
	return has_formats ? ret->error : -ENOTSUP;
}

int irc_sent_simplify(struct irc_sent *sent, enum irc_sent_form form)
{
	struct str lines = STR(IRC_SENT_LINE_MAX_BYTES * sent->line_count);
	int r = form == IRC_FORM_LINES ? write_lines(sent, &lines) : write_plain(sent, &lines);
	char *plainer = NULL;

	if (r == 0)
		r = str_take(&lines, &plainer);
	str_release(&lines);
	if (r < 0)
		return r;
	free(sent->plainer);
	sent->lines = sent->plainer = plainer;
	if (form == IRC_FORM_LINES) {
		sent->is_batch = false;
		sent->line_count -= 2;
	}
	return 0;
}
