/* Suggestions while a person types. */

#include "bot/gateway/lobby/chat_complete.h"

#include <errno.h>

#include "bot/core/message.h"
#include "bot/core/talk.h"

enum { TOKEN, WORD, CHANNEL = 1, COMMAND_NAME, OPTION, PARTIAL, PARAMS };

static void send_word(struct chat_client *client, const struct chat_line *line)
{
	static const char *const kinds[] = {
			[TALK_WORD_COMMAND] = "command",
			[TALK_WORD_TYPO] = "typo",
			[TALK_WORD_OTHER] = "other",
	};
	const char *name;
	enum talk_word kind = talk_look_up(line->params[WORD], false, &name);

	chat_client_send(client, "", ":" CHAT_SERVER " COMPLETE %s %s :%s", line->params[TOKEN], kinds[kind],
			name);
}

static void send_suggestions(struct chat_client *client, const char *token, const char *suggestions)
{
	struct str escaped = STR(CHAT_SUGGESTIONS_MAX_BYTES), tags = STR(CHAT_OUT_MAX_BYTES);

	chat_tag_escape(&escaped, suggestions);
	str_printf(&tags, ";episoded/suggestions=%s", escaped.error ? "[]" : str_text(&escaped));
	client->wire->is_lossy |= tags.error == -ENOMEM;
	chat_client_send(client, str_text(&tags), ":" CHAT_SERVER " COMPLETE %s", token);
	str_release(&escaped);
	str_release(&tags);
}

void chat_complete(const struct chat_directory *directory, struct chat_client *client,
		const struct chat_line *line, uint64_t wall_ms)
{
	const struct chat_hooks *hooks = &directory->wire->hooks;
	const char *target = line->params[CHANNEL];
	const struct chat_channel *channel;
	bool is_private;

	if (!(client->caps & CHAT_CAP_TAGS)) {
		chat_client_numeric(client, 421, "COMPLETE :Request the message-tags capability first");
		return;
	}
	if (line->param_count < PARAMS) {
		send_word(client, line);
		return;
	}
	channel = chat_directory_find_channel(directory, target);
	is_private = chat_directory_is_bot(directory, target);
	if (!is_private && !(channel && chat_channel_has(channel, client))) {
		send_suggestions(client, line->params[TOKEN], "[]");
		return;
	}
	send_suggestions(client, line->params[TOKEN],
			hooks->complete(hooks->user,
					&(struct message){
							.id = "",
							.channel = is_private ? client->nick : channel->name,
							.author_id = client->nick,
							.author_name = client->nick,
							.account = "",
							.text = "",
							.is_private = is_private,
							.has_private = true,
							.time_ms = wall_ms,
					},
					line->params[COMMAND_NAME], line->params[OPTION],
					line->params[PARTIAL]));
}
