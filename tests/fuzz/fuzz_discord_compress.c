/*
 * Discord's transport compression: invalid streams, and valid streams, which must be
 * decompressed correctly. The input's first byte chooses the kind and the window; then each
 * step is a byte for the action, a length, and that many bytes:
 *
 *	0  the raw bytes as one WebSocket message
 *	1  compressed and flushed, as one message
 *	2  the same, cut in two
 *	3  kilobytes of one byte, compressed
 *	4  the payload has been handled; 5 a new connection
 *	6  compressed as in 1, as the end of the stream: the next one is of the other kind
 *	7  as text
 *
 * The byte BOMB as the first step is a bomb of 80 MiB.
 */

#include <errno.h>
#include <zlib.h>
#include <zstd.h>

#include "bot/gateway/discord/stream/compress.h"
#include "bot/gateway/discord/stream/frame.h"
#include "tests/fuzz/fuzzed.h"

#define STEPS_MAX         64
#define PACKED_BYTES      (1u << 20)
#define BOMB              0xB6
#define RUN_MAX_KILOBYTES 600 /* more than the scratch buffer keeps */
#define BOMB_BYTES        (80u << 20)
#define WINDOW_LOG_LEAST  10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct compressor {
	enum discord_compress kind;
	z_stream zlib;
	ZSTD_CCtx *zstd;
};

struct world {
	struct discord_scratch scratch;
	struct discord_decoder *decoder;
	struct compressor compressor;
	unsigned window_log;
	bool is_in_step; /* all that was fed came from the compressor, and all of it arrived */
	uint64_t seen;
};

static char packed[PACKED_BYTES];

static void compressor_begin(struct world *world)
{
	struct compressor *compressor = &world->compressor;

	if (compressor->kind == DISCORD_ZLIB) {
		assert(deflateInit(&compressor->zlib, 1) == Z_OK);
		return;
	}
	compressor->zstd = ZSTD_createCCtx();
	assert(compressor->zstd);
	ZSTD_CCtx_setParameter(compressor->zstd, ZSTD_c_windowLog, (int)world->window_log);
}

static void compressor_end(struct compressor *compressor)
{
	if (compressor->kind == DISCORD_ZLIB)
		deflateEnd(&compressor->zlib);
	ZSTD_freeCCtx(compressor->zstd);
	compressor->zstd = NULL;
}

/* Compress bytes and flush, or end the stream. */
static size_t pack(struct compressor *compressor, const uint8_t *bytes, size_t length, bool is_end)
{
	ZSTD_inBuffer in = {bytes, length, 0};
	ZSTD_outBuffer out = {packed, sizeof(packed), 0};
	int r;

	if (compressor->kind == DISCORD_ZLIB) {
		compressor->zlib.next_in = (unsigned char *)(uintptr_t)bytes;
		compressor->zlib.avail_in = (unsigned)length;
		compressor->zlib.next_out = (unsigned char *)packed;
		compressor->zlib.avail_out = sizeof(packed);
		/* Z_BUF_ERROR: nothing new, and nothing left to flush. */
		r = deflate(&compressor->zlib, is_end ? Z_FINISH : Z_SYNC_FLUSH);
		assert((r == Z_OK || r == Z_BUF_ERROR || r == Z_STREAM_END) && compressor->zlib.avail_out);
		return sizeof(packed) - compressor->zlib.avail_out;
	}
	assert(ZSTD_compressStream2(compressor->zstd, &out, &in, is_end ? ZSTD_e_end : ZSTD_e_flush) == 0);
	return out.pos;
}

static void connect_anew(struct world *world)
{
	discord_decoder_free(world->decoder);
	compressor_end(&world->compressor);
	assert(discord_decoder_new(&world->scratch, &world->decoder) == 0);
	compressor_begin(world);
	world->is_in_step = true;
}

/* A WebSocket message in memory of its exact size, so that the sanitizer detects a read past the end. */
static int feed(struct world *world, const char *bytes, size_t length, bool is_text, const char **ret,
		size_t *ret_length)
{
	char *copy = malloc(length ? length : 1);
	int r;

	assert(copy);
	memcpy(copy, bytes, length);
	r = discord_decoder_feed(world->decoder, copy, length, is_text, ret, ret_length);
	assert(r == 0 || r == 1 || r == -EBADMSG || r == -EMSGSIZE);
	assert(world->scratch.capacity <= DISCORD_COMPRESS_MESSAGE_MAX_BYTES);
	assert(r != -EBADMSG || *discord_decoder_problem(world->decoder));
	assert(!is_text || r == 1);
	if (r == 1) {
		assert(*ret_length <= DISCORD_COMPRESS_MESSAGE_MAX_BYTES);
		if (*ret_length) /* both ends of it can be read */
			world->seen ^= (uint64_t)(*ret)[0] ^ (uint64_t)(*ret)[*ret_length - 1];
		if (*ret == copy)
			assert(*ret_length == length);
		else
			assert((*ret)[*ret_length] == '\0' &&
					discord_frame_first(*ret, *ret_length) <= *ret_length);
	}
	free(copy);
	world->is_in_step = world->is_in_step && r >= 0;
	return r;
}

static void feed_raw(struct world *world, const uint8_t *bytes, size_t length)
{
	size_t unpacked;
	const char *out;

	world->is_in_step = false;
	feed(world, (const char *)bytes, length, false, &out, &unpacked);
}

/* Text is no part of a stream, and leaves it alone. */
static void feed_text(struct world *world, const uint8_t *bytes, size_t length)
{
	size_t unpacked;
	const char *out;

	feed(world, (const char *)bytes, length, true, &out, &unpacked);
	assert(unpacked == length);
}

/* If the connection had valid messages only, the output equals the input, completely and at once. */
static void feed_packed(struct world *world, const uint8_t *bytes, size_t length, bool is_cut, bool is_end)
{
	bool was_in_step = world->is_in_step, is_wide = world->window_log > DISCORD_COMPRESS_WINDOW_LOG_MAX;
	size_t count = pack(&world->compressor, bytes, length, is_end), cut = is_cut ? count / 2 : 0,
	       unpacked = 0, more;
	const char *out = NULL;
	int r = 0;

	is_wide = is_wide && world->compressor.kind == DISCORD_ZSTD;
	if (is_cut) {
		r = feed(world, packed, cut, false, &out, &unpacked);
		was_in_step = was_in_step && r == 0;
	}
	r = feed(world, packed + cut, count - cut, false, &out, &more);
	unpacked = more;
	if (!was_in_step || is_wide || !length || !count)
		return;
	assert(r == 1 && unpacked == length && memcmp(out, bytes, length) == 0);
}

static void feed_run(struct world *world, uint8_t byte, size_t kilobytes)
{
	size_t length = kilobytes % (RUN_MAX_KILOBYTES + 1) * 1024;
	uint8_t *run = malloc(length ? length : 1);

	assert(run);
	memset(run, byte, length);
	feed_packed(world, run, length, false, false);
	free(run);
}

static void end_stream(struct world *world, const uint8_t *bytes, size_t length)
{
	feed_packed(world, bytes, length, false, true);
	compressor_end(&world->compressor);
	world->compressor.kind = world->compressor.kind == DISCORD_ZSTD ? DISCORD_ZLIB : DISCORD_ZSTD;
	compressor_begin(world);
}

/* A few kilobytes that decompress to more than the limit. Made once, because that takes time. */
static void feed_bomb(struct world *world)
{
	static char *bombs[2];
	static size_t lengths[2];
	size_t kind = world->compressor.kind == DISCORD_ZSTD, unpacked;
	const char *out;

	if (!bombs[kind]) {
		uint8_t *zeros = calloc(1, BOMB_BYTES);

		assert(zeros);
		lengths[kind] = pack(&world->compressor, zeros, BOMB_BYTES, false);
		free(zeros);
		bombs[kind] = malloc(lengths[kind]);
		assert(bombs[kind]);
		memcpy(bombs[kind], packed, lengths[kind]);
		connect_anew(world);
	}
	assert(feed(world, bombs[kind], lengths[kind], false, &out, &unpacked) < 0);
}

static void step(struct world *world, struct fuzzed_input *input)
{
	unsigned what = fuzzed_byte(input) % 8, length = fuzzed_byte(input);
	const uint8_t *bytes;

	if (length & 0x80) /* longer ones: two bytes */
		length = (length & 0x7F) << 5;
	length = length < input->length ? length : (unsigned)input->length;
	bytes = input->bytes;
	switch (what) {
	case 3: feed_run(world, fuzzed_byte(input), length); return;
	case 4:
		discord_decoder_rest(world->decoder);
		assert(world->scratch.capacity <= DISCORD_COMPRESS_KEPT_BYTES);
		return;
	case 5: connect_anew(world); return;
	case 1:
	case 2: feed_packed(world, bytes, length, what == 2, false); break;
	case 6: end_stream(world, bytes, length); break;
	case 7: feed_text(world, bytes, length); break;
	default: feed_raw(world, bytes, length); break;
	}
	input->bytes += length;
	input->length -= length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	struct world world = {0};
	uint8_t kind = fuzzed_byte(&input);

	world.compressor.kind = kind & 1 ? DISCORD_ZSTD : DISCORD_ZLIB;
	world.window_log =
			kind & 2 ? DISCORD_COMPRESS_WINDOW_LOG_MAX + 1 : WINDOW_LOG_LEAST + (kind >> 4) % 8;
	connect_anew(&world);
	if (input.length && *input.bytes == BOMB)
		feed_bomb(&world);
	assert(*discord_compress_name(world.compressor.kind));
	for (unsigned i = 0; i < STEPS_MAX && input.length; i++)
		step(&world, &input);
	discord_decoder_free(world.decoder);
	compressor_end(&world.compressor);
	discord_scratch_release(&world.scratch);
	return 0;
}
