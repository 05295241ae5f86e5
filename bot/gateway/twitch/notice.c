/* The ids of Twitch's NOTICEs. */

#include "bot/gateway/twitch/notice.h"

#include <stddef.h>
#include <string.h>

#include "bot/base/str.h"

#define NUMBER_MAX_DIGITS 7 /* two weeks of seconds, the longest time-out, have as many */

#define FOLLOW "only followers there; let the bot's account follow the channel, or make it a moderator"
#define VERIFY                                                                                               \
	"the account needs a verified e-mail address or phone number for that; see its settings on Twitch"

static const struct twitch_notice notices[] = {
		{"msg_duplicate", TWITCH_DUPLICATE, "the same was said a moment ago"},
		{"msg_ratelimit", TWITCH_TOO_FAST, "Twitch finds the bot too fast"},
		{"msg_slowmode", TWITCH_SLOW, "slow mode"},
		{"msg_r9k", TWITCH_TEXT,
				"it lets nobody say the same twice (unique chat); make the bot a moderator"},
		{"msg_rejected", TWITCH_TEXT, "an answer waits for the moderators (AutoMod)"},
		{"msg_rejected_mandatory", TWITCH_TEXT,
				"an answer has words that the channel does not allow"},
		{"msg_bad_characters", TWITCH_TEXT, "an answer has characters that Twitch does not allow"},
		{"msg_facebook", TWITCH_TEXT, "Twitch refuses an answer"},
		{"unrecognized_cmd", TWITCH_TEXT, "Twitch took an answer for a command"},
		{"no_permission", TWITCH_TEXT, "Twitch took an answer for a command"},
		{"msg_emoteonly", TWITCH_MODE, "only emotes there; make the bot a moderator"},
		{"msg_subsonly", TWITCH_MODE, "only subscribers there; make the bot a moderator or a VIP"},
		{"msg_followersonly", TWITCH_MODE, FOLLOW},
		{"msg_followersonly_followed", TWITCH_MODE,
				"only those who have followed it for longer; wait, or make the "
				"bot a moderator"},
		{"msg_followersonly_zero", TWITCH_MODE, FOLLOW},
		{"msg_timedout", TWITCH_TIMEOUT, "the bot is timed out there"},
		{"msg_banned", TWITCH_OUT, "the bot is banned there; ask the channel's moderators"},
		{"msg_channel_suspended", TWITCH_OUT, "the channel does not exist, or is suspended"},
		{"msg_channel_blocked", TWITCH_OUT, "the channel is blocked"},
		{"msg_room_not_found", TWITCH_OUT, "the channel does not exist"},
		{"tos_ban", TWITCH_OUT, "the channel is closed by Twitch"},
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
