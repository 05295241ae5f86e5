/* Gateway-neutral answers: the setters, and the conversion to plain lines and to JSON. */

#include "bot/core/reply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/picture.h"

#define LINES_LEAST     6 /* title, teaser, text, hint, footer, choices */
#define ELLIPSIS        "…"
#define CLEAN_MAX_BYTES (4 * REPLY_TEXT_MAX_BYTES) /* a byte that is not UTF-8 becomes three */
#define ITEMS_LEAST     16

void reply_init(struct reply *reply)
{
	*reply = (struct reply){0};
}

void reply_release(struct reply *reply)
{
	free(reply->title);
	free(reply->teaser);
	free(reply->spoiler);
	free(reply->spoil);
	free(reply->text);
	free(reply->footer);
	free(reply->image);
	free(reply->url);
	for (size_t i = 0; i < reply->field_count; i++) {
		free(reply->fields[i].name);
		free(reply->fields[i].value);
	}
	for (size_t i = 0; i < reply->item_count; i++) {
		free(reply->items[i].text);
		free(reply->items[i].heading);
		free(reply->items[i].command);
	}
	free(reply->items);
	for (size_t i = 0; i < reply->choice_count; i++) {
		free(reply->choices[i].label);
		free(reply->choices[i].command);
	}
	reply_init(reply);
}

struct reply *reply_new(void)
{
	struct reply *reply = malloc(sizeof(*reply));

	if (reply)
		reply_init(reply);
	return reply;
}

void reply_free(struct reply *reply)
{
	if (!reply)
		return;
	reply_release(reply);
	free(reply);
}

void reply_clear(struct reply *reply)
{
	reply_release(reply);
}

/* A clean copy of at most limit bytes. NULL when the reply is full, and, with its error set, when out of memory. */
static char *cleaned(struct reply *reply, const char *text, size_t limit)
{
	struct str copy = STR(CLEAN_MAX_BYTES);
	char *ret = NULL;
	int r;

	if (reply->error)
		return NULL;
	utf8_clean(&copy, text, strnlen(text, REPLY_TEXT_MAX_BYTES + 1));
	if (copy.length > limit) {
		str_truncate(&copy, utf8_fit(copy.bytes, copy.length, limit - strlen(ELLIPSIS)));
		str_append(&copy, ELLIPSIS);
	}
	if (reply->bytes + copy.length > REPLY_MAX_BYTES) {
		str_release(&copy);
		return NULL;
	}
	reply->bytes += copy.length;
	r = str_take(&copy, &ret);
	if (r < 0)
		reply->error = r;
	return ret;
}

static void replace(struct reply *reply, char **slot, const char *text, size_t limit)
{
	char *copy = cleaned(reply, text, limit);

	if (!copy)
		return;
	reply->bytes -= *slot ? strlen(*slot) : 0;
	free(*slot);
	*slot = copy;
}

void reply_set_title(struct reply *reply, const char *text)
{
	reply->title_show_bytes = 0;
	replace(reply, &reply->title, text, REPLY_TITLE_MAX_BYTES);
}

void reply_set_text(struct reply *reply, const char *text)
{
	replace(reply, &reply->text, text, REPLY_TEXT_MAX_BYTES);
}

void reply_set_teaser(struct reply *reply, const char *text)
{
	replace(reply, &reply->teaser, text, REPLY_TEXT_MAX_BYTES);
}

void reply_set_spoil(struct reply *reply, const char *command)
{
	replace(reply, &reply->spoil, command, REPLY_TITLE_MAX_BYTES);
}

void reply_set_image(struct reply *reply, const char *url)
{
	replace(reply, &reply->image, url, REPLY_TEXT_MAX_BYTES);
}

void reply_set_url(struct reply *reply, const char *url)
{
	replace(reply, &reply->url, url, REPLY_TEXT_MAX_BYTES);
}

void reply_set_spoiler(struct reply *reply, const char *why)
{
	replace(reply, &reply->spoiler, why, REPLY_TITLE_MAX_BYTES);
}

void reply_set_footer(struct reply *reply, const char *text)
{
	replace(reply, &reply->footer, text, REPLY_TEXT_MAX_BYTES);
}

/* Clean two texts; if one fails, keep neither. */
static bool cleaned_pair(struct reply *reply, const char *first, const char *second, char **ret_first,
		char **ret_second)
{
	char *one = cleaned(reply, first, REPLY_TITLE_MAX_BYTES);
	char *two = cleaned(reply, second, REPLY_TEXT_MAX_BYTES);

	if (!one || !two) {
		free(one);
		free(two);
		return false;
	}
	*ret_first = one;
	*ret_second = two;
	return true;
}

void reply_add_field(struct reply *reply, const char *name, const char *value)
{
	struct reply_field field;

	if (reply->field_count < REPLY_FIELDS_MAX &&
			cleaned_pair(reply, name, value, &field.name, &field.value))
		reply->fields[reply->field_count++] = field;
}

static bool grow_items(struct reply *reply)
{
	size_t capacity = reply->item_capacity ? 2 * reply->item_capacity : ITEMS_LEAST;
	struct reply_item *items;

	if (reply->item_count < reply->item_capacity)
		return true;
	items = realloc(reply->items, capacity * sizeof(*items));
	if (!items) {
		reply->error = -ENOMEM;
		return false;
	}
	reply->items = items;
	reply->item_capacity = capacity;
	return true;
}

static void add_item(struct reply *reply, const char *text, bool is_veiled)
{
	char *item;

	if (reply->error || reply->item_count == REPLY_ITEMS_MAX || !grow_items(reply))
		return;
	item = cleaned(reply, text, REPLY_TEXT_MAX_BYTES);
	if (item)
		reply->items[reply->item_count++] = (struct reply_item){.text = item, .is_veiled = is_veiled};
}

void reply_add_item(struct reply *reply, const char *text)
{
	add_item(reply, text, false);
}

void reply_add_veiled_item(struct reply *reply, const char *text)
{
	add_item(reply, text, true);
}

static struct reply_item *last_item(struct reply *reply)
{
	return reply->item_count ? &reply->items[reply->item_count - 1] : NULL;
}

void reply_set_item_command(struct reply *reply, const char *label, const char *command)
{
	struct reply_item *item = last_item(reply);

	/* The text may be cut, or changed by cleaning. */
	if (!item || !*label || !str_starts(item->text, label))
		return;
	replace(reply, &item->command, command, REPLY_TITLE_MAX_BYTES);
	item->label_bytes = item->command ? strlen(label) : 0;
}

void reply_set_item_heading(struct reply *reply, const char *heading)
{
	struct reply_item *item = last_item(reply);

	if (item)
		replace(reply, &item->heading, heading, REPLY_TITLE_MAX_BYTES);
}

void reply_add_choice(struct reply *reply, const char *label, const char *command)
{
	struct reply_choice choice;

	if (reply->choice_count < REPLY_CHOICES_MAX &&
			cleaned_pair(reply, label, command, &choice.label, &choice.command))
		reply->choices[reply->choice_count++] = choice;
}

/* The lines made so far. */
struct lines {
	struct reply_line *line;
	size_t count;
	int error;
};

/* Add a line; its marks are those of kind. */
static void add_line(struct lines *lines, struct str *text, struct reply_line kind)
{
	struct reply_line *line = &lines->line[lines->count];
	int r = str_take(text, &kind.text);

	if (r < 0) {
		lines->error = lines->error ? lines->error : r;
		return;
	}
	*line = kind;
	lines->count++;
}

/* text may be NULL: then no line is added. */
static void add_text_line(struct lines *lines, const char *text, struct reply_line kind)
{
	struct str copy = STR(CLEAN_MAX_BYTES);

	if (!text)
		return;
	str_append(&copy, text);
	add_line(lines, &copy, kind);
}

void reply_append_hint(const struct reply *reply, const char *prefix, struct str *str)
{
	if (!reply->spoiler)
		return;
	str_append(str, reply->spoiler);
	if (reply->spoil)
		str_printf(str, ": say %s%s, and I'll tell you alone.", prefix, reply->spoil);
	else
		str_append(str, ", so I left it out here.");
}

static void add_hint_line(struct lines *lines, const struct reply *reply, const char *prefix)
{
	struct str text = STR(CLEAN_MAX_BYTES);

	reply_append_hint(reply, prefix, &text);
	if (text.length || text.error)
		add_line(lines, &text, (struct reply_line){.is_hint = true});
}

static void add_choices_line(struct lines *lines, const struct reply *reply, const char *prefix)
{
	struct str text = STR(CLEAN_MAX_BYTES);

	str_append(&text, "Try: ");
	for (size_t i = 0; i < reply->choice_count; i++)
		str_printf(&text, "%s%s%s", i ? ", " : "", prefix, reply->choices[i].command);
	add_line(lines, &text, (struct reply_line){0});
}

int reply_lines(const struct reply *reply, const char *prefix, struct reply_line **ret, size_t *ret_count)
{
	size_t most = LINES_LEAST + reply->field_count + reply->item_count;
	struct lines lines = {.line = calloc(most, sizeof(*lines.line))};
	const struct reply_line clear = {0};

	if (!lines.line)
		return -ENOMEM;
	add_text_line(&lines, reply->title, (struct reply_line){.is_title = true});
	add_text_line(&lines, reply->teaser, clear);
	add_text_line(&lines, reply->text, (struct reply_line){.is_veiled = reply->is_text_veiled});
	for (size_t i = 0; i < reply->field_count; i++) {
		struct str text = STR(CLEAN_MAX_BYTES);

		str_printf(&text, "%s: %s", reply->fields[i].name, reply->fields[i].value);
		add_line(&lines, &text, clear);
	}
	for (size_t i = 0; i < reply->item_count; i++)
		add_text_line(&lines, reply->items[i].text,
				(struct reply_line){.is_veiled = reply->items[i].is_veiled});
	add_hint_line(&lines, reply, prefix);
	add_text_line(&lines, reply->footer, clear);
	if (reply->kind == REPLY_PROBLEM && reply->choice_count)
		add_choices_line(&lines, reply, prefix);
	if (lines.error) {
		reply_lines_free(lines.line, lines.count);
		return lines.error;
	}
	*ret = lines.line;
	*ret_count = lines.count;
	return 0;
}

void reply_lines_free(struct reply_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(lines[i].text);
	free(lines);
}

static void append_string_member(struct str *str, const char *name, const char *value)
{
	if (!value)
		return;
	str_printf(str, ",\"%s\":", name);
	json_append_string(str, value);
}

/* The path of a file stays here. */
static void append_picture(struct str *str, const char *image)
{
	char name[PICTURE_NAME_BYTES];

	if (!image)
		return;
	if (!picture_is_file(image))
		append_string_member(str, "image", image);
	picture_name(image, name);
	str_printf(str, ",\"picture\":\"" PICTURE_FOLDER "%s\"", name);
}

static void append_pair(struct str *str, size_t index, const char *first, const char *second)
{
	str_append(str, index ? ",[" : "[");
	json_append_string(str, first);
	str_append_char(str, ',');
	json_append_string(str, second);
	str_append_char(str, ']');
}

/* Which parts are veiled. */
static void append_veiled(const struct reply *reply, struct str *str)
{
	size_t count = 0;

	str_printf(str, ",\"veiled\":{%s", reply->is_text_veiled ? "\"text\":true" : "");
	for (size_t i = 0; i < reply->item_count; i++) {
		if (!reply->items[i].is_veiled)
			continue;
		if (!count++)
			str_printf(str, "%s\"items\":[%zu", reply->is_text_veiled ? "," : "", i);
		else
			str_printf(str, ",%zu", i);
	}
	str_append(str, count ? "]}" : "}");
}

/* "Episode 5: Title. Teaser" -> label "Episode 5: Title", text "Teaser" */
static void append_row(struct str *str, const struct reply_item *item)
{
	struct str label = STR(REPLY_TEXT_MAX_BYTES);
	const char *rest = item->text + item->label_bytes;

	str_append_bytes(&label, item->text, item->label_bytes);
	rest += strspn(rest, ". ");
	str_append(str, "{");
	if (item->heading) {
		str_append(str, "\"heading\":");
		json_append_string(str, item->heading);
		str_append(str, ",");
	}
	if (item->command) {
		str_append(str, "\"label\":");
		json_append_string(str, str_text(&label));
		str_append(str, ",\"command\":");
		json_append_string(str, item->command);
		str_append(str, ",");
	}
	str_append(str, "\"text\":");
	json_append_string(str, rest);
	str_append(str, "}");
	if (label.error)
		str->error = label.error;
	str_release(&label);
}

static void append_item(struct str *str, const struct reply_item *item)
{
	if (item->heading || item->command)
		append_row(str, item);
	else
		json_append_string(str, item->text);
}

void reply_append_json(const struct reply *reply, struct str *str)
{
	str_printf(str, "{\"kind\":\"%s\"", reply->kind == REPLY_PROBLEM ? "problem" : "answer");
	append_string_member(str, "title", reply->title ? reply->title + reply->title_show_bytes : NULL);
	append_string_member(str, "teaser", reply->teaser);
	append_string_member(str, "spoiler", reply->spoiler);
	append_string_member(str, "text", reply->text);
	if (reply->field_count) {
		str_append(str, ",\"fields\":[");
		for (size_t i = 0; i < reply->field_count; i++)
			append_pair(str, i, reply->fields[i].name, reply->fields[i].value);
		str_append_char(str, ']');
	}
	if (reply->item_count) {
		str_append(str, ",\"items\":[");
		for (size_t i = 0; i < reply->item_count; i++) {
			str_append(str, i ? "," : "");
			append_item(str, &reply->items[i]);
		}
		str_append_char(str, ']');
	}
	if (reply->spoiler)
		append_veiled(reply, str);
	if (reply->order)
		str_printf(str, ",\"order\":%d", reply->order);
	if (reply->moment_s)
		str_printf(str, ",\"moment\":%lld", (long long)reply->moment_s);
	append_string_member(str, "footer", reply->footer);
	append_picture(str, reply->image);
	append_string_member(str, "url", reply->url);
	if (reply->choice_count) {
		str_append(str, ",\"choices\":[");
		for (size_t i = 0; i < reply->choice_count; i++)
			append_pair(str, i, reply->choices[i].label, reply->choices[i].command);
		str_append_char(str, ']');
	}
	str_append_char(str, '}');
}
