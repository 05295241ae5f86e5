#ifndef EPISODED_DISCORD_COMPRESS_H
#define EPISODED_DISCORD_COMPRESS_H

/*
 * Decompression of what the gateway sends. What was asked for does not decide: text is a payload as it is, and the
 * first bytes of a stream show its kind. A stream usually lasts as long as the connection; where one ends, the next
 * may begin, as with a zlib stream per message. The output is in a scratch buffer that all connections share,
 * because each message is handled before the next one is read. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/net/budget.h"

#define DISCORD_COMPRESS_MESSAGE_MAX_BYTES (64u * 1024 * 1024) /* decompressed; a big READY has a few MiB */
#define DISCORD_COMPRESS_PACKED_MAX_BYTES  (16u * 1024 * 1024) /* one compressed message */
#define DISCORD_COMPRESS_KEPT_BYTES        (256u * 1024) /* a bigger scratch is freed after each message */
#define DISCORD_COMPRESS_WINDOW_LOG_MAX    23            /* a stream with a window above 8 MiB is refused */

/* How a payload is packed. DISCORD_PLAIN: as JSON. */
enum discord_compress { DISCORD_ZSTD, DISCORD_ZLIB, DISCORD_PLAIN };

struct discord_decoder; /* opaque: gateway/discord/stream/compress.c */

/* The buffer for decompressed messages. Initialize with {0}. */
struct discord_scratch {
	char *bytes;
	size_t capacity;
	struct budget_share share; /* never reclaimed: whenever it is big, it is in use */
};
void discord_scratch_release(struct discord_scratch *scratch);

/* For a new connection. scratch is borrowed. -ENOMEM. */
int discord_decoder_new(struct discord_scratch *scratch, struct discord_decoder **ret);
void discord_decoder_free(struct discord_decoder *decoder); /* NULL-safe */

/*
 * decoder_feed - one WebSocket message in; out comes a payload, or several one after the other.
 *
 * Shape:   a text message: the payload. A binary message: a piece of a zstd stream (magic 28 B5 2F FD) or of a zlib
 *          stream (a header of RFC 1950); or the payload, if it begins with '{'. A payload ends where the message
 *          ends with a flush (zlib: 00 00 FF FF; zstd: the end of a block) or with the end of the stream; without
 *          one, the next message continues it.
 * Owns:    *ret_bytes is borrowed until the next call with this decoder or with its scratch, or it is bytes. If it
 *          is not bytes, it is terminated.
 * Errors:  1 there is a payload, 0 more input is needed; -EBADMSG malformed (discord_decoder_problem() says how),
 *          -EMSGSIZE too long, -ENOBUFS, -ENOMEM: then the stream cannot continue.
 * Source:  Discord API v10, "Transport Compression", "Payload Compression".
 */
int discord_decoder_feed(struct discord_decoder *decoder, const char *bytes, size_t length, bool is_text,
		const char **ret_bytes, size_t *ret_length);
/* The last payload has been handled: free big buffers. */
void discord_decoder_rest(struct discord_decoder *decoder);

/* What came out last is one payload: no need to search it for others. */
bool discord_decoder_is_single(const struct discord_decoder *decoder);
/* How the last payload was packed. */
enum discord_compress discord_decoder_kind(const struct discord_decoder *decoder);
/* Why the last message was malformed; static. */
const char *discord_decoder_problem(const struct discord_decoder *decoder);

/* "zstd-stream" or "zlib-stream", as the gateway URL has it; "no compression", for the log. */
const char *discord_compress_name(enum discord_compress kind);

#endif
