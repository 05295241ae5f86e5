/* Messages on their way to the bot. */

#include <inttypes.h>
#include <stdio.h>

#include "bot/gateway/discord/discord_private.h"

int discord_hear(struct discord *discord, struct span data, uint64_t guild, enum message_origin origin)
{
	struct discord_event_message *message = &discord->message;
	struct message said = {.account = "", .extra = NULL, .origin = origin};
	char id[DISCORD_SNOWFLAKE_BYTES], channel[DISCORD_SNOWFLAKE_BYTES], author[DISCORD_SNOWFLAKE_BYTES];
	bool is_new_room;
	int r;

	discord->self.prefix = discord->head.host->prefix(discord->head.host->bot);
	discord->self.prefixes = discord->head.host->prefixes(discord->head.host->bot);
	discord->self.guild = guild;
	r = discord_event_message_read(data, &discord->self, message);
	if (r <= 0)
		return r;
	snprintf(id, sizeof(id), "%" PRIu64, message->id);
	snprintf(channel, sizeof(channel), "%" PRIu64, message->channel);
	snprintf(author, sizeof(author), "%" PRIu64, message->author);
	said.id = id;
	said.channel = channel;
	said.author_id = author;
	said.author_name = str_text(&message->author_name);
	said.text = str_text(&message->text);
	said.is_private = !message->guild;
	said.is_addressed = message->is_addressed;
	said.time_ms = discord_snowflake_ms(message->id);
	is_new_room = !discord_rooms_find(&discord->rooms, message->channel);
	discord_rooms_note(&discord->rooms, message->channel, message->guild, message->id);
	discord_note_room(discord, is_new_room);
	discord->heard++;
	discord->head.host->on_message(discord->head.host->bot, discord_as_gateway(discord), &said);
	return 1;
}
