#ifndef EPISODED_TESTS_CERTIFICATES_H
#define EPISODED_TESTS_CERTIFICATES_H

/*
 * CAs and certificates for one test, made with OpenSSL's library: no option of the
 * command makes an expired certificate in all versions. They are files in one folder,
 * NAME.pem and NAME.key.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CERTIFICATES_PATH_BYTES 320
#define CERTIFICATES_DAY_S      (24L * 60 * 60)

struct certificates {
	char folder[64];
};

/* The contents of a certificate to make. */
struct certificate_plan {
	const char *name;       /* of the files; also the common name, unless another one is given */
	const char *common;     /* may be NULL: the same as name */
	const char *authority;  /* name of the CA that signs it; may be NULL: self-signed */
	const char *names;      /* "DNS:irc.example.org,IP:127.0.0.1"; may be NULL */
	const char *before_nul; /* adds a DNS name of these bytes, a NUL and ".evil"; may be NULL */
	bool is_authority;
	bool is_expired;       /* since yesterday */
	bool is_not_yet_valid; /* until tomorrow */
};

/* Write the path of a file in the folder to the caller's buffer. */
static inline const char *certificates_path(const struct certificates *made, const char *name,
		const char *ending, char path[CERTIFICATES_PATH_BYTES])
{
	snprintf(path, CERTIFICATES_PATH_BYTES, "%s/%s%s", made->folder, name, ending);
	return path;
}

static inline FILE *certificates_open(
		const struct certificates *made, const char *name, const char *ending, const char *mode)
{
	char path[CERTIFICATES_PATH_BYTES];
	FILE *file = fopen(certificates_path(made, name, ending, path), mode);

	if (!file)
		fail_msg("%s cannot be opened", path);
	return file;
}

static inline EVP_PKEY *certificates_key(const struct certificates *made, const char *name)
{
	FILE *file = certificates_open(made, name, ".key", "r");
	EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);

	fclose(file);
	assert_non_null(key);
	return key;
}

static inline X509 *certificates_read(const struct certificates *made, const char *name)
{
	FILE *file = certificates_open(made, name, ".pem", "r");
	X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);

	fclose(file);
	assert_non_null(certificate);
	return certificate;
}

static inline void certificates_extend(X509 *certificate, X509 *issuer, int kind, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* Add a DNS name with a NUL inside, which OpenSSL's configuration syntax cannot express. */
static inline void certificates_name_with_nul(X509 *certificate, const char *before_nul)
{
	char bytes[64];
	int length = snprintf(bytes, sizeof(bytes), "%s%c.evil", before_nul, '\0');
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	assert_true(length > 0 && length < (int)sizeof(bytes));
	assert_true(names && name && text);
	assert_int_equal(ASN1_STRING_set(text, bytes, length), 1);
	GENERAL_NAME_set0_value(name, GEN_DNS, text);
	assert_int_equal(sk_GENERAL_NAME_push(names, name), 1);
	assert_int_equal(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0), 1);
	GENERAL_NAMES_free(names);
}

static inline void certificates_name(X509 *certificate, const struct certificate_plan *plan)
{
	const char *common = plan->common ? plan->common : plan->name;

	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
					 (const unsigned char *)common, -1, -1, 0),
			1);
}

static inline void certificates_date(X509 *certificate, const struct certificate_plan *plan)
{
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate),
			plan->is_not_yet_valid ? CERTIFICATES_DAY_S : -2 * CERTIFICATES_DAY_S));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate),
			plan->is_expired ? -CERTIFICATES_DAY_S : 2 * CERTIFICATES_DAY_S));
}

static inline void certificates_write(
		const struct certificates *made, const char *name, X509 *certificate, EVP_PKEY *key)
{
	FILE *file = certificates_open(made, name, ".pem", "w");

	assert_int_equal(PEM_write_X509(file, certificate), 1);
	fclose(file);
	file = certificates_open(made, name, ".key", "w");
	assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
}

/* Make a certificate with its own key. */
static inline void certificates_make(const struct certificates *made, const struct certificate_plan *plan)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY *signer = plan->authority ? certificates_key(made, plan->authority) : key;
	X509 *certificate = X509_new();
	X509 *issuer = plan->authority ? certificates_read(made, plan->authority) : certificate;
	static long serial = 1;

	assert_non_null(key);
	assert_non_null(certificate);
	assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++), 1);
	certificates_name(certificate, plan);
	certificates_date(certificate, plan);
	assert_int_equal(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)), 1);
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	certificates_extend(certificate, issuer, NID_subject_key_identifier, "hash");
	certificates_extend(certificate, issuer, NID_authority_key_identifier, "keyid:always");
	if (plan->is_authority)
		certificates_extend(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
	if (plan->names)
		certificates_extend(certificate, issuer, NID_subject_alt_name, plan->names);
	if (plan->before_nul)
		certificates_name_with_nul(certificate, plan->before_nul);
	assert_true(X509_sign(certificate, signer, EVP_sha256()) > 0);
	certificates_write(made, plan->name, certificate, key);
	if (plan->authority) {
		X509_free(issuer);
		EVP_PKEY_free(signer);
	}
	X509_free(certificate);
	EVP_PKEY_free(key);
}

/* Write a certificate's key again, encrypted with a passphrase, to NAME.key. */
static inline void certificates_lock(const struct certificates *made, const char *of, const char *name)
{
	static char passphrase[] = "secret";
	EVP_PKEY *key = certificates_key(made, of);
	FILE *file = certificates_open(made, name, ".key", "w");

	assert_int_equal(PEM_write_PrivateKey(file, key, EVP_aes_128_cbc(), (unsigned char *)passphrase,
					 (int)strlen(passphrase), NULL, NULL),
			1);
	fclose(file);
	EVP_PKEY_free(key);
}

/* The SHA-256 of a certificate in lower-case digits. */
static inline void certificates_fingerprint(const struct certificates *made, const char *name, char ret[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	X509 *certificate = certificates_read(made, name);

	assert_int_equal(X509_digest(certificate, EVP_sha256(), digest, NULL), 1);
	for (size_t i = 0; i < 32; i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
	X509_free(certificate);
}

/* Make a folder under /tmp with the CAs "ca-good" and "ca-other"; no test trusts "ca-other". */
static inline void certificates_begin(struct certificates *made)
{
	snprintf(made->folder, sizeof(made->folder), "/tmp/episoded-certificates-XXXXXX");
	assert_non_null(mkdtemp(made->folder));
	certificates_make(made, &(struct certificate_plan){
						.name = "ca-good", .common = "good", .is_authority = true});
	certificates_make(made, &(struct certificate_plan){
						.name = "ca-other", .common = "other", .is_authority = true});
}

static inline void certificates_end(const struct certificates *made)
{
	DIR *folder = opendir(made->folder);
	const struct dirent *entry;

	assert_non_null(folder);
	while ((entry = readdir(folder)))
		if (entry->d_name[0] != '.') {
			char path[CERTIFICATES_PATH_BYTES];

			unlink(certificates_path(made, entry->d_name, "", path));
		}
	closedir(folder);
	assert_int_equal(rmdir(made->folder), 0);
}

#endif
