#ifndef EPISODED_POSTGRES_LANE_H
#define EPISODED_POSTGRES_LANE_H

/* One connection to the database, which connects again by itself, and the statements that are under way on it. */

#include <stdbool.h>

#include "bot/postgres/failure.h"
#include "bot/postgres/statements.h"

struct database_config;
struct lane; /* opaque */
struct loop;

struct outcome {
	enum failure failure;
	const char *sqlstate;    /* "" without one */
	const struct rows *rows; /* NULL if it failed */
};

struct lane_events {
	void (*on_up)(void *user);
	/* Every statement under way has had its outcome, FAILURE_AWAY. */
	void (*on_down)(void *user, const char *reason);
	void (*on_hint)(void *user, int process); /* NOTIFY, by the server's process that serves the sender */
	/* The lane does not connect again. */
	void (*on_refused)(void *user, int error, const char *reason);
};

/* -ENOMEM. */
int lane_new(struct loop *loop, const struct database_config *config, const char *process,
		const char *purpose, bool wants_hints, const struct lane_events *events, void *user,
		struct lane **ret);
void lane_free(struct lane *lane); /* NULL-safe; not inside an event */

bool lane_is_up(const struct lane *lane);
bool lane_has_hints(const struct lane *lane);
/* True between the end of a connection and on_down. */
bool lane_is_ending(const struct lane *lane);
int lane_server_process(const struct lane *lane); /* 0: the lane is down */

/* Room for so many statements and syncs: reserve it for a whole transaction first. -ENOMEM. */
int lane_reserve(struct lane *lane, size_t count);
/* Begin a transaction only while the lane is up. on_outcome comes once, in order, never inside. A failure to send ends the
 * connection; the outcomes of the transaction come all the same. */
void lane_send(struct lane *lane, enum statement statement, const struct parameters *parameters,
		void (*on_outcome)(void *user, const struct outcome *outcome), void *user);
/* The end of a transaction; the outcomes of its statements come only when it is committed. The sync's own outcome has no
 * rows; it is FAILURE_NONE even if a statement has failed. */
void lane_sync(struct lane *lane, void (*on_outcome)(void *user, const struct outcome *outcome), void *user);
/* End the connection and make a new one. on_down comes in a later turn. */
void lane_drop(struct lane *lane, const char *reason);
void lane_wait(struct lane *lane);   /* a new lane: connect at lane_hasten() only */
void lane_hasten(struct lane *lane); /* connect now */

#endif
