#ifndef EPISODED_TESTS_FLEET_DISCORD_H
#define EPISODED_TESTS_FLEET_DISCORD_H

/* Discord's side of the fleet: sessions, and the limits of IDENTIFY, which it enforces. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISCORD_IDENTIFY_MS 5000   /* between two IDENTIFYs of a bucket */
#define DISCORD_RESUME_MS   120000 /* a session without a connection can be resumed for so long */
#define DISCORD_SILENCE_MS  61875  /* without a heartbeat a connection is closed: 1.5 intervals */
#define DISCORD_BUCKETS_MAX 64

struct discord_session {
	unsigned shard;
	int host;            /* whose connection it has, or -1 */
	uint64_t expires_ms; /* without a connection */
};

struct discord {
	unsigned concurrency;
	uint64_t identified_ms[DISCORD_BUCKETS_MAX]; /* the last one of each bucket, or 0 */
	unsigned remaining;                          /* of the day */
	struct discord_session *sessions;            /* by number - 1 */
	size_t session_count, session_capacity;
	unsigned identifies, resumes;
	unsigned early, exhausted; /* IDENTIFYs that Discord refuses; must stay 0 */
};

void discord_begin(struct discord *discord, unsigned concurrency, unsigned starts);
void discord_end(struct discord *discord);
/* The number of the new session, or 0: refused. */
uint64_t discord_identify(struct discord *discord, unsigned shard, int host, uint64_t now_ms);
/* False: the session is gone. It takes the connection from another host. */
bool discord_resume(struct discord *discord, uint64_t session, int host, uint64_t now_ms);
/* The host's connection has ended: by a close that can be resumed, or by its silence until then. */
void discord_disconnect(struct discord *discord, uint64_t session, int host, uint64_t now_ms);
/* Has the host the session's connection? */
bool discord_is_connected(const struct discord *discord, uint64_t session, int host);

#endif
