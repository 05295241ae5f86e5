/* Discord's sessions and limits. */

#include "tests/fleet/discord.h"

#include <stdlib.h>

void discord_begin(struct discord *discord, unsigned concurrency, unsigned starts)
{
	*discord = (struct discord){.concurrency = concurrency, .remaining = starts};
}

void discord_end(struct discord *discord)
{
	free(discord->sessions);
}

static struct discord_session *find(const struct discord *discord, uint64_t session)
{
	return session && session <= discord->session_count ? &discord->sessions[session - 1] : NULL;
}

static uint64_t add(struct discord *discord, unsigned shard, int host)
{
	if (discord->session_count == discord->session_capacity) {
		discord->session_capacity = discord->session_capacity ? 2 * discord->session_capacity : 256;
		discord->sessions = realloc(
				discord->sessions, discord->session_capacity * sizeof(discord->sessions[0]));
		if (!discord->sessions)
			abort();
	}
	discord->sessions[discord->session_count++] = (struct discord_session){.shard = shard, .host = host};
	return discord->session_count;
}

uint64_t discord_identify(struct discord *discord, unsigned shard, int host, uint64_t now_ms)
{
	uint64_t *last_ms = &discord->identified_ms[shard % discord->concurrency];
	bool is_early = *last_ms && now_ms - *last_ms < DISCORD_IDENTIFY_MS;

	discord->identifies++;
	*last_ms = now_ms;
	discord->early += is_early;
	if (!discord->remaining) {
		discord->exhausted++;
		return 0;
	}
	discord->remaining--;
	return is_early ? 0 : add(discord, shard, host);
}

bool discord_resume(struct discord *discord, uint64_t number, int host, uint64_t now_ms)
{
	struct discord_session *session = find(discord, number);

	if (!session || (session->host < 0 && now_ms >= session->expires_ms))
		return false;
	discord->resumes++;
	session->host = host;
	return true;
}

void discord_disconnect(struct discord *discord, uint64_t number, int host, uint64_t now_ms)
{
	struct discord_session *session = find(discord, number);

	if (!session || session->host != host)
		return;
	session->host = -1;
	session->expires_ms = now_ms + DISCORD_RESUME_MS;
}

bool discord_is_connected(const struct discord *discord, uint64_t number, int host)
{
	const struct discord_session *session = find(discord, number);

	return session && session->host == host;
}
