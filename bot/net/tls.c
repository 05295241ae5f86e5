/* Verification of a server's certificate: OpenSSL checks the chain, this file checks the name. */

#include "bot/net/tls.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* OpenSSL has no code for a certificate without subjectAltName, so this unused one serves. */
#define NO_NAME        X509_V_ERR_APPLICATION_VERIFICATION
#define HOST_MAX_BYTES 256

static const char *describe(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED: return "certificate expired";
	case X509_V_ERR_CERT_NOT_YET_VALID: return "certificate not yet valid";
	case X509_V_ERR_CERT_REVOKED: return "certificate revoked";
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "self-signed certificate";
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return "certificate from an unknown CA";
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH: return "certificate for another host";
	case NO_NAME: return CERTIFICATE_NO_NAME;
	default: return X509_verify_cert_error_string(error);
	}
}

static bool is_address(const char *host)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* True if a subjectAltName contains a DNS name or an IP address. */
static bool has_name(const X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool is_found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !is_found; i++) {
		int type = sk_GENERAL_NAME_value(names, i)->type;

		is_found = type == GEN_DNS || type == GEN_IPADD;
	}
	GENERAL_NAMES_free(names);
	return is_found;
}

/*
 * name_error - return X509_V_OK if the certificate is valid for host, else the error.
 *
 * Only subjectAltName counts, never the common name (RFC 9525, section 2). A
 * trailing dot marks host as absolute and is not part of the name.
 */
static int name_error(X509 *certificate, const char *host)
{
	const unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
	char name[HOST_MAX_BYTES];
	size_t length = strlen(host);

	if (!certificate || length == 0 || length >= sizeof(name))
		return X509_V_ERR_HOSTNAME_MISMATCH;
	if (!has_name(certificate))
		return NO_NAME;
	if (is_address(host))
		return X509_check_ip_asc(certificate, host, 0) == 1 ? X509_V_OK
								    : X509_V_ERR_IP_ADDRESS_MISMATCH;
	length -= length > 1 && host[length - 1] == '.';
	memcpy(name, host, length);
	name[length] = '\0';
	return X509_check_host(certificate, name, length, flags, NULL) == 1 ? X509_V_OK
									    : X509_V_ERR_HOSTNAME_MISMATCH;
}

bool certificate_is_good(void *store, bool is_chain_good, const char *host, const char **ret_reason)
{
	X509_STORE_CTX *context = store;
	int error = X509_STORE_CTX_get_error(context);
	bool is_wrong_name = error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH;

	if (!is_chain_good && !is_wrong_name) {
		*ret_reason = describe(error);
		return false;
	}
	if (X509_STORE_CTX_get_error_depth(context) > 0)
		return true; /* a CA's certificate; only the server's own, which comes last, has the name */
	error = name_error(X509_STORE_CTX_get_current_cert(context), host);
	if (error != X509_V_OK) {
		X509_STORE_CTX_set_error(context, error);
		*ret_reason = describe(error);
		return false;
	}
	/* libwebsockets compared only the part of an IPv6 address before its first colon; the whole address
	 * matched above. */
	if (is_wrong_name)
		X509_STORE_CTX_set_error(context, X509_V_OK);
	return true;
}

static bool is_pinned(X509 *certificate, const char *fingerprints)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char digits[2 * EVP_MAX_MD_SIZE + 1];
	unsigned count = 0;

	if (!certificate || !X509_digest(certificate, EVP_sha256(), digest, &count) || count == 0)
		return false;
	for (unsigned i = 0; i < count; i++)
		snprintf(digits + 2 * (size_t)i, 3, "%02x", digest[i]);
	/* Compare whole words only: an empty or shortened fingerprint must not match. */
	while (*fingerprints) {
		size_t length = strcspn(fingerprints, " ");

		if (length == 2 * (size_t)count && memcmp(fingerprints, digits, length) == 0)
			return true;
		fingerprints += length;
		fingerprints += strspn(fingerprints, " ");
	}
	return false;
}

bool certificate_verify(void *store, const char *host, const char *fingerprints, const char **ret_reason)
{
	X509_STORE_CTX *context = store;
	X509 *certificate = X509_STORE_CTX_get0_cert(context);
	int error;

	if (fingerprints) {
		if (is_pinned(certificate, fingerprints)) {
			X509_STORE_CTX_set_error(context, X509_V_OK);
			return true;
		}
		X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_UNTRUSTED);
		*ret_reason = "the certificate has another fingerprint";
		return false;
	}
	if (X509_verify_cert(context) != 1) {
		*ret_reason = describe(X509_STORE_CTX_get_error(context));
		return false;
	}
	error = name_error(certificate, host);
	if (error != X509_V_OK) {
		X509_STORE_CTX_set_error(context, error);
		*ret_reason = error == NO_NAME ? CERTIFICATE_NO_NAME ", or pin its fingerprint"
					       : describe(error);
		return false;
	}
	return true;
}

bool certificate_has_name(void *store)
{
	X509_STORE_CTX *context = store;
	X509 *certificate = X509_STORE_CTX_get0_cert(context);

	if (X509_verify_cert(context) != 1)
		return false;
	if (!certificate || !has_name(certificate)) {
		X509_STORE_CTX_set_error(context, NO_NAME);
		return false;
	}
	return true;
}

bool certificate_is_no_name(long error)
{
	return error == NO_NAME;
}

void *certificate_hold(void *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	SSL_CTX *context = ssl ? SSL_get_SSL_CTX(ssl) : NULL;

	return context && SSL_CTX_up_ref(context) ? context : NULL;
}

void certificate_read_again(void *held, const char *ca_file)
{
	X509_STORE *store = ca_file ? X509_STORE_new() : NULL;

	if (store && X509_STORE_load_file(store, ca_file) == 1)
		SSL_CTX_set_cert_store(held, store); /* the context owns the store now */
	else
		X509_STORE_free(store);
	SSL_CTX_free(held);
}
