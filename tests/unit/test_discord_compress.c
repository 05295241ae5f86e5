/* Transport compression: messages are decompressed, whole or in pieces, and invalid streams are refused. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "bot/base/str.h"
#include "bot/gateway/discord/stream/compress.h"

#define PACKED_BYTES (2u * 1024 * 1024)
#define BIG_BYTES    (3u * 1024 * 1024)

/* The server's side of one connection. */
struct packer {
	enum discord_compress kind;
	z_stream zlib;
	ZSTD_CStream *zstd;
	char *packed;
	size_t length;
};

static void packer_begin(struct packer *packer, enum discord_compress kind)
{
	*packer = (struct packer){.kind = kind};
	packer->packed = malloc(PACKED_BYTES);
	assert_non_null(packer->packed);
	if (kind == DISCORD_ZLIB)
		assert_int_equal(deflateInit(&packer->zlib, Z_DEFAULT_COMPRESSION), Z_OK);
	packer->zstd = ZSTD_createCStream();
	assert_non_null(packer->zstd);
}

static void packer_end(struct packer *packer)
{
	if (packer->kind == DISCORD_ZLIB)
		deflateEnd(&packer->zlib);
	ZSTD_freeCStream(packer->zstd);
	free(packer->packed);
}

static void pack(struct packer *packer, const char *text, size_t length)
{
	ZSTD_inBuffer in = {text, length, 0};
	ZSTD_outBuffer out = {packer->packed, PACKED_BYTES, 0};

	if (packer->kind == DISCORD_ZSTD) {
		assert_int_equal(ZSTD_compressStream2(packer->zstd, &out, &in, ZSTD_e_flush), 0);
		packer->length = out.pos;
		return;
	}
	packer->zlib.next_in = (unsigned char *)(uintptr_t)text;
	packer->zlib.avail_in = (unsigned)length;
	packer->zlib.next_out = (unsigned char *)packer->packed;
	packer->zlib.avail_out = PACKED_BYTES;
	assert_int_equal(deflate(&packer->zlib, Z_SYNC_FLUSH), Z_OK);
	packer->length = PACKED_BYTES - packer->zlib.avail_out;
}

static const enum discord_compress kinds[] = {DISCORD_ZSTD, DISCORD_ZLIB};

static void payloads_come_out_one_by_one(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct discord_scratch scratch = {0};
		struct discord_decoder *decoder = NULL;
		struct packer packer;
		char text[100];

		packer_begin(&packer, kinds[k]);
		assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
		for (int i = 0; i < 500; i++) {
			const char *bytes = NULL;
			size_t length = 0;

			snprintf(text, sizeof(text), "{\"op\":0,\"t\":\"TYPING_START\",\"s\":%d,\"d\":{}}",
					i);
			pack(&packer, text, strlen(text));
			assert_int_equal(discord_decoder_feed(decoder, packer.packed, packer.length, false,
							 &bytes, &length),
					1);
			assert_int_equal(length, strlen(text));
			assert_memory_equal(bytes, text, length);
			discord_decoder_rest(decoder);
		}
		discord_decoder_free(decoder);
		discord_scratch_release(&scratch);
		packer_end(&packer);
	}
}

static void a_large_message_grows_the_scratch_buffer_temporarily(void **state)
{
	char *text = malloc(BIG_BYTES);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < BIG_BYTES; i++)
		text[i] = (char)('a' + i * i % 23);
	for (size_t k = 0; k < 2; k++) {
		struct discord_scratch scratch = {0};
		struct discord_decoder *decoder = NULL;
		struct packer packer;
		const char *bytes = NULL;
		size_t length = 0;

		packer_begin(&packer, kinds[k]);
		assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
		pack(&packer, text, BIG_BYTES);
		assert_int_equal(discord_decoder_feed(decoder, packer.packed, packer.length, false, &bytes,
						 &length),
				1);
		assert_int_equal(length, BIG_BYTES);
		assert_memory_equal(bytes, text, BIG_BYTES);
		discord_decoder_rest(decoder);
		assert_true(scratch.capacity <= DISCORD_COMPRESS_KEPT_BYTES);
		pack(&packer, "{}", 2);
		assert_int_equal(discord_decoder_feed(decoder, packer.packed, packer.length, false, &bytes,
						 &length),
				1);
		assert_int_equal(length, 2);
		discord_decoder_free(decoder);
		discord_scratch_release(&scratch);
		packer_end(&packer);
	}
	free(text);
}

static void zlib_comes_in_pieces(void **state)
{
	static const char text[] = "{\"op\":10,\"d\":{\"heartbeat_interval\":41250}}";
	struct discord_scratch scratch = {0};
	struct discord_decoder *decoder = NULL;
	const char *bytes = NULL;
	struct packer packer;
	size_t length = 0;

	(void)state;
	packer_begin(&packer, DISCORD_ZLIB);
	assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
	for (int round = 0; round < 3; round++) {
		pack(&packer, text, strlen(text));
		for (size_t i = 0; i + 1 < packer.length; i++)
			assert_int_equal(discord_decoder_feed(decoder, packer.packed + i, 1, false, &bytes,
							 &length),
					0);
		assert_int_equal(discord_decoder_feed(decoder, packer.packed + packer.length - 1, 1, false,
						 &bytes, &length),
				1);
		assert_int_equal(length, strlen(text));
		assert_memory_equal(bytes, text, length);
	}
	discord_decoder_free(decoder);
	discord_scratch_release(&scratch);
	packer_end(&packer);
}

static void many_connections_share_a_scratch(void **state)
{
	struct discord_scratch scratch = {0};
	struct discord_decoder *decoders[64];
	struct packer packers[64];

	(void)state;
	for (int i = 0; i < 64; i++) {
		packer_begin(&packers[i], DISCORD_ZLIB);
		assert_int_equal(discord_decoder_new(&scratch, &decoders[i]), 0);
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 64; i++) {
			const char *bytes = NULL;
			size_t length = 0;
			char text[64];

			snprintf(text, sizeof(text), "{\"shard\":%d,\"round\":%d}", i, round);
			pack(&packers[i], text, strlen(text));
			assert_int_equal(discord_decoder_feed(decoders[i], packers[i].packed,
							 packers[i].length, false, &bytes, &length),
					1);
			assert_memory_equal(bytes, text, length);
		}
	}
	for (int i = 0; i < 64; i++) {
		discord_decoder_free(decoders[i]);
		packer_end(&packers[i]);
	}
	discord_scratch_release(&scratch);
}

static void garbage_is_refused(void **state)
{
	static const char garbage[] = "this is neither zlib nor zstd\0\0\xff\xff";

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct discord_scratch scratch = {0};
		struct discord_decoder *decoder = NULL;
		const char *bytes = NULL;
		size_t length = 0;

		assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
		assert_int_equal(discord_decoder_feed(decoder, garbage, sizeof(garbage) - 1, false, &bytes,
						 &length),
				-EBADMSG);
		discord_decoder_free(decoder);
		discord_scratch_release(&scratch);
	}
}

/* A decompression bomb. */
static void a_bomb_is_refused(void **state)
{
	char *zeros = calloc(1, 1 << 20);

	(void)state;
	assert_non_null(zeros);
	for (size_t k = 0; k < 2; k++) {
		struct discord_scratch scratch = {0};
		struct discord_decoder *decoder = NULL;
		struct str bomb = STR(DISCORD_COMPRESS_PACKED_MAX_BYTES);
		const char *bytes = NULL;
		struct packer packer;
		size_t length = 0;

		packer_begin(&packer, kinds[k]);
		for (int i = 0; i < 70; i++) {
			pack(&packer, zeros, 1 << 20);
			str_append_bytes(&bomb, packer.packed, packer.length);
		}
		assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
		assert_int_equal(discord_decoder_feed(
						 decoder, bomb.bytes, bomb.length, false, &bytes, &length),
				-EMSGSIZE);
		assert_true(scratch.capacity <= DISCORD_COMPRESS_MESSAGE_MAX_BYTES);
		discord_decoder_free(decoder);
		discord_scratch_release(&scratch);
		str_release(&bomb);
		packer_end(&packer);
	}
	free(zeros);
}

static void without_compression_nothing_is_copied(void **state)
{
	struct discord_scratch scratch = {0};
	struct discord_decoder *decoder = NULL;
	const char *text = "{}", *bytes = NULL;
	size_t length = 0;

	(void)state;
	assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
	assert_int_equal(discord_decoder_feed(decoder, text, 2, true, &bytes, &length), 1);
	assert_ptr_equal(bytes, text);
	discord_decoder_rest(decoder);
	discord_decoder_free(decoder);
	assert_string_equal(discord_compress_name(DISCORD_ZLIB), "zlib-stream");
	assert_string_equal(discord_compress_name(DISCORD_ZSTD), "zstd-stream");
}

/* A message that is packed as a stream of its own, as with "compress": true in IDENTIFY. */
static void pack_alone(struct packer *packer, const char *text)
{
	ZSTD_inBuffer in = {text, strlen(text), 0};
	ZSTD_outBuffer out = {packer->packed, PACKED_BYTES, 0};

	if (packer->kind == DISCORD_ZSTD) {
		assert_int_equal(ZSTD_compressStream2(packer->zstd, &out, &in, ZSTD_e_end), 0);
		packer->length = out.pos;
		return;
	}
	assert_int_equal(deflateReset(&packer->zlib), Z_OK);
	packer->zlib.next_in = (unsigned char *)(uintptr_t)text;
	packer->zlib.avail_in = (unsigned)strlen(text);
	packer->zlib.next_out = (unsigned char *)packer->packed;
	packer->zlib.avail_out = PACKED_BYTES;
	assert_int_equal(deflate(&packer->zlib, Z_FINISH), Z_STREAM_END);
	packer->length = PACKED_BYTES - packer->zlib.avail_out;
}

static void assert_comes_out(struct discord_decoder *decoder, const char *packed, size_t length, bool is_text,
		const char *text)
{
	const char *bytes = NULL;
	size_t unpacked = 0;

	assert_int_equal(discord_decoder_feed(decoder, packed, length, is_text, &bytes, &unpacked), 1);
	assert_int_equal(unpacked, strlen(text));
	assert_memory_equal(bytes, text, unpacked);
}

/* What was asked for does not decide: the decoder is not even told. A server that switches, also in the middle. */
static void a_server_sends_what_it_wants(void **state)
{
	static const char hello[] = "{\"op\":10}", ack[] = " {\"op\":11}";
	struct discord_scratch scratch = {0};
	struct discord_decoder *decoder = NULL;
	struct packer packer;

	(void)state;
	assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
	assert_comes_out(decoder, hello, strlen(hello), true, hello);
	assert_comes_out(decoder, ack, strlen(ack), false, ack);
	assert_int_equal(discord_decoder_kind(decoder), DISCORD_PLAIN);
	for (size_t round = 0; round < 6; round++) {
		packer_begin(&packer, kinds[round % 2]);
		pack_alone(&packer, hello);
		assert_comes_out(decoder, packer.packed, packer.length, false, hello);
		assert_int_equal(discord_decoder_kind(decoder), kinds[round % 2]);
		assert_comes_out(decoder, ack, strlen(ack), true, ack);
		packer_end(&packer);
	}
	/* At last a stream that does not end, and text between its messages. */
	packer_begin(&packer, DISCORD_ZSTD);
	for (int i = 0; i < 3; i++) {
		pack(&packer, hello, strlen(hello));
		assert_comes_out(decoder, packer.packed, packer.length, false, hello);
		assert_comes_out(decoder, ack, strlen(ack), true, ack);
	}
	packer_end(&packer);
	discord_decoder_free(decoder);
	discord_scratch_release(&scratch);
}

static const char joined_first[] = "{\"op\":0,\"d\":{\"a\":\"}{\"}}", joined_second[] = "{\"op\":11}";

/* Both in one message: as two streams, or as two flushes of one. */
static void pack_both(struct packer *packer, bool is_alone, struct str *message)
{
	const char *texts[] = {joined_first, joined_second};

	str_clear(message);
	for (size_t i = 0; i < 2; i++) {
		if (is_alone)
			pack_alone(packer, texts[i]);
		else
			pack(packer, texts[i], strlen(texts[i]));
		str_append_bytes(message, packer->packed, packer->length);
	}
}

/* Several streams, or several flushes, in one message: their payloads come out one after the other. */
static void several_payloads_in_one_message(void **state)
{
	char both[sizeof(joined_first) + sizeof(joined_second)];

	(void)state;
	snprintf(both, sizeof(both), "%s%s", joined_first, joined_second);
	for (size_t i = 0; i < 4; i++) {
		struct discord_scratch scratch = {0};
		struct discord_decoder *decoder = NULL;
		struct str message = STR(PACKED_BYTES);
		struct packer packer;

		packer_begin(&packer, kinds[i / 2]);
		assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
		for (int round = 0; round < 2; round++) {
			pack_both(&packer, i % 2, &message);
			assert_comes_out(decoder, message.bytes, message.length, false, both);
			assert_false(discord_decoder_is_single(decoder));
			if (i % 2)
				continue;
			/* The usual message of a zstd stream is known to have one payload. */
			pack(&packer, joined_first, strlen(joined_first));
			assert_comes_out(decoder, packer.packed, packer.length, false, joined_first);
			assert_int_equal(discord_decoder_is_single(decoder), kinds[i / 2] == DISCORD_ZSTD);
		}
		discord_decoder_free(decoder);
		discord_scratch_release(&scratch);
		str_release(&message);
		packer_end(&packer);
	}
}

/* What the packer has, in messages of this many bytes: the payload comes out of the last one. */
static void assert_comes_in_pieces(
		struct discord_decoder *decoder, const struct packer *packer, size_t piece, const char *text)
{
	const char *bytes = "";
	size_t length = 0, at = 0;
	int r = 0;

	while (at < packer->length) {
		size_t left = packer->length - at, count = left < piece ? left : piece;

		assert_int_equal(r, 0);
		r = discord_decoder_feed(decoder, packer->packed + at, count, false, &bytes, &length);
		at += count;
	}
	assert_int_equal(r, 1);
	assert_int_equal(length, strlen(text));
	assert_memory_equal(bytes, text, length + 1); /* terminated */
}

/* Each in pieces of one, two ... bytes: two streams that end, and one that goes on. */
static void a_payload_in_several_messages(void **state)
{
	static const char text[] =
			"{\"op\":10,\"d\":{\"heartbeat_interval\":41250,\"_trace\":[\"gateway\"]}}";

	(void)state;
	for (size_t i = 0; i < 118; i++) {
		struct discord_scratch scratch = {0};
		struct discord_decoder *decoder = NULL;
		size_t piece = i / 2 + 1;
		struct packer packer;

		packer_begin(&packer, kinds[i % 2]);
		assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
		for (int round = 0; round < 3; round++) {
			bool is_alone = round < 2 || packer.kind == DISCORD_ZLIB;

			if (is_alone)
				pack_alone(&packer, text);
			else
				pack(&packer, text, strlen(text));
			/* zstd tells "3 bytes to the end" and "a block ends here" alike. */
			if (packer.kind == DISCORD_ZSTD && is_alone && (packer.length - 3) % piece == 0)
				assert_comes_in_pieces(decoder, &packer, packer.length, text);
			else
				assert_comes_in_pieces(decoder, &packer, piece, text);
			if (round)
				discord_decoder_rest(decoder);
		}
		discord_decoder_free(decoder);
		discord_scratch_release(&scratch);
		packer_end(&packer);
	}
}

static void a_window_above_the_limit_is_refused_with_its_reason(void **state)
{
	struct discord_scratch scratch = {0};
	struct discord_decoder *decoder = NULL;
	const char *bytes = NULL;
	struct packer packer;
	size_t length = 0;

	(void)state;
	packer_begin(&packer, DISCORD_ZSTD);
	ZSTD_CCtx_setParameter(packer.zstd, ZSTD_c_windowLog, DISCORD_COMPRESS_WINDOW_LOG_MAX + 1);
	pack(&packer, "{}", 2);
	assert_int_equal(discord_decoder_new(&scratch, &decoder), 0);
	assert_int_equal(discord_decoder_feed(decoder, packer.packed, packer.length, false, &bytes, &length),
			-EBADMSG);
	assert_non_null(strstr(discord_decoder_problem(decoder), "memory"));
	discord_decoder_free(decoder);
	discord_scratch_release(&scratch);
	packer_end(&packer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(payloads_come_out_one_by_one),
			cmocka_unit_test(a_large_message_grows_the_scratch_buffer_temporarily),
			cmocka_unit_test(zlib_comes_in_pieces),
			cmocka_unit_test(many_connections_share_a_scratch),
			cmocka_unit_test(a_server_sends_what_it_wants),
			cmocka_unit_test(several_payloads_in_one_message),
			cmocka_unit_test(a_payload_in_several_messages),
			cmocka_unit_test(a_window_above_the_limit_is_refused_with_its_reason),
			cmocka_unit_test(garbage_is_refused),
			cmocka_unit_test(a_bomb_is_refused),
			cmocka_unit_test(without_compression_nothing_is_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
