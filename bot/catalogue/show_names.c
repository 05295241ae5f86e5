/* The names of all shows, squeezed and sorted. */

#include "bot/catalogue/show_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/arena.h"
#include "bot/catalogue/words.h"

#define NAME_MAX_BYTES 1024 /* folded; typed names are far shorter */

struct show_name {
	const char *squeezed;
	size_t index; /* of the show in the catalogue */
	const struct show *show;
};

struct show_names {
	struct arena arena;
	struct show_name *entries; /* sorted by name, then by index */
	size_t count;
};

/* A show's names by index: its ID, its name, then its aliases. NULL after the last. */
static const char *show_name(const struct show *show, size_t index)
{
	if (index < 2)
		return index == 0 ? show->id : show->name;
	return index - 2 < show->alias_count ? show->aliases[index - 2] : NULL;
}

/* Fold a text and remove its spaces. */
static void squeeze(struct str *str, const char *text)
{
	struct str folded = STR(str->limit_bytes);

	utf8_fold(&folded, text);
	words_squeeze(str, str_text(&folded));
	if (folded.error != 0)
		str->error = folded.error;
	str_release(&folded);
}

static int by_name(const void *a, const void *b)
{
	const struct show_name *one = a, *other = b;
	int order = strcmp(one->squeezed, other->squeezed);

	return order ? order : (one->index > other->index) - (one->index < other->index);
}

static int add_name(struct show_names *names, const char *name, size_t index, const struct show *show)
{
	struct str squeezed = STR(NAME_MAX_BYTES);
	int r;

	squeeze(&squeezed, name);
	r = squeezed.error == -ENOMEM ? -ENOMEM : 0; /* a name that is too long cannot be typed */
	if (!squeezed.error && squeezed.length > 0)
		names->entries[names->count++] = (struct show_name){
				arena_text(&names->arena, str_text(&squeezed)), index, show};
	str_release(&squeezed);
	return r;
}

static int add_all(struct show_names *names, const struct catalogue *catalogue)
{
	size_t shows = catalogue_count(catalogue), count = 0;
	int r = 0;

	for (size_t i = 0; i < shows; i++)
		count += 2 + catalogue_at(catalogue, i)->alias_count;
	names->entries = arena_array(&names->arena, count, sizeof(*names->entries));
	for (size_t i = 0; i < shows; i++) {
		const struct show *show = catalogue_at(catalogue, i);
		const char *name;

		for (size_t j = 0; !r && !names->arena.error && (name = show_name(show, j)); j++)
			r = add_name(names, name, i, show);
	}
	return r ? r : names->arena.error;
}

int show_names_new(const struct catalogue *catalogue, struct show_names **ret)
{
	struct show_names *names = calloc(1, sizeof(*names));
	int r;

	if (!names)
		return -ENOMEM;
	r = add_all(names, catalogue);
	if (r) {
		show_names_free(names);
		return r;
	}
	if (names->count > 0)
		qsort(names->entries, names->count, sizeof(*names->entries), by_name);
	*ret = names;
	return 0;
}

void show_names_free(struct show_names *names)
{
	if (!names)
		return;
	arena_release(&names->arena);
	free(names);
}

static const struct show_name *first_of(const struct show_names *names, const char *squeezed)
{
	size_t low = 0, high = names->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(names->entries[middle].squeezed, squeezed) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < names->count && strcmp(names->entries[low].squeezed, squeezed) == 0
			       ? &names->entries[low]
			       : NULL;
}

static const struct show *nearest(const struct show_names *names, const char *squeezed)
{
	size_t letters = utf8_codepoints(squeezed);
	unsigned limit = letters >= 8 ? 2 : letters >= 5 ? 1 : 0, best = limit + 1;
	const struct show *found = NULL;
	bool is_tie = false;

	for (size_t i = 0; i < names->count && limit > 0; i++) {
		const struct show_name *entry = &names->entries[i];
		unsigned distance;

		if (*entry->squeezed != *squeezed)
			continue;
		distance = nearest_distance(squeezed, entry->squeezed, limit);
		if (distance < best) {
			best = distance;
			is_tie = false;
			found = entry->show;
		} else if (found && distance == best && found != entry->show) {
			is_tie = true;
		}
	}
	return is_tie ? NULL : found;
}

static const struct show *look_up(
		const struct show_names *names, const char *text, size_t length, bool is_guess)
{
	struct str squeezed = STR(NAME_MAX_BYTES);
	char *name = str_copy_bytes(text, length);
	const struct show *show = NULL;
	const struct show_name *entry;

	if (name)
		squeeze(&squeezed, name);
	if (!squeezed.error && squeezed.length > 0) {
		if (is_guess)
			show = nearest(names, str_text(&squeezed));
		else if ((entry = first_of(names, str_text(&squeezed))))
			show = entry->show;
	}
	str_release(&squeezed);
	free(name);
	return show;
}

const struct show *show_names_find(const struct show_names *names, const char *text, size_t length)
{
	return look_up(names, text, length, false);
}

const struct show *show_names_guess(const struct show_names *names, const char *text, size_t length)
{
	return look_up(names, text, length, true);
}
