/* A random episode: each once before one comes again. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/catalogue/telling.h"
#include "bot/core/request.h"

/* Collect the episodes that may be drawn. Return their number. */
static size_t collect(struct request *request, const struct episode **ret)
{
	const struct show *show = request->show;
	size_t count = 0;

	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);

		if (*telling_text(episode->summary) && line_tells_episode(request_line(request), episode))
			ret[count++] = episode;
	}
	return count;
}

static void shuffle(const struct episode **list, size_t count, uint64_t seed)
{
	struct random random;

	random_seed(&random, seed);
	for (size_t i = count; i > 1; i--) {
		size_t other = random_below(&random, i);
		const struct episode *kept = list[i - 1];

		list[i - 1] = list[other];
		list[other] = kept;
	}
}

/* The bag is not stored: its seed is, and how many episodes were drawn from it. A bag with other episodes (another show,
 * a line that has moved) is a new one. */
static const struct episode *draw(struct request *request, const struct episode **list, size_t count)
{
	struct conversation_bag *bag = &request->conversation->bag;
	const struct episode *last = bag->drawn ? show_episode(request->show, bag->last) : NULL;
	uint64_t of = str_hash(count, request->show->id, strlen(request->show->id));
	bool is_same = bag->of == of, is_new = !is_same || bag->drawn >= count;

	if (is_new)
		*bag = (struct conversation_bag){.of = of, .seed = random_next(request->random)};
	shuffle(list, count, bag->seed);
	if (is_new && is_same && list[0] == last) /* a new bag must not begin with the episode drawn last */
		bag->shift = 1;
	last = list[(bag->drawn++ + bag->shift) % count];
	bag->last = last->order;
	return last;
}

const struct episode *request_draw(struct request *request)
{
	const struct episode **list = calloc((size_t)request->show->last_order + 1, sizeof(*list)),
			     *drawn = NULL;
	size_t count;

	if (!list) {
		request->reply->error = -ENOMEM;
		return NULL;
	}
	count = collect(request, list);
	if (count)
		drawn = draw(request, list, count);
	request->reply->is_fleeting |= count > 1;
	free(list);
	return drawn;
}
