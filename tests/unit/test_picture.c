/* Pictures of a dataset: what they are, and which file a name may reach. */

#include <errno.h>
#include <sys/stat.h>

#include "tests/unit/catalogue_folder.h"

#include "bot/catalogue/picture.h"

#define PNG "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"

static void test_types_are_told_by_content(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *type;
	} known[] = {
			{PNG, 16, "image/png"},
			{PNG, 15, NULL},
			{"\xff\xd8\xff\xe0", 4, "image/jpeg"},
			{"\xff\xd8", 2, NULL},
			{"GIF89a", 6, "image/gif"},
			{"GIF87a,", 7, "image/gif"},
			{"GIF88a", 6, NULL},
			{"RIFF\x12\x34\x56\x78WEBPVP8L", 16, "image/webp"},
			{"RIFF\x12\x34\x56\x78WAVEfmt ", 16, NULL},
			{"<svg xmlns=\"http://www.w3.org/2000/svg\">", 40, NULL},
			{"<!doctype html>", 15, NULL},
			{"", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		const char *type = picture_type_of(known[i].bytes, known[i].length);

		if (known[i].type)
			assert_string_equal(type, known[i].type);
		else
			assert_null(type);
	}
}

static void test_a_name_led_out_of_the_folder(void **state)
{
	static const char *const names[] = {"", "/etc/passwd", "../lamp.png", "a/../../lamp.png", "a/..", ".",
			"./a", "a//b", "a/", ".hidden.png", "a/.git/x.png", "a\\b.png", "a\nb.png",
			"c:lamp.png", "\x7f"};
	char *path = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_int_equal(picture_path("/data/x.json", names[i], &path), -EINVAL);
	assert_null(path);
	assert_int_equal(picture_path("/data/x.json", "pictures/등대.png", &path), 0);
	assert_string_equal(path, "/data/pictures/등대.png");
	free(path);
	assert_int_equal(picture_path("x.json", "lamp.png", &path), 0);
	assert_string_equal(path, "./lamp.png");
	free(path);
}

/* The image of the show in a folder with this file, and what the loader says. */
static char *image_of(
		const char *name, const void *bytes, size_t length, const char *image, struct str *report)
{
	struct folder folder;
	struct catalogue *catalogue = NULL;
	struct str json = STR(4096);
	char path[FOLDER_PATH_BYTES], *ret;
	FILE *file;

	folder_init(&folder);
	snprintf(path, sizeof(path), "%s/%s", folder.path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	fclose(file);
	str_printf(&json, "{\"name\":\"X\",\"image\":\"%s\",\"episodes\":[{\"season\":1,\"number\":1}]}",
			image);
	folder_add(&folder, "x.json", str_text(&json));
	assert_int_equal(catalogue_load(folder.path, report, &catalogue), 0);
	ret = str_copy(catalogue_at(catalogue, 0)->image);
	assert_true(!*ret || strncmp(ret, folder.path, strlen(folder.path)) == 0);
	catalogue_free(catalogue);
	unlink(path);
	folder_release(&folder);
	str_release(&json);
	return ret;
}

static void test_a_file_beside_the_dataset(void **state)
{
	static const struct {
		const char *name, *bytes;
		size_t length;
		const char *image, *problem; /* NULL: it is used */
	} cases[] = {
			{"lamp.png", PNG, 16, "lamp.png", NULL},
			{"lamp.jpg", PNG, 16, "lamp.jpg", NULL}, /* the content decides */
			{"lamp.png", PNG, 16, "Lamp.png", "there is no such file"},
			{"lamp.png", PNG, 16, "../lamp.png",
					"it must be a link that begins with https://, or a file"},
			{"lamp.png", PNG, 16, "lamp.png/x", "there is no such file"},
			{"lamp.png", "<html>", 6, "lamp.png", "not PNG, JPEG, WebP or GIF"},
			{"lamp.png", "", 0, "lamp.png", "not PNG, JPEG, WebP or GIF"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str report = STR(REPORT_MAX_BYTES);
		char *image = image_of(
				cases[i].name, cases[i].bytes, cases[i].length, cases[i].image, &report);

		assert_true(*image ? picture_is_file(image) : !!cases[i].problem);
		if (cases[i].problem && !strstr(str_text(&report), cases[i].problem))
			fail_msg("%s: %s", cases[i].problem, str_text(&report));
		if (!cases[i].problem)
			assert_string_equal(str_text(&report), "");
		free(image);
		str_release(&report);
	}
}

static void test_a_large_file_is_left_out(void **state)
{
	char *bytes = calloc(1, PICTURE_MAX_BYTES + 1), *image;
	struct str report = STR(REPORT_MAX_BYTES);

	(void)state;
	memcpy(bytes, PNG, 16);
	image = image_of("lamp.png", bytes, PICTURE_MAX_BYTES + 1, "lamp.png", &report);
	assert_string_equal(image, "");
	assert_non_null(strstr(str_text(&report), "larger than 3 MB"));
	free(image);
	str_clear(&report);
	image = image_of("lamp.png", bytes, PICTURE_MAX_BYTES, "lamp.png", &report);
	assert_true(*image);
	free(image);
	free(bytes);
	str_release(&report);
}

/* A link could lead out of the folder, and a FIFO would block the bot. */
static void test_what_is_no_file_is_not_read(void **state)
{
	char folder[] = "/tmp/picture-XXXXXX", path[64], target[64], *bytes = NULL;
	const char *type = NULL;
	size_t length = 0;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(target, sizeof(target), "%s/target.png", folder);
	file = fopen(target, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(PNG, 1, 16, file), 16);
	fclose(file);
	assert_int_equal(picture_read(target, &bytes, &length, &type), 0);
	assert_int_equal(length, 16);
	assert_string_equal(type, "image/png");
	free(bytes);
	snprintf(path, sizeof(path), "%s/link.png", folder);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(picture_read(path, &bytes, &length, &type), -ELOOP);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(picture_read(path, &bytes, &length, &type), -EISDIR);
	unlink(path);
	assert_int_equal(picture_read(folder, &bytes, &length, &type), -EISDIR);
	unlink(target);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_types_are_told_by_content),
			cmocka_unit_test(test_a_name_led_out_of_the_folder),
			cmocka_unit_test(test_a_file_beside_the_dataset),
			cmocka_unit_test(test_a_large_file_is_left_out),
			cmocka_unit_test(test_what_is_no_file_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
