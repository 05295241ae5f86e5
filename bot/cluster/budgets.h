#ifndef EPISODED_BUDGETS_H
#define EPISODED_BUDGETS_H

/* The slots of REST budgets that this process has, in the database: the statements of cluster_slots_*(). An edge. */

#include <stdint.h>

#include "bot/cluster/cluster.h"

struct budgets; /* opaque: cluster/budgets.c */
struct postgres_line;

/* line and process are borrowed. -ENOMEM. */
int budgets_new(struct postgres_line *line, const char *process, struct budgets **ret);
void budgets_free(struct budgets *budgets); /* NULL-safe; after line_free() */

void budgets_listen(struct budgets *budgets, const char *gateway, unsigned rate,
		const struct cluster_slots_events *events, void *user);
void budgets_move(struct budgets *budgets, const char *gateway, int change);
void budgets_pause(struct budgets *budgets, const char *gateway, uint64_t pause_ms);

/* The beat lane is down: nothing is asked until the next beat is answered, because the slots of a process that the
 * database does not know to live are taken away. */
void budgets_down(struct budgets *budgets);
/* In an answered beat: the own permit had ended. */
void budgets_lapsed(struct budgets *budgets);
/* In an answered beat: first the pauses, then the beat. */
void budgets_paused(struct budgets *budgets, const char *gateway, uint64_t paused_ms);
void budgets_beat(struct budgets *budgets, unsigned hosts);

#endif
