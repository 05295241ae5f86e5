/* The occasions that are to come, in the store and in memory. */

#include "bot/core/occasions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/occasion/schedule.h"
#include "bot/store/store.h"

#define AREA        "occasion"
#define BUCKETS_MIN 64

/* An occasion; its texts are in bytes. */
struct kept_occasion {
	struct schedule_item item;  /* first */
	struct kept_occasion *next; /* in its bucket */
	struct occasion occasion;
	uint64_t hash;
	bool is_planned; /* it is not in the store */
	bool is_stale;
	char *bytes;
};

struct occasions {
	struct store *store;
	struct occasions_host host;
	struct schedule schedule;
	struct kept_occasion **buckets; /* a power of two */
	size_t bucket_count;
	bool is_changing; /* on_change is called at the end of a change of many */
};

static uint64_t hash_of(const char *id)
{
	return str_hash(0, id, strlen(id));
}

static struct kept_occasion *kept_of(const struct schedule_item *item)
{
	return (struct kept_occasion *)(uintptr_t)item;
}

static void changed(const struct occasions *occasions)
{
	if (!occasions->is_changing && occasions->host.on_change)
		occasions->host.on_change(occasions->host.user);
}

/* ---------------------------------------------------------------- the table */

static struct kept_occasion **find_link(const struct occasions *occasions, const char *id, uint64_t hash)
{
	struct kept_occasion **link;

	if (!occasions->bucket_count)
		return NULL;
	link = &occasions->buckets[hash & (occasions->bucket_count - 1)];
	while (*link && ((*link)->hash != hash || !str_equal((*link)->occasion.id, id)))
		link = &(*link)->next;
	return link;
}

static struct kept_occasion *find(const struct occasions *occasions, const char *id)
{
	struct kept_occasion **link = find_link(occasions, id, hash_of(id));

	return link ? *link : NULL;
}

static int grow(struct occasions *occasions)
{
	size_t count = occasions->bucket_count ? occasions->bucket_count * 2 : BUCKETS_MIN;
	struct kept_occasion **buckets;

	if (occasions->schedule.count < occasions->bucket_count)
		return 0;
	buckets = calloc(count, sizeof(struct kept_occasion *));
	if (!buckets)
		return -ENOMEM;
	for (size_t i = 0; i < occasions->bucket_count; i++) {
		while (occasions->buckets[i]) {
			struct kept_occasion *kept = occasions->buckets[i];

			occasions->buckets[i] = kept->next;
			kept->next = buckets[kept->hash & (count - 1)];
			buckets[kept->hash & (count - 1)] = kept;
		}
	}
	free(occasions->buckets);
	occasions->buckets = buckets;
	occasions->bucket_count = count;
	return 0;
}

static void free_kept(struct kept_occasion *kept)
{
	free(kept->bytes);
	free(kept);
}

/* Read the form of the store. bytes is taken on success. */
static int read_kept(char *bytes, bool is_planned, struct kept_occasion **ret)
{
	struct kept_occasion *kept = calloc(1, sizeof(*kept));
	int r = kept ? occasion_read(bytes, &kept->occasion) : -ENOMEM;

	if (r != 0) {
		free(kept);
		return r;
	}
	kept->hash = hash_of(kept->occasion.id);
	kept->is_planned = is_planned;
	kept->bytes = bytes;
	*ret = kept;
	return 0;
}

static void take_out(struct occasions *occasions, struct kept_occasion *kept)
{
	struct kept_occasion **link = find_link(occasions, kept->occasion.id, kept->hash);

	*link = kept->next;
	schedule_remove(&occasions->schedule, &kept->item);
	free_kept(kept);
	changed(occasions);
}

/* Put it in, in place of one with its ID. */
static int put_in(struct occasions *occasions, struct kept_occasion *kept)
{
	struct kept_occasion *before = find(occasions, kept->occasion.id), **bucket;
	int r = 0;

	if (!before && occasions->schedule.count >= OCCASIONS_MAX)
		r = -E2BIG;
	if (!r)
		r = grow(occasions);
	if (!r)
		r = schedule_put(&occasions->schedule, &kept->item, kept->occasion.due_s);
	if (r < 0)
		return r;
	if (before)
		take_out(occasions, before);
	bucket = &occasions->buckets[kept->hash & (occasions->bucket_count - 1)];
	kept->next = *bucket;
	*bucket = kept;
	changed(occasions);
	return 0;
}

/* ---------------------------------------------------------------- messages */

struct occasion_place occasions_place(
		const struct occasions *occasions, const char *gateway, const struct message *message)
{
	return (struct occasion_place){
			.gateway = gateway,
			.channel = message->channel,
			.author_id = message->author_id,
			.author_name = message->author_name,
			.account = message->account,
			.extra = message->extra ? message->extra : "",
			.host = occasions_host(occasions, gateway),
			.route = message->route,
			.is_private = message->is_private,
	};
}

int occasions_message(const struct occasion *occasion, uint64_t now_ms, char bytes[OCCASIONS_TEXT_BYTES],
		struct message *ret)
{
	const struct occasion_place *place = &occasion->place;
	int length = snprintf(bytes, OCCASIONS_TEXT_BYTES, "%s @%" PRId64 " %s", occasion->command,
			occasion->due_s, occasion->words);

	if (length < 0 || length >= OCCASIONS_TEXT_BYTES)
		return -EMSGSIZE;
	*ret = (struct message){
			.id = occasion->id,
			.channel = place->channel,
			.author_id = place->author_id,
			.author_name = place->author_name,
			.account = place->account,
			.text = bytes,
			.extra = *place->extra ? place->extra : NULL,
			.route = place->route,
			.time_ms = now_ms,
			.until_ms = occasion->until_s > 0 ? (uint64_t)occasion->until_s * 1000 : 1,
			.origin = MESSAGE_OCCASION,
			.is_private = place->is_private,
			.is_addressed = true,
			.is_occasion = true,
			.is_for_author = place->is_for_author,
	};
	return 0;
}

bool occasions_read_due(const char **words, int64_t *ret_due_s)
{
	const char *text = *words;
	char *end;
	long long due_s;

	if (*text != '@')
		return false;
	errno = 0;
	due_s = strtoll(text + 1, &end, 10);
	if (errno || end == text + 1 || (*end && *end != ' '))
		return false;
	*words = end + strspn(end, " ");
	*ret_due_s = due_s;
	return true;
}

/* ---------------------------------------------------------------- changes */

/* "occasion:HASH" of what makes it this occasion and no other. */
static void make_id(const struct occasion *occasion, char ret[OCCASION_ID_BYTES])
{
	const struct occasion_place *place = &occasion->place;
	const char *const texts[] = {place->gateway, place->channel, place->author_id, place->account,
			occasion->command, occasion->words, occasion->group};
	uint64_t hash = str_hash(0, &occasion->due_s, sizeof(occasion->due_s));

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash = str_hash(hash, texts[i], strlen(texts[i]) + 1);
	snprintf(ret, OCCASION_ID_BYTES, "occasion:%016" PRIx64, hash);
}

/* The form of the store, and the occasion read from it, so that what is kept is what was checked. */
static int make_kept(
		const struct occasion *occasion, bool is_planned, char **ret_form, struct kept_occasion **ret)
{
	struct str form = STR(OCCASION_MAX_BYTES);
	char *bytes = NULL;
	int r;

	occasion_append(occasion, &form);
	r = form.error;
	if (!r) {
		bytes = str_copy(str_text(&form));
		r = bytes ? read_kept(bytes, is_planned, ret) : -ENOMEM;
	}
	if (r != 0) {
		free(bytes);
		str_release(&form);
		return r == -EBADMSG ? -EINVAL : r;
	}
	r = ret_form ? str_take(&form, ret_form) : 0;
	str_release(&form);
	if (r < 0) {
		free_kept(*ret);
		*ret = NULL;
	}
	return r;
}

static int keep(const struct occasions *occasions, const char *id, const char *form)
{
	return occasions->store ? store_keep(occasions->store, AREA, id, form) : 0;
}

int occasions_add(
		struct occasions *occasions, const struct occasion *occasion, char ret_id[OCCASION_ID_BYTES])
{
	struct occasion named = *occasion;
	struct kept_occasion *kept = NULL;
	char id[OCCASION_ID_BYTES], *form = NULL;
	int r;

	if (!*named.id) {
		make_id(&named, id);
		named.id = id;
	}
	if (find(occasions, named.id))
		return -EEXIST;
	if (occasions->schedule.count >= OCCASIONS_MAX)
		return -E2BIG;
	r = make_kept(&named, false, &form, &kept);
	if (!r)
		r = keep(occasions, named.id, form);
	free(form);
	if (r != 0) {
		if (kept)
			free_kept(kept);
		return r;
	}
	if (ret_id)
		snprintf(ret_id, OCCASION_ID_BYTES, "%s", named.id);
	r = put_in(occasions, kept);
	if (r < 0) { /* out of memory: nothing has changed */
		free_kept(kept);
		(void)keep(occasions, named.id, NULL);
	}
	return r;
}

int occasions_plan(struct occasions *occasions, const struct occasion *occasion)
{
	struct kept_occasion *kept = NULL;
	int r = make_kept(occasion, true, NULL, &kept);

	if (!r && kept)
		r = put_in(occasions, kept);
	if (r < 0 && kept)
		free_kept(kept);
	return r;
}

int occasions_replace(struct occasions *occasions, const struct occasion *occasion)
{
	struct kept_occasion *kept = find(occasions, occasion->id), *moved = NULL;
	char *form = NULL;
	int r;

	if (!kept)
		return -ENOENT;
	r = make_kept(occasion, kept->is_planned, &form, &moved);
	if (!r && !kept->is_planned)
		r = keep(occasions, occasion->id, form);
	free(form);
	if (!r)
		r = put_in(occasions, moved);
	if (r < 0 && moved)
		free_kept(moved);
	return r;
}

int occasions_move(struct occasions *occasions, const char *id, int64_t due_s, int64_t until_s)
{
	const struct kept_occasion *kept = find(occasions, id);
	struct occasion occasion;

	if (!kept)
		return -ENOENT;
	occasion = kept->occasion;
	occasion.due_s = due_s;
	occasion.until_s = until_s;
	return occasions_replace(occasions, &occasion);
}

/* The ID after one more return: "occasion:0123456789abcdef", then "occasion:0123456789abcdef.1" and so on. */
static int next_id(const char *id, char ret[OCCASION_ID_BYTES])
{
	const char *dot = strrchr(id, '.');
	long number = 0;
	int length = dot && str_to_long(dot + 1, 1, OCCASIONS_RETURNS_MAX, &number) == 0 ? (int)(dot - id)
											 : (int)strlen(id);

	if (number >= OCCASIONS_RETURNS_MAX)
		return -EALREADY;
	length = snprintf(ret, OCCASION_ID_BYTES, "%.*s.%ld", length, id, number + 1);
	return length < OCCASION_ID_BYTES ? 0 : -EMSGSIZE;
}

int occasions_put_back(struct occasions *occasions, const struct occasion *occasion)
{
	struct occasion named = *occasion;
	struct kept_occasion *kept = NULL;
	char id[OCCASION_ID_BYTES], *form = NULL;
	int r = next_id(occasion->id, id);

	if (r < 0)
		return r;
	named.id = id;
	r = make_kept(&named, false, &form, &kept);
	if (!r && occasions->store)
		r = store_put(occasions->store, AREA, id, form);
	free(form);
	if (!r)
		r = put_in(occasions, kept);
	if (r < 0 && kept)
		free_kept(kept);
	return r;
}

int occasions_set_missed(struct occasions *occasions, const char *id)
{
	const struct kept_occasion *kept = find(occasions, id);
	struct occasion missed;

	if (!kept)
		return -ENOENT;
	missed = kept->occasion;
	missed.is_missed = true;
	return occasions_replace(occasions, &missed);
}

int occasions_remove(struct occasions *occasions, const char *id)
{
	struct kept_occasion *kept = find(occasions, id);
	int r;

	if (!kept)
		return -ENOENT;
	r = kept->is_planned ? 0 : keep(occasions, id, NULL);
	if (r < 0)
		return r;
	take_out(occasions, kept);
	return 0;
}

void occasions_done(struct occasions *occasions, const char *id)
{
	struct kept_occasion *kept = find(occasions, id);

	if (!kept)
		return;
	/* On failure it is read again after a restart, and the journal has it. */
	if (!kept->is_planned && occasions->store)
		(void)store_delete(occasions->store, AREA, kept->occasion.id);
	take_out(occasions, kept);
}

void occasions_put_off(struct occasions *occasions, const char *id, int64_t until_s)
{
	struct kept_occasion *kept = find(occasions, id);

	if (kept) /* it is in the schedule: this needs no memory */
		(void)schedule_put(&occasions->schedule, &kept->item,
				until_s > kept->occasion.due_s ? until_s : kept->occasion.due_s);
}

void occasions_hasten(struct occasions *occasions, const char *gateway)
{
	for (size_t i = 0; i < occasions->bucket_count; i++) {
		for (struct kept_occasion *kept = occasions->buckets[i]; kept; kept = kept->next) {
			if (gateway && !str_equal(kept->occasion.place.gateway, gateway))
				continue;
			kept->is_stale = false;
			if (kept->item.due_s != kept->occasion.due_s)
				(void)schedule_put(&occasions->schedule, &kept->item, kept->occasion.due_s);
		}
	}
	changed(occasions);
}

static bool is_for(const struct occasion *occasion, const char *gateway, const struct message *person)
{
	const struct occasion_place *place = &occasion->place;

	if (!place->is_for_author || !str_equal(place->gateway, gateway))
		return false;
	return person->is_known_by_extra ? str_equal(place->extra, person->extra ? person->extra : "")
					 : str_equal(place->author_id, person->author_id);
}

void occasions_hasten_for(struct occasions *occasions, const char *gateway, const struct message *person)
{
	for (size_t i = 0; i < occasions->bucket_count; i++) {
		for (struct kept_occasion *kept = occasions->buckets[i]; kept; kept = kept->next) {
			if (!kept->is_stale && is_for(&kept->occasion, gateway, person) &&
					kept->item.due_s != kept->occasion.due_s)
				(void)schedule_put(&occasions->schedule, &kept->item, kept->occasion.due_s);
		}
	}
	changed(occasions);
}

void occasions_set_stale(struct occasions *occasions, const char *id)
{
	struct kept_occasion *kept = find(occasions, id);

	if (kept)
		kept->is_stale = true;
}

bool occasions_is_stale(const struct occasions *occasions, const char *id)
{
	const struct kept_occasion *kept = find(occasions, id);

	return kept && kept->is_stale;
}

bool occasions_is_planned(const struct occasions *occasions, const char *id)
{
	const struct kept_occasion *kept = find(occasions, id);

	return kept && kept->is_planned;
}

const char *occasions_host(const struct occasions *occasions, const char *gateway)
{
	const struct occasions_host *host = &occasions->host;

	return host->host_of ? host->host_of(host->user, gateway) : "";
}

void occasions_unplan(struct occasions *occasions)
{
	occasions->is_changing = true;
	for (size_t i = 0; i < occasions->bucket_count; i++) {
		struct kept_occasion *kept = occasions->buckets[i];

		while (kept) {
			struct kept_occasion *next = kept->next;

			if (kept->is_planned)
				take_out(occasions, kept);
			kept = next;
		}
	}
	occasions->is_changing = false;
	changed(occasions);
}

/* ---------------------------------------------------------------- reading */

const struct occasion *occasions_find(const struct occasions *occasions, const char *id)
{
	const struct kept_occasion *kept = find(occasions, id);

	return kept ? &kept->occasion : NULL;
}

static int compare(const void *a, const void *b)
{
	const struct occasion *one = *(const struct occasion *const *)a,
			      *other = *(const struct occasion *const *)b;

	if (one->due_s != other->due_s)
		return one->due_s < other->due_s ? -1 : 1;
	return strcmp(one->id, other->id);
}

void occasions_each(const struct occasions *occasions, const char *gateway, const char *group,
		bool (*on_occasion)(void *user, const struct occasion *occasion), void *user)
{
	const struct schedule *schedule = &occasions->schedule;
	const struct occasion **list = calloc(schedule->count + 1, sizeof(const struct occasion *));
	size_t count = 0;

	if (!list)
		return;
	for (size_t i = 0; i < schedule->count; i++) {
		const struct occasion *occasion = &kept_of(schedule->heap[i])->occasion;

		if ((!gateway || str_equal(occasion->place.gateway, gateway)) &&
				(!group || str_equal(occasion->group, group)))
			list[count++] = occasion;
	}
	qsort(list, count, sizeof(const struct occasion *), compare);
	for (size_t i = 0; i < count && on_occasion(user, list[i]); i++)
		;
	free(list);
}

size_t occasions_count(const struct occasions *occasions)
{
	return occasions->schedule.count;
}

const struct occasion *occasions_first(const struct occasions *occasions, int64_t *ret_due_s)
{
	const struct schedule_item *item = schedule_first(&occasions->schedule);

	if (!item)
		return NULL;
	*ret_due_s = item->due_s;
	return &kept_of(item)->occasion;
}

/* ---------------------------------------------------------------- life */

/* An entry that cannot be read stays in the store, for the version that wrote it. */
static void put_value(struct occasions *occasions, const char *value)
{
	struct kept_occasion *kept = NULL;
	char *bytes = str_copy(value);

	if (!bytes)
		return;
	if (read_kept(bytes, false, &kept) != 0) {
		free(bytes);
		return;
	}
	if (put_in(occasions, kept) < 0)
		free_kept(kept);
}

bool occasions_heard(struct occasions *occasions, const char *area, const char *key, const char *value)
{
	struct kept_occasion *kept;

	if (strcmp(area, AREA) != 0)
		return false;
	if (value) {
		put_value(occasions, value);
		return true;
	}
	kept = find(occasions, key);
	if (kept && !kept->is_planned)
		take_out(occasions, kept);
	return true;
}

static void on_value(void *user, const char *key, const char *value)
{
	(void)key;
	put_value(user, value);
}

int occasions_new(struct store *store, struct occasions **ret)
{
	struct occasions *occasions = calloc(1, sizeof(*occasions));

	if (!occasions)
		return -ENOMEM;
	schedule_init(&occasions->schedule);
	occasions->store = store;
	if (store)
		store_each(store, AREA, on_value, occasions);
	*ret = occasions;
	return 0;
}

void occasions_attach(struct occasions *occasions, const struct occasions_host *host)
{
	occasions->host = *host;
}

void occasions_free(struct occasions *occasions)
{
	if (!occasions)
		return;
	for (size_t i = 0; i < occasions->bucket_count; i++) {
		while (occasions->buckets[i]) {
			struct kept_occasion *kept = occasions->buckets[i];

			occasions->buckets[i] = kept->next;
			free_kept(kept);
		}
	}
	free(occasions->buckets);
	schedule_release(&occasions->schedule);
	free(occasions);
}
