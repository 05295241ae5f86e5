/* The forms in which people write an episode: a text becomes tokens, and tokens become points. */

#include "bot/catalogue/grammar.h"

#include <ctype.h>
#include <string.h>

#include "bot/base/nearest.h"
#include "bot/base/str.h"
#include "bot/catalogue/vocabulary.h"

#define TOKENS_MAX     64 /* longer texts are read up to here, and only for a reference inside a sentence */
#define TYPO_MIN_BYTES 5
#define TYPO_MAX_BYTES 10
#define YEAR_FIRST     1900
#define YEAR_LAST      2199

enum grammar_token_kind { TOKEN_NUMBER, TOKEN_WORD, TOKEN_SIGN };

struct grammar_token {
	enum grammar_token_kind kind;
	char sign;
	bool is_glued; /* no space in front of it */
	int value;     /* of a number */
	int digits;
	int roman;         /* value of a word that is also a roman number; 0: it is not */
	unsigned meanings; /* of a word, enum vocabulary_meaning */
	int word_value;
};

struct grammar_tokens {
	struct grammar_token list[TOKENS_MAX];
	size_t count;
	bool is_cut;
};

/* ---------------------------------------------------------------- text -> tokens */

/* The bytes of one character; the text is valid UTF-8. */
static size_t size_of(const char *at)
{
	unsigned char lead = (unsigned char)*at;

	if (lead < 0xC0)
		return 1;
	return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Characters beyond ASCII that are neither letters nor digits: quotation marks, brackets, symbols, emoji. */
static bool is_ornament(const char *at)
{
	static const char *const ORNAMENTS[] = {"«", "»", "·", "•", "“", "”", "„", "‟", "‘", "’", "‚", "‹",
			"›", "「", "」", "『", "』", "【", "】", "《", "》", "〈", "〉", "〔", "〕", "。",
			"、", "،", "؟", "؛", "…", "\xE2\x83\xA3" /* U+20E3, keycap */,
			"\xEF\xB8\x8F" /* U+FE0F */};
	unsigned char lead = (unsigned char)*at, second = (unsigned char)at[1];

	/* U+1F000 .. U+1FFFF, and U+2600 .. U+27BF. */
	if ((lead == 0xF0 && second == 0x9F) || (lead == 0xE2 && second >= 0x98 && second <= 0x9E))
		return true;
	if (lead < 0xC0)
		return false;
	for (size_t i = 0; i < sizeof(ORNAMENTS) / sizeof(ORNAMENTS[0]); i++) {
		if (str_starts(at, ORNAMENTS[i]))
			return true;
	}
	return false;
}

static bool is_letter(const char *at)
{
	return isalpha((unsigned char)*at) || ((unsigned char)*at >= 0x80 && !is_ornament(at));
}

/* Thai, Hangul, kana and Han are written without spaces between words. */
static bool is_unspaced(const char *at)
{
	unsigned char lead = (unsigned char)*at;

	return (lead >= 0xE3 && lead <= 0xED) ||
	       (lead == 0xE0 && (unsigned char)at[1] >= 0xB8 && (unsigned char)at[1] <= 0xB9);
}

/* A number below 100 in Han characters: "五", "十二", "二十一". Returns its bytes, or 0. */
static size_t read_han(const char *at, int *ret)
{
	static const char *const DIGITS[] = {"〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
	size_t length = 0;
	int number = 0, digit = -1;
	bool has_ten = false;

	for (;;) {
		int found = -1;

		for (int i = 0; i < 10 && found < 0; i++)
			found = str_starts(at + length, DIGITS[i]) ? i : -1;
		if (found >= 0 && digit < 0) {
			digit = found;
		} else if (!has_ten && str_starts(at + length, "十")) {
			number = (digit < 0 ? 1 : digit) * 10;
			digit = -1;
			has_ten = true;
		} else {
			break;
		}
		length += strlen("一");
	}
	*ret = number + (digit < 0 ? 0 : digit);
	return length;
}

/* Read one decade of a roman number: at most three ones, with the five before them ("viii"), "iv" or "ix". */
static size_t read_roman(const char *text, size_t length, const char *one_five_ten, int *ret)
{
	char one = one_five_ten[0], five = one_five_ten[1], ten = one_five_ten[2];
	size_t at = 0;

	*ret = 0;
	if (length >= 2 && text[0] == one && (text[1] == five || text[1] == ten)) {
		*ret = text[1] == five ? 4 : 9;
		return 2;
	}
	if (length > 0 && text[0] == five) {
		*ret = 5;
		at++;
	}
	for (int count = 0; count < 3 && at < length && text[at] == one; count++, at++)
		++*ret;
	return at;
}

/* The value of a word that is a roman number below 90 in its usual form, or 0. */
static int roman_of(const char *text, size_t length)
{
	int tens, ones;
	size_t at = read_roman(text, length, "xl\1", &tens);

	at += read_roman(text + at, length - at, "ivx", &ones);
	return at == length ? tens * 10 + ones : 0;
}

/* "episdoe", "seaosn": the noun that is meant. */
static unsigned typo_of(const char *text, size_t length)
{
	static const struct {
		const char *word;
		unsigned meanings;
	} NOUNS[] = {{"episode", MEANS_EPISODE}, {"episodes", MEANS_EPISODE}, {"season", MEANS_SEASON},
			{"special", MEANS_SPECIAL}};
	char word[TYPO_MAX_BYTES + 1];

	if (length < TYPO_MIN_BYTES || length > TYPO_MAX_BYTES)
		return 0;
	memcpy(word, text, length);
	word[length] = '\0';
	for (size_t i = 0; i < sizeof(NOUNS) / sizeof(NOUNS[0]); i++) {
		unsigned forgiven = strlen(NOUNS[i].word) > 6 ? 2 : 1;

		if (*word == *NOUNS[i].word && nearest_distance(word, NOUNS[i].word, forgiven) <= forgiven)
			return NOUNS[i].meanings | MEANS_BOUND;
	}
	return 0;
}

static void set_word(struct grammar_token *token, const char *text, size_t length)
{
	const struct vocabulary_word *word = vocabulary_find(text, length);

	token->kind = TOKEN_WORD;
	token->meanings = word ? word->meanings : typo_of(text, length);
	token->word_value = word ? word->value : 0;
	token->roman = roman_of(text, length);
}

/* Read one token that is a number or a word. Returns its bytes. */
static size_t read_token(const char *at, struct grammar_token *ret)
{
	const struct vocabulary_word *word = NULL;
	size_t length = 0;

	if (isdigit((unsigned char)*at)) {
		ret->kind = TOKEN_NUMBER;
		for (; isdigit((unsigned char)at[length]); length++) {
			ret->value = ret->value * 10 + (at[length] - '0');
			if (ret->value > GRAMMAR_NUMBER_MAX * 100)
				ret->value = GRAMMAR_NUMBER_MAX * 100;
		}
		ret->digits = (int)length;
		return length;
	}
	if (!is_unspaced(at)) {
		while (is_letter(at + length) && !is_unspaced(at + length))
			length += size_of(at + length);
		set_word(ret, at, length);
		return length;
	}
	word = vocabulary_begins(at, strlen(at));
	if (!word && (length = read_han(at, &ret->value)) > 0) {
		ret->kind = TOKEN_NUMBER;
		ret->digits = 1;
		return length;
	}
	if (word) {
		length = strlen(word->text);
	} else {
		while (is_letter(at + length))
			length += size_of(at + length);
	}
	set_word(ret, at, length);
	return length;
}

/* The bytes of "'s", and of the "l'" in "l'episode", which mean nothing here. */
static size_t elision(const char *at)
{
	static const char *const MARKS[] = {"'", "’", "`"};

	for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
		size_t size = strlen(MARKS[i]);

		if (str_starts(at, MARKS[i]) && at[size] == 's' && !is_letter(at + size + 1) &&
				!isdigit((unsigned char)at[size + 1]))
			return size + 1;
		if ((*at == 'l' || *at == 'd') && str_starts(at + 1, MARKS[i]) && is_letter(at + 1 + size))
			return 1 + size;
	}
	return 0;
}

/* A sign that the grammar reads: "-", "/", ",", "." and their like. Two dots are "..", a range. */
static size_t read_sign(const char *at, struct grammar_token *ret)
{
	if (!*at || !strchr("-/.,:;&+#~", *at))
		return 0;
	ret->kind = TOKEN_SIGN;
	ret->sign = *at;
	if (at[0] == '.' && at[1] == '.') {
		ret->sign = '~';
		return strspn(at, ".");
	}
	if (at[0] == '~' && at[1] == '~') {
		ret->sign = '\0'; /* strikethrough */
		return strspn(at, "~");
	}
	return 1;
}

static void tokenize(const char *text, struct grammar_tokens *ret)
{
	bool is_glued = false;

	ret->count = 0;
	ret->is_cut = false;
	for (size_t size; *text; text += size) {
		struct grammar_token token = {.is_glued = is_glued};
		bool is_kept = false;

		if (ret->count == TOKENS_MAX) {
			ret->is_cut = true;
			return;
		}
		size = elision(text);
		if (size == 0 && (isdigit((unsigned char)*text) || is_letter(text))) {
			size = read_token(text, &token);
			is_kept = true;
		} else if (size == 0 && (size = read_sign(text, &token)) > 0) {
			is_kept = token.sign != '\0';
		}
		if (size == 0)
			size = size_of(text);
		is_glued = !isspace((unsigned char)*text);
		if (is_kept)
			ret->list[ret->count++] = token;
	}
}

/* ---------------------------------------------------------------- tokens -> points */

/* The reading position. A read_ function that returns false leaves it where it was. */
struct grammar_reader {
	const struct grammar_token *at, *end;
	bool is_named;  /* an episode, a season or a special has been named */
	bool is_strong; /* by a word that is not an everyday word */
	bool is_bound;  /* a word has been read that needs such a name */
	bool is_roman;
	bool is_pointed; /* a point was behind the end */
};

static bool is_at_word(const struct grammar_reader *reader, unsigned meanings)
{
	return reader->at < reader->end && reader->at->kind == TOKEN_WORD &&
	       (reader->at->meanings & meanings);
}

static bool is_at_number(const struct grammar_reader *reader)
{
	return reader->at < reader->end && reader->at->kind == TOKEN_NUMBER;
}

static bool is_at_sign(const struct grammar_reader *reader, const char *signs)
{
	return reader->at < reader->end && reader->at->kind == TOKEN_SIGN && strchr(signs, reader->at->sign);
}

static bool read_word(struct grammar_reader *reader, unsigned meanings)
{
	if (!is_at_word(reader, meanings))
		return false;
	reader->is_bound |= (reader->at->meanings & MEANS_BOUND) != 0;
	reader->is_strong |= (reader->at->meanings & MEANS_STRONG) != 0;
	reader->at++;
	return true;
}

static bool skip_signs(struct grammar_reader *reader, const char *signs)
{
	const struct grammar_token *start = reader->at;

	while (is_at_sign(reader, signs))
		reader->at++;
	return reader->at > start;
}

static void skip_words(struct grammar_reader *reader, unsigned meanings)
{
	while (is_at_word(reader, meanings))
		reader->at++;
}

/* The noun of an episode: "episode", "ep no.", "#". */
static bool read_noun(struct grammar_reader *reader)
{
	struct grammar_reader start = *reader;

	while (read_word(reader, MEANS_EPISODE) || skip_signs(reader, "#"))
		skip_signs(reader, ".:");
	if (reader->at == start.at)
		return false;
	reader->is_named = true;
	return true;
}

/* The same behind a number: "5 episodes", "5. Folge". */
static bool read_noun_after(struct grammar_reader *reader)
{
	struct grammar_reader start = *reader;

	skip_signs(reader, ".");
	if (is_at_word(reader, MEANS_EPISODE) && read_noun(reader))
		return true;
	*reader = start;
	return false;
}

/* Read what makes "5" an ordinal: "5th", "5-я", "5.º", "5:e". */
static bool read_suffix(struct grammar_reader *reader)
{
	struct grammar_reader start = *reader;

	if (is_at_sign(reader, "-.:") && reader->at->is_glued)
		reader->at++;
	if (is_at_word(reader, MEANS_NTH) && reader->at->is_glued) {
		reader->at++;
		/* In "1e5" the "e" belongs to the next number. */
		if (!is_at_number(reader) || !reader->at->is_glued)
			return true;
	}
	*reader = start;
	return false;
}

/* Read "twenty-one", "one hundred and five", "fifth". */
static bool read_written(struct grammar_reader *reader, int *ret, bool *ret_is_ordinal)
{
	struct grammar_reader start = *reader;
	int number = 0;
	bool is_part = false;

	for (;;) {
		const struct grammar_token *token;
		struct grammar_reader before = *reader;
		bool is_ordinal;

		if (is_part)
			skip_signs(reader, "-");
		if (is_part && number >= 100)
			skip_words(reader, MEANS_AND);
		token = reader->at;
		if (!is_at_word(reader, MEANS_NUMBER) || (is_part && token->meanings & MEANS_BOUND)) {
			*reader = before;
			break;
		}
		is_ordinal = is_at_word(reader, MEANS_ORDINAL);
		if (token->meanings & MEANS_HUNDRED) {
			if (number >= 10) {
				*reader = before;
				break;
			}
			number = (number ? number : 1) * 100;
		} else if (!is_part || (number % 10 == 0 && token->word_value < 10) ||
				(number >= 100 && number % 100 == 0)) {
			number += token->word_value;
		} else {
			*reader = before;
			break;
		}
		read_word(reader, MEANS_NUMBER);
		*ret_is_ordinal = is_ordinal;
		is_part = (token->meanings & (MEANS_TENS | MEANS_HUNDRED)) ||
			  is_at_word(reader, MEANS_HUNDRED);
		if (number < 10 && is_at_word(reader, MEANS_TENS) && is_at_word(reader, MEANS_AND)) {
			number += reader->at->word_value;
			*ret_is_ordinal |= is_at_word(reader, MEANS_ORDINAL);
			reader->at++;
			break;
		}
		if (!is_part || is_ordinal)
			break;
	}
	*ret = number;
	return reader->at > start.at;
}

/* Read "5", "5th", "第5", "five", "V". */
static bool read_number(struct grammar_reader *reader, int *ret, bool *ret_is_ordinal)
{
	struct grammar_reader start = *reader;
	bool is_ordinal = false;

	while (read_word(reader, MEANS_COUNTER))
		reader->is_named = true;
	if (is_at_number(reader)) {
		*ret = reader->at->value < GRAMMAR_NUMBER_MAX ? reader->at->value : GRAMMAR_NUMBER_MAX;
		reader->at++;
		is_ordinal = read_suffix(reader);
	} else if (is_at_word(reader, MEANS_NUMBER)) {
		if (!read_written(reader, ret, &is_ordinal))
			return false;
		reader->is_named |= read_word(reader, MEANS_NTH);
	} else if (reader->at < reader->end && reader->at->kind == TOKEN_WORD && reader->at->roman) {
		*ret = reader->at->roman;
		reader->is_roman = true;
		reader->at++;
	} else {
		*reader = start;
		return false;
	}
	if (ret_is_ordinal)
		*ret_is_ordinal = is_ordinal;
	return true;
}

static bool is_season_after(const struct grammar_reader *reader)
{
	struct grammar_reader ahead = *reader;

	skip_signs(&ahead, ".");
	return is_at_word(&ahead, MEANS_SEASON);
}

/* Read "season 1", "s01", "1st season", "2 сезон", "last season". */
static bool read_season(struct grammar_reader *reader, int *ret)
{
	struct grammar_reader start = *reader;
	int number;

	skip_words(reader, MEANS_FILLER);
	if (is_at_word(reader, MEANS_LATEST | MEANS_FINALE)) {
		read_word(reader, MEANS_LATEST | MEANS_FINALE);
		if (read_word(reader, MEANS_SEASON)) {
			*ret = GRAMMAR_PRESENT_SEASON;
			reader->is_named = true;
			return true;
		}
	} else if (read_word(reader, MEANS_SEASON)) {
		skip_signs(reader, ".:#-");
		if (read_number(reader, &number, NULL)) {
			*ret = number;
			reader->is_named = true;
			return true;
		}
	} else if (read_number(reader, &number, NULL) && is_season_after(reader)) {
		skip_signs(reader, ".");
		read_word(reader, MEANS_SEASON);
		*ret = number;
		reader->is_named = true;
		return true;
	}
	*reader = start;
	return false;
}

/* Read " of season 1", ", season 1", " (s1)". */
static bool read_of_season(struct grammar_reader *reader, int *ret)
{
	struct grammar_reader start = *reader;

	skip_signs(reader, ",-:;/");
	skip_words(reader, MEANS_OF | MEANS_FILLER);
	if (read_season(reader, ret))
		return true;
	*reader = start;
	return false;
}

/* ---- dates */

static bool set_date(int year, int month, int day, struct date *ret)
{
	struct date date = {.year = year, .month = month, .day = day};

	if (year && (year < YEAR_FIRST || year > YEAR_LAST))
		return false;
	if (!date_exists(date))
		return false;
	*ret = date;
	return true;
}

/* Read a number of digits with a sign behind it. */
static bool read_field(struct grammar_reader *reader, char sign, int *ret)
{
	if (!is_at_number(reader) || reader->at + 1 >= reader->end || reader->at[1].kind != TOKEN_SIGN ||
			reader->at[1].sign != sign)
		return false;
	*ret = reader->at->value;
	reader->at += 2;
	return true;
}

/* Read "2026-11-24", "24.11.2026", "24/11/2026". */
static bool read_numeric_date(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	int field[3];
	char sign;

	if (is_at_number(reader) && reader->at->digits == 8 &&
			set_date(reader->at->value / 10000, reader->at->value / 100 % 100,
					reader->at->value % 100, &ret->date)) {
		reader->at++;
		return true;
	}
	if (!is_at_number(reader) || reader->at + 1 >= reader->end || reader->at[1].kind != TOKEN_SIGN)
		return false;
	sign = reader->at[1].sign;
	if (!strchr("-./", sign) || !read_field(reader, sign, &field[0]) ||
			!read_field(reader, sign, &field[1]) || !is_at_number(reader)) {
		*reader = start;
		return false;
	}
	field[2] = reader->at->value;
	if (start.at->digits == 4 && set_date(field[0], field[1], field[2], &ret->date)) {
		reader->at++;
		return true;
	}
	if (reader->at->digits == 4) {
		struct date monthly = {0};
		bool is_day_first = set_date(field[2], field[1], field[0], &ret->date);

		/* With points the day comes first everywhere; with slashes that depends on the country. */
		if (sign != '.' && set_date(field[2], field[0], field[1], &monthly) && is_day_first &&
				field[0] != field[1])
			ret->other = monthly;
		else if (!is_day_first)
			ret->date = monthly;
		if (ret->date.year) {
			reader->at++;
			return true;
		}
	}
	*reader = start;
	return false;
}

/* A date without a year in numbers. The first is the day, unless the other must be. */
static bool set_short_date(int first, int second, bool is_day_first, struct grammar_point *ret)
{
	struct date swapped = {0};
	bool is_date = set_date(0, second, first, &ret->date);

	if (!is_day_first && first != second && set_date(0, first, second, &swapped)) {
		if (is_date)
			ret->other = swapped;
		else
			ret->date = swapped;
	}
	return is_date || swapped.month;
}

/* Read "24.11", "24.11.", "24/11". "5/12" is an episode of twelve, and "1.05" one of season 1: see read_episode(). */
static bool read_short_date(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	const struct grammar_token *first = reader->at, *second;
	bool is_closed;
	int day;

	if ((!read_field(reader, '.', &day) && !read_field(reader, '/', &day)) || !is_at_number(reader)) {
		*reader = start;
		return false;
	}
	second = reader->at++;
	is_closed = first[1].sign == '.' &&
		    (skip_signs(reader, ".") || (reader->at == reader->end && reader->is_pointed));
	/* "5.5" is a number of something else. */
	if ((first->digits == 1 && second->digits == 1 && first[1].sign == '.' && !is_closed) ||
			first->digits > 2 || second->digits > 2 || is_at_sign(reader, "/") ||
			(is_at_number(reader) && reader->at->is_glued) ||
			(first[1].sign == '/' && day <= second->value) ||
			(first[1].sign == '.' && first->digits == 1 && second->digits == 2 &&
					second->value < 10) ||
			!set_short_date(day, second->value, first[1].sign == '.', ret)) {
		*reader = start;
		return false;
	}
	if (first[1].sign == '.') {
		ret->season = day;
		ret->number = second->value;
	}
	return true;
}

/* Read a year: ", 2026", " 2026", " of 2026". 0: there is no year. */
static int read_year(struct grammar_reader *reader)
{
	struct grammar_reader start = *reader;

	skip_signs(reader, ",.");
	skip_words(reader, MEANS_OF | MEANS_FILLER);
	if (is_at_number(reader) && reader->at->digits == 4 && reader->at->value >= YEAR_FIRST &&
			reader->at->value <= YEAR_LAST)
		return (reader->at++)->value;
	*reader = start;
	return 0;
}

/* Read "24 November 2026", "Nov 24", "November 2026", "24th of November". */
static bool read_named_date(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	int day = 0, month, year;

	/* "2026 Nov 24" */
	year = read_year(reader);
	if (!is_at_word(reader, MEANS_MONTH) && read_number(reader, &day, NULL)) {
		skip_signs(reader, ".");
		skip_words(reader, MEANS_OF | MEANS_FILLER);
	}
	if (!is_at_word(reader, MEANS_MONTH)) {
		*reader = start;
		return false;
	}
	month = reader->at->word_value;
	reader->at++;
	skip_signs(reader, ".");
	if (!year)
		year = read_year(reader);
	if (!day) {
		struct grammar_reader before = *reader;

		skip_words(reader, MEANS_FILLER);
		if (!read_number(reader, &day, NULL)) {
			*reader = before;
			day = 0;
		}
	}
	if (!year)
		year = read_year(reader);
	if (day && set_date(year, month, day, &ret->date))
		return true;
	if (!day && year) {
		ret->date = (struct date){.year = year, .month = month};
		return true;
	}
	*reader = start;
	return false;
}

/* Read "2026年11月24日", "11월 24일". */
static bool read_unit_date(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	int part[4] = {0};

	for (int unit = 0; is_at_number(reader) && reader->at + 1 < reader->end &&
			   reader->at[1].kind == TOKEN_WORD && reader->at[1].meanings & MEANS_UNIT &&
			   reader->at[1].word_value > unit;
			reader->at += 2) {
		unit = reader->at[1].word_value;
		part[unit] = reader->at->value;
	}
	if (part[2] && part[3] && set_date(part[1], part[2], part[3], &ret->date))
		return true;
	*reader = start;
	return false;
}

static bool is_at_span(const struct grammar_reader *reader, enum vocabulary_span span)
{
	return is_at_word(reader, MEANS_SPAN) && reader->at->word_value == (int)span;
}

/* Skip "the", but not the "this" of "this week". */
static void skip_fillers(struct grammar_reader *reader)
{
	while (is_at_word(reader, MEANS_OF | MEANS_FILLER) && !is_at_word(reader, MEANS_SPAN))
		reader->at++;
}

static bool read_unit(struct grammar_reader *reader, struct grammar_point *ret, int count)
{
	ret->number = count;
	ret->season = GRAMMAR_ANY_SEASON;
	if (is_at_span(reader, SPAN_WEEK))
		ret->kind = GRAMMAR_WEEK;
	else if (is_at_span(reader, SPAN_MONTH))
		ret->kind = GRAMMAR_MONTH;
	else
		return false;
	return read_word(reader, MEANS_SPAN);
}

/* Read "3 days ago", "a week ago", "vor 2 Wochen". */
static bool read_ago(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	bool is_ago = is_at_span(reader, SPAN_AGO);
	int count = 1;

	if (is_ago)
		reader->at++;
	skip_fillers(reader);
	if (!read_number(reader, &count, NULL))
		count = 1;
	if (is_at_span(reader, SPAN_DAYS)) {
		reader->at++;
		*ret = (struct grammar_point){
				.kind = GRAMMAR_DAY, .season = GRAMMAR_ANY_SEASON, .number = -count};
	} else if (!read_unit(reader, ret, -count)) {
		*reader = start;
		return false;
	}
	if (!is_ago && is_at_span(reader, SPAN_AGO)) {
		reader->at++;
		is_ago = true;
	}
	/* The number needs no noun beside it. */
	reader->is_bound = start.is_bound;
	reader->is_roman = start.is_roman;
	if (is_ago)
		return true;
	*reader = start;
	return false;
}

/* Read "last week", "this month", "semana pasada", "last night". */
static bool read_span(struct grammar_reader *reader, struct grammar_point *ret)
{
	static const enum vocabulary_span WEEKS[] = {SPAN_LAST_WEEK, SPAN_THIS_WEEK, SPAN_NEXT_WEEK};
	struct grammar_reader start = *reader;
	bool is_last, is_next, is_this;

	for (int i = 0; i < 3; i++) {
		if (!is_at_span(reader, WEEKS[i]))
			continue;
		*ret = (struct grammar_point){
				.kind = GRAMMAR_WEEK, .season = GRAMMAR_ANY_SEASON, .number = i - 1};
		return read_word(reader, MEANS_SPAN);
	}
	if (read_ago(reader, ret))
		return true;
	skip_fillers(reader);
	is_last = read_word(reader, MEANS_LATEST);
	is_next = !is_last && read_word(reader, MEANS_NEXT);
	is_this = !is_last && !is_next && is_at_span(reader, SPAN_THIS);
	if (is_this)
		reader->at++;
	if (is_last && is_at_span(reader, SPAN_NIGHT)) {
		*ret = (struct grammar_point){
				.kind = GRAMMAR_DAY, .season = GRAMMAR_ANY_SEASON, .number = -1};
		reader->at++;
		reader->is_bound = start.is_bound;
		return true;
	}
	if (read_unit(reader, ret, 0)) {
		if (!is_last && !is_next && !is_this) {
			is_last = read_word(reader, MEANS_LATEST);
			is_next = !is_last && read_word(reader, MEANS_NEXT);
		}
		ret->number = is_last ? -1 : is_next;
		reader->is_bound = start.is_bound;
		if (is_last || is_next || is_this)
			return true;
	}
	*reader = start;
	return false;
}

/* Read "today", "last friday", "on Monday". */
static bool read_day(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	bool is_last, is_next;

	if (read_span(reader, ret))
		return true;
	if (is_at_word(reader, MEANS_DAY)) {
		ret->kind = GRAMMAR_DAY;
		ret->number = reader->at->word_value;
		return read_word(reader, MEANS_DAY);
	}
	is_last = read_word(reader, MEANS_LATEST);
	is_next = !is_last && read_word(reader, MEANS_NEXT);
	if (is_at_word(reader, MEANS_WEEKDAY)) {
		ret->kind = GRAMMAR_WEEKDAY;
		ret->number = reader->at->word_value;
		ret->season = is_last ? -1 : is_next;
		read_word(reader, MEANS_WEEKDAY);
		/* "last fri" needs no noun. */
		if (is_last || is_next)
			reader->is_bound = start.is_bound;
		return true;
	}
	*reader = start;
	return false;
}

/* Read a date, with a day of the week in front that is not checked: "Tuesday, 24 November". */
static bool read_date(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	struct grammar_point point = {.kind = GRAMMAR_DATE, .season = GRAMMAR_ANY_SEASON};
	bool is_read;

	if (read_word(reader, MEANS_WEEKDAY)) {
		skip_signs(reader, ",.");
		skip_words(reader, MEANS_FILLER);
		reader->is_bound = start.is_bound;
	}
	is_read = read_numeric_date(reader, &point) || read_short_date(reader, &point) ||
		  read_unit_date(reader, &point) || read_named_date(reader, &point);
	if (is_read) {
		reader->is_named = reader->is_strong = true;
	} else {
		*reader = start;
		is_read = read_day(reader, &point);
	}
	if (!is_read)
		return false;
	*ret = point;
	return true;
}

/* Read "24 November", "the episode of 24 November", "today's episode". */
static bool read_dated(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;

	if (read_noun(reader))
		skip_fillers(reader);
	if (!read_date(reader, ret)) {
		*reader = start;
		return false;
	}
	read_noun(reader);
	return true;
}

/* ---- positions */

/* Read "second to last", "third from the end", "last but one", "penultimate". */
static bool read_nth_last(struct grammar_reader *reader, int *ret)
{
	struct grammar_reader start = *reader;
	bool is_ordinal = false, is_linked;

	if (is_at_word(reader, MEANS_NTH_LAST)) {
		*ret = reader->at->word_value;
		return read_word(reader, MEANS_NTH_LAST);
	}
	if (read_word(reader, MEANS_LATEST) && read_word(reader, MEANS_BUT) &&
			read_number(reader, ret, NULL)) {
		++*ret;
		return true;
	}
	*reader = start;
	/* "the one before last" */
	read_word(reader, MEANS_EPISODE | MEANS_ONE);
	if (read_word(reader, MEANS_BEFORE)) {
		skip_words(reader, MEANS_FILLER);
		if (read_word(reader, MEANS_LATEST | MEANS_FINALE)) {
			*ret = 2;
			return true;
		}
	}
	*reader = start;
	if (read_word(reader, MEANS_NEXT)) {
		is_ordinal = true;
		*ret = 2;
	} else if (!read_number(reader, ret, &is_ordinal)) {
		return false;
	}
	read_word(reader, MEANS_EPISODE | MEANS_ONE);
	skip_signs(reader, "-");
	is_linked = is_at_word(reader, MEANS_TO | MEANS_OF | MEANS_FILLER);
	is_ordinal |= is_at_word(reader, MEANS_OF);
	skip_words(reader, MEANS_TO | MEANS_OF | MEANS_FILLER);
	skip_signs(reader, "-");
	if (*ret > 0 && is_ordinal && (is_linked || !is_at_word(reader, MEANS_FINALE)) &&
			read_word(reader, MEANS_LATEST | MEANS_FINALE))
		return true;
	*reader = start;
	return false;
}

/* Read "first", "latest", "finale", "next". Sets kind. */
static bool read_position_word(struct grammar_reader *reader, struct grammar_point *ret)
{
	static const struct {
		unsigned meaning;
		enum grammar_kind kind;
	} POSITIONS[] = {{MEANS_FIRST, GRAMMAR_FIRST}, {MEANS_LATEST, GRAMMAR_LATEST},
			{MEANS_FINALE, GRAMMAR_FINALE}, {MEANS_NEXT, GRAMMAR_NEXT},
			{MEANS_MIDDLE, GRAMMAR_MIDDLE}};

	for (size_t i = 0; i < sizeof(POSITIONS) / sizeof(POSITIONS[0]); i++) {
		if (!is_at_word(reader, POSITIONS[i].meaning))
			continue;
		ret->kind = POSITIONS[i].kind;
		ret->number = 1;
		return read_word(reader, POSITIONS[i].meaning);
	}
	return false;
}

/* Read "season finale", "series premiere": of the present season, or of the show. */
static bool read_season_position(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	bool is_series = is_at_word(reader, MEANS_SERIES);

	if (read_word(reader, MEANS_SEASON) && is_at_word(reader, MEANS_FIRST | MEANS_FINALE) &&
			read_position_word(reader, ret)) {
		ret->season = is_series ? GRAMMAR_ANY_SEASON : GRAMMAR_PRESENT_SEASON;
		reader->is_named = true;
		return true;
	}
	*reader = start;
	return false;
}

/* Read "-1", "latest episode", "the last one of season 1", "first 3 episodes". */
static bool read_position(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	struct grammar_point point = {.season = GRAMMAR_ANY_SEASON};
	int season;

	if (read_season_position(reader, &point)) {
		*ret = point;
		return true;
	}
	/* "episodio final", "الحلقة الأخيرة" */
	if (read_noun(reader) && !is_at_word(reader, MEANS_LATEST | MEANS_FINALE | MEANS_NTH_LAST))
		*reader = start;
	if (read_nth_last(reader, &point.number)) {
		point.kind = GRAMMAR_NTH_LAST;
	} else if (read_position_word(reader, &point)) {
		/* "most recent" */
		while (point.kind == GRAMMAR_LATEST && read_word(reader, MEANS_LATEST))
			reader->is_named = true;
		if (is_at_word(reader, MEANS_SEASON | MEANS_SPECIAL)) {
			*reader = start;
			return false;
		}
		if ((point.kind == GRAMMAR_FIRST || point.kind == GRAMMAR_LATEST) &&
				!is_at_word(reader, MEANS_ONE)) {
			struct grammar_reader before = *reader;

			if (!read_number(reader, &point.number, NULL) || reader->is_roman ||
					point.number < 1) {
				*reader = before;
				point.number = 1;
			}
		}
	} else {
		return false;
	}
	if (!read_noun(reader))
		read_word(reader, MEANS_ONE);
	if (read_of_season(reader, &season))
		point.season = season;
	*ret = point;
	return true;
}

/* Read "special 1", "1st special", "last special", "specials of season 2". */
static bool read_special(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	struct grammar_point point = {.kind = GRAMMAR_SPECIAL, .season = GRAMMAR_ANY_SEASON}, position;
	int season;

	if (read_position_word(reader, &position) && is_at_word(reader, MEANS_SPECIAL)) {
		position.season = 0;
		read_word(reader, MEANS_SPECIAL);
		read_noun(reader);
		reader->is_named = true;
		*ret = position;
		return true;
	}
	*reader = start;
	if (read_number(reader, &point.number, NULL) && is_at_word(reader, MEANS_SPECIAL)) {
		read_word(reader, MEANS_SPECIAL);
	} else {
		*reader = start;
		point.number = 0;
		if (!read_word(reader, MEANS_SPECIAL))
			return false;
		read_noun(reader);
		skip_signs(reader, ".:-");
		read_number(reader, &point.number, NULL);
	}
	reader->is_named = true;
	read_noun(reader);
	if (read_of_season(reader, &season))
		point.season = season;
	*ret = point;
	return true;
}

/* ---- seasons and numbers */

/* Read "s01e05", "season 1, episode 5", "s1 5", "s1", "season 1 finale", "season 2 special". */
static bool read_season_first(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader, after;
	struct grammar_point point = {.kind = GRAMMAR_NUMBER};
	bool is_number_first = is_at_number(reader);

	skip_words(reader, MEANS_FILLER);
	if (!read_season(reader, &point.season)) {
		*reader = start;
		return false;
	}
	after = *reader;
	skip_signs(reader, ".,:;-/");
	skip_words(reader, MEANS_OF | MEANS_FILLER);
	read_word(reader, MEANS_BY);
	if (read_noun(reader)) {
		if (read_number(reader, &point.number, NULL)) {
			read_noun_after(reader);
			reader->is_strong = true;
			*ret = point;
			return true;
		}
		/* "season 1 episodes" */
		after = *reader;
	} else if (is_at_word(reader, MEANS_SPECIAL)) {
		struct grammar_point special;

		if (read_special(reader, &special)) {
			special.season = point.season;
			*ret = special;
			return true;
		}
	} else if (read_number(reader, &point.number, NULL)) {
		/* "5 season 1" is episode 5 of season 1; "1 сезон 5 серия" is the other way. */
		bool has_noun = read_noun_after(reader);

		if (is_number_first && !has_noun) {
			*reader = start;
			return false;
		}
		*ret = point;
		return true;
	} else {
		struct grammar_point position;

		if (read_position(reader, &position) && position.season == GRAMMAR_ANY_SEASON) {
			position.season = point.season;
			*ret = position;
			return true;
		}
	}
	*reader = after;
	point.kind = GRAMMAR_SEASON;
	*ret = point;
	return true;
}

/* The separator of season and episode: the "x" in 1x05, the "e" in 1e05, the zero in 1-05. */
static bool read_by(struct grammar_reader *reader, bool is_padded)
{
	struct grammar_reader start = *reader;

	if (read_word(reader, MEANS_BY) && is_at_number(reader)) {
		reader->is_bound = start.is_bound;
		reader->is_named = reader->is_strong = true;
		return true;
	}
	*reader = start;
	if (is_at_word(reader, MEANS_EPISODE) && reader->at->is_glued && read_word(reader, MEANS_EPISODE) &&
			is_at_number(reader) && reader->at->is_glued) {
		reader->is_named = reader->is_strong = true;
		return true;
	}
	*reader = start;
	if (!is_padded && is_at_sign(reader, "-.") && reader->at->is_glued && reader->at + 1 < reader->end &&
			reader->at[1].kind == TOKEN_NUMBER && reader->at[1].is_glued &&
			reader->at[1].digits == 2 && reader->at[1].value < 10 && reader->at[1].value > 0) {
		reader->at++;
		return true;
	}
	return false;
}

/* Read "of 12", "/12", "out of 12 episodes" behind a number. */
static void read_total(struct grammar_reader *reader, struct grammar_point *point)
{
	struct grammar_reader start = *reader;
	bool is_slash = skip_signs(reader, "/");
	int total;

	if (is_slash || read_word(reader, MEANS_OF)) {
		skip_words(reader, MEANS_OF | MEANS_FILLER);
		if (is_at_number(reader) && read_number(reader, &total, NULL) && total >= point->number &&
				!is_season_after(reader)) {
			point->is_maybe_date = is_slash && set_short_date(point->number, total, false, point);
			point->total = total;
			read_noun(reader);
			return;
		}
	}
	*reader = start;
}

/* Read "5", "ep 5", "5th episode", "1x05", "0105", "episode 5 of season 1", "5 of 12". */
static bool read_episode(struct grammar_reader *reader, struct grammar_point *ret)
{
	struct grammar_reader start = *reader;
	struct grammar_point point = {.kind = GRAMMAR_NUMBER, .season = GRAMMAR_ANY_SEASON};
	const struct grammar_token *digits;
	bool has_noun = read_noun(reader);
	int number;

	skip_signs(reader, "-:");
	digits = is_at_number(reader) ? reader->at : NULL;
	if ((!has_noun && reader->at != start.at) || !read_number(reader, &point.number, NULL)) {
		*reader = start;
		return false;
	}
	if (digits && digits->digits == 4 && digits->value < 1000 && digits->value > 100) {
		point.season = digits->value / 100;
		point.number = digits->value % 100;
	} else if (digits && !has_noun && reader->at == digits + 1 && read_by(reader, digits->digits > 1) &&
			read_number(reader, &number, NULL)) {
		point.is_maybe_date = digits[1].kind == TOKEN_SIGN && digits[1].sign == '.' &&
				      set_short_date(point.number, number, true, &point);
		point.season = point.number;
		point.number = number;
	} else {
		if (!read_noun_after(reader))
			read_word(reader, MEANS_ONE);
		if (!read_of_season(reader, &point.season))
			read_total(reader, &point);
	}
	*ret = point;
	return true;
}

static bool read_point(struct grammar_reader *reader, struct grammar_point *ret)
{
	return read_dated(reader, ret) || read_special(reader, ret) || read_position(reader, ret) ||
	       read_season_first(reader, ret) || read_episode(reader, ret);
}

/* ---- lists */

static bool is_number(const struct grammar_point *point)
{
	return point->kind == GRAMMAR_NUMBER || point->kind == GRAMMAR_SPECIAL;
}

/* Read what links two points. False: nothing does, the points follow one another. */
static bool read_link(struct grammar_reader *reader, bool *ret_is_range)
{
	struct grammar_reader start = *reader;
	bool is_linked;

	*ret_is_range = skip_signs(reader, "-~");
	if (!*ret_is_range && is_at_word(reader, MEANS_TO)) {
		skip_words(reader, MEANS_TO);
		*ret_is_range = true;
	}
	if (!*ret_is_range) {
		skip_signs(reader, ",&+;");
		skip_words(reader, MEANS_AND);
	}
	is_linked = reader->at > start.at;
	skip_words(reader, MEANS_FILLER);
	return is_linked;
}

/* "s01e05-06": the second is of the same season; "5 to 7 of season 2": so is the first. */
static void share_season(struct grammar *grammar)
{
	for (size_t i = 1; i < grammar->count; i++) {
		const struct grammar_point *before = &grammar->points[i - 1];
		struct grammar_point *point = &grammar->points[i];

		if (point->kind != GRAMMAR_NUMBER || !is_number(before) ||
				point->season != GRAMMAR_ANY_SEASON)
			continue;
		point->kind = before->kind;
		point->season = before->season;
	}
	for (size_t i = grammar->count; i-- > 1;) {
		struct grammar_point *point = &grammar->points[i - 1];

		if (point->kind == GRAMMAR_NUMBER && point->season == GRAMMAR_ANY_SEASON &&
				is_number(&grammar->points[i]))
			point->season = grammar->points[i].season;
	}
}

static bool read_list(struct grammar_reader *reader, struct grammar *ret)
{
	struct grammar grammar = {.form = GRAMMAR_ONE, .count = 1};

	if (!read_point(reader, &grammar.points[0]))
		return false;
	while (reader->at < reader->end && grammar.count < GRAMMAR_POINTS_MAX &&
			grammar.form != GRAMMAR_RANGE) {
		struct grammar_reader before = *reader;
		struct grammar_point point;
		bool is_range, is_linked = read_link(reader, &is_range);

		if ((is_range && grammar.count > 1) || !read_point(reader, &point) ||
				(!is_linked && !(is_number(&grammar.points[grammar.count - 1]) &&
							       is_number(&point)))) {
			*reader = before;
			break;
		}
		grammar.points[grammar.count++] = point;
		grammar.form = is_range ? GRAMMAR_RANGE : GRAMMAR_LIST;
	}
	share_season(&grammar);
	*ret = grammar;
	return true;
}

static bool is_filler(const struct grammar_token *token)
{
	return token->kind == TOKEN_WORD && token->meanings & MEANS_FILLER;
}

/* "this" in "this week" is no filler. */
static bool is_this_span(const struct grammar_token *at, const struct grammar_token *end)
{
	return end - at > 1 && at->kind == TOKEN_WORD && at[1].kind == TOKEN_WORD &&
	       at->meanings & MEANS_SPAN && at[1].meanings & MEANS_SPAN;
}

void grammar_parse(const char *normalized, struct grammar *ret)
{
	struct grammar_tokens tokens;
	struct grammar_reader reader = {0};
	const struct grammar_token *start, *end;
	bool is_negative;
	int number;

	ret->form = GRAMMAR_WORDS;
	ret->is_weak = false;
	ret->count = 0;
	tokenize(normalized, &tokens);
	start = tokens.list;
	end = start + tokens.count;
	while (start < end && !is_this_span(start, end) &&
			(is_filler(start) || (start->kind == TOKEN_WORD && start->meanings & MEANS_OF) ||
					(start->kind == TOKEN_SIGN && !strchr("-#", start->sign))))
		start++;
	while (end > start && (is_filler(end - 1) || end[-1].kind == TOKEN_SIGN))
		end--;
	if (start == end || tokens.is_cut)
		return;
	reader.at = start;
	reader.end = end;
	reader.is_pointed = end < tokens.list + tokens.count && end->kind == TOKEN_SIGN && end->sign == '.';
	is_negative = start->kind == TOKEN_SIGN && start->sign == '-';
	if (is_negative) {
		struct grammar_point point = {.kind = GRAMMAR_FROM_END, .season = GRAMMAR_ANY_SEASON};

		reader.at++;
		if (!is_at_number(&reader) || !read_number(&reader, &number, NULL))
			return;
		read_of_season(&reader, &point.season);
		point.number = number;
		if (reader.at == reader.end)
			*ret = (struct grammar){.form = GRAMMAR_ONE, .points = {point}, .count = 1};
		return;
	}
	if (!read_list(&reader, ret) || reader.at != reader.end || (reader.is_bound && !reader.is_named)) {
		ret->form = GRAMMAR_WORDS;
		return;
	}
	ret->is_weak = reader.is_roman && !reader.is_named;
}

/* A position alone means the episode only behind "of" or "in": not in "the pilot lands the plane". */
static bool is_behind_of(const struct grammar_token *first, const struct grammar_token *at)
{
	while (at > first && is_filler(at - 1))
		at--;
	return at > first && at[-1].kind == TOKEN_WORD && at[-1].meanings & MEANS_OF;
}

void grammar_find(const char *normalized, struct grammar *ret)
{
	struct grammar_tokens tokens;

	tokenize(normalized, &tokens);
	for (size_t i = 0; i < tokens.count; i++) {
		const struct grammar_token *at = &tokens.list[i];
		struct grammar_reader reader = {.at = at, .end = tokens.list + tokens.count};

		if ((is_filler(at) && !is_this_span(at, reader.end)) || !read_list(&reader, ret) ||
				!reader.is_strong)
			continue;
		if (reader.is_named || (reader.at == at + 1 && is_behind_of(tokens.list, at)))
			return;
	}
	ret->form = GRAMMAR_WORDS;
}
