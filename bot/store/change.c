/* Copying a change. */

#include "bot/store/change.h"

#include <string.h>

#define ENTRY(member) (offsetof(struct change, entry) + offsetof(struct journal_entry, member))

/* Where a change has its texts. */
static const size_t texts[] = {offsetof(struct change, area), offsetof(struct change, key),
		offsetof(struct change, value), offsetof(struct change, effect),
		offsetof(struct change, lease), ENTRY(gateway), ENTRY(id), ENTRY(channel), ENTRY(author_id),
		ENTRY(author_name), ENTRY(account), ENTRY(text), ENTRY(extra)};
#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static const char *text_of(const struct change *change, size_t i)
{
	return *(const char *const *)(const void *)((const char *)change + texts[i]);
}

size_t change_bytes(const struct change *change)
{
	size_t size = 0;

	for (size_t i = 0; i < TEXTS; i++) {
		const char *text = text_of(change, i);

		size += text ? strlen(text) + 1 : 0;
	}
	return size;
}

void change_copy(const struct change *change, char *bytes, struct change *ret)
{
	*ret = *change;
	for (size_t i = 0; i < TEXTS; i++) {
		const char *text = text_of(change, i);
		size_t length = text ? strlen(text) + 1 : 0;

		if (!text)
			continue;
		memcpy(bytes, text, length);
		*(const char **)(void *)((char *)ret + texts[i]) = bytes;
		bytes += length;
	}
}
