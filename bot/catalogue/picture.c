/* Pictures: their types, names and files. */

#include "bot/catalogue/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/str.h"

#define PATH_MAX_BYTES 4096
#define HEAD_BYTES     32 /* enough for every signature */

struct signature {
	const char *type;
	const char *bytes, *mask; /* of one length: a byte that the mask has as 0 may be any */
	size_t length;
};

static const struct signature signatures[] = {
		{"image/png", "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
				"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16},
		{"image/jpeg", "\xff\xd8\xff", "\xff\xff\xff", 3},
		{"image/gif", "GIF87a", "\xff\xff\xff\xff\xff\xff", 6},
		{"image/gif", "GIF89a", "\xff\xff\xff\xff\xff\xff", 6},
		{"image/webp", "RIFF\0\0\0\0WEBPVP8", "\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff",
				15},
};

const char *picture_type_of(const char *bytes, size_t length)
{
	for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++) {
		const struct signature *signature = &signatures[i];
		bool is_same = length >= signature->length;

		for (size_t at = 0; is_same && at < signature->length; at++)
			is_same = (bytes[at] & signature->mask[at]) == signature->bytes[at];
		if (is_same)
			return signature->type;
	}
	return NULL;
}

bool picture_is_file(const char *image)
{
	return *image && !str_starts(image, "https://");
}

void picture_name(const char *image, char ret[PICTURE_NAME_BYTES])
{
	snprintf(ret, PICTURE_NAME_BYTES, "%016" PRIx64, str_hash(0, image, strlen(image)));
}

/* ---------------------------------------------------------------- files */

/* Of each part between slashes. */
static bool is_part_valid(const char *part, size_t length)
{
	if (!length || part[0] == '.')
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)part[i];

		if (byte < ' ' || byte == 0x7f || byte == '\\' || byte == ':')
			return false;
	}
	return true;
}

static bool is_name_valid(const char *name)
{
	const char *part = name;

	for (;;) {
		size_t length = strcspn(part, "/");

		if (!is_part_valid(part, length))
			return false;
		if (!part[length])
			return true;
		part += length + 1;
	}
}

int picture_path(const char *dataset, const char *name, char **ret)
{
	const char *slash = strrchr(dataset, '/');
	struct str path = STR(PATH_MAX_BYTES);
	int r;

	if (!is_name_valid(name))
		return -EINVAL;
	if (slash)
		str_append_bytes(&path, dataset, (size_t)(slash - dataset) + 1);
	else
		str_append(&path, "./");
	str_append(&path, name);
	r = str_take(&path, ret);
	return r == -EMSGSIZE ? -EINVAL : r;
}

/* 0 or a negative errno; *ret_length is less than length if the file is shorter. */
static int read_bytes(int fd, char *bytes, size_t length, size_t *ret_length)
{
	size_t count = 0;

	while (count < length) {
		ssize_t got = read(fd, bytes + count, length - count);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		count += (size_t)got;
	}
	*ret_length = count;
	return 0;
}

static int check_status(int fd, size_t *ret_length)
{
	struct stat about;

	if (fstat(fd, &about) < 0)
		return -errno;
	if (!S_ISREG(about.st_mode))
		return -EISDIR;
	if (about.st_size > (off_t)PICTURE_MAX_BYTES)
		return -EFBIG;
	*ret_length = (size_t)about.st_size;
	return 0;
}

int picture_read(const char *path, char **ret, size_t *ret_length, const char **ret_type)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW), r;
	size_t length = 0, wanted;
	const char *type = NULL;
	char *bytes = NULL;

	if (fd < 0)
		return -errno;
	r = check_status(fd, &length);
	wanted = ret ? length : HEAD_BYTES;
	if (r == 0)
		bytes = malloc(wanted + 1);
	if (r == 0)
		r = bytes ? read_bytes(fd, bytes, wanted, &length) : -ENOMEM;
	close(fd);
	if (r == 0)
		type = picture_type_of(bytes, length);
	if (r == 0 && !type)
		r = -EBADMSG;
	if (r < 0 || !ret) {
		free(bytes);
		return r;
	}
	*ret = bytes;
	*ret_length = length;
	*ret_type = type;
	return 0;
}
