/*
 * A trivia list of Red: YAML, one mapping of questions to lists of answers, and keys of the list itself.
 *
 * YAML reads an answer like No, 1984 or 1.0 as a boolean or a number; the text of the file is taken. Of several answers the
 * first one is shown by Red, too; the others are other spellings.
 *
 * Source: redbot/cogs/trivia/schema.py.
 */

#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "bot/base/str.h"
#include "bot/import/quiz.h"

#define RED_MAX_BYTES (4u * 1024 * 1024)

struct red_reading {
	const struct import_input *input;
	struct show_draft *draft;
	struct notes *notes;
	struct draft_reveal reveal;
	yaml_parser_t parser;
	yaml_event_t event; /* the present one */
	bool has_spoilers;  /* CONFIG says so */
	size_t questions;
};

static struct origin at_mark(const struct red_reading *reading, yaml_mark_t mark)
{
	return (struct origin){.input = reading->input,
			.line = (unsigned)mark.line + 1,
			.column = (unsigned)mark.column + 1};
}

/* What libyaml says: "mapping values are not allowed in this context". -EBADMSG, -ENOMEM. */
static int refuse(const struct red_reading *reading)
{
	const yaml_parser_t *parser = &reading->parser;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		notes_add(reading->notes, NOTE_PROBLEM,
				(struct origin){.input = reading->input, .offset = parser->problem_offset},
				"is not UTF-8 here, or has a control character; save the list as UTF-8");
	else
		notes_add(reading->notes, NOTE_PROBLEM, at_mark(reading, parser->problem_mark),
				"is not YAML: %s; put a text with a \":\" or a \"#\" in quotes",
				parser->problem ? parser->problem : "unknown");
	return -EBADMSG;
}

/* Move on to the next event. */
static int next(struct red_reading *reading)
{
	yaml_event_delete(&reading->event);
	return yaml_parser_parse(&reading->parser, &reading->event) ? 0 : refuse(reading);
}

static bool is_begin(yaml_event_type_t type)
{
	return type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
}

static bool is_end(yaml_event_type_t type)
{
	return type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT;
}

/* Skip the rest of the present value. */
static int skip(struct red_reading *reading)
{
	unsigned depth = is_begin(reading->event.type);
	int r = 0;

	while (r == 0 && depth > 0) {
		r = next(reading);
		depth += r == 0 && is_begin(reading->event.type);
		depth -= r == 0 && is_end(reading->event.type);
	}
	return r;
}

/* The present scalar as text; NULL for anything else, and for null. Borrowed until the next event. */
static const char *scalar(const struct red_reading *reading)
{
	const char *text = reading->event.type == YAML_SCALAR_EVENT
					   ? (const char *)reading->event.data.scalar.value
					   : NULL;

	if (text && reading->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
			(!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0))
		return NULL;
	return text;
}

/* ---------------------------------------------------------------- keys of the list itself */

/* CONFIG: only whether the questions tell what happens. */
static int read_config(struct red_reading *reading)
{
	bool is_spoilers;
	const char *text;
	int r = 0;

	if (reading->event.type != YAML_MAPPING_START_EVENT)
		return skip(reading);
	while ((r = next(reading)) == 0 && !is_end(reading->event.type)) {
		text = scalar(reading);
		is_spoilers = text && strcmp(text, "use_spoilers") == 0;
		r = skip(reading); /* a key that is a list */
		r = r < 0 ? r : next(reading);
		text = r < 0 ? NULL : scalar(reading);
		if (is_spoilers && text && strchr("tTyY", *text))
			reading->has_spoilers = true;
		r = r < 0 ? r : skip(reading);
		if (r < 0)
			break;
	}
	return r;
}

/* "$schema", "AUTHOR" and "DESCRIPTION" say nothing about a show. */
static bool is_of_list(const char *key)
{
	return strcmp(key, "$schema") == 0 || strcmp(key, "AUTHOR") == 0 || strcmp(key, "DESCRIPTION") == 0;
}

/* ---------------------------------------------------------------- questions */

static void add_question(struct red_reading *reading, const char *text, const char *answer, struct origin at)
{
	struct quiz_question question = {.text = text, .answer = answer, .at = at};

	quiz_add(reading->draft, &question, reading->reveal, reading->notes);
	reading->questions++;
}

/* The first answer of a list that is a text, or the one answer; "" without any. Ends at the value's last event. */
static int read_answer(struct red_reading *reading, const char **ret)
{
	bool is_list = reading->event.type == YAML_SEQUENCE_START_EVENT;
	const char *text = scalar(reading);
	int r = 0;

	*ret = "";
	if (!is_list) {
		if (text)
			*ret = draft_keep(reading->draft, text, strlen(text));
		return skip(reading);
	}
	while ((r = next(reading)) == 0 && reading->event.type != YAML_SEQUENCE_END_EVENT) {
		text = scalar(reading);
		if (text && !**ret)
			*ret = draft_keep(reading->draft, text, strlen(text));
		r = skip(reading);
		if (r < 0)
			break;
	}
	return r;
}

/* The value of a key has begun. */
static int read_value(struct red_reading *reading, const char *key, struct origin at)
{
	const char *answer;
	int r;

	if (strcmp(key, "CONFIG") == 0)
		return read_config(reading);
	if (is_of_list(key))
		return skip(reading);
	r = read_answer(reading, &answer);
	if (r == 0 && *answer)
		add_question(reading, key, answer, at);
	else if (r == 0)
		notes_add(reading->notes, NOTE_DROPPED, at,
				"the question \"%.100s\" has no answer that is a text", key);
	return r;
}

static int read_mapping(struct red_reading *reading)
{
	int r = 0;

	while (r == 0 && (r = next(reading)) == 0 && reading->event.type != YAML_MAPPING_END_EVENT) {
		struct origin at = at_mark(reading, reading->event.start_mark);
		const char *text = scalar(reading);
		const char *key = text ? draft_keep(reading->draft, text, strlen(text)) : NULL;

		if (!key) {
			notes_add(reading->notes, NOTE_DROPPED, at, "a question that is not a text");
			r = skip(reading);
		}
		r = r < 0 ? r : next(reading);
		if (r == 0)
			r = key ? read_value(reading, key, at) : skip(reading);
		if (r == 0)
			r = draft_error(reading->draft);
	}
	return r;
}

/* Begin to read, and move to the mapping. False: there is no mapping, or it is not YAML. */
static bool begin(struct red_reading *reading)
{
	yaml_parser_set_encoding(&reading->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reading->parser, (const unsigned char *)reading->input->bytes,
			reading->input->length);
	for (size_t i = 0; i < 3; i++) { /* stream, document, mapping */
		yaml_event_delete(&reading->event);
		if (!yaml_parser_parse(&reading->parser, &reading->event))
			return false;
	}
	return reading->event.type == YAML_MAPPING_START_EVENT;
}

static void end(struct red_reading *reading)
{
	yaml_event_delete(&reading->event);
	yaml_parser_delete(&reading->parser);
}

/* ---------------------------------------------------------------- the format */

/* A mapping, whose first key is one of Red's, or has a list. */
static bool looks_like(const struct import_input *input)
{
	static const char *const KEYS[] = {"$schema", "AUTHOR", "CONFIG", "DESCRIPTION"};
	struct red_reading reading = {.input = input};
	const char *text;
	bool is_red = false;

	if (input->json || input->length == 0 || strchr("{[<", *input->bytes) ||
			!yaml_parser_initialize(&reading.parser))
		return false;
	if (begin(&reading)) {
		yaml_event_delete(&reading.event);
		text = yaml_parser_parse(&reading.parser, &reading.event) ? scalar(&reading) : NULL;
		for (size_t i = 0; text && i < sizeof(KEYS) / sizeof(KEYS[0]); i++)
			is_red = is_red || strcmp(text, KEYS[i]) == 0;
		if (text && !is_red) {
			yaml_event_delete(&reading.event);
			is_red = yaml_parser_parse(&reading.parser, &reading.event) &&
				 reading.event.type == YAML_SEQUENCE_START_EVENT;
		}
	}
	end(&reading);
	return is_red;
}

static int read_red(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct red_reading reading = {.input = input, .draft = draft, .notes = notes};
	int r = quiz_reveal(options, input, notes, &reading.reveal);

	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&reading.parser))
		return -ENOMEM;
	r = begin(&reading) ? read_mapping(&reading) : refuse(&reading);
	end(&reading);
	if (r == 0 && reading.questions == 0) {
		notes_add(notes, NOTE_PROBLEM, (struct origin){.input = input, .line = 1},
				"has no questions");
		r = -EBADMSG;
	}
	if (r == 0 && reading.has_spoilers && reading.reveal.kind == REVEAL_NEVER)
		notes_add(notes, NOTE_DOUBTFUL, (struct origin){.input = input, .line = 1},
				"the list says that it has spoilers (use_spoilers), and --reveal 0 shows "
				"them to everybody");
	return r < 0 ? r : draft_error(draft);
}

const struct import_format import_red = {
		.name = "Red's trivia list (YAML)",
		.max_bytes = RED_MAX_BYTES,
		.may_be_empty = true,
		.looks_like = looks_like,
		.read = read_red,
};
