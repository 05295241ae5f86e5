#ifndef EPISODED_DISCORD_SNOWFLAKE_H
#define EPISODED_DISCORD_SNOWFLAKE_H

/* Discord's ids: 64 bits, decimal strings on the wire, with the time of their creation. */

#include <stdint.h>

#define DISCORD_SNOWFLAKE_EPOCH_MS 1420070400000ull /* 2015-01-01 */
#define DISCORD_SNOWFLAKE_BYTES    21               /* 20 digits and a NUL */

/* Wall clock: when the object with this id was created. */
static inline uint64_t discord_snowflake_ms(uint64_t id)
{
	return (id >> 22) + DISCORD_SNOWFLAKE_EPOCH_MS;
}

/* The smallest id of an object created then; 0 before 2015. */
static inline uint64_t discord_snowflake_at(uint64_t wall_ms)
{
	return wall_ms > DISCORD_SNOWFLAKE_EPOCH_MS ? (wall_ms - DISCORD_SNOWFLAKE_EPOCH_MS) << 22 : 0;
}

/* The shard of a guild, of so many; a direct message (guild 0) is of shard 0. */
static inline unsigned discord_snowflake_shard(uint64_t guild, unsigned total)
{
	return (unsigned)((guild >> 22) % total);
}

/* A number whose shard is this one, of any total above it. */
static inline uint64_t discord_snowflake_of_shard(unsigned number)
{
	return (uint64_t)number << 22;
}

#endif
