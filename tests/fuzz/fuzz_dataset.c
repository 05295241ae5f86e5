/* Any file as a dataset: refused with a problem, or a consistent show. The input after a NUL are questions about it. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/character.h"
#include "bot/catalogue/load.h"
#include "bot/catalogue/reference.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/telling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *text)
{
	assert(text && utf8_valid(text, strlen(text)));
	for (; *text; text++)
		assert((unsigned char)*text >= 0x20 && *text != 0x7F);
}

static void check_facts(const struct show *show, const struct fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_line(telling_text(facts[i].text));
		assert(facts[i].reveal >= 0 && facts[i].reveal <= show->last_order);
		for (size_t j = 0; j < facts[i].source_count; j++)
			check_line(facts[i].sources[j]->title);
	}
}

/* A link is empty or begins with https://, and has no sign that ends it in a text. */
static void check_link(const char *link)
{
	check_line(link);
	assert(!*link || (strncmp(link, "https://", 8) == 0 && !strpbrk(link, " \"<>")));
}

static void check_names(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_line(names[i]);
		assert(*names[i]);
	}
}

static void check_scenes(const struct show *show, const struct warning *warnings, size_t warning_count,
		const struct quote *quotes, size_t quote_count)
{
	for (size_t i = 0; i < warning_count; i++) {
		check_line(warning_text(warnings[i].kind));
		check_facts(show, &warnings[i].note, 1);
	}
	for (size_t i = 0; i < quote_count; i++) {
		check_facts(show, &quotes[i].said, 1);
		check_line(quotes[i].speaker);
	}
}

/* The members that only describe the show. */
static void check_description(const struct show *show)
{
	const char *const texts[] = {show->status, show->zone, show->schedule_time, show->license};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_line(texts[i]);
	check_names(show->schedule_days, show->schedule_day_count);
	check_scenes(show, show->warnings, show->warning_count, show->quotes, show->quote_count);
	for (size_t i = 0; i < show->cast_count; i++) {
		check_line(show->cast[i].actor);
		check_line(show->cast[i].role);
	}
	for (size_t i = 0; i < show->where_count; i++) {
		check_line(show->where[i].name);
		check_link(show->where[i].url);
	}
	check_link(show->image);
	check_link(show->url);
	assert(show->rating >= 0 && show->rating <= 10);
	assert(show->season_count <= show->last_order);
}

static void check_character(const struct show *show, const struct character *character)
{
	check_line(character->name);
	check_facts(show, &character->about, 1);
	check_facts(show, character->facts, character->fact_count);
	for (size_t i = 1; i < character->fact_count; i++)
		assert(character->facts[i - 1].reveal <= character->facts[i].reveal);
	check_link(character->image);
}

static void check_episode(const struct show *show, size_t index)
{
	const struct episode *episode = &show->episodes[index];
	struct reference reference;
	char label[EPISODE_LABEL_BYTES];

	assert(episode->show == show);
	assert(episode->order == (index < (size_t)show->last_order ? (int)index + 1 : 0));
	check_line(telling_text(episode->name));
	assert(*telling_text(episode->name));
	check_line(telling_text(episode->summary));
	check_line(episode->teaser);
	check_line(episode->airtime);
	check_link(episode->image);
	check_link(episode->url);
	for (size_t i = 0; i < episode->keyword_count; i++)
		check_line(telling_text(episode->keywords[i]));
	check_scenes(show, episode->warnings, episode->warning_count, episode->quotes, episode->quote_count);
	assert(episode->after >= -1 && episode->after <= show->last_order);
	assert(episode->title_reveal >= 0 && episode->title_reveal <= show->last_order);
	assert(episode->rating >= 0 && episode->rating <= 10);
	check_line(episode_label(episode, label));
	check_facts(show, episode->trivia, episode->trivia_count);
	check_line(episode_code(episode, label));
	assert((episode->order == 0) == (episode->special > 0));
	reference_resolve(show, label, NULL, &reference);
	assert(reference.kind == REFERENCE_FOUND && reference.candidates[0] == episode);
}

static void check_show(const struct show *show)
{
	struct search_hit hits[3];
	struct character_match match;

	check_line(show->name);
	check_line(show->language);
	check_line(show->network);
	check_line(show->summary);
	check_facts(show, show->trivia, show->trivia_count);
	check_description(show);
	assert((size_t)show->last_order <= show->episode_count && show->episode_count > 0);
	for (size_t i = 0; i < show->episode_count; i++)
		check_episode(show, i);
	for (size_t i = 0; i < show->character_count; i++) {
		check_character(show, &show->characters[i]);
		character_find(show, show->characters[i].name, CHARACTER_ALL, &match);
		check_line(match.reason);
	}
	assert(search_episodes(show, telling_text(show->episodes[0].summary), SEARCH_ALL, hits, 3) <= 3);
}

/* Every answer is from this show, and occurs once. */
static void check_question(const struct show *show, const uint8_t *bytes, size_t length)
{
	char *words = malloc(length + 1);
	struct search_hit hits[5], all[8];
	struct str reason = STR(1u << 20);
	struct reference reference;
	struct character_match match;
	size_t count;

	assert(words);
	memcpy(words, bytes, length);
	words[length] = '\0';
	count = search_episodes(show, words, SEARCH_ALL, hits, 5);
	assert(count <= 5);
	for (size_t i = 0; i < count; i++) {
		assert(hits[i].episode->show == show);
		for (size_t k = 0; k < i; k++)
			assert(hits[k].episode != hits[i].episode);
	}
	count = search_texts(show, words, SEARCH_EPISODES | SEARCH_FACTS | SEARCH_CHARACTERS, 1, all, 8);
	for (size_t i = 0; i < count; i++) {
		assert(!all[i].fact || all[i].fact->reveal <= 1);
		assert(all[i].fact || !all[i].episode || all[i].episode->order <= 1);
		search_reason(&all[i], words, &reason);
	}
	assert(utf8_valid(str_text(&reason), reason.length));
	str_release(&reason);
	reference_resolve(show, words, NULL, &reference);
	check_line(reference.reason);
	assert(reference.kind != REFERENCE_FOUND || reference.candidate_count == 1);
	character_find(show, words, CHARACTER_ALL, &match);
	check_line(match.reason);
	free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *question = size ? memchr(data, '\0', size) : NULL;
	size_t length = question ? (size_t)(question - data) : size;
	struct str report = STR(16u * 1024 * 1024);
	struct dataset *dataset = NULL;
	struct json *json = NULL;

	if (json_parse((const char *)data, length, JSON_COMMENTS, &json) < 0)
		return 0;
	if (dataset_read(json, "fuzzed", &dataset) == 0) {
		assert(!json_is_broken(json));
		check_show(&dataset->show);
		if (question)
			check_question(&dataset->show, question + 1, size - length - 1);
		assert(dataset_check(json, dataset) == 0);
	} else {
		assert(json_is_broken(json));
	}
	json_print_problems(json, "f", &report);
	str_release(&report);
	dataset_free(dataset);
	json_free(json);
	return 0;
}
