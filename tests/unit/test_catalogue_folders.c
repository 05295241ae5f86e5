/* Shows from several folders: which file is used, and what stays when files or folders break or go away. */

#include "tests/unit/catalogue_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bot/catalogue/difference.h"
#include "bot/catalogue/telling.h"

#define EPISODES(title) "\"episodes\": [{\"season\": 1, \"number\": 1, \"name\": \"" title "\"}]}"

struct world {
	struct folder shipped, own;
	struct str report;
	struct catalogue *catalogue; /* the latest */
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	folder_init(&world->shipped);
	folder_init(&world->own);
	world->report = STR(REPORT_MAX_BYTES);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	catalogue_free(world->catalogue);
	folder_release(&world->shipped);
	folder_release(&world->own);
	str_release(&world->report);
	free(world);
	return 0;
}

/* Read both folders, as a running bot does. */
static int read_both(struct world *world, const char *kept)
{
	const char *folders[] = {world->shipped.path, world->own.path};
	struct catalogue *catalogue = NULL;
	int r;

	str_clear(&world->report);
	r = catalogue_read(&(struct catalogue_source){.folders = folders,
					   .folder_count = 2,
					   .earlier = world->catalogue,
					   .kept = kept},
			&world->report, &catalogue);
	if (r < 0)
		return r;
	catalogue_free(world->catalogue);
	world->catalogue = catalogue;
	return 0;
}

static const char *title_of(const struct world *world, const char *id)
{
	const struct show *show = catalogue_find(world->catalogue, id);

	return show ? telling_text(show->episodes[0].name) : NULL;
}

static bool reports(const struct world *world, const char *text)
{
	return strstr(str_text(&world->report), text) != NULL;
}

static void the_later_folder_wins(void **state)
{
	struct world *world = *state;

	folder_add(&world->shipped, "dark.json", "{\"name\": \"Dark\", " EPISODES("shipped"));
	folder_add(&world->shipped, "tide.json", "{\"name\": \"Tide\", " EPISODES("Ebb"));
	assert_int_equal(read_both(world, NULL), 0); /* the operator's folder is empty */
	assert_string_equal(str_text(&world->report), "");

	folder_add(&world->own, "dark.json", "{\"name\": \"Darker\", " EPISODES("own"));
	folder_add(&world->own, "last.json", "{\"name\": \"Last\", " EPISODES("End"));
	assert_int_equal(read_both(world, NULL), 0);
	assert_int_equal(catalogue_count(world->catalogue), 3);
	assert_string_equal(title_of(world, "dark"), "own");
	assert_true(reports(world, "dark.json: note: used in place of "));
	/* The first show, which is the default, stays the first. */
	assert_string_equal(catalogue_at(world->catalogue, 0)->id, "dark");
	assert_string_equal(catalogue_path(world->catalogue, 0), world->own.files[0]);
	assert_null(catalogue_path(world->catalogue, 3));

	assert_int_equal(read_both(world, NULL), 0); /* it is said once */
	assert_string_equal(str_text(&world->report), "");
	unlink(world->own.files[0]);
	assert_int_equal(read_both(world, NULL), 0);
	assert_string_equal(title_of(world, "dark"), "shipped");
}

/* With the size and the time of modification as they were. */
static void write_at(const char *path, const char *text, const struct timespec *time)
{
	const struct timespec times[] = {*time, *time};
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void a_show_whose_files_are_the_same_is_not_read_again(void **state)
{
	struct world *world = *state;
	char edits[300];
	const struct show *dark, *tide;

	folder_add(&world->own, "dark.json", "{\"name\": \"Dark\", " EPISODES("a"));
	folder_add(&world->own, "tide.json",
			"{\"name\": \"Tide\", \"timezone\": \"Europe/London\", " EPISODES("b"));
	folder_add(&world->own, "warned.json",
			"{\"name\": \"Warned\", \"image\": \"no.png\", " EPISODES("c"));
	assert_int_equal(read_both(world, NULL), 0);
	dark = catalogue_find(world->catalogue, "dark");
	tide = catalogue_find(world->catalogue, "tide");
	folder_add(&world->own, "dark.edits.json", "{\"name\": \"Darker\"}");
	assert_int_equal(read_both(world, NULL), 0);
	assert_ptr_equal(catalogue_find(world->catalogue, "tide"), tide);
	assert_ptr_not_equal(catalogue_find(world->catalogue, "dark"), dark);
	assert_string_equal(catalogue_find(world->catalogue, "dark")->name, "Darker");
	assert_true(reports(world, "there is no such file beside")); /* again */
	snprintf(edits, sizeof(edits), "%s/dark.edits.json", world->own.path);
	unlink(edits);
	assert_int_equal(read_both(world, NULL), 0);
	assert_string_equal(catalogue_find(world->catalogue, "dark")->name, "Dark");
	dark = catalogue_find(world->catalogue, "dark");
	unlink(world->own.files[1]);
	assert_int_equal(read_both(world, NULL), 0);
	assert_null(catalogue_find(world->catalogue, "tide"));
	assert_ptr_equal(catalogue_find(world->catalogue, "dark"), dark);
}

/* The clock of a file system has steps: what was written in one step has one time. */
static void a_change_within_a_step_of_the_clock_is_seen(void **state)
{
	static const struct timespec future = {.tv_sec = 4000000000};
	struct world *world = *state;
	char text[200];

	folder_add(&world->own, "dark.json", "{");
	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "{\"name\": \"Dark\", " EPISODES("%03d"), i);
		write_at(world->own.files[0], text, &future);
		assert_int_equal(read_both(world, NULL), 0);
		snprintf(text, sizeof(text), "%03d", i);
		assert_string_equal(title_of(world, "dark"), text);
	}
}

/* Files that have been there for a while: the catalogue takes them by their marks alone. */
static void old_files_are_not_even_opened(void **state)
{
	const char *folder = "data";
	struct catalogue *first = NULL, *second = NULL;
	struct str report = STR(REPORT_MAX_BYTES);

	(void)state;
	assert_int_equal(catalogue_load(folder, &report, &first), 0);
	assert_int_equal(catalogue_read(&(struct catalogue_source){.folders = &folder,
							.folder_count = 1,
							.earlier = first},
					 &report, &second),
			0);
	for (size_t i = 0; i < catalogue_count(first); i++)
		assert_ptr_equal(catalogue_at(first, i), catalogue_at(second, i));
	catalogue_free(first);
	assert_non_null(catalogue_at(second, 0)->name);
	catalogue_free(second);
	str_release(&report);
}

static void a_broken_file_falls_back(void **state)
{
	struct world *world = *state;

	folder_add(&world->shipped, "dark.json", "{\"name\": \"Dark\", " EPISODES("shipped"));
	folder_add(&world->own, "dark.json", "{");
	assert_int_equal(read_both(world, NULL), 0); /* at the start: the shipped one is used */
	assert_string_equal(title_of(world, "dark"), "shipped");
	assert_true(reports(world, "dark.json: left out because of the problems above; /tmp/"));
	assert_string_equal(catalogue_broken(world->catalogue), "dark.json (left out)");

	folder_change(&world->own, "dark.json", "{\"name\": \"Dark\", " EPISODES("own"));
	assert_int_equal(read_both(world, NULL), 0);
	folder_change(&world->own, "dark.json", "{\"name\": \"Da");
	assert_int_equal(read_both(world, NULL), 0); /* later: as it was */
	assert_string_equal(title_of(world, "dark"), "own");
	assert_string_equal(catalogue_broken(world->catalogue), "dark.json (as it was before)");
	assert_int_equal(read_both(world, NULL), 0);
	assert_string_equal(title_of(world, "dark"), "own");
}

static void the_kept_show_stays(void **state)
{
	struct world *world = *state;

	folder_add(&world->shipped, "dark.json", "{\"name\": \"Dark\", " EPISODES("shipped"));
	folder_add(&world->own, "tide.json", "{\"name\": \"Tide\", " EPISODES("Ebb"));
	assert_int_equal(read_both(world, "tide"), 0);
	unlink(world->own.files[0]);
	assert_int_equal(read_both(world, "tide"), 0);
	assert_string_equal(title_of(world, "tide"), "Ebb");
	assert_true(reports(world, "tide.json: warning: the default show has no file any more"));
	assert_string_equal(catalogue_broken(world->catalogue), "tide.json (gone, as it was before)");
	assert_int_equal(read_both(world, NULL), 0);
	assert_null(title_of(world, "tide"));
	assert_int_equal(read_both(world, "never"), 0); /* it has never been there */
}

/* A folder that cannot be listed may have its files, and they are not removed. */
static void an_unreadable_folder_keeps_its_shows(void **state)
{
	struct world *world = *state;
	char hidden[64];

	folder_add(&world->shipped, "dark.json", "{\"name\": \"Dark\", " EPISODES("shipped"));
	folder_add(&world->own, "tide.json", "{\"name\": \"Tide\", " EPISODES("Ebb"));
	assert_int_equal(read_both(world, NULL), 0);
	/* A link to itself: ELOOP, also for root, whom no mode keeps out. */
	snprintf(hidden, sizeof(hidden), "%s.hidden", world->own.path);
	assert_int_equal(rename(world->own.path, hidden), 0);
	assert_int_equal(symlink(world->own.path, world->own.path), 0);
	assert_int_equal(read_both(world, NULL), 0);
	assert_string_equal(title_of(world, "tide"), "Ebb");
	assert_true(reports(world, "; its shows stay as they were before"));
	unlink(world->own.path);
	assert_int_equal(read_both(world, NULL), 0); /* a folder that is gone has no shows */
	assert_null(title_of(world, "tide"));
	assert_int_equal(rename(hidden, world->own.path), 0);
}

static void no_dataset_at_all_changes_nothing(void **state)
{
	struct world *world = *state;

	assert_int_equal(read_both(world, NULL), -ENOENT);
	folder_add(&world->own, "tide.json", "{");
	assert_int_equal(read_both(world, NULL), -EBADMSG);
	folder_change(&world->own, "tide.json", "{\"name\": \"Tide\", " EPISODES("Ebb"));
	assert_int_equal(read_both(world, NULL), 0);
	unlink(world->own.files[0]);
	assert_int_equal(read_both(world, "tide"), -ENOENT);
}

/* ---------------------------------------------------------------- what has changed */

static void expect_difference(const char *before, const char *after, const char *expected)
{
	struct catalogue *one = catalogue_of(before), *other = catalogue_of(after);
	struct difference difference;
	struct str text = STR(200);

	show_compare(catalogue_at(one, 0), catalogue_at(other, 0), &difference);
	difference_describe(&difference, &text);
	assert_string_equal(str_text(&text), expected);
	str_release(&text);
	catalogue_free(one);
	catalogue_free(other);
}

#define TIDE(head, first, more)                                                                              \
	"{\"name\": \"Tide\", " head "\"episodes\": [{\"season\": 1, \"number\": 1, " first                  \
	"\"name\": \"Ebb\"}" more "]}"
#define SECOND  ", {\"season\": 1, \"number\": 2}"
#define SPECIAL ", {\"season\": 0, \"number\": 1, \"name\": \"Making of\"}"

static void each_change_is_found(void **state)
{
	static const char *const firsts[] = {"\"airdate\": \"2025-03-02\", ", "\"runtime\": 50, ",
			"\"teaser\": \"a\", ", "\"summary\": \"a\", ", "\"keywords\": [\"a\"], ",
			"\"trivia\": [{\"text\": \"a\"}], ", "\"warnings\": [\"blood\"], ",
			"\"quotes\": [{\"text\": \"a\"}], ", "\"rating\": 5, ",
			"\"image\": \"https://example.org/a\", ", "\"title_reveal\": true, "};
	static const char *const heads[] = {"\"aliases\": [\"a\"], ", "\"summary\": \"a\", ",
			"\"status\": \"Ended\", ", "\"timezone\": \"Asia/Seoul\", ",
			"\"trivia\": [{\"text\": \"a\"}], ",
			"\"trivia\": [{\"text\": \"a\", \"reveal\": 1}], ",
			"\"cast\": [{\"actor\": \"a\"}], ",
			"\"characters\": [{\"name\": \"A\", \"about\": \"b\"}], ", "\"where\": [\"a\"], ",
			"\"sources\": [{\"id\": \"a\", \"title\": \"b\"}], ", "\"genres\": [\"a\"], ",
			"\"license\": \"a\", ", "\"ended\": \"2026\", "};
	struct str text = STR(1000);

	(void)state;
	expect_difference(TIDE("", "", SECOND SPECIAL), TIDE("", "", SECOND SPECIAL), "");
	for (size_t i = 0; i < COUNT_OF(firsts); i++) {
		str_clear(&text);
		str_printf(&text, TIDE("", "%s", SECOND SPECIAL), firsts[i]);
		expect_difference(TIDE("", "", SECOND SPECIAL), str_text(&text), "1 episode changed");
	}
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		str_clear(&text);
		str_printf(&text, TIDE("%s", "", ""), heads[i]);
		expect_difference(TIDE("", "", ""), str_text(&text),
				strstr(heads[i], "sources") ? "1 episode changed, and the show itself"
							    : "changed");
	}
	str_release(&text);
	expect_difference(TIDE("", "", ""), TIDE("", "", SECOND SPECIAL), "2 episodes added");
	expect_difference(TIDE("", "", SECOND SPECIAL), TIDE("", "", SECOND), "1 episode removed");
	expect_difference(TIDE("", "", SECOND), TIDE("\"status\": \"Ended\", ", "\"runtime\": 5, ", SPECIAL),
			"1 episode changed, 1 episode added, 1 episode removed, and the show itself");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(the_later_folder_wins),
			TEST(a_show_whose_files_are_the_same_is_not_read_again),
			TEST(a_change_within_a_step_of_the_clock_is_seen),
			cmocka_unit_test(old_files_are_not_even_opened),
			TEST(a_broken_file_falls_back),
			TEST(the_kept_show_stays),
			TEST(an_unreadable_folder_keeps_its_shows),
			TEST(no_dataset_at_all_changes_nothing),
			cmocka_unit_test(each_change_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
