/*
 * Questions of the Open Trivia Database: what its API answers, in each of its encodings.
 *
 * Source: opentdb.com/api_config.php. The default encoding is HTML; "encode=base64" also encodes the type, by which it is found;
 * "encode=url3986" leaves no space in a text.
 */

#include <errno.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/import/quiz.h"

#define TEXT_BYTES 65536

enum opentdb_encoding { ENCODED_HTML, ENCODED_BASE64, ENCODED_URL };

/* "multiple" and "boolean" in base64. */
static const char MULTIPLE_64[] = "bXVsdGlwbGU=", BOOLEAN_64[] = "Ym9vbGVhbg==";

struct opentdb_reading {
	const struct import_input *input;
	struct show_draft *draft;
	struct notes *notes;
	struct draft_reveal reveal;
};

/* ---------------------------------------------------------------- encodings */

static int base64_digit(char byte)
{
	static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = byte ? strchr(DIGITS, byte) : NULL;

	return found ? (int)(found - DIGITS) : -1;
}

static int hex_digit(char byte)
{
	static const char DIGITS[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = byte ? strchr(DIGITS, byte) : NULL;

	return found ? (int)(found - DIGITS) % 16 : -1;
}

/* Append a byte of plain text so that it is the same when it is read as HTML. A NUL would end the text. */
static void append_plain(struct str *str, char byte)
{
	if (byte == '&')
		str_append(str, "&amp;");
	else if (byte == '<')
		str_append(str, "&lt;");
	else
		str_append_char(str, byte ? byte : ' ');
}

/* False: it is not base64. */
static bool decode_base64(const char *text, struct str *ret)
{
	unsigned bits = 0, count = 0;

	for (; *text && *text != '='; text++) {
		int digit = base64_digit(*text);

		if (digit < 0)
			return false;
		bits = bits << 6 | (unsigned)digit;
		count += 6;
		if (count >= 8) {
			count -= 8;
			append_plain(ret, (char)(bits >> count & 0xFF));
		}
	}
	return strspn(text, "=") == strlen(text);
}

static void decode_url(const char *text, struct str *ret)
{
	for (; *text; text++) {
		int high = *text == '%' ? hex_digit(text[1]) : -1, low = high >= 0 ? hex_digit(text[2]) : -1;

		if (low >= 0) {
			append_plain(ret, (char)(high * 16 + low));
			text += 2;
		} else {
			append_plain(ret, *text == '+' ? ' ' : *text);
		}
	}
}

/* The text of a value, which lives as long as the draft. NULL: not a text, or not in this encoding. */
static const char *decode(
		const struct opentdb_reading *reading, struct json_node *node, enum opentdb_encoding encoding)
{
	const char *raw = json_string(node), *text = NULL;
	struct str plain = STR(TEXT_BYTES);

	if (!raw || encoding == ENCODED_HTML)
		return raw && *raw ? raw : NULL;
	if (encoding == ENCODED_URL)
		decode_url(raw, &plain);
	else if (!decode_base64(raw, &plain))
		plain.error = -EBADMSG;
	if (plain.error == 0 && plain.length > 0)
		text = draft_keep(reading->draft, str_text(&plain), plain.length);
	if (plain.error == -ENOMEM)
		reading->draft->arena.error = -ENOMEM;
	str_release(&plain);
	return text;
}

static enum opentdb_encoding encoding_of(struct json_node *result)
{
	const char *type = json_string(json_get(result, "type")),
		   *text = json_string(json_get(result, "question"));

	if (str_equal(type, MULTIPLE_64) || str_equal(type, BOOLEAN_64))
		return ENCODED_BASE64;
	if (text && !strchr(text, ' ') && (strstr(text, "%20") || strchr(text, '+')))
		return ENCODED_URL;
	return ENCODED_HTML;
}

/* ---------------------------------------------------------------- questions */

static void read_result(const struct opentdb_reading *reading, struct json_node *result)
{
	enum opentdb_encoding encoding = encoding_of(result);
	const char *type = json_string(json_get(result, "type"));
	struct quiz_question question = {.text = decode(reading, json_get(result, "question"), encoding),
			.answer = decode(reading, json_get(result, "correct_answer"), encoding),
			.at = source_at(reading->input, result)};

	if (!question.text || !question.answer) {
		notes_add(reading->notes, NOTE_DROPPED, question.at,
				"a question without \"question\" or \"correct_answer\" as a text");
		return;
	}
	question.is_statement = str_equal(type, "boolean") || str_equal(type, BOOLEAN_64);
	question.is_true = str_equal_nocase(question.answer, "true");
	question.choices[question.choice_count++] = question.answer;
	for (struct json_node *item = json_first(json_get(result, "incorrect_answers"));
			item && question.choice_count < QUIZ_CHOICES_MAX; item = json_next(item)) {
		const char *choice = decode(reading, item, encoding);

		if (choice)
			question.choices[question.choice_count++] = choice;
	}
	quiz_add(reading->draft, &question, reading->reveal, reading->notes);
}

/* What the API says instead of questions. */
static const char *refusal(double code)
{
	if (code == 1)
		return "the database had not as many questions as were asked for; ask for fewer";
	if (code == 3 || code == 4)
		return "the session's token was not known or had no new questions; ask again without a token";
	if (code == 5)
		return "the database was asked too often; ask again after five seconds";
	return "has no questions";
}

/* ---------------------------------------------------------------- the format */

static bool looks_like(const struct import_input *input)
{
	struct json_node *root = input->json ? json_root(input->json) : NULL, *results;

	if (json_type(json_get(root, "response_code")) != JSON_NUMBER)
		return false;
	results = json_get(root, "results");
	return json_type(results) == JSON_ARRAY &&
	       (!json_first(results) || json_get(json_first(results), "correct_answer"));
}

static int read_opentdb(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct opentdb_reading reading = {.input = input, .draft = draft, .notes = notes};
	struct json_node *root = json_root(input->json), *results = json_get(root, "results");
	int r = quiz_reveal(options, input, notes, &reading.reveal);

	if (r < 0)
		return r;
	if (!json_first(results)) {
		notes_add(notes, NOTE_PROBLEM, source_at(input, json_get(root, "response_code")), "%s",
				refusal(json_number(json_get(root, "response_code"))));
		return -EBADMSG;
	}
	for (struct json_node *result = json_first(results); result; result = json_next(result))
		read_result(&reading, result);
	notes_add(notes, NOTE_DOUBTFUL, source_at(input, results),
			"the database has questions about many shows; take out those that are not about this "
			"one");
	return draft_error(draft);
}

const struct import_format import_opentdb = {
		.name = "Open Trivia Database",
		.max_bytes = SOURCE_JSON_MAX_BYTES,
		.may_be_empty = true,
		.looks_like = looks_like,
		.read = read_opentdb,
};
