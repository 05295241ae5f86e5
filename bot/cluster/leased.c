/* The list of the leases that the configuration needs, and of those that this process has to give. */

#include "bot/cluster/leased.h"

#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"

/* ---------------------------------------------------------------- one lease */

static void append_name(struct str *str, const struct lease_wanted *lease)
{
	if (lease->kind == LEASE_SHARD)
		str_printf(str, "%s/%s/%u/%u", lease->type, lease->gateway, lease->total, lease->number);
	else if (lease->kind == LEASE_GATEWAY)
		str_printf(str, "%s/%s", lease->type, lease->gateway);
	else if (*lease->gateway)
		str_printf(str, "role/%s/%s", lease->type, lease->gateway);
	else
		str_append(str, "role/announce");
}

static void free_leased(struct leased *leased)
{
	free(leased->name);
	free(leased->pool);
	free(leased->type);
	free(leased->gateway);
	free(leased->position);
	free(leased);
}

static struct leased *make_leased(const char *name, const struct lease_wanted *lease)
{
	struct leased *leased = calloc(1, sizeof(*leased));
	const char *slash = strrchr(name, '/');

	if (!leased)
		return NULL;
	leased->name = str_copy(name);
	leased->pool = lease->kind == LEASE_SHARD && slash ? str_copy_bytes(name, (size_t)(slash - name))
							   : str_copy("");
	leased->type = str_copy(lease->type);
	leased->gateway = str_copy(lease->gateway);
	if (!leased->name || !leased->pool || !leased->type || !leased->gateway) {
		free_leased(leased);
		return NULL;
	}
	leased->wanted = (struct lease_wanted){
			.kind = lease->kind,
			.gateway = leased->gateway,
			.type = leased->type,
			.total = lease->total,
			.number = lease->number,
	};
	return leased;
}

void leased_set_position(struct leased *leased, const char *position)
{
	char *copy = position ? str_copy(position) : NULL;

	free(leased->position);
	leased->position = copy;
}

bool leased_has_questions(const struct leased *leased)
{
	return leased->wanted.kind == LEASE_GATEWAY ||
	       (leased->wanted.kind == LEASE_SHARD && leased->set != SET_NEW);
}

/* ---------------------------------------------------------------- the list */

static size_t place_of(const struct leased_list *leased, const char *name)
{
	size_t low = 0, high = leased->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(leased->list[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct leased *leased_find(const struct leased_list *leased, const char *name)
{
	size_t place = place_of(leased, name);

	return place < leased->count && str_equal(leased->list[place]->name, name) ? leased->list[place]
										   : NULL;
}

struct leased *leased_find_wanted(const struct leased_list *leased, const struct lease_wanted *lease)
{
	struct str name = STR(LEASED_NAME_MAX_BYTES);
	struct leased *found;

	append_name(&name, lease);
	found = name.error ? NULL : leased_find(leased, str_text(&name));
	str_release(&name);
	return found;
}

/* NULL: out of memory. */
static struct leased *insert(struct leased_list *leased, const char *name, const struct lease_wanted *lease)
{
	struct leased *made;
	size_t place;

	if (leased->count == leased->capacity) {
		size_t capacity = leased->capacity ? 2 * leased->capacity : 16;
		struct leased **list = realloc(leased->list, capacity * sizeof(struct leased *));

		if (!list)
			return NULL;
		leased->list = list;
		leased->capacity = capacity;
	}
	made = make_leased(name, lease);
	if (!made)
		return NULL;
	place = place_of(leased, name);
	memmove(leased->list + place + 1, leased->list + place,
			(leased->count - place) * sizeof(struct leased *));
	leased->list[place] = made;
	leased->count++;
	return made;
}

struct leased *leased_add(struct leased_list *leased, const struct lease_wanted *lease)
{
	struct str name = STR(LEASED_NAME_MAX_BYTES);
	struct leased *found = NULL;

	append_name(&name, lease);
	if (!name.error) {
		found = leased_find(leased, str_text(&name));
		if (!found)
			found = insert(leased, str_text(&name), lease);
	}
	str_release(&name);
	return found;
}

struct leased *leased_add_stray(struct leased_list *leased, const char *name)
{
	static const struct lease_wanted unknown = {.kind = LEASE_GATEWAY, .gateway = "", .type = ""};

	return insert(leased, name, &unknown);
}

static void remove_at(struct leased_list *leased, size_t place)
{
	free_leased(leased->list[place]);
	leased->count--;
	memmove(leased->list + place, leased->list + place + 1,
			(leased->count - place) * sizeof(struct leased *));
}

void leased_drop_unwanted(struct leased_list *leased)
{
	for (size_t i = leased->count; i--;) {
		if (!leased->list[i]->is_wanted && leased->list[i]->state == LEASED_FREE)
			remove_at(leased, i);
	}
}

void leased_release(struct leased_list *leased)
{
	while (leased->count)
		remove_at(leased, leased->count - 1);
	free(leased->list);
}

/* ---------------------------------------------------------------- all of them */

static struct leased_pool *pool_of(struct leased_pool *pools, size_t *count, size_t max, const char *name)
{
	for (size_t i = 0; i < *count; i++) {
		if (str_equal(pools[i].name, name))
			return &pools[i];
	}
	if (*count == max)
		return NULL;
	pools[*count] = (struct leased_pool){.name = name};
	return &pools[(*count)++];
}

size_t leased_count_pools(const struct leased_list *leased, struct leased_pool *pools, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < leased->count; i++) {
		const struct leased *one = leased->list[i];
		struct leased_pool *pool = one->is_wanted ? pool_of(pools, &count, max, one->pool) : NULL;

		if (!pool)
			continue;
		pool->all++;
		pool->open += one->is_open && one->state == LEASED_FREE;
		pool->stale += one->is_open && one->is_stale && one->state == LEASED_FREE;
	}
	return count;
}

uint64_t leased_hash(const struct leased_list *leased)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < leased->count; i++) {
		const struct leased *one = leased->list[i];

		if (one->is_wanted && one->wanted.kind != LEASE_SHARD)
			hash = str_hash(hash, one->name, strlen(one->name) + 1);
	}
	return hash;
}
