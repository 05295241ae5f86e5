/* What a site has sent becomes a show's refreshed copy. */

#include "bot/daemon/refresh_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/file.h"
#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/layers.h"
#include "bot/catalogue/load.h"
#include "bot/fetch/credit.h"
#include "bot/import/merge.h"
#include "bot/import/source.h"
#include "bot/import/write.h"

#define COPY_MAX_BYTES JSON_FILE_MAX_BYTES

/* A text that is read into a draft. The draft points to it. */
struct refresh_page {
	struct import_input input;
	struct show_draft *draft;
};

/* A copy that is being made. */
struct making {
	struct refresh_job *job;
	struct notes *notes;
	struct refresh_page old, pages[VISIT_DOCUMENTS_MAX];
	char *text; /* what there is */
	size_t length;
	char sum[LAYERS_SUM_BYTES];
};

static void release_page(struct refresh_page *page)
{
	draft_free(page->draft);
	json_free(page->input.json);
}

static int read_page(struct making *making, struct refresh_page *page, const char *name, const char *bytes,
		size_t length)
{
	static const struct import_options options = {.show = NULL, .reveal = NULL};
	int r = json_parse(bytes, length, JSON_COMMENTS, &page->input.json);

	page->input.name = name;
	page->input.bytes = bytes;
	page->input.length = length;
	if (r == 0 && json_is_broken(page->input.json)) {
		json_print_problems(page->input.json, name, &making->job->report);
		r = -EBADMSG;
	}
	if (r == 0)
		r = draft_new(&page->draft);
	if (r == 0)
		r = source_read(&page->input, &options, page->draft, making->notes);
	return r;
}

/* All documents of the site in the draft of the first. */
static int read_site(struct making *making)
{
	struct refresh_job *job = making->job;
	int r = 0;

	for (size_t i = 0; i < job->document_count && r == 0; i++) {
		struct visit_document *document = &job->documents[i];

		r = read_page(making, &making->pages[i], document->url, document->bytes, document->length);
		if (r == 0 && i > 0) {
			draft_merge(making->pages[0].draft, making->pages[i].draft, MERGE_RENAMED,
					making->notes);
			r = draft_error(making->pages[0].draft);
		}
	}
	return r;
}

/* The episodes that the site no longer had at the last refresh, as [season, number]: each is told once. */
static void read_gone(struct making *making)
{
	struct json_node *refreshed = json_get(json_root(making->old.input.json), "refreshed");

	for (struct json_node *node = json_first(json_get(refreshed, "gone")); node; node = json_next(node)) {
		double season = json_number(json_first(node)),
		       number = json_number(json_next(json_first(node)));
		struct episode_draft *episode = NULL;

		if (season >= 0 && season <= LOAD_SEASONS_MAX && number >= 0 && number <= LOAD_NUMBER_MAX)
			episode = draft_find(making->old.draft, (long)season, (long)number);
		if (episode)
			episode->is_gone = true;
	}
}

static void append_gone(const struct show_draft *draft, struct str *str)
{
	bool is_first = true;

	for (size_t i = 0; i < draft->episode_count; i++) {
		const struct episode_draft *episode = draft->episodes[i];

		if (!episode->is_gone)
			continue;
		str_printf(str, "%s[%d, %d]", is_first ? ", \"gone\": [" : ", ", episode->season,
				episode->number);
		is_first = false;
	}
	str_append(str, is_first ? "" : "]");
}

/* Which file the copy lies over, and what the log has told. Without a date, so that equal data is an equal file. */
static void mark(struct making *making)
{
	struct show_draft *draft = making->old.draft;
	struct str value = STR(COPY_MAX_BYTES);
	struct draft_extra *extra = draft->extras;
	char address[FETCH_ADDRESS_BYTES];

	str_printf(&value, "{\"over\": \"%s\", \"from\": \"%s\"", making->sum,
			fetch_address_text(&making->job->address, address));
	append_gone(draft, &value);
	str_append_char(&value, '}');
	if (value.error)
		draft->arena.error = value.error;
	while (extra && !str_equal(extra->key, "refreshed"))
		extra = extra->next;
	if (extra)
		extra->json = draft_keep(draft, str_text(&value), value.length);
	else
		draft_add_extra(draft, &draft->extras, "refreshed", str_text(&value));
	str_release(&value);
}

static int write_copy(struct making *making)
{
	const char *slash = strrchr(making->job->path, '/');
	const char *name = slash ? slash + 1 : making->job->path;
	struct str copy = STR(COPY_MAX_BYTES);
	int r;

	mark(making);
	r = draft_error(making->old.draft);
	if (r == 0)
		r = write_dataset(making->old.draft, making->notes, &copy);
	if (r == 0)
		r = copy.error;
	making->job->has_changed =
			r == 0 && (copy.length != making->length ||
						  memcmp(str_text(&copy), making->text, copy.length) != 0);
	if (making->job->has_changed) {
		r = file_make_folder(making->job->copies);
		if (r == 0)
			r = file_put(making->job->copies, name, str_text(&copy), copy.length);
	}
	str_release(&copy);
	return r == -EMSGSIZE ? -EBADMSG : r;
}

static int make(struct making *making)
{
	struct refresh_job *job = making->job;
	struct show_draft *fresh, *old;
	int r = layers_base(job->path, job->copies, &making->text, &making->length, making->sum);

	if (r == 0)
		r = notes_new(&making->notes);
	if (r == 0)
		r = read_page(making, &making->old, job->path, making->text, making->length);
	if (r == 0)
		r = read_site(making);
	if (r < 0)
		return r;
	fresh = making->pages[0].draft;
	old = making->old.draft;
	fetch_credit(fresh, job->address.site, making->notes);
	if (fresh->episode_count == 0) {
		utf8_report(&job->report, "%s sends the show without a single episode",
				fetch_sites[job->address.site].title);
		return -EBADMSG;
	}
	read_gone(making);
	/* The site's number is the same, so that a new name is one of the same show. */
	draft_merge(old, fresh, MERGE_FACTS | MERGE_TEXTS | MERGE_RENAMED, making->notes);
	r = draft_error(old);
	if (r == 0 && notes_have_problem(making->notes))
		r = -EBADMSG;
	return r < 0 ? r : write_copy(making);
}

void refresh_job_run(void *job)
{
	struct making making = {.job = job};

	making.job->error = make(&making);
	if (making.notes && making.job->error != -ENOMEM)
		notes_print(making.notes, &making.job->report);
	release_page(&making.old);
	for (size_t i = 0; i < VISIT_DOCUMENTS_MAX; i++)
		release_page(&making.pages[i]);
	notes_free(making.notes);
	free(making.text);
}

struct refresh_job *refresh_job_new(const char *path, const char *copies, struct visit *visit)
{
	struct refresh_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->report.limit_bytes = REFRESH_REPORT_MAX_BYTES;
	job->path = str_copy(path);
	job->copies = str_copy(copies);
	job->address = visit->address;
	if (!job->path || !job->copies) {
		refresh_job_free(job);
		return NULL;
	}
	memcpy(job->documents, visit->documents, sizeof(job->documents));
	job->document_count = visit->document_count;
	visit->document_count = 0;
	return job;
}

void refresh_job_free(void *user)
{
	struct refresh_job *job = user;

	if (!job)
		return;
	for (size_t i = 0; i < job->document_count; i++) {
		free(job->documents[i].bytes);
		free(job->documents[i].url);
	}
	str_release(&job->report);
	free(job->path);
	free(job->copies);
	free(job);
}
