/* One dataset file into a show: our own format, or what TVmaze exports. */

#include "bot/catalogue/load.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/catalogue/loader.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/titles.h"

int dataset_read(struct json *json, const char *id, struct dataset **ret)
{
	struct json_node *root = json_root(json);
	struct loader loader = {.json = json};
	struct dataset *dataset = NULL;
	int r;

	if (json_is_broken(json) || !root)
		return -EBADMSG;
	if (json_type(root) != JSON_OBJECT) {
		json_problem(json, root, "a dataset must be an object in braces");
		return -EBADMSG;
	}
	dataset = calloc(1, sizeof(*dataset));
	if (!dataset)
		return -ENOMEM;
	dataset->owners = 1;
	loader.dataset = dataset;
	dataset->show.id = arena_text(&dataset->arena, id);
	load_show(&loader, root, &dataset->show);
	r = dataset->arena.error;
	if (r == 0 && json_is_broken(json))
		r = -EBADMSG;
	if (r < 0)
		goto out;
	dataset->show.titles = titles_new(&dataset->show, &dataset->arena);
	dataset->show.index = search_index_new(&dataset->show);
	if (!dataset->show.titles || !dataset->show.index) {
		r = -ENOMEM;
		goto out;
	}
	*ret = dataset;
	dataset = NULL; /* owned by the caller now */
out:
	dataset_free(dataset);
	return r;
}

struct dataset *dataset_keep(struct dataset *dataset)
{
	atomic_fetch_add(&dataset->owners, 1);
	return dataset;
}

void dataset_free(struct dataset *dataset)
{
	if (!dataset || atomic_fetch_sub(&dataset->owners, 1) > 1)
		return;
	search_index_free(dataset->show.index);
	arena_release(&dataset->arena);
	free(dataset);
}

const struct json_node *dataset_place(const struct dataset *dataset, const char *text)
{
	for (const struct place *place = dataset->places; place; place = place->next) {
		if (place->text == text)
			return place->node;
	}
	return NULL;
}
