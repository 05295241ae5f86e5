/* What a channel is about. */

#include "bot/core/topic.h"

#include "bot/base/json.h"
#include "bot/catalogue/picture.h"

static bool is_same_run(const struct episode *episode, const struct episode *next)
{
	return next && next->season == episode->season && next->number == episode->number + 1;
}

static void append_runs(const struct show *show, struct str *str)
{
	const struct episode *first = show_episode(show, 1);
	unsigned runs = 0;

	str_append(str, "[");
	for (int order = 1; order <= show->last_order && runs < TOPIC_RUNS_MAX; order++) {
		const struct episode *episode = show_episode(show, order),
				     *next = show_episode(show, order + 1);

		if (is_same_run(episode, next))
			continue;
		str_printf(str, "%s[%d,%d,%d]", runs++ ? "," : "", first->season, first->number,
				episode->number);
		first = next;
	}
	str_append(str, "]");
}

void topic_append_json(const struct topic *topic, struct str *str)
{
	const struct show *show = topic->line.show;

	str_append(str, "{\"show\":");
	json_append_string(str, show->name);
	str_append(str, ",\"id\":");
	json_append_string(str, show->id);
	str_append(str, ",\"prefix\":");
	json_append_string(str, topic->prefix);
	if (topic->line.seen != LINE_UNDECLARED)
		str_printf(str, ",\"seen\":%d", topic->line.seen);
	str_printf(str, ",\"aired\":%d,\"runs\":", topic->line.aired);
	append_runs(show, str);
	if (*show->image && !picture_is_file(show->image)) {
		str_append(str, ",\"image\":");
		json_append_string(str, show->image);
	}
	str_append(str, "}");
}
