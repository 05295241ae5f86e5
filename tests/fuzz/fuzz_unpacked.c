/* A file of an import that may be packed by gzip. However it is read in pieces, the bytes and the end are the same. */

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bot/import/unpacked.h"
#include "tests/fuzz/fuzzed.h"

#define READ_MAX_BYTES (256u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Up to READ_MAX_BYTES; a negative errno at the end counts only if it is reached. */
static ssize_t read_all(const uint8_t *data, size_t size, size_t piece, char *ret, size_t *ret_length)
{
	int fd = memfd_create("unpacked", MFD_CLOEXEC);
	struct unpacked *file = NULL;
	ssize_t count;

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	assert(unpacked_new(fd, &file) == 0);
	*ret_length = 0;
	do {
		size_t left = READ_MAX_BYTES - *ret_length, wanted = piece < left ? piece : left;

		count = wanted ? unpacked_read(file, ret + *ret_length, wanted) : 0;
		assert(count <= (ssize_t)wanted);
		*ret_length += count > 0 ? (size_t)count : 0;
	} while (count > 0);
	unpacked_free(file);
	close(fd);
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char one[READ_MAX_BYTES], other[READ_MAX_BYTES];
	size_t one_length, other_length;
	ssize_t r = read_all(data, size, READ_MAX_BYTES, one, &one_length);

	assert(r == 0 || r == -ENODATA || r == -EBADMSG);
	if (read_all(data, size, 777, other, &other_length) == 0 && r == 0) {
		assert(one_length == other_length && memcmp(one, other, one_length) == 0);
		if (size < 3 || data[0] != 0x1f)
			assert(one_length == (size < READ_MAX_BYTES ? size : READ_MAX_BYTES));
	}
	return 0;
}
