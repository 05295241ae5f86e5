/* Stemming with libstemmer: which language a text is in, and the stemmers of other scripts. */

#include "bot/catalogue/stem.h"

#include <errno.h>
#include <libstemmer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"

#define STEM_MIN_LETTERS 3 /* shorter words are their own stems */
#define STOP_WORDS       10

/* Common words that other languages of the list do not share, folded. The first language wins a tie. */
static const struct {
	const char *name, *words[STOP_WORDS];
} LANGUAGES[] = {
		{"english", {"the", "and", "of", "to", "with", "his", "they", "that", "from", "her"}},
		{"german", {"der", "die", "und", "das", "ist", "nicht", "sich", "mit", "ein", "eine"}},
		{"french", {"le", "les", "des", "est", "et", "une", "dans", "pour", "qui", "avec"}},
		{"spanish", {"el", "los", "las", "una", "con", "para", "por", "del", "su", "pero"}},
		{"italian", {"il", "che", "gli", "della", "per", "una", "non", "sono", "di", "nel"}},
		{"portuguese", {"os", "uma", "com", "para", "nao", "em", "ao", "dos", "mais", "seu"}},
		{"dutch", {"het", "een", "van", "zijn", "met", "niet", "dat", "voor", "ook", "wordt"}},
		{"swedish", {"och", "att", "det", "som", "inte", "med", "till", "hon", "ett", "av"}},
		{"danish", {"og", "det", "ikke", "med", "til", "af", "der", "hun", "sig", "bliver"}},
		{"norwegian", {"og", "det", "ikke", "med", "til", "av", "hun", "seg", "blir", "etter"}},
		{"finnish", {"ja", "on", "ei", "han", "etta", "oli", "mutta", "kun", "sen", "ovat"}},
		{"hungarian", {"az", "egy", "nem", "hogy", "es", "meg", "van", "csak", "mert", "volt"}},
		{"turkish", {"ve", "bir", "bu", "ile", "icin", "cok", "daha", "olan", "gibi", "ama"}},
		{"romanian", {"si", "din", "cu", "pe", "nu", "este", "sa", "care", "pentru", "lui"}},
};

/* Scripts whose texts are nearly always in one language that libstemmer knows. */
static const struct {
	int32_t first, last;
	const char *language;
} SCRIPTS[] = {
		{0x0370, 0x03FF, "greek"},
		{0x0400, 0x052F, "russian"},
		{0x0530, 0x058F, "armenian"},
		{0x0600, 0x06FF, "arabic"},
		{0x0900, 0x097F, "hindi"},
		{0x0B80, 0x0BFF, "tamil"},
};

#define SCRIPT_COUNT (sizeof(SCRIPTS) / sizeof(SCRIPTS[0]))

struct stemmer {
	struct sb_stemmer *latin;
	struct sb_stemmer *scripts[SCRIPT_COUNT]; /* NULL until a word needs one */
};

const char *stemmer_language(size_t (*count_of)(void *user, const char *word), void *user)
{
	const char *language = LANGUAGES[0].name;
	size_t best = 0;

	for (size_t i = 0; i < sizeof(LANGUAGES) / sizeof(LANGUAGES[0]); i++) {
		size_t count = 0;

		for (size_t k = 0; k < STOP_WORDS; k++)
			count += count_of(user, LANGUAGES[i].words[k]);
		if (count > best) {
			best = count;
			language = LANGUAGES[i].name;
		}
	}
	return language;
}

struct stemmer *stemmer_new(const char *language)
{
	struct stemmer *stemmer = calloc(1, sizeof(*stemmer));

	if (!stemmer)
		return NULL;
	stemmer->latin = sb_stemmer_new(language, NULL);
	if (!stemmer->latin) {
		free(stemmer);
		return NULL;
	}
	return stemmer;
}

void stemmer_free(struct stemmer *stemmer)
{
	if (!stemmer)
		return;
	sb_stemmer_delete(stemmer->latin);
	for (size_t i = 0; i < SCRIPT_COUNT; i++)
		sb_stemmer_delete(stemmer->scripts[i]);
	free(stemmer);
}

/* The stemmer of a word's script; NULL if it has no stemmer, or if memory is out (*ret_error). */
static struct sb_stemmer *stemmer_of(struct stemmer *stemmer, int32_t first, int *ret_error)
{
	if (first < SCRIPTS[0].first)
		return stemmer->latin;
	for (size_t i = 0; i < SCRIPT_COUNT; i++) {
		if (first < SCRIPTS[i].first || first > SCRIPTS[i].last)
			continue;
		if (!stemmer->scripts[i])
			stemmer->scripts[i] = sb_stemmer_new(SCRIPTS[i].language, NULL);
		if (!stemmer->scripts[i])
			*ret_error = -ENOMEM;
		return stemmer->scripts[i];
	}
	return NULL;
}

int stemmer_stem(struct stemmer *stemmer, const char *word, char ret[WORD_MAX_BYTES])
{
	size_t length = strlen(word);
	struct sb_stemmer *used;
	const sb_symbol *stem;
	int32_t first = 0;
	int r = 0;

	memcpy(ret, word, length + 1);
	/* Digits have no forms. */
	if (length < STEM_MIN_LETTERS || word[strcspn(word, "0123456789")])
		return 0;
	utf8_next(word, length, &first);
	used = stemmer_of(stemmer, first, &r);
	if (!used)
		return r;
	stem = sb_stemmer_stem(used, (const sb_symbol *)word, (int)length);
	if (!stem)
		return -ENOMEM;
	length = (size_t)sb_stemmer_length(used);
	/* Some languages' stemmers lengthen a few words. */
	if (length > 0 && length < WORD_MAX_BYTES) {
		memcpy(ret, stem, length);
		ret[length] = '\0';
	}
	return 0;
}
