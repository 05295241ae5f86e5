/* What a reply wishes of its network. */

#include "bot/core/wishes.h"

bool wishes_are_any(const struct wishes *wishes)
{
	return *wishes->post || wishes->kind != WISH_NEW || *wishes->role || *wishes->thread ||
	       *wishes->event || wishes->is_silent;
}
