/*
 * A table of episodes that somebody keeps in a spreadsheet: CSV of any separator with a header, a row for each episode.
 *
 * What a spreadsheet or its owner may have meant differently is a problem and no guess: a day of which only the owner knows
 * the month, an episode's number that became a date, a row with more cells than the header.
 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/import/csv_header.h"
#include "bot/import/source.h"
#include "bot/import/typed_day.h"

#define CSV_MAX_BYTES (64u * 1024 * 1024)
#define HEADER_ROWS   5 /* a title and an empty row may be above the header */
#define CODE_DIGITS   4
#define RATING_BYTES  64

struct csv_reading {
	const struct import_input *input;
	const struct import_options *options;
	struct show_draft *draft;
	struct notes *notes;
	struct csv_header header;
	struct sheet sheet;
	bool has_others; /* rows of other shows, which are skipped */
};

/* Which episode a row is about. */
struct csv_episode {
	long season, number;
	bool has_season, has_number;
};

static struct origin at_cell(const struct csv_reading *reading, const struct sheet_cell *cell)
{
	return (struct origin){.input = reading->input, .line = cell->line, .column = cell->column};
}

static struct origin at_row(const struct csv_reading *reading)
{
	return (struct origin){.input = reading->input, .line = reading->sheet.line};
}

/* ---------------------------------------------------------------- cells */

/* What spreadsheets and people write for "not known". */
static bool is_none(const char *text)
{
	static const char *const WORDS[] = {"", "-", "--", "\xE2\x80\x93", "\xE2\x80\x94", "?", "#N/A", "N/A",
			"n/a", "NULL", "null", "\\N", "TBA", "TBD", "tba", "tbd", "unknown"};

	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		if (strcmp(text, WORDS[i]) == 0)
			return true;
	}
	return false;
}

/* "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#ERROR!" */
static bool is_error(const char *text)
{
	size_t letters = *text == '#' ? strspn(text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ/0") : 0;

	return letters > 2 && (text[1 + letters] == '!' || text[1 + letters] == '?') &&
	       text[2 + letters] == '\0';
}

/* Copy a cell without the spaces around it. */
static const char *trimmed(const struct csv_reading *reading, const struct sheet_cell *cell)
{
	const char *text = cell->text + strspn(cell->text, " \t\n");
	size_t length = strlen(text);

	while (length > 0 && strchr(" \t\n", text[length - 1]))
		length--;
	return draft_keep(reading->draft, text, length);
}

/* The text of a column in this row, and its cell. NULL: not in the sheet, empty, or "not known". */
static const char *value_of(
		const struct csv_reading *reading, enum csv_column column, const struct sheet_cell **ret_cell)
{
	int index = reading->header.cells[column];
	const char *text;

	if (index < 0 || (size_t)index >= reading->sheet.count)
		return NULL;
	*ret_cell = &reading->sheet.cells[index];
	text = trimmed(reading, *ret_cell);
	if (is_error(text)) {
		notes_add(reading->notes, NOTE_DROPPED, at_cell(reading, *ret_cell),
				"%s: \"%s\" is an error of the spreadsheet; correct its formula",
				csv_name(column), text);
		return NULL;
	}
	return is_none(text) ? NULL : text;
}

/* ---------------------------------------------------------------- which episode */

/* At most CODE_DIGITS digits; -1: no digit, or more. */
static long digits(const char **text)
{
	size_t length = strspn(*text, "0123456789");
	long number = length >= 1 && length <= CODE_DIGITS ? strtol(*text, NULL, 10) : -1;

	*text += length;
	return number;
}

/*
 * parse_code - "s01e05", "S1 E5", "1x05".
 *
 * Errors:  false for anything else; *ret untouched.
 */
static bool parse_code(const char *text, struct csv_episode *ret)
{
	bool has_letter = *text == 's' || *text == 'S';
	long season, number;

	text += has_letter;
	season = digits(&text);
	text += strspn(text, " ");
	if (has_letter ? *text != 'e' && *text != 'E' : *text != 'x' && *text != 'X')
		return false;
	text++;
	number = digits(&text);
	if (season < 0 || number < 0 || *text)
		return false;
	*ret = (struct csv_episode){season, number, true, true};
	return true;
}

/* "5", "05", "5.0", "E05", "Episode 5", "S1", "Season 1"; -1: something else. */
static long parse_number(const char *text, const char *word)
{
	size_t letters = 0;
	long number;

	while (isalpha((unsigned char)text[letters]))
		letters++;
	if (letters > strlen(word))
		return -1;
	for (size_t i = 0; i < letters; i++) {
		if (tolower((unsigned char)text[i]) != word[i])
			return -1;
	}
	text += letters;
	text += strspn(text, " .");
	number = digits(&text);
	if (number >= 0 && text[0] == '.' && text[1] == '0')
		text += 1 + strspn(text + 1, "0");
	return *text ? -1 : number;
}

/* "5-Jan", "01/06/2026", "46031"; but "1-5" is as it was typed. */
static bool is_date(const char *text)
{
	char day[TYPED_DAY_BYTES], other[TYPED_DAY_BYTES];
	enum typed_day kind = typed_day(text, day, other);

	return kind == TYPED_SHORT ? strspn(text, "0123456789-./ ") < strlen(text) : kind != TYPED_OTHER;
}

/* Tell why a season or a number is not one. */
static void refuse_number(const struct csv_reading *reading, enum csv_column column,
		const struct sheet_cell *cell, const char *text)
{
	if (is_date(text))
		notes_add(reading->notes, NOTE_PROBLEM, at_cell(reading, cell),
				"%s: \"%s\" is a date, which the spreadsheet has made of a number like 1-5 "
				"or 1x05; "
				"format the column as plain text, and write s01e05",
				csv_name(column), text);
	else
		notes_add(reading->notes, NOTE_PROBLEM, at_cell(reading, cell),
				"%s: \"%s\" is not a number; write 5 or s01e05, and a row for each episode",
				csv_name(column), text);
}

static bool read_season(const struct csv_reading *reading, struct csv_episode *episode)
{
	const struct sheet_cell *cell;
	const char *text = value_of(reading, CSV_SEASON, &cell);

	if (!text)
		return true;
	episode->season = strncasecmp(text, "special", 7) == 0 ? 0 : parse_number(text, "season");
	episode->has_season = episode->season >= 0;
	if (!episode->has_season)
		refuse_number(reading, CSV_SEASON, cell, text);
	return episode->has_season;
}

/* A number, or a code with the season. */
static bool read_number(
		const struct csv_reading *reading, enum csv_column column, struct csv_episode *episode)
{
	const struct sheet_cell *cell;
	const char *text = value_of(reading, column, &cell);

	if (!text || parse_code(text, episode))
		return true;
	episode->number = column == CSV_CODE ? -1 : parse_number(text, "episode");
	episode->has_number = episode->number >= 0;
	if (!episode->has_number)
		refuse_number(reading, column, cell, text);
	return episode->has_number;
}

/* The episode of the row. False: a note says why not. */
static bool read_place(const struct csv_reading *reading, struct csv_episode *ret)
{
	*ret = (struct csv_episode){.season = 0};
	if (!read_season(reading, ret) || !read_number(reading, CSV_NUMBER, ret) ||
			!read_number(reading, CSV_CODE, ret))
		return false;
	if (!ret->has_season && ret->has_number && reading->header.cells[CSV_SEASON] < 0) {
		ret->season = 1;
		ret->has_season = true;
	}
	if (!ret->has_season || (!ret->has_number && ret->season > 0)) {
		notes_add(reading->notes, NOTE_DROPPED, at_row(reading),
				"a row without %s; write it in each row of an episode, for a special season "
				"0",
				ret->has_season ? "a number" : "a season");
		return false;
	}
	return true;
}

/* ---------------------------------------------------------------- days and hours */

/* The day as the draft wants it. NULL: a note says why not. */
static const char *read_day(
		const struct csv_reading *reading, const struct sheet_cell *cell, const char *text)
{
	char day[TYPED_DAY_BYTES], other[TYPED_DAY_BYTES];
	struct origin at = at_cell(reading, cell);

	switch (typed_day(text, day, other)) {
	case TYPED_DAY: return draft_keep(reading->draft, day, strlen(day));
	case TYPED_AMBIGUOUS:
		if (*other)
			notes_add(reading->notes, NOTE_PROBLEM, at,
					"\"%s\" may be %s or %s; write the day as YYYY-MM-DD", text, day,
					other);
		else
			notes_add(reading->notes, NOTE_PROBLEM, at,
					"\"%s\": the order of day and month differs between countries; write "
					"%s",
					text, day);
		return NULL;
	case TYPED_SHORT:
		notes_add(reading->notes, NOTE_PROBLEM, at,
				"\"%s\" has no year of four digits; write 2026-01-15", text);
		return NULL;
	case TYPED_SERIAL:
		notes_add(reading->notes, NOTE_PROBLEM, at,
				"\"%s\" is a day as spreadsheets count them (%s?); format the column as "
				"YYYY-MM-DD",
				text, day);
		return NULL;
	default:
		notes_add(reading->notes, NOTE_DROPPED, at, "\"%s\" is not a day; write 2026-01-15", text);
		return NULL;
	}
}

static void set_days(const struct csv_reading *reading, struct episode_draft *episode)
{
	const struct sheet_cell *cell;
	const char *text = value_of(reading, CSV_AIRDATE, &cell),
		   *day = text ? read_day(reading, cell, text) : NULL;
	char clock[TYPED_CLOCK_BYTES];
	bool has_hour = false;

	if (day)
		draft_set_episode(reading->draft, episode, EPISODE_AIRDATE, at_cell(reading, cell), day,
				reading->notes);
	text = value_of(reading, CSV_AIRTIME, &cell);
	if (text)
		has_hour = draft_set_episode(reading->draft, episode, EPISODE_AIRTIME, at_cell(reading, cell),
				typed_clock(text, clock) ? clock : text, reading->notes);
	text = value_of(reading, CSV_AIRSTAMP, &cell);
	if (text && has_hour)
		draft_set_episode(reading->draft, episode, EPISODE_AIRSTAMP, at_cell(reading, cell), text,
				reading->notes);
	else if (text)
		notes_add(reading->notes, NOTE_DROPPED, at_cell(reading, cell),
				"an airstamp without an airtime is only a day; write the hour in the show's "
				"time zone "
				"in a column \"airtime\"");
}

/* ---------------------------------------------------------------- other values */

static void set_texts(const struct csv_reading *reading, struct episode_draft *episode)
{
	static const struct {
		enum csv_column column;
		enum episode_field field;
	} TEXTS[] = {{CSV_NAME, EPISODE_NAME}, {CSV_TYPE, EPISODE_TYPE}, {CSV_SUMMARY, EPISODE_SUMMARY},
			{CSV_TEASER, EPISODE_TEASER}, {CSV_IMAGE, EPISODE_IMAGE}, {CSV_URL, EPISODE_URL}};
	const struct sheet_cell *cell;
	const char *text;

	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		text = value_of(reading, TEXTS[i].column, &cell);
		if (text)
			draft_set_episode(reading->draft, episode, TEXTS[i].field, at_cell(reading, cell),
					text, reading->notes);
	}
}

static void set_runtime(const struct csv_reading *reading, struct episode_draft *episode)
{
	const struct sheet_cell *cell;
	const char *text = value_of(reading, CSV_RUNTIME, &cell);
	long minutes = text ? typed_minutes(text) : 0;

	if (minutes >= 0 && text)
		draft_set_episode_number(reading->draft, episode, EPISODE_RUNTIME, at_cell(reading, cell),
				minutes, reading->notes);
	else if (text)
		notes_add(reading->notes, NOTE_DROPPED, at_cell(reading, cell),
				"\"%s\" is not a length; write it in minutes", text);
}

/* "7,5" is a rating, too. */
static void set_rating(const struct csv_reading *reading, struct episode_draft *episode)
{
	char rating[RATING_BYTES], *comma;
	const struct sheet_cell *cell;
	const char *text = value_of(reading, CSV_RATING, &cell);

	if (!text)
		return;
	snprintf(rating, sizeof(rating), "%s", text);
	comma = strchr(rating, ',');
	if (comma)
		*comma = '.';
	draft_set_episode(reading->draft, episode, EPISODE_RATING, at_cell(reading, cell), rating,
			reading->notes);
}

/* Words between commas or semicolons. */
static void add_keywords(const struct csv_reading *reading, struct episode_draft *episode)
{
	const struct sheet_cell *cell;
	const char *at = value_of(reading, CSV_KEYWORDS, &cell);

	while (at && *at) {
		size_t length = strcspn(at, ",;");

		draft_add_name(reading->draft, &episode->lists[EPISODE_KEYWORDS], at_cell(reading, cell),
				draft_keep(reading->draft, at, length), reading->notes);
		at += length + (at[length] != '\0');
	}
}

static bool is_yes(const char *text)
{
	return strchr("yYxXtT1", *text) != NULL;
}

static void set_reveals(const struct csv_reading *reading, struct episode_draft *episode)
{
	const struct sheet_cell *cell;
	const char *text = value_of(reading, CSV_TITLE_REVEAL, &cell);

	if (text && is_yes(text))
		draft_add_extra(reading->draft, &episode->extras, "title_reveal", "true");
	text = value_of(reading, CSV_REVEAL, &cell);
	if (text && episode->season == 0 && draft_reveal_from(text, &episode->after) < 0)
		notes_add(reading->notes, NOTE_DROPPED, at_cell(reading, cell),
				"\"%s\" is not an episode after which a special belongs; write s01e05", text);
	text = value_of(reading, CSV_TRIVIA, &cell);
	if (text)
		draft_add_fact(reading->draft, &episode->lists[EPISODE_TRIVIA], at_cell(reading, cell), text,
				(struct draft_reveal){.kind = REVEAL_DEFAULT}, reading->notes);
}

/* ---------------------------------------------------------------- rows */

/* Whether the row is of the show that is read: of the first that the table names, or of the one that is asked for. */
static bool is_of_show(struct csv_reading *reading)
{
	const char *asked = reading->options->show, *known = reading->draft->values[SHOW_NAME].text;
	const struct sheet_cell *cell;
	const char *name = value_of(reading, CSV_SHOW, &cell);

	if (!name || str_equal_nocase(name, known))
		return true;
	if (*known && !asked)
		notes_add(reading->notes, NOTE_PROBLEM, at_cell(reading, cell),
				"the table has several shows, \"%s\" and \"%s\"; choose one with --show",
				known, name);
	if (*known || (asked && !str_equal_nocase(name, asked))) {
		reading->has_others = true;
		return false;
	}
	draft_set_show(reading->draft, SHOW_NAME, at_cell(reading, cell), name, reading->notes);
	return true;
}

/* A row with more texts than the header has columns: a text with the separator in it, and the others are moved. */
static bool has_room(const struct csv_reading *reading)
{
	for (size_t i = reading->header.count; i < reading->sheet.count; i++) {
		const struct sheet_cell *cell = &reading->sheet.cells[i];

		if (!*trimmed(reading, cell))
			continue;
		notes_add(reading->notes, NOTE_PROBLEM, at_cell(reading, cell),
				"the row has more cells than the header; put a text with a \"%c\" in quotes",
				reading->sheet.separator);
		return false;
	}
	return true;
}

static void read_row(struct csv_reading *reading)
{
	struct episode_draft *episode;
	struct csv_episode place;
	struct origin at = at_row(reading);

	if (!has_room(reading) || !is_of_show(reading) || !read_place(reading, &place))
		return;
	if (place.number > 0 && draft_find(reading->draft, place.season, place.number)) {
		notes_add(reading->notes, NOTE_DROPPED, at,
				"s%02lde%02ld is in the table twice; the first row counts", place.season,
				place.number);
		return;
	}
	episode = draft_episode(reading->draft, place.season, place.number, at);
	if (!episode) {
		draft_refuse_episode(reading->draft, place.season, place.number, at, reading->notes);
		return;
	}
	set_days(reading, episode);
	set_texts(reading, episode);
	set_runtime(reading, episode);
	set_rating(reading, episode);
	add_keywords(reading, episode);
	set_reveals(reading, episode);
}

/* ---------------------------------------------------------------- the format */

/* The row above the header that has one text only: the show's name, by habit. */
static const char *single_text(const struct sheet *sheet)
{
	const char *text = NULL;

	for (size_t i = 0; i < sheet->count; i++) {
		if (sheet->cells[i].text[0] && text)
			return NULL;
		if (sheet->cells[i].text[0])
			text = sheet->cells[i].text;
	}
	return text;
}

/* Find the header among the first rows. 1, or 0: there is no header; negative: sheet->problem or out of memory. *title: the row
 * above it, "" without such a row; NULL if it is not wanted. */
static int find_header(struct sheet *sheet, struct csv_header *ret, struct str *title)
{
	const char *single;
	int r;

	for (size_t i = 0; i < HEADER_ROWS; i++) {
		r = sheet_next(sheet);
		if (r <= 0)
			return r;
		r = csv_header_read(sheet, ret);
		if (r != 0)
			return r;
		single = i == 0 && title ? single_text(sheet) : NULL;
		if (single)
			str_append(title, single);
	}
	return 0;
}

static bool looks_like(const struct import_input *input)
{
	char separator = sheet_separator(input->bytes, input->length);
	struct csv_header header;
	struct sheet sheet;
	bool found;

	if (!separator || input->json)
		return false;
	sheet_begin(&sheet, input->bytes, input->length, separator, true);
	found = find_header(&sheet, &header, NULL) > 0;
	sheet_release(&sheet);
	return found;
}

static void note_columns(const struct csv_reading *reading)
{
	const struct csv_header *header = &reading->header;

	for (size_t i = 0; i < header->count; i++) {
		const struct sheet_cell *cell = &reading->sheet.cells[i];
		const char *text = trimmed(reading, cell);
		enum csv_column column = header->columns[i];
		const char *nearest = column == CSV_COLUMNS ? csv_nearest(text) : NULL;

		if (!*text || (column < CSV_COLUMNS && header->cells[column] == (int)i))
			continue;
		if (column < CSV_COLUMNS)
			notes_add(reading->notes, NOTE_DROPPED, at_cell(reading, cell),
					"the column \"%s\": an earlier column is \"%s\" already", text,
					csv_name(column));
		else if (nearest)
			notes_add(reading->notes, NOTE_DROPPED, at_cell(reading, cell),
					"the column \"%s\" is not known; do you mean \"%s\"?", text, nearest);
		else
			notes_add(reading->notes, NOTE_DROPPED, at_cell(reading, cell),
					"the column \"%s\" is not known", text);
	}
	if (header->cells[CSV_SEASON] < 0 && header->cells[CSV_CODE] < 0)
		notes_add(reading->notes, NOTE_DOUBTFUL, at_row(reading),
				"no column \"season\": numbers without a season are of season 1");
}

static int read_csv(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct csv_reading reading = {.input = input, .options = options, .draft = draft, .notes = notes};
	struct str title = STR(SHEET_ROW_MAX_BYTES);
	int r;

	sheet_begin(&reading.sheet, input->bytes, input->length, sheet_separator(input->bytes, input->length),
			true);
	r = find_header(&reading.sheet, &reading.header, &title);
	if (r > 0 && reading.header.cells[CSV_SHOW] < 0)
		draft_set_show(draft, SHOW_NAME, (struct origin){.input = input, .line = 1}, str_text(&title),
				notes);
	if (r > 0)
		note_columns(&reading);
	while (r > 0 && draft_error(draft) == 0) {
		r = sheet_next(&reading.sheet);
		if (r > 0)
			read_row(&reading);
	}
	if (r == -EBADMSG)
		notes_add(notes, NOTE_PROBLEM,
				(struct origin){.input = input,
						.line = reading.sheet.problem_line,
						.column = reading.sheet.problem_column},
				"%s", reading.sheet.problem);
	sheet_release(&reading.sheet);
	if (r == 0 && draft->episode_count == 0 && reading.has_others && options->show)
		notes_add(notes, NOTE_PROBLEM, (struct origin){.input = input, .line = 1},
				"no row is of the show \"%s\"; write the name as in the table",
				options->show);
	if (r == 0 && notes_have_problem(notes))
		r = -EBADMSG;
	if (title.error == -ENOMEM)
		r = -ENOMEM;
	str_release(&title);
	return r < 0 ? r : draft_error(draft);
}

const struct import_format import_csv = {
		.name = "a table (CSV)",
		.max_bytes = CSV_MAX_BYTES,
		.looks_like = looks_like,
		.read = read_csv,
};
