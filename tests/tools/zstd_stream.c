/*
 * zstd_stream - the fake Discord's zstd-stream compression. Reads payloads from standard input,
 * each after its length (32 bits, little endian), and writes each in the same form to standard
 * output, as one flushed chunk of one endless frame. An argument is the logarithm of the window's size.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#define LEVEL             3
#define PAYLOAD_MAX_BYTES (64u * 1024 * 1024)

struct buffer {
	unsigned char *bytes;
	size_t room;
};

static bool read_all(void *to, size_t bytes)
{
	unsigned char *at = to;

	while (bytes) {
		ssize_t got = read(STDIN_FILENO, at, bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		bytes -= (size_t)got;
	}
	return true;
}

static bool write_all(const void *from, size_t bytes)
{
	const unsigned char *at = from;

	while (bytes) {
		ssize_t put = write(STDOUT_FILENO, at, bytes);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		at += put;
		bytes -= (size_t)put;
	}
	return true;
}

static bool reserve(struct buffer *buffer, size_t bytes)
{
	unsigned char *grown;

	if (bytes <= buffer->room)
		return true;
	grown = realloc(buffer->bytes, bytes);
	if (!grown)
		return false;
	buffer->bytes = grown;
	buffer->room = bytes;
	return true;
}

/* Leave four bytes for the length before the chunk, to need only one write. */
static bool compress_one(ZSTD_CCtx *context, const struct buffer *in, size_t in_bytes, struct buffer *out)
{
	ZSTD_inBuffer input = {in->bytes, in_bytes, 0};
	ZSTD_outBuffer output;
	uint32_t length;

	if (!reserve(out, 4 + ZSTD_compressBound(in_bytes) + 64))
		return false;
	output = (ZSTD_outBuffer){out->bytes + 4, out->room - 4, 0};
	/* The buffer is large enough for a whole frame, so an incomplete flush is an error. */
	if (ZSTD_compressStream2(context, &output, &input, ZSTD_e_flush) != 0)
		return false;
	length = (uint32_t)output.pos;
	for (int i = 0; i < 4; i++)
		out->bytes[i] = (unsigned char)(length >> 8 * i);
	return write_all(out->bytes, 4 + output.pos);
}

int main(int argc, char **argv)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	long window_log = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	struct buffer in = {NULL, 0}, out = {NULL, 0};
	unsigned char head[4];
	bool is_good = context &&
		       !ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, LEVEL)) &&
		       !ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, (int)window_log));

	while (is_good && read_all(head, sizeof(head))) {
		size_t bytes = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;

		is_good = bytes <= PAYLOAD_MAX_BYTES && reserve(&in, bytes ? bytes : 1) &&
			  read_all(in.bytes, bytes) && compress_one(context, &in, bytes, &out);
	}
	free(in.bytes);
	free(out.bytes);
	ZSTD_freeCCtx(context);
	if (!is_good)
		fputs("zstd_stream: out of memory, or a broken payload\n", stderr);
	return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
