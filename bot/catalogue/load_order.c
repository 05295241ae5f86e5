/* "reveal", "first_seen" and "title_reveal": the place of an episode in the order, as a number or as "s02e02". */

#include <ctype.h>

#include "bot/base/str.h"
#include "bot/catalogue/loader.h"

#define DIGITS_MAX 4 /* of LOAD_SEASONS_MAX and LOAD_NUMBER_MAX */

/* Parse a letter and one to four digits. Returns what follows; NULL if it is another form. */
static const char *parse_part(const char *text, char letter, int *ret)
{
	int value = 0, digits = 0;

	if (!text || tolower((unsigned char)*text) != letter)
		return NULL;
	for (text++; isdigit((unsigned char)*text) && digits < DIGITS_MAX; digits++)
		value = value * 10 + *text++ - '0';
	if (digits == 0)
		return NULL;
	*ret = value;
	return text;
}

/* Say which episodes the show has in place of the one that is named. */
static void report_missing(struct loader *loader, const struct json_node *node, int season, int number)
{
	const struct show *show = &loader->dataset->show;
	const struct episode *first;

	if (season == 0 || number == 0) {
		json_problem(loader->json, node,
				"\"%s\" cannot be a special: name the episode after which it may be told, "
				"like s01e05",
				json_key(node));
		return;
	}
	if (json_is_full(loader->json))
		return;
	first = show_episode(show, (int)show_find(show, season, 0) + 1);
	if (first && first->season == season)
		json_problem(loader->json, node,
				"\"%s\": there is no episode s%02de%02d; season %d has s%02de%02d to "
				"s%02de%02d",
				json_key(node), season, number, season, season, first->number, season,
				show_season_last(show, season));
	else
		json_problem(loader->json, node, "\"%s\": there is no season %d; it is one of %d",
				json_key(node), season, show->season_count);
}

/* The order of the episode that a text like "s02e02" names; standard after a problem. */
static int order_of(struct loader *loader, const struct json_node *node, int standard)
{
	const struct show *show = &loader->dataset->show;
	int season = 0, number = 0;
	const char *rest = parse_part(json_string(node), 's', &season);
	const struct episode *found;

	rest = parse_part(rest, 'e', &number);
	if (!rest || *rest) {
		json_problem(loader->json, node,
				"\"%s\" must be an episode like \"s02e02\", or a number from 0 to %d",
				json_key(node), show->last_order);
		return standard;
	}
	found = season && number ? show_numbered(show, season, number) : NULL;
	if (found)
		return found->order;
	report_missing(loader, node, season, number);
	return standard;
}

int load_order(struct loader *loader, struct json_node *object, const char *key, int standard)
{
	const struct json_node *node = json_get(object, key);
	long order = standard;

	if (json_type(node) == JSON_STRING)
		return order_of(loader, node, standard);
	json_integer(loader->json, object, key, JSON_OPTIONAL, 0, loader->dataset->show.last_order, &order);
	return (int)order;
}
