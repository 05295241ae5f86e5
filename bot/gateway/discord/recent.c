/* The latest questions and the messages that answer them. */

#include "bot/gateway/discord/recent.h"

struct discord_asked *discord_recent_find(struct discord_recent *recent, uint64_t question)
{
	for (size_t i = 0; i < DISCORD_RECENT_MAX; i++)
		if (recent->asked[i].question == question)
			return &recent->asked[i];
	return NULL;
}

struct discord_asked *discord_recent_find_post(struct discord_recent *recent, uint64_t post)
{
	for (size_t i = 0; i < DISCORD_RECENT_MAX; i++)
		if (recent->asked[i].post == post)
			return &recent->asked[i];
	return NULL;
}

struct discord_asked *discord_recent_note(struct discord_recent *recent, uint64_t question)
{
	struct discord_asked *asked = discord_recent_find(recent, question);

	if (asked)
		return asked;
	asked = &recent->asked[recent->next];
	recent->next = (recent->next + 1) % DISCORD_RECENT_MAX;
	*asked = (struct discord_asked){.question = question};
	return asked;
}
