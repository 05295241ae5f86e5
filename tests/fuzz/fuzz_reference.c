/* Any words as a reference to an episode or a character: the reason is one clean line. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/character.h"
#include "bot/catalogue/load.h"
#include "bot/catalogue/reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char SHOW[] =
		"{\"name\": \"Small\", \"characters\": [{\"name\": \"Mi-na Cho\", \"aliases\": [\"Mina\", "
		"\"Captain\"],"
		" \"about\": \"a\", \"first_seen\": 1}, {\"name\": \"온조\", \"about\": \"b\"}], "
		"\"episodes\": ["
		"{\"season\": 1, \"number\": 1, \"airdate\": \"2024-02-28\", \"summary\": \"Mi-na finds a "
		"lantern in the old mill.\"},"
		"{\"season\": 1, \"number\": 2, \"summary\": \"The old mill burns; lanterns everywhere.\"},"
		"{\"season\": 2, \"number\": 1, \"name\": \"Harbour\", \"summary\": \"The fast-moving "
		"storm.\"},"
		"{\"season\": 2, \"number\": 3, \"summary\": \"온조가 음악실에 있다.\"},"
		"{\"season\": 0, \"number\": 1, \"name\": \"The making of\"}]}";

static const struct show *show(void)
{
	static struct dataset *dataset;
	struct json *json = NULL;

	if (dataset)
		return &dataset->show;
	assert(json_parse(SHOW, strlen(SHOW), JSON_OPTIONAL, &json) == 0);
	assert(dataset_read(json, "small", &dataset) == 0);
	json_free(json);
	return &dataset->show;
}

static void check_line(const char *text)
{
	assert(utf8_valid(text, strlen(text)));
	for (; *text; text++)
		assert((unsigned char)*text >= 0x20 && *text != 0x7F);
}

static void check_asked(const char *words, const struct reference_asked *asked)
{
	struct reference reference;

	reference_resolve(show(), words, asked, &reference);
	check_line(reference.reason);
	assert(reference.candidate_count <= REFERENCE_CANDIDATES);
	switch (reference.kind) {
	case REFERENCE_FOUND: assert(reference.candidate_count == 1 && !*reference.reason); break;
	case REFERENCE_AMBIGUOUS: assert(reference.candidate_count > 1 && *reference.reason); break;
	case REFERENCE_GUESS: assert(reference.candidate_count > 0 && *reference.reason); break;
	case REFERENCE_MISSING: assert(reference.candidate_count <= 2 && *reference.reason); break;
	}
	for (size_t i = 0; i < reference.candidate_count; i++)
		assert(reference.candidates[i]->show == show());
}

/* On any day, with any episodes shown and seen. */
static void check_reference(const char *words)
{
	static const struct date DAYS[] = {{0}, {2024, 2, 29}, {2026, 11, 30}};

	check_asked(words, NULL);
	for (size_t i = 0; i < sizeof(DAYS) / sizeof(DAYS[0]); i++) {
		struct reference_asked asked = {.today = DAYS[i], .aired = (int)i * 2, .limit = (int)i};

		check_asked(words, &asked);
	}
}

static void check_character(const char *words)
{
	struct character_match match;
	const struct character *character = character_find(show(), words, CHARACTER_ALL, &match);

	check_line(match.reason);
	assert(match.candidate_count <= REFERENCE_CANDIDATES);
	assert((character != NULL) == (match.candidate_count == 1));
	assert(character || *match.reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words = malloc(size + 1);

	assert(words);
	if (size > 0)
		memcpy(words, data, size);
	words[size] = '\0';
	check_reference(words);
	check_character(words);
	free(words);
	return 0;
}
