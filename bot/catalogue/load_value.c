/* The values of a dataset's members: texts, names, dates, links. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/html.h"
#include "bot/catalogue/loader.h"
#include "bot/catalogue/picture.h"
#include "bot/catalogue/written.h"

#define SECONDS_OF_NOON 43200

struct arena *loader_arena(struct loader *loader)
{
	return &loader->dataset->arena;
}

static void note_place(struct loader *loader, const char *text, const struct json_node *node)
{
	struct place *place = arena_array(loader_arena(loader), 1, sizeof(*place));

	if (!place)
		return;
	*place = (struct place){.next = loader->dataset->places, .text = text, .node = node};
	loader->dataset->places = place;
}

/* The string of a text node: the string itself, or of a map of languages the "en" string, otherwise the
 * first. NULL for any other node. */
static const char *text_of(struct json_node *node)
{
	struct json_node *language;

	if (json_type(node) != JSON_OBJECT)
		return json_string(node);
	language = json_get(node, "en");
	return json_string(language ? language : json_first(node));
}

/* The text of a node as one plain line in the arena; NULL after a problem. */
static const char *copy_plain(
		struct loader *loader, const struct json_node *node, const char *raw, size_t limit)
{
	struct str plain = STR(limit * UTF8_CODEPOINT_BYTES);
	const char *text = NULL;

	html_plain(&plain, raw);
	if (plain.error == -EMSGSIZE || (plain.error == 0 && plain.length > limit &&
							utf8_codepoints(str_text(&plain)) > limit)) {
		json_problem(loader->json, node, "this text is too long; the limit is %zu characters", limit);
	} else if (plain.error != 0) {
		loader_arena(loader)->error = plain.error;
	} else {
		text = arena_text(loader_arena(loader), str_text(&plain));
		note_place(loader, text, node);
	}
	str_release(&plain);
	return text;
}

static const char *load_limited(
		struct loader *loader, struct json_node *object, const char *key, int flags, size_t limit)
{
	struct json_node *node = json_get(object, key);
	const char *raw, *text;

	if (!node || json_type(node) == JSON_NULL) {
		if (flags & JSON_REQUIRED)
			json_problem(loader->json, object, "\"%s\" is missing", key);
		return "";
	}
	raw = text_of(node);
	if (!raw) {
		json_problem(loader->json, node,
				"\"%s\" must be a text, or an object of language tags and texts", key);
		return "";
	}
	text = copy_plain(loader, node, raw, limit);
	if (text && *text == '\0' && (flags & JSON_REQUIRED))
		json_problem(loader->json, node, "\"%s\" is empty", key);
	return text ? text : "";
}

const char *load_text(struct loader *loader, struct json_node *object, const char *key, int flags)
{
	return load_limited(loader, object, key, flags, LOAD_TEXT_MAX);
}

const char *load_name(struct loader *loader, struct json_node *object, const char *key, int flags)
{
	return load_limited(loader, object, key, flags, LOAD_NAME_MAX);
}

const char *load_plain_name(struct loader *loader, const struct json_node *node, const char *raw)
{
	return copy_plain(loader, node, raw, LOAD_NAME_MAX);
}

const char *const *load_names(
		struct loader *loader, struct json_node *object, const char *key, size_t *ret_count)
{
	struct json_node *array, *item;
	const char **strings;
	size_t count = 0;

	*ret_count = 0;
	if (!json_array(loader->json, object, key, JSON_OPTIONAL, &array))
		return NULL;
	strings = arena_array(loader_arena(loader), json_count(array), sizeof(*strings));
	if (!strings)
		return NULL;
	for (item = json_first(array); item; item = json_next(item)) {
		const char *raw = json_string(item);
		const char *text = raw ? load_plain_name(loader, item, raw) : "";

		if (text && *text)
			strings[count++] = text;
		else if (text)
			json_problem(loader->json, item, "\"%s\" must be a list of texts that are not empty",
					key);
	}
	*ret_count = count;
	return strings;
}

struct json_node *load_list(struct loader *loader, struct json_node *root, const char *key)
{
	struct json_node *array = NULL, *embedded = NULL;

	if (!json_array(loader->json, root, key, JSON_OPTIONAL, &array) &&
			json_object(loader->json, root, "_embedded", JSON_OPTIONAL, &embedded))
		json_array(loader->json, embedded, key, JSON_OPTIONAL, &array);
	return array;
}

bool load_is_object(struct loader *loader, const struct json_node *node, const char *what)
{
	if (json_type(node) == JSON_OBJECT)
		return true;
	json_problem(loader->json, node, "%s must be an object in braces", what);
	return false;
}

const char *load_link(struct loader *loader, struct json_node *object, const char *key)
{
	struct json_node *node = json_get(object, key);
	struct str link = STR(WRITTEN_LINK_MAX_BYTES + 1);
	const char *text, *copy;
	size_t scheme;

	if (json_type(node) == JSON_OBJECT)
		node = json_get(node, json_string(json_get(node, "original")) ? "original" : "medium");
	text = json_string(node);
	if (!node || json_type(node) == JSON_NULL || (text && *text == '\0'))
		return "";
	scheme = text ? written_link(text) : 0;
	if (scheme == 0) {
		json_warning(loader->json, node,
				"\"%s\" is left out: it must be a link that begins with https://", key);
		return "";
	}
	str_printf(&link, "https://%s", text + scheme);
	copy = arena_text(loader_arena(loader), str_text(&link));
	if (link.error != 0)
		loader_arena(loader)->error = link.error;
	str_release(&link);
	return copy;
}

/* Why a file is not used as a picture. */
static const char *picture_problem(int error)
{
	switch (error) {
	case -EINVAL:
		return "it must be a link that begins with https://, or a file beside the dataset "
		       "(\"lamp.png\", "
		       "\"pictures/lamp.png\")";
	case -ENOENT:
	case -ENOTDIR: return "there is no such file beside the dataset";
	case -EISDIR: return "it is no file";
	case -ELOOP: return "the file is a symbolic link; copy the picture";
	case -EFBIG: return "the file is larger than 3 MB; make the picture smaller";
	case -EBADMSG: return "the file is not PNG, JPEG, WebP or GIF";
	case -EACCES: return "the bot may not read the file";
	default: return "the file cannot be read";
	}
}

const char *load_picture(struct loader *loader, struct json_node *object, const char *key)
{
	const struct json_node *node = json_get(object, key);
	const char *text = json_string(node), *copy = "";
	char *path = NULL;
	int r;

	if (!text || !*text || strstr(text, "://"))
		return load_link(loader, object, key);
	r = picture_path(json_path(loader->json), text, &path);
	/* A text that is not from a file has nothing beside it. */
	if (r == 0 && *json_path(loader->json))
		r = picture_read(path, NULL, NULL, NULL);
	if (r == 0)
		copy = *json_path(loader->json) ? arena_text(loader_arena(loader), path) : "";
	else if (r == -ENOMEM)
		loader_arena(loader)->error = r;
	else
		json_warning(loader->json, node, "\"%s\" is left out: %s", key, picture_problem(r));
	free(path);
	return copy;
}

double load_rating(struct loader *loader, struct json_node *object)
{
	struct json_node *node = json_get(object, "rating");
	double rating;

	if (json_type(node) == JSON_OBJECT)
		node = json_get(node, "average");
	if (!node || json_type(node) == JSON_NULL)
		return 0;
	rating = json_number(node);
	if (json_type(node) != JSON_NUMBER || !(rating >= 0 && rating <= 10)) {
		json_problem(loader->json, node, "\"rating\" must be a number from 0 to 10");
		return 0;
	}
	return rating;
}

/* ---------------------------------------------------------------- days and hours */

struct date load_date(struct loader *loader, struct json_node *object, const char *key)
{
	struct date date = {0};
	const char *text;
	int r;

	/* TVmaze writes "" for a date that is not known yet. */
	if (!json_text(loader->json, object, key, JSON_OPTIONAL, &text) || *text == '\0')
		return date;
	r = written_date(text, &date);
	if (r == -ERANGE)
		json_problem(loader->json, json_get(object, key), "\"%s\" is not a day of the calendar", key);
	else if (r < 0)
		json_problem(loader->json, json_get(object, key), "\"%s\" must be a date like 2022-01-28",
				key);
	return date;
}

const char *load_clock(struct loader *loader, struct json_node *object, const char *key)
{
	const char *text;

	if (!json_text(loader->json, object, key, JSON_OPTIONAL, &text) || *text == '\0')
		return "";
	if (written_clock(text) < 0 || text[5] != '\0') {
		json_warning(loader->json, json_get(object, key),
				"\"%s\" is left out: it must be an hour like 21:00", key);
		return "";
	}
	return arena_text(loader_arena(loader), text);
}

int64_t load_airstamp(struct loader *loader, struct json_node *object, const char *airtime)
{
	bool has_airtime = json_get(object, "airtime") != NULL;
	struct written_stamp stamp = {0};
	const char *text;

	if (!json_text(loader->json, object, "airstamp", JSON_OPTIONAL, &text) || *text == '\0')
		return 0;
	if (written_stamp(text, &stamp) < 0) {
		json_warning(loader->json, json_get(object, "airstamp"),
				"\"airstamp\" is left out: it must be like 2022-01-28T21:00:00+09:00");
		return 0;
	}
	/* An unknown hour is exported as noon where the network is, beside an empty airtime. */
	if (has_airtime ? *airtime == '\0' : stamp.local_s == SECONDS_OF_NOON)
		return 0;
	return stamp.utc_s;
}
