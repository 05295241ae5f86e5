#ifndef EPISODED_DISCORD_COMPRESS_H
#define EPISODED_DISCORD_COMPRESS_H

/*
 * Decompression of Discord's transport compression: one stream for the life of a connection, one message at a
 * time. The output is in a scratch buffer that all connections share, because each message is handled before
 * the next one is read. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/net/budget.h"

#define DISCORD_COMPRESS_MESSAGE_MAX_BYTES (64u * 1024 * 1024) /* decompressed; a big READY has a few MiB */
#define DISCORD_COMPRESS_PACKED_MAX_BYTES  (16u * 1024 * 1024) /* of one message in several pieces */
#define DISCORD_COMPRESS_KEPT_BYTES        (256u * 1024) /* a bigger scratch is freed after each message */
#define DISCORD_COMPRESS_WINDOW_LOG_MAX    23            /* a stream with a window above 8 MiB is refused */

/* How Discord packs what it sends. */
enum discord_compress { DISCORD_ZSTD, DISCORD_ZLIB, DISCORD_PLAIN };

struct discord_decoder; /* opaque: gateway/discord/stream/compress.c */

/* The buffer for decompressed messages. Initialize with {0}. */
struct discord_scratch {
	char *bytes;
	size_t capacity;
	struct budget_share share; /* never reclaimed: whenever it is big, it is in use */
};
void discord_scratch_release(struct discord_scratch *scratch);

/* A new stream, for a new connection. scratch is borrowed. -ENOMEM. */
int discord_decoder_new(
		enum discord_compress kind, struct discord_scratch *scratch, struct discord_decoder **ret);
void discord_decoder_free(struct discord_decoder *decoder); /* NULL-safe */

/*
 * decoder_feed - one WebSocket message in, at most one payload out.
 *
 * Shape:   zlib-stream: pieces of a zlib stream; a payload ends with a piece that ends with 00 00 FF FF.
 *          zstd-stream: each message is one payload's part of one zstd frame. No compression: the payload.
 * Owns:    *ret_bytes is borrowed: from the scratch until its next use, or from bytes.
 * Errors:  1 a payload, 0 more input is needed; -EBADMSG malformed, -EMSGSIZE too long, -ENOBUFS, -ENOMEM:
 *          then the stream cannot continue.
 * Source:  Discord API v10, "Transport Compression".
 */
int discord_decoder_feed(struct discord_decoder *decoder, const char *bytes, size_t length,
		const char **ret_bytes, size_t *ret_length);
/* The last payload has been handled: free big buffers. */
void discord_decoder_rest(struct discord_decoder *decoder);

/* The parameter of the gateway URL: "&compress=zstd-stream", or "". */
const char *discord_compress_query(enum discord_compress kind);

#endif
