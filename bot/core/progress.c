/* How far people and channels have watched a show. */

#include "bot/core/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/core/key.h"
#include "bot/core/line.h"
#include "bot/store/store.h"

#define AREA_PEOPLE     "seen/person"
#define AREA_CHANNELS   "seen/channel"
#define AREA_HINTS      "seen/hint"
#define VALUE_MAX_BYTES 160
#define SLOTS_MIN       64
#define NO_UNDO         (-2) /* before: there is nothing to go back to */
#define DAY_MS          (24 * 60 * 60 * 1000u)

/* The declaration of a person: the value in the store is "7 4 20421". */
struct person {
	char *key; /* "gateway account show"; NULL: an unused slot */
	uint64_t hash;
	int seen;
	int before; /* what it was before; LINE_UNDECLARED, or NO_UNDO */
	int day;    /* of the declaration, since 1970 */
};

struct channel {
	char *key; /* "gateway channel show" */
	uint64_t hash;
	struct channel_line line;
};

struct progress {
	struct store *store;
	struct person *slots; /* a hash table with linear probing; at most half of it is used */
	size_t slot_count, person_count;
	struct channel *channels;
	size_t channel_count, channel_capacity;
	uint64_t hinted[PROGRESS_HINTS_MAX]; /* hashes of channels, a ring */
	size_t hint_next;
};

static uint64_t hash_of(const char *key)
{
	return str_hash(0, key, strlen(key));
}

/* ---------------------------------------------------------------- people */

/* The slot of a key, or the unused one where it belongs. NULL: the table has no memory yet. */
static struct person *slot_of(const struct progress *progress, const char *key, uint64_t hash)
{
	size_t mask = progress->slot_count - 1, at = hash & mask;

	if (!progress->slot_count)
		return NULL;
	while (progress->slots[at].key &&
			(progress->slots[at].hash != hash || strcmp(progress->slots[at].key, key) != 0))
		at = (at + 1) & mask;
	return &progress->slots[at];
}

static struct person *find(const struct progress *progress, const char *key)
{
	struct person *person = slot_of(progress, key, hash_of(key));

	return person && person->key ? person : NULL;
}

/* Make room for one more person. */
static int grow(struct progress *progress)
{
	struct progress larger = {.slot_count = progress->slot_count ? progress->slot_count * 2 : SLOTS_MIN};

	if ((progress->person_count + 1) * 2 <= progress->slot_count)
		return 0;
	larger.slots = calloc(larger.slot_count, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < progress->slot_count; i++) {
		const struct person *person = &progress->slots[i];

		if (person->key)
			*slot_of(&larger, person->key, person->hash) = *person;
	}
	free(progress->slots);
	progress->slots = larger.slots;
	progress->slot_count = larger.slot_count;
	return 0;
}

/* Add a person whose key is not in the table. */
static int add(struct progress *progress, const char *key, struct person **ret)
{
	uint64_t hash = hash_of(key);
	struct person *person;
	int r = grow(progress);

	if (r < 0)
		return r;
	person = slot_of(progress, key, hash);
	*person = (struct person){
			.key = str_copy(key), .hash = hash, .seen = LINE_UNDECLARED, .before = NO_UNDO};
	if (!person->key)
		return -ENOMEM;
	progress->person_count++;
	*ret = person;
	return 0;
}

/* Delete a person, and move those behind who were pushed off their slots (Knuth, volume 3, algorithm 6.4 R). */
static void delete (struct progress *progress, struct person *person)
{
	size_t mask = progress->slot_count - 1, hole = (size_t)(person - progress->slots);

	free(person->key);
	progress->person_count--;
	for (size_t at = (hole + 1) & mask; progress->slots[at].key; at = (at + 1) & mask) {
		size_t home = progress->slots[at].hash & mask;

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			progress->slots[hole] = progress->slots[at];
			hole = at;
		}
	}
	progress->slots[hole] = (struct person){0};
}

static int keep(const struct progress *progress, const char *area, const char *key, const char *value)
{
	return progress->store ? store_keep(progress->store, area, key, value) : 0;
}

static int keep_person(const struct progress *progress, const char *key, const struct person *person)
{
	char value[VALUE_MAX_BYTES];

	snprintf(value, sizeof(value), "%d %d %d", person->seen, person->before, person->day);
	return keep(progress, AREA_PEOPLE, key, value);
}

/* At the limit, delete the oldest declaration if it is old enough. */
static int make_room(struct progress *progress, int today)
{
	struct person *oldest = NULL;
	int r;

	if (progress->person_count < PROGRESS_PEOPLE_MAX)
		return 0;
	for (size_t i = 0; i < progress->slot_count; i++) {
		struct person *person = &progress->slots[i];

		if (person->key && (!oldest || person->day < oldest->day))
			oldest = person;
	}
	if (!oldest || today - oldest->day <= PROGRESS_KEPT_DAYS)
		return -E2BIG;
	r = keep(progress, AREA_PEOPLE, oldest->key, NULL);
	if (r == 0)
		delete (progress, oldest);
	return r;
}

int progress_of(const struct progress *progress, const char *gateway, const struct message *author,
		const char *show)
{
	const struct person *person;
	char key[KEY_MAX_BYTES];

	if (!progress->person_count || !key_of_person(gateway, author, show, key))
		return LINE_UNDECLARED;
	person = find(progress, key);
	return person ? person->seen : LINE_UNDECLARED;
}

/* Change a person's declaration, in the store first. */
static int change(struct progress *progress, const char *key, const struct person *changed)
{
	struct person *person = find(progress, key);
	bool is_new = false;
	int r;

	if (changed->seen == LINE_UNDECLARED) {
		r = keep(progress, AREA_PEOPLE, key, NULL);
		if (r == 0 && person)
			delete (progress, person);
		return r;
	}
	if (!person) {
		is_new = true;
		r = make_room(progress, changed->day);
		if (r == 0)
			r = add(progress, key, &person);
		if (r < 0)
			return r;
	}
	r = keep_person(progress, key, changed);
	if (r == 0) {
		person->seen = changed->seen;
		person->before = changed->before;
		person->day = changed->day;
	} else if (is_new) {
		delete (progress, person);
	}
	return r;
}

int progress_declare(struct progress *progress, const char *gateway, const struct message *author,
		const char *show, int seen)
{
	struct person changed = {
			.seen = seen, .before = LINE_UNDECLARED, .day = (int)(author->time_ms / DAY_MS)};
	const struct person *person;
	char key[KEY_MAX_BYTES];

	if (!key_of_person(gateway, author, show, key))
		return -EINVAL;
	person = find(progress, key);
	if (person)
		changed.before = person->seen;
	if (changed.before == seen)
		return -EEXIST;
	return change(progress, key, &changed);
}

int progress_undo(struct progress *progress, const char *gateway, const struct message *author,
		const char *show)
{
	struct person changed = {.before = NO_UNDO, .day = (int)(author->time_ms / DAY_MS)};
	const struct person *person;
	char key[KEY_MAX_BYTES];

	if (!key_of_person(gateway, author, show, key))
		return -EINVAL;
	person = find(progress, key);
	if (!person || person->before == NO_UNDO)
		return -ENOENT;
	changed.seen = person->before;
	return change(progress, key, &changed);
}

/* ---------------------------------------------------------------- channels */

static struct channel *find_channel(const struct progress *progress, const char *key)
{
	uint64_t hash = hash_of(key);

	for (size_t i = 0; i < progress->channel_count; i++) {
		if (progress->channels[i].hash == hash && strcmp(progress->channels[i].key, key) == 0)
			return &progress->channels[i];
	}
	return NULL;
}

static int add_channel(struct progress *progress, const char *key, struct channel **ret)
{
	size_t capacity = progress->channel_capacity ? progress->channel_capacity * 2 : 16;
	struct channel *channels = progress->channels, channel = {.hash = hash_of(key)};

	if (progress->channel_count == progress->channel_capacity) {
		channels = realloc(channels, capacity * sizeof(*channels));
		if (!channels)
			return -ENOMEM;
		progress->channels = channels;
		progress->channel_capacity = capacity;
	}
	channel.key = str_copy(key);
	if (!channel.key)
		return -ENOMEM;
	*ret = &channels[progress->channel_count++];
	**ret = channel;
	return 0;
}

static void delete_channel(struct progress *progress, struct channel *channel)
{
	free(channel->key);
	*channel = progress->channels[--progress->channel_count];
}

const struct channel_line *progress_channel(
		const struct progress *progress, const char *gateway, const char *channel, const char *show)
{
	const struct channel *found;
	char key[KEY_MAX_BYTES];

	if (!progress->channel_count || !key_of(gateway, channel, show, key))
		return NULL;
	found = find_channel(progress, key);
	return found ? &found->line : NULL;
}

int progress_set_channel(struct progress *progress, const char *gateway, const char *channel,
		const char *show, const struct channel_line *line)
{
	struct str value = STR(VALUE_MAX_BYTES);
	struct channel *found;
	char key[KEY_MAX_BYTES];
	bool is_new;
	int r = 0;

	if (!key_of(gateway, channel, show, key))
		return -EINVAL;
	found = find_channel(progress, key);
	is_new = !found;
	if (!line && !found)
		return 0; /* nothing to reset */
	if (line && !found && progress->channel_count >= PROGRESS_CHANNELS_MAX)
		return -E2BIG;
	if (line && !found)
		r = add_channel(progress, key, &found);
	if (r < 0)
		return r;
	if (line)
		channel_line_append(line, &value);
	r = value.error ? value.error : keep(progress, AREA_CHANNELS, key, line ? str_text(&value) : NULL);
	str_release(&value);
	if (r == 0 && line)
		found->line = *line;
	if (r == 0 ? !line : is_new)
		delete_channel(progress, found);
	return r;
}

bool progress_take_hint(struct progress *progress, const char *gateway, const char *channel)
{
	char key[KEY_MAX_BYTES], *known = NULL;
	uint64_t hash;
	int r = -ENOENT;

	if (!key_of(gateway, channel, "", key))
		return false;
	hash = hash_of(key);
	for (size_t i = 0; i < PROGRESS_HINTS_MAX; i++) {
		if (progress->hinted[i] == hash)
			return false;
	}
	if (progress->store)
		r = store_get(progress->store, AREA_HINTS, key, &known);
	free(known);
	if (r != 0 && r != -ENOENT)
		return false;
	progress->hinted[progress->hint_next++ % PROGRESS_HINTS_MAX] = hash;
	return r == -ENOENT && (!progress->store || store_put(progress->store, AREA_HINTS, key, "1") == 0);
}

int progress_line(const struct progress *progress, const char *gateway, const struct message *message,
		const struct show *show)
{
	const struct channel_line *line = NULL;
	int channel = LINE_UNDECLARED;

	if (!message->is_private || message->has_settings)
		line = progress_channel(progress, gateway, message->channel, show->id);
	if (line)
		channel = channel_line_at(line, (int64_t)(message->time_ms / 1000), show->last_order);
	else if (message->has_seen_all)
		channel = show->last_order;
	return line_lower(channel, progress_of(progress, gateway, message, show->id));
}

/* ---------------------------------------------------------------- values of the store */

/* Read "7 4 20421". */
static bool read_person(const char *value, struct person *ret)
{
	int *const members[] = {&ret->seen, &ret->before, &ret->day};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		char *end;
		long number = strtol(value, &end, 10);

		if (end == value || (*end && *end != ' ') || number < NO_UNDO || number > INT32_MAX)
			return false;
		*members[i] = (int)number;
		value = end;
	}
	return !*value && ret->seen >= 0;
}

static void on_person(void *user, const char *key, const char *value)
{
	struct progress *progress = user;
	struct person read, *person = find(progress, key);

	/* The limit is checked where a declaration is made: one that is kept is never left out. */
	if (!read_person(value, &read) || (!person && add(progress, key, &person) < 0))
		return;
	person->seen = read.seen;
	person->before = read.before;
	person->day = read.day;
}

static void on_channel(void *user, const char *key, const char *value)
{
	struct progress *progress = user;
	struct channel *channel = find_channel(progress, key);
	struct channel_line line;

	if (channel_line_read(value, &line) < 0 || (!channel && add_channel(progress, key, &channel) < 0))
		return;
	channel->line = line;
	if (channel_line_lacks_zone(&line))
		log_warning("this system has no time zone \"%s\", in which a channel moves on (%s): it moves "
			    "on "
			    "late; is tzdata installed and current?",
				line.zone, key);
}

bool progress_heard(struct progress *progress, const char *area, const char *key, const char *value)
{
	struct person *person = find(progress, key);
	struct channel *channel = find_channel(progress, key);

	if (strcmp(area, AREA_PEOPLE) == 0) {
		if (value)
			on_person(progress, key, value);
		else if (person)
			delete (progress, person);
	}
	if (strcmp(area, AREA_CHANNELS) != 0)
		return false;
	if (value)
		on_channel(progress, key, value);
	else if (channel)
		delete_channel(progress, channel);
	return true;
}

/* ---------------------------------------------------------------- life */

int progress_new(struct store *store, struct progress **ret)
{
	struct progress *progress = calloc(1, sizeof(*progress));

	if (!progress)
		return -ENOMEM;
	progress->store = store;
	if (store) {
		store_each(store, AREA_PEOPLE, on_person, progress);
		store_each(store, AREA_CHANNELS, on_channel, progress);
	}
	*ret = progress;
	return 0;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	for (size_t i = 0; i < progress->slot_count; i++)
		free(progress->slots[i].key);
	for (size_t i = 0; i < progress->channel_count; i++)
		free(progress->channels[i].key);
	free(progress->slots);
	free(progress->channels);
	free(progress);
}
