#ifndef EPISODED_SIM_MUTANT_H
#define EPISODED_SIM_MUTANT_H

/*
 * Faults planted in the program on purpose, to see that the auditor finds
 * them. Each takes the place of a function that the program calls through a
 * header that stays (--wrap).
 */

#include <stdbool.h>
#include <stddef.h>

/* The number of mutants; those from 1 on are faulty, 0 is the program as it is. */
unsigned mutant_count(void);
const char *mutant_name(unsigned number);
void mutant_choose(unsigned number);

/* The bot hands bytes to the network. */
void mutant_on_send(const char *bytes, size_t length);
/* Are these bytes on a stream to be lost? */
bool mutant_swallows(const char *bytes, size_t length);
/* The bot makes an HTTP request with this body, which may be changed in place. */
void mutant_change_request(char *body);

#endif
