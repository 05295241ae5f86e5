/* Typed words of a time: words -> what they mean one by one -> days, hours, durations and references. */

#include "bot/core/moment_reading.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/base/zone_name.h"
#include "bot/catalogue/grammar.h"
#include "bot/catalogue/vocabulary.h"

#define WORDS_MAX      96 /* further words are text */
#define WORD_BYTES     48 /* longer words mean nothing here */
#define DAY_WORDS      5  /* of a day: "the 24th of December 2026" */
#define NAME_WORDS     8  /* of an episode: "episode 5 of the second season" */
#define MINUTE_S       60
#define HOUR_S         3600
#define BEFORE_S       (15 * MINUTE_S) /* "before the finale", without how long */
#define MORNING_HOUR   9
#define AFTERNOON_HOUR 15
#define EVENING_HOUR   20

/* What a word means beside a time. The languages are those in which people ask. */
enum sense {
	SENSE_OTHER,
	SENSE_AT,
	SENSE_ON,
	SENSE_IN,
	SENSE_THIS,
	SENSE_NEXT,
	SENSE_AND,
	SENSE_BEFORE,
	SENSE_AFTER,
	SENSE_FROM,
	SENSE_NOW,
	SENSE_AM,
	SENSE_PM,
	SENSE_CLOCK, /* "o'clock" */
	SENSE_NOON,
	SENSE_MIDNIGHT,
	SENSE_PART,    /* value: enum moment_part */
	SENSE_TONIGHT, /* today, in the evening */
	SENSE_AFTER_TOMORROW,
	SENSE_ONE,  /* "an hour" */
	SENSE_HALF, /* "half an hour" */
	SENSE_UNIT, /* value: enum unit */
	SENSE_WHEN, /* in front of a reference */
	SENSE_AIRS, /* behind it */
	SENSE_ME,   /* in front of everything */
	SENSE_US,   /* the same, for the channel */
	SENSE_THAT, /* between the time and the text */
};

enum unit { UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };

static const struct sense_word {
	const char *text;
	enum sense sense;
	int value;
} SENSES[] = {
		{"at", SENSE_AT, 0},
		{"@", SENSE_AT, 0},
		{"um", SENSE_AT, 0},
		{"à", SENSE_AT, 0},
		{"las", SENSE_AT, 0},
		{"om", SENSE_AT, 0},
		{"kl", SENSE_AT, 0},
		{"alle", SENSE_AT, 0},
		{"on", SENSE_ON, 0},
		{"el", SENSE_ON, 0},
		{"le", SENSE_ON, 0},
		{"op", SENSE_ON, 0},
		{"in", SENSE_IN, 0},
		{"dans", SENSE_IN, 0},
		{"en", SENSE_IN, 0},
		{"через", SENSE_IN, 0},
		{"over", SENSE_IN, 0},
		{"tra", SENSE_IN, 0},
		{"this", SENSE_THIS, 0},
		{"the", SENSE_THIS, 0},
		{"next", SENSE_NEXT, 0},
		{"and", SENSE_AND, 0},
		{"before", SENSE_BEFORE, 0},
		{"b4", SENSE_BEFORE, 0},
		{"vor", SENSE_BEFORE, 0},
		{"vorher", SENSE_BEFORE, 0},
		{"avant", SENSE_BEFORE, 0},
		{"antes", SENSE_BEFORE, 0},
		{"after", SENSE_AFTER, 0},
		{"nach", SENSE_AFTER, 0},
		{"danach", SENSE_AFTER, 0},
		{"après", SENSE_AFTER, 0},
		{"después", SENSE_AFTER, 0},
		{"later", SENSE_AFTER, 0},
		{"from", SENSE_FROM, 0},
		{"now", SENSE_NOW, 0},
		{"jetzt", SENSE_NOW, 0},
		{"am", SENSE_AM, 0},
		{"a.m.", SENSE_AM, 0},
		{"a.m", SENSE_AM, 0},
		{"pm", SENSE_PM, 0},
		{"p.m.", SENSE_PM, 0},
		{"p.m", SENSE_PM, 0},
		{"o'clock", SENSE_CLOCK, 0},
		{"o’clock", SENSE_CLOCK, 0},
		{"oclock", SENSE_CLOCK, 0},
		{"uhr", SENSE_CLOCK, 0},
		{"uur", SENSE_CLOCK, 0},
		{"noon", SENSE_NOON, 0},
		{"midday", SENSE_NOON, 0},
		{"mittag", SENSE_NOON, 0},
		{"mittags", SENSE_NOON, 0},
		{"midi", SENSE_NOON, 0},
		{"mediodía", SENSE_NOON, 0},
		{"midnight", SENSE_MIDNIGHT, 0},
		{"mitternacht", SENSE_MIDNIGHT, 0},
		{"minuit", SENSE_MIDNIGHT, 0},
		{"medianoche", SENSE_MIDNIGHT, 0},
		{"morning", SENSE_PART, MOMENT_MORNING},
		{"früh", SENSE_PART, MOMENT_MORNING},
		{"morgens", SENSE_PART, MOMENT_MORNING},
		{"matin", SENSE_PART, MOMENT_MORNING},
		{"afternoon", SENSE_PART, MOMENT_AFTERNOON},
		{"nachmittag", SENSE_PART, MOMENT_AFTERNOON},
		{"nachmittags", SENSE_PART, MOMENT_AFTERNOON},
		{"tarde", SENSE_PART, MOMENT_AFTERNOON},
		{"evening", SENSE_PART, MOMENT_EVENING},
		{"night", SENSE_PART, MOMENT_EVENING},
		{"abend", SENSE_PART, MOMENT_EVENING},
		{"abends", SENSE_PART, MOMENT_EVENING},
		{"soir", SENSE_PART, MOMENT_EVENING},
		{"noche", SENSE_PART, MOMENT_EVENING},
		{"tonight", SENSE_TONIGHT, 0},
		{"tonite", SENSE_TONIGHT, 0},
		{"2nite", SENSE_TONIGHT, 0},
		{"tmrw", SENSE_OTHER, 1},
		{"tmr", SENSE_OTHER, 1},
		{"tomorow", SENSE_OTHER, 1},
		{"demain", SENSE_OTHER, 1},
		{"tommorow", SENSE_OTHER, 1},
		{"tommorrow", SENSE_OTHER, 1},
		{"übermorgen", SENSE_AFTER_TOMORROW, 0},
		{"overmorgen", SENSE_AFTER_TOMORROW, 0},
		{"послезавтра", SENSE_AFTER_TOMORROW, 0},
		{"a", SENSE_ONE, 0},
		{"an", SENSE_ONE, 0},
		{"ein", SENSE_ONE, 0},
		{"eine", SENSE_ONE, 0},
		{"einer", SENSE_ONE, 0},
		{"einem", SENSE_ONE, 0},
		{"une", SENSE_ONE, 0},
		{"una", SENSE_ONE, 0},
		{"half", SENSE_HALF, 0},
		{"halben", SENSE_HALF, 0},
		{"halbe", SENSE_HALF, 0},
		{"s", SENSE_UNIT, UNIT_SECOND},
		{"sec", SENSE_UNIT, UNIT_SECOND},
		{"secs", SENSE_UNIT, UNIT_SECOND},
		{"second", SENSE_UNIT, UNIT_SECOND},
		{"seconds", SENSE_UNIT, UNIT_SECOND},
		{"sekunden", SENSE_UNIT, UNIT_SECOND},
		{"m", SENSE_UNIT, UNIT_MINUTE},
		{"min", SENSE_UNIT, UNIT_MINUTE},
		{"mins", SENSE_UNIT, UNIT_MINUTE},
		{"minute", SENSE_UNIT, UNIT_MINUTE},
		{"minutes", SENSE_UNIT, UNIT_MINUTE},
		{"minuten", SENSE_UNIT, UNIT_MINUTE},
		{"minutos", SENSE_UNIT, UNIT_MINUTE},
		{"minuti", SENSE_UNIT, UNIT_MINUTE},
		{"минут", SENSE_UNIT, UNIT_MINUTE},
		{"h", SENSE_UNIT, UNIT_HOUR},
		{"hr", SENSE_UNIT, UNIT_HOUR},
		{"hrs", SENSE_UNIT, UNIT_HOUR},
		{"hour", SENSE_UNIT, UNIT_HOUR},
		{"hours", SENSE_UNIT, UNIT_HOUR},
		{"stunde", SENSE_UNIT, UNIT_HOUR},
		{"stunden", SENSE_UNIT, UNIT_HOUR},
		{"heure", SENSE_UNIT, UNIT_HOUR},
		{"heures", SENSE_UNIT, UNIT_HOUR},
		{"hora", SENSE_UNIT, UNIT_HOUR},
		{"horas", SENSE_UNIT, UNIT_HOUR},
		{"ore", SENSE_UNIT, UNIT_HOUR},
		{"часа", SENSE_UNIT, UNIT_HOUR},
		{"часов", SENSE_UNIT, UNIT_HOUR},
		{"d", SENSE_UNIT, UNIT_DAY},
		{"day", SENSE_UNIT, UNIT_DAY},
		{"days", SENSE_UNIT, UNIT_DAY},
		{"tag", SENSE_UNIT, UNIT_DAY},
		{"tage", SENSE_UNIT, UNIT_DAY},
		{"tagen", SENSE_UNIT, UNIT_DAY},
		{"jours", SENSE_UNIT, UNIT_DAY},
		{"días", SENSE_UNIT, UNIT_DAY},
		{"dias", SENSE_UNIT, UNIT_DAY},
		{"dagen", SENSE_UNIT, UNIT_DAY},
		{"giorni", SENSE_UNIT, UNIT_DAY},
		{"дня", SENSE_UNIT, UNIT_DAY},
		{"w", SENSE_UNIT, UNIT_WEEK},
		{"wk", SENSE_UNIT, UNIT_WEEK},
		{"week", SENSE_UNIT, UNIT_WEEK},
		{"weeks", SENSE_UNIT, UNIT_WEEK},
		{"woche", SENSE_UNIT, UNIT_WEEK},
		{"wochen", SENSE_UNIT, UNIT_WEEK},
		{"semaines", SENSE_UNIT, UNIT_WEEK},
		{"semanas", SENSE_UNIT, UNIT_WEEK},
		{"weken", SENSE_UNIT, UNIT_WEEK},
		{"month", SENSE_UNIT, UNIT_MONTH},
		{"months", SENSE_UNIT, UNIT_MONTH},
		{"monat", SENSE_UNIT, UNIT_MONTH},
		{"monaten", SENSE_UNIT, UNIT_MONTH},
		{"mois", SENSE_UNIT, UNIT_MONTH},
		{"meses", SENSE_UNIT, UNIT_MONTH},
		{"year", SENSE_UNIT, UNIT_YEAR},
		{"years", SENSE_UNIT, UNIT_YEAR},
		{"when", SENSE_WHEN, 0},
		{"wenn", SENSE_WHEN, 0},
		{"quand", SENSE_WHEN, 0},
		{"once", SENSE_WHEN, 0},
		{"airs", SENSE_AIRS, 0},
		{"starts", SENSE_AIRS, 0},
		{"begins", SENSE_AIRS, 0},
		{"is", SENSE_AIRS, 0},
		{"comes", SENSE_AIRS, 0},
		{"out", SENSE_AIRS, 0},
		{"live", SENSE_AIRS, 0},
		{"läuft", SENSE_AIRS, 0},
		{"me", SENSE_ME, 0},
		{"please", SENSE_ME, 0},
		{"mich", SENSE_ME, 0},
		{"moi", SENSE_ME, 0},
		{"us", SENSE_US, 0},
		{"channel", SENSE_US, 0},
		{"here", SENSE_US, 0},
		{"everyone", SENSE_US, 0},
		{"everybody", SENSE_US, 0},
		{"uns", SENSE_US, 0},
		{"to", SENSE_THAT, 0},
		{"that", SENSE_THAT, 0},
		{"about", SENSE_THAT, 0},
		{"of", SENSE_THAT, 0},
		{"for", SENSE_THAT, 0},
		{"-", SENSE_THAT, 0},
		{"--", SENSE_THAT, 0},
		{":", SENSE_THAT, 0},
};

/* A word as it was typed, and in the form that is compared. */
struct typed_word {
	const char *start;
	size_t length;
	char text[WORD_BYTES]; /* in lower case, without quotes around it and commas behind it; "": means nothing */
	const struct sense_word *sense; /* NULL: another word */
	bool is_used;
};

struct typed_words {
	struct typed_word list[WORDS_MAX];
	size_t count;
	const char *rest; /* behind the last of them */
};

/* The parts of a time that have been read. */
struct moment_parts {
	struct moment_reading reading; /* without its texts */
	bool has_day, has_delay, has_part;
};

struct duration {
	int months, days;
	int64_t seconds;
};

/* ---------------------------------------------------------------- text -> words */

static const struct sense_word *sense_of(const char *text)
{
	for (size_t i = 0; i < sizeof(SENSES) / sizeof(SENSES[0]); i++) {
		if (strcmp(SENSES[i].text, text) == 0)
			return &SENSES[i];
	}
	return NULL;
}

static void set_word(struct typed_word *word, const char *start, size_t length)
{
	struct str normalized = STR(WORD_BYTES - 1);
	char *copy = length < WORD_BYTES ? str_copy_bytes(start, length) : NULL;
	size_t first, last;

	*word = (struct typed_word){.start = start, .length = length};
	if (copy)
		utf8_normalize(&normalized, copy);
	free(copy);
	if (!normalized.error && normalized.length > 0) {
		const char *text = str_text(&normalized);

		first = strspn(text, "\"'([");
		last = normalized.length;
		while (last > first + 1 && strchr(",;:!?)]\"'", text[last - 1]))
			last--;
		memcpy(word->text, text + first, last - first);
		word->text[last - first] = '\0';
	}
	str_release(&normalized);
	word->sense = sense_of(word->text);
}

/* The length of "2026-12-24" in "2026-12-24T18:00"; otherwise 0. */
static size_t date_before_hour(const char *word, size_t length)
{
	const char *shape = "dddd-dd-ddTdd:dd";

	if (length < strlen(shape))
		return 0;
	for (size_t i = 0; shape[i]; i++) {
		bool is_digit = isdigit((unsigned char)word[i]);

		if (shape[i] == 'd' ? !is_digit : toupper((unsigned char)word[i]) != shape[i])
			return 0;
	}
	return strlen("dddd-dd-dd");
}

static void split_words(const char *text, struct typed_words *ret)
{
	ret->count = 0;
	text += strspn(text, " ");
	while (*text && ret->count < WORDS_MAX) {
		size_t length = strcspn(text, " "), date = date_before_hour(text, length);

		if (date && ret->count + 1 < WORDS_MAX) {
			set_word(&ret->list[ret->count++], text, date);
			set_word(&ret->list[ret->count++], text + date + 1, length - date - 1);
		} else {
			set_word(&ret->list[ret->count++], text, length);
		}
		text += length;
		text += strspn(text, " ");
	}
	ret->rest = text;
}

static enum sense sense_at(const struct typed_words *words, size_t at)
{
	return at < words->count && words->list[at].sense ? words->list[at].sense->sense : SENSE_OTHER;
}

/* The word in lower case; "" behind the end. */
static const char *text_at(const struct typed_words *words, size_t at)
{
	return at < words->count ? words->list[at].text : "";
}

/* ---------------------------------------------------------------- durations */

/* Add an amount in thousandths of a unit. */
static void add_amount(struct duration *duration, int64_t thousandths, enum unit unit)
{
	static const int64_t SECONDS[] = {1, MINUTE_S, HOUR_S, ZONE_DAY_S, 7 * (int64_t)ZONE_DAY_S};
	int whole = (int)(thousandths / 1000);

	if (unit == UNIT_MONTH || unit == UNIT_YEAR)
		duration->months += whole * (unit == UNIT_YEAR ? 12 : 1);
	else if (unit >= UNIT_DAY && thousandths % 1000 == 0)
		duration->days += whole * (unit == UNIT_WEEK ? 7 : 1);
	else
		duration->seconds += thousandths * SECONDS[unit] / 1000;
}

/* Read "2", "1.5" or "1,5". Returns its bytes, or 0. */
static size_t read_amount(const char *text, int64_t *ret_thousandths)
{
	size_t length = 0;
	int64_t amount = 0, scale = 1000;

	for (; isdigit((unsigned char)text[length]); length++) {
		amount = amount * 10 + (text[length] - '0');
		amount = amount > MOMENT_AMOUNT_MAX ? MOMENT_AMOUNT_MAX : amount;
	}
	if (length == 0)
		return 0;
	amount *= 1000;
	if ((text[length] == '.' || text[length] == ',') && isdigit((unsigned char)text[length + 1])) {
		for (length++; isdigit((unsigned char)text[length]); length++) {
			scale /= 10;
			amount += (text[length] - '0') * scale;
		}
	}
	*ret_thousandths = amount;
	return length;
}

/* Read a whole word such as "90min", "1h30" or "2d". */
static bool read_joined_duration(const char *text, struct duration *ret)
{
	struct duration duration = {0};
	enum unit unit = UNIT_SECOND;
	bool has_unit = false;

	while (*text) {
		char name[WORD_BYTES];
		const struct sense_word *sense;
		int64_t amount;
		size_t length = read_amount(text, &amount), letters = 0;

		if (length == 0)
			return false;
		text += length;
		while (text[letters] && !isdigit((unsigned char)text[letters]))
			letters++;
		memcpy(name, text, letters);
		name[letters] = '\0';
		text += letters;
		if (letters == 0 && (!has_unit || unit != UNIT_HOUR))
			return false;
		sense = letters ? sense_of(name) : NULL;
		if (letters && (!sense || sense->sense != SENSE_UNIT))
			return false;
		unit = letters ? (enum unit)sense->value : UNIT_MINUTE; /* "1h30" */
		has_unit = true;
		add_amount(&duration, amount, unit);
	}
	*ret = duration;
	return has_unit;
}

/* An amount in words: "2", "two", "an", "half an". Returns how many words. */
static size_t read_amount_words(const struct typed_words *words, size_t at, int64_t *ret_thousandths)
{
	const char *text = text_at(words, at);
	const struct vocabulary_word *word;
	size_t length = read_amount(text, ret_thousandths);

	if (length > 0)
		return text[length] ? 0 : 1;
	if (sense_at(words, at) == SENSE_HALF) {
		*ret_thousandths = 500;
		return sense_at(words, at + 1) == SENSE_ONE ? 2 : 1;
	}
	if (sense_at(words, at) == SENSE_ONE) {
		*ret_thousandths = sense_at(words, at + 1) == SENSE_HALF ? 500 : 1000;
		return sense_at(words, at + 1) == SENSE_HALF ? 2 : 1;
	}
	word = *text ? vocabulary_find(text, strlen(text)) : NULL;
	if (!word || !(word->meanings & MEANS_NUMBER) || word->meanings & (MEANS_ORDINAL | MEANS_HUNDRED))
		return 0;
	*ret_thousandths = word->value * 1000;
	return 1;
}

/* Read "2 hours and 30 minutes", "1h30", "half an hour". Returns how many words; 0: it is no duration. */
static size_t read_duration(const struct typed_words *words, size_t at, struct duration *ret)
{
	struct duration duration = {0};
	size_t start = at;

	for (;;) {
		size_t next = at > start && sense_at(words, at) == SENSE_AND ? at + 1 : at, length;
		struct duration part = {0};
		int64_t amount;

		if (*text_at(words, next) && read_joined_duration(text_at(words, next), &part)) {
			next++;
		} else if ((length = read_amount_words(words, next, &amount)) > 0 &&
				sense_at(words, next + length) == SENSE_UNIT) {
			next += length;
			add_amount(&part, amount, (enum unit)words->list[next].sense->value);
			next++;
		} else {
			break;
		}
		duration.months += part.months;
		duration.days += part.days;
		duration.seconds += part.seconds;
		at = next;
	}
	if (at > start)
		*ret = duration;
	return at - start;
}

/* Read "in 2 hours", "2 hours from now", "now", and "10m" as the first words. */
static size_t read_delay(
		const struct typed_words *words, size_t at, bool is_first, struct moment_parts *parts)
{
	struct moment_reading *reading = &parts->reading;
	bool has_in = sense_at(words, at) == SENSE_IN;
	struct duration duration;
	size_t length, next;

	if (parts->has_delay)
		return 0;
	if (sense_at(words, at) == SENSE_NOW && is_first) {
		parts->has_delay = true;
		return 1;
	}
	length = read_duration(words, at + has_in, &duration);
	next = at + has_in + length;
	if (length == 0)
		return 0;
	if (sense_at(words, next) == SENSE_FROM && sense_at(words, next + 1) == SENSE_NOW) {
		next += 2;
	} else if (sense_at(words, next) == SENSE_BEFORE || sense_at(words, next) == SENSE_AFTER) {
		return 0; /* of an episode */
	} else if (!has_in && !is_first) {
		return 0;
	}
	parts->has_delay = true;
	reading->months += duration.months;
	reading->days += duration.days;
	reading->delay_s += duration.seconds;
	return next - at;
}

/* ---------------------------------------------------------------- days */

/* Join words for the grammar. */
static void join(const struct typed_words *words, size_t at, size_t count, struct str *ret)
{
	for (size_t i = at; i < at + count; i++)
		str_printf(ret, "%s%s", i > at ? " " : "", words->list[i].text);
}

/* The one point that these words are for the grammar. */
static bool parse_point(const struct typed_words *words, size_t at, size_t count, struct grammar_point *ret)
{
	struct str text = STR(WORD_BYTES * NAME_WORDS);
	struct grammar grammar;
	bool is_point;

	join(words, at, count, &text);
	grammar_parse(str_text(&text), &grammar);
	is_point = !text.error && grammar.form == GRAMMAR_ONE && !grammar.is_weak;
	if (is_point)
		*ret = grammar.points[0];
	str_release(&text);
	return is_point;
}

static bool is_equal_point(const struct grammar_point *a, const struct grammar_point *b)
{
	return a->kind == b->kind && a->season == b->season && a->number == b->number &&
	       date_equal(a->date, b->date) && date_equal(a->other, b->other);
}

static bool is_filler_at(const struct typed_words *words, size_t at)
{
	const struct vocabulary_word *word = vocabulary_find(text_at(words, at), strlen(text_at(words, at)));

	return word && word->meanings & MEANS_FILLER;
}

/* The point of the most words from at on that is_wanted accepts, without fillers behind it. Returns how many words, or
 * 0. */
static size_t read_point(const struct typed_words *words, size_t at, size_t max,
		bool (*is_wanted)(const struct grammar_point *point, const char *last),
		struct grammar_point *ret)
{
	struct grammar_point point, shorter;
	size_t count = words->count - at < max ? words->count - at : max;

	for (size_t i = at; i < at + count; i++) {
		if (!*words->list[i].text)
			count = i - at;
	}
	for (; count > 0; count--) {
		if (!parse_point(words, at, count, &point) ||
				!is_wanted(&point, text_at(words, at + count - 1)))
			continue;
		while (count > 1 && is_filler_at(words, at + count - 1) &&
				parse_point(words, at, count - 1, &shorter) &&
				is_equal_point(&point, &shorter))
			count--;
		*ret = point;
		return count;
	}
	return 0;
}

/* A day that is not past by its form. last: the last word. */
static bool is_day(const struct grammar_point *point, const char *last)
{
	switch (point->kind) {
	case GRAMMAR_DATE: return point->date.month && point->date.day;
	case GRAMMAR_DAY: return point->number >= 0;
	case GRAMMAR_WEEKDAY: return point->season >= 0;
	case GRAMMAR_WEEK: return point->number == 1;
	case GRAMMAR_NUMBER:
		/* "11/24", "2.10."; but not "2.10". */
		return point->is_maybe_date && point->date.day &&
		       (strchr(last, '/') || last[strlen(last) - 1] == '.');
	default: return false;
	}
}

static void set_day(const struct grammar_point *point, struct moment_reading *reading)
{
	switch (point->kind) {
	case GRAMMAR_DAY: reading->days += point->number; break;
	case GRAMMAR_WEEK:
		reading->days += 7;
		reading->is_week = true;
		break;
	case GRAMMAR_WEEKDAY:
		reading->day = MOMENT_DAY_WEEKDAY;
		reading->weekday = point->number;
		reading->is_next = point->season > 0;
		return;
	default:
		reading->day = point->other.month ? MOMENT_DAY_UNCLEAR : MOMENT_DAY_DATE;
		reading->date = point->date;
		return;
	}
	reading->day = MOMENT_DAY_AHEAD;
}

static void set_ahead(int days, struct moment_parts *parts)
{
	parts->reading.day = MOMENT_DAY_AHEAD;
	parts->reading.days += days;
}

static void set_part(enum moment_part part, struct moment_parts *parts)
{
	parts->reading.part = part;
	parts->has_part = true;
}

/* Read a word for a day that the grammar has not, or takes only beside a noun: "fri", "tonight". Returns how many words. */
static size_t read_day_word(const struct typed_words *words, size_t at, struct moment_parts *parts)
{
	const char *text = text_at(words, at);
	const struct vocabulary_word *word = *text ? vocabulary_find(text, strlen(text)) : NULL;
	const struct sense_word *sense = at < words->count ? words->list[at].sense : NULL;

	if (sense && sense->sense == SENSE_OTHER) {
		set_ahead(sense->value, parts);
	} else if (sense && sense->sense == SENSE_AFTER_TOMORROW) {
		set_ahead(2, parts);
	} else if (sense && sense->sense == SENSE_TONIGHT) {
		set_ahead(0, parts);
		set_part(MOMENT_EVENING, parts);
	} else if (word && word->meanings & MEANS_WEEKDAY) {
		parts->reading.day = MOMENT_DAY_WEEKDAY;
		parts->reading.weekday = word->value;
	} else if (word && word->meanings & MEANS_DAY && word->value >= 0) {
		set_ahead(word->value, parts);
	} else {
		return 0;
	}
	return 1;
}

/* Read "friday" or "on friday". Returns how many words. */
static size_t read_weekday(const struct typed_words *words, size_t at, struct moment_parts *parts)
{
	size_t has_on = sense_at(words, at) == SENSE_ON;
	const char *text = text_at(words, at + has_on);
	const struct vocabulary_word *word = *text ? vocabulary_find(text, strlen(text)) : NULL;

	if (!word || !(word->meanings & MEANS_WEEKDAY))
		return 0;
	parts->reading.day = MOMENT_DAY_WEEKDAY;
	parts->reading.weekday = word->value;
	return 1 + has_on;
}

/* Read "friday", "on 24 December", "tomorrow", "the day after tomorrow", "next week". Returns how many words. */
static size_t read_day(const struct typed_words *words, size_t at, struct moment_parts *parts)
{
	size_t start = at, count;
	struct grammar_point point;
	bool is_next = false;

	if (parts->has_day || (parts->has_delay && (parts->reading.days || parts->reading.months)))
		return 0;
	while (sense_at(words, at) == SENSE_ON || sense_at(words, at) == SENSE_AM ||
			sense_at(words, at) == SENSE_THIS)
		at++;
	if (strcmp(text_at(words, at), "day") == 0 && sense_at(words, at + 1) == SENSE_AFTER &&
			strcmp(text_at(words, at + 2), "tomorrow") == 0) {
		set_ahead(2, parts);
		parts->has_day = true;
		return at + 3 - start;
	}
	if (sense_at(words, at) == SENSE_NEXT && read_day_word(words, at + 1, parts)) {
		is_next = true;
		count = 2;
	} else if (sense_at(words, at) == SENSE_TONIGHT ||
			!(count = read_point(words, at, DAY_WORDS, is_day, &point))) {
		count = read_day_word(words, at, parts);
	} else {
		set_day(&point, &parts->reading);
	}
	/* "next week on friday" */
	if (count && parts->reading.is_week)
		count += read_weekday(words, at + count, parts);
	parts->has_day = count > 0;
	parts->reading.is_next |= is_next;
	return count ? at + count - start : 0;
}

/* ---------------------------------------------------------------- hours */

struct clock {
	int hour, minute;
	bool has_minute, is_padded; /* "08:00" */
	bool is_joined;             /* "20h30" */
	bool is_sure;               /* with a colon, am or pm */
	enum sense half;            /* SENSE_AM, SENSE_PM */
};

/* Read one word: "20:00", "8", "8pm", "20.30", "2030", "20h30". */
static bool read_clock_word(const char *text, struct clock *ret)
{
	struct clock clock = {0};
	size_t digits = strspn(text, "0123456789");

	if (digits == 0 || digits > 4 || digits == 3)
		return false;
	for (size_t i = 0; i < digits; i++)
		clock.hour = clock.hour * 10 + (text[i] - '0');
	clock.is_padded = digits > 1 && text[0] == '0';
	if (digits == 4) {
		clock.minute = clock.hour % 100;
		clock.hour /= 100;
		clock.has_minute = true;
	}
	text += digits;
	if (digits < 3 && strchr(":.h", *text) && isdigit((unsigned char)text[0]) == 0 &&
			strspn(text + 1, "0123456789") == 2 && *text) {
		clock.is_sure = *text == ':';
		clock.is_joined = *text == 'h';
		clock.minute = (text[1] - '0') * 10 + text[2] - '0';
		clock.has_minute = true;
		text += 3;
	} else if (*text == 'h' && !text[1]) {
		clock.is_joined = true;
		text++;
	}
	if (*text) {
		const struct sense_word *sense = sense_of(text);

		if (!sense || (sense->sense != SENSE_AM && sense->sense != SENSE_PM &&
					      sense->sense != SENSE_CLOCK))
			return false;
		clock.half = sense->sense;
		clock.is_sure = true;
	}
	if (clock.minute > 59 || clock.hour > 24 || (clock.hour == 24 && clock.minute))
		return false;
	*ret = clock;
	return true;
}

static bool set_hour(struct clock clock, struct moment_reading *reading)
{
	bool is_half = clock.half == SENSE_AM || clock.half == SENSE_PM;

	if (is_half && (clock.hour < 1 || clock.hour > 12))
		return false;
	if (is_half)
		clock.hour = clock.hour % 12 + (clock.half == SENSE_PM ? 12 : 0);
	reading->has_hour = true;
	reading->hour = clock.hour;
	reading->minute = clock.minute;
	reading->is_twelve = !is_half && !clock.is_padded && !clock.is_joined && clock.half != SENSE_CLOCK &&
			     clock.hour >= 1 && clock.hour <= 12;
	return true;
}

/* Words that look like a zone's name: "EST", "UTC+2", "Europe/Berlin", "(New York)". Returns how many. */
static size_t read_zone(const struct typed_words *words, size_t at, char ret[ZONE_NAME_BYTES])
{
	const struct typed_word *word = &words->list[at];
	size_t count = 1, length;
	bool is_bracketed, is_upper;
	char *name, found[ZONE_NAME_BYTES];
	int r;

	if (at >= words->count || word->length < 2)
		return 0;
	is_bracketed = word->start[0] == '(';
	while (is_bracketed && word[count - 1].start[word[count - 1].length - 1] != ')') {
		if (++count > 4 || at + count > words->count)
			return 0;
	}
	length = (size_t)(word[count - 1].start - word->start) + word[count - 1].length;
	while (!is_bracketed && length > 1 && strchr(",;:!?", word->start[length - 1]))
		length--;
	is_upper = length <= 6 && isupper((unsigned char)word->start[0]) &&
		   isupper((unsigned char)word->start[1]);
	for (size_t i = 0; i < length && is_upper; i++)
		is_upper = isupper((unsigned char)word->start[i]) ||
			   (strchr("+-0123456789", word->start[i]) && i > 2);
	if (!is_bracketed && !is_upper && !memchr(word->start, '/', length))
		return 0;
	name = str_copy_bytes(word->start + is_bracketed, length - 2 * (size_t)is_bracketed);
	r = name ? zone_find(name, found) : -1;
	free(name);
	if (r < 0)
		return 0;
	memcpy(ret, found, sizeof(found));
	return count;
}

/* "8 in the evening" */
static bool is_part_behind(const struct typed_words *words, size_t at)
{
	return sense_at(words, at) == SENSE_IN && sense_at(words, at + 1) == SENSE_THIS &&
	       sense_at(words, at + 2) == SENSE_PART;
}

/* Read "at 21:00", "8 pm", "20 uhr", "noon", and a zone behind it. Returns how many words. */
static size_t read_hour(const struct typed_words *words, size_t at, struct moment_parts *parts)
{
	struct moment_reading *reading = &parts->reading;
	bool has_at = sense_at(words, at) == SENSE_AT;
	size_t start = at;
	struct clock clock;

	if (reading->has_hour)
		return 0;
	at += has_at;
	has_at |= is_part_behind(words, at + 1);
	if (sense_at(words, at) == SENSE_NOON || sense_at(words, at) == SENSE_MIDNIGHT) {
		reading->has_hour = true;
		reading->hour = sense_at(words, at) == SENSE_NOON ? 12 : 24;
		reading->minute = 0;
		return at + 1 - start;
	}
	if (!read_clock_word(text_at(words, at), &clock))
		return 0;
	at++;
	if (!clock.half && (sense_at(words, at) == SENSE_AM || sense_at(words, at) == SENSE_PM ||
					   sense_at(words, at) == SENSE_CLOCK)) {
		clock.half = sense_at(words, at++);
		clock.is_sure = true;
	}
	if (!clock.is_sure && !has_at && !(clock.is_joined && parts->has_day) &&
			!(clock.has_minute && parts->has_day) && !(parts->has_part && parts->has_day))
		return 0;
	if (!set_hour(clock, reading))
		return 0;
	return at + read_zone(words, at, reading->zone) - start;
}

/* Read "in the evening", "evening" beside a day, "this evening". Returns how many words. */
static size_t read_part(const struct typed_words *words, size_t at, struct moment_parts *parts)
{
	size_t start = at;
	bool is_this = false;

	if (parts->has_part || parts->has_delay)
		return 0;
	if (sense_at(words, at) == SENSE_IN || sense_at(words, at) == SENSE_AT)
		at++;
	while (sense_at(words, at) == SENSE_THIS)
		is_this = ++at > 0;
	if (sense_at(words, at) != SENSE_PART || (!parts->has_day && !parts->reading.has_hour && !is_this))
		return 0;
	set_part((enum moment_part)words->list[at].sense->value, parts);
	return at + 1 - start;
}

/* Read all parts of a time that follow one another. Returns how many words. */
static size_t read_clock(
		const struct typed_words *words, size_t at, bool is_first, struct moment_parts *parts)
{
	size_t start = at, length;

	do {
		length = read_delay(words, at, is_first && at == start, parts);
		length = length ? length : read_hour(words, at, parts);
		length = length ? length : read_day(words, at, parts);
		length = length ? length : read_part(words, at, parts);
		at += length;
	} while (length > 0);
	/* "this evening" */
	if (parts->has_part && !parts->has_day && !parts->has_delay && !parts->reading.has_hour) {
		parts->has_day = true;
		set_ahead(0, parts);
	}
	return at - start;
}

/* ---------------------------------------------------------------- references */

struct airing {
	size_t count; /* of words; 0: there is no reference */
	size_t name_at, name_count;
	int64_t offset_s;
	bool has_offset, has_when;
	bool is_number; /* only "5" */
};

static bool is_episode(const struct grammar_point *point, const char *last)
{
	(void)last;
	switch (point->kind) {
	case GRAMMAR_NUMBER:
	case GRAMMAR_NTH_LAST:
	case GRAMMAR_FROM_END:
	case GRAMMAR_FINALE:
	case GRAMMAR_LATEST:
	case GRAMMAR_NEXT: return true;
	case GRAMMAR_FIRST: return point->number == 1;
	case GRAMMAR_SPECIAL: return point->number > 0;
	default: return false;
	}
}

static int64_t seconds_of(const struct duration *duration)
{
	return (duration->months * (int64_t)30 + duration->days) * ZONE_DAY_S + duration->seconds;
}

/* Read how long before or after the name that was read: "1h before", "+30m". */
static size_t read_offset_behind(const struct typed_words *words, size_t at, struct airing *airing)
{
	const char *text = text_at(words, at);
	struct duration duration;
	size_t length;

	if ((*text == '+' || *text == '-') && read_joined_duration(text + 1, &duration)) {
		airing->offset_s = *text == '-' ? -seconds_of(&duration) : seconds_of(&duration);
		airing->has_offset = true;
		return 1;
	}
	length = read_duration(words, at, &duration);
	if (length == 0)
		return 0;
	if (sense_at(words, at + length) == SENSE_BEFORE)
		airing->offset_s = -seconds_of(&duration);
	else if (sense_at(words, at + length) == SENSE_AFTER)
		airing->offset_s = seconds_of(&duration);
	else
		return 0;
	airing->has_offset = true;
	return length + 1;
}

/* Read "1h before s02e03", "before the finale", "s02e03 1h before", "when episode 5 airs", "next". */
static struct airing read_airing(const struct typed_words *words, size_t at)
{
	struct airing airing = {0};
	struct duration duration = {.seconds = BEFORE_S};
	struct grammar_point point;
	size_t start = at, length = read_duration(words, at, &duration);
	enum sense side = sense_at(words, at + length);

	if (side == SENSE_BEFORE || (side == SENSE_AFTER && length > 0)) {
		at += length + 1;
		airing.offset_s = side == SENSE_BEFORE ? -seconds_of(&duration) : seconds_of(&duration);
		airing.has_offset = true;
	} else if (sense_at(words, at) == SENSE_WHEN) {
		airing.has_when = true;
		at++;
	}
	if (at >= words->count)
		return (struct airing){0};
	airing.name_at = at;
	airing.name_count = read_point(words, at, NAME_WORDS, is_episode, &point);
	if (airing.name_count == 0) {
		/* A title: the rest of the words. */
		if (!airing.has_offset || length == 0)
			return (struct airing){0};
		airing.name_count = words->count - at;
	}
	airing.is_number = airing.name_count == 1 &&
			   strspn(text_at(words, at), "0123456789") == strlen(text_at(words, at));
	at += airing.name_count;
	while (sense_at(words, at) == SENSE_AIRS)
		at++;
	if (!airing.has_offset)
		at += read_offset_behind(words, at, &airing);
	airing.count = at - start;
	return airing;
}

/* ---------------------------------------------------------------- the whole */

static void use_words(struct typed_words *words, size_t at, size_t count)
{
	for (size_t i = at; i < at + count; i++)
		words->list[i].is_used = true;
}

/* Append the words that were not used, as they were typed. */
static void write_text(const struct typed_words *words, char ret[MOMENT_TEXT_BYTES])
{
	struct str text = STR(MOMENT_TEXT_BYTES - 1);
	bool is_first = true;

	for (size_t i = 0; i < words->count; i++) {
		const struct typed_word *word = &words->list[i];

		if (word->is_used || (is_first && sense_at(words, i) == SENSE_THAT))
			continue;
		str_append(&text, is_first ? "" : " ");
		str_append_bytes(&text, word->start, word->length);
		is_first = false;
	}
	if (*words->rest)
		str_printf(&text, "%s%s", is_first ? "" : " ", words->rest);
	while (text.length > 0 && strchr(" ,;", text.bytes[text.length - 1]))
		str_truncate(&text, text.length - 1);
	memcpy(ret, str_text(&text), text.length + 1);
	str_release(&text);
}

static void set_airing(
		struct typed_words *words, size_t at, const struct airing *airing, struct moment_reading *ret)
{
	struct str name = STR(REFERENCE_MAX_BYTES);

	join(words, airing->name_at, airing->name_count, &name);
	if (name.error) {
		str_release(&name);
		return;
	}
	*ret = (struct moment_reading){.form = MOMENT_AIRING, .delay_s = airing->offset_s};
	memcpy(ret->reference, str_text(&name), name.length + 1);
	str_release(&name);
	use_words(words, at, airing->count);
}

static bool is_whole_time(const struct moment_parts *parts)
{
	return parts->reading.has_hour || parts->has_delay;
}

/* Take a time that was read, and from elsewhere the day or the hour that it lacks: "friday watch party at 20:00". */
static void set_clock(struct typed_words *words, size_t at, size_t count, struct moment_parts *parts,
		struct moment_reading *ret)
{
	use_words(words, at, count);
	for (size_t i = at + count; i < words->count && !parts->has_delay; i++) {
		struct moment_parts more = *parts;
		size_t length = 0;

		if (!parts->reading.has_hour)
			length = read_hour(words, i, &more);
		else if (!parts->has_day && i + 1 == words->count)
			length = read_day(words, i, &more);
		if (length == 0)
			continue;
		*parts = more;
		use_words(words, i, length);
		break;
	}
	*ret = parts->reading;
	ret->form = parts->has_delay && !ret->has_hour && !parts->has_day ? MOMENT_DELAY : MOMENT_CLOCK;
	if (ret->form == MOMENT_CLOCK && ret->day == MOMENT_DAY_OPEN && (ret->days || ret->months))
		ret->day = MOMENT_DAY_AHEAD;
}

/* A time or a reference that is not in front. */
static void read_elsewhere(struct typed_words *words, size_t first, struct moment_reading *ret)
{
	for (size_t i = first + 1; i < words->count; i++) {
		struct airing airing = read_airing(words, i);

		if (airing.count && (airing.has_offset || airing.has_when)) {
			set_airing(words, i, &airing, ret);
			return;
		}
	}
	for (size_t i = first + 1; i < words->count; i++) {
		struct moment_parts parts = {0};
		size_t count = read_clock(words, i, false, &parts);

		if (count && (is_whole_time(&parts) || i + count == words->count)) {
			set_clock(words, i, count, &parts, ret);
			return;
		}
	}
	for (size_t i = first + 1; i < words->count; i++) {
		struct airing airing = read_airing(words, i);

		if (airing.count && !airing.is_number && i + airing.count == words->count) {
			set_airing(words, i, &airing, ret);
			return;
		}
	}
}

/* Whether words behind the first ones name an hour or a delay. */
static bool has_clock_behind(const struct typed_words *words, size_t at)
{
	for (size_t i = at; i < words->count; i++) {
		struct moment_parts parts = {0};
		size_t count = read_clock(words, i, false, &parts);

		if (count && (is_whole_time(&parts) || i + count == words->count))
			return true;
	}
	return false;
}

void moment_read(const char *text, struct moment_reading *ret)
{
	struct typed_words words;
	struct moment_parts parts = {0};
	struct airing airing;
	bool is_for_channel = false;
	size_t first = 0, count;

	*ret = (struct moment_reading){0};
	if (strlen(text) > MOMENT_WORDS_MAX_BYTES)
		return;
	split_words(text, &words);
	for (; sense_at(&words, first) == SENSE_ME || sense_at(&words, first) == SENSE_US; first++)
		is_for_channel |= sense_at(&words, first) == SENSE_US;
	use_words(&words, 0, first);
	airing = read_airing(&words, first);
	count = read_clock(&words, first, true, &parts);
	if (airing.count && airing.has_offset)
		set_airing(&words, first, &airing, ret);
	else if (count)
		set_clock(&words, first, count, &parts, ret);
	else if (airing.count && !has_clock_behind(&words, first + airing.count) &&
			(!airing.is_number || first + airing.count == words.count))
		set_airing(&words, first, &airing, ret);
	else
		read_elsewhere(&words, first, ret);
	ret->is_for_channel = is_for_channel;
	write_text(&words, ret->text);
}
