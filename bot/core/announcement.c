/* An announcement: what is wanted, what was told, and the form of the store. */

#include "bot/core/announcement.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MINUTE_S 60
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)

/* ---------------------------------------------------------------- words */

static size_t read_digits(const char *text, size_t max, int *ret)
{
	size_t length = 0;
	int value = 0;

	while (length < max && text[length] >= '0' && text[length] <= '9')
		value = value * 10 + (text[length++] - '0');
	*ret = value;
	return length;
}

static bool ends_word(char byte)
{
	return byte == '\0' || byte == ' ';
}

size_t announcement_read_hour(const char *text, int *ret_minute)
{
	int hour, minute = 0;
	size_t length = read_digits(text, 2, &hour), more;
	bool is_half_day;

	if (!length)
		return 0;
	if (text[length] == ':') {
		more = read_digits(text + length + 1, 2, &minute);
		if (more != 2)
			return 0;
		length += 3;
	}
	is_half_day = strncasecmp(text + length, "am", 2) == 0 || strncasecmp(text + length, "pm", 2) == 0;
	if (is_half_day) {
		if (hour < 1 || hour > 12)
			return 0;
		hour = hour % 12 + (tolower((unsigned char)text[length]) == 'p' ? 12 : 0);
		length += 2;
	}
	if (!ends_word(text[length]) || hour > 23 || minute > 59)
		return 0;
	*ret_minute = hour * 60 + minute;
	return length;
}

size_t announcement_read_span(const char *text, int64_t *ret_s)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"minutes", MINUTE_S}, {"minute", MINUTE_S}, {"min", MINUTE_S}, {"m", MINUTE_S},
			{"hours", HOUR_S}, {"hour", HOUR_S}, {"h", HOUR_S}, {"days", DAY_S}, {"day", DAY_S},
			{"d", DAY_S}};
	int count;
	size_t length = read_digits(text, 5, &count);

	for (size_t i = 0; length && i < sizeof(units) / sizeof(units[0]); i++) {
		size_t unit = strlen(units[i].name);

		if (strncasecmp(text + length, units[i].name, unit) != 0 || !ends_word(text[length + unit]))
			continue;
		*ret_s = count * units[i].seconds;
		return length + unit;
	}
	return 0;
}

/* The words that are being read. */
struct typed {
	const char *at;
};

static size_t word_length(const char *text)
{
	return strcspn(text, " ");
}

static void skip(struct typed *typed, size_t length)
{
	typed->at += length;
	typed->at += strspn(typed->at, " ");
}

static bool is_word(const char *text, const char *word)
{
	size_t length = word_length(text);

	return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static bool take_word(struct typed *typed, const char *word)
{
	if (!is_word(typed->at, word))
		return false;
	skip(typed, strlen(word));
	return true;
}

/* "airtime", "+2h", "daily 18:00", "18:00". */
static bool take_at(struct typed *typed, struct announcement_wish *wish)
{
	bool is_at = take_word(typed, "at");
	size_t length;

	if (take_word(typed, "airtime")) {
		wish->at = ANNOUNCE_AT_AIRTIME;
		return true;
	}
	if (*typed->at == '+') {
		length = announcement_read_span(typed->at + 1, &wish->after_s);
		if (!length || wish->after_s > ANNOUNCEMENT_AFTER_MAX_S)
			return false;
		wish->at = ANNOUNCE_AFTER;
		skip(typed, length + 1);
		return true;
	}
	if (take_word(typed, "daily"))
		is_at = take_word(typed, "at") || true;
	length = is_at ? announcement_read_hour(typed->at, &wish->minute) : 0;
	if (!length)
		return false;
	wish->at = ANNOUNCE_DAILY;
	skip(typed, length);
	return true;
}

static bool is_option(const char *text)
{
	static const char *const words[] = {"at", "airtime", "daily", "role", "ping", "thread", "event"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (is_word(text, words[i]))
			return true;
	}
	return *text == '+' && text[1] >= '0' && text[1] <= '9';
}

/* The name of a role, up to the next option; a mention's ID. */
static bool take_role(struct typed *typed, struct announcement_wish *wish)
{
	const char *start = typed->at, *end = start;
	size_t length;

	while (*typed->at && !is_option(typed->at)) {
		size_t word = word_length(typed->at);

		end = typed->at + word;
		skip(typed, word);
	}
	length = (size_t)(end - start);
	if (length > 4 && strncmp(start, "<@&", 3) == 0 && start[length - 1] == '>') {
		start += 3;
		length -= 4;
	} else if (length > 1 && *start == '@') {
		start++;
		length--;
	}
	if (!length || length >= sizeof(wish->role))
		return false;
	memcpy(wish->role, start, length);
	wish->role[length] = '\0';
	return true;
}

static bool take_option(struct typed *typed, struct announcement_wish *wish)
{
	if (take_word(typed, "thread"))
		return wish->has_thread = true;
	if (take_word(typed, "event"))
		return wish->has_event = true;
	if (take_word(typed, "role") || take_word(typed, "ping"))
		return take_role(typed, wish);
	return take_at(typed, wish);
}

int announcement_wish_read(const char *words, struct announcement_wish *ret, size_t *ret_show_length,
		const char **ret_wrong)
{
	struct typed typed = {words + strspn(words, " ")};
	struct announcement_wish wish = {.at = ANNOUNCE_AT_AIRTIME};
	const char *start = typed.at, *end = start;

	while (*typed.at && !is_option(typed.at)) {
		size_t length = word_length(typed.at);

		end = typed.at + length;
		skip(&typed, length);
	}
	while (*typed.at) {
		const char *option = typed.at;

		if (!take_option(&typed, &wish)) {
			*ret_wrong = option;
			return -EINVAL;
		}
	}
	*ret = wish;
	*ret_show_length = (size_t)(end - start);
	return 0;
}

void announcement_append_at(const struct announcement *announcement, struct str *str)
{
	int64_t minutes = announcement->after_s / MINUTE_S;

	switch (announcement->at) {
	case ANNOUNCE_AT_AIRTIME: str_append(str, "at airtime"); break;
	case ANNOUNCE_AFTER:
		if (minutes % 60)
			str_printf(str, "%" PRId64 " minutes after airtime", minutes);
		else
			str_printf(str, "%" PRId64 " hour%s after airtime", minutes / 60,
					minutes == 60 ? "" : "s");
		break;
	case ANNOUNCE_DAILY:
		str_printf(str, "daily at %02d:%02d", announcement->minute / 60, announcement->minute % 60);
		break;
	}
}

/* ---------------------------------------------------------------- what was told */

struct announcement_key announcement_key_of(const struct episode *episode)
{
	if (!episode->order)
		return (struct announcement_key){0, episode->special};
	if (!episode->number)
		return (struct announcement_key){-1, episode->order};
	return (struct announcement_key){episode->season, episode->number};
}

const struct episode *announcement_episode(const struct show *show, struct announcement_key key)
{
	return key.season < 0 ? show_episode(show, key.number) : show_numbered(show, key.season, key.number);
}

static bool has_key(const struct announcement_told *told, struct announcement_key key)
{
	return told->first.season == key.season && key.number >= told->first.number &&
	       key.number <= told->last;
}

const struct announcement_told *announcement_told_of(
		const struct announcement *announcement, struct announcement_key key)
{
	for (size_t i = 0; i < announcement->told_count; i++) {
		if (has_key(&announcement->told[i], key))
			return &announcement->told[i];
	}
	return NULL;
}

static void remove_told(struct announcement *announcement, size_t index)
{
	announcement->told_count--;
	memmove(&announcement->told[index], &announcement->told[index + 1],
			(announcement->told_count - index) * sizeof(announcement->told[0]));
}

static void forget_oldest(struct announcement *announcement)
{
	size_t oldest = 0;

	for (size_t i = 1; i < announcement->told_count; i++) {
		if (announcement->told[i].airs_s < announcement->told[oldest].airs_s)
			oldest = i;
	}
	if (announcement->told[oldest].airs_s > announcement->floor_s)
		announcement->floor_s = announcement->told[oldest].airs_s;
	remove_told(announcement, oldest);
}

void announcement_tell(
		struct announcement *announcement, struct announcement_key key, int64_t airs_s, int64_t due_s)
{
	if (announcement_told_of(announcement, key))
		return;
	for (size_t i = 0; i < announcement->told_count; i++) {
		struct announcement_told *told = &announcement->told[i];

		if (told->due_s == due_s && told->first.season == key.season &&
				told->last + 1 == key.number &&
				key.number - told->first.number < ANNOUNCEMENT_RANGE_MAX) {
			told->last++;
			return;
		}
	}
	if (announcement->told_count == ANNOUNCEMENT_TOLD_MAX)
		forget_oldest(announcement);
	announcement->told[announcement->told_count++] = (struct announcement_told){
			.first = key, .last = key.number, .airs_s = airs_s, .due_s = due_s};
}

void announcement_forget(struct announcement *announcement, struct announcement_key key)
{
	struct announcement_told rest;
	size_t i = 0;

	while (i < announcement->told_count && !has_key(&announcement->told[i], key))
		i++;
	if (i == announcement->told_count)
		return;
	rest = announcement->told[i];
	rest.first.number = key.number + 1;
	announcement->told[i].last = key.number - 1;
	if (announcement->told[i].last < announcement->told[i].first.number)
		remove_told(announcement, i);
	if (rest.first.number > rest.last)
		return;
	if (announcement->told_count == ANNOUNCEMENT_TOLD_MAX)
		forget_oldest(announcement);
	announcement->told[announcement->told_count++] = rest;
}

/* ---------------------------------------------------------------- the form of the store */

void announcement_make_id(struct announcement *announcement)
{
	const char *const texts[] = {
			announcement->gateway, announcement->channel, announcement->host, announcement->show};
	uint64_t hash = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash = str_hash(hash, texts[i], strlen(texts[i]) + 1);
	snprintf(announcement->id, sizeof(announcement->id), "%016" PRIx64, hash);
}

static void append_told(const struct announcement_told *told, struct str *str)
{
	str_printf(str, " %d:%d-%d@%" PRId64 "/%" PRId64, told->first.season, told->first.number, told->last,
			told->airs_s, told->due_s);
}

static void append_text(struct str *str, const char *name, const char *text)
{
	if (strchr(text, '\n'))
		str->error = str->error ? str->error : -EINVAL;
	if (*text)
		str_printf(str, "%s %s\n", name, text);
}

void announcement_append(const struct announcement *announcement, struct str *str)
{
	static const char *const at[] = {[ANNOUNCE_AT_AIRTIME] = "airtime",
			[ANNOUNCE_AFTER] = "after",
			[ANNOUNCE_DAILY] = "daily"};

	append_text(str, "id", announcement->id);
	append_text(str, "gateway", announcement->gateway);
	append_text(str, "channel", announcement->channel);
	append_text(str, "host", announcement->host);
	append_text(str, "show", announcement->show);
	append_text(str, "role", announcement->role);
	if (announcement->route)
		str_printf(str, "route %" PRIu64 "\n", announcement->route);
	str_printf(str, "at %s\n", at[announcement->at]);
	str_printf(str, "after %" PRId64 "\n", announcement->after_s);
	str_printf(str, "minute %d\n", announcement->minute);
	if (announcement->has_thread)
		str_append(str, "thread yes\n");
	if (announcement->has_event)
		str_append(str, "event yes\n");
	str_printf(str, "since %" PRId64 "\nfloor %" PRId64 "\n", announcement->since_s,
			announcement->floor_s);
	if (announcement->event.first.number) {
		str_append(str, "made");
		append_told(&announcement->event, str);
		str_append(str, "\n");
	}
	if (announcement->told_count)
		str_append(str, "told");
	for (size_t i = 0; i < announcement->told_count; i++)
		append_told(&announcement->told[i], str);
	if (announcement->told_count)
		str_append(str, "\n");
}

static bool read_number(const char **text, int64_t low, int64_t high, int64_t *ret)
{
	char *end;
	long long number;

	if (**text != '-' && (**text < '0' || **text > '9'))
		return false;
	errno = 0;
	number = strtoll(*text, &end, 10);
	if (errno || number < low || number > high)
		return false;
	*text = end;
	*ret = number;
	return true;
}

static bool read_byte(const char **text, char byte)
{
	if (**text != byte)
		return false;
	(*text)++;
	return true;
}

static bool read_told(const char **text, struct announcement_told *ret)
{
	int64_t season, first, last;

	if (!read_number(text, -1, INT32_MAX, &season) || !read_byte(text, ':') ||
			!read_number(text, 0, INT32_MAX, &first) || !read_byte(text, '-') ||
			!read_number(text, first, INT32_MAX - 1, &last) || !read_byte(text, '@') ||
			!read_number(text, INT64_MIN, INT64_MAX, &ret->airs_s) || !read_byte(text, '/') ||
			!read_number(text, INT64_MIN, INT64_MAX, &ret->due_s))
		return false;
	ret->first = (struct announcement_key){(int)season, (int)first};
	ret->last = (int)last;
	return last - first <= ANNOUNCEMENT_RANGE_MAX;
}

static bool read_all_told(const char *text, struct announcement *ret)
{
	while (ret->told_count < ANNOUNCEMENT_TOLD_MAX) {
		if (!read_told(&text, &ret->told[ret->told_count++]))
			return false;
		if (!*text)
			return true;
		if (!read_byte(&text, ' '))
			return false;
	}
	return false;
}

static bool read_text(const char *value, char *ret, size_t size)
{
	size_t length = strlen(value);

	if (!length || length >= size)
		return false;
	memcpy(ret, value, length + 1);
	return true;
}

static bool read_whole(const char *value, int64_t low, int64_t high, int64_t *ret)
{
	return read_number(&value, low, high, ret) && !*value;
}

static bool read_at(const char *value, struct announcement *ret)
{
	ret->at = str_equal(value, "after")   ? ANNOUNCE_AFTER
		  : str_equal(value, "daily") ? ANNOUNCE_DAILY
					      : ANNOUNCE_AT_AIRTIME;
	return ret->at != ANNOUNCE_AT_AIRTIME || str_equal(value, "airtime");
}

static bool read_route(const char *value, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(value, &end, 10);
	return *value >= '0' && *value <= '9' && !errno && !*end;
}

static bool read_minute(const char *value, int *ret)
{
	int64_t minute;

	if (!read_whole(value, 0, 24 * 60 - 1, &minute))
		return false;
	*ret = (int)minute;
	return true;
}

static bool read_line(const char *name, const char *value, struct announcement *ret)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} texts[] = {{"id", ret->id, sizeof(ret->id)}, {"gateway", ret->gateway, sizeof(ret->gateway)},
			{"channel", ret->channel, sizeof(ret->channel)},
			{"host", ret->host, sizeof(ret->host)}, {"show", ret->show, sizeof(ret->show)},
			{"role", ret->role, sizeof(ret->role)}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (str_equal(name, texts[i].name))
			return read_text(value, texts[i].to, texts[i].size);
	}
	if (str_equal(name, "route"))
		return read_route(value, &ret->route);
	if (str_equal(name, "at"))
		return read_at(value, ret);
	if (str_equal(name, "after"))
		return read_whole(value, 0, ANNOUNCEMENT_AFTER_MAX_S, &ret->after_s);
	if (str_equal(name, "minute"))
		return read_minute(value, &ret->minute);
	if (str_equal(name, "since"))
		return read_whole(value, INT64_MIN, INT64_MAX, &ret->since_s);
	if (str_equal(name, "floor"))
		return read_whole(value, INT64_MIN, INT64_MAX, &ret->floor_s);
	if (str_equal(name, "thread"))
		return ret->has_thread = str_equal(value, "yes");
	if (str_equal(name, "event"))
		return ret->has_event = str_equal(value, "yes");
	if (str_equal(name, "made"))
		return read_told(&value, &ret->event) && !*value;
	if (str_equal(name, "told"))
		return ret->told_count == 0 && read_all_told(value, ret);
	return true; /* of a later version */
}

int announcement_read(char *bytes, struct announcement *ret)
{
	struct announcement *read = calloc(1, sizeof(*read));
	int r = read ? 0 : -ENOMEM;

	while (!r && *bytes) {
		char *line = bytes, *end = strchr(bytes, '\n'), *space = strchr(bytes, ' ');

		if (!end || !space || space > end) {
			r = -EBADMSG;
			break;
		}
		*end = *space = '\0';
		bytes = end + 1;
		r = read_line(line, space + 1, read) ? 0 : -EBADMSG;
	}
	if (!r && (!*read->id || !*read->gateway || !*read->channel || !*read->show))
		r = -EBADMSG;
	if (!r)
		*ret = *read;
	free(read);
	return r;
}
