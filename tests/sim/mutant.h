#ifndef EPISODED_SIM_MUTANT_H
#define EPISODED_SIM_MUTANT_H

/*
 * Faults planted in the program, to check that the auditor finds them. Each replaces a
 * function of the program at link time (--wrap).
 */

#include <stdbool.h>
#include <stddef.h>

/* The number of mutants. Mutant 0 is the unchanged program. */
unsigned mutant_count(void);
const char *mutant_name(unsigned number);
void mutant_choose(unsigned number);

/* Called when the bot sends bytes. */
void mutant_on_send(const char *bytes, size_t length);
/* True if these bytes of a stream must be dropped. */
bool mutant_swallows(const char *bytes, size_t length);
/* Of the line to a database: a batch is not sent again, a question of this process that is sent again counts as
 * another's, and a position is stored before the questions that came before it. */
bool mutant_forgets_batch(void);
bool mutant_takes_own_for_foreign(void);
bool mutant_hurries_positions(void);
/* Does the mutant need the database? */
bool mutant_is_of_database(unsigned number);
/* Called when the bot makes an HTTP request; may change the body in place. */
void mutant_change_request(char *body);

#endif
