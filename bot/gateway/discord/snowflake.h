#ifndef EPISODED_DISCORD_SNOWFLAKE_H
#define EPISODED_DISCORD_SNOWFLAKE_H

/* Discord's ids: 64 bits, decimal strings on the wire, and a time inside. */

#include <stdint.h>

#define DISCORD_SNOWFLAKE_EPOCH_MS 1420070400000ull /* 2015-01-01 */
#define DISCORD_SNOWFLAKE_BYTES    21               /* 20 digits and a NUL */

/* Wall clock: when what bears the id was made. */
static inline uint64_t discord_snowflake_ms(uint64_t id)
{
	return (id >> 22) + DISCORD_SNOWFLAKE_EPOCH_MS;
}

/* The smallest id that something made then can bear; 0 before Discord was. */
static inline uint64_t discord_snowflake_at(uint64_t wall_ms)
{
	return wall_ms > DISCORD_SNOWFLAKE_EPOCH_MS ? (wall_ms - DISCORD_SNOWFLAKE_EPOCH_MS) << 22 : 0;
}

#endif
