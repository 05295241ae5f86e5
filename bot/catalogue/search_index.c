/* The full-text index of a show, built when the show is loaded. */

#include "bot/catalogue/search_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/names.h"
#include "bot/catalogue/telling.h"
#include "bot/catalogue/words.h"

#define FOLD_MAX_BYTES 262144
#define IMPLIED_MAX    1000000 /* words of other names, of a show; further ones are not indexed */
#define APART_LETTERS  3       /* shorter parts of a word with an apostrophe are not indexed: "l'", "n'" */

/* Weights, in units of 1/POSTING_UNIT. */
#define WEIGHT_TITLE   20
#define WEIGHT_TEXT    10
#define WEIGHT_FACT    2
#define WEIGHT_IMPLIED 0 /* only if the word does not occur: WEIGHT_DEFAULT */
#define WEIGHT_DEFAULT 5

/* One occurrence of a word in a text, before equal ones are merged. */
struct occurrence {
	uint32_t word, document;
	uint16_t reveal;
	uint8_t weight, field;
};

/* An interned word. */
struct interned {
	const char *text;
	uint32_t hash, uses;
};

struct builder {
	struct search_index *index;
	struct names *names;
	struct interned *words; /* a token's word is an index */
	size_t word_count, word_capacity;
	uint32_t *slots;   /* hash table of indices + 1 */
	size_t slot_count; /* a power of two */
	struct occurrence *tokens;
	size_t count, capacity;
	size_t implied; /* tokens from characters' other names */
	struct str raw, folded;
	int error;
};

/* The text that is being read: where it belongs. */
struct context_of_text {
	uint32_t document;
	uint16_t reveal;
	uint8_t weight, field;
};

static void fail(struct builder *builder)
{
	builder->error = -ENOMEM;
}

/* ---------------------------------------------------------------- interned words */

static uint32_t hash_of(const char *word, size_t length)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)word[i]) * 16777619u;
	return hash;
}

/* Double the arrays of words, and the hash table, which is at most half full. */
static bool grow_words(struct builder *builder)
{
	size_t capacity = builder->word_capacity ? builder->word_capacity * 2 : 1024;
	struct interned *words = realloc(builder->words, capacity * sizeof(*words));
	uint32_t *slots = calloc(capacity * 2, sizeof(*slots));

	if (words)
		builder->words = words;
	if (!words || !slots) {
		free(slots);
		fail(builder);
		return false;
	}
	free(builder->slots);
	builder->slots = slots;
	builder->slot_count = capacity * 2;
	builder->word_capacity = capacity;
	for (size_t i = 0; i < builder->word_count; i++) {
		size_t at = builder->words[i].hash & (builder->slot_count - 1);

		while (slots[at])
			at = (at + 1) & (builder->slot_count - 1);
		slots[at] = (uint32_t)i + 1;
	}
	return true;
}

/* The slot of a word: it is empty if the word is not interned yet. */
static uint32_t *slot_of(const struct builder *builder, const char *word, size_t length, uint32_t hash)
{
	size_t at = hash & (builder->slot_count - 1);

	for (;; at = (at + 1) & (builder->slot_count - 1)) {
		uint32_t *slot = &builder->slots[at];
		const struct interned *known = *slot ? &builder->words[*slot - 1] : NULL;

		if (!known || (known->hash == hash && strncmp(known->text, word, length) == 0 &&
					      known->text[length] == '\0'))
			return slot;
	}
}

static uint32_t intern(struct builder *builder, const char *word, size_t length)
{
	uint32_t hash = hash_of(word, length), *slot;
	const char *copy;

	if (builder->word_count == builder->word_capacity && !grow_words(builder))
		return 0;
	slot = slot_of(builder, word, length, hash);
	if (*slot) {
		builder->words[*slot - 1].uses++;
		return *slot - 1;
	}
	copy = arena_text_bytes(&builder->index->arena, word, length);
	if (builder->index->arena.error) {
		fail(builder);
		return 0;
	}
	builder->words[builder->word_count] = (struct interned){copy, hash, 1};
	*slot = (uint32_t)++builder->word_count;
	return *slot - 1;
}

/* ---------------------------------------------------------------- tokens */

static void add_token(struct builder *builder, const struct context_of_text *context, const char *word,
		size_t length)
{
	size_t capacity = builder->capacity ? builder->capacity * 2 : 4096;
	struct occurrence *tokens;

	if (length >= WORD_MAX_BYTES)
		length = utf8_whole(word, WORD_MAX_BYTES - 1);
	if (builder->count == builder->capacity) {
		tokens = realloc(builder->tokens, capacity * sizeof(*tokens));
		if (!tokens) {
			fail(builder);
			return;
		}
		builder->tokens = tokens;
		builder->capacity = capacity;
	}
	builder->tokens[builder->count] = (struct occurrence){.word = intern(builder, word, length),
			.document = context->document,
			.reveal = context->reveal,
			.weight = context->weight,
			.field = context->field};
	builder->count += builder->error == 0;
}

/* Add each pair of neighbouring letters of a word of a script without spaces: the pairs of the typed word find it. */
static void add_pairs(struct builder *builder, const struct context_of_text *context, const char *word,
		size_t length)
{
	int32_t codepoint;
	size_t first = utf8_next(word, length, &codepoint), second;

	if (!utf8_is_glued(codepoint))
		return;
	for (size_t at = 0; at + first < length; at += first, first = second) {
		second = utf8_next(word + at + first, length - at - first, &codepoint);
		if (first + second < length)
			add_token(builder, context, word + at, first + second);
	}
}

/* Add the words of a folded text. Return their number. */
static size_t add_folded(struct builder *builder, const struct context_of_text *context, const char *folded)
{
	size_t count = 0;

	for (const char *at = folded; *at && builder->error == 0; count++) {
		size_t length = (size_t)(strchrnul(at, ' ') - at);

		add_token(builder, context, at, length);
		if ((unsigned char)*at >= 0xE0)
			add_pairs(builder, context, at, length);
		at += length;
		at += *at == ' ';
	}
	return count;
}

/* The end of "'s" at at, or NULL. */
static const char *after_possessive(const char *at)
{
	if (*at == '\'')
		at++;
	else if (strncmp(at, "\u2019", 3) == 0)
		at += 3;
	else
		return NULL;
	if ((*at != 's' && *at != 'S') || (at[1] >= '0' && at[1] <= '9') || (at[1] >= 'A' && at[1] <= 'Z') ||
			(at[1] >= 'a' && at[1] <= 'z') || (unsigned char)at[1] >= 0xC3)
		return NULL;
	return at + 1;
}

/* Append text without the English "'s", which would hide names. */
static void append_without_possessive(struct str *str, const char *text)
{
	const char *end, *begin = text;

	for (const char *at = text; *at; at++) {
		if ((*at != '\'' && *at != '\xe2') || !(end = after_possessive(at)))
			continue;
		str_append_bytes(str, begin, (size_t)(at - begin));
		begin = end;
		at = end - 1;
	}
	str_append(str, begin);
}

void search_index_fold(struct str *str, const char *text)
{
	struct str raw = STR(FOLD_MAX_BYTES);

	append_without_possessive(&raw, text);
	if (raw.error)
		str->error = str->error ? str->error : raw.error;
	else
		utf8_fold(str, str_text(&raw));
	str_release(&raw);
}

/* Fold text to builder->folded; builder->raw is the text without "'s". */
static const char *fold(struct builder *builder, const char *text)
{
	str_clear(&builder->raw);
	str_clear(&builder->folded);
	append_without_possessive(&builder->raw, text);
	utf8_fold(&builder->folded, str_text(&builder->raw));
	if (builder->raw.error == -ENOMEM || builder->folded.error == -ENOMEM)
		fail(builder);
	return str_text(&builder->folded);
}

/* Add the parts of words with a hyphen or an apostrophe, so that "moving" finds "fast-moving" and "homme" "l'homme". */
static void add_parts(struct builder *builder, const struct context_of_text *context, const char *text)
{
	struct context_of_text part = *context;
	struct str folded = STR(FOLD_MAX_BYTES);

	part.weight = WEIGHT_IMPLIED;
	for (const char *at = text; *(at += strspn(at, " ")); at += strcspn(at, " ")) {
		size_t length = strcspn(at, " ");
		char word[4 * WORD_MAX_BYTES];

		if (length >= sizeof(word) || (!memchr(at, '-', length) && !memchr(at, '\'', length) &&
							      !memchr(at, 0xe2, length)))
			continue;
		memcpy(word, at, length);
		word[length] = '\0';
		str_clear(&folded);
		utf8_fold_apart(&folded, word);
		if (!memchr(str_text(&folded), ' ', folded.length))
			continue;
		for (const char *next = str_text(&folded); *next; next += *next == ' ') {
			size_t letters = strcspn(next, " ");

			if (letters >= APART_LETTERS || memchr(word, '-', length))
				add_token(builder, &part, next, letters);
			next += letters;
		}
	}
	if (folded.error == -ENOMEM)
		fail(builder);
	str_release(&folded);
}

/* Add all words of a text. Return their number. */
static size_t add_text(struct builder *builder, const struct context_of_text *context, const char *text)
{
	size_t count = 0;

	if (text && *text) {
		count = add_folded(builder, context, fold(builder, text));
		add_parts(builder, context, str_text(&builder->raw));
	}
	return count;
}

/* ---------------------------------------------------------------- the texts of a show */

static uint16_t reveal_of(int order)
{
	return order < POSTING_REVEAL_MAX ? (uint16_t)(order > 0 ? order : 0) : POSTING_REVEAL_MAX;
}

static struct context_of_text context_of(
		const struct builder *builder, int reveal, uint8_t weight, enum search_field field)
{
	return (struct context_of_text){.document = (uint32_t)builder->index->document_count,
			.reveal = reveal_of(reveal),
			.weight = weight,
			.field = (uint8_t)field};
}

/* Keep the characters whom the synopsis of the current document names. */
static void keep_named(struct builder *builder, const struct name_match *matches, size_t count)
{
	struct document *document = &builder->index->documents[builder->index->document_count];
	uint32_t *named = arena_array(&builder->index->arena, count, sizeof(*named));

	if (!named) {
		fail(builder);
		return;
	}
	for (size_t i = 0; i < count; i++)
		named[i] = (uint32_t)matches[i].character;
	document->named = named;
	document->named_count = count;
}

/* Add all names of each character whom the folded text names, so that any of the names finds the episode. */
static void add_characters(struct builder *builder, const struct show *show, int order, const char *folded)
{
	struct context_of_text context = context_of(builder, order, WEIGHT_IMPLIED, SEARCH_NAME);
	struct str name = STR(FOLD_MAX_BYTES);
	const struct name_match *matches;
	size_t count = names_find(builder->names, folded, &matches);

	keep_named(builder, matches, count);
	for (size_t i = 0; i < count; i++) {
		const struct character *character = &show->characters[matches[i].character];
		const char *spelling;

		for (size_t j = 0;
				(spelling = names_spelling(character, j)) && builder->implied < IMPLIED_MAX;
				j++) {
			str_clear(&name);
			utf8_fold(&name, spelling);
			builder->implied += add_folded(builder, &context, str_text(&name));
			add_parts(builder, &context, spelling);
		}
	}
	if (name.error == -ENOMEM)
		fail(builder);
	str_release(&name);
}

/* Facts of an episode that no later episode reveals find the episode too. */
static void add_episode_facts(struct builder *builder, const struct episode *episode, int order)
{
	struct context_of_text context = context_of(builder, order, WEIGHT_FACT, SEARCH_FACT);

	for (size_t i = 0; i < episode->trivia_count; i++) {
		if (episode->trivia[i].reveal <= order)
			add_text(builder, &context, telling_text(episode->trivia[i].text));
	}
	context.field = SEARCH_QUOTE;
	for (size_t i = 0; i < episode->quote_count; i++) {
		if (episode->quotes[i].said.reveal <= order)
			add_text(builder, &context, telling_text(episode->quotes[i].said.text));
	}
}

static void add_episode(struct builder *builder, const struct show *show, const struct episode *episode)
{
	int order = episode->order ? episode->order
				   : show->last_order; /* the date of a special is not known */
	struct document *document = &builder->index->documents[builder->index->document_count];
	struct context_of_text context = context_of(builder, order, WEIGHT_TEXT, SEARCH_SYNOPSIS);
	const char *summary = telling_text(episode->summary), *name = telling_text(episode->name), *title;

	document->episode = episode;
	document->kind = SEARCH_EPISODES;
	if (*summary) {
		const char *folded = fold(builder, summary);

		document->length = (unsigned)add_folded(builder, &context, folded);
		add_parts(builder, &context, str_text(&builder->raw));
		add_characters(builder, show, order, folded);
	}
	context = context_of(builder, order, WEIGHT_TITLE, SEARCH_TITLE);
	title = fold(builder, name);
	builder->index->titles[builder->index->document_count] = arena_text(&builder->index->arena, title);
	if (!episode->is_name_generic) {
		document->length += (unsigned)add_folded(builder, &context, title);
		add_parts(builder, &context, str_text(&builder->raw));
	}
	context = context_of(builder, order, WEIGHT_TEXT, SEARCH_KEYWORD);
	for (size_t i = 0; i < episode->keyword_count; i++)
		add_text(builder, &context, telling_text(episode->keywords[i]));
	add_episode_facts(builder, episode, order);
	builder->index->document_count++;
}

static void add_fact(struct builder *builder, const struct fact *fact, const struct episode *episode)
{
	struct document *document = &builder->index->documents[builder->index->document_count];
	struct context_of_text context = context_of(builder, fact->reveal, WEIGHT_TEXT, SEARCH_FACT);

	document->episode = episode;
	document->fact = fact;
	document->kind = SEARCH_FACTS;
	document->length = (unsigned)add_text(builder, &context, telling_text(fact->text));
	builder->index->document_count++;
}

static void add_character(struct builder *builder, const struct character *character)
{
	struct document *document = &builder->index->documents[builder->index->document_count];
	struct context_of_text context =
			context_of(builder, character->first_seen, WEIGHT_TITLE, SEARCH_NAME);
	const char *spelling;

	document->character = character;
	document->kind = SEARCH_CHARACTERS;
	for (size_t i = 0; (spelling = names_spelling(character, i)); i++)
		document->length += (unsigned)add_text(builder, &context, spelling);
	context = context_of(builder, character->about.reveal, WEIGHT_TEXT, SEARCH_FACT);
	document->length += (unsigned)add_text(builder, &context, telling_text(character->about.text));
	for (size_t i = 0; i < character->fact_count; i++) {
		context = context_of(builder, character->facts[i].reveal, WEIGHT_TEXT, SEARCH_FACT);
		document->length +=
				(unsigned)add_text(builder, &context, telling_text(character->facts[i].text));
	}
	builder->index->document_count++;
}

static int add_show(struct builder *builder, const struct show *show)
{
	struct search_index *index = builder->index;
	size_t count = show->episode_count + show->trivia_count + show->character_count;

	for (size_t i = 0; i < show->episode_count; i++)
		count += show->episodes[i].trivia_count;
	index->documents = arena_array(&index->arena, count, sizeof(*index->documents));
	index->titles = arena_array(&index->arena, show->episode_count, sizeof(*index->titles));
	if (!index->documents || !index->titles)
		return -ENOMEM;
	for (size_t i = 0; i < show->episode_count && builder->error == 0; i++) {
		add_episode(builder, show, &show->episodes[i]);
		index->average_length += (double)index->documents[i].length / (double)show->episode_count;
	}
	for (size_t i = 0; i < show->episode_count && builder->error == 0; i++) {
		for (size_t k = 0; k < show->episodes[i].trivia_count; k++)
			add_fact(builder, &show->episodes[i].trivia[k], &show->episodes[i]);
	}
	for (size_t i = 0; i < show->trivia_count && builder->error == 0; i++)
		add_fact(builder, &show->trivia[i], NULL);
	for (size_t i = 0; i < show->character_count && builder->error == 0; i++)
		add_character(builder, &show->characters[i]);
	return builder->error;
}

/* ---------------------------------------------------------------- from tokens to postings */

/* Where the tokens of each word begin when they are sorted by word; one more entry for the end. */
static uint32_t *offsets_of(const struct builder *builder)
{
	uint32_t *offsets = calloc(builder->word_count + 2, sizeof(*offsets));

	if (!offsets)
		return NULL;
	for (size_t i = 0; i < builder->count; i++)
		offsets[builder->tokens[i].word + 2]++;
	for (size_t i = 2; i < builder->word_count + 2; i++)
		offsets[i] += offsets[i - 1];
	return offsets;
}

/* Add a token to the postings of its word. Return whether it was a new one. */
static bool merge(struct posting *postings, size_t first, size_t end, const struct occurrence *token)
{
	struct posting *last;
	unsigned count;

	for (size_t i = end; i > first && postings[i - 1].document == token->document; i--) {
		last = &postings[i - 1];
		if (last->reveal != token->reveal)
			continue;
		count = last->count + (unsigned)token->weight;
		last->count = (uint8_t)(count < UINT8_MAX ? count : UINT8_MAX);
		if (token->field < last->field)
			last->field = token->field;
		return false;
	}
	postings[end] = (struct posting){.document = token->document,
			.reveal = token->reveal,
			.count = token->weight,
			.field = token->field};
	return true;
}

/* Sort the tokens by word, which keeps documents in order, and merge them into postings. */
static int join_tokens(struct builder *builder, uint32_t *posting_first)
{
	struct search_index *index = builder->index;
	uint32_t *offsets = offsets_of(builder);
	struct occurrence *sorted = calloc(builder->count + 1, sizeof(*sorted));
	struct posting *postings = calloc(builder->count + 1, sizeof(*postings));
	size_t count = 0;
	int r = -ENOMEM;

	if (!offsets || !sorted || !postings)
		goto out;
	for (size_t i = 0; i < builder->count; i++)
		sorted[offsets[builder->tokens[i].word + 1]++] = builder->tokens[i];
	for (size_t i = 0; i < builder->word_count; i++) {
		posting_first[i] = (uint32_t)count;
		for (size_t k = offsets[i]; k < offsets[i + 1]; k++)
			count += merge(postings, posting_first[i], count, &sorted[k]);
	}
	posting_first[builder->word_count] = (uint32_t)count;
	index->postings = arena_array(&index->arena, count, sizeof(*index->postings));
	if (!index->postings)
		goto out;
	for (size_t i = 0; i < count; i++) {
		index->postings[i] = postings[i];
		if (postings[i].count == 0)
			index->postings[i].count = WEIGHT_DEFAULT;
	}
	r = 0;
out:
	free(offsets);
	free(sorted);
	free(postings);
	return r;
}

static int compare_terms(const void *a, const void *b)
{
	const struct term *one = a, *other = b;
	int order = strcmp(one->stem, other->stem);

	return order ? order : strcmp(one->word, other->word);
}

static int make_terms(struct builder *builder)
{
	struct search_index *index = builder->index;
	uint32_t *posting_first = calloc(builder->word_count + 1, sizeof(*posting_first));
	struct term *terms = arena_array(&index->arena, builder->word_count, sizeof(*terms));
	char stem[WORD_MAX_BYTES];
	int r = posting_first && terms ? join_tokens(builder, posting_first) : -ENOMEM;

	for (size_t i = 0; i < builder->word_count && !r; i++) {
		struct term *term = &terms[i];

		term->word = builder->words[i].text;
		term->posting_first = posting_first[i];
		term->posting_count = (posting_first[i + 1] - posting_first[i]) & 0x7FFFFFFF;
		for (size_t k = 0; k < term->posting_count; k++) {
			if (index->postings[term->posting_first + k].field == SEARCH_NAME)
				term->is_name = 1;
		}
		r = stemmer_stem(index->stemmer, term->word, stem);
		term->stem = strcmp(stem, term->word) == 0 ? term->word : arena_text(&index->arena, stem);
	}
	free(posting_first);
	if (r < 0)
		return r;
	index->terms = terms;
	index->term_count = builder->word_count;
	if (index->term_count > 0)
		qsort(terms, index->term_count, sizeof(*terms), compare_terms);
	return 0;
}

/* How often a folded word occurs in all texts. */
static size_t count_of(void *user, const char *word)
{
	const struct builder *builder = user;
	size_t length = strlen(word);
	uint32_t slot;

	if (builder->word_count == 0)
		return 0;
	slot = *slot_of(builder, word, length, hash_of(word, length));
	return slot ? builder->words[slot - 1].uses : 0;
}

struct search_index *search_index_new(const struct show *show)
{
	struct search_index *index = calloc(1, sizeof(*index));
	struct builder builder = {.index = index, .raw = STR(FOLD_MAX_BYTES), .folded = STR(FOLD_MAX_BYTES)};
	int r;

	if (!index)
		return NULL;
	r = names_new(show, &builder.names);
	if (!r)
		r = add_show(&builder, show);
	if (!r) {
		index->stemmer = stemmer_new(stemmer_language(count_of, &builder));
		r = index->stemmer ? make_terms(&builder) : -ENOMEM;
	}
	names_free(builder.names);
	free(builder.words);
	free(builder.slots);
	free(builder.tokens);
	str_release(&builder.raw);
	str_release(&builder.folded);
	if (r < 0 || index->arena.error < 0) {
		search_index_free(index);
		return NULL;
	}
	return index;
}

void search_index_free(struct search_index *index)
{
	if (!index)
		return;
	stemmer_free(index->stemmer);
	arena_release(&index->arena);
	free(index);
}

/* ---------------------------------------------------------------- looking up */

static int compare_indices(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

bool search_names(const struct episode *episode, const struct character *character)
{
	const struct show *show = episode->show;
	const struct document *document;
	uint32_t index = (uint32_t)(character - show->characters);

	if (!show->index)
		return false;
	document = &show->index->documents[episode - show->episodes];
	return document->named_count && bsearch(&index, document->named, document->named_count,
							sizeof(*document->named), compare_indices);
}

/* The first term whose stem is not less than these bytes; is_after: the first whose stem does not begin with them
 * either. */
static size_t bound(const struct search_index *index, const char *bytes, size_t length, bool is_after)
{
	size_t low = 0, high = index->term_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(index->terms[middle].stem, bytes, length);

		if (order < 0 || (order == 0 && is_after))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t search_index_begin(const struct search_index *index, const char *bytes, size_t length,
		const struct term **ret_first)
{
	size_t first = bound(index, bytes, length, false);

	*ret_first = index->terms + first;
	return bound(index, bytes, length, true) - first;
}

void search_index_stem(const struct search_index *index, const char *word, char ret[WORD_MAX_BYTES])
{
	/* Out of memory: the word itself, whose other forms are then not found. */
	(void)stemmer_stem(index->stemmer, word, ret);
}

size_t search_index_forms(const struct search_index *index, const char *word, const struct term **ret_first)
{
	char stem[WORD_MAX_BYTES];

	search_index_stem(index, word, stem);
	return search_index_begin(index, stem, strlen(stem) + 1, ret_first);
}
