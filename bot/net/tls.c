/* Verification of a server's certificate: OpenSSL checks the chain, this file checks the name. */

#include "bot/net/tls.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/net/authorities.h"

/* RFC 9525: a certificate's common name is not a host name. */
#define CERTIFICATE_NO_NAME "certificate has no subjectAltName; the server needs a new certificate"

/* OpenSSL has no code for a certificate without subjectAltName, so this unused one serves. */
#define NO_NAME        X509_V_ERR_APPLICATION_VERIFICATION
#define HOST_MAX_BYTES 256

bool tls_outlives_exit(void)
{
	return OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) == 1;
}

/* ---------------------------------------------------------------- reasons */

#define NAME_BYTES      64
#define NAMES_SHOWN_MAX 3
#define DAY_BYTES       sizeof("2026-01-01")

/* The fix for a certificate that the CAs do not confirm. */
static const char *fix_of(bool can_pin)
{
	return can_pin ? "if this is the right server, set \"ca_file\" to its CA or \"fingerprint\" to the "
			 "SHA-256 of its certificate"
		       : "if this is the right server, set \"ca_file\" to its CA";
}

static void write_day(const ASN1_TIME *time, char ret[DAY_BYTES])
{
	struct tm parts;

	if (!time || ASN1_TIME_to_tm(time, &parts) != 1 || !strftime(ret, DAY_BYTES, "%Y-%m-%d", &parts))
		memcpy(ret, "?", 2);
}

/* The common name of a subject or issuer, or its organisation. */
static void write_name(const X509_NAME *name, char ret[NAME_BYTES])
{
	char text[NAME_BYTES];

	if (X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text)) <= 0 &&
			X509_NAME_get_text_by_NID(name, NID_organizationName, text, sizeof(text)) <= 0)
		memcpy(text, "?", 2);
	utf8_print(ret, NAME_BYTES, "%s", text);
}

/* "2026-11-30 00:40 UTC", from the clock that OpenSSL compares with. */
static void write_clock(char *ret, size_t size)
{
	time_t now = time(NULL);
	struct tm parts;

	if (!gmtime_r(&now, &parts) || !strftime(ret, size, "%Y-%m-%d %H:%M UTC", &parts))
		memcpy(ret, "?", 2);
}

/* A certificate is expired or not yet valid: the clock may be the one that is wrong. */
static void explain_date(const X509 *certificate, bool is_expired, char *ret)
{
	char day[DAY_BYTES] = "?", clock[32];

	if (certificate)
		write_day(is_expired ? X509_get0_notAfter(certificate) : X509_get0_notBefore(certificate),
				day);
	write_clock(clock, sizeof(clock));
	if (is_expired)
		utf8_print(ret, CERTIFICATE_REASON_BYTES,
				"certificate expired on %s; the clock of this machine says %s: the server "
				"needs a new "
				"certificate, or this machine the right time",
				day, clock);
	else
		utf8_print(ret, CERTIFICATE_REASON_BYTES,
				"certificate not valid before %s; the clock of this machine says %s: set the "
				"clock (timedatectl set-ntp true)",
				day, clock);
}

/* Append the names for which a certificate is valid. */
static void list_names(const X509 *certificate, struct str *list)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	int shown = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && shown < NAMES_SHOWN_MAX; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		str_append(list, shown++ ? ", " : "");
		utf8_clean(list, (const char *)ASN1_STRING_get0_data(name->d.dNSName),
				(size_t)ASN1_STRING_length(name->d.dNSName));
	}
	if (shown == NAMES_SHOWN_MAX)
		str_append(list, ", ...");
	GENERAL_NAMES_free(names);
}

static void explain_host(const X509 *certificate, const char *host, char *ret)
{
	struct str list = STR(160);

	if (certificate)
		list_names(certificate, &list);
	utf8_print(ret, CERTIFICATE_REASON_BYTES,
			"certificate for another host%s%s, not for %.80s: check the address; a captive "
			"portal or a "
			"filter may have answered",
			list.length ? ": " : "", str_text(&list), host);
	str_release(&list);
}

static void explain_ca(const X509 *certificate, bool can_pin, char *ret)
{
	char issuer[NAME_BYTES] = "?";

	if (!authorities_exist()) {
		utf8_print(ret, CERTIFICATE_REASON_BYTES,
				"certificate from an unknown CA, because this machine has no CA "
				"certificates: "
				"install the package ca-certificates, or set \"ca_file\"");
		return;
	}
	if (certificate)
		write_name(X509_get_issuer_name(certificate), issuer);
	utf8_print(ret, CERTIFICATE_REASON_BYTES, "certificate from an unknown CA (%s); %s", issuer,
			fix_of(can_pin));
}

/* Write what is wrong with a certificate, and the fix. can_pin: the gateway has the key "fingerprint". */
static void explain(X509_STORE_CTX *context, int error, const char *host, bool can_pin, char *ret)
{
	const X509 *certificate = X509_STORE_CTX_get_current_cert(context);

	if (!certificate)
		certificate = X509_STORE_CTX_get0_cert(context);
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED: explain_date(certificate, true, ret); break;
	case X509_V_ERR_CERT_NOT_YET_VALID: explain_date(certificate, false, ret); break;
	case X509_V_ERR_CERT_REVOKED:
		utf8_print(ret, CERTIFICATE_REASON_BYTES,
				"certificate revoked: the server needs a new certificate");
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		utf8_print(ret, CERTIFICATE_REASON_BYTES, "self-signed certificate; %s", fix_of(can_pin));
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: explain_ca(certificate, can_pin, ret); break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		explain_host(X509_STORE_CTX_get0_cert(context), host ? host : "?", ret);
		break;
	case NO_NAME:
		utf8_print(ret, CERTIFICATE_REASON_BYTES, "%s%s", CERTIFICATE_NO_NAME,
				can_pin ? ", or pin its fingerprint" : "");
		break;
	default:
		utf8_print(ret, CERTIFICATE_REASON_BYTES, "certificate refused: %s",
				X509_verify_cert_error_string(error));
	}
}

/* Parts of OpenSSL's and libcurl's texts, in the order in which they are looked for. */
static const struct {
	const char *part, *reason;
} handshake_reasons[] = {
		{"certificate required", "TLS handshake failed: the server requires a client certificate"},
		{"unknown ca", "TLS handshake failed: the server does not trust our client certificate"},
		{"bad certificate", "TLS handshake failed: the server refuses our client certificate"},
		{"certificate expired", "TLS handshake failed: our client certificate has expired; renew it"},
		{"certificate unknown", "TLS handshake failed: the server refuses our client certificate"},
		{"unrecognized name", "TLS handshake failed: the server does not know this host name"},
		{"protocol version",
				"TLS handshake failed: the server supports neither TLS 1.2 nor TLS 1.3; it "
				"needs an update"},
		{"unsupported protocol",
				"TLS handshake failed: the server supports neither TLS 1.2 nor TLS 1.3; it "
				"needs an update"},
		{"wrong version number",
				"TLS handshake failed: the server answered without TLS; check the port and "
				"the scheme of the URL"},
		{"http request", "TLS handshake failed: the server answered without TLS; check the port and "
				 "the scheme of the URL"},
		{"packet length too long",
				"TLS handshake failed: the server answered without TLS; check the port and "
				"the scheme of the URL"},
		{"unknown protocol",
				"TLS handshake failed: the server answered without TLS; check the port and "
				"the scheme of the URL"},
		{"key too small", "TLS handshake failed: the server's key is too short; it needs a new one"},
		{"md too weak", "TLS handshake failed: the server's certificate has a weak signature; it "
				"needs "
				"a new one"},
		{"handshake failure", "TLS handshake failed: the server refused; it may require a client "
				      "certificate, "
				      "or support outdated ciphers only"},
		{"eof", "TLS handshake failed: the server closed the connection"},
		{"SYSCALL", "TLS handshake failed: the server closed the connection"},
		{"reset by peer", "TLS handshake failed: the server closed the connection"},
};

const char *handshake_reason(const char *text)
{
	for (size_t i = 0; text && i < sizeof(handshake_reasons) / sizeof(handshake_reasons[0]); i++)
		if (strstr(text, handshake_reasons[i].part))
			return handshake_reasons[i].reason;
	return "TLS handshake failed";
}

/* ---------------------------------------------------------------- names */

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

bool certificate_is_good(
		void *store, bool is_chain_good, const char *host, char ret_reason[CERTIFICATE_REASON_BYTES])
{
	X509_STORE_CTX *context = store;
	int error = X509_STORE_CTX_get_error(context);
	bool is_wrong_name = error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH;

	if (!is_chain_good && !is_wrong_name) {
		explain(context, error, host, false, ret_reason);
		return false;
	}
	if (X509_STORE_CTX_get_error_depth(context) > 0)
		return true; /* a CA's certificate; only the server's own, which comes last, has the name */
	error = name_error(X509_STORE_CTX_get_current_cert(context), host);
	if (error != X509_V_OK) {
		X509_STORE_CTX_set_error(context, error);
		explain(context, error, host, false, ret_reason);
		return false;
	}
	/* libwebsockets compared only the part of an IPv6 address before its first colon; the whole address
	 * matched above. */
	if (is_wrong_name)
		X509_STORE_CTX_set_error(context, X509_V_OK);
	return true;
}

static void write_fingerprint(const unsigned char *digest, unsigned count, char *ret)
{
	for (unsigned i = 0; i < count; i++)
		snprintf(ret + 2 * (size_t)i, 3, "%02x", digest[i]);
}

/* ret_digits: the SHA-256 of the certificate. */
static bool is_pinned(X509 *certificate, const char *fingerprints, char ret_digits[2 * EVP_MAX_MD_SIZE + 1])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned count = 0;

	memcpy(ret_digits, "?", 2);
	if (!certificate || !X509_digest(certificate, EVP_sha256(), digest, &count) || count == 0)
		return false;
	write_fingerprint(digest, count, ret_digits);
	/* Compare whole words only: an empty or shortened fingerprint must not match. */
	while (*fingerprints) {
		size_t length = strcspn(fingerprints, " ");

		if (length == 2 * (size_t)count && memcmp(fingerprints, ret_digits, length) == 0)
			return true;
		fingerprints += length;
		fingerprints += strspn(fingerprints, " ");
	}
	return false;
}

/* host: NULL: the name is not compared, but there must be one. */
static bool verify_chain(X509_STORE_CTX *context, const char *host, bool can_pin, char *ret_reason)
{
	X509 *certificate = X509_STORE_CTX_get0_cert(context);
	int error;

	if (X509_verify_cert(context) != 1) {
		explain(context, X509_STORE_CTX_get_error(context), host, can_pin, ret_reason);
		return false;
	}
	if (host)
		error = name_error(certificate, host);
	else
		error = certificate && has_name(certificate) ? X509_V_OK : NO_NAME;
	if (error != X509_V_OK) {
		X509_STORE_CTX_set_error(context, error);
		explain(context, error, host, can_pin, ret_reason);
		return false;
	}
	return true;
}

bool certificate_verify(void *store, const char *host, const char *fingerprints,
		char ret_reason[CERTIFICATE_REASON_BYTES])
{
	X509_STORE_CTX *context = store;
	char digits[2 * EVP_MAX_MD_SIZE + 1];

	if (!fingerprints)
		return verify_chain(context, host, true, ret_reason);
	if (is_pinned(X509_STORE_CTX_get0_cert(context), fingerprints, digits)) {
		X509_STORE_CTX_set_error(context, X509_V_OK);
		return true;
	}
	X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_UNTRUSTED);
	utf8_print(ret_reason, CERTIFICATE_REASON_BYTES,
			"the certificate has another fingerprint (%.64s); if this is the right server, set "
			"\"fingerprint\" to the SHA-256 of its new certificate",
			digits);
	return false;
}

bool certificate_verify_http(void *store, const char *host, char ret_reason[CERTIFICATE_REASON_BYTES])
{
	return verify_chain(store, host, false, ret_reason);
}

const char *certificate_sni(void *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

	return ssl ? SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) : NULL;
}
