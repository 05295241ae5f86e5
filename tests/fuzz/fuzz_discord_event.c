/* Messages: whatever comes, only what is addressed to the bot gets through, and it is clean text. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/core/message.h"
#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/event.h"
#include "bot/gateway/discord/recall.h"
#include "bot/gateway/discord/stream/guilds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t role_in(void *user, uint64_t guild)
{
	(void)user;
	return guild ? 98 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct discord_event_self self = {
			.id = 99, .prefix = "!", .guild = size % 2, .role_in = role_in};
	char *bytes = malloc(size ? size : 1);
	struct discord_event_message message;
	struct discord_guilds guilds = {0};
	uint64_t newest;
	size_t count;
	struct discord_channels channels = {0};

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	discord_event_message_init(&message);
	if (discord_event_message_read((struct span){bytes, size}, &self, &message) > 0) {
		const char *text = str_text(&message.text);

		assert(message.text.length > 0 && message.text.length <= MESSAGE_TEXT_MAX_BYTES);
		assert(strlen(text) == message.text.length);
		assert(utf8_valid(text, message.text.length));
		assert(utf8_valid(str_text(&message.author_name), message.author_name.length));
		assert(message.is_addressed || text[0] == '!');
		assert(message.author != self.id);
	}
	discord_channels_read(&channels, (struct span){bytes, size});
	discord_guilds_read(&guilds, (struct span){bytes, size});
	discord_guilds_find_role((struct span){bytes, size}, 99);
	discord_guilds_release(&guilds);
	discord_recall_find((struct span){bytes, size}, 99, 500, &newest, &count);
	discord_event_message_release(&message);
	free(bytes);
	return 0;
}
