/* The most recent ids: a ring in order of arrival and an open-addressed index of it. */

#include "bot/base/ids.h"

#include <stdlib.h>

#define INDEX_SLOTS (IDS_SLOTS * 2) /* half empty at most: probes stay short */

struct ids {
	uint64_t ring[IDS_SLOTS]; /* 0: not used yet */
	size_t next;
	uint16_t index[INDEX_SLOTS]; /* ring position + 1; 0: free */
};

struct ids *ids_new(void)
{
	return calloc(1, sizeof(struct ids));
}

void ids_free(struct ids *ids)
{
	free(ids);
}

/* The index slot that holds hash, or the free one where it would go. */
static size_t slot_of(const struct ids *ids, uint64_t hash)
{
	size_t slot = hash % INDEX_SLOTS;

	while (ids->index[slot] && ids->ring[ids->index[slot] - 1] != hash)
		slot = (slot + 1) % INDEX_SLOTS;
	return slot;
}

/* Remove a hash and close the gap, so that probes for other hashes do not end there. */
static void forget(struct ids *ids, uint64_t hash)
{
	size_t gap = slot_of(ids, hash);
	size_t slot = gap;

	if (!ids->index[gap])
		return;
	for (;;) {
		size_t home;

		slot = (slot + 1) % INDEX_SLOTS;
		if (!ids->index[slot])
			break;
		home = ids->ring[ids->index[slot] - 1] % INDEX_SLOTS;
		if ((slot + INDEX_SLOTS - home) % INDEX_SLOTS < (slot + INDEX_SLOTS - gap) % INDEX_SLOTS)
			continue;
		ids->index[gap] = ids->index[slot];
		gap = slot;
	}
	ids->index[gap] = 0;
}

bool ids_seen(struct ids *ids, uint64_t hash)
{
	size_t slot;

	if (!hash)
		hash = 1; /* 0 marks an unused slot of the ring */
	slot = slot_of(ids, hash);
	if (ids->index[slot])
		return true;
	if (ids->ring[ids->next]) {
		forget(ids, ids->ring[ids->next]);
		slot = slot_of(ids, hash); /* closing the gap may have moved slots */
	}
	ids->ring[ids->next] = hash;
	ids->index[slot] = (uint16_t)(ids->next + 1);
	ids->next = (ids->next + 1) % IDS_SLOTS;
	return false;
}
