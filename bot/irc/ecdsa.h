#ifndef EPISODED_IRC_ECDSA_H
#define EPISODED_IRC_ECDSA_H

/*
 * The key of ECDSA-NIST256P-CHALLENGE, pure: a login in which the services know only the public key. The account
 * signs a challenge of the services; what it signs is the challenge itself, not a hash of it.
 */

#include <stddef.h>

#include "bot/base/str.h"

#define IRC_ECDSA_PEM_MAX_BYTES       4096
#define IRC_ECDSA_CHALLENGE_BYTES     32 /* Atheme's, and the size of the curve's numbers */
#define IRC_ECDSA_SIGNATURE_MAX_BYTES 72 /* in DER */

/* Check a private key in PEM. -EINVAL: not a private key, or encrypted; -ENOTSUP: not of the curve prime256v1. */
int irc_ecdsa_check(const char *pem);

/* Append the signature of a challenge. -EBADMSG: the challenge has another length; -EINVAL, -ENOTSUP, -ENOMEM. */
int irc_ecdsa_sign(const char *pem, const void *challenge, size_t length, struct str *ret);

/* Append the public key as NickServ's SET PUBKEY expects it: the compressed point in base64. -EINVAL, -ENOTSUP,
 * -ENOMEM. */
int irc_ecdsa_public(const char *pem, struct str *ret);

#endif
