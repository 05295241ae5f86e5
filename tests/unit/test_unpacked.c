/* Files of an import that are packed by gzip: whole, in members, cut off, damaged, and larger than they may be. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "bot/import/inputs.h"
#include "bot/import/unpacked.h"

#define TEXT  "tconst\tparentTconst\tseasonNumber\tepisodeNumber\ntt1\ttt9\t1\t1\n"
#define BOMB  (9u * 1024 * 1024) /* more than a JSON file may have */
#define BYTES (64u * 1024)

struct packed {
	unsigned char bytes[BYTES];
	size_t length;
};

/* Append a member. */
static void pack(struct packed *packed, const char *text, size_t length)
{
	z_stream stream = {0};

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (unsigned char *)(uintptr_t)text;
	stream.avail_in = (unsigned)length;
	stream.next_out = packed->bytes + packed->length;
	stream.avail_out = (unsigned)(BYTES - packed->length);
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	packed->length += stream.total_out;
	deflateEnd(&stream);
}

/* The bytes of a file with these bytes, read in pieces; or why they cannot be read. The caller frees *ret. */
static ssize_t unpack(const void *bytes, size_t length, size_t piece, char **ret)
{
	int fd = memfd_create("packed", MFD_CLOEXEC);
	struct unpacked *file = NULL;
	size_t total = 0;
	ssize_t count;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(unpacked_new(fd, &file), 0);
	*ret = calloc(1, BYTES);
	assert_non_null(*ret);
	do {
		assert_true(total + piece <= BYTES);
		count = unpacked_read(file, *ret + total, piece);
		total += count > 0 ? (size_t)count : 0;
	} while (count > 0);
	unpacked_free(file);
	close(fd);
	return count < 0 ? count : (ssize_t)total;
}

static void reads(const void *bytes, size_t length, const char *text)
{
	static const size_t pieces[] = {1, 7, 4096};

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		char *got;

		assert_int_equal(unpack(bytes, length, pieces[i], &got), strlen(text));
		assert_string_equal(got, text);
		free(got);
	}
}

static void fails(const void *bytes, size_t length, ssize_t error)
{
	char *got;

	assert_int_equal(unpack(bytes, length, 4096, &got), error);
	free(got);
}

static void a_file_is_read_as_it_is_or_unpacked(void **state)
{
	struct packed packed = {0};

	(void)state;
	reads(TEXT, strlen(TEXT), TEXT);
	reads("", 0, "");
	reads("\x1f\x8b", 2, "\x1f\x8b");
	pack(&packed, TEXT, strlen(TEXT));
	reads(packed.bytes, packed.length, TEXT);
	pack(&packed, "", 0);
	pack(&packed, "tt2\n", 4);
	reads(packed.bytes, packed.length, TEXT "tt2\n");
}

static void a_file_that_is_cut_off_anywhere_is_no_whole_file(void **state)
{
	struct packed packed = {0};

	(void)state;
	pack(&packed, TEXT, strlen(TEXT));
	for (size_t length = 3; length < packed.length; length++)
		fails(packed.bytes, length, -ENODATA);
}

static void a_damaged_file_is_refused(void **state)
{
	struct packed packed = {0};

	(void)state;
	pack(&packed, TEXT, strlen(TEXT));
	packed.bytes[packed.length - 6] ^= 1; /* the sum */
	fails(packed.bytes, packed.length, -EBADMSG);
	packed.bytes[packed.length - 6] ^= 1;
	memcpy(packed.bytes + packed.length, "rubbish", 7);
	fails(packed.bytes, packed.length + 7, -EBADMSG);
}

static int read_file(const struct packed *packed, struct import_input **ret)
{
	char path[] = "/tmp/unpacked-XXXXXX";
	struct inputs_path file = {.path = path};
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, packed->bytes, packed->length), packed->length);
	close(fd);
	r = inputs_read(&file, NULL, NULL, ret);
	unlink(path);
	return r;
}

static void a_small_file_that_unpacks_to_too_much_is_refused(void **state)
{
	struct packed packed = {0};
	struct import_input *input = NULL;
	char *spaces = malloc(BOMB);

	(void)state;
	assert_non_null(spaces);
	memset(spaces, ' ', BOMB);
	spaces[0] = '{';
	pack(&packed, spaces, BOMB);
	free(spaces);
	assert_int_equal(read_file(&packed, &input), -EFBIG);
	assert_null(input);
}

static void a_packed_data_set_is_recognised(void **state)
{
	struct packed packed = {0};
	struct import_input *input = NULL;

	(void)state;
	pack(&packed, TEXT, strlen(TEXT));
	assert_int_equal(read_file(&packed, &input), 0);
	assert_string_equal(input->bytes, TEXT);
	assert_string_equal(source_format(input)->name, "IMDb's data set");
	inputs_free(input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_file_is_read_as_it_is_or_unpacked),
			cmocka_unit_test(a_file_that_is_cut_off_anywhere_is_no_whole_file),
			cmocka_unit_test(a_damaged_file_is_refused),
			cmocka_unit_test(a_small_file_that_unpacks_to_too_much_is_refused),
			cmocka_unit_test(a_packed_data_set_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
