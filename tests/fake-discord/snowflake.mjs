// Discord's IDs: milliseconds since 2015 in the upper 42 bits, a counter below, in decimal.

const EPOCH_MS = 1420070400000n;
let counter = 0n;

export function snowflake(time_ms = Date.now()) {
  counter = (counter + 1n) & 0x3fffffn;
  return (((BigInt(Math.floor(time_ms)) - EPOCH_MS) << 22n) | counter).toString();
}

export function snowflakeTime_ms(id) {
  return Number((BigInt(id) >> 22n) + EPOCH_MS);
}

export function shardOf(guildId, shards) {
  return guildId ? Number((BigInt(guildId) >> 22n) % BigInt(shards)) : 0;
}
