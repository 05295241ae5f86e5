/* "episoded import": files, or a show of a site, to a dataset. */

#include "bot/daemon/import_command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/file.h"
#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/daemon/fetch_source.h"
#include "bot/daemon/progress_bar.h"
#include "bot/fetch/credit.h"
#include "bot/import/imdb_episodes.h"
#include "bot/import/inputs.h"
#include "bot/import/merge.h"
#include "bot/import/pages.h"
#include "bot/import/summary.h"
#include "bot/import/write.h"

#define REPORT_MAX_BYTES (1024u * 1024)

/* An import that runs. */
struct import_job {
	const struct import_arguments *arguments;
	void (*print)(bool is_error, const char *text);
	struct import_options options;
	struct imdb_episodes imdb;
	struct pages pages;
	struct show_draft *draft;
	struct notes *notes;
	struct inputs_paths paths;
	struct import_input **inputs; /* origins point to them */
	size_t input_count, merged_count, skipped_count;
	struct progress_bar bar;
	uint64_t read_bytes, total_bytes;
	char *target; /* the path of the dataset; NULL: standard output, or not written */
};

__attribute__((format(printf, 3, 4))) static void say(
		struct import_job *job, bool is_error, const char *format, ...)
{
	struct str line = STR(UTF8_LINE_MAX_BYTES + 1);
	va_list arguments;

	progress_bar_end(&job->bar);
	va_start(arguments, format);
	utf8_vline(&line, format, arguments);
	va_end(arguments);
	str_append_char(&line, '\n');
	job->print(is_error, str_text(&line));
	str_release(&line);
}

static int out_of_memory(struct import_job *job)
{
	say(job, true, "not imported: %s", strerror(ENOMEM));
	return EX_OSERR;
}

/* ---------------------------------------------------------------- reading */

static void on_read(void *context, uint64_t bytes)
{
	struct import_job *job = context;

	job->read_bytes += bytes;
	progress_bar_update(&job->bar, job->read_bytes, job->total_bytes);
}

static int complain_path(struct import_job *job, const char *path, int error)
{
	if (error == -ENOMEM)
		return out_of_memory(job);
	if (error == -E2BIG)
		say(job, true, "%s: more than %d files; name the folder of one show", path, INPUTS_FILES_MAX);
	else if (error == -EFBIG)
		say(job, true, "%s: too large: at most %u MB can be read of this format", path,
				SOURCE_JSON_MAX_BYTES / 1024 / 1024);
	else if (error == -ENODATA)
		say(job, true, "%s: the gzip file is cut off; download it again", path);
	else if (error == -EBADMSG)
		say(job, true, "%s: the gzip file is damaged; download it again", path);
	else
		say(job, true, "%s: cannot be read: %s", path, strerror(-error));
	return error == -EFBIG || error == -ENODATA || error == -EBADMSG ? EX_DATAERR : EX_NOINPUT;
}

static int find_paths(struct import_job *job)
{
	bool has_unknown = false;
	size_t fetched = 0;

	for (int i = 0; i < job->arguments->count; i++) {
		int r;

		if (fetch_address_is(job->arguments->sources[i])) {
			fetched += VISIT_DOCUMENTS_MAX;
			continue;
		}
		r = inputs_find(&job->paths, job->arguments->sources[i]);

		if (r < 0)
			return complain_path(job, job->arguments->sources[i], r);
	}
	for (size_t i = 0; i < job->paths.count; i++) {
		job->paths.items[i].options = &job->options;
		job->total_bytes += job->paths.items[i].bytes;
		has_unknown |= job->paths.items[i].bytes == 0;
	}
	job->total_bytes = has_unknown ? 0 : job->total_bytes;
	job->inputs = calloc(job->paths.count + fetched + 1, sizeof(*job->inputs));
	return job->inputs ? EX_OK : out_of_memory(job);
}

/* Read one file and merge it with those before. */
static int merge_input(struct import_job *job, const struct import_input *input)
{
	struct show_draft *draft = NULL;
	int r = draft_new(&draft);

	if (r == 0)
		r = source_read(input, &job->options, draft, job->notes);
	if (r == 0)
		draft_merge(job->draft, draft, job->options.show ? MERGE_RENAMED : 0, job->notes);
	draft_free(draft);
	return r == -EBADMSG ? 0 : r ? r : draft_error(job->draft);
}

static int read_path(struct import_job *job, struct inputs_path *path)
{
	struct import_input *input = NULL;
	int r = inputs_read(path, on_read, job, &input);

	if (r == -EAGAIN)
		return EX_OK; /* it waits */
	path->waits = false;
	if (r == -ENOEXEC) {
		job->skipped_count++;
		job->read_bytes += path->bytes;
		return EX_OK;
	}
	if (r < 0)
		return complain_path(job, path->path ? path->path : "standard input", r);
	job->inputs[job->input_count++] = input;
	if (path->is_in_folder && !source_format(input) && input->json) {
		job->skipped_count++;
		return EX_OK;
	}
	job->merged_count++;
	r = merge_input(job, input);
	return r < 0 ? out_of_memory(job) : EX_OK;
}

/* The documents of a show that is fetched from a site. */
static int read_fetched(struct import_job *job, const char *source)
{
	const struct fetch_source_options options = {.config_path = job->arguments->config_path,
			.is_agreed = job->arguments->is_agreed || job->arguments->is_dry_run,
			.print = job->print};
	struct visit visit = {0};
	int code = fetch_source(source, &options, &visit), r = 0;

	for (size_t i = 0; code == EX_OK && i < visit.document_count && r == 0; i++) {
		struct visit_document *document = &visit.documents[i];
		struct import_input *input = NULL;

		r = inputs_take(document->url, document->bytes, document->length, &input);
		document->bytes = NULL; /* taken over */
		if (r < 0)
			break;
		job->inputs[job->input_count++] = input;
		job->merged_count++;
		r = merge_input(job, input);
	}
	if (code == EX_OK && r == 0)
		fetch_credit(job->draft, visit.address.site, job->notes);
	visit_release(&visit);
	if (code == FETCH_SOURCE_DECLINED)
		say(job, true, "nothing is written");
	return code == EX_OK && r < 0 ? out_of_memory(job) : code;
}

/* Each file but those that are read after all others, and then those. */
static int read_paths(struct import_job *job)
{
	int code = EX_OK;

	for (size_t i = 0; code == EX_OK && i < job->paths.count; i++) {
		job->paths.items[i].waits = job->paths.items[i].bytes > 0; /* not a pipe */
		code = read_path(job, &job->paths.items[i]);
	}
	for (size_t i = 0; code == EX_OK && i < job->paths.count; i++) {
		if (!job->paths.items[i].waits)
			continue;
		job->paths.items[i].waits = false;
		code = read_path(job, &job->paths.items[i]);
	}
	return code;
}

static int read_all(struct import_job *job)
{
	int code = find_paths(job);

	for (int i = 0; code == EX_OK && i < job->arguments->count; i++)
		if (fetch_address_is(job->arguments->sources[i]))
			code = read_fetched(job, job->arguments->sources[i]);
	progress_bar_start(&job->bar, "reading");
	code = code == EX_OK ? read_paths(job) : code;
	progress_bar_end(&job->bar);
	if (code == EX_OK && job->merged_count == 0) {
		say(job, true, "%s: no file of a format that can be imported; docs/use/import.md lists them",
				job->arguments->sources[0]);
		code = EX_NOINPUT;
	}
	return code;
}

/* ---------------------------------------------------------------- where to */

static bool is_folder(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The name that "--show" gives; NULL: it is not given, or is an ID of IMDb, which chooses one show of several. */
static const char *given_name(const struct import_job *job)
{
	const char *show = job->options.show;
	bool is_id = show && str_starts(show, "tt") && show[2] &&
		     strspn(show + 2, "0123456789") == strlen(show + 2);

	return is_id ? NULL : show;
}

/* The path of the dataset in the folder, named after the show. */
static int name_target(struct import_job *job, const char *folder)
{
	const char *given = given_name(job), *show = given ? given : job->draft->values[SHOW_NAME].text;
	struct str path = STR(PATH_MAX);
	char *name;
	int r;

	if (!is_folder(folder)) {
		say(job, true, "%s: there is no such folder: make it with mkdir -p", folder);
		return EX_CANTCREAT;
	}
	name = *show ? write_file_name(show) : NULL;
	if (!name) /* a show without a name is refused later */
		return *show ? out_of_memory(job) : EX_OK;
	str_printf(&path, "%s/%s.json", folder, name);
	free(name);
	r = str_take(&path, &job->target);
	if (r == -ENOMEM)
		return out_of_memory(job);
	if (r < 0)
		say(job, true, "%s: the path is too long", folder);
	return r < 0 ? EX_CANTCREAT : EX_OK;
}

static int choose_target(struct import_job *job)
{
	const char *output = job->arguments->output;
	int code = EX_OK;

	if (job->arguments->into)
		code = name_target(job, job->arguments->into);
	else if (output && strcmp(output, "-") != 0) {
		if (is_folder(output)) {
			say(job, true, "%s is a folder: use --into %s", output, output);
			return EX_CANTCREAT;
		}
		job->target = str_copy(output);
		code = job->target ? EX_OK : out_of_memory(job);
	}
	if (code == EX_OK && job->target && access(job->target, F_OK) == 0 && !job->arguments->updates &&
			!job->arguments->replaces && !job->arguments->is_dry_run) {
		say(job, true,
				"%s exists: --update adds what is new to it and keeps its texts, --replace "
				"writes it "
				"again",
				job->target);
		code = EX_CANTCREAT;
	}
	return code;
}

/* Comments are no part of what is written: a dataset that has some is not changed. */
static int refuse_comments(struct import_job *job, const struct import_input *input)
{
	struct json *strict = NULL;
	const struct json_problem *problem;
	int r = input->json ? json_parse(input->bytes, input->length, JSON_OPTIONAL, &strict) : 0;

	if (r < 0)
		return r == -ENOMEM ? out_of_memory(job) : complain_path(job, job->target, r);
	if (strict && json_is_broken(strict) && json_problem_count(strict)) {
		problem = json_problem_at(strict, 0);
		say(job, true,
				"%s:%u:%u: --update would lose this comment: write the result to another "
				"file (-o FILE.json) "
				"and take what is new from it, or remove the comments",
				job->target, problem->line, problem->column);
		json_free(strict);
		return EX_CANTCREAT;
	}
	json_free(strict);
	return EX_OK;
}

/* The dataset that exists comes first: its texts stay, and the import's dates are newer. */
static int update(struct import_job *job)
{
	struct inputs_path path = {.path = job->target};
	struct show_draft *base = NULL;
	struct import_input *input = NULL;
	int r = inputs_read(&path, NULL, NULL, &input);

	if (r == -ENOENT)
		return EX_OK;
	if (r < 0)
		return complain_path(job, job->target, r);
	job->inputs[job->input_count++] = input; /* there is place for one more than the paths */
	r = refuse_comments(job, input);
	if (r != EX_OK)
		return r;
	r = draft_new(&base);
	if (r == 0)
		r = source_read(input, &job->options, base, job->notes);
	if (r == 0) {
		draft_merge(base, job->draft, MERGE_FACTS | MERGE_RENAMED, job->notes);
		r = draft_error(base);
	}
	if (r < 0) {
		draft_free(base);
		return r == -EBADMSG ? EX_OK : out_of_memory(job); /* the problem is noted */
	}
	draft_free(job->draft);
	job->draft = base;
	return EX_OK;
}

/* ---------------------------------------------------------------- writing */

/* What a dataset needs, in the words of an import. */
static void require(struct import_job *job)
{
	struct show_draft *draft = job->draft;

	if (!*draft->values[SHOW_NAME].text && given_name(job))
		draft_set_show(draft, SHOW_NAME, (struct origin){0}, given_name(job), job->notes);
	if (notes_have_problem(job->notes))
		return;
	if (!*draft->values[SHOW_NAME].text)
		notes_add(job->notes, NOTE_PROBLEM, (struct origin){0},
				"the files do not say the name of the show: give it with --show \"NAME\", or "
				"add the "
				"file of the show itself");
	if (draft->episode_count == 0)
		notes_add(job->notes, NOTE_PROBLEM, (struct origin){0},
				"the files have no episodes; add a file that has, or --update a dataset that "
				"exists");
}

static void print_notes(struct import_job *job)
{
	struct str report = STR(REPORT_MAX_BYTES);

	notes_print(job->notes, &report);
	if (report.length > 0)
		job->print(true, str_text(&report));
	str_release(&report);
	if (job->skipped_count > 0)
		say(job, true, "left out: %zu file%s of other formats", job->skipped_count,
				job->skipped_count == 1 ? "" : "s");
}

static void print_summary(struct import_job *job)
{
	struct str report = STR(REPORT_MAX_BYTES);

	summary_print(job->draft, &report);
	job->print(!job->arguments->is_dry_run, str_text(&report));
	str_release(&report);
}

/* A link stays one: what it leads to is replaced. */
static int put_file(const char *target, const struct str *text)
{
	char *real = realpath(target, NULL);
	const char *path = real ? real : target, *slash = strrchr(path, '/');
	char *folder = file_folder(path);
	int r = folder ? file_put_readable(folder, slash ? slash + 1 : path, str_text(text), text->length)
		       : -ENOMEM;

	free(folder);
	free(real);
	return r;
}

static int write_out(struct import_job *job, const struct str *text)
{
	int r;

	if (job->arguments->is_dry_run) {
		say(job, false, "nothing is written (--dry-run)");
		return EX_OK;
	}
	if (!job->target) {
		if (!job->arguments->output && isatty(STDOUT_FILENO))
			say(job, true, "nothing is written: add --into FOLDER, or -o FILE");
		else
			fwrite(str_text(text), 1, text->length, stdout);
		return EX_OK;
	}
	r = put_file(job->target, text);
	if (r < 0) {
		say(job, true, "%s cannot be written: %s", job->target, strerror(-r));
		return EX_CANTCREAT;
	}
	say(job, true, "written: %s", job->target);
	return EX_OK;
}

static int write_result(struct import_job *job)
{
	struct str text = STR(0);
	int code = EX_DATAERR, r = 0;

	require(job);
	if (!notes_have_problem(job->notes))
		r = write_dataset(job->draft, job->notes, &text);
	print_notes(job);
	if (r < 0 && r != -EBADMSG)
		code = out_of_memory(job);
	else if (r < 0 || notes_have_problem(job->notes))
		say(job, true, "nothing is written");
	else {
		print_summary(job);
		code = write_out(job, &text);
	}
	str_release(&text);
	return code;
}

/* ---------------------------------------------------------------- the command */

static int refuse_usage(struct import_job *job, const char *why)
{
	say(job, true, "%s", why);
	return EX_USAGE;
}

static int check_usage(struct import_job *job)
{
	const struct import_arguments *arguments = job->arguments;
	struct draft_reveal reveal;
	int stdin_count = 0;

	for (int i = 0; i < arguments->count; i++)
		stdin_count += strcmp(arguments->sources[i], "-") == 0;
	if (arguments->count == 0)
		return refuse_usage(job,
				"\"import\" needs files: episoded import harbour-lights.json --into shows");
	if (stdin_count > 1)
		return refuse_usage(job, "\"-\", standard input, can be read once");
	if (arguments->output && arguments->into)
		return refuse_usage(job, "-o names a file, and --into a folder: give one of them");
	if (arguments->replaces && arguments->updates)
		return refuse_usage(job, "give --replace or --update, not both");
	if (arguments->reveal && draft_reveal_from(arguments->reveal, &reveal) < 0)
		return refuse_usage(job, "--reveal must be an episode like s02e02, \"last\" or 0");
	return EX_OK;
}

/* What a person has seen is for the person to say: the bot knows who types. */
static bool has_seen_only(const struct import_job *job)
{
	return job->draft->seen && job->draft->episode_count == 0 && !notes_have_problem(job->notes);
}

static int print_seen(struct import_job *job)
{
	struct str report = STR(REPORT_MAX_BYTES);

	print_notes(job);
	say(job, true, "Type these lines to the bot, so that it knows what you have seen:");
	summary_print_seen(job->draft, &report);
	job->print(false, str_text(&report));
	str_release(&report);
	return EX_OK;
}

static int run(struct import_job *job)
{
	int code = read_all(job);

	if (code != EX_OK) {
		print_notes(job);
		return code;
	}
	if (has_seen_only(job))
		return print_seen(job);
	code = choose_target(job);
	if (code == EX_OK && job->arguments->updates && job->target)
		code = update(job);
	if (code == EX_OK) {
		pages_judge(&job->pages, job->notes);
		imdb_episodes_judge(&job->imdb, job->draft, job->notes);
	}
	return code == EX_OK ? write_result(job) : code;
}

int import_command(const struct import_arguments *arguments, void (*print)(bool is_error, const char *text))
{
	struct import_job job = {.arguments = arguments,
			.print = print,
			.options = {.show = arguments->show, .reveal = arguments->reveal}};
	int code = check_usage(&job);

	job.options.imdb = &job.imdb;
	job.options.pages = &job.pages;
	if (code == EX_OK && (notes_new(&job.notes) < 0 || draft_new(&job.draft) < 0))
		code = out_of_memory(&job);
	if (code == EX_OK)
		code = run(&job);
	draft_free(job.draft);
	imdb_episodes_release(&job.imdb);
	notes_free(job.notes);
	for (size_t i = 0; i < job.input_count; i++)
		inputs_free(job.inputs[i]);
	free(job.inputs);
	inputs_paths_release(&job.paths);
	free(job.target);
	return code;
}
