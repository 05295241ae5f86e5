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
		assert_int_equal(discord_decoder_new(kinds[k], &scratch, &decoder), 0);
		for (int i = 0; i < 500; i++) {
			const char *bytes = NULL;
			size_t length = 0;

			snprintf(text, sizeof(text), "{\"op\":0,\"t\":\"TYPING_START\",\"s\":%d,\"d\":{}}",
					i);
			pack(&packer, text, strlen(text));
			assert_int_equal(discord_decoder_feed(decoder, packer.packed, packer.length, &bytes,
							 &length),
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
		assert_int_equal(discord_decoder_new(kinds[k], &scratch, &decoder), 0);
		pack(&packer, text, BIG_BYTES);
		assert_int_equal(discord_decoder_feed(decoder, packer.packed, packer.length, &bytes, &length),
				1);
		assert_int_equal(length, BIG_BYTES);
		assert_memory_equal(bytes, text, BIG_BYTES);
		discord_decoder_rest(decoder);
		assert_true(scratch.capacity <= DISCORD_COMPRESS_KEPT_BYTES);
		pack(&packer, "{}", 2);
		assert_int_equal(discord_decoder_feed(decoder, packer.packed, packer.length, &bytes, &length),
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
	assert_int_equal(discord_decoder_new(DISCORD_ZLIB, &scratch, &decoder), 0);
	for (int round = 0; round < 3; round++) {
		pack(&packer, text, strlen(text));
		for (size_t i = 0; i + 1 < packer.length; i++)
			assert_int_equal(discord_decoder_feed(decoder, packer.packed + i, 1, &bytes, &length),
					0);
		assert_int_equal(discord_decoder_feed(decoder, packer.packed + packer.length - 1, 1, &bytes,
						 &length),
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
		assert_int_equal(discord_decoder_new(DISCORD_ZLIB, &scratch, &decoders[i]), 0);
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 64; i++) {
			const char *bytes = NULL;
			size_t length = 0;
			char text[64];

			snprintf(text, sizeof(text), "{\"shard\":%d,\"round\":%d}", i, round);
			pack(&packers[i], text, strlen(text));
			assert_int_equal(discord_decoder_feed(decoders[i], packers[i].packed,
							 packers[i].length, &bytes, &length),
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

		assert_int_equal(discord_decoder_new(kinds[k], &scratch, &decoder), 0);
		assert_int_equal(discord_decoder_feed(decoder, garbage, sizeof(garbage) - 1, &bytes, &length),
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
		assert_int_equal(discord_decoder_new(kinds[k], &scratch, &decoder), 0);
		assert_int_equal(discord_decoder_feed(decoder, bomb.bytes, bomb.length, &bytes, &length),
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
	assert_int_equal(discord_decoder_new(DISCORD_PLAIN, &scratch, &decoder), 0);
	assert_int_equal(discord_decoder_feed(decoder, text, 2, &bytes, &length), 1);
	assert_ptr_equal(bytes, text);
	discord_decoder_rest(decoder);
	discord_decoder_free(decoder);
	assert_string_equal(discord_compress_query(DISCORD_PLAIN), "");
	assert_string_equal(discord_compress_query(DISCORD_ZLIB), "&compress=zlib-stream");
	assert_string_equal(discord_compress_query(DISCORD_ZSTD), "&compress=zstd-stream");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(payloads_come_out_one_by_one),
			cmocka_unit_test(a_large_message_grows_the_scratch_buffer_temporarily),
			cmocka_unit_test(zlib_comes_in_pieces),
			cmocka_unit_test(many_connections_share_a_scratch),
			cmocka_unit_test(garbage_is_refused),
			cmocka_unit_test(a_bomb_is_refused),
			cmocka_unit_test(without_compression_nothing_is_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
