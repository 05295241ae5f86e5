#ifndef EPISODED_IRC_SCRAM_H
#define EPISODED_IRC_SCRAM_H

/*
 * SCRAM-SHA-256 and SCRAM-SHA-512, client side, pure: a login that does not reveal the
 * password, and verifies that the server knows it too. No channel binding.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define IRC_SCRAM_NONCE_RANDOM_BYTES 18 /* 24 characters of base64 */
#define IRC_SCRAM_HASH_MAX_BYTES     64
#define IRC_SCRAM_MESSAGE_MAX_BYTES  2048 /* in either direction */
/* The minimum is RFC 7677's. The maximum limits how long deriving the key blocks the loop: 0.1 to 0.2 s on a small
 * machine. */
#define IRC_SCRAM_ITERATIONS_MIN 4096
#define IRC_SCRAM_ITERATIONS_MAX 250000

enum irc_scram_hash { IRC_SCRAM_SHA_256, IRC_SCRAM_SHA_512 };

struct irc_scram {
	enum irc_scram_hash hash;
	struct str bare;                                   /* client-first-message-bare */
	char nonce[64];                                    /* the client's */
	unsigned char signature[IRC_SCRAM_HASH_MAX_BYTES]; /* expected from the server */
	bool is_signed;                                    /* signature is valid */
};

/* Append the first message. random must be unpredictable bytes. -ENOMEM, -EMSGSIZE. */
int irc_scram_first(struct irc_scram *scram, enum irc_scram_hash hash, const char *account,
		const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES], struct str *ret);

/*
 * irc_scram_final - append the final message, with the proof, for the server's challenge.
 *
 * Shape:   "r=" our nonce and more ",s=" base64 ",i=" count [",..."], NUL-terminated.
 * Errors:  -EBADMSG wrong shape, -EPROTO another nonce or a mandatory extension ("m="),
 *          -ERANGE too few or too many iterations, -EINVAL the password is not UTF-8,
 *          -ENOMEM; after an error scram must not be used again.
 * Source:  RFC 5802, 7; RFC 7677.
 */
int irc_scram_final(struct irc_scram *scram, const char *password, const char *challenge, struct str *ret);

/* Check the server's final message ("v=" base64) in constant time. 0: the server knows the password; -EACCES: it does
 * not, or it sent an error ("e="); -EBADMSG. */
int irc_scram_check(const struct irc_scram *scram, const char *text);

void irc_scram_release(struct irc_scram *scram); /* wipes the secrets; safe on a zeroed struct */

/* Base64 for SASL. Decoded bytes are followed by a NUL. -EBADMSG, -EMSGSIZE. */
void irc_base64_append(struct str *str, const void *bytes, size_t length);
int irc_base64_decode(const char *text, size_t length, unsigned char *ret, size_t size, size_t *ret_length);

#endif
