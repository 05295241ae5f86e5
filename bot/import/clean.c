/* The values of a draft: cleaned, checked, and brought into the form of a dataset. */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/base/zone.h"
#include "bot/catalogue/html.h"
#include "bot/catalogue/load.h"
#include "bot/catalogue/written.h"
#include "bot/import/clean.h"

#define QUOTED(raw) utf8_quote(raw, (char[UTF8_QUOTE_BYTES]){0})
#define NOON_HOUR   12

/* A value to be set, and where to complain. */
struct cleaning {
	struct show_draft *draft;
	const struct draft_field *field;
	struct origin at;
	struct notes *notes;
};

/* ---------------------------------------------------------------- texts */

/* Where to cut a text: after the last sentence that ends within length, else before the last word. */
static size_t cut_at(const char *text, size_t length, bool *ret_is_sentence)
{
	*ret_is_sentence = true;
	for (size_t i = length; i > length / 2; i--) {
		if (strchr(".!?", text[i - 1]) && text[i] == ' ')
			return i;
	}
	*ret_is_sentence = false;
	for (size_t i = length; i > length / 2; i--) {
		if (text[i] == ' ')
			return i;
	}
	return length;
}

/* Cut a clean text to fewer than limit characters, with "…" if a sentence is cut. */
static void cut(struct str *text, size_t limit)
{
	const char *bytes = str_text(text);
	size_t length = 0;
	bool is_sentence;
	int32_t codepoint;

	for (size_t i = 1; i < limit; i++)
		length += utf8_next(bytes + length, text->length - length, &codepoint);
	length = cut_at(bytes, utf8_fit(bytes, text->length, length), &is_sentence);
	str_truncate(text, length);
	if (!is_sentence)
		str_append(text, "…");
}

/* The loader reads HTML again: a text in which it would find a tag or an entity, as in "The <b> key", is written with &lt; and
 * &amp;. */
static void keep_signs(struct str *plain)
{
	struct str again = STR(plain->limit_bytes), escaped = STR(plain->limit_bytes * 5);

	html_plain(&again, str_text(plain));
	if (again.error == 0 && strcmp(str_text(&again), str_text(plain)) != 0) {
		for (const char *at = str_text(plain); *at; at++) {
			if (*at == '<' || *at == '&')
				str_append(&escaped, *at == '<' ? "&lt;" : "&amp;");
			else
				str_append_char(&escaped, *at);
		}
		str_release(plain);
		*plain = escaped;
	}
	str_release(&again);
}

const char *clean_text(struct show_draft *draft, enum draft_kind kind, struct origin at, const char *raw,
		struct notes *notes)
{
	size_t limit = kind == DRAFT_NAME ? LOAD_NAME_MAX : LOAD_TEXT_MAX;
	struct str plain = STR(strlen(raw) * 3 + 16); /* a byte that is not UTF-8 becomes three */
	const char *text;
	size_t count;

	html_plain(&plain, raw);
	count = plain.length > limit ? utf8_codepoints(str_text(&plain)) : 0;
	if (count > limit) {
		cut(&plain, limit);
		notes_add(notes, NOTE_CHANGED, at, "a text of %zu characters is cut to %zu: \"%s\"", count,
				utf8_codepoints(str_text(&plain)), QUOTED(str_text(&plain)));
	}
	if (plain.error == 0)
		keep_signs(&plain);
	if (plain.error == -ENOMEM)
		draft->arena.error = -ENOMEM;
	text = plain.error ? "" : draft_keep(draft, str_text(&plain), plain.length);
	str_release(&plain);
	return text;
}

bool draft_is_placeholder(const char *name)
{
	static const char *const words[] = {"episode", "ep", "chapter", "part", "folge", "episodio",
			"capitulo", "aflevering", "odcinek", "afsnit", "avsnitt", "jakso", "epizoda", "bolum",
			"seriya"};
	static const char *const unknown[] = {"", "tba", "tbd", "n a", "na", "null", "untitled",
			"to be announced", "to be determined", "unknown", "title tba"};
	struct str folded = STR(LOAD_TEXT_MAX * UTF8_CODEPOINT_BYTES);
	const char *text;
	bool is_so = false;

	utf8_fold(&folded, name);
	text = str_text(&folded);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]) && !is_so; i++)
		is_so = strcmp(text, unknown[i]) == 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !is_so; i++) {
		const char *number = str_starts(text, words[i]) ? text + strlen(words[i]) : "";

		is_so = *number == ' ' && number[1] && strspn(number + 1, "0123456789") == strlen(number + 1);
	}
	is_so = is_so || strspn(text, "0123456789 ") == strlen(text);
	str_release(&folded);
	return is_so;
}

/* ---------------------------------------------------------------- days, hours, links, numbers */

/* What files write for "not known", apart from "" and null. The later words may be a title. */
static bool is_unknown(enum draft_kind kind, const char *raw)
{
	static const char *const words[] = {
			"N/A", "#N/A", "\\N", "TBA", "TBD", "null", "none", "nil", "-", "?", "unknown"};
	size_t count = kind == DRAFT_NAME || kind == DRAFT_TEXT ? 5 : sizeof(words) / sizeof(words[0]);

	for (size_t i = 0; i < count; i++) {
		if (str_equal_nocase(raw, words[i]))
			return true;
	}
	return *raw == '\0' || (kind == DRAFT_DATE && str_starts(raw, "0000"));
}

/* "1/2/2026", "01.02.26": which is the day, and which the month? */
static bool is_ambiguous_date(const char *raw)
{
	int numbers = 0;

	while (isdigit((unsigned char)*raw) && numbers < 3) {
		raw += strspn(raw, "0123456789");
		numbers++;
		if (*raw && strchr("/.-", *raw))
			raw++;
	}
	return numbers == 3 && (*raw == '\0' || *raw == ' ');
}

/* "2026-01-15", and with the time of day, dots or slashes after a year of four digits. */
static int date_from(const char *raw, char ret[11])
{
	size_t digits = strspn(raw, "0123456789"), length = strcspn(raw, "T ");
	struct date date = {0};

	if (length > 10)
		return -EBADMSG;
	memcpy(ret, raw, length);
	ret[length] = '\0';
	for (size_t i = 4; digits == 4 && i < length; i++)
		ret[i] = strchr("./", ret[i]) ? '-' : ret[i];
	return written_date(ret, &date);
}

static const char *clean_date(const struct cleaning *cleaning, const char *raw)
{
	char day[11];
	int r = date_from(raw, day);

	if (r == 0)
		return draft_keep(cleaning->draft, day, strlen(day));
	if (r == -EBADMSG && is_ambiguous_date(raw))
		notes_add(cleaning->notes, NOTE_PROBLEM, cleaning->at,
				"\"%s\" does not say which number is the day and which the month; write "
				"dates as "
				"2026-02-01",
				QUOTED(raw));
	else
		notes_add(cleaning->notes, NOTE_DROPPED, cleaning->at,
				r == -ERANGE ? "\"%s\" is not a day of the calendar"
					     : "\"%s\" is not a date like 2026-02-01",
				QUOTED(raw));
	return "";
}

/* "21:00", "9:05", "21:00:00", "9:00 PM". */
static const char *clean_clock(const struct cleaning *cleaning, const char *raw)
{
	char clock[sizeof("21:00")] = "";
	char *end;
	long hour = strtol(raw, &end, 10), minute = *end == ':' ? strtol(end + 1, &end, 10) : -1;
	size_t seconds = *end == ':' ? 1 + strspn(end + 1, "0123456789") : 0;

	end += seconds;
	end += strspn(end, " ");
	if (str_equal_nocase(end, "PM") || str_equal_nocase(end, "AM")) {
		hour = hour < 1 || hour > NOON_HOUR
				       ? -1
				       : hour % NOON_HOUR + (toupper((unsigned char)*end) == 'P' ? NOON_HOUR
												 : 0);
		end += 2;
	}
	if (isdigit((unsigned char)*raw) && *end == '\0' && hour >= 0 && hour <= 24 && minute >= 0 &&
			minute <= 59)
		snprintf(clock, sizeof(clock), "%02ld:%02ld", hour, minute);
	if (written_clock(clock) < 0) {
		notes_add(cleaning->notes, NOTE_DROPPED, cleaning->at, "\"%s\" is not an hour like 21:00",
				QUOTED(raw));
		return "";
	}
	return draft_keep(cleaning->draft, clock, strlen(clock));
}

static const char *clean_stamp(const struct cleaning *cleaning, const char *raw)
{
	struct written_stamp stamp;

	if (written_stamp(raw, &stamp) == 0)
		return draft_keep(cleaning->draft, raw, strlen(raw));
	notes_add(cleaning->notes, NOTE_DROPPED, cleaning->at,
			"\"%s\" is not a moment like 2026-01-15T21:00:00+00:00", QUOTED(raw));
	return "";
}

static const char *clean_zone(const struct cleaning *cleaning, const char *raw)
{
	if (strspn(raw, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-") ==
					strlen(raw) &&
			zone_is_known(raw))
		return draft_keep(cleaning->draft, raw, strlen(raw));
	notes_add(cleaning->notes, NOTE_DROPPED, cleaning->at,
			"the system has no time zone \"%s\"; write one like Europe/Berlin", QUOTED(raw));
	return "";
}

static const char *clean_url(const struct cleaning *cleaning, const char *raw)
{
	struct str link = STR(WRITTEN_LINK_MAX_BYTES + 1);
	const char *text = "";
	size_t scheme;

	str_printf(&link, "%s%s", str_starts(raw, "//") ? "https:" : "", raw);
	scheme = link.error ? 0 : written_link(str_text(&link));
	if (scheme > 0) {
		raw = str_starts(raw, "//") ? raw + 2 : raw + scheme;
		str_clear(&link);
		str_printf(&link, "https://%s", raw);
		text = link.error ? "" : draft_keep(cleaning->draft, str_text(&link), link.length);
	}
	if (link.error == -ENOMEM)
		cleaning->draft->arena.error = -ENOMEM;
	if (!*text)
		notes_add(cleaning->notes, NOTE_DROPPED, cleaning->at,
				"\"%s\" is not a link that begins with https://", QUOTED(raw));
	str_release(&link);
	return text;
}

/* 0: not known. */
static const char *keep_number(const struct cleaning *cleaning, long number)
{
	const struct draft_field *field = cleaning->field;
	char text[24];

	if (number == 0 || number == -1)
		return "";
	if (number < field->low || number > field->high) {
		notes_add(cleaning->notes, NOTE_DROPPED, cleaning->at, "\"%s\" is %ld; it must be %ld to %ld",
				field->key, number, field->low, field->high);
		return "";
	}
	snprintf(text, sizeof(text), "%ld", number);
	return draft_keep(cleaning->draft, text, strlen(text));
}

static const char *clean_number(const struct cleaning *cleaning, const char *raw)
{
	char *end;
	long number = strtol(raw, &end, 10);

	if (end == raw || *end) {
		notes_add(cleaning->notes, NOTE_DROPPED, cleaning->at,
				"\"%s\" must be a whole number, not \"%s\"", cleaning->field->key,
				QUOTED(raw));
		return "";
	}
	return keep_number(cleaning, number);
}

/* "7.5", and "7,5" as some systems write it. */
static const char *clean_rating(const struct cleaning *cleaning, const char *raw)
{
	char number[16] = "", *end;
	double rating;

	if (strlen(raw) < sizeof(number))
		memcpy(number, raw, strlen(raw) + 1);
	for (char *at = number; *at; at++)
		*at = *at == ',' ? '.' : *at;
	rating = strtod(number, &end);
	if (end == number || *end || !(rating >= 0 && rating <= 10)) {
		notes_add(cleaning->notes, NOTE_DROPPED, cleaning->at,
				"\"rating\" must be a number from 0 to 10, not \"%s\"", QUOTED(raw));
		return "";
	}
	snprintf(number, sizeof(number), "%.4g", rating);
	return rating > 0 ? draft_keep(cleaning->draft, number, strlen(number)) : "";
}

static const char *clean(const struct cleaning *cleaning, const char *raw)
{
	switch (cleaning->field->kind) {
	case DRAFT_NAME:
	case DRAFT_TEXT:
		return clean_text(cleaning->draft, cleaning->field->kind, cleaning->at, raw, cleaning->notes);
	case DRAFT_DATE: return clean_date(cleaning, raw);
	case DRAFT_CLOCK: return clean_clock(cleaning, raw);
	case DRAFT_STAMP: return clean_stamp(cleaning, raw);
	case DRAFT_ZONE: return clean_zone(cleaning, raw);
	case DRAFT_LINK: return clean_url(cleaning, raw);
	case DRAFT_NUMBER: return clean_number(cleaning, raw);
	case DRAFT_RATING: return clean_rating(cleaning, raw);
	}
	return "";
}

/* ---------------------------------------------------------------- the functions of draft.h */

static bool put(struct draft_value *value, const char *text, struct origin at)
{
	if (!*text)
		return false;
	*value = (struct draft_value){.text = text, .origin = at};
	return true;
}

static bool set(const struct cleaning *cleaning, struct draft_value *value, const char *raw)
{
	bool is_text = cleaning->field->kind == DRAFT_NAME || cleaning->field->kind == DRAFT_TEXT;
	struct str trimmed = STR(8192);
	size_t length;
	bool is_set;

	if (!raw)
		return false;
	raw += strspn(raw, " \t\r\n");
	length = strlen(raw);
	while (length > 0 && strchr(" \t\r\n", raw[length - 1]))
		length--;
	if (is_text)
		return !is_unknown(DRAFT_TEXT, raw) && put(value, clean(cleaning, raw), cleaning->at);
	str_append_bytes(&trimmed, raw, length);
	if (trimmed.error == -ENOMEM)
		cleaning->draft->arena.error = -ENOMEM;
	is_set = !is_unknown(cleaning->field->kind, str_text(&trimmed)) &&
		 put(value, clean(cleaning, trimmed.error ? raw : str_text(&trimmed)), cleaning->at);
	str_release(&trimmed);
	return is_set;
}

bool draft_set_show(struct show_draft *draft, enum show_field field, struct origin at, const char *raw,
		struct notes *notes)
{
	const struct cleaning cleaning = {draft, &show_fields[field], at, notes};

	return set(&cleaning, &draft->values[field], raw);
}

bool draft_set_episode(struct show_draft *draft, struct episode_draft *episode, enum episode_field field,
		struct origin at, const char *raw, struct notes *notes)
{
	const struct cleaning cleaning = {draft, &episode_fields[field], at, notes};

	return set(&cleaning, &episode->values[field], raw);
}

bool draft_set_episode_number(struct show_draft *draft, struct episode_draft *episode,
		enum episode_field field, struct origin at, long number, struct notes *notes)
{
	const struct cleaning cleaning = {draft, &episode_fields[field], at, notes};

	return put(&episode->values[field], keep_number(&cleaning, number), at);
}

const char *clean_link(struct show_draft *draft, struct origin at, const char *raw, struct notes *notes)
{
	const struct cleaning cleaning = {draft, &show_fields[SHOW_URL], at, notes};
	struct draft_value value = {.text = ""};

	set(&cleaning, &value, raw);
	return value.text;
}
