#ifndef EPISODED_POSTGRES_COPY_H
#define EPISODED_POSTGRES_COPY_H

/*
 * A PostgreSQL as one side of "store copy". Its rows are read and written in the form of the SQLite file:
 *
 *	discord/NAME shard/N, self   the position of the lease discord/NAME/TOTAL/N, which has the bot's user ID, too
 *	discord/NAME guilds/N, rooms discord/NAME/TOTAL/N guilds, rooms (the channels of this shard's guilds)
 *	discord/NAME commands        role/discord/NAME commands
 *	lobby/NAME                   lobby/NAME@HOST; the lobbies of other hosts are not copied
 *	effect "GATEWAY ID"          the mark of the question
 *
 * Discord's count of IDENTIFYs is not copied: it is read from Discord at a start.
 */

#include "bot/postgres/session.h"
#include "bot/store/copied.h"

#define COPY_HOST_BYTES 65

struct database_config;

/*
 * Connect. host: the name of this machine, whose lobbies are copied. is_target: missing tables are made.
 *
 * Errors: as session_open(); -EBUSY: a process uses the database; -ENOTSUP: a newer episoded has changed the tables;
 *         -ENOENT: there is no state.
 */
int copy_open(const struct database_config *config, const char *host, bool is_target, struct copied_side *ret,
		char ret_reason[SESSION_REASON_BYTES]);

#endif
