#ifndef EPISODED_REMOTE_H
#define EPISODED_REMOTE_H

/*
 * A store whose state is in a database that answers later. Reads are answered from a mirror in memory; changes are
 * made there and gathered into batches, which a line carries to the database. Pure: the line does the work.
 */

#include "bot/store/change.h"
#include "bot/store/store.h"

#define REMOTE_HELD_MAX_BYTES (16u * 1024 * 1024) /* of changes whose batch has no result yet */
#define REMOTE_BEGUN_MAX      4096 /* questions among them; a further one is refused: -ENOSPC */

/* What one turn of the loop changed, in order. */
struct store_batch {
	uint64_t number; /* 1, 2, ...: results come in this order */
	const struct change *changes;
	size_t count;
	bool is_awaited; /* an answer waits for the result: it is sent at once */
};

struct store_result {
	uint64_t number; /* of the batch */
	int error; /* 0: in the database. -EAGAIN: the database is away; the batch is kept, and a second result follows */
	const bool *is_ours; /* one for each CHANGE_BEGIN: this process has the question. false: another process has it,
				or its lease is lost */
	size_t begun;
	uint64_t version; /* of the shared values in the batch; 0: it has no such value */
};

/* A lease that this process holds, as far as the store is concerned. */
struct store_claim {
	const char *lease; /* "irc/libera", "discord/home/64/7" */
	const char *gateway;
	uint64_t epoch;
	unsigned number, total; /* of a shard; total 0: the whole gateway */
};

/* Implemented by bot/postgres/, by the simulation and by tests. */
struct store_line {
	void *user;
	/* The batch and its strings are borrowed until its result with error 0. -ENOBUFS: too much is under way; the
	 * batch is sent again after the next result. */
	int (*send)(void *user, const struct store_batch *batch);
	/* Read the values whose area is the claim's lease, and the open questions of its gateway or shard; remote_heard(),
	 * remote_opened() and then remote_loaded() follow. An error: it is asked again when the line is back. */
	int (*load)(void *user, const struct store_claim *claim);
	/* Connect now instead of after the pause. */
	void (*hasten)(void *user);
};

/* process names this process in the journal: unique among all that run, and new with each start. -ENOMEM. */
int store_new_remote(const struct store_line *line, const char *process, struct store **ret);

/* From the line, in the order of the batches. */
void remote_settled(struct store *store, const struct store_result *result);
/* A value as the database has it (NULL: deleted). version: 0 of a leased value. */
void remote_heard(
		struct store *store, const char *area, const char *key, const char *value, uint64_t version);
/* An open question that an earlier owner of the lease has begun. */
void remote_opened(struct store *store, const struct journal_entry *entry, const char *mark);
/* All values newer than the version that a read asked for were given to remote_heard(). Before remote_settled() if the
 * read was part of a batch. */
void remote_caught_up(struct store *store, uint64_t asked);
/* The same of all shared values: store_is_read() is true from now on. -ENOMEM: read them again. */
int remote_read(struct store *store);
/* What load() asked for is there. */
void remote_loaded(struct store *store, const struct store_claim *claim, int error);
/* 0: the database answers; -ENOLINK: it is away. Other errors as of store_trouble(). */
void remote_set_trouble(struct store *store, int error);
/* The version up to which the shared values are known: what the next read asks for. */
uint64_t remote_version(const struct store *store);

/*
 * A lease was taken: on_claimed comes when its values and open questions are in the mirror. A question whose gateway, or
 * whose shard, has no claim is not ours, and a leased value without one is refused (-EKEYEXPIRED). A claim of a lease
 * that is held loads it again. "lobby/NAME" is no lease but needs a claim: its values and questions are this host's, and
 * "@HOST" is behind its area and its gateway in the database.
 */
int remote_claim(struct store *store, const struct store_claim *claim,
		void (*on_claimed)(void *user, const struct store_claim *claim, int error), void *user);
/* It was given away or lost: its values and questions leave the mirror. */
void remote_unclaim(struct store *store, const char *lease);

#endif
