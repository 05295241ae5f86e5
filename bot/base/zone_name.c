/* Names of time zones, as people type and read them. */

#include "bot/base/zone_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/nearest.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define TYPED_MAX_BYTES 128 /* no name of a zone or a country is as long */
#define NAMES_MAX       2000
#define LIST_MAX_BYTES  (64 * 1024)
#define LINE_BYTES      512
#define PATH_BYTES      4096
#define ALSO_NEAR_MIN   5     /* letters; a shorter abbreviation is near to too much */
#define OFFSET_MIN      (-12) /* hours, as the zone files have them */
#define OFFSET_MAX      14

/* What people say in place of a zone's name: the clocks of broadcasters, and cities larger than the one that gives the
 * zone its name. EST and MST are also zones, without summer time, which no broadcaster means. */
static const struct {
	const char *key, *zone;
} ALSO[] = {
		{"z", "UTC"},
		{"gmt", "UTC"},
		{"utc", "UTC"},
		{"et", "America/New_York"},
		{"est", "America/New_York"},
		{"edt", "America/New_York"},
		{"eastern", "America/New_York"},
		{"ct", "America/Chicago"},
		{"cst", "America/Chicago"},
		{"cdt", "America/Chicago"},
		{"central", "America/Chicago"},
		{"mt", "America/Denver"},
		{"mst", "America/Denver"},
		{"mdt", "America/Denver"},
		{"mountain", "America/Denver"},
		{"pt", "America/Los_Angeles"},
		{"pst", "America/Los_Angeles"},
		{"pdt", "America/Los_Angeles"},
		{"pacific", "America/Los_Angeles"},
		{"bst", "Europe/London"},
		{"cest", "CET"},
		{"eest", "EET"},
		{"west", "WET"},
		{"msk", "Europe/Moscow"},
		{"ist", "Asia/Kolkata"},
		{"sgt", "Asia/Singapore"},
		{"hkt", "Asia/Hong_Kong"},
		{"kst", "Asia/Seoul"},
		{"jst", "Asia/Tokyo"},
		{"aest", "Australia/Sydney"},
		{"aedt", "Australia/Sydney"},
		{"nzst", "Pacific/Auckland"},
		{"nzdt", "Pacific/Auckland"},
		{"uk", "Europe/London"},
		{"england", "Europe/London"},
		{"scotland", "Europe/London"},
		{"korea", "Asia/Seoul"},
		{"southkorea", "Asia/Seoul"},
		{"russia", "Europe/Moscow"},
		{"brazil", "America/Sao_Paulo"},
		{"nyc", "America/New_York"},
		{"boston", "America/New_York"},
		{"washington", "America/New_York"},
		{"miami", "America/New_York"},
		{"atlanta", "America/New_York"},
		{"houston", "America/Chicago"},
		{"dallas", "America/Chicago"},
		{"la", "America/Los_Angeles"},
		{"sanfrancisco", "America/Los_Angeles"},
		{"seattle", "America/Los_Angeles"},
		{"munich", "Europe/Berlin"},
		{"hamburg", "Europe/Berlin"},
		{"frankfurt", "Europe/Berlin"},
		{"cologne", "Europe/Berlin"},
		{"barcelona", "Europe/Madrid"},
		{"milan", "Europe/Rome"},
		{"geneva", "Europe/Zurich"},
		{"beijing", "Asia/Shanghai"},
		{"mumbai", "Asia/Kolkata"},
		{"delhi", "Asia/Kolkata"},
		{"bangalore", "Asia/Kolkata"},
		{"busan", "Asia/Seoul"},
		{"osaka", "Asia/Tokyo"},
		{"rio", "America/Sao_Paulo"},
};

/* The names of all zones, in one block. */
struct zone_names {
	struct str text; /* each name with its NUL */
	size_t at[NAMES_MAX], count;
};

static const char *name_at(const struct zone_names *names, size_t index)
{
	return names->text.bytes + names->at[index];
}

/* Letters and digits in lower case, and nothing else: "America/New_York" and "america new york" are equal. Other
 * scripts have no names of zones: a byte of theirs makes the key differ from every name. */
static void make_key(const char *text, char ret[TYPED_MAX_BYTES])
{
	size_t length = 0;

	for (; *text && length < TYPED_MAX_BYTES - 1; text++) {
		if (*text >= 'A' && *text <= 'Z')
			ret[length++] = (char)(*text - 'A' + 'a');
		else if ((*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9') ||
				(unsigned char)*text >= 0x80)
			ret[length++] = *text;
	}
	ret[length] = '\0';
}

static const char *last_part(const char *zone)
{
	const char *slash = strrchr(zone, '/');

	return slash ? slash + 1 : zone;
}

/* Etc/GMT-2 is two hours ahead of UTC: no key tells it from Etc/GMT+2. */
static bool is_offset(const char *zone)
{
	return str_starts(zone, "Etc/GMT") || str_starts(zone, "GMT");
}

/* ---------------------------------------------------------------- the system's lists */

static FILE *open_list(const char *name)
{
	char path[PATH_BYTES];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", zone_folder(), name) >= sizeof(path))
		return NULL;
	return fopen(path, "re");
}

/* Read the names in tzdata.zi: "Z Europe/Berlin ..." and, for another name of that zone, "L Europe/Berlin
 * Europe/Stockholm". */
static int read_names(struct zone_names *ret)
{
	FILE *list = open_list("tzdata.zi");
	char line[LINE_BYTES];
	int r;

	*ret = (struct zone_names){.text = STR(LIST_MAX_BYTES)};
	if (!list)
		return -ENODATA;
	while (fgets(line, sizeof(line), list) && ret->count < NAMES_MAX) {
		const char *name = line + 2;

		if (line[0] == 'L' && line[1] == ' ')
			name += strcspn(name, " \n");
		else if (line[0] != 'Z' || line[1] != ' ')
			continue;
		name += *name == ' ';
		ret->at[ret->count++] = ret->text.length;
		str_append_bytes(&ret->text, name, strcspn(name, " \n"));
		str_append_char(&ret->text, '\0');
	}
	fclose(list);
	if (ret->text.error == 0 && ret->count > 0)
		return 0;
	r = ret->text.error == -ENOMEM ? -ENOMEM : -ENODATA;
	str_release(&ret->text);
	return r;
}

/* Find the code of a country in iso3166.tab: "DE\tGermany". */
static bool find_country(const char *key, char ret_code[3])
{
	FILE *list = open_list("iso3166.tab");
	char line[LINE_BYTES], name[TYPED_MAX_BYTES];
	bool is_found = false;

	while (list && !is_found && fgets(line, sizeof(line), list)) {
		make_key(line + strcspn(line, "\t"), name);
		is_found = line[0] != '#' && strcmp(name, key) == 0;
	}
	if (is_found)
		snprintf(ret_code, 3, "%.2s", line);
	if (list)
		fclose(list);
	return is_found;
}

/* Find the zone of a country in zone1970.tab: "DE,DK,NO,SE,SJ\t+5230+01322\tEurope/Berlin\tmost of Germany". The
 * country that a line names first is the zone's own. False: it has several zones (ret is the first), or no zone. */
static bool find_zone_of_country(const char *code, char ret[ZONE_NAME_BYTES])
{
	FILE *list = open_list("zone1970.tab");
	char line[LINE_BYTES], name[ZONE_NAME_BYTES];
	size_t own_count = 0, count = 0;

	while (list && fgets(line, sizeof(line), list)) {
		bool is_own = str_starts(line, code);

		if (line[0] == '#' || sscanf(line, "%*s %*s %63s", name) != 1)
			continue;
		line[strcspn(line, "\t")] = '\0';
		if (!strstr(line, code))
			continue;
		if (count++ == 0 || (is_own && own_count == 0))
			memcpy(ret, name, ZONE_NAME_BYTES);
		own_count += is_own;
	}
	if (list)
		fclose(list);
	return own_count == 1 || (own_count == 0 && count == 1);
}

/* ---------------------------------------------------------------- finding */

/* The sign of an offset, "UTC+2", "gmt -3" or "+02:00"; NULL if it has another form. */
static const char *offset_in(const char *typed)
{
	if (strncasecmp(typed, "utc", 3) == 0 || strncasecmp(typed, "gmt", 3) == 0)
		typed += 3;
	typed += strspn(typed, " ");
	return (*typed == '+' || *typed == '-') && typed[1] >= '0' && typed[1] <= '9' ? typed : NULL;
}

/* The zone of an offset: there are zones for whole hours. */
static int find_offset(const char *offset, char ret[ZONE_NAME_BYTES])
{
	char *end;
	long hours = strtol(offset, &end, 10);

	if (str_starts(end, ":00"))
		end += 3;
	if (*end || hours > OFFSET_MAX || hours < OFFSET_MIN)
		return -ENOENT;
	if (hours == 0)
		snprintf(ret, ZONE_NAME_BYTES, "UTC");
	else
		snprintf(ret, ZONE_NAME_BYTES, "Etc/GMT%+ld", -hours);
	return 0;
}

static const char *find_also(const char *key)
{
	for (size_t i = 0; i < sizeof(ALSO) / sizeof(ALSO[0]); i++) {
		if (strcmp(ALSO[i].key, key) == 0)
			return ALSO[i].zone;
	}
	return NULL;
}

/* The zone whose whole name has this key, else the first whose name after a slash has. */
static const char *find_name(const struct zone_names *names, const char *key)
{
	const char *found = NULL;
	char other[TYPED_MAX_BYTES];

	for (size_t i = 0; i < names->count; i++) {
		const char *name = name_at(names, i);

		if (is_offset(name))
			continue;
		make_key(name, other);
		if (strcmp(other, key) == 0)
			return name;
		for (const char *slash = strchr(name, '/'); slash && !found; slash = strchr(slash + 1, '/')) {
			make_key(slash, other);
			found = strcmp(other, key) == 0 ? name : NULL;
		}
	}
	return found;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sort and drop equal ones: of two equally near candidates, nearest_of() takes neither. */
static size_t unique(const char **keys, size_t count)
{
	size_t kept = 0;

	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || strcmp(keys[kept - 1], keys[i]) != 0)
			keys[kept++] = keys[i];
	}
	return kept;
}

/* The zone whose last part, or an entry of ALSO whose key, is nearest. */
static int find_nearest(const struct zone_names *names, const char *key, char ret[ZONE_NAME_BYTES])
{
	size_t also_count = sizeof(ALSO) / sizeof(ALSO[0]), count = 0;
	const char **candidates = calloc(2 * names->count + also_count, sizeof(*candidates)), *nearest, *zone;
	char(*keys)[TYPED_MAX_BYTES] = calloc(2 * names->count, sizeof(*keys));

	if (!candidates || !keys) {
		free(candidates);
		free(keys);
		return -ENOMEM;
	}
	for (size_t i = 0; i < names->count; i++) {
		if (is_offset(name_at(names, i)))
			continue;
		make_key(name_at(names, i), keys[2 * i]);
		make_key(last_part(name_at(names, i)), keys[2 * i + 1]);
		candidates[count++] = keys[2 * i];
		candidates[count++] = keys[2 * i + 1];
	}
	for (size_t i = 0; i < also_count; i++) {
		if (strlen(ALSO[i].key) >= ALSO_NEAR_MIN)
			candidates[count++] = ALSO[i].key;
	}
	count = unique(candidates, count);
	nearest = nearest_of(key, candidates, count);
	zone = nearest ? find_also(nearest) : NULL;
	if (nearest && !zone)
		zone = find_name(names, nearest);
	snprintf(ret, ZONE_NAME_BYTES, "%s", zone ? zone : "");
	free(candidates);
	free(keys);
	return 0;
}

/* A name that is in no table of this file. */
static int find_listed(const char *key, char ret[ZONE_NAME_BYTES])
{
	struct zone_names names;
	const char *name;
	char code[3];
	int r = read_names(&names);

	if (r < 0)
		return r;
	name = find_name(&names, key);
	r = -ENOENT;
	if (name && zone_is_known(name)) {
		snprintf(ret, ZONE_NAME_BYTES, "%s", name);
		r = 0;
	} else if (find_country(key, code)) {
		r = find_zone_of_country(code, ret) ? 0 : -ENOENT;
	} else if (find_nearest(&names, key, ret) < 0) {
		r = -ENOMEM;
	}
	str_release(&names.text);
	return r;
}

int zone_find(const char *typed, char ret[ZONE_NAME_BYTES])
{
	struct str folded = STR(TYPED_MAX_BYTES);
	const char *offset = offset_in(typed), *also;
	char key[TYPED_MAX_BYTES];
	int r = 0;

	ret[0] = '\0';
	utf8_fold(&folded, typed);
	make_key(str_text(&folded), key);
	str_release(&folded);
	also = find_also(key);
	if (offset)
		r = find_offset(offset, ret);
	else if (also)
		snprintf(ret, ZONE_NAME_BYTES, "%s", also);
	else if (zone_is_known(typed))
		snprintf(ret, ZONE_NAME_BYTES, "%s", typed);
	else
		r = *key && !folded.error ? find_listed(key, ret) : -ENOENT;
	return r == 0 && strcmp(ret, "UTC") != 0 && !zone_is_known(ret) ? -ENODATA : r;
}

/* Zones found so far. */
struct zone_list {
	char (*names)[ZONE_NAME_BYTES];
	size_t count, max;
};

static void suggest_zone(struct zone_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->names[i], name) == 0)
			return;
	}
	if (list->count < list->max)
		snprintf(list->names[list->count++], ZONE_NAME_BYTES, "%s", name);
}

/* Add the zones of an area whose city begins with the key, or else those that have it anywhere in their name. */
static void suggest_named(
		struct zone_list *list, const struct zone_names *names, const char *key, bool is_part)
{
	char other[TYPED_MAX_BYTES];
	size_t length = strlen(key);

	for (size_t i = 0; i < names->count; i++) {
		const char *name = name_at(names, i);

		if (!strchr(name, '/') || is_offset(name))
			continue; /* "Cuba", "EST5EDT": older names of others */
		make_key(is_part ? name : last_part(name), other);
		if (is_part ? strstr(other, key) != NULL : strncmp(other, key, length) == 0)
			suggest_zone(list, name);
	}
}

size_t zone_suggest(const char *typed, char (*ret)[ZONE_NAME_BYTES], size_t max)
{
	struct zone_list list = {.names = ret, .max = max};
	struct str folded = STR(TYPED_MAX_BYTES);
	char key[TYPED_MAX_BYTES], found[ZONE_NAME_BYTES];
	struct zone_names names;
	int r;

	utf8_fold(&folded, typed);
	make_key(str_text(&folded), key);
	str_release(&folded);
	if (!*key)
		return 0;
	r = zone_find(typed, found);
	if (r == 0)
		suggest_zone(&list, found);
	if (read_names(&names) == 0) {
		suggest_named(&list, &names, key, false);
		suggest_named(&list, &names, key, true);
		str_release(&names.text);
	}
	if (r == -ENOENT && *found && list.count == 0)
		suggest_zone(&list, found);
	return list.count;
}

const char *zone_city(const char *zone, char buffer[ZONE_NAME_BYTES])
{
	const char *part = last_part(zone);

	if (!*zone || strcmp(part, "UTC") == 0 || strcmp(part, "GMT") == 0)
		snprintf(buffer, ZONE_NAME_BYTES, "UTC");
	else if (str_starts(zone, "Etc/GMT"))
		snprintf(buffer, ZONE_NAME_BYTES, "UTC%c%s", part[3] == '-' ? '+' : '-', part + 4);
	else
		snprintf(buffer, ZONE_NAME_BYTES, "%s", part);
	for (char *byte = buffer; *byte; byte++)
		*byte = *byte == '_' ? ' ' : *byte;
	return buffer;
}

const char *zone_title(const char *zone, char buffer[ZONE_NAME_BYTES])
{
	if (str_starts(zone, "Etc/"))
		return zone_city(zone, buffer);
	snprintf(buffer, ZONE_NAME_BYTES, "%s", zone);
	return buffer;
}
