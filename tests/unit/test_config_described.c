/* The schema and the manual describe exactly the keys that the program knows. */

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

/* A key that several types have is described once. */
static void assert_in_manual(const struct keys *keys, const char *manual, const char *what)
{
	char item[64];

	for (size_t i = 0; i < keys->count; i++) {
		snprintf(item, sizeof(item), "*%s*", keys->word[i]);
		if (!strstr(manual, item))
			fail_msg("docs/episoded.conf.5.scd does not describe \"%s\" of %s", keys->word[i],
					what);
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
		assert_in_manual(&keys, manual, type);
	}
	ask_for_keys(*state, "{\"QQQQQQ\": 1, \"gateways\": []}", &keys);
	assert_in_schema(&keys, json_root(schema), "the file");
	json_free(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_every_key_is_described)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
