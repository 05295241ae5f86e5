/* Decompression of Discord's transport compression. */

#include "bot/gateway/discord/stream/compress.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "bot/base/span.h"
#include "bot/base/str.h"

#define FIRST_BYTES 16384
/* ZSTD_decompressStream() wants the header of a block, so the one before is complete; or 3 bytes of the last block of a
 * frame. The second is no case to tell apart: frames are not cut there, and if one is, the session is resumed. */
#define ZSTD_NEXT_IS_BLOCK 3
#define ZSTD_RLE_BLOCK     1
#define ZLIB_MARK          0x0000ffffu /* the last four bytes of a flush */

struct discord_decoder {
	struct discord_scratch *scratch;
	enum discord_compress kind;  /* of the stream */
	enum discord_compress given; /* of the last payload */
	bool is_open;                /* a stream has begun and has not ended */
	z_stream zlib;
	bool is_zlib_made;
	uint32_t tail; /* the last four bytes of the zlib stream */
	ZSTD_DStream *zstd;
	bool is_at_block; /* the next byte of the zstd stream begins a block */
	bool is_single;
	const char *problem;
	struct budget_share share; /* of pieces */
	struct str pieces;         /* of a payload that a message did not end */
	bool is_lent;              /* pieces is a whole payload, which the caller has */
};

/* A message on its way out of the stream. */
struct unpacking {
	const unsigned char *at;
	size_t length;
	size_t done;   /* bytes in the scratch */
	bool is_whole; /* a payload ends here */
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

const char *discord_compress_name(enum discord_compress kind)
{
	switch (kind) {
	case DISCORD_ZSTD: return "zstd-stream";
	case DISCORD_ZLIB: return "zlib-stream";
	case DISCORD_PLAIN: break;
	}
	return "no compression";
}

int discord_decoder_new(struct discord_scratch *scratch, struct discord_decoder **ret)
{
	struct discord_decoder *decoder = calloc(1, sizeof(*decoder));

	if (!decoder)
		return -ENOMEM;
	decoder->given = DISCORD_PLAIN;
	decoder->scratch = scratch;
	decoder->problem = "";
	decoder->share = (struct budget_share){.on_over = on_over, .user = decoder};
	decoder->pieces = STR(DISCORD_COMPRESS_MESSAGE_MAX_BYTES);
	*ret = decoder;
	return 0;
}

void discord_decoder_free(struct discord_decoder *decoder)
{
	if (!decoder)
		return;
	if (decoder->is_zlib_made)
		inflateEnd(&decoder->zlib);
	ZSTD_freeDStream(decoder->zstd);
	budget_release(&decoder->share, &decoder->pieces);
	free(decoder);
}

enum discord_compress discord_decoder_kind(const struct discord_decoder *decoder)
{
	return decoder->given;
}

bool discord_decoder_is_single(const struct discord_decoder *decoder)
{
	return decoder->is_single;
}

const char *discord_decoder_problem(const struct discord_decoder *decoder)
{
	return decoder->problem;
}

static int refuse(struct discord_decoder *decoder, const char *problem)
{
	decoder->problem = problem;
	return -EBADMSG;
}

/* ---------------------------------------------------------------- the beginning of a stream */

static bool begins_zstd(const unsigned char *bytes, size_t length)
{
	static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd};
	size_t count = length < sizeof(magic) ? length : sizeof(magic);

	return memcmp(bytes, magic, count) == 0;
}

/* RFC 1950: deflate with a window of at most 32 KiB, and a check of both bytes. */
static bool begins_zlib(const unsigned char *bytes, size_t length)
{
	return (bytes[0] & 0x0f) == 8 && bytes[0] >> 4 <= 7 &&
	       (length < 2 || (bytes[0] << 8 | bytes[1]) % 31 == 0);
}

static int begin_zlib(struct discord_decoder *decoder)
{
	if (decoder->is_zlib_made)
		return inflateReset(&decoder->zlib) == Z_OK ? 0 : -ENOMEM;
	decoder->is_zlib_made = inflateInit(&decoder->zlib) == Z_OK;
	if (!decoder->is_zlib_made)
		return -ENOMEM;
	/* The checksum is at the end of the stream, which is usually never sent; TLS has its own. */
	inflateValidate(&decoder->zlib, 0);
	return 0;
}

static int begin_zstd(struct discord_decoder *decoder)
{
	if (!decoder->zstd) {
		decoder->zstd = ZSTD_createDStream();
		if (!decoder->zstd)
			return -ENOMEM;
		ZSTD_DCtx_setParameter(decoder->zstd, ZSTD_d_windowLogMax, DISCORD_COMPRESS_WINDOW_LOG_MAX);
	}
	ZSTD_DCtx_reset(decoder->zstd, ZSTD_reset_session_only);
	decoder->is_at_block = false;
	return 0;
}

static int begin(struct discord_decoder *decoder, const struct unpacking *unpacking)
{
	int r;

	if (begins_zstd(unpacking->at, unpacking->length)) {
		decoder->kind = DISCORD_ZSTD;
		r = begin_zstd(decoder);
	} else if (begins_zlib(unpacking->at, unpacking->length)) {
		decoder->kind = DISCORD_ZLIB;
		decoder->tail = UINT32_MAX;
		r = begin_zlib(decoder);
	} else {
		r = refuse(decoder, "neither JSON, zlib nor zstd");
	}
	decoder->is_open = r == 0;
	return r;
}

/* ---------------------------------------------------------------- the stream */

/* The scratch has at least one more byte, and one for the terminator. */
static int make_room(struct discord_scratch *scratch, size_t done)
{
	return done + 1 < scratch->capacity ? 0 : scratch_grow(scratch);
}

static void consume_zlib(struct discord_decoder *decoder, struct unpacking *unpacking, size_t count)
{
	size_t skipped = count > sizeof(decoder->tail) ? count - sizeof(decoder->tail) : 0;

	for (size_t i = skipped; i < count; i++)
		decoder->tail = decoder->tail << 8 | unpacking->at[i];
	unpacking->at += count;
	unpacking->length -= count;
}

/* Up to the end of the message or of the stream. */
static int inflate_some(struct discord_decoder *decoder, struct unpacking *unpacking)
{
	struct discord_scratch *scratch = decoder->scratch;
	z_stream *zlib = &decoder->zlib;
	int r;

	/* zlib declares its input non-const, but does not write to it. */
	zlib->next_in = (unsigned char *)(uintptr_t)unpacking->at;
	zlib->avail_in = (unsigned)unpacking->length;
	do {
		r = make_room(scratch, unpacking->done);
		if (r < 0)
			return r;
		zlib->next_out = (unsigned char *)scratch->bytes + unpacking->done;
		zlib->avail_out = (unsigned)(scratch->capacity - 1 - unpacking->done);
		r = inflate(zlib, Z_SYNC_FLUSH);
		unpacking->done = scratch->capacity - 1 - zlib->avail_out;
		if (r == Z_MEM_ERROR)
			return -ENOMEM;
		if (r != Z_OK && r != Z_BUF_ERROR && r != Z_STREAM_END)
			return refuse(decoder,
					r == Z_NEED_DICT ? "zlib: a dictionary" : "zlib: malformed data");
		/* While the output is full, there may be more. */
	} while (r != Z_STREAM_END && !zlib->avail_out);
	consume_zlib(decoder, unpacking, unpacking->length - zlib->avail_in);
	decoder->is_open = r != Z_STREAM_END;
	unpacking->is_whole = !decoder->is_open || decoder->tail == ZLIB_MARK;
	return decoder->is_open && unpacking->length ? refuse(decoder, "zlib: malformed data") : 0;
}

static int decompress_some(struct discord_decoder *decoder, struct unpacking *unpacking)
{
	struct discord_scratch *scratch = decoder->scratch;
	ZSTD_inBuffer in = {unpacking->at, unpacking->length, 0};
	ZSTD_outBuffer out;
	size_t result;

	do {
		int r = make_room(scratch, unpacking->done);

		if (r < 0)
			return r;
		out = (ZSTD_outBuffer){scratch->bytes, scratch->capacity - 1, unpacking->done};
		result = ZSTD_decompressStream(decoder->zstd, &out, &in);
		unpacking->done = out.pos;
		if (ZSTD_isError(result))
			return refuse(decoder, ZSTD_getErrorName(result));
		/* All input is read, and output space is left; or the stream has ended. */
	} while (result && (in.pos < in.size || out.pos == out.size));
	unpacking->at += in.pos;
	unpacking->length -= in.pos;
	decoder->is_open = result != 0;
	decoder->is_at_block = result == ZSTD_NEXT_IS_BLOCK;
	unpacking->is_whole = !result || decoder->is_at_block;
	return 0;
}

/* One block of an open stream (RFC 8878), as a server makes it of a payload: a flush ends the block. */
static bool is_one_block(const struct discord_decoder *decoder, const unsigned char *bytes, size_t length)
{
	size_t header, size;

	if (!decoder->is_open || decoder->kind != DISCORD_ZSTD || !decoder->is_at_block || length < 3)
		return false;
	header = bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16;
	size = (header >> 1 & 3) == ZSTD_RLE_BLOCK ? 1 : header >> 3;
	return length == 3 + size;
}

/* Decompress a message into the scratch. */
static int unpack(struct discord_decoder *decoder, struct unpacking *unpacking)
{
	int r = 0;

	while (r == 0 && unpacking->length) {
		if (!decoder->is_open)
			r = begin(decoder, unpacking);
		if (r == 0)
			r = decoder->kind == DISCORD_ZLIB ? inflate_some(decoder, unpacking)
							  : decompress_some(decoder, unpacking);
	}
	if (r == 0 && decoder->scratch->bytes)
		decoder->scratch->bytes[unpacking->done] = '\0';
	return r;
}

static void return_pieces(struct discord_decoder *decoder)
{
	decoder->is_lent = decoder->share.is_pinned = false;
	budget_release(&decoder->share, &decoder->pieces);
}

/* The payload of several messages so far. */
static int join_pieces(struct discord_decoder *decoder, const struct unpacking *unpacking,
		const char **ret_bytes, size_t *ret_length)
{
	struct str *pieces = &decoder->pieces;

	budget_append(&decoder->share, pieces, decoder->scratch->bytes, unpacking->done);
	if (pieces->error)
		return pieces->error;
	if (!unpacking->is_whole || !pieces->length)
		return 0;
	decoder->is_lent = decoder->share.is_pinned = true;
	*ret_bytes = str_text(pieces);
	*ret_length = pieces->length;
	return 1;
}

/* JSON in a binary message, where a stream could begin. */
static bool is_plain(const struct discord_decoder *decoder, const char *bytes, size_t length)
{
	const char *end = bytes + length, *at = decoder->is_open ? end : span_skip_space(bytes, end);

	return at < end && *at == '{';
}

int discord_decoder_feed(struct discord_decoder *decoder, const char *bytes, size_t length, bool is_text,
		const char **ret_bytes, size_t *ret_length)
{
	struct unpacking unpacking = {.at = (const unsigned char *)bytes, .length = length};
	int r;

	if (decoder->is_lent)
		return_pieces(decoder);
	if (decoder->pieces.error)
		return decoder->pieces.error;
	if (is_text || is_plain(decoder, bytes, length)) {
		decoder->given = DISCORD_PLAIN;
		decoder->is_single = is_text;
		*ret_bytes = bytes;
		*ret_length = length;
		return 1;
	}
	if (length > DISCORD_COMPRESS_PACKED_MAX_BYTES)
		return -EMSGSIZE;
	decoder->is_single = is_one_block(decoder, unpacking.at, length);
	r = unpack(decoder, &unpacking);
	if (r < 0 || !length)
		return r;
	decoder->given = decoder->kind;
	if (!unpacking.is_whole || decoder->pieces.length)
		return join_pieces(decoder, &unpacking, ret_bytes, ret_length);
	if (!unpacking.done)
		return 0;
	*ret_bytes = decoder->scratch->bytes;
	*ret_length = unpacking.done;
	return 1;
}

void discord_decoder_rest(struct discord_decoder *decoder)
{
	if (decoder->is_lent)
		return_pieces(decoder);
	if (decoder->scratch->capacity > DISCORD_COMPRESS_KEPT_BYTES)
		discord_scratch_release(decoder->scratch);
}
