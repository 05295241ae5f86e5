/*
 * IMDb's data sets: title.episode.tsv, which has the season and the number of each episode of all shows and nothing else, and
 * title.basics.tsv, of which the rows of the show (title, years, genres) and of its episodes (title, minutes) are read. The
 * second is read after the first, which has the IDs of the episodes (imdb_episodes.h).
 *
 * Rows are read one after the other; rows of other shows are dropped while the file is read, if the show is known.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/import/imdb_episodes.h"
#include "bot/import/sheet.h"
#include "bot/import/source.h"

#define IMDB_MAX_BYTES (2048u * 1024 * 1024)
#define ID_BYTES       32

enum episode_cell { CELL_EPISODE, CELL_PARENT, CELL_SEASON, CELL_NUMBER, CELLS_OF_EPISODE };
enum title_cell {
	CELL_ID,
	CELL_KIND,
	CELL_NAME,
	CELL_ORIGINAL,
	CELL_IS_ADULT,
	CELL_BEGINS,
	CELL_ENDS,
	CELL_MINUTES,
	CELL_GENRES,
	CELLS_OF_TITLE,
};

static const char EPISODE_HEADER[] = "tconst\tparentTconst\tseasonNumber\tepisodeNumber";
static const char TITLE_HEADER[] =
		"tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\t"
		"runtimeMinutes\tgenres";

struct imdb_reading {
	const struct import_input *input;
	const struct import_options *options;
	struct show_draft *draft;
	struct notes *notes;
	struct sheet sheet;
	char show[ID_BYTES]; /* whose episodes are read; "": not known yet */
	size_t unnumbered;
	int error;       /* -ENOMEM */
	bool has_others; /* rows of other shows, although no show is asked for */
};

/* What IMDb writes for an episode without a title: "Episode #1.2". */
#define NO_TITLE "Episode #"

static bool is_header(const struct import_input *input, const char *header)
{
	size_t length = strlen(header);

	return str_starts(input->bytes, header) &&
	       (input->bytes[length] == '\n' || input->bytes[length] == '\r');
}

static struct origin at_cell(const struct imdb_reading *reading, size_t cell)
{
	return (struct origin){.input = reading->input,
			.line = reading->sheet.line,
			.column = reading->sheet.cells[cell].column};
}

/* "tt" and digits. */
static bool is_id(const char *text)
{
	return str_starts(text, "tt") && text[2] && strspn(text + 2, "0123456789") == strlen(text) - 2 &&
	       strlen(text) < ID_BYTES;
}

/* Whether the show is asked for by its ID; a name is not in the file of episodes. */
static bool is_chosen(const struct imdb_reading *reading)
{
	return reading->options->show && is_id(reading->options->show);
}

/* The show whose rows are read: asked for by its ID, or that of the file of episodes; NULL: not known. */
static const char *show_of(const struct import_options *options)
{
	if (options->show && is_id(options->show))
		return options->show;
	return options->imdb && *options->imdb->show ? options->imdb->show : NULL;
}

/* "\N" is not known. */
static const char *known(const char *text)
{
	return strcmp(text, "\\N") == 0 ? "" : text;
}

static void link_to_show(const struct imdb_reading *reading, struct origin at)
{
	struct str link = STR(100);

	str_printf(&link, "https://www.imdb.com/title/%s/", reading->show);
	draft_set_show(reading->draft, SHOW_URL, at, str_text(&link), reading->notes);
	str_release(&link);
}

/* ---------------------------------------------------------------- rows of other shows */

/* Is the ID in one of the first two cells of the row? */
static bool has_id(const char *row, size_t length, const char *id)
{
	size_t id_length = strlen(id);
	const char *second = memchr(row, '\t', length);

	if (length > id_length && row[id_length] == '\t' && memcmp(row, id, id_length) == 0)
		return true;
	if (!second)
		return false;
	second++;
	length -= (size_t)(second - row);
	return length > id_length && second[id_length] == '\t' && memcmp(second, id, id_length) == 0;
}

/* Leave only the line end of each row that is not of the show: a file has ten million rows. */
static size_t shrink(char *rows, size_t length, const struct import_options *options, size_t *ret_done)
{
	const char *show = show_of(options);
	size_t from = 0, to = 0;

	*ret_done = length;
	if (!show)
		return length;
	while (from < length) {
		const char *end = memchr(rows + from, '\n', length - from);
		size_t row = end ? (size_t)(end - rows) - from : length - from;

		if (!end)
			break;
		if (str_starts(rows + from, "tconst\t") || has_id(rows + from, row, show) ||
				(options->imdb && imdb_episodes_find(options->imdb,
								  imdb_id(rows + from, row)))) {
			memmove(rows + to, rows + from, row);
			to += row;
		}
		rows[to++] = '\n';
		from += row + 1;
	}
	*ret_done = to;
	memmove(rows + to, rows + from, length - from);
	return to + length - from;
}

/* ---------------------------------------------------------------- episodes */

static void add_episode(struct imdb_reading *reading)
{
	const struct sheet_cell *cells = reading->sheet.cells;
	struct episode_draft *episode;
	long season, number;

	if (str_to_long(cells[CELL_SEASON].text, 0, 99999, &season) < 0 ||
			str_to_long(cells[CELL_NUMBER].text, 0, 999999, &number) < 0) {
		reading->unnumbered++;
		return;
	}
	episode = draft_episode(reading->draft, season, number, at_cell(reading, CELL_EPISODE));
	if (!episode) {
		draft_refuse_episode(reading->draft, season, number, at_cell(reading, CELL_EPISODE),
				reading->notes);
		return;
	}
	draft_set_episode(reading->draft, episode, EPISODE_ID, at_cell(reading, CELL_EPISODE),
			cells[CELL_EPISODE].text + 2, reading->notes);
	if (reading->options->imdb && reading->error == 0)
		reading->error = imdb_episodes_add(reading->options->imdb,
				imdb_id(cells[CELL_EPISODE].text, strlen(cells[CELL_EPISODE].text)),
				(int)season, (int)number);
}

static void read_episode(struct imdb_reading *reading)
{
	const char *title = reading->sheet.cells[CELL_EPISODE].text,
		   *parent = reading->sheet.cells[CELL_PARENT].text;

	if (!is_id(title) || !is_id(parent)) {
		notes_add(reading->notes, NOTE_DROPPED, at_cell(reading, CELL_EPISODE),
				"a row without the IDs of an episode and its show");
		return;
	}
	if (!*reading->show) {
		memcpy(reading->show, parent, strlen(parent) + 1);
		link_to_show(reading, at_cell(reading, CELL_PARENT));
	}
	if (strcmp(parent, reading->show) == 0)
		add_episode(reading);
	else
		reading->has_others = true;
}

/* The show that is asked for, or the only one. */
static int judge_episodes(const struct imdb_reading *reading)
{
	struct origin at = {.input = reading->input, .line = 1};

	if (reading->unnumbered > 0)
		notes_add(reading->notes, NOTE_DROPPED, at, "%zu episode%s without a season or a number",
				reading->unnumbered, reading->unnumbered == 1 ? "" : "s");
	if (reading->has_others && !is_chosen(reading))
		notes_add(reading->notes, NOTE_PROBLEM, at,
				"has the episodes of several shows; choose one by its ID: --show %s",
				reading->show);
	else if (reading->draft->episode_count == 0)
		notes_add(reading->notes, NOTE_PROBLEM, at,
				"has no episodes of %s; take the ID from the address of the show's page on "
				"imdb.com",
				*reading->show ? reading->show : "a show");
	else
		return 0;
	return -EBADMSG;
}

/* ---------------------------------------------------------------- titles */

/* A row of an episode whose number is known. */
static void read_episode_title(struct imdb_reading *reading, const struct imdb_episode *found)
{
	const struct sheet_cell *cells = reading->sheet.cells;
	struct episode_draft *episode = draft_episode(
			reading->draft, found->season, found->number, at_cell(reading, CELL_ID));

	if (!episode)
		return;
	if (!str_starts(cells[CELL_NAME].text, NO_TITLE))
		draft_set_episode(reading->draft, episode, EPISODE_NAME, at_cell(reading, CELL_NAME),
				known(cells[CELL_NAME].text), reading->notes);
	draft_set_episode(reading->draft, episode, EPISODE_RUNTIME, at_cell(reading, CELL_MINUTES),
			known(cells[CELL_MINUTES].text), reading->notes);
}

static void read_show_title(struct imdb_reading *reading)
{
	const struct sheet_cell *cells = reading->sheet.cells;
	const char *genre = known(cells[CELL_GENRES].text);

	if (*reading->show ? strcmp(cells[CELL_ID].text, reading->show) != 0
			   : !str_equal_nocase(cells[CELL_NAME].text, reading->options->show) ||
							!str_starts(cells[CELL_KIND].text, "tv"))
		return;
	if (*reading->draft->values[SHOW_NAME].text) {
		reading->has_others = true;
		return;
	}
	draft_set_show(reading->draft, SHOW_NAME, at_cell(reading, CELL_NAME), known(cells[CELL_NAME].text),
			reading->notes);
	if (strcmp(cells[CELL_NAME].text, cells[CELL_ORIGINAL].text) != 0)
		draft_add_name(reading->draft, &reading->draft->lists[SHOW_ALIASES],
				at_cell(reading, CELL_ORIGINAL), known(cells[CELL_ORIGINAL].text),
				reading->notes);
	draft_set_show(reading->draft, SHOW_PREMIERED, at_cell(reading, CELL_BEGINS),
			known(cells[CELL_BEGINS].text), reading->notes);
	draft_set_show(reading->draft, SHOW_ENDED, at_cell(reading, CELL_ENDS), known(cells[CELL_ENDS].text),
			reading->notes);
	while (*genre) {
		size_t length = strcspn(genre, ",");

		draft_add_name(reading->draft, &reading->draft->lists[SHOW_GENRES],
				at_cell(reading, CELL_GENRES), draft_keep(reading->draft, genre, length),
				reading->notes);
		genre += length + (genre[length] == ',');
	}
	if (is_id(cells[CELL_ID].text)) {
		struct str link = STR(100);

		str_printf(&link, "https://www.imdb.com/title/%s/", cells[CELL_ID].text);
		draft_set_show(reading->draft, SHOW_URL, at_cell(reading, CELL_ID), str_text(&link),
				reading->notes);
		str_release(&link);
	}
}

static void read_title(struct imdb_reading *reading)
{
	struct imdb_episodes *episodes = reading->options->imdb;
	const char *id = reading->sheet.cells[CELL_ID].text;
	const struct imdb_episode *found =
			episodes ? imdb_episodes_find(episodes, imdb_id(id, strlen(id))) : NULL;

	if (found)
		read_episode_title(reading, found);
	else
		read_show_title(reading);
}

static int judge_title(const struct imdb_reading *reading)
{
	struct origin at = {.input = reading->input, .line = 1};

	if (!reading->options->show && !*reading->show)
		notes_add(reading->notes, NOTE_PROBLEM, at,
				"has the titles of all shows; choose one by its ID: --show tt1234567");
	else if (!*reading->draft->values[SHOW_NAME].text)
		notes_add(reading->notes, NOTE_PROBLEM, at, "has no show %s",
				*reading->show ? reading->show : reading->options->show);
	else if (reading->has_others)
		notes_add(reading->notes, NOTE_PROBLEM, at,
				"has several shows called \"%s\"; choose one by its ID: --show tt1234567",
				reading->options->show);
	else
		return 0;
	return -EBADMSG;
}

/* ---------------------------------------------------------------- the format */

static bool looks_like(const struct import_input *input)
{
	return is_header(input, EPISODE_HEADER) || is_header(input, TITLE_HEADER);
}

/* Read all rows after the header. */
static int read_rows(
		struct imdb_reading *reading, size_t cells, void (*read_row)(struct imdb_reading *reading))
{
	int r = sheet_next(&reading->sheet);

	while (r > 0 && draft_error(reading->draft) == 0 && reading->error == 0) {
		r = sheet_next(&reading->sheet);
		if (r > 0 && reading->sheet.count == cells)
			read_row(reading);
		else if (r > 0)
			notes_add(reading->notes, NOTE_DROPPED, at_cell(reading, 0),
					"a row with %zu cells in place of %zu; the file may be cut off",
					reading->sheet.count, cells);
	}
	if (r == -EBADMSG)
		notes_add(reading->notes, NOTE_PROBLEM,
				(struct origin){.input = reading->input,
						.line = reading->sheet.problem_line,
						.column = reading->sheet.problem_column},
				"%s", reading->sheet.problem);
	return r;
}

static int read_imdb(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct imdb_reading reading = {.input = input, .options = options, .draft = draft, .notes = notes};
	bool has_episodes = is_header(input, EPISODE_HEADER);
	const char *show = has_episodes && !is_chosen(&reading) ? NULL : show_of(options);
	int r;

	if (show)
		memcpy(reading.show, show, strlen(show) + 1);
	sheet_begin(&reading.sheet, input->bytes, input->length, '\t', false);
	if (has_episodes && *reading.show)
		link_to_show(&reading, (struct origin){.input = input, .line = 1});
	if (!has_episodes && !options->show && !show)
		r = 0; /* judge_title() refuses it */
	else
		r = read_rows(&reading, has_episodes ? (size_t)CELLS_OF_EPISODE : (size_t)CELLS_OF_TITLE,
				has_episodes ? read_episode : read_title);
	if (r == 0 && draft_error(draft) == 0)
		r = has_episodes ? judge_episodes(&reading) : judge_title(&reading);
	sheet_release(&reading.sheet);
	r = r < 0 ? r : reading.error ? reading.error : draft_error(draft);
	if (r == 0 && options->imdb && has_episodes) {
		memcpy(options->imdb->show, reading.show, sizeof(reading.show));
		options->imdb->at = (struct origin){.input = input, .line = 1};
	}
	if (r == 0 && options->imdb && !has_episodes)
		options->imdb->has_titles = true;
	return r;
}

static bool is_last(const struct import_input *input)
{
	return is_header(input, TITLE_HEADER);
}

const struct import_format import_imdb = {
		.name = "IMDb's data set",
		.max_bytes = IMDB_MAX_BYTES,
		.may_be_empty = true, /* title.basics.tsv has no episodes that tell their number */
		.looks_like = looks_like,
		.is_last = is_last,
		.shrink = shrink,
		.read = read_imdb,
};
