/* The schema and the manual describe exactly the keys that the program knows. */

#include "bot/base/span.h"
#include "tests/unit/config_folder.h"

#define KEYS_MAX       64
#define MANUAL_MAX     100000
#define KNOWN          "known here: "
#define LONGEST_REPORT 4000

/* The keys that the program lists, split into words. */
struct keys {
	char text[LONGEST_REPORT];
	const char *word[KEYS_MAX];
	size_t count;
};

static void ask_for_keys(const struct folder *folder, const char *text, struct keys *keys)
{
	struct config *config = NULL;
	char *report = NULL, *known, *rest = NULL;

	assert_int_equal(load(folder, text, &report, &config), -EBADMSG);
	known = strstr(report, KNOWN);
	assert_non_null(known);
	known += strlen(KNOWN);
	snprintf(keys->text, sizeof(keys->text), "%.*s", (int)strcspn(known, "\n"), known);
	free(report);
	keys->count = 0;
	for (char *word = strtok_r(keys->text, ", ", &rest); word; word = strtok_r(NULL, ", ", &rest)) {
		assert_true(keys->count < KEYS_MAX);
		keys->word[keys->count++] = word;
	}
	assert_true(keys->count > 2);
}

static void assert_in_schema(const struct keys *keys, struct json_node *described, const char *what)
{
	struct json_node *properties = json_get(described, "properties");

	for (size_t i = 0; i < keys->count; i++)
		if (!json_get(properties, keys->word[i]))
			fail_msg("config/schema.json does not describe \"%s\" of %s", keys->word[i], what);
	if (json_count(properties) != keys->count)
		fail_msg("config/schema.json describes keys of %s that the program does not know", what);
}

/* ---------------------------------------------------------------- the manual */

/* A section of the manual, from its heading to the next one of any depth. */
static struct span section(const char *manual, const char *heading)
{
	char line[64];
	const char *at, *end;

	snprintf(line, sizeof(line), "\n%s\n", heading);
	at = strstr(manual, line);
	if (!at)
		fail_msg("docs/episoded.conf.5.scd has no section \"%s\"", heading);
	at += strlen(line);
	end = strstr(at, "\n#");
	return (struct span){at, end ? (size_t)(end - at) + 1 : strlen(at)};
}

/* The next item, such as "*certificate*, *key*\n\tText", from its first line to the next item. */
static bool next_item(struct span *rest, struct span *ret)
{
	const char *end = rest->at + rest->length, *at = rest->at;

	while (at < end && *at != '*')
		at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	if (at == end)
		return false;
	ret->at = at;
	do
		at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	while (at < end && *at != '*');
	ret->length = (size_t)(at - ret->at);
	*rest = (struct span){at, (size_t)(end - at)};
	return true;
}

/* The next key of an item's first line. */
static bool next_key(const char **at, char *key, size_t size)
{
	size_t length = strcspn(*at, "*\n");

	if ((*at)[length] != '*')
		return false;
	*at += length + 1;
	length = strcspn(*at, "*");
	assert_true(length < size);
	memcpy(key, *at, length);
	key[length] = '\0';
	*at += length + 1;
	return true;
}

static bool has_key(struct span item, const char *key)
{
	const char *at = item.at;
	char found[64];

	while (next_key(&at, found, sizeof(found)))
		if (strcmp(found, key) == 0)
			return true;
	return false;
}

static bool find_item(const char *manual, const char *heading, const char *key, struct span *ret)
{
	struct span rest = section(manual, heading);

	while (next_item(&rest, ret))
		if (has_key(*ret, key))
			return true;
	return false;
}

/* Both a key of an object and a value that is one of several: _base_ms_, _"auto"_, {"credential": ...}. */
static bool has_word(struct span text, const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 1; i + length < text.length; i++) {
		if (memcmp(text.at + i, word, length) == 0 && strchr("_\"", text.at[i - 1]) &&
				strchr("_\"", text.at[i + length]))
			return true;
	}
	return false;
}

/* The keys and values below one of a file's keys, except those of $ref, which are described elsewhere. */
static void assert_words(struct json_node *described, struct span text, const char *key)
{
	struct json_node *properties = json_get(described, "properties"),
			 *values = json_get(described, "enum");

	for (struct json_node *node = json_first(properties); node; node = json_next(node))
		if (!has_word(text, json_key(node)))
			fail_msg("docs/episoded.conf.5.scd does not describe \"%s\" of \"%s\"",
					json_key(node), key);
	for (struct json_node *node = json_first(values); node; node = json_next(node))
		if (json_string(node) && !has_word(text, json_string(node)))
			fail_msg("docs/episoded.conf.5.scd does not describe the value \"%s\" of \"%s\"",
					json_string(node), key);
	for (struct json_node *node = json_first(described); node; node = json_next(node))
		if (json_type(node) == JSON_OBJECT || json_type(node) == JSON_ARRAY)
			assert_words(node, text, key);
}

/* Every key of the schema is an item of the section, or of the one that all gateways share. */
static void assert_in_manual(struct json_node *described, const char *manual, const char *heading)
{
	struct json_node *properties = json_get(described, "properties");
	struct span item, rest = section(manual, heading);
	const char *at;
	char key[64];

	for (struct json_node *node = json_first(properties); node; node = json_next(node)) {
		if (!find_item(manual, heading, json_key(node), &item) &&
				!find_item(manual, "# GATEWAYS", json_key(node), &item))
			fail_msg("docs/episoded.conf.5.scd does not describe \"%s\" under \"%s\"",
					json_key(node), heading);
		if (memmem(item.at, item.length, "As for _irc_", strlen("As for _irc_")))
			assert_true(find_item(manual, "## irc", json_key(node), &item));
		/* The file's "gateways" have sections of their own. */
		if (strcmp(json_key(node), "gateways") != 0)
			assert_words(node, item, json_key(node));
	}
	while (next_item(&rest, &item)) {
		at = item.at;
		while (next_key(&at, key, sizeof(key)))
			if (!json_get(properties, key))
				fail_msg("docs/episoded.conf.5.scd describes \"%s\" under \"%s\", which the "
					 "program does not know",
						key, heading);
	}
}

static void read_manual(char *manual)
{
	FILE *file = fopen("docs/episoded.conf.5.scd", "r");
	size_t length;

	assert_non_null(file);
	length = fread(manual, 1, MANUAL_MAX - 1, file);
	assert_true(length > 0 && length < MANUAL_MAX - 1);
	manual[length] = '\0';
	fclose(file);
}

static void test_every_key_is_described(void **state)
{
	static char manual[MANUAL_MAX];
	struct json_node *definitions;
	struct json *schema;
	struct keys keys;
	char text[200];

	read_manual(manual);
	assert_int_equal(json_parse_file("config/schema.json", 0, &schema), 0);
	assert_false(json_is_broken(schema));
	definitions = json_get(json_root(schema), "$defs");
	for (size_t i = 0; networks[i]; i++) {
		const char *type = networks[i]->type;

		snprintf(text, sizeof(text),
				"{\"gateways\": [{\"name\": \"a\", \"type\": \"%s\", \"QQQQQQ\": 1}]}", type);
		ask_for_keys(*state, text, &keys);
		assert_in_schema(&keys, json_get(definitions, type), type);
		snprintf(text, sizeof(text), "## %s", type);
		assert_in_manual(json_get(definitions, type), manual, text);
	}
	ask_for_keys(*state, "{\"QQQQQQ\": 1, \"gateways\": []}", &keys);
	assert_in_schema(&keys, json_root(schema), "the file");
	assert_in_manual(json_root(schema), manual, "# KEYS");
	json_free(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_every_key_is_described)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
