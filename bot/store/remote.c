/* A store in memory whose changes a line carries to a database. */

#include "bot/store/remote.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"
#include "bot/store/areas.h"
#include "bot/store/mirror.h"
#include "bot/store/remote_store.h"

#define TEXT_MAX_BYTES  (1024 * 1024) /* of one change, as in a file */
#define NAME_MAX_BYTES  2048          /* of an area, a gateway or an effect with the host behind it */
#define CLAIMS_MAX      4096
#define CHANGES_MIN     16
#define AGE_MAX_MS      INT64_C(1000000000000)
#define CHANGE_OVERHEAD sizeof(struct change) /* counted for each change besides its texts */

struct claim {
	struct store_claim claim; /* its texts are in bytes */
	char *bytes;
	bool has_questions; /* the lease of a role has no questions */
	bool is_asked, is_loaded;
	int error; /* of a value or a question that found no room while the claim is loaded */
	void (*on_claimed)(void *user, const struct store_claim *claim, int error);
	void *user;
};

struct batch {
	struct batch *next;
	struct store_batch head;
	struct change *changes;
	char **texts; /* one block for each change */
	bool *is_ours;
	size_t count, capacity, begun, bytes;
	bool is_empty;         /* it waits for those before it only; the line does not see it */
	bool is_sent, is_told; /* told: its caller knows that the database is away */
	void (*on_settled)(void *user, const struct store_result *result);
	void *user;
};

/* A value before a change of the transaction. */
struct undo {
	struct mirror_value *value;
	char *text;
	uint64_t version, batch;
	size_t change;
	bool was_known;
};

struct remote {
	struct store_line line;
	struct str host; /* "@HOST" */
	struct mirror mirror;
	struct claim *claims;
	size_t claim_count;
	struct batch *first, *last; /* under way, in order */
	struct batch *gathered;     /* what is changed since the last one; NULL: nothing */
	uint64_t number;            /* of the last batch that was made */
	size_t held_bytes, begun_count, away_count;
	int trouble;
	bool is_read;
	uint64_t version; /* up to which every shared value is known */
	uint64_t heard;   /* the newest value of the read that is under way */
	bool is_missing;  /* a value of that read found no room */
	bool is_in_transaction;
	size_t transaction_at; /* changes in gathered when it began */
	struct undo *undo;
	size_t undo_count, undo_capacity;
	void (*on_heard)(void *user, const char *area, const char *key, const char *value);
	void *heard_user;
	void (*on_trouble)(void *user);
	void *trouble_user;
};

/* ---------------------------------------------------------------- leases */

static struct claim *claim_named(const struct remote *remote, const char *lease)
{
	for (size_t i = 0; i < remote->claim_count; i++) {
		if (strcmp(remote->claims[i].claim.lease, lease) == 0)
			return &remote->claims[i];
	}
	return NULL;
}

/* What guards a question: the lease of its gateway, or of the shard that its route leads to. */
static const struct claim *claim_of_question(const struct remote *remote, const char *gateway, uint64_t route)
{
	unsigned total = 0;
	uint64_t number = 0;

	for (size_t i = 0; i < remote->claim_count; i++) {
		const struct claim *claim = &remote->claims[i];

		if (claim->claim.total != total) {
			total = claim->claim.total;
			number = total ? (route >> 22) % total : 0;
		}
		if (claim->has_questions && claim->claim.number == number &&
				strcmp(claim->claim.gateway, gateway) == 0)
			return claim;
	}
	return NULL;
}

static bool is_host_claim(const struct store_claim *claim)
{
	return area_kind(claim->lease) == AREA_HOST;
}

/* Is everything known that the database has of this area? */
static bool is_readable(const struct remote *remote, const char *area)
{
	const struct claim *claim;

	if (area_kind(area) == AREA_SHARED)
		return remote->is_read;
	claim = claim_named(remote, area);
	return claim && claim->is_loaded;
}

/* An area, a gateway or a lease of the database by its name here: without this host's name behind it. NULL: it is another
 * host's. Needs no memory, so that no result is lost. */
static const char *local_name(const struct remote *remote, const char *name, char buffer[NAME_MAX_BYTES])
{
	const char *at = strchr(name, '@');
	size_t length = at ? (size_t)(at - name) : 0;

	if (!at)
		return name;
	if (strcmp(at, str_text(&remote->host)) != 0 || length >= NAME_MAX_BYTES)
		return NULL;
	memcpy(buffer, name, length);
	buffer[length] = '\0';
	return buffer;
}

/* ---------------------------------------------------------------- batches */

static void free_batch(struct batch *batch)
{
	if (!batch)
		return;
	for (size_t i = 0; i < batch->count; i++)
		free(batch->texts[i]);
	free(batch->changes);
	free((void *)batch->texts);
	free(batch->is_ours);
	free(batch);
}

/* Make room for one more change. */
static int grow_batch(struct batch *batch)
{
	size_t capacity = batch->capacity ? batch->capacity * 2 : CHANGES_MIN;
	void *grown;

	if (batch->count < batch->capacity)
		return 0;
	grown = realloc(batch->changes, capacity * sizeof(*batch->changes));
	if (!grown)
		return -ENOMEM;
	batch->changes = grown;
	grown = realloc((void *)batch->texts, capacity * sizeof(*batch->texts));
	if (!grown)
		return -ENOMEM;
	batch->texts = (char **)grown;
	grown = realloc(batch->is_ours, capacity * sizeof(*batch->is_ours));
	if (!grown)
		return -ENOMEM;
	batch->is_ours = grown;
	batch->capacity = capacity;
	return 0;
}

/* The limits of what is under way. What closes a question is always taken: it is no more than the questions. */
static int check_room(const struct remote *remote, const struct change *change, size_t bytes)
{
	if (bytes > TEXT_MAX_BYTES)
		return -EMSGSIZE;
	if (change->kind == CHANGE_DONE || change->kind == CHANGE_MARK)
		return 0;
	if (remote->held_bytes + bytes + CHANGE_OVERHEAD > REMOTE_HELD_MAX_BYTES)
		return -ENOSPC;
	return change->kind == CHANGE_BEGIN && remote->begun_count >= REMOTE_BEGUN_MAX ? -ENOSPC : 0;
}

static void count_change(struct remote *remote, struct batch *batch, size_t bytes, bool is_added)
{
	size_t size = bytes + CHANGE_OVERHEAD;

	batch->bytes = is_added ? batch->bytes + size : batch->bytes - size;
	remote->held_bytes = is_added ? remote->held_bytes + size : remote->held_bytes - size;
}

/* Is an earlier change of the same key in the batch, so that only this one need be carried? */
static bool is_changed_again(
		const struct remote *remote, const struct mirror_value *value, const struct change *change)
{
	return value && value->batch && !remote->is_in_transaction && !change->effect && remote->gathered &&
	       value->batch == remote->gathered->head.number &&
	       !remote->gathered->changes[value->change].effect;
}

static int gather(struct remote *remote)
{
	if (remote->gathered)
		return grow_batch(remote->gathered);
	remote->gathered = calloc(1, sizeof(*remote->gathered));
	if (!remote->gathered)
		return -ENOMEM;
	remote->gathered->head.number = ++remote->number;
	return grow_batch(remote->gathered);
}

/* Room for one more change, and for its texts. */
static int reserve(struct remote *remote, const struct change *change, char **ret_texts)
{
	size_t bytes = change_bytes(change);
	int r = check_room(remote, change, bytes);

	if (r == 0)
		r = gather(remote);
	if (r < 0)
		return r;
	*ret_texts = malloc(bytes + 1);
	return *ret_texts ? 0 : -ENOMEM;
}

/* Append a change for which there is room. */
static void add(struct remote *remote, const struct change *change, char *texts)
{
	struct batch *batch = remote->gathered;

	count_change(remote, batch, change_bytes(change), true);
	batch->begun += change->kind == CHANGE_BEGIN;
	remote->begun_count += change->kind == CHANGE_BEGIN;
	batch->texts[batch->count] = texts;
	change_copy(change, texts, &batch->changes[batch->count++]);
}

/* Put it in the place of an earlier one. */
static void replace(struct remote *remote, size_t place, const struct change *change, char *texts)
{
	struct batch *batch = remote->gathered;

	count_change(remote, batch, change_bytes(&batch->changes[place]), false);
	count_change(remote, batch, change_bytes(change), true);
	free(batch->texts[place]);
	batch->texts[place] = texts;
	change_copy(change, texts, &batch->changes[place]);
}

static int append(struct remote *remote, const struct change *change)
{
	char *texts = NULL;
	int r = reserve(remote, change, &texts);

	if (r == 0)
		add(remote, change, texts);
	return r;
}

/* Take the last change away again. */
static void pop(struct remote *remote)
{
	struct batch *batch = remote->gathered;
	const struct change *change = &batch->changes[--batch->count];

	count_change(remote, batch, change_bytes(change), false);
	batch->begun -= change->kind == CHANGE_BEGIN;
	remote->begun_count -= change->kind == CHANGE_BEGIN;
	free(batch->texts[batch->count]);
}

/* ---------------------------------------------------------------- questions */

static int64_t now_ms(void)
{
	return (int64_t)clock_monotonic_ms();
}

/* A question of a gateway as the database knows it: with the host's name behind it if the gateway is this host's own.
 * The caller releases name. */
static int name_of_gateway(
		const struct remote *remote, const struct claim *claim, const char *gateway, struct str *name)
{
	str_append(name, gateway);
	if (claim && is_host_claim(&claim->claim))
		str_append(name, str_text(&remote->host));
	return name->error;
}

static int append_question(struct remote *remote, enum change_kind kind, const struct journal_entry *entry)
{
	const struct claim *claim = claim_of_question(remote, entry->gateway, entry->route);
	struct change change = {.kind = kind, .entry = *entry};
	struct str name = STR(NAME_MAX_BYTES);
	int r = name_of_gateway(remote, claim, entry->gateway, &name);

	if (claim) {
		change.lease = is_host_claim(&claim->claim) ? "" : claim->claim.lease;
		change.epoch = claim->claim.epoch;
	}
	change.entry.gateway = str_text(&name);
	if (r == 0)
		r = append(remote, &change);
	str_release(&name);
	return r;
}

/* The question of a change in a batch. */
static struct mirror_entry *entry_of_change(const struct remote *remote, const struct journal_entry *entry)
{
	char buffer[NAME_MAX_BYTES];
	const char *gateway = local_name(remote, entry->gateway, buffer);

	return gateway ? mirror_entry_find(&remote->mirror, gateway, entry->id) : NULL;
}

static int begin_question(struct remote *remote, const struct journal_entry *entry)
{
	struct mirror_entry *found = mirror_entry_find(&remote->mirror, entry->gateway, entry->id);
	int r;

	if (found && found->state != MIRROR_LOST)
		return -EEXIST;
	r = append_question(remote, CHANGE_BEGIN, entry);
	if (r < 0)
		return r;
	if (found) /* only the database knows who has it */
		mirror_entry_drop(&remote->mirror, found);
	r = mirror_entry_add(&remote->mirror, entry, MIRROR_ASKED, now_ms(), &found);
	if (r < 0) {
		pop(remote);
		return r;
	}
	found->batch = remote->gathered->head.number;
	found->change = remote->gathered->count - 1;
	return 0;
}

static void close_question(struct remote *remote, const struct journal_entry *entry)
{
	struct mirror_entry *found = entry_of_change(remote, entry);

	if (found)
		mirror_entry_close(&remote->mirror, found, MIRROR_CLOSED);
}

static void forget_question(struct remote *remote, const struct journal_entry *entry)
{
	struct mirror_entry *found = entry_of_change(remote, entry);

	if (found)
		mirror_entry_drop(&remote->mirror, found);
}

static int finish_question(struct remote *remote, const struct journal_entry *entry)
{
	struct mirror_entry *found = mirror_entry_find(&remote->mirror, entry->gateway, entry->id);
	struct journal_entry done = {.gateway = entry->gateway, .id = entry->id};
	int r;

	if (!found || found->state == MIRROR_CLOSED)
		return 0;
	done.route = found->entry.route;
	r = append_question(remote, CHANGE_DONE, &done);
	if (r == 0 && !remote->is_in_transaction)
		mirror_entry_close(&remote->mirror, found, MIRROR_CLOSED);
	return r;
}

bool remote_journal_knows(const struct remote *remote, const char *gateway, const char *id)
{
	return mirror_entry_find(&remote->mirror, gateway, id) != NULL;
}

int remote_journal_pending(const struct remote *remote, const char *gateway,
		void (*on_entry)(void *user, const struct journal_entry *entry), void *user)
{
	int64_t now = now_ms();

	for (const struct mirror_entry *entry = remote->mirror.open.first; entry; entry = entry->next) {
		struct journal_entry listed = entry->entry;

		if (entry->state != MIRROR_OPEN || strcmp(listed.gateway, gateway) != 0)
			continue;
		listed.is_left = entry->is_left;
		listed.age_ms = now > entry->begun_ms ? (uint64_t)(now - entry->begun_ms) : 0;
		on_entry(user, &listed);
	}
	return 0;
}

/* ---------------------------------------------------------------- transactions */

static void forget_undo(struct remote *remote)
{
	while (remote->undo_count)
		free(remote->undo[--remote->undo_count].text);
	free(remote->undo);
	remote->undo = NULL;
	remote->undo_capacity = 0;
}

/* Remember what a value is before it changes; value NULL: it is not known. */
static int note_undo(struct remote *remote, struct mirror_value *value)
{
	struct undo undo = {.value = value, .was_known = value != NULL};

	if (!remote->is_in_transaction)
		return 0;
	if (remote->undo_count == remote->undo_capacity) {
		size_t capacity = remote->undo_capacity ? remote->undo_capacity * 2 : CHANGES_MIN;
		struct undo *grown = realloc(remote->undo, capacity * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		remote->undo = grown;
		remote->undo_capacity = capacity;
	}
	if (value) {
		undo.text = str_copy(value->value);
		undo.version = value->version;
		undo.batch = value->batch;
		undo.change = value->change;
		if (value->value && !undo.text)
			return -ENOMEM;
	}
	remote->undo[remote->undo_count++] = undo;
	return 0;
}

/* The change whose value was noted is made, or not: value NULL. */
static void end_undo(struct remote *remote, struct mirror_value *value)
{
	if (remote->is_in_transaction && value)
		remote->undo[remote->undo_count - 1].value = value;
	else if (remote->is_in_transaction)
		free(remote->undo[--remote->undo_count].text);
}

int remote_begin(struct remote *remote)
{
	assert(!remote->is_in_transaction);
	remote->is_in_transaction = true;
	remote->transaction_at = remote->gathered ? remote->gathered->count : 0;
	return 0;
}

static void end_transaction(struct remote *remote)
{
	remote->is_in_transaction = false;
	forget_undo(remote);
}

int remote_commit(struct remote *remote)
{
	struct batch *batch = remote->gathered;

	assert(remote->is_in_transaction);
	end_transaction(remote);
	for (size_t i = remote->transaction_at; batch && i < batch->count; i++) {
		if (batch->changes[i].kind == CHANGE_DONE)
			close_question(remote, &batch->changes[i].entry);
	}
	return 0;
}

void remote_rollback(struct remote *remote)
{
	struct batch *batch = remote->gathered;

	if (!remote->is_in_transaction)
		return;
	while (remote->undo_count) {
		struct undo *undo = &remote->undo[--remote->undo_count];

		undo->value->version = undo->version;
		undo->value->batch = undo->batch;
		undo->value->change = undo->change;
		mirror_take(&remote->mirror, undo->value, undo->text);
		if (!undo->was_known)
			mirror_drop(&remote->mirror, undo->value);
	}
	while (batch && batch->count > remote->transaction_at) {
		const struct change *last = &batch->changes[batch->count - 1];

		if (last->kind == CHANGE_BEGIN)
			forget_question(remote, &last->entry);
		pop(remote);
	}
	end_transaction(remote);
}

/* ---------------------------------------------------------------- settling */

/* Hand the line what it has not got yet. What it refuses is handed to it later. */
static void send_batches(struct remote *remote)
{
	for (struct batch *batch = remote->first; batch; batch = batch->next) {
		if (batch->is_sent || batch->is_empty)
			continue;
		batch->is_sent = true; /* the line may answer at once */
		if (remote->line.send(remote->line.user, &batch->head) < 0) {
			batch->is_sent = false;
			return;
		}
	}
}

static void queue_batch(struct remote *remote, struct batch *batch, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user)
{
	batch->head.changes = batch->changes;
	batch->head.count = batch->count;
	batch->head.is_awaited = is_awaited;
	batch->on_settled = on_settled;
	batch->user = user;
	*(remote->last ? &remote->last->next : &remote->first) = batch;
	remote->last = batch;
}

/* Nothing has changed: on_settled waits for the batches that are under way. */
static int wait_for_batches(struct remote *remote,
		void (*on_settled)(void *user, const struct store_result *result), void *user)
{
	struct batch *batch;

	if (!on_settled)
		return 0;
	if (!remote->first)
		return -ENODATA;
	batch = calloc(1, sizeof(*batch));
	if (!batch)
		return -ENOMEM;
	batch->is_empty = true;
	queue_batch(remote, batch, true, on_settled, user);
	return 0;
}

int remote_settle(struct remote *remote, bool is_awaited,
		void (*on_settled)(void *user, const struct store_result *result), void *user)
{
	struct batch *batch = remote->gathered;

	assert(!remote->is_in_transaction);
	if (!batch || batch->count == 0)
		return wait_for_batches(remote, on_settled, user);
	if (remote->trouble && !on_settled && remote->first)
		return 0; /* one batch is enough to wait for the database: the others are joined */
	queue_batch(remote, batch, is_awaited, on_settled, user);
	remote->gathered = NULL;
	send_batches(remote);
	return 0;
}

/* ---------------------------------------------------------------- values */

/* The question of an effect's key, "gateway id". NULL: it is not known. */
static struct mirror_entry *entry_of_effect(const struct remote *remote, const char *effect)
{
	const char *space = strchr(effect, ' ');
	size_t length = space ? (size_t)(space - effect) : NAME_MAX_BYTES;
	char gateway[NAME_MAX_BYTES];

	if (length >= sizeof(gateway))
		return NULL;
	memcpy(gateway, effect, length);
	gateway[length] = '\0';
	return mirror_entry_find(&remote->mirror, gateway, space + 1);
}

/* The key of an effect as the database knows it. */
static int name_of_effect(const struct remote *remote, const char *effect, const struct mirror_entry *entry,
		struct str *name)
{
	const struct claim *claim;

	if (!entry) {
		str_append(name, effect);
		return name->error;
	}
	claim = claim_of_question(remote, entry->node.first, entry->entry.route);
	if (name_of_gateway(remote, claim, entry->node.first, name) == 0)
		str_printf(name, " %s", entry->node.second);
	return name->error;
}

/* What guards a value: see struct change. */
static int guard_value(const struct remote *remote, struct change *change, struct str *area)
{
	enum area_kind kind = area_kind(change->area);
	const struct claim *claim;

	if (kind == AREA_HOST) {
		str_printf(area, "%s%s", change->area, str_text(&remote->host));
		change->area = str_text(area);
		change->lease = "";
		return area->error;
	}
	if (kind == AREA_LEASED) {
		claim = claim_named(remote, change->area); /* an area is named as its lease */
		if (!claim)
			return -EKEYEXPIRED;
		change->lease = claim->claim.lease;
		change->epoch = claim->claim.epoch;
	}
	return 0;
}

/* Change the value in memory, and put the change into the batch. */
static int carry_value(struct remote *remote, const struct change *asked, const struct change *carried)
{
	struct mirror_value *value = mirror_find(&remote->mirror, asked->area, asked->key);
	bool is_again = is_changed_again(remote, value, asked);
	char *texts = NULL;
	int r = note_undo(remote, value);

	if (r < 0)
		return r;
	r = reserve(remote, carried, &texts);
	if (r == 0)
		r = mirror_set(&remote->mirror, asked->area, asked->key, asked->value, &value);
	end_undo(remote, r == 0 ? value : NULL);
	if (r < 0) {
		free(texts);
		return r;
	}
	if (is_again) {
		replace(remote, value->change, carried, texts);
	} else {
		value->batch = remote->gathered->head.number;
		value->change = remote->gathered->count;
		add(remote, carried, texts);
	}
	return 0;
}

static int change_value(struct remote *remote, const struct change *asked)
{
	struct mirror_entry *entry = asked->effect ? entry_of_effect(remote, asked->effect) : NULL;
	struct change carried = *asked;
	struct str area = STR(NAME_MAX_BYTES), effect = STR(NAME_MAX_BYTES);
	int r = guard_value(remote, &carried, &area);

	if (r == 0 && asked->effect) {
		r = name_of_effect(remote, asked->effect, entry, &effect);
		carried.effect = str_text(&effect);
	}
	if (r == 0)
		r = carry_value(remote, asked, &carried);
	if (r == 0 && entry)
		(void)mirror_entry_set_mark(entry, STORE_EFFECT_DONE);
	str_release(&area);
	str_release(&effect);
	return r;
}

static int change_mark(struct remote *remote, const struct change *asked)
{
	struct mirror_entry *entry = entry_of_effect(remote, asked->effect);
	struct change change = *asked;
	struct str effect = STR(NAME_MAX_BYTES);
	int r = name_of_effect(remote, asked->effect, entry, &effect);

	change.effect = str_text(&effect);
	if (r == 0)
		r = append(remote, &change);
	if (r == 0 && entry)
		r = mirror_entry_set_mark(entry, asked->value);
	str_release(&effect);
	return r;
}

int remote_change(struct remote *remote, const struct change *change)
{
	int r = -EINVAL;

	switch (change->kind) {
	case CHANGE_PUT:
	case CHANGE_DELETE:
	case CHANGE_KEEP: r = change_value(remote, change); break;
	case CHANGE_BEGIN: r = begin_question(remote, &change->entry); break;
	case CHANGE_DONE: r = finish_question(remote, &change->entry); break;
	case CHANGE_MARK: r = change_mark(remote, change); break;
	case CHANGE_HAND_IN: r = append_question(remote, CHANGE_HAND_IN, &change->entry); break;
	}
	if (r == 0 && remote->trouble)
		remote->away_count++;
	return r;
}

int remote_get(const struct remote *remote, const char *area, const char *key, char **ret)
{
	const struct mirror_value *value = mirror_find(&remote->mirror, area, key);

	if (!value || !value->value)
		return value || is_readable(remote, area) ? -ENOENT : -EAGAIN;
	*ret = str_copy(value->value);
	return *ret ? 0 : -ENOMEM;
}

int remote_each(const struct remote *remote, const char *area,
		void (*on_value)(void *user, const char *key, const char *value), void *user)
{
	int r = mirror_each(&remote->mirror, area, on_value, user);

	return r < 0 || is_readable(remote, area) ? r : -EAGAIN;
}

int remote_effect_get(const struct remote *remote, const char *gateway, const char *id, char **ret)
{
	const struct mirror_entry *entry = mirror_entry_find(&remote->mirror, gateway, id);

	if (!entry || !entry->mark)
		return -ENOENT;
	*ret = str_copy(entry->mark);
	return *ret ? 0 : -ENOMEM;
}

/* Ask for what belongs to a claim. If the line cannot, it is asked later. */
static void load_claim(const struct remote *remote, struct claim *claim)
{
	struct store_claim asked = claim->claim;
	struct str lease = STR(NAME_MAX_BYTES), gateway = STR(NAME_MAX_BYTES);

	if (is_host_claim(&asked)) {
		str_printf(&lease, "%s%s", asked.lease, str_text(&remote->host));
		str_printf(&gateway, "%s%s", asked.gateway, str_text(&remote->host));
		asked.lease = str_text(&lease);
		asked.gateway = str_text(&gateway);
	}
	claim->is_asked = !lease.error && !gateway.error && remote->line.load(remote->line.user, &asked) == 0;
	str_release(&lease);
	str_release(&gateway);
}

/* Hand the line what it refused before. */
static void go_on(struct remote *remote)
{
	send_batches(remote);
	for (size_t i = 0; i < remote->claim_count; i++) {
		if (!remote->claims[i].is_asked)
			load_claim(remote, &remote->claims[i]);
	}
}

/* ---------------------------------------------------------------- results */

static void tell_heard(const struct remote *remote, const struct mirror_value *value)
{
	if (remote->on_heard)
		remote->on_heard(remote->heard_user, value->node.first, value->node.second, value->value);
}

/* A question's place in its batch said whether it is ours. */
static bool settle_question(struct remote *remote, const struct batch *batch, size_t change, bool is_ours)
{
	struct mirror_entry *entry = entry_of_change(remote, &batch->changes[change].entry);

	if (!entry)
		return is_ours;
	if (entry->batch != batch->head.number ||
			entry->change != change) { /* forgotten, and asked again meanwhile */
		entry->is_found = entry->is_found || (is_ours && entry->state == MIRROR_ASKED);
		return false;
	}
	if (entry->state == MIRROR_LOST)
		return false;
	if (entry->state != MIRROR_ASKED)
		return is_ours;
	if (is_ours) {
		entry->state = MIRROR_OPEN;
	} else if (entry->is_found) { /* it is listed as open, and not answered now */
		entry->state = MIRROR_OPEN;
		entry->is_left = true;
	} else {
		mirror_entry_close(&remote->mirror, entry, MIRROR_LOST);
	}
	return is_ours;
}

/* A value of ours is in the database; another process may have changed it since. */
static void settle_value(struct remote *remote, const struct batch *batch, const struct change *change,
		const struct store_result *result)
{
	char buffer[NAME_MAX_BYTES];
	const char *area = local_name(remote, change->area, buffer);
	struct mirror_value *value = area ? mirror_find(&remote->mirror, area, change->key) : NULL;

	if (!value || value->batch != batch->head.number)
		return;
	value->batch = 0;
	if (value->later_version && (result->error || value->later_version > result->version)) {
		mirror_take_later(&remote->mirror, value);
		tell_heard(remote, value);
		return;
	}
	free(value->later);
	value->later = NULL;
	value->later_version = 0;
	if (!change->lease && !result->error)
		value->version = result->version;
}

static void settle_changes(struct remote *remote, struct batch *batch, const struct store_result *result)
{
	size_t begun = 0;

	for (size_t i = 0; i < batch->count; i++) {
		const struct change *change = &batch->changes[i];

		if (change->kind == CHANGE_BEGIN) {
			bool is_ours = result->error == 0 && begun < result->begun && result->is_ours[begun];

			batch->is_ours[begun++] = settle_question(remote, batch, i, is_ours);
		} else if (change->key) {
			settle_value(remote, batch, change, result);
		}
	}
	remote->held_bytes -= batch->bytes;
	remote->begun_count -= batch->begun;
}

/* The database is away: the caller that waits for the batch is told once. */
static void tell_away(const struct remote *remote, uint64_t number)
{
	struct batch *batch = remote->first;

	while (batch && batch->head.number != number)
		batch = batch->next;
	if (!batch || !batch->is_sent || batch->is_told)
		return;
	batch->is_told = true;
	if (batch->on_settled)
		batch->on_settled(batch->user, &(struct store_result){.number = number, .error = -EAGAIN});
}

/* The first batch has its result. */
static void end_first(struct remote *remote, const struct store_result *result)
{
	struct batch *batch = remote->first;

	remote->first = batch->next;
	if (!remote->first)
		remote->last = NULL;
	if (batch->on_settled)
		batch->on_settled(batch->user, result);
	free_batch(batch);
}

void remote_settled(struct store *store, const struct store_result *result)
{
	struct remote *remote = remote_of(store);
	struct batch *batch = remote->first;
	struct store_result told = *result;

	if (result->error == -EAGAIN) {
		tell_away(remote, result->number);
		return;
	}
	if (!batch || !batch->is_sent || batch->head.number != result->number)
		return; /* it came already, or the line has mixed up its batches */
	settle_changes(remote, batch, result);
	told.is_ours = batch->is_ours;
	told.begun = batch->begun;
	end_first(remote, &told);
	while (remote->first && remote->first->is_empty)
		end_first(remote, &(struct store_result){0});
	go_on(remote);
}

/* ---------------------------------------------------------------- what other processes changed */

static void hear_shared(
		struct remote *remote, const char *area, const char *key, const char *text, uint64_t version)
{
	struct mirror_value *value = mirror_find(&remote->mirror, area, key);
	int r = 0;

	if (version > remote->heard)
		remote->heard = version;
	if (value && version <= (value->later_version ? value->later_version : value->version))
		return;
	if (value && value->batch) {
		r = mirror_set_later(value, text, version);
	} else if (value && str_equal(value->value, text)) {
		value->version = version;
	} else {
		r = mirror_set(&remote->mirror, area, key, text, &value);
		if (r == 0) {
			value->version = version;
			tell_heard(remote, value);
		}
	}
	remote->is_missing = remote->is_missing || r < 0;
}

static void hear_claimed(struct remote *remote, const char *area, const char *key, const char *text)
{
	struct claim *claim = claim_named(remote, area);
	struct mirror_value *value = mirror_find(&remote->mirror, area, key);
	int r;

	if (!claim || (value && value->batch))
		return;
	r = mirror_set(&remote->mirror, area, key, text, &value);
	if (r < 0)
		claim->error = r;
}

void remote_heard(struct store *store, const char *area, const char *key, const char *value, uint64_t version)
{
	struct remote *remote = remote_of(store);
	char buffer[NAME_MAX_BYTES];
	const char *name = local_name(remote, area, buffer);

	if (!name)
		return;
	if (area_kind(name) == AREA_SHARED)
		hear_shared(remote, name, key, value, version);
	else
		hear_claimed(remote, name, key, value);
}

void remote_caught_up(struct store *store, uint64_t asked)
{
	struct remote *remote = remote_of(store);

	if (!remote->is_missing && asked <= remote->version && remote->heard > remote->version)
		remote->version = remote->heard;
	remote->heard = 0;
	remote->is_missing = false;
}

int remote_read(struct store *store)
{
	struct remote *remote = remote_of(store);
	bool is_missing = remote->is_missing;

	remote_caught_up(store, 0);
	if (is_missing)
		return -ENOMEM;
	remote->is_read = true;
	return 0;
}

uint64_t remote_version(const struct store *store)
{
	return remote_of(store)->version;
}

void remote_opened(struct store *store, const struct journal_entry *entry, const char *mark)
{
	struct remote *remote = remote_of(store);
	struct journal_entry opened = *entry;
	char buffer[NAME_MAX_BYTES];
	const struct claim *claim;
	struct claim *loading;
	struct mirror_entry *found;
	int64_t age_ms;
	int r;

	opened.gateway = local_name(remote, entry->gateway, buffer);
	if (!opened.gateway)
		return;
	found = mirror_entry_find(&remote->mirror, opened.gateway, opened.id);
	claim = claim_of_question(remote, opened.gateway, opened.route);
	if (found && found->state == MIRROR_ASKED)
		found->is_found = true;
	if (!claim || (found && found->state != MIRROR_LOST))
		return;
	if (found)
		mirror_entry_drop(&remote->mirror, found);
	age_ms = entry->age_ms < AGE_MAX_MS ? (int64_t)entry->age_ms : AGE_MAX_MS;
	r = mirror_entry_add(&remote->mirror, &opened, MIRROR_OPEN, now_ms() - age_ms, &found);
	if (r == 0) {
		found->is_left = true;
		r = mirror_entry_set_mark(found, mark);
	}
	loading = claim_named(remote, claim->claim.lease);
	if (r < 0 && loading)
		loading->error = r;
}

/* ---------------------------------------------------------------- claims */

static void free_claim(struct claim *claim)
{
	free(claim->bytes);
}

static int copy_claim(const struct store_claim *from, struct claim *ret)
{
	size_t lease = strlen(from->lease) + 1, gateway = strlen(from->gateway) + 1;

	ret->claim = *from;
	ret->has_questions = !str_starts(from->lease, "role/");
	ret->bytes = malloc(lease + gateway);
	if (!ret->bytes)
		return -ENOMEM;
	memcpy(ret->bytes, from->lease, lease);
	memcpy(ret->bytes + lease, from->gateway, gateway);
	ret->claim.lease = ret->bytes;
	ret->claim.gateway = ret->bytes + lease;
	return 0;
}

int remote_claim(struct store *store, const struct store_claim *claim,
		void (*on_claimed)(void *user, const struct store_claim *claim, int error), void *user)
{
	struct remote *remote = remote_of(store);
	struct claim made = {.on_claimed = on_claimed, .user = user}, *claims, *held;
	int r;

	held = claim_named(remote, claim->lease);
	if (held && held->claim.epoch != claim->epoch) { /* another owner had it meanwhile */
		remote_unclaim(store, claim->lease);
		held = NULL;
	}
	if (held) { /* the shard of a new set gets its gateway, and with it questions, when its set is in use */
		r = copy_claim(claim, &made);
		if (r < 0)
			return r;
		made.is_loaded = held->is_loaded;
		made.error = held->error;
		free_claim(held);
		*held = made;
		load_claim(remote, held);
		return 0;
	}
	if (remote->claim_count == CLAIMS_MAX)
		return -ENOSPC;
	claims = realloc(remote->claims, (remote->claim_count + 1) * sizeof(*claims));
	if (!claims)
		return -ENOMEM;
	remote->claims = claims;
	r = copy_claim(claim, &made);
	if (r < 0)
		return r;
	claims[remote->claim_count++] = made;
	load_claim(remote, &claims[remote->claim_count - 1]);
	return 0;
}

void remote_loaded(struct store *store, const struct store_claim *loaded, int error)
{
	struct remote *remote = remote_of(store);
	char buffer[NAME_MAX_BYTES];
	const char *lease = local_name(remote, loaded->lease, buffer);
	struct claim *claim = lease ? claim_named(remote, lease) : NULL;

	if (!claim || claim->claim.epoch != loaded->epoch)
		return; /* it was given away meanwhile */
	if (!error)
		error = claim->error;
	claim->error = 0;
	claim->is_loaded = claim->is_loaded || !error;
	if (claim->on_claimed)
		claim->on_claimed(claim->user, &claim->claim, error);
}

static bool is_unclaimed(void *user, const struct mirror_value *value)
{
	return area_kind(value->node.first) != AREA_SHARED && !claim_named(user, value->node.first);
}

void remote_unclaim(struct store *store, const char *lease)
{
	struct remote *remote = remote_of(store);
	struct claim *claim = claim_named(remote, lease);
	struct mirror_entry *next;

	if (!claim)
		return;
	free_claim(claim);
	*claim = remote->claims[--remote->claim_count];
	mirror_drop_if(&remote->mirror, is_unclaimed, remote);
	for (struct mirror_entry *entry = remote->mirror.open.first; entry; entry = next) {
		next = entry->next;
		if (!claim_of_question(remote, entry->node.first, entry->entry.route))
			mirror_entry_close(&remote->mirror, entry, MIRROR_LOST);
	}
}

/* ---------------------------------------------------------------- trouble */

void remote_set_trouble(struct store *store, int error)
{
	struct remote *remote = remote_of(store);

	if (remote->trouble == error) {
		if (!error)
			go_on(remote);
		return;
	}
	remote->trouble = error;
	if (!error)
		go_on(remote);
	if (remote->on_trouble)
		remote->on_trouble(remote->trouble_user);
}

int remote_trouble(const struct remote *remote)
{
	return remote->trouble;
}

bool remote_is_read(const struct remote *remote)
{
	return remote->is_read;
}

int remote_retry(struct remote *remote, unsigned *ret_written)
{
	if (remote->trouble) {
		remote->line.hasten(remote->line.user);
		return remote->trouble;
	}
	if (ret_written)
		*ret_written = (unsigned)remote->away_count;
	remote->away_count = 0;
	return 0;
}

void remote_watch(struct remote *remote, void (*on_trouble)(void *user), void *user)
{
	remote->on_trouble = on_trouble;
	remote->trouble_user = user;
}

void remote_on_heard(struct remote *remote,
		void (*on_heard)(void *user, const char *area, const char *key, const char *value),
		void *user)
{
	remote->on_heard = on_heard;
	remote->heard_user = user;
}

/* ---------------------------------------------------------------- life */

int remote_new(const struct store_line *line, const char *process, struct remote **ret)
{
	struct remote *remote = calloc(1, sizeof(*remote));
	int r = -ENOMEM;

	if (!remote)
		return r;
	remote->line = *line;
	remote->trouble = -ENOLINK;
	remote->host = STR(NAME_MAX_BYTES);
	mirror_init(&remote->mirror);
	str_append_char(&remote->host, '@');
	str_append_bytes(&remote->host, process, strcspn(process, "/"));
	r = remote->host.error;
	if (r < 0) {
		remote_free(remote);
		return r;
	}
	*ret = remote;
	return 0;
}

void remote_free(struct remote *remote)
{
	if (!remote)
		return;
	while (remote->first) {
		struct batch *next = remote->first->next;

		free_batch(remote->first);
		remote->first = next;
	}
	free_batch(remote->gathered);
	forget_undo(remote);
	for (size_t i = 0; i < remote->claim_count; i++)
		free_claim(&remote->claims[i]);
	free(remote->claims);
	mirror_release(&remote->mirror);
	str_release(&remote->host);
	free(remote);
}
