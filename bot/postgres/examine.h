#ifndef EPISODED_POSTGRES_EXAMINE_H
#define EPISODED_POSTGRES_EXAMINE_H

/* "check config" and a database: could "run" keep its state there? */

#include <stdbool.h>

#define EXAMINE_SKEW_MS 10000 /* a larger difference between two clocks is a warning */

struct database_config;
struct str;

struct examined {
	struct str *problems; /* a line each: "run" would end with them */
	struct str *warnings; /* a line each */
	struct str *server;   /* "PostgreSQL 15.8 on db", if it was reached */
	bool is_running;      /* a process of this host uses the database */
};

/* Connect, look, and change nothing. The members of *ret are the caller's; is_running is set. -ENOMEM. */
int examine_database(const struct database_config *config, struct examined *ret);

#endif
