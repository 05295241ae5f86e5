/* The episodes whose synopsis names a character. */

#include <errno.h>
#include <stdlib.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/names.h"
#include "bot/catalogue/telling.h"
#include "bot/core/request.h"

#define NAMED_MAX          12 /* episodes listed; further ones are counted */
#define SYNOPSIS_MAX_BYTES (256 * 1024)

static bool names(struct names *list, const struct episode *episode, size_t character, struct str *folded)
{
	const struct name_match *matches;
	size_t count;

	str_clear(folded);
	utf8_fold(folded, telling_text(episode->summary));
	count = names_find(list, str_text(folded), &matches);
	for (size_t i = 0; i < count; i++) {
		if (matches[i].character == character)
			return true;
	}
	return false;
}

bool request_may_name(struct request *request, const struct character *character)
{
	return line_tells_character(request_line(request), character);
}

int reply_named_in(struct request *request, const struct character *character)
{
	const struct show *show = request->show;
	const struct episode *first = NULL;
	struct str text = STR(REPLY_TITLE_MAX_BYTES), folded = STR(SYNOPSIS_MAX_BYTES);
	struct names *list = NULL;
	char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];
	size_t count = 0;
	int r = names_new(show, &list);

	for (int order = 1; r == 0 && order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (!line_tells_episode(request_line(request), episode) ||
				!names(list, episode, (size_t)(character - show->characters), &folded))
			continue;
		first = first ? first : episode;
		if (count++ < NAMED_MAX)
			str_printf(&text, "%s%s", count > 1 ? ", " : "", episode_code(episode, code));
	}
	if (count > NAMED_MAX)
		str_printf(&text, " and %zu more", count - NAMED_MAX);
	if (count)
		reply_field(request, "Named in", "%s %s", count == 1 ? "episode" : "episodes",
				str_text(&text));
	if (first)
		reply_choice(request, request_label(request, first, label), "episode %s",
				episode_code(first, code));
	names_free(list);
	str_release(&folded);
	str_release(&text);
	return r;
}
