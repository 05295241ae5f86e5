/* What one client may ask about another, and about its own modes. */

#include <string.h>

#include "bot/gateway/lobby/chat_parts.h"

void chat_mode(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *target = line->params[0], *change = line->param_count > 1 ? line->params[1] : NULL;

	if (*target == '#') {
		if (!chat_find_channel(chat, target))
			chat_numeric(chat, client, 403, "%s :No such channel", target);
		else if (!change)
			chat_numeric(chat, client, 324, "%s +nt", target);
		else if (!str_equal(change, "b") && !str_equal(change, "+b"))
			chat_numeric(chat, client, 482, "%s :Nobody is an operator here", target);
		else
			chat_numeric(chat, client, 368, "%s :End of channel ban list", target);
		return;
	}
	if (!str_equal_nocase(target, client->nick)) {
		chat_numeric(chat, client, 502, ":Cannot change the modes of others");
		return;
	}
	if (!change) {
		chat_numeric(chat, client, 221, "+%s", client->is_bot ? "B" : "");
	} else if (str_equal(change, "+B") || str_equal(change, "-B")) {
		client->is_bot = *change == '+';
		chat_send(chat, client, "", ":%s MODE %s %s", client->nick, client->nick, change);
	} else {
		chat_numeric(chat, client, 501, ":Unknown mode");
	}
}

void chat_whois(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *nick = line->params[line->param_count - 1];
	const struct chat_client *other = chat_find_client(chat, nick);

	if (chat_is_bot_nick(chat, nick)) {
		chat_numeric(chat, client, 311, "%s %s " CHAT_SERVER " * :the bot of this lobby",
				chat->bot_nick, chat->bot_nick);
		chat_numeric(chat, client, 330, "%s %s :is logged in as", chat->bot_nick, chat->bot_nick);
		chat_numeric(chat, client, 335, "%s :is a bot", chat->bot_nick);
	} else if (other && other->is_registered) {
		chat_numeric(chat, client, 311, "%s %s " CHAT_SERVER " * :%s", other->nick, other->user,
				other->realname);
		if (other->is_bot)
			chat_numeric(chat, client, 335, "%s :is a bot", other->nick);
	} else {
		chat_numeric(chat, client, 401, "%s :No such nick", nick);
	}
	chat_numeric(chat, client, 318, "%s :End of WHOIS list", nick);
}

void chat_ison(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	struct str list = STR(CHAT_LINE_MAX_BYTES);

	for (size_t i = 0; i < line->param_count; i++) {
		char *nick, *rest = line->params[i];

		while ((nick = strsep(&rest, " "))) {
			const struct chat_client *other = chat_find_client(chat, nick);

			if (*nick && ((other && other->is_registered) || chat_is_bot_nick(chat, nick)))
				str_printf(&list, "%s%s", list.length ? " " : "", nick);
		}
	}
	chat_numeric(chat, client, 303, ":%s", str_text(&list));
	str_release(&list);
}
