/* Copy a message into one block of memory, with its text as commands are read. */

#include "bot/core/message.h"

#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"

#define TEXTS 9

struct message *message_copy(const struct message *message)
{
	const struct message from = *message;
	const char *const texts[TEXTS] = {from.id, from.channel, from.author_id, from.author_name,
			from.account, from.text, from.source, from.fingerprint, from.extra};
	const char *copies[TEXTS] = {NULL};
	struct message *copy;
	size_t bytes = 0;
	char *to;

	for (size_t i = 0; i < TEXTS; i++)
		bytes += texts[i] ? strlen(texts[i]) + 1 : 0;
	copy = malloc(sizeof(*copy) + bytes);
	if (!copy)
		return NULL;
	to = (char *)(copy + 1);
	for (size_t i = 0; i < TEXTS; i++) {
		size_t length = texts[i] ? strlen(texts[i]) + 1 : 0;

		if (!length)
			continue;
		copies[i] = memcpy(to, texts[i], length);
		if (texts[i] == from.text)
			utf8_tidy(to, length - 1);
		to += length;
	}
	*copy = from;
	copy->id = copies[0];
	copy->channel = copies[1];
	copy->author_id = copies[2];
	copy->author_name = copies[3];
	copy->account = copies[4];
	copy->text = copies[5];
	copy->source = copies[6];
	copy->fingerprint = copies[7];
	copy->extra = copies[8];
	return copy;
}
