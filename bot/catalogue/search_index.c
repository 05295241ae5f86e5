/* The full-text index of a show, built when the show is loaded. */

#include "bot/catalogue/search_index.h"

#include "bot/base/utf8.h"
#include "bot/catalogue/names.h"
#include "bot/catalogue/search.h"
#include "bot/catalogue/telling.h"
#include "bot/catalogue/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FOLD_MAX_BYTES 262144
#define TITLE_WEIGHT   2.0
#define IMPLIED_COUNT  0.5
#define IMPLIED_MAX    1000000 /* words of other names, of a show; further ones are not indexed */

/* One occurrence of a word in an episode, before equal ones are merged. */
struct token {
	const char *stem, *word;
	int document;
	double weight; /* 0: only implied by another name of a character */
};

struct builder {
	struct search_index *index;
	struct names *names;
	struct token *tokens;
	size_t count, capacity;
	size_t implied; /* tokens from characters' other names */
	int error;
};

static void add_token(struct builder *builder, int document, const char *word, double weight)
{
	struct token *tokens = builder->tokens;
	size_t capacity = builder->capacity ? builder->capacity * 2 : 256;
	char stem[WORD_MAX_BYTES];

	if (builder->count == builder->capacity) {
		tokens = realloc(tokens, capacity * sizeof(*tokens));
		if (!tokens) {
			builder->error = -ENOMEM;
			return;
		}
		builder->tokens = tokens;
		builder->capacity = capacity;
	}
	memcpy(stem, word, strlen(word) + 1);
	word_stem(stem);
	word = arena_text(&builder->index->arena, word);
	tokens[builder->count++] = (struct token){
			.stem = strcmp(stem, word) == 0 ? word : arena_text(&builder->index->arena, stem),
			.word = word,
			.document = document,
			.weight = weight};
}

static char *fold(struct builder *builder, const char *text)
{
	struct str folded = STR(FOLD_MAX_BYTES);
	char *ret = NULL;

	str_append(&folded, "");
	utf8_fold(&folded, text);
	if (str_take(&folded, &ret) < 0)
		builder->error = -ENOMEM;
	return ret;
}

/* Add the words of text. Return their number. */
static size_t add_words(struct builder *builder, int document, const char *text, double weight)
{
	char *folded = fold(builder, text), word[WORD_MAX_BYTES];
	size_t count = 0;

	for (const char *at = folded; at && (at = words_next(at, word)) && builder->error == 0; count++)
		add_token(builder, document, word, weight);
	free(folded);
	return count;
}

/* Add the parts of hyphenated words, so that "moving" finds "fast-moving". */
static void add_parts(struct builder *builder, int document, const char *text)
{
	for (const char *at = text; *(at += strspn(at, " ")); at += strcspn(at, " ")) {
		char part[WORD_MAX_BYTES] = "";
		size_t length = strcspn(at, " ");

		if (length >= sizeof(part) || !memchr(at, '-', length))
			continue;
		memcpy(part, at, length);
		for (char *hyphen = part; (hyphen = strchr(hyphen, '-'));)
			*hyphen = ' ';
		add_words(builder, document, part, 0);
	}
}

/* Add all names of each character in the text, so that any of the names finds the episode. */
static void add_characters(struct builder *builder, const struct show *show, int document, const char *text)
{
	const struct name_match *matches;
	size_t count = names_find(builder->names, text, &matches);

	for (size_t i = 0; i < count; i++) {
		const struct character *character = &show->characters[matches[i].character];
		const char *name;

		for (size_t j = 0; (name = names_spelling(character, j)) && builder->implied < IMPLIED_MAX;
				j++)
			builder->implied += add_words(builder, document, name, 0);
	}
}

static void add_episode(struct builder *builder, const struct show *show, int document)
{
	const struct episode *episode = &show->episodes[document];
	struct document *entry = &builder->index->documents[document];
	const char *summary = telling_text(episode->summary), *name = telling_text(episode->name);
	char *folded = fold(builder, summary);

	if (folded) {
		entry->text = arena_text(&builder->index->arena, folded);
		add_characters(builder, show, document, entry->text);
	}
	entry->length = add_words(builder, document, summary, 1);
	add_parts(builder, document, summary);
	if (!episode->is_name_generic)
		entry->length += add_words(builder, document, name, TITLE_WEIGHT);
	free(folded);
	folded = fold(builder, name);
	entry->title = arena_text(&builder->index->arena, folded);
	free(folded);
}

static int compare_tokens(const void *a, const void *b)
{
	const struct token *one = a, *other = b;
	int order = strcmp(one->stem, other->stem);

	return order ? order : (one->document > other->document) - (one->document < other->document);
}

/* Merge sorted tokens into terms, with one posting per episode. */
static void join_tokens(struct builder *builder)
{
	struct search_index *index = builder->index;
	struct term *terms = arena_array(&index->arena, builder->count, sizeof(*terms));
	struct posting *postings = arena_array(&index->arena, builder->count, sizeof(*postings));
	size_t posting_count = 0;

	if (!terms || !postings)
		return;
	if (builder->count > 0)
		qsort(builder->tokens, builder->count, sizeof(*builder->tokens), compare_tokens);
	for (size_t i = 0; i < builder->count; i++) {
		const struct token *token = &builder->tokens[i], *before = i > 0 ? token - 1 : NULL;
		bool is_new = !before || strcmp(before->stem, token->stem) != 0;

		if (is_new)
			terms[index->term_count++] = (struct term){.stem = token->stem,
					.word = token->word,
					.postings = &postings[posting_count]};
		if (is_new || before->document != token->document) {
			postings[posting_count++] = (struct posting){.document = token->document};
			terms[index->term_count - 1].posting_count++;
		}
		postings[posting_count - 1].count += token->weight;
	}
	for (size_t i = 0; i < posting_count; i++) {
		if (postings[i].count <= 0)
			postings[i].count = IMPLIED_COUNT;
	}
	index->terms = terms;
}

struct search_index *search_index_new(const struct show *show)
{
	struct search_index *index = calloc(1, sizeof(*index));
	struct builder builder = {.index = index};
	double words = 0;

	if (!index)
		return NULL;
	index->documents = arena_array(&index->arena, show->episode_count, sizeof(*index->documents));
	builder.error = names_new(show, &builder.names);
	for (size_t i = 0; i < show->episode_count && index->documents && builder.error == 0; i++) {
		index->documents[i].text = "";
		index->documents[i].title = "";
		add_episode(&builder, show, (int)i);
		words += (double)index->documents[i].length;
	}
	index->average_length = show->episode_count ? words / (double)show->episode_count : 0;
	join_tokens(&builder);
	free(builder.tokens);
	names_free(builder.names);
	if (builder.error < 0 || index->arena.error < 0) {
		search_index_free(index);
		return NULL;
	}
	return index;
}

static int compare_stem(const void *key, const void *entry)
{
	return strcmp(key, ((const struct term *)entry)->stem);
}

const struct term *search_index_find(const struct search_index *index, const char *stem)
{
	if (index->term_count == 0)
		return NULL;
	return bsearch(stem, index->terms, index->term_count, sizeof(*index->terms), compare_stem);
}

void search_index_free(struct search_index *index)
{
	if (!index)
		return;
	arena_release(&index->arena);
	free(index);
}
