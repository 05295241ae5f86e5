#ifndef EPISODED_STATEMENTS_H
#define EPISODED_STATEMENTS_H

/*
 * The SQL of the state in a PostgreSQL: the schema, each prepared statement with the types of its parameters, and its
 * rows. The SQL stays in the subset that PostgreSQL 14, YugabyteDB and CockroachDB share. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/store/store.h"

enum statement {
	STATEMENT_JOURNAL_BEGIN,
	STATEMENT_JOURNAL_HAND_IN,
	STATEMENT_JOURNAL_DONE,
	STATEMENT_JOURNAL_OPEN,
	STATEMENT_VALUE_SHARED,
	STATEMENT_VALUE_LEASED,  /* and those of this host alone, without a lease */
	STATEMENT_VALUES_LOAD,   /* the leased values of an area */
	STATEMENT_VALUES_SHARED, /* all shared values */
	STATEMENT_HOST_BEAT,
	STATEMENT_HOST_LEAVE,
	STATEMENT_BEAT_READ,
	STATEMENT_LEASE_OFFER, /* the rows of the leases of a configuration */
	STATEMENT_LEASE_RENEW,
	STATEMENT_LEASE_TAKE,
	STATEMENT_LEASE_GIVE,
	STATEMENT_LEASE_POSITION,
	STATEMENT_GATE_RESERVE,
	STATEMENT_GATE_STARTS, /* what GET /gateway/bot said */
	STATEMENT_SLOTS_MOVE,
	STATEMENT_SLOTS_BACK,
	STATEMENT_SLOTS_REAP,
	STATEMENT_BUDGET_OFFER,
	STATEMENT_BUDGET_PAUSE,
	STATEMENT_SHARDS_READ,
	STATEMENT_SHARDS_OFFER,
	STATEMENT_SHARDS_SWITCH,
	STATEMENT_PRUNE,
	STATEMENT_NOTIFY, /* the last one: a server without NOTIFY has the others */
	STATEMENT_COUNT
};

#define STATEMENTS_SCHEMA 1 /* in episoded_meta; columns are only ever added, with a default */

/* The name, SQL and parameters of a statement, as PQprepare() wants them: one letter a parameter.
 * t text, i int, n bigint, f double precision, b boolean; capitals: an array of these. */
struct statement_text {
	const char *name, *types, *sql;
};
const struct statement_text *statements_text(enum statement statement);
unsigned statements_oid(char type);
/* What makes the tables, as one transaction. */
extern const char statements_schema[];
extern const char statements_read_schema
		[]; /* one row: the number of the schema, -1: see below; 42P01: no tables yet */
/* In episoded_meta until a copy into the database is complete (postgres/copy.c): no process may use a part of a state. */
#define STATEMENTS_COPY "copy"
#define STATEMENTS_PART_OF_A_COPY                                                                            \
	"the database has a part of a state: finish the copy into it (episoded store copy FROM TO, as "      \
	"before)"
/* Only of PostgreSQL: each may fail. */
extern const char *const statements_tuning[];
extern const size_t statements_tuning_count;

#define PARAMETERS_MAX       24
#define PARAMETERS_MAX_BYTES (64u * 1024 * 1024)

struct parameters; /* the values of a statement, in order */

/* What a statement returned. cell() gives a text, NULL for SQL's NULL; it is only asked for cells that exist. */
struct rows {
	size_t count;
	unsigned columns;
	const char *(*cell)(const void *source, size_t row, unsigned column);
	const void *source;
};

struct parameters *parameters_new(void);             /* NULL: out of memory, as after any failed append */
void parameters_free(struct parameters *parameters); /* NULL-safe */
/* The next parameter; texts are copied. NULL is SQL's NULL, also inside an array. Invalid UTF-8 becomes U+FFFD. */
void parameters_text(struct parameters *parameters, const char *text);
void parameters_number(struct parameters *parameters, int64_t number); /* int or bigint, by the statement */
void parameters_flag(struct parameters *parameters, bool flag);
void parameters_seconds(struct parameters *parameters, double seconds);
void parameters_texts(struct parameters *parameters, const char *const *texts, size_t count);
void parameters_numbers(struct parameters *parameters, const int64_t *numbers, size_t count);
void parameters_flags(struct parameters *parameters, const bool *flags, size_t count);
int parameters_error(const struct parameters *parameters); /* 0, -ENOMEM or -EMSGSIZE */
void parameters_clear(struct parameters *parameters);
struct parameters *parameters_copy(const struct parameters *parameters); /* NULL: out of memory */
/* As libpq takes them. Borrowed until the next change. */
struct parameters_view {
	unsigned count;
	const char *values[PARAMETERS_MAX];
	int lengths[PARAMETERS_MAX], formats[PARAMETERS_MAX];
};
void parameters_read(const struct parameters *parameters, struct parameters_view *ret);

size_t rows_count(const struct rows *rows);
bool rows_is_null(const struct rows *rows, size_t row, unsigned column);
const char *rows_text(const struct rows *rows, size_t row, unsigned column); /* "" for NULL; borrowed */
int64_t rows_number(const struct rows *rows, size_t row, unsigned column);   /* 0 for what is no number */
double rows_seconds(const struct rows *rows, size_t row, unsigned column);
bool rows_flag(const struct rows *rows, size_t row, unsigned column);

/* Rows of kind, a, b, c, n: what JOURNAL_BEGIN and BEAT_READ return. */
enum row_kind {
	ROW_CLOCK = 0,   /* n: the database's clock, ms since 1970 */
	ROW_BEGUN = 1,   /* a: gateway, b: id of a question that is ours */
	ROW_HELD = 2,    /* a: a lease of the batch that this process holds */
	ROW_VALUE = 3,   /* a: area, b: key, c: value or NULL, n: version */
	ROW_ORPHANS = 4, /* a: gateway, n: questions that were handed in */
	ROW_PAUSE = 5,   /* a: gateway, n: ms for which no REST request may be sent */
	ROW_FREE = 6, /* a: a lease without a live owner, b: its last owner, n: ms since its deadline, negative */
};
/* What JOURNAL_OPEN returned; strings are borrowed from rows. */
void rows_entry(const struct rows *rows, size_t row, const char *gateway, struct journal_entry *ret_entry,
		const char **ret_mark);
/* The bits of the column flags. */
#define JOURNAL_IS_PRIVATE   1
#define JOURNAL_IS_ADDRESSED 2

#endif
