/* What "episoded init twitch" asks, and the gateway that it writes. */

#include <string.h>

#include "bot/config/draft.h"
#include "bot/gateway/twitch/config.h"

enum { LOGIN, CHANNELS, CLIENT };

static const char *check_channel(const char *text)
{
	return *text == '#' && !twitch_check_login(text + 1)
			       ? NULL
			       : "must be the login name of the channel, as in its address";
}

static const char *check_channels(const char *text)
{
	return draft_check_words(text, "#", check_channel);
}

static const struct draft_question questions[] = {
		{"The login name of the bot's account",
				"make it an account of its own: https://www.twitch.tv/signup", NULL,
				twitch_check_login},
		{"The channels to join, with spaces between them", "twitch.tv/NAME is #NAME", NULL,
				check_channels},
		{"The client ID of your application",
				"https://dev.twitch.tv/console/apps: Register, redirect URL "
				"http://localhost, client type "
				"Public",
				NULL, twitch_check_client_id},
};

static void write_gateway(const char *name, const char *const *answers, struct str *ret, struct str *secret)
{
	(void)name;
	(void)secret;
	draft_append(ret, "login", answers[LOGIN]);
	str_append(ret, "      // Of the application that \"episoded twitch login\" logs in with. It is not "
			"a secret.\n");
	draft_append(ret, "client_id", answers[CLIENT]);
	str_append(ret, "      \"channels\": ");
	draft_append_words(ret, answers[CHANNELS], "#");
	str_append(ret, ",\n"
			"      // Who may use owner commands (!join, !set, !reload), by user ID.\n"
			"      \"owners\": [/* { \"user_id\": \"1234567\" } */]\n");
}

const struct network_draft twitch_draft = {
		.questions = questions,
		.question_count = sizeof(questions) / sizeof(questions[0]),
		.write = write_gateway,
		.login = "twitch login",
		.after = "Make the bot a moderator of the channel, if you can: /mod NAME. Then type !episode "
			 "5 there.",
};
