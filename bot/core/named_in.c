/* The episodes whose synopsis names a character. */

#include "bot/catalogue/search.h"
#include "bot/core/request.h"

#define NAMED_MAX 12 /* episodes listed; further ones are counted */

bool request_may_name(struct request *request, const struct character *character)
{
	return line_tells_character(request_line(request), character);
}

int reply_named_in(struct request *request, const struct character *character)
{
	const struct show *show = request->show;
	const struct episode *first = NULL;
	struct str text = STR(REPLY_TITLE_MAX_BYTES);
	char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];
	size_t count = 0;

	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (!line_tells_episode(request_line(request), episode) || !search_names(episode, character))
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
	str_release(&text);
	return 0;
}
