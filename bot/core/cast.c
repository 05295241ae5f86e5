/* The cast of a show, as one text. */

#include "bot/base/str.h"
#include "bot/core/request.h"

#define CAST_MAX 12 /* in one answer; a guide to a show names the leading actors first */

/* Whether a role is a character past the line of this question. */
static bool is_secret(struct request *request, const struct show *show, const char *role)
{
	for (size_t i = 0; i < show->character_count; i++) {
		const struct character *character = &show->characters[i];
		bool is_role = str_equal_nocase(character->name, role);

		for (size_t k = 0; k < character->alias_count && !is_role; k++)
			is_role = str_equal_nocase(character->aliases[k], role);
		if (is_role)
			return !line_tells_character(request_line(request), character);
	}
	return false;
}

int reply_cast(struct request *request, const struct show *show)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	for (size_t i = 0; i < show->cast_count && i < CAST_MAX; i++) {
		const struct cast_member *member = &show->cast[i];

		str_printf(&text, "%s%s", i ? ", " : "", member->actor);
		if (*member->role && !is_secret(request, show, member->role))
			str_printf(&text, " (%s)", member->role);
	}
	if (show->cast_count > CAST_MAX)
		str_printf(&text, " and %zu more", show->cast_count - CAST_MAX);
	if (text.length)
		reply_field(request, "Cast", "%s", str_text(&text));
	str_release(&text);
	return 0;
}
