/* The key of ECDSA-NIST256P-CHALLENGE. */

#include "bot/irc/ecdsa.h"

#include <errno.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "bot/irc/scram.h"

#define CURVE       "prime256v1"
#define FIELD_BYTES 32
#define POINT_BYTES (1 + 2 * FIELD_BYTES) /* uncompressed */

/* OpenSSL's default would ask on the terminal. */
static int no_passphrase(char *buffer, int size, int is_writing, void *user)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)user;
	return -1;
}

static int read_key(const char *pem, EVP_PKEY **ret_key)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = NULL;
	char curve[64];
	int r = -ENOMEM;

	if (!bio)
		goto out;
	r = -EINVAL;
	key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (!key)
		goto out;
	r = -ENOTSUP;
	if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) != 1 ||
			strcmp(curve, CURVE) != 0)
		goto out;
	*ret_key = key;
	key = NULL;
	r = 0;
out:
	EVP_PKEY_free(key);
	BIO_free(bio);
	ERR_clear_error();
	return r;
}

int irc_ecdsa_check(const char *pem)
{
	EVP_PKEY *key = NULL;
	int r = read_key(pem, &key);

	EVP_PKEY_free(key);
	return r;
}

int irc_ecdsa_sign(const char *pem, const void *challenge, size_t length, struct str *ret)
{
	unsigned char signature[IRC_ECDSA_SIGNATURE_MAX_BYTES];
	size_t signature_length = sizeof(signature);
	EVP_PKEY_CTX *context = NULL;
	EVP_PKEY *key = NULL;
	int r;

	if (length != IRC_ECDSA_CHALLENGE_BYTES)
		return -EBADMSG;
	r = read_key(pem, &key);
	if (r < 0)
		return r;
	context = EVP_PKEY_CTX_new(key, NULL);
	if (context && EVP_PKEY_sign_init(context) == 1 &&
			EVP_PKEY_sign(context, signature, &signature_length, challenge, length) == 1)
		str_append_bytes(ret, (const char *)signature, signature_length);
	else
		r = -ENOMEM;
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return r < 0 ? r : ret->error;
}

int irc_ecdsa_public(const char *pem, struct str *ret)
{
	unsigned char point[POINT_BYTES];
	size_t length = 0;
	EVP_PKEY *key = NULL;
	int r = read_key(pem, &key);

	if (r < 0)
		return r;
	if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &length) !=
					1 ||
			length < 1 + FIELD_BYTES)
		r = -ENOMEM;
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (r < 0)
		return r;
	/* A compressed point is x, after 2 or 3 for an even or odd y. */
	if (length == POINT_BYTES)
		point[0] = (unsigned char)(2 + (point[POINT_BYTES - 1] & 1));
	irc_base64_append(ret, point, 1 + FIELD_BYTES);
	return ret->error;
}
