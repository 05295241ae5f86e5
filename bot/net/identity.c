/* Our client certificates: the pairs that were read last. */

#include "bot/net/identity.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/file_mark.h"
#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define IDENTITIES_KEPT_MAX 16
#define CHAIN_MAX           16 /* certificates of one file */

/* A certificate with its chain and key. */
struct pair {
	X509 *certificate;
	STACK_OF(X509) * chain;
	EVP_PKEY *key;
};

struct identity {
	struct identity *next;
	char *certificate, *key; /* paths */
	struct pair pair;        /* all NULL: never read */
	struct file_mark marks[2];
	struct file_mark refused[2]; /* of a pair that could not be used, ... */
	bool is_warned;              /* and the log has a line about it */
};

static struct identity *kept; /* the most recently used first */

static void release_pair(struct pair *pair)
{
	X509_free(pair->certificate);
	sk_X509_pop_free(pair->chain, X509_free);
	EVP_PKEY_free(pair->key); /* wipes it */
	*pair = (struct pair){0};
}

static void free_identity(struct identity *identity)
{
	release_pair(&identity->pair);
	free(identity->certificate);
	free(identity->key);
	free(identity);
}

/* ---------------------------------------------------------------- reading */

/* Never ask for a passphrase on the terminal. */
static int on_passphrase(char *buffer, int size, int is_writing, void *user)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)user;
	return -1;
}

/* Read the certificate and, after it, those of its CAs. False: the file has no certificate, or an incomplete one. */
static bool read_chain(const char *path, struct pair *pair)
{
	BIO *file = BIO_new_file(path, "r");
	X509 *next = NULL;
	unsigned long error;

	pair->certificate = file ? PEM_read_bio_X509_AUX(file, NULL, on_passphrase, NULL) : NULL;
	pair->chain = sk_X509_new_null();
	while (pair->certificate && pair->chain && sk_X509_num(pair->chain) < CHAIN_MAX &&
			(next = PEM_read_bio_X509(file, NULL, on_passphrase, NULL))) {
		if (sk_X509_push(pair->chain, next) > 0)
			continue;
		X509_free(next);
		break;
	}
	BIO_free(file);
	error = ERR_peek_last_error();
	return pair->certificate && pair->chain && !next && ERR_GET_LIB(error) == ERR_LIB_PEM &&
	       ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

static EVP_PKEY *read_key(const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	EVP_PKEY *key = file ? PEM_read_bio_PrivateKey(file, NULL, on_passphrase, NULL) : NULL;

	BIO_free(file);
	return key;
}

static bool can_read(const char *what, const char *path, char *ret_reason)
{
	if (access(path, R_OK) == 0)
		return true;
	utf8_print(ret_reason, IDENTITY_REASON_BYTES, "our own %s %.200s cannot be read: %s", what, path,
			strerror(errno));
	return false;
}

static int read_pair(const struct identity *identity, struct pair *ret, char *ret_reason)
{
	struct pair pair = {0};
	int r = -EBADMSG;

	if (!can_read("certificate", identity->certificate, ret_reason) ||
			!can_read("key", identity->key, ret_reason))
		return -ENOENT;
	ERR_set_mark();
	errno = 0;
	if (!read_chain(identity->certificate, &pair))
		utf8_print(ret_reason, IDENTITY_REASON_BYTES,
				"our own certificate %.200s is not a complete certificate in PEM format",
				identity->certificate);
	else if (!(pair.key = read_key(identity->key)))
		utf8_print(ret_reason, IDENTITY_REASON_BYTES,
				"our own key %.200s is not a complete private key in PEM format without a "
				"passphrase (openssl pkey removes one)",
				identity->key);
	else if (X509_check_private_key(pair.certificate, pair.key) != 1)
		utf8_print(ret_reason, IDENTITY_REASON_BYTES,
				"our own key %.120s does not belong to the certificate %.120s", identity->key,
				identity->certificate);
	else
		r = 0;
	if (r < 0 && (errno == ENOMEM || ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)) {
		utf8_print(ret_reason, IDENTITY_REASON_BYTES, "out of memory");
		r = -ENOMEM;
	}
	ERR_pop_to_mark();
	if (r == 0)
		*ret = pair;
	else
		release_pair(&pair);
	return r;
}

int identity_check(const char *certificate, const char *key, char ret_reason[IDENTITY_REASON_BYTES])
{
	/* Only read. */
	const struct identity identity = {
			.certificate = (char *)(uintptr_t)certificate, .key = (char *)(uintptr_t)key};
	struct pair pair = {0};
	int r = read_pair(&identity, &pair, ret_reason);

	release_pair(&pair);
	return r;
}

/* ---------------------------------------------------------------- the kept pairs */

static void drop_last(void)
{
	struct identity **link = &kept;

	while (*link && (*link)->next)
		link = &(*link)->next;
	if (*link)
		free_identity(*link);
	*link = NULL;
}

static struct identity *make(const char *certificate, const char *key)
{
	struct identity *identity = calloc(1, sizeof(*identity));

	if (!identity)
		return NULL;
	identity->certificate = str_copy(certificate);
	identity->key = str_copy(key);
	if (identity->certificate && identity->key)
		return identity;
	free_identity(identity);
	return NULL;
}

/* Take the pair of two files to the front of the list, or make it. NULL if out of memory. */
static struct identity *identity_of(const char *certificate, const char *key)
{
	struct identity **link = &kept, *identity;
	size_t count = 0;

	while (*link && !(str_equal((*link)->certificate, certificate) && str_equal((*link)->key, key))) {
		link = &(*link)->next;
		count++;
	}
	identity = *link;
	if (identity) {
		*link = identity->next;
	} else {
		identity = make(certificate, key);
		if (!identity)
			return NULL;
		if (count >= IDENTITIES_KEPT_MAX)
			drop_last();
	}
	identity->next = kept;
	kept = identity;
	return identity;
}

static bool is_as_marked(const struct file_mark *marks, const struct file_mark *now)
{
	return file_mark_equal(&marks[0], &now[0]) && file_mark_equal(&marks[1], &now[1]);
}

static int refresh(struct identity *identity, char *ret_reason)
{
	const struct file_mark now[2] = {file_mark_of(identity->certificate), file_mark_of(identity->key)};
	struct pair pair;
	int r;

	if (identity->pair.key && is_as_marked(identity->marks, now))
		return 0;
	r = read_pair(identity, &pair, ret_reason);
	if (r == 0) {
		release_pair(&identity->pair);
		identity->pair = pair;
		memcpy(identity->marks, now, sizeof(now));
		identity->is_warned = false;
		return 0;
	}
	if (!identity->pair.key)
		return r;
	if (!identity->is_warned || !is_as_marked(identity->refused, now))
		log_warning("%s: the certificate that was read before stays in use", ret_reason);
	memcpy(identity->refused, now, sizeof(now));
	identity->is_warned = true;
	ret_reason[0] = '\0';
	return 0;
}

int identity_use(const char *certificate, const char *key, void *tls_context,
		char ret_reason[IDENTITY_REASON_BYTES])
{
	struct identity *identity = identity_of(certificate, key);
	int r = -ENOMEM;

	if (identity)
		r = refresh(identity, ret_reason);
	if (r == -ENOMEM)
		utf8_print(ret_reason, IDENTITY_REASON_BYTES, "out of memory");
	if (r < 0)
		return r;
	if (SSL_CTX_use_cert_and_key(tls_context, identity->pair.certificate, identity->pair.key,
			    identity->pair.chain, 1) == 1)
		return 0;
	utf8_print(ret_reason, IDENTITY_REASON_BYTES,
			"our own certificate %.200s is unusable: its key is too short or of an unknown kind",
			certificate);
	return -EBADMSG;
}
