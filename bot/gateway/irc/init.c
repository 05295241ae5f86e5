/* What "episoded init irc" asks, and the gateway that it writes. */

#include <stdlib.h>
#include <string.h>

#include "bot/config/draft.h"
#include "bot/config/reader.h"
#include "bot/config/url.h"
#include "bot/gateway/irc/config.h"

enum { SERVER, NICK, CHANNELS, ACCOUNT };

/* "irc.libera.chat" is typed as often as its URL. */
static void complete_url(const char *server, struct str *ret)
{
	str_printf(ret, "%s%s", strstr(server, "://") ? "" : "ircs://", server);
}

static const char *check_server(const char *text)
{
	struct str url = STR(DRAFT_ANSWER_MAX_BYTES + 16);
	struct url parts = {0};
	const char *problem;

	complete_url(text, &url);
	problem = config_parse_irc_url(str_text(&url), &parts);
	config_url_release(&parts);
	str_release(&url);
	return problem;
}

static const char *check_channels(const char *text)
{
	return draft_check_words(text, "#&", config_check_channel);
}

static const struct draft_question questions[] = {
		{"The network's server", NULL, "ircs://irc.libera.chat", check_server},
		{"The bot's nick", NULL, NULL, irc_check_nick},
		{"The channels to join, with spaces between them", NULL, NULL, check_channels},
		{"The bot's account with the network's services, if it has one",
				"registered with /msg NickServ REGISTER; its password is asked for later", "",
				config_check_account},
};

/* The second-level name of the server: "libera" of "ircs://irc.libera.chat:6697". */
static void suggest_name(const char *const *answers, char ret[DRAFT_NAME_BYTES])
{
	const char *host = strstr(answers[SERVER], "://"), *end, *begin;
	size_t length = 0;

	host = host ? host + 3 : answers[SERVER];
	end = host + strcspn(host, ":/");
	begin = end;
	for (int labels = 0; begin > host; begin--) {
		if (begin[-1] != '.')
			continue;
		if (++labels == 2)
			break;
		end = begin - 1;
	}
	for (; begin < end && length + 1 < DRAFT_NAME_BYTES; begin++) {
		char letter = *begin >= 'A' && *begin <= 'Z' ? (char)(*begin - 'A' + 'a') : *begin;

		if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-')
			ret[length++] = letter;
	}
	ret[length] = '\0';
}

static void write_login(const char *name, const char *account, struct str *ret, struct str *secret)
{
	if (!*account) {
		str_printf(ret,
				"      // To log in to an account, with a password that \"episoded secret "
				"set %s.password\" "
				"keeps:\n"
				"      // \"sasl\": { \"account\": \"...\", \"password\": { \"credential\": "
				"\"%s.password\" } },\n",
				name, name);
		return;
	}
	str_printf(secret, "%s.password", name);
	str_append(ret, "      // The password is not in this file: \"episoded secret set\" keeps it.\n"
			"      \"sasl\": { \"account\": ");
	json_append_string(ret, account);
	str_printf(ret, ", \"password\": { \"credential\": \"%s\" } },\n", str_text(secret));
}

static void write_gateway(const char *name, const char *const *answers, struct str *ret, struct str *secret)
{
	struct str url = STR(DRAFT_ANSWER_MAX_BYTES + 16);

	complete_url(answers[SERVER], &url);
	str_append(ret, "      // ircs:// is TLS; wss:// is a WebSocket.\n");
	draft_append(ret, "url", str_text(&url));
	draft_append(ret, "nick", answers[NICK]);
	str_append(ret, "      \"channels\": ");
	draft_append_words(ret, answers[CHANNELS], "#&");
	str_append(ret, ",\n");
	write_login(name, answers[ACCOUNT], ret, secret);
	str_append(ret, "      // Who may use owner commands (!join, !set, !reload), by account; nicks are "
			"not trusted.\n"
			"      \"owners\": [/* { \"account\": \"you\" } */]\n");
	str_release(&url);
}

const struct network_draft irc_draft = {
		.questions = questions,
		.question_count = sizeof(questions) / sizeof(questions[0]),
		.suggest_name = suggest_name,
		.write = write_gateway,
		.after = "The log says \"ready\" once the bot is on the network. In the channel, type "
			 "!episode 5.",
};
