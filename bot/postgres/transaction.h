#ifndef EPISODED_TRANSACTION_H
#define EPISODED_TRANSACTION_H

/*
 * What the statements of one transaction of the store say: the changes of its batches, as sorted arrays without doubles,
 * and whose its questions are by the result. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/store/remote.h"

#define TRANSACTION_PROCESS_MAX_BYTES 96
#define TRANSACTION_BEGUN_BY_BYTES    (TRANSACTION_PROCESS_MAX_BYTES + 24)

struct parameters;
struct transaction_item; /* opaque: postgres/transaction.c */

/* A batch in a transaction. */
struct transaction_batch {
	struct store_batch batch;
	char begun_by[TRANSACTION_BEGUN_BY_BYTES]; /* "PROCESS/NUMBER": only this batch gets its own questions back */
	bool *ours;                                /* of each BEGIN */
	bool is_single;                            /* it says one change, because the batch was refused */
	size_t change;                             /* this one */
};

/* The questions that a transaction begins, in the order of gateway and id. The texts are those of the batches. */
struct transaction_questions {
	struct transaction_question {
		const char *gateway, *id;
		bool *ours;
	} * list;
	size_t count, next;
};

/* The statements of the transaction that is being made. */
struct transaction {
	const char *process;           /* borrowed */
	struct parameters *parameters; /* borrowed: each function below adds those of one statement */
	const struct transaction_batch **batches;
	size_t batch_count, batch_capacity, change_count;
	/* Scratch: */
	struct transaction_item *items;
	const char **texts;
	int64_t *numbers;
	size_t item_capacity;
};

void transaction_release(struct transaction *transaction);

/* Begin another one. */
void transaction_clear(struct transaction *transaction);
/* The batch is borrowed until transaction_clear(). -ENOMEM. */
int transaction_add(struct transaction *transaction, const struct transaction_batch *batch);

/* The parameters of each statement. Returns how many rows it is about; 0: it is not needed. */
/* JOURNAL_BEGIN. known: the version of the shared values here; the caller frees ret->list. -ENOMEM. */
int transaction_begins(struct transaction *transaction, int64_t known, struct transaction_questions *ret);
size_t transaction_hand_ins(struct transaction *transaction); /* JOURNAL_HAND_IN */
size_t transaction_dones(struct transaction *transaction);    /* JOURNAL_DONE */
size_t transaction_leased(struct transaction *transaction);   /* VALUE_LEASED */
/* VALUE_SHARED, which has marks of effects too. known: the version before which the database may have had this transaction;
 * -1: it is new. False: it is not needed. ret_values: without marks. */
bool transaction_shared(struct transaction *transaction, int64_t known, size_t *ret_values);

/* The database says that a question is this process's. Rows come in the order of the questions, or nearly so. */
void transaction_mark_ours(struct transaction_questions *questions, const char *gateway, const char *id);

/* For the log: "the value AREA KEY". */
void transaction_describe(const struct change *change, char *ret, size_t size);

#endif
