/* Table of msg-ids. */

#include "bot/gateway/twitch/notice.h"

#include <stddef.h>
#include <string.h>

#include "bot/base/str.h"

#define NUMBER_MAX_DIGITS 7 /* of two weeks in seconds, the longest time-out */

#define FOLLOW "followers-only mode; let the bot's account follow the channel, or make it a moderator"
#define VERIFY "the account needs a verified email address or phone number; see its settings on Twitch"

static const struct twitch_notice notices[] = {
		{"msg_duplicate", TWITCH_DUPLICATE, "the same text was sent within 30 s"},
		{"msg_ratelimit", TWITCH_TOO_FAST, "rate limit of Twitch reached"},
		{"msg_slowmode", TWITCH_SLOW, "slow mode"},
		{"msg_r9k", TWITCH_TEXT, "unique chat refuses a repeated text; make the bot a moderator"},
		{"msg_rejected", TWITCH_TEXT, "an answer is held for the moderators (AutoMod)"},
		{"msg_rejected_mandatory", TWITCH_TEXT, "an answer has words that the channel blocks"},
		{"msg_bad_characters", TWITCH_TEXT, "an answer has characters that Twitch refuses"},
		{"msg_facebook", TWITCH_TEXT, "an answer was refused by Twitch"},
		{"unrecognized_cmd", TWITCH_TEXT, "Twitch read an answer as a command"},
		{"no_permission", TWITCH_TEXT, "Twitch read an answer as a command"},
		{"msg_emoteonly", TWITCH_MODE, "emote-only mode; make the bot a moderator"},
		{"msg_subsonly", TWITCH_MODE, "subscribers-only mode; make the bot a moderator or a VIP"},
		{"msg_followersonly", TWITCH_MODE, FOLLOW},
		{"msg_followersonly_followed", TWITCH_MODE,
				"followers-only mode needs a longer follow; wait, or make the bot a "
				"moderator"},
		{"msg_followersonly_zero", TWITCH_MODE, FOLLOW},
		{"msg_timedout", TWITCH_TIMEOUT, "the bot is timed out"},
		{"msg_banned", TWITCH_OUT, "the bot is banned; ask the channel's moderators"},
		{"msg_channel_suspended", TWITCH_OUT, "the channel does not exist, or is suspended"},
		{"msg_channel_blocked", TWITCH_OUT, "the channel is blocked"},
		{"msg_room_not_found", TWITCH_OUT, "the channel does not exist"},
		{"tos_ban", TWITCH_OUT, "the channel was closed by Twitch"},
		{"msg_verified_email", TWITCH_ACCOUNT, VERIFY},
		{"msg_requires_verified_phone_number", TWITCH_ACCOUNT, VERIFY},
		{"msg_suspended", TWITCH_ACCOUNT, "the bot's account is suspended; ask Twitch"},
};

const struct twitch_notice *twitch_notice_find(const char *msg_id)
{
	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
		if (str_equal(notices[i].id, msg_id))
			return &notices[i];
	return NULL;
}

/* Words of codes; the first that occurs decides. */
static const struct twitch_notice drops[] = {
		{"duplicate", TWITCH_DUPLICATE, "the same text was sent within 30 s"},
		{"identical", TWITCH_DUPLICATE, "the same text was sent within 30 s"},
		{"rejected", TWITCH_TEXT, "an answer is held for the moderators (AutoMod)"},
		{"follower", TWITCH_MODE, FOLLOW},
		{"subscriber", TWITCH_MODE, "subscribers-only mode; make the bot a moderator or a VIP"},
		{"subs_only", TWITCH_MODE, "subscribers-only mode; make the bot a moderator or a VIP"},
		{"emote", TWITCH_MODE, "emote-only mode; make the bot a moderator"},
		{"slow", TWITCH_SLOW, "slow mode"},
		{"unique", TWITCH_TEXT, "unique chat refuses a repeated text; make the bot a moderator"},
		{"r9k", TWITCH_TEXT, "unique chat refuses a repeated text; make the bot a moderator"},
		{"rate_limit", TWITCH_TOO_FAST, "rate limit of Twitch reached"},
		{"timed_out", TWITCH_TIMEOUT, "the bot is timed out"},
		{"timedout", TWITCH_TIMEOUT, "the bot is timed out"},
		{"warned", TWITCH_MODE,
				"moderators have warned the bot; log in to its account and acknowledge the "
				"warning in the channel"},
		{"banned", TWITCH_OUT, "the bot is banned; ask the channel's moderators"},
		{"blocked", TWITCH_OUT, "the channel is blocked"},
		{"suspended", TWITCH_ACCOUNT, "the bot's account or the channel is suspended; ask Twitch"},
		{"verified", TWITCH_ACCOUNT, VERIFY},
		{"phone", TWITCH_ACCOUNT, VERIFY},
		{"email", TWITCH_ACCOUNT, VERIFY},
};

const struct twitch_notice *twitch_notice_of_drop(const char *code)
{
	const struct twitch_notice *notice = twitch_notice_find(code);

	for (size_t i = 0; !notice && i < sizeof(drops) / sizeof(drops[0]); i++)
		if (strstr(code, drops[i].id))
			notice = &drops[i];
	return notice;
}

uint64_t twitch_notice_wait_ms(const char *text, uint64_t fallback_ms)
{
	static const char digits[] = "0123456789";
	const char *number = text + strcspn(text, digits);
	size_t length = strspn(number, digits);
	uint64_t seconds = 0;

	if (length == 0 || length > NUMBER_MAX_DIGITS)
		return fallback_ms;
	while (length-- > 0)
		seconds = seconds * 10 + (uint64_t)(*number++ - '0');
	return seconds * 1000;
}
