#ifndef EPISODED_IRC_SCRAM_H
#define EPISODED_IRC_SCRAM_H

/*
 * SCRAM-SHA-256 and SCRAM-SHA-512, the client's side, pure: a login that never
 * shows the password, and that proves the server knows it too. No channel binding.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define IRC_SCRAM_NONCE_RANDOM_BYTES 18 /* 24 characters of base64 */
#define IRC_SCRAM_HASH_MAX_BYTES     64
#define IRC_SCRAM_MESSAGE_MAX_BYTES  2048 /* of either side */
/* The fewest: RFC 7677. The most bounds how long the loop waits for the key: 0.1 to 0.2 s on a small machine.
 */
#define IRC_SCRAM_ITERATIONS_MIN 4096
#define IRC_SCRAM_ITERATIONS_MAX 250000

enum irc_scram_hash { IRC_SCRAM_SHA_256, IRC_SCRAM_SHA_512 };

struct irc_scram {
	enum irc_scram_hash hash;
	struct str bare;                                   /* the first message without its header */
	char nonce[64];                                    /* ours */
	unsigned char signature[IRC_SCRAM_HASH_MAX_BYTES]; /* what the server must show */
	bool is_signed;                                    /* signature is made */
};

/* An account, and random bytes that nobody can foresee. Appends the first message. -ENOMEM, -EMSGSIZE. */
int irc_scram_first(struct irc_scram *scram, enum irc_scram_hash hash, const char *account,
		const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES], struct str *ret);

/*
 * irc_scram_final - the server's challenge into our proof, appended.
 *
 * Shape:   "r=" our nonce and more ",s=" base64 ",i=" count [",..."], terminated.
 * Errors:  -EBADMSG wrong shape, -EPROTO another nonce or an extension we must know
 *          ("m="), -ERANGE too few or too many iterations, -EINVAL a password that is
 *          no UTF-8, -ENOMEM; scram is then of no more use.
 * Source:  RFC 5802, 7; RFC 7677.
 */
int irc_scram_final(struct irc_scram *scram, const char *password, const char *challenge, struct str *ret);

/* "v=" base64: does the server know the password? In constant time. -EACCES: no, or it says "e=" something;
 * -EBADMSG. */
int irc_scram_check(const struct irc_scram *scram, const char *text);

void irc_scram_release(struct irc_scram *scram); /* wiped; safe on a zeroed one */

/* Base64 for SASL. decode: -EBADMSG, -EMSGSIZE; *ret is terminated behind its bytes. */
void irc_base64_append(struct str *str, const void *bytes, size_t length);
int irc_base64_decode(const char *text, size_t length, unsigned char *ret, size_t size, size_t *ret_length);

#endif
