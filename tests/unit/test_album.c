/* Kept pictures: the folder stays small, and files of others in it are left alone. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/unit/catalogue_folder.h"

#include "bot/catalogue/picture.h"
#include "bot/pictures/album.h"

#define PNG "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"

static void name_of(unsigned number, char ret[PICTURE_NAME_BYTES])
{
	snprintf(ret, PICTURE_NAME_BYTES, "%016x", number);
}

static size_t count_files(const char *path)
{
	DIR *folder = opendir(path);
	size_t count = 0;

	assert_non_null(folder);
	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}

static void empty(const char *path)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", path);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a folder of this test */
}

/* Write a picture, and let it look older than those after it. */
static void keep(const char *folder, unsigned number, const char *bytes, size_t length)
{
	struct timespec times[2] = {{.tv_sec = 1000 + (time_t)number}, {.tv_sec = 1000 + (time_t)number}};
	char name[PICTURE_NAME_BYTES], path[128];

	name_of(number, name);
	assert_int_equal(album_write(folder, name, bytes, length), 0);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int read_one(const char *folder, unsigned number)
{
	char name[PICTURE_NAME_BYTES], *bytes = NULL;
	const char *type = NULL;
	size_t length = 0;
	int r;

	name_of(number, name);
	r = album_read(folder, name, &bytes, &length, &type);
	free(bytes);
	return r;
}

static void test_the_oldest_pictures_make_place(void **state)
{
	char parent[] = "/tmp/album-XXXXXX", folder[64], *bytes = calloc(1, PICTURE_MAX_BYTES);
	unsigned fitting = ALBUM_MAX_BYTES / PICTURE_MAX_BYTES, number = 1;

	(void)state;
	assert_non_null(mkdtemp(parent));
	snprintf(folder, sizeof(folder), "%s/pictures", parent);
	memcpy(bytes, PNG, 16);
	assert_int_equal(read_one(folder, 1), -ENOENT);
	for (; number <= fitting + 2; number++)
		keep(folder, number, bytes, PICTURE_MAX_BYTES);
	assert_int_equal(count_files(folder), fitting);
	assert_int_equal(read_one(folder, 1), -ENOENT);
	assert_int_equal(read_one(folder, 2), -ENOENT);
	assert_int_equal(read_one(folder, 3), 0);
	assert_int_equal(read_one(folder, fitting + 2), 0);
	free(bytes);
	empty(parent);
}

static void test_a_foreign_file_was_deleted(void **state)
{
	static const char *const names[] = {
			"notes.txt", "0123456789ABCDEF", "0123456789abcdef0", "picture.png"};
	char folder[] = "/tmp/album-XXXXXX", path[128];

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		assert_int_equal(truncate(path, 0) < 0 && errno == ENOENT, 1);
		assert_int_equal(fclose(fopen(path, "w")), 0);
		assert_int_equal(truncate(path, ALBUM_MAX_BYTES), 0); /* a sparse file */
	}
	keep(folder, 1, PNG, 16);
	keep(folder, 2, PNG, 16);
	assert_int_equal(count_files(folder), COUNT_OF(names) + 2);
	empty(folder);
}

/* The state folder may be restored from a backup, or edited by a person. */
static void test_a_kept_file_is_no_picture(void **state)
{
	char folder[] = "/tmp/album-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(folder));
	keep(folder, 1, "<html>", 6);
	assert_int_equal(read_one(folder, 1), -EBADMSG);
	empty(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_the_oldest_pictures_make_place),
			cmocka_unit_test(test_a_foreign_file_was_deleted),
			cmocka_unit_test(test_a_kept_file_is_no_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
