#ifndef EPISODED_DISCORD_COMPRESS_H
#define EPISODED_DISCORD_COMPRESS_H

/*
 * Discord's transport compression, undone: one stream over the whole life of a
 * connection, a message at a time. What comes out lies in a scratch buffer that
 * many connections share, since each message is handled before the next. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/config/config.h"
#include "bot/net/budget.h"

#define DISCORD_COMPRESS_MESSAGE_MAX_BYTES (64u * 1024 * 1024) /* unpacked; READY of a big bot: MiBs */
#define DISCORD_COMPRESS_PACKED_MAX_BYTES  (16u * 1024 * 1024) /* of one message in several pieces */
#define DISCORD_COMPRESS_KEPT_BYTES        (256u * 1024)       /* scratch that grew past this is given back */
#define DISCORD_COMPRESS_WINDOW_LOG_MAX    23 /* zstd: a stream that wants more than 8 MiB is refused */

struct discord_decoder; /* opaque: gateway/discord/stream/compress.c */

/* Where messages are unpacked. Begins as {0}. */
struct discord_scratch {
	char *bytes;
	size_t capacity;
	struct budget_share share; /* never given up: it is in use whenever it is big */
};
void discord_scratch_release(struct discord_scratch *scratch);

/* A fresh stream, for a fresh connection. scratch is borrowed. -ENOMEM. */
int discord_decoder_new(
		enum discord_compress kind, struct discord_scratch *scratch, struct discord_decoder **ret);
void discord_decoder_free(struct discord_decoder *decoder); /* NULL-safe */

/*
 * decoder_feed - one WebSocket message in, one payload out.
 *
 * Shape:   zlib-stream: pieces of a zlib stream; a payload ends where a piece ends with 00 00 FF FF.
 *          zstd-stream: each message is a payload's whole share of one zstd frame.
 *          none: the payload itself.
 * Owns:    *ret_bytes is borrowed until the next call with the same scratch, or from bytes.
 * Errors:  1 a payload, 0 more is needed, -EBADMSG no such stream, -EMSGSIZE too long, -ENOBUFS, -ENOMEM;
 *          after an error the stream is lost.
 * Source:  Discord API v10, "Transport Compression".
 */
int discord_decoder_feed(struct discord_decoder *decoder, const char *bytes, size_t length,
		const char **ret_bytes, size_t *ret_length);
/* The last payload has been handled: give big buffers back. */
void discord_decoder_rest(struct discord_decoder *decoder);

/* The parameter of the gateway's address: "&compress=zstd-stream", or "". */
const char *discord_compress_query(enum discord_compress kind);

#endif
