/* Decompression of Discord's transport compression. */

#include "bot/gateway/discord/stream/compress.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "bot/base/str.h"

#define FIRST_BYTES 16384

struct discord_decoder {
	enum discord_compress kind;
	struct discord_scratch *scratch;
	z_stream zlib;
	bool is_zlib_open;
	ZSTD_DStream *zstd;
	struct budget_share share; /* of pieces */
	struct str pieces;         /* of an incomplete zlib payload */
};

void discord_scratch_release(struct discord_scratch *scratch)
{
	free(scratch->bytes);
	budget_hold(&scratch->share, 0);
	*scratch = (struct discord_scratch){.capacity = 0};
}

/* Double the buffer. -EMSGSIZE, -ENOBUFS, -ENOMEM. */
static int scratch_grow(struct discord_scratch *scratch)
{
	size_t capacity = scratch->capacity ? scratch->capacity * 2 : FIRST_BYTES;
	char *bytes;

	if (capacity > DISCORD_COMPRESS_MESSAGE_MAX_BYTES)
		return -EMSGSIZE;
	if (budget_hold(&scratch->share, capacity) < 0)
		return -ENOBUFS;
	bytes = realloc(scratch->bytes, capacity);
	if (!bytes) {
		budget_hold(&scratch->share, scratch->capacity);
		return -ENOMEM;
	}
	scratch->bytes = bytes;
	scratch->capacity = capacity;
	return 0;
}

/* The stream cannot continue: refuse the next piece, which ends the connection. */
static void on_over(void *user)
{
	struct discord_decoder *decoder = user;

	budget_release(&decoder->share, &decoder->pieces);
	decoder->pieces.error = -ENOBUFS;
}

const char *discord_compress_query(enum discord_compress kind)
{
	switch (kind) {
	case DISCORD_ZSTD: return "&compress=zstd-stream";
	case DISCORD_ZLIB: return "&compress=zlib-stream";
	case DISCORD_PLAIN: break;
	}
	return "";
}

int discord_decoder_new(
		enum discord_compress kind, struct discord_scratch *scratch, struct discord_decoder **ret)
{
	struct discord_decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder)
		return -ENOMEM;
	decoder->kind = kind;
	decoder->scratch = scratch;
	decoder->share = (struct budget_share){.on_over = on_over, .user = decoder};
	decoder->pieces = STR(DISCORD_COMPRESS_PACKED_MAX_BYTES);
	if (kind == DISCORD_ZLIB)
		decoder->is_zlib_open = inflateInit(&decoder->zlib) == Z_OK;
	/* The checksum is at the end of the stream, which is never sent; TLS has its own. */
	if (decoder->is_zlib_open)
		inflateValidate(&decoder->zlib, 0);
	if (kind == DISCORD_ZSTD)
		decoder->zstd = ZSTD_createDStream();
	if ((kind == DISCORD_ZLIB && !decoder->is_zlib_open) || (kind == DISCORD_ZSTD && !decoder->zstd)) {
		discord_decoder_free(decoder);
		return -ENOMEM;
	}
	if (decoder->zstd)
		ZSTD_DCtx_setParameter(decoder->zstd, ZSTD_d_windowLogMax, DISCORD_COMPRESS_WINDOW_LOG_MAX);
	*ret = decoder;
	return 0;
}

void discord_decoder_free(struct discord_decoder *decoder)
{
	if (!decoder)
		return;
	if (decoder->is_zlib_open)
		inflateEnd(&decoder->zlib);
	ZSTD_freeDStream(decoder->zstd);
	budget_release(&decoder->share, &decoder->pieces);
	free(decoder);
}

/* Decompress all bytes into the scratch buffer. */
static int inflate_all(struct discord_decoder *decoder, const char *bytes, size_t length, size_t *ret_length)
{
	struct discord_scratch *scratch = decoder->scratch;
	z_stream *zlib = &decoder->zlib;
	size_t done = 0;
	int r;

	/* zlib declares its input non-const, but does not write to it. */
	zlib->next_in = (unsigned char *)(uintptr_t)bytes;
	zlib->avail_in = (unsigned)length;
	for (;;) {
		if (done == scratch->capacity) {
			r = scratch_grow(scratch);
			if (r < 0)
				return r;
		}
		zlib->next_out = (unsigned char *)scratch->bytes + done;
		zlib->avail_out = (unsigned)(scratch->capacity - done);
		r = inflate(zlib, Z_SYNC_FLUSH);
		done = scratch->capacity - zlib->avail_out;
		if (r == Z_MEM_ERROR)
			return -ENOMEM;
		if (r != Z_OK && r != Z_BUF_ERROR) /* the end of the stream is an error too */
			return -EBADMSG;
		if (zlib->avail_out) /* output space is left: the input is used up */
			break;
	}
	*ret_length = done;
	return zlib->avail_in ? -EBADMSG : 1;
}

static int feed_zlib(struct discord_decoder *decoder, const char *bytes, size_t length, size_t *ret_length)
{
	static const char mark[4] = {0, 0, (char)0xff, (char)0xff};
	bool is_whole = length >= sizeof(mark) &&
			memcmp(bytes + length - sizeof(mark), mark, sizeof(mark)) == 0;
	int r;

	if (is_whole && !decoder->pieces.length && !decoder->pieces.error)
		return inflate_all(decoder, bytes, length, ret_length);
	budget_append(&decoder->share, &decoder->pieces, bytes, length);
	if (decoder->pieces.error)
		return decoder->pieces.error;
	length = decoder->pieces.length;
	if (length < sizeof(mark) ||
			memcmp(decoder->pieces.bytes + length - sizeof(mark), mark, sizeof(mark)) != 0)
		return 0;
	decoder->share.is_pinned = true; /* pinned while the scratch may grow */
	r = inflate_all(decoder, decoder->pieces.bytes, length, ret_length);
	decoder->share.is_pinned = false;
	budget_release(&decoder->share, &decoder->pieces);
	return r;
}

static int feed_zstd(struct discord_decoder *decoder, const char *bytes, size_t length, size_t *ret_length)
{
	struct discord_scratch *scratch = decoder->scratch;
	ZSTD_inBuffer in = {bytes, length, 0};
	ZSTD_outBuffer out = {scratch->bytes, scratch->capacity, 0};

	do {
		size_t result;

		if (out.pos == out.size) {
			int r = scratch_grow(scratch);

			if (r < 0)
				return r;
			out.dst = scratch->bytes;
			out.size = scratch->capacity;
		}
		result = ZSTD_decompressStream(decoder->zstd, &out, &in);
		if (ZSTD_isError(result))
			return -EBADMSG;
		/* All input is read, and output space is left. */
	} while (in.pos < in.size || out.pos == out.size);
	*ret_length = out.pos;
	return out.pos ? 1 : 0;
}

int discord_decoder_feed(struct discord_decoder *decoder, const char *bytes, size_t length,
		const char **ret_bytes, size_t *ret_length)
{
	size_t unpacked = 0;
	int r;

	if (decoder->kind == DISCORD_PLAIN) {
		*ret_bytes = bytes;
		*ret_length = length;
		return 1;
	}
	if (length > DISCORD_COMPRESS_PACKED_MAX_BYTES)
		return -EMSGSIZE;
	if (decoder->kind == DISCORD_ZLIB)
		r = feed_zlib(decoder, bytes, length, &unpacked);
	else
		r = feed_zstd(decoder, bytes, length, &unpacked);
	if (r > 0) {
		*ret_bytes = decoder->scratch->bytes;
		*ret_length = unpacked;
	}
	return r;
}

void discord_decoder_rest(struct discord_decoder *decoder)
{
	if (decoder->scratch->capacity > DISCORD_COMPRESS_KEPT_BYTES)
		discord_scratch_release(decoder->scratch);
}
