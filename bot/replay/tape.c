/* Read a trace. */

#include "bot/replay/tape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (8u * 1024 * 1024) /* a longer line is not from a trace */

/* Grow a list for one more item. Its capacity is the next power of two of its length, so it is not stored. */
static int make_room(void **items, size_t count, size_t size)
{
	void *more;

	if (count & (count - 1))
		return 0;
	more = realloc(*items, (count ? 2 * count : 1) * size);
	if (!more)
		return -ENOMEM;
	*items = more;
	return 0;
}

static struct tape_connection *find(struct tape *tape, unsigned number)
{
	for (size_t i = tape->connection_count; i > 0; i--)
		if (tape->connections[i - 1].number == number)
			return &tape->connections[i - 1];
	return NULL;
}

/* Parse "connecting to ircs://irc.example.org:6697 (192.0.2.1)". */
static int add_connection(struct tape *tape, const struct trace_line *line)
{
	struct tape_connection connection = {.number = line->connection};
	char *colon;
	long port;
	int r;

	if (sscanf(str_text(&line->text), "connecting to %7[a-z]://%255[^ ]", connection.scheme,
			    connection.host) != 2)
		return 0;
	colon = strrchr(connection.host, ':');
	if (!colon || str_to_long(colon + 1, 1, UINT16_MAX, &port) < 0)
		return 0;
	*colon = '\0';
	connection.port = (unsigned)port;
	snprintf(connection.gateway, sizeof(connection.gateway), "%s", line->gateway);
	r = make_room((void **)&tape->connections, tape->connection_count, sizeof(connection));
	if (r == 0)
		tape->connections[tape->connection_count++] = connection;
	return r;
}

/* Add a received line or an event of a connection. */
static int add_line(struct tape *tape, const struct trace_line *line, uint64_t at_ms)
{
	struct tape_connection *connection = find(tape, line->connection);
	struct tape_line added = {.at_ms = at_ms, .direction = line->direction, .length = line->text.length};
	int r;

	if (!connection)
		return 0;
	r = make_room((void **)&connection->lines, connection->line_count, sizeof(added));
	if (r < 0)
		return r;
	added.text = str_copy_bytes(str_text(&line->text), line->text.length);
	if (!added.text)
		return -ENOMEM;
	connection->lines[connection->line_count++] = added;
	return 0;
}

/* Parse "200 GET /users/@me {...}" or "(connection refused) GET /users/@me". */
static int add_answer(struct tape *tape, const struct trace_line *line, uint64_t at_ms)
{
	const char *text = str_text(&line->text);
	const char *what = *text == '(' ? strstr(text, ") ") : strchr(text, ' ');
	struct tape_answer answer = {.at_ms = at_ms};
	char digits[4] = "";
	size_t length;
	long status;
	int r;

	if (!what)
		return 0;
	memcpy(digits, text, strnlen(text, sizeof(digits) - 1));
	if (str_to_long(digits, 100, 999, &status) == 0)
		answer.status = (int)status;
	what += *text == '(' ? 2 : 1;
	length = strcspn(what, " ");
	if (what[length])
		length += 1 + strcspn(what + length + 1, " ");
	r = make_room((void **)&tape->answers, tape->answer_count, sizeof(answer));
	if (r < 0)
		return r;
	snprintf(answer.gateway, sizeof(answer.gateway), "%s", line->gateway);
	answer.what = str_copy_bytes(what, length);
	if (answer.status)
		answer.body = str_copy(what[length] ? what + length + 1 : "");
	else
		answer.body = str_copy_bytes(text + 1, strcspn(text + 1, ")"));
	tape->answers[tape->answer_count++] = answer;
	return answer.what && answer.body ? 0 : -ENOMEM;
}

static int add_sent(struct tape *tape, const struct trace_line *line)
{
	int r = make_room((void **)&tape->sent, tape->sent_count, sizeof(*tape->sent));
	struct tape_sent *sent = &tape->sent[tape->sent_count];

	if (r < 0)
		return r;
	*sent = (struct tape_sent){.text = str_copy(str_text(&line->text))};
	snprintf(sent->gateway, sizeof(sent->gateway), "%s", line->gateway);
	tape->sent_count++;
	return sent->text ? 0 : -ENOMEM;
}

static int add(struct tape *tape, const struct trace_line *line)
{
	uint64_t at_ms;

	if (!tape->start_wall_ms)
		tape->start_wall_ms = line->wall_ms;
	/* Times never decrease, even if the wall clock was set back while the trace was written. */
	at_ms = line->wall_ms > tape->start_wall_ms ? line->wall_ms - tape->start_wall_ms : 0;
	if (at_ms < tape->end_ms)
		at_ms = tape->end_ms;
	tape->end_ms = at_ms;
	if (line->direction == TRACE_OUT)
		return add_sent(tape, line);
	if (line->connection == 0)
		return line->direction == TRACE_IN ? add_answer(tape, line, at_ms) : 0;
	if (line->direction == TRACE_EVENT && str_starts(str_text(&line->text), "connecting to "))
		return add_connection(tape, line);
	return add_line(tape, line, at_ms);
}

int tape_read(FILE *file, struct tape *ret)
{
	struct tape tape = {0};
	char *text = NULL;
	size_t size = 0;
	ssize_t length;
	int r = 0;

	while (r == 0 && (length = getline(&text, &size, file)) > 0) {
		struct trace_line line;

		if (text[length - 1] == '\n')
			length--;
		/* Other lines are from the log. */
		if ((size_t)length > LINE_MAX_BYTES || trace_parse(text, (size_t)length, &line) < 0)
			continue;
		r = add(&tape, &line);
		str_release(&line.text);
	}
	if (r == 0 && ferror(file))
		r = -EIO;
	if (r == 0 && !tape.start_wall_ms)
		r = -EBADMSG;
	free(text);
	if (r < 0) {
		tape_release(&tape);
		return r;
	}
	*ret = tape;
	return 0;
}

void tape_release(struct tape *tape)
{
	for (size_t i = 0; i < tape->connection_count; i++) {
		for (size_t j = 0; j < tape->connections[i].line_count; j++)
			free(tape->connections[i].lines[j].text);
		free(tape->connections[i].lines);
	}
	for (size_t i = 0; i < tape->answer_count; i++) {
		free(tape->answers[i].what);
		free(tape->answers[i].body);
	}
	for (size_t i = 0; i < tape->sent_count; i++)
		free(tape->sent[i].text);
	free(tape->connections);
	free(tape->answers);
	free(tape->sent);
	*tape = (struct tape){0};
}
