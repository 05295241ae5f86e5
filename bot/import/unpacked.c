/* Files as they are, and gzip files by zlib. */

#include "bot/import/unpacked.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define INPUT_BYTES 65536
#define GZIP_ONLY   (16 + MAX_WBITS) /* of inflateInit2() */

struct unpacked {
	int fd;
	z_stream stream;
	bool is_known; /* whether it is a gzip file */
	bool is_gzip;
	bool is_between; /* a member has ended, and another may begin */
	bool is_at_end;  /* of the file */
	size_t used;
	unsigned char input[INPUT_BYTES];
};

int unpacked_new(int fd, struct unpacked **ret)
{
	struct unpacked *file = calloc(1, sizeof(*file));

	if (!file)
		return -ENOMEM;
	file->fd = fd;
	*ret = file;
	return 0;
}

void unpacked_free(struct unpacked *file)
{
	if (!file)
		return;
	if (file->is_gzip)
		inflateEnd(&file->stream);
	free(file);
}

/* More bytes behind those that are left. */
static int fill(struct unpacked *file)
{
	z_stream *stream = &file->stream;
	ssize_t count;

	memmove(file->input, stream->next_in ? stream->next_in : file->input, stream->avail_in);
	stream->next_in = file->input;
	do {
		count = read(file->fd, file->input + stream->avail_in, INPUT_BYTES - stream->avail_in);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	file->is_at_end = count == 0;
	file->used += (size_t)count;
	stream->avail_in += (unsigned)count;
	return 0;
}

static int recognise(struct unpacked *file)
{
	int r = 0;

	while (r == 0 && file->stream.avail_in < 3 && !file->is_at_end)
		r = fill(file);
	if (r < 0)
		return r;
	file->is_known = true;
	if (file->stream.avail_in < 3 || memcmp(file->input, "\x1f\x8b\x08", 3) != 0)
		return 0;
	if (inflateInit2(&file->stream, GZIP_ONLY) != Z_OK)
		return -ENOMEM;
	file->is_gzip = true;
	return 0;
}

static ssize_t read_plain(struct unpacked *file, char *bytes, size_t size)
{
	size_t count = file->stream.avail_in < size ? file->stream.avail_in : size;
	ssize_t got;

	if (count > 0) {
		memcpy(bytes, file->stream.next_in, count);
		file->stream.next_in += count;
		file->stream.avail_in -= (unsigned)count;
		return (ssize_t)count;
	}
	do {
		got = read(file->fd, bytes, size);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	file->used += (size_t)got;
	return got;
}

/* 1: there is input for inflate(). 0: the file has ended well. */
static int more(struct unpacked *file)
{
	int r = 0;

	if (file->stream.avail_in == 0 && !file->is_at_end)
		r = fill(file);
	if (r < 0 || file->stream.avail_in > 0)
		return r < 0 ? r : 1;
	return file->is_between ? 0 : -ENODATA;
}

static ssize_t read_gzip(struct unpacked *file, char *bytes, size_t size)
{
	z_stream *stream = &file->stream;
	int r = 1;

	stream->next_out = (unsigned char *)bytes;
	stream->avail_out = (unsigned)(size < INPUT_BYTES * 16 ? size : INPUT_BYTES * 16);
	size = stream->avail_out;
	while (stream->avail_out == size && (r = more(file)) > 0) {
		int z;

		if (file->is_between && inflateReset(stream) != Z_OK)
			return -EBADMSG;
		file->is_between = false;
		z = inflate(stream, Z_NO_FLUSH);
		file->is_between = z == Z_STREAM_END;
		if (z == Z_MEM_ERROR)
			return -ENOMEM;
		if (z != Z_OK && z != Z_STREAM_END && z != Z_BUF_ERROR)
			return -EBADMSG;
	}
	return r < 0 ? r : (ssize_t)(size - stream->avail_out);
}

ssize_t unpacked_read(struct unpacked *file, char *bytes, size_t size)
{
	int r;

	file->used = 0;
	r = file->is_known ? 0 : recognise(file);
	if (r < 0)
		return r;
	return file->is_gzip ? read_gzip(file, bytes, size) : read_plain(file, bytes, size);
}

size_t unpacked_used(const struct unpacked *file)
{
	return file->used;
}
