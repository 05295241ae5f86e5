/*
 * What the store has of occasions and announcements, and what owners type behind "announce here". The first byte chooses.
 * What is read is written and read again, with the same result.
 */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/core/announcement.h"
#include "bot/occasion/occasion.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_occasion(char *bytes)
{
	struct occasion occasion, again;
	struct str form = STR(OCCASION_MAX_BYTES), second = STR(OCCASION_MAX_BYTES);
	char *copy;

	if (occasion_read(bytes, &occasion) < 0)
		return;
	occasion_append(&occasion, &form);
	if (!form.error) {
		copy = str_copy(str_text(&form));
		assert(copy && occasion_read(copy, &again) == 0);
		occasion_append(&again, &second);
		assert(str_equal(str_text(&form), str_text(&second)));
		free(copy);
	}
	str_release(&form);
	str_release(&second);
}

static void read_announcement(char *bytes)
{
	static struct announcement announcement, again;
	struct str form = STR(ANNOUNCEMENT_MAX_BYTES);
	char *copy;

	if (announcement_read(bytes, &announcement) < 0)
		return;
	assert(announcement.told_count <= ANNOUNCEMENT_TOLD_MAX);
	announcement_append(&announcement, &form);
	assert(!form.error);
	copy = str_copy(str_text(&form));
	assert(copy && announcement_read(copy, &again) == 0);
	assert(again.told_count == announcement.told_count && again.floor_s == announcement.floor_s);
	free(copy);
	str_release(&form);
	/* Whatever is remembered, an episode that was told is told, and one that is forgotten is not. */
	for (int i = 0; i < ANNOUNCEMENT_TOLD_MAX + 2; i++)
		announcement_tell(&announcement, (struct announcement_key){3, 2 * i}, i, i);
	assert(announcement.told_count <= ANNOUNCEMENT_TOLD_MAX);
	assert(announcement_told_of(
			&announcement, (struct announcement_key){3, 2 * (ANNOUNCEMENT_TOLD_MAX + 1)}));
	while (announcement.told_count) {
		struct announcement_key key = announcement.told[0].first;

		announcement_forget(&announcement, key);
		if (announcement_told_of(&announcement, key)) /* it was remembered twice */
			announcement_forget(&announcement, key);
	}
}

static void read_words(const char *words)
{
	struct announcement_wish wish;
	const char *wrong = NULL;
	size_t length = 0;

	if (announcement_wish_read(words, &wish, &length, &wrong) < 0) {
		assert(wrong >= words && wrong <= words + strlen(words));
		return;
	}
	assert(length <= strlen(words));
	assert(wish.after_s >= 0 && wish.after_s <= ANNOUNCEMENT_AFTER_MAX_S);
	assert(wish.minute >= 0 && wish.minute < 24 * 60);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes;

	if (size < 1)
		return 0;
	bytes = malloc(size);
	assert(bytes);
	memcpy(bytes, data + 1, size - 1);
	bytes[size - 1] = '\0';
	switch (data[0] % 3) {
	case 0: read_occasion(bytes); break;
	case 1: read_announcement(bytes); break;
	default: read_words(bytes);
	}
	free(bytes);
	return 0;
}
