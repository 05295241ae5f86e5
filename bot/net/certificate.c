/* The check of a server's certificate: OpenSSL's verdict on the chain, and our own on the name. */

#include "bot/net/certificate.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

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
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return "certificate of an unknown authority";
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH: return "certificate for another host";
	default: return X509_verify_cert_error_string(error);
	}
}

static bool is_address(const char *host)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static bool is_for(X509 *certificate, const char *host)
{
	if (!certificate || !host[0])
		return false;
	if (is_address(host))
		return X509_check_ip_asc(certificate, host, 0) == 1;
	return X509_check_host(certificate, host, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
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
		return true; /* an authority's; only the last one carries the name */
	if (!is_for(X509_STORE_CTX_get_current_cert(context), host)) {
		X509_STORE_CTX_set_error(context, X509_V_ERR_HOSTNAME_MISMATCH);
		*ret_reason = describe(X509_V_ERR_HOSTNAME_MISMATCH);
		return false;
	}
	/* libwebsockets compared an IPv6 address cut off at its first colon; the true one has just matched.
	 */
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
	/* Whole words only: an empty or a shortened one must match nothing. */
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
	if (!is_for(certificate, host)) {
		X509_STORE_CTX_set_error(context, X509_V_ERR_HOSTNAME_MISMATCH);
		*ret_reason = describe(X509_V_ERR_HOSTNAME_MISMATCH);
		return false;
	}
	return true;
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
		SSL_CTX_set_cert_store(held, store); /* it has the store now */
	else
		X509_STORE_free(store);
	SSL_CTX_free(held);
}
