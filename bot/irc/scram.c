/* SCRAM-SHA-256 and SCRAM-SHA-512, client side. */

#include "bot/irc/scram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <utf8proc.h>

#define HEADER        "n,,"
#define HEADER_BASE64 "biws"
#define SALT_MAX      512 /* in bytes, base64-encoded */

/* ---------------------------------------------------------------- base64 */

void irc_base64_append(struct str *str, const void *bytes, size_t length)
{
	size_t size = (length + 2) / 3 * 4 + 1;
	unsigned char *text = malloc(size);

	if (!text) {
		str->error = str->error ? str->error : -ENOMEM;
		return;
	}
	EVP_EncodeBlock(text, bytes, (int)length);
	str_append_bytes(str, text, size - 1);
	OPENSSL_cleanse(text, size);
	free(text);
}

/* Accept padding only at the end and only up to two bytes; EVP_DecodeBlock() would accept more. */
int irc_base64_decode(const char *text, size_t length, unsigned char *ret, size_t size, size_t *ret_length)
{
	size_t padding = 0, i;

	while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
		padding++;
	for (i = 0; i + padding < length; i++) {
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", text[i]) ||
				!text[i])
			return -EBADMSG;
	}
	if (length % 4 != 0)
		return -EBADMSG;
	if (length / 4 * 3 + 1 > size)
		return -EMSGSIZE;
	if (length > 0 && EVP_DecodeBlock(ret, (const unsigned char *)text, (int)length) < 0)
		return -EBADMSG;
	*ret_length = length / 4 * 3 - padding;
	ret[*ret_length] = '\0';
	return 0;
}

/* ---------------------------------------------------------------- the first message */

static const EVP_MD *hash_of(const struct irc_scram *scram)
{
	return scram->hash == IRC_SCRAM_SHA_512 ? EVP_sha512() : EVP_sha256();
}

static size_t hash_bytes(const struct irc_scram *scram)
{
	return scram->hash == IRC_SCRAM_SHA_512 ? 64 : 32;
}

int irc_scram_first(struct irc_scram *scram, enum irc_scram_hash hash, const char *account,
		const unsigned char random[IRC_SCRAM_NONCE_RANDOM_BYTES], struct str *ret)
{
	scram->hash = hash;
	EVP_EncodeBlock((unsigned char *)scram->nonce, random, IRC_SCRAM_NONCE_RANDOM_BYTES);
	scram->bare = STR(IRC_SCRAM_MESSAGE_MAX_BYTES);
	scram->is_signed = false;
	str_append(&scram->bare, "n=");
	for (; *account; account++) {
		if (*account == ',')
			str_append(&scram->bare, "=2C");
		else if (*account == '=')
			str_append(&scram->bare, "=3D");
		else
			str_append_char(&scram->bare, *account);
	}
	str_printf(&scram->bare, ",r=%s", scram->nonce);
	str_append(ret, HEADER);
	str_append(ret, str_text(&scram->bare));
	return scram->bare.error ? scram->bare.error : ret->error;
}

/* ---------------------------------------------------------------- the client's proof */

struct challenge {
	const char *nonce;
	size_t nonce_length;
	unsigned char salt[SALT_MAX];
	size_t salt_length;
	long iterations;
};

/* The value of the attribute "x=" at *cursor; *cursor moves to the next attribute. NULL if another attribute is
 * there. */
static const char *attribute(const char **cursor, char name, size_t *ret_length)
{
	const char *value = *cursor + 2;

	if ((*cursor)[0] != name || (*cursor)[1] != '=')
		return NULL;
	*ret_length = strcspn(value, ",");
	*cursor = value + *ret_length;
	if (**cursor == ',')
		(*cursor)++;
	return value;
}

static int read_iterations(const char *digits, size_t length, long *ret)
{
	char text[12];

	if (length == 0 || length >= sizeof(text) || strspn(digits, "0123456789") < length)
		return -EBADMSG;
	memcpy(text, digits, length);
	text[length] = '\0';
	return str_to_long(text, IRC_SCRAM_ITERATIONS_MIN, IRC_SCRAM_ITERATIONS_MAX, ret);
}

static int read_challenge(const struct irc_scram *scram, const char *text, struct challenge *challenge)
{
	size_t length, nonce_length = strlen(scram->nonce);
	const char *value;

	if (strncmp(text, "m=", 2) == 0)
		return -EPROTO;
	challenge->nonce = attribute(&text, 'r', &challenge->nonce_length);
	if (!challenge->nonce)
		return -EBADMSG;
	if (challenge->nonce_length <= nonce_length ||
			memcmp(challenge->nonce, scram->nonce, nonce_length) != 0)
		return -EPROTO;
	value = attribute(&text, 's', &length);
	if (!value || length == 0 ||
			irc_base64_decode(value, length, challenge->salt, sizeof(challenge->salt),
					&challenge->salt_length) < 0)
		return -EBADMSG;
	value = attribute(&text, 'i', &length);
	return value ? read_iterations(value, length, &challenge->iterations) : -EBADMSG;
}

static bool hmac(const struct irc_scram *scram, const unsigned char *key, const void *bytes, size_t length,
		unsigned char ret[IRC_SCRAM_HASH_MAX_BYTES])
{
	return HMAC(hash_of(scram), key, (int)hash_bytes(scram), bytes, length, ret, NULL) != NULL;
}

/* The part of SASLprep (RFC 4013) that common passwords need: NFKC, non-ASCII spaces become spaces, invisible
 * characters are removed. Unassigned and right-to-left characters are not checked. */
static int prepare(const char *password, char **ret)
{
	utf8proc_uint8_t *prepared = NULL;
	utf8proc_ssize_t length = utf8proc_map((const utf8proc_uint8_t *)password, 0, &prepared,
			UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
					UTF8PROC_IGNORE);

	if (length < 0)
		return length == UTF8PROC_ERROR_NOMEM ? -ENOMEM : -EINVAL;
	*ret = (char *)prepared;
	return 0;
}

/* Compute the proof, ClientKey XOR ClientSignature over all messages, and the signature expected from the server. */
static int sign(struct irc_scram *scram, const char *password, const struct challenge *challenge,
		const struct str *said, unsigned char proof[IRC_SCRAM_HASH_MAX_BYTES])
{
	unsigned char salted[IRC_SCRAM_HASH_MAX_BYTES], key[IRC_SCRAM_HASH_MAX_BYTES];
	unsigned char stored[IRC_SCRAM_HASH_MAX_BYTES];
	size_t size = hash_bytes(scram), i;
	int r = -ENOMEM;

	if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), challenge->salt, (int)challenge->salt_length,
			    (int)challenge->iterations, hash_of(scram), (int)size, salted) != 1)
		goto out;
	if (!hmac(scram, salted, "Client Key", strlen("Client Key"), key) ||
			EVP_Digest(key, size, stored, NULL, hash_of(scram), NULL) != 1 ||
			!hmac(scram, stored, said->bytes, said->length, proof))
		goto out;
	for (i = 0; i < size; i++)
		proof[i] ^= key[i];
	if (!hmac(scram, salted, "Server Key", strlen("Server Key"), key) ||
			!hmac(scram, key, said->bytes, said->length, scram->signature))
		goto out;
	r = 0;
out:
	OPENSSL_cleanse(salted, sizeof(salted));
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(stored, sizeof(stored));
	return r;
}

int irc_scram_final(
		struct irc_scram *scram, const char *password, const char *challenge_text, struct str *ret)
{
	struct str said = STR(4 * IRC_SCRAM_MESSAGE_MAX_BYTES), without = STR(IRC_SCRAM_MESSAGE_MAX_BYTES);
	unsigned char proof[IRC_SCRAM_HASH_MAX_BYTES];
	struct challenge challenge;
	char *prepared = NULL;
	int r = read_challenge(scram, challenge_text, &challenge);

	if (r != 0)
		goto out;
	r = prepare(password, &prepared);
	if (r != 0)
		goto out;
	str_printf(&without, "c=" HEADER_BASE64 ",r=%.*s", (int)challenge.nonce_length, challenge.nonce);
	str_printf(&said, "%s,%s,%s", str_text(&scram->bare), challenge_text, str_text(&without));
	r = without.error ? without.error : said.error;
	if (r == 0)
		r = sign(scram, prepared, &challenge, &said, proof);
	if (r < 0)
		goto out;
	str_printf(ret, "%s,p=", str_text(&without));
	irc_base64_append(ret, proof, hash_bytes(scram));
	scram->is_signed = true;
	r = ret->error;
out:
	if (prepared)
		OPENSSL_cleanse(prepared, strlen(prepared));
	free(prepared);
	str_release(&said);
	str_release(&without);
	return r;
}

int irc_scram_check(const struct irc_scram *scram, const char *text)
{
	unsigned char shown[IRC_SCRAM_HASH_MAX_BYTES + 4];
	size_t length, value_length;
	const char *value;

	if (!scram->is_signed || strncmp(text, "e=", 2) == 0)
		return -EACCES;
	value = attribute(&text, 'v', &value_length);
	if (!value || irc_base64_decode(value, value_length, shown, sizeof(shown), &length) < 0)
		return -EBADMSG;
	if (length != hash_bytes(scram) || CRYPTO_memcmp(shown, scram->signature, length) != 0)
		return -EACCES;
	return 0;
}

void irc_scram_release(struct irc_scram *scram)
{
	str_release(&scram->bare);
	OPENSSL_cleanse(scram, sizeof(*scram));
}
