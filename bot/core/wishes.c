/* What a reply wishes of its network. */

#include "bot/core/wishes.h"

#include <string.h>

bool wishes_are_any(const struct wishes *wishes)
{
	size_t texts = strlen(wishes->post) + strlen(wishes->role) + strlen(wishes->thread) +
		       strlen(wishes->event);

	return texts || wishes->kind != WISH_NEW || wishes->is_silent;
}
