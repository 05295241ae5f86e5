/* What "episoded init discord" asks, and the gateway that it writes. */

#include <string.h>

#include "bot/config/draft.h"
#include "bot/gateway/discord/config.h"

enum { OWNER, STYLE, NAME };

static const char *check_id(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits >= 15 && digits <= 20 && !text[digits] && *text != '0'
			       ? NULL
			       : "is not a user ID: a number of 17 to 20 digits";
}

static const char *check_style(const char *text)
{
	return str_equal(text, "card") || str_equal(text, "text") ? NULL : "must be card or text";
}

static const char *check_name(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return length > 0 && length < DRAFT_NAME_BYTES && !text[length]
			       ? NULL
			       : "may have at most 32 lower-case letters, digits and hyphens";
}

static const struct draft_question questions[] = {
		{"Your user ID on Discord, to be the bot's owner",
				"Settings, Advanced, Developer Mode; then right click on your name, Copy "
				"User ID",
				"", check_id},
		{"Answers as \"card\" (an embed with buttons) or as \"text\"", NULL, "card", check_style},
		{"A name for this connection, in the log", NULL, "discord", check_name},
};

static void suggest_name(const char *const *answers, char ret[DRAFT_NAME_BYTES])
{
	memcpy(ret, answers[NAME], strlen(answers[NAME]) + 1);
}

static void write_gateway(const char *name, const char *const *answers, struct str *ret, struct str *secret)
{
	str_printf(secret, "%s.token", name);
	str_append(ret, "      // The bot's token is not in this file: \"episoded secret set\" keeps it.\n");
	str_printf(ret, "      \"token\": { \"credential\": \"%s\" },\n", str_text(secret));
	str_append(ret, "      // \"card\": an embed; \"text\": no embeds.\n");
	draft_append(ret, "style", answers[STYLE]);
	str_append(ret, "      // Who may use owner commands (!set, !reload, !ignore), by user ID.\n");
	if (*answers[OWNER])
		str_printf(ret, "      \"owners\": [{ \"user_id\": \"%s\" }]\n", answers[OWNER]);
	else
		str_append(ret, "      \"owners\": [/* { \"user_id\": \"1234567890\" } */]\n");
}

const struct network_draft discord_draft = {
		.questions = questions,
		.question_count = sizeof(questions) / sizeof(questions[0]),
		.suggest_name = suggest_name,
		.write = write_gateway,
		.before = "Open https://discord.com/developers/applications and create a New Application. "
			  "Under Bot, press\n"
			  "Reset Token and copy the token. Below, switch on Message Content Intent: people "
			  "can then type\n"
			  "!episode 5; /episode 5 works without it.",
		.after = "The log shows an invite link: open it, and choose your server.",
};
