/* A draft as the text of a dataset, checked as the bot would. */

#include "bot/import/write.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/load.h"
#include "bot/import/as_json.h"
#include "bot/import/source.h"

#define FILE_NAME_MAX_BYTES 100

/* The text, and where each of its lines was read. */
struct writing {
	struct show_draft *draft;
	struct notes *notes;
	struct str *text;
	struct origin *origins; /* of line 1, 2, ... */
	size_t line_count, line_capacity;
	int depth;     /* of the objects that are open */
	bool is_first; /* of the members of the innermost object or list */
	bool is_renumbered;
	int error;
};

/* ---------------------------------------------------------------- lines */

static void remember(struct writing *writing, struct origin at)
{
	size_t capacity = writing->line_capacity ? writing->line_capacity * 2 : 1024;
	struct origin *origins;

	if (writing->line_count == writing->line_capacity) {
		origins = realloc(writing->origins, capacity * sizeof(*origins));
		if (!origins) {
			writing->error = -ENOMEM;
			return;
		}
		writing->origins = origins;
		writing->line_capacity = capacity;
	}
	writing->origins[writing->line_count++] = at;
}

/* Begin a line with the comma that the line before needs. */
static void begin_line(struct writing *writing, struct origin at)
{
	static const char spaces[] = "                ";
	size_t indent = (size_t)writing->depth * 2;

	if (writing->text->length > 0)
		str_append(writing->text, writing->is_first ? "\n" : ",\n");
	str_append_bytes(writing->text, spaces, indent < sizeof(spaces) ? indent : sizeof(spaces) - 1);
	writing->is_first = false;
	remember(writing, at);
}

static void open_container(struct writing *writing, const char *key, char sign, struct origin at)
{
	begin_line(writing, at);
	if (key)
		str_printf(writing->text, "\"%s\": ", key);
	str_append_char(writing->text, sign);
	writing->depth++;
	writing->is_first = true;
}

static void close_container(struct writing *writing, char sign)
{
	writing->depth--;
	writing->is_first = true; /* no comma before the sign */
	begin_line(writing, (struct origin){0});
	str_append_char(writing->text, sign);
}

static void begin_member(struct writing *writing, const char *key, struct origin at)
{
	begin_line(writing, at);
	as_json_string(writing->text, key);
	str_append(writing->text, ": ");
}

/* ---------------------------------------------------------------- values that name episodes by their order */

static int order_of(struct writing *writing, const struct draft_reveal *reveal, struct origin at)
{
	const struct show_draft *draft = writing->draft;
	int order;

	switch (reveal->kind) {
	case REVEAL_NEVER: return 0;
	case REVEAL_BEFORE: return draft_order_before(draft, reveal->season, reveal->number);
	case REVEAL_SEASON: return draft_order_before(draft, reveal->season, INT_MAX);
	case REVEAL_EPISODE:
		order = draft_order(draft, reveal->season, reveal->number);
		if (order > 0)
			return order;
		notes_add(writing->notes, NOTE_CHANGED, at,
				"the show has no episode s%02de%02d: this is shown after the last one",
				reveal->season, reveal->number);
		break;
	case REVEAL_DEFAULT:
	case REVEAL_LAST: break;
	}
	return draft_last_order(draft);
}

/* A member whose number is an order. */
static bool is_order(const struct json_node *node)
{
	const char *key = json_key(node);

	return json_type(node) == JSON_NUMBER && key &&
	       (strcmp(key, "reveal") == 0 || strcmp(key, "title_reveal") == 0 ||
			       strcmp(key, "first_seen") == 0);
}

/* Append a value with the present orders. The depth is limited by json_parse(). */
static void append_renumbered(struct writing *writing, struct json_node *node)
{
	bool is_object = json_type(node) == JSON_OBJECT;

	if (is_order(node)) {
		str_printf(writing->text, "%d", draft_order_now(writing->draft, (int)json_number(node)));
		return;
	}
	if (!is_object && json_type(node) != JSON_ARRAY) {
		as_json_node(writing->text, node);
		return;
	}
	str_append_char(writing->text, is_object ? '{' : '[');
	for (struct json_node *member = json_first(node); member; member = json_next(member)) {
		str_append(writing->text, member == json_first(node) ? "" : ", ");
		if (is_object) {
			as_json_string(writing->text, json_key(member));
			str_append(writing->text, ": ");
		}
		append_renumbered(writing, member);
	}
	str_append_char(writing->text, is_object ? '}' : ']');
}

/* Append JSON of a dataset; key: of the member that it is the value of, or NULL. */
static void append_kept(struct writing *writing, const char *key, const char *text)
{
	struct str object = STR(DRAFT_JSON_MAX_BYTES * 2);
	struct json *json = NULL;
	int r;

	if (!writing->is_renumbered) {
		str_append(writing->text, text);
		return;
	}
	/* In an object, so that the value has its key. */
	str_append_char(&object, '{');
	as_json_string(&object, key ? key : "");
	str_printf(&object, ": %s}", text);
	r = object.error ? object.error : json_parse(str_text(&object), object.length, JSON_OPTIONAL, &json);
	if (r == 0 && json_root(json))
		append_renumbered(writing, json_first(json_root(json)));
	else
		str_append(writing->text, text);
	if (r == -ENOMEM)
		writing->error = r;
	json_free(json);
	str_release(&object);
}

/* ---------------------------------------------------------------- values and lists */

static void write_value(
		struct writing *writing, const struct draft_field *field, const struct draft_value *value)
{
	bool is_plain = value->json || field->kind == DRAFT_NUMBER || field->kind == DRAFT_RATING;

	if (!*value->text)
		return;
	begin_member(writing, field->key, value->origin);
	if (is_plain)
		str_append(writing->text, value->json ? value->json : value->text);
	else
		as_json_string(writing->text, value->text);
}

static void write_item(struct writing *writing, const struct draft_item *item)
{
	size_t length = strlen(item->json);

	if (item->reveal.kind == REVEAL_DEFAULT || length == 0 || item->json[length - 1] != '}') {
		append_kept(writing, NULL, item->json);
		return;
	}
	str_append_bytes(writing->text, item->json, length - 1);
	str_printf(writing->text, ", \"reveal\": %d}", order_of(writing, &item->reveal, item->origin));
}

/* Texts are on one line, objects on a line each. */
static void write_list(struct writing *writing, const char *key, const struct draft_list *list)
{
	if (!list->first)
		return;
	if (*list->first->json == '"') {
		begin_member(writing, key, list->first->origin);
		for (const struct draft_item *item = list->first; item; item = item->next) {
			str_append(writing->text, item == list->first ? "[" : ", ");
			str_append(writing->text, item->json);
		}
		str_append_char(writing->text, ']');
		return;
	}
	open_container(writing, key, '[', list->first->origin);
	for (const struct draft_item *item = list->first; item; item = item->next) {
		begin_line(writing, item->origin);
		write_item(writing, item);
	}
	close_container(writing, ']');
}

static void write_extras(struct writing *writing, const struct draft_extra *extra, bool is_schema)
{
	for (; extra; extra = extra->next) {
		if ((strcmp(extra->key, "$schema") == 0) != is_schema)
			continue;
		begin_member(writing, extra->key, (struct origin){0});
		append_kept(writing, extra->key, extra->json);
	}
}

static void write_schedule(struct writing *writing)
{
	const struct draft_value *time = &writing->draft->values[SHOW_SCHEDULE_TIME];
	const struct draft_list *days = &writing->draft->lists[SHOW_SCHEDULE_DAYS];

	if (!*time->text && !days->first)
		return;
	open_container(writing, "schedule", '{', time->origin);
	write_value(writing, &show_fields[SHOW_SCHEDULE_TIME], time);
	write_list(writing, show_list_keys[SHOW_SCHEDULE_DAYS], days);
	close_container(writing, '}');
}

/* Where a special belongs, unless the dataset that was read says so itself. */
static void write_place(struct writing *writing, const struct episode_draft *episode)
{
	const struct draft_extra *extra = episode->extras;

	while (extra && strcmp(extra->key, "reveal") != 0)
		extra = extra->next;
	if (extra || episode->after.kind == REVEAL_DEFAULT)
		return;
	begin_member(writing, "reveal", episode->origin);
	str_printf(writing->text, "%d", order_of(writing, &episode->after, episode->origin));
}

/* ---------------------------------------------------------------- the dataset */

static void write_episode(struct writing *writing, const struct episode_draft *episode)
{
	static const enum episode_field before[] = {EPISODE_NAME, EPISODE_TYPE, EPISODE_AIRDATE,
			EPISODE_AIRTIME, EPISODE_AIRSTAMP, EPISODE_RUNTIME, EPISODE_SUMMARY, EPISODE_TEASER};
	static const enum episode_field after[] = {EPISODE_RATING, EPISODE_IMAGE, EPISODE_URL, EPISODE_ID};

	open_container(writing, NULL, '{', episode->origin);
	begin_member(writing, "season", episode->origin);
	str_printf(writing->text, "%d", episode->season);
	begin_member(writing, "number", episode->origin);
	if (episode->number > 0)
		str_printf(writing->text, "%d", episode->number);
	else
		str_append(writing->text, "null");
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		write_value(writing, &episode_fields[before[i]], &episode->values[before[i]]);
	write_place(writing, episode);
	write_extras(writing, episode->extras, false);
	for (int i = 0; i < EPISODE_LISTS; i++)
		write_list(writing, episode_list_keys[i], &episode->lists[i]);
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++)
		write_value(writing, &episode_fields[after[i]], &episode->values[after[i]]);
	close_container(writing, '}');
}

static void write_show(struct writing *writing)
{
	static const enum show_field about[] = {
			SHOW_LANGUAGE, SHOW_PREMIERED, SHOW_ENDED, SHOW_STATUS, SHOW_NETWORK, SHOW_TIMEZONE};
	static const enum show_field after[] = {
			SHOW_SUMMARY, SHOW_RATING, SHOW_IMAGE, SHOW_URL, SHOW_LICENSE, SHOW_ID};
	static const enum show_list lists[] = {SHOW_WHERE, SHOW_SOURCES, SHOW_CAST, SHOW_CHARACTERS,
			SHOW_TRIVIA, SHOW_WARNINGS, SHOW_QUOTES};
	struct show_draft *draft = writing->draft;

	open_container(writing, NULL, '{', (struct origin){0});
	write_extras(writing, draft->extras, true);
	write_value(writing, &show_fields[SHOW_NAME], &draft->values[SHOW_NAME]);
	write_list(writing, show_list_keys[SHOW_ALIASES], &draft->lists[SHOW_ALIASES]);
	write_list(writing, show_list_keys[SHOW_GENRES], &draft->lists[SHOW_GENRES]);
	for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
		write_value(writing, &show_fields[about[i]], &draft->values[about[i]]);
	write_schedule(writing);
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++)
		write_value(writing, &show_fields[after[i]], &draft->values[after[i]]);
	write_extras(writing, draft->extras, false);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		write_list(writing, show_list_keys[lists[i]], &draft->lists[lists[i]]);
	open_container(writing, "episodes", '[', (struct origin){0});
	for (size_t i = 0; i < draft->episode_count; i++)
		write_episode(writing, draft->episodes[i]);
	close_container(writing, ']');
	close_container(writing, '}');
	str_append_char(writing->text, '\n');
}

/* ---------------------------------------------------------------- what the bot would say */

/* Take the problems of the text as notes, at the place where each value was read. */
static void note_problems(struct writing *writing, struct json *json, bool is_broken)
{
	for (size_t i = 0; i < json_problem_count(json); i++) {
		const struct json_problem *problem = json_problem_at(json, i);
		size_t line = problem->line;
		struct origin at = line > 0 && line <= writing->line_count ? writing->origins[line - 1]
									   : (struct origin){0};

		if (is_broken && !problem->is_warning)
			notes_add(writing->notes, NOTE_PROBLEM, at, "%s", problem->text);
		else if (at.input) /* else a member that was kept as it is: its dataset has the same warning */
			notes_add(writing->notes, NOTE_DOUBTFUL, at, "%s", problem->text);
	}
}

static int check(struct writing *writing)
{
	struct dataset *dataset = NULL;
	struct json *json = NULL;
	int r = json_parse(str_text(writing->text), writing->text->length, JSON_OPTIONAL, &json);

	if (r == 0)
		r = dataset_read(json, "import", &dataset);
	if (r == 0)
		r = dataset_check(json, dataset);
	if (json)
		note_problems(writing, json, !dataset);
	dataset_free(dataset);
	json_free(json);
	return r;
}

static int refuse_size(struct writing *writing)
{
	notes_add(writing->notes, NOTE_PROBLEM, (struct origin){0},
			"the dataset would be larger than %u MB, the most that is read; leave texts or "
			"episodes out",
			JSON_FILE_MAX_BYTES / 1024 / 1024);
	return -EBADMSG;
}

int write_dataset(struct show_draft *draft, struct notes *notes, struct str *ret)
{
	struct writing writing = {.draft = draft, .notes = notes, .text = ret, .is_first = true};
	int r;

	draft_sort(draft);
	writing.is_renumbered = draft_is_renumbered(draft);
	if (writing.is_renumbered)
		notes_add(notes, NOTE_CHANGED, (struct origin){0},
				"episodes came between those that the dataset had: its numbers in \"reveal\" "
				"and "
				"\"first_seen\" are now those of the same episodes as before");
	ret->limit_bytes = JSON_FILE_MAX_BYTES;
	write_show(&writing);
	r = draft_error(draft) ? draft_error(draft) : writing.error ? writing.error : ret->error;
	if (r == -EMSGSIZE)
		r = refuse_size(&writing);
	else if (r == 0)
		r = check(&writing);
	free(writing.origins);
	return r;
}

char *write_file_name(const char *show)
{
	struct str folded = STR(LOAD_TEXT_MAX * UTF8_CODEPOINT_BYTES);
	char *name = NULL;
	size_t length;

	/* A file's name as it is; the hyphen of a word is dropped. */
	if (strspn(show, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(show))
		str_append(&folded, show);
	else
		utf8_fold(&folded, show);
	length = utf8_fit(str_text(&folded), folded.length, FILE_NAME_MAX_BYTES);
	if (folded.error == -EMSGSIZE || length == 0)
		name = str_copy("show");
	else if (folded.error == 0)
		name = str_copy_bytes(str_text(&folded), length);
	str_release(&folded);
	for (char *at = name; at && *at; at++)
		*at = *at == ' ' ? '-' : *at;
	/* The loader takes schema.json for the description of the format. */
	if (name && strcmp(name, "schema") == 0) {
		free(name);
		name = str_copy("schema-show");
	}
	return name;
}
